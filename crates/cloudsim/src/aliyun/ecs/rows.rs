//! Rows of the machine service, with the habits of the recorded ones: wrapped lists, minutes, empty texts.

use jiff::Timestamp;
use serde::Serialize;

use crate::world::instances::{charge_type, never, status};
use crate::world::machines::{Machine, MachineState};
use crate::world::network::Address;
use crate::world::terms::Charge;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RegionRow<'a> {
    pub(super) region_id: &'a str,
    pub(super) region_endpoint: String,
    pub(super) local_name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RenewalRow<'a> {
    pub(super) instance_id: &'a str,
    pub(super) renewal_status: &'static str,
    pub(super) auto_renew_enabled: bool,
    pub(super) duration: u16,
    pub(super) period_unit: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Addresses<'a> {
    ip_address: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ElasticAddress<'a> {
    allocation_id: &'a str,
    ip_address: &'a str,
    internet_charge_type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Network<'a> {
    vpc_id: &'a str,
    v_switch_id: &'a str,
    nat_ip_address: &'static str,
    private_ip_address: Addresses<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tags<'a> {
    tag: Vec<Tag<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag<'a> {
    tag_key: &'a str,
    tag_value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Locks {
    lock_reason: Vec<Lock>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Lock {
    lock_reason: &'static str,
    lock_msg: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MetadataOptions {
    http_endpoint: &'static str,
    http_tokens: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SecurityGroups<'a> {
    security_group_id: Vec<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InstanceRow<'a> {
    instance_id: &'a str,
    instance_name: &'a str,
    host_name: &'a str,
    description: &'static str,
    region_id: &'a str,
    zone_id: &'a str,
    status: &'a str,
    stopped_mode: &'static str,
    instance_type: &'a str,
    instance_type_family: &'static str,
    cpu: u32,
    memory: u32,
    #[serde(rename = "GPUAmount")]
    gpu_amount: u32,
    #[serde(rename = "OSName")]
    os_name: &'static str,
    #[serde(rename = "OSNameEn")]
    os_name_en: &'static str,
    #[serde(rename = "OSType")]
    os_type: &'static str,
    image_id: &'a str,
    instance_charge_type: &'static str,
    instance_network_type: &'static str,
    internet_charge_type: &'static str,
    internet_max_bandwidth_in: i32,
    internet_max_bandwidth_out: i32,
    spot_strategy: &'static str,
    spot_price_limit: u32,
    sale_cycle: &'static str,
    creation_time: String,
    start_time: String,
    expired_time: String,
    auto_release_time: &'static str,
    resource_group_id: &'static str,
    io_optimized: bool,
    device_available: bool,
    deletion_protection: bool,
    recyclable: bool,
    eip_address: ElasticAddress<'a>,
    public_ip_address: Addresses<'a>,
    inner_ip_address: Addresses<'a>,
    vpc_attributes: Network<'a>,
    security_group_ids: SecurityGroups<'a>,
    operation_locks: Locks,
    metadata_options: MetadataOptions,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Tags<'a>>,
}

impl<'a> InstanceRow<'a> {
    /// Returns the row of `it`, which stands in `region` and has `elastic` as its address.
    pub(super) fn new(it: &'a Machine, region: &'a str, elastic: Option<&'a Address>) -> Self {
        let lock = match (&it.state, it.term.charge) {
            (MachineState::Recycled, Charge::Spot) => Some("Recycling"),
            (MachineState::Recycled, _) => Some("financial"),
            _ => None,
        };
        Self {
            instance_id: &it.id,
            instance_name: &it.name,
            host_name: &it.id,
            description: "",
            region_id: region,
            zone_id: &it.zone,
            status: status(it),
            stopped_mode: "Not-applicable",
            instance_type: &it.kind,
            instance_type_family: "ecs.c7",
            cpu: 2,
            memory: 4096,
            gpu_amount: 0,
            os_name: "Alibaba Cloud Linux  3.2104 LTS 64位",
            os_name_en: "Alibaba Cloud Linux  3.2104 LTS 64 bit",
            os_type: "linux",
            image_id: &it.image,
            instance_charge_type: charge_type(it),
            instance_network_type: "vpc",
            internet_charge_type: "PayByTraffic",
            internet_max_bandwidth_in: -1,
            internet_max_bandwidth_out: 0,
            spot_strategy: match it.term.charge {
                Charge::Spot => "SpotAsPriceGo",
                _ => "NoSpot",
            },
            spot_price_limit: 0,
            sale_cycle: if it.term.ends.is_some() { "month" } else { "" },
            creation_time: minutes(it.created),
            start_time: minutes(it.created),
            expired_time: minutes(it.term.ends.unwrap_or_else(never)),
            auto_release_time: "",
            resource_group_id: "",
            io_optimized: true,
            device_available: true,
            deletion_protection: it.protected,
            recyclable: false,
            eip_address: ElasticAddress {
                allocation_id: elastic.map_or("", |it| &it.id),
                ip_address: elastic.map_or("", |it| &it.ip),
                internet_charge_type: elastic.map_or("", |_| "PayByTraffic"),
            },
            public_ip_address: Addresses {
                ip_address: &it.public_ips,
            },
            inner_ip_address: Addresses { ip_address: &[] },
            vpc_attributes: Network {
                vpc_id: &it.vpc,
                v_switch_id: &it.subnet,
                nat_ip_address: "",
                private_ip_address: Addresses {
                    ip_address: &it.private_ips,
                },
            },
            security_group_ids: SecurityGroups {
                security_group_id: match it.security_groups.as_slice() {
                    [] => vec!["sg-bp1simulated"],
                    groups => groups.iter().map(String::as_str).collect(),
                },
            },
            operation_locks: Locks {
                lock_reason: lock
                    .map(|lock_reason| Lock {
                        lock_reason,
                        lock_msg: "",
                    })
                    .into_iter()
                    .collect(),
            },
            metadata_options: MetadataOptions {
                http_endpoint: "",
                http_tokens: "",
            },
            // An untagged machine has no such field at all.
            tags: (!it.tags.is_empty()).then(|| tags(&it.tags)),
        }
    }
}

pub(super) fn tags(tags: &[(String, String)]) -> Tags<'_> {
    let tags = tags.iter().map(|(key, value)| Tag {
        tag_key: key,
        tag_value: value,
    });
    Tags {
        tag: tags.collect(),
    }
}

/// Writes a time to the second.
pub(super) fn seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Writes a time as this service mostly does: to the minute.
pub(super) fn minutes(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%MZ").to_string()
}
