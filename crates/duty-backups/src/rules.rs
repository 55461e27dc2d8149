//! The rules: what the duty wants to see, what it asks once more, what is due and what may go.
//!
//! Invariant: every plan is in one order, whatever order the clouds answered in.

mod assess;
pub(crate) mod draft;
pub(crate) mod ground;
pub(crate) mod keeping;
mod loans;
pub(crate) mod making;
pub(crate) mod names;
pub(crate) mod retention;
pub(crate) mod stock;

use std::collections::BTreeSet;

use cloud::{Census, Doubt, EstateWants, Keep, Part, Wants};
use duty::{Finding, Memory, Plan, Reason};
use jiff::Timestamp;

use crate::facts::Facts;
use crate::settings::Settings;
use draft::Draft;
use ground::House;

/// The word of this duty.
pub const DUTY: &str = "backups";

/// The tag of every snapshot of a set that says of how many it is: a set with fewer is no copy of
/// the machine.
pub const COUNT_TAG: &str = "skywarden:disks";
/// The tag of a copy in another region or account that says where its set was made: the region, and
/// before it, where that is another, the cloud's number of the account: `210987654321/us-east-1`.
pub const FROM_TAG: &str = "skywarden:from";
/// The tag of what was made for keeping copies by itself.
pub const AUTO_TAG: &str = "AutoSnapshot";
/// The tag of the snapshot of a disk that its machine starts from.
pub const ROOT_TAG: &str = "RootDeviceSnapshot";
/// The tag of an image that was made by itself.
pub const IMAGE_TAG: &str = "AutoAMI";
/// The value of those tags.
pub const YES: &str = "true";

/// Returns what the duty needs to be looked at: every row of machines, disks and copies.
#[must_use]
pub fn wants() -> Wants {
    let parts = [
        Part::Machines,
        Part::Disks,
        Part::Snapshots,
        Part::Images,
        Part::ImageUses,
        Part::Protections,
        Part::CopyNotes,
        Part::CryptKeys,
    ];
    Wants {
        estate: EstateWants {
            parts: BTreeSet::from(parts),
            keep: Keep::All,
            ..EstateWants::default()
        },
        ..Wants::default()
    }
}

/// Returns what has to be asked once more, by id: machines of sets that may go because the list of
/// machines does not show them.
#[must_use]
pub fn doubts(census: &Census, settings: &Settings, now: Timestamp) -> Vec<Doubt> {
    keeping::doubts(&ground::houses(census, settings, now))
}

/// Returns everything a person should know, the worst first.
#[must_use]
pub fn assess(
    census: &Census,
    memory: &Memory,
    settings: &Settings,
    now: Timestamp,
) -> Vec<Finding> {
    let mut found = assess::mishaps(census, memory, settings);
    let houses = ground::houses(census, settings, now);
    for house in &houses {
        found.extend(assess::findings(&houses, house, memory));
    }
    found.sort_by_cached_key(|it| Facts::of(it).rank());
    found
}

/// Returns what is wanted now: the sets and images that are due, and what may go.
#[must_use]
pub fn plan(census: &Census, settings: &Settings, now: Timestamp) -> Plan {
    let mut draft = Draft::new(now);
    ground::gaps(census, &mut draft);
    let houses = ground::houses(census, settings, now);
    // What goes in one account may wait for what is made of another's.
    let mut begun = Vec::with_capacity(houses.len());
    for house in &houses {
        note_strangers(house, &mut draft);
        begun.push(making::plan(&houses, house, &mut draft));
    }
    loans::plan(&houses, &begun, &mut draft);
    for house in &houses {
        keeping::plan(&houses, house, &begun, &mut draft);
    }
    draft.done()
}

/// Notes tags that the selection names and no machine has: a typing error selects nothing.
fn note_strangers(house: &House<'_>, draft: &mut Draft) {
    let Some(first) = house.grounds.first() else {
        return;
    };
    let is_whole = house.grounds.iter().all(|it| it.machines.is_some());
    let machines = house.grounds.iter().flat_map(|it| it.machines);
    let rows: Vec<_> = machines.flat_map(|it| &it.rows).collect();
    if !is_whole || rows.is_empty() {
        return;
    }
    for (tag, like) in first.settings.select.strangers(rows.iter().copied()) {
        let facts = [
            ("account", first.account.to_string()),
            ("tag", tag),
            ("like", like.unwrap_or_default()),
        ];
        draft.note(Reason::new("tag_unknown", facts));
    }
}

#[cfg(test)]
mod tests;
