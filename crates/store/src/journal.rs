//! The journal: what a run is to do, and how far each of its steps is.
//!
//! A step is *planned*, then *intended* (before anybody outside is asked for anything), then
//! *marked* (something was made, and this is what it is known by), then *ended*.
//!
//! Invariant: the steps of a run are written down all at once, or none of them.
//! Invariant: an intention is taken only from who holds the lease of its lane, and only while the step
//! has no end; both are one statement's conditions, not a look beforehand.
//! Invariant: of several ends of a step the first counts.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use duty::Mishap;
use jiff::Timestamp;
use model::{AccountId, RegionId, ResourceId};

use crate::RunId;
use crate::db::{Change, Db, ROWS_AT_ONCE, Row, Value, values};
use crate::error::StoreError;

mod rows;

/// One step of a run, as it is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalStep {
    /// Its place in the run.
    pub place: usize,
    /// What it is known by outside.
    pub token: String,
    /// In which account.
    pub account: String,
    /// In which region.
    pub region: String,
    /// What kind of step, as a stable word: `create_set`.
    pub step: String,
    /// What it is about.
    pub subject: String,
    /// The places of the steps without whose success it is not done.
    pub after: Vec<usize>,
    /// All of it, as JSON that carries its own version or kind.
    pub body: String,
}

/// One step of a run, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalRecord {
    /// The step.
    pub step: JournalStep,
    /// How often it was intended; `0` when nobody outside can know of it.
    pub attempts: u32,
    /// When it was first intended.
    pub intended: Option<Timestamp>,
    /// What the thing made is known by.
    pub mark: Option<String>,
    /// How it ended, and when; `None` when it never did, or has not yet.
    pub end: Option<(JournalFate, Timestamp)>,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JournalFate {
    /// It is done.
    Done {
        /// What came of it.
        note: String,
    },
    /// It is not done.
    Undone {
        /// Why.
        why: String,
    },
    /// It was not done because the world had moved.
    Refused {
        /// What was not as it had been.
        why: String,
    },
    /// It was not begun because a step it waits for was not done.
    Waited {
        /// Which.
        for_place: usize,
    },
}

/// One line for the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JournalEntry {
    /// A step is about to be done.
    Intend {
        /// Which.
        place: usize,
        /// The leases that its doing needs.
        leases: Vec<String>,
    },
    /// Something was made.
    Mark {
        /// By which step.
        place: usize,
        /// What it is known by.
        mark: String,
    },
    /// A step has ended.
    End {
        /// Which.
        place: usize,
        /// How.
        fate: JournalFate,
    },
}

/// Who writes: needed for intentions, whose leases are prolonged by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writer<'a> {
    /// The holder of the leases.
    pub holder: &'a str,
    /// Until when they are prolonged.
    pub until: Timestamp,
}

/// A run whose journal has steps without an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfinishedRun {
    /// Which.
    pub run: RunId,
    /// Of which duty.
    pub duty: String,
    /// When it was started.
    pub started: Timestamp,
    /// How many steps have no end.
    pub open: u32,
    /// How many of those were begun: something of them may be there.
    pub begun: u32,
}

impl Db {
    /// Writes down all steps of a run that was started, before the first of them is done.
    ///
    /// # Errors
    ///
    /// When the store does not take it, does not know the run, or has steps of it already; then none
    /// is written down.
    pub async fn journal_put(
        &self,
        run: &RunId,
        steps: impl IntoIterator<Item: Borrow<JournalStep>, IntoIter: Send>,
    ) -> Result<(), StoreError> {
        let mut change = self.change("write down what a run is to do").await?;
        let duty = rows::duty_of(&mut change, run).await?;
        let mut rows = steps
            .into_iter()
            .map(|step| rows::planned(run, &duty, step.borrow()));
        // Thousands of steps as rows are megabytes more.
        loop {
            let some: Vec<_> = rows.by_ref().take(ROWS_AT_ONCE).collect();
            if some.is_empty() {
                break;
            }
            change
                .put_rows(
                    "INSERT INTO journal (run, place, duty, token, account, region, step, \
                     subject, matter, waits_for, body, attempts)",
                    "",
                    some,
                )
                .await?;
        }
        drop(rows);
        rows::written(change).await
    }

    /// Writes lines about steps of a run, all or none, and returns the places whose intention was
    /// *not* taken: the lease is not the writer's any more, or somebody else has ended the step.
    /// Of one place there may be one line of a kind.
    ///
    /// # Errors
    ///
    /// When the store does not take it; then nothing is written.
    pub async fn journal_write(
        &self,
        run: &RunId,
        entries: &[JournalEntry],
        writer: Writer<'_>,
        now: Timestamp,
    ) -> Result<BTreeSet<usize>, StoreError> {
        let mut change = self.change("write down how far a run is").await?;
        let untaken = rows::intend(&mut change, run, entries, writer, now).await?;
        rows::mark(&mut change, run, entries, now).await?;
        rows::end(&mut change, run, entries, now).await?;
        rows::written(change).await?;
        Ok(untaken)
    }

    /// Returns the steps of a run in their order; none when the journal does not know it.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn journal_list(&self, run: &RunId) -> Result<Vec<JournalRecord>, StoreError> {
        let rows = self
            .fetch(
                "read the journal of a run",
                "SELECT place, token, account, region, step, subject, waits_for, body, attempts, \
                 intended_ms, mark, fate, note, ended_ms FROM journal WHERE run = $1 \
                 ORDER BY place",
                values![run.as_str()],
            )
            .await?;
        rows.iter().map(rows::record).collect()
    }

    /// Returns the runs that have steps without an end, oldest first: they were cut off, or are under
    /// way.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn journal_unfinished(&self) -> Result<Vec<UnfinishedRun>, StoreError> {
        let rows = self
            .fetch(
                "read which runs were cut off",
                "SELECT journal.run AS run, runs.duty AS duty, runs.started_ms AS started_ms, \
                 COUNT(*) AS open_count, COUNT(journal.intended_ms) AS begun_count \
                 FROM journal JOIN runs ON runs.id = journal.run WHERE journal.fate IS NULL \
                 GROUP BY journal.run, runs.duty, runs.started_ms \
                 ORDER BY started_ms, run",
                values![],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(UnfinishedRun {
                    run: RunId::from_text(&row.text("run")?),
                    duty: row.text("duty")?,
                    started: row.instant("started_ms")?,
                    open: row.count("open_count")?,
                    begun: row.count("begun_count")?,
                })
            })
            .collect()
    }

    /// Returns the steps of a duty that were undone or refused and not done since, each subject once:
    /// since when, and why at last. Sorted by account, region, step and subject.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn mishaps(&self, duty: &str) -> Result<Vec<Mishap>, StoreError> {
        let rows = self
            .fetch(
                "read which steps were not done",
                "SELECT account, region, step, subject, note, ended_ms FROM journal AS missed \
                 WHERE duty = $1 AND fate IN ('undone', 'refused') AND NOT EXISTS ( \
                 SELECT 1 FROM journal AS later WHERE later.duty = missed.duty \
                 AND later.matter = missed.matter AND later.fate = 'done' \
                 AND later.ended_ms >= missed.ended_ms) \
                 ORDER BY ended_ms, run, place",
                values![duty],
            )
            .await?;
        let mut mishaps: BTreeMap<[String; 4], Mishap> = BTreeMap::new();
        for row in &rows {
            let key = rows::matter_of(row)?;
            let why = row.text("note")?;
            if let Some(known) = mishaps.get_mut(&key) {
                known.why = why;
                continue;
            }
            let [account, region, step, subject] = key.clone();
            let mishap = Mishap {
                account: AccountId::new(account),
                region: RegionId::new(region),
                step,
                subject: ResourceId::new(subject),
                since: row.instant("ended_ms")?,
                why,
            };
            mishaps.insert(key, mishap);
        }
        Ok(mishaps.into_values().collect())
    }
}

#[cfg(test)]
mod tests;
