//! Sliding windows over the messages of one robot.

use std::collections::VecDeque;
use std::time::Duration;

/// When the latest messages came, as time of the clock since it was made.
#[derive(Debug, Default)]
pub(super) struct Window {
    seen: VecDeque<Duration>,
}

impl Window {
    /// Counts one message at `at` unless a limit (`count` in `span`) is reached already.
    pub(super) fn admit(&mut self, at: Duration, limits: &[(usize, Duration)]) -> bool {
        let longest = limits.iter().map(|it| it.1).max().unwrap_or_default();
        while self
            .seen
            .front()
            .is_some_and(|it| at.saturating_sub(*it) >= longest)
        {
            self.seen.pop_front();
        }
        let is_full = limits.iter().any(|(count, span)| {
            self.seen
                .iter()
                .rev()
                .take_while(|it| at.saturating_sub(**it) < *span)
                .count()
                >= *count
        });
        if !is_full {
            self.seen.push_back(at);
        }
        !is_full
    }

    /// Fills the window, so that the next message is over the limit.
    pub(super) fn fill(&mut self, at: Duration, count: usize) {
        self.seen.clear();
        self.seen.extend(std::iter::repeat_n(at, count));
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.seen.clear();
    }
}
