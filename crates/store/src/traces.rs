//! Traces of others: who else may have changed what a duty remembers.
//!
//! Runs change it, and people who mute findings or take them on. Both leave traces that are read in a
//! moment, where reading the memory of a large estate takes as long as many of its pages.

use crate::db::{Db, Row, values};
use crate::error::StoreError;

/// The traces there were at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traces {
    runs: i64,
    finished: i64,
    newest: Option<String>,
    last_finish: i64,
    mutes: (i64, i64),
    acks: (i64, i64),
}

impl Traces {
    /// Returns whether nobody can have changed what is remembered since `before` but the one run that
    /// was under way then.
    ///
    /// A run that crashed is under way for ever: with one in the store the answer is always no.
    #[must_use]
    pub fn are_still(&self, before: &Self) -> bool {
        self == before && self.runs - self.finished <= 1
    }
}

const DOING: &str = "see who else is at work";

impl Db {
    /// Returns the traces there are now.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn traces(&self) -> Result<Traces, StoreError> {
        let rows = self
            .fetch(
                DOING,
                "SELECT * FROM \
                 (SELECT COUNT(*) AS runs, COUNT(finished_ms) AS finished, MAX(id) AS newest, \
                 COALESCE(MAX(finished_ms), 0) AS last_finish FROM runs) AS r, \
                 (SELECT COUNT(muted_until_ms) AS mutes, \
                 CAST(COALESCE(SUM(muted_until_ms), 0) AS BIGINT) AS muted_until, \
                 COUNT(acked_ms) AS acks, \
                 CAST(COALESCE(SUM(acked_ms), 0) AS BIGINT) AS acked FROM findings) AS f",
                values![],
            )
            .await?;
        let [row] = rows.as_slice() else {
            return Err(self.site(DOING).corrupt("no row came"));
        };
        traces(row)
    }
}

fn traces(row: &Row) -> Result<Traces, StoreError> {
    Ok(Traces {
        runs: row.int("runs")?,
        finished: row.int("finished")?,
        newest: row.text_or_null("newest")?,
        last_finish: row.int("last_finish")?,
        mutes: (row.int("mutes")?, row.int("muted_until")?),
        acks: (row.int("acks")?, row.int("acked")?),
    })
}

#[cfg(test)]
mod tests;
