//! The monitoring service: alarm policies, what each of them watches, whom they tell, and what metrics show.
//!
//! A policy is of the whole account, and what it watches stands in regions that have short codes here. A policy and
//! its objects are two things: one that was just made watches nothing. No name is the only one of its kind.

mod binding;
mod data;
mod policies;

use jiff::Timestamp;

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked};
use super::changing::change;
use super::words::{Trouble, not_found};
use crate::world::alarms::Alarm;
use crate::world::cloud::Cloud;

const SERVICE: &str = "monitor";
const VERSION: &str = "2018-07-24";
/// What every question says of the service it is about.
const MODULE: Parameter = Parameter::new("Module", Kind::OneOf(&["monitor"])).needed();
/// The mark of a policy that watches what was bound to it, and not everything there is.
const BIND_ALL: &str = "IsBindAll";

pub(super) const BINDING: &[ActionSpec] = binding::ACTIONS;
pub(super) const DATA: &[ActionSpec] = data::ACTIONS;
pub(super) const POLICIES: &[ActionSpec] = policies::ACTIONS;

/// The codes by which the service knows regions.
const CODES: &[(&str, &str)] = &[
    ("ap-bangkok", "th"),
    ("ap-beijing", "bj"),
    ("ap-beijing-fsi", "bjjr"),
    ("ap-chengdu", "cd"),
    ("ap-chongqing", "cq"),
    ("ap-guangzhou", "gz"),
    ("ap-hongkong", "hk"),
    ("ap-jakarta", "jkt"),
    ("ap-mumbai", "in"),
    ("ap-nanjing", "nj"),
    ("ap-seoul", "kr"),
    ("ap-shanghai", "sh"),
    ("ap-shanghai-fsi", "shjr"),
    ("ap-shenzhen-fsi", "szjr"),
    ("ap-singapore", "sg"),
    ("ap-tokyo", "jp"),
    ("eu-frankfurt", "de"),
    ("na-ashburn", "use"),
    ("na-siliconvalley", "usw"),
    ("sa-saopaulo", "sao"),
];

fn code_of(region: &str) -> &str {
    let known = CODES.iter().find(|it| it.0 == region);
    known.map_or(region, |it| it.1)
}

fn is_code(code: &str) -> bool {
    CODES.iter().any(|it| it.1 == code)
}

const fn action(
    name: &'static str,
    parameters: &'static [Parameter],
    serve: fn(&Asked<'_>) -> Result<Vec<u8>, Trouble>,
) -> ActionSpec {
    change(SERVICE, VERSION, name, parameters, serve)
}

/// Returns every policy of the account that answers show, and the region in which it is kept.
fn all(asked: &Asked<'_>) -> Result<Vec<(String, Alarm)>, Trouble> {
    let uid = asked.caller()?.uid;
    let mut all = Vec::new();
    for (region, ..) in Cloud::Tencent.regions() {
        let held = asked.world.holdings(uid, region);
        let here = held.alarms.iter();
        all.extend(here.map(|it| ((*region).to_owned(), Alarm::clone(it))));
    }
    Ok(all)
}

/// Returns the region in which policy `id` is kept, whether answers show it yet or not.
fn home(asked: &Asked<'_>, id: &str) -> Result<String, Trouble> {
    let everywhere = asked.world.everywhere(asked.caller()?.uid);
    let found = everywhere
        .iter()
        .find(|(_, held)| held.alarms.get(id).is_some());
    let found = found.map(|(region, _)| region.to_owned());
    found.ok_or_else(|| not_found("ResourceNotFound", id))
}

/// Returns whether a policy watches everything there is.
fn watches_all(alarm: &Alarm) -> bool {
    let bound = |it: &(String, String)| it.0 == BIND_ALL && it.1 == "0";
    alarm.group.is_none() && alarm.watches.is_empty() && !alarm.more.iter().any(bound)
}

/// One thing that a policy watches.
#[derive(Debug, PartialEq, Eq)]
struct Object {
    /// The code of its region.
    region: String,
    /// Its dimensions, as a text that is an object.
    dimensions: String,
}

/// The dimension that holds the region of a thing; the service tells it beside the others.
const REGION: &str = "Region";

/// Returns what a policy that is kept in `home` watches.
fn objects(home: &str, alarm: &Alarm) -> Vec<Object> {
    let objects = alarm.watches.iter().map(|thing| {
        let region = thing.iter().find(|it| it.0 == REGION);
        let region = region.map_or_else(|| code_of(home).to_owned(), |it| it.1.clone());
        let own = thing.iter().filter(|it| it.0 != REGION);
        let named = own.map(|(key, value)| {
            let key = match key.eq_ignore_ascii_case("instanceid") {
                true => "unInstanceId",
                false => key,
            };
            (key.to_owned(), serde_json::Value::from(value.as_str()))
        });
        Object {
            region,
            dimensions: serde_json::Value::Object(named.collect()).to_string(),
        }
    });
    objects.collect()
}

fn unix(at: Timestamp) -> i64 {
    at.as_second()
}
