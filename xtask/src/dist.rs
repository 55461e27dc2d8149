//! Release archives: one static binary, its license, completions and man pages in a tarball with
//! its SHA-256.
//!
//! The binary must start on any Linux from kernel 3.10 on (CentOS 7), in a container that has
//! nothing else. So it is linked with musl; every archive is only written once the binary has been
//! looked at: no interpreter, no shared library, no newer kernel asked for, and it has started in
//! an empty root folder.
//!
//! Invariant: an archive that was not checked is not written, and the same commit gives the same
//! bytes on the same machine.

mod archive;
mod binary;
mod command;
mod toolchain;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use self::command::Command;
use self::toolchain::Target;

/// The program that is released.
const PROGRAM: &str = "skywarden";

/// What was asked for on the command line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Order {
    targets: Vec<String>,
    /// Whether a static glibc binary is wanted instead of a musl one.
    is_gnu_static: bool,
}

impl Order {
    /// Reads the words after `dist`.
    pub(crate) fn parse(words: &[&str]) -> anyhow::Result<Self> {
        let mut order = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--gnu-static" => order.is_gnu_static = true,
                "--target" => {
                    let triple = words.next().context("--target needs a triple")?;
                    order.targets.push((*triple).to_owned());
                }
                other => bail!("dist does not know {other}: see cargo xtask --help"),
            }
        }
        if order.is_gnu_static && !order.targets.is_empty() {
            bail!("--gnu-static is for this machine only: leave out --target");
        }
        Ok(order)
    }

    /// Returns the targets to build, and for each that is left out the reason.
    fn targets(&self) -> anyhow::Result<(Vec<Target>, Vec<String>)> {
        if self.is_gnu_static {
            return Ok((vec![Target::gnu_static()?], Vec::new()));
        }
        if !self.targets.is_empty() {
            let targets = self
                .targets
                .iter()
                .map(|triple| Target::musl(triple))
                .collect::<Result<_, _>>()?;
            return Ok((targets, Vec::new()));
        }
        let first = Target::musl("x86_64-unknown-linux-musl")?;
        Ok(match Target::musl("aarch64-unknown-linux-musl") {
            Ok(second) => (vec![first, second], Vec::new()),
            Err(why) => (vec![first], vec![format!("{why:#}")]),
        })
    }
}

/// Builds, checks and packs the archives that were ordered.
pub(crate) fn run(root: &Path, order: &Order) -> anyhow::Result<()> {
    let (targets, mut left_out) = order.targets()?;
    let build_folder = build_folder()?;
    let mut programs = Vec::new();
    for target in &targets {
        let program = build(root, &build_folder, target)?;
        binary::check(&program, target)?;
        programs.push((target, program));
    }
    // Whichever of them runs here writes the completions and man pages of all.
    let writer = programs.iter().find(|(target, _)| target.runs_here());
    if writer.is_none() {
        left_out.push("completions and man pages: no program here runs on this machine".to_owned());
    }
    let writer = writer.map(|(_, program)| program.as_path());
    for (target, program) in &programs {
        let archive = archive::pack(root, &build_folder.join("dist"), target, program, writer)?;
        println!("{}", archive.display());
    }
    for why in left_out {
        println!("left out: {why}");
    }
    Ok(())
}

/// Returns the target folder of cargo that this program runs from (`TARGET/debug/xtask`).
fn build_folder() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe().context("cannot tell where this program is")?;
    let folder = program
        .ancestors()
        .nth(2)
        .context("this program is not in a target folder")?;
    Ok(folder.to_path_buf())
}

fn build(root: &Path, build_folder: &Path, target: &Target) -> anyhow::Result<PathBuf> {
    println!("building {PROGRAM} for {}", target.label());
    // Two links with other flags must not push each other out of the cache, so each label has its
    // own folder.
    let folder = build_folder.join("dist-build").join(target.label());
    let mut cargo = Command::new("cargo");
    cargo.args([
        "build",
        "--release",
        "--locked",
        "--package",
        PROGRAM,
        "--bin",
        PROGRAM,
    ]);
    cargo
        .args(["--target", target.triple(), "--target-dir"])
        .arg(&folder)
        .folder(root);
    // Incremental builds give other bytes, and slower ones.
    cargo.setting("CARGO_INCREMENTAL", "0");
    for (name, value) in target.build_settings() {
        cargo.setting(name, value);
    }
    cargo.run()?;
    Ok(folder.join(target.triple()).join("release").join(PROGRAM))
}

#[cfg(test)]
mod tests {
    use super::Order;

    #[test]
    fn targets_are_collected_in_order() {
        let order = Order::parse(&["--target", "a", "--target", "b"]).unwrap();
        assert_eq!(order.targets, ["a", "b"]);
        assert!(!order.is_gnu_static);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for words in [
            &["--taget"][..],
            &["--target"],
            &["--gnu-static", "--target", "a"],
        ] {
            assert!(Order::parse(words).is_err(), "{words:?}");
        }
    }
}
