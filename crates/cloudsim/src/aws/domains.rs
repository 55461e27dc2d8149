//! Registered domain names; only the global partition has a registrar, in one region.

use serde_json::{Value, json};

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Style};
use super::service::Service;
use crate::world::domains::Domain;
use crate::world::refusal::Refusal;

pub(super) const ACTIONS: &[ActionSpec] = &[ActionSpec {
    service: Service::Route53Domains,
    name: "ListDomains",
    style: Style::Granted,
    path: None,
    parameters: &[
        Parameter::text("Marker"),
        Parameter::new("MaxItems", Kind::Whole(1, 100)),
    ],
    listing: Some(Listing {
        rows: &["Domains"],
        paging: Some(Paging {
            size: "MaxItems",
            token: "Marker",
            next: "NextPageMarker",
            default: Some(20),
            says_truncated: false,
        }),
    }),
    serve: list_domains,
}];

fn list_domains(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let domains = asked.world.look(asked.caller()?.uid, |account, now| {
        account
            .domains
            .iter()
            .map(|it| it.clone().at(now))
            .collect::<Vec<Domain>>()
    });
    let domains = domains.unwrap_or_default();
    let shown = domains.iter().filter(|it| asked.shows(it.registered));
    asked.page(shown, |it| {
        json!({
            "DomainName": it.name,
            "AutoRenew": it.auto_renew,
            "TransferLock": true,
            "Expiry": it.ends.as_second() as f64,
        })
    })
}
