//! Makes and removes snapshots, and disks of them (Ecs 2014-05-26).
//!
//! Whatever is made carries a client token that names what it is for: whoever sends it once more,
//! in this run or a later one, is told of what the first one made.
//!
//! Invariant: nothing is removed by force: what an image or a disk stands on stays.

mod disks;
mod groups;

use std::collections::BTreeMap;

use async_trait::async_trait;
use cloud::{CloudError, Copies, DiskOrder, ErrorKind, PageSource, Removal};
use model::{
    CopyOrder, Disk, Protection, RegionId, ResourceId, SET_TAG, STEP_TAG, SetDisk, SetId, SetOrder,
    Snapshot, Tags,
};

use crate::Aliyun;
use crate::changes::{done, made, removal};
use crate::disks::{PAGE_SIZE, decode_snapshots};
use crate::lists::{List, json_ids};
use crate::operations::{COPY_SNAPSHOT, CREATE_SNAPSHOT, DELETE_SNAPSHOT, DESCRIBE_SNAPSHOTS};
use crate::protections::Protecting;
use crate::tokens::{self, token};

#[async_trait]
impl Copies for Aliyun {
    async fn create_set(
        &self,
        region: &RegionId,
        order: &SetOrder,
    ) -> Result<BTreeMap<ResourceId, ResourceId>, CloudError> {
        if order.disks.is_empty() {
            let words = format!("the set {} is of no disk", order.set);
            return Err(self.trouble(&CREATE_SNAPSHOT, region, ErrorKind::Invalid, words));
        }
        // One disk is of one instant anyhow.
        if order.disks.len() > 1 && self.can_be_grouped(region, &order.disks).await? {
            return self.create_group(region, order).await;
        }
        let mut made = BTreeMap::new();
        for disk in &order.disks {
            let snapshot = self.create_snapshot(region, order, disk).await?;
            made.insert(disk.disk.clone(), snapshot);
        }
        Ok(made)
    }

    async fn of_set(&self, region: &RegionId, set: &SetId) -> Result<Vec<Snapshot>, CloudError> {
        let found = self
            .snapshots_asked(region)
            .tagged(SET_TAG, &set.to_string())
            .checked()
            .rows()
            .await?;
        if found.is_empty() {
            // A group is tagged when it is made, its snapshots right after.
            return self.of_tagged_group(region, set).await;
        }
        Ok(found)
    }

    async fn snapshots_by_id(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Snapshot>, CloudError> {
        let mut found = Vec::new();
        for ids in ids.chunks(PAGE_SIZE as usize) {
            let list = self.snapshots_asked(region);
            let list = list.with("SnapshotIds", json_ids(ids)).checked();
            found.extend(list.rows().await?);
        }
        Ok(found)
    }

    /// Looked for before: the cloud answers the same of one that is missing.
    async fn delete_snapshot(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Removal, CloudError> {
        let ids = std::slice::from_ref(id);
        if self.snapshots_by_id(region, ids).await?.is_empty() {
            return Ok(Removal::WasGone);
        }
        let call = self
            .call_in(&DELETE_SNAPSHOT, region, done)
            .with("SnapshotId", id.as_str());
        removal(call.send().await)
    }

    async fn copy_snapshot(
        &self,
        region: &RegionId,
        order: &CopyOrder,
    ) -> Result<ResourceId, CloudError> {
        let source = self
            .snapshots_by_id(&order.from, std::slice::from_ref(&order.snapshot))
            .await?;
        let Some(source) = source.into_iter().next() else {
            let words = format!("there is no snapshot {}", order.snapshot);
            return Err(self.trouble(&COPY_SNAPSHOT, &order.from, ErrorKind::NotFound, words));
        };
        let name = if source.name.is_empty() {
            source.id.as_str()
        } else {
            source.name.as_str()
        };
        let mark = mark(&order.tags);
        let once = token(&["copy", mark, order.snapshot.as_str(), region.as_str()]);
        let mut call = self
            .call_in(&COPY_SNAPSHOT, &order.from, made!("SnapshotId"))
            .with("SnapshotId", order.snapshot.as_str())
            .with("DestinationRegionId", region.as_str())
            .with("DestinationSnapshotName", tokens::name(name))
            .with(
                "DestinationSnapshotDescription",
                format!("copy of {} of {}", order.snapshot, order.from),
            )
            .with_tags(&order.tags)
            .once_by(once);
        if let Some(key) = &order.key {
            call = call.with("Encrypted", "true").with("KMSKeyId", key);
        } else if source.encrypted == Some(true) {
            // Left out, the copy would stand in the clear.
            call = call.with("Encrypted", "true");
        }
        call.send().await
    }

    async fn create_disk(
        &self,
        region: &RegionId,
        order: &DiskOrder,
    ) -> Result<ResourceId, CloudError> {
        self.make_disk(region, order).await
    }

    async fn disks_of_step(&self, region: &RegionId, mark: &str) -> Result<Vec<Disk>, CloudError> {
        self.tagged_disks(region, STEP_TAG, mark).await
    }

    /// The cloud chooses the device by itself.
    async fn attach_disk(
        &self,
        region: &RegionId,
        disk: &ResourceId,
        machine: &ResourceId,
        _device: Option<&str>,
    ) -> Result<(), CloudError> {
        self.put_disk_on(region, disk, machine).await
    }

    async fn detach_disk(
        &self,
        region: &RegionId,
        disk: &ResourceId,
        machine: &ResourceId,
    ) -> Result<(), CloudError> {
        self.take_disk_off(region, disk, machine).await
    }

    async fn delete_disk(
        &self,
        region: &RegionId,
        disk: &ResourceId,
    ) -> Result<Removal, CloudError> {
        self.remove_disk(region, disk).await
    }

    fn protections(&self, region: &RegionId) -> Option<Box<dyn PageSource<Protection> + '_>> {
        Some(Box::new(Protecting::of(self, region)))
    }
}

/// Returns what the tags of a thing say it is for.
pub(crate) fn mark(tags: &Tags) -> &str {
    let mark = tags.get(STEP_TAG).or_else(|| tags.get(SET_TAG));
    mark.map_or("", String::as_str)
}

impl Aliyun {
    fn snapshots_asked(&self, region: &RegionId) -> List<'_, Snapshot> {
        let decode = decode_snapshots;
        List::linked(self, &DESCRIBE_SNAPSHOTS, region, PAGE_SIZE, decode)
    }

    async fn create_snapshot(
        &self,
        region: &RegionId,
        order: &SetOrder,
        disk: &SetDisk,
    ) -> Result<ResourceId, CloudError> {
        let mut tags = order.tags.clone();
        if disk.root {
            tags.extend(order.root_tags.clone());
        }
        let set = order.set.to_string();
        self.call_in(&CREATE_SNAPSHOT, region, made!("SnapshotId"))
            .with("DiskId", disk.disk.as_str())
            .with("SnapshotName", tokens::name(&order.name))
            .with_tags(&tags)
            .once_by(token(&["set", &set, disk.disk.as_str()]))
            .send()
            .await
    }
}

#[cfg(test)]
mod tests;
