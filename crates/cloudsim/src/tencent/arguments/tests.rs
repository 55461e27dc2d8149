use serde_json::json;

use super::*;

#[test]
fn values_must_have_their_form() {
    let code = |kind, value: &Value, spelling| {
        let checked = Parameter::new("X", kind).check(value, spelling);
        checked.err().map_or("ok".to_owned(), |it| it.code)
    };
    for (kind, value, expected) in [
        (Kind::Whole(1, 100), json!(100), "ok"),
        (Kind::Whole(1, 100), json!(101), "InvalidParameterValue"),
        (Kind::Whole(1, 100), json!(0), "InvalidParameterValue"),
        (Kind::Whole(1, 100), json!("100"), "InvalidParameter"),
        (Kind::Whole(1, 100), json!(1.5), "InvalidParameter"),
        (Kind::WholeOrText(1, 100), json!("100"), "ok"),
        (Kind::Flag, json!(true), "ok"),
        (Kind::Flag, json!("true"), "InvalidParameter"),
        (Kind::OneOf(&["a"]), json!("b"), "InvalidParameterValue"),
        (Kind::Texts(2), json!(["a", "b"]), "ok"),
        (Kind::Texts(2), json!("a"), "InvalidParameter"),
        (Kind::Texts(2), json!([1]), "InvalidParameter"),
        (
            Kind::Texts(1),
            json!(["a", "b"]),
            "InvalidParameterValue.LimitExceeded",
        ),
    ] {
        assert_eq!(
            code(kind, &value, Spelling::Json),
            expected,
            "{kind:?} {value}"
        );
    }
    assert_eq!(
        code(Kind::Whole(1, 100), &json!("100"), Spelling::Query),
        "ok"
    );
    assert_eq!(code(Kind::Flag, &json!("True"), Spelling::Query), "ok");
}

#[test]
fn a_filter_nobody_knows_is_refused() {
    let known = Filters {
        names: &["zone", "tag:"],
        most: 2,
        values: 2,
    };
    let code = |value: Value| {
        check_filters(&value, known)
            .err()
            .map_or("ok".to_owned(), |it| it.code)
    };
    assert_eq!(
        code(json!([{"Name": "zone", "Values": ["a"]}, {"Name": "tag:k", "Values": ["v"]}])),
        "ok"
    );
    for (value, expected) in [
        (json!([{"Name": "zones", "Values": ["a"]}]), "InvalidFilter"),
        (json!([{"Name": "tag:", "Values": ["a"]}]), "InvalidFilter"),
        (
            json!([{"Name": "zone", "Value": ["a"]}]),
            "UnknownParameter",
        ),
        (json!([{"Name": "zone"}]), "MissingParameter"),
        (
            json!([{"Name": "zone", "Values": ["a", "b", "c"]}]),
            "InvalidFilterValue.LimitExceeded",
        ),
        (
            json!([{"Name": "zone", "Values": []}]),
            "InvalidFilterValue.LimitExceeded",
        ),
        (json!({"Name": "zone"}), "InvalidParameter"),
    ] {
        assert_eq!(code(value.clone()), expected, "{value}");
    }
}
