//! The calendar of a patrol as iCalendar (RFC 5545): all-day events that calendars can subscribe to.
//!
//! Invariant: names are data: no name can begin a line, end an event or break a character.

use duty_patrol::calendar::{About, Day};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The most octets of a line, its end not counted.
const LINE_OCTETS: usize = 75;

/// Returns the calendar.
pub(super) fn calendar(about: &About, days: &[Day], now: Timestamp) -> String {
    let mut text = String::new();
    let stamp = now
        .to_zoned(TimeZone::UTC)
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string();
    for line in [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Skywarden//Patrol//EN",
    ] {
        put(&mut text, line);
    }
    put(&mut text, &format!("X-WR-CALNAME:{}", escaped(&about.name)));
    if let Some(missing) = &about.missing {
        put(&mut text, &format!("X-WR-CALDESC:{}", escaped(missing)));
    }
    for day in days {
        put(&mut text, "BEGIN:VEVENT");
        put(&mut text, &format!("UID:{}", uid(day)));
        put(&mut text, &format!("DTSTAMP:{stamp}"));
        let date = day.day.strftime("%Y%m%d");
        put(&mut text, &format!("DTSTART;VALUE=DATE:{date}"));
        put(&mut text, &format!("SUMMARY:{}", escaped(&day.summary)));
        let description = escaped(&day.description.join("\n"));
        put(&mut text, &format!("DESCRIPTION:{description}"));
        // Nobody is busy because something ends.
        put(&mut text, "TRANSP:TRANSPARENT");
        put(&mut text, "END:VEVENT");
    }
    put(&mut text, "END:VCALENDAR");
    text
}

/// Returns the same id for the same thing at every run. The kind of its finding is left out, so that
/// what was to end and then has ended moves in the calendar and is not there twice.
fn uid(day: &Day) -> String {
    let account = plain(day.account.as_str());
    let resource = plain(day.resource.as_str());
    format!("patrol/{account}/{resource}@skywarden")
}

/// Returns text of letters, digits and `._-` alone, everything else as `%XX`.
fn plain(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// Returns text as a value (RFC 5545, 3.3.11): what has a meaning escaped, a line end as `\n`, other
/// control characters and direction marks left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            it if it.is_control() => {}
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            // Some readers take these for the end of a line.
            '\u{2028}' | '\u{2029}' => escaped.push(' '),
            it => escaped.push(it),
        }
    }
    escaped
}

/// Writes one line, folded so that no part is longer than allowed and no character is cut
/// (RFC 5545, 3.1).
fn put(text: &mut String, line: &str) {
    let mut octets = 0;
    for character in line.chars() {
        if octets + character.len_utf8() > LINE_OCTETS {
            text.push_str("\r\n ");
            octets = 1;
        }
        text.push(character);
        octets += character.len_utf8();
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use model::{AccountId, ResourceId};

    use super::*;

    fn lines(line: &str) -> Vec<String> {
        let mut text = String::new();
        put(&mut text, line);
        let text = text.strip_suffix("\r\n").unwrap();
        text.split("\r\n").map(str::to_owned).collect()
    }

    /// Folds and unfolds as a reader does.
    fn check(line: &str, widths: &[usize]) {
        let folded = lines(line);
        let lengths: Vec<usize> = folded.iter().map(String::len).collect();
        assert_eq!(lengths, widths, "{folded:?}");
        assert_eq!(folded.join("\r\n").replace("\r\n ", ""), line);
    }

    #[test]
    fn lines_are_folded_at_75_octets_and_between_characters() {
        check("", &[0]);
        check(&"a".repeat(75), &[75]);
        check(&"a".repeat(76), &[75, 2]);
        check(&"a".repeat(75 + 74 + 1), &[75, 75, 2]);
        // Three octets each: 25 fill the first line; after the space 24 fit, with 2 octets to spare.
        check(&"长".repeat(25), &[75]);
        check(&"长".repeat(26), &[75, 4]);
        check(&"长".repeat(50), &[75, 73, 4]);
        check(&format!("a{}", "长".repeat(25)), &[73, 4]);
        check(&format!("ab{}", "长".repeat(25)), &[74, 4]);
        // Four octets each.
        check(&format!("{}🌩", "a".repeat(72)), &[72, 5]);
        check(&format!("{}🌩", "a".repeat(71)), &[75]);
    }

    #[test]
    fn a_name_can_neither_end_an_event_nor_hide_in_one() {
        assert_eq!(escaped("a;b,c\\d\ne"), "a\\;b\\,c\\\\d\\ne");
        assert_eq!(escaped("a\r\nEND:VEVENT\r\n"), "a\\nEND:VEVENT\\n");
        assert_eq!(escaped("\u{1b}[31m\u{202e}x\u{2028}y\0"), "[31mx y");
    }

    #[test]
    fn the_id_of_an_event_is_plain_and_tells_things_apart() {
        let of = |account: &str, resource: &str| {
            uid(&Day {
                account: AccountId::new(account),
                resource: ResourceId::new(resource),
                day: jiff::civil::date(2026, 11, 25),
                summary: String::new(),
                description: Vec::new(),
            })
        };
        assert_eq!(of("shop", "i-1"), "patrol/shop/i-1@skywarden");
        assert_eq!(
            of("组织/1", "acs:rds:1\r\nX"),
            "patrol/%E7%BB%84%E7%BB%87%2F1/acs%3Ards%3A1%0D%0AX@skywarden"
        );
        assert_ne!(of("a/b", "c"), of("a", "b/c"));
    }
}
