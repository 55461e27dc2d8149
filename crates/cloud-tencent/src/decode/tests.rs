use super::*;

wire! {
    struct Machine<'a> {
        instance_id: Loose<'a>,
        tags: Option<Vec<Tag<'a>>>,
    }
}

const MACHINES: Shape = Shape::rows("InstanceSet");

fn machines(body: &str) -> Result<RawList<Machine<'_>>, Misread> {
    list(body, &MACHINES)
}

#[test]
fn a_page_has_rows_and_their_number() {
    let body = r#"{"Response":{"TotalCount":"7","InstanceSet":[{"InstanceId":"ins-1","New":{"x":[1]},
        "Tags":[{"tagKey":"a","tagValue":"b","Key":"a","Value":"b"}]},{"InstanceId":"ins-2","Tags":null}],
        "RequestId":"r"}}"#;
    let mut page = machines(body).unwrap();
    assert_eq!((page.rows.len(), page.total), (2, Some(7)));
    assert_eq!(tags(page.rows[0].tags.take())["a"], "b");
    assert!(tags(page.rows[1].tags.take()).is_empty());
    let none = machines(r#"{"Response":{"TotalCount":0,"InstanceSet":null}}"#).unwrap();
    assert_eq!((none.rows.len(), none.total), (0, Some(0)));
}

#[test]
fn a_list_may_lie_deeper() {
    let shape = Shape {
        within: "Result",
        rows: "InstanceList",
        total: "TotalCount",
    };
    let body = r#"{"Response":{"RequestId":"r","Result":{"TotalCount":1,"InstanceList":[{"InstanceId":"k"}]}}}"#;
    let page = list::<Machine<'_>>(body, &shape).unwrap();
    assert_eq!((page.rows.len(), page.total), (1, Some(1)));
}

#[test]
fn an_error_is_a_failure_whatever_else_is_there() {
    let body = r#"{"Response":{"TotalCount":0,"InstanceSet":[],
        "Error":{"Code":"AuthFailure","Message":"no"},"RequestId":"r-1"}}"#;
    let Err(Misread::Refused(refusal)) = machines(body) else {
        panic!("a refusal was taken for a list");
    };
    assert_eq!(
        (refusal.code.as_str(), refusal.request_id.as_deref()),
        ("AuthFailure", Some("r-1"))
    );
    assert!(matches!(succeeded(body), Err(Misread::Refused(_))));
}

#[test]
fn an_answer_that_names_failures_beside_its_rows_is_not_whole() {
    let with = |errors: &str| {
        machines(&format!(
            r#"{{"Response":{{"TotalCount":0,"InstanceSet":[],"Errors":{errors},"RequestId":"r"}}}}"#
        ))
        .map(drop)
    };
    let partial = with(r#"["external nodes: timeout"]"#).unwrap_err();
    assert!(
        partial.to_string().ends_with("external nodes: timeout"),
        "{partial}"
    );
    for none in ["[]", "null", r#"[""]"#] {
        assert!(with(none).is_ok(), "{none}");
    }
}

#[test]
fn a_name_that_was_cut_within_a_letter_spoils_that_letter_only() {
    let mut body =
        Vec::from(r#"{"Response":{"InstanceSet":[{"InstanceId":"i","Tags":[{"Key":"n","Value":""#);
    body.extend_from_slice(b"\xe4\xba\"}]}],\"TotalCount\":1}}");
    let mended = String::from_utf8_lossy(&body);
    let mut page = list::<Machine<'_>>(&mended, &MACHINES).unwrap();
    assert_eq!(tags(page.rows[0].tags.take())["n"], "\u{fffd}");
}

#[test]
fn what_is_no_answer_of_the_cloud_is_misread() {
    assert!(matches!(machines("{}"), Err(Misread::Lacks("Response"))));
    assert!(matches!(
        machines(r#"{"Response":{}}"#),
        Err(Misread::Lacks("InstanceSet"))
    ));
    for body in [
        "",
        "<html>",
        "[]",
        r#"{"Response":[]}"#,
        r#"{"Response":{"TotalCount":1}}x"#,
    ] {
        assert!(matches!(machines(body), Err(Misread::Json(_))), "{body}");
    }
}
