use std::error::Error as _;
use std::fs;
use std::path::Path;

use expect_test::expect;
use secrecy::ExposeSecret as _;
use tempfile::TempDir;
use vault::{MasterKey, Vault};

use super::*;
use crate::config::{self, ChannelKind, Located, Origin, Secrets};
use crate::import::{ApplyError, Destination, apply};
use crate::surroundings::Surroundings;

/// The sample of the old program's README, with made-up keys encrypted the way it does.
const SAMPLE: &str = include_str!("fixtures/config.ini");

const GLOBAL_SECTION: &str = "[global-config]
global_overdue_day = 15
global_amount_threshold = 1000000
global_webhook = https://oapi.dingtalk.com/robot/send?access_token=G
max_list_length = 10
ping = on
global_amount_invisible = off
";

fn with_user(lines: &str) -> String {
    format!("{GLOBAL_SECTION}[u]\nusername = U\naccess_key = LTAI\naccess_key_secret = S\n{lines}")
}

fn loaded(toml: &str) -> config::Config {
    let located = Located {
        path: "/x/skywarden.toml".into(),
        origin: Origin::WorkingDirectory,
    };
    config::parse(toml, &located, &Surroundings::default())
        .unwrap_or_else(|error| panic!("{error}\n{toml}"))
}

fn refused(ini: &str) -> String {
    let error = sentry(ini).expect_err(ini);
    let source = error
        .source()
        .map(|it| format!(": {it}"))
        .unwrap_or_default();
    format!("{error}{source}\n")
}

#[test]
fn the_sample_of_the_old_program_becomes_this() {
    let imported = sentry(SAMPLE).unwrap();
    expect![[r##"
        # 由 `skywarden import sentry` 从 cloud_instance_sentry 的 config.ini 生成。
        # Made by `skywarden import sentry` from the config.ini of cloud_instance_sentry.
        # Access keys and webhooks are sealed in skywarden.sealed beside this file.
        # Check it with `skywarden config validate`; `skywarden config schema` lists every key.

        [patrol]
        every = "0 30 9 * * *"
        timezone = "Asia/Shanghai"
        warn_days = 15
        urgent_days = 7
        balance_below = { CNY = 1000000 }
        amount_invisible = false
        max_list_length = 10
        ping = true
        report_to = ["global"]

        [channels.global]
        kind = "dingtalk"
        webhook = { sealed = "global.webhook" }
        keyword = "巡检"
        language = "zh-CN"

        [accounts.test01]
        cloud = "aliyun"
        title = "测试用户1"
        credentials = { sealed = "test01" }

        [accounts.test01.patrol]
        warn_days = 10
        urgent_days = 7
        balance_below = { CNY = 10000 }

        [accounts.test02]
        cloud = "aliyun"
        title = "测试用户2"
        credentials = { sealed = "test02" }
    "##]]
    .assert_eq(&imported.toml);
    let secrets: Vec<(&str, &str)> = imported
        .secrets
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose_secret()))
        .collect();
    assert_eq!(
        secrets,
        [
            ("test01.access_key_id", "LTAI5tFakeKeyIdForTests1"),
            ("test01.access_key_secret", "FakeSecretForTestsOnly00000001"),
            ("test02.access_key_id", "LTAI5tFakeKeyIdForTests2"),
            ("test02.access_key_secret", "FakeSecretForTestsOnly00000002"),
            (
                "global.webhook",
                "https://oapi.dingtalk.com/robot/send?access_token=39c437db9d6f217b1cedad7012c8f"
            ),
        ]
    );
    assert_eq!(imported.notes, [Note::OldEncryption]);
}

#[test]
fn what_is_made_is_accepted_and_holds_what_the_old_file_said() {
    let config = loaded(&sentry(SAMPLE).unwrap().toml);
    assert_eq!(config.warnings, []);
    let [first, second] = config.accounts.as_slice() else {
        panic!("{config:?}")
    };
    assert_eq!(
        (first.title.as_str(), second.title.as_str()),
        ("测试用户1", "测试用户2")
    );
    assert_eq!((first.patrol.warn_days, second.patrol.warn_days), (10, 15));
    let below = |account: &config::AccountConfig| {
        account
            .patrol
            .balance_below
            .values()
            .map(|it| it.0.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (below(first), below(second)),
        (vec!["10000".into()], vec!["1000000".into()])
    );
    assert_eq!(
        (second.patrol.max_list_length, second.patrol.ping),
        (10, true)
    );
    assert_eq!(first.patrol.report_to, second.patrol.report_to);
    assert_eq!(config.channels[0].kind, Some(ChannelKind::DingTalk));
    assert_eq!(config.channels[0].section.keyword.as_deref(), Some("巡检"));
}

#[test]
fn every_key_of_an_account_goes_before_the_global_one() {
    let ini = with_user(
        "webhook = https://open.feishu.cn/open-apis/bot/v2/hook/abc\namount_threshold = 1,234.50\n\
         overdue_day = 5\namount_invisible = on\nmax_list_length = 3\nping = off\n",
    );
    let config = loaded(&sentry(&ini).unwrap().toml);
    let patrol = &config.accounts[0].patrol;
    assert_eq!((patrol.warn_days, patrol.urgent_days), (5, 5));
    assert_eq!(
        patrol.balance_below.values().next().unwrap().0.to_string(),
        "1234.50"
    );
    assert!(patrol.amount_invisible && !patrol.ping);
    assert_eq!(patrol.max_list_length, 3);
    assert_eq!(patrol.report_to[0].as_str(), "u");
    let kinds: Vec<_> = config
        .channels
        .iter()
        .map(|it| (it.name.as_str(), it.kind.unwrap()))
        .collect();
    assert_eq!(
        kinds,
        [
            ("global", ChannelKind::DingTalk),
            ("u", ChannelKind::Feishu)
        ]
    );
}

#[test]
fn the_same_robot_is_one_channel() {
    let user = |name: &str, hook: &str| {
        format!("[{name}]\nusername = U\naccess_key = a\naccess_key_secret = b\nwebhook = {hook}\n")
    };
    let hook = "https://oapi.dingtalk.com/robot/send?access_token=";
    let ini = format!(
        "{GLOBAL_SECTION}{}{}{}",
        user("a", &format!("{hook}G")),
        user("b", &format!("{hook}B")),
        user("c", &format!("{hook}B"))
    );
    let imported = sentry(&ini).unwrap();
    let config = loaded(&imported.toml);
    let to: Vec<&str> = config
        .accounts
        .iter()
        .map(|it| it.patrol.report_to[0].as_str())
        .collect();
    assert_eq!(to, ["global", "b", "b"]);
    assert_eq!(config.channels.len(), 2);
    assert_eq!(
        imported
            .secrets
            .iter()
            .filter(|(name, _)| name.ends_with("webhook"))
            .count(),
        2
    );
}

#[test]
fn robots_are_told_apart_by_their_address_as_the_old_program_did() {
    let kind = |hook: &str| {
        let imported = sentry(&with_user(&format!("webhook = {hook}\n"))).unwrap();
        (
            loaded(&imported.toml).channels[1].kind.unwrap(),
            imported.notes.len(),
        )
    };
    assert_eq!(
        kind("https://dingtalk.relay.example/x"),
        (ChannelKind::DingTalk, 0)
    );
    assert_eq!(
        kind("https://relay.example/feishu/x"),
        (ChannelKind::Feishu, 0)
    );
    assert_eq!(
        kind("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k"),
        (ChannelKind::WeCom, 0)
    );
    assert_eq!(kind("https://relay.example/x"), (ChannelKind::DingTalk, 1));
}

#[test]
fn values_reach_to_the_end_of_the_line_and_keys_have_any_case() {
    let hook = "https://oapi.dingtalk.com/robot/send?access_token=a;b#c=d:e";
    let ini = with_user(&format!("; a comment\n# another\nWebHook : {hook}\n"))
        .replace("= U", "= 甲;乙 #丙");
    let imported = sentry(&ini.replace("username", "UserName")).unwrap();
    assert!(
        imported
            .secrets
            .iter()
            .any(|(_, value)| value.expose_secret() == hook)
    );
    assert_eq!(loaded(&imported.toml).accounts[0].title, "甲;乙 #丙");
}

#[test]
fn percent_signs_and_defaults_are_those_of_python() {
    let ini = format!(
        "\u{feff}[DEFAULT]\nhost = oapi.dingtalk.com\nusername = everybody\n{}",
        with_user("webhook = https://%(host)s/robot/send?access_token=a%%2Bb%2Fc\n")
    )
    .replace('\n', "\r\n");
    let imported = sentry(&ini.replace("username = U\r\n", "")).unwrap();
    let hook = "https://oapi.dingtalk.com/robot/send?access_token=a%2Bb%2Fc";
    assert!(
        imported
            .secrets
            .iter()
            .any(|(_, value)| value.expose_secret() == hook)
    );
    assert_eq!(loaded(&imported.toml).accounts[0].title, "everybody");
    let endless = with_user("webhook = %(webhook)s\n");
    assert!(
        refused(&endless).contains("`webhook` in [u]"),
        "{}",
        refused(&endless)
    );
}

#[test]
fn sections_that_cannot_be_names_are_renamed_and_told() {
    let user = |name: &str| {
        format!("[{name}]\nusername = \"甲\" \\ 'x'\naccess_key = a\naccess_key_secret = b\n")
    };
    let names = ["生产", "a.b c", "Shop", "shop", "---", "global"];
    let ini = names
        .iter()
        .fold(GLOBAL_SECTION.to_owned(), |ini, name| ini + &user(name));
    let imported = sentry(&ini).unwrap();
    let config = loaded(&imported.toml);
    let accounts: Vec<&str> = config.accounts.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(
        accounts,
        ["生产", "a-b-c", "Shop", "shop-2", "account", "global"]
    );
    assert_eq!(config.accounts[0].title, "\"甲\" \\ 'x'");
    let renamed: Vec<String> = imported.notes.iter().map(ToString::to_string).collect();
    expect![[r#"
        the section [a.b c] became the account `a-b-c`
        the section [shop] became the account `shop-2`
        the section [---] became the account `account`"#]]
    .assert_eq(&renamed.join("\n"));
    let mut names: Vec<&String> = imported.secrets.iter().map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    assert_eq!(
        names.len(),
        imported.secrets.len(),
        "no two secrets have one name"
    );
    assert!(names.iter().all(|it| vault::check_name(it).is_ok()));
}

#[test]
fn long_lists_are_cut_as_the_old_program_did_and_unknown_keys_are_told() {
    let imported = sentry(&with_user("max_list_length = 500\ncolour = red\n")).unwrap();
    assert_eq!(
        imported.notes,
        [
            Note::Ignored {
                section: "u".into(),
                key: "colour".into()
            },
            Note::ListShortened {
                asked: 500,
                kept: 20
            },
        ]
    );
    assert_eq!(
        loaded(&imported.toml).accounts[0].patrol.max_list_length,
        20
    );
    let short = GLOBAL_SECTION
        .replace("ping = on\n", "")
        .replace("max_list_length = 10\n", "");
    let imported = sentry(&with_user("").replace(GLOBAL_SECTION, &short)).unwrap();
    assert_eq!(imported.notes.len(), 2, "{:?}", imported.notes);
    assert!(!loaded(&imported.toml).patrol.ping);
}

#[test]
fn what_is_missing_is_named_by_section_and_key() {
    let mut said = String::new();
    said.push_str(&refused(""));
    said.push_str(&refused("[test01]\nusername = a\n"));
    said.push_str(&refused(GLOBAL_SECTION));
    for key in ["username", "access_key", "access_key_secret"] {
        let ini: String = with_user("").replace(&format!("\n{key} = "), "\n#");
        said.push_str(&refused(&ini));
    }
    said.push_str(&refused(
        &with_user("").replace("username = U", "username ="),
    ));
    for key in [
        "global_overdue_day",
        "global_amount_threshold",
        "global_webhook",
    ] {
        said.push_str(&refused(&with_user("").replace(key, "#")));
    }
    expect![[r#"
        the section [global-config] is missing
        the section [global-config] is missing
        there is no section for any account beside [global-config]
        the key `username` is missing in [u]
        the key `access_key` is missing in [u]
        the key `access_key_secret` is missing in [u]
        the key `username` is missing in [u]
        the key `overdue_day` is missing in [u], and so is `global_overdue_day` in [global-config]
        the key `amount_threshold` is missing in [u], and so is `global_amount_threshold` in [global-config]
        the key `webhook` is missing in [u], and so is `global_webhook` in [global-config]
    "#]].assert_eq(&said);
    let ini = with_user("webhook = https://oapi.dingtalk.com/x\n").replace("global_webhook", "#");
    let ini = ini.replace("[u]", "[global]");
    let config = loaded(&sentry(&ini).unwrap().toml);
    assert_eq!(config.channels.len(), 1, "the account's own will do");
    assert_eq!(config.accounts[0].patrol.report_to[0].as_str(), "global");
}

#[test]
fn what_cannot_be_used_is_named_by_line_and_never_repeated() {
    let mut said = String::new();
    for ini in [
        with_user("").replace("= LTAI", "= B_CANARY"),
        with_user("").replace("= LTAI", "= B_c31f34addb5f08f365b322dd199f92092b34142e64e"),
        with_user("").replace("= S\n", "= B_40a6f0cf276bbfd9\n"),
        with_user("overdue_day = CANARY\n"),
        with_user("amount_threshold = CANARY\n"),
        with_user("max_list_length = CANARY\n"),
        with_user("webhook = CANARY\n"),
        with_user("webhook = http://oapi.dingtalk.com/CANARY\n"),
        with_user("CANARY\n"),
        with_user("[CANARY\n"),
        with_user("webhook = https://a/CANARY\nWebhook = https://a/CANARY\n"),
        with_user("[u]\nusername = CANARY\n"),
        format!("access_key = CANARY\n{}", with_user("")),
    ] {
        said.push_str(&refused(&ini));
    }
    assert!(!said.replace("[CANARY", "").contains("CANARY"), "{said}");
    assert!(!said.contains("c31f34"), "{said}");
    expect![[r#"
        line 10: `access_key` in [u] cannot be read: what follows B_ is not hexadecimal
        line 10: `access_key` in [u] cannot be read: what follows B_ has 43 digits, which is not a multiple of 16: some are missing
        line 11: `access_key_secret` in [u] cannot be read: it does not decrypt with the old program's key: it was changed or cut
        line 12: `overdue_day` in [u] is not a number of days
        line 12: `amount_threshold` in [u] is not an amount of money
        line 12: `max_list_length` in [u] is not a number of resources
        line 12: `webhook` in [u] is not an https address
        line 12: `webhook` in [u] is not an https address
        line 12: this is neither a section nor `key = value`
        line 12: a section needs a closing bracket
        line 13: `webhook` in [u] is here twice, first in line 12
        line 12: [u] is here twice, first in line 8
        line 1: there is text before the first section
    "#]].assert_eq(&said);
}

fn destination(folder: &Path) -> Destination {
    Destination {
        config: folder.join("new/skywarden.toml"),
        sealed: folder.join("new/skywarden.sealed"),
        key_file: folder.join("keys/skywarden.key"),
    }
}

#[test]
fn what_was_written_opens_through_the_configuration() {
    let folder = TempDir::new().unwrap();
    let destination = destination(folder.path());
    let imported = sentry(SAMPLE).unwrap();
    let applied = apply(&imported, &destination, None).unwrap();
    assert!(applied.key_made);
    assert_eq!(applied.sealed_count, 5);

    let mut surroundings = Surroundings::default();
    let key_file = destination.key_file.display().to_string();
    surroundings
        .variables_mut()
        .insert("SKYWARDEN_KEY_FILE".into(), key_file.into());
    let config = config::load(Some(&destination.config), &surroundings).unwrap();
    let secrets = Secrets::new(&config, &surroundings);
    let (id, secret) = secrets
        .access_key("accounts.test02.credentials", "test02")
        .unwrap();
    assert_eq!(id.expose_secret(), "LTAI5tFakeKeyIdForTests2");
    assert_eq!(secret.expose_secret(), "FakeSecretForTestsOnly00000002");
    let webhook = config.channels[0].section.webhook.as_ref().unwrap();
    let webhook = secrets.open("channels.global.webhook", webhook).unwrap();
    assert!(
        webhook
            .expose_secret()
            .ends_with("39c437db9d6f217b1cedad7012c8f")
    );

    for path in [&destination.config, &destination.sealed] {
        let text = fs::read_to_string(path).unwrap();
        for secret in ["FakeSecret", "LTAI5t", "39c437db", "bcde4ecd"] {
            assert!(!text.contains(secret), "{secret} in {}", path.display());
        }
    }
}

#[test]
fn nothing_that_exists_is_overwritten_and_a_second_try_goes_on() {
    let folder = TempDir::new().unwrap();
    let destination = destination(folder.path());
    let imported = sentry(SAMPLE).unwrap();
    apply(&imported, &destination, None).unwrap();
    let sealed = fs::read(&destination.sealed).unwrap();
    let error = apply(&imported, &destination, None).unwrap_err();
    assert!(matches!(error, ApplyError::Exists { .. }), "{error}");

    // As after a crash before the last step: key and secrets are there, the configuration is not.
    fs::remove_file(&destination.config).unwrap();
    let applied = apply(&imported, &destination, None).unwrap();
    assert!(!applied.key_made);
    assert_eq!(sealed, fs::read(&destination.sealed).unwrap());

    fs::remove_file(&destination.config).unwrap();
    let key = MasterKey::from_file(&destination.key_file).unwrap();
    let mut vault = Vault::open(&destination.sealed, key).unwrap();
    vault
        .put("test01.access_key_id", &"another".into())
        .unwrap();
    let error = apply(&imported, &destination, None).unwrap_err();
    assert!(
        matches!(&error, ApplyError::SecretTaken { name, .. } if name == "test01.access_key_id"),
        "{error}"
    );
    assert!(!destination.config.exists());

    let other = MasterKey::generate();
    let error = apply(&imported, &destination, Some(other)).unwrap_err();
    assert!(error.hint().unwrap().contains("fingerprint"), "{error}");
}
