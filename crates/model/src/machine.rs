//! Machines, and what ties one to a cluster.

use std::net::IpAddr;

use jiff::Timestamp;

use crate::Tags;
use crate::billing::{Expiry, Renewal};
use crate::ids::ResourceId;

/// Life of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MachineState {
    /// Being made.
    Pending,
    /// On.
    Running,
    /// On its way between on and off, rebooting or being rescued: it stays.
    Changing,
    /// Off, and kept.
    Stopped,
    /// On its way out: it is being terminated, or was never made right.
    Leaving,
    /// Isolated or in the recycle bin: it ends by itself.
    Recycled,
    /// A word of the cloud that we do not know: nothing is concluded from it.
    Other(String),
}

impl MachineState {
    /// Returns the word that selections and findings have for it: our own, or the cloud's.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Changing => "changing",
            Self::Stopped => "stopped",
            Self::Leaving => "leaving",
            Self::Recycled => "recycled",
            Self::Other(word) => word,
        }
    }
}

/// How a machine, disk or address is paid for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Charge {
    /// In advance.
    Prepaid,
    /// By use.
    OnDemand,
    /// By use at the spot price; it may be taken away.
    Spot,
    /// A word of the cloud that we do not know, or none.
    Other(String),
}

impl Charge {
    /// Returns the word that selections and findings have for it: our own, or the cloud's.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Prepaid => "prepaid",
            Self::OnDemand => "on_demand",
            Self::Spot => "spot",
            Self::Other(word) => word,
        }
    }
}

/// One machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// The machine.
    pub id: ResourceId,
    /// Its name; may be empty.
    pub name: String,
    /// Its type: `S5.LARGE8`, `ecs.g7.large`, `m6i.large`.
    pub machine_type: String,
    /// The zone it stands in; empty when unknown.
    pub zone: String,
    /// Its virtual network (VPC), where it has one.
    pub network: Option<ResourceId>,
    /// Where it stands in its life.
    pub state: MachineState,
    /// How it is paid for.
    pub charge: Charge,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When its paid time ends.
    pub expiry: Expiry,
    /// What happens then; `None` where the cloud has no such thing for it.
    pub renewal: Option<Renewal>,
    /// Its addresses inside.
    pub private_ips: Vec<IpAddr>,
    /// Its addresses outside.
    pub public_ips: Vec<IpAddr>,
    /// The image it was made from.
    pub image: Option<ResourceId>,
    /// The disk it starts from, where the machine says.
    pub root_disk: Option<ResourceId>,
    /// Whether the cloud is told not to let it be deleted.
    pub protected: bool,
    /// Its tags.
    pub tags: Tags,
    /// What the cloud itself says ties it to a cluster.
    pub ties: Vec<Tie>,
}

/// What holds a machine and a cluster together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tie {
    /// Of what sort.
    pub sort: TieSort,
    /// To which cluster, where it says.
    pub cluster: Option<ResourceId>,
    /// What it rests on, as it stands at the cloud: `tke-clusterId=cls-1`, `tke_cls-1_worker`.
    pub evidence: String,
}

/// What a tie rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TieSort {
    /// A tag that the cloud sets on what it makes for a cluster.
    Tag,
    /// A name that the cloud makes for a cluster's machines.
    Name,
    /// It stands in a scaling group or node pool.
    Group,
    /// It was a node at an earlier look of ours.
    History,
    /// A word of the user's own; weak: it proves nothing alone.
    Hint,
}

impl TieSort {
    /// Returns whether a machine with only such ties may be called an orphan.
    #[must_use]
    pub fn is_strong(self) -> bool {
        !matches!(self, Self::Hint)
    }

    /// Returns the stable word of JSON output.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Name => "name",
            Self::Group => "group",
            Self::History => "history",
            Self::Hint => "hint",
        }
    }
}
