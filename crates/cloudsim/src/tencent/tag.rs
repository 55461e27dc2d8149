//! Tags of things of every service, by the six-part names of the cloud: `qcs::cvm:ap-guangzhou:uin/1:instance/ins-1`.
//! The service itself is of no region: the names tell it.

use serde_json::{Value, json};

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Reach, json};
use super::changing::{change, keyed_tags};
use super::words::{Trouble, coded_value, internal};
use crate::world::cloud::Cloud;
use crate::world::deeds::Sort;
use crate::world::machines::Tags;

const SERVICE: &str = "tag";
const VERSION: &str = "2018-08-13";
/// As many things, and as many tags, as one call may name.
const MOST: usize = 9;

const THINGS: Parameter = Parameter::new("ResourceList", Kind::Texts(MOST)).needed();

pub(super) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        reach: Reach::Everywhere,
        ..change(
            SERVICE,
            VERSION,
            "TagResources",
            &[
                THINGS,
                Parameter::new(
                    "Tags",
                    Kind::Objects(&[
                        Parameter::text("TagKey").needed(),
                        Parameter::text("TagValue").needed(),
                    ]),
                )
                .needed(),
            ],
            put,
        )
    },
    ActionSpec {
        reach: Reach::Everywhere,
        ..change(
            SERVICE,
            VERSION,
            "UnTagResources",
            &[
                THINGS,
                Parameter::new("TagKeys", Kind::Texts(MOST)).needed(),
            ],
            take,
        )
    },
];

/// What a six-part name names.
struct Named {
    region: String,
    sort: Sort,
    id: String,
}

/// Reads a six-part name; the part of the account may be empty.
fn named(asked: &Asked<'_>, name: &str) -> Result<Named, Trouble> {
    let wrong = |detail: &str| coded_value(&format!("InvalidParameterValue.{detail}"), name);
    let parts: Vec<&str> = name.split(':').collect();
    let ["qcs", _, service, region, owner, thing] = parts[..] else {
        return Err(wrong("ResourceDescriptionError"));
    };
    let uid = Cloud::Tencent.number(asked.caller()?.uid);
    if !owner.is_empty() && owner != "uin/" && owner != format!("uin/{uid}") {
        return Err(wrong("UinInvalid"));
    }
    if !Cloud::Tencent.regions().iter().any(|it| it.0 == region) {
        return Err(wrong("RegionInvalid"));
    }
    let (prefix, id) = thing
        .split_once('/')
        .ok_or_else(|| wrong("ResourceIdInvalid"))?;
    let sort = match (service, prefix) {
        ("cvm", "instance") => Sort::Machine,
        ("cvm", "image") => Sort::Image,
        ("cvm", "volume") => Sort::Disk,
        // Recorded like this as well.
        ("cbs", "instance") => Sort::Disk,
        ("cvm", "snapshot") => Sort::Snapshot,
        ("vpc", "eip") => Sort::Address,
        ("cvm" | "cbs" | "vpc", _) => return Err(wrong("ResourcePrefixInvalid")),
        _ => return Err(wrong("ServiceTypeInvalid")),
    };
    Ok(Named {
        region: region.to_owned(),
        sort,
        id: id.to_owned(),
    })
}

fn all_named(asked: &Asked<'_>) -> Result<Vec<(String, Named)>, Trouble> {
    let names = asked.arguments.texts("ResourceList").unwrap_or_default();
    let read = names.into_iter().map(|name| {
        let thing = named(asked, &name)?;
        Ok((name, thing))
    });
    read.collect()
}

/// Each thing has an outcome of its own: one that is not there fails alone.
fn failed(name: &str) -> Value {
    json!({
        "Resource": name,
        "Code": "InvalidParameterValue.ResourceIdInvalid",
        "Message": "the resource does not exist",
    })
}

fn put(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let said = asked.arguments.value("Tags");
    let tags: Tags = keyed_tags(said, "TagKey", "TagValue", "Tags")?;
    if tags.len() > MOST {
        return Err(coded_value("LimitExceeded.TagNumPerRequest", "Tags"));
    }
    let uid = asked.caller()?.uid;
    let mut failures = Vec::new();
    for (name, thing) in all_named(asked)? {
        let put = asked.world.change(uid, &thing.region, |held, now| {
            held.put_tags(thing.sort, &thing.id, &tags, now)
        });
        if put.ok_or_else(internal)?.is_err() {
            failures.push(failed(&name));
        }
    }
    json(&json!({ "FailedResources": failures }))
}

fn take(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let keys = asked.arguments.texts("TagKeys").unwrap_or_default();
    let uid = asked.caller()?.uid;
    let mut failures = Vec::new();
    for (name, thing) in all_named(asked)? {
        let taken = asked.world.change(uid, &thing.region, |held, now| {
            held.remove_tags(thing.sort, &thing.id, Some(&keys), now)
        });
        if taken.ok_or_else(internal)?.is_err() {
            failures.push(failed(&name));
        }
    }
    json(&json!({ "FailedResources": failures }))
}
