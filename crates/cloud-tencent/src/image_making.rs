//! Makes and removes images (cvm 2017-03-12).
//!
//! Invariant: an image is made of snapshots that are there, never of a machine, and goes without
//! them.
//! Invariant: the cloud lets an image go that others start machines from; who uses which is told by
//! [`ImageMaking::image_uses`], and asked by whoever decides.

use std::collections::BTreeMap;

use async_trait::async_trait;
use cloud::{CloudError, ErrorKind, ImageMaking, PageSource, Removal};
use model::{Image, ImageOrder, ImageUse, RegionId, ResourceId, SET_TAG, SetId};
use serde_json::{Map, json};

use crate::Tencent;
use crate::changes::{done, made, said_tags};
use crate::image_uses::Uses;
use crate::images::question;
use crate::lists;
use crate::operations::{CREATE_IMAGE, DELETE_IMAGES};
use crate::tokens;

#[async_trait]
impl ImageMaking for Tencent {
    /// There is no client token for it: it is not repeated, and its tags say what it is for.
    async fn make_image(
        &self,
        region: &RegionId,
        order: &ImageOrder,
    ) -> Result<ResourceId, CloudError> {
        if order.snapshots.is_empty() {
            let words = format!("the image {} is of no snapshot", order.name);
            return Err(self.trouble(&CREATE_IMAGE, region, ErrorKind::Invalid, words));
        }
        let snapshots: Vec<&str> = order.snapshots.iter().map(|it| it.1.as_str()).collect();
        let tags = json!([{ "ResourceType": "image", "Tags": said_tags(&order.tags) }]);
        self.call_in(&CREATE_IMAGE, region, made!("ImageId"))
            .with("ImageName", tokens::name(&order.name))
            .with("SnapshotIds", snapshots)
            .with("TagSpecification", tags)
            .send()
            .await
    }

    async fn images_of_set(
        &self,
        region: &RegionId,
        set: &SetId,
    ) -> Result<Vec<Image>, CloudError> {
        let set = set.to_string();
        let filters = json!([
            { "Name": "image-type", "Values": ["PRIVATE_IMAGE"] },
            { "Name": format!("tag:{SET_TAG}"), "Values": [set] },
        ]);
        let arguments = Map::from_iter([("Filters".to_owned(), filters)]);
        let found = lists::whole(self, question(region, arguments)).await?;
        let ours = |it: &Image| it.tags.get(SET_TAG).is_some_and(|it| *it == set);
        Ok(found.into_iter().filter(ours).collect())
    }

    async fn images_by_id(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Image>, CloudError> {
        lists::by_id(self, "ImageIds", ids, || question(region, Map::new())).await
    }

    /// The snapshots of an image are left where they are: none of them is in the answer.
    async fn delete_image(
        &self,
        region: &RegionId,
        image: &ResourceId,
        _snapshots: &[ResourceId],
    ) -> Result<(Removal, BTreeMap<ResourceId, Removal>), CloudError> {
        let call = self
            .call_about(&DELETE_IMAGES, region, "ImageIds", image, done)
            .with("DeleteBindedSnap", false);
        Ok((Removal::of(call.send().await)?, BTreeMap::new()))
    }

    fn image_uses(&self, region: &RegionId) -> Box<dyn PageSource<ImageUse> + '_> {
        Box::new(Uses::of(self, region))
    }
}
