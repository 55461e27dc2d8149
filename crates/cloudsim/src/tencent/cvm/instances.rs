//! Machines, as `DescribeInstances` shows them.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;

use super::words::{charge_word, cpu_and_memory, renew_word};
use super::{Tag, tags};
use crate::tencent::arguments::Filter;
use crate::tencent::catalog::{Asked, json};
use crate::tencent::times;
use crate::tencent::words::{Trouble, not_both};
use crate::world::holdings::Holdings;
use crate::world::machines::{Machine, MachineState};
use crate::world::network::Holder;
use crate::world::storage::Disk;
use crate::world::terms::Charge;

pub(super) const FILTERS: &[&str] = &[
    "zone",
    "project-id",
    "host-id",
    "vpc-id",
    "subnet-id",
    "instance-id",
    "uuid",
    "security-group-id",
    "instance-name",
    "instance-charge-type",
    "instance-state",
    "private-ip-address",
    "public-ip-address",
    "tag-key",
    "tag-value",
    "tag:",
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    total_count: usize,
    instance_set: Vec<Instance<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Instance<'a> {
    placement: Placement<'a>,
    instance_id: &'a str,
    instance_name: &'a str,
    instance_type: &'a str,
    #[serde(rename = "CPU")]
    cpu: u32,
    memory: u32,
    instance_state: &'a str,
    restrict_state: &'static str,
    isolated_source: &'static str,
    stop_charging_mode: &'static str,
    instance_charge_type: &'static str,
    renew_flag: Option<&'static str>,
    created_time: String,
    expired_time: Option<String>,
    system_disk: Option<DiskOf<'a>>,
    data_disks: Vec<DiskOf<'a>>,
    private_ip_addresses: &'a [String],
    public_ip_addresses: Option<Vec<&'a str>>,
    #[serde(rename = "IPv6Addresses")]
    ipv6_addresses: Option<()>,
    rdma_ip_addresses: Option<()>,
    internet_accessible: InternetAccessible,
    virtual_private_cloud: VirtualPrivateCloud<'a>,
    image_id: &'a str,
    os_name: &'static str,
    security_group_ids: Vec<&'a str>,
    login_settings: LoginSettings,
    tags: Vec<Tag<'a>>,
    uuid: String,
    latest_operation: Option<&'static str>,
    latest_operation_state: Option<&'static str>,
    latest_operation_request_id: Option<()>,
    latest_operation_error_msg: Option<&'static str>,
    disaster_recover_group_id: &'static str,
    disaster_recover_group_ids: [&'static str; 0],
    cam_role_name: &'a str,
    hpc_cluster_id: &'static str,
    dedicated_cluster_id: &'static str,
    #[serde(rename = "GPUInfo")]
    gpu_info: Option<()>,
    license_type: &'static str,
    disable_api_termination: bool,
    host_name: &'a str,
    default_login_user: &'static str,
    default_login_port: u16,
    // Fields that the published definition does not know.
    operator_uin: &'static str,
    platform_project_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Placement<'a> {
    zone: &'a str,
    project_id: u32,
    host_id: Option<()>,
    host_ids: Option<()>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DiskOf<'a> {
    disk_type: &'a str,
    disk_id: &'a str,
    disk_size: u64,
    encrypt: bool,
    kms_key_id: Option<()>,
    delete_with_instance: bool,
    snapshot_id: Option<&'a str>,
    throughput_performance: u32,
    cdc_id: Option<()>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InternetAccessible {
    internet_charge_type: Option<&'static str>,
    internet_max_bandwidth_out: u32,
    bandwidth_package_id: Option<()>,
    public_ip_assigned: Option<()>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VirtualPrivateCloud<'a> {
    vpc_id: &'a str,
    subnet_id: &'a str,
    as_vpc_gateway: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LoginSettings {
    key_ids: Option<()>,
}

/// The machines of one account in one region, as this cloud shows them: destroyed ones are gone at once.
pub(in crate::tencent) struct Machines<'a> {
    holdings: &'a Holdings,
    /// The kept addresses that are at machines, by machine.
    kept: HashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Machines<'a> {
    pub(in crate::tencent) fn of(holdings: &'a Holdings) -> Self {
        let mut kept: HashMap<&str, Vec<&str>> = HashMap::new();
        for address in &holdings.addresses {
            if let Some((Holder::Machine, id)) = &address.holder {
                kept.entry(id).or_default().push(&address.ip);
            }
        }
        Self { holdings, kept }
    }

    /// Returns the machines that lists show, or those with `ids`: that is how hidden ones are found.
    pub(in crate::tencent) fn shown(&self, ids: Option<&[String]>) -> Vec<Arc<Machine>> {
        let there = |it: &Machine| it.state != MachineState::Terminated;
        let machines = &self.holdings.machines;
        match ids {
            Some(ids) => {
                let mut named = machines.named(ids);
                named.retain(|it| there(it));
                named
            }
            None => machines
                .iter()
                .filter(|it| there(it) && !it.hidden)
                .cloned()
                .collect(),
        }
    }

    /// Returns the addresses outside of `machine`: its own, and those kept ones that are at it.
    pub(in crate::tencent) fn public_ips(&self, machine: &Machine) -> Vec<String> {
        let kept = self.kept.get(machine.id.as_str()).into_iter().flatten();
        let kept = kept.map(|it| (*it).to_owned());
        machine.public_ips.iter().cloned().chain(kept).collect()
    }

    /// Returns whether `filter` lets `machine` pass.
    pub(in crate::tencent) fn keeps(&self, filter: &Filter, machine: &Machine) -> bool {
        match filter.name.as_str() {
            "zone" => filter.keeps(&machine.zone),
            "project-id" => filter.keeps("0"),
            "host-id" => false,
            "vpc-id" => filter.keeps(&machine.vpc),
            "subnet-id" => filter.keeps(&machine.subnet),
            "instance-id" => filter.keeps(&machine.id),
            "uuid" => filter.keeps(&uuid(&machine.id)),
            "security-group-id" => security_groups(machine).any(|it| filter.keeps(it)),
            "instance-name" => filter.keeps_part(&machine.name),
            "instance-charge-type" => filter.keeps(charge_word(&machine.term)),
            "instance-state" => filter.keeps(state_word(&machine.state)),
            "private-ip-address" => machine.private_ips.iter().any(|it| filter.keeps(it)),
            "public-ip-address" => self.public_ips(machine).iter().any(|it| filter.keeps(it)),
            _ => filter.keeps_tags(&machine.tags).unwrap_or(false),
        }
    }
}

pub(super) fn describe(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let holdings = asked.holdings()?;
    let said = asked.arguments;
    let (ids, filters) = (said.texts("InstanceIds"), said.filters());
    if ids.is_some() && !filters.is_empty() {
        return Err(not_both("InstanceIds", "Filters"));
    }
    let machines = Machines::of(&holdings);
    let shown = machines.shown(ids.as_deref());
    let kept = shown
        .iter()
        .filter(|it| filters.iter().all(|filter| machines.keeps(filter, it)));
    let (rows, total_count) = said.part(20).cut(kept);
    let with_disks: Vec<_> = rows
        .iter()
        .map(|it| (it, holdings.disks_of(it), machines.public_ips(it)))
        .collect();
    let now = asked.world.now();
    let rows = with_disks.iter().map(|(machine, disks, public_ips)| {
        let (isolated_source, restrict_state) = isolation(machine, now);
        let (cpu, memory) = cpu_and_memory(&machine.kind);
        let prepaid = machine.term.charge == Charge::Prepaid;
        let (system, data): (Vec<_>, Vec<_>) = disks.iter().partition(|it| it.system);
        Instance {
            placement: Placement {
                zone: &machine.zone,
                project_id: 0,
                host_id: None,
                host_ids: None,
            },
            instance_id: &machine.id,
            instance_name: match machine.name.as_str() {
                "" => "未命名",
                name => name,
            },
            instance_type: &machine.kind,
            cpu,
            memory,
            instance_state: state_word(&machine.state),
            restrict_state,
            isolated_source,
            stop_charging_mode: match machine.state {
                MachineState::Stopped if !prepaid => "KEEP_CHARGING",
                _ => "NOT_APPLICABLE",
            },
            instance_charge_type: charge_word(&machine.term),
            renew_flag: renew_word(&machine.term),
            created_time: times::utc(machine.created),
            expired_time: machine.term.ends.map(times::utc),
            system_disk: system.first().map(|it| disk_of(it)),
            data_disks: data.iter().map(|it| disk_of(it)).collect(),
            private_ip_addresses: &machine.private_ips,
            public_ip_addresses: (!public_ips.is_empty())
                .then(|| public_ips.iter().map(String::as_str).collect()),
            ipv6_addresses: None,
            rdma_ip_addresses: None,
            internet_accessible: InternetAccessible {
                internet_charge_type: (!public_ips.is_empty())
                    .then_some("TRAFFIC_POSTPAID_BY_HOUR"),
                internet_max_bandwidth_out: if public_ips.is_empty() { 0 } else { 5 },
                bandwidth_package_id: None,
                public_ip_assigned: None,
            },
            virtual_private_cloud: VirtualPrivateCloud {
                vpc_id: &machine.vpc,
                subnet_id: &machine.subnet,
                as_vpc_gateway: false,
            },
            image_id: &machine.image,
            os_name: "TencentOS Server 3.1 (TK4)",
            security_group_ids: security_groups(machine).collect(),
            login_settings: LoginSettings { key_ids: None },
            tags: tags(&machine.tags),
            uuid: uuid(&machine.id),
            latest_operation: None,
            latest_operation_state: None,
            latest_operation_request_id: None,
            latest_operation_error_msg: None,
            disaster_recover_group_id: "",
            disaster_recover_group_ids: [],
            cam_role_name: &machine.role,
            hpc_cluster_id: "",
            dedicated_cluster_id: "",
            gpu_info: None,
            license_type: "TencentCloud",
            disable_api_termination: machine.protected,
            host_name: "VM-0-1-tencentos",
            default_login_user: "root",
            default_login_port: 22,
            operator_uin: "",
            platform_project_id: "",
        }
    });
    json(&Answer {
        total_count,
        instance_set: rows.collect(),
    })
}

/// The group of machines of which nobody said any.
const SECURITY_GROUP: &str = "sg-simulate";

fn security_groups(machine: &Machine) -> impl Iterator<Item = &str> {
    let usual = machine.security_groups.is_empty().then_some(SECURITY_GROUP);
    let own = machine.security_groups.iter().map(String::as_str);
    own.chain(usual)
}

fn disk_of(disk: &Arc<Disk>) -> DiskOf<'_> {
    DiskOf {
        disk_type: &disk.category,
        disk_id: &disk.id,
        disk_size: disk.size_gib,
        encrypt: disk.encrypted,
        kms_key_id: None,
        delete_with_instance: disk.with_machine,
        snapshot_id: disk.snapshot.as_deref(),
        throughput_performance: 0,
        cdc_id: None,
    }
}

/// Returns the word for where a machine stands.
fn state_word(state: &MachineState) -> &str {
    match state {
        MachineState::Pending => "PENDING",
        MachineState::Running => "RUNNING",
        MachineState::Stopping => "STOPPING",
        MachineState::Stopped => "STOPPED",
        MachineState::Starting => "STARTING",
        MachineState::Rebooting => "REBOOTING",
        // The recycle bin has the word of a machine that is merely off.
        MachineState::Recycled => "SHUTDOWN",
        MachineState::Terminating | MachineState::Terminated => "TERMINATING",
        MachineState::Failed => "LAUNCH_FAILED",
        MachineState::Odd(word) => word,
    }
}

/// Returns why a machine is isolated, and what it may do.
fn isolation(machine: &Machine, now: jiff::Timestamp) -> (&'static str, &'static str) {
    let is_over = machine.term.ends.is_some_and(|it| it <= now);
    match machine.state {
        MachineState::Recycled if is_over => ("EXPIRE", "EXPIRED"),
        MachineState::Recycled => ("MANMADE", "PROTECTIVELY_ISOLATED"),
        _ => ("NOTISOLATED", "NORMAL"),
    }
}

/// Returns the second id of a machine, which only this service knows.
fn uuid(id: &str) -> String {
    let sum = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |sum, it| {
        (sum ^ u64::from(it)).wrapping_mul(0x0100_0000_01b3)
    });
    format!(
        "{:08x}-0000-4000-8000-{:012x}",
        sum >> 32,
        sum & 0xffff_ffff
    )
}
