//! The pace: how fast one kind of call may go, so that the owner's console keeps working.
//!
//! A bucket is an account, a place and an operation, as the clouds count. Calls of a bucket are
//! spaced evenly at the configured share of its quota; there is no burst, since the clouds count
//! the console's calls in the same bucket and nobody tells us how full it is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::Clock;
use model::{AccountId, Place};

/// What a cloud counts calls by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Bucket {
    /// Whose quota.
    pub account: AccountId,
    /// Where; [`Place::Global`] where the cloud counts over all regions.
    pub place: Place,
    /// Which operation.
    pub operation: &'static str,
}

/// How many calls a second a cloud allows in one bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quota {
    /// Calls a second.
    pub per_second: f64,
}

/// The part of a quota that we use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share(f64);

impl Share {
    /// For runs nobody waits for: a fifth.
    pub const SCHEDULED: Self = Self(0.2);
    /// For a person who waits: three fifths.
    pub const INTERACTIVE: Self = Self(0.6);

    /// Returns a share from percent, held between 1 and 100.
    #[must_use]
    pub fn percent(percent: u8) -> Self {
        Self(f64::from(percent.clamp(1, 100)) / 100.0)
    }
}

/// Hands out turns; one for the whole process.
#[derive(Debug)]
pub struct Pacer {
    clock: Arc<dyn Clock>,
    share: Share,
    next_free: Mutex<HashMap<Bucket, Duration>>,
}

impl Pacer {
    /// Returns a pacer that uses `share` of every quota.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, share: Share) -> Self {
        Self {
            clock,
            share,
            next_free: Mutex::new(HashMap::new()),
        }
    }

    /// Waits for the next turn of a bucket and takes it.
    pub async fn turn(&self, bucket: &Bucket, quota: Quota) {
        let wait = {
            let mut next_free = self
                .next_free
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let now = self.clock.monotonic();
            let spacing =
                Duration::from_secs_f64(1.0 / (quota.per_second * self.share.0).max(0.001));
            let mine = next_free.get(bucket).copied().unwrap_or(now).max(now);
            next_free.insert(bucket.clone(), mine.saturating_add(spacing));
            mine.saturating_sub(now)
        };
        if !wait.is_zero() {
            self.clock.sleep(wait).await;
        }
    }

    /// Gives nobody a turn of a bucket before `pause` is over: the cloud has throttled it.
    pub fn hold(&self, bucket: &Bucket, pause: Duration) {
        let mut next_free = self
            .next_free
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let until = self.clock.monotonic().saturating_add(pause);
        let entry = next_free.entry(bucket.clone()).or_default();
        *entry = (*entry).max(until);
    }
}

#[cfg(test)]
mod tests {
    use base::ManualClock;
    use jiff::Timestamp;

    use super::*;

    fn bucket(operation: &'static str) -> Bucket {
        Bucket {
            account: AccountId::new("shop"),
            place: Place::Global,
            operation,
        }
    }

    #[tokio::test]
    async fn calls_of_one_bucket_are_spaced_at_the_share_of_its_quota() {
        let clock = ManualClock::hurrying(Timestamp::UNIX_EPOCH);
        let pacer = Pacer::new(Arc::new(clock.clone()), Share::SCHEDULED);
        for _ in 0..11 {
            pacer
                .turn(&bucket("List"), Quota { per_second: 10.0 })
                .await;
        }
        assert_eq!(clock.monotonic(), Duration::from_secs(5));
        pacer
            .turn(&bucket("Other"), Quota { per_second: 10.0 })
            .await;
        assert_eq!(clock.monotonic(), Duration::from_secs(5));
    }

    #[tokio::test]
    async fn a_held_bucket_waits_and_no_other_does() {
        let clock = ManualClock::hurrying(Timestamp::UNIX_EPOCH);
        let pacer = Pacer::new(Arc::new(clock.clone()), Share::percent(100));
        pacer.hold(&bucket("List"), Duration::from_secs(30));
        pacer
            .turn(&bucket("Other"), Quota { per_second: 10.0 })
            .await;
        assert_eq!(clock.monotonic(), Duration::ZERO);
        pacer
            .turn(&bucket("List"), Quota { per_second: 10.0 })
            .await;
        assert_eq!(clock.monotonic(), Duration::from_secs(30));
    }
}
