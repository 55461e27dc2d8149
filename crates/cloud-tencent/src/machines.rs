//! Reads machines (cvm 2017-03-12).
//!
//! The cloud has no list of what it plans for machines.

mod ties;

use async_trait::async_trait;
use cloud::{CloudError, Machines, PageSource};
use model::{Charge, Machine, MachineState, Maintenance, Place, RegionId, ResourceId};
use serde_json::Map;

use crate::Tencent;
use crate::decode::{self, Loose, Misread, Shape, Tag};
use crate::lists::{self, Counts, Listed, OffsetList, Question};
use crate::operations::DESCRIBE_INSTANCES;
use crate::{times, words};

/// The largest page, and as many ids as one question may name.
pub(crate) const PAGE_SIZE: u32 = 100;
/// A machine with its disks, networks and tags.
const ROW_BYTES: u64 = 4096;

#[async_trait]
impl Machines for Tencent {
    fn machines(&self, region: &RegionId) -> Box<dyn PageSource<Machine> + '_> {
        Box::new(OffsetList::new(self, question(region, decode)))
    }

    async fn machines_by_id(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Machine>, CloudError> {
        lists::by_id(self, "InstanceIds", ids, || question(region, decode)).await
    }

    fn maintenance(&self, _region: &RegionId) -> Option<Box<dyn PageSource<Maintenance> + '_>> {
        None
    }
}

/// Returns the list of machines of a region, with rows understood by `decode`.
pub(crate) fn question<T>(region: &RegionId, decode: crate::rpc::Decode<Listed<T>>) -> Question<T> {
    Question {
        operation: &DESCRIBE_INSTANCES,
        place: Place::Region(region.clone()),
        counts: Counts::Rows,
        arguments: Map::new(),
        page_size: PAGE_SIZE,
        row_bytes: ROW_BYTES,
        decode,
    }
}

decode::wire! {
    pub(crate) struct Row<'a> {
        pub(crate) instance_id: Loose<'a>,
        pub(crate) instance_name: Loose<'a>,
        instance_type: Loose<'a>,
        image_id: Loose<'a>,
        placement: Option<Placement<'a>>,
        instance_state: Loose<'a>,
        instance_charge_type: Loose<'a>,
        pub(crate) renew_flag: Loose<'a>,
        expired_time: Loose<'a>,
        restrict_state: Loose<'a>,
        created_time: Loose<'a>,
        tags: Option<Vec<Tag<'a>>>,
        private_ip_addresses: Option<Vec<Loose<'a>>>,
        public_ip_addresses: Option<Vec<Loose<'a>>>,
        #[serde(rename = "IPv6Addresses")]
        ipv6_addresses: Option<Vec<Loose<'a>>>,
        virtual_private_cloud: Option<Network<'a>>,
        system_disk: Option<SystemDisk<'a>>,
        disable_api_termination: Loose<'a>,
    }
    struct SystemDisk<'a> {
        disk_id: Loose<'a>,
    }
    struct Placement<'a> {
        zone: Loose<'a>,
    }
    struct Network<'a> {
        vpc_id: Loose<'a>,
    }
}

/// Where the rows of machines are.
pub(crate) const SHAPE: Shape = Shape::rows("InstanceSet");

pub(crate) fn decode(body: &str) -> Result<Listed<Machine>, Misread> {
    lists::read(body, &SHAPE, machine)
}

/// Returns whether the cloud has shut a machine away: past its end, in debt, or by its own hand.
pub(crate) fn is_isolated(row: &Row<'_>) -> bool {
    matches!(
        row.restrict_state.text().as_ref(),
        "EXPIRED" | "PROTECTIVELY_ISOLATED"
    )
}

pub(crate) fn machine(row: Row<'_>) -> Result<Machine, Misread> {
    let id = row.instance_id.some_text();
    let id = id.ok_or(Misread::Lacks("InstanceId in one of its rows"))?;
    let charge = words::charge(&row.instance_charge_type);
    let renewal = (charge == Charge::Prepaid).then(|| words::renewal(&row.renew_flag));
    let state = state(&row);
    let name = row.instance_name.into_text();
    let tags = decode::tags(row.tags);
    let network = row
        .virtual_private_cloud
        .and_then(|it| it.vpc_id.some_text());
    let mut public_ips = words::ips(row.public_ip_addresses);
    public_ips.extend(words::ips(row.ipv6_addresses));
    Ok(Machine {
        root_disk: row
            .system_disk
            .and_then(|it| it.disk_id.some_text())
            .map(ResourceId::new),
        protected: row.disable_api_termination.flag() == Some(true),
        id: ResourceId::new(id),
        ties: ties::ties(&name, &tags),
        name,
        machine_type: row.instance_type.into_text(),
        zone: row
            .placement
            .map(|it| it.zone.into_text())
            .unwrap_or_default(),
        network: network.map(ResourceId::new),
        state,
        expiry: times::expiry(&charge, &row.expired_time),
        renewal,
        charge,
        created: times::instant_of(&row.created_time),
        private_ips: words::ips(row.private_ip_addresses),
        public_ips,
        image: row.image_id.some_text().map(ResourceId::new),
        tags,
    })
}

fn state(row: &Row<'_>) -> MachineState {
    let word = row.instance_state.text();
    match word.as_ref() {
        "SHUTDOWN" => MachineState::Recycled,
        "TERMINATING" | "LAUNCH_FAILED" => MachineState::Leaving,
        _ if is_isolated(row) => MachineState::Recycled,
        "PENDING" => MachineState::Pending,
        "RUNNING" => MachineState::Running,
        "STOPPED" => MachineState::Stopped,
        "STARTING"
        | "STOPPING"
        | "REBOOTING"
        | "ENTER_RESCUE_MODE"
        | "RESCUE_MODE"
        | "EXIT_RESCUE_MODE"
        | "ENTER_SERVICE_LIVE_MIGRATE"
        | "SERVICE_LIVE_MIGRATE"
        | "EXIT_SERVICE_LIVE_MIGRATE" => MachineState::Changing,
        other => MachineState::Other(other.to_owned()),
    }
}

#[cfg(test)]
mod tests;
