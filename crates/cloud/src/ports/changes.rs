//! What can be changed: copies of disks, images, machines, tags.
//!
//! A change is asked once. What the cloud has no token for is marked by a tag on the thing itself
//! ([`model::SET_TAG`], [`model::STEP_TAG`]), so that whoever did not hear the answer can look for
//! it; an implementation never repeats a create by itself unless the cloud promises, by a token made
//! of that mark, that twice is once.

use std::collections::BTreeMap;

use async_trait::async_trait;
use model::{
    CopyNote, CopyOrder, Disk, Image, ImageOrder, ImageUse, Protection, RegionId, ResourceId,
    SetId, SetOrder, Snapshot, Tags,
};

use crate::error::{CloudError, ErrorKind};
use crate::pager::PageSource;

/// What became of something that was to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    /// It is gone by this call.
    Gone,
    /// There was none any more.
    WasGone,
    /// It is held, and stays: by whom, in the cloud's word (`ami-0abc`, `locked`).
    Held(String),
}

impl Removal {
    /// Returns what an answer to "remove it" says became of it.
    ///
    /// # Errors
    ///
    /// When it says nothing of that: the thing may still be there.
    pub fn of(answer: Result<(), CloudError>) -> Result<Self, CloudError> {
        let error = match answer {
            Ok(()) => return Ok(Self::Gone),
            Err(error) => error,
        };
        match &error.kind {
            ErrorKind::NotFound => Ok(Self::WasGone),
            ErrorKind::Held { by } if by.is_empty() => Ok(Self::Held(error.code)),
            ErrorKind::Held { by } => Ok(Self::Held(by.clone())),
            _ => Err(error),
        }
    }
}

/// Makes and removes snapshots.
#[async_trait]
pub trait Copies: Send + Sync {
    /// Begins one snapshot of each disk of a machine, all of one instant where the cloud can, and
    /// returns the snapshots by their disks. They are not whole yet.
    ///
    /// # Errors
    ///
    /// When the cloud refused it, or did not say: then some of them may have been begun, and
    /// [`Copies::of_set`] tells which. [`crate::ErrorKind::TryLater`] when the disks had too many of
    /// late.
    async fn create_set(
        &self,
        region: &RegionId,
        order: &SetOrder,
    ) -> Result<BTreeMap<ResourceId, ResourceId>, CloudError>;

    /// Returns the snapshots that carry the tag of a set, whole or not.
    ///
    /// # Errors
    ///
    /// When they cannot be had.
    async fn of_set(&self, region: &RegionId, set: &SetId) -> Result<Vec<Snapshot>, CloudError>;

    /// Returns the snapshots with these ids; one that is missing does not exist, or not yet.
    ///
    /// # Errors
    ///
    /// When one call fails.
    async fn snapshots_by_id(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Snapshot>, CloudError>;

    /// Removes a snapshot. Never by force: one that something holds stays.
    ///
    /// # Errors
    ///
    /// When the cloud refused it for another reason, or did not say.
    async fn delete_snapshot(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Removal, CloudError>;

    /// Begins a copy of a snapshot in `region`, and returns it.
    ///
    /// # Errors
    ///
    /// When the cloud refused it, or did not say.
    async fn copy_snapshot(
        &self,
        region: &RegionId,
        order: &CopyOrder,
    ) -> Result<ResourceId, CloudError>;

    /// Makes a disk of a snapshot in a zone; `mark` is the value of its [`model::STEP_TAG`].
    ///
    /// # Errors
    ///
    /// When the cloud refused it, or did not say.
    async fn create_disk(
        &self,
        region: &RegionId,
        order: &DiskOrder,
    ) -> Result<ResourceId, CloudError>;

    /// Returns the disks that carry the mark of a step.
    ///
    /// # Errors
    ///
    /// When they cannot be had.
    async fn disks_of_step(&self, region: &RegionId, mark: &str) -> Result<Vec<Disk>, CloudError>;

    /// Puts a disk on a machine, as `device` where the cloud wants one.
    ///
    /// # Errors
    ///
    /// When the cloud refused it, or did not say. One that is there already is no error.
    async fn attach_disk(
        &self,
        region: &RegionId,
        disk: &ResourceId,
        machine: &ResourceId,
        device: Option<&str>,
    ) -> Result<(), CloudError>;

    /// Takes a disk off its machine; one that is on none is no error.
    ///
    /// # Errors
    ///
    /// When the cloud refused it, or did not say.
    async fn detach_disk(
        &self,
        region: &RegionId,
        disk: &ResourceId,
        machine: &ResourceId,
    ) -> Result<(), CloudError>;

    /// Removes a disk that is on no machine.
    ///
    /// # Errors
    ///
    /// When the cloud refused it for another reason than being held, or did not say.
    async fn delete_disk(
        &self,
        region: &RegionId,
        disk: &ResourceId,
    ) -> Result<Removal, CloudError>;

    /// Returns the policies by which the cloud itself keeps copies in a region, or `None` where it
    /// has no such list.
    fn protections(&self, region: &RegionId) -> Option<Box<dyn PageSource<Protection> + '_>>;

    /// Returns what no list of copies of a region shows, or `None` where the cloud has nothing of it
    /// or does not tell.
    fn copy_notes(&self, region: &RegionId) -> Option<Box<dyn PageSource<CopyNote> + '_>> {
        // Named for the implementer; most clouds have nothing to tell of any region.
        let _ = region;
        None
    }
}

/// A disk that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskOrder {
    /// The snapshot it is made of.
    pub snapshot: ResourceId,
    /// In which zone.
    pub zone: String,
    /// Its category, where another than the cloud's default is wanted.
    pub category: Option<String>,
    /// Its name.
    pub name: String,
    /// Its tags; [`model::STEP_TAG`] is in them already.
    pub tags: Tags,
}

/// Makes and removes images.
#[async_trait]
pub trait ImageMaking: Send + Sync {
    /// Begins an image of snapshots that are whole, able to start as the machine they are of does.
    ///
    /// # Errors
    ///
    /// When the cloud refused it, or did not say; [`crate::ErrorKind::Exists`] when another image
    /// has the name.
    async fn make_image(
        &self,
        region: &RegionId,
        order: &ImageOrder,
    ) -> Result<ResourceId, CloudError>;

    /// Returns the account's own images that carry the tag of a set, whole or not.
    ///
    /// # Errors
    ///
    /// When they cannot be had.
    async fn images_of_set(&self, region: &RegionId, set: &SetId)
    -> Result<Vec<Image>, CloudError>;

    /// Returns the account's own images with these ids; one that is missing does not exist, or not yet.
    ///
    /// # Errors
    ///
    /// When one call fails.
    async fn images_by_id(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Image>, CloudError>;

    /// Removes an image, and with it those of `snapshots` that no other image stands on. What became
    /// of each of them is in the answer; one that is not in it is still there.
    ///
    /// # Errors
    ///
    /// When the cloud refused it for another reason than being held, or did not say.
    async fn delete_image(
        &self,
        region: &RegionId,
        image: &ResourceId,
        snapshots: &[ResourceId],
    ) -> Result<(Removal, BTreeMap<ResourceId, Removal>), CloudError>;

    /// Removes an image as [`ImageMaking::delete_image`] does, for a caller who has looked at it just
    /// before: what it stands on need not be asked for once more.
    ///
    /// # Errors
    ///
    /// As [`ImageMaking::delete_image`].
    async fn delete_seen_image(
        &self,
        region: &RegionId,
        image: &Image,
        snapshots: &[ResourceId],
    ) -> Result<(Removal, BTreeMap<ResourceId, Removal>), CloudError> {
        self.delete_image(region, &image.id, snapshots).await
    }

    /// Returns who uses which image in a region: machines, launch templates, scaling groups.
    fn image_uses(&self, region: &RegionId) -> Box<dyn PageSource<ImageUse> + '_>;

    /// Returns who uses any of `images`, whole as [`ImageMaking::image_uses`]; uses of other images
    /// may be in it, where a cloud cannot be asked for less.
    fn image_uses_of(
        &self,
        region: &RegionId,
        images: &[ResourceId],
    ) -> Box<dyn PageSource<ImageUse> + '_> {
        // Named for the implementer; the whole list has them all.
        let _ = images;
        self.image_uses(region)
    }
}

/// What is tagged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Taggable {
    /// Machines.
    Machine,
    /// Disks.
    Disk,
    /// Snapshots.
    Snapshot,
    /// Images.
    Image,
}

/// Stops, tags and removes machines and addresses.
#[async_trait]
pub trait MachineChanges: Send + Sync {
    /// Puts tags on things of one kind; other tags stay as they are.
    ///
    /// # Errors
    ///
    /// When the cloud refused it, or did not say; doing it again is the same.
    async fn put_tags(
        &self,
        region: &RegionId,
        kind: Taggable,
        ids: &[ResourceId],
        tags: &Tags,
    ) -> Result<(), CloudError>;

    /// Asks a machine to stop, in a way that keeps it and, where there is a choice, does not pay for
    /// it; one that is stopped is no error.
    ///
    /// # Errors
    ///
    /// When the cloud refused it, or did not say.
    async fn stop_machine(&self, region: &RegionId, id: &ResourceId) -> Result<(), CloudError>;

    /// Deletes a machine that is stopped.
    ///
    /// # Errors
    ///
    /// When the cloud refused it for another reason than being held, or did not say.
    async fn delete_machine(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Removal, CloudError>;

    /// Gives an address back that nothing uses.
    ///
    /// # Errors
    ///
    /// When the cloud refused it for another reason than being held, or did not say.
    async fn release_address(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Removal, CloudError>;

    /// Starts a machine from an image beside the one it is an image of: same type, network, groups
    /// and role, a new name, no public address.
    ///
    /// # Errors
    ///
    /// When the cloud refused it, or did not say.
    async fn run_beside(
        &self,
        region: &RegionId,
        order: &BesideOrder,
    ) -> Result<ResourceId, CloudError>;

    /// Returns the machines that carry the mark of a step.
    ///
    /// # Errors
    ///
    /// When they cannot be had.
    async fn machines_of_step(
        &self,
        region: &RegionId,
        mark: &str,
    ) -> Result<Vec<ResourceId>, CloudError>;
}

/// A machine that is wanted beside another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BesideOrder {
    /// The machine it is like.
    pub like: ResourceId,
    /// What it starts from.
    pub image: ResourceId,
    /// Its name.
    pub name: String,
    /// Its tags; [`model::STEP_TAG`] is in them already.
    pub tags: Tags,
}
