use std::collections::BTreeSet;

use expect_test::expect;
use model::{CloudId, CopyState, ResourceId};

use super::*;
use crate::sample::{World, at, days, now, settings, shown};
use crate::settings::BackupSettings;

fn world() -> World {
    let mut world = World::default();
    world.machine("i-1", "web", 2);
    world.machine("i-2", "db", 1);
    for day in (1..=3).rev() {
        world.set("i-1", now() - days(day));
        world.set("i-2", now() - days(day));
    }
    world
}

fn restored(world: &World, who: &str, when: Option<&str>, how: &How) -> String {
    let settings = settings(BackupSettings::default());
    let plan = restore_plan(
        &world.census(now()),
        &settings,
        who,
        when.map(at),
        how,
        now(),
    );
    plan.map_or_else(|error| format!("{error}\n"), |plan| shown(&plan))
}

const VOLUMES: How = How::Volumes { zone: None };

#[test]
fn a_set_comes_back_as_disks_or_as_a_machine_beside_the_old_one() {
    let mut world = world();
    expect![[r#"
        0 + create_disk snap-0007 (restore_disk)
        1 + create_disk snap-0008 (restore_disk)
    "#]]
    .assert_eq(&restored(&world, "web", None, &VOLUMES));
    let before = Some("2026-11-19T00:00:00Z");
    expect![[r#"
        0 + make_image "web-restore-20261118T200000Z" of i-1/20261118T200000Z 2 disks (restore_image)
        1 + run_beside i-1 after [0] (restore_machine)
    "#]].assert_eq(&restored(&world, "i-1", before, &How::Beside));
    let set = world.snapshots[3].tags["skywarden:set"].clone();
    let image = world.image("ami-1", vec![], now());
    image.tags.insert("skywarden:set".into(), set);
    image.tags.insert("AutoAMI".into(), "true".into());
    expect![[r#"
        0 + run_beside i-1 (restore_machine)
    "#]]
    .assert_eq(&restored(&world, "i-1", before, &How::Beside));
}

#[test]
fn a_machine_that_is_gone_comes_back_as_disks_in_a_zone_that_is_said() {
    let mut world = world();
    world.terminate("i-1");
    let zone = How::Volumes {
        zone: Some("cn-north-1b".into()),
    };
    expect![[r#"
        0 + create_disk snap-0007 (restore_disk)
        1 + create_disk snap-0008 (restore_disk)
    "#]]
    .assert_eq(&restored(&world, "web", None, &zone));
    expect![[r#"
        the machine "web" is gone, so say the zone in which its disks are to stand
    "#]]
    .assert_eq(&restored(&world, "web", None, &VOLUMES));
    expect![[r#"
        the machine "web" is gone, and nothing tells what it was like; its disks can be restored
    "#]]
    .assert_eq(&restored(&world, "web", None, &How::Beside));
}

#[test]
fn what_cannot_be_restored_says_why() {
    let mut world = world();
    expect![[r#"
        no machine and no copy is called "nobody" in what was seen
    "#]]
    .assert_eq(&restored(&world, "nobody", None, &VOLUMES));
    let early = Some("2020-01-01T00:00:00Z");
    expect![[r#"
        "web" has no whole set from 2020-01-01T00:00:00Z or before
    "#]]
    .assert_eq(&restored(&world, "web", early, &VOLUMES));
    world.machine("i-3", "web", 1);
    expect![[r#"
        "web" is the name of several machines: i-1, i-3; say the id of one
    "#]]
    .assert_eq(&restored(&world, "web", None, &VOLUMES));
}

#[test]
fn a_proof_makes_a_disk_puts_it_on_a_machine_and_removes_it() {
    let world = world();
    let proof = |who: Option<&str>, on: Option<&str>| {
        let settings = settings(BackupSettings::default());
        let plan = verify_plan(&world.census(now()), &settings, who, on, now());
        plan.map_or_else(|error| format!("{error}\n"), |plan| shown(&plan))
    };
    expect![[r#"
        0 + create_disk snap-0007 (proof_disk)
        1 - drop_disk #0 after [0] (proof_drop)
    "#]]
    .assert_eq(&proof(Some("web"), None));
    expect![[r#"
        0 + create_disk snap-0009 (proof_disk)
        1 ~ attach_disk i-2 after [0] (proof_attach)
        2 - drop_disk #0 after [0, 1] (proof_drop)
    "#]]
    .assert_eq(&proof(None, Some("db")));
    expect![[r#"
        "elsewhere" is not in the region cn-north-1, where the copy is
    "#]]
    .assert_eq(&proof(Some("web"), Some("elsewhere")));
}

#[test]
fn where_no_disk_is_made_of_a_root_disks_copy_another_disk_of_it_is_the_proof() {
    let mut world = world();
    world.machine("i-3", "cache", 2);
    world.set("i-3", now() - days(1));
    let proof = |world: &World, who: Option<&str>| {
        let mut settings = settings(BackupSettings::default());
        settings.no_disk_of_root.insert(CloudId::new("aws"));
        let plan = verify_plan(&world.census(now()), &settings, who, None, now());
        plan.map_or_else(|error| format!("{error}\n"), |plan| shown(&plan))
    };
    // Of the two snapshots of the newest set the first one is of the root disk.
    expect![[r#"
        0 + create_disk snap-0008 (proof_disk)
        1 - drop_disk #0 after [0] (proof_drop)
    "#]]
    .assert_eq(&proof(&world, Some("web")));
    expect![[r#"
        "db" has no disk but the one it starts from, and its cloud makes no disk of a copy of that one; a machine beside it can be made
    "#]]
    .assert_eq(&proof(&world, Some("db")));
    // Each month another one, of those of which it can be proven.
    let of_months: BTreeSet<String> = (0..6)
        .map(|month| {
            let at = now() + days(30 * month);
            let mut settings = settings(BackupSettings::default());
            settings.no_disk_of_root.insert(CloudId::new("aws"));
            let plan = verify_plan(&world.census(at), &settings, None, None, at);
            shown(&plan.unwrap()).lines().next().unwrap().to_owned()
        })
        .collect();
    assert_eq!(
        of_months.into_iter().collect::<Vec<_>>(),
        [
            "0 + create_disk snap-0008 (proof_disk)",
            "0 + create_disk snap-0011 (proof_disk)",
        ]
    );
    // Where there is none of these, that is said.
    for id in ["i-1", "i-3"] {
        world.terminate(id);
        world.snapshots.retain(|it| {
            let set = it.tags.get("skywarden:set");
            set.is_some_and(|it| !it.starts_with(id))
        });
    }
    expect![[r#"
        ? cn-north-1/i-2 proof_root_only
    "#]]
    .assert_eq(&proof(&world, None));
}

/// Copies as the old scripts left them.
fn seeded() -> World {
    let mut world = World::default();
    world.machine("i-1", "web", 2);
    for (day, minute) in [(9, 0), (9, 1), (8, 0), (8, 2)] {
        let disk = crate::sample::disk_id("i-1", usize::from(minute > 0));
        let begun = now() - days(day) + jiff::SignedDuration::from_mins(minute);
        let snapshot = world.snapshot(&disk, 10, begun);
        let tags = [("Name", "web"), ("AutoSnapshot", "true")];
        snapshot.tags = tags
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
    }
    let image = world.image(
        "ami-seed",
        vec![ResourceId::new("snap-0001")],
        now() - days(8),
    );
    image.name = "web-2026-46".into();
    image.tags.insert("AutoAMI".into(), "true".into());
    world
}

fn adopted(world: &World) -> String {
    let settings = settings(BackupSettings::default());
    shown(&adopt_plan(&world.census(now()), &settings, now()))
}

#[test]
fn what_older_scripts_made_is_taken_on_run_by_run_and_only_once() {
    let mut world = seeded();
    expect![[r#"
        0 ~ put_tags snap-0001,snap-0002 {"skywarden:disks": "2", "skywarden:set": "i-1/20261111T200000Z"} (adopt_set)
        1 ~ put_tags snap-0003,snap-0004 {"skywarden:disks": "2", "skywarden:set": "i-1/20261112T200000Z"} (adopt_set)
        2 ~ put_tags ami-seed {"skywarden:set": "i-1/20261111T200000Z", "skywarden:week": "2026-W46"} (adopt_image)
    "#]].assert_eq(&adopted(&world));
    let settings = settings(BackupSettings::default());
    let plan = adopt_plan(&world.census(now()), &settings, now());
    world.apply(&plan, now(), |_| true);
    assert_eq!(adopted(&world), "");
    assert_eq!(world.days_of("i-1"), ["1111", "1112"]);
}

#[test]
fn what_may_be_a_persons_is_not_taken_on() {
    let mut world = seeded();
    // It was made with the tags of its disk.
    world.snapshots[0].tags.insert("team".into(), "dba".into());
    world.snapshots[1].tags.remove("AutoSnapshot");
    world.snapshots[2].state = CopyState::Failed;
    world.snapshots[3].disk = Some(ResourceId::new("vol-gone"));
    world.images[0].tags.insert("note".into(), "golden".into());
    expect![[r#"
        ? cn-north-1/snap-0004 owner_unknown
    "#]]
    .assert_eq(&adopted(&world));
}
