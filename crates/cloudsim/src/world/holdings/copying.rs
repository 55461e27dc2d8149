//! Snapshots as somebody asks a cloud for them: begun, whole by world time, shared, locked, archived, copied.

use jiff::Timestamp;

use super::Holdings;
use crate::world::World;
use crate::world::account::{Account, Uid};
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
    /// Begins a copy of a snapshot of account `uid`, or of one that is shared with it, in region `to`; until the
    /// copy is whole its source stays.
    ///
    /// # Errors
    ///
    /// When there is no such snapshot, it is not whole, it is in the archive, or a key cannot be used.
    pub fn copy_snapshot(&self, uid: Uid, to: &str, order: CopyOrder) -> Result<String, Hindrance> {
        let owner = self.owner_of(uid, &order.from, &order.snapshot);
        let source = self.truth(owner, &order.from);
        let snapshot = source.whole(&order.snapshot)?;
        let is_foreign = owner != uid;
        if is_foreign {
            source.sharable(&snapshot)?;
        }
        // Whether another account may use a key shows only once it is used.
        let key = snapshot.key.as_deref().and_then(|it| source.keys.get(it));
        let fails = is_foreign && key.is_some_and(|it| !it.open);
        if snapshot.tier == Tier::Archive {
            return Err(Hindrance::Archived);
        }
        source.usable(snapshot.key.as_deref())?;
        let from = order.from.clone();
        let begun = self.change(uid, to, |held, now| {
            let begun = held.begin_copy(&snapshot, order, now)?;
            held.snapshots.change(&begun.0, |it| it.fails |= fails);
            Ok::<_, Hindrance>(begun)
        });
        let (id, ready_at) = begun.ok_or_else(|| Hindrance::NotFound(snapshot.id.clone()))??;
        self.change(owner, &from, |held, _| {
            held.snapshots.change(&snapshot.id, |it| {
                it.copying_until = it.copying_until.max(Some(ready_at));
            })
        });
        Ok(id)
    }

    /// Returns who owns a snapshot that an account can copy: itself, or who shares it.
    fn owner_of(&self, uid: Uid, region: &str, id: &str) -> Uid {
        let who = self.find_account(|it| (it.uid == uid).then(|| (it.cloud(), it.number())));
        let Some((cloud, number)) = who else {
            return uid;
        };
        let lends = |it: &Account| {
            let snapshot = it.regions.at(region).snapshots.get(id)?;
            let mut with = snapshot.shared_with.iter();
            let is_ours = with.any(|it| *it == number || it == "all");
            (it.uid != uid && it.cloud() == cloud && is_ours).then_some(it.uid)
        };
        self.find_account(lends).unwrap_or(uid)
    }

    /// Shares a snapshot with other accounts, or no longer, by their numbers or `all`. What is being copied by a
    /// leave that ends goes wrong.
    ///
    /// # Errors
    ///
    /// When there is no such snapshot, or no other account can use its key.
    pub fn share_snapshot(
        &self,
        uid: Uid,
        region: &str,
        id: &str,
        sharing: &Sharing,
    ) -> Result<(), Hindrance> {
        let changed = self.change(uid, region, |held, now| held.share(id, sharing, now));
        changed.ok_or_else(|| Hindrance::NotFound(id.to_owned()))??;
        for number in &sharing.remove {
            let whose = |it: &Account| (it.number() == *number).then_some(it.uid);
            let Some(borrower) = self.find_account(whose).filter(|it| *it != uid) else {
                continue;
            };
            let source = Some((region.to_owned(), id.to_owned()));
            self.edit(borrower, |it| it.regions.spoil_copies(source.as_ref()));
        }
        Ok(())
    }
}

/// Whom something is shared with from now on, and whom no longer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sharing {
    /// Accounts by their numbers, or `all`.
    pub add: Vec<String>,
    /// Accounts by their numbers, or `all`.
    pub remove: Vec<String>,
}

impl Holdings {
    fn share(&mut self, id: &str, sharing: &Sharing, now: Timestamp) -> Result<(), Hindrance> {
        let snapshot = self.snapshots.get(id);
        let snapshot = snapshot.ok_or_else(|| Hindrance::NotFound(id.to_owned()))?;
        if !sharing.add.is_empty() {
            self.sharable(snapshot)?;
        }
        let (of, tags) = (snapshot.disk.clone(), snapshot.tags.clone());
        let mut with = snapshot.shared_with.clone();
        let before = with.clone();
        with.retain(|it| !sharing.remove.contains(it));
        let is_less = with.len() < before.len();
        let added = sharing.add.iter().filter(|it| !before.contains(it));
        with.extend(added.cloned());
        let is_more = with.iter().any(|it| !before.contains(it));
        self.snapshots.change(id, |it| it.shared_with = with);
        for (act, is_done) in [(Act::Shared, is_more), (Act::Unshared, is_less)] {
            if is_done {
                self.note_deed(act, Sort::Snapshot, id, &of, &tags, now);
            }
        }
        Ok(())
    }

    /// Returns why no other account can use a snapshot.
    fn sharable(&self, snapshot: &Snapshot) -> Result<(), Hindrance> {
        let key = snapshot.key.as_deref().and_then(|it| self.keys.get(it));
        let is_default = key.is_some_and(|it| it.default) || snapshot.key.is_none();
        match snapshot.encrypted && is_default {
            true => Err(Hindrance::DefaultKey),
            false => Ok(()),
        }
    }

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
