//! What every adapter keeps to when it changes something: once, whatever becomes of the answer, and
//! never said to be done when it was not.
//!
//! A test says how to make a [`ChangingStage`]: a provider, what can be changed there, and a far side
//! that counts what was done and can be made to misbehave. [`slips`] plays every scene on a stage of
//! its own and returns what was not kept to; a test asserts that there is none.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use model::{AlarmOrder, CopyOrder, ImageOrder, RegionId, ResourceId, SetOrder, Tags};

use crate::error::{CloudError, ErrorKind};
use crate::ports::{BesideOrder, DiskOrder, Provider, Removal, Taggable};

/// Something that an adapter may be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// [`crate::Copies::create_set`].
    CreateSet,
    /// [`crate::Copies::copy_snapshot`].
    CopySnapshot,
    /// [`crate::Copies::create_disk`].
    CreateDisk,
    /// [`crate::ImageMaking::make_image`].
    MakeImage,
    /// [`crate::MachineChanges::run_beside`].
    RunBeside,
    /// [`crate::Alarms::create_alarm`].
    CreateAlarm,
    /// [`crate::Copies::delete_snapshot`] of one that nothing holds.
    DeleteSnapshot,
    /// [`crate::Copies::delete_disk`] of one that is on no machine.
    DeleteDisk,
    /// [`crate::ImageMaking::delete_image`], without its snapshots.
    DeleteImage,
    /// [`crate::MachineChanges::delete_machine`] of one that is stopped.
    DeleteMachine,
    /// [`crate::MachineChanges::release_address`] of one that nothing uses.
    ReleaseAddress,
    /// [`crate::Alarms::delete_alarm`].
    DeleteAlarm,
    /// [`crate::MachineChanges::put_tags`] on a machine.
    PutTags,
}

impl Deed {
    /// Everything there is.
    pub const ALL: [Self; 13] = [
        Self::CreateSet,
        Self::CopySnapshot,
        Self::CreateDisk,
        Self::MakeImage,
        Self::RunBeside,
        Self::CreateAlarm,
        Self::DeleteSnapshot,
        Self::DeleteDisk,
        Self::DeleteImage,
        Self::DeleteMachine,
        Self::ReleaseAddress,
        Self::DeleteAlarm,
        Self::PutTags,
    ];
}

/// What a [`Deed`] is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// A set; its disks are on its machine.
    Set(SetOrder),
    /// A copy in the region that is named.
    Copy(RegionId, CopyOrder),
    /// A disk; its tags name a step.
    Disk(DiskOrder),
    /// An image of snapshots that are whole.
    Image(ImageOrder),
    /// A machine beside another; its tags name a step.
    Beside(BesideOrder),
    /// An alarm.
    Alarm(AlarmOrder),
    /// Something that is there, and may go.
    Thing(ResourceId),
    /// Tags for a machine.
    Tags(ResourceId, Tags),
}

impl Order {
    /// Returns how many things are made by it, or removed.
    fn many(&self) -> usize {
        match self {
            Self::Set(order) => order.disks.len(),
            _ => 1,
        }
    }
}

/// How the far side misbehaves when it is asked to do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// It refuses so many calls for their number, then serves.
    Throttled {
        /// How many.
        calls: u32,
    },
    /// It does what one call asks for, and the answer is lost.
    LostAnswer,
    /// Every call fails with an error of the cloud's own, before anything is done.
    Down,
    /// The key has no right to do it, and the cloud says so.
    Denied,
    /// Something between us and the cloud answers every call with its own page, and status 200.
    LogInPage,
}

/// A provider over a far side on which something can be done, that counts what was done, and that can
/// be made to misbehave.
#[async_trait]
pub trait ChangingStage: Send + Sync {
    /// Returns the provider.
    fn provider(&self) -> Arc<dyn Provider>;

    /// Returns the region in which things are changed.
    fn region(&self) -> RegionId;

    /// Returns what a deed is about, with all that it needs in place; `None` where the cloud has no
    /// such thing.
    async fn order(&self, deed: Deed) -> Option<Order>;

    /// Returns how many things were made by a deed, or removed, since its order was given.
    fn done(&self, deed: Deed) -> usize;

    /// Lets the calls that do the deed go wrong from now on; those that only read are served.
    async fn mishap(&self, deed: Deed, mishap: Mishap);

    /// Lets the far side behave again.
    async fn calm(&self);
}

/// Something that an adapter does not keep to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    /// When it was asked to do this.
    pub deed: Deed,
    /// What the rule is.
    pub rule: &'static str,
    /// What was seen instead.
    pub saw: String,
}

impl fmt::Display for Slip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}; saw {}", self.deed, self.rule, self.saw)
    }
}

/// What an adapter said of a deed.
type Said = Result<Answer, CloudError>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    Done,
    Removal(Removal),
}

/// What is known after a scene.
struct Seen<'a> {
    order: &'a Order,
    said: &'a Said,
    done: usize,
    /// How many the adapter itself finds by their mark; `None` where it is not asked for such.
    found: Option<usize>,
}

impl Seen<'_> {
    fn is_done_once(&self) -> bool {
        self.done == self.order.many() && self.found.is_none_or(|it| it == self.order.many())
    }

    fn says_done(&self) -> bool {
        matches!(self.said, Ok(Answer::Done | Answer::Removal(Removal::Gone)))
    }

    fn says_gone(&self) -> bool {
        matches!(
            self.said,
            Ok(Answer::Done | Answer::Removal(Removal::Gone | Removal::WasGone))
        )
    }

    fn fails_with(&self, is_it: fn(&ErrorKind) -> bool) -> bool {
        matches!(self.said, Err(error) if is_it(&error.kind))
    }
}

/// One rule: a mishap, and what holds all the same.
struct Scene {
    rule: &'static str,
    mishap: Option<Mishap>,
    holds: fn(&Seen<'_>) -> bool,
}

const SCENES: &[Scene] = &[
    Scene {
        rule: "what is asked for is done, and once",
        mishap: None,
        holds: |it| it.says_done() && it.is_done_once(),
    },
    Scene {
        rule: "what was refused for the number of calls has not happened, and is asked again",
        mishap: Some(Mishap::Throttled { calls: 2 }),
        holds: |it| it.says_done() && it.is_done_once(),
    },
    Scene {
        rule: "a lost answer does not make it happen twice, and its mark tells of it",
        mishap: Some(Mishap::LostAnswer),
        holds: |it| {
            let says_so = it.says_gone() || it.fails_with(|it| *it == ErrorKind::Unanswered);
            says_so && it.is_done_once()
        },
    },
    Scene {
        rule: "a far side that is down has done nothing, and nothing is said to be done",
        mishap: Some(Mishap::Down),
        holds: |it| it.said.is_err() && it.done == 0,
    },
    Scene {
        rule: "a missing right is named as such, and nothing is done",
        mishap: Some(Mishap::Denied),
        holds: |it| it.fails_with(|it| matches!(it, ErrorKind::Denied { .. })) && it.done == 0,
    },
    Scene {
        rule: "a log-in page does not say that it was done",
        mishap: Some(Mishap::LogInPage),
        holds: |it| it.said.is_err(),
    },
];

/// Plays every scene with everything that can be done, each on a stage that `make` gives, and returns
/// what was not kept to.
pub async fn slips<S, M, F>(make: M) -> Vec<Slip>
where
    S: ChangingStage,
    M: Fn() -> F,
    F: Future<Output = S>,
{
    let mut slips = Vec::new();
    for deed in Deed::ALL {
        for scene in SCENES {
            let stage = make().await;
            let Some(order) = stage.order(deed).await else {
                break;
            };
            if let Some(mishap) = scene.mishap {
                stage.mishap(deed, mishap).await;
            }
            let said = act(&stage, deed, &order).await;
            stage.calm().await;
            let seen = Seen {
                order: &order,
                said: &said,
                done: stage.done(deed),
                found: found(&stage, &order).await,
            };
            if !(scene.holds)(&seen) {
                let saw = told(&seen);
                let rule = scene.rule;
                slips.push(Slip { deed, rule, saw });
            }
        }
        let stage = make().await;
        slips.extend(twice(&stage, deed).await);
    }
    slips
}

/// Doing it twice: what has a name of its own is there already, and what went is gone.
async fn twice(stage: &dyn ChangingStage, deed: Deed) -> Option<Slip> {
    let order = stage.order(deed).await?;
    let (rule, holds): (_, fn(&Seen<'_>) -> bool) = match (deed, &order) {
        (Deed::CreateAlarm, _) => (
            "one of that name that is there is not made again, nor altered",
            |it| it.fails_with(|it| *it == ErrorKind::Exists) && it.is_done_once(),
        ),
        // A cloud that knows the token of the first one names that one.
        (Deed::MakeImage, _) => ("one of that name that is there is not made again", |it| {
            let exists = it.fails_with(|it| *it == ErrorKind::Exists);
            (exists || it.says_done()) && it.is_done_once()
        }),
        (_, Order::Thing(_)) => ("what is gone was gone", |it| {
            *it.said.as_ref().unwrap_or(&Answer::Done) == Answer::Removal(Removal::WasGone)
                && it.is_done_once()
        }),
        (Deed::PutTags, _) => ("tags that are there are put on all the same", |it| {
            it.says_done()
        }),
        _ => return None,
    };
    let first = act(stage, deed, &order).await;
    let said = match first {
        Ok(_) => act(stage, deed, &order).await,
        failed => failed,
    };
    let seen = Seen {
        order: &order,
        said: &said,
        done: stage.done(deed),
        found: found(stage, &order).await,
    };
    let saw = told(&seen);
    (!holds(&seen)).then_some(Slip { deed, rule, saw })
}

fn told(seen: &Seen<'_>) -> String {
    let said = match seen.said {
        Ok(answer) => format!("{answer:?}"),
        Err(error) => error.to_string(),
    };
    let (done, many) = (seen.done, seen.order.many());
    let found = seen
        .found
        .map_or_else(String::new, |it| format!(", {it} found"));
    format!("{said}: {done} of {many} done{found}")
}

/// A port that is missing although there is something to do with it is found as a slip.
fn lacking(stage: &dyn ChangingStage) -> CloudError {
    let provider = stage.provider();
    let site = crate::error::CallSite {
        account: provider.account().clone(),
        place: model::Place::Region(stage.region()),
        operation: "none",
    };
    CloudError::new(site, ErrorKind::Invalid, "there is no port for it")
}

async fn act(stage: &dyn ChangingStage, deed: Deed, order: &Order) -> Said {
    let (provider, region) = (stage.provider(), &stage.region());
    let lacks = || lacking(stage);
    match order {
        Order::Set(order) => {
            let port = provider.copies().ok_or_else(lacks)?;
            port.create_set(region, order).await.map(|_| Answer::Done)
        }
        Order::Copy(to, order) => {
            let port = provider.copies().ok_or_else(lacks)?;
            port.copy_snapshot(to, order).await.map(|_| Answer::Done)
        }
        Order::Disk(order) => {
            let port = provider.copies().ok_or_else(lacks)?;
            port.create_disk(region, order).await.map(|_| Answer::Done)
        }
        Order::Image(order) => {
            let port = provider.image_making().ok_or_else(lacks)?;
            port.make_image(region, order).await.map(|_| Answer::Done)
        }
        Order::Beside(order) => {
            let port = provider.machine_changes().ok_or_else(lacks)?;
            port.run_beside(region, order).await.map(|_| Answer::Done)
        }
        Order::Alarm(order) => {
            let port = provider.alarms().ok_or_else(lacks)?;
            port.create_alarm(region, order).await.map(|_| Answer::Done)
        }
        Order::Tags(machine, tags) => {
            let port = provider.machine_changes().ok_or_else(lacks)?;
            let ids = std::slice::from_ref(machine);
            let put = port.put_tags(region, Taggable::Machine, ids, tags).await;
            put.map(|()| Answer::Done)
        }
        Order::Thing(id) => remove(stage, deed, id).await.map(Answer::Removal),
    }
}

async fn remove(
    stage: &dyn ChangingStage,
    deed: Deed,
    id: &ResourceId,
) -> Result<Removal, CloudError> {
    let (provider, region) = (stage.provider(), &stage.region());
    let lacks = || lacking(stage);
    match deed {
        Deed::DeleteSnapshot => {
            let port = provider.copies().ok_or_else(lacks)?;
            port.delete_snapshot(region, id).await
        }
        Deed::DeleteDisk => {
            let port = provider.copies().ok_or_else(lacks)?;
            port.delete_disk(region, id).await
        }
        Deed::DeleteImage => {
            let port = provider.image_making().ok_or_else(lacks)?;
            let removed = port.delete_image(region, id, &[]).await;
            removed.map(|it| it.0)
        }
        Deed::DeleteMachine => {
            let port = provider.machine_changes().ok_or_else(lacks)?;
            port.delete_machine(region, id).await
        }
        Deed::ReleaseAddress => {
            let port = provider.machine_changes().ok_or_else(lacks)?;
            port.release_address(region, id).await
        }
        Deed::DeleteAlarm => {
            let port = provider.alarms().ok_or_else(lacks)?;
            port.delete_alarm(region, id).await
        }
        _ => Err(lacking(stage)),
    }
}

/// Returns how many the adapter finds by their mark: as whoever did not hear the answer would look.
async fn found(stage: &dyn ChangingStage, order: &Order) -> Option<usize> {
    let (provider, region) = (stage.provider(), &stage.region());
    let set_of = model::SetId::of_tags;
    let step_of = |tags: &Tags| tags.get(model::STEP_TAG).cloned();
    let counted = match order {
        Order::Set(order) => {
            let all = provider.copies()?.of_set(region, &order.set).await;
            all.map(|it| it.len())
        }
        Order::Copy(to, order) => {
            let all = provider.copies()?.of_set(to, &set_of(&order.tags)?).await;
            all.map(|it| it.len())
        }
        Order::Disk(order) => {
            let mark = step_of(&order.tags)?;
            let all = provider.copies()?.disks_of_step(region, &mark).await;
            all.map(|it| it.len())
        }
        Order::Image(order) => {
            let set = set_of(&order.tags)?;
            let all = provider.image_making()?.images_of_set(region, &set).await;
            all.map(|it| it.len())
        }
        Order::Beside(order) => {
            let mark = step_of(&order.tags)?;
            let port = provider.machine_changes()?;
            let all = port.machines_of_step(region, &mark).await;
            all.map(|it| it.len())
        }
        Order::Alarm(order) => {
            let all = provider.alarms()?.alarms_named(region, &order.name).await;
            all.map(|it| it.len())
        }
        Order::Thing(_) | Order::Tags(..) => return None,
    };
    // A look that fails finds no number that anybody expects.
    Some(counted.unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests;
