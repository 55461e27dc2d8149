//! Node pools, in both versions.

use std::sync::Arc;

use serde::Serialize;

use super::{all, cluster};
use crate::tencent::arguments::Filter;
use crate::tencent::catalog::{Asked, json};
use crate::tencent::times;
use crate::tencent::words::Trouble;
use crate::world::clusters::{NodeState, Pool, PoolSort};
use crate::world::holdings::Holdings;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer2022<'a> {
    total_count: usize,
    node_pools: Vec<Pool2022<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Pool2022<'a> {
    cluster_id: &'a str,
    node_pool_id: &'a str,
    name: &'a str,
    r#type: &'static str,
    life_state: &'static str,
    created_at: String,
    tags: Option<Vec<TagSpecification<'a>>>,
    taints: Option<()>,
    labels: Vec<Label<'a>>,
    annotations: Option<()>,
    deletion_protection: bool,
    unschedulable: bool,
    regular: Option<Regular<'a>>,
    native: Option<Native>,
    #[serde(rename = "Super")]
    super_node: Option<Super>,
    external: Option<External>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TagSpecification<'a> {
    resource_type: &'static str,
    tags: Vec<Tag<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag<'a> {
    key: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Label<'a> {
    name: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Regular<'a> {
    launch_configuration_id: &'static str,
    autoscaling_group_id: &'a str,
    node_count_summary: NodeCountSummary,
    autoscaling_group_status: &'static str,
    max_nodes_num: u32,
    min_nodes_num: u32,
    desired_nodes_num: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Native {
    instance_charge_type: &'static str,
    instance_types: [&'static str; 1],
    replicas: usize,
    ready_replicas: usize,
    enable_autoscaling: bool,
    subnet_ids: [&'static str; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Super {
    subnet_ids: [&'static str; 1],
    security_group_ids: Option<()>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct External {
    nodes_num: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NodeCountSummary {
    manually_added: NodeCount,
    autoscaling_added: NodeCount,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "PascalCase")]
struct NodeCount {
    joining: usize,
    initializing: usize,
    normal: usize,
    total: usize,
}

pub(super) fn describe_2022(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let holdings = asked.holdings()?;
    let cluster = cluster(asked, &holdings)?;
    let filters = asked.arguments.filters();
    let kept = holdings
        .pools_of(&cluster.id)
        .filter(|pool| all(&filters, |it| keeps(it, pool)));
    let (rows, total_count) = asked.arguments.part(20).cut(kept);
    let rows = rows.into_iter().map(|pool| {
        let (total, ready) = (
            count(&holdings, pool, |_| true),
            count(&holdings, pool, is_ready),
        );
        let is = |sort| pool.sort == sort;
        Pool2022 {
            cluster_id: &pool.cluster,
            node_pool_id: &pool.id,
            name: &pool.name,
            r#type: type_word(pool.sort),
            life_state: "Running",
            created_at: times::utc(pool.created),
            tags: tags(&pool.tags),
            taints: None,
            labels: labels(pool),
            annotations: None,
            deletion_protection: false,
            unschedulable: false,
            regular: is(PoolSort::Regular).then(|| Regular {
                launch_configuration_id: LAUNCH_CONFIGURATION,
                autoscaling_group_id: pool.group.as_deref().unwrap_or_default(),
                node_count_summary: summary(&holdings, pool),
                autoscaling_group_status: "enabled",
                max_nodes_num: pool.wanted.max(1),
                min_nodes_num: 0,
                desired_nodes_num: pool.wanted,
            }),
            native: is(PoolSort::Native).then_some(Native {
                instance_charge_type: "POSTPAID_BY_HOUR",
                instance_types: ["S5.MEDIUM4"],
                replicas: total,
                ready_replicas: ready,
                enable_autoscaling: false,
                subnet_ids: ["subnet-main"],
            }),
            super_node: is(PoolSort::Virtual).then_some(Super {
                subnet_ids: ["subnet-main"],
                security_group_ids: None,
            }),
            external: is(PoolSort::External).then_some(External { nodes_num: total }),
        }
    });
    json(&Answer2022 {
        total_count,
        node_pools: rows.collect(),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer2018<'a> {
    total_count: usize,
    node_pool_set: Vec<Pool2018<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Pool2018<'a> {
    node_pool_id: &'a str,
    name: &'a str,
    cluster_instance_id: &'a str,
    life_state: &'static str,
    launch_configuration_id: &'static str,
    autoscaling_group_id: &'a str,
    labels: Vec<Label<'a>>,
    taints: [(); 0],
    node_count_summary: NodeCountSummary,
    autoscaling_group_status: &'static str,
    max_nodes_num: u32,
    min_nodes_num: u32,
    desired_nodes_num: u32,
    node_pool_os: &'static str,
    os_customize_type: &'static str,
    image_id: &'static str,
    user_script: &'static str,
    tags: Option<Vec<Tag<'a>>>,
    deletion_protection: bool,
    unschedulable: u8,
}

/// The configuration that scaling groups launch machines with.
const LAUNCH_CONFIGURATION: &str = "asc-simulate";

/// Shows pools of scaling groups alone: the others came after this version.
pub(super) fn describe_2018(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let holdings = asked.holdings()?;
    let cluster = cluster(asked, &holdings)?;
    let filters = asked.arguments.filters();
    let rows: Vec<_> = holdings
        .pools_of(&cluster.id)
        .filter(|pool| pool.sort == PoolSort::Regular && all(&filters, |it| keeps(it, pool)))
        .map(|pool| Pool2018 {
            node_pool_id: &pool.id,
            name: &pool.name,
            cluster_instance_id: &pool.cluster,
            life_state: "normal",
            launch_configuration_id: LAUNCH_CONFIGURATION,
            autoscaling_group_id: pool.group.as_deref().unwrap_or_default(),
            labels: labels(pool),
            taints: [],
            node_count_summary: summary(&holdings, pool),
            autoscaling_group_status: "enabled",
            max_nodes_num: pool.wanted.max(1),
            min_nodes_num: 0,
            desired_nodes_num: pool.wanted,
            node_pool_os: "tlinux3.1x86_64",
            os_customize_type: "GENERAL",
            image_id: "img-6n21msk1",
            user_script: "",
            tags: tags(&pool.tags)
                .and_then(|mut it| it.pop())
                .map(|it| it.tags),
            deletion_protection: false,
            unschedulable: 0,
        })
        .collect();
    json(&Answer2018 {
        total_count: rows.len(),
        node_pool_set: rows,
    })
}

fn is_ready(state: NodeState) -> bool {
    matches!(state, NodeState::Ready | NodeState::NotReady)
}

fn count(holdings: &Holdings, pool: &Pool, counts: impl Fn(NodeState) -> bool) -> usize {
    let nodes = holdings.nodes(&pool.cluster).into_iter().flatten();
    nodes
        .filter(|it| it.pool.as_deref() == Some(&pool.id) && counts(it.state))
        .count()
}

fn summary(holdings: &Holdings, pool: &Pool) -> NodeCountSummary {
    let counted = NodeCount {
        joining: 0,
        initializing: count(holdings, pool, |it| it == NodeState::Joining),
        normal: count(holdings, pool, is_ready),
        total: count(holdings, pool, |_| true),
    };
    match pool.group {
        Some(_) => NodeCountSummary {
            manually_added: NodeCount::default(),
            autoscaling_added: counted,
        },
        None => NodeCountSummary {
            manually_added: counted,
            autoscaling_added: NodeCount::default(),
        },
    }
}

fn labels(pool: &Pool) -> Vec<Label<'_>> {
    pool.labels
        .iter()
        .map(|(name, value)| Label { name, value })
        .collect()
}

fn tags(tags: &[(String, String)]) -> Option<Vec<TagSpecification<'_>>> {
    let tags: Vec<_> = tags.iter().map(|(key, value)| Tag { key, value }).collect();
    (!tags.is_empty()).then(|| {
        vec![TagSpecification {
            resource_type: "machine",
            tags,
        }]
    })
}

fn type_word(sort: PoolSort) -> &'static str {
    match sort {
        PoolSort::Regular => "Regular",
        PoolSort::Native => "Native",
        PoolSort::Virtual => "Super",
        PoolSort::External => "External",
    }
}

fn keeps(filter: &Filter, pool: &Arc<Pool>) -> bool {
    match filter.name.as_str() {
        "NodePoolsName" => filter.keeps(&pool.name),
        "NodePoolsId" => filter.keeps(&pool.id),
        "Type" => filter.keeps(type_word(pool.sort)),
        "tags" => {
            let mut tags = pool.tags.iter();
            tags.any(|(key, value)| filter.keeps(&format!("{key}:{value}")))
        }
        _ => filter.keeps_tags(&pool.tags).unwrap_or(false),
    }
}
