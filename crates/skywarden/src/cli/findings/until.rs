//! Until when a finding is kept quiet.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan as _};

/// Returns the instant that `text` means: the end of a day (`2026-12-31`), an instant with its
/// offset, or so long from `now` (`7d`, `2w`, `36h`); days are those of `zone`.
pub(super) fn parse(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(day) = text.parse::<Date>()
        // "2026-12-31T08:00Z" has a day in it too, and is more exact.
        && text.len() == "2026-12-31".len()
    {
        let next = day.checked_add(1.day()).ok()?;
        return Some(next.to_zoned(zone.clone()).ok()?.timestamp());
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    let span: Span = text.parse().ok()?;
    let end = now.to_zoned(zone.clone()).checked_add(span).ok()?;
    Some(end.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until(text: &str) -> Option<String> {
        let now: Timestamp = "2026-11-21T02:00:00Z".parse().unwrap();
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        parse(text, now, &zone).map(|it| it.to_string())
    }

    #[test]
    fn a_day_lasts_to_its_end_in_the_zone_of_the_patrol() {
        assert_eq!(until("2026-12-31").unwrap(), "2026-12-31T16:00:00Z");
    }

    #[test]
    fn a_length_counts_from_now_and_an_instant_is_itself() {
        assert_eq!(until("7d").unwrap(), "2026-11-28T02:00:00Z");
        assert_eq!(until(" 2w ").unwrap(), "2026-12-05T02:00:00Z");
        assert_eq!(until("36h").unwrap(), "2026-11-22T14:00:00Z");
        assert_eq!(
            until("2026-12-31T08:00:00+08:00").unwrap(),
            "2026-12-31T00:00:00Z"
        );
    }

    #[test]
    fn what_is_neither_is_not_guessed() {
        for text in ["", "tomorrow", "2026-13-01", "31.12.2026", "99999999y"] {
            assert_eq!(until(text), None, "{text}");
        }
    }
}
