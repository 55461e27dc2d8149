//! Starts a machine beside the one it is like.
//!
//! It gets what lets it serve (type, network, groups, role, keys, the class of its system disk) and
//! nothing that is the old one's alone: no address, no user data that would run once more.

use cloud::{BesideOrder, CloudError, ErrorKind};
use model::{RegionId, ResourceId};
use serde_json::json;

use crate::Tencent;
use crate::changes::{made, mark, said_tags};
use crate::decode::{self, Loose, Misread};
use crate::lists::{self, Listed};
use crate::machines;
use crate::operations::RUN_INSTANCES;
use crate::tokens::{self, token};

impl Tencent {
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
        let once = token(&["beside", mark(&order.tags), like.as_str()]);
        let tags = json!([{ "ResourceType": "instance", "Tags": said_tags(&order.tags) }]);
        let mut call = self
            .call_in(&RUN_INSTANCES, region, made!("InstanceIdSet"))
            .with("InstanceChargeType", "POSTPAID_BY_HOUR")
            .with(
                "Placement",
                json!({ "Zone": shape.zone, "ProjectId": shape.project }),
            )
            .with("InstanceType", shape.machine_type)
            .with("ImageId", order.image.as_str())
            .with("InstanceCount", 1)
            .with("InstanceName", tokens::name(&order.name))
            .with(
                "InternetAccessible",
                json!({ "InternetMaxBandwidthOut": 0, "PublicIpAssigned": false }),
            )
            .with("TagSpecification", tags)
            .once_by(once);
        if let (Some(network), Some(subnet)) = (shape.network, shape.subnet) {
            let place = json!({ "VpcId": network, "SubnetId": subnet });
            call = call.with("VirtualPrivateCloud", place);
        }
        if !shape.groups.is_empty() {
            call = call.with("SecurityGroupIds", shape.groups);
        }
        if let Some(role) = shape.role {
            call = call.with("CamRoleName", role);
        }
        if let Some(category) = shape.system_disk {
            call = call.with("SystemDisk", json!({ "DiskType": category }));
        }
        let login = if shape.keys.is_empty() {
            // Its users come with the image, and so do their passwords.
            json!({ "KeepImageLogin": "true" })
        } else {
            json!({ "KeyIds": shape.keys })
        };
        call.with("LoginSettings", login).send().await
    }

    /// Returns what machines are like, beyond what the product keeps of them.
    pub(crate) async fn shapes(
        &self,
        region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Shape>, CloudError> {
        let question = || machines::question(region, decode_shapes);
        lists::by_id(self, "InstanceIds", ids, question).await
    }
}

/// What a machine is like.
pub(crate) struct Shape {
    id: ResourceId,
    machine_type: String,
    zone: String,
    /// The project it is of; 0 is that of all that have no other.
    pub(crate) project: i64,
    network: Option<String>,
    subnet: Option<String>,
    groups: Vec<String>,
    keys: Vec<String>,
    role: Option<String>,
    system_disk: Option<String>,
}

decode::wire! {
    struct Row<'a> {
        instance_id: Loose<'a>,
        instance_type: Loose<'a>,
        placement: Option<Placement<'a>>,
        virtual_private_cloud: Option<Network<'a>>,
        security_group_ids: Option<Vec<Loose<'a>>>,
        login_settings: Option<Login<'a>>,
        cam_role_name: Loose<'a>,
        system_disk: Option<SystemDisk<'a>>,
    }
    struct Placement<'a> {
        zone: Loose<'a>,
        project_id: Loose<'a>,
    }
    struct Network<'a> {
        vpc_id: Loose<'a>,
        subnet_id: Loose<'a>,
    }
    struct Login<'a> {
        key_ids: Option<Vec<Loose<'a>>>,
    }
    struct SystemDisk<'a> {
        disk_type: Loose<'a>,
    }
}

fn decode_shapes(body: &str) -> Result<Listed<Shape>, Misread> {
    lists::read(body, &machines::SHAPE, shape)
}

fn shape(row: Row<'_>) -> Result<Shape, Misread> {
    let text = |it: &Loose<'_>, what| it.some_text().ok_or(Misread::Lacks(what));
    let placement = row.placement.unwrap_or_default();
    let network = row.virtual_private_cloud.unwrap_or_default();
    let login = row.login_settings.unwrap_or_default();
    Ok(Shape {
        id: ResourceId::new(text(&row.instance_id, "InstanceId in one of its rows")?),
        machine_type: text(&row.instance_type, "InstanceType in one of its rows")?,
        zone: text(&placement.zone, "Placement.Zone in one of its rows")?,
        project: placement.project_id.whole().unwrap_or(0),
        network: network.vpc_id.some_text(),
        subnet: network.subnet_id.some_text(),
        groups: decode::texts(row.security_group_ids).collect(),
        keys: decode::texts(login.key_ids).collect(),
        role: row.cam_role_name.some_text(),
        system_disk: row.system_disk.and_then(|it| it.disk_type.some_text()),
    })
}
