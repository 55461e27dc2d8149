//! Lists, names, amounts and fields that are not what they seem.

use cloudsim::{Account, Effect, Estate, Fault, Instance, Prepaid, Renewal};
use serde_json::json;

use crate::scene::{SHOP, Scene, day, now, shop};

const LIST: &str = "QueryAvailableInstances";

/// Returns an account with so many things that end soon.
fn shop_of(many: u64) -> Account {
    (0..many).fold(shop(), |shop, number| {
        shop.prepaid(Prepaid::new("rds", format!("rm-{number:03}"), day(3)))
    })
}

#[test]
fn when_page_seven_of_twelve_fails_for_good_the_list_is_unseen_and_no_shorter_list_is_shown() {
    let world = Estate::seeded(7).resources(3_600).expiring(20).build(now());
    let uid = world.accounts()[0].uid;
    let scene = Scene::of_world(world);
    let before = scene.report();
    assert_eq!(before.said.code, 0, "{}", before.said);
    assert_eq!(before.findings().len(), 20);
    assert_eq!(before.json["accounts"][0]["prepaid"], 3_600);

    // Something on a page that still comes was renewed meanwhile: even that is not believed.
    let rows: Vec<Prepaid> = scene.sim.world().accounts()[0]
        .prepaid
        .rows()
        .take(300)
        .collect();
    let known = before.findings().join(" ");
    let renewed = rows
        .iter()
        .find(|it| known.contains(&it.id))
        .unwrap()
        .id
        .clone();
    let renew = |row| {
        Some(Prepaid {
            renewal: Renewal::Auto,
            ends: Some(day(400)),
            ..row
        })
    };
    let was_there = scene
        .sim
        .world()
        .edit(uid, |it| it.prepaid.change(&renewed, renew));
    assert_eq!(was_there, Some(true));
    scene.sim.reset_stats();
    scene.sim.faults().add(
        Fault::new(Effect::Status { status: 502 })
            .action(LIST)
            .page(7),
    );

    let after = scene.report();
    assert_eq!(after.said.code, 3, "{}", after.said);
    assert_eq!(after.unseen(), ["account-001/global/prepaid unreachable"]);
    assert_eq!(after.json["accounts"][0]["prepaid"], json!(null));
    let expected: Vec<String> = before
        .findings()
        .iter()
        .map(|it| format!("{it} unseen"))
        .collect();
    assert_eq!(after.findings(), expected);
    let calls = scene.sim.recent_calls();
    let served = calls
        .iter()
        .filter(|it| it.action == LIST && it.outcome == "OK");
    assert!(served.count() >= 6, "pages before the seventh came");
    let text = scene.patrol();
    assert_eq!(text.code, 3, "{text}");
    assert!(
        text.stdout.contains("HTTP 502 came with a page of HTML"),
        "{text}"
    );
}

#[test]
fn rows_that_come_twice_are_one_thing_each() {
    let scene = Scene::of([shop_of(9)]);
    scene
        .sim
        .faults()
        .add(Fault::new(Effect::DuplicateRows).action(LIST));
    let report = scene.report();
    assert_eq!(report.said.code, 0, "{}", report.said);
    assert_eq!(report.json["accounts"][0]["prepaid"], 9);
    assert_eq!(report.findings().len(), 9);
}

#[test]
fn a_total_above_what_came_is_asked_again_and_then_unseen() {
    let scene = Scene::of([shop_of(9)]);
    scene
        .sim
        .faults()
        .add(Fault::new(Effect::LyingTotal { by: 5 }).action(LIST));
    let said = scene.patrol();
    assert_eq!(said.code, 3, "{said}");
    assert!(
        said.stdout
            .contains("the list says it has 14 rows and twice gave 9"),
        "{said}"
    );
    assert!(
        !said.stdout.contains("rm-00"),
        "a short list was shown: {said}"
    );
    assert_eq!(scene.sim.stats().calls_of(LIST), 2);
}

#[test]
fn a_row_that_hides_another_is_noticed_by_the_total() {
    let scene = Scene::of([shop_of(9)]);
    assert_eq!(scene.report().findings().len(), 9);
    scene
        .sim
        .faults()
        .add(Fault::new(Effect::ShiftedRows).action(LIST));
    let report = scene.report();
    assert_eq!(report.said.code, 3, "{}", report.said);
    assert_eq!(report.unseen(), ["shop/global/prepaid count_mismatch"]);
    assert!(
        report
            .findings()
            .iter()
            .all(|it| it.ends_with(" new unseen"))
    );
    assert_eq!(report.findings().len(), 9);
}

#[test]
fn a_total_below_what_came_hides_nothing() {
    let scene = Scene::of([shop_of(9)]);
    scene
        .sim
        .faults()
        .add(Fault::new(Effect::LyingTotal { by: -4 }).action(LIST));
    let report = scene.report();
    assert_eq!(report.said.code, 0, "{}", report.said);
    assert_eq!(report.findings().len(), 9);
    assert_eq!(scene.sim.stats().calls_of(LIST), 1);
}

#[test]
fn hostile_names_reach_the_report_intact_call_nobody_and_repaint_no_terminal() {
    let names = [
        "O'Brien's \"db\"; DROP TABLE findings; --",
        "商城 🛒👩‍👩‍👧 前端",
        "\u{202e}gnp.exe\u{2066}",
        "\u{1b}[2J\u{1b}]0;owned\u{7}\rweb\u{9b}31m",
        "@all <at id=all></at> <at user_id=\"all\">x</at> <@all> [x](http://evil.example) **b**",
        &"长".repeat(10_000),
    ];
    let mut shop = shop();
    for (number, name) in names.into_iter().enumerate() {
        let id = format!("i-{number}");
        shop = shop
            .prepaid(Prepaid::new("ecs", &*id, day(3)))
            .instance(Instance::new(&*id, name, day(-9)).tag("owner", "@all"));
    }
    let mut scene = Scene::of([shop]);
    scene.dingtalk("ding");
    scene.feishu("lark");
    scene.wecom("wecom");
    let said = scene.patrol();
    assert_eq!(said.code, 0, "{said}");
    let harmless = |it: char| {
        (it == '\n' || !it.is_control())
            && !matches!(it, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    for text in [&said.stdout, &said.stderr] {
        assert!(text.chars().all(harmless), "{text:?}");
    }
    assert!(
        said.stdout.contains("O'Brien's") && said.stdout.contains("🛒"),
        "{said}"
    );
    let widest = said.stdout.lines().map(|it| it.chars().count()).max();
    assert!(widest < Some(1_000), "{widest:?}");

    for name in ["ding", "lark", "wecom"] {
        let messages = scene.robots.messages(name);
        assert_eq!(scene.robots.refusals(name), [], "{name}");
        assert!(
            messages.iter().all(|it| it.mentions.is_nobody()),
            "{name}: {messages:?}"
        );
        let text: String = messages.iter().map(|it| it.text.as_str()).collect();
        let links: Vec<&String> = messages.iter().flat_map(|it| &it.links).collect();
        assert!(
            links.iter().all(|it| !it.contains("evil.example")),
            "{name}: {links:?}"
        );
        for number in 0..names.len() {
            assert!(text.contains(&format!("i-{number}")), "{name}: {text}");
        }
        assert!(
            text.contains("O'Brien's") && text.contains("🛒"),
            "{name}: {text}"
        );
    }
    // What a machine reads is what the cloud said, whole.
    let report = scene.report();
    let rows = report.rows("/findings").iter();
    let kept: Vec<&str> = rows.filter_map(|it| it["name"].as_str()).collect();
    for name in names {
        assert!(kept.contains(&name), "{name:?} is not in {kept:?}");
    }
    assert_eq!(report.findings().len(), names.len());
}

#[test]
fn a_balance_of_minus_1_234_50_alarms_although_nothing_expires() {
    let mut scene = Scene::of([shop()]);
    scene.dingtalk("ops");
    scene.patrol_key("balance_below = { CNY = 100 }");
    let field = "AvailableAmount".to_owned();
    let effect = Effect::Value {
        field,
        value: json!("-1,234.50"),
    };
    scene
        .sim
        .faults()
        .add(Fault::new(effect).action("QueryAccountBalance"));
    let report = scene.report();
    assert_eq!(report.said.code, 0, "{}", report.said);
    assert_eq!(report.findings(), ["shop balance shop new"]);
    assert_eq!(report.json["balances"][0]["available"], "-1234.50");
    assert_eq!(report.json["balances"][0]["verdict"], "low");
    let told = scene.robots.messages("ops");
    assert_eq!(told.len(), 1);
    let title = told[0].title.as_deref().unwrap();
    assert!(title.contains("balance patrol: action needed"), "{title}");
    assert!(
        told[0].text.contains("-1,234.50") || told[0].text.contains("-1234.50"),
        "{}",
        told[0].text
    );
    let said = scene.run(&["patrol", "--exit-code"]);
    assert_eq!(said.code, 1, "{said}");
}

#[test]
fn a_balance_that_cannot_be_read_is_unseen_and_not_zero() {
    let mut scene = Scene::of([shop()]);
    scene.patrol_key("balance_below = { CNY = 100 }");
    let field = "AvailableAmount".to_owned();
    let effect = Effect::Value {
        field,
        value: json!("n/a"),
    };
    scene
        .sim
        .faults()
        .add(Fault::new(effect).action("QueryAccountBalance"));
    let report = scene.report();
    assert_eq!(report.said.code, 3, "{}", report.said);
    assert_eq!(report.findings(), [""; 0]);
    assert_eq!(report.json["balances"][0]["verdict"], "unseen");
}

#[test]
fn unknown_products_and_new_fields_are_shown_and_break_nothing() {
    let quantum = Prepaid::new("quantumbox", "qb-1", day(3)).region("moon-north-1");
    let scene = Scene::of([shop().prepaid(quantum)]);
    scene.sim.faults().add(Fault::new(Effect::ExtraFields));
    let said = scene.patrol();
    assert_eq!(said.code, 0, "{said}");
    assert!(
        said.stdout.contains("quantumbox") && said.stdout.contains("qb-1"),
        "{said}"
    );
    assert!(
        said.stdout
            .contains("Read from the bill alone, without names and tags: quantumbox (1)"),
        "{said}"
    );
    let report = scene.report();
    assert_eq!(report.findings(), ["shop expiry qb-1 still"]);
    assert_eq!(report.json["findings"][0]["product"], "quantumbox");
}

#[test]
fn a_thing_without_its_end_is_a_finding_and_not_left_out() {
    let scene = Scene::of([shop().prepaid(Prepaid::new("rds", "rm-1", day(300)))]);
    let effect = Effect::MissingField {
        field: "EndTime".to_owned(),
    };
    scene.sim.faults().add(Fault::new(effect).action(LIST));
    let report = scene.report();
    assert_eq!(report.said.code, 0, "{}", report.said);
    assert_eq!(report.findings(), ["shop unknown_end rm-1 new"]);
}

#[test]
fn a_renewal_word_that_nobody_knows_does_not_pass_for_auto_renewal() {
    let scene = Scene::of([shop().prepaid(Prepaid::new("rds", "rm-1", day(3)))]);
    let effect = Effect::UnknownValue {
        field: "RenewStatus".to_owned(),
    };
    scene.sim.faults().add(Fault::new(effect).action(LIST));
    let report = scene.report();
    assert_eq!(report.said.code, 0, "{}", report.said);
    assert_eq!(report.findings(), ["shop expiry rm-1 new"]);
    assert_eq!(report.json["findings"][0]["renewal"], "unknown");
}

#[test]
fn a_row_without_its_id_makes_the_list_unseen() {
    let scene = Scene::of([shop_of(2)]);
    let effect = Effect::MissingField {
        field: "InstanceID".to_owned(),
    };
    scene
        .sim
        .faults()
        .add(Fault::new(effect).action(LIST).account(SHOP));
    let report = scene.report();
    assert_eq!(report.said.code, 3, "{}", report.said);
    assert_eq!(report.unseen(), ["shop/global/prepaid undecodable"]);
}

#[test]
fn answers_that_are_none_of_the_clouds_make_the_list_unseen_and_are_described() {
    let scene = Scene::of([shop_of(2)]);
    for (effect, words) in [
        (Effect::ProxyPage, "a page of HTML came instead of JSON"),
        (
            Effect::GarbageJson,
            "gave an answer that cannot be understood",
        ),
        (Effect::TruncatedGzip, "got no answer"),
        (Effect::HalfPage, "got no answer"),
    ] {
        scene.sim.faults().clear();
        scene
            .sim
            .faults()
            .add(Fault::new(effect.clone()).action(LIST));
        let said = scene.patrol();
        assert_eq!(said.code, 3, "{effect:?}: {said}");
        assert!(said.stdout.contains(words), "{effect:?}: {said}");
    }
}
