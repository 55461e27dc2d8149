//! What alarms would have done in the past: told before the first one is made.

use jiff::SignedDuration;
use model::{Traffic, TrafficRule};

/// How far back is looked.
pub(super) const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Returns how often an alarm would have begun to fire. Missing data is not breaching.
pub(super) fn fires(traffic: &Traffic, rule: &TrafficRule) -> u64 {
    let mut points = traffic.points.clone();
    points.sort_unstable();
    let (mut times, mut in_a_row) = (0, 0_u32);
    let mut last = None;
    for (at, bytes) in points {
        let follows = last.is_some_and(|last| at.duration_since(last) == rule.period);
        if !follows {
            in_a_row = 0;
        }
        last = Some(at);
        in_a_row = if bytes >= rule.bytes { in_a_row + 1 } else { 0 };
        // Once, however long it goes on.
        times += u64::from(in_a_row == rule.periods);
    }
    times
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use model::ResourceId;

    use super::*;

    const RULE: TrafficRule = TrafficRule {
        bytes: 100,
        period: SignedDuration::from_mins(5),
        periods: 3,
    };

    /// Reads a point for each word, five minutes apart; `-` is a period without data.
    fn check(points: &str, times: u64) {
        let points = points.split_whitespace().enumerate();
        let points = points.filter_map(|(index, it)| {
            let at = Timestamp::UNIX_EPOCH + RULE.period * i32::try_from(index).unwrap();
            Some((at, it.parse().ok()?))
        });
        let mut points: Vec<(Timestamp, u64)> = points.collect();
        points.reverse();
        let machine = ResourceId::new("i-1");
        assert_eq!(fires(&Traffic { machine, points }, &RULE), times);
    }

    #[test]
    fn it_fires_once_all_periods_in_a_row_are_over_and_again_after_a_pause() {
        check("", 0);
        check("100 100", 0);
        check("100 100 100", 1);
        check("99 100 100 99 100 100", 0);
        check("100 100 100 100 100 100 100", 1);
        check("100 100 100 0 100 100 100", 2);
    }

    #[test]
    fn a_period_without_data_is_not_over() {
        check("100 100 - 100 100", 0);
        check("100 100 100 - 100 100 100", 2);
    }
}
