//! Delivery on bad days, against simulated robots that enforce the real limits.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base::{Clock as _, ManualClock};
use cloudsim::robots::{Fault, Robots, Security, Times};
use jiff::SignedDuration;
use model::Message;
use model::message::{Block, Button};
use net::{Http, NetworkSettings};
use notify::{
    ChannelSettings, Dispatch, Kind, MemoryOutbox, Outbox, Outcome, Person, Trouble, Webhook,
    dead_man,
};
use store::{Db, StoreUrl};

use crate::samples::{at, expiry_message, long_message, now, orphan_message};
use crate::world::{PATIENCE, World, courier};

const ROBOTS: [Kind; 5] = [
    Kind::DingTalk,
    Kind::Feishu,
    Kind::WeCom,
    Kind::Slack,
    Kind::Webhook,
];

fn code(code: i64, message: &str) -> Fault {
    Fault::Code {
        code,
        message: message.to_owned(),
    }
}

#[tokio::test]
async fn signed_messages_with_a_keyword_are_accepted_and_show_what_they_say() {
    for kind in ROBOTS {
        let world = World::start().await;
        let security = Security::sign("SECcanary0123456789").and_keyword("巡检");
        let mut channel = world.robot(kind, "ops", security);
        channel.secret = Some("SECcanary0123456789".to_owned().into());
        channel.keyword = Some("巡检".to_owned());
        let message = orphan_message();
        let report = world.send(&channel, &message, "r1").await;
        assert!(report.is_complete(), "{kind}: {report:?}");
        let heard = world.heard("ops");
        assert_eq!(heard.len(), 1, "{kind}");
        for shown in ["孤儿 CVM 实例告警", "ins-aaaa1111", "10.0.0.12", "巡检"] {
            assert!(
                heard[0].text.contains(shown),
                "{kind} {shown}: {}",
                heard[0].text
            );
        }
    }
}

#[tokio::test]
async fn the_button_leads_to_the_renewal_page_and_the_owner_is_rung_once() {
    for kind in ROBOTS {
        let world = World::start().await;
        let mut channel = world.robot(kind, "ops", Security::none());
        let person = Person {
            mobile: Some("13800001111".to_owned()),
            feishu: Some("ou_alice".to_owned()),
            slack: Some("U0ALICE".to_owned()),
            ..Person::default()
        };
        channel.people = BTreeMap::from([("alice".to_owned(), person)]);
        let mut message = long_message(200);
        message.mention = vec!["alice".to_owned(), "nobody-knows".to_owned()];
        message.button = Some(Button {
            caption: "前往续费".to_owned(),
            url: "https://usercenter2.aliyun.com/renew/manual".to_owned(),
        });
        assert!(
            world.send(&channel, &message, "r1").await.is_complete(),
            "{kind}"
        );
        let heard = world.heard("ops");
        let rung: Vec<&String> = heard.iter().flat_map(|it| &it.mentions.people).collect();
        let links: Vec<&String> = heard.iter().flat_map(|it| &it.links).collect();
        if kind == Kind::Webhook {
            assert_eq!(heard[0].json["data"]["owners"][0], "alice");
            continue;
        }
        assert_eq!(rung.len(), 1, "{kind}: {rung:?}");
        assert_eq!(
            links,
            ["https://usercenter2.aliyun.com/renew/manual"],
            "{kind}"
        );
        assert!(heard.iter().all(|it| !it.mentions.everyone), "{kind}");
    }
}

#[tokio::test]
async fn http_200_with_an_error_code_is_no_success() {
    let cases = [
        (
            Kind::DingTalk,
            code(310_000, "keywords not in content, more: [x]"),
            Trouble::Keyword,
        ),
        (
            Kind::DingTalk,
            code(310_000, "description:机器人发送签名不匹配"),
            Trouble::Signature,
        ),
        (
            Kind::DingTalk,
            code(310_000, "ip 1.2.3.4 not in whitelist"),
            Trouble::Address,
        ),
        (
            Kind::DingTalk,
            code(300_005, "token is not exist"),
            Trouble::RobotGone,
        ),
        (
            Kind::Feishu,
            code(19_024, "Key Words Not Found"),
            Trouble::Keyword,
        ),
        (
            Kind::Feishu,
            code(19_021, "sign match fail"),
            Trouble::Signature,
        ),
        (
            Kind::WeCom,
            code(93_000, "invalid webhook url"),
            Trouble::RobotGone,
        ),
        (Kind::Slack, Fault::Status(404), Trouble::RobotGone),
        (Kind::Webhook, Fault::Status(401), Trouble::Signature),
    ];
    for (kind, fault, expected) in cases {
        let world = World::start().await;
        let channel = world.robot(kind, "ops", Security::none());
        world.robots.arm("ops", fault.clone(), Times::Forever);
        let report = world.send(&channel, &expiry_message(), "r1").await;
        assert!(
            report.delivered.is_empty() && report.waiting.is_empty(),
            "{kind}: {report:?}"
        );
        assert_eq!(
            report.dead[0].reason, expected,
            "{kind} {fault:?}: {report:?}"
        );
        assert_eq!(
            world.robots.calls("ops"),
            1,
            "{kind}: a refusal for good is asked for once"
        );
        world.robots.heal("ops");
        assert!(
            world.deliver(&channel).await.is_complete(),
            "{kind}: given up is given up"
        );
        assert!(world.heard("ops").is_empty(), "{kind}");
    }
}

#[tokio::test]
async fn an_unknown_code_gets_one_more_try_and_its_words_are_kept() {
    let world = World::start().await;
    let channel = world.robot(Kind::DingTalk, "ops", Security::none());
    world
        .robots
        .arm("ops", code(987_654, "what nobody has seen"), Times::Forever);
    let report = world.send(&channel, &expiry_message(), "r1").await;
    assert_eq!(report.dead[0].reason, Trouble::Unknown);
    assert!(report.dead[0].error.contains("what nobody has seen"));
    assert_eq!(world.robots.calls("ops"), 2);
}

#[tokio::test]
async fn a_page_of_a_gateway_or_an_empty_answer_is_tried_again() {
    for fault in [
        Fault::Html,
        Fault::Status(200),
        Fault::Status(202),
        Fault::Status(503),
    ] {
        for kind in [Kind::DingTalk, Kind::Feishu, Kind::WeCom, Kind::Slack] {
            let world = World::start().await;
            let channel = world.robot(kind, "ops", Security::none());
            world.robots.arm("ops", fault.clone(), Times::Next(2));
            let report = world.send(&channel, &expiry_message(), "r1").await;
            assert!(report.is_complete(), "{kind} {fault:?}: {report:?}");
            assert_eq!(world.heard("ops").len(), 1, "{kind} {fault:?}");
            assert_eq!(world.robots.calls("ops"), 3, "{kind} {fault:?}");
        }
    }
}

#[tokio::test]
async fn a_rate_limit_in_mid_batch_mutes_the_robot_across_runs_and_loses_nothing() {
    let outbox: Arc<dyn Outbox> = Arc::new(MemoryOutbox::default());
    let world = World::with(Arc::clone(&outbox)).await;
    let channel = world.robot(Kind::DingTalk, "ops", Security::none());
    world
        .robots
        .arm_after("ops", 2, Fault::RateLimit, Times::Once);
    let report = world.send(&channel, &long_message(1000), "r1").await;
    assert_eq!(
        (report.delivered.len(), report.waiting.len()),
        (2, 3),
        "{report:?}"
    );
    let free_at = world.clock.now() + SignedDuration::from_secs(590);
    assert!(
        report.waiting.iter().all(|it| it.retry_at > free_at),
        "{report:?}"
    );
    assert_eq!(world.robots.calls("ops"), 3);

    // Another process, a minute later, knows that the robot is mute.
    world.clock.advance(Duration::from_secs(60));
    let other = courier(Arc::clone(&outbox), &world.clock);
    let report = other.deliver(&[&channel], PATIENCE).await;
    assert_eq!(report.channels[0].waiting.len(), 3);
    assert_eq!(world.robots.calls("ops"), 3, "a mute robot is not asked");

    world.clock.advance(Duration::from_secs(600));
    let report = other.deliver(&[&channel], PATIENCE).await;
    assert!(report.is_complete(), "{report:?}");
    let titles: Vec<String> = world
        .heard("ops")
        .iter()
        .map(|it| it.title.clone().unwrap())
        .collect();
    for part in 1..=5 {
        let counter = format!("({part}/5)");
        assert_eq!(
            titles.iter().filter(|it| it.contains(&counter)).count(),
            1,
            "{titles:?}"
        );
    }
}

#[tokio::test]
async fn a_robot_that_is_down_for_good_keeps_its_messages_which_go_later_and_once() {
    for kind in ROBOTS {
        let world = World::start().await;
        let channel = world.robot(kind, "ops", Security::none());
        world.robots.arm("ops", Fault::Status(503), Times::Forever);
        let report = world.send(&channel, &expiry_message(), "r1").await;
        assert!(!report.is_complete(), "{kind}");
        assert_eq!(
            (report.delivered.len(), report.waiting.len()),
            (0, 1),
            "{kind}: {report:?}"
        );
        assert_eq!(world.robots.calls("ops"), 5, "{kind}: four retries");
        world.robots.heal("ops");
        world.clock.advance(Duration::from_secs(3600));
        let report = world.deliver(&channel).await;
        assert_eq!(
            (report.delivered.len(), report.waiting.len()),
            (1, 0),
            "{kind}: {report:?}"
        );
        world.clock.advance(Duration::from_secs(3600));
        let report = world.deliver(&channel).await;
        assert!(
            report.is_complete() && report.delivered.is_empty(),
            "{kind}"
        );
        assert_eq!(world.heard("ops").len(), 1, "{kind}");
    }
}

#[tokio::test]
async fn a_message_older_than_three_days_is_given_up_and_named() {
    let world = World::start().await;
    let channel = world.robot(Kind::DingTalk, "ops", Security::none());
    world.robots.arm("ops", Fault::Status(503), Times::Forever);
    world.send(&channel, &expiry_message(), "r1").await;
    world.robots.heal("ops");
    world.clock.advance(Duration::from_secs(73 * 3600));
    let report = world.deliver(&channel).await;
    assert_eq!(report.dead[0].reason, Trouble::Expired);
    assert!(world.heard("ops").is_empty());
}

#[tokio::test]
async fn a_thousand_findings_are_at_most_five_messages_that_the_robots_take() {
    for kind in ROBOTS {
        let world = World::start().await;
        let channel = world.robot(kind, "ops", Security::none());
        let report = world.send(&channel, &long_message(1000), "r1").await;
        assert!(report.is_complete(), "{kind}: {report:?}");
        let heard = world.heard("ops");
        assert!(heard.len() <= 5, "{kind}: {}", heard.len());
        assert!(world.robots.refusals("ops").is_empty(), "{kind}");
        let all: String = heard.iter().map(|it| it.text.clone()).collect();
        assert!(all.contains("2,672,769.60 ¥"), "{kind} keeps the balance");
        if kind == Kind::WeCom {
            assert!(all.contains("仅显示 TOP"), "{all}");
        }
    }
}

#[tokio::test]
async fn a_redirect_to_a_metadata_address_is_not_followed_and_names_the_host_alone() {
    for kind in ROBOTS {
        let world = World::start().await;
        let channel = world.robot(kind, "ops", Security::none());
        let target = "http://100.100.100.200/latest/meta-data/ram?token=CANARY";
        world
            .robots
            .arm("ops", Fault::Redirect(target.to_owned()), Times::Forever);
        let report = world.send(&channel, &expiry_message(), "r1").await;
        assert_eq!(report.dead[0].reason, Trouble::Redirect, "{kind}");
        assert!(
            report.dead[0].error.contains("100.100.100.200"),
            "{kind}: {report:?}"
        );
        assert!(
            !format!("{report:?}").contains("CANARY"),
            "{kind}: {report:?}"
        );
        assert_eq!(world.robots.calls("ops"), 1, "{kind}");
    }
}

#[tokio::test]
async fn a_lost_answer_may_repeat_a_part_that_its_mark_makes_recognisable() {
    for kind in ROBOTS {
        let world = World::start().await;
        let channel = world.robot(kind, "ops", Security::none());
        world
            .robots
            .arm("ops", Fault::ResetAfterDelivery, Times::Once);
        let report = world.send(&channel, &expiry_message(), "run-7f3a").await;
        assert!(report.is_complete(), "{kind}: {report:?}");
        let heard = world.heard("ops");
        if kind == Kind::Webhook {
            assert_eq!(
                heard.len(),
                1,
                "the key of the repeat is known to the receiver"
            );
            continue;
        }
        assert_eq!(heard.len(), 2, "{kind}");
        assert_eq!(heard[0].text, heard[1].text, "{kind}");
        assert!(
            heard[0].text.contains("运行 7f3a"),
            "{kind}: {}",
            heard[0].text
        );
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_never_sent_again_however_often_it_is_queued() {
    let world = World::start().await;
    let channel = world.robot(Kind::DingTalk, "ops", Security::none());
    for _ in 0..3 {
        assert!(
            world
                .send(&channel, &expiry_message(), "r1")
                .await
                .is_complete()
        );
        world.clock.advance(Duration::from_secs(3600));
    }
    assert_eq!(world.heard("ops").len(), 1);
    world.send(&channel, &expiry_message(), "r2").await;
    assert_eq!(world.heard("ops").len(), 2, "another run says it anew");
}

#[tokio::test]
async fn a_process_that_died_while_sending_leaves_the_part_to_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let url = StoreUrl::sqlite(folder.path().join("skywarden.db"));
    let outbox = Arc::new(Db::open(&url).await.unwrap());
    let world = World::with(outbox.clone()).await;
    let channel = world.robot(Kind::Feishu, "ops", Security::none());
    let dispatch = Dispatch {
        channel: &channel,
        message: &long_message(300),
    };
    world.courier.queue("r1", &[dispatch]).await.unwrap();
    let first = Outbox::due(outbox.as_ref(), "ops", world.clock.now())
        .await
        .unwrap();
    let until = world.clock.now() + SignedDuration::from_secs(45);
    assert!(
        outbox
            .outbox_claim(first[0].id, world.clock.now(), until)
            .await
            .unwrap()
    );
    drop(world.courier.clone());

    // The next process, while the dead one's claim holds: everything else goes.
    let again = Arc::new(Db::open(&url).await.unwrap());
    let next = courier(again.clone(), &world.clock);
    let report = next.deliver(&[&channel], PATIENCE).await;
    assert_eq!(report.channels[0].waiting.len(), 1, "{report:?}");
    assert_eq!(world.heard("ops").len(), first.len() - 1);
    world.clock.advance(Duration::from_secs(60));
    let report = next.deliver(&[&channel], PATIENCE).await;
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(world.heard("ops").len(), first.len());
}

#[tokio::test]
async fn what_waits_survives_in_the_store_without_any_secret() {
    let folder = tempfile::tempdir().unwrap();
    let url = StoreUrl::sqlite(folder.path().join("skywarden.db"));
    let world = World::with(Arc::new(Db::open(&url).await.unwrap())).await;
    let mut channel = world.robot(Kind::DingTalk, "ops", Security::sign("SECcanary0123456789"));
    channel.secret = Some("SECcanary0123456789".to_owned().into());
    world.robots.arm("ops", Fault::Status(503), Times::Forever);
    let report = world.send(&channel, &expiry_message(), "r1").await;
    assert!(!report.is_complete());
    world.robots.heal("ops");

    let again = Db::open(&url).await.unwrap();
    let waiting = again.outbox_waiting().await.unwrap();
    let token = world
        .robots
        .dingtalk("ops", Security::sign("SECcanary0123456789"));
    let token = token.query_pairs().next().unwrap().1.into_owned();
    let everything = format!("{waiting:?} {report:?}");
    for secret in ["SECcanary0123456789", token.as_str(), "sign="] {
        assert!(!everything.contains(secret), "{secret}: {everything}");
    }
    // Hours later the signature is a fresh one.
    world.clock.advance(Duration::from_secs(5 * 3600));
    let next = courier(Arc::new(again), &world.clock);
    assert!(next.deliver(&[&channel], PATIENCE).await.is_complete());
    assert_eq!(world.heard("ops").len(), 1);
}

#[tokio::test]
async fn one_failing_channel_does_not_hold_the_others_up() {
    let world = World::start().await;
    let broken = world.robot(Kind::DingTalk, "broken", Security::none());
    let gone = at(Kind::Webhook, "http://127.0.0.1:9/nobody-listens");
    let gone = ChannelSettings {
        name: "gone".to_owned(),
        ..gone
    };
    let fine = world.robot(Kind::Feishu, "fine", Security::none());
    world.robots.arm("broken", Fault::RateLimit, Times::Forever);
    let message = expiry_message();
    let channels = [&broken, &gone, &fine];
    let dispatches = channels.map(|channel| Dispatch {
        channel,
        message: &message,
    });
    world.courier.queue("r1", &dispatches).await.unwrap();
    let report = world.courier.deliver(&channels, PATIENCE).await;
    let names: Vec<&str> = report
        .channels
        .iter()
        .map(|it| it.channel.as_str())
        .collect();
    assert_eq!(names, ["broken", "gone", "fine"]);
    let complete: Vec<bool> = report.channels.iter().map(|it| it.is_complete()).collect();
    assert_eq!(complete, [false, false, true], "{report:?}");
    assert!(
        report.channels[1].waiting[0]
            .error
            .as_deref()
            .unwrap()
            .contains("cannot reach")
    );
    assert_eq!(world.heard("fine").len(), 1);
}

#[tokio::test]
async fn a_robot_is_never_told_more_than_it_bears_even_by_two_channels() {
    for kind in [Kind::DingTalk, Kind::Feishu, Kind::WeCom, Kind::Slack] {
        let world = World::start().await;
        let one = world.robot(kind, "ops", Security::none());
        let other = ChannelSettings {
            name: "ops-too".to_owned(),
            ..one.clone()
        };
        let message = expiry_message();
        for run in 0..15 {
            let to = |channel| Dispatch {
                channel,
                message: &message,
            };
            world
                .courier
                .queue(&format!("r{run}"), &[to(&one), to(&other)])
                .await
                .unwrap();
        }
        let patience = Duration::from_secs(600);
        let report = world.courier.deliver(&[&one, &other], patience).await;
        assert!(report.is_complete(), "{kind}: {report:?}");
        assert_eq!(world.heard("ops").len(), 30, "{kind}");
        assert!(world.robots.refusals("ops").is_empty(), "{kind}");
    }
}

#[tokio::test]
async fn a_rejected_form_goes_as_plain_text() {
    let cases = [
        (
            Kind::DingTalk,
            code(300_001, "message param title or text is null"),
            "text",
        ),
        (
            Kind::Feishu,
            code(230_099, "Failed to create card content"),
            "text",
        ),
        (Kind::Feishu, code(9_499, "Bad Request"), "text"),
        (Kind::WeCom, code(40_008, "invalid message type"), "text"),
    ];
    for (kind, fault, form) in cases {
        let world = World::start().await;
        let channel = world.robot(kind, "ops", Security::keyword("巡检"));
        let channel = ChannelSettings {
            keyword: Some("巡检".to_owned()),
            ..channel
        };
        world.robots.arm("ops", fault.clone(), Times::Once);
        let mut message = orphan_message();
        message.title = "<at user_id=\"all\"></at> @all".to_owned();
        let report = world.send(&channel, &message, "r1").await;
        assert!(report.is_complete(), "{kind}: {report:?}");
        let heard = world.heard("ops");
        assert_eq!(heard[0].form, form, "{kind}");
        assert!(
            heard[0].text.contains("ins-aaaa1111"),
            "{kind}: {}",
            heard[0].text
        );
        assert!(
            heard[0].mentions.is_nobody(),
            "{kind}: {:?}",
            heard[0].mentions
        );
    }
}

#[tokio::test]
async fn a_message_found_too_long_after_all_goes_in_two_halves() {
    let cases = [
        (
            Kind::DingTalk,
            code(460_101, "message too long, exceed 20000 bytes"),
        ),
        (Kind::Feishu, code(9_499, "Bad Request")),
        (
            Kind::WeCom,
            code(40_058, "markdown.content exceed max length 4096. invalid"),
        ),
    ];
    for (kind, fault) in cases {
        let world = World::start().await;
        let channel = world.robot(kind, "ops", Security::none());
        world.robots.arm("ops", fault, Times::Once);
        let items = if kind == Kind::WeCom { 15 } else { 80 };
        let report = world.send(&channel, &long_message(items), "r1").await;
        assert!(report.is_complete(), "{kind}: {report:?}");
        assert_eq!(report.delivered.len(), 2, "{kind}");
        let all: String = world
            .heard("ops")
            .iter()
            .map(|it| it.text.clone())
            .collect();
        for item in 0..items {
            assert_eq!(
                all.matches(&format!("i-bp1{item:05}z")).count(),
                1,
                "{kind} {item}"
            );
        }
    }
}

#[tokio::test]
async fn once_the_robot_is_gone_the_other_parts_are_not_even_tried() {
    let world = World::start().await;
    let channel = world.robot(Kind::DingTalk, "ops", Security::none());
    world
        .robots
        .arm("ops", code(400_102, "robot stopped"), Times::Forever);
    let report = world.send(&channel, &long_message(1000), "r1").await;
    assert_eq!(report.dead.len(), 5);
    assert_eq!(world.robots.calls("ops"), 1);
}

#[tokio::test]
async fn one_poisonous_message_does_not_hold_the_next_one_up() {
    let world = World::start().await;
    let channel = world.robot(Kind::DingTalk, "ops", Security::none());
    world
        .robots
        .arm("ops", code(-1, "system busy"), Times::Next(5));
    let other = Message {
        title: "另一条".to_owned(),
        ..expiry_message()
    };
    let to = |message| Dispatch {
        channel: &channel,
        message,
    };
    world
        .courier
        .queue("r1", &[to(&expiry_message()), to(&other)])
        .await
        .unwrap();
    let report = world.deliver(&channel).await;
    assert_eq!(
        (report.delivered.len(), report.waiting.len()),
        (1, 1),
        "{report:?}"
    );
    assert!(
        world.heard("ops")[0]
            .title
            .as_deref()
            .unwrap()
            .contains("另一条")
    );
}

#[tokio::test]
async fn a_test_message_shows_the_robots_real_answer_and_does_not_touch_the_outbox() {
    let outbox: Arc<dyn Outbox> = Arc::new(MemoryOutbox::default());
    let world = World::with(Arc::clone(&outbox)).await;
    let channel = world.robot(Kind::DingTalk, "ops", Security::keyword("巡检"));
    let message = Message {
        title: "hello".to_owned(),
        ..Message::default()
    };
    let report = world.courier.test(&channel, &message).await;
    assert_eq!(
        report.outcome,
        Outcome::Permanent {
            reason: Trouble::Keyword
        }
    );
    assert!(
        report.answer.text.contains("keywords not in content"),
        "{report:?}"
    );
    let channel = ChannelSettings {
        keyword: Some("巡检".to_owned()),
        ..channel
    };
    let report = world.courier.test(&channel, &message).await;
    assert_eq!(report.outcome, Outcome::Delivered);
    assert!(report.answer.text.contains("\"errcode\":0"), "{report:?}");
    assert!(outbox.waiting().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_answer_that_echoes_the_address_is_shown_without_it() {
    let world = World::start().await;
    let channel = world.robot(Kind::DingTalk, "ops", Security::none());
    let url = world.robots.dingtalk("ops", Security::none());
    let token = url.query_pairs().next().unwrap().1.into_owned();
    world.robots.arm(
        "ops",
        code(300_005, &format!("no robot at {url} ({token})")),
        Times::Once,
    );
    let report = world.courier.test(&channel, &expiry_message()).await;
    assert!(report.answer.text.contains("no robot at ***"), "{report:?}");
    assert!(!format!("{report:?}").contains(&token), "{report:?}");
}

#[tokio::test]
async fn a_deadline_ends_the_round_and_keeps_the_rest() {
    let world = World::start().await;
    let channel = world.robot(Kind::Slack, "ops", Security::none());
    world.robots.arm("ops", Fault::Status(503), Times::Forever);
    world
        .courier
        .queue(
            "r1",
            &[Dispatch {
                channel: &channel,
                message: &expiry_message(),
            }],
        )
        .await
        .unwrap();
    let report = world
        .courier
        .deliver(&[&channel], Duration::from_secs(2))
        .await;
    assert_eq!(report.channels[0].waiting.len(), 1);
    assert!(world.robots.calls("ops") <= 2);
    assert!(world.clock.monotonic() <= Duration::from_secs(2));
}

#[tokio::test]
async fn the_dead_mans_switch_is_reset_by_success_only_and_follows_nothing() {
    let clock = ManualClock::hurrying(now());
    let robots = Robots::start(Arc::new(clock.clone())).await.unwrap();
    let http = Http::new(&NetworkSettings::default()).unwrap();
    let roll = robots.url().join("_sim/robots").unwrap();
    let fine = Webhook::parse(&String::from(roll).into()).unwrap();
    dead_man::reset(&http, &clock, &fine).await.unwrap();
    let missing = robots.url().join("missing/CANARY").unwrap();
    let missing = Webhook::parse(&String::from(missing).into()).unwrap();
    let error = dead_man::reset(&http, &clock, &missing).await.unwrap_err();
    assert!(base::chain(&error).contains("answered 404"), "{error}");
    assert!(!base::chain(&error).contains("CANARY"));
}

#[tokio::test]
async fn blocks_of_every_sort_pass_the_robots_own_checks() {
    for kind in ROBOTS {
        let world = World::start().await;
        let channel = world.robot(kind, "ops", Security::none());
        let mut message = orphan_message();
        message.blocks.extend(expiry_message().blocks);
        message.blocks.push(Block::Rule);
        message.button = expiry_message().button;
        let report = world.send(&channel, &message, "r1").await;
        assert!(report.is_complete(), "{kind}: {report:?}");
        assert!(world.robots.refusals("ops").is_empty(), "{kind}");
    }
}
