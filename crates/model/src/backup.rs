//! Backups: sets of snapshots, what a cloud itself keeps, and who uses an image.

use std::fmt;

use jiff::Timestamp;

use crate::Tags;
use crate::ids::{RegionId, ResourceId};

/// The tag that makes a copy one of ours; its value is a [`SetId`]. It stands on everything a set
/// holds from the moment it is made, and is looked for before a create is tried again.
pub const SET_TAG: &str = "skywarden:set";
/// The tag of an image that names the ISO week it is of: `2026-W47`.
pub const WEEK_TAG: &str = "skywarden:week";
/// The tag that marks what is to go: its value names the thing and since when, spelt as a [`SetId`], so
/// that one which was copied onto another thing marks nothing.
pub const ORPHAN_TAG: &str = "skywarden:orphan";
/// The tag of everything else we make: its value is the token of the step that made it.
pub const STEP_TAG: &str = "skywarden:step";

/// How the tag begins that says of a snapshot that we lent it to another account to copy it; the
/// number of that account follows. It stands there before the leave is given, so that one which a
/// person gave is never taken back.
pub const LENT_TAG: &str = "skywarden:lent:";
/// The value of that tag while the leave may stand.
pub const LENT: &str = "lent";
/// The value of that tag once the leave was taken back.
pub const RETURNED: &str = "returned";

/// Which set a copy belongs to: the machine, and the start of the period it is due in.
///
/// Spelt `i-0abc/20261121T040000Z`, which all three clouds take as the value of a tag.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SetId {
    /// The machine.
    pub machine: ResourceId,
    /// When the period began.
    pub period: Timestamp,
}

impl SetId {
    /// Returns the set that `text` spells, or `None` when it spells none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (machine, stamp) = text.rsplit_once('/')?;
        let period = jiff::fmt::strtime::parse("%Y%m%dT%H%M%SZ", stamp).ok()?;
        let period = period.to_datetime().ok()?.to_zoned(jiff::tz::TimeZone::UTC);
        Some(Self {
            machine: ResourceId::new(machine),
            period: period.ok()?.timestamp(),
        })
        .filter(|it| !it.machine.as_str().is_empty())
    }

    /// Returns the set that tags name, if they name one.
    #[must_use]
    pub fn of_tags(tags: &Tags) -> Option<Self> {
        Self::parse(tags.get(SET_TAG)?)
    }
}

impl fmt::Display for SetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stamp = self.period.strftime("%Y%m%dT%H%M%SZ");
        write!(f, "{}/{stamp}", self.machine)
    }
}

/// What is to be snapshotted together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetOrder {
    /// The set; its tag is in `tags` already.
    pub set: SetId,
    /// The disks, the root one first.
    pub disks: Vec<SetDisk>,
    /// A name for each snapshot, for clouds that name them.
    pub name: String,
    /// Tags of every snapshot.
    pub tags: Tags,
    /// Tags that the root disk's snapshot has besides.
    pub root_tags: Tags,
}

/// A disk of a [`SetOrder`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetDisk {
    /// The disk.
    pub disk: ResourceId,
    /// Whether the machine starts from it.
    pub root: bool,
}

/// What an image is to be made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageOrder {
    /// The machine it is an image of; what it needs to start is read from it.
    pub machine: ResourceId,
    /// A name that no other image of the region has.
    pub name: String,
    /// The snapshots it stands on: disk and snapshot, the root one first.
    pub snapshots: Vec<(ResourceId, ResourceId)>,
    /// Its tags; [`SET_TAG`] is in them already.
    pub tags: Tags,
}

/// A copy of a snapshot in another region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyOrder {
    /// The snapshot.
    pub snapshot: ResourceId,
    /// Where it stands.
    pub from: RegionId,
    /// The key it is encrypted with there; that of the region's default when `None` and the
    /// snapshot is encrypted.
    pub key: Option<String>,
    /// Its tags there.
    pub tags: Tags,
}

/// What keeps copies of a machine or a disk by the cloud's own means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protection {
    /// The policy: `policy-0abc`, `sp-bp1…`, `asp-…`.
    pub policy: ResourceId,
    /// The service in the cloud's word: `dlm`, `backup`, `auto_snapshot_policy`.
    pub service: String,
    /// Whether it is switched on.
    pub active: bool,
    /// What it keeps copies of.
    pub covers: Covers,
}

/// What a [`Protection`] keeps copies of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Covers {
    /// These machines or disks.
    These(Vec<ResourceId>),
    /// Machines with any of these tags.
    MachinesTagged(Tags),
    /// Disks with any of these tags.
    DisksTagged(Tags),
}

/// Something about copies that no list of them shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyNote {
    /// The snapshot or the image.
    pub about: ResourceId,
    /// What there is to say of it.
    pub sort: CopyNoteSort,
    /// In which zones, where it is a matter of zones.
    pub zones: Vec<String>,
    /// Until when, where it ends by itself.
    pub until: Option<Timestamp>,
}

/// What there is to say of a copy that no list of copies says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CopyNoteSort {
    /// It is a snapshot that disks are made of at full speed at once, which is paid by the hour.
    FastRestore,
    /// It is a snapshot that was removed, and is paid for until its time in the recycle bin is over.
    BinnedSnapshot,
    /// It is an image that was removed, and is in the recycle bin, where it holds its snapshots.
    BinnedImage,
}

impl CopyNoteSort {
    /// Returns its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::FastRestore => "fast_restore",
            Self::BinnedSnapshot => "binned_snapshot",
            Self::BinnedImage => "binned_image",
        }
    }
}

/// Something that an image is needed for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageUse {
    /// The image.
    pub image: ResourceId,
    /// Who uses it, in the cloud's word: `i-…`, `lt-…`, `asg-…`.
    pub user: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_read_as_it_is_written() {
        let set = SetId {
            machine: ResourceId::new("i-0abc"),
            period: "2026-11-20T20:00:00Z".parse().unwrap(),
        };
        assert_eq!(set.to_string(), "i-0abc/20261120T200000Z");
        assert_eq!(SetId::parse(&set.to_string()), Some(set));
    }

    #[test]
    fn what_is_no_set_is_none() {
        for text in [
            "",
            "i-1",
            "/20261120T200000Z",
            "i-1/2026-11-20",
            "i-1/20261340T000000Z",
        ] {
            assert_eq!(SetId::parse(text), None, "{text}");
        }
    }
}
