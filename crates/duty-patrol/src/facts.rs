//! The facts a finding rests on: their names, and how they are read back.
//!
//! A finding outlives the run that made it, so what a report says of it is read from these facts,
//! and the days that are left are counted anew.

use std::cmp::Reverse;

use duty::{Finding, Severity};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::days::days_left;
use crate::kind::PatrolKind;

/// The cloud's product code, or `certificate`, `domain`, `endpoint`.
pub const PRODUCT: &str = "product";
/// The finer product type.
pub const PRODUCT_TYPE: &str = "product_type";
/// The region.
pub const REGION: &str = "region";
/// When it ends, RFC 3339.
pub const ENDS: &str = "ends";
/// The calendar day of the end in the configured zone.
pub const ENDS_ON: &str = "ends_on";
/// How many midnights were left when it was found; negative after the end.
pub const DAYS_LEFT: &str = "days_left";
/// `true` when it has ended, by its time or by the cloud's word.
pub const ENDED: &str = "ended";
/// What happens at the end: `auto`, `manual`, `never` or `unknown`.
pub const RENEWAL: &str = "renewal";
/// When it will be released for good, RFC 3339.
pub const RELEASE: &str = "release";
/// `true` for a domain name that can only be redeemed at a higher price.
pub const REDEMPTION: &str = "redemption";
/// Whether a certificate is in use by the cloud's word: `yes`, `no` or `unknown`.
pub const DEPLOYED: &str = "deployed";
/// The id of the newer certificate for the same names.
pub const REPLACED_BY: &str = "replaced_by";
/// The names a certificate is for.
pub const NAMES: &str = "names";
/// Who issued a certificate.
pub const ISSUER: &str = "issuer";
/// The currency of the amounts.
pub const CURRENCY: &str = "currency";
/// What can be spent; absent when amounts are hidden.
pub const AVAILABLE: &str = "available";
/// The threshold; absent when amounts are hidden or there is none.
pub const THRESHOLD: &str = "threshold";
/// What the renewals cost in all; absent when amounts are hidden.
pub const NEEDED: &str = "needed";
/// How many renewals with a known price there are.
pub const PRICED: &str = "priced";
/// How many renewals whose price is not known there are beside those.
pub const UNPRICED: &str = "unpriced";
/// What was spent in a day; absent when amounts are hidden.
pub const PER_DAY: &str = "per_day";
/// When maintenance begins at the earliest, RFC 3339.
pub const BEGINS: &str = "begins";
/// When a machine ends by maintenance, RFC 3339.
pub const DEADLINE: &str = "deadline";
/// The machine that maintenance is planned for.
pub const MACHINE: &str = "machine";
/// The cloud's code of what is planned.
pub const EVENT: &str = "event";
/// The cloud's words on it.
pub const WORDS: &str = "words";
/// Whose key it is.
pub const USER: &str = "user";
/// When a key was made, RFC 3339.
pub const CREATED: &str = "created";
/// When a key was last used, RFC 3339; absent where the cloud does not say.
pub const LAST_USED: &str = "last_used";
/// How many days old a key was when it was found.
pub const AGE_DAYS: &str = "age_days";
/// `true` when the balance is below zero.
pub const NEGATIVE: &str = "negative";

/// The facts that are amounts of money.
pub(crate) const AMOUNTS: [&str; 4] = [AVAILABLE, THRESHOLD, NEEDED, PER_DAY];

/// How soon a finding wants attention; the first in order is the worst.
pub(crate) type Rank<'a> = (Reverse<Severity>, bool, i64, [&'a str; 4]);

/// A finding of the patrol, with its facts read back.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// What it is; `None` when a newer version found something this one does not know.
    pub kind: Option<PatrolKind>,
    /// When the thing ends; of maintenance, when it begins, or ends a machine before that.
    pub ends: Option<Timestamp>,
}

impl<'a> Facts<'a> {
    /// Reads the facts of a finding.
    #[must_use]
    pub fn of(finding: &'a Finding) -> Self {
        let kind = PatrolKind::from_word(&finding.key.kind);
        let instant = |name: &str| finding.evidence.get(name)?.parse().ok();
        let ends = match kind {
            Some(PatrolKind::Maintenance) => {
                [BEGINS, DEADLINE].into_iter().filter_map(instant).min()
            }
            _ => instant(ENDS),
        };
        Self {
            finding,
            kind,
            ends,
        }
    }

    /// Returns one fact; empty when it is not there.
    #[must_use]
    pub fn get(&self, name: &str) -> &'a str {
        self.finding.evidence.get(name).map_or("", String::as_str)
    }

    /// Returns whether a fact is `true`.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.get(name) == "true"
    }

    /// Returns the cloud's product code, or `certificate`, `domain`, `endpoint`.
    #[must_use]
    pub fn product(&self) -> &'a str {
        self.get(PRODUCT)
    }

    /// Returns whether it is about the money of an account, not about one thing in it.
    #[must_use]
    pub fn is_about_money(&self) -> bool {
        self.kind.is_some_and(PatrolKind::is_about_money)
    }

    /// Returns how many midnights are left now; negative after the end, `None` when nobody knows.
    #[must_use]
    pub fn days_left(&self, now: Timestamp, zone: &TimeZone) -> Option<i64> {
        match self.ends {
            Some(end) => Some(days_left(now, end, zone)),
            None => self.get(DAYS_LEFT).parse().ok(),
        }
    }

    /// Returns whether it has ended by now. What has begun of maintenance has not ended.
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.is(ENDED) || (self.can_end() && self.ends.is_some_and(|end| end <= now))
    }

    /// Returns how many days old a key is now; `None` when that is not known.
    #[must_use]
    pub fn age_days(&self, now: Timestamp, zone: &TimeZone) -> Option<i64> {
        Some(-days_left(now, self.instant(CREATED)?, zone))
    }

    /// Returns a fact that is an instant.
    #[must_use]
    pub fn instant(&self, name: &str) -> Option<Timestamp> {
        self.get(name).parse().ok()
    }

    /// Returns whether it is about something that ends by itself, as far as this version knows.
    fn can_end(&self) -> bool {
        self.kind.is_none_or(PatrolKind::is_about_an_end)
    }

    /// Returns where it stands among others: the worst first, what has ended on top, then by days,
    /// and what ends on one day by product.
    pub(crate) fn rank(&self, now: Timestamp, zone: &TimeZone) -> Rank<'a> {
        let ended = self.has_ended(now);
        let unknown = if ended { i64::MIN } else { i64::MAX };
        let key = &self.finding.key;
        (
            Reverse(self.finding.severity),
            !ended,
            self.days_left(now, zone).unwrap_or(unknown),
            [
                self.product(),
                key.account.as_str(),
                key.resource.as_str(),
                &key.kind,
            ],
        )
    }
}
