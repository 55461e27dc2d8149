//! Bad days on demand: which calls go wrong, how, and how often.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;

use crate::world::account::Uid;

/// What goes wrong with a call.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// No answer ever comes; the connection stays open.
    Timeout,
    /// The answer comes, but later.
    Slow {
        /// By this much.
        milliseconds: u64,
    },
    /// A gateway answers with `status` and a page of HTML.
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// The answer ends in its middle.
    HalfPage,
    /// The call takes effect, but the connection closes before the answer.
    LostAnswer,
    /// The token is said to have expired.
    ExpiredToken,
    /// The server's clock is off; its `Date` header shows it.
    ClockSkew {
        /// By this much, ahead if positive.
        seconds: i64,
    },
    /// There were too many calls.
    Throttle {
        /// The code of the refusal; `Throttling.User` if absent.
        code: Option<String>,
        /// The status of the refusal; 400 if absent.
        status: Option<u16>,
        /// The wait asked for in `x-acs-retry-after`.
        retry_after_ms: Option<u64>,
    },
    /// The caller has no right, in the words of the product.
    Denied,
    /// Any refusal.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The code.
        code: String,
        /// The text.
        message: String,
    },
    /// HTTP 200 with `"Success": false`, as the billing service fails.
    SoftRefusal {
        /// The code.
        code: String,
        /// The text.
        message: String,
    },
    /// A complete answer that lists nothing.
    EmptyList,
    /// The first row comes a second time at the end of the page.
    DuplicateRows,
    /// The first row comes in place of the last one, which is lost.
    ShiftedRows,
    /// The total is wrong.
    LyingTotal {
        /// By this many.
        by: i64,
    },
    /// Every row and the answer itself have fields nobody knows.
    ExtraFields,
    /// Every row has the value `Unheard_Of` in `field`.
    UnknownValue {
        /// The field.
        field: String,
    },
    /// No row has `field`.
    MissingField {
        /// The field.
        field: String,
    },
    /// Every row has `value` in `field`.
    Value {
        /// The field.
        field: String,
        /// The value.
        value: serde_json::Value,
    },
    /// A proxy answers 200 with its log-in page.
    ProxyPage,
    /// 200 with JSON that is none.
    GarbageJson,
    /// 200 with the beginning of a gzip stream.
    TruncatedGzip,
    /// The page has no rows, but a token to go on with: how services of AWS page now and then.
    EmptyPage,
    /// Lists leave out what was made less than `seconds` ago, by the world's time: eventual consistency.
    HidesYoung {
        /// So many.
        seconds: i64,
    },
    /// Half of the rows are missing, and `Errors` beside the list says so: how newer services of Tencent Cloud fail
    /// in part.
    PartialList {
        /// What it says.
        error: String,
    },
}

impl Effect {
    /// Returns the word the effect is recorded with.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Slow { .. } => "slow",
            Self::Status { .. } => "status",
            Self::HalfPage => "half_page",
            Self::LostAnswer => "lost_answer",
            Self::ExpiredToken => "expired_token",
            Self::ClockSkew { .. } => "clock_skew",
            Self::Throttle { .. } => "throttle",
            Self::Denied => "denied",
            Self::Refused { .. } => "refused",
            Self::SoftRefusal { .. } => "soft_refusal",
            Self::EmptyList => "empty_list",
            Self::DuplicateRows => "duplicate_rows",
            Self::ShiftedRows => "shifted_rows",
            Self::LyingTotal { .. } => "lying_total",
            Self::ExtraFields => "extra_fields",
            Self::UnknownValue { .. } => "unknown_value",
            Self::MissingField { .. } => "missing_field",
            Self::Value { .. } => "value",
            Self::ProxyPage => "proxy_page",
            Self::GarbageJson => "garbage_json",
            Self::TruncatedGzip => "truncated_gzip",
            Self::PartialList { .. } => "partial_list",
            Self::EmptyPage => "empty_page",
            Self::HidesYoung { .. } => "hides_young",
        }
    }
}

/// A planted fault: an effect and the calls it hits; without any restriction it hits every call for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    effect: Effect,
    account: Option<Uid>,
    action: Option<String>,
    region: Option<String>,
    page: Option<u64>,
    about: Option<String>,
    after: u64,
    times: Option<u64>,
    lasts: Option<Duration>,
}

impl Fault {
    /// Returns a fault that hits every call for good.
    #[must_use]
    pub fn new(effect: Effect) -> Self {
        Self {
            effect,
            account: None,
            action: None,
            region: None,
            page: None,
            about: None,
            after: 0,
            times: None,
            lasts: None,
        }
    }

    /// Hits only calls of this account.
    #[must_use]
    pub fn account(mut self, uid: Uid) -> Self {
        self.account = Some(uid);
        self
    }

    /// Hits only this action. Where actions of several services and versions have one name, it may be said in full:
    /// `DescribeClusters`, `tke:DescribeClusters` and `tke:2022-05-01:DescribeClusters` are all understood.
    #[must_use]
    pub fn action(mut self, action: impl Into<String>) -> Self {
        self.action = Some(action.into());
        self
    }

    /// Hits only calls for this region.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Hits only calls for this page, counted from 1.
    #[must_use]
    pub fn page(mut self, page: u64) -> Self {
        self.page = Some(page);
        self
    }

    /// Hits only calls that say this text, such as the id of one cluster.
    #[must_use]
    pub fn about(mut self, text: impl Into<String>) -> Self {
        self.about = Some(text.into());
        self
    }

    /// Spares the first `calls` that would be hit.
    #[must_use]
    pub fn after(mut self, calls: u64) -> Self {
        self.after = calls;
        self
    }

    /// Hits this many calls, then no more.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Ends after `duration` of the simulation's own clock, counted from when it is added.
    #[must_use]
    pub fn lasting(mut self, duration: Duration) -> Self {
        self.lasts = Some(duration);
        self
    }
}

/// Returns whether `asked` names the action `full`, leaving out what it likes of all but the last part.
#[must_use]
pub(crate) fn names(asked: &str, full: &str) -> bool {
    let mut parts = full.rsplit(':');
    let mut asked = asked.rsplit(':');
    asked.next() == parts.next() && asked.all(|word| parts.any(|it| it == word))
}

/// A call as faults see it.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The account, if the key is known.
    pub uid: Option<Uid>,
    /// The action.
    pub action: &'a str,
    /// The region; empty if the call has none.
    pub region: &'a str,
    /// The page, from 1.
    pub page: Option<u64>,
}

/// The number of a planted fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FaultId(u64);

#[derive(Debug)]
struct Planted {
    id: FaultId,
    fault: Fault,
    until: Option<Duration>,
    seen: u64,
    hits: u64,
}

/// All planted faults.
#[derive(Debug)]
pub struct Faults {
    clock: std::sync::Arc<dyn base::Clock>,
    planted: Mutex<(u64, Vec<Planted>)>,
}

impl Faults {
    pub(crate) fn new(clock: std::sync::Arc<dyn base::Clock>) -> Self {
        Self {
            clock,
            planted: Mutex::default(),
        }
    }

    /// Plants `fault`; of several that hit the same call all take effect.
    pub fn add(&self, fault: Fault) -> FaultId {
        let until = fault.lasts.map(|it| self.clock.monotonic() + it);
        let mut planted = self.lock();
        planted.0 += 1;
        let id = FaultId(planted.0);
        planted.1.push(Planted {
            id,
            fault,
            until,
            seen: 0,
            hits: 0,
        });
        id
    }

    /// Takes all faults away.
    pub fn clear(&self) {
        self.lock().1.clear();
    }

    /// Takes one fault away.
    pub fn remove(&self, id: FaultId) {
        self.lock().1.retain(|it| it.id != id);
    }

    /// Returns how many calls the fault has hit; 0 once it was taken away.
    #[must_use]
    pub fn hits(&self, id: FaultId) -> u64 {
        self.lock()
            .1
            .iter()
            .find(|it| it.id == id)
            .map_or(0, |it| it.hits)
    }

    /// Returns what hits the call `target`, which says nothing, counting it.
    #[cfg(test)]
    pub(crate) fn strike(&self, target: Target<'_>) -> Vec<Effect> {
        self.strike_saying(target, "")
    }

    /// Returns what hits the call `target`, which says `said`, counting it.
    pub(crate) fn strike_saying(&self, target: Target<'_>, said: &str) -> Vec<Effect> {
        let at = self.clock.monotonic();
        let mut struck = Vec::new();
        for it in &mut self.lock().1 {
            let fault = &it.fault;
            let meant = fault.account.is_none_or(|uid| target.uid == Some(uid))
                && fault
                    .action
                    .as_deref()
                    .is_none_or(|action| names(action, target.action))
                && fault.about.as_deref().is_none_or(|it| said.contains(it))
                && fault
                    .region
                    .as_deref()
                    .is_none_or(|region| region == target.region)
                && fault.page.is_none_or(|page| target.page == Some(page))
                && it.until.is_none_or(|until| at < until);
            if !meant {
                continue;
            }
            it.seen += 1;
            if it.seen > fault.after && fault.times.is_none_or(|times| it.hits < times) {
                it.hits += 1;
                struck.push(fault.effect.clone());
            }
        }
        struck
    }

    fn lock(&self) -> MutexGuard<'_, (u64, Vec<Planted>)> {
        self.planted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base::ManualClock;
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_fault_hits_what_it_names_as_often_as_it_says() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let faults = Faults::new(Arc::new(clock.clone()));
        let id = faults.add(
            Fault::new(Effect::Timeout)
                .account(Uid(1))
                .action("A")
                .page(7)
                .after(1)
                .times(2),
        );
        let target = Target {
            uid: Some(Uid(1)),
            action: "A",
            region: "",
            page: Some(7),
        };
        for (other, expected) in [
            (
                Target {
                    uid: Some(Uid(2)),
                    ..target
                },
                0,
            ),
            (
                Target {
                    page: Some(6),
                    ..target
                },
                0,
            ),
            (target, 0),
            (target, 1),
            (target, 1),
            (target, 0),
        ] {
            assert_eq!(faults.strike(other).len(), expected);
        }
        assert_eq!(faults.hits(id), 2);
        faults.clear();
        faults.add(Fault::new(Effect::Denied).lasting(Duration::from_secs(60)));
        assert_eq!(faults.strike(target), [Effect::Denied]);
        clock.advance(Duration::from_secs(60));
        assert_eq!(faults.strike(target), []);
    }

    #[test]
    fn an_action_is_named_in_short_or_in_full() {
        let full = "tke:2022-05-01:DescribeClusters";
        for asked in [
            "DescribeClusters",
            "tke:DescribeClusters",
            "2022-05-01:DescribeClusters",
            full,
        ] {
            assert!(names(asked, full), "{asked}");
        }
        for other in [
            "DescribeCluster",
            "cvm:DescribeClusters",
            "tke:2018-05-25:DescribeClusters",
            "tke",
            "",
        ] {
            assert!(!names(other, full), "{other}");
        }
        assert!(names("DescribeRegions", "DescribeRegions"));
    }

    #[test]
    fn a_fault_about_one_cluster_spares_the_others() {
        let faults = Faults::new(Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH)));
        faults.add(Fault::new(Effect::Denied).about("cls-2"));
        let target = Target {
            uid: None,
            action: "A",
            region: "",
            page: None,
        };
        let struck = |said| faults.strike_saying(target, said).len();
        assert_eq!(
            [
                struck("{\"ClusterId\":\"cls-1\"}"),
                struck("{\"ClusterId\":\"cls-2\"}")
            ],
            [0, 1]
        );
        assert_eq!(faults.strike(target), []);
    }

    #[test]
    fn every_effect_is_asked_for_by_its_name() {
        let asked = [
            r#"{"kind":"timeout"}"#,
            r#"{"kind":"slow","milliseconds":5}"#,
            r#"{"kind":"status","status":502}"#,
            r#"{"kind":"half_page"}"#,
            r#"{"kind":"lost_answer"}"#,
            r#"{"kind":"expired_token"}"#,
            r#"{"kind":"clock_skew","seconds":-3600}"#,
            r#"{"kind":"throttle"}"#,
            r#"{"kind":"throttle","code":"Throttling","status":429,"retry_after_ms":1000}"#,
            r#"{"kind":"denied"}"#,
            r#"{"kind":"refused","status":500,"code":"InternalError","message":"x"}"#,
            r#"{"kind":"soft_refusal","code":"NotApplicable","message":"code=40001"}"#,
            r#"{"kind":"empty_list"}"#,
            r#"{"kind":"duplicate_rows"}"#,
            r#"{"kind":"shifted_rows"}"#,
            r#"{"kind":"lying_total","by":-1}"#,
            r#"{"kind":"extra_fields"}"#,
            r#"{"kind":"unknown_value","field":"Status"}"#,
            r#"{"kind":"missing_field","field":"EndTime"}"#,
            r#"{"kind":"value","field":"AvailableAmount","value":"-1,234.50"}"#,
            r#"{"kind":"proxy_page"}"#,
            r#"{"kind":"garbage_json"}"#,
            r#"{"kind":"truncated_gzip"}"#,
            r#"{"kind":"partial_list","error":"np-1: timeout"}"#,
            r#"{"kind":"empty_page"}"#,
            r#"{"kind":"hides_young","seconds":60}"#,
        ];
        for text in asked {
            let effect: Effect = serde_json::from_str(text).unwrap();
            assert!(
                text.contains(&format!("\"kind\":\"{}\"", effect.name())),
                "{text}"
            );
        }
        for wrong in [
            r#"{"kind":"flood"}"#,
            r#"{"kind":"slow"}"#,
            r#"{"kind":"status","status":502,"extra":1}"#,
        ] {
            assert!(serde_json::from_str::<Effect>(wrong).is_err(), "{wrong}");
        }
    }
}
