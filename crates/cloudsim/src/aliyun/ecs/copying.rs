//! Snapshots and groups of them, made, copied and deleted.

use serde_json::json;

use super::changing::{Change, change, ends, name, refusal, said_tags, token};
use super::known_region;
use super::rows::seconds;
use super::snapshots::require;
use crate::aliyun::arguments::{Kind, Parameter};
use crate::aliyun::catalog::{self, ActionSpec, Asked, Listing};
use crate::aliyun::tokens::Turning;
use crate::world::changes::Hindrance;
use crate::world::copies::SnapshotSet;
use crate::world::holdings::{CopyOrder, Holdings, SetOrder, SnapshotOrder};
use crate::world::refusal::Refusal;
use crate::world::storage::CopyState;

const TAG: Parameter = Parameter::new("Tag", Kind::Structs(&["Key", "Value"]));
const DAYS: Parameter = Parameter::new("RetentionDays", Kind::Whole(1, 65_536));
/// As many disks as one group may have.
const MOST_DISKS: usize = 16;

pub(in crate::aliyun) const ACTIONS: &[ActionSpec] = &[
    change(
        "CreateSnapshot",
        "ecs:CreateSnapshot",
        &[
            Parameter::text("DiskId").needed(),
            Parameter::text("SnapshotName"),
            Parameter::text("Description"),
            Parameter::new("Category", Kind::OneOf(&["standard", "Standard"])),
            Parameter::new("InstantAccess", Kind::Flag),
            Parameter::new("InstantAccessRetentionDays", Kind::Whole(1, 65_536)),
            DAYS,
            TAG,
            Parameter::text("ResourceGroupId"),
            Parameter::text("ClientToken"),
        ],
        create_snapshot,
    ),
    change(
        "CreateSnapshotGroup",
        "ecs:CreateSnapshotGroup",
        &[
            Parameter::text("RegionId").needed(),
            Parameter::text("InstanceId"),
            Parameter::new("DiskId", Kind::Repeated),
            Parameter::new("ExcludeDiskId", Kind::Repeated),
            Parameter::text("Name"),
            Parameter::text("Description"),
            Parameter::new("InstantAccess", Kind::Flag),
            Parameter::new("InstantAccessRetentionDays", Kind::Whole(1, 65_536)),
            TAG,
            Parameter::text("ResourceGroupId"),
            Parameter::text("ClientToken"),
        ],
        create_snapshot_group,
    ),
    ActionSpec {
        listing: Some(Listing {
            rows: "/SnapshotGroups/SnapshotGroup",
            total: "",
            page: None,
        }),
        ..change(
            "DescribeSnapshotGroups",
            "ecs:DescribeSnapshotGroups",
            &[
                Parameter::text("RegionId").needed(),
                Parameter::new("SnapshotGroupId", Kind::Repeated),
                Parameter::text("InstanceId"),
                Parameter::text("Name"),
                Parameter::new("Status", Kind::Repeated),
                TAG,
                Parameter::new("AdditionalAttributes", Kind::Repeated),
                Parameter::text("ResourceGroupId"),
                Parameter::new("MaxResults", Kind::Whole(1, 100)),
                Parameter::text("NextToken"),
            ],
            describe_snapshot_groups,
        )
    },
    change(
        "DeleteSnapshot",
        "ecs:DeleteSnapshot",
        &[
            Parameter::text("SnapshotId").needed(),
            Parameter::new("Force", Kind::Flag),
        ],
        delete_snapshot,
    ),
    change(
        "DeleteSnapshotGroup",
        "ecs:DeleteSnapshotGroup",
        &[
            Parameter::text("RegionId").needed(),
            Parameter::text("SnapshotGroupId").needed(),
        ],
        delete_snapshot_group,
    ),
    change(
        "CopySnapshot",
        "ecs:CopySnapshot",
        &[
            Parameter::text("RegionId").needed(),
            Parameter::text("SnapshotId").needed(),
            Parameter::text("DestinationRegionId").needed(),
            Parameter::text("DestinationSnapshotName"),
            Parameter::text("DestinationSnapshotDescription"),
            Parameter::new("Encrypted", Kind::Flag),
            Parameter::text("KMSKeyId"),
            DAYS,
            TAG,
            Parameter::text("ResourceGroupId"),
            Parameter::text("ClientToken"),
        ],
        copy_snapshot,
    ),
];

/// Returns whether disks of `category` can be grouped, and used before their snapshots are whole.
fn is_essd(category: &str) -> bool {
    category.starts_with("cloud_essd") || category == "cloud_auto"
}

fn create_snapshot(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let said = asked.arguments;
    let disk = said.text("DiskId").unwrap_or_default();
    let change = Change::of(asked, "ecs:CreateSnapshot", disk)?;
    let code = "InvalidSnapshotName.Malformed";
    let name = name(said, "SnapshotName", code, &["auto", "http://", "https://"])?;
    let tags = said_tags(said)?;
    let id = change.make_once(|held, now| {
        let category = held.disks.get(disk).map(|it| it.category.clone());
        let order = SnapshotOrder {
            name,
            description: said.owned("Description").unwrap_or_default(),
            instant: category.is_some_and(|it| is_essd(&it)),
            ends: ends(said, now),
            tags,
            ..SnapshotOrder::of(disk)
        };
        held.begin_snapshot(order, now)
    })?;
    catalog::json(&json!({"RequestId": asked.request_id, "SnapshotId": id}))
}

fn create_snapshot_group(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let said = asked.arguments;
    let change = Change::said(asked, "ecs:CreateSnapshotGroup")?;
    let (machine, disks) = (said.owned("InstanceId"), said.repeated("DiskId"));
    if machine.is_none() && disks.is_none() {
        let text = "The input parameter InstanceId or DiskId is not supplied.";
        return Err(Refusal::new(400, "MissingParameter", text));
    }
    let left_out = said.repeated("ExcludeDiskId").unwrap_or_default();
    if disks.is_some() && !left_out.is_empty() {
        return Err(Refusal::invalid("ExcludeDiskId"));
    }
    let held = asked.world.truth(change.uid, &change.region);
    let disks = match (disks, &machine) {
        (Some(disks), _) => disks,
        (None, Some(machine)) => {
            let found = held.machines.get(machine);
            let found = found.ok_or_else(|| refusal(Hindrance::NotFound(machine.clone())))?;
            found.disks.clone()
        }
        (None, None) => Vec::new(),
    };
    let disks: Vec<String> = disks
        .into_iter()
        .filter(|it| !left_out.contains(it))
        .collect();
    let known = disks.iter().filter_map(|it| held.disks.get(it));
    if known.clone().any(|it| !is_essd(&it.category)) || disks.len() > MOST_DISKS {
        return Err(Refusal::new(
            400,
            "DiskCategory.OperationNotSupported",
            "The operation is not supported to the specified disk due to its disk category",
        ));
    }
    let machine = machine.or_else(|| known.filter_map(|it| it.machine.clone()).next());
    let tags = said_tags(said)?;
    let name = name(said, "Name", "InvalidParameter.Name", &[])?;
    let id = change.make_once(|held, now| {
        // What stands on the group does not stand on its snapshots.
        let snapshots = disks.iter().map(|disk| SnapshotOrder {
            name: name.clone(),
            instant: true,
            ..SnapshotOrder::of(disk)
        });
        let snapshots = snapshots.collect();
        let order = SetOrder {
            machine,
            name: name.clone(),
            description: said.owned("Description").unwrap_or_default(),
            tags,
            snapshots,
        };
        held.begin_set(order, now)
    })?;
    catalog::json(&json!({"RequestId": asked.request_id, "SnapshotGroupId": id}))
}

fn status(set: &SnapshotSet, held: &Holdings) -> &'static str {
    let rows = held.snapshots.named(&set.snapshots);
    if rows.iter().any(|it| it.state == CopyState::Failed) {
        "failed"
    } else if rows.iter().all(|it| it.state == CopyState::Ready) {
        "accomplished"
    } else {
        "progressing"
    }
}

fn describe_snapshot_groups(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    let region = known_region(asked)?;
    require(asked, "ecs:DescribeSnapshotGroups")?;
    let turning = Turning::of(said, region)?;
    let held = asked.world.holdings(caller.uid, region);
    let now = asked.world.now();
    let (ids, states) = (said.repeated("SnapshotGroupId"), said.repeated("Status"));
    let wanted = said.pairs("Tag", "Key", "Value");
    let same = |name: &str, has: &str| said.text(name).is_none_or(|it| it == has);
    let page = held.sets.page_of(turning.asked, |it| {
        ids.as_ref().is_none_or(|ids| ids.contains(&it.id))
            && states
                .as_ref()
                .is_none_or(|all| all.iter().any(|word| word == status(it, &held)))
            && same("InstanceId", it.machine.as_deref().unwrap_or_default())
            && same("Name", &it.name)
            && super::disks::has_tags(&it.tags, &wanted)
    });
    let tags = |tags: &[(String, String)]| {
        let tags = tags.iter();
        let tags = tags.map(|(key, value)| json!({"Key": key, "Value": value}));
        json!({"Tag": tags.collect::<Vec<_>>()})
    };
    let rows = page.items.iter().map(|it| {
        let snapshots = held.snapshots.named(&it.snapshots);
        let snapshots = snapshots.iter().map(|row| {
            json!({
                "SnapshotId": row.id,
                "SourceDiskId": row.disk,
                "SourceDiskType": if row.system { "system" } else { "data" },
                "Progress": format!("{}%", row.percent(now)),
                "Available": row.instant || row.state == CopyState::Ready,
                "InstantAccess": row.instant,
                "Tags": tags(&row.tags),
            })
        });
        json!({
            "SnapshotGroupId": it.id,
            "InstanceId": it.machine.as_deref().unwrap_or_default(),
            "Name": it.name,
            "Description": it.description,
            "Status": status(it, &held),
            "ProgressStatus": "",
            "CreationTime": seconds(it.created),
            "ResourceGroupId": "",
            "Snapshots": {"Snapshot": snapshots.collect::<Vec<_>>()},
            "Tags": tags(&it.tags),
        })
    });
    // The page goes on with a token whether one was asked for or not: there are no numbers.
    let next = crate::aliyun::tokens::next(&page, region);
    catalog::json(&json!({
        "RequestId": asked.request_id,
        "SnapshotGroups": {"SnapshotGroup": rows.collect::<Vec<_>>()},
        "NextToken": next,
    }))
}

fn delete_snapshot(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let said = asked.arguments;
    let id = said.text("SnapshotId").unwrap_or_default();
    let change = Change::of(asked, "ecs:DeleteSnapshot", id)?;
    let held = asked.world.truth(change.uid, &change.region);
    let free = held
        .snapshots
        .get(id)
        .is_some_and(|it| it.images.is_empty());
    let mut disks = held.disks.iter();
    let used = disks.any(|it| it.snapshot.as_deref() == Some(id));
    if free && used && !said.flag("Force") {
        let text = "The snapshot has been used to create disk(s).";
        return Err(Refusal::new(403, "SnapshotCreatedDisk", text));
    }
    change.make(|held, now| match held.delete_snapshot(id, now) {
        // One that is missing is none to be deleted, and no mistake.
        Err(Hindrance::NotFound(_)) => Ok(()),
        outcome => outcome,
    })?;
    catalog::json(&json!({"RequestId": asked.request_id}))
}

fn delete_snapshot_group(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let id = asked.arguments.text("SnapshotGroupId").unwrap_or_default();
    let change = Change::said(asked, "ecs:DeleteSnapshotGroup")?;
    let gone = change.make(|held, now| {
        let set = held.sets.get(id);
        let snapshots = set.map(|it| it.snapshots.clone()).unwrap_or_default();
        held.delete_set(id, now).map(|()| snapshots)
    })?;
    let steps = gone.iter().map(|it| {
        json!({
            "OperationStatus": "Success",
            "RelatedItemSet": {"RelatedItem": [{"Name": "SnapshotId", "Value": it}]},
        })
    });
    catalog::json(&json!({
        "RequestId": asked.request_id,
        "OperationProgressSet": {"OperationProgress": steps.collect::<Vec<_>>()},
    }))
}

fn copy_snapshot(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let said = asked.arguments;
    let change = Change::said(asked, "ecs:CopySnapshot")?;
    let to = said.text("DestinationRegionId").unwrap_or_default();
    let known = crate::world::cloud::Cloud::Aliyun.regions();
    if to == change.region || !known.iter().any(|it| it.0 == to) {
        return Err(Refusal::new(
            404,
            "InvalidDestinationRegionId.NotFound",
            "The specified DestinationRegionId does not exist.",
        ));
    }
    let order = CopyOrder {
        from: change.region.clone(),
        snapshot: said.owned("SnapshotId").unwrap_or_default(),
        name: said.owned("DestinationSnapshotName").unwrap_or_default(),
        description: said
            .owned("DestinationSnapshotDescription")
            .unwrap_or_default(),
        encrypted: said.flag("Encrypted"),
        key: said.owned("KMSKeyId"),
        ends: ends(said, asked.world.now()),
        tags: said_tags(said)?,
    };
    let token = token(said, asked);
    let known = change.make(|held, now| held.remembered(token.as_ref(), now))?;
    let id = match known {
        Some(mut ids) => ids.pop().unwrap_or_default(),
        None => {
            let copied = asked.world.copy_snapshot(change.uid, to, order);
            let id = copied.map_err(refusal)?;
            change.make(|held, now| {
                held.remember(token, vec![id.clone()], now);
                Ok(())
            })?;
            id
        }
    };
    catalog::json(&json!({"RequestId": asked.request_id, "SnapshotId": id}))
}
