//! What policies watch: bound, listed, let go.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{MODULE, Object, REGION, action, home, is_code, objects};
use crate::tencent::arguments::{Kind, Parameter};
use crate::tencent::catalog::{ActionSpec, Asked, Listing, Paging, json};
use crate::tencent::words::{Trouble, missing, not_found, wrong_value};
use crate::world::alarms::Alarm;
use crate::world::machines::Tags;

const GROUP: Parameter = Parameter::new("GroupId", Kind::Whole(0, i64::MAX));

pub(super) const ACTIONS: &[ActionSpec] = &[
    action(
        "BindingPolicyObject",
        &[
            MODULE,
            GROUP,
            Parameter::text("PolicyId"),
            Parameter::new(
                "Dimensions",
                Kind::Objects(&[
                    Parameter::text("Region").needed(),
                    Parameter::new("RegionId", Kind::Whole(0, i64::MAX)),
                    Parameter::text("Dimensions"),
                    Parameter::text("EventDimensions"),
                ]),
            ),
        ],
        bind,
    ),
    action(
        "UnBindingPolicyObject",
        &[
            MODULE,
            GROUP.needed(),
            Parameter::text("PolicyId"),
            Parameter::new("UniqueId", Kind::Texts(100)).needed(),
        ],
        unbind,
    ),
    ActionSpec {
        listing: Some(Listing {
            rows: "/List",
            total: "/Total",
            paging: Paging::OffsetLimit(20),
        }),
        ..action(
            "DescribeBindingPolicyObjectList",
            &[
                MODULE,
                GROUP.needed(),
                Parameter::text("PolicyId"),
                Parameter::offset(),
                Parameter::limit(100),
            ],
            list,
        )
    },
];

/// Returns the policy that is named, and where it is kept.
fn named(asked: &Asked<'_>) -> Result<(String, Alarm), Trouble> {
    let id = asked.arguments.text("PolicyId");
    let id = id.ok_or_else(|| missing("PolicyId"))?;
    let home = home(asked, id)?;
    let held = asked.world.truth(asked.caller()?.uid, &home);
    let alarm = held.alarms.get(id);
    let alarm = alarm.ok_or_else(|| not_found("ResourceNotFound", id))?;
    Ok((home, Alarm::clone(alarm)))
}

/// Returns the id of an object: the same for the same dimensions.
fn unique_id(object: &Object) -> String {
    let text = format!("{}{}", object.region, object.dimensions);
    let sum = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |sum, it| {
        (sum ^ u64::from(it)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{sum:016x}{:016x}", sum.rotate_left(17))
}

/// Writes a policy with other objects. The first that are bound belong to its making; a change of what it watched
/// is one that is noted.
fn write(asked: &Asked<'_>, home: &str, alarm: Alarm, watches: Vec<Tags>) -> Result<(), Trouble> {
    let uid = asked.caller()?.uid;
    let first = alarm.watches.is_empty();
    let written = asked.world.change(uid, home, |held, now| {
        if first {
            held.alarms.change(&alarm.id, |it| {
                (it.watches, it.written) = (watches, now);
            });
            return Ok(());
        }
        held.put_alarm(Alarm { watches, ..alarm }, now)
    });
    let done = written.and_then(Result::ok);
    done.ok_or_else(|| wrong_value("PolicyId"))
}

fn bind(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let (home, alarm) = named(asked)?;
    let said = asked.arguments.value("Dimensions").as_array();
    let said = said.filter(|it| !it.is_empty());
    let mut watches = alarm.watches.clone();
    for thing in said.ok_or_else(|| missing("Dimensions"))? {
        let region = thing["Region"].as_str().unwrap_or_default();
        if !is_code(region) {
            return Err(wrong_value("Dimensions.0.Region"));
        }
        let text = thing["Dimensions"].as_str().unwrap_or_default();
        // An object inside of a text.
        let read: Result<BTreeMap<String, String>, _> = serde_json::from_str(text);
        let read = read.map_err(|_| wrong_value("Dimensions.0.Dimensions"))?;
        if read.is_empty() {
            return Err(wrong_value("Dimensions.0.Dimensions"));
        }
        let mut dimensions: Tags = read.into_iter().collect();
        dimensions.push((REGION.to_owned(), region.to_owned()));
        let probe = Alarm {
            watches: vec![dimensions.clone()],
            ..alarm.clone()
        };
        let known = objects(&home, &alarm);
        // Whether there is such a thing is not looked at, and twice is once.
        if !objects(&home, &probe).iter().all(|it| known.contains(it)) {
            watches.push(dimensions);
        }
    }
    if watches != alarm.watches {
        write(asked, &home, alarm, watches)?;
    }
    json(&json!({}))
}

fn unbind(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let (home, alarm) = named(asked)?;
    let ids = asked.arguments.texts("UniqueId").unwrap_or_default();
    let bound = objects(&home, &alarm);
    let both = alarm.watches.iter().zip(&bound);
    let left = both.filter(|(_, object)| !ids.contains(&unique_id(object)));
    let left: Vec<Tags> = left.map(|it| it.0.clone()).collect();
    if left.len() < alarm.watches.len() {
        let mut alarm = alarm;
        // One that watches nothing any more does not watch everything.
        alarm.more.retain(|it| it.0 != super::BIND_ALL);
        alarm
            .more
            .push((super::BIND_ALL.to_owned(), "0".to_owned()));
        write(asked, &home, alarm, left)?;
    }
    json(&json!({}))
}

fn list(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let (home, alarm) = named(asked)?;
    let objects = objects(&home, &alarm);
    let (rows, total) = asked.arguments.part(20).cut(objects.into_iter());
    let rows = rows.into_iter().map(|it| {
        json!({
            "UniqueId": unique_id(&it),
            "Dimensions": it.dimensions,
            "Region": it.region,
            "IsShielded": 0,
        })
    });
    let rows: Vec<Value> = rows.collect();
    json(&json!({
        "List": rows,
        "Total": total,
        "NoShieldedSum": total,
        "InstanceGroup": null,
    }))
}
