//! Registered domain names: to lose one is worse than to lose a machine.

use cloud::Seen;
use duty::{Finding, Severity};
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
    let resource = ResourceId::new(&domain.name);
    let mut finding = desk.finding(kind, &resource, severity, &[Kind::DOMAIN]);
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
