//! The machine's clock, set back: so that days can go by while nobody waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use base::Clock;
use jiff::{SignedDuration, Timestamp};

/// Another clock's time, some seconds off.
#[derive(Debug)]
pub(super) struct ShiftedClock {
    inner: Arc<dyn Clock>,
    offset_seconds: AtomicI64,
}

impl ShiftedClock {
    pub(super) fn new(inner: Arc<dyn Clock>, offset: SignedDuration) -> Self {
        Self {
            inner,
            offset_seconds: AtomicI64::new(offset.as_secs()),
        }
    }

    pub(super) fn advance(&self, by: SignedDuration) {
        self.offset_seconds
            .fetch_add(by.as_secs(), Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for ShiftedClock {
    fn now(&self) -> Timestamp {
        let offset = SignedDuration::from_secs(self.offset_seconds.load(Ordering::SeqCst));
        let now = self.inner.now();
        now.checked_add(offset).unwrap_or(now)
    }

    fn monotonic(&self) -> Duration {
        self.inner.monotonic()
    }

    async fn sleep(&self, duration: Duration) {
        self.inner.sleep(duration).await;
    }
}
