//! What no list of copies shows: fast restores, which are paid by the hour, and what is in the recycle
//! bin, which is paid for and gone at once after its time.
//!
//! Three lists are one here, read one after the other.

use std::collections::BTreeMap;

use cloud::{CloudError, PageSource};
use model::{CopyNote, CopyNoteSort, Place, RegionId, ResourceId};
use serde::Deserialize;

use crate::Aws;
use crate::call::Decode;
use crate::decode::Misread;
use crate::lists::Batch;
use crate::operations::{
    DESCRIBE_FAST_SNAPSHOT_RESTORES, LIST_IMAGES_IN_RECYCLE_BIN, LIST_SNAPSHOTS_IN_RECYCLE_BIN,
    Operation,
};
use crate::query::{Set, read, some};
use crate::times::instant;

/// The largest page of fast restores.
const RESTORES_PAGE: u32 = 200;
/// The largest page of the recycle bin.
pub(crate) const PAGE_SIZE: u32 = 1_000;
/// Stand before the tokens of the second and the third list.
const SNAPSHOTS: &str = "snapshots:";
const IMAGES: &str = "images:";

/// Returns the list of a region.
pub(super) fn list<'a>(aws: &'a Aws, region: &RegionId) -> Box<dyn PageSource<CopyNote> + 'a> {
    let place = Place::Region(region.clone());
    aws.list(
        &LIST_SNAPSHOTS_IN_RECYCLE_BIN,
        place.clone(),
        move |token| {
            let place = place.clone();
            async move {
                let token = token.as_deref().unwrap_or_default();
                if let Some(token) = token.strip_prefix(SNAPSHOTS) {
                    let list = &LIST_SNAPSHOTS_IN_RECYCLE_BIN;
                    let batch = aws.binned(list, decode_snapshots, &place, token).await?;
                    Ok(followed_by(batch, SNAPSHOTS, Some(IMAGES)))
                } else if let Some(token) = token.strip_prefix(IMAGES) {
                    let list = &LIST_IMAGES_IN_RECYCLE_BIN;
                    let batch = aws.binned(list, decode_images, &place, token).await?;
                    Ok(followed_by(batch, IMAGES, None))
                } else {
                    let restores = aws.fast_restores(&place).await?;
                    Ok(Batch::new(restores, SNAPSHOTS))
                }
            }
        },
    )
}

/// Returns a page whose list goes on under its own name, or at its end under the next one's.
fn followed_by(batch: Batch<CopyNote>, own: &str, then: Option<&str>) -> Batch<CopyNote> {
    let next = batch.next.map(|token| format!("{own}{token}"));
    Batch {
        next: next.or_else(|| then.map(str::to_owned)),
        rows: batch.rows,
    }
}

impl Aws {
    /// Returns the snapshots with fast restore, each once with all its zones.
    async fn fast_restores(&self, place: &Place) -> Result<Vec<CopyNote>, CloudError> {
        let rows = self
            .all(&DESCRIBE_FAST_SNAPSHOT_RESTORES, place, |token| {
                self.call(&DESCRIBE_FAST_SNAPSHOT_RESTORES, decode_restores)
                    .at(place)
                    .with("MaxResults", RESTORES_PAGE.to_string())
                    .with_some("NextToken", token)
                    .send()
            })
            .await?;
        let mut zones: BTreeMap<ResourceId, Vec<String>> = BTreeMap::new();
        for (snapshot, zone) in rows {
            zones.entry(snapshot).or_default().push(zone);
        }
        let note = |(about, mut zones): (ResourceId, Vec<String>)| {
            zones.sort_unstable();
            CopyNote {
                about,
                sort: CopyNoteSort::FastRestore,
                zones,
                until: None,
            }
        };
        Ok(zones.into_iter().map(note).collect())
    }

    /// Returns a page of one of the lists of the recycle bin.
    async fn binned(
        &self,
        operation: &'static Operation,
        decode: Decode<Batch<CopyNote>>,
        place: &Place,
        token: &str,
    ) -> Result<Batch<CopyNote>, CloudError> {
        self.call(operation, decode)
            .at(place)
            .with("MaxResults", PAGE_SIZE.to_string())
            .with_some("NextToken", (!token.is_empty()).then(|| token.to_owned()))
            .send()
            .await
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Restores {
    fast_snapshot_restore_set: Option<Set<Restore>>,
    next_token: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Restore {
    snapshot_id: String,
    availability_zone: String,
    state: String,
}

/// Returns the snapshots and the zones in which their fast restore is on, or on its way.
fn decode_restores(body: &[u8]) -> Result<Batch<(ResourceId, String)>, Misread> {
    let answer: Restores = read(body, "DescribeFastSnapshotRestoresResponse")?;
    let rows = answer.fast_snapshot_restore_set;
    let rows = rows.ok_or(Misread::Lacks("fastSnapshotRestoreSet"))?;
    let is_on = |it: &Restore| it.state.trim() != "disabled";
    let pair = |it: Restore| {
        let id = some(&it.snapshot_id).ok_or(Misread::Lacks("snapshotId in one of its rows"))?;
        Ok((ResourceId::new(id), it.availability_zone))
    };
    let rows = rows.into_iter().filter(is_on).map(pair);
    let rows = rows.collect::<Result<_, Misread>>()?;
    Ok(Batch::new(rows, &answer.next_token))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Binned {
    snapshot_set: Option<Set<BinnedRow>>,
    image_set: Option<Set<BinnedRow>>,
    next_token: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct BinnedRow {
    snapshot_id: String,
    image_id: String,
    recycle_bin_exit_time: String,
}

fn decode_snapshots(body: &[u8]) -> Result<Batch<CopyNote>, Misread> {
    let answer: Binned = read(body, "ListSnapshotsInRecycleBinResponse")?;
    let rows = answer.snapshot_set.ok_or(Misread::Lacks("snapshotSet"))?;
    let id = |it: &BinnedRow| it.snapshot_id.clone();
    binned(rows, id, CopyNoteSort::BinnedSnapshot, &answer.next_token)
}

fn decode_images(body: &[u8]) -> Result<Batch<CopyNote>, Misread> {
    let answer: Binned = read(body, "ListImagesInRecycleBinResponse")?;
    let rows = answer.image_set.ok_or(Misread::Lacks("imageSet"))?;
    let id = |it: &BinnedRow| it.image_id.clone();
    binned(rows, id, CopyNoteSort::BinnedImage, &answer.next_token)
}

fn binned(
    rows: Set<BinnedRow>,
    id: impl Fn(&BinnedRow) -> String,
    sort: CopyNoteSort,
    next: &str,
) -> Result<Batch<CopyNote>, Misread> {
    let note = |it: BinnedRow| {
        let id = id(&it);
        let about = some(&id).ok_or(Misread::Lacks("the id in one of its rows"))?;
        Ok(CopyNote {
            about: ResourceId::new(about),
            sort,
            zones: Vec::new(),
            until: instant(&it.recycle_bin_exit_time),
        })
    };
    let rows = rows.into_iter().map(note).collect::<Result<_, Misread>>()?;
    Ok(Batch::new(rows, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_restore_is_paid_for_until_it_is_off() {
        let row = |zone: &str, state: &str| {
            format!(
                "<item><snapshotId>snap-1</snapshotId><availabilityZone>{zone}</availabilityZone><state>{state}</state></item>"
            )
        };
        let rows: String = [
            ("a", "enabling"),
            ("b", "enabled"),
            ("c", "disabling"),
            ("d", "disabled"),
        ]
        .map(|(zone, state)| row(zone, state))
        .concat();
        let body = format!(
            "<DescribeFastSnapshotRestoresResponse><fastSnapshotRestoreSet>{rows}</fastSnapshotRestoreSet></DescribeFastSnapshotRestoresResponse>"
        );
        let batch = decode_restores(body.as_bytes()).unwrap();
        let zones: Vec<&str> = batch.rows.iter().map(|it| it.1.as_str()).collect();
        assert_eq!(zones, ["a", "b", "c"]);
        assert!(decode_restores(b"<DescribeFastSnapshotRestoresResponse/>").is_err());
    }

    #[test]
    fn what_is_in_the_bin_says_until_when() {
        let body =
            b"<ListSnapshotsInRecycleBinResponse><snapshotSet><item><snapshotId>snap-1</snapshotId>
            <recycleBinEnterTime>2026-11-20T00:00:00.000Z</recycleBinEnterTime>
            <recycleBinExitTime>2026-12-04T00:00:00.000Z</recycleBinExitTime></item></snapshotSet>
            <nextToken>more</nextToken></ListSnapshotsInRecycleBinResponse>";
        let batch = decode_snapshots(body).unwrap();
        let until = "2026-12-04T00:00:00Z".parse().unwrap();
        assert_eq!(
            (batch.rows[0].until, batch.next.as_deref()),
            (Some(until), Some("more"))
        );
        let none = b"<ListImagesInRecycleBinResponse><imageSet/></ListImagesInRecycleBinResponse>";
        assert!(decode_images(none).unwrap().rows.is_empty());
        assert!(decode_images(b"<ListImagesInRecycleBinResponse/>").is_err());
        assert!(decode_snapshots(b"<ListSnapshotsInRecycleBinResponse/>").is_err());
    }

    #[test]
    fn the_three_lists_follow_each_other() {
        let batch = |next: Option<&str>| Batch {
            rows: Vec::new(),
            next: next.map(str::to_owned),
        };
        let next = |it: Batch<CopyNote>| it.next;
        let more = next(followed_by(batch(Some("t")), SNAPSHOTS, Some(IMAGES)));
        assert_eq!(more.as_deref(), Some("snapshots:t"));
        let end = next(followed_by(batch(None), SNAPSHOTS, Some(IMAGES)));
        assert_eq!(end.as_deref(), Some("images:"));
        assert_eq!(next(followed_by(batch(None), IMAGES, None)), None);
    }
}
