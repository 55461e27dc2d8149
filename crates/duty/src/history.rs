//! How findings live from run to run: new, still, gone, or frozen while their scope is unseen.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::Scope;

use crate::finding::{Finding, FindingKey, FindingState, KnownFinding};

/// What one run made of the findings it knew and the findings it made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reconciled {
    /// Every finding to be remembered: new, still, gone and frozen ones, sorted by key.
    pub known: Vec<KnownFinding>,
}

/// Joins what was known with what `assessed` found at `now`.
///
/// A known finding that was not found again is *gone* only if every scope it rests on is in `seen`:
/// looked at, and whole. Otherwise it is frozen as it was. One that was gone already is forgotten.
#[must_use]
pub fn reconcile(
    known: &[KnownFinding],
    assessed: Vec<Finding>,
    seen: &BTreeSet<Scope>,
    now: Timestamp,
) -> Reconciled {
    let mut before: BTreeMap<&FindingKey, &KnownFinding> =
        known.iter().map(|it| (&it.finding.key, it)).collect();
    let mut after = Vec::with_capacity(assessed.len());
    for finding in assessed {
        after.push(match before.remove(&finding.key) {
            Some(old) if old.state != FindingState::Gone => still_there(finding, old, now),
            _ => new_finding(finding, now),
        });
    }
    for old in before
        .into_values()
        .filter(|it| it.state != FindingState::Gone)
    {
        let seen = old.finding.scopes.iter().all(|scope| seen.contains(scope));
        let state = if seen { FindingState::Gone } else { old.state };
        after.push(KnownFinding {
            state,
            frozen: !seen,
            ..old.clone()
        });
    }
    after.sort_by(|a, b| a.finding.key.cmp(&b.finding.key));
    Reconciled { known: after }
}

/// Every finding of a run passes here: of the old one, only what outlives it is copied.
fn still_there(finding: Finding, old: &KnownFinding, now: Timestamp) -> KnownFinding {
    KnownFinding {
        finding,
        state: FindingState::Still,
        frozen: false,
        first_seen: old.first_seen,
        last_seen: now,
        notified: old.notified,
        muted: old.muted.clone(),
        acked: old.acked.clone(),
    }
}

fn new_finding(finding: Finding, now: Timestamp) -> KnownFinding {
    KnownFinding {
        finding,
        state: FindingState::New,
        frozen: false,
        first_seen: now,
        last_seen: now,
        notified: None,
        muted: None,
        acked: None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::{AccountId, Kind, ResourceId};

    use super::*;
    use crate::finding::{Mute, Severity};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn scope(account: &str) -> Scope {
        Scope::global(&AccountId::new(account), Kind::PREPAID)
    }

    fn finding(account: &str, id: &str) -> Finding {
        Finding {
            key: FindingKey {
                duty: "patrol".into(),
                kind: "expiry".into(),
                account: AccountId::new(account),
                resource: ResourceId::new(id),
            },
            severity: Severity::Warning,
            scopes: vec![scope(account)],
            name: String::new(),
            owner: String::new(),
            tags: model::Tags::new(),
            evidence: BTreeMap::new(),
        }
    }

    fn states(reconciled: &Reconciled) -> Vec<(&str, &str, bool)> {
        let line = |it: &'_ KnownFinding| (it.state.word(), it.frozen);
        reconciled
            .known
            .iter()
            .map(|it| (it.finding.key.resource.as_str(), line(it).0, line(it).1))
            .collect()
    }

    #[test]
    fn a_finding_is_new_then_still_then_gone_then_forgotten() {
        let seen = BTreeSet::from([scope("a")]);
        let first = reconcile(&[], vec![finding("a", "i-1")], &seen, at(1));
        assert_eq!(states(&first), [("i-1", "new", false)]);
        let second = reconcile(&first.known, vec![finding("a", "i-1")], &seen, at(2));
        assert_eq!(states(&second), [("i-1", "still", false)]);
        assert_eq!(second.known[0].first_seen, at(1));
        let third = reconcile(&second.known, vec![], &seen, at(3));
        assert_eq!(states(&third), [("i-1", "gone", false)]);
        assert_eq!(third.known[0].last_seen, at(2));
        let fourth = reconcile(&third.known, vec![], &seen, at(4));
        assert_eq!(states(&fourth), []);
        let back = reconcile(&third.known, vec![finding("a", "i-1")], &seen, at(5));
        assert_eq!(states(&back), [("i-1", "new", false)]);
    }

    #[test]
    fn an_unseen_scope_freezes_its_findings_and_no_others() {
        let first = reconcile(
            &[],
            vec![finding("a", "i-1"), finding("b", "i-2")],
            &BTreeSet::new(),
            at(1),
        );
        let seen = BTreeSet::from([scope("b")]);
        let second = reconcile(&first.known, vec![], &seen, at(2));
        assert_eq!(
            states(&second),
            [("i-1", "new", true), ("i-2", "gone", false)]
        );
        let third = reconcile(
            &second.known,
            vec![finding("a", "i-1")],
            &BTreeSet::new(),
            at(3),
        );
        assert_eq!(states(&third), [("i-1", "still", false)]);
    }

    #[test]
    fn a_mute_outlives_the_run_that_finds_it_again() {
        let mut first = reconcile(&[], vec![finding("a", "i-1")], &BTreeSet::new(), at(1));
        first.known[0].muted = Some(Mute {
            until: at(100),
            reason: "bought".into(),
            by: "li".into(),
        });
        let second = reconcile(
            &first.known,
            vec![finding("a", "i-1")],
            &BTreeSet::new(),
            at(2),
        );
        assert!(second.known[0].is_muted(at(99)));
        assert!(!second.known[0].is_muted(at(100)));
    }
}
