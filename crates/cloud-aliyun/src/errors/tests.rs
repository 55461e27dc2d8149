use model::{AccountId, Place};
use net::{HeaderValue, StatusCode};

use super::*;
use crate::operations::{DESCRIBE_INSTANCES, QUERY_ACCOUNT_BALANCE};

fn site() -> CallSite {
    let account = AccountId::new("shop");
    CallSite {
        account,
        place: Place::Global,
        operation: "DescribeInstances",
    }
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

fn kind_of(status: u16, code: &str) -> ErrorKind {
    let body = format!("{{\"RequestId\":\"R-1\",\"Code\":\"{code}\",\"Message\":\"Words.\"}}");
    let error = refusal(site(), &DESCRIBE_INSTANCES, &answer(status, body));
    assert_eq!(
        (error.code.as_str(), error.message.as_str()),
        (code, "Words.")
    );
    assert_eq!(error.request_id.as_deref(), Some("R-1"));
    error.kind
}

#[test]
fn the_code_decides_whatever_the_status() {
    let throttled = ErrorKind::Throttled { retry_after: None };
    let denied = || ErrorKind::Denied {
        permission: Some("ecs:DescribeInstances".into()),
    };
    for (status, code, expected) in [
        (400, "Throttling", throttled.clone()),
        (400, "Throttling.User", throttled.clone()),
        (403, "Throttling.Api", throttled.clone()),
        (503, "Throttling.DeepPageSkip", throttled.clone()),
        (403, "Rejected.Throttling", throttled.clone()),
        (429, "Whatever", throttled),
        (503, "ServiceUnavailable", ErrorKind::Busy),
        (400, "ServiceUnavailable.RegionMaintaining", ErrorKind::Busy),
        (400, "SystemBusy", ErrorKind::Busy),
        (400, "OperationBusy", ErrorKind::Busy),
        (500, "InternalError", ErrorKind::Busy),
        (400, "InternalError.Dispatch", ErrorKind::Busy),
        (400, "UnknownError", ErrorKind::Busy),
        (500, "UndefinedError", ErrorKind::Busy),
        (502, "NeverHeardOf", ErrorKind::Busy),
        (400, "NotApplicable", ErrorKind::WrongSite),
        (
            400,
            "InvalidTimeStamp.Expired",
            ErrorKind::Clock { server: None },
        ),
        (400, "IllegalTimestamp", ErrorKind::Clock { server: None }),
        (400, "SignatureNonceUsed", ErrorKind::NonceUsed),
        (
            400,
            "InvalidSecurityToken.Expired",
            ErrorKind::StaleCredentials,
        ),
        (
            400,
            "InvalidSecurityToken.MismatchWithAccessKey",
            ErrorKind::StaleCredentials,
        ),
        (404, "InvalidAccessKeyId.NotFound", ErrorKind::Credentials),
        (400, "InvalidAccessKeyId.NotFound", ErrorKind::Credentials),
        (403, "InvalidAccessKeyId.Inactive", ErrorKind::Credentials),
        (400, "SignatureDoesNotMatch", ErrorKind::Credentials),
        (403, "Forbidden.AccessKeyDisabled", ErrorKind::Credentials),
        (403, "Forbidden.RAM", denied()),
        (403, "Forbidden", denied()),
        (403, "Forbidden.SubUser", denied()),
        (403, "Forbidden.Unauthorized", denied()),
        (403, "Forbidden.RiskControl", denied()),
        (403, "NoPermission", denied()),
        (403, "NotAuthorized", denied()),
        (404, "EntityNotExist.Role", ErrorKind::NotFound),
        (
            404,
            "EntityNotExists.ResourceDirectory",
            ErrorKind::NotFound,
        ),
        (404, "InvalidRegionId.NotFound", ErrorKind::NotFound),
        (404, "InvalidApi.NotFound", ErrorKind::Invalid),
        (400, "MissingParameter", ErrorKind::Invalid),
        (
            403,
            "InvalidParameter.InvalidInstanceId",
            ErrorKind::Invalid,
        ),
        (400, DRY_RUN_PASSED, ErrorKind::Invalid),
        (400, "ForbiddenButNotReally", ErrorKind::Invalid),
    ] {
        assert_eq!(kind_of(status, code), expected, "{status} {code}");
    }
}

#[test]
fn the_missing_permission_is_the_clouds_word_or_else_ours() {
    let body =
        r#"{"Code":"Forbidden.RAM","AccessDeniedDetail":{"AuthAction":"ecs:DeleteInstance"}}"#;
    let error = refusal(site(), &DESCRIBE_INSTANCES, &answer(403, body));
    let permission = |it: &str| ErrorKind::Denied {
        permission: Some(it.to_owned()),
    };
    assert_eq!(error.kind, permission("ecs:DeleteInstance"));
    let error = refusal(
        site(),
        &QUERY_ACCOUNT_BALANCE,
        &answer(403, r#"{"Code":"NotAuthorized"}"#),
    );
    assert_eq!(error.kind, permission("bss:DescribeAcccount"));
}

#[test]
fn the_clouds_word_on_when_to_come_back_is_read() {
    let throttled = || answer(400, r#"{"Code":"Throttling.User"}"#);
    for (answer, expected) in [
        (
            with(throttled(), "x-acs-retry-after", "1500"),
            Some(Duration::from_millis(1500)),
        ),
        (
            with(throttled(), "retry-after", "7"),
            Some(Duration::from_secs(7)),
        ),
        (with(throttled(), "x-acs-retry-after", "soon"), None),
        (
            with(answer(429, "<html>"), "retry-after", "2"),
            Some(Duration::from_secs(2)),
        ),
    ] {
        let error = refusal(site(), &DESCRIBE_INSTANCES, &answer);
        assert_eq!(
            error.kind,
            ErrorKind::Throttled {
                retry_after: expected
            }
        );
    }
}

#[test]
fn a_wrong_clock_comes_with_the_clouds_own_time() {
    let refused = answer(400, r#"{"Code":"InvalidTimeStamp.Expired"}"#);
    let refused = with(refused, "date", "Fri, 02 Jan 2026 03:04:05 GMT");
    let server = "2026-01-02T03:04:05Z".parse().ok();
    assert_eq!(
        refusal(site(), &DESCRIBE_INSTANCES, &refused).kind,
        ErrorKind::Clock { server }
    );
}

#[test]
fn the_spelling_of_roa_products_is_read_too() {
    let body = r#"{"code":"ErrorClusterNotFound","message":"cluster not found","requestId":"R-2"}"#;
    let error = refusal(site(), &DESCRIBE_INSTANCES, &answer(400, body));
    assert_eq!(
        (error.code.as_str(), error.request_id.as_deref()),
        ("ErrorClusterNotFound", Some("R-2"))
    );
}

#[test]
fn what_is_not_the_clouds_api_is_judged_by_its_status() {
    for (status, expected) in [
        (502, ErrorKind::Busy),
        (503, ErrorKind::Busy),
        (504, ErrorKind::Busy),
        (429, ErrorKind::Throttled { retry_after: None }),
        (403, ErrorKind::Undecodable),
        (407, ErrorKind::Undecodable),
        (302, ErrorKind::Undecodable),
    ] {
        let page = with(
            answer(status, "<html><h1>no</h1></html>"),
            "content-type",
            "text/html",
        );
        let error = refusal(site(), &DESCRIBE_INSTANCES, &page);
        assert_eq!(error.kind, expected, "{status}");
        assert_eq!(
            error.message,
            format!("HTTP {status} came with a page of HTML")
        );
    }
}

fn misread_kind(body: &str) -> ErrorKind {
    misread(
        site(),
        &QUERY_ACCOUNT_BALANCE,
        &answer(200, body),
        Misread::Failed,
    )
    .kind
}

#[test]
fn a_failure_with_status_200_is_a_failure() {
    let wrong_site = r#"{"Code":"NotApplicable","Success":false}"#;
    assert_eq!(misread_kind(wrong_site), ErrorKind::WrongSite);
    assert_eq!(
        misread_kind(r#"{"Code":"NotApplicable","Success":"false"}"#),
        ErrorKind::WrongSite
    );
    let by_message = r#"{"Code":"Failed","Success":false,"Message":"x code=40001, y"}"#;
    assert_eq!(misread_kind(by_message), ErrorKind::WrongSite);
    let denied = ErrorKind::Denied {
        permission: Some("bss:DescribeAcccount".into()),
    };
    assert_eq!(misread_kind(r#"{"Code":"NotAuthorized"}"#), denied);
    assert_eq!(
        misread_kind(r#"{"Code":"UndefinedError","Success":false}"#),
        ErrorKind::Busy
    );
    assert_eq!(
        misread_kind(r#"{"Code":"200","Success":true}"#),
        ErrorKind::Undecodable
    );
    assert_eq!(misread_kind("not json"), ErrorKind::Undecodable);
}

#[test]
fn a_log_in_page_is_called_what_it_is() {
    let page = with(
        answer(200, "<html>"),
        "content-type",
        "text/html; charset=utf-8",
    );
    let error = misread(site(), &DESCRIBE_INSTANCES, &page, Misread::Failed);
    assert!(
        error
            .to_string()
            .contains("a page of HTML came instead of JSON"),
        "{error}"
    );
}

#[test]
fn words_are_bounded_in_one_line_and_without_what_was_signed() {
    let long = format!("one\\ntwo {}", "x".repeat(1000));
    let body = format!("{{\"Code\":\"SomethingElse\",\"Message\":\"{long}\"}}");
    let error = refusal(site(), &DESCRIBE_INSTANCES, &answer(400, body));
    assert_eq!(error.message.chars().count(), LONGEST_MESSAGE);
    assert!(error.message.starts_with("one two x"));
    let signed = "Specified signature is not matched with our calculation. server string to sign is:GET&%2F&SecurityToken%3DCANARY";
    let body = format!("{{\"Code\":\"SignatureDoesNotMatch\",\"Message\":\"{signed}\"}}");
    let error = refusal(site(), &DESCRIBE_INSTANCES, &answer(400, body));
    assert_eq!(
        error.message,
        "Specified signature is not matched with our calculation."
    );
}

#[test]
fn the_refusal_of_a_change_says_what_to_do_next() {
    let held = |by: &str| ErrorKind::Held { by: by.to_owned() };
    for (status, code, expected) in [
        (403, "SnapshotCreatedImage", held("image")),
        (403, "SnapshotCreatedDisk", held("disk")),
        (403, "ImageUsingByInstance", held("instance")),
        (403, "ImageUseShared", held("shared")),
        (403, "OperationDenied.ImageCopying", held("copying")),
        (403, "ImageIsExporting", held("exporting")),
        (
            403,
            "InvalidOperation.DeletionProtection",
            held("deletion protection"),
        ),
        (400, "DependencyViolation.RouteEntry", held("route entry")),
        (
            400,
            "DependencyViolation.New",
            held("something that needs it"),
        ),
        (403, "InstanceLockedForSecurity", held("security lock")),
        (403, "ChargeTypeViolation", held("prepaid")),
        (400, "Forbidden.ChargeTypeIsPrepaid", held("prepaid")),
        (403, "OperationDenied.SnapshotLocked", held("lock")),
        (
            403,
            "IncorrectDiskStatus.CreatingSnapshot",
            ErrorKind::TryLater,
        ),
        (403, "IncorrectDiskStatus", ErrorKind::TryLater),
        (400, "IncorrectInstanceStatus", ErrorKind::TryLater),
        (
            403,
            "IncorrectInstanceStatus.Initializing",
            ErrorKind::TryLater,
        ),
        (403, "Operation.Conflict", ErrorKind::TryLater),
        (409, "OperationConflict", ErrorKind::TryLater),
        (400, "TaskConflict", ErrorKind::TryLater),
        (400, "IncorrectEipStatus", ErrorKind::TryLater),
        (403, "InvalidSnapshotId.NotReady", ErrorKind::TryLater),
        (403, "QuotaExceed.Snapshot", ErrorKind::Exhausted),
        (403, "QuotaExceed.Image", ErrorKind::Exhausted),
        (400, "QuotaExceeded.Eip", ErrorKind::Exhausted),
        (403, "QuotaExceed.Tags", ErrorKind::Invalid),
        (
            403,
            "InvalidAccountStatus.NotEnoughBalance",
            ErrorKind::Exhausted,
        ),
        (
            403,
            "InvalidAccountStatus.SnapshotServiceUnavailable",
            ErrorKind::Exhausted,
        ),
        (400, "InvalidImageName.Duplicated", ErrorKind::Exists),
        (403, "IdempotentParameterMismatch", ErrorKind::Exists),
        (400, "IdempotenceParamNotMatch", ErrorKind::Exists),
        (403, "IdempotentProcessing", ErrorKind::Busy),
        (403, "LastTokenProcessing", ErrorKind::Busy),
        (404, "InvalidSnapshotId.NotFound", ErrorKind::NotFound),
        (404, "ResourceNotFound", ErrorKind::NotFound),
        (400, "InvalidImageName.Malformed", ErrorKind::Invalid),
        (403, "InvalidSnapshot.TooOld", ErrorKind::Invalid),
    ] {
        assert_eq!(kind_of(status, code), expected, "{status} {code}");
    }
}

#[test]
fn a_key_that_the_disks_cannot_reach_names_the_role_that_is_missing() {
    let kind = kind_of(403, "InvalidParameter.KMSKeyId.KMSUnauthorized");
    let permission = Some("AliyunECSDiskEncryptDefaultRole".to_owned());
    assert_eq!(kind, ErrorKind::Denied { permission });
}
