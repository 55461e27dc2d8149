//! The way through a run.

use std::sync::Arc;

use base::Clock;
use store::{Db, RunId};

use crate::error::FlowError;
use crate::job::{Job, JobOutcome, StepRunner};
use crate::patience::Patience;

/// Does the jobs of a run, which the store knows and the journal does not yet, and returns what
/// became of each, in their order.
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
    let _ = (db, clock, runner, jobs, patience);
    Err(FlowError::Unknown { run: run.clone() })
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
    let _ = (db, clock, runner, patience);
    Err(FlowError::Unknown { run: run.clone() })
}
