//! The abilities to change something, and to see what has to be seen before.
//!
//! Each is tried about things that nobody has: rights are looked at first, and nothing can come of it.
//! What would make something all the same is not tried.

use cloud::{CloudError, ErrorKind, Requirement};
use model::Kind;
use serde_json::{Value, json};

use super::any_region;
use crate::Tencent;
use crate::changes::done;
use crate::operations::{
    ATTACH_DISKS, COPY_SNAPSHOT, CREATE_DISKS, CREATE_IMAGE, CREATE_SNAPSHOT, DELETE_ALARM_POLICY,
    DELETE_IMAGES, DELETE_SNAPSHOTS, DESCRIBE_ALARM_NOTICES, DESCRIBE_ALARM_OBJECTS,
    DESCRIBE_ALARM_POLICIES, DESCRIBE_INSTANCES, DESCRIBE_LAUNCH_CONFIGURATIONS,
    DESCRIBE_LAUNCH_TEMPLATE_VERSIONS, DESCRIBE_LAUNCH_TEMPLATES, DESCRIBE_SNAPSHOT_POLICIES,
    DETACH_DISKS, GET_MONITOR_DATA, Operation, RELEASE_ADDRESSES, RUN_INSTANCES, STOP_INSTANCES,
    TAG_RESOURCES, TERMINATE_DISKS, TERMINATE_INSTANCES,
};

macro_rules! requirement {
    ($kind:expr, $free:expr, [$($permission:literal),* $(,)?] $(, [$($operation:literal),*])?) => {
        Requirement {
            kind: $kind,
            permissions: &[$($permission),*],
            operations: &[$($($operation),*)?],
            page_size: 100,
            free_calls_a_month: $free,
        }
    };
}

pub(super) static CHANGES: [Requirement; 8] = [
    requirement!(
        Kind::IMAGE_USE,
        None,
        [
            "cvm:DescribeInstances",
            "cvm:DescribeLaunchTemplates",
            "cvm:DescribeLaunchTemplateVersions",
            "as:DescribeLaunchConfigurations",
        ],
        [
            "DescribeInstances",
            "DescribeLaunchTemplates",
            "DescribeLaunchConfigurations"
        ]
    ),
    requirement!(
        Kind::PROTECTION,
        None,
        ["cvm:DescribeAutoSnapshotPolicies"],
        ["DescribeAutoSnapshotPolicies"]
    ),
    requirement!(
        Kind::ALARM,
        None,
        [
            "monitor:DescribeAlarmPolicies",
            "monitor:DescribeBindingPolicyObjectList",
        ],
        ["DescribeAlarmPolicies"]
    ),
    requirement!(
        Kind::ALARM_TARGET,
        None,
        ["monitor:DescribeAlarmNotices"],
        ["DescribeAlarmNotices"]
    ),
    // Asked before a first apply and not in every run.
    requirement!(Kind::TRAFFIC, Some(1_000_000), ["monitor:GetMonitorData"]),
    // What changes something is called by plans, as often as they have steps.
    requirement!(
        Kind::BACKUPS_WRITE,
        None,
        [
            "cvm:CreateSnapshot",
            "cvm:DeleteSnapshots",
            "cvm:CopySnapshotCrossRegions",
            "cvm:CreateImage",
            "cvm:DeleteImages",
            "cvm:CreateDisks",
            "cvm:AttachDisks",
            "cvm:DetachDisks",
            "cvm:TerminateDisks",
            "cvm:RunInstances",
            "tag:TagResources",
            // A machine beside another has its role.
            "cam:PassRole",
        ]
    ),
    requirement!(
        Kind::ALARMS_WRITE,
        None,
        [
            "monitor:CreateAlarmPolicy",
            "monitor:BindingPolicyObject",
            "monitor:DeleteAlarmPolicy",
        ]
    ),
    requirement!(
        Kind::ORPHANS_WRITE,
        None,
        [
            "tag:TagResources",
            "cvm:StopInstances",
            "cvm:TerminateInstances",
            "cvm:TerminateDisks",
            "cvm:DeleteSnapshots",
            "cvm:DeleteImages",
            "vpc:ReleaseAddresses",
        ]
    ),
];

/// Ids that are well formed and nobody's.
const NOBODYS_MACHINE: &str = "ins-00000000";
const NOBODYS_DISK: &str = "disk-00000000";
const NOBODYS_SNAPSHOT: &str = "snap-00000000";
const NOBODYS_IMAGE: &str = "img-00000000";

/// What is said of something that is named in a list alone.
fn these(field: &str, id: &str) -> Value {
    json!({ field: [id] })
}

fn tagged(thing: &str) -> Value {
    json!({
        "ResourceList": [format!("qcs::cvm:ap-guangzhou:uin/:{thing}")],
        "Tags": [{ "TagKey": model::STEP_TAG, "TagValue": "nobodys" }],
    })
}

impl Tencent {
    /// Tries one of [`CHANGES`].
    pub(super) async fn check_change(&self, kind: &str) -> Result<(), CloudError> {
        let module = |more: Value| {
            let mut said = json!({ "Module": "monitor" });
            if let (Some(said), Value::Object(more)) = (said.as_object_mut(), more) {
                said.extend(more);
            }
            said
        };
        let page = || module(json!({ "PageNumber": 1, "PageSize": 1, "Order": "ASC" }));
        let calls: Vec<(&'static Operation, Value)> = match kind {
            Kind::IMAGE_USE => vec![
                (&DESCRIBE_INSTANCES, json!({ "Limit": 1 })),
                (&DESCRIBE_LAUNCH_TEMPLATES, json!({ "Limit": 1 })),
                (
                    &DESCRIBE_LAUNCH_TEMPLATE_VERSIONS,
                    json!({ "LaunchTemplateId": "lt-00000000" }),
                ),
                (&DESCRIBE_LAUNCH_CONFIGURATIONS, json!({ "Limit": 1 })),
            ],
            Kind::PROTECTION => vec![(&DESCRIBE_SNAPSHOT_POLICIES, json!({ "Limit": 1 }))],
            Kind::ALARM => vec![
                (
                    &DESCRIBE_ALARM_POLICIES,
                    module(json!({ "PageNumber": 1, "PageSize": 1 })),
                ),
                (
                    &DESCRIBE_ALARM_OBJECTS,
                    module(json!({ "GroupId": 0, "PolicyId": "policy-00000000" })),
                ),
            ],
            Kind::ALARM_TARGET => vec![(&DESCRIBE_ALARM_NOTICES, page())],
            Kind::TRAFFIC => vec![(
                &GET_MONITOR_DATA,
                json!({
                    "Namespace": "QCE/CVM", "MetricName": "WanOuttraffic", "Period": 300,
                    "Instances": [{
                        "Dimensions": [{ "Name": "InstanceId", "Value": NOBODYS_MACHINE }],
                    }],
                }),
            )],
            Kind::BACKUPS_WRITE => backups(),
            Kind::ALARMS_WRITE => vec![(
                &DELETE_ALARM_POLICY,
                module(these("PolicyIds", "policy-00000000")),
            )],
            _ => vec![
                (&TAG_RESOURCES, tagged("instance/ins-00000000")),
                (&STOP_INSTANCES, these("InstanceIds", NOBODYS_MACHINE)),
                (&TERMINATE_INSTANCES, these("InstanceIds", NOBODYS_MACHINE)),
                (&TERMINATE_DISKS, these("DiskIds", NOBODYS_DISK)),
                (&DELETE_SNAPSHOTS, these("SnapshotIds", NOBODYS_SNAPSHOT)),
                (
                    &DELETE_IMAGES,
                    json!({ "ImageIds": [NOBODYS_IMAGE], "DryRun": true }),
                ),
                (&RELEASE_ADDRESSES, these("AddressIds", "eip-00000000")),
            ],
        };
        for (operation, said) in calls {
            self.allowed(operation, said).await?;
        }
        Ok(())
    }

    /// Lets pass whatever is refused for another reason than a missing right.
    async fn allowed(&self, operation: &'static Operation, said: Value) -> Result<(), CloudError> {
        let said = match said {
            Value::Object(said) => said,
            _ => serde_json::Map::new(),
        };
        let call = self.call(operation, done).at(any_region()).with_all(said);
        match call.send().await {
            Err(error) => match error.kind {
                ErrorKind::NotFound
                | ErrorKind::Exists
                | ErrorKind::Held { .. }
                | ErrorKind::TryLater
                | ErrorKind::Exhausted
                | ErrorKind::Invalid => Ok(()),
                _ => Err(error),
            },
            Ok(()) => Ok(()),
        }
    }
}

/// All but the right to hand on a role, which only a real machine shows.
fn backups() -> Vec<(&'static Operation, Value)> {
    let zone = json!({ "Zone": "ap-guangzhou-0" });
    vec![
        (&CREATE_SNAPSHOT, json!({ "DiskId": NOBODYS_DISK })),
        (&DELETE_SNAPSHOTS, these("SnapshotIds", NOBODYS_SNAPSHOT)),
        (
            &COPY_SNAPSHOT,
            json!({ "SnapshotId": NOBODYS_SNAPSHOT, "DestinationRegions": ["ap-beijing"] }),
        ),
        (
            &CREATE_IMAGE,
            json!({ "ImageName": "nobodys", "SnapshotIds": [NOBODYS_SNAPSHOT], "DryRun": true }),
        ),
        (
            &DELETE_IMAGES,
            json!({ "ImageIds": [NOBODYS_IMAGE], "DryRun": true }),
        ),
        (
            &CREATE_DISKS,
            json!({
                "Placement": zone, "DiskChargeType": "POSTPAID_BY_HOUR",
                "DiskType": "CLOUD_PREMIUM", "SnapshotId": NOBODYS_SNAPSHOT,
            }),
        ),
        (
            &ATTACH_DISKS,
            json!({ "InstanceId": NOBODYS_MACHINE, "DiskIds": [NOBODYS_DISK] }),
        ),
        (&DETACH_DISKS, these("DiskIds", NOBODYS_DISK)),
        (&TERMINATE_DISKS, these("DiskIds", NOBODYS_DISK)),
        (
            &RUN_INSTANCES,
            json!({ "Placement": zone, "ImageId": NOBODYS_IMAGE, "DryRun": true }),
        ),
        (&TAG_RESOURCES, tagged("snapshot/snap-00000000")),
    ]
}
