"""Alarms and topics: written whole, read in pages, told to those who said yes."""

import datetime

import pytest
from calls import BY_ID, IN_FORMS, TOPIC, WEB, client, last_hour, new_alarm, new_name, refusal, traffic

pytestmark = pytest.mark.changes
SPOKEN = pytest.mark.parametrize("service", ["cloudwatch", IN_FORMS])


def put(watch, name, **fields):
    alarm = {
        "Namespace": "AWS/EC2", "MetricName": "NetworkOut", "Statistic": "Sum", "Period": 300, "EvaluationPeriods": 4, "Threshold": 2e7,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold", "Dimensions": [{"Name": "InstanceId", "Value": WEB}], "AlarmActions": [TOPIC],
    }
    watch.put_metric_alarm(AlarmName=name, **{**alarm, **fields})


def alarm(watch, name):
    [found] = watch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return found


@SPOKEN
@pytest.mark.action("PutMetricAlarm", "served")
@pytest.mark.action("DescribeAlarms", "served")
@pytest.mark.action("ListTagsForResource", "served")
def test_an_alarm_is_written_over_whole_and_keeps_its_tags(sim, service):
    watch, name = client(sim, service), f"{WEB}-网络流出流量警报-{new_name()}"
    put(watch, name, TreatMissingData="notBreaching", AlarmDescription="以前", DatapointsToAlarm=3, Tags=[{"Key": "skywarden:step", "Value": "1"}])
    first = alarm(watch, name)
    assert (first["Statistic"], first["Threshold"], first["EvaluationPeriods"], first["DatapointsToAlarm"]) == ("Sum", 2e7, 4, 3)
    assert first["Dimensions"] == [{"Name": "InstanceId", "Value": WEB}] and first["AlarmActions"] == [TOPIC] and first["ActionsEnabled"] is True
    assert first["StateValue"] == "INSUFFICIENT_DATA" and isinstance(first["AlarmConfigurationUpdatedTimestamp"], datetime.datetime)
    put(watch, name, Threshold=1.5, AlarmActions=[], ActionsEnabled=False, Tags=[{"Key": "other", "Value": "2"}])
    second = alarm(watch, name)
    assert second["Threshold"] == 1.5 and second["AlarmActions"] == [] and second["ActionsEnabled"] is False
    assert not {"AlarmDescription", "DatapointsToAlarm", "TreatMissingData"} & set(second)
    tags = lambda: {it["Key"]: it["Value"] for it in watch.list_tags_for_resource(ResourceARN=second["AlarmArn"])["Tags"]}
    assert tags() == {"skywarden:step": "1"}
    watch.tag_resource(ResourceARN=second["AlarmArn"], Tags=[{"Key": "skywarden:step", "Value": "3"}, {"Key": "a", "Value": "b"}])
    assert tags() == {"skywarden:step": "3", "a": "b"}


@SPOKEN
@pytest.mark.action("PutMetricAlarm", "refused")
@pytest.mark.action("DeleteAlarms", "refused")
def test_an_alarm_that_cannot_be_is_refused(sim, service):
    watch = client(sim, service)
    call = BY_ID[f"{service}:PutMetricAlarm"]
    for fields, code in [
        ({"Period": 45}, "ValidationError"),
        ({"Period": 3600, "EvaluationPeriods": 200}, "ValidationError"),
        ({"Statistic": None}, "InvalidParameterCombination"),
        ({"ExtendedStatistic": "p99"}, "InvalidParameterCombination"),
        ({"Threshold": None}, "MissingParameter"),
        ({"MetricName": None}, "MissingParameter"),
        ({"AlarmActions": [TOPIC.replace("us-east-1", "eu-west-1")]}, "ValidationError"),
        ({"AlarmActions": ["ops"]}, "ValidationError"),
        ({"DatapointsToAlarm": 2}, "ValidationError"),
    ]:
        assert refusal(call, watch, AlarmName="never", **fields)[:2] == (code, 400), fields
    # A topic that is not there is not asked for.
    put(watch, new_name(), AlarmActions=[TOPIC + "-missing"])
    assert watch.describe_alarms(AlarmNames=["never"])["MetricAlarms"] == []
    there = new_alarm(sim)
    gone = BY_ID[f"{service}:DeleteAlarms"].on(sim)
    assert refusal(gone, watch, AlarmNames=[there, "never"])[:2] == ("ResourceNotFound", 404)
    assert alarm(watch, there)
    watch.delete_alarms(AlarmNames=[there])
    assert watch.describe_alarms(AlarmNames=[there])["MetricAlarms"] == []


@SPOKEN
@pytest.mark.action("DescribeAlarms", "paged")
def test_fifty_alarms_are_a_page_unless_more_are_asked_for(sim, service):
    # The real quota lets three alarms in a second be written; this is about pages.
    sim.operate("POST", "/_sim/quota", {"per_second": 1000})
    watch = client(sim, service)
    prefix = new_name()
    for number in range(52):
        put(watch, f"{prefix}-{number:03}")
    first = watch.describe_alarms(AlarmNamePrefix=prefix)
    assert len(first["MetricAlarms"]) == 50 and first["NextToken"]
    assert len(watch.describe_alarms(AlarmNamePrefix=prefix, MaxRecords=100)["MetricAlarms"]) == 52
    found = [it["AlarmName"] for page in watch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix) for it in page["MetricAlarms"]] if service == "cloudwatch" else sorted(it["AlarmName"] for it in watch.describe_alarms(AlarmNamePrefix=prefix, MaxRecords=100)["MetricAlarms"])
    assert found == [f"{prefix}-{number:03}" for number in range(52)]
    assert watch.describe_alarms(AlarmNamePrefix=prefix, StateValue="ALARM")["MetricAlarms"] == []
    assert len(watch.describe_alarms(AlarmNamePrefix=prefix, ActionPrefix=TOPIC)["MetricAlarms"]) == 50
    watch.delete_alarms(AlarmNames=found)


@SPOKEN
@pytest.mark.action("GetMetricData", "served")
def test_what_a_machine_sent_adds_up_whatever_the_period(sim, service):
    watch, hour = client(sim, service), last_hour(sim)
    fine = watch.get_metric_data(**hour)["MetricDataResults"][0]
    assert fine["Id"] == "out" and fine["StatusCode"] == "Complete" and len(fine["Timestamps"]) == len(fine["Values"]) > 9
    assert fine["Timestamps"] == sorted(fine["Timestamps"], reverse=True)
    oldest = watch.get_metric_data(**{**hour, "ScanBy": "TimestampAscending"})["MetricDataResults"][0]
    assert oldest["Values"] == fine["Values"][::-1]
    unknown = watch.get_metric_data(**{**hour, "MetricDataQueries": [traffic("i-0123456789abcdef0")]})["MetricDataResults"]
    assert unknown[0]["Values"] == []
    both = [traffic(Id="a"), traffic("i-0web0000000000002", Id="b")]
    assert [it["Id"] for it in watch.get_metric_data(**{**hour, "MetricDataQueries": both})["MetricDataResults"]] == ["a", "b"]
    call = BY_ID[f"{service}:GetMetricData"].on(sim)
    assert refusal(call, watch, MetricDataQueries=[traffic(), traffic()])[0] == "ValidationError"
    assert refusal(call, watch, EndTime=hour["StartTime"])[0] == "ValidationError"


@pytest.mark.action("GetResources", "served")
def test_alarms_are_found_by_their_tags(sim):
    watch, tagging, name = client(sim, "cloudwatch"), client(sim, "resourcegroupstaggingapi"), new_name()
    put(watch, name, Tags=[{"Key": "skywarden:step", "Value": name}])
    found = lambda **tag: [it["ResourceARN"].rsplit(":", 1)[-1] for it in tagging.get_resources(TagFilters=[tag])["ResourceTagMappingList"]]
    assert found(Key="skywarden:step", Values=[name]) == [name] and name in found(Key="skywarden:step")
    assert found(Key="skywarden:step", Values=["other"]) == []


@pytest.mark.action("CreateTopic", "served")
@pytest.mark.action("ListSubscriptions", "served")
@pytest.mark.action("Subscribe", "served")
@pytest.mark.action("ListSubscriptionsByTopic", "served")
def test_who_was_invited_has_not_said_yes(sim):
    sns = client(sim, "sns")
    name = new_name()
    topic = sns.create_topic(Name=name)["TopicArn"]
    assert topic == f"arn:aws:sns:us-east-1:111122223333:{name}" and sns.create_topic(Name=name)["TopicArn"] == topic
    assert sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.com")["SubscriptionArn"] == "pending confirmation"
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.com")
    queue = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:111122223333:q")["SubscriptionArn"]
    listed = {it["Endpoint"]: it["SubscriptionArn"] for it in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]}
    assert listed == {"ops@example.com": "PendingConfirmation", "arn:aws:sqs:us-east-1:111122223333:q": queue}
    everybody = [it for page in sns.get_paginator("list_subscriptions").paginate() for it in page["Subscriptions"]]
    assert {it["Endpoint"]: it["SubscriptionArn"] for it in everybody if it["TopicArn"] == topic} == listed
    call = BY_ID["sns:Subscribe"].on(sim)
    assert refusal(call, sns, TopicArn=topic + "-none")[:2] == ("NotFound", 404)
    assert refusal(call, sns, Protocol="pigeon")[0] == "InvalidParameter"
    assert refusal(call, sns, Endpoint="nobody")[0] == "InvalidParameter"
    assert refusal(BY_ID["sns:CreateTopic"], sns, Name="has spaces")[0] == "InvalidParameter"
    china = client(sim, "sns", "beijing", "cn-north-1").create_topic(Name=name)["TopicArn"]
    assert china == f"arn:aws-cn:sns:cn-north-1:999988887777:{name}"
