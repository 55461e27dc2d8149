//! Makes and removes images (Ecs 2014-05-26).
//!
//! Invariant: an image is made of snapshots that are there, never of a machine: that would snapshot
//! all its disks once more.
//! Invariant: none is removed by force: one that a machine was made of stays.

use std::collections::BTreeMap;

use async_trait::async_trait;
use cloud::{CloudError, ErrorKind, ImageMaking, PageSource, Removal};
use model::{Image, ImageOrder, ImageUse, RegionId, ResourceId, SET_TAG, SetId};

use crate::Aliyun;
use crate::changes::{done, made, removal};
use crate::copies::mark;
use crate::image_uses::Uses;
use crate::images::PAGE_SIZE;
use crate::operations::{CREATE_IMAGE, DELETE_IMAGE};
use crate::tokens::{self, token};

#[async_trait]
impl ImageMaking for Aliyun {
    /// The cloud knows from the snapshot of a system disk how its machine starts.
    async fn make_image(
        &self,
        region: &RegionId,
        order: &ImageOrder,
    ) -> Result<ResourceId, CloudError> {
        if order.snapshots.is_empty() {
            let words = format!("the image {} is of no snapshot", order.name);
            return Err(self.trouble(&CREATE_IMAGE, region, ErrorKind::Invalid, words));
        }
        let once = token(&["image", mark(&order.tags), order.machine.as_str()]);
        let mut call = self
            .call_in(&CREATE_IMAGE, region, made!("ImageId"))
            .with("ImageName", tokens::name(&order.name))
            .with_tags(&order.tags)
            .once_by(once);
        for (at, (_, snapshot)) in order.snapshots.iter().enumerate() {
            let disk = format!("DiskDeviceMapping.{}", at + 1);
            let sort = if at == 0 { "system" } else { "data" };
            call = call
                .with(format!("{disk}.SnapshotId"), snapshot.as_str())
                .with(format!("{disk}.DiskType"), sort);
        }
        call.send().await
    }

    async fn images_of_set(
        &self,
        region: &RegionId,
        set: &SetId,
    ) -> Result<Vec<Image>, CloudError> {
        self.own_images(region)
            .tagged(SET_TAG, &set.to_string())
            .checked()
            .rows()
            .await
    }

    async fn images_by_id(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Image>, CloudError> {
        let mut found = Vec::new();
        for ids in ids.chunks(PAGE_SIZE as usize) {
            let ids: Vec<&str> = ids.iter().map(ResourceId::as_str).collect();
            let list = self.own_images(region).with("ImageId", ids.join(","));
            found.extend(list.checked().rows().await?);
        }
        Ok(found)
    }

    /// The cloud leaves the snapshots of an image where they are: none of them is in the answer. The
    /// image is looked for before: the cloud answers the same of one that is missing.
    async fn delete_image(
        &self,
        region: &RegionId,
        image: &ResourceId,
        _snapshots: &[ResourceId],
    ) -> Result<(Removal, BTreeMap<ResourceId, Removal>), CloudError> {
        let ids = std::slice::from_ref(image);
        if self.images_by_id(region, ids).await?.is_empty() {
            return Ok((Removal::WasGone, BTreeMap::new()));
        }
        let call = self
            .call_in(&DELETE_IMAGE, region, done)
            .with("ImageId", image.as_str());
        Ok((removal(call.send().await)?, BTreeMap::new()))
    }

    fn image_uses(&self, region: &RegionId) -> Box<dyn PageSource<ImageUse> + '_> {
        Box::new(Uses::of(self, region))
    }
}
