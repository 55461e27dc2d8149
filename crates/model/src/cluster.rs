//! Kubernetes clusters and the nodes in them.

use std::net::IpAddr;

use jiff::Timestamp;

use crate::Tags;
use crate::ids::ResourceId;

/// One Kubernetes cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// The cluster.
    pub id: ResourceId,
    /// Its name; two clusters may have the same.
    pub name: String,
    /// Its virtual network (VPC), where it has one.
    pub network: Option<ResourceId>,
    /// Where it stands in its life.
    pub state: ClusterState,
    /// Whether the list of its nodes is all of them.
    pub view: NodeView,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Its tags.
    pub tags: Tags,
}

/// Life of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClusterState {
    /// In order: its list of nodes can be believed.
    Settled,
    /// Being made, deleted, isolated or broken, in the cloud's word: its list may be partial.
    Unsettled(String),
}

/// What the cloud's list of a cluster's nodes holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NodeView {
    /// Every node that is a machine of this account.
    Whole,
    /// Only those of groups the cloud manages: who is not in it may still be a node (self-managed
    /// nodes of EKS, Karpenter's).
    GroupsOnly,
    /// The cluster has no machines of the account at all (serverless).
    NoMachines,
}

/// One node of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterNode {
    /// What the cloud calls it in the cluster: an instance id, or a machine name such as `np-1-2`.
    pub name: String,
    /// Which machine it is.
    pub machine: NodeMachine,
    /// What sort of node it is.
    pub sort: NodeSort,
    /// Its address inside, where the list says.
    pub private_ip: Option<IpAddr>,
    /// Its node pool or node group.
    pub pool: Option<ResourceId>,
}

/// Which machine a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeMachine {
    /// This one.
    Is(ResourceId),
    /// None of the account's machines (a virtual or super node, Fargate).
    None,
    /// One that only its address tells (registered from outside).
    ByAddress,
}

impl NodeMachine {
    /// Returns the machine's id, where it is one of the account's that is known by its id.
    #[must_use]
    pub fn id(&self) -> Option<&ResourceId> {
        match self {
            Self::Is(machine) => Some(machine),
            Self::None | Self::ByAddress => None,
        }
    }
}

/// What sort of node it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NodeSort {
    /// An ordinary worker.
    Worker,
    /// A master or etcd machine of a cluster that runs its own.
    Master,
    /// A native node of TKE.
    Native,
    /// A virtual or super node, Fargate: no machine.
    Virtual,
    /// Registered from outside.
    External,
}

/// What a second, independent source of the cloud says of one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opinion {
    /// It is in this cluster.
    InCluster(ResourceId),
    /// It stands in this scaling group.
    InGroup(ResourceId),
    /// It exists and belongs to none.
    Free,
    /// There is no such machine any more.
    Absent,
    /// The source does not say.
    Silent,
}
