//! The operations that are called: their service, version, permission and quota.
//!
//! Quotas are the ones on the operations' pages where those tell any (machines 40/s, clusters 20/s,
//! disks 20/s, addresses 10/s); the others are taken for ten a second. The cloud counts by account,
//! region and operation.
//!
//! Permissions are not always called by the service's own name: disks are `cvm:`, money is
//! `finance:`.

use cloud::{Quota, Quotas};

/// One operation of one service.
#[derive(Debug)]
pub(crate) struct Operation {
    /// Its name, as the cloud spells it.
    pub(crate) name: &'static str,
    /// The service that has it: its host's first label and the scope of its signature.
    pub(crate) service: &'static str,
    /// The version of that service's API.
    pub(crate) version: &'static str,
    /// The CAM action a key needs for it; empty where none is needed.
    pub(crate) permission: &'static str,
    /// How many calls a second an account has in a region.
    pub(crate) per_second: f64,
}

macro_rules! operations {
    ($list:ident: $($(#[$doc:meta])* $constant:ident = $name:literal, $service:literal, $version:literal,
        $permission:literal, $per_second:literal;)*) => {$(
        $(#[$doc])*
        pub(crate) static $constant: Operation = Operation {
            name: $name,
            service: $service,
            version: $version,
            permission: $permission,
            per_second: $per_second,
        };
    )*
        static $list: &[&Operation] = &[$(&$constant),*];
    };
}

operations! { READING:
    DESCRIBE_REGIONS = "DescribeRegions", "cvm", "2017-03-12", "cvm:DescribeRegions", 10.0;
    DESCRIBE_INSTANCES = "DescribeInstances", "cvm", "2017-03-12", "cvm:DescribeInstances", 40.0;
    DESCRIBE_IMAGES = "DescribeImages", "cvm", "2017-03-12", "cvm:DescribeImages", 10.0;
    DESCRIBE_DISKS = "DescribeDisks", "cbs", "2017-03-12", "cvm:DescribeDisks", 20.0;
    DESCRIBE_SNAPSHOTS = "DescribeSnapshots", "cbs", "2017-03-12", "cvm:DescribeSnapshots", 20.0;
    DESCRIBE_ADDRESSES = "DescribeAddresses", "vpc", "2017-03-12", "vpc:DescribeAddresses", 10.0;
    DESCRIBE_BANDWIDTH_PACKAGES = "DescribeBandwidthPackages", "vpc", "2017-03-12",
        "vpc:DescribeBandwidthPackages", 10.0;
    DESCRIBE_VPN_GATEWAYS = "DescribeVpnGateways", "vpc", "2017-03-12",
        "vpc:DescribeVpnGateways", 10.0;
    DESCRIBE_LOAD_BALANCERS = "DescribeLoadBalancers", "clb", "2018-03-17",
        "clb:DescribeLoadBalancers", 20.0;
    DESCRIBE_TARGETS = "DescribeTargets", "clb", "2018-03-17", "clb:DescribeTargets", 20.0;
    /// Every sort of cluster; the newest of three lists.
    DESCRIBE_CLUSTERS_2022 = "DescribeClusters", "tke", "2022-05-01", "tke:DescribeClusters", 20.0;
    DESCRIBE_CLUSTERS = "DescribeClusters", "tke", "2018-05-25", "tke:DescribeClusters", 20.0;
    DESCRIBE_EDGE_CLUSTERS = "DescribeTKEEdgeClusters", "tke", "2018-05-25",
        "tke:DescribeTKEEdgeClusters", 20.0;
    DESCRIBE_SERVERLESS_CLUSTERS = "DescribeEKSClusters", "tke", "2018-05-25",
        "tke:DescribeEKSClusters", 20.0;
    /// All kinds of nodes in one list.
    DESCRIBE_NODES_2022 = "DescribeClusterInstances", "tke", "2022-05-01",
        "tke:DescribeClusterInstances", 20.0;
    DESCRIBE_NODES = "DescribeClusterInstances", "tke", "2018-05-25",
        "tke:DescribeClusterInstances", 20.0;
    DESCRIBE_EDGE_NODES = "DescribeEdgeClusterInstances", "tke", "2018-05-25",
        "tke:DescribeEdgeClusterInstances", 20.0;
    DESCRIBE_EDGE_MACHINES = "DescribeEdgeCVMInstances", "tke", "2018-05-25",
        "tke:DescribeEdgeCVMInstances", 20.0;
    /// What the cluster service itself says of machines, whether they are in a cluster or not.
    DESCRIBE_EXISTED = "DescribeExistedInstances", "tke", "2018-05-25",
        "tke:DescribeExistedInstances", 20.0;
    DESCRIBE_SCALED = "DescribeAutoScalingInstances", "as", "2018-04-19",
        "as:DescribeAutoScalingInstances", 10.0;
    DESCRIBE_ACCOUNT_BALANCE = "DescribeAccountBalance", "billing", "2018-07-09",
        "finance:DescribeAccountBalance", 10.0;
    DESCRIBE_RENEWALS = "DescribeRenewInstances", "billing", "2018-07-09",
        "finance:DescribeRenewInstances", 10.0;
    DESCRIBE_CERTIFICATES = "DescribeCertificates", "ssl", "2019-12-05",
        "ssl:DescribeCertificates", 10.0;
    DESCRIBE_DOMAINS = "DescribeDomainNameList", "domain", "2018-08-08",
        "domain:DescribeDomainNameList", 10.0;
    DESCRIBE_MEMBERS = "DescribeOrganizationMembers", "organization", "2021-03-31",
        "organization:DescribeOrganizationMembers", 10.0;
    LIST_USERS = "ListUsers", "cam", "2019-01-16", "cam:ListUsers", 10.0;
    LIST_ACCESS_KEYS = "ListAccessKeys", "cam", "2019-01-16", "cam:ListAccessKeys", 10.0;
    LAST_USED = "GetSecurityLastUsed", "cam", "2019-01-16", "cam:GetSecurityLastUsed", 10.0;
    /// Always allowed.
    GET_CALLER_IDENTITY = "GetCallerIdentity", "sts", "2018-08-13", "", 20.0;
    ASSUME_ROLE = "AssumeRole", "sts", "2018-08-13", "sts:AssumeRole", 20.0;
    /// Asked without a key: the token of the identity provider is the proof.
    ASSUME_ROLE_WITH_TOKEN = "AssumeRoleWithWebIdentity", "sts", "2018-08-13", "", 20.0;
    DESCRIBE_LIGHTHOUSE = "DescribeInstances", "lighthouse", "2020-03-24",
        "lighthouse:DescribeInstances", 10.0;
    DESCRIBE_MYSQL = "DescribeDBInstances", "cdb", "2017-03-20", "cdb:DescribeDBInstances", 20.0;
    DESCRIBE_REDIS = "DescribeInstances", "redis", "2018-04-12", "redis:DescribeInstances", 10.0;
    DESCRIBE_MONGODB = "DescribeDBInstances", "mongodb", "2019-07-25",
        "mongodb:DescribeDBInstances", 10.0;
    DESCRIBE_POSTGRES = "DescribeDBInstances", "postgres", "2017-03-12",
        "postgres:DescribeDBInstances", 10.0;
    DESCRIBE_SQLSERVER = "DescribeDBInstances", "sqlserver", "2018-03-28",
        "sqlserver:DescribeDBInstances", 10.0;
    DESCRIBE_MARIADB = "DescribeDBInstances", "mariadb", "2017-03-12",
        "mariadb:DescribeDBInstances", 10.0;
    DESCRIBE_DCDB = "DescribeDCDBInstances", "dcdb", "2018-04-11",
        "dcdb:DescribeDCDBInstances", 10.0;
    DESCRIBE_CYNOSDB = "DescribeClusters", "cynosdb", "2019-01-07",
        "cynosdb:DescribeClusters", 10.0;
    DESCRIBE_ES = "DescribeInstances", "es", "2018-04-16", "es:DescribeInstances", 10.0;
    DESCRIBE_CKAFKA = "DescribeInstancesDetail", "ckafka", "2019-08-19",
        "ckafka:DescribeInstancesDetail", 10.0;
}

operations! { CHANGING:
    CREATE_SNAPSHOT = "CreateSnapshot", "cbs", "2017-03-12", "cvm:CreateSnapshot", 20.0;
    DELETE_SNAPSHOTS = "DeleteSnapshots", "cbs", "2017-03-12", "cvm:DeleteSnapshots", 20.0;
    COPY_SNAPSHOT = "CopySnapshotCrossRegions", "cbs", "2017-03-12",
        "cvm:CopySnapshotCrossRegions", 10.0;
    DESCRIBE_SNAPSHOT_POLICIES = "DescribeAutoSnapshotPolicies", "cbs", "2017-03-12",
        "cvm:DescribeAutoSnapshotPolicies", 20.0;
    CREATE_DISKS = "CreateDisks", "cbs", "2017-03-12", "cvm:CreateDisks", 20.0;
    ATTACH_DISKS = "AttachDisks", "cbs", "2017-03-12", "cvm:AttachDisks", 20.0;
    DETACH_DISKS = "DetachDisks", "cbs", "2017-03-12", "cvm:DetachDisks", 20.0;
    TERMINATE_DISKS = "TerminateDisks", "cbs", "2017-03-12", "cvm:TerminateDisks", 20.0;
    CREATE_IMAGE = "CreateImage", "cvm", "2017-03-12", "cvm:CreateImage", 10.0;
    DELETE_IMAGES = "DeleteImages", "cvm", "2017-03-12", "cvm:DeleteImages", 10.0;
    DESCRIBE_LAUNCH_TEMPLATES = "DescribeLaunchTemplates", "cvm", "2017-03-12",
        "cvm:DescribeLaunchTemplates", 10.0;
    DESCRIBE_LAUNCH_TEMPLATE_VERSIONS = "DescribeLaunchTemplateVersions", "cvm", "2017-03-12",
        "cvm:DescribeLaunchTemplateVersions", 10.0;
    DESCRIBE_LAUNCH_CONFIGURATIONS = "DescribeLaunchConfigurations", "as", "2018-04-19",
        "as:DescribeLaunchConfigurations", 10.0;
    STOP_INSTANCES = "StopInstances", "cvm", "2017-03-12", "cvm:StopInstances", 10.0;
    TERMINATE_INSTANCES = "TerminateInstances", "cvm", "2017-03-12",
        "cvm:TerminateInstances", 10.0;
    RUN_INSTANCES = "RunInstances", "cvm", "2017-03-12", "cvm:RunInstances", 10.0;
    RELEASE_ADDRESSES = "ReleaseAddresses", "vpc", "2017-03-12", "vpc:ReleaseAddresses", 10.0;
    DESCRIBE_ALARM_POLICIES = "DescribeAlarmPolicies", "monitor", "2018-07-24",
        "monitor:DescribeAlarmPolicies", 20.0;
    DESCRIBE_ALARM_OBJECTS = "DescribeBindingPolicyObjectList", "monitor", "2018-07-24",
        "monitor:DescribeBindingPolicyObjectList", 20.0;
    DESCRIBE_ALARM_NOTICES = "DescribeAlarmNotices", "monitor", "2018-07-24",
        "monitor:DescribeAlarmNotices", 20.0;
    CREATE_ALARM_POLICY = "CreateAlarmPolicy", "monitor", "2018-07-24",
        "monitor:CreateAlarmPolicy", 20.0;
    BIND_ALARM_OBJECT = "BindingPolicyObject", "monitor", "2018-07-24",
        "monitor:BindingPolicyObject", 20.0;
    DELETE_ALARM_POLICY = "DeleteAlarmPolicy", "monitor", "2018-07-24",
        "monitor:DeleteAlarmPolicy", 20.0;
    /// The first million a month costs nothing.
    GET_MONITOR_DATA = "GetMonitorData", "monitor", "2018-07-24", "monitor:GetMonitorData", 20.0;
    TAG_RESOURCES = "TagResources", "tag", "2018-08-13", "tag:TagResources", 10.0;
}

/// Returns every operation that is called.
pub(crate) fn all() -> impl Iterator<Item = &'static Operation> {
    READING.iter().chain(CHANGING).copied()
}

impl Operation {
    /// Returns how many calls of it an account may make, by what was told of the account.
    pub(crate) fn quota(&self, quotas: &Quotas) -> Quota {
        quotas.of(self.service, self.name, self.per_second)
    }

    /// Returns whether it only looks, or leaves nothing behind but a session that nobody uses: by
    /// how the cloud names what it has.
    pub(crate) fn reads(&self) -> bool {
        ["Describe", "List", "Get", "AssumeRole"]
            .iter()
            .any(|it| self.name.starts_with(it))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_something_is_no_reading() {
        for operation in [&DESCRIBE_DISKS, &LIST_USERS, &ASSUME_ROLE, &LAST_USED] {
            assert!(operation.reads(), "{}", operation.name);
        }
        for operation in [
            &CREATE_SNAPSHOT,
            &DELETE_SNAPSHOTS,
            &CREATE_IMAGE,
            &TERMINATE_INSTANCES,
            &STOP_INSTANCES,
            &TAG_RESOURCES,
        ] {
            assert!(!operation.reads(), "{}", operation.name);
        }
    }

    #[test]
    fn a_number_of_its_own_beats_the_number_of_all_which_beats_the_published_one() {
        let quotas = Quotas::default().with("AssumeRole", 7.0);
        assert_eq!(ASSUME_ROLE.quota(&quotas).per_second, 7.0);
        assert_eq!(DESCRIBE_INSTANCES.quota(&quotas).per_second, 40.0);
        let quotas = quotas.every(50.0);
        assert_eq!(ASSUME_ROLE.quota(&quotas).per_second, 7.0);
        assert_eq!(DESCRIBE_INSTANCES.quota(&quotas).per_second, 50.0);
    }
}
