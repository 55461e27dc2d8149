//! Does a step.

use std::collections::BTreeMap;

use cloud::{BesideOrder, CloudError, DiskOrder, ErrorKind, Removal, Taggable};
use duty::{Step, Tagged};
use flow::{Act, Begun, Made};
use model::{
    AlarmOrder, CopyOrder, ImageOrder, ResourceId, STEP_TAG, SetDisk, SetId, SetOrder, Tags,
};

use super::glances::For;
use super::remnants::by_disk;
use super::{Deed, Doer, not_done, one, several};

/// What an attempt came to: the mark, or what is certain about it.
pub(super) type Done = Result<String, Act>;

impl Doer<'_> {
    /// Does a step, once.
    pub(super) async fn act_deed(&self, deed: &Deed<'_>, begun: Begun, made: &Made) -> Done {
        let region = deed.region();
        match &deed.planned.step {
            Step::CreateSet { .. } => create_set(deed, begun).await,
            Step::MakeImage { .. } => make_image(deed).await,
            Step::CopySet { .. } => match self.abroad(deed).map_err(failed)? {
                Some(abroad) => self.copy_abroad(deed, &abroad).await,
                None => copy_set(deed).await,
            },
            Step::EndLoan { .. } => self.end_loan(deed).await,
            Step::PutTags { kind, ids, tags } => {
                let port = deed.machine_changes().map_err(failed)?;
                let kind = match kind {
                    Tagged::Machine => Taggable::Machine,
                    Tagged::Disk => Taggable::Disk,
                    Tagged::Snapshot => Taggable::Snapshot,
                    Tagged::Image => Taggable::Image,
                };
                let put = port.put_tags(region, kind, ids, tags).await;
                put.map(|()| String::new()).map_err(|it| not_done(&it))
            }
            Step::DeleteSnapshot { snapshot, .. } => {
                let port = deed.copies().map_err(failed)?;
                removed(port.delete_snapshot(region, snapshot).await)
            }
            Step::DeleteImage {
                image, snapshots, ..
            } => self.delete_image(deed, image, snapshots).await,
            Step::CreateAlarm { made_by, .. } => {
                let made = made_by.map(|it| made_before(made, it)).transpose()?;
                create_alarm(deed, made).await
            }
            Step::DeleteAlarm { alarm, .. } => {
                let port = deed.alarms().map_err(failed)?;
                removed(port.delete_alarm(region, alarm).await)
            }
            Step::CreateTarget { name, subscribe } => create_target(deed, name, subscribe).await,
            Step::StopMachine { machine, tags, .. } => stop_machine(deed, machine, tags).await,
            Step::DeleteMachine { machine, .. } => {
                let port = deed.machine_changes().map_err(failed)?;
                removed(port.delete_machine(region, machine).await)
            }
            Step::DeleteDisk { disk, .. } => {
                let port = deed.copies().map_err(failed)?;
                removed(port.delete_disk(region, disk).await)
            }
            Step::ReleaseAddress { address } => {
                let port = deed.machine_changes().map_err(failed)?;
                removed(port.release_address(region, address).await)
            }
            Step::CreateDisk { .. } => create_disk(deed).await,
            Step::AttachDisk {
                made_by,
                machine,
                device,
            } => {
                let port = deed.copies().map_err(failed)?;
                let disk = made_before(made, *made_by)?;
                let device = device.as_deref();
                let attached = port.attach_disk(region, &disk, machine, device).await;
                attached.map(|()| one(&disk)).map_err(|it| not_done(&it))
            }
            Step::DropDisk { made_by, machine } => {
                let disk = made_before(made, *made_by)?;
                if let Some(machine) = machine {
                    let port = deed.copies().map_err(failed)?;
                    let detached = port.detach_disk(region, &disk, machine).await;
                    detached.map_err(|it| not_done(&it))?;
                }
                Ok(one(&disk))
            }
            Step::RunBeside { made_by, .. } => {
                let made = made_by.map(|it| made_before(made, it)).transpose()?;
                run_beside(deed, made).await
            }
        }
    }

    /// Removes an image, and the snapshots that go with it.
    async fn delete_image(
        &self,
        deed: &Deed<'_>,
        image: &ResourceId,
        snapshots: &[ResourceId],
    ) -> Done {
        let region = deed.region();
        let port = deed.image_making().map_err(failed)?;
        // The look that let it go, unless the turn was long in coming.
        let look = self
            .glances
            .image(deed.provider, &deed.planned.spot, image, For::Removal);
        let removed = match look.await.map_err(|it| not_done(&it))? {
            Some(image) => port.delete_seen_image(region, &image, snapshots).await,
            None => Ok((Removal::WasGone, BTreeMap::new())),
        };
        let (removal, gone) = removed.map_err(|it| not_done(&it))?;
        if let Removal::Held(by) = removal {
            return Err(held(&by));
        }
        let copies = deed.copies().map_err(failed)?;
        let mut kept = Vec::new();
        for snapshot in snapshots {
            let removal = match gone.get(snapshot) {
                Some(Removal::Gone | Removal::WasGone) => continue,
                // The cloud left it; it may be held by another image, or by one that is only just gone.
                Some(Removal::Held(_)) | None => copies.delete_snapshot(region, snapshot).await,
            };
            match removal {
                Ok(Removal::Gone | Removal::WasGone) => {}
                Ok(Removal::Held(by)) => kept.push(format!("{snapshot} is held by {by}")),
                Err(error) => return Err(not_done(&error)),
            }
        }
        if kept.is_empty() {
            return Ok(String::new());
        }
        Err(failed(format!("the image is gone; {}", kept.join("; "))))
    }
}

async fn create_set(deed: &Deed<'_>, begun: Begun) -> Done {
    let Step::CreateSet {
        set,
        disks,
        name,
        tags,
        root_tags,
        ..
    } = &deed.planned.step
    else {
        return Err(failed("it makes no set".to_owned()));
    };
    let port = deed.copies().map_err(failed)?;
    // An attempt of which nobody heard may have begun some of them, where a cloud does one at a time.
    let there = match begun {
        Begun::Fresh => BTreeMap::new(),
        Begun::Again => {
            let there = port.of_set(deed.region(), set).await;
            by_disk(there.map_err(|it| not_done(&it))?)
        }
    };
    let missing = disks.iter().filter(|it| !there.contains_key(&it.disk));
    let order = SetOrder {
        set: set.clone(),
        disks: missing
            .map(|it| SetDisk {
                disk: it.disk.clone(),
                root: it.root,
            })
            .collect(),
        name: name.clone(),
        tags: tags.clone(),
        root_tags: root_tags.clone(),
    };
    if order.disks.is_empty() {
        return Ok(several(&there));
    }
    match port.create_set(deed.region(), &order).await {
        Ok(mut all) => {
            all.extend(there);
            Ok(several(&all))
        }
        Err(error) => Err(not_done(&error)),
    }
}

async fn make_image(deed: &Deed<'_>) -> Done {
    let Step::MakeImage {
        machine,
        set,
        root,
        disks,
        name,
        tags,
    } = &deed.planned.step
    else {
        return Err(failed("it makes no image".to_owned()));
    };
    let region = deed.region();
    let port = deed.image_making().map_err(failed)?;
    let copies = deed.copies().map_err(failed)?;
    let there = copies.of_set(region, set).await;
    let there = by_disk(there.map_err(|it| not_done(&it))?);
    let order = std::iter::once(root).chain(disks.iter().filter(|it| *it != root));
    let snapshots: Option<Vec<_>> = order
        .map(|disk| Some((disk.clone(), there.get(disk)?.clone())))
        .collect();
    let Some(snapshots) = snapshots else {
        return Err(failed(format!("the set {set} does not hold all its disks")));
    };
    let order = ImageOrder {
        machine: machine.clone(),
        name: name.clone(),
        snapshots,
        tags: tags.clone(),
    };
    let made = port.make_image(region, &order).await;
    made.map(|it| one(&it)).map_err(|it| not_done(&it))
}

async fn copy_set(deed: &Deed<'_>) -> Done {
    let step = &deed.planned.step;
    let Step::CopySet { set, to, .. } = step else {
        return Err(failed("it copies no set".to_owned()));
    };
    let port = deed.copies().map_err(failed)?;
    let from = port.of_set(deed.region(), set).await;
    let from = by_disk(from.map_err(|it| not_done(&it))?);
    if from.is_empty() {
        return Err(failed(format!("there is no snapshot of the set {set}")));
    }
    let there = copies_of(deed, to, set).await?;
    let mut all = there;
    for (disk, snapshot) in from {
        if all.contains_key(&disk) {
            continue;
        }
        let order = copy_order(step, deed.region(), &disk, &snapshot)?;
        match port.copy_snapshot(to, &order).await {
            Ok(copy) => all.insert(disk, copy),
            Err(error) => return Err(not_done(&error)),
        };
    }
    Ok(several(&all))
}

/// Returns how the snapshot of one disk is copied by a step that copies its set.
pub(super) fn copy_order(
    step: &Step,
    from: &model::RegionId,
    disk: &ResourceId,
    snapshot: &ResourceId,
) -> Result<CopyOrder, Act> {
    let Step::CopySet {
        key,
        tags,
        root,
        root_tags,
        ..
    } = step
    else {
        return Err(failed("it copies no set".to_owned()));
    };
    let mut tags = tags.clone();
    if root.as_ref() == Some(disk) {
        tags.extend(root_tags.clone());
    }
    Ok(CopyOrder {
        snapshot: snapshot.clone(),
        from: from.clone(),
        key: key.clone(),
        tags,
    })
}

async fn copies_of(
    deed: &Deed<'_>,
    to: &model::RegionId,
    set: &SetId,
) -> Result<BTreeMap<ResourceId, ResourceId>, Act> {
    let port = deed.copies().map_err(failed)?;
    let there = port.of_set(to, set).await;
    Ok(by_disk(there.map_err(|it| not_done(&it))?))
}

async fn create_alarm(deed: &Deed<'_>, target: Option<ResourceId>) -> Done {
    let Step::CreateAlarm {
        name,
        machine,
        address,
        rule,
        notify,
        tags,
        ..
    } = &deed.planned.step
    else {
        return Err(failed("it makes no alarm".to_owned()));
    };
    let port = deed.alarms().map_err(failed)?;
    let order = AlarmOrder {
        name: name.clone(),
        machine: machine.clone(),
        address: address.clone(),
        rule: *rule,
        notify: target.unwrap_or_else(|| notify.clone()),
        tags: with_step(deed, tags),
    };
    let made = port.create_alarm(deed.region(), &order).await;
    made.map(|it| one(&it)).map_err(|it| not_done(&it))
}

async fn create_target(deed: &Deed<'_>, name: &str, subscribe: &[String]) -> Done {
    let port = deed.alarms().map_err(failed)?;
    let target = port.create_target(deed.region(), name).await;
    let target = target.map_err(|it| not_done(&it))?;
    for listener in subscribe {
        let invited = port.subscribe(deed.region(), &target, listener).await;
        invited.map_err(|it| not_done(&it))?;
    }
    Ok(one(&target))
}

async fn stop_machine(deed: &Deed<'_>, machine: &ResourceId, tags: &Tags) -> Done {
    let port = deed.machine_changes().map_err(failed)?;
    let region = deed.region();
    let ids = std::slice::from_ref(machine);
    // Marked first: one that is stopped and not marked would look like anyone's.
    let put = port.put_tags(region, Taggable::Machine, ids, tags).await;
    put.map_err(|it| not_done(&it))?;
    let stopped = port.stop_machine(region, machine).await;
    stopped.map(|()| one(machine)).map_err(|it| not_done(&it))
}

async fn create_disk(deed: &Deed<'_>) -> Done {
    let Step::CreateDisk {
        snapshot,
        zone,
        name,
        tags,
    } = &deed.planned.step
    else {
        return Err(failed("it makes no disk".to_owned()));
    };
    let port = deed.copies().map_err(failed)?;
    let order = DiskOrder {
        snapshot: snapshot.clone(),
        zone: zone.clone(),
        category: None,
        name: name.clone(),
        tags: with_step(deed, tags),
    };
    let made = port.create_disk(deed.region(), &order).await;
    made.map(|it| one(&it)).map_err(|it| not_done(&it))
}

async fn run_beside(deed: &Deed<'_>, made: Option<ResourceId>) -> Done {
    let Step::RunBeside {
        like,
        image,
        name,
        tags,
        ..
    } = &deed.planned.step
    else {
        return Err(failed("it starts no machine".to_owned()));
    };
    let Some(image) = made.or_else(|| image.clone()) else {
        return Err(failed("there is no image to start it from".to_owned()));
    };
    let port = deed.machine_changes().map_err(failed)?;
    let order = BesideOrder {
        like: like.clone(),
        image,
        name: name.clone(),
        tags: with_step(deed, tags),
    };
    let made = port.run_beside(deed.region(), &order).await;
    made.map(|it| one(&it)).map_err(|it| not_done(&it))
}

/// Returns the tags with the one that names the step.
fn with_step(deed: &Deed<'_>, tags: &Tags) -> Tags {
    let mut tags = tags.clone();
    tags.insert(STEP_TAG.to_owned(), deed.job.token.clone());
    tags
}

fn made_before(made: &Made, place: usize) -> Result<ResourceId, Act> {
    let mark = made.mark(place).filter(|it| !it.is_empty());
    mark.map(ResourceId::new)
        .ok_or_else(|| failed(format!("step {place} has left nothing to go on with")))
}

fn removed(removal: Result<Removal, CloudError>) -> Done {
    match removal {
        Ok(Removal::Gone | Removal::WasGone) => Ok(String::new()),
        Ok(Removal::Held(by)) => Err(held(&by)),
        Err(error) => match &error.kind {
            ErrorKind::NotFound => Ok(String::new()),
            ErrorKind::Held { by } => Err(held(by)),
            _ => Err(not_done(&error)),
        },
    }
}

fn held(by: &str) -> Act {
    failed(format!("it is held by {by}"))
}

pub(super) fn failed(why: String) -> Act {
    Act::Failed { why }
}
