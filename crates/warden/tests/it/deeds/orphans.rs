//! Orphans that are stopped, marked and deleted, over a simulated world.

use cloudsim::world::clusters::{Cluster, Node};
use cloudsim::world::deeds::{Act, Sort};
use cloudsim::world::machines::{Machine, MachineState};
use cloudsim::{Cloud, Effect, Fault, Holdings, Uid, World};
use duty_orphans::{Acts, MachineActs, Orphans};
use jiff::SignedDuration;
use warden::Exit;

use super::{Yes, acting, applied, fates, planned, tried};
use crate::house::{House, account, day, start};

const UID: Uid = Uid(100_000_000_001);
const REGION: &str = "ap-guangzhou";
const CLUSTER: &str = "cls-aaaaaaaa";
const ORPHAN: &str = "ins-2";

fn duty() -> Orphans {
    let acts = Acts {
        machines: Some(MachineActs {
            stop_after: SignedDuration::ZERO,
            delete_after: Some(SignedDuration::from_hours(48)),
            ..MachineActs::default()
        }),
        ..Acts::default()
    };
    acting(acts)
}

/// A cluster of five nodes, of which one has left, twice seen so.
async fn house() -> House {
    let account = account("game", UID)
        .on(Cloud::Tencent)
        .holding(REGION, |held| {
            held.add_cluster(Cluster::new(CLUSTER, "prod", day(-100)));
            for number in 1..=5 {
                let (id, ip) = (format!("ins-{number}"), format!("10.0.0.{number}"));
                held.add_machine(Machine::new(&id, format!("web-{number}"), day(-90)).ip(&ip));
                held.add_node(CLUSTER, Node::worker(&id, ip, day(-90)))
                    .unwrap();
            }
        });
    let house = House::of(World::new(start()).with(account)).await;
    assert!(applied(&house, &duty()).await.steps.is_empty());
    change(&house, |held| held.remove_node(CLUSTER, ORPHAN).unwrap());
    pass(&house, 1);
    assert!(applied(&house, &duty()).await.steps.is_empty());
    pass(&house, 1);
    house
}

fn change<T>(house: &House, change: impl FnOnce(&mut Holdings) -> T) -> T {
    let world = house.door.world();
    world.change(UID, REGION, |held, _| change(held)).unwrap()
}

fn pass(house: &House, hours: i64) {
    house
        .door
        .world()
        .advance(SignedDuration::from_hours(hours));
}

#[tokio::test]
async fn an_orphan_is_stopped_marked_and_deleted_two_days_later() {
    let house = house().await;
    let done = applied(&house, &duty()).await;
    assert_eq!(fates(&done), ["stop_machine ins-2 done"]);
    assert_eq!(done.exits(), []);
    let world = house.door.world();
    assert_eq!(world.done(Act::Stopped, Sort::Machine), [ORPHAN]);
    world.forget_deeds();
    for hours in [1, 23, 23] {
        pass(&house, hours);
        assert!(applied(&house, &duty()).await.steps.is_empty());
    }
    pass(&house, 2);
    let done = applied(&house, &duty()).await;
    assert_eq!(fates(&done), ["delete_machine ins-2 done"]);
    assert_eq!(world.done(Act::Deleted, Sort::Machine), [ORPHAN]);
    pass(&house, 1);
    assert!(applied(&house, &duty()).await.steps.is_empty());
}

#[tokio::test]
async fn one_that_joined_again_or_was_started_again_stays() {
    let house = house().await;
    applied(&house, &duty()).await;
    pass(&house, 24);
    change(&house, |held| {
        held.machines
            .change(ORPHAN, |it| it.state = MachineState::Running);
    });
    let planning = planned(&house, &duty()).await;
    let plan = planning.approved.plan();
    assert!(plan.steps.is_empty(), "{:?}", plan.steps);
    assert_eq!(plan.undecided[0].reason.word, "started_again");
    change(&house, |held| {
        let node = Node::worker(ORPHAN, "10.0.0.2", day(1));
        held.add_node(CLUSTER, node).unwrap();
        held.machines
            .change(ORPHAN, |it| it.state = MachineState::Stopped);
    });
    pass(&house, 48);
    let planning = planned(&house, &duty()).await;
    assert!(planning.approved.plan().steps.is_empty());
    assert!(planning.approved.plan().undecided.is_empty());
}

#[tokio::test]
async fn a_mark_that_is_taken_off_between_plan_and_deed_keeps_it() {
    let house = house().await;
    applied(&house, &duty()).await;
    pass(&house, 49);
    house.door.world().forget_deeds();
    let meanwhile = Yes(|| {
        change(&house, |held| {
            held.machines.change(ORPHAN, |it| it.tags.clear());
        });
    });
    let done = tried(&house, &duty(), None, &meanwhile).await.unwrap();
    let fates = fates(&done);
    assert_eq!(fates.len(), 1);
    assert!(
        fates[0].starts_with("delete_machine ins-2 refused: it does not carry the tag"),
        "{fates:?}"
    );
    assert_eq!(done.exits(), [Exit::Refused]);
    assert!(
        house
            .door
            .world()
            .done(Act::Deleted, Sort::Machine)
            .is_empty()
    );
}

#[tokio::test]
async fn where_the_cluster_cannot_be_seen_nothing_is_done() {
    let house = house().await;
    let asked = [
        "DescribeClustersV1",
        "DescribeClusterNodes",
        "DescribeScalingInstances",
    ];
    for action in asked {
        let fault = Fault::new(Effect::Denied).action(action);
        let fault = house.door.faults().add(fault);
        let done = applied(&house, &duty()).await;
        assert!(house.door.faults().hits(fault) > 0, "{action}");
        assert_eq!(fates(&done), [] as [&str; 0], "{action}");
        assert!(done.exits().contains(&Exit::Unseen), "{action}");
        house.door.faults().clear();
        pass(&house, 1);
    }
    assert!(house.door.world().deeds().is_empty());
}

#[tokio::test]
async fn a_saved_plan_is_done_hours_later() {
    let house = house().await;
    let file = planned(&house, &duty()).await.file();
    assert_eq!(file.plan.steps.len(), 1);
    pass(&house, 5);
    let done = tried(&house, &duty(), Some(&file), &Yes(|| {}))
        .await
        .unwrap();
    assert_eq!(fates(&done), ["stop_machine ins-2 done"]);
    assert!(done.moved.is_empty());
}

#[tokio::test]
async fn most_of_an_estate_is_never_stopped_at_once() {
    let house = house().await;
    change(&house, |held| {
        for name in ["ins-1", "ins-3", "ins-4"] {
            held.remove_node(CLUSTER, name).unwrap();
        }
    });
    applied(&house, &duty()).await;
    house.door.world().forget_deeds();
    pass(&house, 1);
    let done = applied(&house, &duty()).await;
    assert_eq!(fates(&done), [] as [&str; 0]);
    assert_eq!(done.planning.refusals.len(), 1);
    assert!(done.exits().contains(&Exit::Refused));
    assert!(house.door.world().deeds().is_empty());
}
