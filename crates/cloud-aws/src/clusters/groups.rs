//! The nodes of a cluster, as far as the cloud knows them: the machines of its managed node groups,
//! and one virtual node for each Fargate profile.

use std::collections::BTreeMap;

use cloud::{CloudError, ErrorKind};
use futures_util::{StreamExt as _, TryStreamExt as _};
use model::{ClusterNode, NodeMachine, NodeSort, Place, ResourceId};
use serde::Deserialize;

use super::PAGE_SIZE;
use crate::Aws;
use crate::decode::{Loose, Misread};
use crate::lists::{Batch, PARALLEL};
use crate::operations::{
    DESCRIBE_AUTO_SCALING_GROUPS, DESCRIBE_NODEGROUP, LIST_FARGATE_PROFILES, LIST_NODEGROUPS,
};
use crate::query::{Set, read_result, some};

/// As many groups as one question may name, and as one answer holds.
const MOST_GROUPS: usize = 50;
/// A scaling group with some hundred machines.
const GROUP_BYTES: usize = 64 << 10;

impl Aws {
    /// Returns the nodes of a cluster; one that is gone meanwhile has none.
    pub(super) async fn nodes_of(
        &self,
        place: Place,
        cluster: String,
    ) -> Result<Batch<ClusterNode>, CloudError> {
        let both = (
            self.machines_of_groups(&place, &cluster),
            self.fargate_profiles(&place, &cluster),
        );
        match futures_util::future::try_join(both.0, both.1).await {
            Ok((mut nodes, profiles)) => {
                nodes.extend(profiles);
                Ok(Batch::new(nodes, ""))
            }
            Err(error) if error.kind == ErrorKind::NotFound => Ok(Batch::new(Vec::new(), "")),
            Err(error) => Err(error),
        }
    }

    async fn machines_of_groups(
        &self,
        place: &Place,
        cluster: &str,
    ) -> Result<Vec<ClusterNode>, CloudError> {
        let names = self
            .all(&LIST_NODEGROUPS, place, |token| {
                self.call(&LIST_NODEGROUPS, decode_node_groups)
                    .at(place)
                    .get(&["clusters", cluster, "node-groups"])
                    .with("maxResults", PAGE_SIZE.to_string())
                    .with_some("nextToken", token)
                    .send()
            })
            .await?;
        let described: Vec<Vec<(String, ResourceId)>> = futures_util::stream::iter(names)
            .map(|name| self.scaling_groups_of(place, cluster, name))
            .buffered(PARALLEL)
            .try_collect()
            .await?;
        let pools: BTreeMap<String, ResourceId> = described.into_iter().flatten().collect();
        let names: Vec<&str> = pools.keys().map(String::as_str).collect();
        let mut nodes = Vec::new();
        for names in names.chunks(MOST_GROUPS) {
            let members = self.members_of(place, names).await?;
            nodes.extend(members.into_iter().map(|(machine, group)| ClusterNode {
                name: machine.to_string(),
                machine: NodeMachine::Is(machine),
                sort: NodeSort::Worker,
                private_ip: None,
                pool: pools.get(&group).cloned(),
            }));
        }
        Ok(nodes)
    }

    /// Returns the scaling groups of a node group, each with the node group's name.
    async fn scaling_groups_of(
        &self,
        place: &Place,
        cluster: &str,
        name: String,
    ) -> Result<Vec<(String, ResourceId)>, CloudError> {
        let asked = self
            .call(&DESCRIBE_NODEGROUP, decode_node_group)
            .at(place)
            .get(&["clusters", cluster, "node-groups", &name])
            .send()
            .await;
        let groups = match asked {
            Ok(groups) => groups,
            // Deleted between the two questions.
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let pool = ResourceId::new(name);
        Ok(groups.into_iter().map(|it| (it, pool.clone())).collect())
    }

    /// Returns the machines of scaling groups, each with its group. A group that does not exist has
    /// none.
    async fn members_of(
        &self,
        place: &Place,
        groups: &[&str],
    ) -> Result<Vec<(ResourceId, String)>, CloudError> {
        let operation = &DESCRIBE_AUTO_SCALING_GROUPS;
        self.all(operation, place, |token| {
            self.call(operation, decode_groups)
                .at(place)
                .with_each("AutoScalingGroupNames.member", groups)
                .with("MaxRecords", MOST_GROUPS.to_string())
                .with_some("NextToken", token)
                .expecting(groups.len(), GROUP_BYTES)
                .send()
        })
        .await
    }

    async fn fargate_profiles(
        &self,
        place: &Place,
        cluster: &str,
    ) -> Result<Vec<ClusterNode>, CloudError> {
        let names = self
            .all(&LIST_FARGATE_PROFILES, place, |token| {
                self.call(&LIST_FARGATE_PROFILES, decode_profiles)
                    .at(place)
                    .get(&["clusters", cluster, "fargate-profiles"])
                    .with("maxResults", PAGE_SIZE.to_string())
                    .with_some("nextToken", token)
                    .send()
            })
            .await?;
        Ok(names.into_iter().map(virtual_node).collect())
    }
}

fn virtual_node(profile: String) -> ClusterNode {
    ClusterNode {
        name: format!("fargate:{profile}"),
        machine: NodeMachine::None,
        sort: NodeSort::Virtual,
        private_ip: None,
        pool: Some(ResourceId::new(profile)),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Names {
    nodegroups: Option<Vec<String>>,
    fargate_profile_names: Option<Vec<String>>,
    next_token: Option<String>,
}

fn decode_node_groups(body: &[u8]) -> Result<Batch<String>, Misread> {
    let answer: Names = serde_json::from_slice(body)?;
    let names = answer.nodegroups.ok_or(Misread::Lacks("nodegroups"))?;
    Ok(Batch::new(names, &answer.next_token.unwrap_or_default()))
}

fn decode_profiles(body: &[u8]) -> Result<Batch<String>, Misread> {
    let answer: Names = serde_json::from_slice(body)?;
    let names = answer
        .fargate_profile_names
        .ok_or(Misread::Lacks("fargateProfileNames"))?;
    Ok(Batch::new(names, &answer.next_token.unwrap_or_default()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Described<'a> {
    #[serde(borrow)]
    nodegroup: Option<NodeGroup<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NodeGroup<'a> {
    #[serde(borrow)]
    resources: Option<Resources<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Resources<'a> {
    #[serde(borrow)]
    auto_scaling_groups: Option<Vec<Group<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Group<'a> {
    #[serde(borrow)]
    name: Loose<'a>,
}

/// A group that is being made has no resources yet.
fn decode_node_group(body: &[u8]) -> Result<Vec<String>, Misread> {
    let answer: Described<'_> = serde_json::from_slice(body)?;
    let group = answer.nodegroup.ok_or(Misread::Lacks("nodegroup"))?;
    let groups = group.resources.and_then(|it| it.auto_scaling_groups);
    Ok(groups
        .into_iter()
        .flatten()
        .filter_map(|it| it.name.some_text())
        .collect())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Groups {
    auto_scaling_groups: Option<Set<ScalingGroup>>,
    next_token: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ScalingGroup {
    auto_scaling_group_name: String,
    instances: Set<Member>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Member {
    instance_id: String,
    auto_scaling_group_name: String,
}

fn decode_groups(body: &[u8]) -> Result<Batch<(ResourceId, String)>, Misread> {
    let answer: Groups = read_result(body, "DescribeAutoScalingGroupsResponse")?;
    let groups = answer
        .auto_scaling_groups
        .ok_or(Misread::Lacks("AutoScalingGroups"))?;
    let mut members = Vec::new();
    for group in groups {
        let name = group.auto_scaling_group_name;
        for member in group.instances.iter() {
            let id =
                some(&member.instance_id).ok_or(Misread::Lacks("InstanceId in one of its rows"))?;
            members.push((ResourceId::new(id), name.clone()));
        }
    }
    Ok(Batch::new(members, &answer.next_token))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Members {
    auto_scaling_instances: Option<Set<Member>>,
    next_token: String,
}

/// Returns which machine stands in which scaling group.
pub(super) fn decode_members(body: &[u8]) -> Result<Batch<(ResourceId, ResourceId)>, Misread> {
    let answer: Members = read_result(body, "DescribeAutoScalingInstancesResponse")?;
    let rows = answer
        .auto_scaling_instances
        .ok_or(Misread::Lacks("AutoScalingInstances"))?;
    let members = rows.iter().map(|row| {
        let id = some(&row.instance_id).ok_or(Misread::Lacks("InstanceId in one of its rows"))?;
        let group = row.auto_scaling_group_name.trim();
        Ok((ResourceId::new(id), ResourceId::new(group)))
    });
    let members = members.collect::<Result<_, Misread>>()?;
    Ok(Batch::new(members, &answer.next_token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_group_names_its_scaling_groups_or_has_none_yet() {
        let recorded = br#"{"nodegroup": {"nodegroupName": "ng1", "status": "ACTIVE", "resources":
            {"autoScalingGroups": [{"name": "eks-db2ea0f6-47bf-4d87-9d5b-2998e9247984"}],
            "remoteAccessSecurityGroup": "sg-1"}}}"#;
        let expected = ["eks-db2ea0f6-47bf-4d87-9d5b-2998e9247984"];
        assert_eq!(decode_node_group(recorded).unwrap(), expected);
        for young in [
            r#"{"nodegroup":{}}"#,
            r#"{"nodegroup":{"resources":{"autoScalingGroups":null}}}"#,
        ] {
            assert_eq!(decode_node_group(young.as_bytes()).unwrap(), [""; 0]);
        }
        assert!(decode_node_group(b"{}").is_err());
    }

    #[test]
    fn the_machines_of_several_groups_are_told_apart() {
        let body = b"<DescribeAutoScalingGroupsResponse xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\"><DescribeAutoScalingGroupsResult><AutoScalingGroups>
            <member><AutoScalingGroupName>a</AutoScalingGroupName><Instances><member><InstanceId>i-1</InstanceId><LifecycleState>InService</LifecycleState></member></Instances></member>
            <member><AutoScalingGroupName>b</AutoScalingGroupName><Instances/></member></AutoScalingGroups><NextToken>t</NextToken></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>";
        let batch = decode_groups(body).unwrap();
        assert_eq!(batch.rows, [(ResourceId::new("i-1"), "a".to_owned())]);
        assert_eq!(batch.next.as_deref(), Some("t"));
        let members = b"<DescribeAutoScalingInstancesResponse><DescribeAutoScalingInstancesResult><AutoScalingInstances><member><InstanceId>i-1</InstanceId><AutoScalingGroupName>a</AutoScalingGroupName></member></AutoScalingInstances></DescribeAutoScalingInstancesResult></DescribeAutoScalingInstancesResponse>";
        let members = decode_members(members).unwrap().rows;
        assert_eq!(members, [(ResourceId::new("i-1"), ResourceId::new("a"))]);
    }
}
