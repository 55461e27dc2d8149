//! Disks that are made of snapshots, put on machines and taken off again.

use cloud::{CloudError, DiskOrder, Disks as _, ErrorKind, Removal};
use model::{Disk, DiskState, RegionId, ResourceId};

use super::mark;
use crate::Aliyun;
use crate::changes::{done, made, removal};
use crate::disks::{PAGE_SIZE, decode_disks};
use crate::lists::List;
use crate::operations::{ATTACH_DISK, CREATE_DISK, DELETE_DISK, DESCRIBE_DISKS, DETACH_DISK};
use crate::tokens::{self, token};

/// What a disk is made as where the order does not say: left out, the cloud takes a category that
/// most zones do not sell any more.
const USUAL_CATEGORY: &str = "cloud_essd";

impl Aliyun {
    pub(super) async fn make_disk(
        &self,
        region: &RegionId,
        order: &DiskOrder,
    ) -> Result<ResourceId, CloudError> {
        let once = token(&["disk", mark(&order.tags), order.snapshot.as_str()]);
        self.call_in(&CREATE_DISK, region, made!("DiskId"))
            .with("ZoneId", order.zone.as_str())
            .with("SnapshotId", order.snapshot.as_str())
            .with(
                "DiskCategory",
                order.category.as_deref().unwrap_or(USUAL_CATEGORY),
            )
            .with("DiskName", tokens::name(&order.name))
            .with_tags(&order.tags)
            .once_by(once)
            .send()
            .await
    }

    pub(super) async fn tagged_disks(
        &self,
        region: &RegionId,
        key: &str,
        value: &str,
    ) -> Result<Vec<Disk>, CloudError> {
        List::linked(self, &DESCRIBE_DISKS, region, PAGE_SIZE, decode_disks)
            .tagged(key, value)
            .checked()
            .rows()
            .await
    }

    pub(super) async fn put_disk_on(
        &self,
        region: &RegionId,
        disk: &ResourceId,
        machine: &ResourceId,
    ) -> Result<(), CloudError> {
        let call = self
            .call_in(&ATTACH_DISK, region, done)
            .with("DiskId", disk.as_str())
            .with("InstanceId", machine.as_str())
            // It does not go when the machine goes.
            .with("DeleteWithInstance", "false");
        let answer = call.send().await;
        let there = |state: &DiskState| match state {
            DiskState::Attached(machines) => machines.contains(machine),
            DiskState::Changing(word) => word == "Attaching",
            DiskState::Unattached => false,
        };
        self.unless(region, disk, answer, there).await
    }

    pub(super) async fn take_disk_off(
        &self,
        region: &RegionId,
        disk: &ResourceId,
        machine: &ResourceId,
    ) -> Result<(), CloudError> {
        let call = self
            .call_in(&DETACH_DISK, region, done)
            .with("DiskId", disk.as_str())
            .with("InstanceId", machine.as_str());
        let answer = call.send().await;
        let off = |state: &DiskState| match state {
            DiskState::Unattached => true,
            DiskState::Changing(word) => word == "Detaching",
            DiskState::Attached(_) => false,
        };
        self.unless(region, disk, answer, off).await
    }

    pub(super) async fn remove_disk(
        &self,
        region: &RegionId,
        disk: &ResourceId,
    ) -> Result<Removal, CloudError> {
        let call = self
            .call_in(&DELETE_DISK, region, done)
            .with("DiskId", disk.as_str());
        removal(call.send().await)
    }

    /// Lets a refusal pass when the disk is as it was to be.
    async fn unless(
        &self,
        region: &RegionId,
        disk: &ResourceId,
        answer: Result<(), CloudError>,
        as_wanted: impl Fn(&DiskState) -> bool + Send,
    ) -> Result<(), CloudError> {
        let error = match answer {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        let state = matches!(
            error.kind,
            ErrorKind::TryLater | ErrorKind::Held { .. } | ErrorKind::Invalid
        );
        if !state {
            return Err(error);
        }
        let found = self.disks_by_id(region, std::slice::from_ref(disk)).await?;
        match found.first() {
            Some(found) if as_wanted(&found.state) => Ok(()),
            _ => Err(error),
        }
    }
}
