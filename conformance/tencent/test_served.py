"""What the official client makes of the answers: typed, complete, page by page, with the traps of the real ones."""

import datetime

import pytest
from calls import BY_NAME, REGION, profile_of

served = lambda name: pytest.mark.action(name, "served")  # noqa: E731
CVM, TKE18, TKE22, STS = "cvm:2017-03-12:", "tke:2018-05-25:", "tke:2022-05-01:", "sts:2018-08-13:"


def pages(call, sim, field, size, **fields):
    """Fetches pages until one is empty; every page must tell the same total."""
    rows, totals = [], set()
    while True:
        page = call(sim, Offset=len(rows), Limit=size, **fields)
        totals.add(page.TotalCount)
        if not getattr(page, field):
            break
        rows += getattr(page, field)
    assert totals == {len(rows)}, "the total is the real one on every page, also past the end"
    return rows


@served(STS + "GetCallerIdentity")
def test_callers_learn_who_they_are(sim):
    call = BY_NAME[STS + "GetCallerIdentity"]
    user, root = call(sim), call(sim, user=None)
    assert (user.Type, user.AccountId) == ("CAMUser", "100000000001")
    assert user.Arn == f"qcs::cam::uin/100000000001:uin/{user.UserId}"
    assert root.UserId == root.AccountId == root.PrincipalId == "100000000001"


@served(STS + "AssumeRole")
def test_a_role_is_two_hours_long(sim):
    keys = BY_NAME[STS + "AssumeRole"](sim)
    assert keys.Credentials.TmpSecretId.startswith("AKID")
    expires = datetime.datetime.fromisoformat(keys.Expiration.replace("Z", "+00:00"))
    assert expires.timestamp() == keys.ExpiredTime


@served(CVM + "DescribeRegions")
def test_regions_have_names_in_two_languages(sim):
    call = BY_NAME[CVM + "DescribeRegions"]
    names = {it.Region: it.RegionName for it in call(sim).RegionSet}
    assert names[REGION] == "华南地区(广州)" and len(names) == call(sim).TotalCount
    english = call(sim, profile=profile_of(sim, language="en-US")).RegionSet
    assert "South China (Guangzhou)" in {it.RegionName for it in english}


@served("region:2022-06-27:DescribeRegions")
def test_the_product_of_regions_lists_the_same(sim):
    regions = BY_NAME["region:2022-06-27:DescribeRegions"](sim).RegionSet
    assert {it.RegionState for it in regions} == {"AVAILABLE"}
    assert [it.Region for it in regions] == [it.Region for it in BY_NAME[CVM + "DescribeRegions"](sim).RegionSet]


@served(CVM + "DescribeInstances")
def test_machines_come_page_by_page(sim):
    call = BY_NAME[CVM + "DescribeInstances"]
    rows = pages(call, sim, "InstanceSet", 50)
    by_id = {it.InstanceId: it for it in rows}
    assert len(by_id) == len(rows) == 121
    assert "ins-hidden01" not in by_id
    assert [it.InstanceId for it in call(sim, InstanceIds=["ins-hidden01", "ins-unknown"]).InstanceSet] == ["ins-hidden01"]

    lobby = by_id["ins-lobby001"]
    assert (lobby.InstanceChargeType, lobby.RenewFlag, lobby.CPU, lobby.Memory) == ("PREPAID", "NOTIFY_AND_MANUAL_RENEW", 4, 8)
    assert {it.Key: it.Value for it in lobby.Tags} == {"owner": "张伟", "env": "prod"}
    assert lobby.PublicIpAddresses == ["203.0.113.1"], "a kept address that is bound"
    assert lobby.SystemDisk.DiskId == "disk-system01"
    assert by_id["ins-lobby002"].DataDisks[0].DiskId == "disk-data0001"
    assert by_id["ins-lobby002"].RenewFlag == "NOTIFY_AND_AUTO_RENEW"
    assert by_id["ins-never001"].RenewFlag == "DISABLE_NOTIFY_AND_MANUAL_RENEW"
    expired = by_id["ins-expired1"]
    assert (expired.InstanceState, expired.RestrictState, expired.IsolatedSource) == ("SHUTDOWN", "EXPIRED", "EXPIRE")
    assert by_id["ins-spot0001"].InstanceChargeType == "SPOTPAID" and by_id["ins-spot0001"].InstanceName == "未命名"
    assert by_id["ins-pending1"].InstanceState == "PENDING"
    assert by_id["ins-worker01"].Tags == [], "the cloud puts no tags on workers"


@served(CVM + "DescribeInstances")
def test_nulls_and_double_spellings_are_as_recorded(sim):
    raw, _ = BY_NAME[CVM + "DescribeInstances"].raw_and_typed(sim, InstanceIds=["ins-spot0001", "ins-lobby001"])
    spot, lobby = raw["InstanceSet"]
    for name in ["ExpiredTime", "RenewFlag", "PublicIpAddresses", "IPv6Addresses", "RdmaIpAddresses"]:
        assert name in spot and spot[name] is None, name
    assert spot["InternetAccessible"]["InternetChargeType"] is None
    assert lobby["Tags"][0] == {"tagKey": "owner", "tagValue": "张伟", "Key": "owner", "Value": "张伟"}
    assert datetime.datetime.strptime(lobby["ExpiredTime"], "%Y-%m-%dT%H:%M:%SZ") > datetime.datetime.now()


@served(CVM + "DescribeInstances")
@pytest.mark.parametrize("filters, expected", [
    ([("instance-id", ["ins-lobby001", "ins-x"])], ["ins-lobby001"]),
    ([("instance-name", ["大厅"])], ["ins-lobby001"]),
    ([("instance-charge-type", ["SPOTPAID"])], ["ins-spot0001"]),
    ([("instance-state", ["STOPPED", "PENDING"])], ["ins-stopped1", "ins-pending1"]),
    ([("tag-key", ["owner"]), ("tag:env", ["prod"])], ["ins-lobby001"]),
    ([("private-ip-address", ["10.0.0.12"])], ["ins-lobby002"]),
    ([("public-ip-address", ["203.0.113.1"])], ["ins-lobby001"]),
    ([("zone", ["ap-guangzhou-4"])], []),
])
def test_filters_of_machines(sim, filters, expected):
    said = [{"Name": name, "Values": values} for name, values in filters]
    answer = BY_NAME[CVM + "DescribeInstances"](sim, Filters=said)
    assert ([it.InstanceId for it in answer.InstanceSet], answer.TotalCount) == (expected, len(expected))


@served(CVM + "DescribeInstances")
def test_a_get_request_says_the_same_flattened(sim):
    said = {"Filters": [{"Name": "instance-name", "Values": ["大厅", "none"]}], "Limit": 5}
    answer = BY_NAME[CVM + "DescribeInstances"](sim, profile=profile_of(sim, method="GET"), **said)
    assert [it.InstanceId for it in answer.InstanceSet] == ["ins-lobby001"]


@served(CVM + "DescribeInstances")
def test_a_payload_may_be_left_out_of_the_signature(sim):
    profile = profile_of(sim)
    profile.unsignedPayload = True
    answer = BY_NAME[CVM + "DescribeInstances"](sim, profile=profile, Limit=1)
    assert len(answer.InstanceSet) == 1


@served(CVM + "DescribeImages")
def test_images_name_their_snapshots(sim):
    raw, answer = BY_NAME[CVM + "DescribeImages"].raw_and_typed(sim)
    assert [it.ImageId for it in answer.ImageSet] == ["img-own00001", "img-pending1"]
    golden, pending = answer.ImageSet
    assert [it.SnapshotId for it in golden.SnapshotSet] == ["snap-image001"]
    assert (golden.ImageState, golden.SyncPercent, pending.ImageState) == ("NORMAL", None, "CREATING")
    assert raw["ImageSet"][0]["isSupportCloudinit"] is raw["ImageSet"][0]["IsSupportCloudinit"] is True
    private = BY_NAME[CVM + "DescribeImages"](sim, Filters=[{"Name": "image-type", "Values": ["PRIVATE_IMAGE"]}])
    assert private.TotalCount == 2


@served(TKE22 + "DescribeClusters")
@served(TKE18 + "DescribeClusters")
@served(TKE18 + "DescribeTKEEdgeClusters")
@served(TKE18 + "DescribeEKSClusters")
def test_clusters_are_in_three_lists(sim):
    rows = pages(BY_NAME[TKE22 + "DescribeClusters"], sim, "Clusters", 2)
    states = {it.ClusterId: (it.ClusterType, it.ClusterStatus) for it in rows}
    assert states == {
        "cls-prod0001": ("MANAGED_CLUSTER", "Running"),
        "cls-inde0001": ("INDEPENDENT_CLUSTER", "Running"),
        "cls-dele0001": ("MANAGED_CLUSTER", "Deleting"),
    }
    old = pages(BY_NAME[TKE18 + "DescribeClusters"], sim, "Clusters", 2)
    assert {it.ClusterId: (it.ClusterType, it.ClusterStatus) for it in old} == states
    counts = {it.ClusterId: (it.ClusterNodeNum, it.ClusterMaterNodeNum) for it in old}
    assert counts["cls-inde0001"] == (1, 1)
    named = BY_NAME[TKE18 + "DescribeClusters"](sim, Filters=[{"Name": "ClusterName", "Values": ["生产"]}])
    assert named.TotalCount == 2, "two clusters with one name"
    assert [it.ClusterId for it in BY_NAME[TKE18 + "DescribeTKEEdgeClusters"](sim).Clusters] == ["cls-edge0001"]
    serverless = BY_NAME[TKE18 + "DescribeEKSClusters"](sim).Clusters
    assert [(it.ClusterId, it.Status) for it in serverless] == [("cls-eks00001", "running")]


@served(TKE22 + "DescribeClusterInstances")
def test_the_new_version_lists_every_sort_of_node(sim):
    rows = pages(BY_NAME[TKE22 + "DescribeClusterInstances"], sim, "InstanceSet", 3, ClusterId="cls-prod0001")
    by_name = {it.InstanceId: it for it in rows}
    assert {it.NodeType for it in rows} == {"Regular", "Native", "Super", "External"}
    assert len(by_name) == 8
    native, container = by_name["np-native01-aaaaa"].Native, by_name["np-native01-bbbbb"].Native
    assert (native.InstanceId, native.MachineType, native.InstanceChargeType) == ("ins-native01", "NativeCVM", "PREPAID")
    assert datetime.datetime.strptime(native.ExpiredTime, "%Y-%m-%d %H:%M:%S")
    assert container.InstanceId.startswith("eks-") and container.ExpiredTime == ""
    worker = by_name["ins-worker01"]
    assert (worker.Regular.AutoscalingGroupId, worker.NodePoolId) == ("asg-prod0001", "np-pool0001")
    assert worker.FailedReason == "=Ready:True" and worker.CreatedTime.endswith(" +0000 UTC")
    assert by_name["ins-byhand01"].NodePoolId == ""
    assert by_name["eklet-subnet-main-ccccc"].CreatedTime.endswith(" +0800 CST")
    joining = by_name["ins-joining1"]
    assert (joining.InstanceState, joining.LanIP) == ("initializing", None)
    assert by_name["node-10.9.0.1"].External.Name == "node-10.9.0.1"
    only = BY_NAME[TKE22 + "DescribeClusterInstances"](
        sim, ClusterId="cls-prod0001", Filters=[{"Name": "InstanceType", "Values": ["Native"]}])
    assert only.TotalCount == 2
    tagged = BY_NAME[TKE22 + "DescribeClusterInstances"](sim, ClusterId="cls-prod0001", NeedTags=True)
    assert tagged.InstanceSet[0].Regular.Tags == []


@served(TKE18 + "DescribeClusterInstances")
def test_the_old_version_hides_masters_unless_asked(sim):
    call = BY_NAME[TKE18 + "DescribeClusterInstances"]
    names = lambda **said: [it.InstanceId for it in pages(call, sim, "InstanceSet", 2, **said)]  # noqa: E731
    assert names(ClusterId="cls-inde0001") == ["ins-worker11"]
    assert names(ClusterId="cls-inde0001", InstanceRole="MASTER_ETCD") == ["ins-master01"]
    assert names(ClusterId="cls-inde0001", InstanceRole="ALL") == ["ins-worker11", "ins-master01"]
    prod = names(ClusterId="cls-prod0001", InstanceRole="ALL")
    assert "np-native01-aaaaa" in prod and "ins-native01" not in prod, "native nodes by the name of the machine"
    assert not [it for it in prod if it.startswith("eklet-")]
    assert names(ClusterId="cls-prod0001", InstanceIds=["ins-worker02"]) == ["ins-worker02"]
    with pytest.raises(Exception) as refused:
        call(sim, ClusterId="cls-unknown1")
    assert refused.value.code == "ResourceNotFound.ClusterNotFound"


@served(TKE18 + "DescribeEdgeClusterInstances")
@served(TKE18 + "DescribeEdgeCVMInstances")
def test_nodes_at_the_edge_are_texts(sim):
    every = BY_NAME[TKE18 + "DescribeEdgeClusterInstances"](sim)
    assert every.TotalCount == 2 and "ins-edge0001" in every.InstanceInfoSet and "edge-shop-7" in every.InstanceInfoSet
    own = BY_NAME[TKE18 + "DescribeEdgeCVMInstances"](sim)
    assert own.TotalCount == 1 and "ins-edge0001" in own.InstanceInfoSet[0]
    with pytest.raises(Exception) as refused:
        BY_NAME[TKE18 + "DescribeEdgeCVMInstances"](sim, ClusterID="cls-prod0001")
    assert refused.value.code == "ResourceNotFound.ClusterNotFound"


@served(TKE22 + "DescribeNodePools")
@served(TKE18 + "DescribeClusterNodePools")
def test_pools_tell_their_scaling_groups(sim):
    rows = pages(BY_NAME[TKE22 + "DescribeNodePools"], sim, "NodePools", 2, ClusterId="cls-prod0001")
    assert {it.NodePoolId: it.Type for it in rows} == {
        "np-pool0001": "Regular", "np-native01": "Native", "np-super001": "Super",
    }
    assert rows[0].Regular.AutoscalingGroupId == "asg-prod0001"
    assert (rows[1].Native.Replicas, rows[1].Native.ReadyReplicas) == (2, 2)
    old = BY_NAME[TKE18 + "DescribeClusterNodePools"](sim)
    assert [it.NodePoolId for it in old.NodePoolSet] == ["np-pool0001"]
    counts = old.NodePoolSet[0].NodeCountSummary.AutoscalingAdded
    assert (counts.Initializing, counts.Normal, counts.Total) == (1, 2, 3)


@served(TKE18 + "DescribeExistedInstances")
def test_the_second_opinion_knows_who_is_in_a_cluster(sim):
    call = BY_NAME[TKE18 + "DescribeExistedInstances"]
    ids = ["ins-worker01", "ins-native01", "ins-master01", "ins-orphan01", "ins-gone0001"]
    told = {it.InstanceId: it for it in call(sim, InstanceIds=ids).ExistedInstanceSet}
    assert {name: it.AlreadyInCluster for name, it in told.items()} == {
        "ins-worker01": "cls-prod0001", "ins-native01": "cls-prod0001", "ins-master01": "cls-inde0001", "ins-orphan01": "",
    }
    assert (told["ins-worker01"].Usable, told["ins-worker01"].UnusableReason) == (False, "already in Cluster")
    assert (told["ins-orphan01"].Usable, told["ins-worker01"].AutoscalingGroupId) == (True, "asg-prod0001")
    assert len(pages(call, sim, "ExistedInstanceSet", 60)) == 121
