//! Reservations of databases.

use serde_json::{Value, json};

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Style};
use super::reply::iso;
use super::service::Service;
use crate::world::products::{Product, ProductState};
use crate::world::refusal::Refusal;

pub(super) const ACTIONS: &[ActionSpec] = &[ActionSpec {
    service: Service::Rds,
    name: "DescribeReservedDBInstances",
    style: Style::Granted,
    path: None,
    parameters: &[
        Parameter::text("ReservedDBInstanceId"),
        Parameter::text("DBInstanceClass"),
        Parameter::text("OfferingType"),
        Parameter::text("ProductDescription"),
        Parameter::flag("MultiAZ"),
        Parameter::new("MaxRecords", Kind::Whole(20, 100)),
        Parameter::text("Marker"),
    ],
    listing: Some(Listing {
        rows: &["ReservedDBInstances"],
        paging: Some(Paging {
            size: "MaxRecords",
            token: "Marker",
            next: "Marker",
            default: Some(100),
            says_truncated: false,
        }),
    }),
    serve: describe_reserved_db_instances,
}];

fn describe_reserved_db_instances(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let holdings = asked.world.holdings(caller.uid, asked.region);
    let said = asked.arguments;
    let all = holdings.products("rds-reserved");
    let id = said.text("ReservedDBInstanceId");
    if let Some(id) = id
        && all.is_none_or(|it| it.get(id).is_none())
    {
        let text = format!("Reserved DB Instance {id} not found.");
        return Err(Refusal::new(404, "ReservedDBInstanceNotFound", text));
    }
    let wanted = all.into_iter().flatten().filter(|it| {
        id.is_none_or(|id| it.id == id)
            && said
                .text("DBInstanceClass")
                .is_none_or(|class| it.kind == class)
            && said
                .text("OfferingType")
                .is_none_or(|asked| asked == OFFERING)
            && said
                .text("ProductDescription")
                .is_none_or(|asked| asked == engine(it))
            && said.flag("MultiAZ") != Some(true)
            && asked.shows(it.created)
    });
    asked.page(wanted, |it| row(it, asked))
}

const OFFERING: &str = "No Upfront";

fn engine(product: &Product) -> &str {
    product.extra.get("engine").map_or("mysql", String::as_str)
}

fn row(product: &Product, asked: &Asked<'_>) -> Value {
    let state = match &product.state {
        ProductState::Active => "active",
        ProductState::Isolated | ProductState::Retired => "retired",
        ProductState::Odd(word) => word,
    };
    // It has no end: begin and duration tell it.
    let ends = product.term.ends.unwrap_or(product.created);
    json!({
        "ReservedDBInstanceId": product.id,
        "ReservedDBInstancesOfferingId": "438012d3-4052-4cc7-b2e3-8d3372e0e706",
        "DBInstanceClass": product.kind,
        "StartTime": iso(product.created),
        "Duration": ends.duration_since(product.created).as_secs(),
        "FixedPrice": 0.0,
        "UsagePrice": 0.0,
        "CurrencyCode": if asked.region.starts_with("cn-") { "CNY" } else { "USD" },
        "DBInstanceCount": 1,
        "ProductDescription": engine(product),
        "OfferingType": OFFERING,
        "MultiAZ": false,
        "State": state,
        "RecurringCharges": [{"RecurringChargeAmount": 0.1, "RecurringChargeFrequency": "Hourly"}],
        "ReservedDBInstanceArn": asked.arn(&format!("ri:{}", product.id)),
    })
}
