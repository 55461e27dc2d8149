//! Snapshots and disks, made and removed.

use std::collections::BTreeMap;

use async_trait::async_trait;
use cloud::{CloudError, Copies, DiskOrder, PageSource, Removal};
use model::{
    CopyOrder, Covers, Disk, Protection, RegionId, ResourceId, SET_TAG, STEP_TAG, SetId, SetOrder,
    Snapshot,
};

use super::hindered::{Told, has, ids, pairs};
use super::nouns;
use super::regions::{DISKS, RegionList, SNAPSHOTS, by_ids};
use super::visitor::Visitor;
use crate::world::World;
use crate::world::caller::Caller;
use crate::world::cloud::Cloud;
use crate::world::holdings::{self, Holdings, SnapshotOrder};
use crate::world::protections::Policy;
use crate::world::refusal::Refusal;

pub(super) const CREATE_SET: &str = "CreateSnapshotGroup";
pub(super) const DELETE_SNAPSHOT: &str = "DeleteSnapshot";
pub(super) const COPY_SNAPSHOT: &str = "CopySnapshot";
pub(super) const CREATE_DISK: &str = "CreateDisk";
pub(super) const ATTACH_DISK: &str = "AttachDisk";
pub(super) const DETACH_DISK: &str = "DetachDisk";
pub(super) const DELETE_DISK: &str = "DeleteDisk";
pub(super) const POLICIES: &str = "DescribeAutoSnapshotPolicyEx";

#[async_trait]
impl Copies for Visitor {
    async fn create_set(
        &self,
        region: &RegionId,
        order: &SetOrder,
    ) -> Result<BTreeMap<ResourceId, ResourceId>, CloudError> {
        let disks = order.disks.iter().map(|it| it.disk.as_str());
        let about = std::iter::once(order.set.machine.as_str()).chain(disks);
        let about = about.collect::<Vec<_>>().join(",");
        self.change(by_ids(CREATE_SET, region, &about), |held, now| {
            begin_set(held, order, now)
        })
        .await
    }

    async fn of_set(&self, region: &RegionId, set: &SetId) -> Result<Vec<Snapshot>, CloudError> {
        let set = set.to_string();
        self.look(by_ids(SNAPSHOTS, region, &set), |held| {
            let rows = held.snapshots.iter();
            let of_it = rows.filter(|it| has(&it.tags, SET_TAG, &set));
            of_it.map(|it| nouns::snapshot(it, held)).collect()
        })
        .await
    }

    async fn snapshots_by_id(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Snapshot>, CloudError> {
        let mut found = Vec::new();
        for ids in ids.chunks(100) {
            let ids: Vec<&str> = ids.iter().map(ResourceId::as_str).collect();
            let about = ids.join(",");
            let rows = self.look(by_ids(SNAPSHOTS, region, &about), |held| {
                let rows = held.snapshots.named(&ids);
                let rows = rows.iter().map(|it| nouns::snapshot(it, held));
                rows.collect::<Vec<_>>()
            });
            found.extend(rows.await?);
        }
        Ok(found)
    }

    async fn delete_snapshot(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Removal, CloudError> {
        self.remove(by_ids(DELETE_SNAPSHOT, region, id.as_str()), |held, now| {
            held.delete_snapshot(id.as_str(), now)
        })
        .await
    }

    async fn copy_snapshot(
        &self,
        region: &RegionId,
        order: &CopyOrder,
    ) -> Result<ResourceId, CloudError> {
        let question = by_ids(COPY_SNAPSHOT, region, order.snapshot.as_str());
        let right = question.right();
        let copy = |world: &World, caller: &Caller| {
            caller.require(right)?;
            let order = holdings::CopyOrder {
                from: order.from.as_str().to_owned(),
                snapshot: order.snapshot.as_str().to_owned(),
                key: order.key.clone(),
                tags: pairs(&order.tags),
                ..holdings::CopyOrder::default()
            };
            let made = world.copy_snapshot(caller.uid, region.as_str(), order);
            Ok(Told(made.map_err(Refusal::from)?))
        };
        self.ask_once(question, copy)
            .await
            .map(|it| ResourceId::new(it.0))
    }

    async fn create_disk(
        &self,
        region: &RegionId,
        order: &DiskOrder,
    ) -> Result<ResourceId, CloudError> {
        let question = by_ids(CREATE_DISK, region, order.snapshot.as_str());
        self.change(question, |held, now| {
            let order = holdings::DiskOrder {
                snapshot: Some(order.snapshot.as_str().to_owned()),
                zone: order.zone.clone(),
                category: order.category.clone().unwrap_or_default(),
                name: order.name.clone(),
                tags: pairs(&order.tags),
                ..holdings::DiskOrder::default()
            };
            Ok(ResourceId::new(held.begin_disk(order, now)?))
        })
        .await
    }

    async fn disks_of_step(&self, region: &RegionId, mark: &str) -> Result<Vec<Disk>, CloudError> {
        self.look(by_ids(DISKS, region, mark), |held| {
            let rows = held.disks.iter();
            let marked = rows.filter(|it| has(&it.tags, STEP_TAG, mark));
            marked.map(|it| nouns::disk(it, held)).collect()
        })
        .await
    }

    async fn attach_disk(
        &self,
        region: &RegionId,
        disk: &ResourceId,
        machine: &ResourceId,
        device: Option<&str>,
    ) -> Result<(), CloudError> {
        let (id, on) = (disk.as_str(), machine.as_str());
        let about = format!("{id},{on}");
        self.change(by_ids(ATTACH_DISK, region, &about), |held, now| {
            let there = held.disks.get(id).and_then(|it| it.machine.as_deref()) == Some(on);
            match there {
                true => Ok(()),
                false => Ok(held.begin_attach(id, on, device, now)?),
            }
        })
        .await
    }

    async fn detach_disk(
        &self,
        region: &RegionId,
        disk: &ResourceId,
        machine: &ResourceId,
    ) -> Result<(), CloudError> {
        let (id, on) = (disk.as_str(), machine.as_str());
        let about = format!("{id},{on}");
        self.change(by_ids(DETACH_DISK, region, &about), |held, now| {
            let alone = held.disks.get(id).is_some_and(|it| it.machine.is_none());
            match alone {
                true => Ok(()),
                false => Ok(held.begin_detach(id, on, now)?),
            }
        })
        .await
    }

    async fn delete_disk(
        &self,
        region: &RegionId,
        disk: &ResourceId,
    ) -> Result<Removal, CloudError> {
        self.remove(by_ids(DELETE_DISK, region, disk.as_str()), |held, now| {
            held.delete_disk(disk.as_str(), now)
        })
        .await
    }

    fn protections(&self, region: &RegionId) -> Option<Box<dyn PageSource<Protection> + '_>> {
        let list = RegionList::new(
            self,
            POLICIES,
            region,
            |look| Ok(look.held().policies.page(look.page)),
            protection,
        );
        Some(Box::new(list))
    }
}

fn begin_set(
    held: &mut Holdings,
    order: &SetOrder,
    now: jiff::Timestamp,
) -> Result<BTreeMap<ResourceId, ResourceId>, Refusal> {
    let wish = |disk: &model::SetDisk| {
        let mut tags = order.tags.clone();
        if disk.root {
            tags.extend(order.root_tags.clone());
        }
        let category = held.disks.get(disk.disk.as_str());
        let category = category.map_or("", |it| it.category.as_str());
        SnapshotOrder {
            name: order.name.clone(),
            // As ESSD disks do: a disk can be made of it at once.
            instant: category.starts_with("cloud_essd"),
            tags: pairs(&tags),
            ..SnapshotOrder::of(disk.disk.as_str())
        }
    };
    let wishes: Vec<SnapshotOrder> = order.disks.iter().map(wish).collect();
    let disks: Vec<String> = wishes.iter().map(|it| it.disk.clone()).collect();
    let made = match held.cloud() {
        Cloud::Aws(_) => held.begin_snapshots(wishes, now)?,
        Cloud::Aliyun | Cloud::Tencent => {
            let id = held.begin_set(
                holdings::SetOrder {
                    machine: Some(order.set.machine.as_str().to_owned()),
                    name: order.name.clone(),
                    tags: pairs(&order.tags),
                    snapshots: wishes,
                    ..holdings::SetOrder::default()
                },
                now,
            )?;
            let set = held.sets.get(&id);
            set.map(|it| it.snapshots.clone()).unwrap_or_default()
        }
    };
    Ok(ids(disks.into_iter().zip(made)))
}

/// A policy by which the cloud itself keeps copies.
fn protection(it: &Policy, _held: &Holdings) -> Protection {
    let tags = |tags: &[(String, String)]| tags.iter().cloned().collect();
    let these = it.disks.iter().chain(&it.machines);
    Protection {
        policy: ResourceId::new(&it.id),
        service: it.service.clone(),
        active: it.active,
        covers: if !it.machine_tags.is_empty() {
            Covers::MachinesTagged(tags(&it.machine_tags))
        } else if !it.disk_tags.is_empty() {
            Covers::DisksTagged(tags(&it.disk_tags))
        } else {
            Covers::These(these.map(ResourceId::new).collect())
        },
    }
}
