//! Snapshots of the machine service.

use jiff::Timestamp;
use serde::Serialize;

use super::disks::has_tags;
use super::known_region;
use super::rows::{Tags, seconds, tags};
use crate::aliyun::arguments::{Kind, Parameter};
use crate::aliyun::catalog::{ActionSpec, Asked, Listing, Product, RPC, Style, json};
use crate::aliyun::tokens::Turning;
use crate::world::copies::Tier;
use crate::world::holdings::Holdings;
use crate::world::refusal::Refusal;
use crate::world::storage::{CopyState, Snapshot};

pub(in crate::aliyun) const ACTIONS: &[ActionSpec] = &[ActionSpec {
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
}];

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
    description: &'a str,
    region_id: &'a str,
    status: &'a str,
    progress: String,
    snapshot_type: &'static str,
    category: &'static str,
    usage: &'static str,
    available: bool,
    encrypted: bool,
    instant_access: bool,
    #[serde(rename = "KMSKeyId", skip_serializing_if = "Option::is_none")]
    kms_key_id: Option<&'a str>,
    source_region_id: &'a str,
    source_snapshot_id: &'a str,
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
        description: &it.description,
        region_id: region,
        status: snapshot_status(it),
        progress: format!("{}%", it.percent(now)),
        snapshot_type: snapshot_type(it),
        category: match it.tier {
            Tier::Standard => "standard",
            Tier::Archive => "archive",
        },
        usage: usage(it, &held),
        available: it.state == CopyState::Ready || (it.instant && it.state == CopyState::Pending),
        encrypted: it.encrypted,
        instant_access: it.instant,
        kms_key_id: it.key.as_deref(),
        source_region_id: it.source.as_ref().map_or("", |it| &it.0),
        source_snapshot_id: it.source.as_ref().map_or("", |it| &it.1),
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

/// Refuses without `right`, and a dry run in the words of one that went well.
pub(super) fn require(asked: &Asked<'_>, right: &str) -> Result<(), Refusal> {
    asked.caller()?.require(right)?;
    if !asked.arguments.flag("DryRun") {
        return Ok(());
    }
    let text = "Request validation has been passed with DryRun flag set.";
    Err(Refusal::new(400, "DryRunOperation", text))
}
