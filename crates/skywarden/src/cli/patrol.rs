//! `skywarden patrol`: what expires, what the balances are, and who is told.

mod report;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::Args;
use cloud::Share;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use model::AccountId;
use notify::Webhook;
use warden::{Exit, Outcome, Progress, RunRequest, Silent, Tell};

use super::run_time::block_on;
use super::{CliError, Context, Global, Ui};
use crate::config::{Config, Secrets};
use crate::wiring;

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

/// A schedule waits half an hour for a robot that is down, a person two minutes.
const PATIENCE_OF_A_SCHEDULE: Duration = Duration::from_secs(30 * 60);
const PATIENCE_OF_A_PERSON: Duration = Duration::from_secs(2 * 60);

/// Patrols, prints what was found, and says by the exit code what holds.
pub(crate) fn run(args: &PatrolArgs, global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
    let mut config = Context::load(global, ui)?.config;
    choose_accounts(&mut config, &args.account)?;
    let outcome = block_on(patrol(args, &config, ui))?;
    let report = report::print(&outcome, &config, ui)?;
    let mut exits = outcome.exits();
    if args.exit_code && report::has_findings(&report) {
        exits.push(Exit::Findings);
    }
    Ok(Exit::gravest(&exits))
}

async fn patrol(args: &PatrolArgs, config: &Config, ui: &mut Ui) -> Result<Outcome, CliError> {
    let person_waits = ui.host.surroundings.stdout_is_terminal;
    let share = Share::percent(if person_waits {
        config.pace.interactive.get()
    } else {
        config.pace.scheduled.get()
    });
    let warden = wiring::warden(config, &ui.host, share, ui.language).await?;
    let progress: Arc<dyn Progress> = if ui.shows_progress() {
        Arc::new(Bar::new(ui))
    } else {
        Arc::new(Silent)
    };
    let duty = wiring::duties::patrol(config);
    let ignore_unseen = wiring::duties::ignore_unseen(config);
    let request = RunRequest {
        duty: &duty,
        tell: if args.no_send {
            Tell::Nobody
        } else {
            Tell::People
        },
        ignore_unseen: &ignore_unseen,
        patience: if person_waits {
            PATIENCE_OF_A_PERSON
        } else {
            PATIENCE_OF_A_SCHEDULE
        },
        progress,
    };
    let outcome = warden.run(&request).await?;
    // The run is done and its report is owed, whatever becomes of what follows it.
    if let Err(error) = say_schedule_once(&warden.db, &outcome, ui).await {
        ui.warn(&error.text);
    }
    if !args.no_send
        && outcome.exits().is_empty()
        && let Err(error) = reset_dead_man(config, ui).await
    {
        ui.warn(&error.text);
    }
    Ok(outcome)
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

/// Keeps only the accounts that were named.
fn choose_accounts(config: &mut Config, names: &[String]) -> Result<(), CliError> {
    let mut chosen: Vec<String> = config
        .patrol
        .accounts
        .iter()
        .map(|it| it.as_str().to_owned())
        .collect();
    if !names.is_empty() {
        chosen = names.to_vec();
    }
    for name in &chosen {
        if !config.accounts.iter().any(|it| it.name.as_str() == name) {
            let known: Vec<&str> = config.accounts.iter().map(|it| it.name.as_str()).collect();
            return Err(CliError::usage(format!("there is no account {name:?}"))
                .hint(format!("configured accounts: {}.", known.join(", "))));
        }
    }
    if !chosen.is_empty() {
        config
            .accounts
            .retain(|it| chosen.iter().any(|name| name == it.name.as_str()));
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

/// A bar on stderr that appears once the scan has lasted a second.
struct Bar {
    bar: ProgressBar,
    clock: Arc<dyn base::Clock>,
    started: Duration,
    shown: Mutex<bool>,
}

impl Bar {
    fn new(ui: &Ui) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let words = ui.say("progress-accounts", &[]);
        let style =
            ProgressStyle::with_template(&format!("{words} {{bar:30}} {{pos}}/{{len}} {{msg}}"));
        if let Ok(style) = style {
            bar.set_style(style);
        }
        let clock = ui.host.clock.clone();
        Self {
            bar,
            started: clock.monotonic(),
            clock,
            shown: Mutex::new(false),
        }
    }
}

impl Progress for Bar {
    fn accounts(&self, many: usize) {
        self.bar.set_length(many as u64);
    }

    fn done(&self, account: &AccountId) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if !*shown && self.clock.monotonic().saturating_sub(self.started) > Duration::from_secs(1) {
            self.bar
                .set_draw_target(ProgressDrawTarget::stderr_with_hz(8));
            *shown = true;
        }
        self.bar
            .set_message(super::output::printable(account.as_str()));
        self.bar.inc(1);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
