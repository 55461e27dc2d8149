//! What was really done to the world: the evidence that just these things went, and that nothing was made twice.
//!
//! Only what somebody asked a cloud for is a deed; what a test puts into the world or takes from it is none, and
//! neither is what time does by itself.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::World;
use super::account::Uid;
use super::machines::Tags;

/// Of what sort a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sort {
    /// A machine.
    Machine,
    /// A disk.
    Disk,
    /// A snapshot.
    Snapshot,
    /// A group of snapshots of one instant, where the cloud has such a thing.
    SnapshotSet,
    /// An image.
    Image,
    /// A kept address.
    Address,
    /// An alarm.
    Alarm,
    /// Somebody whom alarms tell.
    Target,
}

impl Sort {
    /// Returns the word of the operator's side.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Disk => "disk",
            Self::Snapshot => "snapshot",
            Self::SnapshotSet => "snapshot_set",
            Self::Image => "image",
            Self::Address => "address",
            Self::Alarm => "alarm",
            Self::Target => "target",
        }
    }
}

/// What was done to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Act {
    /// It was made.
    Created,
    /// It was deleted; it may be in the recycle bin.
    Deleted,
    /// One that was there was written over.
    Altered,
    /// It was given tags, or they were taken away.
    Tagged,
    /// A machine was stopped.
    Stopped,
    /// A machine was started.
    Started,
    /// It was shared with another account.
    Shared,
    /// It is no longer shared with another account.
    Unshared,
    /// A disk was put on a machine.
    Attached,
    /// A disk was taken off its machine.
    Detached,
}

impl Act {
    /// Returns the word of the operator's side.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Deleted => "deleted",
            Self::Altered => "altered",
            Self::Tagged => "tagged",
            Self::Stopped => "stopped",
            Self::Started => "started",
            Self::Shared => "shared",
            Self::Unshared => "unshared",
            Self::Attached => "attached",
            Self::Detached => "detached",
        }
    }
}

/// One thing that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// In which account.
    pub uid: Uid,
    /// In which region.
    pub region: String,
    /// When, by the world's time.
    pub at: Timestamp,
    /// What was done.
    pub act: Act,
    /// To what sort of thing.
    pub sort: Sort,
    /// To which.
    pub id: String,
    /// What it is of: the disk of a snapshot, the machine of an image, the machine a disk was put on; may be empty.
    pub of: String,
    /// The tags it had then.
    pub tags: Tags,
}

impl World {
    /// Returns everything that was done since the beginning, or since it was forgotten.
    #[must_use]
    pub fn deeds(&self) -> Vec<Deed> {
        self.lock().deeds.clone()
    }

    /// Returns the things of `sort` to which `act` was done, in order, one as often as it was done.
    #[must_use]
    pub fn done(&self, act: Act, sort: Sort) -> Vec<String> {
        let state = self.lock();
        let deeds = state.deeds.iter();
        deeds
            .filter(|it| (it.act, it.sort) == (act, sort))
            .map(|it| it.id.clone())
            .collect()
    }

    /// Returns what was made more than once: for things of `sort`, what they are of and the value of the tag `key`
    /// that they share. A run that never makes a thing twice leaves it empty.
    #[must_use]
    pub fn made_twice(&self, sort: Sort, key: &str) -> Vec<(String, String)> {
        let state = self.lock();
        let mut times: BTreeMap<(String, String), usize> = BTreeMap::new();
        let made = state.deeds.iter();
        for deed in made.filter(|it| (it.act, it.sort) == (Act::Created, sort)) {
            if let Some((_, value)) = deed.tags.iter().find(|it| it.0 == key) {
                *times.entry((deed.of.clone(), value.clone())).or_default() += 1;
            }
        }
        let twice = times.into_iter().filter(|(_, times)| *times > 1);
        twice.map(|(what, _)| what).collect()
    }

    /// Forgets everything that was done so far.
    pub fn forget_deeds(&self) {
        self.lock().deeds.clear();
    }
}
