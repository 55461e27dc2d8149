//! Alarms of the monitoring service, and whom they tell, in no cloud's words.

use jiff::Timestamp;

use super::machines::Tags;
use super::rows::Row;

/// What an alarm says now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlarmState {
    /// All is well.
    Ok,
    /// It fires.
    Firing,
    /// There is no data.
    NoData,
}

/// One alarm. Putting one with an id that is there writes it over whole, as the real clouds do.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// What it is known by: its name at AWS, a rule's or policy's id elsewhere.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `AWS/EC2`, `acs_ecs_dashboard`, `cvm_device`.
    pub namespace: String,
    /// `NetworkOut`, `VPC_PublicIP_InternetOutRate`.
    pub metric: String,
    /// What it watches: name and value of each dimension, one list for each thing; all there are when empty.
    pub watches: Vec<Tags>,
    /// The group whose members it watches instead; its members are not told.
    pub group: Option<String>,
    /// `Sum`, `Average`.
    pub statistic: String,
    /// The comparison in the cloud's word.
    pub comparison: String,
    /// The limit.
    pub threshold: f64,
    /// How long a period is, in seconds.
    pub period: u64,
    /// How many periods in a row.
    pub times: u64,
    /// What missing data means, in the cloud's word; empty when nothing was said.
    pub missing_data: String,
    /// Whom it tells: ids of targets.
    pub notifies: Vec<String>,
    /// Whether it is switched on.
    pub enabled: bool,
    /// What it says now.
    pub state: AlarmState,
    /// When it was first made.
    pub created: Timestamp,
    /// When it was last written.
    pub written: Timestamp,
    /// What else was said to the cloud, by the cloud's names.
    pub more: Tags,
    /// Until when no answer shows it.
    pub shown_from: Option<Timestamp>,
    /// Its tags.
    pub tags: Tags,
}

impl Alarm {
    /// Returns an alarm that watches everything and tells nobody.
    #[must_use]
    pub fn new(id: impl Into<String>, metric: (&str, &str), created: Timestamp) -> Self {
        let id = id.into();
        Self {
            name: id.clone(),
            id,
            namespace: metric.0.to_owned(),
            metric: metric.1.to_owned(),
            watches: Vec::new(),
            group: None,
            statistic: "Average".to_owned(),
            comparison: "GreaterThanOrEqualToThreshold".to_owned(),
            threshold: 0.0,
            period: 300,
            times: 1,
            missing_data: String::new(),
            notifies: Vec::new(),
            enabled: true,
            state: AlarmState::Ok,
            created,
            written: created,
            more: Vec::new(),
            shown_from: None,
            tags: Vec::new(),
        }
    }

    /// Watches the thing that `dimension` is.
    #[must_use]
    pub fn on(mut self, dimension: &str, thing: impl Into<String>) -> Self {
        self.watches
            .push(vec![(dimension.to_owned(), thing.into())]);
        self
    }

    /// Tells `target` too.
    #[must_use]
    pub fn tells(mut self, target: impl Into<String>) -> Self {
        self.notifies.push(target.into());
        self
    }
}

impl Row for Alarm {
    fn id(&self) -> &str {
        &self.id
    }

    fn shown_from(&self) -> Option<Timestamp> {
        self.shown_from
    }
}

/// Somebody who hears what a target is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// `email`, `https`, `sms`.
    pub protocol: String,
    /// Where.
    pub endpoint: String,
    /// Whether the invitation was accepted.
    pub confirmed: bool,
}

/// Whom alarms tell: a topic, a contact group, a notice template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its ARN, name or id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who hears it.
    pub listeners: Vec<Listener>,
    /// Its tags.
    pub tags: Tags,
}

impl Target {
    /// Returns a target that nobody hears.
    #[must_use]
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            listeners: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// Lets `endpoint` hear it; the invitation was accepted.
    #[must_use]
    pub fn heard_by(mut self, protocol: &str, endpoint: impl Into<String>) -> Self {
        self.listeners.push(Listener {
            protocol: protocol.to_owned(),
            endpoint: endpoint.into(),
            confirmed: true,
        });
        self
    }

    /// Invites `endpoint`, who has not answered yet.
    #[must_use]
    pub fn invites(mut self, protocol: &str, endpoint: impl Into<String>) -> Self {
        self.listeners.push(Listener {
            protocol: protocol.to_owned(),
            endpoint: endpoint.into(),
            confirmed: false,
        });
        self
    }
}

impl Row for Target {
    fn id(&self) -> &str {
        &self.id
    }
}

/// Somebody with a name whom groups may hold, where the cloud has such a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The name.
    pub name: String,
    /// `email`, `dingtalk`, `sms`.
    pub protocol: String,
    /// Where.
    pub endpoint: String,
    /// Whether the invitation was accepted.
    pub confirmed: bool,
    /// Words of whoever made it.
    pub description: String,
}

impl Row for Contact {
    fn id(&self) -> &str {
        &self.name
    }
}
