//! When a set is due: once in each period of a cron expression.

use std::fmt;
use std::str::FromStr as _;

use croner::Cron;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// When a set is due.
#[derive(Clone)]
pub struct Cadence {
    text: String,
    cron: Cron,
}

/// Why a text is no cadence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a schedule like \"0 0 4 * * *\": {why}")]
pub struct BadCadence {
    /// What stood there.
    pub text: String,
    /// Why it is none.
    pub why: String,
}

/// From one firing of a cadence to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// When it began; in whole seconds.
    pub start: Timestamp,
    /// When the next one begins.
    pub end: Timestamp,
}

/// How many firings between a moment and the one before it are looked at; they are found where
/// clocks are put forward or back, and there are few.
const NEARBY: usize = 64;

impl Cadence {
    /// Reads a cron expression of five fields, or of six with the seconds first.
    ///
    /// # Errors
    ///
    /// When it is none, or names a moment that never comes.
    pub fn parse(text: &str) -> Result<Self, BadCadence> {
        let bad = |why: String| BadCadence {
            text: text.to_owned(),
            why,
        };
        let cron = Cron::from_str(text).map_err(|error| bad(error.to_string()))?;
        let cadence = Self {
            text: text.to_owned(),
            cron,
        };
        // Any moment will do: a date such as 30 February never comes.
        let start = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 366 * 54);
        let period = cadence.period(start, &TimeZone::UTC);
        period.ok_or_else(|| bad("it names a moment that never comes".to_owned()))?;
        Ok(cadence)
    }

    /// Returns the expression as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the period that `now` is in, in a zone; `None` when it never fires around then.
    ///
    /// A firing in an hour that clocks leave out is where the schedule puts it, and one in an hour
    /// that comes twice is one.
    #[must_use]
    pub fn period(&self, now: Timestamp, zone: &TimeZone) -> Option<Period> {
        let whole = Timestamp::from_second(now.as_second()).ok()?;
        let at = whole.to_zoned(zone.clone());
        let mut start = self.cron.find_previous_occurrence(&at, true).ok()?;
        // Looking back may pass a firing that looking forward finds, and the schedule looks forward.
        for _ in 0..NEARBY {
            let next = self.cron.find_next_occurrence(&start, false).ok()?;
            if next.timestamp() > whole {
                return Some(Period {
                    start: start.timestamp(),
                    end: next.timestamp(),
                });
            }
            if next.timestamp() <= start.timestamp() {
                return None;
            }
            start = next;
        }
        None
    }
}

impl Default for Cadence {
    /// Returns four in the morning, when little is written.
    fn default() -> Self {
        Self::parse("0 0 4 * * *").expect("a literal is a schedule")
    }
}

impl PartialEq for Cadence {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Cadence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(every: &str, zone: &str, now: &str, start: &str, end: &str) {
        let zone = TimeZone::get(zone).unwrap();
        let now: Timestamp = now.parse().unwrap();
        let period = Cadence::parse(every).unwrap().period(now, &zone).unwrap();
        let shown = |it: Timestamp| it.to_string();
        assert_eq!(
            (shown(period.start), shown(period.end)),
            (start.to_owned(), end.to_owned()),
            "{every} {now}"
        );
        assert!(period.start <= now && now < period.end);
    }

    #[test]
    fn a_period_begins_at_the_last_firing_in_its_zone() {
        let daily = "0 0 4 * * *";
        let china = "Asia/Shanghai";
        let (before, at, after) = (
            "2026-11-20T19:59:59.999Z",
            "2026-11-20T20:00:00Z",
            "2026-11-21T10:00:00Z",
        );
        let (first, second, third) = (
            "2026-11-19T20:00:00Z",
            "2026-11-20T20:00:00Z",
            "2026-11-21T20:00:00Z",
        );
        check(daily, china, before, first, second);
        check(daily, china, at, second, third);
        check(daily, china, after, second, third);
        check("0 4 * * *", china, after, second, third);
        check(
            "0 0 4 * * 0",
            china,
            "2026-11-21T10:00:00Z",
            "2026-11-14T20:00:00Z",
            "2026-11-21T20:00:00Z",
        );
    }

    #[test]
    fn an_hour_that_is_left_out_or_comes_twice_is_one_period() {
        // Clocks in New York go from two to three on 8 March, and from two to one on 1 November.
        let zone = "America/New_York";
        let half_past_two = "0 30 2 * * *";
        let zoned = TimeZone::get(zone).unwrap();
        let cadence = Cadence::parse(half_past_two).unwrap();
        let mut starts = Vec::new();
        let mut now: Timestamp = "2026-03-06T12:00:00Z".parse().unwrap();
        let end: Timestamp = "2026-03-11T12:00:00Z".parse().unwrap();
        while now < end {
            starts.push(cadence.period(now, &zoned).unwrap().start);
            now += SignedDuration::from_mins(7);
        }
        assert!(starts.is_sorted());
        starts.dedup();
        assert_eq!(starts.len(), 6, "{starts:?}");
        let half_past_one = "0 30 1 * * *";
        let (first, next) = ("2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z");
        check(half_past_one, zone, "2026-11-01T05:30:00Z", first, next);
        check(half_past_one, zone, "2026-11-01T06:30:00Z", first, next);
        check(half_past_one, zone, "2026-11-01T07:30:00Z", first, next);
    }

    #[test]
    fn what_is_no_cadence_says_so() {
        for text in ["", "every day", "0 0 25 * * *", "0 0 0 30 2 *"] {
            let error = Cadence::parse(text).unwrap_err();
            assert!(error.to_string().contains("is not a schedule"), "{error}");
        }
    }
}
