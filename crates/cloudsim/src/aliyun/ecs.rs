//! Elastic Compute Service: regions, machines, their renewal.

pub(super) mod changing;
pub(super) mod copying;
pub(super) mod disking;
pub(super) mod disks;
pub(super) mod events;
pub(super) mod images;
pub(super) mod imaging;
pub(super) mod keeping;
pub(super) mod machinery;
mod rows;
pub(super) mod snapshots;
pub(super) mod tagging;

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

use self::rows::{InstanceRow, RegionRow, RenewalRow};
use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Product, RPC, Style, json};
use super::tokens::Turning;
use crate::world::cloud::Cloud;
use crate::world::instances::InstanceFilter;
use crate::world::network::Address;
use crate::world::prepaid::Renewal;
use crate::world::refusal::Refusal;

const STATUSES: &[&str] = &["Pending", "Running", "Starting", "Stopping", "Stopped"];

pub(super) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        product: Product::Ecs,
        name: "DescribeRegions",
        right: "ecs:DescribeRegions",
        style: Style::Signed,
        path: RPC,
        parameters: &[
            Parameter::text("AcceptLanguage"),
            Parameter::new(
                "InstanceChargeType",
                Kind::OneOf(&["PrePaid", "PostPaid", "SpotWithPriceLimit", "SpotAsPriceGo"]),
            ),
            Parameter::text("ResourceType"),
        ],
        listing: Some(Listing {
            rows: "/Regions/Region",
            total: "",
            page: None,
        }),
        serve: describe_regions,
    },
    ActionSpec {
        product: Product::Ecs,
        name: "DescribeInstances",
        right: "ecs:DescribeInstances",
        style: Style::Signed,
        path: RPC,
        parameters: &[
            Parameter::text("RegionId").needed(),
            Parameter::new("InstanceIds", Kind::JsonTexts),
            Parameter::text("InstanceName"),
            Parameter::text("VpcId"),
            Parameter::text("ZoneId"),
            Parameter::text("InstanceChargeType"),
            Parameter::text("Status"),
            Parameter::new("Tag", Kind::Structs(&["Key", "Value"])),
            Parameter::new("Filter", Kind::Structs(&["Key", "Value"])),
            Parameter::new("AdditionalAttributes", Kind::Repeated),
            Parameter::new("DryRun", Kind::Flag),
            Parameter::new("MaxResults", Kind::Whole(1, 100)),
            Parameter::text("NextToken"),
            Parameter::new("PageNumber", Kind::Whole(1, i64::MAX)),
            Parameter::new("PageSize", Kind::Whole(1, 100)),
        ],
        listing: Some(Listing {
            rows: "/Instances/Instance",
            total: "/TotalCount",
            page: Some(("PageNumber", "PageSize")),
        }),
        serve: describe_instances,
    },
    ActionSpec {
        product: Product::Ecs,
        name: "DescribeInstanceAutoRenewAttribute",
        right: "ecs:DescribeInstanceAutoRenewAttribute",
        style: Style::Signed,
        path: RPC,
        parameters: &[
            Parameter::text("RegionId").needed(),
            Parameter::text("InstanceId"),
            Parameter::text("RenewalStatus"),
            Parameter::new("PageNumber", Kind::Whole(1, i64::MAX)),
            Parameter::new("PageSize", Kind::Whole(1, 100)),
        ],
        listing: Some(Listing {
            rows: "/InstanceRenewAttributes/InstanceRenewAttribute",
            total: "/TotalCount",
            page: Some(("PageNumber", "PageSize")),
        }),
        serve: describe_instance_auto_renew_attribute,
    },
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RegionsAnswer<'a> {
    request_id: &'a str,
    regions: Regions<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Regions<'a> {
    region: Vec<RegionRow<'a>>,
}

fn describe_regions(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    asked.caller()?.require("ecs:DescribeRegions")?;
    let chinese = match asked.arguments.text("AcceptLanguage").unwrap_or("zh-CN") {
        "zh-CN" => true,
        "en-US" | "ja" => false,
        _ => {
            let text = "Only Chinese (zh-CN), English (en-US), and Japanese (ja) are allowed.";
            return Err(Refusal::new(404, "InvalidAcceptLanguage.NotFound", text));
        }
    };
    let regions = Cloud::Aliyun.regions().iter();
    let rows = regions.map(|(id, in_chinese, in_english)| RegionRow {
        region_id: id,
        region_endpoint: match *id {
            "cn-hangzhou" => "ecs.aliyuncs.com".to_owned(),
            id => format!("ecs.{id}.aliyuncs.com"),
        },
        local_name: if chinese { in_chinese } else { in_english },
    });
    json(&RegionsAnswer {
        request_id: asked.request_id,
        regions: Regions {
            region: rows.collect(),
        },
    })
}

pub(super) fn known_region<'a>(asked: &'a Asked<'_>) -> Result<&'a str, Refusal> {
    let region = asked.arguments.text("RegionId").unwrap_or_default();
    if Cloud::Aliyun.regions().iter().any(|it| it.0 == region) {
        return Ok(region);
    }
    Err(Refusal::new(
        404,
        "InvalidRegionId.NotFound",
        "The specified RegionId does not exist.",
    ))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InstancesAnswer<'a> {
    request_id: &'a str,
    instances: Instances<'a>,
    next_token: String,
    page_number: usize,
    page_size: usize,
    total_count: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Instances<'a> {
    instance: Vec<InstanceRow<'a>>,
}

fn describe_instances(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    let filter = instance_filter(asked)?;
    if said.flag("DryRun") {
        caller.require("ecs:DescribeInstances")?;
        let text = "Request validation has been passed with DryRun flag set.";
        return Err(Refusal::new(400, "DryRunOperation", text));
    }
    let turning = Turning::of(said, &filter.region)?;
    let page = asked.world.instances_page(caller, &filter, turning.asked)?;
    let held = asked.world.holdings(caller.uid, &filter.region);
    let bound: HashMap<&str, &Address> = held
        .addresses
        .iter()
        .filter_map(|it| Some((it.holder.as_ref()?.1.as_str(), it.as_ref())))
        .collect();
    let rows = page.items.iter();
    json(&InstancesAnswer {
        request_id: asked.request_id,
        instances: Instances {
            instance: rows
                .map(|it| InstanceRow::new(it, &filter.region, bound.get(it.id.as_str()).copied()))
                .collect(),
        },
        next_token: turning.next(&page, &filter.region),
        // With tokens both numbers mean nothing, and are made to look like it.
        page_number: if turning.by_token {
            1
        } else {
            page.asked.number
        },
        page_size: page.asked.size,
        total_count: if turning.by_token { 0 } else { page.total },
    })
}

fn instance_filter(asked: &Asked<'_>) -> Result<InstanceFilter, Refusal> {
    let said = asked.arguments;
    let region = known_region(asked)?.to_owned();
    let status = said.owned("Status");
    if status.as_deref().is_some_and(|it| !STATUSES.contains(&it)) {
        return Err(Refusal::new(
            404,
            "InvalidStatus.NotFound",
            "The specified Status is not found",
        ));
    }
    let charge_type = said.owned("InstanceChargeType");
    if charge_type
        .as_deref()
        .is_some_and(|it| !["PrePaid", "PostPaid"].contains(&it))
    {
        let text = "The InstanceChargeType does not exist in our records";
        return Err(Refusal::new(
            404,
            "InvalidInstanceChargeType.NotFound",
            text,
        ));
    }
    let ids = said.json_texts("InstanceIds");
    if ids.as_ref().is_some_and(|it| it.len() > 100) {
        return Err(Refusal::invalid("InstanceIds"));
    }
    let (mut ends_from, mut ends_to) = (None, None);
    for (key, value) in said.pairs("Filter", "Key", "Value") {
        let at = minute(&value.unwrap_or_default()).ok_or_else(|| Refusal::invalid("Filter"))?;
        match key.as_str() {
            "ExpiredStartTime" => ends_from = Some(at),
            "ExpiredEndTime" => ends_to = Some(at),
            _ => {
                return Err(Refusal::new(
                    404,
                    "InvalidFilterKey.NotFound",
                    "The specified filter key is not found.",
                ));
            }
        }
    }
    Ok(InstanceFilter {
        region,
        ids,
        name: said.owned("InstanceName"),
        status,
        charge_type,
        zone: said.owned("ZoneId"),
        vpc: said.owned("VpcId"),
        tags: said.pairs("Tag", "Key", "Value"),
        ends_from,
        ends_to,
    })
}

/// Reads `yyyy-MM-ddTHH:mmZ`.
fn minute(text: &str) -> Option<Timestamp> {
    format!("{}:00Z", text.strip_suffix('Z')?).parse().ok()
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RenewalsAnswer<'a> {
    request_id: &'a str,
    instance_renew_attributes: Renewals<'a>,
    page_number: usize,
    page_size: usize,
    total_count: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Renewals<'a> {
    instance_renew_attribute: Vec<RenewalRow<'a>>,
}

fn describe_instance_auto_renew_attribute(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    let region = known_region(asked)?;
    let (ids, status) = (said.commas("InstanceId"), said.text("RenewalStatus"));
    if ids.is_none() && status.is_none() {
        let text = "The parameter RenewalStatus and InstanceId can not be both empty.";
        return Err(Refusal::new(
            403,
            "InvalidParameter.RenewalStatusInstanceId",
            text,
        ));
    }
    if ids.as_ref().is_some_and(|it| it.len() > 100) {
        return Err(Refusal::new(
            403,
            "InvalidParameter.ToManyInstanceIds",
            "InstanceId should be less than 100.",
        ));
    }
    if status.is_some_and(|it| !["AutoRenewal", "Normal", "NotRenewal"].contains(&it)) {
        let text = "The specified parameter RenewalStatus is not valid.";
        return Err(Refusal::new(403, "InvalidParameter.RenewalStatus", text));
    }
    let shown = asked.world.renewals(caller, region, ids.as_deref())?;
    if ids
        .as_ref()
        .is_some_and(|ids| ids.iter().any(|id| !shown.iter().any(|it| it.id == *id)))
    {
        return Err(Refusal::new(
            403,
            "InvalidParameter.InvalidInstanceId",
            "The specified InstanceId does not exist.",
        ));
    }
    if ids.is_some() && shown.iter().any(|it| it.term.ends.is_none()) {
        let text = "Pay-As-You-Go instances do not support this operation.";
        return Err(Refusal::new(403, "ChargeTypeViolation", text));
    }
    let rows = shown
        .iter()
        .filter_map(|it| Some((it, it.term.renewal?)))
        .map(|(it, renewal)| {
            let renewal_status = match renewal {
                Renewal::Auto | Renewal::AutoFailing => "AutoRenewal",
                Renewal::Manual => "Normal",
                Renewal::Never => "NotRenewal",
            };
            RenewalRow {
                instance_id: &it.id,
                renewal_status,
                auto_renew_enabled: renewal_status == "AutoRenewal",
                duration: u16::from(renewal_status == "AutoRenewal"),
                period_unit: "Month",
            }
        });
    let page = said.page(("PageNumber", "PageSize"), 10);
    let page = page.cut(rows.filter(|it| status.is_none_or(|asked| asked == it.renewal_status)));
    json(&RenewalsAnswer {
        request_id: asked.request_id,
        instance_renew_attributes: Renewals {
            instance_renew_attribute: page.items,
        },
        page_number: page.asked.number,
        page_size: page.asked.size,
        total_count: page.total,
    })
}
