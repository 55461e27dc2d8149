//! Kept addresses: never paged, and without the time they were allocated.

use serde_json::{Value, json};

use super::instances::interface_id;
use super::{all_tags, tag_set};
use crate::aws::catalog::Asked;
use crate::aws::filters::{Filters, Has};
use crate::world::network::{Address, AddressState, Holder};
use crate::world::refusal::Refusal;

const FILTERS: &[&str] = &[
    "allocation-id",
    "association-id",
    "domain",
    "instance-id",
    "network-border-group",
    "network-interface-id",
    "private-ip-address",
    "public-ip",
];

pub(super) fn describe_addresses(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let owner = caller.cloud.number(caller.uid);
    let holdings = asked.world.holdings(caller.uid, asked.region);
    let filters = Filters::read(asked, FILTERS)?;
    let (ids, ips) = (
        asked.arguments.texts("AllocationId"),
        asked.arguments.texts("PublicIp"),
    );
    for id in ids.iter().flatten() {
        if holdings.addresses.get(id).is_none() {
            let text = format!("The allocation ID '{id}' does not exist");
            return Err(Refusal::new(400, "InvalidAllocationID.NotFound", text));
        }
    }
    for ip in ips.iter().flatten() {
        if !holdings.addresses.iter().any(|it| it.ip == *ip) {
            let text = format!("Address '{ip}' not found.");
            return Err(Refusal::new(400, "InvalidAddress.NotFound", text));
        }
    }
    let wanted = holdings.addresses.iter().filter(|it| {
        ids.as_ref().is_none_or(|ids| ids.contains(&it.id.as_str()))
            && ips.as_ref().is_none_or(|ips| ips.contains(&it.ip.as_str()))
            && asked.shows(it.created)
            && filters.keep(
                || all_tags(&it.name, &it.tags),
                |name| value_of(it, name, asked.region),
            )
    });
    asked.page(wanted, |it| address(it, asked.region, &owner))
}

/// Returns the machine and the interface that an address is at, and whose interface that is.
fn place<'a>(address: &'a Address, owner: &'a str) -> Option<(Option<&'a str>, String, &'a str)> {
    if matches!(address.state, AddressState::Unbound) {
        return None;
    }
    let (holder, id) = address.holder.as_ref()?;
    Some(match holder {
        Holder::Machine => (Some(id), interface_id(id), owner),
        Holder::Interface => (None, id.clone(), owner),
        Holder::Gateway => (None, format!("eni-{id}"), "amazon-aws"),
        Holder::Balancer => (None, format!("eni-{id}"), "amazon-elb"),
    })
}

fn association(address: &Address) -> String {
    address.id.replace("eipalloc-", "eipassoc-")
}

fn value_of(address: &Address, name: &str, region: &str) -> Has {
    let place = place(address, "");
    match name {
        "allocation-id" => Has::one(&address.id),
        "association-id" => Has::maybe(place.map(|_| association(address))),
        "domain" => Has::one("vpc"),
        "instance-id" => Has::maybe(place.and_then(|it| it.0)),
        "network-border-group" => Has::one(region),
        "network-interface-id" => Has::maybe(place.map(|it| it.1)),
        "private-ip-address" => Has::maybe(place.map(|_| &address.private_ip)),
        "public-ip" => Has::one(&address.ip),
        _ => Has::NoFilter,
    }
}

fn address(address: &Address, region: &str, owner: &str) -> Value {
    let tags = all_tags(&address.name, &address.tags);
    let mut row = json!({
        "publicIp": address.ip,
        "allocationId": address.id,
        "domain": "vpc",
        "publicIpv4Pool": "amazon",
        "networkBorderGroup": region,
    });
    if let Some((machine, interface, interface_owner)) = place(address, owner) {
        row["associationId"] = json!(association(address));
        row["networkInterfaceId"] = json!(interface);
        row["networkInterfaceOwnerId"] = json!(interface_owner);
        row["privateIpAddress"] = json!(address.private_ip);
        if let Some(machine) = machine {
            row["instanceId"] = json!(machine);
        }
    }
    if !tags.is_empty() {
        row["tagSet"] = tag_set(&tags);
    }
    row
}
