//! Backups: planned, applied, kept and let go, from one period to the next.

use cloudsim::world::deeds::{Act, Sort};
use insta::assert_snapshot;
use jiff::SignedDuration;

use super::{json, scene, steps};

pub(super) const APPLY: &str = "[backups]\nmode = \"apply\"";
const DAY: SignedDuration = SignedDuration::from_hours(24);

#[test]
fn a_plan_says_what_it_would_make_and_why_and_changes_nothing() {
    let scene = scene(2, "[backups]");
    let said = scene.run(&["plan"]);
    assert_snapshot!("backups_plan_en", said);
    assert_snapshot!(
        "backups_plan_zh",
        scene.run(&["--lang", "zh-CN", "plan", "backups"])
    );
    assert_snapshot!(
        "backups_plan_csv",
        scene.run(&["plan", "backups", "-o", "csv"])
    );
    assert_eq!(scene.run(&["plan", "--exit-code"]).code, 1);
    assert_eq!(scene.sim.world().deeds(), []);
}

#[test]
fn a_plan_of_the_same_world_is_the_same_plan() {
    let scene = scene(3, "[backups]");
    let digest = || {
        let said = scene.run(&["plan", "backups", "-o", "json"]);
        let mut plan = json(&said)["plans"][0].clone();
        for moving in ["run", "made", "digest"] {
            plan.as_object_mut().unwrap().remove(moving);
        }
        plan
    };
    assert_eq!(digest(), digest());
}

#[test]
fn what_is_due_is_made_once_a_period() {
    let scene = scene(2, APPLY);
    let said = scene.run(&["apply", "backups", "--yes", "-o", "json"]);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(
        steps(&json(&said)),
        [
            "+ create_set i-00000000000000001: done",
            "+ create_set i-00000000000000002: done",
        ]
    );
    let world = scene.sim.world();
    assert_eq!(world.done(Act::Created, Sort::Snapshot).len(), 4);
    let again = scene.run(&["apply", "backups", "--yes", "-o", "json"]);
    assert_eq!(again.code, 0, "{again}");
    assert_eq!(steps(&json(&again)), [""; 0]);
    scene.go_by(DAY);
    let next = scene.run(&["apply", "backups", "--yes"]);
    assert_eq!(next.code, 0, "{next}");
    assert_eq!(world.done(Act::Created, Sort::Snapshot).len(), 8);
    // An image of the week is made once there is more than one whole set.
    scene.go_by(DAY);
    let third = scene.run(&["apply", "backups", "--yes"]);
    assert_eq!(third.code, 0, "{third}");
    assert_eq!(world.done(Act::Created, Sort::Image).len(), 2, "{third}");
    assert_eq!(world.made_twice(Sort::Snapshot, model::SET_TAG), []);
}

#[test]
fn old_sets_go_when_their_time_has_come_and_never_the_last_good_ones() {
    let scene = scene(
        1,
        "[backups]\nmode = \"apply\"\nkeep = { last = 2, at_least = 2 }\nimage = \"off\"",
    );
    for day in 0..4 {
        let said = scene.run(&["apply", "backups", "--yes"]);
        assert_eq!(said.code, 0, "day {day}: {said}");
        scene.go_by(DAY);
    }
    let world = scene.sim.world();
    assert_eq!(world.done(Act::Created, Sort::Snapshot).len(), 8);
    assert_eq!(world.done(Act::Deleted, Sort::Snapshot).len(), 4);
}

#[test]
fn what_is_kept_is_listed_by_machine_and_by_set() {
    let scene = scene(
        2,
        "[backups]\nmode = \"apply\"\nimage = \"off\"\nprices = { aws = \"0.05 USD\" }",
    );
    assert_eq!(scene.run(&["apply", "backups", "--yes"]).code, 0);
    let said = scene.run(&["backups", "list"]);
    assert_snapshot!("backups_list", said);
    let said = scene.run(&["backups", "list", "web-2", "-o", "csv"]);
    assert_snapshot!("backups_list_sets", said);
}

#[test]
fn a_machine_is_brought_back_as_disks_or_beside_the_old_one() {
    let scene = scene(1, APPLY);
    assert_eq!(scene.run(&["apply", "backups", "--yes"]).code, 0);
    let world = scene.sim.world();
    world.forget_deeds();
    let said = scene.run(&["backups", "restore", "web-1", "--plan"]);
    assert_eq!(said.code, 0, "{said}");
    assert_snapshot!("backups_restore_plan", said);
    assert_eq!(world.deeds(), []);
    let said = scene.run(&["backups", "restore", "web-1", "--yes", "-o", "json"]);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(world.done(Act::Created, Sort::Disk).len(), 2, "{said}");
    let said = scene.run(&[
        "backups",
        "restore",
        "web-1",
        "--machine",
        "--yes",
        "-o",
        "json",
    ]);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(world.done(Act::Created, Sort::Machine).len(), 1, "{said}");
    let early = ["backups", "restore", "web-1", "--at", "2026-01-01", "--yes"];
    let said = scene.run(&early);
    assert_eq!(said.code, 2, "{said}");
    assert!(said.stderr.contains("no whole set"), "{said}");
    let nobody = scene.run(&["backups", "restore", "web-9", "--yes"]);
    assert_eq!(nobody.code, 2, "{nobody}");
}

#[test]
fn a_set_is_proven_by_a_disk_that_is_made_of_it_and_removed() {
    let scene = scene(1, APPLY);
    assert_eq!(scene.run(&["apply", "backups", "--yes"]).code, 0);
    let world = scene.sim.world();
    world.forget_deeds();
    let said = scene.run(&["backups", "verify", "web-1", "--yes", "-o", "json"]);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(world.done(Act::Created, Sort::Disk).len(), 1);
    assert_eq!(world.done(Act::Deleted, Sort::Disk).len(), 1);
}
