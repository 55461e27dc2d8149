//! `[guard]`: how much of a plan may be done at once, and what an account may say differently.

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::changing::{Limit, TagRule};
use super::money::{Amount, Currency};

/// How much of a plan may be done at once, in each account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct GuardSection {
    /// So many things of a kind may go at once.
    pub at_most: Limit<1_000_000>,
    /// And so many of a hundred there are; of fewer than ten, one may go.
    pub percent: Limit<100>,
    /// What the things that are made may cost a month, by currency; without a limit where none is named.
    pub monthly: BTreeMap<Currency, Amount>,
    /// What carries one of these tags is never removed, whatever duty would.
    pub protected_tags: Vec<TagRule>,
}

/// What one account wants otherwise than `[guard]`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct GuardOverride {
    /// So many things of a kind may go at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Limit<1_000_000>>,
    /// And so many of a hundred there are; of fewer than ten, one may go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<Limit<100>>,
    /// What the things that are made may cost a month, by currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly: Option<BTreeMap<Currency, Amount>>,
    /// What carries one of these tags is never removed, whatever duty would.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protected_tags: Option<Vec<TagRule>>,
}

impl Default for GuardSection {
    /// The defaults that the embedded default configuration documents.
    fn default() -> Self {
        Self {
            at_most: Limit::Number(200),
            percent: Limit::Number(20),
            monthly: BTreeMap::new(),
            protected_tags: vec![TagRule::literal("skywarden:keep")],
        }
    }
}

impl GuardSection {
    /// Returns these limits with those of `over` in place of the global ones.
    #[must_use]
    pub fn overridden_by(&self, over: &GuardOverride) -> Self {
        let monthly = over.monthly.as_ref().unwrap_or(&self.monthly);
        let protected = over.protected_tags.as_ref();
        let protected = protected.unwrap_or(&self.protected_tags);
        Self {
            at_most: over.at_most.unwrap_or(self.at_most),
            percent: over.percent.unwrap_or(self.percent),
            monthly: monthly.clone(),
            protected_tags: protected.clone(),
        }
    }
}
