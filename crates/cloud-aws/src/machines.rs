//! Reads machines and what is planned for them (EC2).
//!
//! The list is asked for whole, without filters: a filter would hide a state that nobody knows yet.
//! By id, a filter is used all the same, since one unknown id makes the direct question fail whole.

mod likeness;
mod maintenance;
mod ties;

use std::net::IpAddr;

use async_trait::async_trait;
use cloud::{CloudError, Machines, PageSource};
use futures_util::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use model::{Charge, Expiry, Machine, MachineState, Maintenance, Place, RegionId, ResourceId};
use serde::Deserialize;

use crate::Aws;
use crate::call::{AwsCall, Managed};
use crate::decode::Misread;
use crate::lists::{Batch, PARALLEL};
use crate::operations::DESCRIBE_INSTANCES;
use crate::query::{Set, Tag, read_page, says_true, some, tags};
use crate::times::instant;

pub(crate) use likeness::Likeness;
pub(crate) use maintenance::PAGE_SIZE as STATUS_PAGE_SIZE;

/// Half of the largest: a node of a cluster may have hundreds of addresses, each with its own lines.
pub(crate) const PAGE_SIZE: u32 = 500;
/// A machine with its disks, interfaces and tags, as a rule.
const ROW_BYTES: usize = 8 << 10;
/// As many values as one filter may have.
pub(crate) const MOST_VALUES: usize = 200;

#[async_trait]
impl Machines for Aws {
    fn machines(&self, region: &RegionId) -> Box<dyn PageSource<Machine> + '_> {
        let place = Place::Region(region.clone());
        self.list(&DESCRIBE_INSTANCES, place.clone(), move |token| {
            self.machines_page(&place, token).send()
        })
    }

    async fn machines_by_id(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Machine>, CloudError> {
        let place = Place::Region(region.clone());
        let asked: Result<Vec<Vec<Machine>>, CloudError> =
            futures_util::stream::iter(ids.chunks(MOST_VALUES).map(<[ResourceId]>::to_vec))
                .map(|ids| self.machines_named(&place, ids))
                .buffered(PARALLEL)
                .try_collect()
                .await;
        match asked {
            Ok(machines) => Ok(machines.into_iter().flatten().collect()),
            Err(error) if self.is_of_closed_region(&place, &error).await => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn maintenance(&self, region: &RegionId) -> Option<Box<dyn PageSource<Maintenance> + '_>> {
        Some(maintenance::list(self, region))
    }
}

impl Aws {
    /// Begins to ask for a page of the list of all machines.
    pub(crate) fn machines_page(
        &self,
        place: &Place,
        token: Option<String>,
    ) -> AwsCall<'_, Batch<Machine>> {
        self.call(&DESCRIBE_INSTANCES, decode)
            .at(place)
            .with("MaxResults", PAGE_SIZE.to_string())
            .with_some("NextToken", token)
            .expecting(PAGE_SIZE as usize, ROW_BYTES)
    }

    async fn machines_named(
        &self,
        place: &Place,
        ids: Vec<ResourceId>,
    ) -> Result<Vec<Machine>, CloudError> {
        self.with_managed(|managed| self.machines_named_as(place, &ids, managed))
            .await
    }

    async fn machines_named_as(
        &self,
        place: &Place,
        ids: &[ResourceId],
        managed: Managed,
    ) -> Result<Vec<Machine>, CloudError> {
        self.all(&DESCRIBE_INSTANCES, place, |token| {
            self.call(&DESCRIBE_INSTANCES, decode)
                .at(place)
                .showing(managed)
                .with_filter(1, "instance-id", ids.iter().map(ResourceId::as_str))
                .with("MaxResults", PAGE_SIZE.to_string())
                .with_some("NextToken", token)
                .expecting(ids.len(), ROW_BYTES)
                .send()
        })
        .await
    }

    /// Returns the machines that carry a tag with just this value.
    pub(crate) async fn machines_tagged(
        &self,
        place: &Place,
        key: &str,
        value: &str,
    ) -> Result<Vec<Machine>, CloudError> {
        let found = self
            .all(&DESCRIBE_INSTANCES, place, |token| {
                self.call(&DESCRIBE_INSTANCES, decode)
                    .at(place)
                    .with_filter(1, &format!("tag:{key}"), [value])
                    .with("MaxResults", PAGE_SIZE.to_string())
                    .with_some("NextToken", token)
                    .send()
            })
            .await?;
        // A `*` in a value would stand for anything there.
        let is_it = |it: &Machine| it.tags.get(key).is_some_and(|it| it == value);
        Ok(found.into_iter().filter(is_it).collect())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Row {
    instance_id: String,
    instance_type: String,
    image_id: String,
    instance_state: State,
    instance_lifecycle: String,
    launch_time: String,
    placement: Placement,
    vpc_id: String,
    private_ip_address: String,
    ip_address: String,
    network_interface_set: Set<Interface>,
    root_device_name: String,
    block_device_mapping: Set<Device>,
    operator: Operator,
    tag_set: Set<Tag>,
}

/// A disk as its machine has it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Device {
    pub(crate) device_name: String,
    pub(crate) ebs: DeviceDisk,
}

/// What stands behind a [`Device`].
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct DeviceDisk {
    pub(crate) volume_id: String,
    pub(crate) delete_on_termination: String,
}

/// The service that made a machine and alone may change it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Operator {
    managed: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct State {
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Placement {
    availability_zone: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Interface {
    attachment: Attachment,
    private_ip_addresses_set: Set<InsideAddress>,
    #[serde(rename = "ipv6AddressesSet")]
    ipv6_addresses_set: Set<Ipv6>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Attachment {
    device_index: String,
    attach_time: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct InsideAddress {
    private_ip_address: String,
    association: Association,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Association {
    public_ip: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ipv6 {
    #[serde(rename = "ipv6Address")]
    address: String,
}

fn decode(body: &[u8]) -> Result<Batch<Machine>, Misread> {
    let root = "DescribeInstancesResponse";
    read_page(body, root, &["reservationSet", "instancesSet"], machine)
}

/// Returns `None` for a machine that is gone and is only still shown, for an hour.
fn machine(row: Row) -> Result<Option<Machine>, Misread> {
    let id = some(&row.instance_id).ok_or(Misread::Lacks("instanceId in one of its rows"))?;
    let id = ResourceId::new(id);
    let state = match row.instance_state.name.trim() {
        "terminated" => return Ok(None),
        "pending" => MachineState::Pending,
        "running" => MachineState::Running,
        "stopping" => MachineState::Changing,
        "stopped" => MachineState::Stopped,
        "shutting-down" => MachineState::Leaving,
        other => MachineState::Other(other.to_owned()),
    };
    let charge = match row.instance_lifecycle.trim() {
        "" => Charge::OnDemand,
        "spot" => Charge::Spot,
        other => Charge::Other(other.to_owned()),
    };
    let (private_ips, public_ips) = addresses(&row);
    let (created, root_disk) = (created(&row), root_disk(&row));
    let tags = tags(row.tag_set);
    Ok(Some(Machine {
        root_disk,
        // The protection that a person sets is in no list: it is met when the machine is to go.
        protected: says_true(&row.operator.managed),
        id,
        name: tags.get("Name").cloned().unwrap_or_default(),
        machine_type: row.instance_type,
        zone: row.placement.availability_zone,
        network: some(&row.vpc_id).map(ResourceId::new),
        state,
        charge,
        created,
        expiry: Expiry::Never,
        renewal: None,
        private_ips,
        public_ips,
        image: some(&row.image_id).map(ResourceId::new),
        ties: ties::ties(&tags),
        tags,
    }))
}

/// Returns the disk that a machine starts from.
fn root_disk(row: &Row) -> Option<ResourceId> {
    let root = some(&row.root_device_name)?;
    let of_root = |it: &&Device| it.device_name.trim() == root;
    let device = row.block_device_mapping.iter().find(of_root)?;
    some(&device.ebs.volume_id).map(ResourceId::new)
}

/// The launch time moves with every start; the first interface is on the machine from its making
/// and cannot be taken off.
fn created(row: &Row) -> Option<Timestamp> {
    let first = row
        .network_interface_set
        .iter()
        .find(|it| it.attachment.device_index.trim() == "0");
    let attached = first.and_then(|it| instant(&it.attachment.attach_time));
    match (instant(&row.launch_time), attached) {
        (Some(launched), Some(attached)) => Some(launched.min(attached)),
        (launched, attached) => launched.or(attached),
    }
}

/// Returns the addresses inside and outside, each once.
fn addresses(row: &Row) -> (Vec<IpAddr>, Vec<IpAddr>) {
    let mut inside: Vec<IpAddr> = Vec::new();
    let mut outside: Vec<IpAddr> = Vec::new();
    let add = |to: &mut Vec<IpAddr>, text: &str| {
        if let Ok(address) = text.trim().parse()
            && !to.contains(&address)
        {
            to.push(address);
        }
    };
    add(&mut inside, &row.private_ip_address);
    add(&mut outside, &row.ip_address);
    for interface in row.network_interface_set.iter() {
        for address in interface.private_ip_addresses_set.iter() {
            add(&mut inside, &address.private_ip_address);
            add(&mut outside, &address.association.public_ip);
        }
        for address in interface.ipv6_addresses_set.iter() {
            add(&mut inside, &address.address);
        }
    }
    (inside, outside)
}

#[cfg(test)]
mod tests;
