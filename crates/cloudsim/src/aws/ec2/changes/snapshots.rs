//! Snapshots: of one disk, of all disks of a machine at one instant, copied, archived, deleted.

use serde_json::{Map, Value, json};

use super::super::hindered::{not_found, refusal};
use super::super::snapshots::row;
use super::super::spoken::{self, DISK, MACHINE, SNAPSHOT, tags_for};
use super::super::{all_tags, tag_set};
use super::{held, seen};
use crate::aws::catalog::Asked;
use crate::aws::regions;
use crate::aws::reply::iso;
use crate::world::changes::Hindrance;
use crate::world::copies::CopyState;
use crate::world::holdings::{CopyOrder, Holdings, Sharing, SnapshotOrder};
use crate::world::machines::Tags;
use crate::world::refusal::Refusal;
use crate::world::storage::Disk;

/// The most data disks that may be left out of a set.
const MOST_LEFT_OUT: usize = 127;

pub(super) fn create_snapshot(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let disk = spoken::id(asked, "VolumeId", DISK)?;
    seen(asked, disk)?;
    let order = SnapshotOrder {
        description: described(asked),
        tags: tags_for(asked, "snapshot", &["snapshot"])?,
        ..SnapshotOrder::of(disk)
    };
    let (id, holdings) = held(asked, |it, now| {
        slow_disk_is_free(it, disk)?;
        it.begin_snapshot(order, now)
    })
    .map_err(|why| refusal(disk, why))?;
    let snapshot = holdings.snapshots.get(&id).ok_or_else(|| not_found(&id))?;
    Ok(row(snapshot, asked))
}

pub(super) fn create_snapshots(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let set = set_spoken(asked)?;
    let holdings = seen(asked, &set.machine)?;
    let machine = holdings
        .machines
        .get(&set.machine)
        .ok_or_else(|| not_found(&set.machine))?;
    let disks = set.disks(holdings.disks_of(machine).iter().map(AsRef::as_ref))?;
    let said = tags_for(asked, "snapshot", &["snapshot"])?;
    let copies_tags = asked.arguments.text("CopyTagsFromSource") == Some("volume");
    let mut orders = Vec::new();
    for disk in disks {
        let inherited = if copies_tags {
            all_tags(&disk.name, &disk.tags)
        } else {
            Tags::new()
        };
        let mut tags: Tags = inherited
            .into_iter()
            .filter(|(key, _)| !key.starts_with("aws:") && said.iter().all(|it| it.0 != *key))
            .collect();
        tags.extend(said.iter().cloned());
        orders.push(SnapshotOrder {
            description: described(asked),
            tags: spoken::checked(tags)?,
            ..SnapshotOrder::of(&disk.id)
        });
    }
    let (ids, holdings) = held(asked, |it, now| {
        orders
            .iter()
            .try_for_each(|order| slow_disk_is_free(it, &order.disk))?;
        it.begin_snapshots(orders, now)
    })
    .map_err(|why| refusal(&set.machine, why))?;
    let rows = ids.iter().filter_map(|it| holdings.snapshots.get(it));
    let rows: Vec<Value> = rows
        .map(|it| {
            // Of all answers about snapshots only this one says `state`, and has no progress yet.
            let mut row = row(it, asked);
            if let Some(fields) = row.as_object_mut() {
                let state = fields.remove("status").unwrap_or_default();
                fields.insert("state".to_owned(), state);
                fields.insert("progress".to_owned(), json!(""));
                fields.remove("storageTier");
            }
            row
        })
        .collect();
    Ok(json!({"snapshotSet": rows}))
}

/// Which disks of which machine are wanted.
struct SetSpoken {
    machine: String,
    without_boot: bool,
    left_out: Vec<String>,
}

fn set_spoken(asked: &Asked<'_>) -> Result<SetSpoken, Refusal> {
    let nothing = Map::new();
    let said = asked.arguments.value("InstanceSpecification");
    let said = said.and_then(Value::as_object).unwrap_or(&nothing);
    const FIELDS: [&str; 3] = ["ExcludeBootVolume", "ExcludeDataVolumeId", "InstanceId"];
    if let Some(other) = said.keys().find(|it| !FIELDS.contains(&it.as_str())) {
        let text = format!("The parameter InstanceSpecification.{other} is not recognized");
        return Err(Refusal::new(400, "UnknownParameter", text));
    }
    let machine = said
        .get("InstanceId")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if machine.is_empty() {
        return Err(spoken::missing("InstanceSpecification.InstanceId"));
    }
    spoken::spelled(machine, MACHINE)?;
    let left_out = said.get("ExcludeDataVolumeId").and_then(Value::as_array);
    let left_out = left_out.into_iter().flatten().filter_map(Value::as_str);
    Ok(SetSpoken {
        machine: machine.to_owned(),
        without_boot: said.get("ExcludeBootVolume").and_then(Value::as_str) == Some("true"),
        left_out: left_out.map(str::to_owned).collect(),
    })
}

impl SetSpoken {
    fn is_left_out(&self, disk: &Disk) -> bool {
        disk.system && self.without_boot || self.left_out.contains(&disk.id)
    }

    /// Returns those of the machine's disks that are wanted.
    fn disks<'a>(&self, all: impl Iterator<Item = &'a Disk>) -> Result<Vec<Disk>, Refusal> {
        let invalid = |text: String| Err(Refusal::new(400, "InvalidParameterValue", text));
        let all: Vec<&Disk> = all.collect();
        if self.left_out.len() > MOST_LEFT_OUT {
            return invalid(format!(
                "More than {MOST_LEFT_OUT} data volumes are excluded."
            ));
        }
        for id in &self.left_out {
            spoken::spelled(id, DISK)?;
            match all.iter().find(|it| it.id == *id) {
                None => {
                    return invalid(format!(
                        "The volume '{id}' is not attached to the instance '{}'.",
                        self.machine
                    ));
                }
                Some(disk) if disk.system => {
                    return invalid(format!(
                        "The volume '{id}' is the boot volume; use ExcludeBootVolume."
                    ));
                }
                Some(_) => {}
            }
        }
        let wanted: Vec<Disk> = all
            .into_iter()
            .filter(|it| !self.is_left_out(it))
            .cloned()
            .collect();
        if wanted.is_empty() {
            return invalid(format!(
                "The instance '{}' has no volumes to be snapshotted.",
                self.machine
            ));
        }
        Ok(wanted)
    }
}

/// Refuses a second snapshot of a disk of the slow sorts, of which only one may be under way.
fn slow_disk_is_free(holdings: &Holdings, id: &str) -> Result<(), Hindrance> {
    let is_slow = |it: &Disk| ["st1", "sc1"].contains(&it.category.as_str());
    let under_way = || {
        let mut snapshots = holdings.snapshots.iter();
        snapshots.any(|it| it.disk == id && it.state == CopyState::Pending)
    };
    match holdings.disks.get(id) {
        Some(disk) if is_slow(disk) && under_way() => Err(Hindrance::TooManyPending {
            disk: id.to_owned(),
            most: 1,
        }),
        _ => Ok(()),
    }
}

fn described(asked: &Asked<'_>) -> String {
    asked
        .arguments
        .text("Description")
        .unwrap_or_default()
        .to_owned()
}

pub(super) fn delete_snapshot(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let id = spoken::id(asked, "SnapshotId", SNAPSHOT)?;
    seen(asked, id)?;
    held(asked, |it, now| it.delete_snapshot(id, now)).map_err(|why| refusal(id, why))?;
    Ok(json!({"return": true}))
}

pub(super) fn copy_snapshot(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let from = asked.arguments.text("SourceRegion");
    let from = from.ok_or_else(|| spoken::missing("SourceRegion"))?;
    if !regions::knows(asked.world, caller, from) {
        let text = format!("Invalid value '{from}' for parameter SourceRegion.");
        return Err(Refusal::new(400, "InvalidParameterValue", text));
    }
    let id = spoken::id(asked, "SourceSnapshotId", SNAPSHOT)?;
    let key = asked.arguments.text("KmsKeyId").map(str::to_owned);
    let encrypted = asked.arguments.flag("Encrypted");
    if key.is_some() && encrypted != Some(true) {
        let text = "KmsKeyId requires that Encrypted be set to true.";
        return Err(Refusal::new(400, "InvalidParameterDependency", text));
    }
    let tags = tags_for(asked, "snapshot", &["snapshot"])?;
    let order = CopyOrder {
        from: from.to_owned(),
        snapshot: id.to_owned(),
        name: String::new(),
        description: described(asked),
        encrypted: encrypted == Some(true),
        key,
        ends: None,
        tags: tags.clone(),
    };
    let copied = asked.world.copy_snapshot(caller.uid, asked.region, order);
    let copy = copied.map_err(|why| refusal(id, why))?;
    let mut answer = json!({"snapshotId": copy});
    if !tags.is_empty() {
        answer["tagSet"] = tag_set(&tags);
    }
    Ok(answer)
}

pub(super) fn modify_snapshot_attribute(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let id = spoken::id(asked, "SnapshotId", SNAPSHOT)?;
    seen(asked, id)?;
    let nothing = Map::new();
    let said = asked.arguments.value("CreateVolumePermission");
    let said = said.and_then(Value::as_object).unwrap_or(&nothing);
    if let Some(other) = said
        .keys()
        .find(|it| !["Add", "Remove"].contains(&it.as_str()))
    {
        let text = format!("The parameter CreateVolumePermission.{other} is not recognized");
        return Err(Refusal::new(400, "UnknownParameter", text));
    }
    let sharing = Sharing {
        add: sharers(said.get("Add"))?,
        remove: sharers(said.get("Remove"))?,
    };
    if sharing == Sharing::default() {
        let text = "No attributes specified.";
        return Err(Refusal::new(400, "InvalidParameterCombination", text));
    }
    let uid = asked.caller()?.uid;
    let shared = asked.world.share_snapshot(uid, asked.region, id, &sharing);
    shared.map_err(|why| refusal(id, why))?;
    Ok(json!({"return": true}))
}

/// Returns the accounts that are said; `all` for everybody.
fn sharers(said: Option<&Value>) -> Result<Vec<String>, Refusal> {
    let said = said.and_then(Value::as_array);
    let one = |it: &Value| {
        let text = |name: &str| it.get(name).and_then(Value::as_str);
        let user = text("UserId");
        let is_number = |it: &&str| it.len() == 12 && it.bytes().all(|it| it.is_ascii_digit());
        match (user.filter(is_number), user, text("Group")) {
            (Some(number), _, None) => Ok(number.to_owned()),
            (None, None, Some("all")) => Ok("all".to_owned()),
            (_, other, group) => {
                let word = other.or(group).unwrap_or_default();
                let text = format!("Invalid value '{word}' for userId or group.");
                Err(Refusal::new(400, "InvalidParameterValue", text))
            }
        }
    };
    said.into_iter().flatten().map(one).collect()
}

pub(super) fn modify_snapshot_tier(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let id = spoken::id(asked, "SnapshotId", SNAPSHOT)?;
    let holdings = seen(asked, id)?;
    let images = holdings.snapshots.get(id).map(|it| it.images.clone());
    if let Some(image) = images.unwrap_or_default().first() {
        return Err(refusal(id, Hindrance::InUse(vec![image.clone()])));
    }
    held(asked, |it, _| it.archive_snapshot(id)).map_err(|why| refusal(id, why))?;
    Ok(json!({"snapshotId": id, "tieringStartTime": iso(asked.world.now())}))
}
