//! What each ability needs, permission by permission.

use cloud::Requirement;
use model::Kind;

use crate::{billing, certificates, domains, inventory, organization};

/// None of these calls costs anything, but for the readings of metrics beyond the first million.
pub(super) static REQUIREMENTS: [Requirement; 22] = [
    Requirement {
        kind: Kind::PREPAID,
        permissions: &["bss:DescribeInstances"],
        operations: &["QueryAvailableInstances"],
        page_size: billing::PAGE_SIZE,
        free_calls_a_month: None,
    },
    Requirement {
        kind: Kind::BALANCE,
        permissions: &["bss:DescribeAcccount"],
        operations: &["QueryAccountBalance"],
        page_size: 1,
        free_calls_a_month: None,
    },
    Requirement {
        kind: Kind::CERTIFICATE,
        permissions: &["yundun-cert:ListUserCertificateOrder"],
        // Valid ones and expired ones are two lists.
        operations: &["ListUserCertificateOrder", "ListUserCertificateOrder"],
        page_size: certificates::PAGE_SIZE,
        free_calls_a_month: None,
    },
    Requirement {
        kind: Kind::DOMAIN,
        permissions: &["domain:QueryCommonInfo"],
        operations: &["QueryDomainList"],
        page_size: domains::PAGE_SIZE,
        free_calls_a_month: None,
    },
    Requirement {
        kind: Kind::INSTANCE,
        permissions: &[
            "ecs:DescribeRegions",
            "ecs:DescribeInstances",
            "ecs:DescribeInstanceAutoRenewAttribute",
        ],
        operations: &[
            "DescribeRegions",
            "DescribeInstances",
            "DescribeInstanceAutoRenewAttribute",
        ],
        page_size: inventory::PAGE_SIZE,
        free_calls_a_month: None,
    },
    Requirement {
        kind: Kind::MEMBER,
        permissions: &["resourcemanager:ListAccounts", "sts:AssumeRole"],
        operations: &["ListAccounts", "AssumeRole"],
        page_size: organization::PAGE_SIZE,
        free_calls_a_month: None,
    },
    Requirement {
        kind: Kind::CLUSTER,
        permissions: &[
            "cs:DescribeClustersV1",
            "cs:DescribeClusterDetail",
            "cs:DescribeClusterNodes",
            "ess:DescribeScalingInstances",
        ],
        operations: &["DescribeClustersV1", "DescribeClusterNodes"],
        page_size: 100,
        free_calls_a_month: None,
    },
    Requirement {
        kind: Kind::DISK,
        permissions: &["ecs:DescribeDisks"],
        operations: &["DescribeDisks"],
        page_size: 500,
        free_calls_a_month: None,
    },
    Requirement {
        kind: Kind::SNAPSHOT,
        permissions: &["ecs:DescribeSnapshots"],
        operations: &["DescribeSnapshots"],
        page_size: 100,
        free_calls_a_month: None,
    },
    Requirement {
        kind: Kind::IMAGE,
        permissions: &["ecs:DescribeImages"],
        operations: &["DescribeImages"],
        page_size: 100,
        free_calls_a_month: None,
    },
    Requirement {
        kind: Kind::ADDRESS,
        permissions: &["vpc:DescribeEipAddresses"],
        operations: &["DescribeEipAddresses"],
        page_size: 100,
        free_calls_a_month: None,
    },
    Requirement {
        kind: Kind::LOAD_BALANCER,
        permissions: &[
            "slb:DescribeLoadBalancers",
            "slb:DescribeLoadBalancerAttribute",
        ],
        operations: &["DescribeLoadBalancers"],
        page_size: 100,
        free_calls_a_month: None,
    },
    Requirement {
        kind: Kind::MAINTENANCE,
        permissions: &["ecs:DescribeInstanceHistoryEvents"],
        operations: &["DescribeInstanceHistoryEvents"],
        page_size: 100,
        free_calls_a_month: None,
    },
    Requirement {
        kind: Kind::ACCESS_KEY,
        permissions: &["ram:ListUsers", "ram:ListAccessKeys"],
        operations: &["ListUsers"],
        page_size: 1000,
        free_calls_a_month: None,
    },
    Requirement {
        kind: Kind::IMAGE_USE,
        permissions: &[
            "ecs:DescribeImages",
            "ecs:DescribeLaunchTemplates",
            "ecs:DescribeLaunchTemplateVersions",
            "ess:DescribeScalingConfigurations",
        ],
        operations: &[
            "DescribeImages",
            "DescribeLaunchTemplates",
            "DescribeScalingConfigurations",
        ],
        page_size: 50,
        free_calls_a_month: None,
    },
    Requirement {
        kind: Kind::PROTECTION,
        permissions: &["ecs:DescribeAutoSnapshotPolicyEx", "ecs:DescribeDisks"],
        operations: &["DescribeAutoSnapshotPolicyEx"],
        page_size: 100,
        free_calls_a_month: None,
    },
    Requirement {
        kind: Kind::ALARM,
        permissions: &["cms:DescribeMetricRuleList"],
        operations: &["DescribeMetricRuleList"],
        page_size: 100,
        free_calls_a_month: None,
    },
    Requirement {
        kind: Kind::ALARM_TARGET,
        permissions: &["cms:DescribeContactGroupList", "cms:DescribeContactList"],
        operations: &["DescribeContactGroupList", "DescribeContactList"],
        page_size: 100,
        free_calls_a_month: None,
    },
    Requirement {
        kind: Kind::TRAFFIC,
        permissions: &["cms:DescribeMetricList", "ecs:DescribeInstances"],
        // Asked before a first apply and not in every run.
        operations: &[],
        page_size: 1,
        free_calls_a_month: Some(1_000_000),
    },
    // What changes something is called by plans, as often as they have steps.
    Requirement {
        kind: Kind::BACKUPS_WRITE,
        permissions: &[
            "ecs:CreateSnapshot",
            "ecs:CreateSnapshotGroup",
            "ecs:DescribeSnapshotGroups",
            "ecs:CopySnapshot",
            "ecs:DeleteSnapshot",
            "ecs:CreateImage",
            "ecs:DeleteImage",
            "ecs:TagResources",
            "ecs:CreateDisk",
            "ecs:AttachDisk",
            "ecs:DetachDisk",
            "ecs:DeleteDisk",
            "ecs:DescribeInstanceRamRole",
            "ecs:RunInstances",
            // A machine beside another has its role.
            "ram:PassRole",
        ],
        operations: &[],
        page_size: 1,
        free_calls_a_month: None,
    },
    Requirement {
        kind: Kind::ALARMS_WRITE,
        permissions: &[
            "cms:PutResourceMetricRule",
            "cms:DeleteMetricRules",
            "cms:PutContactGroup",
            "cms:PutContact",
        ],
        operations: &[],
        page_size: 1,
        free_calls_a_month: None,
    },
    Requirement {
        kind: Kind::ORPHANS_WRITE,
        permissions: &[
            "ecs:TagResources",
            "ecs:StopInstance",
            "ecs:DeleteInstance",
            "ecs:DeleteDisk",
            "ecs:DeleteSnapshot",
            "ecs:DeleteImage",
            "vpc:ReleaseEipAddress",
        ],
        operations: &[],
        page_size: 1,
        free_calls_a_month: None,
    },
];
