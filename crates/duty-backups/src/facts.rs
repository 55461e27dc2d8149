//! The facts a finding rests on: their names, and how they are read back.
//!
//! A finding outlives the run that made it, so what a report says of it is read from these facts.

use std::cmp::Reverse;

use duty::{Finding, Severity};
use jiff::Timestamp;

use crate::kind::BackupKind;

/// The cloud.
pub const CLOUD: &str = "cloud";
/// The cloud's own number of the account.
pub const IDENTITY: &str = "identity";
/// The region.
pub const REGION: &str = "region";
/// The state of the machine, when it does not run.
pub const STATE: &str = "state";
/// When the newest copy was begun, RFC 3339.
pub const NEWEST: &str = "newest";
/// How old the newest copy may be, in hours.
pub const MAX_AGE: &str = "max_age_hours";
/// What of the cloud's own keeps copies of it: `service policy`, with commas.
pub const COVERED_BY: &str = "covered_by";
/// Which steps were not done, with commas: `create_set`.
pub const STEPS: &str = "steps";
/// Why, in the cloud's words.
pub const WHY: &str = "why";
/// Since when, RFC 3339.
pub const SINCE: &str = "since";
/// The period of a set, RFC 3339.
pub const PERIOD: &str = "period";
/// How many snapshots of a set there are and can be used.
pub const THERE: &str = "there";
/// How many there should be.
pub const WANTED: &str = "wanted";
/// Who holds it.
pub const HELD_BY: &str = "held_by";
/// The machine it is of.
pub const MACHINE: &str = "machine";
/// When it was made, RFC 3339.
pub const CREATED: &str = "created";
/// Its size in GiB.
pub const SIZE_GIB: &str = "size_gib";

/// In which zones, with commas.
pub const ZONES: &str = "zones";
/// How many snapshots.
pub const SNAPSHOTS: &str = "snapshots";
/// How many images.
pub const IMAGES: &str = "images";
/// How many sets.
pub const SETS: &str = "sets";
/// Of how many machines.
pub const MACHINES: &str = "machines";
/// The machines that have no other copy, with commas.
pub const LAST_OF: &str = "last_of";
/// The state of a key: `disabled`, `gone`, `withheld`, or the cloud's word.
pub const KEY_STATE: &str = "key_state";
/// When a key goes, RFC 3339.
pub const GOES: &str = "goes";
/// The key without which the copies there are cannot be restored.
pub const BARRED_BY: &str = "barred_by";
/// Until when, RFC 3339.
pub const UNTIL: &str = "until";

/// How a finding is sorted among others; the first in order is the worst.
pub(crate) type Rank = (
    Reverse<Severity>,
    Option<BackupKind>,
    String,
    String,
    String,
);

/// A finding of the backup duty, with its facts read back.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// What it is about; `None` when a newer version found something this one does not know.
    pub kind: Option<BackupKind>,
}

impl<'a> Facts<'a> {
    /// Reads the facts of a finding.
    #[must_use]
    pub fn of(finding: &'a Finding) -> Self {
        Self {
            finding,
            kind: BackupKind::from_word(&finding.key.kind),
        }
    }

    /// Returns one fact; empty when it is not there.
    #[must_use]
    pub fn get(&self, name: &str) -> &'a str {
        self.finding.evidence.get(name).map_or("", String::as_str)
    }

    /// Returns a time, if that fact is there.
    #[must_use]
    pub fn time(&self, name: &str) -> Option<Timestamp> {
        self.get(name).parse().ok()
    }

    /// Returns the values of a fact that has several.
    pub fn list(&self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.get(name).split(',').filter(|it| !it.is_empty())
    }

    /// Returns where it stands among others.
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
