//! Snapshots, as `DescribeSnapshots` shows them; there is no filter for tags.

use std::sync::Arc;

use serde::Serialize;

use super::{Placement, Tag, placement, tags};
use crate::tencent::arguments::Filter;
use crate::tencent::catalog::{Asked, json};
use crate::tencent::times;
use crate::tencent::words::{Trouble, coded_value, not_both};
use crate::world::storage::{CopyState, Snapshot};

pub(super) const FILTERS: &[&str] = &[
    "snapshot-id",
    "snapshot-name",
    "snapshot-state",
    "disk-usage",
    "project-id",
    "disk-id",
    "encrypt",
    "snapshot-type",
];

/// As many disks as one question may name.
const MOST_DISKS: usize = 10;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    total_count: usize,
    snapshot_set: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    snapshot_id: &'a str,
    snapshot_name: &'a str,
    snapshot_state: &'a str,
    snapshot_type: &'static str,
    percent: u8,
    disk_id: &'a str,
    disk_usage: &'static str,
    disk_size: u64,
    create_time: String,
    deadline_time: String,
    is_permanent: bool,
    image_count: usize,
    images: Vec<ImageOf<'a>>,
    share_reference: usize,
    time_start_share: &'static str,
    copy_from_remote: bool,
    copying_to_regions: Vec<String>,
    encrypt: bool,
    placement: Placement<'a>,
    tags: Vec<Tag<'a>>,
    is_locked: bool,
    auto_snapshot_policy_id: Option<&'a str>,
    snapshot_mode: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ImageOf<'a> {
    image_id: &'a str,
    image_name: &'a str,
}

pub(super) fn describe(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let holdings = asked.holdings()?;
    let (said, now) = (asked.arguments, asked.world.now());
    let (ids, filters) = (said.texts("SnapshotIds"), said.filters());
    if ids.is_some() && !filters.is_empty() {
        return Err(not_both("SnapshotIds", "Filters"));
    }
    let about_disks = filters.iter().filter(|it| it.name == "disk-id");
    if about_disks.map(|it| it.values.len()).max() > Some(MOST_DISKS) {
        let code = "InvalidFilterValue.LimitExceeded";
        return Err(coded_value(code, "Filters.disk-id"));
    }
    let mut kept: Vec<&Arc<Snapshot>> = holdings
        .snapshots
        .iter()
        .filter(|it| ids.as_ref().is_none_or(|ids| ids.contains(&it.id)))
        .filter(|it| filters.iter().all(|filter| keeps(filter, it)))
        .collect();
    if said.text("OrderField").is_some() {
        kept.sort_by_key(|it| it.created);
        if said.text("Order") == Some("DESC") {
            kept.reverse();
        }
    }
    let (rows, total_count) = said.part(20).cut(kept.into_iter());
    let rows = rows.into_iter().map(|it| {
        let images = it.images.iter().map(|id| ImageOf {
            image_id: id,
            image_name: holdings.images.get(id).map_or("", |it| it.name.as_str()),
        });
        Row {
            snapshot_id: &it.id,
            snapshot_name: match it.name.as_str() {
                "" => "未命名",
                name => name,
            },
            snapshot_state: state_word(it),
            snapshot_type: "PRIVATE_SNAPSHOT",
            percent: it.percent(now),
            disk_id: &it.disk,
            disk_usage: usage(it),
            disk_size: it.size_gib,
            create_time: times::beijing(it.created),
            deadline_time: it.ends.map(times::beijing).unwrap_or_default(),
            is_permanent: it.ends.is_none(),
            image_count: it.images.len(),
            images: images.collect(),
            share_reference: it.shared_with.len(),
            time_start_share: "",
            copy_from_remote: it.source.is_some(),
            copying_to_regions: copying_to(asked, it),
            encrypt: it.encrypted,
            placement: placement(
                holdings
                    .disks
                    .get(&it.disk)
                    .map_or("", |it| it.zone.as_str()),
            ),
            tags: tags(&it.tags),
            is_locked: it.locked,
            auto_snapshot_policy_id: it.policy.as_deref(),
            snapshot_mode: "CBS",
        }
    });
    json(&Answer {
        total_count,
        snapshot_set: rows.collect(),
    })
}

fn usage(snapshot: &Snapshot) -> &'static str {
    match snapshot.system {
        true => "SYSTEM_DISK",
        false => "DATA_DISK",
    }
}

/// Returns the regions to which a copy is being made of `snapshot`.
fn copying_to(asked: &Asked<'_>, snapshot: &Snapshot) -> Vec<String> {
    let (Some(caller), Some(_)) = (asked.caller, snapshot.copying_until) else {
        return Vec::new();
    };
    let is_copy = |it: &Snapshot| {
        let source = it.source.as_ref();
        it.state == CopyState::Pending
            && source.is_some_and(|it| it.0 == asked.region && it.1 == snapshot.id)
    };
    let everywhere = asked.world.everywhere(caller.uid);
    let to = everywhere
        .iter()
        .filter(|(_, held)| held.snapshots.iter().any(|it| is_copy(it)));
    to.map(|(region, _)| region.to_owned()).collect()
}

fn state_word(snapshot: &Snapshot) -> &str {
    match &snapshot.state {
        CopyState::Pending if snapshot.source.is_some() => "COPYING_FROM_REMOTE",
        CopyState::Pending => "CREATING",
        CopyState::Ready => "NORMAL",
        // There is no word for a snapshot that went wrong: it waits to be taken away.
        CopyState::Failed => "TORECYCLE",
        CopyState::Odd(word) => word,
    }
}

fn keeps(filter: &Filter, snapshot: &Snapshot) -> bool {
    match filter.name.as_str() {
        "snapshot-id" => filter.keeps(&snapshot.id),
        "snapshot-name" => filter.keeps(&snapshot.name),
        "snapshot-state" => filter.keeps(state_word(snapshot)),
        "disk-usage" => filter.keeps(usage(snapshot)),
        "project-id" => filter.keeps("0"),
        "disk-id" => filter.keeps(&snapshot.disk),
        "encrypt" => filter.keeps(match snapshot.encrypted {
            true => "TRUE",
            false => "FALSE",
        }),
        "snapshot-type" => filter.keeps("PRIVATE_SNAPSHOT"),
        _ => false,
    }
}
