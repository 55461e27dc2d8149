//! What is made: sets that are due, their copies, and images.
//!
//! Invariant: nothing of this waits for anything that goes.

mod copies;
mod images;

use std::collections::{HashMap, HashSet};

use duty::{Choice, Part, Reason, Step};
use model::{Disk, Machine, ResourceId, SET_TAG, SetId, Tags};

use self::copies::Copying;
use super::draft::Draft;
use super::ground::{Ground, House, root_of};
use super::stock::Set;
use super::{AUTO_TAG, COUNT_TAG, ROOT_TAG, YES};
use crate::settings::Period;

/// What was begun.
#[derive(Debug, Default)]
pub(super) struct Begun {
    /// For each machine, by the places of the steps.
    pub(super) starts: HashMap<ResourceId, Start>,
    /// Machines that may be due a set and cannot get one: nothing of them goes.
    pub(super) withheld: HashSet<ResourceId>,
}

/// What was begun for a machine.
#[derive(Debug, Clone, Default)]
pub(super) struct Start {
    /// Its set.
    pub(super) set: Option<usize>,
    /// The copies of a set in other regions and accounts.
    pub(super) copies: Vec<Copying>,
    /// Its image.
    pub(super) image: Option<usize>,
}

/// A machine that is chosen, and its disks.
pub(super) struct Chosen<'a> {
    pub(super) machine: &'a Machine,
    /// The root one first.
    pub(super) disks: Vec<&'a Disk>,
    pub(super) root: Option<&'a Disk>,
}

/// From so many new machines on, and
const MANY_NEW: usize = 10;
/// from such a share of those that are chosen on, it is said that they are new.
const NEW_SHARE: usize = 5;

/// Writes down everything that is to be made.
pub(super) fn plan(houses: &[House<'_>], house: &House<'_>, draft: &mut Draft) -> Begun {
    let mut begun = Begun::default();
    let chosen: Vec<Vec<Chosen<'_>>> = house
        .grounds
        .iter()
        .map(|ground| chosen(ground, &mut begun, draft))
        .collect();
    for (ground, chosen) in house.grounds.iter().zip(&chosen) {
        sets(ground, chosen, &mut begun, draft);
    }
    for (ground, chosen) in house.grounds.iter().zip(&chosen) {
        copies::plan((houses, house), ground, chosen, &mut begun, draft);
    }
    for (ground, chosen) in house.grounds.iter().zip(&chosen) {
        copies::root_tags((houses, house), ground, chosen, draft);
    }
    for (ground, chosen) in house.grounds.iter().zip(&chosen) {
        images::plan(ground, chosen, &mut begun, draft);
    }
    begun
}

/// Returns the machines that are chosen and about which everything was seen.
fn chosen<'a>(ground: &Ground<'a>, begun: &mut Begun, draft: &mut Draft) -> Vec<Chosen<'a>> {
    let spot = ground.spot();
    if ground.machines.is_none() {
        if ground.sight.machines.is_some() {
            draft.undecided(&spot, "*", Reason::new("machines_unseen", []));
        }
        return Vec::new();
    }
    let mut machines = Vec::new();
    for machine in ground.sorted_machines() {
        match ground.settings.select.choose(machine, draft.made()) {
            Choice::Yes => machines.push(machine),
            Choice::No => {}
            Choice::Unknown(why) => {
                let reason = Reason::new("selection_unknown", [("why", why)]);
                draft.undecided(&spot, machine.id.as_str(), reason);
                begun.withheld.insert(machine.id.clone());
            }
        }
    }
    if machines.is_empty() {
        return Vec::new();
    }
    let unseen = match (&ground.disks, &ground.stock) {
        (None, _) => Some("disks_unseen"),
        (_, None) => Some("snapshots_unseen"),
        _ => None,
    };
    if let Some(word) = unseen {
        let many = ("machines", machines.len().to_string());
        draft.undecided(&spot, "*", Reason::new(word, [many]));
        let machines = machines.into_iter().map(|it| it.id.clone());
        begun.withheld.extend(machines);
        return Vec::new();
    }
    let mut by_machine = ground.disks_by_machine();
    let mut chosen = Vec::with_capacity(machines.len());
    for machine in machines {
        let mut disks = by_machine.remove(&machine.id).unwrap_or_default();
        let root = root_of(machine, &disks);
        disks.sort_by_key(|it| root.is_none_or(|root| root.id != it.id));
        if disks.is_empty() {
            let reason = Reason::new("no_disks", []);
            draft.undecided(&spot, machine.id.as_str(), reason);
            begun.withheld.insert(machine.id.clone());
            continue;
        }
        chosen.push(Chosen {
            machine,
            disks,
            root,
        });
    }
    chosen
}

/// Writes down the sets of this period that there are not.
fn sets(ground: &Ground<'_>, chosen: &[Chosen<'_>], begun: &mut Begun, draft: &mut Draft) {
    let (Some(stock), false) = (&ground.stock, chosen.is_empty()) else {
        return;
    };
    let Some(period) = ground.period else {
        draft.undecided(&ground.spot(), "*", Reason::new("never_due", []));
        return;
    };
    let mut new = 0;
    for one in chosen {
        let machine = &one.machine.id;
        let before = stock.sets_of(machine);
        new += usize::from(before.is_empty());
        let is_there = |it: &&Set| it.moment.period == period.start && it.is_settled();
        if before.iter().find(is_there).is_some() {
            continue;
        }
        let place = set(ground, one, period, before, draft);
        begun.starts.entry(machine.clone()).or_default().set = Some(place);
    }
    if new >= MANY_NEW && new * NEW_SHARE >= chosen.len() {
        let facts = [
            ("account", ground.account.to_string()),
            ("region", ground.region.to_string()),
            ("new", new.to_string()),
            ("chosen", chosen.len().to_string()),
        ];
        draft.note(Reason::new("many_new", facts));
    }
}

fn set(
    ground: &Ground<'_>,
    one: &Chosen<'_>,
    period: Period,
    before: &[Set],
    draft: &mut Draft,
) -> usize {
    let set = SetId {
        machine: one.machine.id.clone(),
        period: period.start,
    };
    let gib: u64 = one.disks.iter().map(|it| it.size_gib).sum();
    // The first set is whole, and of the later ones the changes cost.
    let percent = match before.iter().any(|it| it.whole) {
        true => ground.settings.changes_percent,
        false => 100,
    };
    let part = |disk: &&Disk| Part {
        disk: disk.id.clone(),
        root: one.root.is_some_and(|root| root.id == disk.id),
    };
    let facts = [
        ("period", period.start.to_string()),
        ("disks", one.disks.len().to_string()),
        ("gib", gib.to_string()),
    ];
    let step = Step::CreateSet {
        machine: one.machine.id.clone(),
        disks: one.disks.iter().map(part).collect(),
        name: called(one.machine),
        tags: set_tags(one.machine, &set, one.disks.len()),
        root_tags: root_mark(),
        set,
    };
    let reason = Reason::new("set_due", facts);
    let monthly = ground.monthly(gib, percent);
    draft.step(ground.spot(), step, reason, Vec::new(), monthly)
}

/// Returns what people call a machine: its name, or its id when it has none.
pub(crate) fn called(machine: &Machine) -> String {
    match machine.name.trim() {
        "" => machine.id.to_string(),
        name => name.to_owned(),
    }
}

/// Returns the tags of the snapshot that its machine starts from.
fn root_mark() -> Tags {
    Tags::from([(ROOT_TAG.to_owned(), YES.to_owned())])
}

/// Returns the tags of every snapshot of a set.
fn set_tags(machine: &Machine, set: &SetId, count: usize) -> Tags {
    let tags = [
        (SET_TAG, set.to_string()),
        (COUNT_TAG, count.to_string()),
        (AUTO_TAG, YES.to_owned()),
        ("Name", called(machine)),
    ];
    let tags = tags.into_iter();
    tags.map(|(key, value)| (key.to_owned(), value)).collect()
}
