//! The door, knocked on by a client that is written here, from the document alone.

mod changes;
mod knock;

use std::sync::Arc;
use std::time::Duration;

use base::{Clock as _, ManualClock};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use self::knock::{Answer, Client};
use super::estate::{self, GAME, REGION};
use crate::fault::{Effect, Fault};
use crate::sim::{Host, Options, Sim};
use crate::throttle::Quota;
use crate::world::World;
use crate::world::clusters::ClusterState;

const CVM: (&str, &str, &str) = ("cvm", "2017-03-12", "DescribeInstances");
const NODES: (&str, &str, &str) = ("tke", "2022-05-01", "DescribeClusterInstances");
const IDENTITY: (&str, &str, &str) = ("sts", "2018-08-13", "GetCallerIdentity");

fn wall() -> Timestamp {
    "2026-03-01T08:00:00Z".parse().unwrap()
}

struct Bench {
    sim: Sim,
    clock: ManualClock,
}

impl Bench {
    async fn new() -> Self {
        Self::with(estate::sample(wall()), |options| options).await
    }

    async fn with(world: World, change: impl FnOnce(Options) -> Options) -> Self {
        let clock = ManualClock::hurrying(wall());
        let options = change(Options::default().clock(Arc::new(clock.clone())));
        Self {
            sim: Sim::start(world, options).await.unwrap(),
            clock,
        }
    }

    fn client(&self) -> Client {
        let key = self.sim.world().key("game").unwrap();
        let server = self.sim.address_of(Host::Tencent);
        Client::new(server, &key.id, &key.secret, self.clock.now())
    }

    async fn machines(&self, said: Value) -> Answer {
        self.client().call(CVM, &said).await.unwrap()
    }
}

fn ids(answer: &Answer) -> Vec<&str> {
    let rows = answer.json["Response"]["InstanceSet"].as_array().unwrap();
    rows.iter()
        .map(|it| it["InstanceId"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn every_answer_has_status_200_and_the_bare_type_also_a_refusal() {
    let bench = Bench::new().await;
    let good = bench.machines(json!({"Limit": 1})).await;
    let refused = bench.machines(json!({"Limit": 101})).await;
    for answer in [&good, &refused] {
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(
            answer.json["Response"]["RequestId"].as_str().unwrap().len(),
            36
        );
        assert_eq!(answer.header("date"), Some("Sun, 01 Mar 2026 08:00:00 GMT"));
    }
    assert_eq!(good.code(), None);
    assert_eq!(refused.code(), Some("InvalidParameterValue"));
}

#[tokio::test]
async fn the_host_is_what_is_sent_with_scheme_and_all() {
    let bench = Bench::new().await;
    for host in [
        "http://127.0.0.1:18931",
        "CVM.tencentcloudapi.com",
        "127.0.0.1",
    ] {
        let answer = bench
            .client()
            .host(host)
            .call(CVM, &json!({}))
            .await
            .unwrap();
        assert_eq!(answer.code(), None, "{host}");
    }
}

#[tokio::test]
async fn who_does_not_prove_itself_is_refused_with_the_code_of_the_cloud() {
    let bench = Bench::new().await;
    let at = |minutes: i64| wall() + SignedDuration::from_mins(minutes);
    let client = || bench.client();
    for (client, expected) in [
        (
            client().secret("wrong"),
            Some("AuthFailure.SignatureFailure"),
        ),
        (
            client().key("AKIDnobody"),
            Some("AuthFailure.SecretIdNotFound"),
        ),
        (client().at(at(6)), Some("AuthFailure.SignatureExpire")),
        (client().at(at(-6)), Some("AuthFailure.SignatureExpire")),
        (client().at(at(4)), None),
        (client().token("made up"), Some("AuthFailure.TokenFailure")),
        (
            client().unsigned(),
            Some("AuthFailure.InvalidAuthorization"),
        ),
    ] {
        assert_eq!(
            client.call(IDENTITY, &json!({})).await.unwrap().code(),
            expected
        );
    }
    assert_eq!(bench.sim.stats().unauthorized, 6);
}

#[tokio::test]
async fn keys_of_other_clouds_open_nothing() {
    let bench = Bench::with(crate::estate::demo(wall()), |options| options).await;
    let key = bench.sim.world().key("shop").unwrap();
    let server = bench.sim.address_of(Host::Tencent);
    let client = Client::new(server, &key.id, &key.secret, wall());
    let answer = client.call(IDENTITY, &json!({})).await.unwrap();
    assert_eq!(answer.code(), Some("AuthFailure.SecretIdNotFound"));
}

#[tokio::test]
async fn the_world_grows_older_and_the_lists_follow() {
    let bench = Bench::new().await;
    let asked = json!({"InstanceIds": ["ins-lobby001", "ins-expired1", "ins-pending1"]});
    let states = async || {
        let answer = bench.machines(asked.clone()).await;
        let rows = answer.json["Response"]["InstanceSet"]
            .as_array()
            .unwrap()
            .clone();
        let state = |it: &Value| it["InstanceState"].as_str().unwrap().to_owned();
        rows.iter().map(state).collect::<Vec<_>>()
    };
    assert_eq!(states().await, ["RUNNING", "SHUTDOWN", "PENDING"]);
    bench
        .sim
        .world()
        .advance(SignedDuration::from_hours(4 * 24));
    assert_eq!(states().await, ["SHUTDOWN", "SHUTDOWN", "RUNNING"]);
    bench
        .sim
        .world()
        .advance(SignedDuration::from_hours(3 * 24));
    assert_eq!(
        states().await,
        ["SHUTDOWN", "RUNNING"],
        "the recycle bin is emptied after a week"
    );
}

#[tokio::test]
async fn a_machine_that_is_retained_leaves_the_list_of_nodes_alone() {
    let bench = Bench::new().await;
    let said = json!({"ClusterId": "cls-prod0001", "Limit": 100});
    let nodes = async || bench.client().call(NODES, &said).await.unwrap();
    assert!(ids(&nodes().await).contains(&"ins-worker01"));
    let removed = bench.sim.world().change(GAME, REGION, |it, _| {
        it.remove_node("cls-prod0001", "ins-worker01").unwrap();
    });
    assert_eq!(removed, Some(()));
    assert!(!ids(&nodes().await).contains(&"ins-worker01"));
    let machines = bench
        .machines(json!({"InstanceIds": ["ins-worker01"]}))
        .await;
    assert_eq!(ids(&machines), ["ins-worker01"]);
    let second = ("tke", "2018-05-25", "DescribeExistedInstances");
    let opinion = bench
        .client()
        .call(second, &json!({"InstanceIds": ["ins-worker01"]}))
        .await;
    let opinion = opinion.unwrap().json["Response"]["ExistedInstanceSet"][0].clone();
    assert_eq!(opinion["AlreadyInCluster"], "");
    assert_eq!(opinion["AutoscalingGroupId"], "asg-prod0001");
}

#[tokio::test]
async fn a_cluster_that_is_not_settled_shows_a_part_of_its_nodes_and_does_not_say_so() {
    let bench = Bench::new().await;
    let said = json!({"ClusterId": "cls-prod0001"});
    let nodes = async || {
        let answer = bench.client().call(NODES, &said).await.unwrap().json["Response"].clone();
        assert_eq!(answer["Errors"], json!([]));
        answer["TotalCount"].as_u64().unwrap()
    };
    assert_eq!(nodes().await, 8);
    let broken = bench.sim.world().change(GAME, REGION, |it, _| {
        it.clusters
            .change("cls-prod0001", |it| it.state = ClusterState::Abnormal)
    });
    assert_eq!(broken, Some(Some(())));
    assert_eq!(nodes().await, 4);
}

#[tokio::test]
async fn buckets_are_for_each_region_and_action_and_refill() {
    let bench = Bench::with(estate::sample(wall()), |options| {
        options.quota(Quota::per_second(3))
    })
    .await;
    for _ in 0..3 {
        assert_eq!(bench.machines(json!({})).await.code(), None);
    }
    assert_eq!(
        bench.machines(json!({})).await.code(),
        Some("RequestLimitExceeded")
    );
    let elsewhere = bench.client().region("ap-singapore");
    assert_eq!(elsewhere.call(CVM, &json!({})).await.unwrap().code(), None);
    let other = ("redis", "2018-04-12", "DescribeInstances");
    assert_eq!(
        bench.client().call(other, &json!({})).await.unwrap().code(),
        None,
        "one name, two services"
    );
    bench.clock.advance(Duration::from_millis(334));
    assert_eq!(bench.machines(json!({})).await.code(), None);
    for _ in 0..20 {
        let nodes = json!({"ClusterId": "cls-prod0001"});
        assert_eq!(
            bench.client().call(NODES, &nodes).await.unwrap().code(),
            None
        );
    }
    assert_eq!(bench.sim.stats().throttled, 1);
}

#[tokio::test]
async fn a_dead_page_is_one_page_of_one_action() {
    let bench = Bench::new().await;
    let fault = Fault::new(Effect::Status { status: 502 });
    bench
        .sim
        .faults()
        .add(fault.action("cvm:DescribeInstances").page(2));
    let page = |offset: u32| bench.machines(json!({"Offset": offset, "Limit": 50}));
    assert_eq!(
        [
            page(0).await.status,
            page(50).await.status,
            page(100).await.status
        ],
        [200, 502, 200]
    );
    assert_eq!(bench.sim.stats().calls_of("DescribeInstances"), 3);
    assert_eq!(bench.sim.stats().calls_of("redis:DescribeInstances"), 0);
}

#[tokio::test]
async fn an_answer_that_is_lost_was_an_answer() {
    let bench = Bench::new().await;
    bench
        .sim
        .faults()
        .add(Fault::new(Effect::LostAnswer).times(1));
    assert!(bench.client().call(IDENTITY, &json!({})).await.is_err());
    assert_eq!(
        bench
            .client()
            .call(IDENTITY, &json!({}))
            .await
            .unwrap()
            .code(),
        None
    );
}

#[tokio::test]
async fn latency_delays_every_answer() {
    let wait = Duration::from_secs(7);
    let bench = Bench::with(estate::sample(wall()), |options| options.latency(wait)).await;
    let before = bench.clock.monotonic();
    assert_eq!(
        bench.machines(json!({"Limit": 0})).await.code(),
        Some("InvalidParameterValue")
    );
    assert_eq!(bench.clock.monotonic() - before, wait);
}

#[tokio::test]
async fn whatever_is_said_the_door_answers() {
    let bench = Bench::new().await;
    for body in [
        "",
        "[]",
        "null",
        "{",
        "{\"Filters\":[{\"Name\":1}]}",
        "{\"Limit\":1e400}",
        "\u{0}",
    ] {
        let answer = bench.client().raw(CVM, body).await.unwrap();
        assert_eq!(answer.status, 200, "{body}");
        assert!(answer.code().is_some(), "{body}");
    }
    let wrong = ("nothing", "x", "");
    assert_eq!(
        bench.client().call(wrong, &json!({})).await.unwrap().code(),
        Some("NoSuchProduct")
    );
}
