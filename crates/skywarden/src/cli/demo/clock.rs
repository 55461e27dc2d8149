//! A clock that skips what others wait for: so that days, and the patience with a cluster that does
//! not answer, go by while nobody waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use base::Clock;
use jiff::{SignedDuration, Timestamp};

/// Another clock's time, begun earlier; whoever sleeps moves it on to the moment of waking.
#[derive(Debug)]
pub(super) struct SkippingClock {
    inner: Arc<dyn Clock>,
    /// How much earlier it began.
    earlier: SignedDuration,
    skipped_nanos: AtomicU64,
}

impl SkippingClock {
    /// Returns a clock that shows `earlier` before the time of `inner`.
    pub(super) fn begun(inner: Arc<dyn Clock>, earlier: SignedDuration) -> Self {
        Self {
            inner,
            earlier,
            skipped_nanos: AtomicU64::new(0),
        }
    }

    /// Moves on to a moment, unless it is there already.
    pub(super) fn skip_to(&self, moment: Timestamp) {
        let ahead = moment.duration_since(self.now()).unsigned_abs();
        if moment > self.now() {
            self.wake_at(self.monotonic().saturating_add(ahead));
        }
    }

    /// Skips what is left until `due`, of which others may have skipped a part meanwhile.
    fn wake_at(&self, due: Duration) {
        let ahead = due.saturating_sub(self.inner.monotonic());
        let ahead = u64::try_from(ahead.as_nanos()).unwrap_or(u64::MAX);
        self.skipped_nanos.fetch_max(ahead, Ordering::SeqCst);
    }

    fn skipped(&self) -> Duration {
        Duration::from_nanos(self.skipped_nanos.load(Ordering::SeqCst))
    }
}

#[async_trait]
impl Clock for SkippingClock {
    fn now(&self) -> Timestamp {
        let now = self.inner.now();
        let skipped = SignedDuration::try_from(self.skipped()).unwrap_or(SignedDuration::ZERO);
        now.checked_sub(self.earlier)
            .and_then(|it| it.checked_add(skipped))
            .unwrap_or(now)
    }

    fn monotonic(&self) -> Duration {
        self.inner.monotonic().saturating_add(self.skipped())
    }

    async fn sleep(&self, duration: Duration) {
        let due = self.monotonic().saturating_add(duration);
        // Whoever goes to sleep at the same moment wakes by the same skip.
        tokio::task::yield_now().await;
        self.wake_at(due);
    }
}

#[cfg(test)]
mod tests {
    use base::ManualClock;

    use super::*;

    #[tokio::test]
    async fn sleeps_that_overlap_skip_their_longest_and_a_moment_that_is_past_skips_nothing() {
        let start: Timestamp = "2026-11-21T02:00:00Z".parse().unwrap();
        let inner = Arc::new(ManualClock::new(start));
        let clock = SkippingClock::begun(inner, SignedDuration::from_hours(1));
        let hour_before = clock.now();
        assert_eq!(hour_before, start - SignedDuration::from_hours(1));

        let nap = |seconds| clock.sleep(Duration::from_secs(seconds));
        tokio::join!(nap(15), nap(2), nap(9));
        assert_eq!(clock.monotonic(), Duration::from_secs(15));
        assert_eq!(clock.now(), hour_before + SignedDuration::from_secs(15));

        clock.skip_to(hour_before);
        assert_eq!(clock.monotonic(), Duration::from_secs(15));
        clock.skip_to(start);
        assert_eq!(clock.now(), start);
        assert_eq!(clock.monotonic(), Duration::from_secs(3600));
    }
}
