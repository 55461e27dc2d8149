//! Sorts the cloud's refusals by what the caller does next.
//!
//! A refusal has three shapes: `<Response><Errors><Error>` at EC2, `<ErrorResponse><Error>` at the
//! Query services, and JSON with `__type` or a header. The code decides, never the HTTP status
//! alone: throttling comes as 400, 429 and 503. The status counts only where there is no code,
//! since then it was not the cloud's API that spoke.
//!
//! Invariant: what is kept of a refusal is bounded, in one line, and without the text the server
//! signed, which may hold a session's token.

mod hindrance;

use std::time::Duration;

use cloud::{CallSite, CloudError, ErrorKind};
use jiff::{SignedDuration, Timestamp};
use net::{HeaderMap, HttpResponse};
use serde::Deserialize;

use crate::decode::{Loose, Misread};
use crate::operations::Operation;
use crate::query::{first_element, some};
use crate::xml;

/// How much of the cloud's words is kept, in characters.
const LONGEST_MESSAGE: usize = 300;
/// The cloud takes what is dated within five minutes; a clock that is off by more is to blame.
const SKEW: SignedDuration = SignedDuration::from_mins(4);

/// What the cloud says when it refuses.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Refusal {
    code: String,
    message: String,
    request_id: Option<String>,
}

/// Returns whether an answer is a failure by its status.
pub(crate) fn is_refusal(answer: &HttpResponse) -> bool {
    !answer.status.is_success()
}

/// Returns the error that a refusal is; `now` is the time that the call was dated by.
pub(crate) fn refusal(
    site: CallSite,
    operation: &Operation,
    answer: &HttpResponse,
    now: Timestamp,
) -> CloudError {
    match read(answer) {
        Some(refusal) => told(site, operation, answer, refusal, now),
        None => untold(site, answer),
    }
}

/// Returns the error of an answer that came with a good status and was not understood: it may be a
/// refusal all the same, or not be the cloud's.
pub(crate) fn misread(
    site: CallSite,
    operation: &Operation,
    answer: &HttpResponse,
    now: Timestamp,
    why: Misread,
) -> CloudError {
    if let Some(refusal) = read(answer) {
        return told(site, operation, answer, refusal, now);
    }
    let message = match content_type(&answer.headers) {
        Some(kind) if kind.contains("html") => {
            "a page of HTML came instead of an answer, as proxies and log-in pages send"
        }
        _ => "",
    };
    CloudError {
        request_id: request_id(&answer.headers),
        source: Some(Box::new(why)),
        ..CloudError::new(site, ErrorKind::Undecodable, message)
    }
}

/// Returns whether an error says that a token of a list cannot be used any more.
pub(crate) fn is_spent_token(error: &CloudError) -> bool {
    const CODES: &[&str] = &[
        "InvalidNextToken",
        "InvalidNextTokenException",
        "InvalidPaginationToken",
        "InvalidPaginationTokenException",
        "InvalidMarker",
        "ExpiredNextTokenException",
        "ExpiredPaginationToken",
        "InvalidPaginationTokenFault",
        "PaginationTokenExpiredException",
    ];
    let words = error.message.to_ascii_lowercase();
    let of_token = ["nexttoken", "next token", "pagination token", "marker"]
        .iter()
        .any(|it| words.contains(it));
    CODES.contains(&error.code.as_str())
        || (of_token
            && [
                "InvalidParameterValue",
                "InvalidParameter",
                "InvalidInputException",
                "ValidationError",
                "ValidationException",
                "InvalidArgsException",
                "InvalidInput",
            ]
            .contains(&error.code.as_str()))
}

/// Returns whether a key that is good elsewhere is refused like this in a region that the account
/// has not opened, or for a service that it has not.
pub(crate) fn may_mean_closed(error: &CloudError) -> bool {
    matches!(
        error.code.as_str(),
        "OptInRequired"
            | "AuthFailure"
            | "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "SubscriptionRequiredException"
    )
}

fn read(answer: &HttpResponse) -> Option<Refusal> {
    let text = std::str::from_utf8(&answer.body).ok()?;
    let refusal = if text.trim_start().starts_with('<') {
        read_xml(text)?
    } else {
        read_json(answer, text)?
    };
    (!refusal.code.is_empty()).then_some(refusal)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct XmlRefusal {
    #[serde(rename = "Errors")]
    errors: Option<XmlErrors>,
    #[serde(rename = "Error")]
    error: Option<XmlError>,
    #[serde(rename = "RequestID", alias = "RequestId", alias = "requestId")]
    request_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct XmlErrors {
    #[serde(rename = "Error")]
    error: Vec<XmlError>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct XmlError {
    code: String,
    message: String,
}

fn read_xml(text: &str) -> Option<Refusal> {
    if !matches!(first_element(text)?.as_str(), "Response" | "ErrorResponse") {
        return None;
    }
    let parsed: XmlRefusal = xml::read(text).ok()?;
    let listed = parsed.errors.and_then(|it| it.error.into_iter().next());
    let error = listed.or(parsed.error)?;
    Some(Refusal {
        code: one_line(&error.code),
        message: error.message,
        request_id: some(&parsed.request_id).map(one_line),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct JsonRefusal<'a> {
    #[serde(borrow, rename = "__type")]
    sort: Loose<'a>,
    #[serde(borrow, alias = "Code")]
    code: Loose<'a>,
    #[serde(borrow, alias = "Message", alias = "errorMessage")]
    message: Loose<'a>,
}

/// The header beats the body; both may be written `com.amazon.service#Code:http://…`.
fn read_json(answer: &HttpResponse, text: &str) -> Option<Refusal> {
    let header = header(&answer.headers, "x-amzn-errortype");
    let parsed: JsonRefusal<'_> = match (serde_json::from_str(text), header) {
        (Ok(parsed), _) => parsed,
        (Err(_), Some(_)) => JsonRefusal::default(),
        (Err(_), None) => return None,
    };
    let sort = match header {
        Some(header) => header.to_owned(),
        None => parsed
            .sort
            .some_text()
            .or_else(|| parsed.code.some_text())
            .unwrap_or_default(),
    };
    let code = sort.split(':').next().unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default();
    Some(Refusal {
        code: one_line(code),
        message: parsed.message.into_text(),
        request_id: None,
    })
}

fn told(
    site: CallSite,
    operation: &Operation,
    answer: &HttpResponse,
    refusal: Refusal,
    now: Timestamp,
) -> CloudError {
    let Refusal {
        code,
        message,
        request_id: named,
    } = refusal;
    let mut kind = kind(&code, &message, answer, now);
    if let ErrorKind::Denied { permission } = &mut kind {
        let known = (!operation.permission.is_empty()).then(|| operation.permission.to_owned());
        *permission = action_of(&message).or(known);
    }
    CloudError {
        code,
        request_id: named.or_else(|| request_id(&answer.headers)),
        ..CloudError::new(site, kind, one_line(without_secrets(&message)))
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

/// The official clients' common list, and what single services add to it.
const THROTTLED: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "RequestThrottled",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
    "ResourceContention",
];

fn kind(code: &str, message: &str, answer: &HttpResponse, now: Timestamp) -> ErrorKind {
    let code = code.strip_prefix("Client.").unwrap_or(code);
    let code = code.strip_prefix("Server.").unwrap_or(code);
    let one_of = |codes: &[&str]| codes.contains(&code);
    let status = answer.status.as_u16();
    if one_of(THROTTLED) || status == 429 {
        return ErrorKind::Throttled {
            retry_after: retry_after(&answer.headers),
        };
    }
    let server = server_time(&answer.headers);
    let is_off = server.is_some_and(|it| it.duration_since(now).abs() > SKEW);
    if one_of(&["RequestTimeTooSkewed", "RequestInTheFuture"]) {
        return ErrorKind::Clock { server };
    }
    // These also come for a wrong key or the end of a session: the clock is blamed when it is off.
    const DATED: &[&str] = &[
        "RequestExpired",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "AuthFailure",
    ];
    if one_of(DATED) && is_off {
        return ErrorKind::Clock { server };
    }
    if one_of(&[
        "ExpiredToken",
        "ExpiredTokenException",
        "TokenRefreshRequired",
        "RequestExpired",
    ]) {
        return ErrorKind::StaleCredentials;
    }
    const KEYS: &[&str] = &[
        "AuthFailure",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidClientTokenId",
        "InvalidAccessKeyId",
        "UnrecognizedClientException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "InvalidIdentityToken",
        "ExpiredIdentityToken",
        "Blocked",
        "PendingVerification",
    ];
    if one_of(KEYS) {
        return ErrorKind::Credentials;
    }
    const RIGHTS: &[&str] = &[
        "UnauthorizedOperation",
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedAccess",
        "NotAuthorized",
        "NotAuthorizedException",
        "AuthorizationError",
        "AccessDeniedForDependencyException",
    ];
    if one_of(RIGHTS) {
        return ErrorKind::Denied { permission: None };
    }
    // Refusals of changes: some come with a status of 500, and nothing has happened all the same.
    if let Some(kind) = hindrance::kind(code, message) {
        return kind;
    }
    const TROUBLES: &[&str] = &[
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServerErrorException",
        "InternalServerException",
        "InternalServiceError",
        "InternalServiceException",
        "Internal",
        "ServerException",
        "ServiceException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "Unavailable",
        "RequestTimeout",
        "RequestTimeoutException",
        "IDPCommunicationError",
    ];
    if one_of(TROUBLES) || status >= 500 {
        return ErrorKind::Busy;
    }
    let nothing_there = code.ends_with("NotFound")
        || code.ends_with("NotFoundException")
        || code.ends_with("NotFoundFault")
        || code == "NoSuchEntity";
    if nothing_there {
        return ErrorKind::NotFound;
    }
    ErrorKind::Invalid
}

/// Returns the action that a refusal names: `… is not authorized to perform: ec2:DescribeRegions …`.
fn action_of(message: &str) -> Option<String> {
    let rest = message.split_once("not authorized to perform")?.1;
    let word = rest
        .trim_start_matches([':', ' '])
        .split([' ', ',', ';'])
        .next()?
        .trim_end_matches('.');
    let (service, action) = word.split_once(':')?;
    let plain = |text: &str| {
        let usual = |it: u8| it.is_ascii_alphanumeric() || it == b'-';
        !text.is_empty() && text.len() <= 64 && text.bytes().all(usual)
    };
    (plain(service) && plain(action)).then(|| word.to_owned())
}

/// Returns the wait the cloud asks for, in milliseconds by its own header or in seconds by HTTP's.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| header(headers, name)?.trim().parse::<u64>().ok();
    number("x-amz-retry-after")
        .map(Duration::from_millis)
        .or_else(|| number("retry-after").map(Duration::from_secs))
}

fn server_time(headers: &HeaderMap) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(header(headers, "date")?)
        .ok()
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    ["x-amzn-requestid", "x-amz-request-id", "x-amz-requestid"]
        .iter()
        .find_map(|name| header(headers, name))
        .map(one_line)
}

fn content_type(headers: &HeaderMap) -> Option<String> {
    Some(header(headers, "content-type")?.to_ascii_lowercase())
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Leaves out what follows: the canonical text may hold a token, and the encoded message says
/// nothing to a person.
fn without_secrets(message: &str) -> &str {
    [
        "The Canonical String for this request",
        "The String-to-Sign should have been",
        "Encoded authorization failure message",
    ]
    .iter()
    .filter_map(|mark| message.find(mark))
    .min()
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
