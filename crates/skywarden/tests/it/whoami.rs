use insta::assert_snapshot;

use crate::house::House;
use crate::simulated::{CANARY, Simulated};

fn house() -> House {
    House::new().with_lasting_chance()
}

#[test]
fn every_account_is_shown_with_who_the_cloud_says_it_is() {
    let mut house = house();
    let cloud = Simulated::beside(&house);
    let shop = cloud.account(&mut house, "shop", "expect_identity = \"1690700000000001\"");
    let game = cloud.account(
        &mut house,
        "game",
        "site = \"domestic\"\nregions = [\"cn-beijing\"]",
    );
    house.configure(&format!("{shop}{game}"));
    assert_snapshot!("fine_en", cloud.plain(house.run(&["whoami"])));
    assert_snapshot!(
        "fine_zh",
        cloud.plain(house.run(&["--lang", "zh-CN", "whoami"]))
    );
    assert_snapshot!(
        "fine_json",
        cloud.plain(house.run(&["whoami", "-o", "json"]))
    );
    assert_snapshot!("fine_csv", cloud.plain(house.run(&["whoami", "-o", "csv"])));
    assert_snapshot!(
        "one",
        cloud.plain(house.run(&["whoami", "--account", "game", "-o", "jsonl"]))
    );
    assert_eq!(house.leaks(CANARY), [""; 0]);
}

#[test]
fn one_bad_key_of_two_is_named_and_ends_with_3_and_all_bad_with_4() {
    let mut house = house();
    let cloud = Simulated::beside(&house);
    let shop = cloud.account(&mut house, "shop", "");
    let game = cloud.account(&mut house, "game", "");
    house.configure(&format!("{shop}{game}"));
    house.set("GAME_ACCESS_KEY_ID", "LTAI5tNobodyKnowsIt");
    let said = house.run(&["whoami", "-o", "jsonl"]);
    assert_eq!(said.code, 3, "{said}");
    let rows: Vec<serde_json::Value> = said
        .stdout
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    assert_eq!(
        (&rows[0]["account"], &rows[0]["state"]),
        (&"shop".into(), &"seen".into())
    );
    assert_eq!(
        (&rows[1]["account"], &rows[1]["state"]),
        (&"game".into(), &"credentials".into())
    );
    assert!(
        rows[1]["detail"]
            .as_str()
            .unwrap()
            .contains("InvalidAccessKeyId.NotFound"),
        "{said}"
    );
    let said = house.run(&["whoami", "--account", "game"]);
    assert_eq!(said.code, 4, "{said}");
}

#[test]
fn somebody_else_than_expected_counts_as_not_seen() {
    let mut house = house();
    let cloud = Simulated::beside(&house);
    let shop = cloud.account(&mut house, "shop", "expect_identity = \"1690700000000002\"");
    house.configure(&shop);
    let said = house.run(&["whoami", "-o", "jsonl"]);
    assert_eq!(said.code, 4, "{said}");
    let row: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(row["state"], "mismatch");
    assert_eq!(row["number"], "1690700000000001");
}

#[test]
fn a_sealed_key_that_does_not_open_hides_no_other_account() {
    let mut house = house();
    let cloud = Simulated::beside(&house);
    let shop = cloud.account(&mut house, "shop", "");
    let lost = "[accounts.lost]\ncloud = \"aliyun\"\ncredentials = { sealed = \"lost\" }\n";
    house.configure(&format!("{shop}{lost}"));
    let said = house.run(&["whoami", "-o", "csv"]);
    assert_eq!(said.code, 3, "{said}");
    assert!(
        said.stdout.contains("shop,aliyun,1690700000000001"),
        "{said}"
    );
    assert!(
        said.stdout.contains("lost,aliyun,,,,auto,,credentials"),
        "{said}"
    );
}

#[test]
fn an_unknown_name_is_refused_with_the_known_ones() {
    let mut house = house();
    let cloud = Simulated::beside(&house);
    let shop = cloud.account(&mut house, "shop", "");
    house.configure(&shop);
    assert_snapshot!("unknown_en", house.run(&["whoami", "--account", "shpo"]));
    assert_snapshot!(
        "unknown_zh",
        house.run(&["--lang", "zh-CN", "doctor", "--account", "shpo"])
    );
    house.configure("");
    assert_snapshot!("none", house.run(&["whoami"]));
    assert_eq!(cloud.sim.stats().calls, 0);
}
