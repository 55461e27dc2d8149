//! What keeps copies by itself, and what starts machines from images: snapshot policies and launch templates.

use serde_json::json;

use super::changing::change;
use super::known_region;
use super::rows::seconds;
use super::snapshots::require;
use crate::aliyun::arguments::{Kind, Parameter};
use crate::aliyun::catalog::{self, ActionSpec, Asked, Listing};
use crate::world::refusal::Refusal;

const REGION: Parameter = Parameter::text("RegionId").needed();
const NUMBER: Parameter = Parameter::new("PageNumber", Kind::Whole(1, i64::MAX));
const PAGE: Option<(&str, &str)> = Some(("PageNumber", "PageSize"));

pub(in crate::aliyun) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        listing: Some(Listing {
            rows: "/AutoSnapshotPolicies/AutoSnapshotPolicy",
            total: "/TotalCount",
            page: PAGE,
        }),
        ..change(
            "DescribeAutoSnapshotPolicyEx",
            "ecs:DescribeAutoSnapshotPolicyEx",
            &[
                REGION,
                Parameter::text("AutoSnapshotPolicyId"),
                Parameter::text("AutoSnapshotPolicyName"),
                NUMBER,
                Parameter::new("PageSize", Kind::Whole(1, 100)),
            ],
            describe_policies,
        )
    },
    ActionSpec {
        listing: Some(Listing {
            rows: "/LaunchTemplateSets/LaunchTemplateSet",
            total: "/TotalCount",
            page: PAGE,
        }),
        ..change(
            "DescribeLaunchTemplates",
            "ecs:DescribeLaunchTemplates",
            &[
                REGION,
                Parameter::new("LaunchTemplateId", Kind::Repeated),
                Parameter::new("LaunchTemplateName", Kind::Repeated),
                NUMBER,
                Parameter::new("PageSize", Kind::Whole(1, 50)),
            ],
            describe_templates,
        )
    },
    ActionSpec {
        listing: Some(Listing {
            rows: "/LaunchTemplateVersionSets/LaunchTemplateVersionSet",
            total: "/TotalCount",
            page: PAGE,
        }),
        ..change(
            "DescribeLaunchTemplateVersions",
            "ecs:DescribeLaunchTemplateVersions",
            &[
                REGION,
                Parameter::text("LaunchTemplateId"),
                Parameter::text("LaunchTemplateName"),
                Parameter::new("LaunchTemplateVersion", Kind::Repeated),
                Parameter::new("DefaultVersion", Kind::Flag),
                Parameter::new("DetailFlag", Kind::Flag),
                NUMBER,
                Parameter::new("PageSize", Kind::Whole(1, 50)),
            ],
            describe_versions,
        )
    },
];

fn describe_policies(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    let region = known_region(asked)?;
    require(asked, "ecs:DescribeAutoSnapshotPolicyEx")?;
    let held = asked.world.holdings(caller.uid, region);
    let same = |name: &str, has: &str| said.text(name).is_none_or(|it| it == has);
    let page = said.page(("PageNumber", "PageSize"), 10);
    let page = held.policies.page_of(page, |it| {
        same("AutoSnapshotPolicyId", &it.id) && same("AutoSnapshotPolicyName", &it.name)
    });
    let now = asked.world.now();
    let rows = page.items.iter().map(|it| {
        json!({
            "AutoSnapshotPolicyId": it.id,
            "AutoSnapshotPolicyName": it.name,
            "Status": if it.active { "Normal" } else { "Expire" },
            "DiskNums": it.disks.len(),
            "VolumeNums": 0,
            "RetentionDays": it.retention_days.unwrap_or(-1),
            "RepeatWeekdays": "[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\"]",
            "TimePoints": "[\"3\"]",
            "EnableCrossRegionCopy": false,
            "RegionId": region,
            "Type": "Custom",
            "CreationTime": seconds(now),
            "ResourceGroupId": "",
            "Tags": {"Tag": []},
        })
    });
    catalog::json(&json!({
        "RequestId": asked.request_id,
        "AutoSnapshotPolicies": {"AutoSnapshotPolicy": rows.collect::<Vec<_>>()},
        "PageNumber": page.asked.number,
        "PageSize": page.asked.size,
        "TotalCount": page.total,
    }))
}

fn describe_templates(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    let region = known_region(asked)?;
    require(asked, "ecs:DescribeLaunchTemplates")?;
    let held = asked.world.holdings(caller.uid, region);
    let one_of = |name: &str, has: &String| said.repeated(name).is_none_or(|it| it.contains(has));
    let page = said.page(("PageNumber", "PageSize"), 10);
    let page = held.templates.page_of(page, |it| {
        one_of("LaunchTemplateId", &it.id) && one_of("LaunchTemplateName", &it.name)
    });
    let rows = page.items.iter().map(|it| {
        json!({
            "LaunchTemplateId": it.id,
            "LaunchTemplateName": it.name,
            "DefaultVersionNumber": it.default_version,
            "LatestVersionNumber": it.images.len(),
            "CreateTime": seconds(it.created),
            "ModifiedTime": seconds(it.created),
            "CreatedBy": caller.uid.to_string(),
            "ResourceGroupId": "",
        })
    });
    catalog::json(&json!({
        "RequestId": asked.request_id,
        "LaunchTemplateSets": {"LaunchTemplateSet": rows.collect::<Vec<_>>()},
        "PageNumber": page.asked.number,
        "PageSize": page.asked.size,
        "TotalCount": page.total,
    }))
}

fn describe_versions(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    let region = known_region(asked)?;
    require(asked, "ecs:DescribeLaunchTemplateVersions")?;
    let (id, name) = (
        said.text("LaunchTemplateId"),
        said.text("LaunchTemplateName"),
    );
    if id.is_none() && name.is_none() {
        let text = "The input parameter \"LaunchTemplateId\" that is mandatory for processing this request is not supplied.";
        return Err(Refusal::new(400, "MissingParameter", text));
    }
    let held = asked.world.holdings(caller.uid, region);
    let mut templates = held.templates.iter();
    let template = templates
        .find(|it| id.is_none_or(|id| id == it.id) && name.is_none_or(|name| name == it.name));
    let Some(template) = template else {
        return Err(Refusal::new(
            404,
            "InvalidLaunchTemplate.NotFound",
            "The specified LaunchTemplateId or LaunchTemplateName is not found.",
        ));
    };
    let versions = said.repeated("LaunchTemplateVersion");
    let numbered = template.images.iter().zip(1_usize..);
    let kept = numbered.filter(|(_, number)| {
        let wanted = versions.as_ref();
        wanted.is_none_or(|all| all.iter().any(|it| *it == number.to_string()))
            && (!said.flag("DefaultVersion") || *number == template.default_version)
    });
    let rows = kept.map(|(image, number)| {
        let mut row = json!({
            "LaunchTemplateId": template.id,
            "LaunchTemplateName": template.name,
            "VersionNumber": number,
            "DefaultVersion": number == template.default_version,
            "CreateTime": seconds(template.created),
            "ModifiedTime": seconds(template.created),
            "CreatedBy": caller.uid.to_string(),
            "VersionDescription": "",
        });
        if said.flag("DetailFlag") {
            row["LaunchTemplateData"] = json!({"ImageId": image, "InstanceType": "ecs.c7.large"});
        }
        row
    });
    let page = said.page(("PageNumber", "PageSize"), 10).cut(rows);
    catalog::json(&json!({
        "RequestId": asked.request_id,
        "LaunchTemplateVersionSets": {"LaunchTemplateVersionSet": page.items},
        "PageNumber": page.asked.number,
        "PageSize": page.asked.size,
        "TotalCount": page.total,
    }))
}
