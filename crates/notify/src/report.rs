//! What became of the messages, channel by channel.

use jiff::Timestamp;

use crate::outcome::{Answer, Trouble};

/// What became of everything that was to go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryReport {
    /// One entry a channel, in the order asked for.
    pub channels: Vec<ChannelReport>,
}

impl DeliveryReport {
    /// Returns whether nothing is left: nothing waits, nothing was given up, nothing failed.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.channels.iter().all(ChannelReport::is_complete)
    }
}

/// What became of the messages to one channel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChannelReport {
    /// Its name.
    pub channel: String,
    /// What the other side said that it has.
    pub delivered: Vec<DeliveredPart>,
    /// What is kept for later.
    pub waiting: Vec<WaitingPart>,
    /// What was given up.
    pub dead: Vec<DeadPart>,
    /// Why the outbox itself failed, if it did.
    pub outbox_error: Option<String>,
}

impl ChannelReport {
    /// Returns whether nothing is left.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.waiting.is_empty() && self.dead.is_empty() && self.outbox_error.is_none()
    }
}

/// A part that was delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveredPart {
    /// What it is.
    pub summary: String,
    /// What the other side said.
    pub answer: Answer,
}

/// A part that is kept for later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingPart {
    /// What it is.
    pub summary: String,
    /// When it may be tried again.
    pub retry_at: Timestamp,
    /// Why it was not delivered: the other side's words, or the network's.
    pub error: Option<String>,
}

/// A part that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadPart {
    /// What it is.
    pub summary: String,
    /// Why.
    pub reason: Trouble,
    /// The other side's words, or ours.
    pub error: String,
}
