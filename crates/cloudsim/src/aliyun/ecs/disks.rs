//! Disks of the machine service.

use serde::Serialize;

use super::known_region;
use super::rows::{Tags, minutes, seconds, tags};
use crate::aliyun::arguments::{Kind, Parameter};
use crate::aliyun::catalog::{ActionSpec, Asked, Listing, Product, RPC, Style, json};
use crate::aliyun::tokens::Turning;
use crate::world::holdings::Holdings;
use crate::world::refusal::Refusal;
use crate::world::storage::{Disk, DiskState};
use crate::world::terms::Charge;

pub(in crate::aliyun) const ACTIONS: &[ActionSpec] = &[ActionSpec {
    product: Product::Ecs,
    name: "DescribeDisks",
    right: "ecs:DescribeDisks",
    style: Style::Signed,
    path: RPC,
    parameters: &[
        Parameter::text("RegionId").needed(),
        Parameter::new("DiskIds", Kind::JsonTexts),
        Parameter::text("InstanceId"),
        Parameter::text("ZoneId"),
        Parameter::text("Category"),
        Parameter::new("DiskType", Kind::OneOf(&["all", "system", "data"])),
        Parameter::new(
            "Status",
            Kind::OneOf(&[
                "In_use",
                "Available",
                "Attaching",
                "Detaching",
                "Creating",
                "ReIniting",
                "All",
            ]),
        ),
        Parameter::new("DiskChargeType", Kind::OneOf(&["PrePaid", "PostPaid"])),
        Parameter::text("AutoSnapshotPolicyId"),
        Parameter::new("Tag", Kind::Structs(&["Key", "Value"])),
        Parameter::new("DryRun", Kind::Flag),
        Parameter::new("MaxResults", Kind::Whole(1, 500)),
        Parameter::text("NextToken"),
        Parameter::new("PageNumber", Kind::Whole(1, i64::MAX)),
        Parameter::new("PageSize", Kind::Whole(1, 100)),
    ],
    listing: Some(Listing {
        rows: "/Disks/Disk",
        total: "/TotalCount",
        page: Some(("PageNumber", "PageSize")),
    }),
    serve: describe_disks,
}];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    request_id: &'a str,
    disks: Disks<'a>,
    next_token: String,
    page_number: usize,
    page_size: usize,
    total_count: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Disks<'a> {
    disk: Vec<DiskRow<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Attachments<'a> {
    attachment: Vec<Attachment<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Attachment<'a> {
    instance_id: &'a str,
    device: &'a str,
    attached_time: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Locks {
    operation_lock: Vec<Lock>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Lock {
    lock_reason: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DiskRow<'a> {
    disk_id: &'a str,
    disk_name: &'a str,
    description: &'static str,
    region_id: &'a str,
    zone_id: &'a str,
    #[serde(rename = "Type")]
    sort: &'static str,
    category: &'a str,
    performance_level: &'static str,
    size: u64,
    status: &'a str,
    instance_id: &'a str,
    device: &'a str,
    attachments: Attachments<'a>,
    attached_time: String,
    detached_time: String,
    creation_time: String,
    expired_time: String,
    disk_charge_type: &'static str,
    delete_with_instance: bool,
    delete_auto_snapshot: bool,
    portable: bool,
    encrypted: bool,
    source_snapshot_id: &'a str,
    multi_attach: &'static str,
    image_id: &'static str,
    resource_group_id: &'static str,
    product_code: &'static str,
    operation_locks: Locks,
    tags: Tags<'a>,
}

/// Returns the status this service shows.
fn status(disk: &Disk) -> &str {
    match &disk.state {
        DiskState::Creating => "Creating",
        DiskState::Attached => "In_use",
        DiskState::Unattached => "Available",
        DiskState::Attaching => "Attaching",
        DiskState::Detaching => "Detaching",
        DiskState::Recycled if disk.machine.is_some() => "In_use",
        DiskState::Recycled => "Available",
        DiskState::Odd(word) => word,
    }
}

fn charge(disk: &Disk) -> &'static str {
    match disk.term.charge {
        Charge::Prepaid => "PrePaid",
        Charge::OnDemand | Charge::Spot => "PostPaid",
    }
}

fn row<'a>(disk: &'a Disk, region: &'a str) -> DiskRow<'a> {
    let machine = disk.machine.as_deref();
    // The moment it was attached is not kept: it was on its machine from the first.
    let attached = machine.map_or_else(String::new, |_| seconds(disk.created));
    let lock = (disk.state == DiskState::Recycled).then_some(Lock {
        lock_reason: "financial",
    });
    DiskRow {
        disk_id: &disk.id,
        disk_name: &disk.name,
        description: "",
        region_id: region,
        zone_id: &disk.zone,
        sort: if disk.system { "system" } else { "data" },
        category: &disk.category,
        performance_level: "PL1",
        size: disk.size_gib,
        status: status(disk),
        instance_id: machine.unwrap_or_default(),
        device: &disk.device,
        attachments: Attachments {
            attachment: machine
                .map(|instance_id| Attachment {
                    instance_id,
                    device: &disk.device,
                    attached_time: attached.clone(),
                })
                .into_iter()
                .collect(),
        },
        attached_time: attached,
        detached_time: disk
            .was_on
            .as_ref()
            .filter(|_| machine.is_none())
            .map_or_else(String::new, |it| seconds(it.1)),
        creation_time: seconds(disk.created),
        expired_time: disk
            .term
            .ends
            .map_or_else(|| "2999-09-08T16:00Z".to_owned(), minutes),
        disk_charge_type: charge(disk),
        delete_with_instance: disk.with_machine,
        delete_auto_snapshot: false,
        portable: !disk.system,
        encrypted: disk.encrypted,
        source_snapshot_id: disk.snapshot.as_deref().unwrap_or_default(),
        multi_attach: "Disabled",
        image_id: "",
        resource_group_id: "",
        product_code: "",
        operation_locks: Locks {
            operation_lock: lock.into_iter().collect(),
        },
        tags: tags(&disk.tags),
    }
}

/// Returns the policy that makes snapshots of a disk; empty if none does.
fn policy_of<'a>(disk: &Disk, held: &'a Holdings) -> &'a str {
    let mut policies = held.policies.iter();
    let policy = policies.find(|it| it.disks.contains(&disk.id));
    policy.map_or("", |it| &it.id)
}

fn describe_disks(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    let region = known_region(asked)?;
    caller.require("ecs:DescribeDisks")?;
    if said.flag("DryRun") {
        let text = "Request validation has been passed with DryRun flag set.";
        return Err(Refusal::new(400, "DryRunOperation", text));
    }
    let turning = Turning::of(said, region)?;
    let ids = said.json_texts("DiskIds");
    if ids.as_ref().is_some_and(|it| it.len() > 100) {
        return Err(Refusal::invalid("DiskIds"));
    }
    let held = asked.world.holdings(caller.uid, region);
    let same = |asked: Option<&str>, has: &str| {
        asked.is_none_or(|it| it.eq_ignore_ascii_case("all") || it == has)
    };
    let wanted = said.pairs("Tag", "Key", "Value");
    let keep = |it: &Disk| {
        same(
            said.text("InstanceId"),
            it.machine.as_deref().unwrap_or_default(),
        ) && same(said.text("AutoSnapshotPolicyId"), policy_of(it, &held))
            && same(said.text("ZoneId"), &it.zone)
            && same(said.text("Category"), &it.category)
            && same(said.text("Status"), status(it))
            && same(said.text("DiskChargeType"), charge(it))
            && same(
                said.text("DiskType"),
                if it.system { "system" } else { "data" },
            )
            && has_tags(&it.tags, &wanted)
    };
    let open = [
        "AutoSnapshotPolicyId",
        "InstanceId",
        "ZoneId",
        "Category",
        "Status",
        "DiskChargeType",
        "DiskType",
    ]
    .iter()
    .all(|it| said.text(it).is_none());
    let page = match ids {
        Some(ids) => turning
            .asked
            .cut(held.disks.named(&ids).into_iter().filter(|it| keep(it))),
        None if open && wanted.is_empty() => held.disks.page(turning.asked),
        None => held.disks.page_of(turning.asked, keep),
    };
    json(&Answer {
        request_id: asked.request_id,
        next_token: turning.next(&page, region),
        disks: Disks {
            disk: page.items.iter().map(|it| row(it, region)).collect(),
        },
        page_number: page.asked.number,
        page_size: page.asked.size,
        total_count: page.total,
    })
}

/// Returns whether `tags` has all that is `wanted`.
pub(super) fn has_tags(tags: &[(String, String)], wanted: &[(String, Option<String>)]) -> bool {
    wanted.iter().all(|(key, value)| {
        let mut tags = tags.iter();
        tags.any(|(has, text)| has == key && value.as_ref().is_none_or(|it| it == text))
    })
}
