//! What the config asks of the orphan duty, as plain values: merged, checked and typed by whoever
//! reads the file.

use std::collections::{BTreeMap, BTreeSet};

use cloud::Hint;
use duty::{Finding, Severity};
use jiff::tz::{self, TimeZone};
use jiff::{SignedDuration, Timestamp};
use model::{AccountId, CloudId, ResourceId, Scope, Tags};

use crate::acts::Acts;
use crate::kind::OrphanKind;

/// What is asked of the orphan duty, account by account.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// What holds for each account that is looked at, with the global keys already merged in; when
    /// there is none, `defaults` hold for every account.
    pub accounts: BTreeMap<AccountId, OrphanSettings>,
    /// What holds for accounts that are not named, such as members of an organization.
    pub defaults: OrphanSettings,
    /// What reports call an account; its id where nothing is said.
    pub titles: BTreeMap<AccountId, String>,
    /// What a cloud calls its machines, for titles: `CVM`, `ECS`, `EC2`.
    pub machine_words: BTreeMap<CloudId, String>,
    /// Scopes that are known to be unseen, as `account/place/kind` with `*` for any one part, and
    /// until when that is accepted.
    pub accepted_gaps: BTreeMap<String, Timestamp>,
}

/// What is asked of the orphan duty for one account.
#[derive(Debug, Clone, PartialEq)]
pub struct OrphanSettings {
    /// How old a machine must be, and how far two looks must lie apart, before it is an orphan.
    pub grace: SignedDuration,
    /// How long a disk, address, copy or balancer must be unused before it is reported.
    pub waste_age: SignedDuration,
    /// What is looked at.
    pub kinds: BTreeSet<OrphanKind>,
    /// Words of the user's own that tie machines to clusters; they prove nothing alone.
    pub hints: Vec<Hint>,
    /// Whether a name that the cloud makes for a cluster's machines is a strong tie; a weak one if
    /// not.
    pub cloud_names: bool,
    /// What is left alone, until when and why.
    pub allowed: Vec<Allowance>,
    /// What is done about them.
    pub acts: Acts,
    /// How soon to act on a proven orphan.
    pub severity: Severity,
    /// How soon to act on what nobody uses.
    pub waste_severity: Severity,
    /// The word messages show as the level of the alarm; empty for that of the worst finding.
    pub level: String,
    /// Where days begin and end, and in which times are shown.
    pub timezone: TimeZone,
    /// How many things of one sort a message lists at most.
    pub max_list_length: u16,
    /// Whether a sign of life goes out when there is nothing to report.
    pub ping: bool,
    /// From which hour of the day on the daily digest goes out.
    pub digest_hour: i8,
    /// The tags whose value names the owner of a thing; the first one that is there wins.
    pub owner_tags: Vec<String>,
}

/// Something that is left alone for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// What.
    pub what: Allowed,
    /// Until when; from then on it is judged like everything else.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
}

/// What is left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    /// The thing with this id.
    Id(ResourceId),
    /// Things with this tag, of any value when `None`.
    Tag(String, Option<String>),
    /// Things whose whole name fits, `*` standing for any characters.
    Name(String),
}

impl Default for OrphanSettings {
    /// Returns what holds when the config says nothing.
    fn default() -> Self {
        Self {
            grace: SignedDuration::from_mins(30),
            waste_age: SignedDuration::from_hours(24),
            kinds: OrphanKind::ALL.into_iter().collect(),
            hints: Vec::new(),
            cloud_names: true,
            allowed: Vec::new(),
            acts: Acts::default(),
            severity: Severity::Warning,
            waste_severity: Severity::Notice,
            level: String::new(),
            timezone: TimeZone::fixed(tz::offset(8)),
            max_list_length: 20,
            ping: true,
            digest_hour: 9,
            owner_tags: ["owner", "Owner", "负责人"].map(str::to_owned).to_vec(),
        }
    }
}

impl OrphanSettings {
    /// Returns why a thing is left alone now, if it is.
    #[must_use]
    pub fn allowance(
        &self,
        id: &ResourceId,
        name: &str,
        tags: &Tags,
        now: Timestamp,
    ) -> Option<&Allowance> {
        let valid = self.allowed.iter().filter(|it| now < it.until);
        let mut fitting = valid.filter(|it| match &it.what {
            Allowed::Id(allowed) => allowed == id,
            Allowed::Tag(key, value) => tags
                .get(key)
                .is_some_and(|it| value.as_ref().is_none_or(|wanted| wanted == it)),
            Allowed::Name(pattern) => fits(pattern, name),
        });
        fitting.next()
    }
}

impl Settings {
    /// Returns what holds for an account; a member of an organization goes with its administrator.
    #[must_use]
    pub fn of(&self, account: &AccountId) -> &OrphanSettings {
        account.find_in(&self.accounts).unwrap_or(&self.defaults)
    }

    /// Returns what reports call an account.
    #[must_use]
    pub fn title<'a>(&'a self, account: &'a AccountId) -> &'a str {
        self.titles
            .get(account)
            .map_or(account.as_str(), String::as_str)
    }

    /// Returns whether it is known and accepted now that a scope is not seen.
    #[must_use]
    pub fn accepts_gap(&self, scope: &Scope, now: Timestamp) -> bool {
        scope.is_accepted_gap(&self.accepted_gaps, now)
    }

    /// Returns whether the settings still ask for what was found. What is no longer looked at stays
    /// frozen for ever, and nobody wants to read of it.
    #[must_use]
    pub(crate) fn still_asks(&self, finding: &Finding) -> bool {
        let account = &finding.key.account;
        let is_looked_at = self.accounts.is_empty() || account.find_in(&self.accounts).is_some();
        let kind = OrphanKind::from_word(&finding.key.kind);
        is_looked_at && kind.is_none_or(|it| self.of(account).kinds.contains(&it))
    }

    /// Returns everything that is asked, the defaults first.
    pub(crate) fn each(&self) -> impl Iterator<Item = &OrphanSettings> {
        std::iter::once(&self.defaults).chain(self.accounts.values())
    }
}

/// Returns whether a whole text fits a pattern in which `*` stands for any characters.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_in_an_allowed_name_stands_for_any_characters_and_nothing_else_is_loose() {
        for (pattern, text) in [
            ("bastion", "bastion"),
            ("*", ""),
            ("*", "anything"),
            ("web-*", "web-"),
            ("*-old", "db-old"),
            ("a*b*c", "a--b--b--c"),
            ("a*a", "aa"),
        ] {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("bastion", "bastion-2"),
            ("", "x"),
            ("web-*", "my-web-1"),
            ("a*a", "a"),
            ("a*b*c", "acb"),
        ] {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn an_allowance_ends_on_its_date() {
        let until: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        let allow = |what| OrphanSettings {
            allowed: vec![Allowance {
                what,
                until,
                reason: "moves out".into(),
            }],
            ..OrphanSettings::default()
        };
        let before = until - SignedDuration::from_secs(1);
        let tags = Tags::from([("team".into(), "dba".into())]);
        let is_allowed = |what, at| {
            let id = ResourceId::new("ins-1");
            allow(what).allowance(&id, "old-1", &tags, at).is_some()
        };
        for what in [
            Allowed::Id(ResourceId::new("ins-1")),
            Allowed::Tag("team".into(), None),
            Allowed::Tag("team".into(), Some("dba".into())),
            Allowed::Name("old-*".into()),
        ] {
            assert!(is_allowed(what.clone(), before), "{what:?}");
            assert!(!is_allowed(what.clone(), until), "{what:?}");
        }
        for what in [
            Allowed::Id(ResourceId::new("ins-10")),
            Allowed::Tag("team".into(), Some("web".into())),
            Allowed::Name("old".into()),
        ] {
            assert!(!is_allowed(what.clone(), before), "{what:?}");
        }
    }
}
