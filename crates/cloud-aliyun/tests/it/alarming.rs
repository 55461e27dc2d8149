//! Alarms: what is asked of the cloud, word by word, and what is made of its answers.

use cloud::{Alarms as _, ErrorKind, Removal};
use expect_test::expect;
use jiff::SignedDuration;
use model::{AlarmOrder, ResourceId, STEP_TAG, TrafficRule};

use crate::script::Says::{Good, No};
use crate::script::{Script, region};
use crate::stand::now;

const NO_RULE: &str = r#"{"Success":true,"Code":"200","Total":"0","Alarms":{"Alarm":[]}}"#;
const DONE: &str = r#"{"Success":true,"Code":"200","Message":"success"}"#;
const IN_NETWORK: &str = r#"{"Instances":{"Instance":[
    {"InstanceId":"i-1","InstanceType":"ecs.g7.large","VpcAttributes":{"VpcId":"vpc-1"}}]}}"#;
const CLASSIC: &str =
    r#"{"Instances":{"Instance":[{"InstanceId":"i-1","InstanceType":"ecs.n1.small"}]}}"#;

fn id(text: &str) -> ResourceId {
    ResourceId::new(text)
}

fn rule() -> TrafficRule {
    TrafficRule {
        bytes: 20_000_000,
        period: SignedDuration::from_mins(5),
        periods: 1,
    }
}

fn order(address: Option<&str>) -> AlarmOrder {
    AlarmOrder {
        name: "skywarden-out-i-1".to_owned(),
        machine: id("i-1"),
        address: address.map(id),
        rule: rule(),
        notify: id("ops"),
        tags: [(STEP_TAG.to_owned(), "0123abcd".to_owned())].into(),
    }
}

#[tokio::test]
async fn an_alarm_is_made_when_there_is_none_of_its_name() {
    let (script, aliyun) = Script::of(&[
        ("DescribeMetricRuleList", Good(NO_RULE)),
        ("DescribeMetricRuleList", Good(NO_RULE)),
        ("DescribeInstances", Good(IN_NETWORK)),
        ("PutResourceMetricRule", Good(DONE)),
    ]);
    let made = aliyun.create_alarm(&region(), &order(None)).await.unwrap();
    assert_eq!(made, id("skywarden-out-i-1"));
    expect![[r#"
        DescribeMetricRuleList at metrics.cn-hangzhou.aliyuncs.com
          Page = 1
          PageSize = 100
          RegionId = cn-hangzhou
          RuleIds = skywarden-out-i-1
        DescribeMetricRuleList at metrics.cn-hangzhou.aliyuncs.com
          Page = 1
          PageSize = 100
          RegionId = cn-hangzhou
          RuleName = skywarden-out-i-1
        DescribeInstances at ecs.cn-hangzhou.aliyuncs.com
          AdditionalAttributes.1 = META_OPTIONS
          InstanceIds = ["i-1"]
          MaxResults = 100
          RegionId = cn-hangzhou
        PutResourceMetricRule at metrics.cn-hangzhou.aliyuncs.com
          ContactGroups = ops
          Escalations.Warn.ComparisonOperator = GreaterThanOrEqualToThreshold
          Escalations.Warn.Statistics = Average
          Escalations.Warn.Threshold = 533333
          Escalations.Warn.Times = 1
          Interval = 300
          Labels.1.Key = skywarden:region
          Labels.1.Value = cn-hangzhou
          Labels.2.Key = skywarden:step
          Labels.2.Value = 0123abcd
          MetricName = VPC_PublicIP_InternetOutRate
          Namespace = acs_ecs_dashboard
          NoDataPolicy = OK
          Period = 300
          RegionId = cn-hangzhou
          Resources = [{"instanceId":"i-1"}]
          RuleId = skywarden-out-i-1
          RuleName = skywarden-out-i-1"#]]
    .assert_eq(&script.asked());
}

#[tokio::test]
async fn traffic_is_measured_where_the_cloud_counts_it() {
    for (address, machine, namespace, metric, resource) in [
        (
            None,
            Some(CLASSIC),
            "acs_ecs_dashboard",
            "InternetOutRate",
            "i-1",
        ),
        (Some("eip-1"), None, "acs_vpc_eip", "net_tx.rate", "eip-1"),
    ] {
        let mut answers = vec![
            ("DescribeMetricRuleList", Good(NO_RULE)),
            ("DescribeMetricRuleList", Good(NO_RULE)),
        ];
        answers.extend(machine.map(|it| ("DescribeInstances", Good(it))));
        answers.push(("PutResourceMetricRule", Good(DONE)));
        let (script, aliyun) = Script::of(&answers);
        aliyun
            .create_alarm(&region(), &order(address))
            .await
            .unwrap();
        let asked = script.asked();
        for line in [
            format!("Namespace = {namespace}"),
            format!("MetricName = {metric}"),
            format!(r#"Resources = [{{"instanceId":"{resource}"}}]"#),
        ] {
            assert!(asked.contains(&line), "{line} in {asked}");
        }
    }
}

#[tokio::test]
async fn a_rule_that_is_there_is_never_altered() {
    let by_id = r#"{"Success":true,"Total":1,"Alarms":{"Alarm":[
        {"RuleId":"skywarden-out-i-1","RuleName":"renamed"}]}}"#;
    let by_name = r#"{"Success":true,"Total":1,"Alarms":{"Alarm":[
        {"RuleId":"r-77","RuleName":"skywarden-out-i-1"}]}}"#;
    for (first, second) in [(by_id, NO_RULE), (NO_RULE, by_name)] {
        let (script, aliyun) = Script::of(&[
            ("DescribeMetricRuleList", Good(first)),
            ("DescribeMetricRuleList", Good(second)),
        ]);
        let error = aliyun
            .create_alarm(&region(), &order(None))
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::Exists);
        script.asked();
    }
    // One whose name only has it in it is another one.
    let longer = r#"{"Success":true,"Total":1,"Alarms":{"Alarm":[
        {"RuleId":"r-78","RuleName":"skywarden-out-i-12"}]}}"#;
    let (_script, aliyun) = Script::of(&[
        ("DescribeMetricRuleList", Good(NO_RULE)),
        ("DescribeMetricRuleList", Good(longer)),
    ]);
    let found = aliyun.alarms_named(&region(), "skywarden-out-i-1").await;
    assert!(found.unwrap().is_empty());
}

#[tokio::test]
async fn no_alarm_is_made_of_a_machine_that_is_not_there() {
    let (_script, aliyun) = Script::of(&[
        ("DescribeMetricRuleList", Good(NO_RULE)),
        ("DescribeMetricRuleList", Good(NO_RULE)),
        (
            "DescribeInstances",
            Good(r#"{"Instances":{"Instance":[]}}"#),
        ),
        ("DescribeInstances", No(400, "DryRunOperation")),
    ]);
    let error = aliyun
        .create_alarm(&region(), &order(None))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_failure_inside_a_good_answer_is_a_failure() {
    let soft = r#"{"Success":false,"Code":"QuotaExceeded","Message":"No."}"#;
    let (_script, aliyun) = Script::of(&[
        ("DescribeMetricRuleList", Good(NO_RULE)),
        ("DescribeMetricRuleList", Good(NO_RULE)),
        ("PutResourceMetricRule", Good(soft)),
    ]);
    let error = aliyun
        .create_alarm(&region(), &order(Some("eip-1")))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Exhausted);
}

#[tokio::test]
async fn all_pages_of_the_rules_are_read() {
    let page = |from: u32, to: u32| -> &'static str {
        let rows: Vec<String> = (from..to)
            .map(|it| format!(r#"{{"RuleId":"r-{it}"}}"#))
            .collect();
        let rows = rows.join(",");
        let text = format!(r#"{{"Success":"true","Total":"101","Alarms":{{"Alarm":[{rows}]}}}}"#);
        Box::leak(text.into_boxed_str())
    };
    let (script, aliyun) = Script::of(&[
        ("DescribeMetricRuleList", Good(page(0, 100))),
        ("DescribeMetricRuleList", Good(page(100, 101))),
    ]);
    let list = aliyun.alarms(&region());
    let all = cloud::pager::collect(list.as_ref()).await;
    assert_eq!(all.seen().unwrap().get().len(), 101);
    expect![[r#"
        DescribeMetricRuleList at metrics.cn-hangzhou.aliyuncs.com
          Page = 1
          PageSize = 100
          RegionId = cn-hangzhou
        DescribeMetricRuleList at metrics.cn-hangzhou.aliyuncs.com
          Page = 2
          PageSize = 100
          RegionId = cn-hangzhou"#]]
    .assert_eq(&script.asked());
}

#[tokio::test]
async fn a_rule_of_another_region_is_not_taken_for_one_whose_machine_is_gone() {
    let rules = r#"{"Success":true,"Total":"3","Alarms":{"Alarm":[
        {"RuleId":"r-1","Labels":{"Labels":[{"Key":"skywarden:region","Value":"cn-hangzhou"}]}},
        {"RuleId":"r-2","Labels":{"Labels":[{"Key":"skywarden:region","Value":"cn-beijing"}]}},
        {"RuleId":"r-3"}]}}"#;
    let (_script, aliyun) = Script::of(&[("DescribeMetricRuleList", Good(rules))]);
    let list = aliyun.alarms(&region());
    let all = cloud::pager::collect(list.as_ref()).await;
    let all = all.seen().unwrap().get().clone();
    let ids: Vec<&str> = all.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["r-1", "r-3"]);
}

#[tokio::test]
async fn an_alarm_is_removed_by_its_id() {
    for (says, expected) in [
        (Good(DONE), Removal::Gone),
        (No(404, "ResourceNotFound"), Removal::WasGone),
    ] {
        let (script, aliyun) = Script::of(&[("DeleteMetricRules", says)]);
        let removal = aliyun.delete_alarm(&region(), &id("r-1")).await.unwrap();
        assert_eq!(removal, expected);
        assert_eq!(
            script.asked(),
            "DeleteMetricRules at metrics.cn-hangzhou.aliyuncs.com\n  Id.1 = r-1\n  RegionId = cn-hangzhou"
        );
    }
}

const GROUPS: &str = r#"{"Success":true,"Total":2,"ContactGroupList":{"ContactGroup":[
    {"Name":"ops","Describe":"of the shop","EnableSubscribed":true,"Contacts":{"Contact":["Ann","Jim"]}},{"Name":"empty"}]}}"#;
const CONTACTS: &str = r#"{"Success":true,"Total":2,"Contacts":{"Contact":[
    {"Name":"Ann","Channels":{"Mail":"ann@example.com"},"ChannelsState":{"Mail":"OK"}},
    {"Name":"Jim","Channels":{"Mail":"jim@example.com"},"ChannelsState":{"Mail":"PENDING"}}]}}"#;

#[tokio::test]
async fn a_group_tells_who_hears_it_and_who_has_not_confirmed() {
    let (_script, aliyun) = Script::of(&[
        ("DescribeContactGroupList", Good(GROUPS)),
        ("DescribeContactList", Good(CONTACTS)),
    ]);
    let list = aliyun.targets(&region());
    let all = cloud::pager::collect(list.as_ref()).await;
    let all = all.seen().unwrap().get().clone();
    assert_eq!((all[0].id.as_str(), all[0].listeners), ("ops", 1));
    assert_eq!(all[0].unconfirmed, ["jim@example.com"]);
    assert_eq!((all[1].listeners, all[1].unconfirmed.len()), (0, 0));
}

#[tokio::test]
async fn a_group_that_is_there_is_not_made_again() {
    let (script, aliyun) = Script::of(&[
        ("DescribeContactGroupList", Good(GROUPS)),
        ("DescribeContactGroupList", Good(GROUPS)),
        ("PutContactGroup", Good(DONE)),
    ]);
    let made = aliyun.create_target(&region(), "ops").await.unwrap();
    assert_eq!(made, id("ops"));
    aliyun.create_target(&region(), "new").await.unwrap();
    assert_eq!(script.asked().matches("ContactGroupName = new").count(), 1);
}

#[tokio::test]
async fn whoever_is_invited_comes_to_those_that_are_there() {
    let (script, aliyun) = Script::of(&[
        ("DescribeContactGroupList", Good(GROUPS)),
        ("DescribeContactList", Good(CONTACTS)),
        ("PutContact", Good(DONE)),
        ("PutContactGroup", Good(DONE)),
    ]);
    aliyun
        .subscribe(&region(), &id("ops"), "new@example.com")
        .await
        .unwrap();
    let asked = script.asked();
    let (_, puts) = asked.split_once("PutContact at").unwrap();
    expect![[r#"
         metrics.cn-hangzhou.aliyuncs.com
          ContactName = new@example.com
          Describe = made by skywarden
          RegionId = cn-hangzhou
          [body] Channels.Mail = new@example.com
        PutContactGroup at metrics.cn-hangzhou.aliyuncs.com
          ContactGroupName = ops
          ContactNames.1 = Ann
          ContactNames.2 = Jim
          ContactNames.3 = new@example.com
          Describe = of the shop
          EnableSubscribed = true
          RegionId = cn-hangzhou"#]]
    .assert_eq(puts);
}

#[tokio::test]
async fn whoever_hears_already_is_not_invited_again_and_others_cannot_be() {
    let (script, aliyun) = Script::of(&[
        ("DescribeContactGroupList", Good(GROUPS)),
        ("DescribeContactList", Good(CONTACTS)),
    ]);
    aliyun
        .subscribe(&region(), &id("ops"), "ann@example.com")
        .await
        .unwrap();
    script.asked();
    let (_script, aliyun) = Script::of(&[("DescribeContactGroupList", Good(GROUPS))]);
    let error = aliyun
        .subscribe(&region(), &id("ops"), "https://hooks.example.com/x")
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.message.contains("DingTalk"), "{error}");
}

#[tokio::test]
async fn bits_a_second_become_the_bytes_of_a_period() {
    const MACHINES: &str = r#"{"Instances":{"Instance":[
        {"InstanceId":"i-1","InstanceType":"t","VpcAttributes":{"VpcId":"vpc-1"}},
        {"InstanceId":"i-2","InstanceType":"t","VpcAttributes":{"VpcId":"vpc-1"},
         "EipAddress":{"AllocationId":"eip-2"}},
        {"InstanceId":"i-3","InstanceType":"t","VpcAttributes":{"VpcId":"vpc-1"}}]}}"#;
    let (script, aliyun) = Script::of(&[
        ("DescribeInstances", Good(MACHINES)),
        (
            "DescribeMetricList",
            Good(
                r#"{"Success":true,"NextToken":"more","Datapoints":
                "[{\"timestamp\":1795226400000,\"instanceId\":\"i-1\",\"ip\":\"a\",\"Average\":533334}]"}"#,
            ),
        ),
        (
            "DescribeMetricList",
            Good(
                r#"{"Success":true,"Datapoints":
                "[{\"timestamp\":1795226400000,\"instanceId\":\"i-1\",\"ip\":\"b\",\"Average\":8}]"}"#,
            ),
        ),
        (
            "DescribeMetricList",
            Good(
                r#"{"Success":true,"Datapoints":
                "[{\"timestamp\":1795226400000,\"instanceId\":\"eip-2\",\"Average\":16.0}]"}"#,
            ),
        ),
    ]);
    let machines = [id("i-1"), id("i-2"), id("i-3")];
    let from = now() - SignedDuration::from_hours(1);
    let traffic = aliyun
        .traffic(&region(), &machines, &rule(), from, now())
        .await
        .unwrap();
    let bytes: Vec<_> = traffic
        .iter()
        .map(|it| {
            (
                it.machine.as_str(),
                it.points.iter().map(|it| it.1).sum::<u64>(),
            )
        })
        .collect();
    assert_eq!(bytes, [("i-1", 20_000_325), ("i-2", 600), ("i-3", 0)]);
    let asked = script.asked();
    let (_, metrics) = asked.split_once("DescribeMetricList").unwrap();
    expect![[r#"
         at metrics.cn-hangzhou.aliyuncs.com
          Dimensions = [{"instanceId":"i-1"},{"instanceId":"i-3"}]
          EndTime = 1795226399999
          Length = 1440
          MetricName = VPC_PublicIP_InternetOutRate
          Namespace = acs_ecs_dashboard
          Period = 300
          RegionId = cn-hangzhou
          StartTime = 1795222799999
        DescribeMetricList at metrics.cn-hangzhou.aliyuncs.com
          Dimensions = [{"instanceId":"i-1"},{"instanceId":"i-3"}]
          EndTime = 1795226399999
          Length = 1440
          MetricName = VPC_PublicIP_InternetOutRate
          Namespace = acs_ecs_dashboard
          NextToken = more
          Period = 300
          RegionId = cn-hangzhou
          StartTime = 1795222799999
        DescribeMetricList at metrics.cn-hangzhou.aliyuncs.com
          Dimensions = [{"instanceId":"eip-2"}]
          EndTime = 1795226399999
          Length = 1440
          MetricName = net_tx.rate
          Namespace = acs_vpc_eip
          Period = 300
          RegionId = cn-hangzhou
          StartTime = 1795222799999"#]]
    .assert_eq(metrics);
}
