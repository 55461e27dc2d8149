//! The question before anything is changed.

use std::sync::{Mutex, PoisonError};

use duty::Duty;
use jiff::tz::TimeZone;
use warden::{Confirm, Planning};

use crate::cli::changing::print;
use crate::cli::{CliError, Ui};

/// The word that a person types; a key pressed in passing is no yes.
const WORD: &str = "apply";

/// Shows a person the plan, in which accounts it is, who these are and where, and asks.
pub(in crate::cli) struct Asker<'a> {
    yes: bool,
    duty: &'a dyn Duty,
    zone: TimeZone,
    // The terminal is one thing, and whoever asks is asked from any thread.
    ui: Mutex<&'a mut Ui>,
    failed: Mutex<Option<CliError>>,
}

impl<'a> Asker<'a> {
    /// Returns who asks; with `yes` nobody is.
    pub(in crate::cli) fn new(
        yes: bool,
        duty: &'a dyn Duty,
        zone: TimeZone,
        ui: &'a mut Ui,
    ) -> Self {
        Self {
            yes,
            duty,
            zone,
            ui: Mutex::new(ui),
            failed: Mutex::new(None),
        }
    }

    /// Returns why nobody could be asked, if so.
    pub(in crate::cli) fn failed(&self) -> Option<CliError> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.take()
    }

    fn ask(&self, planning: &Planning, ui: &mut Ui) -> Result<bool, CliError> {
        let shown = print::shown(planning, self.duty, &self.zone, ui);
        ui.status_always(shown.trim_end());
        let title = ui.say("apply-where", &[]);
        ui.status_always(&format!("\n{title}"));
        for line in places(planning, ui) {
            ui.status_always(&format!("  {line}"));
        }
        let question = ui.say("apply-question", &[("word", WORD.into())]);
        Ok(ui.ask(&question)? == WORD)
    }
}

impl Confirm for Asker<'_> {
    fn confirms(&self, planning: &Planning) -> bool {
        if self.yes {
            return true;
        }
        let mut ui = self.ui.lock().unwrap_or_else(PoisonError::into_inner);
        self.ask(planning, &mut ui).unwrap_or_else(|error| {
            let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
            *failed = Some(error);
            false
        })
    }
}

/// Returns a line for each account: its name, who it is, its regions, and how much is done there.
fn places(planning: &Planning, ui: &Ui) -> Vec<String> {
    let mut accounts: Vec<_> = planning.identities.iter().collect();
    accounts.retain(|(account, _)| {
        let mut steps = planning.approved.steps();
        steps.any(|(_, _, it)| it.spot.account == **account)
    });
    let line = |(account, number): (&model::AccountId, &String)| {
        let of_it = || {
            let steps = planning.approved.steps();
            steps.filter(|(_, _, it)| it.spot.account == *account)
        };
        let regions: std::collections::BTreeSet<&str> =
            of_it().map(|(_, _, it)| it.spot.region.as_str()).collect();
        let regions: Vec<&str> = regions.into_iter().collect();
        let sign = |sign: char| of_it().filter(|(_, _, it)| it.step.sign() == sign).count();
        let places = [
            ("account", account.as_str().into()),
            ("identity", number.as_str().into()),
            ("regions", regions.join(", ").into()),
            ("made", sign('+').into()),
            ("changed", sign('~').into()),
            ("removed", sign('-').into()),
        ];
        ui.say("apply-place", &places)
    };
    accounts.into_iter().map(line).collect()
}
