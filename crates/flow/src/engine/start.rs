//! Where each job stands when the work begins: all at the start, or where the journal says.

use std::collections::BTreeMap;

use futures_util::stream::FuturesUnordered;
use store::{JournalFate, JournalRecord};

use super::{Engine, Queue, State, Tools};
use crate::job::{Fate, Job, StepRunner};
use crate::lanes::Lanes;

impl<'a> Engine<'a> {
    /// Returns a run that stands where `records` say: none for a run that begins, else one for each
    /// job.
    pub(crate) fn new(
        tools: Tools<'a>,
        lanes: &'a Lanes,
        jobs: &'a [Job],
        records: &[JournalRecord],
    ) -> Self {
        let index_of: BTreeMap<usize, usize> = (0..)
            .zip(jobs)
            .map(|(index, job)| (job.place, index))
            .collect();
        let mut engine = Self {
            tools,
            lanes,
            jobs,
            states: jobs.iter().map(|it| state_of(tools.runner, it)).collect(),
            index_of,
            dependents: vec![Vec::new(); jobs.len()],
            queues: Vec::new(),
            lines: Vec::new(),
            writing: false,
            wrote_at: None,
            write_at: None,
            waits: std::collections::BinaryHeap::new(),
            in_flight: FuturesUnordered::new(),
            halted: None,
            lost: BTreeMap::new(),
        };
        engine.line_up();
        for (state, record) in engine.states.iter_mut().zip(records) {
            remember(state, record);
        }
        engine.go_on();
        engine
    }

    /// Sorts the jobs into queues and tells each who waits for it.
    fn line_up(&mut self) {
        let mut queues: BTreeMap<[&str; 3], usize> = BTreeMap::new();
        for (index, job) in self.jobs.iter().enumerate() {
            let count = queues.len();
            let queue = queues
                .entry([&job.lane, &job.region, &job.step])
                .or_insert(count);
            self.states[index].queue = *queue;
            for place in &job.after {
                if let Some(before) = self.index_of.get(place) {
                    self.dependents[*before].push(index);
                }
            }
        }
        self.queues.resize_with(queues.len(), Queue::default);
    }

    /// Sends every job on its way that has not ended.
    fn go_on(&mut self) {
        for job in 0..self.jobs.len() {
            if self.states[job].fate.is_some() {
                continue;
            }
            let befores = self.jobs[job].after.iter();
            let befores: Vec<usize> = befores
                .filter_map(|it| self.index_of.get(it).copied())
                .collect();
            let is_done = |it: &&usize| matches!(self.states[**it].fate, Some(Fate::Done { .. }));
            let missed = befores
                .iter()
                .find(|it| self.states[**it].ended && !is_done(it));
            if let Some(missed) = missed {
                let for_place = self.jobs[*missed].place;
                self.end(job, JournalFate::Waited { for_place });
                continue;
            }
            let unmet = befores.iter().filter(|it| !is_done(it)).count();
            self.states[job].unmet = unmet;
            if self.states[job].mark.is_some() {
                self.settle(job);
            } else if unmet == 0 {
                self.ready(job);
            }
        }
    }
}

fn state_of(runner: &dyn StepRunner, job: &Job) -> State {
    State {
        other_lane: runner.other_lane(job),
        ..State::default()
    }
}

fn remember(state: &mut State, record: &JournalRecord) {
    state.mark.clone_from(&record.mark);
    state.begun_before = record.attempts > 0;
    if let Some((fate, _)) = &record.end {
        state.ended = true;
        state.fate = Some(Fate::of(fate, state.mark.clone()));
    }
}
