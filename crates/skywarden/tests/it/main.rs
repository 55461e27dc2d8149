//! Whole command lines, run in this process: what is printed, what is written, which exit code.

mod accounts;
mod bad_days;
mod channels;
mod config;
mod doctor;
mod findings;
mod house;
mod import;
mod init;
mod reference;
mod scene;
mod schedule;
mod seal;
mod simulated;
mod whoami;
