//! Images, made of snapshots or of a machine, and deleted. There is no client token for them, and no two of one name.

use serde_json::{Value, json};

use super::refusals::{image_may_go, refusal};
use super::{SERVICE, VERSION};
use crate::tencent::arguments::{Arguments, Kind, Parameter};
use crate::tencent::catalog::{ActionSpec, Asked, Listing, Paging, json};
use crate::tencent::changing::{self, TAGS, change};
use crate::tencent::times;
use crate::tencent::words::{Trouble, coded_value, missing};
use crate::world::changes::Hindrance;
use crate::world::holdings::{Holdings, ImageOrder, ImageSnapshots};
use crate::world::images::Device;
use crate::world::machines::Tags;

const YES_OR_NO: Kind = Kind::OneOf(&["true", "false", "TRUE", "FALSE"]);
/// The form of tags of what is made: `[{"ResourceType": …, "Tags": …}]`.
pub(super) const TAGS_OF_SORTS: Kind = Kind::Objects(&[
    Parameter::new(
        "ResourceType",
        Kind::OneOf(&["instance", "image", "host", "keypair"]),
    )
    .needed(),
    Parameter::new("Tags", TAGS).needed(),
]);

pub(in crate::tencent) const ACTIONS: &[ActionSpec] = &[
    change(
        SERVICE,
        VERSION,
        "CreateImage",
        &[
            Parameter::text("ImageName").needed(),
            Parameter::text("InstanceId"),
            Parameter::new("SnapshotIds", Kind::Texts(21)),
            Parameter::new("DataDiskIds", Kind::Texts(20)),
            Parameter::text("ImageDescription"),
            Parameter::new("ForcePoweroff", YES_OR_NO),
            Parameter::new("Sysprep", YES_OR_NO),
            Parameter::new("DryRun", Kind::Flag),
            Parameter::new("TagSpecification", TAGS_OF_SORTS),
        ],
        create,
    ),
    change(
        SERVICE,
        VERSION,
        "DeleteImages",
        &[
            Parameter::new("ImageIds", Kind::Texts(50)).needed(),
            Parameter::new("DeleteBindedSnap", Kind::Flag),
            Parameter::new("DryRun", Kind::Flag),
        ],
        delete,
    ),
    ActionSpec {
        listing: Some(Listing {
            rows: "/SharePermissionSet",
            total: "",
            paging: Paging::None,
        }),
        ..change(
            SERVICE,
            VERSION,
            "DescribeImageSharePermission",
            &[Parameter::text("ImageId").needed()],
            shares,
        )
    },
];

/// Returns the tags that were said for things of `sort`.
pub(super) fn tags_of(said: &Arguments, sort: &str) -> Result<Tags, Trouble> {
    let specified = said.value("TagSpecification").as_array();
    let mut tags = Tags::new();
    for it in specified.into_iter().flatten() {
        if it["ResourceType"] == sort {
            tags.extend(changing::tags(&it["Tags"], "TagSpecification")?);
        }
    }
    Ok(tags)
}

fn create(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let said = asked.arguments;
    let (machine, snapshots) = (said.text("InstanceId"), said.texts("SnapshotIds"));
    if machine.is_some() && snapshots.is_some() {
        return Err(coded_value("InvalidParameterConflict", "SnapshotIds"));
    }
    let order = ImageOrder {
        name: changing::name(said, "ImageName", "InvalidParameterValue.TooLong")?,
        description: said.text("ImageDescription").unwrap_or_default().to_owned(),
        tags: tags_of(said, "image")?,
        ..ImageOrder::default()
    };
    let dry = said.flag("DryRun");
    let id = asked.change(|held, now| match (machine, &snapshots) {
        (Some(machine), _) => {
            takes_all_disks(
                held,
                machine,
                &said.texts("DataDiskIds").unwrap_or_default(),
            )?;
            if dry {
                return Ok(None);
            }
            let made = held.begin_image_of(machine, order, now);
            made.map(Some).map_err(refusal)
        }
        (None, Some(snapshots)) => {
            let devices = devices(held, snapshots)?;
            if dry {
                return Ok(None);
            }
            let order = ImageOrder { devices, ..order };
            held.begin_image(order, now).map(Some).map_err(refusal)
        }
        (None, None) => Err(missing("InstanceId")),
    })?;
    json(&json!({ "ImageId": id }))
}

/// An image of a machine has the disks that were said; here, all of them have to be.
fn takes_all_disks(held: &Holdings, machine: &str, data: &[String]) -> Result<(), Trouble> {
    let found = held.machines.get(machine);
    let found = found.ok_or_else(|| refusal(Hindrance::NotFound(machine.to_owned())))?;
    let disks = held.disks_of(found);
    let mut has = disks.iter().filter(|it| !it.system);
    if has.all(|it| data.contains(&it.id)) {
        return Ok(());
    }
    Err(Trouble::new(
        "UnsupportedOperation.NotSupportInstanceImage",
        "模拟环境只支持包含全部数据盘的整机镜像。",
        "The simulation makes images of machines with all their data disks only.",
    ))
}

/// Returns the disks of an image of `snapshots`: one of them, and no more, is of a system disk.
fn devices(held: &Holdings, snapshots: &[String]) -> Result<Vec<Device>, Trouble> {
    let (mut system, mut data) = (Vec::new(), Vec::new());
    for id in snapshots {
        let snapshot = held.snapshots.get(id);
        let snapshot = snapshot.ok_or_else(|| refusal(Hindrance::NotFound(id.clone())))?;
        match snapshot.system {
            true => system.push(id),
            false => data.push(id),
        }
    }
    let root = match system.as_slice() {
        [one] => *one,
        [] => {
            return Err(Trouble::new(
                "InvalidParameter.SystemSnapshotNotFound",
                "参数不包含系统盘快照。",
                "There is no snapshot of a system disk among them.",
            ));
        }
        _ => {
            return Err(Trouble::new(
                "InvalidParameter.DuplicateSystemSnapshots",
                "只能包含一个系统盘快照。",
                "There may be only one snapshot of a system disk among them.",
            ));
        }
    };
    let all = std::iter::once(root).chain(data);
    let named = all.zip('a'..='z');
    Ok(named
        .map(|(id, letter)| Device::new(format!("/dev/vd{letter}"), id))
        .collect())
}

/// All of them go, or none.
fn delete(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let said = asked.arguments;
    let ids = said.texts("ImageIds").unwrap_or_default();
    let snapshots = match said.flag("DeleteBindedSnap") {
        true => ImageSnapshots::GoToo,
        false => ImageSnapshots::Stay,
    };
    let dry = said.flag("DryRun");
    asked.change(|held, now| {
        ids.iter().try_for_each(|it| image_may_go(held, it))?;
        for id in ids.iter().filter(|_| !dry) {
            let gone = held.deregister_image(id, snapshots, now);
            drop(gone.map_err(refusal)?);
        }
        Ok(())
    })?;
    json(&json!({}))
}

fn shares(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let held = asked.holdings()?;
    let id = asked.arguments.text("ImageId").unwrap_or_default();
    let image = held.images.get(id);
    let image = image.ok_or_else(|| refusal(Hindrance::NotFound(id.to_owned())))?;
    let rows = image.shared_with.iter().map(|account| {
        json!({
            "AccountId": account,
            "CreatedTime": times::utc(image.created),
        })
    });
    let rows: Vec<Value> = rows.collect();
    json(&json!({ "SharePermissionSet": rows }))
}
