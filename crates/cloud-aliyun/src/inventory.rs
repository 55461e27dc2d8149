//! Reads regions, and names, tags and renewal of machines (Ecs 2014-05-26).
//!
//! Other products are left to the bill, which names them by id and knows their end: a reader for
//! each would cost a call for each region and product to add a name.
//!
//! Invariant: an empty answer is believed only after the cloud has said that the key may look.

use std::collections::HashMap;

use async_trait::async_trait;
use cloud::{CloudError, Detail, ErrorKind, Inventory};
use futures_util::StreamExt as _;
use futures_util::TryStreamExt as _;
use model::{Kind, Place, Region, RegionId, Renewal, ResourceId, Tags};
use serde::Deserialize;

use crate::Aliyun;
use crate::decode::{Loose, Misread};
use crate::errors::DRY_RUN_PASSED;
use crate::operations::{DESCRIBE_AUTO_RENEW, DESCRIBE_INSTANCES, DESCRIBE_REGIONS};

/// The product code of machines in the bill.
const MACHINES: &str = "ecs";
/// As many ids as one question may name.
pub(crate) const PAGE_SIZE: u32 = 100;
/// A machine with its disks, networks and tags.
const ROW_BYTES: usize = 4096;
/// More pages than a hundred machines come in.
const MOST_PAGES: u32 = 10;
/// How many questions are under way at once.
const PARALLEL: usize = 4;

#[async_trait]
impl Inventory for Aliyun {
    async fn regions(&self) -> Result<Vec<Region>, CloudError> {
        self.call(&DESCRIBE_REGIONS, decode_regions).send().await
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
        let place = Place::Region(region.clone());
        if kind.as_str() != MACHINES {
            let site = self.call_site(&DESCRIBE_INSTANCES, &place);
            let words = format!("there is no reader for the product {kind}");
            return Err(CloudError::new(site, ErrorKind::Invalid, words));
        }
        let asked: Vec<_> = ids
            .chunks(PAGE_SIZE as usize)
            .map(|ids| self.machines(region, ids))
            .collect();
        let found: Vec<Vec<Detail>> = futures_util::stream::iter(asked)
            .buffered(PARALLEL)
            .try_collect()
            .await?;
        let found: Vec<Detail> = found.into_iter().flatten().collect();
        if found.is_empty() && !ids.is_empty() {
            self.may_see_machines(region).await?;
        }
        Ok(found)
    }
}

impl Aliyun {
    /// Returns what is known of at most 100 machines of a region.
    async fn machines(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Detail>, CloudError> {
        let machines = self.pages_of_machines(region, ids).await?;
        // The question is refused as a whole when one machine is paid by use.
        let prepaid: Vec<&str> = machines
            .iter()
            .filter(|it| it.prepaid)
            .map(|it| it.detail.id.as_str())
            .collect();
        let mut renewals = self.renewals(region, &prepaid).await?;
        let details = machines.into_iter().map(|it| {
            let renewal = renewals.remove(it.detail.id.as_str());
            Detail {
                renewal,
                ..it.detail
            }
        });
        Ok(details.collect())
    }

    async fn pages_of_machines(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Machine>, CloudError> {
        let place = Place::Region(region.clone());
        let wanted: Vec<&str> = ids.iter().map(ResourceId::as_str).collect();
        let wanted = serde_json::json!(wanted).to_string();
        let mut machines = Vec::new();
        let mut token = String::new();
        for _ in 0..MOST_PAGES {
            let mut call = self
                .call(&DESCRIBE_INSTANCES, decode_machines)
                .at(place.clone())
                .with("RegionId", region.as_str())
                .with("InstanceIds", wanted.as_str())
                .with("MaxResults", PAGE_SIZE.to_string())
                .expecting(ids.len(), ROW_BYTES);
            if !token.is_empty() {
                call = call.with("NextToken", token.as_str());
            }
            let page = call.send().await?;
            machines.extend(page.machines);
            if page.next.is_empty() {
                return Ok(machines);
            }
            token = page.next;
        }
        let site = self.call_site(&DESCRIBE_INSTANCES, &place);
        let words = "a hundred machines come in pages without end";
        Err(CloudError::new(site, ErrorKind::Undecodable, words))
    }

    async fn renewals(
        &self,
        region: &RegionId,
        ids: &[&str],
    ) -> Result<HashMap<String, Renewal>, CloudError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let call = self
            .call(&DESCRIBE_AUTO_RENEW, decode_renewals)
            .at(Place::Region(region.clone()))
            .with("RegionId", region.as_str())
            .with("InstanceId", ids.join(","))
            .with("PageSize", PAGE_SIZE.to_string());
        call.send().await
    }

    /// Asks whether the key may see machines: without the right, the list is just empty.
    ///
    /// # Errors
    ///
    /// When it may not, or cannot be asked.
    pub(crate) async fn may_see_machines(&self, region: &RegionId) -> Result<(), CloudError> {
        let call = self
            .call(&DESCRIBE_INSTANCES, |_| Ok(()))
            .at(Place::Region(region.clone()))
            .with("RegionId", region.as_str())
            .with("DryRun", "true");
        match call.send().await {
            Err(error) if error.code != DRY_RUN_PASSED => Err(error),
            _ => Ok(()),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RegionsAnswer<'a> {
    #[serde(borrow)]
    regions: Option<Regions<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Regions<'a> {
    #[serde(borrow)]
    region: Vec<RegionRow<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RegionRow<'a> {
    #[serde(borrow)]
    region_id: Loose<'a>,
    #[serde(borrow)]
    local_name: Loose<'a>,
}

fn decode_regions(body: &str) -> Result<Vec<Region>, Misread> {
    let answer: RegionsAnswer<'_> = serde_json::from_str(body)?;
    let regions = answer.regions.ok_or(Misread::Lacks("Regions"))?.region;
    let regions = regions.into_iter().map(|row| {
        let id = row
            .region_id
            .some_text()
            .ok_or(Misread::Lacks("RegionId in one of its rows"))?;
        Ok(Region {
            id: RegionId::new(id),
            name: row.local_name.into_text(),
        })
    });
    regions.collect()
}

struct Machine {
    detail: Detail,
    prepaid: bool,
}

struct MachinePage {
    machines: Vec<Machine>,
    next: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct MachinesAnswer<'a> {
    #[serde(borrow)]
    instances: Option<Machines<'a>>,
    #[serde(borrow)]
    next_token: Loose<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Machines<'a> {
    #[serde(borrow)]
    instance: Vec<MachineRow<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct MachineRow<'a> {
    #[serde(borrow)]
    instance_id: Loose<'a>,
    #[serde(borrow)]
    instance_name: Loose<'a>,
    #[serde(borrow)]
    instance_charge_type: Loose<'a>,
    #[serde(borrow)]
    tags: Option<TagList<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct TagList<'a> {
    #[serde(borrow)]
    tag: Option<Vec<Tag<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tag<'a> {
    #[serde(borrow, rename = "TagKey", alias = "Key")]
    key: Loose<'a>,
    #[serde(borrow, rename = "TagValue", alias = "Value")]
    value: Loose<'a>,
}

fn decode_machines(body: &str) -> Result<MachinePage, Misread> {
    let answer: MachinesAnswer<'_> = serde_json::from_str(body)?;
    let rows = answer
        .instances
        .ok_or(Misread::Lacks("Instances"))?
        .instance;
    let machines = rows.into_iter().map(|row| {
        let id = row.instance_id.some_text();
        let id = ResourceId::new(id.ok_or(Misread::Lacks("InstanceId in one of its rows"))?);
        // Machines without tags have no list of them at all.
        let tags: Tags = row
            .tags
            .and_then(|it| it.tag)
            .into_iter()
            .flatten()
            .map(|it| (it.key.into_text(), it.value.into_text()))
            .collect();
        let prepaid = row.instance_charge_type.text() == "PrePaid";
        let name = row.instance_name.into_text();
        Ok(Machine {
            detail: Detail {
                id,
                name,
                tags,
                renewal: None,
            },
            prepaid,
        })
    });
    let machines = machines.collect::<Result<_, Misread>>()?;
    Ok(MachinePage {
        machines,
        next: answer.next_token.into_text(),
    })
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RenewalsAnswer<'a> {
    #[serde(borrow)]
    instance_renew_attributes: Option<Renewals<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Renewals<'a> {
    #[serde(borrow)]
    instance_renew_attribute: Vec<RenewalRow<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RenewalRow<'a> {
    #[serde(borrow)]
    instance_id: Loose<'a>,
    #[serde(borrow)]
    renewal_status: Loose<'a>,
    #[serde(borrow)]
    auto_renew_enabled: Loose<'a>,
    #[serde(borrow)]
    duration: Loose<'a>,
    #[serde(borrow)]
    period_unit: Loose<'a>,
}

fn decode_renewals(body: &str) -> Result<HashMap<String, Renewal>, Misread> {
    let answer: RenewalsAnswer<'_> = serde_json::from_str(body)?;
    let rows = answer
        .instance_renew_attributes
        .ok_or(Misread::Lacks("InstanceRenewAttributes"))?;
    let rows = rows.instance_renew_attribute.into_iter();
    Ok(rows
        .map(|row| (row.instance_id.text().into_owned(), renewal(&row)))
        .collect())
}

fn renewal(row: &RenewalRow<'_>) -> Renewal {
    let months = || {
        let duration = row.duration.count().and_then(|it| u32::try_from(it).ok())?;
        crate::decode::months(duration, &row.period_unit.text())
    };
    match (
        row.renewal_status.text().as_ref(),
        row.auto_renew_enabled.flag(),
    ) {
        ("AutoRenewal", _) | ("", Some(true)) => Renewal::Auto { months: months() },
        // "Normal" is the service's word for: a person has to.
        ("Normal", _) => Renewal::Manual,
        ("NotRenewal", _) => Renewal::Never,
        (other, _) => Renewal::Unknown(other.to_owned()),
    }
}

#[cfg(test)]
mod tests;
