//! Alarms: written whole, read in pages, deleted all or none.

use serde_json::{Value, json};

use super::{invalid, moment, pairs};
use crate::aws::arguments::{Kind, Parameter};
use crate::aws::catalog::Asked;
use crate::world::alarms::{Alarm, AlarmState};
use crate::world::machines::Tags;
use crate::world::refusal::Refusal;

pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter::text("AlarmName").needed(),
    Parameter::text("AlarmDescription"),
    Parameter::flag("ActionsEnabled"),
    Parameter::texts("OKActions"),
    Parameter::texts("AlarmActions"),
    Parameter::texts("InsufficientDataActions"),
    Parameter::text("MetricName"),
    Parameter::text("Namespace"),
    Parameter::new(
        "Statistic",
        Kind::OneOf(&["SampleCount", "Average", "Sum", "Minimum", "Maximum"]),
    ),
    Parameter::text("ExtendedStatistic"),
    Parameter::new("Dimensions", Kind::Any),
    Parameter::new("Period", Kind::Whole(1, 604_800)),
    Parameter::text("Unit"),
    Parameter::new("EvaluationPeriods", Kind::Whole(1, 10_080)).needed(),
    Parameter::new("DatapointsToAlarm", Kind::Whole(1, 10_080)),
    Parameter::new("Threshold", Kind::Number),
    Parameter::new(
        "ComparisonOperator",
        Kind::OneOf(&[
            "GreaterThanOrEqualToThreshold",
            "GreaterThanThreshold",
            "LessThanThreshold",
            "LessThanOrEqualToThreshold",
        ]),
    )
    .needed(),
    Parameter::new(
        "TreatMissingData",
        Kind::OneOf(&["breaching", "notBreaching", "ignore", "missing"]),
    ),
    Parameter::text("EvaluateLowSampleCountPercentile"),
    Parameter::new("Tags", Kind::Any),
];

/// The lists of actions beside `AlarmActions`, and the texts and numbers, that an alarm gives back as they were said.
const LISTS: [&str; 2] = ["OKActions", "InsufficientDataActions"];
const TEXTS: [&str; 4] = [
    "AlarmDescription",
    "EvaluateLowSampleCountPercentile",
    "ExtendedStatistic",
    "Unit",
];

pub(super) fn put_metric_alarm(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let alarm = spoken(asked)?;
    let caller = asked.caller()?;
    let put = asked.world.change(caller.uid, asked.region, |it, now| {
        // What tags are said for an alarm that is there is not heard.
        let before = it.alarms.get(&alarm.id).map(|it| it.tags.clone());
        let tags = before.unwrap_or_else(|| alarm.tags.clone());
        it.put_alarm(Alarm { tags, ..alarm }, now)
    });
    put.unwrap_or(Ok(())).map_err(|why| {
        Refusal::new(
            400,
            "LimitExceeded",
            format!("The limit of alarms has been reached: {why}."),
        )
    })?;
    Ok(json!({}))
}

/// Returns the alarm that the call describes.
fn spoken(asked: &Asked<'_>) -> Result<Alarm, Refusal> {
    let said = asked.arguments;
    let text = |name: &str| said.text(name).map(str::to_owned);
    let needed = |name: &str| {
        text(name).ok_or_else(|| {
            let text = format!("The parameter {name} is required.");
            Refusal::new(400, "MissingParameter", text)
        })
    };
    let name = needed("AlarmName")?;
    if name.chars().count() > 255 {
        return Err(invalid(
            "The parameter AlarmName has more than 255 letters.",
        ));
    }
    let (namespace, metric) = (needed("Namespace")?, needed("MetricName")?);
    let statistic = match (text("Statistic"), text("ExtendedStatistic")) {
        (Some(statistic), None) => statistic,
        (None, Some(_)) => String::new(),
        _ => {
            let text =
                "Exactly one of the parameters Statistic and ExtendedStatistic must be given.";
            return Err(Refusal::new(400, "InvalidParameterCombination", text));
        }
    };
    let (period, times) = (
        said.whole("Period").unwrap_or(0),
        said.whole("EvaluationPeriods").unwrap_or(1),
    );
    if ![10, 20, 30].contains(&period) && (period == 0 || period % 60 != 0) {
        return Err(invalid(format!(
            "The parameter Period must be 10, 20, 30 or a multiple of 60, not {period}."
        )));
    }
    let longest = if period < 3600 { 86_400 } else { 604_800 };
    if period * times > longest {
        return Err(invalid(format!(
            "Metrics cannot be checked across more than {longest} seconds (EvaluationPeriods * Period)."
        )));
    }
    if said.whole("DatapointsToAlarm").is_some_and(|it| it > times) {
        return Err(invalid(
            "DatapointsToAlarm must not exceed EvaluationPeriods.",
        ));
    }
    let dimensions = pairs(said.value("Dimensions"), ("Name", "Value"), "Dimensions")?;
    if dimensions.len() > 30 {
        return Err(invalid("There are more than 30 dimensions."));
    }
    let texts = |name: &str| -> Vec<String> {
        let texts = said.texts(name).unwrap_or_default();
        texts.into_iter().map(str::to_owned).collect()
    };
    for list in ["AlarmActions"].iter().chain(&LISTS) {
        texts(list).iter().try_for_each(|it| is_target(it, asked))?;
    }
    let now = asked.world.now();
    let mut more: Tags = Vec::new();
    more.extend(
        TEXTS
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), text(name)?))),
    );
    for list in LISTS {
        let items = texts(list).into_iter();
        more.extend(items.map(|it| (list.to_owned(), it)));
    }
    if let Some(points) = said.whole("DatapointsToAlarm") {
        more.push(("DatapointsToAlarm".to_owned(), points.to_string()));
    }
    Ok(Alarm {
        watches: if dimensions.is_empty() {
            Vec::new()
        } else {
            vec![dimensions]
        },
        statistic,
        comparison: needed("ComparisonOperator")?,
        threshold: said.number("Threshold").ok_or_else(|| {
            Refusal::new(
                400,
                "MissingParameter",
                "The parameter Threshold is required.",
            )
        })?,
        period,
        times,
        missing_data: text("TreatMissingData").unwrap_or_default(),
        notifies: texts("AlarmActions"),
        enabled: said.flag("ActionsEnabled") != Some(false),
        state: AlarmState::NoData,
        more,
        tags: pairs(said.value("Tags"), ("Key", "Value"), "Tags")?,
        ..Alarm::new(name, (&namespace, &metric), now)
    })
}

/// Refuses what no alarm can tell: a topic may be missing, but not stand in another region.
fn is_target(arn: &str, asked: &Asked<'_>) -> Result<(), Refusal> {
    let parts: Vec<&str> = arn.split(':').collect();
    let [first, partition, service, region, _, ..] = parts[..] else {
        return Err(invalid(format!("Invalid arn syntax: {arn}")));
    };
    if first != "arn" || partition != asked.partition().as_str() || service.is_empty() {
        return Err(invalid(format!("Invalid arn syntax: {arn}")));
    }
    if service == "sns" && region != asked.region {
        return Err(invalid(format!(
            "Invalid region {region} specified. Only {} is supported.",
            asked.region
        )));
    }
    Ok(())
}

pub(super) fn describe_alarms(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let holdings = asked.world.holdings(caller.uid, asked.region);
    let said = asked.arguments;
    let names = said.texts("AlarmNames");
    if names.as_ref().is_some_and(|it| it.len() > 100) {
        return Err(invalid(
            "The parameter AlarmNames has more than 100 members.",
        ));
    }
    if names.is_some() && said.text("AlarmNamePrefix").is_some() {
        let text = "AlarmNames and AlarmNamePrefix cannot be given together.";
        return Err(Refusal::new(400, "InvalidParameterCombination", text));
    }
    let of_metrics = said
        .texts("AlarmTypes")
        .is_none_or(|it| it.contains(&"MetricAlarm"));
    let starts = |with: Option<&str>, text: &str| with.is_none_or(|it| text.starts_with(it));
    let mut wanted: Vec<_> = holdings
        .alarms
        .iter()
        .filter(|it| of_metrics && asked.shows(it.created))
        .filter(|it| {
            names
                .as_ref()
                .is_none_or(|names| names.contains(&it.name.as_str()))
        })
        .filter(|it| starts(said.text("AlarmNamePrefix"), &it.name))
        .filter(|it| said.text("StateValue").is_none_or(|word| word == state(it)))
        .filter(|it| {
            let prefix = said.text("ActionPrefix");
            prefix.is_none() || it.notifies.iter().any(|it| starts(prefix, it))
        })
        .collect();
    wanted.sort_by(|one, other| one.name.cmp(&other.name));
    let mut answer = asked.page(wanted.into_iter(), |it| row(it, asked))?;
    answer["CompositeAlarms"] = json!([]);
    Ok(answer)
}

fn state(alarm: &Alarm) -> &'static str {
    match alarm.state {
        AlarmState::Ok => "OK",
        AlarmState::Firing => "ALARM",
        AlarmState::NoData => "INSUFFICIENT_DATA",
    }
}

/// Returns the ARN of the alarm called `name`.
pub(super) fn arn(asked: &Asked<'_>, name: &str) -> String {
    asked.arn(&format!("alarm:{name}"))
}

fn row(alarm: &Alarm, asked: &Asked<'_>) -> Value {
    let dimensions: Vec<Value> = alarm
        .watches
        .iter()
        .flatten()
        .map(|(name, value)| json!({"Name": name, "Value": value}))
        .collect();
    let said = |name: &str| -> Vec<&str> {
        let all = alarm.more.iter().filter(|it| it.0 == name);
        all.map(|it| it.1.as_str()).collect()
    };
    let mut row = json!({
        "AlarmName": alarm.name,
        "AlarmArn": arn(asked, &alarm.name),
        "AlarmConfigurationUpdatedTimestamp": moment(asked, alarm.written),
        "ActionsEnabled": alarm.enabled,
        "OKActions": said("OKActions"),
        "AlarmActions": alarm.notifies,
        "InsufficientDataActions": said("InsufficientDataActions"),
        "StateValue": state(alarm),
        "StateReason": "Unchecked: Initial alarm creation",
        "StateUpdatedTimestamp": moment(asked, alarm.written),
        "StateTransitionedTimestamp": moment(asked, alarm.written),
        "MetricName": alarm.metric,
        "Namespace": alarm.namespace,
        "Dimensions": dimensions,
        "Period": alarm.period,
        "EvaluationPeriods": alarm.times,
        "Threshold": alarm.threshold,
        "ComparisonOperator": alarm.comparison,
    });
    if !alarm.statistic.is_empty() {
        row["Statistic"] = json!(alarm.statistic);
    }
    if !alarm.missing_data.is_empty() {
        row["TreatMissingData"] = json!(alarm.missing_data);
    }
    for name in TEXTS {
        if let Some(text) = said(name).first() {
            row[name] = json!(text);
        }
    }
    if let Some(points) = said("DatapointsToAlarm")
        .first()
        .and_then(|it| it.parse::<u64>().ok())
    {
        row["DatapointsToAlarm"] = json!(points);
    }
    row
}

pub(super) fn delete_alarms(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let names = asked.arguments.texts("AlarmNames").unwrap_or_default();
    if names.is_empty() || names.len() > 100 {
        return Err(invalid(
            "The parameter AlarmNames must have 1 to 100 members.",
        ));
    }
    let holdings = asked.world.holdings(caller.uid, asked.region);
    if let Some(name) = names.iter().find(|it| holdings.alarms.get(it).is_none()) {
        let text = format!("There is no alarm {name}; none was deleted.");
        return Err(Refusal::new(404, "ResourceNotFound", text));
    }
    let deleted = asked.world.change(caller.uid, asked.region, |it, now| {
        names.iter().try_for_each(|name| it.delete_alarm(name, now))
    });
    deleted
        .unwrap_or(Ok(()))
        .map_err(|why| Refusal::new(404, "ResourceNotFound", why.to_string()))?;
    Ok(json!({}))
}
