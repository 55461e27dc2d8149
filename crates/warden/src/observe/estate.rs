//! Looks at what stands in the regions of an account.
//!
//! Nodes are read before machines: a machine that joins a cluster meanwhile is a machine without a
//! cluster for no look of ours.

mod nodes;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use cloud::{
    Doubt, EstateWants, Keep, Kept, Keyring, PageSource, Part, Provider, RegionSight, SecondLook,
    Sighting, Unseen, pager,
};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use model::{
    AddressState, Cluster, DiskState, Kind, Machine, Region, RegionId, ResourceId, Scope, Traffic,
};

use self::nodes::Nodes;
use super::{Looks, Members, Pauses};

/// How long the regions that hold something are taken for all there are.
const SWEEP_EVERY: SignedDuration = SignedDuration::from_hours(24 * 7);

/// So many keys are asked for at once.
const KEYS_AT_ONCE: usize = 8;

/// The regions of an account that are looked at.
pub(super) struct Regions {
    pub(super) chosen: BTreeSet<RegionId>,
    /// What the cloud's own list gave, when it was asked for.
    pub(super) list: Option<Sighting<Vec<Region>>>,
}

/// Chooses the regions to be looked at: those of the config; or else those that held anything at the
/// last look, and once a week all there are.
///
/// A region is left out only when every scope that is `wanted` of it was seen empty within the week:
/// one that another duty found empty of other things, or whose look failed, is asked.
pub(super) async fn regions(
    provider: &dyn Provider,
    configured: &[RegionId],
    looks: &Looks,
    wanted: &(dyn Fn(&RegionId) -> Vec<Scope> + Sync),
    now: Timestamp,
) -> Regions {
    if !configured.is_empty() {
        return Regions {
            chosen: configured.iter().cloned().collect(),
            list: None,
        };
    }
    let account = provider.account();
    let mut chosen = looks.held(account);
    let swept = looks.swept.get(account);
    if let Some(swept) = swept.filter(|at| now.duration_since(**at) < SWEEP_EVERY) {
        let since = now - SWEEP_EVERY;
        let known = looks.tried(account, *swept).into_iter();
        chosen.extend(known.filter(|it| !wanted(it).iter().all(|it| looks.was_seen(it, since))));
        return Regions { chosen, list: None };
    }
    let list = match provider.inventory() {
        Some(inventory) => Some(pager::single(inventory.regions().await)),
        None => None,
    };
    let listed = list.iter().filter_map(Sighting::seen);
    chosen.extend(listed.flat_map(|it| it.get()).map(|it| it.id.clone()));
    Regions { chosen, list }
}

/// A look at one region.
pub(super) struct Look<'a> {
    pub(super) provider: &'a dyn Provider,
    pub(super) region: &'a RegionId,
    pub(super) wants: &'a EstateWants,
    pub(super) looks: &'a Looks,
    pub(super) members: &'a Members,
    /// Those of the nodes: the longest way, since machines wait for nodes, and those for clusters.
    pub(super) pauses: Pauses,
    pub(super) now: Timestamp,
}

impl Look<'_> {
    /// Looks at all that is wanted of the region.
    pub(super) async fn region_sight(&self) -> RegionSight {
        let (machines, alone, disks) =
            tokio::join!(self.machines_and_images(), self.alone(), self.disks());
        let (clusters, nodes, machines, images) = machines;
        let (disks, snapshots, crypt_keys) = disks;
        RegionSight {
            clusters,
            nodes,
            machines,
            images,
            disks,
            snapshots,
            crypt_keys,
            ..alone
        }
    }

    fn asks(&self, part: Part) -> bool {
        self.wants.asks(self.provider.account(), part)
    }

    /// Returns whether a row is kept that is doubtful, or is not.
    fn keeps(&self, doubtful: bool) -> bool {
        doubtful || self.wants.keep == Keep::All
    }

    fn scope(&self, kind: &str) -> Scope {
        Scope::regional(self.provider.account(), self.region, kind)
    }

    async fn machines_and_images(
        &self,
    ) -> (
        Option<Sighting<Vec<Cluster>>>,
        Nodes,
        Option<Sighting<Kept<Machine>>>,
        Option<Sighting<Kept<model::Image>>>,
    ) {
        let asked = self.asks(Part::Machines) || self.asks(Part::Images);
        let is_all_kept = self.wants.keep == Keep::All;
        let (clusters, nodes) = match asked && !is_all_kept {
            true => self.clusters().await,
            false => (None, Nodes::new()),
        };
        self.pauses.over();
        if !asked {
            return (None, nodes, None, None);
        }
        if is_all_kept {
            // Nobody asks which machine is a node of what, and no list waits for another.
            let (machines, images) = tokio::join!(self.machines(|_| true), self.images(None));
            return (None, nodes, machines, images);
        }
        let machines = self.machines_but_nodes(&nodes).await;
        let images = self.images(machines.as_ref()).await;
        (clusters, nodes, machines, images)
    }

    async fn machines_but_nodes(&self, nodes: &Nodes) -> Option<Sighting<Kept<Machine>>> {
        let (members, recall) = (members(nodes), &self.looks.recall);
        let recalled = recall.of(self.provider.account()).await;
        let concerns = |it: &Machine| recalled.has(&it.id) || self.wants.concerns(it);
        self.machines(|it| !members.contains(&it.id) && concerns(it))
            .await
    }

    async fn machines(
        &self,
        matters: impl Fn(&Machine) -> bool + Send,
    ) -> Option<Sighting<Kept<Machine>>> {
        let port = self.provider.machines()?;
        let list = port.machines(self.region);
        self.kept(Kind::INSTANCE, &*list, |it| &it.id, matters)
            .await
    }

    async fn images(
        &self,
        machines: Option<&Sighting<Kept<Machine>>>,
    ) -> Option<Sighting<Kept<model::Image>>> {
        let port = self.provider.images().filter(|_| self.asks(Part::Images))?;
        let list = port.images(self.region);
        // Without the machines nothing can be said of an image's own.
        let machines = machines.and_then(Sighting::seen);
        let gone = |it: &model::Image| {
            let source = machines.zip(it.machine.as_ref());
            self.keeps(source.is_some_and(|(all, id)| !all.get().ids.may_have(id)))
        };
        self.kept(Kind::IMAGE, &*list, |it| &it.id, gone).await
    }

    async fn disks(
        &self,
    ) -> (
        Option<Sighting<Kept<model::Disk>>>,
        Option<Sighting<Kept<model::Snapshot>>>,
        Option<Keyring>,
    ) {
        let asked = self.asks(Part::Disks) || self.asks(Part::Snapshots);
        let Some(port) = self.provider.disks().filter(|_| asked) else {
            return (None, None, None);
        };
        self.pauses.next().await;
        let list = port.disks(self.region);
        let unused = |it: &model::Disk| self.keeps(it.state == DiskState::Unattached);
        let disks = self.kept(Kind::DISK, &*list, |it| &it.id, unused).await;
        if !self.asks(Part::Snapshots) {
            return (disks, None, None);
        }
        let list = port.snapshots(self.region);
        let all = disks.as_ref().and_then(Sighting::seen);
        let gone = |it: &model::Snapshot| {
            let source = all.zip(it.disk.as_ref());
            self.keeps(source.is_some_and(|(all, id)| !all.get().ids.may_have(id)))
        };
        let snapshots = self.kept(Kind::SNAPSHOT, &*list, |it| &it.id, gone).await;
        let crypt_keys = self.crypt_keys(snapshots.as_ref()).await;
        (disks, snapshots, crypt_keys)
    }

    /// Asks for each key that snapshots are encrypted with, once.
    async fn crypt_keys(
        &self,
        snapshots: Option<&Sighting<Kept<model::Snapshot>>>,
    ) -> Option<Keyring> {
        let port = self.provider.crypt_keys();
        let port = port.filter(|_| self.asks(Part::CryptKeys))?;
        let snapshots = snapshots.and_then(Sighting::seen)?;
        let rows = snapshots.get().rows.iter();
        let keys: BTreeSet<ResourceId> = rows.filter_map(|it| it.key.clone()).collect();
        let asked = keys.into_iter().map(|key| async move {
            let state = pager::single(port.key_state(self.region, &key).await);
            (key, state)
        });
        let answers = futures_util::stream::iter(asked).buffer_unordered(KEYS_AT_ONCE);
        Some(answers.collect().await)
    }

    /// Looks at what needs no other list.
    async fn alone(&self) -> RegionSight {
        // Where a cloud tells of the backends of one at a time, these take longest.
        let load_balancers = async {
            let port = self.provider.load_balancers();
            let port = port.filter(|_| self.asks(Part::LoadBalancers))?;
            self.pauses.next().await;
            let list = port.load_balancers(self.region);
            let idle =
                |it: &model::LoadBalancer| self.keeps(it.backends.is_none_or(|many| many == 0));
            self.kept(Kind::LOAD_BALANCER, &*list, |it| &it.id, idle)
                .await
        };
        let addresses = async {
            let port = self.provider.addresses();
            let port = port.filter(|_| self.asks(Part::Addresses))?;
            self.pauses.next().await;
            let list = port.addresses(self.region);
            let unused = |it: &model::Address| self.keeps(it.state == AddressState::Unbound);
            self.kept(Kind::ADDRESS, &*list, |it| &it.id, unused).await
        };
        let maintenance = async {
            let port = self.provider.machines();
            let port = port.filter(|_| self.asks(Part::Maintenance))?;
            let list = port.maintenance(self.region)?;
            self.pauses.next().await;
            // Empty as a rule: an empty list is no reason for doubt here.
            Some(pager::collect(&*list).await)
        };
        let (load_balancers, addresses, maintenance, rest) =
            tokio::join!(load_balancers, addresses, maintenance, self.of_changes());
        RegionSight {
            addresses,
            load_balancers,
            maintenance,
            ..rest
        }
    }

    /// Looks at what only those need who change something. Of none of it there need be any, so that an
    /// empty list is no reason for doubt.
    async fn of_changes(&self) -> RegionSight {
        let image_uses = async {
            let port = self.provider.image_making();
            let port = port.filter(|_| self.asks(Part::ImageUses))?;
            Some(pager::collect(&*port.image_uses(self.region)).await)
        };
        let protections = async {
            let port = self.provider.copies();
            let port = port.filter(|_| self.asks(Part::Protections))?;
            Some(pager::collect(&*port.protections(self.region)?).await)
        };
        let copy_notes = async {
            let port = self.provider.copies();
            let port = port.filter(|_| self.asks(Part::CopyNotes))?;
            Some(pager::collect(&*port.copy_notes(self.region)?).await)
        };
        let alarms = async {
            let port = self.provider.alarms().filter(|_| self.asks(Part::Alarms))?;
            Some(pager::collect(&*port.alarms(self.region)).await)
        };
        let targets = async {
            let port = self.provider.alarms().filter(|_| self.asks(Part::Alarms))?;
            Some(pager::collect(&*port.targets(self.region)).await)
        };
        let (image_uses, protections, copy_notes, alarms, alarm_targets) =
            tokio::join!(image_uses, protections, copy_notes, alarms, targets);
        RegionSight {
            image_uses,
            protections,
            copy_notes,
            alarms,
            alarm_targets,
            ..RegionSight::default()
        }
    }

    /// Folds a list, keeps what matters of it, and doubts it when it is suddenly empty.
    async fn kept<T: cloud::Keyed + Send>(
        &self,
        kind: &str,
        list: &dyn PageSource<T>,
        id: impl Fn(&T) -> &ResourceId + Send,
        matters: impl Fn(&T) -> bool + Send,
    ) -> Option<Sighting<Kept<T>>> {
        let folded = pager::fold(list, Kept::default, move |kept: &mut Kept<T>, row| {
            let id = id(&row).clone();
            kept.take(&id, matters(&row).then_some(row));
        });
        let sighting = folded.await;
        let total = sighting.seen().map_or(1, |it| it.get().total);
        Some(self.looks.doubt(&self.scope(kind), sighting, total))
    }
}

/// Returns the machines that are nodes now.
fn members(nodes: &Nodes) -> HashSet<ResourceId> {
    let seen = nodes.values().filter_map(Sighting::seen);
    seen.flat_map(|it| it.get())
        .filter_map(|it| it.machine.id().cloned())
        .collect()
}

/// Asks once more, by id, for what a duty doubts in one region.
pub(super) async fn second_look(provider: &dyn Provider, doubt: &Doubt) -> SecondLook {
    let region = &doubt.region;
    let ids = |all: &BTreeSet<ResourceId>| -> Vec<ResourceId> { all.iter().cloned().collect() };
    let machines = async {
        let port = provider.machines().filter(|_| !doubt.machines.is_empty())?;
        let found = port.machines_by_id(region, &ids(&doubt.machines)).await;
        Some(pager::single(found))
    };
    let opinions = async {
        let port = provider.clusters().filter(|_| !doubt.machines.is_empty())?;
        let said = port.opinions(region, &ids(&doubt.machines)).await;
        Some(pager::single(said))
    };
    let clusters = async {
        let Some(port) = provider.clusters() else {
            return BTreeMap::new();
        };
        let asked = doubt.clusters.iter().map(|id| async move {
            let found = pager::single(port.cluster(region, id).await);
            (id.clone(), found)
        });
        join_all(asked).await.into_iter().collect()
    };
    let disks = async {
        let port = provider.disks().filter(|_| !doubt.disks.is_empty())?;
        let found = port.disks_by_id(region, &ids(&doubt.disks)).await;
        Some(pager::single(found))
    };
    let sources = async {
        let port = provider.machines().filter(|_| !doubt.sources.is_empty())?;
        let found = port.machines_by_id(region, &ids(&doubt.sources)).await;
        Some(pager::single(found))
    };
    let (machines, opinions, clusters, disks, sources) =
        tokio::join!(machines, opinions, clusters, disks, sources);
    SecondLook {
        machines,
        opinions,
        clusters,
        disks,
        sources,
    }
}

/// Asks what machines sent out in the past, when a duty wants to know.
pub(super) async fn traffic(
    provider: &dyn Provider,
    doubt: &Doubt,
) -> Option<Sighting<Vec<Traffic>>> {
    let wanted = doubt.traffic.as_ref()?;
    let port = provider.alarms().filter(|_| !wanted.machines.is_empty())?;
    let machines: Vec<ResourceId> = wanted.machines.iter().cloned().collect();
    let (from, to) = (wanted.from, wanted.to);
    let asked = port.traffic(&doubt.region, &machines, &wanted.rule, from, to);
    Some(pager::single(asked.await))
}

/// Returns the scopes of a region that a look at it is to see.
pub(super) fn scopes(
    provider: &dyn Provider,
    region: &RegionId,
    wants: &EstateWants,
) -> Vec<Scope> {
    let nothing = Unseen::new(cloud::Why::Refused, String::new());
    let maintained = provider.machines().and_then(|it| it.maintenance(region));
    let protected = provider.copies().and_then(|it| it.protections(region));
    let noted = provider.copies().and_then(|it| it.copy_notes(region));
    let sight = unseen_region(provider, wants, &nothing);
    let covered = sight.coverage(provider.account(), region).into_iter();
    covered
        .map(|(scope, _)| scope)
        .filter(|it| it.kind.as_str() != Kind::MAINTENANCE || maintained.is_some())
        .filter(|it| it.kind.as_str() != Kind::PROTECTION || protected.is_some())
        .filter(|it| it.kind.as_str() != Kind::COPY_NOTE || noted.is_some())
        .collect()
}

/// Returns the sight of a region of which nothing could be asked.
pub(super) fn unseen_region(
    provider: &dyn Provider,
    wants: &EstateWants,
    unseen: &Unseen,
) -> RegionSight {
    fn if_asked<T>(asked: bool, unseen: &Unseen) -> Option<Sighting<T>> {
        asked.then(|| Sighting::Unseen(unseen.clone()))
    }
    let asks = |part| wants.asks(provider.account(), part);
    let machines = provider.machines().is_some();
    let disks = provider.disks().is_some();
    RegionSight {
        clusters: if_asked(
            provider.clusters().is_some() && asks(Part::Machines) && wants.keep != Keep::All,
            unseen,
        ),
        machines: if_asked(machines && asks(Part::Machines), unseen),
        disks: if_asked(disks && asks(Part::Disks), unseen),
        snapshots: if_asked(disks && asks(Part::Snapshots), unseen),
        images: if_asked(provider.images().is_some() && asks(Part::Images), unseen),
        addresses: if_asked(
            provider.addresses().is_some() && asks(Part::Addresses),
            unseen,
        ),
        load_balancers: if_asked(
            provider.load_balancers().is_some() && asks(Part::LoadBalancers),
            unseen,
        ),
        maintenance: if_asked(machines && asks(Part::Maintenance), unseen),
        image_uses: if_asked(
            provider.image_making().is_some() && asks(Part::ImageUses),
            unseen,
        ),
        protections: if_asked(
            provider.copies().is_some() && asks(Part::Protections),
            unseen,
        ),
        copy_notes: if_asked(provider.copies().is_some() && asks(Part::CopyNotes), unseen),
        alarms: if_asked(provider.alarms().is_some() && asks(Part::Alarms), unseen),
        alarm_targets: if_asked(provider.alarms().is_some() && asks(Part::Alarms), unseen),
        ..RegionSight::default()
    }
}
