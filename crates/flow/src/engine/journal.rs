//! Writing down, many lines at once, and what happens when that fails.

use std::collections::BTreeSet;
use std::time::Duration;

use store::{JournalEntry, JournalFate, StoreError, Writer};

use super::{Engine, FEW, GATHERED, Landed, Line};
use crate::job::Fate;
use crate::lanes::{self, Lanes};

/// After that time a store that was held by others is tried again.
const AGAIN: Duration = Duration::from_secs(2);

impl Engine<'_> {
    /// Puts a line on its way into the journal.
    pub(super) fn line(&mut self, job: usize, entry: JournalEntry) {
        self.lines.push(Line {
            job,
            entry,
            refused_since: None,
        });
    }

    /// Puts the end of a job on its way into the journal; its fate it gets when it is there.
    pub(super) fn end(&mut self, job: usize, fate: JournalFate) {
        self.turn_is_over(job);
        self.states[job].ending = true;
        let place = self.jobs[job].place;
        self.line(job, JournalEntry::End { place, fate });
    }

    /// Writes the lines that wait, unless some are being written or more will come at once.
    pub(super) fn write(&mut self) {
        let now = self.now();
        let is_early = self.write_at.is_some_and(|due| due > now);
        if self.writing || self.lines.is_empty() || is_early {
            return;
        }
        let next = self.wrote_at.map(|it| it.saturating_add(GATHERED));
        if let Some(due) = next.filter(|due| *due > now)
            && self.in_flight.len() > FEW
        {
            self.write_at = Some(due);
            return;
        }
        self.writing = true;
        self.wrote_at = Some(now);
        self.write_at = None;
        let lines = std::mem::take(&mut self.lines);
        let (tools, holder) = (self.tools, self.lanes.holder());
        self.in_flight.push(Box::pin(async move {
            let entries: Vec<JournalEntry> = lines.iter().map(|it| it.entry.clone()).collect();
            let clock = &**tools.clock;
            let writer = Writer {
                holder,
                until: lanes::until(clock, tools.patience),
            };
            let written = tools
                .db
                .journal_write(tools.run, &entries, writer, clock.now())
                .await;
            Landed::Written(lines, written)
        }));
    }

    pub(super) fn written(
        &mut self,
        lines: Vec<Line>,
        written: Result<BTreeSet<usize>, StoreError>,
    ) {
        self.writing = false;
        match written {
            Ok(untaken) => {
                for line in lines {
                    self.line_is_written(line, &untaken);
                }
            }
            Err(error) => self.lines_are_refused(lines, &error),
        }
    }

    fn line_is_written(&mut self, line: Line, untaken: &BTreeSet<usize>) {
        let job = line.job;
        match line.entry {
            JournalEntry::Intend { place, .. } if untaken.contains(&place) => {
                const TAKEN: &str = "another process has taken it over";
                // Of one that works in two lanes it is not said which of them is lost.
                if self.states[job].other_lane.is_some() {
                    return self.cut(job, TAKEN.to_owned());
                }
                let lane = self.jobs[job].lane.clone();
                self.lose(&lane, TAKEN);
                self.cut_off(job);
            }
            JournalEntry::Intend { .. } => self.intended(job),
            JournalEntry::Mark { .. } => self.marked(job),
            JournalEntry::End { fate, .. } => {
                let state = &mut self.states[job];
                state.ended = true;
                let fate = Fate::of(&fate, state.mark.clone());
                self.fated(job, fate);
            }
        }
    }

    /// What was about to begin does not; what has happened is tried again for a while.
    fn lines_are_refused(&mut self, lines: Vec<Line>, error: &StoreError) {
        let why = format!("the journal cannot be kept: {}", base::chain(error));
        let now = self.now();
        let may_pass = matches!(
            error,
            StoreError::Locked { .. } | StoreError::Full { .. } | StoreError::Unreachable { .. }
        );
        for mut line in lines {
            if let JournalEntry::Intend { .. } = line.entry {
                self.halt(&why);
                self.cut_off(line.job);
                continue;
            }
            let since = *line.refused_since.get_or_insert(now);
            if may_pass && now.saturating_sub(since) < self.tools.patience.journal {
                self.lines.push(line);
                self.write_at = Some(now.saturating_add(AGAIN));
            } else {
                self.halt(&why);
                self.leave(line, &why);
            }
        }
    }

    /// Leaves a job whose line the journal does not take.
    fn leave(&mut self, line: Line, why: &str) {
        let open = |what: String| Fate::Open {
            why: format!("{what}, and {why}"),
        };
        let fate = match line.entry {
            JournalEntry::Intend { .. } => return self.cut_off(line.job),
            JournalEntry::Mark { mark, .. } => open(format!("it made {mark}")),
            JournalEntry::End { fate, .. } => match fate {
                JournalFate::Done { note } => open(format!("it is done ({note})")),
                JournalFate::Undone { why } => open(format!("it is not done ({why})")),
                JournalFate::Refused { why } => open(format!("it must not be done ({why})")),
                JournalFate::Waited { for_place } => Fate::Waited { for_place },
            },
        };
        self.fated(line.job, fate);
    }

    /// Cuts a job off that was stopped while a call or a write of it was in flight.
    pub(super) fn cut_off(&mut self, job: usize) {
        let why = self.stopped(job);
        self.cut(job, why.unwrap_or_else(|| "the run was stopped".into()));
    }

    /// Prolongs the leases for a while in which nothing may be begun.
    pub(super) fn prolong(&mut self) {
        let mut names = self.lanes.names();
        names.retain(|it| !self.lost.contains_key(it));
        let (tools, holder) = (self.tools, self.lanes.holder());
        self.in_flight.push(Box::pin(async move {
            let until = lanes::until(&**tools.clock, tools.patience);
            Landed::Prolonged(Lanes::prolong(tools.db, holder, names, until).await)
        }));
    }

    pub(super) fn prolonged(&mut self, lost: Result<Vec<String>, StoreError>) {
        match lost {
            Ok(lost) => {
                for lane in lost {
                    self.lose(&lane, "another process has taken it over");
                }
            }
            // Whether one is lost the next intention tells.
            Err(error) => tracing::warn!(
                "the leases of run {} were not prolonged: {}",
                self.tools.run,
                base::chain(&error)
            ),
        }
    }
}
