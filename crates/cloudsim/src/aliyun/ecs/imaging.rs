//! Images, made of snapshots or of a machine, and deleted.

use serde_json::json;

use super::changing::{Change, change, name, refusal, said_tags};
use crate::aliyun::arguments::{Kind, Parameter};
use crate::aliyun::catalog::{self, ActionSpec, Asked};
use crate::world::changes::Hindrance;
use crate::world::holdings::{Holdings, ImageOrder, ImageSnapshots};
use crate::world::images::Device;
use crate::world::refusal::Refusal;
use crate::world::storage::CopyState;

pub(in crate::aliyun) const ACTIONS: &[ActionSpec] = &[
    change(
        "CreateImage",
        "ecs:CreateImage",
        &[
            Parameter::text("RegionId").needed(),
            Parameter::text("InstanceId"),
            Parameter::text("SnapshotId"),
            Parameter::new(
                "DiskDeviceMapping",
                Kind::Structs(&["SnapshotId", "DiskType", "Device", "Size"]),
            ),
            Parameter::text("ImageName"),
            Parameter::text("ImageFamily"),
            Parameter::text("ImageVersion"),
            Parameter::text("Description"),
            Parameter::new("Architecture", Kind::OneOf(&["i386", "x86_64", "arm64"])),
            Parameter::new("BootMode", Kind::OneOf(&["BIOS", "UEFI", "UEFI-Preferred"])),
            Parameter::text("Platform"),
            Parameter::text("DetectionStrategy"),
            Parameter::new("Tag", Kind::Structs(&["Key", "Value"])),
            Parameter::text("ResourceGroupId"),
            Parameter::new("DryRun", Kind::Flag),
            Parameter::text("ClientToken"),
        ],
        create_image,
    ),
    change(
        "DeleteImage",
        "ecs:DeleteImage",
        &[
            Parameter::text("RegionId").needed(),
            Parameter::text("ImageId").needed(),
            Parameter::new("Force", Kind::Flag),
            Parameter::new("DryRun", Kind::Flag),
        ],
        delete_image,
    ),
];

fn create_image(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let said = asked.arguments;
    let change = Change::said(asked, "ecs:CreateImage")?;
    let malformed = "InvalidImageName.Malformed";
    let name = name(
        said,
        "ImageName",
        malformed,
        &["http://", "https://", "aliyun", "acs:"],
    )?;
    let machine = said.owned("InstanceId");
    let devices = devices(asked);
    if machine.is_none() && devices.is_empty() {
        let text = "The input parameter SnapshotId or InstanceId or DiskDeviceMapping that is mandatory for processing this request is not supplied.";
        return Err(Refusal::new(400, "MissingParameter", text));
    }
    let order = ImageOrder {
        name,
        description: said.owned("Description").unwrap_or_default(),
        tags: said_tags(said)?,
        ..ImageOrder::default()
    };
    let held = asked.world.truth(change.uid, &change.region);
    let order = match &machine {
        Some(_) => order,
        None => of_snapshots(&held, order, devices)?,
    };
    let made = change.make_once(|held, now| match &machine {
        Some(machine) => held.begin_image_of(machine, order, now),
        None => held.begin_image(order, now),
    });
    let id = made.map_err(|it| match it.code.as_str() {
        "IdempotentParameterMismatch" => Refusal::new(
            400,
            "IdempotenceParamNotMatch",
            "Request uses a client token in a previous request but is not identical to that request.",
        ),
        _ => it,
    })?;
    catalog::json(&json!({"RequestId": asked.request_id, "ImageId": id}))
}

/// Returns the disks that were said, and which of them is said to be the one to start from.
fn devices(asked: &Asked<'_>) -> Vec<(Device, Option<String>)> {
    let said = asked.arguments;
    let mapped = (1..=20).filter_map(|number| {
        let field = |name: &str| said.owned(&format!("DiskDeviceMapping.{number}.{name}"));
        let size = field("Size").and_then(|it| it.parse().ok());
        let device = Device {
            size_gib: size,
            ..Device::new(field("Device").unwrap_or_default(), field("SnapshotId")?)
        };
        Some((device, field("DiskType")))
    });
    let mapped: Vec<_> = mapped.collect();
    match said.owned("SnapshotId") {
        Some(one) if mapped.is_empty() => vec![(Device::new("", one), None)],
        _ => mapped,
    }
}

/// Makes the order one of snapshots: the one to start from first, starting as its machine does.
fn of_snapshots(
    held: &Holdings,
    order: ImageOrder,
    devices: Vec<(Device, Option<String>)>,
) -> Result<ImageOrder, Refusal> {
    let of = |device: &Device| {
        let id = device.snapshot.clone().unwrap_or_default();
        let found = held.snapshots.get(&id);
        found.ok_or_else(|| refusal(Hindrance::NotFound(id)))
    };
    let (mut system, mut data) = (Vec::new(), Vec::new());
    for (device, sort) in devices {
        let snapshot = of(&device)?;
        let is_system = snapshot.system && sort.as_deref() != Some("data");
        match is_system {
            true => system.push((device, snapshot.disk.clone())),
            false => data.push((device, snapshot.disk.clone())),
        }
    }
    let denied = |status, text: &str| Err(Refusal::new(status, "OperationDenied", text));
    match system.len() {
        0 => return denied(403, "The specified snapshot is not from system disk."),
        1 => {}
        _ => {
            let text = "The specified parameter DiskDeviceMapping.n.SnapshotId contains two or more system disk snapshots.";
            return denied(400, text);
        }
    }
    let disk = held.disks.get(&system[0].1);
    let machine = disk.and_then(|it| it.machine.clone());
    let build = machine.as_ref().and_then(|it| held.build_of(it)).cloned();
    let letters = [
        "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m",
    ];
    let devices = system.into_iter().chain(data).zip(letters);
    let devices = devices.map(|((device, _), letter)| Device {
        name: match device.name.is_empty() {
            true => format!("/dev/xvd{letter}"),
            false => device.name,
        },
        ..device
    });
    Ok(ImageOrder {
        machine,
        build: build.unwrap_or_default(),
        devices: devices.collect(),
        ..order
    })
}

fn delete_image(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let said = asked.arguments;
    let change = Change::said(asked, "ecs:DeleteImage")?;
    let id = said.text("ImageId").unwrap_or_default();
    let held = asked.world.truth(change.uid, &change.region);
    let used = held.machines.iter().any(|it| it.image == id);
    let image = held.images.get(id);
    if image.is_some() && used && !said.flag("Force") {
        let text = "The specified image has been used to create instances.";
        return Err(Refusal::new(403, "ImageUsingByInstance", text));
    }
    change
        .make(|held, now| {
            let Some(image) = held.images.get(id) else {
                // One that is missing is none to be deleted, and no mistake.
                return Ok(());
            };
            if !image.shared_with.is_empty() {
                return Err(Hindrance::Shared(image.shared_with.clone()));
            }
            if image.state == CopyState::Pending {
                return Err(Hindrance::WrongState(id.to_owned()));
            }
            let gone = held.deregister_image(id, ImageSnapshots::Stay, now);
            gone.map(drop)
        })
        .map_err(|it| match it.code.as_str() {
            "Operation.Conflict" => {
                Refusal::new(403, "OperationDenied.ImageCopying", "The Image is coping.")
            }
            _ => it,
        })?;
    catalog::json(&json!({"RequestId": asked.request_id}))
}
