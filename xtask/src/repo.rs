//! The files of the repository as plain values, so that every check is a pure function of them.
//!
//! Only files that git knows are seen: what is not added yet is not yet part of the house.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};

/// The tracked files by their path from the root, each with its text; a binary file has none.
#[derive(Debug, Default)]
pub(crate) struct Repo {
    files: BTreeMap<String, String>,
}

impl Repo {
    /// Reads the tracked files of the checkout at `root`, as they are on disk now.
    pub(crate) fn load(root: &Path) -> anyhow::Result<Self> {
        let listing = Command::new("git")
            .args(["ls-files", "-z"])
            .current_dir(root)
            .output()
            .context("cannot run git")?;
        if !listing.status.success() {
            bail!(
                "git ls-files failed: {}",
                String::from_utf8_lossy(&listing.stderr).trim()
            );
        }
        let names = String::from_utf8(listing.stdout).context("a file name is not UTF-8")?;
        let mut files = BTreeMap::new();
        for name in names.split('\0').filter(|it| !it.is_empty()) {
            let path = root.join(name);
            // A tracked file may be gone from the work tree: its removal is not committed yet.
            if !path.is_file() {
                continue;
            }
            let bytes = std::fs::read(&path).with_context(|| format!("cannot read {name}"))?;
            files.insert(
                name.to_owned(),
                String::from_utf8(bytes).unwrap_or_default(),
            );
        }
        if files.is_empty() {
            bail!("git knows no file below {}", root.display());
        }
        Ok(Self { files })
    }

    /// Makes a repository of a few written-out files: the samples that prove a check.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        Self {
            files: files.collect(),
        }
    }

    /// Returns every file, sorted by path.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Returns the files whose name ends in `.extension`, sorted by path.
    pub(crate) fn with_extension(&self, extension: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(move |(path, _)| {
            Path::new(path)
                .extension()
                .is_some_and(|it| it == extension)
        })
    }

    /// Returns the text of one file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Returns the names directly below `folder`, files and folders alike, each once.
    pub(crate) fn names_in(&self, folder: &str) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .files
            .keys()
            .filter_map(|path| {
                path.strip_prefix(folder)?
                    .strip_prefix('/')?
                    .split('/')
                    .next()
            })
            .collect();
        names.dedup();
        names
    }
}

/// Returns the file name of a path.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Returns the folder of a path, empty at the root.
pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Tells whether a file only serves tests: a fixture, a test file or a folder of them.
pub(crate) fn is_for_tests(path: &str) -> bool {
    let in_folder = |name: &str| path.split('/').rev().skip(1).any(|it| it == name);
    in_folder("tests")
        || in_folder("fixtures")
        || in_folder("snapshots")
        || file_name(path) == "tests.rs"
}

#[cfg(test)]
mod tests {
    use super::{Repo, is_for_tests};

    #[test]
    fn names_in_a_folder_come_once_and_without_their_own_folders() {
        let repo = Repo::of(&[
            ("a/b/1.rs", ""),
            ("a/b/2.rs", ""),
            ("a/c.rs", ""),
            ("ab/d.rs", ""),
        ]);
        assert_eq!(repo.names_in("a"), ["b", "c.rs"]);
    }

    #[test]
    fn a_tests_file_is_for_tests_and_a_testing_module_is_not() {
        assert!(is_for_tests("crates/a/src/rules/tests.rs"));
        assert!(is_for_tests("crates/a/tests/it/main.rs"));
        assert!(!is_for_tests("crates/testkit/src/lib.rs"));
        assert!(!is_for_tests("crates/a/src/latests.rs"));
    }
}
