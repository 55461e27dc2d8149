//! What somebody asks a cloud for: the rules that the doors of all clouds share.

use super::*;
use crate::world::alarms::{Alarm, Listener, Target};
use crate::world::changes::Hindrance;
use crate::world::copies::Tier;
use crate::world::deeds::{Act, Sort};
use crate::world::images::{Device, Template};
use crate::world::machines::ScalingGroup;
use crate::world::protections::CryptKey;
use crate::world::traffic::Load;

fn ask<T>(world: &World, ask: impl FnOnce(&mut Holdings, Timestamp) -> T) -> T {
    world.change(UID, R, ask).unwrap()
}

fn begin(world: &World, disk: &str) -> Result<String, Hindrance> {
    ask(world, |it, now| {
        let tags = vec![("set".to_owned(), "a".to_owned())];
        let order = SnapshotOrder {
            tags,
            ..SnapshotOrder::of(disk)
        };
        it.begin_snapshot(order, now)
    })
}

fn state(world: &World, snapshot: &str) -> CopyState {
    let held = world.truth(UID, R);
    held.snapshots.get(snapshot).unwrap().state.clone()
}

#[test]
fn a_snapshot_is_whole_when_what_changed_is_copied() {
    let world = world(Cloud::Tencent);
    let first = begin(&world, "d-i-1").unwrap();
    // 20 seconds and one for each of 40 GiB.
    world.advance(seconds(59));
    assert_eq!(state(&world, &first), CopyState::Pending);
    world.advance(seconds(1));
    assert_eq!(state(&world, &first), CopyState::Ready);
    let second = begin(&world, "d-i-1").unwrap();
    let held = world.holdings(UID, R);
    // A twentieth of it has changed.
    assert_eq!(held.snapshots.get(&second).unwrap().changed_gib, 2);
    world.advance(seconds(22));
    assert_eq!(state(&world, &second), CopyState::Ready);
    world.set_rules(UID, |it| it.copy_per_gib = seconds(100));
    let third = begin(&world, "d-i-1").unwrap();
    world.advance(seconds(219));
    assert_eq!(state(&world, &third), CopyState::Pending);
    world.advance(seconds(1));
    assert_eq!(state(&world, &third), CopyState::Ready);
}

#[test]
fn a_snapshot_fails_when_a_test_wants_it() {
    let world = world(Cloud::Tencent);
    ask(&world, |it, _| it.fail_next_snapshots(Some("d-i-2"), 1));
    let (good, bad) = (
        begin(&world, "d-i-1").unwrap(),
        begin(&world, "d-i-2").unwrap(),
    );
    let later = begin(&world, "d-i-2").unwrap();
    let killed = begin(&world, "d-i-3").unwrap();
    ask(&world, |it, _| it.fail_snapshot(&killed)).unwrap();
    world.advance(days(1));
    assert_eq!(state(&world, &good), CopyState::Ready);
    assert_eq!(state(&world, &bad), CopyState::Failed);
    assert_eq!(state(&world, &later), CopyState::Ready);
    assert_eq!(state(&world, &killed), CopyState::Failed);
}

#[test]
fn a_disk_is_snapshotted_only_so_often() {
    let world = world(Cloud::Aws(Partition::Aws));
    begin(&world, "d-i-1").unwrap();
    let wait = seconds(10);
    let disk = "d-i-1".to_owned();
    world.advance(seconds(5));
    assert_eq!(
        begin(&world, "d-i-1"),
        Err(Hindrance::TooSoon {
            disk: disk.clone(),
            wait
        })
    );
    assert!(begin(&world, "d-i-2").is_ok(), "other disks go on");
    world.set_rules(UID, |it| it.copy_base = days(1));
    for _ in 0..4 {
        world.advance(seconds(15));
        begin(&world, "d-i-1").unwrap();
    }
    world.advance(seconds(15));
    // The first one is whole by now.
    begin(&world, "d-i-1").unwrap();
    world.advance(seconds(15));
    assert_eq!(
        begin(&world, "d-i-1"),
        Err(Hindrance::TooManyPending { disk, most: 5 })
    );
}

#[test]
fn snapshots_of_one_instant_are_all_begun_or_none() {
    let world = world(Cloud::Aliyun);
    let set = |disks: &[&str]| {
        let snapshots = disks.iter().map(|it| SnapshotOrder::of(*it)).collect();
        let order = SetOrder {
            machine: Some("i-1".to_owned()),
            snapshots,
            ..SetOrder::default()
        };
        ask(&world, |it, now| it.begin_set(order, now))
    };
    let missing = Err(Hindrance::NotFound("d-none".to_owned()));
    assert_eq!(set(&["d-i-1", "d-none"]), missing);
    assert_eq!(world.holdings(UID, R).snapshots.len(), 0);
    let id = set(&["d-i-1", "d-data"]).unwrap();
    let held = world.holdings(UID, R);
    let of = held.sets.get(&id).unwrap();
    assert_eq!(of.snapshots.len(), 2);
    let made: Vec<Timestamp> = held.snapshots.iter().map(|it| it.created).collect();
    assert_eq!(made[0], made[1]);
    // One that goes alone is in it no more; the group goes with the last one.
    ask(&world, |it, now| it.delete_snapshot(&of.snapshots[0], now)).unwrap();
    assert_eq!(
        world
            .holdings(UID, R)
            .sets
            .get(&id)
            .unwrap()
            .snapshots
            .len(),
        1
    );
    ask(&world, |it, now| it.delete_snapshot(&of.snapshots[1], now)).unwrap();
    assert!(world.holdings(UID, R).sets.is_empty());
}

fn image(world: &World, name: &str, snapshots: &[&str]) -> Result<String, Hindrance> {
    let devices = snapshots.iter().map(|it| Device::new("/dev/xvda", *it));
    let order = ImageOrder {
        name: name.to_owned(),
        machine: Some("i-1".to_owned()),
        devices: devices.collect(),
        ..ImageOrder::default()
    };
    ask(world, |it, now| it.begin_image(order, now))
}

#[test]
fn a_snapshot_stays_while_an_image_stands_on_it_hidden_or_binned_too() {
    let world = world(Cloud::Aws(Partition::Aws));
    world.set_rules(UID, |it| it.bin_keeps = Some(days(7)));
    let snapshot = begin(&world, "d-i-1").unwrap();
    let not_ready = Err(Hindrance::NotReady(snapshot.clone()));
    assert_eq!(image(&world, "web-2026-47", &[&snapshot]), not_ready);
    world.advance(days(1));
    let made = image(&world, "web-2026-47", &[&snapshot]).unwrap();
    assert_eq!(
        image(&world, "web-2026-47", &[&snapshot]),
        Err(Hindrance::Exists(made.clone()))
    );
    world.advance(days(1));
    let held = Err(Hindrance::InUse(vec![made.clone()]));
    let delete = || ask(&world, |it, now| it.delete_snapshot(&snapshot, now));
    assert_eq!(delete(), held);
    ask(&world, |it, _| {
        it.images.change(&made, |it| it.disabled = true)
    });
    assert_eq!(delete(), held);
    let became = ask(&world, |it, now| {
        it.deregister_image(&made, ImageSnapshots::GoToo, now)
    });
    assert_eq!(became.unwrap()[&snapshot], held);
    assert!(world.holdings(UID, R).images.is_empty());
    world.advance(days(8));
    assert_eq!(delete(), Ok(()));
    // And the snapshot itself is in the bin, until it is taken out or gone.
    assert!(
        world
            .holdings(UID, R)
            .binned_snapshots
            .get(&snapshot)
            .is_some()
    );
    ask(&world, |it, _| it.restore_snapshot(&snapshot)).unwrap();
    assert_eq!(delete(), Ok(()));
    world.advance(days(8));
    assert!(world.holdings(UID, R).binned_snapshots.is_empty());
    assert_eq!(
        world.done(Act::Deleted, Sort::Snapshot),
        [snapshot.clone(), snapshot]
    );
    assert_eq!(world.done(Act::Deleted, Sort::Image), [made]);
}

#[test]
fn an_image_of_a_machine_stands_on_all_its_disks_and_starts_as_it_does() {
    let world = world(Cloud::Aliyun);
    ask(&world, |it, _| {
        it.machines
            .change("i-1", |it| it.build.architecture = "arm64".to_owned())
    });
    let order = ImageOrder {
        name: "whole".to_owned(),
        ..ImageOrder::default()
    };
    let made = ask(&world, |it, now| it.begin_image_of("i-1", order, now)).unwrap();
    world.advance(seconds(149));
    let ready = |world: &World| {
        world
            .holdings(UID, R)
            .images
            .get(&made)
            .unwrap()
            .state
            .clone()
    };
    assert_eq!(ready(&world), CopyState::Pending);
    world.advance(seconds(1));
    assert_eq!(ready(&world), CopyState::Ready);
    let held = world.holdings(UID, R);
    let made = held.images.get(&made).unwrap();
    assert_eq!(
        (made.snapshots.len(), made.devices.len(), made.size_gib),
        (2, 2, 140)
    );
    assert_eq!(made.build.architecture, "arm64");
    let order = RunOrder {
        image: made.id.clone(),
        name: "beside".to_owned(),
        ..RunOrder::default()
    };
    let machine = ask(&world, |it, now| it.begin_machine(order, now)).unwrap();
    world.advance(seconds(20));
    let held = world.holdings(UID, R);
    let beside = held.machines.get(&machine).unwrap();
    assert_eq!(beside.state, MachineState::Running);
    assert_eq!(beside.build.architecture, "arm64");
    let disks = held.disks_of(beside);
    assert_eq!(
        disks.iter().map(|it| it.size_gib).collect::<Vec<_>>(),
        [40, 100]
    );
    assert!(disks[0].system && !disks[1].system);
}

#[test]
fn who_uses_an_image_are_machines_templates_and_groups() {
    let world = world(Cloud::Aws(Partition::Aws));
    ask(&world, |it, _| {
        it.machines
            .change("i-1", |it| it.image = "ami-1".to_owned());
        it.add_template(Template::new("lt-1", "ami-2", start()));
        it.add_group(ScalingGroup::new("asg-1", start()));
        it.groups
            .change("asg-1", |it| it.template = Some("lt-1".to_owned()));
    });
    let uses = world.holdings(UID, R).image_uses();
    for (image, user) in [("ami-1", "i-1"), ("ami-2", "lt-1"), ("ami-2", "asg-1")] {
        assert!(
            uses.contains(&(image.to_owned(), user.to_owned())),
            "{image} {user}"
        );
    }
}

#[test]
fn a_copy_holds_its_source_until_it_is_whole_and_its_key_must_be_on() {
    let world = world(Cloud::Aws(Partition::Aws));
    let source = begin(&world, "d-i-1").unwrap();
    let copy = |world: &World, key: Option<&str>| {
        let order = CopyOrder {
            from: R.to_owned(),
            snapshot: source.clone(),
            key: key.map(str::to_owned),
            ..CopyOrder::default()
        };
        world.copy_snapshot(UID, "r-2", order)
    };
    assert_eq!(copy(&world, None), Err(Hindrance::NotReady(source.clone())));
    world.advance(days(1));
    world.change(UID, "r-2", |it, _| {
        it.add_key(CryptKey::new("k-off").disabled());
    });
    assert_eq!(
        copy(&world, Some("k-off")),
        Err(Hindrance::KeyUnusable("k-off".to_owned()))
    );
    let made = copy(&world, Some("k-other")).unwrap();
    let there = world.holdings(UID, "r-2");
    let row = there.snapshots.get(&made).unwrap();
    assert_eq!(row.source, Some((R.to_owned(), source.clone())));
    assert!(row.encrypted && row.key.as_deref() == Some("k-other"));
    let delete = || ask(&world, |it, now| it.delete_snapshot(&source, now));
    assert_eq!(delete(), Err(Hindrance::Copying));
    world.advance(seconds(60));
    assert_eq!(delete(), Ok(()));
    ask(&world, |it, _| {
        it.disks
            .change("d-i-2", |it| it.key = Some("k-2".to_owned()));
        it.add_key(CryptKey::new("k-2").disabled());
    });
    assert_eq!(
        begin(&world, "d-i-2"),
        Err(Hindrance::KeyUnusable("k-2".to_owned()))
    );
}

#[test]
fn a_disk_is_made_of_a_whole_or_an_instant_snapshot_put_on_and_taken_off() {
    let world = world(Cloud::Aliyun);
    let slow = begin(&world, "d-i-1").unwrap();
    let order = SnapshotOrder {
        instant: true,
        ..SnapshotOrder::of("d-i-2")
    };
    let instant = ask(&world, |it, now| it.begin_snapshot(order, now)).unwrap();
    let disk = |of: &str| {
        let order = DiskOrder {
            snapshot: Some(of.to_owned()),
            ..DiskOrder::default()
        };
        ask(&world, |it, now| it.begin_disk(order, now))
    };
    assert_eq!(disk(&slow), Err(Hindrance::NotReady(slow.clone())));
    let made = disk(&instant).unwrap();
    let attach = || ask(&world, |it, now| it.begin_attach(&made, "i-1", None, now));
    assert_eq!(attach(), Err(Hindrance::WrongState(made.clone())));
    world.advance(seconds(5));
    attach().unwrap();
    assert_eq!(attach(), Err(Hindrance::InUse(vec!["i-1".to_owned()])));
    world.advance(seconds(5));
    let held = world.holdings(UID, R);
    let on = held.disks.get(&made).unwrap();
    assert_eq!(
        (on.state.clone(), on.device.as_str()),
        (DiskState::Attached, "/dev/xvdc")
    );
    let delete = || ask(&world, |it, now| it.delete_disk(&made, now));
    assert_eq!(delete(), Err(Hindrance::InUse(vec!["i-1".to_owned()])));
    ask(&world, |it, now| it.begin_detach(&made, "i-1", now)).unwrap();
    world.advance(seconds(5));
    assert_eq!(
        world.holdings(UID, R).disks.get(&made).unwrap().machine,
        None
    );
    assert_eq!(delete(), Ok(()));
    ask(&world, |it, _| it.archive_snapshot(&slow)).unwrap_err();
    world.advance(days(1));
    ask(&world, |it, _| it.archive_snapshot(&slow)).unwrap();
    assert_eq!(
        world.holdings(UID, R).snapshots.get(&slow).unwrap().tier,
        Tier::Archive
    );
    assert_eq!(disk(&slow), Err(Hindrance::Archived));
}

#[test]
fn a_machine_goes_off_and_away_unless_it_is_protected() {
    let world = world(Cloud::Tencent);
    let switch = |power| ask(&world, |it, now| it.switch_machine("i-1", power, now));
    switch(Power::Off).unwrap();
    switch(Power::Off).unwrap();
    world.advance(seconds(20));
    let held = world.holdings(UID, R);
    assert_eq!(
        held.machines.get("i-1").unwrap().state,
        MachineState::Stopped
    );
    assert_eq!(world.done(Act::Stopped, Sort::Machine), ["i-1"]);
    ask(&world, |it, _| {
        it.machines.change("i-1", |it| it.protected = true)
    });
    let delete = || ask(&world, |it, now| it.delete_machine("i-1", now));
    assert_eq!(delete(), Err(Hindrance::Protected));
    ask(&world, |it, _| {
        it.machines.change("i-1", |it| it.protected = false)
    });
    let release = || ask(&world, |it, now| it.release_address("eip-1", now));
    assert_eq!(release(), Err(Hindrance::InUse(vec!["i-1".to_owned()])));
    delete().unwrap();
    world.advance(seconds(30));
    assert!(world.holdings(UID, R).machines.get("i-1").is_none());
    release().unwrap();
    assert!(world.holdings(UID, R).addresses.is_empty());
}

#[test]
fn a_client_token_makes_one_thing_and_the_same_token_says_the_same() {
    let world = world(Cloud::Aliyun);
    let make = |says: &str| {
        let token = Token {
            action: "CreateSnapshot".to_owned(),
            value: "t-1".to_owned(),
            says: says.to_owned(),
        };
        ask(&world, |it, now| {
            it.once(Some(token), now, |it| {
                let made = it.begin_snapshot(SnapshotOrder::of("d-i-1"), now)?;
                Ok(vec![made])
            })
        })
    };
    let first = make("d-i-1").unwrap();
    assert_eq!(make("d-i-1").unwrap(), first);
    assert_eq!(make("d-i-2"), Err(Hindrance::TokenMismatch));
    assert_eq!(world.done(Act::Created, Sort::Snapshot), first);
    world.advance(days(2));
    assert_ne!(make("d-i-1").unwrap(), first);
}

#[test]
fn what_is_new_is_not_shown_at_once() {
    let world = world(Cloud::Aws(Partition::Aws));
    world.set_rules(UID, |it| it.shown_after = seconds(7));
    let made = begin(&world, "d-i-1").unwrap();
    let shown = || world.holdings(UID, R).snapshots.get(&made).is_some();
    world.advance(seconds(6));
    assert!(!shown());
    assert!(world.truth(UID, R).snapshots.get(&made).is_some());
    world.advance(seconds(1));
    assert!(shown());
}

#[test]
fn an_alarm_that_is_put_again_is_written_over() {
    let world = world(Cloud::Aliyun);
    let put = |limit: f64| {
        let alarm = Alarm {
            threshold: limit,
            ..Alarm::new("r-1", ("acs_ecs_dashboard", "rate"), start()).on("instanceId", "i-1")
        };
        ask(&world, |it, now| it.put_alarm(alarm, now))
    };
    put(1.0).unwrap();
    world.advance(seconds(9));
    put(2.0).unwrap();
    let held = world.holdings(UID, R);
    let alarm = held.alarms.get("r-1").unwrap();
    assert_eq!(alarm.threshold.to_bits(), 2.0_f64.to_bits());
    assert_eq!(
        (alarm.created, alarm.written),
        (start(), start() + seconds(9))
    );
    assert_eq!(world.done(Act::Altered, Sort::Alarm), ["r-1"]);
    let listener = Listener {
        protocol: "email".to_owned(),
        endpoint: "ops@example.com".to_owned(),
        confirmed: false,
    };
    ask(&world, |it, now| {
        it.put_target(Target::new("t", "ops"), now);
        it.subscribe("t", listener.clone())?;
        it.subscribe("t", listener)?;
        it.confirm("t", "ops@example.com")
    })
    .unwrap();
    let held = world.holdings(UID, R);
    let listeners = &held.targets.get("t").unwrap().listeners;
    assert!(listeners.len() == 1 && listeners[0].confirmed);
}

#[test]
fn what_was_made_twice_is_told_and_tags_are_put_and_taken() {
    let world = world(Cloud::Tencent);
    let one = begin(&world, "d-i-1").unwrap();
    assert!(world.made_twice(Sort::Snapshot, "set").is_empty());
    begin(&world, "d-i-2").unwrap();
    assert!(world.made_twice(Sort::Snapshot, "set").is_empty());
    begin(&world, "d-i-1").unwrap();
    let twice = [("d-i-1".to_owned(), "a".to_owned())];
    assert_eq!(world.made_twice(Sort::Snapshot, "set"), twice);
    let pairs = [
        ("set".to_owned(), "b".to_owned()),
        ("by".to_owned(), "me".to_owned()),
    ];
    ask(&world, |it, now| {
        it.put_tags(Sort::Snapshot, &one, &pairs, now)
    })
    .unwrap();
    let keys = ["set".to_owned()];
    ask(&world, |it, now| {
        it.remove_tags(Sort::Snapshot, &one, Some(&keys), now)
    })
    .unwrap();
    let held = world.holdings(UID, R);
    assert_eq!(held.snapshots.get(&one).unwrap().tags, pairs[1..]);
    let none = ask(&world, |it, now| {
        it.put_tags(Sort::Image, &one, &pairs, now)
    });
    assert_eq!(none, Err(Hindrance::NotFound(one)));
}

#[test]
fn traffic_is_the_same_whenever_it_is_asked_and_a_test_may_say_what_it_is() {
    let world = world(Cloud::Aliyun);
    let five = seconds(300);
    let sent = |id: &str| {
        world
            .holdings(UID, R)
            .sent(id, (start(), start() + days(1)), five)
    };
    let usual = sent("i-1");
    assert_eq!(usual.len(), 287);
    assert_eq!(usual, sent("i-1"));
    assert_ne!(usual, sent("i-2"));
    let from = usual[0].0;
    ask(&world, |it, _| {
        let load = Load::steady(1_000);
        let load = load.burst(from, from + seconds(60), 9_000);
        it.loads
            .insert("i-1".to_owned(), load.gap(from + five, from + five + five));
    });
    let told = sent("i-1");
    assert_eq!((told[0].1, told[1].1, told.len()), (13_000, 5_000, 286));
    assert_eq!(told[1].0, from + five + five);
}
