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
use crate::config::{AccountConfig, Config, DutyWord, Name, Schedule, Zone};

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct ScheduleArgs {
    #[arg(long)]
    crontab: bool,
    #[arg(long)]
    systemd: bool,
}

/// A duty that runs by the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Runs {
    Patrol,
    Orphans,
}

impl Runs {
    /// The word of its command, and of its units.
    fn word(self) -> &'static str {
        match self {
            Self::Patrol => "patrol",
            Self::Orphans => "orphans",
        }
    }

    fn sections(self, config: &Config) -> Section<'_> {
        match self {
            Self::Patrol => Section {
                every: &config.patrol.every,
                zone: &config.patrol.timezone,
                chosen: &config.patrol.accounts,
            },
            Self::Orphans => Section {
                every: &config.orphans.every,
                zone: &config.orphans.timezone,
                chosen: &config.orphans.accounts,
            },
        }
    }

    fn time_of(self, account: &AccountConfig) -> (&Schedule, &Zone) {
        match self {
            Self::Patrol => (&account.patrol.every, &account.patrol.timezone),
            Self::Orphans => (&account.orphans.every, &account.orphans.timezone),
        }
    }
}

/// What a duty's own table says of its times.
struct Section<'a> {
    every: &'a Schedule,
    zone: &'a Zone,
    chosen: &'a [Name],
}

/// One line of the scheduler: a duty for some accounts, at one time, in one zone.
struct Entry<'a> {
    runs: Runs,
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
    let orphans = config.duties.contains(&DutyWord::Orphans);
    let duties = [Some(Runs::Patrol), orphans.then_some(Runs::Orphans)];
    for runs in duties.into_iter().flatten() {
        for (schedule, zone, accounts) in groups(&config, runs) {
            let fields = Fields::of(schedule).map_err(|it| refused(schedule, it, ui))?;
            entries.push(Entry {
                runs,
                schedule,
                zone,
                fields,
                words: words(&config, (runs, accounts.as_deref()), global, ui),
                next: next_times(schedule, zone, ui.host.clock.now()),
            });
        }
    }
    let settings = settings(&config, ui);
    let text = match args.systemd {
        true => systemd::units(&entries, &settings, ui),
        false => crontab::lines(&entries, &settings, ui),
    };
    ui.data(&text)?;
    Ok(Exit::Fine)
}

/// Returns who is looked at when; `None` stands for all accounts, where there is one time for all.
fn groups(config: &Config, runs: Runs) -> Vec<(&Schedule, &Zone, Option<Vec<String>>)> {
    let section = runs.sections(config);
    let chosen = section.chosen;
    let mut groups: Vec<(&Schedule, &Zone, Vec<String>)> = Vec::new();
    for account in &config.accounts {
        if !chosen.is_empty() && !chosen.contains(&account.name) {
            continue;
        }
        let (every, zone) = runs.time_of(account);
        let name = account.name.to_string();
        match groups.iter_mut().find(|it| it.0 == every && it.1 == zone) {
            Some(group) => group.2.push(name),
            None => groups.push((every, zone, vec![name])),
        }
    }
    match groups.as_slice() {
        [] => vec![(section.every, section.zone, None)],
        [(every, zone, _)] => vec![(*every, *zone, None)],
        _ => groups
            .into_iter()
            .map(|(every, zone, names)| (every, zone, Some(names)))
            .collect(),
    }
}

fn words(
    config: &Config,
    (runs, accounts): (Runs, Option<&[String]>),
    global: &Global,
    ui: &Ui,
) -> Vec<String> {
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
    words.push(runs.word().to_owned());
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
