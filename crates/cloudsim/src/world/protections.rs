//! Policies by which a cloud itself keeps copies, and keys that disks are encrypted with, in no cloud's words.

use jiff::Timestamp;

use super::machines::Tags;
use super::rows::Row;

/// A policy by which the cloud itself keeps copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// `policy-…`, `sp-…`, `asp-…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Which service keeps it: `dlm`, `backup`, `auto_snapshot_policy`.
    pub service: String,
    /// Whether it is switched on.
    pub active: bool,
    /// The disks it is of.
    pub disks: Vec<String>,
    /// The machines it is of.
    pub machines: Vec<String>,
    /// It is of machines with any of these tags.
    pub machine_tags: Tags,
    /// It is of disks with any of these tags.
    pub disk_tags: Tags,
    /// How long what it makes is kept, in days; for ever when `None`.
    pub retention_days: Option<i64>,
}

impl Policy {
    /// Returns a policy of nothing that is switched on.
    #[must_use]
    pub fn new(id: impl Into<String>, service: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: String::new(),
            service: service.into(),
            active: true,
            disks: Vec::new(),
            machines: Vec::new(),
            machine_tags: Vec::new(),
            disk_tags: Vec::new(),
            retention_days: Some(7),
        }
    }

    /// Makes it one of `disk` too.
    #[must_use]
    pub fn of_disk(mut self, disk: impl Into<String>) -> Self {
        self.disks.push(disk.into());
        self
    }

    /// Makes it one of `machine` too.
    #[must_use]
    pub fn of_machine(mut self, machine: impl Into<String>) -> Self {
        self.machines.push(machine.into());
        self
    }

    /// Makes it one of machines with this tag too.
    #[must_use]
    pub fn of_machines_tagged(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.machine_tags.push((key.into(), value.into()));
        self
    }

    /// Makes it one of disks with this tag too.
    #[must_use]
    pub fn of_disks_tagged(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.disk_tags.push((key.into(), value.into()));
        self
    }
}

impl Row for Policy {
    fn id(&self) -> &str {
        &self.id
    }
}

/// Where a key stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyLife {
    /// It can be used.
    Enabled,
    /// It is switched off.
    Disabled,
    /// It is switched off, and is no more from that time on.
    Leaving(Timestamp),
    /// It cannot be used, and a door shows this word as it stands.
    Odd(String),
}

/// A key that disks and snapshots are encrypted with; without it nothing encrypted with it can be
/// copied or read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CryptKey {
    /// Its id or ARN.
    pub id: String,
    /// Where it stands.
    pub life: KeyLife,
    /// Whether it is the region's default.
    pub default: bool,
    /// Whether other accounts may use it, too.
    pub open: bool,
}

impl CryptKey {
    /// Returns a key that can be used.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            life: KeyLife::Enabled,
            default: false,
            open: true,
        }
    }

    /// Lets no other account use it.
    #[must_use]
    pub fn closed(mut self) -> Self {
        self.open = false;
        self
    }

    /// Makes it the region's default, which no other account can use.
    #[must_use]
    pub fn the_default(mut self) -> Self {
        (self.default, self.open) = (true, false);
        self
    }

    /// Switches it off.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.life = KeyLife::Disabled;
        self
    }

    /// Lets it be gone at `at`.
    #[must_use]
    pub fn leaving(mut self, at: Timestamp) -> Self {
        self.life = KeyLife::Leaving(at);
        self
    }

    /// Gives it a word that no door translates.
    #[must_use]
    pub fn odd(mut self, word: impl Into<String>) -> Self {
        self.life = KeyLife::Odd(word.into());
        self
    }

    /// Returns whether what stands under it can be read.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.life == KeyLife::Enabled
    }

    /// Returns whether it is no more.
    #[must_use]
    pub fn is_gone(&self, now: Timestamp) -> bool {
        matches!(self.life, KeyLife::Leaving(at) if at <= now)
    }
}

impl Row for CryptKey {
    fn id(&self) -> &str {
        &self.id
    }
}
