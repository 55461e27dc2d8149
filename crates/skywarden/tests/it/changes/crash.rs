//! The real program, killed while it changes things: nothing is made twice, and nothing is lost.

use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base::{Clock, SystemClock};
use cloudsim::world::deeds::{Act, Sort};
use cloudsim::{Effect, Fault};

use super::{DATA, data, json, quick, steps};
use crate::house::House;
use crate::scene::Scene;

/// Longer than anything here takes; reached only when something is broken.
const TOO_LONG: Duration = Duration::from_secs(60);
/// How often the world is looked at.
const GLANCE: Duration = Duration::from_millis(20);

const APPLY: [&str; 5] = ["apply", "backups", "--yes", "-o", "json"];

/// Returns a scene on the machine's own clock.
fn scene(machines: usize) -> Scene {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let world = cloudsim::World::new(clock.now());
    world.add(data("data", DATA, machines));
    let mut scene = Scene::on(world, House::new(), clock);
    quick(&mut scene);
    scene.table("[backups]\nmode = \"apply\"\nimage = \"off\"");
    scene.house.configure(&scene.config());
    scene
}

fn started(scene: &Scene) -> Child {
    let mut program = scene.house.program(&APPLY);
    let program = program.stdout(Stdio::null()).stderr(Stdio::null());
    program.spawn().unwrap()
}

/// Waits until so many snapshots were made.
fn wait_for_snapshots(scene: &Scene, many: usize) {
    let clock = SystemClock::new();
    scene.wait_for(async {
        let begun = clock.monotonic();
        while scene.sim.world().done(Act::Created, Sort::Snapshot).len() < many {
            assert!(clock.monotonic() - begun < TOO_LONG, "nothing was made");
            clock.sleep(GLANCE).await;
        }
    });
}

/// Kills the program once it has made the set of a machine, before or after it heard so, and checks
/// that the next one makes all the rest and nothing twice.
#[track_caller]
fn killed_while_sets_are_made(lost_answer: bool) {
    let scene = scene(3);
    if lost_answer {
        let lost = Fault::new(Effect::LostAnswer).action("CreateSnapshots");
        scene.sim.faults().add(lost.times(1));
    }
    let mut child = started(&scene);
    wait_for_snapshots(&scene, 2);
    // SIGKILL: nothing of the program runs any more.
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().code(), None);
    scene.sim.faults().clear();
    let said = scene.house.run_program(&APPLY);
    assert_eq!(said.code, 0, "{said}");
    let world = scene.sim.world();
    assert_eq!(
        world.made_twice(Sort::Snapshot, model::SET_TAG),
        [],
        "{said}"
    );
    assert_eq!(world.done(Act::Created, Sort::Snapshot).len(), 6, "{said}");
    let document = json(&said);
    let undone = steps(&document)
        .into_iter()
        .filter(|it| !it.ends_with(": done"));
    assert_eq!(undone.collect::<Vec<_>>(), [""; 0], "{said}");
    let again = scene.house.run_program(&APPLY);
    assert_eq!(
        (again.code, steps(&json(&again))),
        (0, Vec::new()),
        "{again}"
    );
}

#[test]
fn killed_after_a_set_was_made_the_next_run_makes_the_rest_and_nothing_twice() {
    killed_while_sets_are_made(false);
}

#[test]
fn killed_before_the_answer_came_the_next_run_finds_what_was_made() {
    killed_while_sets_are_made(true);
}
