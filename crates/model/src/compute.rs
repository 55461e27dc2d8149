//! Machines and the regions they stand in.

use jiff::Timestamp;

use crate::Tags;
use crate::billing::{Expiry, Renewal};
use crate::ids::{RegionId, ResourceId};

/// A region an account can use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Its id.
    pub id: RegionId,
    /// Its name for people, in the language that was asked for.
    pub name: String,
}

/// What a machine is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstanceState {
    /// Being made or started.
    Starting,
    /// Running.
    Running,
    /// On its way down.
    Stopping,
    /// Stopped.
    Stopped,
    /// A word of the cloud that we do not know.
    Other(String),
}

/// One machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Its id.
    pub id: ResourceId,
    /// Its name; may be empty.
    pub name: String,
    /// Where it stands.
    pub region: RegionId,
    /// What it is doing.
    pub state: InstanceState,
    /// Its tags.
    pub tags: Tags,
    /// When its paid time ends; [`Expiry::Never`] when it is paid by use.
    pub expiry: Expiry,
    /// What happens then.
    pub renewal: Renewal,
    /// When it was made.
    pub created: Option<Timestamp>,
}
