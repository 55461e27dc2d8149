//! Turns the steps of a plan into calls of the clouds' ports.
//!
//! Invariant: what destroys is looked at once more, by id, just before; what is not as the plan says
//! it is stays.
//! Invariant: what makes is looked for, by its tag or name, before it is made a second time.

mod acts;
mod checks;
mod glances;
mod lending;
mod remnants;
mod settling;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use base::Clock;
use cloud::{CloudError, Copies, ErrorKind, ImageMaking, MachineChanges, Provider};
use duty::{Limits, Planned, Step};
use flow::{Act, Begun, Check, Job, Made, Settle, StepRunner, Undo};
use model::{AccountId, RegionId, ResourceId};

use self::glances::Glances;
use crate::observe::Clouds;

/// How long what was made may stay out of sight before it is held that it was not made: AWS speaks of
/// seconds that grow to minutes.
const OUT_OF_SIGHT: Duration = Duration::from_secs(60);
/// How long to wait for a disk or a region that had too much of late.
const BREATHER: Duration = Duration::from_secs(15);

/// The steps of a run by their places.
pub(crate) type Steps<'p> = BTreeMap<usize, &'p Planned>;

/// Does the steps of one run.
pub(crate) struct Doer<'p> {
    clouds: Clouds,
    clock: Arc<dyn Clock>,
    limits: BTreeMap<AccountId, Limits>,
    /// Read once: a step is asked after again and again.
    planned: Steps<'p>,
    glances: Glances,
    /// What this process has lent, and to which account: a tag says it, too, and may not be seen yet.
    lent: Mutex<BTreeSet<(ResourceId, String)>>,
    /// When a step was first looked for after its answer was lost.
    lost: Mutex<BTreeMap<usize, Duration>>,
    /// When it was first looked whether what a step made is ready.
    since: Mutex<BTreeMap<usize, Duration>>,
}

/// Where and how one step is done.
pub(crate) struct Deed<'a> {
    job: &'a Job,
    planned: &'a Planned,
    provider: &'a dyn Provider,
}

impl Deed<'_> {
    fn region(&self) -> &RegionId {
        &self.planned.spot.region
    }

    fn copies(&self) -> Result<&dyn Copies, String> {
        self.provider
            .copies()
            .ok_or_else(|| lacks(self.provider, "snapshots"))
    }

    fn image_making(&self) -> Result<&dyn ImageMaking, String> {
        self.provider
            .image_making()
            .ok_or_else(|| lacks(self.provider, "images"))
    }

    fn machine_changes(&self) -> Result<&dyn MachineChanges, String> {
        self.provider
            .machine_changes()
            .ok_or_else(|| lacks(self.provider, "machines"))
    }

    fn alarms(&self) -> Result<&dyn cloud::Alarms, String> {
        self.provider
            .alarms()
            .ok_or_else(|| lacks(self.provider, "alarms"))
    }
}

fn lacks(provider: &dyn Provider, what: &str) -> String {
    format!(
        "{} of {} cannot be changed by this program",
        what,
        provider.cloud()
    )
}

impl<'p> Doer<'p> {
    /// Returns one that does `planned` in the clouds of the accounts.
    pub(crate) fn new(
        clouds: Clouds,
        clock: Arc<dyn Clock>,
        limits: BTreeMap<AccountId, Limits>,
        planned: Steps<'p>,
    ) -> Self {
        Self {
            clouds,
            glances: Glances::of(planned.values().copied(), clock.clone()),
            clock,
            limits,
            planned,
            lent: Mutex::default(),
            lost: Mutex::default(),
            since: Mutex::default(),
        }
    }

    /// Finds what a job is to do, and who is to do it.
    fn deed<'a>(&'a self, job: &'a Job) -> Result<Deed<'a>, String> {
        let Some(planned) = self.planned.get(&job.place).copied() else {
            return Err("the journal's step cannot be read".to_owned());
        };
        let account = &planned.spot.account;
        let Some(provider) = self.clouds.get(account) else {
            return Err(format!("the account {account} could not be entered"));
        };
        Ok(Deed {
            job,
            provider: &**provider,
            planned,
        })
    }

    /// Returns how long ago the answer to a step was lost, as far as this process knows.
    fn since_lost(&self, job: &Job) -> Duration {
        let now = self.clock.monotonic();
        let since = *self.lost().entry(job.place).or_insert(now);
        now.saturating_sub(since)
    }

    fn lost(&self) -> MutexGuard<'_, BTreeMap<usize, Duration>> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl StepRunner for Doer<'_> {
    fn other_lane(&self, job: &Job) -> Option<String> {
        let planned = self.planned.get(&job.place)?;
        Some(planned.step.other()?.account.to_string())
    }

    async fn check(&self, job: &Job) -> Check {
        match self.deed(job) {
            Ok(deed) => self.check_deed(&deed).await,
            Err(why) => Check::Unseen { why },
        }
    }

    async fn act(&self, job: &Job, begun: Begun, made: &Made) -> Act {
        let deed = match self.deed(job) {
            Ok(deed) => deed,
            Err(why) => return Act::Failed { why },
        };
        let act = match begun {
            Begun::Fresh => self.act_deed(&deed, begun, made).await,
            Begun::Again => match self.left_behind(&deed).await {
                Ok(Some(mark)) => {
                    self.glances.done(deed.planned, &mark);
                    return Act::Made { mark };
                }
                // It may be there and not be seen yet.
                Ok(None) if deed.is_tokenless() && self.since_lost(job) < OUT_OF_SIGHT => {
                    return Act::Later {
                        why: "an earlier attempt may have made it, and is looked for".to_owned(),
                        after: BREATHER,
                    };
                }
                Ok(None) => {
                    // Should this answer be lost as well, it is looked for as long again.
                    self.lost().remove(&job.place);
                    self.act_deed(&deed, begun, made).await
                }
                Err(error) => return unclear(&error),
            },
        };
        match act {
            Ok(mark) => {
                self.glances.done(deed.planned, &mark);
                Act::Made { mark }
            }
            Err(not) => not,
        }
    }

    async fn settle(&self, job: &Job, mark: &str) -> Settle {
        match self.deed(job) {
            Ok(deed) => self.settle_deed(&deed, mark).await,
            // An account that cannot be entered now says nothing of what was made in it.
            Err(_) => Settle::NotYet { after: BREATHER },
        }
    }

    async fn undo(&self, job: &Job, _mark: &str) -> Undo {
        let Ok(deed) = self.deed(job) else {
            return Undo::Stays;
        };
        match self.abroad(&deed) {
            Ok(Some(abroad)) => self.undo_abroad(&abroad).await,
            Err(why) => Undo::Failed { why },
            // What was made and is not right carries our tag: the next plan sees it, and a person may.
            Ok(None) => Undo::Stays,
        }
    }
}

impl Deed<'_> {
    /// Returns whether the cloud has no token by which twice is once.
    fn is_tokenless(&self) -> bool {
        matches!(
            self.planned.step,
            Step::CreateSet { .. }
                | Step::CopySet { .. }
                | Step::MakeImage { .. }
                | Step::CreateDisk { .. }
                | Step::RunBeside { .. }
        )
    }
}

/// Sorts an error of a change by what is certain about it.
fn not_done(error: &CloudError) -> Act {
    let why = base::chain(error);
    match &error.kind {
        ErrorKind::Busy | ErrorKind::Unanswered | ErrorKind::Undecodable => Act::Unclear { why },
        ErrorKind::Throttled { retry_after } => Act::Later {
            why,
            after: retry_after.unwrap_or(BREATHER),
        },
        ErrorKind::TryLater | ErrorKind::Unsent => Act::Later {
            why,
            after: BREATHER,
        },
        _ => Act::Failed { why },
    }
}

/// What is said when it could not even be looked for.
fn unclear(error: &CloudError) -> Act {
    Act::Unclear {
        why: base::chain(error),
    }
}

/// The mark of one thing.
fn one(id: &ResourceId) -> String {
    id.as_str().to_owned()
}

/// The mark of several things by what each is of.
fn several(all: &BTreeMap<ResourceId, ResourceId>) -> String {
    let all: BTreeMap<&str, &str> = all.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    serde_json::to_string(&all).unwrap_or_default()
}

/// Reads the mark of several things.
fn marked(mark: &str) -> BTreeMap<ResourceId, ResourceId> {
    let all: BTreeMap<String, String> = serde_json::from_str(mark).unwrap_or_default();
    let all = all.into_iter();
    all.map(|(a, b)| (ResourceId::new(a), ResourceId::new(b)))
        .collect()
}
