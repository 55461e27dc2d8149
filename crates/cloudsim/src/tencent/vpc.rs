//! Virtual Private Cloud: kept addresses. Its pages are asked for with numbers or with texts.

use jiff::Timestamp;
use serde::Serialize;

use super::arguments::{Filter, Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Reach, Style, json};
use super::changing::change;
use super::cvm::renew_word;
use super::times;
use super::words::{Trouble, missing, not_both, not_found};
use crate::world::network::{Address, AddressState, Holder};
use crate::world::terms::Charge;

const FILTERS: &[&str] = &[
    "address-id",
    "address-name",
    "address-ip",
    "address-status",
    "instance-id",
    "private-ip-address",
    "network-interface-id",
    "is-arrears",
    "address-type",
    "tag-key",
    "tag-value",
    "tag:",
];

const SERVICE: &str = "vpc";
const VERSION: &str = "2017-03-12";

pub(super) const RELEASING: &[ActionSpec] = &[change(
    SERVICE,
    VERSION,
    "ReleaseAddresses",
    &[Parameter::new("AddressIds", Kind::Texts(100)).needed()],
    release,
)];

pub(super) const ACTIONS: &[ActionSpec] = &[ActionSpec {
    service: SERVICE,
    version: VERSION,
    name: "DescribeAddresses",
    style: Style::Signed,
    reach: Reach::Region,
    parameters: &[
        Parameter::new("AddressIds", Kind::Texts(100)),
        Parameter::filters(FILTERS, 10, 100),
        Parameter::new("Offset", Kind::WholeOrText(0, i64::MAX)),
        Parameter::new("Limit", Kind::WholeOrText(1, 100)),
    ],
    listing: Some(Listing {
        rows: "/AddressSet",
        total: "/TotalCount",
        paging: Paging::OffsetLimit(20),
    }),
    serve: describe_addresses,
}];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    total_count: usize,
    address_set: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    address_id: &'a str,
    address_name: Option<&'a str>,
    address_status: &'a str,
    address_ip: &'a str,
    instance_id: Option<&'a str>,
    instance_type: Option<&'static str>,
    network_interface_id: Option<&'a str>,
    private_address_ip: Option<&'a str>,
    is_arrears: bool,
    is_blocked: bool,
    is_eip_direct_connection: bool,
    address_type: &'static str,
    cascade_release: bool,
    internet_service_provider: &'static str,
    local_bgp: bool,
    bandwidth: u32,
    internet_charge_type: &'static str,
    deadline_date: Option<String>,
    renew_flag: Option<&'static str>,
    bandwidth_package_id: Option<()>,
    tag_set: Vec<Tag<'a>>,
    created_time: String,
    // Fields that the published definition does not know.
    pay_mode: Option<()>,
    network_group: Option<()>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag<'a> {
    key: &'a str,
    value: &'a str,
}

fn describe_addresses(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let holdings = asked.holdings()?;
    let said = asked.arguments;
    let (ids, filters) = (said.texts("AddressIds"), said.filters());
    if ids.is_some() && !filters.is_empty() {
        return Err(not_both("AddressIds", "Filters"));
    }
    let kept = holdings.addresses.iter().filter(|it| {
        ids.as_ref().is_none_or(|ids| ids.contains(&it.id))
            && filters.iter().all(|filter| keeps(filter, it))
    });
    let (rows, total_count) = said.part(20).cut(kept);
    let rows = rows.into_iter().map(|it| Row {
        address_id: &it.id,
        address_name: Some(it.name.as_str()).filter(|it| !it.is_empty()),
        address_status: state_word(it),
        address_ip: &it.ip,
        instance_id: instance(it),
        instance_type: it.holder.as_ref().map(|it| match it.0 {
            Holder::Machine => "CVM",
            Holder::Interface => "ENI",
            Holder::Gateway => "NAT",
            Holder::Balancer => "CLB",
        }),
        network_interface_id: interface(it),
        private_address_ip: Some(it.private_ip.as_str()).filter(|it| !it.is_empty()),
        is_arrears: it.isolated,
        is_blocked: false,
        is_eip_direct_connection: false,
        address_type: "EIP",
        cascade_release: false,
        internet_service_provider: "BGP",
        local_bgp: false,
        bandwidth: it.bandwidth,
        internet_charge_type: match it.term.charge {
            Charge::Prepaid => "BANDWIDTH_PREPAID_BY_MONTH",
            Charge::OnDemand | Charge::Spot => "TRAFFIC_POSTPAID_BY_HOUR",
        },
        deadline_date: it.term.ends.map(|ends| deadline(it, ends)),
        renew_flag: renew_word(&it.term),
        bandwidth_package_id: None,
        tag_set: it
            .tags
            .iter()
            .map(|(key, value)| Tag { key, value })
            .collect(),
        created_time: times::utc(it.created),
        pay_mode: None,
        network_group: None,
    });
    json(&Answer {
        total_count,
        address_set: rows.collect(),
    })
}

/// Gives addresses back that nothing uses: all that are named, or none.
fn release(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let ids = asked.arguments.texts("AddressIds").unwrap_or_default();
    if ids.is_empty() {
        return Err(missing("AddressIds"));
    }
    asked.change(|held, now| {
        for id in &ids {
            let address = held.addresses.get(id);
            let address = address.ok_or_else(|| not_found("InvalidAddressId.NotFound", id))?;
            if address.state != AddressState::Unbound || address.holder.is_some() {
                return Err(wrong_state(id));
            }
        }
        let mut ids = ids.iter();
        ids.try_for_each(|id| held.release_address(id, now).map_err(|_| wrong_state(id)))
    })?;
    json(&serde_json::json!({ "TaskId": "8611" }))
}

fn wrong_state(id: &str) -> Trouble {
    Trouble::new(
        "UnsupportedOperation.AddressStatusNotPermit",
        format!("地址 `{id}` 的状态不支持此操作。"),
        format!("The status of the address `{id}` does not allow this operation."),
    )
}

/// Returns the end in one of the two forms that the definition names: a day for what is in use, an instant for
/// what is not.
fn deadline(address: &Address, ends: Timestamp) -> String {
    match address.state {
        AddressState::Bound => times::beijing(ends).chars().take(10).collect(),
        _ => times::utc(ends),
    }
}

fn instance(address: &Address) -> Option<&str> {
    let (holder, id) = address.holder.as_ref()?;
    (*holder != Holder::Interface).then_some(id)
}

fn interface(address: &Address) -> Option<&str> {
    let (holder, id) = address.holder.as_ref()?;
    (*holder == Holder::Interface).then_some(id)
}

fn state_word(address: &Address) -> &str {
    match &address.state {
        AddressState::Bound if interface(address).is_some() => "BIND_ENI",
        AddressState::Bound => "BIND",
        AddressState::Unbound => "UNBIND",
        AddressState::Binding => "BINDING",
        AddressState::Unbinding => "UNBINDING",
        AddressState::Odd(word) => word,
    }
}

fn keeps(filter: &Filter, address: &Address) -> bool {
    match filter.name.as_str() {
        "address-id" => filter.keeps(&address.id),
        "address-name" => filter.keeps(&address.name),
        "address-ip" => filter.keeps(&address.ip),
        "address-status" => filter.keeps(state_word(address)),
        "instance-id" => instance(address).is_some_and(|it| filter.keeps(it)),
        "network-interface-id" => interface(address).is_some_and(|it| filter.keeps(it)),
        "private-ip-address" => filter.keeps(&address.private_ip),
        "is-arrears" => filter.keeps(if address.isolated { "TRUE" } else { "FALSE" }),
        "address-type" => filter.keeps("EIP"),
        _ => filter.keeps_tags(&address.tags).unwrap_or(false),
    }
}
