//! Reads the account's own images (EC2), disabled ones too, which hold their snapshots all the same.

use cloud::{CloudError, Images, PageSource};
use model::{CopyState, Image, Place, RegionId, ResourceId, Tags};
use serde::Deserialize;

use crate::Aws;
use crate::call::{AwsCall, Decode};
use crate::decode::Misread;
use crate::lists::Batch;
use crate::operations::DESCRIBE_IMAGES;
use crate::query::{Set, Tag, read_page, says_true, some, tags};
use crate::times::instant;

/// The largest page there is.
pub(crate) const PAGE_SIZE: u32 = 1_000;
/// The tag of an image that we registered: the platform that the cloud is to bill it as. Should we
/// end between the making and the look at what the cloud made of it, it is found out all the same.
pub(crate) const PLATFORM_TAG: &str = "skywarden:platform";
/// An image with its disks and tags.
const ROW_BYTES: usize = 3 << 10;

impl Images for Aws {
    fn images(&self, region: &RegionId) -> Box<dyn PageSource<Image> + '_> {
        let place = Place::Region(region.clone());
        self.list(&DESCRIBE_IMAGES, place.clone(), move |token| {
            self.image_page(&place, decode, token).send()
        })
    }
}

impl Aws {
    /// Returns what `decode` makes of all images of a region.
    pub(crate) async fn all_of_images<T: Send>(
        &self,
        place: &Place,
        decode: Decode<Batch<T>>,
    ) -> Result<Vec<T>, CloudError> {
        self.all(&DESCRIBE_IMAGES, place, |token| {
            self.image_page(place, decode, token).send()
        })
        .await
    }

    /// Returns the account's own images of which a filter holds, those that are hidden too.
    pub(crate) async fn images_where<'v>(
        &self,
        place: &Place,
        filter: &str,
        values: impl IntoIterator<Item = &'v str> + Clone,
    ) -> Result<Vec<Image>, CloudError> {
        self.all(&DESCRIBE_IMAGES, place, |token| {
            self.image_page(place, decode, token)
                .with_filter(1, filter, values.clone())
                .send()
        })
        .await
    }

    fn image_page<T: Send>(
        &self,
        place: &Place,
        decode: Decode<Batch<T>>,
        token: Option<String>,
    ) -> AwsCall<'_, Batch<T>> {
        self.call(&DESCRIBE_IMAGES, decode)
            .at(place)
            .with("Owner.1", "self")
            .with("IncludeDisabled", "true")
            .with("IncludeDeprecated", "true")
            .with("MaxResults", PAGE_SIZE.to_string())
            .with_some("NextToken", token)
            .expecting(PAGE_SIZE as usize, ROW_BYTES)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Row {
    image_id: String,
    name: String,
    image_state: String,
    is_public: String,
    creation_date: String,
    source_instance_id: String,
    deregistration_protection: String,
    platform_details: String,
    block_device_mapping: Set<Device>,
    tag_set: Set<Tag>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Device {
    ebs: Ebs,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Ebs {
    snapshot_id: String,
    volume_size: String,
}

pub(crate) fn decode(body: &[u8]) -> Result<Batch<Image>, Misread> {
    let root = "DescribeImagesResponse";
    read_page(body, root, &["imagesSet"], |row| image(row).map(Some))
}

fn image(row: Row) -> Result<Image, Misread> {
    let id = some(&row.image_id).ok_or(Misread::Lacks("imageId in one of its rows"))?;
    let tags = tags(row.tag_set);
    let word = row.image_state.trim();
    let state = match word {
        "available" if is_of_another_platform(&tags, &row.platform_details) => CopyState::Failed,
        "available" => CopyState::Ready,
        "pending" | "transient" => CopyState::Pending,
        "invalid" | "failed" | "error" | "deregistered" => CopyState::Failed,
        other => CopyState::Other(other.to_owned()),
    };
    let devices = || row.block_device_mapping.iter().map(|it| &it.ebs);
    let sizes: Vec<u64> = devices()
        .filter_map(|it| it.volume_size.trim().parse().ok())
        .collect();
    Ok(Image {
        disabled: word == "disabled",
        held_by: is_protected(&row.deregistration_protection)
            .then(|| "deregistration protection".to_owned()),
        id: ResourceId::new(id),
        snapshots: devices()
            .filter_map(|it| some(&it.snapshot_id))
            .map(ResourceId::new)
            .collect(),
        machine: some(&row.source_instance_id).map(ResourceId::new),
        state,
        created: instant(&row.creation_date),
        size_gib: (!sizes.is_empty()).then(|| sizes.iter().sum()),
        shared: says_true(&row.is_public),
        name: row.name,
        tags,
    })
}

/// Its words are `disabled`, `enabled-without-cooldown` and `enabled-with-cooldown`; the last one
/// stays for a day after the protection was switched off.
fn is_protected(word: &str) -> bool {
    word.trim().starts_with("enabled")
}

/// Returns whether a machine of this image would not be billed, and so not licensed, as the one it
/// was made of: then the image is none.
fn is_of_another_platform(tags: &Tags, platform: &str) -> bool {
    tags.get(PLATFORM_TAG)
        .is_some_and(|wanted| wanted != platform.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(inside: &str) -> Image {
        let body = format!(
            "<DescribeImagesResponse><imagesSet><item><imageId>ami-1</imageId>{inside}</item></imagesSet></DescribeImagesResponse>"
        );
        decode(body.as_bytes()).unwrap().rows.remove(0)
    }

    #[test]
    fn an_image_stands_on_all_its_snapshots() {
        let image = one("<name>web-2026-W47</name><imageState>available</imageState><isPublic>false</isPublic>
            <creationDate>2026-11-20T20:00:00.000Z</creationDate><sourceInstanceId>i-1</sourceInstanceId>
            <blockDeviceMapping><item><deviceName>/dev/sda1</deviceName><ebs><snapshotId>snap-1</snapshotId><volumeSize>8</volumeSize></ebs></item>
            <item><deviceName>/dev/sdb</deviceName><virtualName>ephemeral0</virtualName></item>
            <item><deviceName>/dev/sdf</deviceName><ebs><snapshotId>snap-2</snapshotId><volumeSize>100</volumeSize></ebs></item></blockDeviceMapping>");
        let ids: Vec<_> = image.snapshots.iter().map(ResourceId::as_str).collect();
        assert_eq!((ids, image.size_gib), (vec!["snap-1", "snap-2"], Some(108)));
        assert_eq!(image.machine.unwrap().as_str(), "i-1");
        assert_eq!((image.state, image.shared), (CopyState::Ready, false));
    }

    #[test]
    fn an_image_that_lost_its_license_is_none() {
        let state = |tag: &str, platform: &str| {
            one(&format!(
                "<imageState>available</imageState><platformDetails>{platform}</platformDetails><tagSet>
                <item><key>{tag}</key><value>Windows</value></item></tagSet>"
            ))
            .state
        };
        assert_eq!(state(PLATFORM_TAG, "Windows"), CopyState::Ready);
        assert_eq!(state(PLATFORM_TAG, "Linux/UNIX"), CopyState::Failed);
        assert_eq!(state(PLATFORM_TAG, ""), CopyState::Failed);
        assert_eq!(state("another", "Linux/UNIX"), CopyState::Ready);
    }

    #[test]
    fn a_protected_image_says_so() {
        let held = |word: &str| {
            one(&format!(
                "<deregistrationProtection>{word}</deregistrationProtection>"
            ))
            .held_by
        };
        for word in ["enabled-with-cooldown", "enabled-without-cooldown"] {
            assert_eq!(held(word).as_deref(), Some("deregistration protection"));
        }
        assert_eq!((held("disabled"), held("")), (None, None));
    }

    #[test]
    fn a_disabled_image_is_there_and_not_usable() {
        let state = |word: &str| one(&format!("<imageState>{word}</imageState>")).state;
        assert_eq!(state("disabled"), CopyState::Other("disabled".to_owned()));
        assert!(one("<imageState>disabled</imageState>").disabled);
        assert!(!one("<imageState>available</imageState>").disabled);
        assert_eq!(state("failed"), CopyState::Failed);
        assert_eq!(one("").size_gib, None);
        assert!(decode(b"<DescribeImagesResponse/>").is_err());
    }
}
