//! The time that quotas and latency allow a census: what no client could beat that uses all of every
//! quota and no more, one call a spacing.
//!
//! Made from what the simulation counted. Lists that need the answer of another one follow it: nodes
//! their clusters, machines the nodes (one that joins a cluster meanwhile is forgotten by nobody),
//! images the machines, snapshots the disks. All else goes side by side, and so do regions and
//! accounts.

use std::collections::BTreeMap;
use std::time::Duration;

use cloudsim::{Stats, Uid};

use crate::floor::{Rules, bucket};

/// Where in the way of an account a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// Who are we? Nothing is asked of a wrong account.
    Identity,
    /// Which regions are there?
    Regions,
    /// A list of a region: the chain it belongs to, and its place there.
    List(&'static str, u8),
}

fn stage(action: &str) -> Stage {
    let (_, name) = action.rsplit_once(':').unwrap_or(("", action));
    match name {
        "GetCallerIdentity" | "AssumeRole" => Stage::Identity,
        "DescribeRegions" => Stage::Regions,
        "DescribeClustersV1" | "DescribeClusters" | "ListClusters" => Stage::List("machines", 1),
        "DescribeClusterNodes" | "DescribeClusterInstances" | "ListNodegroups" => {
            Stage::List("machines", 2)
        }
        // Also those that are asked for once more by id, after all lists.
        "DescribeInstances" => Stage::List("machines", 3),
        "DescribeImages" => Stage::List("machines", 4),
        "DescribeDisks" | "DescribeVolumes" => Stage::List("disks", 1),
        "DescribeSnapshots" => Stage::List("disks", 2),
        _ => Stage::List("others", 1),
    }
}

/// Returns the shortest time in which all counted calls could be answered, where `rules` tells what
/// is imposed on an action.
pub(super) fn floor(stats: &Stats, rules: impl Fn(&str) -> Rules) -> Duration {
    // Buckets of one stage go side by side.
    let mut stages: BTreeMap<(Uid, &str, Stage), Duration> = BTreeMap::new();
    for ((uid, region, action), count) in &stats.by_scope {
        let stage = stage(action);
        // Asked by all regions together, wherever the call goes.
        let region = match stage {
            Stage::Identity | Stage::Regions => "",
            Stage::List(..) => region.as_str(),
        };
        let slowest = stages.entry((*uid, region, stage)).or_default();
        *slowest = (*slowest).max(bucket(count.calls, rules(action)));
    }
    // Stages of one chain follow each other; chains of an account go side by side after what they all
    // wait for.
    let mut before: BTreeMap<Uid, Duration> = BTreeMap::new();
    let mut chains: BTreeMap<(Uid, &str, &str), Duration> = BTreeMap::new();
    for ((uid, region, stage), time) in stages {
        match stage {
            Stage::Identity | Stage::Regions => *before.entry(uid).or_default() += time,
            Stage::List(chain, _) => *chains.entry((uid, region, chain)).or_default() += time,
        }
    }
    let begun = |uid: &Uid| before.get(uid).copied().unwrap_or_default();
    let whole = chains.iter().map(|((uid, _, _), time)| begun(uid) + *time);
    let alone = before.values().copied();
    whole.chain(alone).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::floor::tests::stats;

    fn rules(action: &str) -> Rules {
        Rules {
            latency: Duration::from_millis(50),
            per_second: if action.starts_with("tke:") { 20 } else { 10 },
        }
    }

    fn floor_of(calls: &[(u64, &str, &str, u64)]) -> u128 {
        floor(&stats(calls), rules).as_millis()
    }

    #[test]
    fn lists_that_need_another_follow_it_and_others_do_not() {
        let calls = [
            (1, "", "sts:2018-08-13:GetCallerIdentity", 1),
            (1, "", "cvm:2017-03-12:DescribeRegions", 1),
            (1, "a", "tke:2022-05-01:DescribeClusters", 1),
            (1, "a", "tke:2022-05-01:DescribeClusterInstances", 21),
            (1, "a", "cvm:2017-03-12:DescribeInstances", 11),
            (1, "a", "cbs:2017-03-12:DescribeDisks", 11),
            (1, "a", "vpc:2017-03-12:DescribeAddresses", 5),
            (1, "b", "cvm:2017-03-12:DescribeInstances", 3),
        ];
        // 50 + 50, then 50 + (20 × 50 + 50) + (10 × 100 + 50)
        assert_eq!(floor_of(&calls), 2_250);
    }

    #[test]
    fn a_single_long_list_is_as_long_as_its_bucket_says() {
        assert_eq!(floor_of(&[(1, "a", "ecs:DescribeDisks", 31)]), 3_050);
        assert_eq!(floor_of(&[]), 0);
    }
}
