//! Sets that are copied to another account: lent, copied, taken back.

use cloudsim::world::copies::{CopyState, Snapshot};
use cloudsim::world::deeds::{Act, Sort};
use cloudsim::world::protections::CryptKey;
use cloudsim::{AccessKey, Account, Cloud, Effect, Fault, Partition, Rights, Uid, World};
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

/// Checks that the plan leaves it open whether something is copied, and says so.
#[track_caller]
fn plan_says(scene: &Scene, words: &str) {
    let said = scene.run(&["plan", "backups"]);
    assert!(!said.stdout.contains("copy_set"), "{said}");
    assert!(said.stdout.contains("1 undecided"), "{said}");
    assert!(said.stdout.contains(words), "{said}");
}

/// Checks that the set is made and nothing of it is lent or copied.
#[track_caller]
fn nothing_is_copied(scene: &Scene) {
    assert_eq!(held(scene, DATA).len(), 2);
    assert_eq!(held(scene, VAULT), []);
    assert_eq!(scene.sim.world().done(Act::Shared, Sort::Snapshot), [""; 0]);
    nothing_is_lent(scene);
}

#[test]
fn where_the_other_account_is_not_seen_nothing_is_lent_to_it() {
    let scene = scene(TABLES);
    let faults = scene.sim.faults();
    let denied = Fault::new(Effect::Denied)
        .action("DescribeSnapshots")
        .account(VAULT);
    faults.add(denied);
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 3, "{said}");
    assert_eq!(json(&said)["undecided"], 1, "{said}");
    nothing_is_copied(&scene);
    plan_says(&scene, "what is in vault/us-east-1 was not seen");
}

#[test]
fn where_backups_of_the_other_account_are_not_in_apply_mode_nothing_is_lent_to_it() {
    let mut scene = scene(TABLES);
    scene.table("[accounts.vault.backups]\nmode = \"plan\"");
    plan_says(&scene, "nothing is copied to vault/us-east-1");
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(json(&said)["undecided"], 1, "{said}");
    nothing_is_copied(&scene);
    plan_says(&scene, "not in apply mode");
}

#[test]
fn where_one_account_alone_is_asked_for_nothing_is_lent_to_the_other() {
    let scene = scene(TABLES);
    let line = [&APPLY[..], &["--account", "data"]].concat();
    let said = scene.run(&line);
    assert_eq!(said.code, 0, "{said}");
    nothing_is_copied(&scene);
}

#[test]
fn a_saved_plan_of_two_accounts_is_done_in_both() {
    let scene = scene(&TABLES.replace("apply", "plan"));
    let said = scene.run(&["plan", "backups", "--save", "plan.json"]);
    assert_eq!(said.code, 0, "{said}");
    let said = scene.run(&["apply", "plan.json", "--yes", "-o", "json"]);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(held(&scene, VAULT).len(), 2);
    nothing_is_lent(&scene);
}

#[test]
fn what_stands_under_the_default_key_is_named_with_what_to_do_and_is_lent_to_nobody() {
    let scene = scene(TABLES);
    scene.sim.world().change(DATA, REGION, |held, _| {
        held.keys.put(CryptKey::new("key-data").the_default());
    });
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 7, "{said}");
    assert!(said.stdout.contains("aws/ebs"), "{said}");
    assert!(
        said.stdout
            .contains("encrypt the disk with a key of your own"),
        "{said}"
    );
    nothing_is_copied(&scene);
}

#[test]
fn a_leave_that_a_person_gave_is_used_and_stays() {
    let scene = scene(TABLES);
    let unseen = Fault::new(Effect::Denied)
        .action("DescribeSnapshots")
        .account(VAULT);
    let unseen = scene.sim.faults().add(unseen);
    assert_eq!(scene.run(&APPLY).code, 3);
    scene.sim.faults().remove(unseen);
    let world = scene.sim.world();
    let ids: Vec<String> = held(&scene, DATA).into_iter().map(|it| it.id).collect();
    world.change(DATA, REGION, |held, _| {
        for id in &ids {
            held.snapshots
                .change(id, |it| it.shared_with.push(VAULT.0.to_string()));
        }
    });
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(held(&scene, VAULT).len(), 2);
    for snapshot in held(&scene, DATA) {
        assert_eq!(snapshot.shared_with, ["111122223333"], "{snapshot:?}");
        assert_eq!(tag(&snapshot, LENT_TAG), None, "{snapshot:?}");
    }
    assert_eq!(
        scene.sim.world().done(Act::Unshared, Sort::Snapshot),
        [""; 0]
    );
}

#[test]
fn a_key_that_the_other_account_may_not_use_fails_the_copy_and_the_leave_is_taken_back() {
    let scene = scene(TABLES);
    scene.sim.world().change(DATA, REGION, |held, _| {
        held.keys.put(CryptKey::new("key-data").closed());
    });
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 7, "{said}");
    assert!(
        said.stdout.contains("has to let the account 111122223333"),
        "{said}"
    );
    nothing_is_lent(&scene);
    let copies = held(&scene, VAULT);
    assert!(
        copies.iter().all(|it| it.state == CopyState::Failed),
        "{copies:?}"
    );
}

#[test]
fn a_leave_lasts_as_long_as_a_copy_is_made_by_it_and_whoever_comes_then_takes_it_back() {
    let scene = scene(TABLES);
    let world = scene.sim.world();
    world.set_rules(VAULT, |rules| {
        rules.copy_base = SignedDuration::from_mins(20);
    });
    // Nothing moves the world while the program waits: it gives up before the copies are whole.
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 7, "{said}");
    let lent = || {
        let snapshots = held(&scene, DATA);
        let lent = snapshots.iter().filter(|it| !it.shared_with.is_empty());
        lent.count()
    };
    assert_eq!(lent(), 2, "{said}");
    let said = scene.run(&APPLY);
    assert_eq!(steps(&json(&said)), [""; 0], "{said}");
    assert_eq!(lent(), 2, "{said}");
    scene.go_by(SignedDuration::from_mins(21));
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(steps(&json(&said)).len(), 1, "{said}");
    assert!(steps(&json(&said))[0].starts_with("~ end_loan"), "{said}");
    nothing_is_lent(&scene);
    let copies = held(&scene, VAULT);
    assert!(
        copies.iter().all(|it| it.state == CopyState::Ready),
        "{copies:?}"
    );
}

#[test]
fn a_machine_that_is_gone_keeps_its_copies_there_and_the_last_one_for_ever() {
    let scene = scene(TABLES);
    for _ in 0..3 {
        assert_eq!(scene.run(&APPLY).code, 0);
        scene.go_by(DAY);
    }
    scene.sim.world().change(DATA, REGION, |held, _| {
        held.machines.remove("i-00000000000000001");
    });
    let before = held(&scene, VAULT);
    assert_eq!(before.len(), 4);
    for _ in 0..2 {
        let said = scene.run(&APPLY);
        assert_eq!(held(&scene, VAULT), before, "{said}");
        scene.go_by(DAY);
    }
    for _ in 0..4 {
        scene.go_by(DAY * 10);
        scene.run(&APPLY);
    }
    assert_eq!(held(&scene, VAULT).len(), 2, "one set of two disks");
}

#[test]
fn nothing_of_the_other_account_that_is_not_ours_goes() {
    let scene = scene(TABLES);
    let world = scene.sim.world();
    let old = crate::scene::day(-400);
    world.change(VAULT, REGION, |held, _| {
        held.snapshots
            .put(Snapshot::new("snap-person", "vol-1", 8, old));
        let mut tagged = Snapshot::new("snap-tagged", "vol-2", 8, old);
        tagged
            .tags
            .push(("AutoSnapshot".to_owned(), "true".to_owned()));
        held.snapshots.put(tagged);
    });
    for _ in 0..4 {
        assert_eq!(scene.run(&APPLY).code, 0);
        scene.go_by(DAY);
    }
    let ids: Vec<String> = held(&scene, VAULT).into_iter().map(|it| it.id).collect();
    assert!(ids.contains(&"snap-person".to_owned()), "{ids:?}");
    assert!(ids.contains(&"snap-tagged".to_owned()), "{ids:?}");
    assert_eq!(ids.len(), 6);
}

#[test]
fn without_the_right_to_lend_the_set_stays_and_it_is_said_what_is_missing() {
    let scene = scene(TABLES);
    let faults = scene.sim.faults();
    faults.add(Fault::new(Effect::Denied).action("ModifySnapshotAttribute"));
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 7, "{said}");
    assert!(said.stdout.contains("ModifySnapshotAttribute"), "{said}");
    assert_eq!(held(&scene, DATA).len(), 2);
    assert_eq!(held(&scene, VAULT), []);
}

#[test]
fn a_leave_that_could_not_be_taken_back_is_told_and_taken_back_by_the_next_run() {
    let scene = scene(TABLES);
    let faults = scene.sim.faults();
    // The two leaves are given; the end of each is denied.
    let denied = Fault::new(Effect::Denied)
        .action("ModifySnapshotAttribute")
        .after(2);
    let denied = faults.add(denied);
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 7, "{said}");
    assert!(said.stdout.contains("could not be taken back"), "{said}");
    assert!(
        held(&scene, DATA)
            .iter()
            .any(|it| !it.shared_with.is_empty())
    );
    faults.remove(denied);
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 0, "{said}");
    let fates = steps(&json(&said));
    assert!(
        fates
            .iter()
            .all(|it| it.starts_with("~ end_loan") && it.ends_with("done")),
        "{said}"
    );
    nothing_is_lent(&scene);
    let again = scene.run(&APPLY);
    assert_eq!(steps(&json(&again)), [""; 0], "{again}");
}

#[test]
fn a_leave_that_is_not_known_everywhere_yet_is_waited_for() {
    let scene = scene(TABLES);
    let unknown = Effect::Refused {
        status: 400,
        code: "InvalidSnapshot.NotFound".to_owned(),
        message: "The snapshot does not exist.".to_owned(),
    };
    let faults = scene.sim.faults();
    let unknown = faults.add(Fault::new(unknown).action("CopySnapshot").times(2));
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(faults.hits(unknown), 2);
    assert_eq!(held(&scene, VAULT).len(), 2);
    nothing_is_lent(&scene);
}

#[test]
fn who_is_at_work_in_the_other_account_is_not_disturbed() {
    let scene = scene(TABLES);
    scene.house.configure(&scene.config());
    assert_eq!(scene.run(&["plan", "backups"]).code, 0);
    scene.on_store(async |stranger| {
        let held = "INSERT INTO leases (name, holder, until_ms) VALUES ('apply/vault', 'another', 99999999999999)";
        stranger.execute(held).await.unwrap();
    });
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 5, "{said}");
    assert!(said.stderr.contains("vault"), "{said}");
    assert_eq!(scene.sim.world().deeds(), []);
}
