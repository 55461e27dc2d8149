//! How much a robot may still be told: what was sent lately, and until when it is muted.
//!
//! Kept per robot, not per channel, and across runs: two channels that share an address share its
//! limits, and so do two runs a minute apart.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::channel::Window;

/// The version of what is remembered.
const VERSION: u32 = 1;
/// A mute further away than this comes from a clock that was set; no robot mutes for so long.
const LONGEST_MUTE: SignedDuration = SignedDuration::from_hours(2);

/// What is known of one robot's patience.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pace {
    v: u32,
    sent_ms: Vec<i64>,
    muted_until_ms: Option<i64>,
}

impl Pace {
    /// Reads what was remembered; what cannot be read is forgotten.
    pub(crate) fn read(json: Option<&str>) -> Self {
        let pace = json.and_then(|it| serde_json::from_str::<Self>(it).ok());
        pace.filter(|it| it.v == VERSION).unwrap_or(Self {
            v: VERSION,
            ..Self::default()
        })
    }

    /// Returns what is to be remembered.
    pub(crate) fn write(&self) -> String {
        // A struct of numbers always has a JSON form.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Returns how long to wait before the next message.
    pub(crate) fn wait(&self, now: Timestamp, windows: &[Window]) -> Duration {
        let now_ms = now.as_millisecond();
        let mut free_ms = now_ms;
        if let Some(until_ms) = self.muted_until_ms
            && until_ms - now_ms <= i64::try_from(LONGEST_MUTE.as_millis()).unwrap_or(i64::MAX)
        {
            free_ms = free_ms.max(until_ms);
        }
        for window in windows {
            let span_ms = i64::try_from(window.span.as_millis()).unwrap_or(i64::MAX);
            // What was sent in the future was sent before the clock was set back.
            let mut recent: Vec<i64> = self
                .sent_ms
                .iter()
                .copied()
                .filter(|it| *it <= now_ms)
                .collect();
            recent.sort_unstable_by(|one, other| other.cmp(one));
            if let Some(oldest_ms) = recent.get(window.count.saturating_sub(1)) {
                free_ms = free_ms.max(oldest_ms.saturating_add(span_ms));
            }
        }
        Duration::from_millis(u64::try_from(free_ms - now_ms).unwrap_or_default())
    }

    /// Counts a message; called before it goes, so that a crash does not forget it.
    pub(crate) fn count(&mut self, now: Timestamp, windows: &[Window]) {
        let now_ms = now.as_millisecond();
        self.sent_ms.push(now_ms);
        let most = windows.iter().map(|it| it.count).max().unwrap_or_default();
        let surplus = self.sent_ms.len().saturating_sub(most);
        self.sent_ms.drain(..surplus);
    }

    /// Notes that the robot listens to nobody for a while.
    pub(crate) fn mute(&mut self, now: Timestamp, period: Duration) {
        let period_ms = i64::try_from(period.as_millis()).unwrap_or(i64::MAX);
        self.muted_until_ms = Some(now.as_millisecond().saturating_add(period_ms));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOWS: &[Window] = &[Window::new(2, 1), Window::new(3, 60)];

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    #[test]
    fn each_window_holds_on_its_own_and_survives_a_restart() {
        let mut pace = Pace::read(None);
        for second in [0, 0] {
            assert_eq!(pace.wait(at(second), WINDOWS), Duration::ZERO);
            pace.count(at(second), WINDOWS);
        }
        let mut pace = Pace::read(Some(&pace.write()));
        assert_eq!(pace.wait(at(0), WINDOWS), Duration::from_secs(1));
        assert_eq!(pace.wait(at(1), WINDOWS), Duration::ZERO);
        pace.count(at(1), WINDOWS);
        assert_eq!(pace.wait(at(10), WINDOWS), Duration::from_secs(50));
        assert_eq!(pace.wait(at(60), WINDOWS), Duration::ZERO);
    }

    #[test]
    fn a_muted_robot_is_left_alone_and_a_clock_that_was_set_back_does_not_mute_it_for_good() {
        let mut pace = Pace::read(None);
        pace.mute(at(0), Duration::from_secs(600));
        assert_eq!(pace.wait(at(60), WINDOWS), Duration::from_secs(540));
        assert_eq!(pace.wait(at(-86_400), WINDOWS), Duration::ZERO);
        pace.count(at(100), WINDOWS);
        assert_eq!(pace.wait(at(-86_400), WINDOWS), Duration::ZERO);
    }

    #[test]
    fn what_cannot_be_read_is_forgotten() {
        for json in [
            "",
            "{}",
            "{\"v\":9,\"sent_ms\":[1],\"muted_until_ms\":null}",
            "nonsense",
        ] {
            assert_eq!(Pace::read(Some(json)), Pace::read(None), "{json}");
        }
    }
}
