//! Images: registered from snapshots, made of a machine, taken away.

use serde_json::{Value, json};

use super::super::hindered::refusal;
use super::super::spoken::{self, IMAGE, MACHINE, devices, tags_for};
use super::{held, seen};
use crate::aws::catalog::Asked;
use crate::world::changes::Hindrance;
use crate::world::deeds::{Act, Sort};
use crate::world::holdings::{Holdings, ImageOrder, ImageSnapshots};
use crate::world::images::{Build, Device};
use crate::world::machines::{MachineState, Tags};
use crate::world::refusal::Refusal;
use crate::world::storage::Snapshot;

/// What an image is billed as whose snapshot does not say.
const PLAIN: &str = "Linux/UNIX";

pub(super) fn register_image(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let name = image_name(asked)?;
    let tags = tags_for(asked, "image", &["image"])?;
    let root = asked
        .arguments
        .text("RootDeviceName")
        .unwrap_or("/dev/sda1");
    let holdings = asked.world.holdings(asked.caller()?.uid, asked.region);
    let devices = devices_spoken(asked, root, &holdings)?;
    let root_snapshot = devices
        .first()
        .and_then(|it| holdings.snapshots.get(it.snapshot.as_ref()?));
    let platform = root_snapshot.map_or_else(String::new, |it| billed_as(it, &holdings));
    let build = build_spoken(asked, root, platform)?;
    let order = ImageOrder {
        name: name.to_owned(),
        description: described(asked),
        machine: None,
        build,
        devices,
        tags,
    };
    let made = held(asked, |it, now| it.begin_image(order, now));
    let (id, _) = made.map_err(|why| refusal(name, why))?;
    Ok(json!({"imageId": id}))
}

/// Returns the name that is said, if images may be called so.
fn image_name<'a>(asked: &'a Asked<'_>) -> Result<&'a str, Refusal> {
    let name = asked
        .arguments
        .text("Name")
        .ok_or_else(|| spoken::missing("Name"))?;
    let is_taken = |it: char| it.is_ascii_alphanumeric() || "()[] ./-'@_".contains(it);
    if (3..=128).contains(&name.len()) && name.chars().all(is_taken) {
        return Ok(name);
    }
    let text = "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', '-', '/' and '_'";
    Err(Refusal::new(400, "InvalidAMIName.Malformed", text))
}

fn described(asked: &Asked<'_>) -> String {
    asked
        .arguments
        .text("Description")
        .unwrap_or_default()
        .to_owned()
}

/// Returns what the machines of the image need to start; what is not said has the defaults of an older time.
fn build_spoken(asked: &Asked<'_>, root: &str, platform_details: String) -> Result<Build, Refusal> {
    let said = |name: &str| asked.arguments.text(name).unwrap_or_default().to_owned();
    let or = |name: &str, default: &str| asked.arguments.text(name).unwrap_or(default).to_owned();
    let build = Build {
        architecture: or("Architecture", "i386"),
        boot_mode: said("BootMode"),
        root_device: root.to_owned(),
        virtualization: or("VirtualizationType", "paravirtual"),
        ena: asked.arguments.flag("EnaSupport") == Some(true),
        sriov: said("SriovNetSupport"),
        tpm: said("TpmSupport"),
        imds: said("ImdsSupport"),
        platform_details,
    };
    let needs_hvm = build.ena
        || !build.boot_mode.is_empty()
        || !build.tpm.is_empty()
        || !["i386", "x86_64"].contains(&build.architecture.as_str());
    if needs_hvm && build.virtualization != "hvm" {
        let text = "The architecture, boot mode, TPM or ENA support of the image needs the virtualization type hvm.";
        return Err(Refusal::new(400, "InvalidParameterCombination", text));
    }
    if !build.tpm.is_empty() && build.boot_mode != "uefi" {
        let text = "TpmSupport needs the boot mode uefi.";
        return Err(Refusal::new(400, "InvalidParameterCombination", text));
    }
    Ok(build)
}

/// Returns the devices that are said, the one to start from first.
fn devices_spoken(
    asked: &Asked<'_>,
    root: &str,
    holdings: &Holdings,
) -> Result<Vec<Device>, Refusal> {
    let invalid = |text: String| Refusal::new(400, "InvalidBlockDeviceMapping", text);
    let mut said = devices(asked)?;
    said.retain(|it| !it.left_out);
    said.sort_by_key(|it| it.name != root);
    if !said
        .first()
        .is_some_and(|it| it.name == root && it.snapshot.is_some())
    {
        return Err(invalid(
            "No root snapshot specified in device mapping".to_owned(),
        ));
    }
    let mut devices: Vec<Device> = Vec::new();
    for it in said {
        let name = &it.name;
        if devices.iter().any(|other| other.name == *name) {
            return Err(invalid(format!(
                "The device '{name}' is used more than once."
            )));
        }
        if let Some(id) = &it.snapshot {
            spoken::spelled(id, spoken::SNAPSHOT)?;
            let snapshot = holdings
                .snapshots
                .get(id)
                .filter(|it| asked.shows(it.created));
            let snapshot = snapshot.ok_or_else(|| super::super::hindered::not_found(id))?;
            if it.encrypted.is_some() {
                return Err(invalid(format!(
                    "the encrypted flag cannot be specified since device {name} has a snapshot specified."
                )));
            }
            if it.size_gib.is_some_and(|size| size < snapshot.size_gib) {
                return Err(invalid(format!(
                    "Volume of size {}GB is smaller than snapshot '{id}', expect size >= {}GB",
                    it.size_gib.unwrap_or_default(),
                    snapshot.size_gib
                )));
            }
        } else if it.size_gib.is_none() {
            return Err(invalid(format!(
                "The device '{name}' has neither a snapshot nor a size."
            )));
        }
        devices.push(Device {
            encrypted: it.encrypted.unwrap_or_else(|| {
                let snapshot = it
                    .snapshot
                    .as_ref()
                    .and_then(|id| holdings.snapshots.get(id));
                snapshot.is_some_and(|it| it.encrypted)
            }),
            name: it.name,
            snapshot: it.snapshot,
            size_gib: it.size_gib,
            category: it.category.unwrap_or_else(|| "gp2".to_owned()),
            with_machine: it.with_machine.unwrap_or(true),
        });
    }
    Ok(devices)
}

/// Returns what images of `snapshot` are billed as: its disk's machine says it, as long as either is there. A copy
/// has lost it.
fn billed_as(snapshot: &Snapshot, holdings: &Holdings) -> String {
    let disk = holdings.disks.get(&snapshot.disk);
    let machine = disk.and_then(|it| it.machine.as_ref().or(it.was_on.as_ref().map(|it| &it.0)));
    let machine = machine.and_then(|it| holdings.machines.get(it));
    machine.map_or_else(|| PLAIN.to_owned(), |it| it.build.platform_details.clone())
}

pub(super) fn create_image(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let machine = spoken::id(asked, "InstanceId", MACHINE)?;
    let name = image_name(asked)?;
    let sorts = ["image", "snapshot"];
    let (tags, snapshot_tags) = (
        tags_for(asked, "image", &sorts)?,
        tags_for(asked, "snapshot", &sorts)?,
    );
    let holdings = seen(asked, machine)?;
    let found = holdings.machines.get(machine);
    if found.is_some_and(|it| !matches!(it.state, MachineState::Running | MachineState::Stopped)) {
        let text = format!(
            "Invalid value '{machine}' for instanceId. Instance is not in state 'running' or 'stopped'"
        );
        return Err(Refusal::new(400, "InvalidParameterValue", text));
    }
    let left_out: Vec<String> = devices(asked)?
        .into_iter()
        .filter(|it| it.left_out)
        .map(|it| it.name)
        .collect();
    if !left_out.is_empty() {
        let text = format!("Leaving out {} is not served here.", left_out.join(", "));
        return Err(Refusal::new(400, "UnsupportedOperation", text));
    }
    let order = ImageOrder {
        name: name.to_owned(),
        description: described(asked),
        tags,
        ..ImageOrder::default()
    };
    let made = held(asked, |it, now| {
        let id = it.begin_image_of(machine, order, now)?;
        retag(it, &id, machine, &snapshot_tags);
        Ok(id)
    });
    // Here a name that is taken and a disk that had too many snapshots are told apart by what is named.
    let (id, _) = made.map_err(|why| match why {
        Hindrance::Exists(_) => refusal(name, why),
        other => refusal(machine, other),
    })?;
    Ok(json!({"imageId": id}))
}

/// Gives the snapshots of a new image the tags that were said for snapshots, and the words of the real service.
fn retag(holdings: &mut Holdings, image: &str, machine: &str, tags: &Tags) {
    let snapshots = holdings.images.get(image).map(|it| it.snapshots.clone());
    for snapshot in snapshots.unwrap_or_default() {
        holdings.snapshots.change(&snapshot, |it| {
            it.tags.clone_from(tags);
            it.description = format!("Created by CreateImage({machine}) for {image}");
        });
    }
}

pub(super) fn deregister_image(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let id = spoken::id(asked, "ImageId", IMAGE)?;
    if let Err(refused) = seen(asked, id) {
        let was = asked.world.done(Act::Deleted, Sort::Image);
        return Err(match was.iter().any(|it| it == id) {
            true => refusal(id, Hindrance::WrongState(id.to_owned())),
            false => refused,
        });
    }
    let wanted = asked.arguments.flag("DeleteAssociatedSnapshots") == Some(true);
    let allowed = asked.caller()?.rights.allow("ec2:DeleteSnapshot");
    let fate = match wanted && allowed {
        true => ImageSnapshots::GoToo,
        false => ImageSnapshots::Stay,
    };
    let gone = held(asked, |it, now| {
        let stood_on = it.images.get(id).map(|it| it.snapshots.clone());
        let became = it.deregister_image(id, fate, now)?;
        Ok((stood_on.unwrap_or_default(), became))
    });
    let ((stood_on, became), _) = gone.map_err(|why| refusal(id, why))?;
    let mut answer = json!({"return": true});
    if wanted {
        let results = stood_on.iter().map(|snapshot| {
            let code = match became.get(snapshot) {
                None => "missing-permissions",
                Some(Ok(()) | Err(Hindrance::NotFound(_))) => "success",
                Some(Err(Hindrance::InUse(_))) => "skipped",
                Some(Err(_)) => "client-error",
            };
            json!({"snapshotId": snapshot, "returnCode": code})
        });
        answer["deleteSnapshotResultSet"] = results.collect();
    }
    Ok(answer)
}
