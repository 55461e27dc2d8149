//! The proof that something was seen is a type.

use std::fmt;

use crate::error::{CloudError, ErrorKind};

/// What was looked at whole: every page came, without an error.
///
/// Only [`crate::pager`] makes one, so a rule that takes a `Seen` cannot be given partial sight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen<T>(T);

impl<T> Seen<T> {
    pub(crate) fn mint(value: T) -> Self {
        Self(value)
    }

    /// Returns what was seen.
    pub fn get(&self) -> &T {
        &self.0
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        &mut self.0
    }

    /// Returns what was seen, for good.
    pub fn into_inner(self) -> T {
        self.0
    }

    /// Adds to what was seen from another look; the proof is about the list, not its decoration.
    #[must_use]
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Seen<U> {
        Seen(change(self.0))
    }
}

/// What one look at one scope gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sighting<T> {
    /// All of it.
    Seen(Seen<T>),
    /// Not all of it; whatever came is thrown away.
    Unseen(Unseen),
}

impl<T> Sighting<T> {
    /// Returns the proof, if there is one.
    pub fn seen(&self) -> Option<&Seen<T>> {
        match self {
            Self::Seen(seen) => Some(seen),
            Self::Unseen(_) => None,
        }
    }

    /// Returns why there is none.
    pub fn unseen(&self) -> Option<&Unseen> {
        match self {
            Self::Seen(_) => None,
            Self::Unseen(unseen) => Some(unseen),
        }
    }
}

/// Why a scope was not seen, sorted by what a person does about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// A right is missing; the permission to grant, where it is known.
    Denied {
        /// The permission as the cloud's policies spell it.
        permission: Option<String>,
    },
    /// The key or role is unknown, disabled, wrongly signed for, or expired.
    Credentials,
    /// This machine's clock is off by more than the cloud allows.
    Clock,
    /// The cloud kept asking us to slow down until the deadline.
    Throttled,
    /// No answer came, or only errors of the cloud's own, until the deadline.
    Unreachable,
    /// The answer could not be understood.
    Undecodable,
    /// The list said how many there are, and twice fewer came.
    CountMismatch {
        /// How many came.
        came: u64,
        /// How many there are by the list's own word.
        total: u64,
    },
    /// The list came back empty where there was something at the last look.
    EmptyAfter {
        /// How many there were.
        before: u64,
    },
    /// It could not even be asked, because what leads to it was unseen.
    NotReached,
    /// The cloud refused the question itself.
    Refused,
    /// The look itself broke off: a defect of this program.
    Defect,
}

impl Why {
    /// Returns the stable word of JSON output and metrics.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Denied { .. } => "denied",
            Self::Credentials => "credentials",
            Self::Clock => "clock",
            Self::Throttled => "throttled",
            Self::Unreachable => "unreachable",
            Self::Undecodable => "undecodable",
            Self::CountMismatch { .. } => "count_mismatch",
            Self::EmptyAfter { .. } => "empty_after_history",
            Self::NotReached => "not_reached",
            Self::Refused => "refused",
            Self::Defect => "defect",
        }
    }
}

/// A look that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// Why, for code.
    pub why: Why,
    /// Why, for people: the whole chain of the error, as the outside gave it.
    pub detail: String,
}

impl Unseen {
    /// Returns a failed look.
    #[must_use]
    pub fn new(why: Why, detail: impl Into<String>) -> Self {
        Self {
            why,
            detail: detail.into(),
        }
    }
}

impl From<&CloudError> for Unseen {
    fn from(error: &CloudError) -> Self {
        let why = match &error.kind {
            ErrorKind::Denied { permission } => Why::Denied {
                permission: permission.clone(),
            },
            ErrorKind::Credentials | ErrorKind::StaleCredentials => Why::Credentials,
            ErrorKind::Clock { .. } => Why::Clock,
            ErrorKind::Throttled { .. } => Why::Throttled,
            ErrorKind::Busy | ErrorKind::Unsent | ErrorKind::Unanswered => Why::Unreachable,
            ErrorKind::Undecodable => Why::Undecodable,
            ErrorKind::TryLater => Why::Throttled,
            ErrorKind::NotFound
            | ErrorKind::Exists
            | ErrorKind::Held { .. }
            | ErrorKind::Exhausted
            | ErrorKind::WrongSite
            | ErrorKind::NonceUsed
            | ErrorKind::Invalid => Why::Refused,
        };
        Self {
            why,
            detail: base::chain(error),
        }
    }
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.why.word(), self.detail)
    }
}
