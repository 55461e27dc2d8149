use expect_test::{Expect, expect};

use super::*;

fn moments(days: &[&str]) -> Vec<Moment> {
    let moment = |it: &&str| {
        let text = if it.contains('T') {
            (*it).to_owned()
        } else {
            format!("{it}T04:00:00")
        };
        let at: Timestamp = format!("{text}Z").parse().unwrap();
        Moment { period: at, at }
    };
    days.iter().map(moment).collect()
}

/// Says which of the days stay; the newest comes first.
fn check(days: &[&str], keep: Keep, expected: Expect) {
    let stays = kept(&moments(days), &keep, HOUR, &TimeZone::UTC);
    let lines = days.iter().zip(stays);
    let lines = lines.map(|(day, stays)| format!("{} {day}\n", if stays { "+" } else { "-" }));
    expected.assert_eq(&lines.collect::<String>());
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);

const NOTHING: Keep = Keep {
    last: 0,
    hourly: 0,
    daily: 0,
    weekly: 0,
    monthly: 0,
    within: None,
    at_least: 0,
};

/// Over the end of a year with a week 53.
const WINTER: [&str; 9] = [
    "2027-01-11",
    "2027-01-05",
    "2027-01-04",
    "2027-01-03",
    "2027-01-01",
    "2026-12-31",
    "2026-12-28",
    "2026-12-27",
    "2026-11-30",
];

#[test]
fn each_word_keeps_the_newest_of_each_of_its_spans() {
    check(
        &WINTER,
        Keep {
            weekly: 3,
            ..NOTHING
        },
        expect![[r#"
            + 2027-01-11
            + 2027-01-05
            - 2027-01-04
            + 2027-01-03
            - 2027-01-01
            - 2026-12-31
            - 2026-12-28
            - 2026-12-27
            - 2026-11-30
        "#]],
    );
    check(
        &WINTER,
        Keep {
            monthly: 3,
            last: 2,
            ..NOTHING
        },
        expect![[r#"
            + 2027-01-11
            + 2027-01-05
            - 2027-01-04
            - 2027-01-03
            - 2027-01-01
            + 2026-12-31
            - 2026-12-28
            - 2026-12-27
            + 2026-11-30
        "#]],
    );
}

#[test]
fn days_without_a_set_do_not_count_and_a_day_with_several_keeps_its_newest() {
    check(
        &[
            "2026-11-20T20:00:00",
            "2026-11-20T12:00:00",
            "2026-11-18",
            "2026-11-11",
            "2026-11-01",
        ],
        Keep {
            daily: 3,
            ..NOTHING
        },
        expect![[r#"
            + 2026-11-20T20:00:00
            - 2026-11-20T12:00:00
            + 2026-11-18
            + 2026-11-11
            - 2026-11-01
        "#]],
    );
    check(
        &[
            "2026-11-20T12:40:00",
            "2026-11-20T12:10:00",
            "2026-11-20T09:00:00",
        ],
        Keep {
            hourly: 2,
            ..NOTHING
        },
        expect![[r#"
            + 2026-11-20T12:40:00
            - 2026-11-20T12:10:00
            + 2026-11-20T09:00:00
        "#]],
    );
}

#[test]
fn a_week_is_seven_sets_although_no_two_runs_begin_at_one_second() {
    let week = Keep {
        within: Some(SignedDuration::from_hours(168)),
        ..NOTHING
    };
    check(
        &[
            "2026-11-21T04:00:05",
            "2026-11-15T04:00:09",
            "2026-11-14T04:00:10",
            "2026-11-13T04:00:02",
        ],
        week,
        expect![[r#"
            + 2026-11-21T04:00:05
            + 2026-11-15T04:00:09
            - 2026-11-14T04:00:10
            - 2026-11-13T04:00:02
        "#]],
    );
}

#[test]
fn within_counts_back_from_the_newest_set_and_at_least_outlasts_every_word() {
    let hour = Keep {
        within: Some(HOUR),
        at_least: 2,
        ..NOTHING
    };
    check(
        &["2020-01-03", "2020-01-02", "2020-01-01"],
        hour,
        expect![[r#"
            + 2020-01-03
            + 2020-01-02
            - 2020-01-01
        "#]],
    );
}

#[test]
fn without_a_word_everything_stays() {
    let stays = kept(&moments(&WINTER), &NOTHING, HOUR, &TimeZone::UTC);
    assert_eq!(stays, [true; WINTER.len()]);
    assert!(kept(&[], &Keep::default(), HOUR, &TimeZone::UTC).is_empty());
}
