//! Sorts the cloud's refusals by what the caller does next.
//!
//! Failures come with status 200 and a code in the body; the code decides. Codes have a class and,
//! after a dot, a detail, and the class alone says little: `InternalError.CamNoAuth` of the cluster
//! service is a missing right, `InternalError.ClusterNotFound` a cluster that is gone. So classes are
//! matched whole, and only where every detail of them means the same by their head.
//!
//! Another status is no answer of the API: a gateway's, or of something between.
//!
//! Invariant: what is kept of a refusal is bounded and in one line; no message is ever matched.

mod changes;

use std::time::Duration;

use cloud::{CallSite, CloudError, ErrorKind};
use jiff::Timestamp;
use net::{HeaderMap, HttpResponse};

use crate::decode::{Misread, Refusal};
use crate::operations::Operation;

/// How much of the cloud's words is kept, in characters.
const LONGEST_MESSAGE: usize = 300;

/// Returns the error of an answer that came with a bad status.
pub(crate) fn of_status(
    site: CallSite,
    operation: &Operation,
    answer: &HttpResponse,
) -> CloudError {
    if let Err(Misread::Refused(refusal)) = crate::decode::succeeded(&answer.text()) {
        return told(site, operation, answer, refusal);
    }
    let status = answer.status.as_u16();
    let kind = match status {
        429 => ErrorKind::Throttled {
            retry_after: retry_after(&answer.headers),
        },
        408 | 500..=599 => ErrorKind::Busy,
        _ => ErrorKind::Undecodable,
    };
    let what = match content_type(&answer.headers) {
        Some(kind) if kind.contains("html") => "a page of HTML",
        _ if answer.body.is_empty() => "nothing",
        _ => "no refusal of the cloud's own",
    };
    CloudError::new(site, kind, format!("HTTP {status} came with {what}"))
}

/// Returns the error of an answer that came with a good status and is a refusal, is not whole, or
/// was not understood.
pub(crate) fn misread(
    site: CallSite,
    operation: &Operation,
    answer: &HttpResponse,
    why: Misread,
) -> CloudError {
    match why {
        Misread::Refused(refusal) => told(site, operation, answer, refusal),
        // The cloud did not reach a part of its own: that passes, as a rule.
        Misread::Partial { words, request_id } => CloudError {
            request_id: request_id.map(|it| one_line(&it)),
            ..CloudError::new(site, ErrorKind::Busy, incomplete(&words))
        },
        why => {
            let message = match content_type(&answer.headers) {
                Some(kind) if kind.contains("html") => {
                    "a page of HTML came instead of JSON, as proxies and log-in pages send"
                }
                _ => "",
            };
            CloudError {
                source: Some(Box::new(why)),
                ..CloudError::new(site, ErrorKind::Undecodable, message)
            }
        }
    }
}

/// Returns whether a refusal says that the service, or this version of it, does not know the question.
pub(crate) fn is_unknown_question(error: &CloudError) -> bool {
    const WORDS: &[&str] = &[
        "InvalidAction",
        "NoSuchVersion",
        "InvalidVersion",
        "ActionOffline",
    ];
    WORDS.contains(&error.code.as_str())
}

/// Returns whether a refusal says that the product is not offered in the region.
pub(crate) fn is_absent_product(error: &CloudError) -> bool {
    has_class(&error.code, "UnsupportedRegion")
}

fn incomplete(words: &str) -> String {
    one_line(&format!(
        "the cloud says that its answer is not whole: {words}"
    ))
}

fn told(
    site: CallSite,
    operation: &Operation,
    answer: &HttpResponse,
    refusal: Refusal,
) -> CloudError {
    let Refusal {
        code,
        message,
        request_id,
    } = refusal;
    let mut kind = kind(&code, &answer.headers);
    if let ErrorKind::Denied { permission } = &mut kind {
        let known = (!operation.permission.is_empty()).then(|| operation.permission.to_owned());
        *permission = named_permission(&message, operation).or(known);
    }
    CloudError {
        code: one_line(&code),
        request_id: request_id.map(|it| one_line(&it)),
        ..CloudError::new(site, kind, one_line(&message))
    }
}

fn kind(code: &str, headers: &HeaderMap) -> ErrorKind {
    let one_of = |codes: &[&str]| codes.contains(&code);
    let classes = |classes: &[&str]| classes.iter().any(|it| has_class(code, it));
    if has_class(code, "RequestLimitExceeded") || code == "LimitExceeded.ActionLimited" {
        return ErrorKind::Throttled {
            retry_after: retry_after(headers),
        };
    }
    match code {
        "AuthFailure.SignatureExpire" => {
            return ErrorKind::Clock {
                server: server_time(headers),
            };
        }
        "AuthFailure.TokenFailure" => return ErrorKind::StaleCredentials,
        _ => {}
    }
    const RIGHTS: &[&str] = &[
        "AuthFailure.UnauthorizedOperation",
        "FailedOperation.RBACForbidden",
        "InternalError.AccountUserNotAuthenticated",
        "InternalError.CamNoAuth",
        "OperationDenied.CamDeniedError",
    ];
    if has_class(code, "UnauthorizedOperation") || one_of(RIGHTS) {
        return ErrorKind::Denied { permission: None };
    }
    if classes(&["AuthFailure", "IpNotInWhitelist", "IpInBlacklist"]) {
        return ErrorKind::Credentials;
    }
    const GONE: &[&str] = &[
        "InternalError.ClusterNotFound",
        "FailedOperation.ClusterNotFound",
    ];
    let gone = classes(&["ResourceNotFound"]) || code.ends_with(".NotFound") || one_of(GONE);
    if gone {
        return ErrorKind::NotFound;
    }
    if let Some(kind) = changes::kind(code) {
        return kind;
    }
    // The details of `InternalError` that pass; most others of the cluster service stay for ever.
    const TROUBLES: &[&str] = &[
        "InternalError",
        "InternalError.ComponentClientHttp",
        "InternalError.CvmCommon",
        "InternalError.Db",
        "InternalError.DbError",
        "InternalError.UnexceptedInternal",
        "InternalError.UnexpectedInternal",
        "InternalError.VpcCommon",
        "InternalServerError",
        "ResourceBusy",
        "ResourceUnavailable",
        "ServiceUnavailable",
    ];
    if one_of(TROUBLES) {
        return ErrorKind::Busy;
    }
    ErrorKind::Invalid
}

/// Returns whether `code` is of `class`: the class itself, or with a detail after a dot.
fn has_class(code: &str, class: &str) -> bool {
    code.strip_prefix(class)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Returns the permission that the cloud's words name for the operation, in brackets:
/// `(finance:DescribeAccountBalance)`. Only the name of the operation, which we know, is looked for.
fn named_permission(message: &str, operation: &Operation) -> Option<String> {
    let named = format!(":{})", operation.name);
    let before = &message[..message.find(&named)?];
    let service = &before[before.rfind('(')? + 1..];
    let plain = !service.is_empty() && service.bytes().all(|it| it.is_ascii_alphanumeric());
    plain.then(|| format!("{service}:{}", operation.name))
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get("retry-after")?.to_str().ok()?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}

fn server_time(headers: &HeaderMap) -> Option<Timestamp> {
    let date = headers.get("date")?.to_str().ok()?;
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(date)
        .ok()
}

fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("content-type")?.to_str().ok()?;
    Some(value.to_ascii_lowercase())
}

fn one_line(text: &str) -> String {
    let plain = |it: char| if it.is_control() { ' ' } else { it };
    text.trim()
        .chars()
        .map(plain)
        .take(LONGEST_MESSAGE)
        .collect()
}

#[cfg(test)]
mod tests;
