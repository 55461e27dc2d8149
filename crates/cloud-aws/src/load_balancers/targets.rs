//! What stands behind application, network and gateway balancers, and the tags of all.

use std::collections::{BTreeMap, BTreeSet};

use cloud::{CloudError, ErrorKind};
use model::{LoadBalancer, Place, ResourceId, Tags};
use serde::Deserialize;

use super::PAGE_SIZE;
use crate::Aws;
use crate::call::AwsCall;
use crate::decode::Misread;
use crate::lists::Batch;
use crate::operations::{
    DESCRIBE_BALANCER_TAGS, DESCRIBE_CLASSIC_TAGS, DESCRIBE_LISTENERS, DESCRIBE_TARGET_GROUPS,
    DESCRIBE_TARGET_HEALTH,
};
use crate::query::{Set, Tag, read_result, some, tags};

/// As many balancers as one question for tags may name.
const MOST_TAGGED: usize = 20;
const GROUP_BYTES: usize = 2 << 10;
/// A target with its health.
const TARGET_BYTES: usize = 512;
/// As many targets as a group may have by default.
const TARGETS: usize = 1_000;

/// The target groups of each balancer.
pub(super) type Groups = BTreeMap<ResourceId, Vec<ResourceId>>;
/// The tags of each balancer, by ARN or, for classic ones, by name.
pub(super) type TagsByName = BTreeMap<ResourceId, Tags>;

impl Aws {
    pub(super) async fn target_groups(&self, place: &Place) -> Result<Groups, CloudError> {
        let operation = &DESCRIBE_TARGET_GROUPS;
        let pairs = self
            .all(operation, place, |token| {
                self.call(operation, decode_groups)
                    .at(place)
                    .with("PageSize", PAGE_SIZE.to_string())
                    .with_some("Marker", token)
                    .expecting(PAGE_SIZE as usize, GROUP_BYTES)
                    .send()
            })
            .await?;
        let mut groups = Groups::new();
        for (balancer, group) in pairs {
            groups.entry(balancer).or_default().push(group);
        }
        Ok(groups)
    }

    /// Returns a balancer with how many targets stand behind it, each once.
    pub(super) async fn counted(
        &self,
        place: &Place,
        balancer: LoadBalancer,
        groups: Vec<ResourceId>,
    ) -> Result<LoadBalancer, CloudError> {
        let backends = self.backends(place, &balancer.id, &groups).await?;
        Ok(LoadBalancer {
            backends: Some(backends),
            ..balancer
        })
    }

    async fn backends(
        &self,
        place: &Place,
        balancer: &ResourceId,
        groups: &[ResourceId],
    ) -> Result<u64, CloudError> {
        let mut targets = BTreeSet::new();
        for group in groups {
            let asked = self
                .call(&DESCRIBE_TARGET_HEALTH, decode_targets)
                .at(place)
                .with("TargetGroupArn", group.as_str())
                .expecting(TARGETS, TARGET_BYTES)
                .send()
                .await;
            match asked {
                Ok(found) => targets.extend(found),
                // Deleted between the two questions.
                Err(error) if error.kind == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        if !targets.is_empty() {
            return Ok(targets.len() as u64);
        }
        self.listeners_that_answer(place, balancer).await
    }

    async fn listeners_that_answer(
        &self,
        place: &Place,
        balancer: &ResourceId,
    ) -> Result<u64, CloudError> {
        let operation = &DESCRIBE_LISTENERS;
        let asked = self.all(operation, place, |token| {
            self.call(operation, decode_listeners)
                .at(place)
                .with("LoadBalancerArn", balancer.as_str())
                .with_some("Marker", token)
                .send()
        });
        match asked.await {
            Ok(answering) => Ok(answering.into_iter().filter(|it| *it).count() as u64),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn balancer_tags(
        &self,
        place: &Place,
        ids: &[ResourceId],
    ) -> Result<TagsByName, CloudError> {
        let call = || self.call(&DESCRIBE_BALANCER_TAGS, decode_tags).at(place);
        tags_of(ids, "ResourceArns.member", call).await
    }

    pub(super) async fn classic_tags(
        &self,
        place: &Place,
        names: &[ResourceId],
    ) -> Result<TagsByName, CloudError> {
        let call = || self.call(&DESCRIBE_CLASSIC_TAGS, decode_tags).at(place);
        tags_of(names, "LoadBalancerNames.member", call).await
    }
}

/// Asks for the tags of several; where one of them was deleted meanwhile, the question fails whole
/// and is asked for each alone.
async fn tags_of<'a>(
    ids: &[ResourceId],
    parameter: &'static str,
    call: impl Fn() -> AwsCall<'a, TagsByName>,
) -> Result<TagsByName, CloudError> {
    let mut tags = TagsByName::new();
    for ids in ids.chunks(MOST_TAGGED) {
        let names = || ids.iter().map(ResourceId::as_str);
        match call().with_each(parameter, names()).send().await {
            Ok(found) => tags.extend(found),
            Err(error) if error.kind == ErrorKind::NotFound => {
                for name in names() {
                    match call().with_each(parameter, [name]).send().await {
                        Ok(found) => tags.extend(found),
                        Err(error) if error.kind == ErrorKind::NotFound => {}
                        Err(error) => return Err(error),
                    }
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(tags)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Answer {
    target_groups: Option<Set<GroupRow>>,
    target_health_descriptions: Option<Set<Health>>,
    tag_descriptions: Option<Set<Described>>,
    listeners: Option<Set<Listener>>,
    next_marker: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct GroupRow {
    target_group_arn: String,
    load_balancer_arns: Set<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Health {
    target: Target,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Target {
    id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Described {
    resource_arn: String,
    load_balancer_name: String,
    tags: Set<Tag>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Listener {
    default_actions: Set<Action>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Action {
    r#type: String,
}

/// Returns pairs of a balancer and one of its groups.
fn decode_groups(body: &[u8]) -> Result<Batch<(ResourceId, ResourceId)>, Misread> {
    let answer: Answer = read_result(body, "DescribeTargetGroupsResponse")?;
    let rows = answer.target_groups.ok_or(Misread::Lacks("TargetGroups"))?;
    let mut pairs = Vec::new();
    for row in rows {
        let group = some(&row.target_group_arn)
            .ok_or(Misread::Lacks("TargetGroupArn in one of its rows"))?;
        let group = ResourceId::new(group);
        let balancers = row.load_balancer_arns.into_iter();
        pairs.extend(balancers.map(|it| (ResourceId::new(it.trim()), group.clone())));
    }
    Ok(Batch::new(pairs, &answer.next_marker))
}

fn decode_targets(body: &[u8]) -> Result<BTreeSet<String>, Misread> {
    let answer: Answer = read_result(body, "DescribeTargetHealthResponse")?;
    let rows = answer
        .target_health_descriptions
        .ok_or(Misread::Lacks("TargetHealthDescriptions"))?;
    Ok(rows.into_iter().map(|it| it.target.id).collect())
}

/// Returns for each listener whether it answers by itself.
fn decode_listeners(body: &[u8]) -> Result<Batch<bool>, Misread> {
    let answer: Answer = read_result(body, "DescribeListenersResponse")?;
    let rows = answer.listeners.ok_or(Misread::Lacks("Listeners"))?;
    let answering = rows.into_iter().map(|listener| {
        let by_itself = |it: &Action| matches!(it.r#type.as_str(), "redirect" | "fixed-response");
        listener.default_actions.iter().any(by_itself)
    });
    Ok(Batch::new(answering.collect(), &answer.next_marker))
}

fn decode_tags(body: &[u8]) -> Result<TagsByName, Misread> {
    let answer: Answer = read_result(body, "DescribeTagsResponse")?;
    let rows = answer
        .tag_descriptions
        .ok_or(Misread::Lacks("TagDescriptions"))?;
    let tagged = rows.into_iter().filter_map(|row| {
        let name = some(&row.resource_arn).or_else(|| some(&row.load_balancer_name))?;
        Some((ResourceId::new(name), tags(row.tags)))
    });
    Ok(tagged.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_targets_listeners_and_tags_are_read() {
        let groups = b"<DescribeTargetGroupsResponse><DescribeTargetGroupsResult><TargetGroups>
            <member><TargetGroupArn>tg-1</TargetGroupArn><LoadBalancerArns><member>lb-1</member><member>lb-2</member></LoadBalancerArns></member>
            <member><TargetGroupArn>tg-2</TargetGroupArn><LoadBalancerArns/></member></TargetGroups></DescribeTargetGroupsResult></DescribeTargetGroupsResponse>";
        let pair = |a: &str, b: &str| (ResourceId::new(a), ResourceId::new(b));
        let expected = [pair("lb-1", "tg-1"), pair("lb-2", "tg-1")];
        assert_eq!(decode_groups(groups).unwrap().rows, expected);
        let targets = b"<DescribeTargetHealthResponse><DescribeTargetHealthResult><TargetHealthDescriptions>
            <member><Target><Id>i-1</Id><Port>80</Port></Target></member><member><Target><Id>i-1</Id><Port>81</Port></Target></member>
            <member><Target><Id>10.0.0.1</Id></Target></member></TargetHealthDescriptions></DescribeTargetHealthResult></DescribeTargetHealthResponse>";
        assert_eq!(
            decode_targets(targets).unwrap().len(),
            2,
            "one target on two ports is one"
        );
        let listeners = b"<DescribeListenersResponse><DescribeListenersResult><Listeners>
            <member><DefaultActions><member><Type>redirect</Type></member></DefaultActions></member>
            <member><DefaultActions><member><Type>forward</Type></member></DefaultActions></member></Listeners></DescribeListenersResult></DescribeListenersResponse>";
        assert_eq!(decode_listeners(listeners).unwrap().rows, [true, false]);
        let tagged = b"<DescribeTagsResponse><DescribeTagsResult><TagDescriptions>
            <member><ResourceArn>lb-1</ResourceArn><Tags><member><Key>env</Key><Value>test</Value></member></Tags></member>
            <member><LoadBalancerName>old</LoadBalancerName><Tags/></member></TagDescriptions></DescribeTagsResult></DescribeTagsResponse>";
        let tagged = decode_tags(tagged).unwrap();
        assert_eq!(tagged[&ResourceId::new("lb-1")]["env"], "test");
        assert_eq!(tagged.len(), 2);
    }
}
