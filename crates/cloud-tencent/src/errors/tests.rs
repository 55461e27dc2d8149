use bytes::Bytes;
use model::{AccountId, Place};
use net::{HeaderValue, StatusCode};

use super::*;
use crate::operations::{DESCRIBE_ACCOUNT_BALANCE, DESCRIBE_CLUSTERS, DESCRIBE_DISKS};

fn site() -> CallSite {
    CallSite {
        account: AccountId::new("shop"),
        place: Place::Global,
        operation: "DescribeDisks",
    }
}

fn answer(status: u16, body: &str, headers: &[(&'static str, &'static str)]) -> HttpResponse {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, HeaderValue::from_static(value));
    }
    HttpResponse {
        status: StatusCode::from_u16(status).unwrap(),
        headers: map,
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

fn refused(code: &str, message: &str, operation: &Operation) -> CloudError {
    let body = serde_json::json!({
        "Response": { "Error": { "Code": code, "Message": message }, "RequestId": "r-1" }
    });
    let answer = answer(
        200,
        &body.to_string(),
        &[("date", "Sat, 21 Nov 2026 02:00:00 GMT")],
    );
    let why = crate::decode::succeeded(&answer.text()).unwrap_err();
    misread(site(), operation, &answer, why)
}

fn kind_of(code: &str) -> ErrorKind {
    refused(code, "", &DESCRIBE_DISKS).kind
}

#[test]
fn codes_are_sorted_by_what_to_do_next() {
    let throttled = || ErrorKind::Throttled { retry_after: None };
    let denied = || ErrorKind::Denied {
        permission: Some("cvm:DescribeDisks".to_owned()),
    };
    let server = Some("2026-11-21T02:00:00Z".parse().unwrap());
    for (code, expected) in [
        ("RequestLimitExceeded", throttled()),
        ("RequestLimitExceeded.UinLimitExceeded", throttled()),
        (
            "RequestLimitExceeded.GlobalRegionUinLimitExceeded",
            throttled(),
        ),
        ("RequestLimitExceeded.IPLimitExceeded", throttled()),
        ("LimitExceeded.ActionLimited", throttled()),
        ("LimitExceeded", ErrorKind::Exhausted),
        ("AuthFailure.SignatureExpire", ErrorKind::Clock { server }),
        ("AuthFailure.TokenFailure", ErrorKind::StaleCredentials),
        ("AuthFailure.SecretIdNotFound", ErrorKind::Credentials),
        ("AuthFailure.SignatureFailure", ErrorKind::Credentials),
        ("AuthFailure.MFAFailure", ErrorKind::Credentials),
        ("AuthFailure", ErrorKind::Credentials),
        ("IpNotInWhitelist", ErrorKind::Credentials),
        ("AuthFailure.UnauthorizedOperation", denied()),
        ("UnauthorizedOperation", denied()),
        ("UnauthorizedOperation.CamNoAuth", denied()),
        ("InternalError.CamNoAuth", denied()),
        ("InternalError", ErrorKind::Busy),
        ("InternalServerError", ErrorKind::Busy),
        ("InternalError.Db", ErrorKind::Busy),
        ("InternalError.CvmCommon", ErrorKind::Busy),
        ("InternalError.Param", ErrorKind::Invalid),
        ("InternalError.QuotaMaxClsLimit", ErrorKind::Invalid),
        ("InternalError.ClusterNotFound", ErrorKind::NotFound),
        ("ResourceNotFound", ErrorKind::NotFound),
        ("ResourceNotFound.ClusterNotFound", ErrorKind::NotFound),
        ("InvalidInstanceId.NotFound", ErrorKind::NotFound),
        ("FailedOperation.Anything", ErrorKind::Invalid),
        ("InvalidParameterValue", ErrorKind::Invalid),
        ("RequestLimitExceededNot", ErrorKind::Invalid),
    ] {
        assert_eq!(kind_of(code), expected, "{code}");
    }
}

#[test]
fn the_missing_permission_is_the_one_the_cloud_names() {
    let named = |message: &str, operation| match refused(
        "UnauthorizedOperation",
        message,
        operation,
    )
    .kind
    {
        ErrorKind::Denied { permission } => permission.unwrap(),
        other => panic!("{other:?}"),
    };
    let words = "[request id:r]you are not authorized to perform operation (name:DescribeAccountBalance) \
                 resource (qcs::finance:::*) has no permission";
    assert_eq!(
        named(words, &DESCRIBE_ACCOUNT_BALANCE),
        "name:DescribeAccountBalance"
    );
    let tke = "没有权限 (tke:DescribeClusters) resource (qcs::tke:ap-guangzhou:uin/1:cluster/*)";
    assert_eq!(named(tke, &DESCRIBE_CLUSTERS), "tke:DescribeClusters");
    for other in [
        "",
        "no (tke:DeleteCluster)",
        "(evil/../x:DescribeClusters)",
        ":DescribeClusters)",
    ] {
        assert_eq!(
            named(other, &DESCRIBE_CLUSTERS),
            "tke:DescribeClusters",
            "{other}"
        );
    }
}

#[test]
fn an_error_keeps_the_request_and_a_bounded_line_of_the_words() {
    let long = format!("参数\n{}", "长".repeat(1_000));
    let error = refused("InvalidParameter", &long, &DESCRIBE_DISKS);
    assert_eq!(error.request_id.as_deref(), Some("r-1"));
    assert_eq!(error.message.chars().count(), LONGEST_MESSAGE);
    assert!(!error.message.contains('\n'));
}

#[test]
fn an_answer_that_is_not_whole_is_the_clouds_trouble() {
    let body = r#"{"Response":{"Errors":["super nodes: timeout"],"RequestId":"r-2"}}"#;
    let answer = answer(200, body, &[]);
    let why = crate::decode::succeeded(&answer.text()).unwrap_err();
    let error = misread(site(), &DESCRIBE_CLUSTERS, &answer, why);
    assert_eq!(error.kind, ErrorKind::Busy);
    assert!(
        error.to_string().contains("super nodes: timeout"),
        "{error}"
    );
    assert_eq!(error.request_id.as_deref(), Some("r-2"));
}

#[test]
fn what_is_not_the_clouds_is_told_by_its_status() {
    let html = [("content-type", "text/html; charset=utf-8")];
    let of = |status, body: &str| of_status(site(), &DESCRIBE_DISKS, &answer(status, body, &html));
    for status in [500, 502, 503, 504, 408] {
        assert_eq!(of(status, "<html>").kind, ErrorKind::Busy, "{status}");
    }
    for status in [301, 403, 404, 407] {
        assert_eq!(
            of(status, "<html>").kind,
            ErrorKind::Undecodable,
            "{status}"
        );
    }
    let slow = answer(429, "", &[("retry-after", "7")]);
    let retry_after = Some(Duration::from_secs(7));
    let slow = of_status(site(), &DESCRIBE_DISKS, &slow);
    assert_eq!(slow.kind, ErrorKind::Throttled { retry_after });
    let refusal = r#"{"Response":{"Error":{"Code":"AuthFailure","Message":"x"},"RequestId":"r"}}"#;
    assert_eq!(of(403, refusal).kind, ErrorKind::Credentials);
}

#[test]
fn a_page_instead_of_json_is_said_to_be_one() {
    let page = answer(200, "<html>log in</html>", &[("content-type", "text/html")]);
    let why = crate::decode::succeeded(&page.text()).unwrap_err();
    let error = misread(site(), &DESCRIBE_DISKS, &page, why);
    assert_eq!(error.kind, ErrorKind::Undecodable);
    assert!(error.to_string().contains("a page of HTML"), "{error}");
}

#[test]
fn an_unknown_version_and_an_absent_product_are_told_apart_from_all_else() {
    let unknown = |code| is_unknown_question(&refused(code, "", &DESCRIBE_CLUSTERS));
    assert!(unknown("NoSuchVersion") && unknown("InvalidAction"));
    assert!(!unknown("InternalError") && !unknown("UnsupportedOperation"));
    let absent = |code| is_absent_product(&refused(code, "", &DESCRIBE_CLUSTERS));
    assert!(absent("UnsupportedRegion") && absent("UnsupportedRegion.Tke"));
    assert!(!absent("ResourceNotFound") && !absent("InvalidParameterValue"));
}

#[test]
fn the_refusal_of_a_change_says_what_to_do_next() {
    let held = |by: &str| ErrorKind::Held { by: by.to_owned() };
    for (code, expected) in [
        ("InvalidImageId.InShared", held("shared")),
        ("UnsupportedOperation.SnapHasShared", held("shared")),
        ("UnsupportedOperation.SnapshotHasBindedImage", held("image")),
        ("UnsupportedOperation.InstanceStateRunning", held("running")),
        ("InvalidAddressStatus.NotPermit", held("in use")),
        (
            "UnsupportedOperation.AddressStatusNotPermit",
            held("in use"),
        ),
        ("UnsupportedOperation.InstancesProtected", held("")),
        (
            "UnsupportedOperation.InstanceStateStopping",
            ErrorKind::TryLater,
        ),
        ("InvalidDisk.SnapshotCreating", ErrorKind::TryLater),
        ("ResourceInUse.CopySnapshotConflict", ErrorKind::TryLater),
        ("FailedOperation.InvalidImageState", ErrorKind::TryLater),
        ("ResourceInsufficient.OverQuota", ErrorKind::Exhausted),
        ("OperationDenied.InstanceTerminationProtected", held("")),
        ("ResourceInUse", held("")),
        ("ResourceInUse.DiskMigrating", ErrorKind::TryLater),
        ("ResourceUnavailable.SnapshotCreating", ErrorKind::TryLater),
        ("MutexOperation.TaskRunning", ErrorKind::TryLater),
        ("InvalidDisk.Busy", ErrorKind::TryLater),
        ("TradeDealConflict", ErrorKind::TryLater),
        (
            "OperationDenied.InstanceOperationInProgress",
            ErrorKind::TryLater,
        ),
        ("InsufficientSnapshotQuota", ErrorKind::Exhausted),
        ("LimitExceeded.InstanceQuota", ErrorKind::Exhausted),
        ("ImageQuotaLimitExceeded", ErrorKind::Exhausted),
        ("InvalidAccount.InsufficientBalance", ErrorKind::Exhausted),
        ("InvalidImageName.Duplicate", ErrorKind::Exists),
        ("InvalidSnapshotId.NotFound", ErrorKind::NotFound),
        // The same in the cluster service is no matter of time.
        ("ResourceUnavailable", ErrorKind::Busy),
        ("UnsupportedOperation", ErrorKind::Invalid),
    ] {
        assert_eq!(kind_of(code), expected, "{code}");
    }
}
