//! Day by day, as a schedule runs it.

use std::fmt::Write as _;

use duty::{Backlog, Limits, Step, guard};
use expect_test::{Expect, expect};
use jiff::SignedDuration;

use super::without_images;
use crate::Keep;
use crate::sample::{World, days, now, settings};
use crate::settings::BackupSettings;

/// Runs once a day, a few seconds off each time, through guards that nobody loosened. Returns what
/// is left, and panics when a guard refuses something.
fn live(
    world: &mut World,
    defaults: &BackupSettings,
    from: i64,
    to: i64,
    mut succeeds: impl FnMut(i64, &Step) -> bool,
) -> String {
    let mut lines = String::new();
    for day in from..to {
        let jitter = SignedDuration::from_secs(day * 7 % 11);
        let at = now() + days(day) + jitter;
        let census = world.census(at);
        let settings = settings(defaults.clone());
        let plan = crate::plan(&census, &settings, at);
        let (approved, refused) = guard(plan, |_| defaults.limits.clone());
        assert!(refused.is_empty(), "day {day}: {refused:?}");
        world.apply(approved.plan(), at, |step| succeeds(day, step));
        _ = writeln!(lines, "{day:>2} {}", world.days_of("i-1").join(" "));
        let later = at + SignedDuration::from_mins(30);
        if (0..2).contains(&day) {
            let again = crate::plan(&world.census(later), &settings, later);
            assert!(again.steps.is_empty() || day == 0, "{again:?}");
        }
    }
    lines
}

fn check(keep: Keep, expected: Expect) {
    let mut world = World::default();
    world.machine("i-1", "web", 2);
    let defaults = BackupSettings {
        keep,
        ..without_images()
    };
    let lines = live(&mut world, &defaults, 0, 36, |_, _| true);
    expected.assert_eq(&lines);
}

#[test]
fn a_week_is_kept_as_the_old_scripts_did_and_never_eight() {
    check(
        Keep::a_week(),
        expect![[r#"
         0 1120
         1 1120 1121
         2 1120 1121 1122
         3 1120 1121 1122 1123
         4 1120 1121 1122 1123 1124
         5 1120 1121 1122 1123 1124 1125
         6 1120 1121 1122 1123 1124 1125 1126
         7 1121 1122 1123 1124 1125 1126 1127
         8 1122 1123 1124 1125 1126 1127 1128
         9 1123 1124 1125 1126 1127 1128 1129
        10 1124 1125 1126 1127 1128 1129 1130
        11 1125 1126 1127 1128 1129 1130 1201
        12 1126 1127 1128 1129 1130 1201 1202
        13 1127 1128 1129 1130 1201 1202 1203
        14 1128 1129 1130 1201 1202 1203 1204
        15 1129 1130 1201 1202 1203 1204 1205
        16 1130 1201 1202 1203 1204 1205 1206
        17 1201 1202 1203 1204 1205 1206 1207
        18 1202 1203 1204 1205 1206 1207 1208
        19 1203 1204 1205 1206 1207 1208 1209
        20 1204 1205 1206 1207 1208 1209 1210
        21 1205 1206 1207 1208 1209 1210 1211
        22 1206 1207 1208 1209 1210 1211 1212
        23 1207 1208 1209 1210 1211 1212 1213
        24 1208 1209 1210 1211 1212 1213 1214
        25 1209 1210 1211 1212 1213 1214 1215
        26 1210 1211 1212 1213 1214 1215 1216
        27 1211 1212 1213 1214 1215 1216 1217
        28 1212 1213 1214 1215 1216 1217 1218
        29 1213 1214 1215 1216 1217 1218 1219
        30 1214 1215 1216 1217 1218 1219 1220
        31 1215 1216 1217 1218 1219 1220 1221
        32 1216 1217 1218 1219 1220 1221 1222
        33 1217 1218 1219 1220 1221 1222 1223
        34 1218 1219 1220 1221 1222 1223 1224
        35 1219 1220 1221 1222 1223 1224 1225
    "#]],
    );
}

#[test]
fn seven_days_and_four_weeks_are_kept_and_no_steady_day_is_refused() {
    check(
        Keep::default(),
        expect![[r#"
         0 1120
         1 1120 1121
         2 1120 1121 1122
         3 1120 1121 1122 1123
         4 1120 1121 1122 1123 1124
         5 1120 1121 1122 1123 1124 1125
         6 1120 1121 1122 1123 1124 1125 1126
         7 1121 1122 1123 1124 1125 1126 1127
         8 1121 1122 1123 1124 1125 1126 1127 1128
         9 1121 1123 1124 1125 1126 1127 1128 1129
        10 1121 1124 1125 1126 1127 1128 1129 1130
        11 1121 1125 1126 1127 1128 1129 1130 1201
        12 1121 1126 1127 1128 1129 1130 1201 1202
        13 1121 1127 1128 1129 1130 1201 1202 1203
        14 1121 1128 1129 1130 1201 1202 1203 1204
        15 1121 1128 1129 1130 1201 1202 1203 1204 1205
        16 1121 1128 1130 1201 1202 1203 1204 1205 1206
        17 1121 1128 1201 1202 1203 1204 1205 1206 1207
        18 1121 1128 1202 1203 1204 1205 1206 1207 1208
        19 1121 1128 1203 1204 1205 1206 1207 1208 1209
        20 1121 1128 1204 1205 1206 1207 1208 1209 1210
        21 1121 1128 1205 1206 1207 1208 1209 1210 1211
        22 1121 1128 1205 1206 1207 1208 1209 1210 1211 1212
        23 1128 1205 1207 1208 1209 1210 1211 1212 1213
        24 1128 1205 1208 1209 1210 1211 1212 1213 1214
        25 1128 1205 1209 1210 1211 1212 1213 1214 1215
        26 1128 1205 1210 1211 1212 1213 1214 1215 1216
        27 1128 1205 1211 1212 1213 1214 1215 1216 1217
        28 1128 1205 1212 1213 1214 1215 1216 1217 1218
        29 1128 1205 1212 1213 1214 1215 1216 1217 1218 1219
        30 1205 1212 1214 1215 1216 1217 1218 1219 1220
        31 1205 1212 1215 1216 1217 1218 1219 1220 1221
        32 1205 1212 1216 1217 1218 1219 1220 1221 1222
        33 1205 1212 1217 1218 1219 1220 1221 1222 1223
        34 1205 1212 1218 1219 1220 1221 1222 1223 1224
        35 1205 1212 1219 1220 1221 1222 1223 1224 1225
    "#]],
    );
}

#[test]
fn ten_days_of_failing_creates_let_nothing_go() {
    let mut world = World::default();
    world.machine("i-1", "web", 2);
    let defaults = BackupSettings {
        keep: Keep::a_week(),
        ..without_images()
    };
    live(&mut world, &defaults, 0, 12, |_, _| true);
    let before = world.days_of("i-1");
    // Not even when a person lets the backlog go.
    let defaults = letting_go(defaults);
    let is_create = |step: &Step| matches!(step, Step::CreateSet { .. });
    live(&mut world, &defaults, 12, 22, |_, step| !is_create(step));
    assert_eq!(world.days_of("i-1"), before);
}

#[test]
fn sets_that_come_to_nothing_let_nothing_go_but_themselves() {
    let mut world = World::default();
    world.machine("i-1", "web", 2);
    let defaults = letting_go(BackupSettings {
        keep: Keep::a_week(),
        ..without_images()
    });
    live(&mut world, &defaults, 0, 12, |_, _| true);
    let before = world.days_of("i-1");
    for day in 12..22 {
        let mut begun = None;
        live(&mut world, &defaults, day, day + 1, |_, step| match step {
            Step::CreateSet { .. } => {
                begun = Some(step.clone());
                false
            }
            _ => true,
        });
        // It was begun, and failed afterwards.
        let there = world.snapshots.len();
        world.run(&begun.unwrap(), now() + days(day));
        for snapshot in &mut world.snapshots[there..] {
            snapshot.state = model::CopyState::Failed;
        }
        assert_eq!(world.days_of("i-1"), before);
    }
    assert_eq!(
        world.snapshots.len(),
        2 * (7 + 1),
        "those of earlier days went"
    );
}

/// Returns settings of which a person said that the backlog may go.
fn letting_go(defaults: BackupSettings) -> BackupSettings {
    BackupSettings {
        limits: Limits {
            backlog: Backlog::Once,
            ..Limits::default()
        },
        ..defaults
    }
}

#[test]
fn a_machine_terminated_by_mistake_has_its_copies_for_thirty_days_and_its_last_one_for_ever() {
    let mut world = World::default();
    world.machine("i-1", "web", 2);
    world.machine("i-2", "db", 1);
    let defaults = BackupSettings {
        keep: Keep::a_week(),
        ..without_images()
    };
    live(&mut world, &defaults, 0, 10, |_, _| true);
    let before = world.days_of("i-1");
    assert_eq!(before.len(), 7);
    world.terminate("i-1");
    live(&mut world, &defaults, 10, 39, |_, _| true);
    assert_eq!(world.days_of("i-1"), before, "29 days later");
    live(&mut world, &defaults, 39, 60, |_, _| true);
    assert_eq!(world.days_of("i-1"), ["1129"]);
    live(&mut world, &defaults, 60, 400, |_, _| true);
    assert_eq!(world.days_of("i-1"), ["1129"]);
    assert_eq!(world.days_of("i-2").len(), 7);
}

#[test]
fn clocks_that_are_put_forward_and_back_make_neither_two_sets_of_a_day_nor_none() {
    for (zone, first) in [
        ("America/New_York", "2026-03-05"),
        ("America/New_York", "2026-10-29"),
    ] {
        let mut world = World::default();
        world.machine("i-1", "web", 1);
        let defaults = BackupSettings {
            every: crate::Cadence::parse("0 30 2 * * *").unwrap(),
            timezone: jiff::tz::TimeZone::get(zone).unwrap(),
            keep: Keep {
                last: 30,
                ..Keep::nothing()
            },
            ..without_images()
        };
        let settings = settings(defaults);
        // Every twenty minutes for a week, as a schedule that looks often.
        let mut at = crate::sample::at(&format!("{first}T12:00:00Z"));
        for _ in 0..(7 * 24 * 3) {
            let plan = crate::plan(&world.census(at), &settings, at);
            world.apply(&plan, at, |_| true);
            at += SignedDuration::from_mins(20);
        }
        // One at once, and one for each of the seven nights.
        assert_eq!(world.snapshots.len(), 8, "{first}");
    }
}
