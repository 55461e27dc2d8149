//! What the product needs on this cloud, permission by permission, and whether the key has it.

use async_trait::async_trait;
use cloud::{Access, Billing as _, CloudError, ErrorKind, Inventory as _, Requirement};
use model::{Kind, Place, RegionId};

use crate::Aliyun;
use crate::operations::{
    DESCRIBE_AUTO_RENEW, LIST_ACCOUNTS, LIST_CERTIFICATES, Operation, QUERY_AVAILABLE_INSTANCES,
    QUERY_DOMAIN_LIST,
};
use crate::{billing, certificates, domains, inventory, organization};

/// None of these calls costs anything.
static REQUIREMENTS: [Requirement; 6] = [
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
];

#[async_trait]
impl Access for Aliyun {
    fn requirements(&self) -> &[Requirement] {
        &REQUIREMENTS
    }

    async fn check(&self, requirement: &Requirement) -> Result<(), CloudError> {
        match requirement.kind {
            Kind::PREPAID => {
                self.smallest_page(&QUERY_AVAILABLE_INSTANCES, "PageNum", "PageSize")
                    .await
            }
            Kind::BALANCE => self.balance().await.map(drop),
            Kind::CERTIFICATE => {
                self.settled_site(LIST_CERTIFICATES.service).await;
                self.smallest_page(&LIST_CERTIFICATES, "CurrentPage", "ShowSize")
                    .await
            }
            Kind::DOMAIN => {
                self.settled_site(QUERY_DOMAIN_LIST.service).await;
                self.smallest_page(&QUERY_DOMAIN_LIST, "PageNum", "PageSize")
                    .await
            }
            Kind::INSTANCE => self.check_machines().await,
            Kind::MEMBER => {
                self.smallest_page(&LIST_ACCOUNTS, "PageNumber", "PageSize")
                    .await
            }
            other => {
                let site = self.line.call_site("CheckPermission", &Place::Global);
                let words = format!("{other:?} is nothing this cloud has");
                Err(CloudError::new(site, ErrorKind::Invalid, words))
            }
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
            "Version": "1",
            "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" }],
        });
        // A value made of texts can always be written.
        serde_json::to_string_pretty(&policy).unwrap_or_default()
    }
}

impl Aliyun {
    /// Asks for one row: it costs the least, and a missing right is refused all the same.
    async fn smallest_page(
        &self,
        operation: &'static Operation,
        page: &'static str,
        size: &'static str,
    ) -> Result<(), CloudError> {
        self.call(operation, crate::decode::succeeded)
            .with(page, "1")
            .with(size, "1")
            .send()
            .await
    }

    /// The three calls of the machine service; a list without the right would just be empty.
    async fn check_machines(&self) -> Result<(), CloudError> {
        let regions = self.regions().await?;
        let region = regions.into_iter().next().map(|it| it.id);
        let region = region.unwrap_or_else(|| RegionId::new("cn-hangzhou"));
        self.may_see_machines(&region).await?;
        let call = self
            .call(&DESCRIBE_AUTO_RENEW, crate::decode::succeeded)
            .at(Place::Region(region.clone()))
            .with("RegionId", region.as_str())
            .with("RenewalStatus", "AutoRenewal")
            .with("PageSize", "1");
        call.send().await
    }
}
