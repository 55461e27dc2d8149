//! Bad input and bad days: what the whole program does, and what it leaves alone.

mod accounts;
mod canary;
mod config;
mod crash;
mod discovery;
mod lists;
mod orphans;
mod robots;
mod store;
