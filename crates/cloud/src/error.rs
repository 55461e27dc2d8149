//! Why a cloud call failed, sorted by what the caller does next.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use model::{AccountId, Place};
use net::{Cause, NetError};

/// Where a call was made: what a person needs to find it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallSite {
    /// For which account.
    pub account: AccountId,
    /// Where in it.
    pub place: Place,
    /// What was called, as the cloud spells it: `DescribeInstances`.
    pub operation: &'static str,
}

impl fmt::Display for CallSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} (account {}, {})",
            self.operation, self.account, self.place
        )
    }
}

/// Why a cloud call failed.
#[derive(Debug)]
pub struct CloudError {
    /// Where.
    pub site: CallSite,
    /// What to do about it.
    pub kind: ErrorKind,
    /// The cloud's own code, empty when no cloud answered.
    pub code: String,
    /// The cloud's own words, bounded.
    pub message: String,
    /// The cloud's id of the request, for its support.
    pub request_id: Option<String>,
    /// What lay under it.
    pub source: Option<Cause>,
}

/// What the caller does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    /// Wait and ask again: the cloud asked us to slow down.
    Throttled {
        /// How long to wait by the cloud's own word.
        retry_after: Option<Duration>,
    },
    /// Wait and ask again, but only what may be asked twice: the cloud has a trouble of its own, and
    /// does not say how far it came.
    Busy,
    /// Ask again: the request never left.
    Unsent,
    /// Ask again only what may be asked twice: it left and no whole answer came.
    Unanswered,
    /// Correct the time by the cloud's own and ask once more.
    Clock {
        /// What the cloud's clock showed.
        server: Option<Timestamp>,
    },
    /// Ask once more with another nonce.
    NonceUsed,
    /// Get fresh credentials and ask once more: the session has run out.
    StaleCredentials,
    /// Stop: the key is unknown, disabled or wrong.
    Credentials,
    /// Stop and name the permission.
    Denied {
        /// The permission to grant, where it is known.
        permission: Option<String>,
    },
    /// Ask the other site of this cloud.
    WrongSite,
    /// There is no such thing.
    NotFound,
    /// There is one of that name already.
    Exists,
    /// It is in use, locked or on its way, and stays as it is: who or what holds it, in the cloud's
    /// word.
    Held {
        /// Who or what; empty when the cloud does not say.
        by: String,
    },
    /// Not now: this one thing had too much of late. Others go on.
    TryLater,
    /// A quota, or the money, is used up: nothing of the kind succeeds in this run.
    Exhausted,
    /// Stop: the question was refused.
    Invalid,
    /// Stop: the answer could not be understood.
    Undecodable,
}

impl CloudError {
    /// Returns an error without the cloud's words.
    #[must_use]
    pub fn new(site: CallSite, kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            site,
            kind,
            code: String::new(),
            message: message.into(),
            request_id: None,
            source: None,
        }
    }

    /// Returns the error of a request to which no answer came.
    #[must_use]
    pub fn from_net(site: CallSite, error: NetError) -> Self {
        let kind = match &error {
            NetError::Unsent { .. } => ErrorKind::Unsent,
            NetError::Unanswered { .. } => ErrorKind::Unanswered,
            NetError::TooLarge { .. } => ErrorKind::Undecodable,
            NetError::Refused { .. } => ErrorKind::Invalid,
        };
        Self {
            source: Some(Box::new(error)),
            ..Self::new(site, kind, "")
        }
    }
}

impl fmt::Display for CloudError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match &self.kind {
            ErrorKind::Throttled { .. } => "was throttled",
            ErrorKind::Busy => "failed on the cloud's side",
            ErrorKind::Unsent => "could not be sent",
            ErrorKind::Unanswered => "got no answer",
            ErrorKind::Clock { .. } => "was refused for the time on this machine's clock",
            ErrorKind::NonceUsed => "was taken for a replay",
            ErrorKind::StaleCredentials => "was refused: the session has expired",
            ErrorKind::Credentials => "was refused: the credentials are not valid",
            ErrorKind::Denied { .. } => "was denied",
            ErrorKind::WrongSite => "was asked at the wrong site",
            ErrorKind::NotFound => "found nothing",
            ErrorKind::Exists => "was refused: there is one of that name",
            ErrorKind::Held { .. } => "was refused: it is in use or locked",
            ErrorKind::TryLater => "was put off by the cloud",
            ErrorKind::Exhausted => "was refused: a quota or the money is used up",
            ErrorKind::Invalid => "was refused",
            ErrorKind::Undecodable => "gave an answer that cannot be understood",
        };
        write!(f, "{} {what}", self.site)?;
        if !self.code.is_empty() {
            write!(f, " [{}]", self.code)?;
        }
        if !self.message.is_empty() {
            write!(f, " {}", self.message)?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " (request {id})")?;
        }
        Ok(())
    }
}

impl std::error::Error for CloudError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source
            .as_ref()
            .map(|it| &**it as &(dyn std::error::Error + 'static))
    }
}
