//! Which machines are chosen.

use model::{Machine, MachineState};

/// Whether a machine is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// It cannot be told, and why: it is never chosen for a change.
    Unknown(String),
}

/// Says which machines are chosen.
#[derive(Debug, Clone)]
pub struct Selection {
    text: &'static str,
    choose: fn(&Machine) -> Choice,
}

impl PartialEq for Selection {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Selection {
    /// Returns the selection of machines that are tagged for copies and run.
    #[must_use]
    pub fn tagged_and_running() -> Self {
        Self {
            text: "tags.AutoSnapshot == \"true\" && state == \"running\"",
            choose: |machine| match (&machine.state, is_tagged(machine)) {
                (MachineState::Running, true) => Choice::Yes,
                (MachineState::Other(word), true) => {
                    Choice::Unknown(format!("its state is {word}"))
                }
                _ => Choice::No,
            },
        }
    }

    /// Returns the selection of machines that are tagged for copies, whatever they do now.
    #[must_use]
    pub fn tagged() -> Self {
        Self {
            text: "tags.AutoSnapshot == \"true\"",
            choose: |machine| match is_tagged(machine) {
                true => Choice::Yes,
                false => Choice::No,
            },
        }
    }

    /// Returns whether a machine is chosen.
    #[must_use]
    pub fn choose(&self, machine: &Machine) -> Choice {
        (self.choose)(machine)
    }
}

fn is_tagged(machine: &Machine) -> bool {
    machine.tags.get("AutoSnapshot").map(String::as_str) == Some("true")
}
