//! One region in truth, and what of it can be seen.

mod things;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use cloud::{Doubt, EstateWants, Kept, Part, RegionSight, Remembered, SecondLook, Sighting, Why};
use jiff::{SignedDuration, Timestamp};
use model::{
    AccountId, Charge, Cluster, ClusterNode, ClusterState, Disk, DiskState, Expiry, Image,
    LoadBalancer, Machine, MachineState, NodeMachine, NodeSort, NodeView, Opinion, ResourceId,
    Snapshot, Tags, Tie, TieSort,
};
use testkit::{seen, unseen};

/// Something that cannot be seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    Identity,
    Clusters,
    Nodes(String),
    Machines,
    Opinions,
    ById,
    ClusterById(String),
    Disks,
    Snapshots,
}

/// One region.
#[derive(Debug, Clone, Default)]
pub(crate) struct Town {
    pub(crate) clusters: Vec<Cluster>,
    /// Clusters that exist and that the list does not show.
    pub(crate) hidden: BTreeSet<ResourceId>,
    /// Clusters that may not be asked for by id.
    pub(crate) denied: BTreeSet<ResourceId>,
    pub(crate) nodes: BTreeMap<ResourceId, Vec<ClusterNode>>,
    pub(crate) machines: Vec<Machine>,
    /// Machines that exist and that the list does not show.
    pub(crate) unlisted: BTreeSet<ResourceId>,
    /// Machines that went while we looked.
    pub(crate) vanished: BTreeSet<ResourceId>,
    /// What the second source says; who is not in it is free, or in the cluster whose node it is.
    pub(crate) opinions: BTreeMap<ResourceId, Opinion>,
    pub(crate) disks: Vec<Disk>,
    pub(crate) snapshots: Vec<Snapshot>,
    pub(crate) images: Vec<Image>,
    pub(crate) addresses: Vec<model::Address>,
    pub(crate) balancers: Vec<LoadBalancer>,
    pub(crate) faults: BTreeSet<Fault>,
}

impl Town {
    /// Reads a town at `now`, a line a thing.
    ///
    /// `cluster ID words…`: `vpc=`, `name=`, `unsettled`, `groups`, `serverless`, `hidden`, `denied`.
    /// `node CLUSTER MACHINE`, `ip=…` or `virtual` instead of the machine; `pool=`.
    /// `machine ID words…`: `tag=CLUSTER`, `name-of=CLUSTER`, `group=`, `name=`, `vpc=`, `state=`,
    /// `age=MINUTES`, `ageless`, `ip=`, `public=`, `label=K:V`, `says=`, `unlisted`, `vanished`,
    /// `protected`, `charge=`, `mark=HOURS` ago, `mark-of=THING`.
    /// `disk ID words…`: `on=MACHINE`, `moving`, `detached=MINUTES`, `gib=`, `label=`, `unlisted`,
    /// `name=`, `charge=`, `mark=`. `address ID words…`: `at=THING`, `ip=`, `label=`, `charge=`. `balancer ID words…`: `backends=N`.
    /// `snapshot ID DISK words…`: `held=`, `pending`. `image ID MACHINE words…`: `shared`.
    /// `unseen FAULT`.
    pub(crate) fn read(text: &str, now: Timestamp) -> Self {
        let mut town = Self::default();
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                [] => {}
                ["cluster", id, rest @ ..] => town.read_cluster(id, rest),
                ["node", cluster, rest @ ..] => town.read_node(cluster, rest),
                ["machine", id, rest @ ..] => town.read_machine(id, rest, now),
                ["disk", id, rest @ ..] => town.read_disk(id, rest, now),
                ["address", id, rest @ ..] => town.addresses.push(things::address(id, rest)),
                ["balancer", id, rest @ ..] => town.balancers.push(things::balancer(id, rest)),
                ["snapshot", id, disk, rest @ ..] => {
                    town.snapshots.push(things::snapshot(id, disk, rest));
                }
                ["image", id, machine, rest @ ..] => {
                    town.images.push(things::image(id, machine, rest));
                }
                ["unseen", fault, rest @ ..] => {
                    _ = town.faults.insert(read_fault(fault, rest));
                }
                other => panic!("{other:?} is no line of a town"),
            }
        }
        town
    }

    fn read_cluster(&mut self, id: &str, words: &[&str]) {
        let id = ResourceId::new(id);
        let mut cluster = cluster(&id);
        for word in words {
            match word.split_once('=').unwrap_or((word, "")) {
                ("vpc", vpc) => cluster.network = Some(ResourceId::new(vpc)),
                ("name", name) => cluster.name = name.into(),
                ("unsettled", _) => cluster.state = ClusterState::Unsettled("Deleting".into()),
                ("groups", _) => cluster.view = NodeView::GroupsOnly,
                ("serverless", _) => cluster.view = NodeView::NoMachines,
                ("hidden", _) => _ = self.hidden.insert(id.clone()),
                ("denied", _) => {
                    self.hidden.insert(id.clone());
                    self.denied.insert(id.clone());
                }
                other => panic!("{other:?} is no word of a cluster"),
            }
        }
        self.nodes.entry(id).or_default();
        self.clusters.push(cluster);
    }

    fn read_node(&mut self, cluster: &str, words: &[&str]) {
        let mut node = node("");
        for word in words {
            match word.split_once('=').unwrap_or((word, "")) {
                ("virtual", _) => node.machine = NodeMachine::None,
                ("master", _) => node.sort = NodeSort::Master,
                ("native", name) => {
                    node.sort = NodeSort::Native;
                    node.name = name.into();
                }
                ("pool", pool) => node.pool = Some(ResourceId::new(pool)),
                ("ip", ip) => {
                    node.machine = NodeMachine::ByAddress;
                    node.sort = NodeSort::External;
                    node.name = format!("node-{ip}");
                    node.private_ip = Some(ip.parse().unwrap());
                }
                (machine, _) => {
                    node.machine = NodeMachine::Is(ResourceId::new(machine));
                    node.name = machine.into();
                }
            }
        }
        let nodes = self.nodes.entry(ResourceId::new(cluster)).or_default();
        nodes.push(node);
    }

    fn read_machine(&mut self, id: &str, words: &[&str], now: Timestamp) {
        let id = ResourceId::new(id);
        let mut machine = machine(&id, now);
        for word in words {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            match key {
                "tag" => {
                    tie(
                        &mut machine,
                        TieSort::Tag,
                        value,
                        &format!("tke-clusterId={value}"),
                    );
                    machine.tags.insert("tke-clusterId".into(), value.into());
                }
                "name-of" => {
                    machine.name = format!("tke_{value}_worker");
                    let name = machine.name.clone();
                    tie(&mut machine, TieSort::Name, value, &name);
                }
                "group" => tie(&mut machine, TieSort::Group, "", value),
                "name" => machine.name = value.into(),
                "vpc" => machine.network = Some(ResourceId::new(value)),
                "state" => machine.state = state(value),
                "age" => {
                    machine.created = Some(now - SignedDuration::from_mins(value.parse().unwrap()));
                }
                "ageless" => machine.created = None,
                "protected" => machine.protected = true,
                "charge" => machine.charge = things::charge(value),
                "mark" => machine.tags.extend(things::mark(&id, value, now)),
                "mark-of" => machine.tags.extend(things::mark_of(value, now)),
                "ip" => machine.private_ips = vec![value.parse().unwrap()],
                "public" => machine.public_ips = vec![value.parse().unwrap()],
                "label" => {
                    let (key, value) = value.split_once(':').unwrap();
                    machine.tags.insert(key.into(), value.into());
                }
                "says" => drop(self.opinions.insert(id.clone(), opinion(value))),
                "unlisted" => _ = self.unlisted.insert(id.clone()),
                "vanished" => _ = self.vanished.insert(id.clone()),
                other => panic!("{other:?} is no word of a machine"),
            }
        }
        self.machines.push(machine);
    }

    fn read_disk(&mut self, id: &str, words: &[&str], now: Timestamp) {
        if words.contains(&"unlisted") {
            self.unlisted.insert(ResourceId::new(id));
        }
        self.disks.push(things::disk(id, words, now));
    }

    pub(crate) fn has(&self, fault: &Fault) -> bool {
        self.faults.contains(fault)
    }

    /// Returns what is seen of the region, but for what is asked once more.
    pub(crate) fn sight(
        &self,
        account: &AccountId,
        wants: &EstateWants,
        remembered: &Remembered,
    ) -> RegionSight {
        let asks = |part| wants.parts.contains(&part);
        let listed: Vec<Cluster> = self
            .clusters
            .iter()
            .filter(|it| !self.hidden.contains(&it.id))
            .cloned()
            .collect();
        let nodes: BTreeMap<ResourceId, Sighting<Vec<ClusterNode>>> = listed
            .iter()
            .filter(|it| it.view != NodeView::NoMachines && !self.has(&Fault::Clusters))
            .map(|it| (it.id.clone(), self.nodes_of(&it.id)))
            .collect();
        let members: HashSet<&ResourceId> = nodes
            .values()
            .filter_map(Sighting::seen)
            .flat_map(|it| it.get())
            .filter_map(|it| it.machine.id())
            .collect();
        let remembered = remembered.get(account);
        let is_remembered = |id| remembered.is_some_and(|it| it.may_have(id));
        let mut machines = Kept::default();
        for it in self
            .machines
            .iter()
            .filter(|it| !self.unlisted.contains(&it.id))
        {
            let matters =
                !members.contains(&it.id) && (is_remembered(&it.id) || wants.concerns(it));
            machines.take(&it.id, matters.then(|| it.clone()));
        }
        let (disks, snapshots) = self.disks_and_snapshots();
        let mut images = Kept::default();
        for it in &self.images {
            let gone = it
                .machine
                .as_ref()
                .is_some_and(|id| !machines.ids.may_have(id));
            images.take(&it.id, gone.then(|| it.clone()));
        }
        let mut addresses = Kept::default();
        for it in &self.addresses {
            let unbound = it.state == model::AddressState::Unbound;
            addresses.take(&it.id, unbound.then(|| it.clone()));
        }
        let mut balancers = Kept::default();
        for it in &self.balancers {
            let idle = it.backends.is_none_or(|many| many == 0);
            balancers.take(&it.id, idle.then(|| it.clone()));
        }
        RegionSight {
            clusters: asks(Part::Machines).then(|| self.or_unseen(&Fault::Clusters, listed)),
            nodes: nodes.clone(),
            machines: asks(Part::Machines).then(|| self.or_unseen(&Fault::Machines, machines)),
            disks: asks(Part::Disks).then_some(disks),
            snapshots: asks(Part::Snapshots).then_some(snapshots),
            images: asks(Part::Images).then(|| seen(images)),
            addresses: asks(Part::Addresses).then(|| seen(addresses)),
            load_balancers: asks(Part::LoadBalancers).then(|| seen(balancers)),
            ..RegionSight::default()
        }
    }

    fn disks_and_snapshots(&self) -> (Sighting<Kept<Disk>>, Sighting<Kept<Snapshot>>) {
        let mut disks = Kept::default();
        let listed = |it: &&Disk| !self.unlisted.contains(&it.id);
        for it in self.disks.iter().filter(listed) {
            let unused = it.state == DiskState::Unattached;
            disks.take(&it.id, unused.then(|| it.clone()));
        }
        let is_seen = !self.has(&Fault::Disks);
        let mut snapshots = Kept::default();
        for it in &self.snapshots {
            let gone = it.disk.as_ref().is_some_and(|id| !disks.ids.may_have(id));
            snapshots.take(&it.id, (is_seen && gone).then(|| it.clone()));
        }
        (
            self.or_unseen(&Fault::Disks, disks),
            self.or_unseen(&Fault::Snapshots, snapshots),
        )
    }

    fn nodes_of(&self, cluster: &ResourceId) -> Sighting<Vec<ClusterNode>> {
        let nodes = self.nodes.get(cluster).cloned().unwrap_or_default();
        self.or_unseen(&Fault::Nodes(cluster.to_string()), nodes)
    }

    fn or_unseen<T>(&self, fault: &Fault, value: T) -> Sighting<T> {
        if self.has(fault) {
            return unseen(Why::Unreachable);
        }
        seen(value)
    }

    /// Answers what is asked once more, and nothing else.
    pub(crate) fn second(&self, doubt: &Doubt, _now: Timestamp) -> SecondLook {
        let exists = |id: &ResourceId| {
            !self.vanished.contains(id) && self.machines.iter().any(|it| it.id == *id)
        };
        let found = self
            .machines
            .iter()
            .filter(|it| doubt.machines.contains(&it.id) && exists(&it.id));
        let said = doubt.machines.iter().map(|id| {
            let said = if exists(id) {
                self.opinion(id)
            } else {
                Opinion::Absent
            };
            (id.clone(), said)
        });
        let asked = doubt.clusters.iter().map(|id| {
            let found = self.clusters.iter().find(|it| it.id == *id).cloned();
            let found = if self.denied.contains(id) {
                unseen(Why::Denied { permission: None })
            } else {
                self.or_unseen(&Fault::ClusterById(id.to_string()), found)
            };
            (id.clone(), found)
        });
        let disks = self.disks.iter().filter(|it| doubt.disks.contains(&it.id));
        let sources = self.machines.iter();
        let sources = sources.filter(|it| doubt.sources.contains(&it.id) && exists(&it.id));
        SecondLook {
            machines: (!doubt.machines.is_empty())
                .then(|| self.or_unseen(&Fault::ById, found.cloned().collect())),
            opinions: (!doubt.machines.is_empty())
                .then(|| self.or_unseen(&Fault::Opinions, said.collect())),
            clusters: asked.collect(),
            disks: (!doubt.disks.is_empty())
                .then(|| self.or_unseen(&Fault::ById, disks.cloned().collect())),
            sources: (!doubt.sources.is_empty())
                .then(|| self.or_unseen(&Fault::ById, sources.cloned().collect())),
        }
    }

    fn opinion(&self, id: &ResourceId) -> Opinion {
        if let Some(said) = self.opinions.get(id) {
            return said.clone();
        }
        let mut of = self.nodes.iter().filter(|(_, nodes)| {
            nodes
                .iter()
                .filter_map(|it| it.machine.id())
                .any(|it| it == id)
        });
        of.next().map_or(Opinion::Free, |(cluster, _)| {
            Opinion::InCluster(cluster.clone())
        })
    }
}

fn tie(machine: &mut Machine, sort: TieSort, cluster: &str, evidence: &str) {
    machine.ties.push(Tie {
        sort,
        cluster: (!cluster.is_empty()).then(|| ResourceId::new(cluster)),
        evidence: evidence.to_owned(),
    });
}

fn state(word: &str) -> MachineState {
    match word {
        "pending" => MachineState::Pending,
        "running" => MachineState::Running,
        "changing" => MachineState::Changing,
        "stopped" => MachineState::Stopped,
        "leaving" => MachineState::Leaving,
        "recycled" => MachineState::Recycled,
        other => MachineState::Other(other.into()),
    }
}

fn opinion(word: &str) -> Opinion {
    match word.split_once(':').unwrap_or((word, "")) {
        ("cluster", id) => Opinion::InCluster(ResourceId::new(id)),
        ("group", id) => Opinion::InGroup(ResourceId::new(id)),
        ("free", _) => Opinion::Free,
        ("absent", _) => Opinion::Absent,
        ("silent", _) => Opinion::Silent,
        other => panic!("{other:?} is no opinion"),
    }
}

fn read_fault(word: &str, rest: &[&str]) -> Fault {
    let about = || rest.first().copied().unwrap_or_default().to_owned();
    match word {
        "identity" => Fault::Identity,
        "clusters" => Fault::Clusters,
        "nodes" => Fault::Nodes(about()),
        "machines" => Fault::Machines,
        "opinions" => Fault::Opinions,
        "by-id" => Fault::ById,
        "cluster" => Fault::ClusterById(about()),
        "disks" => Fault::Disks,
        "snapshots" => Fault::Snapshots,
        other => panic!("{other:?} is nothing that can be unseen"),
    }
}

/// Returns a settled cluster.
pub(crate) fn cluster(id: &ResourceId) -> Cluster {
    Cluster {
        id: id.clone(),
        name: String::new(),
        network: None,
        state: ClusterState::Settled,
        view: NodeView::Whole,
        created: None,
        tags: Tags::new(),
    }
}

/// Returns an ordinary node.
pub(crate) fn node(machine: &str) -> ClusterNode {
    ClusterNode {
        name: machine.to_owned(),
        machine: NodeMachine::Is(ResourceId::new(machine)),
        sort: NodeSort::Worker,
        private_ip: None,
        pool: None,
    }
}

/// Returns a machine that is two days old.
pub(crate) fn machine(id: &ResourceId, now: Timestamp) -> Machine {
    Machine {
        root_disk: None,
        protected: false,
        id: id.clone(),
        name: String::new(),
        machine_type: "S5.LARGE8".into(),
        zone: "ap-beijing-3".into(),
        network: None,
        state: MachineState::Running,
        charge: Charge::OnDemand,
        created: Some(now - SignedDuration::from_hours(48)),
        expiry: Expiry::Never,
        renewal: None,
        private_ips: Vec::new(),
        public_ips: Vec::new(),
        image: None,
        tags: Tags::new(),
        ties: Vec::new(),
    }
}
