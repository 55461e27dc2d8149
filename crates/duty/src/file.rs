//! A plan in a file: made on one day, read by a person, applied later.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use model::AccountId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::plan::Plan;

/// The only version there is.
const VERSION: u32 = 1;
/// How old a plan may be.
const FRESH: SignedDuration = SignedDuration::from_hours(24);

/// A plan, as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    /// Of this layout.
    version: u32,
    /// Who the clouds said the accounts are, by our names of them.
    pub identities: BTreeMap<String, String>,
    /// The plan.
    pub plan: Plan,
    /// The seal by the key of the vault, for a host that has another store: hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<String>,
}

/// Why a plan file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFile {
    /// It is no plan.
    #[error("it is no plan: {0}")]
    Unreadable(String),
    /// It is of another version of the program.
    #[error("it has version {0}, and this program reads version {VERSION}")]
    Version(u32),
    /// It was changed after it was saved, or was saved elsewhere: nobody vouches for it.
    #[error("nobody vouches for it: it was changed after it was saved, or saved on another host")]
    Unvouched,
    /// It is too old.
    #[error("it was made at {made}, more than {} hours ago", FRESH.as_hours())]
    Stale {
        /// When.
        made: Timestamp,
    },
    /// It was made in the future: one of two clocks is wrong.
    #[error("it was made at {made}, which is yet to come")]
    Future {
        /// When.
        made: Timestamp,
    },
    /// An account is not who it was.
    #[error("the account {account} was {was} when the plan was made, and is {is}")]
    Identity {
        /// Our name of it.
        account: String,
        /// Who it was.
        was: String,
        /// Who it is.
        is: String,
    },
}

impl PlanFile {
    /// Returns a plan with who its accounts are.
    #[must_use]
    pub fn new(plan: Plan, identities: BTreeMap<String, String>) -> Self {
        Self {
            version: VERSION,
            identities,
            plan,
            seal: None,
        }
    }

    /// Returns what is vouched for: everything but the seal.
    #[must_use]
    pub fn body(&self) -> String {
        let bare = Self {
            seal: None,
            ..self.clone()
        };
        serde_json::to_string(&bare).unwrap_or_default()
    }

    /// Returns what the file is known by: the SHA-256 of its body, in hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        base::hex::encode(&Sha256::digest(self.body()))
    }

    /// Returns the text of the file, for people too.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Reads a file's text.
    ///
    /// # Errors
    ///
    /// When it is no plan of this version.
    pub fn read(text: &str) -> Result<Self, BadFile> {
        #[derive(Deserialize)]
        struct Any {
            version: u32,
        }
        let unreadable = |error: serde_json::Error| BadFile::Unreadable(error.to_string());
        let any: Any = serde_json::from_str(text).map_err(unreadable)?;
        if any.version != VERSION {
            return Err(BadFile::Version(any.version));
        }
        serde_json::from_str(text).map_err(unreadable)
    }

    /// Checks its age.
    ///
    /// # Errors
    ///
    /// When it is too old, or made in the future.
    pub fn check_age(&self, now: Timestamp) -> Result<(), BadFile> {
        let made = self.plan.made;
        let age = now.duration_since(made);
        // Two hosts' clocks may differ a little.
        if age < SignedDuration::from_mins(-5) {
            return Err(BadFile::Future { made });
        }
        if age > FRESH {
            return Err(BadFile::Stale { made });
        }
        Ok(())
    }

    /// Checks that every account a step is for is who it was.
    ///
    /// # Errors
    ///
    /// When one is somebody else now, or could not say.
    pub fn check_identities(&self, now: &BTreeMap<AccountId, String>) -> Result<(), BadFile> {
        for planned in &self.plan.steps {
            let account = &planned.spot.account;
            let was = self.identities.get(account.as_str()).cloned();
            let is = now.get(account).cloned();
            if was.is_none() || was != is {
                return Err(BadFile::Identity {
                    account: account.to_string(),
                    was: was.unwrap_or_default(),
                    is: is.unwrap_or_default(),
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
