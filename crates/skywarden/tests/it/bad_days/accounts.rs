//! Keys, rights, sessions, quotas and clocks that are not as they should be.

use std::time::Duration;

use base::Clock as _;
use cloudsim::{AccessKey, Effect, Estate, Fault, Instance, Prepaid, Rights, Role, Uid};

use crate::scene::{SHOP, Scene, account, account_with, day, now, shop};

const GAME: Uid = Uid(1_690_700_000_000_002);

/// Returns the rights of a patrol's key without `right`.
fn all_but(right: &str) -> Rights {
    Rights::all().without(right)
}

#[test]
fn one_bad_key_among_a_hundred_accounts_is_named_and_hides_no_other() {
    let world = Estate::seeded(7)
        .accounts(100)
        .resources(1)
        .expiring(100)
        .build(now());
    let mut scene = Scene::of_world(world);
    scene.wecom("ops");
    let bad = scene.sim.world().account("account-042").unwrap().uid;
    scene
        .sim
        .world()
        .edit(bad, |it| it.users[0].keys[0].secret = "changed".to_owned());

    let report = scene.report();
    assert_eq!(report.said.code, 3, "{}", report.said.stderr);
    let findings = report.findings();
    let mut accounts: Vec<&str> = findings
        .iter()
        .filter_map(|it| it.split(' ').next())
        .collect();
    accounts.dedup();
    assert_eq!((findings.len(), accounts.len()), (99, 99));
    assert!(!accounts.contains(&"account-042"));
    let unseen = report.unseen();
    assert!(
        unseen
            .iter()
            .all(|it| it.starts_with("account-042/") && it.ends_with(" credentials")),
        "{unseen:?}"
    );
    // Nothing is asked with a key that is refused, and it is not tried again and again.
    let asked = scene.sim.stats().by_scope;
    let of_bad = asked.iter().filter(|((uid, _, _), _)| *uid == bad);
    let of_bad: Vec<_> = of_bad
        .map(|((_, _, action), it)| (action.as_str(), it.calls))
        .collect();
    assert_eq!(of_bad, [("GetCallerIdentity", 1)]);
    let messages = scene.robots.messages("ops");
    let told: String = messages.iter().map(|it| it.text.replace('*', "")).collect();
    assert!(
        told.contains("Nothing was seen of account account-042: the credentials are not valid"),
        "{told}"
    );
}

#[test]
fn a_denied_permission_is_named_by_its_ram_action_and_asked_for_once() {
    let shop = account_with("shop", SHOP, all_but("bss:DescribeInstances")).prepaid(Prepaid::new(
        "rds",
        "rm-1",
        day(3),
    ));
    let mut scene = Scene::of([shop]);
    scene.patrol_key("balance_below = { CNY = 20000 }");
    let said = scene.patrol();
    assert_eq!(said.code, 3, "{said}");
    assert!(said.stdout.contains("shop/global/prepaid"), "{said}");
    assert!(
        said.stdout
            .contains("hint: grant bss:DescribeInstances to the key of shop;"),
        "{said}"
    );
    // What may be seen is seen: the balance alarms.
    assert!(said.stdout.contains("10000.00"), "{said}");
    assert!(!said.stdout.contains("rm-1"), "{said}");
    assert_eq!(scene.sim.stats().calls_of("QueryAvailableInstances"), 1);
    let report = scene.report();
    assert_eq!(report.unseen(), ["shop/global/prepaid denied"]);
    assert_eq!(report.findings(), ["shop balance shop still"]);
}

#[test]
fn an_empty_list_from_a_key_without_rights_is_not_believed() {
    let shop = account_with("shop", SHOP, all_but("ecs:DescribeInstances"))
        .prepaid(Prepaid::new("ecs", "i-1", day(3)))
        .instance(Instance::new("i-1", "web-1", day(-9)));
    let scene = Scene::of([shop]);
    let report = scene.report();
    assert_eq!(report.said.code, 3, "{}", report.said);
    assert_eq!(report.unseen(), ["shop/cn-hangzhou/ecs denied"]);
    assert_eq!(
        report.json["coverage"]["unseen"][0]["permission"],
        "ecs:DescribeInstances"
    );
    // The bill was seen, so the machine is reported all the same, without its name.
    assert_eq!(report.findings(), ["shop expiry i-1 new"]);
    assert_eq!(report.json["findings"][0]["name"], "");
}

#[test]
fn a_list_that_is_suddenly_empty_is_doubted_and_nothing_is_called_gone() {
    let scene = Scene::of([shop().prepaid(Prepaid::new("rds", "rm-1", day(3)))]);
    assert_eq!(scene.report().findings(), ["shop expiry rm-1 new"]);
    let fault = Fault::new(Effect::EmptyList).action("QueryAvailableInstances");
    scene.sim.faults().add(fault);

    // A second look a moment later is no better proof than the first.
    for _ in 0..2 {
        let doubted = scene.report();
        assert_eq!(doubted.said.code, 3, "{}", doubted.said);
        assert_eq!(
            doubted.unseen(),
            ["shop/global/prepaid empty_after_history"]
        );
        assert_eq!(doubted.findings(), ["shop expiry rm-1 new unseen"]);
    }
}

#[test]
fn a_session_that_expires_in_the_middle_is_renewed_and_everything_is_seen() {
    let world = Estate::seeded(7).resources(650).expiring(13).build(now());
    let uid = world.accounts()[0].uid;
    let role = Role::new("reader", uid, Rights::all());
    let arn = role.arn(uid);
    world.edit(uid, |it| it.roles.push(role));
    let mut scene = Scene::of_world(world);
    let role = format!("{{ assume_role = \"{arn}\", via = {{ env = \"KEY0\" }} }}");
    scene.credentials("account-001", &role);
    let page_two = Fault::new(Effect::ExpiredToken)
        .action("QueryAvailableInstances")
        .page(2);
    let fault = scene.sim.faults().add(page_two.times(1));

    let report = scene.report();
    assert_eq!(scene.sim.faults().hits(fault), 1);
    assert_eq!(report.said.code, 0, "{}", report.said);
    assert_eq!(report.unseen(), [""; 0]);
    assert_eq!(report.findings().len(), 13);
    let stats = scene.sim.stats();
    assert_eq!(stats.calls_of("AssumeRole"), 2);
    // Only the page that was refused is asked for again.
    assert_eq!(stats.calls_of("QueryAvailableInstances"), 4);
}

#[test]
fn a_minute_of_throttling_is_outlived_with_few_calls() {
    let scene = Scene::of([shop().prepaid(Prepaid::new("rds", "rm-1", day(3)))]);
    let effect = Effect::Throttle {
        code: Some("Throttling.User".to_owned()),
        status: None,
        retry_after_ms: None,
    };
    let fault = Fault::new(effect).action("QueryAvailableInstances");
    scene
        .sim
        .faults()
        .add(fault.lasting(Duration::from_secs(60)));

    let report = scene.report();
    assert_eq!(report.said.code, 0, "{}", report.said);
    assert_eq!(report.findings(), ["shop expiry rm-1 new"]);
    let waited = scene.house.clock.monotonic();
    assert!(
        waited >= Duration::from_secs(60) && waited < Duration::from_secs(180),
        "{waited:?}"
    );
    let calls = scene.sim.stats().calls_of("QueryAvailableInstances");
    assert!(
        (2..=6).contains(&calls),
        "{calls} calls in a minute of refusals"
    );
    assert_eq!(scene.sim.stats().throttled, calls - 1);
}

#[test]
fn throttling_without_end_is_unseen_and_gives_up_in_time() {
    let game = account("game", GAME);
    let scene = Scene::of([shop().prepaid(Prepaid::new("rds", "rm-1", day(3))), game]);
    let effect = Effect::Throttle {
        code: None,
        status: None,
        retry_after_ms: Some(5_000),
    };
    let fault = Fault::new(effect).action("QueryAvailableInstances");
    scene.sim.faults().add(fault.account(SHOP));
    let said = scene.patrol();
    assert_eq!(said.code, 3, "{said}");
    assert!(said.stdout.contains("shop/global/prepaid"), "{said}");
    assert!(
        said.stdout
            .contains("hint: something else uses up the quota of shop;"),
        "{said}"
    );
    // As often as the cloud allows by its own word, for three minutes.
    let calls = scene.sim.stats().calls_of("QueryAvailableInstances");
    assert!((30..=38).contains(&calls), "{calls}");
}

#[test]
fn a_wrong_clock_is_mended_by_the_clouds_own_time() {
    let scene = Scene::of([shop().prepaid(Prepaid::new("rds", "rm-1", day(3)))]);
    let hour_ahead = Effect::ClockSkew { seconds: 3_600 };
    scene.sim.faults().add(Fault::new(hour_ahead));
    let report = scene.report();
    assert_eq!(report.said.code, 0, "{}", report.said);
    assert_eq!(report.findings(), ["shop expiry rm-1 new"]);
    // Learnt with the first call, and known to all others.
    assert_eq!(scene.sim.stats().unauthorized, 1);
}

#[test]
fn a_clock_that_cannot_be_mended_is_unseen_and_the_hint_says_so() {
    let game = account("game", GAME).prepaid(Prepaid::new("rds", "rm-game", day(3)));
    let scene = Scene::of([shop().prepaid(Prepaid::new("rds", "rm-1", day(3))), game]);
    let effect = Effect::Refused {
        status: 400,
        code: "InvalidTimeStamp.Expired".to_owned(),
        message: "Specified time stamp or date value is expired.".to_owned(),
    };
    scene.sim.faults().add(Fault::new(effect).account(SHOP));
    let said = scene.patrol();
    assert_eq!(said.code, 3, "{said}");
    assert!(
        said.stdout
            .contains("hint: set this machine's clock, for example with NTP."),
        "{said}"
    );
    assert!(
        said.stdout.contains("rm-game") && !said.stdout.contains("rm-1 "),
        "{said}"
    );
    // Mended once, then given up.
    assert_eq!(scene.sim.stats().calls_by(SHOP), 2);
}

#[test]
fn when_no_account_can_be_seen_the_exit_says_that() {
    let scene = Scene::of([shop()]);
    scene
        .sim
        .world()
        .edit(SHOP, |it| it.users[0].keys[0].disabled = true);
    let said = scene.patrol();
    assert_eq!(said.code, 4, "{said}");
    assert!(
        said.stdout
            .contains("hint: check the key of shop: `skywarden whoami`."),
        "{said}"
    );
    assert_eq!(scene.sim.stats().calls, 1);
}

#[test]
fn the_key_of_another_account_than_expected_is_used_for_nothing() {
    let mut scene = Scene::of([shop(), account("game", GAME)]);
    scene.account_key("shop", &format!("expect_identity = \"{GAME}\""));
    let report = scene.report();
    assert_eq!(report.said.code, 3, "{}", report.said);
    let detail = report.json["coverage"]["unseen"][0]["detail"]
        .as_str()
        .unwrap();
    assert!(
        detail.contains(&GAME.to_string()) && detail.contains(&SHOP.to_string()),
        "{detail}"
    );
    assert_eq!(scene.sim.stats().calls_by(SHOP), 1);
}

#[test]
fn a_key_of_nobody_is_told_apart_from_a_cloud_that_is_down() {
    let game = account("game", GAME);
    let mut scene = Scene::of([shop(), game]);
    scene.sim.world().edit(SHOP, |it| {
        it.users[0].keys = vec![AccessKey::new("other", "other")];
    });
    scene
        .sim
        .faults()
        .add(Fault::new(Effect::Status { status: 503 }).account(GAME));
    scene.patrol_key("balance = \"off\"");
    let report = scene.report();
    assert_eq!(report.said.code, 4, "{}", report.said);
    let unseen = report.unseen();
    assert!(
        unseen.contains(&"shop/global/prepaid credentials".to_owned()),
        "{unseen:?}"
    );
    assert!(
        unseen.contains(&"game/global/prepaid unreachable".to_owned()),
        "{unseen:?}"
    );
}
