use cloud::Why;
use duty::Memory;
use expect_test::{Expect, expect};
use testkit::seen;

use super::*;
use crate::sample::{
    access_keys, account, bill, census, certificates, domains, first_run, maintenance, next_run,
    now, probe, settings, unseen_account, upkeep_settings, upkept,
};

fn known(census: &Census, settings: &Settings) -> Vec<KnownFinding> {
    let found = crate::assess(census, &Memory::default(), settings, now());
    first_run(census, found)
}

fn shown(days: &[Day]) -> String {
    let line = |it: &Day| {
        let about = it.description.join(" | ");
        format!("{} {}\n  {about}\n", it.day, it.summary)
    };
    days.iter().map(line).collect()
}

fn check(census: &Census, settings: &Settings, expected: [Expect; 2]) {
    let known = known(census, settings);
    for (language, expected) in [Language::Chinese, Language::English]
        .into_iter()
        .zip(expected)
    {
        let days = days(census, &known, settings, language, now());
        expected.assert_eq(&shown(&days));
    }
}

#[test]
fn what_renews_by_itself_is_in_the_calendar_and_what_is_far_away_is_not() {
    let mut sight = account(
        bill(
            "
            i-auto   ecs 2026-12-01 auto name=web
            i-manual ecs 2026-12-02 owner=li
            i-never  ecs 2026-12-03 never
            i-failed ecs 2026-11-24 auto
            i-ended  ecs 2026-11-18
            i-far    ecs 2026-12-07
            i-blind  ecs ?
            ",
        ),
        Some("5"),
    );
    sight.certificates = Some(seen(certificates("c-1 a.com 2025-01-01 2026-11-25 yes")));
    sight.domains = Some(seen(domains(
        "auto.com 2026-12-05 yes\nhand.com 2026-12-05 no",
    )));
    let mut census = census([("shop", sight)]);
    census.endpoints = [probe("example.com:443", "2026-12-01")].into();
    let mut settings = settings("10000");
    settings.defaults.endpoints = vec!["example.com:443".into()];
    check(
        &census,
        &settings,
        [
            expect![[r#"
        2026-11-18 已到期：ecs i-ended（shop）
          账号：shop | 实例类型：ecs | 实例 ID：i-ended | 到期时间：2026-11-18 | 续费方式：手动续费
        2026-11-24 到期：ecs i-failed（shop）
          账号：shop | 实例类型：ecs | 实例 ID：i-failed | 到期时间：2026-11-24 | 续费方式：已设置自动续费，但尚未续费成功
        2026-11-25 到期：证书 c-1（shop）
          账号：shop | 实例类型：证书 | 实例 ID：c-1 | 到期时间：2026-11-25 | 域名：a.com
        2026-12-01 到期：TLS 端点 example.com:443
          实例类型：TLS 端点 | 实例 ID：example.com:443 | 到期时间：2026-12-01 | 域名：example.com
        2026-12-01 自动续费：ecs web（shop）
          账号：shop | 实例类型：ecs | 实例 ID：i-auto | 名称：web | 到期时间：2026-12-01 | 续费方式：已设置自动续费
        2026-12-02 到期：ecs i-manual（shop）
          账号：shop | 实例类型：ecs | 实例 ID：i-manual | 到期时间：2026-12-02 | 续费方式：手动续费 | 负责人：li
        2026-12-03 到期：ecs i-never（shop）
          账号：shop | 实例类型：ecs | 实例 ID：i-never | 到期时间：2026-12-03 | 续费方式：已设为到期不续费
        2026-12-05 自动续费：域名 auto.com（shop）
          账号：shop | 实例类型：域名 | 实例 ID：S-auto.com | 名称：auto.com | 到期时间：2026-12-05 | 续费方式：已设置自动续费
        2026-12-05 到期：域名 hand.com（shop）
          账号：shop | 实例类型：域名 | 实例 ID：S-hand.com | 名称：hand.com | 到期时间：2026-12-05 | 续费方式：手动续费
    "#]],
            expect![[r#"
        2026-11-18 Has ended: ecs i-ended (shop)
          Account: shop | Type: ecs | ID: i-ended | Ends on: 2026-11-18 | Renewal: by hand
        2026-11-24 Ends: ecs i-failed (shop)
          Account: shop | Type: ecs | ID: i-failed | Ends on: 2026-11-24 | Renewal: automatic, but not renewed yet
        2026-11-25 Ends: certificate c-1 (shop)
          Account: shop | Type: certificate | ID: c-1 | Ends on: 2026-11-25 | Names: a.com
        2026-12-01 Ends: TLS endpoint example.com:443
          Type: TLS endpoint | ID: example.com:443 | Ends on: 2026-12-01 | Names: example.com
        2026-12-01 Renews: ecs web (shop)
          Account: shop | Type: ecs | ID: i-auto | Name: web | Ends on: 2026-12-01 | Renewal: automatic
        2026-12-02 Ends: ecs i-manual (shop)
          Account: shop | Type: ecs | ID: i-manual | Ends on: 2026-12-02 | Renewal: by hand | Owner: li
        2026-12-03 Ends: ecs i-never (shop)
          Account: shop | Type: ecs | ID: i-never | Ends on: 2026-12-03 | Renewal: set not to be renewed
        2026-12-05 Renews: domain auto.com (shop)
          Account: shop | Type: domain | ID: S-auto.com | Name: auto.com | Ends on: 2026-12-05 | Renewal: automatic
        2026-12-05 Ends: domain hand.com (shop)
          Account: shop | Type: domain | ID: S-hand.com | Name: hand.com | Ends on: 2026-12-05 | Renewal: by hand
    "#]],
        ],
    );
}

#[test]
fn planned_maintenance_has_its_day_and_a_key_has_none() {
    let planned =
        maintenance("e-1 i-1 SystemMaintenance.Reboot 2027-02-01T17:00:00Z - Host broken");
    let keys = access_keys("LTAI…aaaa alice 2020-01-01 - on");
    let census = census([("shop", upkept("cn-beijing", planned, keys))]);
    check(
        &census,
        &upkeep_settings(Some(90)),
        [
            expect![[r#"
                2027-02-02 计划维护：i-1（shop）
                  账号：shop | 实例类型：计划维护 | 实例 ID：e-1 | 计划开始：2027-02-02 | 实例：i-1 | 事件：SystemMaintenance.Reboot | 云厂商说明：Host broken
            "#]],
            expect![[r#"
                2027-02-02 Planned maintenance: i-1 (shop)
                  Account: shop | Type: maintenance | ID: e-1 | Begins on: 2027-02-02 | Machine: i-1 | Event: SystemMaintenance.Reboot | In the cloud's words: Host broken
            "#]],
        ],
    );
}

#[test]
fn what_was_not_seen_stays_as_it_was_last_seen_and_the_calendar_says_it_is_not_whole() {
    let settings = settings("1");
    let before = census([("shop", account(bill("i-1 ecs 2026-12-01"), None))]);
    let after = census([("shop", unseen_account(&Why::Throttled))]);
    let known = next_run(&known(&before, &settings), &after, Vec::new());
    let days = days(&after, &known, &settings, Language::English, now());
    expect![[r#"
        2026-12-01 Ends: ecs i-1 (shop)
          Account: shop | Type: ecs | ID: i-1 | Ends on: 2026-12-01 | Renewal: by hand | Note: not seen this time, last seen on 2026-11-21
    "#]].assert_eq(&shown(&days));
    let about = |census| about(census, &settings, Language::English, now());
    assert_eq!(about(&before).missing, None);
    expect!["Not whole: 5 of 5 scopes were not seen: shop/global/balance, shop/global/certificate, shop/global/domain, shop/global/identity, shop/global/prepaid"].assert_eq(&about(&after).missing.unwrap());
}

#[test]
fn a_thing_is_one_entry_whatever_becomes_of_it() {
    let settings = settings("1");
    let of = |text: &str| {
        let census = census([("shop", account(bill(text), None))]);
        let known = known(&census, &settings);
        let days = days(&census, &known, &settings, Language::English, now());
        let ids = days
            .iter()
            .map(|it| format!("{}/{}", it.account, it.resource));
        ids.collect::<Vec<_>>()
    };
    assert_eq!(of("i-1 ecs 2026-12-01 auto"), ["shop/i-1"]);
    assert_eq!(of("i-1 ecs 2026-12-01"), ["shop/i-1"]);
    assert_eq!(of("i-1 ecs 2026-11-01"), ["shop/i-1"]);
}
