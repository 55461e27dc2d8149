//! Copies under encryption keys: one whose key is switched off or goes is no copy to count on, which is
//! told before anybody needs it, and nothing better goes in its favor.

use cloudsim::world::protections::{CryptKey, KeyLife};
use cloudsim::{Effect, Fault};
use jiff::SignedDuration;
use serde_json::Value;

use super::{DATA, REGION, json, scene};
use crate::scene::{Scene, day};

const DAY: SignedDuration = SignedDuration::from_hours(24);
const TWO: &str = "[backups]\nmode = \"apply\"\nkeep = { last = 2, at_least = 2 }\nimage = \"off\"";
const APPLY: [&str; 5] = ["apply", "backups", "--yes", "-o", "json"];
const CHECK: [&str; 5] = ["backups", "check", "--no-send", "-o", "json"];
const FIRST: &str = "i-00000000000000001";
const KEY: &str = "arn:aws:kms:us-east-1:210987654321:key/0f0e0d0c-0000-4000-8000-000000000001";
const FOREIGN: &str = "arn:aws:kms:us-east-1:444455556666:key/0f0e0d0c-0000-4000-8000-000000000002";

/// Puts the disks of the first machine under a key, or under none; what is copied of them from now on
/// stands under it too.
fn encrypt(scene: &Scene, key: Option<&str>) {
    scene.sim.world().change(DATA, REGION, |held, _| {
        for disk in ["vol-00000000000000010", "vol-00000000000000011"] {
            let changed = held.disks.change(disk, |it| {
                (it.encrypted, it.key) = (key.is_some(), key.map(str::to_owned));
            });
            assert!(changed.is_some());
        }
    });
}

fn put(scene: &Scene, key: CryptKey) {
    scene
        .sim
        .world()
        .change(DATA, REGION, |held, _| held.keys.put(key));
}

/// Returns a scene of two machines with a set each, that of the first one under a key.
fn under(key: &str) -> Scene {
    let scene = scene(2, TWO);
    put(&scene, CryptKey::new(key));
    encrypt(&scene, Some(key));
    apply(&scene);
    scene
}

/// Does what is due, which has to go well.
#[track_caller]
fn apply(scene: &Scene) {
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 0, "{said}");
}

/// Looks, and returns what is found, with its facts, and the exit code.
#[track_caller]
fn look(scene: &Scene) -> (Vec<Value>, u8) {
    let said = scene.run(&CHECK);
    let found = json(&said)["findings"].as_array().unwrap().clone();
    let open = found.into_iter().filter(|it| it["state"] != "gone");
    (open.collect(), said.code)
}

/// Returns the kinds and severities of what is found.
fn kinds(found: &[Value]) -> Vec<String> {
    let kind = |it: &Value| {
        let word = |name: &str| it[name].as_str().unwrap().to_owned();
        format!("{} {} {}", word("severity"), word("kind"), word("id"))
    };
    found.iter().map(kind).collect()
}

/// Returns the days of the sets of the first machine, the oldest first, each with its state.
fn sets(scene: &Scene) -> Vec<String> {
    let said = scene.run(&["backups", "list", "-o", "json"]);
    let document = json(&said);
    let held = document["kept"].as_array().unwrap().iter();
    let of_first = held.filter(|it| it["machine"] == FIRST);
    let sets = of_first.flat_map(|it| it["sets"].as_array().unwrap());
    let word = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
    let set = |it: &Value| format!("{} {}", &word(it, "begun")[8..10], word(it, "state"));
    let mut sets: Vec<String> = sets.map(set).collect();
    sets.reverse();
    sets
}

/// Returns what a finding rests on: `name=value`.
fn facts(found: &Value) -> Vec<&str> {
    found["evidence"].as_str().unwrap().split("; ").collect()
}

fn asked(scene: &Scene) -> u64 {
    scene.sim.stats().calls_of("DescribeKey")
}

#[test]
fn of_keys_that_can_be_used_nothing_is_said_and_each_is_asked_for_once() {
    let scene = under(KEY);
    let before = asked(&scene);
    let (found, code) = look(&scene);
    assert_eq!((kinds(&found), code), (vec![], 0));
    assert_eq!(asked(&scene) - before, 1, "two snapshots have one key");
}

#[test]
fn a_key_that_is_switched_off_is_told_and_its_sets_are_no_copies() {
    let scene = under(KEY);
    put(&scene, CryptKey::new(KEY).disabled());
    let (found, _) = look(&scene);
    assert_eq!(
        kinds(&found),
        [
            format!("urgent key_unusable {KEY}"),
            format!("warning unprotected {FIRST}"),
        ]
    );
    let facts = facts(&found[0]);
    for fact in ["key_state=disabled", "snapshots=2", "sets=1"] {
        assert!(facts.contains(&fact), "{facts:?}");
    }
    assert!(facts.contains(&&*format!("last_of={FIRST}")), "{facts:?}");
    let barred = format!("barred_by={KEY}");
    assert!(self::facts(&found[1]).contains(&&*barred), "{found:#?}");
    assert_eq!(sets(&scene), ["21 barred"]);
    // Switched on again, all is well.
    put(&scene, CryptKey::new(KEY));
    let (found, code) = look(&scene);
    assert_eq!((kinds(&found), code), (vec![], 0));
    assert_eq!(sets(&scene), ["21 whole"]);
}

#[test]
fn a_key_that_goes_is_told_with_its_day() {
    let scene = under(KEY);
    put(&scene, CryptKey::new(KEY).leaving(day(12)));
    let (found, _) = look(&scene);
    assert_eq!(kinds(&found)[0], format!("urgent key_leaving {KEY}"));
    let goes = format!("goes={}", day(12));
    assert!(facts(&found[0]).contains(&&*goes), "{found:#?}");
    // When it has gone, nothing brings it back.
    scene.go_by(DAY * 13);
    let (found, _) = look(&scene);
    let gone = found.iter().find(|it| it["kind"] == "key_unusable");
    let gone = gone.unwrap_or_else(|| panic!("{found:#?}"));
    assert!(facts(gone).contains(&"key_state=gone"), "{gone:#?}");
}

#[test]
fn a_key_is_less_urgent_while_there_is_a_copy_under_another() {
    let scene = under(KEY);
    scene.go_by(DAY);
    encrypt(&scene, None);
    apply(&scene);
    put(&scene, CryptKey::new(KEY).disabled());
    let (found, _) = look(&scene);
    assert_eq!(kinds(&found), [format!("warning key_unusable {KEY}")]);
    let last = facts(&found[0]).iter().any(|it| it.starts_with("last_of"));
    assert!(!last, "{found:#?}");
}

#[test]
fn a_key_of_another_account_is_unknown_and_that_is_said_once_and_is_no_alarm() {
    let scene = under(FOREIGN);
    let (found, code) = look(&scene);
    // It was asked, and the answer is no gap of ours.
    assert_ne!(code, 3);
    assert_eq!(kinds(&found), [format!("notice key_unclear {FOREIGN}")]);
    let state = facts(&found[0]).contains(&"key_state=withheld");
    assert!(state, "{found:#?}");
    assert_eq!(sets(&scene), ["21 whole"]);
}

#[test]
fn keys_that_may_not_be_seen_are_a_gap_and_nothing_is_called_fine_or_lost() {
    let scene = under(KEY);
    put(&scene, CryptKey::new(KEY).disabled());
    let (found, _) = look(&scene);
    assert_eq!(found.len(), 2);
    let denied = Fault::new(Effect::Denied).action("DescribeKey");
    scene.sim.faults().add(denied);
    let said = scene.run(&CHECK);
    assert_eq!(said.code, 3, "{said}");
    let document = json(&said);
    let unseen = document["coverage"]["unseen"].as_array().unwrap();
    assert_eq!(unseen.len(), 1, "{said}");
    assert!(unseen[0].to_string().contains("kms:DescribeKey"), "{said}");
    // What was known of the key stays as it was.
    let found = document["findings"].as_array().unwrap();
    let of_key = found.iter().find(|it| it["kind"] == "key_unusable");
    assert_eq!(of_key.unwrap()["state"], "unseen", "{said}");
}

#[test]
fn older_good_sets_stay_while_newer_ones_cannot_be_restored() {
    let scene = scene(1, TWO);
    // Two good ones, and a third under a key that is switched off the day after.
    for _ in 0..2 {
        apply(&scene);
        scene.go_by(DAY);
    }
    put(&scene, CryptKey::new(KEY));
    encrypt(&scene, Some(KEY));
    apply(&scene);
    assert_eq!(sets(&scene), ["22 whole", "23 whole"]);
    put(&scene, CryptKey::new(KEY).disabled());
    scene.go_by(DAY);
    // Nothing is copied and nothing goes.
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 7, "{said}");
    assert_eq!(sets(&scene), ["22 whole", "23 barred"]);
    // A good one comes: by number it would be the second last that goes.
    encrypt(&scene, None);
    apply(&scene);
    assert_eq!(sets(&scene), ["22 whole", "23 barred", "24 whole"]);
    scene.go_by(DAY);
    apply(&scene);
    assert_eq!(
        sets(&scene),
        ["22 whole", "23 barred", "24 whole", "25 whole"]
    );
    scene.go_by(DAY);
    apply(&scene);
    let now = ["23 barred", "24 whole", "25 whole", "26 whole"];
    assert_eq!(sets(&scene), now, "there are enough newer ones by now");
}

#[test]
fn where_no_key_can_be_seen_copies_are_made_and_go_as_ever() {
    let scene = under(KEY);
    let denied = Fault::new(Effect::Denied).action("DescribeKey");
    scene.sim.faults().add(denied);
    for _ in 0..2 {
        scene.go_by(DAY);
        let said = scene.run(&APPLY);
        assert_eq!(said.code, 3, "{said}");
    }
    assert_eq!(sets(&scene), ["22 whole", "23 whole"]);
    let held = scene.sim.world().truth(DATA, REGION);
    let key = held.keys.get(KEY).map(|it| it.life.clone());
    assert_eq!(key, Some(KeyLife::Enabled), "it was read and not written");
}

#[test]
fn the_right_to_look_at_keys_is_in_the_policy_and_no_right_to_change_one() {
    let scene = scene(1, TWO);
    let said = scene.run(&["doctor", "--policy"]);
    let kms: Vec<&str> = said
        .stdout
        .split('"')
        .filter(|it| it.starts_with("kms:"))
        .collect();
    assert_eq!((said.code, kms), (0, vec!["kms:DescribeKey"]), "{said}");
}
