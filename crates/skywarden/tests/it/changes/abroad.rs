//! Sets that are copied to another account: lent, copied, taken back.

use cloudsim::world::copies::Snapshot;
use cloudsim::world::deeds::{Act, Sort};
use cloudsim::world::protections::CryptKey;
use cloudsim::{AccessKey, Account, Cloud, Partition, Rights, Uid, World};
use jiff::SignedDuration;

use super::{DATA, REGION, data, json, quick_account, steps};
use crate::house::House;
use crate::scene::Scene;

/// The number of the account that sets are copied to.
pub(super) const VAULT: Uid = Uid(111_122_223_333);
const FROM: &str = "210987654321/us-east-1";
const LENT_TAG: &str = "skywarden:lent:111122223333";
const APPLY: [&str; 5] = ["apply", "backups", "--yes", "-o", "json"];
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What is said of backups in all these scenes.
pub(super) const TABLES: &str = "[backups]\nmode = \"apply\"\nimage = \"off\"\n\
                                 keep = { last = 2, at_least = 2 }\n\
                                 copy_to = [{ account = \"vault\", key = \"key-vault\" }]";

/// Returns the account that sets are copied to, with a key of its own.
pub(super) fn vault(rights: Rights) -> Account {
    let key = AccessKey::new("AKIAvault0123456789", "secret-of-vault");
    Account::new("vault", VAULT)
        .on(Cloud::Aws(Partition::Aws))
        .user("skywarden", key, rights)
        .holding(REGION, |held| held.keys.put(CryptKey::new("key-vault")))
}

/// Returns a scene of one machine whose disks are encrypted with a key of its account's own, and whose
/// sets are copied to the other account.
pub(super) fn scene(tables: &str) -> Scene {
    let world = World::new(crate::scene::now());
    world.add(data("data", DATA, 1));
    world.add(vault(Rights::all()));
    world.change(DATA, REGION, |held, _| {
        held.keys.put(CryptKey::new("key-data"));
        for disk in ["vol-00000000000000010", "vol-00000000000000011"] {
            held.disks.change(disk, |it| {
                (it.encrypted, it.key) = (true, Some("key-data".to_owned()));
            });
        }
    });
    let house = House::new().with_lasting_chance();
    let clock = std::sync::Arc::new(house.clock.clone());
    let mut scene = Scene::on(world, house, clock);
    for (account, uid) in [("data", DATA), ("vault", VAULT)] {
        quick_account(&scene, uid);
        scene.regions(account, &[REGION]);
    }
    scene.table(tables);
    scene
}

fn held(scene: &Scene, account: Uid) -> Vec<Snapshot> {
    let held = scene.sim.world().truth(account, REGION);
    let snapshots = held.snapshots.iter();
    snapshots.map(|it| Snapshot::clone(it)).collect()
}

fn tag<'s>(snapshot: &'s Snapshot, key: &str) -> Option<&'s str> {
    let mut tags = snapshot.tags.iter();
    Some(&tags.find(|it| it.0 == key)?.1)
}

/// Checks that nothing is shared with anybody, and that no tag says that it may be.
#[track_caller]
fn nothing_is_lent(scene: &Scene) {
    for snapshot in held(scene, DATA) {
        assert_eq!(snapshot.shared_with, [""; 0], "{snapshot:?}");
        assert_ne!(tag(&snapshot, LENT_TAG), Some("lent"), "{snapshot:?}");
    }
}

#[test]
fn a_set_is_lent_copied_with_the_key_there_taken_back_and_kept_by_the_same_words() {
    let scene = scene(TABLES);
    for day in 0..4 {
        let said = scene.run(&APPLY);
        assert_eq!(said.code, 0, "day {day}: {said}");
        nothing_is_lent(&scene);
        let again = scene.run(&APPLY);
        assert_eq!(steps(&json(&again)), [""; 0], "day {day}: {again}");
        scene.go_by(DAY);
    }
    let copies = held(&scene, VAULT);
    assert_eq!(copies.len(), 4, "two sets of two disks");
    for copy in &copies {
        let is_root = tag(copy, "skywarden:disk") == Some("vol-00000000000000010");
        let says_root = tag(copy, "RootDeviceSnapshot") == Some("true");
        assert_eq!(says_root, is_root, "{copy:?}");
        assert_eq!(tag(copy, "skywarden:from"), Some(FROM), "{copy:?}");
        assert_eq!(tag(copy, "skywarden:disks"), Some("2"), "{copy:?}");
        assert_eq!(tag(copy, "AutoSnapshot"), Some("true"), "{copy:?}");
        let key = (copy.encrypted, copy.key.as_deref());
        assert_eq!(key, (true, Some("key-vault")), "{copy:?}");
    }
    let world = scene.sim.world();
    assert_eq!(world.done(Act::Created, Sort::Snapshot).len(), 16);
    assert_eq!(world.made_twice(Sort::Snapshot, model::SET_TAG).len(), 0);
    assert_eq!(world.done(Act::Shared, Sort::Snapshot).len(), 8);
    assert_eq!(world.done(Act::Unshared, Sort::Snapshot).len(), 8);
}
