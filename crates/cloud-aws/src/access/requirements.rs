//! What the product needs on this cloud, ability by ability.

use cloud::Requirement;
use model::Kind;

use crate::{
    access_keys, alarms, certificates, clusters, disks, domains, images, load_balancers, machines,
    organization, terms,
};

const fn free(
    kind: &'static str,
    permissions: &'static [&'static str],
    operations: &'static [&'static str],
    page_size: u32,
) -> Requirement {
    Requirement {
        kind,
        permissions,
        operations,
        page_size,
        free_calls_a_month: None,
    }
}

/// None of these calls costs anything.
pub(super) static REQUIREMENTS: [Requirement; 27] = [
    free(
        Kind::INSTANCE,
        &["ec2:DescribeRegions", "ec2:DescribeInstances"],
        &["DescribeRegions", "DescribeInstances"],
        machines::PAGE_SIZE,
    ),
    free(
        Kind::CLUSTER,
        &[
            "eks:ListClusters",
            "eks:DescribeCluster",
            "eks:ListNodegroups",
            "eks:DescribeNodegroup",
            "eks:ListFargateProfiles",
            "autoscaling:DescribeAutoScalingGroups",
        ],
        &[
            "ListClusters",
            "DescribeCluster",
            "ListNodegroups",
            "DescribeNodegroup",
            "ListFargateProfiles",
            "DescribeAutoScalingGroups",
        ],
        clusters::PAGE_SIZE,
    ),
    free(
        Kind::OPINION,
        &["autoscaling:DescribeAutoScalingInstances"],
        &["DescribeAutoScalingInstances"],
        50,
    ),
    free(
        Kind::DISK,
        &["ec2:DescribeVolumes"],
        &["DescribeVolumes"],
        disks::PAGE_SIZE,
    ),
    free(
        Kind::SNAPSHOT,
        &["ec2:DescribeSnapshots", "ec2:DescribeImages"],
        &["DescribeSnapshots", "DescribeImages"],
        disks::SNAPSHOT_PAGE_SIZE,
    ),
    free(
        Kind::IMAGE,
        &["ec2:DescribeImages"],
        &["DescribeImages"],
        images::PAGE_SIZE,
    ),
    free(
        Kind::ADDRESS,
        &["ec2:DescribeAddresses"],
        &["DescribeAddresses"],
        1_000,
    ),
    free(
        Kind::LOAD_BALANCER,
        &[
            "elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetHealth",
            "elasticloadbalancing:DescribeListeners",
            "elasticloadbalancing:DescribeTags",
        ],
        // Newer ones and classic ones are two lists.
        &[
            "DescribeLoadBalancers",
            "DescribeTargetGroups",
            "DescribeTags",
            "DescribeLoadBalancers",
        ],
        load_balancers::PAGE_SIZE,
    ),
    free(
        Kind::MAINTENANCE,
        &["ec2:DescribeInstanceStatus"],
        &["DescribeInstanceStatus"],
        machines::STATUS_PAGE_SIZE,
    ),
    free(
        terms::MACHINES,
        &["ec2:DescribeReservedInstances"],
        &["DescribeReservedInstances"],
        terms::PAGE_SIZE,
    ),
    free(
        terms::DATABASES,
        &["rds:DescribeReservedDBInstances"],
        &["DescribeReservedDBInstances"],
        terms::PAGE_SIZE,
    ),
    free(
        terms::PLANS,
        &["savingsplans:DescribeSavingsPlans"],
        &["DescribeSavingsPlans"],
        terms::PAGE_SIZE,
    ),
    free(
        Kind::CERTIFICATE,
        &["acm:ListCertificates", "iam:ListServerCertificates"],
        &["ListCertificates", "ListServerCertificates"],
        certificates::PAGE_SIZE,
    ),
    free(
        Kind::DOMAIN,
        &["route53domains:ListDomains"],
        &["ListDomains"],
        domains::PAGE_SIZE,
    ),
    free(
        Kind::MEMBER,
        &["organizations:ListAccounts", "sts:AssumeRole"],
        &["ListAccounts", "AssumeRole"],
        organization::PAGE_SIZE,
    ),
    free(
        Kind::ACCESS_KEY,
        &[
            "iam:ListUsers",
            "iam:ListAccessKeys",
            "iam:GetAccessKeyLastUsed",
            "iam:GetAccountSummary",
        ],
        &["ListUsers", "ListAccessKeys", "GetAccessKeyLastUsed"],
        access_keys::PAGE_SIZE,
    ),
    free(
        Kind::IMAGE_USE,
        &[
            "ec2:DescribeInstances",
            "ec2:DescribeLaunchTemplateVersions",
            // Templates may name their image by a parameter.
            "ssm:GetParameters",
            "autoscaling:DescribeAutoScalingGroups",
            "autoscaling:DescribeLaunchConfigurations",
        ],
        &[
            "DescribeInstances",
            "DescribeLaunchTemplateVersions",
            "DescribeAutoScalingGroups",
            "DescribeLaunchConfigurations",
        ],
        machines::PAGE_SIZE,
    ),
    free(
        Kind::COPY_NOTE,
        &[
            "ec2:DescribeFastSnapshotRestores",
            "ec2:ListSnapshotsInRecycleBin",
            "ec2:ListImagesInRecycleBin",
        ],
        &[
            "DescribeFastSnapshotRestores",
            "ListSnapshotsInRecycleBin",
            "ListImagesInRecycleBin",
        ],
        crate::copies::notes::PAGE_SIZE,
    ),
    free(Kind::CRYPT_KEY, &["kms:DescribeKey"], &["DescribeKey"], 1),
    free(
        Kind::PROTECTION,
        &[
            "dlm:GetLifecyclePolicies",
            "dlm:GetLifecyclePolicy",
            "backup:ListBackupPlans",
            "backup:ListBackupSelections",
            "backup:GetBackupSelection",
            "backup:ListProtectedResources",
        ],
        &[
            "GetLifecyclePolicies",
            "GetLifecyclePolicy",
            "ListBackupPlans",
            "ListBackupSelections",
            "GetBackupSelection",
        ],
        1,
    ),
    free(
        Kind::ALARM,
        // The tags of alarms are in no list of theirs.
        &["cloudwatch:DescribeAlarms", "tag:GetResources"],
        &["DescribeAlarms", "GetResources"],
        alarms::PAGE_SIZE,
    ),
    free(
        Kind::ALARM_TARGET,
        &["sns:ListTopics", "sns:ListSubscriptions"],
        &["ListTopics", "ListSubscriptions"],
        1,
    ),
    free(
        Kind::TRAFFIC,
        &["cloudwatch:GetMetricData"],
        &["GetMetricData"],
        1,
    ),
    free(
        Kind::BACKUPS_WRITE,
        &[
            "ec2:CreateSnapshot",
            "ec2:CreateSnapshots",
            "ec2:CreateTags",
            "ec2:CopySnapshot",
            "ec2:DescribeSnapshotAttribute",
            "ec2:DeleteSnapshot",
            "ec2:RegisterImage",
            "ec2:CreateImage",
            "ec2:DescribeImageAttribute",
            "ec2:DeregisterImage",
            // Restoring, and proving that it can be done.
            "ec2:CreateVolume",
            "ec2:AttachVolume",
            "ec2:DetachVolume",
            "ec2:DeleteVolume",
            "ec2:RunInstances",
            // A machine runs with the role of the one it stands beside.
            "iam:PassRole",
        ],
        &[],
        1,
    ),
    free(Kind::LOANS_WRITE, &["ec2:ModifySnapshotAttribute"], &[], 1),
    free(
        Kind::ALARMS_WRITE,
        &[
            "cloudwatch:PutMetricAlarm",
            "cloudwatch:TagResource",
            "cloudwatch:ListTagsForResource",
            "cloudwatch:DeleteAlarms",
            "sns:CreateTopic",
            "sns:Subscribe",
        ],
        &[],
        1,
    ),
    free(
        Kind::ORPHANS_WRITE,
        &[
            "ec2:CreateTags",
            "ec2:StopInstances",
            "ec2:TerminateInstances",
            "ec2:DeleteVolume",
            "ec2:DescribeSnapshotAttribute",
            "ec2:DeleteSnapshot",
            "ec2:DescribeImageAttribute",
            "ec2:DeregisterImage",
            "ec2:ReleaseAddress",
        ],
        &[],
        1,
    ),
];
