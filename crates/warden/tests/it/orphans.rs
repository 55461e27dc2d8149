//! From two looks to an orphan: runs of the orphan duty, with the memory of a real store between them.

use cloudsim::world::clusters::{Cluster, Node};
use cloudsim::world::machines::Machine;
use cloudsim::{Account, Cloud, Effect, Fault, Holdings, Uid, World};
use duty_orphans::summary::{self, ItemRow};
use duty_orphans::{Orphans, facts};
use jiff::SignedDuration;
use warden::{Exit, Outcome};

use crate::house::{House, account, day, start, unseen};

/// As long as the default `grace`, and a second more.
const GRACE: SignedDuration = SignedDuration::from_secs(30 * 60 + 1);

/// Where clusters are, cloud by cloud.
const GAME: Town = Town {
    name: "game",
    uid: Uid(100_000_000_001),
    cloud: Cloud::Tencent,
    region: "ap-guangzhou",
    clusters: ["cls-aaaaaaaa", "cls-bbbbbbbb"],
};
const SHOP: Town = Town {
    name: "shop",
    uid: Uid(1_000_000_000_000_001),
    cloud: Cloud::Aliyun,
    region: "cn-hangzhou",
    clusters: [
        "ca0000000000000000000000000000001",
        "cb0000000000000000000000000000002",
    ],
};

/// An account with two clusters in one region; the first has three nodes.
#[derive(Clone, Copy)]
struct Town {
    name: &'static str,
    uid: Uid,
    cloud: Cloud,
    region: &'static str,
    clusters: [&'static str; 2],
}

impl Town {
    fn account(&self) -> Account {
        account(self.name, self.uid)
            .on(self.cloud)
            .holding(self.region, |held| {
                for (cluster, name) in self.clusters.iter().zip(["prod", "staging"]) {
                    held.add_cluster(Cluster::new(*cluster, name, day(-100)));
                }
                for number in 1..=3 {
                    let (id, ip) = (format!("ins-{number}"), format!("10.0.0.{number}"));
                    // Nothing on the machines says that they are nodes: only the list of nodes does.
                    held.add_machine(Machine::new(&id, format!("web-{number}"), day(-90)).ip(&ip));
                    let node = Node::worker(&id, ip, day(-90));
                    held.add_node(self.clusters[0], node).unwrap();
                }
            })
    }

    async fn house(&self) -> House {
        House::of(World::new(start()).with(self.account())).await
    }

    fn change(&self, house: &House, change: impl FnOnce(&mut Holdings)) {
        let world = house.door.world();
        world
            .change(self.uid, self.region, |held, _| change(held))
            .unwrap();
    }
}

fn rows(outcome: &Outcome) -> Vec<ItemRow> {
    summary::rows(&outcome.known, &Orphans::default().settings, outcome.now)
}

/// Returns each finding as `id verdict state` with its reasons.
fn verdicts(outcome: &Outcome) -> Vec<String> {
    let line = |it: &ItemRow| {
        let why = it
            .why
            .iter()
            .map(|it| format!(" {}:{}", it.reason, it.about));
        let frozen = if it.frozen { " frozen" } else { "" };
        format!(
            "{} {} {}{frozen}{}",
            it.id,
            it.verdict,
            it.state,
            why.collect::<String>()
        )
    };
    rows(outcome).iter().map(line).collect()
}

fn pass(house: &House, by: SignedDuration) {
    house.door.world().advance(by);
}

#[tokio::test]
async fn a_node_that_left_its_cluster_is_a_suspect_first_and_an_orphan_after_grace() {
    for town in [GAME, SHOP] {
        let house = town.house().await;
        let calm = house.look_for_orphans().await;
        assert_eq!((verdicts(&calm), calm.exits()), (vec![], vec![]));

        town.change(&house, |held| {
            held.remove_node(town.clusters[0], "ins-2").unwrap();
        });
        pass(&house, SignedDuration::from_mins(5));
        let first = house.look_for_orphans().await;
        assert_eq!(verdicts(&first), ["ins-2 suspect new"], "{}", town.name);
        let row = &rows(&first)[0];
        assert_eq!(
            row.confirmed_after.unwrap() - SignedDuration::from_mins(30),
            first.now
        );
        // Only history ties it to the cluster, and history is enough.
        assert_eq!(row.cluster, town.clusters[0]);

        pass(&house, SignedDuration::from_mins(10));
        let hasty = house.look_for_orphans().await;
        assert_eq!(verdicts(&hasty), ["ins-2 suspect still"], "{}", town.name);
        assert_eq!(rows(&hasty)[0].since, Some(first.now));

        pass(&house, GRACE);
        let second = house.look_for_orphans().await;
        assert_eq!(verdicts(&second), ["ins-2 orphan still"], "{}", town.name);
        let row = &rows(&second)[0];
        assert_eq!(
            (row.since, row.confirmed),
            (Some(first.now), Some(second.now))
        );
        assert_eq!(row.evidence[facts::ASKED], town.clusters.join(","));
        assert_eq!(row.evidence[facts::OPINION], "free");
        let told = house.chats.take("ops").concat();
        assert!(told.contains("ins-2") && told.contains("prod"), "{told}");

        // Whoever terminates it is told that it is gone.
        town.change(&house, |held| held.terminate("ins-2", second.now).unwrap());
        pass(&house, SignedDuration::from_hours(1));
        let after = house.look_for_orphans().await;
        assert_eq!(verdicts(&after), ["ins-2 orphan gone"], "{}", town.name);
    }
}

#[tokio::test]
async fn a_node_that_moved_to_another_cluster_between_two_looks_is_no_orphan() {
    for town in [GAME, SHOP] {
        let house = town.house().await;
        house.look_for_orphans().await;
        let [from, to] = town.clusters;
        town.change(&house, |held| held.move_node("ins-1", from, to).unwrap());
        for _ in 0..3 {
            pass(&house, GRACE);
            assert_eq!(verdicts(&*house.look_for_orphans().await), [""; 0]);
        }
    }
}

#[tokio::test]
async fn when_no_list_of_clusters_answers_nothing_is_an_orphan_and_nothing_is_gone() {
    let house = GAME.house().await;
    house.look_for_orphans().await;
    GAME.change(&house, |held| {
        held.remove_node(GAME.clusters[0], "ins-3").unwrap();
    });
    pass(&house, GRACE);
    let first = house.look_for_orphans().await;
    assert_eq!(verdicts(&first), ["ins-3 suspect new"]);

    let down = Fault::new(Effect::Status { status: 503 }).action("DescribeClustersV1");
    let down = house.door.faults().add(down);
    for _ in 0..2 {
        pass(&house, GRACE);
        let dark = house.look_for_orphans().await;
        assert_eq!(dark.exits(), [Exit::Unseen]);
        assert_eq!(unseen(&dark), ["game/ap-guangzhou/cluster unreachable"]);
        let verdicts = verdicts(&dark);
        assert!(
            verdicts.iter().any(|it| it.starts_with("ins-3 ")),
            "{verdicts:?}"
        );
        for said in &verdicts {
            assert!(!said.contains("orphan") && !said.contains("gone"), "{said}");
        }
    }
    assert!(house.door.faults().hits(down) > 0);

    house.door.faults().remove(down);
    // The looks in the dark proved nothing: it takes two in the light.
    for verdict in ["suspect", "orphan"] {
        pass(&house, GRACE);
        let light = verdicts(&*house.look_for_orphans().await);
        assert_eq!(light[0], format!("ins-3 {verdict} still"));
    }
}

#[tokio::test]
async fn one_dead_cluster_hides_its_own_machines_and_not_those_of_its_neighbor() {
    let house = GAME.house().await;
    let [healthy, dead] = GAME.clusters;
    GAME.change(&house, |held| {
        for number in 4..=5 {
            let (id, ip) = (format!("ins-{number}"), format!("10.9.0.{number}"));
            let machine = Machine::new(&id, "job", day(-90)).ip(&ip).vpc("vpc-far");
            held.add_machine(machine);
            held.add_node(dead, Node::worker(id, ip, day(-90))).unwrap();
        }
    });
    house.look_for_orphans().await;

    let down = Fault::new(Effect::Status { status: 503 });
    let down = down.action("DescribeClusterNodes").about(dead);
    house.door.faults().add(down);
    GAME.change(&house, |held| {
        held.remove_node(dead, "ins-4").unwrap();
        held.remove_node(healthy, "ins-1").unwrap();
    });
    for _ in 0..3 {
        pass(&house, GRACE);
        let look = house.look_for_orphans().await;
        assert_eq!(look.exits(), [Exit::Unseen]);
        assert_eq!(
            unseen(&look),
            [format!("game/ap-guangzhou/node@{dead} unreachable")]
        );
        let said = verdicts(&look);
        let of = |id: &str| {
            said.iter()
                .find(|it| it.starts_with(id))
                .cloned()
                .unwrap_or_default()
        };
        assert!(
            of("ins-4").contains(&format!("nodes_unseen:{dead}")),
            "{said:?}"
        );
        assert!(!of("ins-4").contains("orphan"), "{said:?}");
        // It still is a node, and the second source says so.
        assert_eq!(of("ins-5"), "");
    }
}
