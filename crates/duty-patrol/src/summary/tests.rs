use cloud::Why;
use duty::{Ack, Memory, Mute};
use expect_test::expect;
use model::Kind;

use super::*;
use crate::sample::{
    account, at, bill, census, first_run, money, next_run, now, settings, unseen_account,
};
use crate::settings::PatrolSettings;

fn report(census: &Census, known: &[KnownFinding], settings: &Settings) -> PatrolReport {
    summarize(census, known, &[], settings, now())
}

#[test]
fn every_known_finding_is_a_row_with_its_state_the_worst_first() {
    let settings = settings("1");
    let memory = Memory::default();
    let before = census([(
        "shop",
        account(
            bill("i-1 ecs 2026-12-01 owner=li name=web\ni-2 rds 2026-12-02"),
            None,
        ),
    )]);
    let mut known = first_run(
        &before,
        crate::assess(&before, &memory, &settings, before.taken),
    );
    known[0].acked = Some(Ack {
        at: now(),
        by: "wang".into(),
    });
    let mute = |until| Mute {
        until: at(until),
        reason: "sold".into(),
        by: "li".into(),
    };
    known[1].muted = Some(mute("2027-01-01T00:00:00Z"));
    let after = census([(
        "shop",
        account(
            bill("i-1 ecs 2026-12-01 owner=li name=web\ni-3 ecs 2026-11-20"),
            None,
        ),
    )]);
    let known = next_run(
        &known,
        &after,
        crate::assess(&after, &memory, &settings, now()),
    );
    let line = |it: &ItemRow| {
        format!(
            "{} {} {} {} {:?} {:?} ended={} owner={} name={} acked={:?} muted={:?}\n",
            it.key,
            it.severity,
            it.state,
            it.product,
            it.ends_on.map(|it| it.to_string()),
            it.days_left,
            it.ended,
            it.owner,
            it.name,
            it.acked_by,
            it.muted_until.map(|it| it.to_string()),
        )
    };
    expect![[r#"
        patrol:expired:shop:i-3 urgent new ecs Some("2026-11-20") Some(-1) ended=true owner= name= acked=None muted=None
        patrol:expiry:shop:i-1 warning still ecs Some("2026-12-01") Some(10) ended=false owner=li name=web acked=Some("wang") muted=None
        patrol:expiry:shop:i-2 warning gone rds Some("2026-12-02") Some(11) ended=false owner= name= acked=None muted=Some("2027-01-01T00:00:00Z")
    "#]].assert_eq(
        &rows(&known, &settings, now())
            .iter()
            .map(line)
            .collect::<String>(),
    );
    let later = at("2027-01-01T00:00:00Z");
    assert!(
        rows(&known, &settings, later)
            .iter()
            .all(|it| it.muted_until.is_none())
    );
}

#[test]
fn balances_say_how_they_stand_and_how_long_they_last() {
    let settings = {
        let mut settings = settings("10000");
        let off = PatrolSettings {
            balance: crate::BalanceRule::Off,
            ..settings.defaults.clone()
        };
        settings.accounts.insert(AccountId::new("off"), off);
        settings
            .accounts
            .insert(AccountId::new("free"), PatrolSettings::default());
        settings
    };
    let census = census([
        ("dark", unseen_account(&Why::Throttled)),
        ("fine", account(Vec::new(), Some("20,000"))),
        ("free", account(Vec::new(), Some("5"))),
        ("low", account(Vec::new(), Some("9,999"))),
        ("off", account(Vec::new(), Some("5"))),
        ("owing", account(Vec::new(), Some("-5"))),
        ("unscopes", account(Vec::new(), None)),
    ]);
    let point = |hours: i64, yuan: &str| BalancePoint {
        account: AccountId::new("fine"),
        at: now() - jiff::SignedDuration::from_hours(hours),
        available: money(yuan),
    };
    let history = [point(48, "22,000"), point(24, "21,000")];
    let report = summarize(&census, &[], &history, &settings, now());
    let line = |it: &BalanceRow| {
        let available = it.available.as_deref().unwrap_or("-");
        let threshold = it.threshold.as_deref().unwrap_or("-");
        let forecast = it.forecast.unwrap_or("-");
        format!(
            "{} {} {available}/{threshold} {forecast} {:?}\n",
            it.account, it.verdict, it.days_left
        )
    };
    expect![[r#"
        dark unseen -/- - None
        fine ok 20000/10000 lasts Some(20)
        free no_threshold 5/- not_enough_history None
        low low 9999/10000 not_enough_history None
        owing low -5/10000 not_enough_history None
    "#]]
    .assert_eq(&report.balances.iter().map(line).collect::<String>());
}

#[test]
fn accounts_and_coverage_tell_what_was_seen() {
    let mut seen = account(bill("i-1 ecs 2027-12-01 auto\ni-2 hdm 2027-12-01"), None);
    seen.uncovered = [(Kind::new("hdm"), 1)].into();
    let dark = unseen_account(&Why::Denied {
        permission: Some("bss:DescribeInstances".into()),
    });
    let census = census([("dark", dark), ("seen", seen)]);
    let mut settings = settings("1");
    settings
        .accepted_gaps
        .insert("dark/*/domain".into(), at("2026-12-01T00:00:00Z"));
    let report = report(&census, &[], &settings);
    let accounts: Vec<String> = report
        .accounts
        .iter()
        .map(|it| {
            let (number, uncovered) = (&it.number, &it.uncovered);
            format!(
                "{} {number:?} {:?} {:?} {uncovered:?}",
                it.account, it.prepaid, it.renewing
            )
        })
        .collect();
    expect![[r#"
        dark None None None {}
        seen Some("1234567890") Some(2) Some(1) {"hdm": 1}
    "#]]
    .assert_eq(&format!("{}\n", accounts.join("\n")));
    assert_eq!((report.coverage.scopes, report.coverage.seen), (9, 4));
    let unseen: Vec<String> = report
        .coverage
        .unseen
        .iter()
        .map(|it| {
            format!(
                "{} {} {:?} {}",
                it.scope, it.why, it.permission, it.accepted
            )
        })
        .collect();
    expect![[r#"
        dark/global/balance denied Some("bss:DescribeInstances") false
        dark/global/certificate denied Some("bss:DescribeInstances") false
        dark/global/domain denied Some("bss:DescribeInstances") true
        dark/global/identity denied Some("bss:DescribeInstances") false
        dark/global/prepaid denied Some("bss:DescribeInstances") false
    "#]]
    .assert_eq(&format!("{}\n", unseen.join("\n")));
}

#[test]
fn amounts_that_were_shown_once_are_hidden_as_soon_as_they_are_to_be() {
    let mut settings = settings("10000");
    let before = census([("shop", account(Vec::new(), Some("9,999")))]);
    let found = crate::assess(&before, &Memory::default(), &settings, now());
    let known = first_run(&before, found);
    let amounts = |settings: &Settings| {
        let rows = rows(&known, settings, now());
        let kept = |name: &str| rows[0].evidence.contains_key(name);
        (kept("available"), kept("threshold"), kept("currency"))
    };
    assert_eq!(amounts(&settings), (true, true, true));
    settings.defaults.amount_invisible = true;
    assert_eq!(amounts(&settings), (false, false, true));
}

#[test]
fn an_account_that_is_no_longer_configured_is_not_spoken_of() {
    let found_in = |name: &'static str| {
        let census = census([(name, account(bill("i-1 ecs 2026-12-01"), None))]);
        let found = crate::assess(&census, &Memory::default(), &settings("1"), now());
        first_run(&census, found)
    };
    let mut settings = settings("1");
    let own = settings.defaults.clone();
    settings.accounts.insert(AccountId::new("shop"), own);
    let many = |name| rows(&found_in(name), &settings, now()).len();
    assert_eq!(["shop", "shop/123", "sold"].map(many), [1, 1, 0]);
}
