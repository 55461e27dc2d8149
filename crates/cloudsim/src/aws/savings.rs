//! Savings plans, which belong to no region.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Style};
use super::service::Service;
use crate::world::products::{Product, ProductState};
use crate::world::refusal::Refusal;

pub(super) const ACTIONS: &[ActionSpec] = &[ActionSpec {
    service: Service::SavingsPlans,
    name: "DescribeSavingsPlans",
    style: Style::Granted,
    path: Some(("POST", "/DescribeSavingsPlans")),
    parameters: &[
        Parameter::texts("savingsPlanArns"),
        Parameter::texts("savingsPlanIds"),
        Parameter::text("nextToken"),
        Parameter::new("maxResults", Kind::Whole(1, 1000)),
        Parameter::texts("states"),
    ],
    listing: Some(Listing {
        rows: &["savingsPlans"],
        paging: Some(Paging {
            size: "maxResults",
            token: "nextToken",
            next: "nextToken",
            default: Some(1000),
            says_truncated: false,
        }),
    }),
    serve: describe_savings_plans,
}];

fn describe_savings_plans(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let plans = asked.world.look(caller.uid, |account, _| {
        let everywhere = account
            .regions
            .iter()
            .filter_map(|(_, it)| it.products("savings-plan"));
        everywhere.flatten().cloned().collect::<Vec<Arc<Product>>>()
    });
    let plans = plans.unwrap_or_default();
    let said = asked.arguments;
    let (ids, arns, states) = (
        said.texts("savingsPlanIds"),
        said.texts("savingsPlanArns"),
        said.texts("states"),
    );
    let number = caller.cloud.number(caller.uid);
    let arn = |it: &Product| {
        format!(
            "arn:{}:savingsplans::{number}:savingsplan/{}",
            asked.partition().as_str(),
            it.id
        )
    };
    let wanted = plans.iter().filter(|it| {
        ids.as_ref().is_none_or(|ids| ids.contains(&it.id.as_str()))
            && arns
                .as_ref()
                .is_none_or(|arns| arns.contains(&arn(it).as_str()))
            && states
                .as_ref()
                .is_none_or(|states| states.contains(&state(it)))
            && asked.shows(it.created)
    });
    let currency = if asked.region.starts_with("cn-") {
        "CNY"
    } else {
        "USD"
    };
    asked.page(wanted, |it| {
        let ends = it.term.ends.unwrap_or(it.created);
        json!({
            "offeringId": "1e6f1a1c-0000-0000-0000-000000000000",
            "savingsPlanId": it.id,
            "savingsPlanArn": arn(it),
            "description": "1 year No Upfront Compute Savings Plan",
            "start": instant(it.created),
            "end": instant(ends),
            "state": state(it),
            "savingsPlanType": if it.kind.is_empty() { "Compute" } else { it.kind.as_str() },
            "paymentOption": "No Upfront",
            "productTypes": ["EC2", "Fargate", "Lambda"],
            "currency": currency,
            "commitment": it.extra.get("commitment").map_or("1.00000000", String::as_str),
            "upfrontPaymentAmount": "0.0",
            "recurringPaymentAmount": "1.00000000",
            "termDurationInSeconds": ends.duration_since(it.created).as_secs(),
            "tags": {},
        })
    })
}

fn state(product: &Product) -> &str {
    match &product.state {
        ProductState::Active => "active",
        ProductState::Isolated | ProductState::Retired => "retired",
        ProductState::Odd(word) => word,
    }
}

/// Returns an instant as savings plans write it: a text with milliseconds.
fn instant(at: Timestamp) -> String {
    super::reply::iso(at)
}
