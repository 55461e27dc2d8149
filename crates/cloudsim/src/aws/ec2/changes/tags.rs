//! Tags of everything that has an id.

use serde_json::{Value, json};

use super::super::all_tags;
use super::super::hindered::{not_found, refusal};
use super::super::spoken::{self, plain_tags};
use super::{held, seen};
use crate::aws::catalog::Asked;
use crate::world::changes::Hindrance;
use crate::world::deeds::Sort;
use crate::world::holdings::Holdings;
use crate::world::machines::Tags;
use crate::world::refusal::Refusal;

/// The most things of one call, and the most tags of one thing.
const MOST: (usize, usize) = (1000, 50);

pub(super) fn create_tags(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let ids = things(asked)?;
    let said = plain_tags(asked)?.into_iter();
    let tags: Tags = said
        .map(|(key, value)| (key, value.unwrap_or_default()))
        .collect();
    let tags = spoken::checked(tags)?;
    if tags.is_empty() {
        return Err(spoken::missing("Tag"));
    }
    for (id, sort) in &ids {
        let holdings = seen(asked, id)?;
        let before = holdings.tags_of(*sort, id).ok_or_else(|| not_found(id))?;
        let more = tags
            .iter()
            .filter(|tag| before.iter().all(|it| it.0 != tag.0));
        if before.len() + more.count() > MOST.1 {
            let text = format!(
                "The maximum number of Tags for a resource is {}: {id}",
                MOST.1
            );
            return Err(Refusal::new(400, "TagLimitExceeded", text));
        }
    }
    held(asked, |it, now| {
        ids.iter()
            .try_for_each(|(id, sort)| it.put_tags(*sort, id, &tags, now))
    })
    .map_err(|why| refusal("", why))?;
    Ok(json!({"return": true}))
}

pub(super) fn delete_tags(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let ids = things(asked)?;
    let said = plain_tags(asked)?;
    for (id, _) in &ids {
        seen(asked, id)?;
    }
    held(asked, |it, now| {
        for (id, sort) in &ids {
            name_becomes_tag(it, *sort, id);
            let has = it.tags_of(*sort, id).cloned().unwrap_or_default();
            // A tag goes when its key is said, and its value too, unless none is said.
            let goes = |key: &str, value: &str| {
                said.is_empty()
                    || said.iter().any(|(wanted, only)| {
                        wanted == key && only.as_ref().is_none_or(|only| only == value)
                    })
            };
            let keys: Vec<String> = has
                .into_iter()
                .filter(|(key, value)| !key.starts_with("aws:") && goes(key, value))
                .map(|(key, _)| key)
                .collect();
            it.remove_tags(*sort, id, Some(&keys), now)?;
        }
        Ok::<_, Hindrance>(())
    })
    .map_err(|why| refusal("", why))?;
    Ok(json!({"return": true}))
}

/// Returns the ids that are said, and of what sort each is.
fn things(asked: &Asked<'_>) -> Result<Vec<(String, Sort)>, Refusal> {
    let ids = asked.arguments.texts("ResourceId").unwrap_or_default();
    if ids.len() > MOST.0 {
        let text = format!("The request has more than {} resources.", MOST.0);
        return Err(Refusal::new(400, "InvalidParameterValue", text));
    }
    let sorted = ids.into_iter().map(|id| {
        let sort = match id.split_once('-').map(|it| it.0) {
            Some("i") => Sort::Machine,
            Some("vol") => Sort::Disk,
            Some("snap") => Sort::Snapshot,
            Some("ami") => Sort::Image,
            Some("eipalloc") => Sort::Address,
            _ => return Err(not_found(id)),
        };
        Ok((id.to_owned(), sort))
    });
    sorted.collect()
}

/// Lets what a thing is called stand among its tags, where it can be taken away.
fn name_becomes_tag(holdings: &mut Holdings, sort: Sort, id: &str) {
    let moved = |name: &mut String, tags: &mut Tags| {
        *tags = all_tags(name, tags);
        name.clear();
    };
    match sort {
        Sort::Machine => holdings
            .machines
            .change(id, |it| moved(&mut it.name, &mut it.tags)),
        Sort::Disk => holdings
            .disks
            .change(id, |it| moved(&mut it.name, &mut it.tags)),
        Sort::Snapshot => holdings
            .snapshots
            .change(id, |it| moved(&mut it.name, &mut it.tags)),
        Sort::Address => holdings
            .addresses
            .change(id, |it| moved(&mut it.name, &mut it.tags)),
        _ => None,
    };
}
