//! Snapshots as somebody asks a cloud for them: begun, whole by world time, shared, locked, archived, copied.

use jiff::Timestamp;

use super::Holdings;
use crate::world::World;
use crate::world::account::Uid;
use crate::world::changes::Hindrance;
use crate::world::copies::{CopyState, Snapshot, SnapshotSet, Tier};
use crate::world::deeds::{Act, Sort};
use crate::world::machines::Tags;
use crate::world::rules::HasCopy;
use crate::world::storage::{Disk, DiskState};
use crate::world::terms::later;

/// A snapshot that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SnapshotOrder {
    /// The disk.
    pub disk: String,
    /// Its name; may be empty.
    pub name: String,
    /// Words of whoever wants it.
    pub description: String,
    /// Whether a disk can be made of it at once.
    pub instant: bool,
    /// When the cloud deletes it by itself.
    pub ends: Option<Timestamp>,
    /// Its tags.
    pub tags: Tags,
}

impl SnapshotOrder {
    /// Returns the wish for a snapshot of `disk`.
    #[must_use]
    pub fn of(disk: impl Into<String>) -> Self {
        Self {
            disk: disk.into(),
            ..Self::default()
        }
    }
}

/// Snapshots of one instant that are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SetOrder {
    /// The machine, where it was named.
    pub machine: Option<String>,
    /// The group's own name; may be empty.
    pub name: String,
    /// Words of whoever wants it.
    pub description: String,
    /// The group's own tags.
    pub tags: Tags,
    /// The snapshots.
    pub snapshots: Vec<SnapshotOrder>,
}

/// A copy of a snapshot that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CopyOrder {
    /// The region it stands in.
    pub from: String,
    /// The snapshot there.
    pub snapshot: String,
    /// The copy's name; may be empty.
    pub name: String,
    /// Words of whoever wants it.
    pub description: String,
    /// Whether the copy is encrypted although the snapshot is not.
    pub encrypted: bool,
    /// The key of the copy; the region's default when `None` and it is encrypted.
    pub key: Option<String>,
    /// When the cloud deletes it by itself.
    pub ends: Option<Timestamp>,
    /// Its tags.
    pub tags: Tags,
}

/// Snapshots that are to go wrong.
#[derive(Debug, Clone)]
pub(super) struct Doom {
    /// Of which disk; of any when `None`.
    disk: Option<String>,
    times: u32,
}

impl Holdings {
    /// Begins a snapshot; it is whole once the world's time has come.
    ///
    /// # Errors
    ///
    /// When there is no such disk, it is being made or recycled, had too many snapshots of late, its key cannot be
    /// used, or there are as many as there may be.
    pub fn begin_snapshot(
        &mut self,
        order: SnapshotOrder,
        now: Timestamp,
    ) -> Result<String, Hindrance> {
        let disk = self.snapshottable(&order.disk, now)?;
        self.room_for_snapshots(1)?;
        Ok(self.snapshot_of(&disk, order, None, now))
    }

    /// Begins snapshots of one instant, all of them or none; returns the ids in the order of the wishes.
    ///
    /// # Errors
    ///
    /// As [`Holdings::begin_snapshot`].
    pub fn begin_snapshots(
        &mut self,
        orders: Vec<SnapshotOrder>,
        now: Timestamp,
    ) -> Result<Vec<String>, Hindrance> {
        let disks = orders.iter().map(|it| self.snapshottable(&it.disk, now));
        let disks = disks.collect::<Result<Vec<_>, _>>()?;
        self.room_for_snapshots(disks.len())?;
        let orders = disks.into_iter().zip(orders);
        Ok(orders
            .map(|(disk, order)| self.snapshot_of(&disk, order, None, now))
            .collect())
    }

    /// Begins snapshots of one instant, of which the cloud keeps a record; returns the record's id.
    ///
    /// # Errors
    ///
    /// As [`Holdings::begin_snapshot`].
    pub fn begin_set(&mut self, order: SetOrder, now: Timestamp) -> Result<String, Hindrance> {
        let disks = order.snapshots.iter();
        let disks = disks.map(|it| self.snapshottable(&it.disk, now));
        let disks = disks.collect::<Result<Vec<_>, _>>()?;
        self.room_for_snapshots(disks.len())?;
        let id = self.fresh_id(Sort::SnapshotSet);
        let orders = disks.into_iter().zip(order.snapshots);
        let snapshots = orders
            .map(|(disk, order)| self.snapshot_of(&disk, order, Some(id.clone()), now))
            .collect();
        let of = order.machine.clone().unwrap_or_default();
        self.note_deed(Act::Created, Sort::SnapshotSet, &id, &of, &order.tags, now);
        self.sets.put(SnapshotSet {
            id: id.clone(),
            name: order.name,
            description: order.description,
            machine: order.machine,
            snapshots,
            created: now,
            shown_from: self.shown_from(now),
            tags: order.tags,
        });
        Ok(id)
    }

    /// Lets the next `times` snapshots of `disk`, or of any disk, end as failed instead of whole.
    pub fn fail_next_snapshots(&mut self, disk: Option<&str>, times: u32) {
        let disk = disk.map(str::to_owned);
        self.doomed.push(Doom { disk, times });
    }

    /// Lets a snapshot that is under way end as failed.
    ///
    /// # Errors
    ///
    /// When there is none, or it is not under way.
    pub fn fail_snapshot(&mut self, id: &str) -> Result<(), Hindrance> {
        let fail = |it: &mut Snapshot| {
            it.fails = true;
            it.state == CopyState::Pending
        };
        match self.snapshots.change(id, fail) {
            Some(true) => Ok(()),
            Some(false) => Err(Hindrance::WrongState(id.to_owned())),
            None => Err(Hindrance::NotFound(id.to_owned())),
        }
    }

    /// Puts a whole snapshot into the archive.
    ///
    /// # Errors
    ///
    /// When there is none, or it is not whole.
    pub fn archive_snapshot(&mut self, id: &str) -> Result<(), Hindrance> {
        let snapshot = self.whole(id)?;
        drop(snapshot);
        self.snapshots.change(id, |it| it.tier = Tier::Archive);
        Ok(())
    }

    /// Returns a snapshot that is whole.
    ///
    /// # Errors
    ///
    /// When there is none, or it is not whole.
    pub fn whole(&self, id: &str) -> Result<std::sync::Arc<Snapshot>, Hindrance> {
        let snapshot = self.snapshots.get(id);
        let snapshot = snapshot.ok_or_else(|| Hindrance::NotFound(id.to_owned()))?;
        match snapshot.state {
            CopyState::Ready => Ok(snapshot.clone()),
            _ => Err(Hindrance::NotReady(id.to_owned())),
        }
    }

    /// Returns why a thing encrypted with `key` can be neither read nor copied; the cloud's own key always can.
    ///
    /// # Errors
    ///
    /// When the key is known and switched off.
    pub fn usable(&self, key: Option<&str>) -> Result<(), Hindrance> {
        let known = key.and_then(|it| self.keys.get(it));
        match known.filter(|it| !it.is_usable()) {
            Some(key) => Err(Hindrance::KeyUnusable(key.id.clone())),
            None => Ok(()),
        }
    }

    fn snapshottable(&self, id: &str, now: Timestamp) -> Result<Disk, Hindrance> {
        let disk = self.disks.get(id);
        let disk = disk.ok_or_else(|| Hindrance::NotFound(id.to_owned()))?;
        if matches!(disk.state, DiskState::Creating | DiskState::Recycled) {
            return Err(Hindrance::WrongState(id.to_owned()));
        }
        self.usable(disk.key.as_deref())?;
        let copies = || self.snapshots.iter().filter(|it| it.disk == id);
        let pending = || copies().filter(|it| it.state == CopyState::Pending);
        if let Some(most) = self.rules.most_pending_copies
            && pending().count() >= most
        {
            let disk = id.to_owned();
            return Err(Hindrance::TooManyPending { disk, most });
        }
        if let Some(apart) = self.rules.least_between_copies
            && let Some(last) = pending().map(|it| it.created).max()
            && now.duration_since(last) < apart
        {
            return Err(Hindrance::TooSoon {
                disk: id.to_owned(),
                wait: apart - now.duration_since(last),
            });
        }
        if let Some(most) = self.rules.most_copies_of_disk
            && copies().filter(|it| it.policy.is_none()).count() >= most
        {
            let what = "snapshots of this disk";
            return Err(Hindrance::UsedUp { what, most });
        }
        Ok(Disk::clone(disk))
    }

    pub(super) fn room_for_snapshots(&self, more: usize) -> Result<(), Hindrance> {
        match self.rules.most_snapshots {
            Some(most) if self.snapshots.len() + more > most => {
                let what = "snapshots";
                Err(Hindrance::UsedUp { what, most })
            }
            _ => Ok(()),
        }
    }

    pub(super) fn snapshot_of(
        &mut self,
        disk: &Disk,
        order: SnapshotOrder,
        set: Option<String>,
        now: Timestamp,
    ) -> String {
        let whole = |it: &Snapshot| it.disk == disk.id && it.state == CopyState::Ready;
        let has_copy = match self.snapshots.iter().any(|it| whole(it)) {
            true => HasCopy::Yes,
            false => HasCopy::No,
        };
        let changed_gib = self.rules.changed_gib(disk.size_gib, has_copy);
        let id = self.fresh_id(Sort::Snapshot);
        let ready_at = later(now, self.rules.copy_takes(changed_gib));
        let fails = self.is_doomed(&disk.id);
        self.note_deed(
            Act::Created,
            Sort::Snapshot,
            &id,
            &disk.id,
            &order.tags,
            now,
        );
        let snapshot = Snapshot::new(&id, &disk.id, disk.size_gib, now).ready_at(ready_at);
        self.snapshots.put(Snapshot {
            name: order.name,
            description: order.description,
            system: disk.system,
            ends: order.ends,
            changed_gib,
            instant: order.instant,
            encrypted: disk.encrypted,
            key: disk.key.clone(),
            set,
            fails,
            shown_from: self.shown_from(now),
            tags: order.tags,
            ..snapshot
        });
        id
    }

    fn is_doomed(&mut self, disk: &str) -> bool {
        let hits = |it: &Doom| it.disk.as_deref().is_none_or(|it| it == disk);
        let Some(at) = self.doomed.iter().position(hits) else {
            return false;
        };
        self.doomed[at].times -= 1;
        self.doomed.retain(|it| it.times > 0);
        true
    }
}

impl World {
    /// Begins a copy of a snapshot of account `uid` in region `to`; until the copy is whole its source stays.
    ///
    /// # Errors
    ///
    /// When there is no such snapshot, it is not whole, it is in the archive, or a key cannot be used.
    pub fn copy_snapshot(&self, uid: Uid, to: &str, order: CopyOrder) -> Result<String, Hindrance> {
        let source = self.truth(uid, &order.from);
        let snapshot = source.whole(&order.snapshot)?;
        if snapshot.tier == Tier::Archive {
            return Err(Hindrance::Archived);
        }
        source.usable(snapshot.key.as_deref())?;
        let from = order.from.clone();
        let begun = self.change(uid, to, |held, now| held.begin_copy(&snapshot, order, now));
        let (id, ready_at) = begun.ok_or_else(|| Hindrance::NotFound(snapshot.id.clone()))??;
        self.change(uid, &from, |held, _| {
            held.snapshots.change(&snapshot.id, |it| {
                it.copying_until = it.copying_until.max(Some(ready_at));
            })
        });
        Ok(id)
    }
}

impl Holdings {
    fn begin_copy(
        &mut self,
        of: &Snapshot,
        order: CopyOrder,
        now: Timestamp,
    ) -> Result<(String, Timestamp), Hindrance> {
        self.room_for_snapshots(1)?;
        let encrypted = of.encrypted || order.encrypted || order.key.is_some();
        let default = self.keys.iter().find(|it| it.default);
        let default = default.map(|it| it.id.clone()).filter(|_| encrypted);
        let key = order.key.or(default);
        self.usable(key.as_deref())?;
        let id = self.fresh_id(Sort::Snapshot);
        let ready_at = later(now, self.rules.copy_takes(of.size_gib));
        let fails = self.is_doomed(&of.disk);
        self.note_deed(Act::Created, Sort::Snapshot, &id, &of.id, &order.tags, now);
        // A copy knows where it is from, and not the disk: that stands in another region.
        let copy = Snapshot::new(&id, "", of.size_gib, now).ready_at(ready_at);
        self.snapshots.put(Snapshot {
            name: order.name,
            description: order.description,
            system: of.system,
            ends: order.ends,
            encrypted,
            key,
            source: Some((order.from, order.snapshot)),
            fails,
            shown_from: self.shown_from(now),
            tags: order.tags,
            ..copy
        });
        Ok((id, ready_at))
    }
}
