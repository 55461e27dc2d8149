//! Time, injected: everything that waits or dates something asks a [`Clock`].
//!
//! Invariant: [`SystemClock`] is the only reader of the machine's clock in the product.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

/// Tells the time and waits; the only way to do either.
#[async_trait]
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Returns the instant on the wall.
    fn now(&self) -> Timestamp;
    /// Returns the time since this clock was made; it never goes backwards.
    fn monotonic(&self) -> Duration;
    /// Waits for `duration` of this clock's time.
    async fn sleep(&self, duration: Duration);
}

/// The machine's own clock.
#[derive(Debug, Clone)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// Returns a clock whose monotonic time starts now.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock the ban points to"
    )]
    #[must_use]
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock the ban points to"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock the ban points to"
    )]
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// A clock that stands still until it is moved by hand.
///
/// With [`ManualClock::hurrying`], a sleeper moves the clock itself instead of waiting: right for
/// tests of one task that backs off, wrong where two tasks race.
#[derive(Debug, Clone)]
pub struct ManualClock {
    shared: Arc<ManualShared>,
}

#[derive(Debug)]
struct ManualShared {
    time: Mutex<ManualTime>,
    moved: Notify,
    hurrying: bool,
}

#[derive(Debug)]
struct ManualTime {
    now: Timestamp,
    elapsed: Duration,
}

impl ManualClock {
    /// Returns a clock that shows `now`; sleepers wait until [`ManualClock::advance`] is called.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self::with(now, false)
    }

    /// Returns a clock that shows `now` and jumps ahead whenever somebody sleeps on it.
    #[must_use]
    pub fn hurrying(now: Timestamp) -> Self {
        Self::with(now, true)
    }

    fn with(now: Timestamp, hurrying: bool) -> Self {
        let time = Mutex::new(ManualTime {
            now,
            elapsed: Duration::ZERO,
        });
        Self {
            shared: Arc::new(ManualShared {
                time,
                moved: Notify::new(),
                hurrying,
            }),
        }
    }

    /// Moves wall and monotonic time ahead and wakes the sleepers that are due.
    pub fn advance(&self, by: Duration) {
        {
            let mut time = self.lock();
            time.elapsed += by;
            let signed = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
            time.now = time.now.checked_add(signed).unwrap_or(Timestamp::MAX);
        }
        self.shared.moved.notify_waiters();
    }

    /// Sets the wall alone, as an operator or NTP would; monotonic time stays.
    pub fn set_wall(&self, now: Timestamp) {
        self.lock().now = now;
    }

    fn lock(&self) -> MutexGuard<'_, ManualTime> {
        self.shared
            .time
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.lock().now
    }

    fn monotonic(&self) -> Duration {
        self.lock().elapsed
    }

    async fn sleep(&self, duration: Duration) {
        if self.shared.hurrying {
            self.advance(duration);
            tokio::task::yield_now().await;
            return;
        }
        let due = self.monotonic().saturating_add(duration);
        loop {
            // Registered before looking, so that an advance in between is not missed.
            let moved = self.shared.moved.notified();
            if self.monotonic() >= due {
                return;
            }
            moved.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleeper_wakes_when_its_time_has_come_and_not_before() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let sleeper = clock.sleep(Duration::from_secs(10));
        tokio::pin!(sleeper);
        assert!(futures_poll(sleeper.as_mut()).is_pending());
        clock.advance(Duration::from_secs(9));
        assert!(futures_poll(sleeper.as_mut()).is_pending());
        clock.advance(Duration::from_secs(1));
        sleeper.await;
        assert_eq!(clock.now(), Timestamp::from_second(10).unwrap());
    }

    #[tokio::test]
    async fn a_hurrying_clock_moves_itself() {
        let clock = ManualClock::hurrying(Timestamp::UNIX_EPOCH);
        clock.sleep(Duration::from_secs(3600)).await;
        assert_eq!(clock.monotonic(), Duration::from_secs(3600));
    }

    fn futures_poll<F: Future>(future: std::pin::Pin<&mut F>) -> std::task::Poll<F::Output> {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        future.poll(&mut context)
    }
}
