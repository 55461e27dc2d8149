//! Machines and addresses, changed; tags, put.

use async_trait::async_trait;
use cloud::{BesideOrder, CloudError, MachineChanges, Removal, Taggable};
use model::{RegionId, ResourceId, STEP_TAG, Tags};

use super::hindered::{has, pairs};
use super::inventory::INSTANCES;
use super::regions::by_ids;
use super::visitor::Visitor;
use crate::world::changes::Hindrance;
use crate::world::deeds::Sort;
use crate::world::holdings::{Power, RunOrder};
use crate::world::machines::MachineState;

pub(super) const TAG: &str = "TagResources";
pub(super) const STOP: &str = "StopInstance";
pub(super) const DELETE: &str = "DeleteInstance";
pub(super) const RELEASE: &str = "ReleaseEipAddress";
pub(super) const RUN: &str = "RunInstances";

#[async_trait]
impl MachineChanges for Visitor {
    async fn put_tags(
        &self,
        region: &RegionId,
        kind: Taggable,
        ids: &[ResourceId],
        tags: &Tags,
    ) -> Result<(), CloudError> {
        let sort = match kind {
            Taggable::Machine => Sort::Machine,
            Taggable::Disk => Sort::Disk,
            Taggable::Snapshot => Sort::Snapshot,
            Taggable::Image => Sort::Image,
        };
        let ids: Vec<&str> = ids.iter().map(ResourceId::as_str).collect();
        let (about, tags) = (ids.join(","), pairs(tags));
        self.change(by_ids(TAG, region, &about), |held, now| {
            if let Some(id) = ids.iter().find(|it| held.tags_of(sort, it).is_none()) {
                return Err(Hindrance::NotFound((*id).to_owned()).into());
            }
            for id in &ids {
                held.put_tags(sort, id, &tags, now)?;
            }
            Ok(())
        })
        .await
    }

    async fn stop_machine(&self, region: &RegionId, id: &ResourceId) -> Result<(), CloudError> {
        self.change(by_ids(STOP, region, id.as_str()), |held, now| {
            Ok(held.switch_machine(id.as_str(), Power::Off, now)?)
        })
        .await
    }

    async fn delete_machine(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Removal, CloudError> {
        self.remove(by_ids(DELETE, region, id.as_str()), |held, now| {
            let machine = held.machines.get(id.as_str());
            if machine.is_some_and(|it| it.is_leaving()) {
                return Err(Hindrance::NotFound(id.as_str().to_owned()));
            }
            if machine.is_some_and(|it| it.state != MachineState::Stopped) {
                return Err(Hindrance::WrongState(id.as_str().to_owned()));
            }
            held.delete_machine(id.as_str(), now)
        })
        .await
    }

    async fn release_address(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Removal, CloudError> {
        self.remove(by_ids(RELEASE, region, id.as_str()), |held, now| {
            held.release_address(id.as_str(), now)
        })
        .await
    }

    async fn run_beside(
        &self,
        region: &RegionId,
        order: &BesideOrder,
    ) -> Result<ResourceId, CloudError> {
        let about = format!("{},{}", order.like, order.image);
        self.change(by_ids(RUN, region, &about), |held, now| {
            let like = held.machines.get(order.like.as_str());
            let like = like.filter(|it| !it.is_leaving()).cloned();
            let like = like.ok_or_else(|| Hindrance::NotFound(order.like.as_str().to_owned()))?;
            let order = RunOrder {
                image: order.image.as_str().to_owned(),
                kind: like.kind.clone(),
                zone: like.zone.clone(),
                vpc: like.vpc.clone(),
                subnet: like.subnet.clone(),
                security_groups: like.security_groups.clone(),
                role: like.role.clone(),
                name: order.name.clone(),
                tags: pairs(&order.tags),
                disk_tags: Vec::new(),
            };
            Ok(ResourceId::new(held.begin_machine(order, now)?))
        })
        .await
    }

    async fn machines_of_step(
        &self,
        region: &RegionId,
        mark: &str,
    ) -> Result<Vec<ResourceId>, CloudError> {
        self.look(by_ids(INSTANCES, region, mark), |held| {
            let rows = held.machines.iter().filter(|it| !it.is_leaving());
            let marked = rows.filter(|it| has(&it.tags, STEP_TAG, mark));
            marked.map(|it| ResourceId::new(&it.id)).collect()
        })
        .await
    }
}
