//! Kubernetes clusters, their pools and their nodes, in no cloud's words.

use jiff::{SignedDuration, Timestamp};

use super::machines::Tags;
use super::rows::Row;
use super::terms::{Turn, later};

/// Where a cluster stands in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClusterState {
    /// Being made.
    Creating,
    /// In order.
    Running,
    /// In order, and changing: scaling, upgrading.
    Updating,
    /// Being deleted.
    Deleting,
    /// Broken.
    Abnormal,
    /// Cut off for want of money.
    Isolated,
    /// A word that no door translates: it is shown as it stands.
    Odd(String),
}

/// What sort of cluster it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClusterSort {
    /// The cloud runs the masters.
    Managed,
    /// The masters are machines of the account.
    Independent,
    /// Without machines of the account.
    Serverless,
    /// At the edge, managed from the cloud.
    Edge,
    /// From elsewhere, registered here.
    Registered,
}

/// One cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// `c…`, `cls-…`; the name on AWS.
    pub id: String,
    /// Its name; two may have the same, except on AWS.
    pub name: String,
    /// The network; empty if it has none.
    pub vpc: String,
    /// Where it stands in its life.
    pub state: ClusterState,
    /// What it turns into next.
    pub turn: Option<Turn<ClusterState>>,
    /// What sort it is.
    pub sort: ClusterSort,
    /// The version of Kubernetes.
    pub version: String,
    /// When it was made.
    pub created: Timestamp,
    /// Its tags.
    pub tags: Tags,
    /// Whether it may not be deleted.
    pub protected: bool,
}

impl Cluster {
    /// Returns a running managed cluster.
    #[must_use]
    pub fn new(id: impl Into<String>, name: impl Into<String>, created: Timestamp) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            vpc: "vpc-main".to_owned(),
            state: ClusterState::Running,
            turn: None,
            sort: ClusterSort::Managed,
            version: "1.32.1".to_owned(),
            created,
            tags: Vec::new(),
            protected: true,
        }
    }

    /// Puts it into network `vpc`.
    #[must_use]
    pub fn vpc(mut self, vpc: impl Into<String>) -> Self {
        self.vpc = vpc.into();
        self
    }

    /// Sets what sort it is.
    #[must_use]
    pub fn sort(mut self, sort: ClusterSort) -> Self {
        self.sort = sort;
        self
    }

    /// Sets its state.
    #[must_use]
    pub fn state(mut self, state: ClusterState) -> Self {
        self.state = state;
        self
    }

    /// Lets it be made until `at`, and run from then on.
    #[must_use]
    pub fn creating_until(mut self, at: Timestamp) -> Self {
        self.state = ClusterState::Creating;
        self.turn = Turn::into(at, ClusterState::Running);
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push((key.into(), value.into()));
        self
    }
}

impl Row for Cluster {
    fn id(&self) -> &str {
        &self.id
    }

    fn due(&self) -> Option<Timestamp> {
        self.turn.as_ref().map(|it| it.at)
    }

    fn age(&mut self, _now: Timestamp) -> bool {
        match self.turn.take().map(|it| it.into) {
            Some(Some(state)) => self.state = state,
            Some(None) => return false,
            None => {}
        }
        true
    }
}

/// What a pool's nodes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PoolSort {
    /// Machines of a scaling group.
    Regular,
    /// Native nodes of TKE.
    Native,
    /// Virtual or super nodes, Fargate profiles: no machines.
    Virtual,
    /// Machines registered from outside.
    External,
}

/// A pool of nodes of one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// `np…`, `np-…`; the name on AWS. Unique in the region for what the doors need.
    pub id: String,
    /// Its cluster.
    pub cluster: String,
    /// Its name.
    pub name: String,
    /// What its nodes are.
    pub sort: PoolSort,
    /// The scaling group behind it, where there is one.
    pub group: Option<String>,
    /// Labels of its nodes.
    pub labels: Tags,
    /// Its tags.
    pub tags: Tags,
    /// How many nodes are wanted.
    pub wanted: u32,
    /// When it was made.
    pub created: Timestamp,
}

impl Pool {
    /// Returns a regular pool of `cluster`, without a scaling group.
    #[must_use]
    pub fn new(id: impl Into<String>, cluster: impl Into<String>, created: Timestamp) -> Self {
        let id = id.into();
        Self {
            name: id.clone(),
            id,
            cluster: cluster.into(),
            sort: PoolSort::Regular,
            group: None,
            labels: Vec::new(),
            tags: Vec::new(),
            wanted: 0,
            created,
        }
    }

    /// Sets what its nodes are.
    #[must_use]
    pub fn sort(mut self, sort: PoolSort) -> Self {
        self.sort = sort;
        self
    }

    /// Stands it on scaling group `group`.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }
}

impl Row for Pool {
    fn id(&self) -> &str {
        &self.id
    }
}

/// What sort of node it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// An ordinary machine of the account.
    Worker,
    /// A master (and etcd) machine of an independent cluster.
    Master,
    /// A native node of TKE: it has a name of its own, and may be a machine of the account.
    Native,
    /// A virtual or super node, Fargate: no machine.
    Virtual,
    /// Registered from outside.
    External,
}

/// Where a node stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NodeState {
    /// Being set up; it is in the list already.
    Joining,
    /// In order.
    Ready,
    /// It does not answer.
    NotReady,
    /// Being emptied and taken out.
    Leaving,
    /// It could not be set up.
    Failed,
}

/// One node of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What the cloud calls it: the machine's id for a worker, `np-…` for a native one. No two of a cluster are
    /// called the same.
    pub name: String,
    /// Its pool; none for one that was added by hand.
    pub pool: Option<String>,
    /// What sort it is.
    pub kind: NodeKind,
    /// The machine it is, where it is one of the account's.
    pub machine: Option<String>,
    /// Its address inside.
    pub ip: String,
    /// Where it stands in its life.
    pub state: NodeState,
    /// Since when it is in the list.
    pub since: Timestamp,
    /// What it turns into next.
    pub turn: Option<Turn<NodeState>>,
}

impl Node {
    /// Returns a worker that is `machine`.
    #[must_use]
    pub fn worker(machine: impl Into<String>, ip: impl Into<String>, since: Timestamp) -> Self {
        let machine = machine.into();
        Self {
            name: machine.clone(),
            pool: None,
            kind: NodeKind::Worker,
            machine: Some(machine),
            ip: ip.into(),
            state: NodeState::Ready,
            since,
            turn: None,
        }
    }

    /// Returns a node called `name` of any kind, without a machine.
    #[must_use]
    pub fn named(
        name: impl Into<String>,
        kind: NodeKind,
        ip: impl Into<String>,
        since: Timestamp,
    ) -> Self {
        Self {
            name: name.into(),
            kind,
            machine: None,
            ..Self::worker("", ip, since)
        }
    }

    /// Makes it a node that is `machine`, whatever it is called.
    #[must_use]
    pub fn machine(mut self, machine: impl Into<String>) -> Self {
        self.machine = Some(machine.into());
        self
    }

    /// Sets what sort it is.
    #[must_use]
    pub fn kind(mut self, kind: NodeKind) -> Self {
        self.kind = kind;
        self
    }

    /// Puts it into `pool`.
    #[must_use]
    pub fn pool(mut self, pool: impl Into<String>) -> Self {
        self.pool = Some(pool.into());
        self
    }

    /// Lets it be set up for `takes`, and be ready from then on.
    #[must_use]
    pub fn joining(mut self, takes: SignedDuration) -> Self {
        self.state = NodeState::Joining;
        self.turn = Turn::into(later(self.since, takes), NodeState::Ready);
        self
    }
}

impl Row for Node {
    fn id(&self) -> &str {
        &self.name
    }

    fn due(&self) -> Option<Timestamp> {
        self.turn.as_ref().map(|it| it.at)
    }

    fn age(&mut self, _now: Timestamp) -> bool {
        match self.turn.take().map(|it| it.into) {
            Some(Some(state)) => self.state = state,
            Some(None) => return false,
            None => {}
        }
        true
    }
}
