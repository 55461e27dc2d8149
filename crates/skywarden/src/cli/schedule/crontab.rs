//! Lines for `crontab -e`.

use super::fields::{Fields, ranges};
use super::{Entry, Settings, shell_quoted};
use crate::cli::Ui;

/// Returns the lines, with what a reader must know as comments.
pub(super) fn lines(entries: &[Entry<'_>], settings: &Settings, ui: &Ui) -> String {
    let mut lines = vec![
        ui.say("schedule-crontab-head", &[]),
        ui.say("schedule-crontab-zone", &[]),
        ui.say("schedule-crontab-sleep", &[]),
    ];
    if !settings.missing.is_empty() {
        let names = settings.missing.join(", ");
        lines.push(ui.say("schedule-crontab-missing", &[("names", names.into())]));
    }
    let mut lines: Vec<String> = lines.iter().flat_map(|it| commented(it)).collect();
    for (name, value) in &settings.places {
        // The value goes to the end of the line, as it is; nothing in it is expanded.
        lines.push(format!("{name}={value}"));
    }
    let mut zone = "";
    for entry in entries {
        lines.push(String::new());
        let places = [("every", entry.schedule.as_str().into())];
        lines.extend(commented(&ui.say("schedule-every", &places)));
        let next = entry.next.join(", ");
        lines.extend(commented(
            &ui.say("schedule-next", &[("times", next.into())]),
        ));
        if zone != entry.zone.name() {
            zone = entry.zone.name();
            lines.push(format!("CRON_TZ={zone}"));
        }
        lines.push(format!("{} {}", five_fields(&entry.fields), command(entry)));
    }
    lines.join("\n") + "\n"
}

fn commented(text: &str) -> Vec<String> {
    text.lines().map(|it| format!("# {it}")).collect()
}

/// Returns the five fields of cron.
///
/// A field of days that starts with `*` means "any" to cron, and only there either kind of day does
/// not do; so days are written as lists even when all are in them.
fn five_fields(fields: &Fields) -> String {
    let list = |values: &[u16]| ranges(values, "-", |it| it.to_string());
    let full = |values: &[u16], many: usize| match values.len() == many {
        true => "*".to_owned(),
        false => list(values),
    };
    let days = |values: &Option<Vec<u16>>| {
        let listed = values.as_ref().map(|it| list(it));
        listed.unwrap_or_else(|| "*".to_owned())
    };
    [
        full(&fields.minutes, 60),
        full(&fields.hours, 24),
        days(&fields.days),
        full(&fields.months, 12),
        days(&fields.weekdays),
    ]
    .join(" ")
}

fn command(entry: &Entry<'_>) -> String {
    let words: Vec<String> = entry.words.iter().map(|it| shell_quoted(it)).collect();
    // A percent sign is the end of the line to cron.
    let command = words.join(" ").replace('%', r"\%");
    let second = match entry.fields.second {
        0 => off_the_full_minute(entry),
        second => u64::from(second),
    };
    format!("sleep {second}; {command}")
}

/// Returns some seconds, the same each time for the same entry: robots are busiest at :00 and :30
/// (Feishu asks to keep away from them), and hosts that share a schedule should not speak at once.
fn off_the_full_minute(entry: &Entry<'_>) -> u64 {
    // Without paths: where the program lies is no reason to run at another time.
    let words = entry.words.iter().filter(|it| !it.contains('/'));
    let text = words.fold(entry.schedule.as_str().to_owned(), |text, word| text + word);
    let mixed = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    15 + mixed % 120
}

#[cfg(test)]
mod tests {
    use jiff::Zoned;

    use super::*;
    use crate::config::Schedule;

    #[test]
    fn the_five_fields_come_up_at_the_minutes_that_the_configuration_means() {
        let start: Zoned = "2026-11-21T10:00:00+08:00[Asia/Shanghai]".parse().unwrap();
        for text in [
            "0 30 9 * * *",
            "30 */15 8-18 * * MON-FRI",
            "0 0 4 1,15 * *",
            "0 0 4 */2 * MON",
            "0 0 4 1-31 * SUN",
            "0 5 0 29 FEB *",
            "5 4 * * 7",
            "@weekly",
        ] {
            let meant = Schedule::try_from(text.to_owned()).unwrap();
            let fields = Fields::of(&meant).unwrap();
            let said = Schedule::try_from(five_fields(&fields)).unwrap();
            let times = |schedule: &Schedule| -> Vec<Zoned> {
                let times = schedule.cron().iter_after(start.clone()).take(40);
                times
                    .map(|it| it.with().second(0).build().unwrap())
                    .collect()
            };
            assert_eq!(times(&said), times(&meant), "{text}");
        }
    }

    #[test]
    fn either_kind_of_day_does_only_where_no_star_stands_first() {
        let fields = Fields::of(&Schedule::try_from("0 0 4 */2 * MON".to_owned()).unwrap());
        let line = five_fields(&fields.unwrap());
        assert_eq!(line, "0 4 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31 * 1");
    }
}
