//! When a set and an image are due: at the end of a year, where clocks are changed, and by which zone.

use cloudsim::world::deeds::{Act, Sort};
use jiff::{SignedDuration, Timestamp};

use super::{DATA, REGION, json, scene, steps};
use crate::scene::Scene;

const APPLY: [&str; 5] = ["apply", "backups", "--yes", "-o", "json"];
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Lets time go by until `at`.
#[track_caller]
fn until(scene: &Scene, at: &str) {
    let at: Timestamp = at.parse().unwrap();
    let by = at.duration_since(scene.sim.world().now());
    assert!(by.is_positive(), "{at} is past");
    scene.go_by(by);
}

#[track_caller]
fn apply(scene: &Scene) -> Vec<String> {
    let said = scene.run(&APPLY);
    assert_eq!(said.code, 0, "{said}");
    steps(&json(&said))
}

fn images(scene: &Scene) -> Vec<String> {
    let held = scene.sim.world().truth(DATA, REGION);
    let mut names: Vec<String> = held.images.iter().map(|it| it.name.clone()).collect();
    names.sort();
    names
}

#[test]
fn the_week_that_ends_a_year_and_the_one_that_begins_the_next_have_one_image_each() {
    let tables = "[backups]\nmode = \"apply\"\nimage = \"weekly\"\ntimezone = \"Asia/Shanghai\"";
    let scene = scene(1, tables);
    // 2026 has a week 53: from Monday, 28 December, to Sunday, 3 January.
    until(&scene, "2026-12-24T21:00:00Z");
    for _ in 0..12 {
        apply(&scene);
        scene.go_by(HOUR * 24);
    }
    let made = ["web-1-2026-52", "web-1-2026-53", "web-1-2027-01"];
    assert_eq!(images(&scene), made);
    let world = scene.sim.world();
    assert_eq!(world.done(Act::Created, Sort::Image).len(), 3);
    assert_eq!(world.done(Act::Deleted, Sort::Image), [""; 0]);
}

#[test]
fn a_night_whose_hour_comes_twice_and_one_whose_hour_is_left_out_have_one_set_each() {
    // Clocks go forward at 02:00 on 14 March and back at 02:00 on 7 November 2027.
    for (first, sets) in [("2027-03-13T12:00:00Z", 4), ("2027-11-06T12:00:00Z", 4)] {
        let tables = "[backups]\nmode = \"apply\"\nimage = \"off\"\nevery = \"0 30 2 * * *\"\n\
                      timezone = \"America/New_York\"\nkeep = { last = 99 }";
        let scene = scene(1, tables);
        until(&scene, first);
        // One at once, and one for each of the three nights, however often one looks.
        for _ in 0..(3 * 12) {
            apply(&scene);
            scene.go_by(HOUR * 2);
        }
        let made = scene.sim.world().done(Act::Created, Sort::Snapshot).len();
        assert_eq!(made, 2 * sets, "from {first}");
    }
}

#[test]
fn a_day_begins_where_the_zone_says() {
    let tables = |zone: &str| {
        format!(
            "[backups]\nmode = \"apply\"\nimage = \"off\"\nevery = \"0 0 4 * * *\"\ntimezone = \"{zone}\""
        )
    };
    // Four in the morning in China is eight in the evening of the day before in Greenwich.
    for (zone, due) in [
        ("Asia/Shanghai", "2026-11-22T20:01:00Z"),
        ("UTC", "2026-11-23T04:01:00Z"),
    ] {
        let scene = scene(1, &tables(zone));
        until(&scene, "2026-11-22T19:50:00Z");
        assert_eq!(apply(&scene).len(), 1);
        assert_eq!(apply(&scene), [""; 0], "the same period");
        let at: Timestamp = due.parse().unwrap();
        let early = at - SignedDuration::from_mins(2);
        if early > scene.sim.world().now() {
            until(&scene, &early.to_string());
            assert_eq!(apply(&scene), [""; 0], "{zone}: too early");
        }
        until(&scene, due);
        assert_eq!(apply(&scene).len(), 1, "{zone}: the next period");
    }
}
