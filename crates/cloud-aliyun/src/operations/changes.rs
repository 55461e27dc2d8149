//! What changes something, and what has to be seen before: copies, images, machines, alarms.
//!
//! The machine service tells no quotas of these outside its Quota Center; CloudMonitor publishes 50
//! readings of metrics a second.

use super::{ECS, Operation};
use crate::endpoints::Service;

const CMS: &str = "2019-01-01";

const fn ecs(name: &'static str, permission: &'static str) -> Operation {
    Operation {
        name,
        service: Service::Ecs,
        version: ECS,
        permission,
        per_second: 10.0,
    }
}

const fn cms(name: &'static str, permission: &'static str) -> Operation {
    Operation {
        name,
        service: Service::Cms,
        version: CMS,
        permission,
        per_second: 10.0,
    }
}

pub(crate) static CREATE_SNAPSHOT: Operation = ecs("CreateSnapshot", "ecs:CreateSnapshot");
pub(crate) static CREATE_SNAPSHOT_GROUP: Operation =
    ecs("CreateSnapshotGroup", "ecs:CreateSnapshotGroup");
pub(crate) static DESCRIBE_SNAPSHOT_GROUPS: Operation =
    ecs("DescribeSnapshotGroups", "ecs:DescribeSnapshotGroups");
pub(crate) static DELETE_SNAPSHOT: Operation = ecs("DeleteSnapshot", "ecs:DeleteSnapshot");
pub(crate) static COPY_SNAPSHOT: Operation = ecs("CopySnapshot", "ecs:CopySnapshot");
pub(crate) static DESCRIBE_SNAPSHOT_POLICIES: Operation = ecs(
    "DescribeAutoSnapshotPolicyEx",
    "ecs:DescribeAutoSnapshotPolicyEx",
);
pub(crate) static CREATE_DISK: Operation = ecs("CreateDisk", "ecs:CreateDisk");
pub(crate) static ATTACH_DISK: Operation = ecs("AttachDisk", "ecs:AttachDisk");
pub(crate) static DETACH_DISK: Operation = ecs("DetachDisk", "ecs:DetachDisk");
pub(crate) static DELETE_DISK: Operation = ecs("DeleteDisk", "ecs:DeleteDisk");
pub(crate) static CREATE_IMAGE: Operation = ecs("CreateImage", "ecs:CreateImage");
pub(crate) static DELETE_IMAGE: Operation = ecs("DeleteImage", "ecs:DeleteImage");
pub(crate) static DESCRIBE_LAUNCH_TEMPLATES: Operation =
    ecs("DescribeLaunchTemplates", "ecs:DescribeLaunchTemplates");
pub(crate) static DESCRIBE_LAUNCH_TEMPLATE_VERSIONS: Operation = ecs(
    "DescribeLaunchTemplateVersions",
    "ecs:DescribeLaunchTemplateVersions",
);
pub(crate) static DESCRIBE_SCALING_CONFIGURATIONS: Operation = Operation {
    name: "DescribeScalingConfigurations",
    service: Service::Ess,
    version: "2022-02-22",
    permission: "ess:DescribeScalingConfigurations",
    per_second: 10.0,
};
pub(crate) static TAG_RESOURCES: Operation = ecs("TagResources", "ecs:TagResources");
pub(crate) static STOP_INSTANCE: Operation = ecs("StopInstance", "ecs:StopInstance");
pub(crate) static DELETE_INSTANCE: Operation = ecs("DeleteInstance", "ecs:DeleteInstance");
pub(crate) static RUN_INSTANCES: Operation = ecs("RunInstances", "ecs:RunInstances");
pub(crate) static DESCRIBE_INSTANCE_RAM_ROLE: Operation =
    ecs("DescribeInstanceRamRole", "ecs:DescribeInstanceRamRole");
pub(crate) static RELEASE_EIP: Operation = Operation {
    name: "ReleaseEipAddress",
    service: Service::Vpc,
    version: "2016-04-28",
    permission: "vpc:ReleaseEipAddress",
    // Published: 120 a minute over all calls about addresses.
    per_second: 2.0,
};
pub(crate) static DESCRIBE_METRIC_RULES: Operation =
    cms("DescribeMetricRuleList", "cms:DescribeMetricRuleList");
pub(crate) static PUT_METRIC_RULE: Operation =
    cms("PutResourceMetricRule", "cms:PutResourceMetricRule");
pub(crate) static DELETE_METRIC_RULES: Operation =
    cms("DeleteMetricRules", "cms:DeleteMetricRules");
/// The first million a month costs nothing; beyond it fails unless it is paid by use.
pub(crate) static DESCRIBE_METRICS: Operation = Operation {
    per_second: 50.0,
    ..cms("DescribeMetricList", "cms:DescribeMetricList")
};
pub(crate) static DESCRIBE_CONTACT_GROUPS: Operation =
    cms("DescribeContactGroupList", "cms:DescribeContactGroupList");
pub(crate) static DESCRIBE_CONTACTS: Operation =
    cms("DescribeContactList", "cms:DescribeContactList");
pub(crate) static PUT_CONTACT_GROUP: Operation = cms("PutContactGroup", "cms:PutContactGroup");
pub(crate) static PUT_CONTACT: Operation = cms("PutContact", "cms:PutContact");

/// Every operation of this file.
pub(super) static CHANGING: [&Operation; 29] = [
    &CREATE_SNAPSHOT,
    &CREATE_SNAPSHOT_GROUP,
    &DESCRIBE_SNAPSHOT_GROUPS,
    &DELETE_SNAPSHOT,
    &COPY_SNAPSHOT,
    &DESCRIBE_SNAPSHOT_POLICIES,
    &CREATE_DISK,
    &ATTACH_DISK,
    &DETACH_DISK,
    &DELETE_DISK,
    &CREATE_IMAGE,
    &DELETE_IMAGE,
    &DESCRIBE_LAUNCH_TEMPLATES,
    &DESCRIBE_LAUNCH_TEMPLATE_VERSIONS,
    &DESCRIBE_SCALING_CONFIGURATIONS,
    &TAG_RESOURCES,
    &STOP_INSTANCE,
    &DELETE_INSTANCE,
    &RUN_INSTANCES,
    &DESCRIBE_INSTANCE_RAM_ROLE,
    &RELEASE_EIP,
    &DESCRIBE_METRIC_RULES,
    &PUT_METRIC_RULE,
    &DELETE_METRIC_RULES,
    &DESCRIBE_METRICS,
    &DESCRIBE_CONTACT_GROUPS,
    &DESCRIBE_CONTACTS,
    &PUT_CONTACT_GROUP,
    &PUT_CONTACT,
];
