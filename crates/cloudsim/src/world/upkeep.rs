//! What the cloud has planned for machines, in no cloud's words.

use jiff::Timestamp;

use super::rows::Row;

/// Where a planned event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventState {
    /// Still to come.
    Scheduled,
    /// Under way.
    Executing,
    /// Over.
    Executed,
    /// It will not come.
    Canceled,
}

/// Something the cloud has planned for a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// `e-…`, `instance-event-…`.
    pub id: String,
    /// The machine.
    pub machine: String,
    /// The cloud's code: `SystemMaintenance.Reboot`, `instance-retirement`.
    pub code: String,
    /// Words for people.
    pub words: String,
    /// Where it stands.
    pub state: EventState,
    /// When it was told.
    pub published: Timestamp,
    /// When it begins at the earliest.
    pub begins: Timestamp,
    /// When it is over at the latest, where that is known.
    pub ends: Option<Timestamp>,
}

impl Event {
    /// Returns an event that is still to come.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        machine: impl Into<String>,
        code: impl Into<String>,
        published: Timestamp,
        begins: Timestamp,
    ) -> Self {
        Self {
            id: id.into(),
            machine: machine.into(),
            code: code.into(),
            words: "The host has a hardware fault.".to_owned(),
            state: EventState::Scheduled,
            published,
            begins,
            ends: None,
        }
    }
}

impl Row for Event {
    fn id(&self) -> &str {
        &self.id
    }

    fn due(&self) -> Option<Timestamp> {
        match self.state {
            EventState::Scheduled => Some(self.begins),
            EventState::Executing => Some(self.ends.unwrap_or(self.begins)),
            EventState::Executed | EventState::Canceled => None,
        }
    }

    fn age(&mut self, now: Timestamp) -> bool {
        while self.due().is_some_and(|it| it <= now) {
            self.state = match self.state {
                EventState::Scheduled => EventState::Executing,
                _ => EventState::Executed,
            };
        }
        true
    }
}
