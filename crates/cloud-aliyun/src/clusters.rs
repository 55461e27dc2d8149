//! Reads clusters and their nodes (CS 2015-12-15, a ROA product), and asks Auto Scaling (Ess
//! 2022-02-22) for a second opinion.

use std::collections::BTreeMap;

use async_trait::async_trait;
use cloud::{CloudError, Clusters, ErrorKind, PageSource};
use model::{
    Cluster, ClusterNode, ClusterState, NodeMachine, NodeSort, NodeView, Opinion, Place, RegionId,
    ResourceId, Tags,
};
use serde::Deserialize;

use crate::Aliyun;
use crate::decode::{Loose, Misread};
use crate::lists::{List, Listed, Paging, id};
use crate::numbering::{Numbering, Told};
use crate::operations::{
    DESCRIBE_CLUSTER, DESCRIBE_CLUSTER_NODES, DESCRIBE_CLUSTERS, DESCRIBE_SCALING_INSTANCES,
};
use crate::times;

const PAGE_SIZE: u32 = 100;
/// A node with its conditions.
const NODE_BYTES: usize = 2048;
/// A cluster carries its whole description as text.
const CLUSTER_BYTES: usize = 8192;

#[async_trait]
impl Clusters for Aliyun {
    fn clusters(&self, region: &RegionId) -> Box<dyn PageSource<Cluster> + '_> {
        Box::new(List {
            path: Some("/api/v1/clusters".to_owned()),
            asked: vec![("region_id".into(), region.as_str().to_owned())],
            paging: Paging::Numbers {
                page: "page_number",
                size: "page_size",
                numbering: Numbering::new(PAGE_SIZE),
            },
            row_bytes: CLUSTER_BYTES,
            ..List::numbered(self, &DESCRIBE_CLUSTERS, region, PAGE_SIZE, decode_clusters)
        })
    }

    async fn cluster(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Option<Cluster>, CloudError> {
        let call = self
            .call(&DESCRIBE_CLUSTER, decode_cluster)
            .at(Place::Region(region.clone()))
            .at_path(Some(&format!(
                "/clusters/{}",
                crate::sign::encode(id.as_str())
            )))
            .expecting(1, 4 * CLUSTER_BYTES);
        match call.send().await {
            Ok(cluster) => Ok(Some(cluster)),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn nodes(&self, region: &RegionId, cluster: &Cluster) -> Box<dyn PageSource<ClusterNode> + '_> {
        let id = crate::sign::encode(cluster.id.as_str());
        Box::new(List {
            path: Some(format!("/clusters/{id}/nodes")),
            asked: vec![("state".into(), "all".to_owned())],
            paging: Paging::Numbers {
                page: "pageNumber",
                size: "pageSize",
                numbering: Numbering::new(PAGE_SIZE),
            },
            row_bytes: NODE_BYTES,
            ..List::numbered(
                self,
                &DESCRIBE_CLUSTER_NODES,
                region,
                PAGE_SIZE,
                decode_nodes,
            )
        })
    }

    /// A machine of a node pool stands in a scaling group; Auto Scaling is asked, which knows nothing
    /// of the container service's lists.
    async fn opinions(
        &self,
        region: &RegionId,
        machines: &[ResourceId],
    ) -> Result<BTreeMap<ResourceId, Opinion>, CloudError> {
        let mut opinions: BTreeMap<ResourceId, Opinion> = machines
            .iter()
            .map(|id| (id.clone(), Opinion::Free))
            .collect();
        for ids in machines.chunks(SCALING_IDS) {
            let mut list = List::numbered(
                self,
                &DESCRIBE_SCALING_INSTANCES,
                region,
                SCALING_PAGE,
                decode_scaling,
            );
            for (at, id) in ids.iter().enumerate() {
                list = list.with(format!("InstanceIds.{}", at + 1), id.as_str());
            }
            for (machine, group) in list.rows().await? {
                if let Some(opinion) = opinions.get_mut(&machine) {
                    *opinion = Opinion::InGroup(group);
                }
            }
        }
        Ok(opinions)
    }
}

/// The largest page of scaling instances there is.
const SCALING_PAGE: u32 = 50;
/// As many machines as one question may name.
const SCALING_IDS: usize = 20;

#[derive(Default, Deserialize)]
#[serde(default)]
struct ClustersAnswer<'a> {
    #[serde(borrow)]
    clusters: Option<Vec<ClusterRow<'a>>>,
    #[serde(borrow)]
    page_info: PageInfo<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PageInfo<'a> {
    #[serde(borrow)]
    total_count: Loose<'a>,
    #[serde(borrow)]
    page_size: Loose<'a>,
}

impl PageInfo<'_> {
    fn told(&self, rows: usize) -> Told {
        Told {
            rows,
            total: self.total_count.count(),
            page_size: self.page_size.count(),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ClusterRow<'a> {
    #[serde(borrow)]
    cluster_id: Loose<'a>,
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    vpc_id: Loose<'a>,
    #[serde(borrow)]
    state: Loose<'a>,
    #[serde(borrow)]
    cluster_type: Loose<'a>,
    #[serde(borrow)]
    profile: Loose<'a>,
    #[serde(borrow)]
    created: Loose<'a>,
    #[serde(borrow)]
    tags: Option<Vec<TagRow<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TagRow<'a> {
    #[serde(borrow)]
    key: Loose<'a>,
    #[serde(borrow)]
    value: Loose<'a>,
}

fn decode_clusters(body: &str) -> Result<Listed<Cluster>, Misread> {
    let answer: ClustersAnswer<'_> = serde_json::from_str(body)?;
    let rows = answer.clusters.ok_or(Misread::Lacks("clusters"))?;
    let told = answer.page_info.told(rows.len());
    Ok(Listed {
        items: rows.into_iter().map(cluster).collect::<Result<_, _>>()?,
        told,
        next: String::new(),
    })
}

fn decode_cluster(body: &str) -> Result<Cluster, Misread> {
    cluster(serde_json::from_str(body)?)
}

fn cluster(row: ClusterRow<'_>) -> Result<Cluster, Misread> {
    let tags: Tags = row
        .tags
        .into_iter()
        .flatten()
        .map(|it| (it.key.into_text(), it.value.into_text()))
        .collect();
    Ok(Cluster {
        id: id(&row.cluster_id, "cluster_id in one of its rows")?,
        name: row.name.into_text(),
        network: row.vpc_id.some_text().map(ResourceId::new),
        state: match row.state.text().as_ref() {
            "running" => ClusterState::Settled,
            other => ClusterState::Unsettled(other.to_owned()),
        },
        view: match (
            row.cluster_type.text().as_ref(),
            row.profile.text().as_ref(),
        ) {
            ("Ask", _) | (_, "Serverless") => NodeView::NoMachines,
            // Its nodes stand elsewhere, and it is told only of those that a pool of ours made.
            ("ExternalKubernetes", _) => NodeView::GroupsOnly,
            _ => NodeView::Whole,
        },
        created: times::instant_of(&row.created),
        tags,
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NodesAnswer<'a> {
    #[serde(borrow)]
    nodes: Option<Vec<NodeRow<'a>>>,
    #[serde(borrow)]
    page: PageInfo<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NodeRow<'a> {
    #[serde(borrow)]
    instance_id: Loose<'a>,
    #[serde(borrow)]
    node_name: Loose<'a>,
    #[serde(borrow)]
    nodepool_id: Loose<'a>,
    #[serde(borrow)]
    instance_role: Loose<'a>,
    #[serde(borrow)]
    ip_address: Option<Vec<Loose<'a>>>,
}

fn decode_nodes(body: &str) -> Result<Listed<ClusterNode>, Misread> {
    let answer: NodesAnswer<'_> = serde_json::from_str(body)?;
    let rows = answer.nodes.ok_or(Misread::Lacks("nodes"))?;
    let told = answer.page.told(rows.len());
    Ok(Listed {
        items: rows.into_iter().map(node).collect::<Result<_, _>>()?,
        told,
        next: String::new(),
    })
}

fn node(row: NodeRow<'_>) -> Result<ClusterNode, Misread> {
    let (instance, node_name) = (row.instance_id.into_text(), row.node_name.into_text());
    let is_virtual = [&instance, &node_name]
        .iter()
        .any(|it| it.starts_with("virtual-kubelet") || it.starts_with("virtual-node"));
    let (machine, sort) = if is_virtual {
        (NodeMachine::None, NodeSort::Virtual)
    } else if instance.starts_with("i-") {
        let sort = match row.instance_role.text().as_ref() {
            "Master" => NodeSort::Master,
            _ => NodeSort::Worker,
        };
        (NodeMachine::Is(ResourceId::new(instance.as_str())), sort)
    } else {
        (NodeMachine::ByAddress, NodeSort::External)
    };
    let name = if instance.is_empty() {
        node_name
    } else {
        instance
    };
    if name.is_empty() {
        return Err(Misread::Lacks("instance_id in one of its rows"));
    }
    let mut ips = row.ip_address.into_iter().flatten();
    Ok(ClusterNode {
        name,
        machine,
        sort,
        private_ip: ips.find_map(|it| it.text().parse().ok()),
        pool: row.nodepool_id.some_text().map(ResourceId::new),
    })
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ScalingAnswer<'a> {
    #[serde(borrow)]
    scaling_instances: Option<Vec<ScalingRow<'a>>>,
    #[serde(borrow)]
    total_count: Loose<'a>,
    #[serde(borrow)]
    page_size: Loose<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ScalingRow<'a> {
    #[serde(borrow)]
    instance_id: Loose<'a>,
    #[serde(borrow)]
    scaling_group_id: Loose<'a>,
}

fn decode_scaling(body: &str) -> Result<Listed<(ResourceId, ResourceId)>, Misread> {
    let answer: ScalingAnswer<'_> = serde_json::from_str(body)?;
    let rows = answer
        .scaling_instances
        .ok_or(Misread::Lacks("ScalingInstances"))?;
    let told = Told {
        rows: rows.len(),
        total: answer.total_count.count(),
        page_size: answer.page_size.count(),
    };
    let rows = rows.into_iter().map(|row| {
        Ok((
            id(&row.instance_id, "InstanceId in one of its rows")?,
            id(&row.scaling_group_id, "ScalingGroupId in one of its rows")?,
        ))
    });
    Ok(Listed {
        items: rows.collect::<Result<_, Misread>>()?,
        told,
        next: String::new(),
    })
}

#[cfg(test)]
mod tests;
