//! Classic balancers, which hold their machines themselves.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{holdings, host, scheme, tag_list, tagged};
use crate::aws::catalog::Asked;
use crate::aws::reply::iso;
use crate::world::network::{Balancer, BalancerSort};
use crate::world::refusal::Refusal;

pub(super) fn describe_load_balancers(asked: &Asked<'_>) -> Result<Value, Refusal> {
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

pub(super) fn describe_tags(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let holdings = holdings(asked)?;
    let mut found = Vec::new();
    for name in tagged(asked, "LoadBalancerNames")? {
        let mut classic = holdings.balancers.iter();
        let Some(it) = classic.find(|it| it.sort == BalancerSort::Classic && it.name == name)
        else {
            let text = format!("There is no ACTIVE Load Balancer named '{name}'");
            return Err(Refusal::new(400, "LoadBalancerNotFound", text));
        };
        found.push(it);
    }
    asked.page(
        found.into_iter(),
        |it| json!({"LoadBalancerName": it.name, "Tags": tag_list(&it.tags)}),
    )
}
