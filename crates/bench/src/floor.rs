//! The time that quotas and latency allow: what no client could beat.
//!
//! Made from what the simulation counted, so that it is about the calls that were made, and not
//! about the calls that we think were made.

use std::collections::BTreeMap;
use std::time::Duration;

use cloudsim::{Stats, Uid};

/// What the far side imposes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// How long every answer takes.
    pub(crate) latency: Duration,
    /// How many calls a second each account, place and action has.
    pub(crate) per_second: u32,
}

/// Stages of one account that cannot overlap: each needs the answer of the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// Who are we? Nothing is asked of a wrong account.
    Identity,
    /// The lists, side by side.
    Lists,
    /// The machines that the lists named, asked by id, region beside region.
    Machines,
    /// How those machines renew, asked only of machines that are there and paid in advance: the
    /// cloud refuses the whole question for one that is not.
    Renewals,
}

fn stage(action: &str) -> Stage {
    match action {
        "GetCallerIdentity" | "AssumeRole" => Stage::Identity,
        "DescribeInstances" => Stage::Machines,
        "DescribeInstanceAutoRenewAttribute" => Stage::Renewals,
        _ => Stage::Lists,
    }
}

/// Returns the shortest time in which one bucket can answer `calls` calls.
///
/// Calls are a spacing apart, and where pages follow a first one, they wait for its answer, which
/// tells how many there are.
pub(crate) fn bucket(calls: u64, rules: Rules) -> Duration {
    let spacing = Duration::from_secs(1) / rules.per_second.max(1);
    let following = match calls {
        0 => return Duration::ZERO,
        1 => Duration::ZERO,
        more => {
            let rest = u32::try_from(more - 2).unwrap_or(u32::MAX);
            spacing.max(rules.latency) + spacing * rest
        }
    };
    following + rules.latency
}

/// Returns the shortest time in which all counted calls could be answered: accounts side by side,
/// stages of an account one after the other, buckets of a stage side by side.
pub(crate) fn floor(stats: &Stats, rules: Rules) -> Duration {
    let mut stages: BTreeMap<(Uid, Stage), Duration> = BTreeMap::new();
    for ((uid, _, action), count) in &stats.by_scope {
        let entry = stages.entry((*uid, stage(action))).or_default();
        *entry = (*entry).max(bucket(count.calls, rules));
    }
    let mut accounts: BTreeMap<Uid, Duration> = BTreeMap::new();
    for ((uid, _), time) in stages {
        *accounts.entry(uid).or_default() += time;
    }
    accounts.into_values().max().unwrap_or_default()
}

#[cfg(test)]
pub(crate) mod tests {
    use cloudsim::stats::Count;

    use super::*;

    const RULES: Rules = Rules {
        latency: Duration::from_millis(50),
        per_second: 10,
    };

    /// Returns the counts of calls: account, region, action, how many.
    pub(crate) fn stats(calls: &[(u64, &str, &str, u64)]) -> Stats {
        let count = |calls| Count {
            calls,
            ..Count::default()
        };
        let scope = |(uid, region, action, calls): &(u64, &str, &str, u64)| {
            let key = (Uid(*uid), (*region).to_owned(), (*action).to_owned());
            (key, count(*calls))
        };
        Stats {
            by_scope: calls.iter().map(scope).collect(),
            ..Stats::default()
        }
    }

    #[test]
    fn stages_follow_each_other_and_the_slowest_account_counts() {
        let stats = stats(&[
            (1, "", "GetCallerIdentity", 1),
            (1, "", "QueryAvailableInstances", 10),
            (1, "", "QueryAccountBalance", 1),
            (1, "cn-hangzhou", "DescribeInstances", 1),
            (1, "cn-beijing", "DescribeInstances", 2),
            (1, "cn-beijing", "DescribeInstanceAutoRenewAttribute", 1),
            (2, "", "GetCallerIdentity", 1),
            (2, "", "QueryAvailableInstances", 3),
        ]);
        // 50 + (9 × 100 + 50) + (100 + 50) + 50
        assert_eq!(floor(&stats, RULES), Duration::from_millis(1200));
    }

    #[test]
    fn a_slow_first_page_holds_the_second_one_back() {
        let slow = Rules {
            latency: Duration::from_millis(300),
            ..RULES
        };
        assert_eq!(bucket(1, slow), Duration::from_millis(300));
        assert_eq!(bucket(2, slow), Duration::from_millis(600));
        assert_eq!(bucket(3, slow), Duration::from_millis(700));
        assert_eq!(floor(&Stats::default(), slow), Duration::ZERO);
    }
}
