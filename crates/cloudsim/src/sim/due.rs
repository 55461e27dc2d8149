//! When an answer leaves.

use std::time::Duration;

use base::Clock;

use super::Shared;

/// The time, on the simulation's clock, before which an answer does not leave.
///
/// A latency is how long a caller waits for an answer, not a rest after the work: what this machine
/// needs to make the answer is a part of it.
#[derive(Debug)]
pub(crate) struct Due(Duration);

impl Shared {
    /// Returns when a call that arrives now is answered.
    pub(crate) fn due(&self) -> Due {
        Due(self.clock.monotonic().saturating_add(self.latency))
    }
}

impl Due {
    /// Holds a call up before anything is done for it.
    pub(crate) async fn hold(&mut self, time: Duration, clock: &dyn Clock) {
        self.0 = self.0.saturating_add(time);
        clock.sleep(time).await;
    }

    /// Waits until the answer may leave.
    pub(crate) async fn wait(self, clock: &dyn Clock) {
        let left = self.0.saturating_sub(clock.monotonic());
        if !left.is_zero() {
            clock.sleep(left).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use base::ManualClock;
    use jiff::Timestamp;

    use super::*;

    const LATENCY: Duration = Duration::from_millis(50);

    async fn left_after(work: Duration, held: Duration) -> Duration {
        let clock = ManualClock::hurrying(Timestamp::UNIX_EPOCH);
        let mut due = Due(LATENCY);
        due.hold(held, &clock).await;
        clock.advance(work);
        due.wait(&clock).await;
        clock.monotonic()
    }

    #[tokio::test]
    async fn what_an_answer_takes_to_make_is_a_part_of_its_latency() {
        let millis = Duration::from_millis;
        assert_eq!(left_after(millis(0), millis(0)).await, LATENCY);
        assert_eq!(left_after(millis(20), millis(0)).await, LATENCY);
        assert_eq!(left_after(millis(60), millis(0)).await, millis(60));
        assert_eq!(left_after(millis(20), millis(30)).await, millis(80));
    }
}
