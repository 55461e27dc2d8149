//! Cloud Virtual Machine: regions, machines, images.

mod images;
mod imaging;
mod instances;
mod machinery;
mod refusals;
mod words;

use serde::Serialize;

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Reach, Style, json};
use super::region::names;
use super::words::Trouble;

pub(super) use self::instances::Machines;
pub(super) use self::refusals::{image_may_go, refusal};
pub(super) use self::words::{charge_word, cpu_and_memory, renew_word};

const SERVICE: &str = "cvm";
const VERSION: &str = "2017-03-12";

pub(super) const IMAGING: &[ActionSpec] = imaging::ACTIONS;
pub(super) const MACHINERY: &[ActionSpec] = machinery::ACTIONS;

pub(super) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        service: SERVICE,
        version: VERSION,
        name: "DescribeRegions",
        style: Style::Signed,
        reach: Reach::Everywhere,
        parameters: &[],
        listing: Some(Listing {
            rows: "/RegionSet",
            total: "/TotalCount",
            paging: Paging::None,
        }),
        serve: describe_regions,
    },
    ActionSpec {
        service: SERVICE,
        version: VERSION,
        name: "DescribeInstances",
        style: Style::Signed,
        reach: Reach::Region,
        parameters: &[
            Parameter::new("InstanceIds", Kind::Texts(100)),
            Parameter::filters(instances::FILTERS, 10, 5),
            Parameter::offset(),
            Parameter::limit(100),
        ],
        listing: Some(Listing {
            rows: "/InstanceSet",
            total: "/TotalCount",
            paging: Paging::OffsetLimit(20),
        }),
        serve: instances::describe,
    },
    ActionSpec {
        service: SERVICE,
        version: VERSION,
        name: "DescribeImages",
        style: Style::Signed,
        reach: Reach::Region,
        parameters: &[
            Parameter::new("ImageIds", Kind::Texts(100)),
            Parameter::filters(images::FILTERS, 10, 5),
            Parameter::offset(),
            Parameter::limit(100),
            Parameter::text("InstanceType"),
        ],
        listing: Some(Listing {
            rows: "/ImageSet",
            total: "/TotalCount",
            paging: Paging::OffsetLimit(20),
        }),
        serve: images::describe,
    },
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Regions {
    total_count: usize,
    region_set: Vec<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Region {
    region: &'static str,
    region_name: &'static str,
    region_state: &'static str,
}

fn describe_regions(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let regions: Vec<Region> = names(asked.language)
        .map(|(region, region_name)| Region {
            region,
            region_name,
            region_state: "AVAILABLE",
        })
        .collect();
    json(&Regions {
        total_count: regions.len(),
        region_set: regions,
    })
}

/// A tag as this service writes it: everything twice, in two spellings, as recorded.
#[derive(Serialize)]
struct Tag<'a> {
    #[serde(rename = "tagKey")]
    old_key: &'a str,
    #[serde(rename = "tagValue")]
    old_value: &'a str,
    #[serde(rename = "Key")]
    key: &'a str,
    #[serde(rename = "Value")]
    value: &'a str,
}

fn tags(tags: &[(String, String)]) -> Vec<Tag<'_>> {
    tags.iter()
        .map(|(key, value)| Tag {
            old_key: key,
            old_value: value,
            key,
            value,
        })
        .collect()
}
