//! Snapshots, made one by one, copied and deleted. There is no client token for any of it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::refusals::{has_image, is_creating, is_shared, missing, not_supported, refusal};
use super::{SERVICE, VERSION};
use crate::tencent::arguments::{Arguments, Kind, Parameter};
use crate::tencent::catalog::{ActionSpec, Asked, json};
use crate::tencent::changing::{self, TAGS, change};
use crate::tencent::cvm;
use crate::tencent::words::{Trouble, wrong_value};
use crate::world::cloud::Cloud;
use crate::world::copies::CopyState;
use crate::world::holdings::{CopyOrder, Holdings, ImageSnapshots, SnapshotOrder};

/// How far off the end of a snapshot has to be at least.
const LEAST_KEPT: SignedDuration = SignedDuration::from_hours(24);

pub(in crate::tencent) const ACTIONS: &[ActionSpec] = &[
    change(
        SERVICE,
        VERSION,
        "CreateSnapshot",
        &[
            Parameter::text("DiskId").needed(),
            Parameter::text("SnapshotName"),
            Parameter::text("Deadline"),
            Parameter::new("Tags", TAGS),
            Parameter::new("DiskUsage", Kind::OneOf(&["SYSTEM_DISK", "DATA_DISK"])),
        ],
        create,
    ),
    change(
        SERVICE,
        VERSION,
        "DeleteSnapshots",
        &[
            Parameter::new("SnapshotIds", Kind::Texts(100)).needed(),
            Parameter::new("DeleteBindImages", Kind::Flag),
        ],
        delete,
    ),
    change(
        SERVICE,
        VERSION,
        "CopySnapshotCrossRegions",
        &[
            Parameter::new("DestinationRegions", Kind::Texts(10)).needed(),
            Parameter::text("SnapshotId").needed(),
            Parameter::text("SnapshotName"),
        ],
        copy,
    ),
];

fn create(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let said = asked.arguments;
    let order = SnapshotOrder {
        name: changing::name(said, "SnapshotName", "InvalidParameterValue")?,
        ends: ends(said, asked.world.now())?,
        tags: changing::tags(said.value("Tags"), "Tags")?,
        ..SnapshotOrder::of(said.text("DiskId").unwrap_or_default())
    };
    let usage = said.text("DiskUsage");
    let id = asked.change(|held, now| {
        let disk = held.disks.get(&order.disk);
        // Only a copy of a system disk can be made one of data.
        if usage == Some("SYSTEM_DISK") && disk.is_some_and(|it| !it.system) {
            return Err(wrong_value("DiskUsage"));
        }
        let id = held.begin_snapshot(order, now).map_err(refusal)?;
        if usage == Some("DATA_DISK") {
            held.snapshots.change(&id, |it| it.system = false);
        }
        Ok(id)
    })?;
    json(&json!({ "SnapshotId": id }))
}

/// Returns when a snapshot ends by itself, where that was said.
fn ends(said: &Arguments, now: Timestamp) -> Result<Option<Timestamp>, Trouble> {
    let Some(text) = said.text("Deadline") else {
        return Ok(None);
    };
    let ends: Option<Timestamp> = text.parse().ok();
    let ends = ends.filter(|it| it.duration_since(now) >= LEAST_KEPT);
    ends.map(Some).ok_or_else(|| wrong_value("Deadline"))
}

/// What becomes of the images that stand on what is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Images {
    /// They hold it.
    Stay,
    /// They go first.
    GoToo,
}

impl Images {
    pub(super) fn said(said: &Arguments) -> Self {
        match said.flag("DeleteBindImages") {
            true => Self::GoToo,
            false => Self::Stay,
        }
    }
}

/// Deletes all of `ids`, or nothing.
pub(super) fn delete_all(
    held: &mut Holdings,
    ids: &[String],
    images: Images,
    now: Timestamp,
) -> Result<(), Trouble> {
    for id in ids {
        may_go(held, id, images)?;
    }
    for id in ids {
        let on_it = held.snapshots.get(id).map(|it| it.images.clone());
        for image in on_it.unwrap_or_default() {
            let gone = held.deregister_image(&image, ImageSnapshots::Stay, now);
            gone.map_err(cvm::refusal)?;
        }
        held.delete_snapshot(id, now).map_err(refusal)?;
    }
    Ok(())
}

fn may_go(held: &Holdings, id: &str, images: Images) -> Result<(), Trouble> {
    let snapshot = held.snapshots.get(id).ok_or_else(|| missing(id))?;
    match snapshot.state {
        CopyState::Pending => return Err(is_creating()),
        CopyState::Ready => {}
        CopyState::Failed | CopyState::Odd(_) => return Err(not_supported()),
    }
    if !snapshot.images.is_empty() && images == Images::Stay {
        return Err(has_image());
    }
    if !snapshot.shared_with.is_empty() {
        return Err(is_shared());
    }
    if snapshot.locked || snapshot.copying_until.is_some() {
        return Err(not_supported());
    }
    let mut on_it = snapshot.images.iter();
    on_it.try_for_each(|it| cvm::image_may_go(held, it))
}

fn delete(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let said = asked.arguments;
    let ids = said.texts("SnapshotIds").unwrap_or_default();
    let images = Images::said(said);
    asked.change(|held, now| delete_all(held, &ids, images, now))?;
    json(&json!({}))
}

/// Each region has an outcome of its own; what is wrong with the snapshot itself refuses the whole.
fn copy(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let said = asked.arguments;
    let uid = asked.caller()?.uid;
    let id = said.text("SnapshotId").unwrap_or_default();
    let held = asked.world.truth(uid, asked.region);
    let snapshot = held.whole(id).map_err(refusal)?;
    if snapshot.encrypted {
        return Err(Trouble::new(
            "UnsupportedOperation.SnapshotNotSupportCopy",
            "快照不支持跨地域复制。",
            "The snapshot cannot be copied to another region.",
        ));
    }
    let name = changing::name(said, "SnapshotName", "InvalidParameterValue")?;
    let name = match name.is_empty() {
        true => format!("Copied {id} from {}", asked.region),
        false => name,
    };
    let regions = said.texts("DestinationRegions").unwrap_or_default();
    let rows = regions.iter().map(|to| {
        let outcome = copy_to(asked, to, id, &name);
        let (copy, code, message) = match outcome {
            Ok(copy) => (copy, "Success".to_owned(), String::new()),
            Err(trouble) => {
                let message = trouble.message(asked.language).to_owned();
                (String::new(), trouble.code, message)
            }
        };
        json!({"SnapshotId": copy, "Code": code, "Message": message, "DestinationRegion": to})
    });
    let rows: Vec<Value> = rows.collect();
    json(&json!({ "SnapshotCopyResultSet": rows }))
}

fn copy_to(asked: &Asked<'_>, to: &str, id: &str, name: &str) -> Result<String, Trouble> {
    let known = Cloud::Tencent.regions().iter().any(|it| it.0 == to);
    if !known || to == asked.region {
        return Err(wrong_value("DestinationRegions"));
    }
    let uid = asked.caller()?.uid;
    let source = (asked.region.to_owned(), id.to_owned());
    let there = asked.world.truth(uid, to);
    let mut there = there.snapshots.iter();
    if there.any(|it| it.state == CopyState::Pending && it.source.as_ref() == Some(&source)) {
        return Err(Trouble::new(
            "ResourceInUse.CopySnapshotConflict",
            "指定快照正在复制到目标地域。",
            "The snapshot is being copied to that region.",
        ));
    }
    let order = CopyOrder {
        from: asked.region.to_owned(),
        snapshot: id.to_owned(),
        name: name.to_owned(),
        ..CopyOrder::default()
    };
    asked.world.copy_snapshot(uid, to, order).map_err(refusal)
}
