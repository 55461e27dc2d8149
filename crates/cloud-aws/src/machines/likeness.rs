//! One machine in all that another one like it, or an image of it, needs.

use cloud::{CloudError, ErrorKind};
use model::{Place, ResourceId};
use serde::Deserialize;

use super::Device;
use crate::Aws;
use crate::decode::Misread;
use crate::operations::DESCRIBE_INSTANCES;
use crate::query::{Set, read, some};

/// What a machine is like, in the cloud's own words; empty where it does not say.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Likeness {
    instance_id: String,
    instance_state: State,
    pub(crate) image_id: String,
    pub(crate) instance_type: String,
    pub(crate) architecture: String,
    pub(crate) virtualization_type: String,
    pub(crate) kernel_id: String,
    pub(crate) ramdisk_id: String,
    /// The mode that its image asks for.
    pub(crate) boot_mode: String,
    /// The mode it was started in.
    pub(crate) current_instance_boot_mode: String,
    pub(crate) tpm_support: String,
    pub(crate) ena_support: String,
    pub(crate) sriov_net_support: String,
    /// What it is billed as: `Linux/UNIX`, `Windows`.
    pub(crate) platform_details: String,
    pub(crate) root_device_name: String,
    block_device_mapping: Set<Device>,
    pub(crate) subnet_id: String,
    pub(crate) key_name: String,
    pub(crate) ebs_optimized: String,
    pub(crate) iam_instance_profile: Profile,
    group_set: Set<Group>,
    pub(crate) placement: Placement,
    pub(crate) metadata_options: MetadataOptions,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct State {
    name: String,
}

/// The role a machine runs with.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Profile {
    pub(crate) arn: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Group {
    group_id: String,
}

/// Where a machine stands.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Placement {
    pub(crate) tenancy: String,
}

/// How a machine may ask for its metadata.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct MetadataOptions {
    pub(crate) http_tokens: String,
    pub(crate) http_put_response_hop_limit: String,
    pub(crate) http_endpoint: String,
}

/// A disk on a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mounted {
    pub(crate) disk: ResourceId,
    pub(crate) device: String,
    /// Whether it goes with the machine; as the cloud spells it.
    pub(crate) delete_on_termination: String,
}

impl Likeness {
    /// Returns the disks that are on it.
    pub(crate) fn disks(&self) -> impl Iterator<Item = Mounted> + '_ {
        self.block_device_mapping.iter().filter_map(|device| {
            Some(Mounted {
                disk: ResourceId::new(some(&device.ebs.volume_id)?),
                device: some(&device.device_name)?.to_owned(),
                delete_on_termination: device.ebs.delete_on_termination.trim().to_owned(),
            })
        })
    }

    /// Returns the disk it starts from.
    pub(crate) fn root_disk(&self) -> Option<ResourceId> {
        let root = some(&self.root_device_name)?;
        self.disks().find(|it| it.device == root).map(|it| it.disk)
    }

    /// Returns the names of the devices that are taken, also by what is no disk.
    pub(crate) fn devices(&self) -> impl Iterator<Item = &str> {
        self.block_device_mapping
            .iter()
            .filter_map(|it| some(&it.device_name))
    }

    /// Returns its security groups.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &str> {
        self.group_set.iter().filter_map(|it| some(&it.group_id))
    }
}

impl Aws {
    /// Returns what a machine is like.
    ///
    /// # Errors
    ///
    /// When it cannot be had; [`ErrorKind::NotFound`] when there is no such machine any more.
    pub(crate) async fn likeness(
        &self,
        place: &Place,
        machine: &ResourceId,
    ) -> Result<Likeness, CloudError> {
        let found = self
            .call(&DESCRIBE_INSTANCES, decode)
            .at(place)
            .with_filter(1, "instance-id", [machine.as_str()])
            .send()
            .await?;
        found.ok_or_else(|| {
            let site = self.call_site(&DESCRIBE_INSTANCES, place);
            let words = format!("there is no machine {machine} any more");
            CloudError::new(site, ErrorKind::NotFound, words)
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    reservation_set: Option<Set<Reservation>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Reservation {
    instances_set: Set<Likeness>,
}

fn decode(body: &[u8]) -> Result<Option<Likeness>, Misread> {
    let answer: Answer = read(body, "DescribeInstancesResponse")?;
    let reservations = answer
        .reservation_set
        .ok_or(Misread::Lacks("reservationSet"))?;
    let mut machines = reservations.into_iter().flat_map(|it| it.instances_set);
    let is_there = |it: &Likeness| {
        some(&it.instance_id).is_some() && it.instance_state.name.trim() != "terminated"
    };
    Ok(machines.find(is_there))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_read_with_all_that_another_like_it_needs() {
        let body = b"<DescribeInstancesResponse><reservationSet><item><instancesSet><item>
            <instanceId>i-1</instanceId><instanceState><name>running</name></instanceState>
            <architecture>arm64</architecture><bootMode>uefi</bootMode><enaSupport>true</enaSupport>
            <rootDeviceName>/dev/xvda</rootDeviceName><blockDeviceMapping>
            <item><deviceName>/dev/sdf</deviceName><ebs><volumeId>vol-2</volumeId><deleteOnTermination>false</deleteOnTermination></ebs></item>
            <item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-1</volumeId><deleteOnTermination>true</deleteOnTermination></ebs></item>
            </blockDeviceMapping><groupSet><item><groupId>sg-1</groupId></item><item><groupId>sg-2</groupId></item></groupSet>
            <metadataOptions><httpTokens>required</httpTokens></metadataOptions></item></instancesSet></item></reservationSet></DescribeInstancesResponse>";
        let machine = decode(body).unwrap().unwrap();
        assert_eq!(machine.root_disk().unwrap().as_str(), "vol-1");
        assert_eq!(machine.groups().collect::<Vec<_>>(), ["sg-1", "sg-2"]);
        assert_eq!(machine.metadata_options.http_tokens, "required");
        let disks: Vec<_> = machine.disks().collect();
        assert_eq!(disks.len(), 2);
        assert_eq!(disks[0].delete_on_termination, "false");
    }

    #[test]
    fn a_machine_that_is_only_still_shown_is_gone() {
        let body = b"<DescribeInstancesResponse><reservationSet><item><instancesSet><item>
            <instanceId>i-1</instanceId><instanceState><name>terminated</name></instanceState></item>
            </instancesSet></item></reservationSet></DescribeInstancesResponse>";
        assert!(decode(body).unwrap().is_none());
        assert!(decode(b"<DescribeInstancesResponse/>").is_err());
    }
}
