//! Auto Scaling: which machines stand in a scaling group, asked by machine.

use serde_json::json;

use super::arguments::{Kind, Parameter};
use super::catalog::{self, ActionSpec, Asked, Listing, Product, RPC, Style};
use super::ecs::known_region;
use crate::world::machines::MachineState;
use crate::world::refusal::Refusal;

pub(super) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        product: Product::Ess,
        name: "DescribeScalingInstances",
        right: "ess:DescribeScalingInstances",
        style: Style::Signed,
        path: RPC,
        parameters: &[
            Parameter::text("RegionId").needed(),
            Parameter::text("ScalingGroupId"),
            Parameter::new("InstanceIds", Kind::Repeated),
            Parameter::text("HealthStatus"),
            Parameter::text("LifecycleState"),
            Parameter::new("LifecycleStates", Kind::Repeated),
            Parameter::new("PageNumber", Kind::Whole(1, i64::MAX)),
            Parameter::new("PageSize", Kind::Whole(1, 50)),
        ],
        listing: Some(Listing {
            rows: "/ScalingInstances",
            total: "/TotalCount",
            page: Some(("PageNumber", "PageSize")),
        }),
        serve: describe_scaling_instances,
    },
    ActionSpec {
        product: Product::Ess,
        name: "DescribeScalingConfigurations",
        right: "ess:DescribeScalingConfigurations",
        style: Style::Signed,
        path: RPC,
        parameters: &[
            Parameter::text("RegionId").needed(),
            Parameter::text("ScalingGroupId"),
            Parameter::new("ScalingConfigurationIds", Kind::Repeated),
            Parameter::new("PageNumber", Kind::Whole(1, i64::MAX)),
            Parameter::new("PageSize", Kind::Whole(1, 50)),
        ],
        listing: Some(Listing {
            rows: "/ScalingConfigurations",
            total: "/TotalCount",
            page: Some(("PageNumber", "PageSize")),
        }),
        serve: describe_scaling_configurations,
    },
];

/// As many machines as one question may name.
const MOST_IDS: usize = 20;

fn lifecycle(state: &MachineState) -> &'static str {
    match state {
        MachineState::Pending => "Pending",
        MachineState::Stopped | MachineState::Recycled => "Stopped",
        MachineState::Terminating | MachineState::Terminated => "Removing",
        _ => "InService",
    }
}

fn describe_scaling_instances(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    let region = known_region(asked)?;
    caller.require("ess:DescribeScalingInstances")?;
    let held = asked.world.holdings(caller.uid, region);
    let ids = said.repeated("InstanceIds");
    if ids.as_ref().is_some_and(|it| it.len() > MOST_IDS) {
        return Err(Refusal::invalid("InstanceIds"));
    }
    let states = said.repeated("LifecycleStates");
    let page = said.page(("PageNumber", "PageSize"), 10);
    let page = held.machines.page_of(page, |it| {
        let state = lifecycle(&it.state);
        it.group.as_deref().is_some_and(|group| {
            said.text("ScalingGroupId")
                .is_none_or(|asked| asked == group)
        }) && ids.as_ref().is_none_or(|ids| ids.contains(&it.id))
            && said
                .text("LifecycleState")
                .is_none_or(|asked| asked == state)
            && states
                .as_ref()
                .is_none_or(|states| states.iter().any(|it| it == state))
            && said
                .text("HealthStatus")
                .is_none_or(|asked| asked == "Healthy")
    });
    let rows = page.items.iter().map(|it| {
        json!({
            "InstanceId": it.id,
            "ScalingGroupId": it.group,
            "ScalingConfigurationId": "asc-bp1simulated",
            "LifecycleState": lifecycle(&it.state),
            "HealthStatus": "Healthy",
            "CreationType": "AutoCreated",
            "CreationTime": it.created.strftime("%Y-%m-%dT%H:%MZ").to_string(),
            "CreatedTime": it.created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "PrivateIpAddress": it.private_ips.first(),
            "ZoneId": it.zone,
            "SpotStrategy": "NoSpot",
            "Entrusted": false,
            "WarmupState": "NoNeedWarmup",
            "WeightedCapacity": 1,
            "LoadBalancerWeight": 50,
        })
    });
    catalog::json(&json!({
        "RequestId": asked.request_id,
        "ScalingInstances": rows.collect::<Vec<_>>(),
        "PageNumber": page.asked.number,
        "PageSize": page.asked.size,
        "TotalCount": page.total,
        "TotalSpotCount": 0,
    }))
}

/// Groups that start machines by a template have no configuration of their own.
fn describe_scaling_configurations(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    let region = known_region(asked)?;
    caller.require("ess:DescribeScalingConfigurations")?;
    let held = asked.world.holdings(caller.uid, region);
    let own = |group: &str| format!("asc-{}", group.trim_start_matches("asg-"));
    let ids = said.repeated("ScalingConfigurationIds");
    let page = said.page(("PageNumber", "PageSize"), 10);
    let page = held.groups.page_of(page, |it| {
        it.image.is_some()
            && said
                .text("ScalingGroupId")
                .is_none_or(|asked| asked == it.id)
            && ids.as_ref().is_none_or(|ids| ids.contains(&own(&it.id)))
    });
    let rows = page.items.iter().map(|it| {
        json!({
            "ScalingConfigurationId": own(&it.id),
            "ScalingConfigurationName": own(&it.id),
            "ScalingGroupId": it.id,
            "ImageId": it.image,
            "LifecycleState": "Active",
            "InstanceType": "ecs.c7.large",
            "CreationTime": it.created.strftime("%Y-%m-%dT%H:%MZ").to_string(),
        })
    });
    catalog::json(&json!({
        "RequestId": asked.request_id,
        "ScalingConfigurations": rows.collect::<Vec<_>>(),
        "PageNumber": page.asked.number,
        "PageSize": page.asked.size,
        "TotalCount": page.total,
    }))
}
