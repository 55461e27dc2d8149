//! Whole runs of the patrol over a simulated world, with a real store and chats in memory.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod chats;
mod fourth_cloud;
mod house;
mod lifecycle;
mod order;
mod organization;
mod seeing;
mod store_trouble;
mod telling;
