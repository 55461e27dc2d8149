use std::fs;

use insta::assert_snapshot;

use crate::house::House;

const OLD: &str = "[global-config]
global_overdue_day = 15
global_amount_threshold = 10000
global_webhook = https://oapi.dingtalk.com/robot/send?access_token=CANARYhook
max_list_length = 30
ping = on
global_amount_invisible = off
color = red

[shop 1]
username = 商城
access_key = LTAICANARYid
access_key_secret = CANARYsecret
amount_threshold = 500.50

[game]
username = 游戏
access_key = LTAICANARYid2
access_key_secret = CANARYsecret2
webhook = https://open.feishu.cn/open-apis/bot/v2/hook/CANARYlark
overdue_day = 30
";

fn with_old_file() -> House {
    let house = House::new();
    house.write("old/config.ini", OLD);
    house
}

#[test]
fn the_old_file_is_mapped_sealed_and_kept() {
    let house = with_old_file();
    let said = house.run(&["import", "sentry", "old/config.ini"]);
    assert_eq!(said.code, 0, "{said}");
    assert_snapshot!("mapped_en", said);
    assert_snapshot!("config", house.read(".config/skywarden/skywarden.toml"));
    assert_eq!(house.mode(".local/share/skywarden/skywarden.key"), 0o600);
    assert_eq!(house.run(&["config", "validate"]).code, 0);
    assert_snapshot!("channels", house.run(&["channels", "list"]));
    assert!(house.path("old/config.ini").exists());
    fs::remove_file(house.path("old/config.ini")).unwrap();
    assert_eq!(house.leaks("CANARY"), [""; 0]);
}

#[test]
fn yes_answers_for_what_is_written_and_only_remove_removes() {
    let house = with_old_file();
    let said = house.run(&[
        "--lang",
        "zh-CN",
        "import",
        "sentry",
        "old/config.ini",
        "--yes",
    ]);
    assert_snapshot!("mapped_zh", said);
    assert!(house.path("old/config.ini").exists());
    let again = house.run(&["import", "sentry", "old/config.ini", "--yes", "--remove"]);
    assert_eq!(again.code, 2);
    assert_snapshot!("not_overwritten", again);
    assert!(house.path("old/config.ini").exists());
    let to = [
        "import",
        "sentry",
        "old/config.ini",
        "--to",
        "new",
        "--yes",
        "--remove",
    ];
    assert_eq!(house.run(&to).code, 0);
    assert!(house.path("new/skywarden.toml").exists());
    assert!(!house.path("old/config.ini").exists());
}

#[test]
fn a_person_is_asked_before_anything_is_written_or_removed() {
    let house = with_old_file().with_person();
    let said = house.run_with(&["import", "sentry", "old/config.ini"], "n\n");
    assert_eq!(said.code, 0);
    assert!(said.stderr.contains("nothing was written"), "{said}");
    assert!(!house.path(".config/skywarden").exists());
    let said = house.run_with(&["import", "sentry", "old/config.ini"], "y\nn\n");
    assert!(
        said.stderr
            .contains("still holds the access keys. Remove it?"),
        "{said}"
    );
    assert!(house.path("old/config.ini").exists());
    let to = ["import", "sentry", "old/config.ini", "--to", "new"];
    assert_eq!(house.run_with(&to, "y\ny\n").code, 0);
    assert!(!house.path("old/config.ini").exists());
}

#[test]
fn a_bad_file_is_refused_by_section_and_key_and_nothing_is_written() {
    let house = House::new();
    let bad = OLD.replace("access_key = LTAICANARYid2", "access_key = B_CANARY!!");
    house.write("bad.ini", &bad);
    let said = house.run(&["import", "sentry", "bad.ini"]);
    assert_eq!(said.code, 2);
    assert_snapshot!("bad_key", said);
    assert_snapshot!(
        "bad_key_zh",
        house.run(&["import", "sentry", "bad.ini", "--lang", "zh-CN"])
    );
    house.write("bad.ini", &OLD.replace("username = 游戏", ""));
    assert_snapshot!("missing_name", house.run(&["import", "sentry", "bad.ini"]));
    fs::write(
        house.path("bad.ini"),
        b"[global-config]\n\xc9\xcc\xb3\xc7 = 1\n",
    )
    .unwrap();
    assert_snapshot!("not_utf8", house.run(&["import", "sentry", "bad.ini"]));
    assert_eq!(house.run(&["import", "sentry", "nowhere.ini"]).code, 2);
    assert!(!house.path(".config").exists());
    assert!(!house.path(".local").exists());
    assert_eq!(house.leaks("CANARY"), [""; 0]);
}

#[test]
fn a_secret_of_the_same_name_is_not_overwritten() {
    let house = with_old_file();
    house.run_with(&["seal", "set", "game.access_key_id"], "another\n");
    let said = house.run(&["import", "sentry", "old/config.ini"]);
    assert_eq!(said.code, 2);
    assert!(
        said.stderr.contains("seal remove game.access_key_id"),
        "{said}"
    );
    assert!(!house.path(".config/skywarden/skywarden.toml").exists());
}

const OLD_DETECTOR: &str = r#"tencentcloud:
  secret_id: "AKIDCANARYid"
  secret_key: "CANARYsecret"
  region: "ap-beijing"

webhook:
  enabled: true
  timeout: 10
  platforms:
    wecom:
      enabled: true
      url: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=CANARYwecom"
    dingtalk:
      enabled: true
      url: "https://oapi.dingtalk.com/robot/send?access_token=CANARYding"
      secret: "SECCANARY"
    feishu:
      enabled: false
      url: "https://open.feishu.cn/open-apis/bot/v2/hook/xxx"
      secret: "xxx"
logging:
  level: "info"
"#;

#[test]
fn the_old_detector_is_mapped_sealed_and_kept() {
    let house = House::new();
    house.write("old/config.yaml", OLD_DETECTOR);
    let said = house.run(&["import", "tke-orphans", "old/config.yaml"]);
    assert_eq!(said.code, 0, "{said}");
    assert_snapshot!("tke_orphans_en", said);
    assert_snapshot!(
        "tke_orphans_config",
        house.read(".config/skywarden/skywarden.toml")
    );
    assert_eq!(house.mode(".local/share/skywarden/skywarden.key"), 0o600);
    let valid = house.run(&["config", "validate"]);
    assert_eq!(valid.code, 0, "{valid}");
    let zh = [
        "--lang",
        "zh-CN",
        "import",
        "tke-orphans",
        "old/config.yaml",
    ];
    let said = house.run(&[&zh[..], &["--to", "new", "--yes", "--remove"]].concat());
    assert_snapshot!("tke_orphans_zh", said);
    assert!(!house.path("old/config.yaml").exists());
    assert_eq!(house.leaks("CANARY"), [""; 0]);
}

#[test]
fn a_bad_file_of_the_old_detector_is_refused_by_its_place_and_nothing_is_written() {
    let house = House::new();
    let bad = |name: &str, from: &str, to: &str, lang: &str| {
        let text = OLD_DETECTOR.replacen(from, to, 1);
        assert_ne!(text, OLD_DETECTOR);
        let path = format!("{name}.yaml");
        house.write(&path, &text);
        let said = house.run(&["--lang", lang, "import", "tke-orphans", &path]);
        assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{said}");
        std::fs::remove_file(house.path(&path)).unwrap();
        said.stderr
    };
    assert_snapshot!(
        "tke_orphans_placeholder",
        bad("blank", "\"CANARYsecret\"", "\"xxx\"", "en")
    );
    assert_snapshot!(
        "tke_orphans_placeholder_zh",
        bad("blank", "\"CANARYsecret\"", "\"xxx\"", "zh-CN")
    );
    assert_snapshot!(
        "tke_orphans_unknown_key",
        bad("key", "secret_key:", "secretkey:", "en")
    );
    assert_snapshot!(
        "tke_orphans_no_yaml",
        bad("yaml", "CANARYsecret\"", "CANARYsecret", "en")
    );
    assert_snapshot!(
        "tke_orphans_no_address",
        bad("url", "key=CANARYwecom", "key=xxx", "en")
    );
    assert!(!house.path(".config").exists());
    assert_eq!(house.leaks("CANARY"), [""; 0]);
}

/// The script of the documents of aws-man, filled in, with the line of cron beside it.
const OLD_SCRIPT: &str = r#"#!/bin/bash

export TZ='Asia/Shanghai'

export AWS_REGION=cn-north-1
export AWS_ACCESS_KEY_ID=AKIACANARYid
export AWS_SECRET_ACCESS_KEY=CANARYsecret
ACCOUNT_ID=123456789012

DIR="$( cd "$( dirname "${BASH_SOURCE[0]}" )" && pwd )"
LOG_DIR=/srv/logs/aws-man

mkdir -p $LOG_DIR

$DIR/ec2_snapshot >> $LOG_DIR/ec2_snapshot_$ACCOUNT_ID.log 2>&1
$DIR/ec2_networkout_alerm >> $LOG_DIR/ec2_networkout_alerm_$ACCOUNT_ID.log 2>&1
"#;

#[test]
fn the_run_script_of_aws_man_is_mapped_sealed_and_kept() {
    let house = House::new();
    house.write("old/123456789012.sh", OLD_SCRIPT);
    let import = ["import", "aws-man", "old/123456789012.sh"];
    let said = house.run(&import);
    assert_eq!(said.code, 0, "{said}");
    assert_snapshot!("aws_man_en", said);
    assert_snapshot!(
        "aws_man_config",
        house.read(".config/skywarden/skywarden.toml")
    );
    let valid = house.run(&["config", "validate"]);
    assert_eq!(valid.code, 0, "{valid}");
    let zh = [&["--lang", "zh-CN"], &import[..]].concat();
    let line = "30 5 * * * /srv/scripts/aws-man/ec2/123456789012.sh";
    let more = ["--to", "new", "--yes", "--remove", "--crontab", line];
    let said = house.run(&[&zh[..], &more].concat());
    assert_eq!(said.code, 0, "{said}");
    assert_snapshot!("aws_man_zh", said);
    assert!(
        house
            .read("new/skywarden.toml")
            .contains("\"0 30 5 * * *\"")
    );
    assert!(!house.path("old/123456789012.sh").exists());
    assert_eq!(house.leaks("CANARY"), [""; 0]);
}

#[test]
fn a_script_that_runs_neither_program_is_refused_and_nothing_is_written() {
    let house = House::new();
    house.write(
        "other.sh",
        "#!/bin/sh\nexport AWS_SECRET_ACCESS_KEY=CANARY\nls\n",
    );
    let said = house.run(&["import", "aws-man", "other.sh"]);
    assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{said}");
    assert_snapshot!("aws_man_nothing", said);
    fs::remove_file(house.path("other.sh")).unwrap();
    assert!(!house.path(".config").exists());
    assert_eq!(house.leaks("CANARY"), [""; 0]);
}
