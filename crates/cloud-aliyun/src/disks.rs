//! Reads disks and their snapshots (Ecs 2014-05-26).

use async_trait::async_trait;
use cloud::{CloudError, Disks, PageSource};
use model::{
    Charge, CopyState, CopyTier, Disk, DiskRole, DiskState, Expiry, RegionId, ResourceId, Snapshot,
};
use serde::Deserialize;

use crate::Aliyun;
use crate::decode::{Loose, Misread};
use crate::lists::{List, Listed, TagList, charge, id, json_ids, listed};
use crate::operations::{DESCRIBE_DISKS, DESCRIBE_SNAPSHOTS};
use crate::times;

/// The largest page of disks there is.
pub(crate) const DISK_PAGE: u32 = 500;
/// The largest page of snapshots there is, and as many ids as one question may name.
pub(crate) const PAGE_SIZE: u32 = 100;

#[async_trait]
impl Disks for Aliyun {
    fn disks(&self, region: &RegionId) -> Box<dyn PageSource<Disk> + '_> {
        Box::new(List::linked(self, &DESCRIBE_DISKS, region, DISK_PAGE, decode_disks).checked())
    }

    async fn disks_by_id(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Disk>, CloudError> {
        let mut found = Vec::new();
        for ids in ids.chunks(PAGE_SIZE as usize) {
            let list = List::linked(self, &DESCRIBE_DISKS, region, PAGE_SIZE, decode_disks);
            let list = list.with("DiskIds", json_ids(ids)).checked();
            found.extend(list.rows().await?);
        }
        Ok(found)
    }

    fn snapshots(&self, region: &RegionId) -> Box<dyn PageSource<Snapshot> + '_> {
        let list = List::linked(
            self,
            &DESCRIBE_SNAPSHOTS,
            region,
            PAGE_SIZE,
            decode_snapshots,
        );
        Box::new(list.checked())
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct DiskRow<'a> {
    #[serde(borrow)]
    disk_id: Loose<'a>,
    #[serde(borrow)]
    disk_name: Loose<'a>,
    #[serde(borrow)]
    zone_id: Loose<'a>,
    #[serde(borrow)]
    category: Loose<'a>,
    #[serde(borrow)]
    size: Loose<'a>,
    #[serde(borrow)]
    status: Loose<'a>,
    #[serde(borrow)]
    instance_id: Loose<'a>,
    #[serde(borrow)]
    attachments: Option<Attachments<'a>>,
    #[serde(borrow, rename = "Type")]
    role: Loose<'a>,
    #[serde(borrow)]
    device: Loose<'a>,
    #[serde(borrow)]
    disk_charge_type: Loose<'a>,
    #[serde(borrow)]
    creation_time: Loose<'a>,
    #[serde(borrow)]
    detached_time: Loose<'a>,
    #[serde(borrow)]
    expired_time: Loose<'a>,
    #[serde(borrow)]
    tags: Option<TagList<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Attachments<'a> {
    #[serde(borrow)]
    attachment: Option<Vec<Attachment<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Attachment<'a> {
    #[serde(borrow)]
    instance_id: Loose<'a>,
    #[serde(borrow)]
    device: Loose<'a>,
}

pub(crate) fn decode_disks(body: &str) -> Result<Listed<Disk>, Misread> {
    listed!(body, "Disks", "Disk", DiskRow, disk)
}

fn disk(row: DiskRow<'_>) -> Result<Disk, Misread> {
    let charge = charge(&row.disk_charge_type.text(), "");
    let expiry = match charge {
        Charge::Prepaid => times::expiry(times::instant_of(&row.expired_time)),
        Charge::OnDemand | Charge::Spot => Expiry::Never,
        Charge::Other(_) => Expiry::Unknown,
    };
    let listed = row.attachments.and_then(|it| it.attachment);
    let listed = listed.unwrap_or_default();
    // Some answers name it beside the disk, some beside the machine it is on.
    let mut devices = std::iter::once(&row.device).chain(listed.iter().map(|it| &it.device));
    let device = devices.find_map(Loose::some_text).unwrap_or_default();
    let mut machines: Vec<ResourceId> = listed
        .into_iter()
        .filter_map(|it| it.instance_id.some_text())
        .chain(row.instance_id.some_text())
        .map(ResourceId::new)
        .collect();
    machines.sort();
    machines.dedup();
    Ok(Disk {
        role: match row.role.text().as_ref() {
            "system" => DiskRole::System,
            "data" => DiskRole::Data,
            _ => DiskRole::Unknown,
        },
        device,
        id: id(&row.disk_id, "DiskId in one of its rows")?,
        name: row.disk_name.into_text(),
        zone: row.zone_id.into_text(),
        category: row.category.into_text(),
        size_gib: row.size.count().unwrap_or(0),
        state: match row.status.text().as_ref() {
            "In_use" => DiskState::Attached(machines),
            // A disk that names a machine is not free, whatever its state says.
            "Available" if machines.is_empty() => DiskState::Unattached,
            "Available" => DiskState::Attached(machines),
            other => DiskState::Changing(other.to_owned()),
        },
        charge,
        created: times::instant_of(&row.creation_time),
        detached: times::instant_of(&row.detached_time),
        expiry,
        tags: TagList::into_tags(row.tags),
    })
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct SnapshotRow<'a> {
    #[serde(borrow)]
    snapshot_id: Loose<'a>,
    #[serde(borrow)]
    snapshot_name: Loose<'a>,
    #[serde(borrow)]
    source_disk_id: Loose<'a>,
    #[serde(borrow)]
    source_disk_size: Loose<'a>,
    #[serde(borrow)]
    status: Loose<'a>,
    #[serde(borrow)]
    creation_time: Loose<'a>,
    #[serde(borrow)]
    usage: Loose<'a>,
    #[serde(borrow)]
    snapshot_type: Loose<'a>,
    #[serde(borrow)]
    available: Loose<'a>,
    #[serde(borrow)]
    category: Loose<'a>,
    #[serde(borrow)]
    encrypted: Loose<'a>,
    #[serde(borrow)]
    tags: Option<TagList<'a>>,
}

pub(crate) fn decode_snapshots(body: &str) -> Result<Listed<Snapshot>, Misread> {
    listed!(body, "Snapshots", "Snapshot", SnapshotRow, snapshot)
}

fn snapshot(row: SnapshotRow<'_>) -> Result<Snapshot, Misread> {
    let usage = row.usage.into_text();
    let automatic = matches!(row.snapshot_type.text().as_ref(), "auto" | "timer");
    let held_by = match usage.as_str() {
        "" | "none" if automatic => Some("an automatic snapshot policy".to_owned()),
        "" | "none" => None,
        other => Some(other.to_owned()),
    };
    Ok(Snapshot {
        instant: row.available.flag() == Some(true) && row.status.text() == "progressing",
        // `flash` is the old word for one that is at hand at once.
        tier: match row.category.text().to_ascii_lowercase().as_str() {
            "" | "standard" | "flash" => CopyTier::Standard,
            "archive" => CopyTier::Archive,
            other => CopyTier::Other(other.to_owned()),
        },
        encrypted: row.encrypted.flag(),
        key: None,
        id: id(&row.snapshot_id, "SnapshotId in one of its rows")?,
        name: row.snapshot_name.into_text(),
        disk: row.source_disk_id.some_text().map(ResourceId::new),
        size_gib: row.source_disk_size.count().unwrap_or(0),
        state: match row.status.text().as_ref() {
            "accomplished" => CopyState::Ready,
            "progressing" => CopyState::Pending,
            "failed" => CopyState::Failed,
            other => CopyState::Other(other.to_owned()),
        },
        created: times::instant_of(&row.creation_time),
        held_by,
        tags: TagList::into_tags(row.tags),
    })
}

#[cfg(test)]
mod tests;
