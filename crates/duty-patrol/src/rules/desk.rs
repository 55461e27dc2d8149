//! Where the findings of one account are written up.

use std::collections::BTreeMap;

use duty::{Finding, FindingKey, Severity};
use jiff::Timestamp;
use model::{AccountId, Expiry, Kind, Renewal, ResourceId, Scope, Tags};

use super::DUTY;
use crate::days::{day_of, days_left};
use crate::facts;
use crate::kind::PatrolKind;
use crate::settings::PatrolSettings;

/// One account, what is asked of it, and the time of the look.
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    pub(super) account: &'a AccountId,
    pub(super) settings: &'a PatrolSettings,
    pub(super) now: Timestamp,
}

impl Desk<'_> {
    /// Returns how many midnights are left until an end.
    pub(super) fn days_left(&self, end: Timestamp) -> i64 {
        days_left(self.now, end, &self.settings.timezone)
    }

    /// Returns how urgent an end in so many days is, or `None` when it is far away.
    pub(super) fn urgency(&self, days: i64) -> Option<Severity> {
        urgency(days, self.settings.warn_days, self.settings.urgent_days)
    }

    /// Returns a finding about a thing, seen by looks at these kinds.
    pub(super) fn finding(
        &self,
        kind: PatrolKind,
        resource: &ResourceId,
        severity: Severity,
        looks: &[&str],
    ) -> Finding {
        let looks = looks.iter().map(|it| Scope::global(self.account, it));
        self.finding_in(kind, resource, severity, looks)
    }

    /// Returns a finding about a thing, seen by looks at these scopes.
    pub(super) fn finding_in(
        &self,
        kind: PatrolKind,
        resource: &ResourceId,
        severity: Severity,
        looks: impl IntoIterator<Item = Scope>,
    ) -> Finding {
        // Without an identity nothing else is asked: who we are is part of every proof.
        let identity = Scope::global(self.account, Kind::IDENTITY);
        let scopes = std::iter::once(identity).chain(looks).collect();
        finding(kind, self.account, resource, severity, scopes)
    }

    /// Writes down when a thing ends.
    pub(super) fn note_end(&self, finding: &mut Finding, expiry: Expiry) {
        let Expiry::At(end) = expiry else {
            return;
        };
        let zone = &self.settings.timezone;
        note(finding, facts::ENDS, end);
        note(finding, facts::ENDS_ON, day_of(end, zone));
        note(finding, facts::DAYS_LEFT, self.days_left(end));
        if end <= self.now {
            note(finding, facts::ENDED, true);
        }
    }

    /// Writes down the tags of a thing, and its owner as they say.
    pub(super) fn note_tags(&self, finding: &mut Finding, tags: &Tags) {
        let mut owners = self
            .settings
            .owner_tags
            .iter()
            .filter_map(|it| tags.get(it));
        if let Some(owner) = owners.find(|it| !it.trim().is_empty()) {
            finding.owner = owner.trim().to_owned();
        }
        finding.tags.clone_from(tags);
    }

    /// Writes down an amount, unless amounts are hidden.
    pub(super) fn note_amount(
        &self,
        finding: &mut Finding,
        name: &str,
        amount: rust_decimal::Decimal,
    ) {
        if !self.settings.amount_invisible {
            note(finding, name, amount);
        }
    }
}

/// Returns a finding of the patrol without any facts yet.
pub(super) fn finding(
    kind: PatrolKind,
    account: &AccountId,
    resource: &ResourceId,
    severity: Severity,
    scopes: Vec<Scope>,
) -> Finding {
    Finding {
        key: FindingKey {
            duty: DUTY.to_owned(),
            kind: kind.word().to_owned(),
            account: account.clone(),
            resource: resource.clone(),
        },
        severity,
        scopes,
        name: String::new(),
        owner: String::new(),
        tags: Tags::new(),
        evidence: BTreeMap::new(),
    }
}

/// Writes down one fact; an empty one is left out.
pub(super) fn note(finding: &mut Finding, name: &str, value: impl ToString) {
    let value = value.to_string();
    if !value.is_empty() {
        finding.evidence.insert(name.to_owned(), value);
    }
}

/// Returns how urgent an end in so many days is, or `None` when it is far away.
pub(super) fn urgency(days: i64, warn_days: u16, urgent_days: u16) -> Option<Severity> {
    if days <= i64::from(urgent_days.min(warn_days)) {
        Some(Severity::Urgent)
    } else if days <= i64::from(warn_days) {
        Some(Severity::Warning)
    } else {
        None
    }
}

/// Returns the stable word of a renewal.
pub(super) fn renewal_word(renewal: &Renewal) -> &'static str {
    match renewal {
        Renewal::Auto { .. } => "auto",
        Renewal::Manual => "manual",
        Renewal::Never => "never",
        Renewal::Unknown(_) => "unknown",
    }
}
