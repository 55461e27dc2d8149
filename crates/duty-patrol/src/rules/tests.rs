use std::collections::BTreeSet;

use cloud::Why;
use duty::{BalancePoint, KnownFinding, Severity, reconcile};
use expect_test::{Expect, expect};
use jiff::tz::{self, TimeZone};
use model::{Currency, Expiry, Prepaid, PrepaidStatus, Renewal};
use proptest::prelude::*;
use testkit::{seen, unseen};

use super::*;
use crate::kind::PatrolKind;
use crate::sample::{
    access_keys, account, at, balance, bill, census, certificates, decimal, domains, empty_account,
    maintenance, money, now, probe, settings, upkeep_settings, upkept, yuan,
};
use crate::settings::PatrolSettings;

fn shown(found: &[Finding]) -> String {
    let line = |it: &Finding| {
        let facts: Vec<String> = it
            .evidence
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        format!(
            "{} {} {}: {}\n",
            it.severity.word(),
            it.key.kind,
            it.key.resource,
            facts.join(" ")
        )
    };
    ranked(found).into_iter().map(line).collect()
}

fn brief(found: &[Finding]) -> String {
    let line = |it: &Finding| {
        let days = it.evidence.get("days_left").map_or("-", String::as_str);
        let severity = it.severity.word();
        format!("{severity} {} {} {days}\n", it.key.kind, it.key.resource)
    };
    ranked(found).into_iter().map(line).collect()
}

/// Returns findings as reports order them: the worst first.
fn ranked(found: &[Finding]) -> Vec<&Finding> {
    let zone = PatrolSettings::default().timezone;
    let mut found: Vec<&Finding> = found.iter().collect();
    found.sort_by_cached_key(|it| Facts::of(it).rank(now(), &zone));
    found
}

fn of(sight: AccountSight) -> Vec<Finding> {
    assess(
        &census([("shop", sight)]),
        &Memory::default(),
        &settings("10000"),
        now(),
    )
}

fn check_bill(text: &str, expected: &Expect) {
    expected.assert_eq(&brief(&of(account(bill(text), None))));
}

#[test]
fn what_ends_within_the_days_is_warned_about_and_the_worst_comes_first() {
    check_bill(
        "
        i-far     ecs 2026-12-07
        i-warned  ecs 2026-12-06
        rm-warned rds 2026-12-01
        i-late    ecs 2026-11-29
        i-urgent  ecs 2026-11-28
        rm-urgent rds 2026-11-28
        i-today   ecs 2026-11-21T15:59:59Z
        i-never   ecs never
        ",
        &expect![[r#"
            urgent expiry i-today 0
            urgent expiry i-urgent 7
            urgent expiry rm-urgent 7
            warning expiry i-late 8
            warning expiry rm-warned 10
            warning expiry i-warned 15
        "#]],
    );
}

#[test]
fn what_has_ended_stays_in_on_top_by_its_time_or_by_the_clouds_word() {
    check_bill(
        "
        i-urgent   ecs 2026-11-22
        i-earlier  ecs 2026-11-21T01:59:59Z auto
        i-exactly  ecs 2026-11-21T02:00:00Z
        i-old      ecs 2025-11-21
        i-word     ecs 2027-01-01 expired
        i-odd      ecs never expired
        i-unclear  ecs ? expired
        i-released ecs 2026-11-01 release=2026-11-16T00:00:00Z
        ",
        &expect![[r#"
            urgent expired i-odd -
            urgent expired i-unclear -
            urgent expired i-old -365
            urgent expired i-released -20
            urgent expired i-earlier 0
            urgent expired i-exactly 0
            urgent expired i-word 41
            urgent expiry i-urgent 1
        "#]],
    );
}

#[test]
fn an_end_that_could_not_be_read_is_shown_and_never_taken_for_none() {
    check_bill(
        "
        i-unclear ecs ?
        i-auto    ecs ? auto
        i-soon    ecs 2026-12-01
        ",
        &expect![[r#"
            warning expiry i-soon 10
            notice unknown_end i-auto -
            notice unknown_end i-unclear -
        "#]],
    );
}

#[test]
fn only_a_known_automatic_renewal_keeps_quiet() {
    let found = of(account(
        bill(
            "
            i-auto   ecs 2026-12-01 auto
            i-manual ecs 2026-12-01
            i-never  ecs 2026-12-01 never
            i-weird  ecs 2026-12-01 weird
            ",
        ),
        None,
    ));
    let renewals: Vec<(&str, &str)> = found
        .iter()
        .map(|it| (it.key.resource.as_str(), it.evidence["renewal"].as_str()))
        .collect();
    assert_eq!(
        renewals,
        [
            ("i-manual", "manual"),
            ("i-never", "never"),
            ("i-weird", "unknown")
        ]
    );
}

/// Alibaba Cloud charges nine days before the end at 08:00 in China; a day later it has failed.
#[test]
fn a_renewal_has_failed_when_a_day_after_its_charge_the_end_has_not_moved() {
    let row = "i-1 ecs 2026-12-10T12:00:00Z auto";
    let seen_at = |now: &str, row: &str| {
        let census = census([("shop", account(bill(row), None))]);
        brief(&assess(
            &census,
            &Memory::default(),
            &settings("1"),
            at(now),
        ))
    };
    assert_eq!(seen_at("2026-12-01T00:00:00Z", row), "");
    assert_eq!(seen_at("2026-12-01T23:59:59Z", row), "");
    assert_eq!(
        seen_at("2026-12-02T00:00:00Z", row),
        "urgent renewal_failed i-1 8\n"
    );
    assert_eq!(
        seen_at("2026-12-10T11:59:59Z", row),
        "urgent renewal_failed i-1 0\n"
    );
    assert_eq!(
        seen_at("2026-12-10T12:00:00Z", row),
        "urgent expired i-1 0\n"
    );
    let bought_later = format!("{row} created=2026-12-02T00:00:00Z");
    assert_eq!(seen_at("2026-12-05T00:00:00Z", &bought_later), "");
    assert_eq!(
        seen_at("2026-12-09T12:00:00Z", &bought_later),
        "urgent renewal_failed i-1 1\n"
    );
}

#[test]
fn a_cloud_whose_custom_is_unknown_is_not_said_to_have_failed() {
    let mut sight = account(bill("i-1 ecs 2026-11-22 auto"), None);
    sight.cloud = model::CloudId::new("elsewhere");
    assert_eq!(brief(&of(sight)), "");
}

#[test]
fn the_facts_of_a_finding_are_all_there() {
    let rows = "i-1 ecs 2026-11-28 expired release=2026-12-05T00:00:00Z owner=li name=web";
    let found = of(account(bill(rows), None));
    assert_eq!(
        (found[0].name.as_str(), found[0].owner.as_str()),
        ("web", "li")
    );
    let scopes: Vec<String> = found[0].scopes.iter().map(ToString::to_string).collect();
    assert_eq!(scopes, ["shop/global/identity", "shop/global/prepaid"]);
    expect![[r#"
        urgent expired i-1: days_left=7 ended=true ends=2026-11-27T16:00:00Z ends_on=2026-11-28 product=ecs release=2026-12-05T00:00:00Z renewal=manual
    "#]]
    .assert_eq(&shown(&found));
}

#[test]
fn the_first_owner_tag_that_says_something_wins() {
    let mut rows = bill("i-1 ecs 2026-11-28");
    let tags = [("owner", "  "), ("Owner", " wang "), ("负责人", "zhao")];
    rows[0].tags = tags
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    assert_eq!(of(account(rows, None))[0].owner, "wang");
}

#[test]
fn a_domain_that_is_on_the_bill_too_is_told_once_by_its_registry() {
    let mut sight = account(
        bill("S-a.com domain 2026-11-30\nS-b.com domain 2026-11-30\nS-c.com domain 2026-11-30"),
        None,
    );
    sight.domains = Some(seen(domains(
        "a.com 2026-11-30 no\nb.com ? no\nc.com 2027-11-30 yes",
    )));
    expect![[r#"
        warning domain S-a.com 9
        warning domain S-b.com 9
    "#]]
    .assert_eq(&brief(&of(sight.clone())));
}

#[test]
fn a_domain_is_one_finding_whether_its_registry_or_the_bill_was_seen() {
    let rows = "
        S-a.com domain 2026-11-30
        S-b.com domain 2026-11-10
        S-c.com domain 2026-11-25 auto
    ";
    let mut sight = account(bill(rows), None);
    let mut registered = domains("a.com 2026-11-30 no\nb.com 2026-11-10 no\nc.com 2026-11-24 yes");
    registered[0].tags = [("owner".to_owned(), "li".to_owned())].into();
    sight.domains = Some(seen(registered.clone()));
    let look = |known: &[KnownFinding], sight: &AccountSight| {
        let census = census([("shop", sight.clone())]);
        let memory = Memory {
            findings: known.to_vec(),
            ..Memory::default()
        };
        let seen = census.coverage().into_iter();
        let seen = seen.filter(|it| it.sight.is_ok()).map(|it| it.scope);
        let found = assess(&census, &memory, &settings("10000"), now());
        reconcile(known, found, &seen.collect(), now()).known
    };
    let lines = |known: &[KnownFinding]| {
        let line = |it: &KnownFinding| {
            let finding = &it.finding;
            let frozen = if it.frozen { " frozen" } else { "" };
            let (kind, id) = (&finding.key.kind, &finding.key.resource);
            let state = it.state.word();
            format!(
                "{kind} {id} {} {} {state}{frozen}",
                finding.name, finding.owner
            )
        };
        known.iter().map(line).collect::<Vec<_>>()
    };
    let first = look(&[], &sight);
    let expected = |state: &str| {
        [
            format!("domain S-a.com a.com li {state}"),
            format!("domain S-b.com b.com  {state}"),
            format!("domain S-c.com c.com  {state}"),
        ]
    };
    assert_eq!(lines(&first), expected("new"));
    // The registry is not seen: the bill speaks of the same findings.
    sight.domains = Some(unseen(Why::Unreachable));
    let second = look(&first, &sight);
    assert_eq!(lines(&second), expected("still"));
    // Neither is seen, then the registry alone, then the bill alone without any memory.
    sight.prepaid = Some(unseen(Why::Unreachable));
    let frozen = expected("still").map(|it| format!("{it} frozen"));
    assert_eq!(lines(&look(&second, &sight)), frozen);
    sight.domains = Some(seen(registered));
    assert_eq!(lines(&look(&second, &sight)), expected("still"));
    sight = account(bill(rows), None);
    sight.domains = Some(unseen(Why::Unreachable));
    let from_bill = look(&[], &sight);
    let keys = |known: &[KnownFinding]| {
        let keys = known.iter().map(|it| it.finding.key.clone());
        keys.collect::<Vec<_>>()
    };
    assert_eq!(keys(&from_bill), keys(&first));
}

fn check_certificates(text: &str, expected: &Expect) {
    let sight = AccountSight {
        certificates: Some(seen(certificates(text))),
        ..empty_account()
    };
    expected.assert_eq(&brief(&of(sight)));
}

#[test]
fn of_certificates_for_the_same_names_only_the_newest_counts() {
    check_certificates(
        "
        c-old     a.com,b.com 2025-12-01 2026-11-25 ?
        c-new     a.com,b.com 2026-11-01 2027-11-25 ?
        c-single  a.com       2025-12-01 2026-11-26 ?
        c-none-1  -           2025-12-01 2026-11-27 ?
        c-none-2  -           2026-12-01 2027-11-27 ?
        c-unclear a.com,b.com 2025-12-01 ?          ?
        ",
        &expect![[r#"
            urgent certificate c-single 5
            urgent certificate c-none-1 6
            notice unknown_end c-unclear -
        "#]],
    );
}

#[test]
fn an_old_certificate_that_is_still_in_use_counts_though_a_newer_one_is_there() {
    let text = "
        c-used a.com 2025-12-01 2026-11-25 yes
        c-idle a.com 2025-12-01 2026-11-26 no
        c-new  a.com 2026-11-01 2027-11-25 no
    ";
    let sight = AccountSight {
        certificates: Some(seen(certificates(text))),
        ..empty_account()
    };
    let found = of(sight);
    assert_eq!(brief(&found), "urgent certificate c-used 4\n");
    assert_eq!(found[0].evidence["replaced_by"], "c-new");
}

#[test]
fn an_ended_certificate_is_shown_for_thirty_days_unless_it_is_known_to_be_in_use() {
    check_certificates(
        "
        c-30-unknown a.com 2025-01-01 2026-10-22 ?
        c-31-unknown b.com 2025-01-01 2026-10-21 ?
        c-30-idle    c.com 2025-01-01 2026-10-22 no
        c-31-idle    d.com 2025-01-01 2026-10-21 no
        c-old-used   e.com 2024-01-01 2025-10-22 yes
        c-soon-idle  f.com 2026-01-01 2026-11-22 no
        ",
        &expect![[r#"
            urgent certificate c-old-used -395
            urgent certificate c-30-unknown -30
            warning certificate c-soon-idle 1
            notice certificate c-30-idle -30
        "#]],
    );
}

#[test]
fn domains_in_redemption_come_on_top_and_automatic_ones_only_when_it_is_late() {
    let text = "
        redeem.com 2026-10-01 no  redemption
        ended.com  2026-11-20 yes
        late.com   2026-11-24 yes
        calm.com   2026-11-25 yes
        soon.com   2026-11-25 no
        maybe.com  2026-12-01 ?
        lost.com   ?          ?   redemption
    ";
    let sight = AccountSight {
        domains: Some(seen(domains(text))),
        ..empty_account()
    };
    expect![[r#"
        urgent domain S-lost.com -
        urgent domain S-redeem.com -51
        urgent domain S-ended.com -1
        urgent domain S-soon.com 4
        warning domain S-late.com 3
        warning domain S-maybe.com 10
    "#]]
    .assert_eq(&brief(&of(sight)));
}

#[test]
fn an_endpoint_that_was_not_seen_is_no_finding() {
    let mut settings = settings("1");
    settings.defaults.endpoints = ["ended:443", "soon:443", "fine:443", "dead:443"]
        .map(str::to_owned)
        .to_vec();
    let mut census = census([]);
    census.endpoints = BTreeMap::from([
        probe("ended:443", "2026-11-20"),
        probe("soon:443", "2026-12-01"),
        probe("fine:443", "2027-12-01"),
        ("dead:443".to_owned(), unseen(Why::Unreachable)),
    ]);
    let found = assess(&census, &Memory::default(), &settings, now());
    expect![[r#"
        urgent endpoint ended:443: days_left=-1 ended=true ends=2026-11-19T16:00:00Z ends_on=2026-11-20 issuer=Test CA names=example.com product=endpoint
        warning endpoint soon:443: days_left=10 ends=2026-11-30T16:00:00Z ends_on=2026-12-01 issuer=Test CA names=example.com product=endpoint
    "#]]
    .assert_eq(&shown(&found));
    assert_eq!(found[0].scopes[0].to_string(), "-/ended:443/endpoint");
}

#[test]
fn who_asks_early_about_an_endpoint_is_told_early() {
    let mut settings = Settings::default();
    let early = PatrolSettings {
        warn_days: 60,
        endpoints: vec!["a:443".into()],
        ..PatrolSettings::default()
    };
    settings.accounts.insert(AccountId::new("shop"), early);
    assert_eq!(settings.endpoint_days("a:443"), (60, 7));
    settings.defaults.endpoints = vec!["a:443".into()];
    assert_eq!(settings.endpoint_days("a:443"), (15, 7));
}

#[test]
fn a_low_balance_alarms_though_nothing_expires() {
    let found = of(account(Vec::new(), Some("9,999.99")));
    expect![[r#"
        warning balance shop: available=9999.99 currency=CNY threshold=10000
    "#]]
    .assert_eq(&shown(&found));
    assert_eq!(of(account(Vec::new(), Some("10,000"))), []);
}

#[test]
fn a_balance_below_zero_alarms_without_any_threshold() {
    let census = census([("shop", account(Vec::new(), Some("-1,234.50")))]);
    let found = assess(&census, &Memory::default(), &Settings::default(), now());
    expect![[r#"
        urgent balance shop: available=-1234.50 currency=CNY negative=true
    "#]]
    .assert_eq(&shown(&found));
}

#[test]
fn hidden_amounts_are_in_no_fact_and_still_alarm() {
    let mut settings = settings("10000");
    settings.defaults.amount_invisible = true;
    let rows = bill("i-1 ecs 2026-12-01 auto price=4321");
    let census = census([("shop", account(rows, Some("1,234.50")))]);
    let memory = Memory {
        balances: history(&["3000", "2500", "2000"]),
        ..Memory::default()
    };
    let found = assess(&census, &memory, &settings, now());
    expect![[r#"
        urgent renewal_unfunded shop: currency=CNY days_left=1 priced=1 unpriced=0
        urgent balance_runway shop: currency=CNY days_left=2
        warning balance shop: currency=CNY
    "#]]
    .assert_eq(&shown(&found));
}

#[test]
fn a_balance_that_is_switched_off_is_neither_asked_for_nor_judged() {
    let mut settings = settings("10000");
    let off = PatrolSettings {
        balance: BalanceRule::Off,
        ..PatrolSettings::default()
    };
    settings
        .accounts
        .insert(AccountId::new("shop"), off.clone());
    let wanted = wants(&settings, now());
    assert!(wanted.balance);
    assert_eq!(
        wanted.balance_not_of,
        BTreeSet::from([AccountId::new("shop")])
    );
    let rows = || bill("i-1 ecs 2026-12-01 auto price=4321");
    let census = census([
        ("shop", account(rows(), Some("-5"))),
        ("game", account(rows(), Some("-5"))),
    ]);
    let found = assess(&census, &Memory::default(), &settings, now());
    assert!(
        found.iter().all(|it| it.key.account.as_str() == "game"),
        "{found:?}"
    );
    let all_off = Settings {
        defaults: off,
        ..Settings::default()
    };
    assert!(!wants(&all_off, now()).balance);
}

#[test]
fn the_balance_must_cover_the_renewals_that_are_charged_while_one_would_be_warned() {
    // Charged nine days before the end: on the 22nd, on December 6 and on December 7.
    let rows = "
        i-first  ecs 2026-12-01 auto price=600
        i-last   ecs 2026-12-15 auto price=600
        i-beyond ecs 2026-12-16 auto price=600
        i-manual ecs 2026-12-01      price=600
        i-blind  ecs 2026-12-01 auto
    ";
    let unfunded = |yuan: &str| {
        let found = of(account(bill(rows), Some(yuan)));
        let is_it = |it: &&Finding| it.key.kind == PatrolKind::RenewalUnfunded.word();
        shown(&found.iter().filter(is_it).cloned().collect::<Vec<_>>())
    };
    assert_eq!(unfunded("1200"), "");
    expect![[r#"
        urgent renewal_unfunded shop: available=1199.99 currency=CNY days_left=1 needed=1200 priced=2 unpriced=1
    "#]]
    .assert_eq(&unfunded("1199.99"));
}

/// Returns readings at this hour of the last days, the last one yesterday.
fn history(yuan: &[&str]) -> Vec<BalancePoint> {
    let days_ago = |index: usize| i64::try_from(yuan.len() - index).unwrap();
    let point = |(index, amount): (usize, &&str)| BalancePoint {
        account: AccountId::new("shop"),
        at: now() - SignedDuration::from_hours(24 * days_ago(index)),
        available: money(amount),
    };
    yuan.iter().enumerate().map(point).collect()
}

#[test]
fn a_balance_that_will_not_last_is_a_finding_of_its_own() {
    let check = |yuan: &str, past: &[&str]| {
        let census = census([("shop", account(Vec::new(), Some(yuan)))]);
        let memory = Memory {
            balances: history(past),
            ..Memory::default()
        };
        brief(&assess(&census, &memory, &settings("1"), now()))
    };
    assert_eq!(
        check("700", &["900", "800"]),
        "urgent balance_runway shop 7\n"
    );
    assert_eq!(
        check("1500", &["1700", "1600"]),
        "warning balance_runway shop 15\n"
    );
    assert_eq!(check("1600", &["1800", "1700"]), "");
    assert_eq!(check("100", &["200"]), "");
}

#[test]
fn nothing_is_found_where_nothing_was_seen() {
    for why in [
        Why::Credentials,
        Why::Unreachable,
        Why::EmptyAfter { before: 3 },
    ] {
        let census = census([("shop", crate::sample::unseen_account(&why))]);
        assert_eq!(
            assess(&census, &Memory::default(), &settings("10000"), now()),
            []
        );
    }
}

#[test]
fn the_look_reaches_far_enough_for_every_account() {
    let mut settings = Settings::default();
    let early = PatrolSettings {
        warn_days: 90,
        ..PatrolSettings::default()
    };
    settings.accounts.insert(AccountId::new("shop"), early);
    let before = wants(&settings, now()).prepaid_ending_before.unwrap();
    // What is charged at the end of the 90th day ends nine days later.
    assert!(before >= at("2027-02-28T23:59:59+08:00") + SignedDuration::from_hours(24));
}

prop_compose! {
    fn any_row()(
        id in 0_u8..40,
        product in prop::sample::select(vec!["ecs", "rds", "slb"]),
        hours in -2_000_i64..2_000,
        expiry in prop::sample::select(vec!["at", "at", "at", "never", "?"]),
        renewal in prop::sample::select(vec!["auto", "manual", "never", "weird"]),
        expired in prop::bool::weighted(0.2),
    ) -> Prepaid {
        let mut row = bill(&format!("i-{id} {product} never")).remove(0);
        row.expiry = match expiry {
            "at" => Expiry::At(now() + SignedDuration::from_hours(hours)),
            "never" => Expiry::Never,
            _ => Expiry::Unknown,
        };
        row.renewal = match renewal {
            "auto" => Renewal::Auto { months: None },
            "manual" => Renewal::Manual,
            "never" => Renewal::Never,
            _ => Renewal::Unknown(String::new()),
        };
        if expired {
            row.status = PrepaidStatus::Expired;
        }
        row
    }
}

proptest! {
    #[test]
    fn nothing_that_has_ended_is_ever_lost(rows in prop::collection::vec(any_row(), 0..40)) {
        let ended: BTreeSet<String> = rows
            .iter()
            .filter(|it| {
                it.status == PrepaidStatus::Expired
                    || matches!(it.expiry, Expiry::At(end) if end <= now())
            })
            .map(|it| it.id.to_string())
            .collect();
        let found: BTreeSet<String> = of(account(rows, None))
            .iter()
            .filter(|it| it.key.kind == PatrolKind::Expired.word())
            .map(|it| it.key.resource.to_string())
            .collect();
        prop_assert_eq!(found, ended);
    }

    #[test]
    fn nothing_that_will_end_soon_unrenewed_is_ever_lost(
        rows in prop::collection::vec(any_row(), 0..40),
    ) {
        let found = of(account(rows.clone(), None));
        for row in rows {
            let Expiry::At(end) = row.expiry else { continue };
            let soon = end < now() + SignedDuration::from_hours(15 * 24);
            if soon && !matches!(row.renewal, Renewal::Auto { .. }) {
                prop_assert!(found.iter().any(|it| it.key.resource == row.id), "{}", row.id);
            }
        }
    }

    #[test]
    fn the_order_of_what_came_does_not_matter(
        rows in prop::collection::vec(any_row(), 0..40),
        shuffled in any::<prop::sample::Index>(),
    ) {
        let mut turned = rows.clone();
        if !turned.is_empty() {
            let at = shuffled.index(turned.len());
            turned.rotate_left(at);
            turned.reverse();
        }
        prop_assert_eq!(of(account(rows, None)), of(account(turned, None)));
    }

    #[test]
    fn each_finding_is_there_once(rows in prop::collection::vec(any_row(), 0..40)) {
        let found = of(account(rows, None));
        let keys: BTreeSet<&FindingKey> = found.iter().map(|it| &it.key).collect();
        prop_assert_eq!(keys.len(), found.len());
    }

    #[test]
    fn another_zone_shifts_the_days_of_a_finding_by_one_at_most(
        row in any_row(),
        offset in -12_i8..=14,
    ) {
        let days = |zone| {
            let mut settings = settings("1");
            settings.defaults.timezone = zone;
            settings.defaults.warn_days = 1000;
            let census = census([("shop", account(vec![row.clone()], None))]);
            let found = assess(&census, &Memory::default(), &settings, now());
            found.first().and_then(|it| it.evidence.get("days_left")?.parse::<i64>().ok())
        };
        let here = days(TimeZone::fixed(tz::offset(8)));
        let there = days(TimeZone::fixed(tz::offset(offset)));
        prop_assert_eq!(here.is_some(), there.is_some());
        prop_assert!((here.unwrap_or_default() - there.unwrap_or_default()).abs() <= 1);
    }

    #[test]
    fn less_money_is_never_less_urgent(a in -20_000_i64..20_000, b in -20_000_i64..20_000) {
        let severity = |yuan: i64| -> Option<Severity> {
            let found = of(account(Vec::new(), Some(&yuan.to_string())));
            found.iter().find(|it| it.key.kind == "balance").map(|it| it.severity)
        };
        prop_assert!(severity(a.min(b)) >= severity(a.max(b)));
    }
}

#[test]
fn a_threshold_of_another_currency_says_nothing_about_this_one() {
    let mut below = balance("5");
    below.available.currency = Currency::new("usd");
    let sight = AccountSight {
        balance: Some(seen(below)),
        ..empty_account()
    };
    assert_eq!(of(sight), []);
    assert_eq!(
        settings("10000").defaults.thresholds().unwrap()[&yuan()],
        decimal("10000")
    );
}

#[test]
fn what_a_products_own_list_shows_rests_on_that_list_alone() {
    let region = model::RegionId::new("ap-beijing");
    let scope = |kind| model::Scope::regional(&AccountId::new("shop"), &region, kind);
    let listed = account(bill("cdb-1 cdb 2026-11-25"), None).prepaid;
    let missing = account(bill("ins-1 cvm 2026-11-25"), None).prepaid;
    let sight = AccountSight {
        prepaid: None,
        terms: [
            (scope("cdb"), listed.unwrap()),
            (scope("cvm"), unseen(Why::Throttled)),
        ]
        .into(),
        ..empty_account()
    };
    let found = of(sight);
    assert_eq!(brief(&found), "urgent expiry cdb-1 4\n");
    let identity = model::Scope::global(&AccountId::new("shop"), "identity");
    assert_eq!(found[0].scopes, [identity, scope("cdb")]);
    // Had it been seen, it would have been found.
    let sight = AccountSight {
        terms: [(scope("cvm"), missing.unwrap())].into(),
        ..empty_account()
    };
    assert_eq!(brief(&of(sight)), "urgent expiry ins-1 4\n");
}

#[test]
fn what_is_planned_is_urgent_when_it_is_near_and_a_warning_before_that() {
    let planned = maintenance(
        "
        e-far     i-1 SystemMaintenance.Reboot        2027-03-01 -
        e-warned  i-2 SystemMaintenance.Reboot        2026-11-29 - underlying host  needs it
        e-urgent  i-3 SystemMaintenance.Redeploy      2026-11-28 -
        e-begun   i-4 SystemMaintenance.Reboot        2026-11-20 -
        e-ends    i-5 instance-retirement             2026-12-20 2026-11-25
        e-last    i-6 instance-stop                   -          2026-11-24
        e-unclear i-7 Strange.New                     -          -
        ",
    );
    let sight = upkept("cn-beijing", planned, Vec::new());
    let census = census([("shop", sight)]);
    let found = assess(&census, &Memory::default(), &upkeep_settings(None), now());
    expect![[r#"
        urgent maintenance e-begun: begins=2026-11-19T16:00:00Z days_left=-1 event=SystemMaintenance.Reboot machine=i-4 product=maintenance region=cn-beijing
        urgent maintenance e-last: days_left=3 deadline=2026-11-23T16:00:00Z event=instance-stop machine=i-6 product=maintenance region=cn-beijing
        urgent maintenance e-ends: begins=2026-12-19T16:00:00Z days_left=4 deadline=2026-11-24T16:00:00Z event=instance-retirement machine=i-5 product=maintenance region=cn-beijing
        urgent maintenance e-urgent: begins=2026-11-27T16:00:00Z days_left=7 event=SystemMaintenance.Redeploy machine=i-3 product=maintenance region=cn-beijing
        warning maintenance e-warned: begins=2026-11-28T16:00:00Z days_left=8 event=SystemMaintenance.Reboot machine=i-2 product=maintenance region=cn-beijing words=underlying host needs it
        warning maintenance e-far: begins=2027-02-28T16:00:00Z days_left=100 event=SystemMaintenance.Reboot machine=i-1 product=maintenance region=cn-beijing
        warning maintenance e-unclear: event=Strange.New machine=i-7 product=maintenance region=cn-beijing
    "#]].assert_eq(&shown(&found));
    let looks: Vec<String> = found[0].scopes.iter().map(ToString::to_string).collect();
    assert_eq!(
        looks,
        ["shop/global/identity", "shop/cn-beijing/maintenance"]
    );
}

#[test]
fn keys_older_than_asked_are_warned_about_unless_they_are_switched_off() {
    let keys = access_keys(
        "
        LTAI…aaaa alice 2026-08-22 2026-11-20 on
        LTAI…bbbb alice 2026-08-23 2026-11-20 on
        LTAI…cccc bob   2024-11-21 -          on
        LTAI…dddd bob   2024-11-21 -          off
        LTAI…eeee carol -          -          on
        LTAI…ffff -     2020-01-01 2020-01-02 on
        LTAI…ffff dave  2020-01-01 2020-01-02 on
        ",
    );
    let census = census([("shop", upkept("cn-beijing", Vec::new(), keys))]);
    let found = assess(
        &census,
        &Memory::default(),
        &upkeep_settings(Some(90)),
        now(),
    );
    expect![[r#"
        warning access_key LTAI…ffff: age_days=2516 created=2019-12-31T16:00:00Z last_used=2020-01-01T16:00:00Z product=access_key
        warning access_key alice/LTAI…aaaa: age_days=91 created=2026-08-21T16:00:00Z last_used=2026-11-19T16:00:00Z product=access_key user=alice
        warning access_key bob/LTAI…cccc: age_days=730 created=2024-11-20T16:00:00Z product=access_key user=bob
        warning access_key dave/LTAI…ffff: age_days=2516 created=2019-12-31T16:00:00Z last_used=2020-01-01T16:00:00Z product=access_key user=dave
        notice access_key carol/LTAI…eeee: product=access_key user=carol
    "#]].assert_eq(&shown(&found));
    let looks: Vec<String> = found[0].scopes.iter().map(ToString::to_string).collect();
    assert_eq!(looks, ["shop/global/identity", "shop/global/access_key"]);
}

#[test]
fn upkeep_is_neither_asked_for_nor_judged_where_it_is_not_switched_on() {
    let settings = settings("1");
    let wanted = wants(&settings, now());
    assert_eq!((wanted.access_keys, wanted.estate.parts.len()), (false, 0));
    let sight = || {
        upkept(
            "cn-beijing",
            maintenance("e-1 i-1 SystemMaintenance.Reboot 2026-11-22 -"),
            access_keys("LTAI…aaaa alice 2020-01-01 - on"),
        )
    };
    let both = census([("shop", sight()), ("game", sight())]);
    assert_eq!(assess(&both, &Memory::default(), &settings, now()), []);
    // One account asks for it: the other one is not even looked at.
    let mut settings = settings;
    let asks = upkeep_settings(Some(90)).defaults;
    settings.accounts.insert(AccountId::new("game"), asks);
    let silent = settings.defaults.clone();
    settings.accounts.insert(AccountId::new("shop"), silent);
    let wanted = wants(&settings, now());
    let asked = |name: &str| {
        let account = AccountId::new(name);
        (
            wanted.wants_access_keys_of(&account),
            wanted
                .estate
                .asks(&account, cloud::census::Part::Maintenance),
        )
    };
    assert_eq!(
        ["game", "game/member", "shop", "shop/member"].map(asked),
        [(true, true), (true, true), (false, false), (false, false)]
    );
    let found = assess(&both, &Memory::default(), &settings, now());
    expect![[r#"
        urgent maintenance e-1 1
        warning access_key alice/LTAI…aaaa -
    "#]]
    .assert_eq(&brief(&found));
    assert!(found.iter().all(|it| it.key.account.as_str() == "game"));
}

#[test]
fn what_is_planned_in_a_region_that_was_not_seen_is_no_finding() {
    let mut sight = upkept("cn-beijing", Vec::new(), Vec::new());
    let dark = cloud::census::RegionSight {
        maintenance: Some(unseen(Why::Throttled)),
        ..Default::default()
    };
    sight
        .estate
        .insert(model::RegionId::new("cn-hangzhou"), dark);
    let census = census([("shop", sight)]);
    assert_eq!(
        assess(&census, &Memory::default(), &upkeep_settings(None), now()),
        []
    );
    let unseen = census.unseen();
    assert_eq!(unseen[0].0.to_string(), "shop/cn-hangzhou/maintenance");
}
