//! The in-process door: the ports of `cloud` directly over the world, without a wire.
//!
//! What is seen through it is what the wire door shows: the same typed functions of [`World`] answer, with the
//! same rights, page sizes, quotas and planted faults. Only the wire itself is missing, so a look takes
//! microseconds. Who visits waits out what passes, as a good client does: what was throttled, lost or failed on
//! the cloud's side is asked for again until [`Door::PATIENCE`] is over, and a session that ran out is renewed
//! once.
//!
//! Everything here lives in world time, sessions too: nobody inside has another clock. Waiting moves the world on.
//!
//! Invariant: no code of an adapter is used here; an answer is a value of the world, never JSON.

mod access;
mod alarms;
mod clock;
mod clusters;
mod copies;
mod hindered;
mod imaging;
mod inventory;
mod keys;
mod lists;
mod machinery;
mod mishap;
mod nouns;
mod organization;
mod pass;
mod regions;
mod rows;
mod terms;
#[cfg(test)]
mod tests;
mod ties;
mod visitor;

use std::sync::Arc;
use std::time::Duration;

use base::{Clock, SeededChance};
use cloud::Provider;
use model::AccountId;

use self::clock::WorldClock;
pub use self::visitor::Visitor;
use crate::fault::Faults;
use crate::stats::{CallRecord, Counters, Stats};
use crate::throttle::{Quota, Throttle};
use crate::world::World;
use crate::world::account::{AccessKey, Uid};

/// The in-process door of one world; clones share it.
///
/// ```
/// # let now = jiff::Timestamp::UNIX_EPOCH;
/// use cloudsim::{Door, Estate};
///
/// let door = Door::open(Estate::seeded(7).accounts(3).resources(1_200).build(now));
/// let provider = door.provider("account-001").expect("a seeded account has a key");
/// assert!(provider.billing().is_some());
/// ```
#[derive(Debug, Clone)]
pub struct Door {
    inside: Arc<Inside>,
}

#[derive(Debug)]
struct Inside {
    world: World,
    clock: Arc<WorldClock>,
    chance: SeededChance,
    faults: Faults,
    counters: Arc<Counters>,
    throttle: Throttle,
    patience: Duration,
}

impl Door {
    /// How long a visitor asks again before a failure is the last word, in world time: as long as the product.
    pub const PATIENCE: Duration = Duration::from_secs(180);

    /// Opens the in-process door of `world`: no quota, no faults.
    #[must_use]
    pub fn open(world: World) -> Self {
        Self::open_with_patience(world, Self::PATIENCE)
    }

    /// Opens the in-process door of `world` to visitors who ask again for `patience` of world time; with none,
    /// every failure is the last word.
    #[must_use]
    pub fn open_with_patience(world: World, patience: Duration) -> Self {
        let clock = Arc::new(WorldClock::new(world.clone()));
        let inside = Inside {
            faults: Faults::new(clock.clone()),
            world,
            clock,
            chance: SeededChance::new(1),
            counters: Arc::default(),
            throttle: Throttle::new(None),
            patience,
        };
        Self {
            inside: Arc::new(inside),
        }
    }

    /// Returns the world behind the door.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.inside.world
    }

    /// Returns the world's own time as a clock, for what is tested over this door: sleeping on it moves the world
    /// on, to the whole second after; sleeps that overlap cost their longest.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.inside.clock.clone()
    }

    /// Returns the planted faults. Those that bend the text of an answer (fields missing, unknown or of another
    /// value) cannot be shown without a wire, and fail the call, saying so.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.inside.faults
    }

    /// Returns what was counted so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.inside.counters.snapshot()
    }

    /// Returns the last calls, oldest first; 4096 at most.
    #[must_use]
    pub fn recent_calls(&self) -> Vec<CallRecord> {
        self.inside.counters.recent()
    }

    /// Counts from zero again.
    pub fn reset_stats(&self) {
        self.inside.counters.reset();
    }

    /// Limits the calls of each account, region and action in world time from now on; `None` takes the limit away.
    pub fn set_quota(&self, quota: Option<Quota>) {
        self.inside.throttle.set(quota);
    }

    /// Lets every session of account `uid` end now, so that the next call with one is refused as expired.
    pub fn expire_sessions(&self, uid: Uid) -> usize {
        self.world().expire_sessions(uid, self.world().now())
    }

    /// Returns whoever holds `key`, to be called `account`; whether the key is good is found out by asking.
    #[must_use]
    pub fn visitor(&self, account: AccountId, key: AccessKey) -> Visitor {
        Visitor::with_key(self.clone(), account, key)
    }

    /// Returns the account that the world calls `name`, with the key a patrol of it would be configured with;
    /// `None` when there is no such account or it has no key.
    #[must_use]
    pub fn provider(&self, name: &str) -> Option<Arc<dyn Provider>> {
        let key = self.world().key(name)?;
        Some(Arc::new(self.visitor(AccountId::new(name), key)))
    }
}
