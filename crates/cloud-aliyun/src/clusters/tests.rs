use super::*;

#[test]
fn a_clusters_list_of_nodes_is_believed_when_it_is_settled_and_of_machines() {
    let body = r#"{"clusters":[
        {"cluster_id":"c1","name":"a","vpc_id":"vpc-1","state":"running","cluster_type":"ManagedKubernetes","profile":"Default","created":"2020-08-25T11:25:35+08:00","tags":[{"key":"k","value":"v"}]},
        {"cluster_id":"c2","name":"a","state":"deleting","cluster_type":"Kubernetes"},
        {"cluster_id":"c3","state":"running","cluster_type":"Ask"},
        {"cluster_id":"c4","state":"running","cluster_type":"ExternalKubernetes"},
        {"cluster_id":"c5","state":"running","cluster_type":"ManagedKubernetes","profile":"Serverless"}],
        "page_info":{"page_number":1,"page_size":100,"total_count":5}}"#;
    let listed = decode_clusters(body).unwrap();
    assert_eq!((listed.told.total, listed.told.rows), (Some(5), 5));
    let views: Vec<_> = listed
        .items
        .iter()
        .map(|it| (it.view, it.state == ClusterState::Settled))
        .collect();
    assert_eq!(
        views,
        [
            (NodeView::Whole, true),
            (NodeView::Whole, false),
            (NodeView::NoMachines, true),
            (NodeView::GroupsOnly, true),
            (NodeView::NoMachines, true)
        ]
    );
    assert!(matches!(decode_clusters("{}"), Err(Misread::Lacks(_))));
}

#[test]
fn a_node_is_a_machine_or_none_or_known_by_its_address_only() {
    let body = r#"{"nodes":[
        {"instance_id":"i-1","node_name":"cn-beijing.10.0.0.1","instance_role":"Master","ip_address":["10.0.0.1"]},
        {"instance_id":"i-2","instance_role":"Worker","nodepool_id":"np1","ip_address":[]},
        {"instance_id":"virtual-kubelet-cn-beijing-h","node_name":"virtual-kubelet-cn-beijing-h"},
        {"instance_id":"","node_name":"idc-7","ip_address":["192.168.0.7"],"is_aliyun_node":false}],
        "page":{"page_number":"1","page_size":"100","total_count":"4"}}"#;
    let listed = decode_nodes(body).unwrap();
    assert_eq!(listed.told.total, Some(4));
    let nodes: Vec<_> = listed
        .items
        .iter()
        .map(|it| (it.name.as_str(), it.sort, &it.machine))
        .collect();
    assert_eq!(
        nodes,
        [
            (
                "i-1",
                NodeSort::Master,
                &NodeMachine::Is(ResourceId::new("i-1"))
            ),
            (
                "i-2",
                NodeSort::Worker,
                &NodeMachine::Is(ResourceId::new("i-2"))
            ),
            (
                "virtual-kubelet-cn-beijing-h",
                NodeSort::Virtual,
                &NodeMachine::None
            ),
            ("idc-7", NodeSort::External, &NodeMachine::ByAddress)
        ]
    );
    let nameless = r#"{"nodes":[{"instance_role":"Worker"}],"page":{"total_count":1}}"#;
    assert!(matches!(decode_nodes(nameless), Err(Misread::Lacks(_))));
}
