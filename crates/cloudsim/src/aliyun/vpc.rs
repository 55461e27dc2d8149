//! Virtual Private Cloud: the addresses that are kept.

pub(super) mod changing;

use serde::Serialize;

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Product, RPC, Style, json};
use super::ecs::known_region;
use crate::world::network::{Address, AddressState, Holder};
use crate::world::refusal::Refusal;
use crate::world::terms::Charge;

pub(super) const ACTIONS: &[ActionSpec] = &[ActionSpec {
    product: Product::Vpc,
    name: "DescribeEipAddresses",
    right: "vpc:DescribeEipAddresses",
    style: Style::Signed,
    path: RPC,
    parameters: &[
        Parameter::text("RegionId").needed(),
        Parameter::text("AllocationId"),
        Parameter::text("EipAddress"),
        Parameter::new(
            "Status",
            Kind::OneOf(&[
                "Associating",
                "Unassociating",
                "InUse",
                "Available",
                "Releasing",
            ]),
        ),
        Parameter::new("ChargeType", Kind::OneOf(&["PrePaid", "PostPaid"])),
        Parameter::text("AssociatedInstanceType"),
        Parameter::text("AssociatedInstanceId"),
        Parameter::new("DryRun", Kind::Flag),
        Parameter::new("PageNumber", Kind::Whole(1, i64::MAX)),
        Parameter::new("PageSize", Kind::Whole(1, 100)),
    ],
    listing: Some(Listing {
        rows: "/EipAddresses/EipAddress",
        total: "/TotalCount",
        page: Some(("PageNumber", "PageSize")),
    }),
    serve: describe_eip_addresses,
}];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    request_id: &'a str,
    eip_addresses: Addresses<'a>,
    page_number: usize,
    page_size: usize,
    total_count: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Addresses<'a> {
    eip_address: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Locks {
    lock_reason: Vec<Lock>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Lock {
    lock_reason: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tags<'a> {
    tag: Vec<Tag<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag<'a> {
    key: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    allocation_id: &'a str,
    ip_address: &'a str,
    name: &'a str,
    description: &'static str,
    region_id: &'a str,
    instance_region_id: &'a str,
    status: &'a str,
    instance_id: &'a str,
    instance_type: &'static str,
    private_ip_address: &'a str,
    vpc_id: &'static str,
    /// A text here.
    bandwidth: String,
    eip_bandwidth: String,
    internet_charge_type: &'static str,
    charge_type: &'static str,
    allocation_time: String,
    expired_time: String,
    business_status: &'static str,
    #[serde(rename = "ISP")]
    isp: &'static str,
    has_reservation_data: &'static str,
    resource_group_id: &'static str,
    deletion_protection: bool,
    second_limited: bool,
    service_managed: u8,
    operation_locks: Locks,
    tags: Tags<'a>,
}

fn status(address: &Address) -> &str {
    match &address.state {
        AddressState::Bound => "InUse",
        AddressState::Unbound => "Available",
        AddressState::Binding => "Associating",
        AddressState::Unbinding => "Unassociating",
        AddressState::Odd(word) => word,
    }
}

fn holder(address: &Address) -> (&'static str, &str) {
    let Some((holder, id)) = &address.holder else {
        return ("", "");
    };
    let word = match holder {
        Holder::Machine => "EcsInstance",
        Holder::Interface => "NetworkInterface",
        Holder::Gateway => "Nat",
        Holder::Balancer => "SlbInstance",
    };
    (word, id)
}

fn charge(address: &Address) -> &'static str {
    match address.term.charge {
        Charge::Prepaid => "PrePaid",
        Charge::OnDemand | Charge::Spot => "PostPaid",
    }
}

fn row<'a>(it: &'a Address, region: &'a str) -> Row<'a> {
    let (instance_type, instance_id) = holder(it);
    let lock = it.isolated.then_some(Lock {
        lock_reason: "financial",
    });
    let tags = it.tags.iter().map(|(key, value)| Tag { key, value });
    Row {
        allocation_id: &it.id,
        ip_address: &it.ip,
        name: &it.name,
        description: "",
        region_id: region,
        instance_region_id: if instance_id.is_empty() { "" } else { region },
        status: status(it),
        instance_id,
        instance_type,
        private_ip_address: &it.private_ip,
        vpc_id: "",
        bandwidth: it.bandwidth.to_string(),
        eip_bandwidth: it.bandwidth.to_string(),
        internet_charge_type: "PayByTraffic",
        charge_type: charge(it),
        allocation_time: it.created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        expired_time: it.term.ends.map_or_else(String::new, |ends| {
            ends.strftime("%Y-%m-%dT%H:%MZ").to_string()
        }),
        business_status: if it.isolated {
            "FinancialLocked"
        } else {
            "Normal"
        },
        isp: "BGP",
        has_reservation_data: "false",
        resource_group_id: "",
        deletion_protection: false,
        second_limited: false,
        service_managed: 0,
        operation_locks: Locks {
            lock_reason: lock.into_iter().collect(),
        },
        tags: Tags {
            tag: tags.collect(),
        },
    }
}

fn describe_eip_addresses(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    let region = known_region(asked)?;
    caller.require("vpc:DescribeEipAddresses")?;
    let held = asked.world.holdings(caller.uid, region);
    let (ids, ips) = (said.commas("AllocationId"), said.commas("EipAddress"));
    if [&ids, &ips].into_iter().flatten().any(|it| it.len() > 50) {
        return Err(Refusal::invalid("AllocationId"));
    }
    let one_of = |asked: &Option<Vec<String>>, has: &String| {
        asked.as_ref().is_none_or(|it| it.contains(has))
    };
    let same = |name: &str, has: &str| said.text(name).is_none_or(|it| it == has);
    let page = said.page(("PageNumber", "PageSize"), 10);
    let page = held.addresses.page_of(page, |it| {
        let (holder, id) = holder(it);
        one_of(&ids, &it.id)
            && one_of(&ips, &it.ip)
            && same("Status", status(it))
            && same("ChargeType", charge(it))
            && same("AssociatedInstanceType", holder)
            && same("AssociatedInstanceId", id)
    });
    json(&Answer {
        request_id: asked.request_id,
        eip_addresses: Addresses {
            eip_address: page.items.iter().map(|it| row(it, region)).collect(),
        },
        page_number: page.asked.number,
        page_size: page.asked.size,
        total_count: page.total,
    })
}
