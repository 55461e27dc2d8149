//! Where findings are written up.

use std::collections::BTreeMap;

use duty::{Finding, FindingKey, Severity};
use jiff::Timestamp;
use model::{AccountId, Charge, Expiry, Kind, RegionId, ResourceId, Scope, Tags};

use super::DUTY;
use super::ground::Ground;
use super::house::House;
use super::past::Past;
use crate::facts;
use crate::kind::OrphanKind;
use crate::settings::OrphanSettings;

/// One region of one identity, and what is asked of it.
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    pub(super) house: &'a House<'a>,
    /// The login that saw.
    pub(super) account: &'a AccountId,
    pub(super) region: &'a RegionId,
    pub(super) past: &'a Past<'a>,
    pub(super) settings: &'a OrphanSettings,
}

impl<'a> Desk<'a> {
    pub(super) fn of(ground: &Ground<'a>) -> Self {
        Self {
            house: ground.house,
            account: ground.account,
            region: ground.region,
            past: ground.past,
            settings: ground.settings,
        }
    }

    /// Returns a finding about a thing, without any facts but where it is. It goes under the account
    /// it was first told under; two logins of one identity do not make it two.
    pub(super) fn finding(&self, kind: OrphanKind, resource: &ResourceId) -> Finding {
        let known = self.past.finding(self.house, kind, resource);
        let first = self.house.logins.first().map(|(account, _)| *account);
        let account = known.map(|it| &it.finding.key.account).or(first);
        let lists = kind.lists().iter();
        let lists = lists.map(|it| Scope::regional(self.account, self.region, it));
        let identity = Scope::global(self.account, Kind::IDENTITY);
        let mut finding = Finding {
            key: FindingKey {
                duty: DUTY.to_owned(),
                kind: kind.word().to_owned(),
                account: account.unwrap_or(self.account).clone(),
                resource: resource.clone(),
            },
            severity: Severity::Notice,
            scopes: std::iter::once(identity).chain(lists).collect(),
            name: String::new(),
            owner: String::new(),
            tags: Tags::new(),
            evidence: BTreeMap::new(),
        };
        note(&mut finding, facts::CLOUD, self.house.cloud);
        note(&mut finding, facts::IDENTITY, self.house.number);
        note(&mut finding, facts::REGION, self.region);
        finding
    }

    /// Writes down the tags of a thing, and its owner as they say.
    pub(super) fn note_tags(&self, finding: &mut Finding, tags: &Tags) {
        let names = self.settings.owner_tags.iter();
        let mut owners = names.filter_map(|it| tags.get(it));
        if let Some(owner) = owners.find(|it| !it.trim().is_empty()) {
            finding.owner = owner.trim().to_owned();
        }
        finding.tags.clone_from(tags);
    }

    /// Writes down how a thing is paid for, when it was made and when it ends.
    pub(super) fn note_terms(
        &self,
        finding: &mut Finding,
        charge: &Charge,
        created: Option<Timestamp>,
        expiry: Expiry,
    ) {
        note(finding, facts::CHARGE, charge.word());
        if let Some(created) = created {
            note(finding, facts::CREATED, created);
        }
        if let Expiry::At(end) = expiry {
            note(finding, facts::EXPIRES, end);
        }
    }
}

/// Writes down one fact; an empty one is left out.
pub(super) fn note(finding: &mut Finding, name: &str, value: impl ToString) {
    let value = value.to_string();
    if !value.is_empty() {
        finding.evidence.insert(name.to_owned(), value);
    }
}
