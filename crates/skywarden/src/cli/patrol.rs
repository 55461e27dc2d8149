//! `skywarden patrol`: what expires, what the balances are, and who is told.

mod ics;
mod report;

use std::sync::Arc;

use clap::Args;
use notify::Webhook;
use warden::{Exit, Outcome, Tell};

use self::report::Report;
use super::duty_run::{Order, choose_accounts, ending, run_reported};
use super::run_time::block_on;
use super::{CliError, Context, Global, Ui};
use crate::config::{Config, Secrets};
use crate::wiring::{self, Told};

/// Arguments of `skywarden patrol`.
#[derive(Debug, Args)]
pub(crate) struct PatrolArgs {
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Vec<String>,
    #[arg(long)]
    pub(crate) no_send: bool,
    #[arg(long)]
    pub(crate) exit_code: bool,
}

/// Patrols, prints what was found, and says by the exit code what holds.
pub(crate) fn run(args: &PatrolArgs, global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
    let mut config = Context::load(global, ui)?.config;
    let section = config.patrol.accounts.clone();
    choose_accounts(&mut config, &section, &args.account)?;
    let (outcome, report) = block_on(patrol(args, &config, ui))?;
    report.print(&outcome, ui)?;
    let says_findings = args.exit_code && report.has_findings();
    Ok(ending(outcome, report, says_findings))
}

async fn patrol(
    args: &PatrolArgs,
    config: &Config,
    ui: &mut Ui,
) -> Result<(Arc<Outcome>, Report), CliError> {
    let duty = wiring::duties::patrol(config);
    let order = Order {
        duty: &duty,
        told: Told::Patrol,
        tell: if args.no_send {
            Tell::Nobody
        } else {
            Tell::People
        },
        ignore_unseen: &duty.settings.accepted_gaps,
    };
    let (settings, format) = (duty.settings.clone(), ui.format());
    let report = |outcome: &Outcome| Report::of(outcome, settings, format);
    let (outcome, report, db) = run_reported(&order, config, ui, report).await?;
    // The run is done and its report is owed, whatever becomes of what follows it.
    if let Err(error) = say_schedule_once(&db, &outcome, ui).await {
        ui.warn(&error.text);
    }
    if !args.no_send
        && outcome.exits().is_empty()
        && let Err(error) = reset_dead_man(config, ui).await
    {
        ui.warn(&error.text);
    }
    Ok((outcome, report?))
}

/// Says where the schedule is to be had, the first time that somebody patrols with this store:
/// `every` in the configuration starts nothing by itself.
async fn say_schedule_once(db: &store::Db, outcome: &Outcome, ui: &mut Ui) -> Result<(), CliError> {
    const SAID: &str = "said-schedule";
    if db.duty_state_get(duty_patrol::DUTY, SAID).await?.is_none() {
        let line = ui.say("patrol-schedule", &[]);
        ui.status(&line);
        db.duty_state_put(duty_patrol::DUTY, SAID, "true", outcome.now)
            .await?;
    }
    Ok(())
}

/// Tells the dead man's switch that a patrol did its job; a switch that cannot be told will say so
/// itself, so this is a warning only.
async fn reset_dead_man(config: &Config, ui: &mut Ui) -> Result<(), CliError> {
    let secrets = Secrets::new(config, &ui.host.surroundings);
    let mut addresses = Vec::new();
    let sections = config
        .accounts
        .iter()
        .map(|it| &it.patrol)
        .chain([&config.patrol]);
    for reference in sections.filter_map(|it| it.dead_man.as_ref()) {
        use secrecy::ExposeSecret as _;
        let address = secrets.open("patrol.dead_man", reference)?;
        let known = |it: &secrecy::SecretString| it.expose_secret() == address.expose_secret();
        if !addresses.iter().any(known) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        return Ok(());
    }
    let http = wiring::http(config, &secrets)?;
    let mut warnings = Vec::new();
    for address in &addresses {
        let clock = &*ui.host.clock;
        let done = match Webhook::parse(address) {
            Ok(webhook) => notify::dead_man::reset(&http, clock, &webhook).await,
            Err(error) => Err(error.into()),
        };
        warnings.extend(done.err().map(|error| base::chain(&error)));
    }
    for warning in warnings {
        ui.warn(&warning);
    }
    Ok(())
}
