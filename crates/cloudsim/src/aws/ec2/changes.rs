//! What changes things in EC2: snapshots, images, tags, disks, machines, addresses.
//!
//! Invariant: of these, only actions with a `ClientToken` do nothing when they are called a second time.

mod addresses;
mod disks;
mod images;
mod machines;
mod snapshots;
mod tags;

use std::sync::Arc;

use jiff::Timestamp;

use super::action;
use super::hindered::not_found;
use crate::aws::arguments::{Kind, Parameter};
use crate::aws::catalog::{ActionSpec, Asked};
use crate::world::changes::Hindrance;
use crate::world::holdings::{Holdings, Token};
use crate::world::refusal::Refusal;

const TAGS: Parameter = Parameter::new("TagSpecification", Kind::Any);
const DEVICES: Parameter = Parameter::new("BlockDeviceMapping", Kind::Any);
const DESCRIPTION: Parameter = Parameter::text("Description");

pub(in crate::aws) const ACTIONS: &[ActionSpec] = &[
    action(
        "AllocateAddress",
        &[
            Parameter::new("Domain", Kind::OneOf(&["vpc"])),
            Parameter::text("NetworkBorderGroup"),
            TAGS,
        ],
        None,
        addresses::allocate_address,
    ),
    action(
        "AttachVolume",
        &[
            Parameter::text("Device").needed(),
            Parameter::text("InstanceId").needed(),
            Parameter::text("VolumeId").needed(),
        ],
        None,
        disks::attach_volume,
    ),
    action(
        "CopySnapshot",
        &[
            // Needed as well; the official client says nothing at all without it.
            Parameter::text("SourceRegion"),
            Parameter::text("SourceSnapshotId").needed(),
            DESCRIPTION,
            Parameter::flag("Encrypted"),
            Parameter::text("KmsKeyId"),
            // Old clients sign a second request for the source region; the real service ignores it too.
            Parameter::text("DestinationRegion"),
            Parameter::text("PresignedUrl"),
            TAGS,
        ],
        None,
        snapshots::copy_snapshot,
    ),
    action(
        "CreateImage",
        &[
            Parameter::text("InstanceId").needed(),
            Parameter::text("Name").needed(),
            DESCRIPTION,
            DEVICES,
            Parameter::flag("NoReboot"),
            TAGS,
        ],
        None,
        images::create_image,
    ),
    action(
        "CreateSnapshot",
        &[Parameter::text("VolumeId").needed(), DESCRIPTION, TAGS],
        None,
        snapshots::create_snapshot,
    ),
    action(
        "CreateSnapshots",
        &[
            Parameter::new("InstanceSpecification", Kind::Any).needed(),
            Parameter::new("CopyTagsFromSource", Kind::OneOf(&["volume"])),
            DESCRIPTION,
            TAGS,
        ],
        None,
        snapshots::create_snapshots,
    ),
    action(
        "CreateTags",
        &[
            Parameter::texts("ResourceId").needed(),
            Parameter::new("Tag", Kind::Any).needed(),
        ],
        None,
        tags::create_tags,
    ),
    action(
        "CreateVolume",
        &[
            Parameter::text("AvailabilityZone").needed(),
            Parameter::text("ClientToken"),
            Parameter::flag("Encrypted"),
            Parameter::new("Iops", Kind::Whole(100, 256_000)),
            Parameter::text("KmsKeyId"),
            Parameter::new("Size", Kind::Whole(1, 65_536)),
            Parameter::text("SnapshotId"),
            Parameter::new("Throughput", Kind::Whole(125, 2_000)),
            Parameter::new(
                "VolumeType",
                Kind::OneOf(&["gp2", "gp3", "io1", "io2", "sc1", "st1", "standard"]),
            ),
            TAGS,
        ],
        None,
        disks::create_volume,
    ),
    action(
        "DeleteSnapshot",
        &[Parameter::text("SnapshotId").needed()],
        None,
        snapshots::delete_snapshot,
    ),
    action(
        "DeleteTags",
        &[
            Parameter::texts("ResourceId").needed(),
            Parameter::new("Tag", Kind::Any),
        ],
        None,
        tags::delete_tags,
    ),
    action(
        "DeleteVolume",
        &[Parameter::text("VolumeId").needed()],
        None,
        disks::delete_volume,
    ),
    action(
        "DeregisterImage",
        &[
            Parameter::text("ImageId").needed(),
            Parameter::flag("DeleteAssociatedSnapshots"),
        ],
        None,
        images::deregister_image,
    ),
    action(
        "DetachVolume",
        &[
            Parameter::text("VolumeId").needed(),
            Parameter::text("Device"),
            Parameter::flag("Force"),
            Parameter::text("InstanceId"),
        ],
        None,
        disks::detach_volume,
    ),
    action(
        "ModifySnapshotAttribute",
        &[
            Parameter::text("SnapshotId").needed(),
            Parameter::new("Attribute", Kind::OneOf(&["createVolumePermission"])),
            Parameter::new("CreateVolumePermission", Kind::Any),
        ],
        None,
        snapshots::modify_snapshot_attribute,
    ),
    action(
        "ModifySnapshotTier",
        &[
            Parameter::text("SnapshotId").needed(),
            Parameter::new("StorageTier", Kind::OneOf(&["archive"])),
        ],
        None,
        snapshots::modify_snapshot_tier,
    ),
    action(
        "RegisterImage",
        &[
            Parameter::text("Name").needed(),
            Parameter::new(
                "Architecture",
                Kind::OneOf(&["i386", "x86_64", "arm64", "x86_64_mac", "arm64_mac"]),
            ),
            DEVICES,
            Parameter::new(
                "BootMode",
                Kind::OneOf(&["legacy-bios", "uefi", "uefi-preferred"]),
            ),
            DESCRIPTION,
            Parameter::flag("EnaSupport"),
            Parameter::new("ImdsSupport", Kind::OneOf(&["v2.0"])),
            Parameter::text("RootDeviceName"),
            Parameter::new("SriovNetSupport", Kind::OneOf(&["simple"])),
            Parameter::new("TpmSupport", Kind::OneOf(&["v2.0"])),
            Parameter::new("VirtualizationType", Kind::OneOf(&["hvm", "paravirtual"])),
            TAGS,
        ],
        None,
        images::register_image,
    ),
    action(
        "ReleaseAddress",
        &[
            Parameter::text("AllocationId").needed(),
            Parameter::text("NetworkBorderGroup"),
        ],
        None,
        addresses::release_address,
    ),
    action(
        "RunInstances",
        machines::RUN_PARAMETERS,
        None,
        machines::run_instances,
    ),
    action(
        "StopInstances",
        &[
            Parameter::texts("InstanceId").needed(),
            Parameter::flag("Force"),
            Parameter::flag("Hibernate"),
        ],
        None,
        machines::stop_instances,
    ),
    action(
        "TerminateInstances",
        &[Parameter::texts("InstanceId").needed()],
        None,
        machines::terminate_instances,
    ),
];

/// Changes what the caller holds in the region of the call; returns what came of it, and what is held then, whether
/// lists show it yet or not.
fn held<T>(
    asked: &Asked<'_>,
    change: impl FnOnce(&mut Holdings, Timestamp) -> Result<T, Hindrance>,
) -> Result<(T, Arc<Holdings>), Hindrance> {
    let nobody = || Hindrance::NotFound("the account".to_owned());
    let uid = asked.caller.map(|it| it.uid).ok_or_else(nobody)?;
    let changed = asked.world.change(uid, asked.region, change);
    let outcome = changed.ok_or_else(nobody)??;
    Ok((outcome, asked.world.truth(uid, asked.region)))
}

/// Returns what the caller sees in the region of the call; refuses as unknown what `id` is if it cannot be seen,
/// which is so too of what was made just now.
fn seen(asked: &Asked<'_>, id: &str) -> Result<Arc<Holdings>, Refusal> {
    let holdings = asked.world.holdings(asked.caller()?.uid, asked.region);
    let created = match id.split_once('-').map(|it| it.0) {
        Some("i") => holdings.machines.get(id).map(|it| it.created),
        Some("vol") => holdings.disks.get(id).map(|it| it.created),
        Some("snap") => holdings.snapshots.get(id).map(|it| it.created),
        Some("ami") => holdings.images.get(id).map(|it| it.created),
        Some("eipalloc") => holdings.addresses.get(id).map(|it| it.created),
        _ => None,
    };
    match created.filter(|it| asked.shows(*it)) {
        Some(_) => Ok(holdings),
        None => Err(not_found(id)),
    }
}

/// Returns the client token that is said, with everything else that is.
fn token(asked: &Asked<'_>) -> Option<Token> {
    Some(Token {
        action: asked.spec.name.to_owned(),
        value: asked.arguments.text("ClientToken")?.to_owned(),
        says: asked.arguments.subject(["ClientToken", ""]),
    })
}
