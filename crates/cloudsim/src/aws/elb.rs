//! Load balancers: the classic ones, which hold their machines themselves, and the newer ones, which hold target
//! groups.
//!
//! Every newer balancer has one target group, named after it, with what stands behind it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Serve, Style};
use super::regions::suffix;
use super::reply::iso;
use super::service::Service;
use crate::world::holdings::Holdings;
use crate::world::machines::MachineState;
use crate::world::network::{Backend, Balancer, BalancerSort};
use crate::world::refusal::Refusal;

const PAGED: Paging = Paging {
    size: "PageSize",
    token: "Marker",
    next: "NextMarker",
    default: Some(400),
    says_truncated: false,
};
const SIZE: Parameter = Parameter::new("PageSize", Kind::Whole(1, 400));
const MARKER: Parameter = Parameter::text("Marker");

const fn action(
    service: Service,
    name: &'static str,
    parameters: &'static [Parameter],
    listing: Listing,
    serve: Serve,
) -> ActionSpec {
    ActionSpec {
        service,
        name,
        style: Style::Granted,
        path: None,
        parameters,
        listing: Some(listing),
        serve,
    }
}

pub(super) const ACTIONS: &[ActionSpec] = &[
    action(
        Service::Elb,
        "DescribeLoadBalancers",
        &[Parameter::texts("LoadBalancerNames"), SIZE, MARKER],
        Listing {
            rows: &["LoadBalancerDescriptions"],
            paging: Some(PAGED),
        },
        describe_classic,
    ),
    action(
        Service::Elbv2,
        "DescribeLoadBalancers",
        &[
            Parameter::texts("LoadBalancerArns"),
            Parameter::texts("Names"),
            SIZE,
            MARKER,
        ],
        Listing {
            rows: &["LoadBalancers"],
            paging: Some(PAGED),
        },
        describe_load_balancers,
    ),
    action(
        Service::Elbv2,
        "DescribeTargetGroups",
        &[
            Parameter::text("LoadBalancerArn"),
            Parameter::texts("TargetGroupArns"),
            Parameter::texts("Names"),
            SIZE,
            MARKER,
        ],
        Listing {
            rows: &["TargetGroups"],
            paging: Some(PAGED),
        },
        describe_target_groups,
    ),
    action(
        Service::Elbv2,
        "DescribeTargetHealth",
        &[
            Parameter::text("TargetGroupArn").needed(),
            Parameter::new("Targets", Kind::Any),
            Parameter::new("Include", Kind::Any),
        ],
        Listing {
            rows: &["TargetHealthDescriptions"],
            paging: None,
        },
        describe_target_health,
    ),
];

fn not_found(code: &str, what: &str) -> Refusal {
    Refusal::new(400, code, format!("{what} not found"))
}

fn holdings(asked: &Asked<'_>) -> Result<Arc<Holdings>, Refusal> {
    Ok(asked.world.holdings(asked.caller()?.uid, asked.region))
}

fn describe_classic(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let holdings = holdings(asked)?;
    let names = asked.arguments.texts("LoadBalancerNames");
    let classic = |it: &&Arc<Balancer>| it.sort == BalancerSort::Classic;
    for name in names.iter().flatten() {
        if !holdings
            .balancers
            .iter()
            .filter(classic)
            .any(|it| it.name == *name)
        {
            let text = format!("There is no ACTIVE Load Balancer named '{name}'");
            return Err(Refusal::new(400, "LoadBalancerNotFound", text));
        }
    }
    let wanted = holdings.balancers.iter().filter(classic).filter(|it| {
        asked.shows(it.created)
            && names
                .as_ref()
                .is_none_or(|names| names.contains(&it.name.as_str()))
    });
    asked.page(wanted, |it| {
        let instances = it.backends.iter().map(|it| json!({"InstanceId": it.id}));
        json!({
            "LoadBalancerName": it.name,
            "DNSName": host(it, asked),
            "ListenerDescriptions": [{
                "Listener": {"Protocol": "TCP", "LoadBalancerPort": 80, "InstanceProtocol": "TCP", "InstancePort": 80},
                "PolicyNames": [],
            }],
            "BackendServerDescriptions": [],
            "AvailabilityZones": [format!("{}a", asked.region)],
            "Subnets": ["subnet-main"],
            "VPCId": it.vpc,
            "Instances": instances.collect::<Vec<_>>(),
            "SecurityGroups": [],
            "CreatedTime": iso(it.created),
            "Scheme": scheme(it),
        })
    })
}

fn scheme(balancer: &Balancer) -> &'static str {
    if balancer.public {
        "internet-facing"
    } else {
        "internal"
    }
}

fn host(balancer: &Balancer, asked: &Asked<'_>) -> String {
    let (region, suffix) = (asked.region, suffix(asked.partition()));
    let inside = if balancer.public { "" } else { "internal-" };
    format!("{inside}{}-1234567890.{region}.elb.{suffix}", balancer.name)
}

/// Returns the last part of the ARN: sort, name and id; `None` for classic ones, which have no ARN here.
fn path(balancer: &Balancer) -> Option<String> {
    let sort = match balancer.sort {
        BalancerSort::Classic => return None,
        BalancerSort::Application => "app",
        BalancerSort::Network => "net",
    };
    Some(format!("{sort}/{}/{}", balancer.name, balancer.id))
}

fn balancer_arn(asked: &Asked<'_>, balancer: &Balancer) -> Option<String> {
    Some(asked.arn(&format!("loadbalancer/{}", path(balancer)?)))
}

fn group_name(balancer: &Balancer) -> String {
    format!("{}-targets", balancer.name)
}

fn group_arn(asked: &Asked<'_>, balancer: &Balancer) -> String {
    asked.arn(&format!(
        "targetgroup/{}/{}",
        group_name(balancer),
        balancer.id
    ))
}

fn describe_load_balancers(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let holdings = holdings(asked)?;
    let (arns, names) = (
        asked.arguments.texts("LoadBalancerArns"),
        asked.arguments.texts("Names"),
    );
    let all: Vec<(&Arc<Balancer>, String)> = holdings
        .balancers
        .iter()
        .filter(|it| asked.shows(it.created))
        .filter_map(|it| Some((it, balancer_arn(asked, it)?)))
        .collect();
    let unknown_arn = arns
        .iter()
        .flatten()
        .find(|arn| !all.iter().any(|it| it.1 == **arn));
    let unknown_name = names
        .iter()
        .flatten()
        .find(|name| !all.iter().any(|it| it.0.name == **name));
    if let Some(unknown) = unknown_arn.or(unknown_name) {
        return Err(not_found(
            "LoadBalancerNotFound",
            &format!("Load balancers '[{unknown}]'"),
        ));
    }
    let wanted = all.into_iter().filter(|(it, arn)| {
        arns.as_ref()
            .is_none_or(|arns| arns.contains(&arn.as_str()))
            && names
                .as_ref()
                .is_none_or(|names| names.contains(&it.name.as_str()))
    });
    asked.page(wanted, |(it, arn)| {
        let sort = if it.sort == BalancerSort::Network { "network" } else { "application" };
        json!({
            "LoadBalancerArn": arn,
            "DNSName": host(it, asked),
            "CanonicalHostedZoneId": "Z35SXDOTRQ7X7K",
            "CreatedTime": iso(it.created),
            "LoadBalancerName": it.name,
            "Scheme": scheme(it),
            "VpcId": it.vpc,
            "State": {"Code": if it.active { "active" } else { "provisioning" }},
            "Type": sort,
            "AvailabilityZones": [{"ZoneName": format!("{}a", asked.region), "SubnetId": "subnet-main"}],
            "SecurityGroups": [],
            "IpAddressType": "ipv4",
        })
    })
}

fn describe_target_groups(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let holdings = holdings(asked)?;
    let said = asked.arguments;
    let (of, arns, names) = (
        said.text("LoadBalancerArn"),
        said.texts("TargetGroupArns"),
        said.texts("Names"),
    );
    if usize::from(of.is_some()) + usize::from(arns.is_some()) + usize::from(names.is_some()) > 1 {
        let text = "Load balancer ARN, target group ARNs and target group names cannot be specified at the same time";
        return Err(Refusal::new(400, "ValidationError", text));
    }
    let all: Vec<(&Arc<Balancer>, String)> = holdings
        .balancers
        .iter()
        .filter(|it| asked.shows(it.created))
        .filter_map(|it| Some((it, balancer_arn(asked, it)?)))
        .collect();
    if let Some(unknown) = of.filter(|of| !all.iter().any(|it| it.1 == **of)) {
        return Err(not_found(
            "LoadBalancerNotFound",
            &format!("Load balancer '{unknown}'"),
        ));
    }
    let unknown_arn = arns
        .iter()
        .flatten()
        .find(|arn| !all.iter().any(|it| group_arn(asked, it.0) == **arn));
    let unknown_name = names
        .iter()
        .flatten()
        .find(|name| !all.iter().any(|it| group_name(it.0) == **name));
    if let Some(unknown) = unknown_arn.or(unknown_name) {
        return Err(not_found(
            "TargetGroupNotFound",
            &format!("Target groups '[{unknown}]'"),
        ));
    }
    let wanted = all.into_iter().filter(|(it, arn)| {
        of.is_none_or(|of| of == arn)
            && arns
                .as_ref()
                .is_none_or(|arns| arns.contains(&group_arn(asked, it).as_str()))
            && names
                .as_ref()
                .is_none_or(|names| names.contains(&group_name(it).as_str()))
    });
    asked.page(wanted, |(it, arn)| {
        let protocol = if it.sort == BalancerSort::Network {
            "TCP"
        } else {
            "HTTP"
        };
        json!({
            "TargetGroupArn": group_arn(asked, it),
            "TargetGroupName": group_name(it),
            "Protocol": protocol,
            "Port": 80,
            "VpcId": it.vpc,
            "HealthCheckProtocol": protocol,
            "HealthCheckEnabled": true,
            "LoadBalancerArns": [arn],
            "TargetType": target_type(it),
            "IpAddressType": "ipv4",
        })
    })
}

/// Returns whether a group's targets are machines or addresses.
fn target_type(balancer: &Balancer) -> &'static str {
    let addresses = balancer.backends.iter().any(|it| !it.id.starts_with("i-"));
    if addresses { "ip" } else { "instance" }
}

fn describe_target_health(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let holdings = holdings(asked)?;
    let arn = asked.arguments.text("TargetGroupArn").unwrap_or_default();
    let mut groups = holdings
        .balancers
        .iter()
        .filter(|it| it.sort != BalancerSort::Classic);
    let Some(balancer) = groups.find(|it| group_arn(asked, it) == arn) else {
        return Err(not_found(
            "TargetGroupNotFound",
            &format!("Target groups '{arn}'"),
        ));
    };
    asked.page(balancer.backends.iter(), |it| {
        json!({
            "Target": {"Id": it.id, "Port": it.port},
            "HealthCheckPort": it.port.to_string(),
            "TargetHealth": health(it, &holdings),
        })
    })
}

fn health(backend: &Backend, holdings: &Holdings) -> Value {
    if !backend.id.starts_with("i-") {
        return json!({"State": "healthy"});
    }
    match holdings.machines.get(&backend.id).map(|it| &it.state) {
        Some(MachineState::Running) => json!({"State": "healthy"}),
        _ => json!({
            "State": "unused",
            "Reason": "Target.InvalidState",
            "Description": "Target is in the stopped state",
        }),
    }
}
