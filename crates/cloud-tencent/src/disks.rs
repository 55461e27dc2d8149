//! Reads disks and snapshots (cbs 2017-03-12). Their times are in UTC+8 in every region.

use async_trait::async_trait;
use cloud::{CloudError, Disks, PageSource};
use model::{
    CopyState, CopyTier, Disk, DiskRole, DiskState, Place, RegionId, ResourceId, Snapshot,
};
use serde_json::{Map, Value, json};

use crate::Tencent;
use crate::decode::{self, Loose, Misread, Shape, Tag};
use crate::lists::{self, Counts, Listed, OffsetList, Question};
use crate::operations::{DESCRIBE_DISKS, DESCRIBE_SNAPSHOTS};
use crate::rpc::Decode;
use crate::{times, words};

/// The largest page, and as many ids as one question may name.
pub(crate) const PAGE_SIZE: u32 = 100;
const DISK_BYTES: u64 = 3072;
const SNAPSHOT_BYTES: u64 = 2048;

#[async_trait]
impl Disks for Tencent {
    fn disks(&self, region: &RegionId) -> Box<dyn PageSource<Disk> + '_> {
        Box::new(OffsetList::new(self, question(region, decode_disks)))
    }

    async fn disks_by_id(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Disk>, CloudError> {
        lists::by_id(self, "DiskIds", ids, || question(region, decode_disks)).await
    }

    /// Those that others share with the account are theirs.
    fn snapshots(&self, region: &RegionId) -> Box<dyn PageSource<Snapshot> + '_> {
        let own = json!([{ "Name": "snapshot-type", "Values": ["PRIVATE_SNAPSHOT"] }]);
        let arguments = Map::from_iter([("Filters".to_owned(), own)]);
        Box::new(OffsetList::new(self, copies(region, arguments)))
    }
}

/// Returns the list of snapshots of a region that `arguments` ask for.
pub(crate) fn copies(region: &RegionId, arguments: Map<String, Value>) -> Question<Snapshot> {
    Question {
        operation: &DESCRIBE_SNAPSHOTS,
        place: Place::Region(region.clone()),
        counts: Counts::Rows,
        arguments,
        page_size: PAGE_SIZE,
        row_bytes: SNAPSHOT_BYTES,
        decode: decode_snapshots,
    }
}

/// Returns the list of disks of a region, with rows understood by `decode`.
pub(crate) fn question<T>(region: &RegionId, decode: Decode<Listed<T>>) -> Question<T> {
    Question {
        operation: &DESCRIBE_DISKS,
        place: Place::Region(region.clone()),
        counts: Counts::Rows,
        arguments: Map::new(),
        page_size: PAGE_SIZE,
        row_bytes: DISK_BYTES,
        decode,
    }
}

decode::wire! {
    pub(crate) struct Row<'a> {
        disk_id: Loose<'a>,
        disk_name: Loose<'a>,
        disk_type: Loose<'a>,
        disk_size: Loose<'a>,
        disk_usage: Loose<'a>,
        pub(crate) disk_state: Loose<'a>,
        attached: Loose<'a>,
        instance_id: Loose<'a>,
        instance_id_list: Option<Vec<Loose<'a>>>,
        disk_charge_type: Loose<'a>,
        deadline_time: Loose<'a>,
        pub(crate) renew_flag: Loose<'a>,
        create_time: Loose<'a>,
        placement: Option<Placement<'a>>,
        tags: Option<Vec<Tag<'a>>>,
    }
    struct Placement<'a> {
        zone: Loose<'a>,
    }
    struct Copy<'a> {
        snapshot_id: Loose<'a>,
        snapshot_name: Loose<'a>,
        snapshot_state: Loose<'a>,
        disk_id: Loose<'a>,
        disk_size: Loose<'a>,
        create_time: Loose<'a>,
        encrypt: Loose<'a>,
        image_count: Loose<'a>,
        share_reference: Loose<'a>,
        copying_to_regions: Option<Vec<Loose<'a>>>,
        is_locked: Loose<'a>,
        auto_snapshot_policy_id: Loose<'a>,
        tags: Option<Vec<Tag<'a>>>,
    }
}

/// Where the rows of disks are.
pub(crate) const SHAPE: Shape = Shape::rows("DiskSet");

pub(crate) fn decode_disks(body: &str) -> Result<Listed<Disk>, Misread> {
    lists::read(body, &SHAPE, disk)
}

pub(crate) fn disk(row: Row<'_>) -> Result<Disk, Misread> {
    let id = row.disk_id.some_text();
    let id = id.ok_or(Misread::Lacks("DiskId in one of its rows"))?;
    let charge = words::charge(&row.disk_charge_type);
    let mut machines: Vec<String> = decode::texts(row.instance_id_list).collect();
    machines.extend(row.instance_id.some_text().filter(|_| machines.is_empty()));
    let machines: Vec<ResourceId> = machines.into_iter().map(ResourceId::new).collect();
    let word = row.disk_state.text();
    let state = match word.as_ref() {
        // The state decides, and a disk of which the rest of the row says otherwise is in between.
        "ATTACHED" => DiskState::Attached(machines),
        "UNATTACHED" if machines.is_empty() && row.attached.flag() != Some(true) => {
            DiskState::Unattached
        }
        other => DiskState::Changing(other.to_owned()),
    };
    Ok(Disk {
        role: match row.disk_usage.text().as_ref() {
            "SYSTEM_DISK" => DiskRole::System,
            "DATA_DISK" => DiskRole::Data,
            _ => DiskRole::Unknown,
        },
        // The cloud does not say.
        device: String::new(),
        id: ResourceId::new(id),
        name: row.disk_name.into_text(),
        zone: row
            .placement
            .map(|it| it.zone.into_text())
            .unwrap_or_default(),
        category: row.disk_type.into_text(),
        size_gib: row.disk_size.count().unwrap_or(0),
        state,
        expiry: times::expiry(&charge, &row.deadline_time),
        charge,
        created: times::instant_of(&row.create_time),
        detached: None,
        tags: decode::tags(row.tags),
    })
}

fn decode_snapshots(body: &str) -> Result<Listed<Snapshot>, Misread> {
    lists::read(body, &Shape::rows("SnapshotSet"), snapshot)
}

fn snapshot(row: Copy<'_>) -> Result<Snapshot, Misread> {
    let id = row.snapshot_id.some_text();
    let id = id.ok_or(Misread::Lacks("SnapshotId in one of its rows"))?;
    let word = row.snapshot_state.text();
    let state = match word.as_ref() {
        "NORMAL" | "ROLLBACKING" => CopyState::Ready,
        "CREATING" | "COPYING_FROM_REMOTE" | "CHECKING_COPIED" => CopyState::Pending,
        "TORECYCLE" => CopyState::Failed,
        other => CopyState::Other(other.to_owned()),
    };
    let held_by = holder(&row);
    Ok(Snapshot {
        instant: false,
        tier: CopyTier::Standard,
        encrypted: row.encrypt.flag(),
        key: None,
        id: ResourceId::new(id),
        name: row.snapshot_name.into_text(),
        disk: row.disk_id.some_text().map(ResourceId::new),
        size_gib: row.disk_size.count().unwrap_or(0),
        state,
        created: times::instant_of(&row.create_time),
        held_by,
        tags: decode::tags(row.tags),
    })
}

/// Returns what holds a snapshot: the cloud deletes none that an image stands on, and an automatic
/// policy deletes its own.
fn holder(row: &Copy<'_>) -> Option<String> {
    let some = |it: &Loose<'_>| it.count().is_some_and(|it| it > 0);
    if some(&row.image_count) {
        return Some("image".to_owned());
    }
    if row.is_locked.flag() == Some(true) {
        return Some("lock".to_owned());
    }
    if some(&row.share_reference) {
        return Some("share".to_owned());
    }
    if row
        .copying_to_regions
        .as_ref()
        .is_some_and(|it| !it.is_empty())
    {
        return Some("copy to another region".to_owned());
    }
    row.auto_snapshot_policy_id.some_text()
}

#[cfg(test)]
mod tests {
    use model::{Charge, Expiry};

    use super::*;

    fn one(fields: &str) -> Disk {
        let body = format!(
            r#"{{"Response":{{"TotalCount":1,"DiskSet":[{{"DiskId":"disk-1",{fields}}}]}}}}"#
        );
        decode_disks(&body).unwrap().items.remove(0)
    }

    fn copy(fields: &str) -> Snapshot {
        let body = format!(
            r#"{{"Response":{{"TotalCount":1,"SnapshotSet":[{{"SnapshotId":"snap-1",{fields}}}]}}}}"#
        );
        decode_snapshots(&body).unwrap().items.remove(0)
    }

    #[test]
    fn a_recorded_disk_is_understood_in_the_time_of_beijing() {
        let disk = one(
            r#""DiskName":"sys","DiskType":"CLOUD_PREMIUM","DiskSize":50,"DiskState":"ATTACHED","Attached":true,
            "InstanceId":"ins-1","InstanceIdList":["ins-1"],"DiskChargeType":"POSTPAID_BY_HOUR","DeadlineTime":"",
            "CreateTime":"2022-08-30 14:24:09","Placement":{"Zone":"ap-singapore-3","DedicatedClusterId":null},
            "Tags":[{"Key":"a","Value":"b"}],"LatestOperation":"x""#,
        );
        assert_eq!(
            disk.state,
            DiskState::Attached(vec![ResourceId::new("ins-1")])
        );
        assert_eq!(
            (disk.charge, disk.expiry),
            (Charge::OnDemand, Expiry::Never)
        );
        assert_eq!(disk.created.unwrap().to_string(), "2022-08-30T06:24:09Z");
        assert_eq!((disk.size_gib, disk.zone.as_str()), (50, "ap-singapore-3"));
    }

    #[test]
    fn only_a_disk_that_says_so_throughout_is_unattached() {
        let state = |fields: &str| one(fields).state;
        assert_eq!(state(r#""DiskState":"UNATTACHED""#), DiskState::Unattached);
        assert_eq!(
            state(
                r#""DiskState":"UNATTACHED","Attached":false,"InstanceId":"","InstanceIdList":[]"#
            ),
            DiskState::Unattached
        );
        for unsure in [
            r#""DiskState":"UNATTACHED","Attached":true"#,
            r#""DiskState":"UNATTACHED","InstanceId":"ins-1""#,
            r#""DiskState":"DETACHING""#,
            r#""DiskState":"TORECYCLE""#,
            r#""DiskName":"x""#,
        ] {
            assert!(matches!(state(unsure), DiskState::Changing(_)), "{unsure}");
        }
    }

    #[test]
    fn what_holds_a_snapshot_is_told() {
        let held = |fields: &str| copy(fields).held_by;
        assert_eq!(
            held(r#""ImageCount":0,"IsLocked":null,"CopyingToRegions":[]"#),
            None
        );
        assert_eq!(held(r#""ImageCount":1"#).as_deref(), Some("image"));
        assert_eq!(held(r#""IsLocked":true"#).as_deref(), Some("lock"));
        assert_eq!(held(r#""ShareReference":2"#).as_deref(), Some("share"));
        assert!(held(r#""CopyingToRegions":["ap-beijing"]"#).is_some());
        assert_eq!(
            held(r#""AutoSnapshotPolicyId":"asp-1""#).as_deref(),
            Some("asp-1")
        );
    }

    #[test]
    fn states_of_snapshots_are_sorted_and_new_ones_kept() {
        let state = |word: &str| copy(&format!(r#""SnapshotState":"{word}""#)).state;
        assert_eq!(state("NORMAL"), CopyState::Ready);
        assert_eq!(state("CREATING"), CopyState::Pending);
        assert_eq!(state("TORECYCLE"), CopyState::Failed);
        assert_eq!(state("ODD"), CopyState::Other("ODD".to_owned()));
    }
}
