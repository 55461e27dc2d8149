//! Plans what a duty wants changed, and applies it.
//!
//! Invariant: nothing is changed that a fresh look, a plan made of it, its guard and the journal have
//! not passed. A plan of yesterday's file is held against today's: what is not wanted any more, or
//! was never wanted, is not done.

mod narrow;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use duty::{Approved, Backlog, BadFile, Limits, PlanFile, Planned, Refusal, guard};
use flow::{Fate, FlowError, Job, JobOutcome};
use jiff::SignedDuration;
use model::AccountId;
use store::{JournalRecord, RunId, StoreError};

use self::narrow::{kept, narrowed, twins};
use crate::doing::Doer;
use crate::exit::Exit;
use crate::observe::Clouds;
use crate::outcome::Outcome;
use crate::run::{Looked, RunRequest, Tell, Warden};

/// How old a run may be that is finished without a person's word.
const RESUMED_UNASKED: SignedDuration = SignedDuration::from_hours(24);

/// What a duty wants changed now, and what may be done of it.
#[derive(Debug)]
pub struct Planning {
    /// The look it rests on.
    pub outcome: Outcome,
    /// What may be done.
    pub approved: Approved,
    /// What may not, and why.
    pub refusals: Vec<Refusal>,
    /// Who the clouds say the accounts are.
    pub identities: BTreeMap<AccountId, String>,
}

impl Planning {
    /// Returns everything that holds, for exit code and JSON; pending changes are left to who asked.
    #[must_use]
    pub fn exits(&self) -> Vec<Exit> {
        let mut exits = self.outcome.exits();
        if !self.refusals.is_empty() {
            exits.push(Exit::Refused);
        }
        exits
    }

    /// Returns the plan as a file.
    #[must_use]
    pub fn file(&self) -> PlanFile {
        let identities = self.identities.iter();
        let identities = identities.map(|(account, number)| (account.to_string(), number.clone()));
        PlanFile::new(self.approved.plan().clone(), identities.collect())
    }
}

/// How changes are to be applied.
pub struct ApplyRequest<'a> {
    /// The duty, and how it looks; its people are told afterwards, of a look of its own.
    pub run: RunRequest<'a>,
    /// Whether more than retention's daily number may go, once.
    pub backlog: Backlog,
    /// Only what stands in this file, which somebody vouches for, is done.
    pub file: Option<&'a PlanFile>,
    /// Who is asked before anything is done.
    pub confirm: &'a dyn Confirm,
}

/// Is asked before anything is changed.
pub trait Confirm: Send + Sync {
    /// Returns whether the plan is to be done.
    fn confirms(&self, planning: &Planning) -> bool;
}

/// What became of a plan.
#[derive(Debug)]
pub struct Applied {
    /// What was finished first, of runs of the duty that had been cut off.
    pub resumed: Vec<(Planned, Fate)>,
    /// The plan.
    pub planning: Planning,
    /// Each of its steps that passed the guard, with what became of it.
    pub steps: Vec<(Planned, Fate)>,
    /// Steps of the file that are not wanted any more, and were not done.
    pub moved: Vec<Planned>,
    /// What people were told afterwards, when they were to be told.
    pub told: Option<Arc<Outcome>>,
}

impl Applied {
    /// Returns everything that holds, for exit code and JSON.
    #[must_use]
    pub fn exits(&self) -> Vec<Exit> {
        let mut exits = self.planning.exits();
        if let Some(told) = &self.told {
            exits.extend(told.exits());
        }
        let steps = self.resumed.iter().chain(&self.steps);
        exits.extend(exits_of(steps.map(|(_, fate)| fate)));
        if !self.moved.is_empty() {
            exits.push(Exit::Refused);
        }
        let mut once = BTreeSet::new();
        exits.retain(|it| once.insert(it.code()));
        exits
    }
}

/// Why nothing was applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The store failed; nothing that it has no record of was begun.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal refused, or somebody else is at work in the account.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// The file is not taken.
    #[error("the plan file is refused: {0}")]
    File(#[from] BadFile),
    /// The duty changes nothing.
    #[error("{duty} makes no plans")]
    NoPlan {
        /// Which.
        duty: String,
    },
    /// Whoever was asked said no.
    #[error("nothing was done: it was not confirmed")]
    Declined,
    /// There is no such run, or nothing of it is left to be done.
    #[error("run {run} has nothing that could be resumed")]
    NothingLeft {
        /// Which.
        run: String,
    },
}

impl Warden {
    /// Observes, assesses, plans and guards; changes nothing in any cloud.
    ///
    /// # Errors
    ///
    /// When the store fails, or the duty makes no plans.
    pub async fn plan(
        &self,
        request: &RunRequest<'_>,
        backlog: Backlog,
    ) -> Result<Planning, ApplyError> {
        let (run, _, planning) = self.planned(request, backlog, "plan").await?;
        self.finish(&run, &planning.outcome, &planning.exits())
            .await?;
        Ok(planning)
    }

    /// Looks afresh, plans, guards, asks, and does what passed.
    ///
    /// # Errors
    ///
    /// When the store fails, the file is not taken, somebody else is at work in an account, or the
    /// plan was not confirmed. Once anything was begun, what became of it is in the answer.
    pub async fn apply(&self, request: &ApplyRequest<'_>) -> Result<Applied, ApplyError> {
        if let Some(file) = request.file {
            file.check_age(self.clock.now())?;
        }
        // People are told of how it is afterwards.
        let look = RunRequest {
            tell: Tell::Nobody,
            progress: request.run.progress.clone(),
            ..request.run
        };
        let resumed = self.resume_cut_off(&look).await?;
        let (run, clouds, planning) = self.planned(&look, request.backlog, "apply").await?;
        let limits = |it: &AccountId| limits(&look, request.backlog, it);
        let (planning, moved) = match request.file {
            Some(file) => {
                file.check_identities(&planning.identities)?;
                narrowed(planning, file, limits)
            }
            None => (planning, Vec::new()),
        };
        if !planning.approved.is_empty() && !request.confirm.confirms(&planning) {
            self.finish(&run, &planning.outcome, &[Exit::Refused])
                .await?;
            return Err(ApplyError::Declined);
        }
        let steps = self.done(&run, clouds, &planning, limits).await?;
        let mut applied = Applied {
            resumed,
            planning,
            steps,
            moved,
            told: None,
        };
        let exits = applied.exits();
        self.finish(&run, &applied.planning.outcome, &exits).await?;
        if request.run.tell == Tell::People {
            applied.told = Some(self.run(&request.run).await?);
        }
        Ok(applied)
    }

    /// Goes on with a run that was cut off, by its journal alone: nothing is planned anew.
    ///
    /// # Errors
    ///
    /// As [`Warden::apply`].
    pub async fn resume(
        &self,
        request: &RunRequest<'_>,
        run: &RunId,
    ) -> Result<Vec<(Planned, Fate)>, ApplyError> {
        let journaled = self.db.journal_list(run).await?;
        if journaled.iter().all(|it| it.end.is_some()) {
            return Err(ApplyError::NothingLeft {
                run: run.to_string(),
            });
        }
        let planned: BTreeMap<usize, Planned> = journaled.iter().filter_map(read_again).collect();
        drop(journaled);
        let mut looked = Box::pin(self.look(request, "resume")).await?;
        self.record_unheard(&looked.memory.findings, &looked.outcome.known)
            .await?;
        looked.outcome.census.forget_rows();
        let limits = limits_of(planned.values(), |it| limits(request, Backlog::Refused, it));
        let steps = planned.iter().map(|(place, it)| (*place, it)).collect();
        let doer = Doer::new(looked.clouds, self.clock.clone(), limits, steps);
        let outcomes = flow::resume(&self.db, &self.clock, &doer, run).await?;
        drop(doer);
        let steps = with_fates(outcomes, planned);
        let mut exits = looked.outcome.exits();
        exits.extend(exits_of(steps.iter().map(|(_, fate)| fate)));
        self.finish(&looked.run, &looked.outcome, &exits).await?;
        // The run that was cut off ends with what became of it at last.
        self.finish(run, &looked.outcome, &exits).await?;
        Ok(steps)
    }

    /// Finishes what runs of the duty had begun when they were cut off. One that somebody is still at
    /// is left to them, and an old one to a person: the world has moved on.
    async fn resume_cut_off(
        &self,
        request: &RunRequest<'_>,
    ) -> Result<Vec<(Planned, Fate)>, ApplyError> {
        let mut resumed = Vec::new();
        for cut in self.db.journal_unfinished().await? {
            let age = self.clock.now().duration_since(cut.started);
            if cut.duty != request.duty.name() || age > RESUMED_UNASKED {
                continue;
            }
            match self.resume(request, &cut.run).await {
                Ok(steps) => resumed.extend(steps),
                Err(ApplyError::Flow(FlowError::Busy { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(resumed)
    }

    /// Looks, plans and guards; what was seen and found is recorded.
    async fn planned(
        &self,
        request: &RunRequest<'_>,
        backlog: Backlog,
        mode: &str,
    ) -> Result<(RunId, Clouds, Planning), ApplyError> {
        let duty = request.duty;
        let Looked {
            run,
            memory,
            clouds,
            mut outcome,
            ..
        } = Box::pin(self.look(request, mode)).await?;
        self.record_unheard(&memory.findings, &outcome.known)
            .await?;
        let plan = duty.plan(&outcome.census, &memory, outcome.now);
        let plan = plan.ok_or_else(|| ApplyError::NoPlan {
            duty: duty.name().to_owned(),
        })?;
        // All that is known of the estate is in the plan now, and its doing may take hours.
        drop(memory);
        outcome.census.forget_rows();
        let twins = twins(&outcome);
        let plan = match twins.is_empty() {
            true => plan,
            false => kept(&plan, |it| !twins.contains(&it.spot.account)),
        };
        let (approved, refusals) = guard(plan, |it| limits(request, backlog, it));
        let planning = Planning {
            identities: identities(&outcome),
            outcome,
            approved,
            refusals,
        };
        Ok((run, clouds, planning))
    }

    /// Does what passed the guard.
    async fn done(
        &self,
        run: &RunId,
        clouds: Clouds,
        planning: &Planning,
        limits: impl Fn(&AccountId) -> Limits,
    ) -> Result<Vec<(Planned, Fate)>, ApplyError> {
        let jobs: Vec<Job> = planning
            .approved
            .steps()
            .map(|(place, token, planned)| job(place, token.as_str(), planned))
            .collect();
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let steps = &planning.approved.plan().steps;
        let limits = limits_of(steps, limits);
        let planned = steps.iter().enumerate().collect();
        let doer = Doer::new(clouds, self.clock.clone(), limits, planned);
        let outcomes = flow::apply(&self.db, &self.clock, &doer, run, &jobs).await?;
        drop((doer, jobs));
        let done: BTreeSet<usize> = outcomes.iter().map(|it| it.place).collect();
        let steps = steps.iter().cloned().enumerate();
        let steps = steps.filter(|(place, _)| done.contains(place)).collect();
        Ok(with_fates(outcomes, steps))
    }
}

/// Returns what holds of steps that were done, refused, or not done.
fn exits_of<'a>(fates: impl Iterator<Item = &'a Fate>) -> Vec<Exit> {
    let mut exits = BTreeMap::new();
    for fate in fates {
        let exit = match fate {
            Fate::Done { .. } => continue,
            Fate::Refused { .. } => Exit::Refused,
            Fate::Undone { .. }
            | Fate::Waited { .. }
            | Fate::Unbegun { .. }
            | Fate::Open { .. } => Exit::Internal,
        };
        exits.insert(exit.code(), exit);
    }
    exits.into_values().collect()
}

/// Returns how much may be done at once in an account.
fn limits(request: &RunRequest<'_>, backlog: Backlog, account: &AccountId) -> Limits {
    Limits {
        backlog,
        ..request.duty.limits(account)
    }
}

fn job(place: usize, token: &str, planned: &Planned) -> Job {
    // Texts, numbers and maps keyed by texts: nothing here that JSON cannot say.
    let mut body = serde_json::to_string(planned).unwrap_or_default();
    body.shrink_to_fit();
    Job {
        place,
        token: token.to_owned(),
        lane: planned.spot.account.to_string(),
        region: planned.spot.region.to_string(),
        step: planned.step.word().to_owned(),
        subject: planned.step.subject(),
        after: planned.after.clone(),
        body,
    }
}

fn with_fates(
    outcomes: Vec<JobOutcome>,
    mut planned: BTreeMap<usize, Planned>,
) -> Vec<(Planned, Fate)> {
    let outcomes = outcomes.into_iter();
    outcomes
        .filter_map(|it| Some((planned.remove(&it.place)?, it.fate)))
        .collect()
}

/// Reads a step from its journal; one that cannot be read is not done.
fn read_again(record: &JournalRecord) -> Option<(usize, Planned)> {
    let step = &record.step;
    match serde_json::from_str(&step.body) {
        Ok(planned) => Some((step.place, planned)),
        Err(error) => {
            tracing::error!(
                "the journal's step {} ({} of {}) cannot be read: {error}",
                step.place,
                step.step,
                step.subject,
            );
            None
        }
    }
}

/// Returns how much may be done at once in each account that steps are in.
fn limits_of<'a>(
    steps: impl IntoIterator<Item = &'a Planned>,
    limits: impl Fn(&AccountId) -> Limits,
) -> BTreeMap<AccountId, Limits> {
    let mut all = BTreeMap::new();
    for it in steps {
        let account = &it.spot.account;
        if !all.contains_key(account) {
            all.insert(account.clone(), limits(account));
        }
    }
    all
}

/// Returns the number of each account that said who it is.
fn identities(outcome: &Outcome) -> BTreeMap<AccountId, String> {
    let accounts = outcome.census.accounts.iter();
    accounts
        .filter_map(|(account, sight)| {
            let identity = sight.identity.seen()?.get();
            Some((account.clone(), identity.account.clone()))
        })
        .collect()
}

#[cfg(test)]
mod tests;
