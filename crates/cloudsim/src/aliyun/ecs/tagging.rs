//! Tags of everything the machine service has.

use serde_json::json;

use super::changing::{Change, change, refusal, said_tags};
use super::known_region;
use super::snapshots::require;
use crate::aliyun::arguments::{Arguments, Kind, Parameter};
use crate::aliyun::catalog::{self, ActionSpec, Asked, Listing};
use crate::aliyun::tokens;
use crate::world::changes::Hindrance;
use crate::world::deeds::Sort;
use crate::world::holdings::Holdings;
use crate::world::paging::PageAsked;
use crate::world::refusal::Refusal;
use crate::world::rows::Row as _;

/// As many things as one call may name, and as many rows as one page has.
const MOST_THINGS: usize = 50;
/// As many tags as a thing may have.
const MOST_TAGS: usize = 20;

const IDS: Parameter = Parameter::new("ResourceId", Kind::Repeated);

pub(in crate::aliyun) const ACTIONS: &[ActionSpec] = &[
    change(
        "TagResources",
        "ecs:TagResources",
        &[
            Parameter::text("RegionId").needed(),
            Parameter::text("ResourceType").needed(),
            IDS.needed(),
            Parameter::new("Tag", Kind::Structs(&["Key", "Value"])).needed(),
        ],
        tag_resources,
    ),
    change(
        "UntagResources",
        "ecs:UntagResources",
        &[
            Parameter::text("RegionId").needed(),
            Parameter::text("ResourceType").needed(),
            IDS.needed(),
            Parameter::new("TagKey", Kind::Repeated),
            Parameter::new("All", Kind::Flag),
        ],
        untag_resources,
    ),
    ActionSpec {
        listing: Some(Listing {
            rows: "/TagResources/TagResource",
            total: "",
            page: None,
        }),
        ..change(
            "ListTagResources",
            "ecs:ListTagResources",
            &[
                Parameter::text("RegionId").needed(),
                Parameter::text("ResourceType").needed(),
                IDS,
                Parameter::new("Tag", Kind::Structs(&["Key", "Value"])),
                Parameter::text("NextToken"),
            ],
            list_tag_resources,
        )
    },
];

fn sort(said: &Arguments) -> Result<Sort, Refusal> {
    match said.text("ResourceType").unwrap_or_default() {
        "instance" => Ok(Sort::Machine),
        "disk" => Ok(Sort::Disk),
        "snapshot" => Ok(Sort::Snapshot),
        "image" => Ok(Sort::Image),
        _ => Err(Refusal::new(
            404,
            "InvalidResourceType.NotFound",
            "The ResourceType provided does not exist in our records.",
        )),
    }
}

fn ids(said: &Arguments) -> Result<Vec<String>, Refusal> {
    let ids = said.repeated("ResourceId").unwrap_or_default();
    if ids.len() > MOST_THINGS {
        let text = "The ResourceIds parameter's number is exceed , Valid : 50";
        return Err(Refusal::new(400, "NumberExceed.ResourceIds", text));
    }
    Ok(ids)
}

fn all_there(held: &Holdings, sort: Sort, ids: &[String]) -> Result<(), Hindrance> {
    let missing = ids.iter().find(|it| held.tags_of(sort, it).is_none());
    missing.map_or(Ok(()), |id| Err(Hindrance::NotFound(id.clone())))
}

/// Words what is missing as the tags of all products do.
fn unknown(told: Refusal) -> Refusal {
    match told.code.ends_with(".NotFound") {
        true => Refusal::new(
            404,
            "InvalidResourceId.NotFound",
            "The specified ResourceIds are not found in our records.",
        ),
        false => told,
    }
}

fn tag_resources(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let said = asked.arguments;
    let change = Change::said(asked, "ecs:TagResources")?;
    let (sort, ids, tags) = (sort(said)?, ids(said)?, said_tags(said)?);
    let held = asked.world.truth(change.uid, &change.region);
    all_there(&held, sort, &ids).map_err(|it| unknown(refusal(it)))?;
    let too_many = ids.iter().any(|id| {
        let has = held
            .tags_of(sort, id)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let new = tags
            .iter()
            .filter(|it| !has.iter().any(|has| has.0 == it.0));
        has.len() + new.count() > MOST_TAGS
    });
    if too_many {
        let text = "The quota of tags on resource is beyond permitted range.";
        return Err(Refusal::new(400, "OperationDenied.QuotaExceed", text));
    }
    let put = change.make(|held, now| {
        all_there(held, sort, &ids)?;
        let mut ids = ids.iter();
        ids.try_for_each(|id| held.put_tags(sort, id, &tags, now))
    });
    put.map_err(unknown)?;
    catalog::json(&json!({"RequestId": asked.request_id}))
}

fn untag_resources(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let said = asked.arguments;
    let change = Change::said(asked, "ecs:UntagResources")?;
    let (sort, ids, keys) = (sort(said)?, ids(said)?, said.repeated("TagKey"));
    if keys.is_none() && !said.flag("All") {
        let text = "The parameter - Tags should not be null";
        return Err(Refusal::new(404, "MissingParameter.Tags", text));
    }
    let taken = change.make(|held, now| {
        all_there(held, sort, &ids)?;
        let mut ids = ids.iter();
        ids.try_for_each(|id| held.remove_tags(sort, id, keys.as_deref(), now))
    });
    taken.map_err(unknown)?;
    catalog::json(&json!({"RequestId": asked.request_id}))
}

fn list_tag_resources(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    let region = known_region(asked)?;
    require(asked, "ecs:ListTagResources")?;
    let (sort, ids) = (sort(said)?, ids(said)?);
    let wanted = said.pairs("Tag", "Key", "Value");
    if ids.is_empty() && wanted.is_empty() {
        let text = "The parameter - Tags should not be null";
        return Err(Refusal::new(404, "MissingParameter.Tags", text));
    }
    let first = PageAsked {
        number: 1,
        size: MOST_THINGS,
    };
    let page = match said.text("NextToken") {
        None => first,
        Some(token) => {
            tokens::page(token, MOST_THINGS, region).ok_or_else(|| Refusal::invalid("NextToken"))?
        }
    };
    let held = asked.world.holdings(caller.uid, region);
    let all: Vec<&str> = match sort {
        Sort::Machine => held.machines.iter().map(|it| it.id()).collect(),
        Sort::Disk => held.disks.iter().map(|it| it.id()).collect(),
        Sort::Snapshot => held.snapshots.iter().map(|it| it.id()).collect(),
        _ => held.images.iter().map(|it| it.id()).collect(),
    };
    let kept = all
        .into_iter()
        .filter(|id| ids.is_empty() || ids.iter().any(|it| it == id));
    let kind = said.text("ResourceType").unwrap_or_default();
    let rows = kept.filter_map(|id| {
        let tags = held.tags_of(sort, id)?;
        super::disks::has_tags(tags, &wanted).then_some((id, tags))
    });
    let rows = rows.flat_map(|(id, tags)| {
        tags.iter().map(move |(key, value)| {
            json!({"ResourceId": id, "ResourceType": kind, "TagKey": key, "TagValue": value})
        })
    });
    let page = page.cut(rows);
    catalog::json(&json!({
        "RequestId": asked.request_id,
        "NextToken": tokens::next(&page, region),
        "TagResources": {"TagResource": page.items},
    }))
}
