use insta::assert_snapshot;

use crate::house::House;

const SIMPLE: &str = "
[accounts.shop]
cloud = \"aliyun\"
credentials = { profile = \"default\" }
";

#[test]
fn the_patrol_becomes_one_line_with_its_zone_and_next_times() {
    let house = House::new();
    house.configure(SIMPLE);
    assert_snapshot!("crontab_en", house.run(&["schedule", "--crontab"]));
    assert_snapshot!(
        "crontab_zh",
        house.run(&["--lang", "zh-CN", "schedule", "--crontab"])
    );
    assert_snapshot!("systemd_en", house.run(&["schedule", "--systemd"]));
    assert_snapshot!(
        "systemd_zh",
        house.run(&["--lang", "zh-CN", "schedule", "--systemd"])
    );
}

#[test]
fn accounts_with_times_of_their_own_have_lines_of_their_own() {
    let mut house = House::new();
    house.set("SKYWARDEN_KEY", "x");
    house.set("XDG_STATE_HOME", "/var/lib/sky state");
    house.write(
        "50% of it/skywarden.toml",
        r#"
language = "en"
[accounts.shop]
cloud = "aliyun"
credentials = { env = "ALIBABA_CLOUD" }
[accounts.game]
cloud = "aliyun"
credentials = { profile = "game" }
[accounts.game.patrol]
every = "30 0 8 * * MON-FRI"
timezone = "America/New_York"
[accounts.wiki]
cloud = "aliyun"
credentials = { profile = "wiki" }
[channels.ops]
kind = "feishu"
webhook = { env = "OPS_WEBHOOK" }
"#,
    );
    let config = ["--config", "50% of it/skywarden.toml", "schedule"];
    assert_snapshot!(
        "crontab_groups",
        house.run(&[&config[..], &["--crontab"]].concat())
    );
    assert_snapshot!(
        "systemd_groups",
        house.run(&[&config[..], &["--systemd"]].concat())
    );
}

#[test]
fn a_file_that_speaks_of_orphans_has_their_lines_beside_the_patrol() {
    let house = House::new();
    house.configure(
        r#"
[accounts.shop]
cloud = "tencent"
credentials = { profile = "default" }
[accounts.game]
cloud = "tencent"
credentials = { profile = "game" }
[accounts.game.orphans]
every = "0 25 * * * *"
[orphans]
every = "0 10 * * * *"
"#,
    );
    assert_snapshot!("crontab_orphans", house.run(&["schedule", "--crontab"]));
    assert_snapshot!("systemd_orphans", house.run(&["schedule", "--systemd"]));
    let zh = ["--lang", "zh-CN", "schedule", "--systemd"];
    assert_snapshot!("systemd_orphans_zh", house.run(&zh));
}

#[test]
fn what_the_scheduler_cannot_say_is_refused_and_not_bent() {
    let house = House::new();
    for every in [
        "0 0 9 L * *",
        "*/10 * * * * *",
        "0 0 9 1 1 * 2030",
        "0 0 9 13 * +FRI",
    ] {
        house.configure(&format!("{SIMPLE}[patrol]\nevery = \"{every}\"\n"));
        for form in ["--crontab", "--systemd"] {
            let said = house.run(&["schedule", form]);
            assert_eq!(
                (said.code, said.stdout.as_str()),
                (2, ""),
                "{every}: {said}"
            );
        }
    }
    assert_snapshot!("refused", house.run(&["schedule", "--crontab"]));
}

#[test]
fn one_of_the_two_forms_must_be_chosen() {
    let house = House::new();
    house.configure(SIMPLE);
    assert_eq!(house.run(&["schedule"]).code, 2);
    assert_eq!(house.run(&["schedule", "--crontab", "--systemd"]).code, 2);
}
