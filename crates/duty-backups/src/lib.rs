//! The backup duty: one set of snapshots for each machine and period, one image a week, and what of
//! them may go.
//!
//! Invariant: pure rules; no I/O, no clock, no async, and no cloud is named here.
//! Invariant: what was not seen whole is not touched, and nothing of a machine goes before the copy
//! that replaces it is whole.

pub mod rules;
#[cfg(test)]
mod sample;
pub mod select;
pub mod settings;

pub use rules::{DUTY, doubts, plan, wants};
pub use select::{Choice, Selection};
pub use settings::{
    BackupSettings, Cadence, CopyTo, ImageDisks, ImageRhythm, Keep, Protected, Settings,
};
