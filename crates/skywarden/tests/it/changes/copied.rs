//! Sets that are copied to another region.

use cloudsim::world::copies::Snapshot;
use cloudsim::world::deeds::{Act, Sort};
use cloudsim::world::protections::CryptKey;
use jiff::SignedDuration;

use super::{DATA, REGION, json, scene, steps};
use crate::scene::Scene;

const FAR: &str = "us-west-2";
const APPLY: [&str; 5] = ["apply", "backups", "--yes", "-o", "json"];
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Returns a scene of one machine whose sets are copied with these words.
fn copying(to: &str) -> Scene {
    let tables = format!(
        "[backups]\nmode = \"apply\"\nimage = \"off\"\nkeep = {{ last = 2, at_least = 2 }}\n\
         copy_to = [{{ region = \"{FAR}\"{to} }}]"
    );
    let mut scene = scene(1, &tables);
    scene.regions("data", &[REGION, FAR]);
    scene
}

fn far(scene: &Scene) -> Vec<Snapshot> {
    let held = scene.sim.world().truth(DATA, FAR);
    held.snapshots
        .iter()
        .map(|it| Snapshot::clone(it))
        .collect()
}

fn has(snapshot: &Snapshot, key: &str, value: &str) -> bool {
    snapshot.tags.iter().any(|it| it.0 == key && it.1 == value)
}

#[test]
fn a_copy_says_which_of_its_set_the_machine_starts_from_and_is_kept_by_the_same_words() {
    let scene = copying("");
    for day in 0..4 {
        let said = scene.run(&APPLY);
        assert_eq!(said.code, 0, "day {day}: {said}");
        let again = scene.run(&APPLY);
        assert_eq!(steps(&json(&again)), [""; 0], "day {day}: {again}");
        scene.go_by(DAY);
    }
    let copies = far(&scene);
    assert_eq!(copies.len(), 4, "two sets of two disks");
    for copy in &copies {
        let is_root = has(copy, "skywarden:disk", "vol-00000000000000010");
        assert_eq!(has(copy, "RootDeviceSnapshot", "true"), is_root, "{copy:?}");
        assert!(has(copy, "skywarden:from", REGION), "{copy:?}");
    }
    let roots = copies
        .iter()
        .filter(|it| has(it, "RootDeviceSnapshot", "true"));
    assert_eq!(roots.count(), 2);
    let world = scene.sim.world();
    assert_eq!(world.done(Act::Created, Sort::Snapshot).len(), 16);
    assert_eq!(world.made_twice(Sort::Snapshot, model::SET_TAG).len(), 0);
}

#[test]
fn a_copy_keeps_its_encryption_and_takes_the_key_of_the_other_region() {
    let scene = copying(", key = \"key-far\"");
    let world = scene.sim.world();
    world.change(DATA, FAR, |held, _| held.keys.put(CryptKey::new("key-far")));
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 0, "{said}");
    let copies = far(&scene);
    assert_eq!(copies.len(), 2);
    let keys = copies.iter().map(|it| (it.encrypted, it.key.as_deref()));
    assert!(
        keys.into_iter().all(|it| it == (true, Some("key-far"))),
        "{copies:?}"
    );
}

#[test]
fn where_the_key_of_the_other_region_is_denied_the_set_stays_and_nothing_there_goes() {
    let scene = copying(", key = \"key-far\"");
    let world = scene.sim.world();
    world.change(DATA, FAR, |held, _| held.keys.put(CryptKey::new("key-far")));
    for _ in 0..2 {
        assert_eq!(scene.run(&APPLY).code, 0);
        scene.go_by(DAY);
    }
    let before = far(&scene);
    assert_eq!(before.len(), 4);
    world.change(DATA, FAR, |held, _| {
        held.keys.put(CryptKey::new("key-far").disabled());
    });
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 7, "{said}");
    let document = json(&said);
    let fates = steps(&document);
    assert!(
        fates.contains(&"+ create_set i-00000000000000001: done".to_owned()),
        "{said}"
    );
    let copied = fates.iter().find(|it| it.contains("copy_set")).unwrap();
    assert!(copied.ends_with(": undone"), "{said}");
    assert_eq!(far(&scene), before, "{said}");
    assert!(said.stdout.contains("key-far"), "{said}");
}
