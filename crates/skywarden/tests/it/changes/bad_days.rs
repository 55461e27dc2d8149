//! Plans and files that must not be done, and days on which nothing may be begun.

use std::fs;

use cloudsim::world::deeds::{Act, Sort};
use cloudsim::world::machines::Machine;
use cloudsim::world::storage::Disk;
use cloudsim::{Effect, Fault, Uid};
use insta::assert_snapshot;
use jiff::SignedDuration;
use serde_json::Value;
use store::Access;

use super::backups::APPLY;
use super::{DATA, REGION, data, json, scene, scene_in, steps};
use crate::house::{House, Said};
use crate::scene::{Scene, day};

/// Saves the plan of the backups and returns its text.
#[track_caller]
fn saved(scene: &Scene) -> String {
    let said = scene.run(&["plan", "backups", "--save", "plan.json"]);
    assert_eq!(said.code, 0, "{said}");
    scene.house.read("plan.json")
}

/// Takes the store away with all that stands beside it: this is another host now.
fn forget_the_store(scene: &Scene) {
    fs::remove_dir_all(scene.store_path().parent().unwrap()).unwrap();
}

/// Checks that a command was refused with a code and these words, and that nothing was done.
#[track_caller]
fn nothing_done(scene: &Scene, said: &Said, code: u8, words: &str) {
    assert_eq!(said.code, code, "{said}");
    assert!(said.stderr.contains(words), "{words:?} is not in {said}");
    assert_eq!(scene.sim.world().deeds(), [], "{said}");
}

#[test]
fn yes_answers_the_question_and_does_not_stand_for_the_mode() {
    let scene = scene(1, "[backups]");
    let said = scene.run(&["apply", "backups", "--yes"]);
    nothing_done(&scene, &said, 2, "no account has mode = \"apply\"");
    assert!(said.stderr.contains("plan backups --save FILE"), "{said}");
}

#[test]
fn without_a_person_and_without_yes_nothing_is_even_looked_at() {
    let scene = scene(1, APPLY);
    scene.sim.reset_stats();
    let said = scene.run(&["apply", "backups"]);
    nothing_done(&scene, &said, 2, "nobody is here to say yes");
    assert_eq!(scene.sim.stats().calls, 0);
}

#[test]
fn a_person_is_shown_account_identity_and_regions_and_types_the_word() {
    let scene = scene_in(House::new().with_lasting_chance().with_person(), 1, APPLY);
    scene.house.configure(&scene.config());
    let said = scene.house.run_with(&["apply", "backups"], "y\n");
    nothing_done(&scene, &said, 5, "it was not confirmed");
    assert!(
        said.stderr
            .contains("data (account 210987654321) in us-east-1: 1 to make"),
        "{said}"
    );
    assert_snapshot!("confirmation", said);
    let said = scene.house.run_with(&["apply", "backups"], "apply\n");
    assert_eq!(said.code, 0, "{said}");
    let made = scene.sim.world().done(Act::Created, Sort::Snapshot);
    assert_eq!(made.len(), 2);
}

#[test]
fn a_saved_plan_is_the_deliberate_act_where_the_mode_is_plan() {
    let scene = scene(2, "[backups]");
    let text = saved(&scene);
    let file: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(file["identities"]["data"], "210987654321");
    let said = scene.run(&["apply", "plan.json", "--yes", "-o", "json"]);
    assert_eq!(said.code, 0, "{said}");
    let made = scene.sim.world().done(Act::Created, Sort::Snapshot);
    assert_eq!(made.len(), 4);
}

#[test]
fn a_plan_edited_by_hand_is_refused() {
    let scene = scene(2, "[backups]");
    let text = saved(&scene);
    let edited = text.replacen("i-00000000000000002", "i-00000000000000003", 1);
    assert_ne!(edited, text);
    scene.house.write("plan.json", &edited);
    let said = scene.run(&["apply", "plan.json", "--yes"]);
    nothing_done(&scene, &said, 5, "nobody vouches for it");
    scene.house.write("plan.json", "{\"version\": 9}");
    let said = scene.run(&["apply", "plan.json", "--yes"]);
    nothing_done(&scene, &said, 2, "it has version 9");
    scene.house.write("plan.json", "steps: []");
    let said = scene.run(&["apply", "plan.json", "--yes"]);
    nothing_done(&scene, &said, 2, "it is no plan");
    let said = scene.run(&["apply", "nowhere.json", "--yes"]);
    nothing_done(&scene, &said, 2, "cannot be read");
}

#[test]
fn a_plan_older_than_a_day_is_refused() {
    let scene = scene(1, "[backups]");
    saved(&scene);
    scene.go_by(SignedDuration::from_hours(25));
    let said = scene.run(&["apply", "plan.json", "--yes"]);
    nothing_done(&scene, &said, 5, "more than 24 hours ago");
}

#[test]
fn a_plan_of_an_account_that_is_somebody_else_now_is_refused() {
    let mut scene = scene(1, "[backups]");
    saved(&scene);
    let other = data("other", Uid(999_999_999_999), 1);
    let key = other.users[0].keys[0].clone();
    scene.sim.world().add(other);
    scene.house.set("OTHER_ACCESS_KEY_ID", &key.id);
    scene.house.set("OTHER_SECRET_ACCESS_KEY", &key.secret);
    scene.credentials("data", "{ env = \"OTHER\" }");
    let said = scene.run(&["apply", "plan.json", "--yes"]);
    nothing_done(
        &scene,
        &said,
        5,
        "was 210987654321 when the plan was made, and is 999999999999",
    );
}

#[test]
fn a_plan_of_an_account_that_is_not_configured_is_wrong_use() {
    let mut scene = scene(1, "[backups]");
    saved(&scene);
    scene.again("data", "renamed");
    scene.forget("data");
    let said = scene.run(&["apply", "plan.json", "--yes"]);
    nothing_done(&scene, &said, 2, "data");
}

#[test]
fn a_key_seals_a_plan_for_a_host_with_another_store() {
    let scene = scene(1, "[backups]");
    scene.house.configure(&scene.config());
    scene.house.run_with(&["seal", "set", "any"], "secret\n");
    saved(&scene);
    forget_the_store(&scene);
    let said = scene.run(&["apply", "plan.json", "--yes"]);
    assert_eq!(said.code, 0, "{said}");
}

#[test]
fn a_plan_without_a_seal_is_nothing_to_another_store() {
    let scene = scene(1, "[backups]");
    saved(&scene);
    forget_the_store(&scene);
    let said = scene.run(&["apply", "plan.json", "--yes"]);
    nothing_done(&scene, &said, 5, "nobody vouches for it");
}

#[test]
fn a_plan_whose_world_has_moved_is_done_as_far_as_it_is_wanted_still() {
    let scene = scene(2, "[backups]\nimage = \"off\"");
    saved(&scene);
    scene.sim.world().change(DATA, REGION, |held, _| {
        held.machines.remove("i-00000000000000002");
    });
    let said = scene.run(&["apply", "plan.json", "--yes", "-o", "json"]);
    assert_eq!(said.code, 5, "{said}");
    let document = json(&said);
    assert_eq!(steps(&document), ["+ create_set i-00000000000000001: done"]);
    assert_eq!(document["moved"][0]["subject"], "i-00000000000000002");
}

#[test]
fn a_filter_that_matches_everything_runs_into_the_money_limit() {
    let tables = "[backups]\nmode = \"apply\"\nselect = 'true'\nprices = { aws = \"0.05 USD\" }\n\
                  [guard]\nmonthly = { USD = 1 }";
    let scene = scene(30, tables);
    let said = scene.run(&["apply", "backups", "--yes"]);
    assert_eq!(said.code, 5, "{said}");
    assert!(said.stdout.contains("raise `monthly` in [guard]"), "{said}");
    assert_eq!(scene.sim.world().deeds(), []);
}

#[test]
fn a_typo_in_the_name_of_a_tag_is_said_with_the_tag_that_is_there() {
    let scene = scene(1, "[backups]\nselect = 'tags.AutoSnapshto == \"true\"'");
    let said = scene.run(&["plan", "backups"]);
    assert_snapshot!("typo_in_a_tag", said);
}

#[test]
fn a_tag_put_on_between_plan_and_apply_keeps_what_would_have_gone() {
    let keep = "[backups]\nmode = \"apply\"\nkeep = { last = 1, at_least = 1 }\nimage = \"off\"";
    let scene = scene(1, keep);
    for _ in 0..2 {
        assert_eq!(scene.run(&["apply", "backups", "--yes"]).code, 0);
        scene.go_by(SignedDuration::from_hours(24));
    }
    let plan: Value = serde_json::from_str(&saved(&scene)).unwrap();
    let all = plan["plan"]["steps"].as_array().unwrap().iter();
    let going = all.filter(|it| it["step"]["do"] == "delete_snapshot");
    assert_eq!(going.count(), 2, "{plan}");
    // Somebody wants to keep what there is after all.
    scene.sim.world().change(DATA, REGION, |held, _| {
        let ids: Vec<String> = held.snapshots.iter().map(|it| it.id.clone()).collect();
        for id in ids {
            let kept = ("Autoscalling".to_owned(), "true".to_owned());
            held.snapshots.change(&id, |it| it.tags.push(kept));
        }
    });
    scene.sim.world().forget_deeds();
    let said = scene.run(&["apply", "plan.json", "--yes", "-o", "json"]);
    assert_eq!(said.code, 5, "{said}");
    let document = json(&said);
    assert_eq!(
        steps(&document),
        ["+ create_set i-00000000000000001: done"],
        "{said}"
    );
    assert_eq!(
        document["moved"].as_array().map(Vec::len),
        Some(2),
        "{said}"
    );
    let gone = scene.sim.world().done(Act::Deleted, Sort::Snapshot);
    assert_eq!(gone, [""; 0], "{said}");
}

#[test]
fn a_store_that_cannot_be_written_lets_nothing_be_done() {
    let mut full = scene(1, APPLY);
    full.house.store_options.max_pages = Some(2);
    let said = full.run(&["apply", "backups", "--yes"]);
    nothing_done(&full, &said, 7, "there is no room left for the store");
    assert_eq!(full.sim.stats().calls, 0);
    let mut locked = scene(1, APPLY);
    assert_eq!(locked.run(&["plan", "backups"]).code, 0);
    locked.house.store_options.access = Access::ReadOnly;
    let said = locked.run(&["apply", "backups", "--yes"]);
    nothing_done(&locked, &said, 7, "error:");
}

#[test]
fn of_two_wardens_on_one_store_the_second_does_nothing() {
    let scene = scene(1, APPLY);
    assert_eq!(scene.run(&["plan", "backups"]).code, 0);
    scene.on_store(async |stranger| {
        let held = "INSERT INTO leases (name, holder, until_ms) VALUES ('apply/data', 'another', 99999999999999)";
        stranger.execute(held).await.unwrap();
    });
    let said = scene.run(&["apply", "backups", "--yes"]);
    nothing_done(&scene, &said, 5, "another");
}

#[test]
fn in_a_region_that_is_unseen_nothing_is_touched_and_the_rest_goes_on() {
    let mut scene = scene(1, APPLY);
    scene.sim.world().change(DATA, "us-west-2", |held, _| {
        let machine = Machine::new("i-0000000000000000f", "far", day(-90));
        held.add_machine(machine.tag("AutoSnapshot", "true"));
        let disk = Disk::new("vol-0000000000000000f", 20, day(-90));
        held.add_disk(disk.system_of("i-0000000000000000f"));
    });
    scene.regions("data", &[REGION, "us-west-2"]);
    let denied = Fault::new(Effect::Denied).action("DescribeSnapshots");
    scene.sim.faults().add(denied.region("us-west-2"));
    let said = scene.run(&["apply", "backups", "--yes", "-o", "json"]);
    assert_eq!(said.code, 3, "{said}");
    let document = json(&said);
    assert!(
        steps(&document).iter().all(|it| it.ends_with(": done")),
        "{said}"
    );
    let far = scene.sim.world().truth(DATA, "us-west-2");
    assert_eq!(far.snapshots.len(), 0, "{said}");
    let near = scene.sim.world().truth(DATA, REGION);
    assert_eq!(near.snapshots.len(), 2, "{said}");
}
