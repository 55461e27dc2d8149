//! What an account may call, where it differs from what its cloud publishes.
//!
//! A cloud grants more on request, and a gateway or a simulation in front of it may allow less; who
//! is not told goes by the published numbers, and too fast or too slow.

use std::collections::{BTreeMap, BTreeSet};

use crate::pacer::Quota;

/// The calls a second that were told of an account; the most special number holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Quotas {
    every: Option<f64>,
    at_most: Option<f64>,
    by_service: BTreeMap<String, f64>,
    by_operation: BTreeMap<String, f64>,
}

impl Quotas {
    /// Sets the calls a second of one operation, by its name as the cloud spells it.
    #[must_use]
    pub fn with(mut self, operation: impl Into<String>, per_second: f64) -> Self {
        self.by_operation.insert(operation.into(), per_second);
        self
    }

    /// Sets the calls a second of each operation of one service that has no number of its own.
    #[must_use]
    pub fn with_service(mut self, service: impl Into<String>, per_second: f64) -> Self {
        self.by_service.insert(service.into(), per_second);
        self
    }

    /// Sets the calls a second of every operation for which nothing more special was told.
    #[must_use]
    pub fn every(mut self, per_second: f64) -> Self {
        self.every = Some(per_second);
        self
    }

    /// Holds every operation for which nothing more special was told to so many calls a second: those
    /// that are published to be slower stay so.
    #[must_use]
    pub fn at_most(mut self, per_second: f64) -> Self {
        self.at_most = Some(per_second);
        self
    }

    /// Returns the quota of an operation of a service, of which `published` calls a second are
    /// published.
    #[must_use]
    pub fn of(&self, service: &str, operation: &str, published: f64) -> Quota {
        let told = self.by_operation.get(operation);
        let told = told.or_else(|| self.by_service.get(service)).copied();
        let per_second = told.unwrap_or_else(|| {
            let every = self.every.unwrap_or(published);
            self.at_most.map_or(every, |most| every.min(most))
        });
        Quota { per_second }
    }
}

/// What an adapter may call: the names by which quotas can be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Callable {
    /// Services, as the cloud writes them in hosts and permissions.
    pub services: BTreeSet<&'static str>,
    /// Operations.
    pub operations: BTreeSet<&'static str>,
}

impl FromIterator<(&'static str, &'static str)> for Callable {
    /// Gathers operations, each after its service.
    fn from_iter<I: IntoIterator<Item = (&'static str, &'static str)>>(calls: I) -> Self {
        let (services, operations) = calls.into_iter().unzip();
        Self {
            services,
            operations,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_special_number_holds() {
        let of = |quotas: &Quotas, operation| quotas.of("sts", operation, 100.0).per_second;
        let quotas = Quotas::default();
        assert_eq!(of(&quotas, "AssumeRole"), 100.0);
        let quotas = quotas.every(50.0);
        assert_eq!(of(&quotas, "AssumeRole"), 50.0);
        let quotas = quotas.with_service("sts", 20.0);
        assert_eq!(of(&quotas, "AssumeRole"), 20.0);
        let quotas = quotas.with("AssumeRole", 7.0);
        assert_eq!(of(&quotas, "AssumeRole"), 7.0);
        assert_eq!(of(&quotas, "GetCallerIdentity"), 20.0);
    }

    #[test]
    fn a_number_that_holds_all_back_hurries_none() {
        let quotas = Quotas::default().at_most(10.0).with_service("tke", 20.0);
        assert_eq!(quotas.of("ec2", "DescribeInstances", 20.0).per_second, 10.0);
        assert_eq!(quotas.of("ec2", "RunInstances", 2.0).per_second, 2.0);
        assert_eq!(quotas.of("tke", "DescribeClusters", 20.0).per_second, 20.0);
    }
}
