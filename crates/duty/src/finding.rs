//! A finding: something a person should know, and what became of it since it was first seen.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use model::{AccountId, ResourceId};

/// What makes two findings the same one: duty, kind, account and resource (never the text).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FindingKey {
    /// Which duty found it: `patrol`.
    pub duty: String,
    /// What was found: `expiry`, `balance`, `certificate`; stable, in the JSON output.
    pub kind: String,
    /// In which account.
    pub account: AccountId,
    /// At which resource; the account's own name where it is about the account.
    pub resource: ResourceId,
}

impl fmt::Display for FindingKey {
    /// Writes `duty:kind:account:resource`, the spelling `skywarden findings` takes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}:{}",
            self.duty, self.kind, self.account, self.resource
        )
    }
}

/// How soon a person must act; ordered, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Notice,
    /// Act in time.
    Warning,
    /// Act now.
    Urgent,
}

impl Severity {
    /// Returns the word used in JSON, the database and the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Urgent => "urgent",
        }
    }

    /// Returns the severity a word stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Notice, Self::Warning, Self::Urgent]
            .into_iter()
            .find(|it| it.word() == word)
    }
}

/// Something a person should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What makes it this one.
    pub key: FindingKey,
    /// How soon to act.
    pub severity: Severity,
    /// The scopes whose sight this rests on: while one of them is unseen, the finding is frozen.
    pub scopes: Vec<model::Scope>,
    /// What a person calls the resource; empty when it has no name.
    pub name: String,
    /// Owner as its tags say, to be mentioned; empty when unknown.
    pub owner: String,
    /// Tags of the resource, for routes.
    pub tags: model::Tags,
    /// The facts it rests on, by stable names (`days_left`, `ends`, `product`, `renewal`…); values are
    /// plain text as data, to be put into sentences by the duty's texts.
    pub evidence: BTreeMap<String, String>,
}

/// Where a finding stands between two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FindingState {
    /// Seen for the first time.
    New,
    /// Seen before and again.
    Still,
    /// Seen before; its scopes were seen whole and it was not there.
    Gone,
}

impl FindingState {
    /// Returns the word used in JSON, the database and the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Still => "still",
            Self::Gone => "gone",
        }
    }

    /// Returns the state a word stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::New, Self::Still, Self::Gone]
            .into_iter()
            .find(|it| it.word() == word)
    }
}

/// A finding is kept quiet until a date, for a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mute {
    /// Until when.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
    /// By whom.
    pub by: String,
}

/// Somebody has taken a finding on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ack {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
}

/// When people were last told of a finding, and how bad it was then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notified {
    /// When.
    pub at: Timestamp,
    /// How bad.
    pub severity: Severity,
}

/// A finding with its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFinding {
    /// What was found, as last seen.
    pub finding: Finding,
    /// Where it stands.
    pub state: FindingState,
    /// Whether a scope it rests on was unseen at the last run: neither still there nor gone.
    pub frozen: bool,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// When people were told.
    pub notified: Option<Notified>,
    /// Kept quiet until.
    pub muted: Option<Mute>,
    /// Taken on by.
    pub acked: Option<Ack>,
}

impl KnownFinding {
    /// Returns whether people asked not to be told of it now.
    #[must_use]
    pub fn is_muted(&self, now: Timestamp) -> bool {
        self.muted.as_ref().is_some_and(|mute| now < mute.until)
    }
}
