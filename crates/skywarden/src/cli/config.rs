//! `skywarden config`: is it right, what holds, what could be said.

use std::path::Path;

use clap::{Args, Subcommand};
use warden::Exit;

use super::{Cell, CliError, Context, Global, OutputFormat, Sheet, Ui, advice, references};
use crate::config::{self, Config, ConfigError, Problem, Secrets};
use crate::wiring::channels::{self, ChannelError};

#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    action: ConfigAction,
}

#[derive(Debug, Subcommand)]
enum ConfigAction {
    Validate,
    Schema,
    Show(ShowArgs),
}

#[derive(Debug, Args)]
struct ShowArgs {
    #[arg(long)]
    default: bool,
}

/// Runs `skywarden config`.
pub(crate) fn run(args: &ConfigArgs, global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
    match &args.action {
        ConfigAction::Validate => validate(global, ui),
        ConfigAction::Schema => {
            ui.data(config::SCHEMA)?;
            Ok(Exit::Fine)
        }
        ConfigAction::Show(args) => show(args, global, ui),
    }
}

/// Reads the configuration and opens all that it refers to; prints every problem, not the first.
fn validate(global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
    let loaded = config::load(global.config.as_deref(), &ui.host.surroundings);
    let mut fine = None;
    let (path, errors, warnings) = match loaded {
        Ok(config) => {
            let context = Context::of(config, global, ui);
            let config = context.config;
            let errors = unusable(&config, ui);
            let places = [
                ("path", config.path.display().to_string().into()),
                ("accounts", config.accounts.len().into()),
                ("channels", config.channels.len().into()),
            ];
            fine = Some(ui.say("config-fine", &places));
            (config.path, errors, config.warnings)
        }
        Err(ConfigError::Invalid { path, problems }) => (path, problems, Vec::new()),
        Err(error) => return Err(advice::of_config(error, ui)),
    };
    if ui.format() != OutputFormat::Table {
        ui.sheet(&sheet(&errors, &warnings))?;
        return Ok(match errors.is_empty() {
            true => Exit::Fine,
            false => Exit::Usage,
        });
    }
    for warning in &warnings {
        let text = with_hint(warning, &path, ui);
        ui.warn(&text);
    }
    match errors.as_slice() {
        [] => {
            if let Some(text) = fine {
                ui.status(&text);
            }
            Ok(Exit::Fine)
        }
        [only] => Err(CliError {
            hints: only.hint.iter().cloned().collect(),
            ..CliError::usage(only.text(&path))
        }),
        several => {
            let texts: Vec<String> = several.iter().map(|it| with_hint(it, &path, ui)).collect();
            Err(CliError::usage(texts.join("\n")))
        }
    }
}

/// Returns a problem with its place and, under it, what to do.
fn with_hint(problem: &Problem, path: &Path, ui: &Ui) -> String {
    let text = problem.text(path);
    match &problem.hint {
        Some(hint) => {
            let hint = ui.say("talk-hint", &[("text", hint.as_str().into())]);
            format!("{text}\n  = {hint}")
        }
        None => text,
    }
}

/// Returns what a well-formed configuration lacks to be used: secrets, and channels that work.
fn unusable(config: &Config, ui: &Ui) -> Vec<Problem> {
    let surroundings = &ui.host.surroundings;
    let secrets = Secrets::new(config, surroundings);
    let mut problems = Vec::new();
    for reference in references::of(config) {
        if let Err(error) = reference.check(&secrets, surroundings) {
            problems.push(Problem {
                message: base::chain(&error),
                excerpt: None,
                hint: advice::secret_hint(&error, ui),
            });
        }
    }
    for channel in &config.channels {
        match channels::one(config, channel, &secrets, ui.language) {
            // The references have named the secret already.
            Ok(_) | Err(ChannelError::Secret(_)) => {}
            Err(error) => problems.push(Problem {
                message: base::chain(&error),
                excerpt: None,
                hint: advice::channel_hint(&error, ui),
            }),
        }
    }
    problems
}

fn sheet(errors: &[Problem], warnings: &[Problem]) -> Sheet {
    let mut sheet = Sheet::new(&["level", "line", "column", "message", "hint"]);
    let number = |it: Option<usize>| {
        it.and_then(|it| i64::try_from(it).ok())
            .map_or(Cell::None, Cell::Number)
    };
    for (level, problems) in [("error", errors), ("warning", warnings)] {
        sheet.rows.extend(problems.iter().map(|problem| {
            let at = problem.excerpt.as_ref();
            vec![
                Cell::text(level),
                number(at.map(|it| it.line)),
                number(at.map(|it| it.column)),
                Cell::text(&problem.message),
                Cell::text(problem.hint.clone().unwrap_or_default()),
            ]
        }));
    }
    sheet
}

fn show(args: &ShowArgs, global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
    if args.default {
        ui.data(config::DEFAULT)?;
        return Ok(Exit::Fine);
    }
    let Context { config } = Context::load(global, ui)?;
    let doing = ui.say("config-show-doing", &[]);
    let text = config::show(&config).map_err(|error| CliError::internal(&doing, &error))?;
    // TOML is what a person reads here; it has no rows for CSV.
    if matches!(ui.format(), OutputFormat::Table | OutputFormat::Csv) {
        let path = config.path.display().to_string();
        let head = ui.say("config-show-head", &[("path", path.into())]);
        ui.data(&format!("# {head}\n{text}"))?;
        return Ok(Exit::Fine);
    }
    let value: toml::Table =
        toml::from_str(&text).map_err(|error| CliError::internal(&doing, &error))?;
    let value = serde_json::to_value(value).map_err(|error| CliError::internal(&doing, &error))?;
    let text = match ui.format() {
        OutputFormat::Json => format!("{value:#}\n"),
        _ => format!("{value}\n"),
    };
    ui.data(&text)?;
    Ok(Exit::Fine)
}
