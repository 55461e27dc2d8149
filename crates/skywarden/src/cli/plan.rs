//! `skywarden plan`: what the duties would change now, each step with its reason. It changes nothing.

use std::path::PathBuf;

use clap::Args;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use warden::{Exit, Planning, Tell};

use super::changing::{
    AskedArgs, CHANGING, changer, duty_of, of_apply, print, request, saved, warden,
};
use super::duty_run::choose_accounts;
use super::run_time::block_on;
use super::{CliError, Context, Global, OutputFormat, Sheet, Ui};
use crate::config::{Act, Config, DutyWord};
use crate::wiring::changing::{Changer, section_accounts};

/// Arguments of `skywarden plan`.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[arg(value_name = "DUTY")]
    duty: Option<String>,
    #[arg(long, value_name = "NAME")]
    account: Vec<String>,
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    #[command(flatten)]
    asked: AskedArgs,
    #[arg(long)]
    exit_code: bool,
}

/// A plan with the duty that made it.
struct Made {
    changer: Changer,
    planning: Planning,
    zone: TimeZone,
}

/// Plans and prints; the exit code says what holds.
pub(crate) fn run(args: &PlanArgs, global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
    let config = Context::load(global, ui)?.config;
    let words = duties(args, &config, ui)?;
    let plans = block_on(async {
        let mut plans = Vec::new();
        for word in words {
            plans.push(plan(args, word, &config, ui).await?);
        }
        Ok(plans)
    })?;
    let mut exits = Vec::new();
    for made in &plans {
        exits.extend(exits_of(&made.planning, args));
    }
    print(&plans, &exits, args, ui)?;
    Ok(Exit::gravest(&exits))
}

/// Returns the duties that are planned: the one that was named, or all that the file speaks of.
fn duties(args: &PlanArgs, config: &Config, ui: &Ui) -> Result<Vec<DutyWord>, CliError> {
    if let Some(word) = &args.duty {
        return Ok(vec![duty_of(word, ui)?]);
    }
    let all = CHANGING.into_iter();
    // Orphans that nothing is to be done about make no plan.
    let acts = |it: &DutyWord| *it != DutyWord::Orphans || acts_on_orphans(config);
    let configured = all.filter(|it| config.duties.contains(it)).filter(acts);
    let configured: Vec<DutyWord> = configured.collect();
    match configured.len() {
        0 => {
            let error = CliError::usage(ui.say("plan-nothing-configured", &[]));
            Err(error.hint(ui.say("plan-configure-hint", &[])))
        }
        1 => Ok(configured),
        _ if args.save.is_some() => {
            let words: Vec<&str> = configured.iter().map(|it| it.as_str()).collect();
            let known = [("duties", words.join(", ").into())];
            let error = CliError::usage(ui.say("plan-save-which", &[]));
            Err(error.hint(ui.say("plan-duties", &known)))
        }
        _ => Ok(configured),
    }
}

fn acts_on_orphans(config: &Config) -> bool {
    let mut accounts = config.accounts.iter();
    accounts.any(|it| it.orphans.act != Act::Nothing)
}

async fn plan(
    args: &PlanArgs,
    word: DutyWord,
    config: &Config,
    ui: &mut Ui,
) -> Result<Made, CliError> {
    let mut config = config.clone();
    let section = section_accounts(&config, word).to_vec();
    choose_accounts(&mut config, &section, &args.account)?;
    let changer = changer(&config, word, &args.asked.asked(), ui)?;
    let warden = warden(&config, &changer, ui).await?;
    let request = request(&*changer.duty, &changer.ignore_unseen, Tell::Nobody, ui);
    let planned = warden.plan(&request, args.asked.backlog()).await;
    let planning = planned.map_err(|error| of_apply(error, ui))?;
    if let Some(path) = &args.save {
        saved::save(planning.file(), path, &config, &warden.db, ui).await?;
    }
    Ok(Made {
        changer,
        planning,
        zone: zone(&config, word),
    })
}

/// Returns the zone in which the times of a duty are shown.
pub(super) fn zone(config: &Config, word: DutyWord) -> TimeZone {
    let zone = match word {
        DutyWord::Patrol => &config.patrol.timezone,
        DutyWord::Orphans => &config.orphans.timezone,
        DutyWord::Backups => &config.backups.timezone,
        DutyWord::Alarms => &config.alarms.timezone,
    };
    zone.time_zone().clone()
}

fn exits_of(planning: &Planning, args: &PlanArgs) -> Vec<Exit> {
    let mut exits = planning.exits();
    if args.exit_code && !planning.approved.plan().steps.is_empty() {
        exits.push(Exit::Findings);
    }
    exits
}

fn print(plans: &[Made], exits: &[Exit], args: &PlanArgs, ui: &mut Ui) -> Result<(), CliError> {
    match ui.format() {
        OutputFormat::Table => {
            for made in plans {
                print::table(&made.planning, &*made.changer.duty, &made.zone, ui)?;
            }
            Ok(())
        }
        OutputFormat::Json => {
            let documents = plans.iter().map(|it| {
                let exits = exits_of(&it.planning, args);
                print::document(&it.planning, &*it.changer.duty, &exits, ui)
            });
            let documents: Vec<Value> = documents.collect();
            let document = json!({ "plans": documents, "exit_codes": print::codes(exits) });
            ui.data(&format!("{document:#}\n"))
        }
        OutputFormat::Jsonl | OutputFormat::Csv | OutputFormat::Ics => {
            let mut all = Sheet::default();
            for made in plans {
                let sheet = print::sheet(&made.planning, &*made.changer.duty, ui);
                all.columns = sheet.columns;
                all.rows.extend(sheet.rows);
            }
            ui.sheet(&all)
        }
    }
}
