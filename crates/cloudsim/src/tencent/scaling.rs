//! Auto Scaling (`as` on the wire): which machines stand in which group.

use std::sync::Arc;

use serde::Serialize;

use super::arguments::{Filter, Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Reach, Style, json};
use super::times;
use super::words::{Trouble, not_both};
use crate::world::machines::{Machine, MachineState};

pub(super) const ACTIONS: &[ActionSpec] = &[ActionSpec {
    service: "as",
    version: "2018-04-19",
    name: "DescribeAutoScalingInstances",
    style: Style::Signed,
    reach: Reach::Region,
    parameters: &[
        Parameter::new("InstanceIds", Kind::Texts(100)),
        Parameter::filters(&["instance-id", "auto-scaling-group-id"], 10, 5),
        Parameter::offset(),
        Parameter::limit(100),
    ],
    listing: Some(Listing {
        rows: "/AutoScalingInstanceSet",
        total: "/TotalCount",
        paging: Paging::OffsetLimit(20),
    }),
    serve: describe_auto_scaling_instances,
}];

pub(super) const CONFIGURATIONS: &[ActionSpec] = &[ActionSpec {
    service: "as",
    version: "2018-04-19",
    name: "DescribeLaunchConfigurations",
    style: Style::Signed,
    reach: Reach::Region,
    parameters: &[
        Parameter::new("LaunchConfigurationIds", Kind::Texts(100)),
        Parameter::filters(
            &["launch-configuration-id", "launch-configuration-name"],
            10,
            5,
        ),
        Parameter::offset(),
        Parameter::limit(100),
    ],
    listing: Some(Listing {
        rows: "/LaunchConfigurationSet",
        total: "/TotalCount",
        paging: Paging::OffsetLimit(20),
    }),
    serve: describe_launch_configurations,
}];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    total_count: usize,
    auto_scaling_instance_set: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    instance_id: &'a str,
    auto_scaling_group_id: &'a str,
    auto_scaling_group_name: &'a str,
    launch_configuration_id: &'static str,
    launch_configuration_name: &'static str,
    life_cycle_state: &'static str,
    health_status: &'static str,
    protected_from_scale_in: bool,
    zone: &'a str,
    creation_type: &'static str,
    add_time: String,
    instance_type: &'a str,
    version_number: u32,
    warmup_status: &'static str,
    disaster_recover_group_ids: Option<()>,
}

fn describe_auto_scaling_instances(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let holdings = asked.holdings()?;
    let said = asked.arguments;
    let (ids, filters) = (said.texts("InstanceIds"), said.filters());
    if ids.is_some() && !filters.is_empty() {
        return Err(not_both("InstanceIds", "Filters"));
    }
    let kept = holdings
        .machines
        .iter()
        .filter_map(|it| Some((it, it.group.as_deref()?)))
        .filter(|(it, _)| it.state != MachineState::Terminated)
        .filter(|(it, _)| ids.as_ref().is_none_or(|ids| ids.contains(&it.id)))
        .filter(|(it, group)| filters.iter().all(|filter| keeps(filter, it, group)));
    let (rows, total_count) = said.part(20).cut(kept);
    let rows = rows.into_iter().map(|(it, group)| Row {
        instance_id: &it.id,
        auto_scaling_group_id: group,
        auto_scaling_group_name: holdings.groups.get(group).map_or("", |it| it.name.as_str()),
        launch_configuration_id: "asc-simulate",
        launch_configuration_name: "simulated",
        // A group that stops machines instead of destroying them keeps those it stopped.
        life_cycle_state: match it.state {
            MachineState::Pending => "CREATING",
            MachineState::Terminating => "TERMINATING",
            MachineState::Failed => "CREATION_FAILED",
            _ => "IN_SERVICE",
        },
        health_status: "HEALTHY",
        protected_from_scale_in: it.protected,
        zone: &it.zone,
        creation_type: "AUTO_CREATION",
        add_time: times::utc(it.created),
        instance_type: &it.kind,
        version_number: 1,
        warmup_status: "NO_NEED_WARMUP",
        disaster_recover_group_ids: None,
    });
    json(&Answer {
        total_count,
        auto_scaling_instance_set: rows.collect(),
    })
}

fn keeps(filter: &Filter, machine: &Arc<Machine>, group: &str) -> bool {
    match filter.name.as_str() {
        "instance-id" => filter.keeps(&machine.id),
        _ => filter.keeps(group),
    }
}

/// Returns the id of what a group starts its machines by: each has one of its own.
fn configuration_of(group: &str) -> String {
    group.replacen("asg-", "asc-", 1)
}

fn describe_launch_configurations(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let holdings = asked.holdings()?;
    let said = asked.arguments;
    let (ids, filters) = (said.texts("LaunchConfigurationIds"), said.filters());
    if ids.is_some() && !filters.is_empty() {
        return Err(not_both("LaunchConfigurationIds", "Filters"));
    }
    let all = holdings.groups.iter();
    let kept = all
        .map(|it| (configuration_of(&it.id), it))
        .filter(|(id, it)| {
            ids.as_ref().is_none_or(|ids| ids.contains(id))
                && filters.iter().all(|filter| match filter.name.as_str() {
                    "launch-configuration-id" => filter.keeps(id),
                    _ => filter.keeps(&it.name),
                })
        });
    let (rows, total) = said.part(20).cut(kept);
    let rows = rows.into_iter().map(|(id, it)| {
        serde_json::json!({
            "LaunchConfigurationId": id,
            "LaunchConfigurationName": it.name,
            "LaunchConfigurationStatus": "NORMAL",
            // One of a family has none of its own.
            "ImageId": it.image,
            "InstanceType": "S5.LARGE8",
            "InstanceTypes": ["S5.LARGE8"],
            "InstanceChargeType": "POSTPAID_BY_HOUR",
            "ProjectId": 0,
            "VersionNumber": 1,
            "CreatedTime": times::utc(it.created),
            "UpdatedTime": times::utc(it.created),
            "AutoScalingGroupAbstractSet": [{
                "AutoScalingGroupId": it.id,
                "AutoScalingGroupName": it.name,
            }],
            "SecurityGroupIds": [],
            "DataDisks": [],
            "InstanceTags": [],
            "Tags": [],
            "UserData": null,
        })
    });
    let rows: Vec<serde_json::Value> = rows.collect();
    json(&serde_json::json!({"TotalCount": total, "LaunchConfigurationSet": rows}))
}
