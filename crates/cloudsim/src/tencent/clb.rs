//! Cloud Load Balancer: balancers, and what stands behind them.

use std::sync::Arc;

use jiff::tz::{TimeZone, offset};
use jiff::{Span, Timestamp};
use serde::Serialize;

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Reach, Style, json};
use super::cvm::charge_word;
use super::times;
use super::words::{Trouble, not_found};
use crate::world::machines::Machine;
use crate::world::network::{Backend, Balancer};
use crate::world::prepaid::Renewal;

const VERSION: &str = "2018-03-17";

pub(super) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        service: "clb",
        version: VERSION,
        name: "DescribeLoadBalancers",
        style: Style::Signed,
        reach: Reach::Region,
        parameters: &[
            Parameter::new("LoadBalancerIds", Kind::Texts(20)),
            Parameter::new("LoadBalancerType", Kind::OneOf(&["OPEN", "INTERNAL"])),
            Parameter::text("LoadBalancerName"),
            Parameter::text("VpcId"),
            Parameter::new("WithRs", Kind::Whole(0, 1)),
            Parameter::new("AdditionalFields", Kind::Texts(10)),
            Parameter::offset(),
            Parameter::limit(100),
        ],
        listing: Some(Listing {
            rows: "/LoadBalancerSet",
            total: "/TotalCount",
            paging: Paging::OffsetLimit(20),
        }),
        serve: describe_load_balancers,
    },
    ActionSpec {
        service: "clb",
        version: VERSION,
        name: "DescribeTargets",
        style: Style::Signed,
        reach: Reach::Region,
        parameters: &[
            Parameter::text("LoadBalancerId").needed(),
            Parameter::new("ListenerIds", Kind::Texts(20)),
        ],
        listing: Some(Listing {
            rows: "/Listeners",
            total: "",
            paging: Paging::None,
        }),
        serve: describe_targets,
    },
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    total_count: usize,
    load_balancer_set: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    load_balancer_id: &'a str,
    load_balancer_name: &'a str,
    load_balancer_type: &'static str,
    forward: u8,
    domain: &'static str,
    load_balancer_vips: [&'a str; 1],
    status: u8,
    create_time: String,
    status_time: String,
    project_id: u32,
    vpc_id: &'a str,
    subnet_id: &'static str,
    isolation: u8,
    isolated_time: String,
    expire_time: String,
    charge_type: &'static str,
    prepaid_attributes: Option<Prepaid>,
    network_attributes: Option<()>,
    #[serde(rename = "AddressIPVersion")]
    address_ip_version: &'static str,
    tags: Vec<Tag<'a>>,
    secure_groups: [&'static str; 0],
    target_count: Option<usize>,
    log: Option<()>,
    zones: Option<()>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Prepaid {
    renew_flag: &'static str,
    period: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag<'a> {
    tag_key: &'a str,
    tag_value: &'a str,
}

fn describe_load_balancers(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let holdings = asked.holdings()?;
    let said = asked.arguments;
    let (ids, with_backends) = (said.texts("LoadBalancerIds"), said.whole("WithRs"));
    let same = |name: &str, has: &str| said.text(name).is_none_or(|it| it == has);
    let kept = holdings.balancers.iter().filter(|it| {
        ids.as_ref().is_none_or(|ids| ids.contains(&it.id))
            && same("LoadBalancerType", type_word(it))
            && same("LoadBalancerName", &it.name)
            && same("VpcId", &it.vpc)
            && with_backends.is_none_or(|asked| (asked == 1) != it.backends.is_empty())
    });
    let counts = said
        .texts("AdditionalFields")
        .is_some_and(|it| it.iter().any(|it| it == "TargetCount"));
    let (rows, total_count) = said.part(20).cut(kept);
    let rows = rows.into_iter().map(|it| {
        let ends = it.term.ends;
        let isolated = ends.filter(|_| !it.active);
        Row {
            load_balancer_id: &it.id,
            load_balancer_name: &it.name,
            load_balancer_type: type_word(it),
            forward: 1,
            domain: "",
            load_balancer_vips: [&it.ip],
            status: 1,
            create_time: times::beijing(it.created),
            status_time: times::beijing(it.created),
            project_id: 0,
            vpc_id: &it.vpc,
            subnet_id: "",
            isolation: u8::from(isolated.is_some()),
            isolated_time: isolated.map(times::beijing).unwrap_or_default(),
            expire_time: times::beijing(ends.unwrap_or_else(|| a_month_after(it.created))),
            charge_type: charge_word(&it.term),
            prepaid_attributes: it.term.renewal.map(|renewal| Prepaid {
                renew_flag: match renewal {
                    Renewal::Auto | Renewal::AutoFailing => "AUTO_RENEW",
                    Renewal::Manual | Renewal::Never => "MANUAL_RENEW",
                },
                period: 1,
            }),
            network_attributes: None,
            address_ip_version: "ipv4",
            tags: it
                .tags
                .iter()
                .map(|(tag_key, tag_value)| Tag { tag_key, tag_value })
                .collect(),
            secure_groups: [],
            target_count: counts.then_some(it.backends.len()),
            log: None,
            zones: None,
        }
    });
    json(&Answer {
        total_count,
        load_balancer_set: rows.collect(),
    })
}

/// Returns what is shown as the end of a balancer that is paid by use: a month after it was made, as recorded.
fn a_month_after(created: Timestamp) -> Timestamp {
    let created = created.to_zoned(TimeZone::fixed(offset(8)));
    let later = created.checked_add(Span::new().months(1));
    later.map_or(created.timestamp(), |it| it.timestamp())
}

fn type_word(balancer: &Balancer) -> &'static str {
    match balancer.public {
        true => "OPEN",
        false => "INTERNAL",
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Targets<'a> {
    listeners: Vec<Listener<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listener<'a> {
    listener_id: String,
    protocol: &'static str,
    port: u16,
    end_port: u16,
    rules: Option<()>,
    targets: Vec<Target<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Target<'a> {
    r#type: &'static str,
    instance_id: Option<&'a str>,
    instance_name: Option<&'a str>,
    port: u16,
    weight: u32,
    public_ip_addresses: Option<()>,
    private_ip_addresses: Vec<&'a str>,
    registered_time: String,
    eni_id: Option<()>,
}

fn describe_targets(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let holdings = asked.holdings()?;
    let id = asked.arguments.text("LoadBalancerId").unwrap_or_default();
    let balancer = holdings.balancers.get(id);
    let balancer = balancer.ok_or_else(|| not_found("ResourceNotFound", id))?;
    // Every simulated balancer listens on one port.
    let listener_id = balancer.id.replacen("lb-", "lbl-", 1);
    let asked_for = asked.arguments.texts("ListenerIds");
    let shown = asked_for.is_none_or(|ids| ids.contains(&listener_id));
    let targets = balancer.backends.iter().map(|backend| {
        let machine = holdings.machines.get(&backend.id);
        target(backend, machine, balancer.created)
    });
    let listener = shown.then(|| Listener {
        listener_id,
        protocol: "TCP",
        port: 80,
        end_port: 0,
        rules: None,
        targets: targets.collect(),
    });
    json(&Targets {
        listeners: listener.into_iter().collect(),
    })
}

fn target<'a>(
    backend: &'a Backend,
    machine: Option<&'a Arc<Machine>>,
    since: Timestamp,
) -> Target<'a> {
    let ips = match machine {
        Some(machine) => machine.private_ips.iter().map(String::as_str).collect(),
        None => vec![backend.id.as_str()],
    };
    Target {
        r#type: match machine {
            Some(_) => "CVM",
            None => "CCN",
        },
        instance_id: machine.map(|it| it.id.as_str()),
        instance_name: machine.map(|it| it.name.as_str()),
        port: backend.port,
        weight: backend.weight,
        public_ip_addresses: None,
        private_ip_addresses: ips,
        registered_time: times::beijing(since),
        eni_id: None,
    }
}
