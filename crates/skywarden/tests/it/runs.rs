use serde_json::Value;

use crate::house::House;
use crate::scene::{Scene, shop};

#[test]
fn a_run_is_listed_and_shown_with_how_it_ended() {
    let scene = Scene::of([shop()]);
    let patrol = scene.run(&["patrol", "--no-send"]);
    let listed = scene.run(&["runs", "list", "-o", "json"]);
    assert_eq!(listed.code, 0, "{listed}");
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(listed[0]["duty"], "patrol");
    assert_eq!(listed[0]["mode"], "look");
    assert_eq!(listed[0]["exit_codes"], patrol.code.to_string());
    let id = listed[0]["run"].as_str().unwrap();
    let shown = scene.run(&["runs", "show", id, "-o", "json"]);
    assert_eq!(shown.code, 0, "{shown}");
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(shown["run"], id);
    assert_eq!(patrol.code, 0, "{patrol}");
    assert_eq!(shown["exit_codes"], serde_json::json!([]));
    let other = scene.run(&["runs", "list", "--duty", "backups"]);
    assert!(other.stderr.contains("Nothing was run yet."), "{other}");
}

#[test]
fn a_run_that_is_not_known_is_wrong_use() {
    let house = House::new();
    house.configure("");
    let said = house.run(&["runs", "show", "0000"]);
    assert_eq!(said.code, 2, "{said}");
    assert!(said.stderr.contains("there is no run 0000"), "{said}");
}
