//! The orphan duty: machines that belonged to a Kubernetes cluster and no longer do, and disks,
//! addresses, snapshots, images and load balancers that nobody uses.
//!
//! Invariant: pure rules; no I/O, no clock, no async, and no cloud is named here.
//! Invariant: nothing is called an orphan from partial sight, nor from one look alone.

pub mod facts;
pub mod kind;
pub mod report;
pub mod rules;
#[cfg(test)]
mod sample;
pub mod settings;
pub mod summary;
pub mod verdict;

pub use facts::Facts;
pub use kind::OrphanKind;
pub use rules::{DUTY, assess, doubts, wants};
pub use settings::{Allowance, Allowed, OrphanSettings, Settings};
pub use summary::{OrphanReport, summarize};
pub use verdict::{Reason, Verdict};

use cloud::{Census, Doubt, Wants};
use duty::{Audience, Duty, Finding, Letter, Memory, Scene};
use jiff::Timestamp;

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

    fn wants(&self, memory: &Memory, _now: Timestamp) -> Wants {
        wants(&self.settings, memory)
    }

    fn doubts(&self, census: &Census, memory: &Memory, now: Timestamp) -> Vec<Doubt> {
        doubts(census, memory, &self.settings, now)
    }

    fn assess(&self, census: &Census, memory: &Memory, now: Timestamp) -> Vec<Finding> {
        assess(census, memory, &self.settings, now)
    }

    fn letter(&self, audience: &Audience, scene: &Scene<'_>) -> Option<Letter> {
        report::letter(&self.settings, audience, scene)
    }
}
