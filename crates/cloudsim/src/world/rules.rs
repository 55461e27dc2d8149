//! How long things take in an account, and how many of them there may be: by world time, and settable.

use jiff::SignedDuration;

use super::cloud::{Cloud, Partition};

/// The rules an account's things follow; a `None` limits nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// How long any snapshot takes, whatever its size.
    pub copy_base: SignedDuration,
    /// How much longer it takes for each GiB that is copied.
    pub copy_per_gib: SignedDuration,
    /// How much of a disk that has a whole snapshot has changed since then, in percent.
    pub changed_percent: u64,
    /// How long an image takes once its snapshots are whole.
    pub image_takes: SignedDuration,
    /// How long a disk is being made.
    pub disk_takes: SignedDuration,
    /// How long a disk is on its way to a machine, and from it.
    pub attach_takes: SignedDuration,
    /// How long a machine is on its way between on and off.
    pub machine_takes: SignedDuration,
    /// How long after it was made a thing is missing in every answer: eventual consistency.
    pub shown_after: SignedDuration,
    /// How many snapshots of one disk may be under way at once.
    pub most_pending_copies: Option<usize>,
    /// How far apart the beginnings of two snapshots of one disk must be.
    pub least_between_copies: Option<SignedDuration>,
    /// How many snapshots one disk may have.
    pub most_copies_of_disk: Option<usize>,
    /// How many snapshots there may be in a region.
    pub most_snapshots: Option<usize>,
    /// How many images there may be in a region.
    pub most_images: Option<usize>,
    /// How many alarms there may be in a region.
    pub most_alarms: Option<usize>,
    /// How long deleted snapshots and images stay in the recycle bin; they are gone at once when `None`.
    pub bin_keeps: Option<SignedDuration>,
    /// How long a client token is remembered.
    pub tokens_kept: SignedDuration,
}

impl Rules {
    /// Returns the rules that accounts of `cloud` begin with.
    ///
    /// AWS: 5 snapshots of a volume at once, 15 seconds between two, 100,000 snapshots and 5,000 alarms a region.
    /// Alibaba Cloud: one snapshot of a disk at once, 256 in all.
    #[must_use]
    pub fn of(cloud: Cloud) -> Self {
        let plain = Self {
            copy_base: SignedDuration::from_secs(20),
            copy_per_gib: SignedDuration::from_secs(1),
            changed_percent: 5,
            image_takes: SignedDuration::from_secs(30),
            disk_takes: SignedDuration::from_secs(5),
            attach_takes: SignedDuration::from_secs(5),
            machine_takes: SignedDuration::from_secs(20),
            shown_after: SignedDuration::ZERO,
            most_pending_copies: None,
            least_between_copies: None,
            most_copies_of_disk: None,
            most_snapshots: None,
            most_images: None,
            most_alarms: None,
            bin_keeps: None,
            tokens_kept: SignedDuration::from_hours(24),
        };
        match cloud {
            Cloud::Aws(Partition::Aws | Partition::AwsCn) => Self {
                most_pending_copies: Some(5),
                least_between_copies: Some(SignedDuration::from_secs(15)),
                most_snapshots: Some(100_000),
                most_alarms: Some(5_000),
                ..plain
            },
            Cloud::Aliyun => Self {
                most_pending_copies: Some(1),
                most_copies_of_disk: Some(256),
                ..plain
            },
            Cloud::Tencent => plain,
        }
    }

    /// Returns how much of a disk of `size_gib` is copied when it `has_copy` already.
    #[must_use]
    pub fn changed_gib(&self, size_gib: u64, has_copy: HasCopy) -> u64 {
        match has_copy {
            HasCopy::No => size_gib,
            HasCopy::Yes => (size_gib * self.changed_percent).div_ceil(100).max(1),
        }
    }

    /// Returns how long a snapshot takes that copies `changed_gib`.
    #[must_use]
    pub fn copy_takes(&self, changed_gib: u64) -> SignedDuration {
        let gib = i32::try_from(changed_gib).unwrap_or(i32::MAX);
        self.copy_base
            .saturating_add(self.copy_per_gib.saturating_mul(gib))
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self::of(Cloud::default())
    }
}

/// Whether a disk has a whole snapshot, so that the next one copies only what has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HasCopy {
    /// It has.
    Yes,
    /// It has none.
    No,
}
