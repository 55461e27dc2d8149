use std::fs;

use expect_test::{Expect, expect};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;
use vault::{MasterKey, Vault};

use super::*;
use crate::config::{self, HintSection, Located, LogLevel, Origin};
use crate::import::{Destination, apply};
use crate::surroundings::Surroundings;

/// The sample of the old program's page, with its placeholders filled in.
const SAMPLE: &str = include_str!("fixtures/config.yaml");

/// The sample as it is published.
const PUBLISHED: &str = r#"tencentcloud:
  secret_id: "AKxxx"
  secret_key: "xxx"
  region: "ap-beijing"

webhook:
  enabled: true
  timeout: 10
  platforms:
    wecom:
      enabled: true
      url: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=xxx"
    dingtalk:
      enabled: true
      url: "https://oapi.dingtalk.com/robot/send?access_token=xxx"
      secret: "xxx"
    feishu:
      enabled: true
      url: "https://open.feishu.cn/open-apis/bot/v2/hook/xxx"
      secret: "xxx"
logging:
  level: "info"
"#;

fn with(from: &str, to: &str) -> String {
    assert!(SAMPLE.contains(from), "{from:?}");
    SAMPLE.replacen(from, to, 1)
}

fn loaded(toml: &str) -> config::Config {
    let located = Located {
        path: "/x/skywarden.toml".into(),
        origin: Origin::WorkingDirectory,
    };
    config::parse(toml, &located, &Surroundings::default())
        .unwrap_or_else(|error| panic!("{error}\n{toml}"))
}

fn check_refused(yaml: &str, expected: &Expect) {
    let error = tke_orphans(yaml).expect_err(yaml);
    expected.assert_eq(&format!("{error}\n"));
}

#[test]
fn the_sample_of_the_old_program_becomes_this() {
    let imported = tke_orphans(SAMPLE).unwrap();
    expect![[r##"
        # 由 `skywarden import tke-orphans` 从孤儿 CVM 检测程序的 config.yaml 生成。
        # Made by `skywarden import tke-orphans` from the config.yaml of the detector of orphaned CVM instances.
        # Access keys, webhooks and their secrets are sealed in skywarden.sealed beside this file.
        # Check it with `skywarden config validate`; `skywarden config schema` lists every key.

        [orphans]
        timezone = "Asia/Shanghai"
        level = "WARNING"
        report_to = ["wecom", "dingtalk", "feishu"]
        # 旧程序只看机器；还可加 disk、address、load_balancer、snapshot、image，需要相应的读权限。
        # The old program looked at machines alone; the others need the rights to read them.
        look_at = ["machine"]
        # 旧程序识别节点所用的关键字。它们只会列为疑似，不会被当作证据。
        # The words by which the old program took a machine for a node: suspects only, never proof.
        hints = [
          { word = "tke" },
          { word = "qcloud-app" },
          { word = "tencentcloud" },
          { word = "kubernetes" },
          { word = "cluster" },
          { word = "node" },
          { word = "k8s" },
          { word = "-np-" },
        ]

        # 旧程序不巡检到期与余额。需要时写上 balance = "on" 和 report_to。
        # The old program knew nothing of ends and balances: say balance = "on" and report_to to be told.
        [patrol]
        balance = "off"
        ping = false
        report_to = []

        [channels.wecom]
        kind = "wecom"
        webhook = { sealed = "wecom.webhook" }
        timeout = "10s"
        language = "zh-CN"

        [channels.dingtalk]
        kind = "dingtalk"
        webhook = { sealed = "dingtalk.webhook" }
        secret = { sealed = "dingtalk.secret" }
        timeout = "10s"
        language = "zh-CN"

        [channels.feishu]
        kind = "feishu"
        webhook = { sealed = "feishu.webhook" }
        secret = { sealed = "feishu.secret" }
        timeout = "10s"
        language = "zh-CN"

        [accounts.tencent]
        cloud = "tencent"
        credentials = { sealed = "tencent" }
        regions = ["ap-beijing"]

        [log]
        level = "info"
    "##]].assert_eq(&imported.toml);
    let secrets: Vec<(&str, &str)> = imported
        .secrets
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose_secret()))
        .collect();
    assert_eq!(
        secrets,
        [
            ("tencent.access_key_id", "AKIDmadeUpForTests0001"),
            ("tencent.access_key_secret", "madeUpSecretForTests01"),
            (
                "wecom.webhook",
                "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=madeup"
            ),
            (
                "dingtalk.webhook",
                "https://oapi.dingtalk.com/robot/send?access_token=madeup"
            ),
            ("dingtalk.secret", "SECmadeup"),
            (
                "feishu.webhook",
                "https://open.feishu.cn/open-apis/bot/v2/hook/madeup"
            ),
            ("feishu.secret", "larkmadeup"),
        ]
    );
    assert_eq!(imported.notes, []);
}

#[test]
fn what_is_made_is_accepted_and_holds_what_the_old_file_said() {
    let config = loaded(&tke_orphans(SAMPLE).unwrap().toml);
    assert_eq!(config.warnings, []);
    let [account] = config.accounts.as_slice() else {
        panic!("{config:?}")
    };
    assert_eq!(account.cloud.as_str(), "tencent");
    let regions: Vec<&str> = account.regions.iter().map(config::Region::as_str).collect();
    assert_eq!(regions, ["ap-beijing"]);
    let told: Vec<&str> = account
        .orphans
        .report_to
        .iter()
        .map(config::Name::as_str)
        .collect();
    assert_eq!(told, ["wecom", "dingtalk", "feishu"]);
    assert_eq!(account.orphans.level, "WARNING");
    let words: Vec<&str> = account
        .orphans
        .hints
        .iter()
        .map(|it| match it {
            HintSection::Word(word) => word.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(words, HINTS);
    // The patrol neither asks for money nor tells anybody.
    assert_eq!(account.patrol.balance, config::BalanceWatch::Off);
    assert_eq!(
        (account.patrol.report_to.len(), account.patrol.ping),
        (0, false)
    );
    assert_eq!(config.log.level, LogLevel::Info);
    let timeouts = config
        .channels
        .iter()
        .map(|it| String::from(it.section.timeout.clone()));
    assert_eq!(timeouts.collect::<Vec<_>>(), ["10s"; 3]);
}

#[test]
fn a_robot_that_is_switched_off_hears_nothing_and_is_not_asked_for_its_address() {
    let off = with(
        "feishu:\n      enabled: true",
        "feishu:\n      enabled: false",
    );
    let imported = tke_orphans(&off).unwrap();
    let off_note = |channel: &str| Note::SwitchedOff {
        channel: channel.to_owned(),
    };
    assert_eq!(imported.notes, [off_note("feishu")]);
    let config = loaded(&imported.toml);
    assert_eq!(config.channels.len(), 3);
    assert_eq!(config.orphans.report_to.len(), 2);
    // With all of them off there is nobody to tell, which is said when the file is checked.
    let none = with("webhook:\n  enabled: true", "webhook:\n  enabled: no");
    let imported = tke_orphans(&none).unwrap();
    assert_eq!(
        imported.notes,
        ["wecom", "dingtalk", "feishu"].map(off_note)
    );
    let config = loaded(&imported.toml);
    assert_eq!(
        (config.orphans.report_to.len(), config.warnings.len()),
        (0, 1)
    );
    // The published sample with its robots off has no addresses worth keeping.
    let blank = PUBLISHED
        .replace("AKxxx", "AKIDx1")
        .replace("secret_key: \"xxx\"", "secret_key: \"s1\"")
        .replacen("enabled: true", "enabled: false", 1);
    let imported = tke_orphans(&blank).unwrap();
    assert_eq!((imported.secrets.len(), imported.notes.len()), (2, 0));
    assert_eq!(loaded(&imported.toml).channels.len(), 0);
}

#[test]
fn values_are_read_as_the_old_program_reads_them() {
    let yaml = "
tencentcloud: {secret_id: 0012, secret_key: 'a: b', region: ap-guangzhou}
webhook:
  enabled: YES
  timeout: 45
  platforms:
    wecom: {enabled: on, url: 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k', secret: unused}
    dingtalk:
    feishu: {enabled: false, url: ''}
logging: {level: WARNING}
";
    let imported = tke_orphans(yaml).unwrap();
    assert_eq!(imported.secrets[0].1.expose_secret(), "0012");
    assert_eq!(imported.secrets[1].1.expose_secret(), "a: b");
    let left_out = Note::LeftOut {
        key: "webhook.platforms.wecom.secret".to_owned(),
    };
    assert_eq!(imported.notes, [left_out]);
    let config = loaded(&imported.toml);
    assert_eq!(config.log.level, LogLevel::Warn);
    assert_eq!(config.channels.len(), 1);
    assert_eq!(
        String::from(config.channels[0].section.timeout.clone()),
        "45s"
    );
    // No limit at all is no good idea.
    let imported = tke_orphans(&with("timeout: 10", "timeout: 0")).unwrap();
    assert_eq!(imported.notes, [Note::NoTimeout { seconds: 10 }]);
}

#[test]
fn placeholders_are_refused_by_their_place() {
    check_refused(
        PUBLISHED,
        &expect![[r#"
        line 2, column 14: `tencentcloud.secret_id` is not filled in
          |
        2 |   secret_id: …
          |              ^
    "#]],
    );
    let id_filled = PUBLISHED.replace("AKxxx", "AKID1");
    check_refused(
        &id_filled,
        &expect![[r#"
        line 3, column 15: `tencentcloud.secret_key` is not filled in
          |
        3 |   secret_key: …
          |               ^
    "#]],
    );
    check_refused(
        &with("\"ap-beijing\"", ""),
        &expect![[r#"
        `tencentcloud.region` is not filled in
    "#]],
    );
    check_refused(
        &with("  region: \"ap-beijing\"\n", ""),
        &expect![[r#"
        `tencentcloud.region` is not filled in
    "#]],
    );
    check_refused(
        &with("send?key=madeup", "send?key=xxx"),
        &expect![[r#"
        line 12, column 12: `webhook.platforms.wecom.url` is not filled in
           |
        12 |       url: …
           |            ^
    "#]],
    );
    check_refused(
        &with("\"SECmadeup\"", "\"xxx\""),
        &expect![[r#"
        line 16, column 15: `webhook.platforms.dingtalk.secret` is not filled in
           |
        16 |       secret: …
           |               ^
    "#]],
    );
    check_refused(
        "webhook:\n  enabled: false\n",
        &expect![[r#"
        the key `tencentcloud` is missing
    "#]],
    );
    check_refused(
        "",
        &expect![[r#"
        the key `tencentcloud` is missing
    "#]],
    );
}

#[test]
fn a_key_that_the_old_program_passed_over_is_refused() {
    check_refused(
        &with("secret_key:", "secretkey:"),
        &expect![[r#"
        line 3, column 3: the key `secretkey` means nothing here
          |
        3 |   secretkey: …
          |   ^^^^^^^^^
    "#]],
    );
    check_refused(
        &with("    feishu:", "    lark:"),
        &expect![[r#"
        line 17, column 5: the key `lark` means nothing here
           |
        17 |     lark:
           |     ^^^^
    "#]],
    );
    check_refused(
        &with("logging:", "log:"),
        &expect![[r#"
        line 21, column 1: the key `log` means nothing here
           |
        21 | log:
           | ^^^
    "#]],
    );
    let twice = with("  region:", "  secret_id: \"AKIDother\"\n  region:");
    check_refused(
        &twice,
        &expect![[r#"
        line 4, column 3: the key `secret_id` is here twice
          |
        4 |   secret_id: …
          |   ^^^^^^^^^
    "#]],
    );
}

#[test]
fn values_that_mean_nothing_are_refused() {
    check_refused(
        &with("\"ap-beijing\"", "Beijing"),
        &expect![[r#"
        line 4, column 11: `tencentcloud.region` is not a region such as ap-beijing
          |
        4 |   region: …
          |           ^
    "#]],
    );
    check_refused(
        &with("timeout: 10", "timeout: 10s"),
        &expect![[r#"
        line 8, column 12: `webhook.timeout` is not a number of seconds up to 300
          |
        8 |   timeout: …
          |            ^
    "#]],
    );
    check_refused(
        &with("level: \"info\"", "level: loud"),
        &expect![[r#"
        line 22, column 10: `logging.level` is not one of trace, debug, info, warn and error
           |
        22 |   level: …
           |          ^
    "#]],
    );
    check_refused(
        &with("enabled: true", "enabled: maybe"),
        &expect![[r#"
        line 7, column 12: `webhook.enabled` is not true or false
          |
        7 |   enabled: …
          |            ^
    "#]],
    );
    check_refused(
        &with("https://oapi", "http://oapi"),
        &expect![[r#"
        line 15, column 12: `webhook.platforms.dingtalk.url` is not an https address
           |
        15 |       url: …
           |            ^
    "#]],
    );
}

#[test]
fn what_is_no_yaml_is_refused_with_line_and_column_and_without_a_secret() {
    // A quote that does not end.
    check_refused(
        &with("0001\"", "0001"),
        &expect![[r#"
        line 3, column 3: this is not YAML
          |
        3 |   secret_key: …
          |   ^
    "#]],
    );
    // A tab for an indent.
    check_refused(
        &with("  secret_key", "\tsecret_key"),
        &expect![[r#"
        line 3, column 2: this is not YAML
          |
        3 |  secret_key: …
          |  ^
    "#]],
    );
    // A value where keys belong.
    check_refused(
        "tencentcloud: AKIDsecret\n",
        &expect![[r#"
        line 1, column 15: here stands another sort of thing than the old program reads
          |
        1 | tencentcloud: …
          |               ^
    "#]],
    );
    check_refused(
        "- AKIDsecret\n",
        &expect![[r#"
        line 1, column 1: here stands another sort of thing than the old program reads
          |
        1 | …
          | ^
    "#]],
    );
    check_refused(
        "AKIDsecret\n",
        &expect![[r#"
        line 1, column 1: here stands another sort of thing than the old program reads
          |
        1 | …
          | ^
    "#]],
    );
    // The colon was forgotten.
    check_refused(
        &with("secret_id: ", "secret_id "),
        &expect![[r#"
        line 2, column 3: here stands another sort of thing than the old program reads
          |
        2 |   …
          |   ^
    "#]],
    );
    let list = with("\"AKIDmadeUpForTests0001\"", "[AKIDsecret]");
    check_refused(
        &list,
        &expect![[r#"
        line 2, column 14: here stands another sort of thing than the old program reads
          |
        2 |   secret_id: …
          |              ^
    "#]],
    );
    check_refused(
        "a: &a [*a, *a]\n",
        &expect![[r#"
        line 1, column 1: the key `a` means nothing here
          |
        1 | a: …
          | ^
    "#]],
    );
    for bad in [
        with("0001\"", "0001"),
        with("secret_id: ", "secret_id "),
        list,
    ] {
        let text = tke_orphans(&bad).unwrap_err().to_string();
        assert!(!text.contains("AKID"), "{text}");
    }
}

#[test]
fn an_error_of_any_value_shows_none_of_it() {
    let canary = "CANARYvalue";
    let keys = [
        "\"AKIDmadeUpForTests0001\"",
        "\"madeUpSecretForTests01\"",
        "\"ap-beijing\"",
        "true",
        "10",
        "\"SECmadeup\"",
        "\"info\"",
    ];
    for key in keys {
        for value in [
            format!("[{canary}]"),
            format!("{{ {canary}: 1 }}"),
            format!("\"{canary}"),
            format!("{canary}: {canary}"),
            format!("!!int {canary}"),
            format!("*{canary}"),
            format!("{canary} xxx"),
        ] {
            if let Err(error) = tke_orphans(&with(key, &value)) {
                let text = base::chain(&error);
                // A key is no secret, and what stands before a colon is a key.
                let is_key = value.contains(&format!("{canary}:"));
                assert!(is_key || !text.contains(canary), "{value}: {text}");
            }
        }
    }
}

#[test]
fn the_secrets_are_sealed_and_the_key_file_is_for_its_owner_alone() {
    let folder = TempDir::new().unwrap();
    let destination = Destination {
        config: folder.path().join("new/skywarden.toml"),
        sealed: folder.path().join("new/skywarden.sealed"),
        key_file: folder.path().join("key/skywarden.key"),
    };
    let imported = tke_orphans(SAMPLE).unwrap();
    let applied = apply(&imported, &destination, None).unwrap();
    assert!(applied.key_made);
    let key = MasterKey::from_file(&destination.key_file).unwrap();
    let vault = Vault::open(&destination.sealed, key).unwrap();
    let secret = vault.get("tencent.access_key_secret").unwrap();
    assert_eq!(secret.expose_secret(), "madeUpSecretForTests01");
    let written = fs::read_to_string(&destination.config).unwrap()
        + &fs::read_to_string(&destination.sealed).unwrap();
    assert!(!written.contains("madeUp") && !written.contains("SECmade"));
}
