//! What is paid in advance: ends soon, has ended, or should have been renewed by now.

use std::collections::BTreeSet;

use cloud::{Harvest, Seen};
use duty::{Finding, Severity};
use model::{CloudId, Domain, Expiry, Kind, Prepaid, PrepaidStatus, Renewal, Scope};

use super::desk::{Desk, note, renewal_word};
use super::renewal;
use crate::facts;
use crate::kind::PatrolKind;

/// Returns what a person should know of the things on one list: the bill's, or a product's own.
pub(super) fn findings(
    desk: &Desk<'_>,
    cloud: &CloudId,
    (scope, harvest): (&Scope, &Seen<Harvest<Prepaid>>),
    domains: Option<&Seen<Vec<Domain>>>,
) -> Vec<Finding> {
    // A domain name may be on the bill as well; its registry knows better when it ends. Both call it
    // by one id, so that it is one finding whichever of the two was seen.
    let registered: BTreeSet<&str> = domains
        .into_iter()
        .flat_map(Seen::get)
        .filter(|it| matches!(it.expiry, Expiry::At(_)))
        .map(|it| it.id.as_str())
        .collect();
    let rows = harvest
        .get()
        .kept
        .iter()
        .filter(|it| !registered.contains(it.id.as_str()));
    rows.filter_map(|row| {
        let (kind, severity) = verdict(desk, cloud, row)?;
        Some(written_up(desk, (scope, row), kind, severity))
    })
    .collect()
}

fn verdict(desk: &Desk<'_>, cloud: &CloudId, row: &Prepaid) -> Option<(PatrolKind, Severity)> {
    // The cloud's own word that something has ended beats any end it shows.
    if row.status == PrepaidStatus::Expired {
        return Some((PatrolKind::Expired, Severity::Urgent));
    }
    let end = match row.expiry {
        Expiry::Never => return None,
        Expiry::Unknown => return Some((PatrolKind::UnknownEnd, Severity::Notice)),
        Expiry::At(end) if end <= desk.now => {
            return Some((PatrolKind::Expired, Severity::Urgent));
        }
        Expiry::At(end) => end,
    };
    if matches!(row.renewal, Renewal::Auto { .. }) {
        let failed = renewal::has_failed(cloud, row, end, desk.now);
        return failed.then_some((PatrolKind::RenewalFailed, Severity::Urgent));
    }
    Some((PatrolKind::Expiry, desk.urgency(desk.days_left(end))?))
}

/// Returns what a finding of a row is called: of a domain name, what its registry would have called
/// it.
fn called(row: &Prepaid, kind: PatrolKind) -> PatrolKind {
    match kind {
        PatrolKind::Expiry | PatrolKind::Expired | PatrolKind::RenewalFailed
            if row.kind.as_str() == Kind::DOMAIN =>
        {
            PatrolKind::Domain
        }
        other => other,
    }
}

fn written_up(
    desk: &Desk<'_>,
    (scope, row): (&Scope, &Prepaid),
    kind: PatrolKind,
    severity: Severity,
) -> Finding {
    let called = called(row, kind);
    let mut finding = desk.finding_in(called, &row.id, severity, [scope.clone()]);
    finding.name = row.name.clone().unwrap_or_default();
    desk.note_tags(&mut finding, &row.tags);
    desk.note_end(&mut finding, row.expiry);
    note(&mut finding, facts::PRODUCT, &row.kind);
    note(&mut finding, facts::PRODUCT_TYPE, &row.product_type);
    note(&mut finding, facts::RENEWAL, renewal_word(&row.renewal));
    if kind == PatrolKind::Expired {
        note(&mut finding, facts::ENDED, true);
    }
    if let Some(region) = &row.region {
        note(&mut finding, facts::REGION, region);
    }
    if let Some(release) = row.release {
        note(&mut finding, facts::RELEASE, release);
    }
    finding
}
