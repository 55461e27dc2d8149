//! Programs of the developer's machine, run one at a time, with errors that name the whole command.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{self, Stdio};

use anyhow::{Context as _, bail};

/// One program about to be run.
pub(super) struct Command {
    inner: process::Command,
    shown: String,
}

impl Command {
    pub(super) fn new(program: impl AsRef<OsStr>) -> Self {
        let mut inner = process::Command::new(&program);
        inner.stdin(Stdio::null());
        Self {
            inner,
            shown: program.as_ref().to_string_lossy().into_owned(),
        }
    }

    pub(super) fn arg(&mut self, arg: impl AsRef<OsStr>) -> &mut Self {
        self.shown.push(' ');
        self.shown.push_str(&arg.as_ref().to_string_lossy());
        self.inner.arg(arg);
        self
    }

    pub(super) fn args(&mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> &mut Self {
        for arg in args {
            self.arg(arg);
        }
        self
    }

    /// Sets an environment variable of the program.
    pub(super) fn setting(&mut self, name: &str, value: &str) -> &mut Self {
        self.inner.env(name, value);
        self
    }

    /// Sets the folder that the program works in.
    pub(super) fn folder(&mut self, folder: &Path) -> &mut Self {
        self.inner.current_dir(folder);
        self
    }

    /// Runs the program with its output on the terminal.
    pub(super) fn run(&mut self) -> anyhow::Result<()> {
        let status = self
            .inner
            .status()
            .with_context(|| format!("cannot run {}", self.shown))?;
        if !status.success() {
            bail!("{} failed: {status}", self.shown);
        }
        Ok(())
    }

    /// Runs the program and returns what it printed.
    pub(super) fn output(&mut self) -> anyhow::Result<String> {
        let output = self
            .inner
            .output()
            .with_context(|| format!("cannot run {}", self.shown))?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            bail!("{} failed: {}: {}", self.shown, output.status, words.trim());
        }
        String::from_utf8(output.stdout)
            .with_context(|| format!("{} did not print text", self.shown))
    }

    /// Tells whether the program is there and runs.
    pub(super) fn succeeds(&mut self) -> bool {
        self.inner
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|it| it.success())
    }
}

#[cfg(test)]
mod tests {
    use super::Command;

    #[test]
    fn a_failure_names_the_whole_command_and_its_words() {
        let error = Command::new("git")
            .args(["rev-parse", "--verify", "no-such-name"])
            .output()
            .unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with(
                "git rev-parse --verify no-such-name failed: exit status: 128: fatal:"
            ),
            "{text}"
        );
    }
}
