//! What `plan`, `apply` and everything else that changes something have in common: which duty, whose
//! accounts, how it is looked at, and how a plan is shown.

pub(super) mod print;
pub(super) mod rows;
pub(super) mod saved;
pub(super) mod text;

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::Args;
use cloud::Share;
use duty::{Backlog, Duty};
use flow::Fate;
use jiff::Timestamp;
use warden::{ApplyError, Exit, Progress, RunRequest, Silent, Tell, Warden};

use super::duty_run::{Bar, patience};
use super::error::ErrorClass;
use super::{CliError, Ui};
use crate::config::{Config, DutyWord};
use crate::wiring;
use crate::wiring::changing::{Asked, Changer};

/// What a person may ask for besides what is configured.
#[derive(Debug, Default, Args)]
pub(super) struct AskedArgs {
    #[arg(long)]
    pub(super) create_topic: bool,
    #[arg(long, value_name = "ADDRESS", requires = "create_topic")]
    pub(super) subscribe: Vec<String>,
    #[arg(long)]
    pub(super) backlog: bool,
}

impl AskedArgs {
    /// Returns what is asked of the duty.
    pub(super) fn asked(&self) -> Asked {
        Asked {
            create_topic: self.create_topic,
            subscribe: self.subscribe.clone(),
        }
    }

    /// Returns whether more may go than on other days.
    pub(super) fn backlog(&self) -> Backlog {
        match self.backlog {
            true => Backlog::Once,
            false => Backlog::Refused,
        }
    }
}

/// The duties that change something, in the order they are planned.
pub(super) const CHANGING: [DutyWord; 3] = [DutyWord::Backups, DutyWord::Alarms, DutyWord::Orphans];

/// Returns the duty of a word.
///
/// # Errors
///
/// When no duty that changes something has that word.
pub(super) fn duty_of(word: &str, ui: &Ui) -> Result<DutyWord, CliError> {
    let found = CHANGING.into_iter().find(|it| it.as_str() == word);
    found.ok_or_else(|| {
        let words: Vec<&str> = CHANGING.iter().map(|it| it.as_str()).collect();
        let text = ui.say("plan-no-duty", &[("duty", word.into())]);
        let known = [("duties", words.join(", ").into())];
        CliError::usage(text).hint(ui.say("plan-duties", &known))
    })
}

/// Returns a duty as it is configured.
///
/// # Errors
///
/// When it changes nothing.
pub(super) fn changer(
    config: &Config,
    word: DutyWord,
    asked: &Asked,
    ui: &Ui,
) -> Result<Changer, CliError> {
    wiring::changing::changer(config, word, asked)?.ok_or_else(|| {
        let text = ui.say("plan-none-of", &[("duty", word.as_str().into())]);
        CliError::usage(text)
    })
}

/// Puts together what runs a duty over the accounts of `config`.
pub(super) async fn warden(
    config: &Config,
    changer: &Changer,
    ui: &Ui,
) -> Result<Warden, CliError> {
    let person_waits = ui.host.surroundings.stdout_is_terminal;
    let share = Share::percent(match person_waits {
        true => config.pace.interactive.get(),
        false => config.pace.scheduled.get(),
    });
    wiring::warden(config, &ui.host, share, changer.told, ui.language).await
}

/// Returns how a duty looks.
pub(super) fn request<'a>(
    duty: &'a dyn Duty,
    ignore_unseen: &'a BTreeMap<String, Timestamp>,
    tell: Tell,
    ui: &Ui,
) -> RunRequest<'a> {
    let progress: Arc<dyn Progress> = match ui.shows_progress() {
        true => Arc::new(Bar::new(ui)),
        false => Arc::new(Silent),
    };
    RunRequest {
        duty,
        tell,
        ignore_unseen,
        patience: patience(ui),
        progress,
    }
}

/// Returns what holds of steps that were done or were to be done.
pub(super) fn exits_of<'a>(fates: impl Iterator<Item = &'a Fate>) -> Vec<Exit> {
    fates
        .filter_map(|fate| match fate {
            Fate::Done { .. } => None,
            Fate::Refused { .. } => Some(Exit::Refused),
            _ => Some(Exit::Internal),
        })
        .collect()
}

/// Returns why nothing was planned or applied, in words with what to do about it.
pub(super) fn of_apply(error: ApplyError, ui: &Ui) -> CliError {
    use duty::BadFile;
    let told = |class: ErrorClass, hint: Option<&str>| CliError {
        class,
        text: base::chain(&error),
        hints: hint.map(|key| ui.say(key, &[])).into_iter().collect(),
    };
    match &error {
        ApplyError::Store(_) => match error {
            ApplyError::Store(source) => source.into(),
            other => CliError::internal("nothing was applied", &other),
        },
        ApplyError::Flow(flow::FlowError::Busy { .. }) => {
            told(ErrorClass::Refused, Some("apply-busy-hint"))
        }
        ApplyError::Flow(_) => told(ErrorClass::Internal, Some("apply-journal-hint")),
        ApplyError::File(BadFile::Unreadable(_) | BadFile::Version(_)) => {
            told(ErrorClass::Usage, Some("apply-again-hint"))
        }
        ApplyError::File(_) => told(ErrorClass::Refused, Some("apply-again-hint")),
        ApplyError::NoPlan { .. } => told(ErrorClass::Usage, None),
        ApplyError::Declined => told(ErrorClass::Refused, None),
        ApplyError::NothingLeft { .. } => told(ErrorClass::Usage, Some("runs-list-hint")),
    }
}
