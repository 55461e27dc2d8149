//! Keys that disks and their copies are encrypted with.

use jiff::Timestamp;

/// What a key can be used for now: a copy under one that cannot be used is no copy until it can be
/// again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyState {
    /// What stands under it can be read.
    Usable,
    /// It was switched off, and can be switched on again.
    Disabled,
    /// It cannot be used, and is gone for good at that time unless somebody takes that back.
    Leaving {
        /// When, where the cloud says.
        at: Option<Timestamp>,
    },
    /// There is no such key any more: what stands under it is lost.
    Gone,
    /// It cannot be used for another reason, in the cloud's word: `PendingImport`, `Unavailable`.
    Unusable(String),
    /// It is another account's, who does not let us see it.
    Withheld,
    /// A word of the cloud that we do not know.
    Other(String),
}

impl KeyState {
    /// Returns its word.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Usable => "usable",
            Self::Disabled => "disabled",
            Self::Leaving { .. } => "pending_deletion",
            Self::Gone => "gone",
            Self::Withheld => "withheld",
            Self::Unusable(word) | Self::Other(word) => word,
        }
    }

    /// Returns whether it is certain that nothing under it can be read now.
    #[must_use]
    pub fn bars(&self) -> bool {
        match self {
            Self::Disabled | Self::Leaving { .. } | Self::Gone | Self::Unusable(_) => true,
            Self::Usable | Self::Withheld | Self::Other(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_certain_bars_and_what_is_not_known_does_not() {
        let bars = [
            KeyState::Disabled,
            KeyState::Leaving { at: None },
            KeyState::Gone,
            KeyState::Unusable("Unavailable".to_owned()),
        ];
        assert!(bars.iter().all(KeyState::bars));
        let not = [
            KeyState::Usable,
            KeyState::Withheld,
            KeyState::Other("Creating".to_owned()),
        ];
        assert!(!not.iter().any(KeyState::bars));
    }
}
