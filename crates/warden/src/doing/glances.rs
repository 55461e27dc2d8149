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
use std::sync::{Mutex as Short, MutexGuard, PoisonError};
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

/// What is known, region by region: of what is to go, and of what is to become ready.
struct Looks<T> {
    removal: Boards<T>,
    readiness: Boards<T>,
}

type Boards<T> = Short<BTreeMap<Spot, Arc<Board<T>>>>;

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
            let spot = &it.spot;
            match &it.step {
                Step::DeleteSnapshot { snapshot, .. } => {
                    glances.snapshots.board(spot, For::Removal).expect(snapshot);
                }
                Step::DeleteImage { image, .. } => {
                    glances.images.board(spot, For::Removal).expect(image);
                }
                _ => {}
            }
        }
        glances
    }

    /// Learns what a step has done: what it made will be asked for until it is ready, and what it
    /// removed will not be asked for again.
    pub(super) fn done(&self, planned: &Planned, mark: &str) {
        let (spot, soon) = (&planned.spot, For::Readiness(Duration::ZERO));
        match &planned.step {
            Step::CreateSet { .. } => {
                let board = self.snapshots.board(spot, soon);
                marked(mark).values().for_each(|it| board.expect(it));
            }
            Step::MakeImage { .. } => {
                self.images.board(spot, soon).expect(&ResourceId::new(mark));
            }
            Step::DeleteSnapshot { snapshot, .. } => {
                self.snapshots.board(spot, For::Removal).forget(snapshot);
            }
            Step::DeleteImage { image, .. } => {
                self.images.board(spot, For::Removal).forget(image);
            }
            _ => {}
        }
    }

    /// Forgets what is ready.
    pub(super) fn ready(&self, spot: &Spot, id: &ResourceId) {
        let purpose = For::Readiness(Duration::ZERO);
        self.snapshots.board(spot, purpose).forget(id);
        self.images.board(spot, purpose).forget(id);
    }

    /// Returns a snapshot, or `None` when the cloud shows none.
    pub(super) async fn snapshot(
        &self,
        provider: &dyn Provider,
        spot: &Spot,
        id: &ResourceId,
        purpose: For,
    ) -> Result<Option<Snapshot>, CloudError> {
        let board = self.snapshots.board(spot, purpose);
        let asked = Asked {
            id,
            purpose,
            at: self.clock.monotonic(),
        };
        let _asking = match board.known(&asked) {
            Some(found) => return Ok(found),
            None => board.asking.lock().await,
        };
        if let Some(found) = board.known(&asked) {
            return Ok(found);
        }
        // After a crash nobody has said that it would be asked for.
        board.expect(id);
        let ids = board.with_others(&asked);
        let at = self.clock.monotonic();
        let found = match provider.copies() {
            Some(port) => port.snapshots_by_id(&spot.region, &ids).await?,
            None => Vec::new(),
        };
        let found = found.into_iter().map(|it| (it.id.clone(), it));
        Ok(board.learn(id, ids, found.collect(), at))
    }

    /// Returns an image, or `None` when the cloud shows none.
    pub(super) async fn image(
        &self,
        provider: &dyn Provider,
        spot: &Spot,
        id: &ResourceId,
        purpose: For,
    ) -> Result<Option<Image>, CloudError> {
        let board = self.images.board(spot, purpose);
        let asked = Asked {
            id,
            purpose,
            at: self.clock.monotonic(),
        };
        let _asking = match board.known(&asked) {
            Some(found) => return Ok(found),
            None => board.asking.lock().await,
        };
        if let Some(found) = board.known(&asked) {
            return Ok(found);
        }
        // After a crash nobody has said that it would be asked for.
        board.expect(id);
        let ids = board.with_others(&asked);
        let at = self.clock.monotonic();
        let found = match provider.image_making() {
            Some(port) => port.images_by_id(&spot.region, &ids).await?,
            None => Vec::new(),
        };
        let found = found.into_iter().map(|it| (it.id.clone(), it));
        Ok(board.learn(id, ids, found.collect(), at))
    }
}

/// What somebody asks for, and since when.
struct Asked<'a> {
    id: &'a ResourceId,
    purpose: For,
    at: Duration,
}

impl Asked<'_> {
    /// Returns whether a look is as fresh as it has to be; one that was begun while it was waited for
    /// always is.
    fn is_met_by<T>(&self, look: &Look<T>) -> bool {
        let limit = match self.purpose {
            For::Removal => FRESH,
            For::Readiness(pause) => pause,
        };
        look.at > self.at || self.at.saturating_sub(look.at) < limit
    }
}

impl<T> Looks<T> {
    fn board(&self, spot: &Spot, purpose: For) -> Arc<Board<T>> {
        let boards = match purpose {
            For::Removal => &self.removal,
            For::Readiness(_) => &self.readiness,
        };
        let mut boards = boards.lock().unwrap_or_else(PoisonError::into_inner);
        boards.entry(spot.clone()).or_default().clone()
    }
}

impl<T: Clone> Board<T> {
    /// Returns what a fresh enough look found, if there was one.
    fn known(&self, asked: &Asked<'_>) -> Option<Option<T>> {
        let things = self.things();
        let look = things.get(asked.id)?.as_ref()?;
        asked.is_met_by(look).then(|| look.found.clone())
    }

    /// Returns the ids to ask for: this one, and others that will be asked for: first those that
    /// nobody has looked at for the longest time, beginning with its neighbors.
    fn with_others(&self, asked: &Asked<'_>) -> Vec<ResourceId> {
        let things = self.things();
        let id = asked.id;
        let from = things.range(id.clone()..).chain(things.range(..id.clone()));
        let mut others: Vec<(Option<Duration>, &ResourceId)> = from
            .filter(|(other, look)| {
                *other != id && look.as_ref().is_none_or(|it| !asked.is_met_by(it))
            })
            .map(|(other, look)| (look.as_ref().map(|it| it.at), other))
            .collect();
        others.sort_by_key(|(at, _)| *at);
        let others = others.into_iter().map(|(_, other)| other.clone());
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
        let mut things = self.things();
        let of_id = found.get(id).cloned();
        for it in asked {
            // What was forgotten meanwhile is not asked for again.
            if let Some(look) = things.get_mut(&it) {
                *look = Some(Look {
                    at,
                    found: found.remove(&it),
                });
            }
        }
        of_id
    }
}

impl<T> Board<T> {
    fn things(&self) -> MutexGuard<'_, BTreeMap<ResourceId, Option<Look<T>>>> {
        self.things.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn expect(&self, id: &ResourceId) {
        self.things().entry(id.clone()).or_insert(None);
    }

    fn forget(&self, id: &ResourceId) {
        self.things().remove(id);
    }
}

impl<T> Default for Board<T> {
    fn default() -> Self {
        Self {
            things: Short::default(),
            asking: Mutex::default(),
        }
    }
}

impl<T> Default for Looks<T> {
    fn default() -> Self {
        Self {
            removal: Short::default(),
            readiness: Short::default(),
        }
    }
}
