//! Container Service: clusters, their node pools and their nodes. Told apart by paths, in lower-case words.

mod rows;

use std::sync::Arc;

use serde::Serialize;
use serde_json::json;

use self::rows::{ClusterRow, NodeRow, cluster_type, node_state, pool};
use super::arguments::{Kind, Parameter};
use super::catalog::{self, ActionSpec, Asked, Listing, Product, Style};
use crate::world::World;
use crate::world::account::Uid;
use crate::world::caller::Caller;
use crate::world::clusters::{Cluster, Node};
use crate::world::holdings::Holdings;
use crate::world::paging::PageAsked;
use crate::world::refusal::Refusal;
use crate::world::rows::Rows;

pub(super) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        product: Product::Cs,
        name: "DescribeClustersV1",
        right: "cs:DescribeClustersV1",
        style: Style::Signed,
        path: "/api/v1/clusters",
        parameters: &[
            Parameter::text("name"),
            Parameter::text("cluster_id"),
            Parameter::text("cluster_type"),
            Parameter::text("cluster_spec"),
            Parameter::text("profile"),
            Parameter::text("region_id"),
            Parameter::new("page_number", Kind::Whole(1, i64::MAX)),
            Parameter::new("page_size", Kind::Whole(1, 100)),
        ],
        listing: Some(Listing {
            rows: "/clusters",
            total: "/page_info/total_count",
            page: Some(("page_number", "page_size")),
        }),
        serve: describe_clusters,
    },
    ActionSpec {
        product: Product::Cs,
        name: "DescribeClusterDetail",
        right: "cs:DescribeClusterDetail",
        style: Style::Signed,
        path: "/clusters/{ClusterId}",
        parameters: &[],
        listing: None,
        serve: describe_cluster,
    },
    ActionSpec {
        product: Product::Cs,
        name: "DescribeClusterNodes",
        right: "cs:DescribeClusterNodes",
        style: Style::Signed,
        path: "/clusters/{ClusterId}/nodes",
        parameters: &[
            Parameter::text("instanceIds"),
            Parameter::text("nodepool_id"),
            Parameter::new(
                "state",
                Kind::OneOf(&["all", "running", "removing", "initial", "failed"]),
            ),
            Parameter::new("pageNumber", Kind::Whole(1, i64::MAX)),
            Parameter::new("pageSize", Kind::Whole(1, 100)),
        ],
        listing: Some(Listing {
            rows: "/nodes",
            total: "/page/total_count",
            page: Some(("pageNumber", "pageSize")),
        }),
        serve: describe_nodes,
    },
    ActionSpec {
        product: Product::Cs,
        name: "DescribeClusterNodePools",
        right: "cs:DescribeClusterNodePools",
        style: Style::Signed,
        path: "/clusters/{ClusterId}/nodepools",
        parameters: &[Parameter::text("NodepoolName")],
        listing: Some(Listing {
            rows: "/nodepools",
            total: "",
            page: None,
        }),
        serve: describe_pools,
    },
];

#[derive(Serialize)]
struct PageInfo {
    page_number: usize,
    page_size: usize,
    total_count: usize,
}

#[derive(Serialize)]
struct ClustersAnswer<'a> {
    clusters: Vec<ClusterRow<'a>>,
    page_info: PageInfo,
}

#[derive(Serialize)]
struct NodesAnswer<'a> {
    nodes: Vec<NodeRow<'a>>,
    page: PageInfo,
}

/// A cluster with the region it stands in.
struct Found {
    region: String,
    held: Arc<Holdings>,
    cluster: Arc<Cluster>,
}

/// Lists the clusters of all regions, whichever host is asked.
fn describe_clusters(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    require(caller, "cs:DescribeClustersV1")?;
    let same = |name: &str, has: &str| said.text(name).is_none_or(|it| it == has);
    let everywhere = asked.world.everywhere(caller.uid);
    let found = everywhere
        .iter()
        .filter(|(region, _)| same("region_id", region))
        .flat_map(|(region, held)| {
            held.clusters.iter().map(|cluster| Found {
                region: region.to_owned(),
                held: held.clone(),
                cluster: cluster.clone(),
            })
        })
        .filter(|it| {
            let (sort, profile) = cluster_type(it.cluster.sort);
            same("cluster_id", &it.cluster.id)
                // Part of a name finds it.
                && said.text("name").is_none_or(|name| it.cluster.name.contains(name))
                && same("cluster_type", sort)
                && same("profile", profile)
        });
    let page = said.page(("page_number", "page_size"), 10).cut(found);
    catalog::json(&ClustersAnswer {
        clusters: page
            .items
            .iter()
            .map(|it| {
                let nodes = it.held.nodes(&it.cluster.id).map_or(0, Rows::len);
                ClusterRow::new(&it.cluster, &it.region, nodes)
            })
            .collect(),
        page_info: info(page.asked, page.total),
    })
}

fn info(asked: PageAsked, total_count: usize) -> PageInfo {
    PageInfo {
        page_number: asked.number,
        page_size: asked.size,
        total_count,
    }
}

/// Returns the region of the cluster that a path names: the service has a host in each region, which is
/// what tells the region there, and one door here.
pub(super) fn region_of(world: &World, uid: Uid, path: &str) -> Option<String> {
    let (id, _) = path
        .strip_prefix("/clusters/")
        .map(|it| it.split_once('/').unwrap_or((it, "")))?;
    let everywhere = world.everywhere(uid);
    let region = everywhere
        .iter()
        .find(|(_, held)| held.clusters.get(id).is_some());
    region.map(|(region, _)| region.to_owned())
}

/// Finds the cluster that the path names, in whichever region it stands.
fn found(asked: &Asked<'_>) -> Result<Found, Refusal> {
    let id = asked.arguments.text("ClusterId").unwrap_or_default();
    let everywhere = asked.world.everywhere(asked.caller()?.uid);
    let mut regions = everywhere.iter();
    regions
        .find_map(|(region, held)| {
            Some(Found {
                region: region.to_owned(),
                held: held.clone(),
                cluster: held.clusters.get(id)?.clone(),
            })
        })
        .ok_or_else(|| {
            let text = format!("cluster {id} not found");
            Refusal::new(404, "ErrorClusterNotFound", text)
        })
}

fn describe_cluster(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    require(asked.caller()?, "cs:DescribeClusterDetail")?;
    let it = found(asked)?;
    let nodes = it.held.nodes(&it.cluster.id).map_or(0, Rows::len);
    catalog::json(&ClusterRow::new(&it.cluster, &it.region, nodes))
}

fn describe_nodes(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    require(caller, "cs:DescribeClusterNodes")?;
    let Found {
        region,
        held,
        cluster,
    } = found(asked)?;
    let page = said.page(("pageNumber", "pageSize"), 10);
    let ids = said.commas("instanceIds");
    let state = said.text("state").filter(|it| *it != "all");
    let keep = |it: &Node| {
        let machine = it.machine.as_ref();
        state.is_none_or(|asked| asked == node_state(it))
            && ids
                .as_ref()
                .is_none_or(|ids| machine.is_some_and(|it| ids.contains(it)))
            && said
                .text("nodepool_id")
                .is_none_or(|asked| it.pool.as_deref() == Some(asked))
    };
    let none = Rows::default();
    let nodes = held.nodes(&cluster.id).unwrap_or(&none);
    let page = nodes.page_of(page, keep);
    catalog::json(&NodesAnswer {
        nodes: page
            .items
            .iter()
            .map(|it| NodeRow::new(it, &region, &held))
            .collect(),
        page: info(page.asked, page.total),
    })
}

fn describe_pools(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    require(asked.caller()?, "cs:DescribeClusterNodePools")?;
    let Found {
        region,
        held,
        cluster,
    } = found(asked)?;
    let name = asked.arguments.text("NodepoolName");
    let pools = held
        .pools_of(&cluster.id)
        .filter(|it| name.is_none_or(|name| it.name == name))
        .map(|it| pool(it, &region, held.nodes(&cluster.id)));
    catalog::json(&json!({"nodepools": pools.collect::<Vec<_>>()}))
}

/// Refuses in the words of this service.
fn require(caller: &Caller, action: &str) -> Result<(), Refusal> {
    if caller.rights.allow(action) {
        return Ok(());
    }
    let text = format!("RAM policy Forbidden for action {action}");
    let mut refusal = Refusal::new(403, "Forbidden", text);
    refusal.denied = Some(Box::new(caller.denied_detail(action)));
    Err(refusal)
}
