//! What the patrol can find.

use std::fmt;

/// What was found; its word is part of a finding's identity and of the JSON output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PatrolKind {
    /// Something paid in advance ends soon and nothing will renew it.
    Expiry,
    /// Something paid in advance has ended and is not yet released.
    Expired,
    /// The cloud should have renewed something by now and has not.
    RenewalFailed,
    /// The balance does not cover the renewals that are due.
    RenewalUnfunded,
    /// A certificate ends soon, or has ended.
    Certificate,
    /// The registration of a domain name ends soon, or has ended.
    Domain,
    /// A TLS endpoint shows a certificate that ends soon, or has ended.
    Endpoint,
    /// The balance is below its threshold, or below zero.
    Balance,
    /// The balance will not last.
    BalanceRunway,
    /// When something ends could not be read.
    UnknownEnd,
    /// The cloud has planned something for a machine: a reboot, a move, an end.
    Maintenance,
    /// A long-lived key is older than it should get.
    AccessKey,
}

impl PatrolKind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Expiry,
        Self::Expired,
        Self::RenewalFailed,
        Self::RenewalUnfunded,
        Self::Certificate,
        Self::Domain,
        Self::Endpoint,
        Self::Balance,
        Self::BalanceRunway,
        Self::UnknownEnd,
        Self::Maintenance,
        Self::AccessKey,
    ];

    /// Returns the stable word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Expiry => "expiry",
            Self::Expired => "expired",
            Self::RenewalFailed => "renewal_failed",
            Self::RenewalUnfunded => "renewal_unfunded",
            Self::Certificate => "certificate",
            Self::Domain => "domain",
            Self::Endpoint => "endpoint",
            Self::Balance => "balance",
            Self::BalanceRunway => "balance_runway",
            Self::UnknownEnd => "unknown_end",
            Self::Maintenance => "maintenance",
            Self::AccessKey => "access_key",
        }
    }

    /// Returns the kind a word stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.word() == word)
    }

    /// Returns whether it is about the money of an account, not about one thing in it.
    #[must_use]
    pub fn is_about_money(self) -> bool {
        matches!(
            self,
            Self::RenewalUnfunded | Self::Balance | Self::BalanceRunway
        )
    }

    /// Returns whether it is about something that ends by itself unless it is renewed.
    #[must_use]
    pub fn is_about_an_end(self) -> bool {
        !self.is_about_money() && !matches!(self, Self::Maintenance | Self::AccessKey)
    }
}

impl fmt::Display for PatrolKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_leads_back_to_its_kind() {
        for kind in PatrolKind::ALL {
            assert_eq!(PatrolKind::from_word(kind.word()), Some(kind));
        }
        assert_eq!(PatrolKind::from_word("orphan"), None);
    }
}
