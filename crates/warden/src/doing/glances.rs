//! Looks at things by id, many at once: a thousand steps that each ask for one thing would be a
//! thousand calls.
//!
//! Whoever asks for a thing of which there is no fresh look asks, with it, for others of the same
//! region that will be asked for soon.

mod board;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex as Short, PoisonError};
use std::time::Duration;

use base::Clock;
use cloud::{CloudError, Provider, Sighting, Unseen, Why, pager};
use duty::{Planned, Spot, Step};
use model::{Address, Image, ImageUse, ResourceId, Snapshot};

use self::board::Board;
use super::marked;

/// How long a look is fresh enough to remove something by it.
const FRESH: Duration = Duration::from_secs(30);

/// Looks of one run.
pub(super) struct Glances {
    clock: Arc<dyn Clock>,
    snapshots: Looks<Snapshot>,
    images: Looks<Image>,
    /// Who uses an image that is to go; no look finds anybody for one that nobody uses.
    users: Boards<String>,
    /// Addresses that are to go; they can be asked for all together only, and are few.
    addresses: Boards<Address>,
}

/// What is known, region by region: of what is to go, and of what is to become ready.
struct Looks<T> {
    removal: Boards<T>,
    readiness: Boards<T>,
}

struct Boards<T>(Short<BTreeMap<Spot, Arc<Board<T>>>>);

/// What a look is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// To remove it.
    Removal,
    /// To see whether it is ready, so long after the last look.
    Readiness(Duration),
}

impl For {
    /// Returns how old a look may be.
    fn limit(self) -> Duration {
        match self {
            Self::Removal => FRESH,
            Self::Readiness(pause) => pause,
        }
    }
}

impl Glances {
    /// Returns one that knows what `planned` will ask for.
    pub(super) fn of<'a>(
        planned: impl IntoIterator<Item = &'a Planned>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let glances = Self {
            clock,
            snapshots: Looks::default(),
            images: Looks::default(),
            users: Boards::default(),
            addresses: Boards::default(),
        };
        for it in planned {
            let spot = &it.spot;
            match &it.step {
                Step::DeleteSnapshot { snapshot, .. } => {
                    glances.snapshots.removal.of(spot).expect(snapshot);
                }
                Step::DeleteImage { image, .. } => {
                    glances.images.removal.of(spot).expect(image);
                    glances.users.of(spot).expect(image);
                }
                Step::ReleaseAddress { address } => glances.addresses.of(spot).expect(address),
                _ => {}
            }
        }
        glances
    }

    /// Learns what a step has done: what it made will be asked for until it is ready, and what it
    /// removed will not be asked for again.
    pub(super) fn done(&self, planned: &Planned, mark: &str) {
        let spot = &planned.spot;
        match &planned.step {
            Step::CreateSet { .. } => {
                let board = self.snapshots.readiness.of(spot);
                marked(mark).values().for_each(|it| board.expect(it));
            }
            Step::MakeImage { .. } => {
                let board = self.images.readiness.of(spot);
                board.expect(&ResourceId::new(mark));
            }
            Step::DeleteSnapshot { snapshot, .. } => {
                self.snapshots.removal.of(spot).forget(snapshot);
            }
            Step::DeleteImage { image, .. } => {
                self.images.removal.of(spot).forget(image);
                self.users.of(spot).forget(image);
            }
            Step::ReleaseAddress { address } => self.addresses.of(spot).forget(address),
            _ => {}
        }
    }

    /// Forgets what is ready.
    pub(super) fn ready(&self, spot: &Spot, id: &ResourceId) {
        self.snapshots.readiness.of(spot).forget(id);
        self.images.readiness.of(spot).forget(id);
    }

    /// Returns a snapshot, or `None` when the cloud shows none.
    pub(super) async fn snapshot(
        &self,
        provider: &dyn Provider,
        spot: &Spot,
        id: &ResourceId,
        purpose: For,
    ) -> Result<Option<Snapshot>, CloudError> {
        let ask = |ids: Vec<ResourceId>| async move {
            let found = match provider.copies() {
                Some(port) => port.snapshots_by_id(&spot.region, &ids).await?,
                None => Vec::new(),
            };
            Ok(found.into_iter().map(|it| (it.id.clone(), it)).collect())
        };
        let board = self.snapshots.board(spot, purpose);
        board.look(&*self.clock, id, purpose.limit(), ask).await
    }

    /// Returns an image, or `None` when the cloud shows none.
    pub(super) async fn image(
        &self,
        provider: &dyn Provider,
        spot: &Spot,
        id: &ResourceId,
        purpose: For,
    ) -> Result<Option<Image>, CloudError> {
        let ask = |ids: Vec<ResourceId>| async move {
            let found = match provider.image_making() {
                Some(port) => port.images_by_id(&spot.region, &ids).await?,
                None => Vec::new(),
            };
            Ok(found.into_iter().map(|it| (it.id.clone(), it)).collect())
        };
        let board = self.images.board(spot, purpose);
        board.look(&*self.clock, id, purpose.limit(), ask).await
    }

    /// Returns one who uses an image that is to go, or `None` when everybody was seen and nobody
    /// does.
    pub(super) async fn user_of(
        &self,
        provider: &dyn Provider,
        spot: &Spot,
        image: &ResourceId,
    ) -> Result<Option<String>, Unseen> {
        let ask = |ids: Vec<ResourceId>| async move {
            let Some(port) = provider.image_making() else {
                return Ok(BTreeMap::new());
            };
            let take = |users: &mut BTreeMap<ResourceId, String>, it: ImageUse| {
                users.entry(it.image).or_insert(it.user);
            };
            let uses = port.image_uses_of(&spot.region, &ids);
            match pager::fold(&*uses, BTreeMap::new, take).await {
                Sighting::Seen(users) => Ok(users.into_inner()),
                Sighting::Unseen(unseen) => Err(unseen),
            }
        };
        let (board, limit) = (self.users.of(spot), For::Removal.limit());
        board.look(&*self.clock, image, limit, ask).await
    }

    /// Returns an address, or `None` when all of them were seen and it is not among them.
    pub(super) async fn address(
        &self,
        provider: &dyn Provider,
        spot: &Spot,
        id: &ResourceId,
    ) -> Result<Option<Address>, Unseen> {
        let ask = |_: Vec<ResourceId>| async move {
            let Some(port) = provider.addresses() else {
                let words = "addresses of this cloud cannot be looked at";
                return Err(Unseen::new(Why::NotReached, words));
            };
            let take = |all: &mut BTreeMap<ResourceId, Address>, it: Address| {
                all.insert(it.id.clone(), it);
            };
            match pager::fold(&*port.addresses(&spot.region), BTreeMap::new, take).await {
                Sighting::Seen(all) => Ok(all.into_inner()),
                Sighting::Unseen(unseen) => Err(unseen),
            }
        };
        let (board, limit) = (self.addresses.of(spot), For::Removal.limit());
        board.look(&*self.clock, id, limit, ask).await
    }
}

impl<T> Looks<T> {
    fn board(&self, spot: &Spot, purpose: For) -> Arc<Board<T>> {
        match purpose {
            For::Removal => self.removal.of(spot),
            For::Readiness(_) => self.readiness.of(spot),
        }
    }
}

impl<T> Boards<T> {
    fn of(&self, spot: &Spot) -> Arc<Board<T>> {
        let mut boards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(board) = boards.get(spot) {
            return board.clone();
        }
        boards.entry(spot.clone()).or_default().clone()
    }
}

impl<T> Default for Boards<T> {
    fn default() -> Self {
        Self(Short::default())
    }
}

impl<T> Default for Looks<T> {
    fn default() -> Self {
        Self {
            removal: Boards::default(),
            readiness: Boards::default(),
        }
    }
}
