//! Disks, snapshots of disks, and images, in no cloud's words.

use jiff::Timestamp;

use super::machines::Tags;
use super::rows::{Row, sooner};
use super::terms::{RECYCLE_BIN, Term, Turn, later};

/// Where a disk stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiskState {
    /// Being made.
    Creating,
    /// On a machine.
    Attached,
    /// On none.
    Unattached,
    /// On its way to a machine.
    Attaching,
    /// On its way from a machine.
    Detaching,
    /// In the recycle bin: its paid time is over.
    Recycled,
    /// A word that no door translates: it is shown as it stands.
    Odd(String),
}

/// One disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// `d-…`, `disk-…`, `vol-…`.
    pub id: String,
    /// Its name; may be empty.
    pub name: String,
    /// The zone inside the region.
    pub zone: String,
    /// `cloud_essd`, `CLOUD_SSD`, `gp3`.
    pub category: String,
    /// Its size.
    pub size_gib: u64,
    /// Whether a machine starts from it.
    pub system: bool,
    /// Where it stands.
    pub state: DiskState,
    /// What it turns into next.
    pub turn: Option<Turn<DiskState>>,
    /// The machine it is on.
    pub machine: Option<String>,
    /// The machine it was on last, and when it was taken off.
    pub was_on: Option<(String, Timestamp)>,
    /// The name of the device on the machine; empty if it is on none.
    pub device: String,
    /// How it is paid for.
    pub term: Term,
    /// When it was made.
    pub created: Timestamp,
    /// Whether it goes when its machine goes.
    pub with_machine: bool,
    /// The snapshot it was made from.
    pub snapshot: Option<String>,
    /// Whether it is encrypted.
    pub encrypted: bool,
    /// Its tags.
    pub tags: Tags,
}

impl Disk {
    /// Returns an unattached data disk that is paid by use.
    #[must_use]
    pub fn new(id: impl Into<String>, size_gib: u64, created: Timestamp) -> Self {
        Self {
            id: id.into(),
            name: String::new(),
            zone: String::new(),
            category: "ssd".to_owned(),
            size_gib,
            system: false,
            state: DiskState::Unattached,
            turn: None,
            machine: None,
            was_on: None,
            device: String::new(),
            term: Term::on_demand(),
            created,
            with_machine: false,
            snapshot: None,
            encrypted: false,
            tags: Vec::new(),
        }
    }

    /// Makes it the system disk of `machine`, going with it.
    #[must_use]
    pub fn system_of(mut self, machine: impl Into<String>) -> Self {
        (self.system, self.with_machine) = (true, true);
        self.device = "/dev/xvda".to_owned();
        self.data_of(machine)
    }

    /// Puts it on `machine`.
    #[must_use]
    pub fn data_of(mut self, machine: impl Into<String>) -> Self {
        self.machine = Some(machine.into());
        self.state = DiskState::Attached;
        if self.device.is_empty() {
            "/dev/xvdb".clone_into(&mut self.device);
        }
        self
    }

    /// Sets its name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Puts it into `zone`.
    #[must_use]
    pub fn zone(mut self, zone: impl Into<String>) -> Self {
        self.zone = zone.into();
        self
    }

    /// Sets its category.
    #[must_use]
    pub fn category(mut self, category: impl Into<String>) -> Self {
        self.category = category.into();
        self
    }

    /// Sets its terms.
    #[must_use]
    pub fn term(mut self, term: Term) -> Self {
        self.term = term;
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push((key.into(), value.into()));
        self
    }

    fn lapse(&self) -> Option<Timestamp> {
        let over = self.state == DiskState::Recycled;
        self.term.due().filter(|_| !over)
    }
}

impl Row for Disk {
    fn id(&self) -> &str {
        &self.id
    }

    fn due(&self) -> Option<Timestamp> {
        sooner(self.turn.as_ref().map(|it| it.at), self.lapse())
    }

    fn age(&mut self, now: Timestamp) -> bool {
        while let Some(at) = self.due().filter(|it| *it <= now) {
            if self.turn.as_ref().is_some_and(|it| it.at == at) {
                match self.turn.take().and_then(|it| it.into) {
                    Some(state) => self.state = state,
                    None => return false,
                }
            } else if !self.term.renew() {
                self.state = DiskState::Recycled;
                self.turn = Turn::gone(later(at, RECYCLE_BIN));
            }
        }
        true
    }
}

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
    /// Accounts it is shared with.
    pub shared_with: Vec<String>,
    /// Whether it is locked against deletion.
    pub locked: bool,
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
            locked: false,
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
        sooner(self.ready_at, self.ends)
    }

    fn age(&mut self, now: Timestamp) -> bool {
        if self.ready_at.is_some_and(|it| it <= now) {
            (self.state, self.ready_at) = (CopyState::Ready, None);
        }
        self.ends.is_none_or(|it| it > now)
    }
}

fn percent(
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

/// A machine image of the account's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// `m-…`, `img-…`, `ami-…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The snapshots it stands on, the system disk's first.
    pub snapshots: Vec<String>,
    /// The machine it was made of; that may be gone.
    pub machine: Option<String>,
    /// Where it stands.
    pub state: CopyState,
    /// When it was begun.
    pub created: Timestamp,
    /// When it is whole, while it is not.
    pub ready_at: Option<Timestamp>,
    /// Its size.
    pub size_gib: u64,
    /// Whether everybody may use it.
    pub public: bool,
    /// Accounts it is shared with.
    pub shared_with: Vec<String>,
    /// Its tags.
    pub tags: Tags,
}

impl Image {
    /// Returns a whole image that stands on `snapshots`.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        name: impl Into<String>,
        snapshots: &[&str],
        created: Timestamp,
    ) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            snapshots: snapshots.iter().map(|it| (*it).to_owned()).collect(),
            machine: None,
            state: CopyState::Ready,
            created,
            ready_at: None,
            size_gib: 40,
            public: false,
            shared_with: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// Lets it be whole at `at`.
    #[must_use]
    pub fn ready_at(mut self, at: Timestamp) -> Self {
        (self.state, self.ready_at) = (CopyState::Pending, Some(at));
        self
    }

    /// Makes it an image of `machine`.
    #[must_use]
    pub fn of(mut self, machine: impl Into<String>) -> Self {
        self.machine = Some(machine.into());
        self
    }

    /// Returns how much of it is there at `now`, in percent.
    #[must_use]
    pub fn percent(&self, now: Timestamp) -> u8 {
        percent(&self.state, self.created, self.ready_at, now)
    }
}

impl Row for Image {
    fn id(&self) -> &str {
        &self.id
    }

    fn due(&self) -> Option<Timestamp> {
        self.ready_at
    }

    fn age(&mut self, _now: Timestamp) -> bool {
        (self.state, self.ready_at) = (CopyState::Ready, None);
        true
    }
}
