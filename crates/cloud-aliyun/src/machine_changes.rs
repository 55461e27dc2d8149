//! Stops, tags and removes machines and addresses, and starts a machine beside another (Ecs
//! 2014-05-26, Vpc 2016-04-28).
//!
//! Invariant: nothing goes by force: a machine that runs, is protected or is paid in advance stays.

mod beside;

use async_trait::async_trait;
use cloud::{BesideOrder, CloudError, ErrorKind, MachineChanges, Machines as _, Removal, Taggable};
use model::{MachineState, RegionId, ResourceId, STEP_TAG, Tags};

use crate::Aliyun;
use crate::changes::{done, removal};
use crate::lists::List;
use crate::machines::{self, PAGE_SIZE, ROW_BYTES};
use crate::operations::{
    DELETE_INSTANCE, DESCRIBE_INSTANCES, RELEASE_EIP, STOP_INSTANCE, TAG_RESOURCES,
};

/// As many things as one call tags.
const MOST_TAGGED: usize = 50;

#[async_trait]
impl MachineChanges for Aliyun {
    async fn put_tags(
        &self,
        region: &RegionId,
        kind: Taggable,
        ids: &[ResourceId],
        tags: &Tags,
    ) -> Result<(), CloudError> {
        if tags.is_empty() {
            return Ok(());
        }
        let sort = match kind {
            Taggable::Machine => "instance",
            Taggable::Disk => "disk",
            Taggable::Snapshot => "snapshot",
            Taggable::Image => "image",
        };
        for ids in ids.chunks(MOST_TAGGED) {
            self.call_in(&TAG_RESOURCES, region, done)
                .with("ResourceType", sort)
                .with_each("ResourceId", ids.iter().map(ResourceId::as_str))
                .with_tags(tags)
                .same_twice()
                .send()
                .await?;
        }
        Ok(())
    }

    async fn stop_machine(&self, region: &RegionId, id: &ResourceId) -> Result<(), CloudError> {
        let call = self
            .call_in(&STOP_INSTANCE, region, done)
            .with("InstanceId", id.as_str())
            // Machines that cannot do without their share are stopped all the same.
            .with("StoppedMode", "StopCharging");
        let error = match call.send().await {
            Err(error) if error.kind == ErrorKind::TryLater => error,
            answer => return answer,
        };
        let found = self
            .machines_by_id(region, std::slice::from_ref(id))
            .await?;
        match found.first().map(|it| &it.state) {
            Some(MachineState::Stopped) => Ok(()),
            _ => Err(error),
        }
    }

    async fn delete_machine(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Removal, CloudError> {
        let call = self
            .call_in(&DELETE_INSTANCE, region, done)
            .with("InstanceId", id.as_str());
        removal(call.send().await)
    }

    async fn release_address(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Removal, CloudError> {
        let call = self
            .call_in(&RELEASE_EIP, region, done)
            .with("AllocationId", id.as_str());
        removal(call.send().await)
    }

    async fn run_beside(
        &self,
        region: &RegionId,
        order: &BesideOrder,
    ) -> Result<ResourceId, CloudError> {
        self.start_beside(region, order).await
    }

    async fn machines_of_step(
        &self,
        region: &RegionId,
        mark: &str,
    ) -> Result<Vec<ResourceId>, CloudError> {
        let decode = machines::decode;
        let list = List {
            row_bytes: ROW_BYTES,
            ..List::linked(self, &DESCRIBE_INSTANCES, region, PAGE_SIZE, decode)
                .tagged(STEP_TAG, mark)
                .checked()
        };
        Ok(list.rows().await?.into_iter().map(|it| it.id).collect())
    }
}
