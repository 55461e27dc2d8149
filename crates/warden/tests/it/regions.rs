//! Which regions are looked at: those that hold something, and once a week all there are; never
//! fewer than was seen.

use cloudsim::world::clusters::{Cluster, Node};
use cloudsim::world::machines::Machine;
use cloudsim::{Account, Cloud, Effect, Fault, Uid, World};
use jiff::SignedDuration;
use model::AccountId;
use warden::{Exit, Outcome};

use crate::house::{House, account, day, start};

const UID: Uid = Uid(100_000_000_001);
const HOME: &str = "ap-guangzhou";
const CLUSTER: &str = "cls-aaaaaaaa";

fn game() -> Account {
    let game = account("game", UID).on(Cloud::Tencent);
    game.holding(HOME, |held| {
        held.add_cluster(Cluster::new(CLUSTER, "prod", day(-100)));
        held.add_machine(Machine::new("ins-1", "web", day(-90)).ip("10.0.0.1"));
        let node = Node::worker("ins-1", "10.0.0.1", day(-90));
        held.add_node(CLUSTER, node).unwrap();
    })
}

async fn house() -> House {
    House::of(World::new(start()).with(game())).await
}

fn all() -> usize {
    Cloud::Tencent.regions().len()
}

/// Returns the regions whose machines a run looked at.
fn asked(outcome: &Outcome) -> Vec<String> {
    let sight = &outcome.census.accounts[&AccountId::new("game")];
    sight.estate.keys().map(ToString::to_string).collect()
}

#[tokio::test]
async fn the_second_run_asks_the_regions_that_hold_something_and_a_week_later_all_are_asked() {
    let house = house().await;
    assert_eq!(asked(&*house.look_for_orphans().await).len(), all());
    for hours in [1, 24, 24 * 5] {
        house
            .door
            .world()
            .advance(SignedDuration::from_hours(hours));
        assert_eq!(asked(&*house.look_for_orphans().await), [HOME]);
    }
    // What somebody puts elsewhere is found within the week.
    house.door.world().change(UID, "ap-tokyo", |held, now| {
        held.add_machine(Machine::new("ins-2", "stray", now));
    });
    house.door.world().set_now(day(8));
    assert_eq!(asked(&*house.look_for_orphans().await).len(), all());
    house.door.world().set_now(day(9));
    assert_eq!(asked(&*house.look_for_orphans().await), [HOME, "ap-tokyo"]);
}

#[tokio::test]
async fn what_a_patrol_found_empty_of_its_own_things_is_not_left_out_by_the_look_for_orphans() {
    let house = house().await;
    // The patrol asks every region for what ends; nothing ends anywhere.
    let patrol = house.run().await;
    let sight = &patrol.census.accounts[&AccountId::new("game")];
    let swept = sight.regions.as_ref().and_then(cloud::Sighting::seen);
    assert_eq!(swept.unwrap().get().len(), all());
    house.door.world().advance(SignedDuration::from_hours(1));
    let first = house.look_for_orphans().await;
    assert_eq!(asked(&first).len(), all());
    house.door.world().advance(SignedDuration::from_hours(1));
    assert_eq!(asked(&*house.look_for_orphans().await), [HOME]);
}

#[tokio::test]
async fn a_region_whose_look_failed_is_asked_again_until_it_was_seen() {
    let house = house().await;
    house.door.world().change(UID, "ap-tokyo", |held, now| {
        held.add_machine(Machine::new("ins-2", "hidden", now));
    });
    let dead = Fault::new(Effect::Status { status: 503 }).region("ap-tokyo");
    let dead = house.door.faults().add(dead);
    for _ in 0..2 {
        let look = house.look_for_orphans().await;
        assert_eq!(look.exits(), [Exit::Unseen]);
        assert!(asked(&look).contains(&"ap-tokyo".to_owned()));
        house.door.world().advance(SignedDuration::from_hours(1));
    }
    house.door.faults().remove(dead);
    let look = house.look_for_orphans().await;
    assert_eq!(
        (look.exits(), asked(&look)),
        (vec![], vec![HOME.to_owned(), "ap-tokyo".to_owned()])
    );
}
