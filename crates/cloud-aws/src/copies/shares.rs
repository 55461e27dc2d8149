//! Who else may make disks of a snapshot: no list says so, and the cloud lets a shared one go as if
//! nobody needed it.
//!
//! Invariant: a snapshot is shared with one account by its number, never with everybody.

use async_trait::async_trait;
use cloud::{CloudError, ErrorKind, Lending};
use model::{CopyOrder, Place, RegionId, ResourceId, Snapshot};
use serde::Deserialize;

use crate::Aws;
use crate::decode::Misread;
use crate::operations::{DESCRIBE_SNAPSHOT_ATTRIBUTE, MODIFY_SNAPSHOT_ATTRIBUTE};
use crate::query::{Set, done, read, some};

/// What an account's number is made of.
const DIGITS: usize = 12;
/// What the cloud calls the key that every account has and nobody else can use.
const DEFAULT_KEY: &str = "default key";

#[async_trait]
impl Lending for Aws {
    async fn borrowers(
        &self,
        region: &RegionId,
        snapshot: &ResourceId,
    ) -> Result<Vec<String>, CloudError> {
        let place = Place::Region(region.clone());
        self.snapshot_sharers(&place, snapshot).await
    }

    async fn lend(
        &self,
        region: &RegionId,
        snapshot: &ResourceId,
        number: &str,
    ) -> Result<(), CloudError> {
        let lent = self.share(region, snapshot, ("Add", number)).await;
        lent.map_err(|error| named(error, number))
    }

    async fn take_back(
        &self,
        region: &RegionId,
        snapshot: &ResourceId,
        number: &str,
    ) -> Result<(), CloudError> {
        match self.share(region, snapshot, ("Remove", number)).await {
            Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
            answered => answered,
        }
    }

    /// Said in so many words that it is to be encrypted where its source is: nothing is left to what
    /// the cloud does by itself between accounts.
    async fn copy_lent(
        &self,
        region: &RegionId,
        order: &CopyOrder,
        lent: &Snapshot,
    ) -> Result<ResourceId, CloudError> {
        let encrypted = order.key.is_some() || lent.encrypted == Some(true);
        let ask = || self.begin_copy(region, order, lent, encrypted);
        // Where a leave that was just given is not known yet, the snapshot is nobody's.
        self.once_known(ask).await
    }
}

impl Aws {
    /// Shares a snapshot with one account, or no longer.
    async fn share(
        &self,
        region: &RegionId,
        snapshot: &ResourceId,
        (how, number): (&str, &str),
    ) -> Result<(), CloudError> {
        let place = Place::Region(region.clone());
        if number.len() != DIGITS || !number.bytes().all(|it| it.is_ascii_digit()) {
            let site = self.call_site(&MODIFY_SNAPSHOT_ATTRIBUTE, &place);
            let words = format!("{number:?} is not the number of an account");
            return Err(CloudError::new(site, ErrorKind::Invalid, words));
        }
        self.call(&MODIFY_SNAPSHOT_ATTRIBUTE, |body| {
            done(body, "ModifySnapshotAttributeResponse")
        })
        .at(&place)
        .with("SnapshotId", snapshot.as_str())
        .with("Attribute", "createVolumePermission")
        .with(format!("CreateVolumePermission.{how}.1.UserId"), number)
        .send()
        .await
    }
}

/// Says what to do about a snapshot that no other account can use.
fn named(error: CloudError, number: &str) -> CloudError {
    if !error.message.contains(DEFAULT_KEY) {
        return error;
    }
    let message = format!(
        "{} (aws/ebs, which is this account's alone): encrypt the disk with a key of your own that the \
         account {number} may use",
        error.message
    );
    CloudError {
        kind: ErrorKind::Invalid,
        message,
        ..error
    }
}

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
