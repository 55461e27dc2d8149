//! Machines, in the reservations they were started by.
//!
//! Pages are cut by machines, so that a reservation may begin on one page and end on the next.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::hindered::not_found;
use super::images::usage;
use super::{all_tags, id_of, spoken, state_of, tag_set, zone};
use crate::aws::catalog::Asked;
use crate::aws::filters::{Filters, Has, ids};
use crate::aws::reply::iso;
use crate::world::holdings::Holdings;
use crate::world::machines::{Machine, MachineState, Tags};
use crate::world::network::{Address, Holder};
use crate::world::refusal::Refusal;
use crate::world::storage::DiskState;
use crate::world::terms::Charge;

const FILTERS: &[&str] = &[
    "availability-zone",
    "dns-name",
    "image-id",
    "instance-id",
    "instance-lifecycle",
    "instance-state-code",
    "instance-state-name",
    "instance-type",
    "ip-address",
    "launch-time",
    "network-interface.addresses.private-ip-address",
    "owner-id",
    "private-ip-address",
    "reservation-id",
    "subnet-id",
    "vpc-id",
];

/// The kept addresses that are at machines, by machine.
type AtMachines<'a> = HashMap<&'a str, &'a Arc<Address>>;

pub(super) fn describe_instances(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let owner = caller.cloud.number(caller.uid);
    let holdings = asked.world.holdings(caller.uid, asked.region);
    let filters = Filters::read(asked, FILTERS)?;
    let ids = ids(
        asked,
        ("InstanceId", "i-"),
        ("InvalidInstanceID", "instance"),
        |id| {
            holdings
                .machines
                .get(id)
                .is_some_and(|it| asked.shows(it.created))
        },
    )?;
    let addresses = at_machines(&holdings);
    let machines: Vec<&Arc<Machine>> = match &ids {
        Some(ids) => ids
            .iter()
            .filter_map(|it| holdings.machines.get(it))
            .collect(),
        None => holdings.machines.iter().filter(|it| !it.hidden).collect(),
    };
    let wanted = machines
        .into_iter()
        .filter(|it| asked.shows(it.created))
        .filter(|machine| {
            filters.keep(
                || tags_of(machine),
                |name| {
                    let public = addresses.get(machine.id.as_str()).map(|it| it.ip.as_str());
                    value_of(machine, name, (asked.region, &owner), public)
                },
            )
        });
    let (page, token) = asked.cut(wanted)?;
    let mut reservations: Vec<Value> = Vec::new();
    let mut rest = &page[..];
    while let [first, ..] = rest {
        let started_by = reservation_of(first);
        let length = rest
            .iter()
            .take_while(|it| reservation_of(it) == started_by)
            .count();
        let (together, others) = rest.split_at(length);
        reservations.push(reserved(
            together,
            &holdings,
            &addresses,
            (asked.region, &owner),
        ));
        rest = others;
    }
    Ok(asked.answer(reservations, token))
}

/// Returns the row of a reservation with its machines.
fn reserved<M: AsRef<Machine>>(
    together: &[M],
    holdings: &Holdings,
    addresses: &AtMachines<'_>,
    place: (&str, &str),
) -> Value {
    let machines = together
        .iter()
        .map(|it| machine(it.as_ref(), holdings, addresses, place));
    json!({
        "reservationId": together.first().map(|it| reservation_of(it.as_ref())),
        "ownerId": place.1,
        "groupSet": [],
        "instancesSet": machines.collect::<Vec<_>>(),
    })
}

/// Returns the answer to a call that started `machines`; `None` when it started none.
pub(super) fn reservation(
    machines: &[Arc<Machine>],
    holdings: &Holdings,
    place: (&str, &str),
) -> Option<Value> {
    machines.first()?;
    Some(reserved(machines, holdings, &at_machines(holdings), place))
}

/// Shows one attribute of a machine.
pub(super) fn describe_instance_attribute(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let id = spoken::id(asked, "InstanceId", spoken::MACHINE)?;
    let holdings = asked.world.holdings(asked.caller()?.uid, asked.region);
    let machine = holdings
        .machines
        .get(id)
        .filter(|it| asked.shows(it.created));
    let machine = machine.ok_or_else(|| not_found(id))?;
    let attribute = asked.arguments.text("Attribute").unwrap_or_default();
    let value = match attribute {
        "disableApiTermination" => json!({"value": machine.protected}),
        "disableApiStop" => json!({"value": false}),
        "enaSupport" => json!({"value": machine.build.ena}),
        "sriovNetSupport" => json!({"value": machine.build.sriov}),
        "instanceType" => json!({"value": machine.kind}),
        "rootDeviceName" => json!({"value": machine.build.root_device}),
        "userData" => json!({"value": ""}),
        "blockDeviceMapping" => devices(machine, &holdings),
        other => {
            let text = format!("The attribute {other} is not served here.");
            return Err(Refusal::new(400, "InvalidParameterValue", text));
        }
    };
    Ok(json!({"instanceId": id, attribute: value}))
}

fn devices(machine: &Machine, holdings: &Holdings) -> Value {
    let disks = holdings.disks_of(machine).into_iter().map(|disk| {
        json!({
            "deviceName": disk.device,
            "ebs": {
                "volumeId": disk.id,
                "status": if disk.state == DiskState::Attaching { "attaching" } else { "attached" },
                "attachTime": iso(disk.created),
                "deleteOnTermination": disk.with_machine,
            },
        })
    });
    disks.collect()
}

/// Returns the reservation a machine was started by: those of a scaling group that were made at once share it.
fn reservation_of(machine: &Machine) -> String {
    id_of(
        "r-",
        machine.group.as_deref().unwrap_or(&machine.id),
        machine.created,
    )
}

fn at_machines(holdings: &Holdings) -> AtMachines<'_> {
    let held = holdings
        .addresses
        .iter()
        .filter_map(|address| match &address.holder {
            Some((Holder::Machine, id)) => Some((id.as_str(), address)),
            _ => None,
        });
    held.collect()
}

fn value_of(
    machine: &Machine,
    name: &str,
    (region, owner): (&str, &str),
    kept_address: Option<&str>,
) -> Has {
    let (code, state) = state_of(machine);
    match name {
        "availability-zone" => Has::one(zone(&machine.zone, region)),
        "image-id" => Has::one(&machine.image),
        "instance-id" => Has::one(&machine.id),
        "instance-lifecycle" => Has::maybe(lifecycle(machine)),
        "instance-state-code" => Has::one(code.to_string()),
        "instance-state-name" => Has::one(state),
        "instance-type" => Has::one(&machine.kind),
        "ip-address" => Has::maybe(kept_address.or(machine.public_ips.first().map(String::as_str))),
        "launch-time" => Has::one(iso(machine.created)),
        "network-interface.addresses.private-ip-address" => {
            Has::Values(machine.private_ips.clone())
        }
        "owner-id" => Has::one(owner),
        "private-ip-address" => Has::maybe(machine.private_ips.first()),
        "reservation-id" => Has::one(reservation_of(machine)),
        "subnet-id" => Has::one(&machine.subnet),
        "vpc-id" => Has::one(&machine.vpc),
        _ => Has::NoFilter,
    }
}

/// Returns the tags of a machine, with the one that its scaling group gave it.
fn tags_of(machine: &Machine) -> Tags {
    const GROUP: &str = "aws:autoscaling:groupName";
    let mut tags = all_tags(&machine.name, &machine.tags);
    if let Some(group) = &machine.group
        && !tags.iter().any(|(key, _)| key == GROUP)
    {
        tags.push((GROUP.to_owned(), group.clone()));
    }
    tags
}

fn lifecycle(machine: &Machine) -> Option<&'static str> {
    (machine.term.charge == Charge::Spot).then_some("spot")
}

fn machine(
    machine: &Machine,
    holdings: &Holdings,
    addresses: &AtMachines<'_>,
    (region, owner): (&str, &str),
) -> Value {
    let (code, state) = state_of(machine);
    let tags = tags_of(machine);
    let build = &machine.build;
    let groups = machine.security_groups.iter();
    let groups: Vec<Value> = groups
        .map(|it| json!({"groupId": it, "groupName": it}))
        .collect();
    let mut row = json!({
        "instanceId": machine.id,
        "imageId": machine.image,
        "instanceState": {"code": code, "name": state},
        "privateDnsName": "",
        "dnsName": "",
        "reason": "",
        "amiLaunchIndex": 0,
        "productCodes": [],
        "instanceType": machine.kind,
        "launchTime": iso(machine.created),
        "placement": {"availabilityZone": zone(&machine.zone, region), "groupName": "", "tenancy": "default"},
        "monitoring": {"state": "disabled"},
        "groupSet": groups,
        "architecture": build.architecture,
        "rootDeviceType": "ebs",
        "rootDeviceName": build.root_device,
        "blockDeviceMapping": devices(machine, holdings),
        "virtualizationType": build.virtualization,
        "clientToken": "",
        "hypervisor": "xen",
        "networkInterfaceSet": [],
        "ebsOptimized": true,
        "enaSupport": build.ena,
        "platformDetails": build.platform_details,
        "usageOperation": usage(&build.platform_details),
        "metadataOptions": {
            "state": "applied",
            "httpEndpoint": "enabled",
            "httpTokens": if build.imds.is_empty() { "optional" } else { "required" },
        },
    });
    let Some(fields) = row.as_object_mut() else {
        return row;
    };
    for (name, value) in [
        ("bootMode", &build.boot_mode),
        ("sriovNetSupport", &build.sriov),
        ("tpmSupport", &build.tpm),
    ] {
        if !value.is_empty() {
            fields.insert(name.to_owned(), json!(value));
        }
    }
    if !build.boot_mode.is_empty() {
        let current = match build.boot_mode.as_str() {
            "uefi-preferred" => "uefi",
            mode => mode,
        };
        fields.insert("currentInstanceBootMode".to_owned(), json!(current));
    }
    if build.platform_details.starts_with("Windows") {
        fields.insert("platform".to_owned(), json!("windows"));
    }
    if !machine.role.is_empty() {
        let arn = match machine.role.starts_with("arn:") {
            true => machine.role.clone(),
            false => format!("arn:aws:iam::{owner}:instance-profile/{}", machine.role),
        };
        fields.insert(
            "iamInstanceProfile".to_owned(),
            json!({"arn": arn, "id": id_of("AIPA", &machine.role, machine.created)}),
        );
    }
    if !tags.is_empty() {
        fields.insert("tagSet".to_owned(), tag_set(&tags));
    }
    if let Some(word) = lifecycle(machine) {
        fields.insert("instanceLifecycle".to_owned(), json!(word));
        fields.insert(
            "spotInstanceRequestId".to_owned(),
            json!(id_of("sir-", &machine.id, machine.created)),
        );
    }
    // What is terminated has neither network nor addresses any more.
    if matches!(
        machine.state,
        MachineState::Terminated | MachineState::Failed
    ) {
        let reason = json!({"code": "Client.UserInitiatedShutdown", "message": "Client.UserInitiatedShutdown: User initiated shutdown"});
        fields.insert("stateReason".to_owned(), reason);
    } else {
        attach(fields, machine, addresses, (region, owner));
    }
    row
}

/// Adds network and addresses to the row of `machine`.
fn attach(
    row: &mut Map<String, Value>,
    machine: &Machine,
    addresses: &AtMachines<'_>,
    (region, owner): (&str, &str),
) {
    let kept = addresses.get(machine.id.as_str());
    let public = kept
        .map(|it| it.ip.as_str())
        .or(machine.public_ips.first().map(String::as_str));
    let private = machine
        .private_ips
        .first()
        .map(String::as_str)
        .unwrap_or_default();
    let private_name = format!("ip-{}.{region}.compute.internal", private.replace('.', "-"));
    let inside = machine
        .private_ips
        .iter()
        .enumerate()
        .map(|(at, ip)| json!({"privateIpAddress": ip, "primary": at == 0}));
    let mut interface = json!({
        "networkInterfaceId": interface_id(&machine.id),
        "ownerId": owner,
        "status": "in-use",
        "subnetId": machine.subnet,
        "vpcId": machine.vpc,
        "privateIpAddress": private,
        "privateDnsName": private_name,
        "privateIpAddressesSet": inside.collect::<Vec<_>>(),
        "groupSet": [],
        "ipv6AddressesSet": [],
        "interfaceType": "interface",
    });
    if let Some(ip) = public {
        let ip_owner = if kept.is_some() { owner } else { "amazon" };
        interface["association"] =
            json!({"publicIp": ip, "publicDnsName": "", "ipOwnerId": ip_owner});
        row.insert("ipAddress".to_owned(), json!(ip));
    }
    row.insert("privateDnsName".to_owned(), json!(private_name));
    row.insert("privateIpAddress".to_owned(), json!(private));
    row.insert("vpcId".to_owned(), json!(machine.vpc));
    row.insert("subnetId".to_owned(), json!(machine.subnet));
    row.insert("sourceDestCheck".to_owned(), json!(true));
    row.insert("networkInterfaceSet".to_owned(), json!([interface]));
}

/// Returns the id of the interface of machine `id`.
pub(super) fn interface_id(id: &str) -> String {
    format!("eni-{}", id.trim_start_matches("i-"))
}
