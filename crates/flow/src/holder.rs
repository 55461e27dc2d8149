//! Who holds a lane, said so that others can tell whether that process is still there.
//!
//! A process that was killed gives nothing back. Another one on the same host need not wait until its
//! leases run out: it sees that the holder is gone. From another host, or out of another container,
//! nobody can see that, and the lease's end is waited for.
//!
//! Invariant: a holder that may be alive is never called dead.

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use base::{Chance as _, SystemChance};
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use store::RunId;

/// A holder of leases, as long as it lives; no two have the same text.
#[derive(Debug)]
pub(crate) struct Holder {
    text: String,
    serial: u64,
}

/// The holders of this process that are alive.
static ALIVE: Mutex<BTreeSet<u64>> = Mutex::new(BTreeSet::new());
static SERIALS: AtomicU64 = AtomicU64::new(1);
/// `None` where the operating system does not tell enough.
static THIS_PROCESS: LazyLock<Option<ProcessMark>> = LazyLock::new(ProcessMark::own);

impl Holder {
    pub(crate) fn new(run: &RunId) -> Self {
        let serial = SERIALS.fetch_add(1, Ordering::Relaxed);
        alive().insert(serial);
        let text = match &*THIS_PROCESS {
            Some(process) => process.holder_text(run, serial),
            None => format!("run {run} [{}]", SystemChance.token()),
        };
        Self { text, serial }
    }

    /// Returns how it is written down.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        alive().remove(&self.serial);
    }
}

/// Returns what a person should read of a holder's text.
pub(crate) fn in_words(text: &str) -> &str {
    text.split_once(" [").map_or(text, |(words, _)| words)
}

/// Tells whether a holder is certainly no more.
pub(crate) fn is_dead(text: &str) -> bool {
    let Some(own) = &*THIS_PROCESS else {
        return false;
    };
    let Some((holder, serial)) = ProcessMark::parse(text) else {
        return false;
    };
    if (&holder.boot, &holder.namespace) != (&own.boot, &own.namespace) {
        return false;
    }
    if (holder.pid, holder.start) == (own.pid, own.start) {
        return !alive().contains(&serial);
    }
    let Some(pid) = Pid::from_raw(holder.pid) else {
        return false;
    };
    if test_kill_process(pid) == Err(Errno::SRCH) {
        return true;
    }
    // There is a process of that number: is it another one, or one that has ended and is not yet
    // buried by its parent?
    stat_of(&holder.pid.to_string())
        .is_some_and(|(state, start)| start != holder.start || matches!(state, 'Z' | 'X'))
}

/// What no two processes have in common: numbers are used again, but not with the same start.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ProcessMark {
    host: String,
    boot: String,
    namespace: String,
    pid: i32,
    /// In ticks since the boot.
    start: u64,
}

impl ProcessMark {
    fn own() -> Option<Self> {
        let line = |path: &str| Some(fs::read_to_string(path).ok()?.trim().to_owned());
        let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
        Some(Self {
            host: line("/proc/sys/kernel/hostname")?,
            boot: line("/proc/sys/kernel/random/boot_id")?,
            namespace: namespace.to_str()?.to_owned(),
            pid: i32::try_from(std::process::id()).ok()?,
            start: stat_of("self")?.1,
        })
    }

    fn holder_text(&self, run: &RunId, serial: u64) -> String {
        let Self {
            host,
            boot,
            namespace,
            pid,
            start,
        } = self;
        format!("run {run} on {host}, process {pid} [{boot} {namespace} {pid} {start} {serial}]")
    }

    fn parse(text: &str) -> Option<(Self, u64)> {
        let (words, marks) = text.strip_suffix(']')?.split_once(" [")?;
        let mut marks = marks.split(' ');
        let mark = Self {
            host: words.to_owned(),
            boot: marks.next()?.to_owned(),
            namespace: marks.next()?.to_owned(),
            pid: marks.next()?.parse().ok()?,
            start: marks.next()?.parse().ok()?,
        };
        let serial = marks.next()?.parse().ok()?;
        marks.next().is_none().then_some((mark, serial))
    }
}

/// Returns state and start of a process; see proc_pid_stat(5). The name of the program, in
/// parentheses, may have anything in it.
fn stat_of(process: &str) -> Option<(char, u64)> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    let state = fields.next()?.chars().next()?;
    // The state is the third field, the start the 22nd.
    Some((state, fields.nth(18)?.parse().ok()?))
}

fn alive() -> MutexGuard<'static, BTreeSet<u64>> {
    ALIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn run() -> RunId {
        RunId::from_text("run-1")
    }

    #[test]
    fn a_holder_lives_as_long_as_its_value() {
        let holder = Holder::new(&run());
        let text = holder.text().to_owned();
        assert!(!is_dead(&text), "{text}");
        assert_ne!(Holder::new(&run()).text(), text);
        drop(holder);
        assert!(is_dead(&text), "{text}");
        assert!(in_words(&text).starts_with("run run-1 on "), "{text}");
        assert!(!in_words(&text).contains('['), "{text}");
    }

    #[test]
    fn a_process_that_has_ended_or_whose_number_is_used_again_is_dead() {
        let mut child = Command::new("true").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        child.wait().unwrap();
        let own = ProcessMark::own().unwrap();
        let ended = ProcessMark { pid, ..own.clone() };
        assert!(is_dead(&ended.holder_text(&run(), 1)));
        // Our parent lives, but did not start when that holder did.
        let parent = i32::try_from(std::os::unix::process::parent_id()).unwrap();
        let start = stat_of(&parent.to_string()).unwrap().1;
        let living = ProcessMark {
            pid: parent,
            start,
            ..own.clone()
        };
        assert!(!is_dead(&living.holder_text(&run(), 1)));
        let reused = ProcessMark {
            start: start + 1,
            ..living
        };
        assert!(is_dead(&reused.holder_text(&run(), 1)));
    }

    #[test]
    fn nobody_is_called_dead_who_cannot_be_seen() {
        let own = ProcessMark::own().unwrap();
        let nobody = ProcessMark {
            pid: i32::MAX,
            ..own.clone()
        };
        assert!(is_dead(&nobody.holder_text(&run(), 1)));
        let after_boot = ProcessMark {
            boot: "another".into(),
            ..nobody.clone()
        };
        let in_container = ProcessMark {
            namespace: "pid:[1]".into(),
            ..nobody
        };
        let texts = [
            after_boot.holder_text(&run(), 1),
            in_container.holder_text(&run(), 1),
            "somebody".to_owned(),
            "somebody [of another kind]".to_owned(),
            String::new(),
        ];
        for text in texts {
            assert!(!is_dead(&text), "{text}");
        }
    }
}
