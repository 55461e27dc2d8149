//! Reads the policies by which the cloud itself makes snapshots, and the disks each is on (Ecs
//! 2014-05-26).

use async_trait::async_trait;
use cloud::{CallSite, CloudError, Page, PageAt, PageSource};
use model::{Covers, Protection, RegionId, ResourceId};
use serde::Deserialize;

use crate::Aliyun;
use crate::decode::{Loose, Misread};
use crate::disks::{DISK_PAGE, decode_disks};
use crate::lists::{List, Listed, id, listed};
use crate::operations::{DESCRIBE_DISKS, DESCRIBE_SNAPSHOT_POLICIES};

/// The largest page of policies there is.
const PAGE_SIZE: u32 = 100;
/// Pages of the disks of one policy: two hundred thousand disks.
const MOST_PAGES: u32 = 400;

/// The policies of a region.
pub(crate) struct Protecting<'a> {
    aliyun: &'a Aliyun,
    region: RegionId,
    policies: List<'a, Policy>,
}

impl<'a> Protecting<'a> {
    pub(crate) fn of(aliyun: &'a Aliyun, region: &RegionId) -> Self {
        let operation = &DESCRIBE_SNAPSHOT_POLICIES;
        Self {
            aliyun,
            region: region.clone(),
            policies: List::numbered(aliyun, operation, region, PAGE_SIZE, decode),
        }
    }

    async fn protection(&self, policy: Policy) -> Result<Protection, CloudError> {
        let mut disks = Vec::new();
        if policy.on_disks {
            let (aliyun, region) = (self.aliyun, &self.region);
            let list = List::linked(aliyun, &DESCRIBE_DISKS, region, DISK_PAGE, decode_disks);
            let list = list.with("AutoSnapshotPolicyId", policy.id.as_str());
            let rows = list.checked().rows_of(MOST_PAGES).await?;
            disks.extend(rows.into_iter().map(|it| it.id));
        }
        Ok(Protection {
            policy: policy.id,
            service: "auto_snapshot_policy".to_owned(),
            active: policy.active,
            covers: Covers::These(disks),
        })
    }
}

#[async_trait]
impl PageSource<Protection> for Protecting<'_> {
    fn site(&self) -> CallSite {
        self.policies.site()
    }

    async fn page(&self, at: &PageAt) -> Result<Page<Protection>, CloudError> {
        let page = self.policies.page(at).await?;
        let mut items = Vec::new();
        for policy in page.items {
            items.push(self.protection(policy).await?);
        }
        Ok(Page {
            items,
            next: page.next,
            total: page.total,
        })
    }
}

/// A policy, before its disks are known.
#[derive(Debug, PartialEq, Eq)]
struct Policy {
    id: ResourceId,
    active: bool,
    on_disks: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Row<'a> {
    #[serde(borrow)]
    auto_snapshot_policy_id: Loose<'a>,
    #[serde(borrow)]
    status: Loose<'a>,
    #[serde(borrow)]
    disk_nums: Loose<'a>,
}

fn decode(body: &str) -> Result<Listed<Policy>, Misread> {
    listed!(
        body,
        "AutoSnapshotPolicies",
        "AutoSnapshotPolicy",
        Row,
        policy
    )
}

fn policy(row: Row<'_>) -> Result<Policy, Misread> {
    let what = "AutoSnapshotPolicyId in one of its rows";
    Ok(Policy {
        id: id(&row.auto_snapshot_policy_id, what)?,
        // In arrears it is `Expire`; a word that we do not know protects nothing.
        active: matches!(row.status.text().as_ref(), "Normal" | "Available"),
        on_disks: row.disk_nums.count() != Some(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_in_arrears_protects_nothing() {
        let body = r#"{"AutoSnapshotPolicies":{"AutoSnapshotPolicy":[
            {"AutoSnapshotPolicyId":"sp-1","Status":"Normal","DiskNums":10},
            {"AutoSnapshotPolicyId":"sp-2","Status":"Expire","DiskNums":"0"},
            {"AutoSnapshotPolicyId":"sp-3","Status":"Unheard_Of"}]},"TotalCount":3}"#;
        let of = |id: &str, active, on_disks| Policy {
            id: ResourceId::new(id),
            active,
            on_disks,
        };
        let all = decode(body).unwrap();
        assert_eq!(
            all.items,
            [
                of("sp-1", true, true),
                of("sp-2", false, false),
                of("sp-3", false, true),
            ]
        );
        assert_eq!(all.told.total, Some(3));
    }
}
