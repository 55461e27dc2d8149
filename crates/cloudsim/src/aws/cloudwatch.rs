//! CloudWatch: alarms, and what machines sent.
//!
//! The service is spoken to in forms and in JSON; both are served by the same functions.

mod alarms;
mod metrics;
mod tagging;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Serve, Style};
use super::reply::iso;
use super::service::{Protocol, Service};
use crate::world::refusal::Refusal;

/// The most datapoints of one answer: 100,800.
const MOST_POINTS: u64 = 100_800;

const fn action(
    service: Service,
    name: &'static str,
    parameters: &'static [Parameter],
    listing: Option<Listing>,
    serve: Serve,
) -> ActionSpec {
    ActionSpec {
        service,
        name,
        style: Style::Granted,
        path: None,
        parameters,
        listing,
        serve,
    }
}

const fn paged(size: &'static str, default: u64) -> Option<Paging> {
    Some(Paging {
        size,
        token: "NextToken",
        next: "NextToken",
        default: Some(default),
        says_truncated: false,
    })
}

const DELETE: &[Parameter] = &[Parameter::texts("AlarmNames").needed()];
const DESCRIBE: &[Parameter] = &[
    Parameter::texts("AlarmNames"),
    Parameter::text("AlarmNamePrefix"),
    Parameter::texts("AlarmTypes"),
    Parameter::text("ActionPrefix"),
    Parameter::new(
        "StateValue",
        Kind::OneOf(&["OK", "ALARM", "INSUFFICIENT_DATA"]),
    ),
    Parameter::new("MaxRecords", Kind::Whole(1, 100)),
    Parameter::text("NextToken"),
];
const GET_DATA: &[Parameter] = &[
    Parameter::new("MetricDataQueries", Kind::Any).needed(),
    Parameter::new("StartTime", Kind::Any).needed(),
    Parameter::new("EndTime", Kind::Any).needed(),
    Parameter::new(
        "ScanBy",
        Kind::OneOf(&["TimestampAscending", "TimestampDescending"]),
    ),
    Parameter::new("MaxDatapoints", Kind::Whole(1, MOST_POINTS)),
    Parameter::new("LabelOptions", Kind::Any),
    Parameter::text("NextToken"),
];
const LIST_TAGS: &[Parameter] = &[Parameter::text("ResourceARN").needed()];
const TAG: &[Parameter] = &[
    Parameter::text("ResourceARN").needed(),
    Parameter::new("Tags", Kind::Any).needed(),
];

const fn actions(service: Service) -> [ActionSpec; 6] {
    const fn list(rows: &'static [&'static str], paging: Option<Paging>) -> Option<Listing> {
        Some(Listing { rows, paging })
    }
    [
        action(service, "DeleteAlarms", DELETE, None, alarms::delete_alarms),
        action(
            service,
            "DescribeAlarms",
            DESCRIBE,
            list(&["MetricAlarms"], paged("MaxRecords", 50)),
            alarms::describe_alarms,
        ),
        action(
            service,
            "GetMetricData",
            GET_DATA,
            list(&["MetricDataResults"], paged("MaxDatapoints", MOST_POINTS)),
            metrics::get_metric_data,
        ),
        action(
            service,
            "ListTagsForResource",
            LIST_TAGS,
            None,
            tagging::list_tags_for_resource,
        ),
        action(
            service,
            "PutMetricAlarm",
            alarms::PARAMETERS,
            None,
            alarms::put_metric_alarm,
        ),
        action(service, "TagResource", TAG, None, tagging::tag_resource),
    ]
}

/// Every action, asked for by forms.
pub(super) const IN_FORMS: &[ActionSpec] = &actions(Service::CloudWatch);
/// Every action, asked for in JSON.
pub(super) const IN_JSON: &[ActionSpec] = &actions(Service::CloudWatchJson);

/// Returns a moment as the way of speaking of the call writes it.
fn moment(asked: &Asked<'_>, at: Timestamp) -> Value {
    match asked.spec.service.facts().protocol {
        Protocol::Json => json!(at.as_second()),
        _ => json!(iso(at)),
    }
}

/// Reads the moment that is said to `name`.
fn said_moment(asked: &Asked<'_>, name: &'static str) -> Result<Timestamp, Refusal> {
    let read = match asked.arguments.value(name) {
        Some(Value::Number(seconds)) => seconds
            .as_f64()
            .and_then(|it| Timestamp::from_second(it as i64).ok()),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    read.ok_or_else(|| invalid(format!("The parameter {name} must be a timestamp.")))
}

/// Returns the names and values that are said as a list of objects with these two `fields`.
pub(super) fn pairs(
    said: Option<&Value>,
    fields: (&str, &str),
    what: &str,
) -> Result<Vec<(String, String)>, Refusal> {
    let Some(said) = said.filter(|it| it.as_str() != Some("")) else {
        return Ok(Vec::new());
    };
    let rows = said
        .as_array()
        .ok_or_else(|| invalid(format!("{what} must be a list.")))?;
    let text = |row: &Map<String, Value>, name: &str| {
        let text = row.get(name)?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    };
    rows.iter()
        .map(|row| {
            let row = row.as_object().filter(|it| it.len() == 2);
            row.and_then(|row| Some((text(row, fields.0)?, text(row, fields.1)?)))
                .ok_or_else(|| {
                    invalid(format!(
                        "{what} must have a {} and a {}.",
                        fields.0, fields.1
                    ))
                })
        })
        .collect()
}

/// Refuses a value that is not valid.
fn invalid(text: impl Into<String>) -> Refusal {
    Refusal::new(400, "ValidationError", text.into())
}
