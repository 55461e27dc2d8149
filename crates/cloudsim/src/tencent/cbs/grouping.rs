//! Groups of snapshots of disks of one machine. Their snapshots have the group's name with a number, and no tags.

use serde_json::{Value, json};

use super::copying::{Images, delete_all};
use super::refusals::{missing, refusal};
use super::{SERVICE, VERSION};
use crate::tencent::arguments::{Filter, Kind, Parameter};
use crate::tencent::catalog::{ActionSpec, Asked, Listing, Paging, json};
use crate::tencent::changing::{self, TAGS, change};
use crate::tencent::times;
use crate::tencent::words;
use crate::tencent::words::Trouble;
use crate::world::copies::{CopyState, SnapshotSet};
use crate::world::holdings::{Holdings, SetOrder, SnapshotOrder};

const FILTERS: &[&str] = &[
    "snapshot-group-id",
    "snapshot-group-state",
    "snapshot-group-name",
    "snapshot-id",
];
/// As many disks as one group may be of.
const MOST_DISKS: usize = 20;

pub(in crate::tencent) const ACTIONS: &[ActionSpec] = &[
    change(
        SERVICE,
        VERSION,
        "CreateSnapshotGroup",
        &[
            Parameter::new("DiskIds", Kind::Texts(MOST_DISKS)).needed(),
            Parameter::text("SnapshotGroupName"),
            Parameter::new("Tags", TAGS),
        ],
        create,
    ),
    ActionSpec {
        listing: Some(Listing {
            rows: "/SnapshotGroupSet",
            total: "/TotalCount",
            paging: Paging::OffsetLimit(20),
        }),
        ..change(
            SERVICE,
            VERSION,
            "DescribeSnapshotGroups",
            &[
                Parameter::filters(FILTERS, 10, 100),
                Parameter::offset(),
                Parameter::limit(100),
            ],
            describe,
        )
    },
    change(
        SERVICE,
        VERSION,
        "DeleteSnapshotGroup",
        &[
            Parameter::text("SnapshotGroupId"),
            Parameter::new("SnapshotGroupIds", Kind::Texts(10)),
            Parameter::new("DeleteBindImages", Kind::Flag),
        ],
        delete,
    ),
];

fn create(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let said = asked.arguments;
    let disks = said.texts("DiskIds").unwrap_or_default();
    let name = changing::name(said, "SnapshotGroupName", "InvalidParameterValue")?;
    let tags = changing::tags(said.value("Tags"), "Tags")?;
    let id = asked.change(|held, now| {
        let rows = disks
            .iter()
            .map(|id| held.disks.get(id).ok_or_else(|| missing(id)));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let machine = rows.first().and_then(|it| it.machine.clone());
        if machine.is_none() || rows.iter().any(|it| it.machine != machine) {
            return Err(Trouble::new(
                "UnsupportedOperation.SnapshotGroupDiskAttachMultiInstance",
                "快照组关联快照的原云硬盘未挂载在同一实例上。",
                "The disks of a snapshot group have to be attached to one instance.",
            ));
        }
        let snapshots = disks.iter().enumerate().map(|(at, disk)| SnapshotOrder {
            name: match name.is_empty() {
                true => String::new(),
                false => format!("{name}_{at}"),
            },
            ..SnapshotOrder::of(disk)
        });
        let order = SetOrder {
            machine,
            snapshots: snapshots.collect(),
            name,
            tags,
            ..SetOrder::default()
        };
        held.begin_set(order, now).map_err(refusal)
    })?;
    json(&json!({ "SnapshotGroupId": id }))
}

fn state(set: &SnapshotSet, held: &Holdings) -> &'static str {
    let rows = held.snapshots.named(&set.snapshots);
    match rows.iter().all(|it| it.state != CopyState::Pending) {
        true => "NORMAL",
        false => "CREATING",
    }
}

fn describe(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let held = asked.holdings()?;
    let (said, now) = (asked.arguments, asked.world.now());
    let filters = said.filters();
    let kept = held.sets.iter();
    let kept = kept.filter(|it| filters.iter().all(|filter| keeps(filter, it, &held)));
    let (rows, total) = said.part(20).cut(kept);
    let rows = rows.into_iter().map(|it| {
        let snapshots = held.snapshots.named(&it.snapshots);
        let percent = snapshots.iter().map(|it| it.percent(now)).min();
        let mut ids: Vec<&String> = snapshots.iter().flat_map(|it| &it.images).collect();
        ids.sort_unstable();
        ids.dedup();
        let images = ids.iter().map(|id| {
            let name = held.images.get(id).map_or("", |it| it.name.as_str());
            json!({"ImageId": id, "ImageName": name})
        });
        json!({
            "SnapshotGroupId": it.id,
            "SnapshotGroupType": "NORMAL",
            "SnapshotGroupName": it.name,
            "SnapshotGroupState": state(it, &held),
            "ContainRootSnapshot": snapshots.iter().any(|it| it.system),
            "SnapshotIdSet": it.snapshots,
            "Percent": percent.unwrap_or(100),
            "CreateTime": times::offset_utc(it.created),
            "ModifyTime": times::offset_utc(it.created),
            "Images": images.collect::<Vec<Value>>(),
            "ImageCount": ids.len(),
            "IsPermanent": true,
            "DeadlineTime": null,
            "AutoSnapshotPolicyId": null,
        })
    });
    let rows: Vec<Value> = rows.collect();
    json(&json!({"TotalCount": total, "SnapshotGroupSet": rows}))
}

fn keeps(filter: &Filter, set: &SnapshotSet, held: &Holdings) -> bool {
    match filter.name.as_str() {
        "snapshot-group-id" => filter.keeps(&set.id),
        "snapshot-group-state" => filter.keeps(state(set, held)),
        "snapshot-group-name" => filter.keeps(&set.name),
        _ => set.snapshots.iter().any(|it| filter.keeps(it)),
    }
}

/// Deletes groups with all that is left of them, or nothing.
fn delete(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let said = asked.arguments;
    let mut ids = said.texts("SnapshotGroupIds").unwrap_or_default();
    ids.extend(said.text("SnapshotGroupId").map(str::to_owned));
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Err(words::missing("SnapshotGroupId"));
    }
    let images = Images::said(said);
    asked.change(|held, now| {
        let sets = ids
            .iter()
            .map(|id| held.sets.get(id).ok_or_else(|| missing(id)));
        let sets = sets.collect::<Result<Vec<_>, _>>()?;
        let snapshots: Vec<String> = sets.iter().flat_map(|it| it.snapshots.clone()).collect();
        delete_all(held, &snapshots, images, now)?;
        for id in &ids {
            // Those that lost their last snapshot went with it.
            if held.sets.get(id).is_some() {
                held.delete_set(id, now).map_err(refusal)?;
            }
        }
        Ok(())
    })?;
    json(&json!({}))
}
