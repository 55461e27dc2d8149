//! Clusters, their nodes, and a second opinion on machines.

use std::collections::BTreeMap;

use async_trait::async_trait;
use cloud::{CloudError, Clusters, PageSource};
use model::{Cluster, ClusterNode, NodeView, Opinion, RegionId, ResourceId};

use super::nouns;
use super::regions::{Found, Look, RegionList, by_ids};
use super::visitor::Visitor;
use crate::world::World;
use crate::world::caller::Caller;
use crate::world::clusters;
use crate::world::refusal::Refusal;

pub(super) const CLUSTERS: &str = "DescribeClustersV1";
pub(super) const CLUSTER: &str = "DescribeClusterDetail";
pub(super) const NODES: &str = "DescribeClusterNodes";
pub(super) const OPINIONS: &str = "DescribeScalingInstances";

/// As many machines as one question for opinions may name.
const MOST_OPINIONS: usize = 20;

fn clusters_of(look: &Look<'_>) -> Found<clusters::Cluster> {
    Ok(look.held().clusters.page(look.page))
}

/// Returns the nodes that the cloud's list of the cluster shows.
fn nodes_of(look: &Look<'_>) -> Found<clusters::Node> {
    let held = look.held();
    let found = held.clusters.get(look.about).zip(held.nodes(look.about));
    let Some((cluster, nodes)) = found else {
        let text = format!("cluster {} not found", look.about);
        return Err(Refusal::new(404, "ErrorClusterNotFound", text));
    };
    Ok(match nouns::view(cluster, look.caller.cloud) {
        NodeView::GroupsOnly => nodes.page_of(look.page, |it| it.pool.is_some()),
        NodeView::Whole | NodeView::NoMachines => nodes.page(look.page),
    })
}

#[async_trait]
impl Clusters for Visitor {
    fn clusters(&self, region: &RegionId) -> Box<dyn PageSource<Cluster> + '_> {
        let list = RegionList::new(self, CLUSTERS, region, clusters_of, nouns::cluster);
        Box::new(list)
    }

    async fn cluster(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Option<Cluster>, CloudError> {
        let find = |world: &World, caller: &Caller| {
            caller.require("cs:DescribeClusterDetail")?;
            let held = world.holdings(caller.uid, region.as_str());
            let found = held.clusters.get(id.as_str());
            let found: Vec<Cluster> = found
                .map(|it| nouns::cluster(it, &held))
                .into_iter()
                .collect();
            Ok(found)
        };
        let found = self.ask(by_ids(CLUSTER, region, id.as_str()), find).await?;
        Ok(found.into_iter().next())
    }

    fn nodes(&self, region: &RegionId, cluster: &Cluster) -> Box<dyn PageSource<ClusterNode> + '_> {
        Box::new(RegionList {
            about: cluster.id.as_str().to_owned(),
            ..RegionList::new(self, NODES, region, nodes_of, nouns::node)
        })
    }

    async fn opinions(
        &self,
        region: &RegionId,
        machines: &[ResourceId],
    ) -> Result<BTreeMap<ResourceId, Opinion>, CloudError> {
        let mut opinions = BTreeMap::new();
        for ids in machines.chunks(MOST_OPINIONS) {
            let about: Vec<&str> = ids.iter().map(ResourceId::as_str).collect();
            let ask = |world: &World, caller: &Caller| {
                caller.require("ess:DescribeScalingInstances")?;
                let held = world.holdings(caller.uid, region.as_str());
                let opinion = |id: &ResourceId| match held.machines.get(id.as_str()) {
                    None => Opinion::Absent,
                    Some(it) => match (&it.cluster, &it.group) {
                        (Some(cluster), _) => Opinion::InCluster(ResourceId::new(cluster)),
                        (None, Some(group)) => Opinion::InGroup(ResourceId::new(group)),
                        (None, None) => Opinion::Free,
                    },
                };
                let told = ids.iter().map(|id| (id.clone(), opinion(id)));
                Ok(told.collect::<Vec<_>>())
            };
            let question = about.join(",");
            opinions.extend(self.ask(by_ids(OPINIONS, region, &question), ask).await?);
        }
        Ok(opinions)
    }
}
