//! The backup duty: one set of snapshots for each machine and period, one image a week, and what of
//! them may go.
//!
//! Invariant: pure rules; no I/O, no clock, no async, and no cloud is named here.
//! Invariant: what was not seen whole is not touched, and nothing of a machine goes before the copy
//! that replaces it is whole.

pub mod errands;
pub mod facts;
pub mod kind;
pub mod report;
pub mod rules;
#[cfg(test)]
mod sample;
pub mod settings;
pub mod summary;

pub use errands::{Beyond, How, adopt_plan, restore_plan, verify_plan};
pub use facts::Facts;
pub use kind::BackupKind;
pub use rules::{DUTY, assess, doubts, plan, wants};
pub use settings::{
    BackupSettings, BadCadence, Cadence, CopyAccount, CopyTo, Entry, ImageDisks, ImageRhythm, Keep,
    Settings,
};
pub use summary::{BackupReport, Holding, holdings, summarize};

use cloud::{Census, Doubt, Wants};
use duty::{Audience, Duty, Finding, Letter, Limits, Memory, Plan, Reason, Scene};
use jiff::Timestamp;
use model::{AccountId, Language};

/// The duty of keeping copies, as it was set.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Backups {
    /// What is asked of it.
    pub settings: Settings,
}

impl Duty for Backups {
    fn name(&self) -> &'static str {
        DUTY
    }

    fn wants(&self, _now: Timestamp) -> Wants {
        wants()
    }

    fn doubts(&self, census: &Census, _memory: &Memory, now: Timestamp) -> Vec<Doubt> {
        doubts(census, &self.settings, now)
    }

    fn assess(&self, census: &Census, memory: &Memory, now: Timestamp) -> Vec<Finding> {
        assess(census, memory, &self.settings, now)
    }

    fn plan(&self, census: &Census, _memory: &Memory, now: Timestamp) -> Option<Plan> {
        Some(plan(census, &self.settings, now))
    }

    fn limits(&self, account: &AccountId) -> Limits {
        self.settings.of(account).limits()
    }

    fn explain(&self, reason: &Reason, language: Language) -> String {
        report::explain(reason, language)
    }

    fn letter(&self, audience: &Audience, scene: &Scene<'_>) -> Option<Letter> {
        report::letter(&self.settings, audience, scene)
    }
}
