use std::fs;

use expect_test::{Expect, expect};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use super::*;

const CANARY: &str = "CANARY7f3a9c";

fn located(origin: Origin) -> Located {
    Located {
        path: "/etc/skywarden/skywarden.toml".into(),
        origin,
    }
}

fn surroundings() -> Surroundings {
    Surroundings {
        home: Some("/home/me".into()),
        working_directory: "/srv/work".into(),
        ..Surroundings::default()
    }
}

fn read(text: &str) -> Result<Config, ConfigError> {
    parse(text, &located(Origin::Flag), &surroundings())
}

fn good(text: &str) -> Config {
    read(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// What a person sees of a configuration that is refused.
fn refused(text: &str) -> String {
    let error = read(text).expect_err(text);
    let mut said = error.to_string();
    for hint in error.hints() {
        said.push_str("\nhint: ");
        said.push_str(&hint);
    }
    assert!(!said.contains(CANARY), "{said}");
    assert!(!format!("{error:?}").contains(CANARY));
    said.replace("/etc/skywarden/", "") + "\n"
}

fn check(text: &str, expected: Expect) {
    expected.assert_eq(&refused(text));
}

const SHOP: &str = "[accounts.shop]\ncloud = \"aliyun\"\ncredentials = { profile = \"default\" }\n";

#[test]
fn the_embedded_default_says_what_holds_without_a_file() {
    let config = good(DEFAULT);
    assert_eq!(show(&config).unwrap(), show(&good("")).unwrap());
    assert_eq!(config.warnings.len(), 1, "{:?}", config.warnings);
}

#[test]
fn every_example_of_the_embedded_default_is_accepted() {
    let mut text = String::new();
    for line in DEFAULT.lines() {
        let example = line
            .strip_prefix('#')
            .filter(|it| it.starts_with(|c: char| c == '[' || c.is_ascii_lowercase()));
        let line = example.unwrap_or(line);
        let key = line.split(" =").next().unwrap_or("").to_owned();
        // The example of a key that also stands at its default takes its place.
        if let (Some(_), Some(at)) = (example, text.rfind(&format!("\n{key} = ")))
            && !text[at + 1..].contains("\n[")
        {
            text.truncate(at + 1);
        }
        text.push_str(line);
        text.push('\n');
    }
    let config = good(&text);
    assert_eq!(config.accounts.len(), 3);
    assert_eq!(config.channels.len(), 2);
    assert_eq!(config.patrol.balance_below.len(), 2);
    assert_eq!(config.warnings, []);
    let account = &config.accounts[0];
    assert_eq!(
        (account.patrol.warn_days, config.patrol.warn_days),
        (30, 15)
    );
}

#[test]
fn the_schema_is_that_of_the_types_that_read_the_file() {
    let schema = schemars::schema_for!(ConfigFile).to_value();
    expect_test::expect_file!["schema.json"].assert_eq(&format!("{schema:#}\n"));
}

#[test]
fn every_key_of_the_schema_is_documented_in_the_embedded_default() {
    fn keys(schema: &serde_json::Value, found: &mut Vec<String>) {
        match schema {
            serde_json::Value::Object(object) => {
                if let Some(properties) = object.get("properties").and_then(|it| it.as_object()) {
                    found.extend(properties.keys().cloned());
                }
                object.values().for_each(|it| keys(it, found));
            }
            serde_json::Value::Array(array) => array.iter().for_each(|it| keys(it, found)),
            _ => {}
        }
    }
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
    let mut found = Vec::new();
    keys(&schema, &mut found);
    assert!(found.len() > 60, "{found:?}");
    for key in found {
        let documented =
            DEFAULT.contains(&format!("{key} = ")) || DEFAULT.contains(&format!("[{key}"));
        assert!(documented, "{key} is in the schema and not in default.toml");
    }
}

#[test]
fn an_unknown_key_is_shown_with_the_nearest_known_one() {
    check(
        "[patrol]\nwarn_day = 15\n",
        expect![[r#"
        skywarden.toml:2:1: unknown key `warn_day` in [patrol]
          |
        2 | warn_day = …
          | ^^^^^^^^
        hint: did you mean `warn_days`?
    "#]],
    );
    check(
        &format!("[acounts.shop]\nsecret = \"{CANARY}\"\n"),
        expect![[r#"
        skywarden.toml:1:2: unknown key `acounts` at the top of the file
          |
        1 | [acounts.shop]
          |  ^^^^^^^
        hint: did you mean `accounts`?
    "#]],
    );
    check(
        &format!(
            "[channels.ops]\nwebhok = \"https://oapi.dingtalk.com/robot/send?access_token={CANARY}\"\n"
        ),
        expect![[r#"
            skywarden.toml:2:1: unknown key `webhok` in [channels.ops]
              |
            2 | webhok = …
              | ^^^^^^
            hint: did you mean `webhook`?
        "#]],
    );
    check(
        "[accounts.shop]\ncloud = \"aliyun\"\ncredentials = { profil = \"default\" }\n",
        expect![[r#"
        skywarden.toml:3:17: unknown key `profil` in [accounts.shop.credentials]
          |
        3 | credentials = { profil = … }
          |                 ^^^^^^
        hint: did you mean `profile`?
    "#]],
    );
    check(
        &format!("{SHOP}[accounts.shop.patrol]\naccounts = []\n"),
        expect![[r#"
        skywarden.toml:5:1: unknown key `accounts` in [accounts.shop.patrol]
          |
        5 | accounts = []
          | ^^^^^^^^
        hint: there are `every`, `timezone`, `warn_days`, `urgent_days`, `balance`, `balance_below`, `amount_invisible`, `max_list_length`, `ping`, `report_to`, `digest_hour`, `owner_tags`, `tls`, `maintenance`, `access_key_days`, `ignore_unseen`, `dead_man`.
    "#]],
    );
}

#[test]
fn bad_toml_is_shown_with_line_column_and_caret() {
    check(
        "[patrol]\nwarn_days 15\n",
        expect![[r#"
        skywarden.toml:2:11: key with no value, expected `=`
          |
        2 | warn_days 15
          |           ^
    "#]],
    );
    check(
        "[accounts.shop]\ncloud = aliyun\n",
        expect![[r#"
        skywarden.toml:2:9: text must stand in quotes
          |
        2 | cloud = aliyun
          |         ^^^^^^
        hint: write it as key = "value".
    "#]],
    );
    check(
        "[patrol\nwarn_days = 15\n",
        expect![[r#"
        skywarden.toml:1:8: unclosed table, expected `]`
          |
        1 | [patrol
          |        ^
    "#]],
    );
    check(
        "[patrol]\nwarn_days = \"fifteen\"\n",
        expect![[r#"
        skywarden.toml:2:13: invalid type: string "fifteen", expected a whole number from 0 to 65535
          |
        2 | warn_days = "fifteen"
          |             ^^^^^^^^^
    "#]],
    );
    check(
        "[patrol]\nping = \"on\"\n",
        expect![[r#"
        skywarden.toml:2:8: invalid type: string "on", expected a boolean
          |
        2 | ping = "on"
          |        ^^^^
    "#]],
    );
    check(
        "# 中文注释\n[patrol]\nregions = \"中文\" x\n",
        expect![[r#"
        skywarden.toml:3:16: unexpected key or value, expected newline, `#`
          |
        3 | regions = "中文" x
          |            　　  ^
        hint: text must stand in quotes, and each key on a line of its own.
    "#]],
    );
}

#[test]
fn text_without_quotes_is_a_common_slip_and_shows_no_secret() {
    check(
        &format!(
            "[channels.ops]\nwebhook = https://oapi.dingtalk.com/robot/send?access_token={CANARY}\n"
        ),
        expect![[r#"
            skywarden.toml:2:60: unexpected key or value, expected newline, `#`
              |
            2 | webhook = …
              |           ^
            hint: text must stand in quotes, and each key on a line of its own.
        "#]],
    );
    check(
        &format!("[channels.ops]\nsecret = SEC{CANARY}\n"),
        expect![[r#"
        skywarden.toml:2:10: text must stand in quotes
          |
        2 | secret = …
          |          ^
        hint: write it as key = "value".
    "#]],
    );
    check(
        &format!("[channels.ops]\nsecret = \"SEC{CANARY}\n"),
        expect![[r#"
        skywarden.toml:2:26: invalid basic string, expected `"`
          |
        2 | secret = …
          |           ^
    "#]],
    );
    check(
        &format!("[channels.ops]\nsecret = '''\nSEC{CANARY}\n"),
        expect![[r#"
        skywarden.toml:4:1: invalid multi-line literal string, expected `'`
          |
        4 | 
          | ^
    "#]],
    );
    check(
        &format!("[channels.ops]\n{CANARY}\n"),
        expect![[r#"
        skywarden.toml:2:13: key with no value, expected `=`
          |
        2 | …
          |  ^
    "#]],
    );
    for line in [
        "webhook = https://open.feishu.cn/open-apis/bot/v2/hook/X?a=1",
        "webhook = https://open.feishu.cn/X,a=1",
        "secret = SECX=",
        "secret = \"SECX\" = 1",
        "secret = [\n[\"X\"] x",
        "secret = [\n\"X\" x",
        "secret \"X\"",
        "secret: X",
        "X",
    ] {
        refused(&format!("[channels.ops]\n{}\n", line.replace('X', CANARY)));
    }
    check(
        &format!("{SHOP}secret = [\"{CANARY}\"]\n"),
        expect![[r#"
            skywarden.toml:4:1: unknown key `secret` in [accounts.shop]
              |
            4 | secret = […]
              | ^^^^^^
            hint: there are `cloud`, `title`, `credentials`, `regions`, `site`, `partition`, `bill`, `expect_identity`, `endpoints`, `quotas`, `discover`, `patrol`, `orphans`, `backups`, `alarms`, `guard`.
        "#]],
    );
}

#[test]
fn a_secret_in_a_place_of_another_kind_is_not_repeated() {
    for line in [
        "credentials = \"X\"",
        "credentials = { profile = \"p\", secret = \"X\" }",
        "credentials = { sealed = { id = \"X\" } }",
        "credentials = { env = [\"X\"] }",
        "regions = { a = \"X\" }",
        "discover = \"X\"",
        "endpoints = { ecs = \"X\" }",
        "endpoints = \"X\"",
    ] {
        refused(&format!(
            "[accounts.a]\ncloud = \"aliyun\"\n{}\n",
            line.replace('X', CANARY)
        ));
    }
    for line in [
        "webhook = [\"X\"]",
        "webhook = { sealed = \"a\", plain = \"X\" }",
        "webhook = \"http://example.com/X\"",
        "webhook = \"X\"",
        "secret = { text = \"X\" }",
        "mention = \"X\"",
        "smtp = \"X\"",
        "smtp = { host = \"h\", password = [\"X\"], from = \"a\", to = [\"b\"] }",
        "webhook = \"https://example.com/X\"",
    ] {
        refused(&format!("[channels.a]\n{}\n", line.replace('X', CANARY)));
    }
}

#[test]
fn two_accounts_with_one_name_are_refused() {
    check(
        &format!("{SHOP}[accounts.shop]\ncloud = \"aliyun\"\n"),
        expect![[r#"
        skywarden.toml:4:11: this key is here twice
          |
        4 | [accounts.shop]
          |           ^^^^
        hint: each name stands once; rename or merge the two.
    "#]],
    );
    check(
        &format!("{SHOP}{}", SHOP.replace("shop", "Shop")),
        expect![[r#"
        skywarden.toml:4:11: two accounts have one name: `shop` and `Shop`
          |
        4 | [accounts.Shop]
          |           ^^^^
        hint: give one of them another name.
    "#]],
    );
}

#[test]
fn commands_of_a_file_that_merely_lay_there_are_refused() {
    let direct = "[accounts.shop]\ncloud = \"aliyun\"\ncredentials = { command = [\"/opt/x\"] }\n";
    let nested = "[accounts.shop]\ncloud = \"aliyun\"\ncredentials = { assume_role = \"acs:ram::1:role/a\", via = { command = [\"/opt/x\"] } }\n";
    for text in [direct, nested] {
        for origin in [Origin::Flag, Origin::Environment, Origin::ConfigFolder] {
            parse(text, &located(origin), &surroundings()).unwrap();
        }
        let error = parse(text, &located(Origin::WorkingDirectory), &surroundings()).unwrap_err();
        assert!(
            error.to_string().contains("may not run commands"),
            "{error}"
        );
    }
    let error = parse(direct, &located(Origin::WorkingDirectory), &surroundings()).unwrap_err();
    expect![[r#"
        /etc/skywarden/skywarden.toml:3:15: a configuration that was merely found in the working directory may not run commands
          |
        3 | credentials = { command = […] }
          |               ^^^^^^^^^^^^^^^^^
        hint: if you trust this file, name it with --config, or move it to ~/.config/skywarden/.
    "#]].assert_eq(&format!("{error}\nhint: {}\n", error.hints().join("\n")));
}

#[test]
fn all_problems_of_names_and_references_are_told_at_once() {
    let text = format!(
        "{SHOP}patrol = {{ report_to = [\"opps\"], warn_days = 3, urgent_days = 5 }}\n\
         endpoints = {{ ecs = \"http://10.0.0.1\", ECS = \"https://a\", sts = \"https://a/b\" }}\n\
         [channels.ops]\nwebhook = \"https://example.com/hook\"\nmention = {{ people = [\"lisi\"] }}\n\
         [channels.empty]\n\
         [channels.mail]\nsmtp = {{ host = \"smtp.example.com\", security = \"none\", from = \"a@b\", to = [] }}\n\
         [[routes]]\nchannels = [\"mial\"]\n\
         [[routes]]\naccounts = [\"shoop\"]\nchannels = []\n\
         [people]\nzhangsan = {{}}\n"
    );
    check(
        &text,
        expect![[r#"
        skywarden.toml:4:25: there is no channel `opps`
          |
        4 | patrol = { report_to = ["opps"], warn_days = 3, urgent_days = 5 }
          |                         ^^^^^^
          = hint: did you mean `ops`?
        skywarden.toml:4:63: urgent from 5 days on is earlier than warned about, from 3 days on
          |
        4 | patrol = { report_to = ["opps"], warn_days = 3, urgent_days = 5 }
          |                                                               ^
        skywarden.toml:5:21: plain http goes to this machine only; use https
          |
        5 | endpoints = { ecs = …, ECS = …, sts = … }
          |                     ^
        skywarden.toml:5:46: "ECS" is not the code of a service such as `ecs`, nor `sts`, `metadata` or `default`
          |
        5 | endpoints = { ecs = …, ECS = …, sts = … }
          |                              ^
        skywarden.toml:5:65: an endpoint is a scheme and a host, such as https://ecs.example.com
          |
        5 | endpoints = { ecs = …, ECS = …, sts = … }
          |                                       ^
        skywarden.toml:7:11: the host does not tell what kind of channel this is
          |
        7 | webhook = …
          |           ^
          = hint: add `kind`: dingtalk, feishu, wecom, slack or webhook.
        skywarden.toml:8:23: there is no person `lisi` in [people]
          |
        8 | mention = { people = ["lisi"] }
          |                       ^^^^^^
          = hint: there are `zhangsan`.
        skywarden.toml:9:11: a channel needs a `webhook`, or a table `smtp` for mail
          |
        9 | [channels.empty]
          |           ^^^^^
        skywarden.toml:11:48: mail goes unprotected to this machine only; use tls or starttls
           |
        11 | smtp = { host = "smtp.example.com", security = "none", from = "a@b", to = [] }
           |                                                ^^^^^^
        skywarden.toml:11:75: a mail channel needs a receiver
           |
        11 | smtp = { host = "smtp.example.com", security = "none", from = "a@b", to = [] }
           |                                                                           ^^
        skywarden.toml:12:1: a route needs `accounts` or `tags` to go by
           |
        12 | [[routes]]
           | ^^^^^^^^^^
          = hint: for everything, use `report_to` in [patrol].
        skywarden.toml:13:13: there is no channel `mial`
           |
        13 | channels = ["mial"]
           |             ^^^^^^
          = hint: did you mean `mail`?
        skywarden.toml:14:1: a route needs a channel to go to
           |
        14 | [[routes]]
           | ^^^^^^^^^^
        skywarden.toml:15:13: there is no account `shoop`
           |
        15 | accounts = ["shoop"]
           |             ^^^^^^^
          = hint: did you mean `shop`?
    "#]],
    );
}

#[test]
fn single_values_are_checked_where_they_stand() {
    let mut said = String::new();
    for line in [
        "every = \"0 61 * * * *\"",
        "every = \"often\"",
        "every = \"0 0 0 30 2 *\"",
        "timezone = \"Asia/Shangai\"",
        "balance_below = { RMB1 = 5 }",
        "balance_below = { CNY = \"much\" }",
        "balance_below = { CNY = true }",
        "balance = \"of\"",
        "warn_days = -1",
        "digest_hour = 24",
        "tls = [\"https://example.com\"]",
        "tls = [\"example.com/path\"]",
        "ignore_unseen = [{ scope = \"a\", until = \"soon\" }]",
        "ignore_unseen = [{ scope = \"a\", until = 09:00:00 }]",
        "report_to = [\"a b\"]",
        "dead_man = { sealed = \"../x\" }",
        "dead_man = {}",
    ] {
        said.push_str(&refused(&format!("[patrol]\n{line}\n")));
    }
    said.push_str(&refused("[pace]\nscheduled = 0\n"));
    for quotas in [
        "at_most = \"10\"",
        "services = { ecs = \"0/s\" }",
        "every = \"10/s\"",
    ] {
        said.push_str(&refused(&format!(
            "{SHOP}[accounts.shop.quotas]\n{quotas}\n"
        )));
    }
    said.push_str(&refused("[accounts.\"a b\"]\n"));
    // This one would be the account of what belongs to none.
    said.push_str(&refused("[accounts.-]\n"));
    said.push_str(&refused("[accounts.a]\ncloud = \"tencent\"\n"));
    said.push_str(&refused("[accounts.a]\ncloud = \"aliyun\"\n"));
    said.push_str(&refused(
        "[accounts.a]\ncloud = \"aliyun\"\nregions = [\"evil.com/\"]\n",
    ));
    expect![[r#"
        skywarden.toml:2:9: "0 61 * * * *" is not a schedule like "0 30 9 * * *": Component error: Number out of bounds.
          |
        2 | every = "0 61 * * * *"
          |         ^^^^^^^^^^^^^^
        skywarden.toml:2:9: "often" is not a schedule like "0 30 9 * * *": Invalid pattern: Pattern must have between 5 and 7 fields.
          |
        2 | every = "often"
          |         ^^^^^^^
        skywarden.toml:2:9: the schedule "0 0 0 30 2 *" names a moment that never comes
          |
        2 | every = "0 0 0 30 2 *"
          |         ^^^^^^^^^^^^^^
        skywarden.toml:2:12: "Asia/Shangai" is not a time zone such as "Asia/Shanghai"
          |
        2 | timezone = "Asia/Shangai"
          |            ^^^^^^^^^^^^^^
        skywarden.toml:2:19: a currency is three capital letters such as CNY or USD
          |
        2 | balance_below = { RMB1 = … }
          |                   ^^^^
        skywarden.toml:2:25: this is not an amount of money such as 10000 or "10000.50"
          |
        2 | balance_below = { CNY = "much" }
          |                         ^^^^^^
        skywarden.toml:2:25: invalid type: boolean `true`, expected an amount of money such as 10000 or "10000.50"
          |
        2 | balance_below = { CNY = true }
          |                         ^^^^
        skywarden.toml:2:11: `of` is not a choice here
          |
        2 | balance = "of"
          |           ^^^^
        hint: did you mean `off`?
        skywarden.toml:2:13: invalid value: integer `-1`, expected a whole number from 0 to 65535
          |
        2 | warn_days = -1
          |             ^^
        skywarden.toml:2:15: an hour of the day is a number from 0 to 23
          |
        2 | digest_hour = 24
          |               ^^
        skywarden.toml:2:8: this is not a host such as "example.com" or "example.com:8443"
          |
        2 | tls = ["https://example.com"]
          |        ^^^^^^^^^^^^^^^^^^^^^
        skywarden.toml:2:8: this is not a host such as "example.com" or "example.com:8443"
          |
        2 | tls = ["example.com/path"]
          |        ^^^^^^^^^^^^^^^^^^
        skywarden.toml:2:41: this is not a day such as 2026-12-31
          |
        2 | ignore_unseen = [{ scope = "a", until = "soon" }]
          |                                         ^^^^^^
        skywarden.toml:2:41: this is not a day such as 2026-12-31
          |
        2 | ignore_unseen = [{ scope = "a", until = 09:00:00 }]
          |                                         ^^^^^^^^
        skywarden.toml:2:14: a name has letters, digits, `_` and `-` only, at most 64 of them
          |
        2 | report_to = ["a b"]
          |              ^^^^^
        skywarden.toml:2:12: "../x" cannot be the name of a secret
          |
        2 | dead_man = { sealed = "../x" }
          |            ^^^^^^^^^^^^^^^^^^^
        skywarden.toml:2:12: name exactly one of `sealed`, `env` and `file`
          |
        2 | dead_man = {}
          |            ^^
        skywarden.toml:2:13: a share of the quota is a number from 1 to 100
          |
        2 | scheduled = 0
          |             ^
        skywarden.toml:5:11: "10" is not a number of calls such as "10/s", "600/m" or "100/h"
          |
        5 | at_most = "10"
          |           ^^^^
        skywarden.toml:5:20: a quota allows at least one call
          |
        5 | services = { ecs = … }
          |                    ^
        skywarden.toml:5:1: unknown key `every` in [accounts.shop.quotas]
          |
        5 | every = "10/s"
          | ^^^^^
        hint: there are `at_most`, `services`, `operations`.
        skywarden.toml:1:11: a name has letters, digits, `_` and `-` only, at most 64 of them
          |
        1 | [accounts."a b"]
          |           ^^^^^
        skywarden.toml:1:11: a name has at least one letter or digit
          |
        1 | [accounts.-]
          |           ^
        skywarden.toml:1:1: the key `credentials` is missing
          |
        1 | [accounts.a]
          | ^^^^^^^^^^^^
        skywarden.toml:1:1: the key `credentials` is missing
          |
        1 | [accounts.a]
          | ^^^^^^^^^^^^
        skywarden.toml:3:12: a region is an id such as "cn-hangzhou"
          |
        3 | regions = ["evil.com/"]
          |            ^^^^^^^^^^^
    "#]].assert_eq(&said);
}

#[test]
fn quotas_are_told_by_names_that_the_cloud_has() {
    let quotas = |text: &str| format!("{SHOP}[accounts.shop.quotas]\n{text}\n");
    let config = good(&quotas(
        "at_most = \"5/s\"\nservices = { ecs = \"600/m\" }\noperations = { DescribeDisks = \"1/s\" }",
    ));
    let told = config.accounts[0].quotas.quotas();
    let of = |service: &str, operation: &str| told.of(service, operation, 10.0).per_second;
    assert_eq!(of("bss", "QueryAccountBalance"), 5.0);
    assert_eq!(of("ecs", "DescribeInstances"), 10.0);
    assert_eq!(of("ecs", "DescribeDisks"), 1.0);
    let said = [
        refused(&quotas("services = { tke = \"20/s\" }")),
        refused(&quotas("operations = { DescribeInstance = \"20/s\" }")),
    ]
    .concat();
    expect![[r#"
        skywarden.toml:5:14: nothing at aliyun is called by the name `tke`
          |
        5 | services = { tke = … }
          |              ^^^
        hint: there are `bss`, `cas`, `cms`, `cs`, `domain`, `ecs`, `ess`, `ram`, `resourcemanager`, `slb`, `sts`, `vpc`.
        skywarden.toml:5:16: nothing at aliyun is called by the name `DescribeInstance`
          |
        5 | operations = { DescribeInstance = … }
          |                ^^^^^^^^^^^^^^^^
        hint: did you mean `DescribeInstances`?
    "#]].assert_eq(&said);
}

#[test]
fn credentials_are_exactly_one_reference() {
    let credentials = |text: &str| {
        good(&format!(
            "[accounts.a]\ncloud = \"aliyun\"\ncredentials = {text}\n"
        ))
        .accounts[0]
            .credentials
            .clone()
    };
    assert_eq!(credentials("{ env = \"P\" }"), Credentials::Env("P".into()));
    assert_eq!(
        credentials("{ role = true }"),
        Credentials::MachineRole(None)
    );
    assert_eq!(
        credentials("{ role = \"r\" }"),
        Credentials::MachineRole(Some("r".into()))
    );
    assert_eq!(
        credentials("{ sealed = \"shop\" }"),
        Credentials::Sealed("shop".into())
    );
    assert_eq!(
        credentials("{ command = [\"/opt/x\", \"-j\"] }"),
        Credentials::Command(vec!["/opt/x".into(), "-j".into()])
    );
    assert!(matches!(
        credentials("{ uri = \"http://127.0.0.1:6666/\" }"),
        Credentials::Uri(_)
    ));
    let chained = credentials(
        "{ assume_role = \"acs:ram::1:role/b\", external_id = \"e\", session = \"s\", via = { assume_role = \"acs:ram::1:role/a\", via = { profile = \"p\" } } }",
    );
    let Credentials::AssumeRole(outer) = chained else {
        panic!("{chained:?}")
    };
    let Some(Credentials::AssumeRole(inner)) = outer.via else {
        panic!()
    };
    assert_eq!(inner.via, Some(Credentials::Profile("p".into())));
    assert_eq!(
        (outer.external_id.as_deref(), outer.session.as_deref()),
        (Some("e"), Some("s"))
    );

    let mut said = String::new();
    for text in [
        "{}",
        "{ env = \"A\", profile = \"b\" }",
        "{ profile = \"b\", session = \"s\" }",
        "{ role = false }",
        "{ command = [] }",
        "{ uri = \"http://10.0.0.1/\" }",
        "{ uri = \"http://169.254.169.254/\" }",
        "{ uri = \"file:///etc/passwd\" }",
        "{ assume_role = \"skywarden\" }",
        "{ sealed = \"a/b\" }",
        "{ profile = \"\" }",
    ] {
        let text = format!("[accounts.a]\ncloud = \"aliyun\"\ncredentials = {text}\n");
        said.push_str(refused(&text).lines().next().unwrap_or(""));
        said.push('\n');
    }
    expect![[r#"
        skywarden.toml:3:15: name exactly one of `env`, `profile`, `role`, `assume_role`, `sealed`, `command` and `uri`
        skywarden.toml:3:15: name exactly one of `env`, `profile`, `role`, `assume_role`, `sealed`, `command` and `uri`
        skywarden.toml:3:15: `via`, `external_id` and `session` belong to `assume_role`
        skywarden.toml:3:24: leave `role` out instead of false
        skywarden.toml:3:15: `command` needs a program, such as ["/opt/credentials", "--json"]
        skywarden.toml:3:15: plain http goes to this machine only; use https
        skywarden.toml:3:15: plain http goes to this machine only; use https
        skywarden.toml:3:15: this is not an https address
        skywarden.toml:3:15: `assume_role` is the ARN of a role, such as acs:ram::1234:role/skywarden
        skywarden.toml:3:15: "a/b" cannot be the name of a sealed secret
        skywarden.toml:3:15: credentials need a name that is not empty
    "#]].assert_eq(&said);
}

#[test]
fn an_account_overrides_every_key_of_the_patrol() {
    let global = good("").patrol;
    let config = good(&format!(
        "{SHOP}[accounts.shop.patrol]\n\
         every = \"@daily\"\ntimezone = \"UTC\"\nwarn_days = 40\nurgent_days = 20\nbalance = \"off\"\n\
         balance_below = {{ USD = 5 }}\namount_invisible = true\nmax_list_length = 3\nping = false\n\
         report_to = [\"ops\"]\ndigest_hour = 0\nowner_tags = [\"boss\"]\ntls = [\"example.com\"]\n\
         maintenance = true\naccess_key_days = 90\n\
         dead_man = {{ env = \"DEAD\" }}\nignore_unseen = [{{ scope = \"*\", until = 2027-01-01 }}]\n\
         [channels.ops]\nwebhook = {{ env = \"HOOK\" }}\n"
    ));
    let over = serde_json::to_value(&config.accounts[0].patrol).unwrap();
    let global = serde_json::to_value(global).unwrap();
    let mut same: Vec<&String> = over
        .as_object()
        .unwrap()
        .iter()
        .filter(|(key, value)| global.get(key) == Some(value))
        .map(|(key, _)| key)
        .collect();
    same.retain(|key| *key != "accounts");
    assert_eq!(same, Vec::<&String>::new());
    assert_eq!(serde_json::to_value(&config.patrol).unwrap(), global);
}

#[test]
fn an_hour_of_the_digest_that_cannot_be_kept_is_refused() {
    let accounts = |shop: &str, game: &str, patrol: &str| {
        let account = |name: &str, patrol: &str| {
            format!(
                "[accounts.{name}]\ncloud = \"aliyun\"\ncredentials = {{ profile = \"x\" }}\n\
                 patrol = {{ {patrol} }}\n"
            )
        };
        let channel = |name: &str| format!("[channels.{name}]\nwebhook = {{ env = \"HOOK\" }}\n");
        [
            account("shop", shop),
            account("game", game),
            channel("ops"),
            channel("dev"),
            format!("[patrol]\nreport_to = [\"ops\"]\n{patrol}\n"),
        ]
        .concat()
    };
    let mut said = refused(&accounts("digest_hour = 8", "", ""));
    let routed = "[[routes]]\naccounts = [\"shop\"]\nchannels = [\"dev\"]";
    let own = "digest_hour = 8, report_to = [\"dev\"]";
    said.push_str(&refused(&accounts("digest_hour = 7", own, routed)));
    expect![[r#"
        skywarden.toml:4:26: the channel `ops` gets one digest a day, and `game` wants it at another hour
          |
        4 | patrol = { digest_hour = 8 }
          |                          ^
        hint: give all accounts of `ops` the same digest_hour, or `shop` a channel of its own in report_to.
        skywarden.toml:4:26: the channel `dev` gets one digest a day, and `game` wants it at another hour
          |
        4 | patrol = { digest_hour = 7 }
          |                          ^
          = hint: give all accounts of `dev` the same digest_hour, or `shop` a channel of its own in report_to.
        skywarden.toml:8:26: the channel `dev` gets one digest a day, and `shop` wants it at another hour
          |
        8 | patrol = { digest_hour = 8, report_to = ["dev"] }
          |                          ^
          = hint: give all accounts of `dev` the same digest_hour, or `game` a channel of its own in report_to.
    "#]]
    .assert_eq(&said);
    // All want the same, have a channel each, or are not patrolled at all.
    for (shop, game, patrol) in [
        ("digest_hour = 8", "digest_hour = 8", ""),
        ("", "", "digest_hour = 8"),
        ("digest_hour = 9", "", ""),
        ("digest_hour = 7", own, ""),
        ("digest_hour = 8", "", "accounts = [\"shop\"]"),
    ] {
        good(&accounts(shop, game, patrol));
    }
}

#[test]
fn few_days_of_warning_are_all_urgent() {
    let config = good(&format!("{SHOP}patrol = {{ warn_days = 5 }}\n"));
    assert_eq!(config.accounts[0].patrol.urgent_days, 5);
    assert_eq!(config.patrol.urgent_days, 7);
}

#[test]
fn accounts_and_channels_keep_the_order_of_the_file() {
    let config = good(&format!(
        "{}{}[channels.b]\nwebhook = {{ env = \"B\" }}\n[channels.a]\nwebhook = {{ env = \"A\" }}\n",
        SHOP.replace("shop", "zoo"),
        SHOP.replace("shop", "ant")
    ));
    let accounts: Vec<&str> = config.accounts.iter().map(|it| it.name.as_str()).collect();
    let channels: Vec<&str> = config.channels.iter().map(|it| it.name.as_str()).collect();
    assert_eq!((accounts, channels), (vec!["zoo", "ant"], vec!["b", "a"]));
}

#[test]
fn the_kind_of_a_channel_is_guessed_from_its_host_only() {
    let kind = |line: &str| good(&format!("[channels.a]\n{line}\n")).channels[0].kind;
    for (host, expected) in [
        (
            "oapi.dingtalk.com/robot/send?access_token=a",
            ChannelKind::DingTalk,
        ),
        (
            "open.feishu.cn/open-apis/bot/v2/hook/a",
            ChannelKind::Feishu,
        ),
        (
            "open.larksuite.com/open-apis/bot/v2/hook/a",
            ChannelKind::Feishu,
        ),
        (
            "qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a",
            ChannelKind::WeCom,
        ),
        ("hooks.slack.com/services/a", ChannelKind::Slack),
    ] {
        assert_eq!(
            kind(&format!("webhook = \"https://{host}\"")),
            Some(expected)
        );
    }
    assert_eq!(kind("webhook = { sealed = \"a\" }"), None);
    assert_eq!(
        kind("kind = \"webhook\"\nwebhook = \"https://oapi.dingtalk.com/a\""),
        Some(ChannelKind::Webhook)
    );
    assert_eq!(
        kind("smtp = { host = \"smtp.example.com\", from = \"a@b\", to = [\"c@d\"] }"),
        Some(ChannelKind::Mail)
    );
    assert!(
        refused("[channels.a]\nwebhook = \"https://oapi.dingtalk.com.evil.example/\"\n")
            .contains("does not tell")
    );
}

#[test]
fn secrets_in_the_file_are_warned_about_and_never_shown() {
    let config = good(&format!(
        "[store]\nurl = \"postgres://me:{CANARY}@db/sky\"\n\
         [network]\nproxy = \"http://me:{CANARY}@proxy:3128\"\n\
         [patrol]\ndead_man = \"https://hc.example.com/{CANARY}\"\n\
         [channels.ops]\nwebhook = \"https://oapi.dingtalk.com/robot/send?access_token={CANARY}\"\nsecret = \"SEC{CANARY}\"\n\
         [channels.mail]\nsmtp = {{ host = \"smtp.example.com\", from = \"a@b\", to = [\"c@d\"], password = \"{CANARY}\" }}\n\
         [accounts.a]\ncloud = \"aliyun\"\ncredentials = {{ uri = \"http://127.0.0.1/?token={CANARY}\" }}\npatrol = {{ report_to = [\"ops\"] }}\n"
    ));
    let shown = show(&config).unwrap();
    let warnings: Vec<String> = config
        .warnings
        .iter()
        .map(|it| it.text(&config.path))
        .collect();
    let everything = format!("{shown}{config:?}{}", warnings.join("\n"));
    assert!(!everything.contains(CANARY), "{everything}");
    let places: Vec<usize> = config
        .warnings
        .iter()
        .filter_map(|it| Some(it.excerpt.as_ref()?.line))
        .collect();
    assert_eq!(places, [11, 8, 9, 6, 4, 2]);
    assert!(
        shown.contains("webhook = \"https://oapi.dingtalk.com/***\""),
        "{shown}"
    );
    assert_eq!(
        config.channels[0]
            .section
            .secret
            .as_ref()
            .map(|it| match it {
                SecretRef::Plain(text) => text.expose_secret().to_owned(),
                other => panic!("{other:?}"),
            }),
        Some(format!("SEC{CANARY}"))
    );
}

#[test]
fn what_is_shown_is_a_configuration_that_says_the_same() {
    let config = good(&format!(
        "language = \"en\"\n{SHOP}regions = [\"cn-hangzhou\"]\nendpoints = {{ default = \"http://127.0.0.1:8080\", metadata = \"http://100.100.100.200\" }}\n\
         discover = {{ resource_directory = true }}\n[accounts.shop.patrol]\nbalance_below = {{ CNY = \"1,000.50\" }}\nreport_to = [\"ops\"]\n\
         [channels.ops]\nkind = \"dingtalk\"\nwebhook = {{ sealed = \"w\" }}\ntimeout = \"1m 30s\"\n"
    ));
    let shown = show(&config).unwrap();
    assert_eq!(show(&good(&shown)).unwrap(), shown);
    expect![[r#"
        language = "en"

        [patrol]
        every = "0 30 9 * * *"
        timezone = "Asia/Shanghai"
        warn_days = 15
        urgent_days = 7
        balance = "on"
        amount_invisible = false
        max_list_length = 20
        ping = true
        report_to = []
        digest_hour = 9
        owner_tags = ["owner", "Owner", "负责人"]
        tls = []
        maintenance = false
        access_key_days = 0
        ignore_unseen = []
        accounts = []

        [patrol.balance_below]

        [orphans]
        every = "0 10 * * * *"
        timezone = "Asia/Shanghai"
        grace = "30m"
        waste_after = "24h"
        look_at = ["machine", "disk", "address", "load_balancer", "snapshot", "image"]
        hints = []
        cloud_names = true
        allow = []
        severity = "warning"
        waste_severity = "notice"
        mode = "plan"
        act = "nothing"
        act_select = ""
        tag_alone = false
        stop_after = "1d"
        delete_after = "14d"
        level = ""
        max_list_length = 20
        ping = false
        report_to = []
        digest_hour = 9
        owner_tags = ["owner", "Owner", "负责人"]
        ignore_unseen = []
        accounts = []

        [backups]
        mode = "plan"
        select = 'tags.AutoSnapshot == "true" && state == "running"'
        every = "0 0 4 * * *"
        timezone = "Asia/Shanghai"
        image = "weekly"
        image_disks = "all"
        image_keep = "4w"
        gone_keep = "30d"
        copy_to = []
        require = ""
        protected_tags = ["BaseAMI=true", "Autoscalling=true", "AutoScallingAMI=true", "AutoScaling=true"]
        max_list_length = 20
        ping = false
        report_to = []
        digest_hour = 9
        owner_tags = ["owner", "Owner", "负责人"]
        ignore_unseen = []
        accounts = []

        [backups.keep]
        daily = 7
        weekly = 4
        at_least = 3

        [backups.prices]

        [alarms]
        mode = "plan"
        select = 'state == "running"'
        every = "0 20 4 * * *"
        timezone = "Asia/Shanghai"
        outbound = "20MB/5m"
        periods = 4
        name = "{id}-网络流出流量警报"
        notify = "ec2-NetworkOut-Alarm"
        threshold_tag = "TrafficAlarm"
        managed = false
        other_groups = []
        gone_after = "24h"
        severity = "warning"
        max_list_length = 20
        ping = false
        report_to = []
        digest_hour = 9
        owner_tags = ["owner", "Owner", "负责人"]
        ignore_unseen = []
        accounts = []

        [alarms.prices]

        [guard]
        at_most = 200
        percent = 20
        protected_tags = ["skywarden:keep"]

        [guard.monthly]

        [store]

        [vault]

        [log]
        level = "info"
        format = "text"
        rotation = "daily"
        keep = 14

        [network]

        [pace]
        scheduled = 20
        interactive = 60

        [accounts.shop]
        cloud = "aliyun"
        regions = ["cn-hangzhou"]
        site = "auto"

        [accounts.shop.credentials]
        profile = "default"

        [accounts.shop.endpoints]
        default = "http://127.0.0.1:8080/"
        metadata = "http://100.100.100.200/"

        [accounts.shop.discover]
        resource_directory = true
        organization = false
        exclude = []

        [accounts.shop.patrol]
        report_to = ["ops"]

        [accounts.shop.patrol.balance_below]
        CNY = "1000.50"

        [accounts.shop.orphans]

        [accounts.shop.backups]

        [accounts.shop.alarms]

        [accounts.shop.guard]

        [channels.ops]
        kind = "dingtalk"
        timeout = "1m 30s"

        [channels.ops.webhook]
        sealed = "w"

        [channels.ops.mention]
        all = false
        owners = true
        people = []

        [people]
    "#]]
    .assert_eq(&shown);
}

#[test]
fn the_file_is_found_where_it_was_named_then_here_then_at_home() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    for name in ["here", "home/.config/skywarden", "named"] {
        fs::create_dir_all(path(name)).unwrap();
    }
    let mut surroundings = Surroundings {
        home: Some(path("home")),
        working_directory: path("here"),
        ..Surroundings::default()
    };
    let error = locate(None, &surroundings).unwrap_err();
    let ConfigError::Missing { looked } = &error else {
        panic!("{error}")
    };
    assert_eq!(
        looked,
        &[
            path("here/skywarden.toml"),
            path("home/.config/skywarden/skywarden.toml")
        ]
    );

    fs::write(path("home/.config/skywarden/skywarden.toml"), "").unwrap();
    assert_eq!(
        locate(None, &surroundings).unwrap().origin,
        Origin::ConfigFolder
    );
    fs::write(path("here/skywarden.toml"), "").unwrap();
    assert_eq!(
        locate(None, &surroundings).unwrap().origin,
        Origin::WorkingDirectory
    );

    surroundings.working_directory = path("home/.config/skywarden");
    assert_eq!(
        locate(None, &surroundings).unwrap().origin,
        Origin::ConfigFolder
    );

    surroundings
        .variables_mut()
        .insert("SKYWARDEN_CONFIG".into(), "../named/a.toml".into());
    let located = locate(None, &surroundings).unwrap();
    assert_eq!(located.origin, Origin::Environment);
    let error = load(None, &surroundings).unwrap_err();
    assert!(
        matches!(&error, ConfigError::Unreadable { .. }),
        "a named file has no stand-in: {error}"
    );

    let located = locate(Some(Path::new("/x/y.toml")), &surroundings).unwrap();
    assert_eq!(
        located,
        Located {
            path: "/x/y.toml".into(),
            origin: Origin::Flag
        }
    );
}

#[test]
fn a_file_that_is_not_utf_8_says_in_which_line() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("skywarden.toml");
    fs::write(
        &path,
        b"# fine\n[accounts.shop]\ntitle = \"\xc9\xcc\xb3\xc7\"\n",
    )
    .unwrap();
    let error = load(Some(&path), &surroundings()).unwrap_err();
    assert!(
        matches!(&error, ConfigError::NotText { line: 3, .. }),
        "{error}"
    );
}

#[test]
fn paths_start_from_the_folder_of_the_file() {
    let config = good(
        "[log]\nfile = \"logs/a.log\"\n[vault]\nkey_file = \"~/key\"\n[network]\nca_file = \"/ca.pem\"\n",
    );
    assert_eq!(config.log.file, Some("/etc/skywarden/logs/a.log".into()));
    assert_eq!(config.key_file, Some("/home/me/key".into()));
    assert_eq!(config.network.ca_file, Some("/ca.pem".into()));
    assert_eq!(
        config.store.default_path,
        Some("/home/me/.local/state/skywarden/skywarden.db".into())
    );
}

#[test]
fn a_file_with_a_byte_order_mark_and_windows_line_ends_is_read() {
    let config = good(&format!("\u{feff}{}", SHOP.replace('\n', "\r\n")));
    assert_eq!(config.accounts.len(), 1);
    assert!(refused("[patrol]\r\nwarn_day = 1\r\n").contains("2 | warn_day = …\n  | ^^^^^^^^\n"));
}

#[test]
fn what_changes_things_is_checked_where_it_stands() {
    let mut said = String::new();
    for text in [
        "[backups]\nmode = \"aply\"\n",
        "[backups]\nselect = \" \"\n",
        "[backups]\nselct = 'true'\n",
        "[backups]\nkeep = { weekly = 0 }\n",
        "[backups]\nkeep = { daily = 7, at_least = 0 }\n",
        "[backups]\nkeep = { dayly = 7 }\n",
        "[backups]\nkeep = { within = \"7m\" }\n",
        "[backups]\nimage = \"monthly\"\n",
        "[backups]\nprices = { aws = \"5 cents\" }\n",
        "[backups]\nprices = { azure = \"0.05 USD\" }\n",
        "[backups]\nprotected_tags = [\"=true\"]\n",
        "[backups]\nrequire = 'tags.env == 5'\n",
        "[backups]\nreport_to = [\"ops\"]\n",
        "[alarms]\noutbound = \"20Mb/5m\"\n",
        "[alarms]\noutbound = \"20MB/7m\"\n",
        "[alarms]\noutbound = \"20MB/1h\"\nperiods = 25\n",
        "[alarms]\nnotify = \"\"\n",
        "[alarms]\nname = \"{name}\"\n",
        "[guard]\npercent = 101\n",
        "[guard]\nat_most = \"no limit\"\n",
        "[guard]\nat_mots = 5\n",
        "[orphans]\nact_select = 'tags.env = 5'\n",
        "[orphans]\nmode = \"apply\"\n",
        "[orphans]\ndelete_after = 14\n",
    ] {
        said.push_str(&refused(text));
    }
    expect![[r#"
        skywarden.toml:2:8: `aply` is not a choice here
          |
        2 | mode = "aply"
          |        ^^^^^^
        hint: did you mean `apply`?
        skywarden.toml:2:10: this selects nothing: character 1: it is empty; `true` stands for every machine
          |
        2 | select = " "
          |          ^^^
        skywarden.toml:2:1: unknown key `selct` in [backups]
          |
        2 | selct = …
          | ^^^^^
        hint: did you mean `select`?
        skywarden.toml:2:8: say what is kept: last, hourly, daily, weekly, monthly or within
          |
        2 | keep = { weekly = 0 }
          |        ^^^^^^^^^^^^^^
        skywarden.toml:2:8: at_least is 1 or more: the last backup goes by a person's word only
          |
        2 | keep = { daily = 7, at_least = 0 }
          |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^
        skywarden.toml:2:10: unknown key `dayly` in [backups.keep]
          |
        2 | keep = { dayly = … }
          |          ^^^^^
        hint: did you mean `daily`?
        skywarden.toml:2:19: "7m" is not an age such as "36h", "7d" or "4w"
          |
        2 | keep = { within = "7m" }
          |                   ^^^^
        skywarden.toml:2:9: `monthly` is not a choice here
          |
        2 | image = "monthly"
          |         ^^^^^^^^^
        hint: there are `weekly`, `off`.
        skywarden.toml:2:18: "5 cents" is not a price such as "0.05 USD"
          |
        2 | prices = { aws = "5 cents" }
          |                  ^^^^^^^^^
        skywarden.toml:2:12: "azure" is not a cloud that this version knows; it knows aliyun, aws, tencent
          |
        2 | prices = { azure = … }
          |            ^^^^^
        skywarden.toml:2:19: a tag is "key" or "key=value"
          |
        2 | protected_tags = ["=true"]
          |                   ^^^^^^^
        skywarden.toml:2:11: this selects nothing: character 10: a text is never equal to a number; write "5"
          |
        2 | require = 'tags.env == 5'
          |           ^^^^^^^^^^^^^^^
        skywarden.toml:2:14: there is no channel `ops`
          |
        2 | report_to = ["ops"]
          |              ^^^^^
        hint: nothing can stand here.
        skywarden.toml:2:12: "20Mb/5m" is not a rate such as "20MB/5m"
          |
        2 | outbound = "20Mb/5m"
          |            ^^^^^^^^^
        skywarden.toml:2:12: a period of 7m cannot be measured; there are 1m, 5m, 15m and 1h
          |
        2 | outbound = "20MB/7m"
          |            ^^^^^^^^^
        skywarden.toml:3:11: an alarm fires after 1 period or more, within a day
          |
        3 | periods = 25
          |           ^^
        skywarden.toml:2:10: an alarm that tells nobody is none; name whom it tells
          |
        2 | notify = ""
          |          ^^
        skywarden.toml:2:8: the id stands in the name of an alarm, or two machines would share it: {id}
          |
        2 | name = "{name}"
          |        ^^^^^^^^
        skywarden.toml:2:11: a limit is a whole number from 0 to 100
          |
        2 | percent = 101
          |           ^^^
        skywarden.toml:2:11: a limit is a whole number from 0 to 1000000, or "without-limit"
          |
        2 | at_most = "no limit"
          |           ^^^^^^^^^^
        skywarden.toml:2:1: unknown key `at_mots` in [guard]
          |
        2 | at_mots = …
          | ^^^^^^^
        hint: did you mean `at_most`?
        skywarden.toml:2:14: this selects nothing: character 10: a single `=` compares nothing; did you mean `==`?
          |
        2 | act_select = 'tags.env = 5'
          |              ^^^^^^^^^^^^^^
        skywarden.toml:2:8: there is nothing to apply while `act` is "nothing"
          |
        2 | mode = "apply"
          |        ^^^^^^^
        hint: say act = "stop" or act = "delete".
        skywarden.toml:2:16: invalid type: integer `14`, expected a string
          |
        2 | delete_after = 14
          |                ^^
    "#]].assert_eq(&said);
}

#[test]
fn an_account_overrides_every_key_of_the_backups_the_alarms_and_the_guard() {
    let text = format!(
        "{SHOP}[accounts.shop.backups]\nmode = \"apply\"\nselect = \"true\"\nevery = \"@hourly\"\n\
         timezone = \"UTC\"\nkeep = {{ last = 2 }}\nimage = \"off\"\nimage_keep = \"1d\"\ngone_keep = \"1d\"\n\
         copy_to = [{{ region = \"cn-beijing\" }}]\nmax_age = \"1h\"\nrequire = \"false\"\n\
         image_disks = \"root\"\nprices = {{ aliyun = \"0.1 CNY\" }}\nprotected_tags = [\"a\"]\n\
         max_list_length = 3\nping = true\nreport_to = [\"ops\"]\ndigest_hour = 0\n\
         owner_tags = [\"boss\"]\nignore_unseen = [{{ scope = \"*\", until = 2027-01-01 }}]\n\
         [accounts.shop.alarms]\nmode = \"apply\"\nselect = \"true\"\nevery = \"@hourly\"\n\
         timezone = \"UTC\"\noutbound = \"1MB/1m\"\nperiods = 2\nnotify = \"ops\"\nthreshold_tag = \"t\"\n\
         name = \"{{id}}\"\nother_groups = [\"g\"]\ngone_after = \"1h\"\nprices = {{ aliyun = \"1 CNY\" }}\n\
         severity = \"urgent\"\nmanaged = true\nmax_list_length = 3\nping = true\nreport_to = [\"ops\"]\ndigest_hour = 0\n\
         owner_tags = [\"boss\"]\nignore_unseen = [{{ scope = \"*\", until = 2027-01-01 }}]\n\
         [accounts.shop.guard]\nat_most = \"without-limit\"\npercent = 100\nmonthly = {{ CNY = 5 }}\nprotected_tags = [\"a\"]\n\
         [channels.ops]\nwebhook = {{ env = \"HOOK\" }}\n"
    );
    let (config, global) = (good(&text), good(""));
    let account = &config.accounts[0];
    let json = |it: serde_json::Result<serde_json::Value>| it.unwrap();
    for (over, global) in [
        (
            json(serde_json::to_value(&account.backups)),
            json(serde_json::to_value(&global.backups)),
        ),
        (
            json(serde_json::to_value(&account.alarms)),
            json(serde_json::to_value(&global.alarms)),
        ),
        (
            json(serde_json::to_value(&account.guard)),
            json(serde_json::to_value(&global.guard)),
        ),
    ] {
        let pairs = over.as_object().unwrap().iter();
        let same = pairs.filter(|(key, value)| global.get(*key) == Some(*value));
        let same: Vec<&String> = same.map(|it| it.0).filter(|it| *it != "accounts").collect();
        assert_eq!(same, Vec::<&String>::new());
    }
    // Whoever lets something be changed is asked who the account must be.
    assert_eq!(config.warnings.len(), 1, "{:?}", config.warnings);
    let known = text.replace(
        "[accounts.shop.backups]",
        "expect_identity = \"1\"\n[accounts.shop.backups]",
    );
    assert_eq!(good(&known).warnings, []);
}

/// Two accounts of AWS and one of another cloud, with what the first copies its sets to.
fn copying(copy_to: &str) -> String {
    let account = |name: &str, more: &str| {
        format!(
            "[accounts.{name}]\ncredentials = {{ profile = \"default\" }}\nexpect_identity = \"1\"\n{more}"
        )
    };
    let aws = "cloud = \"aws\"\nregions = [\"us-east-1\"]\n";
    let china = "cloud = \"aws\"\npartition = \"aws-cn\"\n";
    let accounts = [
        account("data", aws),
        account("vault", aws),
        account("beijing", china),
        account("shop", "cloud = \"aliyun\"\n"),
    ];
    accounts.concat() + &format!("[accounts.data.backups]\ncopy_to = [{copy_to}]\n")
}

#[test]
fn sets_go_to_another_region_another_account_or_both() {
    for place in [
        "{ region = \"us-west-2\" }",
        "{ account = \"vault\" }",
        "{ account = \"vault\", region = \"us-west-2\", key = \"alias/backup\" }",
        "{ region = \"us-west-2\" }, { account = \"vault\" }",
    ] {
        good(&copying(place));
    }
}

#[test]
fn an_account_that_sets_cannot_be_copied_to_is_named_with_what_to_do() {
    let mut said = String::new();
    for place in [
        "{ key = \"alias/backup\" }",
        "{ account = \"vult\" }",
        "{ account = \"data\" }",
        "{ account = \"beijing\" }",
        "{ account = \"shop\" }",
        "{ account = \"vault\" }, { account = \"vault\", region = \"us-west-2\" }",
    ] {
        said.push_str(&refused(&copying(place)));
    }
    expect![[r#"
        skywarden.toml:21:12: this says neither a region nor an account
           |
        21 | copy_to = [{ key = … }]
           |            ^^^^^^^^^^^
        hint: add region, account, or both.
        skywarden.toml:21:24: there is no account `vult`
           |
        21 | copy_to = [{ account = "vult" }]
           |                        ^^^^^^
        hint: did you mean `vault`?
        skywarden.toml:21:24: the account `data` is copied to itself
           |
        21 | copy_to = [{ account = "data" }]
           |                        ^^^^^^
        hint: leave `account` out to copy to another region of it.
        skywarden.toml:21:24: `data` and `beijing` are in different partitions of aws
           |
        21 | copy_to = [{ account = "beijing" }]
           |                        ^^^^^^^^^
        hint: snapshots stay within a partition: name another account of the same one.
        skywarden.toml:21:24: `data` is at aws and `shop` at aliyun
           |
        21 | copy_to = [{ account = "shop" }]
           |                        ^^^^^^
        hint: snapshots stay within a cloud: say copy_to in [accounts.data.backups] with another account at aws.
        skywarden.toml:21:47: the account `vault` stands here twice
           |
        21 | copy_to = [{ account = "vault" }, { account = "vault", region = "us-west-2" }]
           |                                               ^^^^^^^
        hint: a leave to copy is given to an account, whatever the region: name one region of it.
    "#]].assert_eq(&said);
    // What all say has to hold for each but the one that is named.
    let all = copying("").replace("[accounts.data.backups]", "[backups]");
    let all = all.replace("copy_to = []", "copy_to = [{ account = \"vault\" }]");
    expect![[r#"
        skywarden.toml:21:24: `beijing` and `vault` are in different partitions of aws
           |
        21 | copy_to = [{ account = "vault" }]
           |                        ^^^^^^^
          = hint: snapshots stay within a partition: name another account of the same one.
        skywarden.toml:21:24: `shop` is at aliyun and `vault` at aws
           |
        21 | copy_to = [{ account = "vault" }]
           |                        ^^^^^^^
          = hint: snapshots stay within a cloud: say copy_to in [accounts.shop.backups] with another account at aliyun.
    "#]].assert_eq(&refused(&all));
    let two = "[accounts.a]\ncloud = \"aliyun\"\ncredentials = { profile = \"default\" }\n\
               [accounts.a.backups]\ncopy_to = [{ account = \"b\" }]\n\
               [accounts.b]\ncloud = \"aliyun\"\ncredentials = { profile = \"default\" }\n";
    expect![[r#"
        skywarden.toml:5:24: snapshots at aliyun are not copied to other accounts
          |
        5 | copy_to = [{ account = "b" }]
          |                        ^^^
        hint: copy them to another region of the same account: say `region` alone.
    "#]]
    .assert_eq(&refused(two));
}
