//! Alarms: what is asked of the cloud, word by word, and what is made of its answers.

use cloud::{Alarms as _, ErrorKind, Removal};
use expect_test::expect;
use jiff::SignedDuration;
use model::{Alarm, AlarmMetric, AlarmOrder, ResourceId, STEP_TAG, TrafficRule, Watches};
use serde_json::{Value, json};

use crate::script::Says::{Good, No, Nothing};
use crate::script::{Script, region};
use crate::stand::now;

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

const NAME: &str = "skywarden-out-ins-1";

fn order() -> AlarmOrder {
    AlarmOrder {
        name: NAME.to_owned(),
        machine: id("ins-1"),
        address: None,
        rule: rule(),
        notify: id("notice-1"),
        tags: [(STEP_TAG.to_owned(), "0123abcd".to_owned())].into(),
    }
}

fn policy(id: &str, name: &str, step: &str) -> Value {
    json!({ "PolicyId": id, "PolicyName": name, "Namespace": "cvm_device", "Enable": 1,
        "Condition": { "Rules": [{ "MetricName": "WanOuttraffic" }] }, "NoticeIds": ["notice-1"],
        "Tags": [{ "Key": STEP_TAG, "Value": step }] })
}

fn policies(rows: &[Value]) -> (&'static str, crate::script::Says) {
    let answer = json!({ "TotalCount": rows.len(), "Policies": rows });
    ("DescribeAlarmPolicies", Good(answer))
}

fn objects(rows: &[(&str, &str)]) -> (&'static str, crate::script::Says) {
    let list: Vec<Value> = rows
        .iter()
        .map(|(machine, region)| {
            let object = json!({ "unInstanceId": machine }).to_string();
            json!({ "Dimensions": object, "Region": region })
        })
        .collect();
    let answer = json!({ "Total": rows.len(), "List": list });
    ("DescribeBindingPolicyObjectList", Good(answer))
}

fn machine() -> (&'static str, crate::script::Says) {
    let row = json!({ "InstanceId": "ins-1", "InstanceType": "S5.LARGE8",
        "Placement": { "Zone": "ap-guangzhou-3", "ProjectId": 7 } });
    let answer = json!({ "TotalCount": 1, "InstanceSet": [row] });
    ("DescribeInstances", Good(answer))
}

#[tokio::test]
async fn a_policy_is_made_and_bound_when_there_is_none_of_its_name() {
    let (script, tencent) = Script::of(&[
        machine(),
        policies(&[policy("policy-9", "skywarden-out-ins-12", "other")]),
        ("CreateAlarmPolicy", Good(json!({ "PolicyId": "policy-1" }))),
        ("BindingPolicyObject", Nothing),
        ("BindingPolicyObject", Good(json!({}))),
    ]);
    let made = tencent.create_alarm(&region(), &order()).await.unwrap();
    assert_eq!(made, id("policy-1"));
    expect![[r#"
        DescribeInstances at cvm.tencentcloudapi.com in ap-guangzhou
          {"InstanceIds":["ins-1"],"Limit":100,"Offset":0}
        DescribeAlarmPolicies at monitor.tencentcloudapi.com in ap-guangzhou
          {"Module":"monitor","MonitorTypes":["MT_QCE"],"PageNumber":1,"PageSize":100,"PolicyName":"skywarden-out-ins-1"}
        CreateAlarmPolicy at monitor.tencentcloudapi.com in ap-guangzhou
          {"Condition":{"IsUnionRule":0,"Rules":[{"ContinuePeriod":1,"IsPowerNotice":0,"MetricName":"WanOuttraffic","NoticeFrequency":3600,"Operator":"ge","Period":300,"Value":"0.533333"}]},"Enable":1,"Module":"monitor","MonitorType":"MT_QCE","Namespace":"cvm_device","NoticeIds":["notice-1"],"PolicyName":"skywarden-out-ins-1","ProjectId":7,"Tags":[{"Key":"skywarden:step","Value":"0123abcd"}]}
        BindingPolicyObject at monitor.tencentcloudapi.com in ap-guangzhou
          {"Dimensions":[{"Dimensions":"{\"unInstanceId\":\"ins-1\"}","Region":"gz"}],"GroupId":0,"Module":"monitor","PolicyId":"policy-1"}
        BindingPolicyObject at monitor.tencentcloudapi.com in ap-guangzhou
          {"Dimensions":[{"Dimensions":"{\"unInstanceId\":\"ins-1\"}","Region":"gz"}],"GroupId":0,"Module":"monitor","PolicyId":"policy-1"}"#]].assert_eq(&script.asked());
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_policy_and_the_first_is_finished() {
    let (script, tencent) = Script::of(&[
        machine(),
        policies(&[]),
        ("CreateAlarmPolicy", Nothing),
        policies(&[policy("policy-1", NAME, "0123abcd")]),
        objects(&[]),
        ("BindingPolicyObject", Good(json!({}))),
    ]);
    let made = tencent.create_alarm(&region(), &order()).await.unwrap();
    assert_eq!(made, id("policy-1"));
    script.asked();
    let (script, tencent) = Script::of(&[
        machine(),
        policies(&[]),
        ("CreateAlarmPolicy", Nothing),
        // It is not shown yet.
        policies(&[]),
        // The second time.
        machine(),
        policies(&[policy("policy-1", NAME, "0123abcd")]),
        objects(&[]),
        ("BindingPolicyObject", Good(json!({}))),
    ]);
    let error = tencent.create_alarm(&region(), &order()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unanswered);
    let made = tencent.create_alarm(&region(), &order()).await.unwrap();
    assert_eq!(made, id("policy-1"));
    script.asked();
}

#[tokio::test]
async fn one_that_was_only_begun_is_no_alarm_yet() {
    let ours = || policies(&[policy("policy-1", NAME, "0123abcd")]);
    let (script, tencent) =
        Script::of(&[ours(), objects(&[]), ours(), objects(&[("ins-1", "gz")])]);
    let begun = tencent.alarms_named(&region(), NAME).await.unwrap();
    assert!(begun.is_empty(), "{begun:?}");
    let whole = tencent.alarms_named(&region(), NAME).await.unwrap();
    assert_eq!(whole[0].watches, Watches::These(vec![id("ins-1")]));
    script.asked();
}

#[tokio::test]
async fn a_policy_that_is_there_is_never_altered() {
    for (step, bound) in [
        // Somebody else's, bound or not, and one of ours that is whole.
        ("other", &[][..]),
        ("other", &[("ins-1", "gz")][..]),
        ("0123abcd", &[("ins-1", "gz")][..]),
    ] {
        let (script, tencent) = Script::of(&[
            machine(),
            policies(&[policy("policy-1", NAME, step)]),
            objects(bound),
        ]);
        let error = tencent.create_alarm(&region(), &order()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Exists);
        script.asked();
    }
}

#[tokio::test]
async fn what_the_cloud_would_take_and_never_fire_is_refused() {
    let gone = json!({ "TotalCount": 0, "InstanceSet": [] });
    let (_script, tencent) = Script::of(&[("DescribeInstances", Good(gone))]);
    let error = tencent.create_alarm(&region(), &order()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    let (_script, tencent) = Script::of(&[]);
    let mut odd = order();
    odd.rule.period = SignedDuration::from_mins(15);
    let mut long = order();
    long.rule.periods = 6;
    for order in [odd, long] {
        let error = tencent.create_alarm(&region(), &order).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid);
    }
    let nowhere = model::RegionId::new("ap-nowhere");
    let error = tencent.create_alarm(&nowhere, &order()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
}

#[tokio::test]
async fn a_region_has_the_policies_that_watch_something_there() {
    let other = json!({ "PolicyId": "policy-4", "PolicyName": "cpu", "Namespace": "cvm_device",
        "Condition": { "Rules": [{ "MetricName": "CpuUsage" }] } });
    let (script, tencent) = Script::of(&[
        policies(&[
            policy("policy-1", "a", "s"),
            policy("policy-2", "b", "s"),
            policy("policy-3", "c", "s"),
            other,
        ]),
        objects(&[("ins-1", "gz"), ("ins-2", "sh")]),
        objects(&[("ins-3", "sh")]),
        // Bound to nothing yet: it watches nothing anywhere.
        objects(&[]),
    ]);
    let list = tencent.alarms(&region());
    let all = cloud::pager::collect(list.as_ref()).await;
    let all = all.seen().unwrap().get().clone();
    let ids: Vec<&str> = all.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["policy-1", "policy-4"]);
    let these = |it: &Alarm| it.watches.clone();
    assert_eq!(these(&all[0]), Watches::These(vec![id("ins-1")]));
    assert_eq!(all[0].metric, AlarmMetric::Outbound);
    assert_eq!(all[0].notifies, ["notice-1"]);
    script.asked();
}

#[tokio::test]
async fn all_pages_of_the_policies_are_read() {
    let page = |from: usize, to: usize| {
        let rows: Vec<Value> = (from..to)
            .map(|it| json!({ "PolicyId": format!("policy-{it}"), "Namespace": "lb" }))
            .collect();
        let answer = json!({ "TotalCount": 101, "Policies": rows });
        ("DescribeAlarmPolicies", Good(answer))
    };
    let (script, tencent) = Script::of(&[page(0, 100), page(100, 101)]);
    let list = tencent.alarms(&region());
    let all = cloud::pager::collect(list.as_ref()).await;
    assert_eq!(all.seen().unwrap().get().len(), 101);
    assert!(script.asked().contains(r#""PageNumber":2"#));
}

#[tokio::test]
async fn a_policy_is_removed_by_its_id_and_never_twice() {
    for (says, expected) in [
        (Good(json!({})), Removal::Gone),
        (No("ResourceNotFound"), Removal::WasGone),
    ] {
        let (script, tencent) = Script::of(&[("DeleteAlarmPolicy", says)]);
        let removal = tencent.delete_alarm(&region(), &id("policy-1")).await;
        assert_eq!(removal.unwrap(), expected);
        assert_eq!(
            script.asked(),
            "DeleteAlarmPolicy at monitor.tencentcloudapi.com in ap-guangzhou\n  \
             {\"Module\":\"monitor\",\"PolicyIds\":[\"policy-1\"]}"
        );
    }
    let (_script, tencent) = Script::of(&[("DeleteAlarmPolicy", Nothing)]);
    let removal = tencent.delete_alarm(&region(), &id("policy-1")).await;
    assert_eq!(removal.unwrap_err().kind, ErrorKind::Unanswered);
}

#[tokio::test]
async fn a_template_that_is_there_is_it_and_others_are_made_by_a_person() {
    let notices = || {
        let rows = [
            json!({ "Id": "notice-1", "Name": "ops", "URLNotices": [{ "URL": "https://x.example" }] }),
        ];
        let answer = json!({ "TotalCount": 1, "Notices": rows });
        ("DescribeAlarmNotices", Good(answer))
    };
    let (script, tencent) = Script::of(&[notices(), notices(), notices()]);
    let list = tencent.targets(&region());
    let all = cloud::pager::collect(list.as_ref()).await;
    let all = all.seen().unwrap().get().clone();
    assert_eq!((all[0].name.as_str(), all[0].listeners), ("ops", 1));
    let found = tencent.create_target(&region(), "ops").await.unwrap();
    assert_eq!(found, id("notice-1"));
    let error = tencent.create_target(&region(), "night").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.message.contains("Notification Template"), "{error}");
    script.asked();
}

#[tokio::test]
async fn averages_become_the_bytes_of_a_period() {
    let at = |seconds: i64| now().as_second() - seconds;
    let points = json!([
        { "Dimensions": [{ "Name": "InstanceId", "Value": "ins-2" }], "Timestamps": [], "Values": [] },
        { "Dimensions": [{ "Name": "InstanceId", "Value": "ins-1" }],
          "Timestamps": [at(900), at(600), at(300), at(0)], "AvgValues": [9, 0.533_334, 2, 9] },
    ]);
    let (script, tencent) =
        Script::of(&[("GetMonitorData", Good(json!({ "DataPoints": points })))]);
    let machines = [id("ins-1"), id("ins-2")];
    let from = now() - SignedDuration::from_mins(10);
    let traffic = tencent
        .traffic(&region(), &machines, &rule(), from, now())
        .await
        .unwrap();
    let bytes: Vec<u64> = traffic[0].points.iter().map(|it| it.1).collect();
    assert_eq!(bytes, [20_000_025, 75_000_000]);
    assert_eq!((traffic[0].points[0].0, traffic[1].points.len()), (from, 0));
    expect![[r#"
        GetMonitorData at monitor.tencentcloudapi.com in ap-guangzhou
          {"EndTime":"2026-11-21T02:00:00Z","Instances":[{"Dimensions":[{"Name":"InstanceId","Value":"ins-1"}]},{"Dimensions":[{"Name":"InstanceId","Value":"ins-2"}]}],"MetricName":"WanOuttraffic","Namespace":"QCE/CVM","Period":300,"SpecifyStatistics":1,"StartTime":"2026-11-21T01:50:00Z"}"#]].assert_eq(&script.asked());
}
