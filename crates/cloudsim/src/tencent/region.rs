//! The list of regions of a product.

use serde::Serialize;

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Reach, Style, json};
use super::received::Language;
use super::words::Trouble;
use crate::world::cloud::Cloud;

pub(super) const ACTIONS: &[ActionSpec] = &[ActionSpec {
    service: "region",
    version: "2022-06-27",
    name: "DescribeRegions",
    style: Style::Signed,
    reach: Reach::Everywhere,
    parameters: &[
        Parameter::text("Product").needed(),
        Parameter::new("Scene", Kind::Whole(0, 1)),
    ],
    listing: Some(Listing {
        rows: "/RegionSet",
        total: "/TotalCount",
        paging: Paging::None,
    }),
    serve: describe_regions,
}];

/// Products that the service knows; of any other it says so.
const PRODUCTS: &[&str] = &[
    "as",
    "cbs",
    "cdb",
    "ckafka",
    "clb",
    "cvm",
    "cynosdb",
    "dcdb",
    "es",
    "lighthouse",
    "mariadb",
    "mongodb",
    "postgres",
    "redis",
    "sqlserver",
    "tke",
    "vpc",
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
    #[serde(rename = "RegionTypeMC")]
    region_type: Option<()>,
    #[serde(rename = "LocationMC")]
    location: Option<()>,
    #[serde(rename = "RegionNameMC")]
    region_name_shown: Option<()>,
    #[serde(rename = "RegionIdMC")]
    region_id: Option<()>,
}

fn describe_regions(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let product = asked.arguments.text("Product").unwrap_or_default();
    if !PRODUCTS.contains(&product) {
        return Err(Trouble::new(
            "ResourceNotFound",
            format!("产品 `{product}` 不存在。"),
            format!("The product `{product}` is not found."),
        ));
    }
    let regions: Vec<Region> = names(asked.language)
        .map(|(region, region_name)| Region {
            region,
            region_name,
            region_state: "AVAILABLE",
            region_type: None,
            location: None,
            region_name_shown: None,
            region_id: None,
        })
        .collect();
    json(&Regions {
        total_count: regions.len(),
        region_set: regions,
    })
}

/// Returns the regions with their names in `language`.
pub(super) fn names(language: Language) -> impl Iterator<Item = (&'static str, &'static str)> {
    let named = move |&(id, chinese, english): &(&'static str, _, _)| match language {
        Language::Chinese => (id, chinese),
        Language::English => (id, english),
    };
    Cloud::Tencent.regions().iter().map(named)
}
