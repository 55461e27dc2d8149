//! Snapshots of disks, alone and in groups of one instant, in no cloud's words.

use jiff::Timestamp;

use super::machines::Tags;
use super::rows::{Row, sooner};

/// Where a snapshot or an image stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyState {
    /// Not yet whole.
    Pending,
    /// Whole and usable.
    Ready,
    /// It went wrong.
    Failed,
    /// A word that no door translates: it is shown as it stands.
    Odd(String),
}

/// Where a snapshot is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// At hand.
    Standard,
    /// In the archive.
    Archive,
}

/// A copy of a disk at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// `s-…`, `snap-…`.
    pub id: String,
    /// Its name; may be empty.
    pub name: String,
    /// The disk it was made of; that may be gone.
    pub disk: String,
    /// The size of that disk.
    pub size_gib: u64,
    /// Whether that disk was a system disk.
    pub system: bool,
    /// Where it stands.
    pub state: CopyState,
    /// When it was begun.
    pub created: Timestamp,
    /// When it is whole, while it is not.
    pub ready_at: Option<Timestamp>,
    /// When the cloud deletes it by itself.
    pub ends: Option<Timestamp>,
    /// The policy that made it.
    pub policy: Option<String>,
    /// The images that stand on it; kept by [`super::holdings::Holdings`].
    pub images: Vec<String>,
    /// Accounts it is shared with; `all` is everybody.
    pub shared_with: Vec<String>,
    /// The zones in which disks are made of it at full speed at once.
    pub fast_restore: Vec<String>,
    /// Whether it is locked against deletion.
    pub locked: bool,
    /// Words of whoever made it.
    pub description: String,
    /// How much was copied for it.
    pub changed_gib: u64,
    /// Where it is kept.
    pub tier: Tier,
    /// Whether a disk can be made of it although it is not whole yet.
    pub instant: bool,
    /// Whether it is encrypted.
    pub encrypted: bool,
    /// The key it is encrypted with; the cloud's own when `None` and it is encrypted.
    pub key: Option<String>,
    /// The group of snapshots it was made in, where the cloud has such a thing.
    pub set: Option<String>,
    /// The region and the id of the snapshot it is a copy of.
    pub source: Option<(String, String)>,
    /// Until when a copy is being made of it.
    pub copying_until: Option<Timestamp>,
    /// Whether it goes wrong instead of becoming whole.
    pub fails: bool,
    /// Until when no answer shows it.
    pub shown_from: Option<Timestamp>,
    /// Its tags.
    pub tags: Tags,
}

impl Snapshot {
    /// Returns a whole snapshot of `disk` that was made by a person.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        disk: impl Into<String>,
        size_gib: u64,
        created: Timestamp,
    ) -> Self {
        Self {
            id: id.into(),
            name: String::new(),
            disk: disk.into(),
            size_gib,
            system: false,
            state: CopyState::Ready,
            created,
            ready_at: None,
            ends: None,
            policy: None,
            images: Vec::new(),
            shared_with: Vec::new(),
            fast_restore: Vec::new(),
            locked: false,
            description: String::new(),
            changed_gib: size_gib,
            tier: Tier::Standard,
            instant: false,
            encrypted: false,
            key: None,
            set: None,
            source: None,
            copying_until: None,
            fails: false,
            shown_from: None,
            tags: Vec::new(),
        }
    }

    /// Lets it be whole at `at`.
    #[must_use]
    pub fn ready_at(mut self, at: Timestamp) -> Self {
        (self.state, self.ready_at) = (CopyState::Pending, Some(at));
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push((key.into(), value.into()));
        self
    }

    /// Returns how much of it is there at `now`, in percent.
    #[must_use]
    pub fn percent(&self, now: Timestamp) -> u8 {
        percent(&self.state, self.created, self.ready_at, now)
    }
}

impl Row for Snapshot {
    fn id(&self) -> &str {
        &self.id
    }

    fn due(&self) -> Option<Timestamp> {
        sooner(self.ready_at, sooner(self.ends, self.copying_until))
    }

    fn shown_from(&self) -> Option<Timestamp> {
        self.shown_from
    }

    fn age(&mut self, now: Timestamp) -> bool {
        if self.ready_at.is_some_and(|it| it <= now) {
            (self.state, self.ready_at) = (end_of(self.fails), None);
        }
        self.copying_until = self.copying_until.filter(|it| *it > now);
        self.ends.is_none_or(|it| it > now)
    }
}

/// Returns what becomes of something that was being made.
pub(super) fn end_of(fails: bool) -> CopyState {
    match fails {
        true => CopyState::Failed,
        false => CopyState::Ready,
    }
}

/// Returns how much of something is there at `now` that was begun at `created`.
pub(super) fn percent(
    state: &CopyState,
    created: Timestamp,
    ready_at: Option<Timestamp>,
    now: Timestamp,
) -> u8 {
    let (CopyState::Pending, Some(ready_at)) = (state, ready_at) else {
        return if *state == CopyState::Ready { 100 } else { 0 };
    };
    let whole = ready_at.duration_since(created).as_secs().max(1);
    let done = now.duration_since(created).as_secs().clamp(0, whole);
    u8::try_from(done * 100 / whole).unwrap_or(100).min(99)
}

/// Snapshots that were made together, where the cloud keeps a record of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotSet {
    /// `ssg-…`, `csnap-…`.
    pub id: String,
    /// Its name; may be empty.
    pub name: String,
    /// Words of whoever made it.
    pub description: String,
    /// The machine, where it was named.
    pub machine: Option<String>,
    /// Its snapshots; those that were deleted since are not in it.
    pub snapshots: Vec<String>,
    /// When it was made.
    pub created: Timestamp,
    /// Until when no answer shows it.
    pub shown_from: Option<Timestamp>,
    /// Its tags.
    pub tags: Tags,
}

impl Row for SnapshotSet {
    fn id(&self) -> &str {
        &self.id
    }

    fn shown_from(&self) -> Option<Timestamp> {
        self.shown_from
    }
}
