//! Reads Kubernetes clusters and their nodes (tke 2018-05-25 and 2022-05-01), and asks the cluster
//! service and Auto Scaling (as 2018-04-19) for a second opinion.
//!
//! No one list has all clusters: ordinary ones, those at the edge and serverless ones are three
//! lists, and the newer version of the first may know sorts that the older does not. A cluster that
//! several lists show is one.
//!
//! Invariant: the scripts that users gave their nodes stand in the answers and are never read.

mod edge;
mod nodes;
mod opinions;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use cloud::{CloudError, Clusters, PageSource};
use model::{
    Cluster, ClusterNode, ClusterState, NodeView, Opinion, Place, RegionId, ResourceId, Tags,
};
use serde_json::Map;

use crate::Tencent;
use crate::decode::{self, Loose, Misread, Shape, Tag};
use crate::errors;
use crate::lists::{self, Counts, Listed, OffsetList, Question};
use crate::operations::{
    DESCRIBE_CLUSTERS, DESCRIBE_CLUSTERS_2022, DESCRIBE_EDGE_CLUSTERS,
    DESCRIBE_SERVERLESS_CLUSTERS, Operation,
};
use crate::rpc::Decode;
use crate::staged::{Need, Stage, StagedList};
use crate::times;

/// The largest page of ordinary clusters and nodes.
pub(crate) const PAGE_SIZE: u32 = 100;
/// Of the other lists no largest page is told; this is what they give without being asked.
const SMALL_PAGE: u32 = 20;
const CLUSTER_BYTES: u64 = 4096;

/// What sort of cluster one is, as far as it matters for its nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// The cloud runs its masters: all its machines are workers.
    Managed,
    /// Its masters are machines of the account.
    Independent,
    Edge,
    Serverless,
    Unknown,
}

/// What was learnt of clusters while they were listed: a port hands out less than that.
#[derive(Debug, Default)]
pub(crate) struct KnownClusters(Mutex<HashMap<ResourceId, Sort>>);

impl KnownClusters {
    fn learn(&self, cluster: &ResourceId, sort: Sort) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(cluster.clone()).or_insert(sort);
    }

    fn sort(&self, cluster: &ResourceId) -> Option<Sort> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(cluster).copied()
    }
}

#[async_trait]
impl Clusters for Tencent {
    fn clusters(&self, region: &RegionId) -> Box<dyn PageSource<Cluster> + '_> {
        let stages = LISTS.map(|it| Stage {
            list: OffsetList::new(self, it.question(region)),
            page_size: it.page_size.into(),
            need: it.need,
        });
        Box::new(Learning {
            tencent: self,
            list: StagedList::new(stages.into()),
        })
    }

    async fn cluster(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Option<Cluster>, CloudError> {
        let asked = [id.clone()];
        for list in LISTS {
            let found = lists::by_id(self, "ClusterIds", &asked, || list.question(region)).await;
            let found = match found {
                Err(error) if list.need != Need::Always && errors::is_unknown_question(&error) => {
                    continue;
                }
                found => found?,
            };
            // A service that takes no notice of the ids gives others as well.
            if let Some(found) = found.into_iter().find(|it| it.cluster.id == *id) {
                self.known_clusters.learn(id, found.sort);
                return Ok(Some(found.cluster));
            }
        }
        Ok(None)
    }

    fn nodes(&self, region: &RegionId, cluster: &Cluster) -> Box<dyn PageSource<ClusterNode> + '_> {
        match (self.known_clusters.sort(&cluster.id), cluster.view) {
            (Some(Sort::Edge), _) | (None, NodeView::GroupsOnly) => {
                Box::new(edge::EdgeNodes::new(self, region, &cluster.id))
            }
            (sort, _) => {
                let masters = match sort {
                    Some(Sort::Managed) => nodes::Masters::OfTheCloud,
                    _ => nodes::Masters::OfTheAccount,
                };
                Box::new(nodes::list(self, region, &cluster.id, masters))
            }
        }
    }

    async fn opinions(
        &self,
        region: &RegionId,
        machines: &[ResourceId],
    ) -> Result<BTreeMap<ResourceId, Opinion>, CloudError> {
        opinions::opinions(self, region, machines).await
    }
}

/// One of the lists of clusters.
#[derive(Clone, Copy)]
struct ClusterList {
    operation: &'static Operation,
    page_size: u32,
    need: Need,
    decode: Decode<Listed<Sorted>>,
}

/// The list that tells the networks comes first: of a cluster in several, the first row counts.
const LISTS: [ClusterList; 4] = [
    ClusterList {
        operation: &DESCRIBE_CLUSTERS,
        page_size: PAGE_SIZE,
        need: Need::Always,
        decode: decode_ordinary,
    },
    ClusterList {
        operation: &DESCRIBE_EDGE_CLUSTERS,
        page_size: SMALL_PAGE,
        need: Need::WhereKnown,
        decode: decode_edge,
    },
    ClusterList {
        operation: &DESCRIBE_SERVERLESS_CLUSTERS,
        page_size: SMALL_PAGE,
        need: Need::WhereKnown,
        decode: decode_serverless,
    },
    ClusterList {
        operation: &DESCRIBE_CLUSTERS_2022,
        page_size: PAGE_SIZE,
        need: Need::WhereKnown,
        decode: decode_ordinary,
    },
];

impl ClusterList {
    fn question(&self, region: &RegionId) -> Question<Sorted> {
        Question {
            operation: self.operation,
            place: Place::Region(region.clone()),
            counts: Counts::Rows,
            arguments: Map::new(),
            page_size: self.page_size,
            row_bytes: CLUSTER_BYTES,
            decode: self.decode,
        }
    }
}

/// A cluster, and what the port does not hand out.
struct Sorted {
    cluster: Cluster,
    sort: Sort,
}

impl cloud::Keyed for Sorted {
    fn key(&self) -> cloud::Key<'_> {
        self.cluster.key()
    }
}

/// Hands out clusters and keeps what was learnt of them.
struct Learning<'a> {
    tencent: &'a Tencent,
    list: StagedList<'a, Sorted>,
}

#[async_trait]
impl PageSource<Cluster> for Learning<'_> {
    fn site(&self) -> cloud::CallSite {
        self.list.site()
    }

    async fn page(&self, at: &cloud::PageAt) -> Result<cloud::Page<Cluster>, CloudError> {
        let page = self.list.page(at).await?;
        let items = page.items.into_iter().map(|it| {
            self.tencent.known_clusters.learn(&it.cluster.id, it.sort);
            it.cluster
        });
        Ok(cloud::Page {
            items: items.collect(),
            next: page.next,
            total: page.total,
        })
    }
}

decode::wire! {
    struct Ordinary<'a> {
        cluster_id: Loose<'a>,
        cluster_name: Loose<'a>,
        cluster_type: Loose<'a>,
        cluster_status: Loose<'a>,
        created_time: Loose<'a>,
        /// Of the version of 2022.
        vpc_id: Loose<'a>,
        /// Of the version of 2018.
        cluster_network_settings: Option<Network<'a>>,
        tag_specification: Option<Vec<TagSpecification<'a>>>,
    }
    struct Network<'a> {
        vpc_id: Loose<'a>,
    }
    struct TagSpecification<'a> {
        tags: Option<Vec<Tag<'a>>>,
    }
    struct Separate<'a> {
        cluster_id: Loose<'a>,
        cluster_name: Loose<'a>,
        vpc_id: Loose<'a>,
        status: Loose<'a>,
        created_time: Loose<'a>,
    }
}

const SHAPE: Shape = Shape::rows("Clusters");

fn decode_ordinary(body: &str) -> Result<Listed<Sorted>, Misread> {
    lists::read(body, &SHAPE, ordinary)
}

fn decode_edge(body: &str) -> Result<Listed<Sorted>, Misread> {
    lists::read(body, &SHAPE, |row| separate(row, Sort::Edge))
}

fn decode_serverless(body: &str) -> Result<Listed<Sorted>, Misread> {
    lists::read(body, &SHAPE, |row| separate(row, Sort::Serverless))
}

fn ordinary(row: Ordinary<'_>) -> Result<Sorted, Misread> {
    let word = row.cluster_type.text();
    let sort = match word.as_ref() {
        "MANAGED_CLUSTER" => Sort::Managed,
        "INDEPENDENT_CLUSTER" => Sort::Independent,
        "EDGE_CLUSTER" => Sort::Edge,
        "SERVERLESS_CLUSTER" | "EKS_CLUSTER" => Sort::Serverless,
        _ => Sort::Unknown,
    };
    let network = row
        .cluster_network_settings
        .and_then(|it| it.vpc_id.some_text());
    let specifications = row.tag_specification.unwrap_or_default().into_iter();
    Ok(Sorted {
        cluster: Cluster {
            id: cluster_id(&row.cluster_id)?,
            name: row.cluster_name.into_text(),
            network: network
                .or_else(|| row.vpc_id.some_text())
                .map(ResourceId::new),
            state: state(&row.cluster_status),
            view: view(sort),
            created: times::instant_of(&row.created_time),
            tags: specifications
                .flat_map(|it| decode::tags(it.tags))
                .collect(),
        },
        sort,
    })
}

fn separate(row: Separate<'_>, sort: Sort) -> Result<Sorted, Misread> {
    Ok(Sorted {
        cluster: Cluster {
            id: cluster_id(&row.cluster_id)?,
            name: row.cluster_name.into_text(),
            network: row.vpc_id.some_text().map(ResourceId::new),
            state: state(&row.status),
            view: view(sort),
            created: times::instant_of(&row.created_time),
            tags: Tags::new(),
        },
        sort,
    })
}

fn cluster_id(field: &Loose<'_>) -> Result<ResourceId, Misread> {
    let id = field.some_text();
    let id = id.ok_or(Misread::Lacks("ClusterId in one of its rows"))?;
    Ok(ResourceId::new(id))
}

/// What the list of a cluster's nodes is worth: that of the edge is of texts that nobody defines, and
/// of a sort nobody knows nothing is known.
fn view(sort: Sort) -> NodeView {
    match sort {
        Sort::Managed | Sort::Independent => NodeView::Whole,
        Sort::Serverless => NodeView::NoMachines,
        Sort::Edge | Sort::Unknown => NodeView::GroupsOnly,
    }
}

/// A cluster that is being changed without being made or unmade has all its nodes; in every other
/// state, and in one that nobody knows, its list may be partial.
fn state(field: &Loose<'_>) -> ClusterState {
    const SETTLED: &[&str] = &[
        "clusterlevelupgrading",
        "idling",
        "masterscaling",
        "nodeupgrading",
        "pause",
        "running",
        "runtimeupgrading",
        "scaling",
        "upgrading",
    ];
    let word = field.text();
    if SETTLED.contains(&word.to_ascii_lowercase().as_str()) {
        ClusterState::Settled
    } else {
        ClusterState::Unsettled(word.into_owned())
    }
}

#[cfg(test)]
mod tests;
