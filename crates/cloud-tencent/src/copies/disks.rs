//! Disks that are made of snapshots, put on machines and taken off again.

use cloud::{CloudError, DiskOrder, Disks as _, ErrorKind, Removal};
use model::{Charge, Disk, DiskState, RegionId, ResourceId};
use serde_json::json;

use crate::Tencent;
use crate::changes::{done, made, mark, said_tags, tagged};
use crate::lists;
use crate::operations::{ATTACH_DISKS, CREATE_DISKS, DETACH_DISKS, TERMINATE_DISKS};
use crate::tokens::{self, token};
use crate::{disks, operations::Operation};

/// What a disk is made as where the order does not say: every zone has it.
const USUAL_CATEGORY: &str = "CLOUD_PREMIUM";

impl Tencent {
    pub(super) async fn make_disk(
        &self,
        region: &RegionId,
        order: &DiskOrder,
    ) -> Result<ResourceId, CloudError> {
        let once = token(&["disk", mark(&order.tags), order.snapshot.as_str()]);
        self.call_in(&CREATE_DISKS, region, made!("DiskIdSet"))
            .with("Placement", json!({ "Zone": order.zone }))
            .with("DiskChargeType", "POSTPAID_BY_HOUR")
            .with(
                "DiskType",
                order.category.as_deref().unwrap_or(USUAL_CATEGORY),
            )
            .with("DiskName", tokens::name(&order.name))
            .with("SnapshotId", order.snapshot.as_str())
            .with("DiskCount", 1)
            .with("Tags", said_tags(&order.tags))
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
        let mut question = disks::question(region, disks::decode_disks);
        question.arguments = tagged(key, value);
        lists::whole(self, question).await
    }

    pub(super) async fn put_disk_on(
        &self,
        region: &RegionId,
        disk: &ResourceId,
        machine: &ResourceId,
    ) -> Result<(), CloudError> {
        // It does not go when the machine goes.
        let arguments = [("DeleteWithInstance", json!(false))];
        let there = |state: &DiskState| match state {
            DiskState::Attached(machines) => machines.contains(machine),
            DiskState::Changing(word) => word == "ATTACHING",
            DiskState::Unattached => false,
        };
        self.move_disk(&ATTACH_DISKS, region, disk, machine, &arguments, there)
            .await
    }

    pub(super) async fn take_disk_off(
        &self,
        region: &RegionId,
        disk: &ResourceId,
        machine: &ResourceId,
    ) -> Result<(), CloudError> {
        let off = |state: &DiskState| match state {
            DiskState::Unattached => true,
            DiskState::Changing(word) => word == "DETACHING",
            DiskState::Attached(_) => false,
        };
        self.move_disk(&DETACH_DISKS, region, disk, machine, &[], off)
            .await
    }

    /// Lets a refusal pass when the disk is as it was to be.
    async fn move_disk(
        &self,
        operation: &'static Operation,
        region: &RegionId,
        disk: &ResourceId,
        machine: &ResourceId,
        arguments: &[(&str, serde_json::Value)],
        as_wanted: impl Fn(&DiskState) -> bool + Send,
    ) -> Result<(), CloudError> {
        let mut call = self
            .call_about(operation, region, "DiskIds", disk, done)
            .with("InstanceId", machine.as_str());
        for (name, value) in arguments {
            call = call.with(name, value.clone());
        }
        let error = match call.send().await {
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

    /// One that is paid in advance would go to the recycle bin, and with a second call for good.
    pub(super) async fn remove_disk(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Removal, CloudError> {
        let found = self.disks_by_id(region, std::slice::from_ref(id)).await?;
        let Some(disk) = found.into_iter().find(|it| it.id == *id) else {
            return Ok(Removal::WasGone);
        };
        match disk.state {
            DiskState::Unattached if disk.charge == Charge::OnDemand => {}
            DiskState::Unattached => return Ok(Removal::Held("prepaid".to_owned())),
            DiskState::Attached(machines) => {
                let by = machines.first().map_or("machine", ResourceId::as_str);
                return Ok(Removal::Held(by.to_owned()));
            }
            DiskState::Changing(word) => return Ok(Removal::Held(word)),
        }
        let call = self
            .call_about(&TERMINATE_DISKS, region, "DiskIds", id, done)
            // Its snapshots stay.
            .with("DeleteSnapshot", 0);
        Removal::of(call.send().await)
    }
}
