"""What the official client changes: copies, disks, images, machines, addresses, tags, and every no that the cloud says to that."""

import pytest
from calls import (
    BY_NAME, DATA_DISK, MACHINE, REGION, SYSTEM_DISK, ZONE, later, new_disk, new_group, new_image, new_machine, new_snapshot,
)
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

CBS, CVM, AS, VPC, TAG = "cbs:2017-03-12:", "cvm:2017-03-12:", "as:2018-04-19:", "vpc:2017-03-12:", "tag:2018-08-13:"
served = lambda name: pytest.mark.action(name, "served")  # noqa: E731
refused = lambda name: pytest.mark.action(name, "refused")  # noqa: E731
SET = [{"Key": "skywarden:set", "Value": "ins-batch000/20261121T040000Z"}]


def call(sim, name, **fields):
    return BY_NAME[name](sim, **fields)


def refusal(sim, name, **fields):
    with pytest.raises(TencentCloudSDKException) as why:
        call(sim, name, **fields)
    assert why.value.requestId
    return why.value.code


def rows(sim, name, field, region=REGION, **fields):
    answer = call(sim, name, region=region, **fields)
    assert answer.TotalCount == len(getattr(answer, field))
    return getattr(answer, field)


def snapshots(sim, *ids, **more):
    return rows(sim, CBS + "DescribeSnapshots", "SnapshotSet", SnapshotIds=list(ids), **more)


def disk(sim, id):
    return next(iter(rows(sim, CBS + "DescribeDisks", "DiskSet", DiskIds=[id])), None)


def machine(sim, id):
    return next(iter(rows(sim, CVM + "DescribeInstances", "InstanceSet", InstanceIds=[id])), None)


def image(sim, id):
    return next(iter(rows(sim, CVM + "DescribeImages", "ImageSet", ImageIds=[id])), None)


@served(CBS + "CreateSnapshot")
@served(CBS + "DescribeSnapshots")
def test_a_snapshot_is_whole_by_world_time_and_has_its_tags_at_once(sim):
    made = call(sim, CBS + "CreateSnapshot", SnapshotName="web", Tags=SET).SnapshotId
    row, = snapshots(sim, made)
    assert (row.SnapshotState, row.Percent, row.DiskUsage, row.IsPermanent) == ("CREATING", 0, "DATA_DISK", True)
    assert [(it.Key, it.Value) for it in row.Tags] == [(SET[0]["Key"], SET[0]["Value"])]
    later(sim, 11)
    assert 0 < snapshots(sim, made)[0].Percent < 100
    later(sim)
    row, = snapshots(sim, made)
    assert (row.SnapshotState, row.Percent, row.SnapshotName) == ("NORMAL", 100, "web")
    # A second one is made: there is no token.
    again = call(sim, CBS + "CreateSnapshot", SnapshotName="web", Tags=SET).SnapshotId
    of_disk = rows(sim, CBS + "DescribeSnapshots", "SnapshotSet", Filters=[{"Name": "disk-id", "Values": [DATA_DISK]}])
    assert {made, again} <= {it.SnapshotId for it in of_disk}


@refused(CBS + "CreateSnapshot")
def test_a_snapshot_that_cannot_be_is_refused(sim):
    for fields, code in [
        ({"DiskId": "disk-none0001"}, "InvalidDiskId.NotFound"),
        ({"SnapshotName": "长" * 61}, "InvalidParameterValue"),
        ({"Deadline": "2020-01-01T00:00:00+00:00"}, "InvalidParameterValue"),
        ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}, "InvalidParameterValue"),
        ({"Tags": [{"Key": "qcloud:x", "Value": "1"}]}, "InvalidParameterValue"),
        ({"Tags": [{"Key": "a"}]}, "MissingParameter"),
        ({"DiskUsage": "SYSTEM_DISK"}, "InvalidParameterValue"),
    ]:
        assert refusal(sim, CBS + "CreateSnapshot", **fields) == code, fields
    # One of a system disk may be made to be one of data.
    made = call(sim, CBS + "CreateSnapshot", DiskId=SYSTEM_DISK, DiskUsage="DATA_DISK").SnapshotId
    assert snapshots(sim, made)[0].DiskUsage == "DATA_DISK"


@refused(CBS + "CreateSnapshot")
def test_a_quota_is_a_quota_and_what_is_new_is_missing_for_a_while(sim):
    try:
        sim.operate("POST", "/_sim/rules", {"account": "game", "shown_after_seconds": 30})
        made = call(sim, CBS + "CreateSnapshot").SnapshotId
        assert snapshots(sim, made) == []
        later(sim, 30)
        assert [it.SnapshotId for it in snapshots(sim, made)] == [made]
        sim.operate("POST", "/_sim/rules", {"account": "game", "shown_after_seconds": 0, "most_snapshots": 1})
        assert refusal(sim, CBS + "CreateSnapshot") == "InsufficientSnapshotQuota"
    finally:
        sim.operate("POST", "/_sim/rules", {"account": "game", "shown_after_seconds": 0, "most_snapshots": 100000})


@refused(CBS + "CreateSnapshot")
def test_a_lost_answer_has_its_effect_and_a_refused_call_has_none(sim):
    of = {"DiskId": new_disk(sim)}
    asked = {"Filters": [{"Name": "disk-id", "Values": [of["DiskId"]]}]}
    sim.plant("throttle", {"action": CBS + "CreateSnapshot", "times": 1})
    assert refusal(sim, CBS + "CreateSnapshot", **of) == "RequestLimitExceeded"
    assert rows(sim, CBS + "DescribeSnapshots", "SnapshotSet", **asked) == []
    sim.plant("lost_answer", {"action": CBS + "CreateSnapshot", "times": 1})
    with pytest.raises(Exception):
        call(sim, CBS + "CreateSnapshot", **of)
    there, = rows(sim, CBS + "DescribeSnapshots", "SnapshotSet", **asked)
    deeds = [it for it in sim.operate("GET", "/_sim/deeds") if (it["sort"], it["of"]) == ("snapshot", of["DiskId"])]
    assert [(it["act"], it["id"]) for it in deeds] == [("created", there.SnapshotId)]


@served(CBS + "DeleteSnapshots")
@refused(CBS + "DeleteSnapshots")
def test_snapshots_go_all_or_none_and_not_before_they_are_whole(sim):
    one, two = new_snapshot(sim), new_snapshot(sim)
    young = call(sim, CBS + "CreateSnapshot").SnapshotId
    delete = CBS + "DeleteSnapshots"
    assert refusal(sim, delete, SnapshotIds=[one, young]) == "ResourceUnavailable.SnapshotCreating"
    assert refusal(sim, delete, SnapshotIds=[one, "snap-none0001"]) == "InvalidSnapshotId.NotFound"
    assert len(snapshots(sim, one, two)) == 2
    call(sim, delete, SnapshotIds=[one, two])
    assert snapshots(sim, one, two) == []
    assert refusal(sim, delete, SnapshotIds=[one]) == "InvalidSnapshotId.NotFound"


@refused(CBS + "DeleteSnapshots")
def test_a_snapshot_stays_while_an_image_stands_on_it(sim):
    under = new_snapshot(sim, SYSTEM_DISK)
    on_it = new_image(sim, SnapshotIds=[under])
    row, = snapshots(sim, under)
    assert (row.ImageCount, [it.ImageId for it in row.Images]) == (1, [on_it])
    delete = CBS + "DeleteSnapshots"
    assert refusal(sim, delete, SnapshotIds=[under]) == "UnsupportedOperation.SnapshotHasBindedImage"
    # Of the one that is shared, not even with its image.
    assert refusal(sim, delete, SnapshotIds=["snap-image001"], DeleteBindImages=True) == "InvalidImageId.InShared"
    call(sim, delete, SnapshotIds=[under], DeleteBindImages=True)
    assert snapshots(sim, under) == [] and image(sim, on_it) is None


@served(CBS + "CopySnapshotCrossRegions")
@refused(CBS + "CopySnapshotCrossRegions")
@refused(CBS + "DeleteSnapshots")
def test_a_copy_stands_elsewhere_without_tags_and_each_region_has_an_outcome(sim):
    copy, source = CBS + "CopySnapshotCrossRegions", call(sim, CBS + "CreateSnapshot", Tags=SET).SnapshotId
    fields = {"SnapshotId": source, "DestinationRegions": ["ap-beijing", "mars-north", REGION]}
    assert refusal(sim, copy, **fields) == "ResourceUnavailable.SnapshotCreating"
    later(sim)
    good, unknown, here = call(sim, copy, **fields, SnapshotName="second").SnapshotCopyResultSet
    assert (good.Code, good.Message, good.DestinationRegion) == ("Success", "", "ap-beijing")
    assert [(it.Code, it.SnapshotId) for it in (unknown, here)] == [("InvalidParameterValue", "")] * 2
    row, = snapshots(sim, good.SnapshotId, region="ap-beijing")
    assert (row.SnapshotState, row.SnapshotName, row.CopyFromRemote, row.Tags) == ("COPYING_FROM_REMOTE", "second", True, [])
    assert snapshots(sim, source)[0].CopyingToRegions == ["ap-beijing"]
    again, = call(sim, copy, SnapshotId=source, DestinationRegions=["ap-beijing"]).SnapshotCopyResultSet
    assert again.Code == "ResourceInUse.CopySnapshotConflict"
    assert refusal(sim, CBS + "DeleteSnapshots", SnapshotIds=[source]) == "InvalidSnapshot.NotSupported"
    later(sim)
    assert snapshots(sim, good.SnapshotId, region="ap-beijing")[0].SnapshotState == "NORMAL"
    assert snapshots(sim, source)[0].CopyingToRegions == []
    call(sim, CBS + "DeleteSnapshots", SnapshotIds=[source])
    assert refusal(sim, copy, SnapshotId="snap-none0001") == "InvalidSnapshotId.NotFound"


@served(CBS + "CreateSnapshotGroup")
@served(CBS + "DescribeSnapshotGroups")
def test_a_group_is_of_one_machine_and_its_snapshots_are_born_without_tags(sim):
    made = call(sim, CBS + "CreateSnapshotGroup", SnapshotGroupName="batch", Tags=SET).SnapshotGroupId
    assert made.startswith("csnap-")
    asked = {"Filters": [{"Name": "snapshot-group-id", "Values": [made]}]}
    group, = rows(sim, CBS + "DescribeSnapshotGroups", "SnapshotGroupSet", **asked)
    assert (group.SnapshotGroupState, group.SnapshotGroupType, group.ContainRootSnapshot) == ("CREATING", "NORMAL", True)
    held = snapshots(sim, *group.SnapshotIdSet)
    assert [(it.DiskId, it.SnapshotName, it.Tags) for it in held] == [(SYSTEM_DISK, "batch_0", []), (DATA_DISK, "batch_1", [])]
    later(sim)
    group, = rows(sim, CBS + "DescribeSnapshotGroups", "SnapshotGroupSet", **asked)
    assert (group.SnapshotGroupState, group.Percent, group.ImageCount) == ("NORMAL", 100, 0)


@refused(CBS + "CreateSnapshotGroup")
def test_a_group_of_disks_of_two_machines_or_of_none_is_refused(sim):
    create = CBS + "CreateSnapshotGroup"
    code = "UnsupportedOperation.SnapshotGroupDiskAttachMultiInstance"
    assert refusal(sim, create, DiskIds=[DATA_DISK, "disk-data0001"]) == code
    assert refusal(sim, create, DiskIds=["disk-unused01"]) == code
    assert refusal(sim, create, DiskIds=["disk-none0001"]) == "InvalidDiskId.NotFound"


@served(CBS + "DeleteSnapshotGroup")
@refused(CBS + "DeleteSnapshotGroup")
def test_a_group_goes_with_its_snapshots_or_not_at_all(sim):
    made, delete = new_group(sim), CBS + "DeleteSnapshotGroup"
    asked = {"Filters": [{"Name": "snapshot-group-id", "Values": [made]}]}
    group, = rows(sim, CBS + "DescribeSnapshotGroups", "SnapshotGroupSet", **asked)
    on_it = new_image(sim, SnapshotIds=group.SnapshotIdSet)
    assert refusal(sim, delete, SnapshotGroupId=made) == "UnsupportedOperation.SnapshotHasBindedImage"
    assert len(snapshots(sim, *group.SnapshotIdSet)) == 2
    call(sim, CVM + "DeleteImages", ImageIds=[on_it])
    call(sim, delete, SnapshotGroupIds=[made])
    assert rows(sim, CBS + "DescribeSnapshotGroups", "SnapshotGroupSet", **asked) == []
    assert snapshots(sim, *group.SnapshotIdSet) == []
    assert refusal(sim, delete, SnapshotGroupId=made) == "ResourceNotFound.NotFound"
    assert refusal(sim, delete) == "MissingParameter"


@served(CBS + "CreateDisks")
@served(CBS + "AttachDisks")
@served(CBS + "DetachDisks")
@served(CBS + "TerminateDisks")
@refused(CBS + "AttachDisks")
@refused(CBS + "DetachDisks")
@refused(CBS + "TerminateDisks")
def test_a_disk_of_a_snapshot_comes_and_goes(sim):
    made, = call(sim, CBS + "CreateDisks", DiskName="proof", Tags=[{"Key": "skywarden:step", "Value": "0123"}]).DiskIdSet
    row = disk(sim, made)
    assert (row.DiskState, row.DiskSize, row.DiskType, row.Placement.Zone) == ("ATTACHING", 20, "CLOUD_PREMIUM", ZONE)
    assert refusal(sim, CBS + "AttachDisks", DiskIds=[made]) == "InvalidDisk.Busy"
    later(sim)
    marked = rows(sim, CBS + "DescribeDisks", "DiskSet", Filters=[{"Name": "tag:skywarden:step", "Values": ["0123"]}])
    assert [(it.DiskId, it.DiskState) for it in marked] == [(made, "UNATTACHED")]
    call(sim, CBS + "AttachDisks", DiskIds=[made], DeleteWithInstance=False)
    assert disk(sim, made).DiskState == "ATTACHING"
    later(sim)
    row = disk(sim, made)
    assert (row.DiskState, row.InstanceId, row.DeleteWithInstance) == ("ATTACHED", MACHINE, False)
    for action in ["AttachDisks", "TerminateDisks"]:
        assert refusal(sim, CBS + action, DiskIds=[made]) == "ResourceUnavailable.Attached"
    assert refusal(sim, CBS + "DetachDisks", DiskIds=[made], InstanceId="ins-lobby001") == "InvalidInstance.NotSupported"
    assert refusal(sim, CBS + "DetachDisks", DiskIds=[SYSTEM_DISK]) == "InvalidDisk.NotPortable"
    call(sim, CBS + "DetachDisks", DiskIds=[made], InstanceId=MACHINE)
    assert refusal(sim, CBS + "DetachDisks", DiskIds=[made]) == "InvalidDisk.Busy"
    later(sim)
    assert disk(sim, made).DiskState == "UNATTACHED"
    assert refusal(sim, CBS + "DetachDisks", DiskIds=[made]) == "InvalidDisk.NotSupported"
    assert refusal(sim, CBS + "TerminateDisks", DiskIds=[made, "disk-none0001"]) == "InvalidDiskId.NotFound"
    call(sim, CBS + "TerminateDisks", DiskIds=[made])
    assert disk(sim, made) is None
    # One that is paid in advance goes to the recycle bin first.
    call(sim, CBS + "TerminateDisks", DiskIds=["disk-unused02"])
    assert disk(sim, "disk-unused02").DiskState == "TORECYCLE"
    call(sim, CBS + "TerminateDisks", DiskIds=["disk-unused02"])
    assert disk(sim, "disk-unused02") is None


@refused(CBS + "CreateDisks")
@refused(CBS + "AttachDisks")
def test_a_disk_that_cannot_be_is_refused_and_a_token_makes_one(sim):
    create, under = CBS + "CreateDisks", new_snapshot(sim, SYSTEM_DISK)
    young = call(sim, CBS + "CreateSnapshot").SnapshotId
    for fields, code in [
        ({"SnapshotId": under}, "InvalidParameter.ShouldConvertSnapshotToImage"),
        ({"SnapshotId": young}, "ResourceUnavailable.SnapshotCreating"),
        ({"SnapshotId": "snap-none0001"}, "InvalidSnapshotId.NotFound"),
        ({"DiskSize": 10}, "InvalidParameter.DiskSizeNotMatch"),
        ({"SnapshotId": None}, "MissingParameter"),
        ({"Placement": {"Zone": "ap-beijing-3"}}, "InvalidParameterValue"),
        ({"Placement": {}}, "MissingParameter"),
        ({"DiskType": "CLOUD_MAGIC"}, "InvalidParameterValue"),
    ]:
        assert refusal(sim, create, **fields) == code, fields
    first = call(sim, create, ClientToken="once-1", DiskName="a").DiskIdSet
    assert call(sim, create, ClientToken="once-1", DiskName="a").DiskIdSet == first
    assert refusal(sim, create, ClientToken="once-1", DiskName="b") == "InvalidParameter.InvalidClientToken"
    elsewhere, = call(sim, create, Placement={"Zone": "ap-guangzhou-6"}).DiskIdSet
    later(sim)
    assert refusal(sim, CBS + "AttachDisks", DiskIds=[elsewhere]) == "ResourceUnavailable.ZoneNotMatch"
    assert refusal(sim, CBS + "AttachDisks", DiskIds=first, InstanceId="ins-none0001") == "InvalidInstanceId.NotFound"


@served(CVM + "CreateImage")
@served(CVM + "DeleteImages")
@served(CVM + "DescribeImages")
@refused(CVM + "CreateImage")
@refused(CVM + "DeleteImages")
def test_an_image_is_made_of_snapshots_and_has_a_name_of_its_own(sim):
    root, data = new_snapshot(sim, SYSTEM_DISK), new_snapshot(sim)
    create, delete = CVM + "CreateImage", CVM + "DeleteImages"
    specified = [{"ResourceType": "image", "Tags": SET}]
    fields = {"ImageName": "web-1-2026-47", "SnapshotIds": [data, root], "TagSpecification": specified}
    made = call(sim, create, **fields).ImageId
    row = image(sim, made)
    assert (row.ImageState, row.ImageType, row.ImageName) == ("CREATING", "PRIVATE_IMAGE", "web-1-2026-47")
    assert [(it.SnapshotId, it.DiskUsage) for it in row.SnapshotSet] == [(root, "SYSTEM_DISK"), (data, "DATA_DISK")]
    marked = [{"Name": "tag:skywarden:set", "Values": [SET[0]["Value"]]}]
    assert [it.ImageId for it in rows(sim, CVM + "DescribeImages", "ImageSet", Filters=marked)] == [made]
    assert refusal(sim, create, **fields) == "InvalidImageName.Duplicate"
    assert refusal(sim, delete, ImageIds=[made]) == "InvalidImageId.IncorrectState"
    later(sim)
    assert image(sim, made).ImageState == "NORMAL"
    assert refusal(sim, delete, ImageIds=[made, "img-own00001"]) == "InvalidImageId.InShared"
    call(sim, delete, ImageIds=[made])
    assert image(sim, made) is None and len(snapshots(sim, root, data)) == 2
    assert refusal(sim, delete, ImageIds=[made]) == "InvalidImageId.NotFound"
    again = new_image(sim, SnapshotIds=[root])
    call(sim, delete, ImageIds=[again], DeleteBindedSnap=True)
    assert [it.SnapshotId for it in snapshots(sim, root, data)] == [data]


@refused(CVM + "CreateImage")
def test_an_image_that_cannot_be_is_refused(sim):
    root, young = new_snapshot(sim, SYSTEM_DISK), call(sim, CBS + "CreateSnapshot", DiskId=SYSTEM_DISK).SnapshotId
    for fields, code in [
        ({"SnapshotIds": ["snap-batch002"]}, "InvalidParameter.SystemSnapshotNotFound"),
        ({"SnapshotIds": [root, "snap-batch001"]}, "InvalidParameter.DuplicateSystemSnapshots"),
        ({"SnapshotIds": ["snap-none0001"]}, "InvalidParameter.SnapshotNotFound"),
        ({"SnapshotIds": [young]}, "ResourceUnavailable.SnapshotCreating"),
        ({"SnapshotIds": None}, "MissingParameter"),
        ({"InstanceId": MACHINE}, "InvalidParameterConflict"),
        ({"SnapshotIds": None, "InstanceId": "ins-none0001"}, "InvalidInstanceId.NotFound"),
        ({"ImageName": "长" * 61}, "InvalidParameterValue.TooLong"),
    ]:
        assert refusal(sim, CVM + "CreateImage", **{"ImageName": "never", **fields}) == code, fields
    assert call(sim, CVM + "CreateImage", ImageName="dry", DryRun=True).ImageId is None
    whole = call(sim, CVM + "CreateImage", ImageName="of a machine", SnapshotIds=None, InstanceId=MACHINE, DataDiskIds=[DATA_DISK]).ImageId
    assert len(image(sim, whole).SnapshotSet) == 2
    try:
        sim.operate("POST", "/_sim/rules", {"account": "game", "most_images": 1})
        assert refusal(sim, CVM + "CreateImage", ImageName="one more") == "ImageQuotaLimitExceeded"
    finally:
        sim.operate("POST", "/_sim/rules", {"account": "game", "most_images": 500})


@served(CVM + "DescribeImageSharePermission")
def test_an_image_says_with_whom_it_is_shared(sim):
    shared, = call(sim, CVM + "DescribeImageSharePermission").SharePermissionSet
    assert shared.AccountId == "100000000002"
    assert refusal(sim, CVM + "DescribeImageSharePermission", ImageId="img-none0001") == "InvalidImageId.NotFound"


@served(CVM + "RunInstances")
@served(CVM + "StopInstances")
@served(CVM + "StartInstances")
@served(CVM + "TerminateInstances")
@refused(CVM + "StopInstances")
@refused(CVM + "StartInstances")
@refused(CVM + "TerminateInstances")
def test_a_machine_is_started_switched_and_given_back(sim):
    fields = {
        "ClientToken": "beside-1", "InstanceName": "web-beside", "CamRoleName": "web", "SecurityGroupIds": ["sg-web"],
        "VirtualPrivateCloud": {"VpcId": "vpc-main", "SubnetId": "subnet-main"}, "SystemDisk": {"DiskType": "CLOUD_SSD"},
        "TagSpecification": [{"ResourceType": "instance", "Tags": [{"Key": "skywarden:step", "Value": "t-1"}]}],
        "LoginSettings": {"KeepImageLogin": "true"}, "ImageId": new_image(sim),
    }
    made, = call(sim, CVM + "RunInstances", **fields).InstanceIdSet
    assert call(sim, CVM + "RunInstances", **fields).InstanceIdSet == [made]
    row = machine(sim, made)
    assert (row.InstanceState, row.InstanceName, row.CamRoleName, row.SecurityGroupIds) == ("PENDING", "web-beside", "web", ["sg-web"])
    assert (row.SystemDisk.DiskType, row.SystemDisk.DiskSize, row.Tags[0].Value) == ("CLOUD_SSD", 20, "t-1")
    later(sim)
    for action, code in [("StartInstances", "InstanceStateRunning"), ("StopInstances", None), ("StopInstances", "InstanceStateStopping")]:
        if code:
            assert refusal(sim, CVM + action, InstanceIds=[made]) == f"UnsupportedOperation.{code}"
        else:
            call(sim, CVM + action, InstanceIds=[made], StopType="SOFT", StoppedMode="STOP_CHARGING")
    later(sim)
    assert machine(sim, made).InstanceState == "STOPPED"
    assert refusal(sim, CVM + "StopInstances", InstanceIds=[made]) == "UnsupportedOperation.InstanceStateStopped"
    call(sim, CVM + "StartInstances", InstanceIds=[made])
    later(sim)
    assert machine(sim, made).InstanceState == "RUNNING"
    mixed = [made, "ins-lobby001"]
    assert refusal(sim, CVM + "TerminateInstances", InstanceIds=mixed) == "UnsupportedOperation.InstanceMixedPricingModel"
    # Even one that runs goes.
    call(sim, CVM + "TerminateInstances", InstanceIds=[made])
    assert machine(sim, made).InstanceState == "TERMINATING"
    later(sim)
    assert machine(sim, made) is None
    assert refusal(sim, CVM + "TerminateInstances", InstanceIds=[made]) == "InvalidInstanceId.NotFound"
    prepaid = {"InstanceIds": ["ins-lobby001"], "StoppedMode": "STOP_CHARGING"}
    assert refusal(sim, CVM + "StopInstances", **prepaid) == "UnsupportedOperation.StoppedModeStopCharging"
    # The first call puts one that is paid in advance into the recycle bin, the second destroys it.
    for state in ["SHUTDOWN", "TERMINATING"]:
        call(sim, CVM + "TerminateInstances", InstanceIds=["ins-never001"])
        assert machine(sim, "ins-never001").InstanceState == state


@refused(CVM + "RunInstances")
@refused(CVM + "TerminateInstances")
def test_a_machine_that_cannot_be_is_refused_and_a_protected_one_stays(sim):
    run = CVM + "RunInstances"
    for fields, code in [
        ({"ImageId": "img-none0001"}, "InvalidImageId.NotFound"),
        ({"ImageId": "img-pending1"}, "InvalidImageId.IncorrectState"),
        ({"Placement": {"Zone": "ap-beijing-3"}}, "InvalidZone.MismatchRegion"),
        ({"ClientToken": "x" * 65}, "InvalidClientToken.TooLong"),
        ({"LoginSettings": {"KeyIds": ["skey-1"], "KeepImageLogin": "true"}}, "InvalidParameter.ParameterConflict"),
        ({"VirtualPrivateCloud": {"VpcId": "vpc-main"}}, "MissingParameter"),
        ({"InstanceName": "x" * 129}, "InvalidParameterValue.TooLong"),
    ]:
        assert refusal(sim, run, **fields) == code, fields
    assert call(sim, run, DryRun=True).InstanceIdSet is None
    kept = new_machine(sim, DisableApiTermination=True)
    assert machine(sim, kept).DisableApiTermination is True
    assert refusal(sim, CVM + "TerminateInstances", InstanceIds=[kept]) == "UnsupportedOperation.InstancesProtected"


@served(CBS + "DescribeAutoSnapshotPolicies")
@served(CVM + "DescribeLaunchTemplates")
@served(CVM + "DescribeLaunchTemplateVersions")
@served(AS + "DescribeLaunchConfigurations")
def test_what_keeps_copies_and_what_starts_from_images_is_listed(sim):
    policy, = rows(sim, CBS + "DescribeAutoSnapshotPolicies", "AutoSnapshotPolicySet")
    assert (policy.AutoSnapshotPolicyId, policy.IsActivated, policy.DiskIdSet) == ("asp-nightly1", True, ["disk-data0001"])
    on = rows(sim, CBS + "DescribeDisks", "DiskSet", DiskIds=["disk-data0001"], ReturnBindAutoSnapshotPolicy=True)
    assert on[0].AutoSnapshotPolicyIds == ["asp-nightly1"]
    template, = rows(sim, CVM + "DescribeLaunchTemplates", "LaunchTemplateSet")
    assert (template.LaunchTemplateId, template.LatestVersionNumber, template.DefaultVersionNumber) == ("lt-workers01", 2, 2)
    versions = rows(sim, CVM + "DescribeLaunchTemplateVersions", "LaunchTemplateVersionSet")
    assert [it.LaunchTemplateVersionData.ImageId for it in versions] == ["img-older001", "img-own00001"]
    default, = rows(sim, CVM + "DescribeLaunchTemplateVersions", "LaunchTemplateVersionSet", DefaultVersion=True)
    assert default.LaunchTemplateVersion == 2
    missing = refusal(sim, CVM + "DescribeLaunchTemplateVersions", LaunchTemplateId="lt-none0001")
    assert missing == "InvalidParameterValue.LaunchTemplateIdNotExisted"
    configured, = rows(sim, AS + "DescribeLaunchConfigurations", "LaunchConfigurationSet")
    assert (configured.LaunchConfigurationId, configured.ImageId) == ("asc-prod0001", "img-own00001")


@served(VPC + "ReleaseAddresses")
@refused(VPC + "ReleaseAddresses")
def test_an_address_is_given_back_unless_it_is_in_use(sim):
    release = VPC + "ReleaseAddresses"
    both = ["eip-unused01", "eip-lobby001"]
    assert refusal(sim, release, AddressIds=both) == "UnsupportedOperation.AddressStatusNotPermit"
    assert len(rows(sim, VPC + "DescribeAddresses", "AddressSet", AddressIds=both)) == 2
    assert call(sim, release).TaskId
    assert refusal(sim, release) == "InvalidAddressId.NotFound"


@served(TAG + "TagResources")
@served(TAG + "UnTagResources")
@refused(TAG + "TagResources")
def test_tags_are_put_and_taken_by_six_part_names(sim):
    one = new_snapshot(sim)
    name = lambda rest, owner="uin/100000000001", service="cvm": f"qcs::{service}:{REGION}:{owner}:{rest}"  # noqa: E731
    put = lambda **tags: [{"TagKey": key, "TagValue": value} for key, value in tags.items()]  # noqa: E731
    tags = lambda: {it.Key: it.Value for it in snapshots(sim, one)[0].Tags}  # noqa: E731
    tag = TAG + "TagResources"
    things = [name(f"snapshot/{one}", owner="uin/"), name(f"instance/{MACHINE}"), name(f"volume/{DATA_DISK}", owner="")]
    assert call(sim, tag, ResourceList=things, Tags=put(a="1", b="2")).FailedResources == []
    call(sim, tag, ResourceList=things[:1], Tags=put(a="3"))
    assert tags() == {"a": "3", "b": "2"}
    # Of several, the one that is not there fails alone.
    failed, = call(sim, tag, ResourceList=[things[0], name("snapshot/snap-none0001")], Tags=put(c="4")).FailedResources
    assert (failed.Resource, failed.Code) == (name("snapshot/snap-none0001"), "InvalidParameterValue.ResourceIdInvalid")
    assert tags()["c"] == "4"
    call(sim, TAG + "UnTagResources", ResourceList=things[:1], TagKeys=["a", "c"])
    assert tags() == {"b": "2"}
    for fields, code in [
        ({"ResourceList": [name("ship/x")]}, "InvalidParameterValue.ResourcePrefixInvalid"),
        ({"ResourceList": [name("instance/x", service="ship")]}, "InvalidParameterValue.ServiceTypeInvalid"),
        ({"ResourceList": ["ins-1"]}, "InvalidParameterValue.ResourceDescriptionError"),
        ({"ResourceList": [name("instance/x", owner="uin/7")]}, "InvalidParameterValue.UinInvalid"),
        ({"ResourceList": things[:1] * 10}, "InvalidParameterValue.LimitExceeded"),
        ({"Tags": put(qcloud="x")}, "InvalidParameterValue"),
    ]:
        assert refusal(sim, tag, **{"ResourceList": things[:1], "Tags": put(a="1"), **fields}) == code, fields


@refused(CBS + "CreateSnapshot")
def test_who_may_only_read_changes_nothing(sim):
    for name in [CBS + "CreateSnapshot", CBS + "DeleteSnapshots", CVM + "StopInstances", TAG + "TagResources"]:
        assert refusal(sim, name, user="skywarden") == "AuthFailure.UnauthorizedOperation"


