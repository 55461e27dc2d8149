//! Policies by which a cloud itself keeps copies, and keys that disks are encrypted with, in no cloud's words.

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

/// A key that disks and snapshots are encrypted with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CryptKey {
    /// Its id or ARN.
    pub id: String,
    /// Whether it can be used; without that nothing encrypted with it can be copied or read.
    pub enabled: bool,
    /// Whether it is the region's default.
    pub default: bool,
}

impl CryptKey {
    /// Returns a key that can be used.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            enabled: true,
            default: false,
        }
    }

    /// Switches it off.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.enabled = false;
        self
    }
}

impl Row for CryptKey {
    fn id(&self) -> &str {
        &self.id
    }
}
