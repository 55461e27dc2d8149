//! AWS behind the ports of `cloud`.
//!
//! Invariant: nothing here knows a duty, a database or a chat.
