//! Domain names of the registrar.

use jiff::{SignedDuration, Timestamp};

use super::paging::{PageAsked, Paged};

/// One registered domain name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// The name.
    pub name: String,
    /// The registrar's id of it.
    pub id: String,
    /// When it was registered.
    pub registered: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
    /// Whether it renews itself.
    pub auto_renew: bool,
}

impl Domain {
    /// Returns a domain registered three years before it ends.
    #[must_use]
    pub fn new(name: impl Into<String>, ends: Timestamp) -> Self {
        let name = name.into();
        let sum = name.bytes().fold(7_u64, |sum, it| {
            sum.wrapping_mul(131).wrapping_add(u64::from(it))
        });
        Self {
            id: format!("S{:019}", sum % 10_000_000_000_000_000_000),
            registered: ends - SignedDuration::from_hours(3 * 365 * 24),
            name,
            ends,
            auto_renew: false,
        }
    }

    /// Lets it renew itself, year by year.
    #[must_use]
    pub fn auto_renewing(mut self) -> Self {
        self.auto_renew = true;
        self
    }

    /// Returns the domain as it stands at `now`, renewed as often as was due.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        while self.auto_renew && self.ends - SignedDuration::from_hours(9 * 24) <= now {
            self.ends += SignedDuration::from_hours(365 * 24);
        }
        self
    }

    /// Returns whole days left at `now`, negative after the end.
    #[must_use]
    pub fn days_left(&self, now: Timestamp) -> i64 {
        (self.ends.as_second() - now.as_second()).div_euclid(86_400)
    }

    /// Returns `1` (to be renewed: 30 days or fewer), `2` (redemption: ended) or `3` (normal).
    #[must_use]
    pub fn status(&self, now: Timestamp) -> &'static str {
        match self.days_left(now) {
            left if left < 0 => "2",
            left if left <= 30 => "1",
            _ => "3",
        }
    }
}

/// What the list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DomainOrder {
    /// As they were registered with the cloud.
    #[default]
    Listed,
    /// Soonest end first.
    EndAscending,
    /// Latest end first.
    EndDescending,
    /// Oldest registration first.
    RegistrationAscending,
    /// Newest registration first.
    RegistrationDescending,
}

/// Which domain names are asked for.
#[derive(Debug, Clone, Default)]
pub struct DomainFilter {
    /// Part of the name.
    pub name: Option<String>,
    /// Only those with this status.
    pub status: Option<&'static str>,
    /// Ends not before.
    pub ends_from: Option<Timestamp>,
    /// Ends not after.
    pub ends_to: Option<Timestamp>,
    /// The order.
    pub order: DomainOrder,
}

/// Returns the page of `domains` that is asked for, at `now`.
#[must_use]
pub fn page(
    domains: &[Domain],
    filter: &DomainFilter,
    now: Timestamp,
    asked: PageAsked,
) -> Paged<Domain> {
    let mut wanted: Vec<Domain> = domains
        .iter()
        .map(|it| it.clone().at(now))
        .filter(|it| {
            filter
                .name
                .as_deref()
                .is_none_or(|part| it.name.contains(part))
        })
        .filter(|it| filter.status.is_none_or(|status| it.status(now) == status))
        .filter(|it| {
            filter.ends_from.is_none_or(|from| it.ends >= from)
                && filter.ends_to.is_none_or(|to| it.ends <= to)
        })
        .collect();
    match filter.order {
        DomainOrder::Listed => {}
        DomainOrder::EndAscending => wanted.sort_by_key(|it| it.ends),
        DomainOrder::EndDescending => wanted.sort_by_key(|it| std::cmp::Reverse(it.ends)),
        DomainOrder::RegistrationAscending => wanted.sort_by_key(|it| it.registered),
        DomainOrder::RegistrationDescending => {
            wanted.sort_by_key(|it| std::cmp::Reverse(it.registered));
        }
    }
    asked.cut(wanted.into_iter())
}
