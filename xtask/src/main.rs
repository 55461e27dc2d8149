//! The workshop of this repository: the house rules, and the release archives.
//!
//! `cargo xtask tidy` says what breaks a house rule; the same checks are ordinary tests, so they
//! run with all others.
//! `cargo xtask dist` makes the archives that users download.
//!
//! Invariant: nothing here is part of the product, and no crate of the product depends on it.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a developer's tool talks on the terminal"
)]

mod dist;
mod manifest;
mod repo;
mod tidy;

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask tidy
       cargo xtask dist [--target TRIPLE]... [--gnu-static]

tidy   checks the house rules (CONTRIBUTING.md) and prints what breaks them
dist   builds static release archives into target/dist
         --target TRIPLE  the machine to build for, may be repeated
                          (default: x86_64-unknown-linux-musl, and aarch64 where it can be built)
         --gnu-static     where the musl target cannot be installed: a static glibc binary of this machine
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["tidy"] => tidy::run(&root()),
        ["dist", options @ ..] => {
            dist::Order::parse(options).and_then(|it| dist::run(&root(), &it))
        }
        ["--help" | "-h" | "help"] => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Returns the folder of the workspace that this program is run for.
#[expect(
    clippy::disallowed_methods,
    reason = "cargo names the checkout at run time; the one at build time may be another clone with the same target folder"
)]
fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().unwrap_or(&package).to_path_buf()
}
