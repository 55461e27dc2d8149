//! Looks whether what a step made is ready.

use std::sync::PoisonError;
use std::time::Duration;

use cloud::CloudError;
use duty::Step;
use flow::Settle;
use model::{CopyState, DiskState, MachineState, RegionId, ResourceId};

use super::glances::For;
use super::{Deed, Doer, marked};

/// The shortest and the longest time between two looks at something that is being made: a quarter of
/// the time it has taken so far lies between them. A snapshot takes seconds or hours.
const PAUSES: (Duration, Duration) = (Duration::from_secs(4), Duration::from_secs(60));

impl Doer<'_> {
    /// Returns whether what a step made is ready.
    pub(super) async fn settle_deed(&self, deed: &Deed<'_>, mark: &str) -> Settle {
        let Some(pause) = self.pause(deed) else {
            // Nothing is whole at once; those that were begun together are looked at together.
            return match deed.is_tokenless() {
                true => Settle::NotYet { after: PAUSES.0 },
                false => self.settle_now(deed, mark, PAUSES.0).await,
            };
        };
        self.settle_now(deed, mark, pause).await
    }

    async fn settle_now(&self, deed: &Deed<'_>, mark: &str, pause: Duration) -> Settle {
        match self.abroad(deed) {
            Ok(Some(abroad)) => return self.settle_abroad(&abroad, mark, pause).await,
            // An account that cannot be entered now says nothing of what was made in it.
            Err(_) => return Settle::NotYet { after: pause },
            Ok(None) => {}
        }
        let settled = match &deed.planned.step {
            Step::CreateSet { .. } => self.set_is_whole(deed, mark, pause).await,
            Step::CopySet { to, .. } => copies_are_whole(deed, to, mark).await,
            Step::MakeImage { .. } => self.image_is_ready(deed, mark, pause).await,
            Step::CreateDisk { .. } => disk_is(deed, mark, Wanted::Free).await,
            Step::AttachDisk { .. } => disk_is(deed, mark, Wanted::Attached).await,
            Step::DropDisk { .. } => disk_is(deed, mark, Wanted::Gone).await,
            Step::StopMachine { machine, .. } => machine_is_stopped(deed, machine).await,
            Step::PutTags { .. }
            | Step::EndLoan { .. }
            | Step::DeleteSnapshot { .. }
            | Step::DeleteImage { .. }
            | Step::CreateAlarm { .. }
            | Step::DeleteAlarm { .. }
            | Step::CreateTarget { .. }
            | Step::DeleteMachine { .. }
            | Step::DeleteDisk { .. }
            | Step::ReleaseAddress { .. }
            | Step::RunBeside { .. } => Ok(Look::Ready(mark.to_owned())),
        };
        match settled {
            Ok(Look::Ready(note)) => Settle::Ready { note },
            Ok(Look::Broken(why)) => Settle::Failed { why },
            // A look that failed says nothing of the thing itself.
            Ok(Look::NotYet) | Err(_) => Settle::NotYet { after: pause },
        }
    }

    /// Returns how long to wait for the next look at what a step made; `None` before the first one.
    fn pause(&self, deed: &Deed<'_>) -> Option<Duration> {
        let now = self.clock.monotonic();
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(since) = since.get(&deed.job.place).copied() else {
            since.insert(deed.job.place, now);
            return None;
        };
        Some((now.saturating_sub(since) / 4).clamp(PAUSES.0, PAUSES.1))
    }

    async fn set_is_whole(
        &self,
        deed: &Deed<'_>,
        mark: &str,
        pause: Duration,
    ) -> Result<Look, CloudError> {
        let spot = &deed.planned.spot;
        let (snapshots, purpose) = (marked(mark), For::Readiness(pause));
        if snapshots.is_empty() {
            return Ok(broken("the journal does not say what was made".to_owned()));
        }
        for id in snapshots.values() {
            let look = self.glances.snapshot(deed.provider, spot, id, purpose);
            // One that is not there may only not be seen yet; the flow's patience ends it.
            let Some(snapshot) = look.await? else {
                return Ok(Look::NotYet);
            };
            match snapshot.state {
                CopyState::Ready => {}
                CopyState::Failed => return Ok(broken(format!("the snapshot {id} failed"))),
                CopyState::Pending | CopyState::Other(_) => {
                    return Ok(Look::NotYet);
                }
            }
        }
        for id in snapshots.values() {
            self.glances.ready(spot, id);
        }
        let ids: Vec<&str> = snapshots.values().map(ResourceId::as_str).collect();
        Ok(ready(&ids.join(", ")))
    }

    async fn image_is_ready(
        &self,
        deed: &Deed<'_>,
        mark: &str,
        pause: Duration,
    ) -> Result<Look, CloudError> {
        let (spot, id) = (&deed.planned.spot, ResourceId::new(mark));
        let purpose = For::Readiness(pause);
        let look = self.glances.image(deed.provider, spot, &id, purpose);
        let Some(image) = look.await? else {
            return Ok(Look::NotYet);
        };
        Ok(match image.state {
            CopyState::Ready => {
                self.glances.ready(spot, &id);
                ready(mark)
            }
            CopyState::Failed => broken(format!("the image {id} failed")),
            CopyState::Pending | CopyState::Other(_) => Look::NotYet,
        })
    }
}

/// What a look at the thing made found.
enum Look {
    Ready(String),
    NotYet,
    Broken(String),
}

async fn copies_are_whole(deed: &Deed<'_>, to: &RegionId, mark: &str) -> Result<Look, CloudError> {
    let Some(port) = deed.provider.copies() else {
        return Ok(Look::NotYet);
    };
    let ids: Vec<ResourceId> = marked(mark).into_values().collect();
    let found = port.snapshots_by_id(to, &ids).await?;
    if let Some(bad) = found.iter().find(|it| it.state == CopyState::Failed) {
        return Ok(broken(format!("the copy {} failed", bad.id)));
    }
    let whole = found.iter().filter(|it| it.state == CopyState::Ready);
    if whole.count() < ids.len() {
        return Ok(Look::NotYet);
    }
    let ids: Vec<&str> = ids.iter().map(ResourceId::as_str).collect();
    Ok(ready(&ids.join(", ")))
}

/// What a disk is to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// On no machine, and whole.
    Free,
    /// On a machine.
    Attached,
    /// Off its machine, and then gone.
    Gone,
}

async fn disk_is(deed: &Deed<'_>, mark: &str, wanted: Wanted) -> Result<Look, CloudError> {
    let (Some(disks), Some(copies)) = (deed.provider.disks(), deed.provider.copies()) else {
        return Ok(Look::NotYet);
    };
    let id = ResourceId::new(mark);
    let found = disks.disks_by_id(deed.region(), std::slice::from_ref(&id));
    let Some(disk) = found.await?.into_iter().find(|it| it.id == id) else {
        return Ok(match wanted {
            Wanted::Gone => ready(mark),
            Wanted::Free | Wanted::Attached => Look::NotYet,
        });
    };
    Ok(match (wanted, &disk.state) {
        (Wanted::Free, DiskState::Unattached) | (Wanted::Attached, DiskState::Attached(_)) => {
            ready(mark)
        }
        (Wanted::Gone, DiskState::Unattached) => {
            copies.delete_disk(deed.region(), &id).await?;
            Look::NotYet
        }
        _ => Look::NotYet,
    })
}

async fn machine_is_stopped(deed: &Deed<'_>, id: &ResourceId) -> Result<Look, CloudError> {
    let Some(port) = deed.provider.machines() else {
        return Ok(Look::NotYet);
    };
    let found = port.machines_by_id(deed.region(), std::slice::from_ref(id));
    let machine = found.await?.into_iter().find(|it| it.id == *id);
    Ok(match machine.map(|it| it.state) {
        None | Some(MachineState::Stopped) => ready(id.as_str()),
        Some(_) => Look::NotYet,
    })
}

fn ready(note: &str) -> Look {
    Look::Ready(note.to_owned())
}

fn broken(why: String) -> Look {
    Look::Broken(why)
}
