//! What the product needs on this cloud, permission by permission, and whether the key has it.

mod changes;
mod requirements;

use async_trait::async_trait;
use cloud::{
    Access, Addresses as _, Billing as _, CloudError, Clusters as _, Disks as _, ErrorKind,
    Images as _, Inventory as _, LoadBalancers as _, Machines as _, PageAt, PageSource,
    Requirement,
};
use model::{Cluster, ClusterState, Kind, NodeView, Place, RegionId, ResourceId, Tags};

use self::requirements::REQUIREMENTS;
use crate::Aliyun;
use crate::operations::{
    DESCRIBE_AUTO_RENEW, DESCRIBE_LOAD_BALANCER, LIST_ACCESS_KEYS, LIST_ACCOUNTS,
    LIST_CERTIFICATES, LIST_USERS, Operation, QUERY_AVAILABLE_INSTANCES, QUERY_DOMAIN_LIST,
};

/// Ids that are well formed and nobody's.
const NOBODYS_CLUSTER: &str = "c00000000000000000000000000000000";
const NOBODYS_MACHINE: &str = "i-00000000000000000000";
const NOBODYS_BALANCER: &str = "lb-000000000000000000000";
const NOBODY: &str = "nobody-by-this-name";

/// Lets an answer pass that there is no such thing: who had no right would not have been told.
fn absent_is_fine(answer: Result<(), CloudError>) -> Result<(), CloudError> {
    match answer {
        Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
        answer => answer,
    }
}

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
            Kind::ACCESS_KEY => self.check_keys().await,
            Kind::CLUSTER => self.check_clusters().await,
            Kind::LOAD_BALANCER => self.check_balancers().await,
            Kind::DISK | Kind::SNAPSHOT | Kind::IMAGE | Kind::ADDRESS | Kind::MAINTENANCE => {
                self.check_region(requirement.kind).await
            }
            Kind::IMAGE_USE => self.check_image_uses().await,
            Kind::PROTECTION => self.check_protections().await,
            Kind::ALARM => self.check_alarms().await,
            Kind::ALARM_TARGET => self.check_contacts().await,
            Kind::TRAFFIC => self.check_traffic().await,
            Kind::BACKUPS_WRITE => self.check_backups().await,
            Kind::ALARMS_WRITE => self.check_alarm_changes().await,
            Kind::ORPHANS_WRITE => self.check_orphans().await,
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

    /// Asks for the first page of one region's list.
    async fn check_region(&self, kind: &str) -> Result<(), CloudError> {
        async fn first<T: Send>(list: Box<dyn PageSource<T> + '_>) -> Result<(), CloudError> {
            list.page(&PageAt::First).await.map(drop)
        }
        let region = self.some_region().await?;
        match kind {
            Kind::DISK => first(self.disks(&region)).await,
            Kind::SNAPSHOT => first(self.snapshots(&region)).await,
            Kind::IMAGE => first(self.images(&region)).await,
            Kind::ADDRESS => first(self.addresses(&region)).await,
            _ => match self.maintenance(&region) {
                Some(list) => first(list).await,
                None => Ok(()),
            },
        }
    }

    /// The four calls of the container service and Auto Scaling, about things that nobody has: rights
    /// are looked at first.
    async fn check_clusters(&self) -> Result<(), CloudError> {
        let region = self.some_region().await?;
        self.clusters(&region).page(&PageAt::First).await?;
        let nobodys = Cluster {
            id: ResourceId::new(NOBODYS_CLUSTER),
            name: String::new(),
            network: None,
            state: ClusterState::Settled,
            view: NodeView::Whole,
            created: None,
            tags: Tags::new(),
        };
        self.cluster(&region, &nobodys.id).await?;
        let nodes = self.nodes(&region, &nobodys);
        absent_is_fine(nodes.page(&PageAt::First).await.map(drop))?;
        let machine = [ResourceId::new(NOBODYS_MACHINE)];
        self.opinions(&region, &machine).await.map(drop)
    }

    async fn check_balancers(&self) -> Result<(), CloudError> {
        let region = self.some_region().await?;
        self.load_balancers(&region).page(&PageAt::First).await?;
        let call = self
            .call(&DESCRIBE_LOAD_BALANCER, crate::decode::succeeded)
            .at(Place::Region(region.clone()))
            .with("RegionId", region.as_str())
            .with("LoadBalancerId", NOBODYS_BALANCER);
        absent_is_fine(call.send().await)
    }

    async fn check_keys(&self) -> Result<(), CloudError> {
        self.call(&LIST_USERS, crate::decode::succeeded)
            .with("MaxItems", "1")
            .send()
            .await?;
        let call = self.call(&LIST_ACCESS_KEYS, crate::decode::succeeded);
        absent_is_fine(call.with("UserName", NOBODY).send().await)
    }

    async fn some_region(&self) -> Result<RegionId, CloudError> {
        let region = self.regions().await?.into_iter().next();
        Ok(region.map_or_else(|| RegionId::new("cn-hangzhou"), |it| it.id))
    }

    /// The three calls of the machine service; a list without the right would just be empty.
    async fn check_machines(&self) -> Result<(), CloudError> {
        let region = self.some_region().await?;
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
