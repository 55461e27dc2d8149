//! Copies that older scripts made are taken on: they get the tags of sets.
//!
//! Invariant: what carries any tag that those scripts did not set is a person's, and stays one.

use std::collections::BTreeMap;

use cloud::Census;
use duty::{Plan, Reason, Step, Tagged};
use jiff::{SignedDuration, Timestamp};
use model::{
    CopyState, DiskState, Image, Machine, ResourceId, SET_TAG, SetId, Snapshot, Tags, WEEK_TAG,
};

use crate::rules::draft::Draft;
use crate::rules::ground::{Ground, houses};
use crate::rules::keeping::set_of_image;
use crate::rules::names::{Week, mapped};
use crate::rules::{AUTO_TAG, COUNT_TAG, IMAGE_TAG, ROOT_TAG, YES};
use crate::settings::Settings;

/// The snapshots of one run were begun within this.
const RUN: SignedDuration = SignedDuration::from_hours(1);
/// The tags that older scripts set.
const THEIRS: [&str; 4] = ["Name", AUTO_TAG, ROOT_TAG, IMAGE_TAG];

/// Plans to take on the snapshots and images of older scripts, which knew them by their tags alone.
///
/// Whose a snapshot is, is told by the disk it is of; where that is gone it stays as it is.
#[must_use]
pub fn adopt_plan(census: &Census, settings: &Settings, now: Timestamp) -> Plan {
    let mut draft = Draft::new(now);
    for house in houses(census, settings, now) {
        for ground in &house.grounds {
            let adopted = snapshots(ground, &mut draft);
            images(ground, &adopted, &mut draft);
        }
    }
    draft.done()
}

/// Returns whether something was made by an older script: it has the tag, and no others but theirs.
fn is_theirs(tags: &Tags, mark: &str) -> bool {
    let marked = tags.get(mark).map(String::as_str) == Some(YES);
    marked && tags.keys().all(|it| THEIRS.contains(&it.as_str()))
}

/// Writes down the tags of snapshots, and returns the set of each snapshot.
fn snapshots(ground: &Ground<'_>, draft: &mut Draft) -> BTreeMap<ResourceId, SetId> {
    let mut sets = BTreeMap::new();
    let (Some(stock), Some(disks)) = (&ground.stock, ground.disks) else {
        if ground.sight.snapshots.is_some() {
            let reason = Reason::new("snapshots_unseen", [("machines", "0".to_owned())]);
            draft.undecided(&ground.spot(), "*", reason);
        }
        return sets;
    };
    let mut machine_of: BTreeMap<&ResourceId, &ResourceId> = BTreeMap::new();
    for disk in &disks.rows {
        if let DiskState::Attached(machines) = &disk.state
            && let [machine] = machines.as_slice()
        {
            machine_of.insert(&disk.id, machine);
        }
    }
    let mut by_machine: BTreeMap<&ResourceId, Vec<(Timestamp, &Snapshot)>> = BTreeMap::new();
    for snapshot in stock.rows {
        if let Some(set) = SetId::of_tags(&snapshot.tags) {
            sets.insert(snapshot.id.clone(), set);
        }
        if !is_theirs(&snapshot.tags, AUTO_TAG) || snapshot.state != CopyState::Ready {
            continue;
        }
        let machine = snapshot.disk.as_ref().and_then(|it| machine_of.get(it));
        match (machine, snapshot.created) {
            (Some(machine), Some(created)) => {
                by_machine
                    .entry(machine)
                    .or_default()
                    .push((created, snapshot));
            }
            _ => {
                let reason = Reason::new("owner_unknown", []);
                draft.undecided(&ground.spot(), snapshot.id.as_str(), reason);
            }
        }
    }
    for (machine, mut all) in by_machine {
        all.sort_by_key(|(at, snapshot)| (*at, &snapshot.id));
        for run in runs(&all) {
            let set = SetId {
                machine: machine.clone(),
                period: whole_second(run.first().map_or(draft.made(), |it| it.0)),
            };
            let ids: Vec<ResourceId> = run.iter().map(|it| it.1.id.clone()).collect();
            for id in &ids {
                sets.insert(id.clone(), set.clone());
            }
            let tags = [
                (SET_TAG.to_owned(), set.to_string()),
                (COUNT_TAG.to_owned(), ids.len().to_string()),
            ];
            let facts = [
                ("machine", machine.to_string()),
                ("period", set.period.to_string()),
                ("many", ids.len().to_string()),
            ];
            let step = Step::PutTags {
                kind: Tagged::Snapshot,
                ids,
                tags: Tags::from(tags),
            };
            let reason = Reason::new("adopt_set", facts);
            draft.step(ground.spot(), step, reason, Vec::new(), None);
        }
    }
    sets
}

/// Puts snapshots of a machine into runs: those begun soon after each other, no disk twice.
fn runs<'r, 'a>(all: &'r [(Timestamp, &'a Snapshot)]) -> Vec<&'r [(Timestamp, &'a Snapshot)]> {
    let mut runs = Vec::new();
    let mut start = 0;
    for end in 1..=all.len() {
        let is_over = match (all.get(start), all.get(end)) {
            (Some((begun, _)), Some((at, next))) => {
                let run = all.get(start..end).unwrap_or_default();
                let again = run.iter().any(|(_, it)| it.disk == next.disk);
                again || at.duration_since(*begun) > RUN
            }
            _ => true,
        };
        if is_over {
            runs.extend(all.get(start..end));
            start = end;
        }
    }
    runs
}

/// The tag of a set has no smaller parts.
fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// Writes down the tags of images.
fn images(ground: &Ground<'_>, sets: &BTreeMap<ResourceId, SetId>, draft: &mut Draft) {
    let machines = ground.sorted_machines();
    let mut images: Vec<&Image> = ground.images.iter().flat_map(|it| &it.rows).collect();
    images.sort_by(|a, b| a.id.cmp(&b.id));
    for image in images {
        if !is_theirs(&image.tags, IMAGE_TAG) || set_of_image(image).is_some() {
            continue;
        }
        let Some(set) = set_of(image, sets, &machines) else {
            let reason = Reason::new("owner_unknown", []);
            draft.undecided(&ground.spot(), image.id.as_str(), reason);
            continue;
        };
        let mut tags = Tags::from([(SET_TAG.to_owned(), set.to_string())]);
        if let Some((_, week)) = Week::split(&image.name) {
            tags.insert(WEEK_TAG.to_owned(), week.to_string());
        }
        let facts = [
            ("machine", set.machine.to_string()),
            ("name", image.name.clone()),
        ];
        let step = Step::PutTags {
            kind: Tagged::Image,
            ids: vec![image.id.clone()],
            tags,
        };
        let reason = Reason::new("adopt_image", facts);
        draft.step(ground.spot(), step, reason, Vec::new(), None);
    }
}

/// Returns the set an image is of: that of a snapshot it stands on, or one of its own time where its
/// machine is known by the cloud or by the only machine of its name.
fn set_of(
    image: &Image,
    sets: &BTreeMap<ResourceId, SetId>,
    machines: &[&Machine],
) -> Option<SetId> {
    let of_snapshot = image.snapshots.iter().find_map(|it| sets.get(it));
    let alone = || {
        let (base, _) = Week::split(&image.name)?;
        let mut named = machines
            .iter()
            .filter(|it| mapped(&it.name) == mapped(base));
        match (named.next(), named.next()) {
            (Some(only), None) => Some(only.id.clone()),
            _ => None,
        }
    };
    of_snapshot.cloned().or_else(|| {
        Some(SetId {
            machine: image.machine.clone().or_else(alone)?,
            period: whole_second(image.created?),
        })
    })
}
