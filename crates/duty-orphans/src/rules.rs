//! The rules: what the duty wants to see, what it asks once more, and what a person should know.
//!
//! Invariant: every list of findings is in one order, whatever order the clouds answered in.

mod copies;
mod desk;
mod ground;
mod house;
mod machines;
mod past;
mod reach;
mod steps;
mod waste;

use std::collections::{BTreeMap, BTreeSet};

use cloud::{Census, Doubt, EstateWants, Remembered, Wants};
use duty::{Finding, FindingKey, FindingState, Memory, Plan};
use jiff::Timestamp;
use model::{AccountId, RegionId};

use crate::facts::Facts;
use crate::kind::OrphanKind;
use crate::settings::Settings;
use ground::Ground;
use house::{House, houses};
use past::Past;
use waste::Yard;

/// The word of this duty.
pub const DUTY: &str = "orphans";

/// Returns what the duty needs to be looked at.
#[must_use]
pub fn wants(settings: &Settings) -> Wants {
    let kinds: BTreeSet<OrphanKind> = settings.each().flat_map(|it| &it.kinds).copied().collect();
    let parts = kinds.iter().flat_map(|it| it.parts()).copied();
    let mut hints: Vec<_> = settings.each().flat_map(|it| &it.hints).cloned().collect();
    hints.sort();
    hints.dedup();
    Wants {
        estate: EstateWants {
            parts: parts.collect(),
            hints,
            ..EstateWants::default()
        },
        ..Wants::default()
    }
}

/// Returns the machines that were nodes once, or that a finding is about: they are kept in sight
/// whatever they look like now.
#[must_use]
pub fn remembered(memory: &Memory) -> Remembered {
    let mut remembered = Remembered::new();
    for together in memory.memberships.chunk_by(|a, b| a.account == b.account) {
        let ids = remembered.entry(together[0].account.clone()).or_default();
        together.iter().for_each(|it| ids.insert(&it.machine));
    }
    for known in &memory.findings {
        let key = &known.finding.key;
        if known.state != FindingState::Gone && is_about_a_machine(key) {
            let ids = remembered.entry(key.account.clone()).or_default();
            ids.insert(&key.resource);
        }
    }
    remembered
}

fn is_about_a_machine(key: &FindingKey) -> bool {
    key.duty == DUTY && key.kind == OrphanKind::Machine.word()
}

/// Returns what has to be asked once more, by id: machines that may be orphans, clusters that should
/// be there and are not in the list, disks that snapshots were made of.
#[must_use]
pub fn doubts(census: &Census, memory: &Memory, settings: &Settings, now: Timestamp) -> Vec<Doubt> {
    let past = Past::of(memory, census);
    let mut doubts = Doubts::default();
    for house in houses(census, &past) {
        for region in house.regions() {
            if let Some(ground) = Ground::of_machines(&house, region, &past, settings, now) {
                machines::doubt(&ground, &mut doubts);
            }
            let yard = Yard {
                house: &house,
                region,
                past: &past,
                settings,
                now,
            };
            copies::doubt(&yard, &mut doubts);
        }
    }
    doubts.all()
}

/// Returns everything a person should know, the worst first.
#[must_use]
pub fn assess(
    census: &Census,
    memory: &Memory,
    settings: &Settings,
    now: Timestamp,
) -> Vec<Finding> {
    let past = Past::of(memory, census);
    let mut found = Vec::new();
    for house in houses(census, &past) {
        for region in house.regions() {
            assess_region(&house, region, &past, settings, now, &mut found);
        }
    }
    found.sort_by_cached_key(|it| Facts::of(it).rank());
    found
}

/// Returns what is to be done about orphans now, or `None` when nobody asks for anything.
#[must_use]
pub fn plan(census: &Census, memory: &Memory, settings: &Settings, now: Timestamp) -> Option<Plan> {
    let found = assess(census, memory, settings, now);
    steps::plan(census, &found, memory, settings, now)
}

fn assess_region(
    house: &House<'_>,
    region: &RegionId,
    past: &Past<'_>,
    settings: &Settings,
    now: Timestamp,
    found: &mut Vec<Finding>,
) {
    if let Some(ground) = Ground::of_machines(house, region, past, settings, now) {
        found.extend(machines::findings(&ground));
    }
    let yard = Yard {
        house,
        region,
        past,
        settings,
        now,
    };
    found.extend(waste::findings(&yard));
    found.extend(copies::findings(&yard));
}

/// What is to be asked once more, one question for each region of an account.
#[derive(Default)]
struct Doubts(BTreeMap<(AccountId, RegionId), Doubt>);

impl Doubts {
    fn at(&mut self, account: &AccountId, region: &RegionId) -> &mut Doubt {
        let place = (account.clone(), region.clone());
        self.0.entry(place).or_insert_with(|| Doubt {
            account: account.clone(),
            region: region.clone(),
            machines: BTreeSet::new(),
            clusters: BTreeSet::new(),
            disks: BTreeSet::new(),
            sources: BTreeSet::new(),
            traffic: None,
        })
    }

    fn all(self) -> Vec<Doubt> {
        let is_asked =
            |it: &Doubt| !it.machines.is_empty() || !it.clusters.is_empty() || !it.disks.is_empty();
        self.0.into_values().filter(is_asked).collect()
    }
}

#[cfg(test)]
mod tests;
