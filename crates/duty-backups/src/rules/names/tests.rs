use jiff::tz;

use super::*;
use crate::sample::{World, at};

fn week_at(text: &str) -> String {
    Week::of(at(text), &TimeZone::fixed(tz::offset(8))).to_string()
}

#[test]
fn the_week_is_that_of_the_iso_year_in_its_zone() {
    assert_eq!(week_at("2026-12-31T04:00:00Z"), "2026-W53");
    assert_eq!(week_at("2027-01-01T04:00:00Z"), "2026-W53");
    assert_eq!(week_at("2027-01-03T15:59:59Z"), "2026-W53");
    assert_eq!(week_at("2027-01-03T16:00:00Z"), "2027-W01");
    assert_eq!(week_at("2025-12-29T04:00:00Z"), "2026-W01");
}

#[test]
fn a_week_is_read_with_and_without_its_zero() {
    let read = |name: &str| Week::split(name).map(|(base, week)| format!("{base} {week}"));
    assert_eq!(read("web-1-2026-7").as_deref(), Some("web-1 2026-W07"));
    assert_eq!(read("web-1-2026-07").as_deref(), Some("web-1 2026-W07"));
    assert_eq!(read("-2026-53").as_deref(), Some(" 2026-W53"));
    for name in [
        "web",
        "web-7",
        "web-2026-54",
        "web-2026-0",
        "web-26-07",
        "w-2026-007",
    ] {
        assert_eq!(read(name), None, "{name}");
    }
}

/// Names the images of machines that are called so, in a region with images of these names.
fn named(machines: &[(&str, &str)], taken: &[&str], longest: usize) -> Vec<String> {
    let mut world = World::default();
    for (id, name) in machines {
        world.machine(id, name, 1);
    }
    let machines: Vec<&Machine> = world.machines.iter().collect();
    let week = Week::split("x-2026-7").unwrap().1;
    let mut namer = Namer::new(&machines, taken.iter().copied(), longest);
    let name = |it: &&Machine| namer.name(it, week).unwrap_or("none".into());
    machines.iter().map(name).collect()
}

#[test]
fn a_name_is_mapped_and_told_from_others_by_the_tail_of_the_id() {
    let names = named(
        &[
            ("i-0123456789abcdef0", "web-1"),
            ("i-0123456789abcdef1", "数据库"),
            ("i-0123456789abcdef2", ""),
            ("i-0123456789abcdef3", "twin"),
            ("i-0123456789abcdef4", "twin"),
            ("i-0123456789abcdef5", "a:b"),
            ("i-0123456789abcdef6", "taken"),
        ],
        &["taken-2026-07"],
        128,
    );
    assert_eq!(
        names,
        [
            "web-1-2026-07",
            "m----9abcdef1-2026-07",
            "m-9abcdef2-2026-07",
            "twin-9abcdef3-2026-07",
            "twin-9abcdef4-2026-07",
            "a-b-9abcdef5-2026-07",
            "taken-9abcdef6-2026-07",
        ]
    );
}

#[test]
fn a_name_that_is_too_long_is_cut_and_every_name_can_be_taken() {
    let long = "x".repeat(200);
    let names = named(&[("i-00000000000000001", &long)], &[], 40);
    assert_eq!(names, ["xxxxxxxxxxxxxxxxxxxxxxx-00000001-2026-07"]);
    let taken = ["a-2026-07", "a-00000001-2026-07", "a-i-00000001-2026-07"];
    assert_eq!(named(&[("i-00000001", "a")], &taken, 128), ["none"]);
}
