//! What was asked of the simulation, counted: the evidence of tests and benchmarks.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::world::account::Uid;

/// How many single calls are remembered.
const REMEMBERED: usize = 4096;

/// Counts of one account, region and action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Calls that arrived.
    pub calls: u64,
    /// Calls refused for their number.
    pub throttled: u64,
    /// Calls refused for any other reason.
    pub refused: u64,
}

/// One call, as it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// The account, if the key was known.
    pub uid: Option<Uid>,
    /// The region asked for; empty for calls without one.
    pub region: String,
    /// The action.
    pub action: String,
    /// The page asked for, from 1, where the action has pages.
    pub page: Option<u64>,
    /// `OK`, the code of the refusal, or the name of the fault.
    pub outcome: String,
}

/// What was counted so far.
#[derive(Debug, Clone, Default)]
pub struct Stats {
    /// All calls to the simulated API.
    pub calls: u64,
    /// Of these, refused for their number.
    pub throttled: u64,
    /// Of these, refused because of key, signature, token, date or nonce.
    pub unauthorized: u64,
    /// Of these, refused because of missing rights.
    pub denied: u64,
    /// Of these, hit by a planted fault.
    pub faulted: u64,
    /// Most calls under way at once.
    pub concurrent_peak: u64,
    /// Connections opened by clients.
    pub connections: u64,
    /// By account, region and action.
    pub by_scope: BTreeMap<(Uid, String, String), Count>,
}

impl Stats {
    /// Returns how often `action`, named in short or in full, was called, by everybody everywhere.
    #[must_use]
    pub fn calls_of(&self, action: &str) -> u64 {
        self.by_scope
            .iter()
            .filter(|((_, _, it), _)| crate::fault::names(action, it))
            .map(|(_, count)| count.calls)
            .sum()
    }

    /// Returns how often account `uid` called anything.
    #[must_use]
    pub fn calls_by(&self, uid: Uid) -> u64 {
        self.by_scope
            .iter()
            .filter(|((it, _, _), _)| *it == uid)
            .map(|(_, count)| count.calls)
            .sum()
    }
}

/// The counters.
#[derive(Debug, Default)]
pub struct Counters {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    stats: Stats,
    under_way: u64,
    recent: VecDeque<CallRecord>,
}

/// Why a call counts as refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was served.
    Served,
    /// There were too many.
    Throttled,
    /// The caller did not prove who it is.
    Unauthorized,
    /// The caller has no right to it.
    Denied,
    /// Something else was wrong with it.
    Refused,
    /// A planted fault answered.
    Faulted,
}

impl Counters {
    /// Counts a connection.
    pub(crate) fn connected(&self) {
        self.lock().stats.connections += 1;
    }

    /// Counts a call as under way until the returned guard is dropped.
    pub(crate) fn begin(self: &std::sync::Arc<Self>) -> UnderWay {
        let mut state = self.lock();
        state.under_way += 1;
        state.stats.concurrent_peak = state.stats.concurrent_peak.max(state.under_way);
        UnderWay {
            counters: self.clone(),
        }
    }

    pub(crate) fn finish(&self, record: CallRecord, verdict: Verdict) {
        let mut state = self.lock();
        let stats = &mut state.stats;
        stats.calls += 1;
        match verdict {
            Verdict::Throttled => stats.throttled += 1,
            Verdict::Unauthorized => stats.unauthorized += 1,
            Verdict::Denied => stats.denied += 1,
            Verdict::Faulted => stats.faulted += 1,
            Verdict::Served | Verdict::Refused => {}
        }
        if let Some(uid) = record.uid {
            let count = stats
                .by_scope
                .entry((uid, record.region.clone(), record.action.clone()))
                .or_default();
            count.calls += 1;
            count.throttled += u64::from(verdict == Verdict::Throttled);
            count.refused += u64::from(!matches!(verdict, Verdict::Served | Verdict::Throttled));
        }
        if state.recent.len() == REMEMBERED {
            state.recent.pop_front();
        }
        state.recent.push_back(record);
    }

    /// Returns the counts so far.
    #[must_use]
    pub fn snapshot(&self) -> Stats {
        self.lock().stats.clone()
    }

    /// Returns the last calls, oldest first; 4096 at most.
    #[must_use]
    pub fn recent(&self) -> Vec<CallRecord> {
        self.lock().recent.iter().cloned().collect()
    }

    /// Counts from zero again.
    pub fn reset(&self) {
        let mut state = self.lock();
        state.stats = Stats::default();
        state.recent.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call under way.
#[derive(Debug)]
pub(crate) struct UnderWay {
    counters: std::sync::Arc<Counters>,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut state = self.counters.lock();
        state.under_way = state.under_way.saturating_sub(1);
    }
}
