//! `skywarden apply`: does what a duty wants changed, or what stands in a saved plan.
//!
//! Invariant: a duty does something by itself only in accounts whose `mode` is "apply"; `--yes`
//! answers the question and does not stand for that. A plan that a person saved, read and applies is
//! the deliberate act of its own.

pub(super) mod confirm;
pub(super) mod report;

use std::collections::BTreeSet;
use std::path::Path;

use clap::Args;
use duty::PlanFile;
use warden::{Applied, ApplyRequest, Exit, Tell};

use self::confirm::Asker;
use super::changing::{AskedArgs, CHANGING, changer, duty_of, of_apply, request, saved, warden};
use super::duty_run::choose_accounts;
use super::plan::zone;
use super::run_time::block_on;
use super::{CliError, Context, Global, Ui};
use crate::config::{Config, DutyWord};
use crate::wiring::changing::{Changer, applies_to, section_accounts};

/// Arguments of `skywarden apply`.
#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    #[arg(value_name = "FILE|DUTY")]
    what: String,
    #[arg(long, value_name = "NAME")]
    account: Vec<String>,
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    asked: AskedArgs,
    #[arg(long)]
    no_send: bool,
}

/// What is applied: a duty's plan of now, or a file's.
struct Wanted {
    word: DutyWord,
    file: Option<PlanFile>,
}

/// Applies and reports; the exit code says what holds.
pub(crate) fn run(args: &ApplyArgs, global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
    let mut config = Context::load(global, ui)?.config;
    somebody_answers(args.yes, ui)?;
    let wanted = wanted(&args.what, ui)?;
    match &wanted.file {
        None => only_where_it_may(&mut config, wanted.word, &args.account, ui)?,
        Some(file) => only_those_of(&mut config, file, &args.account, ui)?,
    }
    let changer = changer(&config, wanted.word, &args.asked.asked(), ui)?;
    let applied = block_on(apply(args, &wanted, &changer, &config, ui))?;
    report::print(&applied, &*changer.duty, &zone(&config, wanted.word), ui)?;
    Ok(Exit::gravest(&applied.exits()))
}

/// Checks that somebody can say yes, before anything is looked at.
///
/// # Errors
///
/// When nobody sits there and nothing was said beforehand.
pub(super) fn somebody_answers(yes: bool, ui: &Ui) -> Result<(), CliError> {
    match yes || ui.host.surroundings.stdin_is_terminal {
        true => Ok(()),
        false => {
            Err(CliError::usage(ui.say("apply-nobody", &[])).hint(ui.say("apply-nobody-hint", &[])))
        }
    }
}

fn wanted(what: &str, ui: &Ui) -> Result<Wanted, CliError> {
    if CHANGING.iter().any(|it| it.as_str() == what) {
        return Ok(Wanted {
            word: duty_of(what, ui)?,
            file: None,
        });
    }
    let file = saved::read(Path::new(what), ui)?;
    Ok(Wanted {
        word: duty_of(&file.plan.duty, ui)?,
        file: Some(file),
    })
}

/// Leaves only the accounts in which the duty may change something by itself.
fn only_where_it_may(
    config: &mut Config,
    word: DutyWord,
    named: &[String],
    ui: &mut Ui,
) -> Result<(), CliError> {
    let section = section_accounts(config, word).to_vec();
    choose_accounts(config, &section, named)?;
    let may = applies_to(config, word);
    let mut left_out: BTreeSet<String> = BTreeSet::new();
    config.accounts.retain(|it| {
        let stays = may.contains(it.name.as_str());
        if !stays {
            left_out.insert(it.name.to_string());
        }
        stays
    });
    let duty = ("duty", word.as_str().into());
    if config.accounts.is_empty() {
        let error = CliError::usage(ui.say("apply-plan-mode", std::slice::from_ref(&duty)));
        return Err(error.hint(ui.say("apply-plan-mode-hint", &[duty])));
    }
    if !left_out.is_empty() {
        let names: Vec<String> = left_out.into_iter().collect();
        let places = [duty, ("accounts", names.join(", ").into())];
        let text = ui.say("apply-left-out", &places);
        ui.status(&text);
    }
    Ok(())
}

/// Leaves only the accounts that the file is about.
fn only_those_of(
    config: &mut Config,
    file: &PlanFile,
    named: &[String],
    ui: &Ui,
) -> Result<(), CliError> {
    if !named.is_empty() {
        return Err(CliError::usage(ui.say("apply-file-accounts", &[])));
    }
    let steps = file.plan.steps.iter();
    // A member of an organization is reached through its administrator.
    let wanted: BTreeSet<String> = steps
        .flat_map(|it| {
            let other = it.step.other().map(|it| &it.account);
            std::iter::once(&it.spot.account).chain(other)
        })
        .map(|account| {
            let administrator = account.administrator();
            administrator.as_ref().unwrap_or(account).to_string()
        })
        .collect();
    let known = |name: &str| config.accounts.iter().any(|it| it.name.as_str() == name);
    if let Some(stranger) = wanted.iter().find(|it| !known(it)) {
        let text = ui.say("account-unknown", &[("name", stranger.as_str().into())]);
        return Err(CliError::usage(text).hint(ui.say("apply-stranger-hint", &[])));
    }
    if !wanted.is_empty() {
        config
            .accounts
            .retain(|it| wanted.contains(it.name.as_str()));
    }
    Ok(())
}

async fn apply(
    args: &ApplyArgs,
    wanted: &Wanted,
    changer: &Changer,
    config: &Config,
    ui: &mut Ui,
) -> Result<Applied, CliError> {
    let warden = warden(config, changer, ui).await?;
    if let Some(file) = &wanted.file {
        saved::vouch(file, config, &warden.db, ui).await?;
    }
    let tell = match args.no_send {
        true => Tell::Nobody,
        false => Tell::People,
    };
    let run = request(&*changer.duty, &changer.ignore_unseen, tell, ui);
    let zone = zone(config, wanted.word);
    let applied = {
        let asker = Asker::new(args.yes, &*changer.duty, zone, ui);
        let request = ApplyRequest {
            run,
            backlog: args.asked.backlog(),
            file: wanted.file.as_ref(),
            confirm: &asker,
        };
        let applied = warden.apply(&request).await;
        if let Some(failed) = asker.failed() {
            return Err(failed);
        }
        applied
    };
    applied.map_err(|error| of_apply(error, ui))
}
