use model::{AccountId, Place};
use net::{HeaderValue, StatusCode};

use super::*;
use crate::operations::{DESCRIBE_INSTANCES, GET_CALLER_IDENTITY, LIST_CLUSTERS};

fn site() -> CallSite {
    let account = AccountId::new("data");
    CallSite {
        account,
        place: Place::Global,
        operation: "DescribeInstances",
    }
}

fn now() -> Timestamp {
    "2026-11-21T04:00:00Z".parse().unwrap()
}

fn answer(status: u16, body: impl Into<String>) -> HttpResponse {
    HttpResponse {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: body.into().into(),
    }
}

fn with(mut answer: HttpResponse, name: &'static str, value: &'static str) -> HttpResponse {
    answer.headers.insert(name, HeaderValue::from_static(value));
    answer
}

fn ec2(status: u16, code: &str, message: &str) -> HttpResponse {
    answer(
        status,
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>r-1</RequestID></Response>"
        ),
    )
}

fn sorted(answer: &HttpResponse) -> CloudError {
    refusal(site(), &DESCRIBE_INSTANCES, answer, now())
}

#[test]
fn the_code_decides_whatever_the_status() {
    let throttled = ErrorKind::Throttled { retry_after: None };
    let denied = || ErrorKind::Denied {
        permission: Some("ec2:DescribeInstances".into()),
    };
    for (status, code, expected) in [
        (503, "RequestLimitExceeded", throttled.clone()),
        (503, "Client.RequestLimitExceeded", throttled.clone()),
        (400, "Throttling", throttled.clone()),
        (400, "ThrottlingException", throttled.clone()),
        (503, "EC2ThrottledException", throttled.clone()),
        (400, "PriorRequestNotComplete", throttled.clone()),
        (503, "SlowDown", throttled.clone()),
        (429, "Whatever", throttled),
        (503, "Unavailable", ErrorKind::Busy),
        (500, "InternalError", ErrorKind::Busy),
        (400, "InternalFailure", ErrorKind::Busy),
        (500, "Whatever", ErrorKind::Busy),
        (408, "RequestTimeout", ErrorKind::Busy),
        (403, "UnauthorizedOperation", denied()),
        (403, "AccessDenied", denied()),
        (400, "AccessDeniedException", denied()),
        (401, "AuthFailure", ErrorKind::Credentials),
        (403, "InvalidClientTokenId", ErrorKind::Credentials),
        (403, "SignatureDoesNotMatch", ErrorKind::Credentials),
        (400, "ExpiredTokenException", ErrorKind::StaleCredentials),
        (403, "ExpiredToken", ErrorKind::StaleCredentials),
        (400, "RequestExpired", ErrorKind::StaleCredentials),
        (400, "InvalidInstanceID.NotFound", ErrorKind::NotFound),
        (400, "InvalidInstanceID.Malformed", ErrorKind::Invalid),
        (404, "NoSuchEntity", ErrorKind::NotFound),
        (404, "ResourceNotFoundException", ErrorKind::NotFound),
        (400, "TargetGroupNotFound", ErrorKind::NotFound),
        (403, "OptInRequired", ErrorKind::Invalid),
    ] {
        let error = sorted(&ec2(status, code, "Words."));
        assert_eq!(error.kind, expected, "{status} {code}");
        assert_eq!(
            (error.code.as_str(), error.message.as_str()),
            (code, "Words.")
        );
        assert_eq!(error.request_id.as_deref(), Some("r-1"));
    }
}

#[test]
fn all_three_shapes_are_read() {
    let query = answer(
        403,
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>No.</Message></Error><RequestId>r-2</RequestId></ErrorResponse>",
    );
    let json = answer(
        400,
        r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"No."}"#,
    );
    let json = with(json, "x-amzn-requestid", "r-2");
    let rest = with(
        answer(403, r#"{"message":"No."}"#),
        "x-amzn-errortype",
        "AccessDeniedException:http://internal/",
    );
    let rest = with(rest, "x-amzn-requestid", "r-2");
    for answer in [query, json, rest] {
        let error = sorted(&answer);
        assert!(matches!(error.kind, ErrorKind::Denied { .. }), "{error}");
        assert_eq!(
            (error.message.as_str(), error.request_id.as_deref()),
            ("No.", Some("r-2"))
        );
    }
}

#[test]
fn the_action_that_a_refusal_names_beats_the_one_of_the_call() {
    let named = |message: &str| match sorted(&ec2(403, "UnauthorizedOperation", message)).kind {
        ErrorKind::Denied { permission } => permission,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        named(
            "User: arn:aws:iam::123456789012:user/x is not authorized to perform: eks:DescribeCluster on resource: arn:aws:eks:us-east-1:123456789012:cluster/c"
        ),
        Some("eks:DescribeCluster".to_owned())
    );
    let own = Some("ec2:DescribeInstances".to_owned());
    assert_eq!(
        named("You are not authorized to perform this operation."),
        own
    );
    assert_eq!(named("not authorized to perform: &lt;script&gt;:x"), own);
    let identity = refusal(
        site(),
        &GET_CALLER_IDENTITY,
        &ec2(403, "AccessDenied", "No."),
        now(),
    );
    assert_eq!(identity.kind, ErrorKind::Denied { permission: None });
}

#[test]
fn the_clock_is_blamed_when_it_is_off_and_the_key_when_it_is_not() {
    let near = "Sat, 21 Nov 2026 04:01:00 GMT";
    let far = "Sat, 21 Nov 2026 05:00:00 GMT";
    let off = ErrorKind::Clock {
        server: Some("2026-11-21T05:00:00Z".parse().unwrap()),
    };
    for (code, on_time) in [
        ("SignatureDoesNotMatch", ErrorKind::Credentials),
        ("AuthFailure", ErrorKind::Credentials),
        ("RequestExpired", ErrorKind::StaleCredentials),
        ("InvalidSignatureException", ErrorKind::Credentials),
    ] {
        assert_eq!(
            sorted(&with(ec2(403, code, ""), "date", far)).kind,
            off,
            "{code}"
        );
        assert_eq!(
            sorted(&with(ec2(403, code, ""), "date", near)).kind,
            on_time,
            "{code}"
        );
    }
    let skewed = sorted(&ec2(403, "RequestTimeTooSkewed", ""));
    assert_eq!(skewed.kind, ErrorKind::Clock { server: None });
}

#[test]
fn the_clouds_own_wait_is_read_in_either_unit() {
    let throttled = || ec2(503, "RequestLimitExceeded", "");
    for (name, value, expected) in [
        (
            "x-amz-retry-after",
            "1500",
            Some(Duration::from_millis(1500)),
        ),
        ("retry-after", "7", Some(Duration::from_secs(7))),
        ("retry-after", "soon", None),
    ] {
        let error = sorted(&with(throttled(), name, value));
        assert_eq!(
            error.kind,
            ErrorKind::Throttled {
                retry_after: expected
            }
        );
    }
}

#[test]
fn pages_of_html_are_judged_by_their_status() {
    let html = "<!doctype html>\n<html lang=en><title>500 Internal Server Error</title></html>";
    for (status, expected) in [
        (500, ErrorKind::Busy),
        (502, ErrorKind::Busy),
        (429, ErrorKind::Throttled { retry_after: None }),
        (403, ErrorKind::Undecodable),
        (407, ErrorKind::Undecodable),
    ] {
        let page = with(
            answer(status, html),
            "content-type",
            "text/html; charset=utf-8",
        );
        let error = sorted(&page);
        assert_eq!(error.kind, expected, "{status}");
        assert!(error.message.contains("a page of HTML"), "{error}");
    }
    let page = with(answer(200, html), "content-type", "text/html");
    let error = misread(
        site(),
        &LIST_CLUSTERS,
        &page,
        now(),
        Misread::Lacks("clusters"),
    );
    assert_eq!(error.kind, ErrorKind::Undecodable);
    assert!(error.message.contains("log-in"), "{error}");
}

#[test]
fn what_the_server_signed_and_encoded_messages_are_left_out() {
    let signed = ec2(
        403,
        "SignatureDoesNotMatch",
        "The signature does not match. The Canonical String for this request should have been\nx-amz-security-token:CANARY",
    );
    let error = sorted(&signed);
    assert_eq!(error.message, "The signature does not match.");
    let encoded = ec2(
        403,
        "UnauthorizedOperation",
        "You are not authorized. Encoded authorization failure message: AAAA",
    );
    assert_eq!(sorted(&encoded).message, "You are not authorized.");
    let long = ec2(400, "X", &"a".repeat(5_000));
    assert_eq!(sorted(&long).message.len(), LONGEST_MESSAGE);
}

#[test]
fn a_refusal_in_a_good_answer_is_a_refusal_all_the_same() {
    let answer = ec2(200, "RequestLimitExceeded", "");
    let error = misread(
        site(),
        &DESCRIBE_INSTANCES,
        &answer,
        now(),
        Misread::Other("x"),
    );
    assert_eq!(error.kind, ErrorKind::Throttled { retry_after: None });
}

#[test]
fn spent_tokens_and_closed_regions_are_recognized() {
    let of = |code: &str, message: &str| sorted(&ec2(400, code, message));
    assert!(is_spent_token(&of("InvalidNextToken", "")));
    assert!(is_spent_token(&of(
        "InvalidParameterValue",
        "Unable to parse the NextToken"
    )));
    assert!(!is_spent_token(&of(
        "InvalidParameterValue",
        "The filter is invalid"
    )));
    assert!(may_mean_closed(&of("AuthFailure", "")));
    assert!(may_mean_closed(&of("OptInRequired", "")));
    assert!(!may_mean_closed(&of("ExpiredToken", "")));
}
