//! The way through a run: claim the lanes, write everything down, do it, give the lanes back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base::Clock;
use store::{Db, JournalRecord, JournalStep, RunId, StoreError};

use crate::engine::{Engine, Tools};
use crate::error::FlowError;
use crate::job::{Job, JobOutcome, StepRunner};
use crate::lanes::Lanes;
use crate::patience::Patience;

/// Does the jobs of a run that was started in the store, and returns what became of each, in the order
/// of their places.
///
/// Dropping it is like the end of the process: whatever is under way is left where it is, and
/// [`resume`] goes on from the journal.
///
/// # Errors
///
/// When nothing was begun: the journal cannot be written, another process works in one of the lanes,
/// or the jobs do not fit together.
pub async fn apply(
    db: &Db,
    clock: &Arc<dyn Clock>,
    runner: &dyn StepRunner,
    run: &RunId,
    jobs: &[Job],
) -> Result<Vec<JobOutcome>, FlowError> {
    apply_patiently(db, clock, runner, run, jobs, &Patience::default()).await
}

/// Does the same as [`apply`], with another patience.
///
/// # Errors
///
/// See [`apply`].
pub async fn apply_patiently(
    db: &Db,
    clock: &Arc<dyn Clock>,
    runner: &dyn StepRunner,
    run: &RunId,
    jobs: &[Job],
    patience: &Patience,
) -> Result<Vec<JobOutcome>, FlowError> {
    check_fit(run, jobs)?;
    let lanes = lanes_of(runner, jobs);
    let lanes = Lanes::claim(db, &**clock, patience, run, lanes).await?;
    if let Err(refusal) = write_down(db, run, jobs).await {
        lanes.release(db).await;
        return Err(refusal);
    }
    let tools = Tools {
        db,
        clock,
        runner,
        run,
        patience,
    };
    let outcomes = Engine::new(tools, &lanes, jobs, &[]).work().await;
    lanes.release(db).await;
    Ok(outcomes)
}

/// Returns the lanes that jobs work in.
fn lanes_of(runner: &dyn StepRunner, jobs: &[Job]) -> BTreeSet<String> {
    let others = jobs.iter().filter_map(|it| runner.other_lane(it));
    jobs.iter()
        .map(|it| it.lane.clone())
        .chain(others)
        .collect()
}

/// Writes the jobs into the journal, which must not know the run yet.
async fn write_down(db: &Db, run: &RunId, jobs: &[Job]) -> Result<(), FlowError> {
    let unkept = |source| unkept(run, source);
    // Looked at with the lanes in hand: who shares the run with us shares them too.
    if !db.journal_list(run).await.map_err(unkept)?.is_empty() {
        return Err(FlowError::Misfit {
            run: run.clone(),
            why: "the journal has the run already: it can only be resumed".into(),
        });
    }
    let steps = jobs.iter().map(step_of);
    db.journal_put(run, steps).await.map_err(unkept)
}

/// Goes on with a run that was cut off, by its journal alone, and returns what became of each of its
/// jobs, also of those that had ended before.
///
/// # Errors
///
/// See [`apply`]; and when the journal has nothing of the run.
pub async fn resume(
    db: &Db,
    clock: &Arc<dyn Clock>,
    runner: &dyn StepRunner,
    run: &RunId,
) -> Result<Vec<JobOutcome>, FlowError> {
    resume_patiently(db, clock, runner, run, &Patience::default()).await
}

/// Does the same as [`resume`], with another patience.
///
/// # Errors
///
/// See [`resume`].
pub async fn resume_patiently(
    db: &Db,
    clock: &Arc<dyn Clock>,
    runner: &dyn StepRunner,
    run: &RunId,
    patience: &Patience,
) -> Result<Vec<JobOutcome>, FlowError> {
    let unkept = |source| unkept(run, source);
    let records = db.journal_list(run).await.map_err(unkept)?;
    if records.is_empty() {
        return Err(FlowError::Unknown { run: run.clone() });
    }
    let open = records.iter().filter(|it| it.end.is_none());
    let open: Vec<Job> = open.map(job_of).collect();
    let lanes = lanes_of(runner, &open);
    let lanes = Lanes::claim(db, &**clock, patience, run, lanes).await?;
    // Only what is read now, with the lanes in hand, nobody else can change.
    let records = match db.journal_list(run).await {
        Ok(records) => records,
        Err(source) => {
            lanes.release(db).await;
            return Err(unkept(source));
        }
    };
    let jobs: Vec<Job> = records.iter().map(job_of).collect();
    if let Err(misfit) = check_fit(run, &jobs) {
        lanes.release(db).await;
        return Err(misfit);
    }
    let tools = Tools {
        db,
        clock,
        runner,
        run,
        patience,
    };
    let outcomes = Engine::new(tools, &lanes, &jobs, &records).work().await;
    lanes.release(db).await;
    Ok(outcomes)
}

fn unkept(run: &RunId, source: StoreError) -> FlowError {
    FlowError::Journal {
        run: run.clone(),
        source,
    }
}

/// A job waits for earlier places only, so that no two wait for each other.
fn check_fit(run: &RunId, jobs: &[Job]) -> Result<(), FlowError> {
    let mut places = BTreeSet::new();
    let mut tokens: BTreeMap<&str, usize> = BTreeMap::new();
    let why = jobs.iter().find_map(|job| {
        let place = job.place;
        if !places.insert(place) {
            return Some(format!("two jobs have the place {place}"));
        }
        if let Some(other) = tokens.insert(&job.token, place) {
            return Some(format!("the jobs {other} and {place} have the same token"));
        }
        let known = |it: &&usize| **it < place && places.contains(it);
        let unknown = job.after.iter().find(|it| !known(it))?;
        Some(format!(
            "job {place} waits for {unknown}, which is no earlier job"
        ))
    });
    match why {
        None => Ok(()),
        Some(why) => Err(FlowError::Misfit {
            run: run.clone(),
            why,
        }),
    }
}

fn step_of(job: &Job) -> JournalStep {
    JournalStep {
        place: job.place,
        token: job.token.clone(),
        account: job.lane.clone(),
        region: job.region.clone(),
        step: job.step.clone(),
        subject: job.subject.clone(),
        after: job.after.clone(),
        body: job.body.clone(),
    }
}

fn job_of(record: &JournalRecord) -> Job {
    let step = &record.step;
    Job {
        place: step.place,
        token: step.token.clone(),
        lane: step.account.clone(),
        region: step.region.clone(),
        step: step.step.clone(),
        subject: step.subject.clone(),
        after: step.after.clone(),
        body: step.body.clone(),
    }
}
