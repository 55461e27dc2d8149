//! The registrar: domain names and their ends.

use jiff::tz::{TimeZone, offset};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Product, RPC, Style, json};
use crate::world::domains::{DomainFilter, DomainOrder};
use crate::world::refusal::Refusal;

const MILLISECONDS: Kind = Kind::Whole(0, i64::MAX);

pub(super) const ACTIONS: &[ActionSpec] = &[ActionSpec {
    product: Product::Domain,
    name: "QueryDomainList",
    right: "domain:QueryCommonInfo",
    style: Style::Signed,
    path: RPC,
    parameters: &[
        Parameter::new("PageNum", Kind::Whole(1, i64::MAX)).needed(),
        Parameter::new("PageSize", Kind::Whole(1, 100)).needed(),
        Parameter::new("QueryType", Kind::OneOf(&["1", "2", "4"])),
        Parameter::new(
            "OrderKeyType",
            Kind::OneOf(&["REGDATE", "DEADDATE", "CREATEDATE"]),
        ),
        Parameter::new("OrderByType", Kind::OneOf(&["ASC", "DESC"])),
        Parameter::text("DomainName"),
        Parameter::new("StartExpirationDate", MILLISECONDS),
        Parameter::new("EndExpirationDate", MILLISECONDS),
        Parameter::new("Lang", Kind::OneOf(&["zh", "en"])),
        Parameter::text("UserClientIp"),
        Parameter::text("ResourceGroupId"),
    ],
    listing: Some(Listing {
        rows: "/Data/Domain",
        total: "/TotalItemNum",
        page: Some(("PageNum", "PageSize")),
    }),
    serve: query_domain_list,
}];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    request_id: &'a str,
    data: Data<'a>,
    current_page_num: usize,
    page_size: usize,
    total_item_num: usize,
    total_page_num: usize,
    pre_page: bool,
    next_page: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Data<'a> {
    domain: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    domain_name: &'a str,
    instance_id: &'a str,
    domain_type: &'static str,
    domain_status: &'static str,
    domain_audit_status: &'static str,
    auto_renew_enabled: bool,
    expiration_curr_date_diff: i64,
    expiration_date: String,
    expiration_date_long: i64,
    expiration_date_status: &'static str,
    registration_date: String,
    registration_date_long: i64,
    product_id: &'static str,
    premium: bool,
    registrant_type: &'static str,
    remark: &'static str,
}

fn query_domain_list(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let said = asked.arguments;
    let descending = said.text("OrderByType") == Some("DESC");
    let order = match (said.text("OrderKeyType"), descending) {
        (Some("DEADDATE"), false) => DomainOrder::EndAscending,
        (Some("DEADDATE"), true) => DomainOrder::EndDescending,
        (Some(_), false) => DomainOrder::RegistrationAscending,
        (Some(_), true) => DomainOrder::RegistrationDescending,
        (None, _) => DomainOrder::Listed,
    };
    let status = match said.text("QueryType") {
        Some("1") => Some("1"),
        Some("2") => Some("2"),
        _ => None,
    };
    let filter = DomainFilter {
        name: said.owned("DomainName"),
        status,
        ends_from: said.milliseconds("StartExpirationDate"),
        // Precise to the day: the whole last day belongs to it.
        ends_to: said
            .milliseconds("EndExpirationDate")
            .map(|it| it + SignedDuration::from_hours(24)),
        order,
    };
    let page = asked.world.domains_page(
        asked.caller()?,
        &filter,
        said.page(("PageNum", "PageSize"), 20),
    )?;
    let now = asked.world.now();
    let rows = page.items.iter().map(|it| Row {
        domain_name: &it.name,
        instance_id: &it.id,
        domain_type: "gTLD",
        domain_status: it.status(now),
        domain_audit_status: "SUCCEED",
        auto_renew_enabled: it.auto_renew,
        expiration_curr_date_diff: it.days_left(now),
        expiration_date: beijing(it.ends),
        expiration_date_long: it.ends.as_millisecond(),
        expiration_date_status: it.status(now),
        registration_date: beijing(it.registered),
        registration_date_long: it.registered.as_millisecond(),
        product_id: "2a",
        premium: false,
        registrant_type: "2",
        remark: "",
    });
    let pages = page.pages();
    json(&Answer {
        request_id: asked.request_id,
        data: Data {
            domain: rows.collect(),
        },
        current_page_num: page.asked.number,
        page_size: page.asked.size,
        total_item_num: page.total,
        total_page_num: pages,
        pre_page: page.asked.number > 1,
        next_page: page.asked.number < pages,
    })
}

/// Returns the registrar's way to write a time: eight hours ahead, and without saying so.
fn beijing(at: Timestamp) -> String {
    at.to_zoned(TimeZone::fixed(offset(8)))
        .strftime("%Y-%m-%d %H:%M:%S")
        .to_string()
}
