//! Whatever else is paid for in advance: each service has its own names, its own codes, and its own pages.

mod databases;
mod gateways;
mod others;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::arguments::{Kind, Parameter, Part};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Reach, Style};
use super::times;
use super::words::{Trouble, wrong_value};
use crate::world::prepaid::Renewal;
use crate::world::products::{Product, ProductState};
use crate::world::terms::Charge;

const fn action(
    (service, version, name): (&'static str, &'static str, &'static str),
    (rows, total): (&'static str, &'static str),
    paging: Paging,
    parameters: &'static [Parameter],
    serve: fn(&Asked<'_>) -> Result<Vec<u8>, Trouble>,
) -> ActionSpec {
    ActionSpec {
        service,
        version,
        name,
        style: Style::Signed,
        reach: Reach::Region,
        parameters,
        listing: Some(Listing {
            rows,
            total,
            paging,
        }),
        serve,
    }
}

const IDS: Parameter = Parameter::new("InstanceIds", Kind::Texts(100));
const TOTAL: &str = "/TotalCount";

pub(super) const ACTIONS: &[ActionSpec] = &[
    action(
        ("cdb", "2017-03-20", "DescribeDBInstances"),
        ("/Items", TOTAL),
        Paging::OffsetLimit(20),
        &[IDS, Parameter::offset(), Parameter::limit(2000)],
        |asked| list(asked, "cdb", "Items", databases::cdb),
    ),
    action(
        ("redis", "2018-04-12", "DescribeInstances"),
        ("/InstanceSet", TOTAL),
        Paging::OffsetLimit(20),
        &[IDS, Parameter::offset(), Parameter::limit(1000)],
        |asked| {
            let Part { offset, limit } = asked.arguments.part(20);
            match offset.is_multiple_of(limit) {
                true => list(asked, "redis", "InstanceSet", databases::redis),
                false => Err(wrong_value("Offset")),
            }
        },
    ),
    action(
        ("mongodb", "2019-07-25", "DescribeDBInstances"),
        ("/InstanceDetails", TOTAL),
        Paging::OffsetLimit(20),
        &[IDS, Parameter::offset(), Parameter::limit(100)],
        |asked| list(asked, "mongodb", "InstanceDetails", databases::mongodb),
    ),
    action(
        ("postgres", "2017-03-12", "DescribeDBInstances"),
        ("/DBInstanceSet", TOTAL),
        Paging::OffsetLimit(10),
        &[Parameter::offset(), Parameter::limit(100)],
        |asked| {
            list_of(
                asked,
                "postgres",
                "DBInstanceSet",
                databases::postgres,
                asked.arguments.part(10),
            )
        },
    ),
    action(
        ("sqlserver", "2018-03-28", "DescribeDBInstances"),
        ("/DBInstances", TOTAL),
        Paging::PageNumber,
        &[
            Parameter::new("InstanceIdSet", Kind::Texts(100)),
            Parameter::offset(),
            Parameter::limit(100),
        ],
        |asked| {
            // This service alone takes the number of the page, from 0, for an offset.
            let Part { offset, limit } = asked.arguments.part(100);
            let part = Part {
                offset: offset.saturating_mul(limit),
                limit,
            };
            list_of(
                asked,
                "sqlserver",
                "DBInstances",
                databases::sqlserver,
                part,
            )
        },
    ),
    action(
        ("mariadb", "2017-03-12", "DescribeDBInstances"),
        ("/Instances", TOTAL),
        Paging::OffsetLimit(20),
        &[IDS, Parameter::offset(), Parameter::limit(100)],
        |asked| list(asked, "mariadb", "Instances", databases::mariadb),
    ),
    action(
        ("dcdb", "2018-04-11", "DescribeDCDBInstances"),
        ("/Instances", TOTAL),
        Paging::OffsetLimit(10),
        &[IDS, Parameter::offset(), Parameter::limit(100)],
        |asked| {
            list_of(
                asked,
                "dcdb",
                "Instances",
                databases::dcdb,
                asked.arguments.part(10),
            )
        },
    ),
    action(
        ("cynosdb", "2019-01-07", "DescribeClusters"),
        ("/ClusterSet", TOTAL),
        Paging::OffsetLimit(20),
        &[Parameter::offset(), Parameter::limit(100)],
        |asked| list(asked, "cynosdb", "ClusterSet", databases::cynosdb),
    ),
    action(
        ("es", "2018-04-16", "DescribeInstances"),
        ("/InstanceList", TOTAL),
        Paging::OffsetLimit(20),
        &[IDS, Parameter::offset(), Parameter::limit(100)],
        |asked| list(asked, "es", "InstanceList", others::es),
    ),
    action(
        ("ckafka", "2019-08-19", "DescribeInstancesDetail"),
        ("/Result/InstanceList", "/Result/TotalCount"),
        Paging::OffsetLimit(10),
        &[
            Parameter::new("InstanceIdList", Kind::Texts(100)),
            Parameter::offset(),
            Parameter::limit(20),
        ],
        |asked| {
            let part = asked.arguments.part(10);
            let result = page(asked, "ckafka", "InstanceList", others::ckafka, part)?;
            super::catalog::json(&json!({"Result": result}))
        },
    ),
    action(
        ("lighthouse", "2020-03-24", "DescribeInstances"),
        ("/InstanceSet", TOTAL),
        Paging::OffsetLimit(20),
        &[IDS, Parameter::offset(), Parameter::limit(100)],
        |asked| list(asked, "lighthouse", "InstanceSet", others::lighthouse),
    ),
    action(
        ("vpc", "2017-03-12", "DescribeBandwidthPackages"),
        ("/BandwidthPackageSet", TOTAL),
        Paging::OffsetLimit(20),
        &[
            Parameter::new("BandwidthPackageIds", Kind::Texts(100)),
            Parameter::offset(),
            Parameter::limit(100),
        ],
        |asked| list(asked, "bwp", "BandwidthPackageSet", gateways::package),
    ),
    action(
        ("vpc", "2017-03-12", "DescribeVpnGateways"),
        ("/VpnGatewaySet", TOTAL),
        Paging::OffsetLimit(20),
        &[
            Parameter::new("VpnGatewayIds", Kind::Texts(100)),
            Parameter::offset(),
            Parameter::limit(100),
        ],
        |asked| list(asked, "vpngw", "VpnGatewaySet", gateways::gateway),
    ),
];

/// One product, and what its row says beside it.
struct Shown<'a> {
    product: &'a Product,
    region: &'a str,
    now: Timestamp,
}

impl Shown<'_> {
    fn is_prepaid(&self) -> bool {
        self.product.term.charge == Charge::Prepaid
    }

    fn is_isolated(&self) -> bool {
        self.product.state == ProductState::Isolated
    }

    /// Returns the end in Beijing's time; `absent` for what is paid by use.
    fn ends(&self, absent: Value) -> Value {
        self.product
            .term
            .ends
            .map_or(absent, |it| json!(times::beijing(it)))
    }

    /// Returns since when it is isolated, in Beijing's time; `absent` when it is not.
    fn isolated_since(&self, absent: Value) -> Value {
        let since = self.product.term.ends.unwrap_or(self.now);
        match self.is_isolated() {
            true => json!(times::beijing(since)),
            false => absent,
        }
    }

    fn created(&self) -> String {
        times::beijing(self.product.created)
    }

    fn zone(&self) -> String {
        format!("{}-3", self.region)
    }

    /// Returns the code for what happens at the end: by hand, by itself, or not at all.
    fn renewal(&self, manual: u8, auto: u8, never: u8) -> u8 {
        match self.product.term.renewal {
            Some(Renewal::Auto | Renewal::AutoFailing) => auto,
            Some(Renewal::Never) => never,
            Some(Renewal::Manual) | None => manual,
        }
    }

    /// Returns the number for where it stands; an odd word is shown as the number it is, if it is one.
    fn status(&self, active: i64, isolated: i64) -> i64 {
        match &self.product.state {
            ProductState::Active | ProductState::Retired => active,
            ProductState::Isolated => isolated,
            ProductState::Odd(word) => word.parse().unwrap_or(99),
        }
    }

    /// Returns the word for where it stands.
    fn status_word<'b>(&'b self, active: &'b str, isolated: &'b str) -> &'b str {
        match &self.product.state {
            ProductState::Active | ProductState::Retired => active,
            ProductState::Isolated => isolated,
            ProductState::Odd(word) => word,
        }
    }

    /// Returns the tags as most services write them.
    fn tags(&self) -> Value {
        let tags = self.product.tags.iter();
        tags.map(|(key, value)| json!({"TagKey": key, "TagValue": value}))
            .collect()
    }
}

type Row = fn(&Shown<'_>) -> Value;

/// The date of those services that have no word for "never".
const ZERO: &str = "0000-00-00 00:00:00";

fn list(asked: &Asked<'_>, service: &str, field: &str, row: Row) -> Result<Vec<u8>, Trouble> {
    list_of(asked, service, field, row, asked.arguments.part(20))
}

fn list_of(
    asked: &Asked<'_>,
    service: &str,
    field: &str,
    row: Row,
    part: Part,
) -> Result<Vec<u8>, Trouble> {
    super::catalog::json(&page(asked, service, field, row, part)?)
}

fn page(
    asked: &Asked<'_>,
    service: &str,
    field: &str,
    row: Row,
    part: Part,
) -> Result<Map<String, Value>, Trouble> {
    let holdings = asked.holdings()?;
    let said = asked.arguments;
    let ids = [
        "InstanceIds",
        "InstanceIdSet",
        "InstanceIdList",
        "BandwidthPackageIds",
        "VpnGatewayIds",
    ];
    let ids = ids.iter().find_map(|it| said.texts(it));
    let products = holdings.products(service).into_iter().flatten();
    let kept = products.filter(|it| ids.as_ref().is_none_or(|ids| ids.contains(&it.id)));
    let (rows, total) = part.cut(kept);
    let now = asked.world.now();
    let rows = rows.into_iter().map(|product| {
        row(&Shown {
            product,
            region: asked.region,
            now,
        })
    });
    let mut answer = Map::new();
    answer.insert("TotalCount".to_owned(), json!(total));
    answer.insert(field.to_owned(), rows.collect());
    Ok(answer)
}
