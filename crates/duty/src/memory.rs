//! What earlier runs left, as a plain value.

use std::sync::Arc;

use jiff::Timestamp;
use model::{AccountId, Money, RegionId, ResourceId};

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

/// A machine that was a node of a cluster when it was last seen as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// In which account.
    pub account: AccountId,
    /// In which region.
    pub region: RegionId,
    /// The machine.
    pub machine: ResourceId,
    /// The cluster.
    pub cluster: ResourceId,
    /// What people called the cluster then.
    pub cluster_name: Arc<str>,
    /// Its virtual network, where it had one.
    pub network: Option<ResourceId>,
    /// When it was last seen as a node.
    pub last_seen: Timestamp,
}

/// What earlier runs left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Memory {
    /// Every finding that is not yet forgotten.
    pub findings: Vec<KnownFinding>,
    /// Readings of balances, oldest first.
    pub balances: Vec<BalancePoint>,
    /// Who was a node of what; one for each machine. None where no machines were looked at.
    pub memberships: Vec<Membership>,
    /// Steps of this duty's last plans that were not done, the last of each subject; those that were
    /// done since are not among them.
    pub mishaps: Vec<Mishap>,
}

/// A step that was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mishap {
    /// In which account.
    pub account: AccountId,
    /// In which region.
    pub region: RegionId,
    /// The word of the step: `create_set`.
    pub step: String,
    /// What it was about.
    pub subject: ResourceId,
    /// Since when it has not been done.
    pub since: Timestamp,
    /// Why, in the cloud's words.
    pub why: String,
}
