//! When people are told: of what is new, gone or more urgent at once, of all of it once a day.
//!
//! Invariant: what is muted is never told; what somebody has taken on is told in the digest only.

use std::collections::BTreeSet;

use duty::{FindingState, KnownFinding};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use model::{AccountId, ResourceId};

use crate::kind::PatrolKind;

/// What the decision rests on.
#[derive(Debug, Clone)]
pub struct Circumstances<'a> {
    /// The findings that are theirs, after this run.
    pub known: Vec<&'a KnownFinding>,
    /// Whether something of theirs was not seen, and that is not accepted.
    pub has_gaps: bool,
    /// Whether they want a sign of life when there is nothing to report.
    pub wants_ping: bool,
    /// Whether the one digest of the day is due.
    pub digest_due: bool,
    /// When.
    pub now: Timestamp,
}

/// Why something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// Something is new, gone or more urgent.
    News,
    /// It is time for the day's digest.
    Digest,
}

/// What is said now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice<'a> {
    /// Something is to be told.
    Speak {
        /// Why.
        occasion: Occasion,
        /// The findings to list.
        told: Vec<&'a KnownFinding>,
        /// The findings that people know of and that are gone.
        gone: Vec<&'a KnownFinding>,
    },
    /// There is nothing to report, and that is to be told.
    Heartbeat,
    /// Nothing is said.
    Silent,
}

/// Decides what is said now.
#[must_use]
pub fn notice<'a>(circumstances: &Circumstances<'a>) -> Notice<'a> {
    let now = circumstances.now;
    let heard = |it: &&'a KnownFinding| !it.is_muted(now);
    let open = |it: &&'a KnownFinding| it.state != FindingState::Gone;
    let live: Vec<&KnownFinding> = circumstances
        .known
        .iter()
        .copied()
        .filter(open)
        .filter(heard)
        .collect();
    let gone = gone(circumstances);
    if circumstances.digest_due {
        return match (live.is_empty() && gone.is_empty(), circumstances.wants_ping) {
            _ if circumstances.has_gaps => Notice::Speak {
                occasion: Occasion::Digest,
                told: live,
                gone,
            },
            (false, _) => Notice::Speak {
                occasion: Occasion::Digest,
                told: live,
                gone,
            },
            (true, true) => Notice::Heartbeat,
            (true, false) => Notice::Silent,
        };
    }
    let told: Vec<&KnownFinding> = live.into_iter().filter(|it| is_news(it)).collect();
    let gone: Vec<&KnownFinding> = gone.into_iter().filter(|it| it.acked.is_none()).collect();
    if told.is_empty() && gone.is_empty() {
        return Notice::Silent;
    }
    Notice::Speak {
        occasion: Occasion::News,
        told,
        gone,
    }
}

/// Returns whether people have not been told of a finding, or not that it is this bad, and nobody
/// has taken it on.
pub(crate) fn is_news(known: &KnownFinding) -> bool {
    let worse = known
        .notified
        .is_none_or(|told| known.finding.severity > told.severity);
    worse && known.acked.is_none()
}

/// Returns what people were told of and is gone.
fn gone<'a>(circumstances: &Circumstances<'a>) -> Vec<&'a KnownFinding> {
    without_successors(&circumstances.known)
        .into_iter()
        .filter(|it| it.state == FindingState::Gone && it.notified.is_some())
        .filter(|it| !it.is_muted(circumstances.now))
        .collect()
}

/// Returns the findings without those that are gone because they became another finding of the
/// same thing: a resource that was about to end and now has ended is not gone.
pub(crate) fn without_successors<'a>(known: &[&'a KnownFinding]) -> Vec<&'a KnownFinding> {
    let is_thing = |it: &KnownFinding| {
        PatrolKind::from_word(&it.finding.key.kind).is_some_and(|it| !it.is_about_money())
    };
    let thing = |it: &'a KnownFinding| (&it.finding.key.account, &it.finding.key.resource);
    let all = || known.iter().copied();
    let live: BTreeSet<(&AccountId, &ResourceId)> = all()
        .filter(|it| it.state != FindingState::Gone && is_thing(it))
        .map(thing)
        .collect();
    all()
        .filter(|it| it.state != FindingState::Gone || !is_thing(it) || !live.contains(&thing(it)))
        .collect()
}

/// Returns whether the digest of the day is due: none went out since its hour last came.
///
/// So a patrol that only ever runs before that hour sends one all the same, and one that runs every
/// hour sends it at its hour.
#[must_use]
pub fn digest_is_due(last: Option<Timestamp>, hour: i8, zone: &TimeZone, now: Timestamp) -> bool {
    last.is_none_or(|last| digest_day(last, hour, zone) < digest_day(now, hour, zone))
}

/// Returns the day whose digest is the latest by then; such a day begins at its hour.
fn digest_day(instant: Timestamp, hour: i8, zone: &TimeZone) -> Date {
    let local = zone.to_datetime(instant);
    if local.hour() >= hour {
        local.date()
    } else {
        local.date().yesterday().unwrap_or(Date::MIN)
    }
}

#[cfg(test)]
mod tests;
