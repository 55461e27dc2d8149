//! What machines sent out: averages of millions of bits a second, made bytes of a period.
//!
//! The first million readings a month of an account cost nothing: a question names as many machines,
//! and as long a time, as it may.

use std::collections::BTreeMap;

use cloud::CloudError;
use jiff::{SignedDuration, Timestamp};
use model::{RegionId, ResourceId, Traffic, TrafficRule};
use serde_json::{Value, json};

use super::policies::OUTBOUND;
use crate::Tencent;
use crate::decode::{self, Loose, Misread};
use crate::operations::GET_MONITOR_DATA;

/// As many machines, and as many points of all of them, as one question may ask for.
const MOST_MACHINES: i64 = 50;
const MOST_POINTS: i64 = 7_200;
/// A point is a time and a number or two.
const POINT_BYTES: u64 = 48;
/// The average, of those that the service can give.
const AVERAGE: u32 = 1;

impl Tencent {
    pub(super) async fn sent_out(
        &self,
        region: &RegionId,
        machines: &[ResourceId],
        rule: &TrafficRule,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Traffic>, CloudError> {
        let seconds = rule.period.as_secs().max(1);
        let mut sent: BTreeMap<&str, BTreeMap<Timestamp, u64>> = machines
            .iter()
            .map(|it| (it.as_str(), BTreeMap::new()))
            .collect();
        for (begin, end, many) in questions(from, to, seconds) {
            for some in machines.chunks(many) {
                let series = self.series(region, some, seconds, begin, end).await?;
                for Series { machine, points } in series {
                    let Some(sums) = sent.get_mut(machine.as_str()) else {
                        continue;
                    };
                    // Both ends are in an answer.
                    let inside = points.into_iter().filter(|it| it.0 >= from && it.0 < to);
                    sums.extend(inside.map(|(at, rate)| (at, bytes(rate, seconds))));
                }
            }
        }
        let traffic = sent.into_iter().map(|(machine, points)| Traffic {
            machine: ResourceId::new(machine),
            points: points.into_iter().collect(),
        });
        Ok(traffic.collect())
    }

    async fn series(
        &self,
        region: &RegionId,
        machines: &[ResourceId],
        seconds: i64,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Series>, CloudError> {
        let named = machines
            .iter()
            .map(|it| json!({ "Dimensions": [{ "Name": "InstanceId", "Value": it.as_str() }] }));
        self.call_in(&GET_MONITOR_DATA, region, decode_series)
            .with("Namespace", "QCE/CVM")
            .with("MetricName", OUTBOUND)
            .with("Instances", named.collect::<Value>())
            .with("Period", seconds)
            .with("StartTime", from.to_string())
            .with("EndTime", to.to_string())
            .with("SpecifyStatistics", AVERAGE)
            .expecting(MOST_POINTS.unsigned_abs(), POINT_BYTES)
            .send()
            .await
    }
}

/// Returns the times that are asked for one after the other, and how many machines at once.
fn questions(from: Timestamp, to: Timestamp, seconds: i64) -> Vec<(Timestamp, Timestamp, usize)> {
    let mut questions = Vec::new();
    let mut begin = from;
    // Both ends are counted.
    let longest = SignedDuration::from_secs(seconds.saturating_mul(MOST_POINTS - 2));
    while begin < to {
        let end = begin.checked_add(longest).unwrap_or(to).min(to);
        let points = end.duration_since(begin).as_secs() / seconds + 2;
        let many = (MOST_POINTS / points.max(1)).clamp(1, MOST_MACHINES);
        questions.push((begin, end, usize::try_from(many).unwrap_or(1)));
        begin = end;
    }
    questions
}

/// Returns the bytes of a period at an average rate in Mbit/s; a broken number counts as nothing.
fn bytes(rate: f64, seconds: i64) -> u64 {
    let bytes = rate * 1_000_000.0 / 8.0 * seconds as f64;
    bytes.max(0.0).round() as u64
}

/// The averages of one machine.
#[derive(Debug, PartialEq)]
struct Series {
    machine: String,
    points: Vec<(Timestamp, f64)>,
}

decode::wire! {
    struct Answer<'a> {
        data_points: Option<Vec<Row<'a>>>,
    }
    struct Row<'a> {
        dimensions: Option<Vec<Dimension<'a>>>,
        timestamps: Option<Vec<Loose<'a>>>,
        values: Option<Vec<Loose<'a>>>,
        avg_values: Option<Vec<Loose<'a>>>,
    }
    struct Dimension<'a> {
        name: Loose<'a>,
        value: Loose<'a>,
    }
}

fn decode_series(body: &str) -> Result<Vec<Series>, Misread> {
    let answer: Answer<'_> = decode::object(body)?;
    let rows = answer.data_points.ok_or(Misread::Lacks("DataPoints"))?;
    rows.into_iter().map(series).collect()
}

/// The order of the answer is not that of the question.
fn series(row: Row<'_>) -> Result<Series, Misread> {
    let mut dimensions = row.dimensions.unwrap_or_default().into_iter();
    let machine = dimensions.find(|it| it.name.text() == "InstanceId");
    let machine = machine.and_then(|it| it.value.some_text());
    let machine = machine.ok_or(Misread::Lacks(
        "InstanceId in the Dimensions of one of its rows",
    ))?;
    // The average where it is said apart; else it is what the metric has.
    let averages = row.avg_values.filter(|it| !it.is_empty()).or(row.values);
    let (times, averages) = (
        row.timestamps.unwrap_or_default(),
        averages.unwrap_or_default(),
    );
    if times.len() != averages.len() {
        return Err(Misread::Lacks("as many Values as Timestamps"));
    }
    let points = times.iter().zip(&averages).filter_map(|(time, value)| {
        let seconds = float(time)?;
        let at = Timestamp::from_second(seconds as i64).ok()?;
        Some((at, float(value)?))
    });
    Ok(Series {
        points: points.collect(),
        machine,
    })
}

/// Whole numbers and broken ones take each other's place.
fn float(value: &Loose<'_>) -> Option<f64> {
    let number = match value {
        Loose::Fraction(number) => *number,
        other => other.text().parse().ok()?,
    };
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_question_is_as_large_as_it_may_be() {
        let to = at("2026-11-21T02:00:00Z");
        let days = |days: i64| to - SignedDuration::from_hours(24 * days);
        // 2,016 periods of a week: three machines at once.
        assert_eq!(questions(days(7), to, 300), [(days(7), to, 3)]);
        let hour = to - SignedDuration::from_hours(1);
        assert_eq!(questions(hour, to, 300), [(hour, to, 50)]);
        // 43,200 minutes of a month: one machine in seven parts.
        let month = questions(days(30), to, 60);
        assert_eq!((month.len(), month[0].2, month[6].1), (7, 1, to));
        assert!(month.windows(2).all(|it| it[0].1 == it[1].0));
        assert!(questions(to, to, 60).is_empty());
    }

    #[test]
    fn series_are_read_in_any_order_and_in_whole_or_broken_numbers() {
        let body = r#"{"Response":{"Period":300,"DataPoints":[
            {"Dimensions":[{"Name":"InstanceId","Value":"ins-2"}],"Timestamps":[],"Values":[]},
            {"Dimensions":[{"Name":"InstanceId","Value":"ins-1"}],"Timestamps":[1795226400,1795226700.0],
             "Values":[9,9],"AvgValues":[0.533333,2]}],"Msg":"","RequestId":"r"}}"#;
        let all = decode_series(body).unwrap();
        assert!(all[0].points.is_empty());
        let rates: Vec<f64> = all[1].points.iter().map(|it| it.1).collect();
        assert_eq!(
            (all[1].machine.as_str(), rates),
            ("ins-1", vec![0.533_333, 2.0])
        );
        assert_eq!(bytes(2.0, 300), 75_000_000);
        assert_eq!(bytes(-1.0, 300), 0);
        let short = r#"{"Response":{"DataPoints":[{"Dimensions":[{"Name":"InstanceId","Value":"ins-1"}],
            "Timestamps":[1795226400],"Values":[]}],"RequestId":"r"}}"#;
        assert!(matches!(decode_series(short), Err(Misread::Lacks(_))));
    }
}
