//! A far side that misbehaves in this cloud's own ways.

use std::time::Duration;

use cloud::pager::collect;
use cloud::{Billing as _, Clusters as _, ErrorKind, Machines as _, Provider as _, Sighting, Why};
use cloudsim::world::clusters::{Cluster, Node};
use cloudsim::world::machines::Machine;
use cloudsim::{Account, Effect, Fault, Rights};
use model::{MachineState, RegionId, ResourceId};

use crate::stand::{REGION, Stand, now, shop, shop_with};

fn region() -> RegionId {
    RegionId::new(REGION)
}

fn planted() -> Account {
    shop().holding(REGION, |it| {
        for number in 0..3 {
            let id = format!("ins-{number:08}");
            let ip = format!("10.0.0.{}", number + 1);
            it.add_machine(Machine::new(&id, "worker", now()).ip(&ip));
        }
        it.add_cluster(Cluster::new("cls-00000001", "shop", now()));
        it.add_node(
            "cls-00000001",
            Node::worker("ins-00000000", "10.0.0.1", now()),
        )
        .unwrap();
    })
}

async fn machines_after(effect: Effect) -> Result<Vec<model::Machine>, Why> {
    let stand = Stand::of(planted()).await;
    let fault = Fault::new(effect).action("cvm:DescribeInstances");
    stand.sim.faults().add(fault);
    let tencent = stand.tencent();
    match collect(cloud::Machines::machines(&tencent, &region()).as_ref()).await {
        Sighting::Seen(seen) => Ok(seen.into_inner()),
        Sighting::Unseen(unseen) => Err(unseen.why),
    }
}

#[tokio::test]
async fn a_clock_that_is_off_is_corrected_by_the_clouds_own() {
    let stand = Stand::of(shop()).await;
    let skew = Effect::ClockSkew { seconds: 3_600 };
    stand.sim.faults().add(Fault::new(skew));
    let tencent = stand.tencent();
    tencent.identity().await.unwrap();
    assert_eq!(stand.calls("GetCallerIdentity"), 2);
    tencent.identity().await.unwrap();
    assert_eq!(
        stand.calls("GetCallerIdentity"),
        3,
        "it is corrected once for all"
    );
}

#[tokio::test]
async fn throttling_is_waited_out_and_a_throttled_minute_outlived() {
    let stand = Stand::of(shop()).await;
    let throttle = Effect::Throttle {
        code: Some("RequestLimitExceeded.UinLimitExceeded".to_owned()),
        status: None,
        retry_after_ms: None,
    };
    let minute = Duration::from_secs(60);
    stand.sim.faults().add(Fault::new(throttle).lasting(minute));
    stand.tencent().balance().await.unwrap();
    assert!(stand.elapsed() >= minute);
    assert!(stand.calls("DescribeAccountBalance") < 8);
}

#[tokio::test]
async fn a_page_of_a_proxy_half_an_answer_and_broken_gzip_are_no_answers() {
    assert_eq!(
        machines_after(Effect::ProxyPage).await,
        Err(Why::Undecodable)
    );
    assert_eq!(
        machines_after(Effect::TruncatedGzip).await,
        Err(Why::Unreachable)
    );
    assert_eq!(
        machines_after(Effect::Status { status: 502 }).await,
        Err(Why::Unreachable)
    );
}

#[tokio::test]
async fn missing_and_unknown_fields_make_things_unknown_and_lists_whole() {
    let unknown = |field: &str| Effect::UnknownValue {
        field: field.to_owned(),
    };
    let missing = |field: &str| Effect::MissingField {
        field: field.to_owned(),
    };
    let rows = machines_after(unknown("InstanceState")).await.unwrap();
    assert_eq!(rows[0].state, MachineState::Other("Unheard_Of".to_owned()));
    let rows = machines_after(missing("InstanceChargeType")).await.unwrap();
    assert_eq!(rows[0].expiry, model::Expiry::Unknown);
    assert_eq!(rows.len(), 3);
    assert_eq!(
        machines_after(missing("InstanceId")).await,
        Err(Why::Undecodable)
    );
}

#[tokio::test]
async fn a_cluster_that_answers_in_part_is_unseen_and_the_others_are_not() {
    let stand = Stand::of(planted()).await;
    let partial = Effect::PartialList {
        error: "super nodes: timeout".to_owned(),
    };
    let fault = Fault::new(partial)
        .action("DescribeClusterInstances")
        .about("cls-00000001");
    stand.sim.faults().add(fault);
    let tencent = stand.tencent();
    let clusters = collect(cloud::Clusters::clusters(&tencent, &region()).as_ref()).await;
    let cluster = &clusters.seen().unwrap().get()[0];
    let nodes = collect(tencent.nodes(&region(), cluster).as_ref()).await;
    let unseen = nodes.unseen().unwrap();
    assert_eq!(unseen.why, Why::Unreachable);
    assert!(
        unseen.detail.contains("super nodes: timeout"),
        "{}",
        unseen.detail
    );
    assert!(unseen.detail.contains("(request "), "{}", unseen.detail);
}

#[tokio::test]
async fn a_missing_right_is_named_as_the_clouds_policies_spell_it() {
    let stand = Stand::of(shop_with(Rights::all().without("finance:*"))).await;
    let error = stand.tencent().balance().await.unwrap_err();
    let permission = Some("finance:DescribeAccountBalance".to_owned());
    assert_eq!(error.kind, ErrorKind::Denied { permission });
    let words = error.to_string();
    assert!(
        words.starts_with("DescribeAccountBalance (account shop, global) was denied"),
        "{words}"
    );
    assert!(words.contains("(request "), "{words}");
}

#[tokio::test]
async fn the_second_opinion_knows_nodes_members_of_groups_and_what_is_free() {
    let account = shop().holding(REGION, |it| {
        it.add_cluster(Cluster::new("cls-00000001", "shop", now()));
        for (number, group) in [(0, None), (1, Some("asg-00000001")), (2, None)] {
            let id = format!("ins-{number:08}");
            let machine = Machine::new(&id, "m", now()).ip(format!("10.0.0.{}", number + 1));
            it.add_machine(match group {
                Some(group) => machine.group(group),
                None => machine,
            });
        }
        let group = cloudsim::world::machines::ScalingGroup::new("asg-00000001", now());
        it.add_group(group);
        it.add_node(
            "cls-00000001",
            Node::worker("ins-00000000", "10.0.0.1", now()),
        )
        .unwrap();
    });
    let stand = Stand::of(account).await;
    let tencent = stand.tencent();
    let ids: Vec<_> = (0..4)
        .map(|it| ResourceId::new(format!("ins-{it:08}")))
        .collect();
    let opinions = tencent.opinions(&region(), &ids).await.unwrap();
    let shown: Vec<_> = opinions.values().map(|it| format!("{it:?}")).collect();
    assert_eq!(
        shown,
        [
            r#"InCluster(ResourceId("cls-00000001"))"#,
            r#"InGroup(ResourceId("asg-00000001"))"#,
            "Free",
            "Absent",
        ]
    );
}

#[tokio::test]
async fn machines_asked_for_by_id_are_those_that_exist() {
    let stand = Stand::of(planted()).await;
    let tencent = stand.tencent();
    let ids: Vec<_> = (0..250)
        .map(|it| ResourceId::new(format!("ins-{it:08}")))
        .collect();
    let found = tencent.machines_by_id(&region(), &ids).await.unwrap();
    assert_eq!(found.len(), 3);
    assert_eq!(stand.calls("DescribeInstances"), 3);
    // Who may not look gets no empty list.
    stand.sim.faults().add(Fault::new(Effect::Denied));
    let error = tencent.machines_by_id(&region(), &ids).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Denied { .. }), "{error}");
}

#[tokio::test]
async fn an_account_without_credentials_asks_nobody() {
    let stand = Stand::of(shop()).await;
    let source = cloud_tencent::CredentialSource::Env {
        prefix: "SHOP".to_owned(),
    };
    let tencent = stand.account(stand.settings(source));
    let error = tencent.identity().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials);
    assert_eq!(stand.sim.stats().calls, 0);
}
