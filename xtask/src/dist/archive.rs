//! Packs a checked binary: the same commit gives the same bytes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use super::PROGRAM;
use super::command::Command;
use super::toolchain::Target;

/// Texts that go along, where they exist in the root.
const TEXTS: &[&str] = &["README.md", "README.zh-CN.md", "LICENSE", "CHANGELOG.md"];

/// The shells that the program writes completions for, with the file name that each shell looks
/// for.
const SHELLS: &[(&str, &str)] = &[
    ("bash", "skywarden.bash"),
    ("zsh", "_skywarden"),
    ("fish", "skywarden.fish"),
];

/// The languages that the program writes its manual in, with the folder that `man` looks for.
const MANUALS: &[(&str, &str)] = &[("en", "man/man1"), ("zh-CN", "man/zh_CN/man1")];

/// Writes the tarball and its `.sha256` into `folder`, and returns the tarball's path. The `writer`
/// is the same program for this machine.
pub(super) fn pack(
    root: &Path,
    folder: &Path,
    target: &Target,
    program: &Path,
    writer: Option<&Path>,
) -> anyhow::Result<PathBuf> {
    let name = format!("{PROGRAM}-{}-{}", env!("CARGO_PKG_VERSION"), target.label());
    let stage = folder.join(&name);
    if stage.exists() {
        fs::remove_dir_all(&stage).with_context(|| format!("cannot clear {}", stage.display()))?;
    }
    make_folder(&stage)?;
    copy(program, &stage.join(PROGRAM))?;
    for text in TEXTS.iter().filter(|it| root.join(it).is_file()) {
        copy(&root.join(text), &stage.join(text))?;
    }
    if let Some(writer) = writer {
        write_companions(writer, &stage)?;
    }
    let archive = folder.join(format!("{name}.tar.gz"));
    pack_folder(root, folder, &name, &archive)?;
    write_digest(folder, &format!("{name}.tar.gz"))?;
    Ok(archive)
}

/// Lets the program write its own completions and man pages, so that they cannot differ from it.
fn write_companions(program: &Path, stage: &Path) -> anyhow::Result<()> {
    let completions = stage.join("completions");
    make_folder(&completions)?;
    for (shell, file) in SHELLS {
        let text = Command::new(program)
            .args(["--lang", "en", "completions", shell])
            .output()?;
        ensure!(
            !text.is_empty(),
            "{PROGRAM} completions {shell} prints nothing"
        );
        write(&completions.join(file), &text)?;
    }
    for (language, folder) in MANUALS {
        let pages = stage.join(folder);
        make_folder(&pages)?;
        Command::new(program)
            .args(["--lang", language, "man", "--dir"])
            .arg(&pages)
            .output()?;
        let first = pages.join(format!("{PROGRAM}.1"));
        ensure!(
            first.is_file(),
            "{PROGRAM} man does not write {}",
            first.display()
        );
    }
    Ok(())
}

/// Packs with everything fixed that would differ from run to run: order, owner, time.
fn pack_folder(root: &Path, folder: &Path, name: &str, archive: &Path) -> anyhow::Result<()> {
    let committed = Command::new("git")
        .args(["log", "-1", "--format=%ct"])
        .folder(root)
        .output()?;
    Command::new("tar")
        .args([
            "--sort=name",
            "--owner=0",
            "--group=0",
            "--numeric-owner",
            "--format=ustar",
        ])
        .arg(format!("--mtime=@{}", committed.trim()))
        .args([
            "--mode=u=rwX,go=rX",
            "--use-compress-program=gzip -9 -n",
            "--create",
            "--file",
        ])
        .arg(archive)
        .arg("--directory")
        .arg(folder)
        .arg(name)
        .run()
}

/// Writes the digest as `sha256sum --check` reads it.
fn write_digest(folder: &Path, archive: &str) -> anyhow::Result<()> {
    let line = Command::new("sha256sum")
        .arg(archive)
        .folder(folder)
        .output()?;
    write(&folder.join(format!("{archive}.sha256")), &line)
}

fn make_folder(path: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::copy(from, to)
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
