//! `skywarden orphans`: which machines belonged to a cluster and no longer do, what nobody uses, and
//! who is told.

mod report;

use std::sync::Arc;

use clap::Args;
use warden::{Exit, Outcome, Tell};

use self::report::Report;
use super::duty_run::{Order, choose_accounts, ending, run_reported};
use super::run_time::block_on;
use super::{CliError, Context, Global, Ui};
use crate::config::Config;
use crate::wiring::{self, Told};

/// Arguments of `skywarden orphans`.
#[derive(Debug, Args)]
pub(crate) struct OrphansArgs {
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Vec<String>,
    #[arg(long)]
    pub(crate) no_send: bool,
    #[arg(long)]
    pub(crate) exit_code: bool,
}

/// Looks, prints what was found, and says by the exit code what holds.
pub(crate) fn run(args: &OrphansArgs, global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
    let mut config = Context::load(global, ui)?.config;
    let section = config.orphans.accounts.clone();
    choose_accounts(&mut config, &section, &args.account)?;
    let (outcome, report) = block_on(look(args, &config, ui))?;
    report.print(&outcome, ui)?;
    let says_findings = args.exit_code && report.has_findings();
    Ok(ending(outcome, report, says_findings))
}

async fn look(
    args: &OrphansArgs,
    config: &Config,
    ui: &mut Ui,
) -> Result<(Arc<Outcome>, Report), CliError> {
    let duty = wiring::duties::orphans(config);
    let order = Order {
        duty: &duty,
        told: Told::Orphans,
        tell: if args.no_send {
            Tell::Nobody
        } else {
            Tell::People
        },
        ignore_unseen: &duty.settings.accepted_gaps,
    };
    let (settings, format) = (duty.settings.clone(), ui.format());
    let report = |outcome: &Outcome| Report::of(outcome, settings, format);
    let (outcome, report, _) = run_reported(&order, config, ui, report).await?;
    Ok((outcome, report?))
}
