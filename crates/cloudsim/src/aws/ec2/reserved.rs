//! Reservations of machines: never paged, and shown when they are over.

use serde_json::{Value, json};

use super::{tag_set, zone};
use crate::aws::catalog::Asked;
use crate::aws::filters::{Filters, Has};
use crate::aws::reply::iso;
use crate::world::products::{Product, ProductState};
use crate::world::refusal::Refusal;

const FILTERS: &[&str] = &[
    "availability-zone",
    "duration",
    "end",
    "instance-type",
    "reserved-instances-id",
    "scope",
    "start",
    "state",
];

pub(super) fn describe_reserved_instances(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let holdings = asked.world.holdings(caller.uid, asked.region);
    let filters = Filters::read(asked, FILTERS)?;
    let ids = asked.arguments.texts("ReservedInstancesId");
    let all = holdings.products("ec2-reserved");
    for id in ids.iter().flatten() {
        if all.is_none_or(|it| it.get(id).is_none()) {
            let text = format!("The ReservedInstances ID '{id}' does not exist");
            return Err(Refusal::new(400, "InvalidReservedInstancesId", text));
        }
    }
    let class = asked.arguments.text("OfferingClass");
    let kind = asked.arguments.text("OfferingType");
    let wanted = all.into_iter().flatten().filter(|it| {
        ids.as_ref().is_none_or(|ids| ids.contains(&it.id.as_str()))
            && class.is_none_or(|asked| asked == extra(it, "offering-class", "standard"))
            && kind.is_none_or(|asked| asked == extra(it, "offering-type", "No Upfront"))
            && asked.shows(it.created)
            && filters.keep(|| it.tags.clone(), |name| value_of(it, name, asked.region))
    });
    asked.page(wanted, |it| row(it, asked.region))
}

fn extra<'a>(product: &'a Product, field: &str, default: &'a str) -> &'a str {
    product.extra.get(field).map_or(default, String::as_str)
}

fn state(product: &Product) -> &str {
    match &product.state {
        ProductState::Active => "active",
        ProductState::Isolated | ProductState::Retired => "retired",
        ProductState::Odd(word) => word,
    }
}

fn seconds(product: &Product) -> i64 {
    let ends = product.term.ends.unwrap_or(product.created);
    ends.duration_since(product.created).as_secs()
}

fn value_of(product: &Product, name: &str, region: &str) -> Has {
    match name {
        "availability-zone" => Has::one(zone("", region)),
        "duration" => Has::one(seconds(product).to_string()),
        "end" => Has::maybe(product.term.ends.map(iso)),
        "instance-type" => Has::one(&product.kind),
        "reserved-instances-id" => Has::one(&product.id),
        "scope" => Has::one("Region"),
        "start" => Has::one(iso(product.created)),
        "state" => Has::one(state(product)),
        _ => Has::NoFilter,
    }
}

fn row(product: &Product, region: &str) -> Value {
    let currency = if region.starts_with("cn-") {
        "CNY"
    } else {
        "USD"
    };
    let mut row = json!({
        "reservedInstancesId": product.id,
        "instanceType": product.kind,
        "start": iso(product.created),
        "duration": seconds(product),
        "fixedPrice": 0.0,
        "usagePrice": 0.0,
        "instanceCount": extra(product, "count", "1").parse::<u32>().unwrap_or(1),
        "productDescription": "Linux/UNIX",
        "state": state(product),
        "instanceTenancy": "default",
        "currencyCode": currency,
        "offeringClass": extra(product, "offering-class", "standard"),
        "offeringType": extra(product, "offering-type", "No Upfront"),
        "scope": "Region",
        "recurringCharges": [],
    });
    if let Some(ends) = product.term.ends {
        row["end"] = json!(iso(ends));
    }
    if !product.tags.is_empty() {
        row["tagSet"] = tag_set(&product.tags);
    }
    row
}
