//! What a person should know: machines without copies, copies that are too old, what was not done,
//! and what stays although it is past its time.
//!
//! Invariant: a machine is called unprotected only where its copies and the cloud's own policies were
//! seen whole.

mod keys;

use std::collections::{BTreeMap, HashMap};

use cloud::{Census, Sighting};
use duty::{Choice, Finding, FindingKey, FindingState, Memory, Severity};
use jiff::{SignedDuration, Timestamp};
use model::{
    AccountId, CopyNoteSort, CopyState, Covers, Disk, Kind, Machine, MachineState, Protection,
    ResourceId, Scope, Snapshot, Tags,
};

use super::DUTY;
use super::ground::{Fate, Ground, House, barring_key};
use super::keeping::{fate, is_past, old_images};
use super::stock::{Bound, Set};
use crate::facts;
use crate::kind::BackupKind;
use crate::settings::{BackupSettings, Settings};

/// The lists that findings about machines rest on.
const LISTS: [&str; 3] = [Kind::INSTANCE, Kind::DISK, Kind::SNAPSHOT];
/// A set that is being made for longer than this will not become whole.
const STUCK: SignedDuration = SignedDuration::from_hours(24);
/// A copy so many times as old as it may be is a matter of now.
const GRAVE: i32 = 3;

/// Returns what was to be done and was not, one finding for each thing, from the first day on.
pub(super) fn mishaps(census: &Census, memory: &Memory, settings: &Settings) -> Vec<Finding> {
    let mut by_thing: BTreeMap<(&AccountId, &ResourceId), Vec<_>> = BTreeMap::new();
    for mishap in &memory.mishaps {
        let thing = (&mishap.account, &mishap.subject);
        by_thing.entry(thing).or_default().push(mishap);
    }
    let mut found = Vec::new();
    for ((account, subject), mishaps) in by_thing {
        let Some(first) = mishaps.iter().min_by_key(|it| it.since) else {
            continue;
        };
        let sight = census.accounts.get(account);
        let estate = sight.and_then(|it| it.estate.get(&first.region));
        let machine = estate
            .and_then(|it| it.machines.as_ref()?.seen())
            .and_then(|it| it.get().rows.iter().find(|it| it.id == *subject));
        let mut steps: Vec<&str> = mishaps.iter().map(|it| it.step.as_str()).collect();
        steps.sort_unstable();
        steps.dedup();
        let mut reasons: Vec<&str> = mishaps.iter().map(|it| it.why.as_str()).collect();
        reasons.sort_unstable();
        reasons.dedup();
        let makes = steps.iter().any(|it| !it.starts_with("delete"));
        let mut finding = Finding {
            key: key(BackupKind::NotDone, account, subject),
            severity: if makes {
                Severity::Warning
            } else {
                Severity::Notice
            },
            scopes: vec![Scope::global(account, Kind::IDENTITY)],
            name: machine.map_or_else(String::new, |it| it.name.clone()),
            owner: String::new(),
            tags: Tags::new(),
            evidence: BTreeMap::new(),
        };
        if let Some(machine) = machine {
            note_tags(&mut finding, &machine.tags, settings.of(account));
        }
        if let Some(sight) = sight {
            note(&mut finding, facts::CLOUD, &sight.cloud);
        }
        note(&mut finding, facts::REGION, &first.region);
        note(&mut finding, facts::STEPS, steps.join(","));
        note(&mut finding, facts::WHY, reasons.join("; "));
        note(&mut finding, facts::SINCE, first.since);
        found.push(finding);
    }
    found
}

/// Returns what there is to know of one identity.
pub(super) fn findings(houses: &[House<'_>], house: &House<'_>, memory: &Memory) -> Vec<Finding> {
    let mut found = Vec::new();
    for ground in &house.grounds {
        machines(ground, house.now, &mut found);
        held_images(ground, house.now, &mut found);
        gone((houses, house), ground, memory, &mut found);
        noted(ground, &mut found);
        keys::findings(houses, ground, &mut found);
    }
    found
}

/// Returns what costs money and stands in no list of copies: fast restores one by one, and the recycle
/// bin as a whole, as each day puts something in.
fn noted(ground: &Ground<'_>, found: &mut Vec<Finding>) {
    let notes = ground.sight.copy_notes.as_ref().and_then(Sighting::seen);
    let notes = notes.map_or(&[][..], |it| it.get().as_slice());
    for it in notes
        .iter()
        .filter(|it| it.sort == CopyNoteSort::FastRestore)
    {
        let lists = [Kind::COPY_NOTE];
        let mut finding = about(ground, BackupKind::FastRestore, &it.about, &lists);
        note(&mut finding, facts::ZONES, it.zones.join(","));
        found.push(finding);
    }
    let of = |sort: CopyNoteSort| notes.iter().filter(move |it| it.sort == sort);
    let snapshots = of(CopyNoteSort::BinnedSnapshot).count();
    let images = of(CopyNoteSort::BinnedImage).count();
    if snapshots + images > 0 {
        let bin = ResourceId::new(format!("{}/recycle-bin", ground.region));
        let mut finding = about(ground, BackupKind::RecycleBin, &bin, &[Kind::COPY_NOTE]);
        note(&mut finding, facts::SNAPSHOTS, snapshots);
        note(&mut finding, facts::IMAGES, images);
        if let Some(until) = notes.iter().filter_map(|it| it.until).max() {
            note(&mut finding, facts::UNTIL, until);
        }
        found.push(finding);
    }
}

/// Returns a finding about a thing of a region, with nothing but where it is. While one of `lists`
/// is not seen, it is neither there nor gone.
fn about(ground: &Ground<'_>, kind: BackupKind, id: &ResourceId, lists: &[&str]) -> Finding {
    let lists = lists.iter();
    let lists = lists.map(|it| Scope::regional(ground.account, ground.region, it));
    let identity = Scope::global(ground.account, Kind::IDENTITY);
    let mut finding = Finding {
        key: key(kind, ground.account, id),
        severity: Severity::Notice,
        scopes: std::iter::once(identity).chain(lists).collect(),
        name: String::new(),
        owner: String::new(),
        tags: Tags::new(),
        evidence: BTreeMap::new(),
    };
    note(&mut finding, facts::CLOUD, ground.cloud);
    note(&mut finding, facts::IDENTITY, ground.number);
    note(&mut finding, facts::REGION, ground.region);
    finding
}

fn key(kind: BackupKind, account: &AccountId, id: &ResourceId) -> FindingKey {
    FindingKey {
        duty: DUTY.to_owned(),
        kind: kind.word().to_owned(),
        account: account.clone(),
        resource: id.clone(),
    }
}

/// Returns the machines that ought to have copies and have none that is young enough.
fn machines(ground: &Ground<'_>, now: Timestamp, found: &mut Vec<Finding>) {
    let (Some(_), Some(_), Some(_)) = (ground.machines, ground.disks, &ground.stock) else {
        return;
    };
    let disks = ground.disks_by_machine();
    let newest = newest_by_disk(ground);
    for machine in ground.sorted_machines() {
        match ground.settings.require.choose(machine, now) {
            Choice::No => continue,
            Choice::Unknown(why) => {
                let mut finding = about(ground, BackupKind::Unclear, &machine.id, &LISTS);
                of_machine(&mut finding, machine, ground.settings);
                note(&mut finding, facts::WHY, why);
                found.push(finding);
                continue;
            }
            Choice::Yes => {}
        }
        let disks = disks.get(&machine.id).map_or(&[][..], Vec::as_slice);
        let required = Required {
            ground,
            machine,
            disks,
            now,
        };
        found.extend(required.compliance(&newest));
        found.extend(required.incomplete());
    }
}

/// Returns when the newest snapshot of each disk was begun that is whole and can be restored, whoever
/// made it.
fn newest_by_disk<'a>(ground: &Ground<'a>) -> HashMap<&'a ResourceId, Timestamp> {
    let mut newest: HashMap<&ResourceId, Timestamp> = HashMap::new();
    let rows = ground.stock.as_ref().map_or(&[][..], |it| it.rows);
    let is_barred = |it: &Snapshot| it.key.as_ref().is_some_and(|it| ground.barred.contains(it));
    let good = rows.iter().filter(|it| it.state == CopyState::Ready);
    for snapshot in good.filter(|it| !is_barred(it)) {
        if let (Some(disk), Some(created)) = (&snapshot.disk, snapshot.created) {
            let best = newest.entry(disk).or_insert(created);
            *best = created.max(*best);
        }
    }
    newest
}

/// A machine that ought to have copies.
struct Required<'g, 'a> {
    ground: &'g Ground<'a>,
    machine: &'a Machine,
    disks: &'g [&'a Disk],
    now: Timestamp,
}

impl Required<'_, '_> {
    fn sets(&self) -> &[Set] {
        let stock = self.ground.stock.as_ref();
        stock.map_or(&[], |it| it.sets_of(&self.machine.id))
    }

    /// Returns that it has no copy, or none that is young enough.
    fn compliance(&self, newest: &HashMap<&ResourceId, Timestamp>) -> Option<Finding> {
        let settings = self.ground.settings;
        let oldest = settings.oldest_copy(self.ground.period);
        let ours = self.sets().iter().find(|it| it.whole);
        // All of its disks, by whatever means: the oldest of the newest ones counts.
        let by_disk = self.disks.iter().map(|it| newest.get(&it.id).copied());
        let anyone: Option<Vec<Timestamp>> = by_disk.collect();
        let anyone = anyone.and_then(|it| it.into_iter().min());
        let newest = ours.map(|it| it.moment.at).max(anyone);
        let kind = match newest {
            Some(at) if self.now.duration_since(at) <= oldest => return None,
            Some(_) => BackupKind::Stale,
            None => BackupKind::Unprotected,
        };
        let age = self.machine.created.map(|it| self.now.duration_since(it));
        if newest.is_none() && age.is_some_and(|it| it <= oldest) {
            // Its first set is yet to come.
            return None;
        }
        // What the cloud itself keeps is a copy as good as ours, and has to have been seen.
        let covered = covered(self.ground.protections?, self.machine, self.disks);
        let mut finding = about(self.ground, kind, &self.machine.id, &LISTS);
        if self.ground.sight.protections.is_some() {
            let (account, region) = (self.ground.account, self.ground.region);
            let scope = Scope::regional(account, region, Kind::PROTECTION);
            finding.scopes.push(scope);
        }
        of_machine(&mut finding, self.machine, settings);
        let is_on = self.machine.state == MachineState::Running;
        finding.severity = match newest {
            // Of a machine that is off, an old copy is as good as a new one, mostly.
            Some(_) if !is_on => Severity::Notice,
            Some(at) if self.now.duration_since(at) > oldest * GRAVE => Severity::Urgent,
            _ => Severity::Warning,
        };
        if let Some(at) = newest {
            note(&mut finding, facts::NEWEST, at);
        }
        note(&mut finding, facts::MAX_AGE, oldest.as_hours());
        note(&mut finding, facts::COVERED_BY, covered.join(","));
        let barred = self.sets().iter().find(|it| it.bound == Some(Bound::Key));
        if let Some(set) = barred {
            note(
                &mut finding,
                facts::BARRED_BY,
                barring_key(self.ground, set),
            );
        }
        Some(finding)
    }

    /// Returns that its newest set is not whole, and will not be.
    fn incomplete(&self) -> Option<Finding> {
        let newest = self.sets().first().filter(|it| !it.whole)?;
        if newest.bound == Some(Bound::Key) {
            // All of it is there: what is wrong is told of its key.
            return None;
        }
        let age = self.now.duration_since(newest.moment.at);
        if newest.pending && age <= STUCK {
            return None;
        }
        let mut finding = about(
            self.ground,
            BackupKind::Incomplete,
            &self.machine.id,
            &LISTS,
        );
        of_machine(&mut finding, self.machine, self.ground.settings);
        finding.severity = Severity::Warning;
        note(&mut finding, facts::PERIOD, newest.moment.period);
        note(&mut finding, facts::THERE, newest.ready);
        note(&mut finding, facts::WANTED, newest.wanted);
        Some(finding)
    }
}

/// Returns what of the cloud's own keeps copies of all of a machine.
fn covered(protections: &[Protection], machine: &Machine, disks: &[&Disk]) -> Vec<String> {
    let has = |wanted: &Tags, tags: &Tags| {
        wanted
            .iter()
            .any(|(key, value)| tags.get(key) == Some(value))
    };
    let covers = |covers: &Covers| match covers {
        Covers::These(ids) => {
            let every = !disks.is_empty() && disks.iter().all(|it| ids.contains(&it.id));
            ids.contains(&machine.id) || every
        }
        Covers::MachinesTagged(tags) => has(tags, &machine.tags),
        Covers::DisksTagged(tags) => {
            !disks.is_empty() && disks.iter().all(|it| has(tags, &it.tags))
        }
    };
    let active = protections.iter().filter(|it| it.active);
    let mut covered: Vec<String> = active
        .filter(|it| covers(&it.covers))
        .map(|it| format!("{} {}", it.service, it.policy))
        .collect();
    covered.sort();
    covered
}

/// Returns the images that are past their time and that something holds.
fn held_images(ground: &Ground<'_>, now: Timestamp, found: &mut Vec<Finding>) {
    for old in old_images(ground, now) {
        let Some(holder) = old.holder else {
            continue;
        };
        let lists = [Kind::IMAGE, Kind::INSTANCE, Kind::IMAGE_USE];
        let mut finding = about(ground, BackupKind::HeldImage, &old.image.id, &lists);
        finding.name.clone_from(&old.image.name);
        note_tags(&mut finding, &old.image.tags, ground.settings);
        note(&mut finding, facts::HELD_BY, holder);
        note(&mut finding, facts::MACHINE, &old.set.machine);
        if let Some(created) = old.image.created {
            note(&mut finding, facts::CREATED, created);
        }
        found.push(finding);
    }
}

/// Returns the last copies of machines that are gone for long. One that was told before stays told
/// while the cloud cannot be asked.
fn gone(
    (houses, house): (&[House<'_>], &House<'_>),
    ground: &Ground<'_>,
    memory: &Memory,
    found: &mut Vec<Finding>,
) {
    let Some(stock) = &ground.stock else {
        return;
    };
    for owner in &stock.machines {
        let sets = stock.sets(owner);
        let Some(last) = sets.iter().find(|it| it.whole) else {
            continue;
        };
        let id = ResourceId::new(owner.machine);
        let key = key(BackupKind::LastCopy, ground.account, &id);
        let is_told = || {
            let mut known = memory.findings.iter();
            known.any(|it| it.finding.key == key && it.state != FindingState::Gone)
        };
        let (fate, home) = fate(houses, house, ground, owner);
        let is_gone = match fate {
            Fate::Gone => true,
            Fate::Missing | Fate::Unseen => is_told(),
            Fate::Here | Fate::Elsewhere => false,
        };
        if !home.is(ground) || !is_gone || !is_past(last, ground, house.now) {
            continue;
        }
        let lists = [Kind::INSTANCE, Kind::SNAPSHOT];
        let mut finding = about(ground, BackupKind::LastCopy, &id, &lists);
        let tags = stock.snapshots(last).first().map(|it| &it.tags);
        if let Some(tags) = tags {
            finding.name = tags.get("Name").cloned().unwrap_or_default();
            note_tags(&mut finding, tags, ground.settings);
        }
        note(&mut finding, facts::PERIOD, last.moment.period);
        note(&mut finding, facts::NEWEST, last.moment.at);
        note(&mut finding, facts::SIZE_GIB, last.gib);
        found.push(finding);
    }
}

fn of_machine(finding: &mut Finding, machine: &Machine, settings: &BackupSettings) {
    finding.name.clone_from(&machine.name);
    note_tags(finding, &machine.tags, settings);
    let state = match &machine.state {
        MachineState::Running => "",
        MachineState::Pending => "pending",
        MachineState::Changing => "changing",
        MachineState::Stopped => "stopped",
        MachineState::Leaving => "leaving",
        MachineState::Recycled => "recycled",
        MachineState::Other(word) => word,
    };
    note(finding, facts::STATE, state);
}

/// Writes down the tags of a thing, and its owner as they say.
fn note_tags(finding: &mut Finding, tags: &Tags, settings: &BackupSettings) {
    let mut owners = settings.owner_tags.iter().filter_map(|it| tags.get(it));
    if let Some(owner) = owners.find(|it| !it.trim().is_empty()) {
        finding.owner = owner.trim().to_owned();
    }
    finding.tags.clone_from(tags);
}

/// Writes down one fact; an empty one is left out.
fn note(finding: &mut Finding, name: &str, value: impl ToString) {
    let value = value.to_string();
    if !value.is_empty() {
        finding.evidence.insert(name.to_owned(), value);
    }
}
