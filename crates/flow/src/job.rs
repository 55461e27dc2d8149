//! What is to be done, who does it, and how it ends.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use store::JournalFate;

/// One thing to be done; all that its doing needs is in `body`, so that it can be done by a process
/// that was not there when it was planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its place in the run, which no other job of the run has.
    pub place: usize,
    /// What it is known by outside; the same at every attempt, and nobody else's.
    pub token: String,
    /// What one process at a time works in: the account.
    pub lane: String,
    /// In which region.
    pub region: String,
    /// What kind of step it is, as a stable word: `create_set`.
    pub step: String,
    /// What it is about: the id of a machine, a snapshot.
    pub subject: String,
    /// The places of the jobs without whose success it is not done.
    pub after: Vec<usize>,
    /// The step as JSON, for the journal.
    pub body: String,
}

/// Whether a step was begun before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// Never: nothing of it can be there.
    Fresh,
    /// An intention stands in the journal and no outcome: something of it may be there.
    Again,
}

/// What the jobs have made that a job waits for, directly or through others: their marks, by place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Made(pub(crate) BTreeMap<usize, String>);

impl Made {
    /// Returns the mark of what the job at `place` made.
    #[must_use]
    pub fn mark(&self, place: usize) -> Option<&str> {
        self.0.get(&place).map(String::as_str)
    }
}

impl FromIterator<(usize, String)> for Made {
    fn from_iter<T: IntoIterator<Item = (usize, String)>>(marks: T) -> Self {
        Self(marks.into_iter().collect())
    }
}

/// Turns jobs into deeds.
///
/// Each call is bounded in time by the runner itself. A call may be dropped at any await, and the
/// process may end at any instruction: then the same job comes again, with [`Begun::Again`] if it had
/// got so far.
#[async_trait]
pub trait StepRunner: Send + Sync {
    /// Returns the lane besides its own that a job works in, too: nobody else may work in either.
    fn other_lane(&self, job: &Job) -> Option<String> {
        // Named for the implementer; most work in one.
        let _ = job;
        None
    }

    /// Looks whether what the step rests on still stands: re-observed just before the step is done,
    /// at every attempt.
    ///
    /// For one that was begun before, [`Check::Refused`] has to mean that it was *not* done: what
    /// only makes things answers [`Check::Go`], so that [`StepRunner::act`] finds what it made, and
    /// what cannot be looked at just now is [`Check::Unseen`].
    async fn check(&self, job: &Job) -> Check;

    /// Does it, once. With [`Begun::Again`] it looks first for what the earlier attempt left: a tag,
    /// a name, a token.
    async fn act(&self, job: &Job, begun: Begun, made: &Made) -> Act;

    /// Looks whether what was made is ready.
    async fn settle(&self, job: &Job, mark: &str) -> Settle;

    /// Takes back what was made and can never be right; safe to be called twice. Called when
    /// [`StepRunner::settle`] says [`Settle::Failed`]. Unless the step says otherwise, what was made
    /// stays.
    async fn undo(&self, job: &Job, mark: &str) -> Undo {
        // Named for the implementer; the answer is the same for every job.
        let _ = (job, mark);
        Undo::Stays
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// Everything is as the step needs it.
    Go,
    /// What the step wants is so already.
    Done {
        /// How that is known, for people.
        note: String,
    },
    /// The world has moved: the step must not be done.
    Refused {
        /// What is not as it was.
        why: String,
    },
    /// It could not be looked at. One that was never begun is refused for that; of one that was, it is
    /// not known whether it is done: it is looked at again, and stays open in the end.
    Unseen {
        /// Why it could not.
        why: String,
    },
}

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// It is under way or done.
    Made {
        /// What [`StepRunner::settle`] and jobs that wait for it know it by; may be empty.
        mark: String,
    },
    /// Certainly not done, and it can be tried again later.
    Later {
        /// What stands in its way.
        why: String,
        /// Not before that time.
        after: Duration,
    },
    /// Certainly not done, and trying again is of no use.
    Failed {
        /// Why.
        why: String,
    },
    /// Nobody knows: the answer is lost.
    Unclear {
        /// What was lost.
        why: String,
    },
}

/// What a look at the thing made found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settle {
    /// It is ready.
    Ready {
        /// What came of it, for people.
        note: String,
    },
    /// It is on its way, or could not be seen just now.
    NotYet {
        /// When to look again.
        after: Duration,
    },
    /// It will never be ready.
    Failed {
        /// Why.
        why: String,
    },
}

/// What came of taking something back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undo {
    /// Nothing is taken back: the step leaves what it made.
    Stays,
    /// It is gone.
    Gone,
    /// It is still there.
    Failed {
        /// Why.
        why: String,
    },
}

/// What became of one job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobOutcome {
    /// Which.
    pub place: usize,
    /// What became of it.
    pub fate: Fate,
}

/// How a job ended, or that it did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Done, or so already.
    Done {
        /// What came of it, for people.
        note: String,
        /// What it made is known by; `None` when it had nothing to do.
        mark: Option<String>,
    },
    /// Not done.
    Undone {
        /// Why.
        why: String,
    },
    /// Not done, because the world had moved.
    Refused {
        /// What was not as it had been.
        why: String,
    },
    /// Not begun, because a job it waits for was not done.
    Waited {
        /// Which.
        for_place: usize,
    },
    /// Not begun, because the run was cut off first; [`resume`](crate::resume) begins it.
    Unbegun {
        /// What cut it off.
        why: String,
    },
    /// Begun, and the journal has no end of it: [`resume`](crate::resume) finds out.
    Open {
        /// What is known of it.
        why: String,
    },
}

impl Fate {
    /// Returns a fate that the journal has, with the mark that stands beside it.
    pub(crate) fn of(fate: &JournalFate, mark: Option<String>) -> Self {
        match fate.clone() {
            JournalFate::Done { note } => Self::Done { note, mark },
            JournalFate::Undone { why } => Self::Undone { why },
            JournalFate::Refused { why } => Self::Refused { why },
            JournalFate::Waited { for_place } => Self::Waited { for_place },
        }
    }
}
