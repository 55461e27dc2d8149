//! Which accounts are one: two logins of one identity see the same things, and what is found there
//! is told once.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use cloud::{AccountSight, Census, RegionSight, Sighting};
use model::{AccountId, CloudId, RegionId, ResourceId};

use super::past::Past;

/// One identity, and the accounts that log in as it.
pub(super) struct House<'a> {
    pub(super) cloud: &'a CloudId,
    /// The cloud's own number of it.
    pub(super) number: &'a str,
    /// The logins, by name.
    pub(super) logins: Vec<(&'a AccountId, &'a AccountSight)>,
    /// Which doubtful machines are nodes now, by the word of any login: a cluster may have them in other
    /// regions.
    pub(super) members: HashSet<&'a ResourceId>,
}

/// Returns every identity that could be seen. An account that could not has nothing that was seen.
pub(super) fn houses<'a>(census: &'a Census, past: &Past<'_>) -> Vec<House<'a>> {
    let mut logins: BTreeMap<(&CloudId, &str, &str), Vec<_>> = BTreeMap::new();
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
        let house = logins.entry((&sight.cloud, number, apart)).or_default();
        house.push((account, sight));
    }
    logins
        .into_iter()
        .map(|((cloud, number, _), logins)| House {
            cloud,
            number,
            members: members(&logins, &past.doubtful),
            logins,
        })
        .collect()
}

fn members<'a>(
    logins: &[(&'a AccountId, &'a AccountSight)],
    doubtful: &HashSet<&ResourceId>,
) -> HashSet<&'a ResourceId> {
    let sights = logins.iter().flat_map(|(_, sight)| sight.estate.values());
    let lists = sights.flat_map(|it| it.nodes.values());
    let nodes = lists.filter_map(Sighting::seen).flat_map(|it| it.get());
    nodes
        .filter_map(|it| it.machine.id())
        .filter(|it| doubtful.contains(it))
        .collect()
}

impl<'a> House<'a> {
    /// Returns every region that one of them looked at.
    pub(super) fn regions(&self) -> BTreeSet<&'a RegionId> {
        let sights = self.logins.iter().map(|(_, sight)| *sight);
        sights.flat_map(|it| it.estate.keys()).collect()
    }

    /// Returns what each of them saw of a region.
    pub(super) fn sights(
        &self,
        region: &RegionId,
    ) -> impl Iterator<Item = (&'a AccountId, &'a RegionSight)> {
        self.logins
            .iter()
            .filter_map(move |(account, sight)| Some((*account, sight.estate.get(region)?)))
    }

    /// Returns what each of them saw of each region.
    pub(super) fn everywhere(&self) -> impl Iterator<Item = (&'a RegionId, &'a RegionSight)> {
        self.logins.iter().flat_map(|(_, sight)| &sight.estate)
    }

    /// Returns whether an account is one of them.
    pub(super) fn has(&self, account: &AccountId) -> bool {
        self.logins.iter().any(|(login, _)| *login == account)
    }
}
