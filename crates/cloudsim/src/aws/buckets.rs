//! The token buckets that every account of the real EC2 has: one for each action and region.
//!
//! Burst and refill are those of EC2's guide to API throttling; other services publish none, and have none here.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::service::Service;
use crate::world::account::Uid;

/// Whether the real services' default quotas hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Defaults {
    /// They do.
    #[default]
    Kept,
    /// Nothing is ever refused for its number, unless a quota was set.
    Lifted,
}

/// How a list was asked for: whole lists without any narrowing come out of smaller buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Manner {
    /// With a filter or a page size.
    Narrowed,
    /// With neither.
    Whole,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Duration,
}

type Scope = (Uid, String, &'static str, Manner);

/// All buckets.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    defaults: Defaults,
    buckets: Mutex<HashMap<Scope, Bucket>>,
}

/// Burst and refill a second.
fn limits(action: &str, manner: Manner) -> (f64, f64) {
    match (action, manner) {
        ("DescribeInstances" | "DescribeSnapshots" | "DescribeVolumes", Manner::Whole) => {
            (50.0, 10.0)
        }
        (
            "CreateSnapshot" | "CreateSnapshots" | "DeleteSnapshot" | "DeregisterImage"
            | "TerminateInstances",
            _,
        ) => (100.0, 5.0),
        ("CreateTags" | "DeleteTags", _) => (100.0, 10.0),
        ("CopyImage", _) => (100.0, 1.0),
        ("RunInstances" | "StartInstances", _) => (5.0, 2.0),
        _ if action.starts_with("Describe") => (100.0, 20.0),
        _ => (50.0, 5.0),
    }
}

impl Buckets {
    pub(crate) fn new(defaults: Defaults) -> Self {
        Self {
            defaults,
            buckets: Mutex::default(),
        }
    }

    /// Takes one token at monotonic time `at`; returns whether there was one.
    pub(crate) fn take(
        &self,
        uid: Uid,
        region: &str,
        (service, action): (Service, &'static str),
        manner: Manner,
        at: Duration,
    ) -> bool {
        if self.defaults == Defaults::Lifted || service != Service::Ec2 {
            return true;
        }
        let (burst, refill) = limits(action, manner);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets
            .entry((uid, region.to_owned(), action, manner))
            .or_insert(Bucket { tokens: burst, at });
        let gained = at.saturating_sub(bucket.at).as_secs_f64() * refill;
        bucket.tokens = (bucket.tokens + gained).min(burst);
        bucket.at = bucket.at.max(at);
        let is_there = bucket.tokens >= 1.0;
        if is_there {
            bucket.tokens -= 1.0;
        }
        is_there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_have_the_floors_that_their_buckets_give_them() {
        for (action, calls, seconds) in [
            ("DeregisterImage", 700, 120),
            ("DeleteSnapshot", 1500, 280),
            ("DeleteSnapshot", 800, 140),
            ("CreateSnapshots", 800, 140),
            ("RegisterImage", 800, 150),
            ("CreateTags", 800, 70),
            ("RunInstances", 25, 10),
        ] {
            let buckets = Buckets::default();
            let take = |ms| {
                let at = Duration::from_millis(ms);
                let of = (Service::Ec2, action);
                buckets.take(Uid(1), "us-east-1", of, Manner::Narrowed, at)
            };
            // Whoever asks every tenth of a second is served as soon as there is anything.
            let ticks = (0..=seconds * 10).map(|tick| tick * 100);
            let served: Vec<u64> = ticks
                .flat_map(|ms| std::iter::from_fn(move || Some(ms)).take_while(|ms| take(*ms)))
                .collect();
            assert_eq!(served.len(), calls, "{action}");
            assert_eq!(served.last(), Some(&(seconds * 1000)), "{action}");
        }
    }

    #[test]
    fn a_whole_list_comes_out_of_a_smaller_bucket() {
        let buckets = Buckets::default();
        let take = |action, manner, ms| {
            let at = Duration::from_millis(ms);
            buckets.take(Uid(1), "us-east-1", (Service::Ec2, action), manner, at)
        };
        let burst = |action, manner| (0..1000).filter(|_| take(action, manner, 0)).count();
        assert_eq!(burst("DescribeInstances", Manner::Narrowed), 100);
        assert_eq!(burst("DescribeInstances", Manner::Whole), 50);
        assert_eq!(burst("DescribeAddresses", Manner::Whole), 100);
        assert!(!take("DescribeInstances", Manner::Narrowed, 49));
        assert!(take("DescribeInstances", Manner::Narrowed, 50));
        let other = buckets.take(
            Uid(2),
            "us-east-1",
            (Service::Ec2, "DescribeInstances"),
            Manner::Whole,
            Duration::ZERO,
        );
        assert!(other, "another account has buckets of its own");
        let lifted = Buckets::new(Defaults::Lifted);
        assert!((0..1000).all(|_| lifted.take(
            Uid(1),
            "",
            (Service::Ec2, "DescribeRegions"),
            Manner::Whole,
            Duration::ZERO
        )));
    }
}
