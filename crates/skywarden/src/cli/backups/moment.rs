//! Moments as people say them: `2026-11-20`, `2026-11-20 04:00`, `2026-11-20T04:00:00+08:00`.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::cli::{CliError, Ui};

/// Returns the moment that is meant; a day stands for its end, so that all of its copies count.
///
/// # Errors
///
/// When it is no moment.
pub(super) fn parse(text: &str, zone: &TimeZone, ui: &Ui) -> Result<Timestamp, CliError> {
    read(text.trim(), zone).ok_or_else(|| {
        let error = CliError::usage(ui.say("backups-at", &[("text", text.into())]));
        error.hint(ui.say("backups-at-hint", &[]))
    })
}

fn read(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let is_day = text.len() == "2026-11-20".len();
    let at = match is_day {
        true => {
            let next = text.parse::<Date>().ok()?.checked_add(1.day()).ok()?;
            next.to_zoned(zone.clone()).ok()?.timestamp() - 1.second()
        }
        false => {
            let at = text.parse::<DateTime>().ok()?;
            at.to_zoned(zone.clone()).ok()?.timestamp()
        }
    };
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_meant_in_the_zone_and_a_day_to_its_end() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let read = |text: &str| read(text, &zone).map(|it| it.to_string());
        assert_eq!(read("2026-11-20").as_deref(), Some("2026-11-20T15:59:59Z"));
        assert_eq!(
            read("2026-11-20 04:00").as_deref(),
            Some("2026-11-19T20:00:00Z")
        );
        assert_eq!(
            read("2026-11-20T04:00:00Z").as_deref(),
            Some("2026-11-20T04:00:00Z")
        );
        for text in ["", "yesterday", "2026-13-01", "20261120T"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
