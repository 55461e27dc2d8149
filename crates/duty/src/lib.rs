//! The contract of a duty: what it is given, what it gives back, and how its findings live on.
//!
//! Invariant: nothing here does I/O, reads a clock or waits; no duty is named here.

pub mod contract;
pub mod coverage;
pub mod finding;
pub mod history;
pub mod memory;
pub mod notice;
pub mod words;

pub use contract::{Audience, Duty, Letter, Scene, Takes};
pub use finding::{Ack, Finding, FindingKey, FindingState, KnownFinding, Mute, Notified, Severity};
pub use history::{Reconciled, reconcile};
pub use memory::{BalancePoint, Membership, Memory};
