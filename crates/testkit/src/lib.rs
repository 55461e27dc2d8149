//! What the tests of several rooms share.
//!
//! Invariant: nothing here is part of the product; no room depends on it but for its tests.

pub mod crash;
mod message_text;
mod sight;

pub use message_text::message_text;
pub use sight::{harvest, seen, unseen};
