use super::groups::decode_groups;
use super::*;

#[test]
fn a_group_names_its_snapshots_by_their_disks() {
    let body = r#"{"NextToken":"","SnapshotGroups":{"SnapshotGroup":[{
        "Status":"progressing","SnapshotGroupId":"ssg-1",
        "Snapshots":{"Snapshot":[
            {"SnapshotId":"s-1","SourceDiskType":"system","SourceDiskId":"d-1"},
            {"SnapshotId":"","SourceDiskId":"d-2"}]},
        "Tags":{"Tag":[{"Key":"skywarden:set","Value":"i-1/20261121T040000Z"}]}}]}}"#;
    let groups = decode_groups(body).unwrap().items;
    let expected = expect_test::expect![[r#"
        [
            Group {
                id: ResourceId(
                    "ssg-1",
                ),
                snapshots: {
                    ResourceId(
                        "d-1",
                    ): ResourceId(
                        "s-1",
                    ),
                },
                tags: {
                    "skywarden:set": "i-1/20261121T040000Z",
                },
            },
        ]
    "#]];
    expected.assert_debug_eq(&groups);
    decode_groups(r#"{"RequestId":"R"}"#).unwrap_err();
}

#[test]
fn a_thing_is_for_the_step_that_makes_it_before_the_set_it_is_of() {
    let tags = |pairs: &[(&str, &str)]| -> Tags {
        let pairs = pairs.iter().map(|it| (it.0.to_owned(), it.1.to_owned()));
        pairs.collect()
    };
    assert_eq!(mark(&tags(&[(SET_TAG, "set"), (STEP_TAG, "step")])), "step");
    assert_eq!(mark(&tags(&[(SET_TAG, "set")])), "set");
    assert_eq!(mark(&Tags::new()), "");
}
