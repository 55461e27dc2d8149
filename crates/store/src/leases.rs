//! Leases: so that two that share a store never work on the same thing at once.
//!
//! A lease has an end, so a holder that died stands in nobody's way for longer than that. Whoever
//! works longer claims it again in time.
//!
//! Invariant: a lease has at most one holder at a time; one conditional statement decides.

use jiff::Timestamp;

use crate::db::{Db, values};
use crate::error::StoreError;

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
