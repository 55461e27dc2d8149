//! The facts a finding rests on: their names, and how they are read back.
//!
//! A finding outlives the run that made it, so what a report says of it is read from these facts.

use std::cmp::Reverse;

use duty::{Finding, Severity};

use crate::kind::AlarmKind;

/// The cloud.
pub const CLOUD: &str = "cloud";
/// The region.
pub const REGION: &str = "region";
/// The alarm, by its name.
pub const ALARM: &str = "alarm";
/// The machine.
pub const MACHINE: &str = "machine";
/// How many there are.
pub const COUNT: &str = "count";
/// Which, with commas; not all of them when they are many.
pub const MACHINES: &str = "machines";
/// Whom alarms tell, by name.
pub const TARGET: &str = "target";
/// Who has not confirmed, with commas.
pub const LISTENERS: &str = "listeners";
/// `true` when we made the alarm.
pub const OURS: &str = "ours";
/// Since when, RFC 3339.
pub const SINCE: &str = "since";
/// Why, in the cloud's words or as a stable word.
pub const WHY: &str = "why";
/// The name of a tag.
pub const TAG: &str = "tag";
/// The name of a tag that is much like it; empty when none is.
pub const LIKE: &str = "like";

/// How a finding is sorted among others; the first in order is the worst.
pub(crate) type Rank = (Reverse<Severity>, Option<AlarmKind>, String, String, String);

/// A finding of the alarm duty, with its facts read back.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// What it is about; `None` when a newer version found something this one does not know.
    pub kind: Option<AlarmKind>,
}

impl<'a> Facts<'a> {
    /// Reads the facts of a finding.
    #[must_use]
    pub fn of(finding: &'a Finding) -> Self {
        Self {
            finding,
            kind: AlarmKind::from_word(&finding.key.kind),
        }
    }

    /// Returns a fact; empty when there is none.
    #[must_use]
    pub fn get(&self, name: &str) -> &'a str {
        self.finding.evidence.get(name).map_or("", String::as_str)
    }

    pub(crate) fn rank(&self) -> Rank {
        let key = &self.finding.key;
        (
            Reverse(self.finding.severity),
            self.kind,
            key.account.to_string(),
            self.get(REGION).to_owned(),
            key.resource.to_string(),
        )
    }
}
