use insta::assert_snapshot;

use crate::house::House;

const HEALTHY: &str = r#"
[accounts.shop]
cloud = "aliyun"
credentials = { sealed = "shop" }

[channels.ops]
webhook = { env = "OPS_WEBHOOK" }
secret = { file = "ops.secret" }
keyword = "巡检"

[patrol]
report_to = ["ops"]
"#;

fn healthy() -> House {
    let mut house = House::new();
    house.configure(HEALTHY);
    house.set(
        "OPS_WEBHOOK",
        "https://oapi.dingtalk.com/robot/send?access_token=CANARY-hook",
    );
    house.write(".config/skywarden/ops.secret", "CANARY-sign\n");
    for name in ["shop.access_key_id", "shop.access_key_secret"] {
        let said = house.run_with(&["seal", "set", name], "CANARY-key\n");
        assert_eq!(said.code, 0, "{said}");
    }
    house
}

#[test]
fn a_configuration_whose_secrets_all_open_is_fine() {
    let house = healthy();
    assert_snapshot!("fine_en", house.run(&["config", "validate"]));
    assert_snapshot!(
        "fine_zh",
        house.run(&["config", "validate", "--lang", "zh-CN"])
    );
    assert_eq!(
        house.run(&["config", "validate", "-o", "json"]).stdout,
        "[]\n"
    );
}

#[test]
fn every_missing_secret_is_named_with_its_key_and_what_to_do() {
    let house = House::new();
    house.configure(
        r#"
[accounts.shop]
cloud = "aliyun"
credentials = { assume_role = "acs:ram::1:role/x", via = { env = "ALIBABA_CLOUD" } }
[accounts.game]
cloud = "aliyun"
credentials = { sealed = "game" }
[channels.ops]
webhook = { env = "OPS_WEBHOOK" }
[channels.local]
kind = "webhook"
webhook = { file = "nothing.txt" }
[channels.lark]
kind = "feishu"
webhook = { sealed = "lark" }
[patrol]
report_to = ["ops"]
dead_man = { env = "DEAD_MAN" }
"#,
    );
    let said = house.run(&["config", "validate"]);
    assert_eq!(said.code, 2);
    assert_snapshot!("missing_secrets_en", said);
    assert_snapshot!(
        "missing_secrets_zh",
        house.run(&["--lang=zh-CN", "config", "validate"])
    );
}

#[test]
fn a_secret_in_the_clear_is_a_warning_with_a_caret_and_never_shown() {
    let house = House::new();
    house.configure(
        r#"[channels.ops]
webhook = "https://oapi.dingtalk.com/robot/send?access_token=CANARY"
secret = "SECCANARY"
"#,
    );
    let said = house.run(&["config", "validate"]);
    assert_eq!(said.code, 0, "{said}");
    assert_snapshot!("plain_secrets", said);
    assert_snapshot!(
        "plain_secrets_csv",
        house.run(&["config", "validate", "-o", "csv"])
    );
    assert_snapshot!("plain_secrets_shown", house.run(&["config", "show"]));
    std::fs::remove_file(house.path(".config/skywarden/skywarden.toml")).unwrap();
    assert_eq!(house.leaks("CANARY"), [""; 0]);
}

#[test]
fn problems_have_line_column_caret_and_a_suggestion() {
    let house = House::new();
    house.configure("[patrol]\nwarn_day = 3\n");
    assert_snapshot!("unknown_key", house.run(&["config", "validate"]));
    assert_snapshot!(
        "unknown_key_json",
        house.run(&["config", "validate", "-o", "json"])
    );
    house.configure("[patrol\n");
    assert_snapshot!("bad_toml", house.run(&["config", "validate"]));
}

#[test]
fn a_channel_that_cannot_work_is_found_before_the_night_it_is_needed() {
    let mut house = House::new();
    house.set("META", "http://100.100.100.200/latest/meta-data/CANARY");
    house.set("RELAY", "https://relay.example.com/CANARY");
    house.configure(
        r#"
[channels.meta]
kind = "webhook"
webhook = { env = "META" }
[channels.relay]
webhook = { env = "RELAY" }
[channels.post]
smtp = { host = "smtp.example.com", username = "ops", from = "ops@example.com", to = ["a@example.com"] }
[people]
li = { feishu = "all" }
"#,
    );
    let said = house.run(&["config", "validate"]);
    assert_eq!(said.code, 2);
    assert_snapshot!("channels_that_cannot_work", said);
    assert_eq!(house.leaks("CANARY"), [""; 0]);
}

#[test]
fn without_a_configuration_the_places_are_named() {
    let house = House::new();
    assert_snapshot!("none_en", house.run(&["config", "validate"]));
    assert_snapshot!("none_zh", house.run(&["config", "show", "--lang", "zh-CN"]));
    let said = house.run(&["config", "validate", "--config", "typo.toml"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("HOME/typo.toml"), "{said}");
}

#[test]
fn what_holds_is_shown_without_secrets_and_can_be_read_again() {
    let house = healthy();
    let shown = house.run(&["config", "show"]);
    assert_eq!(shown.code, 0);
    house.write("again.toml", &shown.stdout);
    let again = house.run(&["config", "show", "--config", "again.toml"]);
    assert_eq!(
        again.stdout.lines().skip(1).collect::<Vec<_>>(),
        shown.stdout.lines().skip(1).collect::<Vec<_>>()
    );
    let json = house.run(&["config", "show", "-o", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["accounts"]["shop"]["credentials"]["sealed"], "shop");
    assert_eq!(json["patrol"]["warn_days"], 15);
}

#[test]
fn the_default_configuration_and_the_schema_are_printed() {
    let house = House::new();
    let default = house.run(&["config", "show", "--default"]);
    assert_eq!(default.stdout, skywarden::config::DEFAULT);
    let schema = house.run(&["config", "schema"]);
    let schema: serde_json::Value = serde_json::from_str(&schema.stdout).unwrap();
    assert_eq!(schema["additionalProperties"], false);
    assert!(schema["properties"]["accounts"].is_object(), "{schema}");
}
