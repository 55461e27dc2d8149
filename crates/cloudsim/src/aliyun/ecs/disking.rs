//! Disks, made, put on machines, taken off, deleted.

use serde_json::json;

use super::changing::{Change, change, said_tags};
use crate::aliyun::arguments::{Kind, Parameter};
use crate::aliyun::catalog::{self, ActionSpec, Asked};
use crate::world::changes::Hindrance;
use crate::world::holdings::DiskOrder;
use crate::world::refusal::Refusal;

pub(in crate::aliyun) const ACTIONS: &[ActionSpec] = &[
    change(
        "CreateDisk",
        "ecs:CreateDisk",
        &[
            Parameter::text("RegionId").needed(),
            Parameter::text("ZoneId"),
            Parameter::text("InstanceId"),
            Parameter::text("SnapshotId"),
            Parameter::text("DiskName"),
            Parameter::text("Description"),
            Parameter::new("Size", Kind::Whole(1, 65_536)),
            Parameter::text("DiskCategory"),
            Parameter::text("PerformanceLevel"),
            Parameter::new("Encrypted", Kind::Flag),
            Parameter::text("KMSKeyId"),
            Parameter::new("MultiAttach", Kind::OneOf(&["Disabled", "Enabled"])),
            Parameter::new("Tag", Kind::Structs(&["Key", "Value"])),
            Parameter::text("ResourceGroupId"),
            Parameter::text("ClientToken"),
        ],
        create_disk,
    ),
    change(
        "AttachDisk",
        "ecs:AttachDisk",
        &[
            Parameter::text("DiskId").needed(),
            Parameter::text("InstanceId").needed(),
            Parameter::text("Device"),
            Parameter::new("DeleteWithInstance", Kind::Flag),
            Parameter::new("Bootable", Kind::Flag),
            Parameter::new("Force", Kind::Flag),
        ],
        attach_disk,
    ),
    change(
        "DetachDisk",
        "ecs:DetachDisk",
        &[
            Parameter::text("DiskId").needed(),
            Parameter::text("InstanceId").needed(),
            Parameter::new("DeleteWithInstance", Kind::Flag),
        ],
        detach_disk,
    ),
    change(
        "DeleteDisk",
        "ecs:DeleteDisk",
        &[Parameter::text("DiskId").needed()],
        delete_disk,
    ),
];

fn create_disk(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let said = asked.arguments;
    let change = Change::said(asked, "ecs:CreateDisk")?;
    if said.text("ZoneId").is_none() && said.text("InstanceId").is_none() {
        let text = "The input parameter \"ZoneId\" that is mandatory for processing this request is not supplied.";
        return Err(Refusal::new(400, "MissingParameter", text));
    }
    let held = asked.world.truth(change.uid, &change.region);
    let of = said.text("SnapshotId");
    let whole = of.and_then(|it| held.snapshots.get(it));
    let size = said.whole("Size").and_then(|it| u64::try_from(it).ok());
    let too_small = whole.is_some_and(|it| size.is_some_and(|size| size < it.size_gib));
    if too_small || (of.is_none() && size.is_none()) {
        return Err(Refusal::new(
            400,
            "InvalidDiskSize.ValueNotSupported",
            "The specified parameter size is beyond the permitted range.",
        ));
    }
    let order = DiskOrder {
        snapshot: said.owned("SnapshotId"),
        size_gib: size,
        zone: said.owned("ZoneId").unwrap_or_default(),
        category: said.owned("DiskCategory").unwrap_or("cloud".to_owned()),
        name: said.owned("DiskName").unwrap_or_default(),
        encrypted: said.flag("Encrypted"),
        key: said.owned("KMSKeyId"),
        tags: said_tags(said)?,
    };
    let id = change.make_once(|held, now| held.begin_disk(order, now))?;
    catalog::json(&json!({"RequestId": asked.request_id, "DiskId": id, "OrderId": ""}))
}

fn attach_disk(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let said = asked.arguments;
    let (disk, machine) = pair(asked);
    let change = Change::of(asked, "ecs:AttachDisk", disk)?;
    change.make(|held, now| {
        held.begin_attach(disk, machine, said.text("Device"), now)?;
        let with_machine = said.flag("DeleteWithInstance");
        held.disks.change(disk, |it| it.with_machine = with_machine);
        Ok(())
    })?;
    catalog::json(&json!({"RequestId": asked.request_id}))
}

fn detach_disk(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (disk, machine) = pair(asked);
    let change = Change::of(asked, "ecs:DetachDisk", disk)?;
    change.make(|held, now| {
        held.machines
            .get(machine)
            .ok_or_else(|| Hindrance::NotFound(machine.to_owned()))?;
        held.begin_detach(disk, machine, now)
    })?;
    catalog::json(&json!({"RequestId": asked.request_id}))
}

fn delete_disk(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (disk, _) = pair(asked);
    let change = Change::of(asked, "ecs:DeleteDisk", disk)?;
    change.make(|held, now| held.delete_disk(disk, now))?;
    catalog::json(&json!({"RequestId": asked.request_id}))
}

fn pair<'a>(asked: &'a Asked<'_>) -> (&'a str, &'a str) {
    let said = |name: &str| asked.arguments.text(name).unwrap_or_default();
    (said("DiskId"), said("InstanceId"))
}
