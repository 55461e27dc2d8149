use expect_test::{Expect, expect};

use super::*;
use crate::sample::{World, days, now, settings, shown};
use crate::settings::{BackupSettings, ImageRhythm};

fn without_images() -> BackupSettings {
    BackupSettings {
        image: ImageRhythm::Off,
        ..BackupSettings::default()
    }
}

fn check(world: &World, defaults: BackupSettings, expected: Expect) {
    let plan = plan(&world.census(now()), &settings(defaults), now());
    expected.assert_eq(&shown(&plan));
}

#[test]
fn a_machine_gets_one_set_a_period_of_all_its_disks() {
    let mut world = World::default();
    world.machine("i-2", "db", 3);
    world.machine("i-1", "web", 1);
    world.machine("i-3", "off", 1).state = model::MachineState::Stopped;
    world.machine("i-4", "untagged", 1).tags.clear();
    check(
        &world,
        without_images(),
        expect![[r#"
            0 + create_set i-1/20261120T200000Z 1 disks (set_due)
            1 + create_set i-2/20261120T200000Z 3 disks (set_due)
        "#]],
    );
    let first = plan(&world.census(now()), &settings(without_images()), now());
    world.apply(&first, now(), |_| true);
    let later = now() + jiff::SignedDuration::from_hours(23);
    let again = plan(&world.census(later), &settings(without_images()), later);
    assert_eq!(shown(&again), "");
}

#[test]
fn what_is_past_goes_after_what_replaces_it() {
    let mut world = World::default();
    world.machine("i-1", "web", 2);
    for day in 1..=9 {
        world.set("i-1", now() - days(day));
    }
    check(
        &world,
        BackupSettings {
            keep: crate::Keep::a_week(),
            ..without_images()
        },
        expect![[r#"
            0 + create_set i-1/20261120T200000Z 2 disks (set_due)
            1 - delete_snapshot snap-0017 of i-1/20261111T200000Z after [0] (set_past)
            2 - delete_snapshot snap-0018 of i-1/20261111T200000Z after [0] (set_past)
            3 - delete_snapshot snap-0015 of i-1/20261112T200000Z after [0] (set_past)
            4 - delete_snapshot snap-0016 of i-1/20261112T200000Z after [0] (set_past)
            5 - delete_snapshot snap-0013 of i-1/20261113T200000Z after [0] (set_past)
            6 - delete_snapshot snap-0014 of i-1/20261113T200000Z after [0] (set_past)
        "#]],
    );
}

mod abroad;
mod bad_days;
mod images;
mod keys;
mod properties;
mod thirty_days;
