//! Makes disks of snapshots, puts them on machines, takes them off and removes them.

use cloud::{CloudError, DiskOrder, ErrorKind, Removal};
use model::{Disk, DiskState, Place, ResourceId, STEP_TAG};
use serde::Deserialize;

use super::with_name;
use crate::Aws;
use crate::decode::Misread;
use crate::operations::{ATTACH_VOLUME, CREATE_VOLUME, DELETE_VOLUME, DETACH_VOLUME};
use crate::query::{done, read, some};

/// The names that the cloud recommends for data disks.
const DEVICES: std::ops::RangeInclusive<char> = 'f'..='p';
/// As long as a token may be.
const LONGEST_TOKEN: usize = 64;

impl Aws {
    pub(super) async fn make_disk(
        &self,
        place: &Place,
        order: &DiskOrder,
    ) -> Result<ResourceId, CloudError> {
        self.call(&CREATE_VOLUME, decode)
            .at(place)
            .with("AvailabilityZone", order.zone.as_str())
            .with("SnapshotId", order.snapshot.as_str())
            .with_some("VolumeType", order.category.clone())
            .with_new_tags(1, "volume", &with_name(&order.tags, &order.name))
            .marked(token(&order.tags))
            .send()
            .await
    }

    pub(super) async fn marked_disks(
        &self,
        place: &Place,
        mark: &str,
    ) -> Result<Vec<Disk>, CloudError> {
        let filter = format!("tag:{STEP_TAG}");
        let found = self.disks_where(place, &filter, mark).await?;
        let is_it = |it: &Disk| it.tags.get(STEP_TAG).is_some_and(|it| it == mark);
        Ok(found.into_iter().filter(is_it).collect())
    }

    /// A refusal may only say that it is there already, by an earlier try whose answer was lost: so
    /// it is looked at.
    pub(super) async fn put_on(
        &self,
        place: &Place,
        disk: &ResourceId,
        machine: &ResourceId,
        device: Option<&str>,
    ) -> Result<(), CloudError> {
        let device = match device {
            Some(device) => device.to_owned(),
            None => self.free_device(place, machine).await?,
        };
        let asked = self
            .call(&ATTACH_VOLUME, |body| done_by(body, "AttachVolumeResponse"))
            .at(place)
            .with("VolumeId", disk.as_str())
            .with("InstanceId", machine.as_str())
            .with("Device", device)
            .send()
            .await;
        match asked {
            Err(error) if matches!(error.kind, ErrorKind::Held { .. } | ErrorKind::Invalid) => {
                match self.users_of(place, disk).await? {
                    Some(users) if users.contains(machine) => Ok(()),
                    _ => Err(error),
                }
            }
            answered => answered,
        }
    }

    pub(super) async fn take_off(
        &self,
        place: &Place,
        disk: &ResourceId,
        machine: &ResourceId,
    ) -> Result<(), CloudError> {
        // The machine is always said: a disk that went on to another one stays there.
        let asked = self
            .call(&DETACH_VOLUME, |body| done_by(body, "DetachVolumeResponse"))
            .at(place)
            .with("VolumeId", disk.as_str())
            .with("InstanceId", machine.as_str())
            .send()
            .await;
        match asked {
            Err(error)
                if matches!(
                    error.kind,
                    ErrorKind::Held { .. } | ErrorKind::Invalid | ErrorKind::NotFound
                ) =>
            {
                match self.users_of(place, disk).await? {
                    Some(users) if users.is_empty() => Ok(()),
                    _ => Err(error),
                }
            }
            answered => answered,
        }
    }

    pub(super) async fn remove_disk(
        &self,
        place: &Place,
        disk: &ResourceId,
    ) -> Result<Removal, CloudError> {
        let asked = self
            .call(&DELETE_VOLUME, |body| done(body, "DeleteVolumeResponse"))
            .at(place)
            .with("VolumeId", disk.as_str())
            .send()
            .await;
        Removal::of(asked)
    }

    /// Returns who has a disk, or `None` while that changes or when there is no such disk.
    async fn users_of(
        &self,
        place: &Place,
        disk: &ResourceId,
    ) -> Result<Option<Vec<ResourceId>>, CloudError> {
        let found = self.disks_where(place, "volume-id", disk.as_str()).await?;
        Ok(found.into_iter().find_map(|it| match it.state {
            DiskState::Attached(users) => Some(users),
            DiskState::Unattached => Some(Vec::new()),
            DiskState::Changing(_) => None,
        }))
    }

    async fn free_device(&self, place: &Place, machine: &ResourceId) -> Result<String, CloudError> {
        let like = self.likeness(place, machine).await?;
        first_free(&like.devices().collect::<Vec<_>>()).ok_or_else(|| {
            let site = self.call_site(&ATTACH_VOLUME, place);
            let words = format!(
                "{machine} has no free name for a disk from /dev/sdf to /dev/sdp; say which device to use"
            );
            CloudError::new(site, ErrorKind::Invalid, words)
        })
    }
}

/// Returns the first of the recommended names that is not taken, also not under its other spelling:
/// what is called `/dev/xvdf` on one machine is `/dev/sdf` on another.
fn first_free(taken: &[&str]) -> Option<String> {
    let is_taken = |letter: char| {
        let names = [format!("/dev/sd{letter}"), format!("/dev/xvd{letter}")];
        taken
            .iter()
            .any(|device| names.iter().any(|name| device.starts_with(name.as_str())))
    };
    let free = DEVICES.into_iter().find(|letter| !is_taken(*letter))?;
    Some(format!("/dev/sd{free}"))
}

/// Returns the token by which the cloud knows a step again, where its tags name one that it takes.
pub(crate) fn token(tags: &model::Tags) -> Option<&str> {
    let token = some(tags.get(STEP_TAG)?)?;
    (token.len() <= LONGEST_TOKEN && token.is_ascii()).then_some(token)
}

/// Reads an answer that shows the thing as it is now, which need not be understood.
fn done_by(body: &[u8], root: &'static str) -> Result<(), Misread> {
    let _shown: Shown = read(body, root)?;
    Ok(())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Shown {
    volume_id: String,
}

fn decode(body: &[u8]) -> Result<ResourceId, Misread> {
    let shown: Shown = read(body, "CreateVolumeResponse")?;
    let id = some(&shown.volume_id).ok_or(Misread::Lacks("volumeId"))?;
    Ok(ResourceId::new(id))
}

#[cfg(test)]
mod tests {
    use model::Tags;

    use super::*;

    #[test]
    fn a_name_that_is_taken_under_either_spelling_is_not_free() {
        for (taken, free) in [
            (&["/dev/sda1"][..], Some("/dev/sdf")),
            (&["/dev/xvda", "/dev/xvdf"], Some("/dev/sdg")),
            (&["/dev/sdf", "/dev/sdg1", "/dev/xvdh"], Some("/dev/sdi")),
        ] {
            assert_eq!(first_free(taken).as_deref(), free, "{taken:?}");
        }
        let all: Vec<String> = DEVICES.map(|it| format!("/dev/sd{it}")).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        assert_eq!(first_free(&all), None);
    }

    #[test]
    fn only_a_token_that_the_cloud_takes_is_one() {
        let of = |value: &str| {
            let tags = Tags::from([(STEP_TAG.to_owned(), value.to_owned())]);
            token(&tags).map(str::to_owned)
        };
        assert_eq!(of("0a1b").as_deref(), Some("0a1b"));
        assert_eq!(of(&"a".repeat(65)), None);
        assert_eq!((of(""), of("步")), (None, None));
        assert_eq!(token(&Tags::new()), None);
    }
}
