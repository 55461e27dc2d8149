//! Robots that refuse, are slow, are down or lead astray.

use std::collections::BTreeSet;

use cloudsim::robots::{Fault, Times};
use cloudsim::{Effect, Estate, Prepaid};
use jiff::SignedDuration;

use crate::scene::{Scene, day, now, shop};

fn scene() -> Scene {
    let mut scene = Scene::of([shop().prepaid(Prepaid::new("rds", "rm-1", day(3)))]);
    scene.dingtalk("ops");
    scene.wecom("team");
    scene
}

/// Returns a scene whose report needs several messages.
fn long_report() -> Scene {
    let world = Estate::seeded(7).resources(250).expiring(250).build(now());
    let mut scene = Scene::of_world(world);
    scene.patrol_key("max_list_length = 250");
    scene.dingtalk("ops");
    scene
}

fn code(code: i64, message: &str) -> Fault {
    Fault::Code {
        code,
        message: message.to_owned(),
    }
}

#[test]
fn http_200_with_a_refusal_is_no_delivery_and_the_robots_words_are_told() {
    let scene = scene();
    let words = "description:机器人发送签名不匹配;solution:请确认签名和生成签名的时间戳必须都放在调用的网址中";
    scene
        .robots
        .arm("ops", code(310_000, words), Times::Forever);
    let said = scene.patrol();
    assert_eq!(said.code, 6, "{said}");
    assert!(
        said.stderr
            .contains("ops: 0 delivered, 0 waiting, 1 given up"),
        "{said}"
    );
    assert!(said.stderr.contains("机器人发送签名不匹配"), "{said}");
    // The others are told, and who refuses for good is not asked again.
    assert!(
        said.stderr
            .contains("team: 1 delivered, 0 waiting, 0 given up"),
        "{said}"
    );
    assert_eq!(scene.robots.messages("team").len(), 1);
    assert_eq!(
        (
            scene.robots.calls("ops"),
            scene.robots.messages("ops").len()
        ),
        (1, 0)
    );
}

#[test]
fn a_robot_that_is_busy_is_asked_a_few_times_and_told_by_the_next_run_once() {
    let scene = scene();
    scene
        .robots
        .arm("ops", code(-1, "系统繁忙"), Times::Forever);
    let report = scene.report();
    assert_eq!(report.said.code, 6, "{}", report.said);
    assert_eq!(report.json["deliveries"][0]["waiting"], 1);
    assert!(
        report.json["deliveries"][0]["errors"][0]
            .as_str()
            .unwrap()
            .contains("系统繁忙")
    );
    assert_eq!(scene.robots.calls("ops"), 5);

    scene.robots.heal("ops");
    scene.go_by(SignedDuration::from_mins(10));
    let said = scene.patrol();
    assert_eq!(said.code, 0, "{said}");
    assert!(
        said.stderr
            .contains("ops: 1 delivered, 0 waiting, 0 given up"),
        "{said}"
    );
    assert_eq!(scene.robots.messages("ops").len(), 1);
    // Who was told before is not told again.
    assert_eq!(scene.robots.messages("team").len(), 1);
}

#[test]
fn a_rate_limit_in_mid_batch_keeps_the_rest_which_comes_later_once() {
    let scene = long_report();
    scene
        .robots
        .arm_after("ops", 1, Fault::RateLimit, Times::Forever);
    let report = scene.report();
    assert_eq!(report.said.code, 6, "{}", report.said);
    let delivered = report.json["deliveries"][0]["delivered"].as_u64().unwrap();
    let waiting = report.json["deliveries"][0]["waiting"].as_u64().unwrap();
    assert!(
        delivered == 1 && waiting >= 2,
        "{}",
        report.json["deliveries"]
    );
    assert_eq!(scene.robots.messages("ops").len(), 1);

    scene.robots.heal("ops");
    scene.go_by(SignedDuration::from_hours(1));
    let said = scene.patrol();
    assert_eq!(said.code, 0, "{said}");
    let messages = scene.robots.messages("ops");
    let bodies: BTreeSet<&String> = messages.iter().map(|it| &it.body).collect();
    assert_eq!(messages.len() as u64, 1 + waiting);
    assert_eq!(bodies.len(), messages.len(), "one came twice");
    assert_eq!(ids_in(&messages).len(), 250);
}

#[test]
fn a_robot_that_mutes_for_ten_minutes_is_waited_for_when_nobody_waits() {
    let scene = long_report();
    scene
        .robots
        .arm_after("ops", 1, Fault::RateLimit, Times::Once);
    let said = scene.patrol();
    assert_eq!(said.code, 0, "{said}");
    // Asked while muted, the robot would have refused.
    assert_eq!(scene.robots.refusals("ops").len(), 1);
    assert_eq!(ids_in(&scene.robots.messages("ops")).len(), 250);
}

#[test]
fn what_a_robot_that_is_down_for_good_should_have_had_is_kept_and_sent_later_once() {
    let scene = scene();
    scene.robots.arm("ops", Fault::Reset, Times::Forever);
    for _ in 0..3 {
        let said = scene.patrol();
        assert_eq!(said.code, 6, "{said}");
        assert!(
            said.stderr
                .contains("ops: 0 delivered, 1 waiting, 0 given up"),
            "{said}"
        );
        scene.go_by(SignedDuration::from_hours(1));
    }
    scene.robots.heal("ops");
    let said = scene.patrol();
    assert_eq!(said.code, 0, "{said}");
    let messages = scene.robots.messages("ops");
    assert_eq!(messages.len(), 1);
    assert!(messages[0].text.contains("rm-1"), "{}", messages[0].text);
    assert_eq!(scene.patrol().code, 0);
    assert_eq!(scene.robots.messages("ops").len(), 1);
}

#[test]
fn a_lost_answer_may_double_a_message_which_shows_by_its_mark() {
    let scene = scene();
    scene
        .robots
        .arm("ops", Fault::ResetAfterDelivery, Times::Once);
    let said = scene.patrol();
    assert_eq!(said.code, 0, "{said}");
    let messages = scene.robots.messages("ops");
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0].text, messages[1].text);
    assert!(messages[0].text.contains("run "), "{}", messages[0].text);
}

#[test]
fn a_thousand_findings_are_five_messages_a_channel_at_most_within_every_limit() {
    let world = Estate::seeded(7)
        .accounts(2)
        .resources(500)
        .expiring(1_000)
        .build(now());
    let mut scene = Scene::of_world(world);
    scene.patrol_key("max_list_length = 1000");
    scene.dingtalk("ding");
    scene.feishu("lark");
    scene.wecom("team");
    let report = scene.report();
    assert_eq!(report.said.code, 0, "{}", report.said.stderr);
    assert_eq!(report.findings().len(), 1_000);
    for name in ["ding", "lark", "team"] {
        let messages = scene.robots.messages(name);
        // The robots refuse what is beyond their vendors' limits.
        assert_eq!(scene.robots.refusals(name), [], "{name}");
        assert!(
            (2..=5).contains(&messages.len()),
            "{name}: {} messages",
            messages.len()
        );
        let shown = ids_in(&messages).len();
        let text: String = messages.iter().map(|it| it.text.as_str()).collect();
        // What has no room is counted, not forgotten.
        assert!(
            shown < 1_000 && text.contains("more"),
            "{name}: {shown} of 1000"
        );
        assert!(
            text.contains("1000") || text.contains("1,000"),
            "{name}: {text}"
        );
    }
}

#[test]
fn a_redirect_to_a_metadata_service_is_not_followed_and_named() {
    let scene = scene();
    let location = "http://100.100.100.200/latest/meta-data/ram/security-credentials/";
    scene
        .robots
        .arm("ops", Fault::Redirect(location.to_owned()), Times::Forever);
    let said = scene.patrol();
    assert_eq!(said.code, 6, "{said}");
    assert!(
        said.stderr.contains("redirect to 100.100.100.200 refused"),
        "{said}"
    );
    assert_eq!(scene.robots.calls("ops"), 1);
    assert_eq!(scene.robots.messages("team").len(), 1);
}

#[test]
fn a_redirect_to_another_robot_is_not_followed_either() {
    let scene = scene();
    let elsewhere = scene
        .robots
        .dingtalk("elsewhere", cloudsim::robots::Security::none());
    scene.robots.arm(
        "ops",
        Fault::Redirect(elsewhere.to_string()),
        Times::Forever,
    );
    let said = scene.patrol();
    assert_eq!(said.code, 6, "{said}");
    assert_eq!(scene.robots.calls("elsewhere"), 0);
}

#[test]
fn of_several_troubles_the_gravest_is_the_exit_and_all_are_listed() {
    let world = Estate::seeded(7)
        .accounts(2)
        .resources(3)
        .expiring(2)
        .build(now());
    let uid = world.accounts()[0].uid;
    let mut scene = Scene::of_world(world);
    scene.dingtalk("ops");
    scene.robots.arm("ops", Fault::Status(503), Times::Forever);
    let denied = cloudsim::Fault::new(Effect::Denied).action("QueryAvailableInstances");
    scene.sim.faults().add(denied.account(uid));
    let report = scene.report();
    // 3 goes before 6 goes before 1.
    assert_eq!(report.said.code, 3, "{}", report.said.stderr);
    assert_eq!(report.json["holds"], serde_json::json!([3, 6, 1]));
}

#[test]
fn that_no_account_was_seen_goes_before_that_nobody_was_told_of_it() {
    let mut scene = scene();
    scene.robots.arm("ops", Fault::Reset, Times::Forever);
    scene.credentials("shop", "{ env = \"NOT_SET\" }");
    let report = scene.report();
    assert_eq!(report.said.code, 4, "{}", report.said.stderr);
    assert_eq!(report.json["holds"], serde_json::json!([4, 3, 6]));
    assert_eq!(scene.sim.stats().calls, 0);
    // The one robot that listens is told that nothing was seen, and not that all is well.
    let told = scene.robots.messages("team");
    assert_eq!(told.len(), 1);
    assert!(
        told[0].text.contains("patrol incomplete"),
        "{}",
        told[0].text
    );
}

/// Returns the ids of planted resources that can be read in messages.
fn ids_in(messages: &[cloudsim::robots::Message]) -> BTreeSet<String> {
    let text: String = messages.iter().map(|it| format!("{}\n", it.text)).collect();
    let is_id = |it: &&str| {
        it.len() > 20 && it.contains(['-', '_']) && it.ends_with(|it: char| it.is_ascii_hexdigit())
    };
    let words = text.split(|it: char| !(it.is_ascii_alphanumeric() || "-_".contains(it)));
    words.filter(is_id).map(str::to_owned).collect()
}
