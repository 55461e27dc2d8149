//! Policies: made, listed by number of page, deleted; and the templates that say whom they tell.

use serde_json::{Value, json};

use super::{BIND_ALL, MODULE, action, all, code_of, home, objects, unix, watches_all};
use crate::tencent::arguments::{Arguments, Kind, Parameter};
use crate::tencent::catalog::{ActionSpec, Asked, Listing, Paging, json};
use crate::tencent::changing::{self, TAGS};
use crate::tencent::words::{Trouble, missing, not_found, wrong_value};
use crate::world::alarms::{Alarm, AlarmState, Target};
use crate::world::cloud::Cloud;

/// The kinds of policies: what the monitored product is called here, and nowhere else.
const NAMESPACES: &[&str] = &[
    "cvm_device",
    "BS",
    "EIP",
    "LB_PUBLIC",
    "cdb_detail",
    "REDIS-CLUSTER",
];
/// How often an alarm that lasts is told again, in seconds.
const FREQUENCIES: &[i64] = &[
    0, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400,
];
const RULES: Kind = Kind::Objects(&[
    Parameter::text("MetricName").needed(),
    Parameter::new("Period", Kind::Whole(60, 3_600)),
    Parameter::new(
        "Operator",
        Kind::OneOf(&["eq", "ge", "gt", "le", "lt", "ne"]),
    ),
    Parameter::text("Value"),
    Parameter::new("ContinuePeriod", Kind::Whole(1, 5)),
    Parameter::new("NoticeFrequency", Kind::Whole(0, 86_400)),
    Parameter::new("IsPowerNotice", Kind::Whole(0, 1)),
]);

pub(super) const ACTIONS: &[ActionSpec] = &[
    action(
        "CreateAlarmPolicy",
        &[
            MODULE,
            Parameter::text("PolicyName").needed(),
            Parameter::new("MonitorType", Kind::OneOf(&["MT_QCE"])).needed(),
            Parameter::new("Namespace", Kind::OneOf(NAMESPACES)).needed(),
            Parameter::text("Remark"),
            Parameter::new("Enable", Kind::Whole(0, 1)),
            Parameter::new("ProjectId", Kind::Whole(-1, i64::MAX)),
            Parameter::new(
                "Condition",
                Kind::Object(&[
                    Parameter::new("IsUnionRule", Kind::Whole(0, 1)).needed(),
                    Parameter::new("Rules", RULES).needed(),
                ]),
            ),
            Parameter::new("NoticeIds", Kind::Texts(3)),
            Parameter::new("IsBindAll", Kind::Whole(0, 1)),
            Parameter::new("Tags", TAGS),
        ],
        create,
    ),
    ActionSpec {
        listing: Some(Listing {
            rows: "/Policies",
            total: "/TotalCount",
            paging: Paging::Numbered,
        }),
        ..action(
            "DescribeAlarmPolicies",
            &[
                MODULE,
                Parameter::new("PageNumber", Kind::Whole(1, i64::MAX)),
                Parameter::new("PageSize", Kind::Whole(1, 100)),
                Parameter::text("PolicyName"),
                Parameter::new("MonitorTypes", Kind::Texts(10)),
                Parameter::new("Namespaces", Kind::Texts(20)),
                Parameter::text("Dimensions"),
                Parameter::new("Enable", Kind::Wholes(2)),
                Parameter::new("NoticeIds", Kind::Texts(20)),
                Parameter::new("Tags", TAGS),
            ],
            describe,
        )
    },
    action(
        "DeleteAlarmPolicy",
        &[
            MODULE,
            Parameter::new("PolicyIds", Kind::Texts(20)).needed(),
        ],
        delete,
    ),
    ActionSpec {
        listing: Some(Listing {
            rows: "/Notices",
            total: "/TotalCount",
            paging: Paging::Numbered,
        }),
        ..action(
            "DescribeAlarmNotices",
            &[
                MODULE,
                Parameter::new("PageNumber", Kind::Whole(1, i64::MAX)).needed(),
                Parameter::new("PageSize", Kind::Whole(1, 200)).needed(),
                Parameter::new("Order", Kind::OneOf(&["ASC", "DESC"])).needed(),
                Parameter::text("Name"),
                Parameter::new("NoticeIds", Kind::Texts(100)),
            ],
            notices,
        )
    },
];

fn create(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let alarm = alarm(asked)?;
    let global = asked.world.truth(asked.caller()?.uid, "");
    if let Some(id) = alarm
        .notifies
        .iter()
        .find(|it| global.targets.get(it).is_none())
    {
        return Err(not_found("ResourceNotFound", id));
    }
    let id = asked.change(|held, now| {
        let made = held.begin_alarm(alarm, now);
        made.map_err(|_| Trouble::new("LimitExceeded", "超过配额限制。", "The quota is exceeded."))
    })?;
    json(&json!({"PolicyId": id, "OriginId": origin(&id)}))
}

/// Returns the older id of a policy: a number.
fn origin(id: &str) -> String {
    let sum = id.bytes().fold(7_u64, |sum, it| {
        sum.wrapping_mul(31).wrapping_add(u64::from(it)) % 100_000_000
    });
    sum.to_string()
}

/// Reads a policy that is wanted.
fn alarm(asked: &Asked<'_>) -> Result<Alarm, Trouble> {
    let said = asked.arguments;
    let name = changing::name(said, "PolicyName", "InvalidParameterValue")?;
    let namespace = said.text("Namespace").unwrap_or_default();
    let project = said.whole("ProjectId").unwrap_or(-1);
    if namespace == "cvm_device" && project < 0 {
        // Machines are of projects.
        return Err(wrong_value("ProjectId"));
    }
    let condition = said.value("Condition");
    let rules = condition["Rules"].as_array().filter(|it| !it.is_empty());
    let rules = rules.ok_or_else(|| missing("Condition"))?;
    for rule in rules {
        check(rule)?;
    }
    let first = &rules[0];
    let text = |name: &str| first[name].as_str().unwrap_or_default();
    let whole = |name: &str, usual: u64| first[name].as_u64().unwrap_or(usual);
    let bind_all = said.whole("IsBindAll").unwrap_or(0);
    let more = [
        ("ProjectId", project.to_string()),
        ("Remark", said.text("Remark").unwrap_or_default().to_owned()),
        ("IsUnionRule", condition["IsUnionRule"].to_string()),
        ("Rules", Value::from(rules.clone()).to_string()),
        (BIND_ALL, bind_all.to_string()),
    ];
    Ok(Alarm {
        name,
        threshold: text("Value").parse().map_err(|_| wrong_value("Value"))?,
        comparison: text("Operator").to_owned(),
        period: whole("Period", 300),
        times: whole("ContinuePeriod", 1),
        notifies: said.texts("NoticeIds").unwrap_or_default(),
        enabled: said.whole("Enable").unwrap_or(1) == 1,
        state: AlarmState::NoData,
        more: more.map(|it| (it.0.to_owned(), it.1)).into(),
        tags: changing::tags(said.value("Tags"), "Tags")?,
        ..Alarm::new("", (namespace, text("MetricName")), asked.world.now())
    })
}

/// A rule of a metric says when it holds, and a period and a frequency that there are.
fn check(rule: &Value) -> Result<(), Trouble> {
    for name in [
        "Period",
        "Operator",
        "Value",
        "ContinuePeriod",
        "NoticeFrequency",
    ] {
        if rule[name].is_null() {
            return Err(missing(&format!("Condition.Rules.0.{name}")));
        }
    }
    let is_number = rule["Value"]
        .as_str()
        .is_some_and(|it| it.parse::<f64>().is_ok());
    let frequency = rule["NoticeFrequency"].as_i64().unwrap_or(-1);
    if !is_number {
        return Err(wrong_value("Condition.Rules.0.Value"));
    }
    if !FREQUENCIES.contains(&frequency) {
        return Err(wrong_value("Condition.Rules.0.NoticeFrequency"));
    }
    match rule["Period"].as_i64() {
        Some(60 | 300 | 3_600) => Ok(()),
        _ => Err(wrong_value("Condition.Rules.0.Period")),
    }
}

/// Cuts the page that `PageNumber` and `PageSize` ask for.
fn page<T>(said: &Arguments, all: impl Iterator<Item = T>) -> (Vec<T>, usize) {
    let whole = |name, usual| {
        let said = said.whole(name).and_then(|it| usize::try_from(it).ok());
        said.unwrap_or(usual)
    };
    let limit = whole("PageSize", 20);
    let offset = whole("PageNumber", 1)
        .saturating_sub(1)
        .saturating_mul(limit);
    crate::tencent::arguments::Part { offset, limit }.cut(all)
}

fn describe(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let said = asked.arguments;
    let (types, spaces) = (said.texts("MonitorTypes"), said.texts("Namespaces"));
    let wanted = wanted(said.text("Dimensions"))?;
    if wanted.is_some() && (types.is_none() || spaces.is_none()) {
        return Err(missing("Namespaces"));
    }
    let (notices, enabled) = (said.texts("NoticeIds"), said.wholes("Enable"));
    let tags = changing::tags(said.value("Tags"), "Tags")?;
    let of_all = types
        .as_ref()
        .is_none_or(|it| it.iter().any(|it| it == "MT_QCE"));
    let all = all(asked)?.into_iter().filter(|(home, it)| {
        let space = namespace(it);
        let watched = objects(home, it);
        of_all
            && said
                .text("PolicyName")
                .is_none_or(|name| it.name.contains(name))
            && spaces
                .as_ref()
                .is_none_or(|all| all.iter().any(|it| it == space))
            && enabled
                .as_ref()
                .is_none_or(|all| all.contains(&i64::from(it.enabled)))
            && notices
                .as_ref()
                .is_none_or(|all| it.notifies.iter().any(|it| all.contains(it)))
            && tags.iter().all(|tag| it.tags.contains(tag))
            && wanted
                .as_ref()
                .is_none_or(|wanted| watched.iter().any(|it| wanted.contains(&it.dimensions)))
    });
    let (rows, total) = page(said, all);
    let owner = Cloud::Tencent.number(asked.caller()?.uid);
    let rows: Vec<Value> = rows
        .iter()
        .map(|(home, it)| row(home, it, &owner))
        .collect();
    json(&json!({"TotalCount": total, "Policies": rows}))
}

/// Reads which things policies are asked for by: a list of lists of names and values, in a text.
fn wanted(text: Option<&str>) -> Result<Option<Vec<String>>, Trouble> {
    let Some(text) = text else {
        return Ok(None);
    };
    let wrong = || wrong_value("Dimensions");
    let things: Vec<Vec<Value>> = serde_json::from_str(text).map_err(|_| wrong())?;
    let read = things.iter().map(|thing| {
        let pairs = thing.iter().map(|it| {
            let name = it["name"].as_str().ok_or_else(wrong)?;
            Ok((name.to_owned(), it["value"].clone()))
        });
        let pairs = pairs.collect::<Result<serde_json::Map<_, _>, Trouble>>()?;
        Ok(Value::Object(pairs).to_string())
    });
    read.collect::<Result<Vec<_>, _>>().map(Some)
}

/// Returns what the kind of a policy is called here; other doors of the world have other names.
fn namespace(alarm: &Alarm) -> &str {
    match alarm.namespace.as_str() {
        "QCE/CVM" => "cvm_device",
        other => other,
    }
}

fn row(home: &str, it: &Alarm, owner: &str) -> Value {
    let more = |name: &str| {
        let found = it.more.iter().find(|pair| pair.0 == name);
        found.map_or("", |pair| pair.1.as_str())
    };
    let said: Option<Vec<Value>> = serde_json::from_str(more("Rules")).ok();
    let said = said.unwrap_or_else(|| {
        vec![json!({
            "MetricName": it.metric,
            "Period": it.period,
            "Operator": "ge",
            "Value": it.threshold.to_string(),
            "ContinuePeriod": it.times,
            "NoticeFrequency": 3_600,
            "IsPowerNotice": 0,
        })]
    });
    let rules = said.into_iter().map(|mut rule| {
        if let Some(fields) = rule.as_object_mut() {
            for (name, value) in told() {
                fields.entry(name).or_insert(value);
            }
        }
        rule
    });
    let watched = objects(home, it);
    let mut regions: Vec<&str> = watched.iter().map(|it| it.region.as_str()).collect();
    regions.sort_unstable();
    regions.dedup();
    let tags = it
        .tags
        .iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}));
    json!({
        "PolicyId": it.id,
        "OriginId": origin(&it.id),
        "PolicyName": it.name,
        "Remark": more("Remark"),
        "MonitorType": "MT_QCE",
        "Namespace": namespace(it),
        "NamespaceShowName": "云服务器-基础监控",
        "Enable": i64::from(it.enabled),
        "UseSum": watched.len(),
        "ProjectId": more("ProjectId").parse().unwrap_or(0),
        "ProjectName": "默认项目",
        "RuleType": "STATIC",
        "Condition": {
            "IsUnionRule": more("IsUnionRule").parse().unwrap_or(0),
            "Rules": rules.collect::<Vec<Value>>(),
            "ComplexExpression": "",
        },
        "EventCondition": {"Rules": []},
        "ConditionTemplateId": "",
        "ConditionsTemp": {"TemplateName": "", "Condition": null, "EventCondition": null},
        "NoticeIds": it.notifies,
        "Notices": [],
        "TriggerTasks": [],
        "TagInstances": [],
        "Filter": null,
        "GroupBy": null,
        "FilterDimensionsParam": "",
        "InstanceGroupId": it.group.as_ref().map_or(0, |it| it.parse().unwrap_or(8_611)),
        "InstanceGroupName": it.group.as_deref().unwrap_or_default(),
        "InstanceSum": 0,
        "IsBindAll": i64::from(watches_all(it)),
        "IsDefault": 0,
        "CanSetDefault": 1,
        "IsOneClick": 0,
        "OneClickStatus": 0,
        "AdvancedMetricNumber": 0,
        "IsSupportAlarmTag": 1,
        "TagOperation": "",
        "Region": match regions.is_empty() {
            true => vec![code_of(home)],
            false => regions,
        },
        "LastEditUin": owner,
        "InsertTime": unix(it.created),
        "UpdateTime": unix(it.written),
        "Tags": tags.collect::<Vec<Value>>(),
    })
}

/// Returns what the service says of a rule beside what was said to it.
fn told() -> [(String, Value); 10] {
    [
        ("Description", json!("外网出带宽")),
        ("Unit", json!("Mbps")),
        ("RuleType", json!("STATIC")),
        ("IsPowerNotice", json!(0)),
        ("Filter", json!({"Type": "", "Dimensions": ""})),
        (
            "HierarchicalValue",
            json!({"Remind": "", "Warn": "", "Serious": ""}),
        ),
        ("IsAdvanced", json!(0)),
        ("IsOpen", json!(1)),
        ("IsLatenessMetric", json!(0)),
        ("ProductId", json!("")),
    ]
    .map(|it| (it.0.to_owned(), it.1))
}

/// All of them go, or none.
fn delete(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let ids = asked.arguments.texts("PolicyIds").unwrap_or_default();
    if ids.is_empty() {
        return Err(missing("PolicyIds"));
    }
    let uid = asked.caller()?.uid;
    let homes = ids.iter().map(|id| Ok((id, home(asked, id)?)));
    for (id, home) in homes.collect::<Result<Vec<_>, Trouble>>()? {
        let gone = asked
            .world
            .change(uid, &home, |held, now| held.delete_alarm(id, now));
        gone.and_then(Result::ok)
            .ok_or_else(|| not_found("ResourceNotFound", id))?;
    }
    json(&json!({}))
}

fn notices(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let said = asked.arguments;
    let global = asked.world.holdings(asked.caller()?.uid, "");
    let ids = said.texts("NoticeIds");
    let kept = global.targets.iter().filter(|it| {
        said.text("Name").is_none_or(|name| it.name.contains(name))
            && ids.as_ref().is_none_or(|ids| ids.contains(&it.id))
    });
    let mut kept: Vec<_> = kept.collect();
    if said.text("Order") == Some("DESC") {
        kept.reverse();
    }
    let policies = all(asked)?;
    let (rows, total) = page(said, kept.into_iter());
    let rows = rows.into_iter().map(|it| {
        let told_by = policies
            .iter()
            .filter(|(_, policy)| policy.notifies.contains(&it.id));
        let told_by: Vec<&str> = told_by.map(|it| it.1.id.as_str()).collect();
        notice(it, &told_by)
    });
    let rows: Vec<Value> = rows.collect();
    json(&json!({"TotalCount": total, "Notices": rows}))
}

fn notice(it: &Target, policies: &[&str]) -> Value {
    let (addresses, people): (Vec<_>, Vec<_>) = it
        .listeners
        .iter()
        .partition(|it| it.endpoint.contains("://"));
    let addresses = addresses.iter().map(|it| {
        json!({
            "URL": it.endpoint,
            "IsValid": i64::from(it.confirmed),
            "ValidationCode": "",
            "StartTime": 0,
            "EndTime": 86_399,
            "Weekday": [1, 2, 3, 4, 5, 6, 7],
        })
    });
    let users: Vec<usize> = (10_001..).take(people.len()).collect();
    let users = (!users.is_empty()).then(|| {
        json!({
            "ReceiverType": "USER",
            "UserIds": users,
            "GroupIds": [],
            "StartTime": 0,
            "EndTime": 86_399,
            "NoticeWay": ["EMAIL", "SMS"],
            "PhoneOrder": [],
            "Weekday": [1, 2, 3, 4, 5, 6, 7],
        })
    });
    let tags = it
        .tags
        .iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}));
    json!({
        "Id": it.id,
        "Name": it.name,
        "UpdatedAt": "2022-05-16 14:00:48",
        "UpdatedBy": "",
        "NoticeType": "ALL",
        "NoticeLanguage": "zh-CN",
        "IsPreset": 0,
        "UserNotices": users.into_iter().collect::<Vec<Value>>(),
        "URLNotices": addresses.collect::<Vec<Value>>(),
        "CLSNotices": [],
        "PolicyIds": policies,
        "AMPConsumerId": "",
        "Tags": tags.collect::<Vec<Value>>(),
    })
}
