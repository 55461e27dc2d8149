//! The orphan duty: machines that belonged to a Kubernetes cluster and no longer do, and disks,
//! addresses, snapshots, images and load balancers that nobody uses.
//!
//! Invariant: pure rules; no I/O, no clock, no async, and no cloud is named here.
//! Invariant: nothing is called an orphan from partial sight, nor from one look alone.
//! Invariant: nothing is done about one that the settings do not ask for, account by account.

pub mod acts;
pub mod explain;
pub mod facts;
pub mod kind;
pub mod report;
pub mod rules;
#[cfg(test)]
mod sample;
pub mod settings;
pub mod summary;
pub mod verdict;

pub use acts::{Acts, MachineActs};
pub use facts::Facts;
pub use kind::OrphanKind;
pub use rules::{DUTY, assess, doubts, plan, remembered, wants};
pub use settings::{Allowance, Allowed, OrphanSettings, Settings};
pub use summary::{OrphanReport, summarize};
pub use verdict::{Reason, Verdict};

use cloud::{Census, Doubt, Remembered, Wants};
use duty::{Audience, Duty, Finding, Letter, Limits, Memory, Plan, Scene};
use jiff::Timestamp;
use model::{AccountId, Language};

/// The duty of finding orphans, as it was set.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Orphans {
    /// What is asked of it.
    pub settings: Settings,
}

impl Duty for Orphans {
    fn name(&self) -> &'static str {
        DUTY
    }

    fn wants(&self, _now: Timestamp) -> Wants {
        wants(&self.settings)
    }

    fn remembered(&self, memory: &Memory) -> Remembered {
        remembered(memory)
    }

    fn doubts(&self, census: &Census, memory: &Memory, now: Timestamp) -> Vec<Doubt> {
        doubts(census, memory, &self.settings, now)
    }

    fn assess(&self, census: &Census, memory: &Memory, now: Timestamp) -> Vec<Finding> {
        assess(census, memory, &self.settings, now)
    }

    fn plan(&self, census: &Census, memory: &Memory, now: Timestamp) -> Option<Plan> {
        plan(census, memory, &self.settings, now)
    }

    fn limits(&self, account: &AccountId) -> Limits {
        self.settings.of(account).acts.limits.clone()
    }

    fn explain(&self, reason: &duty::Reason, language: Language) -> String {
        explain::explain(reason, language)
    }

    fn letter(&self, audience: &Audience, scene: &Scene<'_>) -> Option<Letter> {
        report::letter(&self.settings, audience, scene)
    }
}
