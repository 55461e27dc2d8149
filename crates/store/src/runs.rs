//! Runs: when which duty was executed, and how it ended.
//!
//! Invariant: a run that was started and never finished stays visible as such: it crashed, was ended,
//! or is still under way.

use std::fmt;

use base::Chance;
use jiff::Timestamp;

use crate::db::{Db, Row, values};
use crate::error::StoreError;

/// The id of a run, ordered by its start.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(String);

impl RunId {
    /// Returns an id that nobody else has: a version 7 UUID.
    #[must_use]
    pub fn new(now: Timestamp, chance: &dyn Chance) -> Self {
        let mut bytes = [0; 10];
        chance.fill(&mut bytes);
        let millisecond = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let id = uuid::Builder::from_unix_timestamp_millis(millisecond, &bytes).into_uuid();
        Self(id.to_string())
    }

    /// Returns the id that is spelled `text`.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Returns how it is spelled.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFinish {
    /// When.
    pub at: Timestamp,
    /// What it did, as JSON that carries its own version.
    pub outcome: String,
    /// Every exit code that holds, the one that was given first.
    pub exit_codes: Vec<u8>,
}

/// One run of the past, or of now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    /// Which.
    pub id: RunId,
    /// Of which duty.
    pub duty: String,
    /// In which mode: `plan`, `apply`.
    pub mode: String,
    /// When it was started.
    pub started: Timestamp,
    /// How it ended; `None` when it never did, or has not yet.
    pub finish: Option<RunFinish>,
}

impl Db {
    /// Records that a run starts.
    ///
    /// # Errors
    ///
    /// When the store does not take it.
    pub async fn run_start(
        &self,
        chance: &dyn Chance,
        duty: &str,
        mode: &str,
        now: Timestamp,
    ) -> Result<RunId, StoreError> {
        let id = RunId::new(now, chance);
        self.execute(
            "record the start of a run",
            "INSERT INTO runs (id, duty, mode, started_ms) VALUES ($1, $2, $3, $4)",
            values![id.as_str(), duty, mode, now],
        )
        .await?;
        Ok(id)
    }

    /// Records how a run ended; only the first word counts.
    ///
    /// # Errors
    ///
    /// When the store does not take it; then the run stays unfinished.
    pub async fn run_finish(&self, id: &RunId, finish: &RunFinish) -> Result<(), StoreError> {
        let codes: Vec<String> = finish.exit_codes.iter().map(ToString::to_string).collect();
        self.execute(
            "record the end of a run",
            "UPDATE runs SET finished_ms = $2, outcome = $3, exit_codes = $4 \
             WHERE id = $1 AND finished_ms IS NULL",
            values![
                id.as_str(),
                finish.at,
                finish.outcome.as_str(),
                codes.join(",")
            ],
        )
        .await?;
        Ok(())
    }

    /// Returns the last `limit` runs, the newest first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn run_list(&self, limit: u32) -> Result<Vec<RunRecord>, StoreError> {
        let rows = self
            .fetch(
                "read the runs",
                "SELECT id, duty, mode, started_ms, finished_ms, outcome, exit_codes FROM runs \
                 ORDER BY started_ms DESC, id DESC LIMIT $1",
                values![limit],
            )
            .await?;
        rows.iter().map(run_record).collect()
    }

    /// Returns one run, or `None` when there is none of that id.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn run_get(&self, id: &RunId) -> Result<Option<RunRecord>, StoreError> {
        let rows = self
            .fetch(
                "read a run",
                "SELECT id, duty, mode, started_ms, finished_ms, outcome, exit_codes FROM runs \
                 WHERE id = $1",
                values![id.as_str()],
            )
            .await?;
        rows.first().map(run_record).transpose()
    }
}

fn run_record(row: &Row) -> Result<RunRecord, StoreError> {
    let finish = match row.instant_or_null("finished_ms")? {
        None => None,
        Some(at) => Some(RunFinish {
            at,
            outcome: row.text("outcome")?,
            exit_codes: row
                .text("exit_codes")?
                .split(',')
                .filter(|code| !code.is_empty())
                .map(str::parse)
                .collect::<Result<_, _>>()
                .map_err(|error| row.site.corrupt(error))?,
        }),
    };
    Ok(RunRecord {
        id: RunId(row.text("id")?),
        duty: row.text("duty")?,
        mode: row.text("mode")?,
        started: row.instant("started_ms")?,
        finish,
    })
}

#[cfg(test)]
mod tests;
