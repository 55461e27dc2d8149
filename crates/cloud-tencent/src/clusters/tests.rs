use super::*;

fn shown(list: Result<Listed<Sorted>, Misread>) -> Vec<String> {
    let shown = list.unwrap().items.into_iter().map(|it| {
        let Sorted { cluster, sort } = it;
        let network = cluster.network.map_or("-".to_owned(), |it| it.to_string());
        format!(
            "{} {network} {:?} {:?} {sort:?}",
            cluster.id, cluster.state, cluster.view
        )
    });
    shown.collect()
}

#[test]
fn ordinary_clusters_of_both_versions_are_read() {
    let body = r#"{"Response":{"TotalCount":5,"Clusters":[
        {"ClusterId":"cls-1","ClusterType":"MANAGED_CLUSTER","ClusterStatus":"Running",
         "ClusterNetworkSettings":{"VpcId":"vpc-1"},"TagSpecification":null},
        {"ClusterId":"cls-2","ClusterType":"INDEPENDENT_CLUSTER","ClusterStatus":"Upgrading","VpcId":"vpc-2",
         "TagSpecification":[{"ResourceType":"cluster","Tags":[{"Key":"a","Value":"b"}]}]},
        {"ClusterId":"cls-3","ClusterType":"EDGE_CLUSTER","ClusterStatus":"Isolated"},
        {"ClusterId":"cls-4","ClusterStatus":"Deleting"},
        {"ClusterId":"cls-5","ClusterType":"SERVERLESS_CLUSTER","ClusterStatus":"Hovering"}],"Errors":[]}}"#;
    expect_test::expect![[r#"
        cls-1 vpc-1 Settled Whole Managed
        cls-2 vpc-2 Settled Whole Independent
        cls-3 - Unsettled("Isolated") GroupsOnly Edge
        cls-4 - Unsettled("Deleting") GroupsOnly Unknown
        cls-5 - Unsettled("Hovering") NoMachines Serverless"#]]
    .assert_eq(&shown(decode_ordinary(body)).join("\n"));
}

#[test]
fn edge_and_serverless_clusters_are_read() {
    let body = r#"{"Response":{"TotalCount":1,"Clusters":[{"ClusterId":"cls-j0hy001q","VpcId":"vpc-1",
        "Status":"Running","TagSpecification":{"ResourceType":"cluster","Tags":[]}}]}}"#;
    assert_eq!(
        shown(decode_edge(body)),
        ["cls-j0hy001q vpc-1 Settled GroupsOnly Edge"]
    );
    let body = r#"{"Response":{"TotalCount":1,"Clusters":[{"ClusterId":"cls-x","VpcId":"vpc-1","Status":"running"}]}}"#;
    assert_eq!(
        shown(decode_serverless(body)),
        ["cls-x vpc-1 Settled NoMachines Serverless"]
    );
}

#[test]
fn a_cluster_whose_list_may_be_partial_is_not_settled() {
    let state = |word: &'static str| state(&Loose::Text(word.into()));
    for word in [
        "Running",
        "Scaling",
        "NodeUpgrading",
        "MasterScaling",
        "Idling",
    ] {
        assert_eq!(state(word), ClusterState::Settled, "{word}");
    }
    for word in [
        "Creating",
        "Trading",
        "Deleting",
        "Isolated",
        "Abnormal",
        "Recovering",
        "ResourceIsolate",
        "New",
        "",
    ] {
        assert_eq!(
            state(word),
            ClusterState::Unsettled(word.to_owned()),
            "{word}"
        );
    }
}

#[test]
fn an_answer_with_failures_of_its_own_is_no_list_of_clusters() {
    let body = r#"{"Response":{"TotalCount":0,"Clusters":[],"Errors":["edge: timeout"]}}"#;
    assert!(matches!(
        decode_ordinary(body),
        Err(Misread::Partial { .. })
    ));
}
