//! Images: one's own, and, unless an owner is said, those that everybody may use. Disabled ones are left out
//! unless they are asked for, although they hold their snapshots.

use std::sync::Arc;

use serde_json::{Value, json};

use super::snapshots::AMAZON;
use super::tag_set;
use crate::aws::catalog::Asked;
use crate::aws::filters::{Filters, Has, ids, is_own};
use crate::aws::reply::iso;
use crate::world::holdings::Holdings;
use crate::world::refusal::Refusal;
use crate::world::storage::{CopyState, Image};

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
        CopyState::Pending => "pending",
        CopyState::Ready => "available",
        CopyState::Failed => "failed",
        CopyState::Odd(word) => word,
    }
}

fn value_of(image: &Image, owner: &str, name: &str) -> Has {
    match name {
        "architecture" => Has::one("x86_64"),
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
    let disks = image.snapshots.iter().enumerate().map(|(at, snapshot)| {
        let size = holdings
            .snapshots
            .get(snapshot)
            .map_or(image.size_gib, |it| it.size_gib);
        let device = if at == 0 {
            "/dev/xvda".to_owned()
        } else {
            format!("/dev/xvd{}", char::from(b'a' + (at % 26) as u8))
        };
        json!({
            "deviceName": device,
            "ebs": {
                "snapshotId": snapshot,
                "volumeSize": size,
                "volumeType": "gp3",
                "deleteOnTermination": true,
                "encrypted": false,
            },
        })
    });
    let mut row = json!({
        "imageId": image.id,
        "imageLocation": format!("{owner}/{}", image.name),
        "imageState": state(image),
        "imageOwnerId": owner,
        "isPublic": image.public,
        "architecture": "x86_64",
        "imageType": "machine",
        "name": image.name,
        "description": "",
        "rootDeviceType": "ebs",
        "rootDeviceName": "/dev/xvda",
        "blockDeviceMapping": disks.collect::<Vec<_>>(),
        "virtualizationType": "hvm",
        "hypervisor": "xen",
        "enaSupport": true,
        "platformDetails": "Linux/UNIX",
        "creationDate": iso(image.created),
    });
    if let Some(machine) = &image.machine {
        row["sourceInstanceId"] = json!(machine);
    }
    if !image.tags.is_empty() {
        row["tagSet"] = tag_set(&image.tags);
    }
    row
}
