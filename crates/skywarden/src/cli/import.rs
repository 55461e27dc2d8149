//! `skywarden import`: the configurations of older programs, sealed on the way.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use vault::MasterKey;
use warden::Exit;
use zeroize::Zeroizing;

use super::{Cell, CliError, ErrorClass, Global, Sheet, Ui, advice, references};
use crate::config::{self, Config, Located, Origin, Secrets, key_file_path, sealed_path};
use crate::import::{self, Destination, Imported, Note};
use crate::surroundings::Surroundings;

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(subcommand)]
    from: From,
}

#[derive(Debug, Subcommand)]
enum From {
    Sentry(TakenArgs),
    TkeOrphans(TakenArgs),
    AwsMan(AwsManArgs),
}

/// What every import takes.
#[derive(Debug, Args)]
struct TakenArgs {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    #[arg(long)]
    yes: bool,
    #[arg(long)]
    remove: bool,
}

/// What the import of aws-man takes: its schedule is in no file of its own.
#[derive(Debug, Args)]
struct AwsManArgs {
    #[command(flatten)]
    taken: TakenArgs,
    #[arg(long, value_name = "LINE")]
    crontab: Option<String>,
}

/// Runs `skywarden import`.
pub(crate) fn run(args: &ImportArgs, global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
    match &args.from {
        From::Sentry(args) => take_over(args, &SENTRY, global, ui),
        From::TkeOrphans(args) => take_over(args, &TKE_ORPHANS, global, ui),
        From::AwsMan(args) => {
            let read = |text: &str, ui: &Ui| {
                let imported = import::aws_man::aws_man(text, args.crontab.as_deref());
                imported.map_err(|error| Refusal {
                    text: base::chain(&error),
                    hint: advice::aws_man_hint(&error, ui),
                })
            };
            let program = OldProgram {
                read: &read,
                mapped: mapped_aws_man,
                next: "import-next-aws-man",
            };
            take_over(&args.taken, &program, global, ui)
        }
    }
}

/// An older program whose configuration is understood.
struct OldProgram<'a> {
    read: &'a dyn Fn(&str, &Ui) -> Result<Imported, Refusal>,
    /// What became of the old file, for a person to check.
    mapped: fn(&Config) -> Sheet,
    /// The key of the text that says what to do next.
    next: &'static str,
}

/// Why an old file is not taken over, and what to do about it.
struct Refusal {
    text: String,
    hint: String,
}

const SENTRY: OldProgram<'static> = OldProgram {
    read: &|text, ui| {
        import::sentry::sentry(text).map_err(|error| Refusal {
            text: base::chain(&error),
            hint: advice::sentry_hint(&error, ui),
        })
    },
    mapped: mapped_sentry,
    next: "import-next",
};

const TKE_ORPHANS: OldProgram<'static> = OldProgram {
    read: &|text, ui| {
        import::tke_orphans::tke_orphans(text).map_err(|error| Refusal {
            text: base::chain(&error),
            hint: advice::tke_orphans_hint(&error, ui),
        })
    },
    mapped: mapped_tke_orphans,
    next: "import-next-orphans",
};

fn take_over(
    args: &TakenArgs,
    program: &OldProgram<'_>,
    global: &Global,
    ui: &mut Ui,
) -> Result<Exit, CliError> {
    let surroundings = ui.host.surroundings.clone();
    let source = surroundings.absolute(&args.file);
    let imported = read(&source, program, ui)?;
    let located = destination_config(args, global, &surroundings, ui)?;
    let config = config::parse(&imported.toml, &located, &surroundings)?;
    ui.sheet(&(program.mapped)(&config))?;
    for note in &imported.notes {
        let text = note_text(note, ui);
        ui.warn(&text);
    }
    if fs::symlink_metadata(&located.path).is_ok() {
        let path = located.path.clone();
        return Err(advice::of_apply(&import::ApplyError::Exists { path }, ui));
    }
    let path = located.path.display().to_string();
    if !args.yes && ui.host.surroundings.stdin_is_terminal {
        let question = ui.say("import-question", &[("path", path.as_str().into())]);
        if !ui.confirm(&question)? {
            let text = ui.say("import-nothing-written", &[]);
            ui.status(&text);
            return Ok(Exit::Fine);
        }
    }
    write(&imported, &config, &surroundings, ui)?;
    prove(&config, &surroundings, ui)?;
    let text = ui.say(program.next, &[("path", path.into())]);
    ui.status(&text);
    remove_source(args, &source, ui)?;
    Ok(Exit::Fine)
}

fn read(source: &Path, program: &OldProgram<'_>, ui: &Ui) -> Result<Imported, CliError> {
    let path = source.display().to_string();
    let bytes = Zeroizing::new(fs::read(source).map_err(|error| {
        let places = [
            ("path", path.as_str().into()),
            ("error", error.to_string().into()),
        ];
        CliError::usage(ui.say("import-unreadable", &places))
    })?);
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = before.iter().filter(|it| **it == b'\n').count() + 1;
        let places = [("path", path.as_str().into()), ("line", line.into())];
        CliError::usage(ui.say("import-not-utf8", &places)).hint(ui.say("advice-not-utf8", &[]))
    })?;
    (program.read)(text.trim_start_matches('\u{feff}'), ui).map_err(|refusal| {
        let places = [
            ("path", path.as_str().into()),
            ("error", refusal.text.into()),
        ];
        CliError::usage(ui.say("import-refused", &places)).hint(refusal.hint)
    })
}

/// Returns where the new file goes: `--to`, `--config`, or the configuration folder.
fn destination_config(
    args: &TakenArgs,
    global: &Global,
    surroundings: &Surroundings,
    ui: &Ui,
) -> Result<Located, CliError> {
    let named = |path: &Path| Located {
        path: surroundings.absolute(path),
        origin: Origin::Flag,
    };
    match (&args.to, &global.config) {
        (Some(folder), _) => Ok(named(&folder.join("skywarden.toml"))),
        (None, Some(path)) => Ok(named(path)),
        (None, None) => Located::in_config_folder(surroundings)
            .ok_or_else(|| CliError::usage(ui.say("import-no-home", &[]))),
    }
}

/// Returns what became of the old file: each account with its thresholds, each channel.
fn mapped_sentry(config: &Config) -> Sheet {
    let mut sheet = Sheet::new(&[
        "what",
        "name",
        "kind",
        "title",
        "warn_days",
        "balance_below",
        "report_to",
    ]);
    for account in &config.accounts {
        let patrol = &account.patrol;
        let below = patrol.balance_below.iter();
        let below: Vec<String> = below
            .map(|(currency, amount)| format!("{} {}", currency.as_str(), amount.0))
            .collect();
        let told: Vec<&str> = patrol.report_to.iter().map(config::Name::as_str).collect();
        sheet.rows.push(vec![
            Cell::text("account"),
            Cell::text(account.name.as_str()),
            Cell::text(account.cloud.as_str()),
            Cell::text(&account.title),
            Cell::Number(patrol.warn_days.into()),
            Cell::text(below.join(", ")),
            Cell::text(told.join(", ")),
        ]);
    }
    for channel in &config.channels {
        sheet.rows.push(vec![
            Cell::text("channel"),
            Cell::text(channel.name.as_str()),
            Cell::text(channel.kind.map(|it| it.as_str()).unwrap_or_default()),
            Cell::None,
            Cell::None,
            Cell::None,
            Cell::None,
        ]);
    }
    sheet
}

/// Returns what became of the old file: the account with its region, each channel with its patience.
fn mapped_tke_orphans(config: &Config) -> Sheet {
    let mut sheet = Sheet::new(&["what", "name", "kind", "regions", "timeout", "report_to"]);
    for account in &config.accounts {
        let regions: Vec<&str> = account.regions.iter().map(config::Region::as_str).collect();
        let told = account.orphans.report_to.iter();
        let told: Vec<&str> = told.map(config::Name::as_str).collect();
        sheet.rows.push(vec![
            Cell::text("account"),
            Cell::text(account.name.as_str()),
            Cell::text(account.cloud.as_str()),
            Cell::text(regions.join(", ")),
            Cell::None,
            Cell::text(told.join(", ")),
        ]);
    }
    for channel in &config.channels {
        sheet.rows.push(vec![
            Cell::text("channel"),
            Cell::text(channel.name.as_str()),
            Cell::text(channel.kind.map(|it| it.as_str()).unwrap_or_default()),
            Cell::None,
            Cell::text(String::from(channel.section.timeout.clone())),
            Cell::None,
        ]);
    }
    sheet
}

/// Returns what became of the old script: the account with its region, and each of its two programs.
fn mapped_aws_man(config: &Config) -> Sheet {
    let mut sheet = Sheet::new(&["what", "name", "kind", "regions", "every", "keeps"]);
    for account in &config.accounts {
        let regions: Vec<&str> = account.regions.iter().map(config::Region::as_str).collect();
        sheet.rows.push(vec![
            Cell::text("account"),
            Cell::text(account.name.as_str()),
            Cell::text(account.cloud.as_str()),
            Cell::text(regions.join(", ")),
            Cell::None,
            Cell::None,
        ]);
    }
    let mut duty = |word: config::DutyWord, every: &config::Schedule, keeps: String| {
        if config.duties.contains(&word) {
            sheet.rows.push(vec![
                Cell::text("duty"),
                Cell::text(word.as_str()),
                Cell::None,
                Cell::None,
                Cell::text(every.as_str()),
                Cell::text(keeps),
            ]);
        }
    };
    let keep = &config.backups.keep;
    let within = keep.within.clone().map(String::from).unwrap_or_default();
    duty(
        config::DutyWord::Backups,
        &config.backups.every,
        format!("within {within}, at_least {}", keep.at_least),
    );
    let rate = String::from(config.alarms.outbound.clone());
    duty(
        config::DutyWord::Alarms,
        &config.alarms.every,
        format!("{rate} × {}", config.alarms.periods),
    );
    sheet
}

fn write(
    imported: &Imported,
    config: &Config,
    surroundings: &Surroundings,
    ui: &mut Ui,
) -> Result<(), CliError> {
    let given = given_key(surroundings).map_err(|error| advice::of_vault(&error, ui))?;
    let key_file = match (key_file_path(None, surroundings), &given) {
        (Some(path), _) => path,
        // Not touched when a key is given.
        (None, Some(_)) => PathBuf::new(),
        (None, None) => return Err(CliError::usage(ui.say("import-no-home", &[]))),
    };
    let destination = Destination {
        config: config.path.clone(),
        sealed: sealed_path(&config.path),
        key_file,
    };
    let applied = import::apply(imported, &destination, given)
        .map_err(|error| advice::of_apply(&error, ui))?;
    if applied.key_made {
        let path = destination.key_file.display().to_string();
        let text = ui.say("seal-key-made", &[("path", path.into())]);
        ui.status(&text);
    }
    let places = [
        ("many", applied.sealed_count.into()),
        ("sealed", destination.sealed.display().to_string().into()),
        ("path", destination.config.display().to_string().into()),
    ];
    let text = ui.say("import-written", &places);
    ui.status(&text);
    Ok(())
}

fn given_key(surroundings: &Surroundings) -> Result<Option<MasterKey>, vault::VaultError> {
    let text = surroundings.variable("SKYWARDEN_KEY");
    text.map(|it| MasterKey::from_base64(&it.into()))
        .transpose()
}

/// Reads back what was written, so that the old file is not let go for one that does not open.
fn prove(config: &Config, surroundings: &Surroundings, ui: &Ui) -> Result<(), CliError> {
    let read_back = config::load(Some(&config.path), surroundings)
        .map_err(|error| advice::of_config(error, ui))?;
    let secrets = Secrets::new(&read_back, surroundings);
    for reference in references::of(&read_back) {
        let checked = reference.check(&secrets, surroundings);
        checked.map_err(|error| CliError {
            class: ErrorClass::Internal,
            ..advice::of_secret(&error, ui)
        })?;
    }
    Ok(())
}

/// `--yes` answers the questions about what is written; to destroy something is said by itself.
fn remove_source(args: &TakenArgs, source: &Path, ui: &mut Ui) -> Result<(), CliError> {
    let path = source.display().to_string();
    let asks = !args.remove && !args.yes && ui.host.surroundings.stdin_is_terminal;
    let question = ui.say("import-remove-question", &[("path", path.as_str().into())]);
    if args.remove || (asks && ui.confirm(&question)?) {
        import::remove_source(source).map_err(|error| advice::of_apply(&error, ui))?;
        let text = ui.say("import-removed", &[("path", path.into())]);
        ui.status(&text);
    } else {
        let text = ui.say("import-kept", &[("path", path.into())]);
        ui.warn(&text);
    }
    Ok(())
}

fn note_text(note: &Note, ui: &Ui) -> String {
    match note {
        Note::Renamed { section, account } => {
            let places = [
                ("section", section.as_str().into()),
                ("account", account.as_str().into()),
            ];
            ui.say("import-note-renamed", &places)
        }
        Note::UnknownRobot { section, channel } => {
            let places = [
                ("section", section.as_str().into()),
                ("channel", channel.as_str().into()),
            ];
            ui.say("import-note-robot", &places)
        }
        Note::ListShortened { asked, kept } => {
            let places = [
                ("asked", asked.to_string().into()),
                ("kept", kept.to_string().into()),
            ];
            ui.say("import-note-list", &places)
        }
        Note::Ignored { section, key } => {
            let places = [
                ("section", section.as_str().into()),
                ("key", key.as_str().into()),
            ];
            ui.say("import-note-ignored", &places)
        }
        Note::Defaulted { key, value } => {
            let places = [("key", (*key).into()), ("value", (*value).into())];
            ui.say("import-note-defaulted", &places)
        }
        Note::SwitchedOff { channel } => {
            ui.say("import-note-off", &[("channel", channel.as_str().into())])
        }
        Note::LeftOut { key } => ui.say("import-note-left-out", &[("key", key.as_str().into())]),
        Note::NoTimeout { seconds } => {
            ui.say("import-note-timeout", &[("seconds", (*seconds).into())])
        }
        Note::Unset { key, value } => {
            let places = [("key", (*key).into()), ("value", (*value).into())];
            ui.say("import-note-unset", &places)
        }
        Note::NotUnderstood { line, name } => {
            let places = [("line", (*line).into()), ("name", name.as_str().into())];
            ui.say("import-note-not-understood", &places)
        }
        Note::NoKeys => ui.say("import-note-no-keys", &[]),
        Note::OtherRegion { region } => ui.say(
            "import-note-other-region",
            &[("region", region.as_str().into())],
        ),
        Note::OldEncryption => ui.say("import-note-encryption", &[]),
    }
}
