//! Where a plan is written down.

use std::collections::BTreeMap;

use duty::{Measure, Plan, Planned, Population, Reason, Spot, Step, Undecided};
use jiff::Timestamp;
use model::{AccountId, Kind, Money, RegionId, ResourceId};

use super::DUTY;

/// So many steps are made room for at least.
const FEW: usize = 16;

/// A plan that is being written.
pub(crate) struct Draft {
    plan: Plan,
    populations: BTreeMap<(AccountId, Kind), (u64, u64)>,
}

impl Draft {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            plan: Plan::empty(DUTY, now),
            populations: BTreeMap::new(),
        }
    }

    /// Returns when it is made.
    pub(crate) fn made(&self) -> Timestamp {
        self.plan.made
    }

    /// Writes a step down, and returns its place. The steps it waits for have to stand there.
    pub(crate) fn step(
        &mut self,
        spot: Spot,
        step: Step,
        reason: Reason,
        after: Vec<usize>,
        monthly: Option<Money>,
    ) -> usize {
        let steps = &mut self.plan.steps;
        if steps.len() == steps.capacity() {
            // Doubled, thousands of steps would take as much room again while all is in memory.
            steps.reserve_exact(steps.len() / 4 + FEW);
        }
        steps.push(Planned {
            spot,
            step,
            reason,
            after,
            monthly,
        });
        steps.len() - 1
    }

    /// Writes down that nothing could be decided about a thing, or `*` for all of a region.
    pub(crate) fn undecided(&mut self, spot: &Spot, resource: &str, reason: Reason) {
        self.plan.undecided.push(Undecided {
            account: spot.account.clone(),
            region: spot.region.clone(),
            resource: ResourceId::new(resource),
            reason,
        });
    }

    pub(crate) fn note(&mut self, reason: Reason) {
        self.plan.notes.push(reason);
    }

    /// Counts a kind of thing in an account: so many there are, and so many go when all is as it
    /// should be.
    pub(crate) fn count(&mut self, account: &AccountId, kind: &str, total: u64, steady: u64) {
        let kind = (account.clone(), Kind::new(kind));
        let population = self.populations.entry(kind).or_default();
        population.0 += total;
        population.1 += steady;
    }

    pub(crate) fn done(self) -> Plan {
        let mut plan = self.plan;
        let populations = self.populations.into_iter();
        plan.populations = populations
            .map(|((account, kind), (total, daily))| Population {
                account,
                kind,
                total,
                measure: Measure::Steady { daily },
            })
            .collect();
        let place = |it: &Undecided| {
            let place = (it.account.clone(), it.region.clone(), it.resource.clone());
            (place, it.reason.word.clone())
        };
        plan.undecided.sort_by_cached_key(place);
        // It is kept until the last of it is done.
        plan.steps.shrink_to_fit();
        plan
    }
}

/// Returns the region of an account where something is to be done.
pub(crate) fn spot(account: &AccountId, region: &RegionId) -> Spot {
    Spot {
        account: account.clone(),
        region: region.clone(),
    }
}
