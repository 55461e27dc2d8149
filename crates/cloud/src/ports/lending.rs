//! Snapshots that another account may copy.
//!
//! Invariant: a snapshot is lent to one account by its number, never to everybody.

use async_trait::async_trait;
use model::{CopyOrder, RegionId, ResourceId, Snapshot};

use crate::error::CloudError;

/// Lends snapshots to other accounts of the same cloud, and copies what was lent.
#[async_trait]
pub trait Lending: Send + Sync {
    /// Returns who else may copy a snapshot: numbers of accounts, `all` for everybody; nobody when
    /// there is no such snapshot.
    ///
    /// # Errors
    ///
    /// When it cannot be had.
    async fn borrowers(
        &self,
        region: &RegionId,
        snapshot: &ResourceId,
    ) -> Result<Vec<String>, CloudError>;

    /// Lets the account of this number copy a snapshot; lending it twice is the same as once.
    ///
    /// # Errors
    ///
    /// When the cloud refused it, or did not say.
    async fn lend(
        &self,
        region: &RegionId,
        snapshot: &ResourceId,
        number: &str,
    ) -> Result<(), CloudError>;

    /// Takes that leave back from the account of this number, and from nobody else. Of one that has
    /// none, and of a snapshot that is gone, it is no error.
    ///
    /// # Errors
    ///
    /// When the cloud refused it, or did not say.
    async fn take_back(
        &self,
        region: &RegionId,
        snapshot: &ResourceId,
        number: &str,
    ) -> Result<(), CloudError>;

    /// Begins a copy in `region` of what another account has lent to this one, and returns it. A copy
    /// of something encrypted is encrypted, with the key of the order or this account's own default.
    ///
    /// `lent` is the snapshot of the order as its own account sees it.
    ///
    /// # Errors
    ///
    /// When the cloud refused it, or did not say.
    async fn copy_lent(
        &self,
        region: &RegionId,
        order: &CopyOrder,
        lent: &Snapshot,
    ) -> Result<ResourceId, CloudError>;
}
