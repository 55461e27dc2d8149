//! What machines sent, period by period.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{invalid, moment, pairs, said_moment};
use crate::aws::catalog::Asked;
use crate::world::holdings::Holdings;
use crate::world::refusal::Refusal;

/// The most queries of one call.
const MOST_QUERIES: usize = 500;
/// How far apart the points of a machine are that is not watched in detail.
const BASIC: SignedDuration = SignedDuration::from_mins(5);

/// One thing that is asked for.
struct Query {
    id: String,
    label: String,
    shown: bool,
    metric: (String, String),
    dimensions: Vec<(String, String)>,
    period: i64,
    statistic: Statistic,
}

#[derive(Debug, Clone, Copy)]
enum Statistic {
    Sum,
    Average,
    Maximum,
    Minimum,
    Count,
}

pub(super) fn get_metric_data(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let (from, to) = (
        said_moment(asked, "StartTime")?,
        said_moment(asked, "EndTime")?,
    );
    if from >= to {
        return Err(invalid(
            "The parameter StartTime must be less than the parameter EndTime.",
        ));
    }
    let queries = queries(asked.arguments.value("MetricDataQueries"))?;
    let holdings = asked.world.holdings(asked.caller()?.uid, asked.region);
    let newest_first = asked.arguments.text("ScanBy") != Some("TimestampAscending");
    let now = asked.world.now();
    let shown = queries.iter().enumerate().filter(|(_, it)| it.shown);
    let points = shown.flat_map(|(at, query)| {
        let mut points = series(query, &holdings, (from, to.min(now)));
        if newest_first {
            points.reverse();
        }
        points.into_iter().map(move |point| (at, point))
    });
    let (page, token) = asked.cut(points)?;
    let mut results = Vec::new();
    for (at, query) in queries.iter().enumerate().filter(|(_, it)| it.shown) {
        let own: Vec<&(Timestamp, f64)> = page
            .iter()
            .filter(|it| it.0 == at)
            .map(|it| &it.1)
            .collect();
        let is_cut = token.is_some() && page.last().is_some_and(|it| it.0 <= at);
        results.push(json!({
            "Id": query.id,
            "Label": query.label,
            "Timestamps": own.iter().map(|it| moment(asked, it.0)).collect::<Vec<_>>(),
            "Values": own.iter().map(|it| it.1).collect::<Vec<_>>(),
            "StatusCode": if is_cut { "PartialData" } else { "Complete" },
        }));
    }
    let mut answer = asked.answer(results, token);
    answer["Messages"] = json!([]);
    Ok(answer)
}

/// Returns the points of one query, the oldest first.
fn series(
    query: &Query,
    holdings: &Holdings,
    between: (Timestamp, Timestamp),
) -> Vec<(Timestamp, f64)> {
    let machine = match &query.dimensions[..] {
        [(name, id)] if name == "InstanceId" => id,
        _ => return Vec::new(),
    };
    let is_traffic =
        (query.metric.0.as_str(), query.metric.1.as_str()) == ("AWS/EC2", "NetworkOut");
    if !is_traffic || holdings.machines.get(machine).is_none() {
        return Vec::new();
    }
    let mut periods: Vec<(i64, Vec<f64>)> = Vec::new();
    for (at, bytes) in holdings.sent(machine, between, BASIC) {
        let start = at.as_second().div_euclid(query.period) * query.period;
        let value = bytes as f64;
        match periods.last_mut().filter(|it| it.0 == start) {
            Some((_, values)) => values.push(value),
            None => periods.push((start, vec![value])),
        }
    }
    periods
        .into_iter()
        .filter_map(|(start, values)| {
            Some((
                Timestamp::from_second(start).ok()?,
                query.statistic.of(&values),
            ))
        })
        .collect()
}

impl Statistic {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "Sum" => Self::Sum,
            "Average" => Self::Average,
            "Maximum" => Self::Maximum,
            "Minimum" => Self::Minimum,
            "SampleCount" => Self::Count,
            _ => return None,
        })
    }

    fn of(self, values: &[f64]) -> f64 {
        let sum: f64 = values.iter().sum();
        match self {
            Self::Sum => sum,
            Self::Average => sum / values.len().max(1) as f64,
            Self::Maximum => values.iter().copied().fold(f64::MIN, f64::max),
            Self::Minimum => values.iter().copied().fold(f64::MAX, f64::min),
            Self::Count => values.len() as f64,
        }
    }
}

fn queries(said: Option<&Value>) -> Result<Vec<Query>, Refusal> {
    let rows = said.and_then(Value::as_array);
    let rows = rows.ok_or_else(|| invalid("MetricDataQueries must be a list."))?;
    if rows.is_empty() || rows.len() > MOST_QUERIES {
        return Err(invalid(format!(
            "MetricDataQueries must have 1 to {MOST_QUERIES} members."
        )));
    }
    let mut read: Vec<Query> = Vec::new();
    for row in rows {
        let query = query(row.as_object().unwrap_or(&Map::new()))?;
        if read.iter().any(|it| it.id == query.id) {
            return Err(invalid(format!("The Id {} is there twice.", query.id)));
        }
        read.push(query);
    }
    Ok(read)
}

fn query(said: &Map<String, Value>) -> Result<Query, Refusal> {
    let id = said.get("Id").and_then(Value::as_str).unwrap_or_default();
    let mut letters = id.chars();
    let is_id = letters.next().is_some_and(|it| it.is_ascii_lowercase())
        && letters.all(|it| it.is_ascii_alphanumeric() || it == '_');
    if !is_id {
        return Err(invalid(format!(
            "The value {id} for parameter Id must begin with a small letter and have letters, digits and _ only."
        )));
    }
    if said.contains_key("Expression") {
        return Err(invalid(format!("Metric math is not served here: {id}.")));
    }
    let stat = said.get("MetricStat").and_then(Value::as_object);
    let stat = stat.ok_or_else(|| invalid(format!("The query {id} has no MetricStat.")))?;
    let metric = stat.get("Metric").and_then(Value::as_object);
    let metric = metric.ok_or_else(|| invalid(format!("The query {id} has no Metric.")))?;
    let text = |of: &Map<String, Value>, name: &str| {
        of.get(name).and_then(Value::as_str).map(str::to_owned)
    };
    let whole = stat
        .get("Period")
        .and_then(|it| it.as_i64().or_else(|| it.as_str()?.parse().ok()));
    let period = whole.filter(|it| [1, 5, 10, 20, 30].contains(it) || (*it > 0 && it % 60 == 0));
    let period = period.ok_or_else(|| invalid(format!("The query {id} has no valid Period.")))?;
    let word = text(stat, "Stat").unwrap_or_default();
    let statistic = Statistic::read(&word).ok_or_else(|| {
        invalid(format!(
            "The value {word} for parameter Stat is not served here."
        ))
    })?;
    let name = text(metric, "MetricName").unwrap_or_default();
    let is_hidden = said
        .get("ReturnData")
        .is_some_and(|it| it == &json!(false) || it.as_str() == Some("false"));
    Ok(Query {
        id: id.to_owned(),
        label: text(said, "Label").unwrap_or_else(|| name.clone()),
        shown: !is_hidden,
        metric: (text(metric, "Namespace").unwrap_or_default(), name),
        dimensions: pairs(metric.get("Dimensions"), ("Name", "Value"), "Dimensions")?,
        period,
        statistic,
    })
}
