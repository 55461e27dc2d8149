//! Traffic alarms: what fires when, and who hears of it.

use jiff::{SignedDuration, Timestamp};

use crate::Tags;
use crate::ids::ResourceId;

/// One alarm as it stands at the cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// What the cloud knows it by: a name at AWS, a rule's or policy's id elsewhere.
    pub id: ResourceId,
    /// Its name.
    pub name: String,
    /// What it measures.
    pub metric: AlarmMetric,
    /// What it watches: machines or addresses.
    pub watches: Watches,
    /// Whether it is switched on.
    pub enabled: bool,
    /// Whether it fires now; `None` without data.
    pub firing: Option<bool>,
    /// Whom it tells, in the cloud's word; nobody when empty.
    pub notifies: Vec<String>,
    /// Its tags, where alarms have them.
    pub tags: Tags,
    /// Whether what it watches may stand in any region of the account: the list is of all of them, and
    /// does not say in which.
    pub anywhere: bool,
}

impl Alarm {
    /// Returns whether it watches nothing: where an alarm is made first and bound to what it watches
    /// then, it was begun and not finished.
    #[must_use]
    pub fn watches_nothing(&self) -> bool {
        matches!(&self.watches, Watches::These(things) if things.is_empty())
    }
}

/// What an alarm measures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlarmMetric {
    /// What a machine, or its address, sends out.
    Outbound,
    /// Anything else, in the cloud's word.
    Other(String),
}

/// What an alarm watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watches {
    /// These machines or addresses.
    These(Vec<ResourceId>),
    /// All there are of its kind.
    All,
    /// A group whose members are not told.
    Group(String),
}

/// When a traffic alarm fires: so many bytes or more in each of so many periods in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrafficRule {
    /// Bytes in one period.
    pub bytes: u64,
    /// How long a period is.
    pub period: SignedDuration,
    /// How many periods in a row.
    pub periods: u32,
}

impl TrafficRule {
    /// Returns the rate it stands for, in bits a second, rounded down.
    #[must_use]
    pub fn bits_a_second(&self) -> u64 {
        let seconds = u64::try_from(self.period.as_secs()).unwrap_or(1).max(1);
        self.bytes.saturating_mul(8) / seconds
    }
}

/// An alarm that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmOrder {
    /// Its name, or the id where we choose one; no other alarm has it.
    pub name: String,
    /// The machine.
    pub machine: ResourceId,
    /// The address to measure instead, where the machine has one of its own and the cloud counts there.
    pub address: Option<ResourceId>,
    /// When it fires; missing data is not breaching.
    pub rule: TrafficRule,
    /// Who is told: the [`AlarmTarget::id`].
    pub notify: ResourceId,
    /// Its tags, where alarms have them.
    pub tags: Tags,
}

/// Someone whom alarms tell: an SNS topic, a contact group, a notice template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmTarget {
    /// The target: an ARN, a name, an id.
    pub id: ResourceId,
    /// Its name.
    pub name: String,
    /// How many hear it.
    pub listeners: u64,
    /// Who was invited and has not confirmed.
    pub unconfirmed: Vec<String>,
}

/// What a machine sent out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    /// The machine.
    pub machine: ResourceId,
    /// Bytes in each period that has data, by its start.
    pub points: Vec<(Timestamp, u64)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeds_rule_is_its_rate() {
        let rule = TrafficRule {
            bytes: 20_000_000,
            period: SignedDuration::from_mins(5),
            periods: 1,
        };
        assert_eq!(rule.bits_a_second(), 533_333);
    }
}
