//! Leaves to copy that we gave another account and that serve no copy any more.
//!
//! A copy takes its leave back when it is whole or has failed; what a crash that nobody took up left
//! behind is taken back here. A snapshot that stays shared would stay for ever.
//!
//! Invariant: only a leave that our own tag says is ours is taken back, and none by which something is
//! being copied.

use std::collections::BTreeMap;

use duty::{Reason, Step};
use jiff::SignedDuration;
use model::{LENT, LENT_TAG, ResourceId, SetId, Snapshot};

use super::draft::Draft;
use super::ground::{Ground, House, numbered};
use super::making::Begun;
use super::stock::Set;

/// So many are taken back in one step.
const AT_ONCE: usize = 20;
/// When the other account cannot be seen, no copy is held to take longer than that.
const LONGEST_COPY: SignedDuration = SignedDuration::from_hours(48);

/// Writes down the leaves that are to be taken back.
pub(super) fn plan(houses: &[House<'_>], begun: &[Begun], draft: &mut Draft) {
    for (house, begun) in houses.iter().zip(begun) {
        for ground in &house.grounds {
            plan_ground((houses, house), ground, begun, draft);
        }
    }
}

fn plan_ground(
    (houses, house): (&[House<'_>], &House<'_>),
    ground: &Ground<'_>,
    begun: &Begun,
    draft: &mut Draft,
) {
    let lent = ground.stock.iter().flat_map(|it| it.lent());
    let mut ending: BTreeMap<&str, Vec<ResourceId>> = BTreeMap::new();
    for snapshot in lent {
        let Some(set) = SetId::of_tags(&snapshot.tags) else {
            continue;
        };
        for number in borrowers(snapshot) {
            let borrower = numbered(houses, house.cloud, number);
            let is_served = is_begun(begun, &set, number)
                || match borrower.and_then(|it| is_copying(it, &set)) {
                    Some(is_copying) => is_copying,
                    None => draft.made().duration_since(set.period) < LONGEST_COPY,
                };
            if !is_served {
                ending.entry(number).or_default().push(snapshot.id.clone());
            }
        }
    }
    for (number, ids) in ending {
        for ids in ids.chunks(AT_ONCE) {
            let facts = [("many", ids.len().to_string()), ("to", number.to_owned())];
            let step = Step::EndLoan {
                snapshots: ids.to_vec(),
                number: number.to_owned(),
            };
            let reason = Reason::new("loan_stands", facts);
            draft.step(ground.spot(), step, reason, Vec::new(), None);
        }
    }
}

/// Returns the numbers of the accounts that a snapshot may be lent to.
fn borrowers(snapshot: &Snapshot) -> impl Iterator<Item = &str> {
    let tags = snapshot.tags.iter().filter(|it| it.1 == LENT);
    tags.filter_map(|(key, _)| key.strip_prefix(LENT_TAG))
}

/// Returns whether a step of this plan copies the set to that account: it ends the leave itself.
fn is_begun(begun: &Begun, set: &SetId, number: &str) -> bool {
    let start = begun.starts.get(&set.machine);
    let mut copies = start.iter().flat_map(|it| &it.copies);
    copies.any(|it| it.number == number && it.period == set.period)
}

/// Returns whether something of the set is still being copied to that account; `None` when not all of
/// it was seen.
fn is_copying(house: &House<'_>, set: &SetId) -> Option<bool> {
    let mut is_copying = false;
    for ground in &house.grounds {
        let sets = ground.stock.as_ref()?.sets_of(&set.machine);
        let is_it = |it: &&Set| it.moment.period == set.period && it.pending;
        is_copying |= sets.iter().find(is_it).is_some();
    }
    Some(is_copying)
}
