//! Stops, tags and removes machines and addresses, and starts one beside another (EC2).

use async_trait::async_trait;
use cloud::{BesideOrder, CloudError, MachineChanges, Machines as _, Removal, Taggable};
use model::{MachineState, Place, RegionId, ResourceId, STEP_TAG, Tags};
use serde::Deserialize;

use crate::Aws;
use crate::copies::disks::token;
use crate::copies::with_name;
use crate::decode::Misread;
use crate::machines::Likeness;
use crate::operations::{
    CREATE_TAGS, RELEASE_ADDRESS, RUN_INSTANCES, STOP_INSTANCES, TERMINATE_INSTANCES,
};
use crate::query::{Set, done, read, says_true, some};

/// Half of what one call takes: a call fails whole.
const MOST_TAGGED: usize = 500;

#[async_trait]
impl MachineChanges for Aws {
    /// Ids say themselves of which kind they are.
    async fn put_tags(
        &self,
        region: &RegionId,
        _kind: Taggable,
        ids: &[ResourceId],
        tags: &Tags,
    ) -> Result<(), CloudError> {
        if tags.is_empty() {
            return Ok(());
        }
        let place = Place::Region(region.clone());
        for ids in ids.chunks(MOST_TAGGED) {
            self.call(&CREATE_TAGS, |body| done(body, "CreateTagsResponse"))
                .at(&place)
                .with_each("ResourceId", ids.iter().map(ResourceId::as_str))
                .with_tags("Tag", tags)
                .send()
                .await?;
        }
        Ok(())
    }

    /// A stopped machine costs its disks and addresses only.
    async fn stop_machine(&self, region: &RegionId, id: &ResourceId) -> Result<(), CloudError> {
        self.call(&STOP_INSTANCES, |body| {
            changed(body, "StopInstancesResponse")
        })
        .at(&Place::Region(region.clone()))
        .with("InstanceId.1", id.as_str())
        .send()
        .await
    }

    /// The cloud terminates machines that run as well: so it is looked at first.
    async fn delete_machine(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Removal, CloudError> {
        let found = self
            .machines_by_id(region, std::slice::from_ref(id))
            .await?;
        match found.into_iter().find(|it| it.id == *id).map(|it| it.state) {
            None | Some(MachineState::Leaving) => return Ok(Removal::WasGone),
            Some(MachineState::Stopped) => {}
            Some(state) => return Ok(Removal::Held(word(&state))),
        }
        let asked = self
            .call(&TERMINATE_INSTANCES, |body| {
                changed(body, "TerminateInstancesResponse")
            })
            .at(&Place::Region(region.clone()))
            .with("InstanceId.1", id.as_str())
            .send()
            .await;
        Removal::of(asked)
    }

    async fn release_address(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Removal, CloudError> {
        // Those of before there were virtual networks have no id but themselves.
        let name = match id.as_str().starts_with("eipalloc-") {
            true => "AllocationId",
            false => "PublicIp",
        };
        let asked = self
            .call(&RELEASE_ADDRESS, |body| {
                done(body, "ReleaseAddressResponse")
            })
            .at(&Place::Region(region.clone()))
            .with(name, id.as_str())
            .send()
            .await;
        Removal::of(asked)
    }

    async fn run_beside(
        &self,
        region: &RegionId,
        order: &BesideOrder,
    ) -> Result<ResourceId, CloudError> {
        let place = Place::Region(region.clone());
        let like = self.likeness(&place, &order.like).await?;
        let tags = with_name(&order.tags, &order.name);
        let mut call = self
            .call(&RUN_INSTANCES, decode_run)
            .at(&place)
            .with("ImageId", order.image.as_str())
            .with_new_tags(1, "instance", &tags)
            .with_new_tags(2, "volume", &tags)
            .marked(token(&order.tags));
        for (name, value) in beside(&like) {
            call = call.with(name, value);
        }
        call.send().await
    }

    async fn machines_of_step(
        &self,
        region: &RegionId,
        mark: &str,
    ) -> Result<Vec<ResourceId>, CloudError> {
        let place = Place::Region(region.clone());
        let found = self.machines_tagged(&place, STEP_TAG, mark).await?;
        Ok(found.into_iter().map(|it| it.id).collect())
    }
}

/// Returns the cloud's word of a state in which a machine is not deleted.
fn word(state: &MachineState) -> String {
    match state {
        MachineState::Pending => "pending",
        MachineState::Running => "running",
        MachineState::Changing => "stopping",
        MachineState::Stopped => "stopped",
        MachineState::Leaving => "shutting-down",
        MachineState::Recycled => "recycled",
        MachineState::Other(word) => word,
    }
    .to_owned()
}

/// Returns what the request for a machine like another one says, but for its image and tags. What the
/// other one does at its start is not said: it would be done twice.
fn beside(like: &Likeness) -> Vec<(String, String)> {
    let mut words = vec![
        ("MinCount".to_owned(), "1".to_owned()),
        ("MaxCount".to_owned(), "1".to_owned()),
    ];
    let mut add = |name: &str, value: &str| {
        if let Some(value) = some(value) {
            words.push((name.to_owned(), value.to_owned()));
        }
    };
    add("InstanceType", &like.instance_type);
    add("KeyName", &like.key_name);
    add("IamInstanceProfile.Arn", &like.iam_instance_profile.arn);
    add("NetworkInterface.1.DeviceIndex", "0");
    add("NetworkInterface.1.AssociatePublicIpAddress", "false");
    add("NetworkInterface.1.SubnetId", &like.subnet_id);
    for (number, group) in (1..).zip(like.groups()) {
        let name = format!("NetworkInterface.1.SecurityGroupId.{number}");
        add(&name, group);
    }
    if like.placement.tenancy.trim() != "default" {
        add("Placement.Tenancy", &like.placement.tenancy);
    }
    if says_true(&like.ebs_optimized) {
        add("EbsOptimized", "true");
    }
    let metadata = &like.metadata_options;
    add("MetadataOptions.HttpEndpoint", &metadata.http_endpoint);
    add("MetadataOptions.HttpTokens", &metadata.http_tokens);
    let hops = &metadata.http_put_response_hop_limit;
    add("MetadataOptions.HttpPutResponseHopLimit", hops);
    words
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    instances_set: Option<Set<Row>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Row {
    instance_id: String,
}

fn changed(body: &[u8], root: &'static str) -> Result<(), Misread> {
    let answer: Answer = read(body, root)?;
    answer.instances_set.ok_or(Misread::Lacks("instancesSet"))?;
    Ok(())
}

fn decode_run(body: &[u8]) -> Result<ResourceId, Misread> {
    let answer: Answer = read(body, "RunInstancesResponse")?;
    let rows = answer.instances_set;
    let rows = rows.ok_or(Misread::Lacks("instancesSet"))?;
    let first = rows.iter().find_map(|it| some(&it.instance_id));
    // A good status with no machine in it: none was started.
    first
        .map(ResourceId::new)
        .ok_or(Misread::Lacks("instanceId"))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_machine_beside_another_is_like_it_and_not_open_to_the_world() {
        let like: Likeness = crate::xml::read(
            "<item><instanceId>i-1</instanceId><instanceType>m7g.large</instanceType><keyName>ops</keyName>
            <iamInstanceProfile><arn>arn:aws:iam::1:instance-profile/web</arn><id>x</id></iamInstanceProfile>
            <subnetId>subnet-1</subnetId><groupSet><item><groupId>sg-1</groupId></item><item><groupId>sg-2</groupId></item></groupSet>
            <placement><availabilityZone>us-east-1a</availabilityZone><tenancy>dedicated</tenancy></placement><ebsOptimized>true</ebsOptimized>
            <metadataOptions><state>applied</state><httpTokens>required</httpTokens><httpPutResponseHopLimit>2</httpPutResponseHopLimit><httpEndpoint>enabled</httpEndpoint></metadataOptions></item>",
        )
        .unwrap();
        let words = beside(&like);
        let lines: String = words
            .iter()
            .map(|(name, value)| format!("{name}={value}\n"))
            .collect();
        expect![[r#"
            MinCount=1
            MaxCount=1
            InstanceType=m7g.large
            KeyName=ops
            IamInstanceProfile.Arn=arn:aws:iam::1:instance-profile/web
            NetworkInterface.1.DeviceIndex=0
            NetworkInterface.1.AssociatePublicIpAddress=false
            NetworkInterface.1.SubnetId=subnet-1
            NetworkInterface.1.SecurityGroupId.1=sg-1
            NetworkInterface.1.SecurityGroupId.2=sg-2
            Placement.Tenancy=dedicated
            EbsOptimized=true
            MetadataOptions.HttpEndpoint=enabled
            MetadataOptions.HttpTokens=required
            MetadataOptions.HttpPutResponseHopLimit=2
        "#]]
        .assert_eq(&lines);
    }

    #[test]
    fn an_answer_without_a_machine_is_no_machine() {
        let empty = b"<RunInstancesResponse><instancesSet/></RunInstancesResponse>";
        assert!(decode_run(empty).is_err());
        let one = b"<RunInstancesResponse><instancesSet><item><instanceId>i-9</instanceId></item></instancesSet></RunInstancesResponse>";
        assert_eq!(decode_run(one).unwrap().as_str(), "i-9");
        assert!(changed(b"<html/>", "StopInstancesResponse").is_err());
    }
}
