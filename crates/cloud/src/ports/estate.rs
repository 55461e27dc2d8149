//! What stands in a region: machines, clusters, disks, copies, addresses, balancers.
//!
//! A list is of one region and holds everything of its kind there. A region that the cloud does not
//! offer the product in, or the account has not opened, answers with an empty list, not an error.

use std::collections::BTreeMap;

use async_trait::async_trait;
use model::{
    AccessKey, Address, Alarm, AlarmTarget, Cluster, ClusterNode, CopyNote, Disk, Image, KeyState,
    LoadBalancer, Machine, Maintenance, Opinion, Protection, RegionId, ResourceId, Snapshot,
};

use crate::error::CloudError;
use crate::pager::{Key, Keyed, PageSource};

/// Reads machines.
#[async_trait]
pub trait Machines: Send + Sync {
    /// Returns the list of all machines of a region, in every state; those that are gone for good
    /// and only still shown are left out.
    fn machines(&self, region: &RegionId) -> Box<dyn PageSource<Machine> + '_>;

    /// Returns the machines with these ids, asked by id: a list may be filtered by resource group
    /// or tag rights. One that is missing in the answer does not exist any more.
    ///
    /// # Errors
    ///
    /// When one call fails, or the key may not see one of them: then nothing is known.
    async fn machines_by_id(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Machine>, CloudError>;

    /// Returns what the cloud has planned for machines of a region, or `None` where it has no such
    /// list.
    fn maintenance(&self, region: &RegionId) -> Option<Box<dyn PageSource<Maintenance> + '_>>;
}

/// Reads Kubernetes clusters and their nodes.
#[async_trait]
pub trait Clusters: Send + Sync {
    /// Returns the list of all clusters of a region, of every sort and in every state.
    fn clusters(&self, region: &RegionId) -> Box<dyn PageSource<Cluster> + '_>;

    /// Returns one cluster, asked by id, or `None` when there is no such cluster.
    ///
    /// # Errors
    ///
    /// When it cannot be had; [`crate::ErrorKind::Denied`] is no proof that it is gone.
    async fn cluster(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Option<Cluster>, CloudError>;

    /// Returns the list of the nodes of a cluster, masters too, as far as [`Cluster::view`] says.
    ///
    /// An answer that names failures of its own beside its rows is an error: it is not the whole list.
    fn nodes(&self, region: &RegionId, cluster: &Cluster) -> Box<dyn PageSource<ClusterNode> + '_>;

    /// Returns what another, fresh source of the cloud says of each of these machines: whether it is
    /// in a cluster or in a scaling group. Every id that was asked for is in the answer.
    ///
    /// # Errors
    ///
    /// When one call fails.
    async fn opinions(
        &self,
        region: &RegionId,
        machines: &[ResourceId],
    ) -> Result<BTreeMap<ResourceId, Opinion>, CloudError>;
}

/// Reads disks and their snapshots.
#[async_trait]
pub trait Disks: Send + Sync {
    /// Returns the list of all disks of a region.
    fn disks(&self, region: &RegionId) -> Box<dyn PageSource<Disk> + '_>;

    /// Returns the disks with these ids, asked by id; one that is missing does not exist any more.
    ///
    /// # Errors
    ///
    /// When one call fails, or the key may not see one of them.
    async fn disks_by_id(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Disk>, CloudError>;

    /// Returns the list of the account's own snapshots in a region.
    fn snapshots(&self, region: &RegionId) -> Box<dyn PageSource<Snapshot> + '_>;
}

/// Reads machine images.
pub trait Images: Send + Sync {
    /// Returns the list of the account's own images in a region, hidden ones too.
    fn images(&self, region: &RegionId) -> Box<dyn PageSource<Image> + '_>;
}

/// Reads public addresses.
pub trait Addresses: Send + Sync {
    /// Returns the list of all kept addresses of a region.
    fn addresses(&self, region: &RegionId) -> Box<dyn PageSource<Address> + '_>;
}

/// Reads load balancers.
pub trait LoadBalancers: Send + Sync {
    /// Returns the list of all load balancers of a region, each with how many backends it has.
    fn load_balancers(&self, region: &RegionId) -> Box<dyn PageSource<LoadBalancer> + '_>;
}

/// Reads the long-lived keys of an account's users.
pub trait Keys: Send + Sync {
    /// Returns the list of all of them.
    fn access_keys(&self) -> Box<dyn PageSource<AccessKey> + '_>;
}

/// Tells what the keys can be used for that disks and their copies are encrypted with.
#[async_trait]
pub trait CryptKeys: Send + Sync {
    /// Returns the state of a key, as a snapshot of the region names it. One that there is not is
    /// [`KeyState::Gone`], and one of another account that may not be seen [`KeyState::Withheld`].
    ///
    /// # Errors
    ///
    /// When it cannot be had.
    async fn key_state(&self, region: &RegionId, key: &ResourceId) -> Result<KeyState, CloudError>;
}

macro_rules! keyed_by_id {
    ($($noun:ty),* $(,)?) => {$(
        impl Keyed for $noun {
            fn key(&self) -> Key<'_> {
                Key::id(self.id.as_str())
            }
        }
    )*};
}

keyed_by_id!(
    Machine,
    Cluster,
    Disk,
    Snapshot,
    Image,
    Address,
    LoadBalancer,
    Maintenance,
    Alarm,
    AlarmTarget
);

impl Keyed for ClusterNode {
    fn key(&self) -> Key<'_> {
        Key::id(&self.name)
    }
}

impl Keyed for AccessKey {
    /// The shortened id alone may stand for two keys.
    fn key(&self) -> Key<'_> {
        Key::together([&self.user, self.id.as_str(), "", ""])
    }
}

impl Keyed for CopyNote {
    fn key(&self) -> Key<'_> {
        Key::together([self.about.as_str(), self.sort.word(), "", ""])
    }
}

impl Keyed for Protection {
    fn key(&self) -> Key<'_> {
        Key::id(self.policy.as_str())
    }
}

impl Keyed for model::ImageUse {
    fn key(&self) -> Key<'_> {
        Key::together([self.image.as_str(), &self.user, "", ""])
    }
}
