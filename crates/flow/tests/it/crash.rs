//! A process of its own is killed at every write of the journal, and started again.
//!
//! The process is this test's own program, told by a variable in which folder to work: there is the
//! store, a story, and a cloud whose memory is a file that is only ever added to.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use base::{Clock as _, SystemChance, SystemClock};
use proptest::prelude::*;
use store::rehearsal::{FORGETFUL, Ground, KILL_AT};
use store::{Db, StoreUrl};
use tempfile::TempDir;
use testkit::crash::{KillAt, Scene, Side, crash, crash_at_every_write, crash_until};
use tokio::runtime::{Builder, Runtime};

use crate::disk::{self, Told};
use crate::servers;

/// The folder in which a killed process works.
const FOLDER: &str = "SKYWARDEN_TEST_CRASH_FOLDER";

/// Everything that can happen to a call, in one run: lost answers before and after the deed, refusals
/// for now and for good, and deletions that wait for what replaces the deleted.
const STORY: &str = "
    0 create i-0 after= turns=
    1 create i-1 after= turns=make_and_lose
    2 delete old-2 after=0,1 turns=
    3 create i-3 after=0 turns=lose,later,make
    4 create i-4 after= turns=fail
    5 delete old-5 after=4 turns=
    6 create i-6 after=3 turns=later,make_and_lose
    7 delete old-7 after=6 turns=make_and_lose
";

/// The same in small, for a server, where each play takes longer to set up.
const SHORT_STORY: &str = "
    0 create i-0 after= turns=make_and_lose
    1 delete old-1 after=0 turns=
";

/// Without waits, which take the machine's own time.
const BESIDE_STORY: &str = "
    0 create i-0 after= turns=
    1 delete old-1 after=0 turns=
    2 create i-2 after=1 turns=
    3 create i-3 after=2 turns=
    4 create i-4 after=3 turns=fail
    5 delete old-5 after=4 turns=
";

struct Play {
    folder: TempDir,
    forgetful: Option<&'static str>,
    ground: Option<Ground>,
}

impl Play {
    fn new(template: &Path, story: &str, forgetful: Option<&'static str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(template, folder.path().join("store.db")).unwrap();
        fs::write(folder.path().join("story"), story).unwrap();
        Self {
            folder,
            forgetful,
            ground: None,
        }
    }

    fn on(ground: Ground, story: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("url"), ground.url()).unwrap();
        fs::write(folder.path().join("story"), story).unwrap();
        Self {
            folder,
            forgetful: None,
            ground: Some(ground),
        }
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        if let Some(ground) = self.ground.take() {
            runtime().block_on(ground.clear()).unwrap();
        }
    }
}

impl Scene for Play {
    fn process(&self, kill_at: Option<KillAt>) -> Command {
        let mut process = Command::new(std::env::current_exe().unwrap());
        process.args([
            "--exact",
            "crash::a_process_that_nobody_kills_does_everything_once",
        ]);
        process.env(FOLDER, self.folder.path());
        process.env("RUST_BACKTRACE", "0");
        process.envs(kill_at.map(|it| (KILL_AT, it.to_string())));
        process.envs(self.forgetful.map(|it| (FORGETFUL, it)));
        process
    }

    fn faults(&self, end: &Output) -> Vec<String> {
        if !end.status.success() {
            let said = String::from_utf8_lossy(&end.stdout).into_owned();
            return vec![format!("the process ended with {}: {said}", end.status)];
        }
        let told = Told::read(self.folder.path());
        told.faults()
    }
}

/// Makes an empty store, to be copied into each play.
fn template() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    runtime().block_on(async {
        let db = Db::open(&StoreUrl::sqlite(&path)).await.unwrap();
        db.close().await;
    });
    (folder, path)
}

/// One for all: a connection lives in the runtime that opened it.
fn runtime() -> &'static Runtime {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
        let mut builder = Builder::new_current_thread();
        builder.enable_all().build().unwrap()
    });
    &RUNTIME
}

/// This is also the process that the others kill: then it is told where to work, and judged by them.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "by this the process learns where to work"
)]
fn a_process_that_nobody_kills_does_everything_once() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        runtime().block_on(disk::work(Path::new(&folder)));
        return;
    }
    let (_kept, template) = template();
    let play = Play::new(&template, STORY, None);
    runtime().block_on(disk::work(play.folder.path()));
    assert_eq!(Told::read(play.folder.path()).faults(), [""; 0]);
}

#[test]
fn killed_at_any_write_it_does_nothing_twice_and_loses_nothing() {
    let (_kept, template) = template();
    let rehearsal = crash_at_every_write(|| Play::new(&template, STORY, None));
    assert_eq!(rehearsal.faults, [""; 0]);
    // The plan, and at least intention, mark and end of a chain of three jobs, on both sides.
    assert!(rehearsal.kills >= 2 * (1 + 3 * 3), "{}", rehearsal.kills);
}

#[test]
fn killed_at_any_write_on_a_server_it_does_nothing_twice_and_loses_nothing() {
    if servers::server().is_none() {
        return;
    }
    let rehearsal = crash_at_every_write(|| {
        let ground = runtime().block_on(servers::ground()).unwrap();
        Play::on(ground, SHORT_STORY)
    });
    assert_eq!(rehearsal.faults, [""; 0]);
    assert!(rehearsal.kills >= 2 * (1 + 2 * 3), "{}", rehearsal.kills);
}

/// Two processes at the same run, of which the first is killed.
fn side_by_side(play: &Play, kill_at: KillAt) -> Vec<String> {
    let folder = play.folder.path();
    fs::write(folder.join(disk::BESIDE), "").unwrap();
    let (mut one, mut other) = (play.process(Some(kill_at)), play.process(None));
    let mut one = one
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let end = other.output().unwrap();
    one.wait().unwrap();
    play.faults(&end)
}

#[test]
fn of_two_at_one_run_one_works_and_the_other_takes_over_when_it_is_killed() {
    let (_kept, template) = template();
    runtime().block_on(async {
        let db = Db::open(&StoreUrl::sqlite(&template)).await.unwrap();
        let now = SystemClock::new().now();
        db.run_start(&SystemChance, "backups", "apply", now)
            .await
            .unwrap();
        db.close().await;
    });
    let mut met = 0;
    for write in 1..=6 {
        for side in [Side::Before, Side::After] {
            let play = Play::new(&template, BESIDE_STORY, None);
            let faults = side_by_side(&play, KillAt { write, side });
            assert_eq!(faults, [""; 0], "{write}:{side:?}");
            met += usize::from(play.folder.path().join("busy").exists());
        }
    }
    assert!(met > 0, "the two never met");
}

/// Shows that without these lines of the journal a crash is seen to do harm.
fn goes_red(forgetful: &'static str, says: &str) {
    let (_kept, template) = template();
    let play = || Play::new(&template, STORY, Some(forgetful));
    let rehearsal = crash_until(play, |fault| fault.contains(says));
    let seen = rehearsal.faults.last();
    assert!(seen.is_some_and(|it| it.contains(says)), "{seen:?}");
}

#[test]
fn the_crash_test_sees_that_intentions_are_missing() {
    goes_red("intend", "was made twice");
}

#[test]
fn the_crash_test_sees_that_marks_are_missing() {
    goes_red("mark", "does not know what was made before it");
    goes_red("mark", "the mark of i-0 is lost");
}

#[test]
fn the_crash_test_sees_that_ends_are_missing() {
    let (_kept, template) = template();
    let rehearsal = crash(&Play::new(&template, STORY, Some("end")), &[]);
    let endless = |it: &String| it.contains("it never comes to an end");
    assert!(
        rehearsal.faults.iter().any(endless),
        "{:?}",
        rehearsal.faults
    );
}

fn story() -> impl Strategy<Value = String> {
    let turn = prop_oneof![
        3 => Just("make"),
        2 => Just("make_and_lose"),
        2 => Just("lose"),
        1 => Just("later"),
        1 => Just("fail"),
    ];
    let turns = prop::collection::vec(turn, 0..3);
    let after = prop::collection::vec(any::<prop::sample::Index>(), 0..3);
    let jobs = prop::collection::vec((any::<bool>(), turns, after), 1..8);
    jobs.prop_map(|jobs| {
        let line = |(place, (deletes, turns, after)): (
            usize,
            (bool, Vec<&str>, Vec<prop::sample::Index>),
        )| {
            let after = after
                .iter()
                .filter(|_| place > 0)
                .map(|it| (it.index(place), ()));
            let after: BTreeMap<usize, ()> = after.collect();
            let after: Vec<String> = after.into_keys().map(|it| it.to_string()).collect();
            let (step, subject) = if deletes {
                ("delete", "old")
            } else {
                ("create", "i")
            };
            let (after, turns) = (after.join(","), turns.join(","));
            format!("{place} {step} {subject}-{place} after={after} turns={turns}\n")
        };
        (0..).zip(jobs).map(line).collect()
    })
}

fn kill_at() -> impl Strategy<Value = KillAt> {
    (1_u32..16, any::<bool>()).prop_map(|(write, is_before)| KillAt {
        write,
        side: if is_before { Side::Before } else { Side::After },
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12, failure_persistence: None, max_shrink_iters: 40, ..ProptestConfig::default()
    })]

    #[test]
    fn killed_again_and_again_it_does_nothing_twice_and_loses_nothing(
        story in story(),
        kills in prop::collection::vec(kill_at(), 0..5),
    ) {
        let (_kept, template) = template();
        let rehearsal = crash(&Play::new(&template, &story, None), &kills);
        prop_assert!(rehearsal.faults.is_empty(), "{:#?}", rehearsal.faults);
    }
}
