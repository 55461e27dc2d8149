"""CloudMonitor: rules, whom they tell, and what metrics show."""

import json

import pytest
from calls import MACHINE, call, rule

served = lambda action: pytest.mark.action(action, "served")  # noqa: E731
refused = lambda action: pytest.mark.action(action, "refused")  # noqa: E731
WORKER, ADDRESS = "i-uf6demoworker1", "eip-uf6demoworker"


def models():
    import alibabacloud_cms20190101.models as cms

    return cms


def refusal(sim, action, **fields):
    with pytest.raises(Exception) as why:
        call(sim, action, **fields)
    return why.value.code, why.value.status_code


def rules(sim, **fields):
    return call(sim, "DescribeMetricRuleList", page_size=100, **fields).alarms.alarm


@served("PutResourceMetricRule")
@served("DescribeMetricRuleList")
@served("DeleteMetricRules")
def test_a_rule_that_is_put_again_is_written_over(sim):
    labels = [models().PutResourceMetricRuleRequestLabels(key="skywarden:step", value="t-1")]
    call(sim, "PutResourceMetricRule", **rule(rule_id="sw-1", rule_name="traffic of web", labels=labels))
    found, = rules(sim, rule_ids="sw-1")
    assert (found.rule_name, found.metric_name, found.contact_groups) == ("traffic of web", "VPC_PublicIP_InternetOutRate", "ops")
    assert json.loads(found.resources) == [{"instanceId": MACHINE}]
    assert (found.escalations.warn.threshold, found.escalations.warn.times, found.period) == ("533333", 1, "300")
    assert (found.enable_state, found.labels.labels[0].key, found.no_data_policy) == (True, "skywarden:step", "OK")
    call(sim, "PutResourceMetricRule", **rule(rule_id="sw-1", rule_name="other"))
    assert [it.rule_name for it in rules(sim, rule_ids="sw-1")] == ["other"]
    # A part of the name is enough.
    assert [it.rule_id for it in rules(sim, rule_name="the")] == ["sw-1"]
    call(sim, "PutResourceMetricRule", **rule(rule_id="sw-2", resources='[{"resource":"_ALL"}]'))
    assert json.loads(rules(sim, rule_ids="sw-2")[0].resources) == [{"resource": "_ALL"}]
    page = call(sim, "DescribeMetricRuleList", page_size=1, page=2)
    assert len(page.alarms.alarm) == 1 and int(page.total) >= 2
    call(sim, "DeleteMetricRules", id=["sw-1", "sw-2"])
    assert rules(sim, rule_ids="sw-1,sw-2") == []


@refused("PutResourceMetricRule")
@refused("DeleteMetricRules")
def test_a_rule_that_says_too_little_or_tells_nobody_is_refused(sim):
    assert refusal(sim, "PutResourceMetricRule", contact_groups="nobody") == ("ResourceNotFound", 404)
    assert refusal(sim, "PutResourceMetricRule", resources="i-1") == ("ParameterInvalid", 400)
    none = models().PutResourceMetricRuleRequestEscalations()
    assert refusal(sim, "PutResourceMetricRule", escalations=none) == ("ParameterInvalid", 400)
    assert refusal(sim, "DeleteMetricRules", id=["none"]) == ("ResourceNotFound", 404)


@served("DescribeContactGroupList")
@served("DescribeContactList")
@served("PutContactGroup")
@served("PutContact")
@refused("PutContactGroup")
def test_who_was_invited_has_to_confirm(sim):
    group = next(it for it in call(sim, "DescribeContactGroupList").contact_group_list.contact_group if it.name == "ops")
    assert group.contacts.contact == ["zhang.wei@example.com", "13800000000"]
    mail = models().PutContactRequestChannels(mail="wang.fang@example.com")
    call(sim, "PutContact", contact_name="wang.fang", describe="on call", channels=mail)
    found, = call(sim, "DescribeContactList", contact_name="wang.fang").contacts.contact
    assert (found.channels.mail, found.channels_state.mail) == ("wang.fang@example.com", "PENDING")
    call(sim, "PutContactGroup", contact_group_name="night", contact_names=["wang.fang"], describe="by night")
    page = call(sim, "DescribeContactGroupList", page_size=100)
    night = next(it for it in page.contact_group_list.contact_group if it.name == "night")
    assert (night.contacts.contact, night.describe) == (["wang.fang"], "by night")
    assert refusal(sim, "PutContactGroup", contact_group_name="night", contact_names=["who"]) == ("ResourceNotFound", 404)


@served("DescribeMetricList")
@served("DescribeMetricLast")
@refused("DescribeMetricList")
def test_points_stand_in_a_text_page_by_page(sim):
    now = sim.operate("GET", "/_sim/clock")["world"]
    fields = {
        "region_id": "cn-shanghai", "namespace": "acs_vpc_eip", "metric_name": "net_tx.rate", "period": "300",
        "dimensions": json.dumps([{"instanceId": ADDRESS}]), "end_time": now,
    }
    points, token = [], None
    while token != "":
        page = call(sim, "DescribeMetricList", length="5", next_token=token, **fields)
        rows = json.loads(page.datapoints)
        assert len(rows) <= 5 and page.period == "300"
        points, token = points + rows, page.next_token or ""
    assert len(points) in (11, 12) and {it["instanceId"] for it in points} == {ADDRESS}
    assert all(it["Average"] > 0 for it in points)
    last, = json.loads(call(sim, "DescribeMetricLast", **fields).datapoints)
    assert last["timestamp"] == max(it["timestamp"] for it in points)
    # Without an address outside nothing leaves by one.
    nothing = {**fields, "namespace": "acs_ecs_dashboard", "metric_name": "VPC_PublicIP_InternetOutRate"}
    assert json.loads(call(sim, "DescribeMetricList", **{**nothing, "dimensions": json.dumps([{"instanceId": MACHINE}])}).datapoints) == []
    assert json.loads(call(sim, "DescribeMetricList", **{**nothing, "dimensions": json.dumps([{"instanceId": WORKER}])}).datapoints)
    assert refusal(sim, "DescribeMetricList", metric_name="made.up") == ("ResourceNotFound", 404)
    many = json.dumps([{"instanceId": f"i-{it}"} for it in range(51)])
    assert refusal(sim, "DescribeMetricList", dimensions=many) == ("ParameterInvalid", 400)
