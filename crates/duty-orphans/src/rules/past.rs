//! What earlier runs left, to be looked up by thing.

use std::collections::{BTreeSet, HashMap, HashSet};

use cloud::Census;
use duty::{FindingState, KnownFinding, Membership, Memory};
use jiff::Timestamp;
use model::{AccountId, RegionId, ResourceId};

use super::DUTY;
use super::house::House;
use crate::facts::{self, Facts};
use crate::kind::OrphanKind;
use crate::verdict::Verdict;

/// What earlier runs left.
pub(super) struct Past<'a> {
    /// The accounts there are now.
    accounts: BTreeSet<&'a AccountId>,
    findings: HashMap<(&'a str, &'a ResourceId), Vec<&'a KnownFinding>>,
    /// The machines that findings are about, by region.
    suspects: HashMap<&'a str, BTreeSet<&'a ResourceId>>,
    /// Every machine of which anything may be asked: of a large estate a few, and all that is looked up
    /// is kept for these alone.
    pub(super) doubtful: HashSet<&'a ResourceId>,
    /// By machine.
    memberships: HashMap<&'a ResourceId, Vec<&'a Membership>>,
}

impl<'a> Past<'a> {
    pub(super) fn of(memory: &'a Memory, census: &'a Census) -> Self {
        let mut past = Self {
            accounts: census.accounts.keys().collect(),
            findings: HashMap::new(),
            suspects: HashMap::new(),
            doubtful: kept_machines(census).collect(),
            memberships: HashMap::new(),
        };
        let ours = memory
            .findings
            .iter()
            .filter(|it| it.finding.key.duty == DUTY && it.state != FindingState::Gone);
        for known in ours {
            let key = &known.finding.key;
            let place = past.findings.entry((&key.kind, &key.resource)).or_default();
            place.push(known);
            if key.kind == OrphanKind::Machine.word() {
                let region = Facts::of(&known.finding).get(facts::REGION);
                let here = past.suspects.entry(region).or_default();
                here.insert(&key.resource);
                past.doubtful.insert(&key.resource);
            }
        }
        for it in &memory.memberships {
            if past.doubtful.contains(&it.machine) {
                past.memberships.entry(&it.machine).or_default().push(it);
            }
        }
        past
    }

    /// Returns what is known of a thing of a house, under whichever of its accounts it was told.
    pub(super) fn finding(
        &self,
        house: &House<'_>,
        kind: OrphanKind,
        resource: &ResourceId,
    ) -> Option<&'a KnownFinding> {
        let known = self.findings.get(&(kind.word(), resource))?;
        let is_theirs = |it: &&&KnownFinding| {
            let facts = Facts::of(&it.finding);
            self.accounts.contains(&it.finding.key.account)
                && facts.get(facts::IDENTITY) == house.number
                && facts.get(facts::CLOUD) == house.cloud.as_str()
        };
        let mut theirs = known.iter().filter(is_theirs);
        let first = theirs.next()?;
        Some(theirs.fold(
            first,
            |a, b| {
                if b.finding.key < a.finding.key { b } else { a }
            },
        ))
    }

    /// Returns the machines of a house in a region that findings are about.
    pub(super) fn suspects(
        &self,
        house: &House<'_>,
        region: &RegionId,
    ) -> BTreeSet<&'a ResourceId> {
        let here = self.suspects.get(region.as_str());
        let here = here.into_iter().flatten().copied();
        here.filter(|it| self.finding(house, OrphanKind::Machine, it).is_some())
            .collect()
    }

    /// Returns when a machine of a house was last a node, and of what.
    pub(super) fn membership(
        &self,
        house: &House<'_>,
        machine: &ResourceId,
    ) -> Option<&'a Membership> {
        let all = self.memberships.get(machine)?.iter();
        all.filter(|it| house.has(&it.account))
            .max_by_key(|it| (it.last_seen, &it.cluster))
            .copied()
    }
}

fn kept_machines(census: &Census) -> impl Iterator<Item = &ResourceId> {
    let sights = census.accounts.values().flat_map(|it| it.estate.values());
    let lists = sights.filter_map(|it| it.machines.as_ref()?.seen());
    lists.flat_map(|it| &it.get().rows).map(|it| &it.id)
}

/// What earlier looks at a machine are worth now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Proof {
    /// The look that began the unbroken row of complete looks which show it.
    pub(super) since: Option<Timestamp>,
    /// The look that proved it.
    pub(super) confirmed: Option<Timestamp>,
}

impl Proof {
    /// Reads it from what is known of a machine. A look that was not complete breaks the row; having
    /// been a node again since then undoes all of it; and what lies ahead is nobody's proof.
    pub(super) fn of(
        known: Option<&KnownFinding>,
        membership: Option<&Membership>,
        now: Timestamp,
    ) -> Self {
        let Some(known) = known else {
            return Self::default();
        };
        let facts = Facts::of(&known.finding);
        let still_holds =
            |at: &Timestamp| *at <= now && membership.is_none_or(|it| it.last_seen < *at);
        let since = facts.time(facts::SINCE).filter(still_holds);
        let confirmed = facts
            .time(facts::CONFIRMED)
            .filter(still_holds)
            .filter(|_| since.is_some());
        let unbroken = !known.frozen && facts.verdict() == Verdict::SUSPECT;
        Self {
            since: since.filter(|_| unbroken || confirmed.is_some()),
            confirmed,
        }
    }
}
