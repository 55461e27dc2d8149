//! The channels from outside: the seeds' messages as they look, hostile names, sizes, and delivery
//! to simulated robots.

mod delivery;
mod golden;
mod hostile;
mod mail;
mod samples;
mod splitting;
mod world;
