//! The real program, killed in mid-delivery, broken off, or run twice at once.

use std::fs;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base::{Clock, SystemClock};
use cloudsim::Estate;
use cloudsim::robots::{Fault, Times};
use rustix::process::{Pid, Signal, kill_process};

use crate::house::House;
use crate::scene::Scene;

/// Longer than anything here takes; reached only when something is broken.
const TOO_LONG: Duration = Duration::from_secs(60);

/// Returns a scene on the machine's own clock whose report is several messages to one robot.
fn scene() -> Scene {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let world = Estate::seeded(7)
        .resources(250)
        .expiring(250)
        .build(clock.now());
    let mut scene = Scene::on(world, House::new(), clock);
    scene.patrol_key("max_list_length = 250");
    scene.patrol_key("digest_hour = 0");
    scene.dingtalk("ops");
    scene.house.configure(&scene.config());
    scene
}

/// Starts the real program, whose words nobody hears.
fn started(scene: &Scene) -> Child {
    let mut program = scene.house.program(&["patrol", "-o", "json"]);
    program
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits until the robot has got so many requests.
fn wait_for_calls(scene: &Scene, calls: u64) {
    let clock = SystemClock::new();
    scene.wait_for(async {
        tokio::select! {
            () = scene.robots.called("ops", calls) => {}
            () = clock.sleep(TOO_LONG) => panic!("the robot was not asked {calls} times"),
        }
    });
}

/// Runs the real program to its end and returns its exit code and what became of the messages.
fn patrol(scene: &Scene) -> (u8, [u64; 2]) {
    let said = scene.house.run_program(&["patrol", "-o", "json"]);
    let json: serde_json::Value =
        serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    let count = |name: &str| json["deliveries"][0][name].as_u64().unwrap();
    (said.code, [count("delivered"), count("waiting")])
}

/// Lets so much time go by that whoever was sending must be gone.
fn let_the_lease_run_out(scene: &Scene) {
    scene.on_store(async |stranger| {
        let over = "UPDATE outbox SET lease_until_ms = 1 WHERE state = 'sending'";
        stranger.execute(over).await.unwrap();
    });
}

/// Returns how often each message came, in the order in which they first came.
fn arrivals(scene: &Scene) -> Vec<usize> {
    let messages = scene.robots.messages("ops");
    let mut seen: Vec<(&str, usize)> = Vec::new();
    for message in &messages {
        match seen.iter_mut().find(|(body, _)| *body == message.body) {
            Some((_, times)) => *times += 1,
            None => seen.push((&message.body, 1)),
        }
    }
    seen.into_iter().map(|(_, times)| times).collect()
}

#[test]
fn after_a_kill_in_mid_delivery_everything_arrives_and_nothing_acknowledged_comes_twice() {
    let scene = scene();
    // The first message is acknowledged, the second arrives and its answer does not.
    scene
        .robots
        .arm_after("ops", 1, Fault::SilentAfterDelivery, Times::Once);
    let mut child = started(&scene);
    wait_for_calls(&scene, 2);
    // SIGKILL: nothing of the program runs any more.
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().code(), None);
    assert_eq!(arrivals(&scene), [1, 1]);

    // The lease of the message that was under way outlives the longest request: until then nobody
    // knows but that somebody is still sending it. All others go.
    let (code, [delivered, waiting]) = patrol(&scene);
    assert_eq!((code, waiting), (6, 1));
    assert!(
        delivered >= 1,
        "the report was to be three messages or more"
    );
    let others = usize::try_from(delivered).unwrap();
    assert_eq!(arrivals(&scene), vec![1; 2 + others]);

    let_the_lease_run_out(&scene);
    assert_eq!(patrol(&scene), (0, [1, 0]));
    let mut expected = vec![1; 2 + others];
    expected[1] = 2;
    assert_eq!(arrivals(&scene), expected);
    // Whoever reads the one that came twice sees that it is the same, by run and part.
    let text = &scene.robots.messages("ops")[1].text;
    let parts = 2 + others;
    assert!(text.contains(&format!("part 2/{parts} · run ")), "{text}");

    assert_eq!(patrol(&scene), (0, [0, 0]));
    assert_eq!(arrivals(&scene), expected);
}

#[test]
fn killed_before_anything_was_sent_the_next_run_sends_all_of_it_once() {
    let scene = scene();
    scene.robots.arm("ops", Fault::Silent, Times::Once);
    let mut child = started(&scene);
    wait_for_calls(&scene, 1);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(arrivals(&scene), [0; 0]);
    let_the_lease_run_out(&scene);
    let (code, [delivered, waiting]) = patrol(&scene);
    assert_eq!((code, waiting), (0, 0));
    assert_eq!(
        arrivals(&scene),
        vec![1; usize::try_from(delivered).unwrap()]
    );
}

#[test]
fn broken_off_by_sigterm_it_says_so_and_the_next_run_sends_the_rest() {
    let scene = scene();
    scene.robots.arm_after("ops", 1, Fault::Silent, Times::Once);
    let mut child = started(&scene);
    wait_for_calls(&scene, 2);
    let pid = Pid::from_child(&child);
    kill_process(pid, Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(arrivals(&scene), [1]);
    let_the_lease_run_out(&scene);
    let (code, [delivered, waiting]) = patrol(&scene);
    assert_eq!((code, waiting), (0, 0));
    assert!(delivered >= 2);
    let all = 1 + usize::try_from(delivered).unwrap();
    assert_eq!(arrivals(&scene), vec![1; all]);
}

#[test]
fn two_programs_at_once_tell_of_each_finding_once() {
    let scene = scene();
    // The store is there already: who makes it is another question.
    let said = scene.house.run_program(&["patrol", "--no-send"]);
    assert_eq!(said.code, 0, "{said}");
    let mut programs = [(); 2].map(|()| started(&scene));
    let codes = programs.each_mut().map(|it| it.wait().unwrap().code());
    let messages = scene.robots.messages("ops");
    // One of them may find the robot's messages in the other's hands, and says so.
    assert!(codes.contains(&Some(0)), "{codes:?}");
    assert!(messages.len() >= 3);
    assert_eq!(arrivals(&scene), vec![1; messages.len()]);
    let part = format!("part 1/{} · ", messages.len());
    let first = messages.iter().filter(|it| it.text.contains(&part));
    assert_eq!(first.count(), 1);
}

#[test]
fn a_program_that_dies_leaves_no_dump_of_its_memory_where_the_keys_are() {
    let scene = scene();
    scene.robots.arm("ops", Fault::Silent, Times::Once);
    let mut child = started(&scene);
    wait_for_calls(&scene, 1);
    let limits = fs::read_to_string(format!("/proc/{}/limits", child.id()));
    child.kill().unwrap();
    child.wait().unwrap();
    let limits = limits.unwrap();
    let core = limits
        .lines()
        .find(|it| it.starts_with("Max core file size"))
        .unwrap();
    let numbers: Vec<&str> = core.split_whitespace().skip(4).take(2).collect();
    assert_eq!(numbers, ["0", "0"], "{core}");
}
