//! What a run came to.

use std::collections::BTreeSet;

use cloud::Census;
use duty::{BalancePoint, KnownFinding};
use jiff::Timestamp;
use model::Scope;
use notify::DeliveryReport;

/// What a run came to.
#[derive(Debug)]
pub struct Outcome {
    /// The run's id.
    pub run: String,
    /// When it looked.
    pub now: Timestamp,
    /// What it saw.
    pub census: Census,
    /// The findings after it.
    pub known: Vec<KnownFinding>,
    /// The readings of balances before it, for forecasts.
    pub balances: Vec<BalancePoint>,
    /// Unseen scopes that the config says to pass over for now.
    pub ignored: BTreeSet<Scope>,
    /// What became of the messages; `None` when nobody was to be told.
    pub deliveries: Option<DeliveryReport>,
}
