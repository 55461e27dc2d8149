//! A cloud in memory that makes a new thing at every call, loses answers as told, and can have the
//! process drop dead around a call.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use base::{Clock, ManualClock, SystemChance};
use flow::{Act, Begun, Check, Fate, Job, JobOutcome, Made, Settle, StepRunner, Undo};
use jiff::Timestamp;
use store::{Db, RunId, StoreUrl};
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What the next attempt at a subject comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It is made.
    Make,
    /// It is made, and the answer is lost.
    MakeAndLose,
    /// It never arrives, and nobody can know.
    Lose,
    /// Refused for now, for so many seconds.
    Later(u64),
    /// Refused for now, for so many seconds, once somebody has opened the wicket.
    LaterAtWicket(u64),
    /// Refused for good.
    Fail,
    /// The process drops dead before the cloud hears of it.
    DieBefore,
    /// The process drops dead after the cloud has done it.
    DieAfter,
    /// It waits until somebody opens the gate.
    Gate,
}

#[derive(Default)]
pub(crate) struct Cloud {
    world: Mutex<World>,
    pub(crate) died: Notify,
    pub(crate) gate: Notify,
    pub(crate) wicket: Notify,
    /// Is told the subject when an attempt arrives.
    asked: Option<UnboundedSender<String>>,
}

#[derive(Default)]
struct World {
    turns: BTreeMap<String, VecDeque<Turn>>,
    checks: BTreeMap<String, VecDeque<Check>>,
    settles: BTreeMap<String, VecDeque<Settle>>,
    /// Token and subject of everything that was ever made.
    things: Vec<(String, String)>,
    calls: Vec<String>,
}

impl Cloud {
    /// Returns a cloud, and what tells the subject of each attempt as it arrives.
    pub(crate) fn overheard() -> (Self, UnboundedReceiver<String>) {
        let (asked, is_asked) = unbounded_channel();
        let cloud = Self {
            asked: Some(asked),
            ..Self::default()
        };
        (cloud, is_asked)
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    pub(crate) fn turns(&self, subject: &str, turns: &[Turn]) {
        let turns = turns.iter().cloned();
        let mut world = self.world();
        world
            .turns
            .entry(subject.to_owned())
            .or_default()
            .extend(turns);
    }

    pub(crate) fn checks(&self, subject: &str, checks: &[Check]) {
        let checks = checks.iter().cloned().collect();
        self.world().checks.insert(subject.to_owned(), checks);
    }

    pub(crate) fn settles(&self, subject: &str, settles: &[Settle]) {
        let settles = settles.iter().cloned().collect();
        self.world().settles.insert(subject.to_owned(), settles);
    }

    /// Returns the subjects of everything that was made, in that order.
    pub(crate) fn things(&self) -> Vec<String> {
        let world = self.world();
        world.things.iter().map(|it| it.1.clone()).collect()
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        self.world().calls.clone()
    }

    pub(crate) fn forget_calls(&self) {
        self.world().calls.clear();
    }

    fn make(&self, job: &Job) -> String {
        let mut world = self.world();
        world.things.push((job.token.clone(), job.subject.clone()));
        format!("thing-of-{}", job.subject)
    }

    async fn die(&self) -> Act {
        self.died.notify_one();
        std::future::pending().await
    }
}

fn later(seconds: u64) -> Act {
    Act::Later {
        why: "too many at once".into(),
        after: Duration::from_secs(seconds),
    }
}

#[async_trait]
impl StepRunner for Cloud {
    fn other_lane(&self, job: &Job) -> Option<String> {
        Some(job.body.strip_prefix("too in ")?.to_owned())
    }

    async fn check(&self, job: &Job) -> Check {
        let mut world = self.world();
        world.calls.push(format!("check {}", job.subject));
        let next = world.checks.get_mut(&job.subject);
        next.and_then(VecDeque::pop_front).unwrap_or(Check::Go)
    }

    async fn act(&self, job: &Job, begun: Begun, made: &Made) -> Act {
        let turn = {
            let mut world = self.world();
            let before: Vec<&str> = job.after.iter().filter_map(|it| made.mark(*it)).collect();
            let before = before.join(" ");
            let call = format!("act {} {begun:?} {before}", job.subject);
            world.calls.push(call.trim_end().to_owned());
            if begun == Begun::Again && world.things.iter().any(|it| it.0 == job.token) {
                let mark = format!("thing-of-{}", job.subject);
                return Act::Made { mark };
            }
            let turns = world.turns.get_mut(&job.subject);
            turns.and_then(VecDeque::pop_front).unwrap_or(Turn::Make)
        };
        if let Some(asked) = &self.asked {
            asked.send(job.subject.clone()).unwrap();
        }
        let unclear = || Act::Unclear {
            why: "no answer".into(),
        };
        match turn {
            Turn::Make => Act::Made {
                mark: self.make(job),
            },
            Turn::MakeAndLose => {
                self.make(job);
                unclear()
            }
            Turn::Lose => unclear(),
            Turn::Later(seconds) => later(seconds),
            Turn::LaterAtWicket(seconds) => {
                self.wicket.notified().await;
                later(seconds)
            }
            Turn::Fail => Act::Failed {
                why: "no permission".into(),
            },
            Turn::DieBefore => self.die().await,
            Turn::DieAfter => {
                self.make(job);
                self.die().await
            }
            Turn::Gate => {
                self.gate.notified().await;
                Act::Made {
                    mark: self.make(job),
                }
            }
        }
    }

    async fn settle(&self, job: &Job, mark: &str) -> Settle {
        let mut world = self.world();
        world.calls.push(format!("settle {mark}"));
        let next = world.settles.get_mut(&job.subject);
        let next = next.and_then(VecDeque::pop_front);
        next.unwrap_or_else(|| Settle::Ready {
            note: format!("{mark} is ready"),
        })
    }

    async fn undo(&self, job: &Job, mark: &str) -> Undo {
        let mut world = self.world();
        world.calls.push(format!("undo {mark}"));
        world.things.retain(|it| it.0 != job.token);
        Undo::Gone
    }
}

/// A store in a folder, a clock that hurries, and a cloud.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) cloud: Arc<Cloud>,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = StoreUrl::sqlite(folder.path().join("store.db"));
        Self {
            folder,
            ..Self::with(Db::open(&url).await.unwrap())
        }
    }

    /// Returns a place with another store.
    pub(crate) fn with(db: Db) -> Self {
        Self {
            db,
            folder: tempfile::tempdir().unwrap(),
            clock: Arc::new(ManualClock::hurrying(start())),
            cloud: Arc::new(Cloud::default()),
        }
    }

    pub(crate) async fn run(&self) -> RunId {
        let now = self.clock.now();
        self.db
            .run_start(&SystemChance, "backups", "apply", now)
            .await
            .unwrap()
    }

    /// Applies, and returns the outcomes as text, one a line; `died` if the process dropped dead.
    pub(crate) async fn apply(&self, run: &RunId, jobs: &[Job]) -> String {
        let applied = flow::apply(&self.db, &self.clock, &*self.cloud, run, jobs);
        tokio::select! {
            outcomes = applied => lines(&outcomes.unwrap()),
            () = self.cloud.died.notified() => "died".to_owned(),
        }
    }

    pub(crate) async fn resume(&self, run: &RunId) -> String {
        let resumed = flow::resume(&self.db, &self.clock, &*self.cloud, run);
        tokio::select! {
            outcomes = resumed => lines(&outcomes.unwrap()),
            () = self.cloud.died.notified() => "died".to_owned(),
        }
    }
}

pub(crate) fn start() -> Timestamp {
    "2026-11-21T04:00:00Z".parse().unwrap()
}

/// Returns the job at a place, about a machine of that number.
pub(crate) fn job(place: usize, after: &[usize]) -> Job {
    Job {
        place,
        token: format!("token-{place}"),
        lane: "shop".into(),
        region: "cn-hangzhou".into(),
        step: "create_set".into(),
        subject: format!("i-{place}"),
        after: after.to_vec(),
        body: "{}".into(),
    }
}

pub(crate) fn lines(outcomes: &[JobOutcome]) -> String {
    let line = |outcome: &JobOutcome| {
        let place = outcome.place;
        match &outcome.fate {
            Fate::Done { note, mark } => {
                let mark = mark.as_deref().unwrap_or("nothing");
                format!("{place} done: {note} [{mark}]\n")
            }
            Fate::Undone { why } => format!("{place} undone: {why}\n"),
            Fate::Refused { why } => format!("{place} refused: {why}\n"),
            Fate::Waited { for_place } => format!("{place} waited for {for_place}\n"),
            Fate::Unbegun { why } => format!("{place} unbegun: {why}\n"),
            Fate::Open { why } => format!("{place} open: {why}\n"),
        }
    };
    outcomes.iter().map(line).collect()
}
