//! Alarms whose machine is gone.
//!
//! Invariant: gone is what the whole list does not show and what does not exist when it is asked for
//! by id: a complete list may be a filtered one.

use std::collections::BTreeSet;
use std::net::IpAddr;

use cloud::{Kept, Sighting};
use duty::{FindingState, KnownFinding, Memory};
use model::{Address, Alarm, AlarmMetric, Machine, ResourceId, STEP_TAG, Watches};

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
    let candidates = candidates(survey).into_iter();
    candidates.flat_map(machines_of).collect()
}

/// Returns what the second look says of a candidate.
pub(super) fn proof(survey: &Survey<'_>, alarm: &Alarm) -> Proof {
    let machines = machines_of(alarm);
    let mut each = machines.iter();
    let only = each.next().filter(|_| each.next().is_none()).cloned();
    if machines.is_empty() {
        return Proof::Gone { machine: None };
    }
    let second = survey.place.sight.second.as_ref();
    let sources = second.and_then(|it| it.sources.as_ref());
    match sources.and_then(Sighting::seen) {
        Some(found) if found.get().iter().any(|it| machines.contains(&it.id)) => Proof::There,
        Some(_) => Proof::Gone { machine: only },
        None => Proof::Unknown,
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

/// Returns the alarms on outgoing traffic of which no list shows anything they watch.
pub(super) fn candidates<'a>(survey: &Survey<'a>) -> Vec<&'a Alarm> {
    let sight = survey.place.sight;
    let Some(machines) = sight.machines.as_ref().and_then(Sighting::seen) else {
        return Vec::new();
    };
    let addresses = sight.addresses.as_ref().and_then(Sighting::seen);
    let addresses = addresses.map(|it| it.get());
    let is_missed = |id: &ResourceId| {
        let is_machine = is_machine(id);
        let listed = machines.get().ids.may_have(id);
        match (is_machine, addresses) {
            (true, _) => !listed,
            (false, Some(addresses)) => {
                !listed && !addresses.ids.may_have(id) && !is_in_use(id, addresses, machines.get())
            }
            (false, None) => false,
        }
    };
    let alarms = survey.alarms.iter().copied();
    alarms
        .filter(|it| it.metric == AlarmMetric::Outbound)
        .filter(|it| match &it.watches {
            Watches::These(ids) => !ids.is_empty() && ids.iter().all(is_missed),
            Watches::All | Watches::Group(_) => false,
        })
        .collect()
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
