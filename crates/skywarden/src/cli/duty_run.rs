//! One run of a duty as a command: which accounts, how patient, what a person sees meanwhile.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cloud::Share;
use duty::Duty;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use model::AccountId;
use std::collections::BTreeMap;
use store::Db;
use warden::{Exit, Outcome, Progress, RunRequest, Silent, Tell};

use super::{CliError, Ui};
use crate::config::{Config, Name};
use crate::wiring::{self, Told};

/// A schedule waits half an hour for a robot that is down, a person two minutes.
const PATIENCE_OF_A_SCHEDULE: Duration = Duration::from_secs(30 * 60);
const PATIENCE_OF_A_PERSON: Duration = Duration::from_secs(2 * 60);

/// What is to be run.
pub(crate) struct Order<'a> {
    pub(crate) duty: &'a dyn Duty,
    /// Whose letters go out.
    pub(crate) told: Told,
    /// Whether they do.
    pub(crate) tell: Tell,
    /// Known gaps, and until when.
    pub(crate) ignore_unseen: &'a BTreeMap<String, Timestamp>,
}

/// Runs a duty over the accounts of `config`; returns what became of it.
pub(crate) async fn run_duty(
    order: &Order<'_>,
    config: &Config,
    ui: &mut Ui,
) -> Result<Arc<Outcome>, CliError> {
    let (outcome, (), _) = run_reported(order, config, ui, |_| ()).await?;
    Ok(outcome)
}

/// Does the same; returns what became of it, the report of that, and the store.
pub(crate) async fn run_reported<R>(
    order: &Order<'_>,
    config: &Config,
    ui: &mut Ui,
    report: impl FnOnce(&Outcome) -> R,
) -> Result<(Arc<Outcome>, R, Db), CliError> {
    let person_waits = ui.host.surroundings.stdout_is_terminal;
    let share = Share::percent(if person_waits {
        config.pace.interactive.get()
    } else {
        config.pace.scheduled.get()
    });
    let warden = wiring::warden(config, &ui.host, share, order.told, ui.language).await?;
    let progress: Arc<dyn Progress> = if ui.shows_progress() {
        Arc::new(Bar::new(ui))
    } else {
        Arc::new(Silent)
    };
    let request = RunRequest {
        duty: order.duty,
        tell: order.tell,
        ignore_unseen: order.ignore_unseen,
        patience: patience(ui),
        progress,
    };
    let ran = warden.run_ahead(&request).await?;
    let report = report(ran.outcome());
    Ok((ran.written().await?, report, warden.db))
}

/// Returns how long deliveries may take before the rest is left in the outbox.
pub(crate) fn patience(ui: &Ui) -> Duration {
    match ui.host.surroundings.stdout_is_terminal {
        true => PATIENCE_OF_A_PERSON,
        false => PATIENCE_OF_A_SCHEDULE,
    }
}

/// Keeps only the accounts that were named, or else those that the section names.
pub(crate) fn choose_accounts(
    config: &mut Config,
    section: &[Name],
    names: &[String],
) -> Result<(), CliError> {
    let mut chosen: Vec<String> = section.iter().map(|it| it.as_str().to_owned()).collect();
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

/// Returns what the process ends with after a run, which says of findings by its exit code only when
/// it was asked to.
pub(crate) fn ending<R>(outcome: Arc<Outcome>, report: R, says_findings: bool) -> Exit {
    let mut exits = outcome.exits();
    exits.extend(says_findings.then_some(Exit::Findings));
    // The process ends here, and what hundreds of thousands of rows take goes with it at once.
    std::mem::forget((outcome, report));
    Exit::gravest(&exits)
}

/// A bar on stderr that appears once the scan has lasted a second.
pub(crate) struct Bar {
    bar: ProgressBar,
    clock: Arc<dyn base::Clock>,
    started: Duration,
    shown: Mutex<bool>,
}

impl Bar {
    pub(crate) fn new(ui: &Ui) -> Self {
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
