use duty::{Ack, Finding, Mute, Notified, Severity};
use jiff::tz::{self, TimeZone};

use super::*;
use crate::sample::{account, at, bill, census, first_run, now, settings};

/// Returns one known finding that nobody was told of.
fn untold() -> KnownFinding {
    let census = census([("shop", account(bill("i-1 ecs 2026-12-01"), None))]);
    let found = crate::assess(&census, &duty::Memory::default(), &settings("1"), now());
    first_run(&census, found).remove(0)
}

fn told(severity: Severity) -> KnownFinding {
    KnownFinding {
        notified: Some(Notified {
            at: now(),
            severity,
        }),
        ..untold()
    }
}

fn gone(known: KnownFinding) -> KnownFinding {
    KnownFinding {
        state: FindingState::Gone,
        ..known
    }
}

fn acked(known: KnownFinding) -> KnownFinding {
    KnownFinding {
        acked: Some(Ack {
            at: now(),
            by: "li".into(),
        }),
        ..known
    }
}

fn muted(known: KnownFinding, until: &str) -> KnownFinding {
    let mute = Mute {
        until: at(until),
        reason: "will be released".into(),
        by: "li".into(),
    };
    KnownFinding {
        muted: Some(mute),
        ..known
    }
}

/// Returns the same finding as another kind.
fn become_of(known: &KnownFinding, kind: PatrolKind) -> KnownFinding {
    let mut finding: Finding = known.finding.clone();
    finding.key.kind = kind.word().to_owned();
    KnownFinding {
        finding,
        notified: None,
        ..known.clone()
    }
}

fn quiet<'a>(known: &[&'a KnownFinding]) -> Circumstances<'a> {
    Circumstances {
        known: without_successors(known),
        stirs_from: Severity::Notice,
        has_gaps: false,
        wants_ping: false,
        digest_due: false,
        now: now(),
    }
}

fn digest<'a>(known: &[&'a KnownFinding]) -> Circumstances<'a> {
    Circumstances {
        digest_due: true,
        ..quiet(known)
    }
}

/// Returns how many findings are told and gone, or `None` for silence.
fn counts(circumstances: &Circumstances<'_>) -> Option<(Occasion, usize, usize)> {
    match notice(circumstances) {
        Notice::Speak {
            occasion,
            told,
            gone,
        } => Some((occasion, told.len(), gone.len())),
        Notice::Silent => None,
        Notice::Heartbeat => panic!("a heartbeat was not expected"),
    }
}

#[test]
fn what_is_new_or_more_urgent_is_told_at_once_and_the_rest_once_a_day() {
    assert_eq!(counts(&quiet(&[&untold()])), Some((Occasion::News, 1, 0)));
    assert_eq!(
        counts(&quiet(&[&told(Severity::Notice)])),
        Some((Occasion::News, 1, 0))
    );
    assert_eq!(counts(&quiet(&[&told(Severity::Warning)])), None);
    assert_eq!(counts(&quiet(&[&told(Severity::Urgent)])), None);
    assert_eq!(
        counts(&digest(&[&told(Severity::Urgent)])),
        Some((Occasion::Digest, 1, 0))
    );
}

#[test]
fn news_leave_out_what_is_known_already() {
    let (fresh, stale) = (untold(), told(Severity::Warning));
    assert_eq!(
        counts(&quiet(&[&fresh, &stale])),
        Some((Occasion::News, 1, 0))
    );
    assert_eq!(
        counts(&digest(&[&fresh, &stale])),
        Some((Occasion::Digest, 2, 0))
    );
}

#[test]
fn what_people_know_of_and_is_gone_is_told() {
    let known = gone(told(Severity::Warning));
    assert_eq!(counts(&quiet(&[&known])), Some((Occasion::News, 0, 1)));
    assert_eq!(counts(&quiet(&[&gone(untold())])), None);
}

#[test]
fn what_became_worse_by_another_name_is_not_gone() {
    let expiry = told(Severity::Urgent);
    let expired = become_of(&expiry, PatrolKind::Expired);
    let known = gone(expiry.clone());
    assert_eq!(
        counts(&quiet(&[&known, &expired])),
        Some((Occasion::News, 1, 0))
    );
    // A balance that is no longer low is, though the runway is still short.
    let balance = gone(KnownFinding {
        notified: expiry.notified,
        ..become_of(&expiry, PatrolKind::Balance)
    });
    let runway = KnownFinding {
        notified: expiry.notified,
        ..become_of(&expiry, PatrolKind::BalanceRunway)
    };
    assert_eq!(
        counts(&quiet(&[&balance, &runway])),
        Some((Occasion::News, 0, 1))
    );
}

#[test]
fn what_is_muted_is_never_told_until_its_date() {
    let fresh = muted(untold(), "2026-11-21T02:00:01Z");
    assert_eq!(counts(&quiet(&[&fresh])), None);
    assert_eq!(counts(&digest(&[&fresh])), None);
    let lost = muted(gone(told(Severity::Warning)), "2026-11-21T02:00:01Z");
    assert_eq!(counts(&digest(&[&lost])), None);
    let over = muted(untold(), "2026-11-21T02:00:00Z");
    assert_eq!(counts(&quiet(&[&over])), Some((Occasion::News, 1, 0)));
}

#[test]
fn what_somebody_has_taken_on_is_told_in_the_digest_only() {
    let known = acked(told(Severity::Notice));
    assert_eq!(counts(&quiet(&[&known])), None);
    assert_eq!(counts(&digest(&[&known])), Some((Occasion::Digest, 1, 0)));
    let known = acked(gone(told(Severity::Notice)));
    assert_eq!(counts(&quiet(&[&known])), None);
    assert_eq!(counts(&digest(&[&known])), Some((Occasion::Digest, 0, 1)));
}

#[test]
fn a_sign_of_life_goes_out_once_a_day_and_only_if_it_is_wanted_and_true() {
    let ping = |it: Circumstances<'static>| Circumstances {
        wants_ping: true,
        ..it
    };
    assert_eq!(notice(&ping(digest(&[]))), Notice::Heartbeat);
    assert_eq!(notice(&ping(quiet(&[]))), Notice::Silent);
    assert_eq!(notice(&digest(&[])), Notice::Silent);
    let gaps = Circumstances {
        has_gaps: true,
        ..ping(digest(&[]))
    };
    assert_eq!(counts(&gaps), Some((Occasion::Digest, 0, 0)));
}

#[test]
fn what_was_not_seen_is_told_in_the_digest_though_nothing_else_is() {
    let gaps = Circumstances {
        has_gaps: true,
        ..digest(&[])
    };
    assert_eq!(counts(&gaps), Some((Occasion::Digest, 0, 0)));
    let gaps = Circumstances {
        has_gaps: true,
        ..quiet(&[])
    };
    assert_eq!(counts(&gaps), None);
}

#[test]
fn one_digest_a_day_from_its_hour_on_and_never_a_day_without() {
    let china = TimeZone::fixed(tz::offset(8));
    let due = |last: Option<&str>, now: &str| digest_is_due(last.map(at), 9, &china, at(now));
    assert!(due(None, "2026-11-21T00:00:00+08:00"));
    assert!(!due(
        Some("2026-11-21T09:00:00+08:00"),
        "2026-11-21T23:59:59+08:00"
    ));
    assert!(!due(
        Some("2026-11-21T10:00:00+08:00"),
        "2026-11-22T08:59:59+08:00"
    ));
    assert!(due(
        Some("2026-11-21T10:00:00+08:00"),
        "2026-11-22T09:00:00+08:00"
    ));
    // A patrol that only runs at eight, a bit earlier than yesterday.
    assert!(due(
        Some("2026-11-21T08:00:05+08:00"),
        "2026-11-22T08:00:02+08:00"
    ));
    // A patrol that runs every hour does not come earlier day by day.
    assert!(!due(
        Some("2026-11-21T09:00:00+08:00"),
        "2026-11-22T08:00:00+08:00"
    ));
    // Neither does somebody who looks before the hour take the digest away from it.
    assert!(!due(
        Some("2026-11-21T09:30:00+08:00"),
        "2026-11-22T08:50:00+08:00"
    ));
    // A day without a run is made up for by the next one, whatever the hour.
    assert!(due(
        Some("2026-11-20T09:00:00+08:00"),
        "2026-11-22T01:00:00+08:00"
    ));
    // A wall clock that was set back does not bring a second one.
    assert!(!due(
        Some("2026-11-22T09:00:00+08:00"),
        "2026-11-21T10:00:00+08:00"
    ));
}
