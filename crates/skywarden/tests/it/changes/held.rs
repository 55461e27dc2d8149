//! Copies that must not go, or cannot: whatever was done to one of them, it stays, it is named, and the
//! rest goes on.

use cloudsim::world::copies::{Snapshot, Tier};
use cloudsim::world::deeds::{Act, Sort};
use cloudsim::world::protections::CryptKey;
use cloudsim::{Effect, Fault};
use jiff::SignedDuration;
use serde_json::Value;

use super::{DATA, REGION, json, scene, steps};
use crate::house::Said;
use crate::scene::Scene;

const DAY: SignedDuration = SignedDuration::from_hours(24);
const TWO: &str = "[backups]\nmode = \"apply\"\nkeep = { last = 2, at_least = 2 }\nimage = \"off\"";
const APPLY: [&str; 5] = ["apply", "backups", "--yes", "-o", "json"];
const FIRST: &str = "i-00000000000000001";

/// Returns a scene of two machines that have two sets each, on the morning of the day on which the
/// third one comes and the first one is to go.
fn third_day(tables: &str) -> Scene {
    let scene = scene(2, tables);
    for _ in 0..2 {
        let said = scene.run(&APPLY);
        assert_eq!(said.code, 0, "{said}");
        scene.go_by(DAY);
    }
    assert_eq!(
        scene.sim.world().done(Act::Deleted, Sort::Snapshot),
        [""; 0]
    );
    scene
}

/// Returns the oldest snapshots of the first machine, the root one first.
fn oldest(scene: &Scene) -> Vec<Snapshot> {
    let held = scene.sim.world().truth(DATA, REGION);
    let of_first = |it: &&Snapshot| tag(it, model::SET_TAG).is_some_and(|it| it.starts_with(FIRST));
    let mut all: Vec<Snapshot> = held
        .snapshots
        .iter()
        .map(AsRef::as_ref)
        .filter(of_first)
        .cloned()
        .collect();
    all.sort_by(|a, b| (a.created, &a.disk).cmp(&(b.created, &b.disk)));
    let first = all[0].created;
    all.retain(|it| it.created == first);
    assert_eq!(all.len(), 2);
    all
}

fn tag<'a>(snapshot: &'a Snapshot, key: &str) -> Option<&'a str> {
    let mut tags = snapshot.tags.iter();
    tags.find(|it| it.0 == key).map(|it| it.1.as_str())
}

fn change(scene: &Scene, id: &str, change: impl FnOnce(&mut Snapshot)) {
    let changed = scene
        .sim
        .world()
        .change(DATA, REGION, |held, _| held.snapshots.change(id, change));
    assert!(changed.is_some());
}

fn is_there(scene: &Scene, id: &str) -> bool {
    scene
        .sim
        .world()
        .truth(DATA, REGION)
        .snapshots
        .get(id)
        .is_some()
}

/// Returns how many snapshots were deleted so far.
fn gone(scene: &Scene) -> usize {
    scene.sim.world().done(Act::Deleted, Sort::Snapshot).len()
}

/// Returns what is said of the step about a thing: its fate and why.
#[track_caller]
fn fate(said: &Said, subject: &str) -> (String, String) {
    let document = json(said);
    let all = document["steps"].as_array().unwrap();
    let about = |it: &&Value| it["subject"] == subject;
    let step = all.iter().find(about);
    let step = step.unwrap_or_else(|| panic!("no step about {subject}: {said}"));
    let word = |name: &str| step[name].as_str().unwrap().to_owned();
    (word("fate"), word("detail"))
}

#[test]
fn without_any_of_this_the_oldest_set_of_each_machine_goes() {
    let scene = third_day(TWO);
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(gone(&scene), 4, "{said}");
}

#[test]
fn a_snapshot_that_is_locked_stays_and_is_named_and_the_others_go() {
    let scene = third_day(TWO);
    let locked = oldest(&scene).remove(0).id;
    change(&scene, &locked, |it| it.locked = true);
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 7, "{said}");
    let (fate, why) = fate(&said, &locked);
    assert_eq!(fate, "undone", "{said}");
    assert!(why.contains("locked"), "{why}");
    assert!(is_there(&scene, &locked));
    assert_eq!(gone(&scene), 3, "{said}");
}

#[test]
fn a_snapshot_of_which_a_copy_is_being_made_stays_until_that_is_whole() {
    let scene = third_day(TWO);
    let copied = oldest(&scene).remove(0).id;
    let until = scene.sim.world().now() + SignedDuration::from_hours(5);
    change(&scene, &copied, |it| it.copying_until = Some(until));
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 7, "{said}");
    assert_eq!(fate(&said, &copied).0, "undone", "{said}");
    assert!(is_there(&scene, &copied));
    assert_eq!(gone(&scene), 3, "{said}");
    // What is left of its set is shown to people for a week.
    scene.go_by(DAY * 7);
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(fate(&said, &copied).0, "done", "{said}");
    assert!(!is_there(&scene, &copied));
}

#[test]
fn a_snapshot_that_is_shared_stays_and_is_named_and_the_others_go() {
    let scene = third_day(TWO);
    let shared = oldest(&scene).remove(0).id;
    let with = vec!["111122223333".to_owned()];
    change(&scene, &shared, |it| it.shared_with = with);
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 7, "{said}");
    let (fate, why) = fate(&said, &shared);
    assert_eq!(fate, "undone", "{said}");
    assert!(why.contains("111122223333"), "{why}");
    assert!(is_there(&scene, &shared));
    assert_eq!(gone(&scene), 3, "{said}");
}

#[test]
fn a_snapshot_in_the_archive_stays_with_its_set_and_is_no_copy_to_count_on() {
    let scene = third_day(TWO);
    let archived = oldest(&scene);
    change(&scene, &archived[0].id, |it| it.tier = Tier::Archive);
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 0, "{said}");
    assert!(archived.iter().all(|it| is_there(&scene, &it.id)), "{said}");
    assert_eq!(gone(&scene), 2, "{said}");
}

#[test]
fn what_is_in_the_recycle_bin_is_neither_deleted_twice_nor_counted_as_a_copy() {
    let scene = third_day(TWO);
    let world = scene.sim.world();
    world.set_rules(DATA, |it| {
        it.bin_keeps = Some(SignedDuration::from_hours(24 * 14));
    });
    // Somebody threw the newest set of the first machine away by mistake.
    let oldest = oldest(&scene);
    world.change(DATA, REGION, |held, now| {
        let ids: Vec<String> = held.snapshots.iter().map(|it| it.id.clone()).collect();
        for id in ids {
            let newest = held.snapshots.get(&id).unwrap();
            if newest.created > oldest[0].created
                && tag(newest, model::SET_TAG).unwrap().starts_with(FIRST)
            {
                held.delete_snapshot(&id, now).unwrap();
            }
        }
    });
    world.forget_deeds();
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 0, "{said}");
    // Of the first machine there are the old set and the new one, and no more: both stay.
    assert!(oldest.iter().all(|it| is_there(&scene, &it.id)), "{said}");
    assert_eq!(gone(&scene), 2, "{said}");
    assert_eq!(world.truth(DATA, REGION).binned_snapshots.len(), 4);
    let said = scene.run(&APPLY);
    assert_eq!(steps(&json(&said)), [""; 0], "{said}");
    assert_eq!(gone(&scene), 2, "{said}");
}

#[test]
fn a_tag_that_copied_itself_onto_a_persons_snapshot_gives_nobody_a_right_to_it() {
    let scene = third_day(TWO);
    let ours = oldest(&scene).remove(0);
    scene.sim.world().change(DATA, REGION, |held, now| {
        // Of the disk, by its tag; and of a disk that was made of our snapshot, with all its tags.
        let own = Snapshot::new("snap-0aaaaaaaaaaaaaaaa", &ours.disk, 20, now - DAY * 400);
        held.snapshots.put(own.tag("AutoSnapshot", "true"));
        let mut copied = Snapshot::new("snap-0bbbbbbbbbbbbbbbb", &ours.disk, 20, now);
        copied.tags.clone_from(&ours.tags);
        held.snapshots.put(copied);
    });
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 0, "{said}");
    assert!(is_there(&scene, "snap-0aaaaaaaaaaaaaaaa"), "{said}");
    assert!(is_there(&scene, "snap-0bbbbbbbbbbbbbbbb"), "{said}");
    assert!(!is_there(&scene, &ours.id), "{said}");
    assert_eq!(gone(&scene), 4, "{said}");
}

#[test]
fn where_a_key_is_denied_no_copy_is_made_nothing_goes_and_others_go_on() {
    let scene = third_day(TWO);
    let disks: Vec<String> = oldest(&scene).into_iter().map(|it| it.disk).collect();
    scene.sim.world().change(DATA, REGION, |held, _| {
        held.keys.put(CryptKey::new("key-off").disabled());
        held.disks.change(&disks[1], |it| {
            (it.encrypted, it.key) = (true, Some("key-off".to_owned()));
        });
    });
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 7, "{said}");
    let (fate, why) = fate(&said, FIRST);
    assert_eq!(fate, "undone", "{said}");
    assert!(why.contains("key-off"), "{why}");
    // Not one of the two disks was copied, and the old set waits for the new one.
    let of_first = oldest(&scene);
    assert_eq!(of_first.len(), 2);
    assert_eq!(gone(&scene), 2, "{said}");
    assert_eq!(not_done(&scene), [FIRST]);
}

#[test]
fn a_copy_that_fails_later_because_of_its_key_lets_nothing_go() {
    let scene = third_day(TWO);
    let disks: Vec<String> = oldest(&scene).into_iter().map(|it| it.disk).collect();
    scene.sim.world().change(DATA, REGION, |held, _| {
        held.fail_next_snapshots(Some(&disks[0]), 1);
    });
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 7, "{said}");
    assert_eq!(fate(&said, FIRST).0, "undone", "{said}");
    assert_eq!(gone(&scene), 2, "{said}");
    assert_eq!(not_done(&scene), [FIRST]);
}

/// Returns the machines of which a look says that something was to be done and was not.
#[track_caller]
fn not_done(scene: &Scene) -> Vec<String> {
    let said = scene.run(&["backups", "check", "--no-send", "-o", "json"]);
    let document = json(&said);
    let all = document["findings"].as_array().unwrap().iter();
    let of_kind = all.filter(|it| it["kind"] == "not_done");
    of_kind
        .map(|it| it["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn ten_days_on_which_no_copy_can_be_made_let_nothing_go_and_are_told_from_the_first_on() {
    let scene = third_day(TWO);
    let denied = Fault::new(Effect::Denied).action("CreateSnapshots");
    scene.sim.faults().add(denied);
    let before = scene.sim.world().truth(DATA, REGION).snapshots.len();
    for day in 1..=10 {
        let said = scene.run(&APPLY);
        assert_eq!(said.code, 7, "day {day}: {said}");
        assert!(
            fate(&said, FIRST).1.contains("ec2:CreateSnapshot"),
            "day {day}: {said}"
        );
        assert_eq!(
            not_done(&scene),
            [FIRST, "i-00000000000000002"],
            "day {day}"
        );
        scene.go_by(DAY);
    }
    assert_eq!(gone(&scene), 0);
    assert_eq!(
        scene.sim.world().truth(DATA, REGION).snapshots.len(),
        before
    );
    // Then it works again, and what was told is over.
    scene.sim.faults().clear();
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(gone(&scene), 4, "{said}");
    assert_eq!(not_done(&scene), [""; 0]);
}

#[test]
fn of_a_machine_terminated_by_mistake_all_is_there_29_days_later_and_the_last_copy_for_ever() {
    let scene = third_day(TWO);
    let disks: Vec<String> = oldest(&scene).into_iter().map(|it| it.disk).collect();
    scene.sim.world().change(DATA, REGION, |held, _| {
        for disk in &disks {
            held.disks.remove(disk);
        }
        held.machines.remove(FIRST);
    });
    let left = || {
        let held = scene.sim.world().truth(DATA, REGION);
        let of_first =
            |it: &&std::sync::Arc<Snapshot>| tag(it, model::SET_TAG).unwrap().starts_with(FIRST);
        held.snapshots.iter().filter(of_first).count()
    };
    // The last set was made a day before.
    for days in [0, 10, 10, 8] {
        scene.go_by(DAY * days);
        let said = scene.run(&APPLY);
        assert_eq!(said.code, 0, "{said}");
    }
    assert_eq!(left(), 4, "29 days after its last copy");
    for days in [2, 1, 1, 300, 1] {
        scene.go_by(DAY * days);
        let said = scene.run(&APPLY);
        assert_eq!(said.code, 0, "{said}");
    }
    assert_eq!(left(), 2, "the last copy");
    let said = scene.run(&["backups", "check", "--no-send", "-o", "json"]);
    let told = json(&said);
    let told = told["findings"]
        .as_array()
        .unwrap()
        .iter()
        .any(|it| it["kind"] == "last_copy" && it["id"] == FIRST);
    assert!(told, "{said}");
}

#[test]
fn what_is_paid_for_and_stands_in_no_list_of_copies_is_told_and_left_alone() {
    let scene = third_day(TWO);
    let world = scene.sim.world();
    world.set_rules(DATA, |it| {
        it.bin_keeps = Some(SignedDuration::from_hours(24 * 14));
    });
    let fast = oldest(&scene).remove(1).id;
    change(&scene, &fast, |it| {
        it.fast_restore = vec!["us-east-1a".to_owned(), "us-east-1b".to_owned()];
    });
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 0, "{said}");
    change_newest(&scene);
    world.forget_deeds();
    let said = scene.run(&["backups", "check", "--no-send", "-o", "json"]);
    assert_eq!(said.code, 0, "{said}");
    let document = json(&said);
    let told: Vec<String> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{} {}", it["kind"], it["evidence"]).replace('"', ""))
        .collect();
    let has = |words: &[&str]| {
        let mut all = told.iter();
        all.any(|it| words.iter().all(|word| it.contains(word)))
    };
    assert!(has(&["fast_restore", "zones=us-east-1c"]), "{said}");
    assert!(
        has(&["recycle_bin", "snapshots=4", "images=0", "until=2026-12-07"]),
        "{said}"
    );
    assert_eq!(world.deeds(), []);
}

/// Puts a fast restore on a snapshot that stays.
fn change_newest(scene: &Scene) {
    let held = scene.sim.world().truth(DATA, REGION);
    let newest = held.snapshots.iter().max_by_key(|it| it.created).unwrap();
    change(scene, &newest.id, |it| {
        it.fast_restore = vec!["us-east-1c".to_owned()];
    });
}
