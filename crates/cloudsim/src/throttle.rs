//! Quotas: a bucket of tokens for each account, region and action.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::world::account::Uid;

/// How many calls of one action an account may make in one region.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quota {
    /// Calls a second in the long run.
    pub per_second: f64,
    /// Calls at once, after a pause.
    pub burst: f64,
    /// The code of the refusal.
    pub code: &'static str,
    /// The HTTP status of the refusal: 400, 403 and 429 have all been seen.
    pub status: u16,
    /// Whether the refusal says how long to wait; the real one often does not.
    pub tells_wait: bool,
}

impl Quota {
    /// Returns a quota of `calls` a second, with bursts of one second's worth.
    #[must_use]
    pub fn per_second(calls: u32) -> Self {
        Self {
            per_second: f64::from(calls),
            burst: f64::from(calls.max(1)),
            code: "Throttling.User",
            status: 400,
            tells_wait: true,
        }
    }

    /// Words the refusal with `code` and `status`.
    #[must_use]
    pub fn refusing_with(mut self, code: &'static str, status: u16) -> Self {
        (self.code, self.status) = (code, status);
        self
    }

    /// Leaves the header out that tells how long to wait.
    #[must_use]
    pub fn without_wait(mut self) -> Self {
        self.tells_wait = false;
        self
    }

    /// Allows `calls` at once, after a pause.
    #[must_use]
    pub fn burst(mut self, calls: u32) -> Self {
        self.burst = f64::from(calls.max(1));
        self
    }
}

/// There is no token left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full {
    /// How long it takes until there is one.
    pub wait: Duration,
    /// The code to refuse with.
    pub code: &'static str,
    /// The HTTP status to refuse with.
    pub status: u16,
    /// Whether to say how long it takes.
    pub tells_wait: bool,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Duration,
}

type Scope = (Uid, String, &'static str);

/// The buckets of all accounts, regions and actions.
#[derive(Debug)]
pub struct Throttle {
    quota: Mutex<Option<Quota>>,
    buckets: Mutex<HashMap<Scope, Bucket>>,
}

impl Throttle {
    /// Returns full buckets; without a quota nothing is ever refused.
    #[must_use]
    pub fn new(quota: Option<Quota>) -> Self {
        Self {
            quota: Mutex::new(quota),
            buckets: Mutex::default(),
        }
    }

    /// Changes the quota from now on.
    pub fn set(&self, quota: Option<Quota>) {
        *self.quota.lock().unwrap_or_else(PoisonError::into_inner) = quota;
        self.buckets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Returns whether there is a quota.
    pub(crate) fn is_set(&self) -> bool {
        self.quota
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
    }

    /// Takes one token at monotonic time `at`; `Err` tells how long it takes until there is one.
    ///
    /// # Errors
    ///
    /// When the bucket is empty.
    pub fn take(
        &self,
        uid: Uid,
        region: &str,
        action: &'static str,
        at: Duration,
    ) -> Result<(), Full> {
        let Some(quota) = *self.quota.lock().unwrap_or_else(PoisonError::into_inner) else {
            return Ok(());
        };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets
            .entry((uid, region.to_owned(), action))
            .or_insert(Bucket {
                tokens: quota.burst,
                at,
            });
        let gained = at.saturating_sub(bucket.at).as_secs_f64() * quota.per_second;
        *bucket = Bucket {
            tokens: (bucket.tokens + gained).min(quota.burst),
            at: at.max(bucket.at),
        };
        if bucket.tokens < 1.0 {
            let wait = Duration::from_secs_f64((1.0 - bucket.tokens) / quota.per_second.max(0.001));
            return Err(Full {
                wait,
                code: quota.code,
                status: quota.status,
                tells_wait: quota.tells_wait,
            });
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_refills_with_time_and_is_nobody_elses() {
        let throttle = Throttle::new(Some(Quota::per_second(2)));
        let take = |uid, region: &str, action, ms| {
            throttle
                .take(Uid(uid), region, action, Duration::from_millis(ms))
                .is_ok()
        };
        assert_eq!(
            [0, 0, 0, 499, 500, 501].map(|ms| take(1, "", "A", ms)),
            [true, true, false, false, true, false]
        );
        assert!(take(2, "", "A", 501) && take(1, "cn-beijing", "A", 501) && take(1, "", "B", 501));
    }
}
