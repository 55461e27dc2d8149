//! Begins the snapshots of a set.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cloud::{CloudError, ErrorKind};
use model::{Place, ResourceId, SetDisk, SetOrder, Tags};
use serde::Deserialize;

use super::with_name;
use crate::Aws;
use crate::decode::Misread;
use crate::machines::Likeness;
use crate::operations::{CREATE_SNAPSHOT, CREATE_SNAPSHOTS, CREATE_TAGS};
use crate::query::{Set, done, read, some};

/// What was just made may not be found yet: so long is waited before each further try.
const YOUNG: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];

/// Which disk has which snapshot.
type Made = BTreeMap<ResourceId, ResourceId>;

impl Aws {
    /// Begins a set: all disks of the machine but those that are not ordered.
    pub(super) async fn make_set(
        &self,
        place: &Place,
        order: &SetOrder,
    ) -> Result<Made, CloudError> {
        match order.disks.as_slice() {
            [] => {
                let site = self.call_site(&CREATE_SNAPSHOTS, place);
                let words = format!("no disk of {} is to be copied", order.set.machine);
                Err(CloudError::new(site, ErrorKind::Invalid, words))
            }
            [only] => self.make_one(place, order, only).await,
            _ => self.make_several(place, order).await,
        }
    }

    /// One disk is asked for by itself: then its own tags are on it from the first moment, too.
    async fn make_one(
        &self,
        place: &Place,
        order: &SetOrder,
        disk: &SetDisk,
    ) -> Result<Made, CloudError> {
        let mut tags = with_name(&order.tags, &order.name);
        if disk.root {
            tags.extend(order.root_tags.clone());
        }
        let made = self
            .call(&CREATE_SNAPSHOT, decode_one)
            .at(place)
            .with("VolumeId", disk.disk.as_str())
            .with("Description", description(order))
            .with_new_tags(1, "snapshot", &tags)
            .send()
            .await?;
        Ok(Made::from([(disk.disk.clone(), made)]))
    }

    async fn make_several(&self, place: &Place, order: &SetOrder) -> Result<Made, CloudError> {
        let machine = &order.set.machine;
        let like = self.likeness(place, machine).await?;
        let left_out = left_out(&like, order).map_err(|missing| {
            let site = self.call_site(&CREATE_SNAPSHOTS, place);
            let words = format!("the disk {missing} is not on {machine}");
            CloudError::new(site, ErrorKind::Invalid, words)
        })?;
        let mut call = self
            .call(&CREATE_SNAPSHOTS, decode_several)
            .at(place)
            .with("InstanceSpecification.InstanceId", machine.as_str())
            .with("Description", description(order))
            .with_new_tags(1, "snapshot", &with_name(&order.tags, &order.name));
        if left_out.root {
            call = call.with("InstanceSpecification.ExcludeBootVolume", "true");
        }
        let made = call
            .with_each(
                "InstanceSpecification.ExcludeDataVolumeId",
                left_out.data.iter().map(ResourceId::as_str),
            )
            .send()
            .await?;
        let root = order.disks.iter().find(|it| it.root);
        if let Some(snapshot) = root.and_then(|it| made.get(&it.disk)) {
            self.tag_root(place, snapshot, &order.root_tags).await;
        }
        Ok(made)
    }

    /// The call tags all snapshots alike, so that what only the root disk's has comes after. The set
    /// is begun whatever becomes of it, and is not called a failure for it.
    async fn tag_root(&self, place: &Place, snapshot: &ResourceId, tags: &Tags) {
        if tags.is_empty() {
            return;
        }
        if let Err(error) = self.tag_young(place, snapshot, tags).await {
            tracing::warn!(
                account.id = %self.line.account,
                snapshot.id = %snapshot,
                "{snapshot} is of a root disk and could not be tagged so: {}", base::chain(&error),
            );
        }
    }

    /// Tags something that was just made.
    pub(crate) async fn tag_young(
        &self,
        place: &Place,
        id: &ResourceId,
        tags: &Tags,
    ) -> Result<(), CloudError> {
        let ask = || {
            self.call(&CREATE_TAGS, |body| done(body, "CreateTagsResponse"))
                .at(place)
                .with("ResourceId.1", id.as_str())
                .with_tags("Tag", tags)
                .send()
        };
        self.once_known(ask).await
    }

    /// Asks about something that was made or given just now, and may not be known everywhere yet: a
    /// cloud that has never heard of it is asked again for a while.
    pub(super) async fn once_known<T, R>(&self, ask: impl Fn() -> R) -> Result<T, CloudError>
    where
        R: Future<Output = Result<T, CloudError>>,
    {
        for pause in YOUNG {
            match ask().await {
                Err(error) if error.kind == ErrorKind::NotFound => {
                    self.line.caller.clock().sleep(pause).await;
                }
                answered => return answered,
            }
        }
        ask().await
    }
}

/// Disks of a machine that are not ordered.
#[derive(Debug, Default, PartialEq, Eq)]
struct LeftOut {
    root: bool,
    data: Vec<ResourceId>,
}

/// Returns what is on a machine and not ordered, or a disk that is ordered and not on it.
fn left_out(like: &Likeness, order: &SetOrder) -> Result<LeftOut, ResourceId> {
    let root = like.root_disk();
    let mut wanted: BTreeSet<&ResourceId> = order.disks.iter().map(|it| &it.disk).collect();
    let mut left_out = LeftOut::default();
    for mounted in like.disks() {
        if wanted.remove(&mounted.disk) {
            continue;
        }
        match Some(&mounted.disk) == root.as_ref() {
            true => left_out.root = true,
            false => left_out.data.push(mounted.disk),
        }
    }
    match wanted.into_iter().next() {
        Some(missing) => Err(missing.clone()),
        None => Ok(left_out),
    }
}

/// Returns the words that a person finds in the console.
fn description(order: &SetOrder) -> String {
    format!("skywarden {}", order.set)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct One {
    snapshot_id: String,
    volume_id: String,
}

fn decode_one(body: &[u8]) -> Result<ResourceId, Misread> {
    let one: One = read(body, "CreateSnapshotResponse")?;
    let id = some(&one.snapshot_id).ok_or(Misread::Lacks("snapshotId"))?;
    Ok(ResourceId::new(id))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Several {
    snapshot_set: Option<Set<One>>,
}

fn decode_several(body: &[u8]) -> Result<Made, Misread> {
    let several: Several = read(body, "CreateSnapshotsResponse")?;
    let rows = several.snapshot_set.ok_or(Misread::Lacks("snapshotSet"))?;
    rows.into_iter()
        .map(|row| {
            let lacks = Misread::Lacks("snapshotId and volumeId in one of its rows");
            match (some(&row.volume_id), some(&row.snapshot_id)) {
                (Some(disk), Some(id)) => Ok((ResourceId::new(disk), ResourceId::new(id))),
                _ => Err(lacks),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use model::{SetDisk, SetId};

    use super::*;

    fn order(disks: &[(&str, bool)]) -> SetOrder {
        SetOrder {
            set: SetId::parse("i-1/20261121T040000Z").unwrap(),
            disks: disks
                .iter()
                .map(|(disk, root)| SetDisk {
                    disk: ResourceId::new(*disk),
                    root: *root,
                })
                .collect(),
            name: String::new(),
            tags: Tags::new(),
            root_tags: Tags::new(),
        }
    }

    fn machine(disks: &[(&str, &str)]) -> Likeness {
        let rows: String = disks
            .iter()
            .map(|(device, disk)| {
                format!("<item><deviceName>{device}</deviceName><ebs><volumeId>{disk}</volumeId></ebs></item>")
            })
            .collect();
        let xml = format!(
            "<item><rootDeviceName>/dev/xvda</rootDeviceName><blockDeviceMapping>{rows}</blockDeviceMapping></item>"
        );
        crate::xml::read(&xml).unwrap()
    }

    #[test]
    fn what_is_not_ordered_is_left_out_and_what_is_not_there_is_named() {
        let machine = machine(&[
            ("/dev/xvda", "vol-root"),
            ("/dev/sdf", "vol-a"),
            ("/dev/sdg", "vol-b"),
        ]);
        let of = |disks: &[(&str, bool)]| left_out(&machine, &order(disks));
        let all = of(&[("vol-root", true), ("vol-a", false), ("vol-b", false)]);
        assert_eq!(all, Ok(LeftOut::default()));
        let data = of(&[("vol-a", false), ("vol-b", false)]).unwrap();
        assert_eq!((data.root, data.data.len()), (true, 0));
        let some = of(&[("vol-root", true), ("vol-b", false)]).unwrap();
        assert_eq!(
            (some.root, some.data),
            (false, vec![ResourceId::new("vol-a")])
        );
        let gone = of(&[("vol-root", true), ("vol-c", false)]);
        assert_eq!(gone, Err(ResourceId::new("vol-c")));
    }

    #[test]
    fn the_answer_says_which_snapshot_is_of_which_disk_whatever_its_state_is_called() {
        let body = b"<CreateSnapshotsResponse><snapshotSet>
            <item><volumeId>vol-1</volumeId><snapshotId>snap-1</snapshotId><state>pending</state><progress/></item>
            <item><volumeId>vol-2</volumeId><snapshotId>snap-2</snapshotId><status>completed</status></item>
            </snapshotSet></CreateSnapshotsResponse>";
        let made = decode_several(body).unwrap();
        assert_eq!(made[&ResourceId::new("vol-2")].as_str(), "snap-2");
        assert_eq!(made.len(), 2);
        let nameless = b"<CreateSnapshotsResponse><snapshotSet><item><volumeId>vol-1</volumeId></item></snapshotSet></CreateSnapshotsResponse>";
        assert!(decode_several(nameless).is_err());
        assert!(decode_several(b"<CreateSnapshotsResponse/>").is_err());
        assert!(decode_one(b"<CreateSnapshotResponse/>").is_err());
    }
}
