//! Why a configuration cannot be used: every problem with its line, a caret and a hint.

use std::io;
use std::path::{Path, PathBuf};

use super::excerpt::Excerpt;

/// Why a configuration could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// There is no configuration anywhere.
    #[error("there is no skywarden.toml ({})", looked_text(looked))]
    Missing {
        /// The places where it was looked for, in order.
        looked: Vec<PathBuf>,
    },
    /// The file exists, or was named, but cannot be read.
    #[error("cannot read the configuration {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system answered.
        #[source]
        source: io::Error,
    },
    /// The file is not text.
    #[error("{}:{line}: the configuration is not UTF-8 text", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The line with the first byte that is not UTF-8.
        line: usize,
    },
    /// The file can be read, and something in it is wrong.
    #[error("{}", problems_text(path, problems))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// All that was found, in the order of the file.
        problems: Vec<Problem>,
    },
}

impl ConfigError {
    /// Returns what the reader can do about it, one sentence each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::Missing { .. } => vec![
                "`skywarden init` asks a few questions and writes one; `--config PATH` names one."
                    .to_owned(),
            ],
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                vec!["check the path in --config or SKYWARDEN_CONFIG.".to_owned()]
            }
            Self::Unreadable { .. } => Vec::new(),
            Self::NotText { .. } => {
                vec![
                    "save the file as UTF-8, for example with `iconv -f GB18030 -t UTF-8`."
                        .to_owned(),
                ]
            }
            // With several problems each hint stands under its own.
            Self::Invalid { problems, .. } => match problems.as_slice() {
                [only] => only.hint.iter().cloned().collect(),
                _ => Vec::new(),
            },
        }
    }
}

/// One thing that is wrong, or dubious, in a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong; never the text of a secret.
    pub message: String,
    /// Where it is, when it has a place.
    pub excerpt: Option<Excerpt>,
    /// What to do about it, as a sentence.
    pub hint: Option<String>,
}

impl Problem {
    /// Returns the problem with its place in the file called `path`, and its caret.
    #[must_use]
    pub fn text(&self, path: &Path) -> String {
        let path = path.display();
        match &self.excerpt {
            None => format!("{path}: {}", self.message),
            Some(at) => format!("{path}:{}:{}: {}\n{at}", at.line, at.column, self.message),
        }
    }
}

fn looked_text(looked: &[PathBuf]) -> String {
    let places: Vec<String> = looked.iter().map(|it| it.display().to_string()).collect();
    format!("looked for {}", places.join(", "))
}

fn problems_text(path: &Path, problems: &[Problem]) -> String {
    let several = problems.len() > 1;
    let text = |problem: &Problem| match &problem.hint {
        Some(hint) if several => format!("{}\n  = hint: {hint}", problem.text(path)),
        _ => problem.text(path),
    };
    problems.iter().map(text).collect::<Vec<_>>().join("\n")
}
