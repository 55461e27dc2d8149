//! What the cloud is going to do to a machine, and the keys that people hold.

use jiff::Timestamp;

use crate::ids::ResourceId;

/// Something the cloud has planned for a machine: a reboot, a move, an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maintenance {
    /// The cloud's id of it, or one made of machine and kind where it has none.
    pub id: ResourceId,
    /// The machine.
    pub machine: ResourceId,
    /// The cloud's code: `SystemMaintenance.Reboot`, `instance-retirement`.
    pub code: String,
    /// The cloud's words, bounded.
    pub words: String,
    /// When it begins at the earliest.
    pub begins: Option<Timestamp>,
    /// When the machine ends by it, where it does.
    pub deadline: Option<Timestamp>,
}

/// A long-lived key of a user of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// The key's public id, shortened by the adapter so that it identifies and cannot be used:
    /// `LTAI…x3Qz`.
    pub id: ResourceId,
    /// Whose it is.
    pub user: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it was last used, where the cloud says.
    pub last_used: Option<Timestamp>,
    /// Whether it can be used.
    pub active: bool,
}
