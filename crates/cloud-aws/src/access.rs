//! Whether the key has what the product needs on this cloud, permission by permission.

mod dry_run;
mod requirements;

use async_trait::async_trait;
use cloud::{Access, CloudError, ErrorKind, Requirement};
use model::{Kind, Place};

use self::requirements::REQUIREMENTS;
use crate::decode::Misread;
use crate::operations::{
    DESCRIBE_ADDRESSES, DESCRIBE_AUTO_SCALING_GROUPS, DESCRIBE_AUTO_SCALING_INSTANCES,
    DESCRIBE_CLUSTER, DESCRIBE_FAST_SNAPSHOT_RESTORES, DESCRIBE_IMAGES, DESCRIBE_INSTANCE_STATUS,
    DESCRIBE_INSTANCES, DESCRIBE_KEY, DESCRIBE_LOAD_BALANCERS, DESCRIBE_NODEGROUP,
    DESCRIBE_REGIONS, DESCRIBE_RESERVED_DB_INSTANCES, DESCRIBE_RESERVED_INSTANCES,
    DESCRIBE_SAVINGS_PLANS, DESCRIBE_SNAPSHOTS, DESCRIBE_TARGET_GROUPS, DESCRIBE_VOLUMES,
    LIST_ACCOUNTS, LIST_CERTIFICATES, LIST_CLUSTERS, LIST_DOMAINS, LIST_FARGATE_PROFILES,
    LIST_IMAGES_IN_RECYCLE_BIN, LIST_NODEGROUPS, LIST_SERVER_CERTIFICATES,
    LIST_SNAPSHOTS_IN_RECYCLE_BIN, LIST_SUBSCRIPTIONS, LIST_TOPICS, LIST_USERS, Operation,
};
use crate::{Aws, terms};

#[async_trait]
impl Access for Aws {
    fn requirements(&self) -> &[Requirement] {
        &REQUIREMENTS
    }

    async fn check(&self, requirement: &Requirement) -> Result<(), CloudError> {
        match requirement.kind {
            Kind::INSTANCE => {
                self.small(&DESCRIBE_REGIONS, None).await?;
                self.small(&DESCRIBE_INSTANCES, Some("MaxResults")).await
            }
            Kind::CLUSTER => self.check_clusters().await,
            Kind::OPINION => {
                let members = &DESCRIBE_AUTO_SCALING_INSTANCES;
                self.small(members, Some("MaxRecords")).await
            }
            Kind::DISK => self.small(&DESCRIBE_VOLUMES, Some("MaxResults")).await,
            Kind::SNAPSHOT => {
                self.small_of_own(&DESCRIBE_SNAPSHOTS).await?;
                self.small_of_own(&DESCRIBE_IMAGES).await
            }
            Kind::IMAGE => self.small_of_own(&DESCRIBE_IMAGES).await,
            Kind::ADDRESS => self.small(&DESCRIBE_ADDRESSES, None).await,
            Kind::LOAD_BALANCER => {
                let balancers = &DESCRIBE_LOAD_BALANCERS;
                self.small(balancers, Some("PageSize")).await?;
                self.small(&DESCRIBE_TARGET_GROUPS, Some("PageSize")).await
            }
            Kind::MAINTENANCE => {
                let status = &DESCRIBE_INSTANCE_STATUS;
                self.small(status, Some("MaxResults")).await
            }
            terms::MACHINES => self.small(&DESCRIBE_RESERVED_INSTANCES, None).await,
            terms::DATABASES => {
                let databases = &DESCRIBE_RESERVED_DB_INSTANCES;
                self.small(databases, Some("MaxRecords")).await
            }
            terms::PLANS => {
                self.call(&DESCRIBE_SAVINGS_PLANS, nothing)
                    .post("/DescribeSavingsPlans")
                    .with_json("maxResults", 1)
                    .send()
                    .await
            }
            Kind::CERTIFICATE => {
                self.small_json(&LIST_CERTIFICATES, "MaxItems").await?;
                self.small(&LIST_SERVER_CERTIFICATES, Some("MaxItems"))
                    .await
            }
            Kind::DOMAIN => self.small_json(&LIST_DOMAINS, "MaxItems").await,
            Kind::MEMBER => self.small_json(&LIST_ACCOUNTS, "MaxResults").await,
            Kind::ACCESS_KEY => self.small(&LIST_USERS, Some("MaxItems")).await,
            Kind::IMAGE_USE => self.check_image_uses().await,
            Kind::COPY_NOTE => {
                let bin = Some("MaxResults");
                self.small(&DESCRIBE_FAST_SNAPSHOT_RESTORES, bin).await?;
                self.small(&LIST_SNAPSHOTS_IN_RECYCLE_BIN, bin).await?;
                self.small(&LIST_IMAGES_IN_RECYCLE_BIN, bin).await
            }
            Kind::CRYPT_KEY => self.check_key().await,
            Kind::PROTECTION => self.check_protections().await,
            Kind::ALARM => self.check_alarms().await,
            Kind::ALARM_TARGET => {
                self.small(&LIST_TOPICS, None).await?;
                self.small(&LIST_SUBSCRIPTIONS, None).await
            }
            Kind::TRAFFIC => self.check_traffic().await,
            Kind::BACKUPS_WRITE => {
                self.may_back_up().await?;
                self.may_restore().await
            }
            Kind::LOANS_WRITE => self.may_lend().await,
            Kind::ALARMS_WRITE => self.may_set_alarms().await,
            Kind::ORPHANS_WRITE => self.may_clear_away().await,
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
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" }],
        });
        // A value made of texts can always be written.
        serde_json::to_string_pretty(&policy).unwrap_or_default()
    }
}

/// Whether the answer came is all that counts.
#[expect(
    clippy::unnecessary_wraps,
    reason = "it stands where answers are understood"
)]
fn nothing(_body: &[u8]) -> Result<(), Misread> {
    Ok(())
}

/// The fewest rows that every list gives.
const FEW: u32 = 20;

impl Aws {
    /// Asks for few rows: it costs the least, and a missing right is refused all the same.
    async fn small(
        &self,
        operation: &'static Operation,
        size: Option<&'static str>,
    ) -> Result<(), CloudError> {
        let mut call = self.call(operation, nothing);
        if let Some(size) = size {
            call = call.with(size, FEW.to_string());
        }
        call.send().await
    }

    async fn small_of_own(&self, operation: &'static Operation) -> Result<(), CloudError> {
        self.call(operation, nothing)
            .with("Owner.1", "self")
            .with("MaxResults", FEW.to_string())
            .send()
            .await
    }

    /// Asks about a cluster that there need not be: a missing right is refused before it is looked
    /// for.
    async fn check_clusters(&self) -> Result<(), CloudError> {
        const NOBODY: &str = "skywarden-permission-check";
        let questions: [(&'static Operation, &[&str]); 5] = [
            (&LIST_CLUSTERS, &["clusters"]),
            (&DESCRIBE_CLUSTER, &["clusters", NOBODY]),
            (&LIST_NODEGROUPS, &["clusters", NOBODY, "node-groups"]),
            (
                &DESCRIBE_NODEGROUP,
                &["clusters", NOBODY, "node-groups", NOBODY],
            ),
            (
                &LIST_FARGATE_PROFILES,
                &["clusters", NOBODY, "fargate-profiles"],
            ),
        ];
        for (operation, path) in questions {
            match self.call(operation, nothing).get(path).send().await {
                Ok(()) => {}
                Err(error) if error.kind == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        let groups = &DESCRIBE_AUTO_SCALING_GROUPS;
        self.small(groups, Some("MaxRecords")).await
    }

    /// Asks about a key that there is not: a name of the cloud's own would make one.
    async fn check_key(&self) -> Result<(), CloudError> {
        let asked = self
            .call(&DESCRIBE_KEY, nothing)
            .with_json("KeyId", "alias/skywarden-permission-check")
            .send()
            .await;
        match asked {
            Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    async fn small_json(
        &self,
        operation: &'static Operation,
        size: &'static str,
    ) -> Result<(), CloudError> {
        self.call(operation, nothing)
            .with_json(size, FEW)
            .send()
            .await
    }
}
