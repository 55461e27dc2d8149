//! What runs leave behind: the only room that speaks SQL.
//!
//! One file a noun: [`outbox`], [`leases`]; all of them are methods of [`Db`].
//!
//! Invariant: the SQL text is written once, in the subset that SQLite and PostgreSQL share, and every
//! story of the tests is run on both.
//! Invariant: every change is one transaction that takes the write lock at its first statement, so it
//! either waits for the lock or fails before it did anything.
//! Invariant: time comes in as an argument; nothing here reads a clock or sleeps.
//! Invariant: the password of a URL is never printed, logged or part of an error.

mod db;
mod error;
pub mod leases;
mod open;
pub mod outbox;
mod schema;
mod store_url;

#[cfg(test)]
mod testing;

pub use db::Db;
pub use error::StoreError;
pub use open::{Access, StoreOptions};
pub use outbox::{NewPart, OutboxPart, PartState};
pub use store_url::{StoreUrl, StoreUrlError};
