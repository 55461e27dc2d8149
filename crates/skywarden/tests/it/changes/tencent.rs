//! The same at Tencent Cloud: backups, proofs and alarms from the command line, over its own wire.

use std::sync::Arc;

use cloudsim::world::alarms::Target;
use cloudsim::world::deeds::{Act, Sort};
use cloudsim::world::holdings::Holdings;
use cloudsim::world::machines::Machine;
use cloudsim::world::storage::Disk;
use cloudsim::{AccessKey, Account, Cloud, Effect, Fault, Rights};
use jiff::SignedDuration;

use super::{DATA, json, quick, steps};
use crate::house::House;
use crate::scene::{Scene, day, now};

const REGION: &str = "ap-guangzhou";
const ZONE: &str = "ap-guangzhou-3";
const DAY: SignedDuration = SignedDuration::from_hours(24);
const APPLY: &str = "[backups]\nmode = \"apply\"";
const NOTICE: &str = "notice-ops00001";

fn plant(held: &mut Holdings) {
    for number in 1..=2 {
        let id = format!("ins-web0000{number}");
        let machine = Machine::new(&*id, format!("web-{number}"), day(-90)).zone(ZONE);
        let machine = machine.public_ip(format!("203.0.113.{number}"));
        held.add_machine(machine.tag("AutoSnapshot", "true"));
        let disk = |place: &str, size| {
            let disk = Disk::new(format!("disk-{place}000{number}"), size, day(-90));
            disk.zone(ZONE).category("CLOUD_PREMIUM")
        };
        held.add_disk(disk("root", 20).system_of(&*id));
        held.add_disk(disk("data", 100).data_of(&*id));
    }
}

/// Returns a scene of an account with two machines, in which everything is ready as soon as it is made.
fn scene(tables: &str) -> Scene {
    let key = AccessKey::new("AKIDdata0123456789", "secret-of-data");
    let account = Account::new("data", DATA)
        .on(Cloud::Tencent)
        .user("skywarden", key, Rights::all())
        .holding(REGION, plant)
        // Whom alarms tell is of no region.
        .holding("", |held| {
            let ops = Target::new(NOTICE, "ops");
            held.add_target(ops.heard_by("https", "https://hooks.example.com/ops"));
        });
    let world = cloudsim::World::new(now());
    world.add(account);
    let house = House::new().with_lasting_chance();
    let clock = Arc::new(house.clock.clone());
    let mut scene = Scene::on(world, house, clock);
    quick(&mut scene);
    scene.regions("data", &[REGION]);
    scene.table(tables);
    scene
}

fn once(scene: &Scene, action: &str, effect: Effect) {
    let fault = Fault::new(effect).action(action).times(1);
    scene.sim.faults().add(fault);
}

#[test]
fn what_is_due_is_made_once_a_period_whatever_becomes_of_the_answers() {
    let scene = scene(APPLY);
    let throttle = Effect::Throttle {
        code: None,
        status: None,
        retry_after_ms: None,
    };
    once(&scene, "cbs:CreateSnapshot", throttle);
    once(&scene, "cbs:CreateSnapshot", Effect::LostAnswer);
    let said = scene.run(&["apply", "backups", "--yes", "-o", "json"]);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(
        steps(&json(&said)),
        [
            "+ create_set ins-web00001: done",
            "+ create_set ins-web00002: done",
        ]
    );
    let world = scene.sim.world();
    assert_eq!(world.done(Act::Created, Sort::Snapshot).len(), 4);
    assert_eq!(world.made_twice(Sort::Snapshot, model::SET_TAG), []);
    let again = scene.run(&["apply", "backups", "--yes", "-o", "json"]);
    assert_eq!((again.code, steps(&json(&again)).len()), (0, 0), "{again}");
}

#[test]
fn a_week_of_backups_makes_an_image_and_lets_old_sets_go_that_it_does_not_hold() {
    let scene =
        scene("[backups]\nmode = \"apply\"\nkeep = { last = 2, at_least = 2 }\nimage = \"weekly\"");
    let world = scene.sim.world();
    for day in 0..5 {
        let said = scene.run(&["apply", "backups", "--yes"]);
        assert_eq!(said.code, 0, "day {day}: {said}");
        scene.go_by(DAY);
    }
    assert_eq!(world.done(Act::Created, Sort::Snapshot).len(), 20);
    let images = world.done(Act::Created, Sort::Image);
    assert_eq!(images.len(), 2, "{images:?}");
    // Five sets of a machine: two are kept, and so is the one that its image stands on.
    let held = world.truth(DATA, REGION);
    for image in &images {
        let image = held.images.get(image).unwrap();
        assert_eq!(image.snapshots.len(), 2);
        assert!(
            image
                .snapshots
                .iter()
                .all(|it| held.snapshots.get(it).is_some())
        );
    }
    let gone = world.done(Act::Deleted, Sort::Snapshot).len();
    assert_eq!((held.snapshots.len(), gone), (20 - gone, gone));
    assert!(gone >= 4, "{gone} snapshots went");
}

#[test]
fn a_machine_is_brought_back_beside_the_old_one_and_a_data_disk_alone() {
    let scene = scene(APPLY);
    assert_eq!(scene.run(&["apply", "backups", "--yes"]).code, 0);
    let world = scene.sim.world();
    world.forget_deeds();
    let beside = ["backups", "restore", "web-1", "--machine", "--yes"];
    let said = scene.run(&beside);
    assert_eq!(said.code, 0, "{said}");
    let made = world.done(Act::Created, Sort::Machine);
    let held = world.truth(DATA, REGION);
    let machine = held.machines.get(&made[0]).unwrap();
    assert_eq!((made.len(), held.disks_of(machine).len()), (1, 2), "{said}");
    // The cloud makes no disk of a system disk's snapshot: what could not be done is named.
    let said = scene.run(&["backups", "restore", "web-1", "--yes", "-o", "json"]);
    assert_eq!(said.code, 7, "{said}");
    assert!(
        said.to_string().contains("ShouldConvertSnapshotToImage"),
        "{said}"
    );
    assert_eq!(world.done(Act::Created, Sort::Disk).len(), 1, "{said}");
}

#[test]
fn a_proof_is_a_disk_of_a_data_disks_copy_and_a_machine_without_one_is_named() {
    let scene = scene(APPLY);
    assert_eq!(scene.run(&["apply", "backups", "--yes"]).code, 0);
    let world = scene.sim.world();
    world.forget_deeds();
    let said = scene.run(&["backups", "verify", "--yes", "-o", "json"]);
    assert_eq!(said.code, 0, "{said}");
    let made = world.done(Act::Created, Sort::Disk);
    assert_eq!(
        (made.len(), world.done(Act::Deleted, Sort::Disk)),
        (1, made)
    );
    world.change(DATA, REGION, |held, _| {
        for number in 1..=2 {
            held.disks.remove(&format!("disk-data000{number}"));
        }
    });
    scene.go_by(DAY);
    assert_eq!(scene.run(&["apply", "backups", "--yes"]).code, 0);
    let said = scene.run(&["backups", "verify", "web-1", "--yes"]);
    assert_eq!(said.code, 2, "{said}");
    assert!(said.to_string().contains("no disk but the one"), "{said}");
    let said = scene.run(&["backups", "verify", "--plan"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(
        said.to_string().contains("this proof is left out"),
        "{said}"
    );
}

#[test]
fn every_machine_gets_an_alarm_once() {
    let scene = scene("[alarms]\nmode = \"apply\"\noutbound = \"20MB/5m\"\nnotify = \"ops\"");
    once(&scene, "BindingPolicyObject", Effect::LostAnswer);
    once(&scene, "CreateAlarmPolicy", Effect::LostAnswer);
    let said = scene.run(&["apply", "alarms", "--yes", "-o", "json"]);
    assert_eq!(said.code, 0, "{said}");
    let world = scene.sim.world();
    assert_eq!(world.done(Act::Created, Sort::Alarm).len(), 2, "{said}");
    let held = world.truth(DATA, REGION);
    for alarm in &held.alarms {
        assert_eq!(
            (alarm.watches.len(), &*alarm.notifies),
            (1, &[NOTICE.to_owned()][..])
        );
    }
    let again = scene.run(&["apply", "alarms", "--yes", "-o", "json"]);
    assert_eq!((again.code, steps(&json(&again)).len()), (0, 0), "{again}");
}
