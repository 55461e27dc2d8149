//! The proof that a copy can be used: a disk of it, for a while.

use duty::{Reason, Step};
use model::{Disk, Machine, Snapshot};

use super::Beyond;
use super::source::Source;
use crate::rules::draft::Draft;
use crate::rules::making::called;
use crate::rules::stock::Set;
use crate::rules::{ROOT_TAG, YES};

impl<'a> Source<'_, 'a> {
    /// Writes down that a disk is made of the set, put on a machine, and removed.
    pub(super) fn proof(
        &self,
        who: &str,
        set: &Set,
        on: Option<&Machine>,
        draft: &mut Draft,
    ) -> Result<(), Beyond> {
        let zone = on.or(self.machine).map(|it| it.zone.clone());
        let zone = zone.filter(|it| !it.is_empty());
        let zone = zone.ok_or_else(|| Beyond::ZoneNeeded {
            who: who.to_owned(),
        })?;
        let Some(snapshot) = self.provable(set) else {
            let who = who.to_owned();
            return Err(match self.snapshots(set).is_empty() {
                true => Beyond::NoSet { who, at: None },
                false => Beyond::RootOnly { who },
            });
        };
        let made_by = self.disk(set, snapshot, &zone, "proof_disk", draft);
        let mut after = vec![made_by];
        if let Some(on) = on {
            let step = Step::AttachDisk {
                made_by,
                machine: on.id.clone(),
                device: self.free_device(on),
            };
            let reason = Reason::new("proof_attach", [("machine", called(on))]);
            after.push(draft.step(self.spot(), step, reason, vec![made_by], None));
        }
        let step = Step::DropDisk {
            made_by,
            machine: on.map(|it| it.id.clone()),
        };
        draft.step(
            self.spot(),
            step,
            Reason::new("proof_drop", []),
            after,
            None,
        );
        Ok(())
    }

    /// Returns the snapshot of a set of which a disk is made as the proof: that of the root disk, which
    /// a machine cannot do without, or where the cloud makes no disk of that, one of another disk.
    pub(super) fn provable(&self, set: &Set) -> Option<&'a Snapshot> {
        let snapshots = self.snapshots(set);
        let mut all = snapshots.iter().copied();
        match self.ground.all.no_disk_of_root.contains(self.ground.cloud) {
            true => all.find(|it| !self.is_of_root(it)),
            false => {
                let root = snapshots.iter().copied().find(|it| self.is_of_root(it));
                root.or_else(|| all.next())
            }
        }
    }

    fn is_of_root(&self, snapshot: &Snapshot) -> bool {
        let is_tagged = snapshot.tags.get(ROOT_TAG).map(String::as_str) == Some(YES);
        let root = self.machine.and_then(|it| it.root_disk.as_ref());
        is_tagged || (root.is_some() && snapshot.disk.as_ref() == root)
    }

    /// Returns a name for a disk on a machine that none of its disks has, for clouds that want one.
    fn free_device(&self, machine: &Machine) -> Option<String> {
        let disks = self.ground.disks_by_machine();
        let disks: &[&Disk] = disks.get(&machine.id).map_or(&[], Vec::as_slice);
        let letter = |it: &Disk| it.device.chars().next_back();
        let taken: Vec<Option<char>> = disks.iter().map(|it| letter(it)).collect();
        let mut free = ('f'..='p').rev().filter(|it| !taken.contains(&Some(*it)));
        free.next().map(|it| format!("/dev/sd{it}"))
    }
}
