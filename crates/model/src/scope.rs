//! The unit of seeing: account × place × kind of resource.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

use crate::ids::{AccountId, Kind, RegionId};

/// Where in an account a list was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// The whole account: billing, certificates, domains.
    Global,
    /// One region.
    Region(RegionId),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Global => f.write_str("global"),
            Self::Region(region) => region.fmt(f),
        }
    }
}

/// Account × place × kind: one list, seen whole or not seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    /// Whose resources.
    pub account: AccountId,
    /// Where.
    pub place: Place,
    /// Which.
    pub kind: Kind,
}

impl Scope {
    /// Returns the scope of one kind in a whole account.
    #[must_use]
    pub fn global(account: &AccountId, kind: &str) -> Self {
        Self {
            account: account.clone(),
            place: Place::Global,
            kind: Kind::new(kind),
        }
    }

    /// Returns the scope of one kind in one region of an account.
    #[must_use]
    pub fn regional(account: &AccountId, region: &RegionId, kind: &str) -> Self {
        let place = Place::Region(region.clone());
        Self {
            account: account.clone(),
            place,
            kind: Kind::new(kind),
        }
    }

    /// Returns whether `pattern` names the scope: `account/place/kind`, where `*` stands for any
    /// one part.
    #[must_use]
    pub fn is_named_by(&self, pattern: &str) -> bool {
        // From the right: the name of a member account has a slash of its own.
        let mut parts = pattern.rsplitn(3, '/');
        let (Some(kind), Some(place), Some(account)) = (parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        (kind == "*" || kind == self.kind.as_str())
            && (place == "*" || place == self.place.to_string())
            && (account == "*" || account == self.account.as_str())
    }

    /// Returns whether it is known and accepted at `now` that the scope is not seen: whether one of
    /// `gaps` names it, each a pattern and until when it is accepted.
    #[must_use]
    pub fn is_accepted_gap(&self, gaps: &BTreeMap<String, Timestamp>, now: Timestamp) -> bool {
        gaps.iter()
            .any(|(pattern, until)| now < *until && self.is_named_by(pattern))
    }
}

impl fmt::Display for Scope {
    /// Writes `account/place/kind`, the spelling of `ignore_unseen` in the config.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.account, self.place, self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_part_and_nothing_else_is_loose() {
        let scope = Scope::global(&AccountId::new("shop"), Kind::BALANCE);
        for pattern in [
            "shop/global/balance",
            "*/global/balance",
            "shop/*/*",
            "*/*/*",
        ] {
            assert!(scope.is_named_by(pattern), "{pattern}");
        }
        for pattern in [
            "*",
            "shop",
            "shop/global",
            "shop/*",
            "*/*/domain",
            "*/*/*/*",
            "",
        ] {
            assert!(!scope.is_named_by(pattern), "{pattern}");
        }
        let member = Scope::global(&AccountId::new("shop/123"), Kind::BALANCE);
        assert!(member.is_named_by("shop/123/global/balance"));
        assert!(member.is_named_by("*/*/balance"));
        assert!(!member.is_named_by("shop/global/balance"));
    }

    #[test]
    fn a_gap_is_accepted_until_its_date() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let gaps = BTreeMap::from([
            ("shop/*/domain".to_owned(), at(10)),
            ("*/global/certificate".to_owned(), at(20)),
        ]);
        let gap = |kind, second| {
            let scope = Scope::global(&AccountId::new("shop"), kind);
            scope.is_accepted_gap(&gaps, at(second))
        };
        assert!(gap(Kind::DOMAIN, 9));
        assert!(!gap(Kind::DOMAIN, 10));
        assert!(gap(Kind::CERTIFICATE, 10));
        assert!(!gap(Kind::BALANCE, 1));
    }
}
