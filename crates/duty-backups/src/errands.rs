//! What a person asks for by hand: copies back as disks or as a machine, older copies taken on, and a
//! proof that a copy can be used. Each is a plan like any other.

mod adopt;

use std::collections::BTreeMap;

use cloud::Census;
use duty::{Plan, Reason, Spot, Step};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::{CopyState, Disk, Image, Machine, ResourceId, SET_TAG, SetId, Snapshot, Tags};

use crate::rules::draft::Draft;
use crate::rules::ground::{Ground, House, houses, root_of};
use crate::rules::keeping::set_of_image;
use crate::rules::making::called;
use crate::rules::names::mapped;
use crate::rules::stock::Set;
use crate::rules::{IMAGE_TAG, ROOT_TAG, YES};
use crate::settings::Settings;

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
    /// It is in another region than the copy.
    #[error("{who:?} is not in the region {region}, where the copy is")]
    Elsewhere {
        /// What the disk was to be put on.
        who: String,
        /// Where the copy is.
        region: String,
    },
}

/// Copies of one machine in one region, and the machine, if it is there.
struct Source<'h, 'a> {
    ground: &'h Ground<'a>,
    id: ResourceId,
    machine: Option<&'a Machine>,
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
        source.proof(who.unwrap_or(&name), set, on, &mut draft)?;
    }
    Ok(draft.done())
}

/// Returns one machine of each region that has a whole set: each month the next.
fn of_the_month<'h, 'a>(houses: &'h [House<'a>], now: Timestamp) -> Vec<Source<'h, 'a>> {
    let mut sources = Vec::new();
    for ground in houses.iter().flat_map(|it| &it.grounds) {
        let Some(stock) = &ground.stock else {
            continue;
        };
        let proven = ground.sorted_machines().into_iter().filter(|machine| {
            let sets = stock.sets_of(&machine.id);
            sets.iter().any(|it| it.whole)
        });
        let proven: Vec<&Machine> = proven.collect();
        let day = TimeZone::UTC.to_datetime(now).date();
        let month = i64::from(day.year()) * 12 + i64::from(day.month());
        let place = i64::try_from(proven.len())
            .ok()
            .and_then(|many| month.checked_rem(many))
            .and_then(|it| usize::try_from(it).ok());
        if let Some(machine) = place.and_then(|it| proven.get(it)) {
            sources.push(Source {
                ground,
                id: machine.id.clone(),
                machine: Some(machine),
            });
        }
    }
    sources
}

/// Returns where the copies of a machine are: at its home if there are any there.
fn source<'h, 'a>(houses: &'h [House<'a>], who: &str) -> Result<Source<'h, 'a>, Beyond> {
    // By machine: where its copies are, those of its home first.
    let mut sources: BTreeMap<ResourceId, Vec<(bool, Source<'h, 'a>)>> = BTreeMap::new();
    for ground in houses.iter().flat_map(|it| &it.grounds) {
        for machine in ground.sorted_machines() {
            if machine.id.as_str() == who || machine.name == who {
                let source = Source {
                    ground,
                    id: machine.id.clone(),
                    machine: Some(machine),
                };
                let has_none = source.sets().is_empty();
                let places = sources.entry(machine.id.clone()).or_default();
                places.push((has_none, source));
            }
        }
        for owner in ground.stock.iter().flat_map(|it| &it.machines) {
            let id = ResourceId::new(owner.machine);
            let source = Source {
                ground,
                id: id.clone(),
                machine: None,
            };
            let is_here = ground.machines.is_some_and(|it| it.ids.may_have(&id));
            if !is_here && (owner.machine == who || source.name().as_deref() == Some(who)) {
                sources.entry(id).or_default().push((true, source));
            }
        }
    }
    let mut all = sources.into_iter();
    let (Some((_, mut places)), rest) = (all.next(), all) else {
        return Err(Beyond::NoSuch {
            who: who.to_owned(),
        });
    };
    let mut which: Vec<String> = rest.map(|(id, _)| id.to_string()).collect();
    if let (false, Some((_, first))) = (which.is_empty(), places.first()) {
        which.insert(0, first.id.to_string());
        return Err(Beyond::Several {
            who: who.to_owned(),
            which,
        });
    }
    places.sort_by_key(|(has_none, source)| (*has_none, source.sets().is_empty()));
    let first = places.into_iter().next();
    first
        .map(|(_, source)| source)
        .ok_or_else(|| Beyond::NoSuch {
            who: who.to_owned(),
        })
}

impl<'a> Source<'_, 'a> {
    fn sets(&self) -> &[Set] {
        let stock = self.ground.stock.as_ref();
        stock.map_or(&[], |it| it.sets_of(&self.id))
    }

    fn snapshots(&self, set: &Set) -> Vec<&'a Snapshot> {
        let stock = self.ground.stock.iter();
        let all = stock.flat_map(|it| it.snapshots(set));
        let mut seen = Vec::new();
        let mut ready: Vec<&Snapshot> = all.filter(|it| it.state == CopyState::Ready).collect();
        // One of each disk.
        ready.retain(|it| {
            let is_new = it.disk.is_none() || !seen.contains(&it.disk.as_ref());
            seen.push(it.disk.as_ref());
            is_new
        });
        ready
    }

    /// Returns the name of the machine, by itself or by its copies.
    fn name(&self) -> Option<String> {
        if let Some(machine) = self.machine {
            return Some(called(machine));
        }
        let set = self.sets().first()?;
        let stock = self.ground.stock.as_ref()?;
        stock.snapshots(set).next()?.tags.get("Name").cloned()
    }

    /// Returns the newest whole set that is not younger than `at`.
    fn newest(&self, who: &str, at: Option<Timestamp>) -> Result<&Set, Beyond> {
        let mut whole = self.sets().iter().filter(|it| it.whole);
        let set = whole.find(|it| at.is_none_or(|at| it.moment.at <= at));
        set.ok_or_else(|| Beyond::NoSet {
            who: who.to_owned(),
            at,
        })
    }

    fn spot(&self) -> Spot {
        self.ground.spot()
    }

    fn set_id(&self, set: &Set) -> SetId {
        set.id(self.id.as_str())
    }

    /// Writes down a disk that is made of a snapshot, and returns its place.
    fn disk(
        &self,
        set: &Set,
        snapshot: &Snapshot,
        zone: &str,
        word: &str,
        draft: &mut Draft,
    ) -> usize {
        let id = self.set_id(set);
        let source = snapshot.disk.as_ref().unwrap_or(&snapshot.id);
        let machine = self.name().unwrap_or_else(|| self.id.to_string());
        let name = format!("{machine}-{source}");
        let tags = [
            ("Name".to_owned(), name.clone()),
            (RESTORED_TAG.to_owned(), id.to_string()),
        ];
        let facts = [
            ("machine", machine),
            ("period", id.period.to_string()),
            ("gib", snapshot.size_gib.to_string()),
        ];
        let step = Step::CreateDisk {
            snapshot: snapshot.id.clone(),
            zone: zone.to_owned(),
            name,
            tags: Tags::from(tags),
        };
        draft.step(
            self.spot(),
            step,
            Reason::new(word, facts),
            Vec::new(),
            None,
        )
    }

    /// Writes down a machine of the set beside the one it is of.
    fn beside(&self, who: &str, set: &Set, draft: &mut Draft) -> Result<(), Beyond> {
        let Some(machine) = self.machine else {
            return Err(Beyond::NothingLike {
                who: who.to_owned(),
            });
        };
        let id = self.set_id(set);
        let facts = || {
            [
                ("machine", called(machine)),
                ("period", id.period.to_string()),
            ]
        };
        let ready = self.image_of(&id);
        let made_by = match ready {
            Some(_) => None,
            None => {
                let step = self.image(machine, set)?;
                let reason = Reason::new("restore_image", facts());
                Some(draft.step(self.spot(), step, reason, Vec::new(), None))
            }
        };
        let name = format!("{}-restored", called(machine));
        let tags = [
            ("Name".to_owned(), name.clone()),
            (RESTORED_TAG.to_owned(), id.to_string()),
        ];
        let step = Step::RunBeside {
            like: machine.id.clone(),
            image: ready.map(|it| it.id.clone()),
            made_by,
            name,
            tags: Tags::from(tags),
        };
        let reason = Reason::new("restore_machine", facts());
        draft.step(
            self.spot(),
            step,
            reason,
            made_by.into_iter().collect(),
            None,
        );
        Ok(())
    }

    /// Returns an image of all of a set that can be used already.
    fn image_of(&self, set: &SetId) -> Option<&'a Image> {
        let images = self.ground.images?;
        let whole = |it: &&Image| {
            let is_ready = it.state == CopyState::Ready && !it.disabled;
            is_ready && set_of_image(it).as_ref() == Some(set)
        };
        images.rows.iter().filter(whole).min_by_key(|it| &it.id)
    }

    fn image(&self, machine: &Machine, set: &Set) -> Result<Step, Beyond> {
        let id = self.set_id(set);
        let snapshots = self.snapshots(set);
        let disks = self.ground.disks_by_machine();
        let disks: &[&Disk] = disks.get(&machine.id).map_or(&[], Vec::as_slice);
        let root = root_of(machine, disks).map(|it| &it.id);
        let tagged = snapshots
            .iter()
            .find(|it| it.tags.get(ROOT_TAG).map(String::as_str) == Some(YES));
        let root = tagged.and_then(|it| it.disk.as_ref()).or(root);
        let holds = |root: &&ResourceId| snapshots.iter().any(|it| it.disk.as_ref() == Some(*root));
        let Some(root) = root.filter(holds) else {
            return Err(Beyond::NoRoot {
                set: id.to_string(),
            });
        };
        let all = snapshots.iter().filter_map(|it| it.disk.clone());
        let others = all.filter(|it| it != root);
        let base = mapped(&called(machine));
        let base: String = base.chars().take(30).collect();
        let stamp = id.period.strftime("%Y%m%dT%H%M%SZ");
        let tags = [
            // It goes by itself once nothing uses it and its time has come.
            (IMAGE_TAG.to_owned(), YES.to_owned()),
            (SET_TAG.to_owned(), id.to_string()),
            ("Name".to_owned(), called(machine)),
        ];
        Ok(Step::MakeImage {
            machine: machine.id.clone(),
            root: root.clone(),
            disks: std::iter::once(root.clone()).chain(others).collect(),
            name: format!("{base}-restore-{stamp}"),
            tags: Tags::from(tags),
            set: id,
        })
    }

    /// Returns a machine of the same region by its id or name.
    fn neighbor(&self, who: &str) -> Option<&'a Machine> {
        let mut machines = self.ground.sorted_machines().into_iter();
        machines.find(|it| it.id.as_str() == who || it.name == who)
    }

    /// Writes down that a disk is made of the set, put on a machine, and removed.
    fn proof(
        &self,
        who: &str,
        set: &Set,
        on: Option<&Machine>,
        draft: &mut Draft,
    ) -> Result<(), Beyond> {
        let zone = on.or(self.machine).map(|it| it.zone.clone());
        let zone = zone.filter(|it| !it.is_empty());
        let zone = zone.ok_or_else(|| Beyond::ZoneNeeded {
            who: who.to_owned(),
        })?;
        let snapshots = self.snapshots(set);
        let is_root = |it: &&&Snapshot| it.tags.get(ROOT_TAG).map(String::as_str) == Some(YES);
        let root = snapshots.iter().find(is_root).or(snapshots.first());
        let Some(snapshot) = root else {
            return Err(Beyond::NoSet {
                who: who.to_owned(),
                at: None,
            });
        };
        let made_by = self.disk(set, snapshot, &zone, "proof_disk", draft);
        let mut after = vec![made_by];
        if let Some(on) = on {
            let step = Step::AttachDisk {
                made_by,
                machine: on.id.clone(),
                device: self.free_device(on),
            };
            let reason = Reason::new("proof_attach", [("machine", called(on))]);
            after.push(draft.step(self.spot(), step, reason, vec![made_by], None));
        }
        let step = Step::DropDisk {
            made_by,
            machine: on.map(|it| it.id.clone()),
        };
        draft.step(
            self.spot(),
            step,
            Reason::new("proof_drop", []),
            after,
            None,
        );
        Ok(())
    }

    /// Returns a name for a disk on a machine that none of its disks has, for clouds that want one.
    fn free_device(&self, machine: &Machine) -> Option<String> {
        let disks = self.ground.disks_by_machine();
        let disks: &[&Disk] = disks.get(&machine.id).map_or(&[], Vec::as_slice);
        let letter = |it: &Disk| it.device.chars().next_back();
        let taken: Vec<Option<char>> = disks.iter().map(|it| letter(it)).collect();
        let mut free = ('f'..='p').rev().filter(|it| !taken.contains(&Some(*it)));
        free.next().map(|it| format!("/dev/sd{it}"))
    }
}

#[cfg(test)]
mod tests;
