//! Copies, images and machines: what is asked of the cloud, word by word, and what is made of its
//! answers.

use cloud::{
    BesideOrder, Copies as _, DiskOrder, ErrorKind, ImageMaking as _, MachineChanges as _, Removal,
    Taggable,
};
use expect_test::expect;
use model::{
    CopyOrder, ImageOrder, ImageUse, ResourceId, SET_TAG, STEP_TAG, SetDisk, SetId, SetOrder, Tags,
};
use serde_json::{Value, json};

use crate::script::Says::{Good, No, Nothing};
use crate::script::{Script, region};

fn id(text: &str) -> ResourceId {
    ResourceId::new(text)
}

const SET: &str = "ins-1/20261121T040000Z";

fn set() -> SetId {
    SetId::parse(SET).unwrap()
}

fn tags(pairs: &[(&str, &str)]) -> Tags {
    let pairs = pairs.iter().map(|it| (it.0.to_owned(), it.1.to_owned()));
    pairs.collect()
}

fn order() -> SetOrder {
    let disk = |it: &str, root| SetDisk { disk: id(it), root };
    SetOrder {
        set: set(),
        disks: vec![disk("disk-1", true), disk("disk-2", false)],
        name: "web-1".to_owned(),
        tags: tags(&[(SET_TAG, SET)]),
        root_tags: tags(&[("RootDeviceSnapshot", "true")]),
    }
}

fn snapshots(rows: &[Value]) -> Value {
    json!({ "TotalCount": rows.len(), "SnapshotSet": rows })
}

/// A snapshot of a disk, of the set when it says so.
fn snapshot(id: &str, disk: &str, set: &str) -> Value {
    json!({ "SnapshotId": id, "DiskId": disk, "SnapshotState": "NORMAL",
        "Tags": [{ "Key": SET_TAG, "Value": set }] })
}

#[tokio::test]
async fn each_disk_is_snapshotted_by_itself_and_tagged_as_it_is_made() {
    let (script, tencent) = Script::of(&[
        ("DescribeSnapshots", Good(snapshots(&[]))),
        ("CreateSnapshot", Good(json!({ "SnapshotId": "snap-1" }))),
        ("CreateSnapshot", Good(json!({ "SnapshotId": "snap-2" }))),
    ]);
    let made = tencent.create_set(&region(), &order()).await.unwrap();
    let expected = [(id("disk-1"), id("snap-1")), (id("disk-2"), id("snap-2"))];
    assert_eq!(made, expected.into());
    expect![[r#"
        DescribeSnapshots at cbs.tencentcloudapi.com in ap-guangzhou
          {"Filters":[{"Name":"disk-id","Values":["disk-1","disk-2"]},{"Name":"snapshot-type","Values":["PRIVATE_SNAPSHOT"]}],"Limit":100,"Offset":0}
        CreateSnapshot at cbs.tencentcloudapi.com in ap-guangzhou
          {"DiskId":"disk-1","SnapshotName":"web-1","Tags":[{"Key":"RootDeviceSnapshot","Value":"true"},{"Key":"skywarden:set","Value":"ins-1/20261121T040000Z"}]}
        CreateSnapshot at cbs.tencentcloudapi.com in ap-guangzhou
          {"DiskId":"disk-2","SnapshotName":"web-1","Tags":[{"Key":"skywarden:set","Value":"ins-1/20261121T040000Z"}]}"#]].assert_eq(&script.asked());
}

#[tokio::test]
async fn what_an_interrupted_run_has_made_is_not_made_again() {
    let there = [
        snapshot("snap-1", "disk-1", SET),
        snapshot("snap-0", "disk-2", "ins-1/20261120T040000Z"),
    ];
    let (script, tencent) = Script::of(&[
        ("DescribeSnapshots", Good(snapshots(&there))),
        ("CreateSnapshot", Good(json!({ "SnapshotId": "snap-2" }))),
    ]);
    let made = tencent.create_set(&region(), &order()).await.unwrap();
    let expected = [(id("disk-1"), id("snap-1")), (id("disk-2"), id("snap-2"))];
    assert_eq!(made, expected.into());
    script.asked();
}

#[tokio::test]
async fn a_lost_answer_to_a_create_is_not_asked_again_and_what_it_made_is_found() {
    let (script, tencent) = Script::of(&[
        ("DescribeSnapshots", Good(snapshots(&[]))),
        ("CreateSnapshot", Nothing),
        (
            "DescribeSnapshots",
            Good(snapshots(&[snapshot("snap-1", "disk-1", SET)])),
        ),
        ("CreateSnapshot", Good(json!({ "SnapshotId": "snap-2" }))),
    ]);
    let made = tencent.create_set(&region(), &order()).await.unwrap();
    let expected = [(id("disk-1"), id("snap-1")), (id("disk-2"), id("snap-2"))];
    assert_eq!(made, expected.into());
    script.asked();
}

#[tokio::test]
async fn what_a_lost_answer_made_and_is_not_shown_yet_is_left_to_the_next_run() {
    let failed = json!({ "SnapshotId": "snap-0", "DiskId": "disk-1", "SnapshotState": "TORECYCLE",
        "Tags": [{ "Key": SET_TAG, "Value": SET }] });
    for shown in [
        Good(snapshots(&[])),
        Good(snapshots(&[failed])),
        No("UnauthorizedOperation"),
    ] {
        let (script, tencent) = Script::of(&[
            ("DescribeSnapshots", Good(snapshots(&[]))),
            ("CreateSnapshot", Nothing),
            ("DescribeSnapshots", shown),
        ]);
        let error = tencent.create_set(&region(), &order()).await.unwrap_err();
        assert_eq!(
            (error.kind, error.site.operation),
            (ErrorKind::Unanswered, "CreateSnapshot")
        );
        script.asked();
    }
}

#[tokio::test]
async fn the_copies_of_a_machine_that_is_gone_are_found_in_the_whole_list() {
    let all = [
        snapshot("snap-1", "disk-1", SET),
        snapshot("snap-0", "disk-1", "ins-9/20261121T040000Z"),
    ];
    let (script, tencent) = Script::of(&[
        (
            "DescribeDisks",
            Good(json!({ "TotalCount": 0, "DiskSet": [] })),
        ),
        ("DescribeSnapshots", Good(snapshots(&all))),
    ]);
    let found = tencent.of_set(&region(), &set()).await.unwrap();
    assert_eq!(found.len(), 1);
    expect![[r#"
        DescribeDisks at cbs.tencentcloudapi.com in ap-guangzhou
          {"Filters":[{"Name":"instance-id","Values":["ins-1"]}],"Limit":100,"Offset":0}
        DescribeSnapshots at cbs.tencentcloudapi.com in ap-guangzhou
          {"Filters":[{"Name":"snapshot-type","Values":["PRIVATE_SNAPSHOT"]}],"Limit":100,"Offset":0}"#]].assert_eq(&script.asked());
}

#[tokio::test]
async fn a_snapshot_goes_alone_or_stays() {
    let row = |more: &Value| {
        let mut row = snapshot("snap-1", "disk-1", SET);
        row.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        ("DescribeSnapshots", Good(snapshots(&[row])))
    };
    for (held, by) in [
        (json!({ "ImageCount": 1 }), "image"),
        (json!({ "IsLocked": true }), "lock"),
        (json!({ "ShareReference": 1 }), "share"),
    ] {
        let (_script, tencent) = Script::of(&[row(&held)]);
        let removal = tencent.delete_snapshot(&region(), &id("snap-1")).await;
        assert_eq!(removal.unwrap(), Removal::Held(by.to_owned()));
    }
    let (_script, tencent) = Script::of(&[("DescribeSnapshots", Good(snapshots(&[])))]);
    let removal = tencent.delete_snapshot(&region(), &id("snap-1")).await;
    assert_eq!(removal.unwrap(), Removal::WasGone);
    let free = row(&json!({}));
    let (script, tencent) = Script::of(&[free.clone(), ("DeleteSnapshots", Good(json!({})))]);
    let removal = tencent.delete_snapshot(&region(), &id("snap-1")).await;
    assert_eq!(removal.unwrap(), Removal::Gone);
    assert!(script.asked().ends_with(
        "DeleteSnapshots at cbs.tencentcloudapi.com in ap-guangzhou\n  \
         {\"DeleteBindImages\":false,\"SnapshotIds\":[\"snap-1\"]}"
    ));
    let (script, tencent) = Script::of(&[free, ("DeleteSnapshots", Nothing)]);
    let removal = tencent.delete_snapshot(&region(), &id("snap-1")).await;
    assert_eq!(removal.unwrap_err().kind, ErrorKind::Unanswered);
    script.asked();
}

#[tokio::test]
async fn a_copy_elsewhere_is_found_by_its_name_and_tagged() {
    let order = CopyOrder {
        snapshot: id("snap-1"),
        from: model::RegionId::new("ap-beijing"),
        key: None,
        tags: tags(&[(SET_TAG, SET)]),
    };
    let result =
        json!({ "SnapshotCopyResultSet": [{ "SnapshotId": "snap-9", "Code": "Success" }] });
    let (script, tencent) = Script::of(&[
        ("DescribeSnapshots", Good(snapshots(&[]))),
        ("CopySnapshotCrossRegions", Good(result)),
        ("TagResources", Good(json!({ "FailedResources": [] }))),
    ]);
    let copy = tencent.copy_snapshot(&region(), &order).await.unwrap();
    assert_eq!(copy, id("snap-9"));
    expect![[r#"
        DescribeSnapshots at cbs.tencentcloudapi.com in ap-guangzhou
          {"Filters":[{"Name":"snapshot-name","Values":["snap-1-0fdf3d947b8d"]}],"Limit":100,"Offset":0}
        CopySnapshotCrossRegions at cbs.tencentcloudapi.com in ap-beijing
          {"DestinationRegions":["ap-guangzhou"],"SnapshotId":"snap-1","SnapshotName":"snap-1-0fdf3d947b8d"}
        TagResources at tag.tencentcloudapi.com in ap-guangzhou
          {"ResourceList":["qcs::cvm:ap-guangzhou:uin/:snapshot/snap-9"],"Tags":[{"TagKey":"skywarden:set","TagValue":"ins-1/20261121T040000Z"}]}"#]].assert_eq(&script.asked());
}

#[tokio::test]
async fn a_disk_is_made_once_put_on_and_removed_when_it_is_free() {
    let order = DiskOrder {
        snapshot: id("snap-1"),
        zone: "ap-guangzhou-3".to_owned(),
        category: Some("CLOUD_SSD".to_owned()),
        name: "proof".to_owned(),
        tags: tags(&[(STEP_TAG, "0123abcd")]),
    };
    let disk = |more: Value| {
        let mut row = json!({ "DiskId": "disk-9", "DiskChargeType": "POSTPAID_BY_HOUR" });
        let more = more.as_object().unwrap().clone();
        row.as_object_mut().unwrap().extend(more);
        Good(json!({ "TotalCount": 1, "DiskSet": [row] }))
    };
    let made = json!({ "DiskIdSet": ["disk-9"] });
    let (script, tencent) = Script::of(&[
        ("CreateDisks", Nothing),
        ("CreateDisks", Good(made)),
        ("AttachDisks", Good(json!({}))),
        // Asked twice, it is on its way already.
        ("DetachDisks", No("InvalidDisk.Busy")),
        ("DescribeDisks", disk(json!({ "DiskState": "DETACHING" }))),
        (
            "DescribeDisks",
            disk(json!({ "DiskState": "ATTACHED", "InstanceId": "ins-1" })),
        ),
        ("DescribeDisks", disk(json!({ "DiskState": "UNATTACHED" }))),
        ("TerminateDisks", Good(json!({}))),
    ]);
    let (region, machine) = (region(), id("ins-1"));
    let disk = tencent.create_disk(&region, &order).await.unwrap();
    tencent
        .attach_disk(&region, &disk, &machine, Some("/dev/vdb"))
        .await
        .unwrap();
    tencent.detach_disk(&region, &disk, &machine).await.unwrap();
    let removal = tencent.delete_disk(&region, &disk).await.unwrap();
    assert_eq!(removal, Removal::Held("ins-1".to_owned()));
    let removal = tencent.delete_disk(&region, &disk).await.unwrap();
    assert_eq!(removal, Removal::Gone);
    expect![[r#"
        CreateDisks at cbs.tencentcloudapi.com in ap-guangzhou
          {"ClientToken":"31a97a698ad1c98f4ce563c1c435f46dfec24173","DiskChargeType":"POSTPAID_BY_HOUR","DiskCount":1,"DiskName":"proof","DiskType":"CLOUD_SSD","Placement":{"Zone":"ap-guangzhou-3"},"SnapshotId":"snap-1","Tags":[{"Key":"skywarden:step","Value":"0123abcd"}]}
        CreateDisks at cbs.tencentcloudapi.com in ap-guangzhou
          {"ClientToken":"31a97a698ad1c98f4ce563c1c435f46dfec24173","DiskChargeType":"POSTPAID_BY_HOUR","DiskCount":1,"DiskName":"proof","DiskType":"CLOUD_SSD","Placement":{"Zone":"ap-guangzhou-3"},"SnapshotId":"snap-1","Tags":[{"Key":"skywarden:step","Value":"0123abcd"}]}
        AttachDisks at cbs.tencentcloudapi.com in ap-guangzhou
          {"DeleteWithInstance":false,"DiskIds":["disk-9"],"InstanceId":"ins-1"}
        DetachDisks at cbs.tencentcloudapi.com in ap-guangzhou
          {"DiskIds":["disk-9"],"InstanceId":"ins-1"}
        DescribeDisks at cbs.tencentcloudapi.com in ap-guangzhou
          {"DiskIds":["disk-9"],"Limit":100,"Offset":0}
        DescribeDisks at cbs.tencentcloudapi.com in ap-guangzhou
          {"DiskIds":["disk-9"],"Limit":100,"Offset":0}
        DescribeDisks at cbs.tencentcloudapi.com in ap-guangzhou
          {"DiskIds":["disk-9"],"Limit":100,"Offset":0}
        TerminateDisks at cbs.tencentcloudapi.com in ap-guangzhou
          {"DeleteSnapshot":0,"DiskIds":["disk-9"]}"#]].assert_eq(&script.asked());
}

fn image_order() -> ImageOrder {
    ImageOrder {
        machine: id("ins-1"),
        name: "web-1-2026-47".to_owned(),
        snapshots: vec![(id("disk-1"), id("snap-1")), (id("disk-2"), id("snap-2"))],
        tags: tags(&[(SET_TAG, SET)]),
    }
}

#[tokio::test]
async fn an_image_is_made_of_snapshots_and_goes_without_them() {
    let (script, tencent) = Script::of(&[
        ("CreateImage", Good(json!({ "ImageId": "img-1" }))),
        ("DeleteImages", Good(json!({}))),
        ("DeleteImages", No("InvalidImageId.InShared")),
        ("DeleteImages", No("InvalidImageId.NotFound")),
        ("CreateImage", No("InvalidImageName.Duplicate")),
        ("CreateImage", Nothing),
    ]);
    let region = region();
    let image = tencent.make_image(&region, &image_order()).await.unwrap();
    for expected in [
        Removal::Gone,
        Removal::Held("shared".to_owned()),
        Removal::WasGone,
    ] {
        let (removal, snapshots) = tencent
            .delete_image(&region, &image, &[id("snap-1")])
            .await
            .unwrap();
        assert_eq!((removal, snapshots.len()), (expected, 0));
    }
    for expected in [ErrorKind::Exists, ErrorKind::Unanswered] {
        let error = tencent.make_image(&region, &image_order()).await;
        assert_eq!(error.unwrap_err().kind, expected);
    }
    let asked = script.asked();
    let first: Vec<&str> = asked.lines().take(4).collect();
    expect![[r#"
        CreateImage at cvm.tencentcloudapi.com in ap-guangzhou
          {"ImageName":"web-1-2026-47","SnapshotIds":["snap-1","snap-2"],"TagSpecification":[{"ResourceType":"image","Tags":[{"Key":"skywarden:set","Value":"ins-1/20261121T040000Z"}]}]}
        DeleteImages at cvm.tencentcloudapi.com in ap-guangzhou
          {"DeleteBindedSnap":false,"ImageIds":["img-1"]}"#]].assert_eq(&first.join("\n"));
}

#[tokio::test]
async fn images_are_known_by_the_tag_of_their_set() {
    let image =
        |id: &str, set: &str| json!({ "ImageId": id, "Tags": [{ "Key": SET_TAG, "Value": set }] });
    let rows = [
        image("img-1", SET),
        image("img-2", "ins-2/20261121T040000Z"),
    ];
    let (script, tencent) = Script::of(&[(
        "DescribeImages",
        Good(json!({ "TotalCount": 2, "ImageSet": rows })),
    )]);
    let found = tencent.images_of_set(&region(), &set()).await.unwrap();
    assert_eq!((found.len(), found[0].id.as_str()), (1, "img-1"));
    expect![[r#"
        DescribeImages at cvm.tencentcloudapi.com in ap-guangzhou
          {"Filters":[{"Name":"image-type","Values":["PRIVATE_IMAGE"]},{"Name":"tag:skywarden:set","Values":["ins-1/20261121T040000Z"]}],"Limit":100,"Offset":0}"#]].assert_eq(&script.asked());
}

#[tokio::test]
async fn whoever_uses_an_image_is_found_in_three_lists() {
    let machines = [
        json!({ "InstanceId": "ins-1", "ImageId": "img-1" }),
        json!({ "InstanceId": "ins-2", "ImageId": null }),
    ];
    let versions = [
        json!({ "LaunchTemplateVersionData": { "ImageId": "img-2" } }),
        json!({ "LaunchTemplateVersionData": { "ImageId": "img-2" } }),
    ];
    let configurations = [json!({ "LaunchConfigurationId": "asc-1", "ImageId": "img-3" })];
    let (script, tencent) = Script::of(&[
        (
            "DescribeInstances",
            Good(json!({ "TotalCount": 2, "InstanceSet": machines })),
        ),
        (
            "DescribeLaunchTemplates",
            Good(json!({ "TotalCount": 1, "LaunchTemplateSet": [{ "LaunchTemplateId": "lt-1" }] })),
        ),
        (
            "DescribeLaunchTemplateVersions",
            Good(json!({ "TotalCount": 2, "LaunchTemplateVersionSet": versions })),
        ),
        (
            "DescribeLaunchConfigurations",
            Good(json!({ "TotalCount": 1, "LaunchConfigurationSet": configurations })),
        ),
    ]);
    let list = tencent.image_uses(&region());
    let all = cloud::pager::collect(list.as_ref()).await;
    let used = |image: &str, user: &str| ImageUse {
        image: id(image),
        user: user.to_owned(),
    };
    assert_eq!(
        *all.seen().unwrap().get(),
        [
            used("img-1", "ins-1"),
            used("img-2", "lt-1"),
            used("img-3", "asc-1"),
        ]
    );
    assert!(script.asked().contains(r#""LaunchTemplateId":"lt-1""#));
}

#[tokio::test]
async fn tags_are_put_on_nine_things_at_a_time_and_each_has_to_take_them() {
    let tagged = || ("TagResources", Good(json!({ "FailedResources": null })));
    let (script, tencent) = Script::of(&[tagged(), tagged()]);
    let ids: Vec<ResourceId> = (0..10).map(|it| id(&format!("snap-{it}"))).collect();
    let tags = tags(&[("owner", "ops")]);
    let region = region();
    tencent
        .put_tags(&region, Taggable::Snapshot, &ids, &tags)
        .await
        .unwrap();
    let asked = script.asked();
    assert_eq!(asked.matches("snapshot/snap-").count(), 10);
    assert_eq!(
        asked.lines().last().unwrap().trim(),
        r#"{"ResourceList":["qcs::cvm:ap-guangzhou:uin/:snapshot/snap-9"],"Tags":[{"TagKey":"owner","TagValue":"ops"}]}"#
    );
    let failed = json!({ "FailedResources": [{ "Resource": "q", "Code": "ResourceNotFound", "Message": "no" }] });
    let (_script, tencent) = Script::of(&[("TagResources", Good(failed))]);
    let error = tencent
        .put_tags(&region, Taggable::Snapshot, &ids[..1], &tags)
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}

fn machine(more: &Value) -> (&'static str, crate::script::Says) {
    let mut row = json!({ "InstanceId": "ins-1", "InstanceChargeType": "POSTPAID_BY_HOUR",
        "InstanceState": "STOPPED", "RestrictState": "NORMAL" });
    let more = more.as_object().unwrap().clone();
    row.as_object_mut().unwrap().extend(more);
    let answer = json!({ "TotalCount": 1, "InstanceSet": [row] });
    ("DescribeInstances", Good(answer))
}

#[tokio::test]
async fn a_machine_is_stopped_gently_and_without_being_paid_for() {
    let (script, tencent) = Script::of(&[
        ("StopInstances", Good(json!({}))),
        (
            "StopInstances",
            No("UnsupportedOperation.StoppedModeStopCharging"),
        ),
        ("StopInstances", Good(json!({}))),
        (
            "StopInstances",
            No("UnsupportedOperation.InstanceStateStopped"),
        ),
        machine(&json!({})),
        (
            "StopInstances",
            No("OperationDenied.InstanceOperationInProgress"),
        ),
        machine(&json!({ "InstanceState": "STARTING" })),
    ]);
    let (region, ins) = (region(), id("ins-1"));
    for _ in 0..3 {
        tencent.stop_machine(&region, &ins).await.unwrap();
    }
    let error = tencent.stop_machine(&region, &ins).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TryLater);
    let asked = script.asked();
    let stops: Vec<&str> = asked.lines().filter(|it| it.contains("StopType")).collect();
    assert_eq!(
        stops[1..3],
        [
            r#"  {"InstanceIds":["ins-1"],"StopType":"SOFT","StoppedMode":"STOP_CHARGING"}"#,
            r#"  {"InstanceIds":["ins-1"],"StopType":"SOFT"}"#,
        ]
    );
}

#[tokio::test]
async fn a_machine_goes_only_when_nothing_speaks_against_it() {
    for (row, by) in [
        (json!({ "InstanceState": "RUNNING" }), "running"),
        (
            json!({ "DisableApiTermination": true }),
            "deletion protection",
        ),
        // A second call would be the end of it.
        (json!({ "InstanceChargeType": "PREPAID" }), "prepaid"),
        (json!({ "InstanceState": "SHUTDOWN" }), "the recycle bin"),
        (
            json!({ "InstanceChargeType": null }),
            "an unknown way to pay",
        ),
    ] {
        let (script, tencent) = Script::of(&[machine(&row)]);
        let removal = tencent.delete_machine(&region(), &id("ins-1")).await;
        assert_eq!(removal.unwrap(), Removal::Held(by.to_owned()));
        script.asked();
    }
    let gone = json!({ "TotalCount": 0, "InstanceSet": [] });
    let (_script, tencent) = Script::of(&[("DescribeInstances", Good(gone))]);
    let removal = tencent.delete_machine(&region(), &id("ins-1")).await;
    assert_eq!(removal.unwrap(), Removal::WasGone);
    let (script, tencent) =
        Script::of(&[machine(&json!({})), ("TerminateInstances", Good(json!({})))]);
    let removal = tencent.delete_machine(&region(), &id("ins-1")).await;
    assert_eq!(removal.unwrap(), Removal::Gone);
    assert!(
        script
            .asked()
            .ends_with("\n  {\"InstanceIds\":[\"ins-1\"]}")
    );
    // Nobody knows how far it came: it is not asked again.
    let (script, tencent) = Script::of(&[machine(&json!({})), ("TerminateInstances", Nothing)]);
    let removal = tencent.delete_machine(&region(), &id("ins-1")).await;
    assert_eq!(removal.unwrap_err().kind, ErrorKind::Unanswered);
    script.asked();
}

#[tokio::test]
async fn an_address_goes_back_when_nothing_uses_it() {
    for (says, expected) in [
        (Good(json!({ "TaskId": "1" })), Removal::Gone),
        (No("InvalidAddressId.NotFound"), Removal::WasGone),
        (
            No("InvalidAddressStatus.NotPermit"),
            Removal::Held("in use".to_owned()),
        ),
    ] {
        let (_script, tencent) = Script::of(&[("ReleaseAddresses", says)]);
        let removal = tencent.release_address(&region(), &id("eip-1")).await;
        assert_eq!(removal.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_machine_beside_another_is_like_it_and_has_no_address() {
    let like = json!({
        "InstanceType": "S5.LARGE8", "Placement": { "Zone": "ap-guangzhou-3", "ProjectId": 7 },
        "VirtualPrivateCloud": { "VpcId": "vpc-1", "SubnetId": "subnet-1" },
        "SecurityGroupIds": ["sg-1", "sg-2"], "LoginSettings": { "KeyIds": null },
        "CamRoleName": "web", "SystemDisk": { "DiskType": "CLOUD_BSSD", "DiskId": "disk-1" },
    });
    let (script, tencent) = Script::of(&[
        machine(&like),
        ("RunInstances", Nothing),
        ("RunInstances", Good(json!({ "InstanceIdSet": ["ins-9"] }))),
    ]);
    let order = BesideOrder {
        like: id("ins-1"),
        image: id("img-1"),
        name: "web-1-restored".to_owned(),
        tags: tags(&[(STEP_TAG, "0123abcd")]),
    };
    let started = tencent.run_beside(&region(), &order).await.unwrap();
    assert_eq!(started, id("ins-9"));
    let asked = script.asked();
    let runs: Vec<&str> = asked.split("RunInstances at ").skip(1).collect();
    assert_eq!(runs[0].trim_end(), runs[1].trim_end());
    expect![[r#"
        cvm.tencentcloudapi.com in ap-guangzhou
          {"CamRoleName":"web","ClientToken":"e39f44d6e15d0891d7a7574952745363cdf27444","ImageId":"img-1","InstanceChargeType":"POSTPAID_BY_HOUR","InstanceCount":1,"InstanceName":"web-1-restored","InstanceType":"S5.LARGE8","InternetAccessible":{"InternetMaxBandwidthOut":0,"PublicIpAssigned":false},"LoginSettings":{"KeepImageLogin":"true"},"Placement":{"ProjectId":7,"Zone":"ap-guangzhou-3"},"SecurityGroupIds":["sg-1","sg-2"],"SystemDisk":{"DiskType":"CLOUD_BSSD"},"TagSpecification":[{"ResourceType":"instance","Tags":[{"Key":"skywarden:step","Value":"0123abcd"}]}],"VirtualPrivateCloud":{"SubnetId":"subnet-1","VpcId":"vpc-1"}}"#]].assert_eq(runs[1]);
}
