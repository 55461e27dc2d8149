//! Images of the machine service.

use serde::Serialize;

use super::disks::has_tags;
use super::known_region;
use super::rows::{Tags, seconds, tags};
use super::snapshots::require;
use crate::aliyun::arguments::{Kind, Parameter};
use crate::aliyun::catalog::{ActionSpec, Asked, Listing, Product, RPC, Style, json};
use crate::world::holdings::Holdings;
use crate::world::refusal::Refusal;
use crate::world::storage::{CopyState, Image};

pub(in crate::aliyun) const ACTIONS: &[ActionSpec] = &[ActionSpec {
    product: Product::Ecs,
    name: "DescribeImages",
    right: "ecs:DescribeImages",
    style: Style::Signed,
    path: RPC,
    parameters: &[
        Parameter::text("RegionId").needed(),
        Parameter::text("ImageId"),
        Parameter::text("ImageName"),
        Parameter::new(
            "ImageOwnerAlias",
            Kind::OneOf(&["self", "system", "others", "marketplace"]),
        ),
        Parameter::text("Status"),
        Parameter::text("SnapshotId"),
        Parameter::new("Usage", Kind::OneOf(&["instance", "none"])),
        Parameter::new("Tag", Kind::Structs(&["Key", "Value"])),
        Parameter::new("DryRun", Kind::Flag),
        Parameter::new("PageNumber", Kind::Whole(1, i64::MAX)),
        Parameter::new("PageSize", Kind::Whole(1, 100)),
    ],
    listing: Some(Listing {
        rows: "/Images/Image",
        total: "/TotalCount",
        page: Some(("PageNumber", "PageSize")),
    }),
    serve: describe_images,
}];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ImagesAnswer<'a> {
    request_id: &'a str,
    region_id: &'a str,
    images: Images<'a>,
    page_number: usize,
    page_size: usize,
    total_count: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Images<'a> {
    image: Vec<ImageRow<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Mappings<'a> {
    disk_device_mapping: Vec<Mapping<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Mapping<'a> {
    snapshot_id: &'a str,
    #[serde(rename = "Type")]
    sort: &'static str,
    device: String,
    size: String,
    format: &'static str,
    progress: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ImageRow<'a> {
    image_id: &'a str,
    image_name: &'a str,
    image_owner_alias: &'static str,
    image_family: &'static str,
    image_version: &'static str,
    description: &'a str,
    status: &'a str,
    progress: String,
    size: u64,
    architecture: &'a str,
    boot_mode: &'static str,
    platform: &'static str,
    #[serde(rename = "OSName")]
    os_name: &'static str,
    #[serde(rename = "OSType")]
    os_type: &'static str,
    creation_time: String,
    usage: &'static str,
    is_public: bool,
    /// A text, as recorded.
    is_self_shared: &'static str,
    is_copied: bool,
    is_subscribed: bool,
    is_support_cloudinit: bool,
    is_support_io_optimized: bool,
    resource_group_id: &'static str,
    product_code: &'static str,
    disk_device_mappings: Mappings<'a>,
    tags: Tags<'a>,
}

fn image_status(image: &Image) -> &str {
    match &image.state {
        CopyState::Pending => "Creating",
        CopyState::Ready => "Available",
        CopyState::Failed => "CreateFailed",
        CopyState::Odd(word) => word,
    }
}

/// Returns whether machines use it.
fn used(image: &Image, held: &Holdings) -> &'static str {
    match held.machines.iter().any(|it| it.image == image.id) {
        true => "instance",
        false => "none",
    }
}

fn boot_mode(image: &Image) -> &'static str {
    match image.build.boot_mode.as_str() {
        "uefi" => "UEFI",
        "uefi-preferred" => "UEFI-Preferred",
        _ => "BIOS",
    }
}

fn device(image: &Image, index: usize) -> String {
    let named = image.devices.get(index).map(|it| it.name.clone());
    let usual = || {
        let letter = ('a'..='z').nth(index).unwrap_or('z');
        format!("/dev/xvd{letter}")
    };
    named.filter(|it| !it.is_empty()).unwrap_or_else(usual)
}

fn size(image: &Image, index: usize, held: &Holdings) -> u64 {
    let said = image.devices.get(index).and_then(|it| it.size_gib);
    let kept = image.snapshots.get(index);
    let kept = kept.and_then(|it| held.snapshots.get(it));
    said.or(kept.map(|it| it.size_gib))
        .unwrap_or(image.size_gib)
}

fn describe_images(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    let region = known_region(asked)?;
    require(asked, "ecs:DescribeImages")?;
    let now = asked.world.now();
    let held = asked.world.holdings(caller.uid, region);
    let asked_page = said.page(("PageNumber", "PageSize"), 10);
    // Only the account's own are in this world.
    let own = said.text("ImageOwnerAlias").is_none_or(|it| it == "self");
    let statuses = said.commas("Status");
    let ids = said.commas("ImageId");
    let page = if own {
        let wanted = said.pairs("Tag", "Key", "Value");
        let keep = |it: &Image| {
            // Without a status, only finished ones are listed.
            let status = image_status(it);
            statuses.as_ref().map_or(status == "Available", |asked| {
                asked.iter().any(|it| it == status)
            }) && said
                .text("Usage")
                .is_none_or(|usage| usage == used(it, &held))
                && ids.as_ref().is_none_or(|ids| ids.contains(&it.id))
                && said.text("ImageName").is_none_or(|name| name == it.name)
                && said
                    .text("SnapshotId")
                    .is_none_or(|id| it.snapshots.iter().any(|it| it == id))
                && has_tags(&it.tags, &wanted)
        };
        held.images.page_of(asked_page, keep)
    } else {
        asked_page.cut(std::iter::empty())
    };
    let rows = page.items.iter().map(|it| ImageRow {
        image_id: &it.id,
        image_name: &it.name,
        image_owner_alias: "self",
        image_family: "",
        image_version: "",
        description: &it.description,
        status: image_status(it),
        progress: format!("{}%", it.percent(now)),
        size: it.size_gib,
        architecture: &it.build.architecture,
        boot_mode: boot_mode(it),
        platform: "Aliyun",
        os_name: "Alibaba Cloud Linux  3.2104 LTS 64位",
        os_type: "linux",
        creation_time: seconds(it.created),
        usage: used(it, &held),
        is_public: it.public,
        is_self_shared: if it.shared_with.is_empty() {
            "False"
        } else {
            "True"
        },
        is_copied: false,
        is_subscribed: false,
        is_support_cloudinit: true,
        is_support_io_optimized: true,
        resource_group_id: "",
        product_code: "",
        disk_device_mappings: Mappings {
            disk_device_mapping: it
                .snapshots
                .iter()
                .enumerate()
                .map(|(index, id)| Mapping {
                    snapshot_id: id,
                    sort: if index == 0 { "system" } else { "data" },
                    device: device(it, index),
                    size: size(it, index, &held).to_string(),
                    format: "",
                    progress: "",
                })
                .collect(),
        },
        tags: tags(&it.tags),
    });
    json(&ImagesAnswer {
        request_id: asked.request_id,
        region_id: region,
        images: Images {
            image: rows.collect(),
        },
        page_number: page.asked.number,
        page_size: page.asked.size,
        total_count: page.total,
    })
}
