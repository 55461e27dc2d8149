use base::{Clock as _, SystemClock};
use cloud::{AccountSight, Census, Why};
use duty::{Ack, BalancePoint, KnownFinding, Memory, Mute, Notified, Takes};
use expect_test::{Expect, expect};
use jiff::SignedDuration;
use model::{AccountId, Kind, Language, Tags};
use testkit::{message_text, seen};

use super::*;
use crate::sample::{
    access_keys, account, at, audience, bill, census, certificates, domains, empty_account,
    first_run, maintenance, money, next_run, now, probe, scene, settings, unseen_account,
    upkeep_settings, upkept,
};
use crate::settings::{PatrolSettings, Settings};

const BOTH: [Language; 2] = [Language::Chinese, Language::English];

/// Returns the findings of a first look.
fn known(census: &Census, memory: &Memory, settings: &Settings) -> Vec<KnownFinding> {
    first_run(
        census,
        crate::assess(census, memory, settings, census.taken),
    )
}

fn told(known: Vec<KnownFinding>) -> Vec<KnownFinding> {
    let told = |it: KnownFinding| {
        let severity = it.finding.severity;
        KnownFinding {
            notified: Some(Notified {
                at: now(),
                severity,
            }),
            ..it
        }
    };
    known.into_iter().map(told).collect()
}

/// Checks the day's digest on `known`, to those who are told of these accounts.
fn check_known(
    settings: &Settings,
    (census, memory, known): (&Census, &Memory, &[KnownFinding]),
    accounts: &[&str],
    expected: [Expect; 2],
) {
    for (language, expected) in BOTH.into_iter().zip(expected) {
        let letter = letter(
            settings,
            &audience(accounts, language),
            &scene(census, memory, known),
        );
        expected.assert_eq(&letter.map_or("nothing\n".into(), |it| message_text(&it.message)));
    }
}

/// Checks the first digest that is ever sent to those who are told of these accounts.
fn check(
    settings: &Settings,
    census: &Census,
    memory: &Memory,
    accounts: &[&str],
    expected: [Expect; 2],
) {
    let known = known(census, memory, settings);
    check_known(settings, (census, memory, &known), accounts, expected);
}

/// Returns readings of a steady spending of 100 a day up to yesterday.
fn steady_history(name: &str, yesterday: i64) -> Memory {
    let point = |days: i64| BalancePoint {
        account: AccountId::new(name),
        at: now() - SignedDuration::from_hours(24 * days),
        available: money(&(yesterday + 100 * (days - 1)).to_string()),
    };
    Memory {
        balances: (1..=5).rev().map(point).collect(),
        ..Memory::default()
    }
}

#[test]
fn the_well_known_report_has_its_well_known_words() {
    let products = [
        ("rds", 19, "2023-12-16"),
        ("ons", 1, "2023-12-20"),
        ("ecs", 127, "2023-12-20"),
        ("sas", 1, "2023-12-20"),
        ("pconn", 2, "2023-12-20"),
        ("dds", 2, "2023-12-20"),
        ("redisa", 6, "2023-12-20"),
        ("mpsoftware-mt9-dt41", 1, "2023-12-20"),
        ("hdm", 1, "2023-12-20"),
        ("dts", 1, "2023-12-20"),
    ];
    let rows = products.iter().flat_map(|(product, many, end)| {
        (1..=*many).map(move |it| format!("{product}-{it:03} {product} {end}\n"))
    });
    let mut census = census([(
        "test01",
        account(bill(&rows.collect::<String>()), Some("2,672,769.60")),
    )]);
    census.taken = at("2023-12-09T09:30:00+08:00");
    let mut settings = settings("1000000");
    settings
        .titles
        .insert(AccountId::new("test01"), "测试用户1".into());
    settings.defaults.max_list_length = 3;
    check(
        &settings,
        &census,
        &Memory::default(),
        &["test01"],
        [
            expect![[r#"
            # 【测试用户1 - 到期实例巡检告警】 (red)
            - 实例类型: rds
              实例 ID: `rds-001`
              剩余天数: {red **7**}
              到期时间: 2023-12-16
            - 实例类型: rds
              实例 ID: `rds-002`
              剩余天数: {red **7**}
              到期时间: 2023-12-16
            - 实例类型: rds
              实例 ID: `rds-003`
              剩余天数: {red **7**}
              到期时间: 2023-12-16
            (shown 3 of 161)
            ---
            **您有 **{red **161**}** 个资源将在 **{red **15**}** 天内到期，未设置自动续费：**
            **ecs** (127) ,**rds** (19) ,**redisa** (6) ,**dds** (2) ,**pconn** (2) ,**dts** (1) ,**hdm** (1) ,**mpsoftware-mt9-dt41** (1) ,**ons** (1) ,**sas** (1)
            当前账户余额：{green **2,672,769.60 ¥**}
            余额可用天数：历史数据不足，暂不预测。
            已查看 5/5 个范围。
            [去续费](https://usercenter2.aliyun.com/renew/manual)
        "#]],
            expect![[r#"
            # [测试用户1 - expiry patrol: action needed] (red)
            - Type: rds
              ID: `rds-001`
              Days left: {red **7**}
              Ends on: 2023-12-16
            - Type: rds
              ID: `rds-002`
              Days left: {red **7**}
              Ends on: 2023-12-16
            - Type: rds
              ID: `rds-003`
              Days left: {red **7**}
              Ends on: 2023-12-16
            (shown 3 of 161)
            ---
            **Ending within **{red **15**}** days without auto-renewal (**{red **161**}**):**
            **ecs** (127) ,**rds** (19) ,**redisa** (6) ,**dds** (2) ,**pconn** (2) ,**dts** (1) ,**hdm** (1) ,**mpsoftware-mt9-dt41** (1) ,**ons** (1) ,**sas** (1)
            Current balance: {green **2,672,769.60 ¥**}
            Days the balance lasts: not enough history for a forecast.
            Scopes seen: 5/5.
            [Renew](https://usercenter2.aliyun.com/renew/manual)
        "#]],
        ],
    );
}

#[test]
fn a_low_balance_is_a_report_of_its_own_when_nothing_expires() {
    let census = census([("shop", account(bill("i-1 ecs 2027-11-21"), Some("700")))]);
    check(
        &settings("10000"),
        &census,
        &steady_history("shop", 800),
        &["shop"],
        [
            expect![[r#"
            # 【shop - 账户余额巡检告警】 (red)
            当前账户余额：{red **700.00 ¥**}（低于阈值 10,000.00 ¥）
            按近期消费，余额约可用 {red **7**} 天（约到 2026-11-28）。
            已查看 5/5 个范围。
        "#]],
            expect![[r#"
            # [shop - balance patrol: action needed] (red)
            Current balance: {red **700.00 ¥**} (below the threshold of 10,000.00 ¥)
            At the recent rate of spending the balance lasts about {red **7**} days (until about 2026-11-28).
            Scopes seen: 5/5.
        "#]],
        ],
    );
}

#[test]
fn a_sign_of_life_says_what_was_looked_at() {
    let rows = bill("i-1 ecs 2027-11-21\ni-2 ecs 2026-12-01 auto");
    let mut sight = account(rows, Some("20,000"));
    sight.uncovered = [(Kind::new("hdm"), 2), (Kind::new("mps"), 3)].into();
    let census = census([("shop", sight)]);
    check(
        &settings("10000"),
        &census,
        &steady_history("shop", 20_100),
        &["shop"],
        [
            expect![[r#"
            # 【shop - 巡检正常】 (green)
            巡检程序运行正常：在已查看的范围内，15 天内没有未设置自动续费的资源到期。
            **1** 个资源已设置自动续费，不逐个提醒。
            当前账户余额：{green **20,000.00 ¥**}
            按近期消费，余额约可用 **200** 天（约到 2027-06-09）。
            已查看 5/5 个范围。
            以下产品仅有账单数据，没有名称和标签：**mps** (3) ,**hdm** (2)
        "#]],
            expect![[r#"
            # [shop - patrol: all is well] (green)
            The patrol is running: in all that was seen, nothing without auto-renewal ends within 15 days.
            Renewing automatically, not listed one by one: **1**.
            Current balance: {green **20,000.00 ¥**}
            At the recent rate of spending the balance lasts about **200** days (until about 2027-06-09).
            Scopes seen: 5/5.
            Known from the bill alone, without names and tags: **mps** (3) ,**hdm** (2)
        "#]],
        ],
    );
}

#[test]
fn no_sign_of_life_goes_to_who_does_not_want_one_or_sees_single_things_only() {
    let census = census([("shop", account(Vec::new(), Some("20,000")))]);
    let memory = Memory::default();
    let mut settings = settings("10000");
    let mut tagged = audience(&[], Language::Chinese);
    tagged.takes = vec![Takes::Tagged {
        tags: Tags::new(),
        accounts: [AccountId::new("shop")].into(),
    }];
    assert_eq!(
        letter(&settings, &tagged, &scene(&census, &memory, &[])),
        None
    );
    settings.defaults.ping = false;
    let shop = audience(&["shop"], Language::Chinese);
    assert_eq!(
        letter(&settings, &shop, &scene(&census, &memory, &[])),
        None
    );
}

#[test]
fn a_letter_about_several_accounts_goes_by_what_they_agree_on() {
    let one = || account(Vec::new(), Some("20,000"));
    let census = census([("shop", one()), ("game", one())]);
    let memory = Memory::default();
    let both = audience(&["shop", "game"], Language::Chinese);
    let wants = |ping, digest_hour| PatrolSettings {
        ping,
        digest_hour,
        ..PatrolSettings::default()
    };
    let is_told = |shop: PatrolSettings, game: PatrolSettings| {
        let mut settings = Settings {
            defaults: wants(false, 9),
            ..Settings::default()
        };
        settings.accounts.insert(AccountId::new("shop"), shop);
        settings.accounts.insert(AccountId::new("game"), game);
        // It is ten in the morning, and the last digest was at seven.
        let scene = Scene {
            last_digest: Some(now() - jiff::SignedDuration::from_hours(3)),
            ..scene(&census, &memory, &[])
        };
        letter(&settings, &both, &scene).is_some()
    };
    // One account that wants a sign of life is enough for one.
    assert!(is_told(wants(true, 9), wants(false, 9)));
    assert!(!is_told(wants(false, 9), wants(false, 9)));
    // Both want their digest at another hour than the rest of the world.
    assert!(!is_told(wants(true, 6), wants(true, 6)));
    assert!(!is_told(wants(true, 11), wants(true, 11)));
    // They do not agree: it goes out at the hour of all others.
    assert!(is_told(wants(true, 6), wants(true, 11)));
    // An hour is one of a zone.
    let abroad = PatrolSettings {
        timezone: jiff::tz::TimeZone::UTC,
        ..wants(true, 2)
    };
    assert!(is_told(abroad.clone(), abroad.clone()));
    assert!(!is_told(
        PatrolSettings {
            digest_hour: 3,
            ..abroad.clone()
        },
        PatrolSettings {
            digest_hour: 3,
            ..abroad
        }
    ));
}

#[test]
fn hidden_amounts_are_in_no_report_and_low_ones_still_alarm() {
    let mut settings = settings("10000");
    settings.defaults.amount_invisible = true;
    let rows = bill("i-1 ecs 2026-12-01 auto price=9876");
    let low = census([("shop", account(rows, Some("7,654.32")))]);
    let memory = steady_history("shop", 7754);
    check(
        &settings,
        &low,
        &memory,
        &["shop"],
        [
            expect![[r#"
                # 【shop - 账户余额巡检告警】 (red)
                **1** 个资源已设置自动续费，不逐个提醒。
                当前账户余额：{red **低于阈值（金额已隐藏）**}
                按近期消费，余额约可用 **76** 天（约到 2027-02-05）。
                余额不够自动续费：即将扣费的资源有 {red **1**} 个（金额已隐藏）。
                已查看 5/5 个范围。
            "#]],
            expect![[r#"
                # [shop - balance patrol: action needed] (red)
                Renewing automatically, not listed one by one: **1**.
                Current balance: {red **below its threshold (amount hidden)**}
                At the recent rate of spending the balance lasts about **76** days (until about 2027-02-05).
                The balance does not cover auto-renewal: renewals to be charged soon: {red **1**} (amount hidden).
                Scopes seen: 5/5.
            "#]],
        ],
    );
    let fine = census([("shop", account(Vec::new(), Some("20,000")))]);
    let memory = steady_history("shop", 20_100);
    check(
        &settings,
        &fine,
        &memory,
        &["shop"],
        [
            expect![[r#"
            # 【shop - 巡检正常】 (green)
            巡检程序运行正常：在已查看的范围内，15 天内没有未设置自动续费的资源到期。
            当前账户余额：{green **高于阈值（金额已隐藏）**}
            按近期消费，余额约可用 **200** 天（约到 2027-06-09）。
            已查看 5/5 个范围。
        "#]],
            expect![[r#"
            # [shop - patrol: all is well] (green)
            The patrol is running: in all that was seen, nothing without auto-renewal ends within 15 days.
            Current balance: {green **above its threshold (amount hidden)**}
            At the recent rate of spending the balance lasts about **200** days (until about 2027-06-09).
            Scopes seen: 5/5.
        "#]],
        ],
    );
    let known = known(&low, &memory, &settings);
    for language in BOTH {
        let scene = scene(&low, &memory, &known);
        let letter = letter(&settings, &audience(&["shop"], language), &scene).unwrap();
        let report = crate::summarize(&low, &known, &memory.balances, &settings, now());
        for text in [message_text(&letter.message), format!("{report:?}")] {
            for amount in [
                "7654", "7,654", "9876", "9,876", "10000", "10,000", "100.00",
            ] {
                assert!(!text.contains(amount), "{amount} in {text}");
            }
        }
    }
}

#[test]
fn partial_sight_names_what_was_not_seen_and_calls_nothing_fine() {
    let mut second = account(bill("i-1 ecs 2027-11-21"), Some("20,000"));
    second.domains = Some(testkit::unseen(Why::Denied {
        permission: Some("domain:QueryCommonInfo".into()),
    }));
    let census = census([
        ("calm", account(Vec::new(), None)),
        ("data", account(Vec::new(), Some("20,000"))),
        ("game", second),
        ("shop", unseen_account(&Why::Credentials)),
    ]);
    check(
        &settings("10000"),
        &census,
        &Memory::default(),
        &["calm", "data", "game", "shop"],
        [
            expect![[r#"
                # 【shop 等 4 个账号 - 巡检不完整】 (orange)
                **data**：余额 {green **20,000.00 ¥**}
                **game**：余额 {green **20,000.00 ¥**}
                其余 **1** 个账号没有待处理项。
                已查看 13/19 个范围，{red **6**} 个未看到：
                账号 **shop** 完全未看到：凭证无效
                `game/global/domain`：没有权限，需要授予 domain:QueryCommonInfo
            "#]],
            expect![[r#"
                # [shop and others, 4 accounts - patrol incomplete] (orange)
                **data**: balance {green **20,000.00 ¥**}
                **game**: balance {green **20,000.00 ¥**}
                Accounts that need no attention: **1**.
                Scopes seen: 13/19, not seen: {red **6**}:
                Nothing was seen of account **shop**: the credentials are not valid
                `game/global/domain`: permission denied, please grant domain:QueryCommonInfo
            "#]],
        ],
    );
}

#[test]
fn an_accepted_gap_is_named_and_lets_the_sign_of_life_through() {
    let mut sight = account(Vec::new(), None);
    sight.domains = Some(testkit::unseen(Why::Denied { permission: None }));
    let census = census([("shop", sight)]);
    let mut settings = settings("1");
    settings
        .accepted_gaps
        .insert("shop/*/domain".into(), at("2026-12-01T00:00:00Z"));
    check(
        &settings,
        &census,
        &Memory::default(),
        &["shop"],
        [
            expect![[r#"
                # 【shop - 巡检正常】 (green)
                巡检程序运行正常：在已查看的范围内，15 天内没有未设置自动续费的资源到期。
                已查看 3/4 个范围，**1** 个未看到：
                `shop/global/domain`：没有权限
                其中 1 个已在配置中忽略。
            "#]],
            expect![[r#"
                # [shop - patrol: all is well] (green)
                The patrol is running: in all that was seen, nothing without auto-renewal ends within 15 days.
                Scopes seen: 3/4, not seen: **1**:
                `shop/global/domain`: permission denied
                Known gaps among those not seen: 1.
            "#]],
        ],
    );
}

#[test]
fn every_sort_of_thing_has_its_words() {
    let mut sight = account(
        bill(
            "
            i-ended   ecs 2026-11-18 auto release=2026-12-03T00:00:00+08:00 owner=li name=web
            i-today   ecs 2026-11-21T00:30:00Z
            i-failed  ecs 2026-11-28 auto owner=wang
            i-never   ecs 2026-11-30 never
            i-weird   ecs 2026-12-01 weird
            i-unclear ecs ? auto
            ",
        ),
        Some("5"),
    );
    sight.certificates = Some(seen(certificates(
        "
        c-used a.com,b.com,c.com,d.com 2025-01-01 2026-11-25 yes
        c-new  a.com,b.com,c.com,d.com 2026-01-01 2027-11-25 no
        c-idle e.com 2025-01-01 2026-11-25 no
        ",
    )));
    sight.domains = Some(seen(domains(
        "a.com 2026-10-01 no redemption\nb.com 2026-11-23 yes",
    )));
    let mut census = census([("shop", sight)]);
    census.endpoints = [probe("example.com:443", "2026-12-01")].into();
    let mut settings = settings("10");
    settings.defaults.endpoints = vec!["example.com:443".into()];
    settings.defaults.balance = crate::BalanceRule::Below(
        [(model::Currency::new("USD"), crate::sample::decimal("100"))].into(),
    );
    check(
        &settings,
        &census,
        &Memory::default(),
        &["shop", "-"],
        [
            expect![[r#"
                # 【shop - 到期实例巡检告警】 (red)
                - 实例类型: 域名
                  实例 ID: `S-a.com`
                  名称: a.com
                  剩余天数: {red **已到期，处于赎回期**}
                  到期时间: 2026-10-01
                - 实例类型: ecs
                  实例 ID: `i-ended`
                  名称: web
                  剩余天数: {red **已到期 3 天**}
                  到期时间: 2026-11-18
                  续费方式: 已设置自动续费，但尚未续费成功
                  预计释放: 2026-12-03
                - 实例类型: ecs
                  实例 ID: `i-today`
                  剩余天数: {red **今天已到期**}
                  到期时间: 2026-11-21
                - 实例类型: 证书
                  实例 ID: `c-used`
                  域名: a.com, b.com, c.com, +1
                  剩余天数: {red **4**}
                  到期时间: 2026-11-25
                  备注: 新证书 c-new 已签发，但旧证书仍在使用
                - 实例类型: ecs
                  实例 ID: `i-failed`
                  剩余天数: {red **7**}
                  到期时间: 2026-11-28
                  续费方式: 已设置自动续费，但尚未续费成功
                - 实例类型: 域名
                  实例 ID: `S-b.com`
                  名称: b.com
                  剩余天数: {red **2**}
                  到期时间: 2026-11-23
                  续费方式: 已设置自动续费，但尚未续费成功
                - 实例类型: 证书
                  实例 ID: `c-idle`
                  域名: e.com
                  剩余天数: {red **4**}
                  到期时间: 2026-11-25
                  备注: 未部署
                - 实例类型: ecs
                  实例 ID: `i-never`
                  剩余天数: **9**
                  到期时间: 2026-11-30
                  续费方式: 已设为到期不续费
                - 实例类型: ecs
                  实例 ID: `i-weird`
                  剩余天数: **10**
                  到期时间: 2026-12-01
                  续费方式: 未知，按未设置自动续费处理
                - 实例类型: TLS 端点
                  实例 ID: `example.com:443`
                  域名: example.com
                  剩余天数: **10**
                  到期时间: 2026-12-01
                - 实例类型: ecs
                  实例 ID: `i-unclear`
                  剩余天数: **未知**
                  到期时间: 未知
                  续费方式: 已设置自动续费
                ---
                **您有 **{red **5**}** 个资源将在 **{red **15**}** 天内到期，未设置自动续费：**
                **ecs** (2) ,**证书** (2) ,**TLS 端点** (1)
                {red **3**} 个资源已经到期：
                **ecs** (2) ,**域名** (1)
                {red **2**} 个资源已设置自动续费，但尚未续费成功：
                **ecs** (1) ,**域名** (1)
                **1** 个资源的到期时间无法解析，请人工确认：
                **ecs** (1)
                当前账户余额：**5.00 ¥**
                没有为 CNY 设置余额阈值：余额再低也不会按阈值告警。
                余额可用天数：历史数据不足，暂不预测。
                已查看 6/6 个范围。
                @ li, wang
                [去续费](https://usercenter2.aliyun.com/renew/manual)
            "#]],
            expect![[r#"
                # [shop - expiry patrol: action needed] (red)
                - Type: domain
                  ID: `S-a.com`
                  Name: a.com
                  Days left: {red **has ended, in redemption**}
                  Ends on: 2026-10-01
                - Type: ecs
                  ID: `i-ended`
                  Name: web
                  Days left: {red **ended 3 d ago**}
                  Ends on: 2026-11-18
                  Renewal: automatic, but not renewed yet
                  Released on: 2026-12-03
                - Type: ecs
                  ID: `i-today`
                  Days left: {red **ended today**}
                  Ends on: 2026-11-21
                - Type: certificate
                  ID: `c-used`
                  Names: a.com, b.com, c.com, +1
                  Days left: {red **4**}
                  Ends on: 2026-11-25
                  Note: certificate c-new was issued to replace it, but the old one is still in use
                - Type: ecs
                  ID: `i-failed`
                  Days left: {red **7**}
                  Ends on: 2026-11-28
                  Renewal: automatic, but not renewed yet
                - Type: domain
                  ID: `S-b.com`
                  Name: b.com
                  Days left: {red **2**}
                  Ends on: 2026-11-23
                  Renewal: automatic, but not renewed yet
                - Type: certificate
                  ID: `c-idle`
                  Names: e.com
                  Days left: {red **4**}
                  Ends on: 2026-11-25
                  Note: not deployed
                - Type: ecs
                  ID: `i-never`
                  Days left: **9**
                  Ends on: 2026-11-30
                  Renewal: set not to be renewed
                - Type: ecs
                  ID: `i-weird`
                  Days left: **10**
                  Ends on: 2026-12-01
                  Renewal: unknown, taken as not automatic
                - Type: TLS endpoint
                  ID: `example.com:443`
                  Names: example.com
                  Days left: **10**
                  Ends on: 2026-12-01
                - Type: ecs
                  ID: `i-unclear`
                  Days left: **unknown**
                  Ends on: unknown
                  Renewal: automatic
                ---
                **Ending within **{red **15**}** days without auto-renewal (**{red **5**}**):**
                **certificate** (2) ,**ecs** (2) ,**TLS endpoint** (1)
                Already ended ({red **3**}):
                **ecs** (2) ,**domain** (1)
                Set to renew automatically but not renewed yet ({red **2**}):
                **domain** (1) ,**ecs** (1)
                With an end that cannot be read, please check by hand (**1**):
                **ecs** (1)
                Current balance: **5.00 ¥**
                There is no threshold for CNY: a low balance will not be reported by amount.
                Days the balance lasts: not enough history for a forecast.
                Scopes seen: 6/6.
                @ li, wang
                [Renew](https://usercenter2.aliyun.com/renew/manual)
            "#]],
        ],
    );
}

#[test]
fn news_list_what_is_new_and_count_everything() {
    let settings = settings("1");
    let memory = Memory::default();
    let before = census([(
        "shop",
        account(
            bill("i-1 ecs 2026-12-01 owner=li\ni-2 ecs 2026-12-02\ni-3 ecs 2026-12-03"),
            None,
        ),
    )]);
    let known = told(known(&before, &memory, &settings));
    let after = census([(
        "shop",
        account(
            bill("i-1 ecs 2026-12-01 owner=li\ni-3 ecs 2026-12-03\ni-4 rds 2026-12-04 owner=wu"),
            None,
        ),
    )]);
    let known = next_run(
        &known,
        &after,
        crate::assess(&after, &memory, &settings, now()),
    );
    let mut scene = scene(&after, &memory, &known);
    scene.last_digest = Some(now());
    let news = letter(&settings, &audience(&["shop"], Language::Chinese), &scene).unwrap();
    assert!(!news.is_digest);
    let tells: Vec<&str> = news.tells.iter().map(|it| it.resource.as_str()).collect();
    assert_eq!(tells, ["i-4", "i-2"]);
    expect![[r#"
        # 【shop - 到期实例巡检告警】 (orange)
        ## 新增或升级 **1** 个：
        - 实例类型: rds
          实例 ID: `i-4`
          剩余天数: **13**
          到期时间: 2026-12-04
        ---
        已解除 **1** 个：ecs `i-2`
        **您有 **{red **3**}** 个资源将在 **{red **15**}** 天内到期，未设置自动续费：**
        **ecs** (2) ,**rds** (1)
        已查看 4/4 个范围。
        @ wu
        [去续费](https://usercenter2.aliyun.com/renew/manual)
    "#]]
    .assert_eq(&message_text(&news.message));
    let news = letter(&settings, &audience(&["shop"], Language::English), &scene).unwrap();
    expect![[r#"
        # [shop - expiry patrol: action needed] (orange)
        ## New or more urgent (**1**):
        - Type: rds
          ID: `i-4`
          Days left: **13**
          Ends on: 2026-12-04
        ---
        Resolved (**1**): ecs `i-2`
        **Ending within **{red **15**}** days without auto-renewal (**{red **3**}**):**
        **ecs** (2) ,**rds** (1)
        Scopes seen: 4/4.
        @ wu
        [Renew](https://usercenter2.aliyun.com/renew/manual)
    "#]]
    .assert_eq(&message_text(&news.message));
}

#[test]
fn what_was_not_seen_this_time_is_listed_as_last_seen_and_counted_anew() {
    let settings = settings("1");
    let memory = Memory::default();
    let before = census([("shop", account(bill("i-1 ecs 2026-12-01 owner=li"), None))]);
    let mut known = told(known(&before, &memory, &settings));
    known[0].acked = Some(Ack {
        at: now(),
        by: "wang".into(),
    });
    let mut after = census([("shop", unseen_account(&Why::Unreachable))]);
    after.taken = now() + SignedDuration::from_hours(24 * 3);
    let known = next_run(&known, &after, Vec::new());
    check_known(
        &settings,
        (&after, &memory, &known),
        &["shop"],
        [
            expect![[r#"
                # 【shop - 到期实例巡检告警】 (red)
                - 实例类型: ecs
                  实例 ID: `i-1`
                  剩余天数: {red **7**}
                  到期时间: 2026-12-01
                  备注: wang 已认领；本次未看到，上次看到是 2026-11-21
                ---
                **您有 **{red **1**}** 个资源将在 **{red **15**}** 天内到期，未设置自动续费：**
                **ecs** (1)
                其中 **1** 个本次未看到，按上次所见列出。
                当前账户余额：本次未看到
                已查看 0/5 个范围，{red **5**} 个未看到：
                账号 **shop** 完全未看到：无法连接或没有应答
                [去续费](https://usercenter2.aliyun.com/renew/manual)
            "#]],
            expect![[r#"
                # [shop - expiry patrol: action needed] (red)
                - Type: ecs
                  ID: `i-1`
                  Days left: {red **7**}
                  Ends on: 2026-12-01
                  Note: taken on by wang; not seen this time, last seen on 2026-11-21
                ---
                **Ending within **{red **15**}** days without auto-renewal (**{red **1**}**):**
                **ecs** (1)
                Not seen this time and listed as last seen: **1**.
                Current balance: not seen this time
                Scopes seen: 0/5, not seen: {red **5**}:
                Nothing was seen of account **shop**: could not be reached or did not answer
                [Renew](https://usercenter2.aliyun.com/renew/manual)
            "#]],
        ],
    );
}

#[test]
fn what_is_resolved_is_told_and_what_is_muted_is_counted() {
    let settings = settings("1");
    let memory = Memory::default();
    let before = census([(
        "shop",
        account(bill("i-1 ecs 2026-12-01\ni-2 ecs 2026-12-01"), None),
    )]);
    let mut known = told(known(&before, &memory, &settings));
    known[1].muted = Some(Mute {
        until: at("2027-01-01T00:00:00Z"),
        reason: "r".into(),
        by: "li".into(),
    });
    let after = census([("shop", account(bill("i-2 ecs 2026-12-01"), None))]);
    let known = next_run(
        &known,
        &after,
        crate::assess(&after, &memory, &settings, now()),
    );
    check_known(
        &settings,
        (&after, &memory, &known),
        &["shop"],
        [
            expect![[r#"
            # 【shop - 巡检告警已解除】 (green)
            已解除 **1** 个：ecs `i-1`
            另有 1 个已静音。
            已查看 4/4 个范围。
        "#]],
            expect![[r#"
            # [shop - patrol: resolved] (green)
            Resolved (**1**): ecs `i-1`
            Muted besides: 1.
            Scopes seen: 4/4.
        "#]],
        ],
    );
}

#[test]
fn owners_are_mentioned_for_news_and_urgent_things_only() {
    let settings = settings("1");
    let memory = Memory::default();
    let rows = "i-1 ecs 2026-12-01 owner=li\ni-2 ecs 2026-11-22 owner=wang";
    let census = census([("shop", account(bill(rows), None))]);
    let known = known(&census, &memory, &settings);
    let mentioned = |known: &[KnownFinding]| {
        let audience = audience(&["shop"], Language::Chinese);
        letter(&settings, &audience, &scene(&census, &memory, known))
            .unwrap()
            .message
            .mention
    };
    assert_eq!(mentioned(&known), ["li", "wang"]);
    let mut known = told(known);
    assert_eq!(mentioned(&known), ["wang"]);
    for it in &mut known {
        it.acked = Some(Ack {
            at: now(),
            by: "zhao".into(),
        });
    }
    assert_eq!(mentioned(&known), [] as [&str; 0]);
}

#[test]
fn who_is_told_by_tag_hears_of_these_things_and_of_no_money() {
    let settings = settings("10000");
    let memory = Memory::default();
    let rows = "i-1 ecs 2026-12-01 owner=li\ni-2 ecs 2026-12-02 owner=wang";
    let census = census([("shop", account(bill(rows), Some("5")))]);
    let known = known(&census, &memory, &settings);
    let mut audience = audience(&[], Language::Chinese);
    let tags = Tags::from([("owner".into(), "li".into())]);
    audience.takes = vec![Takes::Tagged {
        tags,
        accounts: [].into(),
    }];
    let letter = letter(&settings, &audience, &scene(&census, &memory, &known)).unwrap();
    expect![[r#"
        # 【shop - 到期实例巡检告警】 (orange)
        - 实例类型: ecs
          实例 ID: `i-1`
          剩余天数: **10**
          到期时间: 2026-12-01
        ---
        **您有 **{red **1**}** 个资源将在 **{red **15**}** 天内到期，未设置自动续费：**
        **ecs** (1)
        @ li
        [去续费](https://usercenter2.aliyun.com/renew/manual)
    "#]]
    .assert_eq(&message_text(&letter.message));
}

#[test]
fn what_is_no_longer_asked_for_is_not_told_for_ever() {
    let mut settings = settings("10000");
    settings.defaults.endpoints = vec!["a:443".into()];
    let memory = Memory::default();
    let mut before = census([("shop", account(Vec::new(), Some("5")))]);
    before.endpoints = [probe("a:443", "2026-12-01")].into();
    let known = told(known(&before, &memory, &settings));
    assert_eq!(known.len(), 2);
    settings.defaults = PatrolSettings {
        balance: crate::BalanceRule::Off,
        ping: false,
        ..PatrolSettings::default()
    };
    let after = census([("shop", empty_account())]);
    let known = next_run(&known, &after, Vec::new());
    assert!(known.iter().all(|it| it.frozen));
    let audience = audience(&["shop", "-"], Language::Chinese);
    assert_eq!(
        letter(&settings, &audience, &scene(&after, &memory, &known)),
        None
    );
    assert_eq!(crate::summary::rows(&known, &settings, now()), []);
}

/// Returns 100 accounts with ten things each that end soon.
fn crowd() -> Census {
    let mut all = census([]);
    for number in 0..100 {
        let rows: String = (0..10)
            .map(|it| {
                format!(
                    "i-{number:02}-{it} ecs 2026-12-{:02} owner=o{number}\n",
                    1 + it % 5
                )
            })
            .collect();
        let sight: AccountSight = account(bill(&rows), Some("20,000"));
        all.accounts
            .insert(AccountId::new(format!("acct-{number:02}")), sight);
    }
    all
}

#[test]
fn a_thousand_findings_of_a_hundred_accounts_are_one_bounded_message_at_once() {
    let census = crowd();
    let (settings, memory) = (settings("10000"), Memory::default());
    let names: Vec<String> = census.accounts.keys().map(ToString::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let clock = SystemClock::new();
    let known = known(&census, &memory, &settings);
    let scene = scene(&census, &memory, &known);
    let letter = letter(&settings, &audience(&names, Language::Chinese), &scene).unwrap();
    let report = crate::summarize(&census, &known, &[], &settings, now());
    assert!(clock.monotonic() < std::time::Duration::from_secs(1));
    assert_eq!((letter.tells.len(), report.findings.len()), (1000, 1000));
    let text = message_text(&letter.message);
    let head: Vec<&str> = text.lines().take(8).collect();
    let tail: Vec<&str> = text.lines().skip(1 + 20 * 5).take(6).collect();
    expect![[r#"
        # 【acct-00 等 100 个账号 - 到期实例巡检告警】 (orange)
        - 账号: acct-00
          实例类型: ecs
          实例 ID: `i-00-0`
          剩余天数: **10**
          到期时间: 2026-12-01
        - 账号: acct-00
          实例类型: ecs
    "#]]
    .assert_eq(&format!("{}\n", head.join("\n")));
    expect![[r#"
        (shown 20 of 1000)
        ---
        **您有 **{red **1000**}** 个资源将在 **{red **15**}** 天内到期，未设置自动续费：**
        **ecs** (1000)
        **acct-00**：**10** 个即将到期 · 余额 {green **20,000.00 ¥**}
        **acct-01**：**10** 个即将到期 · 余额 {green **20,000.00 ¥**}
    "#]]
    .assert_eq(&format!("{}\n", tail.join("\n")));
    let end: Vec<&str> = text.lines().rev().take(4).collect();
    expect![[r#"
        [去续费](https://usercenter2.aliyun.com/renew/manual)
        @ o0, o1, o10, o11, o12, o13, o14, o15, o16, o17, o18, o19, o2, o20, o21, o22, o23, o24, o25, o26, o27, o28, o29, o3, o30, o31, o32, o33, o34, o35, o36, o37, o38, o39, o4, o40, o41, o42, o43, o44, o45, o46, o47, o48, o49, o5, o50, o51, o52, o53, o54, o55, o56, o57, o58, o59, o6, o60, o61, o62, o63, o64, o65, o66, o67, o68, o69, o7, o70, o71, o72, o73, o74, o75, o76, o77, o78, o79, o8, o80, o81, o82, o83, o84, o85, o86, o87, o88, o89, o9, o90, o91, o92, o93, o94, o95, o96, o97, o98, o99
        已查看 500/500 个范围。
        另有 **60** 个账号也有待处理项。
    "#]].assert_eq(&format!("{}\n", end.join("\n")));
    assert!(text.len() < 16_000, "{} bytes", text.len());
}

#[test]
fn names_from_outside_are_cut_and_do_nothing_else() {
    let long = "名".repeat(10_000);
    let rows = bill(&format!(
        "i-1 ecs 2026-12-01 name={long}\ni-2 ecs 2026-12-02 name=@all"
    ));
    let census = census([("shop", account(rows, None))]);
    let (settings, memory) = (settings("1"), Memory::default());
    let known = known(&census, &memory, &settings);
    let audience = audience(&["shop"], Language::Chinese);
    let letter = letter(&settings, &audience, &scene(&census, &memory, &known)).unwrap();
    let text = message_text(&letter.message);
    assert!(
        text.len() < 2_000 && text.contains("名称: @all\n"),
        "{text}"
    );
    assert_eq!(letter.message.mention, [] as [&str; 0]);
}

#[test]
fn of_several_accounts_each_has_its_line() {
    let mut broke = account(
        bill("i-1 ecs 2026-12-01 auto price=600\ni-2 ecs 2026-11-20\ni-3 ecs 2026-12-01"),
        Some("500"),
    );
    broke.certificates = Some(seen(certificates("c-1 a.com 2025-01-01 2026-12-01 ?")));
    let mut abroad = account(bill("i-4 ecs 2026-12-02"), Some("20,000"));
    if let Some(cloud::Sighting::Seen(seen)) = abroad.balance.take() {
        let in_dollars = seen.map(|mut it| {
            it.available.currency = model::Currency::new("USD");
            it
        });
        abroad.balance = Some(cloud::Sighting::Seen(in_dollars));
    }
    let census = census([
        ("abroad", abroad),
        ("broke", broke),
        ("calm", account(Vec::new(), None)),
        ("rich", account(Vec::new(), Some("1,000,000"))),
    ]);
    let mut settings = settings("10000");
    settings
        .titles
        .insert(AccountId::new("broke"), "电商".into());
    check(
        &settings,
        &census,
        &steady_history("broke", 600),
        &["abroad", "broke", "calm", "rich"],
        [
            expect![[r#"
            # 【电商 等 4 个账号 - 到期实例巡检告警】 (red)
            - 账号: 电商
              实例类型: ecs
              实例 ID: `i-2`
              剩余天数: {red **已到期 1 天**}
              到期时间: 2026-11-20
            - 账号: 电商
              实例类型: 证书
              实例 ID: `c-1`
              域名: a.com
              剩余天数: **10**
              到期时间: 2026-12-01
            - 账号: 电商
              实例类型: ecs
              实例 ID: `i-3`
              剩余天数: **10**
              到期时间: 2026-12-01
            - 账号: abroad
              实例类型: ecs
              实例 ID: `i-4`
              剩余天数: **11**
              到期时间: 2026-12-02
            ---
            **您有 **{red **3**}** 个资源将在 **{red **15**}** 天内到期，未设置自动续费：**
            **ecs** (2) ,**证书** (1)
            {red **1**} 个资源已经到期：
            **ecs** (1)
            **1** 个资源已设置自动续费，不逐个提醒。
            **电商**：**2** 个即将到期 · **1** 个已到期 · 余额 {red **500.00 ¥**} · 余额不够自动续费 · 余额约可用 **5** 天
            **abroad**：**1** 个即将到期 · 余额 **20,000.00 $**
            **rich**：余额 {green **1,000,000.00 ¥**}
            其余 **1** 个账号没有待处理项。
            有 **1** 个账号的余额币种没有设置阈值：余额再低也不会按阈值告警。
            已查看 19/19 个范围。
            [去续费](https://usercenter2.aliyun.com/renew/manual)
        "#]],
            expect![[r#"
            # [电商 and others, 4 accounts - expiry patrol: action needed] (red)
            - Account: 电商
              Type: ecs
              ID: `i-2`
              Days left: {red **ended 1 d ago**}
              Ends on: 2026-11-20
            - Account: 电商
              Type: certificate
              ID: `c-1`
              Names: a.com
              Days left: **10**
              Ends on: 2026-12-01
            - Account: 电商
              Type: ecs
              ID: `i-3`
              Days left: **10**
              Ends on: 2026-12-01
            - Account: abroad
              Type: ecs
              ID: `i-4`
              Days left: **11**
              Ends on: 2026-12-02
            ---
            **Ending within **{red **15**}** days without auto-renewal (**{red **3**}**):**
            **ecs** (2) ,**certificate** (1)
            Already ended ({red **1**}):
            **ecs** (1)
            Renewing automatically, not listed one by one: **1**.
            **电商**: **2** ending soon · **1** ended · balance {red **500.00 ¥**} · balance does not cover auto-renewal · balance lasts about **5** d
            **abroad**: **1** ending soon · balance **20,000.00 $**
            **rich**: balance {green **1,000,000.00 ¥**}
            Accounts that need no attention: **1**.
            Accounts whose balance is in a currency without a threshold: **1**. A low balance will not be reported by amount.
            Scopes seen: 19/19.
            [Renew](https://usercenter2.aliyun.com/renew/manual)
        "#]],
        ],
    );
}

#[test]
fn a_sign_of_life_of_several_accounts_has_their_balances() {
    let census = census([
        ("calm", account(Vec::new(), None)),
        ("rich", account(Vec::new(), Some("1,000,000"))),
    ]);
    let mut settings = settings("10000");
    let early = PatrolSettings {
        warn_days: 30,
        ..settings.defaults.clone()
    };
    settings.accounts.insert(AccountId::new("rich"), early);
    check(
        &settings,
        &census,
        &Memory::default(),
        &["calm", "rich"],
        [
            expect![[r#"
            # 【calm 等 2 个账号 - 巡检正常】 (green)
            巡检程序运行正常：在已查看的范围内，没有未设置自动续费的资源即将到期。
            **rich**：余额 {green **1,000,000.00 ¥**}
            其余 **1** 个账号没有待处理项。
            已查看 9/9 个范围。
        "#]],
            expect![[r#"
            # [calm and others, 2 accounts - patrol: all is well] (green)
            The patrol is running: in all that was seen, nothing without auto-renewal ends soon.
            **rich**: balance {green **1,000,000.00 ¥**}
            Accounts that need no attention: **1**.
            Scopes seen: 9/9.
        "#]],
        ],
    );
}

#[test]
fn while_something_is_still_open_it_is_not_said_that_all_is_resolved() {
    let settings = settings("1");
    let memory = Memory::default();
    let before = census([(
        "shop",
        account(bill("i-1 ecs 2026-12-01\ni-2 ecs 2026-12-01"), None),
    )]);
    let known = told(known(&before, &memory, &settings));
    let after = census([("shop", account(bill("i-2 ecs 2026-12-01"), None))]);
    let known = next_run(
        &known,
        &after,
        crate::assess(&after, &memory, &settings, now()),
    );
    let mut scene = scene(&after, &memory, &known);
    scene.last_digest = Some(now());
    let news = letter(&settings, &audience(&["shop"], Language::Chinese), &scene).unwrap();
    assert_eq!(news.message.title, "【shop - 部分巡检告警已解除】");
    assert_eq!(news.message.tone, Tone::Plain);
}

#[test]
fn a_sign_of_life_does_not_deny_what_is_muted() {
    let settings = settings("1");
    let memory = Memory::default();
    let census = census([("shop", account(bill("i-1 ecs 2026-12-01"), None))]);
    let mut known = known(&census, &memory, &settings);
    known[0].muted = Some(Mute {
        until: at("2027-01-01T00:00:00Z"),
        reason: "r".into(),
        by: "li".into(),
    });
    check_known(
        &settings,
        (&census, &memory, &known),
        &["shop"],
        [
            expect![[r#"
            # 【shop - 巡检正常】 (green)
            巡检程序运行正常：在已查看的范围内，除已静音的以外，没有需要告警的。
            另有 1 个已静音。
            已查看 4/4 个范围。
        "#]],
            expect![[r#"
            # [shop - patrol: all is well] (green)
            The patrol is running: in all that was seen, nothing but what is muted calls for an alarm.
            Muted besides: 1.
            Scopes seen: 4/4.
        "#]],
        ],
    );
}

#[test]
fn what_is_planned_and_keys_that_grew_old_have_words_of_their_own_and_no_page_to_renew() {
    let planned = maintenance(
        "
        e-1 i-reboot SystemMaintenance.Reboot 2026-11-24T02:00:00Z - The host is to be replaced.
        e-2 i-begun  SystemMaintenance.Reboot 2026-11-20 -
        e-3 i-end    instance-retirement      2026-12-20 2026-12-31
        ",
    );
    let keys = access_keys(
        "
        LTAI…aaaa alice 2025-11-21 2026-11-20 on
        LTAI…bbbb bob   -          -          on
        ",
    );
    let census = census([("shop", upkept("cn-beijing", planned, keys))]);
    check(
        &upkeep_settings(Some(90)),
        &census,
        &Memory::default(),
        &["shop"],
        [
            expect![[r#"
            # 【shop - 到期实例巡检告警】 (red)
            - 实例类型: 计划维护
              实例 ID: `e-2`
              实例: `i-begun`
              事件: SystemMaintenance.Reboot
              剩余天数: {red **已开始**}
              计划开始: 2026-11-20
            - 实例类型: 计划维护
              实例 ID: `e-1`
              实例: `i-reboot`
              事件: SystemMaintenance.Reboot
              云厂商说明: The host is to be replaced.
              剩余天数: {red **3**}
              计划开始: 2026-11-24
            - 实例类型: 计划维护
              实例 ID: `e-3`
              实例: `i-end`
              事件: instance-retirement
              剩余天数: **29**
              计划开始: 2026-12-20
              实例终止: 2026-12-31
            - 实例类型: 访问密钥
              实例 ID: `alice/LTAI…aaaa`
              用户: alice
              已使用: **365 天**
              最近使用: 2026-11-20
            - 实例类型: 访问密钥
              实例 ID: `bob/LTAI…bbbb`
              用户: bob
              已使用: **未知**
              最近使用: 未知
            ---
            云厂商计划了 **3** 项实例维护。
            **2** 个访问密钥使用过久或时间未知，请轮换。
            已查看 6/6 个范围。
        "#]],
            expect![[r#"
            # [shop - expiry patrol: action needed] (red)
            - Type: maintenance
              ID: `e-2`
              Machine: `i-begun`
              Event: SystemMaintenance.Reboot
              Days left: {red **has begun**}
              Begins on: 2026-11-20
            - Type: maintenance
              ID: `e-1`
              Machine: `i-reboot`
              Event: SystemMaintenance.Reboot
              In the cloud's words: The host is to be replaced.
              Days left: {red **3**}
              Begins on: 2026-11-24
            - Type: maintenance
              ID: `e-3`
              Machine: `i-end`
              Event: instance-retirement
              Days left: **29**
              Begins on: 2026-12-20
              Machine ends on: 2026-12-31
            - Type: access key
              ID: `alice/LTAI…aaaa`
              User: alice
              Age: **365 d**
              Last used on: 2026-11-20
            - Type: access key
              ID: `bob/LTAI…bbbb`
              User: bob
              Age: **unknown**
              Last used on: unknown
            ---
            Planned by the cloud for machines: **3**.
            Access keys that have grown old, or of unknown age: **2**.
            Scopes seen: 6/6.
        "#]],
        ],
    );
}
