//! Starts a machine beside the one it is like.
//!
//! It gets what lets it serve (type, network, groups, role, key, the class of its system disk) and
//! nothing that is the old one's alone: no address, no user data that would run once more.

use cloud::{BesideOrder, CloudError, ErrorKind};
use model::{RegionId, ResourceId};
use serde::Deserialize;

use crate::Aliyun;
use crate::copies::mark;
use crate::decode::{Loose, Misread};
use crate::lists::{List, Listed, id, json_ids, listed};
use crate::operations::{
    DESCRIBE_DISKS, DESCRIBE_INSTANCE_RAM_ROLE, DESCRIBE_INSTANCES, RUN_INSTANCES,
};
use crate::tokens::{self, token};

/// A page of one machine, its disks or its role.
const PAGE_SIZE: u32 = 100;

impl Aliyun {
    pub(super) async fn start_beside(
        &self,
        region: &RegionId,
        order: &BesideOrder,
    ) -> Result<ResourceId, CloudError> {
        let like = &order.like;
        let shapes = self.shapes(region, std::slice::from_ref(like)).await?;
        let Some(shape) = shapes.into_iter().find(|it| it.id == *like) else {
            let words = format!("there is no machine {like} to be like");
            return Err(self.trouble(&RUN_INSTANCES, region, ErrorKind::NotFound, words));
        };
        let disk = List::linked(self, &DESCRIBE_DISKS, region, PAGE_SIZE, decode_disks)
            .with("InstanceId", like.as_str())
            .with("DiskType", "system")
            .checked()
            .rows()
            .await?;
        let roles = List::numbered(
            self,
            &DESCRIBE_INSTANCE_RAM_ROLE,
            region,
            PAGE_SIZE,
            decode_roles,
        );
        let roles = roles.with("InstanceIds", json_ids(std::slice::from_ref(like)));
        let role = roles.rows().await?.into_iter().flatten().next();
        let once = token(&["beside", mark(&order.tags), like.as_str()]);
        let mut call = self
            .call_in(&RUN_INSTANCES, region, decode_started)
            .with("ImageId", order.image.as_str())
            .with("InstanceType", shape.machine_type)
            .with("InstanceName", tokens::name(&order.name))
            .with("InstanceChargeType", "PostPaid")
            .with("InternetMaxBandwidthOut", "0")
            .with("Amount", "1")
            .with_tags(&order.tags)
            .once_by(once)
            .with_each("SecurityGroupIds", shape.groups.iter().map(String::as_str));
        let wanted = [
            ("ZoneId", shape.zone),
            ("VSwitchId", shape.switch),
            ("RamRoleName", role),
            ("HttpTokens", shape.metadata_tokens),
            ("ResourceGroupId", shape.resource_group),
        ];
        for (name, value) in wanted {
            if let Some(value) = value {
                call = call.with(name, value);
            }
        }
        call = match shape.key_pair {
            Some(key) => call.with("KeyPairName", key),
            // Its users come with the image, and so do their passwords.
            None => call.with("PasswordInherit", "true"),
        };
        if let Some(disk) = disk.into_iter().next() {
            call = call.with("SystemDisk.Category", disk.category);
            if let Some(level) = disk.level {
                call = call.with("SystemDisk.PerformanceLevel", level);
            }
        }
        call.send().await
    }

    /// Returns what machines are like, beyond what the product keeps of them.
    pub(crate) async fn shapes(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Shape>, CloudError> {
        let mut found = Vec::new();
        for ids in ids.chunks(PAGE_SIZE as usize) {
            let list = List {
                row_bytes: crate::machines::ROW_BYTES,
                ..List::linked(self, &DESCRIBE_INSTANCES, region, PAGE_SIZE, decode_shapes)
                    .with("InstanceIds", json_ids(ids))
                    // Left out, nothing is said of how it speaks to the metadata service.
                    .with("AdditionalAttributes.1", "META_OPTIONS")
                    .checked()
            };
            found.extend(list.rows().await?);
        }
        Ok(found)
    }
}

/// What a machine is like.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) id: ResourceId,
    /// The address of its own that can be moved, where it has one.
    pub(crate) address: Option<ResourceId>,
    /// Whether it stands in a network of the account's own; the old ones stand in the one of all.
    pub(crate) in_network: bool,
    machine_type: String,
    zone: Option<String>,
    switch: Option<String>,
    groups: Vec<String>,
    key_pair: Option<String>,
    metadata_tokens: Option<String>,
    resource_group: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ShapeRow<'a> {
    #[serde(borrow)]
    instance_id: Loose<'a>,
    #[serde(borrow)]
    instance_type: Loose<'a>,
    #[serde(borrow)]
    zone_id: Loose<'a>,
    #[serde(borrow)]
    key_pair_name: Loose<'a>,
    #[serde(borrow)]
    resource_group_id: Loose<'a>,
    #[serde(borrow)]
    vpc_attributes: Option<Network<'a>>,
    #[serde(borrow)]
    eip_address: Option<Eip<'a>>,
    #[serde(borrow)]
    security_group_ids: Option<Groups<'a>>,
    #[serde(borrow)]
    metadata_options: Option<Metadata<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Network<'a> {
    #[serde(borrow, rename = "VpcId")]
    vpc: Loose<'a>,
    #[serde(borrow, rename = "VSwitchId")]
    switch: Loose<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Eip<'a> {
    #[serde(borrow)]
    allocation_id: Loose<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Groups<'a> {
    #[serde(borrow)]
    security_group_id: Option<Vec<Loose<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Metadata<'a> {
    #[serde(borrow)]
    http_tokens: Loose<'a>,
}

fn decode_shapes(body: &str) -> Result<Listed<Shape>, Misread> {
    listed!(body, "Instances", "Instance", ShapeRow, shape)
}

fn shape(row: ShapeRow<'_>) -> Result<Shape, Misread> {
    let network = row.vpc_attributes.unwrap_or_default();
    let groups = row.security_group_ids.and_then(|it| it.security_group_id);
    let groups = groups.into_iter().flatten();
    let address = row.eip_address.and_then(|it| it.allocation_id.some_text());
    Ok(Shape {
        id: id(&row.instance_id, "InstanceId in one of its rows")?,
        address: address.map(ResourceId::new),
        in_network: !network.vpc.is_empty(),
        machine_type: row
            .instance_type
            .some_text()
            .ok_or(Misread::Lacks("InstanceType in one of its rows"))?,
        zone: row.zone_id.some_text(),
        switch: network.switch.some_text(),
        groups: groups.filter_map(|it| it.some_text()).collect(),
        key_pair: row.key_pair_name.some_text(),
        metadata_tokens: row
            .metadata_options
            .and_then(|it| it.http_tokens.some_text()),
        resource_group: row.resource_group_id.some_text(),
    })
}

struct SystemDisk {
    category: String,
    level: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct DiskRow<'a> {
    #[serde(borrow)]
    category: Loose<'a>,
    #[serde(borrow)]
    performance_level: Loose<'a>,
}

fn decode_disks(body: &str) -> Result<Listed<SystemDisk>, Misread> {
    listed!(body, "Disks", "Disk", DiskRow, |it: DiskRow<'_>| {
        let category = it.category.some_text();
        Ok(SystemDisk {
            category: category.ok_or(Misread::Lacks("Category in one of its rows"))?,
            level: it.performance_level.some_text(),
        })
    })
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RoleRow<'a> {
    #[serde(borrow)]
    ram_role_name: Loose<'a>,
}

fn decode_roles(body: &str) -> Result<Listed<Option<String>>, Misread> {
    listed!(
        body,
        "InstanceRamRoleSets",
        "InstanceRamRoleSet",
        RoleRow,
        |it: RoleRow<'_>| Ok(it.ram_role_name.some_text())
    )
}

fn decode_started(body: &str) -> Result<ResourceId, Misread> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "PascalCase")]
    struct Answer<'a> {
        #[serde(borrow)]
        instance_id_sets: Option<Started<'a>>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "PascalCase")]
    struct Started<'a> {
        #[serde(borrow)]
        instance_id_set: Option<Vec<Loose<'a>>>,
    }
    let answer: Answer<'_> = serde_json::from_str(body)?;
    let ids = answer.instance_id_sets.and_then(|it| it.instance_id_set);
    let first = ids.into_iter().flatten().next().unwrap_or_default();
    id(&first, "InstanceIdSets")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_says_what_another_one_like_it_needs() {
        let body = r#"{"Instances":{"Instance":[{"InstanceId":"i-1","InstanceType":"ecs.g7.large",
            "ZoneId":"cn-hangzhou-b","KeyPairName":"ops","ResourceGroupId":"",
            "VpcAttributes":{"VpcId":"vpc-1","VSwitchId":"vsw-1"},
            "EipAddress":{"AllocationId":"eip-1","IpAddress":"47.0.0.1"},
            "SecurityGroupIds":{"SecurityGroupId":["sg-1","sg-2"]},
            "MetadataOptions":{"HttpTokens":"required"}}]}}"#;
        let expected = expect_test::expect![[r#"
            [
                Shape {
                    id: ResourceId(
                        "i-1",
                    ),
                    address: Some(
                        ResourceId(
                            "eip-1",
                        ),
                    ),
                    in_network: true,
                    machine_type: "ecs.g7.large",
                    zone: Some(
                        "cn-hangzhou-b",
                    ),
                    switch: Some(
                        "vsw-1",
                    ),
                    groups: [
                        "sg-1",
                        "sg-2",
                    ],
                    key_pair: Some(
                        "ops",
                    ),
                    metadata_tokens: Some(
                        "required",
                    ),
                    resource_group: None,
                },
            ]
        "#]];
        expected.assert_debug_eq(&decode_shapes(body).unwrap().items);
    }

    #[test]
    fn the_machine_that_was_started_is_named() {
        let body = r#"{"InstanceIdSets":{"InstanceIdSet":["i-2"]},"TradePrice":"0.165"}"#;
        assert_eq!(decode_started(body).unwrap().as_str(), "i-2");
        decode_started(r#"{"InstanceIdSets":{"InstanceIdSet":[]}}"#).unwrap_err();
    }
}
