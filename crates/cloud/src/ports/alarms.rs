//! Alarms of the monitoring service.

use async_trait::async_trait;
use jiff::Timestamp;
use model::{Alarm, AlarmOrder, AlarmTarget, RegionId, ResourceId, Traffic, TrafficRule};

use super::changes::Removal;
use crate::error::CloudError;
use crate::pager::PageSource;

/// Reads, makes and removes alarms.
#[async_trait]
pub trait Alarms: Send + Sync {
    /// Returns the list of all alarms of a region, whoever made them.
    fn alarms(&self, region: &RegionId) -> Box<dyn PageSource<Alarm> + '_>;

    /// Returns the list of all whom alarms of a region can tell.
    fn targets(&self, region: &RegionId) -> Box<dyn PageSource<AlarmTarget> + '_>;

    /// Returns what machines sent out in each period of `rule` between two times, asked for in as
    /// few calls as the cloud allows. A machine without data has no points.
    ///
    /// # Errors
    ///
    /// When one call fails.
    async fn traffic(
        &self,
        region: &RegionId,
        machines: &[ResourceId],
        rule: &TrafficRule,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Traffic>, CloudError>;

    /// Returns the alarms of this name, or this id where we choose it.
    ///
    /// # Errors
    ///
    /// When they cannot be had.
    async fn alarms_named(&self, region: &RegionId, name: &str) -> Result<Vec<Alarm>, CloudError>;

    /// Makes an alarm, and returns its id. Never alters one that is there: the caller has seen all
    /// of them, and that there is none.
    ///
    /// # Errors
    ///
    /// When the cloud refused it, or did not say; then [`Alarms::alarms_named`] tells.
    async fn create_alarm(
        &self,
        region: &RegionId,
        order: &AlarmOrder,
    ) -> Result<ResourceId, CloudError>;

    /// Removes an alarm.
    ///
    /// # Errors
    ///
    /// When the cloud refused it, or did not say.
    async fn delete_alarm(&self, region: &RegionId, id: &ResourceId)
    -> Result<Removal, CloudError>;

    /// Makes someone whom alarms can tell, and returns the id; one of that name that is there
    /// already is it.
    ///
    /// # Errors
    ///
    /// When the cloud refused it, or did not say; [`crate::ErrorKind::Invalid`] where it cannot be
    /// made by us.
    async fn create_target(&self, region: &RegionId, name: &str) -> Result<ResourceId, CloudError>;

    /// Invites a mail address or a web address to hear what a target is told.
    ///
    /// # Errors
    ///
    /// When the cloud refused it, or did not say.
    async fn subscribe(
        &self,
        region: &RegionId,
        target: &ResourceId,
        listener: &str,
    ) -> Result<(), CloudError>;

    /// Returns what the metric counts, in a stable word: `all_interfaces` (private traffic too) or
    /// `public`.
    fn counts(&self) -> &'static str;
}
