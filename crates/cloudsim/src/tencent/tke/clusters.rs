//! The lists of clusters: managed and independent ones, those at the edge, and serverless ones.

use std::sync::Arc;

use serde::Serialize;

use super::all;
use crate::tencent::arguments::Filter;
use crate::tencent::catalog::{Asked, json};
use crate::tencent::times;
use crate::tencent::words::{Trouble, wrong_value};
use crate::world::clusters::{Cluster, ClusterSort, ClusterState, NodeKind};
use crate::world::holdings::Holdings;

pub(super) const FILTERS: &[&str] = &[
    "ClusterName",
    "ClusterType",
    "ClusterStatus",
    "Tags",
    "vpc-id",
    "tag-key",
    "tag-value",
    "tag:",
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<T> {
    total_count: usize,
    clusters: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<[&'static str; 0]>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag<'a> {
    key: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TagSpecification<'a> {
    resource_type: &'static str,
    tags: Vec<Tag<'a>>,
}

fn tags(tags: &[(String, String)]) -> Vec<TagSpecification<'_>> {
    if tags.is_empty() {
        return Vec::new();
    }
    let tags = tags.iter().map(|(key, value)| Tag { key, value });
    vec![TagSpecification {
        resource_type: "cluster",
        tags: tags.collect(),
    }]
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Cluster2022<'a> {
    cluster_id: &'a str,
    cluster_name: &'a str,
    cluster_description: &'static str,
    cluster_version: &'a str,
    cluster_type: &'static str,
    tag_specification: Vec<TagSpecification<'a>>,
    cluster_status: &'a str,
    created_time: String,
    cluster_level: Option<&'static str>,
    vpc_id: &'a str,
}

pub(super) fn describe_2022(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let holdings = asked.holdings()?;
    let (rows, total_count) = part(asked, &holdings, ordinary)?;
    let rows = rows.into_iter().map(|it| Cluster2022 {
        cluster_id: &it.id,
        cluster_name: &it.name,
        cluster_description: "",
        cluster_version: &it.version,
        cluster_type: type_word(it.sort),
        tag_specification: tags(&it.tags),
        cluster_status: state_word(&it.state),
        created_time: times::utc(it.created),
        cluster_level: (it.sort == ClusterSort::Managed).then_some("L20"),
        vpc_id: &it.vpc,
    });
    json(&Answer {
        total_count,
        clusters: rows.collect(),
        errors: Some([]),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Cluster2018<'a> {
    cluster_id: &'a str,
    cluster_name: &'a str,
    cluster_description: &'static str,
    cluster_version: &'a str,
    cluster_os: &'static str,
    cluster_type: &'static str,
    cluster_network_settings: NetworkSettings<'a>,
    cluster_node_num: usize,
    project_id: u32,
    tag_specification: Option<Vec<TagSpecification<'a>>>,
    cluster_status: &'a str,
    property: &'static str,
    // The word is spelled like this.
    cluster_mater_node_num: usize,
    cluster_etcd_node_num: usize,
    image_id: &'static str,
    os_customize_type: &'static str,
    container_runtime: &'static str,
    runtime_version: &'static str,
    created_time: String,
    deletion_protection: bool,
    enable_external_node: bool,
    cluster_level: &'static str,
    auto_upgrade_cluster_level: bool,
    #[serde(rename = "QGPUShareEnable")]
    qgpu_share_enable: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NetworkSettings<'a> {
    #[serde(rename = "ClusterCIDR")]
    cluster_cidr: &'static str,
    #[serde(rename = "ServiceCIDR")]
    service_cidr: &'static str,
    max_node_pod_num: u32,
    max_cluster_service_num: u32,
    ipvs: bool,
    cni: bool,
    vpc_id: &'a str,
    subnets: Option<()>,
}

pub(super) fn describe_2018(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let holdings = asked.holdings()?;
    let (rows, total_count) = part(asked, &holdings, ordinary)?;
    let count = |it: &Cluster, masters: bool| {
        let nodes = holdings.nodes(&it.id).into_iter().flatten();
        nodes
            .filter(|it| (it.kind == NodeKind::Master) == masters)
            .count()
    };
    let rows = rows.into_iter().map(|it| Cluster2018 {
        cluster_id: &it.id,
        cluster_name: &it.name,
        cluster_description: "",
        cluster_version: &it.version,
        cluster_os: "tlinux3.1x86_64",
        cluster_type: type_word(it.sort),
        cluster_network_settings: NetworkSettings {
            cluster_cidr: "172.20.0.0/16",
            service_cidr: "172.21.0.0/20",
            max_node_pod_num: 64,
            max_cluster_service_num: 1024,
            ipvs: false,
            cni: true,
            vpc_id: &it.vpc,
            subnets: None,
        },
        cluster_node_num: count(it, false),
        project_id: 0,
        tag_specification: Some(tags(&it.tags)).filter(|it| !it.is_empty()),
        cluster_status: state_word(&it.state),
        property: "{\"NodeNameType\":\"lan-ip\",\"NetworkType\":\"GR\"}",
        cluster_mater_node_num: count(it, true),
        cluster_etcd_node_num: 0,
        image_id: "img-6n21msk1",
        os_customize_type: "GENERAL",
        container_runtime: "containerd",
        runtime_version: "1.6.9",
        created_time: times::utc(it.created),
        deletion_protection: it.protected,
        enable_external_node: false,
        cluster_level: match it.sort {
            ClusterSort::Managed => "L20",
            _ => "",
        },
        auto_upgrade_cluster_level: false,
        qgpu_share_enable: false,
    });
    json(&Answer {
        total_count,
        clusters: rows.collect(),
        errors: None,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct EdgeCluster<'a> {
    cluster_id: &'a str,
    cluster_name: &'a str,
    vpc_id: &'a str,
    #[serde(rename = "PodCIDR")]
    pod_cidr: &'static str,
    #[serde(rename = "ServiceCIDR")]
    service_cidr: &'static str,
    #[serde(rename = "K8SVersion")]
    version: &'a str,
    status: &'a str,
    cluster_desc: &'static str,
    created_time: String,
    edge_cluster_version: &'a str,
    max_node_pod_num: u32,
    level: &'static str,
    auto_upgrade_cluster_level: bool,
    charge_type: &'static str,
    tag_specification: Option<TagSpecification<'a>>,
}

pub(super) fn describe_edge(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let holdings = asked.holdings()?;
    let (rows, total_count) = part(asked, &holdings, |it| it == ClusterSort::Edge)?;
    let rows = rows.into_iter().map(|it| EdgeCluster {
        cluster_id: &it.id,
        cluster_name: &it.name,
        vpc_id: &it.vpc,
        pod_cidr: "10.244.0.0/16",
        service_cidr: "10.96.0.0/12",
        version: &it.version,
        status: state_word(&it.state),
        cluster_desc: "",
        created_time: times::utc(it.created),
        edge_cluster_version: &it.version,
        max_node_pod_num: 110,
        level: "L20",
        auto_upgrade_cluster_level: false,
        charge_type: "PostPaid",
        tag_specification: tags(&it.tags).pop(),
    });
    json(&Answer {
        total_count,
        clusters: rows.collect(),
        errors: None,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ServerlessCluster<'a> {
    cluster_id: &'a str,
    cluster_name: &'a str,
    vpc_id: &'a str,
    subnet_ids: [&'static str; 1],
    #[serde(rename = "K8SVersion")]
    version: &'a str,
    status: String,
    cluster_desc: &'static str,
    created_time: String,
    service_subnet_id: &'static str,
    need_delete_cbs: bool,
    tag_specification: Option<Vec<TagSpecification<'a>>>,
}

pub(super) fn describe_serverless(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let holdings = asked.holdings()?;
    let (rows, total_count) = part(asked, &holdings, |it| it == ClusterSort::Serverless)?;
    let rows = rows.into_iter().map(|it| ServerlessCluster {
        cluster_id: &it.id,
        cluster_name: &it.name,
        vpc_id: &it.vpc,
        subnet_ids: ["subnet-main"],
        version: &it.version,
        // This list alone spells its states in small letters.
        status: state_word(&it.state).to_lowercase(),
        cluster_desc: "",
        created_time: times::utc(it.created),
        service_subnet_id: "subnet-main",
        need_delete_cbs: false,
        tag_specification: Some(tags(&it.tags)).filter(|it| !it.is_empty()),
    });
    json(&Answer {
        total_count,
        clusters: rows.collect(),
        errors: None,
    })
}

/// Tells which clusters the ordinary lists show; the others have lists of their own.
fn ordinary(sort: ClusterSort) -> bool {
    !matches!(sort, ClusterSort::Serverless | ClusterSort::Edge)
}

/// Returns the part of the clusters that is asked for, and how many there are.
fn part<'a>(
    asked: &Asked<'_>,
    holdings: &'a Holdings,
    shows: impl Fn(ClusterSort) -> bool,
) -> Result<(Vec<&'a Arc<Cluster>>, usize), Trouble> {
    let said = asked.arguments;
    let (ids, filters, sort) = (
        said.texts("ClusterIds"),
        said.filters(),
        said.text("ClusterType"),
    );
    if sort.is_some_and(|it| !["MANAGED_CLUSTER", "INDEPENDENT_CLUSTER"].contains(&it)) {
        return Err(wrong_value("ClusterType"));
    }
    let kept = holdings.clusters.iter().filter(|it| {
        shows(it.sort)
            && ids.as_ref().is_none_or(|ids| ids.contains(&it.id))
            && sort.is_none_or(|word| word == type_word(it.sort))
            && all(&filters, |filter| keeps(filter, it))
    });
    Ok(said.part(20).cut(kept))
}

fn keeps(filter: &Filter, cluster: &Cluster) -> bool {
    match filter.name.as_str() {
        "ClusterName" => filter.keeps(&cluster.name),
        "ClusterType" => filter.keeps(type_word(cluster.sort)),
        "ClusterStatus" => filter.keeps(state_word(&cluster.state)),
        "vpc-id" => filter.keeps(&cluster.vpc),
        "Tags" => {
            let mut tags = cluster.tags.iter();
            tags.any(|(key, value)| filter.keeps(&format!("{key}:{value}")))
        }
        _ => filter.keeps_tags(&cluster.tags).unwrap_or(false),
    }
}

fn type_word(sort: ClusterSort) -> &'static str {
    match sort {
        ClusterSort::Managed => "MANAGED_CLUSTER",
        ClusterSort::Independent => "INDEPENDENT_CLUSTER",
        ClusterSort::Serverless => "SERVERLESS_CLUSTER",
        ClusterSort::Edge => "EDGE_CLUSTER",
        ClusterSort::Registered => "EXTERNAL_CLUSTER",
    }
}

fn state_word(state: &ClusterState) -> &str {
    match state {
        ClusterState::Creating => "Creating",
        ClusterState::Running => "Running",
        ClusterState::Updating => "Upgrading",
        ClusterState::Deleting => "Deleting",
        ClusterState::Abnormal => "Abnormal",
        ClusterState::Isolated => "ResourceIsolated",
        ClusterState::Odd(word) => word,
    }
}
