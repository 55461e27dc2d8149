//! What the patrol tells when: the rule of all duties, over findings of which some become others.

use std::collections::BTreeSet;

use duty::{FindingState, KnownFinding};
use model::{AccountId, ResourceId};

pub use duty::notice::{Circumstances, Notice, Occasion, digest_is_due, is_news, notice};

use crate::kind::PatrolKind;

/// Returns the findings without those that are gone because they became another finding of the
/// same thing: a resource that was about to end and now has ended is not gone.
pub(crate) fn without_successors<'a>(known: &[&'a KnownFinding]) -> Vec<&'a KnownFinding> {
    let is_thing = |it: &KnownFinding| {
        PatrolKind::from_word(&it.finding.key.kind).is_some_and(|it| !it.is_about_money())
    };
    let thing = |it: &'a KnownFinding| (&it.finding.key.account, &it.finding.key.resource);
    let all = || known.iter().copied();
    let live: BTreeSet<(&AccountId, &ResourceId)> = all()
        .filter(|it| it.state != FindingState::Gone && is_thing(it))
        .map(thing)
        .collect();
    all()
        .filter(|it| it.state != FindingState::Gone || !is_thing(it) || !live.contains(&thing(it)))
        .collect()
}

#[cfg(test)]
mod tests;
