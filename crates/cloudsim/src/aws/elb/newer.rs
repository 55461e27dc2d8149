//! Application and network balancers: listeners lead to target groups, which hold what stands behind.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{holdings, host, not_found, scheme, tag_list, tagged};
use crate::aws::catalog::Asked;
use crate::aws::reply::iso;
use crate::world::holdings::Holdings;
use crate::world::machines::MachineState;
use crate::world::network::{Backend, Balancer, BalancerSort};
use crate::world::refusal::Refusal;

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

pub(super) fn describe_load_balancers(asked: &Asked<'_>) -> Result<Value, Refusal> {
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

pub(super) fn describe_target_groups(asked: &Asked<'_>) -> Result<Value, Refusal> {
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

pub(super) fn describe_target_health(asked: &Asked<'_>) -> Result<Value, Refusal> {
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

fn listener_arn(asked: &Asked<'_>, balancer: &Balancer) -> Option<String> {
    Some(asked.arn(&format!("listener/{}/0467ef3c8400ae65", path(balancer)?)))
}

pub(super) fn describe_listeners(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let holdings = holdings(asked)?;
    let of = asked.arguments.text("LoadBalancerArn");
    let arns = asked.arguments.texts("ListenerArns");
    if of.is_none() && arns.is_none() {
        let text = "You must specify either listener ARNs or a load balancer ARN";
        return Err(Refusal::new(400, "ValidationError", text));
    }
    let all: Vec<(&Arc<Balancer>, String, String)> = holdings
        .balancers
        .iter()
        .filter(|it| asked.shows(it.created))
        .filter_map(|it| Some((it, balancer_arn(asked, it)?, listener_arn(asked, it)?)))
        .collect();
    if let Some(of) = of.filter(|of| !all.iter().any(|it| it.1 == **of)) {
        return Err(not_found(
            "LoadBalancerNotFound",
            &format!("Load balancer '{of}'"),
        ));
    }
    let mut wanted = arns.iter().flatten();
    if let Some(arn) = wanted.find(|arn| !all.iter().any(|it| it.2 == **arn)) {
        return Err(not_found("ListenerNotFound", &format!("Listener '{arn}'")));
    }
    let wanted = all.into_iter().filter(|(_, balancer, listener)| {
        of.is_none_or(|of| of == balancer)
            && arns
                .as_ref()
                .is_none_or(|arns| arns.contains(&listener.as_str()))
    });
    asked.page(wanted, |(it, balancer, listener)| {
        json!({
            "ListenerArn": listener,
            "LoadBalancerArn": balancer,
            "Port": 80,
            "Protocol": if it.sort == BalancerSort::Network { "TCP" } else { "HTTP" },
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": group_arn(asked, it), "Order": 1}],
        })
    })
}

pub(super) fn describe_tags(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let holdings = holdings(asked)?;
    let mut found = Vec::new();
    for arn in tagged(asked, "ResourceArns")? {
        let mut balancers = holdings.balancers.iter();
        let named = |it: &&Arc<Balancer>| balancer_arn(asked, it).as_deref() == Some(arn);
        // Target groups and listeners have no tags of their own here.
        let mut others = holdings.balancers.iter().filter(|it| path(it).is_some());
        let is_other = |it: &Arc<Balancer>| {
            group_arn(asked, it) == arn || listener_arn(asked, it).as_deref() == Some(arn)
        };
        match balancers.find(named) {
            Some(it) => found.push((arn, tag_list(&it.tags))),
            None if others.any(is_other) => found.push((arn, json!([]))),
            None => {
                let text = format!("Load balancers '[{arn}]'");
                return Err(not_found("LoadBalancerNotFound", &text));
            }
        }
    }
    asked.page(
        found.into_iter(),
        |(arn, tags)| json!({"ResourceArn": arn, "Tags": tags}),
    )
}
