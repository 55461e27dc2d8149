//! Certificates: of those for the same names only the newest counts, and any that is still in use.

use std::collections::BTreeMap;

use cloud::Seen;
use duty::{Finding, Severity};
use jiff::Timestamp;
use model::{Certificate, Expiry, Kind};

use super::desk::{Desk, note};
use crate::facts;
use crate::kind::PatrolKind;

/// For how many days an ended certificate is shown that is not known to be in use.
const SHOWN_AFTER_END_DAYS: i64 = 30;

/// How much of a certificate's names is written down.
const NAMES_SHOWN: usize = 3;

/// Returns what a person should know of the certificates.
pub(super) fn findings(desk: &Desk<'_>, certificates: &Seen<Vec<Certificate>>) -> Vec<Finding> {
    let newest = newest_by_names(certificates.get());
    let judged = certificates.get().iter().filter_map(|certificate| {
        let newer = newest
            .get(certificate.names.as_slice())
            .filter(|it| it.id != certificate.id && certificate.expiry != Expiry::Unknown);
        // A newer one helps nobody while the old one is what clients are shown.
        if newer.is_some() && certificate.deployed != Some(true) {
            return None;
        }
        let (kind, severity) = verdict(desk, certificate)?;
        let mut finding = written_up(desk, certificate, kind, severity);
        if let Some(newer) = newer {
            note(&mut finding, facts::REPLACED_BY, &newer.id);
        }
        Some(finding)
    });
    judged.collect()
}

/// Returns the certificate that ends last, for each set of names. One without names, or whose end
/// is not known, replaces nothing.
fn newest_by_names(certificates: &[Certificate]) -> BTreeMap<&[String], &Certificate> {
    let mut newest: BTreeMap<&[String], &Certificate> = BTreeMap::new();
    for certificate in certificates.iter().filter(|it| !it.names.is_empty()) {
        if certificate.expiry == Expiry::Unknown {
            continue;
        }
        let age = |it: &Certificate| (end_of(it), it.starts, it.id.clone());
        let place = newest.entry(&certificate.names).or_insert(certificate);
        if age(certificate) > age(place) {
            *place = certificate;
        }
    }
    newest
}

fn end_of(certificate: &Certificate) -> Timestamp {
    match certificate.expiry {
        Expiry::At(end) => end,
        Expiry::Never | Expiry::Unknown => Timestamp::MAX,
    }
}

fn verdict(desk: &Desk<'_>, certificate: &Certificate) -> Option<(PatrolKind, Severity)> {
    let end = match certificate.expiry {
        Expiry::Never => return None,
        Expiry::Unknown => return Some((PatrolKind::UnknownEnd, Severity::Notice)),
        Expiry::At(end) => end,
    };
    let days = desk.days_left(end);
    if days < -SHOWN_AFTER_END_DAYS && certificate.deployed != Some(true) {
        return None;
    }
    let by_days = if end <= desk.now {
        Some(Severity::Urgent)
    } else {
        desk.urgency(days)
    };
    // What is known to be used nowhere breaks nothing when it ends.
    let most = match certificate.deployed {
        Some(false) if end <= desk.now => Severity::Notice,
        Some(false) => Severity::Warning,
        _ => Severity::Urgent,
    };
    Some((PatrolKind::Certificate, by_days?.min(most)))
}

fn written_up(
    desk: &Desk<'_>,
    certificate: &Certificate,
    kind: PatrolKind,
    severity: Severity,
) -> Finding {
    let mut finding = desk.finding(kind, &certificate.id, severity, &[Kind::CERTIFICATE]);
    finding.name.clone_from(&certificate.name);
    desk.note_end(&mut finding, certificate.expiry);
    note(&mut finding, facts::PRODUCT, Kind::CERTIFICATE);
    note(&mut finding, facts::ISSUER, &certificate.issuer);
    let more = certificate.names.len().saturating_sub(NAMES_SHOWN);
    let mut names = certificate
        .names
        .iter()
        .take(NAMES_SHOWN)
        .cloned()
        .collect::<Vec<_>>();
    names.extend((more > 0).then(|| format!("+{more}")));
    note(&mut finding, facts::NAMES, names.join(", "));
    let deployed = match certificate.deployed {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    };
    note(&mut finding, facts::DEPLOYED, deployed);
    finding
}
