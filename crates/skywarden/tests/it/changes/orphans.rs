//! Orphans that something is done about: stopped and marked, and deleted when their time has come.

use cloudsim::world::clusters::{Cluster, Node};
use cloudsim::world::deeds::{Act, Sort};
use cloudsim::world::machines::Machine;
use insta::assert_snapshot;
use jiff::SignedDuration;

use super::{json, quick_account, steps};
use crate::house::Said;
use crate::scene::{SHOP, Scene, day, shop};

pub(super) const REGION: &str = "cn-hangzhou";
pub(super) const TABLES: &str = "[orphans]\nmode = \"apply\"\nact = \"delete\"\n\
                                 stop_after = \"1h\"\ndelete_after = \"2d\"";
const CLUSTER: &str = "c5f1e2d3c4b5a69788796a5b4c3d2e1f0";
const ORPHAN: &str = "i-node2";
pub(super) const APPLY: &[&str] = &["apply", "orphans", "--yes", "--no-send", "-o", "json"];

fn hours(scene: &Scene, hours: i64) {
    scene.go_by(SignedDuration::from_hours(hours));
}

#[track_caller]
fn applied(scene: &Scene) -> Said {
    let said = scene.run(APPLY);
    assert_eq!(said.code, 0, "{said}");
    said
}

/// Returns a cluster of five nodes, of which one has left and has long been proven to be an orphan.
pub(super) fn scene(tables: &str) -> Scene {
    let shop = shop().holding(REGION, |held| {
        held.add_cluster(Cluster::new(CLUSTER, "prod", day(-100)));
        for number in 1..=5 {
            let (id, ip) = (format!("i-node{number}"), format!("10.0.0.{number}"));
            held.add_machine(Machine::new(&id, format!("web-{number}"), day(-90)).ip(&ip));
            held.add_node(CLUSTER, Node::worker(&id, ip, day(-90)))
                .unwrap();
        }
    });
    let mut scene = Scene::of([shop]);
    quick_account(&scene, SHOP);
    scene.account_key("shop", &format!("regions = [\"{REGION}\"]"));
    scene.table(tables);
    let look = |scene: &Scene| {
        let said = scene.run(&["orphans", "--no-send"]);
        assert_eq!(said.code, 0, "{said}");
        hours(scene, 1);
    };
    look(&scene);
    let world = scene.sim.world();
    let left = world.change(SHOP, REGION, |held, _| held.remove_node(CLUSTER, ORPHAN));
    left.unwrap().unwrap();
    look(&scene);
    look(&scene);
    look(&scene);
    scene
}

/// Returns such an orphan after it was stopped, two days later.
pub(super) fn stopped(tables: &str) -> Scene {
    let scene = scene(tables);
    applied(&scene);
    for _ in 0..3 {
        hours(&scene, 23);
        scene.run(&["orphans", "--no-send"]);
    }
    scene.sim.world().forget_deeds();
    scene
}

#[test]
fn an_orphan_is_stopped_and_marked_and_goes_days_later_by_a_plan_that_was_read() {
    let scene = scene(TABLES);
    let world = scene.sim.world();
    let plan = scene.run(&["plan", "orphans"]);
    assert_snapshot!("orphans_stop_plan", plan);
    assert_eq!(world.deeds(), []);
    let done = applied(&scene);
    assert_eq!(
        steps(&json(&done)),
        [format!("~ stop_machine {ORPHAN}: done")],
        "{done}"
    );
    assert_eq!(world.done(Act::Stopped, Sort::Machine), [ORPHAN]);
    assert_eq!(world.done(Act::Tagged, Sort::Machine), [ORPHAN]);
    world.forget_deeds();
    // Until its time has come nothing more is done about it.
    for _ in 0..2 {
        hours(&scene, 23);
        let early = applied(&scene);
        assert_eq!(steps(&json(&early)), [""; 0], "{early}");
    }
    hours(&scene, 3);
    let plan = scene.run(&["plan", "orphans", "--save", "plan.json"]);
    assert_snapshot!("orphans_delete_plan", plan);
    assert_eq!(world.deeds(), []);
    hours(&scene, 1);
    let done = scene.run(&["apply", "plan.json", "--yes", "--no-send", "-o", "json"]);
    assert_eq!(done.code, 0, "{done}");
    assert_eq!(
        steps(&json(&done)),
        [format!("- delete_machine {ORPHAN}: done")],
        "{done}"
    );
    assert_eq!(world.done(Act::Deleted, Sort::Machine), [ORPHAN]);
    hours(&scene, 1);
    let after = applied(&scene);
    assert_eq!(steps(&json(&after)), [""; 0], "{after}");
}

#[test]
fn an_orphan_whose_mark_somebody_took_off_stays_and_the_saved_plan_says_so() {
    let scene = stopped(TABLES);
    let plan = scene.run(&["plan", "orphans", "--save", "plan.json"]);
    assert!(plan.stdout.contains("delete_machine"), "{plan}");
    let world = scene.sim.world();
    world.change(SHOP, REGION, |held, _| {
        held.machines.change(ORPHAN, |it| it.tags.clear());
    });
    let said = scene.run(&["apply", "plan.json", "--yes", "--no-send", "-o", "json"]);
    assert_eq!(said.code, 5, "{said}");
    assert_eq!(world.done(Act::Deleted, Sort::Machine), [""; 0], "{said}");
    let moved = &json(&said)["moved"][0];
    assert_eq!(
        (&moved["step"], &moved["subject"]),
        (&"delete_machine".into(), &ORPHAN.into()),
        "{said}"
    );
}

#[test]
fn where_orphans_are_only_planned_nothing_happens_to_them() {
    let scene = scene("[orphans]\nact = \"delete\"\nstop_after = \"1h\"");
    let said = scene.run(APPLY);
    assert_eq!(said.code, 2, "{said}");
    assert_eq!(scene.sim.world().deeds(), []);
}
