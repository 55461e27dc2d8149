use duty::{Limits, Measure, guard};
use expect_test::{Expect, expect};
use jiff::SignedDuration;
use model::{AccountId, CopyState, Kind, MachineState, ResourceId, Snapshot};

use super::{check, without_images};
use crate::Keep;
use crate::sample::{Blind, World, census, days, now, settings, shown};
use crate::settings::{BackupSettings, CopyTo};

/// A machine with ten whole sets of which three are past their time.
fn ten_sets() -> World {
    let mut world = World::default();
    world.machine("i-1", "web", 1);
    for day in (1..=10).rev() {
        world.set("i-1", now() - days(day));
    }
    world
}

fn a_week() -> BackupSettings {
    BackupSettings {
        keep: Keep::a_week(),
        ..without_images()
    }
}

fn planned(world: &World) -> String {
    shown(&crate::plan(
        &world.census(now()),
        &settings(a_week()),
        now(),
    ))
}

/// Returns the snapshots that go.
fn gone(world: &World, defaults: &BackupSettings) -> Vec<String> {
    let plan = crate::plan(&world.census(now()), &settings(defaults.clone()), now());
    let steps = plan.steps.into_iter();
    let gone = steps.filter_map(|it| match it.step {
        duty::Step::DeleteSnapshot { snapshot, .. } => Some(snapshot.to_string()),
        _ => None,
    });
    gone.collect()
}

#[test]
fn what_was_not_seen_is_not_touched() {
    let blind = |blind: &[Blind], expected: Expect| {
        let mut world = ten_sets();
        world.blind.extend(blind);
        expected.assert_eq(&planned(&world));
    };
    blind(
        &[],
        expect![[r#"
        0 + create_set i-1/20261120T200000Z 1 disks (set_due)
        1 - delete_snapshot snap-0001 of i-1/20261110T200000Z after [0] (set_past)
        2 - delete_snapshot snap-0002 of i-1/20261111T200000Z after [0] (set_past)
        3 - delete_snapshot snap-0003 of i-1/20261112T200000Z after [0] (set_past)
        4 - delete_snapshot snap-0004 of i-1/20261113T200000Z after [0] (set_past)
    "#]],
    );
    blind(
        &[Blind::Identity],
        expect![[r#"
        ? */* identity_unseen
    "#]],
    );
    blind(
        &[Blind::Machines],
        expect![[r#"
        ? cn-north-1/* machines_unseen
    "#]],
    );
    blind(
        &[Blind::Disks],
        expect![[r#"
        ? cn-north-1/* disks_unseen
    "#]],
    );
    blind(
        &[Blind::Snapshots],
        expect![[r#"
        ? cn-north-1/* snapshots_unseen
    "#]],
    );
    blind(
        &[Blind::Images],
        expect![[r#"
        0 + create_set i-1/20261120T200000Z 1 disks (set_due)
        ? cn-north-1/* images_unseen
    "#]],
    );
}

#[test]
fn one_region_that_is_not_seen_does_not_keep_the_others_waiting() {
    let (here, mut there) = (ten_sets(), ten_sets());
    there.blind.insert(Blind::Machines);
    let census = census(&[("data@a", &here), ("data@b", &there)], now());
    let plan = crate::plan(&census, &settings(a_week()), now());
    expect![[r#"
        0 + create_set i-1/20261120T200000Z 1 disks (set_due)
        1 - delete_snapshot snap-0001 of i-1/20261110T200000Z after [0] (set_past)
        2 - delete_snapshot snap-0002 of i-1/20261111T200000Z after [0] (set_past)
        3 - delete_snapshot snap-0003 of i-1/20261112T200000Z after [0] (set_past)
        4 - delete_snapshot snap-0004 of i-1/20261113T200000Z after [0] (set_past)
        ? b/* machines_unseen
    "#]]
    .assert_eq(&shown(&plan));
}

#[test]
fn what_a_person_made_or_holds_stays() {
    let change = |change: fn(&mut Snapshot)| {
        let mut world = ten_sets();
        change(&mut world.snapshots[0]);
        gone(&world, &a_week())
    };
    assert_eq!(
        change(|_| ()),
        ["snap-0001", "snap-0002", "snap-0003", "snap-0004"]
    );
    let others = ["snap-0002", "snap-0003", "snap-0004"];
    assert_eq!(change(|it| it.held_by = Some("lock".into())), others);
    assert_eq!(change(|it| it.held_by = Some("share".into())), others);
    assert_eq!(
        change(|it| it.held_by = Some("image ami-bin".into())),
        others
    );
    assert_eq!(change(|it| it.tier = model::CopyTier::Archive), others);
    assert_eq!(change(|it| drop(it.tags.remove("AutoSnapshot"))), others);
    assert_eq!(change(|it| drop(it.tags.remove("skywarden:set"))), others);
    assert_eq!(
        change(|it| it.state = CopyState::Other("recovering".into())),
        others
    );
    assert_eq!(change(|it| it.created = None), others);
    // The tag copied itself onto what a person made two days later.
    let later = |it: &mut Snapshot| it.created = it.created.map(|at| at + days(2));
    assert_eq!(change(later), others);
    let protected = BackupSettings {
        limits: Limits {
            protected: vec![duty::ProtectedTag {
                key: "Name".into(),
                value: Some("web".into()),
            }],
            ..Limits::default()
        },
        ..a_week()
    };
    assert!(gone(&ten_sets(), &protected).is_empty());
}

#[test]
fn what_any_registered_image_stands_on_stays() {
    for (state, disabled) in [
        (CopyState::Ready, false),
        (CopyState::Ready, true),
        (CopyState::Failed, false),
        (CopyState::Other("transient".into()), false),
    ] {
        let mut world = ten_sets();
        let image = world.image("ami-1", vec![ResourceId::new("snap-0001")], now());
        (image.state, image.disabled) = (state, disabled);
        assert_eq!(
            gone(&world, &a_week()),
            ["snap-0002", "snap-0003", "snap-0004"]
        );
    }
}

#[test]
fn a_selection_that_cannot_be_told_selects_nothing_and_lets_nothing_go() {
    let mut world = ten_sets();
    world.machines[0].state = MachineState::Other("hibernating".into());
    check(
        &world,
        a_week(),
        expect![[r#"
            0 - delete_snapshot snap-0001 of i-1/20261110T200000Z (set_past)
            1 - delete_snapshot snap-0002 of i-1/20261111T200000Z (set_past)
            2 - delete_snapshot snap-0003 of i-1/20261112T200000Z (set_past)
        "#]],
    );
}

#[test]
fn a_selection_that_fits_nothing_or_everything_lets_nothing_more_go() {
    let nothing = BackupSettings {
        select: duty::Selection::compile("tags.AutoSnapshot == \"true\"").unwrap(),
        ..a_week()
    };
    let mut world = ten_sets();
    world.machines[0].tags.clear();
    check(
        &world,
        nothing,
        expect![[r#"
            0 - delete_snapshot snap-0001 of i-1/20261110T200000Z (set_past)
            1 - delete_snapshot snap-0002 of i-1/20261111T200000Z (set_past)
            2 - delete_snapshot snap-0003 of i-1/20261112T200000Z (set_past)
            ! tag_unknown {"account": "data", "like": "", "tag": "AutoSnapshot"}
        "#]],
    );
}

#[test]
fn a_typo_in_the_words_is_stopped_whole_and_the_creates_go_on() {
    let mut world = World::default();
    for number in 0..30 {
        let id = format!("i-{number}");
        world.machine(&id, "", 1);
        for day in 1..=7 {
            world.set(&id, now() - days(day));
        }
    }
    let typo = BackupSettings {
        keep: Keep {
            daily: 1,
            at_least: 1,
            ..Keep::nothing()
        },
        ..without_images()
    };
    let plan = crate::plan(&world.census(now()), &settings(typo), now());
    let destroys = |it: &duty::Planned| it.step.destroys().is_some();
    assert_eq!(plan.steps.iter().filter(|it| destroys(it)).count(), 30 * 6);
    let (approved, refused) = guard(plan, |_| Limits::default());
    assert_eq!(refused.len(), 1);
    assert_eq!(approved.steps().count(), 30);
    assert!(approved.steps().all(|(_, _, it)| !destroys(it)));
}

#[test]
fn populations_of_none_one_and_two_are_measured_by_what_goes_when_all_is_well() {
    let measured = |machines: usize| {
        let mut world = World::default();
        for number in 0..machines {
            let id = format!("i-{number}");
            world.machine(&id, "", 1);
            for day in (1..=7).rev() {
                world.set(&id, now() - days(day));
            }
        }
        let plan = crate::plan(&world.census(now()), &settings(a_week()), now());
        let kind = Kind::new(Kind::SNAPSHOT);
        let mut all = plan.populations.iter();
        let population = all.find(|it| it.kind == kind).unwrap().clone();
        let destroys = plan.steps.iter().filter(|it| it.step.destroys().is_some());
        let gone = destroys.count() as u64;
        let (_, refused) = guard(plan, |_| Limits::default());
        assert!(refused.is_empty());
        (population.total, population.measure, gone)
    };
    assert_eq!(measured(0), (0, Measure::Steady { daily: 0 }, 0));
    assert_eq!(measured(1), (7, Measure::Steady { daily: 1 }, 1));
    assert_eq!(measured(2), (14, Measure::Steady { daily: 2 }, 2));
}

#[test]
fn who_is_only_missing_from_the_list_keeps_everything_until_the_cloud_says_it_is_gone() {
    let mut world = World::default();
    world.machine("i-1", "web", 1);
    for day in (40..=46).rev() {
        world.set("i-1", now() - days(day));
    }
    let machine = world.machines[0].clone();
    world.terminate("i-1");
    world.blind.insert(Blind::Unasked);
    let first = world.census(now());
    let doubts = crate::doubts(&first, &settings(a_week()), now());
    assert_eq!(doubts.len(), 1);
    assert!(gone(&world, &a_week()).is_empty());
    world.blind.clear();
    assert_eq!(doubts[0].sources.iter().next().unwrap().as_str(), "i-1");
    assert_eq!(
        gone(&world, &a_week()),
        ["snap-0001"],
        "the oldest, one a run"
    );
    world.hidden.push(machine);
    assert!(gone(&world, &a_week()).is_empty());
    world.hidden.clear();
    world.blind.insert(Blind::ById);
    assert!(gone(&world, &a_week()).is_empty());
}

#[test]
fn the_same_census_in_another_order_is_the_same_plan_byte_for_byte() {
    let mut world = ten_sets();
    for number in 0..5 {
        world.machine(&format!("i-a{number}"), "twin", 2);
    }
    let defaults = BackupSettings {
        keep: Keep::a_week(),
        ..BackupSettings::default()
    };
    let plan = |world: &World| {
        let plan = crate::plan(&world.census(now()), &settings(defaults.clone()), now());
        plan.to_json()
    };
    let first = plan(&world);
    world.machines.reverse();
    world.disks.reverse();
    world.snapshots.reverse();
    world.images.reverse();
    assert_eq!(plan(&world), first);
}

#[test]
fn two_logins_of_one_identity_make_one_set() {
    let world = ten_sets();
    let mut census = census(&[("a", &world), ("b", &world)], now());
    let identity = census.accounts[&AccountId::new("a")].identity.clone();
    census
        .accounts
        .get_mut(&AccountId::new("b"))
        .unwrap()
        .identity = identity;
    let plan = crate::plan(&census, &settings(a_week()), now());
    let creates = plan
        .steps
        .iter()
        .filter(|it| it.step.word() == "create_set");
    assert_eq!(creates.count(), 1);
}

#[test]
fn sets_are_copied_once_and_kept_there_by_the_same_words() {
    let copying = BackupSettings {
        copy_to: vec![CopyTo {
            region: Some(model::RegionId::new("b")),
            account: None,
            key: Some("key-1".into()),
        }],
        ..a_week()
    };
    let (mut here, mut there) = (World::default(), World::default());
    here.machine("i-1", "web", 1);
    let mut last = String::new();
    for day in 0..10 {
        let at = now() + days(day);
        let plan = crate::plan(
            &census(&[("data@a", &here), ("data@b", &there)], at),
            &settings(copying.clone()),
            at,
        );
        last = shown(&plan);
        let mut done = std::collections::BTreeSet::new();
        for (place, planned) in plan.steps.iter().enumerate() {
            assert!(planned.after.iter().all(|it| done.contains(it)));
            match (&planned.step, planned.spot.region.as_str()) {
                (
                    duty::Step::CopySet {
                        tags,
                        root,
                        root_tags,
                        ..
                    },
                    _,
                ) => {
                    let begun = at + SignedDuration::from_mins(20);
                    let copy = there.snapshot(&ResourceId::new("vol-ffffffff"), 10, begun);
                    copy.tags.clone_from(tags);
                    copy.tags.extend(root_tags.clone());
                    assert_eq!(root.as_ref(), Some(&crate::sample::disk_id("i-1", 0)));
                    copy.disk = None;
                }
                (step, "a") => here.run(step, at),
                (step, _) => there.run(step, at),
            }
            done.insert(place);
        }
    }
    assert_eq!(here.days_of("i-1").len(), 7);
    assert_eq!(there.days_of("i-1").len(), 7);
    expect![[r#"
        0 + create_set i-1/20261129T200000Z 1 disks (set_due)
        1 + copy_set i-1/20261129T200000Z to b after [0] (copy_due)
        2 - delete_snapshot snap-0003 of i-1/20261122T200000Z after [0] (set_past)
        3 - delete_snapshot snap-0003 of i-1/20261122T200000Z after [0, 1] (set_past)
    "#]]
    .assert_eq(&last);
    // Where the sets came from was not looked at: they stay.
    let at = now() + days(100);
    let plan = crate::plan(&census(&[("data@b", &there)], at), &settings(copying), at);
    expect![[r#"
        ? b/* homes_unseen
    "#]]
    .assert_eq(&shown(&plan));
}

#[test]
fn a_missing_root_tag_is_put_on() {
    let mut world = ten_sets();
    world
        .snapshots
        .iter_mut()
        .for_each(|it| drop(it.tags.remove("RootDeviceSnapshot")));
    world
        .snapshots
        .retain(|it| it.created > Some(now() - days(3)));
    check(
        &world,
        a_week(),
        expect![[r#"
        0 + create_set i-1/20261120T200000Z 1 disks (set_due)
        1 ~ put_tags snap-0008,snap-0009,snap-0010 {"RootDeviceSnapshot": "true"} (root_tag_missing)
    "#]],
    );
}

#[test]
fn what_a_person_copied_to_another_region_with_its_tags_stays() {
    let (here, mut there) = (ten_sets(), World::default());
    there.snapshots.clone_from(&here.snapshots);
    let at = now() + days(90);
    let census = census(&[("data@a", &here), ("data@b", &there)], at);
    let plan = crate::plan(&census, &settings(a_week()), at);
    let regions = plan.steps.iter().map(|it| it.spot.region.as_str());
    assert!(regions.clone().count() > 1);
    assert!(regions.into_iter().all(|it| it == "a"));
}

#[test]
fn a_set_that_cannot_be_counted_on_is_not_made_again_in_its_period() {
    for change in [
        |it: &mut Snapshot| it.tier = model::CopyTier::Archive,
        // Our clock is late.
        |it: &mut Snapshot| it.created = Some(now() + SignedDuration::from_hours(2)),
        |it: &mut Snapshot| it.state = CopyState::Pending,
    ] {
        let mut world = World::default();
        world.machine("i-1", "web", 1);
        world.set("i-1", now());
        change(&mut world.snapshots[0]);
        assert_eq!(planned(&world), "");
    }
}

#[test]
fn a_set_that_failed_is_begun_again_in_its_period_and_not_for_ever() {
    let mut world = World::default();
    world.machine("i-1", "web", 1);
    for attempts in 1..4 {
        let plan = crate::plan(&world.census(now()), &settings(a_week()), now());
        assert_eq!(plan.steps.len(), 1, "{attempts}");
        world.apply(&plan, now(), |_| true);
        world.snapshots.last_mut().unwrap().state = CopyState::Failed;
    }
    assert_eq!(planned(&world), "");
}

#[test]
fn of_what_is_past_the_two_that_an_image_holds_are_named_and_the_others_go() {
    let mut world = ten_sets();
    world.image("ami-golden", vec![ResourceId::new("snap-0002")], now());
    world.snapshots[2].held_by = Some("image ami-elsewhere".into());
    check(
        &world,
        a_week(),
        expect![[r#"
        0 + create_set i-1/20261120T200000Z 1 disks (set_due)
        1 - delete_snapshot snap-0001 of i-1/20261110T200000Z after [0] (set_past)
        2 - delete_snapshot snap-0004 of i-1/20261113T200000Z after [0] (set_past)
        ! held_by_images {"account": "data", "region": "cn-north-1", "snapshots": "2", "which": "snap-0002 (ami-golden), snap-0003 (image ami-elsewhere)"}
    "#]],
    );
}

#[test]
fn a_copy_elsewhere_without_its_root_tag_gets_it() {
    let copying = BackupSettings {
        copy_to: vec![CopyTo {
            region: Some(model::RegionId::new("b")),
            account: None,
            key: None,
        }],
        ..a_week()
    };
    let (mut here, mut there) = (World::default(), World::default());
    here.machine("i-1", "web", 2);
    here.set("i-1", now());
    // As an older version copied it: of the disks it is known by a tag which they are.
    there.snapshots.clone_from(&here.snapshots);
    for copy in &mut there.snapshots {
        copy.tags.remove("RootDeviceSnapshot");
        copy.tags.insert("skywarden:from".into(), "a".into());
    }
    let plan = |there: &World, settings: &BackupSettings| {
        let census = census(&[("data@a", &here), ("data@b", there)], now());
        shown(&crate::plan(
            &census,
            &crate::sample::settings(settings.clone()),
            now(),
        ))
    };
    expect![[r#"
        0 ~ put_tags snap-0001 {"RootDeviceSnapshot": "true"} (root_tag_missing)
    "#]]
    .assert_eq(&plan(&there, &copying));
    assert_eq!(plan(&there, &a_week()), "", "nobody asks for copies there");
    there.snapshots[0]
        .tags
        .insert("RootDeviceSnapshot".into(), "true".into());
    assert_eq!(plan(&there, &copying), "");
}
