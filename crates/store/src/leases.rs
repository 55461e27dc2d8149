//! Leases: so that two that share a store never work on the same thing at once.
//!
//! A lease has an end, so a holder that died stands in nobody's way for longer than that. Whoever
//! works longer claims it again in time.
//!
//! Invariant: a lease has at most one holder at a time; one conditional statement decides.

use jiff::Timestamp;

use crate::db::{Db, Row, values};
use crate::error::StoreError;

/// Who has a lease, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Who.
    pub holder: String,
    /// Until when, if it is not prolonged.
    pub until: Timestamp,
}

impl Db {
    /// Claims `name` for `holder` until `until`, or prolongs what `holder` has; returns whether it was got.
    ///
    /// # Errors
    ///
    /// When the store does not take it; then it was not got.
    pub async fn lease_claim(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let claimed = self
            .execute(
                "claim a lease",
                "INSERT INTO leases (name, holder, until_ms) VALUES ($1, $2, $4) \
                 ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms \
                 WHERE leases.until_ms <= $3 OR leases.holder = excluded.holder",
                values![name, holder, now, until],
            )
            .await?;
        Ok(claimed == 1)
    }

    /// Returns who has `name`, also when that has run out; `None` when nobody has.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn lease_get(&self, name: &str) -> Result<Option<Lease>, StoreError> {
        let rows = self
            .fetch(
                "read a lease",
                "SELECT holder, until_ms FROM leases WHERE name = $1",
                values![name],
            )
            .await?;
        let lease = |row: &Row| {
            Ok(Lease {
                holder: row.text("holder")?,
                until: row.instant("until_ms")?,
            })
        };
        rows.first().map(lease).transpose()
    }

    /// Prolongs what `holder` has; returns whether it still had it. Nobody else had it meanwhile then,
    /// even when it had run out.
    ///
    /// # Errors
    ///
    /// When the store does not take it; then it was not prolonged.
    pub async fn lease_prolong(
        &self,
        name: &str,
        holder: &str,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let prolonged = self
            .execute(
                "prolong a lease",
                "UPDATE leases SET until_ms = $3 WHERE name = $1 AND holder = $2",
                values![name, holder, until],
            )
            .await?;
        Ok(prolonged == 1)
    }

    /// Takes `name` from `dead`, a holder that is known to be no more, for `heir`; returns whether it
    /// was got: only if `dead` still had it.
    ///
    /// # Errors
    ///
    /// When the store does not take it; then it was not got.
    pub async fn lease_inherit(
        &self,
        name: &str,
        dead: &str,
        heir: &str,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let inherited = self
            .execute(
                "take over a lease",
                "UPDATE leases SET holder = $3, until_ms = $4 WHERE name = $1 AND holder = $2",
                values![name, dead, heir, until],
            )
            .await?;
        Ok(inherited == 1)
    }

    /// Gives `name` back if `holder` still has it; returns whether it had.
    ///
    /// # Errors
    ///
    /// When the store does not take it; then the lease ends by itself.
    pub async fn lease_release(&self, name: &str, holder: &str) -> Result<bool, StoreError> {
        let released = self
            .execute(
                "give a lease back",
                "DELETE FROM leases WHERE name = $1 AND holder = $2",
                values![name, holder],
            )
            .await?;
        Ok(released == 1)
    }
}

#[cfg(test)]
mod tests;
