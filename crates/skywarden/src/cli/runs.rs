//! `skywarden runs`: what was run, how it ended, and what of it was done.

use std::collections::BTreeSet;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::AccountId;
use serde_json::{Value, json};
use store::{Db, JournalFate, JournalRecord, RunId, RunRecord};
use warden::{ApplyError, Exit, Tell};

use super::apply::report::print_resumed;
use super::apply::somebody_answers;
use super::changing::{changer, duty_of, exits_of, of_apply, request, warden};
use super::context::has_store;
use super::run_time::block_on;
use super::{Cell, CliError, Context, Global, OutputFormat, Sheet, Ui};
use crate::config::{Config, Secrets};
use crate::wiring;
use crate::wiring::changing::Asked;

#[derive(Debug, Args)]
pub(crate) struct RunsArgs {
    #[command(subcommand)]
    action: RunsAction,
}

#[derive(Debug, Subcommand)]
enum RunsAction {
    List(ListArgs),
    Show(ShowArgs),
    Resume(ResumeArgs),
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

#[derive(Debug, Args)]
struct ResumeArgs {
    id: String,
    #[arg(long)]
    yes: bool,
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
            RunsAction::Resume(args) => resume(args, &config, ui).await,
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
            match codes.is_empty() {
                true => Cell::Good("0".to_owned()),
                false => Cell::text(codes.join(",")),
            }
        }),
    ]
}

async fn show(args: &ShowArgs, config: &Config, ui: &mut Ui) -> Result<Exit, CliError> {
    let (db, run) = find(&args.id, config, ui).await?;
    let journal = db.journal_list(&run.id).await?;
    let zone = config.patrol.timezone.time_zone();
    let outcome = run.finish.as_ref().map(|it| &it.outcome);
    let outcome: Option<Value> = outcome.and_then(|it| serde_json::from_str(it).ok());
    match ui.format() {
        OutputFormat::Table => {
            let mut sheet =
                Sheet::new(&["run", "duty", "mode", "started", "finished", "exit_codes"]);
            sheet.rows.push(row(&run, zone));
            ui.sheet(&sheet)?;
            if !journal.is_empty() {
                ui.data("\n")?;
                ui.sheet(&steps(&journal))?;
            }
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
                "steps": steps(&journal).json(),
            });
            match ui.format() {
                OutputFormat::Json => ui.data(&format!("{document:#}\n"))?,
                _ => ui.data(&format!("{document}\n"))?,
            }
        }
    }
    Ok(Exit::Fine)
}

/// Returns the steps of a run as its journal has them, in their order.
fn steps(journal: &[JournalRecord]) -> Sheet {
    let mut sheet = Sheet::new(&[
        "place", "fate", "account", "region", "step", "subject", "attempts", "made", "detail",
    ]);
    for record in journal {
        let (fate, detail) = match &record.end {
            Some((JournalFate::Done { note }, _)) => (Cell::Good("done".to_owned()), note.clone()),
            Some((JournalFate::Undone { why }, _)) => {
                (Cell::Urgent("undone".to_owned()), why.clone())
            }
            Some((JournalFate::Refused { why }, _)) => {
                (Cell::Warning("refused".to_owned()), why.clone())
            }
            Some((JournalFate::Waited { for_place }, _)) => {
                (Cell::Warning("waited".to_owned()), format!("#{for_place}"))
            }
            // Something of it may be there: whoever goes on with the run looks first.
            None if record.intended.is_some() => (Cell::Urgent("open".to_owned()), String::new()),
            None => (Cell::Warning("unbegun".to_owned()), String::new()),
        };
        let place = i64::try_from(record.step.place).unwrap_or(i64::MAX);
        sheet.rows.push(vec![
            Cell::Number(place),
            fate,
            Cell::text(&record.step.account),
            Cell::text(&record.step.region),
            Cell::text(&record.step.step),
            Cell::text(&record.step.subject),
            Cell::Number(record.attempts.into()),
            Cell::text(record.mark.clone().unwrap_or_default()),
            Cell::text(detail),
        ]);
    }
    sheet
}

/// Goes on with a run that was cut off. What it does was confirmed when it was begun; what a step
/// rests on is looked at once more, and the journal says what is left.
async fn resume(args: &ResumeArgs, config: &Config, ui: &mut Ui) -> Result<Exit, CliError> {
    somebody_answers(args.yes, ui)?;
    let (db, run) = find(&args.id, config, ui).await?;
    let word = duty_of(&run.duty, ui)?;
    let left: Vec<JournalRecord> = {
        let journal = db.journal_list(&run.id).await?;
        journal.into_iter().filter(|it| it.end.is_none()).collect()
    };
    if left.is_empty() {
        let run = [("run", run.id.as_str().into())];
        let error = CliError::usage(ui.say("runs-nothing-left", &run));
        return Err(error.hint(ui.say("runs-list-hint", &[])));
    }
    if !args.yes {
        let shown = ui.drawn(&steps(&left));
        ui.status_always(shown.trim_end());
        let question = ui.say("apply-question", &[("word", "apply".into())]);
        if ui.ask(&question)? != "apply" {
            let run = run.id.to_string();
            return Err(of_apply(ApplyError::Declined, ui)
                .hint(ui.say("applied-resume-hint", &[("run", run.into())])));
        }
    }
    let accounts = left.iter().flat_map(|it| {
        let other = other_account(&it.step.body);
        std::iter::once(it.step.account.clone()).chain(other)
    });
    let accounts: BTreeSet<String> = accounts.map(|it| root_of(&it)).collect();
    let mut config = config.clone();
    config
        .accounts
        .retain(|it| accounts.contains(it.name.as_str()));
    let changer = changer(&config, word, &Asked::default(), ui)?;
    let warden = warden(&config, &changer, ui).await?;
    let request = request(&*changer.duty, &changer.ignore_unseen, Tell::Nobody, ui);
    let resumed = warden.resume(&request, &run.id).await;
    let resumed = resumed.map_err(|error| of_apply(error, ui))?;
    print_resumed(&resumed, &*changer.duty, ui)?;
    Ok(Exit::gravest(&exits_of(resumed.iter().map(|(_, it)| it))))
}

/// Returns the account besides its own that a step of the journal is done in, too.
fn other_account(body: &str) -> Option<String> {
    // One that cannot be read is not done, and says so when it is its turn.
    let planned: duty::Planned = serde_json::from_str(body).ok()?;
    Some(planned.step.other()?.account.to_string())
}

/// Returns the configured account that reaches an account: itself, or its administrator.
fn root_of(account: &str) -> String {
    let id = AccountId::new(account);
    id.administrator().unwrap_or(id).to_string()
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
