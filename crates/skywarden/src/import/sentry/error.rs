//! Why an old configuration cannot be taken over.

use vault::des::OldValueError;

use super::GLOBAL;

/// Why an old configuration cannot be taken over; section and key are named, values never.
#[derive(Debug, thiserror::Error)]
pub enum SentryError {
    /// The file is not the INI that the old program reads.
    #[error("line {line}: {problem}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A section or key stands there twice, so that one of the two would be lost.
    #[error("line {line}: {what} is here twice, first in line {first}")]
    Twice {
        /// The section or key, with its section.
        what: String,
        /// The line of the first.
        first: usize,
        /// The line of the second.
        line: usize,
    },
    /// There is no `[global-config]`.
    #[error("the section [{GLOBAL}] is missing")]
    NoGlobal,
    /// There is nothing but `[global-config]`.
    #[error("there is no section for any account beside [{GLOBAL}]")]
    NoAccounts,
    /// A key that must be there is not, or has no value.
    #[error("the key `{key}` is missing in [{section}]{}", global_text(*global))]
    Missing {
        /// The section.
        section: String,
        /// The key.
        key: &'static str,
        /// The key of `[global-config]` that would do as well.
        global: Option<&'static str>,
    },
    /// The value of a key cannot be used.
    #[error("line {line}: `{key}` in [{section}] is not {expected}")]
    Value {
        /// The section.
        section: String,
        /// The key.
        key: String,
        /// The line, from 1.
        line: usize,
        /// What should stand there.
        expected: &'static str,
    },
    /// An access key does not decrypt.
    #[error("line {line}: `{key}` in [{section}] cannot be read")]
    Key {
        /// The section.
        section: String,
        /// The key of the file.
        key: &'static str,
        /// The line, from 1.
        line: usize,
        /// What is wrong with the value, without the value.
        #[source]
        source: OldValueError,
    },
}

impl SentryError {
    /// Returns what the reader can do about it, as a sentence.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Key { .. } => {
                "copy the value again from the file that the old program uses, or put the access \
                 key there in the clear."
            }
            Self::Twice { .. } => "keep the one that is right; nothing was written.",
            _ => "correct the file and run the import again; nothing was written.",
        }
    }
}

fn global_text(key: Option<&str>) -> String {
    key.map(|it| format!(", and so is `{it}` in [{GLOBAL}]"))
        .unwrap_or_default()
}
