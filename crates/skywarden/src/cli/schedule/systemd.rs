//! A timer and its service for systemd.

use super::fields::{Fields, ranges};
use super::{Entry, Settings};
use crate::cli::Ui;
use crate::config::DutyWord;

const WEEKDAYS: [&str; 8] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Returns the units, each under a comment that names its file.
pub(super) fn units(entries: &[Entry<'_>], settings: &Settings, ui: &Ui) -> String {
    let mut text = String::new();
    let names = names(entries);
    for (name, entry) in names.iter().zip(entries) {
        for (ending, unit) in [
            ("service", service(entry, settings, ui)),
            ("timer", timer(entry, ui)),
        ] {
            if !text.is_empty() {
                text.push('\n');
            }
            let place = format!("/etc/systemd/system/{name}.{ending}");
            text.extend(["# ==== ", &place, "\n", &unit]);
        }
    }
    let timers: Vec<String> = names.iter().map(|it| format!("{it}.timer")).collect();
    let places = [("timers", timers.join(" ").into())];
    let end = ui.say("schedule-systemd-end", &places);
    for line in end.lines() {
        text.extend(["\n# ", line]);
    }
    text + "\n"
}

/// Returns the names of the units: that of the duty, and its number from the second one on.
fn names(entries: &[Entry<'_>]) -> Vec<String> {
    let name = |(index, entry): (usize, &Entry<'_>)| {
        let before = entries[..index]
            .iter()
            .filter(|it| it.runs.duty == entry.runs.duty);
        let word = entry.runs.word();
        match before.count() {
            0 => format!("skywarden-{word}"),
            before => format!("skywarden-{word}-{}", before + 1),
        }
    };
    entries.iter().enumerate().map(name).collect()
}

fn service(entry: &Entry<'_>, settings: &Settings, ui: &Ui) -> String {
    let service_key = match entry.runs.duty {
        DutyWord::Patrol => "schedule-systemd-service",
        DutyWord::Orphans => "schedule-systemd-service-orphans",
        DutyWord::Backups => "schedule-systemd-service-backups",
        DutyWord::Alarms => "schedule-systemd-service-alarms",
    };
    let mut lines = vec![
        "[Unit]".to_owned(),
        format!("Description={}", ui.say(service_key, &[])),
        "Wants=network-online.target".to_owned(),
        "After=network-online.target".to_owned(),
        String::new(),
        "[Service]".to_owned(),
        "Type=oneshot".to_owned(),
    ];
    let surroundings = &ui.host.surroundings;
    if surroundings.user_id != 0 {
        let user = surroundings.variable("USER").map(str::to_owned);
        let user = user.unwrap_or_else(|| surroundings.user_id.to_string());
        lines.push(format!("User={user}"));
    }
    for (name, value) in &settings.places {
        lines.push(format!(
            "Environment={}",
            quoted(&format!("{name}={value}"))
        ));
    }
    if !settings.missing.is_empty() {
        let names = settings.missing.join(", ");
        let text = ui.say("schedule-systemd-missing", &[("names", names.into())]);
        lines.extend(text.lines().map(|it| format!("# {it}")));
    }
    let words: Vec<String> = entry
        .words
        .iter()
        .map(|it| quoted(&it.replace('$', "$$")))
        .collect();
    lines.push(format!("ExecStart={}", words.join(" ")));
    lines.join("\n") + "\n"
}

fn timer(entry: &Entry<'_>, ui: &Ui) -> String {
    let timer_key = match entry.runs.duty {
        DutyWord::Patrol => "schedule-systemd-timer",
        DutyWord::Orphans => "schedule-systemd-timer-orphans",
        DutyWord::Backups => "schedule-systemd-timer-backups",
        DutyWord::Alarms => "schedule-systemd-timer-alarms",
    };
    let next = entry.next.join(", ");
    let comments = [
        ui.say(
            "schedule-every",
            &[("every", entry.schedule.as_str().into())],
        ),
        ui.say("schedule-next", &[("times", next.into())]),
    ];
    let mut lines: Vec<String> = comments.iter().map(|it| format!("# {it}")).collect();
    lines.extend([
        "[Unit]".to_owned(),
        format!("Description={}", ui.say(timer_key, &[])),
        String::new(),
        "[Timer]".to_owned(),
    ]);
    for time in calendar(&entry.fields) {
        lines.push(format!("OnCalendar={time} {}", entry.zone.name()));
    }
    if entry.fields.second == 0 {
        // Robots are busiest at :00 and :30, and hosts should not all speak at once.
        lines.push("RandomizedDelaySec=2min".to_owned());
    }
    lines.extend([
        "AccuracySec=1s".to_owned(),
        "Persistent=true".to_owned(),
        String::new(),
        "[Install]".to_owned(),
        "WantedBy=timers.target".to_owned(),
    ]);
    lines.join("\n") + "\n"
}

/// Returns the times as `systemd.time(7)` spells them. There a weekday and a day must both hold, so
/// that either of them doing takes a line for each.
fn calendar(fields: &Fields) -> Vec<String> {
    let two = |values: &[u16]| ranges(values, "..", |it| format!("{it:02}"));
    let full = |values: &[u16], many: usize| match values.len() == many {
        true => "*".to_owned(),
        false => two(values),
    };
    let months = full(&fields.months, 12);
    let time = format!(
        "{}:{}:{:02}",
        full(&fields.hours, 24),
        full(&fields.minutes, 60),
        fields.second
    );
    let on_days = fields.days.as_ref();
    let on_days = on_days.map(|it| format!("*-{months}-{} {time}", two(it)));
    let on_weekdays = fields.weekdays.as_ref();
    let on_weekdays = on_weekdays.map(|it| format!("{} *-{months}-* {time}", weekdays(it)));
    let mut times: Vec<String> = [on_days, on_weekdays].into_iter().flatten().collect();
    if times.is_empty() {
        times.push(format!("*-{months}-* {time}"));
    }
    times
}

/// The week of systemd ends with Sunday.
fn weekdays(values: &[u16]) -> String {
    let sunday = values.iter().filter(|it| **it == 0).map(|_| 7);
    let week: Vec<u16> = values
        .iter()
        .copied()
        .filter(|it| *it != 0)
        .chain(sunday)
        .collect();
    ranges(&week, "..", |it| WEEKDAYS[usize::from(it)].to_owned())
}

/// Returns a word as unit files quote it; `%` starts a specifier there.
fn quoted(word: &str) -> String {
    let word = word.replace('%', "%%");
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "/._-=:@+,%$".contains(it);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word,
        false => format!("\"{}\"", word.replace('\\', r"\\").replace('"', "\\\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Schedule;

    fn said(text: &str) -> Vec<String> {
        let schedule = Schedule::try_from(text.to_owned()).unwrap();
        calendar(&Fields::of(&schedule).unwrap())
    }

    #[test]
    fn a_schedule_is_spelled_as_systemd_reads_it() {
        assert_eq!(said("0 30 9 * * *"), ["*-*-* 09:30:00"]);
        assert_eq!(
            said("15 0,30 8-18 * * MON-FRI"),
            ["Mon..Fri *-*-* 08..18:00,30:15"]
        );
        assert_eq!(said("0 0 4 1,15 JAN *"), ["*-01-01,15 04:00:00"]);
        assert_eq!(said("0 0 4 * * SUN,SAT"), ["Sat,Sun *-*-* 04:00:00"]);
        assert_eq!(said("* * * * *"), ["*-*-* *:*:00"]);
    }

    #[test]
    fn where_either_kind_of_day_does_each_has_its_line() {
        assert_eq!(
            said("0 0 4 13 * FRI"),
            ["*-*-13 04:00:00", "Fri *-*-* 04:00:00"]
        );
    }

    #[test]
    fn words_that_unit_files_would_read_otherwise_are_quoted() {
        assert_eq!(quoted("/opt/a b/100%"), "\"/opt/a b/100%%\"");
        assert_eq!(quoted("/usr/bin/skywarden"), "/usr/bin/skywarden");
    }
}
