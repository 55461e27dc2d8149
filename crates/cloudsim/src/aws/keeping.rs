//! The services of AWS that keep copies by themselves: Data Lifecycle Manager, and AWS Backup.
//!
//! A policy of the world is a lifecycle policy of the one, or a plan with one selection of the other.

use serde_json::{Value, json};

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Serve, Style};
use super::service::Service;
use crate::world::machines::Tags;
use crate::world::protections::Policy;
use crate::world::refusal::Refusal;

const PAGED: Option<Paging> = Some(Paging {
    size: "maxResults",
    token: "nextToken",
    next: "NextToken",
    default: Some(100),
    says_truncated: false,
});
const SIZE: Parameter = Parameter::new("maxResults", Kind::Whole(1, 1000));
const TOKEN: Parameter = Parameter::text("nextToken");
const PLAN: Parameter = Parameter::text("backupPlanId").needed();

const fn action(
    service: Service,
    (name, path): (&'static str, &'static str),
    parameters: &'static [Parameter],
    listing: Option<Listing>,
    serve: Serve,
) -> ActionSpec {
    ActionSpec {
        service,
        name,
        style: Style::Granted,
        path: Some(("GET", path)),
        parameters,
        listing,
        serve,
    }
}

const fn list(rows: &'static [&'static str], paging: Option<Paging>) -> Option<Listing> {
    Some(Listing { rows, paging })
}

pub(super) const ACTIONS: &[ActionSpec] = &[
    action(
        Service::Backup,
        (
            "GetBackupSelection",
            "/backup/plans/{backupPlanId}/selections/{selectionId}",
        ),
        &[PLAN, Parameter::text("selectionId").needed()],
        None,
        get_backup_selection,
    ),
    action(
        Service::Backup,
        ("ListBackupPlans", "/backup/plans/"),
        &[SIZE, TOKEN, Parameter::flag("includeDeleted")],
        list(&["BackupPlansList"], PAGED),
        list_backup_plans,
    ),
    action(
        Service::Backup,
        (
            "ListBackupSelections",
            "/backup/plans/{backupPlanId}/selections/",
        ),
        &[PLAN, SIZE, TOKEN],
        list(&["BackupSelectionsList"], PAGED),
        list_backup_selections,
    ),
    action(
        Service::Backup,
        ("ListProtectedResources", "/resources/"),
        &[SIZE, TOKEN],
        list(&["Results"], PAGED),
        list_protected_resources,
    ),
    action(
        Service::Dlm,
        ("GetLifecyclePolicies", "/policies"),
        &[
            Parameter::texts("policyIds"),
            Parameter::new("state", Kind::OneOf(&["ENABLED", "DISABLED", "ERROR"])),
            Parameter::texts("resourceTypes"),
            Parameter::texts("targetTags"),
            Parameter::texts("tagsToAdd"),
            Parameter::text("defaultPolicyType"),
        ],
        list(&["Policies"], None),
        get_lifecycle_policies,
    ),
    action(
        Service::Dlm,
        ("GetLifecyclePolicy", "/policies/{policyId}"),
        &[Parameter::text("policyId").needed()],
        None,
        get_lifecycle_policy,
    ),
];

/// Returns the policies of `service` that are held in the region of the call.
fn policies(asked: &Asked<'_>, service: &str) -> Result<Vec<Policy>, Refusal> {
    let holdings = asked.world.holdings(asked.caller()?.uid, asked.region);
    let policies = holdings.policies.iter();
    let of_service = policies.filter(|it| it.service == service);
    Ok(of_service.map(|it| it.as_ref().clone()).collect())
}

/// Returns the policy of `service` that is said under `name`.
fn policy(asked: &Asked<'_>, service: &str, name: &str) -> Result<Policy, Refusal> {
    let id = asked.arguments.text(name).unwrap_or_default();
    let mut policies = policies(asked, service)?.into_iter();
    policies.find(|it| it.id == id).ok_or_else(|| {
        let text = format!("There is no {service} policy {id}.");
        let status = if service == "dlm" { 404 } else { 400 };
        Refusal::new(status, "ResourceNotFoundException", text)
    })
}

fn lifecycle_state(policy: &Policy) -> &'static str {
    match policy.active {
        true => "ENABLED",
        false => "DISABLED",
    }
}

fn get_lifecycle_policies(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let ids = asked.arguments.texts("policyIds");
    let state = asked.arguments.text("state");
    let all = policies(asked, "dlm")?.into_iter();
    let wanted = all.filter(|it| {
        ids.as_ref().is_none_or(|ids| ids.contains(&it.id.as_str()))
            && state.is_none_or(|state| state == lifecycle_state(it))
    });
    // The list does not say what a policy is of.
    asked.page(wanted, |it| {
        json!({
            "PolicyId": it.id,
            "Description": it.name,
            "State": lifecycle_state(&it),
            "Tags": {},
            "PolicyType": "EBS_SNAPSHOT_MANAGEMENT",
            "DefaultPolicy": false,
        })
    })
}

fn get_lifecycle_policy(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let policy = policy(asked, "dlm", "policyId")?;
    let (sort, tags) = match policy.machine_tags.is_empty() {
        true => ("VOLUME", &policy.disk_tags),
        false => ("INSTANCE", &policy.machine_tags),
    };
    let targets = tags
        .iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}));
    let retain = match policy.retention_days {
        Some(days) => json!({"Count": 0, "Interval": days, "IntervalUnit": "DAYS"}),
        None => json!({"Count": 1000}),
    };
    Ok(json!({
        "Policy": {
            "PolicyId": policy.id,
            "Description": policy.name,
            "State": lifecycle_state(&policy),
            "PolicyArn": asked.arn(&format!("policy/{}", policy.id)),
            "DefaultPolicy": false,
            "Tags": {},
            "PolicyDetails": {
                "PolicyType": "EBS_SNAPSHOT_MANAGEMENT",
                "ResourceTypes": [sort],
                "TargetTags": targets.collect::<Vec<_>>(),
                "Schedules": [{
                    "Name": "daily",
                    "CreateRule": {"Interval": 24, "IntervalUnit": "HOURS", "Times": ["03:00"]},
                    "RetainRule": retain,
                }],
            },
        },
    }))
}

fn list_backup_plans(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let plans = policies(asked, "backup")?
        .into_iter()
        .filter(|it| it.active);
    asked.page(plans, |it| {
        json!({
            "BackupPlanArn": asked.arn(&format!("backup-plan:{}", it.id)),
            "BackupPlanId": it.id,
            "BackupPlanName": it.name,
            "VersionId": "c2ltdWxhdGVk",
        })
    })
}

fn list_backup_selections(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let plan = policy(asked, "backup", "backupPlanId")?;
    asked.page(std::iter::once(plan), |it| {
        json!({
            "SelectionId": selection(&it),
            "SelectionName": "selection",
            "BackupPlanId": it.id,
            "IamRoleArn": role(asked),
        })
    })
}

/// Returns the id of the only selection of a plan.
fn selection(plan: &Policy) -> String {
    format!("{}-selection", plan.id)
}

fn role(asked: &Asked<'_>) -> String {
    let uid = asked.caller.map_or(0, |it| it.uid.0);
    let partition = asked.partition().as_str();
    format!("arn:{partition}:iam::{uid:012}:role/service-role/AWSBackupDefaultServiceRole")
}

/// Returns the ARNs of the machines and disks that a policy names, with the word for their sort.
fn named(asked: &Asked<'_>, policy: &Policy) -> Vec<(String, &'static str)> {
    let (uid, partition) = (asked.caller.map_or(0, |it| it.uid.0), asked.partition());
    let arn = |rest: String| {
        format!(
            "arn:{}:ec2:{}:{uid:012}:{rest}",
            partition.as_str(),
            asked.region
        )
    };
    let machines = policy
        .machines
        .iter()
        .map(|it| (arn(format!("instance/{it}")), "EC2"));
    let disks = policy
        .disks
        .iter()
        .map(|it| (arn(format!("volume/{it}")), "EBS"));
    machines.chain(disks).collect()
}

fn get_backup_selection(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let plan = policy(asked, "backup", "backupPlanId")?;
    let said = asked.arguments.text("selectionId").unwrap_or_default();
    if said != selection(&plan) {
        let text = format!("There is no selection {said}.");
        return Err(Refusal::new(400, "ResourceNotFoundException", text));
    }
    let condition = |(key, value): &(String, String)| json!({"ConditionType": "STRINGEQUALS", "ConditionKey": key, "ConditionValue": value});
    let tags: Tags = [plan.machine_tags.clone(), plan.disk_tags.clone()].concat();
    // What is chosen by tags is chosen among the resources that are named: among machines, or among disks.
    let any =
        |tags: &Tags, sort: &str| (!tags.is_empty()).then(|| format!("arn:*:ec2:*:*:{sort}/*"));
    let by_tag = [
        any(&plan.machine_tags, "instance"),
        any(&plan.disk_tags, "volume"),
    ];
    let arns = named(asked, &plan).into_iter().map(|it| it.0);
    let resources: Vec<String> = arns.chain(by_tag.into_iter().flatten()).collect();
    Ok(json!({
        "BackupPlanId": plan.id,
        "SelectionId": said,
        "BackupSelection": {
            "SelectionName": "selection",
            "IamRoleArn": role(asked),
            "Resources": resources,
            "NotResources": [],
            "ListOfTags": tags.iter().map(condition).collect::<Vec<_>>(),
        },
    }))
}

fn list_protected_resources(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let plans = policies(asked, "backup")?;
    let mut all: Vec<(String, &str)> = plans.iter().flat_map(|it| named(asked, it)).collect();
    all.sort_unstable();
    all.dedup();
    asked.page(
        all.into_iter(),
        |(arn, sort)| json!({"ResourceArn": arn, "ResourceType": sort}),
    )
}
