//! The lists of what stands in one region.
//!
//! Whatever the cloud of the account, actions and rights have the names they have at Alibaba Cloud: a test plants
//! its faults and takes its rights by them.

use std::sync::Arc;

use async_trait::async_trait;
use cloud::{
    Addresses, CallSite, CloudError, Disks, ErrorKind, Images, Keyed, LoadBalancers, Machines,
    Next, Page, PageAt, PageSource,
};
use model::{
    Address, Disk, Image, LoadBalancer, Machine, Maintenance, RegionId, ResourceId, Snapshot,
};

use super::inventory::{INSTANCES, MOST_IDS};
use super::nouns;
use super::visitor::{Question, Visitor};
use crate::world::World;
use crate::world::caller::Caller;
use crate::world::cloud::Cloud;
use crate::world::holdings::Holdings;
use crate::world::instances::InstanceFilter;
use crate::world::machines::{self, MachineState};
use crate::world::paging::{PageAsked, Paged};
use crate::world::refusal::Refusal;
use crate::world::rows::{Row, Rows};
use crate::world::upkeep::EventState;

pub(super) const DISKS: &str = "DescribeDisks";
pub(super) const SNAPSHOTS: &str = "DescribeSnapshots";
pub(super) const IMAGES: &str = "DescribeImages";
pub(super) const ADDRESSES: &str = "DescribeEipAddresses";
pub(super) const BALANCERS: &str = "DescribeLoadBalancers";
pub(super) const EVENTS: &str = "DescribeInstanceHistoryEvents";

/// The largest page of every list here.
pub(super) const REGION_PAGE: usize = 100;

/// What is asked of the world for one page.
pub(super) struct Look<'a> {
    pub(super) world: &'a World,
    pub(super) caller: &'a Caller,
    pub(super) region: &'a str,
    /// The one thing the list is about; empty if it is about none.
    pub(super) about: &'a str,
    pub(super) page: PageAsked,
}

impl Look<'_> {
    /// Returns what the caller's account holds in the region.
    pub(super) fn held(&self) -> Arc<Holdings> {
        self.world.holdings(self.caller.uid, self.region)
    }
}

/// What a list gives: a page, and all else that is held beside it.
pub(super) type Found<W> = Result<Paged<Arc<W>>, Refusal>;

/// A list of one region, shown in rows of the model.
pub(super) struct RegionList<'a, W, M> {
    pub(super) visitor: &'a Visitor,
    pub(super) action: &'static str,
    pub(super) region: String,
    pub(super) about: String,
    pub(super) fetch: fn(&Look<'_>) -> Found<W>,
    pub(super) show: fn(&W, &Holdings) -> M,
}

impl<'a, W, M> RegionList<'a, W, M> {
    pub(super) fn new(
        visitor: &'a Visitor,
        action: &'static str,
        region: &RegionId,
        fetch: fn(&Look<'_>) -> Found<W>,
        show: fn(&W, &Holdings) -> M,
    ) -> Self {
        Self {
            visitor,
            action,
            region: region.as_str().to_owned(),
            about: String::new(),
            fetch,
            show,
        }
    }

    fn question(&self, page: Option<usize>) -> Question<'_> {
        Question {
            action: self.action,
            region: &self.region,
            about: &self.about,
            page,
        }
    }
}

#[async_trait]
impl<W: Send + Sync, M: Keyed + Send> PageSource<M> for RegionList<'_, W, M> {
    fn site(&self) -> CallSite {
        self.visitor.call_site(&self.question(None))
    }

    async fn page(&self, at: &PageAt) -> Result<Page<M>, CloudError> {
        let number = match at {
            PageAt::First => 1,
            PageAt::Number(number) => *number as usize,
            PageAt::Token(_) => {
                let words = "the pages of this list are numbered";
                return Err(CloudError::new(self.site(), ErrorKind::Invalid, words));
            }
        };
        let page = PageAsked {
            number,
            size: REGION_PAGE,
        };
        let question = self.question(Some(number));
        let right = question.right();
        let fetch = |world: &World, caller: &Caller| {
            caller.require(right)?;
            let look = Look {
                world,
                caller,
                region: &self.region,
                about: &self.about,
                page,
            };
            let found = (self.fetch)(&look)?;
            let held = look.held();
            let items = found.items.iter().map(|it| (it.clone(), held.clone()));
            Ok(Paged {
                items: items.collect(),
                total: found.total,
                asked: page,
            })
        };
        let found = self.visitor.ask(question, fetch).await?;
        let rows = found.items.iter();
        Ok(Page {
            next: match u32::try_from(found.pages()).unwrap_or(u32::MAX) {
                0 | 1 => Next::End,
                pages => Next::Through(pages),
            },
            total: Some(found.total as u64),
            items: rows.map(|(row, held)| (self.show)(row, held)).collect(),
        })
    }
}

/// Returns the page of one table of what is held.
fn table<W: Row>(look: &Look<'_>, rows: fn(&Holdings) -> &Rows<W>) -> Found<W> {
    Ok(rows(&look.held()).page(look.page))
}

fn machines_of(look: &Look<'_>) -> Found<machines::Machine> {
    if look.caller.cloud == Cloud::Aliyun {
        let filter = InstanceFilter {
            region: look.region.to_owned(),
            ..InstanceFilter::default()
        };
        return look.world.instances_page(look.caller, &filter, look.page);
    }
    let held = look.held();
    Ok(held.machines.page_of(look.page, |it| {
        it.state != MachineState::Terminated && !it.hidden
    }))
}

fn planned(look: &Look<'_>) -> Found<crate::world::upkeep::Event> {
    Ok(look.held().events.page_of(look.page, |it| {
        matches!(it.state, EventState::Scheduled | EventState::Executing)
    }))
}

#[async_trait]
impl Machines for Visitor {
    fn machines(&self, region: &RegionId) -> Box<dyn PageSource<Machine> + '_> {
        let list = RegionList::new(self, INSTANCES, region, machines_of, nouns::machine);
        Box::new(list)
    }

    async fn machines_by_id(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Machine>, CloudError> {
        let mut found = Vec::new();
        for ids in ids.chunks(MOST_IDS as usize) {
            let ids: Vec<String> = ids.iter().map(|it| it.as_str().to_owned()).collect();
            let by_id = |world: &World, caller: &Caller| {
                caller.require("ecs:DescribeInstances")?;
                let held = world.holdings(caller.uid, region.as_str());
                let filter = InstanceFilter {
                    region: region.as_str().to_owned(),
                    ids: Some(ids.clone()),
                    ..InstanceFilter::default()
                };
                let page = PageAsked {
                    number: 1,
                    size: MOST_IDS as usize,
                };
                let found = match caller.cloud {
                    Cloud::Aliyun => world.instances_page(caller, &filter, page)?.items,
                    Cloud::Tencent | Cloud::Aws(_) => held.machines.named(&ids),
                };
                let found = found
                    .iter()
                    .filter(|it| it.state != MachineState::Terminated);
                Ok(found
                    .map(|it| nouns::machine(it, &held))
                    .collect::<Vec<_>>())
            };
            found.extend(
                self.ask(by_ids(INSTANCES, region, &ids.join(",")), by_id)
                    .await?,
            );
        }
        Ok(found)
    }

    fn maintenance(&self, region: &RegionId) -> Option<Box<dyn PageSource<Maintenance> + '_>> {
        let list = RegionList::new(self, EVENTS, region, planned, nouns::maintenance);
        Some(Box::new(list))
    }
}

#[async_trait]
impl Disks for Visitor {
    fn disks(&self, region: &RegionId) -> Box<dyn PageSource<Disk> + '_> {
        let disks = |look: &Look<'_>| table(look, |it| &it.disks);
        Box::new(RegionList::new(self, DISKS, region, disks, nouns::disk))
    }

    async fn disks_by_id(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Disk>, CloudError> {
        let mut found = Vec::new();
        for ids in ids.chunks(MOST_IDS as usize) {
            let ids: Vec<String> = ids.iter().map(|it| it.as_str().to_owned()).collect();
            let by_id = |world: &World, caller: &Caller| {
                caller.require("ecs:DescribeDisks")?;
                let held = world.holdings(caller.uid, region.as_str());
                let named = held.disks.named(&ids);
                Ok(named
                    .iter()
                    .map(|it| nouns::disk(it, &held))
                    .collect::<Vec<_>>())
            };
            found.extend(
                self.ask(by_ids(DISKS, region, &ids.join(",")), by_id)
                    .await?,
            );
        }
        Ok(found)
    }

    fn snapshots(&self, region: &RegionId) -> Box<dyn PageSource<Snapshot> + '_> {
        let snapshots = |look: &Look<'_>| table(look, |it| &it.snapshots);
        let list = RegionList::new(self, SNAPSHOTS, region, snapshots, nouns::snapshot);
        Box::new(list)
    }
}

/// Returns a question about the things that `about` names.
pub(super) fn by_ids<'a>(
    action: &'static str,
    region: &'a RegionId,
    about: &'a str,
) -> Question<'a> {
    Question {
        action,
        region: region.as_str(),
        about,
        page: None,
    }
}

impl Images for Visitor {
    fn images(&self, region: &RegionId) -> Box<dyn PageSource<Image> + '_> {
        let images = |look: &Look<'_>| table(look, |it| &it.images);
        Box::new(RegionList::new(self, IMAGES, region, images, nouns::image))
    }
}

impl Addresses for Visitor {
    fn addresses(&self, region: &RegionId) -> Box<dyn PageSource<Address> + '_> {
        let addresses = |look: &Look<'_>| table(look, |it| &it.addresses);
        let list = RegionList::new(self, ADDRESSES, region, addresses, nouns::address);
        Box::new(list)
    }
}

impl LoadBalancers for Visitor {
    fn load_balancers(&self, region: &RegionId) -> Box<dyn PageSource<LoadBalancer> + '_> {
        let balancers = |look: &Look<'_>| table(look, |it| &it.balancers);
        let list = RegionList::new(self, BALANCERS, region, balancers, nouns::balancer);
        Box::new(list)
    }
}
