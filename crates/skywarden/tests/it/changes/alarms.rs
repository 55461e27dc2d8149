//! Traffic alarms: made once, never altered, and told to somebody.

use cloudsim::world::deeds::{Act, Sort};
use insta::assert_snapshot;

use super::{json, scene, steps};

const TABLE: &str = "[alarms]\nmode = \"apply\"";

#[test]
fn a_missing_topic_is_named_with_the_command_that_makes_it_and_no_alarm_is_made() {
    let scene = scene(2, TABLE);
    let said = scene.run(&["plan", "alarms"]);
    assert_snapshot!("alarms_no_topic", said);
    let said = scene.run(&["apply", "alarms", "--yes"]);
    assert_eq!(scene.sim.world().deeds(), [], "{said}");
}

#[test]
fn the_topic_that_was_asked_for_and_the_alarms_that_tell_it_are_made_in_one_run_and_once_only() {
    let scene = scene(2, TABLE);
    let make = [
        "apply",
        "alarms",
        "--yes",
        "--create-topic",
        "--subscribe",
        "ops@example.com",
        "-o",
        "json",
    ];
    let first = scene.run(&make);
    assert_eq!(first.code, 0, "{first}");
    assert_eq!(
        steps(&json(&first)),
        [
            "+ create_target ec2-NetworkOut-Alarm: done",
            "+ create_alarm i-00000000000000001: done",
            "+ create_alarm i-00000000000000002: done",
        ],
        "{first}"
    );
    let world = scene.sim.world();
    assert_eq!(world.done(Act::Created, Sort::Alarm).len(), 2);
    assert_eq!(world.done(Act::Created, Sort::Target).len(), 1);
    let held = world.truth(super::DATA, super::REGION);
    let topics: Vec<&str> = held.targets.iter().map(|it| it.id.as_str()).collect();
    for alarm in &held.alarms {
        assert_eq!(alarm.notifies, topics, "{first}");
    }
    let again = scene.run(&make);
    assert_eq!(steps(&json(&again)), [""; 0], "{again}");
    assert_eq!(world.done(Act::Created, Sort::Alarm).len(), 2);
    assert_eq!(world.done(Act::Altered, Sort::Alarm), [""; 0]);
}

#[test]
fn a_check_says_which_machines_have_no_alarm_and_changes_nothing() {
    let scene = scene(2, TABLE);
    let said = scene.run(&["alarms", "check", "--no-send"]);
    assert_snapshot!("alarms_check_en", said);
    let said = scene.run(&["--lang", "zh-CN", "alarms", "check", "--no-send"]);
    assert_snapshot!("alarms_check_zh", said);
    let code = |line: &[&str]| scene.run(line).code;
    assert_eq!(code(&["alarms", "check", "--no-send", "--exit-code"]), 1);
    assert_eq!(scene.sim.world().deeds(), []);
    let make = ["apply", "alarms", "--yes", "--no-send", "--create-topic"];
    assert_eq!(code(&make), 0);
    // Whom nobody has subscribed to tells nobody.
    let said = scene.run(&["alarms", "check", "--no-send"]);
    assert_snapshot!("alarms_check_nobody_hears", said);
}
