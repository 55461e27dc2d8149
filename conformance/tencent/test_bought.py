"""What is paid for: money, ends, renewals, service by service, each with its own codes and its own word for never."""

import datetime

import pytest
from calls import BY_NAME, REGION
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

served = lambda name: pytest.mark.action(name, "served")  # noqa: E731
BEIJING = datetime.timezone(datetime.timedelta(hours=8))
ZERO = "0000-00-00 00:00:00"


def days_left(text):
    """Returns the whole days until a time that is Beijing's, whatever the region."""
    at = datetime.datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
    return (at - datetime.datetime.now(BEIJING)).days


def refused(call, *args, **fields):
    with pytest.raises(TencentCloudSDKException) as error:
        call(*args, **fields)
    return error.value.code


@served("billing:2018-07-09:DescribeAccountBalance")
def test_money_is_in_hundredths_and_may_be_owed(sim):
    call = BY_NAME["billing:2018-07-09:DescribeAccountBalance"]
    raw, rich = call.raw_and_typed(sim)
    assert 8_500_000 < rich.Balance <= 8_642_000 and rich.RealBalance == float(rich.Balance)
    assert isinstance(raw["Balance"], int) and isinstance(raw["RealBalance"], float)
    assert (rich.Uin, rich.OweAmount, rich.CashAccountBalance) == (100000000001, 0.0, rich.RealBalance)
    poor = call(sim, account="studio")
    assert (poor.Balance, poor.CashAccountBalance, poor.OweAmount) == (-123400, 0.0, 123400.0)
    total = poor.CashAccountBalance + poor.IncomeIntoAccountBalance + poor.PresentAccountBalance - poor.FreezeAmount - poor.OweAmount
    assert total == poor.RealBalance


@served("billing:2018-07-09:DescribeRenewInstances")
def test_renewals_come_by_token_soonest_first(sim):
    call = BY_NAME["billing:2018-07-09:DescribeRenewInstances"]
    rows, token = [], None
    while True:
        page = call(sim, MaxResults=7, NextToken=token)
        rows += page.InstanceList
        token = page.NextToken
        if not token:
            break
        assert len(page.InstanceList) == 7
    ends = [it.ExpireTime for it in rows]
    assert ends == sorted(ends) and len({it.InstanceId for it in rows}) == len(rows)
    by_id = {it.InstanceId: it for it in rows}
    assert by_id["ins-expired1"].Status == "ISOLATED" and by_id["ins-lobby001"].RenewFlag == "NOTIFY_AND_MANUAL_RENEW"
    assert by_id["eip-prepaid1"].ProductCode == "p_eip" and by_id["disk-unused02"].ProductCode == "p_cbs"
    assert not {"ins-spot0001", "cdb-hourly01"} & set(by_id)
    auto = call(sim, MaxResults=100, RenewFlagList=["NOTIFY_AND_AUTO_RENEW"], Reverse=True).InstanceList
    assert {it.RenewFlag for it in auto} == {"NOTIFY_AND_AUTO_RENEW"} and len(auto) < len(rows)
    assert [it.InstanceId for it in call(sim, InstanceIdList=["ins-lobby001"]).InstanceList] == ["ins-lobby001"]
    until = by_id["ins-lobby001"].ExpireTime
    assert [it.ExpireTime for it in call(sim, MaxResults=100, ExpireTimeStart=until, ExpireTimeEnd=until).InstanceList][0] == until


@pytest.mark.action("billing:2018-07-09:DescribeRenewInstances", "wrong_page")
def test_a_made_up_token_is_refused(sim):
    assert refused(BY_NAME["billing:2018-07-09:DescribeRenewInstances"], sim, NextToken="made up") == "InvalidParameterValue"


# Service: its list, its id; the gate of what is paid in advance and by use; the end, and what stands for never;
# the codes for renewed by hand and by itself; the field and code of what is cut off.
SERVICES = [
    ("cdb:2017-03-20:DescribeDBInstances", "Items", "InstanceId", "cdb", ("PayType", 0, 1), ("DeadlineTime", ZERO), ("AutoRenew", 0, 1), ("Status", 5)),
    ("redis:2018-04-12:DescribeInstances", "InstanceSet", "InstanceId", "crs", ("BillingMode", 1, 0), ("DeadlineTime", ""), ("AutoRenewFlag", 0, 1), ("Status", -2)),
    ("mongodb:2019-07-25:DescribeDBInstances", "InstanceDetails", "InstanceId", "cmgo", ("PayMode", 1, 0), ("DeadLine", None), ("AutoRenewFlag", 0, 1), ("Status", -2)),
    ("postgres:2017-03-12:DescribeDBInstances", "DBInstanceSet", "DBInstanceId", "postgres", ("PayType", "prepaid", "postpaid"), ("ExpireTime", ZERO), ("AutoRenew", 0, 1), ("DBInstanceStatus", "isolated")),
    ("sqlserver:2018-03-28:DescribeDBInstances", "DBInstances", "InstanceId", "mssql", ("PayMode", 1, 0), ("EndTime", ZERO), ("RenewFlag", 0, 1), ("Status", 4)),
    ("mariadb:2017-03-12:DescribeDBInstances", "Instances", "InstanceId", "tdsql", ("Paymode", "prepaid", "postpaid"), ("PeriodEndTime", ZERO), ("AutoRenewFlag", 0, 1), ("Status", -1)),
    ("dcdb:2018-04-11:DescribeDCDBInstances", "Instances", "InstanceId", "tdsqlshard", ("Paymode", "1", "0"), ("PeriodEndTime", ZERO), ("AutoRenewFlag", 0, 1), ("Status", -1)),
    ("cynosdb:2019-01-07:DescribeClusters", "ClusterSet", "ClusterId", "cynosdbmysql", ("PayMode", 1, 0), ("PeriodEndTime", ""), ("RenewFlag", 0, 1), ("Status", "isolated")),
    ("vpc:2017-03-12:DescribeVpnGateways", "VpnGatewaySet", "VpnGatewayId", "vpngw", ("InstanceChargeType", "PREPAID", "POSTPAID_BY_HOUR"), ("ExpiredTime", ""), ("RenewFlag", "NOTIFY_AND_MANUAL_RENEW", "NOTIFY_AND_AUTO_RENEW"), ("RestrictState", "PROTECTIVELY_ISOLATED")),
    ("es:2018-04-16:DescribeInstances", "InstanceList", "InstanceId", "es", ("ChargeType", "PREPAID", "POSTPAID_BY_HOUR"), ("Deadline", "2017-12-04 00:00:00"), ("RenewFlag", "RENEW_FLAG_DEFAULT", "RENEW_FLAG_AUTO"), ("Status", -4)),
]


@pytest.mark.parametrize(
    "name, field, id_field, prefix, gate, end, renewal, isolated",
    [pytest.param(*it, id=it[0], marks=pytest.mark.action(it[0], "served")) for it in SERVICES],
)
def test_every_service_codes_the_same_facts_its_own_way(sim, name, field, id_field, prefix, gate, end, renewal, isolated):
    answer = BY_NAME[name](sim)
    rows = {getattr(it, id_field).removeprefix(f"{prefix}-"): it for it in getattr(answer, field)}
    assert set(rows) == {"manual01", "auto0001", "letgo001", "isolated", "hourly01"} and answer.TotalCount == 5
    charge, prepaid, by_use = gate
    assert [getattr(rows[it], charge) for it in ["manual01", "hourly01"]] == [prepaid, by_use]
    assert days_left(getattr(rows["manual01"], end[0])) == 6
    assert getattr(rows["hourly01"], end[0]) == end[1]
    assert [getattr(rows[it], renewal[0]) for it in ["manual01", "auto0001"]] == [*renewal[1:]]
    assert getattr(rows["isolated"], isolated[0]) == isolated[1] != getattr(rows["manual01"], isolated[0])


@served("ckafka:2019-08-19:DescribeInstancesDetail")
def test_queues_tell_seconds(sim):
    result = BY_NAME["ckafka:2019-08-19:DescribeInstancesDetail"](sim).Result
    rows = {it.InstanceId: it for it in result.InstanceList}
    left = rows["ckafka-manual01"].ExpireTime - datetime.datetime.now().timestamp()
    assert (result.TotalCount, int(left // 86400), rows["ckafka-auto0001"].RenewFlag) == (5, 6, 1)


@served("lighthouse:2020-03-24:DescribeInstances")
def test_small_machines_are_always_paid_in_advance(sim):
    rows = {it.InstanceId: it for it in BY_NAME["lighthouse:2020-03-24:DescribeInstances"](sim).InstanceSet}
    assert {it.InstanceChargeType for it in rows.values()} == {"PREPAID"} and len(rows) == 4
    assert rows["lhins-isolated"].InstanceState == "SHUTDOWN" and rows["lhins-isolated"].IsolatedTime.endswith("Z")
    assert rows["lhins-manual01"].IsolatedTime is None


@served("vpc:2017-03-12:DescribeBandwidthPackages")
@served("vpc:2017-03-12:DescribeVpnGateways")
def test_bandwidth_tells_no_renewal_and_gateways_have_a_word_of_their_own(sim):
    raw, _ = BY_NAME["vpc:2017-03-12:DescribeBandwidthPackages"].raw_and_typed(sim)
    rows = {it["BandwidthPackageId"]: it for it in raw["BandwidthPackageSet"]}
    assert (rows["bwp-manual01"]["ChargeType"], rows["bwp-hourly01"]["Deadline"]) == ("FIXED_PREPAID_BY_MONTH", None)
    assert rows["bwp-manual01"]["Deadline"].endswith("Z") and "RenewFlag" not in rows["bwp-auto0001"]
    gateways = {it.VpnGatewayId: it.RenewFlag for it in BY_NAME["vpc:2017-03-12:DescribeVpnGateways"](sim).VpnGatewaySet}
    assert gateways["vpngw-letgo001"] == "NOT_NOTIFY_AND_NOT_RENEW"


@pytest.mark.action("redis:2018-04-12:DescribeInstances", "wrong_page")
@pytest.mark.action("sqlserver:2018-03-28:DescribeDBInstances", "wrong_page")
def test_pages_of_two_services_are_not_like_the_others(sim):
    redis = BY_NAME["redis:2018-04-12:DescribeInstances"]
    assert refused(redis, sim, Offset=3, Limit=2) == "InvalidParameterValue"
    assert len(redis(sim, Offset=2, Limit=2).InstanceSet) == 2
    sqlserver = BY_NAME["sqlserver:2018-03-28:DescribeDBInstances"]
    pages = [[it.InstanceId for it in sqlserver(sim, Offset=number, Limit=3).DBInstances] for number in range(3)]
    assert [len(it) for it in pages] == [3, 2, 0], "the offset is the number of the page"
    assert {it["page"] for it in sim.recent() if it["action"].startswith("sqlserver")} == {1, 2, 3}


@served("ssl:2019-12-05:DescribeCertificates")
def test_certificates_are_ten_a_page_and_sorted_on_request(sim):
    call = BY_NAME["ssl:2019-12-05:DescribeCertificates"]
    rows = call(sim, ExpirationSort="ASC", Limit=5000).Certificates
    assert [(it.Domain, it.Status, days_left(it.CertEndTime)) for it in rows] == [
        ("old.game.example.cn", 3, -12), ("game.example.cn", 1, 5), ("pay.game.example.cn", 1, 80),
    ]
    assert [it.Domain for it in call(sim, FilterExpiring=1).Certificates] == ["game.example.cn"]
    assert [it.Domain for it in call(sim, CertificateStatus=[3]).Certificates] == ["old.game.example.cn"]
    assert call(sim, SearchKey="pay.", Offset=1).TotalCount == 1


@served("domain:2018-08-08:DescribeDomainNameList")
def test_domains_have_two_forms_of_an_end(sim):
    rows = {it.DomainName: it for it in BY_NAME["domain:2018-08-08:DescribeDomainNameList"](sim).DomainSet}
    told = {name: (it.BuyStatus, it.AutoRenew) for name, it in rows.items()}
    assert told == {
        "game-example.cn": ("AboutToExpire", 0), "game-example.com": ("ok", 1), "云守游戏.cn": ("RenewPending", 0),
    }
    assert days_left(rows["game-example.cn"].ExpirationDate) == 13
    assert datetime.date.fromisoformat(rows["云守游戏.cn"].ExpirationDate) < datetime.date.today()


@served("cbs:2017-03-12:DescribeDisks")
def test_disks_tell_beijings_time_and_what_does_not_fit_their_machine(sim):
    call = BY_NAME["cbs:2017-03-12:DescribeDisks"]
    rows = {it.DiskId: it for it in call(sim).DiskSet}
    data, unused = rows["disk-data0001"], rows["disk-unused01"]
    assert (data.DiskState, data.InstanceId, days_left(data.DeadlineTime)) == ("ATTACHED", "ins-lobby002", 20)
    assert (data.DeadlineError, data.AutoRenewFlagError, data.DifferDaysOfDeadline) == (True, True, -100)
    assert (data.SnapshotCount, data.DiskName, data.Portable) == (2, "数据", True)
    assert (unused.DiskState, unused.DeadlineTime, unused.DiskChargeType) == ("UNATTACHED", "", "POSTPAID_BY_HOUR")
    assert [(it.Key, it.Value) for it in unused.Tags] == [("owner", "li.na")]
    assert not rows["disk-system01"].DeadlineError and rows["disk-system01"].DiskUsage == "SYSTEM_DISK"
    free = [{"Name": "disk-state", "Values": ["UNATTACHED"]}]
    assert {it.DiskId for it in call(sim, Filters=free).DiskSet} == {"disk-unused01", "disk-unused02"}
    soonest = call(sim, OrderField="DEADLINE", Order="ASC").DiskSet
    assert [it.DiskId for it in soonest][:3] == ["disk-system01", "disk-data0001", "disk-unused02"]


@served("cbs:2017-03-12:DescribeSnapshots")
def test_snapshots_name_their_images(sim):
    call = BY_NAME["cbs:2017-03-12:DescribeSnapshots"]
    rows = {it.SnapshotId: it for it in call(sim).SnapshotSet}
    image = rows["snap-image001"]
    assert (image.ImageCount, image.Images[0].ImageId, image.IsPermanent, image.DeadlineTime) == (1, "img-own00001", True, "")
    assert rows["snap-pending1"].SnapshotState == "CREATING" and rows["snap-pending1"].Percent < 100
    assert days_left(rows["snap-orphan01"].CreateTime) == -400
    of_disk = [{"Name": "disk-id", "Values": ["disk-data0001"]}]
    assert {it.SnapshotId for it in call(sim, Filters=of_disk).SnapshotSet} == {"snap-nightly1", "snap-pending1"}
    assert refused(call, sim, Filters=[{"Name": "tag:by", "Values": ["hand"]}]) == "InvalidFilter"


@served("vpc:2017-03-12:DescribeAddresses")
def test_addresses_are_null_where_they_are_at_nothing(sim):
    call = BY_NAME["vpc:2017-03-12:DescribeAddresses"]
    raw, _ = call.raw_and_typed(sim)
    rows = {it["AddressId"]: it for it in raw["AddressSet"]}
    unused = rows["eip-unused01"]
    assert unused["AddressStatus"] == "UNBIND"
    assert [unused[it] for it in ["InstanceId", "NetworkInterfaceId", "PrivateAddressIp", "DeadlineDate"]] == [None] * 4
    assert (rows["eip-lobby001"]["AddressStatus"], rows["eip-lobby001"]["InstanceId"]) == ("BIND", "ins-lobby001")
    prepaid = rows["eip-prepaid1"]
    assert prepaid["InternetChargeType"] == "BANDWIDTH_PREPAID_BY_MONTH" and prepaid["DeadlineDate"].endswith("Z")
    free = [{"Name": "address-status", "Values": ["UNBIND"]}]
    assert [it.AddressId for it in call(sim, Filters=free).AddressSet] == ["eip-unused01", "eip-prepaid1"]


@served("as:2018-04-19:DescribeAutoScalingInstances")
def test_members_of_scaling_groups(sim):
    call = BY_NAME["as:2018-04-19:DescribeAutoScalingInstances"]
    rows = call(sim).AutoScalingInstanceSet
    assert {it.InstanceId for it in rows} == {"ins-worker01", "ins-worker02", "ins-joining1"}
    assert {it.AutoScalingGroupId for it in rows} == {"asg-prod0001"}
    assert call(sim, InstanceIds=["ins-orphan01"]).TotalCount == 0


@served("clb:2018-03-17:DescribeLoadBalancers")
@served("clb:2018-03-17:DescribeTargets")
def test_a_balancer_that_is_paid_by_use_seems_to_end(sim):
    call = BY_NAME["clb:2018-03-17:DescribeLoadBalancers"]
    rows = {it.LoadBalancerId: it for it in call(sim, AdditionalFields=["TargetCount"]).LoadBalancerSet}
    front, paid = rows["lb-front001"], rows["lb-prepaid1"]
    made, ends = (datetime.datetime.strptime(it, "%Y-%m-%d %H:%M:%S") for it in [front.CreateTime, front.ExpireTime])
    assert front.ChargeType == "POSTPAID_BY_HOUR" and 28 <= (ends - made).days <= 31
    assert (paid.ChargeType, paid.PrepaidAttributes.RenewFlag) == ("PREPAID", "AUTO_RENEW")
    assert {name: it.TargetCount for name, it in rows.items()} == {"lb-front001": 1, "lb-empty001": 0, "lb-prepaid1": 0}
    assert call(sim).LoadBalancerSet[0].TargetCount is None, "the number comes on request alone"
    assert [it.LoadBalancerId for it in call(sim, WithRs=1).LoadBalancerSet] == ["lb-front001"]
    targets = BY_NAME["clb:2018-03-17:DescribeTargets"]
    behind = targets(sim).Listeners[0].Targets
    assert [(it.Type, it.InstanceId, it.PrivateIpAddresses) for it in behind] == [("CVM", "ins-lobby001", ["10.0.0.11"])]
    assert targets(sim, LoadBalancerId="lb-empty001").Listeners[0].Targets == []
    assert refused(targets, sim, LoadBalancerId="lb-unknown1") == "ResourceNotFound"


@served("organization:2021-03-31:DescribeOrganizationMembers")
def test_members_of_the_organization(sim):
    call = BY_NAME["organization:2021-03-31:DescribeOrganizationMembers"]
    answer = call(sim)
    assert [(it.MemberUin, it.Name, it.MemberType) for it in answer.Items] == [(100000000002, "工作室", "Create")]
    assert (answer.Total, answer.Items[0].PayUin) == (1, "100000000001")
    assert call(sim, Offset=10).Items == []
    assert refused(call, sim, Offset=5) == "InvalidParameterValue", "an offset is a multiple of the limit"
    assert refused(call, sim, account="studio") == "FailedOperation.OrganizationNotExist"


@served("cam:2019-01-16:ListUsers")
@served("cam:2019-01-16:ListAccessKeys")
@served("cam:2019-01-16:GetSecurityLastUsed")
def test_users_have_keys_of_an_age(sim):
    users = {it.Name: it for it in BY_NAME["cam:2019-01-16:ListUsers"](sim).Data}
    assert set(users) == {"skywarden", "nobody"}
    keys = BY_NAME["cam:2019-01-16:ListAccessKeys"]
    own = keys(sim).AccessKeys
    assert [it.AccessKeyId for it in own] == [sim.key()[0]] and days_left(own[0].CreateTime) == -200
    other = keys(sim, TargetUin=users["nobody"].Uin).AccessKeys
    assert [it.AccessKeyId for it in other] == [sim.key(user="nobody")[0]]
    assert refused(keys, sim, TargetUin=12345) == "ResourceNotFound.UserNotExist"
    used = BY_NAME["cam:2019-01-16:GetSecurityLastUsed"](sim, SecretIdList=[own[0].AccessKeyId, "AKIDunknown"])
    assert [it.SecretId for it in used.SecretIdLastUsedRows] == [own[0].AccessKeyId]
    day = datetime.date.fromisoformat(used.SecretIdLastUsedRows[0].LastUsedDate)
    assert 1 <= (datetime.datetime.now(BEIJING).date() - day).days <= 2
