//! What the product needs of an account, and whether the key has it.

use async_trait::async_trait;
use cloud::{Access, CloudError, ErrorKind, Inventory as _, Requirement};
use model::Kind;

use super::alarms::{GROUPS, METRIC, MOST_MACHINES, RULES};
use super::clusters::{CLUSTERS, NODES};
use super::copies::POLICIES;
use super::imaging::{TEMPLATES, TEMPLATES_PAGE};
use super::inventory::{ALL_REGIONS, INSTANCES, MOST_IDS, RENEWALS, in_region};
use super::keys::{self, KEYS, USERS_PAGE};
use super::lists::{
    self, BALANCE, BILL, BILL_PAGE, CERTIFICATE_PAGE, CERTIFICATES, DOMAINS, LIST_PAGE,
};
use super::organization::{self, MEMBERS};
use super::regions::{ADDRESSES, BALANCERS, DISKS, EVENTS, IMAGES, SNAPSHOTS};
use super::visitor::{Question, Visitor};
use crate::world::World;
use crate::world::caller::Caller;
use crate::world::paging::{PageAsked, Paged};
use crate::world::refusal::Refusal;

const fn requirement(
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

pub(super) static REQUIREMENTS: [Requirement; 22] = [
    requirement(
        Kind::PREPAID,
        &["bss:DescribeInstances"],
        &[BILL],
        BILL_PAGE,
    ),
    requirement(Kind::BALANCE, &["bss:DescribeAcccount"], &[BALANCE], 1),
    requirement(
        Kind::CERTIFICATE,
        &["yundun-cert:ListUserCertificateOrder"],
        &[CERTIFICATES],
        CERTIFICATE_PAGE,
    ),
    requirement(
        Kind::DOMAIN,
        &["domain:QueryCommonInfo"],
        &[DOMAINS],
        LIST_PAGE,
    ),
    requirement(
        Kind::INSTANCE,
        &[
            "ecs:DescribeRegions",
            "ecs:DescribeInstances",
            "ecs:DescribeInstanceAutoRenewAttribute",
        ],
        &[ALL_REGIONS, INSTANCES, RENEWALS],
        MOST_IDS,
    ),
    requirement(
        Kind::MEMBER,
        &["resourcemanager:ListAccounts", "sts:AssumeRole"],
        &[MEMBERS, "AssumeRole"],
        LIST_PAGE,
    ),
    requirement(
        Kind::CLUSTER,
        &["cs:DescribeClustersV1", "cs:DescribeClusterNodes"],
        &[CLUSTERS, NODES],
        LIST_PAGE,
    ),
    requirement(Kind::DISK, &["ecs:DescribeDisks"], &[DISKS], LIST_PAGE),
    requirement(
        Kind::SNAPSHOT,
        &["ecs:DescribeSnapshots"],
        &[SNAPSHOTS],
        LIST_PAGE,
    ),
    requirement(Kind::IMAGE, &["ecs:DescribeImages"], &[IMAGES], LIST_PAGE),
    requirement(
        Kind::ADDRESS,
        &["vpc:DescribeEipAddresses"],
        &[ADDRESSES],
        LIST_PAGE,
    ),
    requirement(
        Kind::LOAD_BALANCER,
        &["slb:DescribeLoadBalancers"],
        &[BALANCERS],
        LIST_PAGE,
    ),
    requirement(
        Kind::MAINTENANCE,
        &["ecs:DescribeInstanceHistoryEvents"],
        &[EVENTS],
        LIST_PAGE,
    ),
    requirement(
        Kind::ACCESS_KEY,
        &["ram:ListUsers", "ram:ListAccessKeys"],
        &[KEYS, "ListAccessKeys"],
        USERS_PAGE,
    ),
    requirement(
        Kind::IMAGE_USE,
        &["ecs:DescribeLaunchTemplateVersions"],
        &[TEMPLATES],
        TEMPLATES_PAGE,
    ),
    requirement(
        Kind::PROTECTION,
        &["ecs:DescribeAutoSnapshotPolicyEx"],
        &[POLICIES],
        LIST_PAGE,
    ),
    requirement(
        Kind::ALARM,
        &["cms:DescribeMetricRuleList"],
        &[RULES],
        LIST_PAGE,
    ),
    requirement(
        Kind::ALARM_TARGET,
        &["cms:DescribeContactGroupList"],
        &[GROUPS],
        LIST_PAGE,
    ),
    requirement(
        Kind::TRAFFIC,
        &["cms:DescribeMetricList"],
        &[METRIC],
        MOST_MACHINES,
    ),
    // What changes something is called by plans, as often as they have steps.
    requirement(
        Kind::BACKUPS_WRITE,
        &[
            "ecs:CreateSnapshotGroup",
            "ecs:CopySnapshot",
            "ecs:DeleteSnapshot",
            "ecs:CreateImage",
            "ecs:DeleteImage",
            "ecs:TagResources",
            "ecs:CreateDisk",
            "ecs:AttachDisk",
            "ecs:DetachDisk",
            "ecs:DeleteDisk",
            "ecs:RunInstances",
        ],
        &[],
        1,
    ),
    requirement(
        Kind::ALARMS_WRITE,
        &[
            "cms:PutResourceMetricRule",
            "cms:DeleteMetricRules",
            "cms:PutContactGroup",
            "cms:PutContact",
        ],
        &[],
        1,
    ),
    requirement(
        Kind::ORPHANS_WRITE,
        &[
            "ecs:TagResources",
            "ecs:StopInstance",
            "ecs:DeleteInstance",
            "ecs:DeleteDisk",
            "ecs:DeleteSnapshot",
            "ecs:DeleteImage",
            "vpc:ReleaseEipAddress",
        ],
        &[],
        1,
    ),
];

#[async_trait]
impl Access for Visitor {
    fn requirements(&self) -> &[Requirement] {
        &REQUIREMENTS
    }

    async fn check(&self, requirement: &Requirement) -> Result<(), CloudError> {
        match requirement.kind {
            Kind::PREPAID => self.smallest_page(BILL, lists::bill).await,
            Kind::BALANCE => self
                .ask(Question::plain(BALANCE), World::money)
                .await
                .map(drop),
            Kind::CERTIFICATE => self.smallest_page(CERTIFICATES, lists::certificates).await,
            Kind::DOMAIN => self.smallest_page(DOMAINS, lists::domains).await,
            Kind::MEMBER => self.smallest_page(MEMBERS, organization::members).await,
            Kind::ACCESS_KEY => self.smallest_page(KEYS, keys::keys).await,
            Kind::CLUSTER => {
                self.may(CLUSTERS).await?;
                self.may(NODES).await
            }
            Kind::DISK => self.may(DISKS).await,
            Kind::SNAPSHOT => self.may(SNAPSHOTS).await,
            Kind::IMAGE => self.may(IMAGES).await,
            Kind::ADDRESS => self.may(ADDRESSES).await,
            Kind::LOAD_BALANCER => self.may(BALANCERS).await,
            Kind::MAINTENANCE => self.may(EVENTS).await,
            Kind::IMAGE_USE => self.may(TEMPLATES).await,
            Kind::PROTECTION => self.may(POLICIES).await,
            Kind::ALARM => self.may(RULES).await,
            Kind::ALARM_TARGET => self.may(GROUPS).await,
            Kind::TRAFFIC => self.may(METRIC).await,
            Kind::BACKUPS_WRITE | Kind::ALARMS_WRITE | Kind::ORPHANS_WRITE => {
                let rights = requirement.permissions;
                let allowed = |_: &World, caller: &Caller| {
                    rights.iter().try_for_each(|right| caller.require(right))
                };
                self.ask(Question::plain("CheckPermission"), allowed).await
            }
            Kind::INSTANCE => {
                let regions = self.regions().await?;
                let region = regions.first().map_or("cn-hangzhou", |it| it.id.as_str());
                self.may_see_machines(region).await?;
                let renewals =
                    |world: &World, caller: &Caller| world.renewals(caller, region, None);
                self.ask(in_region(RENEWALS, region), renewals)
                    .await
                    .map(drop)
            }
            other => {
                let words = format!("{other:?} is nothing this cloud has");
                let site = self.call_site(&Question::plain("CheckPermission"));
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
            "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}],
        });
        format!("{policy:#}")
    }
}

impl Visitor {
    /// Asks whether the key has the right behind `action`.
    async fn may(&self, action: &'static str) -> Result<(), CloudError> {
        let question = Question::plain(action);
        let right = question.right();
        let allowed = |_: &World, caller: &Caller| caller.require(right);
        self.ask(question, allowed).await
    }

    /// Asks for one row: a missing right is refused all the same.
    async fn smallest_page<W: Clone + Send>(
        &self,
        action: &'static str,
        fetch: fn(&World, &Caller, PageAsked) -> Result<Paged<W>, Refusal>,
    ) -> Result<(), CloudError> {
        let asked = PageAsked { number: 1, size: 1 };
        let question = Question {
            page: Some(1),
            ..Question::plain(action)
        };
        let one = |world: &World, caller: &Caller| fetch(world, caller, asked);
        self.ask(question, one).await.map(drop)
    }
}
