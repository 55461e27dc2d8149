//! What an image needs to start as its machine does.
//!
//! The cloud's own defaults make images that do not start: i386, paravirtual, no fast network, no boot
//! mode. So everything is said, as the machine has it, and what only an image has as the one has that
//! the machine was made from.

use std::collections::BTreeMap;

use cloud::CloudError;
use model::{ImageOrder, Place, ResourceId};
use serde::Deserialize;

use crate::Aws;
use crate::decode::Misread;
use crate::machines::Likeness;
use crate::operations::{DESCRIBE_IMAGES, DESCRIBE_VOLUMES};
use crate::query::{Set, read, says_true, some};

/// What is known of an image, in the cloud's own words; empty where it does not say.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Source {
    image_id: String,
    platform_details: String,
    boot_mode: String,
    tpm_support: String,
    imds_support: String,
    ena_support: String,
    sriov_net_support: String,
    block_device_mapping: Set<SourceDevice>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SourceDevice {
    device_name: String,
    /// A disk of the host itself: `ephemeral0`.
    virtual_name: String,
}

impl Source {
    /// Returns what machines of it are billed as.
    pub(super) fn platform(&self) -> &str {
        self.platform_details.trim()
    }
}

/// Which sort a disk is of, in the cloud's own words.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Sort {
    volume_id: String,
    volume_type: String,
    iops: String,
    throughput: String,
}

/// The sorts of disks, by their ids.
pub(super) type Sorts = BTreeMap<ResourceId, Sort>;

impl Aws {
    /// Returns what is known of an image of whomever, or `None` when there is none any more.
    pub(super) async fn source_of(
        &self,
        place: &Place,
        image: &str,
    ) -> Result<Option<Source>, CloudError> {
        self.call(&DESCRIBE_IMAGES, decode_source)
            .at(place)
            .with("IncludeDeprecated", "true")
            .with("IncludeDisabled", "true")
            .with_filter(1, "image-id", [image])
            .send()
            .await
    }

    /// Returns of which sorts the disks of an order are; those that are gone are left out.
    pub(super) async fn sorts_of(
        &self,
        place: &Place,
        order: &ImageOrder,
    ) -> Result<Sorts, CloudError> {
        self.call(&DESCRIBE_VOLUMES, decode_sorts)
            .at(place)
            .with_filter(
                1,
                "volume-id",
                order.snapshots.iter().map(|it| it.0.as_str()),
            )
            .send()
            .await
    }
}

/// Returns what the request says but for its tags.
///
/// # Errors
///
/// In words, when the order cannot become an image that starts.
pub(super) fn words(
    order: &ImageOrder,
    like: &Likeness,
    source: Option<&Source>,
    sorts: &Sorts,
) -> Result<Vec<(String, String)>, String> {
    let machine = &order.machine;
    let said = |of_machine: &str, of_image: fn(&Source) -> &str| {
        let of_image = || some(of_image(source?));
        some(of_machine).or_else(of_image).map(str::to_owned)
    };
    let lacks = |what: &str| format!("the cloud does not say which {what} {machine} has");
    let root = some(&like.root_device_name).ok_or_else(|| lacks("root device"))?;
    let architecture = some(&like.architecture).ok_or_else(|| lacks("architecture"))?;
    let mut words = vec![
        ("Name".to_owned(), order.name.clone()),
        ("Description".to_owned(), format!("skywarden: {machine}")),
        ("Architecture".to_owned(), architecture.to_owned()),
        ("RootDeviceName".to_owned(), root.to_owned()),
    ];
    let mut add = |name: &str, value: Option<String>| {
        words.extend(value.map(|value| (name.to_owned(), value)));
    };
    let virtualization = some(&like.virtualization_type).unwrap_or("hvm");
    add("VirtualizationType", Some(virtualization.to_owned()));
    add("KernelId", some(&like.kernel_id).map(str::to_owned));
    add("RamdiskId", some(&like.ramdisk_id).map(str::to_owned));
    // One that was started by UEFI while its image asks for nothing has a type that knows no other.
    let started_by = some(&like.current_instance_boot_mode).filter(|it| *it == "uefi");
    let boot_mode = said(&like.boot_mode, |it| &it.boot_mode);
    add("BootMode", boot_mode.or(started_by.map(str::to_owned)));
    add("TpmSupport", said(&like.tpm_support, |it| &it.tpm_support));
    let sriov = said(&like.sriov_net_support, |it| &it.sriov_net_support);
    add("SriovNetSupport", sriov);
    let ena = said(&like.ena_support, |it| &it.ena_support);
    add("EnaSupport", ena.filter(|it| says_true(it)));
    // Without the image, a machine that takes only tokens makes one whose machines do.
    let imds = match source {
        Some(source) => some(&source.imds_support),
        None => (like.metadata_options.http_tokens.trim() == "required").then_some("v2.0"),
    };
    add("ImdsSupport", imds.map(str::to_owned));
    words.extend(devices(order, like, source, sorts, root)?);
    Ok(words)
}

/// Returns the disks of the image, the root one first, and the host's own.
fn devices(
    order: &ImageOrder,
    like: &Likeness,
    source: Option<&Source>,
    sorts: &Sorts,
    root: &str,
) -> Result<Vec<(String, String)>, String> {
    let machine = &order.machine;
    let mut on_machine: BTreeMap<ResourceId, _> =
        like.disks().map(|it| (it.disk.clone(), it)).collect();
    let mut ordered = Vec::new();
    for (disk, snapshot) in &order.snapshots {
        let mounted = on_machine.remove(disk).ok_or_else(|| {
            format!("the disk {disk} is not on {machine} any more, so that its device is not known")
        })?;
        ordered.push((mounted, snapshot));
    }
    if !ordered.iter().any(|(mounted, _)| mounted.device == root) {
        return Err(format!(
            "there is no snapshot of the disk that {machine} starts from, {root}"
        ));
    }
    ordered.sort_by_key(|(mounted, _)| mounted.device != root);
    let mut words = Vec::new();
    let mut number = 0;
    for (mounted, snapshot) in &ordered {
        number += 1;
        let mut add = |name: &str, value: &str| {
            if let Some(value) = some(value) {
                let name = format!("BlockDeviceMapping.{number}.{name}");
                words.push((name, value.to_owned()));
            }
        };
        add("DeviceName", &mounted.device);
        add("Ebs.SnapshotId", snapshot.as_str());
        add("Ebs.DeleteOnTermination", &mounted.delete_on_termination);
        let Some(sort) = sorts.get(&mounted.disk) else {
            continue;
        };
        add("Ebs.VolumeType", &sort.volume_type);
        // Older sorts show a number that cannot be asked for.
        if matches!(sort.volume_type.trim(), "gp3" | "io1" | "io2") {
            add("Ebs.Iops", &sort.iops);
        }
        if sort.volume_type.trim() == "gp3" {
            add("Ebs.Throughput", &sort.throughput);
        }
    }
    let taken = |device: &str| ordered.iter().any(|(mounted, _)| mounted.device == device);
    let of_source = source.map(|it| it.block_device_mapping.iter());
    for device in of_source.into_iter().flatten() {
        if let (Some(name), Some(host_disk)) =
            (some(&device.device_name), some(&device.virtual_name))
            && !taken(name)
        {
            number += 1;
            let prefix = format!("BlockDeviceMapping.{number}");
            words.push((format!("{prefix}.DeviceName"), name.to_owned()));
            words.push((format!("{prefix}.VirtualName"), host_disk.to_owned()));
        }
    }
    Ok(words)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Images {
    images_set: Option<Set<Source>>,
}

fn decode_source(body: &[u8]) -> Result<Option<Source>, Misread> {
    let images: Images = read(body, "DescribeImagesResponse")?;
    let rows = images.images_set.ok_or(Misread::Lacks("imagesSet"))?;
    let is_one = |it: &Source| some(&it.image_id).is_some();
    Ok(rows.into_iter().find(is_one))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Volumes {
    volume_set: Option<Set<Sort>>,
}

fn decode_sorts(body: &[u8]) -> Result<Sorts, Misread> {
    let volumes: Volumes = read(body, "DescribeVolumesResponse")?;
    let rows = volumes.volume_set.ok_or(Misread::Lacks("volumeSet"))?;
    let named = rows.into_iter().filter_map(|row| {
        let id = ResourceId::new(some(&row.volume_id)?);
        Some((id, row))
    });
    Ok(named.collect())
}

#[cfg(test)]
mod tests;
