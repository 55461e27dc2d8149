//! Sorts the cloud's refusals by what the caller does next.
//!
//! The code decides, never the HTTP status alone: throttling comes as 400, 403, 429 and 503, an
//! unknown key as 400 or 404, and the billing service fails with 200. The status counts only where
//! there is no code, since then it was not the cloud's API that spoke.
//!
//! Invariant: what is kept of a refusal is bounded, in one line, and without the text the server
//! signed, which may hold a session's token.

mod changes;

use std::time::Duration;

use cloud::{CallSite, CloudError, ErrorKind};
use jiff::Timestamp;
use net::{HeaderMap, HttpResponse};
use serde::Deserialize;

use crate::decode::{Loose, Misread};
use crate::operations::Operation;

/// How much of the cloud's words is kept, in characters.
const LONGEST_MESSAGE: usize = 300;

/// The word a dry run is answered with when the real thing would have been done.
pub(crate) const DRY_RUN_PASSED: &str = "DryRunOperation";

/// The body of a refusal, in the spellings of RPC and ROA products.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Refusal<'a> {
    #[serde(borrow, rename = "Code", alias = "code")]
    code: Loose<'a>,
    #[serde(borrow, rename = "Message", alias = "message")]
    message: Loose<'a>,
    #[serde(borrow, rename = "RequestId", alias = "requestId")]
    request_id: Loose<'a>,
    #[serde(borrow, rename = "Success", alias = "success")]
    success: Loose<'a>,
    #[serde(borrow, rename = "AccessDeniedDetail", alias = "accessDeniedDetail")]
    denied: Option<Denied<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Denied<'a> {
    #[serde(borrow, rename = "AuthAction")]
    action: Loose<'a>,
}

/// Returns whether an answer is a failure by its status.
pub(crate) fn is_refusal(answer: &HttpResponse) -> bool {
    !answer.status.is_success()
}

/// Returns the error that a refusal is.
pub(crate) fn refusal(site: CallSite, operation: &Operation, answer: &HttpResponse) -> CloudError {
    match serde_json::from_str::<Refusal<'_>>(&answer.text()) {
        Ok(refusal) if !refusal.code.is_empty() => told(site, operation, answer, &refusal),
        _ => untold(site, answer),
    }
}

/// Returns the error of an answer that came with a good status and was not understood: it may be a
/// refusal all the same, or not be the cloud's.
pub(crate) fn misread(
    site: CallSite,
    operation: &Operation,
    answer: &HttpResponse,
    why: Misread,
) -> CloudError {
    if let Ok(refusal) = serde_json::from_str::<Refusal<'_>>(&answer.text())
        && !refusal.code.is_empty()
        && (refusal.success.flag() == Some(false) || !is_success_code(&refusal.code.text()))
    {
        return told(site, operation, answer, &refusal);
    }
    let message = match content_type(&answer.headers) {
        Some(kind) if kind.contains("html") => {
            "a page of HTML came instead of JSON, as proxies and log-in pages send"
        }
        _ => "",
    };
    CloudError {
        request_id: request_id(&answer.headers),
        source: Some(Box::new(why)),
        ..CloudError::new(site, ErrorKind::Undecodable, message)
    }
}

/// The words of services that put a code into good answers too.
fn is_success_code(code: &str) -> bool {
    ["200", "success", "ok"]
        .iter()
        .any(|it| code.eq_ignore_ascii_case(it))
}

fn told(
    site: CallSite,
    operation: &Operation,
    answer: &HttpResponse,
    refusal: &Refusal<'_>,
) -> CloudError {
    let (code, message) = (refusal.code.text(), refusal.message.text());
    let mut kind = kind(&code, &message, answer);
    if let ErrorKind::Denied { permission } = &mut kind
        && permission.is_none()
    {
        let told = refusal.denied.as_ref().and_then(|it| it.action.some_text());
        let known = (!operation.permission.is_empty()).then(|| operation.permission.to_owned());
        *permission = told.or(known);
    }
    CloudError {
        code: one_line(&code),
        request_id: refusal
            .request_id
            .some_text()
            .or_else(|| request_id(&answer.headers)),
        ..CloudError::new(site, kind, one_line(without_signed_text(&message)))
    }
}

/// An answer that is no refusal of the cloud's API: from its gateway, or from something between.
fn untold(site: CallSite, answer: &HttpResponse) -> CloudError {
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
    let message = format!("HTTP {status} came with {what}");
    CloudError {
        request_id: request_id(&answer.headers),
        ..CloudError::new(site, kind, message)
    }
}

fn kind(code: &str, message: &str, answer: &HttpResponse) -> ErrorKind {
    let is = |name: &str| {
        code.strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let one_of = |names: &[&str]| names.iter().any(|it| is(it));
    let status = answer.status.as_u16();
    if code.starts_with("Throttling") || is("Rejected.Throttling") || status == 429 {
        return ErrorKind::Throttled {
            retry_after: retry_after(&answer.headers),
        };
    }
    if is("NotApplicable") || code == "40001" || message.contains("code=40001") {
        return ErrorKind::WrongSite;
    }
    if one_of(&["InvalidTimeStamp.Expired", "IllegalTimestamp"]) {
        return ErrorKind::Clock {
            server: server_time(&answer.headers),
        };
    }
    if is("SignatureNonceUsed") {
        return ErrorKind::NonceUsed;
    }
    if one_of(&["InvalidSecurityToken", "SecurityTokenExpired"]) {
        return ErrorKind::StaleCredentials;
    }
    if let Some(kind) = changes::kind(code) {
        return kind;
    }
    const KEYS: &[&str] = &[
        "InvalidAccessKeyId",
        "InvalidAccessKeySecret",
        "MissingAccessKeyId",
        "MissingSecurityToken",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "InvalidSignature",
        "Forbidden.AccessKeyDisabled",
        "Forbidden.AccessKey",
        "AuthenticationFail",
    ];
    if one_of(KEYS) {
        return ErrorKind::Credentials;
    }
    const RIGHTS: &[&str] = &[
        "Forbidden",
        "NoPermission",
        "NotAuthorized",
        "Unauthorized",
        "AccessDenied",
    ];
    if one_of(RIGHTS) {
        return ErrorKind::Denied { permission: None };
    }
    const TROUBLES: &[&str] = &[
        "ServiceUnavailable",
        "SystemBusy",
        "OperationBusy",
        "InternalError",
        "InternalServerError",
        "UnknownError",
        "UndefinedError",
    ];
    if one_of(TROUBLES) || status >= 500 {
        return ErrorKind::Busy;
    }
    const NO_SUCH_QUESTION: &[&str] = &["InvalidApi", "InvalidAction", "InvalidVersion"];
    // The container service writes `ErrorClusterNotFound`.
    let nothing_there = code.ends_with(".NotFound")
        || code == "ErrorClusterNotFound"
        || code == "ResourceNotFound"
        || code.starts_with("EntityNotExist")
        || code.starts_with("EntityNotExists");
    if nothing_there && !one_of(NO_SUCH_QUESTION) {
        return ErrorKind::NotFound;
    }
    ErrorKind::Invalid
}

/// Returns the wait the cloud asks for, in milliseconds by its own header or in seconds by HTTP's.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    number("x-acs-retry-after")
        .map(Duration::from_millis)
        .or_else(|| number("retry-after").map(Duration::from_secs))
}

fn server_time(headers: &HeaderMap) -> Option<Timestamp> {
    let date = headers.get("date")?.to_str().ok()?;
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(date)
        .ok()
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    Some(one_line(headers.get("x-acs-request-id")?.to_str().ok()?))
}

fn content_type(headers: &HeaderMap) -> Option<String> {
    Some(
        headers
            .get("content-type")?
            .to_str()
            .ok()?
            .to_ascii_lowercase(),
    )
}

fn without_signed_text(message: &str) -> &str {
    ["server string to sign", "string to sign", "StringToSign"]
        .iter()
        .find_map(|mark| message.find(mark))
        .map_or(message, |at| message[..at].trim_end())
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
