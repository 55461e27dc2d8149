//! Disks, in no cloud's words; their snapshots and the images made of them: [`super::copies`], [`super::images`].

use jiff::Timestamp;

pub use super::copies::{CopyState, Snapshot};
pub use super::images::Image;
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
    /// The key it is encrypted with; the cloud's own when `None` and it is encrypted.
    pub key: Option<String>,
    /// Until when no answer shows it.
    pub shown_from: Option<Timestamp>,
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
            key: None,
            shown_from: None,
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

    /// Encrypts it with `key`.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        (self.encrypted, self.key) = (true, Some(key.into()));
        self
    }

    /// Is on no machine from `at` on.
    pub(super) fn come_off(&mut self, at: Timestamp) {
        if let Some(machine) = self.machine.take() {
            self.was_on = Some((machine, at));
        }
        self.state = DiskState::Unattached;
        self.device.clear();
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

    fn shown_from(&self) -> Option<Timestamp> {
        self.shown_from
    }

    fn due(&self) -> Option<Timestamp> {
        sooner(self.turn.as_ref().map(|it| it.at), self.lapse())
    }

    fn age(&mut self, now: Timestamp) -> bool {
        while let Some(at) = self.due().filter(|it| *it <= now) {
            if self.turn.as_ref().is_some_and(|it| it.at == at) {
                match self.turn.take().and_then(|it| it.into) {
                    Some(DiskState::Unattached) => self.come_off(at),
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
