//! `skywarden orphans` over the wire: what is printed, who is told, which exit code.

use cloudsim::world::clusters::{Cluster, Node};
use cloudsim::world::machines::Machine;
use cloudsim::world::network::Address;
use cloudsim::{Account, Cloud, Effect, Fault, Holdings, Partition, Uid};
use jiff::SignedDuration;
use serde_json::Value;

use crate::scene::{Report, SHOP, Scene, account, day};

const GAME: Uid = Uid(100_000_000_001);
const DATA: Uid = Uid(210_000_000_001);
const ACK: &str = "c5f1e2d3c4b5a69788796a5b4c3d2e1f0";
const TKE: &str = "cls-4bqctahq";
const OTHER: &str = "cls-0th3r0ne";

/// Puts a cluster of two nodes into a region; nothing but the list of nodes says that they are some.
fn cluster(held: &mut Holdings, id: &str, machines: [&str; 2]) {
    held.add_cluster(Cluster::new(id, "prod", day(-100)));
    for (number, machine) in (1..).zip(machines) {
        let ip = format!("10.0.0.{number}");
        held.add_machine(Machine::new(machine, "web", day(-90)).ip(&ip));
        held.add_node(id, Node::worker(machine, ip, day(-90)))
            .unwrap();
    }
}

fn shop() -> Account {
    account("shop", SHOP).holding("cn-hangzhou", |it| cluster(it, ACK, ["i-shop1", "i-shop2"]))
}

fn game() -> Account {
    let game = account("game", GAME).on(Cloud::Tencent);
    game.holding("ap-guangzhou", |it| {
        cluster(it, TKE, ["ins-game0001", "ins-game0002"]);
        it.add_cluster(Cluster::new(OTHER, "staging", day(-100)));
    })
}

fn data() -> Account {
    let data = account("data", DATA).on(Cloud::Aws(Partition::Aws));
    data.holding("us-east-1", |it| {
        it.add_address(Address::new("eipalloc-0aa", "192.0.2.7", day(-50)));
    })
}

/// Three clouds that are looked at every hour, and a robot.
fn scene() -> Scene {
    let mut scene = Scene::of([shop(), game(), data()]);
    for (name, region) in [
        ("shop", "cn-hangzhou"),
        ("game", "ap-guangzhou"),
        ("data", "us-east-1"),
    ] {
        scene.account_key(name, &format!("regions = [\"{region}\"]"));
    }
    scene.dingtalk("ops");
    scene
}

fn change(scene: &Scene, (uid, region): (Uid, &str), change: impl FnOnce(&mut Holdings)) {
    scene
        .sim
        .world()
        .change(uid, region, |held, _| change(held))
        .unwrap();
}

/// Returns each finding as `id verdict state`.
fn verdicts(report: &Report) -> Vec<String> {
    let row = |it: &Value| {
        let word = |name: &str| it[name].as_str().unwrap().to_owned();
        ["id", "verdict", "state"].map(word).join(" ")
    };
    report.rows("/findings").iter().map(row).collect()
}

fn hour(scene: &Scene) {
    scene.go_by(SignedDuration::from_hours(1));
}

#[test]
fn a_node_taken_out_of_its_cluster_becomes_a_suspect_and_then_an_orphan_with_its_evidence() {
    let scene = scene();
    let calm = scene.orphans();
    assert_eq!(calm.said.code, 0, "{}", calm.said);
    assert_eq!(verdicts(&calm), [""; 0]);

    change(&scene, (GAME, "ap-guangzhou"), |it| {
        it.remove_node(TKE, "ins-game0001").unwrap();
    });
    change(&scene, (SHOP, "cn-hangzhou"), |it| {
        it.remove_node(ACK, "i-shop2").unwrap();
    });
    hour(&scene);
    let first = scene.orphans();
    assert_eq!(first.said.code, 0, "{}", first.said);
    assert_eq!(
        verdicts(&first),
        ["ins-game0001 suspect new", "i-shop2 suspect new"]
    );
    for row in first.rows("/findings") {
        assert!(row["confirmed_after"].is_string(), "{row}");
    }

    hour(&scene);
    let second = scene.orphans();
    let orphans = ["ins-game0001 orphan still", "i-shop2 orphan still"];
    assert_eq!(verdicts(&second)[..2], orphans, "{}", second.said);
    let rows = second.rows("/findings");
    assert_eq!(
        (&rows[0]["cluster"], &rows[1]["cluster"]),
        (&TKE.into(), &ACK.into())
    );
    assert_eq!(
        rows[0]["evidence"]["clusters_asked"],
        format!("{OTHER},{TKE}")
    );
    assert_eq!(rows[0]["evidence"]["second_opinion"], "free");
    let told = scene.robots.messages("ops");
    let last = &told.last().unwrap().text;
    assert!(
        last.contains("ins-game0001") && last.contains("10.0.0.1"),
        "{last}"
    );
    // Findings change the exit code when they are asked to.
    assert_eq!(scene.run(&["orphans", "--exit-code", "--no-send"]).code, 1);
}

#[test]
fn a_node_that_moved_to_another_cluster_is_no_orphan() {
    let scene = scene();
    scene.orphans();
    change(&scene, (GAME, "ap-guangzhou"), |it| {
        it.move_node("ins-game0002", TKE, OTHER).unwrap();
    });
    for _ in 0..2 {
        hour(&scene);
        let look = scene.orphans();
        assert_eq!(look.said.code, 0, "{}", look.said);
        assert!(
            !verdicts(&look).iter().any(|it| it.starts_with("ins-")),
            "{}",
            look.said
        );
    }
}

#[test]
fn when_tke_is_down_nothing_there_is_an_orphan_the_others_are_told_of_and_the_exit_is_3() {
    let scene = scene();
    scene.orphans();
    change(&scene, (GAME, "ap-guangzhou"), |it| {
        it.remove_node(TKE, "ins-game0001").unwrap();
    });
    change(&scene, (SHOP, "cn-hangzhou"), |it| {
        it.remove_node(ACK, "i-shop2").unwrap();
    });
    let down = Fault::new(Effect::Status { status: 503 }).account(GAME);
    scene.sim.faults().add(down.action("DescribeClusters"));
    for _ in 0..2 {
        hour(&scene);
        scene.orphans();
    }
    hour(&scene);
    let look = scene.orphans();
    assert_eq!(look.said.code, 3, "{}", look.said);
    assert_eq!(look.json["holds"][0], 3);
    assert_eq!(look.unseen(), ["game/ap-guangzhou/cluster unreachable"]);
    let said = verdicts(&look);
    assert!(
        said.contains(&"i-shop2 orphan still".to_owned()),
        "{said:?}"
    );
    for row in look
        .rows("/findings")
        .iter()
        .filter(|it| it["account"] == "game")
    {
        assert_ne!(row["verdict"], "orphan", "{row}");
        assert_eq!(row["why"][0]["reason"], "clusters_unseen", "{row}");
    }
}

#[test]
fn one_dead_cluster_makes_nobody_an_orphan_who_may_be_in_it_and_says_why() {
    let scene = scene();
    change(&scene, (GAME, "ap-guangzhou"), |it| {
        it.add_machine(
            Machine::new("ins-left0001", "tke_cls-0th3r0ne_worker", day(-40)).ip("10.1.0.9"),
        );
    });
    let down = Effect::Refused {
        status: 200,
        code: "InternalError".to_owned(),
        message: "An internal error has occurred.".to_owned(),
    };
    let down = Fault::new(down)
        .action("DescribeClusterInstances")
        .about(OTHER);
    scene.sim.faults().add(down);
    for _ in 0..3 {
        let look = scene.orphans();
        assert_eq!(look.said.code, 3, "{}", look.said);
        assert_eq!(
            look.unseen(),
            [format!("game/ap-guangzhou/node@{OTHER} unreachable")]
        );
        let rows = look.rows("/findings");
        let row = rows.iter().find(|it| it["id"] == "ins-left0001").unwrap();
        assert_eq!(row["verdict"], "unknown", "{row}");
        let why = row["why"].as_array().unwrap();
        assert!(
            why.iter()
                .any(|it| it["reason"] == "nodes_unseen" && it["about"] == OTHER),
            "{row}"
        );
        hour(&scene);
    }
}

#[test]
fn what_nobody_uses_is_told_once_it_has_been_unused_long_enough() {
    let scene = scene();
    assert_eq!(verdicts(&scene.orphans()), [""; 0]);
    scene.go_by(SignedDuration::from_hours(25));
    assert_eq!(verdicts(&scene.orphans()), ["eipalloc-0aa unused still"]);
}
