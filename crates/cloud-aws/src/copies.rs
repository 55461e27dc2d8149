//! Makes and removes snapshots and disks (EBS).
//!
//! A set is one call: CreateSnapshots is of one instant for all disks of a machine and puts the tags
//! on from the first moment. It has no token of the cloud's, so it is asked once, and the tag of the
//! set tells whoever did not hear the answer.

pub(crate) mod disks;
pub(crate) mod notes;
pub(crate) mod protections;
mod sets;
mod shares;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use cloud::{CloudError, Copies, DiskOrder, ErrorKind, PageSource, Removal};
use futures_util::{StreamExt as _, TryStreamExt as _};
use model::{
    CopyNote, CopyOrder, Disk, Place, Protection, RegionId, ResourceId, SET_TAG, SetId, SetOrder,
    Snapshot, Tags,
};
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use crate::auth::Credentials;
use crate::decode::Misread;
use crate::disks::DISK_TAG;
use crate::lists::PARALLEL;
use crate::machines::MOST_VALUES;
use crate::operations::{COPY_SNAPSHOT, DELETE_SNAPSHOT, Operation};
use crate::query::{done, read, some};
use crate::{Aws, sign};

/// How long the leave to copy is good: the call may have to wait for its turn.
const LEAVE: Duration = Duration::from_secs(3_600);

#[async_trait]
impl Copies for Aws {
    async fn create_set(
        &self,
        region: &RegionId,
        order: &SetOrder,
    ) -> Result<BTreeMap<ResourceId, ResourceId>, CloudError> {
        self.make_set(&Place::Region(region.clone()), order).await
    }

    async fn of_set(&self, region: &RegionId, set: &SetId) -> Result<Vec<Snapshot>, CloudError> {
        let place = Place::Region(region.clone());
        let (filter, value) = (format!("tag:{SET_TAG}"), set.to_string());
        let found = self
            .snapshots_where(&place, &filter, [value.as_str()])
            .await?;
        // A `*` in a value would stand for anything there.
        let is_of_it = |it: &Snapshot| it.tags.get(SET_TAG) == Some(&value);
        Ok(found.into_iter().filter(is_of_it).collect())
    }

    /// Asked by a filter: an id that is unknown, or not known yet, makes the direct question fail
    /// whole.
    async fn snapshots_by_id(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Snapshot>, CloudError> {
        let place = &Place::Region(region.clone());
        let found: Vec<Vec<Snapshot>> =
            futures_util::stream::iter(ids.chunks(MOST_VALUES).map(<[ResourceId]>::to_vec))
                .map(|ids| async move {
                    let values: Vec<&str> = ids.iter().map(ResourceId::as_str).collect();
                    self.snapshots_where(place, "snapshot-id", values).await
                })
                .buffered(PARALLEL)
                .try_collect()
                .await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// One that is shared stays: the cloud itself would let it go.
    async fn delete_snapshot(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Removal, CloudError> {
        let place = Place::Region(region.clone());
        let sharers = self.snapshot_sharers(&place, id).await?;
        if !sharers.is_empty() {
            let with = sharers.join(", ");
            return Ok(Removal::Held(format!("{with}, with whom it is shared")));
        }
        let asked = self
            .call(&DELETE_SNAPSHOT, |body| {
                done(body, "DeleteSnapshotResponse")
            })
            .at(&place)
            .with("SnapshotId", id.as_str())
            .send()
            .await;
        Removal::of(asked)
    }

    /// The region it is copied from is shown a leave that the account has signed for it, as the
    /// official clients do: without one, copies of encrypted snapshots fail after the fact.
    async fn copy_snapshot(
        &self,
        region: &RegionId,
        order: &CopyOrder,
    ) -> Result<ResourceId, CloudError> {
        let found = self.to_be_copied(order).await?;
        // What is encrypted stays so within the account whether it is said or not.
        self.begin_copy(region, order, &found, order.key.is_some())
            .await
    }

    async fn create_disk(
        &self,
        region: &RegionId,
        order: &DiskOrder,
    ) -> Result<ResourceId, CloudError> {
        self.make_disk(&Place::Region(region.clone()), order).await
    }

    async fn disks_of_step(&self, region: &RegionId, mark: &str) -> Result<Vec<Disk>, CloudError> {
        self.marked_disks(&Place::Region(region.clone()), mark)
            .await
    }

    async fn attach_disk(
        &self,
        region: &RegionId,
        disk: &ResourceId,
        machine: &ResourceId,
        device: Option<&str>,
    ) -> Result<(), CloudError> {
        let place = Place::Region(region.clone());
        self.put_on(&place, disk, machine, device).await
    }

    async fn detach_disk(
        &self,
        region: &RegionId,
        disk: &ResourceId,
        machine: &ResourceId,
    ) -> Result<(), CloudError> {
        let place = Place::Region(region.clone());
        self.take_off(&place, disk, machine).await
    }

    async fn delete_disk(
        &self,
        region: &RegionId,
        disk: &ResourceId,
    ) -> Result<Removal, CloudError> {
        self.remove_disk(&Place::Region(region.clone()), disk).await
    }

    fn protections(&self, region: &RegionId) -> Option<Box<dyn PageSource<Protection> + '_>> {
        Some(protections::list(self, region))
    }

    fn copy_notes(&self, region: &RegionId) -> Option<Box<dyn PageSource<CopyNote> + '_>> {
        Some(notes::list(self, region))
    }
}

/// Returns tags with a name besides, where they have none.
pub(crate) fn with_name(tags: &Tags, name: &str) -> Tags {
    let mut tags = tags.clone();
    if let Some(name) = some(name)
        && !tags.contains_key("Name")
    {
        tags.insert("Name".to_owned(), name.to_owned());
    }
    tags
}

impl Aws {
    /// Begins a copy of a snapshot, whoever owns it. The cloud forgets of which disk a copy is, so that
    /// a tag says it.
    async fn begin_copy(
        &self,
        region: &RegionId,
        order: &CopyOrder,
        of: &Snapshot,
        encrypted: bool,
    ) -> Result<ResourceId, CloudError> {
        let place = Place::Region(region.clone());
        let mut tags = order.tags.clone();
        if let Some(disk) = &of.disk {
            tags.insert(DISK_TAG.to_owned(), disk.to_string());
        }
        let mut words = vec![
            ("SourceRegion", order.from.to_string()),
            ("SourceSnapshotId", order.snapshot.to_string()),
            ("DestinationRegion", region.to_string()),
        ];
        if encrypted {
            words.push(("Encrypted", "true".to_owned()));
        }
        if let Some(key) = &order.key {
            words.push(("KmsKeyId", key.clone()));
        }
        let leave = self.leave(&COPY_SNAPSHOT, &order.from, &words).await?;
        let mut call = self
            .call(&COPY_SNAPSHOT, decode_copy)
            .at(&place)
            .with("PresignedUrl", leave.expose_secret())
            .with_new_tags(1, "snapshot", &tags);
        for (name, value) in words {
            call = call.with(name, value);
        }
        call.send().await
    }

    /// Returns the account's own snapshot that is to be copied.
    async fn to_be_copied(&self, order: &CopyOrder) -> Result<Snapshot, CloudError> {
        let from = Place::Region(order.from.clone());
        let asked = [order.snapshot.as_str()];
        let found = self.snapshots_where(&from, "snapshot-id", asked).await?;
        found.into_iter().next().ok_or_else(|| {
            let site = self.call_site(&COPY_SNAPSHOT, &from);
            let words = format!("there is no snapshot {} any more", order.snapshot);
            CloudError::new(site, ErrorKind::NotFound, words)
        })
    }

    /// Returns an address at which another region sees that we may do something there.
    async fn leave(
        &self,
        operation: &'static Operation,
        from: &RegionId,
        words: &[(&str, String)],
    ) -> Result<secrecy::SecretString, CloudError> {
        let credentials = self.keys.current().await?;
        let place = Place::Region(from.clone());
        let refused = |why: Box<dyn std::error::Error + Send + Sync>| CloudError {
            source: Some(why),
            ..CloudError::new(
                self.call_site(operation, &place),
                ErrorKind::Invalid,
                format!("no address can be made of the region {from}"),
            )
        };
        let (line, service) = (&self.line, operation.service);
        let target = line
            .endpoints
            .target(service, line.partition, &place, &line.home)
            .map_err(|why| refused(why.into()))?;
        let own = [("Action", operation.name), ("Version", service.version())];
        let own = own.map(|(name, value)| (name, value.to_owned()));
        let query: Vec<(String, String)> = own
            .into_iter()
            .chain(words.iter().cloned())
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let scope = sign::Scope {
            region: &target.region,
            service: service.name(),
        };
        let key = Credentials::key(&credentials);
        sign::presigned(&target.origin, &query, scope, (line.now(), LEAVE), key)
            .map_err(|why| refused(why.into()))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Copied {
    snapshot_id: String,
}

fn decode_copy(body: &[u8]) -> Result<ResourceId, Misread> {
    let copied: Copied = read(body, "CopySnapshotResponse")?;
    let id = some(&copied.snapshot_id).ok_or(Misread::Lacks("snapshotId"))?;
    Ok(ResourceId::new(id))
}

#[cfg(test)]
mod tests {
    use cloud::CallSite;
    use model::AccountId;

    use super::*;

    fn refused(kind: ErrorKind, code: &str) -> Result<(), CloudError> {
        let site = CallSite {
            account: AccountId::new("data"),
            place: Place::Global,
            operation: "DeleteSnapshot",
        };
        Err(CloudError {
            code: code.to_owned(),
            ..CloudError::new(site, kind, "")
        })
    }

    #[test]
    fn what_is_held_says_by_whom_and_what_was_gone_is_no_failure() {
        let held = |by: &str| ErrorKind::Held { by: by.to_owned() };
        for (asked, expected) in [
            (Ok(()), Removal::Gone),
            (refused(ErrorKind::NotFound, ""), Removal::WasGone),
            (
                refused(held("ami-1"), "InvalidSnapshot.InUse"),
                Removal::Held("ami-1".to_owned()),
            ),
            (
                refused(held(""), "InvalidSnapshot.InUse"),
                Removal::Held("InvalidSnapshot.InUse".to_owned()),
            ),
        ] {
            assert_eq!(Removal::of(asked).unwrap(), expected);
        }
        for kind in [ErrorKind::Busy, ErrorKind::Unanswered, ErrorKind::Invalid] {
            assert!(Removal::of(refused(kind, "")).is_err());
        }
    }

    #[test]
    fn a_name_of_its_own_is_kept() {
        let named = Tags::from([("Name".to_owned(), "a".to_owned())]);
        assert_eq!(with_name(&named, "b")["Name"], "a");
        assert_eq!(with_name(&Tags::new(), "b")["Name"], "b");
        assert!(with_name(&Tags::new(), " ").is_empty());
    }
}
