//! What metrics show: what machines send out by public addresses, in millions of bits a second.

use jiff::tz::{TimeZone, offset};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::action;
use crate::tencent::arguments::{Kind, Parameter};
use crate::tencent::catalog::{ActionSpec, Asked, json};
use crate::tencent::words::{Trouble, missing, wrong_value};
use crate::world::holdings::Holdings;

/// As many machines, and as many points of all of them, as one question may ask for.
const MOST_MACHINES: usize = 50;
const MOST_POINTS: i64 = 7_200;

pub(super) const ACTIONS: &[ActionSpec] = &[action(
    "GetMonitorData",
    &[
        Parameter::new("Namespace", Kind::OneOf(&["QCE/CVM"])).needed(),
        Parameter::new("MetricName", Kind::OneOf(&["WanOuttraffic"])).needed(),
        Parameter::new(
            "Instances",
            Kind::Objects(&[Parameter::new(
                "Dimensions",
                Kind::Objects(&[
                    Parameter::text("Name").needed(),
                    Parameter::text("Value").needed(),
                ]),
            )
            .needed()]),
        )
        .needed(),
        Parameter::new("Period", Kind::Whole(1, 86_400)),
        Parameter::text("StartTime"),
        Parameter::text("EndTime"),
        Parameter::new("SpecifyStatistics", Kind::Whole(1, 7)),
    ],
    read,
)];

fn read(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let said = asked.arguments;
    let held = asked.holdings()?;
    let period = said.whole("Period").unwrap_or(300);
    if ![60, 300, 3_600, 86_400].contains(&period) {
        return Err(wrong_value("Period"));
    }
    let now = asked.world.now();
    let to = moment(said.text("EndTime"), "EndTime")?.unwrap_or(now);
    let hour = SignedDuration::from_hours(1);
    let from = moment(said.text("StartTime"), "StartTime")?;
    let from = from.unwrap_or_else(|| to.saturating_sub(hour).unwrap_or(to));
    if to < from {
        return Err(wrong_value("EndTime"));
    }
    let machines = machines(said.value("Instances"))?;
    // The beginning is that of its period, and both ends are in the answer.
    let from = floor(from, period);
    let points = to.duration_since(from).as_secs() / period + 1;
    let many = i64::try_from(machines.len()).unwrap_or(i64::MAX);
    if machines.len() > MOST_MACHINES || points.saturating_mul(many) > MOST_POINTS {
        return Err(Trouble::new(
            "LimitExceeded.LimitedAccess",
            "请求受限，查询实例数受到限制或者触发限频等限制操作。",
            "The request is for too many instances or too many data points.",
        ));
    }
    let statistics = said.whole("SpecifyStatistics").unwrap_or(0);
    let rows = machines.iter().rev().map(|machine| {
        let points = points_of(&held, machine, (from, to), period, now);
        row(machine, &points, statistics)
    });
    let rows: Vec<Value> = rows.collect();
    json(&json!({
        "StartTime": shown(from),
        "EndTime": shown(to),
        "Period": period,
        "MetricName": said.text("MetricName"),
        "DataPoints": rows,
        "Msg": "",
    }))
}

fn moment(text: Option<&str>, name: &str) -> Result<Option<Timestamp>, Trouble> {
    let read = text.map(str::parse).transpose();
    read.map_err(|_| wrong_value(name))
}

fn floor(at: Timestamp, period: i64) -> Timestamp {
    let seconds = at.as_second().div_euclid(period) * period;
    Timestamp::from_second(seconds).unwrap_or(at)
}

/// The service tells the ends in Beijing's time, whatever it was asked in.
fn shown(at: Timestamp) -> String {
    let at = at.to_zoned(TimeZone::fixed(offset(8)));
    at.strftime("%Y-%m-%dT%H:%M:%S+08:00").to_string()
}

fn machines(said: &Value) -> Result<Vec<String>, Trouble> {
    let things = said.as_array().filter(|it| !it.is_empty());
    let things = things.ok_or_else(|| missing("Instances"))?;
    let ids = things.iter().map(|thing| {
        let mut dimensions = thing["Dimensions"].as_array().into_iter().flatten();
        let id = dimensions.find(|it| it["Name"] == "InstanceId");
        let id = id.and_then(|it| it["Value"].as_str());
        id.map(str::to_owned)
            .ok_or_else(|| wrong_value("Instances.0.Dimensions"))
    });
    ids.collect()
}

/// Returns the averages of a machine; there are none of one that is not there or has no public address.
fn points_of(
    held: &Holdings,
    id: &str,
    (from, to): (Timestamp, Timestamp),
    period: i64,
    now: Timestamp,
) -> Vec<(i64, f64)> {
    let machine = held.machines.get(id);
    let public = machine
        .is_some_and(|it| !it.public_ips.is_empty() || held.addresses_of(id).next().is_some());
    if !public {
        return Vec::new();
    }
    let step = SignedDuration::from_secs(period);
    let last = to.saturating_add(step).unwrap_or(to);
    let sent = held.sent(id, (from, last), step);
    let over = sent
        .into_iter()
        .filter(|(at, _)| *at <= to && *at + step <= now);
    over.map(|(at, bytes)| (at.as_second(), rate(bytes, period)))
        .collect()
}

/// Bytes of a period as millions of bits a second; a number has far fewer digits than are lost here.
fn rate(bytes: u64, period: i64) -> f64 {
    let bytes: f64 = bytes.to_string().parse().unwrap_or(0.0);
    let period: f64 = period.max(1).to_string().parse().unwrap_or(1.0);
    bytes * 8.0 / period / 1_000_000.0
}

fn row(machine: &str, points: &[(i64, f64)], statistics: i64) -> Value {
    let values: Vec<f64> = points.iter().map(|it| it.1).collect();
    let times: Vec<i64> = points.iter().map(|it| it.0).collect();
    let mut row = Map::new();
    let dimensions = json!([{"Name": "InstanceId", "Value": machine}]);
    row.insert("Dimensions".to_owned(), dimensions);
    row.insert("Timestamps".to_owned(), json!(times));
    row.insert("Values".to_owned(), json!(values));
    for (bit, name) in [(1, "AvgValues"), (2, "MaxValues"), (4, "MinValues")] {
        if statistics & bit != 0 {
            row.insert(name.to_owned(), json!(values));
        }
    }
    Value::Object(row)
}
