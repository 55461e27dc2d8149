//! Images of the account, as `DescribeImages` shows them.

use serde::Serialize;

use super::{Tag, tags};
use crate::tencent::arguments::Filter;
use crate::tencent::catalog::{Asked, json};
use crate::tencent::times;
use crate::tencent::words::{Trouble, coded_value};
use crate::world::cloud::Cloud;
use crate::world::holdings::Holdings;
use crate::world::storage::{CopyState, Image};

pub(super) const FILTERS: &[&str] = &[
    "image-id",
    "image-type",
    "image-name",
    "platform",
    "tag-key",
    "tag-value",
    "tag:",
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    total_count: usize,
    image_set: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    image_id: &'a str,
    image_name: &'a str,
    image_type: &'static str,
    image_state: &'a str,
    image_description: &'a str,
    image_size: u64,
    image_creator: String,
    image_source: &'static str,
    created_time: String,
    os_name: &'static str,
    architecture: &'static str,
    platform: &'static str,
    sync_percent: Option<u8>,
    is_support_cloudinit: bool,
    // The same once more, as recorded.
    #[serde(rename = "isSupportCloudinit")]
    is_support_cloudinit_again: bool,
    snapshot_set: Vec<SnapshotOf<'a>>,
    tags: Vec<Tag<'a>>,
    license_type: &'static str,
    image_family: Option<()>,
    image_deprecated: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SnapshotOf<'a> {
    snapshot_id: &'a str,
    disk_usage: &'static str,
    disk_size: u64,
}

pub(super) fn describe(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let holdings = asked.holdings()?;
    let (said, now) = (asked.arguments, asked.world.now());
    let (ids, filters) = (said.texts("ImageIds"), said.filters());
    if ids.is_some() && !filters.is_empty() {
        let code = "InvalidParameter.InvalidParameterCoexistImageIdsFilters";
        return Err(coded_value(code, "Filters"));
    }
    let owner = Cloud::Tencent.number(asked.caller()?.uid);
    let own = holdings.images.iter().filter(|it| {
        let named = ids.as_ref().is_none_or(|ids| ids.contains(&it.id));
        named && filters.iter().all(|filter| keeps(filter, it))
    });
    let (rows, total_count) = said.part(20).cut(own);
    let rows = rows.into_iter().map(|image| Row {
        image_id: &image.id,
        image_name: &image.name,
        image_type: image_type(image),
        image_state: match &image.state {
            CopyState::Pending => "CREATING",
            CopyState::Ready => "NORMAL",
            CopyState::Failed => "CREATEFAILED",
            CopyState::Odd(word) => word,
        },
        image_description: &image.description,
        image_size: image.size_gib,
        image_creator: owner.clone(),
        image_source: "CREATE_IMAGE",
        created_time: times::utc(image.created),
        os_name: "TencentOS Server 3.1 (TK4)",
        architecture: "x86_64",
        platform: "TencentOS",
        sync_percent: (image.state == CopyState::Pending).then(|| image.percent(now)),
        is_support_cloudinit: true,
        is_support_cloudinit_again: true,
        snapshot_set: snapshots(&holdings, image),
        tags: tags(&image.tags),
        license_type: "TencentCloud",
        image_family: None,
        image_deprecated: false,
    });
    json(&Answer {
        total_count,
        image_set: rows.collect(),
    })
}

fn snapshots<'a>(holdings: &Holdings, image: &'a Image) -> Vec<SnapshotOf<'a>> {
    let row = |(at, id): (usize, &'a String)| {
        let snapshot = holdings.snapshots.get(id);
        SnapshotOf {
            snapshot_id: id,
            disk_usage: match at {
                0 => "SYSTEM_DISK",
                _ => "DATA_DISK",
            },
            disk_size: snapshot.map_or(image.size_gib, |it| it.size_gib),
        }
    };
    image.snapshots.iter().enumerate().map(row).collect()
}

fn image_type(image: &Image) -> &'static str {
    match image.public {
        true => "PUBLIC_IMAGE",
        false => "PRIVATE_IMAGE",
    }
}

fn keeps(filter: &Filter, image: &Image) -> bool {
    match filter.name.as_str() {
        "image-id" => filter.keeps(&image.id),
        "image-type" => filter.keeps(image_type(image)),
        "image-name" => filter.keeps(&image.name),
        "platform" => filter.keeps("TencentOS"),
        _ => filter.keeps_tags(&image.tags).unwrap_or(false),
    }
}
