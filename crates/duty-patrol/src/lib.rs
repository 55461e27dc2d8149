//! The patrol: what expires when, with or without auto-renewal, and how long the balance lasts.
//!
//! Invariant: pure rules over what was seen; no I/O, no clock, nothing async.
//! Invariant: partial sight is said to be partial; what was not seen is neither fine nor gone.

pub mod calendar;
pub mod days;
pub mod facts;
pub mod kind;
pub mod notice;
pub mod report;
pub mod rules;
#[cfg(test)]
mod sample;
pub mod settings;
pub mod summary;

pub use facts::Facts;
pub use kind::PatrolKind;
pub use notice::{Notice, Occasion};
pub use rules::{DUTY, assess, wants};
pub use settings::{BalanceRule, PatrolSettings, Settings};
pub use summary::{PatrolReport, summarize};

use cloud::{Census, Wants};
use duty::{Audience, Duty, Finding, Letter, Memory, Scene};
use jiff::Timestamp;

/// The duty of patrolling, as it was set.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Patrol {
    /// What is asked of it.
    pub settings: Settings,
}

impl Duty for Patrol {
    fn name(&self) -> &'static str {
        DUTY
    }

    fn wants(&self, now: Timestamp) -> Wants {
        wants(&self.settings, now)
    }

    fn assess(&self, census: &Census, memory: &Memory, now: Timestamp) -> Vec<Finding> {
        assess(census, memory, &self.settings, now)
    }

    fn letter(&self, audience: &Audience, scene: &Scene<'_>) -> Option<Letter> {
        report::letter(&self.settings, audience, scene)
    }
}
