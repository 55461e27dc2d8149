//! When people are told: of what is new, gone or more urgent at once, of all of it once a day.
//!
//! Invariant: what is muted is never told; what somebody has taken on is told in the digest only.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::finding::{FindingState, KnownFinding, Severity};

/// What the decision rests on.
#[derive(Debug, Clone)]
pub struct Circumstances<'a> {
    /// The findings that are theirs, after this run.
    pub known: Vec<&'a KnownFinding>,
    /// From which severity on a finding is worth a message of its own; what is less grave waits for
    /// the digest.
    pub stirs_from: Severity,
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
    let told: Vec<&KnownFinding> = live
        .into_iter()
        .filter(|it| it.finding.severity >= circumstances.stirs_from && is_news(it))
        .collect();
    let stirred = |it: &&KnownFinding| {
        let told = it.notified.map(|it| it.severity);
        it.acked.is_none() && told >= Some(circumstances.stirs_from)
    };
    let gone: Vec<&KnownFinding> = gone.into_iter().filter(stirred).collect();
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
#[must_use]
pub fn is_news(known: &KnownFinding) -> bool {
    let worse = known
        .notified
        .is_none_or(|told| known.finding.severity > told.severity);
    worse && known.acked.is_none()
}

/// Returns what people were told of and is gone.
fn gone<'a>(circumstances: &Circumstances<'a>) -> Vec<&'a KnownFinding> {
    let known = circumstances.known.iter().copied();
    known
        .filter(|it| it.state == FindingState::Gone && it.notified.is_some())
        .filter(|it| !it.is_muted(circumstances.now))
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
mod tests {
    use model::{AccountId, ResourceId};

    use super::*;
    use crate::finding::{Finding, FindingKey, Notified};

    fn told(severity: Severity, told: Option<Severity>, state: FindingState) -> KnownFinding {
        KnownFinding {
            finding: Finding {
                key: FindingKey {
                    duty: "orphans".into(),
                    kind: "machine".into(),
                    account: AccountId::new("game"),
                    resource: ResourceId::new("ins-1"),
                },
                severity,
                scopes: Vec::new(),
                name: String::new(),
                owner: String::new(),
                tags: model::Tags::new(),
                evidence: std::collections::BTreeMap::new(),
            },
            state,
            frozen: false,
            first_seen: Timestamp::UNIX_EPOCH,
            last_seen: Timestamp::UNIX_EPOCH,
            notified: told.map(|severity| Notified {
                at: Timestamp::UNIX_EPOCH,
                severity,
            }),
            muted: None,
            acked: None,
        }
    }

    fn speaks(known: &KnownFinding, digest_due: bool) -> bool {
        let circumstances = Circumstances {
            known: vec![known],
            stirs_from: Severity::Warning,
            has_gaps: false,
            wants_ping: false,
            digest_due,
            now: Timestamp::UNIX_EPOCH,
        };
        notice(&circumstances) != Notice::Silent
    }

    #[test]
    fn what_is_less_grave_than_news_waits_for_the_digest_and_goes_without_a_word_of_its_own() {
        use FindingState::{Gone, New};
        use Severity::{Notice, Warning};
        for (known, stirs) in [
            (told(Notice, None, New), false),
            (told(Warning, None, New), true),
            (told(Warning, Some(Notice), New), true),
            (told(Notice, Some(Notice), Gone), false),
            (told(Warning, Some(Warning), Gone), true),
        ] {
            assert_eq!(speaks(&known, false), stirs, "{known:?}");
            assert!(speaks(&known, true), "{known:?}");
        }
    }
}
