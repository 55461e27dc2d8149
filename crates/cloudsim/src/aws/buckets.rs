//! The token buckets that every account of the real EC2, CloudWatch and SNS has: one for each action and region.
//!
//! Burst and refill of EC2 are those of its guide to API throttling. CloudWatch and SNS publish calls a second and
//! no burst: theirs is that of EC2. Other services publish neither, and have no buckets here.

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

/// Burst and refill a second, of a service that has them.
fn limits_of(service: Service, action: &str, manner: Manner) -> Option<(f64, f64)> {
    let refill = match (service, action) {
        (Service::Ec2, _) => return Some(limits(action, manner)),
        (Service::CloudWatch | Service::CloudWatchJson, "GetMetricData") => 50.0,
        (Service::CloudWatch | Service::CloudWatchJson, "DescribeAlarms") => 9.0,
        (Service::CloudWatch | Service::CloudWatchJson, "PutMetricAlarm" | "DeleteAlarms") => 3.0,
        (Service::CloudWatch | Service::CloudWatchJson, _) => 10.0,
        (Service::Sns, "Subscribe") => 100.0,
        (Service::Sns, _) => 30.0,
        _ => return None,
    };
    Some((100.0, refill))
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
        let limits = limits_of(service, action, manner);
        let Some((burst, refill)) = limits.filter(|_| self.defaults == Defaults::Kept) else {
            return true;
        };
        // Only EC2 tells lists that are narrowed from those that are not.
        let manner = match service {
            Service::Ec2 => manner,
            _ => Manner::Narrowed,
        };
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
        use Service::{CloudWatch, CloudWatchJson, Ec2};
        for (service, action, calls, seconds) in [
            (Ec2, "DeregisterImage", 700, 120),
            (Ec2, "DeleteSnapshot", 1500, 280),
            (Ec2, "DeleteSnapshot", 800, 140),
            (Ec2, "CreateSnapshots", 800, 140),
            (Ec2, "RegisterImage", 800, 150),
            (Ec2, "CreateTags", 800, 70),
            (Ec2, "RunInstances", 25, 10),
            (CloudWatch, "PutMetricAlarm", 400, 100),
            (CloudWatchJson, "GetMetricData", 600, 10),
        ] {
            let buckets = Buckets::default();
            let take = |ms| {
                let at = Duration::from_millis(ms);
                let of = (service, action);
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
        let alarms = |service, manner| {
            let of = (service, "PutMetricAlarm");
            buckets.take(Uid(1), "us-east-1", of, manner, Duration::ZERO)
        };
        let both = (0..60).filter(|_| {
            alarms(Service::CloudWatch, Manner::Whole)
                && alarms(Service::CloudWatchJson, Manner::Narrowed)
        });
        assert_eq!(both.count(), 50, "one service, however it is spoken to");
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
