use expect_test::{Expect, expect};
use model::{ImageUse, ResourceId};

use crate::sample::{Blind, World, days, now, settings, shown};
use crate::settings::BackupSettings;

fn check(world: &World, expected: Expect) {
    let plan = crate::plan(&world.census(now()), &settings(weekly()), now());
    expected.assert_eq(&shown(&plan));
}

fn weekly() -> BackupSettings {
    BackupSettings::of_older_scripts()
}

/// Runs every day from one day to another before now.
fn lived(from: i64, to: i64) -> World {
    let mut world = World::default();
    world.machine("i-1", "web", 2);
    live(&mut world, from, to);
    world
}

fn live(world: &mut World, from: i64, to: i64) {
    for day in from..to {
        let at = now() + days(day);
        let plan = crate::plan(&world.census(at), &settings(weekly()), at);
        world.apply(&plan, at, |_| true);
    }
}

#[test]
fn an_image_is_made_once_a_week_of_the_newest_whole_set_when_there_is_another() {
    let mut world = lived(-1, 0);
    check(
        &world,
        expect![[r#"
        0 + create_set i-1/20261120T200000Z 2 disks (set_due)
    "#]],
    );
    live(&mut world, 0, 1);
    let next = now() + days(1);
    let plan = crate::plan(&world.census(next), &settings(weekly()), next);
    expect![[r#"
        0 + create_set i-1/20261121T200000Z 2 disks (set_due)
        1 + make_image "web-2026-47" of i-1/20261120T200000Z 2 disks (image_due)
    "#]]
    .assert_eq(&shown(&plan));
    live(&mut world, 1, 22);
    let names: Vec<&str> = world.images.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["web-2026-50"]);
}

#[test]
fn an_image_past_its_time_goes_with_the_set_it_held() {
    let world = lived(-16, -4);
    let at = now() - days(4);
    let plan = crate::plan(&world.census(at), &settings(weekly()), at);
    expect![[r#"
        0 + create_set i-1/20261116T200000Z 2 disks (set_due)
        1 - delete_image ami-0012 with [snap-0008,snap-0009] after [0] (image_past)
        2 - delete_snapshot snap-0013 of i-1/20261109T200000Z after [0] (set_past)
        3 - delete_snapshot snap-0014 of i-1/20261109T200000Z after [0] (set_past)
    "#]]
    .assert_eq(&shown(&plan));
}

/// Returns whether the first image goes after a change.
fn goes(change: impl FnOnce(&mut World)) -> bool {
    let mut world = lived(-16, -7);
    let old = world.images[0].id.clone();
    change(&mut world);
    let at = now() - days(7);
    let plan = crate::plan(&world.census(at), &settings(weekly()), at);
    let is_old = |it: &duty::Planned| matches!(&it.step, duty::Step::DeleteImage { image, .. } if *image == old);
    plan.steps.iter().any(is_old)
}

#[test]
fn an_image_that_is_protected_shared_hidden_or_used_stays() {
    assert!(goes(|_| ()));
    for key in [
        "BaseAMI",
        "Autoscalling",
        "AutoScallingAMI",
        "AutoScaling",
        "auto-scaling-ami",
    ] {
        assert!(
            !goes(|it| drop(it.images[0].tags.insert(key.into(), "true".into()))),
            "{key}"
        );
        assert!(goes(|it| drop(
            it.images[0].tags.insert(key.into(), "false".into())
        )));
    }
    assert!(!goes(|it| it.images[0].shared = true));
    assert!(!goes(|it| it.images[0].disabled = true));
    assert!(!goes(|it| it.images[0].held_by = Some("protection".into())));
    assert!(!goes(|it| it.images[0].state = model::CopyState::Pending));
    assert!(!goes(|it| it.images[0].created = None));
    assert!(!goes(|it| drop(it.images[0].tags.remove("AutoAMI"))));
    assert!(!goes(|it| drop(it.images[0].tags.remove("skywarden:set"))));
    assert!(!goes(
        |it| it.machines[0].image = Some(it.images[0].id.clone())
    ));
    assert!(!goes(|it| {
        it.uses.push(ImageUse {
            image: it.images[0].id.clone(),
            user: "lt-1".into(),
        });
    }));
    assert!(!goes(|it| _ = it.blind.insert(Blind::Uses)));
    assert!(!goes(|it| _ = it.blind.insert(Blind::Machines)));
}

#[test]
fn the_newest_image_of_a_machine_stays_however_old_it_is() {
    let mut world = lived(-16, -8);
    world.terminate("i-1");
    live(&mut world, -8, 300);
    assert_eq!(world.images.len(), 1);
    assert_eq!(
        world.days_of("i-1").len(),
        2,
        "the last set, and the image's"
    );
}

#[test]
fn an_image_of_a_name_that_older_scripts_gave_is_the_weeks_image() {
    let mut world = lived(-3, 0);
    world.images.clear();
    let image = world.image("ami-seed", vec![ResourceId::new("snap-x")], now() - days(1));
    image.name = "web-2026-47".into();
    image.tags.insert("AutoAMI".into(), "true".into());
    check(
        &world,
        expect![[r#"
        0 + create_set i-1/20261120T200000Z 2 disks (set_due)
    "#]],
    );
    world.images[0].tags.clear();
    check(
        &world,
        expect![[r#"
        0 + create_set i-1/20261120T200000Z 2 disks (set_due)
        1 + make_image "web-i-1-2026-47" of i-1/20261119T200000Z 2 disks (image_due)
    "#]],
    );
}

#[test]
fn at_the_end_of_a_year_with_a_week_53_each_week_has_one_image() {
    let mut world = World::default();
    world.machine("i-1", "web", 1);
    let mut names = std::collections::BTreeSet::new();
    // From 24 December to 12 January, in the zone of the settings.
    for day in 33..53 {
        live(&mut world, day, day + 1);
        names.extend(world.images.iter().map(|it| it.name.clone()));
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(
        names,
        ["web-2026-52", "web-2026-53", "web-2027-01", "web-2027-02"]
    );
}
