//! Days as people count them: by the calendar of their zone, never by 24 hours.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Returns the calendar day on which an instant falls.
#[must_use]
pub fn day_of(instant: Timestamp, zone: &TimeZone) -> Date {
    zone.to_datetime(instant).date()
}

/// Returns how many midnights lie between now and an end: 0 today, 1 tomorrow, −1 yesterday.
#[must_use]
pub fn days_left(now: Timestamp, end: Timestamp, zone: &TimeZone) -> i64 {
    day_of(end, zone)
        .duration_since(day_of(now, zone))
        .as_hours()
        / 24
}

#[cfg(test)]
mod tests {
    use jiff::tz;
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn check(now: &str, end: &str, zone: &TimeZone, days: i64) {
        assert_eq!(days_left(at(now), at(end), zone), days, "{now} to {end}");
    }

    #[test]
    fn days_are_counted_by_the_calendar_of_the_zone() {
        let china = TimeZone::fixed(tz::offset(8));
        // Midnight in China is 16:00 UTC of the day before.
        check("2023-12-08T16:00:00Z", "2023-12-15T16:00:00Z", &china, 7);
        check("2023-12-09T15:59:59Z", "2023-12-15T16:00:00Z", &china, 7);
        check("2023-12-09T16:00:00Z", "2023-12-15T16:00:00Z", &china, 6);
        check("2023-12-09T15:59:59Z", "2023-12-09T16:00:00Z", &china, 1);
        check("2023-12-09T16:00:00Z", "2023-12-10T15:59:59Z", &china, 0);
        check("2023-12-10T16:00:00Z", "2023-12-10T15:59:59Z", &china, -1);
    }

    #[test]
    fn a_short_or_long_day_is_one_day() {
        let new_york = TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap();
        // 23 hours on March 8 and 25 hours on November 1 of 2026.
        check("2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", &new_york, 1);
        check("2026-03-08T05:00:00Z", "2026-03-09T03:59:59Z", &new_york, 0);
        check("2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", &new_york, 1);
        check("2026-11-01T04:00:00Z", "2026-11-02T04:59:59Z", &new_york, 0);
    }

    #[test]
    fn a_leap_day_and_a_year_end_count() {
        let utc = TimeZone::UTC;
        check("2028-02-28T12:00:00Z", "2028-03-01T00:00:00Z", &utc, 2);
        check("2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z", &utc, 1);
    }

    proptest! {
        #[test]
        fn another_zone_shifts_the_days_left_by_one_at_most(
            now in 0_i64..4_000_000_000,
            ahead in -40_000_000_i64..40_000_000,
            here in -12_i8..=14,
            there in -12_i8..=14,
        ) {
            let now = Timestamp::from_second(now).unwrap();
            let end = Timestamp::from_second(now.as_second() + ahead).unwrap();
            let left = |hours| days_left(now, end, &TimeZone::fixed(tz::offset(hours)));
            prop_assert!((left(here) - left(there)).abs() <= 1);
        }

        #[test]
        fn days_left_never_rise_while_time_passes(
            now in 0_i64..4_000_000_000,
            later in 0_i64..10_000_000,
            ahead in -40_000_000_i64..40_000_000,
        ) {
            let zone = TimeZone::fixed(tz::offset(8));
            let end = Timestamp::from_second(now + ahead).unwrap();
            let left = |second| days_left(Timestamp::from_second(second).unwrap(), end, &zone);
            prop_assert!(left(now + later) <= left(now));
        }
    }
}
