//! What the cloud itself keeps copies of: Data Lifecycle Manager's policies and AWS Backup's plans.
//!
//! Both are one list here, read one after the other. A selection that this product has no words for
//! (patterns, conditions, exceptions) is answered by what AWS Backup has copied of late.

use std::collections::BTreeMap;

use cloud::{CloudError, ErrorKind, PageSource};
use futures_util::{StreamExt as _, TryStreamExt as _};
use jiff::{SignedDuration, Timestamp};
use model::{Covers, Place, Protection, RegionId, ResourceId, Tags};
use serde::Deserialize;

use crate::Aws;
use crate::decode::{Loose, Misread};
use crate::lists::{Batch, PARALLEL};
use crate::operations::{
    GET_BACKUP_SELECTION, GET_LIFECYCLE_POLICIES, GET_LIFECYCLE_POLICY, LIST_BACKUP_PLANS,
    LIST_BACKUP_SELECTIONS, LIST_PROTECTED_RESOURCES,
};
use crate::times::instant_of;

/// The largest page of AWS Backup.
pub(crate) const PAGE_SIZE: u32 = 1_000;
/// A plan that copies monthly has copied within this time.
const OF_LATE: SignedDuration = SignedDuration::from_hours(24 * 35);
/// Stands before the tokens of the second list.
const PLANS: &str = "plans:";

/// Returns the list of a region.
pub(super) fn list<'a>(aws: &'a Aws, region: &RegionId) -> Box<dyn PageSource<Protection> + 'a> {
    let place = Place::Region(region.clone());
    aws.list(&GET_LIFECYCLE_POLICIES, place.clone(), move |token| {
        let place = place.clone();
        async move {
            match token.as_deref().and_then(|it| it.strip_prefix(PLANS)) {
                None => {
                    let policies = aws.lifecycle_policies(&place).await?;
                    Ok(Batch::new(policies, PLANS))
                }
                Some(token) => aws.backup_plans(&place, token).await,
            }
        }
    })
}

impl Aws {
    async fn lifecycle_policies(&self, place: &Place) -> Result<Vec<Protection>, CloudError> {
        let ids = self
            .call(&GET_LIFECYCLE_POLICIES, decode_policies)
            .at(place)
            .get(&["policies"])
            .send()
            .await?;
        let policies: Vec<Vec<Protection>> = futures_util::stream::iter(ids)
            .map(|id| async move {
                let asked = self
                    .call(&GET_LIFECYCLE_POLICY, decode_policy)
                    .at(place)
                    .get(&["policies", &id])
                    .send()
                    .await;
                match asked {
                    // It was removed since it was listed.
                    Err(error) if error.kind == ErrorKind::NotFound => Ok(Vec::new()),
                    answered => answered,
                }
            })
            .buffered(PARALLEL)
            .try_collect()
            .await?;
        Ok(policies.into_iter().flatten().collect())
    }

    /// Returns the selections of a page of plans; behind the last page stands what was copied of late,
    /// where a selection needs it.
    async fn backup_plans(
        &self,
        place: &Place,
        token: &str,
    ) -> Result<Batch<Protection>, CloudError> {
        let token = (!token.is_empty()).then(|| token.to_owned());
        let plans = self
            .call(&LIST_BACKUP_PLANS, decode_plans)
            .at(place)
            .get(&["backup", "plans", ""])
            .with("maxResults", PAGE_SIZE.to_string())
            .with_some("nextToken", token)
            .send()
            .await?;
        let selected: Vec<Vec<Selected>> = futures_util::stream::iter(plans.rows)
            .map(|plan| async move { self.selections(place, &plan).await })
            .buffered(PARALLEL)
            .try_collect()
            .await?;
        let selected: Vec<Selected> = selected.into_iter().flatten().collect();
        let mut rows: Vec<Protection> = selected.iter().flat_map(|it| it.rows.clone()).collect();
        if selected.iter().any(|it| it.goes_further) {
            rows.push(self.copied_of_late(place).await?);
        }
        let next = plans.next.map(|token| format!("{PLANS}{token}"));
        Ok(Batch { rows, next })
    }

    async fn selections(&self, place: &Place, plan: &str) -> Result<Vec<Selected>, CloudError> {
        let gone = |error: CloudError| match error.kind {
            ErrorKind::NotFound => Ok(Vec::new()),
            _ => Err(error),
        };
        let ids = self
            .all(&LIST_BACKUP_SELECTIONS, place, |token| {
                self.call(&LIST_BACKUP_SELECTIONS, decode_selections)
                    .at(place)
                    .get(&["backup", "plans", plan, "selections", ""])
                    .with("maxResults", PAGE_SIZE.to_string())
                    .with_some("nextToken", token)
                    .send()
            })
            .await
            .or_else(gone)?;
        futures_util::stream::iter(ids)
            .map(|id| async move {
                let asked = self
                    .call(&GET_BACKUP_SELECTION, decode_selection)
                    .at(place)
                    .get(&["backup", "plans", plan, "selections", &id])
                    .send()
                    .await;
                match asked {
                    Ok(selection) => Ok(Some(selected(&format!("{plan}/{id}"), selection))),
                    Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(error),
                }
            })
            .buffered(PARALLEL)
            .try_filter_map(|it| std::future::ready(Ok(it)))
            .try_collect()
            .await
    }

    async fn copied_of_late(&self, place: &Place) -> Result<Protection, CloudError> {
        let copied = self
            .all(&LIST_PROTECTED_RESOURCES, place, |token| {
                self.call(&LIST_PROTECTED_RESOURCES, decode_copied)
                    .at(place)
                    .get(&["resources", ""])
                    .with("maxResults", PAGE_SIZE.to_string())
                    .with_some("nextToken", token)
                    .send()
            })
            .await?;
        let since = self.line.now().checked_sub(OF_LATE);
        let since = since.unwrap_or(Timestamp::UNIX_EPOCH);
        let of_late = copied.into_iter().filter(|it| it.last >= since);
        Ok(Protection {
            policy: ResourceId::new("protected-resources"),
            service: "backup".to_owned(),
            active: true,
            covers: Covers::These(of_late.map(|it| it.id).collect()),
        })
    }
}

/// Returns one protection for each way of covering, each with an id of its own, since a list tells its
/// rows apart by it.
fn rows(policy: &str, service: &str, is_active: bool, ways: Vec<Covers>) -> Vec<Protection> {
    (1..)
        .zip(ways)
        .map(|(number, covers)| Protection {
            policy: match number {
                1 => ResourceId::new(policy),
                _ => ResourceId::new(format!("{policy}/{number}")),
            },
            service: service.to_owned(),
            active: is_active,
            covers,
        })
        .collect()
}

/// Returns tags as they are looked up; a key that is wanted with two values needs two maps.
fn as_tags(pairs: &[(String, String)]) -> Vec<Tags> {
    let mut maps: Vec<Tags> = Vec::new();
    for (key, value) in pairs {
        match maps.iter_mut().find(|it| !it.contains_key(key)) {
            Some(tags) => {
                tags.insert(key.clone(), value.clone());
            }
            None => maps.push(Tags::from([(key.clone(), value.clone())])),
        }
    }
    maps
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Policies<'a> {
    #[serde(borrow)]
    policies: Option<Vec<PolicyName<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct PolicyName<'a> {
    #[serde(borrow)]
    policy_id: Loose<'a>,
}

fn decode_policies(body: &[u8]) -> Result<Vec<String>, Misread> {
    let policies: Policies<'_> = serde_json::from_slice(body)?;
    let rows = policies.policies.ok_or(Misread::Lacks("Policies"))?;
    rows.into_iter()
        .map(|it| it.policy_id.some_text().ok_or(Misread::Lacks("PolicyId")))
        .collect()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct OnePolicy<'a> {
    #[serde(borrow)]
    policy: Option<Policy<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Policy<'a> {
    #[serde(borrow)]
    policy_id: Loose<'a>,
    #[serde(borrow)]
    state: Loose<'a>,
    #[serde(borrow)]
    policy_details: PolicyDetails<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct PolicyDetails<'a> {
    #[serde(borrow)]
    resource_types: Vec<Loose<'a>>,
    #[serde(borrow)]
    target_tags: Vec<TargetTag<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct TargetTag<'a> {
    #[serde(borrow)]
    key: Loose<'a>,
    #[serde(borrow)]
    value: Loose<'a>,
}

/// A policy without tags (a default one, or one that follows events) says nothing that can be told of
/// one machine, and is left out.
fn decode_policy(body: &[u8]) -> Result<Vec<Protection>, Misread> {
    let one: OnePolicy<'_> = serde_json::from_slice(body)?;
    let policy = one.policy.ok_or(Misread::Lacks("Policy"))?;
    let id = policy.policy_id.some_text();
    let id = id.ok_or(Misread::Lacks("PolicyId"))?;
    let details = policy.policy_details;
    let tags = details.target_tags.into_iter();
    let tags: Vec<_> = tags
        .map(|it| (it.key.into_text(), it.value.into_text()))
        .collect();
    let mut ways = Vec::new();
    for sort in &details.resource_types {
        let covers: fn(Tags) -> Covers = match sort.text().as_ref() {
            "INSTANCE" => Covers::MachinesTagged,
            "VOLUME" => Covers::DisksTagged,
            _ => continue,
        };
        ways.extend(as_tags(&tags).into_iter().map(covers));
    }
    let is_active = policy.state.text() == "ENABLED";
    Ok(rows(&id, "dlm", is_active, ways))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Plans<'a> {
    #[serde(borrow)]
    backup_plans_list: Option<Vec<PlanName<'a>>>,
    #[serde(borrow)]
    next_token: Loose<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct PlanName<'a> {
    #[serde(borrow)]
    backup_plan_id: Loose<'a>,
}

fn decode_plans(body: &[u8]) -> Result<Batch<String>, Misread> {
    let plans: Plans<'_> = serde_json::from_slice(body)?;
    let rows = plans.backup_plans_list;
    let rows = rows.ok_or(Misread::Lacks("BackupPlansList"))?;
    let id = |it: PlanName<'_>| it.backup_plan_id.some_text();
    let ids: Option<Vec<String>> = rows.into_iter().map(id).collect();
    let ids = ids.ok_or(Misread::Lacks("BackupPlanId in one of its rows"))?;
    Ok(Batch::new(ids, &plans.next_token.text()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Selections<'a> {
    #[serde(borrow)]
    backup_selections_list: Option<Vec<SelectionName<'a>>>,
    #[serde(borrow)]
    next_token: Loose<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct SelectionName<'a> {
    #[serde(borrow)]
    selection_id: Loose<'a>,
}

fn decode_selections(body: &[u8]) -> Result<Batch<String>, Misread> {
    let selections: Selections<'_> = serde_json::from_slice(body)?;
    let rows = selections.backup_selections_list;
    let rows = rows.ok_or(Misread::Lacks("BackupSelectionsList"))?;
    let id = |it: SelectionName<'_>| it.selection_id.some_text();
    let ids: Option<Vec<String>> = rows.into_iter().map(id).collect();
    let ids = ids.ok_or(Misread::Lacks("SelectionId in one of its rows"))?;
    Ok(Batch::new(ids, &selections.next_token.text()))
}

/// What a selection names.
#[derive(Debug, Default)]
struct Selection {
    resources: Vec<String>,
    tags: Vec<(String, String)>,
    /// Whether it has conditions or exceptions besides.
    is_narrowed: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct OneSelection<'a> {
    #[serde(borrow)]
    backup_selection: Option<SelectionRow<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct SelectionRow<'a> {
    #[serde(borrow)]
    resources: Option<Vec<Loose<'a>>>,
    #[serde(borrow)]
    not_resources: Option<Vec<Loose<'a>>>,
    #[serde(borrow)]
    list_of_tags: Option<Vec<Condition<'a>>>,
    conditions: Option<BTreeMap<String, Option<Vec<serde::de::IgnoredAny>>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Condition<'a> {
    #[serde(borrow)]
    condition_key: Loose<'a>,
    #[serde(borrow)]
    condition_value: Loose<'a>,
}

fn decode_selection(body: &[u8]) -> Result<Selection, Misread> {
    let one: OneSelection<'_> = serde_json::from_slice(body)?;
    let row = one
        .backup_selection
        .ok_or(Misread::Lacks("BackupSelection"))?;
    let is_given = |it: &Vec<serde::de::IgnoredAny>| !it.is_empty();
    let conditions = row.conditions.unwrap_or_default();
    let has_conditions = conditions.values().flatten().any(is_given);
    let has_exceptions = row.not_resources.is_some_and(|it| !it.is_empty());
    let resources = row.resources.unwrap_or_default().into_iter();
    let tags = row.list_of_tags.unwrap_or_default().into_iter();
    Ok(Selection {
        resources: resources.map(Loose::into_text).collect(),
        tags: tags
            .map(|it| (it.condition_key.into_text(), it.condition_value.into_text()))
            .collect(),
        is_narrowed: has_conditions || has_exceptions,
    })
}

/// What a selection covers, as far as there are words for it.
#[derive(Debug, PartialEq, Eq)]
struct Selected {
    rows: Vec<Protection>,
    /// Whether it covers things that only a look at what was copied can name.
    goes_further: bool,
}

fn selected(name: &str, selection: Selection) -> Selected {
    if selection.is_narrowed {
        return Selected {
            rows: Vec::new(),
            goes_further: true,
        };
    }
    let (mut ids, mut goes_further) = (Vec::new(), false);
    for arn in &selection.resources {
        match resource(arn) {
            Named::This(id) => ids.push(id),
            Named::Pattern => goes_further = true,
            Named::Other => {}
        }
    }
    let mut ways = Vec::new();
    if !ids.is_empty() {
        ways.push(Covers::These(ids));
    }
    for tags in as_tags(&selection.tags) {
        ways.push(Covers::MachinesTagged(tags.clone()));
        ways.push(Covers::DisksTagged(tags));
    }
    Selected {
        rows: rows(name, "backup", true, ways),
        goes_further,
    }
}

/// What an ARN of a selection names.
#[derive(Debug, PartialEq, Eq)]
enum Named {
    This(ResourceId),
    /// Machines or disks by a pattern.
    Pattern,
    /// Something that is neither machine nor disk.
    Other,
}

fn resource(arn: &str) -> Named {
    let mut parts = arn.trim().splitn(6, ':').skip(2);
    let (service, rest) = (parts.next().unwrap_or("*"), parts.nth(2).unwrap_or("*"));
    let (sort, id) = rest.split_once('/').unwrap_or((rest, "*"));
    if !matches!(service, "ec2" | "*") || !matches!(sort, "instance" | "volume" | "*") {
        return Named::Other;
    }
    match id.contains('*') || sort == "*" || service == "*" {
        true => Named::Pattern,
        false => Named::This(ResourceId::new(id)),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct CopiedAnswer<'a> {
    #[serde(borrow)]
    results: Option<Vec<CopiedRow<'a>>>,
    #[serde(borrow)]
    next_token: Loose<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct CopiedRow<'a> {
    #[serde(borrow)]
    resource_arn: Loose<'a>,
    #[serde(borrow)]
    last_backup_time: Loose<'a>,
}

/// A machine or disk, and when it was copied last.
#[derive(Debug)]
struct Copied {
    id: ResourceId,
    last: Timestamp,
}

fn decode_copied(body: &[u8]) -> Result<Batch<Copied>, Misread> {
    let answer: CopiedAnswer<'_> = serde_json::from_slice(body)?;
    let rows = answer.results.ok_or(Misread::Lacks("Results"))?;
    let copied = rows.into_iter().filter_map(|row| {
        let Named::This(id) = resource(&row.resource_arn.text()) else {
            return None;
        };
        let last = instant_of(&row.last_backup_time)?;
        Some(Copied { id, last })
    });
    Ok(Batch::new(copied.collect(), &answer.next_token.text()))
}

#[cfg(test)]
mod tests;
