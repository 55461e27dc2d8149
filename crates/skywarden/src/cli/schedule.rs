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
use crate::config::{AccountConfig, Config, DutyWord, Mode, Name, Schedule, Zone};
use crate::wiring::changing::{self, section_accounts};

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct ScheduleArgs {
    #[arg(long)]
    crontab: bool,
    #[arg(long)]
    systemd: bool,
}

/// A duty that runs by the clock, and whether it changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Runs {
    duty: DutyWord,
    mode: Mode,
}

impl Runs {
    /// Everything that may run, in the order it is listed.
    const ALL: [Self; 7] = [
        Self::of(DutyWord::Patrol, Mode::Plan),
        Self::of(DutyWord::Orphans, Mode::Plan),
        Self::of(DutyWord::Orphans, Mode::Apply),
        Self::of(DutyWord::Backups, Mode::Plan),
        Self::of(DutyWord::Backups, Mode::Apply),
        Self::of(DutyWord::Alarms, Mode::Plan),
        Self::of(DutyWord::Alarms, Mode::Apply),
    ];

    const fn of(duty: DutyWord, mode: Mode) -> Self {
        Self { duty, mode }
    }

    /// The word of its units.
    fn word(self) -> &'static str {
        self.duty.as_str()
    }

    /// The words of its command.
    fn command(self) -> Vec<String> {
        let word = self.duty.as_str();
        let words: &[&str] = match (self.duty, self.mode) {
            (_, Mode::Apply) => &["apply", word, "--yes"],
            (DutyWord::Patrol | DutyWord::Orphans, Mode::Plan) => &[word],
            (DutyWord::Backups | DutyWord::Alarms, Mode::Plan) => &[word, "check"],
        };
        words.iter().map(|it| (*it).to_owned()).collect()
    }

    fn section(self, config: &Config) -> Section<'_> {
        let (every, zone, mode) = match self.duty {
            DutyWord::Patrol => (&config.patrol.every, &config.patrol.timezone, Mode::Plan),
            DutyWord::Orphans => {
                let it = &config.orphans;
                (&it.every, &it.timezone, it.mode)
            }
            DutyWord::Backups => {
                let it = &config.backups;
                (&it.every, &it.timezone, it.mode)
            }
            DutyWord::Alarms => {
                let it = &config.alarms;
                (&it.every, &it.timezone, it.mode)
            }
        };
        Section {
            every,
            zone,
            mode,
            chosen: section_accounts(config, self.duty),
        }
    }

    fn time_of(self, account: &AccountConfig) -> (&Schedule, &Zone) {
        match self.duty {
            DutyWord::Patrol => (&account.patrol.every, &account.patrol.timezone),
            DutyWord::Orphans => (&account.orphans.every, &account.orphans.timezone),
            DutyWord::Backups => (&account.backups.every, &account.backups.timezone),
            DutyWord::Alarms => (&account.alarms.every, &account.alarms.timezone),
        }
    }
}

/// What a duty's own table says of its times.
struct Section<'a> {
    every: &'a Schedule,
    zone: &'a Zone,
    mode: Mode,
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
    let configured = |it: &Runs| config.duties.contains(&it.duty);
    for runs in Runs::ALL.into_iter().filter(configured) {
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
    let section = runs.section(config);
    let chosen = section.chosen;
    let mut all = 0;
    let mut groups: Vec<(&Schedule, &Zone, Vec<String>)> = Vec::new();
    for account in &config.accounts {
        if !chosen.is_empty() && !chosen.contains(&account.name) {
            continue;
        }
        all += 1;
        if changing::mode(account, runs.duty) != runs.mode {
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
        [] if all == 0 && section.mode == runs.mode => {
            vec![(section.every, section.zone, None)]
        }
        // What applies goes by the mode of each account itself; what only looks has to be told whom.
        [(every, zone, names)] if names.len() == all || runs.mode == Mode::Apply => {
            vec![(*every, *zone, None)]
        }
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
    words.extend(runs.command());
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
