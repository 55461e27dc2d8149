use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use base::ManualClock;
use cloudsim::world::directory::Directory;
use cloudsim::{Effect, Fault, Rights, Role};
use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::house::{House, NOW, Said};
use crate::simulated::{CANARY, GAME, SHOP, Simulated};

fn house() -> House {
    House::new().with_lasting_chance()
}

fn document(said: &Said) -> Value {
    serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}\n{said}"))
}

/// Returns `check subject status` of every check of an account, or of the machine.
fn statuses(document: &Value, account: Option<&str>) -> Vec<String> {
    let checks = document["checks"].as_array().unwrap().iter();
    checks
        .filter(|it| it["account"].as_str() == account)
        .map(|it| {
            let words = ["check", "subject", "status"].map(|key| it[key].as_str().unwrap_or("-"));
            words.join(" ")
        })
        .collect()
}

fn actions(policy: &Value) -> Vec<String> {
    let statements = policy["Statement"].as_array().unwrap();
    assert_eq!((statements.len(), &policy["Version"]), (1, &"1".into()));
    let actions = statements[0]["Action"].as_array().unwrap().iter();
    actions.map(|it| it.as_str().unwrap().to_owned()).collect()
}

#[test]
fn all_is_well_and_every_line_says_what_was_found() {
    let mut house = house();
    let cloud = Simulated::beside(&house);
    let shop = cloud.account(&mut house, "shop", "expect_identity = \"1690700000000001\"");
    let channel = "[channels.ops]\nwebhook = { env = \"OPS\" }\nkind = \"dingtalk\"\n\
                   [patrol]\nreport_to = [\"ops\"]\n";
    house.set(
        "OPS",
        "https://oapi.dingtalk.com/robot/send?access_token=CANARY-token",
    );
    house.configure(&format!("{shop}{channel}"));
    house.protect();
    assert_snapshot!("fine_en", cloud.plain(house.run(&["doctor"])));
    assert_snapshot!(
        "fine_zh",
        cloud.plain(house.run(&["--lang", "zh-CN", "doctor"]))
    );
    assert_snapshot!(
        "fine_json",
        cloud.plain(house.run(&["--quiet", "doctor", "-o", "json"]))
    );
    assert_eq!(house.leaks(CANARY), [""; 0]);
    assert_eq!(house.leaks("CANARY-token"), [""; 0]);
}

#[test]
fn a_missing_permission_is_named_and_the_policy_at_the_end_adds_just_it() {
    let mut house = house();
    let cloud = Simulated::beside(&house);
    let missing = ["bss:DescribeAcccount", "domain:QueryCommonInfo"];
    cloud.take_away(SHOP, &missing);
    let shop = cloud.account(&mut house, "shop", "expect_identity = \"1690700000000001\"");
    let game = cloud.account(&mut house, "game", "expect_identity = \"1690700000000002\"");
    house.configure(&format!("{shop}{game}"));
    house.protect();
    assert_snapshot!("missing_en", cloud.plain(house.run(&["doctor"])));
    assert_snapshot!(
        "missing_zh",
        cloud.plain(house.run(&["--lang", "zh-CN", "doctor"]))
    );
    let document = document(&house.run(&["doctor", "-o", "json"]));
    assert_eq!(document["holds"], serde_json::json!([3]));
    let policies = document["policies"].as_array().unwrap();
    assert_eq!(policies.len(), 1);
    assert_eq!(policies[0]["account"], "shop");
    assert_eq!(actions(&policies[0]["policy"]), missing);
}

#[test]
fn a_list_that_is_just_empty_without_the_right_is_found_out() {
    let mut house = house();
    let cloud = Simulated::beside(&house);
    cloud.take_away(SHOP, &["ecs:DescribeInstances"]);
    let shop = cloud.account(&mut house, "shop", "");
    house.configure(&shop);
    let said = house.run(&["doctor", "-o", "json"]);
    assert_eq!(said.code, 3, "{said}");
    let document = document(&said);
    let found = statuses(&document, Some("shop"));
    assert!(
        found.contains(&"permission instance missing".to_owned()),
        "{found:?}"
    );
    assert!(
        found.contains(&"names ecs cn-hangzhou skipped".to_owned()),
        "{found:?}"
    );
    let actions = actions(&document["policies"][0]["policy"]);
    assert!(
        actions.contains(&"ecs:DescribeInstances".to_owned()),
        "{actions:?}"
    );
}

#[test]
fn a_list_that_rights_cut_short_is_held_against_the_bill() {
    let mut house = house();
    let cloud = Simulated::beside(&house);
    let shop = cloud.account(&mut house, "shop", "");
    house.configure(&shop);
    cloud
        .sim
        .world()
        .edit(SHOP, |it| it.instances.retain(|it| it.id != "i-shop2"))
        .unwrap();
    let said = house.run(&["doctor"]);
    assert!(
        said.stdout
            .contains("! machines ecs cn-hangzhou: only 1 of 2 ecs machines"),
        "{said}"
    );
    assert_eq!(said.code, 0, "{said}");
}

#[test]
fn the_printed_policy_is_all_that_the_doctor_asks_for() {
    let mut house = house();
    let cloud = Simulated::beside(&house);
    let shop = cloud.account(&mut house, "shop", "");
    let settings = "[patrol]\nbalance = \"off\"\n";
    house.configure(&format!("{shop}{settings}"));
    let said = house.run(&["doctor", "--policy"]);
    assert_snapshot!("policy", said);
    assert_eq!(cloud.sim.stats().calls, 0, "a policy asks nobody");
    let policy = serde_json::from_str(&said.stdout).unwrap();
    let granted = Rights::of(actions(&policy));
    cloud
        .sim
        .world()
        .edit(SHOP, |it| it.users[0].rights = granted)
        .unwrap();
    let said = house.run(&["doctor"]);
    assert_eq!(said.code, 0, "{said}");
}

#[test]
fn the_policy_covers_what_every_account_needs() {
    let mut house = house();
    let cloud = Simulated::beside(&house);
    let discover = "discover = { resource_directory = true, role = \"r\" }";
    let shop = cloud.account(&mut house, "shop", discover);
    let game = cloud.account(&mut house, "game", "patrol.balance = \"off\"");
    house.configure(&format!("{shop}{game}"));
    let policy = |arguments: &[&str]| {
        let said = house.run(&[&["doctor", "--policy"], arguments].concat());
        assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{said}");
        actions(&serde_json::from_str(&said.stdout).unwrap())
    };
    let (all, game) = (policy(&[]), policy(&["--account", "game"]));
    for action in [
        "sts:AssumeRole",
        "resourcemanager:ListAccounts",
        "bss:DescribeAcccount",
    ] {
        let action = action.to_owned();
        assert!(
            all.contains(&action) && !game.contains(&action),
            "{action}: {all:?} {game:?}"
        );
    }
    assert!(game.iter().all(|it| all.contains(it)), "{all:?} {game:?}");
}

#[test]
fn of_an_account_that_is_somebody_else_nothing_more_is_asked() {
    let mut house = house();
    let cloud = Simulated::beside(&house);
    let shop = cloud.account(&mut house, "shop", "expect_identity = \"1690700000000002\"");
    house.configure(&shop);
    house.protect();
    let said = house.run(&["doctor"]);
    assert_snapshot!("mismatch_en", cloud.plain(&said));
    assert_eq!(said.code, 4);
    let called: Vec<String> = cloud
        .sim
        .recent_calls()
        .into_iter()
        .map(|it| it.action)
        .collect();
    assert_eq!(called, ["GetCallerIdentity"]);
}

#[test]
fn one_bad_key_of_two_ends_with_3_and_the_other_account_is_looked_at_whole() {
    let mut house = house();
    let cloud = Simulated::beside(&house);
    let shop = cloud.account(&mut house, "shop", "");
    let game = cloud.account(&mut house, "game", "");
    house.configure(&format!("{shop}{game}"));
    house.set("GAME_ACCESS_KEY_SECRET", "CANARY-wrong-secret");
    let said = house.run(&["doctor", "-o", "json"]);
    assert_eq!(said.code, 3, "{said}");
    let document = document(&said);
    let game = statuses(&document, Some("game"));
    let begin = ["identity - failed", "permission - skipped", "clock - ok"];
    assert_eq!(game[..3], begin.map(str::to_owned));
    let shop = statuses(&document, Some("shop"));
    assert!(
        shop.iter().all(|it| it.ends_with(" ok")) && shop.len() > 8,
        "{shop:?}"
    );
    assert_eq!(house.leaks("CANARY-wrong-secret"), [""; 0]);
}

#[test]
fn a_clock_that_is_off_is_told_with_how_much_and_the_keys_are_tried_all_the_same() {
    let mut house = house();
    let now: Timestamp = NOW.parse().unwrap();
    let cloud = Simulated::at(ManualClock::new(now - SignedDuration::from_mins(20)));
    let shop = cloud.account(&mut house, "shop", "");
    house.configure(&shop);
    let said = house.run(&["doctor"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(
        said.stdout
            .contains("! clock: this machine's is 1200 s ahead of the cloud's"),
        "{said}"
    );
    assert!(
        said.stdout
            .contains("hint: set this machine's clock by NTP."),
        "{said}"
    );
    house.clock.set_wall(now - SignedDuration::from_mins(22));
    let said = house.run(&["--lang", "zh-CN", "doctor"]);
    assert!(
        said.stdout.contains("! 时钟：本机比云端慢 120 秒"),
        "{said}"
    );
}

#[test]
fn what_could_not_be_found_out_is_not_called_missing() {
    let mut house = house();
    let cloud = Simulated::beside(&house);
    let shop = cloud.account(&mut house, "shop", "");
    house.configure(&shop);
    let broken = Fault::new(Effect::Status { status: 502 }).action("QueryDomainList");
    cloud.sim.faults().add(broken);
    let said = house.run(&["doctor", "-o", "json"]);
    assert_eq!(said.code, 3, "{said}");
    let document = document(&said);
    let found = statuses(&document, Some("shop"));
    assert!(
        found.contains(&"permission domain unknown".to_owned()),
        "{found:?}"
    );
    assert_eq!(document["policies"], serde_json::json!([]));
    assert!(
        house.clock_spent() < Duration::from_secs(60),
        "a person waits"
    );
}

#[test]
fn members_are_entered_to_see_that_the_role_is_there() {
    let mut house = house();
    let cloud = Simulated::beside(&house);
    let directory = Directory::new("rd-Sim", NOW.parse().unwrap()).member(GAME, "game");
    cloud
        .sim
        .world()
        .edit(SHOP, |it| it.directory = Some(directory))
        .unwrap();
    let discover = "discover = { resource_directory = true, role = \"skywarden-member\" }";
    let shop = cloud.account(&mut house, "shop", discover);
    house.configure(&shop);
    let said = house.run(&["doctor"]);
    assert_eq!(said.code, 0, "{said}");
    let entered = "✓ member 1690700000000002: 1690700000000002 can be entered as skywarden-member";
    assert!(said.stdout.contains(entered), "{said}");
    let other = Role::new("another", SHOP, Rights::all());
    cloud
        .sim
        .world()
        .edit(GAME, |it| it.roles = vec![other])
        .unwrap();
    let said = house.run(&["doctor"]);
    assert_eq!(said.code, 3, "{said}");
    assert!(
        said.stdout
            .contains("hint: make the role skywarden-member in member"),
        "{said}"
    );
}

#[test]
fn calls_are_counted_from_what_the_last_patrol_saw() {
    let mut house = house();
    let cloud = Simulated::beside(&house);
    let shop = cloud.account(&mut house, "shop", "");
    house.configure(&shop);
    let calls = |house: &House| {
        let document = document(&house.run(&["doctor", "-o", "json"]));
        let rows = document["calls"].as_array().unwrap().clone();
        let row = rows
            .into_iter()
            .find(|it| it["operation"] == "QueryAvailableInstances")
            .unwrap();
        (
            row["calls_a_month"].as_u64().unwrap(),
            row["assumed"].as_bool().unwrap(),
        )
    };
    assert_eq!(calls(&house), (30, true));
    let now: Timestamp = NOW.parse().unwrap();
    let late = now + SignedDuration::from_hours(24 * 300);
    cloud
        .sim
        .world()
        .edit(SHOP, |account| {
            for number in 0..700 {
                account
                    .prepaid
                    .add(cloudsim::Prepaid::new("rds", format!("rm-{number}"), late));
            }
        })
        .unwrap();
    assert_eq!(house.run(&["patrol", "--no-send"]).code, 0);
    assert_eq!(calls(&house), (90, false));
}

#[test]
fn a_patrol_makes_the_calls_that_were_estimated() {
    let mut house = house();
    let cloud = Simulated::beside(&house);
    let shop = cloud.account(&mut house, "shop", "");
    house.configure(&shop);
    assert_eq!(house.run(&["patrol", "--no-send"]).code, 0);
    let document = document(&house.run(&["doctor", "-o", "json"]));
    cloud.sim.reset_stats();
    assert_eq!(house.run(&["patrol", "--no-send"]).code, 0);
    let stats = cloud.sim.stats();
    let mut estimated = 0;
    for row in document["calls"].as_array().unwrap() {
        let operation = match row["operation"].as_str().unwrap() {
            "identity" => "GetCallerIdentity",
            // Needed to find out the regions; the patrol has them from the bill.
            "DescribeRegions" => continue,
            operation => operation,
        };
        let calls = row["calls_a_run"].as_u64().unwrap();
        assert_eq!(stats.calls_of(operation), calls, "{operation}");
        estimated += calls;
    }
    assert_eq!(stats.calls, estimated);
}

#[test]
fn a_secret_that_is_not_there_is_a_matter_of_configuration() {
    let mut house = house();
    let cloud = Simulated::beside(&house);
    let shop = cloud.account(&mut house, "shop", "");
    let channel = "[channels.ops]\nkind = \"feishu\"\nwebhook = { sealed = \"ops\" }\n";
    house.configure(&format!("{shop}{channel}"));
    let said = house.run(&["doctor", "-o", "json"]);
    assert_eq!(said.code, 2, "{said}");
    let machine = statuses(&document(&said), None);
    assert!(
        machine.contains(&"secrets - failed".to_owned()),
        "{machine:?}"
    );
    assert!(
        machine.contains(&"channel ops failed".to_owned()),
        "{machine:?}"
    );
}

#[test]
fn a_robot_may_not_be_a_metadata_service() {
    let mut house = house();
    let cloud = Simulated::beside(&house);
    let shop = cloud.account(&mut house, "shop", "");
    let channel = "[channels.ops]\nkind = \"webhook\"\nwebhook = { env = \"OPS\" }\n";
    house.set("OPS", "https://100.100.100.200/latest/meta-data");
    house.configure(&format!("{shop}{channel}"));
    let said = house.run(&["doctor"]);
    assert_eq!(said.code, 2, "{said}");
    assert!(said.stdout.contains("✗ channel ops: "), "{said}");
    assert!(said.stdout.contains("metadata service"), "{said}");
}

#[test]
fn files_that_are_open_to_others_are_told_with_what_closes_them() {
    let mut house = house();
    let cloud = Simulated::beside(&house);
    let shop = cloud.account(&mut house, "shop", "");
    house.configure(&shop);
    let config = house.path(".config/skywarden/skywarden.toml");
    fs::set_permissions(&config, fs::Permissions::from_mode(0o666)).unwrap();
    let said = house.run(&["doctor"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(
        said.stdout.contains("is open to others (mode 0666)"),
        "{said}"
    );
    assert!(
        said.stdout
            .contains("hint: chmod 600 HOME/.config/skywarden/skywarden.toml"),
        "{said}"
    );

    assert_eq!(
        house
            .run_with(&["seal", "set", "ops"], "https://oapi.dingtalk.com/x")
            .code,
        0
    );
    let channel = "[channels.ops]\nkind = \"dingtalk\"\nwebhook = { sealed = \"ops\" }\n";
    house.configure(&format!("{shop}{channel}"));
    let key = house.path(".local/share/skywarden/skywarden.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let said = house.run(&["doctor"]);
    assert_eq!(said.code, 2, "{said}");
    assert!(
        said.stdout
            .contains("skywarden.key is open to others (mode 0644)"),
        "{said}"
    );
    assert!(
        said.stdout
            .contains("chmod 600 HOME/.local/share/skywarden/skywarden.key"),
        "{said}"
    );
}

#[test]
fn a_store_is_not_made_by_looking_and_one_that_cannot_be_used_is_told() {
    let mut house = house();
    let cloud = Simulated::beside(&house);
    let shop = cloud.account(&mut house, "shop", "");
    house.configure(&shop);
    let said = house.run(&["doctor"]);
    assert!(
        said.stdout
            .contains("skywarden.db is made by the first patrol"),
        "{said}"
    );
    assert!(!house.path(".local/state/skywarden").exists());
    house.write(
        ".local/state/skywarden/skywarden.db",
        "this is no database, but some words",
    );
    let said = house.run(&["doctor"]);
    assert_eq!(said.code, 7, "{said}");
    assert!(said.stdout.contains("✗ store: "), "{said}");
}

#[test]
fn without_accounts_there_is_nothing_to_be_well() {
    let house = house();
    house.configure("");
    let said = house.run(&["doctor"]);
    assert_eq!(said.code, 2, "{said}");
    assert!(
        said.stdout
            .contains("✗ accounts: no accounts are configured"),
        "{said}"
    );
    let said = house.run(&["doctor", "--policy"]);
    assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{said}");
}
