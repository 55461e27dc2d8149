//! Where the copies of a machine are, and which of them are meant.

use std::collections::BTreeMap;

use duty::{Reason, Spot, Step};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::{CopyState, Machine, ResourceId, SetId, Snapshot, Tags};

use super::{Beyond, RESTORED_TAG};
use crate::rules::draft::Draft;
use crate::rules::ground::{Ground, House, barring_key};
use crate::rules::making::called;
use crate::rules::stock::{Bound, Set};

/// Copies of one machine in one region, and the machine, if it is there.
pub(super) struct Source<'h, 'a> {
    pub(super) ground: &'h Ground<'a>,
    pub(super) id: ResourceId,
    pub(super) machine: Option<&'a Machine>,
}

/// Returns one machine of each region that has a whole set: each month the next of those of which a
/// disk can be made, or of all where there is none of these.
pub(super) fn of_the_month<'h, 'a>(houses: &'h [House<'a>], now: Timestamp) -> Vec<Source<'h, 'a>> {
    let mut sources = Vec::new();
    for ground in houses.iter().flat_map(|it| &it.grounds) {
        let Some(stock) = &ground.stock else {
            continue;
        };
        let source = |machine: &'a Machine| Source {
            ground,
            id: machine.id.clone(),
            machine: Some(machine),
        };
        let newest = |machine: &Machine| stock.sets_of(&machine.id).iter().find(|it| it.whole);
        let (proven, rest): (Vec<&Machine>, Vec<&Machine>) = ground
            .sorted_machines()
            .into_iter()
            .filter(|it| newest(it).is_some())
            .partition(|it| newest(it).is_some_and(|set| source(it).provable(set).is_some()));
        let proven = if proven.is_empty() { rest } else { proven };
        let day = TimeZone::UTC.to_datetime(now).date();
        let month = i64::from(day.year()) * 12 + i64::from(day.month());
        let place = i64::try_from(proven.len())
            .ok()
            .and_then(|many| month.checked_rem(many))
            .and_then(|it| usize::try_from(it).ok());
        if let Some(machine) = place.and_then(|it| proven.get(it)) {
            sources.push(source(machine));
        }
    }
    sources
}

/// Returns where the copies of a machine are: at its home if there are any there.
pub(super) fn source<'h, 'a>(houses: &'h [House<'a>], who: &str) -> Result<Source<'h, 'a>, Beyond> {
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
    pub(super) fn sets(&self) -> &[Set] {
        let stock = self.ground.stock.as_ref();
        stock.map_or(&[], |it| it.sets_of(&self.id))
    }

    pub(super) fn snapshots(&self, set: &Set) -> Vec<&'a Snapshot> {
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
    pub(super) fn name(&self) -> Option<String> {
        if let Some(machine) = self.machine {
            return Some(called(machine));
        }
        let set = self.sets().first()?;
        let stock = self.ground.stock.as_ref()?;
        stock.snapshots(set).first()?.tags.get("Name").cloned()
    }

    /// Returns the newest whole set that is not younger than `at`.
    pub(super) fn newest(&self, who: &str, at: Option<Timestamp>) -> Result<&Set, Beyond> {
        let old_enough = |it: &&Set| at.is_none_or(|at| it.moment.at <= at);
        let mut sets = self.sets().iter().filter(old_enough);
        if let Some(set) = sets.clone().find(|it| it.whole) {
            return Ok(set);
        }
        let who = who.to_owned();
        Err(match sets.find(|it| it.bound == Some(Bound::Key)) {
            Some(set) => Beyond::Barred {
                who,
                key: barring_key(self.ground, set),
                at,
            },
            None => Beyond::NoSet { who, at },
        })
    }

    /// Notes that there is a newer set that was meant, and cannot be read without its key.
    pub(super) fn note_barred(&self, taken: &Set, at: Option<Timestamp>, draft: &mut Draft) {
        let newer = |it: &&Set| {
            let is_meant = at.is_none_or(|at| it.moment.at <= at);
            is_meant && it.moment.at > taken.moment.at && it.bound == Some(Bound::Key)
        };
        if let Some(set) = self.sets().iter().find(newer) {
            let id = self.set_id(set);
            let facts = [
                (
                    "machine",
                    self.name().unwrap_or_else(|| self.id.to_string()),
                ),
                ("period", id.period.to_string()),
                ("key", barring_key(self.ground, set)),
            ];
            draft.note(Reason::new("newer_barred", facts));
        }
    }

    pub(super) fn spot(&self) -> Spot {
        self.ground.spot()
    }

    pub(super) fn set_id(&self, set: &Set) -> SetId {
        set.id(self.id.as_str())
    }

    /// Returns a machine of the same region by its id or name.
    pub(super) fn neighbor(&self, who: &str) -> Option<&'a Machine> {
        let mut machines = self.ground.sorted_machines().into_iter();
        machines.find(|it| it.id.as_str() == who || it.name == who)
    }

    /// Writes down a disk that is made of a snapshot, and returns its place.
    pub(super) fn disk(
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
}
