//! What metrics show: what machines and addresses send out, in bits a second.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{action, bad, not_found, region};
use crate::aliyun::arguments::{Kind, Parameter};
use crate::aliyun::catalog::{self, ActionSpec, Asked};
use crate::aliyun::tokens;
use crate::world::account::Uid;
use crate::world::holdings::Holdings;
use crate::world::paging::PageAsked;
use crate::world::refusal::Refusal;

/// As many things as one question may name.
const MOST_THINGS: usize = 50;
/// As many points as a page has where nothing is said.
const USUAL_LENGTH: usize = 1000;

const PARAMETERS: &[Parameter] = &[
    Parameter::text("Namespace").needed(),
    Parameter::text("MetricName").needed(),
    Parameter::text("Dimensions"),
    Parameter::new("Period", Kind::OneOf(&["60", "300", "900", "3600"])),
    Parameter::text("StartTime"),
    Parameter::text("EndTime"),
    Parameter::new("Length", Kind::Whole(1, 1440)),
    Parameter::text("NextToken"),
    Parameter::text("Express"),
];

pub(super) const ACTIONS: &[ActionSpec] = &[
    action(
        "DescribeMetricList",
        "cms:DescribeMetricList",
        PARAMETERS,
        describe_metric_list,
    ),
    action(
        "DescribeMetricLast",
        "cms:DescribeMetricLast",
        PARAMETERS,
        describe_metric_last,
    ),
];

/// One average.
struct Point {
    thing: String,
    at: Timestamp,
    bits_a_second: f64,
}

fn describe_metric_list(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    asked.caller()?.require("cms:DescribeMetricList")?;
    let said = asked.arguments;
    let hour = SignedDuration::from_hours(1);
    let (mut points, period) = points(asked, hour)?;
    points.sort_by(|one, other| (one.at, &one.thing).cmp(&(other.at, &other.thing)));
    let length = said.whole("Length").and_then(|it| usize::try_from(it).ok());
    let size = length.unwrap_or(USUAL_LENGTH);
    let place = said.all_but("NextToken").len().to_string();
    let page = match said.text("NextToken") {
        None => PageAsked { number: 1, size },
        Some(token) => tokens::page(token, size, &place).ok_or_else(|| bad("NextToken"))?,
    };
    let page = page.cut(points.into_iter());
    let next = tokens::next(&page, &place);
    answer(asked, page.items, period, &next)
}

fn describe_metric_last(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    asked.caller()?.require("cms:DescribeMetricLast")?;
    let (points, period) = points(asked, SignedDuration::from_mins(15))?;
    let mut last: BTreeMap<String, Point> = BTreeMap::new();
    for point in points {
        let newer = last.get(&point.thing).is_none_or(|it| it.at < point.at);
        if newer {
            last.insert(point.thing.clone(), point);
        }
    }
    answer(asked, last.into_values().collect(), period, "")
}

/// Returns the points that are asked for, and how far apart they are; those of `usual` before the end where no
/// beginning is said.
fn points(asked: &Asked<'_>, usual: SignedDuration) -> Result<(Vec<Point>, i64), Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    let period = said.whole("Period").unwrap_or(60);
    let to = moment(said.text("EndTime")).map_err(|()| bad("EndTime"))?;
    let to = to.unwrap_or_else(|| asked.world.now());
    let from = moment(said.text("StartTime")).map_err(|()| bad("StartTime"))?;
    let from = from.unwrap_or_else(|| to.saturating_sub(usual).unwrap_or(to));
    let named = named(said.text("Dimensions"))?;
    let place = place(asked, caller.uid, named.as_deref());
    let held = asked.world.holdings(caller.uid, &place);
    let metric = (said.text("Namespace"), said.text("MetricName"));
    let all: Vec<(String, String)> = match metric {
        (Some("acs_ecs_dashboard"), Some("VPC_PublicIP_InternetOutRate" | "InternetOutRate")) => {
            let machines = held.machines.iter();
            let public = machines.filter(|it| {
                !it.public_ips.is_empty() || held.addresses_of(&it.id).next().is_some()
            });
            public.map(|it| (it.id.clone(), it.id.clone())).collect()
        }
        (Some("acs_vpc_eip"), Some("net_tx.rate")) => addresses(&held),
        _ => return Err(not_found()),
    };
    let wanted = all
        .into_iter()
        .filter(|(thing, _)| named.as_ref().is_none_or(|named| named.contains(thing)));
    let step = SignedDuration::from_secs(period);
    let mut points = Vec::new();
    for (thing, counted) in wanted {
        // The beginning is left out and the end is not, where the world has it the other way round; and a period
        // counts once it has begun.
        let last = to.saturating_add(step).unwrap_or(to);
        let sent = held.sent(&counted, (from, last), step);
        let now = asked.world.now();
        let kept = sent
            .into_iter()
            .filter(|(at, _)| *at > from && *at <= to && *at + step <= now);
        points.extend(kept.map(|(at, bytes)| Point {
            thing: thing.clone(),
            at,
            bits_a_second: rate(bytes, period),
        }));
    }
    Ok((points, period))
}

/// Returns the region that is asked about: the host would tell it, and there is one host here, so that it is where
/// the things are that are named, unless a region is said.
fn place(asked: &Asked<'_>, uid: Uid, named: Option<&[String]>) -> String {
    let has = |held: &Holdings| {
        let mut named = named.into_iter().flatten();
        named.any(|it| held.machines.get(it).is_some() || held.addresses.get(it).is_some())
    };
    let everywhere = asked.world.everywhere(uid);
    let found = everywhere.iter().find(|(_, held)| has(held));
    match asked.arguments.text("RegionId") {
        None => found.map_or(region(asked), |it| it.0).to_owned(),
        Some(_) => region(asked).to_owned(),
    }
}

/// Returns the addresses that are at something, and what is counted for each: what its machine sends, unless a test
/// says what the address sends.
fn addresses(held: &Holdings) -> Vec<(String, String)> {
    let bound = held.addresses.iter().filter_map(|it| {
        let (_, holder) = it.holder.as_ref()?;
        let counted = match held.loads.contains_key(&it.id) {
            true => it.id.clone(),
            false => holder.clone(),
        };
        Some((it.id.clone(), counted))
    });
    bound.collect()
}

/// Bytes of a period as bits a second; a number has far fewer digits than are lost here.
fn rate(bytes: u64, period: i64) -> f64 {
    let bytes: f64 = bytes.to_string().parse().unwrap_or(0.0);
    let period: f64 = period.max(1).to_string().parse().unwrap_or(1.0);
    (bytes * 8.0 / period * 100.0).round() / 100.0
}

/// Reads a moment: milliseconds, or a time of UTC.
fn moment(text: Option<&str>) -> Result<Option<Timestamp>, ()> {
    let Some(text) = text else {
        return Ok(None);
    };
    let read = match text.parse::<i64>() {
        Ok(milliseconds) => Timestamp::from_millisecond(milliseconds).ok(),
        Err(_) => text
            .replacen(' ', "T", 1)
            .trim_end_matches('Z')
            .parse()
            .ok()
            .or_else(|| {
                format!("{}Z", text.replacen(' ', "T", 1).trim_end_matches('Z'))
                    .parse()
                    .ok()
            }),
    };
    read.map(Some).ok_or(())
}

/// Reads the things that are named; everything there is when none is.
fn named(text: Option<&str>) -> Result<Option<Vec<String>>, Refusal> {
    let Some(text) = text else {
        return Ok(None);
    };
    let rows: Vec<BTreeMap<String, String>> = match serde_json::from_str(text) {
        Ok(rows) => rows,
        Err(_) => vec![serde_json::from_str(text).map_err(|_| bad("Dimensions"))?],
    };
    if rows.len() > MOST_THINGS {
        return Err(bad("Dimensions"));
    }
    let ids = rows.into_iter().map(|mut it| it.remove("instanceId"));
    let ids = ids.collect::<Option<Vec<_>>>();
    ids.map(Some).ok_or_else(|| bad("Dimensions"))
}

fn answer(
    asked: &Asked<'_>,
    points: Vec<Point>,
    period: i64,
    next: &str,
) -> Result<Vec<u8>, Refusal> {
    let user = asked.caller()?.uid.to_string();
    let rows = points.into_iter().map(|it| {
        json!({
            "timestamp": it.at.as_millisecond(),
            "userId": user,
            "instanceId": it.thing,
            "Average": it.bits_a_second,
            "Maximum": it.bits_a_second,
            "Minimum": it.bits_a_second,
        })
    });
    let rows: Vec<Value> = rows.collect();
    let mut body = json!({
        "RequestId": asked.request_id,
        "Success": true,
        "Code": "200",
        "Period": period.to_string(),
        // A list inside of a text.
        "Datapoints": Value::Array(rows).to_string(),
    });
    if !next.is_empty() {
        body["NextToken"] = json!(next);
    }
    catalog::json(&body)
}
