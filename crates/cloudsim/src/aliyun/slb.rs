//! Server Load Balancer, the old one: balancers, and what stands behind each.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::arguments::{Kind, Parameter};
use super::catalog::{self, ActionSpec, Asked, Listing, Product, RPC, Style};
use super::ecs::known_region;
use crate::world::network::{Balancer, BalancerSort};
use crate::world::refusal::Refusal;
use crate::world::terms::Charge;

pub(super) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        product: Product::Slb,
        name: "DescribeLoadBalancers",
        right: "slb:DescribeLoadBalancers",
        style: Style::Signed,
        path: RPC,
        parameters: &[
            Parameter::text("RegionId").needed(),
            Parameter::text("LoadBalancerId"),
            Parameter::text("LoadBalancerName"),
            Parameter::new(
                "LoadBalancerStatus",
                Kind::OneOf(&["active", "inactive", "locked"]),
            ),
            Parameter::new("AddressType", Kind::OneOf(&["internet", "intranet"])),
            Parameter::new("PayType", Kind::OneOf(&["PayOnDemand", "PrePay"])),
            Parameter::text("VpcId"),
            Parameter::text("ServerId"),
            Parameter::new("PageNumber", Kind::Whole(1, i64::MAX)),
            Parameter::new("PageSize", Kind::Whole(1, 100)),
        ],
        listing: Some(Listing {
            rows: "/LoadBalancers/LoadBalancer",
            total: "/TotalCount",
            page: Some(("PageNumber", "PageSize")),
        }),
        serve: describe_load_balancers,
    },
    ActionSpec {
        product: Product::Slb,
        name: "DescribeLoadBalancerAttribute",
        right: "slb:DescribeLoadBalancerAttribute",
        style: Style::Signed,
        path: RPC,
        parameters: &[
            Parameter::text("RegionId").needed(),
            Parameter::text("LoadBalancerId").needed(),
        ],
        listing: None,
        serve: describe_load_balancer_attribute,
    },
];

fn status(it: &Balancer) -> &'static str {
    if it.active { "active" } else { "inactive" }
}

fn address_type(it: &Balancer) -> &'static str {
    if it.public { "internet" } else { "intranet" }
}

fn pay_type(it: &Balancer) -> &'static str {
    match it.term.charge {
        Charge::Prepaid => "PrePay",
        Charge::OnDemand | Charge::Spot => "PayOnDemand",
    }
}

fn row(it: &Balancer, region: &str) -> Value {
    let tags = it.tags.iter();
    json!({
        "LoadBalancerId": it.id,
        "LoadBalancerName": it.name,
        "LoadBalancerStatus": status(it),
        "LoadBalancerSpec": "slb.s2.small",
        "Address": it.ip,
        "AddressType": address_type(it),
        "AddressIPVersion": "ipv4",
        "NetworkType": if it.public { "classic" } else { "vpc" },
        "VpcId": if it.public { "" } else { it.vpc.as_str() },
        "VSwitchId": "",
        "RegionId": region,
        "RegionIdAlias": region,
        "MasterZoneId": format!("{region}-b"),
        "SlaveZoneId": format!("{region}-d"),
        "PayType": pay_type(it),
        "InstanceChargeType": "PayBySpec",
        "InternetChargeType": "4",
        "InternetChargeTypeAlias": "paybytraffic",
        "Bandwidth": 5120,
        // To the minute, unlike everything else of this service.
        "CreateTime": it.created.strftime("%Y-%m-%dT%H:%MZ").to_string(),
        "CreateTimeStamp": it.created.as_millisecond(),
        "DeleteProtection": "off",
        "ModificationProtectionStatus": "NonProtection",
        "ModificationProtectionReason": "",
        "ResourceGroupId": "",
        "Tags": {"Tag": tags.map(|(key, value)| json!({"TagKey": key, "TagValue": value})).collect::<Vec<_>>()},
    })
}

fn describe_load_balancers(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    let region = known_region(asked)?;
    caller.require("slb:DescribeLoadBalancers")?;
    let held = asked.world.holdings(caller.uid, region);
    let ids = said.commas("LoadBalancerId");
    let same = |name: &str, has: &str| said.text(name).is_none_or(|it| it == has);
    let page = said.page(("PageNumber", "PageSize"), 10);
    let page = held.balancers.page_of(page, |it| {
        it.sort == BalancerSort::Classic
            && ids.as_ref().is_none_or(|ids| ids.contains(&it.id))
            && same("LoadBalancerName", &it.name)
            && same("LoadBalancerStatus", status(it))
            && same("AddressType", address_type(it))
            && same("PayType", pay_type(it))
            && same("VpcId", &it.vpc)
            && said
                .text("ServerId")
                .is_none_or(|id| it.backends.iter().any(|it| it.id == id))
    });
    let rows = page.items.iter().map(|it| row(it, region));
    catalog::json(&json!({
        "RequestId": asked.request_id,
        "LoadBalancers": {"LoadBalancer": rows.collect::<Vec<_>>()},
        "PageNumber": page.asked.number,
        "PageSize": page.asked.size,
        "TotalCount": page.total,
    }))
}

fn describe_load_balancer_attribute(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    let region = known_region(asked)?;
    caller.require("slb:DescribeLoadBalancerAttribute")?;
    let held = asked.world.holdings(caller.uid, region);
    let found = held
        .balancers
        .get(said.text("LoadBalancerId").unwrap_or_default())
        .filter(|it| it.sort == BalancerSort::Classic);
    let Some(balancer) = found else {
        let text = "The specified LoadBalancerId does not exist.";
        return Err(Refusal::new(404, "InvalidLoadBalancerId.NotFound", text));
    };
    let servers = balancer.backends.iter().map(|it| {
        json!({"ServerId": it.id, "ServerIp": "", "Type": "ecs", "Weight": it.weight, "Description": ""})
    });
    let mut answer = row(balancer, region);
    answer["RequestId"] = json!(asked.request_id);
    answer["BackendServers"] = json!({"BackendServer": servers.collect::<Vec<_>>()});
    let ports: BTreeSet<u16> = balancer.backends.iter().map(|it| it.port).collect();
    answer["ListenerPorts"] = json!({"ListenerPort": ports});
    if let Some(ends) = balancer.term.ends {
        answer["EndTime"] = json!(ends.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        answer["EndTimeStamp"] = json!(ends.as_millisecond());
    }
    catalog::json(&answer)
}
