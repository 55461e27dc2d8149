//! Reads the account's own images (Ecs 2014-05-26).

use cloud::{Images, PageSource};
use model::{CopyState, Image, RegionId, ResourceId};
use serde::Deserialize;

use crate::Aliyun;
use crate::decode::{Loose, Misread};
use crate::lists::{List, Listed, TagList, id, listed};
use crate::operations::DESCRIBE_IMAGES;
use crate::times;

pub(crate) const PAGE_SIZE: u32 = 100;

impl Images for Aliyun {
    fn images(&self, region: &RegionId) -> Box<dyn PageSource<Image> + '_> {
        Box::new(self.own_images(region).checked())
    }
}

impl Aliyun {
    /// Returns the list of the account's own images, in every state.
    pub(crate) fn own_images(&self, region: &RegionId) -> List<'_, Image> {
        List::numbered(self, &DESCRIBE_IMAGES, region, PAGE_SIZE, decode)
            .with("ImageOwnerAlias", "self")
            // Left out, only the available ones come.
            .with(
                "Status",
                "Creating,Waiting,Available,UnAvailable,CreateFailed",
            )
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Row<'a> {
    #[serde(borrow)]
    image_id: Loose<'a>,
    #[serde(borrow)]
    image_name: Loose<'a>,
    #[serde(borrow)]
    status: Loose<'a>,
    #[serde(borrow)]
    creation_time: Loose<'a>,
    #[serde(borrow)]
    size: Loose<'a>,
    #[serde(borrow)]
    is_self_shared: Loose<'a>,
    #[serde(borrow)]
    is_public: Loose<'a>,
    #[serde(borrow)]
    usage: Loose<'a>,
    #[serde(borrow)]
    disk_device_mappings: Option<Mappings<'a>>,
    #[serde(borrow)]
    tags: Option<TagList<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Mappings<'a> {
    #[serde(borrow)]
    disk_device_mapping: Option<Vec<Mapping<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Mapping<'a> {
    #[serde(borrow)]
    snapshot_id: Loose<'a>,
}

fn decode(body: &str) -> Result<Listed<Image>, Misread> {
    listed!(body, "Images", "Image", Row, image)
}

fn image(row: Row<'_>) -> Result<Image, Misread> {
    let mappings = row
        .disk_device_mappings
        .and_then(|it| it.disk_device_mapping);
    let snapshots = mappings.into_iter().flatten();
    let shared = |it: Loose<'_>| it.flag() == Some(true);
    Ok(Image {
        disabled: false,
        // A machine that was made of it keeps it.
        held_by: row.usage.some_text().filter(|it| it != "none"),
        id: id(&row.image_id, "ImageId in one of its rows")?,
        name: row.image_name.into_text(),
        snapshots: snapshots
            .filter_map(|it| it.snapshot_id.some_text())
            .map(ResourceId::new)
            .collect(),
        // The list does not say what an image was made of.
        machine: None,
        state: match row.status.text().as_ref() {
            "Available" => CopyState::Ready,
            "Creating" | "Waiting" => CopyState::Pending,
            "UnAvailable" | "CreateFailed" => CopyState::Failed,
            other => CopyState::Other(other.to_owned()),
        },
        created: times::instant_of(&row.creation_time),
        size_gib: row.size.count(),
        shared: shared(row.is_self_shared) || shared(row.is_public),
        tags: TagList::into_tags(row.tags),
    })
}
