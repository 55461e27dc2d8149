//! Snapshots and disks: what is asked of the cloud, word by word, and what is made of its answers.

use cloud::{Copies as _, DiskOrder, ErrorKind, Removal};
use expect_test::expect;
use model::{CopyOrder, ResourceId, SET_TAG, STEP_TAG, SetDisk, SetId, SetOrder, Tags};

use crate::script::Says::{Good, No, Nothing};
use crate::script::{Script, region};

fn id(text: &str) -> ResourceId {
    ResourceId::new(text)
}

fn set() -> SetId {
    SetId::parse("i-1/20261121T040000Z").unwrap()
}

fn tags(pairs: &[(&str, &str)]) -> Tags {
    let pairs = pairs.iter().map(|it| (it.0.to_owned(), it.1.to_owned()));
    pairs.collect()
}

fn order() -> SetOrder {
    let disk = |it: &str, root| SetDisk { disk: id(it), root };
    SetOrder {
        set: set(),
        disks: vec![disk("d-1", true), disk("d-2", false)],
        name: "web-1".to_owned(),
        tags: tags(&[(SET_TAG, &set().to_string()), ("AutoSnapshot", "true")]),
        root_tags: tags(&[("RootDeviceSnapshot", "true")]),
    }
}

const ESSD: &str = r#"{"Disks":{"Disk":[
    {"DiskId":"d-1","Category":"cloud_essd","Size":40},
    {"DiskId":"d-2","Category":"cloud_auto","Size":100}]}}"#;
const MIXED: &str = r#"{"Disks":{"Disk":[
    {"DiskId":"d-1","Category":"cloud_essd","Size":40},
    {"DiskId":"d-2","Category":"cloud_efficiency","Size":100}]}}"#;
const SHARED: &str = r#"{"Disks":{"Disk":[
    {"DiskId":"d-1","Category":"cloud_essd","Size":40},
    {"DiskId":"d-2","Category":"cloud_essd","Size":100,"MultiAttach":"Enabled"}]}}"#;
const GROUP: &str = r#"{"SnapshotGroups":{"SnapshotGroup":[{"SnapshotGroupId":"ssg-1",
    "Snapshots":{"Snapshot":[
        {"SnapshotId":"s-1","SourceDiskId":"d-1"},{"SnapshotId":"s-2","SourceDiskId":"d-2"}]},
    "Tags":{"Tag":[{"Key":"skywarden:set","Value":"i-1/20261121T040000Z"}]}}]}}"#;
const NO_GROUP: &str = r#"{"SnapshotGroups":{"SnapshotGroup":[]}}"#;

#[tokio::test]
async fn disks_of_the_essd_family_are_snapshotted_as_one_group_and_tagged_one_by_one() {
    let (script, aliyun) = Script::of(&[
        ("DescribeDisks", Good(ESSD)),
        (
            "CreateSnapshotGroup",
            Good(r#"{"SnapshotGroupId":"ssg-1"}"#),
        ),
        // Just made, it is not always shown.
        ("DescribeSnapshotGroups", Good(NO_GROUP)),
        ("DescribeSnapshotGroups", Good(GROUP)),
        ("TagResources", Good("{}")),
        ("TagResources", Good("{}")),
    ]);
    let made = aliyun.create_set(&region(), &order()).await.unwrap();
    assert_eq!(
        made,
        [(id("d-1"), id("s-1")), (id("d-2"), id("s-2"))].into()
    );
    expect![[r#"
        DescribeDisks at ecs.cn-hangzhou.aliyuncs.com
          DiskIds = ["d-1","d-2"]
          MaxResults = 100
          RegionId = cn-hangzhou
        CreateSnapshotGroup at ecs.cn-hangzhou.aliyuncs.com
          ClientToken = 4aea1ba8cabe883b3995e541278308c3d06d7731
          DiskId.1 = d-1
          DiskId.2 = d-2
          Name = web-1
          RegionId = cn-hangzhou
          Tag.1.Key = AutoSnapshot
          Tag.1.Value = true
          Tag.2.Key = skywarden:set
          Tag.2.Value = i-1/20261121T040000Z
        DescribeSnapshotGroups at ecs.cn-hangzhou.aliyuncs.com
          MaxResults = 100
          RegionId = cn-hangzhou
          SnapshotGroupId.1 = ssg-1
        DescribeSnapshotGroups at ecs.cn-hangzhou.aliyuncs.com
          MaxResults = 100
          RegionId = cn-hangzhou
          SnapshotGroupId.1 = ssg-1
        TagResources at ecs.cn-hangzhou.aliyuncs.com
          RegionId = cn-hangzhou
          ResourceId.1 = s-1
          ResourceId.2 = s-2
          ResourceType = snapshot
          Tag.1.Key = AutoSnapshot
          Tag.1.Value = true
          Tag.2.Key = skywarden:set
          Tag.2.Value = i-1/20261121T040000Z
        TagResources at ecs.cn-hangzhou.aliyuncs.com
          RegionId = cn-hangzhou
          ResourceId.1 = s-1
          ResourceType = snapshot
          Tag.1.Key = RootDeviceSnapshot
          Tag.1.Value = true"#]]
    .assert_eq(&script.asked());
}

#[tokio::test]
async fn other_disks_are_snapshotted_one_by_one_and_tagged_as_they_are_made() {
    let mut asked = std::collections::BTreeSet::new();
    for disks in [MIXED, SHARED] {
        let (script, aliyun) = Script::of(&[
            ("DescribeDisks", Good(disks)),
            ("CreateSnapshot", Good(r#"{"SnapshotId":"s-1"}"#)),
            ("CreateSnapshot", Good(r#"{"SnapshotId":"s-2"}"#)),
        ]);
        let made = aliyun.create_set(&region(), &order()).await.unwrap();
        assert_eq!(
            made,
            [(id("d-1"), id("s-1")), (id("d-2"), id("s-2"))].into()
        );
        asked.insert(script.asked());
    }
    let asked: Vec<String> = asked.into_iter().collect();
    expect![[r#"
        DescribeDisks at ecs.cn-hangzhou.aliyuncs.com
          DiskIds = ["d-1","d-2"]
          MaxResults = 100
          RegionId = cn-hangzhou
        CreateSnapshot at ecs.cn-hangzhou.aliyuncs.com
          ClientToken = 0061f7ecd84f9f31c659919d90aa13b2edcb0587
          DiskId = d-1
          RegionId = cn-hangzhou
          SnapshotName = web-1
          Tag.1.Key = AutoSnapshot
          Tag.1.Value = true
          Tag.2.Key = RootDeviceSnapshot
          Tag.2.Value = true
          Tag.3.Key = skywarden:set
          Tag.3.Value = i-1/20261121T040000Z
        CreateSnapshot at ecs.cn-hangzhou.aliyuncs.com
          ClientToken = e0ec1af6644ace9069a3d4c759ba28886adc18bf
          DiskId = d-2
          RegionId = cn-hangzhou
          SnapshotName = web-1
          Tag.1.Key = AutoSnapshot
          Tag.1.Value = true
          Tag.2.Key = skywarden:set
          Tag.2.Value = i-1/20261121T040000Z"#]]
    .assert_eq(&asked.join("\n---\n"));
}

#[tokio::test]
async fn a_lost_answer_to_a_create_is_asked_for_with_the_same_token() {
    let mut one = order();
    one.disks.truncate(1);
    let (script, aliyun) = Script::of(&[
        ("CreateSnapshot", Nothing),
        ("CreateSnapshot", No(403, "IdempotentProcessing")),
        ("CreateSnapshot", Good(r#"{"SnapshotId":"s-1"}"#)),
    ]);
    let made = aliyun.create_set(&region(), &one).await.unwrap();
    assert_eq!(made, [(id("d-1"), id("s-1"))].into());
    let asked = script.asked();
    let tokens: std::collections::BTreeSet<&str> = asked
        .lines()
        .filter(|it| it.contains("ClientToken"))
        .collect();
    assert_eq!((asked.matches("ClientToken").count(), tokens.len()), (3, 1));
}

#[tokio::test]
async fn a_disk_that_had_too_many_of_late_is_put_off() {
    let (_script, aliyun) = Script::of(&[
        ("DescribeDisks", Good(MIXED)),
        ("CreateSnapshot", Good(r#"{"SnapshotId":"s-1"}"#)),
        (
            "CreateSnapshot",
            No(403, "IncorrectDiskStatus.CreatingSnapshot"),
        ),
    ]);
    let error = aliyun.create_set(&region(), &order()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TryLater);
}

#[tokio::test]
async fn a_set_is_found_by_its_tag() {
    let (script, aliyun) = Script::of(&[(
        "DescribeSnapshots",
        Good(
            r#"{"Snapshots":{"Snapshot":[{"SnapshotId":"s-1","SourceDiskId":"d-1",
            "Status":"progressing","Available":true,"Encrypted":true,"Category":"standard"}]}}"#,
        ),
    )]);
    let found = aliyun.of_set(&region(), &set()).await.unwrap();
    assert!(found[0].instant && found[0].encrypted == Some(true));
    expect![[r#"
        DescribeSnapshots at ecs.cn-hangzhou.aliyuncs.com
          MaxResults = 100
          RegionId = cn-hangzhou
          Tag.1.Key = skywarden:set
          Tag.1.Value = i-1/20261121T040000Z"#]]
    .assert_eq(&script.asked());
}

#[tokio::test]
async fn a_group_that_nobody_tagged_to_the_end_is_found_and_tagged() {
    let (script, aliyun) = Script::of(&[
        (
            "DescribeSnapshots",
            Good(r#"{"Snapshots":{"Snapshot":[]}}"#),
        ),
        // An empty list is believed when the key may look.
        ("DescribeSnapshots", No(400, "DryRunOperation")),
        ("DescribeSnapshotGroups", Good(GROUP)),
        ("TagResources", Good("{}")),
        (
            "DescribeSnapshots",
            Good(
                r#"{"Snapshots":{"Snapshot":[
                {"SnapshotId":"s-1","SourceDiskId":"d-1","Status":"accomplished"},
                {"SnapshotId":"s-2","SourceDiskId":"d-2","Status":"accomplished"}]}}"#,
            ),
        ),
    ]);
    let found = aliyun.of_set(&region(), &set()).await.unwrap();
    assert!(
        found
            .iter()
            .all(|it| SetId::of_tags(&it.tags) == Some(set()))
    );
    assert_eq!(found.len(), 2);
    let asked = script.asked();
    assert!(asked.contains("ResourceId.1 = s-1") && asked.contains("ResourceId.2 = s-2"));
}

const THERE: (&str, crate::script::Says) = (
    "DescribeSnapshots",
    Good(r#"{"Snapshots":{"Snapshot":[{"SnapshotId":"s-1"}]}}"#),
);

#[tokio::test]
async fn a_snapshot_that_is_gone_was_gone() {
    let (script, aliyun) = Script::of(&[
        (
            "DescribeSnapshots",
            Good(r#"{"Snapshots":{"Snapshot":[]}}"#),
        ),
        // An empty list is believed when the key may look.
        ("DescribeSnapshots", No(400, "DryRunOperation")),
    ]);
    let removal = aliyun.delete_snapshot(&region(), &id("s-1")).await.unwrap();
    assert_eq!(removal, Removal::WasGone);
    script.asked();
}

#[tokio::test]
async fn a_snapshot_goes_unforced_or_stays() {
    for (says, expected) in [
        (Good("{}"), Removal::Gone),
        (No(404, "InvalidSnapshotId.NotFound"), Removal::WasGone),
        (
            No(403, "SnapshotCreatedImage"),
            Removal::Held("image".into()),
        ),
        (No(403, "SnapshotCreatedDisk"), Removal::Held("disk".into())),
        (
            No(403, "OperationDenied.SnapshotLocked"),
            Removal::Held("lock".into()),
        ),
    ] {
        let (script, aliyun) = Script::of(&[THERE, ("DeleteSnapshot", says)]);
        let removal = aliyun.delete_snapshot(&region(), &id("s-1")).await.unwrap();
        assert_eq!(removal, expected);
        let asked = script.asked();
        let deletes = asked.find("DeleteSnapshot at").unwrap();
        assert_eq!(
            &asked[deletes..],
            "DeleteSnapshot at ecs.cn-hangzhou.aliyuncs.com\n  RegionId = cn-hangzhou\n  SnapshotId = s-1"
        );
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_delete_is_not_asked_again() {
    let (script, aliyun) = Script::of(&[THERE, ("DeleteSnapshot", Nothing)]);
    let error = aliyun
        .delete_snapshot(&region(), &id("s-1"))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unanswered);
    assert_eq!(script.asked().matches("DeleteSnapshot").count(), 1);
    // Throttled, it did not take effect: it is asked again.
    let (script, aliyun) = Script::of(&[
        THERE,
        ("DeleteSnapshot", No(400, "Throttling.User")),
        ("DeleteSnapshot", Good("{}")),
    ]);
    let removal = aliyun.delete_snapshot(&region(), &id("s-1")).await.unwrap();
    assert_eq!(removal, Removal::Gone);
    script.asked();
}

#[tokio::test]
async fn the_copy_of_what_is_encrypted_is_encrypted() {
    let order = |key: Option<&str>| CopyOrder {
        snapshot: id("s-1"),
        from: model::RegionId::new("cn-beijing"),
        key: key.map(str::to_owned),
        tags: tags(&[(SET_TAG, &set().to_string())]),
    };
    let source = |encrypted: bool| {
        let row = if encrypted {
            r#"{"Snapshots":{"Snapshot":[{"SnapshotId":"s-1","SnapshotName":"web-1","Encrypted":true}]}}"#
        } else {
            r#"{"Snapshots":{"Snapshot":[{"SnapshotId":"s-1","Encrypted":false}]}}"#
        };
        ("DescribeSnapshots", Good(row))
    };
    let copied = ("CopySnapshot", Good(r#"{"SnapshotId":"s-9"}"#));
    let (script, aliyun) = Script::of(&[source(true), copied.clone()]);
    let copy = aliyun.copy_snapshot(&region(), &order(None)).await.unwrap();
    assert_eq!(copy, id("s-9"));
    expect![[r#"
        DescribeSnapshots at ecs.cn-beijing.aliyuncs.com
          MaxResults = 100
          RegionId = cn-beijing
          SnapshotIds = ["s-1"]
        CopySnapshot at ecs.cn-beijing.aliyuncs.com
          ClientToken = e760081372797a56ad7cc2728ec5a50bf164ac8a
          DestinationRegionId = cn-hangzhou
          DestinationSnapshotDescription = copy of s-1 of cn-beijing
          DestinationSnapshotName = web-1
          Encrypted = true
          RegionId = cn-beijing
          SnapshotId = s-1
          Tag.1.Key = skywarden:set
          Tag.1.Value = i-1/20261121T040000Z"#]]
    .assert_eq(&script.asked());
    let (script, aliyun) = Script::of(&[source(false), copied.clone()]);
    aliyun.copy_snapshot(&region(), &order(None)).await.unwrap();
    assert!(!script.asked().contains("Encrypted"));
    let (script, aliyun) = Script::of(&[source(false), copied]);
    let keyed = order(Some("key-1"));
    aliyun.copy_snapshot(&region(), &keyed).await.unwrap();
    let asked = script.asked();
    assert!(asked.contains("Encrypted = true") && asked.contains("KMSKeyId = key-1"));
}

#[tokio::test]
async fn a_disk_is_made_put_on_taken_off_and_removed() {
    let order = DiskOrder {
        snapshot: id("s-1"),
        zone: "cn-hangzhou-b".to_owned(),
        category: None,
        name: "proof of web-1".to_owned(),
        tags: tags(&[(STEP_TAG, "0123abcd")]),
    };
    let (script, aliyun) = Script::of(&[
        ("CreateDisk", Good(r#"{"DiskId":"d-9"}"#)),
        ("AttachDisk", Good("{}")),
        ("DetachDisk", Good("{}")),
        ("DeleteDisk", Good("{}")),
    ]);
    let (region, disk, machine) = (region(), id("d-9"), id("i-1"));
    assert_eq!(aliyun.create_disk(&region, &order).await.unwrap(), disk);
    aliyun
        .attach_disk(&region, &disk, &machine, Some("/dev/sdf"))
        .await
        .unwrap();
    aliyun.detach_disk(&region, &disk, &machine).await.unwrap();
    let removal = aliyun.delete_disk(&region, &disk).await.unwrap();
    assert_eq!(removal, Removal::Gone);
    expect![[r#"
        CreateDisk at ecs.cn-hangzhou.aliyuncs.com
          ClientToken = 9a65900a55aaf44bd0e843972fbea2cebda59d44
          DiskCategory = cloud_essd
          DiskName = proof-of-web-1
          RegionId = cn-hangzhou
          SnapshotId = s-1
          Tag.1.Key = skywarden:step
          Tag.1.Value = 0123abcd
          ZoneId = cn-hangzhou-b
        AttachDisk at ecs.cn-hangzhou.aliyuncs.com
          DeleteWithInstance = false
          DiskId = d-9
          InstanceId = i-1
          RegionId = cn-hangzhou
        DetachDisk at ecs.cn-hangzhou.aliyuncs.com
          DiskId = d-9
          InstanceId = i-1
          RegionId = cn-hangzhou
        DeleteDisk at ecs.cn-hangzhou.aliyuncs.com
          DiskId = d-9
          RegionId = cn-hangzhou"#]]
    .assert_eq(&script.asked());
}

const ON_I_1: &str =
    r#"{"Disks":{"Disk":[{"DiskId":"d-9","Status":"In_use","InstanceId":"i-1"}]}}"#;
const FREE: &str = r#"{"Disks":{"Disk":[{"DiskId":"d-9","Status":"Available"}]}}"#;

#[tokio::test]
async fn a_disk_that_is_where_it_was_to_be_is_no_failure() {
    let (region, disk) = (region(), id("d-9"));
    let refused = No(403, "IncorrectDiskStatus");
    let on = |found: &'static str| {
        Script::of(&[
            ("AttachDisk", refused.clone()),
            ("DescribeDisks", Good(found)),
        ])
        .1
    };
    on(ON_I_1)
        .attach_disk(&region, &disk, &id("i-1"), None)
        .await
        .unwrap();
    for (found, machine) in [(ON_I_1, "i-2"), (FREE, "i-1")] {
        let error = on(found)
            .attach_disk(&region, &disk, &id(machine), None)
            .await
            .unwrap_err();
        assert_eq!(error.code, "IncorrectDiskStatus");
    }
    let off = |found: &'static str| {
        Script::of(&[
            ("DetachDisk", refused.clone()),
            ("DescribeDisks", Good(found)),
        ])
        .1
    };
    off(FREE)
        .detach_disk(&region, &disk, &id("i-1"))
        .await
        .unwrap();
    off(ON_I_1)
        .detach_disk(&region, &disk, &id("i-1"))
        .await
        .unwrap_err();
}

#[tokio::test]
async fn a_disk_that_a_machine_uses_stays() {
    let (_script, aliyun) = Script::of(&[("DeleteDisk", No(403, "IncorrectDiskStatus"))]);
    let removal = aliyun.delete_disk(&region(), &id("d-9")).await.unwrap();
    assert_eq!(removal, Removal::Held("IncorrectDiskStatus".into()));
}

#[tokio::test]
async fn a_policy_covers_the_disks_it_is_on() {
    let (script, aliyun) = Script::of(&[
        (
            "DescribeAutoSnapshotPolicyEx",
            Good(
                r#"{"AutoSnapshotPolicies":{"AutoSnapshotPolicy":[
                {"AutoSnapshotPolicyId":"sp-1","Status":"Normal","DiskNums":2},
                {"AutoSnapshotPolicyId":"sp-2","Status":"Expire","DiskNums":0}]},"TotalCount":2}"#,
            ),
        ),
        ("DescribeDisks", Good(ESSD)),
    ]);
    let list = aliyun.protections(&region()).unwrap();
    let all = cloud::pager::collect(list.as_ref()).await;
    let all = all.seen().unwrap().get().clone();
    assert_eq!(
        all[0].covers,
        model::Covers::These(vec![id("d-1"), id("d-2")])
    );
    assert_eq!(all[1].covers, model::Covers::These(Vec::new()));
    assert!(all[0].active && !all[1].active);
    assert!(script.asked().contains("AutoSnapshotPolicyId = sp-1"));
}
