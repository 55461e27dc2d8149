//! Nodes, as the version of 2018 shows them: workers only, unless another role is asked for; no super nodes.

use serde::Serialize;

use super::nodes::{failed_reason, role_word, state_word};
use super::{all, cluster, nodes};
use crate::tencent::arguments::Filter;
use crate::tencent::catalog::{Asked, json};
use crate::tencent::times;
use crate::tencent::words::Trouble;
use crate::world::clusters::{Node, NodeKind, NodeState};
use crate::world::holdings::Holdings;

pub(super) const ROLES: &[&str] = &["WORKER", "MASTER", "ETCD", "MASTER_ETCD", "ALL"];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    total_count: usize,
    instance_set: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    instance_id: &'a str,
    instance_role: &'static str,
    failed_reason: &'static str,
    instance_state: &'static str,
    drain_status: &'static str,
    instance_advanced_settings: AdvancedSettings,
    created_time: String,
    #[serde(rename = "LanIP")]
    lan_ip: Option<&'a str>,
    node_pool_id: &'a str,
    autoscaling_group_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AdvancedSettings {
    mount_target: &'static str,
    docker_graph_path: &'static str,
    user_script: &'static str,
    unschedulable: u8,
    labels: Option<()>,
    taints: Option<()>,
    data_disks: Option<()>,
    desired_pod_number: u32,
}

pub(super) fn describe(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let holdings = asked.holdings()?;
    let cluster = cluster(asked, &holdings)?;
    let (said, filters) = (asked.arguments, asked.arguments.filters());
    let role = said.text("InstanceRole").unwrap_or("WORKER");
    let ids = said.texts("InstanceIds");
    let kept = nodes(&holdings, cluster).filter(|node| {
        node.kind != NodeKind::Virtual
            && (role == "ALL" || role == role_word(node.kind))
            && ids.as_ref().is_none_or(|ids| ids.contains(&node.name))
            && all(&filters, |it| keeps(it, node, &holdings))
    });
    let (rows, total_count) = said.part(20).cut(kept);
    let rows = rows.into_iter().map(|node| Row {
        instance_id: &node.name,
        instance_role: role_word(node.kind),
        failed_reason: failed_reason(node).unwrap_or_default(),
        instance_state: state_word(node.state),
        drain_status: match node.state {
            NodeState::Leaving => "draining",
            _ => "",
        },
        instance_advanced_settings: AdvancedSettings {
            mount_target: "",
            docker_graph_path: "",
            user_script: "IyEvYmluL3NoCmV4cG9ydCBUT0tFTj1zaW11bGF0ZWQtc2VjcmV0Cg==",
            unschedulable: u8::from(node.state == NodeState::Leaving),
            labels: None,
            taints: None,
            data_disks: None,
            desired_pod_number: 64,
        },
        created_time: times::utc(node.since),
        lan_ip: Some(node.ip.as_str()).filter(|it| !it.is_empty()),
        node_pool_id: node.pool.as_deref().unwrap_or_default(),
        autoscaling_group_id: group(node, &holdings).unwrap_or_default(),
    });
    json(&Answer {
        total_count,
        instance_set: rows.collect(),
    })
}

fn group<'a>(node: &Node, holdings: &'a Holdings) -> Option<&'a str> {
    let pool = node.pool.as_ref().and_then(|it| holdings.pools.get(it));
    pool?.group.as_deref()
}

fn keeps(filter: &Filter, node: &Node, holdings: &Holdings) -> bool {
    match filter.name.as_str() {
        "nodepool-id" => node.pool.as_ref().is_some_and(|it| filter.keeps(it)),
        "nodepool-instance-type" => {
            let word = match group(node, holdings) {
                Some(_) => "AUTOSCALING_ADDED",
                None => "MANUALLY_ADDED",
            };
            filter.keeps("ALL") || filter.keeps(word)
        }
        _ => false,
    }
}
