//! Copies that older scripts made: taken on by a person's word, and then kept and let go like ours.

use cloudsim::world::copies::Snapshot;
use cloudsim::world::deeds::{Act, Sort};
use insta::assert_snapshot;

use super::{DATA, REGION, json, scene, steps};
use crate::scene::{Scene, day};

const TABLES: &str =
    "[backups]\nmode = \"apply\"\nkeep = { last = 2, at_least = 2 }\nimage = \"off\"";
const APPLY: [&str; 5] = ["apply", "backups", "--yes", "-o", "json"];

fn id(number: u64) -> String {
    format!("snap-{number:017x}")
}

/// Returns a machine whose two disks were copied by a script three and two days ago, and one of them
/// by a person, who began with the same tag.
fn seeded() -> Scene {
    let scene = scene(1, TABLES);
    scene.sim.world().change(DATA, REGION, |held, _| {
        let copy = |number: u64, disk: u64, days: i64| {
            let disk = format!("vol-{disk:017x}");
            let copy = Snapshot::new(id(number), disk, 20, day(-days));
            copy.tag("Name", "web-1").tag("AutoSnapshot", "true")
        };
        held.add_snapshot(copy(1, 16, 3).tag("RootDeviceSnapshot", "true"));
        held.add_snapshot(copy(2, 17, 3));
        held.add_snapshot(copy(3, 16, 2).tag("RootDeviceSnapshot", "true"));
        held.add_snapshot(copy(4, 17, 2));
        held.add_snapshot(copy(5, 17, 9).tag("team", "dba"));
    });
    scene
}

#[test]
fn what_a_script_made_is_taken_on_once_and_what_a_person_made_is_not() {
    let scene = seeded();
    let world = scene.sim.world();
    let plan = scene.run(&["backups", "adopt", "--plan"]);
    assert_snapshot!("backups_adopt_plan", plan);
    assert_eq!(world.deeds(), []);
    let nobody = scene.run(&["backups", "adopt"]);
    assert_eq!(nobody.code, 2, "{nobody}");
    assert_eq!(world.deeds(), []);
    let done = scene.run(&["backups", "adopt", "--yes", "-o", "json"]);
    assert_eq!(done.code, 0, "{done}");
    assert_eq!(steps(&json(&done)).len(), 2, "{done}");
    let mut tagged = world.done(Act::Tagged, Sort::Snapshot);
    tagged.sort();
    assert_eq!(tagged, [1, 2, 3, 4].map(id), "{done}");
    let again = scene.run(&["backups", "adopt", "--yes", "-o", "json"]);
    assert_eq!((again.code, steps(&json(&again)).len()), (0, 0), "{again}");
    let list = scene.run(&["backups", "list"]);
    assert_snapshot!("backups_adopted_list", list);
}

#[test]
fn what_was_not_taken_on_never_goes_and_what_was_goes_when_its_time_has_come() {
    let scene = seeded();
    let world = scene.sim.world();
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(world.done(Act::Created, Sort::Snapshot).len(), 2, "{said}");
    assert_eq!(world.done(Act::Deleted, Sort::Snapshot), [""; 0], "{said}");
    assert_eq!(scene.run(&["backups", "adopt", "--yes"]).code, 0);
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 0, "{said}");
    let mut gone = world.done(Act::Deleted, Sort::Snapshot);
    gone.sort();
    assert_eq!(gone, [1, 2].map(id), "{said}");
}
