//! `skywarden schedule`: `every` of the configuration as the lines of the machine's own scheduler.
//!
//! Invariant: a line that would run at another time than the configuration says is never printed as
//! if it did: what cron or systemd cannot say is refused.

mod crontab;
mod fields;
mod systemd;

use std::path::Path;

use clap::Args;
use jiff::Timestamp;
use warden::Exit;

use self::fields::{Fields, Unsayable};
use super::{CliError, Context, Global, Ui, language_of, references};
use crate::config::{Config, Schedule, Zone};

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct ScheduleArgs {
    #[arg(long)]
    crontab: bool,
    #[arg(long)]
    systemd: bool,
}

/// One line of the scheduler: some accounts, at one time, in one zone.
struct Entry<'a> {
    schedule: &'a Schedule,
    zone: &'a Zone,
    fields: Fields,
    /// The command line, its words unquoted.
    words: Vec<String>,
    /// The next times, as a person reads them.
    next: Vec<String>,
}

/// What every line needs of the surroundings.
struct Settings {
    /// Variables that lead to our files, which a scheduler does not have.
    places: Vec<(&'static str, String)>,
    /// The variables that the configuration wants and a scheduler does not have.
    missing: Vec<String>,
}

/// Runs `skywarden schedule`.
pub(crate) fn run(args: &ScheduleArgs, global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
    let Context { config } = Context::load(global, ui)?;
    let mut entries = Vec::new();
    for (schedule, zone, accounts) in groups(&config) {
        let fields = Fields::of(schedule).map_err(|it| refused(schedule, it, ui))?;
        entries.push(Entry {
            schedule,
            zone,
            fields,
            words: words(&config, accounts.as_deref(), global, ui),
            next: next_times(schedule, zone, ui.host.clock.now()),
        });
    }
    let settings = settings(&config, ui);
    let text = match args.systemd {
        true => systemd::units(&entries, &settings, ui),
        false => crontab::lines(&entries, &settings, ui),
    };
    ui.data(&text)?;
    Ok(Exit::Fine)
}

/// Returns who is patrolled when; `None` stands for all accounts, where there is one time for all.
fn groups(config: &Config) -> Vec<(&Schedule, &Zone, Option<Vec<String>>)> {
    let chosen = &config.patrol.accounts;
    let mut groups: Vec<(&Schedule, &Zone, Vec<String>)> = Vec::new();
    for account in &config.accounts {
        if !chosen.is_empty() && !chosen.contains(&account.name) {
            continue;
        }
        let (every, zone) = (&account.patrol.every, &account.patrol.timezone);
        let name = account.name.to_string();
        match groups.iter_mut().find(|it| it.0 == every && it.1 == zone) {
            Some(group) => group.2.push(name),
            None => groups.push((every, zone, vec![name])),
        }
    }
    match groups.as_slice() {
        [] => vec![(&config.patrol.every, &config.patrol.timezone, None)],
        [(every, zone, _)] => vec![(*every, *zone, None)],
        _ => groups
            .into_iter()
            .map(|(every, zone, names)| (every, zone, Some(names)))
            .collect(),
    }
}

fn words(config: &Config, accounts: Option<&[String]>, global: &Global, ui: &Ui) -> Vec<String> {
    let program = ui.host.surroundings.executable.as_deref();
    let program = program.unwrap_or(Path::new("skywarden"));
    let mut words = vec![
        program.display().to_string(),
        "--config".to_owned(),
        config.path.display().to_string(),
    ];
    // A scheduler has no locale, and the language of messages must not change with who starts it.
    if language_of(global).is_some() || config.language.is_none() {
        words.extend(["--lang".to_owned(), ui.language.tag().to_owned()]);
    }
    words.push("patrol".to_owned());
    for account in accounts.into_iter().flatten() {
        words.extend(["--account".to_owned(), account.clone()]);
    }
    words
}

fn next_times(schedule: &Schedule, zone: &Zone, now: Timestamp) -> Vec<String> {
    let start = now.to_zoned(zone.time_zone().clone());
    let times = schedule.cron().iter_after(start).take(3);
    times
        .map(|it| it.strftime("%Y-%m-%d %H:%M:%S %:z").to_string())
        .collect()
}

fn settings(config: &Config, ui: &Ui) -> Settings {
    let surroundings = &ui.host.surroundings;
    let places = [
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_STATE_HOME",
        "SKYWARDEN_KEY_FILE",
    ];
    let places = places.into_iter().filter_map(|name| {
        let value = surroundings.variable(name)?;
        let path = surroundings.absolute(Path::new(value));
        Some((name, path.display().to_string()))
    });
    let mut missing: Vec<String> = references::of(config)
        .iter()
        .flat_map(references::Reference::variables)
        .collect();
    if surroundings.variable("SKYWARDEN_KEY").is_some() {
        missing.push("SKYWARDEN_KEY".to_owned());
    }
    missing.sort();
    missing.dedup();
    Settings {
        places: places.collect(),
        missing,
    }
}

fn refused(schedule: &Schedule, why: Unsayable, ui: &Ui) -> CliError {
    let why = match why {
        Unsayable::Modifiers => ui.say("schedule-modifiers", &[]),
        Unsayable::Seconds => ui.say("schedule-seconds", &[]),
        Unsayable::Years => ui.say("schedule-years", &[]),
        Unsayable::BothDays => ui.say("schedule-both-days", &[]),
    };
    let places = [("every", schedule.as_str().into()), ("why", why.into())];
    CliError::usage(ui.say("schedule-refused", &places)).hint(ui.say("schedule-hint", &[]))
}

/// Returns a word quoted for a POSIX shell, where it needs to be.
fn shell_quoted(word: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "/._-=:@+,".contains(it);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}
