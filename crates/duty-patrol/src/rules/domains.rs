//! Registered domain names: to lose one is worse than to lose a machine.

use std::collections::BTreeSet;

use cloud::Seen;
use duty::{Finding, KnownFinding, Severity};
use model::{Domain, Expiry, Kind, ResourceId};

use super::desk::{Desk, note};
use crate::facts;
use crate::kind::PatrolKind;

/// From how many days before its end a name that renews by itself is reported all the same: when a
/// registry charges is its own custom, but so late every one has tried.
const LATE_DAYS: i64 = 3;

/// Returns what a person should know of the domain names.
pub(super) fn findings(desk: &Desk<'_>, domains: &Seen<Vec<Domain>>) -> Vec<Finding> {
    let judged = domains.get().iter().filter_map(|domain| {
        let (kind, severity) = verdict(desk, domain)?;
        Some(written_up(desk, domain, kind, severity))
    });
    judged.collect()
}

/// Makes one finding of each domain name, of what its registry and the bill told of it.
///
/// Where one of them knows when a name ends, nothing is said of the other that does not. What only the
/// registry knows, and has told before, stays while it is not seen: names, and tags that lead to
/// whoever is told.
pub(super) fn settle(desk: &Desk<'_>, found: &mut Vec<Finding>, known: &[KnownFinding]) {
    let is = |it: &Finding, kind: PatrolKind| {
        it.key.account == *desk.account && it.key.kind == kind.word()
    };
    let told: BTreeSet<ResourceId> = found
        .iter()
        .filter(|it| is(it, PatrolKind::Domain))
        .map(|it| it.key.resource.clone())
        .collect();
    found.retain(|it| !is(it, PatrolKind::UnknownEnd) || !told.contains(&it.key.resource));
    let nameless = |it: &&mut Finding| is(it, PatrolKind::Domain) && it.name.is_empty();
    for finding in found.iter_mut().filter(nameless) {
        let before = known.iter().find(|it| it.finding.key == finding.key);
        if let Some(before) = before.map(|it| &it.finding) {
            finding.name.clone_from(&before.name);
            finding.owner.clone_from(&before.owner);
            finding.tags.clone_from(&before.tags);
        }
    }
}

fn verdict(desk: &Desk<'_>, domain: &Domain) -> Option<(PatrolKind, Severity)> {
    if domain.in_redemption {
        return Some((PatrolKind::Domain, Severity::Urgent));
    }
    let end = match domain.expiry {
        Expiry::Never => return None,
        Expiry::Unknown => return Some((PatrolKind::UnknownEnd, Severity::Notice)),
        Expiry::At(end) => end,
    };
    let days = desk.days_left(end);
    let severity = match domain.auto_renew {
        _ if end <= desk.now => Some(Severity::Urgent),
        Some(true) => (days <= LATE_DAYS).then_some(Severity::Warning),
        Some(false) | None => desk.urgency(days),
    };
    Some((PatrolKind::Domain, severity?))
}

fn written_up(desk: &Desk<'_>, domain: &Domain, kind: PatrolKind, severity: Severity) -> Finding {
    let mut finding = desk.finding(kind, &domain.id, severity, &[Kind::DOMAIN]);
    if domain.name != domain.id.as_str() {
        finding.name.clone_from(&domain.name);
    }
    desk.note_tags(&mut finding, &domain.tags);
    desk.note_end(&mut finding, domain.expiry);
    note(&mut finding, facts::PRODUCT, Kind::DOMAIN);
    let renewal = match domain.auto_renew {
        Some(true) => "auto",
        Some(false) => "manual",
        None => "unknown",
    };
    note(&mut finding, facts::RENEWAL, renewal);
    if domain.in_redemption {
        note(&mut finding, facts::REDEMPTION, true);
        note(&mut finding, facts::ENDED, true);
    }
    finding
}
