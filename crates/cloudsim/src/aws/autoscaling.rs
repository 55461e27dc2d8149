//! Auto Scaling: groups with their machines, and machines with their groups.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Style};
use super::filters::{Filters, Has};
use super::regions::zone;
use super::reply::iso;
use super::service::Service;
use crate::world::machines::{Machine, MachineState, ScalingGroup};
use crate::world::refusal::Refusal;

const PAGED: Paging = Paging {
    size: "MaxRecords",
    token: "NextToken",
    next: "NextToken",
    default: Some(50),
    says_truncated: false,
};

pub(super) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        service: Service::AutoScaling,
        name: "DescribeAutoScalingGroups",
        style: Style::Granted,
        path: None,
        parameters: &[
            Parameter::texts("AutoScalingGroupNames"),
            Parameter::new("Filters", Kind::Filters),
            Parameter::flag("IncludeInstances"),
            Parameter::new("MaxRecords", Kind::Whole(1, 100)),
            Parameter::text("NextToken"),
        ],
        listing: Some(Listing {
            rows: &["AutoScalingGroups"],
            paging: Some(PAGED),
        }),
        serve: describe_auto_scaling_groups,
    },
    ActionSpec {
        service: Service::AutoScaling,
        name: "DescribeAutoScalingInstances",
        style: Style::Granted,
        path: None,
        parameters: &[
            Parameter::texts("InstanceIds"),
            Parameter::new("MaxRecords", Kind::Whole(1, 50)),
            Parameter::text("NextToken"),
        ],
        listing: Some(Listing {
            rows: &["AutoScalingInstances"],
            paging: Some(PAGED),
        }),
        serve: describe_auto_scaling_instances,
    },
    ActionSpec {
        service: Service::AutoScaling,
        name: "DescribeLaunchConfigurations",
        style: Style::Granted,
        path: None,
        parameters: &[
            Parameter::texts("LaunchConfigurationNames"),
            Parameter::new("MaxRecords", Kind::Whole(1, 100)),
            Parameter::text("NextToken"),
        ],
        listing: Some(Listing {
            rows: &["LaunchConfigurations"],
            paging: Some(PAGED),
        }),
        serve: describe_launch_configurations,
    },
];

/// Returns where a machine stands in its group; `None` once it is out of it.
fn lifecycle(machine: &Machine) -> Option<&'static str> {
    match machine.state {
        MachineState::Pending => Some("Pending"),
        MachineState::Terminating => Some("Terminating"),
        MachineState::Terminated | MachineState::Failed => None,
        _ => Some("InService"),
    }
}

fn member(machine: &Machine, place: &str, region: &str) -> Value {
    json!({
        "InstanceId": machine.id,
        "InstanceType": machine.kind,
        "AvailabilityZone": zone(&machine.zone, region),
        "LifecycleState": place,
        "HealthStatus": "Healthy",
        "ProtectedFromScaleIn": machine.protected,
    })
}

fn describe_auto_scaling_groups(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let holdings = asked.world.holdings(caller.uid, asked.region);
    let filters = Filters::read(asked, &["tag-value"])?;
    let names = asked.arguments.texts("AutoScalingGroupNames");
    let with_members = asked.arguments.flag("IncludeInstances") != Some(false);
    let mut members: HashMap<&str, Vec<&Arc<Machine>>> = HashMap::new();
    for machine in holdings
        .machines
        .iter()
        .filter(|it| asked.shows(it.created))
    {
        if let Some(group) = &machine.group {
            members.entry(group).or_default().push(machine);
        }
    }
    let wanted = holdings.groups.iter().filter(|it| {
        names
            .as_ref()
            .is_none_or(|names| names.contains(&it.id.as_str()))
            && asked.shows(it.created)
            && filters.keep(
                || it.tags.clone(),
                |name| match name {
                    "tag-value" => Has::Values(it.tags.iter().map(|it| it.1.clone()).collect()),
                    _ => Has::NoFilter,
                },
            )
    });
    asked.page(wanted, |group| {
        let inside = members.get(group.id.as_str()).into_iter().flatten();
        let inside = inside
            .filter(|_| with_members)
            .filter_map(|it| Some(member(it, lifecycle(it)?, asked.region)));
        row(group, inside.collect(), asked)
    })
}

fn row(group: &ScalingGroup, members: Vec<Value>, asked: &Asked<'_>) -> Value {
    let tags = group.tags.iter().map(|(key, value)| {
        json!({
            "ResourceId": group.id,
            "ResourceType": "auto-scaling-group",
            "Key": key,
            "Value": value,
            "PropagateAtLaunch": true,
        })
    });
    let (least, wanted, most) = group.sizes;
    let mut row = json!({
        "AutoScalingGroupName": group.id,
        "AutoScalingGroupARN": asked.arn(&format!("autoScalingGroup:00000000-0000-0000-0000-000000000000:autoScalingGroupName/{}", group.id)),
        "MinSize": least,
        "MaxSize": most,
        "DesiredCapacity": wanted,
        "DefaultCooldown": 300,
        "AvailabilityZones": [format!("{}a", asked.region)],
        "LoadBalancerNames": [],
        "TargetGroupARNs": [],
        "HealthCheckType": "EC2",
        "HealthCheckGracePeriod": 15,
        "Instances": members,
        "CreatedTime": iso(group.created),
        "SuspendedProcesses": [],
        "VPCZoneIdentifier": "subnet-main",
        "Tags": tags.collect::<Vec<_>>(),
        "TerminationPolicies": ["Default"],
        "NewInstancesProtectedFromScaleIn": false,
    });
    match (&group.template, &group.image) {
        (Some(id), _) => {
            let holdings = asked
                .caller
                .map(|it| asked.world.holdings(it.uid, asked.region));
            let name = holdings.and_then(|it| Some(it.templates.get(id)?.name.clone()));
            row["LaunchTemplate"] = json!({
                "LaunchTemplateId": id,
                "LaunchTemplateName": name.unwrap_or_default(),
                "Version": "$Default",
            });
        }
        (None, Some(_)) => row["LaunchConfigurationName"] = json!(configuration(group)),
        (None, None) => {}
    }
    row
}

/// Returns the name of the launch configuration of a group that names its image itself.
fn configuration(group: &ScalingGroup) -> String {
    format!("{}-launch", group.id)
}

fn describe_launch_configurations(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let holdings = asked.world.holdings(asked.caller()?.uid, asked.region);
    let names = asked.arguments.texts("LaunchConfigurationNames");
    let wanted = holdings.groups.iter().filter_map(|it| {
        let image = it.image.as_ref().filter(|_| it.template.is_none())?;
        let name = configuration(it);
        let is_meant = names
            .as_ref()
            .is_none_or(|names| names.contains(&name.as_str()));
        (is_meant && asked.shows(it.created)).then_some((name, image, it.created))
    });
    asked.page(wanted, |(name, image, created)| {
        json!({
            "LaunchConfigurationName": name,
            "LaunchConfigurationARN": asked.arn(&format!("launchConfiguration:00000000-0000-0000-0000-000000000000:launchConfigurationName/{name}")),
            "ImageId": image,
            "InstanceType": "m6i.large",
            "KeyName": "",
            "SecurityGroups": [],
            "UserData": "",
            "BlockDeviceMappings": [],
            "InstanceMonitoring": {"Enabled": false},
            "EbsOptimized": false,
            "CreatedTime": iso(created),
        })
    })
}

fn describe_auto_scaling_instances(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let holdings = asked.world.holdings(caller.uid, asked.region);
    let ids = asked.arguments.texts("InstanceIds");
    let grouped = holdings
        .machines
        .iter()
        .filter_map(|it| Some((it, it.group.as_ref()?, lifecycle(it)?)));
    let wanted = grouped.filter(|(it, ..)| {
        ids.as_ref().is_none_or(|ids| ids.contains(&it.id.as_str())) && asked.shows(it.created)
    });
    asked.page(wanted, |(it, group, place)| {
        let mut row = member(it, place, asked.region);
        row["AutoScalingGroupName"] = json!(group);
        // This list shouts where the other one does not.
        row["HealthStatus"] = json!("HEALTHY");
        row
    })
}
