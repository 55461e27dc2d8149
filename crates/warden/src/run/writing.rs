//! What is left to be written when a run has come to its outcome.

use std::panic::resume_unwind;
use std::sync::Arc;

use base::{Clock, Tasks};
use duty::{FindingState, KnownFinding};
use jiff::Timestamp;
use store::{Db, Retention, RunFinish, RunId, StoreError};

use super::Warden;
use crate::exit::Exit;
use crate::outcome::Outcome;

/// A run that has come to its outcome, of which the store still writes the last down.
#[must_use = "it may not be dropped before all is written"]
pub struct Ran {
    outcome: Arc<Outcome>,
    writing: Tasks<Result<(), StoreError>>,
}

impl Ran {
    /// Begins to write down what is left of a run that has come to `outcome`; findings that
    /// nobody hears of are not written yet, and `unheard` is what was known before them.
    pub(super) fn ending(
        warden: &Warden,
        run: RunId,
        outcome: Outcome,
        unheard: Option<Vec<KnownFinding>>,
    ) -> Self {
        let outcome = Arc::new(outcome);
        let (db, clock, whole) = (warden.db.clone(), warden.clock.clone(), outcome.clone());
        let mut writing = Tasks::new();
        writing.start(async move {
            if let Some(before) = unheard {
                record_unheard(&db, &before, &whole.known).await?;
            }
            prune(&db, whole.now).await;
            finish(&db, &*clock, &run, &whole, &whole.exits()).await
        });
        Self { outcome, writing }
    }

    /// Returns what it came to; not to be shown before it is written.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// Waits until all is written down.
    ///
    /// # Errors
    ///
    /// When the store does not take it.
    pub async fn written(mut self) -> Result<Arc<Outcome>, StoreError> {
        done(&mut self.writing).await?;
        Ok(self.outcome)
    }
}

impl Warden {
    /// Records the findings of a look that nobody hears of.
    pub(crate) async fn record_unheard(
        &self,
        before: &[KnownFinding],
        known: &[KnownFinding],
    ) -> Result<(), StoreError> {
        record_unheard(&self.db, before, known).await
    }

    /// Writes down that a run is over.
    pub(crate) async fn finish(
        &self,
        run: &RunId,
        outcome: &Outcome,
        exits: &[Exit],
    ) -> Result<(), StoreError> {
        finish(&self.db, &*self.clock, run, outcome, exits).await
    }
}

/// Waits for all that was begun.
pub(super) async fn done(writing: &mut Tasks<Result<(), StoreError>>) -> Result<(), StoreError> {
    while let Some(written) = writing.next().await {
        match written {
            Ok(written) => written?,
            Err(broken) => {
                if let Ok(panic) = broken.try_into_panic() {
                    resume_unwind(panic);
                }
            }
        }
    }
    Ok(())
}

/// Records the findings of a look that nobody hears of. What is gone stays as it is in the store: the
/// run that records it as gone is the one that tells it.
async fn record_unheard(
    db: &Db,
    before: &[KnownFinding],
    known: &[KnownFinding],
) -> Result<(), StoreError> {
    let open = known.iter().filter(|it| it.state != FindingState::Gone);
    let open: Vec<&KnownFinding> = open.collect();
    db.finding_note(before, &open).await
}

/// Forgets what is old. A store that cannot forget can still remember, so this fails no run.
async fn prune(db: &Db, now: Timestamp) {
    if let Err(error) = db.prune(&Retention::default(), now).await {
        tracing::warn!("what is old was not forgotten: {}", base::chain(&error));
    }
}

/// Writes down that a run is over.
async fn finish(
    db: &Db,
    clock: &dyn Clock,
    run: &RunId,
    outcome: &Outcome,
    exits: &[Exit],
) -> Result<(), StoreError> {
    let finish = RunFinish {
        at: clock.now(),
        outcome: format!(
            "{{\"findings\":{},\"unseen\":{}}}",
            outcome.known.len(),
            outcome.census.unseen().len()
        ),
        exit_codes: exits.iter().map(|it| it.code()).collect(),
    };
    db.run_finish(run, &finish).await
}
