//! The one loop that moves all jobs of a run: what happened last decides what happens next.
//!
//! A job goes check → intend → act → mark → settle → end; between them it may wait for its turn, for
//! the store, or for a time. Nothing here blocks: a call, a write or a sleep is *in flight*, and when
//! it lands its job takes the next step. Lines for the journal that come up while one is being written,
//! or soon after another where much is going on, go with the next write, all together.
//!
//! Invariant: an act is started only by the landing of the write that has its intention.
//! Invariant: whatever was cut off keeps, in the journal, a state that [`resume`](crate::resume)
//! understands.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use base::{Clock, SystemClock};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use store::{Db, JournalEntry, JournalFate, RunId, StoreError};

use crate::job::{Act, Check, Fate, Job, JobOutcome, Made, Settle, StepRunner, Undo};
use crate::lanes::Lanes;
use crate::patience::Patience;

mod journal;
mod phases;
mod start;

/// No look follows another sooner than that, whatever a runner says.
const SHORTEST_WAIT: Duration = Duration::from_millis(10);

/// With more in flight than that, lines for the journal wait for each other: each write costs the disk
/// and other writers of the store as much as any other, however little it says.
const FEW: usize = 16;
/// How long after the last write the next one begins then.
const GATHERED: Duration = Duration::from_millis(200);

/// What a run is worked on with.
#[derive(Clone, Copy)]
pub(crate) struct Tools<'a> {
    pub(crate) db: &'a Db,
    pub(crate) clock: &'a Arc<dyn Clock>,
    pub(crate) runner: &'a dyn StepRunner,
    pub(crate) run: &'a RunId,
    pub(crate) patience: &'a Patience,
}

/// A run at work; jobs are known by their index here.
pub(crate) struct Engine<'a> {
    tools: Tools<'a>,
    lanes: &'a Lanes,
    jobs: &'a [Job],
    states: Vec<State>,
    index_of: BTreeMap<usize, usize>,
    dependents: Vec<Vec<usize>>,
    queues: Vec<Queue>,
    /// Lines that wait for the write that is in flight.
    lines: Vec<Line>,
    writing: bool,
    /// When the last write began.
    wrote_at: Option<Duration>,
    /// Until when no write begins.
    write_at: Option<Duration>,
    waits: BinaryHeap<Reverse<(Duration, usize, Wait)>>,
    in_flight: FuturesUnordered<BoxFuture<'a, Landed>>,
    /// Why nothing more is begun at all.
    halted: Option<String>,
    /// Why nothing more is begun in a lane.
    lost: BTreeMap<String, String>,
}

/// How far a job is.
#[derive(Debug, Default)]
struct State {
    queue: usize,
    /// The lane besides its own that it works in, too.
    other_lane: Option<String>,
    /// How many of those it waits for are not done yet.
    unmet: usize,
    /// Whether an attempt may have left something.
    begun_before: bool,
    mark: Option<String>,
    in_turn: bool,
    /// How often nobody knew, and since when.
    lost_answers: u32,
    unclear_since: Option<Duration>,
    later_since: Option<Duration>,
    settle_since: Option<Duration>,
    /// An end is on its way into the journal.
    ending: bool,
    /// The journal has its end.
    ended: bool,
    fate: Option<Fate>,
}

/// The jobs of one kind, lane and region that are ready, and how many of them are being begun.
#[derive(Debug, Default)]
struct Queue {
    ready: VecDeque<usize>,
    in_turn: usize,
}

/// What a job waits for a time for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wait {
    Turn,
    Settle,
}

/// A line for the journal, and the job it is of.
#[derive(Debug)]
struct Line {
    job: usize,
    entry: JournalEntry,
    /// Since when the store does not take it.
    refused_since: Option<Duration>,
}

/// What was in flight and has landed.
enum Landed {
    Checked(usize, Check),
    Acted(usize, Act),
    Settled(usize, Settle),
    TakenBack(usize, String, Undo),
    Written(Vec<Line>, Result<BTreeSet<usize>, StoreError>),
    Prolonged(Result<Vec<String>, StoreError>),
}

impl<'a> Engine<'a> {
    /// Works until every job has a fate.
    pub(crate) async fn work(mut self) -> Vec<JobOutcome> {
        // Leases guard against other processes, whose time is the machine's, whatever the clock of
        // this one says.
        let machine = SystemClock::new();
        let beat = (self.tools.patience.lease / 3).max(SHORTEST_WAIT);
        let mut heartbeat = machine.sleep(beat);
        loop {
            self.take_turns();
            self.write();
            let due = self.next_due();
            if self.in_flight.is_empty() && due.is_none() {
                break;
            }
            let (clock, now) = (self.tools.clock, self.tools.clock.monotonic());
            let wait = due.map(|due| clock.sleep(due.saturating_sub(now)));
            tokio::select! {
                biased;
                () = &mut heartbeat => {
                    self.prolong();
                    heartbeat = machine.sleep(beat);
                }
                Some(landed) = self.in_flight.next() => self.land(landed),
                // While a write is in flight time is not waited for: a store that is slow for a
                // moment must not look, to a clock that skips, like hours.
                () = sleep_or_never(wait), if !self.writing => self.wake(),
            }
        }
        self.outcomes()
    }

    fn land(&mut self, landed: Landed) {
        match landed {
            Landed::Checked(job, check) => self.checked(job, check),
            Landed::Acted(job, act) => self.acted(job, act),
            Landed::Settled(job, settle) => self.settled(job, settle),
            Landed::TakenBack(job, why, undo) => self.taken_back(job, &why, undo),
            Landed::Written(lines, written) => self.written(lines, written),
            Landed::Prolonged(lost) => self.prolonged(lost),
        }
    }

    /// Begins as many of the ready jobs as may be begun at once.
    fn take_turns(&mut self) {
        let abreast = self.tools.patience.abreast.max(1);
        for queue in 0..self.queues.len() {
            while self.queues[queue].in_turn < abreast {
                let Some(job) = self.queues[queue].ready.pop_front() else {
                    break;
                };
                if let Some(why) = self.stopped(job) {
                    self.cut(job, why);
                    continue;
                }
                self.queues[queue].in_turn += 1;
                self.states[job].in_turn = true;
                self.check(job);
            }
        }
    }

    fn ready(&mut self, job: usize) {
        let queue = self.states[job].queue;
        self.queues[queue].ready.push_back(job);
    }

    fn turn_is_over(&mut self, job: usize) {
        let state = &mut self.states[job];
        if std::mem::take(&mut state.in_turn) {
            self.queues[state.queue].in_turn -= 1;
        }
    }

    fn wait(&mut self, job: usize, after: Duration, wait: Wait) {
        let due = self.now().saturating_add(after.max(SHORTEST_WAIT));
        self.waits.push(Reverse((due, job, wait)));
    }

    /// Returns when the next of those that wait is due.
    fn next_due(&self) -> Option<Duration> {
        let waits = self.waits.peek().map(|Reverse((due, ..))| *due);
        let write = self.write_at.filter(|_| !self.lines.is_empty());
        waits.into_iter().chain(write).min()
    }

    fn wake(&mut self) {
        let now = self.now();
        self.write_at = self.write_at.filter(|due| *due > now);
        while let Some(Reverse((due, ..))) = self.waits.peek() {
            if *due > now {
                break;
            }
            let Some(Reverse((_, job, wait))) = self.waits.pop() else {
                break;
            };
            match wait {
                Wait::Turn => self.ready(job),
                Wait::Settle => self.settle(job),
            }
        }
    }

    /// Begins nothing more, and lets nobody wait for anything.
    fn halt(&mut self, why: &str) {
        if self.halted.is_none() {
            tracing::error!("run {} stops: {why}", self.tools.run);
            self.halted = Some(why.to_owned());
        }
        self.sweep();
    }

    /// Begins nothing more in a lane.
    fn lose(&mut self, lane: &str, why: &str) {
        if !self.lost.contains_key(lane) {
            tracing::error!(lane, "run {} stops in {lane}: {why}", self.tools.run);
            self.lost.insert(lane.to_owned(), why.to_owned());
        }
        self.sweep();
    }

    /// Cuts off who waits in vain for a turn or a time.
    fn sweep(&mut self) {
        let (stay, go): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waits)
            .into_iter()
            .partition(|Reverse((_, job, _))| self.stopped(*job).is_none());
        self.waits = stay.into();
        let mut go: Vec<usize> = go.into_iter().map(|Reverse((_, job, _))| job).collect();
        for queue in 0..self.queues.len() {
            let ready = std::mem::take(&mut self.queues[queue].ready);
            for job in ready {
                match self.stopped(job) {
                    None => self.ready(job),
                    Some(_) => go.push(job),
                }
            }
        }
        for job in go {
            if let Some(why) = self.stopped(job) {
                self.cut(job, why);
            }
        }
    }

    /// Returns why a job must not go on, if so.
    fn stopped(&self, job: usize) -> Option<String> {
        let lost = || {
            let other = self.states[job].other_lane.as_ref();
            let mut lanes = std::iter::once(&self.jobs[job].lane).chain(other);
            lanes.find_map(|it| self.lost.get(it))
        };
        self.halted.as_ref().or_else(lost).cloned()
    }

    /// Ends the work on a job, without an end in the journal.
    fn cut(&mut self, job: usize, why: String) {
        let state = &self.states[job];
        let fate = if state.begun_before || state.mark.is_some() {
            Fate::Open { why }
        } else {
            Fate::Unbegun { why }
        };
        self.fated(job, fate);
    }

    /// Gives a job its fate, and those that wait for it their way on.
    fn fated(&mut self, job: usize, fate: Fate) {
        self.turn_is_over(job);
        let mut fated = vec![(job, fate)];
        while let Some((job, fate)) = fated.pop() {
            let is_done = matches!(fate, Fate::Done { .. });
            // Else the job may still come to its end, and those that wait for it to theirs.
            let is_final = self.states[job].ended;
            self.states[job].fate = Some(fate);
            for next in self.dependents[job].clone() {
                let state = &mut self.states[next];
                if state.fate.is_some() || state.ending {
                    continue;
                }
                let for_place = self.jobs[job].place;
                if is_done {
                    state.unmet -= 1;
                    if state.unmet == 0 {
                        self.ready(next);
                    }
                } else if is_final {
                    // With the first of them that was not done its own end is certain.
                    self.end(next, JournalFate::Waited { for_place });
                } else {
                    fated.push((next, Fate::Waited { for_place }));
                }
            }
        }
    }

    /// Returns what the jobs have made that a job waits for, directly or through others.
    fn made(&self, job: usize) -> Made {
        let mut made = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let mut next = self.jobs[job].after.clone();
        while let Some(place) = next.pop() {
            let Some(index) = self.index_of.get(&place).filter(|_| seen.insert(place)) else {
                continue;
            };
            if let Some(mark) = &self.states[*index].mark {
                made.insert(place, mark.clone());
            }
            next.extend(&self.jobs[*index].after);
        }
        Made(made)
    }

    fn now(&self) -> Duration {
        self.tools.clock.monotonic()
    }

    fn outcomes(self) -> Vec<JobOutcome> {
        let fates = self.states.into_iter().map(|it| it.fate);
        let outcomes = self.jobs.iter().zip(fates).map(|(job, fate)| JobOutcome {
            place: job.place,
            // Every way through the loop gives one; that this one was forgotten is the honest word.
            fate: fate.unwrap_or_else(|| Fate::Open {
                why: "it was lost sight of; resume the run".into(),
            }),
        });
        outcomes.collect()
    }
}

async fn sleep_or_never(sleep: Option<impl Future<Output = ()>>) {
    match sleep {
        Some(sleep) => sleep.await,
        None => std::future::pending().await,
    }
}
