//! Disks.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{all_tags, tag_set, zone};
use crate::aws::catalog::Asked;
use crate::aws::filters::{Filters, Has, ids};
use crate::aws::reply::iso;
use crate::world::refusal::Refusal;
use crate::world::storage::{Disk, DiskState};

const FILTERS: &[&str] = &[
    "attachment.delete-on-termination",
    "attachment.device",
    "attachment.instance-id",
    "attachment.status",
    "availability-zone",
    "create-time",
    "encrypted",
    "size",
    "snapshot-id",
    "status",
    "volume-id",
    "volume-type",
];

pub(super) fn describe_volumes(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let holdings = asked.world.holdings(caller.uid, asked.region);
    let filters = Filters::read(asked, FILTERS)?;
    let ids = ids(
        asked,
        ("VolumeId", "vol-"),
        ("InvalidVolume", "volume"),
        |id| {
            holdings
                .disks
                .get(id)
                .is_some_and(|it| asked.shows(it.created))
        },
    )?;
    let disks: Vec<&Arc<Disk>> = match &ids {
        Some(ids) => ids.iter().filter_map(|it| holdings.disks.get(it)).collect(),
        None => holdings.disks.iter().collect(),
    };
    let wanted = disks
        .into_iter()
        .filter(|it| asked.shows(it.created))
        .filter(|disk| {
            filters.keep(
                || all_tags(&disk.name, &disk.tags),
                |name| value_of(disk, name, asked.region),
            )
        });
    asked.page(wanted, |it| volume(it, asked.region))
}

/// Returns the word for the disk, and the word for its place on a machine.
fn states(disk: &Disk) -> (&str, Option<&'static str>) {
    match &disk.state {
        DiskState::Creating => ("creating", None),
        DiskState::Attached => ("in-use", Some("attached")),
        DiskState::Unattached => ("available", None),
        DiskState::Attaching => ("in-use", Some("attaching")),
        DiskState::Detaching => ("in-use", Some("detaching")),
        DiskState::Recycled => ("deleting", None),
        DiskState::Odd(word) => (word, None),
    }
}

fn value_of(disk: &Disk, name: &str, region: &str) -> Has {
    let (state, attachment) = states(disk);
    let attached = attachment.is_some();
    match name {
        "attachment.delete-on-termination" => {
            Has::maybe(attached.then(|| disk.with_machine.to_string()))
        }
        "attachment.device" => Has::maybe(attached.then_some(&disk.device)),
        "attachment.instance-id" => Has::maybe(disk.machine.as_ref().filter(|_| attached)),
        "attachment.status" => Has::maybe(attachment),
        "availability-zone" => Has::one(zone(&disk.zone, region)),
        "create-time" => Has::one(iso(disk.created)),
        "encrypted" => Has::one(disk.encrypted.to_string()),
        "size" => Has::one(disk.size_gib.to_string()),
        "snapshot-id" => Has::maybe(disk.snapshot.as_ref()),
        "status" => Has::one(state),
        "volume-id" => Has::one(&disk.id),
        "volume-type" => Has::one(&disk.category),
        _ => Has::NoFilter,
    }
}

/// Returns the place of a disk on a machine, if it has one.
pub(super) fn attachment(disk: &Disk) -> Option<Value> {
    let (status, machine) = states(disk).1.zip(disk.machine.as_ref())?;
    Some(json!({
        "volumeId": disk.id,
        "instanceId": machine,
        "device": disk.device,
        "status": status,
        "attachTime": iso(disk.created),
        "deleteOnTermination": disk.with_machine,
    }))
}

pub(super) fn volume(disk: &Disk, region: &str) -> Value {
    let (state, _) = states(disk);
    let attachments: Vec<Value> = attachment(disk).into_iter().collect();
    let tags = all_tags(&disk.name, &disk.tags);
    let mut row = json!({
        "volumeId": disk.id,
        "size": disk.size_gib,
        "snapshotId": disk.snapshot.clone().unwrap_or_default(),
        "availabilityZone": zone(&disk.zone, region),
        "status": state,
        "createTime": iso(disk.created),
        "attachmentSet": attachments,
        "volumeType": disk.category,
        "encrypted": disk.encrypted,
        "multiAttachEnabled": false,
    });
    if let Some(key) = &disk.key {
        row["kmsKeyId"] = json!(key);
    }
    if !tags.is_empty() {
        row["tagSet"] = tag_set(&tags);
    }
    row
}
