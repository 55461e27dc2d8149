//! `skywarden doctor`: is everything in order, and what to do where it is not.
//!
//! It asks, and changes nothing at any cloud; no message is sent.

pub(crate) mod account;
mod calls;
pub(crate) mod check;
mod machine;
mod print;

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use cloud::{Requirement, Wants};
use duty::Duty as _;
use warden::Exit;

use self::account::{Examined, examine};
use self::calls::{Basis, Estimate, estimate, runs_a_month};
use self::check::{Check, Status};
use self::print::Report;
use super::lines::{AccountLine, Words, ask_all, chosen, lines};
use super::run_time::block_on;
use super::{CliError, Context, Global, Ui};
use crate::config::{AccountConfig, Config, DutyWord, Mode};
use crate::wiring;
use crate::wiring::changing::Asked;

/// Arguments of `skywarden doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[arg(long, value_name = "NAME")]
    account: Vec<String>,
    #[arg(long)]
    policy: bool,
}

/// Looks at everything and prints it; the exit code says what is wrong.
pub(crate) fn run(args: &DoctorArgs, global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
    let config = Context::load(global, ui)?.config;
    if args.policy {
        return print_policy(&config, &args.account, ui);
    }
    chosen(&config, &args.account, ui)?;
    let words = Words(ui.language);
    let mut machine = machine::settings(&config, ui);
    let wants = wants(&config, ui)?;
    // Without a network there is nothing to ask; the check has said why.
    let lines = match machine
        .iter()
        .any(|it| it.name == "network" && it.status == Status::Failed)
    {
        true => Vec::new(),
        false => lines(&config, &args.account, ui)?,
    };
    if lines.is_empty() && config.accounts.is_empty() {
        let check = Check::new("accounts", Status::Failed, words.say("accounts-none", &[]))
            .hint(words.say("accounts-add", &[]))
            .exit(Exit::Usage);
        machine.push(check);
    }
    if !lines.is_empty() {
        let text = ui.say("doctor-asking", &[("many", lines.len().into())]);
        ui.status(&text);
    }
    let (store, looks, mut accounts) = block_on(async {
        let (store, looks) = machine::store(&config, &ui.host, words).await;
        let look = |line: AccountLine| {
            let writes = writes(&line.account, &config);
            examine(line, wants.clone(), writes, words)
        };
        let accounts = ask_all(lines, look).await?;
        Ok((store, looks, accounts))
    })?;
    machine.push(store);
    let estimates = estimates(&config, &mut accounts, &looks, ui);
    let holds = holds(&machine, &accounts);
    let report = Report {
        machine,
        accounts,
        estimates,
        holds,
    };
    print::print(&report, ui)?;
    Ok(Exit::gravest(&report.holds))
}

/// Returns what the configured duties want to be looked at.
///
/// # Errors
///
/// When a duty cannot be set as it is configured.
pub(crate) fn wants(config: &Config, ui: &Ui) -> Result<Wants, CliError> {
    let now = ui.host.clock.now();
    let mut wants = wiring::duties::patrol(config).wants(now);
    if config.duties.contains(&DutyWord::Orphans) {
        let orphans = wiring::duties::orphans(config).wants(now);
        wants.estate.parts.extend(orphans.estate.parts);
    }
    for word in [DutyWord::Backups, DutyWord::Alarms] {
        if !config.duties.contains(&word) {
            continue;
        }
        if let Some(changer) = wiring::changing::changer(config, word, &Asked::default())? {
            let parts = changer.duty.wants(now).estate.parts;
            wants.estate.parts.extend(parts);
        }
    }
    Ok(wants)
}

/// What lending copies to another account needs besides; no duty of its own.
const LENDS: &str = "loans";

/// Returns the words of the duties that may change something of an account by themselves.
fn writes(account: &AccountConfig, config: &Config) -> BTreeSet<&'static str> {
    let applies = |word: &DutyWord| {
        let section = wiring::changing::section_accounts(config, *word);
        let named = section.is_empty() || section.contains(&account.name);
        named
            && config.duties.contains(word)
            && wiring::changing::mode(account, *word) == Mode::Apply
    };
    let words = [DutyWord::Orphans, DutyWord::Backups, DutyWord::Alarms];
    let lends = applies(&DutyWord::Backups)
        && account
            .backups
            .copy_to
            .iter()
            .any(|it| it.account.as_ref().is_some_and(|it| *it != account.name));
    words
        .into_iter()
        .filter(applies)
        .map(DutyWord::as_str)
        .chain(lends.then_some(LENDS))
        .collect()
}

/// Returns everything that holds, for the exit code and JSON.
pub(crate) fn holds(machine: &[Check], accounts: &[Examined]) -> Vec<Exit> {
    let checks = machine
        .iter()
        .chain(accounts.iter().flat_map(|it| &it.checks));
    let mut holds: Vec<Exit> = Vec::new();
    for exit in checks.map(|it| it.exit).filter(|it| *it != Exit::Fine) {
        if !holds.contains(&exit) {
            holds.push(exit);
        }
    }
    let unseen = accounts.iter().filter(|it| it.identity.is_none()).count();
    if unseen > 0 && unseen == accounts.len() {
        holds.push(Exit::NothingSeen);
    }
    holds.sort_by_key(|it| it.code());
    holds
}

/// Estimates the calls of every account and adds the line to its checks.
fn estimates(
    config: &Config,
    accounts: &mut [Examined],
    looks: &[store::Look],
    ui: &Ui,
) -> Vec<Estimate> {
    let now = ui.host.clock.now();
    let mut estimates = Vec::new();
    for examined in accounts {
        let account = config
            .accounts
            .iter()
            .find(|it| it.name.as_str() == examined.account);
        // Nothing is called of an account that is not seen.
        let is_called = examined.identity.is_some() && !examined.wanted.is_empty();
        let Some(account) = account.filter(|_| is_called) else {
            continue;
        };
        let zone = account.patrol.timezone.time_zone();
        let runs = runs_a_month(account.patrol.every.cron(), zone, now);
        let basis = Basis {
            account: &model::AccountId::new(&*examined.account),
            wanted: &examined.wanted,
            covers: &examined.covers,
            looks,
        };
        let estimate = estimate(&basis, runs);
        examined.checks.push(estimate.check(Words(ui.language)));
        estimates.push(estimate);
    }
    estimates
}

/// Prints the least policy for the configured duties, and nothing else; asks nobody.
fn print_policy(config: &Config, names: &[String], ui: &mut Ui) -> Result<Exit, CliError> {
    let lines = lines(config, names, ui)?;
    let wants = wants(config, ui)?;
    let mut clouds: BTreeMap<String, (AccountLine, Vec<Requirement>)> = BTreeMap::new();
    for line in lines {
        let watched = match &line.watched {
            Ok(watched) => watched,
            Err(error) => {
                return Err(CliError {
                    hints: error.hints.clone(),
                    ..CliError::usage(&*error.text)
                });
            }
        };
        let discovers = watched.discover.is_some();
        let writes = writes(&line.account, config);
        let wanted = account::wanted(&*watched.provider, &wants, discovers, &writes);
        let cloud = line.account.cloud.as_str().to_owned();
        let (_, all) = clouds.entry(cloud).or_insert_with(|| (line, Vec::new()));
        for requirement in wanted {
            if !all.contains(&requirement) {
                all.push(requirement);
            }
        }
    }
    let mut clouds = clouds.into_values();
    let (Some((line, requirements)), None) = (clouds.next(), clouds.next()) else {
        let key = if config.accounts.is_empty() {
            "accounts-none"
        } else {
            "doctor-several-clouds"
        };
        return Err(CliError::usage(ui.say(key, &[])).hint(ui.say("accounts-add", &[])));
    };
    let access = line
        .watched
        .as_ref()
        .ok()
        .and_then(|it| it.provider.access());
    let policy = access.and_then(|it| account::policy(it, &requirements));
    let Some(policy) = policy else {
        return Err(CliError::usage(ui.say("doctor-no-access", &[])));
    };
    ui.data(&format!("{}\n", policy.document))?;
    Ok(Exit::Fine)
}
