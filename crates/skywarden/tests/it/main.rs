//! Whole command lines, run in this process: what is printed, what is written, which exit code.

mod bad_days;
mod channels;
mod config;
mod findings;
mod house;
mod import;
mod reference;
mod scene;
mod schedule;
mod seal;
