//! Errors at the edge: what failed, why, what to do, and the exit code.

use std::error::Error;

use warden::Exit;

use crate::config::ConfigError;

/// What an error means for who called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// Wrong use or configuration.
    Usage,
    /// Something was refused by a guard.
    Refused,
    /// A message was not delivered.
    Undelivered,
    /// The reader of our output went away: no error worth words.
    BrokenPipe,
    /// The user broke it off.
    Interrupted,
    /// Everything else; the outside failed, or we did.
    Internal,
}

/// An error that is shown to a person.
#[derive(Debug)]
pub struct CliError {
    /// What it means.
    pub class: ErrorClass,
    /// What failed and why, as whole text.
    pub text: String,
    /// What to do, one sentence each.
    pub hints: Vec<String>,
}

impl CliError {
    /// Returns an error of wrong use or configuration.
    #[must_use]
    pub fn usage(text: impl Into<String>) -> Self {
        Self {
            class: ErrorClass::Usage,
            text: text.into(),
            hints: Vec::new(),
        }
    }

    /// Returns an error of the outside or of ours, with all its causes.
    #[must_use]
    pub fn internal(doing: &str, error: &(dyn Error + 'static)) -> Self {
        let text = format!("{doing}: {}", base::chain(error));
        Self {
            class: ErrorClass::Internal,
            text,
            hints: Vec::new(),
        }
    }

    /// Returns the error with something to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Returns the exit code's word.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self.class {
            ErrorClass::Usage => Exit::Usage,
            ErrorClass::Refused => Exit::Refused,
            ErrorClass::Undelivered => Exit::Undelivered,
            ErrorClass::BrokenPipe => Exit::Fine,
            ErrorClass::Interrupted => Exit::Interrupted,
            ErrorClass::Internal => Exit::Internal,
        }
    }
}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> Self {
        Self {
            hints: error.hints(),
            ..Self::usage(base::chain(&error))
        }
    }
}

impl From<crate::config::SecretError> for CliError {
    fn from(error: crate::config::SecretError) -> Self {
        Self {
            hints: error.hint().into_iter().collect(),
            ..Self::usage(base::chain(&error))
        }
    }
}

impl From<store::StoreError> for CliError {
    fn from(error: store::StoreError) -> Self {
        let hints = error.hint().into_iter().collect();
        Self {
            class: ErrorClass::Internal,
            text: base::chain(&error),
            hints,
        }
    }
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        let class = match error.kind() {
            std::io::ErrorKind::BrokenPipe => ErrorClass::BrokenPipe,
            std::io::ErrorKind::Interrupted => ErrorClass::Interrupted,
            _ => ErrorClass::Internal,
        };
        Self {
            class,
            text: error.to_string(),
            hints: Vec::new(),
        }
    }
}
