//! Which list of nodes is asked for, and what becomes of one that is not whole.

use cloud::pager::collect;
use cloud::{Clusters as _, Sighting, Why};
use model::{Cluster, ClusterState, NodeMachine, NodeView, RegionId, ResourceId, Tags};
use serde_json::{Value, json};

use crate::far::{Far, refused};
use crate::stand::REGION;

fn region() -> RegionId {
    RegionId::new(REGION)
}

fn cluster(id: &str, view: NodeView) -> Cluster {
    Cluster {
        id: ResourceId::new(id),
        name: String::new(),
        network: None,
        state: ClusterState::Settled,
        view,
        created: None,
        tags: Tags::new(),
    }
}

async fn names(far: &std::sync::Arc<Far>, cluster: &Cluster) -> Result<Vec<String>, Why> {
    let tencent = far.tencent();
    // What the list of clusters teaches is known from here on.
    let clusters = collect(tencent.clusters(&region()).as_ref()).await;
    assert!(clusters.seen().is_some());
    far.asked();
    match collect(tencent.nodes(&region(), cluster).as_ref()).await {
        Sighting::Seen(seen) => Ok(seen.into_inner().into_iter().map(|it| it.name).collect()),
        Sighting::Unseen(unseen) => Err(unseen.why),
    }
}

/// `cls-managed`, `cls-own` with masters of its own, `cls-edge`; only the newer list has `cls-new`.
fn clusters(name: &str) -> Option<Value> {
    let list = |rows: Value| {
        let many = rows.as_array().unwrap().len();
        Some(json!({ "TotalCount": many, "Clusters": rows, "RequestId": "r" }))
    };
    let managed = json!({"ClusterId":"cls-managed","ClusterType":"MANAGED_CLUSTER","ClusterStatus":"Running"});
    let own = json!({"ClusterId":"cls-own","ClusterType":"INDEPENDENT_CLUSTER","ClusterStatus":"Running"});
    let new = json!({"ClusterId":"cls-new","ClusterType":"QUANTUM","ClusterStatus":"Running"});
    match name {
        "DescribeClusters 2018" => list(json!([managed, own])),
        "DescribeClusters 2022" => list(json!([managed, own, new])),
        "DescribeTKEEdgeClusters 2018" => {
            list(json!([{"ClusterId":"cls-edge","Status":"Running"}]))
        }
        "DescribeEKSClusters 2018" => list(json!([])),
        _ => None,
    }
}

fn nodes(ids: &[&str]) -> Value {
    let rows: Vec<Value> = ids.iter().map(|it| json!({ "InstanceId": it })).collect();
    json!({ "TotalCount": ids.len(), "InstanceSet": rows, "RequestId": "r" })
}

fn both_versions(name: &str, said: &Value) -> Value {
    match name {
        "DescribeClusterInstances 2022" => nodes(&["ins-1", "ins-2"]),
        "DescribeClusterInstances 2018" => {
            assert_eq!(said["InstanceRole"], "ALL");
            nodes(&["ins-2", "ins-master"])
        }
        name => clusters(name).unwrap_or_else(|| refused("InvalidAction")),
    }
}

#[tokio::test]
async fn clusters_of_all_lists_are_one_list_in_which_each_is_once() {
    let far = Far::new(both_versions);
    let tencent = far.tencent();
    let list = collect(tencent.clusters(&region()).as_ref()).await;
    let ids: Vec<_> = list
        .seen()
        .unwrap()
        .get()
        .iter()
        .map(|it| it.id.to_string())
        .collect();
    assert_eq!(ids, ["cls-managed", "cls-own", "cls-edge", "cls-new"]);
}

#[tokio::test]
async fn the_masters_of_a_cluster_that_runs_its_own_are_asked_for_as_well() {
    let far = Far::new(both_versions);
    let managed = names(&far, &cluster("cls-managed", NodeView::Whole)).await;
    assert_eq!(managed.unwrap(), ["ins-1", "ins-2"]);
    assert_eq!(far.asked(), ["DescribeClusterInstances 2022"]);
    let own = names(&far, &cluster("cls-own", NodeView::Whole)).await;
    assert_eq!(own.unwrap(), ["ins-1", "ins-2", "ins-master"]);
    assert_eq!(
        far.asked(),
        [
            "DescribeClusterInstances 2022",
            "DescribeClusterInstances 2018"
        ]
    );
    // Of a cluster that nothing is known of, masters are asked for, too.
    let unknown = names(&far, &cluster("cls-elsewhere", NodeView::Whole)).await;
    assert_eq!(unknown.unwrap().len(), 3);
}

fn only_the_older(name: &str, said: &Value) -> Value {
    match name {
        "DescribeClusterInstances 2022" | "DescribeClusters 2022" => refused("NoSuchVersion"),
        "DescribeEKSClusters 2018" | "DescribeTKEEdgeClusters 2018" => refused("InvalidAction"),
        "DescribeClusterInstances 2018" => {
            let mut answer = nodes(&["ins-1", "np-1-2", "ins-master"]);
            answer["InstanceSet"][1]["LanIP"] = json!("10.0.0.7");
            answer
        }
        name => both_versions(name, said),
    }
}

#[tokio::test]
async fn where_the_newer_version_is_not_known_the_older_is_asked_instead() {
    let far = Far::new(only_the_older);
    let cluster = cluster("cls-managed", NodeView::Whole);
    let found = names(&far, &cluster).await.unwrap();
    assert_eq!(found, ["ins-1", "np-1-2", "ins-master"]);
    let tencent = far.tencent();
    let list = collect(tencent.nodes(&region(), &cluster).as_ref()).await;
    let nodes = list.seen().unwrap().get();
    // A native node has a name of its own here, and only its address tells which machine it is.
    assert_eq!(nodes[1].machine, NodeMachine::ByAddress);
    assert_eq!(nodes[1].private_ip, Some("10.0.0.7".parse().unwrap()));
}

fn never_whole(name: &str, said: &Value) -> Value {
    match name {
        "DescribeClusterInstances 2022" => {
            let mut answer = nodes(&["ins-1"]);
            answer["Errors"] = json!(["super nodes: timeout"]);
            answer
        }
        _ => both_versions(name, said),
    }
}

#[tokio::test]
async fn a_list_of_nodes_that_names_its_own_failures_is_unseen() {
    let far = Far::new(never_whole);
    let seen = names(&far, &cluster("cls-managed", NodeView::Whole)).await;
    assert_eq!(seen, Err(Why::Unreachable));
}

fn short_of_one(name: &str, said: &Value) -> Value {
    let mut answer = both_versions(name, said);
    if name == "DescribeClusterInstances 2018" {
        answer["TotalCount"] = json!(3);
    }
    answer
}

#[tokio::test]
async fn one_of_two_lists_that_comes_out_short_makes_the_whole_short() {
    let far = Far::new(short_of_one);
    let seen = names(&far, &cluster("cls-own", NodeView::Whole)).await;
    assert_eq!(seen, Err(Why::CountMismatch { came: 3, total: 4 }));
}

fn of_the_edge(name: &str, said: &Value) -> Value {
    match name {
        "DescribeEdgeClusterInstances 2018" => match said["Offset"].as_u64() {
            Some(0) => json!({"TotalCount": 101, "InstanceInfoSet": "[{\"id\":\"ins-1\"}]"}),
            _ => json!({"TotalCount": 101, "InstanceInfoSet": "[{\"id\":\"ins-2\"}]"}),
        },
        "DescribeEdgeCVMInstances 2018" => {
            json!({"TotalCount": 1, "InstanceInfoSet": ["x ins-3 y"]})
        }
        name => both_versions(name, said),
    }
}

#[tokio::test]
async fn machines_at_the_edge_are_found_in_all_pages_of_both_lists() {
    let far = Far::new(of_the_edge);
    let found = names(&far, &cluster("cls-edge", NodeView::GroupsOnly)).await;
    assert_eq!(found.unwrap(), ["ins-1", "ins-2", "ins-3"]);
    assert_eq!(far.asked().len(), 3);
}

#[tokio::test]
async fn a_cluster_is_found_by_id_in_whichever_list_has_it() {
    let far = Far::new(|name, said| match (name, said["ClusterIds"][0].as_str()) {
        // The ordinary list refuses ids that it does not have.
        ("DescribeClusters 2018", Some("cls-edge" | "cls-gone")) => {
            refused("InternalError.ClusterNotFound")
        }
        ("DescribeTKEEdgeClusters 2018", Some("cls-gone")) => json!({"TotalCount":0,"Clusters":[]}),
        ("DescribeClusters 2022", _) => refused("NoSuchVersion"),
        (name, _) => clusters(name).unwrap(),
    });
    let tencent = far.tencent();
    let edge = tencent
        .cluster(&region(), &ResourceId::new("cls-edge"))
        .await;
    assert_eq!(edge.unwrap().unwrap().view, NodeView::GroupsOnly);
    let gone = tencent
        .cluster(&region(), &ResourceId::new("cls-gone"))
        .await;
    assert_eq!(gone.unwrap(), None);
}

fn native_nodes(name: &str, said: &Value) -> Value {
    if name != "DescribeClusterInstances 2022" {
        return both_versions(name, said);
    }
    assert_eq!(said["Filters"][0]["Values"][0], "Native");
    let id = match said["ClusterId"].as_str() {
        Some("cls-managed") => "ins-managed",
        Some("cls-own") => "ins-own",
        other => panic!("{other:?} has no list of nodes that is whole"),
    };
    let native = json!({"InstanceId": id, "InstanceChargeType": "PREPAID", "ExpiredTime": "2026-12-06 08:00:00"});
    json!({"TotalCount": 1, "InstanceSet": [{"InstanceId": "np-1-a", "Native": native}], "Errors": []})
}

#[tokio::test]
async fn native_nodes_of_all_clusters_are_seen_to_end() {
    use cloud::Terms as _;
    let far = Far::new(native_nodes);
    let tencent = far.tencent();
    let list = tencent.lists().iter().find(|it| it.kind == "tke").unwrap();
    let place = model::Place::Region(region());
    let rows = collect(tencent.ending(list, &place).as_ref()).await;
    let rows = rows.seen().unwrap().get();
    let ids: Vec<_> = rows.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["ins-managed", "ins-own"]);
    assert!(rows.iter().all(|it| it.region.as_ref() == Some(&region())));
    // Four lists of clusters, and one of nodes for each of two.
    assert_eq!(far.asked().len(), 6);
}
