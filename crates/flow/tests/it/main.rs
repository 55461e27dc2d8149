//! What holds whatever happens: stories of runs against a cloud that remembers every call.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cloud;
mod crash;
mod disk;
mod ends;
mod journal;
mod lanes;
mod many;
mod property;
mod servers;
