use super::*;

fn shown(rows: &[Protection]) -> Vec<String> {
    rows.iter()
        .map(|it| {
            let covers = match &it.covers {
                Covers::These(ids) => {
                    let ids: Vec<_> = ids.iter().map(ResourceId::as_str).collect();
                    format!("these {}", ids.join(","))
                }
                Covers::MachinesTagged(tags) => format!("machines {tags:?}"),
                Covers::DisksTagged(tags) => format!("disks {tags:?}"),
            };
            format!("{} {} {} {covers}", it.service, it.policy, it.active)
        })
        .collect()
}

#[test]
fn a_lifecycle_policy_covers_what_has_any_of_its_tags() {
    let policy = |state: &str, sort: &str, tags: &str| {
        let body = format!(
            "{{\"Policy\":{{\"PolicyId\":\"policy-1\",\"State\":\"{state}\",\"PolicyDetails\":{{\"PolicyType\":\"EBS_SNAPSHOT_MANAGEMENT\",\"ResourceTypes\":[\"{sort}\"],\"TargetTags\":[{tags}],\"Schedules\":[{{}}]}},\"Tags\":{{}}}}}}"
        );
        shown(&decode_policy(body.as_bytes()).unwrap())
    };
    let one = r#"{"Key":"backup","Value":"yes"}"#;
    assert_eq!(
        policy("ENABLED", "INSTANCE", one),
        [r#"dlm policy-1 true machines {"backup": "yes"}"#]
    );
    assert_eq!(
        policy("ERROR", "VOLUME", one),
        [r#"dlm policy-1 false disks {"backup": "yes"}"#]
    );
    let two_values =
        r#"{"Key":"env","Value":"a"},{"Key":"env","Value":"b"},{"Key":"x","Value":""}"#;
    assert_eq!(
        policy("ENABLED", "VOLUME", two_values),
        [
            r#"dlm policy-1 true disks {"env": "a", "x": ""}"#,
            r#"dlm policy-1/2 true disks {"env": "b"}"#
        ],
        "a key that is wanted with two values is two rows with ids of their own"
    );
    assert_eq!(policy("ENABLED", "INSTANCE", ""), [""; 0]);
}

#[test]
fn a_selection_is_told_as_far_as_there_are_words_for_it() {
    let of = |inside: &str| {
        let body = format!(
            "{{\"BackupSelection\":{{\"SelectionName\":\"s\",{inside}}},\"SelectionId\":\"s-1\"}}"
        );
        let selected = selected("plan/s-1", decode_selection(body.as_bytes()).unwrap());
        (shown(&selected.rows), selected.goes_further)
    };
    let (rows, further) = of(
        r#""Resources":["arn:aws-cn:ec2:cn-north-1:123456789012:instance/i-1","arn:aws:ec2:us-east-1:1:volume/vol-1","arn:aws:rds:us-east-1:1:db:x"],"ListOfTags":[]"#,
    );
    assert_eq!(
        (rows, further),
        (
            vec!["backup plan/s-1 true these i-1,vol-1".to_owned()],
            false
        )
    );
    let (rows, further) = of(
        r#""Resources":[],"ListOfTags":[{"ConditionType":"STRINGEQUALS","ConditionKey":"backup","ConditionValue":"yes"}]"#,
    );
    assert_eq!(
        rows,
        [
            r#"backup plan/s-1 true machines {"backup": "yes"}"#,
            r#"backup plan/s-1/2 true disks {"backup": "yes"}"#
        ]
    );
    assert!(!further);
    for pattern in [
        "*",
        "arn:aws:ec2:*:*:instance/*",
        "arn:aws:ec2:us-east-1:1:volume/vol-*",
    ] {
        let (rows, further) = of(&format!("\"Resources\":[\"{pattern}\"]"));
        assert_eq!((rows.len(), further), (0, true), "{pattern}");
    }
    let (rows, further) = of(
        r#""Resources":["arn:aws:ec2:us-east-1:1:instance/i-1"],"Conditions":{"StringEquals":[{"ConditionKey":"aws:ResourceTag/a","ConditionValue":"b"}],"StringLike":null}"#,
    );
    assert_eq!(
        (rows.len(), further),
        (0, true),
        "only some of them have the tag"
    );
    let (rows, further) =
        of(r#""Resources":["arn:aws:dynamodb:*:*:table/*"],"Conditions":{"StringEquals":[]}"#);
    assert_eq!((rows.len(), further), (0, false));
}

#[test]
fn what_was_copied_is_read_with_its_time() {
    let body = br#"{"Results":[
        {"ResourceArn":"arn:aws:ec2:us-east-1:1:instance/i-1","ResourceType":"EC2","LastBackupTime":1795247132.5},
        {"ResourceArn":"arn:aws:ec2:us-east-1:1:volume/vol-1","ResourceType":"EBS","LastBackupTime":1600000000},
        {"ResourceArn":"arn:aws:rds:us-east-1:1:db:x","ResourceType":"RDS","LastBackupTime":1795247132}],"NextToken":"t"}"#;
    let batch = decode_copied(body).unwrap();
    let ids: Vec<_> = batch.rows.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(
        (ids, batch.next.as_deref()),
        (vec!["i-1", "vol-1"], Some("t"))
    );
}

#[test]
fn an_answer_without_its_list_is_none() {
    assert!(decode_policies(b"{}").is_err());
    assert!(decode_policy(b"{}").is_err());
    assert!(decode_plans(b"{}").is_err());
    assert!(decode_selections(b"{}").is_err());
    assert!(decode_selection(b"{}").is_err());
    assert!(decode_copied(b"{}").is_err());
    assert_eq!(decode_policies(br#"{"Policies":[]}"#).unwrap().len(), 0);
}
