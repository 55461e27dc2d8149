//! Planted faults and refusals, as a caller without a wire meets them.

use std::time::Duration;

use cloud::ErrorKind;
use jiff::{SignedDuration, Timestamp};

use crate::aliyun::DATE_TOLERANCE;
use crate::fault::Effect;
use crate::world::paging::Paged;
use crate::world::refusal::Refusal;

/// Returns the failure that comes instead of any answer, for effects that stand before the cloud.
pub(super) fn instead(effect: &Effect, now: Timestamp) -> Option<(ErrorKind, String)> {
    let told = |kind, words: &str| Some((kind, words.to_owned()));
    match effect {
        Effect::Timeout => told(ErrorKind::Unanswered, "no answer came"),
        Effect::Status { status } => {
            let kind = match status {
                429 => ErrorKind::Throttled { retry_after: None },
                408 | 500..=599 => ErrorKind::Busy,
                _ => ErrorKind::Undecodable,
            };
            Some((kind, format!("a gateway answered with status {status}")))
        }
        Effect::ProxyPage => told(
            ErrorKind::Undecodable,
            "a proxy answered with a page of its own",
        ),
        Effect::GarbageJson | Effect::TruncatedGzip => {
            told(ErrorKind::Undecodable, "the answer cannot be read")
        }
        Effect::ClockSkew { seconds } => {
            let skew = SignedDuration::from_secs(*seconds);
            let server = now.saturating_add(skew).ok();
            (skew.abs() > DATE_TOLERANCE).then(|| {
                (
                    ErrorKind::Clock { server },
                    "the clocks are apart".to_owned(),
                )
            })
        }
        Effect::UnknownValue { .. } | Effect::MissingField { .. } | Effect::Value { .. } => Some((
            ErrorKind::Invalid,
            format!(
                "the fault {} needs a wire: plant it in a Sim",
                effect.name()
            ),
        )),
        _ => None,
    }
}

/// Returns the failure that comes although the cloud has done what it was asked.
pub(super) fn afterwards(effect: &Effect) -> Option<(ErrorKind, String)> {
    let words = match effect {
        Effect::LostAnswer => "the connection closed before the answer",
        Effect::HalfPage => "the answer ended in its middle",
        _ => return None,
    };
    Some((ErrorKind::Unanswered, words.to_owned()))
}

/// Returns what the caller of a refused call does next; `right` is the one behind the action.
pub(super) fn kind(refusal: &Refusal, right: &str) -> ErrorKind {
    let code = refusal.code.as_str();
    if let Some(kind) = super::hindered::kind(refusal) {
        return kind;
    }
    if code.starts_with("Throttling") {
        return ErrorKind::Throttled {
            retry_after: refusal.retry_after_ms.map(Duration::from_millis),
        };
    }
    match code {
        "NotAuthorized" | "Forbidden" | "Forbidden.RAM" | "NoPermission" => {
            let named = refusal.denied.as_ref().map(|it| it.action.clone());
            let known = (!right.is_empty()).then(|| right.to_owned());
            ErrorKind::Denied {
                permission: named.or(known),
            }
        }
        "NotApplicable" => ErrorKind::WrongSite,
        "InvalidTimeStamp.Expired" => ErrorKind::Clock { server: None },
        "SignatureNonceUsed" => ErrorKind::NonceUsed,
        "MissingSecurityToken" | "SignatureDoesNotMatch" => ErrorKind::Credentials,
        _ if code.starts_with("InvalidSecurityToken") => ErrorKind::StaleCredentials,
        _ if code.starts_with("InvalidAccessKeyId") => ErrorKind::Credentials,
        _ if refusal.status >= 500 => ErrorKind::Busy,
        _ if code.ends_with(".NotFound") || code.starts_with("EntityNotExist") => {
            ErrorKind::NotFound
        }
        _ => ErrorKind::Invalid,
    }
}

/// What an effect can make of a good answer; by itself, nothing.
pub(super) trait Bend: Send {
    /// Bends the answer.
    fn bend(&mut self, _effect: &Effect) {}
}

impl<T: Clone + Send> Bend for Vec<T> {
    fn bend(&mut self, effect: &Effect) {
        match effect {
            Effect::EmptyList => self.clear(),
            Effect::DuplicateRows => self.extend(self.first().cloned()),
            Effect::ShiftedRows => {
                let first = self.first().cloned();
                self.pop();
                self.extend(first);
            }
            _ => {}
        }
    }
}

impl<T: Clone + Send> Bend for Paged<T> {
    fn bend(&mut self, effect: &Effect) {
        match effect {
            Effect::EmptyList => self.total = 0,
            Effect::LyingTotal { by } => {
                let by = isize::try_from(*by).unwrap_or(0);
                self.total = self.total.saturating_add_signed(by);
            }
            _ => {}
        }
        self.items.bend(effect);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::paging::PageAsked;

    #[test]
    fn refusals_are_sorted_by_what_to_do_next() {
        let kind = |status, code: &str| kind(&Refusal::new(status, code, ""), "ecs:X");
        let denied = ErrorKind::Denied {
            permission: Some("ecs:X".to_owned()),
        };
        let throttled = ErrorKind::Throttled { retry_after: None };
        for (status, code, expected) in [
            (400, "Throttling.User", throttled.clone()),
            (429, "Throttling", throttled),
            (403, "NotAuthorized", denied.clone()),
            (403, "Forbidden.RAM", denied),
            (404, "InvalidAccessKeyId.NotFound", ErrorKind::Credentials),
            (403, "InvalidAccessKeyId.Inactive", ErrorKind::Credentials),
            (
                400,
                "InvalidSecurityToken.Expired",
                ErrorKind::StaleCredentials,
            ),
            (404, "InvalidRegionId.NotFound", ErrorKind::NotFound),
            (
                404,
                "EntityNotExists.ResourceDirectory",
                ErrorKind::NotFound,
            ),
            (200, "NotApplicable", ErrorKind::WrongSite),
            (503, "ServiceUnavailable", ErrorKind::Busy),
            (400, "InvalidParameter", ErrorKind::Invalid),
            (403, "QuotaExceed.Snapshot", ErrorKind::Exhausted),
            (400, "InvalidImageName.Duplicated", ErrorKind::Exists),
            (403, "OperationConflict", ErrorKind::TryLater),
        ] {
            assert_eq!(kind(status, code), expected, "{code}");
        }
    }

    #[test]
    fn what_bends_a_page_bends_its_rows_and_its_total() {
        let asked = PageAsked { number: 1, size: 3 };
        let bent = |effect: Effect| {
            let mut page = asked.cut(1..=7);
            page.bend(&effect);
            (page.items, page.total)
        };
        assert_eq!(bent(Effect::EmptyList), (vec![], 0));
        assert_eq!(bent(Effect::DuplicateRows), (vec![1, 2, 3, 1], 7));
        assert_eq!(bent(Effect::ShiftedRows), (vec![1, 2, 1], 7));
        assert_eq!(bent(Effect::LyingTotal { by: -9 }), (vec![1, 2, 3], 0));
        assert_eq!(bent(Effect::LyingTotal { by: 2 }), (vec![1, 2, 3], 9));
        assert_eq!(bent(Effect::ExtraFields), (vec![1, 2, 3], 7));
    }
}
