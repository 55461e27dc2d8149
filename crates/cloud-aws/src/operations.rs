//! The operations that are called: their service, permission and quota.
//!
//! Quotas are calls a second of one account in one region, as far as they are published: EC2's
//! describing calls with pages refill at 20 a second, without pages at 10; its changing ones at 5,
//! tags at 10, new machines at 2; the alarms' lists at 9 and changes at 3; the organization's and the
//! certificate store's lists at 8; the state of encryption keys at 2,000, which nobody needs. The others tell none and are taken for ten a second, or fewer.

use cloud::{Quota, Quotas};

use crate::endpoints::Service;

/// One operation of one service.
#[derive(Debug)]
pub(crate) struct Operation {
    /// Its name, as the cloud spells it.
    pub(crate) name: &'static str,
    /// The service that has it.
    pub(crate) service: Service,
    /// The IAM action a key needs for it; empty where none is needed.
    pub(crate) permission: &'static str,
    /// How many calls a second an account has in a region.
    pub(crate) per_second: f64,
    /// What it does to the cloud.
    pub(crate) effect: Effect,
}

/// Returns every operation that is called.
pub(crate) fn all() -> impl Iterator<Item = &'static Operation> {
    [READING, SETTLING, MAKING].concat().into_iter()
}

impl Operation {
    /// Returns how many calls of it an account may make, by what was told of the account.
    pub(crate) fn quota(&self, quotas: &Quotas) -> Quota {
        quotas.of(self.service.name(), self.name, self.per_second)
    }

    /// Returns how many calls of it the cloud lets come at once after a pause; none where the account
    /// was told to have another number than the published one, which says nothing of that.
    pub(crate) fn burst(&self, quotas: &Quotas) -> u32 {
        let is_published = self.quota(quotas).per_second == self.per_second;
        match BURSTS.iter().find(|it| it.0 == self.name) {
            Some((_, burst)) if is_published => *burst,
            _ => 0,
        }
    }
}

/// What an operation does to the cloud, and so whether it may be asked again when no answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing.
    Reads,
    /// It settles how one named thing is: twice is the same as once.
    Settles,
    /// It makes something new each time, unless a token of ours says that it is the same.
    Makes,
}

macro_rules! operations {
    ($effect:ident as $list:ident: $($id:ident = $service:ident $name:literal, $permission:literal, $per_second:literal;)*) => {$(
        pub(crate) static $id: Operation = Operation {
            name: $name,
            service: Service::$service,
            permission: $permission,
            per_second: $per_second,
            effect: Effect::$effect,
        };
    )*
        static $list: &[&Operation] = &[$(&$id),*];
    };
}

operations! { Reads as READING:
    // Always allowed.
    GET_CALLER_IDENTITY = Sts "GetCallerIdentity", "", 100.0;
    ASSUME_ROLE = Sts "AssumeRole", "sts:AssumeRole", 100.0;
    // Asked without a key: the token of the identity provider is the proof.
    ASSUME_ROLE_WITH_WEB_IDENTITY = Sts "AssumeRoleWithWebIdentity", "", 100.0;

    DESCRIBE_REGIONS = Ec2 "DescribeRegions", "ec2:DescribeRegions", 10.0;
    DESCRIBE_INSTANCES = Ec2 "DescribeInstances", "ec2:DescribeInstances", 20.0;
    DESCRIBE_INSTANCE_STATUS = Ec2 "DescribeInstanceStatus", "ec2:DescribeInstanceStatus", 20.0;
    DESCRIBE_VOLUMES = Ec2 "DescribeVolumes", "ec2:DescribeVolumes", 20.0;
    DESCRIBE_SNAPSHOTS = Ec2 "DescribeSnapshots", "ec2:DescribeSnapshots", 20.0;
    DESCRIBE_IMAGES = Ec2 "DescribeImages", "ec2:DescribeImages", 20.0;
    DESCRIBE_ADDRESSES = Ec2 "DescribeAddresses", "ec2:DescribeAddresses", 10.0;
    DESCRIBE_RESERVED_INSTANCES = Ec2 "DescribeReservedInstances", "ec2:DescribeReservedInstances", 10.0;

    DESCRIBE_AUTO_SCALING_GROUPS = AutoScaling "DescribeAutoScalingGroups", "autoscaling:DescribeAutoScalingGroups", 10.0;
    DESCRIBE_AUTO_SCALING_INSTANCES = AutoScaling "DescribeAutoScalingInstances", "autoscaling:DescribeAutoScalingInstances", 10.0;

    LIST_CLUSTERS = Eks "ListClusters", "eks:ListClusters", 10.0;
    DESCRIBE_CLUSTER = Eks "DescribeCluster", "eks:DescribeCluster", 10.0;
    LIST_NODEGROUPS = Eks "ListNodegroups", "eks:ListNodegroups", 10.0;
    DESCRIBE_NODEGROUP = Eks "DescribeNodegroup", "eks:DescribeNodegroup", 10.0;
    LIST_FARGATE_PROFILES = Eks "ListFargateProfiles", "eks:ListFargateProfiles", 10.0;

    DESCRIBE_LOAD_BALANCERS = Elbv2 "DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancers", 10.0;
    DESCRIBE_TARGET_GROUPS = Elbv2 "DescribeTargetGroups", "elasticloadbalancing:DescribeTargetGroups", 10.0;
    DESCRIBE_TARGET_HEALTH = Elbv2 "DescribeTargetHealth", "elasticloadbalancing:DescribeTargetHealth", 10.0;
    DESCRIBE_LISTENERS = Elbv2 "DescribeListeners", "elasticloadbalancing:DescribeListeners", 10.0;
    DESCRIBE_BALANCER_TAGS = Elbv2 "DescribeTags", "elasticloadbalancing:DescribeTags", 10.0;
    DESCRIBE_CLASSIC_BALANCERS = Elb "DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancers", 10.0;
    DESCRIBE_CLASSIC_TAGS = Elb "DescribeTags", "elasticloadbalancing:DescribeTags", 10.0;

    DESCRIBE_RESERVED_DB_INSTANCES = Rds "DescribeReservedDBInstances", "rds:DescribeReservedDBInstances", 10.0;
    DESCRIBE_SAVINGS_PLANS = SavingsPlans "DescribeSavingsPlans", "savingsplans:DescribeSavingsPlans", 5.0;

    LIST_CERTIFICATES = Acm "ListCertificates", "acm:ListCertificates", 8.0;
    LIST_SERVER_CERTIFICATES = Iam "ListServerCertificates", "iam:ListServerCertificates", 10.0;
    LIST_DOMAINS = Route53Domains "ListDomains", "route53domains:ListDomains", 5.0;
    LIST_ACCOUNTS = Organizations "ListAccounts", "organizations:ListAccounts", 8.0;
    LIST_USERS = Iam "ListUsers", "iam:ListUsers", 10.0;
    LIST_ACCESS_KEYS = Iam "ListAccessKeys", "iam:ListAccessKeys", 10.0;
    GET_ACCESS_KEY_LAST_USED = Iam "GetAccessKeyLastUsed", "iam:GetAccessKeyLastUsed", 10.0;
    GET_ACCOUNT_SUMMARY = Iam "GetAccountSummary", "iam:GetAccountSummary", 10.0;

    DESCRIBE_IMAGE_ATTRIBUTE = Ec2 "DescribeImageAttribute", "ec2:DescribeImageAttribute", 20.0;
    DESCRIBE_FAST_SNAPSHOT_RESTORES = Ec2 "DescribeFastSnapshotRestores", "ec2:DescribeFastSnapshotRestores", 20.0;
    LIST_SNAPSHOTS_IN_RECYCLE_BIN = Ec2 "ListSnapshotsInRecycleBin", "ec2:ListSnapshotsInRecycleBin", 10.0;
    LIST_IMAGES_IN_RECYCLE_BIN = Ec2 "ListImagesInRecycleBin", "ec2:ListImagesInRecycleBin", 10.0;
    DESCRIBE_SNAPSHOT_ATTRIBUTE = Ec2 "DescribeSnapshotAttribute", "ec2:DescribeSnapshotAttribute", 20.0;
    DESCRIBE_LAUNCH_TEMPLATE_VERSIONS = Ec2 "DescribeLaunchTemplateVersions", "ec2:DescribeLaunchTemplateVersions", 20.0;
    DESCRIBE_LAUNCH_CONFIGURATIONS = AutoScaling "DescribeLaunchConfigurations", "autoscaling:DescribeLaunchConfigurations", 10.0;
    GET_LIFECYCLE_POLICIES = Dlm "GetLifecyclePolicies", "dlm:GetLifecyclePolicies", 5.0;
    GET_LIFECYCLE_POLICY = Dlm "GetLifecyclePolicy", "dlm:GetLifecyclePolicy", 5.0;
    LIST_BACKUP_PLANS = Backup "ListBackupPlans", "backup:ListBackupPlans", 5.0;
    LIST_BACKUP_SELECTIONS = Backup "ListBackupSelections", "backup:ListBackupSelections", 5.0;
    GET_BACKUP_SELECTION = Backup "GetBackupSelection", "backup:GetBackupSelection", 5.0;
    LIST_PROTECTED_RESOURCES = Backup "ListProtectedResources", "backup:ListProtectedResources", 5.0;

    DESCRIBE_KEY = Kms "DescribeKey", "kms:DescribeKey", 100.0;

    DESCRIBE_ALARMS = CloudWatch "DescribeAlarms", "cloudwatch:DescribeAlarms", 9.0;
    LIST_ALARM_TAGS = CloudWatch "ListTagsForResource", "cloudwatch:ListTagsForResource", 10.0;
    GET_METRIC_DATA = CloudWatch "GetMetricData", "cloudwatch:GetMetricData", 50.0;
    GET_RESOURCES = Tagging "GetResources", "tag:GetResources", 10.0;
    LIST_TOPICS = Sns "ListTopics", "sns:ListTopics", 30.0;
    LIST_SUBSCRIPTIONS = Sns "ListSubscriptions", "sns:ListSubscriptions", 30.0;
}

operations! { Settles as SETTLING:
    CREATE_TAGS = Ec2 "CreateTags", "ec2:CreateTags", 10.0;
    DELETE_SNAPSHOT = Ec2 "DeleteSnapshot", "ec2:DeleteSnapshot", 5.0;
    MODIFY_SNAPSHOT_ATTRIBUTE = Ec2 "ModifySnapshotAttribute", "ec2:ModifySnapshotAttribute", 5.0;
    DEREGISTER_IMAGE = Ec2 "DeregisterImage", "ec2:DeregisterImage", 5.0;
    ATTACH_VOLUME = Ec2 "AttachVolume", "ec2:AttachVolume", 5.0;
    DETACH_VOLUME = Ec2 "DetachVolume", "ec2:DetachVolume", 5.0;
    DELETE_VOLUME = Ec2 "DeleteVolume", "ec2:DeleteVolume", 5.0;
    STOP_INSTANCES = Ec2 "StopInstances", "ec2:StopInstances", 5.0;
    TERMINATE_INSTANCES = Ec2 "TerminateInstances", "ec2:TerminateInstances", 5.0;
    RELEASE_ADDRESS = Ec2 "ReleaseAddress", "ec2:ReleaseAddress", 5.0;
    DELETE_ALARMS = CloudWatch "DeleteAlarms", "cloudwatch:DeleteAlarms", 3.0;
    // A topic of a name that is there is given back.
    CREATE_TOPIC = Sns "CreateTopic", "sns:CreateTopic", 3.0;
}

operations! { Makes as MAKING:
    CREATE_SNAPSHOT = Ec2 "CreateSnapshot", "ec2:CreateSnapshot", 5.0;
    CREATE_SNAPSHOTS = Ec2 "CreateSnapshots", "ec2:CreateSnapshots", 5.0;
    COPY_SNAPSHOT = Ec2 "CopySnapshot", "ec2:CopySnapshot", 5.0;
    CREATE_VOLUME = Ec2 "CreateVolume", "ec2:CreateVolume", 5.0;
    REGISTER_IMAGE = Ec2 "RegisterImage", "ec2:RegisterImage", 5.0;
    CREATE_IMAGE = Ec2 "CreateImage", "ec2:CreateImage", 5.0;
    RUN_INSTANCES = Ec2 "RunInstances", "ec2:RunInstances", 2.0;
    // It replaces whatever has the name: asked again after an answer was lost, it would undo what a
    // person has changed meanwhile.
    PUT_METRIC_ALARM = CloudWatch "PutMetricAlarm", "cloudwatch:PutMetricAlarm", 3.0;
    // Each one sends an invitation.
    SUBSCRIBE = Sns "Subscribe", "sns:Subscribe", 30.0;
}

/// How many changes of one sort may come at once after a pause.
///
/// Source: "Request throttling for the Amazon EC2 API", bucket maximum capacity.
const BURSTS: [(&str, u32); 5] = [
    ("CreateSnapshot", 100),
    ("CreateSnapshots", 100),
    ("DeleteSnapshot", 100),
    ("DeregisterImage", 100),
    ("TerminateInstances", 100),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_something_is_never_asked_again_by_itself() {
        for made in [
            &CREATE_SNAPSHOT,
            &CREATE_SNAPSHOTS,
            &COPY_SNAPSHOT,
            &CREATE_VOLUME,
            &REGISTER_IMAGE,
            &CREATE_IMAGE,
            &RUN_INSTANCES,
            &PUT_METRIC_ALARM,
            &SUBSCRIBE,
        ] {
            assert_eq!(made.effect, Effect::Makes, "{}", made.name);
        }
    }

    /// Source: "Request throttling for the Amazon EC2 API", and CloudWatch's and SNS's own pages.
    #[test]
    fn changes_keep_to_the_published_refill_rates() {
        for (operation, refill) in [
            (&CREATE_SNAPSHOT, 5.0),
            (&CREATE_SNAPSHOTS, 5.0),
            (&DELETE_SNAPSHOT, 5.0),
            (&DEREGISTER_IMAGE, 5.0),
            (&REGISTER_IMAGE, 5.0),
            (&TERMINATE_INSTANCES, 5.0),
            (&CREATE_TAGS, 10.0),
            (&RUN_INSTANCES, 2.0),
            (&PUT_METRIC_ALARM, 3.0),
            (&DESCRIBE_ALARMS, 9.0),
        ] {
            assert_eq!(operation.per_second, refill, "{}", operation.name);
        }
    }

    #[test]
    fn bursts_are_of_changes_and_of_published_numbers_alone() {
        let quotas = Quotas::default();
        for operation in [&CREATE_SNAPSHOT, &DELETE_SNAPSHOT, &DEREGISTER_IMAGE] {
            assert_eq!(operation.burst(&quotas), 100, "{}", operation.name);
        }
        assert_eq!(DESCRIBE_INSTANCES.burst(&quotas), 0);
        assert_eq!(RUN_INSTANCES.burst(&quotas), 0);
        let told = Quotas::default().with("CreateSnapshot", 2.0);
        assert_eq!(CREATE_SNAPSHOT.burst(&told), 0);
        assert_eq!(DELETE_SNAPSHOT.burst(&told), 100);
        assert_eq!(DELETE_SNAPSHOT.burst(&told.every(2.0)), 0);
    }

    #[test]
    fn a_number_of_its_own_beats_the_number_of_all_which_beats_the_published_one() {
        let quotas = Quotas::default().with("AssumeRole", 7.0);
        assert_eq!(ASSUME_ROLE.quota(&quotas).per_second, 7.0);
        assert_eq!(DESCRIBE_INSTANCES.quota(&quotas).per_second, 20.0);
        let quotas = quotas.every(50.0);
        assert_eq!(ASSUME_ROLE.quota(&quotas).per_second, 7.0);
        assert_eq!(DESCRIBE_INSTANCES.quota(&quotas).per_second, 50.0);
    }
}
