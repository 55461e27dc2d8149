//! Everything an account holds in one region, and what may be done to it.
//!
//! Doors read it: [`World::holdings`] gives a view that stays as it is while others change the world. Tests and
//! estates change it: [`World::change`].
//!
//! Invariant: what points at something else is kept true by the methods here ([`Machine::disks`],
//! [`Machine::cluster`], [`Snapshot::images`]); the other fields are anybody's.

mod alarming;
mod changes;
mod copying;
mod imaging;
mod making;
mod removing;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;

use super::World;
use super::account::Uid;
use super::alarms::{Alarm, Contact, Target};
use super::cloud::Cloud;
use super::clusters::{Cluster, Node, Pool};
use super::copies::{CopyState, SnapshotSet};
use super::deeds::Deed;
use super::images::Template;
use super::machines::{Machine, ScalingGroup};
use super::network::{Address, Balancer};
use super::products::Product;
use super::protections::{CryptKey, Policy};
use super::rows::{Rows, sooner};
use super::rules::Rules;
use super::storage::{Disk, Image, Snapshot};
use super::traffic::Load;
use super::upkeep::Event;

pub use changes::{Kept, NotDone};
pub use copying::{CopyOrder, SetOrder, Sharing, SnapshotOrder};
pub use imaging::{ImageOrder, ImageSnapshots};
pub use making::{DiskOrder, RunOrder, Token};
pub use removing::Power;

/// What an account holds in one region.
#[derive(Debug, Clone, Default)]
pub struct Holdings {
    cloud: Cloud,
    /// Machines.
    pub machines: Rows<Machine>,
    /// Scaling groups.
    pub groups: Rows<ScalingGroup>,
    /// Disks.
    pub disks: Rows<Disk>,
    /// Snapshots.
    pub snapshots: Rows<Snapshot>,
    /// Images.
    pub images: Rows<Image>,
    /// Kept addresses.
    pub addresses: Rows<Address>,
    /// Load balancers.
    pub balancers: Rows<Balancer>,
    /// What is planned for machines.
    pub events: Rows<Event>,
    /// Clusters.
    pub clusters: Rows<Cluster>,
    /// Node pools of all clusters.
    pub pools: Rows<Pool>,
    /// Groups of snapshots of one instant, where the cloud keeps a record of them.
    pub sets: Rows<SnapshotSet>,
    /// Launch templates.
    pub templates: Rows<Template>,
    /// Policies by which the cloud itself keeps copies.
    pub policies: Rows<Policy>,
    /// Keys that disks are encrypted with.
    pub keys: Rows<CryptKey>,
    /// Alarms.
    pub alarms: Rows<Alarm>,
    /// Whom alarms tell.
    pub targets: Rows<Target>,
    /// Those whom targets may hold, where the cloud gives them names.
    pub contacts: Rows<Contact>,
    /// Deleted snapshots that are still in the recycle bin.
    pub binned_snapshots: Rows<Snapshot>,
    /// Deleted images that are still in the recycle bin; they hold their snapshots.
    pub binned_images: Rows<Image>,
    /// What machines and addresses send, where a test says so.
    pub loads: BTreeMap<String, Load>,
    rules: Arc<Rules>,
    made: making::Made,
    doomed: Vec<copying::Doom>,
    tokens: BTreeMap<(String, String), making::Remembered>,
    pub(super) deeds: Vec<Deed>,
    nodes: BTreeMap<String, Rows<Node>>,
    products: BTreeMap<String, Rows<Product>>,
}

static NOTHING: LazyLock<Arc<Holdings>> = LazyLock::new(Arc::default);

impl Holdings {
    /// Returns the cloud it is at.
    #[must_use]
    pub fn cloud(&self) -> Cloud {
        self.cloud
    }

    /// Returns the nodes of `cluster`.
    #[must_use]
    pub fn nodes(&self, cluster: &str) -> Option<&Rows<Node>> {
        self.nodes.get(cluster)
    }

    /// Returns the products of `service`.
    #[must_use]
    pub fn products(&self, service: &str) -> Option<&Rows<Product>> {
        self.products.get(service)
    }

    /// Returns the services that the account has products of.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.products.keys().map(String::as_str)
    }

    /// Returns the pools of `cluster`.
    pub fn pools_of(&self, cluster: &str) -> impl Iterator<Item = &Arc<Pool>> {
        self.pools.iter().filter(move |it| it.cluster == cluster)
    }

    /// Returns the machines of scaling group `group`.
    pub fn members(&self, group: &str) -> impl Iterator<Item = &Arc<Machine>> {
        self.machines
            .iter()
            .filter(move |it| it.group.as_deref() == Some(group))
    }

    /// Returns the addresses that are at machine `id`.
    pub fn addresses_of(&self, id: &str) -> impl Iterator<Item = &Arc<Address>> {
        self.addresses.iter().filter(move |it| it.is_at_machine(id))
    }

    /// Returns the disks of `machine`, the system disk first.
    #[must_use]
    pub fn disks_of(&self, machine: &Machine) -> Vec<Arc<Disk>> {
        self.disks.named(&machine.disks)
    }

    /// Returns the rules that its things follow.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Returns what answers of the cloud show of it at `now`: not what was made just now.
    #[must_use]
    pub fn shown(self: &Arc<Self>, now: Timestamp) -> Arc<Self> {
        let hides = self.machines.hides_any(now)
            || self.disks.hides_any(now)
            || self.snapshots.hides_any(now)
            || self.sets.hides_any(now)
            || self.images.hides_any(now)
            || self.alarms.hides_any(now);
        if !hides {
            return self.clone();
        }
        let mut shown = Self::clone(self);
        shown.machines.hide_young(now);
        shown.disks.hide_young(now);
        shown.snapshots.hide_young(now);
        shown.sets.hide_young(now);
        shown.images.hide_young(now);
        shown.alarms.hide_young(now);
        Arc::new(shown)
    }

    /// Returns how many things there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let nodes: usize = self.nodes.values().map(Rows::len).sum();
        let products: usize = self.products.values().map(Rows::len).sum();
        self.machines.len()
            + self.groups.len()
            + self.disks.len()
            + self.snapshots.len()
            + self.images.len()
            + self.addresses.len()
            + self.balancers.len()
            + self.events.len()
            + self.clusters.len()
            + self.pools.len()
            + nodes
            + products
    }

    /// Returns whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn due(&self) -> Option<Timestamp> {
        let rows = [
            self.machines.due(),
            self.disks.due(),
            self.snapshots.due(),
            self.images.due(),
            self.addresses.due(),
            self.balancers.due(),
            self.events.due(),
            self.clusters.due(),
            self.binned_snapshots.due(),
            self.binned_images.due(),
        ];
        let nodes = self.nodes.values().map(Rows::due);
        let products = self.products.values().map(Rows::due);
        rows.into_iter()
            .chain(nodes)
            .chain(products)
            .fold(None, sooner)
    }

    /// Lets everything grow as old as `now`, and lets go of what went.
    fn settle(&mut self, now: Timestamp) {
        for machine in self.machines.settle(now) {
            self.let_go(&machine, now);
        }
        for disk in self.disks.settle(now) {
            self.forget_disk(&disk.id, disk.machine.as_deref());
        }
        for cluster in self.clusters.settle(now) {
            self.drop_cluster(&cluster.id);
        }
        for snapshot in self.snapshots.settle(now) {
            self.forget_snapshot(&snapshot);
        }
        drop(self.binned_snapshots.settle(now));
        for image in self.images.settle(now) {
            self.forget_image(&image);
        }
        for image in self.binned_images.settle(now) {
            self.forget_image(&image);
        }
        drop(self.addresses.settle(now));
        drop(self.balancers.settle(now));
        drop(self.events.settle(now));
        let mut left = Vec::new();
        for nodes in self.nodes.values_mut() {
            left.extend(nodes.settle(now));
        }
        for node in left {
            self.free_machine(node.machine.as_deref());
        }
        for products in self.products.values_mut() {
            drop(products.settle(now));
        }
    }
}

/// What an account holds, by region; the region without a name holds what belongs to none. A copy shares it.
#[derive(Debug, Clone, Default)]
pub struct Everywhere {
    pub(super) cloud: Cloud,
    /// The rules that differ from those accounts of the cloud begin with.
    rules: Option<Arc<Rules>>,
    /// The account, for ids that no other account has.
    pub(super) uid: u64,
    regions: BTreeMap<String, Arc<Holdings>>,
}

impl Everywhere {
    /// Returns what account `uid` begins with: nothing.
    #[must_use]
    pub fn of(uid: Uid) -> Self {
        Self {
            uid: uid.0,
            ..Self::default()
        }
    }

    /// Returns what is held in `region`.
    #[must_use]
    pub fn at(&self, region: &str) -> &Arc<Holdings> {
        self.regions.get(region).unwrap_or(&NOTHING)
    }

    /// Returns what is held in `region`, to be changed.
    pub fn at_mut(&mut self, region: &str) -> &mut Holdings {
        let (cloud, uid) = (self.cloud, self.uid);
        let rules = &self.rules;
        let holdings = self.regions.entry(region.to_owned()).or_insert_with(|| {
            Arc::new(Holdings {
                cloud,
                rules: rules.clone().unwrap_or_else(|| Arc::new(Rules::of(cloud))),
                made: making::Made::at(uid, region),
                ..Holdings::default()
            })
        });
        Arc::make_mut(holdings)
    }

    /// Changes the rules that everything in every region follows from now on.
    pub fn set_rules(&mut self, change: impl FnOnce(&mut Rules)) {
        let mut rules = self.rules.as_deref().cloned();
        let rules = rules.get_or_insert_with(|| Rules::of(self.cloud));
        change(rules);
        let rules = Arc::new(rules.clone());
        for holdings in self.regions.values_mut() {
            Arc::make_mut(holdings).rules = rules.clone();
        }
        self.rules = Some(rules);
    }

    /// Returns the regions in which something was ever held, with what is there.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Arc<Holdings>)> {
        self.regions
            .iter()
            .map(|(region, it)| (region.as_str(), it))
    }

    /// Lets everything go wrong that is being copied of that snapshot, by its region and id.
    fn spoil_copies(&mut self, source: Option<&(String, String)>) {
        for held in self.regions.values_mut() {
            let is_hit = |it: &&Arc<Snapshot>| {
                it.state == CopyState::Pending && it.source.as_ref() == source
            };
            let hit: Vec<String> = held
                .snapshots
                .iter()
                .filter(is_hit)
                .map(|it| it.id.clone())
                .collect();
            for id in hit {
                Arc::make_mut(held)
                    .snapshots
                    .change(&id, |it| it.fails = true);
            }
        }
    }

    /// Lets everything grow as old as `now`.
    pub(super) fn settle(&mut self, now: Timestamp) {
        for holdings in self.regions.values_mut() {
            if holdings.due().is_some_and(|due| due <= now) {
                Arc::make_mut(holdings).settle(now);
            }
        }
    }
}

impl World {
    /// Returns what account `uid` holds in `region` now; nothing if there is no such account.
    ///
    /// It costs no copy, and stays as it is while the world goes on. What the world's time changes is changed when
    /// somebody looks: whoever sets the time back before the first look sees what was then.
    ///
    /// What was made so lately that no answer shows it is not in it; [`World::truth`] has it.
    #[must_use]
    pub fn holdings(&self, uid: Uid, region: &str) -> Arc<Holdings> {
        let now = self.now();
        self.truth(uid, region).shown(now)
    }

    /// Returns what account `uid` really holds in `region` now, whether answers show it yet or not.
    #[must_use]
    pub fn truth(&self, uid: Uid, region: &str) -> Arc<Holdings> {
        let mut state = self.lock();
        let account = state.settled(uid);
        account.map_or_else(|| NOTHING.clone(), |it| it.regions.at(region).clone())
    }

    /// Changes the rules that everything of account `uid` follows from now on.
    pub fn set_rules(&self, uid: Uid, change: impl FnOnce(&mut Rules)) {
        self.edit(uid, |it| it.regions.set_rules(change));
    }

    /// Returns what account `uid` holds in all regions now; nothing if there is no such account. It costs no copy.
    #[must_use]
    pub fn everywhere(&self, uid: Uid) -> Everywhere {
        let mut state = self.lock();
        let account = state.settled(uid);
        account.map(|it| it.regions.clone()).unwrap_or_default()
    }

    /// Changes what account `uid` holds in `region`; returns `None` when there is no such account.
    pub fn change<T>(
        &self,
        uid: Uid,
        region: &str,
        change: impl FnOnce(&mut Holdings, Timestamp) -> T,
    ) -> Option<T> {
        let mut state = self.changing();
        let now = state.now;
        let account = state.settled(uid)?;
        let holdings = account.regions.at_mut(region);
        let outcome = change(holdings, now);
        holdings.settle(now);
        let done = std::mem::take(&mut holdings.deeds);
        state.deeds.extend(done.into_iter().map(|it| Deed {
            uid,
            region: region.to_owned(),
            ..it
        }));
        Some(outcome)
    }
}
