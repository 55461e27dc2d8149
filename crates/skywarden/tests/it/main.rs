//! Whole command lines, run in this process: what is printed, what is written, which exit code.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod bad_days;
mod calendar;
mod changes;
mod channels;
mod config;
mod demo;
mod doctor;
mod findings;
mod house;
mod import;
mod init;
mod orphans;
mod reference;
mod runs;
mod scene;
mod schedule;
mod seal;
mod simulated;
mod whoami;
