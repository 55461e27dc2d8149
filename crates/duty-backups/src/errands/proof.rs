//! The proof that a copy can be used: a disk of it, for a while.

use duty::{Reason, Step};
use model::{Disk, Machine, Snapshot};

use super::Beyond;
use super::source::Source;
use crate::rules::draft::Draft;
use crate::rules::making::called;
use crate::rules::stock::Set;
use crate::rules::{ROOT_TAG, YES};

impl Source<'_, '_> {
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
        let snapshots = self.snapshots(set);
        let is_root = |it: &&&Snapshot| it.tags.get(ROOT_TAG).map(String::as_str) == Some(YES);
        let root = snapshots.iter().find(is_root).or(snapshots.first());
        let Some(snapshot) = root else {
            return Err(Beyond::NoSet {
                who: who.to_owned(),
                at: None,
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
