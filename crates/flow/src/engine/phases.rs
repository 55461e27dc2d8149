//! The steps of one job's way, and where each of them leads.

use std::time::Duration;

use store::{JournalEntry, JournalFate};

use super::{Engine, Landed, Wait};
use crate::job::{Act, Begun, Check, Settle, Undo};
use crate::lanes;

/// After a lost answer it is looked again that soon at first, and twice as late each time.
const LOST_ANSWER: Duration = Duration::from_secs(2);
const LOST_ANSWER_AT_MOST: Duration = Duration::from_secs(60);

impl<'a> Engine<'a> {
    pub(super) fn check(&mut self, job: usize) {
        let (runner, it) = (self.tools.runner, &self.jobs[job]);
        self.in_flight.push(Box::pin(async move {
            Landed::Checked(job, runner.check(it).await)
        }));
    }

    pub(super) fn checked(&mut self, job: usize, check: Check) {
        match check {
            Check::Done { note } => self.end(job, JournalFate::Done { note }),
            Check::Refused { why } => self.end(job, JournalFate::Refused { why }),
            Check::Unseen { why } if self.states[job].begun_before => {
                self.turn_is_over(job);
                self.unclear(job, &why);
            }
            Check::Unseen { why } => {
                let why = format!("it could not be looked at: {why}");
                self.end(job, JournalFate::Refused { why });
            }
            Check::Go if self.stopped(job).is_some() => self.cut_off(job),
            Check::Go => {
                let it = &self.jobs[job];
                let other = self.states[job].other_lane.as_ref();
                let lanes = std::iter::once(&it.lane).chain(other);
                let leases = lanes.map(|it| lanes::lease_of(it)).collect();
                let place = it.place;
                self.line(job, JournalEntry::Intend { place, leases });
            }
        }
    }

    /// The intention is in the journal: now, and only now, it may be done.
    pub(super) fn intended(&mut self, job: usize) {
        if self.stopped(job).is_some() {
            return self.cut_off(job);
        }
        let begun = if self.states[job].begun_before {
            Begun::Again
        } else {
            Begun::Fresh
        };
        let (runner, it, made) = (self.tools.runner, &self.jobs[job], self.made(job));
        self.in_flight.push(Box::pin(async move {
            Landed::Acted(job, runner.act(it, begun, &made).await)
        }));
    }

    pub(super) fn acted(&mut self, job: usize, act: Act) {
        self.turn_is_over(job);
        match act {
            Act::Made { mark } => {
                let place = self.jobs[job].place;
                self.states[job].mark = Some(mark.clone());
                self.line(job, JournalEntry::Mark { place, mark });
            }
            Act::Failed { why } => self.end(job, JournalFate::Undone { why }),
            Act::Later { why, after } => self.later(job, why, after),
            Act::Unclear { why } => self.unclear(job, &why),
        }
    }

    fn later(&mut self, job: usize, why: String, after: Duration) {
        let now = self.now();
        let since = *self.states[job].later_since.get_or_insert(now);
        let waited = now.saturating_sub(since);
        if waited >= self.tools.patience.later {
            let minutes = waited.as_secs() / 60;
            let why = format!("{why} (for {minutes} min)");
            self.end(job, JournalFate::Undone { why });
        } else if self.stopped(job).is_some() {
            self.cut_off(job);
        } else {
            let left = self.tools.patience.later.saturating_sub(waited);
            self.wait(job, after.min(left), Wait::Turn);
        }
    }

    /// An answer is lost, or a step that was begun cannot be looked at.
    fn unclear(&mut self, job: usize, why: &str) {
        let now = self.now();
        let state = &mut self.states[job];
        state.begun_before = true;
        let since = *state.unclear_since.get_or_insert(now);
        let doubled = LOST_ANSWER.saturating_mul(1 << state.lost_answers.min(10));
        state.lost_answers = state.lost_answers.saturating_add(1);
        let lost = state.lost_answers;
        if now.saturating_sub(since) >= self.tools.patience.unclear {
            // The journal keeps it without an end: it may have been done, and a later look tells.
            let why = format!("nobody knows whether it is done, after {lost} attempts: {why}");
            self.cut(job, why);
        } else if self.stopped(job).is_some() {
            self.cut_off(job);
        } else {
            self.wait(job, doubled.min(LOST_ANSWER_AT_MOST), Wait::Turn);
        }
    }

    pub(super) fn marked(&mut self, job: usize) {
        if self.stopped(job).is_some() {
            return self.cut_off(job);
        }
        self.settle(job);
    }

    pub(super) fn settle(&mut self, job: usize) {
        let now = self.now();
        self.states[job].settle_since.get_or_insert(now);
        let (runner, it) = (self.tools.runner, &self.jobs[job]);
        let mark = self.states[job].mark.clone().unwrap_or_default();
        self.in_flight.push(Box::pin(async move {
            Landed::Settled(job, runner.settle(it, &mark).await)
        }));
    }

    pub(super) fn settled(&mut self, job: usize, settle: Settle) {
        let patience = self.tools.patience.settle;
        match settle {
            Settle::Ready { note } => self.end(job, JournalFate::Done { note }),
            Settle::Failed { why } => self.take_back(job, why),
            Settle::NotYet { after } => {
                let now = self.now();
                let since = self.states[job].settle_since.unwrap_or(now);
                let waited = now.saturating_sub(since);
                if waited >= patience {
                    let mark = self.states[job].mark.as_deref().unwrap_or_default();
                    let minutes = waited.as_secs() / 60;
                    let why = format!("what was made ({mark}) is not ready after {minutes} min");
                    self.end(job, JournalFate::Undone { why });
                } else if self.stopped(job).is_some() {
                    self.cut_off(job);
                } else {
                    self.wait(
                        job,
                        after.min(patience.saturating_sub(waited)),
                        Wait::Settle,
                    );
                }
            }
        }
    }

    /// After a crash in here the thing is looked at once more, found unfit again, and taken back.
    fn take_back(&mut self, job: usize, why: String) {
        if self.stopped(job).is_some() {
            return self.cut_off(job);
        }
        let (runner, it) = (self.tools.runner, &self.jobs[job]);
        let mark = self.states[job].mark.clone().unwrap_or_default();
        self.in_flight.push(Box::pin(async move {
            let undo = runner.undo(it, &mark).await;
            Landed::TakenBack(job, why, undo)
        }));
    }

    pub(super) fn taken_back(&mut self, job: usize, why: &str, undo: Undo) {
        let mark = self.states[job].mark.as_deref().unwrap_or_default();
        let why = match undo {
            Undo::Stays => why.to_owned(),
            Undo::Gone => format!("{why}; what was made ({mark}) is gone again"),
            Undo::Failed { why: kept } => {
                format!("{why}; what was made ({mark}) is still there: {kept}")
            }
        };
        self.end(job, JournalFate::Undone { why });
    }
}
