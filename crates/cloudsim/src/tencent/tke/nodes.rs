//! Nodes, as the version of 2022 shows them: every sort in one list.

use std::sync::Arc;

use serde::Serialize;

use super::{all, cluster, nodes};
use crate::tencent::arguments::Filter;
use crate::tencent::catalog::{Asked, json};
use crate::tencent::cvm::{charge_word, cpu_and_memory, renew_word};
use crate::tencent::times;
use crate::tencent::words::Trouble;
use crate::world::clusters::{Node, NodeKind, NodeState};
use crate::world::holdings::Holdings;
use crate::world::machines::Machine;

pub(super) const FILTERS: &[&str] = &[
    "InstanceIds",
    "InstanceType",
    "VagueIpAddress",
    "Labels",
    "NodePoolNames",
    "VagueInstanceName",
    "InstanceStates",
    "Unschedulable",
    "NodePoolIds",
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    total_count: usize,
    instance_set: Vec<Row<'a>>,
    errors: [&'static str; 0],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    instance_id: &'a str,
    instance_role: &'static str,
    failed_reason: Option<&'static str>,
    instance_state: &'static str,
    unschedulable: bool,
    created_time: String,
    #[serde(rename = "LanIP")]
    lan_ip: Option<&'a str>,
    node_pool_id: &'a str,
    node_type: &'static str,
    native: Option<Native<'a>>,
    regular: Option<Regular<'a>>,
    #[serde(rename = "Super")]
    super_node: Option<Super>,
    external: Option<External<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag<'a> {
    key: &'a str,
    value: &'a str,
}

fn tags(tags: &[(String, String)]) -> Vec<Tag<'_>> {
    tags.iter().map(|(key, value)| Tag { key, value }).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Regular<'a> {
    instance_advanced_settings: AdvancedSettings,
    autoscaling_group_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<Tag<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AdvancedSettings {
    desired_pod_number: u32,
    pre_start_user_script: Option<()>,
    runtime_config: Option<()>,
    // Real scripts often hold secrets; what is here must turn up in no log.
    user_script: &'static str,
    extra_args: ExtraArgs,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ExtraArgs {
    kubelet: Option<()>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Native<'a> {
    machine_name: &'a str,
    machine_state: &'static str,
    machine_type: &'static str,
    instance_id: String,
    zone: &'a str,
    instance_charge_type: &'static str,
    pay_mode: &'static str,
    renew_flag: &'static str,
    expired_time: String,
    created_at: String,
    login_status: &'static str,
    is_protected_from_scale_in: bool,
    display_name: String,
    #[serde(rename = "CPU")]
    cpu: u32,
    #[serde(rename = "GPU")]
    gpu: u32,
    memory: u32,
    system_disk: SystemDisk,
    instance_family: &'a str,
    instance_type: &'a str,
    lan_ip: &'a str,
    wan_ip: &'static str,
    #[serde(rename = "SecurityGroupIDs")]
    security_group_ids: [&'static str; 1],
    vpc_id: &'a str,
    subnet_id: &'a str,
    os_image: &'static str,
    tags: Option<Vec<Tag<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SystemDisk {
    disk_type: &'static str,
    disk_size: u32,
    auto_format_and_mount: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Super {
    name: &'static str,
    auto_renew_flag: Option<()>,
    resource_type: Option<()>,
    #[serde(rename = "CPU")]
    cpu: Option<()>,
    memory: Option<()>,
    zone: Option<()>,
    vpc_id: Option<()>,
    subnet_id: &'static str,
    active_at: Option<()>,
    expire_at: Option<()>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct External<'a> {
    name: &'a str,
    #[serde(rename = "CPU")]
    cpu: u32,
    memory: u32,
    #[serde(rename = "K8SVersion")]
    version: &'a str,
}

pub(super) fn describe(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let holdings = asked.holdings()?;
    let cluster = cluster(asked, &holdings)?;
    let (said, filters) = (asked.arguments, asked.arguments.filters());
    let kept =
        nodes(&holdings, cluster).filter(|node| all(&filters, |it| keeps(it, node, &holdings)));
    let (rows, total_count) = said.part(20).cut(kept);
    let need_tags = said.flag("NeedTags");
    let rows = rows.into_iter().map(|node| {
        let machine = node
            .machine
            .as_ref()
            .and_then(|it| holdings.machines.get(it));
        let machine = machine.map(|it| &**it);
        let pool = node.pool.as_ref().and_then(|it| holdings.pools.get(it));
        let kind = node.kind;
        Row {
            instance_id: &node.name,
            instance_role: role_word(kind),
            failed_reason: failed_reason(node),
            instance_state: state_word(node.state),
            unschedulable: node.state == NodeState::Leaving,
            created_time: match kind {
                NodeKind::Virtual => times::go_beijing(node.since),
                _ => times::go_utc(node.since),
            },
            lan_ip: Some(node.ip.as_str()).filter(|it| !it.is_empty()),
            node_pool_id: node.pool.as_deref().unwrap_or_default(),
            node_type: type_word(kind),
            native: (kind == NodeKind::Native).then(|| native(node, machine, need_tags)),
            regular: matches!(kind, NodeKind::Worker | NodeKind::Master).then(|| Regular {
                instance_advanced_settings: AdvancedSettings {
                    desired_pod_number: 64,
                    pre_start_user_script: None,
                    runtime_config: None,
                    user_script: "IyEvYmluL3NoCmV4cG9ydCBUT0tFTj1zaW11bGF0ZWQtc2VjcmV0Cg==",
                    extra_args: ExtraArgs { kubelet: None },
                },
                autoscaling_group_id: pool
                    .and_then(|it| it.group.as_deref())
                    .or_else(|| machine.and_then(|it| it.group.as_deref()))
                    .unwrap_or_default(),
                tags: machine.filter(|_| need_tags).map(|it| tags(&it.tags)),
            }),
            super_node: (kind == NodeKind::Virtual).then_some(Super {
                name: "",
                auto_renew_flag: None,
                resource_type: None,
                cpu: None,
                memory: None,
                zone: None,
                vpc_id: None,
                subnet_id: "subnet-main",
                active_at: None,
                expire_at: None,
            }),
            external: (kind == NodeKind::External).then(|| External {
                name: &node.name,
                cpu: 2,
                memory: 4,
                version: &cluster.version,
            }),
        }
    });
    json(&Answer {
        total_count,
        instance_set: rows.collect(),
        errors: [],
    })
}

fn native<'a>(node: &'a Node, machine: Option<&'a Machine>, need_tags: bool) -> Native<'a> {
    let kind = machine.map_or("S5.MEDIUM4", |it| it.kind.as_str());
    let (cpu, memory) = cpu_and_memory(kind);
    let charge = machine.map_or("POSTPAID_BY_HOUR", |it| charge_word(&it.term));
    Native {
        machine_name: &node.name,
        machine_state: match node.state {
            NodeState::Joining => "Creating",
            NodeState::Leaving => "Deleting",
            NodeState::Failed => "Failed",
            NodeState::Ready | NodeState::NotReady => "Running",
        },
        machine_type: match machine {
            Some(_) => "NativeCVM",
            None => "Native",
        },
        // Without a machine of the account it is a container machine, which no other service lists.
        instance_id: machine
            .map_or_else(|| node.name.replacen("np-", "eks-", 1), |it| it.id.clone()),
        zone: machine.map_or("", |it| it.zone.as_str()),
        instance_charge_type: charge,
        pay_mode: charge,
        renew_flag: machine
            .and_then(|it| renew_word(&it.term))
            .unwrap_or_default(),
        expired_time: machine
            .and_then(|it| it.term.ends)
            .map(times::beijing)
            .unwrap_or_default(),
        created_at: times::beijing(node.since),
        login_status: "Opened",
        is_protected_from_scale_in: false,
        display_name: format!("tke-{}-worker", node.pool.as_deref().unwrap_or_default()),
        cpu,
        gpu: 0,
        memory,
        system_disk: SystemDisk {
            disk_type: "CLOUD_PREMIUM",
            disk_size: 50,
            auto_format_and_mount: false,
        },
        instance_family: kind.split('.').next().unwrap_or_default(),
        instance_type: kind,
        lan_ip: &node.ip,
        wan_ip: "",
        security_group_ids: ["sg-simulate"],
        vpc_id: machine.map_or("vpc-main", |it| it.vpc.as_str()),
        subnet_id: machine.map_or("subnet-main", |it| it.subnet.as_str()),
        os_image: "TencentOS Server 3.1 (Final)",
        tags: machine.filter(|_| need_tags).map(|it| tags(&it.tags)),
    }
}

fn keeps(filter: &Filter, node: &Arc<Node>, holdings: &Holdings) -> bool {
    let pool = || node.pool.as_ref().and_then(|it| holdings.pools.get(it));
    match filter.name.as_str() {
        "InstanceIds" => filter.keeps(&node.name),
        "InstanceType" => filter.keeps(type_word(node.kind)),
        "VagueIpAddress" => filter.keeps_part(&node.ip),
        "VagueInstanceName" => filter.keeps_part(&node.name),
        "InstanceStates" => filter.keeps(state_word(node.state)),
        "Unschedulable" => filter.keeps(match node.state {
            NodeState::Leaving => "true",
            _ => "false",
        }),
        "NodePoolIds" => node.pool.as_ref().is_some_and(|it| filter.keeps(it)),
        "NodePoolNames" => pool().is_some_and(|it| filter.keeps(&it.name)),
        "Labels" => pool().is_some_and(|it| {
            let mut labels = it.labels.iter();
            labels.any(|(key, value)| filter.keeps(&format!("{key}={value}")))
        }),
        _ => false,
    }
}

pub(super) fn role_word(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Master => "MASTER_ETCD",
        _ => "WORKER",
    }
}

pub(super) fn state_word(state: NodeState) -> &'static str {
    match state {
        NodeState::Joining => "initializing",
        NodeState::Ready | NodeState::NotReady | NodeState::Leaving => "running",
        NodeState::Failed => "failed",
    }
}

/// Returns what is said of a node beside its state; a healthy one has a reason too.
pub(super) fn failed_reason(node: &Node) -> Option<&'static str> {
    match (node.kind, node.state) {
        (_, NodeState::Failed) => Some("CVM is STOPPED"),
        (_, NodeState::NotReady) => Some("=Ready:Unknown,Kubelet stopped posting node status."),
        (_, NodeState::Joining) => Some("initializing"),
        (NodeKind::Virtual, _) => None,
        (NodeKind::Native, _) => Some("="),
        (NodeKind::External, _) => Some(""),
        (NodeKind::Worker | NodeKind::Master, _) => Some("=Ready:True"),
    }
}

fn type_word(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Worker | NodeKind::Master => "Regular",
        NodeKind::Native => "Native",
        NodeKind::Virtual => "Super",
        NodeKind::External => "External",
    }
}
