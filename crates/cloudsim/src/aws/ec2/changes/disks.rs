//! Disks: made, put on machines, taken off, deleted.

use serde_json::{Value, json};

use super::super::hindered::{not_found, refusal};
use super::super::spoken::{self, DISK, MACHINE, SNAPSHOT, tags_for};
use super::super::volumes::{attachment, volume};
use super::{held, seen, token};
use crate::aws::catalog::Asked;
use crate::world::changes::Hindrance;
use crate::world::holdings::DiskOrder;
use crate::world::refusal::Refusal;

pub(super) fn create_volume(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let said = asked.arguments;
    let zone = said.text("AvailabilityZone").unwrap_or_default();
    let letter = zone.strip_prefix(asked.region);
    if !letter.is_some_and(|it| it.len() == 1 && it.bytes().all(|it| it.is_ascii_lowercase())) {
        let text = format!("The zone '{zone}' does not exist.");
        return Err(Refusal::new(400, "InvalidZone.NotFound", text));
    }
    let snapshot = said.text("SnapshotId");
    let size_gib = said.whole("Size");
    if let Some(id) = snapshot {
        spoken::spelled(id, SNAPSHOT)?;
        let holdings = seen(asked, id)?;
        let least = holdings.snapshots.get(id).map_or(0, |it| it.size_gib);
        if size_gib.is_some_and(|it| it < least) {
            let text = format!(
                "The size of a volume can't be less than the size of its snapshot: {least} GiB."
            );
            return Err(Refusal::new(400, "InvalidParameterValue", text));
        }
    } else if size_gib.is_none() {
        return Err(spoken::missing("Size/SnapshotId"));
    }
    let order = DiskOrder {
        snapshot: snapshot.map(str::to_owned),
        size_gib,
        zone: zone.to_owned(),
        category: said.text("VolumeType").unwrap_or("gp2").to_owned(),
        name: String::new(),
        encrypted: said.flag("Encrypted") == Some(true),
        key: said.text("KmsKeyId").map(str::to_owned),
        tags: tags_for(asked, "volume", &["volume"])?,
    };
    let token = token(asked);
    let (ids, holdings) = held(asked, |it, now| {
        it.once(token, now, |it| Ok(vec![it.begin_disk(order, now)?]))
    })
    .map_err(|why| refusal(snapshot.unwrap_or_default(), why))?;
    let id = ids.first().map(String::as_str).unwrap_or_default();
    let disk = holdings.disks.get(id).ok_or_else(|| not_found(id))?;
    Ok(volume(disk, asked.region))
}

pub(super) fn attach_volume(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let id = spoken::id(asked, "VolumeId", DISK)?;
    let machine = spoken::id(asked, "InstanceId", MACHINE)?;
    let device = asked.arguments.text("Device");
    seen(asked, id)?;
    seen(asked, machine)?;
    let ((), holdings) = held(asked, |it, now| it.begin_attach(id, machine, device, now))
        .map_err(|why| refusal(id, why))?;
    let disk = holdings.disks.get(id).ok_or_else(|| not_found(id))?;
    Ok(attachment(disk).unwrap_or_default())
}

pub(super) fn detach_volume(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let id = spoken::id(asked, "VolumeId", DISK)?;
    let holdings = seen(asked, id)?;
    let disk = holdings.disks.get(id).ok_or_else(|| not_found(id))?;
    let Some(on) = disk.machine.clone() else {
        let text = format!("Volume '{id}' is in the 'available' state.");
        return Err(Refusal::new(400, "IncorrectState", text));
    };
    if asked
        .arguments
        .text("InstanceId")
        .is_some_and(|it| it != on)
    {
        let text = format!("The volume '{id}' is not attached to that instance.");
        return Err(Refusal::new(400, "InvalidAttachment.NotFound", text));
    }
    let ((), holdings) =
        held(asked, |it, now| it.begin_detach(id, &on, now)).map_err(|why| match why {
            Hindrance::WrongState(of) if of == on => Refusal::new(
                400,
                "OperationNotPermitted",
                format!("Unable to detach root volume '{id}' from instance '{on}'"),
            ),
            why => refusal(id, why),
        })?;
    let disk = holdings.disks.get(id).ok_or_else(|| not_found(id))?;
    Ok(attachment(disk)
        .unwrap_or_else(|| json!({"volumeId": id, "instanceId": on, "status": "detached"})))
}

pub(super) fn delete_volume(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let id = spoken::id(asked, "VolumeId", DISK)?;
    seen(asked, id)?;
    held(asked, |it, now| it.delete_disk(id, now)).map_err(|why| refusal(id, why))?;
    Ok(json!({"return": true}))
}
