//! Tencent Kubernetes Engine: clusters, their nodes and pools, in both versions of its API.
//!
//! The version of 2018 lists masters only when they are asked for; that of 2022 lists every sort of node, and says
//! in `Errors` what it could not get hold of.

mod clusters;
mod edge;
mod existed;
mod nodes;
mod nodes_2018;
mod pools;

use std::sync::Arc;

use super::arguments::{Filter, Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Reach, Style};
use super::words::{Trouble, not_found};
use crate::world::clusters::{Cluster, ClusterSort, ClusterState, Node};
use crate::world::holdings::Holdings;

const OLD: &str = "2018-05-25";
const NEW: &str = "2022-05-01";

const fn listing(rows: &'static str, paging: Paging) -> Option<Listing> {
    Some(Listing {
        rows,
        total: "/TotalCount",
        paging,
    })
}

const PAGED: Paging = Paging::OffsetLimit(20);

const fn action(
    version: &'static str,
    name: &'static str,
    parameters: &'static [Parameter],
    listing: Option<Listing>,
    serve: fn(&Asked<'_>) -> Result<Vec<u8>, Trouble>,
) -> ActionSpec {
    ActionSpec {
        service: "tke",
        version,
        name,
        style: Style::Signed,
        reach: Reach::Region,
        parameters,
        listing,
        serve,
    }
}

const CLUSTERS_SAID: &[Parameter] = &[
    Parameter::new("ClusterIds", Kind::Texts(100)),
    Parameter::offset(),
    Parameter::limit(100),
    Parameter::filters(clusters::FILTERS, 10, 100),
    Parameter::text("ClusterType"),
];

const SEPARATE_CLUSTERS_SAID: &[Parameter] = &[
    Parameter::new("ClusterIds", Kind::Texts(100)),
    Parameter::offset(),
    Parameter::limit(100),
    Parameter::filters(&["ClusterName"], 10, 100),
];

pub(super) const ACTIONS: &[ActionSpec] = &[
    action(
        NEW,
        "DescribeClusters",
        CLUSTERS_SAID,
        listing("/Clusters", PAGED),
        clusters::describe_2022,
    ),
    action(
        NEW,
        "DescribeClusterInstances",
        &[
            Parameter::text("ClusterId").needed(),
            Parameter::offset(),
            Parameter::limit(100),
            Parameter::filters(nodes::FILTERS, 10, 100),
            Parameter::new("SortBy", Kind::Tree),
            Parameter::new("NeedTags", Kind::Flag),
        ],
        listing("/InstanceSet", PAGED),
        nodes::describe,
    ),
    action(
        NEW,
        "DescribeNodePools",
        &[
            Parameter::text("ClusterId").needed(),
            Parameter::filters(
                &["NodePoolsName", "NodePoolsId", "Type", "tags", "tag:"],
                10,
                100,
            ),
            Parameter::offset(),
            Parameter::limit(100),
        ],
        listing("/NodePools", PAGED),
        pools::describe_2022,
    ),
    action(
        OLD,
        "DescribeClusters",
        CLUSTERS_SAID,
        listing("/Clusters", PAGED),
        clusters::describe_2018,
    ),
    action(
        OLD,
        "DescribeClusterInstances",
        &[
            Parameter::text("ClusterId").needed(),
            Parameter::offset(),
            Parameter::limit(100),
            Parameter::new("InstanceIds", Kind::Texts(100)),
            Parameter::new("InstanceRole", Kind::OneOf(nodes_2018::ROLES)),
            Parameter::filters(&["nodepool-id", "nodepool-instance-type"], 10, 100),
        ],
        listing("/InstanceSet", PAGED),
        nodes_2018::describe,
    ),
    action(
        OLD,
        "DescribeClusterNodePools",
        &[
            Parameter::text("ClusterId").needed(),
            Parameter::filters(&["NodePoolsName", "NodePoolsId", "tags", "tag:"], 10, 100),
        ],
        listing("/NodePoolSet", Paging::None),
        pools::describe_2018,
    ),
    action(
        OLD,
        "DescribeExistedInstances",
        &[
            Parameter::text("ClusterId"),
            Parameter::new("InstanceIds", Kind::Texts(100)),
            Parameter::filters(existed::FILTERS, 10, 5),
            Parameter::text("VagueIpAddress"),
            Parameter::text("VagueInstanceName"),
            Parameter::offset(),
            Parameter::limit(100),
            Parameter::new("IpAddresses", Kind::Texts(100)),
        ],
        listing("/ExistedInstanceSet", PAGED),
        existed::describe,
    ),
    action(
        OLD,
        "DescribeTKEEdgeClusters",
        SEPARATE_CLUSTERS_SAID,
        listing("/Clusters", PAGED),
        clusters::describe_edge,
    ),
    action(
        OLD,
        "DescribeEKSClusters",
        SEPARATE_CLUSTERS_SAID,
        listing("/Clusters", PAGED),
        clusters::describe_serverless,
    ),
    action(
        OLD,
        "DescribeEdgeClusterInstances",
        &[
            // Spelled like this for clusters at the edge.
            Parameter::text("ClusterID").needed(),
            Parameter::offset().needed(),
            Parameter::limit(100).needed(),
        ],
        None,
        edge::describe_nodes,
    ),
    action(
        OLD,
        "DescribeEdgeCVMInstances",
        &[Parameter::text("ClusterID").needed()],
        listing("/InstanceInfoSet", Paging::None),
        edge::describe_machines,
    ),
];

/// Returns the cluster that is asked for, which must be one that has nodes here.
fn cluster<'a>(asked: &Asked<'_>, holdings: &'a Holdings) -> Result<&'a Arc<Cluster>, Trouble> {
    let id = asked.arguments.text("ClusterId").unwrap_or_default();
    let found = holdings.clusters.get(id);
    found
        .filter(|it| it.sort != ClusterSort::Serverless)
        .ok_or_else(|| not_found("ResourceNotFound.ClusterNotFound", id))
}

/// Returns the nodes that the lists show of `cluster`. Of one that is not settled they show a part, and nothing in
/// the answer says so.
fn nodes<'a>(
    holdings: &'a Holdings,
    cluster: &Cluster,
) -> impl Iterator<Item = &'a Arc<Node>> + use<'a> {
    let settled = !matches!(
        cluster.state,
        ClusterState::Creating
            | ClusterState::Deleting
            | ClusterState::Abnormal
            | ClusterState::Isolated
    );
    let all = holdings.nodes(&cluster.id).into_iter().flatten();
    all.enumerate()
        .filter(move |(at, _)| settled || at.is_multiple_of(2))
        .map(|(_, node)| node)
}

/// Returns whether all of `filters` let something pass, which `keeps` answers one by one.
fn all(filters: &[Filter], keeps: impl Fn(&Filter) -> bool) -> bool {
    filters.iter().all(keeps)
}
