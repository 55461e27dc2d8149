//! Looks at things by id, many at once: a thousand steps that each ask for one thing would be a
//! thousand calls.
//!
//! Whoever asks for a thing of which there is no fresh look asks, with it, for others of the same
//! region that will be asked for soon.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base::Clock;
use cloud::{CloudError, Provider};
use duty::{Planned, Spot, Step};
use model::{Image, ResourceId, Snapshot};
use std::sync::{Mutex as Short, PoisonError};
use tokio::sync::Mutex;

use super::marked;

/// How many things are asked for at once: the clouds take a hundred in one call.
const AT_ONCE: usize = 100;
/// How long a look is fresh enough to remove something by it.
const FRESH: Duration = Duration::from_secs(60);

/// Looks of one run.
pub(super) struct Glances {
    clock: Arc<dyn Clock>,
    snapshots: Looks<Snapshot>,
    images: Looks<Image>,
}

type Looks<T> = Short<BTreeMap<Spot, Arc<Board<T>>>>;

/// What is known of one region.
struct Board<T> {
    /// What will be asked for; with the last look at it, if there was one.
    things: Short<BTreeMap<ResourceId, Option<Look<T>>>>,
    /// One asks at a time: the next may find the answer there.
    asking: Mutex<()>,
}

#[derive(Clone)]
struct Look<T> {
    at: Duration,
    found: Option<T>,
}

impl<T> Default for Board<T> {
    fn default() -> Self {
        Self {
            things: Short::default(),
            asking: Mutex::default(),
        }
    }
}

/// What a look is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// To remove it.
    Removal,
    /// To see whether it is ready, so long after the last look.
    Readiness(Duration),
}

impl Glances {
    /// Returns one that knows what `planned` will ask for.
    pub(super) fn of(planned: &[Planned], clock: Arc<dyn Clock>) -> Self {
        let glances = Self {
            clock,
            snapshots: Looks::default(),
            images: Looks::default(),
        };
        for it in planned {
            match &it.step {
                Step::DeleteSnapshot { snapshot, .. } => {
                    board(&glances.snapshots, &it.spot).expect(snapshot);
                }
                Step::DeleteImage { image, .. } => board(&glances.images, &it.spot).expect(image),
                _ => {}
            }
        }
        glances
    }

    /// Learns what a step has made, and will be asked for until it is ready.
    pub(super) fn expect(&self, planned: &Planned, mark: &str) {
        match &planned.step {
            Step::CreateSet { .. } => {
                let board = board(&self.snapshots, &planned.spot);
                marked(mark).values().for_each(|it| board.expect(it));
            }
            Step::MakeImage { .. } => {
                board(&self.images, &planned.spot).expect(&ResourceId::new(mark));
            }
            _ => {}
        }
    }

    /// Returns a snapshot, or `None` when the cloud shows none.
    pub(super) async fn snapshot(
        &self,
        provider: &dyn Provider,
        spot: &Spot,
        id: &ResourceId,
        purpose: For,
    ) -> Result<Option<Snapshot>, CloudError> {
        let board = board(&self.snapshots, spot);
        let now = || self.clock.monotonic();
        let _asking = match board.known(id, now(), purpose) {
            Some(found) => return Ok(found),
            None => board.asking.lock().await,
        };
        if let Some(found) = board.known(id, now(), purpose) {
            return Ok(found);
        }
        let ids = board.with_others(id, now(), purpose);
        let asked_at = now();
        let found = match provider.copies() {
            Some(port) => port.snapshots_by_id(&spot.region, &ids).await?,
            None => Vec::new(),
        };
        let found = found.into_iter().map(|it| (it.id.clone(), it));
        Ok(board.learn(id, ids, found.collect(), asked_at))
    }

    /// Returns an image, or `None` when the cloud shows none.
    pub(super) async fn image(
        &self,
        provider: &dyn Provider,
        spot: &Spot,
        id: &ResourceId,
        purpose: For,
    ) -> Result<Option<Image>, CloudError> {
        let board = board(&self.images, spot);
        let now = || self.clock.monotonic();
        let _asking = match board.known(id, now(), purpose) {
            Some(found) => return Ok(found),
            None => board.asking.lock().await,
        };
        if let Some(found) = board.known(id, now(), purpose) {
            return Ok(found);
        }
        let ids = board.with_others(id, now(), purpose);
        let asked_at = now();
        let found = match provider.image_making() {
            Some(port) => port.images_by_id(&spot.region, &ids).await?,
            None => Vec::new(),
        };
        let found = found.into_iter().map(|it| (it.id.clone(), it));
        Ok(board.learn(id, ids, found.collect(), asked_at))
    }

    /// Forgets a thing that needs no more looks.
    pub(super) fn done(&self, spot: &Spot, id: &ResourceId) {
        board(&self.snapshots, spot).forget(id);
        board(&self.images, spot).forget(id);
    }
}

fn board<T>(looks: &Looks<T>, spot: &Spot) -> Arc<Board<T>> {
    let mut looks = looks.lock().unwrap_or_else(PoisonError::into_inner);
    looks.entry(spot.clone()).or_default().clone()
}

impl<T: Clone> Board<T> {
    /// Returns what a fresh enough look found, if there was one.
    fn known(&self, id: &ResourceId, now: Duration, purpose: For) -> Option<Option<T>> {
        let things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
        let look = things.get(id)?.as_ref()?;
        look.is_fresh(now, purpose).then(|| look.found.clone())
    }

    /// Returns the ids to ask for: this one, and others of which there is no fresh look.
    fn with_others(&self, id: &ResourceId, now: Duration, purpose: For) -> Vec<ResourceId> {
        let things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
        let stale =
            |look: &Option<Look<T>>| look.as_ref().is_none_or(|it| !it.is_fresh(now, purpose));
        // Those that come after it in the order of ids, and then from the start: whoever asks next
        // is as likely to be there as anywhere.
        let after = things.range(id.clone()..).chain(things.range(..id.clone()));
        let others = after.filter(|(other, look)| *other != id && stale(look));
        let others = others.map(|(other, _)| other.clone());
        std::iter::once(id.clone())
            .chain(others)
            .take(AT_ONCE)
            .collect()
    }

    /// Remembers what a look found, and returns what it found of `id`.
    fn learn(
        &self,
        id: &ResourceId,
        asked: Vec<ResourceId>,
        mut found: BTreeMap<ResourceId, T>,
        at: Duration,
    ) -> Option<T> {
        let mut things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
        let of_id = found.get(id).cloned();
        for it in asked {
            let found = found.remove(&it);
            things.insert(it, Some(Look { at, found }));
        }
        of_id
    }
}

impl<T> Board<T> {
    fn expect(&self, id: &ResourceId) {
        let mut things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
        things.entry(id.clone()).or_insert(None);
    }

    fn forget(&self, id: &ResourceId) {
        let mut things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
        things.remove(id);
    }
}

impl<T> Look<T> {
    fn is_fresh(&self, now: Duration, purpose: For) -> bool {
        let limit = match purpose {
            For::Removal => FRESH,
            For::Readiness(pause) => pause,
        };
        now.saturating_sub(self.at) < limit
    }
}
