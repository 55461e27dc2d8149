//! Rows of the container service: lower-case words, and times of Beijing.

use jiff::Timestamp;
use jiff::tz::{TimeZone, offset};
use serde::Serialize;
use serde_json::{Value, json};

use crate::world::clusters::{Cluster, ClusterSort, ClusterState, Node, NodeKind, NodeState, Pool};
use crate::world::holdings::Holdings;
use crate::world::instances::{charge_type, status};
use crate::world::rows::Rows;
use crate::world::terms::Charge;

/// What this service shows for "never".
const NEVER: &str = "2099-12-31T23:59:00+08:00";

/// Writes a time as this service does.
fn beijing(at: Timestamp) -> String {
    let zoned = at.to_zoned(TimeZone::fixed(offset(8)));
    zoned.strftime("%Y-%m-%dT%H:%M:%S+08:00").to_string()
}

/// Returns the type and the profile of a sort of cluster.
pub(super) fn cluster_type(sort: ClusterSort) -> (&'static str, &'static str) {
    match sort {
        ClusterSort::Managed => ("ManagedKubernetes", "Default"),
        ClusterSort::Independent => ("Kubernetes", "Default"),
        ClusterSort::Serverless => ("Ask", "Default"),
        ClusterSort::Edge => ("ManagedKubernetes", "Edge"),
        ClusterSort::Registered => ("ExternalKubernetes", "Default"),
    }
}

#[derive(Serialize)]
struct Tag<'a> {
    key: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
pub(super) struct ClusterRow<'a> {
    cluster_id: &'a str,
    name: &'a str,
    cluster_type: &'static str,
    cluster_spec: &'static str,
    profile: &'static str,
    state: &'a str,
    size: usize,
    region_id: &'a str,
    zone_id: String,
    vpc_id: &'a str,
    vswitch_ids: [&'static str; 1],
    security_group_id: &'static str,
    network_mode: &'static str,
    current_version: &'a str,
    init_version: &'a str,
    next_version: &'static str,
    created: String,
    updated: String,
    deletion_protection: bool,
    private_zone: bool,
    resource_group_id: &'static str,
    meta_data: &'static str,
    master_url: &'static str,
    tags: Vec<Tag<'a>>,
}

impl<'a> ClusterRow<'a> {
    pub(super) fn new(it: &'a Cluster, region: &'a str, size: usize) -> Self {
        let (cluster_type, profile) = cluster_type(it.sort);
        Self {
            cluster_id: &it.id,
            name: &it.name,
            cluster_type,
            cluster_spec: if cluster_type == "ManagedKubernetes" {
                "ack.pro.small"
            } else {
                ""
            },
            profile,
            state: match &it.state {
                ClusterState::Creating => "initial",
                ClusterState::Running => "running",
                ClusterState::Updating => "scaling",
                ClusterState::Deleting => "deleting",
                ClusterState::Abnormal => "failed",
                ClusterState::Isolated => "stopped",
                ClusterState::Odd(word) => word,
            },
            size,
            region_id: region,
            zone_id: format!("{region}-b"),
            vpc_id: &it.vpc,
            vswitch_ids: ["vsw-bp1simulated"],
            security_group_id: "sg-bp1simulated",
            network_mode: "vpc",
            current_version: &it.version,
            init_version: &it.version,
            next_version: "",
            created: beijing(it.created),
            updated: beijing(it.created),
            deletion_protection: it.protected,
            private_zone: false,
            resource_group_id: "",
            meta_data: "{\"Capabilities\":{}}",
            master_url: "{\"intranet_api_server_endpoint\":\"https://172.16.0.251:6443\"}",
            tags: it
                .tags
                .iter()
                .map(|(key, value)| Tag { key, value })
                .collect(),
        }
    }
}

/// Returns the word for where a node stands, which is not the one of Kubernetes.
pub(super) fn node_state(node: &Node) -> &'static str {
    match node.state {
        NodeState::Joining => "initial",
        NodeState::Ready | NodeState::NotReady => "running",
        NodeState::Leaving => "removing",
        NodeState::Failed => "failed",
    }
}

#[derive(Serialize)]
pub(super) struct NodeRow<'a> {
    instance_id: &'a str,
    instance_name: &'a str,
    host_name: &'a str,
    node_name: String,
    instance_role: &'static str,
    instance_status: &'a str,
    instance_type: &'a str,
    instance_type_family: &'static str,
    instance_charge_type: &'static str,
    spot_strategy: &'static str,
    image_id: &'a str,
    ip_address: [&'a str; 1],
    is_aliyun_node: bool,
    node_status: &'static str,
    state: &'static str,
    nodepool_id: &'a str,
    source: &'static str,
    creation_time: String,
    expired_time: String,
    error_message: &'static str,
}

impl<'a> NodeRow<'a> {
    pub(super) fn new(it: &'a Node, region: &str, held: &'a Holdings) -> Self {
        let id = it.machine.as_deref().unwrap_or_default();
        let machine = held.machines.get(id);
        let in_group = machine.is_some_and(|it| it.group.is_some());
        let ends = machine.and_then(|it| it.term.ends);
        Self {
            // A virtual node, and one registered from outside, is no machine.
            instance_id: id,
            instance_name: machine.map_or(it.name.as_str(), |it| &it.name),
            host_name: if id.is_empty() { &it.name } else { id },
            node_name: match it.kind {
                NodeKind::Virtual | NodeKind::External => it.name.clone(),
                NodeKind::Worker | NodeKind::Master | NodeKind::Native => {
                    format!("{region}.{}", it.ip)
                }
            },
            instance_role: match it.kind {
                NodeKind::Master => "Master",
                _ => "Worker",
            },
            instance_status: machine.map_or("", |it| status(it)),
            instance_type: machine.map_or("", |it| &it.kind),
            instance_type_family: "",
            instance_charge_type: machine.map_or("PostPaid", |it| charge_type(it)),
            spot_strategy: match machine.map(|it| it.term.charge) {
                Some(Charge::Spot) => "SpotAsPriceGo",
                _ => "NoSpot",
            },
            image_id: machine.map_or("", |it| &it.image),
            ip_address: [&it.ip],
            is_aliyun_node: it.kind != NodeKind::External,
            node_status: match it.state {
                NodeState::Ready => "Ready",
                NodeState::NotReady | NodeState::Leaving => "NotReady",
                NodeState::Joining | NodeState::Failed => "Unknown",
            },
            state: node_state(it),
            nodepool_id: it.pool.as_deref().unwrap_or_default(),
            source: match (it.kind, in_group) {
                (NodeKind::Virtual, _) => "",
                (_, true) => "ess",
                (NodeKind::Master, _) => "manual",
                _ => "ess_attach",
            },
            creation_time: beijing(it.since),
            expired_time: ends.map_or_else(|| NEVER.to_owned(), beijing),
            error_message: "",
        }
    }
}

/// Returns the row of a node pool; what it would make a machine of is left out.
pub(super) fn pool(it: &Pool, region: &str, nodes: Option<&Rows<Node>>) -> Value {
    let of_pool = || {
        let nodes = nodes.into_iter().flatten();
        nodes.filter(|node| node.pool.as_deref() == Some(&it.id))
    };
    let count = |state| of_pool().filter(|it| it.state == state).count();
    let labels = it.labels.iter();
    json!({
        "nodepool_info": {
            "nodepool_id": it.id,
            "name": it.name,
            "type": "ess",
            "is_default": false,
            "region_id": region,
            "resource_group_id": "",
            "created": beijing(it.created),
            "updated": beijing(it.created),
        },
        "scaling_group": {
            "scaling_group_id": it.group.as_deref().unwrap_or_default(),
            "desired_size": it.wanted,
            "scaling_policy": "release",
            "instance_charge_type": "PostPaid",
            "tags": it.tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect::<Vec<_>>(),
        },
        "kubernetes_config": {
            "labels": labels.map(|(key, value)| json!({"key": key, "value": value})).collect::<Vec<_>>(),
            "runtime": "containerd",
        },
        "auto_scaling": {"enable": false},
        "status": {
            "state": "active",
            "total_nodes": of_pool().count(),
            "healthy_nodes": count(NodeState::Ready),
            "serving_nodes": count(NodeState::Ready),
            "initial_nodes": count(NodeState::Joining),
            "removing_nodes": count(NodeState::Leaving),
            "failed_nodes": count(NodeState::Failed),
            "offline_nodes": count(NodeState::NotReady),
        },
    })
}
