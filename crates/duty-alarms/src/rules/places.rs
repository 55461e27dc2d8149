//! Where there is something to be done: two logins of one identity see the same machines, and one
//! alarm is made for each.

use std::collections::{BTreeMap, BTreeSet};

use cloud::{Census, RegionSight, Sighting};
use model::{AccountId, CloudId, RegionId};

/// One region, by the login that saw most of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) account: &'a AccountId,
    pub(super) cloud: &'a CloudId,
    pub(super) region: &'a RegionId,
    pub(super) sight: &'a RegionSight,
}

/// Returns every region of every identity once, in the order of accounts and regions. Of an account
/// that could not say who it is nothing was seen.
pub(super) fn places(census: &Census) -> Vec<Place<'_>> {
    let mut chosen: BTreeMap<(&CloudId, &str, &str, &RegionId), Place<'_>> = BTreeMap::new();
    for (account, sight) in &census.accounts {
        let Some(identity) = sight.identity.seen() else {
            continue;
        };
        let number = identity.get().account.as_str();
        // Who has no number cannot be told to be another.
        let apart = if number.is_empty() {
            account.as_str()
        } else {
            ""
        };
        for (region, seen) in &sight.estate {
            let place = Place {
                account,
                cloud: &sight.cloud,
                region,
                sight: seen,
            };
            let key = (&sight.cloud, number, apart, region);
            let other = chosen.get(&key);
            if other.is_none_or(|other| place.lists_seen() > other.lists_seen()) {
                chosen.insert(key, place);
            }
        }
    }
    let mut places: Vec<Place<'_>> = chosen.into_values().collect();
    places.sort_by_key(|it| (it.account, it.region));
    places
}

/// Returns the accounts whose machines were looked at and whose alarms this program cannot read.
pub(super) fn without_alarms(census: &Census) -> BTreeSet<(&AccountId, &CloudId)> {
    let lacking = census.accounts.iter().filter(|(_, sight)| {
        let mut regions = sight.estate.values();
        regions.any(|it| it.machines.is_some() && it.alarms.is_none())
    });
    lacking
        .map(|(account, sight)| (account, &sight.cloud))
        .collect()
}

impl Place<'_> {
    /// Returns how many of the lists that matter were seen.
    fn lists_seen(&self) -> usize {
        fn one<T>(list: Option<&Sighting<T>>) -> usize {
            usize::from(list.is_some_and(|it| it.seen().is_some()))
        }
        one(self.sight.machines.as_ref())
            + one(self.sight.alarms.as_ref())
            + one(self.sight.addresses.as_ref())
            + one(self.sight.alarm_targets.as_ref())
    }
}
