//! The operations that are called: their service, version, permission and quota.
//!
//! Quotas: billing, certificates and the token service are published (10/s, 10/s, 100/s); the
//! machine service tells none outside its Quota Center, and the others tell none at all, so they
//! are taken for ten a second.

mod changes;

use cloud::{Quota, Quotas};

pub(crate) use self::changes::*;
use crate::endpoints::Service;

/// One operation of one service.
#[derive(Debug)]
pub(crate) struct Operation {
    /// Its name, as the cloud spells it.
    pub(crate) name: &'static str,
    /// The service that has it.
    pub(crate) service: Service,
    /// The version of that service's API.
    pub(crate) version: &'static str,
    /// The RAM action a key needs for it; empty where none is needed.
    pub(crate) permission: &'static str,
    /// How many calls a second an account has.
    pub(crate) per_second: f64,
}

impl Operation {
    /// Returns how many calls of it an account may make, by what was told of the account.
    pub(crate) fn quota(&self, quotas: &Quotas) -> Quota {
        quotas.of(self.service.code(), self.name, self.per_second)
    }

    /// Returns whether it only looks, or leaves nothing behind but a session that nobody uses: by
    /// how the cloud names what it has.
    pub(crate) fn reads(&self) -> bool {
        ["Describe", "List", "Query", "Get", "AssumeRole"]
            .iter()
            .any(|it| self.name.starts_with(it))
    }
}

const ECS: &str = "2014-05-26";
const BSS: &str = "2017-12-14";
const STS: &str = "2015-04-01";
const SLB: &str = "2014-05-15";
const CS: &str = "2015-12-15";
const RAM: &str = "2015-05-01";

pub(crate) static DESCRIBE_REGIONS: Operation = Operation {
    name: "DescribeRegions",
    service: Service::Ecs,
    version: ECS,
    permission: "ecs:DescribeRegions",
    per_second: 10.0,
};
pub(crate) static DESCRIBE_INSTANCES: Operation = Operation {
    name: "DescribeInstances",
    service: Service::Ecs,
    version: ECS,
    permission: "ecs:DescribeInstances",
    per_second: 10.0,
};
pub(crate) static DESCRIBE_AUTO_RENEW: Operation = Operation {
    name: "DescribeInstanceAutoRenewAttribute",
    service: Service::Ecs,
    version: ECS,
    permission: "ecs:DescribeInstanceAutoRenewAttribute",
    per_second: 10.0,
};
/// Its permission is called otherwise: the list is of "instances" in billing's own words.
pub(crate) static QUERY_AVAILABLE_INSTANCES: Operation = Operation {
    name: "QueryAvailableInstances",
    service: Service::Bss,
    version: BSS,
    permission: "bss:DescribeInstances",
    per_second: 10.0,
};
/// Three c, as the cloud spells it.
pub(crate) static QUERY_ACCOUNT_BALANCE: Operation = Operation {
    name: "QueryAccountBalance",
    service: Service::Bss,
    version: BSS,
    permission: "bss:DescribeAcccount",
    per_second: 10.0,
};
pub(crate) static LIST_CERTIFICATES: Operation = Operation {
    name: "ListUserCertificateOrder",
    service: Service::Cas,
    version: "2020-04-07",
    permission: "yundun-cert:ListUserCertificateOrder",
    per_second: 10.0,
};
pub(crate) static QUERY_DOMAIN_LIST: Operation = Operation {
    name: "QueryDomainList",
    service: Service::Domain,
    version: "2018-01-29",
    permission: "domain:QueryCommonInfo",
    per_second: 10.0,
};
pub(crate) static LIST_ACCOUNTS: Operation = Operation {
    name: "ListAccounts",
    service: Service::ResourceManager,
    version: "2020-03-31",
    permission: "resourcemanager:ListAccounts",
    per_second: 10.0,
};
/// Always allowed.
pub(crate) static GET_CALLER_IDENTITY: Operation = Operation {
    name: "GetCallerIdentity",
    service: Service::Sts,
    version: STS,
    permission: "",
    per_second: 100.0,
};
pub(crate) static ASSUME_ROLE: Operation = Operation {
    name: "AssumeRole",
    service: Service::Sts,
    version: STS,
    permission: "sts:AssumeRole",
    per_second: 100.0,
};
/// Asked without a key: the token of the identity provider is the proof.
pub(crate) static ASSUME_ROLE_WITH_OIDC: Operation = Operation {
    name: "AssumeRoleWithOIDC",
    service: Service::Sts,
    version: STS,
    permission: "",
    per_second: 100.0,
};

pub(crate) static DESCRIBE_DISKS: Operation = Operation {
    name: "DescribeDisks",
    service: Service::Ecs,
    version: ECS,
    permission: "ecs:DescribeDisks",
    per_second: 10.0,
};
pub(crate) static DESCRIBE_SNAPSHOTS: Operation = Operation {
    name: "DescribeSnapshots",
    service: Service::Ecs,
    version: ECS,
    permission: "ecs:DescribeSnapshots",
    per_second: 10.0,
};
pub(crate) static DESCRIBE_IMAGES: Operation = Operation {
    name: "DescribeImages",
    service: Service::Ecs,
    version: ECS,
    permission: "ecs:DescribeImages",
    per_second: 10.0,
};
pub(crate) static DESCRIBE_HISTORY_EVENTS: Operation = Operation {
    name: "DescribeInstanceHistoryEvents",
    service: Service::Ecs,
    version: ECS,
    permission: "ecs:DescribeInstanceHistoryEvents",
    per_second: 10.0,
};
pub(crate) static DESCRIBE_EIPS: Operation = Operation {
    name: "DescribeEipAddresses",
    service: Service::Vpc,
    version: "2016-04-28",
    permission: "vpc:DescribeEipAddresses",
    per_second: 10.0,
};
pub(crate) static DESCRIBE_LOAD_BALANCERS: Operation = Operation {
    name: "DescribeLoadBalancers",
    service: Service::Slb,
    version: SLB,
    permission: "slb:DescribeLoadBalancers",
    per_second: 10.0,
};
pub(crate) static DESCRIBE_LOAD_BALANCER: Operation = Operation {
    name: "DescribeLoadBalancerAttribute",
    service: Service::Slb,
    version: SLB,
    permission: "slb:DescribeLoadBalancerAttribute",
    per_second: 10.0,
};
pub(crate) static DESCRIBE_CLUSTERS: Operation = Operation {
    name: "DescribeClustersV1",
    service: Service::Cs,
    version: CS,
    permission: "cs:DescribeClustersV1",
    per_second: 10.0,
};
pub(crate) static DESCRIBE_CLUSTER: Operation = Operation {
    name: "DescribeClusterDetail",
    service: Service::Cs,
    version: CS,
    permission: "cs:DescribeClusterDetail",
    per_second: 10.0,
};
pub(crate) static DESCRIBE_CLUSTER_NODES: Operation = Operation {
    name: "DescribeClusterNodes",
    service: Service::Cs,
    version: CS,
    permission: "cs:DescribeClusterNodes",
    per_second: 10.0,
};
pub(crate) static DESCRIBE_SCALING_INSTANCES: Operation = Operation {
    name: "DescribeScalingInstances",
    service: Service::Ess,
    version: "2022-02-22",
    permission: "ess:DescribeScalingInstances",
    per_second: 10.0,
};
pub(crate) static LIST_USERS: Operation = Operation {
    name: "ListUsers",
    service: Service::Ram,
    version: RAM,
    permission: "ram:ListUsers",
    per_second: 10.0,
};
pub(crate) static LIST_ACCESS_KEYS: Operation = Operation {
    name: "ListAccessKeys",
    service: Service::Ram,
    version: RAM,
    permission: "ram:ListAccessKeys",
    per_second: 10.0,
};

/// Every operation that looks.
static READING: [&Operation; 24] = [
    &DESCRIBE_REGIONS,
    &DESCRIBE_INSTANCES,
    &DESCRIBE_AUTO_RENEW,
    &QUERY_AVAILABLE_INSTANCES,
    &QUERY_ACCOUNT_BALANCE,
    &LIST_CERTIFICATES,
    &QUERY_DOMAIN_LIST,
    &LIST_ACCOUNTS,
    &GET_CALLER_IDENTITY,
    &ASSUME_ROLE,
    &ASSUME_ROLE_WITH_OIDC,
    &DESCRIBE_DISKS,
    &DESCRIBE_SNAPSHOTS,
    &DESCRIBE_IMAGES,
    &DESCRIBE_HISTORY_EVENTS,
    &DESCRIBE_EIPS,
    &DESCRIBE_LOAD_BALANCERS,
    &DESCRIBE_LOAD_BALANCER,
    &DESCRIBE_CLUSTERS,
    &DESCRIBE_CLUSTER,
    &DESCRIBE_CLUSTER_NODES,
    &DESCRIBE_SCALING_INSTANCES,
    &LIST_USERS,
    &LIST_ACCESS_KEYS,
];

/// Returns every operation that is called.
pub(crate) fn all() -> impl Iterator<Item = &'static Operation> {
    READING.into_iter().chain(CHANGING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_something_is_no_reading() {
        for operation in [
            &DESCRIBE_DISKS,
            &LIST_USERS,
            &ASSUME_ROLE,
            &QUERY_DOMAIN_LIST,
        ] {
            assert!(operation.reads(), "{}", operation.name);
        }
        for operation in [
            &CREATE_SNAPSHOT,
            &DELETE_SNAPSHOT,
            &DELETE_IMAGE,
            &TAG_RESOURCES,
            &STOP_INSTANCE,
            &DELETE_INSTANCE,
            &RELEASE_EIP,
            &PUT_METRIC_RULE,
        ] {
            assert!(!operation.reads(), "{}", operation.name);
        }
    }

    #[test]
    fn a_quota_can_be_told_of_every_operation() {
        let written = [
            include_str!("operations.rs"),
            include_str!("operations/changes.rs"),
        ]
        .map(|it| {
            it.lines()
                .filter(|it| it.starts_with("pub(crate) static "))
                .count()
        });
        assert_eq!(written, [READING.len(), CHANGING.len()]);
    }

    #[test]
    fn a_number_of_its_own_beats_the_number_of_all_which_beats_the_published_one() {
        let quotas = Quotas::default().with("AssumeRole", 7.0);
        assert_eq!(ASSUME_ROLE.quota(&quotas).per_second, 7.0);
        assert_eq!(GET_CALLER_IDENTITY.quota(&quotas).per_second, 100.0);
        let quotas = quotas.every(50.0);
        assert_eq!(ASSUME_ROLE.quota(&quotas).per_second, 7.0);
        assert_eq!(GET_CALLER_IDENTITY.quota(&quotas).per_second, 50.0);
    }
}
