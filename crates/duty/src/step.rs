//! The closed list of everything that a plan may ask to be done.
//!
//! A step says all that its doing needs, so that a plan file and the journal can be read without the
//! duty that made them.

use model::{AccountId, Kind, ORPHAN_TAG, RegionId, ResourceId, SetId, Tags, TrafficRule};
use serde::{Deserialize, Serialize};

use crate::spelt;

/// One thing to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Step {
    /// Snapshots all disks of a machine at one instant, and waits until they are whole.
    CreateSet {
        /// The machine.
        #[serde(with = "spelt::one")]
        machine: ResourceId,
        /// Which set.
        #[serde(with = "spelt::set")]
        set: SetId,
        /// Its disks, the root one first.
        disks: Vec<Part>,
        /// A name for each snapshot, for clouds that name them.
        name: String,
        /// Tags of every snapshot; the one that names the set is in them.
        #[serde(with = "spelt::tags")]
        tags: Tags,
        /// Tags that the root disk's snapshot has besides.
        #[serde(with = "spelt::tags")]
        root_tags: Tags,
    },
    /// Makes an image of a set whose snapshots are whole, and waits until it can be used.
    MakeImage {
        /// The machine it is an image of.
        #[serde(with = "spelt::one")]
        machine: ResourceId,
        /// Of which set.
        #[serde(with = "spelt::set")]
        set: SetId,
        /// The disk it starts from.
        #[serde(with = "spelt::one")]
        root: ResourceId,
        /// Only these disks of the set are in it.
        #[serde(with = "spelt::many")]
        disks: Vec<ResourceId>,
        /// Its name.
        name: String,
        /// Its tags.
        #[serde(with = "spelt::tags")]
        tags: Tags,
    },
    /// Copies a set to another region or another account, and waits until the copies are whole. What
    /// is lent to the other account for that is taken back.
    CopySet {
        /// Which set.
        #[serde(with = "spelt::set")]
        set: SetId,
        /// To which region.
        #[serde(with = "spelt::one")]
        to: RegionId,
        /// Encrypted with which key there.
        key: Option<String>,
        /// Tags of every copy.
        #[serde(with = "spelt::tags")]
        tags: Tags,
        /// The disk the machine starts from, where that is known.
        #[serde(
            with = "spelt::maybe",
            default,
            skip_serializing_if = "Option::is_none"
        )]
        root: Option<ResourceId>,
        /// Tags that the copy of that disk's snapshot has besides.
        #[serde(with = "spelt::tags", default, skip_serializing_if = "Tags::is_empty")]
        root_tags: Tags,
        /// The account it is copied to, when that is another.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        other: Option<Other>,
    },
    /// Takes back the leave to copy snapshots that was given to another account and stands no copy any
    /// more.
    EndLoan {
        /// The snapshots.
        #[serde(with = "spelt::many")]
        snapshots: Vec<ResourceId>,
        /// The cloud's number of that account.
        number: String,
    },
    /// Puts tags on things; other tags stay.
    PutTags {
        /// Of which kind they are.
        kind: Tagged,
        /// Which.
        #[serde(with = "spelt::many")]
        ids: Vec<ResourceId>,
        /// The tags.
        #[serde(with = "spelt::tags")]
        tags: Tags,
    },
    /// Removes a snapshot.
    DeleteSnapshot {
        /// The snapshot.
        #[serde(with = "spelt::one")]
        snapshot: ResourceId,
        /// The set it is of; it is looked for on the snapshot once more before it goes.
        #[serde(with = "spelt::set")]
        set: SetId,
    },
    /// Removes an image, and with it the snapshots of its own that no other image stands on.
    DeleteImage {
        /// The image.
        #[serde(with = "spelt::one")]
        image: ResourceId,
        /// The snapshots that go with it.
        #[serde(with = "spelt::many")]
        snapshots: Vec<ResourceId>,
        /// Tags that have to stand on it still.
        #[serde(with = "spelt::tags")]
        proof: Tags,
    },
    /// Makes a traffic alarm for a machine.
    CreateAlarm {
        /// Its name.
        name: String,
        /// The machine.
        #[serde(with = "spelt::one")]
        machine: ResourceId,
        /// The address that is measured instead.
        #[serde(with = "spelt::maybe")]
        address: Option<ResourceId>,
        /// When it fires.
        #[serde(with = "spelt::rule")]
        rule: TrafficRule,
        /// Whom it tells, by the cloud's id; by the name where an earlier step makes it.
        #[serde(with = "spelt::one")]
        notify: ResourceId,
        /// The step that makes whom it tells, by its place in the plan.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        made_by: Option<usize>,
        /// Its tags.
        #[serde(with = "spelt::tags")]
        tags: Tags,
    },
    /// Removes an alarm of ours whose machine is gone.
    DeleteAlarm {
        /// The alarm.
        #[serde(with = "spelt::one")]
        alarm: ResourceId,
        /// The machine it watched.
        #[serde(with = "spelt::one")]
        machine: ResourceId,
    },
    /// Makes someone whom alarms can tell, and invites listeners.
    CreateTarget {
        /// Its name.
        name: String,
        /// Who is invited.
        subscribe: Vec<String>,
    },
    /// Stops a machine and marks it with tags.
    StopMachine {
        /// The machine.
        #[serde(with = "spelt::one")]
        machine: ResourceId,
        /// What marks it, and since when.
        #[serde(with = "spelt::tags")]
        tags: Tags,
        /// Tags that have to stand on it still; with none, it has to have been seen by id.
        #[serde(with = "spelt::tags")]
        proof: Tags,
    },
    /// Deletes a machine that is stopped and marked.
    DeleteMachine {
        /// The machine.
        #[serde(with = "spelt::one")]
        machine: ResourceId,
        /// Tags that have to stand on it still.
        #[serde(with = "spelt::tags")]
        proof: Tags,
    },
    /// Deletes a disk that is on no machine.
    DeleteDisk {
        /// The disk.
        #[serde(with = "spelt::one")]
        disk: ResourceId,
        /// Tags that have to stand on it still.
        #[serde(with = "spelt::tags")]
        proof: Tags,
    },
    /// Gives an address back that nothing uses.
    ReleaseAddress {
        /// The address.
        #[serde(with = "spelt::one")]
        address: ResourceId,
    },
    /// Makes a disk of a snapshot.
    CreateDisk {
        /// The snapshot.
        #[serde(with = "spelt::one")]
        snapshot: ResourceId,
        /// In which zone.
        zone: String,
        /// Its name.
        name: String,
        /// Its tags.
        #[serde(with = "spelt::tags")]
        tags: Tags,
    },
    /// Puts the disk that an earlier step made on a machine.
    AttachDisk {
        /// The step that makes the disk, by its place in the plan.
        made_by: usize,
        /// The machine.
        #[serde(with = "spelt::one")]
        machine: ResourceId,
        /// As what.
        device: Option<String>,
    },
    /// Takes the disk that an earlier step made off its machine and deletes it: the end of a proof.
    DropDisk {
        /// The step that makes the disk, by its place in the plan.
        made_by: usize,
        /// The machine it was put on, if it was.
        #[serde(with = "spelt::maybe")]
        machine: Option<ResourceId>,
    },
    /// Starts a machine beside the one it is like.
    RunBeside {
        /// The machine it is like.
        #[serde(with = "spelt::one")]
        like: ResourceId,
        /// The image, where there is one already.
        #[serde(with = "spelt::maybe")]
        image: Option<ResourceId>,
        /// The step that makes the image, by its place in the plan.
        made_by: Option<usize>,
        /// Its name.
        name: String,
        /// Its tags.
        #[serde(with = "spelt::tags")]
        tags: Tags,
    },
}

/// A disk of a [`Step::CreateSet`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The disk.
    #[serde(with = "spelt::one")]
    pub disk: ResourceId,
    /// Whether the machine starts from it.
    pub root: bool,
}

/// Another account of the same cloud, which something is copied to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Other {
    /// Our name of it.
    #[serde(with = "spelt::one")]
    pub account: AccountId,
    /// The cloud's own number of it.
    pub number: String,
}

/// What [`Step::PutTags`] tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tagged {
    /// Machines.
    Machine,
    /// Disks.
    Disk,
    /// Snapshots.
    Snapshot,
    /// Images.
    Image,
}

impl Step {
    /// Returns what kind of thing it destroys, or `None` when it destroys nothing.
    #[must_use]
    pub fn destroys(&self) -> Option<Kind> {
        let kind = match self {
            Self::DeleteSnapshot { .. } => Kind::SNAPSHOT,
            Self::DeleteImage { .. } => Kind::IMAGE,
            Self::DeleteAlarm { .. } => Kind::ALARM,
            // One that is stopped serves nobody: to its users it is gone.
            Self::StopMachine { .. } | Self::DeleteMachine { .. } => Kind::INSTANCE,
            Self::DeleteDisk { .. } => Kind::DISK,
            Self::ReleaseAddress { .. } => Kind::ADDRESS,
            Self::CreateSet { .. }
            | Self::MakeImage { .. }
            | Self::CopySet { .. }
            | Self::EndLoan { .. }
            | Self::PutTags { .. }
            | Self::CreateAlarm { .. }
            | Self::CreateTarget { .. }
            | Self::CreateDisk { .. }
            | Self::AttachDisk { .. }
            // The disk is the plan's own.
            | Self::DropDisk { .. }
            | Self::RunBeside { .. } => return None,
        };
        Some(Kind::new(kind))
    }

    /// Returns what it comes to on whatever day: the time in a mark is that of the deed, and the place
    /// of an earlier step that of its plan.
    #[must_use]
    pub fn gist(&self) -> Self {
        let mut gist = self.clone();
        if let Self::CreateAlarm { made_by, .. } = &mut gist {
            *made_by = made_by.map(|_| 0);
        }
        if let Self::StopMachine { tags, .. } | Self::PutTags { tags, .. } = &mut gist
            && let Some(mark) = tags.get_mut(ORPHAN_TAG)
        {
            mark.clear();
        }
        gist
    }

    /// Returns the account besides its own in which it is done, too.
    #[must_use]
    pub fn other(&self) -> Option<&Other> {
        match self {
            Self::CopySet { other, .. } => other.as_ref(),
            _ => None,
        }
    }

    /// Returns how a plan marks it: `+` makes, `~` changes, `-` destroys.
    #[must_use]
    pub fn sign(&self) -> char {
        match self {
            Self::PutTags { .. }
            | Self::AttachDisk { .. }
            | Self::StopMachine { .. }
            | Self::EndLoan { .. } => '~',
            Self::DropDisk { .. } => '-',
            other if other.destroys().is_some() => '-',
            _ => '+',
        }
    }

    /// Returns the stable word of JSON output: `create_set`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::CreateSet { .. } => "create_set",
            Self::MakeImage { .. } => "make_image",
            Self::CopySet { .. } => "copy_set",
            Self::EndLoan { .. } => "end_loan",
            Self::PutTags { .. } => "put_tags",
            Self::DeleteSnapshot { .. } => "delete_snapshot",
            Self::DeleteImage { .. } => "delete_image",
            Self::CreateAlarm { .. } => "create_alarm",
            Self::DeleteAlarm { .. } => "delete_alarm",
            Self::CreateTarget { .. } => "create_target",
            Self::StopMachine { .. } => "stop_machine",
            Self::DeleteMachine { .. } => "delete_machine",
            Self::DeleteDisk { .. } => "delete_disk",
            Self::ReleaseAddress { .. } => "release_address",
            Self::CreateDisk { .. } => "create_disk",
            Self::AttachDisk { .. } => "attach_disk",
            Self::DropDisk { .. } => "drop_disk",
            Self::RunBeside { .. } => "run_beside",
        }
    }

    /// Returns the thing it is about, for tables and the outcome.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::CreateSet { machine, .. }
            | Self::MakeImage { machine, .. }
            | Self::CreateAlarm { machine, .. }
            | Self::StopMachine { machine, .. }
            | Self::AttachDisk { machine, .. }
            | Self::DeleteMachine { machine, .. } => machine.to_string(),
            Self::CopySet { set, .. } => set.to_string(),
            Self::PutTags { ids, .. } | Self::EndLoan { snapshots: ids, .. } => {
                let ids: Vec<&str> = ids.iter().map(ResourceId::as_str).collect();
                ids.join(",")
            }
            Self::DeleteSnapshot { snapshot, .. } | Self::CreateDisk { snapshot, .. } => {
                snapshot.to_string()
            }
            Self::DeleteImage { image, .. } => image.to_string(),
            Self::DeleteAlarm { alarm, .. } => alarm.to_string(),
            Self::CreateTarget { name, .. } => name.clone(),
            Self::DeleteDisk { disk, .. } => disk.to_string(),
            Self::ReleaseAddress { address } => address.to_string(),
            Self::DropDisk { made_by, .. } => format!("#{made_by}"),
            Self::RunBeside { like, .. } => like.to_string(),
        }
    }
}

/// Where a step is done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Spot {
    /// In which account.
    #[serde(with = "spelt::one")]
    pub account: AccountId,
    /// In which region.
    #[serde(with = "spelt::one")]
    pub region: RegionId,
}
