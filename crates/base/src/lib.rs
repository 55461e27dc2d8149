//! What the standard library lacks: a clock and a source of chance that can be injected, error
//! chains, redaction, texts in a person's language, and tasks that have an owner.
//!
//! Invariant: this room knows nothing of the product; no cloud, no duty, no chat is named here.

pub mod chance;
pub mod clock;
pub mod error_chain;
pub mod hex;
pub mod redact;
pub mod tasks;
pub mod texts;

pub use chance::{Chance, SeededChance, SystemChance};
pub use clock::{Clock, ManualClock, SystemClock};
pub use error_chain::chain;
pub use tasks::Tasks;
pub use texts::Texts;
