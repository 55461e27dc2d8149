//! Images, made and removed.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use cloud::{CloudError, ImageMaking, PageSource, Removal};
use model::{Image, ImageOrder, ImageUse, RegionId, ResourceId, SET_TAG, SetId};

use super::hindered::{has, pairs, removal};
use super::nouns;
use super::regions::{IMAGES, RegionList, by_ids};
use super::visitor::Visitor;
use crate::world::changes::Hindrance;
use crate::world::holdings::{self, ImageSnapshots};
use crate::world::images::Device;

pub(super) const CREATE_IMAGE: &str = "CreateImage";
pub(super) const DELETE_IMAGE: &str = "DeleteImage";
pub(super) const TEMPLATES: &str = "DescribeLaunchTemplateVersions";
/// The largest page of them.
pub(super) const TEMPLATES_PAGE: u32 = 50;

#[async_trait]
impl ImageMaking for Visitor {
    async fn make_image(
        &self,
        region: &RegionId,
        order: &ImageOrder,
    ) -> Result<ResourceId, CloudError> {
        let about = format!("{},{}", order.machine, order.name);
        self.change(by_ids(CREATE_IMAGE, region, &about), |held, now| {
            let machine = order.machine.as_str();
            let of = held.machines.get(machine);
            let of = of.ok_or_else(|| Hindrance::NotFound(machine.to_owned()))?;
            let devices = order.snapshots.iter().map(|(disk, snapshot)| {
                let disk = held.disks.get(disk.as_str());
                Device {
                    size_gib: disk.map(|it| it.size_gib),
                    category: disk.map(|it| it.category.clone()).unwrap_or_default(),
                    with_machine: disk.is_none_or(|it| it.with_machine),
                    ..Device::new(
                        disk.map(|it| it.device.clone()).unwrap_or_default(),
                        snapshot.as_str(),
                    )
                }
            });
            let order = holdings::ImageOrder {
                name: order.name.clone(),
                machine: Some(machine.to_owned()),
                build: of.build.clone(),
                devices: devices.collect(),
                tags: pairs(&order.tags),
                ..holdings::ImageOrder::default()
            };
            Ok(ResourceId::new(held.begin_image(order, now)?))
        })
        .await
    }

    async fn images_of_set(
        &self,
        region: &RegionId,
        set: &SetId,
    ) -> Result<Vec<Image>, CloudError> {
        let set = set.to_string();
        self.look(by_ids(IMAGES, region, &set), |held| {
            let rows = held.images.iter();
            let of_it = rows.filter(|it| has(&it.tags, SET_TAG, &set));
            of_it.map(|it| nouns::image(it, held)).collect()
        })
        .await
    }

    async fn images_by_id(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Image>, CloudError> {
        let mut found = Vec::new();
        for ids in ids.chunks(100) {
            let ids: Vec<&str> = ids.iter().map(ResourceId::as_str).collect();
            let about = ids.join(",");
            let rows = self.look(by_ids(IMAGES, region, &about), |held| {
                let rows = held.images.named(&ids);
                let rows = rows.iter().map(|it| nouns::image(it, held));
                rows.collect::<Vec<_>>()
            });
            found.extend(rows.await?);
        }
        Ok(found)
    }

    async fn delete_image(
        &self,
        region: &RegionId,
        image: &ResourceId,
        snapshots: &[ResourceId],
    ) -> Result<(Removal, BTreeMap<ResourceId, Removal>), CloudError> {
        let question = by_ids(DELETE_IMAGE, region, image.as_str());
        self.change(question, |held, now| {
            let gone = held.deregister_image(image.as_str(), ImageSnapshots::Stay, now);
            let gone = removal(gone.map(drop))?;
            let mut became = BTreeMap::new();
            if !matches!(gone, Removal::Held(_)) {
                for id in snapshots {
                    let gone = removal(held.delete_snapshot(id.as_str(), now))?;
                    became.insert(id.clone(), gone);
                }
            }
            Ok((gone, became))
        })
        .await
    }

    fn image_uses(&self, region: &RegionId) -> Box<dyn PageSource<ImageUse> + '_> {
        Box::new(RegionList::new(
            self,
            TEMPLATES,
            region,
            |look| {
                let uses = look.held().image_uses();
                Ok(look.page.cut(uses.into_iter().map(Arc::new)))
            },
            |(image, user): &(String, String), _| ImageUse {
                image: ResourceId::new(image),
                user: user.clone(),
            },
        ))
    }
}
