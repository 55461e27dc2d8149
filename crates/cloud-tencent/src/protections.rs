//! Reads the policies by which the cloud itself makes snapshots (cbs 2017-03-12).

use model::{Covers, Place, Protection, RegionId, ResourceId};
use serde_json::Map;

use crate::decode::{self, Loose, Misread, Shape};
use crate::lists::{self, Counts, Listed, Question};
use crate::operations::DESCRIBE_SNAPSHOT_POLICIES;

/// The largest page there is.
pub(crate) const PAGE_SIZE: u32 = 100;
/// A policy with all the disks and machines it is on.
const ROW_BYTES: u64 = 8192;

/// Returns the list of policies of a region.
pub(crate) fn question(region: &RegionId) -> Question<Protection> {
    Question {
        operation: &DESCRIBE_SNAPSHOT_POLICIES,
        place: Place::Region(region.clone()),
        counts: Counts::Rows,
        arguments: Map::new(),
        page_size: PAGE_SIZE,
        row_bytes: ROW_BYTES,
        decode,
    }
}

decode::wire! {
    struct Row<'a> {
        auto_snapshot_policy_id: Loose<'a>,
        auto_snapshot_policy_state: Loose<'a>,
        is_activated: Loose<'a>,
        disk_id_set: Option<Vec<Loose<'a>>>,
        instance_id_set: Option<Vec<Loose<'a>>>,
    }
}

fn decode(body: &str) -> Result<Listed<Protection>, Misread> {
    lists::read(body, &Shape::rows("AutoSnapshotPolicySet"), protection)
}

fn protection(row: Row<'_>) -> Result<Protection, Misread> {
    let id = row.auto_snapshot_policy_id.some_text();
    let id = id.ok_or(Misread::Lacks("AutoSnapshotPolicyId in one of its rows"))?;
    let covered = decode::texts(row.disk_id_set).chain(decode::texts(row.instance_id_set));
    Ok(Protection {
        policy: ResourceId::new(id),
        service: "auto_snapshot_policy".to_owned(),
        active: row.is_activated.flag() == Some(true)
            && row.auto_snapshot_policy_state.text() == "NORMAL",
        covers: Covers::These(covered.map(ResourceId::new).collect()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_is_off_or_isolated_protects_nothing() {
        let body = r#"{"Response":{"TotalCount":3,"AutoSnapshotPolicySet":[
            {"AutoSnapshotPolicyId":"asp-1","AutoSnapshotPolicyState":"NORMAL","IsActivated":true,
             "DiskIdSet":["disk-1"],"InstanceIdSet":["ins-1"]},
            {"AutoSnapshotPolicyId":"asp-2","AutoSnapshotPolicyState":"ISOLATED","IsActivated":true,"DiskIdSet":null},
            {"AutoSnapshotPolicyId":"asp-3","AutoSnapshotPolicyState":"NORMAL","IsActivated":false}],"RequestId":"r"}}"#;
        let all = decode(body).unwrap().items;
        assert!(all[0].active && !all[1].active && !all[2].active);
        let covered = vec![ResourceId::new("disk-1"), ResourceId::new("ins-1")];
        assert_eq!(all[0].covers, Covers::These(covered));
    }
}
