//! What a person asks for by hand: copies back as disks or as a machine, older copies taken on, and a
//! proof that a copy can be used. Each is a plan like any other.

mod adopt;
mod beside;
mod proof;
mod source;

use cloud::Census;
use duty::{Plan, Reason};
use jiff::Timestamp;

use crate::rules::draft::Draft;
use crate::rules::ground::houses;
use crate::settings::Settings;
use source::{of_the_month, source};

pub use adopt::adopt_plan;

/// The tag of what was made of a copy: its value is the set.
pub const RESTORED_TAG: &str = "skywarden:restored";

/// What a copy becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// Disks, in a zone; in that of the machine when `None`.
    Volumes {
        /// The zone.
        zone: Option<String>,
    },
    /// A machine beside the one it is of.
    Beside,
}

/// Why what a person asked for cannot be planned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Beyond {
    /// No machine and no copy is called so.
    #[error("no machine and no copy is called {who:?} in what was seen")]
    NoSuch {
        /// What was asked for.
        who: String,
    },
    /// Several are called so.
    #[error("{who:?} is the name of several machines: {}; say the id of one", which.join(", "))]
    Several {
        /// What was asked for.
        who: String,
        /// Their ids.
        which: Vec<String>,
    },
    /// It has no whole set as old as that.
    #[error("{who:?} has no whole set{}", at.map_or(String::new(), |it| format!(" from {it} or before")))]
    NoSet {
        /// Whose.
        who: String,
        /// How old it was to be.
        at: Option<Timestamp>,
    },
    /// It has whole sets, and none can be read without a key that cannot be used.
    #[error(
        "the copies of {who:?}{} stand under the key {key}, which cannot be used now; what is wrong with it is told by the check",
        at.map_or(String::new(), |it| format!(" from {it} or before"))
    )]
    Barred {
        /// Whose.
        who: String,
        /// The key.
        key: String,
        /// How old it was to be.
        at: Option<Timestamp>,
    },
    /// Where its disks are to stand is not known.
    #[error("the machine {who:?} is gone, so say the zone in which its disks are to stand")]
    ZoneNeeded {
        /// The machine.
        who: String,
    },
    /// There is nothing left that the new machine could be like.
    #[error(
        "the machine {who:?} is gone, and nothing tells what it was like; its disks can be restored"
    )]
    NothingLike {
        /// The machine.
        who: String,
    },
    /// No snapshot of the set is of the disk it starts from.
    #[error("the set {set} has no snapshot of the disk its machine starts from")]
    NoRoot {
        /// The set.
        set: String,
    },
    /// The cloud makes no disk of the only copy there is.
    #[error(
        "{who:?} has no disk but the one it starts from, and its cloud makes no disk of a copy of that one; a machine beside it can be made"
    )]
    RootOnly {
        /// The machine.
        who: String,
    },
    /// It is in another region than the copy.
    #[error("{who:?} is not in the region {region}, where the copy is")]
    Elsewhere {
        /// What the disk was to be put on.
        who: String,
        /// Where the copy is.
        region: String,
    },
}

/// Plans to bring the newest whole set of a machine back, or the newest that is not younger than `at`.
///
/// The machine is said by its id or its name; one that is gone is known by its copies.
///
/// # Errors
///
/// When no such copy was seen, or what it is to become cannot be made of it.
pub fn restore_plan(
    census: &Census,
    settings: &Settings,
    who: &str,
    at: Option<Timestamp>,
    how: &How,
    now: Timestamp,
) -> Result<Plan, Beyond> {
    let houses = houses(census, settings, now);
    let source = source(&houses, who)?;
    let set = source.newest(who, at)?;
    let mut draft = Draft::new(now);
    source.note_barred(set, at, &mut draft);
    match how {
        How::Volumes { zone } => {
            let zone = zone.clone().or_else(|| Some(source.machine?.zone.clone()));
            let zone = zone.filter(|it| !it.is_empty());
            let zone = zone.ok_or_else(|| Beyond::ZoneNeeded {
                who: who.to_owned(),
            })?;
            for snapshot in source.snapshots(set) {
                source.disk(set, snapshot, &zone, "restore_disk", &mut draft);
            }
        }
        How::Beside => source.beside(who, set, &mut draft)?,
    }
    Ok(draft.done())
}

/// Plans a proof that copies can be used: a disk is made of the newest set of a machine, put on
/// another one where that is asked for, and removed. When no machine is said, another one of each
/// region is taken each month.
///
/// # Errors
///
/// When no such copy was seen, or the machine to put it on is not where the copy is.
pub fn verify_plan(
    census: &Census,
    settings: &Settings,
    who: Option<&str>,
    attach_to: Option<&str>,
    now: Timestamp,
) -> Result<Plan, Beyond> {
    let houses = houses(census, settings, now);
    let sources = match who {
        Some(who) => vec![source(&houses, who)?],
        None => of_the_month(&houses, now),
    };
    let mut draft = Draft::new(now);
    for source in sources {
        let name = source.id.to_string();
        let set = source.newest(who.unwrap_or(&name), None)?;
        let on = match attach_to {
            None => None,
            Some(id) => match source.neighbor(id) {
                Some(on) => Some(on),
                None if who.is_none() => continue,
                None => {
                    return Err(Beyond::Elsewhere {
                        who: id.to_owned(),
                        region: source.ground.region.to_string(),
                    });
                }
            },
        };
        match source.proof(who.unwrap_or(&name), set, on, &mut draft) {
            Err(Beyond::RootOnly { .. }) if who.is_none() => {
                let reason = Reason::new("proof_root_only", []);
                draft.undecided(&source.spot(), &name, reason);
            }
            other => other?,
        }
    }
    Ok(draft.done())
}

#[cfg(test)]
mod tests;
