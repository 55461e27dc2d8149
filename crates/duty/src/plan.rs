//! What is wanted now, each step with its reason.
//!
//! Invariant: a plan is made by rules alone: of the same census, memory, settings and time it is the
//! same plan, byte for byte.

use std::fmt;
use std::io;

use jiff::Timestamp;
use model::{AccountId, Kind, Money, RegionId, ResourceId, Tags};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::spelt;
use crate::step::{Spot, Step};

/// Everything a duty wants done now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Which duty wants it.
    pub duty: String,
    /// When it was made.
    pub made: Timestamp,
    /// The steps; each stands after those it waits for.
    pub steps: Vec<Planned>,
    /// Of how many each kind of thing that is destroyed is, by fresh and whole lists.
    pub populations: Vec<Population>,
    /// Things about which nothing could be decided; nothing is done to them.
    pub undecided: Vec<Undecided>,
    /// What a person should read before it is done.
    pub notes: Vec<Reason>,
}

/// A step, where, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planned {
    /// Where.
    pub spot: Spot,
    /// What.
    pub step: Step,
    /// Why.
    pub reason: Reason,
    /// The steps, by their places in the plan, without whose success it is not done.
    pub after: Vec<usize>,
    /// What it costs a month, or saves when negative; `None` where no price is known.
    #[serde(with = "spelt::money")]
    pub monthly: Option<Money>,
}

/// Why, in a word of the duty's own that it can say in every language, with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The word: `set_due`, `past_retention`.
    pub word: String,
    /// What belongs to it: `{"keeps": "daily 7", "age_days": "8"}`.
    #[serde(with = "spelt::tags")]
    pub facts: Tags,
}

impl Reason {
    /// Returns a reason with its facts.
    #[must_use]
    pub fn new<const N: usize>(word: &str, facts: [(&str, String); N]) -> Self {
        let facts = facts.map(|(key, value)| (key.to_owned(), value));
        Self {
            word: word.to_owned(),
            facts: Tags::from(facts),
        }
    }
}

/// Of how many a kind of thing is, in one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Population {
    /// In which account.
    #[serde(with = "spelt::one")]
    pub account: AccountId,
    /// Of which kind.
    #[serde(with = "spelt::one")]
    pub kind: Kind,
    /// How many there are.
    pub total: u64,
    /// By what it is measured how many of them may go.
    pub measure: Measure,
}

/// By what it is measured how many things may go at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Measure {
    /// A share of all there are.
    Share,
    /// Retention: what goes each day when all is as it should be.
    Steady {
        /// So many a day.
        daily: u64,
    },
}

/// A thing about which nothing could be decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undecided {
    /// In which account.
    #[serde(with = "spelt::one")]
    pub account: AccountId,
    /// In which region.
    #[serde(with = "spelt::one")]
    pub region: RegionId,
    /// Which, or a `*` for all of the region.
    #[serde(with = "spelt::one")]
    pub resource: ResourceId,
    /// Why.
    pub reason: Reason,
}

/// What a step is known by, in the journal and as the token that the clouds get: made of the plan
/// and its place in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token(String);

impl Token {
    /// Returns how it is spelt: 32 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Takes a text piece by piece and keeps its digest.
struct Digesting(Sha256);

impl io::Write for Digesting {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.0.update(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Plan {
    /// Returns a plan of nothing.
    #[must_use]
    pub fn empty(duty: &str, made: Timestamp) -> Self {
        Self {
            duty: duty.to_owned(),
            made,
            steps: Vec::new(),
            populations: Vec::new(),
            undecided: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Returns what the plan is known by: the SHA-256 of its JSON, in hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        // Read as it is written: of thousands of steps the text would be megabytes at once.
        let mut digest = Digesting(Sha256::new());
        // As in `to_json`, there is nothing here that JSON cannot say; and a digest takes everything.
        serde_json::to_writer(&mut digest, self).unwrap_or_default();
        base::hex::encode(&digest.0.finalize())
    }

    /// Returns its JSON: fields and maps in one order, so that the same plan is the same text.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Texts, numbers and maps keyed by texts: nothing here that JSON cannot say.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Returns the tokens of its steps, in their order.
    #[must_use]
    pub fn tokens(&self) -> Vec<Token> {
        let plan = self.digest();
        let token = |place: usize| {
            let digest = Sha256::digest(format!("{plan}/{place}"));
            Token(base::hex::encode(&digest[..16]))
        };
        (0..self.steps.len()).map(token).collect()
    }
}
