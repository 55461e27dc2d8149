//! Reads the account's own images (cvm 2017-03-12). The cloud does not say of which machine one was
//! made, nor in the list with whom it is shared.

use cloud::{Images, PageSource};
use model::{CopyState, Image, Place, RegionId, ResourceId};
use serde_json::{Map, Value, json};

use crate::Tencent;
use crate::decode::{self, Loose, Misread, Shape, Tag};
use crate::lists::{self, Counts, Listed, OffsetList, Question};
use crate::operations::DESCRIBE_IMAGES;
use crate::times;

/// The largest page there is.
pub(crate) const PAGE_SIZE: u32 = 100;
const ROW_BYTES: u64 = 2048;

impl Images for Tencent {
    fn images(&self, region: &RegionId) -> Box<dyn PageSource<Image> + '_> {
        let own = json!([{ "Name": "image-type", "Values": ["PRIVATE_IMAGE"] }]);
        let arguments = Map::from_iter([("Filters".to_owned(), own)]);
        Box::new(OffsetList::new(self, question(region, arguments)))
    }
}

/// Returns the list of images of a region that `arguments` ask for.
pub(crate) fn question(region: &RegionId, arguments: Map<String, Value>) -> Question<Image> {
    Question {
        operation: &DESCRIBE_IMAGES,
        place: Place::Region(region.clone()),
        counts: Counts::Rows,
        arguments,
        page_size: PAGE_SIZE,
        row_bytes: ROW_BYTES,
        decode,
    }
}

decode::wire! {
    struct Row<'a> {
        image_id: Loose<'a>,
        image_name: Loose<'a>,
        image_state: Loose<'a>,
        created_time: Loose<'a>,
        image_size: Loose<'a>,
        snapshot_set: Option<Vec<Copy<'a>>>,
        tags: Option<Vec<Tag<'a>>>,
    }
    struct Copy<'a> {
        snapshot_id: Loose<'a>,
    }
}

fn decode(body: &str) -> Result<Listed<Image>, Misread> {
    lists::read(body, &Shape::rows("ImageSet"), image)
}

fn image(row: Row<'_>) -> Result<Image, Misread> {
    let id = row.image_id.some_text();
    let id = id.ok_or(Misread::Lacks("ImageId in one of its rows"))?;
    let word = row.image_state.text();
    let state = match word.as_ref() {
        "NORMAL" => CopyState::Ready,
        "CREATING" | "SYNCING" | "IMPORTING" => CopyState::Pending,
        "CREATEFAILED" | "IMPORTFAILED" => CopyState::Failed,
        other => CopyState::Other(other.to_owned()),
    };
    let snapshots = row.snapshot_set.unwrap_or_default().into_iter();
    let snapshots = snapshots.filter_map(|it| it.snapshot_id.some_text());
    Ok(Image {
        disabled: false,
        held_by: None,
        id: ResourceId::new(id),
        name: row.image_name.into_text(),
        snapshots: snapshots.map(ResourceId::new).collect(),
        machine: None,
        state,
        created: times::instant_of(&row.created_time),
        size_gib: row.image_size.count(),
        shared: false,
        tags: decode::tags(row.tags),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_image_is_understood() {
        let body = r#"{"Response":{"TotalCount":1,"ImageSet":[{"ImageId":"img-1","ImageName":"web",
            "ImageState":"NORMAL","CreatedTime":"2022-09-06T03:07:37Z","ImageSize":50,"SyncPercent":null,
            "IsSupportCloudinit":true,"isSupportCloudinit":true,"SnapshotSet":[{"SnapshotId":"snap-1"}],
            "Tags":[{"tagKey":"a","tagValue":"b","Key":"a","Value":"b"}]}]}}"#;
        let image = decode(body).unwrap().items.remove(0);
        assert_eq!((image.state, image.size_gib), (CopyState::Ready, Some(50)));
        assert_eq!(image.snapshots, [ResourceId::new("snap-1")]);
        assert_eq!(image.tags["a"], "b");
        assert_eq!(image.machine, None);
    }
}
