//! How many calls a second an account may make, of each action in each region.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::catalog::ActionSpec;
use super::words::{Trouble, throttled};
use crate::throttle::{Quota, Throttle};
use crate::world::account::Uid;

/// What the container service allows, whatever the others do: 20 a second, as its pages say.
const TKE: u32 = 20;

/// The quotas of all accounts.
#[derive(Debug)]
pub(crate) struct Quotas {
    quota: Mutex<Option<Quota>>,
    tke: Throttle,
    rest: Throttle,
}

impl Quotas {
    /// Returns full buckets; without a quota nothing is ever refused.
    pub(crate) fn new(quota: Option<Quota>) -> Self {
        Self {
            quota: Mutex::new(quota),
            tke: Throttle::new(quota.map(|_| Quota::per_second(TKE))),
            rest: Throttle::new(quota),
        }
    }

    /// Changes the quota from now on; where there is one, that of the container service stays what it is.
    pub(crate) fn set(&self, quota: Option<Quota>) {
        *self.quota.lock().unwrap_or_else(PoisonError::into_inner) = quota;
        self.tke.set(quota.map(|_| Quota::per_second(TKE)));
        self.rest.set(quota);
    }

    /// Takes one token of `spec` at monotonic time `at`.
    pub(super) fn take(
        &self,
        uid: Uid,
        region: &str,
        spec: &ActionSpec,
        at: Duration,
    ) -> Result<(), Trouble> {
        let quota = *self.quota.lock().unwrap_or_else(PoisonError::into_inner);
        let (throttle, per_second) = match spec.service {
            "tke" => (&self.tke, f64::from(TKE)),
            _ => (&self.rest, quota.map_or(0.0, |it| it.per_second)),
        };
        // Services have actions of one name, and versions too: each has a bucket of its own.
        let scope = format!("{region} {} {}", spec.service, spec.version);
        throttle
            .take(uid, &scope, spec.name, at)
            .map_err(|_| throttled(None, per_second))
    }
}
