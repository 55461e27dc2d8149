//! What this machine can build for, and what to install where it cannot.

use std::path::Path;

use anyhow::bail;

use super::command::Command;

/// A machine to build for, with everything that building for it needs in place.
#[derive(Debug)]
pub(super) struct Target {
    triple: String,
    libc: Libc,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Libc {
    /// Resolves names itself, from `/etc/hosts` and DNS: the same everywhere.
    Musl,
    /// Resolves files and DNS itself; other sources of `/etc/nsswitch.conf` would need glibc's own
    /// modules. It takes its random numbers from `/dev/urandom`, which every container has.
    GnuStatic,
}

impl Target {
    /// Returns a musl target, or what is missing for it.
    pub(super) fn musl(triple: &str) -> anyhow::Result<Self> {
        let Some(machine) = triple.strip_suffix("-unknown-linux-musl") else {
            bail!("{triple} is not a musl target: archives must start on any Linux");
        };
        if !has_standard_library(triple)? {
            bail!(
                "the Rust standard library for {triple} is not installed\n\
                 hint: rustup target add {triple}\n\
                 hint: where it cannot be had, `cargo xtask dist --gnu-static` makes a static glibc binary of this machine"
            );
        }
        let mut compilers = vec![format!("{machine}-linux-musl-gcc")];
        if triple.starts_with(std::env::consts::ARCH) {
            compilers.push("musl-gcc".to_owned());
        }
        if !compilers
            .iter()
            .any(|it| Command::new(it).arg("--version").succeeds())
        {
            bail!(
                "{triple} needs a C compiler for SQLite and ring: none of {} runs\n\
                 hint: apt-get install musl-tools (for this machine's own processor), or a musl cross toolchain",
                compilers.join(", ")
            );
        }
        Ok(Self {
            triple: triple.to_owned(),
            libc: Libc::Musl,
        })
    }

    /// Returns this machine itself, linked statically with its glibc.
    pub(super) fn gnu_static() -> anyhow::Result<Self> {
        let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        if !has_standard_library(&triple)? {
            bail!(
                "--gnu-static needs the Rust standard library for {triple}\nhint: rustup target add {triple}"
            );
        }
        Ok(Self {
            triple,
            libc: Libc::GnuStatic,
        })
    }

    /// Returns the name that cargo knows the target by.
    pub(super) fn triple(&self) -> &str {
        &self.triple
    }

    /// Returns the name that users see: a stand-in is never called by the name of the real thing.
    pub(super) fn label(&self) -> String {
        match self.libc {
            Libc::Musl => self.triple.clone(),
            Libc::GnuStatic => format!("{}-static", self.triple),
        }
    }

    /// Returns the environment that cargo needs for this target.
    pub(super) fn build_settings(&self) -> Vec<(&'static str, &'static str)> {
        // The variable is for the target alone, so that build scripts and macros, which are
        // dynamic, are left as they are.
        match (self.libc, self.triple.as_str()) {
            (Libc::Musl, _) => Vec::new(),
            (Libc::GnuStatic, "aarch64-unknown-linux-gnu") => {
                vec![(
                    "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
                    "-C target-feature=+crt-static",
                )]
            }
            (Libc::GnuStatic, _) => {
                vec![(
                    "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
                    "-C target-feature=+crt-static",
                )]
            }
        }
    }

    /// Tells whether this machine can run what is built for the target.
    pub(super) fn runs_here(&self) -> bool {
        self.triple.starts_with(std::env::consts::ARCH)
    }
}

/// Tells whether the compiler in use has a standard library for the target.
fn has_standard_library(triple: &str) -> anyhow::Result<bool> {
    let folder = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", triple])
        .output()?;
    Ok(has_core(Path::new(folder.trim())))
}

fn has_core(folder: &Path) -> bool {
    let Ok(files) = std::fs::read_dir(folder) else {
        return false;
    };
    files
        .flatten()
        .any(|it| it.file_name().to_string_lossy().starts_with("libstd-"))
}

#[cfg(test)]
mod tests {
    use super::{Target, has_standard_library};

    #[test]
    fn a_target_that_is_not_installed_comes_with_the_command_that_installs_it() {
        let triple = "riscv64gc-unknown-linux-musl";
        let text = Target::musl(triple).unwrap_err().to_string();
        assert!(
            text.contains("hint: rustup target add riscv64gc-unknown-linux-musl"),
            "{text}"
        );
    }

    #[test]
    fn a_dynamic_target_is_refused() {
        assert!(Target::musl("x86_64-unknown-linux-gnu").is_err());
    }

    #[test]
    fn the_stand_in_is_not_called_musl() {
        let target = Target::gnu_static().unwrap();
        assert!(
            target.label().ends_with("-linux-gnu-static"),
            "{}",
            target.label()
        );
        assert!(has_standard_library(target.triple()).unwrap());
    }
}
