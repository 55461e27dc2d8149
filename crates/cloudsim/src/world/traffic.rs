//! What machines send out: computed from a machine's id and the time, so that it is the same whenever it is asked.

use jiff::{SignedDuration, Timestamp};

use super::holdings::Holdings;
use super::machines::MachineState;

/// How much a machine sends, where a test says so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Load {
    /// In each minute without a burst.
    pub bytes_a_minute: u64,
    /// Between two times another number, in each minute; the first that holds counts.
    pub bursts: Vec<(Timestamp, Timestamp, u64)>,
    /// Between two times there is no data.
    pub gaps: Vec<(Timestamp, Timestamp)>,
}

impl Load {
    /// Returns a load that is always the same.
    #[must_use]
    pub fn steady(bytes_a_minute: u64) -> Self {
        Self {
            bytes_a_minute,
            ..Self::default()
        }
    }

    /// Sends `bytes_a_minute` between two times.
    #[must_use]
    pub fn burst(mut self, from: Timestamp, to: Timestamp, bytes_a_minute: u64) -> Self {
        self.bursts.push((from, to, bytes_a_minute));
        self
    }

    /// Gives no data between two times.
    #[must_use]
    pub fn gap(mut self, from: Timestamp, to: Timestamp) -> Self {
        self.gaps.push((from, to));
        self
    }

    fn at(&self, minute: Timestamp) -> Option<u64> {
        let within = |from: Timestamp, to: Timestamp| from <= minute && minute < to;
        if self.gaps.iter().any(|it| within(it.0, it.1)) {
            return None;
        }
        let burst = self.bursts.iter().find(|it| within(it.0, it.1));
        Some(burst.map_or(self.bytes_a_minute, |it| it.2))
    }
}

/// Returns what the machine or address `id` sends in the minute that begins at `minute`, where nobody said
/// anything else: up to 4 MB, more by day than by night, and one hour in about ninety much more.
#[must_use]
pub fn usual(id: &str, minute: Timestamp) -> u64 {
    let number = minute.as_second().div_euclid(60);
    let whose = scramble(id.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    }));
    let hour = u64::try_from(number.div_euclid(60)).unwrap_or(0);
    let by_day = [
        1, 1, 1, 1, 2, 3, 4, 6, 8, 9, 9, 8, 7, 8, 9, 9, 8, 7, 6, 5, 4, 3, 2, 1,
    ];
    let wave = by_day[usize::try_from(hour % 24).unwrap_or(0)];
    let base = 20_000 + whose % 380_000;
    let jitter = scramble(whose ^ u64::try_from(number).unwrap_or(0)) % (base / 2 + 1);
    let busy = scramble(whose ^ hour.wrapping_mul(0x9e37_79b9)).is_multiple_of(90);
    (base * wave + jitter) * if busy { 20 } else { 1 }
}

/// Mixes the bits of a number (splitmix64).
pub(crate) fn scramble(number: u64) -> u64 {
    let mut it = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    it ^ (it >> 31)
}

impl Holdings {
    /// Returns the bytes that `id`, a machine or an address, sent in each period of `period` between two times, by
    /// the period's start; periods are cut at whole multiples of their length. A machine has no data before it was
    /// made and while it is off, and a period none unless it is over and one of its minutes has.
    #[must_use]
    pub fn sent(
        &self,
        id: &str,
        (from, to): (Timestamp, Timestamp),
        period: SignedDuration,
    ) -> Vec<(Timestamp, u64)> {
        let seconds = period.as_secs().max(60);
        let first = from.as_second().div_euclid(seconds) * seconds;
        let first = if first < from.as_second() {
            first + seconds
        } else {
            first
        };
        let mut points = Vec::new();
        let mut start = first;
        while start + seconds <= to.as_second() {
            let minutes = (start..start + seconds).step_by(60);
            let sent = minutes.filter_map(|it| self.sent_in(id, Timestamp::from_second(it).ok()?));
            let sum = sent.fold(None, |sum: Option<u64>, it| Some(sum.unwrap_or(0) + it));
            if let (Some(sum), Ok(start)) = (sum, Timestamp::from_second(start)) {
                points.push((start, sum));
            }
            start += seconds;
        }
        points
    }

    fn sent_in(&self, id: &str, minute: Timestamp) -> Option<u64> {
        if let Some(machine) = self.machines.get(id) {
            let off = matches!(
                machine.state,
                MachineState::Stopped | MachineState::Recycled | MachineState::Terminated
            );
            if minute < machine.created || (off && minute >= machine.since) {
                return None;
            }
        }
        match self.loads.get(id) {
            Some(load) => load.at(minute),
            None => Some(usual(id, minute)),
        }
    }
}
