//! The orphan duty on bad days: what is not proven is never called an orphan, and the report says why.

use cloudsim::world::clusters::{Cluster, Node};
use cloudsim::world::machines::Machine;
use cloudsim::world::storage::Disk;
use cloudsim::{AccessKey, Account, Cloud, Effect, Fault, Holdings, Partition, Rights, Uid};
use jiff::SignedDuration;

use crate::scene::{Report, Scene, day};

const REGION: &str = "ap-beijing";
const TKE: Uid = Uid(100_000_000_001);
/// The nodes of one cluster.
const NODES: &str = "DescribeClusterInstances";
const CLUSTERS: &str = "DescribeClusters";
const MACHINES: &str = "DescribeInstances";

fn account(name: &str, uid: Uid) -> Account {
    let key = AccessKey::new(format!("AKID{name}0123456789"), format!("secret-of-{name}"));
    Account::new(name, uid)
        .on(Cloud::Tencent)
        .user("skywarden", key, Rights::all())
}

/// Puts in a cluster with two nodes, and a machine that it has forgotten; all of that in a network.
fn put_cluster(held: &mut Holdings, number: usize, name: &str, vpc: &str) {
    let cluster = format!("cls-{number:08}");
    let ip = |last: usize| format!("10.0.{number}.{last}");
    held.add_cluster(Cluster::new(&*cluster, name, day(-300)).vpc(vpc));
    for (last, sort) in ["node", "more", "left"].into_iter().enumerate() {
        let id = format!("ins-{sort}{number:04}");
        let machine = Machine::new(&*id, format!("tke_{cluster}_worker"), day(-90));
        let machine = machine.ip(ip(last)).vpc(vpc);
        held.add_machine(machine.tag("tke-clusterId", &*cluster));
        if sort != "left" {
            let node = Node::worker(id, ip(last), day(-90));
            held.add_node(&cluster, node).unwrap();
        }
    }
}

/// Returns a scene of one account with so many clusters in one region.
fn scene_of(clusters: usize) -> Scene {
    let shop = account("shop", TKE).holding(REGION, |held| {
        for number in 0..clusters {
            let (name, vpc) = (format!("cluster-{number}"), format!("vpc-{number}"));
            put_cluster(held, number, &name, &vpc);
        }
    });
    let mut scene = Scene::of([shop]);
    scene.account_key("shop", &format!("regions = [\"{REGION}\"]"));
    scene
}

/// Looks, lets the grace go by, and looks again.
fn two_looks(scene: &Scene) -> Report {
    scene.orphans();
    scene.go_by(SignedDuration::from_mins(40));
    scene.orphans()
}

/// No machine that is a node is in any report, and nothing is called an orphan.
fn assert_no_orphan(report: &Report) {
    let verdicts = report.verdicts();
    let wrong = |it: &&String| it.contains("ins-node") || it.ends_with(" orphan");
    assert_eq!(verdicts.iter().find(wrong), None, "{verdicts:?}");
}

#[test]
fn what_every_bad_day_here_would_hide_is_an_orphan_on_a_good_day() {
    let mut scene = scene_of(2);
    scene.dingtalk("ops");
    let first = scene.orphans();
    assert_eq!(first.said.code, 0, "{}", first.said);
    assert_eq!(
        first.verdicts(),
        ["shop ins-left0000 suspect", "shop ins-left0001 suspect"]
    );
    scene.go_by(SignedDuration::from_mins(40));
    let said = scene.run(&["orphans", "--exit-code", "-o", "json"]);
    assert_eq!(said.code, 1, "{said}");
    let json = serde_json::from_str(&said.stdout).unwrap();
    let second = Report { said, json };
    assert_eq!(
        second.verdicts(),
        ["shop ins-left0000 orphan", "shop ins-left0001 orphan"]
    );
    let texts: String = scene
        .robots
        .messages("ops")
        .iter()
        .map(|it| it.text.as_str())
        .collect();
    assert!(texts.contains("ins-left0000"), "{texts}");
    assert!(!texts.contains("ins-node"), "{texts}");
    let table = scene.orphan_tables();
    assert!(!table.stdout.contains("column-"), "{table}");
}

#[test]
fn one_cluster_of_sixty_that_fails_for_ever_makes_its_own_machines_unknown_and_no_others() {
    let scene = scene_of(60);
    // One more that stands in the network of the seventh, and may belong to that one as well.
    let neighbor = Machine::new("ins-near0060", "tke_cls-00000008_worker", day(-90));
    let neighbor = neighbor.vpc("vpc-7").ip("10.0.7.9");
    scene
        .sim
        .world()
        .change(TKE, REGION, |held, _| {
            held.add_machine(neighbor.tag("tke-clusterId", "cls-00000008"));
        })
        .unwrap();
    let broken = Fault::new(Effect::Status { status: 502 });
    scene
        .sim
        .faults()
        .add(broken.action(NODES).about("cls-00000007"));
    for _ in 0..2 {
        scene.orphans();
        scene.go_by(SignedDuration::from_mins(40));
    }
    let report = scene.orphans();
    assert_eq!(report.said.code, 3, "{}", report.said);
    let verdicts = report.verdicts();
    let of = |number: usize| -> Vec<&String> {
        let number = format!("{number:04} ");
        verdicts.iter().filter(|it| it.contains(&number)).collect()
    };
    // Its node is not spoken of, for the second source still calls it one.
    assert_eq!(
        of(7),
        ["shop ins-left0007 unknown nodes_unseen:cls-00000007"]
    );
    assert_eq!(
        of(60),
        ["shop ins-near0060 unknown nodes_unseen:cls-00000007"]
    );
    for number in (0..60).filter(|it| *it != 7) {
        let expected = format!("shop ins-left{number:04} orphan");
        assert_eq!(of(number), [&expected]);
    }
    let unseen = report.unseen();
    assert_eq!(unseen.len(), 1, "{unseen:?}");
    assert!(unseen[0].contains("cls-00000007"), "{unseen:?}");
    let text = scene.orphan_tables();
    assert!(text.stdout.contains("HTTP 502"), "{text}");
}

#[test]
fn while_tke_is_down_nothing_is_an_orphan_and_nothing_is_gone() {
    let scene = scene_of(3);
    assert_eq!(scene.orphans().verdicts().len(), 3);
    scene
        .sim
        .faults()
        .add(Fault::new(Effect::Status { status: 503 }).action(CLUSTERS));
    scene.go_by(SignedDuration::from_mins(40));
    let report = scene.orphans();
    assert_eq!(report.said.code, 3, "{}", report.said);
    assert!(
        report
            .unseen()
            .iter()
            .any(|it| it == "shop/ap-beijing/cluster unreachable"),
        "{:?}",
        report.unseen()
    );
    let verdicts = report.verdicts();
    assert!(
        !verdicts.iter().any(|it| it.ends_with(" orphan")),
        "{verdicts:?}"
    );
    let gone = report
        .rows("/findings")
        .iter()
        .filter(|it| it["state"] == "gone");
    assert_eq!(gone.count(), 0, "{verdicts:?}");
}

#[test]
fn a_list_of_machines_filtered_by_resource_group_makes_nothing_gone_and_nothing_an_orphan() {
    let scene = scene_of(2);
    assert_eq!(
        two_looks(&scene).verdicts(),
        ["shop ins-left0000 orphan", "shop ins-left0001 orphan"]
    );
    // The rights of the key were cut: the list leaves two of the machines out, without a word.
    scene
        .sim
        .world()
        .change(TKE, REGION, |held, _| {
            for id in ["ins-left0001", "ins-node0000"] {
                held.machines.change(id, |it| it.hidden = true).unwrap();
            }
        })
        .unwrap();
    scene.go_by(SignedDuration::from_mins(40));
    let report = scene.orphans();
    let verdicts = report.verdicts();
    assert!(
        verdicts.contains(&"shop ins-left0000 orphan".to_owned()),
        "{verdicts:?}"
    );
    // Asked for by its id it is there: neither gone nor proven.
    let hidden = verdicts.iter().find(|it| it.contains("ins-left0001"));
    let hidden = hidden.unwrap_or_else(|| panic!("it is still told: {}", report.said));
    assert!(hidden.contains("machines_filtered"), "{hidden}");
    assert!(
        !verdicts.iter().any(|it| it.contains("ins-node")),
        "{verdicts:?}"
    );
}

#[test]
fn a_list_of_clusters_that_hides_some_proves_nothing() {
    let scene = scene_of(3);
    scene.orphans();
    scene.go_by(SignedDuration::from_mins(40));
    // Both versions of the list are empty; asked for by its id each cluster is there.
    scene
        .sim
        .faults()
        .add(Fault::new(Effect::EmptyList).action(CLUSTERS).times(2));
    let report = scene.orphans();
    let verdicts = report.verdicts();
    assert!(
        !verdicts.iter().any(|it| it.ends_with(" orphan")),
        "{verdicts:?}"
    );
    assert!(
        verdicts.iter().any(|it| it.contains(" unknown ")),
        "{verdicts:?}"
    );
}

#[test]
fn when_the_list_of_regions_fails_nobody_says_that_all_is_well() {
    let shop = account("shop", TKE).holding(REGION, |held| put_cluster(held, 0, "one", "vpc-0"));
    let mut scene = Scene::of([shop]);
    scene.dingtalk("ops");
    scene
        .sim
        .faults()
        .add(Fault::new(Effect::Status { status: 500 }).action("DescribeRegions"));
    let report = two_looks(&scene);
    assert_eq!(report.said.code, 3, "{}", report.said);
    assert_eq!(report.unseen(), ["shop/global/region unreachable"]);
    assert_eq!(report.verdicts(), [""; 0]);
    let messages = scene.robots.messages("ops");
    assert!(!messages.is_empty());
    for message in messages {
        assert!(
            message.text.contains("shop/global/region"),
            "{}",
            message.text
        );
        assert!(!message.text.contains("all is well"), "{}", message.text);
    }
}

#[test]
fn two_clusters_with_one_name_are_told_apart_by_their_ids() {
    let shop = account("shop", TKE).holding(REGION, |held| {
        put_cluster(held, 1, "prod", "vpc-1");
        put_cluster(held, 2, "prod", "vpc-2");
    });
    let mut scene = Scene::of([shop]);
    scene.account_key("shop", &format!("regions = [\"{REGION}\"]"));
    let report = two_looks(&scene);
    assert_eq!(report.said.code, 0, "{}", report.said);
    assert_eq!(
        report.verdicts(),
        ["shop ins-left0001 orphan", "shop ins-left0002 orphan"]
    );
    for row in report.rows("/findings") {
        let number = row["id"].as_str().unwrap().trim_start_matches("ins-left");
        assert_eq!(row["evidence"]["cluster"], format!("cls-0000{number}"));
        assert_eq!(row["evidence"]["cluster_name"], "prod");
    }
}

#[test]
fn of_two_accounts_that_are_one_identity_each_thing_is_told_once() {
    let mut scene = scene_of(1);
    scene.again("shop", "twin");
    scene.dingtalk("ops");
    let report = two_looks(&scene);
    assert_eq!(report.said.code, 0, "{}", report.said);
    assert_eq!(report.verdicts(), ["shop ins-left0000 orphan"]);
    let last = scene.robots.messages("ops").pop().unwrap().text;
    assert_eq!(last.matches("• Name:").count(), 1, "{last}");
}

#[test]
fn a_page_of_a_proxy_instead_of_json_is_no_empty_list() {
    for action in [MACHINES, CLUSTERS, NODES] {
        let scene = scene_of(1);
        scene
            .sim
            .faults()
            .add(Fault::new(Effect::ProxyPage).action(action));
        let report = two_looks(&scene);
        assert_eq!(report.said.code, 3, "{action}: {}", report.said);
        let unseen = report.unseen();
        assert!(
            unseen.iter().any(|it| it.ends_with(" undecodable")),
            "{action}: {unseen:?}"
        );
        assert!(
            !report.verdicts().iter().any(|it| it.ends_with(" orphan")),
            "{action}"
        );
    }
}

#[test]
fn an_answer_that_ends_in_the_middle_of_its_gzip_is_not_believed() {
    for action in [MACHINES, NODES] {
        let scene = scene_of(1);
        scene
            .sim
            .faults()
            .add(Fault::new(Effect::TruncatedGzip).action(action));
        let report = two_looks(&scene);
        assert_eq!(report.said.code, 3, "{action}: {}", report.said);
        assert!(
            !report.verdicts().iter().any(|it| it.ends_with(" orphan")),
            "{action}"
        );
    }
}

#[test]
fn credentials_that_are_rotated_in_mid_scan_make_the_rest_unseen() {
    let scene = scene_of(20);
    scene.orphans();
    scene.go_by(SignedDuration::from_mins(40));
    let rotated = Fault::new(Effect::Refused {
        status: 200,
        code: "AuthFailure.SecretIdNotFound".to_owned(),
        message: "The SecretId is not found, please ensure that your SecretId is correct."
            .to_owned(),
    });
    scene.sim.faults().add(rotated.action(NODES).after(5));
    let report = scene.orphans();
    assert_eq!(report.said.code, 3, "{}", report.said);
    let unseen = report.unseen();
    assert!(
        unseen.iter().all(|it| it.ends_with(" credentials")) && unseen.len() >= 10,
        "{unseen:?}"
    );
    // What the first clusters told is still worth something; what was not asked proves nothing.
    let verdicts = report.verdicts();
    let proven = verdicts.iter().filter(|it| it.ends_with(" orphan")).count();
    assert!(proven <= 5, "{verdicts:?}");
    let nodes = verdicts.iter().filter(|it| it.contains("ins-node"));
    for node in nodes {
        assert!(node.contains(" unknown nodes_unseen:"), "{node}");
    }
    let text = scene.orphan_tables();
    assert!(text.stdout.contains("SecretIdNotFound"), "{text}");
    assert!(!text.stdout.contains("secret-of-shop"), "{text}");
}

#[test]
fn a_machine_in_a_state_that_nobody_has_heard_of_is_unknown() {
    let scene = scene_of(1);
    let field = "InstanceState".to_owned();
    scene
        .sim
        .faults()
        .add(Fault::new(Effect::UnknownValue { field }).action(MACHINES));
    let report = two_looks(&scene);
    assert_eq!(
        report.verdicts(),
        ["shop ins-left0000 unknown state_unknown:Unheard_Of"]
    );
    assert_no_orphan(&report);
    let text = scene.orphan_tables();
    assert!(text.stdout.contains("Unheard_Of"), "{text}");
}

#[test]
fn a_page_token_that_has_expired_begins_the_list_anew_and_one_that_always_does_is_unseen() {
    let spent = || {
        Fault::new(Effect::Refused {
            status: 400,
            code: "InvalidNextToken".to_owned(),
            message: "The token has expired.".to_owned(),
        })
        .action("DescribeVolumes")
        .page(2)
    };
    let scene_of = |fault: Fault| {
        let data = Account::new("data", Uid(210_987_654_321))
            .on(Cloud::Aws(Partition::Aws))
            .user(
                "skywarden",
                AccessKey::new("AKIAEXAMPLE0123456789", "secret-of-data"),
                Rights::all(),
            )
            .holding("us-east-1", |held| {
                held.add_machine(Machine::new("i-00000000000000001", "db", day(-90)));
                for number in 0..520 {
                    let disk = Disk::new(format!("vol-{number:017x}"), 40, day(-90));
                    held.add_disk(disk.data_of("i-00000000000000001"));
                }
                held.add_disk(Disk::new("vol-fffffffffffffffff", 40, day(-90)));
            });
        let mut scene = Scene::of([data]);
        scene.account_key("data", "regions = [\"us-east-1\"]");
        scene.table("[orphans]\nlook_at = [\"disk\"]");
        scene.sim.faults().add(fault);
        scene.orphans();
        scene.go_by(SignedDuration::from_hours(25));
        scene
    };
    let report = scene_of(spent().times(2)).orphans();
    assert_eq!(report.said.code, 0, "{}", report.said);
    assert_eq!(report.verdicts(), ["data vol-fffffffffffffffff unused"]);
    let report = scene_of(spent()).orphans();
    assert_eq!(report.said.code, 3, "{}", report.said);
    assert_eq!(report.verdicts(), [""; 0]);
    let unseen = report.unseen();
    assert_eq!(unseen.len(), 1, "{unseen:?}");
    assert!(unseen[0].starts_with("data/us-east-1/disk "), "{unseen:?}");
}

#[test]
fn a_permission_that_is_missing_is_named_and_nothing_is_proven() {
    let scene = scene_of(2);
    scene.orphans();
    scene.go_by(SignedDuration::from_mins(40));
    scene
        .sim
        .faults()
        .add(Fault::new(Effect::Denied).action(NODES));
    let report = scene.orphans();
    assert_eq!(report.said.code, 3, "{}", report.said);
    let unseen = report.unseen();
    assert_eq!(unseen.len(), 2, "{unseen:?}");
    assert!(
        unseen.iter().all(|it| it.ends_with(" denied")),
        "{unseen:?}"
    );
    assert_no_orphan(&report);
    let text = scene.orphan_tables();
    assert!(
        text.stdout.contains("tke:DescribeClusterInstances"),
        "{text}"
    );
}

#[test]
fn a_clock_that_is_an_hour_off_hides_nothing() {
    let scene = scene_of(1);
    scene.orphans();
    scene.go_by(SignedDuration::from_mins(40));
    let skewed = Fault::new(Effect::ClockSkew { seconds: 3_600 });
    scene.sim.faults().add(skewed);
    let report = scene.orphans();
    // Calls are dated by the cloud's own clock then, and all is seen.
    assert_eq!(report.said.code, 0, "{}", report.said);
    assert_eq!(report.verdicts(), ["shop ins-left0000 orphan"]);
}

#[test]
fn a_node_that_moves_to_another_cluster_between_two_looks_is_no_orphan() {
    let scene = scene_of(2);
    scene.orphans();
    scene
        .sim
        .world()
        .change(TKE, REGION, |held, _| {
            held.move_node("ins-node0000", "cls-00000000", "cls-00000001")
        })
        .unwrap()
        .unwrap();
    scene.go_by(SignedDuration::from_mins(40));
    let report = scene.orphans();
    assert_eq!(report.said.code, 0, "{}", report.said);
    assert_eq!(
        report.verdicts(),
        ["shop ins-left0000 orphan", "shop ins-left0001 orphan"]
    );
    // Its new cluster cannot be asked: still nobody calls it one.
    let broken = Fault::new(Effect::Status { status: 502 });
    scene
        .sim
        .faults()
        .add(broken.action(NODES).about("cls-00000001"));
    scene.go_by(SignedDuration::from_mins(40));
    let report = scene.orphans();
    assert_eq!(report.said.code, 3, "{}", report.said);
    let verdicts = report.verdicts();
    let moved = verdicts.iter().find(|it| it.contains("ins-node0000"));
    assert!(
        moved.is_none_or(|it| it.contains(" unknown ")),
        "{verdicts:?}"
    );
}

#[test]
fn a_finding_of_this_duty_is_listed_muted_and_taken_on_like_any_other() {
    let mut scene = scene_of(1);
    scene.dingtalk("ops");
    two_looks(&scene);
    let key = "orphans:machine:shop:ins-left0000";
    let listed = scene.house.run(&["findings", "list", "-o", "jsonl"]);
    assert!(listed.stdout.contains(key), "{listed}");
    let mute = [
        "findings",
        "mute",
        key,
        "--until",
        "7d",
        "--reason",
        "kept for a week",
    ];
    assert_eq!(scene.house.run(&mute).code, 0);
    scene.go_by(SignedDuration::from_mins(40));
    let said = scene.run(&["orphans", "--exit-code"]);
    assert_eq!(
        said.code, 0,
        "what is muted is no finding to act on: {said}"
    );
    assert_eq!(scene.house.run(&["findings", "unmute", key]).code, 0);
    let ack = scene.house.run(&["findings", "ack", key]);
    assert_eq!(ack.code, 0, "{ack}");
    let report = scene.orphans();
    assert_eq!(report.json["findings"][0]["acked_by"], "zhang");
}
