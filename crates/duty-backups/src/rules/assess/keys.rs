//! Copies that can be restored only with a key that is switched off or goes: without a word of it,
//! that shows on the day they are needed.
//!
//! Invariant: of a key that was not seen nothing is said here; the gap is told as one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use duty::{Finding, Severity};
use jiff::Timestamp;
use model::{Disk, KeyState, Kind, ResourceId};

use super::{about, newest_by_disk, note};
use crate::facts;
use crate::kind::BackupKind;
use crate::rules::ground::{Ground, House};
use crate::rules::stock::{Bound, Set, Stock};

/// How many machines without another copy are named.
const NAMED: usize = 10;

/// What stands under a key.
#[derive(Default)]
struct Standing<'a> {
    snapshots: u64,
    sets: u64,
    machines: BTreeSet<&'a str>,
}

/// Returns a finding for each key of a region that is not known to be usable.
pub(super) fn findings(houses: &[House<'_>], ground: &Ground<'_>, found: &mut Vec<Finding>) {
    let Some(stock) = &ground.stock else {
        return;
    };
    let keys = ground.sight.crypt_keys.iter().flatten();
    let seen = keys.filter_map(|(key, state)| Some((key, state.seen()?.get())));
    let told: BTreeMap<&ResourceId, &KeyState> =
        seen.filter(|it| *it.1 != KeyState::Usable).collect();
    if told.is_empty() {
        return;
    }
    let mut standings = standings(stock, &told);
    let newest = newest_by_disk(ground);
    let disks = ground.disks_by_machine();
    for (key, state) in told {
        let standing = standings.remove(key).unwrap_or_default();
        let (kind, goes) = match state {
            KeyState::Leaving { at } => (BackupKind::KeyLeaving, *at),
            state if state.bars() => (BackupKind::KeyUnusable, None),
            _ => (BackupKind::KeyUnclear, None),
        };
        let lists = [Kind::SNAPSHOT, Kind::CRYPT_KEY];
        let mut finding = about(ground, kind, key, &lists);
        if kind != BackupKind::KeyLeaving {
            note(&mut finding, facts::KEY_STATE, state.word());
        }
        if let Some(at) = goes {
            note(&mut finding, facts::GOES, at);
        }
        note(&mut finding, facts::SNAPSHOTS, standing.snapshots);
        if standing.sets > 0 {
            note(&mut finding, facts::SETS, standing.sets);
            note(&mut finding, facts::MACHINES, standing.machines.len());
        }
        if state.bars() {
            let alone = |it: &&str| is_alone(houses, it, &newest, &disks);
            let last: Vec<&str> = standing.machines.into_iter().filter(alone).collect();
            finding.severity = match last.is_empty() {
                true => Severity::Warning,
                false => Severity::Urgent,
            };
            note(&mut finding, facts::LAST_OF, named(&last));
        }
        found.push(finding);
    }
}

/// Returns what stands under each of these keys.
fn standings<'a>(
    stock: &'a Stock<'_>,
    told: &BTreeMap<&'a ResourceId, &KeyState>,
) -> BTreeMap<&'a ResourceId, Standing<'a>> {
    let mut standings: BTreeMap<&ResourceId, Standing<'_>> = BTreeMap::new();
    for key in stock.rows.iter().filter_map(|it| it.key.as_ref()) {
        if let Some((key, _)) = told.get_key_value(key) {
            standings.entry(key).or_default().snapshots += 1;
        }
    }
    for owner in &stock.machines {
        for set in stock.sets(owner) {
            let keys = stock.snapshots(set).into_iter();
            let keys: BTreeSet<&ResourceId> = keys.filter_map(|it| it.key.as_ref()).collect();
            for key in keys {
                if let Some(standing) = standings.get_mut(key) {
                    standing.sets += 1;
                    standing.machines.insert(owner.machine);
                }
            }
        }
    }
    standings
}

/// Returns whether a machine has no copy that can be restored, in no region and no account.
fn is_alone(
    houses: &[House<'_>],
    machine: &str,
    newest: &HashMap<&ResourceId, Timestamp>,
    disks: &HashMap<&ResourceId, Vec<&Disk>>,
) -> bool {
    let id = ResourceId::new(machine);
    let stocks = houses
        .iter()
        .flat_map(|it| &it.grounds)
        .filter_map(|it| it.stock.as_ref());
    let mut sets = stocks.flat_map(|it| it.sets_of(&id));
    if sets.any(|it| it.whole || is_archived(it)) {
        return false;
    }
    let on_it = disks.get(&id).map_or(&[][..], Vec::as_slice);
    on_it.is_empty() || !on_it.iter().all(|it| newest.contains_key(&it.id))
}

/// Returns whether a set is a copy that a person can have back, though it takes a while.
fn is_archived(set: &Set) -> bool {
    set.bound == Some(Bound::Tier) && set.ready >= set.wanted.max(1)
}

fn named(machines: &[&str]) -> String {
    let mut named = machines[..machines.len().min(NAMED)].join(", ");
    if machines.len() > NAMED {
        named.push_str(", …");
    }
    named
}
