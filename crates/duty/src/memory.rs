//! What earlier runs left, as a plain value.

use jiff::Timestamp;
use model::{AccountId, Money};

use crate::finding::KnownFinding;

/// One remembered reading of a balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalancePoint {
    /// Whose.
    pub account: AccountId,
    /// When it was read.
    pub at: Timestamp,
    /// What could be spent then.
    pub available: Money,
}

/// What earlier runs left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Memory {
    /// Every finding that is not yet forgotten.
    pub findings: Vec<KnownFinding>,
    /// Readings of balances, oldest first.
    pub balances: Vec<BalancePoint>,
}
