//! Domain names of the registrar. The service belongs to no region.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::arguments::Parameter;
use super::catalog::{ActionSpec, Asked, Listing, Paging, Reach, Style};
use super::times;
use super::words::Trouble;
use crate::world::domains::Domain;

pub(super) const ACTIONS: &[ActionSpec] = &[ActionSpec {
    service: "domain",
    version: "2018-08-08",
    name: "DescribeDomainNameList",
    style: Style::Signed,
    reach: Reach::Everywhere,
    parameters: &[Parameter::offset(), Parameter::limit(100)],
    listing: Some(Listing {
        rows: "/DomainSet",
        total: "/TotalCount",
        paging: Paging::OffsetLimit(20),
    }),
    serve: describe_domain_name_list,
}];

/// How long after its end a name can be bought back at the usual price.
const RENEWABLE_DAYS: i64 = 30;

fn describe_domain_name_list(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let (all, now) = asked
        .world
        .look(asked.caller()?.uid, |account, now| {
            (account.domains.clone(), now)
        })
        .unwrap_or_else(|| (Vec::new(), asked.world.now()));
    let (rows, total) = asked
        .arguments
        .part(20)
        .cut(all.into_iter().map(|it| it.at(now)));
    let rows: Vec<Value> = rows.iter().map(|it| row(it, now)).collect();
    super::catalog::json(&json!({"TotalCount": total, "DomainSet": rows}))
}

fn row(it: &Domain, now: Timestamp) -> Value {
    let (_, tld) = it.name.rsplit_once('.').unwrap_or(("", &it.name));
    json!({
        "DomainId": it.id, "DomainName": it.name, "Tld": format!(".{tld}"), "CodeTld": tld, "IsPremium": false,
        "AutoRenew": if it.auto_renew { 1 } else { 0 },
        "CreationDate": day_of(it.registered), "ExpirationDate": expiration(it), "BuyStatus": buy_status(it, now),
    })
}

/// Returns the end as the definition has it, and for names beyond ASCII as older replies do: a day alone.
fn expiration(domain: &Domain) -> String {
    match domain.name.is_ascii() {
        true => times::beijing(domain.ends),
        false => day_of(domain.ends),
    }
}

fn day_of(at: Timestamp) -> String {
    times::beijing(at).chars().take(10).collect()
}

fn buy_status(domain: &Domain, now: Timestamp) -> &'static str {
    match domain.days_left(now) {
        left if left < -RENEWABLE_DAYS => "RedemptionPending",
        left if left < 0 => "RenewPending",
        left if left <= 30 => "AboutToExpire",
        _ => "ok",
    }
}
