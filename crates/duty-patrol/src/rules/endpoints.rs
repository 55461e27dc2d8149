//! TLS endpoints: what a client is shown, whoever issued or stored it.

use std::collections::BTreeMap;

use cloud::census::{NO_ACCOUNT, endpoint_scope};
use cloud::{Probe, Sighting};
use duty::{Finding, Severity};
use jiff::Timestamp;
use model::{AccountId, Expiry, Kind, ResourceId};

use super::desk::{Desk, finding, note, urgency};
use crate::facts;
use crate::kind::PatrolKind;
use crate::settings::Settings;

/// Returns what a person should know of the endpoints; one that could not be seen is a matter of
/// coverage.
pub(super) fn findings(
    endpoints: &BTreeMap<String, Sighting<Probe>>,
    settings: &Settings,
    now: Timestamp,
) -> Vec<Finding> {
    let account = AccountId::new(NO_ACCOUNT);
    let desk = Desk {
        account: &account,
        settings: &settings.defaults,
        now,
    };
    let judged = endpoints.iter().filter_map(|(endpoint, sighting)| {
        let probe = sighting.seen()?.get();
        let (warn_days, urgent_days) = settings.endpoint_days(endpoint);
        let severity = if probe.ends <= now {
            Severity::Urgent
        } else {
            urgency(desk.days_left(probe.ends), warn_days, urgent_days)?
        };
        let resource = ResourceId::new(endpoint);
        let scopes = vec![endpoint_scope(endpoint)];
        let mut finding = finding(PatrolKind::Endpoint, &account, &resource, severity, scopes);
        desk.note_end(&mut finding, Expiry::At(probe.ends));
        note(&mut finding, facts::PRODUCT, Kind::ENDPOINT);
        note(&mut finding, facts::NAMES, &probe.subject);
        note(&mut finding, facts::ISSUER, &probe.issuer);
        Some(finding)
    });
    judged.collect()
}
