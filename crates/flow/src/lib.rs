//! Crash safety, once: jobs are done one after the other or side by side, and a journal knows at
//! every moment how far each of them is.
//!
//! [`apply`] does the jobs of a run, [`resume`] goes on where a run was cut off. What a job is about
//! only the [`StepRunner`] knows.
//!
//! Invariant: nothing outside is touched before the journal has, durably, the intention to do so.
//! Invariant: what cannot be written down is not begun.
//! Invariant: of two that share a store, one at a time works in a lane.
//! Invariant: this room knows no cloud and no duty, and reads no clock but the one it is given.

mod apply;
mod engine;
mod error;
mod holder;
mod job;
mod lanes;
mod patience;

pub use apply::{apply, apply_patiently, resume, resume_patiently};
pub use error::FlowError;
pub use job::{Act, Begun, Check, Fate, Job, JobOutcome, Made, Settle, StepRunner, Undo};
pub use patience::Patience;
