//! What one audience may see of a run.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use cloud::census::NO_ACCOUNT;
use cloud::{AccountSight, Census};
use duty::{Audience, BalancePoint, FindingState, KnownFinding, Scene, Severity};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::{AccountId, Scope};

use super::words::{Words, shortened};
use crate::facts::Facts;
use crate::notice::{Circumstances, digest_is_due, without_successors};
use crate::settings::{PatrolSettings, Settings};
use crate::summary::is_still_asked;

/// What one audience may see of a run.
pub(crate) struct View<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) census: &'a Census,
    pub(crate) balances: &'a [BalancePoint],
    /// The findings that are theirs and that are still asked for.
    pub(crate) known: Vec<&'a KnownFinding>,
    /// The accounts they are told all about.
    pub(crate) accounts: Vec<(&'a AccountId, &'a AccountSight)>,
    pub(crate) now: Timestamp,
    /// Whether endpoints are theirs.
    has_endpoints: bool,
}

/// A known finding with its facts.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) known: &'a KnownFinding,
    pub(crate) facts: Facts<'a>,
    /// How soon to act, by now: what was not seen of late comes nearer all the same.
    pub(crate) severity: Severity,
}

impl<'a> Entry<'a> {
    pub(crate) fn account(&self) -> &'a AccountId {
        &self.known.finding.key.account
    }

    pub(crate) fn resource(&self) -> &'a str {
        self.known.finding.key.resource.as_str()
    }
}

impl<'a> View<'a> {
    pub(crate) fn new(settings: &'a Settings, audience: &Audience, scene: &Scene<'a>) -> Self {
        let theirs =
            |it: &&KnownFinding| audience.has(&it.finding) && is_still_asked(&it.finding, settings);
        let accounts = scene.census.accounts.iter();
        Self {
            settings,
            census: scene.census,
            balances: &scene.memory.balances,
            known: scene.known.iter().filter(theirs).collect(),
            accounts: accounts
                .filter(|(id, _)| audience.has_account(id))
                .collect(),
            now: scene.now,
            has_endpoints: audience.has_account(&AccountId::new(NO_ACCOUNT)),
        }
    }

    pub(crate) fn circumstances(&self, last_digest: Option<Timestamp>) -> Circumstances<'a> {
        let clock = self.clock();
        Circumstances {
            known: without_successors(&self.known),
            stirs_from: Severity::Notice,
            has_gaps: self.has_gaps(),
            // Who is only told of some things by their tags has no use for "all is well".
            wants_ping: self.asked().any(|it| it.ping),
            digest_due: digest_is_due(last_digest, clock.digest_hour, &clock.timezone, self.now),
            now: self.now,
        }
    }

    /// Returns what is asked for each of the accounts they are told all about.
    fn asked(&self) -> impl Iterator<Item = &'a PatrolSettings> {
        let accounts = self.accounts.iter();
        accounts.map(|(account, _)| self.settings.of(account))
    }

    /// Returns the settings whose hour and zone say when the one digest of the day is due: those of
    /// the accounts where they agree, the defaults where they do not.
    fn clock(&self) -> &'a PatrolSettings {
        let defaults = &self.settings.defaults;
        let mut asked = self.asked();
        let first = asked.next().unwrap_or(defaults);
        let agrees = |it: &PatrolSettings| {
            it.digest_hour == first.digest_hour && it.timezone == first.timezone
        };
        if asked.all(agrees) { first } else { defaults }
    }

    /// Returns the findings with their facts, the worst first.
    pub(crate) fn entries(&self, known: &[&'a KnownFinding]) -> Vec<Entry<'a>> {
        let mut entries: Vec<Entry<'a>> = known.iter().map(|it| self.entry(it)).collect();
        entries.sort_by_cached_key(|it| {
            (
                Reverse(it.severity),
                it.facts.rank(self.now, self.zone(it.account())),
            )
        });
        entries
    }

    fn entry(&self, known: &'a KnownFinding) -> Entry<'a> {
        let facts = Facts::of(&known.finding);
        let account = &known.finding.key.account;
        let urgent_days = i64::from(self.settings.of(account).urgent_days);
        let left = facts.days_left(self.now, self.zone(account));
        let came_near = known.frozen && facts.ends.is_some() && left <= Some(urgent_days);
        let severity = if came_near {
            Severity::Urgent
        } else {
            known.finding.severity
        };
        Entry {
            known,
            facts,
            severity,
        }
    }

    /// Returns every finding that is open and heard, the worst first.
    pub(crate) fn open(&self) -> Vec<Entry<'a>> {
        let open =
            |it: &&&'a KnownFinding| it.state != FindingState::Gone && !it.is_muted(self.now);
        let open: Vec<&'a KnownFinding> = self.known.iter().filter(open).copied().collect();
        self.entries(&open)
    }

    /// Returns how many open findings are kept quiet.
    pub(crate) fn muted(&self) -> usize {
        let open = self
            .known
            .iter()
            .filter(|it| it.state != FindingState::Gone);
        open.filter(|it| it.is_muted(self.now)).count()
    }

    pub(crate) fn zone(&self, account: &AccountId) -> &'a TimeZone {
        &self.settings.of(account).timezone
    }

    /// Returns the accounts the letter is about: those told all about, and those with a finding.
    pub(crate) fn spoken_of(&self) -> BTreeSet<&'a AccountId> {
        let told = self.accounts.iter().map(|(id, _)| *id);
        told.chain(self.known.iter().map(|it| &it.finding.key.account))
            .collect()
    }

    /// Returns whether the letter is about more than one account.
    pub(crate) fn is_about_several(&self) -> bool {
        self.spoken_of()
            .into_iter()
            .filter(|it| it.as_str() != NO_ACCOUNT)
            .count()
            > 1
    }

    /// Returns from how many days on is warned, if that is one number for all.
    pub(crate) fn common_warn_days(&self) -> Option<u16> {
        let mut accounts = self.spoken_of();
        if accounts.len() > 1 {
            accounts.retain(|it| it.as_str() != NO_ACCOUNT);
        }
        let days: BTreeSet<u16> = accounts
            .into_iter()
            .map(|it| self.settings.of(it).warn_days)
            .collect();
        days.first().copied().filter(|_| days.len() == 1)
    }

    /// Returns what reports call an account; endpoints belong to none.
    pub(crate) fn title_of(&self, account: &AccountId, words: Words) -> String {
        if account.as_str() == NO_ACCOUNT {
            return words.say("no-account");
        }
        shortened(self.settings.title(account))
    }

    /// Returns whom the letter is about, for its title: the worst off first.
    pub(crate) fn who(&self, words: Words) -> String {
        let accounts: Vec<&AccountId> = self
            .spoken_of()
            .into_iter()
            .filter(|it| it.as_str() != NO_ACCOUNT)
            .collect();
        let open = self.open();
        let worst = open
            .iter()
            .map(Entry::account)
            .find(|it| it.as_str() != NO_ACCOUNT);
        let is_dark = |it: &&AccountId| {
            self.census
                .accounts
                .get(*it)
                .is_some_and(|it| it.identity.seen().is_none())
        };
        let dark = accounts.iter().copied().find(is_dark);
        let partial = || accounts.iter().copied().find(|it| self.has_gaps_in(it));
        let Some(first) = worst
            .or(dark)
            .or_else(partial)
            .or(accounts.first().copied())
        else {
            return words.say("no-account");
        };
        let first = self.title_of(first, words);
        if accounts.len() < 2 {
            return first;
        }
        words.text(
            "who-several",
            &[("first", first), ("count", accounts.len().to_string())],
        )
    }

    /// Returns whether a scope is theirs to know of.
    pub(crate) fn covers(&self, scope: &Scope) -> bool {
        if scope.account.as_str() == NO_ACCOUNT {
            return self.has_endpoints;
        }
        self.accounts.iter().any(|(id, _)| **id == scope.account)
    }

    /// Returns whether it is known and accepted now that a scope is not seen.
    pub(crate) fn is_accepted(&self, scope: &Scope) -> bool {
        self.settings.accepts_gap(scope, self.now)
    }

    /// Returns whether something of an account was not seen, accepted or not.
    pub(crate) fn has_gaps_in(&self, account: &AccountId) -> bool {
        self.census
            .unseen()
            .iter()
            .any(|(scope, _)| scope.account == *account)
    }

    /// Returns whether something of theirs was not seen, and that is not accepted.
    pub(crate) fn has_gaps(&self) -> bool {
        let unseen = self.census.unseen();
        unseen
            .iter()
            .any(|(scope, _)| self.covers(scope) && !self.is_accepted(scope))
    }
}
