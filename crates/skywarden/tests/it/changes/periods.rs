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
    // In New York, clocks go from 02:00 to 03:00 on 14 March, and from 02:00 to 01:00 on 7 November 2027.
    for (every, month, day) in [("0 30 2 * * *", 3, 13), ("0 30 1 * * *", 11, 6)] {
        let tables = format!(
            "[backups]\nmode = \"apply\"\nimage = \"off\"\nevery = \"{every}\"\n\
             timezone = \"America/New_York\"\nkeep = {{ last = 99 }}"
        );
        let scene = scene(1, &tables);
        let look = |day: i32, time: &str| {
            until(&scene, &format!("2027-{month:02}-{day:02}T{time}Z"));
            apply(&scene).len()
        };
        assert_eq!(look(day, "12:00:00"), 1, "the first one, at once");
        for night in day + 1..day + 4 {
            // Around each hour that may be the one.
            let looks = ["05:45:00", "06:45:00", "07:45:00", "12:00:00"];
            let made: usize = looks.iter().map(|it| look(night, it)).sum();
            assert_eq!(made, 1, "{every}, night of {night}");
        }
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
