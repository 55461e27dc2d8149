//! Groups: snapshots of several disks of one instant. Only disks of the ESSD family can be in one.

use std::collections::BTreeMap;
use std::time::Duration;

use cloud::{CloudError, ErrorKind, MachineChanges as _, Taggable};
use model::{RegionId, ResourceId, SET_TAG, SetDisk, SetId, SetOrder, Snapshot, Tags};
use serde::Deserialize;

use crate::Aliyun;
use crate::changes::made;
use crate::decode::{Loose, Misread};
use crate::disks::PAGE_SIZE;
use crate::lists::{List, Listed, TagList, id, json_ids, listed};
use crate::operations::{CREATE_SNAPSHOT_GROUP, DESCRIBE_DISKS, DESCRIBE_SNAPSHOT_GROUPS};
use crate::tokens::{self, token};

/// As many disks as one group may have. Some accounts have more; what is published counts.
const MOST_DISKS: usize = 16;
/// As much as all of them may hold, in GiB.
const MOST_GIB: u64 = 32 << 10;
/// How often a group that was just made is asked for its snapshots, and how long between.
const LOOKS: u32 = 10;
const PAUSE: Duration = Duration::from_secs(2);

impl Aliyun {
    /// Returns whether disks can be snapshotted as one group.
    pub(super) async fn can_be_grouped(
        &self,
        region: &RegionId,
        disks: &[SetDisk],
    ) -> Result<bool, CloudError> {
        if disks.len() > MOST_DISKS {
            return Ok(false);
        }
        let ids: Vec<ResourceId> = disks.iter().map(|it| it.disk.clone()).collect();
        let rows = List::linked(self, &DESCRIBE_DISKS, region, PAGE_SIZE, decode_fit)
            .with("DiskIds", json_ids(&ids))
            .checked()
            .rows()
            .await?;
        // One that is not there is refused when it is its turn, with the cloud's own words.
        let all_there = ids.iter().all(|id| rows.iter().any(|it| it.id == *id));
        let gib: u64 = rows.iter().map(|it| it.size_gib).sum();
        Ok(all_there && gib <= MOST_GIB && rows.iter().all(|it| it.fits))
    }

    /// Begins a group, and returns its snapshots by their disks.
    pub(super) async fn create_group(
        &self,
        region: &RegionId,
        order: &SetOrder,
    ) -> Result<BTreeMap<ResourceId, ResourceId>, CloudError> {
        let set = order.set.to_string();
        // Of the rest of a set, of which some went wrong, another group is made.
        let disks = order.disks.iter().map(|it| it.disk.as_str());
        let named: Vec<&str> = ["group", set.as_str()].into_iter().chain(disks).collect();
        let group = self
            .call_in(&CREATE_SNAPSHOT_GROUP, region, made!("SnapshotGroupId"))
            .with_each("DiskId", order.disks.iter().map(|it| it.disk.as_str()))
            .with("Name", tokens::name(&order.name))
            .with_tags(&order.tags)
            .once_by(token(&named))
            .send()
            .await?;
        let made = self.snapshots_of(region, &group, &order.disks).await?;
        // What stands on the group does not stand on its snapshots.
        let snapshots: Vec<ResourceId> = made.values().cloned().collect();
        self.put_tags(region, Taggable::Snapshot, &snapshots, &order.tags)
            .await?;
        let root = order.disks.iter().find(|it| it.root);
        if let Some(root) = root.and_then(|it| made.get(&it.disk))
            && !order.root_tags.is_empty()
        {
            let root = std::slice::from_ref(root);
            self.put_tags(region, Taggable::Snapshot, root, &order.root_tags)
                .await?;
        }
        Ok(made)
    }

    /// Returns the snapshots of a group by their disks, as soon as it names them all.
    async fn snapshots_of(
        &self,
        region: &RegionId,
        group: &ResourceId,
        disks: &[SetDisk],
    ) -> Result<BTreeMap<ResourceId, ResourceId>, CloudError> {
        for look in 0..LOOKS {
            if look > 0 {
                self.line.caller.clock().sleep(PAUSE).await;
            }
            let groups = self
                .groups(region)
                .with("SnapshotGroupId.1", group.as_str());
            let found = groups.rows().await?.into_iter().find(|it| it.id == *group);
            let made = found.map(|it| it.snapshots).unwrap_or_default();
            if disks.iter().all(|it| made.contains_key(&it.disk)) {
                return Ok(made);
            }
        }
        let words = format!("the group {group} was made and does not name its snapshots");
        Err(self.trouble(
            &DESCRIBE_SNAPSHOT_GROUPS,
            region,
            ErrorKind::Unanswered,
            words,
        ))
    }

    /// Returns the snapshots of the group that carries the tag of a set. Whoever made it was
    /// interrupted before they had their tags: they get them now, or nobody would know them as ours.
    pub(super) async fn of_tagged_group(
        &self,
        region: &RegionId,
        set: &SetId,
    ) -> Result<Vec<Snapshot>, CloudError> {
        let set = set.to_string();
        let groups = self.groups(region).tagged(SET_TAG, &set).rows().await?;
        let mut found = Vec::new();
        for group in groups {
            let ids: Vec<ResourceId> = group.snapshots.into_values().collect();
            if ids.is_empty() {
                continue;
            }
            self.put_tags(region, Taggable::Snapshot, &ids, &group.tags)
                .await?;
            let mut snapshots = cloud::Copies::snapshots_by_id(self, region, &ids).await?;
            for snapshot in &mut snapshots {
                snapshot.tags.extend(group.tags.clone());
            }
            found.extend(snapshots);
        }
        Ok(found)
    }

    fn groups(&self, region: &RegionId) -> List<'_, Group> {
        List::linked(
            self,
            &DESCRIBE_SNAPSHOT_GROUPS,
            region,
            PAGE_SIZE,
            decode_groups,
        )
    }
}

/// A group as it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Group {
    id: ResourceId,
    /// Its snapshots by their disks.
    snapshots: BTreeMap<ResourceId, ResourceId>,
    tags: Tags,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct GroupRow<'a> {
    #[serde(borrow)]
    snapshot_group_id: Loose<'a>,
    #[serde(borrow)]
    snapshots: Option<Members<'a>>,
    #[serde(borrow)]
    tags: Option<TagList<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Members<'a> {
    #[serde(borrow)]
    snapshot: Option<Vec<Member<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Member<'a> {
    #[serde(borrow)]
    snapshot_id: Loose<'a>,
    #[serde(borrow)]
    source_disk_id: Loose<'a>,
}

pub(super) fn decode_groups(body: &str) -> Result<Listed<Group>, Misread> {
    listed!(body, "SnapshotGroups", "SnapshotGroup", GroupRow, group)
}

fn group(row: GroupRow<'_>) -> Result<Group, Misread> {
    let members = row.snapshots.and_then(|it| it.snapshot);
    // One that is only being begun has no id yet.
    let members = members.into_iter().flatten().filter_map(|it| {
        let disk = ResourceId::new(it.source_disk_id.some_text()?);
        Some((disk, ResourceId::new(it.snapshot_id.some_text()?)))
    });
    Ok(Group {
        id: id(&row.snapshot_group_id, "SnapshotGroupId in one of its rows")?,
        snapshots: members.collect(),
        tags: TagList::into_tags(row.tags),
    })
}

/// Whether a disk can be in a group.
struct Fit {
    id: ResourceId,
    size_gib: u64,
    fits: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct FitRow<'a> {
    #[serde(borrow)]
    disk_id: Loose<'a>,
    #[serde(borrow)]
    category: Loose<'a>,
    #[serde(borrow)]
    size: Loose<'a>,
    #[serde(borrow)]
    multi_attach: Loose<'a>,
}

fn decode_fit(body: &str) -> Result<Listed<Fit>, Misread> {
    listed!(body, "Disks", "Disk", FitRow, fit)
}

fn fit(row: FitRow<'_>) -> Result<Fit, Misread> {
    let category = row.category.text();
    let essd = category.starts_with("cloud_essd") || category == "cloud_auto";
    let shared = row.multi_attach.text() == "Enabled";
    Ok(Fit {
        id: id(&row.disk_id, "DiskId in one of its rows")?,
        size_gib: row.size.count().unwrap_or(0),
        fits: essd && !shared,
    })
}
