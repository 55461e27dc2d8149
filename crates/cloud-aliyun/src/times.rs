//! Reads the cloud's many ways to write a time.
//!
//! Every product has its own: `2024-03-21T05:46Z` (machines, to the minute), `2024-04-16T02:10:57Z`
//! (billing, sessions), `+08:00` (containers), milliseconds since 1970 (certificates, domains),
//! `2022-11-17` (certificates), `Nov 02,2019 04:00:45` and `2019-11-02 04:00:45` (domains).
//! A time without a zone is Beijing's.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::offset;
use jiff::{SignedDuration, Timestamp};
use model::Expiry;

use crate::decode::{Loose, trimmed};

/// From 2099-01-01 on an end means "never": ECS writes 2099-12-31, disks and billing 2999-09-08/09.
const NEVER_FROM: Timestamp = Timestamp::constant(4_070_908_800, 0);

/// Returns the instant `text` names, in whichever form it is written.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    let text = trimmed(text);
    if let Some(instant) = plain(text) {
        return Some(instant);
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    if text.bytes().all(|it| it.is_ascii_digit()) {
        return milliseconds(text.parse().ok()?);
    }
    let naked = [
        DateTime::strptime("%Y-%m-%d %H:%M:%S", text),
        DateTime::strptime("%Y-%m-%dT%H:%M:%S", text),
        DateTime::strptime("%b %d,%Y %H:%M:%S", text),
        DateTime::strptime("%b %d, %Y %H:%M:%S", text),
    ];
    naked.into_iter().flatten().next().and_then(beijing)
}

/// Returns the instant that is written `2024-04-16T02:10:57Z` or `2024-04-16T02:10Z`, as in nearly
/// all rows: the general reader takes many times as long.
fn plain(text: &str) -> Option<Timestamp> {
    let (digits, zone) = text
        .as_bytes()
        .split_at_checked(text.len().checked_sub(1)?)?;
    let second = match digits {
        [.., b':', _, _] if digits.len() == 19 => number(digits, 17, 2)?,
        _ if digits.len() == 16 => 0,
        _ => return None,
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':')];
    if zone != b"Z" || marks.iter().any(|(at, mark)| digits.get(*at) != Some(mark)) {
        return None;
    }
    let small = |at| i8::try_from(number(digits, at, 2)?).ok();
    let date = Date::new(number(digits, 0, 4)?, small(5)?, small(8)?).ok()?;
    let time = Time::new(small(11)?, small(14)?, i8::try_from(second).ok()?, 0).ok()?;
    offset(0).to_timestamp(date.to_datetime(time)).ok()
}

/// Returns the number that stands at a place in `many` digits.
fn number(text: &[u8], at: usize, many: usize) -> Option<i16> {
    let mut digits = text.get(at..at + many)?.iter();
    digits.try_fold(0, |sum: i16, it| {
        let digit = it.is_ascii_digit().then(|| i16::from(it - b'0'))?;
        Some(sum * 10 + digit)
    })
}

/// Returns the instant of milliseconds since 1970; zero and less stand for "not said".
pub(crate) fn milliseconds(since_1970: i64) -> Option<Timestamp> {
    if since_1970 <= 0 {
        return None;
    }
    Timestamp::from_millisecond(since_1970).ok()
}

/// Returns the instant a field names, as text or as milliseconds.
pub(crate) fn instant_of(field: &Loose<'_>) -> Option<Timestamp> {
    match field {
        Loose::Text(text) => instant(text),
        Loose::Whole(number) => milliseconds(*number),
        Loose::Absent | Loose::Flag(_) | Loose::Fraction(_) => None,
    }
}

/// Returns the first moment of a day `YYYY-MM-DD` in Beijing.
pub(crate) fn start_of_day(text: &str) -> Option<Timestamp> {
    beijing(
        text.trim()
            .parse::<Date>()
            .ok()?
            .to_datetime(Time::midnight()),
    )
}

/// Returns the last second of a day `YYYY-MM-DD` in Beijing.
///
/// Where only a day is known, its end keeps the day's number right in every zone from Beijing west
/// to the Atlantic, and never calls expired what still works.
pub(crate) fn end_of_day(text: &str) -> Option<Timestamp> {
    let start = start_of_day(text)?;
    start.checked_add(SignedDuration::from_secs(86_399)).ok()
}

/// Returns an end: a far one is none at all, and one that cannot be read is unknown.
pub(crate) fn expiry(end: Option<Timestamp>) -> Expiry {
    match end {
        Some(end) if end >= NEVER_FROM => Expiry::Never,
        Some(end) => Expiry::At(end),
        None => Expiry::Unknown,
    }
}

fn beijing(naked: DateTime) -> Option<Timestamp> {
    offset(8).to_timestamp(naked).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_the_cloud_writes_is_read() {
        for (text, expected) in [
            ("2024-03-21T05:46Z", "2024-03-21T05:46:00Z"),
            ("2024-04-16T02:10:57Z", "2024-04-16T02:10:57Z"),
            ("2020-08-25T11:25:35+08:00", "2020-08-25T03:25:35Z"),
            ("20190409T121826.922+0800", "2019-04-09T04:18:26.922Z"),
            ("Nov 02,2019 04:00:45", "2019-11-01T20:00:45Z"),
            ("2019-11-02 04:00:45", "2019-11-01T20:00:45Z"),
            ("1665819958000", "2022-10-15T07:45:58Z"),
            (" 2024-04-16T02:10:57Z\n", "2024-04-16T02:10:57Z"),
        ] {
            assert_eq!(
                instant(text).map(|it| it.to_string()).as_deref(),
                Some(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn the_plain_form_means_what_the_general_reader_says() {
        for second in (-2_000_000_000_i64..40_000_000_000).step_by(86_399_171) {
            let instant = Timestamp::from_second(second).unwrap();
            let whole = instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            assert_eq!(plain(&whole), Some(instant), "{whole}");
            let short = instant.strftime("%Y-%m-%dT%H:%MZ").to_string();
            assert_eq!(plain(&short), short.parse().ok(), "{short}");
        }
        for other in [
            "",
            "Z",
            "2024-02-30T02:10:57Z",
            "2024-04-16T02:10:57+",
            "2024-04-16 02:10:57Z",
            "2024-04-16T02-10:57Z",
            "2024-04-16T02:10-57Z",
            "2024-04-16T02:1é57Z",
            "2024-04-16T24:10Z",
        ] {
            assert_eq!(plain(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "0",
            "-",
            "never",
            "0000-00-00",
            "2024-13-01T00:00:00Z",
            "99999999999999999999",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
        assert_eq!(milliseconds(-1), None);
    }

    #[test]
    fn sentinels_mean_never_and_the_unreadable_is_unknown() {
        for text in [
            "2099-12-31T15:59Z",
            "2099-12-31T23:59:00+08:00",
            "2999-09-08T16:00Z",
        ] {
            assert_eq!(expiry(instant(text)), Expiry::Never, "{text}");
        }
        assert_eq!(expiry(instant("2999-09-09T16:00:00Z")), Expiry::Never);
        assert!(matches!(
            expiry(instant("2098-12-31T15:59:00Z")),
            Expiry::At(_)
        ));
        assert_eq!(expiry(None), Expiry::Unknown);
    }

    #[test]
    fn a_day_is_beijings_from_its_first_to_its_last_second() {
        assert_eq!(
            start_of_day("2022-11-17").unwrap().to_string(),
            "2022-11-16T16:00:00Z"
        );
        assert_eq!(
            end_of_day("2022-11-17").unwrap().to_string(),
            "2022-11-17T15:59:59Z"
        );
        assert_eq!(end_of_day("17.11.2022"), None);
    }
}
