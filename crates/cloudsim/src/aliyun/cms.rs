//! CloudMonitor: alarm rules, whom they tell, and what metrics show.
//!
//! Its answers carry `Success` and `Code` beside what they say, numbers as texts and texts as numbers, as recorded.

mod contacts;
mod metrics;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::arguments::{Arguments, Kind, Parameter};
use super::catalog::{self, ActionSpec, Asked, Listing, Product, RPC, Style};
use crate::world::alarms::{Alarm, AlarmState};
use crate::world::changes::Hindrance;
use crate::world::cloud::Cloud;
use crate::world::holdings::Holdings;
use crate::world::machines::Tags;
use crate::world::refusal::Refusal;

/// The levels of a rule, the worst first.
const LEVELS: [&str; 3] = ["Critical", "Warn", "Info"];
/// What a rule says that it keeps as it is said.
const KEPT: &[&str] = &[
    "EffectiveInterval",
    "NoEffectiveInterval",
    "SilenceTime",
    "Interval",
    "NoDataPolicy",
    "Webhook",
    "EmailSubject",
];

pub(super) const CONTACTS: &[ActionSpec] = contacts::ACTIONS;
pub(super) const METRICS: &[ActionSpec] = metrics::ACTIONS;

const fn action(
    name: &'static str,
    right: &'static str,
    parameters: &'static [Parameter],
    serve: fn(&Asked<'_>) -> Result<Vec<u8>, Refusal>,
) -> ActionSpec {
    ActionSpec {
        product: Product::Cms,
        name,
        right,
        style: Style::Signed,
        path: RPC,
        parameters,
        listing: None,
        serve,
    }
}

pub(super) const ACTIONS: &[ActionSpec] = &[
    action(
        "PutResourceMetricRule",
        "cms:PutResourceMetricRule",
        &[
            Parameter::text("RuleId").needed(),
            Parameter::text("RuleName").needed(),
            Parameter::text("Namespace").needed(),
            Parameter::text("MetricName").needed(),
            Parameter::text("Resources").needed(),
            Parameter::text("ContactGroups").needed(),
            Parameter::text("Escalations.Critical.Statistics"),
            Parameter::text("Escalations.Critical.ComparisonOperator"),
            Parameter::text("Escalations.Critical.Threshold"),
            Parameter::new("Escalations.Critical.Times", Kind::Whole(1, 100)),
            Parameter::text("Escalations.Warn.Statistics"),
            Parameter::text("Escalations.Warn.ComparisonOperator"),
            Parameter::text("Escalations.Warn.Threshold"),
            Parameter::new("Escalations.Warn.Times", Kind::Whole(1, 100)),
            Parameter::text("Escalations.Info.Statistics"),
            Parameter::text("Escalations.Info.ComparisonOperator"),
            Parameter::text("Escalations.Info.Threshold"),
            Parameter::new("Escalations.Info.Times", Kind::Whole(1, 100)),
            Parameter::new("Period", Kind::Whole(1, 86_400)),
            Parameter::new("Interval", Kind::Whole(1, 86_400)),
            Parameter::new("SilenceTime", Kind::Whole(0, 604_800)),
            Parameter::text("EffectiveInterval"),
            Parameter::text("NoEffectiveInterval"),
            Parameter::new(
                "NoDataPolicy",
                Kind::OneOf(&["KEEP_LAST_STATE", "INSUFFICIENT_DATA", "OK"]),
            ),
            Parameter::text("Webhook"),
            Parameter::text("EmailSubject"),
            Parameter::new("SendOK", Kind::Flag),
            Parameter::new("Labels", Kind::Structs(&["Key", "Value"])),
        ],
        put_resource_metric_rule,
    ),
    ActionSpec {
        listing: Some(Listing {
            rows: "/Alarms/Alarm",
            total: "/Total",
            page: Some(("Page", "PageSize")),
        }),
        ..action(
            "DescribeMetricRuleList",
            "cms:DescribeMetricRuleList",
            &[
                Parameter::text("RuleIds"),
                Parameter::text("RuleName"),
                Parameter::text("Namespace"),
                Parameter::text("MetricName"),
                Parameter::text("Dimensions"),
                Parameter::text("GroupId"),
                Parameter::new("EnableState", Kind::Flag),
                Parameter::new(
                    "AlertState",
                    Kind::OneOf(&["OK", "ALARM", "INSUFFICIENT_DATA"]),
                ),
                Parameter::new("Page", Kind::Whole(1, i64::MAX)),
                Parameter::new("PageSize", Kind::Whole(1, 100)),
            ],
            describe_metric_rule_list,
        )
    },
    action(
        "DeleteMetricRules",
        "cms:DeleteMetricRules",
        &[Parameter::new("Id", Kind::Repeated).needed()],
        delete_metric_rules,
    ),
];

/// Returns the region that is asked for; the one of the central host when none is said.
fn region<'a>(asked: &'a Asked<'_>) -> &'a str {
    let said = asked.arguments.text("RegionId");
    let known = said.filter(|it| Cloud::Aliyun.regions().iter().any(|row| row.0 == *it));
    known.unwrap_or("cn-hangzhou")
}

fn bad(parameter: &str) -> Refusal {
    let text = format!("The parameter {parameter} is invalid.");
    Refusal::new(400, "ParameterInvalid", text)
}

fn not_found() -> Refusal {
    let text = "The specified resource is not found.";
    Refusal::new(404, "ResourceNotFound", text)
}

/// Returns the answer to a change that was made.
fn done(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    catalog::json(&json!({
        "RequestId": asked.request_id,
        "Success": true,
        "Code": "200",
        "Message": "The specified request is successful.",
    }))
}

/// Changes what the account holds in `region`.
fn change<T>(
    asked: &Asked<'_>,
    region: &str,
    change: impl FnOnce(&mut Holdings, Timestamp) -> Result<T, Hindrance>,
) -> Result<T, Refusal> {
    let uid = asked.caller()?.uid;
    let changed = asked.world.change(uid, region, change);
    changed.ok_or_else(not_found)?.map_err(|it| match it {
        Hindrance::UsedUp { .. } => {
            let text = "The quota of alarm rules is used up.";
            Refusal::new(403, "QuotaExceeded.Rules", text)
        }
        _ => not_found(),
    })
}

fn put_resource_metric_rule(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    caller.require("cms:PutResourceMetricRule")?;
    let notifies = said.commas("ContactGroups").unwrap_or_default();
    let global = asked.world.truth(caller.uid, "");
    if notifies.iter().any(|it| global.targets.get(it).is_none()) {
        return Err(not_found());
    }
    let mut alarm = rule(said, asked.world.now())?;
    alarm.notifies = notifies;
    change(asked, region(asked), |held, now| held.put_alarm(alarm, now))?;
    done(asked)
}

fn rule(said: &Arguments, now: Timestamp) -> Result<Alarm, Refusal> {
    let text = |name: &str| said.owned(name).unwrap_or_default();
    let has_level = |it: &&&str| said.text(&format!("Escalations.{it}.Threshold")).is_some();
    let level = LEVELS
        .iter()
        .find(has_level)
        .ok_or_else(|| bad("Escalations"))?;
    let part = |name: &str| {
        let name = format!("Escalations.{level}.{name}");
        said.owned(&name).ok_or_else(|| bad(&name))
    };
    let comparison = part("ComparisonOperator")?;
    if !comparison.ends_with("Threshold") && !comparison.contains("Than") {
        return Err(bad("ComparisonOperator"));
    }
    let metric = (text("Namespace"), text("MetricName"));
    let mut more: Tags = vec![("Level".to_owned(), (*level).to_owned())];
    let kept = KEPT.iter();
    more.extend(kept.filter_map(|name| Some(((*name).to_owned(), said.owned(name)?))));
    let labels = said.pairs("Labels", "Key", "Value").into_iter();
    Ok(Alarm {
        name: text("RuleName"),
        watches: watches(&text("Resources"))?,
        statistic: part("Statistics")?,
        comparison,
        threshold: part("Threshold")?.parse().map_err(|_| bad("Threshold"))?,
        times: part("Times")?.parse().map_err(|_| bad("Times"))?,
        period: said
            .whole("Period")
            .and_then(|it| u64::try_from(it).ok())
            .unwrap_or(60),
        missing_data: text("NoDataPolicy"),
        state: AlarmState::NoData,
        more,
        tags: labels.map(|it| (it.0, it.1.unwrap_or_default())).collect(),
        ..Alarm::new(text("RuleId"), (&metric.0, &metric.1), now)
    })
}

/// Reads what a rule watches: a list of things in a text; everything there is when it says so.
fn watches(text: &str) -> Result<Vec<Tags>, Refusal> {
    let rows: Vec<std::collections::BTreeMap<String, String>> =
        serde_json::from_str(text).map_err(|_| bad("Resources"))?;
    if rows.is_empty() {
        return Err(bad("Resources"));
    }
    let all = |it: &std::collections::BTreeMap<String, String>| {
        it.get("resource").is_some_and(|it| it == "_ALL")
    };
    match rows.iter().any(all) {
        true => Ok(Vec::new()),
        false => Ok(rows
            .into_iter()
            .map(|it| it.into_iter().collect())
            .collect()),
    }
}

fn describe_metric_rule_list(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    caller.require("cms:DescribeMetricRuleList")?;
    let held = asked.world.holdings(caller.uid, region(asked));
    let ids = said.commas("RuleIds");
    if ids.as_ref().is_some_and(|it| it.len() > 20) {
        return Err(bad("RuleIds"));
    }
    let same = |name: &str, has: &str| said.text(name).is_none_or(|it| it == has);
    let page = held
        .alarms
        .page_of(said.page(("Page", "PageSize"), 10), |it| {
            ids.as_ref().is_none_or(|ids| ids.contains(&it.id))
                && said
                    .text("RuleName")
                    .is_none_or(|name| it.name.contains(name))
                && same("Namespace", &it.namespace)
                && same("MetricName", &it.metric)
                && same("GroupId", it.group.as_deref().unwrap_or_default())
                && same("AlertState", state(it))
                && said
                    .text("EnableState")
                    .is_none_or(|_| said.flag("EnableState") == it.enabled)
        });
    let rows: Vec<Value> = page.items.iter().map(|it| row(it)).collect();
    catalog::json(&json!({
        "RequestId": asked.request_id,
        "Success": true,
        "Code": 200,
        "Message": "",
        // A text here.
        "Total": page.total.to_string(),
        "Alarms": {"Alarm": rows},
    }))
}

fn state(alarm: &Alarm) -> &'static str {
    match alarm.state {
        AlarmState::Ok => "OK",
        AlarmState::Firing => "ALARM",
        AlarmState::NoData => "INSUFFICIENT_DATA",
    }
}

fn row(it: &Alarm) -> Value {
    let more = |name: &str| {
        let found = it.more.iter().find(|pair| pair.0 == name);
        found.map_or("", |pair| pair.1.as_str())
    };
    let resources: Vec<Value> = match it.watches.as_slice() {
        [] => vec![json!({"resource": "_ALL"})],
        things => {
            let things = things.iter();
            let object = |thing: &Tags| {
                thing
                    .iter()
                    .map(|(key, value)| (key.clone(), json!(value)))
                    .collect()
            };
            things.map(|it| Value::Object(object(it))).collect()
        }
    };
    let level = match more("Level") {
        "" => "Warn",
        level => level,
    };
    let mut escalations = json!({"Critical": {}, "Warn": {}, "Info": {}});
    escalations[level] = json!({
        "Statistics": it.statistic,
        "ComparisonOperator": it.comparison,
        "Threshold": it.threshold.to_string(),
        "Times": it.times,
    });
    let labels = it
        .tags
        .iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}));
    json!({
        "RuleId": it.id,
        "RuleName": it.name,
        "Namespace": it.namespace,
        "MetricName": it.metric,
        "Resources": Value::Array(resources).to_string(),
        "Dimensions": "",
        "GroupId": it.group.as_deref().unwrap_or_default(),
        "GroupName": "",
        "ContactGroups": it.notifies.join(","),
        "Escalations": escalations,
        "Period": it.period.to_string(),
        "EnableState": it.enabled,
        "AlertState": state(it),
        "SilenceTime": more("SilenceTime").parse().unwrap_or(86_400),
        "EffectiveInterval": more("EffectiveInterval"),
        "NoEffectiveInterval": more("NoEffectiveInterval"),
        "NoDataPolicy": it.missing_data,
        "MailSubject": more("EmailSubject"),
        "Webhook": more("Webhook"),
        "SourceType": "METRIC",
        "ProductCategory": "ecs",
        "GmtCreate": it.created.as_millisecond(),
        "GmtUpdate": it.written.as_millisecond().to_string(),
        "Labels": {"Labels": labels.collect::<Vec<_>>()},
    })
}

fn delete_metric_rules(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    caller.require("cms:DeleteMetricRules")?;
    let ids = said.repeated("Id").unwrap_or_default();
    change(asked, region(asked), |held, now| {
        let missing = ids.iter().find(|it| held.alarms.get(it).is_none());
        if let Some(id) = missing {
            return Err(Hindrance::NotFound(id.clone()));
        }
        ids.iter().try_for_each(|id| held.delete_alarm(id, now))
    })?;
    done(asked)
}
