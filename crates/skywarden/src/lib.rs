//! Skywarden (云守): the command line, the configuration, and the wiring of clouds, duties and
//! channels.
//!
//! Invariant: this is the only room that reads arguments, environment and credential files of the
//! user, prints, and decides on an exit code. [`Host`] holds all of that, so that tests run the
//! product with a clock, a home folder and streams of their own.

pub mod cli;
pub mod config;
pub mod import;
pub mod surroundings;
mod wiring;

use std::ffi::OsString;
use std::io::{BufRead, Write};
use std::sync::Arc;

use base::{Chance, Clock, SystemChance, SystemClock};
use surroundings::Surroundings;

/// Everything outside that a run may touch.
pub struct Host {
    /// Environment, home, working directory, terminal.
    pub surroundings: Surroundings,
    /// Its time.
    pub clock: Arc<dyn Clock>,
    /// Its chance.
    pub chance: Arc<dyn Chance>,
    /// What a person types.
    pub stdin: Box<dyn BufRead + Send>,
    /// Where data goes.
    pub stdout: Box<dyn Write + Send>,
    /// Where talk goes.
    pub stderr: Box<dyn Write + Send>,
    /// How the store is opened; a test gives it less room or less patience.
    pub store_options: store::StoreOptions,
}

impl Host {
    /// Returns the host of this process.
    #[must_use]
    pub fn of_this_process() -> Self {
        Self {
            surroundings: Surroundings::of_this_process(),
            clock: Arc::new(SystemClock::new()),
            chance: Arc::new(SystemChance),
            stdin: Box::new(std::io::BufReader::new(std::io::stdin())),
            stdout: Box::new(std::io::stdout()),
            stderr: Box::new(std::io::stderr()),
            store_options: store::StoreOptions::default(),
        }
    }
}

/// Runs one command line to its end and returns the exit code (design: 0 fine, 1 findings, 2 usage,
/// 3 unseen, 4 no account seen, 5 refused, 6 undelivered, 7 internal, 130 interrupted).
pub fn run(arguments: impl IntoIterator<Item = OsString>, host: Host) -> u8 {
    cli::run(arguments.into_iter().collect(), host)
}
