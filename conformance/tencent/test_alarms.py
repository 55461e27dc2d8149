"""What the official client says of alarms: policies, what they watch, whom they tell, and what machines send out."""

import datetime
import json

import pytest
from calls import BY_NAME, MACHINE, RULE, later, new_policy
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

MONITOR = "monitor:2018-07-24:"
served = lambda action: pytest.mark.action(MONITOR + action, "served")  # noqa: E731
refused = lambda action: pytest.mark.action(MONITOR + action, "refused")  # noqa: E731
STEP = [{"Key": "skywarden:step", "Value": "0123"}]


def call(sim, action, **fields):
    return BY_NAME[MONITOR + action](sim, **fields)


def refusal(sim, action, **fields):
    with pytest.raises(TencentCloudSDKException) as why:
        call(sim, action, **fields)
    return why.value.code


def policies(sim, **fields):
    return {it.PolicyId: it for it in call(sim, "DescribeAlarmPolicies", **fields).Policies}


def objects(sim, policy):
    answer = call(sim, "DescribeBindingPolicyObjectList", PolicyId=policy)
    assert answer.Total == len(answer.List) == answer.NoShieldedSum and answer.InstanceGroup is None
    return answer.List


def of(machine, region="gz"):
    return {"Region": region, "Dimensions": json.dumps({"unInstanceId": machine})}


@served("CreateAlarmPolicy")
@served("DescribeAlarmPolicies")
@served("BindingPolicyObject")
@served("DescribeBindingPolicyObjectList")
@served("UnBindingPolicyObject")
@served("DeleteAlarmPolicy")
@refused("DeleteAlarmPolicy")
@refused("BindingPolicyObject")
def test_a_policy_is_made_without_an_object_and_bound_then(sim):
    made = call(sim, "CreateAlarmPolicy", PolicyName="web-out", Tags=STEP).PolicyId
    row = policies(sim, PolicyName="web-")[made]
    rule, = row.Condition.Rules
    assert (row.Namespace, row.Enable, row.IsBindAll, row.UseSum, row.NoticeIds) == ("cvm_device", 1, 0, 0, ["notice-ops00001"])
    assert (rule.MetricName, rule.Value, rule.Operator, rule.Period, rule.ContinuePeriod, rule.Unit) == ("WanOuttraffic", "0.533333", "ge", 300, 1, "Mbps")
    assert [(it.Key, it.Value) for it in row.Tags] == [("skywarden:step", "0123")] and objects(sim, made) == []
    # No name is the only one of its kind.
    twin = new_policy(sim, PolicyName="web-out")
    assert {made, twin} <= set(policies(sim, PolicyName="web-out"))
    # Twice is once, and whether there is such a machine is not looked at.
    for machine in [MACHINE, MACHINE, "ins-none0001"]:
        call(sim, "BindingPolicyObject", PolicyId=made, Dimensions=[of(machine)])
    first, other = objects(sim, made)
    assert (json.loads(first.Dimensions), first.Region, first.IsShielded) == ({"unInstanceId": MACHINE}, "gz", 0)
    call(sim, "BindingPolicyObject", PolicyId=made, Dimensions=[of("ins-sh000001", "sh")])
    assert {it.Region for it in objects(sim, made)} == {"gz", "sh"}
    call(sim, "UnBindingPolicyObject", PolicyId=made, UniqueId=[other.UniqueId])
    assert [json.loads(it.Dimensions)["unInstanceId"] for it in objects(sim, made)] == [MACHINE, "ins-sh000001"]
    # The policies are those of the account, wherever they are asked for.
    assert made in policies(sim, region="ap-singapore")
    for fields, code in [
        ({"PolicyId": "policy-none"}, "ResourceNotFound"),
        ({"PolicyId": None}, "MissingParameter"),
        ({"PolicyId": made, "Dimensions": [of(MACHINE, "ap-guangzhou")]}, "InvalidParameterValue"),
        ({"PolicyId": made, "Dimensions": [{"Region": "gz", "Dimensions": "ins-1"}]}, "InvalidParameterValue"),
        ({"PolicyId": made, "Dimensions": []}, "MissingParameter"),
    ]:
        assert refusal(sim, "BindingPolicyObject", **fields) == code, fields
    assert refusal(sim, "DeleteAlarmPolicy", PolicyIds=[made, "policy-none"]) == "ResourceNotFound"
    call(sim, "DeleteAlarmPolicy", PolicyIds=[made, twin])
    assert refusal(sim, "DeleteAlarmPolicy", PolicyIds=[made]) == "ResourceNotFound"
    assert not {made, twin} & set(policies(sim))


@refused("CreateAlarmPolicy")
def test_a_policy_that_cannot_be_is_refused(sim):
    condition = lambda **fields: {"Condition": {"IsUnionRule": 0, "Rules": [{**RULE, **fields}]}}  # noqa: E731
    for fields, code in [
        ({"Namespace": "QCE/CVM"}, "InvalidParameterValue"),
        ({"Module": "monitoring"}, "InvalidParameterValue"),
        ({"PolicyName": "长" * 61}, "InvalidParameterValue"),
        ({"ProjectId": None}, "InvalidParameterValue"),
        ({"Condition": None}, "MissingParameter"),
        ({"NoticeIds": ["notice-none"]}, "ResourceNotFound"),
        (condition(Value="much"), "InvalidParameterValue"),
        (condition(Period=120), "InvalidParameterValue"),
        (condition(ContinuePeriod=6), "InvalidParameterValue"),
        (condition(NoticeFrequency=7), "InvalidParameterValue"),
        (condition(Operator="GreaterThan"), "InvalidParameterValue"),
        (condition(MetricName=None), "MissingParameter"),
    ]:
        assert refusal(sim, "CreateAlarmPolicy", **fields) == code, fields


@served("DescribeAlarmPolicies")
def test_policies_come_by_number_of_page_and_are_found_by_what_they_watch(sim):
    for number in range(3):
        new_policy(sim, PolicyName=f"paged-{number}")
    first, second = (call(sim, "DescribeAlarmPolicies", PolicyName="paged-", PageSize=2, PageNumber=it) for it in (1, 2))
    assert [len(it.Policies) for it in (first, second)] == [2, 1] and first.TotalCount == second.TotalCount == 3
    wanted = {"Dimensions": json.dumps([[{"name": "unInstanceId", "value": "ins-lobby002"}]])}
    assert refusal(sim, "DescribeAlarmPolicies", **wanted) == "MissingParameter"
    found = policies(sim, **wanted, MonitorTypes=["MT_QCE"], Namespaces=["cvm_device"])
    assert set(found) == {"policy-lobby001"} and found["policy-lobby001"].UseSum == 2
    everything = policies(sim)["policy-allcpu01"]
    assert (everything.IsBindAll, everything.Condition.Rules[0].MetricName) == (1, "CpuUsage")


@served("DescribeAlarmNotices")
def test_templates_say_whom_alarms_tell(sim):
    ops, nobody = call(sim, "DescribeAlarmNotices").Notices
    assert (ops.Id, ops.Name, ops.URLNotices[0].URL) == ("notice-ops00001", "值班", "https://hooks.example.com/ops")
    assert "policy-lobby001" in ops.PolicyIds
    assert (nobody.URLNotices, nobody.UserNotices) == ([], [])


@served("GetMonitorData")
@refused("GetMonitorData")
def test_what_machines_send_out_has_both_ends_and_gaps_where_there_is_nothing(sim):
    later(sim, 3600)
    now = datetime.datetime.fromisoformat(sim.operate("GET", "/_sim/clock")["world"].replace("Z", "+00:00")).replace(microsecond=0)
    end = now.replace(minute=0, second=0)
    at = lambda hours: (end - datetime.timedelta(hours=hours)).isoformat()  # noqa: E731
    machine = lambda it: {"Dimensions": [{"Name": "InstanceId", "Value": it}]}  # noqa: E731
    fields = {"Instances": [machine("ins-lobby002"), machine("ins-none0001")], "Period": 300, "StartTime": at(25), "EndTime": at(1)}
    answer = call(sim, "GetMonitorData", **fields, SpecifyStatistics=1)
    by_machine = {it.Dimensions[0].Value: it for it in answer.DataPoints}
    full, none = by_machine["ins-lobby002"], by_machine["ins-none0001"]
    assert len(full.Timestamps) == len(full.Values) == 289 and full.AvgValues == full.Values
    assert full.Timestamps[0] == (end - datetime.timedelta(hours=25)).timestamp()
    assert 0 < max(full.Values) < 1000 and (none.Timestamps, none.Values) == ([], [])
    assert (answer.Period, answer.MetricName, answer.Msg) == (300, "WanOuttraffic", "")
    for wrong, code in [
        ({"Period": 7}, "InvalidParameterValue"),
        ({"StartTime": "yesterday"}, "InvalidParameterValue"),
        ({"EndTime": at(26)}, "InvalidParameterValue"),
        ({"MetricName": "Everything"}, "InvalidParameterValue"),
        ({"Instances": []}, "MissingParameter"),
        ({"Instances": [machine(f"ins-{it}") for it in range(51)]}, "LimitExceeded.LimitedAccess"),
        ({"StartTime": at(24 * 30)}, "LimitExceeded.LimitedAccess"),
    ]:
        assert refusal(sim, "GetMonitorData", **{**fields, **wrong}) == code, wrong
