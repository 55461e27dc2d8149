//! The second opinion: is this machine in a cluster of this region?

use std::sync::Arc;

use serde::Serialize;

use super::all;
use crate::tencent::catalog::{Asked, json};
use crate::tencent::cvm::{Machines, charge_word, cpu_and_memory};
use crate::tencent::times;
use crate::tencent::words::{Trouble, not_both, not_found};
use crate::world::machines::Machine;

pub(super) const FILTERS: &[&str] = &[
    "zone",
    "vpc-id",
    "subnet-id",
    "instance-id",
    "instance-name",
    "instance-charge-type",
    "instance-state",
    "private-ip-address",
    "public-ip-address",
    "tag-key",
    "tag:",
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    total_count: usize,
    existed_instance_set: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    usable: bool,
    unusable_reason: &'static str,
    already_in_cluster: &'a str,
    instance_id: &'a str,
    instance_name: &'a str,
    private_ip_addresses: &'a [String],
    public_ip_addresses: Option<Vec<String>>,
    created_time: String,
    #[serde(rename = "CPU")]
    cpu: u32,
    memory: u32,
    os_name: &'static str,
    instance_type: &'a str,
    autoscaling_group_id: &'a str,
    instance_charge_type: &'static str,
    #[serde(rename = "IPv6Addresses")]
    ipv6_addresses: Option<()>,
}

pub(super) fn describe(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let holdings = asked.holdings()?;
    let said = asked.arguments;
    let (ids, filters) = (said.texts("InstanceIds"), said.filters());
    let cluster = said.text("ClusterId");
    if ids.is_some() && !filters.is_empty() {
        return Err(not_both("InstanceIds", "Filters"));
    }
    if ids.is_some() && cluster.is_some() {
        return Err(not_both("InstanceIds", "ClusterId"));
    }
    let vpc = match cluster {
        Some(id) => {
            let found = holdings.clusters.get(id);
            let found = found.ok_or_else(|| not_found("InternalError.ClusterNotFound", id))?;
            Some(found.vpc.as_str())
        }
        None => None,
    };
    let machines = Machines::of(&holdings);
    let shown = machines.shown(ids.as_deref());
    let (part_of_name, part_of_ip) = (said.text("VagueInstanceName"), said.text("VagueIpAddress"));
    let asked_ips = said.texts("IpAddresses");
    let ips = |it: &Machine| {
        let mut ips = it.private_ips.clone();
        ips.extend(machines.public_ips(it));
        ips
    };
    let kept = shown.iter().filter(|it| {
        vpc.is_none_or(|vpc| vpc == it.vpc)
            && part_of_name.is_none_or(|part| it.name.contains(part))
            && part_of_ip.is_none_or(|part| ips(it).iter().any(|ip| ip.contains(part)))
            && asked_ips
                .as_ref()
                .is_none_or(|asked| ips(it).iter().any(|ip| asked.contains(ip)))
            && all(&filters, |filter| machines.keeps(filter, it))
    });
    let (rows, total_count) = said.part(20).cut(kept);
    let rows = rows.into_iter().map(|machine: &Arc<Machine>| {
        let (cpu, memory) = cpu_and_memory(&machine.kind);
        let public_ips = machines.public_ips(machine);
        let cluster = machine.cluster.as_deref();
        Row {
            usable: cluster.is_none(),
            unusable_reason: match cluster {
                Some(_) => "already in Cluster",
                None => "",
            },
            already_in_cluster: cluster.unwrap_or_default(),
            instance_id: &machine.id,
            instance_name: &machine.name,
            private_ip_addresses: &machine.private_ips,
            public_ip_addresses: (!public_ips.is_empty()).then_some(public_ips),
            created_time: times::utc(machine.created),
            cpu,
            memory,
            os_name: "TencentOS Server 3.1 (TK4)",
            instance_type: &machine.kind,
            autoscaling_group_id: machine.group.as_deref().unwrap_or_default(),
            instance_charge_type: charge_word(&machine.term),
            ipv6_addresses: None,
        }
    });
    json(&Answer {
        total_count,
        existed_instance_set: rows.collect(),
    })
}
