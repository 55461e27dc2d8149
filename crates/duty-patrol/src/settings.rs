//! What the config asks of the patrol, as plain values: merged, checked and typed by whoever reads
//! the file.

use std::collections::{BTreeMap, BTreeSet};

use cloud::census::NO_ACCOUNT;
use jiff::Timestamp;
use jiff::tz::{self, TimeZone};
use model::{AccountId, Currency, Scope};
use rust_decimal::Decimal;

/// What is asked of the patrol, account by account.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// What holds for each account that is patrolled, with the global keys already merged in; when
    /// there is none, `defaults` hold for every account.
    pub accounts: BTreeMap<AccountId, PatrolSettings>,
    /// What holds for accounts that are not named, such as members of an organization, and for
    /// what belongs to no account.
    pub defaults: PatrolSettings,
    /// What reports call an account; its id where nothing is said.
    pub titles: BTreeMap<AccountId, String>,
    /// Scopes that are known to be unseen, as `account/place/kind` with `*` for any one part, and
    /// until when that is accepted.
    pub accepted_gaps: BTreeMap<String, Timestamp>,
}

/// What is asked of the patrol for one account.
#[derive(Debug, Clone, PartialEq)]
pub struct PatrolSettings {
    /// From how many calendar days before its end a thing is reported.
    pub warn_days: u16,
    /// From how many calendar days before its end it is urgent.
    pub urgent_days: u16,
    /// What is asked of the balance.
    pub balance: BalanceRule,
    /// Whether amounts are kept out of findings, messages and tables; low ones still alarm.
    pub amount_invisible: bool,
    /// Where days begin and end.
    pub timezone: TimeZone,
    /// How many things a message lists at most.
    pub max_list_length: u16,
    /// Whether a sign of life goes out when there is nothing to report.
    pub ping: bool,
    /// From which hour of the day on the daily digest goes out.
    pub digest_hour: i8,
    /// The tags whose value names the owner of a thing; the first one that is there wins.
    pub owner_tags: Vec<String>,
    /// TLS endpoints to look at from outside, as `host:port`.
    pub endpoints: Vec<String>,
    /// Whether what the clouds have planned for machines is looked at.
    pub maintenance: bool,
    /// How many days old a long-lived key of a user may get; `None`: keys are not asked for.
    pub access_key_days: Option<u16>,
}

/// What is asked of a balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BalanceRule {
    /// It is not asked for.
    Off,
    /// It is watched; below these amounts it alarms, by currency.
    Below(BTreeMap<Currency, Decimal>),
}

impl Default for PatrolSettings {
    /// Returns what holds when the config says nothing.
    fn default() -> Self {
        Self {
            warn_days: 15,
            urgent_days: 7,
            balance: BalanceRule::Below(BTreeMap::new()),
            amount_invisible: false,
            timezone: TimeZone::fixed(tz::offset(8)),
            max_list_length: 20,
            ping: true,
            digest_hour: 9,
            owner_tags: ["owner", "Owner", "负责人"].map(str::to_owned).to_vec(),
            endpoints: Vec::new(),
            maintenance: false,
            access_key_days: None,
        }
    }
}

impl PatrolSettings {
    /// Returns the thresholds, or `None` when the balance is not watched.
    #[must_use]
    pub fn thresholds(&self) -> Option<&BTreeMap<Currency, Decimal>> {
        match &self.balance {
            BalanceRule::Off => None,
            BalanceRule::Below(thresholds) => Some(thresholds),
        }
    }
}

impl Settings {
    /// Returns what holds for an account; a member of an organization goes with its administrator.
    #[must_use]
    pub fn of(&self, account: &AccountId) -> &PatrolSettings {
        account.find_in(&self.accounts).unwrap_or(&self.defaults)
    }

    /// Returns whether an account is one that is patrolled, or a member of an organization that one of
    /// them administers; endpoints belong to no account and are always known.
    #[must_use]
    pub(crate) fn knows(&self, account: &AccountId) -> bool {
        self.accounts.is_empty()
            || account.as_str() == NO_ACCOUNT
            || account.find_in(&self.accounts).is_some()
    }

    /// Returns what reports call an account.
    #[must_use]
    pub fn title<'a>(&'a self, account: &'a AccountId) -> &'a str {
        self.titles
            .get(account)
            .map_or(account.as_str(), String::as_str)
    }

    /// Returns every endpoint that anybody asked for, each once.
    pub fn endpoints(&self) -> BTreeSet<&str> {
        self.each()
            .flat_map(|it| &it.endpoints)
            .map(String::as_str)
            .collect()
    }

    /// Returns `(warn_days, urgent_days)` of an endpoint: the defaults' where they name it, else the
    /// largest of the accounts that do, so that who asked to know early is told early.
    #[must_use]
    pub fn endpoint_days(&self, endpoint: &str) -> (u16, u16) {
        let names = |it: &&PatrolSettings| it.endpoints.iter().any(|it| it == endpoint);
        if names(&&self.defaults) {
            return (self.defaults.warn_days, self.defaults.urgent_days);
        }
        let asked = self.accounts.values().filter(names);
        asked.fold((0, 0), |(warn, urgent), it| {
            (warn.max(it.warn_days), urgent.max(it.urgent_days))
        })
    }

    /// Returns whether it is known and accepted now that a scope is not seen.
    #[must_use]
    pub fn accepts_gap(&self, scope: &Scope, now: Timestamp) -> bool {
        scope.is_accepted_gap(&self.accepted_gaps, now)
    }

    /// Returns everything that is asked, the defaults first.
    pub(crate) fn each(&self) -> impl Iterator<Item = &PatrolSettings> {
        std::iter::once(&self.defaults).chain(self.accounts.values())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_goes_with_its_administrator_unless_it_has_settings_of_its_own() {
        let days = |warn_days| PatrolSettings {
            warn_days,
            ..PatrolSettings::default()
        };
        let mut settings = Settings::default();
        settings.accounts.insert(AccountId::new("shop"), days(30));
        settings.accounts.insert(AccountId::new("shop/2"), days(60));
        let warn_days = |name: &str| settings.of(&AccountId::new(name)).warn_days;
        assert_eq!(
            ["shop", "shop/1", "shop/2", "game"].map(warn_days),
            [30, 30, 60, 15]
        );
    }
}
