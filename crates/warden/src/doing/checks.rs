//! Looks once more, by id, at what a step rests on.

use cloud::CloudError;
use duty::{ProtectedTag, Step};
use flow::Check;
use model::{
    AddressState, Alarm, CopyTier, DiskState, MachineState, ResourceId, STEP_TAG, SetId, Tags,
};

use super::glances::For;
use super::{Deed, Doer};

impl Doer<'_> {
    /// Returns whether a step may be done now.
    pub(super) async fn check_deed(&self, deed: &Deed<'_>) -> Check {
        let checked = match &deed.planned.step {
            Step::DeleteSnapshot { snapshot, set } => self.snapshot_goes(deed, snapshot, set).await,
            Step::DeleteImage { image, proof, .. } => self.image_goes(deed, image, proof).await,
            Step::DeleteDisk { disk, proof } => self.disk_goes(deed, disk, proof).await,
            Step::StopMachine { machine, proof, .. } => {
                self.machine_stops(deed, machine, proof).await
            }
            Step::DeleteMachine { machine, proof } => self.machine_goes(deed, machine, proof).await,
            Step::DeleteAlarm { machine, .. } => machine_is_gone(deed, machine).await,
            Step::CreateAlarm { name, .. } => alarm_is_new(deed, name).await,
            Step::ReleaseAddress { address } => Ok(self.address_goes(deed, address).await),
            Step::CopySet { .. } => Ok(match self.other_of(&deed.planned.step) {
                Ok(_) => Check::Go,
                Err(why) => Check::Unseen { why },
            }),
            // What only makes things is looked for when it is done again.
            Step::CreateSet { .. }
            | Step::MakeImage { .. }
            | Step::EndLoan { .. }
            | Step::PutTags { .. }
            | Step::CreateTarget { .. }
            | Step::CreateDisk { .. }
            | Step::AttachDisk { .. }
            | Step::DropDisk { .. }
            | Step::RunBeside { .. } => Ok(Check::Go),
        };
        checked.unwrap_or_else(|error| Check::Unseen {
            why: format!(
                "it could not be looked at once more: {}",
                base::chain(&error)
            ),
        })
    }

    async fn snapshot_goes(
        &self,
        deed: &Deed<'_>,
        id: &ResourceId,
        set: &SetId,
    ) -> Result<Check, CloudError> {
        let spot = &deed.planned.spot;
        let look = self.glances.snapshot(deed.provider, spot, id, For::Removal);
        let Some(snapshot) = look.await? else {
            return Ok(gone());
        };
        Ok(if SetId::of_tags(&snapshot.tags).as_ref() != Some(set) {
            refused("it does not carry the tag of its set any more")
        } else if let Some(tag) = self.protection(deed, &snapshot.tags) {
            refused(&format!("it is protected by the tag {tag}"))
        } else if let Some(by) = snapshot.held_by {
            refused(&format!("it is held by {by}"))
        } else if snapshot.tier != CopyTier::Standard {
            refused("it is in the archive")
        } else {
            Check::Go
        })
    }

    async fn image_goes(
        &self,
        deed: &Deed<'_>,
        id: &ResourceId,
        proof: &Tags,
    ) -> Result<Check, CloudError> {
        let spot = &deed.planned.spot;
        let look = self.glances.image(deed.provider, spot, id, For::Removal);
        let Some(image) = look.await? else {
            return Ok(gone());
        };
        if image.shared {
            return Ok(refused("it is shared"));
        }
        if let Some(by) = image.held_by {
            return Ok(refused(&format!("it is held by {by}")));
        }
        // The clouds let go what a template or a group will start machines from tomorrow.
        Ok(match self.glances.user_of(deed.provider, spot, id).await {
            Ok(None) => self.by_tags(deed, &image.tags, proof),
            Ok(Some(user)) => refused(&format!("it is used by {user}")),
            Err(unseen) => Check::Unseen {
                why: format!("who uses it could not be looked at once more: {unseen}"),
            },
        })
    }

    async fn disk_goes(
        &self,
        deed: &Deed<'_>,
        id: &ResourceId,
        proof: &Tags,
    ) -> Result<Check, CloudError> {
        let Some(port) = deed.provider.disks() else {
            return Ok(refused("disks of this cloud cannot be looked at"));
        };
        let found = port.disks_by_id(deed.region(), std::slice::from_ref(id));
        let Some(disk) = found.await?.into_iter().find(|it| it.id == *id) else {
            return Ok(gone());
        };
        Ok(match disk.state {
            DiskState::Unattached => self.by_tags(deed, &disk.tags, proof),
            DiskState::Attached(_) => refused("it is on a machine by now"),
            DiskState::Changing(word) => refused(&format!("it is on its way: {word}")),
        })
    }

    async fn address_goes(&self, deed: &Deed<'_>, id: &ResourceId) -> Check {
        let spot = &deed.planned.spot;
        match self.glances.address(deed.provider, spot, id).await {
            Ok(None) => gone(),
            Ok(Some(address)) => match address.state {
                AddressState::Unbound => self.by_tags(deed, &address.tags, &Tags::new()),
                AddressState::Bound(at) => refused(&format!("it is at {at} by now")),
                AddressState::Changing(word) => refused(&format!("it is on its way: {word}")),
            },
            Err(unseen) => Check::Unseen {
                why: format!("it could not be looked at once more: {unseen}"),
            },
        }
    }

    async fn machine_stops(
        &self,
        deed: &Deed<'_>,
        id: &ResourceId,
        proof: &Tags,
    ) -> Result<Check, CloudError> {
        let Some(machine) = machine(deed, id).await? else {
            return Ok(gone());
        };
        Ok(match machine.state {
            MachineState::Running | MachineState::Stopped => {
                self.by_tags(deed, &machine.tags, proof)
            }
            other => refused(&format!("it is neither running nor stopped: {other:?}")),
        })
    }

    async fn machine_goes(
        &self,
        deed: &Deed<'_>,
        id: &ResourceId,
        proof: &Tags,
    ) -> Result<Check, CloudError> {
        let Some(machine) = machine(deed, id).await? else {
            return Ok(gone());
        };
        Ok(if machine.protected {
            refused("the cloud is told not to let it go")
        } else if machine.state != MachineState::Stopped {
            refused("it is not stopped")
        } else if proof.is_empty() {
            refused("nothing on it says that it was marked")
        } else {
            self.by_tags(deed, &machine.tags, proof)
        })
    }

    /// Checks the tags of a thing that is to go or to stop.
    fn by_tags(&self, deed: &Deed<'_>, tags: &Tags, proof: &Tags) -> Check {
        let lacks = proof
            .iter()
            .find(|(key, value)| tags.get(key) != Some(value));
        if let Some((key, value)) = lacks {
            return refused(&format!("it does not carry the tag {key}={value} any more"));
        }
        match self.protection(deed, tags) {
            Some(tag) => refused(&format!("it is protected by the tag {tag}")),
            None => Check::Go,
        }
    }

    /// Returns the key of the tag that protects a thing, if one does.
    fn protection(&self, deed: &Deed<'_>, tags: &Tags) -> Option<String> {
        let limits = self.limits.get(&deed.planned.spot.account)?;
        let stands = |it: &&ProtectedTag| it.stands_on(tags);
        limits
            .protected
            .iter()
            .find(stands)
            .map(|it| it.key.clone())
    }
}

async fn machine(deed: &Deed<'_>, id: &ResourceId) -> Result<Option<model::Machine>, CloudError> {
    let Some(port) = deed.provider.machines() else {
        return Ok(None);
    };
    let found = port.machines_by_id(deed.region(), std::slice::from_ref(id));
    Ok(found.await?.into_iter().find(|it| it.id == *id))
}

async fn machine_is_gone(deed: &Deed<'_>, id: &ResourceId) -> Result<Check, CloudError> {
    if deed.provider.machines().is_none() {
        return Ok(refused("machines of this cloud cannot be looked at"));
    }
    Ok(match machine(deed, id).await? {
        Some(_) => refused("its machine is there again"),
        None => Check::Go,
    })
}

async fn alarm_is_new(deed: &Deed<'_>, name: &str) -> Result<Check, CloudError> {
    let Some(port) = deed.provider.alarms() else {
        return Ok(refused(
            "alarms of this cloud cannot be changed by this program",
        ));
    };
    let there = port.alarms_named(deed.region(), name).await?;
    // One of ours that watches nothing was begun and not finished: whoever makes it knows.
    let is_begun = |it: &Alarm| it.watches_nothing() && it.tags.contains_key(STEP_TAG);
    Ok(if there.iter().all(is_begun) {
        Check::Go
    } else {
        // Never altered: a person may have tuned it.
        Check::Done {
            note: format!("there is an alarm {name} already"),
        }
    })
}

fn gone() -> Check {
    Check::Done {
        note: "it was gone already".to_owned(),
    }
}

fn refused(why: &str) -> Check {
    Check::Refused {
        why: why.to_owned(),
    }
}
