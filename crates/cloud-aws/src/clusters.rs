//! Reads clusters and their nodes (EKS, with the scaling groups of node groups).
//!
//! The cloud lists node groups, not nodes: machines that join by themselves (self-managed groups,
//! Karpenter's, Auto Mode's) are in no list of it. So every cluster's view is
//! [`NodeView::GroupsOnly`], and nothing may be concluded from a machine that is missing here.

mod groups;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use async_trait::async_trait;
use cloud::{CloudError, Clusters, ErrorKind, Machines as _, PageSource};
use futures_util::{StreamExt as _, TryStreamExt as _};
use model::{
    Cluster, ClusterNode, ClusterState, MachineState, NodeView, Opinion, Place, RegionId,
    ResourceId,
};
use serde::Deserialize;

use crate::Aws;
use crate::decode::{Loose, Misread};
use crate::lists::{Batch, PARALLEL};
use crate::operations::{
    DESCRIBE_AUTO_SCALING_INSTANCES, DESCRIBE_CLUSTER, LIST_CLUSTERS, LIST_NODEGROUPS,
};
use crate::times;

/// The largest page there is.
pub(crate) const PAGE_SIZE: u32 = 100;
/// A name.
const NAME_BYTES: usize = 128;
/// As many ids as one question about scaling may name.
const MOST_IDS: usize = 50;

#[async_trait]
impl Clusters for Aws {
    fn clusters(&self, region: &RegionId) -> Box<dyn PageSource<Cluster> + '_> {
        let place = Place::Region(region.clone());
        self.list(&LIST_CLUSTERS, place.clone(), move |token| {
            self.cluster_page(place.clone(), token)
        })
    }

    async fn cluster(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Option<Cluster>, CloudError> {
        let place = Place::Region(region.clone());
        match self.describe_cluster(&place, id.as_str()).await {
            Err(error) if self.is_of_closed_region(&place, &error).await => Ok(None),
            answered => answered,
        }
    }

    fn nodes(&self, region: &RegionId, cluster: &Cluster) -> Box<dyn PageSource<ClusterNode> + '_> {
        let place = Place::Region(region.clone());
        let name = cluster.id.to_string();
        self.list(&LIST_NODEGROUPS, place.clone(), move |_token| {
            self.nodes_of(place.clone(), name.clone())
        })
    }

    /// Scaling groups are asked; whoever stands in none and exists is free as far as they know.
    async fn opinions(
        &self,
        region: &RegionId,
        machines: &[ResourceId],
    ) -> Result<BTreeMap<ResourceId, Opinion>, CloudError> {
        let place = Place::Region(region.clone());
        let grouped: Vec<Vec<(ResourceId, ResourceId)>> =
            futures_util::stream::iter(machines.chunks(MOST_IDS).map(<[ResourceId]>::to_vec))
                .map(|ids| self.groups_of(&place, ids))
                .buffered(PARALLEL)
                .try_collect()
                .await?;
        let mut opinions: BTreeMap<ResourceId, Opinion> = grouped
            .into_iter()
            .flatten()
            .map(|(machine, group)| (machine, Opinion::InGroup(group)))
            .collect();
        let others: BTreeSet<&ResourceId> = machines
            .iter()
            .filter(|it| !opinions.contains_key(*it))
            .collect();
        if others.is_empty() {
            return Ok(opinions);
        }
        let others: Vec<ResourceId> = others.into_iter().cloned().collect();
        let there = self.machines_by_id(region, &others).await?;
        let there: BTreeSet<ResourceId> = there
            .into_iter()
            .filter(|it| it.state != MachineState::Leaving)
            .map(|it| it.id)
            .collect();
        opinions.extend(others.into_iter().map(|id| {
            let opinion = match there.contains(&id) {
                true => Opinion::Free,
                false => Opinion::Absent,
            };
            (id, opinion)
        }));
        Ok(opinions)
    }
}

impl Aws {
    /// A list of clusters is a list of names; each is a page of its own here, so that whoever follows the
    /// list can go on with one cluster while the next one is asked for.
    async fn cluster_page(
        &self,
        place: Place,
        token: Option<String>,
    ) -> Result<Batch<Cluster>, CloudError> {
        let names = match token.as_deref().and_then(Waiting::read) {
            Some(waiting) => waiting,
            None => self.names_of_clusters(&place, token).await?,
        };
        let (name, rest) = names.first();
        let rows = match name {
            // One that is missing was deleted between the two questions.
            Some(name) => self.describe_cluster(&place, &name).await?,
            None => None,
        };
        Ok(Batch {
            rows: rows.into_iter().collect(),
            next: rest,
        })
    }

    async fn names_of_clusters(
        &self,
        place: &Place,
        token: Option<String>,
    ) -> Result<Waiting, CloudError> {
        let names = self
            .call(&LIST_CLUSTERS, decode_names)
            .at(place)
            .get(&["clusters"])
            .with("maxResults", PAGE_SIZE.to_string())
            .with_some("nextToken", token)
            .expecting(PAGE_SIZE as usize, NAME_BYTES)
            .send()
            .await?;
        Ok(Waiting {
            names: names.rows.into(),
            next: names.next,
        })
    }

    async fn describe_cluster(
        &self,
        place: &Place,
        name: &str,
    ) -> Result<Option<Cluster>, CloudError> {
        let asked = self
            .call(&DESCRIBE_CLUSTER, decode_cluster)
            .at(place)
            .get(&["clusters", name])
            .send()
            .await;
        match asked {
            Ok(cluster) => Ok(Some(cluster)),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns which machines stand in which scaling group.
    async fn groups_of(
        &self,
        place: &Place,
        ids: Vec<ResourceId>,
    ) -> Result<Vec<(ResourceId, ResourceId)>, CloudError> {
        let operation = &DESCRIBE_AUTO_SCALING_INSTANCES;
        self.all(operation, place, |token| {
            self.call(operation, groups::decode_members)
                .at(place)
                .with_each("InstanceIds.member", ids.iter().map(ResourceId::as_str))
                .with("MaxRecords", MOST_IDS.to_string())
                .with_some("NextToken", token)
                .send()
        })
        .await
    }
}

/// Clusters whose names are known and which have not been asked for yet.
#[derive(Debug, Default, PartialEq, Eq)]
struct Waiting {
    names: VecDeque<String>,
    /// Where the list of names goes on.
    next: Option<String>,
}

impl Waiting {
    /// Returns the first one, and the token of a page that leads to the others.
    fn first(mut self) -> (Option<String>, Option<String>) {
        let name = self.names.pop_front();
        if self.names.is_empty() {
            return (name, self.next);
        }
        // Neither names nor the tokens of AWS have a space in them.
        let mut token = self.next.unwrap_or_default();
        for name in self.names {
            token.push(' ');
            token.push_str(&name);
        }
        (name, Some(token))
    }

    /// Reads a token of ours; the service's own says nothing of names.
    fn read(token: &str) -> Option<Self> {
        let (next, names) = token.split_once(' ')?;
        Some(Self {
            names: names.split(' ').map(str::to_owned).collect(),
            next: Some(next.to_owned()).filter(|it| !it.is_empty()),
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Names {
    clusters: Option<Vec<String>>,
    next_token: Option<String>,
}

fn decode_names(body: &[u8]) -> Result<Batch<String>, Misread> {
    let answer: Names = serde_json::from_slice(body)?;
    let names = answer.clusters.ok_or(Misread::Lacks("clusters"))?;
    Ok(Batch::new(names, &answer.next_token.unwrap_or_default()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Described<'a> {
    #[serde(borrow)]
    cluster: Option<Row<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Row<'a> {
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    status: Loose<'a>,
    #[serde(borrow)]
    created_at: Loose<'a>,
    #[serde(borrow)]
    resources_vpc_config: Option<Network<'a>>,
    tags: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Network<'a> {
    #[serde(borrow)]
    vpc_id: Loose<'a>,
}

fn decode_cluster(body: &[u8]) -> Result<Cluster, Misread> {
    let answer: Described<'_> = serde_json::from_slice(body)?;
    let row = answer.cluster.ok_or(Misread::Lacks("cluster"))?;
    let name = row.name.some_text().ok_or(Misread::Lacks("name"))?;
    let network = row
        .resources_vpc_config
        .and_then(|it| it.vpc_id.some_text());
    Ok(Cluster {
        // A name is what tags say, and no two clusters of a region have the same.
        id: ResourceId::new(name.clone()),
        name,
        network: network.map(ResourceId::new),
        state: match row.status.text().as_ref() {
            "ACTIVE" | "UPDATING" => ClusterState::Settled,
            other => ClusterState::Unsettled(other.to_owned()),
        },
        view: NodeView::GroupsOnly,
        created: times::instant_of(&row.created_at),
        tags: row.tags.unwrap_or_default().into_iter().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_in_pages() {
        let page = decode_names(br#"{"clusters":["c1","c2"],"nextToken":"a+b/="}"#).unwrap();
        assert_eq!(page.rows, ["c1", "c2"]);
        assert_eq!(page.next.as_deref(), Some("a+b/="));
        let last = decode_names(br#"{"clusters":[],"nextToken":null}"#).unwrap();
        assert_eq!((last.rows.len(), last.next), (0, None));
        assert!(matches!(
            decode_names(b"{}"),
            Err(Misread::Lacks("clusters"))
        ));
    }

    #[test]
    fn names_wait_in_the_token_of_the_next_page() {
        let waiting = |names: &[&str], next: Option<&str>| Waiting {
            names: names.iter().map(|it| (*it).to_owned()).collect(),
            next: next.map(str::to_owned),
        };
        for next in [None, Some("a+b/=")] {
            let (first, token) = waiting(&["c1", "c2", "c3"], next).first();
            assert_eq!(first.as_deref(), Some("c1"));
            let rest = Waiting::read(&token.unwrap()).unwrap();
            assert_eq!(rest, waiting(&["c2", "c3"], next));
            let last = waiting(&["c3"], next).first();
            assert_eq!(last, (Some("c3".to_owned()), next.map(str::to_owned)));
            assert_eq!(waiting(&[], next).first().1.as_deref(), next);
        }
        assert_eq!(Waiting::read("a+b/="), None);
    }

    #[test]
    fn a_cluster_is_believed_only_when_it_is_in_order() {
        let cluster = |status: &str| {
            let body = format!(
                r#"{{"cluster":{{"name":"c1","arn":"arn:aws:eks:us-east-1:1:cluster/c1","createdAt":1795247131.221,
                    "status":"{status}","resourcesVpcConfig":{{"vpcId":"vpc-1","subnetIds":["s"]}},"tags":{{"env":"生产"}},
                    "computeConfig":{{"enabled":true}}}}}}"#
            );
            decode_cluster(body.as_bytes()).unwrap()
        };
        let active = cluster("ACTIVE");
        assert_eq!(active.state, ClusterState::Settled);
        assert_eq!(
            (active.id.as_str(), active.tags["env"].as_str()),
            ("c1", "生产")
        );
        assert_eq!(active.network.unwrap().as_str(), "vpc-1");
        assert_eq!(active.view, NodeView::GroupsOnly);
        assert_eq!(cluster("UPDATING").state, ClusterState::Settled);
        for word in ["CREATING", "DELETING", "FAILED", "PENDING", "NEW_WORD"] {
            let expected = ClusterState::Unsettled(word.to_owned());
            assert_eq!(cluster(word).state, expected);
        }
        assert!(decode_cluster(b"{}").is_err());
        let bare = decode_cluster(br#"{"cluster":{"name":"c1","tags":null}}"#).unwrap();
        assert_eq!(bare.state, ClusterState::Unsettled(String::new()));
    }
}
