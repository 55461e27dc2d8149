//! The sets that there are: snapshots that carry our tag, put together.
//!
//! Invariant: a snapshot whose tag does not fit the time it was made is a person's, to which the tag
//! copied itself: it is in no set, proves nothing and stays.
//! Linear in the number of snapshots but for one sort of numbers: an estate may have a million.

mod reader;

use std::collections::HashMap;
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use model::{CopyState, ResourceId, SetId, Snapshot};

use super::retention::Moment;
use crate::settings::{BackupSettings, Period};
use reader::Reader;

pub(crate) use reader::is_image;

/// The sets of a region.
pub(crate) struct Stock<'a> {
    /// All snapshots, as they came.
    pub(crate) rows: &'a [Snapshot],
    /// The machines that have sets, sorted.
    pub(crate) machines: Vec<Owner<'a>>,
    sets: Vec<Set>,
    members: Vec<Member>,
}

/// A machine that has sets.
#[derive(Debug, Clone)]
pub(crate) struct Owner<'a> {
    pub(crate) machine: &'a str,
    /// Where its sets were made, when it was not here.
    pub(crate) from: Option<&'a str>,
    sets: Range<usize>,
}

/// One set: what was made of a machine in one period.
#[derive(Debug, Clone)]
pub(crate) struct Set {
    /// When it is of.
    pub(crate) moment: Moment,
    /// Whether all of it is there, whole and at hand: a copy to count on.
    pub(crate) whole: bool,
    /// Whether some of it is still being made.
    pub(crate) pending: bool,
    /// How many of its snapshots went wrong.
    pub(crate) failed: u64,
    /// Of how many disks it has a snapshot that can be used.
    pub(crate) ready: u64,
    /// How many disks it is to be of.
    pub(crate) wanted: u64,
    /// Whether something of it is in a state that we do not know.
    is_strange: bool,
    /// Whether one of its snapshots says that the machine starts from its disk.
    pub(crate) has_root: bool,
    /// Why it stays whatever the words say.
    pub(crate) bound: Option<Bound>,
    /// The sizes of its disks together, in GiB.
    pub(crate) gib: u64,
    members: Range<usize>,
}

/// Why a set stays whatever the words say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    /// Something else than an image holds it: a share, a lock, a copy that is being made of it.
    Held,
    /// It lies in the archive, or where we do not know.
    Tier,
    /// It is in a state that we do not know.
    State,
    /// A tag protects it, or the tag by which it may go was taken off.
    Tags,
    /// Nobody says when it was made.
    Age,
}

impl Bound {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Tier => "archived",
            Self::State => "state",
            Self::Tags => "protected",
            Self::Age => "age_unknown",
        }
    }
}

/// One snapshot of a set.
#[derive(Debug, Clone, Copy)]
struct Member {
    /// Whose, by the place of its name.
    owner: u32,
    /// The period, in seconds.
    period: i64,
    row: u32,
    /// How many snapshots its set has.
    count: u16,
    has_root: bool,
    bound: Option<Bound>,
}

/// So often a set is begun in its period before it waits for the next one.
const ATTEMPTS: u64 = 3;
/// A run may have begun just before its period ended.
const LATE: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

impl<'a> Stock<'a> {
    /// Puts the snapshots of a region together.
    pub(crate) fn of(
        rows: &'a [Snapshot],
        period: Option<Period>,
        settings: &BackupSettings,
        now: Timestamp,
    ) -> Self {
        let longest = period.map_or(DAY, |it| it.end.duration_since(it.start).max(DAY));
        let reader = Reader {
            protected: &settings.limits.protected,
            window: longest + LATE,
            now,
        };
        let mut names: HashMap<&str, u32> = HashMap::new();
        let mut from: Vec<(&str, Option<&str>)> = Vec::new();
        let mut members: Vec<Member> = Vec::new();
        for (row, snapshot) in rows.iter().enumerate() {
            let Some(read) = reader.read(snapshot) else {
                continue;
            };
            let owner = *names.entry(read.machine).or_insert_with(|| {
                from.push((read.machine, None));
                u32::try_from(from.len() - 1).unwrap_or(u32::MAX)
            });
            if let Some(home) = from.get_mut(owner as usize)
                && home.1.is_none()
            {
                home.1 = read.from;
            }
            members.push(Member {
                owner,
                row: u32::try_from(row).unwrap_or(u32::MAX),
                ..read.member
            });
        }
        // By name, whatever order the cloud answered in.
        let mut places: Vec<u32> = (0..u32::try_from(from.len()).unwrap_or(u32::MAX)).collect();
        places.sort_unstable_by_key(|it| from[*it as usize].0);
        let mut rank = vec![0; places.len()];
        for (place, old) in (0u32..).zip(&places) {
            rank[*old as usize] = place;
        }
        for member in &mut members {
            member.owner = rank[member.owner as usize];
        }
        members.sort_unstable_by_key(|it| (it.owner, std::cmp::Reverse(it.period), it.row));
        let machines = places.iter().map(|it| {
            let (machine, from) = from[*it as usize];
            Owner {
                machine,
                from,
                sets: 0..0,
            }
        });
        let mut stock = Self {
            rows,
            machines: machines.collect(),
            sets: Vec::new(),
            members,
        };
        stock.gather();
        stock
    }

    /// Makes sets of the sorted members.
    fn gather(&mut self) {
        let mut start = 0;
        while let Some(first) = self.members.get(start).copied() {
            let of_one = self.members[start..]
                .iter()
                .take_while(|it| (it.owner, it.period) == (first.owner, first.period));
            let end = start + of_one.count();
            let rows = self.rows;
            let id = |it: &Member| &rows[it.row as usize].id;
            self.members[start..end].sort_unstable_by(|a, b| id(a).cmp(id(b)));
            let set = set_of(rows, &self.members[start..end], start..end);
            let place = self.sets.len();
            self.sets.push(set);
            let owner = &mut self.machines[first.owner as usize];
            if owner.sets.is_empty() {
                owner.sets = place..place;
            }
            owner.sets.end = place + 1;
            start = end;
        }
    }

    /// Returns the sets of a machine, the newest first.
    pub(crate) fn sets(&self, owner: &Owner<'_>) -> &[Set] {
        &self.sets[owner.sets.clone()]
    }

    /// Returns the machine that has sets and is called so.
    pub(crate) fn owner(&self, machine: &ResourceId) -> Option<&Owner<'a>> {
        let wanted = machine.as_str();
        let place = self
            .machines
            .binary_search_by(|it| it.machine.cmp(wanted))
            .ok()?;
        self.machines.get(place)
    }

    /// Returns the sets of a machine by its id, the newest first.
    pub(crate) fn sets_of(&self, machine: &ResourceId) -> &[Set] {
        self.owner(machine).map_or(&[], |it| self.sets(it))
    }

    /// Returns the snapshots of a set, sorted by their ids.
    pub(crate) fn snapshots(&self, set: &Set) -> impl Iterator<Item = &'a Snapshot> + use<'a, '_> {
        let members = &self.members[set.members.clone()];
        members.iter().map(|it| &self.rows[it.row as usize])
    }

    /// Returns how many snapshots are in sets.
    pub(crate) fn total(&self) -> u64 {
        self.members.len() as u64
    }
}

impl Set {
    /// Returns what it is known by.
    pub(crate) fn id(&self, machine: &str) -> SetId {
        SetId {
            machine: ResourceId::new(machine),
            period: self.moment.period,
        }
    }

    /// Returns how many snapshots it has.
    pub(crate) fn len(&self) -> u64 {
        self.members.len() as u64
    }

    /// Returns whether nothing of it came to anything.
    pub(crate) fn is_worthless(&self) -> bool {
        self.failed == self.len()
    }

    /// Returns whether nothing more is to be made for it: it is whole, or it is not yet known to
    /// have failed, or it failed again and again.
    pub(crate) fn is_settled(&self) -> bool {
        let tried_often = self.len() >= self.wanted.max(1) * ATTEMPTS;
        self.whole || self.pending || self.is_strange || tried_often
    }
}

fn set_of<'a>(rows: &'a [Snapshot], members: &[Member], range: Range<usize>) -> Set {
    let snapshots = members.iter().map(|it| &rows[it.row as usize]);
    let period = members.first().map_or(0, |it| it.period);
    let period = Timestamp::from_second(period).unwrap_or(Timestamp::UNIX_EPOCH);
    let mut disks: Vec<Option<&ResourceId>> = Vec::with_capacity(members.len());
    let (mut pending, mut is_strange, mut failed, mut gib) = (false, false, 0, 0u64);
    // Of how many disks it is, as far as it shows them: a disk may have been tried several times.
    let mut shown: Vec<Option<&ResourceId>> = Vec::with_capacity(members.len());
    let mut at: Option<Timestamp> = None;
    for snapshot in snapshots {
        let disk = snapshot.disk.as_ref();
        let add = |disks: &mut Vec<Option<&'a ResourceId>>| {
            // A copy does not say what disk it is of: each is of another.
            if disk.is_none() || !disks.contains(&disk) {
                disks.push(disk);
            }
        };
        match snapshot.state {
            CopyState::Ready => add(&mut disks),
            CopyState::Pending => pending = true,
            CopyState::Failed => failed += 1,
            CopyState::Other(_) => is_strange = true,
        }
        if snapshot.disk.is_some() || snapshot.state != CopyState::Failed {
            add(&mut shown);
        }
        at = at.into_iter().chain(snapshot.created).min();
        gib = gib.saturating_add(snapshot.size_gib);
    }
    let said = members.iter().map(|it| usize::from(it.count)).max();
    let wanted = said.unwrap_or(0).max(shown.len());
    // More disks than it says of itself: the tags of one of them went to a disk that a person made of
    // it, and on to a snapshot of that.
    let is_joined = said.is_some_and(|said| said > 0 && shown.len() > said);
    let joined = is_joined.then_some(Bound::Tags);
    let bound = members.iter().find_map(|it| it.bound).or(joined);
    let at_hand = !matches!(bound, Some(Bound::Tier | Bound::State | Bound::Age));
    let is_all = !disks.is_empty() && disks.len() >= wanted;
    Set {
        moment: Moment {
            period,
            at: at.unwrap_or(period),
        },
        whole: is_all && !pending && at_hand,
        pending,
        failed,
        ready: disks.len() as u64,
        wanted: wanted as u64,
        is_strange,
        has_root: members.iter().any(|it| it.has_root),
        bound,
        gib,
        members: range,
    }
}

#[cfg(test)]
mod tests;
