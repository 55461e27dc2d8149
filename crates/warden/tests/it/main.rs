//! Whole runs of duties over a simulated world, with a real store and chats in memory.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod changes;
mod chats;
mod deeds;
mod fourth_cloud;
mod house;
mod lifecycle;
mod order;
mod organization;
mod orphans;
mod regions;
mod seeing;
mod store_trouble;
mod telling;
