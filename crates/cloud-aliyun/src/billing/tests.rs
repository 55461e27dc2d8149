use super::*;

/// Decodes one row and returns its end, its renewal and its state.
fn row(fields: &str) -> Prepaid {
    let body = format!(
        r#"{{"Success":true,"Code":"Success","Data":{{"TotalCount":1,"PageSize":300,"InstanceList":[
            {{"InstanceID":"rm-1","ProductCode":"rds",{fields}}}]}}}}"#
    );
    let (mut items, told) = decode_prepaid(&body).unwrap();
    assert_eq!(
        (told.rows, told.total, told.page_size),
        (1, Some(1), Some(300))
    );
    items.remove(0)
}

#[test]
fn a_recorded_row_is_understood_whole() {
    let row = row(
        r#""CreateTime":"2018-04-19T10:17:00Z","EndTime":"2025-04-19T16:00:00Z",
        "OwnerId":121212121212,"ProductType":"rds","Region":"cn-hangzhou","RenewStatus":"ManualRenewal",
        "RenewalDuration":12,"RenewalDurationUnit":"M","Seller":"26842","Status":"Normal",
        "SubStatus":"Normal","SubscriptionType":"Subscription""#,
    );
    expect_test::expect![[r#"
        Prepaid {
            kind: Kind(
                "rds",
            ),
            product_type: "rds",
            id: ResourceId(
                "rm-1",
            ),
            name: None,
            region: Some(
                RegionId(
                    "cn-hangzhou",
                ),
            ),
            tags: {},
            created: Some(
                2018-04-19T10:17:00Z,
            ),
            expiry: At(
                2025-04-19T16:00:00Z,
            ),
            renewal: Manual,
            status: Normal,
            release: None,
            renewal_price: None,
        }
    "#]]
    .assert_debug_eq(&row);
}

#[test]
fn no_end_is_never_only_where_one_pays_by_use() {
    let at = |text: &str| Expiry::At(text.parse().unwrap());
    for (fields, expected) in [
        (r#""SubscriptionType":"PayAsYouGo""#, Expiry::Never),
        (
            r#""SubscriptionType":"PayAsYouGo","EndTime":"""#,
            Expiry::Never,
        ),
        (
            r#""SubscriptionType":"PayAsYouGo","EndTime":null"#,
            Expiry::Never,
        ),
        (r#""SubscriptionType":"Subscription""#, Expiry::Unknown),
        (
            r#""SubscriptionType":"Subscription","EndTime":"""#,
            Expiry::Unknown,
        ),
        (
            r#""SubscriptionType":"Subscription","EndTime":"soon""#,
            Expiry::Unknown,
        ),
        (
            r#""SubscriptionType":"PayAsYouGo","EndTime":"soon""#,
            Expiry::Unknown,
        ),
        (r#""SubscriptionType":"Unheard_Of""#, Expiry::Unknown),
        (r#""Region":"cn-hangzhou""#, Expiry::Unknown),
        (
            r#""SubscriptionType":"Subscription","EndTime":"2999-09-09T16:00:00Z""#,
            Expiry::Never,
        ),
        (r#""EndTime":"2099-12-31T15:59Z""#, Expiry::Never),
        (
            r#""EndTime":"2025-04-19T16:00:00Z""#,
            at("2025-04-19T16:00:00Z"),
        ),
        (r#""EndTime":1745078400000"#, at("2025-04-19T16:00:00Z")),
    ] {
        assert_eq!(row(fields).expiry, expected, "{fields}");
    }
}

#[test]
fn words_about_renewal_are_kept_even_when_nobody_knows_them() {
    let auto = |months| Renewal::Auto { months };
    for (fields, expected) in [
        (
            r#""RenewStatus":"AutoRenewal","RenewalDuration":3,"RenewalDurationUnit":"M""#,
            auto(Some(3)),
        ),
        (
            r#""RenewStatus":"AutoRenewal","RenewalDuration":"2","RenewalDurationUnit":"Y""#,
            auto(Some(24)),
        ),
        (
            r#""RenewStatus":"AutoRenewal","RenewalDuration":1,"RenewalDurationUnit":"W""#,
            auto(None),
        ),
        (r#""RenewStatus":"AutoRenewal""#, auto(None)),
        (r#""RenewStatus":"ManualRenewal""#, Renewal::Manual),
        (r#""RenewStatus":"NotRenewal""#, Renewal::Never),
        (
            r#""RenewStatus":"Unheard_Of""#,
            Renewal::Unknown("Unheard_Of".into()),
        ),
        (r#""Region":"""#, Renewal::Unknown(String::new())),
    ] {
        assert_eq!(row(fields).renewal, expected, "{fields}");
    }
}

#[test]
fn states_and_releases_are_read() {
    for (word, expected) in [
        ("Creating", PrepaidStatus::Creating),
        ("Normal", PrepaidStatus::Normal),
        ("WaitForExpire", PrepaidStatus::Normal),
        ("Expired", PrepaidStatus::Expired),
        ("Unheard_Of", PrepaidStatus::Other("Unheard_Of".into())),
    ] {
        assert_eq!(row(&format!("\"Status\":\"{word}\"")).status, expected);
    }
    let release = row(r#""ExpectedReleaseTime":"","ReleaseTime":"2025-05-04T16:00:00Z""#).release;
    assert_eq!(release.unwrap().to_string(), "2025-05-04T16:00:00Z");
    assert_eq!(
        row(r#""ExpectedReleaseTime":"2999-09-09T16:00:00Z""#).release,
        None
    );
}

#[test]
fn awkward_texts_stay_what_they_are() {
    let row = row(r#""ProductType":"it's 🙂 \u202e\"quoted\"","Region":"","New":{"a":[1]}"#);
    assert_eq!(&*row.product_type, "it's 🙂 \u{202e}\"quoted\"");
    assert_eq!(row.region, None);
}

#[test]
fn a_row_without_an_id_makes_the_page_unreadable_rather_than_shorter() {
    for id in [
        "",
        r#""InstanceID":"","#,
        r#""InstanceID":null,"#,
        r#""InstanceID":{},"#,
    ] {
        let body = format!(
            r#"{{"Data":{{"TotalCount":2,"InstanceList":[{{"InstanceID":"i-1"}},{{{id}"ProductCode":"ecs"}}]}}}}"#
        );
        let error = decode_prepaid(&body).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the answer has no InstanceID in one of its rows",
            "{id}"
        );
    }
}

#[test]
fn a_missing_list_is_empty_only_beside_a_total() {
    let decode = |data: &str| decode_prepaid(&format!("{{\"Data\":{data}}}"));
    let (items, told) = decode(r#"{"TotalCount":"0"}"#).unwrap();
    assert_eq!((items.len(), told.total), (0, Some(0)));
    let (items, told) = decode(r#"{"InstanceList":null,"TotalCount":7}"#).unwrap();
    assert_eq!(
        (items.len(), told.total),
        (0, Some(7)),
        "the pager finds the mismatch"
    );
    assert!(matches!(decode("{}"), Err(Misread::Lacks("InstanceList"))));
    assert!(matches!(decode("null"), Err(Misread::Lacks("Data"))));
    assert!(matches!(decode("[1]"), Err(Misread::Json(_))));
}

#[test]
fn a_failure_in_a_good_envelope_is_a_failure() {
    for success in ["false", "\"false\"", "0"] {
        let body = format!(
            r#"{{"Success":{success},"Code":"NotApplicable","Data":{{"InstanceList":[],"TotalCount":0}}}}"#
        );
        assert!(
            matches!(decode_prepaid(&body), Err(Misread::Failed)),
            "{success}"
        );
    }
}

fn balance(data: &str) -> Result<Balance, Misread> {
    decode_balance(&format!(
        "{{\"Code\":\"200\",\"Success\":true,\"Data\":{data}}}"
    ))
}

#[test]
fn amounts_have_commas_signs_and_line_breaks() {
    let read = balance(
        r#"{"AvailableAmount":"-1,234.50","AvailableCashAmount":"0.00\n","CreditAmount":150000.5,"Currency":"CNY"}"#,
    )
    .unwrap();
    assert_eq!(read.available.to_string(), "-1,234.50 ¥");
    assert_eq!(read.cash.unwrap().to_string(), "0.00 ¥");
    assert_eq!(read.credit.unwrap().to_string(), "150,000.50 ¥");
    let abroad = balance(r#"{"AvailableAmount":12,"Currency":"USD"}"#).unwrap();
    assert_eq!(abroad.available.to_string(), "12.00 $");
    assert_eq!((abroad.cash, abroad.credit), (None, None));
}

#[test]
fn an_amount_that_cannot_be_read_is_no_balance() {
    for data in [
        r#"{"AvailableAmount":"***","Currency":"CNY"}"#,
        r#"{"Currency":"CNY"}"#,
        r#"{"AvailableAmount":"1.00"}"#,
        r#"{"AvailableAmount":"1.00","Currency":""}"#,
    ] {
        assert!(matches!(balance(data), Err(Misread::Lacks(_))), "{data}");
    }
}
