//! What may be done to an account's things in one region.

use jiff::{SignedDuration, Timestamp};

use super::Holdings;
use crate::world::alarms::{Alarm, Target};
use crate::world::cloud::Cloud;
use crate::world::clusters::{Cluster, ClusterState, Node, NodeState, Pool};
use crate::world::images::Template;
use crate::world::machines::{Machine, MachineState, ScalingGroup};
use crate::world::network::{Address, AddressState, Balancer, Holder};
use crate::world::products::Product;
use crate::world::protections::{CryptKey, Policy};
use crate::world::rows::Row as _;
use crate::world::storage::{Disk, DiskState, Image, Snapshot};
use crate::world::terms::{Charge, RECYCLE_BIN, Turn, later};
use crate::world::upkeep::Event;

/// How long a machine takes to be destroyed.
const DESTROYED_IN: SignedDuration = SignedDuration::from_secs(30);
/// How long a cluster takes to be deleted.
const DELETED_IN: SignedDuration = SignedDuration::from_mins(5);

/// Why something was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotDone {
    /// There is no such thing.
    NotFound,
    /// It is not in a state in which that can be done.
    WrongState,
    /// It is protected against it.
    Protected,
}

/// What stays of a cluster that is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Its machines: that is how most orphans are born.
    Machines,
    /// Nothing.
    Nothing,
}

impl Holdings {
    /// Adds a machine.
    pub fn add_machine(&mut self, machine: Machine) {
        self.machines.put(machine);
    }

    /// Adds a scaling group.
    pub fn add_group(&mut self, group: ScalingGroup) {
        self.groups.put(group);
    }

    /// Adds a disk; the machine it is on knows it from then on.
    pub fn add_disk(&mut self, disk: Disk) {
        if let Some(machine) = &disk.machine {
            self.machines.change(machine, |it| {
                let at = if disk.system { 0 } else { it.disks.len() };
                if !it.disks.contains(&disk.id) {
                    it.disks.insert(at, disk.id.clone());
                }
            });
        }
        self.disks.put(disk);
    }

    /// Adds a launch template.
    pub fn add_template(&mut self, template: Template) {
        self.templates.put(template);
    }

    /// Adds a policy by which the cloud itself keeps copies.
    pub fn add_policy(&mut self, policy: Policy) {
        self.policies.put(policy);
    }

    /// Adds a key that disks are encrypted with, or switches one that is there.
    pub fn add_key(&mut self, key: CryptKey) {
        self.keys.put(key);
    }

    /// Adds an alarm.
    pub fn add_alarm(&mut self, alarm: Alarm) {
        self.alarms.put(alarm);
    }

    /// Adds somebody whom alarms tell.
    pub fn add_target(&mut self, target: Target) {
        self.targets.put(target);
    }

    /// Adds a snapshot.
    pub fn add_snapshot(&mut self, snapshot: Snapshot) {
        self.snapshots.put(snapshot);
    }

    /// Adds an image; the snapshots it stands on know it from then on.
    pub fn add_image(&mut self, image: Image) {
        for snapshot in &image.snapshots {
            self.snapshots
                .change(snapshot, |it| it.images.push(image.id.clone()));
        }
        self.images.put(image);
    }

    /// Takes an image away; its snapshots stay.
    ///
    /// # Errors
    ///
    /// When there is no such image.
    pub fn remove_image(&mut self, id: &str) -> Result<(), NotDone> {
        let image = self.images.remove(id).ok_or(NotDone::NotFound)?;
        self.forget_image(&image);
        Ok(())
    }

    /// Adds an address.
    pub fn add_address(&mut self, address: Address) {
        self.addresses.put(address);
    }

    /// Adds a load balancer.
    pub fn add_balancer(&mut self, balancer: Balancer) {
        self.balancers.put(balancer);
    }

    /// Adds something that is planned for a machine.
    pub fn add_event(&mut self, event: Event) {
        self.events.put(event);
    }

    /// Adds a product.
    pub fn add_product(&mut self, product: Product) {
        let service = product.service.clone();
        self.products.entry(service).or_default().put(product);
    }

    /// Takes the product of `service` with `id` away.
    pub fn remove_product(&mut self, service: &str, id: &str) -> Result<(), NotDone> {
        let rows = self.products.get_mut(service).ok_or(NotDone::NotFound)?;
        rows.remove(id).map(drop).ok_or(NotDone::NotFound)
    }

    /// Changes the product of `service` with `id`.
    pub fn change_product<T>(
        &mut self,
        service: &str,
        id: &str,
        change: impl FnOnce(&mut Product) -> T,
    ) -> Option<T> {
        self.products.get_mut(service)?.change(id, change)
    }

    /// Adds a cluster without nodes.
    pub fn add_cluster(&mut self, cluster: Cluster) {
        self.nodes.entry(cluster.id.clone()).or_default();
        self.clusters.put(cluster);
    }

    /// Adds a node pool.
    pub fn add_pool(&mut self, pool: Pool) {
        self.pools.put(pool);
    }

    /// Puts `node` into `cluster`; the machine it is knows it from then on.
    ///
    /// # Errors
    ///
    /// When there is no such cluster.
    pub fn add_node(&mut self, cluster: &str, node: Node) -> Result<(), NotDone> {
        let nodes = self.nodes.get_mut(cluster).ok_or(NotDone::NotFound)?;
        if let Some(machine) = &node.machine {
            self.machines
                .change(machine, |it| it.cluster = Some(cluster.to_owned()));
        }
        nodes.put(node);
        Ok(())
    }

    /// Changes node `name` of `cluster`.
    pub fn change_node<T>(
        &mut self,
        cluster: &str,
        name: &str,
        change: impl FnOnce(&mut Node) -> T,
    ) -> Option<T> {
        self.nodes.get_mut(cluster)?.change(name, change)
    }

    /// Takes node `name` out of `cluster`; the machine it was stays.
    ///
    /// # Errors
    ///
    /// When there is no such node.
    pub fn remove_node(&mut self, cluster: &str, name: &str) -> Result<(), NotDone> {
        let nodes = self.nodes.get_mut(cluster).ok_or(NotDone::NotFound)?;
        let node = nodes.remove(name).ok_or(NotDone::NotFound)?;
        self.free_machine(node.machine.as_deref());
        Ok(())
    }

    /// Lets node `name` of `cluster` be emptied for `takes`; then it is out, and the machine it was stays.
    ///
    /// # Errors
    ///
    /// When there is no such node.
    pub fn drain_node(
        &mut self,
        cluster: &str,
        name: &str,
        now: Timestamp,
        takes: SignedDuration,
    ) -> Result<(), NotDone> {
        self.change_node(cluster, name, |it| {
            it.state = NodeState::Leaving;
            it.turn = Turn::gone(later(now, takes));
        })
        .ok_or(NotDone::NotFound)
    }

    /// Moves node `name` from one cluster to another, where it belongs to no pool.
    ///
    /// # Errors
    ///
    /// When there is no such node, or no such cluster.
    pub fn move_node(&mut self, name: &str, from: &str, to: &str) -> Result<(), NotDone> {
        let nodes = self.nodes.get(from).ok_or(NotDone::NotFound)?;
        let node = Node::clone(nodes.get(name).ok_or(NotDone::NotFound)?);
        if !self.nodes.contains_key(to) {
            return Err(NotDone::NotFound);
        }
        self.remove_node(from, name)?;
        self.add_node(to, Node { pool: None, ..node })
    }

    /// Deletes `cluster`: it is shown as being deleted for five minutes, its nodes are let go at once.
    ///
    /// # Errors
    ///
    /// When there is no such cluster, or it is protected.
    pub fn delete_cluster(&mut self, id: &str, now: Timestamp, kept: Kept) -> Result<(), NotDone> {
        let cluster = self.clusters.get(id).ok_or(NotDone::NotFound)?;
        if cluster.protected && kept == Kept::Nothing {
            return Err(NotDone::Protected);
        }
        self.clusters.change(id, |it| {
            it.state = ClusterState::Deleting;
            it.turn = Turn::gone(later(now, DELETED_IN));
        });
        let nodes = self
            .nodes
            .insert(id.to_owned(), crate::world::rows::Rows::default());
        for node in nodes.iter().flatten() {
            self.free_machine(node.machine.as_deref());
            if let Some(machine) = node.machine.as_deref().filter(|_| kept == Kept::Nothing) {
                self.terminate(machine, now)?;
            }
        }
        Ok(())
    }

    /// Destroys machine `id`: one that is paid in advance goes to the recycle bin, and from there for good.
    ///
    /// # Errors
    ///
    /// When there is no such machine, it is protected, or it is being destroyed.
    pub fn terminate(&mut self, id: &str, now: Timestamp) -> Result<(), NotDone> {
        let machine = self.machines.get(id).ok_or(NotDone::NotFound)?;
        if machine.protected {
            return Err(NotDone::Protected);
        }
        if machine.is_leaving() {
            return Err(NotDone::WrongState);
        }
        let recycles =
            machine.term.charge == Charge::Prepaid && machine.state != MachineState::Recycled;
        let shows_end = matches!(self.cloud, Cloud::Aws(_));
        self.machines.change(id, |it| {
            let gone = later(now, DESTROYED_IN);
            if recycles {
                it.turn_to(MachineState::Recycled, now);
                it.turn = Turn::gone(later(now, RECYCLE_BIN));
            } else {
                it.turn_to(MachineState::Terminating, now);
                it.turn = match shows_end {
                    true => Turn::into(gone, MachineState::Terminated),
                    false => Turn::gone(gone),
                };
            }
        });
        Ok(())
    }

    /// Puts disk `id` on `machine`.
    ///
    /// # Errors
    ///
    /// When one of them is not there, or the disk is on a machine.
    pub fn attach_disk(&mut self, id: &str, machine: &str) -> Result<(), NotDone> {
        let disk = self.disks.get(id).ok_or(NotDone::NotFound)?;
        if disk.machine.is_some() {
            return Err(NotDone::WrongState);
        }
        self.machines.get(machine).ok_or(NotDone::NotFound)?;
        let disk = Disk::clone(disk).data_of(machine);
        self.add_disk(disk);
        Ok(())
    }

    /// Takes disk `id` off its machine.
    ///
    /// # Errors
    ///
    /// When there is no such disk, or it is on no machine.
    pub fn detach_disk(&mut self, id: &str, now: Timestamp) -> Result<(), NotDone> {
        let disk = self.disks.get(id).ok_or(NotDone::NotFound)?;
        let machine = disk.machine.clone().ok_or(NotDone::WrongState)?;
        self.disks.change(id, |it| {
            it.machine = None;
            it.state = DiskState::Unattached;
            it.was_on = Some((machine.clone(), now));
            it.device.clear();
        });
        self.machines
            .change(&machine, |it| it.disks.retain(|it| it != id));
        Ok(())
    }

    /// Puts address `id` at `holder`.
    ///
    /// # Errors
    ///
    /// When there is no such address, or it is at something.
    pub fn bind_address(&mut self, id: &str, holder: (Holder, &str)) -> Result<(), NotDone> {
        let bind = |it: &mut Address| {
            if it.state != AddressState::Unbound {
                return Err(NotDone::WrongState);
            }
            (it.state, it.holder) = (AddressState::Bound, Some((holder.0, holder.1.to_owned())));
            Ok(())
        };
        self.addresses.change(id, bind).ok_or(NotDone::NotFound)?
    }

    /// Takes address `id` away from what it is at.
    ///
    /// # Errors
    ///
    /// When there is no such address, or it is at nothing.
    pub fn unbind_address(&mut self, id: &str) -> Result<(), NotDone> {
        let unbind = |it: &mut Address| {
            it.holder.take().ok_or(NotDone::WrongState)?;
            it.state = AddressState::Unbound;
            it.private_ip.clear();
            Ok(())
        };
        self.addresses.change(id, unbind).ok_or(NotDone::NotFound)?
    }

    /// Takes everything away from a machine that is no more.
    pub(super) fn let_go(&mut self, machine: &Machine, now: Timestamp) {
        for disk in self.disks_of(machine) {
            if disk.with_machine {
                self.disks.remove(&disk.id);
            } else if self.detach_disk(&disk.id, now).is_err() {
                tracing::debug!("disk {} was on no machine", disk.id);
            }
        }
        let bound: Vec<String> = self
            .addresses_of(&machine.id)
            .map(|it| it.id.clone())
            .collect();
        for id in bound {
            if self.unbind_address(&id).is_err() {
                tracing::debug!("address {id} was at nothing");
            }
        }
        if let Some(nodes) = machine
            .cluster
            .as_ref()
            .and_then(|it| self.nodes.get_mut(it))
        {
            let is_it = |it: &Node| it.machine.as_deref() == Some(&machine.id);
            let name = nodes.iter().find(|it| is_it(it)).map(|it| it.name.clone());
            drop(name.and_then(|name| nodes.remove(&name)));
        }
        let behind: Vec<String> = self
            .balancers
            .iter()
            .filter(|it| it.backends.iter().any(|it| it.id == machine.id))
            .map(|it| it.id().to_owned())
            .collect();
        for id in behind {
            self.balancers
                .change(&id, |it| it.backends.retain(|it| it.id != machine.id));
        }
    }

    /// Takes a disk that is no more away from its machine.
    pub(super) fn forget_disk(&mut self, id: &str, machine: Option<&str>) {
        if let Some(machine) = machine {
            self.machines
                .change(machine, |it| it.disks.retain(|it| it != id));
        }
    }

    /// Takes pools and nodes away with a cluster that is no more.
    pub(super) fn drop_cluster(&mut self, id: &str) {
        for node in self.nodes.remove(id).iter().flatten() {
            self.free_machine(node.machine.as_deref());
        }
        let pools: Vec<String> = self.pools_of(id).map(|it| it.id.clone()).collect();
        for pool in pools {
            self.pools.remove(&pool);
        }
    }

    pub(super) fn free_machine(&mut self, machine: Option<&str>) {
        if let Some(machine) = machine {
            self.machines.change(machine, |it| it.cluster = None);
        }
    }
}
