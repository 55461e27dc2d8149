//! Images: one's own, and, unless an owner is said, those that everybody may use. Disabled ones are left out
//! unless they are asked for, although they hold their snapshots.

use std::sync::Arc;

use serde_json::{Value, json};

use super::hindered::not_found;
use super::snapshots::AMAZON;
use super::{spoken, tag_set};
use crate::aws::catalog::Asked;
use crate::aws::filters::{Filters, Has, ids, is_own};
use crate::aws::reply::iso;
use crate::world::copies::CopyState;
use crate::world::holdings::Holdings;
use crate::world::images::{Device, Image};
use crate::world::refusal::Refusal;

const FILTERS: &[&str] = &[
    "architecture",
    "block-device-mapping.snapshot-id",
    "creation-date",
    "image-id",
    "is-public",
    "name",
    "owner-id",
    "root-device-type",
    "source-instance-id",
    "state",
];

pub(super) fn describe_images(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let owner = caller.cloud.number(caller.uid);
    let holdings = asked.world.holdings(caller.uid, asked.region);
    let filters = Filters::read(asked, FILTERS)?;
    let ids = ids(
        asked,
        ("ImageId", "ami-"),
        ("InvalidAMIID", "image"),
        |id| {
            holdings
                .images
                .get(id)
                .is_some_and(|it| asked.shows(it.created))
        },
    )?;
    let own = is_own(asked, &owner)?;
    let with_disabled = asked.arguments.flag("IncludeDisabled") == Some(true);
    let images: Vec<&Arc<Image>> = match &ids {
        Some(ids) => ids
            .iter()
            .filter_map(|it| holdings.images.get(it))
            .collect(),
        None if own == Some(false) => Vec::new(),
        None => holdings.images.iter().collect(),
    };
    let shown = images
        .into_iter()
        .filter(|it| asked.shows(it.created) && (with_disabled || state(it) != "disabled"));
    let rows = shown.map(|it| (it.as_ref().clone(), owner.as_str()));
    let now = asked.world.now();
    let strangers = (own != Some(true) && ids.is_none()).then(|| {
        (0..3).map(|number| {
            let made = now
                .saturating_sub(jiff::SignedDuration::from_hours(24 * 400))
                .unwrap_or(now);
            let id = format!("ami-0aaaaaaaaaaaaaaa{number}");
            let image = Image::new(id, format!("ubuntu-{number}"), &[], made);
            (
                Image {
                    public: true,
                    ..image
                },
                AMAZON,
            )
        })
    });
    let wanted = rows
        .chain(strangers.into_iter().flatten())
        .filter(|(image, owner)| {
            filters.keep(|| image.tags.clone(), |name| value_of(image, owner, name))
        });
    asked.page(wanted, |(it, owner)| row(&it, owner, &holdings))
}

fn state(image: &Image) -> &str {
    match &image.state {
        CopyState::Ready if image.disabled => "disabled",
        CopyState::Pending => "pending",
        CopyState::Ready => "available",
        CopyState::Failed => "failed",
        CopyState::Odd(word) => word,
    }
}

fn value_of(image: &Image, owner: &str, name: &str) -> Has {
    match name {
        "architecture" => Has::one(&image.build.architecture),
        "block-device-mapping.snapshot-id" => Has::Values(image.snapshots.clone()),
        "creation-date" => Has::one(iso(image.created)),
        "image-id" => Has::one(&image.id),
        "is-public" => Has::one(image.public.to_string()),
        "name" => Has::one(&image.name),
        "owner-id" => Has::one(owner),
        "root-device-type" => Has::one("ebs"),
        "source-instance-id" => Has::maybe(image.machine.as_ref()),
        "state" => Has::one(state(image)),
        _ => Has::NoFilter,
    }
}

fn row(image: &Image, owner: &str, holdings: &Holdings) -> Value {
    let build = &image.build;
    let planted: Vec<Device>;
    let devices = match image.devices.is_empty() {
        false => &image.devices,
        true => {
            planted = devices_of(image, holdings);
            &planted
        }
    };
    let disks = devices.iter().map(|it| {
        let snapshot = it
            .snapshot
            .as_ref()
            .and_then(|it| holdings.snapshots.get(it));
        let size = it.size_gib.or(snapshot.map(|it| it.size_gib));
        let mut ebs = json!({
            "volumeSize": size.unwrap_or(image.size_gib),
            "volumeType": if it.category.is_empty() { "gp2" } else { &it.category },
            "deleteOnTermination": it.with_machine,
            "encrypted": it.encrypted,
        });
        if let Some(snapshot) = &it.snapshot {
            ebs["snapshotId"] = json!(snapshot);
        }
        json!({"deviceName": it.name, "ebs": ebs})
    });
    let mut row = json!({
        "imageId": image.id,
        "imageLocation": format!("{owner}/{}", image.name),
        "imageState": state(image),
        "imageOwnerId": owner,
        "isPublic": image.public,
        "architecture": build.architecture,
        "imageType": "machine",
        "name": image.name,
        "description": image.description,
        "rootDeviceType": "ebs",
        "rootDeviceName": build.root_device,
        "blockDeviceMapping": disks.collect::<Vec<_>>(),
        "virtualizationType": build.virtualization,
        "hypervisor": "xen",
        "platformDetails": build.platform_details,
        "usageOperation": usage(&build.platform_details),
        "creationDate": iso(image.created),
    });
    // What is off, or was not said, is not there at all.
    if build.ena {
        row["enaSupport"] = json!(true);
    }
    if image.protected {
        row["deregistrationProtection"] = json!("enabled-without-cooldown");
    }
    for (name, value) in [
        ("bootMode", &build.boot_mode),
        ("imdsSupport", &build.imds),
        ("sriovNetSupport", &build.sriov),
        ("tpmSupport", &build.tpm),
    ] {
        if !value.is_empty() {
            row[name] = json!(value);
        }
    }
    if build.platform_details.starts_with("Windows") {
        row["platform"] = json!("windows");
    }
    if let Some(machine) = &image.machine {
        row["sourceInstanceId"] = json!(machine);
    }
    if !image.tags.is_empty() {
        row["tagSet"] = tag_set(&image.tags);
    }
    row
}

/// Returns the devices of an image that was planted without saying them.
fn devices_of(image: &Image, holdings: &Holdings) -> Vec<Device> {
    let places = image.snapshots.iter().enumerate();
    places
        .map(|(at, snapshot)| Device {
            category: "gp3".to_owned(),
            encrypted: holdings
                .snapshots
                .get(snapshot)
                .is_some_and(|it| it.encrypted),
            ..match at {
                0 => Device::new(image.build.root_device.as_str(), snapshot),
                _ => Device::new(
                    format!("/dev/xvd{}", char::from(b'a' + (at % 26) as u8)),
                    snapshot,
                ),
            }
        })
        .collect()
}

/// Returns what is billed for machines of a platform.
pub(super) fn usage(platform_details: &str) -> &'static str {
    match platform_details {
        "Red Hat Enterprise Linux" => "RunInstances:0010",
        "SUSE Linux" => "RunInstances:000g",
        "Windows" => "RunInstances:0002",
        _ => "RunInstances",
    }
}

/// Shows one attribute of an image: who may start machines from it, or whether it is protected.
pub(super) fn describe_image_attribute(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let id = spoken::id(asked, "ImageId", spoken::IMAGE)?;
    let holdings = asked.world.holdings(asked.caller()?.uid, asked.region);
    let image = holdings.images.get(id).filter(|it| asked.shows(it.created));
    let image = image.ok_or_else(|| not_found(id))?;
    let mut answer = json!({"imageId": id});
    let (field, value) = match asked.arguments.text("Attribute").unwrap_or_default() {
        "launchPermission" => {
            let accounts = image.shared_with.iter().map(|it| json!({"userId": it}));
            let everybody = image.public.then(|| json!({"group": "all"}));
            ("launchPermission", accounts.chain(everybody).collect())
        }
        "description" => ("description", json!({"value": image.description})),
        "bootMode" => ("bootMode", json!({"value": image.build.boot_mode})),
        "deregistrationProtection" => {
            let word = match image.protected {
                true => "enabled-without-cooldown",
                false => "disabled",
            };
            ("deregistrationProtection", json!({"value": word}))
        }
        other => {
            let text = format!("The attribute {other} is not served here.");
            return Err(Refusal::new(400, "InvalidParameterValue", text));
        }
    };
    answer[field] = value;
    Ok(answer)
}
