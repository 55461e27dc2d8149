//! The crash harness: a process of its own is killed at every write of its journal, started again, and
//! the world it worked in is judged.
//!
//! The process ends itself with SIGKILL, by the order `3:before` or `3:after` its third write is
//! committed, so that no crash depends on how fast anything is. How the order reaches it is the
//! scene's matter (an environment variable that a store with its feature `rehearsal` reads).
//!
//! A harness that never goes red proves nothing: whoever uses it also shows that it does, with a
//! journal from which a write is taken out.

use std::fmt;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Output};

const SIGKILL: i32 = 9;
/// A process that writes more often does not come to its end.
const WRITES_AT_MOST: u32 = 2_000;

/// When a process ends itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KillAt {
    /// At which write of its journal; the first is 1.
    pub write: u32,
    /// On which side of the commit.
    pub side: Side,
}

/// A side of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The write never happens.
    Before,
    /// The write has happened, and the process does not learn of it.
    After,
}

impl fmt::Display for KillAt {
    /// As the order is spelt: `3:before`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Before => "before",
            Side::After => "after",
        };
        write!(f, "{}:{side}", self.write)
    }
}

/// A world, and a process that works in it.
pub trait Scene {
    /// Returns the process: the same at the start and after a crash. With an order it ends itself.
    fn process(&self, kill_at: Option<KillAt>) -> Command;

    /// Returns what is wrong with the world after the process has come to its end with this output.
    fn faults(&self, end: &Output) -> Vec<String>;
}

/// What became of a rehearsal.
#[derive(Debug, Default)]
pub struct Rehearsal {
    /// How many processes were killed.
    pub kills: u32,
    /// What was wrong, and after which crash.
    pub faults: Vec<String>,
}

/// Plays a scene with a crash on each side of every write, each in a fresh world, and once without.
///
/// # Panics
///
/// When a process cannot be started, or does not come to its end.
pub fn crash_at_every_write<S: Scene>(fresh: impl Fn() -> S) -> Rehearsal {
    crash_until(fresh, |_| false)
}

/// Does the same as [`crash_at_every_write`] on one side of every write: for processes that take so
/// long that the other side is another test's.
///
/// # Panics
///
/// When a process cannot be started, or does not come to its end.
pub fn crash_on_one_side<S: Scene>(fresh: impl Fn() -> S, side: Side) -> Rehearsal {
    crash_on(&[side], fresh, |_| false)
}

/// Plays a scene with one crash after the other until a fault is seen that `is_looked_for`: to show
/// that a harness goes red. The fault is the last one then.
///
/// # Panics
///
/// When a process cannot be started, or does not come to its end.
pub fn crash_until<S: Scene>(
    fresh: impl Fn() -> S,
    is_looked_for: impl Fn(&str) -> bool,
) -> Rehearsal {
    crash_on(&[Side::Before, Side::After], fresh, is_looked_for)
}

fn crash_on<S: Scene>(
    sides: &[Side],
    fresh: impl Fn() -> S,
    is_looked_for: impl Fn(&str) -> bool,
) -> Rehearsal {
    let mut rehearsal = Rehearsal::default();
    for write in 1..=WRITES_AT_MOST {
        let mut was_killed = false;
        for side in sides.iter().copied() {
            let played = crash(&fresh(), &[KillAt { write, side }]);
            was_killed |= played.kills > 0;
            rehearsal.kills += played.kills;
            for fault in played.faults {
                let is_seen = is_looked_for(&fault);
                rehearsal.faults.push(fault);
                if is_seen {
                    return rehearsal;
                }
            }
        }
        if !was_killed {
            return rehearsal;
        }
    }
    panic!("a process writes its journal more than {WRITES_AT_MOST} times");
}

/// Plays a scene with these crashes one after the other; a process that comes to its end before its
/// order holds is not started again.
///
/// # Panics
///
/// When a process cannot be started.
pub fn crash(scene: &impl Scene, kills: &[KillAt]) -> Rehearsal {
    let mut story = Vec::new();
    for kill_at in kills {
        let end = start(scene.process(Some(*kill_at)));
        if end.status.signal() != Some(SIGKILL) {
            return judged(scene, &story, &end);
        }
        story.push(kill_at.to_string());
    }
    let end = start(scene.process(None));
    judged(scene, &story, &end)
}

fn start(mut process: Command) -> Output {
    match process.output() {
        Ok(output) => output,
        Err(error) => panic!("{process:?} cannot be started: {error}"),
    }
}

fn judged(scene: &impl Scene, story: &[String], end: &Output) -> Rehearsal {
    let after = match story {
        [] => "without a crash".to_owned(),
        crashes => format!("after a crash at {}", crashes.join(", then at ")),
    };
    let faults = scene.faults(end).into_iter();
    let mut faults: Vec<String> = faults.map(|it| format!("{after}: {it}")).collect();
    if end.status.code().is_none() {
        let said = String::from_utf8_lossy(&end.stderr);
        faults.push(format!(
            "{after}: the process fell to {}: {said}",
            end.status
        ));
    }
    Rehearsal {
        kills: u32::try_from(story.len()).unwrap_or(u32::MAX),
        faults,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// A shell that writes three lines into a file, and at an order kills itself around one; the line
    /// that was written counts as its journal, and it goes on behind it.
    struct Shell {
        folder: PathBuf,
        script: &'static str,
    }

    const CAREFUL: &str = r#"
        i=0
        for word in a b c; do
            grep -q $word log 2>/dev/null && continue
            i=$((i + 1))
            [ "$1" = "$i:before" ] && kill -9 $$
            echo $word >> log
            [ "$1" = "$i:after" ] && kill -9 $$
        done
        exit 0
    "#;

    /// Forgets to look how far it is.
    const CARELESS: &str = r#"
        i=0
        for word in a b c; do
            i=$((i + 1))
            [ "$1" = "$i:before" ] && kill -9 $$
            echo $word >> log
            [ "$1" = "$i:after" ] && kill -9 $$
        done
        exit 0
    "#;

    impl Shell {
        fn new(root: &Path, script: &'static str) -> Self {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let number = COUNT.fetch_add(1, Ordering::SeqCst);
            let folder = root.join(number.to_string());
            fs::create_dir(&folder).unwrap();
            Self { folder, script }
        }
    }

    impl Scene for Shell {
        fn process(&self, kill_at: Option<KillAt>) -> Command {
            let order = kill_at.map(|it| it.to_string()).unwrap_or_default();
            let mut shell = Command::new("sh");
            shell.args(["-c", self.script, "sh", &order]);
            shell.current_dir(&self.folder);
            shell
        }

        fn faults(&self, end: &Output) -> Vec<String> {
            assert!(end.status.success(), "{end:?}");
            let log = fs::read_to_string(self.folder.join("log")).unwrap();
            let is_right = log == "a\nb\nc\n";
            (!is_right)
                .then(|| log.replace('\n', " "))
                .into_iter()
                .collect()
        }
    }

    #[test]
    fn every_write_is_crashed_at_on_both_sides() {
        let root = tempfile::tempdir().unwrap();
        let rehearsal = crash_at_every_write(|| Shell::new(root.path(), CAREFUL));
        assert_eq!((rehearsal.kills, rehearsal.faults), (6, Vec::new()));
    }

    #[test]
    fn the_sides_of_the_writes_can_be_played_apart() {
        let root = tempfile::tempdir().unwrap();
        let fresh = || Shell::new(root.path(), CARELESS);
        let [before, after] = [Side::Before, Side::After].map(|it| crash_on_one_side(fresh, it));
        assert_eq!((before.kills, before.faults.len()), (3, 2));
        assert_eq!((after.kills, after.faults.len()), (3, 3));
    }

    #[test]
    fn who_looks_for_a_fault_stops_at_it() {
        let root = tempfile::tempdir().unwrap();
        let seen = crash_until(
            || Shell::new(root.path(), CARELESS),
            |it| it.contains("2:before"),
        );
        assert_eq!(seen.kills, 3);
        assert_eq!(seen.faults.len(), 2);
    }

    #[test]
    fn a_process_that_does_things_twice_is_seen_and_the_crash_is_named() {
        let root = tempfile::tempdir().unwrap();
        let rehearsal = crash_at_every_write(|| Shell::new(root.path(), CARELESS));
        assert_eq!(
            rehearsal.faults,
            [
                "after a crash at 1:after: a a b c ",
                "after a crash at 2:before: a a b c ",
                "after a crash at 2:after: a b a b c ",
                "after a crash at 3:before: a b a b c ",
                "after a crash at 3:after: a b c a b c ",
            ]
        );
    }
}
