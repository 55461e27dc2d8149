//! The rules of the patrol: what it wants to see, and what a person should know of what was seen.
//!
//! Invariant: every list of findings is in one order, whatever order the clouds answered in.

mod access_keys;
mod balance;
mod certificates;
mod desk;
mod domains;
mod endpoints;
mod expiry;
pub mod forecast;
mod maintenance;
mod renewal;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use cloud::census::{EstateWants, Part};
use cloud::{AccountSight, Census, Seen, Sighting, Wants};
use duty::{Finding, FindingKey, Memory};
use jiff::{SignedDuration, Timestamp};
use model::AccountId;

use crate::facts::Facts;
use crate::settings::{BalanceRule, PatrolSettings, Settings};
use desk::Desk;

/// The word of this duty.
pub const DUTY: &str = "patrol";

/// Returns what the patrol needs to be looked at.
#[must_use]
pub fn wants(settings: &Settings, now: Timestamp) -> Wants {
    let warn_days = settings
        .each()
        .map(|it| it.warn_days)
        .max()
        .unwrap_or_default();
    // A calendar day lasts up to 25 hours and ends in another zone at another time; and a renewal
    // is charged some days before the end, which is when the balance must cover it.
    let days = i64::from(warn_days) + renewal::LONGEST_LEAD_DAYS + 3;
    let ahead = SignedDuration::from_hours(days * 24);
    let maintenance = settings.each().any(|it| it.maintenance);
    Wants {
        prepaid_ending_before: Some(now.checked_add(ahead).unwrap_or(Timestamp::MAX)),
        balance: settings.each().any(|it| it.balance != BalanceRule::Off),
        balance_not_of: without(settings, |it| it.balance == BalanceRule::Off),
        certificates: true,
        domains: true,
        endpoints: settings
            .endpoints()
            .into_iter()
            .map(str::to_owned)
            .collect(),
        access_keys: settings.each().any(|it| it.access_key_days.is_some()),
        access_keys_not_of: without(settings, |it| it.access_key_days.is_none()),
        estate: EstateWants {
            parts: maintenance
                .then_some(Part::Maintenance)
                .into_iter()
                .collect(),
            maintenance_not_of: without(settings, |it| !it.maintenance),
            ..EstateWants::default()
        },
    }
}

/// Returns the accounts that say they do without something.
fn without(settings: &Settings, says: impl Fn(&PatrolSettings) -> bool) -> BTreeSet<AccountId> {
    let accounts = settings.accounts.iter().filter(|(_, it)| says(it));
    accounts.map(|(account, _)| account.clone()).collect()
}

/// Returns everything a person should know, sorted by key.
#[must_use]
pub fn assess(
    census: &Census,
    memory: &Memory,
    settings: &Settings,
    now: Timestamp,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for (account, sight) in &census.accounts {
        let desk = Desk {
            account,
            settings: settings.of(account),
            now,
        };
        assess_account(&desk, sight, memory, &mut found);
    }
    found.extend(endpoints::findings(&census.endpoints, settings, now));
    once(found, settings, now)
}

fn assess_account(
    desk: &Desk<'_>,
    sight: &AccountSight,
    memory: &Memory,
    found: &mut Vec<Finding>,
) {
    let domains = seen(sight.domains.as_ref());
    let ending: Vec<_> = sight
        .ending(desk.account)
        .filter_map(|(scope, it)| Some((scope, it.seen()?)))
        .collect();
    for (scope, harvest) in &ending {
        found.extend(expiry::findings(
            desk,
            &sight.cloud,
            (scope, harvest),
            domains,
        ));
    }
    if let Some(certificates) = seen(sight.certificates.as_ref()) {
        found.extend(certificates::findings(desk, certificates));
    }
    if let Some(domains) = domains {
        found.extend(domains::findings(desk, domains));
    }
    domains::settle(desk, found, &memory.findings);
    if desk.settings.maintenance {
        for (region, estate) in &sight.estate {
            if let Some(planned) = seen(estate.maintenance.as_ref()) {
                found.extend(maintenance::findings(desk, region, planned));
            }
        }
    }
    if let Some((keys, days)) = seen(sight.access_keys.as_ref()).zip(desk.settings.access_key_days)
    {
        found.extend(access_keys::findings(desk, keys, days));
    }
    let Some(thresholds) = desk.settings.thresholds() else {
        return;
    };
    if let Some(balance) = seen(sight.balance.as_ref()) {
        found.extend(balance::below(desk, thresholds, balance.get()));
        found.extend(balance::runway(desk, balance.get(), &memory.balances));
        found.extend(renewal::unfunded(
            desk,
            &sight.cloud,
            &ending,
            balance.get(),
        ));
    }
}

fn seen<T>(sighting: Option<&Sighting<T>>) -> Option<&Seen<T>> {
    sighting.and_then(Sighting::seen)
}

/// Returns each finding once, sorted by key.
fn once(found: Vec<Finding>, settings: &Settings, now: Timestamp) -> Vec<Finding> {
    // A bill may have two rows of one id: the worse one speaks, and ties are broken by content.
    let mut worst: BTreeMap<FindingKey, Finding> = BTreeMap::new();
    for finding in found {
        match worst.entry(finding.key.clone()) {
            Entry::Vacant(place) => drop(place.insert(finding)),
            Entry::Occupied(mut place) => {
                let zone = &settings.of(&finding.key.account).timezone;
                let (new, old) = (&finding, place.get());
                let [rank, rank_of_old] = [new, old].map(|it| Facts::of(it).rank(now, zone));
                if (rank, &new.evidence, &new.tags) < (rank_of_old, &old.evidence, &old.tags) {
                    place.insert(finding);
                }
            }
        }
    }
    worst.into_values().collect()
}

#[cfg(test)]
mod tests;
