//! How a thing is paid for and when its paid time ends, and what comes next for it.

use jiff::{SignedDuration, Timestamp};

use super::prepaid::Renewal;

/// How a thing is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Charge {
    /// In advance.
    Prepaid,
    /// By use.
    OnDemand,
    /// By use, at a price that may take it away.
    Spot,
}

/// The terms a thing is held on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// How it is paid for.
    pub charge: Charge,
    /// When its paid time ends, where it is paid in advance.
    pub ends: Option<Timestamp>,
    /// What happens then, where it is paid in advance.
    pub renewal: Option<Renewal>,
}

/// How long before its end a thing that renews itself is renewed.
const RENEWED_BEFORE: SignedDuration = SignedDuration::from_hours(9 * 24);
/// By how much.
const RENEWED_BY: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long a thing whose paid time is over is kept.
pub const RECYCLE_BIN: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Term {
    /// Returns the terms of what is paid by use.
    #[must_use]
    pub const fn on_demand() -> Self {
        Self {
            charge: Charge::OnDemand,
            ends: None,
            renewal: None,
        }
    }

    /// Returns the terms of what is paid by use at the spot price.
    #[must_use]
    pub const fn spot() -> Self {
        Self {
            charge: Charge::Spot,
            ..Self::on_demand()
        }
    }

    /// Returns the terms of what is paid until `ends`.
    #[must_use]
    pub const fn prepaid(ends: Timestamp, renewal: Renewal) -> Self {
        Self {
            charge: Charge::Prepaid,
            ends: Some(ends),
            renewal: Some(renewal),
        }
    }

    /// Returns when the paid time changes: it is renewed, or it is over.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        let ends = self.ends?;
        match self.renewal {
            Some(Renewal::Auto) => Some(ends.saturating_sub(RENEWED_BEFORE).unwrap_or(ends)),
            _ => Some(ends),
        }
    }

    /// Renews it if it renews itself; returns whether it did.
    pub(crate) fn renew(&mut self) -> bool {
        let renews = self.renewal == Some(Renewal::Auto);
        if let Some(ends) = self.ends.filter(|_| renews) {
            self.ends = Some(later(ends, RENEWED_BY));
        }
        renews
    }
}

/// What a thing turns into by itself, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn<S> {
    /// When.
    pub at: Timestamp,
    /// Into what; `None` when it is gone then.
    pub into: Option<S>,
}

impl<S> Turn<S> {
    /// Returns the turn into `state` at `at`.
    pub const fn into(at: Timestamp, state: S) -> Option<Self> {
        Some(Self {
            at,
            into: Some(state),
        })
    }

    /// Returns the turn into nothing at `at`.
    #[must_use]
    pub const fn gone(at: Timestamp) -> Option<Self> {
        Some(Self { at, into: None })
    }
}

/// Returns `at` and `by` later; the last moment there is if that is too late.
pub(crate) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
