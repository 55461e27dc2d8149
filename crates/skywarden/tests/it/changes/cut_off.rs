//! Runs that were cut off: what is shown of them, who goes on with them, and who has to wait.

use std::process::Stdio;
use std::time::Duration;

use base::{Clock as _, SystemClock};
use cloudsim::world::deeds::{Act, Sort};
use cloudsim::{Effect, Fault};
use jiff::SignedDuration;
use serde_json::Value;
use store::rehearsal::KILL_AT;

use super::crash::play::process;
use super::{json, scene, scene_in, steps};
use crate::house::House;
use crate::scene::Scene;

const TABLES: &str = "[backups]\nmode = \"apply\"\nimage = \"off\"";
const APPLY: [&str; 5] = ["apply", "backups", "--yes", "-o", "json"];
/// Longer than anything here takes; reached only when something is broken.
const TOO_LONG: Duration = Duration::from_secs(30);
/// How often the cloud is looked at.
const GLANCE: Duration = Duration::from_millis(10);

/// Starts the program, which is killed right after a write of its journal.
#[track_caller]
fn killed_after(scene: &Scene, write: u32, line: &[&str]) {
    scene.house.configure(&scene.config());
    let end = process(scene, line)
        .env(KILL_AT, format!("{write}:after"))
        .output()
        .unwrap();
    assert_eq!(end.status.code(), None, "{end:?}");
    scene.go_by(SignedDuration::from_mins(5));
}

/// Returns the newest run that changed something or was to.
#[track_caller]
fn newest(scene: &Scene) -> Value {
    let said = scene.run(&["runs", "list", "--duty", "backups", "-o", "json"]);
    assert_eq!(said.code, 0, "{said}");
    let runs: Vec<Value> = serde_json::from_str(&said.stdout).unwrap();
    let mut runs = runs.into_iter();
    runs.find(|it| it["mode"] == "apply").unwrap()
}

/// Returns the steps of a run as `step fate`.
#[track_caller]
fn journal(scene: &Scene, run: &str) -> Vec<String> {
    let said = scene.run(&["runs", "show", run, "-o", "json"]);
    assert_eq!(said.code, 0, "{said}");
    let document = json(&said);
    let steps = document["steps"].as_array().unwrap().iter();
    let step = |it: &Value| {
        let word = |name: &str| it[name].as_str().unwrap().to_owned();
        format!("{} {}", word("step"), word("fate"))
    };
    steps.map(step).collect()
}

#[test]
fn what_was_cut_off_is_shown_as_it_was_left_and_finished_by_resume() {
    let house = House::new().with_lasting_chance().with_person();
    let scene = scene_in(house, 1, TABLES);
    assert_eq!(scene.run(&APPLY).code, 0);
    let world = scene.sim.world();
    world.forget_deeds();
    // The intention to make an image is written down; the machine that is to start from it waits.
    let line = ["backups", "restore", "web-1", "--machine", "--yes"];
    killed_after(&scene, 2, &line);
    let listed = newest(&scene);
    assert!(
        listed["finished"].as_str().is_none_or(|it| it == "-"),
        "{listed}"
    );
    assert!(listed["exit_codes"].is_null(), "{listed}");
    let run = listed["run"].as_str().unwrap();
    let left = journal(&scene, run);
    assert_eq!(left, ["make_image open", "run_beside unbegun"]);

    let declined = scene.house.run_with(&["runs", "resume", run], "no\n");
    assert_eq!(declined.code, 5, "{declined}");
    assert!(declined.stderr.contains("run_beside"), "{declined}");
    assert!(declined.stderr.contains(run), "{declined}");
    assert_eq!(journal(&scene, run), left);
    assert_eq!(world.deeds(), [], "{declined}");

    let resumed = scene.house.run_with(&["runs", "resume", run], "apply\n");
    assert_eq!(resumed.code, 0, "{resumed}");
    let done = journal(&scene, run);
    assert_eq!(done, ["make_image done", "run_beside done"]);
    assert_eq!(world.done(Act::Created, Sort::Image).len(), 1);
    assert_eq!(world.done(Act::Created, Sort::Machine).len(), 1);
    assert_eq!(newest(&scene)["exit_codes"], "0");

    let again = scene.run(&["runs", "resume", run, "--yes"]);
    assert_eq!(again.code, 2, "{again}");
    assert!(
        again.stderr.contains("has nothing left to be done"),
        "{again}"
    );
}

#[test]
fn nobody_resumes_a_run_without_a_person_or_their_word() {
    let scene = scene(1, TABLES);
    killed_after(&scene, 1, &APPLY);
    let run = newest(&scene)["run"].as_str().unwrap().to_owned();
    assert_eq!(journal(&scene, &run), ["create_set unbegun"]);
    let said = scene.run(&["runs", "resume", &run]);
    assert_eq!(said.code, 2, "{said}");
    assert!(said.stderr.contains("nobody is here to say yes"), "{said}");
    assert_eq!(scene.sim.world().deeds(), []);
    let said = scene.run(&["runs", "resume", &run, "--yes", "-o", "json"]);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(
        scene.sim.world().done(Act::Created, Sort::Snapshot).len(),
        2
    );
}

#[test]
fn a_run_that_was_killed_before_it_wrote_its_plan_left_nothing() {
    let scene = scene(1, TABLES);
    scene.house.configure(&scene.config());
    let end = process(&scene, &APPLY)
        .env(KILL_AT, "1:before")
        .output()
        .unwrap();
    assert_eq!(end.status.code(), None, "{end:?}");
    let run = newest(&scene)["run"].as_str().unwrap().to_owned();
    assert_eq!(journal(&scene, &run), [""; 0]);
    let said = scene.run(&["runs", "resume", &run, "--yes"]);
    assert_eq!(said.code, 2, "{said}");
    assert_eq!(scene.sim.world().deeds(), []);
}

#[test]
fn the_next_apply_goes_on_with_what_was_cut_off_before_it_plans() {
    let scene = scene(1, TABLES);
    killed_after(&scene, 2, &APPLY);
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 0, "{said}");
    let document = json(&said);
    assert_eq!(
        document["resumed"].as_array().map(Vec::len),
        Some(1),
        "{said}"
    );
    assert_eq!(document["resumed"][0]["fate"], "done", "{said}");
    assert_eq!(steps(&document), [""; 0], "{said}");
    assert_eq!(
        scene.sim.world().done(Act::Created, Sort::Snapshot).len(),
        2
    );
}

#[test]
fn a_run_that_was_cut_off_days_ago_is_left_to_a_person() {
    let scene = scene(1, TABLES);
    killed_after(&scene, 2, &APPLY);
    let old = newest(&scene)["run"].as_str().unwrap().to_owned();
    scene.go_by(SignedDuration::from_hours(48));
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 0, "{said}");
    let document = json(&said);
    assert_eq!(
        document["resumed"].as_array().map(Vec::len),
        Some(0),
        "{said}"
    );
    let today = ["+ create_set i-00000000000000001: done"];
    assert_eq!(steps(&document), today, "{said}");
    assert_eq!(journal(&scene, &old), ["create_set open"]);
}

/// Waits until it is so in the cloud.
fn wait_until(scene: &Scene, is_so: impl Fn() -> bool) {
    let clock = SystemClock::new();
    scene.wait_for(async {
        while !is_so() {
            assert!(clock.monotonic() < TOO_LONG, "nothing was asked for");
            clock.sleep(GLANCE).await;
        }
    });
}

#[test]
fn of_two_programs_at_once_the_second_says_who_is_at_work_and_takes_over_when_that_one_dies() {
    let scene = scene(2, TABLES);
    scene.house.configure(&scene.config());
    // The first one hangs in its calls that make something, one for each machine.
    let hangs = Fault::new(Effect::Timeout).action("CreateSnapshots");
    let hangs = scene.sim.faults().add(hangs);
    let mut first = process(&scene, &APPLY)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until(&scene, || scene.sim.faults().hits(hangs) > 1);
    scene.sim.faults().clear();
    let made = |scene: &Scene| scene.sim.world().done(Act::Created, Sort::Snapshot).len();
    let before = made(&scene);
    let second = scene.run(&APPLY);
    let running = first.try_wait().unwrap();
    let after = made(&scene);
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(running, None, "the first one ended too early");
    assert_eq!((second.code, after), (5, before), "{second}");
    let name = format!("process {} is at work in data", first.id());
    assert!(second.stderr.contains(&name), "{name:?} is not in {second}");
    assert!(second.stderr.contains("runs list"), "{second}");

    let third = scene.run(&APPLY);
    assert_eq!(third.code, 0, "{third}");
    let document = json(&third);
    assert_eq!(
        document["resumed"].as_array().map(Vec::len),
        Some(2),
        "{third}"
    );
    assert_eq!(steps(&document), [""; 0], "{third}");
    let world = scene.sim.world();
    assert_eq!(made(&scene), 4, "{third}");
    assert_eq!(world.made_twice(Sort::Snapshot, model::SET_TAG), []);
}
