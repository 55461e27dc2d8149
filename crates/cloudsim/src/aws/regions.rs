//! The regions of each partition, and which of them serve what.

use super::service::Service;
use crate::world::World;
use crate::world::account::Uid;
use crate::world::caller::Caller;
use crate::world::cloud::{Cloud, Partition};

/// Regions that the owner of an account has to ask for. An account has one open as soon as it holds something
/// there.
const CLOSED: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
];

/// Whether an account may use a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OptIn {
    /// Like everybody.
    NotRequired,
    /// It asked for it.
    OptedIn,
    /// It did not ask for it.
    NotOptedIn,
}

impl OptIn {
    /// Returns the word of EC2.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::NotRequired => "opt-in-not-required",
            Self::OptedIn => "opted-in",
            Self::NotOptedIn => "not-opted-in",
        }
    }
}

/// Returns the regions of `caller`'s partition, and whether the account may use them.
pub(crate) fn regions(world: &World, caller: &Caller) -> Vec<(&'static str, OptIn)> {
    let open = caller
        .cloud
        .regions()
        .iter()
        .map(|it| (it.0, OptIn::NotRequired));
    let closed = match caller.cloud {
        Cloud::Aws(Partition::Aws) => CLOSED,
        _ => &[],
    };
    let closed = closed.iter().map(|it| (*it, opt_in(world, caller.uid, it)));
    open.chain(closed).collect()
}

fn opt_in(world: &World, uid: Uid, region: &str) -> OptIn {
    if world.holdings(uid, region).is_empty() {
        OptIn::NotOptedIn
    } else {
        OptIn::OptedIn
    }
}

/// Returns whether the keys of `caller` are known in `region`.
pub(crate) fn knows(world: &World, caller: &Caller, region: &str) -> bool {
    caller.cloud.regions().iter().any(|it| it.0 == region)
        || caller.cloud == Cloud::Aws(Partition::Aws)
            && CLOSED.contains(&region)
            && opt_in(world, caller.uid, region) == OptIn::OptedIn
}

/// Returns the end of the names of a partition's hosts.
pub(crate) fn suffix(partition: Partition) -> &'static str {
    match partition {
        Partition::Aws => "amazonaws.com",
        Partition::AwsCn => "amazonaws.com.cn",
    }
}

/// Returns the one region that serves all of `partition`, where `service` has such a one.
pub(crate) fn only_region(partition: Partition, service: Service) -> Option<&'static str> {
    match (service, partition) {
        (
            Service::Iam | Service::Organizations | Service::Route53Domains | Service::SavingsPlans,
            Partition::Aws,
        ) => Some("us-east-1"),
        (Service::Iam, Partition::AwsCn) => Some("cn-north-1"),
        (Service::Organizations, Partition::AwsCn) => Some("cn-northwest-1"),
        _ => None,
    }
}

/// Returns the zone a thing stands in; those that were not given one stand in the first.
pub(crate) fn zone(zone: &str, region: &str) -> String {
    if zone.is_empty() {
        format!("{region}a")
    } else {
        zone.to_owned()
    }
}
