//! Takes from a plan what is not to be done.

use std::collections::{BTreeMap, BTreeSet};

use duty::{Limits, Plan, PlanFile, Planned, Step, guard};
use model::AccountId;

use super::Planning;
use crate::outcome::Outcome;

/// Narrows today's plan to what stands in the file; returns also what stands in the file and is not
/// wanted today.
///
/// What a step waits for goes with it, whether it stands in the file or not: a copy is never removed
/// without the one that is made first.
pub(super) fn narrowed(
    planning: Planning,
    file: &PlanFile,
    limits: impl Fn(&AccountId) -> Limits,
) -> (Planning, Vec<Planned>) {
    let today = planning.approved.plan();
    // Why it is wanted, what it costs and when it is done may be said otherwise today.
    let what = |it: &Planned| serde_json::to_string(&(&it.spot, &it.step.gist()));
    let what = |it: &Planned| what(it).unwrap_or_default();
    let filed: BTreeSet<String> = file.plan.steps.iter().map(what).collect();
    let wanted: BTreeSet<String> = today.steps.iter().map(what).collect();
    let moved = file.plan.steps.iter();
    let moved: Vec<Planned> = moved
        .filter(|it| !wanted.contains(&what(it)))
        .cloned()
        .collect();
    let plan = kept(today, |it| filed.contains(&what(it)));
    let (approved, refusals) = guard(plan, limits);
    let planning = Planning {
        approved,
        refusals,
        ..planning
    };
    (planning, moved)
}

/// Returns the accounts that are the same as an earlier one under another name: what is done in the
/// first is not done in them once more.
pub(super) fn twins(outcome: &Outcome) -> BTreeSet<AccountId> {
    let mut known = BTreeSet::new();
    let accounts = outcome.census.accounts.iter();
    accounts
        .filter_map(|(account, sight)| {
            let identity = sight.identity.seen()?.get();
            let is_first = known.insert((sight.cloud.clone(), identity.account.clone()));
            (!is_first).then(|| account.clone())
        })
        .collect()
}

/// Returns a plan of the steps that are wanted, and of those they wait for.
pub(super) fn kept(plan: &Plan, is_wanted: impl Fn(&Planned) -> bool) -> Plan {
    let mut stays: BTreeSet<usize> = BTreeSet::new();
    // A step stands after those it waits for, so one pass reaches all.
    for (place, planned) in plan.steps.iter().enumerate().rev() {
        if stays.contains(&place) || is_wanted(planned) {
            stays.insert(place);
            stays.extend(&planned.after);
        }
    }
    let places: BTreeMap<usize, usize> = stays.iter().copied().zip(0..).collect();
    let steps = stays.iter().filter_map(|place| plan.steps.get(*place));
    Plan {
        steps: steps.map(|it| renumbered(it.clone(), &places)).collect(),
        ..plan.clone()
    }
}

/// Returns a step whose places are those of a narrower plan.
fn renumbered(mut planned: Planned, places: &BTreeMap<usize, usize>) -> Planned {
    let new = |old: usize| places.get(&old).copied().unwrap_or(old);
    for place in &mut planned.after {
        *place = new(*place);
    }
    match &mut planned.step {
        Step::AttachDisk { made_by, .. } | Step::DropDisk { made_by, .. } => {
            *made_by = new(*made_by);
        }
        Step::RunBeside { made_by, .. } | Step::CreateAlarm { made_by, .. } => {
            *made_by = made_by.map(new);
        }
        _ => {}
    }
    planned
}
