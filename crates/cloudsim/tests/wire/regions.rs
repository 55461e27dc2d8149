//! What stands in regions, over the wire: paths, lower-case words, rows that are hidden, one cluster that fails.

use cloudsim::world::clusters::{Cluster, Node};
use cloudsim::world::machines::Machine;
use cloudsim::world::storage::Disk;

use super::*;

const CS: &str = "2015-12-15";

async fn bench() -> (Sim, Client) {
    let account = shop().holding("cn-hangzhou", |it| {
        for cluster in ["c1", "c2"] {
            it.add_cluster(Cluster::new(cluster, "same name", day(-9)));
            for number in 0..3 {
                let id = format!("i-{cluster}-{number}");
                it.add_machine(Machine::new(&id, "node", day(-9)));
                it.add_disk(Disk::new(format!("d-{cluster}-{number}"), 40, day(-9)).system_of(&id));
                let node = Node::worker(id, "10.0.0.1", day(-9));
                it.add_node(cluster, node).unwrap();
            }
        }
        it.add_machine(Machine::new("i-hidden", "of another resource group", day(-9)).hidden());
    });
    let options = Options::default().clock(Arc::new(ManualClock::new(wall())));
    let sim = Sim::start(World::new(wall()).with(account), options)
        .await
        .unwrap();
    let key = sim.world().key("shop").unwrap();
    let client = Client::new(sim.address(), &key.id, &key.secret, wall());
    (sim, client)
}

fn ids(answer: &Answer, list: &str, id: &str) -> Vec<String> {
    let rows = answer.json.pointer(list).unwrap().as_array().unwrap();
    rows.iter()
        .map(|it| it[id].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_product_with_paths_is_signed_with_them_and_speaks_in_lower_case() {
    let (_sim, client) = bench().await;
    let clusters = client
        .get(CS, "DescribeClustersV1", "/api/v1/clusters", &[])
        .await
        .unwrap();
    assert_eq!(
        (clusters.status, ids(&clusters, "/clusters", "cluster_id")),
        (200, vec!["c1".into(), "c2".into()])
    );
    assert_eq!(clusters.json["page_info"]["total_count"], 2);
    let second = client
        .get(
            CS,
            "DescribeClusterNodes",
            "/clusters/c2/nodes",
            &[("pageNumber", "2"), ("pageSize", "2")],
        )
        .await
        .unwrap();
    assert_eq!(ids(&second, "/nodes", "instance_id"), ["i-c2-2"]);

    let unknown = client
        .get(CS, "DescribeClusterNodes", "/clusters/c3/nodes", &[])
        .await
        .unwrap();
    assert_eq!(
        (unknown.status, unknown.json["code"].as_str()),
        (404, Some("ErrorClusterNotFound"))
    );
    assert!(unknown.json["requestId"].is_string());
    let wrong = client.clone().secret("wrong");
    let refused = wrong
        .get(CS, "DescribeClustersV1", "/api/v1/clusters", &[])
        .await
        .unwrap();
    assert_eq!(
        (refused.status, refused.json["code"].as_str()),
        (400, Some("SignatureDoesNotMatch"))
    );
    let elsewhere = client
        .get(CS, "DescribeClustersV1", "/clusters/c1/nodes", &[])
        .await
        .unwrap();
    assert_eq!(
        (elsewhere.status, elsewhere.json["code"].as_str()),
        (404, Some("InvalidAction.NotFound"))
    );
}

#[tokio::test]
async fn one_cluster_of_many_fails_for_good() {
    let (sim, client) = bench().await;
    sim.faults().add(
        Fault::new(Effect::Status { status: 502 })
            .action("DescribeClusterNodes")
            .about("/clusters/c1/"),
    );
    for _ in 0..2 {
        let dead = client
            .get(CS, "DescribeClusterNodes", "/clusters/c1/nodes", &[])
            .await
            .unwrap();
        assert_eq!(dead.status, 502);
    }
    let good = client
        .get(CS, "DescribeClusterNodes", "/clusters/c2/nodes", &[])
        .await
        .unwrap();
    assert_eq!(ids(&good, "/nodes", "instance_id").len(), 3);
}

#[tokio::test]
async fn a_list_may_be_filtered_and_says_nothing_of_it() {
    let (_sim, client) = bench().await;
    let region = ("RegionId", "cn-hangzhou");
    let listed = client
        .ecs("DescribeInstances", &[region, ("PageSize", "100")])
        .await
        .unwrap();
    let found = ids(&listed, "/Instances/Instance", "InstanceId");
    assert!(found.contains(&"i-c1-0".to_owned()) && !found.contains(&"i-hidden".to_owned()));
    assert_eq!(listed.json["TotalCount"].as_u64(), Some(found.len() as u64));
    let named = client
        .ecs(
            "DescribeInstances",
            &[region, ("InstanceIds", "[\"i-hidden\"]")],
        )
        .await
        .unwrap();
    assert_eq!(
        ids(&named, "/Instances/Instance", "InstanceId"),
        ["i-hidden"]
    );
}

#[tokio::test]
async fn what_goes_between_two_pages_is_not_shown_on_the_second() {
    let (sim, client) = bench().await;
    let disks = |page: &'static str| {
        let client = client.clone();
        async move {
            let said = [
                ("RegionId", "cn-hangzhou"),
                ("PageSize", "4"),
                ("PageNumber", page),
            ];
            client.ecs("DescribeDisks", &said).await.unwrap()
        }
    };
    let first = disks("1").await;
    assert_eq!(first.json["TotalCount"], 6);
    sim.world()
        .change(SHOP, "cn-hangzhou", |it, now| it.terminate("i-c1-0", now));
    sim.world().advance(SignedDuration::from_secs(30));
    let second = disks("2").await;
    // A row has moved to the page that was read before: the total tells.
    assert_eq!(
        (
            second.json["TotalCount"].as_u64(),
            ids(&second, "/Disks/Disk", "DiskId")
        ),
        (Some(5), vec!["d-c2-2".to_owned()])
    );
}

#[tokio::test]
async fn calls_by_path_are_counted_where_the_cluster_stands() {
    let standing = |account: Account, region: &str, cluster: &str| {
        account.holding(region, |it| {
            it.add_cluster(Cluster::new(cluster, "same name", day(-9)));
        })
    };
    let account = standing(standing(shop(), "cn-hangzhou", "c1"), "cn-beijing", "c2");
    let options = Options::default()
        .clock(Arc::new(ManualClock::new(wall())))
        .quota(Quota::per_second(1));
    let sim = Sim::start(World::new(wall()).with(account), options)
        .await
        .unwrap();
    let key = sim.world().key("shop").unwrap();
    let client = Client::new(sim.address(), &key.id, &key.secret, wall());
    let mut statuses = Vec::new();
    for cluster in ["c1", "c2", "c1"] {
        let path = format!("/clusters/{cluster}/nodes");
        let answer = client.get(CS, "DescribeClusterNodes", &path, &[]).await;
        statuses.push(answer.unwrap().status == 200);
    }
    assert_eq!(statuses, [true, true, false]);
}
