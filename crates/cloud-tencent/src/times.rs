//! Reads the cloud's many ways to write a time: one parser for all products.
//!
//! `2022-09-06T03:07:37Z` (machines, addresses), `2022-08-30 14:24:09` in UTC+8 whatever the region
//! (disks, databases, certificates), Go's `2023-08-17 20:47:35 +0800 CST` (clusters of today's API),
//! `2022-11-17` (domains), seconds since 1970 (queues, sessions). `0000-00-00 00:00:00`, and dates
//! before the cloud was, stand for none.
//!
//! Invariant: an end means something only where a thing is paid in advance: some products write an
//! end a month after the begin for what is paid by use. The charge is asked first.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::offset;
use jiff::{SignedDuration, Timestamp, Zoned};
use model::{Charge, Expiry};

use crate::decode::Loose;

/// From 2099-01-01 on an end means "never".
const NEVER_FROM: Timestamp = Timestamp::constant(4_070_908_800, 0);
/// Nothing of this cloud is older than 2005-01-01.
const EARLIEST: Timestamp = Timestamp::constant(1_104_537_600, 0);

/// Returns the instant `text` names, in whichever form it is written.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let written = text
        .parse::<Timestamp>()
        .ok()
        .or_else(|| printed_by_go(text))
        .or_else(|| naked(text))
        .or_else(|| end_of_day(text));
    plausible(written)
}

/// Returns the instant a field names: as text, or in seconds or milliseconds since 1970.
pub(crate) fn instant_of(field: &Loose<'_>) -> Option<Timestamp> {
    match field {
        Loose::Text(text) if !is_number(text) => instant(text),
        other => epoch(other.whole()?),
    }
}

/// Returns when something ends that is paid for by `charge` and whose end is written in `field`.
pub(crate) fn expiry(charge: &Charge, field: &Loose<'_>) -> Expiry {
    match charge {
        Charge::Prepaid => end(instant_of(field)),
        Charge::OnDemand | Charge::Spot => Expiry::Never,
        // Without the charge, an end may be one or may be nothing.
        Charge::Other(_) => Expiry::Unknown,
    }
}

/// Returns an end: a far one is none at all, and one that cannot be read is unknown.
pub(crate) fn end(end: Option<Timestamp>) -> Expiry {
    match end {
        Some(end) if end >= NEVER_FROM => Expiry::Never,
        Some(end) => Expiry::At(end),
        None => Expiry::Unknown,
    }
}

fn epoch(number: i64) -> Option<Timestamp> {
    // Seconds reach twelve digits in the year 5138.
    let instant = if number >= 100_000_000_000 {
        Timestamp::from_millisecond(number)
    } else {
        Timestamp::from_second(number)
    };
    plausible(instant.ok())
}

/// `2023-08-17 20:47:35 +0800 CST`: the offset counts, the name of the zone is ambiguous.
fn printed_by_go(text: &str) -> Option<Timestamp> {
    let mut words = text.split_ascii_whitespace();
    let (date, time, zone) = (words.next()?, words.next()?, words.next()?);
    let text = format!("{date} {time} {zone}");
    Zoned::strptime("%Y-%m-%d %H:%M:%S%.f %z", &text)
        .ok()
        .map(|it| it.timestamp())
}

fn naked(text: &str) -> Option<Timestamp> {
    let forms = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"];
    let read = forms
        .iter()
        .find_map(|it| DateTime::strptime(it, text).ok());
    read.and_then(beijing)
}

/// Where only a day is known, its end keeps the day's number right from Beijing west to the
/// Atlantic, and never calls expired what still works.
fn end_of_day(text: &str) -> Option<Timestamp> {
    let day: Date = text.parse().ok()?;
    let start = beijing(day.to_datetime(Time::midnight()))?;
    start.checked_add(SignedDuration::from_secs(86_399)).ok()
}

fn beijing(naked: DateTime) -> Option<Timestamp> {
    offset(8).to_timestamp(naked).ok()
}

fn plausible(instant: Option<Timestamp>) -> Option<Timestamp> {
    instant.filter(|it| *it >= EARLIEST)
}

fn is_number(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn read(text: &str) -> Option<String> {
        instant_of(&Loose::Text(Cow::Borrowed(text))).map(|it| it.to_string())
    }

    #[test]
    fn every_form_the_cloud_writes_is_read() {
        for (text, expected) in [
            ("2022-09-06T03:07:37Z", "2022-09-06T03:07:37Z"),
            ("2022-08-30 14:24:09", "2022-08-30T06:24:09Z"),
            ("2023-08-17 13:17:57 +0000 UTC", "2023-08-17T13:17:57Z"),
            ("2023-08-17 20:47:35 +0800 CST", "2023-08-17T12:47:35Z"),
            (
                "2023-08-17 20:47:35.123456 +0800 CST",
                "2023-08-17T12:47:35.123456Z",
            ),
            ("2021-03-09T08:26:51+08:00", "2021-03-09T00:26:51Z"),
            ("2022-09-11", "2022-09-11T15:59:59Z"),
            ("1665819958", "2022-10-15T07:45:58Z"),
            ("1671681023555", "2022-12-22T03:50:23.555Z"),
            (" 2022-08-30 14:24:09\n", "2022-08-30T06:24:09Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        let seconds = instant_of(&Loose::Whole(1_665_819_958)).unwrap();
        assert_eq!(seconds.to_string(), "2022-10-15T07:45:58Z");
    }

    #[test]
    fn what_stands_for_none_is_none() {
        for text in [
            "",
            "0",
            "-1",
            "0000-00-00 00:00:00",
            "0000-00-00",
            "0001-01-01T00:00:00Z",
            "1970-01-01 08:00:00",
            "2004-12-31 23:59:59",
            "2024-13-01 00:00:00",
            "never",
            "99999999999999999999",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(instant_of(&Loose::Absent), None);
    }

    #[test]
    fn an_end_counts_only_for_what_is_paid_in_advance() {
        let text = |text| Loose::Text(Cow::Borrowed(text));
        let written = text("2022-09-30 14:24:09");
        let at = Expiry::At("2022-09-30T06:24:09Z".parse().unwrap());
        assert_eq!(expiry(&Charge::Prepaid, &written), at);
        assert_eq!(expiry(&Charge::OnDemand, &written), Expiry::Never);
        assert_eq!(expiry(&Charge::Spot, &written), Expiry::Never);
        let strange = Charge::Other("BARTER".to_owned());
        assert_eq!(expiry(&strange, &written), Expiry::Unknown);
        let zero = text("0000-00-00 00:00:00");
        assert_eq!(expiry(&Charge::Prepaid, &zero), Expiry::Unknown);
        assert_eq!(expiry(&Charge::OnDemand, &zero), Expiry::Never);
        let far = text("2999-09-09 00:00:00");
        assert_eq!(expiry(&Charge::Prepaid, &far), Expiry::Never);
    }
}
