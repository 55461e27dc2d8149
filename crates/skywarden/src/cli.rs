//! The command line: what can be said, in the language of who says it.
//!
//! Help texts live in `locales/*/help.ftl`, not in doc comments, so that they exist in every
//! language; a test holds them complete.

mod accounts;
mod advice;
mod alarms;
mod apply;
mod backups;
mod changing;
mod channels;
mod check;
mod completions;
mod config;
mod context;
mod demo;
mod doctor;
mod duty_run;
mod error;
mod findings;
mod help;
mod import;
mod init;
mod lines;
mod log;
mod orphans;
mod output;
mod overheard;
mod patrol;
mod plan;
mod references;
mod run_time;
mod runs;
mod schedule;
mod seal;
mod told;
mod ui;
mod usage;
mod whoami;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use model::Language;

pub use context::Context;
pub use error::{CliError, ErrorClass};
pub use output::{Cell, Column, Sheet};
pub use ui::Ui;

use crate::Host;

#[derive(Debug, Parser)]
#[command(
    name = "skywarden",
    version,
    disable_help_subcommand = true,
    max_term_width = 100
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[arg(long, global = true, value_name = "LANG", value_parser = ["zh-CN", "en"])]
    pub(crate) lang: Option<String>,
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        default_value = "table"
    )]
    pub(crate) output: OutputFormat,
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value = "auto"
    )]
    pub(crate) color: ColorWhen,
}

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people.
    Table,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values with a header.
    Csv,
    /// A calendar; of the patrol alone.
    Ics,
}

/// When output is colored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::DemoArgs),
    Patrol(patrol::PatrolArgs),
    Orphans(orphans::OrphansArgs),
    Backups(backups::BackupsArgs),
    Alarms(alarms::AlarmsArgs),
    Plan(plan::PlanArgs),
    Apply(apply::ApplyArgs),
    Findings(findings::FindingsArgs),
    Runs(runs::RunsArgs),
    Init(init::InitArgs),
    Doctor(doctor::DoctorArgs),
    Whoami(whoami::WhoamiArgs),
    Accounts(accounts::AccountsArgs),
    Channels(channels::ChannelsArgs),
    Import(import::ImportArgs),
    Seal(seal::SealArgs),
    Config(config::ConfigArgs),
    Schedule(schedule::ScheduleArgs),
    Completions(completions::CompletionsArgs),
    Man(completions::ManArgs),
}

/// Parses the arguments, runs the command, and returns the exit code.
pub(crate) fn run(arguments: Vec<OsString>, mut host: Host) -> u8 {
    let language = help::spoken_language(&arguments, &host.surroundings);
    let command = help::command(language);
    let parsed = command
        .try_get_matches_from(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return usage::told(&error, language, &mut host),
    };
    let mut ui = Ui::new(&cli.global, language, host);
    let outcome = dispatch(cli, &mut ui);
    match outcome {
        Ok(exit) => exit.code(),
        Err(error) => ui.fail(&error),
    }
}

fn dispatch(cli: Cli, ui: &mut Ui) -> Result<warden::Exit, CliError> {
    let Cli { global, command } = cli;
    if global.output == OutputFormat::Ics && !matches!(command, Command::Patrol(_)) {
        let text = ui.say("usage-ics", &[]);
        return Err(CliError::usage(text).hint(ui.say("usage-ics-hint", &[])));
    }
    match command {
        Command::Demo(args) => demo::run(&args, ui),
        Command::Patrol(args) => patrol::run(&args, &global, ui),
        Command::Orphans(args) => orphans::run(&args, &global, ui),
        Command::Backups(args) => backups::run(args, &global, ui),
        Command::Alarms(args) => alarms::run(&args, &global, ui),
        Command::Plan(args) => plan::run(&args, &global, ui),
        Command::Apply(args) => apply::run(&args, &global, ui),
        Command::Findings(args) => findings::run(&args, &global, ui),
        Command::Runs(args) => runs::run(&args, &global, ui),
        Command::Init(args) => init::run(&args, &global, ui),
        Command::Doctor(args) => doctor::run(&args, &global, ui),
        Command::Whoami(args) => whoami::run(&args, &global, ui),
        Command::Accounts(args) => accounts::run(&args, &global, ui),
        Command::Channels(args) => channels::run(&args, &global, ui),
        Command::Import(args) => import::run(&args, &global, ui),
        Command::Seal(args) => seal::run(&args, &global, ui),
        Command::Config(args) => config::run(&args, &global, ui),
        Command::Schedule(args) => schedule::run(&args, &global, ui),
        Command::Completions(args) => completions::run(&args, ui),
        Command::Man(args) => completions::man(&args, ui),
    }
}

/// Returns the language of a `--lang` value.
pub(crate) fn language_of(global: &Global) -> Option<Language> {
    global.lang.as_deref().and_then(Language::from_tag)
}
