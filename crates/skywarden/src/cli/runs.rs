//! `skywarden runs`: what was run, how it ended, and what of it was done.

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use store::{Db, RunId, RunRecord};
use warden::Exit;

use super::context::has_store;
use super::run_time::block_on;
use super::{Cell, CliError, Context, Global, OutputFormat, Sheet, Ui};
use crate::config::{Config, Secrets};
use crate::wiring;

#[derive(Debug, Args)]
pub(crate) struct RunsArgs {
    #[command(subcommand)]
    action: RunsAction,
}

#[derive(Debug, Subcommand)]
enum RunsAction {
    List(ListArgs),
    Show(ShowArgs),
}

#[derive(Debug, Args)]
struct ListArgs {
    #[arg(long, value_name = "DUTY")]
    duty: Option<String>,
    #[arg(long, value_name = "MANY", default_value_t = 20)]
    limit: u32,
}

#[derive(Debug, Args)]
struct ShowArgs {
    id: String,
}

/// So many runs are looked through for those of one duty.
const LOOKED_THROUGH: u32 = 10_000;

/// Runs `skywarden runs`.
pub(crate) fn run(args: &RunsArgs, global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
    let Context { config } = Context::load(global, ui)?;
    block_on(async {
        match &args.action {
            RunsAction::List(args) => list(args, &config, ui).await,
            RunsAction::Show(args) => show(args, &config, ui).await,
        }
    })
}

async fn list(args: &ListArgs, config: &Config, ui: &mut Ui) -> Result<Exit, CliError> {
    let most = match args.duty {
        Some(_) => LOOKED_THROUGH,
        None => args.limit,
    };
    let mut runs = match open(config, ui).await? {
        Some(db) => db.run_list(most).await?,
        None => Vec::new(),
    };
    if let Some(duty) = &args.duty {
        runs.retain(|it| it.duty == *duty);
        runs.truncate(usize::try_from(args.limit).unwrap_or(usize::MAX));
    }
    if runs.is_empty() {
        let text = ui.say("runs-none", &[]);
        ui.status(&text);
    }
    let zone = config.patrol.timezone.time_zone();
    let mut sheet = Sheet::new(&["run", "duty", "mode", "started", "finished", "exit_codes"]);
    sheet.rows = runs.iter().map(|it| row(it, zone)).collect();
    ui.sheet(&sheet)?;
    Ok(Exit::Fine)
}

fn row(run: &RunRecord, zone: &TimeZone) -> Vec<Cell> {
    let finish = run.finish.as_ref();
    vec![
        Cell::text(run.id.as_str()),
        Cell::text(&run.duty),
        Cell::text(&run.mode),
        Cell::text(shown(run.started, zone)),
        // One that never ended crashed, was ended, or is under way.
        match finish {
            Some(finish) => Cell::text(shown(finish.at, zone)),
            None => Cell::Warning("-".to_owned()),
        },
        finish.map_or(Cell::None, |it| {
            let codes: Vec<String> = it.exit_codes.iter().map(ToString::to_string).collect();
            Cell::text(codes.join(","))
        }),
    ]
}

async fn show(args: &ShowArgs, config: &Config, ui: &mut Ui) -> Result<Exit, CliError> {
    let (_, run) = find(&args.id, config, ui).await?;
    let zone = config.patrol.timezone.time_zone();
    let outcome = run.finish.as_ref().map(|it| &it.outcome);
    let outcome: Option<Value> = outcome.and_then(|it| serde_json::from_str(it).ok());
    match ui.format() {
        OutputFormat::Table => {
            let mut sheet =
                Sheet::new(&["run", "duty", "mode", "started", "finished", "exit_codes"]);
            sheet.rows.push(row(&run, zone));
            ui.sheet(&sheet)?;
        }
        _ => {
            let finish = run.finish.as_ref();
            let document = json!({
                "run": run.id.as_str(),
                "duty": run.duty,
                "mode": run.mode,
                "started": run.started,
                "finished": finish.map(|it| it.at),
                "exit_codes": finish.map(|it| it.exit_codes.clone()),
                "outcome": outcome,
            });
            match ui.format() {
                OutputFormat::Json => ui.data(&format!("{document:#}\n"))?,
                _ => ui.data(&format!("{document}\n"))?,
            }
        }
    }
    Ok(Exit::Fine)
}

/// Finds the run that is meant.
pub(super) async fn find(
    wanted: &str,
    config: &Config,
    ui: &Ui,
) -> Result<(Db, RunRecord), CliError> {
    let unknown = || {
        let error = CliError::usage(ui.say("runs-unknown", &[("run", wanted.into())]));
        error.hint(ui.say("runs-list-hint", &[]))
    };
    let Some(db) = open(config, ui).await? else {
        return Err(unknown());
    };
    match db.run_get(&RunId::from_text(wanted)).await? {
        Some(run) => Ok((db, run)),
        None => Err(unknown()),
    }
}

async fn open(config: &Config, ui: &Ui) -> Result<Option<Db>, CliError> {
    if !has_store(config) {
        return Ok(None);
    }
    let secrets = Secrets::new(config, &ui.host.surroundings);
    wiring::store(config, &secrets).await.map(Some)
}

/// Returns an instant as RFC 3339 in a zone, to the second.
fn shown(at: Timestamp, zone: &TimeZone) -> String {
    let at = at.to_zoned(zone.clone());
    at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}
