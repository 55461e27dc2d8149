//! Plays for the crash harness: the program works, is killed and works again, in a copy of one world.
//!
//! The process is this test's own program: told so by its environment it runs the command line that the
//! real one runs, with the surroundings of a process, and with a clock that the test gives it. So it
//! waits for nothing, and the product has no switch for that.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use base::{Clock as _, ManualClock};
use cloudsim::world::deeds::{Act, Deed, Sort};
use cloudsim::{Account, World};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use skywarden::Host;
use skywarden::surroundings::Surroundings;
use store::rehearsal::{FORGETFUL, KILL_AT};
use store::{Db, RunId, StoreUrl};
use testkit::crash::{KillAt, Scene as Rehearsed};

use crate::house::{House, Said};
use crate::scene::Scene;

/// The command line of a process of this test's own, as JSON.
const LINE: &str = "SKYWARDEN_TEST_LINE";
/// When it begins.
const NOW: &str = "SKYWARDEN_TEST_NOW";
/// What it says and how it ends, in its home: its own output is the test harness's.
const STDOUT: &str = "said.out";
const CODE: &str = "said.code";

/// It takes somebody that long to start the program, and to see that it was killed.
const UNTIL_SEEN: SignedDuration = SignedDuration::from_mins(5);

/// Works as the program if this process was started for that.
pub(in crate::changes) fn was_told_to_work() -> bool {
    let around = Surroundings::of_this_process();
    let (Some(line), Some(now)) = (around.variable(LINE), around.variable(NOW)) else {
        return false;
    };
    let line: Vec<String> = serde_json::from_str(line).unwrap();
    let now: Timestamp = now.parse().unwrap();
    let home = around.home.unwrap();
    let host = Host {
        clock: Arc::new(ManualClock::hurrying(now)),
        stdout: Box::new(File::create(home.join(STDOUT)).unwrap()),
        ..Host::of_this_process()
    };
    let program = std::iter::once("skywarden".to_owned());
    let code = skywarden::run(program.chain(line).map(Into::into), host);
    fs::write(home.join(CODE), code.to_string()).unwrap();
    true
}

/// Returns the program as a process of its own that begins at a scene's time.
pub(in crate::changes) fn process(scene: &Scene, line: &[&str]) -> Command {
    let like = scene.house.program(&[]);
    let mut process = Command::new(std::env::current_exe().unwrap());
    process
        .args(["--exact", super::WORKER, "--test-threads=1"])
        .env_clear()
        .envs(
            like.get_envs()
                .filter_map(|(key, value)| Some((key, value?))),
        )
        .env(LINE, serde_json::to_string(line).unwrap())
        .env(NOW, scene.house.clock.now().to_string())
        .current_dir(scene.house.home());
    process
}

/// Lets a process come to its end, and returns what it said as the program.
pub(in crate::changes) fn ended(scene: &Scene, end: &Output) -> Said {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let read = |path: &str| fs::read_to_string(scene.house.path(path));
    let code = read(CODE).ok().and_then(|it| it.parse().ok());
    let said = Said {
        // None of ours is 255: the process fell, and its harness says how.
        code: code.unwrap_or(255),
        stdout: read(STDOUT).unwrap_or_default(),
        stderr: text(&end.stderr),
    };
    match code {
        Some(_) => said,
        None => Said {
            stderr: said.stderr + &text(&end.stdout),
            ..said
        },
    }
}

/// Runs the program as a process of its own.
pub(in crate::changes) fn run(scene: &Scene, line: &[&str]) -> Said {
    forget_what_was_said(scene);
    let end = process(scene, line).output().unwrap();
    ended(scene, &end)
}

fn forget_what_was_said(scene: &Scene) {
    for path in [STDOUT, CODE] {
        fs::remove_file(scene.house.path(path)).ok();
    }
}

/// A world and a store with their history, of which each play gets copies, and what is played in them.
pub(in crate::changes) struct Stage {
    past: Scene,
    now: Timestamp,
    accounts: Vec<Account>,
    keys: Vec<(&'static str, String)>,
    tables: &'static str,
    line: &'static [&'static str],
    restart: Restart,
    /// What becomes of the world when nothing goes wrong.
    wanted: Vec<String>,
    plays: Cell<u32>,
}

/// How the work is taken up after a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::changes) enum Restart {
    /// By the same command.
    Again,
    /// By `runs resume`, as long as the journal has something of the run.
    Resume,
}

impl Stage {
    /// Returns a stage of what `past` has come to, on which `line` is run with `tables` configured.
    pub(in crate::changes) fn new(
        past: Scene,
        keys: Vec<(&'static str, String)>,
        tables: &'static str,
        line: &'static [&'static str],
        restart: Restart,
    ) -> Self {
        // Who waits moves the clock of its house, not the world's.
        past.go_by(UNTIL_SEEN);
        let now = past.house.clock.now();
        past.sim.world().advance_to(now);
        let mut stage = Self {
            now,
            accounts: past.sim.world().accounts(),
            past,
            keys,
            tables,
            line,
            restart,
            wanted: Vec::new(),
            plays: Cell::new(0),
        };
        let play = stage.play(None);
        let said = run(&play.scene, line);
        assert_eq!(said.code, 0, "{said}");
        stage.wanted = play.done();
        stage
    }

    /// Returns what becomes of the world when nothing goes wrong.
    pub(in crate::changes) fn wanted(&self) -> String {
        self.wanted.join("\n")
    }

    /// Returns a play that has not begun, whose journal lacks one kind of lines if that is wanted.
    pub(in crate::changes) fn play(&self, forgets: Option<&'static str>) -> Play<'_> {
        let world = World::new(self.now);
        for account in &self.accounts {
            world.add(account.clone());
        }
        let house = House::new().with_lasting_chance();
        let since = self.now.duration_since(crate::scene::now());
        house.clock.advance(since.unsigned_abs());
        let clock = Arc::new(house.clock.clone());
        let mut scene = Scene::on(world, house, clock);
        for (account, key) in &self.keys {
            scene.account_key(account, key);
        }
        scene.table(self.tables);
        scene.house.configure(&scene.config());
        let store = scene.store_path();
        let (from, to) = (self.past.store_path(), store.parent().unwrap().to_owned());
        copy_folder(from.parent().unwrap(), &to);
        Play {
            scene,
            stage: self,
            forgets,
            begun: Cell::new(false),
            heals: false,
        }
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

/// One play: a copy of the world, in which the program is killed and works again.
pub(in crate::changes) struct Play<'a> {
    pub(in crate::changes) scene: Scene,
    stage: &'a Stage,
    forgets: Option<&'static str>,
    begun: Cell<bool>,
    heals: bool,
}

impl Play<'_> {
    /// Lets one more run look after what is not as it should be, before the world is judged.
    pub(in crate::changes) fn healed_by_the_next_run(self) -> Self {
        Self {
            heals: true,
            ..self
        }
    }

    /// Returns everything that was done to the world, in no order. Tagging and stopping twice is the
    /// same as once.
    fn done(&self) -> Vec<String> {
        let deeds = self.scene.sim.world().deeds();
        let (same, other): (Vec<&Deed>, Vec<&Deed>) =
            deeds.iter().partition(|it| is_the_same_twice(it.act));
        let same: BTreeSet<String> = same.into_iter().map(deed).collect();
        let mut done: Vec<String> = other.into_iter().map(deed).chain(same).collect();
        done.sort();
        done
    }

    /// Returns the runs whose journal has steps without an end.
    fn open_runs(&self) -> Vec<RunId> {
        let store = StoreUrl::sqlite(self.scene.store_path());
        self.scene.wait_for(async {
            let db = Db::open(&store).await.unwrap();
            let open = db.journal_unfinished().await.unwrap();
            db.close().await;
            open.into_iter().map(|it| it.run).collect()
        })
    }

    /// Returns what a person does about the newest run: resumes it, or looks at it when nothing is
    /// left. One that has no plan yet is asked for once more.
    fn taken_up(&self) -> Option<Vec<String>> {
        let words = |line: &[&str]| Some(line.iter().map(ToString::to_string).collect());
        if let [open] = &*self.open_runs() {
            return words(&["runs", "resume", open.as_str(), "--yes", "-o", "json"]);
        }
        let store = StoreUrl::sqlite(self.scene.store_path());
        let (run, journal) = self.scene.wait_for(async {
            let db = Db::open(&store).await.unwrap();
            let run = db.run_list(1).await.unwrap().remove(0);
            let journal = db.journal_list(&run.id).await.unwrap();
            db.close().await;
            (run, journal)
        });
        match journal.is_empty() {
            true => None,
            false => words(&["runs", "show", run.id.as_str(), "-o", "json"]),
        }
    }

    /// Says how a next run finds that something is left to be done; it may find nothing.
    fn left_for_another(&self) -> Option<String> {
        if self.stage.restart == Restart::Resume {
            return None;
        }
        let said = run(&self.scene, self.stage.line);
        let document: Value = serde_json::from_str(&said.stdout).unwrap_or_default();
        let none = |name: &str| document[name].as_array().is_some_and(Vec::is_empty);
        let is_at_rest = said.code == 0 && none("steps") && none("resumed");
        (!is_at_rest).then(|| format!("the next run is not at rest: {said}"))
    }
}

fn is_the_same_twice(act: Act) -> bool {
    matches!(
        act,
        Act::Tagged | Act::Stopped | Act::Shared | Act::Unshared
    )
}

/// Returns the snapshots that somebody else may use.
fn shared(world: &World) -> Vec<String> {
    let mut shared = Vec::new();
    for account in world.accounts() {
        let everywhere = world.everywhere(account.uid);
        let snapshots = everywhere.iter().flat_map(|(_, it)| it.snapshots.iter());
        let lent = snapshots.filter(|it| !it.shared_with.is_empty());
        shared.extend(lent.map(|it| format!("{} is shared with {:?}", it.id, it.shared_with)));
    }
    shared
}

/// Returns one line for a deed: what was there before by its id, what is made by what it is of, and
/// what belongs to a set by the set, since the cloud draws the ids of what is made.
fn deed(deed: &Deed) -> String {
    let set = deed.tags.iter().find(|it| it.0 == model::SET_TAG);
    let set = set.map(|it| format!(" in {}", it.1));
    let what = match (deed.act, deed.sort) {
        (Act::Created, Sort::Snapshot) if deed.of.starts_with("snap-") => "copy",
        (_, Sort::Image) | (Act::Created, Sort::Machine) => "",
        (Act::Tagged, _) if set.is_some() => "",
        _ if deed.of.is_empty() => &deed.id,
        _ => &deed.of,
    };
    let words = [deed.act.as_str(), deed.sort.as_str(), what];
    let words: Vec<&str> = words.into_iter().filter(|it| !it.is_empty()).collect();
    words.join(" ") + &set.unwrap_or_default()
}

impl Rehearsed for Play<'_> {
    fn process(&self, kill_at: Option<KillAt>) -> Command {
        forget_what_was_said(&self.scene);
        let mut line: Vec<String> = self.stage.line.iter().map(ToString::to_string).collect();
        if self.begun.replace(true) {
            self.scene.go_by(UNTIL_SEEN);
            if self.stage.restart == Restart::Resume {
                line = self.taken_up().unwrap_or(line);
            }
        }
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        let mut process = process(&self.scene, &line);
        process.envs(kill_at.map(|it| (KILL_AT, it.to_string())));
        process.envs(self.forgets.map(|it| (FORGETFUL, it)));
        process
    }

    fn faults(&self, end: &Output) -> Vec<String> {
        let mut said = ended(&self.scene, end);
        if self.heals && said.code == 0 {
            said = run(&self.scene, self.stage.line);
        }
        let mut faults = differences(&self.stage.wanted, &self.done());
        faults.extend(shared(self.scene.sim.world()));
        if said.code != 0 {
            faults.push(format!("the program ended badly: {said}"));
        }
        for run in self.open_runs() {
            faults.push(format!("the journal of run {run} has no end"));
        }
        // One process more costs half as much again: every third world is looked at once more.
        let plays = self.stage.plays.get();
        self.stage.plays.set(plays + 1);
        if plays.is_multiple_of(3) {
            faults.extend(self.left_for_another());
        }
        faults
    }
}

/// Returns what was done too often, too seldom, or against all wishes.
fn differences(wanted: &[String], done: &[String]) -> Vec<String> {
    let mut times: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for (side, lines) in [wanted, done].into_iter().enumerate() {
        for line in lines {
            times.entry(line).or_default()[side] += 1;
        }
    }
    let differ = times
        .into_iter()
        .filter(|(_, [wanted, done])| wanted != done);
    differ
        .map(|(line, [wanted, done])| format!("{line}: {done} times instead of {wanted}"))
        .collect()
}
