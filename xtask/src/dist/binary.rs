//! Looks at a finished binary: does it stand alone, and does it start where there is nothing else?

use std::path::Path;

use anyhow::{Context as _, bail};

use super::PROGRAM;
use super::command::Command;
use super::toolchain::Target;

/// The oldest kernel that users run: CentOS 7.
const OLDEST_KERNEL: [u32; 2] = [3, 10];

/// Fails unless the binary is static, asks for no kernel newer than 3.10, and starts in an empty
/// root folder.
pub(super) fn check(program: &Path, target: &Target) -> anyhow::Result<()> {
    let report = Command::new("readelf")
        .args(["--program-headers", "--dynamic", "--notes", "--wide"])
        .arg(program)
        .setting("LC_ALL", "C")
        .output()?;
    stands_alone(&report).with_context(|| format!("{} cannot be released", program.display()))?;
    let size = program
        .metadata()
        .with_context(|| format!("cannot read {}", program.display()))?
        .len();
    println!("  static, {} KiB", size / 1024);
    if !target.runs_here() {
        println!("  not started: it is for another processor");
        return Ok(());
    }
    let version = start_in_empty_root(program)?;
    if !version.starts_with(PROGRAM) {
        bail!("it starts in an empty root folder, but --version prints {version:?}");
    }
    println!("  starts in an empty root folder: {}", version.trim());
    Ok(())
}

/// Judges what readelf says: no interpreter, no shared library, no newer kernel.
fn stands_alone(report: &str) -> anyhow::Result<()> {
    for line in report.lines().map(str::trim) {
        if line.starts_with("INTERP") {
            bail!("it asks for a dynamic loader, so it is not static");
        }
        if line.contains("(NEEDED)") {
            bail!("it needs a shared library: {line}");
        }
        if let Some(version) = line
            .split("ABI: ")
            .nth(1)
            .filter(|_| line.contains("OS: Linux"))
        {
            let wanted = kernel(version)
                .with_context(|| format!("cannot read the kernel version in: {line}"))?;
            if wanted > OLDEST_KERNEL {
                bail!(
                    "it asks for kernel {version}, and users have {}.{}",
                    OLDEST_KERNEL[0],
                    OLDEST_KERNEL[1]
                );
            }
        }
    }
    if !report.contains("LOAD") {
        bail!("readelf saw no program in it");
    }
    Ok(())
}

fn kernel(version: &str) -> Option<[u32; 2]> {
    let mut numbers = version.trim().split('.').map(str::parse);
    Some([numbers.next()?.ok()?, numbers.next()?.ok()?])
}

/// Starts `--version` with the binary as the only file of its root folder, and returns what it
/// printed.
fn start_in_empty_root(program: &Path) -> anyhow::Result<String> {
    let folder = program.with_file_name("empty-root");
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let copy = folder.join(PROGRAM);
    std::fs::copy(program, &copy).with_context(|| format!("cannot copy to {}", copy.display()))?;
    let inside = format!("/{PROGRAM}");
    // Root may change its root folder; anyone else gets a user namespace for it.
    let outcome = Command::new("unshare")
        .arg("--map-root-user")
        .arg(format!("--root={}", folder.display()))
        .args([&inside, "--version"])
        .output()
        .or_else(|_| {
            Command::new("chroot")
                .arg(&folder)
                .args([&inside, "--version"])
                .output()
        });
    outcome.context(
        "it does not start in an empty root folder (this check needs root or user namespaces)",
    )
}

#[cfg(test)]
mod tests {
    use super::stands_alone;

    const STATIC: &str = "
Program Headers:
  LOAD           0x000000 0x0000000000000000 0x0000000000000000 0x000be0 0x000be0 R   0x1000
Dynamic section at offset 0x2d50 contains 21 entries:
 0x000000000000000c (INIT)               0x1000
Displaying notes found in: .note.ABI-tag
  GNU                  0x00000010\tNT_GNU_ABI_TAG\t    OS: Linux, ABI: 3.2.0
";

    #[test]
    fn a_static_binary_passes() {
        stands_alone(STATIC).unwrap();
    }

    #[test]
    fn whatever_ties_it_to_a_machine_is_found() {
        let ties = [
            "  INTERP         0x0002a8 0x00000000000002a8 0x00000000000002a8 0x00001c 0x00001c R   0x1",
            " 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]",
            "  GNU  0x00000010  NT_GNU_ABI_TAG  OS: Linux, ABI: 4.4.0",
        ];
        for tie in ties {
            assert!(stands_alone(&format!("{STATIC}{tie}\n")).is_err(), "{tie}");
        }
    }

    #[test]
    fn nothing_seen_is_not_the_same_as_nothing_wrong() {
        assert!(stands_alone("").is_err());
    }
}
