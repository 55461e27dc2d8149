//! The contract of a duty: what it is given, what it gives back, how its findings live on, and what a
//! plan of changes must pass.
//!
//! Invariant: nothing here does I/O, reads a clock or waits; no duty is named here.

pub mod contract;
pub mod coverage;
pub mod file;
pub mod finding;
pub mod guard;
pub mod history;
pub mod memory;
pub mod notice;
pub mod plan;
pub mod select;
mod spelt;
pub mod step;
pub mod words;

pub use contract::{Audience, Duty, Letter, Scene, Takes};
pub use file::{BadFile, PlanFile};
pub use finding::{Ack, Finding, FindingKey, FindingState, KnownFinding, Mute, Notified, Severity};
pub use guard::{Approved, Backlog, Limits, ProtectedTag, Refusal, TooMuch, guard};
pub use history::{Reconciled, reconcile};
pub use memory::{BalancePoint, Membership, Memory, Mishap};
pub use plan::{Measure, Plan, Planned, Population, Reason, Token, Undecided};
pub use select::{BadSelection, Choice, Selection};
pub use step::{Other, Part, Spot, Step, Tagged};
