//! Things that go, as somebody asks a cloud for it, and machines that are switched off and on.

use jiff::Timestamp;

use super::Holdings;
use crate::world::changes::Hindrance;
use crate::world::copies::{Snapshot, SnapshotSet};
use crate::world::deeds::{Act, Sort};
use crate::world::machines::MachineState;
use crate::world::network::AddressState;
use crate::world::storage::DiskState;
use crate::world::terms::{Turn, later};

/// Whether a machine is to be on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Power {
    /// On.
    On,
    /// Off.
    Off,
}

impl Holdings {
    /// Deletes a snapshot as a cloud does: into the recycle bin, where there is one. One that is under way ends.
    ///
    /// # Errors
    ///
    /// When there is none, an image stands on it (a disabled or binned one too), it is locked, or it is being copied.
    pub fn delete_snapshot(&mut self, id: &str, now: Timestamp) -> Result<(), Hindrance> {
        let snapshot = self.snapshots.get(id);
        let snapshot = snapshot.ok_or_else(|| Hindrance::NotFound(id.to_owned()))?;
        if !snapshot.images.is_empty() {
            return Err(Hindrance::InUse(snapshot.images.clone()));
        }
        if snapshot.locked {
            return Err(Hindrance::Locked);
        }
        if snapshot.copying_until.is_some() {
            return Err(Hindrance::Copying);
        }
        let snapshot = Snapshot::clone(snapshot);
        self.snapshots.remove(id);
        self.forget_snapshot(&snapshot);
        self.note_deed(
            Act::Deleted,
            Sort::Snapshot,
            id,
            &snapshot.disk,
            &snapshot.tags,
            now,
        );
        if let Some(keeps) = self.rules.bin_keeps {
            let ends = Some(later(now, keeps));
            self.binned_snapshots.put(Snapshot { ends, ..snapshot });
        }
        Ok(())
    }

    /// Takes a deleted snapshot out of the recycle bin again.
    ///
    /// # Errors
    ///
    /// When it is not in the bin.
    pub fn restore_snapshot(&mut self, id: &str) -> Result<(), Hindrance> {
        let binned = self.binned_snapshots.remove(id);
        let binned = binned.ok_or_else(|| Hindrance::NotFound(id.to_owned()))?;
        self.snapshots.put(Snapshot {
            ends: None,
            ..Snapshot::clone(&binned)
        });
        Ok(())
    }

    /// Deletes a group of snapshots with all that is left of it, or nothing.
    ///
    /// # Errors
    ///
    /// When there is none, or one of its snapshots stays.
    pub fn delete_set(&mut self, id: &str, now: Timestamp) -> Result<(), Hindrance> {
        let set = self.sets.get(id);
        let set = set.ok_or_else(|| Hindrance::NotFound(id.to_owned()))?;
        let set = SnapshotSet::clone(set);
        let rows = set.snapshots.iter();
        for snapshot in rows.filter_map(|it| self.snapshots.get(it)) {
            if !snapshot.images.is_empty() {
                return Err(Hindrance::InUse(snapshot.images.clone()));
            }
            if snapshot.locked {
                return Err(Hindrance::Locked);
            }
            if snapshot.copying_until.is_some() {
                return Err(Hindrance::Copying);
            }
        }
        for snapshot in &set.snapshots {
            self.delete_snapshot(snapshot, now)?;
        }
        self.sets.remove(id);
        let of = set.machine.clone().unwrap_or_default();
        self.note_deed(Act::Deleted, Sort::SnapshotSet, id, &of, &set.tags, now);
        Ok(())
    }

    /// Takes a snapshot that is no more out of its group, and a group that is empty then away.
    pub(super) fn forget_snapshot(&mut self, snapshot: &Snapshot) {
        let Some(set) = &snapshot.set else {
            return;
        };
        let left = self.sets.change(set, |it| {
            it.snapshots.retain(|it| *it != snapshot.id);
            it.snapshots.len()
        });
        if left == Some(0) {
            self.sets.remove(set);
        }
    }

    /// Deletes a disk that is on no machine.
    ///
    /// # Errors
    ///
    /// When there is none, or it is on a machine or on its way.
    pub fn delete_disk(&mut self, id: &str, now: Timestamp) -> Result<(), Hindrance> {
        let disk = self.disks.get(id);
        let disk = disk.ok_or_else(|| Hindrance::NotFound(id.to_owned()))?;
        if let Some(machine) = &disk.machine {
            return Err(Hindrance::InUse(vec![machine.clone()]));
        }
        if disk.state != DiskState::Unattached {
            return Err(Hindrance::WrongState(id.to_owned()));
        }
        let tags = disk.tags.clone();
        self.disks.remove(id);
        self.note_deed(Act::Deleted, Sort::Disk, id, "", &tags, now);
        Ok(())
    }

    /// Gives an address back that nothing uses.
    ///
    /// # Errors
    ///
    /// When there is none, or it is at something.
    pub fn release_address(&mut self, id: &str, now: Timestamp) -> Result<(), Hindrance> {
        let address = self.addresses.get(id);
        let address = address.ok_or_else(|| Hindrance::NotFound(id.to_owned()))?;
        if let Some((_, holder)) = &address.holder {
            return Err(Hindrance::InUse(vec![holder.clone()]));
        }
        if address.state != AddressState::Unbound {
            return Err(Hindrance::WrongState(id.to_owned()));
        }
        let tags = address.tags.clone();
        self.addresses.remove(id);
        self.note_deed(Act::Deleted, Sort::Address, id, "", &tags, now);
        Ok(())
    }

    /// Deletes a machine, whatever its state; its disks go with it as they say themselves.
    ///
    /// # Errors
    ///
    /// When there is none, it is protected, or it is being deleted.
    pub fn delete_machine(&mut self, id: &str, now: Timestamp) -> Result<(), Hindrance> {
        let tags = self.machines.get(id).map(|it| it.tags.clone());
        self.terminate(id, now)
            .map_err(|it| Hindrance::of(id, it))?;
        let tags = tags.unwrap_or_default();
        self.note_deed(Act::Deleted, Sort::Machine, id, "", &tags, now);
        Ok(())
    }

    /// Switches a machine off or on; one that is so already, or on its way, stays as it is.
    ///
    /// # Errors
    ///
    /// When there is none, or it is neither on nor off.
    pub fn switch_machine(
        &mut self,
        id: &str,
        power: Power,
        now: Timestamp,
    ) -> Result<(), Hindrance> {
        use MachineState::{Running, Starting, Stopped, Stopping};
        let machine = self.machines.get(id);
        let machine = machine.ok_or_else(|| Hindrance::NotFound(id.to_owned()))?;
        let (through, then, act) = match (power, &machine.state) {
            (Power::Off, Stopped | Stopping) | (Power::On, Running | Starting) => return Ok(()),
            (Power::Off, Running) => (Stopping, Stopped, Act::Stopped),
            (Power::On, Stopped) => (Starting, Running, Act::Started),
            _ => return Err(Hindrance::WrongState(id.to_owned())),
        };
        let tags = machine.tags.clone();
        let takes = self.rules.machine_takes;
        self.machines
            .change(id, |it| it.turn_through(through, then, now, takes));
        self.note_deed(act, Sort::Machine, id, "", &tags, now);
        Ok(())
    }

    /// Takes a disk off its machine; it is off once the world's time has come.
    ///
    /// # Errors
    ///
    /// When there is none, it is not on that machine, or the machine starts from it and is not off.
    pub fn begin_detach(
        &mut self,
        id: &str,
        machine: &str,
        now: Timestamp,
    ) -> Result<(), Hindrance> {
        let disk = self.disks.get(id);
        let disk = disk.ok_or_else(|| Hindrance::NotFound(id.to_owned()))?;
        if disk.machine.as_deref() != Some(machine) || disk.state != DiskState::Attached {
            return Err(Hindrance::WrongState(id.to_owned()));
        }
        let state = self.machines.get(machine).map(|it| it.state.clone());
        if disk.system && state.is_some_and(|it| it != MachineState::Stopped) {
            return Err(Hindrance::WrongState(machine.to_owned()));
        }
        let tags = disk.tags.clone();
        let off = later(now, self.rules.attach_takes);
        self.disks.change(id, |it| {
            it.state = DiskState::Detaching;
            it.turn = Turn::into(off, DiskState::Unattached);
        });
        self.machines
            .change(machine, |it| it.disks.retain(|it| it != id));
        self.note_deed(Act::Detached, Sort::Disk, id, machine, &tags, now);
        Ok(())
    }
}
