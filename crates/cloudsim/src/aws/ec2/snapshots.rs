//! Snapshots: one's own, and, unless an owner is said, those that everybody may use.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::hindered::not_found;
use super::{all_tags, spoken, tag_set};
use crate::aws::catalog::Asked;
use crate::aws::filters::{Filters, Has, ids, is_own};
use crate::aws::reply::iso;
use crate::world::copies::{CopyState, Snapshot, Tier};
use crate::world::machines::Tags;
use crate::world::refusal::Refusal;

const FILTERS: &[&str] = &[
    "description",
    "encrypted",
    "owner-alias",
    "owner-id",
    "progress",
    "snapshot-id",
    "start-time",
    "status",
    "storage-tier",
    "volume-id",
    "volume-size",
];

/// The account that the cloud's own snapshots and images belong to.
pub(super) const AMAZON: &str = "099720109477";

pub(super) fn describe_snapshots(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let owner = caller.cloud.number(caller.uid);
    let holdings = asked.world.holdings(caller.uid, asked.region);
    let filters = Filters::read(asked, FILTERS)?;
    let ids = ids(
        asked,
        ("SnapshotId", "snap-"),
        ("InvalidSnapshot", "snapshot"),
        |id| {
            holdings
                .snapshots
                .get(id)
                .is_some_and(|it| asked.shows(it.created))
        },
    )?;
    let own = is_own(asked, &owner)?;
    let snapshots: Vec<&Arc<Snapshot>> = match &ids {
        Some(ids) => ids
            .iter()
            .filter_map(|it| holdings.snapshots.get(it))
            .collect(),
        None if own == Some(false) => Vec::new(),
        None => holdings.snapshots.iter().collect(),
    };
    let now = asked.world.now();
    let own_rows = snapshots
        .into_iter()
        .filter(|it| asked.shows(it.created))
        .map(|it| (Arc::clone(it), owner.as_str()));
    // Without an owner the list is everybody's, and almost nothing in it is one's own.
    let strangers = (own != Some(true) && ids.is_none()).then(|| {
        let made = now.saturating_sub(SignedDuration::from_hours(24 * 400));
        let made = made.unwrap_or(now);
        (0..3).map(move |number| {
            let id = format!("snap-0aaaaaaaaaaaaaaa{number}");
            (Arc::new(Snapshot::new(id, "vol-ffffffff", 8, made)), AMAZON)
        })
    });
    let rows = own_rows.chain(strangers.into_iter().flatten());
    let fields = |it: &Snapshot, owner: &str| fields(it, owner, it.percent(now));
    let wanted = rows
        .filter(|(it, owner)| filters.keep(|| tags(it), |name| value_of(&fields(it, owner), name)));
    asked.page(wanted, |(it, owner)| with_tags(fields(&it, owner), &it))
}

/// Lists in which zones disks are made of which snapshot at full speed.
pub(super) fn describe_fast_snapshot_restores(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let owner = caller.cloud.number(caller.uid);
    let holdings = asked.world.holdings(caller.uid, asked.region);
    let rows = holdings.snapshots.iter().flat_map(|it| {
        let zones = it.fast_restore.iter();
        zones.map(|zone| (it.id.clone(), zone.clone()))
    });
    asked.page(rows, |(id, zone)| {
        json!({
            "snapshotId": id,
            "availabilityZone": zone,
            "state": "enabled",
            "ownerId": owner,
        })
    })
}

pub(super) fn list_snapshots_in_recycle_bin(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let holdings = asked.world.holdings(asked.caller()?.uid, asked.region);
    let rows = holdings.binned_snapshots.iter();
    asked.page(rows, |it| {
        json!({
            "snapshotId": it.id,
            "volumeId": it.disk,
            "description": it.description,
            "recycleBinExitTime": it.ends.map(iso),
        })
    })
}

pub(super) fn list_images_in_recycle_bin(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let holdings = asked.world.holdings(asked.caller()?.uid, asked.region);
    let rows = holdings.binned_images.iter();
    asked.page(rows, |it| {
        json!({
            "imageId": it.id,
            "name": it.name,
            "description": it.description,
            "recycleBinExitTime": it.ends.map(iso),
        })
    })
}

/// Shows who else may make disks of a snapshot.
pub(super) fn describe_snapshot_attribute(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let id = spoken::id(asked, "SnapshotId", spoken::SNAPSHOT)?;
    let holdings = asked.world.holdings(asked.caller()?.uid, asked.region);
    let snapshot = holdings.snapshots.get(id);
    let snapshot = snapshot.filter(|it| asked.shows(it.created));
    let snapshot = snapshot.ok_or_else(|| not_found(id))?;
    match asked.arguments.text("Attribute").unwrap_or_default() {
        "createVolumePermission" => {
            let accounts = snapshot.shared_with.iter().map(|it| match it.as_str() {
                "all" => json!({"group": "all"}),
                account => json!({"userId": account}),
            });
            let accounts: Vec<Value> = accounts.collect();
            Ok(json!({"snapshotId": id, "createVolumePermission": accounts}))
        }
        other => {
            let text = format!("The attribute {other} is not served here.");
            Err(Refusal::new(400, "InvalidParameterValue", text))
        }
    }
}

/// Returns the row of a snapshot of the caller's account.
pub(super) fn row(snapshot: &Snapshot, asked: &Asked<'_>) -> Value {
    let owner = asked.caller.map(|it| it.cloud.number(it.uid));
    let percent = snapshot.percent(asked.world.now());
    let fields = fields(snapshot, &owner.unwrap_or_default(), percent);
    with_tags(fields, snapshot)
}

fn with_tags(mut row: Value, snapshot: &Snapshot) -> Value {
    let tags = tags(snapshot);
    if !tags.is_empty() {
        row["tagSet"] = tag_set(&tags);
    }
    row
}

fn tags(snapshot: &Snapshot) -> Tags {
    let mut tags = all_tags(&snapshot.name, &snapshot.tags);
    if let Some(policy) = &snapshot.policy {
        tags.push(("aws:dlm:lifecycle-policy-id".to_owned(), policy.clone()));
    }
    tags
}

fn fields(snapshot: &Snapshot, owner: &str, percent: u8) -> Value {
    let status = match &snapshot.state {
        CopyState::Pending => "pending",
        CopyState::Ready => "completed",
        CopyState::Failed => "error",
        CopyState::Odd(word) => word,
    };
    let description = match snapshot.images.first() {
        Some(image) if snapshot.description.is_empty() => {
            format!("Created by CreateImage(i-00000000000000000) for {image}")
        }
        _ => snapshot.description.clone(),
    };
    // A copy names a disk that nobody has.
    let disk = match snapshot.disk.as_str() {
        "" => "vol-ffffffff",
        disk => disk,
    };
    let mut fields = json!({
        "snapshotId": snapshot.id,
        "volumeId": disk,
        "status": status,
        "startTime": iso(snapshot.created),
        "progress": format!("{percent}%"),
        "ownerId": owner,
        "volumeSize": snapshot.size_gib,
        "description": description,
        "encrypted": snapshot.encrypted,
        "storageTier": match snapshot.tier {
            Tier::Standard => "standard",
            Tier::Archive => "archive",
        },
    });
    if snapshot.state == CopyState::Failed {
        let why = match &snapshot.key {
            Some(key) => format!("Given key ID is not accessible: {key}"),
            None => "An internal error has occurred".to_owned(),
        };
        fields["statusMessage"] = json!(why);
    }
    if let Some(key) = &snapshot.key {
        fields["kmsKeyId"] = json!(key);
    }
    if snapshot.state == CopyState::Ready {
        let bytes = snapshot.size_gib << 30;
        fields["fullSnapshotSizeInBytes"] = json!(bytes);
    }
    fields
}

/// Returns what a row has under the name of a filter: most are its fields, spelled another way.
fn value_of(fields: &Value, name: &str) -> Has {
    let field = match name {
        "description" => "description",
        "encrypted" => "encrypted",
        "owner-id" => "ownerId",
        "progress" => "progress",
        "snapshot-id" => "snapshotId",
        "start-time" => "startTime",
        "status" => "status",
        "storage-tier" => "storageTier",
        "volume-id" => "volumeId",
        "volume-size" => "volumeSize",
        "owner-alias" => return Has::Values(Vec::new()),
        _ => return Has::NoFilter,
    };
    match &fields[field] {
        Value::String(text) => Has::one(text),
        other => Has::one(other.to_string()),
    }
}
