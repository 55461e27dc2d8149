//! Why a change was not made, in no cloud's words: the door of each cloud has its own code for each of these.

use jiff::SignedDuration;

use super::holdings::NotDone;

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hindrance {
    /// There is no such thing: its id.
    NotFound(String),
    /// This is not in a state in which that can be done: its id.
    WrongState(String),
    /// It is protected against it.
    Protected,
    /// It is locked.
    Locked,
    /// It stays while these stand on it or use it.
    InUse(Vec<String>),
    /// It stays while it is being copied.
    Copying,
    /// It is in the archive.
    Archived,
    /// It is shared with these accounts.
    Shared(Vec<String>),
    /// It is encrypted with a key that no other account can ever use.
    DefaultKey,
    /// There is one of that name already: its id.
    Exists(String),
    /// What it is to be made of is not whole yet: its id.
    NotReady(String),
    /// So many snapshots of this disk are under way already.
    TooManyPending {
        /// The disk.
        disk: String,
        /// How many may be.
        most: usize,
    },
    /// A snapshot of this disk was begun a moment ago.
    TooSoon {
        /// The disk.
        disk: String,
        /// How long to wait.
        wait: SignedDuration,
    },
    /// There are as many as there may be.
    UsedUp {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// The key it is encrypted with is unknown or switched off.
    KeyUnusable(String),
    /// They stand in different zones.
    OtherZone,
    /// The client token was used for something else.
    TokenMismatch,
}

impl Hindrance {
    /// Returns the hindrance that `id` met.
    #[must_use]
    pub fn of(id: &str, why: NotDone) -> Self {
        match why {
            NotDone::NotFound => Self::NotFound(id.to_owned()),
            NotDone::WrongState => Self::WrongState(id.to_owned()),
            NotDone::Protected => Self::Protected,
        }
    }
}

impl std::fmt::Display for Hindrance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound(id) => write!(f, "there is no {id}"),
            Self::WrongState(id) => write!(f, "{id} is not in a state for that"),
            Self::Protected => f.write_str("it is protected"),
            Self::Locked => f.write_str("it is locked"),
            Self::InUse(by) => write!(f, "it is used by {}", by.join(", ")),
            Self::Copying => f.write_str("it is being copied"),
            Self::Archived => f.write_str("it is in the archive"),
            Self::DefaultKey => f.write_str("it is encrypted with the account's default key"),
            Self::Shared(with) => write!(f, "it is shared with {}", with.join(", ")),
            Self::Exists(id) => write!(f, "{id} has that name"),
            Self::NotReady(id) => write!(f, "{id} is not whole yet"),
            Self::TooManyPending { disk, most } => {
                write!(f, "{most} snapshots of {disk} are under way")
            }
            Self::TooSoon { disk, wait } => {
                write!(
                    f,
                    "wait {} seconds with the next snapshot of {disk}",
                    wait.as_secs()
                )
            }
            Self::UsedUp { what, most } => write!(f, "there are {most} {what} already"),
            Self::KeyUnusable(key) => write!(f, "the key {key} cannot be used"),
            Self::OtherZone => f.write_str("they stand in different zones"),
            Self::TokenMismatch => f.write_str("the client token was used for something else"),
        }
    }
}

impl std::error::Error for Hindrance {}
