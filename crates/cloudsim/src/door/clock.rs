//! The world's own time as a clock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use base::Clock;
use jiff::{SignedDuration, Timestamp};

use crate::world::World;

/// Tells the world's time; a sleeper moves the world on to the moment it wakes, unless somebody else has.
#[derive(Debug)]
pub(super) struct WorldClock {
    world: World,
    started: Timestamp,
    /// The most seconds that were ever shown: the world may be set back, monotonic time may not.
    shown: AtomicU64,
}

impl WorldClock {
    pub(super) fn new(world: World) -> Self {
        Self {
            started: world.now(),
            world,
            shown: AtomicU64::new(0),
        }
    }
}

#[async_trait]
impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        self.world.now()
    }

    fn monotonic(&self) -> Duration {
        let passed = self.world.now().as_second() - self.started.as_second();
        let passed = u64::try_from(passed).unwrap_or(0);
        let before = self.shown.fetch_max(passed, Ordering::AcqRel);
        Duration::from_secs(passed.max(before))
    }

    async fn sleep(&self, duration: Duration) {
        // The world knows whole seconds only: a sleeper wakes at the first one that is late enough.
        let whole = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
        let by = SignedDuration::from_secs(i64::try_from(whole).unwrap_or(i64::MAX));
        let wakes = self.now().saturating_add(by).unwrap_or(Timestamp::MAX);
        // Whoever goes to sleep at the same moment looks at the same time.
        tokio::task::yield_now().await;
        self.world.advance_to(wakes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleeps_that_overlap_cost_their_longest_and_time_never_runs_back() {
        let world = World::new(Timestamp::UNIX_EPOCH);
        let clock = WorldClock::new(world.clone());
        let naps = [1_500, 200, 900].map(|it| clock.sleep(Duration::from_millis(it)));
        futures_util::future::join_all(naps).await;
        assert_eq!(clock.monotonic(), Duration::from_secs(2));
        world.set_now(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.monotonic(), Duration::from_secs(2));
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
    }
}
