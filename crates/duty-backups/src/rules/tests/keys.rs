//! What keys do to copies: what stands under one that cannot be used counts for nothing and stays.

use duty::Memory;
use expect_test::{Expect, expect};
use jiff::SignedDuration;
use model::{AccountId, KeyState, ResourceId};

use super::without_images;
use crate::Keep;
use crate::sample::{Blind, World, at, census, days, now, settings, shown};
use crate::settings::{BackupSettings, ImageRhythm};

const KEY: &str = "key-1";

/// A machine with a whole set of each of the last days, those of some of them under a key.
fn sets(many: i64, under: &[i64]) -> World {
    let mut world = World::default();
    world.machine("i-1", "web", 1);
    for day in (1..=many).rev() {
        world.set("i-1", now() - days(day));
        if under.contains(&day) {
            let newest = world.snapshots.last_mut().unwrap();
            newest.key = Some(ResourceId::new(KEY));
        }
    }
    world
}

fn with_key(mut world: World, state: KeyState) -> World {
    world.keys.insert(ResourceId::new(KEY), state);
    world
}

fn two() -> BackupSettings {
    BackupSettings {
        keep: Keep {
            last: 2,
            at_least: 2,
            ..Keep::nothing()
        },
        ..without_images()
    }
}

#[track_caller]
fn plans(world: &World, defaults: BackupSettings, expected: Expect) {
    let plan = crate::plan(&world.census(now()), &settings(defaults), now());
    expected.assert_eq(&shown(&plan));
}

/// Returns what is found: severity, kind, thing, and some facts.
fn found(worlds: &[(&str, &World)]) -> String {
    let census = census(worlds, now());
    let all = settings(without_images());
    let found = crate::assess(&census, &Memory::default(), &all, now());
    let lines = found.iter().map(|it| {
        let facts = it.evidence.iter();
        let told = |it: &(&String, &String)| {
            !["cloud", "identity", "region", "max_age_hours", "newest"].contains(&it.0.as_str())
        };
        let facts: Vec<String> = facts
            .filter(told)
            .map(|(a, b)| format!("{a}={b}"))
            .collect();
        let (key, place) = (&it.key, &it.evidence["region"]);
        format!(
            "{} {} {}/{} {}\n",
            it.severity.word(),
            key.kind,
            place,
            key.resource,
            facts.join(" ")
        )
    });
    lines.collect()
}

#[test]
fn sets_that_can_be_restored_are_counted_and_the_others_stay() {
    plans(
        &sets(4, &[1, 3]),
        two(),
        expect![[r#"
            0 + create_set i-1/20261120T200000Z 1 disks (set_due)
            1 - delete_snapshot snap-0001 of i-1/20261116T200000Z after [0] (set_past)
            2 - delete_snapshot snap-0002 of i-1/20261117T200000Z after [0] (set_past)
            3 - delete_snapshot snap-0003 of i-1/20261118T200000Z after [0] (set_past)
        "#]],
    );
    // Two good ones are left, of four days and two days ago; what is to come may be no better than
    // the newest, and is not counted before it is there.
    plans(
        &with_key(sets(4, &[1, 3]), KeyState::Disabled),
        two(),
        expect![[r#"
            0 + create_set i-1/20261120T200000Z 1 disks (set_due)
        "#]],
    );
    plans(
        &with_key(sets(5, &[1, 3]), KeyState::Leaving { at: None }),
        two(),
        expect![[r#"
            0 + create_set i-1/20261120T200000Z 1 disks (set_due)
            1 - delete_snapshot snap-0001 of i-1/20261115T200000Z after [0] (set_past)
        "#]],
    );
}

#[test]
fn where_keys_were_not_seen_it_is_as_if_nobody_had_looked() {
    let mut world = with_key(sets(4, &[1, 3]), KeyState::Disabled);
    world.blind.insert(Blind::Keys);
    let planned = |world: &World| {
        let plan = crate::plan(&world.census(now()), &settings(two()), now());
        shown(&plan)
    };
    assert_eq!(planned(&world), planned(&sets(4, &[1, 3])));
    assert_eq!(found(&[("data", &world)]), "");
}

#[test]
fn the_last_copies_of_a_gone_machine_are_those_that_can_be_restored() {
    let mut world = World::default();
    world.machine("i-1", "web", 1);
    for day in [44, 43, 42, 41] {
        world.set("i-1", now() - days(day));
    }
    for place in [2, 3] {
        world.snapshots[place].key = Some(ResourceId::new(KEY));
    }
    world.terminate("i-1");
    plans(
        &with_key(world, KeyState::Disabled),
        without_images(),
        expect![[r#"
            0 - delete_snapshot snap-0001 of i-1/20261007T200000Z (set_of_gone)
        "#]],
    );
}

#[test]
fn an_older_image_that_starts_stays_while_a_newer_one_cannot() {
    let defaults = BackupSettings {
        image: ImageRhythm::Off,
        image_keep: days(7),
        ..BackupSettings::default()
    };
    let mut world = sets(2, &[1]);
    for (place, day) in [(0, 12), (1, 10)] {
        let of = vec![world.snapshots[place].id.clone()];
        let set = world.snapshots[place].tags["skywarden:set"].clone();
        let image = world.image(&format!("ami-{day}"), of, now() - days(day));
        image.tags.insert("AutoAMI".into(), "true".into());
        image.tags.insert("skywarden:set".into(), set);
    }
    let gone = |world: &World| {
        let plan = crate::plan(&world.census(now()), &settings(defaults.clone()), now());
        let steps = plan.steps.iter().map(|it| it.step.subject());
        steps.filter(|it| it.starts_with("ami")).collect::<Vec<_>>()
    };
    assert_eq!(gone(&world), ["ami-12"]);
    assert_eq!(gone(&with_key(world, KeyState::Gone)), ["ami-10"]);
}

#[test]
fn a_key_is_urgent_when_the_last_good_copy_of_a_machine_stands_under_it() {
    let at = Some(at("2026-11-28T04:00:00Z"));
    let all = with_key(sets(2, &[1, 2]), KeyState::Leaving { at });
    let told = |world: &World| found(&[("data", world)]);
    expect![[r#"
        urgent key_leaving cn-north-1/key-1 goes=2026-11-28T04:00:00Z last_of=i-1 machines=1 sets=2 snapshots=2
        warning unprotected cn-north-1/i-1 barred_by=key-1
    "#]]
    .assert_eq(&told(&all));
    expect![[r#"
        warning stale cn-north-1/i-1 barred_by=key-1
        warning key_unusable cn-north-1/key-1 key_state=gone machines=1 sets=1 snapshots=1
    "#]]
    .assert_eq(&told(&with_key(sets(2, &[1]), KeyState::Gone)));
    // A copy in another region, under its own key, is a copy.
    let mut there = World::default();
    there.snapshots = sets(1, &[]).snapshots;
    let tags = &mut there.snapshots[0].tags;
    tags.insert(crate::rules::FROM_TAG.into(), "cn-north-1".into());
    let both = [("data", &all), ("data@cn-northwest-1", &there)];
    let key = found(&both);
    let key = key.lines().find(|it| it.contains("key_leaving")).unwrap();
    assert!(key.starts_with("warning"), "{key}");
}

#[test]
fn what_is_not_known_of_a_key_is_a_notice_and_its_sets_are_copies() {
    let told = |state: KeyState| found(&[("data", &with_key(sets(2, &[1, 2]), state))]);
    expect![[r#"
        notice key_unclear cn-north-1/key-1 key_state=withheld machines=1 sets=2 snapshots=2
    "#]]
    .assert_eq(&told(KeyState::Withheld));
    expect![[r#"
        notice key_unclear cn-north-1/key-1 key_state=Creating machines=1 sets=2 snapshots=2
    "#]]
    .assert_eq(&told(KeyState::Other("Creating".into())));
    assert_eq!(told(KeyState::Usable), "");
}

#[test]
fn what_others_copied_under_such_a_key_is_no_copy_either() {
    let mut world = World::default();
    world.machine("i-1", "web", 1);
    let disk = crate::sample::disk_id("i-1", 0);
    let made = now() - SignedDuration::from_hours(2);
    world.snapshot(&disk, 10, made).key = Some(ResourceId::new(KEY));
    assert_eq!(found(&[("data", &world)]), "");
    expect![[r#"
        warning unprotected cn-north-1/i-1 
        warning key_unusable cn-north-1/key-1 key_state=Unavailable snapshots=1
    "#]]
    .assert_eq(&found(&[(
        "data",
        &with_key(world, KeyState::Unusable("Unavailable".into())),
    )]));
}

#[test]
fn a_set_that_cannot_be_restored_is_neither_restored_nor_proven() {
    let mut world = with_key(sets(2, &[1]), KeyState::Disabled);
    let restored = |world: &World| {
        let settings = settings(without_images());
        let how = crate::How::Volumes { zone: None };
        let plan = crate::restore_plan(&world.census(now()), &settings, "web", None, &how, now());
        plan.map_or_else(|error| error.to_string(), |plan| shown(&plan))
    };
    expect![[r#"
        0 + create_disk snap-0001 (restore_disk)
        ! newer_barred {"key": "key-1", "machine": "web", "period": "2026-11-19T20:00:00Z"}
    "#]]
    .assert_eq(&restored(&world));
    world.snapshots[0].key = Some(ResourceId::new(KEY));
    assert_eq!(
        restored(&world),
        "the copies of \"web\" stand under the key key-1, which cannot be used now; what is wrong with it is told by the check"
    );
    let census = world.census(now());
    let kept = crate::holdings(&census, &settings(without_images()), now());
    let states: Vec<&str> = kept[0].sets.iter().map(|it| it.state).collect();
    assert_eq!(states, ["barred", "barred"]);
    let of = AccountId::new("data");
    assert_eq!(kept[0].account, of.as_str());
}
