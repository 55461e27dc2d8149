//! The product, in a process of its own: where it is, how it is run, what it took.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use base::{Clock as _, SystemClock};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;

/// A first release build on two cores takes a while.
const BUILD_TIME: Duration = Duration::from_secs(60 * 60);
/// How often a running process is looked at. Its peak is kept by the kernel, so only what it grows
/// by in its very last moment can be missed.
const LOOK_EVERY: Duration = Duration::from_millis(3);

/// The product's binary.
#[derive(Debug)]
pub(crate) struct Product {
    binary: PathBuf,
}

/// One run of the product.
#[derive(Debug)]
pub(crate) struct Run {
    /// From the start of the process to its end.
    pub(crate) wall: Duration,
    /// The most memory it held, in bytes (`VmHWM`); zero if it was too short to be looked at.
    pub(crate) peak_bytes: u64,
    /// What it computed, in user and system mode.
    pub(crate) cpu: Duration,
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// What it printed.
    pub(crate) stdout: Vec<u8>,
    /// What it said.
    pub(crate) stderr: Vec<u8>,
}

impl Run {
    /// Returns the end of what it said, for errors.
    pub(crate) fn last_words(&self) -> String {
        let text = String::from_utf8_lossy(&self.stderr);
        let skip = text.chars().count().saturating_sub(2_000);
        text.chars().skip(skip).collect()
    }
}

impl Product {
    /// Returns the product at `binary`, or builds it beside this program, as cargo would be asked.
    pub(crate) async fn find(binary: Option<PathBuf>) -> anyhow::Result<Self> {
        if let Some(binary) = binary {
            anyhow::ensure!(
                binary.is_file(),
                "there is no product at {}",
                binary.display()
            );
            return Ok(Self { binary });
        }
        let own = std::env::current_exe().context("this program does not know where it is")?;
        let folder = own.parent().context("this program is in no folder")?;
        anyhow::ensure!(
            folder.ends_with("release"),
            "figures of a debug build mean nothing: cargo run --release -p bench"
        );
        let target = folder
            .parent()
            .context("the release folder is in no folder")?;
        build(target).await?;
        Ok(Self {
            binary: folder.join("skywarden"),
        })
    }

    /// Returns how large the binary is, in bytes.
    pub(crate) fn size_bytes(&self) -> anyhow::Result<u64> {
        let told = std::fs::metadata(&self.binary);
        let told = told.with_context(|| format!("cannot look at {}", self.binary.display()))?;
        Ok(told.len())
    }

    /// Runs the product to its end, for `patience` at most, with `home` as its home and working
    /// folder and no environment but `variables`.
    pub(crate) async fn run(
        &self,
        arguments: &[&str],
        variables: &[(String, String)],
        home: &Path,
        patience: Duration,
    ) -> anyhow::Result<Run> {
        let clock = SystemClock::new();
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .env_clear()
            .env("HOME", home)
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .current_dir(home)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let started = clock.monotonic();
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start {}", self.binary.display()))?;
        let process = child
            .id()
            .context("the product ended before it was looked at")?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let mut looks = Looks::default();
        let ended = async {
            let (status, stdout, stderr) = tokio::join!(child.wait(), drained(out), drained(err));
            anyhow::Ok((status?, stdout?, stderr?))
        };
        tokio::pin!(ended);
        let whole = async {
            loop {
                tokio::select! {
                    biased;
                    done = &mut ended => return done,
                    () = clock.sleep(LOOK_EVERY) => looks.look(process),
                }
            }
        };
        let (status, stdout, stderr) = tokio::time::timeout(patience, whole)
            .await
            .with_context(|| format!("the product took longer than {} s", patience.as_secs()))??;
        Ok(Run {
            wall: clock.monotonic().saturating_sub(started),
            peak_bytes: looks.peak_bytes,
            cpu: looks.cpu,
            status,
            stdout,
            stderr,
        })
    }
}

async fn build(target: &Path) -> anyhow::Result<()> {
    let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let mut command = Command::new("cargo");
    command
        .args([
            "build",
            "--release",
            "--quiet",
            "-p",
            "skywarden",
            "--bin",
            "skywarden",
        ])
        .arg("--target-dir")
        .arg(target)
        .current_dir(workspace)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let status = tokio::time::timeout(BUILD_TIME, command.status())
        .await
        .context("building the product took more than an hour")?
        .context("cannot start cargo to build the product")?;
    anyhow::ensure!(status.success(), "the product does not build");
    Ok(())
}

async fn drained(pipe: Option<impl AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

/// What the kernel told of a process so far.
#[derive(Debug, Default)]
struct Looks {
    peak_bytes: u64,
    cpu: Duration,
}

impl Looks {
    /// Looks once more; a process that has just ended tells nothing.
    fn look(&mut self, process: u32) {
        let read = |file: &str| std::fs::read_to_string(format!("/proc/{process}/{file}"));
        if let Some(peak) = read("status").ok().as_deref().and_then(peak_bytes) {
            self.peak_bytes = self.peak_bytes.max(peak);
        }
        if let Some(cpu) = read("stat").ok().as_deref().and_then(cpu_time) {
            self.cpu = self.cpu.max(cpu);
        }
    }
}

/// Reads `VmHWM:   123 kB` of `/proc/PID/status` (proc(5)).
fn peak_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Reads `utime` and `stime` of `/proc/PID/stat` (proc(5), fields 14 and 15), counted in hundredths
/// of a second on every Linux there is.
fn cpu_time(stat: &str) -> Option<Duration> {
    // The name of the program stands in parentheses and may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_millis((user + system) * 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_words_are_read() {
        let status = "Name:\tskywarden\nVmPeak:\t  999 kB\nVmHWM:\t    6336 kB\nVmRSS:\t 5 kB\n";
        assert_eq!(peak_bytes(status), Some(6336 * 1024));
        assert_eq!(peak_bytes("Name:\tzombie\n"), None);
        let stat = "71 (a b) c) S 1 71 71 0 -1 4194304 100 0 0 0 12 3 0 0 20 0 3 0 500 1 1";
        assert_eq!(cpu_time(stat), Some(Duration::from_millis(150)));
        assert_eq!(cpu_time("71 (a"), None);
    }
}
