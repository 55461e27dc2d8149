//! The pace: how fast one kind of call may go, so that the owner's console keeps working.
//!
//! A bucket is an account, a place and an operation, as the clouds count. Calls of a bucket are
//! spaced evenly at the configured share of its quota. The clouds count the console's calls in the
//! same bucket and nobody tells us how full it is, so there is no burst, but where a cloud publishes
//! one for what a console seldom does: then the same share of it, less a tenth.
//!
//! A call takes one turn, and then leaves through the door of its bucket. Whoever has to wait there,
//! for a line or for room, keeps those behind it at a distance: no second turn is taken, and nobody who
//! waits for the pace holds a line. What a share leaves of the quota makes up for a call that is a
//! little late: those behind it keep their turns. Behind one that is very late all are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::Clock;
use model::{AccountId, Place};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

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

/// The part of a burst that is used: calls that are on their way for different times would else come
/// one too many at times.
const OF_BURST: f64 = 0.9;

/// By how much a turn may be taken late without making those after it late, too: no more than a network
/// delays one call and not the next, and a quarter of a spacing at most. Of a list that is read page by
/// page, each page would else be late by what reading the first one took.
const GRACE: Duration = Duration::from_millis(25);

/// By how much a call may be late, of what a share leaves of the quota, without making those after it
/// late, too; half a spacing at most. However late they are, two calls are never closer than half a
/// spacing, nor than the whole quota allows.
const MADE_UP: Duration = Duration::from_millis(250);

/// Hands out turns; one for the whole process.
#[derive(Debug)]
pub struct Pacer {
    clock: Arc<dyn Clock>,
    share: Share,
    lanes: Mutex<HashMap<Bucket, Lane>>,
}

/// What is known of one bucket.
#[derive(Debug, Default)]
struct Lane {
    /// When the next turn would be taken if all were evenly spaced.
    next_free: Duration,
    /// By how much a turn may be taken earlier.
    ahead: Duration,
    /// Before when nobody leaves, since the one before left late or the cloud has throttled.
    next_leave: Duration,
    /// Held by whoever is about to leave.
    door: Arc<AsyncMutex<()>>,
}

/// The leave to go of one call.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    /// When it should leave, by the pace alone.
    at: Duration,
    spacing: Spacing,
}

/// The door of a bucket, held by the one call that is about to leave.
pub(crate) struct Door<'a> {
    pacer: &'a Pacer,
    bucket: &'a Bucket,
    turn: Turn,
    _held: OwnedMutexGuard<()>,
}

/// How far apart calls are.
#[derive(Debug, Clone, Copy)]
struct Spacing {
    /// As a rule.
    even: Duration,
    /// By how much less they may be after one that was late.
    made_up: Duration,
}

impl Door<'_> {
    /// Says that the call leaves now and not when its turn was, so that the next one keeps its
    /// distance.
    pub(crate) fn left_late(&self) {
        let now = self.pacer.clock.monotonic();
        let Spacing { even, made_up } = self.turn.spacing;
        let is_made_up_for = now.saturating_sub(self.turn.at) <= even;
        let distance = if is_made_up_for { even - made_up } else { even };
        self.pacer.with_lane(self.bucket, |lane| {
            lane.next_leave = lane.next_leave.max(now.saturating_add(distance));
        });
    }
}

impl Pacer {
    /// Returns a pacer that uses `share` of every quota.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, share: Share) -> Self {
        Self {
            clock,
            share,
            lanes: Mutex::new(HashMap::new()),
        }
    }

    /// Waits for the next turn of a bucket and takes it; after a pause the cloud lets `burst` of them
    /// be taken at once.
    pub async fn turn(&self, bucket: &Bucket, quota: Quota, burst: u32) -> Turn {
        let spacing = self.spacing(quota);
        let Spacing { even, made_up } = spacing;
        let at_once = f64::from(burst) * self.share.0 * OF_BURST;
        let ahead = even.mul_f64(at_once);
        let now = self.clock.monotonic();
        let at = self.with_lane(bucket, |lane| {
            lane.ahead = ahead;
            let grace = GRACE.min(even / 4).max(made_up);
            let is_on_time = now.saturating_sub(lane.next_free) <= grace;
            let mine = if is_on_time { lane.next_free } else { now };
            lane.next_free = mine.saturating_add(even);
            mine.saturating_sub(ahead)
        });
        let wait = at.saturating_sub(now);
        if !wait.is_zero() {
            self.clock.sleep(wait).await;
        }
        Turn { at, spacing }
    }

    /// Waits at the door of a bucket, after a turn was taken: behind those who came before, and as
    /// long after the last one as the pace says, if that one left late.
    pub(crate) async fn door<'a>(&'a self, bucket: &'a Bucket, turn: Turn) -> Door<'a> {
        let lock = self.with_lane(bucket, |lane| lane.door.clone());
        let door = Door {
            pacer: self,
            bucket,
            turn,
            _held: lock.lock_owned().await,
        };
        let mut is_late = false;
        // Looked at again after each wait: the bucket may have been closed meanwhile.
        loop {
            let now = self.clock.monotonic();
            let wait = self.with_lane(bucket, |lane| lane.next_leave.saturating_sub(now));
            if wait.is_zero() {
                break;
            }
            self.clock.sleep(wait).await;
            is_late = true;
        }
        if is_late {
            door.left_late();
        }
        door
    }

    /// Lets nobody leave in a bucket before `pause` is over: the cloud has throttled it.
    pub fn hold(&self, bucket: &Bucket, pause: Duration) {
        let until = self.clock.monotonic().saturating_add(pause);
        self.with_lane(bucket, |lane| {
            // It is empty: nothing is taken ahead.
            lane.next_free = lane.next_free.max(until.saturating_add(lane.ahead));
            lane.next_leave = lane.next_leave.max(until);
        });
    }

    fn spacing(&self, quota: Quota) -> Spacing {
        let even = Duration::from_secs_f64(1.0 / (quota.per_second * self.share.0).max(0.001));
        let left = even.mul_f64(1.0 - self.share.0);
        Spacing {
            even,
            made_up: MADE_UP.min(even / 2).min(left),
        }
    }

    fn with_lane<T>(&self, bucket: &Bucket, act: impl FnOnce(&mut Lane) -> T) -> T {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get_mut(bucket) {
            return act(lane);
        }
        act(lanes.entry(bucket.clone()).or_default())
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
                .turn(&bucket("List"), Quota { per_second: 10.0 }, 0)
                .await;
        }
        assert_eq!(clock.monotonic(), Duration::from_secs(5));
        pacer
            .turn(&bucket("Other"), Quota { per_second: 10.0 }, 0)
            .await;
        assert_eq!(clock.monotonic(), Duration::from_secs(5));
    }

    #[tokio::test]
    async fn a_turn_that_is_a_little_late_makes_no_other_late_and_a_later_one_does() {
        let clock = ManualClock::hurrying(Timestamp::UNIX_EPOCH);
        let pacer = Pacer::new(Arc::new(clock.clone()), Share::percent(100));
        let take_of = async |operation: &'static str, per_second: f64| {
            let quota = Quota { per_second };
            pacer.turn(&bucket(operation), quota, 0).await;
            clock.monotonic()
        };
        let take = || take_of("List", 10.0);
        let millis = Duration::from_millis;
        clock.advance(millis(1_000));
        assert_eq!(take().await, millis(1_000));
        clock.advance(millis(120));
        assert_eq!(take().await, millis(1_120));
        assert_eq!(take().await, millis(1_200));
        clock.advance(millis(130));
        assert_eq!(take().await, millis(1_330));
        assert_eq!(take().await, millis(1_430));
        // However far apart the turns are.
        assert_eq!(take_of("Rare", 1.0).await, millis(1_430));
        clock.advance(millis(1_030));
        assert_eq!(take_of("Rare", 1.0).await, millis(2_460));
        assert_eq!(take_of("Rare", 1.0).await, millis(3_460));
    }

    #[tokio::test]
    async fn what_a_share_leaves_of_the_quota_makes_up_for_who_is_a_little_late() {
        let clock = ManualClock::hurrying(Timestamp::UNIX_EPOCH);
        let pacer = Pacer::new(Arc::new(clock.clone()), Share::SCHEDULED);
        let (list, quota) = (bucket("List"), Quota { per_second: 10.0 });
        // Leaves, after it has waited for room so many milliseconds.
        let leave = async |waits: u64| {
            let turn = pacer.turn(&list, quota, 0).await;
            let door = pacer.door(&list, turn).await;
            clock.advance(Duration::from_millis(waits));
            if waits > 0 {
                door.left_late();
            }
            clock.monotonic().as_millis()
        };
        assert_eq!(leave(0).await, 0);
        assert_eq!(leave(200).await, 700);
        assert_eq!(leave(0).await, 1_000);
        // Whoever is later is made up for by more than one.
        assert_eq!(leave(400).await, 1_900);
        assert_eq!(leave(0).await, 2_150);
        assert_eq!(leave(0).await, 2_500);
        // Later than a whole spacing, and all are late.
        assert_eq!(leave(600).await, 3_600);
        assert_eq!(leave(0).await, 4_100);
        assert_eq!(leave(0).await, 4_600);
    }

    #[tokio::test]
    async fn who_uses_all_of_a_quota_has_nothing_to_make_up_with() {
        let clock = ManualClock::hurrying(Timestamp::UNIX_EPOCH);
        let pacer = Pacer::new(Arc::new(clock.clone()), Share::percent(100));
        let (list, quota) = (bucket("List"), Quota { per_second: 10.0 });
        for (waits, left) in [(0, 0), (20, 120), (0, 220), (0, 320)] {
            let turn = pacer.turn(&list, quota, 0).await;
            let door = pacer.door(&list, turn).await;
            clock.advance(Duration::from_millis(waits));
            if waits > 0 {
                door.left_late();
            }
            assert_eq!(clock.monotonic().as_millis(), left);
        }
    }

    #[tokio::test]
    async fn after_a_pause_the_share_of_a_published_burst_is_taken_at_once() {
        let clock = ManualClock::hurrying(Timestamp::UNIX_EPOCH);
        let pacer = Pacer::new(Arc::new(clock.clone()), Share::SCHEDULED);
        let quota = Quota { per_second: 5.0 };
        let take = async |many: u32| {
            for _ in 0..many {
                pacer.turn(&bucket("Change"), quota, 100).await;
            }
            clock.monotonic()
        };
        // A fifth of a hundred, less a tenth, and the one that comes without waiting.
        assert_eq!(take(19).await, Duration::ZERO);
        assert_eq!(take(10).await, Duration::from_secs(10));
        // What refills meanwhile may be taken at once again.
        clock.advance(Duration::from_secs(5));
        assert_eq!(take(5).await, Duration::from_secs(15));
        assert_eq!(take(1).await, Duration::from_secs(16));
        // One that was refused is empty, however long it was left alone before.
        clock.advance(Duration::from_secs(3_600));
        pacer.hold(&bucket("Change"), Duration::from_secs(2));
        let held = clock.monotonic();
        assert_eq!(take(1).await, held + Duration::from_secs(2));
        assert_eq!(take(3).await, held + Duration::from_secs(5));
    }

    #[tokio::test]
    async fn a_held_bucket_waits_and_no_other_does() {
        let clock = ManualClock::hurrying(Timestamp::UNIX_EPOCH);
        let pacer = Pacer::new(Arc::new(clock.clone()), Share::percent(100));
        pacer.hold(&bucket("List"), Duration::from_secs(30));
        pacer
            .turn(&bucket("Other"), Quota { per_second: 10.0 }, 0)
            .await;
        assert_eq!(clock.monotonic(), Duration::ZERO);
        pacer
            .turn(&bucket("List"), Quota { per_second: 10.0 }, 0)
            .await;
        assert_eq!(clock.monotonic(), Duration::from_secs(30));
    }
}
