//! What one audience may see of a run.

use std::collections::BTreeSet;

use cloud::{AccountSight, Census};
use duty::notice::{Circumstances, digest_is_due};
use duty::{Audience, FindingState, KnownFinding, Scene, Severity};
use jiff::Timestamp;
use model::{AccountId, Scope};

use super::words::{Words, shortened};
use crate::facts::{Facts, Rank};
use crate::settings::{BackupSettings, Settings};

/// From which severity on something is worth a message of its own; the rest waits for the digest.
const STIRS_FROM: Severity = Severity::Warning;

/// What one audience may see of a run.
pub(crate) struct View<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) census: &'a Census,
    /// The findings that are theirs and that are still asked for.
    pub(crate) known: Vec<&'a KnownFinding>,
    /// The accounts they are told all about.
    pub(crate) accounts: Vec<(&'a AccountId, &'a AccountSight)>,
    pub(crate) now: Timestamp,
}

/// A known finding with its facts.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) known: &'a KnownFinding,
    pub(crate) facts: Facts<'a>,
}

impl<'a> Entry<'a> {
    pub(crate) fn of(known: &'a KnownFinding) -> Self {
        Self {
            known,
            facts: Facts::of(&known.finding),
        }
    }

    pub(crate) fn account(&self) -> &'a AccountId {
        &self.known.finding.key.account
    }

    pub(crate) fn id(&self) -> &'a str {
        self.known.finding.key.resource.as_str()
    }

    pub(crate) fn severity(&self) -> Severity {
        self.known.finding.severity
    }

    pub(crate) fn rank(&self) -> Rank {
        self.facts.rank()
    }
}

impl<'a> View<'a> {
    pub(crate) fn new(settings: &'a Settings, audience: &Audience, scene: &Scene<'a>) -> Self {
        let theirs = |it: &&KnownFinding| {
            audience.has(&it.finding) && settings.still_asks(&it.finding.key.account)
        };
        let accounts = scene.census.accounts.iter();
        Self {
            settings,
            census: scene.census,
            known: scene.known.iter().filter(theirs).collect(),
            accounts: accounts
                .filter(|(id, _)| audience.has_account(id))
                .collect(),
            now: scene.now,
        }
    }

    pub(crate) fn circumstances(&self, last_digest: Option<Timestamp>) -> Circumstances<'a> {
        let house = self.house();
        Circumstances {
            known: self.known.clone(),
            stirs_from: STIRS_FROM,
            has_gaps: self.has_gaps(),
            // Who is only told of some things by their tags has no use for "all is well".
            wants_ping: house.ping && !self.accounts.is_empty(),
            digest_due: digest_is_due(last_digest, house.digest_hour, &house.timezone, self.now),
            now: self.now,
        }
    }

    /// Returns what holds for the letter as a whole: the settings of the only account, or the
    /// defaults.
    pub(crate) fn house(&self) -> &'a BackupSettings {
        let mut accounts = self.spoken_of().into_iter();
        match (accounts.next(), accounts.next()) {
            (Some(only), None) => self.settings.of(only),
            _ => &self.settings.defaults,
        }
    }

    /// Returns the findings with their facts, the worst first.
    pub(crate) fn entries(&self, known: &[&'a KnownFinding]) -> Vec<Entry<'a>> {
        let mut entries: Vec<Entry<'a>> = known.iter().map(|it| Entry::of(it)).collect();
        entries.sort_by_cached_key(Entry::rank);
        entries
    }

    /// Returns every finding that is open and heard, the worst first.
    pub(crate) fn open(&self) -> Vec<Entry<'a>> {
        let heard = self.known.iter().filter(|it| !it.is_muted(self.now));
        let open: Vec<&'a KnownFinding> = heard
            .filter(|it| it.state != FindingState::Gone)
            .copied()
            .collect();
        self.entries(&open)
    }

    /// Returns how many open findings are kept quiet.
    pub(crate) fn muted(&self) -> usize {
        let muted = self.known.iter().filter(|it| it.is_muted(self.now));
        muted.filter(|it| it.state != FindingState::Gone).count()
    }

    /// Returns an instant as people read it there: with its zone.
    pub(crate) fn time(&self, at: Timestamp) -> String {
        let local = at.to_zoned(self.house().timezone.clone());
        local.strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
    }

    /// Returns the accounts the letter is about: those told all about, and those with a finding.
    pub(crate) fn spoken_of(&self) -> BTreeSet<&'a AccountId> {
        let told = self.accounts.iter().map(|(id, _)| *id);
        told.chain(self.known.iter().map(|it| &it.finding.key.account))
            .collect()
    }

    pub(crate) fn title_of(&self, account: &AccountId) -> String {
        shortened(self.settings.title(account))
    }

    /// Returns whom the letter is about, the worst off first.
    pub(crate) fn who(&self, told: &[Entry<'_>], words: Words) -> String {
        let accounts = self.spoken_of();
        let worst = told.first().map(Entry::account);
        let Some(first) = worst.or(accounts.first().copied()) else {
            return String::new();
        };
        let first = self.title_of(first);
        match accounts.len() {
            0 | 1 => first,
            many => words.text(
                "who-several",
                &[("first", first), ("count", many.to_string())],
            ),
        }
    }

    /// Returns whether a scope is theirs to know of.
    pub(crate) fn covers(&self, scope: &Scope) -> bool {
        self.accounts.iter().any(|(id, _)| **id == scope.account)
    }

    /// Returns whether it is known and accepted now that a scope is not seen.
    pub(crate) fn accepts(&self, scope: &Scope) -> bool {
        self.settings.accepts_gap(scope, self.now)
    }

    /// Returns whether something of theirs was not seen, and that is not accepted.
    pub(crate) fn has_gaps(&self) -> bool {
        let unseen = self.census.unseen();
        unseen
            .iter()
            .any(|(scope, _)| self.covers(scope) && !self.accepts(scope))
    }
}
