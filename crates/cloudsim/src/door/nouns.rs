//! What stands in regions, in the words of the model.

use std::net::IpAddr;

use model::{
    Address, AddressState, Charge, Cluster, ClusterNode, ClusterState, CopyState, CopyTier, Disk,
    DiskRole, DiskState, Expiry, Image, LoadBalancer, Machine, MachineState, Maintenance,
    NodeMachine, NodeSort, NodeView, Renewal, ResourceId, Snapshot, Tags,
};

use super::rows::expiry;
use super::ties::ties;
use crate::world::cloud::Cloud;
use crate::world::holdings::Holdings;
use crate::world::network::BalancerSort;
use crate::world::terms::{self, Term};
use crate::world::{clusters, copies, machines, network, storage, upkeep};

fn id(text: &str) -> ResourceId {
    ResourceId::new(text)
}

fn tags(tags: &[(String, String)]) -> Tags {
    tags.iter().cloned().collect()
}

fn ips(texts: &[String]) -> Vec<IpAddr> {
    texts.iter().filter_map(|it| it.parse().ok()).collect()
}

fn charge(term: &Term) -> Charge {
    match term.charge {
        terms::Charge::Prepaid => Charge::Prepaid,
        terms::Charge::OnDemand => Charge::OnDemand,
        terms::Charge::Spot => Charge::Spot,
    }
}

fn ends(term: &Term) -> Expiry {
    term.ends.map_or(Expiry::Never, expiry)
}

pub(super) fn renewal(renewal: crate::Renewal) -> Renewal {
    match renewal {
        crate::Renewal::Auto | crate::Renewal::AutoFailing => Renewal::Auto { months: Some(1) },
        crate::Renewal::Manual => Renewal::Manual,
        crate::Renewal::Never => Renewal::Never,
    }
}

/// A machine; its kept addresses are found among what else is held.
pub(super) fn machine(it: &machines::Machine, held: &Holdings) -> Machine {
    use machines::MachineState as World;
    let kept = held.addresses_of(&it.id).map(|it| it.ip.clone());
    let public: Vec<String> = it.public_ips.iter().cloned().chain(kept).collect();
    Machine {
        root_disk: root_disk(it, held),
        protected: it.protected,
        id: id(&it.id),
        name: it.name.clone(),
        machine_type: it.kind.clone(),
        zone: it.zone.clone(),
        network: (!it.vpc.is_empty()).then(|| id(&it.vpc)),
        state: match &it.state {
            World::Pending => MachineState::Pending,
            World::Running => MachineState::Running,
            World::Stopping | World::Starting | World::Rebooting => MachineState::Changing,
            World::Stopped => MachineState::Stopped,
            World::Recycled => MachineState::Recycled,
            World::Terminating | World::Terminated | World::Failed => MachineState::Leaving,
            World::Odd(word) => MachineState::Other(word.clone()),
        },
        charge: charge(&it.term),
        created: Some(it.created),
        expiry: ends(&it.term),
        renewal: it.term.renewal.map(renewal),
        private_ips: ips(&it.private_ips),
        public_ips: ips(&public),
        image: (!it.image.is_empty()).then(|| id(&it.image)),
        tags: tags(&it.tags),
        ties: ties(it),
    }
}

/// The disk a machine starts from, at the cloud whose disks do not say it themselves.
fn root_disk(it: &machines::Machine, held: &Holdings) -> Option<ResourceId> {
    let disks = matches!(held.cloud(), Cloud::Aws(_)).then(|| held.disks_of(it))?;
    disks.iter().find(|it| it.system).map(|it| id(&it.id))
}

/// Something planned for a machine.
pub(super) fn maintenance(it: &upkeep::Event, _held: &Holdings) -> Maintenance {
    Maintenance {
        id: id(&it.id),
        machine: id(&it.machine),
        code: it.code.clone(),
        words: it.words.clone(),
        begins: Some(it.begins),
        deadline: it.ends,
    }
}

/// How far the list of a cluster's nodes can be believed.
pub(super) fn view(it: &clusters::Cluster, cloud: Cloud) -> NodeView {
    match (it.sort, cloud) {
        (clusters::ClusterSort::Serverless, _) => NodeView::NoMachines,
        (clusters::ClusterSort::Registered, _) | (_, Cloud::Aws(_)) => NodeView::GroupsOnly,
        _ => NodeView::Whole,
    }
}

/// A cluster.
pub(super) fn cluster(it: &clusters::Cluster, held: &Holdings) -> Cluster {
    use clusters::ClusterState as World;
    let unsettled = |word: &str| ClusterState::Unsettled(word.to_owned());
    Cluster {
        id: id(&it.id),
        name: it.name.clone(),
        network: (!it.vpc.is_empty()).then(|| id(&it.vpc)),
        state: match &it.state {
            World::Running | World::Updating => ClusterState::Settled,
            World::Creating => unsettled("creating"),
            World::Deleting => unsettled("deleting"),
            World::Abnormal => unsettled("abnormal"),
            World::Isolated => unsettled("isolated"),
            World::Odd(word) => unsettled(word),
        },
        view: view(it, held.cloud()),
        created: Some(it.created),
        tags: tags(&it.tags),
    }
}

/// A node of a cluster.
pub(super) fn node(it: &clusters::Node, _held: &Holdings) -> ClusterNode {
    use clusters::NodeKind as World;
    ClusterNode {
        name: it.name.clone(),
        machine: match (&it.machine, it.kind) {
            (Some(machine), _) => NodeMachine::Is(id(machine)),
            (None, World::Virtual) => NodeMachine::None,
            (None, _) => NodeMachine::ByAddress,
        },
        sort: match it.kind {
            World::Worker => NodeSort::Worker,
            World::Master => NodeSort::Master,
            World::Native => NodeSort::Native,
            World::Virtual => NodeSort::Virtual,
            World::External => NodeSort::External,
        },
        private_ip: it.ip.parse().ok(),
        pool: it.pool.as_deref().map(id),
    }
}

/// A disk.
pub(super) fn disk(it: &storage::Disk, held: &Holdings) -> Disk {
    use storage::DiskState as World;
    let changing = |word: &str| DiskState::Changing(word.to_owned());
    let machines: Vec<ResourceId> = it.machine.as_deref().map(id).into_iter().collect();
    Disk {
        role: match (held.cloud(), it.system) {
            (Cloud::Aws(_), _) => DiskRole::Unknown,
            (_, true) => DiskRole::System,
            (_, false) => DiskRole::Data,
        },
        device: it.device.clone(),
        id: id(&it.id),
        name: it.name.clone(),
        zone: it.zone.clone(),
        category: it.category.clone(),
        size_gib: it.size_gib,
        state: match &it.state {
            World::Attached => DiskState::Attached(machines),
            World::Unattached => DiskState::Unattached,
            World::Creating => changing("creating"),
            World::Attaching => changing("attaching"),
            World::Detaching => changing("detaching"),
            World::Recycled => changing("recycled"),
            World::Odd(word) => changing(word),
        },
        charge: charge(&it.term),
        created: Some(it.created),
        detached: it.was_on.as_ref().map(|it| it.1),
        expiry: ends(&it.term),
        tags: tags(&it.tags),
    }
}

fn copy_state(state: &storage::CopyState) -> CopyState {
    match state {
        storage::CopyState::Pending => CopyState::Pending,
        storage::CopyState::Ready => CopyState::Ready,
        storage::CopyState::Failed => CopyState::Failed,
        storage::CopyState::Odd(word) => CopyState::Other(word.clone()),
    }
}

/// A snapshot, and what holds it.
pub(super) fn snapshot(it: &storage::Snapshot, _held: &Holdings) -> Snapshot {
    let shared = it.shared_with.first();
    let held_by = it
        .images
        .first()
        .map(|it| format!("image {it}"))
        .or_else(|| shared.map(|it| format!("shared with {it}")))
        .or_else(|| it.locked.then(|| "lock".to_owned()))
        .or_else(|| it.copying_until.map(|_| "copying".to_owned()))
        .or_else(|| it.policy.as_ref().map(|it| format!("policy {it}")));
    Snapshot {
        instant: it.instant && it.state == storage::CopyState::Pending,
        tier: match it.tier {
            copies::Tier::Standard => CopyTier::Standard,
            copies::Tier::Archive => CopyTier::Archive,
        },
        encrypted: Some(it.encrypted),
        key: it.key.as_deref().map(id),
        id: id(&it.id),
        name: it.name.clone(),
        disk: (!it.disk.is_empty()).then(|| id(&it.disk)),
        size_gib: it.size_gib,
        state: copy_state(&it.state),
        created: Some(it.created),
        held_by,
        tags: tags(&it.tags),
    }
}

/// An image.
pub(super) fn image(it: &storage::Image, _held: &Holdings) -> Image {
    Image {
        disabled: it.disabled,
        held_by: held_by(it),
        id: id(&it.id),
        name: it.name.clone(),
        snapshots: it.snapshots.iter().map(|it| id(it)).collect(),
        machine: it.machine.as_deref().map(id),
        state: copy_state(&it.state),
        created: Some(it.created),
        size_gib: Some(it.size_gib),
        shared: it.public || !it.shared_with.is_empty(),
        tags: tags(&it.tags),
    }
}

fn held_by(it: &storage::Image) -> Option<String> {
    let protected = it.protected.then_some("protection");
    let copying = it.copying.then_some("copying");
    protected.or(copying).map(str::to_owned)
}

/// A kept address.
pub(super) fn address(it: &network::Address, _held: &Holdings) -> Address {
    use network::AddressState as World;
    let changing = |word: &str| AddressState::Changing(word.to_owned());
    Address {
        id: id(&it.id),
        ip: it.ip.parse().ok(),
        name: it.name.clone(),
        state: match (&it.state, &it.holder) {
            (World::Bound, Some((_, holder))) => AddressState::Bound(id(holder)),
            (World::Bound, None) => changing("bound"),
            (World::Unbound, _) => AddressState::Unbound,
            (World::Binding, _) => changing("binding"),
            (World::Unbinding, _) => changing("unbinding"),
            (World::Odd(word), _) => changing(word),
        },
        charge: charge(&it.term),
        created: Some(it.created),
        expiry: ends(&it.term),
        tags: tags(&it.tags),
    }
}

/// A load balancer.
pub(super) fn balancer(it: &network::Balancer, _held: &Holdings) -> LoadBalancer {
    let sort = match it.sort {
        BalancerSort::Classic => "classic",
        BalancerSort::Application => "application",
        BalancerSort::Network => "network",
    };
    LoadBalancer {
        id: id(&it.id),
        name: it.name.clone(),
        sort: sort.to_owned(),
        answers_at: it.ip.clone(),
        backends: Some(it.backends.len() as u64),
        charge: charge(&it.term),
        created: Some(it.created),
        tags: tags(&it.tags),
    }
}
