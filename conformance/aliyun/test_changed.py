"""What the official clients change: copies, disks, images, tags, machines, addresses, and what is refused."""

import pytest
from calls import (
    BY_ACTION, HOLDING, IMAGE, LOST, MACHINE, TEMPLATE, UNUSED, call, client, disk, group, later, machine,
)

served = lambda action: pytest.mark.action(action, "served")  # noqa: E731
refused = lambda action: pytest.mark.action(action, "refused")  # noqa: E731
SHANGHAI = "cn-shanghai"


def models():
    import alibabacloud_ecs20140526.models as ecs

    return ecs


def refusal(sim, action, **fields):
    with pytest.raises(Exception) as why:
        call(sim, action, **fields)
    return why.value.code, why.value.status_code


def snapshots(sim, **fields):
    return call(sim, "DescribeSnapshots", max_results=100, **fields).snapshots.snapshot


@served("CreateSnapshot")
def test_a_snapshot_is_whole_by_world_time_and_its_token_makes_one(sim):
    made = disk(sim, disk_category="cloud_ssd")
    tags = [models().CreateSnapshotRequestTag(key="skywarden:set", value="i-1/20261121T040000Z")]
    fields = {"disk_id": made, "snapshot_name": "web", "retention_days": 9, "tag": tags, "client_token": f"of-{made}"}
    first = call(sim, "CreateSnapshot", **fields).snapshot_id
    assert call(sim, "CreateSnapshot", **fields).snapshot_id == first
    assert refusal(sim, "CreateSnapshot", **{**fields, "snapshot_name": "other"}) == ("IdempotentParameterMismatch", 403)
    row, = snapshots(sim, snapshot_ids=f'["{first}"]')
    assert (row.status, row.available, row.retention_days, row.source_disk_size) == ("progressing", False, 9, "200")
    assert refusal(sim, "CreateSnapshot", disk_id=made, client_token=None) == ("IncorrectDiskStatus.CreatingSnapshot", 403)
    later(sim, 400)
    wanted = models().DescribeSnapshotsRequestTag(key="skywarden:set", value="i-1/20261121T040000Z")
    row, = [it for it in snapshots(sim, tag=[wanted]) if it.snapshot_id == first]
    assert (row.status, row.progress, row.available) == ("accomplished", "100%", True)


@refused("CreateSnapshot")
def test_a_snapshot_of_nothing_or_of_a_bad_name_is_refused(sim):
    assert refusal(sim, "CreateSnapshot", disk_id="d-none", client_token=None) == ("InvalidDiskId.NotFound", 404)
    assert refusal(sim, "CreateSnapshot", snapshot_name="auto2026", client_token=None) == ("InvalidSnapshotName.Malformed", 400)
    twice = [models().CreateSnapshotRequestTag(key="a", value=it) for it in "xy"]
    assert refusal(sim, "CreateSnapshot", tag=twice, client_token=None) == ("Duplicate.TagKey", 400)


@served("CreateSnapshotGroup")
@served("DescribeSnapshotGroups")
def test_a_group_is_of_one_instant_and_its_tags_stand_on_it_alone(sim):
    one, two = (disk(sim, disk_category="cloud_essd") for _ in range(2))
    tag = models().CreateSnapshotGroupRequestTag(key="skywarden:set", value="g-1")
    made = call(sim, "CreateSnapshotGroup", disk_id=[one, two], name="web", tag=[tag]).snapshot_group_id
    found, = call(sim, "DescribeSnapshotGroups", snapshot_group_id=[made]).snapshot_groups.snapshot_group
    assert (found.status, found.name, found.tags.tag[0].value) == ("progressing", "web", "g-1")
    rows = found.snapshots.snapshot
    assert [it.source_disk_id for it in rows] == [one, two] and all(it.available for it in rows)
    held = snapshots(sim, snapshot_ids=str([it.snapshot_id for it in rows]).replace("'", '"'))
    assert len({it.creation_time for it in held}) == 1 and not held[0].tags.tag
    later(sim, 400)
    wanted = models().DescribeSnapshotGroupsRequestTag(key="skywarden:set", value="g-1")
    found, = call(sim, "DescribeSnapshotGroups", tag=[wanted]).snapshot_groups.snapshot_group
    assert found.status == "accomplished"


@refused("CreateSnapshotGroup")
def test_a_group_needs_disks_of_the_right_sort(sim):
    assert refusal(sim, "CreateSnapshotGroup") == ("MissingParameter", 400)
    assert refusal(sim, "CreateSnapshotGroup", disk_id=["d-none"]) == ("InvalidDiskId.NotFound", 404)
    slow = disk(sim, disk_category="cloud_efficiency")
    assert refusal(sim, "CreateSnapshotGroup", disk_id=[slow]) == ("DiskCategory.OperationNotSupported", 400)


@served("DeleteSnapshotGroup")
def test_a_group_goes_with_its_snapshots(sim):
    made = group(sim)
    call(sim, "DeleteSnapshotGroup", snapshot_group_id=made)
    assert call(sim, "DescribeSnapshotGroups", snapshot_group_id=[made]).snapshot_groups.snapshot_group == []
    assert refusal(sim, "DeleteSnapshotGroup", snapshot_group_id=made) == ("InvalidSnapshotGroupId.NotFound", 404)


@served("DeleteSnapshot")
@refused("DeleteSnapshot")
def test_a_snapshot_goes_unless_something_stands_on_it(sim):
    made = call(sim, "CreateSnapshot", disk_id=disk(sim), client_token=None).snapshot_id
    later(sim, 400)
    call(sim, "DeleteSnapshot", snapshot_id=made)
    assert snapshots(sim, snapshot_ids=f'["{made}"]') == []
    # One that is missing is no mistake.
    assert call(sim, "DeleteSnapshot", snapshot_id=made).request_id
    assert refusal(sim, "DeleteSnapshot", snapshot_id=HOLDING) == ("SnapshotCreatedImage", 403)
    made = call(sim, "CreateSnapshot", disk_id=disk(sim), client_token=None).snapshot_id
    later(sim, 400)
    of_it = disk(sim, snapshot_id=made)
    assert refusal(sim, "DeleteSnapshot", snapshot_id=made) == ("SnapshotCreatedDisk", 403)
    call(sim, "DeleteDisk", disk_id=of_it)
    assert call(sim, "DeleteSnapshot", snapshot_id=made).request_id


@served("CopySnapshot")
@refused("CopySnapshot")
def test_a_copy_stands_in_the_other_region_and_knows_where_it_is_from(sim):
    made = call(sim, "CreateSnapshot", disk_id=disk(sim), client_token=None).snapshot_id
    fields = {"snapshot_id": made, "client_token": None}
    assert refusal(sim, "CopySnapshot", **fields) == ("InvalidSnapshotId.NotReady", 403)
    later(sim, 400)
    copy = call(sim, "CopySnapshot", **fields).snapshot_id
    row, = snapshots(sim, region_id="cn-beijing", snapshot_ids=f'["{copy}"]')
    assert (row.source_region_id, row.source_snapshot_id, row.status) == (SHANGHAI, made, "progressing")
    assert refusal(sim, "DeleteSnapshot", snapshot_id=made) == ("Operation.Conflict", 403)
    later(sim, 400)
    assert call(sim, "DeleteSnapshot", snapshot_id=made).request_id
    assert refusal(sim, "CopySnapshot", snapshot_id="s-none", client_token=None) == ("InvalidSnapshotId.NotFound", 404)
    assert refusal(sim, "CopySnapshot", destination_region_id=SHANGHAI)[0] == "InvalidDestinationRegionId.NotFound"


@served("CreateDisk")
@served("AttachDisk")
@served("DetachDisk")
@served("DeleteDisk")
@refused("AttachDisk")
@refused("DeleteDisk")
def test_a_disk_of_a_snapshot_comes_and_goes(sim):
    made = call(sim, "CreateDisk", client_token=None, disk_name="proof").disk_id
    rows = lambda: call(sim, "DescribeDisks", disk_ids=f'["{made}"]').disks.disk  # noqa: E731
    assert (rows()[0].status, rows()[0].source_snapshot_id, rows()[0].size) == ("Creating", LOST, 200)
    assert refusal(sim, "AttachDisk", disk_id=made) == ("IncorrectDiskStatus", 403)
    later(sim)
    call(sim, "AttachDisk", disk_id=made, delete_with_instance=False)
    assert rows()[0].status == "Attaching"
    later(sim)
    assert (rows()[0].status, rows()[0].instance_id, rows()[0].delete_with_instance) == ("In_use", MACHINE, False)
    assert refusal(sim, "AttachDisk", disk_id=made) == ("IncorrectDiskStatus", 403)
    assert refusal(sim, "DeleteDisk", disk_id=made) == ("IncorrectDiskStatus", 403)
    call(sim, "DetachDisk", disk_id=made)
    assert refusal(sim, "DetachDisk", disk_id=made) == ("IncorrectDiskStatus", 403)
    later(sim)
    assert rows()[0].status == "Available"
    call(sim, "DeleteDisk", disk_id=made)
    assert rows() == [] and refusal(sim, "DeleteDisk", disk_id=made) == ("InvalidDiskId.NotFound", 404)
    assert refusal(sim, "CreateDisk", client_token=None, size=1) == ("InvalidDiskSize.ValueNotSupported", 400)
    elsewhere = disk(sim, zone_id="cn-shanghai-z")
    assert refusal(sim, "AttachDisk", disk_id=elsewhere) == ("ResourcesNotInSameZone", 403)


@served("CreateImage")
@served("DeleteImage")
@refused("CreateImage")
@refused("DeleteImage")
def test_an_image_is_made_of_snapshots_and_has_a_name_of_its_own(sim):
    devices = models().CreateImageRequestDiskDeviceMapping
    fields = {
        "snapshot_id": None, "image_name": "orders-2026-47",
        "disk_device_mapping": [devices(snapshot_id=HOLDING, disk_type="system"), devices(snapshot_id=LOST, disk_type="data")],
    }
    made = call(sim, "CreateImage", **fields).image_id
    assert refusal(sim, "CreateImage", **fields) == ("InvalidImageName.Duplicated", 400)
    listed = lambda **more: call(sim, "DescribeImages", image_id=made, **more).images.image  # noqa: E731
    assert listed() == [], "without a status, only finished ones are listed"
    row, = listed(status="Creating,Waiting,Available,UnAvailable,CreateFailed")
    assert (row.status, row.image_name, row.usage) == ("Creating", "orders-2026-47", "none")
    assert refusal(sim, "DeleteImage", image_id=made) == ("OperationDenied", 403)
    later(sim)
    row, = listed()
    assert [(it.snapshot_id, it.type, it.device) for it in row.disk_device_mappings.disk_device_mapping] == [
        (HOLDING, "system", "/dev/xvda"), (LOST, "data", "/dev/xvdb"),
    ]
    assert refusal(sim, "DeleteSnapshot", snapshot_id=LOST)[0] == "SnapshotCreatedImage"
    used = machine(sim, image_id=made)
    assert refusal(sim, "DeleteImage", image_id=made) == ("ImageUsingByInstance", 403)
    assert [it.image_id for it in call(sim, "DescribeImages", usage="instance", page_size=100).images.image if it.image_id == made] == [made]
    call(sim, "DeleteInstance", instance_id=used, force=True)
    later(sim)
    call(sim, "DeleteImage", image_id=made)
    assert listed() == [] and call(sim, "DeleteImage", image_id=made).request_id
    assert refusal(sim, "CreateImage", snapshot_id=LOST, image_name="data-alone") == ("OperationDenied", 403)
    assert refusal(sim, "CreateImage", snapshot_id="s-none", image_name="nothing") == ("InvalidSnapshotId.NotFound", 404)
    assert refusal(sim, "CreateImage", image_name="http://x") == ("InvalidImageName.Malformed", 400)
    assert refusal(sim, "CreateImage", snapshot_id=None) == ("MissingParameter", 400)


@served("TagResources")
@served("UntagResources")
@served("ListTagResources")
@refused("TagResources")
def test_tags_are_put_listed_and_taken(sim):
    put = [models().TagResourcesRequestTag(key=key, value="1") for key in ("a", "b")]
    call(sim, "TagResources", resource_type="disk", resource_id=[UNUSED], tag=put)
    listed = lambda: {(it.tag_key, it.tag_value) for it in call(  # noqa: E731
        sim, "ListTagResources", resource_type="disk", resource_id=[UNUSED]).tag_resources.tag_resource}
    assert listed() == {("a", "1"), ("b", "1")}
    call(sim, "UntagResources", resource_type="disk", resource_id=[UNUSED], tag_key=["a"])
    assert listed() == {("b", "1")}
    call(sim, "UntagResources", resource_type="disk", resource_id=[UNUSED], tag_key=None, all=True)
    assert listed() == set()
    # One that is missing is enough for none to be tagged.
    some = {"resource_type": "disk", "resource_id": [UNUSED, "d-none"], "tag": put}
    assert refusal(sim, "TagResources", **some) == ("InvalidResourceId.NotFound", 404)
    assert listed() == set()
    assert refusal(sim, "TagResources", resource_type="ship") == ("InvalidResourceType.NotFound", 404)
    assert refusal(sim, "TagResources", resource_id=["s-x"] * 51) == ("NumberExceed.ResourceIds", 400)
    kept = [models().TagResourcesRequestTag(key="acs:mine", value="1")]
    assert refusal(sim, "TagResources", tag=kept) == ("InvalidTagKey.Malformed", 400)


@served("RunInstances")
@served("StopInstance")
@served("StartInstance")
@served("DeleteInstance")
@refused("RunInstances")
@refused("StopInstance")
@refused("DeleteInstance")
@served("DescribeInstanceRamRole")
def test_a_machine_is_started_beside_switched_and_deleted(sim):
    tag = [models().RunInstancesRequestTag(key="skywarden:step", value="t-1")]
    fields = {"client_token": "beside-1", "instance_name": "web-beside", "ram_role_name": "web", "tag": tag, "internet_max_bandwidth_out": 0}
    made, = call(sim, "RunInstances", **fields).instance_id_sets.instance_id_set
    assert call(sim, "RunInstances", **fields).instance_id_sets.instance_id_set == [made]
    row = lambda: call(sim, "DescribeInstances", region_id=SHANGHAI, instance_ids=f'["{made}"]').instances.instance  # noqa: E731
    assert (row()[0].status, row()[0].instance_name, row()[0].image_id) == ("Pending", "web-beside", IMAGE)
    role, = call(sim, "DescribeInstanceRamRole", instance_ids=f'["{made}"]').instance_ram_role_sets.instance_ram_role_set
    assert role.ram_role_name == "web"
    later(sim)
    assert row()[0].status == "Running"
    system, = call(sim, "DescribeDisks", instance_id=made).disks.disk
    assert (system.type, system.source_snapshot_id) == ("system", HOLDING)
    assert refusal(sim, "StartInstance", instance_id=made) == ("IncorrectInstanceStatus", 403)
    assert refusal(sim, "DeleteInstance", instance_id=made) == ("IncorrectInstanceStatus", 403)
    call(sim, "StopInstance", instance_id=made, stopped_mode="StopCharging")
    later(sim)
    assert row()[0].status == "Stopped"
    assert refusal(sim, "StopInstance", instance_id=made) == ("IncorrectInstanceStatus", 403)
    call(sim, "StartInstance", instance_id=made)
    later(sim)
    call(sim, "StopInstance", instance_id=made)
    later(sim)
    call(sim, "DeleteInstance", instance_id=made)
    later(sim)
    assert row() == [] and refusal(sim, "DeleteInstance", instance_id=made) == ("InvalidInstanceId.NotFound", 404)
    assert refusal(sim, "RunInstances", client_token=None, image_id="m-none") == ("InvalidImageId.NotFound", 404)
    kept = machine(sim, deletion_protection=True)
    assert refusal(sim, "DeleteInstance", instance_id=kept, force=True) == ("InvalidOperation.DeletionProtection", 403)


@served("DescribeAutoSnapshotPolicyEx")
@served("DescribeLaunchTemplates")
@served("DescribeLaunchTemplateVersions")
@served("DescribeScalingConfigurations")
def test_what_keeps_copies_and_what_starts_from_images_is_listed(sim):
    policy, = call(sim, "DescribeAutoSnapshotPolicyEx").auto_snapshot_policies.auto_snapshot_policy
    assert (policy.status, policy.disk_nums) == ("Normal", 1)
    on, = call(sim, "DescribeDisks", auto_snapshot_policy_id=policy.auto_snapshot_policy_id).disks.disk
    assert on.disk_id.startswith("d-uf6demoworker")
    template, = call(sim, "DescribeLaunchTemplates").launch_template_sets.launch_template_set
    assert (template.launch_template_id, template.latest_version_number) == (TEMPLATE, 1)
    version, = call(sim, "DescribeLaunchTemplateVersions").launch_template_version_sets.launch_template_version_set
    assert version.launch_template_data.image_id == IMAGE
    missing = refusal(sim, "DescribeLaunchTemplateVersions", launch_template_id="lt-none")
    assert missing == ("InvalidLaunchTemplate.NotFound", 404)
    configured = call(sim, "DescribeScalingConfigurations").scaling_configurations
    assert [(it.scaling_group_id, it.image_id) for it in configured] == [("asg-uf6demoworkers", "aliyun_3_x64_20G_alibase_20240528.vhd")]


@served("AllocateEipAddress")
@served("ReleaseEipAddress")
@refused("ReleaseEipAddress")
def test_an_address_is_given_back_unless_it_is_in_use(sim):
    made = call(sim, "AllocateEipAddress", client_token=None)
    assert made.eip_address
    call(sim, "ReleaseEipAddress", allocation_id=made.allocation_id)
    gone = refusal(sim, "ReleaseEipAddress", allocation_id=made.allocation_id)
    assert gone == ("InvalidAllocationId.NotFound", 404)
    assert refusal(sim, "ReleaseEipAddress", allocation_id="eip-uf6demoworker") == ("IncorrectEipStatus", 400)


@refused("CreateSnapshot")
def test_who_may_only_read_changes_nothing(sim):
    for action in ["CreateSnapshot", "DeleteSnapshot", "StopInstance"]:
        it = BY_ACTION[action]
        with pytest.raises(Exception) as denied:
            it(client(sim, it.package, user="nobody"))
        assert (denied.value.code, denied.value.status_code) == ("Forbidden.RAM", 403)


@refused("CreateSnapshot")
def test_a_lost_answer_has_its_effect_and_the_token_tells_what_it_was(sim):
    made = disk(sim)
    sim.plant({"kind": "lost_answer"}, action="CreateSnapshot", times=1)
    fields = {"disk_id": made, "client_token": "lost-1"}
    with pytest.raises(Exception):
        call(sim, "CreateSnapshot", **fields)
    there, = snapshots(sim, disk_id=made)
    assert call(sim, "CreateSnapshot", **fields).snapshot_id == there.snapshot_id
    assert len(snapshots(sim, disk_id=made)) == 1
    deeds = [it for it in sim.operate("GET", "/_sim/deeds") if (it["sort"], it["of"]) == ("snapshot", made)]
    assert [(it["act"], it["id"]) for it in deeds] == [("created", there.snapshot_id)]


@refused("CreateSnapshot")
def test_what_is_new_is_missing_for_a_while_and_a_quota_is_a_quota(sim):
    try:
        sim.operate("POST", "/_sim/rules", {"account": "shop", "shown_after_seconds": 30})
        made = call(sim, "CreateDisk", client_token=None, size=200).disk_id
        rows = lambda: call(sim, "DescribeDisks", disk_ids=f'["{made}"]').disks.disk  # noqa: E731
        assert rows() == []
        later(sim, 29)
        assert rows() == []
        later(sim, 1)
        assert [it.disk_id for it in rows()] == [made]
        sim.operate("POST", "/_sim/rules", {"account": "shop", "shown_after_seconds": 0, "most_snapshots": 1})
        assert refusal(sim, "CreateSnapshot", disk_id=made, client_token=None) == ("QuotaExceed.Snapshot", 403)
    finally:
        sim.operate("POST", "/_sim/rules", {"account": "shop", "shown_after_seconds": 0, "most_snapshots": 100000})
