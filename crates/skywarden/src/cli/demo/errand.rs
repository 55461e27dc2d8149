//! One command line in the demo's home, as a person would type it.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use super::clock::SkippingClock;
use super::household::Household;
use crate::Host;
use crate::cli::{CliError, ErrorClass, Ui};

/// Runs command lines in the demo's home, on its clock.
pub(super) struct Errands<'a> {
    pub(super) household: &'a Household,
    pub(super) clock: &'a Arc<SkippingClock>,
}

/// What a command line came to.
pub(super) struct Errand {
    pub(super) printed: String,
    pub(super) talk: String,
    pub(super) code: u8,
}

impl Errands<'_> {
    /// Runs a command of `skywarden`; 0 and 3 are what the demo means to show.
    pub(super) fn run(&self, ui: &Ui, command: &[&str]) -> Result<Errand, CliError> {
        let (out, err) = (Tape::default(), Tape::default());
        let host = Host {
            surroundings: self.household.surroundings(&ui.host.surroundings),
            clock: self.clock.clone(),
            chance: ui.host.chance.clone(),
            stdin: Box::new(std::io::empty()),
            stdout: Box::new(out.clone()),
            stderr: Box::new(err.clone()),
            store_options: ui.host.store_options.clone(),
        };
        let language = ["skywarden", "--lang", ui.language.tag()];
        let arguments = language.iter().chain(command).map(Into::into);
        let code = crate::run(arguments, host);
        if !matches!(code, 0 | 3) {
            let class = match code {
                130 => ErrorClass::Interrupted,
                _ => ErrorClass::Internal,
            };
            return Err(CliError {
                class,
                text: err.text(),
                hints: Vec::new(),
            });
        }
        Ok(Errand {
            printed: out.text(),
            talk: err.text(),
            code,
        })
    }
}

/// Keeps what is written, for the one who holds the other end.
#[derive(Clone, Default)]
struct Tape(Arc<Mutex<Vec<u8>>>);

impl Tape {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Tape {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
