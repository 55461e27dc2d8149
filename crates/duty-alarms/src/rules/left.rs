//! Alarms whose machine is gone.
//!
//! Invariant: gone is what the whole list does not show and what does not exist when it is asked for
//! by id: a complete list may be a filtered one.

use std::collections::BTreeSet;
use std::net::IpAddr;

use cloud::{Kept, Sighting};
use duty::{FindingState, KnownFinding, Memory};
use model::{Address, Alarm, AlarmMetric, Machine, ResourceId, STEP_TAG, Watches};

use super::places::Place;
use super::survey::Survey;
use super::{DUTY, MACHINE_TAG};
use crate::kind::AlarmKind;

/// How the ids of machines begin; others are addresses, disks, balancers.
const MACHINE_IDS: [&str; 2] = ["i-", "ins-"];

/// What is known of the machine of an alarm that no list shows.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Proof {
    /// It does not exist.
    Gone {
        /// Which it was, where that can be told.
        machine: Option<ResourceId>,
    },
    /// It exists: the list was a filtered one.
    There,
    /// It could not be asked for.
    Unknown,
}

/// Returns whether we made an alarm: its tags say so, as nothing else would prove it.
pub(super) fn is_ours(alarm: &Alarm) -> bool {
    alarm.tags.contains_key(STEP_TAG)
}

/// Returns the machines that alarms watch and the list does not show.
pub(super) fn missed(survey: &Survey<'_>) -> BTreeSet<ResourceId> {
    unlisted(survey).flat_map(machines_of).collect()
}

/// Returns what the second look says of a candidate.
pub(super) fn proof(survey: &Survey<'_>, alarm: &Alarm) -> Proof {
    let machines = machines_of(alarm);
    let mut each = machines.iter();
    let only = each.next().filter(|_| each.next().is_none()).cloned();
    if alarm.anywhere && !survey.house.is_whole {
        return Proof::Unknown;
    }
    if machines.is_empty() {
        return Proof::Gone { machine: None };
    }
    let places = if alarm.anywhere {
        survey.house.places.as_slice()
    } else {
        std::slice::from_ref(&survey.place)
    };
    let mut asked = places.iter().map(|it| {
        let second = it.sight.second.as_ref();
        let sources = second.and_then(|it| it.sources.as_ref());
        sources.and_then(Sighting::seen)
    });
    let mut is_known = true;
    for found in asked.by_ref() {
        match found {
            Some(found) if found.get().iter().any(|it| machines.contains(&it.id)) => {
                return Proof::There;
            }
            Some(_) => {}
            None => is_known = false,
        }
    }
    match is_known {
        true => Proof::Gone { machine: only },
        false => Proof::Unknown,
    }
}

/// Returns what is remembered of alarms of this region's account that were left at earlier looks.
pub(super) fn remembered<'m>(
    survey: &Survey<'_>,
    memory: &'m Memory,
) -> impl Iterator<Item = &'m KnownFinding> {
    let account = survey.place.account.clone();
    memory.findings.iter().filter(move |it| {
        let key = &it.finding.key;
        it.state != FindingState::Gone
            && key.duty == DUTY
            && key.kind == AlarmKind::Left.word()
            && key.account == account
    })
}

/// Returns the alarms on outgoing traffic of which no list shows anything they watch, each in one
/// region only.
pub(super) fn candidates<'a>(survey: &Survey<'a>) -> Vec<&'a Alarm> {
    let is_here = |alarm: &&Alarm| !alarm.anywhere || is_first_to_list(survey, alarm);
    unlisted(survey).filter(is_here).collect()
}

/// Returns whether this is the first region that lists an alarm.
fn is_first_to_list(survey: &Survey<'_>, alarm: &Alarm) -> bool {
    let lists = |it: &&Place<'_>| {
        let alarms = it.sight.alarms.as_ref().and_then(Sighting::seen);
        alarms.is_some_and(|it| it.get().iter().any(|it| it.id == alarm.id))
    };
    let first = survey.house.places.iter().find(lists);
    first.is_none_or(|it| it.region == survey.place.region)
}

fn unlisted<'a>(survey: &Survey<'a>) -> impl Iterator<Item = &'a Alarm> {
    let is_missed = |alarm: &Alarm, id: &ResourceId| match alarm.anywhere {
        false => is_missed_in(&survey.place, id),
        // Where nobody looked, nothing is listed; the proof says that this is none.
        true => survey.house.places.iter().all(|place| {
            let is_seen = place
                .sight
                .machines
                .as_ref()
                .and_then(Sighting::seen)
                .is_some();
            !is_seen || is_missed_in(place, id)
        }),
    };
    let is_unlisted = move |alarm: &Alarm| match &alarm.watches {
        Watches::These(ids) => !ids.is_empty() && ids.iter().all(|it| is_missed(alarm, it)),
        Watches::All | Watches::Group(_) => false,
    };
    let is_seen = survey
        .place
        .sight
        .machines
        .as_ref()
        .and_then(Sighting::seen);
    let alarms = survey
        .alarms
        .iter()
        .copied()
        .filter(move |_| is_seen.is_some());
    let alarms: Vec<&Alarm> = alarms
        .filter(|it| it.metric == AlarmMetric::Outbound && is_unlisted(it))
        .collect();
    alarms.into_iter()
}

/// Returns whether the lists of a region were seen and do not show a machine or an address.
fn is_missed_in(place: &Place<'_>, id: &ResourceId) -> bool {
    let Some(machines) = place.sight.machines.as_ref().and_then(Sighting::seen) else {
        return false;
    };
    let addresses = place.sight.addresses.as_ref().and_then(Sighting::seen);
    let listed = machines.get().ids.may_have(id);
    match (is_machine(id), addresses.map(|it| it.get())) {
        (true, _) => !listed,
        (false, Some(addresses)) => {
            !listed && !addresses.ids.may_have(id) && !is_in_use(id, addresses, machines.get())
        }
        (false, None) => false,
    }
}

/// Returns whether an address, written as such, is one of the account's.
fn is_in_use(id: &ResourceId, addresses: &Kept<Address>, machines: &Kept<Machine>) -> bool {
    let Ok(ip) = id.as_str().parse::<IpAddr>() else {
        return false;
    };
    let mut kept = addresses.rows.iter();
    let mut rows = machines.rows.iter();
    kept.any(|it| it.ip == Some(ip)) || rows.any(|it| it.public_ips.contains(&ip))
}

/// Returns the machines an alarm is of: those it watches, and the one its tag names.
fn machines_of(alarm: &Alarm) -> BTreeSet<ResourceId> {
    let watched: &[ResourceId] = match &alarm.watches {
        Watches::These(ids) => ids,
        Watches::All | Watches::Group(_) => &[],
    };
    let tagged = alarm.tags.get(MACHINE_TAG).map(ResourceId::new);
    let all = watched.iter().cloned().chain(tagged);
    all.filter(is_machine).collect()
}

fn is_machine(id: &ResourceId) -> bool {
    MACHINE_IDS.iter().any(|it| id.as_str().starts_with(it))
}
