//! What the product needs on this cloud, permission by permission, and whether the key has it.

mod changes;

use std::sync::LazyLock;

use async_trait::async_trait;
use cloud::{
    Access, Billing as _, CloudError, ErrorKind, Inventory as _, Keys as _, PageAt, Requirement,
};
use model::{Kind, Place, RegionId};

use self::changes::CHANGES;
use crate::Tencent;
use crate::operations::{
    DESCRIBE_ADDRESSES, DESCRIBE_CERTIFICATES, DESCRIBE_CLUSTERS, DESCRIBE_DISKS, DESCRIBE_DOMAINS,
    DESCRIBE_EDGE_CLUSTERS, DESCRIBE_EXISTED, DESCRIBE_IMAGES, DESCRIBE_INSTANCES,
    DESCRIBE_LOAD_BALANCERS, DESCRIBE_MEMBERS, DESCRIBE_NODES, DESCRIBE_RENEWALS, DESCRIBE_SCALED,
    DESCRIBE_SERVERLESS_CLUSTERS, DESCRIBE_SNAPSHOTS, DESCRIBE_TARGETS, Operation,
};
use crate::{
    RenewalPage, addresses, billing, certificates, clusters, disks, domains, errors, images,
    load_balancers, machines, organization, terms,
};

/// None of these calls costs anything.
macro_rules! requirement {
    ($kind:expr, $size:expr, [$($permission:literal),*], [$($operation:literal),*]) => {
        Requirement {
            kind: $kind,
            permissions: &[$($permission),*],
            operations: &[$($operation),*],
            page_size: $size,
            free_calls_a_month: None,
        }
    };
}

/// What every account is asked for.
static COMMON: [Requirement; 13] = [
    requirement!(
        Kind::BALANCE,
        1,
        ["finance:DescribeAccountBalance"],
        ["DescribeAccountBalance"]
    ),
    requirement!(
        Kind::CERTIFICATE,
        certificates::PAGE_SIZE,
        ["ssl:DescribeCertificates"],
        ["DescribeCertificates"]
    ),
    requirement!(
        Kind::DOMAIN,
        domains::PAGE_SIZE,
        ["domain:DescribeDomainNameList"],
        ["DescribeDomainNameList"]
    ),
    requirement!(
        Kind::INSTANCE,
        machines::PAGE_SIZE,
        ["cvm:DescribeRegions", "cvm:DescribeInstances"],
        ["DescribeRegions", "DescribeInstances"]
    ),
    requirement!(
        Kind::CLUSTER,
        clusters::PAGE_SIZE,
        [
            "tke:DescribeClusters",
            "tke:DescribeTKEEdgeClusters",
            "tke:DescribeEKSClusters",
            "tke:DescribeClusterInstances",
            "tke:DescribeEdgeClusterInstances",
            "tke:DescribeEdgeCVMInstances"
        ],
        // The first of them in both its versions.
        [
            "DescribeClusters",
            "DescribeTKEEdgeClusters",
            "DescribeEKSClusters",
            "DescribeClusters"
        ]
    ),
    requirement!(
        Kind::OPINION,
        clusters::PAGE_SIZE,
        [
            "tke:DescribeExistedInstances",
            "as:DescribeAutoScalingInstances"
        ],
        ["DescribeExistedInstances", "DescribeAutoScalingInstances"]
    ),
    requirement!(
        Kind::DISK,
        disks::PAGE_SIZE,
        ["cvm:DescribeDisks"],
        ["DescribeDisks"]
    ),
    requirement!(
        Kind::SNAPSHOT,
        disks::PAGE_SIZE,
        ["cvm:DescribeSnapshots"],
        ["DescribeSnapshots"]
    ),
    requirement!(
        Kind::IMAGE,
        images::PAGE_SIZE,
        ["cvm:DescribeImages"],
        ["DescribeImages"]
    ),
    // Addresses are spelt in both ways in the cloud's own policies.
    requirement!(
        Kind::ADDRESS,
        addresses::PAGE_SIZE,
        ["vpc:DescribeAddresses", "cvm:DescribeAddresses"],
        ["DescribeAddresses"]
    ),
    requirement!(
        Kind::LOAD_BALANCER,
        load_balancers::PAGE_SIZE,
        ["clb:DescribeLoadBalancers", "clb:DescribeTargets"],
        ["DescribeLoadBalancers"]
    ),
    requirement!(
        Kind::ACCESS_KEY,
        1,
        [
            "cam:ListUsers",
            "cam:ListAccessKeys",
            "cam:GetSecurityLastUsed"
        ],
        ["ListUsers", "ListAccessKeys", "GetSecurityLastUsed"]
    ),
    requirement!(
        Kind::MEMBER,
        organization::PAGE_SIZE,
        ["organization:DescribeOrganizationMembers", "sts:AssumeRole"],
        ["DescribeOrganizationMembers", "AssumeRole"]
    ),
];

static RENEWALS: Requirement = requirement!(
    Kind::PREPAID,
    billing::PAGE_SIZE,
    ["finance:DescribeRenewInstances"],
    ["DescribeRenewInstances"]
);

/// The products that end and are nowhere else in it.
static PRODUCTS: LazyLock<Vec<Requirement>> = LazyLock::new(|| {
    let lists = terms::listings().map(|it| Requirement {
        kind: it.kind,
        permissions: std::slice::from_ref(&it.operation.permission),
        operations: std::slice::from_ref(&it.operation.name),
        page_size: it.page_size,
        free_calls_a_month: None,
    });
    lists.collect()
});

static WITHOUT_RENEWALS: LazyLock<Vec<Requirement>> = LazyLock::new(|| {
    let all = COMMON.iter().chain(CHANGES.iter()).chain(PRODUCTS.iter());
    all.cloned().collect()
});

static WITH_RENEWALS: LazyLock<Vec<Requirement>> = LazyLock::new(|| {
    let all = std::iter::once(&RENEWALS).chain(WITHOUT_RENEWALS.iter());
    all.cloned().collect()
});

/// Where a right is tried that is the same in every region.
const ANY_REGION: &str = "ap-guangzhou";

#[async_trait]
impl Access for Tencent {
    fn requirements(&self) -> &[Requirement] {
        match self.bill.renewal_page {
            RenewalPage::LeftAlone => &WITHOUT_RENEWALS,
            RenewalPage::Read => &WITH_RENEWALS,
        }
    }

    async fn check(&self, requirement: &Requirement) -> Result<(), CloudError> {
        match requirement.kind {
            Kind::BALANCE => self.balance().await.map(drop),
            Kind::PREPAID => {
                let call = self.call(&DESCRIBE_RENEWALS, crate::decode::succeeded);
                call.with("MaxResults", 1).send().await
            }
            Kind::CERTIFICATE => self.one_row(&DESCRIBE_CERTIFICATES, Place::Global).await,
            Kind::DOMAIN => self.one_row(&DESCRIBE_DOMAINS, Place::Global).await,
            Kind::MEMBER => self.one_row(&DESCRIBE_MEMBERS, Place::Global).await,
            Kind::ACCESS_KEY => self.access_keys().page(&PageAt::First).await.map(drop),
            Kind::INSTANCE => {
                let regions = self.regions().await?;
                let place = regions.into_iter().next().map(|it| Place::Region(it.id));
                self.one_row(&DESCRIBE_INSTANCES, place.unwrap_or_else(any_region))
                    .await
            }
            Kind::CLUSTER | terms::NODES => self.check_clusters().await,
            Kind::OPINION => {
                self.one_row(&DESCRIBE_EXISTED, any_region()).await?;
                self.one_row(&DESCRIBE_SCALED, any_region()).await
            }
            Kind::DISK => self.one_row(&DESCRIBE_DISKS, any_region()).await,
            Kind::SNAPSHOT => self.one_row(&DESCRIBE_SNAPSHOTS, any_region()).await,
            Kind::IMAGE => self.one_row(&DESCRIBE_IMAGES, any_region()).await,
            Kind::ADDRESS => self.one_row(&DESCRIBE_ADDRESSES, any_region()).await,
            Kind::LOAD_BALANCER => {
                self.one_row(&DESCRIBE_LOAD_BALANCERS, any_region()).await?;
                self.may_ask_of(&DESCRIBE_TARGETS, "LoadBalancerId", "lb-00000000")
                    .await
            }
            kind if CHANGES.iter().any(|it| it.kind == kind) => self.check_change(kind).await,
            kind => match terms::listings().find(|it| it.kind == kind) {
                Some(list) => self.one_row(list.operation, any_region()).await,
                None => {
                    let site = self.call_site(&DESCRIBE_INSTANCES, &Place::Global);
                    let words = format!("{kind:?} is nothing this cloud has");
                    Err(CloudError::new(site, ErrorKind::Invalid, words))
                }
            },
        }
    }

    fn policy(&self, requirements: &[&Requirement]) -> String {
        let mut actions: Vec<&str> = requirements
            .iter()
            .flat_map(|it| it.permissions)
            .copied()
            .collect();
        actions.sort_unstable();
        actions.dedup();
        let policy = serde_json::json!({
            "version": "2.0",
            "statement": [{ "effect": "allow", "action": actions, "resource": ["*"] }],
        });
        // A value made of texts can always be written.
        serde_json::to_string_pretty(&policy).unwrap_or_default()
    }
}

fn any_region() -> Place {
    Place::Region(RegionId::new(ANY_REGION))
}

impl Tencent {
    async fn check_clusters(&self) -> Result<(), CloudError> {
        for list in [
            &DESCRIBE_CLUSTERS,
            &DESCRIBE_EDGE_CLUSTERS,
            &DESCRIBE_SERVERLESS_CLUSTERS,
        ] {
            match self.one_row(list, any_region()).await {
                Err(error) if errors::is_unknown_question(&error) => {}
                answer => answer?,
            }
        }
        self.may_ask_of(&DESCRIBE_NODES, "ClusterId", "cls-00000000")
            .await
    }

    /// Asks for something that is not there: rights are looked at first, so that it is not found only
    /// by who may find it.
    async fn may_ask_of(
        &self,
        operation: &'static Operation,
        field: &str,
        nothing: &str,
    ) -> Result<(), CloudError> {
        let call = self
            .call(operation, crate::decode::succeeded)
            .at(any_region())
            .with(field, nothing);
        match call.send().await {
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Invalid) => Ok(()),
            answer => answer,
        }
    }

    /// Asks for one row: it costs the least, and a missing right is refused all the same.
    async fn one_row(&self, operation: &'static Operation, place: Place) -> Result<(), CloudError> {
        self.call(operation, crate::decode::succeeded)
            .at(place)
            .with("Offset", 0)
            .with("Limit", 1)
            .send()
            .await
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_ability_is_required_once_and_every_list_that_ends_is_covered() {
        let kinds: Vec<_> = WITH_RENEWALS.iter().map(|it| it.kind).collect();
        let different: BTreeSet<_> = kinds.iter().collect();
        assert_eq!(kinds.len(), different.len());
        assert!(!WITHOUT_RENEWALS.iter().any(|it| it.kind == Kind::PREPAID));
        for product in ["cvm", "cbs", "eip", "cdb", "redis", "clb", "lighthouse"] {
            assert!(kinds.contains(&product), "{product}");
        }
    }

    #[test]
    fn only_what_is_called_a_change_can_change_anything() {
        let reading = WITH_RENEWALS
            .iter()
            .filter(|it| !it.kind.ends_with(":write"));
        for permission in reading.flat_map(|it| it.permissions) {
            let (_, action) = permission.split_once(':').unwrap();
            let reads = ["Describe", "List", "Get"]
                .iter()
                .any(|it| action.starts_with(it));
            assert!(reads || action == "AssumeRole", "{permission}");
        }
    }
}
