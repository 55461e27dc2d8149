//! Makes and removes snapshots, and disks of them (cbs 2017-03-12).
//!
//! Snapshots are made one by one and not as a group: a group is no more of one instant, by the
//! cloud's own word, and its snapshots would be born without tags. There is no client token for
//! them: what is there already is looked for first, and no call that makes one is repeated; where its
//! answer was lost, what it made is looked for at once.
//!
//! Invariant: nothing is removed together with something else: an image keeps its snapshots.

mod disks;

use std::collections::BTreeMap;

use async_trait::async_trait;
use cloud::{CloudError, Copies, DiskOrder, ErrorKind, PageSource, Removal};
use model::{
    CopyOrder, CopyState, Disk, Protection, RegionId, ResourceId, SET_TAG, STEP_TAG, SetDisk,
    SetId, SetOrder, Snapshot,
};
use serde_json::{Map, Value, json};

use crate::Tencent;
use crate::changes::{done, made, mark, said_tags};
use crate::decode::{self, Loose, Misread};
use crate::disks::copies;
use crate::lists::{self, OffsetList};
use crate::operations::{COPY_SNAPSHOT, CREATE_SNAPSHOT, DELETE_SNAPSHOTS};
use crate::tokens::{self, token};
use crate::{disks as disk_list, protections};

/// As many disks as one question about snapshots may name.
const MOST_DISKS: usize = 10;

#[async_trait]
impl Copies for Tencent {
    async fn create_set(
        &self,
        region: &RegionId,
        order: &SetOrder,
    ) -> Result<BTreeMap<ResourceId, ResourceId>, CloudError> {
        if order.disks.is_empty() {
            let words = format!("the set {} is of no disk", order.set);
            return Err(self.trouble(&CREATE_SNAPSHOT, region, ErrorKind::Invalid, words));
        }
        let disks: Vec<ResourceId> = order.disks.iter().map(|it| it.disk.clone()).collect();
        // Whoever began it before may have been interrupted: nothing tells the cloud that twice is once.
        let there = self.copies_of(region, &disks, &order.set).await?;
        let mut made: BTreeMap<ResourceId, ResourceId> = there
            .into_iter()
            .filter(|it| it.state != CopyState::Failed)
            .filter_map(|it| Some((it.disk?, it.id)))
            .collect();
        for disk in &order.disks {
            if made.contains_key(&disk.disk) {
                continue;
            }
            let snapshot = match self.create_snapshot(region, order, disk).await {
                Err(error) if error.kind == ErrorKind::Unanswered => {
                    let disk = &disk.disk;
                    let began = self.one_of_set(region, disk, &order.set).await;
                    began.ok_or(error)?
                }
                made => made?,
            };
            made.insert(disk.disk.clone(), snapshot);
        }
        Ok(made)
    }

    /// Asked by the disks of the machine; where it has none any more, the whole list is read: the
    /// cloud cannot be asked for snapshots by their tags.
    async fn of_set(&self, region: &RegionId, set: &SetId) -> Result<Vec<Snapshot>, CloudError> {
        let disks = self.disks_on(region, &set.machine).await?;
        if !disks.is_empty() {
            return self.copies_of(region, &disks, set).await;
        }
        let filter = json!([{ "Name": "snapshot-type", "Values": ["PRIVATE_SNAPSHOT"] }]);
        let all = lists::whole(self, copies(region, filters(filter))).await?;
        Ok(of_set(all, set))
    }

    async fn snapshots_by_id(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Snapshot>, CloudError> {
        lists::by_id(self, "SnapshotIds", ids, || copies(region, Map::new())).await
    }

    /// Looked at before it goes: what holds one stands in its row, and the refusals do not all say it.
    async fn delete_snapshot(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Removal, CloudError> {
        let found = self
            .snapshots_by_id(region, std::slice::from_ref(id))
            .await?;
        let Some(snapshot) = found.into_iter().find(|it| it.id == *id) else {
            return Ok(Removal::WasGone);
        };
        if let Some(by) = snapshot.held_by {
            return Ok(Removal::Held(by));
        }
        let call = self
            .call_about(&DELETE_SNAPSHOTS, region, "SnapshotIds", id, done)
            .with("DeleteBindImages", false);
        Removal::of(call.send().await)
    }

    /// A copy has no tags when it begins; its name says what it is for, so that it is found again.
    async fn copy_snapshot(
        &self,
        region: &RegionId,
        order: &CopyOrder,
    ) -> Result<ResourceId, CloudError> {
        let digest = token(&["copy", mark(&order.tags), order.snapshot.as_str()]);
        let name = format!("{}-{}", order.snapshot, &digest[..12]);
        let copy = match self.copy_named(region, &name).await? {
            Some(copy) => copy,
            None => match self.begin_copy(region, order, &name).await {
                Err(error) if error.kind == ErrorKind::Unanswered => {
                    let began = self.copy_named(region, &name).await.ok().flatten();
                    began.ok_or(error)?
                }
                begun => begun?,
            },
        };
        let kind = cloud::Taggable::Snapshot;
        let ids = std::slice::from_ref(&copy);
        cloud::MachineChanges::put_tags(self, region, kind, ids, &order.tags).await?;
        Ok(copy)
    }

    async fn create_disk(
        &self,
        region: &RegionId,
        order: &DiskOrder,
    ) -> Result<ResourceId, CloudError> {
        self.make_disk(region, order).await
    }

    async fn disks_of_step(&self, region: &RegionId, mark: &str) -> Result<Vec<Disk>, CloudError> {
        let found = self.tagged_disks(region, STEP_TAG, mark).await?;
        let marked = |it: &Disk| it.tags.get(STEP_TAG).is_some_and(|it| it == mark);
        Ok(found.into_iter().filter(marked).collect())
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
        Some(Box::new(OffsetList::new(
            self,
            protections::question(region),
        )))
    }
}

fn filters(filter: Value) -> Map<String, Value> {
    Map::from_iter([("Filters".to_owned(), filter)])
}

fn of_set(snapshots: Vec<Snapshot>, set: &SetId) -> Vec<Snapshot> {
    let set = set.to_string();
    let ours = |it: &Snapshot| it.tags.get(SET_TAG).is_some_and(|it| *it == set);
    snapshots.into_iter().filter(ours).collect()
}

impl Tencent {
    /// Returns the snapshots of disks that carry the tag of a set.
    async fn copies_of(
        &self,
        region: &RegionId,
        disks: &[ResourceId],
        set: &SetId,
    ) -> Result<Vec<Snapshot>, CloudError> {
        let mut found = Vec::new();
        for disks in disks.chunks(MOST_DISKS) {
            let disks: Vec<&str> = disks.iter().map(ResourceId::as_str).collect();
            let filter = json!([
                { "Name": "disk-id", "Values": disks },
                { "Name": "snapshot-type", "Values": ["PRIVATE_SNAPSHOT"] },
            ]);
            let all = lists::whole(self, copies(region, filters(filter))).await?;
            found.extend(of_set(all, set));
        }
        Ok(found)
    }

    /// Returns the snapshot of a disk that a call has begun whose answer was lost; where it is not
    /// shown, or cannot be asked for, it is for the next run to look.
    async fn one_of_set(
        &self,
        region: &RegionId,
        disk: &ResourceId,
        set: &SetId,
    ) -> Option<ResourceId> {
        let there = self.copies_of(region, std::slice::from_ref(disk), set);
        let there = there.await.ok()?.into_iter();
        let mut usable = there.filter(|it| it.state != CopyState::Failed);
        usable.next().map(|it| it.id)
    }

    /// Returns the copy of a name, if one that did not go wrong is there.
    async fn copy_named(
        &self,
        region: &RegionId,
        name: &str,
    ) -> Result<Option<ResourceId>, CloudError> {
        let filter = json!([{ "Name": "snapshot-name", "Values": [name] }]);
        let there = lists::whole(self, copies(region, filters(filter))).await?;
        let mut usable = there
            .into_iter()
            .filter(|it| it.name == name && it.state != CopyState::Failed);
        Ok(usable.next().map(|it| it.id))
    }

    async fn begin_copy(
        &self,
        region: &RegionId,
        order: &CopyOrder,
        name: &str,
    ) -> Result<ResourceId, CloudError> {
        self.call_in(&COPY_SNAPSHOT, &order.from, decode_copied)
            .with("SnapshotId", order.snapshot.as_str())
            .with("DestinationRegions", json!([region.as_str()]))
            .with("SnapshotName", name)
            .send()
            .await
    }

    async fn disks_on(
        &self,
        region: &RegionId,
        machine: &ResourceId,
    ) -> Result<Vec<ResourceId>, CloudError> {
        let mut question = disk_list::question(region, disk_list::decode_disks);
        let filter = json!([{ "Name": "instance-id", "Values": [machine.as_str()] }]);
        question.arguments = filters(filter);
        let disks = lists::whole(self, question).await?;
        Ok(disks.into_iter().map(|it| it.id).collect())
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
        self.call_in(&CREATE_SNAPSHOT, region, made!("SnapshotId"))
            .with("DiskId", disk.disk.as_str())
            .with("SnapshotName", tokens::name(&order.name))
            .with("Tags", said_tags(&tags))
            .send()
            .await
    }
}

decode::wire! {
    struct CopiedAnswer<'a> {
        snapshot_copy_result_set: Option<Vec<Copied<'a>>>,
    }
    struct Copied<'a> {
        snapshot_id: Loose<'a>,
        code: Loose<'a>,
        message: Loose<'a>,
    }
}

/// Each region has an outcome of its own, which is a failure when it has no snapshot.
fn decode_copied(body: &str) -> Result<ResourceId, Misread> {
    let answer: CopiedAnswer<'_> = decode::object(body)?;
    let rows = answer.snapshot_copy_result_set.unwrap_or_default();
    let row = rows.into_iter().next();
    let row = row.ok_or(Misread::Lacks("SnapshotCopyResultSet"))?;
    match row.snapshot_id.some_text() {
        Some(id) => Ok(ResourceId::new(id)),
        None => Err(Misread::Refused(decode::Refusal {
            code: row.code.into_text(),
            message: row.message.into_text(),
            request_id: None,
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_that_was_refused_in_its_region_is_refused() {
        let body = r#"{"Response":{"SnapshotCopyResultSet":[{"SnapshotId":"snap-9","Code":"Success",
            "Message":"","DestinationRegion":"ap-beijing"}],"RequestId":"r"}}"#;
        assert_eq!(decode_copied(body).unwrap().as_str(), "snap-9");
        let body = r#"{"Response":{"SnapshotCopyResultSet":[{"SnapshotId":"","Code":"LimitExceeded",
            "Message":"no"}],"RequestId":"r"}}"#;
        match decode_copied(body) {
            Err(Misread::Refused(refusal)) => assert_eq!(refusal.code, "LimitExceeded"),
            other => panic!("{other:?}"),
        }
    }
}
