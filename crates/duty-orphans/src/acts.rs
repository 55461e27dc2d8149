//! What may be done about orphans, when somebody asks for it: nothing is, by default.

use duty::{Limits, Selection};
use jiff::{SignedDuration, Timestamp};
use model::{ORPHAN_TAG, ResourceId, SetId, Tags};

/// What may be done about orphans.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Acts {
    /// Machines; nothing is done about them when `None`.
    pub machines: Option<MachineActs>,
    /// Disks on no machine are marked, and deleted so long after.
    pub disks_after: Option<SignedDuration>,
    /// Addresses at nothing are given back when they have been so for so long.
    pub addresses_after: Option<SignedDuration>,
    /// How much may be done at once, and what is protected.
    pub limits: Limits,
}

/// What may be done about machines that are proven to be orphans.
#[derive(Debug, Clone, PartialEq)]
pub struct MachineActs {
    /// Which of them; all when `None`.
    pub select: Option<Selection>,
    /// How long after the proof they are stopped and marked.
    pub stop_after: SignedDuration,
    /// How long after that they are deleted; never when `None`.
    pub delete_after: Option<SignedDuration>,
    /// Whether those go too that a tag alone ties to a cluster and that were never seen as nodes: it
    /// may have been copied.
    pub tag_alone: bool,
}

impl Default for MachineActs {
    /// Returns a day until they are stopped, and a week from then until they are deleted.
    fn default() -> Self {
        Self {
            select: None,
            stop_after: SignedDuration::from_hours(24),
            delete_after: Some(SignedDuration::from_hours(7 * 24)),
            tag_alone: false,
        }
    }
}

impl Acts {
    /// Returns whether anything may be done.
    #[must_use]
    pub fn any(&self) -> bool {
        self.machines.is_some() || self.disks_after.is_some() || self.addresses_after.is_some()
    }
}

/// Returns the tag that marks a thing from now on.
#[must_use]
pub fn mark(thing: &ResourceId, now: Timestamp) -> Tags {
    let value = SetId {
        machine: thing.clone(),
        period: now,
    };
    Tags::from([(ORPHAN_TAG.to_owned(), value.to_string())])
}

/// Returns since when a thing is marked, if it is; a mark of another thing is none.
#[must_use]
pub fn marked_since(thing: &ResourceId, tags: &Tags) -> Option<Timestamp> {
    let mark = SetId::parse(tags.get(ORPHAN_TAG)?)?;
    (mark.machine == *thing).then_some(mark.period)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_of_the_thing_it_names() {
        let now: Timestamp = "2026-11-21T02:00:00Z".parse().unwrap();
        let thing = ResourceId::new("ins-1");
        let tags = mark(&thing, now);
        assert_eq!(tags[ORPHAN_TAG], "ins-1/20261121T020000Z");
        assert_eq!(marked_since(&thing, &tags), Some(now));
        assert_eq!(marked_since(&ResourceId::new("ins-2"), &tags), None);
        for spelt in ["", "true", "2026-11-21", "ins-1", "ins-1/yesterday"] {
            let tags = Tags::from([(ORPHAN_TAG.to_owned(), spelt.to_owned())]);
            assert_eq!(marked_since(&thing, &tags), None, "{spelt}");
        }
    }
}
