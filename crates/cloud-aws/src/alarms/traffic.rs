//! What machines sent out (CloudWatch).
//!
//! One question asks for as many machines as the cloud allows; the points of one machine may come in
//! several pages.

use std::collections::BTreeMap;

use cloud::{CloudError, ErrorKind};
use futures_util::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use model::{Place, ResourceId, Traffic, TrafficRule};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{DIMENSION, METRIC, NAMESPACE, period};
use crate::Aws;
use crate::decode::{Loose, Misread};
use crate::lists::Batch;
use crate::operations::GET_METRIC_DATA;
use crate::times::instant_of;

/// As many machines as one question may name.
pub(crate) const MOST_QUERIES: usize = 500;
/// As many points as one answer may hold.
const MOST_POINTS: u32 = 100_800;
/// A point: a time and a value.
const POINT_BYTES: usize = 32;
/// Questions under way at once: an answer may be large.
const PARALLEL: usize = 2;

impl Aws {
    pub(super) async fn traffic_of(
        &self,
        place: &Place,
        machines: &[ResourceId],
        rule: &TrafficRule,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<Traffic>, CloudError> {
        let Some(seconds) = period(rule) else {
            let site = self.call_site(&GET_METRIC_DATA, place);
            let words = format!("a period of {} cannot be measured", rule.period);
            return Err(CloudError::new(site, ErrorKind::Invalid, words));
        };
        let asked: Vec<Vec<Traffic>> =
            futures_util::stream::iter(machines.chunks(MOST_QUERIES).map(<[ResourceId]>::to_vec))
                .map(|machines| self.traffic_of_some(place, machines, seconds, (from, to)))
                .buffered(PARALLEL)
                .try_collect()
                .await?;
        Ok(asked.into_iter().flatten().collect())
    }

    async fn traffic_of_some(
        &self,
        place: &Place,
        machines: Vec<ResourceId>,
        seconds: i64,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<Traffic>, CloudError> {
        let queries: Vec<Value> = machines
            .iter()
            .enumerate()
            .map(|(number, machine)| query(number, machine, seconds))
            .collect();
        let periods = (to.as_second() - from.as_second()).max(0) / seconds + 1;
        let points = usize::try_from(periods).unwrap_or(usize::MAX);
        let points = points.saturating_mul(machines.len());
        let pages = self
            .all(&GET_METRIC_DATA, place, |token| {
                self.call(&GET_METRIC_DATA, decode)
                    .at(place)
                    .with_json("MetricDataQueries", queries.clone())
                    .with_json("StartTime", from.as_second())
                    .with_json("EndTime", to.as_second())
                    .with_json("ScanBy", "TimestampAscending")
                    .with_json("MaxDatapoints", MOST_POINTS)
                    .with_some_json("NextToken", token)
                    .expecting(points.min(MOST_POINTS as usize), POINT_BYTES)
                    .send()
            })
            .await?;
        let mut sent: Vec<BTreeMap<Timestamp, u64>> = vec![BTreeMap::new(); machines.len()];
        for result in pages {
            if let Some(kind) = refusal_of(&result.status) {
                let site = self.call_site(&GET_METRIC_DATA, place);
                let words = format!("the points of a machine came as {:?}", result.status);
                return Err(CloudError::new(site, kind, words));
            }
            // An id that was not asked for belongs to nobody.
            if let Some(points) = sent.get_mut(result.number) {
                points.extend(result.points);
            }
        }
        let of_machine = |(machine, points): (ResourceId, BTreeMap<Timestamp, u64>)| Traffic {
            machine,
            points: points.into_iter().collect(),
        };
        Ok(machines.into_iter().zip(sent).map(of_machine).collect())
    }
}

/// `PartialData` has its rest on the next page.
fn refusal_of(status: &str) -> Option<ErrorKind> {
    match status {
        "Complete" | "PartialData" | "" => None,
        "Forbidden" => Some(ErrorKind::Denied {
            permission: Some(GET_METRIC_DATA.permission.to_owned()),
        }),
        _ => Some(ErrorKind::Busy),
    }
}

fn query(number: usize, machine: &ResourceId, seconds: i64) -> Value {
    json!({
        "Id": format!("m{number}"),
        "MetricStat": {
            "Metric": {
                "Namespace": NAMESPACE,
                "MetricName": METRIC,
                "Dimensions": [{ "Name": DIMENSION, "Value": machine.as_str() }],
            },
            "Period": seconds,
            "Stat": "Sum",
        },
        "ReturnData": true,
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(borrow)]
    metric_data_results: Option<Vec<Row<'a>>>,
    #[serde(borrow)]
    next_token: Loose<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Row<'a> {
    #[serde(borrow)]
    id: Loose<'a>,
    #[serde(borrow)]
    timestamps: Vec<Loose<'a>>,
    #[serde(borrow)]
    values: Vec<Loose<'a>>,
    #[serde(borrow)]
    status_code: Loose<'a>,
}

/// Some points of one machine.
#[derive(Debug)]
struct Points {
    /// Which one of those that were asked for.
    number: usize,
    status: String,
    points: Vec<(Timestamp, u64)>,
}

fn decode(body: &[u8]) -> Result<Batch<Points>, Misread> {
    let answer: Answer<'_> = serde_json::from_slice(body)?;
    let rows = answer.metric_data_results;
    let rows = rows.ok_or(Misread::Lacks("MetricDataResults"))?;
    let points = rows.into_iter().map(points).collect::<Result<_, _>>()?;
    Ok(Batch::new(points, &answer.next_token.text()))
}

fn points(row: Row<'_>) -> Result<Points, Misread> {
    let id = row.id.text();
    let number = id.strip_prefix('m').and_then(|it| it.parse().ok());
    if row.timestamps.len() != row.values.len() {
        return Err(Misread::Lacks("value for each time"));
    }
    let points = row.timestamps.iter().zip(&row.values).map(|(at, value)| {
        let lacks = Misread::Lacks("time or value that can be read");
        match (instant_of(at), bytes(value)) {
            (Some(at), Some(bytes)) => Ok((at, bytes)),
            _ => Err(lacks),
        }
    });
    Ok(Points {
        number: number.unwrap_or(usize::MAX),
        status: row.status_code.into_text(),
        points: points.collect::<Result<_, _>>()?,
    })
}

fn bytes(value: &Loose<'_>) -> Option<u64> {
    match value {
        Loose::Whole(number) => u64::try_from(*number).ok(),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "no machine sends so much, and none less than nothing"
        )]
        Loose::Fraction(number) if *number >= 0.0 => Some(number.round() as u64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_told_apart_by_machine_and_time() {
        let body = br#"{"MetricDataResults":[
            {"Id":"m1","Label":"NetworkOut","Timestamps":[1795247100,1795247400.0],"Values":[20000000.0,7],"StatusCode":"PartialData"},
            {"Id":"m0","Timestamps":[],"Values":[],"StatusCode":"Complete"}],"NextToken":"t","Messages":[]}"#;
        let batch = decode(body).unwrap();
        assert_eq!(batch.next.as_deref(), Some("t"));
        let first = &batch.rows[0];
        assert_eq!((first.number, first.status.as_str()), (1, "PartialData"));
        let bytes: Vec<u64> = first.points.iter().map(|it| it.1).collect();
        assert_eq!(bytes, [20_000_000, 7]);
        assert_eq!(first.points[0].0.to_string(), "2026-11-21T07:45:00Z");
        assert_eq!(batch.rows[1].number, 0);
    }

    #[test]
    fn points_that_do_not_fit_together_are_none() {
        for row in [
            r#""Timestamps":[1795247100],"Values":[]"#,
            r#""Timestamps":["soon"],"Values":[1]"#,
            r#""Timestamps":[1795247100],"Values":[-1.0]"#,
        ] {
            let body = format!("{{\"MetricDataResults\":[{{\"Id\":\"m0\",{row}}}]}}");
            assert!(decode(body.as_bytes()).is_err(), "{row}");
        }
        assert!(decode(b"{}").is_err());
    }

    #[test]
    fn a_result_that_failed_is_no_silence() {
        assert_eq!(refusal_of("Complete"), None);
        assert_eq!(refusal_of("InternalError"), Some(ErrorKind::Busy));
        assert!(matches!(
            refusal_of("Forbidden"),
            Some(ErrorKind::Denied { .. })
        ));
    }
}
