//! Names, tags and renewal of machines.

use std::sync::Arc;

use async_trait::async_trait;
use cloud::{CloudError, Detail, ErrorKind, Inventory};
use model::{Kind, Region, RegionId, ResourceId};

use super::rows;
use super::visitor::{Question, Visitor};
use crate::world::World;
use crate::world::caller::Caller;
use crate::world::instances::InstanceFilter;
use crate::world::machines::Machine;
use crate::world::paging::{PageAsked, Paged};
use crate::world::refusal::Refusal;

/// The product code of machines in the bill.
const MACHINES: &str = "ecs";
/// As many ids as one question may name.
pub(super) const MOST_IDS: u32 = 100;

pub(super) const INSTANCES: &str = "DescribeInstances";
pub(super) const RENEWALS: &str = "DescribeInstanceAutoRenewAttribute";
pub(super) const ALL_REGIONS: &str = "DescribeRegions";

#[async_trait]
impl Inventory for Visitor {
    async fn regions(&self) -> Result<Vec<Region>, CloudError> {
        let regions = |_: &World, caller: &Caller| {
            caller.require("ecs:DescribeRegions")?;
            Ok(caller.cloud.regions().iter().map(rows::region).collect())
        };
        self.ask(Question::plain(ALL_REGIONS), regions).await
    }

    fn covers(&self) -> &[&'static str] {
        &[MACHINES]
    }

    async fn details(
        &self,
        kind: &Kind,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Detail>, CloudError> {
        let region = region.as_str();
        if kind.as_str() != MACHINES {
            let words = format!("there is no reader for the product {kind}");
            let site = self.call_site(&in_region(INSTANCES, region));
            return Err(CloudError::new(site, ErrorKind::Invalid, words));
        }
        let mut found = Vec::new();
        for ids in ids.chunks(MOST_IDS as usize) {
            let shown = self.machines(region, ids).await?.items;
            let renewals = self.renewals(region, &shown).await?;
            found.extend(shown.iter().map(|it| {
                let mut renewals = renewals.iter();
                let own = renewals.find(|renewal| renewal.id == it.id);
                rows::detail(it, own.and_then(|it| it.term.renewal))
            }));
        }
        if found.is_empty() && !ids.is_empty() {
            // Without the right the list is just empty.
            self.may_see_machines(region).await?;
        }
        Ok(found)
    }
}

impl Visitor {
    async fn machines(
        &self,
        region: &str,
        ids: &[ResourceId],
    ) -> Result<Paged<Arc<Machine>>, CloudError> {
        let filter = InstanceFilter {
            region: region.to_owned(),
            ids: Some(ids.iter().map(|it| it.as_str().to_owned()).collect()),
            ..InstanceFilter::default()
        };
        let asked = PageAsked {
            number: 1,
            size: MOST_IDS as usize,
        };
        let question = Question {
            page: Some(1),
            ..in_region(INSTANCES, region)
        };
        self.ask(question, |world: &World, caller: &Caller| {
            known_region(caller, region)?;
            world.instances_page(caller, &filter, asked)
        })
        .await
    }

    /// Asks for the product's own word on renewal, which has a right of its own; machines that are paid by use
    /// have none.
    async fn renewals(
        &self,
        region: &str,
        machines: &[Arc<Machine>],
    ) -> Result<Vec<Arc<Machine>>, CloudError> {
        let prepaid = machines.iter().filter(|it| it.term.ends.is_some());
        let ids: Vec<String> = prepaid.map(|it| it.id.clone()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let renewals = |world: &World, caller: &Caller| world.renewals(caller, region, Some(&ids));
        self.ask(in_region(RENEWALS, region), renewals).await
    }

    /// Asks whether the key may see machines.
    pub(super) async fn may_see_machines(&self, region: &str) -> Result<(), CloudError> {
        let allowed = |_: &World, caller: &Caller| caller.require("ecs:DescribeInstances");
        self.ask(in_region(INSTANCES, region), allowed).await
    }
}

/// Refuses a region that the caller's cloud does not have.
pub(super) fn known_region(caller: &Caller, region: &str) -> Result<(), Refusal> {
    if caller.cloud.regions().iter().any(|it| it.0 == region) {
        return Ok(());
    }
    let text = "The specified RegionId does not exist.";
    Err(Refusal::new(404, "InvalidRegionId.NotFound", text))
}

pub(super) fn in_region<'a>(action: &'static str, region: &'a str) -> Question<'a> {
    Question {
        action,
        region,
        about: "",
        page: None,
    }
}
