//! Makes and removes images (EC2).
//!
//! An image is registered from the snapshots of a set, so that it costs nothing more. The cloud takes
//! what it bills a machine as from the snapshots themselves, and where that goes wrong it makes the
//! image of the machine instead: it is looked at as soon as it is made, and its tag says what it is to
//! be, should nobody live to look.

mod registration;
pub(crate) mod uses;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_trait::async_trait;
use cloud::{CloudError, ErrorKind, ImageMaking, PageSource, Removal};
use futures_util::{StreamExt as _, TryStreamExt as _};
use model::{Image, ImageOrder, ImageUse, Place, RegionId, ResourceId, SET_TAG, SetId};
use serde::Deserialize;

use self::registration::Source;
use crate::Aws;
use crate::copies::with_name;
use crate::decode::Misread;
use crate::images::PLATFORM_TAG;
use crate::lists::PARALLEL;
use crate::machines::{Likeness, MOST_VALUES};
use crate::operations::{CREATE_IMAGE, DEREGISTER_IMAGE, DESCRIBE_IMAGE_ATTRIBUTE, REGISTER_IMAGE};
use crate::query::{Set, done, read, some};

/// What a machine is billed as that needs no license.
const PLAIN: &str = "Linux/UNIX";
/// A name that was just given up may still be taken for a while, and what was just made not yet be
/// seen.
const SOON: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];

#[async_trait]
impl ImageMaking for Aws {
    async fn make_image(
        &self,
        region: &RegionId,
        order: &ImageOrder,
    ) -> Result<ResourceId, CloudError> {
        let place = Place::Region(region.clone());
        let like = self.likeness(&place, &order.machine).await?;
        let source = match some(&like.image_id) {
            Some(image) => self.source_of(&place, image).await?,
            None => None,
        };
        let image = self.register(&place, order, &like, source.as_ref()).await?;
        match self.is_billed_alike(&place, &image, &like).await {
            Ok(true) => Ok(image),
            Ok(false) => self.make_of_machine(&place, order, &like, &image).await,
            Err(error) => {
                // It is made; its tag tells whoever looks next what it is to be.
                tracing::warn!(
                    account.id = %self.line.account,
                    image.id = %image,
                    "{image} is made and could not be looked at: {}", base::chain(&error),
                );
                Ok(image)
            }
        }
    }

    async fn images_of_set(
        &self,
        region: &RegionId,
        set: &SetId,
    ) -> Result<Vec<Image>, CloudError> {
        let place = Place::Region(region.clone());
        let (filter, value) = (format!("tag:{SET_TAG}"), set.to_string());
        let found = self.images_where(&place, &filter, [value.as_str()]).await?;
        // A `*` in a value would stand for anything there.
        let is_of_it = |it: &Image| it.tags.get(SET_TAG) == Some(&value);
        Ok(found.into_iter().filter(is_of_it).collect())
    }

    async fn images_by_id(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Image>, CloudError> {
        let place = &Place::Region(region.clone());
        let found: Vec<Vec<Image>> =
            futures_util::stream::iter(ids.chunks(MOST_VALUES).map(<[ResourceId]>::to_vec))
                .map(|ids| async move {
                    let values: Vec<&str> = ids.iter().map(ResourceId::as_str).collect();
                    self.images_where(place, "image-id", values).await
                })
                .buffered(PARALLEL)
                .try_collect()
                .await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn delete_image(
        &self,
        region: &RegionId,
        image: &ResourceId,
        snapshots: &[ResourceId],
    ) -> Result<(Removal, BTreeMap<ResourceId, Removal>), CloudError> {
        let place = Place::Region(region.clone());
        let found = self.images_where(&place, "image-id", [image.as_str()]);
        match found.await?.into_iter().find(|it| it.id == *image) {
            Some(image) => self.delete_seen_image(region, &image, snapshots).await,
            None => Ok((Removal::WasGone, BTreeMap::new())),
        }
    }

    /// The cloud takes all snapshots of an image along or none: it is asked to only when all of them
    /// are to go. With whom an image is shared is in no list, and is asked here: the cloud would
    /// take it from them without a word.
    async fn delete_seen_image(
        &self,
        region: &RegionId,
        image: &Image,
        snapshots: &[ResourceId],
    ) -> Result<(Removal, BTreeMap<ResourceId, Removal>), CloudError> {
        let place = Place::Region(region.clone());
        let sharers = self.sharers(&place, &image.id).await?;
        if !sharers.is_empty() {
            let held = Removal::Held(format!("shared with {}", sharers.join(", ")));
            return Ok((held, BTreeMap::new()));
        }
        let wanted: BTreeSet<&ResourceId> = snapshots.iter().collect();
        let takes_all =
            !image.snapshots.is_empty() && image.snapshots.iter().all(|it| wanted.contains(it));
        let mut call = self
            .call(&DEREGISTER_IMAGE, decode_deregistered)
            .at(&place)
            .with("ImageId", image.id.as_str());
        if takes_all {
            call = call.with("DeleteAssociatedSnapshots", "true");
        }
        let mut gone = BTreeMap::new();
        let asked = match call.send().await {
            Ok(results) => {
                let ours = results.into_iter().filter(|(id, _)| wanted.contains(id));
                gone.extend(ours);
                Ok(())
            }
            Err(error) if is_gone(&error) => return Ok((Removal::WasGone, gone)),
            Err(error) => Err(error),
        };
        Ok((Removal::of(asked)?, gone))
    }

    fn image_uses(&self, region: &RegionId) -> Box<dyn PageSource<ImageUse> + '_> {
        uses::list(self, region, &[])
    }

    fn image_uses_of(
        &self,
        region: &RegionId,
        images: &[ResourceId],
    ) -> Box<dyn PageSource<ImageUse> + '_> {
        uses::list(self, region, images)
    }
}

impl Aws {
    /// Returns who else may start machines from an image; nobody when there is no such image.
    async fn sharers(&self, place: &Place, image: &ResourceId) -> Result<Vec<String>, CloudError> {
        let asked = self
            .call(&DESCRIBE_IMAGE_ATTRIBUTE, decode_sharers)
            .at(place)
            .with("ImageId", image.as_str())
            .with("Attribute", "launchPermission")
            .send()
            .await;
        match asked {
            Err(error) if is_gone(&error) => Ok(Vec::new()),
            answered => answered,
        }
    }

    async fn register(
        &self,
        place: &Place,
        order: &ImageOrder,
        like: &Likeness,
        source: Option<&Source>,
    ) -> Result<ResourceId, CloudError> {
        let sorts = self.sorts_of(place, order).await?;
        let words = registration::words(order, like, source, &sorts).map_err(|why| {
            let site = self.call_site(&REGISTER_IMAGE, place);
            CloudError::new(site, ErrorKind::Invalid, why)
        })?;
        let mut tags = with_name(&order.tags, &order.name);
        if let Some(platform) = some(&like.platform_details).filter(|it| *it != PLAIN) {
            tags.insert(PLATFORM_TAG.to_owned(), platform.to_owned());
        }
        let mut call = self
            .call(&REGISTER_IMAGE, |body| {
                decode_made(body, "RegisterImageResponse")
            })
            .at(place)
            .with_new_tags(1, "image", &tags);
        for (name, value) in words {
            call = call.with(name, value);
        }
        call.send().await
    }

    /// Returns whether an image that was just made is billed as the machine is; one that is not seen
    /// yet is believed to be, and found out by its tag where it is not.
    async fn is_billed_alike(
        &self,
        place: &Place,
        image: &ResourceId,
        like: &Likeness,
    ) -> Result<bool, CloudError> {
        let Some(platform) = some(&like.platform_details) else {
            return Ok(true);
        };
        for pause in SOON {
            if let Some(made) = self.source_of(place, image.as_str()).await? {
                return Ok(made.platform() == platform);
            }
            self.line.caller.clock().sleep(pause).await;
        }
        Ok(true)
    }

    /// Gives up an image that would not be billed as its machine, and has the cloud make one of the
    /// machine itself, which goes on running.
    async fn make_of_machine(
        &self,
        place: &Place,
        order: &ImageOrder,
        like: &Likeness,
        bad: &ResourceId,
    ) -> Result<ResourceId, CloudError> {
        tracing::info!(
            account.id = %self.line.account,
            machine.id = %order.machine,
            "an image of snapshots of {} is not billed as {:?}; it is made of the machine instead",
            order.machine, like.platform_details,
        );
        self.call(&DEREGISTER_IMAGE, |body| {
            done(body, "DeregisterImageResponse")
        })
        .at(place)
        .with("ImageId", bad.as_str())
        .send()
        .await?;
        let tags = with_name(&order.tags, &order.name);
        let wanted: BTreeSet<&ResourceId> = order.snapshots.iter().map(|it| &it.0).collect();
        let left_out: Vec<String> = like
            .disks()
            .filter(|it| !wanted.contains(&it.disk))
            .map(|it| it.device)
            .collect();
        let ask = || {
            let mut call = self
                .call(&CREATE_IMAGE, |body| {
                    decode_made(body, "CreateImageResponse")
                })
                .at(place)
                .with("InstanceId", order.machine.as_str())
                .with("Name", order.name.as_str())
                .with("NoReboot", "true")
                .with_new_tags(1, "image", &tags)
                .with_new_tags(2, "snapshot", &tags);
            for (number, device) in (1..).zip(&left_out) {
                let prefix = format!("BlockDeviceMapping.{number}");
                call = call
                    .with(format!("{prefix}.DeviceName"), device)
                    .with(format!("{prefix}.NoDevice"), "");
            }
            call.send()
        };
        for pause in SOON {
            match ask().await {
                Err(error) if error.kind == ErrorKind::Exists => {
                    self.line.caller.clock().sleep(pause).await;
                }
                answered => return answered,
            }
        }
        ask().await
    }
}

/// Returns whether an error says that an image is no more; one that was given up a moment ago may
/// still be shown.
fn is_gone(error: &CloudError) -> bool {
    error.kind == ErrorKind::NotFound || error.code == "InvalidAMIID.Unavailable"
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Permissions {
    image_id: String,
    launch_permission: Set<Permission>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Permission {
    user_id: String,
    group: String,
    organization_arn: String,
    organizational_unit_arn: String,
}

fn decode_sharers(body: &[u8]) -> Result<Vec<String>, Misread> {
    let answer: Permissions = read(body, "DescribeImageAttributeResponse")?;
    some(&answer.image_id).ok_or(Misread::Lacks("imageId"))?;
    let sharers = answer.launch_permission.iter().map(|it| {
        let words = [
            &it.user_id,
            &it.group,
            &it.organization_arn,
            &it.organizational_unit_arn,
        ];
        let word = words.into_iter().find_map(|it| some(it));
        word.unwrap_or("somebody").to_owned()
    });
    Ok(sharers.collect())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Made {
    image_id: String,
}

fn decode_made(body: &[u8], root: &'static str) -> Result<ResourceId, Misread> {
    let made: Made = read(body, root)?;
    let id = some(&made.image_id).ok_or(Misread::Lacks("imageId"))?;
    Ok(ResourceId::new(id))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Deregistered {
    delete_snapshot_result_set: Set<DeletedSnapshot>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct DeletedSnapshot {
    snapshot_id: String,
    return_code: String,
}

/// Returns what became of the snapshots; those that something else went wrong with are left out, and
/// so are still there.
fn decode_deregistered(body: &[u8]) -> Result<BTreeMap<ResourceId, Removal>, Misread> {
    done(body, "DeregisterImageResponse")?;
    let answer: Deregistered = read(body, "DeregisterImageResponse")?;
    let results = answer.delete_snapshot_result_set.into_iter();
    let results = results.filter_map(|row| {
        let removal = match row.return_code.trim() {
            "success" => Removal::Gone,
            // By its documentation: another image stands on it.
            "skipped" => Removal::Held("another image".to_owned()),
            _ => return None,
        };
        Some((ResourceId::new(some(&row.snapshot_id)?), removal))
    });
    Ok(results.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_may_use_an_image_is_named() {
        let of = |inside: &str| {
            let body = format!(
                "<DescribeImageAttributeResponse><imageId>ami-1</imageId>{inside}</DescribeImageAttributeResponse>"
            );
            decode_sharers(body.as_bytes()).unwrap()
        };
        assert_eq!(of("<launchPermission/>"), [""; 0]);
        assert_eq!(
            of("<launchPermission><item><userId>210987654321</userId></item><item><group>all</group></item>
                <item><organizationArn>arn:aws:organizations::1:organization/o-1</organizationArn></item><item><new>x</new></item></launchPermission>"),
            ["210987654321", "all", "arn:aws:organizations::1:organization/o-1", "somebody"]
        );
        assert!(decode_sharers(b"<DescribeImageAttributeResponse/>").is_err());
    }

    #[test]
    fn only_what_the_cloud_says_is_gone_is_gone() {
        let body = b"<DeregisterImageResponse><return>true</return><deleteSnapshotResultSet>
            <item><snapshotId>snap-1</snapshotId><returnCode>success</returnCode></item>
            <item><snapshotId>snap-2</snapshotId><returnCode>skipped</returnCode></item>
            <item><snapshotId>snap-3</snapshotId><returnCode>missing-permissions</returnCode></item>
            <item><snapshotId>snap-4</snapshotId><returnCode>internal-error</returnCode></item>
            </deleteSnapshotResultSet></DeregisterImageResponse>";
        let gone = decode_deregistered(body).unwrap();
        assert_eq!(gone.len(), 2);
        assert_eq!(gone[&ResourceId::new("snap-1")], Removal::Gone);
        let held = Removal::Held("another image".to_owned());
        assert_eq!(gone[&ResourceId::new("snap-2")], held);
        let plain = b"<DeregisterImageResponse><return>true</return></DeregisterImageResponse>";
        assert!(decode_deregistered(plain).unwrap().is_empty());
        assert!(decode_deregistered(b"<html/>").is_err());
    }
}
