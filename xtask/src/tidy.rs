//! The house rules that no compiler holds, each a pure function from the files of the repository to
//! complaints.
//!
//! A check cannot be written without a sample that breaks it, and a check that does not find its
//! own sample fails: so there is no check that only looks as if it held something.
//!
//! Invariant: a check reads files and nothing else; it changes nothing and needs no network.

mod arrows;
mod dependencies;
mod locales;
mod migrations;
mod modules;
mod names;
mod packages;
mod siblings;
mod size;
mod suppressions;
mod todos;
mod words;

use std::fmt;
use std::path::Path;

use anyhow::bail;

use crate::repo::Repo;

/// One house rule.
struct Check {
    /// The name of the rule, and of its test.
    name: &'static str,
    complaints: fn(&Repo) -> Vec<Complaint>,
    /// Small repositories, each of which breaks the rule in its own way.
    broken: &'static [Sample],
}

/// The files of a small repository, with their texts.
type Sample = &'static [(&'static str, &'static str)];

/// All house rules, cheap ones first.
const CHECKS: &[Check] = &[
    size::CHECK,
    names::CHECK,
    modules::CHECK,
    packages::CHECK,
    arrows::CHECK,
    dependencies::CHECK,
    siblings::CHECK,
    migrations::CHECK,
    locales::CHECK,
    suppressions::CHECK,
    todos::CHECK,
    words::CHECK,
];

/// A place that breaks a rule, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    path: String,
    line: Option<usize>,
    says: String,
}

impl Complaint {
    fn about(path: &str, says: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line: None,
            says: says.into(),
        }
    }

    /// Complains about one line, counted from 1.
    fn at(path: &str, line: usize, says: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line: Some(line),
            says: says.into(),
        }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.says),
            None => write!(f, "{}: {}", self.path, self.says),
        }
    }
}

/// Prints every complaint about the checkout at `root`, and fails if there is one.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let repo = Repo::load(root)?;
    let mut n_complaints = 0;
    for check in CHECKS {
        if let Some(sample) = blind_to(check) {
            bail!(
                "the check {} no longer finds its own sample {sample}",
                check.name
            );
        }
        for complaint in (check.complaints)(&repo) {
            println!("{}: {complaint}", check.name);
            n_complaints += 1;
        }
    }
    if n_complaints > 0 {
        bail!("{n_complaints} places break a house rule");
    }
    println!("{} house rules hold.", CHECKS.len());
    Ok(())
}

/// Returns the number of the first broken sample that a check finds nothing wrong with.
fn blind_to(check: &Check) -> Option<usize> {
    if check.broken.is_empty() {
        return Some(0);
    }
    check
        .broken
        .iter()
        .position(|sample| (check.complaints)(&Repo::of(sample)).is_empty())
}

#[cfg(test)]
mod tests;
