//! The rules: what the duty wants to see, what it asks once more, what a person should know, and what
//! is to be made and removed.
//!
//! Invariant: every list is in one order, whatever order the clouds answered in.

mod findings;
mod left;
mod past;
mod places;
mod steps;
mod survey;
mod watch;

use std::collections::BTreeSet;

use cloud::{Census, Doubt, EstateWants, Keep, Part, TrafficWanted, Wants};
use duty::{Finding, Memory, Plan};
use jiff::Timestamp;
use model::ResourceId;

use crate::facts::Facts;
use crate::settings::Settings;
use crate::summary::RegionRow;
use places::{Place, houses, places};
use survey::Survey;

/// The word of this duty.
pub const DUTY: &str = "alarms";
/// The tag that names the machine on an alarm of ours, where alarms have tags.
pub const MACHINE_TAG: &str = "skywarden:machine";

/// Of how many machines of a region the past is asked: a week of one is two thousand numbers.
const TESTED: usize = 500;

/// Returns what the duty needs to be looked at: all machines, all addresses, all alarms.
#[must_use]
pub fn wants() -> Wants {
    Wants {
        estate: EstateWants {
            parts: BTreeSet::from([Part::Machines, Part::Addresses, Part::Alarms]),
            keep: Keep::All,
            ..EstateWants::default()
        },
        ..Wants::default()
    }
}

/// Returns what has to be asked once more: by id, the machines that alarms watch and the list does
/// not show; and before the first alarm of ours in a region, what its machines sent out.
#[must_use]
pub fn doubts(census: &Census, settings: &Settings, now: Timestamp) -> Vec<Doubt> {
    let surveys = surveys(census, settings, now);
    let doubts = surveys.iter().map(|survey| Doubt {
        account: survey.place.account.clone(),
        region: survey.place.region.clone(),
        machines: BTreeSet::new(),
        clusters: BTreeSet::new(),
        disks: BTreeSet::new(),
        sources: left::missed(survey),
        traffic: traffic_wanted(survey, now),
    });
    doubts
        .filter(|it| !it.sources.is_empty() || it.traffic.is_some())
        .collect()
}

/// Returns what of the past is wanted: only before there is an alarm of ours.
fn traffic_wanted(survey: &Survey<'_>, now: Timestamp) -> Option<TrafficWanted> {
    if survey.alarms.iter().any(|it| left::is_ours(it)) {
        return None;
    }
    let wanted = survey.wanted().take(TESTED);
    let machines: BTreeSet<ResourceId> = wanted.map(|(it, _)| it.id.clone()).collect();
    (!machines.is_empty()).then(|| TrafficWanted {
        machines,
        rule: survey.settings.outbound,
        from: now - past::WEEK,
        to: now,
    })
}

/// Returns everything a person should know, the worst first.
#[must_use]
pub fn assess(
    census: &Census,
    memory: &Memory,
    settings: &Settings,
    now: Timestamp,
) -> Vec<Finding> {
    let surveys = surveys(census, settings, now);
    let mut found = findings::of_tags(census, &surveys);
    for survey in &surveys {
        found.extend(findings::of_region(survey, memory));
    }
    found.sort_by_cached_key(|it| Facts::of(it).rank());
    found
}

/// Returns what is to be made and removed now.
#[must_use]
pub fn plan(census: &Census, memory: &Memory, settings: &Settings, now: Timestamp) -> Plan {
    let surveys = surveys(census, settings, now);
    steps::plan(census, &surveys, memory, settings, now)
}

/// Returns how many machines of each region have an alarm, ought to have one, or cannot be told.
#[must_use]
pub(crate) fn counted(census: &Census, settings: &Settings, now: Timestamp) -> Vec<RegionRow> {
    let surveys = surveys(census, settings, now);
    let rows = surveys.iter().map(|survey| {
        let unwatched = survey.wanted().count();
        let undecided = survey.open().count();
        RegionRow {
            account: survey.place.account.to_string(),
            region: survey.place.region.to_string(),
            cloud: survey.place.cloud.to_string(),
            alarms: survey.alarms.len(),
            machines: survey.machines.len(),
            watched: survey.verdicts.len() - unwatched - undecided,
            unwatched,
            undecided,
            seen: survey.blocked.is_none(),
        }
    });
    rows.collect()
}

/// Returns what was seen of every region, each identity's once.
fn surveys<'a>(census: &'a Census, settings: &'a Settings, now: Timestamp) -> Vec<Survey<'a>> {
    let places = places(census);
    let houses = houses(census, &places);
    let survey = |place: Place<'a>| {
        let house = houses.iter().find(|it| it.has(&place))?;
        Survey::of(place, house.clone(), settings, now)
    };
    places.into_iter().filter_map(survey).collect()
}

#[cfg(test)]
mod tests;
