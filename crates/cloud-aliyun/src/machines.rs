//! Reads machines and what is planned for them (Ecs 2014-05-26).

use std::net::IpAddr;

use async_trait::async_trait;
use cloud::{CloudError, Machines, PageSource};
use model::{
    Charge, Expiry, Machine, MachineState, Maintenance, RegionId, ResourceId, Tags, Tie, TieSort,
};
use serde::Deserialize;

use crate::Aliyun;
use crate::decode::{Loose, Misread};
use crate::lists::{List, Listed, TagList, charge, id, json_ids, listed};
use crate::operations::{DESCRIBE_HISTORY_EVENTS, DESCRIBE_INSTANCES};
use crate::times;

/// The largest page there is, and as many ids as one question may name.
pub(crate) const PAGE_SIZE: u32 = 100;
/// A machine with its disks, networks and tags.
pub(crate) const ROW_BYTES: usize = 4096;

#[async_trait]
impl Machines for Aliyun {
    fn machines(&self, region: &RegionId) -> Box<dyn PageSource<Machine> + '_> {
        Box::new(List {
            row_bytes: ROW_BYTES,
            ..List::linked(self, &DESCRIBE_INSTANCES, region, PAGE_SIZE, decode).checked()
        })
    }

    async fn machines_by_id(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Machine>, CloudError> {
        let mut found = Vec::new();
        for ids in ids.chunks(PAGE_SIZE as usize) {
            let list = List {
                row_bytes: ROW_BYTES,
                ..List::linked(self, &DESCRIBE_INSTANCES, region, PAGE_SIZE, decode)
                    .with("InstanceIds", json_ids(ids))
                    .checked()
            };
            found.extend(list.rows().await?);
        }
        Ok(found)
    }

    fn maintenance(&self, region: &RegionId) -> Option<Box<dyn PageSource<Maintenance> + '_>> {
        let list = List::linked(
            self,
            &DESCRIBE_HISTORY_EVENTS,
            region,
            PAGE_SIZE,
            decode_events,
        );
        // What is over is not asked for.
        let list = list
            .with("InstanceEventCycleStatus.1", "Scheduled")
            .with("InstanceEventCycleStatus.2", "Inquiring")
            .with("InstanceEventCycleStatus.3", "Executing");
        Some(Box::new(list))
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Row<'a> {
    #[serde(borrow)]
    instance_id: Loose<'a>,
    #[serde(borrow)]
    instance_name: Loose<'a>,
    #[serde(borrow)]
    instance_type: Loose<'a>,
    #[serde(borrow)]
    zone_id: Loose<'a>,
    #[serde(borrow)]
    status: Loose<'a>,
    #[serde(borrow)]
    instance_charge_type: Loose<'a>,
    #[serde(borrow)]
    spot_strategy: Loose<'a>,
    #[serde(borrow)]
    creation_time: Loose<'a>,
    #[serde(borrow)]
    expired_time: Loose<'a>,
    #[serde(borrow)]
    image_id: Loose<'a>,
    #[serde(borrow)]
    vpc_attributes: Option<Vpc<'a>>,
    #[serde(borrow)]
    inner_ip_address: Option<Ips<'a>>,
    #[serde(borrow)]
    public_ip_address: Option<Ips<'a>>,
    #[serde(borrow)]
    eip_address: Option<Eip<'a>>,
    #[serde(borrow)]
    operation_locks: Option<Locks<'a>>,
    #[serde(borrow)]
    deletion_protection: Loose<'a>,
    #[serde(borrow)]
    tags: Option<TagList<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Vpc<'a> {
    #[serde(borrow)]
    vpc_id: Loose<'a>,
    #[serde(borrow)]
    private_ip_address: Option<Ips<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Ips<'a> {
    #[serde(borrow)]
    ip_address: Option<Vec<Loose<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Eip<'a> {
    #[serde(borrow)]
    ip_address: Loose<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Locks<'a> {
    #[serde(borrow)]
    lock_reason: Option<Vec<Lock<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Lock<'a> {
    #[serde(borrow)]
    lock_reason: Loose<'a>,
}

pub(crate) fn decode(body: &str) -> Result<Listed<Machine>, Misread> {
    listed!(body, "Instances", "Instance", Row, machine)
}

fn machine(row: Row<'_>) -> Result<Machine, Misread> {
    let id = id(&row.instance_id, "InstanceId in one of its rows")?;
    let name = row.instance_name.into_text();
    let tags = TagList::into_tags(row.tags);
    let charge = charge(&row.instance_charge_type.text(), &row.spot_strategy.text());
    let locks = row.operation_locks.and_then(|it| it.lock_reason);
    let mut locks = locks.into_iter().flatten();
    // Locked for want of money, or already on its way to the one who reclaims spot machines.
    let ends = locks.any(|it| {
        matches!(
            it.lock_reason.text().to_ascii_lowercase().as_str(),
            "financial" | "recycling" | "refunded"
        )
    });
    let (network, private) = match row.vpc_attributes {
        Some(vpc) => (vpc.vpc_id.some_text(), ips(vpc.private_ip_address)),
        None => (None, Vec::new()),
    };
    let private_ips = if private.is_empty() {
        ips(row.inner_ip_address)
    } else {
        private
    };
    let eip = row
        .eip_address
        .and_then(|it| it.ip_address.text().parse().ok());
    let expiry = match charge {
        Charge::Prepaid => times::expiry(times::instant_of(&row.expired_time)),
        Charge::OnDemand | Charge::Spot => Expiry::Never,
        Charge::Other(_) => Expiry::Unknown,
    };
    Ok(Machine {
        root_disk: None,
        protected: row.deletion_protection.flag() == Some(true),
        ties: ties(&name, &tags),
        id,
        name,
        machine_type: row.instance_type.into_text(),
        zone: row.zone_id.into_text(),
        network: network.map(ResourceId::new),
        state: if ends {
            MachineState::Recycled
        } else {
            state(&row.status.text())
        },
        charge,
        created: times::instant_of(&row.creation_time),
        expiry,
        renewal: None,
        private_ips,
        public_ips: ips(row.public_ip_address).into_iter().chain(eip).collect(),
        image: row.image_id.some_text().map(ResourceId::new),
        tags,
    })
}

fn ips(list: Option<Ips<'_>>) -> Vec<IpAddr> {
    let texts = list.and_then(|it| it.ip_address).into_iter().flatten();
    texts.filter_map(|it| it.text().parse().ok()).collect()
}

fn state(word: &str) -> MachineState {
    match word {
        "Pending" => MachineState::Pending,
        "Running" => MachineState::Running,
        "Stopped" => MachineState::Stopped,
        "Starting" | "Stopping" => MachineState::Changing,
        "Deleted" | "Released" => MachineState::Leaving,
        other => MachineState::Other(other.to_owned()),
    }
}

/// The tag that the container service puts on what it makes for a cluster; its value is the
/// cluster's id.
const CLUSTER_TAG: &str = "ack.aliyun.com";
/// The tag that it puts on the machines of a node pool.
const POOL_TAG: &str = "ack.alibabacloud.com/nodepool-id";
/// What stands before the cluster's id in the names it makes: `worker-k8s-for-cs-c1…`,
/// `master-01-k8s-for-cs-c1…`.
const NAME_MARK: &str = "-k8s-for-cs-";

/// Returns what the container service itself left on a machine.
fn ties(name: &str, tags: &Tags) -> Vec<Tie> {
    let cluster = tags.get(CLUSTER_TAG).filter(|it| !it.is_empty());
    let mut ties = Vec::new();
    if let Some(cluster) = cluster {
        ties.push(Tie {
            sort: TieSort::Tag,
            cluster: Some(ResourceId::new(cluster)),
            evidence: format!("{CLUSTER_TAG}={cluster}"),
        });
    }
    if let Some(pool) = tags.get(POOL_TAG) {
        ties.push(Tie {
            sort: TieSort::Group,
            cluster: cluster.map(ResourceId::new),
            evidence: format!("{POOL_TAG}={pool}"),
        });
    }
    let named = name.split_once(NAME_MARK).filter(|(role, id)| {
        (*role == "worker" || role.starts_with("master-")) && is_cluster_id(id)
    });
    if let Some((_, id)) = named {
        ties.push(Tie {
            sort: TieSort::Name,
            cluster: Some(ResourceId::new(id)),
            evidence: name.to_owned(),
        });
    }
    ties
}

/// A cluster's id is `c` and 32 hexadecimal digits.
fn is_cluster_id(text: &str) -> bool {
    text.strip_prefix('c')
        .is_some_and(|it| it.len() == 32 && it.bytes().all(|it| it.is_ascii_alphanumeric()))
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct EventRow<'a> {
    #[serde(borrow)]
    event_id: Loose<'a>,
    #[serde(borrow)]
    instance_id: Loose<'a>,
    #[serde(borrow)]
    event_type: Option<Word<'a>>,
    #[serde(borrow)]
    reason: Loose<'a>,
    #[serde(borrow)]
    not_before: Loose<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Word<'a> {
    #[serde(borrow)]
    name: Loose<'a>,
}

fn decode_events(body: &str) -> Result<Listed<Maintenance>, Misread> {
    listed!(
        body,
        "InstanceSystemEventSet",
        "InstanceSystemEventType",
        EventRow,
        event
    )
}

/// How much of the cloud's words is kept, in characters.
const LONGEST_WORDS: usize = 300;

fn event(row: EventRow<'_>) -> Result<Maintenance, Misread> {
    let code = row
        .event_type
        .map_or_else(String::new, |it| it.name.into_text());
    let begins = times::instant_of(&row.not_before);
    // `InstanceExpiration.Delete`, `SystemMaintenance.Redeploy`, `….Stop`: the last word says what.
    let ends = code.ends_with(".Delete") || code.ends_with(".Stop");
    Ok(Maintenance {
        id: id(&row.event_id, "EventId in one of its rows")?,
        machine: id(&row.instance_id, "InstanceId in one of its rows")?,
        words: row.reason.text().chars().take(LONGEST_WORDS).collect(),
        deadline: begins.filter(|_| ends),
        code,
        begins,
    })
}

#[cfg(test)]
mod tests;
