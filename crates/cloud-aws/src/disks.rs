//! Reads disks and the account's own snapshots (EBS).
//!
//! Whether a snapshot is held is told by the images that stand on it, disabled ones too, which the
//! usual list of images does not show, and by the tags of what else keeps snapshots.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use cloud::{CloudError, Disks, PageSource};
use futures_util::{StreamExt as _, TryStreamExt as _};
use model::{
    Charge, CopyState, CopyTier, Disk, DiskRole, DiskState, Expiry, Place, RegionId, ResourceId,
    Snapshot, Tags,
};
use serde::Deserialize;
use tokio::sync::OnceCell;

use crate::Aws;
use crate::call::Managed;
use crate::decode::Misread;
use crate::images;
use crate::lists::{Batch, PARALLEL};
use crate::machines::MOST_VALUES;
use crate::operations::{DESCRIBE_SNAPSHOTS, DESCRIBE_VOLUMES};
use crate::query::{Set, Tag, read_page, says_true, some, tags};
use crate::times::instant;

/// The largest page that every region gives.
pub(crate) const PAGE_SIZE: u32 = 500;
/// The largest page there is.
pub(crate) const SNAPSHOT_PAGE_SIZE: u32 = 1_000;
/// A disk with its attachments and tags.
const ROW_BYTES: usize = 1_536;

#[async_trait]
impl Disks for Aws {
    fn disks(&self, region: &RegionId) -> Box<dyn PageSource<Disk> + '_> {
        let place = Place::Region(region.clone());
        self.list(&DESCRIBE_VOLUMES, place.clone(), move |token| {
            self.call(&DESCRIBE_VOLUMES, decode_disks)
                .at(&place)
                .with("MaxResults", PAGE_SIZE.to_string())
                .with_some("NextToken", token)
                .expecting(PAGE_SIZE as usize, ROW_BYTES)
                .send()
        })
    }

    async fn disks_by_id(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Disk>, CloudError> {
        let place = Place::Region(region.clone());
        let asked: Result<Vec<Vec<Disk>>, CloudError> =
            futures_util::stream::iter(ids.chunks(MOST_VALUES).map(<[ResourceId]>::to_vec))
                .map(|ids| self.disks_named(&place, ids))
                .buffered(PARALLEL)
                .try_collect()
                .await;
        match asked {
            Ok(disks) => Ok(disks.into_iter().flatten().collect()),
            Err(error) if self.is_of_closed_region(&place, &error).await => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn snapshots(&self, region: &RegionId) -> Box<dyn PageSource<Snapshot> + '_> {
        let place = Place::Region(region.clone());
        let holders = Arc::new(OnceCell::new());
        self.list(&DESCRIBE_SNAPSHOTS, place.clone(), move |token| {
            let (place, holders) = (place.clone(), holders.clone());
            self.snapshot_page(place, holders, token)
        })
    }
}

/// Which image stands on a snapshot.
type Holders = BTreeMap<ResourceId, ResourceId>;

impl Aws {
    async fn disks_named(
        &self,
        place: &Place,
        ids: Vec<ResourceId>,
    ) -> Result<Vec<Disk>, CloudError> {
        self.with_managed(|managed| self.disks_named_as(place, &ids, managed))
            .await
    }

    async fn disks_named_as(
        &self,
        place: &Place,
        ids: &[ResourceId],
        managed: Managed,
    ) -> Result<Vec<Disk>, CloudError> {
        self.all(&DESCRIBE_VOLUMES, place, |token| {
            self.call(&DESCRIBE_VOLUMES, decode_disks)
                .at(place)
                .showing(managed)
                .with_filter(1, "volume-id", ids.iter().map(ResourceId::as_str))
                .with("MaxResults", PAGE_SIZE.to_string())
                .with_some("NextToken", token)
                .expecting(ids.len(), ROW_BYTES)
                .send()
        })
        .await
    }

    /// Returns the disks of which a filter holds.
    pub(crate) async fn disks_where(
        &self,
        place: &Place,
        filter: &str,
        value: &str,
    ) -> Result<Vec<Disk>, CloudError> {
        self.all(&DESCRIBE_VOLUMES, place, |token| {
            self.call(&DESCRIBE_VOLUMES, decode_disks)
                .at(place)
                .with_filter(1, filter, [value])
                .with("MaxResults", PAGE_SIZE.to_string())
                .with_some("NextToken", token)
                .send()
        })
        .await
    }

    /// Returns the account's own snapshots of which a filter holds; who holds them is said as far as
    /// their own tags tell.
    pub(crate) async fn snapshots_where<'v>(
        &self,
        place: &Place,
        filter: &str,
        values: impl IntoIterator<Item = &'v str> + Clone,
    ) -> Result<Vec<Snapshot>, CloudError> {
        self.all(&DESCRIBE_SNAPSHOTS, place, |token| {
            self.call(&DESCRIBE_SNAPSHOTS, decode_snapshots)
                .at(place)
                .with("Owner.1", "self")
                .with_filter(1, filter, values.clone())
                .with("MaxResults", SNAPSHOT_PAGE_SIZE.to_string())
                .with_some("NextToken", token)
                .expecting(MOST_VALUES, ROW_BYTES)
                .send()
        })
        .await
    }

    async fn snapshot_page(
        &self,
        place: Place,
        holders: Arc<OnceCell<Holders>>,
        token: Option<String>,
    ) -> Result<Batch<Snapshot>, CloudError> {
        let page = self
            .call(&DESCRIBE_SNAPSHOTS, decode_snapshots)
            .at(&place)
            .with("Owner.1", "self")
            .with("MaxResults", SNAPSHOT_PAGE_SIZE.to_string())
            .with_some("NextToken", token)
            .expecting(SNAPSHOT_PAGE_SIZE as usize, ROW_BYTES);
        let holders = holders.get_or_try_init(|| self.holders(&place));
        let (mut batch, holders) = futures_util::future::try_join(page.send(), holders).await?;
        for snapshot in &mut batch.rows {
            if let Some(image) = holders.get(&snapshot.id) {
                snapshot.held_by = Some(format!("image {image}"));
            }
        }
        Ok(batch)
    }

    async fn holders(&self, place: &Place) -> Result<Holders, CloudError> {
        let pairs = self.all_of_images(place, decode_holders).await?;
        Ok(pairs.into_iter().collect())
    }
}

/// Of images that are asked after for what they stand on, no more is kept than that.
fn decode_holders(body: &[u8]) -> Result<Batch<(ResourceId, ResourceId)>, Misread> {
    let page = images::decode(body)?;
    let pairs = page.rows.into_iter().flat_map(|image| {
        let id = image.id;
        image.snapshots.into_iter().map(move |it| (it, id.clone()))
    });
    Ok(Batch {
        rows: pairs.collect(),
        next: page.next,
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct DiskRow {
    volume_id: String,
    size: String,
    availability_zone: String,
    status: String,
    create_time: String,
    volume_type: String,
    attachment_set: Set<Attachment>,
    tag_set: Set<Tag>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Attachment {
    instance_id: String,
    /// What has it that is no machine of the account.
    associated_resource: String,
    device: String,
    status: String,
}

fn decode_disks(body: &[u8]) -> Result<Batch<Disk>, Misread> {
    let root = "DescribeVolumesResponse";
    read_page(body, root, &["volumeSet"], |row| disk(row).map(Some))
}

fn disk(row: DiskRow) -> Result<Disk, Misread> {
    let id = some(&row.volume_id).ok_or(Misread::Lacks("volumeId in one of its rows"))?;
    let id = ResourceId::new(id);
    let state = disk_state(&row);
    let device = row.attachment_set.iter().find_map(|it| some(&it.device));
    let device = device.unwrap_or_default().to_owned();
    let tags = tags(row.tag_set);
    Ok(Disk {
        role: DiskRole::Unknown,
        device,
        id,
        name: tags.get("Name").cloned().unwrap_or_default(),
        zone: row.availability_zone,
        category: row.volume_type,
        size_gib: row.size.trim().parse().unwrap_or_default(),
        state,
        charge: Charge::OnDemand,
        created: instant(&row.create_time),
        // The cloud does not say.
        detached: None,
        expiry: Expiry::Never,
        tags,
    })
}

fn disk_state(row: &DiskRow) -> DiskState {
    let on_its_way = row
        .attachment_set
        .iter()
        .find(|it| matches!(it.status.trim(), "attaching" | "detaching" | "busy"));
    let users = row.attachment_set.iter().filter_map(|it| {
        let user = some(&it.instance_id).or_else(|| some(&it.associated_resource));
        user.map(ResourceId::new)
    });
    match (row.status.trim(), on_its_way) {
        (_, Some(attachment)) => DiskState::Changing(attachment.status.trim().to_owned()),
        ("in-use", None) => DiskState::Attached(users.collect()),
        ("available", None) => DiskState::Unattached,
        (other, None) => DiskState::Changing(other.to_owned()),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SnapshotRow {
    snapshot_id: String,
    volume_id: String,
    volume_size: String,
    status: String,
    storage_tier: String,
    encrypted: String,
    kms_key_id: String,
    start_time: String,
    tag_set: Set<Tag>,
}

fn decode_snapshots(body: &[u8]) -> Result<Batch<Snapshot>, Misread> {
    let root = "DescribeSnapshotsResponse";
    let mut page = read_page(body, root, &["snapshotSet"], |row| snapshot(row).map(Some))?;
    share_ids(&mut page.rows);
    Ok(page)
}

/// Lets rows under one key or of one disk share its id: there may be a million of them, with a few keys
/// and many to a disk.
fn share_ids(rows: &mut [Snapshot]) {
    let mut known: BTreeSet<ResourceId> = BTreeSet::new();
    let ids = rows.iter_mut().flat_map(|it| [&mut it.key, &mut it.disk]);
    for id in ids.filter_map(Option::as_mut) {
        match known.get(id) {
            Some(shared) => *id = shared.clone(),
            None => drop(known.insert(id.clone())),
        }
    }
}

/// The tag of a copy that names the disk its source is of, which the cloud does not remember.
pub(crate) const DISK_TAG: &str = "skywarden:disk";
/// The volume that snapshots made by copying one are said to be of.
const NO_VOLUME: &str = "vol-ffffffff";

fn snapshot(row: SnapshotRow) -> Result<Snapshot, Misread> {
    let id = some(&row.snapshot_id).ok_or(Misread::Lacks("snapshotId in one of its rows"))?;
    let id = ResourceId::new(id);
    let state = match row.status.trim() {
        "pending" => CopyState::Pending,
        "completed" => CopyState::Ready,
        "error" => CopyState::Failed,
        other => CopyState::Other(other.to_owned()),
    };
    let tags = tags(row.tag_set);
    let disk = match some(&row.volume_id) {
        Some(NO_VOLUME) => tags.get(DISK_TAG).and_then(|it| some(it)),
        said => said,
    };
    let disk = disk.map(ResourceId::new);
    Ok(Snapshot {
        // A disk can be made of whole ones only.
        instant: false,
        tier: match row.storage_tier.trim() {
            "" | "standard" => CopyTier::Standard,
            "archive" => CopyTier::Archive,
            other => CopyTier::Other(other.to_owned()),
        },
        encrypted: some(&row.encrypted).map(says_true),
        key: some(&row.kms_key_id).map(ResourceId::new),
        id,
        name: tags.get("Name").cloned().unwrap_or_default(),
        disk,
        size_gib: row.volume_size.trim().parse().unwrap_or_default(),
        state,
        created: instant(&row.start_time),
        held_by: kept_by(&tags),
        tags,
    })
}

/// Returns which service of the cloud keeps a snapshot, by the tags that it sets.
fn kept_by(tags: &Tags) -> Option<String> {
    if let Some(policy) = tags.get("aws:dlm:lifecycle-policy-id") {
        return Some(format!("lifecycle policy {policy}"));
    }
    let is_backup = tags.keys().any(|it| it.starts_with("aws:backup:"));
    is_backup.then(|| "AWS Backup".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk_of(inside: &str) -> Disk {
        let body = format!(
            "<DescribeVolumesResponse><volumeSet><item><volumeId>vol-1</volumeId>{inside}</item></volumeSet></DescribeVolumesResponse>"
        );
        decode_disks(body.as_bytes()).unwrap().rows.remove(0)
    }

    #[test]
    fn a_disk_is_free_only_when_the_cloud_says_so() {
        let attached = |status: &str| {
            format!(
                "<attachmentSet><item><volumeId>vol-1</volumeId><instanceId>i-1</instanceId><device>/dev/sda1</device><status>{status}</status></item></attachmentSet>"
            )
        };
        assert_eq!(disk_of(&attached("attached")).device, "/dev/sda1");
        let state =
            |status: &str, rest: &str| disk_of(&format!("<status>{status}</status>{rest}")).state;
        let on = |id: &str| DiskState::Attached(vec![ResourceId::new(id)]);
        let changing = |word: &str| DiskState::Changing(word.to_owned());
        assert_eq!(
            state("available", "<attachmentSet/>"),
            DiskState::Unattached
        );
        assert_eq!(state("in-use", &attached("attached")), on("i-1"));
        assert_eq!(
            state("in-use", &attached("detaching")),
            changing("detaching")
        );
        assert_eq!(state("creating", ""), changing("creating"));
        assert_eq!(state("deleting", ""), changing("deleting"));
        assert_eq!(state("", ""), changing(""));
        let task = "<attachmentSet><item><associatedResource>arn:aws:ecs:task/1</associatedResource><status>attached</status></item></attachmentSet>";
        assert_eq!(state("in-use", task), on("arn:aws:ecs:task/1"));
    }

    #[test]
    fn snapshots_under_one_key_or_of_one_disk_share_its_id() {
        let row = |id: &str, key: &str| {
            format!(
                "<item><snapshotId>{id}</snapshotId><volumeId>vol-1</volumeId><kmsKeyId>{key}</kmsKeyId></item>"
            )
        };
        let rows = [
            row("a", "k-1"),
            row("b", "k-2"),
            row("c", "k-1"),
            row("d", ""),
        ]
        .concat();
        let body = format!(
            "<DescribeSnapshotsResponse><snapshotSet>{rows}</snapshotSet></DescribeSnapshotsResponse>"
        );
        let found = decode_snapshots(body.as_bytes()).unwrap().rows;
        let keys: Vec<Option<&str>> = found
            .iter()
            .map(|it| it.key.as_ref().map(ResourceId::as_str))
            .collect();
        assert_eq!(keys, [Some("k-1"), Some("k-2"), Some("k-1"), None]);
        let place = |at: usize| keys[at].map(str::as_ptr);
        assert_eq!(place(0), place(2));
        let disk = |at: usize| found[at].disk.as_ref().map(|it| it.as_str().as_ptr());
        assert!(disk(0).is_some());
        assert_eq!(disk(0), disk(3));
    }

    #[test]
    fn a_disk_is_read_whole() {
        let disk = disk_of(
            "<size>80</size><availabilityZone>cn-north-1a</availabilityZone><status>available</status>
             <createTime>2026-01-02T03:04:05.678Z</createTime><volumeType>gp3</volumeType>
             <tagSet><item><key>Name</key><value>数据盘</value></item></tagSet>",
        );
        assert_eq!((disk.name.as_str(), disk.size_gib), ("数据盘", 80));
        assert_eq!(
            (disk.category.as_str(), disk.zone.as_str()),
            ("gp3", "cn-north-1a")
        );
        assert_eq!(
            disk.created.unwrap().to_string(),
            "2026-01-02T03:04:05.678Z"
        );
        assert!(decode_disks(b"<DescribeVolumesResponse/>").is_err());
    }

    fn snapshot_of(inside: &str) -> Snapshot {
        let body = format!(
            "<DescribeSnapshotsResponse><snapshotSet><item><snapshotId>snap-1</snapshotId>{inside}</item></snapshotSet></DescribeSnapshotsResponse>"
        );
        decode_snapshots(body.as_bytes()).unwrap().rows.remove(0)
    }

    #[test]
    fn a_snapshot_says_what_it_is_of_and_who_keeps_it() {
        let plain = snapshot_of(
            "<volumeId>vol-1</volumeId><status>completed</status><startTime>2026-01-02T03:04:05.000Z</startTime><volumeSize>8</volumeSize>",
        );
        assert_eq!(plain.disk.unwrap().as_str(), "vol-1");
        assert_eq!(
            (plain.state, plain.size_gib, plain.held_by),
            (CopyState::Ready, 8, None)
        );
        assert_eq!((plain.tier, plain.encrypted), (CopyTier::Standard, None));
        let archived = snapshot_of("<storageTier>archive</storageTier><encrypted>true</encrypted>");
        assert_eq!(
            (archived.tier, archived.encrypted, archived.instant),
            (CopyTier::Archive, Some(true), false)
        );
        let copied = snapshot_of("<volumeId>vol-ffffffff</volumeId><status>pending</status>");
        assert_eq!((copied.disk, copied.state), (None, CopyState::Pending));
        let told = |volume: &str| {
            snapshot_of(&format!(
                "<volumeId>{volume}</volumeId><tagSet><item><key>skywarden:disk</key><value>vol-7</value></item></tagSet>"
            ))
            .disk
        };
        assert_eq!(told("vol-ffffffff"), Some(ResourceId::new("vol-7")));
        assert_eq!(
            told("vol-1"),
            Some(ResourceId::new("vol-1")),
            "the cloud's own word beats it"
        );
        let tagged = |key: &str| {
            let tags =
                format!("<tagSet><item><key>{key}</key><value>policy-1</value></item></tagSet>");
            snapshot_of(&tags).held_by
        };
        assert_eq!(
            tagged("aws:dlm:lifecycle-policy-id").unwrap(),
            "lifecycle policy policy-1"
        );
        assert_eq!(tagged("aws:backup:source-resource").unwrap(), "AWS Backup");
        assert_eq!(tagged("backup"), None);
        assert_eq!(
            snapshot_of("<status>error</status>").state,
            CopyState::Failed
        );
        let binned = CopyState::Other("recoverable".to_owned());
        assert_eq!(snapshot_of("<status>recoverable</status>").state, binned);
    }
}
