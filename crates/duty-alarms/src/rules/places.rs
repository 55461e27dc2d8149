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
    /// The cloud's own number of the account, or, where that is not known, our name of it.
    number: &'a str,
}

/// All regions of an identity: some clouds list alarms of all of them, whatever region is asked.
#[derive(Debug, Clone)]
pub(super) struct House<'a> {
    /// Those that were looked at, in their order.
    pub(super) places: Vec<Place<'a>>,
    /// Whether these are all there are, and all of their machines and addresses were seen.
    pub(super) is_whole: bool,
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
                number: if apart.is_empty() { number } else { apart },
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

/// Returns the regions of each identity together.
pub(super) fn houses<'a>(census: &'a Census, places: &[Place<'a>]) -> Vec<House<'a>> {
    let mut houses: BTreeMap<(&CloudId, &str), Vec<Place<'a>>> = BTreeMap::new();
    for place in places {
        let house = houses.entry((place.cloud, place.number)).or_default();
        house.push(*place);
    }
    let house = |places: Vec<Place<'a>>| {
        let logins = places.iter().map(|it| it.account);
        let mut lists = logins.filter_map(|it| {
            let sight = census.accounts.get(it)?;
            sight.regions.as_ref()?.seen()
        });
        // Where the config names the regions, nobody knows the others.
        let is_whole = lists.next().is_some_and(|all| {
            let is_seen = |id: &RegionId| {
                let here = places.iter().find(|it| it.region == id);
                here.is_some_and(|it| it.sees_machines())
            };
            all.get().iter().all(|it| is_seen(&it.id))
        });
        House { places, is_whole }
    };
    houses.into_values().map(house).collect()
}

impl House<'_> {
    /// Returns whether it has a place.
    pub(super) fn has(&self, place: &Place<'_>) -> bool {
        let mut places = self.places.iter();
        places.any(|it| (it.account, it.region) == (place.account, place.region))
    }
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
    /// Returns whether all machines, and all addresses where they are looked at, were seen.
    fn sees_machines(&self) -> bool {
        let machines = self.sight.machines.as_ref();
        let addresses = self.sight.addresses.as_ref();
        machines.is_some_and(|it| it.seen().is_some())
            && addresses.is_none_or(|it| it.seen().is_some())
    }

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
