//! What every duty is asked, so that a new duty is a new room and nothing else.

use std::collections::BTreeSet;

use cloud::{Census, Doubt, Remembered, Wants};
use jiff::Timestamp;
use model::{AccountId, Language, Message, Tags};

use crate::finding::{Finding, FindingKey, KnownFinding};
use crate::guard::Limits;
use crate::memory::Memory;
use crate::plan::{Plan, Reason};

/// One duty: pure rules over what was seen and what is remembered.
pub trait Duty: Send + Sync {
    /// Returns its word: `patrol`.
    fn name(&self) -> &'static str;

    /// Returns what it needs to be looked at.
    fn wants(&self, now: Timestamp) -> Wants;

    /// Returns the machines that it needs whatever they look like now. Of what is remembered, which
    /// may be very much, only this is needed before all was looked at.
    fn remembered(&self, _memory: &Memory) -> Remembered {
        Remembered::new()
    }

    /// Returns what has to be asked once more, by id, before it can be judged.
    fn doubts(&self, _census: &Census, _memory: &Memory, _now: Timestamp) -> Vec<Doubt> {
        Vec::new()
    }

    /// Returns everything a person should know, by what was seen.
    fn assess(&self, census: &Census, memory: &Memory, now: Timestamp) -> Vec<Finding>;

    /// Returns what it wants done now, or `None` when it is a duty that only looks.
    ///
    /// What was not seen is not touched: a step that destroys rests on whole lists alone.
    fn plan(&self, _census: &Census, _memory: &Memory, _now: Timestamp) -> Option<Plan> {
        None
    }

    /// Returns how much of its plan may be done at once in an account.
    fn limits(&self, _account: &AccountId) -> Limits {
        Limits::default()
    }

    /// Returns a reason of its plans in words.
    fn explain(&self, reason: &Reason, _language: Language) -> String {
        reason.word.clone()
    }

    /// Returns what there is to tell an audience now, or `None` when there is nothing.
    fn letter(&self, audience: &Audience, scene: &Scene<'_>) -> Option<Letter>;
}

/// Who is to be told: a channel, and what of all findings is theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience {
    /// Which channel.
    pub channel: String,
    /// In which language.
    pub language: Language,
    /// What is theirs; a finding is theirs when one of these takes it.
    pub takes: Vec<Takes>,
}

/// What of all findings goes to an audience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Takes {
    /// Everything about these accounts.
    Accounts(BTreeSet<AccountId>),
    /// Findings of resources that have all these tags, in these accounts or in all when empty.
    Tagged {
        /// Which tags.
        tags: Tags,
        /// In which accounts.
        accounts: BTreeSet<AccountId>,
    },
}

impl Audience {
    /// Returns whether a finding is theirs.
    #[must_use]
    pub fn has(&self, finding: &Finding) -> bool {
        self.takes.iter().any(|takes| match takes {
            Takes::Accounts(accounts) => finding.key.account.is_among(accounts),
            Takes::Tagged { tags, accounts } => {
                (accounts.is_empty() || finding.key.account.is_among(accounts))
                    && tags
                        .iter()
                        .all(|(key, value)| finding.tags.get(key) == Some(value))
            }
        })
    }

    /// Returns whether they are told all about an account: its balance, coverage and counts.
    #[must_use]
    pub fn has_account(&self, account: &AccountId) -> bool {
        self.takes
            .iter()
            .any(|it| matches!(it, Takes::Accounts(all) if account.is_among(all)))
    }
}

/// Everything a letter can be made of.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// What was seen.
    pub census: &'a Census,
    /// What was remembered before this run.
    pub memory: &'a Memory,
    /// The findings after this run, joined with what was known.
    pub known: &'a [KnownFinding],
    /// When.
    pub now: Timestamp,
    /// When this audience got its last digest; there is one a day.
    pub last_digest: Option<Timestamp>,
}

/// A message, and what it tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// What it says.
    pub message: Message,
    /// The findings it tells of, to be remembered as told.
    pub tells: Vec<FindingKey>,
    /// Whether it stands for the day's digest.
    pub is_digest: bool,
}

#[cfg(test)]
mod tests {
    use model::ResourceId;

    use super::*;
    use crate::finding::Severity;

    #[test]
    fn an_audience_takes_by_account_or_by_tag() {
        let shop = AccountId::new("shop");
        let finding = Finding {
            key: FindingKey {
                duty: "patrol".into(),
                kind: "expiry".into(),
                account: shop.clone(),
                resource: ResourceId::new("i-1"),
            },
            severity: Severity::Warning,
            scopes: vec![],
            name: String::new(),
            owner: String::new(),
            tags: Tags::from([("team".into(), "dba".into())]),
            evidence: std::collections::BTreeMap::new(),
        };
        let audience = |takes| Audience {
            channel: "ops".into(),
            language: Language::Chinese,
            takes: vec![takes],
        };
        let tags = |value: &str| Tags::from([("team".into(), value.to_owned())]);
        let tagged = |value| Takes::Tagged {
            tags: tags(value),
            accounts: BTreeSet::new(),
        };
        assert!(audience(Takes::Accounts(BTreeSet::from([shop.clone()]))).has(&finding));
        assert!(!audience(Takes::Accounts(BTreeSet::new())).has(&finding));
        let member = AccountId::new("shop/1234567890");
        let all_of_shop = audience(Takes::Accounts(BTreeSet::from([shop.clone()])));
        assert!(all_of_shop.has_account(&member));
        assert!(!all_of_shop.has_account(&AccountId::new("shopping")));
        assert!(audience(tagged("dba")).has(&finding));
        assert!(!audience(tagged("web")).has(&finding));
        assert!(!audience(tagged("dba")).has_account(&shop));
    }
}
