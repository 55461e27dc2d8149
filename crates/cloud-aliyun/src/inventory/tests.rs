use super::*;

#[test]
fn a_recorded_machine_is_understood_and_no_tags_are_no_tags() {
    let body = r#"{"RequestId":"R","NextToken":"","Instances":{"Instance":[
        {"InstanceId":"i-1","InstanceName":"launch-advisor-20240122","InstanceChargeType":"PostPaid",
         "ExpiredTime":"2099-12-31T15:59Z","Memory":4096,"ImageOptions":{},"EipAddress":{"IpAddress":""}},
        {"InstanceId":"i-2","InstanceName":"","InstanceChargeType":"PrePaid",
         "Tags":{"Tag":[{"TagKey":"owner","TagValue":"小明"},{"TagKey":"env"}]}},
        {"InstanceId":"i-3","Tags":{"Tag":[]}}]}}"#;
    let page = decode_machines(body.as_bytes()).unwrap();
    let ids: Vec<_> = page
        .machines
        .iter()
        .map(|it| (it.detail.id.as_str(), it.prepaid))
        .collect();
    assert_eq!(ids, [("i-1", false), ("i-2", true), ("i-3", false)]);
    assert_eq!(page.machines[0].detail.name, "launch-advisor-20240122");
    assert!(page.machines[0].detail.tags.is_empty() && page.machines[2].detail.tags.is_empty());
    assert_eq!(page.machines[1].detail.tags["owner"], "小明");
    assert_eq!(page.next, "");
}

#[test]
fn an_answer_without_its_list_is_not_an_empty_one() {
    assert!(matches!(
        decode_machines(b"{}"),
        Err(Misread::Lacks("Instances"))
    ));
    assert!(matches!(
        decode_regions(b"{}"),
        Err(Misread::Lacks("Regions"))
    ));
    assert!(matches!(
        decode_renewals(b"{}"),
        Err(Misread::Lacks("InstanceRenewAttributes"))
    ));
    let nameless = br#"{"Instances":{"Instance":[{"InstanceName":"x"}]}}"#;
    assert!(matches!(decode_machines(nameless), Err(Misread::Lacks(_))));
}

#[test]
fn renewal_is_read_in_the_words_of_this_service() {
    let read = |fields: &str| {
        let body = format!(
            r#"{{"InstanceRenewAttributes":{{"InstanceRenewAttribute":[{{"InstanceId":"i-1",{fields}}}]}}}}"#
        );
        decode_renewals(body.as_bytes())
            .unwrap()
            .remove("i-1")
            .unwrap()
    };
    for (fields, expected) in [
        (
            r#""RenewalStatus":"AutoRenewal","Duration":3,"PeriodUnit":"Month""#,
            Renewal::Auto { months: Some(3) },
        ),
        (
            r#""RenewalStatus":"AutoRenewal","Duration":1,"PeriodUnit":"Year""#,
            Renewal::Auto { months: Some(12) },
        ),
        (
            r#""RenewalStatus":"AutoRenewal","Duration":1,"PeriodUnit":"Week""#,
            Renewal::Auto { months: None },
        ),
        (r#""AutoRenewEnabled":true"#, Renewal::Auto { months: None }),
        (r#""RenewalStatus":"Normal""#, Renewal::Manual),
        (r#""RenewalStatus":"NotRenewal""#, Renewal::Never),
        (
            r#""RenewalStatus":"Unheard_Of""#,
            Renewal::Unknown("Unheard_Of".into()),
        ),
        (r#""Duration":0"#, Renewal::Unknown(String::new())),
    ] {
        assert_eq!(read(fields), expected, "{fields}");
    }
}

#[test]
fn regions_have_their_names() {
    let body = r#"{"Regions":{"Region":[{"RegionId":"cn-hangzhou","LocalName":"华东1（杭州）"}]}}"#;
    let regions = decode_regions(body.as_bytes()).unwrap();
    assert_eq!(
        (regions[0].id.as_str(), regions[0].name.as_str()),
        ("cn-hangzhou", "华东1（杭州）")
    );
}
