//! Why a run was not begun at all.

use jiff::Timestamp;
use store::{RunId, StoreError};

/// Why nothing of a run was done. What happens to single jobs is in their outcomes.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    /// Somebody else works in one of its lanes.
    #[error("{holder} is at work in {lane}, until {until} at the longest")]
    Busy {
        /// The lane: the account.
        lane: String,
        /// Who, in words.
        holder: String,
        /// Until when its lease runs, if it does not prolong it.
        until: Timestamp,
    },
    /// The journal could not be read or written.
    #[error("the journal of run {run} cannot be kept")]
    Journal {
        /// Which run.
        run: RunId,
        /// What is the matter.
        #[source]
        source: StoreError,
    },
    /// The journal has nothing of this run.
    #[error("the journal has nothing of run {run}")]
    Unknown {
        /// Which run.
        run: RunId,
    },
    /// The jobs do not make a run: a place twice, a wait for a later job or for none.
    #[error("the jobs of run {run} do not fit together: {why}")]
    Misfit {
        /// Which run.
        run: RunId,
        /// What does not fit.
        why: String,
    },
}
