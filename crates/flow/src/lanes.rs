//! Lanes: in each of them one process at a time works, by a lease of the store.
//!
//! A lane is claimed before anything is done in it. Each intention prolongs its lease, in the same
//! transaction; a heartbeat does so where a long wait has none.

use std::collections::BTreeSet;

use base::Clock;
use jiff::{SignedDuration, Timestamp};
use store::{Db, Lease, RunId, StoreError};

use crate::error::FlowError;
use crate::holder::{self, Holder};
use crate::patience::Patience;

/// How often a lane that changes hands just now is asked for.
const TRIES: u32 = 3;

/// Lanes that are ours, until somebody takes them.
#[derive(Debug)]
pub(crate) struct Lanes {
    holder: Holder,
    names: BTreeSet<String>,
}

/// Returns the name of a lane's lease.
pub(crate) fn lease_of(lane: &str) -> String {
    format!("apply/{lane}")
}

/// Returns until when a lease is asked for.
pub(crate) fn until(clock: &dyn Clock, patience: &Patience) -> Timestamp {
    let lease = SignedDuration::try_from(patience.lease).unwrap_or(SignedDuration::MAX);
    clock.now().saturating_add(lease).unwrap_or(Timestamp::MAX)
}

impl Lanes {
    /// Claims all lanes, or none.
    pub(crate) async fn claim(
        db: &Db,
        clock: &dyn Clock,
        patience: &Patience,
        run: &RunId,
        names: BTreeSet<String>,
    ) -> Result<Self, FlowError> {
        let mut lanes = Self {
            holder: Holder::new(run),
            names: BTreeSet::new(),
        };
        for name in names {
            let claimed = lanes.claim_one(db, clock, patience, &name).await;
            let refusal = match claimed {
                Ok(None) => {
                    lanes.names.insert(name);
                    continue;
                }
                Ok(Some(other)) => FlowError::Busy {
                    lane: name,
                    holder: holder::in_words(&other.holder).to_owned(),
                    until: other.until,
                },
                Err(source) => FlowError::Journal {
                    run: run.clone(),
                    source,
                },
            };
            lanes.release(db).await;
            return Err(refusal);
        }
        Ok(lanes)
    }

    /// Claims a lane, or returns who has it.
    async fn claim_one(
        &self,
        db: &Db,
        clock: &dyn Clock,
        patience: &Patience,
        name: &str,
    ) -> Result<Option<Lease>, StoreError> {
        let (lease, us) = (lease_of(name), self.holder.text());
        let mut last = None;
        for _ in 0..TRIES {
            let end = until(clock, patience);
            if db.lease_claim(&lease, us, clock.now(), end).await? {
                return Ok(None);
            }
            let Some(other) = db.lease_get(&lease).await? else {
                continue;
            };
            if holder::is_dead(&other.holder)
                && db.lease_inherit(&lease, &other.holder, us, end).await?
            {
                tracing::info!(
                    lane = name,
                    "{} was cut off; its lane {name} is taken over",
                    holder::in_words(&other.holder)
                );
                return Ok(None);
            }
            last = Some(other);
        }
        // It was given back at every look and taken at every try: that too is being at work.
        Ok(Some(last.unwrap_or_else(|| Lease {
            holder: "another process".into(),
            until: clock.now(),
        })))
    }

    /// Returns who has them, as it is written down.
    pub(crate) fn holder(&self) -> &str {
        self.holder.text()
    }

    /// Prolongs all leases and returns those that are lost.
    pub(crate) async fn prolong(
        db: &Db,
        holder: &str,
        names: Vec<String>,
        until: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        let mut lost = Vec::new();
        for name in names {
            if !db.lease_prolong(&lease_of(&name), holder, until).await? {
                lost.push(name);
            }
        }
        Ok(lost)
    }

    /// Returns their names.
    pub(crate) fn names(&self) -> Vec<String> {
        self.names.iter().cloned().collect()
    }

    /// Gives back what is still ours. What cannot be given back runs out by itself.
    pub(crate) async fn release(self, db: &Db) {
        for name in &self.names {
            if let Err(error) = db.lease_release(&lease_of(name), self.holder.text()).await {
                tracing::warn!(
                    lane = name,
                    "the lane {name} was not given back and runs out by itself: {}",
                    base::chain(&error)
                );
            }
        }
    }
}
