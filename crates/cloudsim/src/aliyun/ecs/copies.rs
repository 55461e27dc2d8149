//! Snapshots and images of the machine service.

use jiff::Timestamp;
use serde::Serialize;

use super::disks::has_tags;
use super::known_region;
use super::rows::{Tags, seconds, tags};
use crate::aliyun::arguments::{Kind, Parameter};
use crate::aliyun::catalog::{ActionSpec, Asked, Listing, Product, RPC, Style, json};
use crate::aliyun::tokens::Turning;
use crate::world::holdings::Holdings;
use crate::world::refusal::Refusal;
use crate::world::storage::{CopyState, Image, Snapshot};

pub(in crate::aliyun) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        product: Product::Ecs,
        name: "DescribeSnapshots",
        right: "ecs:DescribeSnapshots",
        style: Style::Signed,
        path: RPC,
        parameters: &[
            Parameter::text("RegionId").needed(),
            Parameter::new("SnapshotIds", Kind::JsonTexts),
            Parameter::text("InstanceId"),
            Parameter::text("DiskId"),
            Parameter::text("SnapshotName"),
            Parameter::new(
                "Status",
                Kind::OneOf(&["progressing", "accomplished", "failed", "all"]),
            ),
            Parameter::new("SnapshotType", Kind::OneOf(&["auto", "user", "all"])),
            Parameter::new(
                "Usage",
                Kind::OneOf(&["image", "disk", "image_disk", "none"]),
            ),
            Parameter::new("Tag", Kind::Structs(&["Key", "Value"])),
            Parameter::new("DryRun", Kind::Flag),
            Parameter::new("MaxResults", Kind::Whole(1, 100)),
            Parameter::text("NextToken"),
            Parameter::new("PageNumber", Kind::Whole(1, i64::MAX)),
            Parameter::new("PageSize", Kind::Whole(1, 100)),
        ],
        listing: Some(Listing {
            rows: "/Snapshots/Snapshot",
            total: "/TotalCount",
            page: Some(("PageNumber", "PageSize")),
        }),
        serve: describe_snapshots,
    },
    ActionSpec {
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
    },
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SnapshotsAnswer<'a> {
    request_id: &'a str,
    snapshots: Snapshots<'a>,
    next_token: String,
    page_number: usize,
    page_size: usize,
    total_count: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Snapshots<'a> {
    snapshot: Vec<SnapshotRow<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SnapshotRow<'a> {
    snapshot_id: &'a str,
    snapshot_name: &'a str,
    description: &'static str,
    region_id: &'a str,
    status: &'a str,
    progress: String,
    snapshot_type: &'static str,
    category: &'static str,
    usage: &'static str,
    available: bool,
    encrypted: bool,
    instant_access: bool,
    source_disk_id: &'a str,
    source_disk_size: String,
    source_disk_type: &'static str,
    creation_time: String,
    last_modified_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    retention_days: Option<i64>,
    resource_group_id: &'static str,
    product_code: &'static str,
    tags: Tags<'a>,
}

fn snapshot_status(snapshot: &Snapshot) -> &str {
    match &snapshot.state {
        CopyState::Pending => "progressing",
        CopyState::Ready => "accomplished",
        CopyState::Failed => "failed",
        CopyState::Odd(word) => word,
    }
}

fn usage(snapshot: &Snapshot, held: &Holdings) -> &'static str {
    let of_disk = held
        .disks
        .iter()
        .any(|it| it.snapshot.as_deref() == Some(&snapshot.id));
    match (snapshot.images.is_empty(), of_disk) {
        (true, true) => "disk",
        (true, false) => "none",
        (false, true) => "image_disk",
        (false, false) => "image",
    }
}

fn snapshot_type(snapshot: &Snapshot) -> &'static str {
    if snapshot.policy.is_some() {
        "auto"
    } else {
        "user"
    }
}

fn describe_snapshots(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    let region = known_region(asked)?;
    require(asked, "ecs:DescribeSnapshots")?;
    let turning = Turning::of(said, region)?;
    let ids = said.json_texts("SnapshotIds");
    if ids.as_ref().is_some_and(|it| it.len() > 100) {
        return Err(Refusal::new(
            403,
            "InvalidSnapshotIds.Malformed",
            "The amount of specified snapshot Ids exceeds the limit.",
        ));
    }
    let now = asked.world.now();
    let held = asked.world.holdings(caller.uid, region);
    let of_machine = said.text("InstanceId").map(|id| {
        let machine = held.machines.get(id);
        machine.map(|it| it.disks.clone()).unwrap_or_default()
    });
    let same = |asked: Option<&str>, has: &str| asked.is_none_or(|it| it == "all" || it == has);
    let wanted = said.pairs("Tag", "Key", "Value");
    let keep = |it: &Snapshot| {
        same(said.text("DiskId"), &it.disk)
            && of_machine
                .as_ref()
                .is_none_or(|disks| disks.contains(&it.disk))
            && same(said.text("SnapshotName"), &it.name)
            && same(said.text("Status"), snapshot_status(it))
            && same(said.text("SnapshotType"), snapshot_type(it))
            && said
                .text("Usage")
                .is_none_or(|asked| asked == usage(it, &held))
            && has_tags(&it.tags, &wanted)
    };
    let page = match ids {
        Some(ids) => {
            let named = held.snapshots.named(&ids).into_iter();
            turning.asked.cut(named.filter(|it| keep(it)))
        }
        None => held.snapshots.page_of(turning.asked, keep),
    };
    let rows = page.items.iter().map(|it| SnapshotRow {
        snapshot_id: &it.id,
        snapshot_name: &it.name,
        description: "",
        region_id: region,
        status: snapshot_status(it),
        progress: format!("{}%", it.percent(now)),
        snapshot_type: snapshot_type(it),
        category: "standard",
        usage: usage(it, &held),
        available: it.state == CopyState::Ready,
        encrypted: false,
        instant_access: false,
        source_disk_id: &it.disk,
        source_disk_size: it.size_gib.to_string(),
        source_disk_type: if it.system { "system" } else { "data" },
        creation_time: seconds(it.created),
        last_modified_time: seconds(it.created),
        retention_days: it.ends.map(|ends| days(it.created, ends)),
        resource_group_id: "",
        product_code: "",
        tags: tags(&it.tags),
    });
    json(&SnapshotsAnswer {
        request_id: asked.request_id,
        snapshots: Snapshots {
            snapshot: rows.collect(),
        },
        next_token: turning.next(&page, region),
        page_number: page.asked.number,
        page_size: page.asked.size,
        total_count: page.total,
    })
}

fn days(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_hours() / 24
}

fn require(asked: &Asked<'_>, right: &str) -> Result<(), Refusal> {
    asked.caller()?.require(right)?;
    if !asked.arguments.flag("DryRun") {
        return Ok(());
    }
    let text = "Request validation has been passed with DryRun flag set.";
    Err(Refusal::new(400, "DryRunOperation", text))
}

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
    device: &'static str,
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
    description: &'static str,
    status: &'a str,
    progress: String,
    size: u64,
    architecture: &'static str,
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
            }) && ids.as_ref().is_none_or(|ids| ids.contains(&it.id))
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
        description: "",
        status: image_status(it),
        progress: format!("{}%", it.percent(now)),
        size: it.size_gib,
        architecture: "x86_64",
        platform: "Aliyun",
        os_name: "Alibaba Cloud Linux  3.2104 LTS 64位",
        os_type: "linux",
        creation_time: seconds(it.created),
        usage: if held.machines.iter().any(|machine| machine.image == it.id) {
            "instance"
        } else {
            "none"
        },
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
                    device: if index == 0 { "/dev/xvda" } else { "/dev/xvdb" },
                    size: it.size_gib.to_string(),
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
