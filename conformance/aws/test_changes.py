"""What changes: snapshots, images, tags, disks, machines, addresses, and every no that the real service says to that."""

import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError
from calls import BY_ID, DISK, OTHER, PATIENT, SNAPSHOT, US, WEB, Call, client, later, new_image, new_machine, new_name, new_snapshot, new_volume, refusal

pytestmark = pytest.mark.changes
UNCHECKED = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
ROOT = {"RootDeviceName": "/dev/xvda", "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": SNAPSHOT}}]}


def tagged(sort, **tags):
    return [{"ResourceType": sort, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]


def tags_of(row):
    return {it["Key"]: it["Value"] for it in row.get("Tags", [])}


def snapshot(ec2, id):
    return ec2.describe_snapshots(SnapshotIds=[id])["Snapshots"][0]


def image(ec2, id, **fields):
    return ec2.describe_images(ImageIds=[id], **fields)["Images"][0]


@pytest.mark.action("CreateSnapshots", "served")
@pytest.mark.action("DescribeSnapshots", "served")
def test_a_set_is_pending_until_the_worlds_time_has_come(sim):
    ec2 = client(sim, "ec2")
    later(sim)
    disk = new_volume(sim, "in-use")
    ec2.create_tags(Resources=[disk], Tags=[{"Key": "team", "Value": "web"}, {"Key": "AutoSnapshot", "Value": "no"}])
    request = {"InstanceSpecification": {"InstanceId": WEB}, "TagSpecifications": tagged("snapshot", AutoSnapshot="true"), "Description": "all"}
    answered = ec2.create_snapshots(CopyTagsFromSource="volume", **request)["Snapshots"]
    made = {it["VolumeId"]: it for it in answered}
    assert disk in made and "vol-0web000000000001" in made
    # This answer alone says State without a progress, and takes what is said over what is copied.
    assert {it["State"] for it in answered} == {"pending"} and {it["Progress"] for it in answered} == {""}
    assert tags_of(made[disk]) == {"team": "web", "AutoSnapshot": "true"} and made[disk]["Description"] == "all"
    listed = snapshot(ec2, made[disk]["SnapshotId"])
    assert listed["State"] == "pending" and listed["Progress"].endswith("%") and listed["StorageTier"] == "standard"
    found = ec2.describe_snapshots(OwnerIds=["self"], Filters=[{"Name": "status", "Values": ["pending"]}, {"Name": "volume-id", "Values": [disk]}])
    assert [it["SnapshotId"] for it in found["Snapshots"]] == [made[disk]["SnapshotId"]]
    later(sim)
    assert snapshot(ec2, made[disk]["SnapshotId"])["State"] == "completed"
    alone = ec2.create_snapshots(InstanceSpecification={"InstanceId": WEB, "ExcludeDataVolumeIds": [it for it in made if it != "vol-0web000000000001"]})
    assert [it["VolumeId"] for it in alone["Snapshots"]] == ["vol-0web000000000001"]


@pytest.mark.action("CreateSnapshots", "refused")
def test_what_a_set_may_be_of_is_checked_before_anything_is_made(sim):
    call, ec2 = BY_ID["ec2:CreateSnapshots"].on(sim), client(sim, "ec2")
    of = lambda **fields: {"InstanceSpecification": {"InstanceId": "i-0web0000000000004", **fields}}
    for fields, code in [
        ({"InstanceSpecification": {"InstanceId": "i-0123456789abcdef0"}}, "InvalidInstanceID.NotFound"),
        ({"InstanceSpecification": {"InstanceId": "web-1"}}, "InvalidInstanceID.Malformed"),
        (of(ExcludeBootVolume=True), "InvalidParameterValue"),
        (of(ExcludeDataVolumeIds=["vol-0loose000000001"]), "InvalidParameterValue"),
        (of(ExcludeDataVolumeIds=["vol-0web000000000004"]), "InvalidParameterValue"),
        ({**of(), "TagSpecifications": tagged("volume", a="b")}, "InvalidParameterValue"),
        ({**of(), "TagSpecifications": tagged("snapshot", **{"aws:x": "b"})}, "InvalidParameterValue"),
        ({**of(), "TagSpecifications": tagged("snapshot", **{f"k{number}": "" for number in range(51)})}, "TagLimitExceeded"),
        ({**of(), "DryRun": True}, "DryRunOperation"),
    ]:
        assert refusal(call, ec2, **fields)[0] == code, fields
    volume = [{"Name": "volume-id", "Values": ["vol-0web000000000004"]}]
    assert ec2.describe_snapshots(OwnerIds=["self"], Filters=volume)["Snapshots"] == []


@pytest.mark.action("CreateSnapshot", "refused")
def test_a_disk_has_one_snapshot_in_fifteen_seconds_and_five_under_way(sim):
    call, ec2 = BY_ID["ec2:CreateSnapshot"].on(sim), client(sim, "ec2")
    disk = ec2.create_volume(AvailabilityZone="us-east-1a", Size=16_000)["VolumeId"]
    assert refusal(call, ec2, VolumeId=disk)[0] == "IncorrectState"
    later(sim)
    assert call(ec2, VolumeId=disk)["State"] == "pending"
    code, status, text = refusal(call, ec2, VolumeId=disk)
    assert (code, status) == ("SnapshotCreationPerVolumeRateExceeded", 400) and "sleep interval" in text
    for _ in range(4):
        later(sim, 15)
        call(ec2, VolumeId=disk)
    later(sim, 15)
    assert refusal(call, ec2, VolumeId=disk)[:2] == ("ConcurrentSnapshotLimitExceeded", 400)
    later(sim, 86_400)
    call(ec2, VolumeId=disk)
    slow = ec2.create_volume(AvailabilityZone="us-east-1a", Size=500, VolumeType="st1")["VolumeId"]
    later(sim)
    call(ec2, VolumeId=slow)
    later(sim, 15)
    assert refusal(call, ec2, VolumeId=slow)[0] == "ConcurrentSnapshotLimitExceeded"


@pytest.mark.action("DeleteSnapshot", "refused")
def test_a_snapshot_stays_while_any_image_stands_on_it(sim):
    call, ec2 = BY_ID["ec2:DeleteSnapshot"].on(sim), client(sim, "ec2")
    # Of the disabled image no list tells who does not ask for it; the refusal does.
    code, status, text = refusal(call, ec2, SnapshotId="snap-0day000000000012")
    assert (code, status) == ("InvalidSnapshot.InUse", 400) and text.endswith("currently in use by ami-0old0000000000001")
    assert refusal(call, ec2, SnapshotId="snap-0123456789abcdef0")[:2] == ("InvalidSnapshot.NotFound", 400)
    assert refusal(call, ec2, SnapshotId="everything")[0] == "InvalidSnapshotID.Malformed"
    gone = call.good["SnapshotId"]
    assert call(ec2)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert refusal(call, ec2, SnapshotId=gone)[0] == "InvalidSnapshot.NotFound"


@pytest.mark.action("RegisterImage", "served")
@pytest.mark.action("DescribeImages", "served")
def test_an_image_is_what_was_said_and_of_an_older_time_where_nothing_was(sim):
    ec2 = client(sim, "ec2")
    name, bare = new_name(), new_name()
    modern = ec2.register_image(
        Name=name, Architecture="arm64", BootMode="uefi", EnaSupport=True, ImdsSupport="v2.0", VirtualizationType="hvm", RootDeviceName="/dev/sda1",
        BlockDeviceMappings=[
            {"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 7, "VolumeType": "gp3", "DeleteOnTermination": False}},
            {"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": SNAPSHOT, "VolumeType": "gp3", "DeleteOnTermination": True}},
        ],
        TagSpecifications=tagged("image", AutoAMI="true"),
    )["ImageId"]
    row = image(ec2, modern)
    assert row["State"] == "pending" and row["Name"] == name and tags_of(row) == {"AutoAMI": "true"}
    later(sim)
    row = image(ec2, modern)
    assert row["State"] == "available" and (row["Architecture"], row["BootMode"], row["EnaSupport"], row["ImdsSupport"]) == ("arm64", "uefi", True, "v2.0")
    assert row["VirtualizationType"] == "hvm" and row["RootDeviceName"] == "/dev/sda1" and row["PlatformDetails"] == "Linux/UNIX"
    devices = {it["DeviceName"]: it["Ebs"] for it in row["BlockDeviceMappings"]}
    assert devices["/dev/sda1"]["SnapshotId"] == SNAPSHOT and devices["/dev/sdb"] == {"VolumeSize": 7, "VolumeType": "gp3", "DeleteOnTermination": False, "Encrypted": False}
    held = [{"Name": "block-device-mapping.snapshot-id", "Values": [SNAPSHOT]}]
    assert modern in [it["ImageId"] for it in ec2.describe_images(Owners=["self"], Filters=held)["Images"]]
    old = image(ec2, ec2.register_image(Name=bare, **ROOT)["ImageId"])
    assert (old["Architecture"], old["VirtualizationType"]) == ("i386", "paravirtual") and "EnaSupport" not in old and "BootMode" not in old


@pytest.mark.action("RegisterImage", "refused")
def test_an_image_that_cannot_be_is_refused(sim):
    call, ec2 = BY_ID["ec2:RegisterImage"].on(sim), client(sim, "ec2", config=UNCHECKED)
    call(ec2)
    of = lambda **ebs: {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": ebs}]}
    pending = new_snapshot(sim)
    for fields, code in [
        ({}, "InvalidAMIName.Duplicate"),
        ({"Name": "网站-2026-W47"}, "InvalidAMIName.Malformed"),
        ({"Name": "ab"}, "InvalidAMIName.Malformed"),
        ({"Name": "a" * 129}, "InvalidAMIName.Malformed"),
        ({"Name": new_name(), **of(SnapshotId=pending)}, "IncorrectState"),
        ({"Name": new_name(), **of(SnapshotId="snap-0123456789abcdef0")}, "InvalidSnapshot.NotFound"),
        ({"Name": new_name(), **of(SnapshotId=SNAPSHOT, Encrypted=True)}, "InvalidBlockDeviceMapping"),
        ({"Name": new_name(), **of(SnapshotId=SNAPSHOT, VolumeSize=1)}, "InvalidBlockDeviceMapping"),
        ({"Name": new_name(), "RootDeviceName": "/dev/sda1"}, "InvalidBlockDeviceMapping"),
        ({"Name": new_name(), "Architecture": "arm64"}, "InvalidParameterCombination"),
        ({"Name": new_name(), "Architecture": "sparc"}, "InvalidParameterValue"),
        ({"Name": new_name(), "TagSpecifications": tagged("snapshot", a="b")}, "InvalidParameterValue"),
    ]:
        assert refusal(call, ec2, **fields)[0] == code, fields


@pytest.mark.action("DeregisterImage", "served")
@pytest.mark.action("DeregisterImage", "refused")
def test_an_image_goes_with_those_of_its_snapshots_that_no_other_stands_on(sim):
    ec2 = client(sim, "ec2")
    own = new_snapshot(sim)
    later(sim)
    mapping = [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": own}}, {"DeviceName": "/dev/xvdb", "Ebs": {"SnapshotId": SNAPSHOT}}]
    both = ec2.register_image(Name=new_name(), RootDeviceName="/dev/xvda", BlockDeviceMappings=mapping)["ImageId"]
    new_image(sim)  # It stands on the second one too.
    answer = ec2.deregister_image(ImageId=both, DeleteAssociatedSnapshots=True)
    assert answer["Return"] is True
    assert {it["SnapshotId"]: it["ReturnCode"] for it in answer["DeleteSnapshotResults"]} == {own: "success", SNAPSHOT: "skipped"}
    assert refusal(BY_ID["ec2:DeleteSnapshot"].on(sim), ec2, SnapshotId=own)[0] == "InvalidSnapshot.NotFound"
    call = BY_ID["ec2:DeregisterImage"].on(sim)
    assert refusal(call, ec2, ImageId=both)[0] == "InvalidAMIID.Unavailable"
    assert refusal(call, ec2, ImageId="ami-0123456789abcdef0")[0] == "InvalidAMIID.NotFound"
    plain = call(ec2)
    assert "DeleteSnapshotResults" not in plain
    attribute = ec2.describe_image_attribute(ImageId="ami-0week000000000001", Attribute="launchPermission")
    assert attribute["LaunchPermissions"] == []


@pytest.mark.action("CreateImage", "served")
@pytest.mark.action("CreateImage", "refused")
def test_an_image_of_a_machine_makes_its_snapshots_first(sim):
    call, ec2 = BY_ID["ec2:CreateImage"].on(sim), client(sim, "ec2")
    made = call(ec2, TagSpecifications=tagged("image", AutoAMI="true") + tagged("snapshot", AutoSnapshot="true"), NoReboot=True)["ImageId"]
    row = image(ec2, made)
    assert row["State"] == "pending" and row["SourceInstanceId"] == call.good["InstanceId"] and row["Architecture"] == "x86_64"
    under = snapshot(ec2, row["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"])
    assert under["State"] == "pending" and tags_of(under) == {"AutoSnapshot": "true"}
    assert under["Description"] == f"Created by CreateImage({call.good['InstanceId']}) for {made}"
    later(sim)
    assert image(ec2, made)["State"] == "available"
    assert refusal(call, ec2)[0] == "InvalidAMIName.Duplicate"
    assert refusal(call, ec2, Name=new_name(), InstanceId="i-0dead00000000001")[0] == "InvalidParameterValue"


@pytest.mark.action("CopySnapshot", "served")
@pytest.mark.action("CopySnapshot", "refused")
def test_a_copy_stands_elsewhere_and_holds_its_source_while_it_is_made(sim):
    source = new_snapshot(sim)
    later(sim)
    here, there = client(sim, "ec2"), client(sim, "ec2", region="eu-west-1")
    call = BY_ID["ec2:CopySnapshot"]
    request = {"SourceRegion": US, "SourceSnapshotId": source, "Description": "second"}
    made = call(there, **request, TagSpecifications=tagged("snapshot", AutoSnapshot="true"))
    assert tags_of(made) == {"AutoSnapshot": "true"}
    copy = snapshot(there, made["SnapshotId"])
    assert (copy["State"], copy["VolumeId"], copy["Description"]) == ("pending", "vol-ffffffff", "second")
    assert refusal(Call("ec2", "DeleteSnapshot"), here, SnapshotId=source)[0] == "InvalidSnapshot.InUse"
    later(sim)
    assert snapshot(there, made["SnapshotId"])["State"] == "completed"
    assert refusal(call, there, **{**request, "SourceRegion": "mars-north-1"})[0] == "InvalidParameterValue"
    assert refusal(call, there, **{**request, "SourceSnapshotId": "snap-0123456789abcdef0"})[0] == "InvalidSnapshot.NotFound"
    assert refusal(call, there, **request, KmsKeyId="alias/other")[0] == "InvalidParameterDependency"
    pending = new_snapshot(sim)
    assert refusal(call, there, **{**request, "SourceSnapshotId": pending})[0] == "IncorrectState"


def sharers(ec2, id):
    found = ec2.describe_snapshot_attribute(SnapshotId=id, Attribute="createVolumePermission")
    return [it.get("UserId") or it["Group"] for it in found["CreateVolumePermissions"]]


@pytest.mark.action("ModifySnapshotAttribute", "served")
@pytest.mark.action("ModifySnapshotAttribute", "refused")
@pytest.mark.action("CopySnapshot", "served")
@pytest.mark.action("CopySnapshot", "refused")
def test_a_snapshot_is_copied_by_whom_it_is_shared_with_and_by_nobody_else(sim):
    source = new_snapshot(sim)
    later(sim)
    ours, theirs = client(sim, "ec2"), client(sim, "ec2", account="lab")
    share, copy = BY_ID["ec2:ModifySnapshotAttribute"].on(sim), BY_ID["ec2:CopySnapshot"]
    request = {"SourceRegion": US, "SourceSnapshotId": source}
    to = {"SnapshotId": source, "Attribute": "createVolumePermission"}
    assert refusal(copy, theirs, **request)[0] == "InvalidSnapshot.NotFound"
    for _ in range(2):
        share(ours, **to, CreateVolumePermission={"Add": [{"UserId": OTHER}]})
    assert sharers(ours, source) == [OTHER]
    made = copy(theirs, **request)["SnapshotId"]
    later(sim)
    assert snapshot(theirs, made)["State"] == "completed"
    # Whoever ends the leave too early has no copy.
    early = copy(theirs, **request)["SnapshotId"]
    for _ in range(2):
        share(ours, **to, CreateVolumePermission={"Remove": [{"UserId": OTHER}]})
    assert sharers(ours, source) == []
    later(sim)
    assert snapshot(theirs, early)["State"] == "error"
    assert refusal(copy, theirs, **request)[0] == "InvalidSnapshot.NotFound"
    share(ours, **to, CreateVolumePermission={"Add": [{"Group": "all"}]})
    assert sharers(ours, source) == ["all"]
    for wrong in [{"UserId": "1234"}, {"Group": "some"}, {"UserId": OTHER, "Group": "all"}]:
        assert refusal(share, ours, **to, CreateVolumePermission={"Add": [wrong]})[0] == "InvalidParameterValue"
    assert refusal(share, ours, **to, CreateVolumePermission={})[0] == "InvalidParameterCombination"
    secret = ours.create_volume(AvailabilityZone=f"{US}a", Size=8, Encrypted=True)["VolumeId"]
    later(sim)
    secret = ours.create_snapshot(VolumeId=secret)["SnapshotId"]
    add = {"CreateVolumePermission": {"Add": [{"UserId": OTHER}]}}
    assert refusal(share, ours, **{**to, **add, "SnapshotId": secret})[0] == "OperationNotPermitted"
    nobodys = {**to, "SnapshotId": "snap-0123456789abcdef0"}
    assert refusal(share, ours, **nobodys)[0] == "InvalidSnapshot.NotFound"
    assert refusal(share, theirs, **to)[0] == "InvalidSnapshot.NotFound"


@pytest.mark.action("ModifySnapshotTier", "served")
def test_what_is_archived_says_so_and_cannot_be_used(sim):
    call, ec2 = BY_ID["ec2:ModifySnapshotTier"].on(sim), client(sim, "ec2")
    archived = call.good["SnapshotId"]
    assert call(ec2)["TieringStartTime"]
    assert snapshot(ec2, archived)["StorageTier"] == "archive"
    tier = [{"Name": "storage-tier", "Values": ["archive"]}, {"Name": "snapshot-id", "Values": [archived]}]
    assert len(ec2.describe_snapshots(OwnerIds=["self"], Filters=tier)["Snapshots"]) == 1
    made = BY_ID["ec2:CreateVolume"]
    assert refusal(made, ec2, AvailabilityZone="us-east-1a", Size=None, SnapshotId=archived)[0] == "IncorrectState"
    assert refusal(call, ec2, SnapshotId="snap-0day000000000012")[0] == "InvalidSnapshot.InUse"


@pytest.mark.action("CreateTags", "served")
@pytest.mark.action("DeleteTags", "served")
@pytest.mark.action("CreateTags", "refused")
def test_tags_are_written_over_and_taken_away_by_key_and_value(sim):
    ec2, one = client(sim, "ec2"), new_snapshot(sim)
    put = lambda **tags: ec2.create_tags(Resources=[one, DISK], Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
    put(a="1", b="2", Name="生产 & <1>")
    put(a="3")
    assert tags_of(snapshot(ec2, one)) == {"a": "3", "b": "2", "Name": "生产 & <1>"}
    ec2.delete_tags(Resources=[one], Tags=[{"Key": "a", "Value": "1"}, {"Key": "b"}])
    assert tags_of(snapshot(ec2, one)) == {"a": "3", "Name": "生产 & <1>"}
    ec2.delete_tags(Resources=[one])
    assert "Tags" not in snapshot(ec2, one)
    call = BY_ID["ec2:CreateTags"]
    for fields, code in [
        ({"Resources": ["snap-0123456789abcdef0"]}, "InvalidSnapshot.NotFound"),
        ({"Resources": [one, "i-0123456789abcdef0"]}, "InvalidInstanceID.NotFound"),
        ({"Resources": ["thing-1"]}, "InvalidID"),
        ({"Resources": [one], "Tags": [{"Key": "aws:x", "Value": ""}]}, "InvalidParameterValue"),
        ({"Resources": [one], "Tags": [{"Key": "k" * 129, "Value": ""}]}, "InvalidParameterValue"),
        ({"Resources": [one], "Tags": [{"Key": f"k{number}", "Value": ""} for number in range(51)]}, "TagLimitExceeded"),
    ]:
        assert refusal(call, ec2, **fields)[0] == code, fields
    assert "Tags" not in snapshot(ec2, one)


@pytest.mark.action("CreateVolume", "served")
@pytest.mark.action("AttachVolume", "served")
@pytest.mark.action("DetachVolume", "served")
@pytest.mark.action("DeleteVolume", "refused")
def test_a_disk_is_made_once_for_a_token_and_goes_only_when_it_is_free(sim):
    ec2 = client(sim, "ec2")
    request = {"AvailabilityZone": "us-east-1b", "SnapshotId": SNAPSHOT, "ClientToken": new_name(), "VolumeType": "gp3", "TagSpecifications": tagged("volume", proof="yes")}
    made = ec2.create_volume(**request)
    disk = made["VolumeId"]
    assert (made["State"], made["Size"], made["SnapshotId"]) == ("creating", 40, SNAPSHOT)
    assert ec2.create_volume(**request)["VolumeId"] == disk
    call = BY_ID["ec2:CreateVolume"]
    assert refusal(call, ec2, **{**request, "Size": 50})[0] == "IdempotentParameterMismatch"
    assert refusal(call, ec2, AvailabilityZone="us-east-1a", Size=1, SnapshotId=SNAPSHOT)[0] == "InvalidParameterValue"
    assert refusal(call, ec2, AvailabilityZone="mars-1a")[0] == "InvalidZone.NotFound"
    later(sim)
    attach = BY_ID["ec2:AttachVolume"].on(sim)
    on = {"VolumeId": disk, "InstanceId": WEB, "Device": "/dev/sdq"}
    other_zone = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    later(sim)
    assert refusal(attach, ec2, **{**on, "VolumeId": other_zone})[0] == "InvalidVolume.ZoneMismatch"
    assert ec2.attach_volume(**on)["State"] == "attaching"
    assert refusal(attach, ec2, **on)[0] == "VolumeInUse"
    assert refusal(attach, ec2, **{**on, "VolumeId": attach.good["VolumeId"]})[0] == "InvalidParameterValue"
    later(sim)
    assert refusal(BY_ID["ec2:DeleteVolume"].on(sim), ec2, VolumeId=disk)[0] == "VolumeInUse"
    state = lambda: ec2.describe_volumes(VolumeIds=[disk])["Volumes"][0]
    assert state()["Attachments"][0]["State"] == "attached"
    assert ec2.detach_volume(VolumeId=disk)["State"] == "detaching"
    later(sim)
    assert state()["State"] == "available" and not state()["Attachments"]
    detach = BY_ID["ec2:DetachVolume"].on(sim)
    assert refusal(detach, ec2, VolumeId=disk)[0] == "IncorrectState"
    assert refusal(detach, ec2, VolumeId="vol-0web000000000001")[0] == "OperationNotPermitted"
    ec2.delete_volume(VolumeId=disk)
    assert refusal(BY_ID["ec2:DeleteVolume"].on(sim), ec2, VolumeId=disk)[0] == "InvalidVolume.NotFound"


@pytest.mark.action("RunInstances", "served")
@pytest.mark.action("StopInstances", "served")
@pytest.mark.action("TerminateInstances", "refused")
@pytest.mark.action("DescribeInstanceAttribute", "served")
def test_a_machine_is_started_once_for_a_token_and_ends_only_unprotected(sim):
    ec2 = client(sim, "ec2", config=PATIENT)
    later(sim)
    request = {"ImageId": "ami-0week000000000001", "InstanceType": "t3.small", "MinCount": 1, "MaxCount": 1, "ClientToken": new_name(), "DisableApiTermination": True}
    made = ec2.run_instances(**request, TagSpecifications=tagged("instance", Name="beside"))["Instances"][0]
    one = made["InstanceId"]
    assert made["State"]["Name"] == "pending" and tags_of(made) == {"Name": "beside"} and made["Architecture"] == "x86_64"
    assert ec2.run_instances(**request, TagSpecifications=tagged("instance", Name="beside"))["Instances"][0]["InstanceId"] == one
    later(sim)
    state = lambda: ec2.describe_instances(InstanceIds=[one])["Reservations"][0]["Instances"][0]["State"]["Name"]
    assert state() == "running"
    assert ec2.describe_instance_attribute(InstanceId=one, Attribute="disableApiTermination")["DisableApiTermination"] == {"Value": True}
    call = BY_ID["ec2:TerminateInstances"].on(sim)
    other = call.good["InstanceIds"][0]
    assert refusal(call, ec2, InstanceIds=[other, one])[:2] == ("OperationNotPermitted", 400)
    turned = ec2.stop_instances(InstanceIds=[one])["StoppingInstances"][0]
    assert (turned["PreviousState"]["Name"], turned["CurrentState"]["Name"]) == ("running", "stopping")
    later(sim)
    assert state() == "stopped"
    assert call(ec2)["TerminatingInstances"][0]["CurrentState"]["Name"] == "shutting-down"
    later(sim, 60)
    stop = BY_ID["ec2:StopInstances"]
    assert refusal(stop, ec2, InstanceIds=[other])[0] == "IncorrectInstanceState"
    assert refusal(stop, ec2, InstanceIds=["i-0spot00000000001"])[0] == "UnsupportedOperation"
    assert refusal(BY_ID["ec2:RunInstances"], ec2, ImageId="ami-0123456789abcdef0")[0] == "InvalidAMIID.NotFound"


@pytest.mark.action("ReleaseAddress", "refused")
def test_an_address_that_is_used_is_not_given_back(sim):
    call, ec2 = BY_ID["ec2:ReleaseAddress"].on(sim), client(sim, "ec2")
    assert refusal(call, ec2, AllocationId="eipalloc-0web00001")[0] == "InvalidIPAddress.InUse"
    call(ec2)
    assert refusal(call, ec2)[0] == "InvalidAllocationID.NotFound"


@pytest.mark.action("CreateSnapshot", "eventual_consistency")
@pytest.mark.action("CreateTags", "eventual_consistency")
def test_what_was_just_made_is_known_to_nobody_when_it_shall_lag(sim):
    ec2 = client(sim, "ec2")
    sim.plant({"kind": "hides_young", "seconds": 60})
    young = new_snapshot(sim)
    tag = {"Resources": [young], "Tags": [{"Key": "a", "Value": "b"}]}
    for action, fields in [("DescribeSnapshots", {"SnapshotIds": [young]}), ("CreateTags", tag), ("DeleteSnapshot", {"SnapshotId": young})]:
        assert refusal(Call("ec2", action), ec2, **fields)[0] == "InvalidSnapshot.NotFound"
    mine = [{"Name": "snapshot-id", "Values": [young]}]
    assert ec2.describe_snapshots(OwnerIds=["self"], Filters=mine)["Snapshots"] == []
    later(sim, 60)
    assert len(ec2.describe_snapshots(OwnerIds=["self"], Filters=mine)["Snapshots"]) == 1


@pytest.mark.action("CreateSnapshot", "lost_answer")
@pytest.mark.action("RunInstances", "lost_answer")
def test_a_lost_answer_is_of_a_change_that_was_made(sim):
    later(sim)
    ec2 = client(sim, "ec2")
    sim.plant({"kind": "lost_answer"}, action="CreateSnapshot", times=1)
    with pytest.raises((ConnectionClosedError, EndpointConnectionError)):
        ec2.create_snapshot(VolumeId=DISK, TagSpecifications=tagged("snapshot", run="lost"))
    run = [{"Name": "tag:run", "Values": ["lost"]}]
    assert len(ec2.describe_snapshots(OwnerIds=["self"], Filters=run)["Snapshots"]) == 1
    sim.plant({"kind": "lost_answer"}, action="RunInstances", times=1)
    request = {"ImageId": "ami-0week000000000001", "InstanceType": "t3.small", "MinCount": 1, "MaxCount": 1, "ClientToken": new_name()}
    count = lambda: len(ec2.describe_instances(Filters=[{"Name": "image-id", "Values": ["ami-0week000000000001"]}])["Reservations"])
    before = count()
    with pytest.raises((ConnectionClosedError, EndpointConnectionError)):
        ec2.run_instances(**request)
    again = client(sim, "ec2", config=PATIENT).run_instances(**request)["Instances"][0]["InstanceId"]
    assert again and count() == before + 1


@pytest.mark.action("DescribeLaunchTemplates", "served")
@pytest.mark.action("DescribeLaunchTemplateVersions", "served")
@pytest.mark.action("DescribeLaunchConfigurations", "served")
@pytest.mark.action("DescribeAutoScalingGroups", "served")
def test_who_starts_machines_from_an_image_says_so(sim):
    ec2, scaling = client(sim, "ec2"), client(sim, "autoscaling")
    templates = {it["LaunchTemplateId"]: it for it in ec2.describe_launch_templates()["LaunchTemplates"]}
    assert (templates["lt-0web00000000001"]["DefaultVersionNumber"], templates["lt-0web00000000001"]["LatestVersionNumber"]) == (2, 2)
    images = lambda **fields: [it["LaunchTemplateData"]["ImageId"] for it in ec2.describe_launch_template_versions(**fields)["LaunchTemplateVersions"]]
    assert images(LaunchTemplateId="lt-0web00000000001") == ["ami-0week000000000001", "ami-0old0000000000001"]
    assert images(LaunchTemplateId="lt-0web00000000001", Versions=["1"]) == ["ami-0old0000000000001"]
    assert images(Versions=["$Latest", "$Default"]) == ["ami-0week000000000001"] * 2
    assert refusal(BY_ID["ec2:DescribeLaunchTemplateVersions"], ec2, LaunchTemplateId=None)[0] == "MissingParameter"
    assert refusal(BY_ID["ec2:DescribeLaunchTemplateVersions"], ec2, LaunchTemplateId="lt-0nope")[0] == "InvalidLaunchTemplateId.NotFound"
    groups = {it["AutoScalingGroupName"]: it for it in scaling.describe_auto_scaling_groups()["AutoScalingGroups"]}
    assert groups["by-template"]["LaunchTemplate"]["LaunchTemplateId"] == "lt-0web00000000001"
    named = scaling.describe_launch_configurations()["LaunchConfigurations"]
    assert [(it["LaunchConfigurationName"], it["ImageId"]) for it in named] == [(groups["by-configuration"]["LaunchConfigurationName"], "ami-0week000000000001")]


@pytest.mark.action("GetLifecyclePolicy", "served")
@pytest.mark.action("ListProtectedResources", "served")
@pytest.mark.action("GetBackupSelection", "served")
def test_the_cloud_says_of_what_it_keeps_copies_itself(sim):
    dlm, backup = client(sim, "dlm"), client(sim, "backup")
    states = {it["PolicyId"]: it["State"] for it in dlm.get_lifecycle_policies()["Policies"]}
    assert states == {"policy-0daily0000001": "ENABLED", "policy-0off000000001": "DISABLED"}
    details = dlm.get_lifecycle_policy(PolicyId="policy-0daily0000001")["Policy"]["PolicyDetails"]
    assert (details["ResourceTypes"], details["TargetTags"]) == (["VOLUME"], [{"Key": "backup", "Value": "daily"}])
    resources = [it["ResourceArn"].rsplit(":", 1)[-1] for it in backup.list_protected_resources()["Results"]]
    assert resources == ["instance/i-0web0000000000004", "volume/vol-0loose000000001"]
    plan = backup.list_backup_plans()["BackupPlansList"][0]["BackupPlanId"]
    chosen = backup.list_backup_selections(BackupPlanId=plan)["BackupSelectionsList"][0]["SelectionId"]
    selection = backup.get_backup_selection(BackupPlanId=plan, SelectionId=chosen)["BackupSelection"]
    assert selection["ListOfTags"] == [{"ConditionType": "STRINGEQUALS", "ConditionKey": "vault", "ConditionValue": "gold"}]
    assert selection["Resources"][0].endswith(":instance/i-0web0000000000004")
