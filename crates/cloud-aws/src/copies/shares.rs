//! Who else may make disks of a snapshot: no list says so, and the cloud lets a shared one go as if
//! nobody needed it.

use cloud::{CloudError, ErrorKind};
use model::{Place, ResourceId};
use serde::Deserialize;

use crate::Aws;
use crate::decode::Misread;
use crate::operations::DESCRIBE_SNAPSHOT_ATTRIBUTE;
use crate::query::{Set, read, some};

impl Aws {
    /// Returns with whom a snapshot is shared: account numbers, `all`; nobody when there is no such
    /// snapshot.
    pub(super) async fn snapshot_sharers(
        &self,
        place: &Place,
        id: &ResourceId,
    ) -> Result<Vec<String>, CloudError> {
        let asked = self
            .call(&DESCRIBE_SNAPSHOT_ATTRIBUTE, decode_sharers)
            .at(place)
            .with("SnapshotId", id.as_str())
            .with("Attribute", "createVolumePermission")
            .send()
            .await;
        match asked {
            Err(error) if error.kind == ErrorKind::NotFound => Ok(Vec::new()),
            answered => answered,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Permissions {
    snapshot_id: String,
    create_volume_permission: Set<Permission>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Permission {
    user_id: String,
    group: String,
}

fn decode_sharers(body: &[u8]) -> Result<Vec<String>, Misread> {
    let answer: Permissions = read(body, "DescribeSnapshotAttributeResponse")?;
    some(&answer.snapshot_id).ok_or(Misread::Lacks("snapshotId"))?;
    let sharers = answer.create_volume_permission.iter().map(|it| {
        let word = some(&it.user_id).or_else(|| some(&it.group));
        word.unwrap_or("somebody").to_owned()
    });
    Ok(sharers.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_may_use_a_snapshot_is_named() {
        let sharers = |inside: &str| {
            let body = format!(
                "<DescribeSnapshotAttributeResponse><snapshotId>snap-1</snapshotId>{inside}</DescribeSnapshotAttributeResponse>"
            );
            decode_sharers(body.as_bytes()).unwrap()
        };
        let shared = "<createVolumePermission><item><userId>111122223333</userId></item>\
                      <item><group>all</group></item><item/></createVolumePermission>";
        assert_eq!(sharers(shared), ["111122223333", "all", "somebody"]);
        assert!(sharers("<createVolumePermission/>").is_empty());
        assert!(decode_sharers(b"<DescribeSnapshotAttributeResponse/>").is_err());
    }
}
