//! What runs leave behind: the only room that speaks SQL.
//!
//! One file a noun: [`runs`], [`looks`], [`balances`], [`findings`], [`outbox`], [`leases`],
//! [`journal`], [`plans`], [`duty_state`]; all of them are methods of [`Db`]. [`retention`] says how long each is kept.
//!
//! Invariant: the SQL text is written once, in the subset that SQLite and PostgreSQL share, and every
//! story of the tests is run on both.
//! Invariant: every change is one transaction that takes the write lock at its first statement, so it
//! either waits for the lock or fails before it did anything.
//! Invariant: time comes in as an argument; nothing here reads a clock or sleeps.
//! Invariant: the password of a URL is never printed, logged or part of an error.

pub mod balances;
mod db;
pub mod duty_state;
mod error;
pub mod findings;
pub mod journal;
pub mod leases;
pub mod looks;
pub mod memberships;
mod open;
pub mod outbox;
pub mod plans;
#[cfg(feature = "rehearsal")]
pub mod rehearsal;
pub mod retention;
pub mod runs;
mod schema;
mod store_url;
mod traces;

#[cfg(test)]
mod testing;

pub use db::Db;
pub use error::StoreError;
pub use findings::{FindingFilter, Telling};
pub use journal::{JournalEntry, JournalFate, JournalRecord, JournalStep, UnfinishedRun, Writer};
pub use leases::Lease;
pub use looks::{Look, Sight};
pub use open::{Access, StoreOptions};
pub use outbox::{NewPart, OutboxPart, PartState};
pub use retention::Retention;
pub use runs::{RunFinish, RunId, RunRecord};
pub use store_url::{StoreUrl, StoreUrlError};
pub use traces::Traces;
