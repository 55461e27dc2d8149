//! The facts a finding rests on: their names, and how they are read back.
//!
//! A finding outlives the run that made it, so what a report says of it is read from these facts.

use std::cmp::Reverse;

use duty::{Finding, Severity};
use jiff::Timestamp;

use crate::kind::OrphanKind;
use crate::verdict::{Verdict, reasons_in};

/// What is said of it: `orphan`, `suspect`, `unknown`, `hint`, `unused`, `recent`.
pub const VERDICT: &str = "verdict";
/// Why no more can be said: `word:about`, separated by commas.
pub const WHY: &str = "why";
/// The first look that showed it, RFC 3339.
pub const SINCE: &str = "since";
/// The look that proved it, RFC 3339.
pub const CONFIRMED: &str = "confirmed";
/// From when on another look proves it, RFC 3339.
pub const CONFIRMED_AFTER: &str = "confirmed_after";
/// Since when it carries our mark, RFC 3339.
pub const MARKED: &str = "marked";
/// `true` when it was seen running while it carried that mark.
pub const STARTED: &str = "started";
/// From when on it is deleted, RFC 3339.
pub const GOES_AFTER: &str = "goes_after";
/// The cloud's own number of the account.
pub const IDENTITY: &str = "identity";
/// The cloud.
pub const CLOUD: &str = "cloud";
/// The region.
pub const REGION: &str = "region";
/// The zone.
pub const ZONE: &str = "zone";
/// The virtual network.
pub const NETWORK: &str = "network";
/// What ties it to a cluster: `sort evidence`, separated by semicolons.
pub const TIES: &str = "ties";
/// The cluster it belonged to.
pub const CLUSTER: &str = "cluster";
/// What people call that cluster.
pub const CLUSTER_NAME: &str = "cluster_name";
/// `gone` when the cluster no longer exists.
pub const CLUSTER_STATE: &str = "cluster_state";
/// The scaling group or node pool it is of.
pub const POOL: &str = "pool";
/// When we last saw it as a node, RFC 3339.
pub const LAST_MEMBER: &str = "last_member";
/// The clusters that were asked whether it is a node of theirs.
pub const ASKED: &str = "clusters_asked";
/// What the second source said: `free`.
pub const OPINION: &str = "second_opinion";
/// Its type, category or sort in the cloud's word.
pub const TYPE: &str = "type";
/// Its state: `running`, `stopped` …
pub const STATE: &str = "state";
/// How it is paid for: `prepaid`, `on_demand`, `spot`.
pub const CHARGE: &str = "charge";
/// When it was made, RFC 3339.
pub const CREATED: &str = "created";
/// When its paid time ends, RFC 3339.
pub const EXPIRES: &str = "expires";
/// What happens then: `auto`, `manual`, `never` or `unknown`.
pub const RENEWAL: &str = "renewal";
/// Its addresses inside, with commas.
pub const PRIVATE_IPS: &str = "private_ips";
/// Its addresses outside, with commas.
pub const PUBLIC_IPS: &str = "public_ips";
/// Its size in GiB.
pub const SIZE_GIB: &str = "size_gib";
/// The disk or machine it was made of.
pub const SOURCE: &str = "source";
/// Why it is not free to go.
pub const HELD_BY: &str = "held_by";
/// Where a load balancer answers.
pub const ANSWERS_AT: &str = "answers_at";
/// `true` for an image that is shared with others.
pub const SHARED: &str = "shared";

/// How a finding is sorted among others; the first in order is the worst.
pub(crate) type Rank = (
    Reverse<Severity>,
    Option<OrphanKind>,
    usize,
    String,
    String,
    String,
);

/// A finding of the orphan duty, with its facts read back.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// What it is about; `None` when a newer version found something this one does not know.
    pub kind: Option<OrphanKind>,
}

impl<'a> Facts<'a> {
    /// Reads the facts of a finding.
    #[must_use]
    pub fn of(finding: &'a Finding) -> Self {
        Self {
            finding,
            kind: OrphanKind::from_word(&finding.key.kind),
        }
    }

    /// Returns one fact; empty when it is not there.
    #[must_use]
    pub fn get(&self, name: &str) -> &'a str {
        self.finding.evidence.get(name).map_or("", String::as_str)
    }

    /// Returns a time, if that fact is there.
    #[must_use]
    pub fn time(&self, name: &str) -> Option<Timestamp> {
        self.get(name).parse().ok()
    }

    /// Returns the word of its verdict.
    #[must_use]
    pub fn verdict(&self) -> &'a str {
        self.get(VERDICT)
    }

    /// Returns whether it is about a machine that is proven to be an orphan.
    #[must_use]
    pub fn is_orphan(&self) -> bool {
        self.verdict() == Verdict::ORPHAN
    }

    /// Returns whether a person is to hear of it. What is unused since a short while is only
    /// remembered.
    #[must_use]
    pub fn is_worth_telling(&self) -> bool {
        self.verdict() != Verdict::RECENT
    }

    /// Returns the values of a fact that has several.
    pub fn list(&self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.get(name).split(',').filter(|it| !it.is_empty())
    }

    /// Returns the word and subject of each reason why no more can be said.
    pub fn reasons(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        reasons_in(self.get(WHY))
    }

    /// Returns where it stands among others.
    pub(crate) fn rank(&self) -> Rank {
        let order = [
            Verdict::ORPHAN,
            Verdict::SUSPECT,
            Verdict::UNKNOWN,
            Verdict::UNUSED,
            Verdict::HINT,
        ];
        let verdict = order.iter().position(|it| *it == self.verdict());
        let key = &self.finding.key;
        (
            Reverse(self.finding.severity),
            self.kind,
            verdict.unwrap_or(order.len()),
            key.account.to_string(),
            self.get(REGION).to_owned(),
            key.resource.to_string(),
        )
    }
}
