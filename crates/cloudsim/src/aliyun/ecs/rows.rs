//! Rows of the machine service, with the habits of the recorded ones: wrapped lists, minutes, empty texts.

use jiff::Timestamp;
use serde::Serialize;

use crate::world::instances::{ShownInstance, never};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RegionRow<'a> {
    pub(super) region_id: &'a str,
    pub(super) region_endpoint: &'a str,
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
    ip_address: Vec<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ElasticAddress {
    allocation_id: &'static str,
    ip_address: &'static str,
    internet_charge_type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Network<'a> {
    vpc_id: &'a str,
    v_switch_id: &'static str,
    nat_ip_address: &'static str,
    private_ip_address: Addresses<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tags<'a> {
    tag: Vec<Tag<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag<'a> {
    tag_key: &'a str,
    tag_value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Locks {
    lock_reason: [&'static str; 0],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MetadataOptions {
    http_endpoint: &'static str,
    http_tokens: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SecurityGroups {
    security_group_id: [&'static str; 1],
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
    status: &'static str,
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
    image_id: &'static str,
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
    eip_address: ElasticAddress,
    public_ip_address: Addresses<'a>,
    inner_ip_address: Addresses<'a>,
    vpc_attributes: Network<'a>,
    security_group_ids: SecurityGroups,
    operation_locks: Locks,
    metadata_options: MetadataOptions,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Tags<'a>>,
}

impl<'a> InstanceRow<'a> {
    pub(super) fn new(shown: &'a ShownInstance) -> Self {
        let it = &shown.instance;
        let tags = it.tags.iter().map(|(key, value)| Tag {
            tag_key: key,
            tag_value: value,
        });
        Self {
            instance_id: &it.id,
            instance_name: &it.name,
            host_name: &it.id,
            description: "",
            region_id: &it.region,
            zone_id: &it.zone,
            status: it.status,
            stopped_mode: "Not-applicable",
            instance_type: &it.instance_type,
            instance_type_family: "ecs.c7",
            cpu: 2,
            memory: 4096,
            gpu_amount: 0,
            os_name: "Alibaba Cloud Linux  3.2104 LTS 64位",
            os_name_en: "Alibaba Cloud Linux  3.2104 LTS 64 bit",
            os_type: "linux",
            image_id: "aliyun_3_x64_20G_alibase_20240528.vhd",
            instance_charge_type: shown.charge_type(),
            instance_network_type: "vpc",
            internet_charge_type: "PayByTraffic",
            internet_max_bandwidth_in: -1,
            internet_max_bandwidth_out: 0,
            spot_strategy: "NoSpot",
            spot_price_limit: 0,
            sale_cycle: if shown.ends.is_some() { "month" } else { "" },
            creation_time: minutes(it.created),
            start_time: minutes(it.created),
            expired_time: minutes(shown.ends.unwrap_or_else(never)),
            auto_release_time: "",
            resource_group_id: "",
            io_optimized: true,
            device_available: true,
            deletion_protection: false,
            recyclable: false,
            eip_address: ElasticAddress {
                allocation_id: "",
                ip_address: "",
                internet_charge_type: "",
            },
            public_ip_address: Addresses {
                ip_address: Vec::new(),
            },
            inner_ip_address: Addresses {
                ip_address: Vec::new(),
            },
            vpc_attributes: Network {
                vpc_id: &it.vpc,
                v_switch_id: "vsw-bp1simulated",
                nat_ip_address: "",
                private_ip_address: Addresses {
                    ip_address: vec![&it.private_ip],
                },
            },
            security_group_ids: SecurityGroups {
                security_group_id: ["sg-bp1simulated"],
            },
            operation_locks: Locks { lock_reason: [] },
            metadata_options: MetadataOptions {
                http_endpoint: "",
                http_tokens: "",
            },
            tags: (!it.tags.is_empty()).then(|| Tags {
                tag: tags.collect(),
            }),
        }
    }
}

/// Writes a time as this service does: to the minute.
fn minutes(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%MZ").to_string()
}
