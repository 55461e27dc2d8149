//! What machines sent out: averages of bits a second, made bytes of a period.
//!
//! The first million readings a month of an account cost nothing, of all metrics together: fifty
//! machines are asked for in one, in pages as large as there are.

use std::collections::BTreeMap;

use cloud::{CloudError, ErrorKind};
use jiff::Timestamp;
use model::{Place, RegionId, ResourceId, Traffic, TrafficRule};
use serde::Deserialize;

use crate::Aliyun;
use crate::decode::{Loose, Misread};
use crate::operations::{DESCRIBE_METRICS, PUT_METRIC_RULE};

/// As many things as one question names.
const MOST_THINGS: usize = 50;
/// As many points as one page has.
const PAGE_POINTS: usize = 1440;
/// A point as it is written.
const POINT_BYTES: usize = 256;
/// Pages of one question: fifty machines, a week, a point a minute, twice over.
const MOST_PAGES: u32 = 800;

/// Where traffic is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meter {
    /// At the public address of a machine in a network of the account's own.
    Machine,
    /// At a machine in the old network of all.
    Classic,
    /// At an elastic address.
    Address,
}

impl Meter {
    pub(super) fn namespace(self) -> &'static str {
        match self {
            Self::Machine | Self::Classic => "acs_ecs_dashboard",
            Self::Address => "acs_vpc_eip",
        }
    }

    pub(super) fn metric(self) -> &'static str {
        match self {
            Self::Machine => "VPC_PublicIP_InternetOutRate",
            Self::Classic => "InternetOutRate",
            Self::Address => "net_tx.rate",
        }
    }
}

impl Aliyun {
    /// Returns where the traffic of a machine without an elastic address is counted.
    ///
    /// # Errors
    ///
    /// When it cannot be told, or there is no such machine: the cloud would take an alarm of it.
    pub(super) async fn meter_of(
        &self,
        region: &RegionId,
        machine: &ResourceId,
    ) -> Result<Meter, CloudError> {
        let shapes = self.shapes(region, std::slice::from_ref(machine)).await?;
        match shapes.iter().find(|it| it.id == *machine) {
            Some(shape) if shape.in_network => Ok(Meter::Machine),
            Some(_) => Ok(Meter::Classic),
            None => {
                let words = format!("there is no machine {machine}");
                Err(self.trouble(&PUT_METRIC_RULE, region, ErrorKind::NotFound, words))
            }
        }
    }

    pub(super) async fn sent_out(
        &self,
        region: &RegionId,
        machines: &[ResourceId],
        rule: &TrafficRule,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Traffic>, CloudError> {
        let mut sums: BTreeMap<ResourceId, BTreeMap<Timestamp, f64>> = machines
            .iter()
            .map(|it| (it.clone(), BTreeMap::new()))
            .collect();
        // By meter, what is counted there and the machine it is counted for.
        let mut counted: BTreeMap<Meter, Vec<(ResourceId, ResourceId)>> = BTreeMap::new();
        for shape in self.shapes(region, machines).await? {
            let (meter, thing) = match (shape.address, shape.in_network) {
                (Some(address), _) => (Meter::Address, address),
                (None, true) => (Meter::Machine, shape.id.clone()),
                (None, false) => (Meter::Classic, shape.id.clone()),
            };
            counted.entry(meter).or_default().push((thing, shape.id));
        }
        let seconds = rule.period.as_secs().max(1) as f64;
        for (meter, things) in &counted {
            for things in things.chunks(MOST_THINGS) {
                let machine_of: BTreeMap<&str, &ResourceId> =
                    things.iter().map(|it| (it.0.as_str(), &it.1)).collect();
                let names: Vec<&str> = machine_of.keys().copied().collect();
                let points = self.points(region, *meter, &names, rule, from, to).await?;
                for point in points {
                    let machine = machine_of.get(point.thing.as_str());
                    if let Some(sums) = machine.and_then(|it| sums.get_mut(*it)) {
                        // A machine with two addresses has two points of a time.
                        *sums.entry(point.at).or_default() += point.bits_a_second * seconds / 8.0;
                    }
                }
            }
        }
        let traffic = sums.into_iter().map(|(machine, points)| {
            // A negative or broken number counts as nothing.
            let points = points
                .into_iter()
                .map(|(at, bytes)| (at, bytes.max(0.0) as u64));
            Traffic {
                machine,
                points: points.collect(),
            }
        });
        Ok(traffic.collect())
    }

    async fn points(
        &self,
        region: &RegionId,
        meter: Meter,
        things: &[&str],
        rule: &TrafficRule,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Point>, CloudError> {
        let dimensions: Vec<serde_json::Value> = things
            .iter()
            .map(|it| serde_json::json!({ "instanceId": it }))
            .collect();
        let dimensions = serde_json::Value::Array(dimensions).to_string();
        // The start is left out by the cloud and the end is not: it is the other way round here.
        let before = |at: Timestamp| (at.as_millisecond() - 1).to_string();
        let mut points = Vec::new();
        let mut token = String::new();
        for _ in 0..MOST_PAGES {
            let mut call = self
                .call(&DESCRIBE_METRICS, decode_points)
                .at(Place::Region(region.clone()))
                .with("RegionId", region.as_str())
                .with("Namespace", meter.namespace())
                .with("MetricName", meter.metric())
                .with("Period", rule.period.as_secs().to_string())
                .with("StartTime", before(from))
                .with("EndTime", before(to))
                .with("Length", PAGE_POINTS.to_string())
                .with("Dimensions", dimensions.as_str())
                .expecting(PAGE_POINTS, POINT_BYTES);
            if !token.is_empty() {
                call = call.with("NextToken", token.as_str());
            }
            let page = call.send().await?;
            points.extend(page.points);
            if page.next.is_empty() || page.next == token {
                return Ok(points);
            }
            token = page.next;
        }
        let words = "the points of fifty machines come in pages without end";
        Err(self.trouble(&DESCRIBE_METRICS, region, ErrorKind::Undecodable, words))
    }
}

/// One average.
#[derive(Debug, PartialEq)]
struct Point {
    thing: String,
    at: Timestamp,
    bits_a_second: f64,
}

#[derive(Debug)]
struct PointPage {
    points: Vec<Point>,
    next: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(borrow)]
    datapoints: Loose<'a>,
    #[serde(borrow)]
    next_token: Loose<'a>,
    #[serde(borrow)]
    success: Loose<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Row<'a> {
    #[serde(borrow)]
    timestamp: Loose<'a>,
    #[serde(borrow, rename = "instanceId")]
    instance_id: Loose<'a>,
    #[serde(borrow, rename = "Average")]
    average: Loose<'a>,
}

fn decode_points(body: &str) -> Result<PointPage, Misread> {
    let answer: Answer<'_> = serde_json::from_str(body)?;
    if answer.success.flag() == Some(false) {
        return Err(Misread::Failed);
    }
    // A list inside of a text; empty where there is nothing.
    let text = answer.datapoints.text();
    let rows: Vec<Row<'_>> = if text.is_empty() {
        Vec::new()
    } else {
        serde_json::from_str(&text)?
    };
    let points = rows.into_iter().filter_map(|row| {
        let bits_a_second = match &row.average {
            Loose::Fraction(number) => Some(*number),
            other => other.text().parse().ok(),
        };
        Some(Point {
            thing: row.instance_id.some_text()?,
            at: crate::times::milliseconds(row.timestamp.whole()?)?,
            bits_a_second: bits_a_second.filter(|it: &f64| it.is_finite())?,
        })
    });
    Ok(PointPage {
        points: points.collect(),
        next: answer.next_token.into_text(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_stand_in_a_text_as_whole_or_broken_numbers() {
        let body = r#"{"Code":"200","Success":true,"NextToken":"t","Datapoints":"[{\"timestamp\":1490152860000,\"userId\":\"1\",\"instanceId\":\"i-1\",\"Average\":533333},{\"timestamp\":1490153160000,\"instanceId\":\"i-1\",\"Average\":99.5},{\"timestamp\":1490153160000,\"instanceId\":\"i-2\",\"Maximum\":7}]"}"#;
        let page = decode_points(body).unwrap();
        let read: Vec<_> = page
            .points
            .iter()
            .map(|it| (it.thing.as_str(), it.at.as_second(), it.bits_a_second))
            .collect();
        assert_eq!(
            read,
            [
                ("i-1", 1_490_152_860, 533_333.0),
                ("i-1", 1_490_153_160, 99.5)
            ]
        );
        assert_eq!(page.next, "t");
    }

    #[test]
    fn nothing_is_no_failure_and_a_failure_is_not_nothing() {
        for nothing in [r#""""#, r#""[]""#, "null"] {
            let body = format!(r#"{{"Success":"true","Datapoints":{nothing}}}"#);
            assert!(decode_points(&body).unwrap().points.is_empty());
        }
        assert!(matches!(
            decode_points(r#"{"Success":"false","Code":"Throttling.User"}"#),
            Err(Misread::Failed)
        ));
        assert!(matches!(
            decode_points(r#"{"Success":true,"Datapoints":"<html>"}"#),
            Err(Misread::Json(_))
        ));
    }
}
