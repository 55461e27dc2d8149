//! Disks, and the snapshots and images made of them.

use jiff::Timestamp;

use crate::Tags;
use crate::billing::Expiry;
use crate::ids::ResourceId;
use crate::machine::Charge;

/// One block-storage disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// The disk.
    pub id: ResourceId,
    /// Its name; may be empty.
    pub name: String,
    /// The zone it stands in; empty when unknown.
    pub zone: String,
    /// Its category: `cloud_essd`, `CLOUD_SSD`, `gp3`.
    pub category: String,
    /// Its size in GiB.
    pub size_gib: u64,
    /// Whether a machine starts from it.
    pub role: DiskRole,
    /// What it is called on its machine: `/dev/sda1`; empty when it is on none or the cloud does not say.
    pub device: String,
    /// Whether something uses it.
    pub state: DiskState,
    /// How it is paid for.
    pub charge: Charge,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it was last taken off a machine, where the cloud says.
    pub detached: Option<Timestamp>,
    /// When its paid time ends.
    pub expiry: Expiry,
    /// Its tags.
    pub tags: Tags,
}

/// What a disk is to its machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskRole {
    /// The machine starts from it.
    System,
    /// It holds data.
    Data,
    /// The disk itself does not say; [`crate::Machine::root_disk`] may.
    Unknown,
}

/// Whether a disk is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiskState {
    /// On these machines.
    Attached(Vec<ResourceId>),
    /// On none.
    Unattached,
    /// On its way from or to a machine, being made, rolled back or deleted, in the cloud's word.
    Changing(String),
}

/// A copy of a disk at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The snapshot.
    pub id: ResourceId,
    /// Its name; may be empty.
    pub name: String,
    /// The disk it was made of, where the cloud says.
    pub disk: Option<ResourceId>,
    /// The size of that disk in GiB.
    pub size_gib: u64,
    /// Whether it can be used.
    pub state: CopyState,
    /// Whether a disk can be made of it although it is not whole yet.
    pub instant: bool,
    /// Where it is kept.
    pub tier: CopyTier,
    /// Whether it is encrypted, where the cloud says.
    pub encrypted: Option<bool>,
    /// The key it is encrypted with, where it is and the cloud says.
    pub key: Option<ResourceId>,
    /// When it was begun.
    pub created: Option<Timestamp>,
    /// Why it is held by something else and not free to go: an image, a share, a lock, a policy, a
    /// copy that is being made of it.
    pub held_by: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// A machine image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The image.
    pub id: ResourceId,
    /// Its name; may be empty.
    pub name: String,
    /// The snapshots it stands on.
    pub snapshots: Vec<ResourceId>,
    /// The machine it was made of, where the cloud says.
    pub machine: Option<ResourceId>,
    /// Whether it can be used.
    pub state: CopyState,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Its size in GiB, where the cloud says.
    pub size_gib: Option<u64>,
    /// Whether it is shared with others.
    pub shared: bool,
    /// Whether it is hidden from those who start machines, and still holds its snapshots.
    pub disabled: bool,
    /// Why the cloud would not let it go: its protection against it.
    pub held_by: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// Where a snapshot is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyTier {
    /// At hand.
    Standard,
    /// In the archive: a full copy that is paid for at least ninety days.
    Archive,
    /// A word of the cloud that we do not know.
    Other(String),
}

/// Life of a snapshot or an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyState {
    /// Not yet whole.
    Pending,
    /// Whole and usable.
    Ready,
    /// It went wrong, or is on its way out.
    Failed,
    /// A word of the cloud that we do not know.
    Other(String),
}
