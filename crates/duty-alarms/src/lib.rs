//! The alarm duty: each machine has one alarm on what it sends out.
//!
//! Invariant: pure rules; no I/O, no clock, no async, and no cloud is named here.
//! Invariant: an alarm that is there is never altered or replaced, whoever made it: a person may have
//! tuned it. So nothing is made before the whole list of alarms was seen.
//! Invariant: only an alarm that we made may go, and only when its machine is proven to be gone.

pub mod explain;
pub mod facts;
pub mod kind;
pub mod report;
pub mod rules;
#[cfg(test)]
mod sample;
pub mod settings;
pub mod summary;
pub mod threshold;

pub use kind::AlarmKind;
pub use rules::{DUTY, MACHINE_TAG, assess, doubts, plan, wants};
pub use settings::{AlarmSettings, Counts, Settings};
pub use summary::{AlarmReport, summarize};
pub use threshold::BadThreshold;

use cloud::{Census, Doubt, Wants};
use duty::{Audience, Duty, Finding, Letter, Limits, Memory, Plan, Reason, Scene};
use jiff::Timestamp;
use model::{AccountId, Language};

/// The duty of keeping alarms, as it was set.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Alarms {
    /// What is asked of it.
    pub settings: Settings,
}

impl Duty for Alarms {
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

    fn plan(&self, census: &Census, memory: &Memory, now: Timestamp) -> Option<Plan> {
        Some(plan(census, memory, &self.settings, now))
    }

    fn limits(&self, account: &AccountId) -> Limits {
        self.settings.of(account).limits.clone()
    }

    fn explain(&self, reason: &Reason, language: Language) -> String {
        explain::explain(reason, language)
    }

    fn letter(&self, audience: &Audience, scene: &Scene<'_>) -> Option<Letter> {
        report::letter(&self.settings, audience, scene)
    }
}
