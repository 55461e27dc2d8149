//! Images and machines: what is asked of the cloud, word by word, and what is made of its answers.

use cloud::{BesideOrder, ErrorKind, ImageMaking as _, MachineChanges as _, Removal, Taggable};
use expect_test::expect;
use model::{ImageOrder, ImageUse, ResourceId, SET_TAG, STEP_TAG, SetId, Tags};

use crate::script::Says::{self, Good, No};
use crate::script::{Script, region};

fn id(text: &str) -> ResourceId {
    ResourceId::new(text)
}

fn tag(key: &str, value: &str) -> Tags {
    [(key.to_owned(), value.to_owned())].into()
}

fn order() -> ImageOrder {
    ImageOrder {
        machine: id("i-1"),
        name: "web 1-2026-47".to_owned(),
        snapshots: vec![(id("d-1"), id("s-1")), (id("d-2"), id("s-2"))],
        tags: tag(SET_TAG, "i-1/20261121T040000Z"),
    }
}

#[tokio::test]
async fn an_image_is_made_of_snapshots_and_never_of_the_machine() {
    let (script, aliyun) = Script::of(&[("CreateImage", Good(r#"{"ImageId":"m-1"}"#))]);
    let image = aliyun.make_image(&region(), &order()).await.unwrap();
    assert_eq!(image, id("m-1"));
    expect![[r#"
        CreateImage at ecs.cn-hangzhou.aliyuncs.com
          ClientToken = f2b5fd14a194735b3fd035afb550d78daba7f363
          DiskDeviceMapping.1.DiskType = system
          DiskDeviceMapping.1.SnapshotId = s-1
          DiskDeviceMapping.2.DiskType = data
          DiskDeviceMapping.2.SnapshotId = s-2
          ImageName = web-1-2026-47
          RegionId = cn-hangzhou
          Tag.1.Key = skywarden:set
          Tag.1.Value = i-1/20261121T040000Z"#]]
    .assert_eq(&script.asked());
}

#[tokio::test]
async fn a_name_that_is_taken_and_a_snapshot_that_is_not_whole_are_told_apart() {
    for (code, expected) in [
        ("InvalidImageName.Duplicated", ErrorKind::Exists),
        ("InvalidSnapshotId.NotReady", ErrorKind::TryLater),
        ("QuotaExceed.Image", ErrorKind::Exhausted),
        ("InvalidSnapshotId.NotFound", ErrorKind::NotFound),
    ] {
        let (_script, aliyun) = Script::of(&[("CreateImage", No(403, code))]);
        let error = aliyun.make_image(&region(), &order()).await.unwrap_err();
        assert_eq!(error.kind, expected, "{code}");
    }
}

#[tokio::test]
async fn images_are_looked_for_in_every_state() {
    let row = r#"{"Images":{"Image":[{"ImageId":"m-1","Status":"Creating","Usage":"instance"}]},"TotalCount":1}"#;
    let (script, aliyun) =
        Script::of(&[("DescribeImages", Good(row)), ("DescribeImages", Good(row))]);
    let set = SetId::parse("i-1/20261121T040000Z").unwrap();
    let found = aliyun.images_of_set(&region(), &set).await.unwrap();
    assert_eq!(found[0].held_by.as_deref(), Some("instance"));
    let ids = [id("m-1"), id("m-2")];
    aliyun.images_by_id(&region(), &ids).await.unwrap();
    expect![[r#"
        DescribeImages at ecs.cn-hangzhou.aliyuncs.com
          ImageOwnerAlias = self
          PageNumber = 1
          PageSize = 100
          RegionId = cn-hangzhou
          Status = Creating,Waiting,Available,UnAvailable,CreateFailed
          Tag.1.Key = skywarden:set
          Tag.1.Value = i-1/20261121T040000Z
        DescribeImages at ecs.cn-hangzhou.aliyuncs.com
          ImageId = m-1,m-2
          ImageOwnerAlias = self
          PageNumber = 1
          PageSize = 100
          RegionId = cn-hangzhou
          Status = Creating,Waiting,Available,UnAvailable,CreateFailed"#]]
    .assert_eq(&script.asked());
}

#[tokio::test]
async fn an_image_goes_unforced_or_stays_and_its_snapshots_are_left() {
    for (says, expected) in [
        (Good("{}"), Removal::Gone),
        (No(404, "InvalidImageId.NotFound"), Removal::WasGone),
        (
            No(403, "ImageUsingByInstance"),
            Removal::Held("instance".into()),
        ),
        (No(403, "ImageUseShared"), Removal::Held("shared".into())),
    ] {
        let there = r#"{"Images":{"Image":[{"ImageId":"m-1"}]},"TotalCount":1}"#;
        let there = ("DescribeImages", Good(there));
        let (script, aliyun) = Script::of(&[there, ("DeleteImage", says)]);
        let (removal, snapshots) = aliyun
            .delete_image(&region(), &id("m-1"), &[id("s-1")])
            .await
            .unwrap();
        assert_eq!((removal, snapshots.len()), (expected, 0));
        let asked = script.asked();
        let deletes = asked.find("DeleteImage at").unwrap();
        assert_eq!(
            &asked[deletes..],
            "DeleteImage at ecs.cn-hangzhou.aliyuncs.com\n  ImageId = m-1\n  RegionId = cn-hangzhou"
        );
    }
}

#[tokio::test]
async fn whoever_uses_an_image_is_found_in_three_lists() {
    let (script, aliyun) = Script::of(&[
        (
            "DescribeImages",
            Good(r#"{"Images":{"Image":[{"ImageId":"m-1"}]},"TotalCount":1}"#),
        ),
        (
            "DescribeLaunchTemplates",
            Good(
                r#"{"LaunchTemplateSets":{"LaunchTemplateSet":[{"LaunchTemplateId":"lt-1"}]},"TotalCount":1}"#,
            ),
        ),
        (
            "DescribeLaunchTemplateVersions",
            Good(
                r#"{"LaunchTemplateVersionSets":{"LaunchTemplateVersionSet":[
                {"LaunchTemplateData":{"ImageId":"m-2"}},{"LaunchTemplateData":{"ImageId":"m-2"}},
                {"LaunchTemplateData":{"ImageId":"m-3"}}]},"TotalCount":3}"#,
            ),
        ),
        (
            "DescribeScalingConfigurations",
            Good(
                r#"{"ScalingConfigurations":[{"ScalingGroupId":"asg-1","ImageId":"m-4"}],"TotalCount":1}"#,
            ),
        ),
    ]);
    let list = aliyun.image_uses(&region());
    let all = cloud::pager::collect(list.as_ref()).await;
    let used = |image: &str, user: &str| ImageUse {
        image: id(image),
        user: user.to_owned(),
    };
    assert_eq!(
        *all.seen().unwrap().get(),
        [
            used("m-1", "instance"),
            used("m-2", "lt-1"),
            used("m-3", "lt-1"),
            used("m-4", "asg-1"),
        ]
    );
    assert!(script.asked().contains("Usage = instance"));
}

#[tokio::test]
async fn the_uses_are_unseen_when_one_of_the_lists_is() {
    let (_script, aliyun) = Script::of(&[
        (
            "DescribeImages",
            Good(r#"{"Images":{"Image":[{"ImageId":"m-1"}]},"TotalCount":1}"#),
        ),
        ("DescribeLaunchTemplates", No(403, "Forbidden.RAM")),
    ]);
    let list = aliyun.image_uses(&region());
    assert!(cloud::pager::collect(list.as_ref()).await.seen().is_none());
}

#[tokio::test]
async fn tags_are_put_on_fifty_things_at_a_time() {
    let (script, aliyun) =
        Script::of(&[("TagResources", Good("{}")), ("TagResources", Good("{}"))]);
    let ids: Vec<ResourceId> = (0..51).map(|it| id(&format!("i-{it}"))).collect();
    let tags = tag("owner", "ops");
    aliyun
        .put_tags(&region(), Taggable::Machine, &ids, &tags)
        .await
        .unwrap();
    let asked = script.asked();
    assert_eq!(asked.matches("ResourceId.50 = ").count(), 1);
    assert!(asked.ends_with(
        "ResourceId.1 = i-50\n  ResourceType = instance\n  Tag.1.Key = owner\n  Tag.1.Value = ops"
    ));
}

#[tokio::test]
async fn a_machine_is_stopped_without_being_paid_for() {
    let (script, aliyun) = Script::of(&[("StopInstance", Good("{}"))]);
    aliyun.stop_machine(&region(), &id("i-1")).await.unwrap();
    expect![[r#"
        StopInstance at ecs.cn-hangzhou.aliyuncs.com
          InstanceId = i-1
          RegionId = cn-hangzhou
          StoppedMode = StopCharging"#]]
    .assert_eq(&script.asked());
}

#[tokio::test]
async fn one_that_is_stopped_is_no_failure_and_one_that_starts_is() {
    let answer = |row: &'static str| {
        Script::of(&[
            ("StopInstance", No(403, "IncorrectInstanceStatus")),
            ("DescribeInstances", Good(row)),
        ])
        .1
    };
    answer(r#"{"Instances":{"Instance":[{"InstanceId":"i-1","Status":"Stopped"}]}}"#)
        .stop_machine(&region(), &id("i-1"))
        .await
        .unwrap();
    let error = answer(r#"{"Instances":{"Instance":[{"InstanceId":"i-1","Status":"Starting"}]}}"#)
        .stop_machine(&region(), &id("i-1"))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::TryLater);
}

#[tokio::test]
async fn a_machine_goes_unforced_or_stays() {
    for (says, expected) in [
        (Good("{}"), Removal::Gone),
        (No(404, "InvalidInstanceId.NotFound"), Removal::WasGone),
        (
            No(403, "InvalidOperation.DeletionProtection"),
            Removal::Held("deletion protection".into()),
        ),
        (
            No(403, "IncorrectInstanceStatus"),
            Removal::Held("IncorrectInstanceStatus".into()),
        ),
        (
            No(403, "ChargeTypeViolation"),
            Removal::Held("prepaid".into()),
        ),
    ] {
        let (script, aliyun) = Script::of(&[("DeleteInstance", says)]);
        let removal = aliyun.delete_machine(&region(), &id("i-1")).await.unwrap();
        assert_eq!(removal, expected);
        assert_eq!(
            script.asked(),
            "DeleteInstance at ecs.cn-hangzhou.aliyuncs.com\n  InstanceId = i-1\n  RegionId = cn-hangzhou"
        );
    }
}

#[tokio::test]
async fn an_address_goes_back_when_nothing_uses_it() {
    for (says, expected) in [
        (Good("{}"), Removal::Gone),
        (No(404, "InvalidAllocationId.NotFound"), Removal::WasGone),
        (
            No(400, "IncorrectEipStatus"),
            Removal::Held("IncorrectEipStatus".into()),
        ),
        (
            No(400, "Forbidden.ChargeTypeIsPrepaid"),
            Removal::Held("prepaid".into()),
        ),
    ] {
        let (script, aliyun) = Script::of(&[("ReleaseEipAddress", says)]);
        let removal = aliyun
            .release_address(&region(), &id("eip-1"))
            .await
            .unwrap();
        assert_eq!(removal, expected);
        assert_eq!(
            script.asked(),
            "ReleaseEipAddress at vpc.cn-hangzhou.aliyuncs.com\n  AllocationId = eip-1\n  RegionId = cn-hangzhou"
        );
    }
}

const LIKE: &str = r#"{"Instances":{"Instance":[{"InstanceId":"i-1","InstanceType":"ecs.g7.large",
    "ZoneId":"cn-hangzhou-b","KeyPairName":"","ResourceGroupId":"rg-1",
    "VpcAttributes":{"VpcId":"vpc-1","VSwitchId":"vsw-1"},
    "SecurityGroupIds":{"SecurityGroupId":["sg-1","sg-2"]},
    "MetadataOptions":{"HttpTokens":"required"}}]}}"#;
const DISK: &str =
    r#"{"Disks":{"Disk":[{"DiskId":"d-1","Category":"cloud_essd","PerformanceLevel":"PL1"}]}}"#;
const ROLE: &str = r#"{"InstanceRamRoleSets":{"InstanceRamRoleSet":[{"InstanceId":"i-1","RamRoleName":"web"}]},"TotalCount":1}"#;

fn beside() -> BesideOrder {
    BesideOrder {
        like: id("i-1"),
        image: id("m-1"),
        name: "web-1-restored".to_owned(),
        tags: tag(STEP_TAG, "0123abcd"),
    }
}

#[tokio::test]
async fn a_machine_beside_another_is_like_it_and_has_no_address() {
    let started = r#"{"InstanceIdSets":{"InstanceIdSet":["i-9"]}}"#;
    let (script, aliyun) = Script::of(&[
        ("DescribeInstances", Good(LIKE)),
        ("DescribeDisks", Good(DISK)),
        ("DescribeInstanceRamRole", Good(ROLE)),
        ("RunInstances", Says::Nothing),
        ("RunInstances", Good(started)),
    ]);
    let machine = aliyun.run_beside(&region(), &beside()).await.unwrap();
    assert_eq!(machine, id("i-9"));
    let asked = script.asked();
    let runs: Vec<&str> = asked.split("RunInstances at ").skip(1).collect();
    assert_eq!(runs[0].trim_end(), runs[1].trim_end());
    expect![[r#"
        ecs.cn-hangzhou.aliyuncs.com
          Amount = 1
          ClientToken = b27437e194609b0f828fda6efcffa7cea0e53278
          HttpTokens = required
          ImageId = m-1
          InstanceChargeType = PostPaid
          InstanceName = web-1-restored
          InstanceType = ecs.g7.large
          InternetMaxBandwidthOut = 0
          PasswordInherit = true
          RamRoleName = web
          RegionId = cn-hangzhou
          ResourceGroupId = rg-1
          SecurityGroupIds.1 = sg-1
          SecurityGroupIds.2 = sg-2
          SystemDisk.Category = cloud_essd
          SystemDisk.PerformanceLevel = PL1
          Tag.1.Key = skywarden:step
          Tag.1.Value = 0123abcd
          VSwitchId = vsw-1
          ZoneId = cn-hangzhou-b
    "#]]
    .assert_eq(runs[0]);
}

#[tokio::test]
async fn nothing_is_started_beside_a_machine_that_is_gone() {
    let (script, aliyun) = Script::of(&[
        (
            "DescribeInstances",
            Good(r#"{"Instances":{"Instance":[]}}"#),
        ),
        ("DescribeInstances", No(400, "DryRunOperation")),
    ]);
    let error = aliyun.run_beside(&region(), &beside()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    script.asked();
}
