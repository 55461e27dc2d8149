//! The sets that there are: snapshots that carry our tag, put together.
//!
//! Invariant: a snapshot whose tag does not fit the time it was made is a person's, to which the tag
//! copied itself: it is in no set, proves nothing and stays.
//!
//! An estate may have a million snapshots: each is read once, and then only numbers are sorted, those
//! of one machine at a time.

mod reader;

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroU64;
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use model::{ResourceId, SetId, Snapshot};

use super::retention::Moment;
use crate::settings::{BackupSettings, Period};
use reader::Reader;

pub(crate) use reader::is_image;

/// The keys of a region that are known not to be usable now.
pub(crate) type Barred<'a> = BTreeSet<&'a ResourceId>;

/// The sets of a region.
pub(crate) struct Stock<'a> {
    /// All snapshots, as they came.
    pub(crate) rows: &'a [Snapshot],
    /// The machines that have sets, sorted.
    pub(crate) machines: Vec<Owner<'a>>,
    sets: Vec<Set>,
    members: Vec<Member>,
}

/// When sets are due.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    /// The period that it is now.
    pub(crate) period: Option<Period>,
    /// The longest period in any account.
    pub(crate) elsewhere: SignedDuration,
    pub(crate) now: Timestamp,
}

/// A machine that has sets.
#[derive(Debug, Clone)]
pub(crate) struct Owner<'a> {
    pub(crate) machine: &'a str,
    /// Where its sets were made, when it was not here: a region, or an account's number and a region.
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
    /// Whether all of it is there, though it may not be at hand.
    is_complete: bool,
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

/// Why a set stays whatever the words say; the gravest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bound {
    /// Something else than an image holds it: a share, a lock, a copy that is being made of it.
    Held,
    /// A tag protects it, or the tag by which it may go was taken off.
    Tags,
    /// Nobody says when it was made.
    Age,
    /// It is in a state that we do not know.
    State,
    /// It lies in the archive, or where we do not know.
    Tier,
    /// It stands under a key that cannot be used, and can be restored only when that is mended.
    Key,
}

impl Bound {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Tags => "protected",
            Self::Age => "age_unknown",
            Self::State => "state",
            Self::Tier => "archived",
            Self::Key => "key",
        }
    }
}

/// One snapshot of a set, in numbers.
#[derive(Debug, Clone, Copy)]
struct Member {
    /// Whose, by the place of its name.
    owner: u32,
    row: u32,
    /// The period, in seconds.
    period: i64,
    /// Its disk, as a hash: two of one number are taken for one disk, and the set for less.
    disk: Option<NonZeroU64>,
    /// When it was begun, in seconds after its period, where somebody says.
    late: Option<i32>,
    gib: u32,
    /// How many snapshots its set has.
    count: u16,
    life: Life,
    has_root: bool,
    /// Whether it may be lent to another account.
    lent: bool,
    bound: Option<Bound>,
}

/// How far a snapshot has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    Ready,
    Pending,
    Failed,
    Strange,
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
        barred: &Barred<'_>,
        times: Times,
        settings: &BackupSettings,
    ) -> Self {
        let period = times.period;
        let longest = period.map_or(DAY, |it| it.end.duration_since(it.start).max(DAY));
        let limits = settings.limits();
        let reader = Reader {
            protected: &limits.protected,
            barred,
            window: longest + LATE,
            elsewhere: times.elsewhere.max(longest) + LATE + DAY,
            now: times.now,
        };
        let mut names: HashMap<&str, u32> = HashMap::new();
        let mut from: Vec<(&str, Option<&str>)> = Vec::new();
        let mut members: Vec<Member> = Vec::with_capacity(rows.len());
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
        let mut places: Vec<usize> = (0..from.len()).collect();
        places.sort_unstable_by_key(|it| from[*it].0);
        let mut rank = vec![0; places.len()];
        for (place, old) in (0u32..).zip(&places) {
            rank[*old] = place;
        }
        for member in &mut members {
            member.owner = rank[member.owner as usize];
        }
        let machines = places.iter().map(|it| Owner {
            machine: from[*it].0,
            from: from[*it].1,
            sets: 0..0,
        });
        let machines: Vec<Owner<'_>> = machines.collect();
        let members = by_owner(&members, machines.len());
        let is_one = |a: &Member, b: &Member| (a.owner, a.period) == (b.owner, b.period);
        let sets = members.chunk_by(is_one).count();
        let mut stock = Self {
            rows,
            machines,
            // No more than there are: all of an estate is in memory while this is.
            sets: Vec::with_capacity(sets),
            members,
        };
        stock.gather();
        stock
    }

    /// Makes sets of the sorted members.
    fn gather(&mut self) {
        let mut start = 0;
        while let Some(first) = self.members.get(start) {
            let owner = first.owner as usize;
            let is_same = |it: &&Member| (it.owner, it.period) == (first.owner, first.period);
            let end = start + self.members[start..].iter().take_while(is_same).count();
            let set = set_of(&self.members[start..end], start..end);
            let place = self.sets.len();
            self.sets.push(set);
            let owner = &mut self.machines[owner];
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
    pub(crate) fn snapshots(&self, set: &Set) -> Vec<&'a Snapshot> {
        let members = &self.members[set.members.clone()];
        let snapshots = members.iter().map(|it| &self.rows[it.row as usize]);
        let mut snapshots: Vec<&Snapshot> = snapshots.collect();
        snapshots.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        snapshots
    }

    /// Returns the snapshots that may be lent to another account, as they came.
    pub(crate) fn lent(&self) -> Vec<&'a Snapshot> {
        let lent = self.members.iter().filter(|it| it.lent);
        let mut rows: Vec<u32> = lent.map(|it| it.row).collect();
        rows.sort_unstable();
        rows.iter().map(|it| &self.rows[*it as usize]).collect()
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
        self.is_complete || self.pending || self.is_strange || tried_often
    }
}

/// Sorts members by their owners, of whom there are so many, then the newest period first, then by
/// their disks.
fn by_owner(members: &[Member], owners: usize) -> Vec<Member> {
    let mut ends = vec![0usize; owners];
    for member in members {
        ends[member.owner as usize] += 1;
    }
    let mut next = Vec::with_capacity(owners);
    let mut start = 0;
    for end in &mut ends {
        next.push(start);
        start += *end;
        *end = start;
    }
    let Some(any) = members.first() else {
        return Vec::new();
    };
    let mut sorted = vec![*any; members.len()];
    for member in members {
        let place = &mut next[member.owner as usize];
        sorted[*place] = *member;
        *place += 1;
    }
    let mut start = 0;
    for end in ends {
        let of_one = &mut sorted[start..end];
        of_one.sort_unstable_by_key(|it| (Reverse(it.period), it.disk, it.row));
        start = end;
    }
    sorted
}

/// Returns the set of these members, which are sorted by their disks.
fn set_of(members: &[Member], range: Range<usize>) -> Set {
    let period = members.first().map_or(0, |it| it.period);
    let instant = |second: i64| Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
    // Of how many disks it is, as far as it shows them: a disk may have been tried several times. A
    // copy in another region does not say what disk it is of: each is of another.
    let is_same = |a: &Member, b: &Member| a.disk.is_some() && a.disk == b.disk;
    let (mut ready, mut shown) = (0, 0);
    for of_disk in members.chunk_by(is_same) {
        let has = |life: Life| of_disk.iter().any(|it| it.life == life);
        let is_known = of_disk.iter().any(|it| it.disk.is_some());
        ready += usize::from(has(Life::Ready));
        shown += usize::from(is_known || !has(Life::Failed));
    }
    let has = |life: Life| members.iter().any(|it| it.life == life);
    let said = members.iter().map(|it| usize::from(it.count)).max();
    let said = said.unwrap_or(0);
    // Copies may have been made twice, and then there are more of them than disks.
    let is_told = members.iter().all(|it| it.disk.is_some());
    let wanted = match is_told || said == 0 {
        true => said.max(shown),
        false => said,
    };
    // More disks than it says of itself: the tags of one of them went to a disk that a person made of
    // it, and on to a snapshot of that.
    let joined = (is_told && said > 0 && shown > said).then_some(Bound::Tags);
    let bound = members.iter().filter_map(|it| it.bound).chain(joined).max();
    let at_hand = bound.is_none_or(|it| it < Bound::Age);
    let is_complete = ready > 0 && ready >= wanted && !has(Life::Pending);
    let failed = members.iter().filter(|it| it.life == Life::Failed);
    let late = members.iter().filter_map(|it| it.late).min();
    Set {
        moment: Moment {
            period: instant(period),
            at: instant(period + i64::from(late.unwrap_or(0))),
        },
        whole: is_complete && at_hand,
        is_complete,
        pending: has(Life::Pending),
        failed: failed.count() as u64,
        ready: ready as u64,
        wanted: wanted as u64,
        is_strange: has(Life::Strange),
        has_root: members.iter().any(|it| it.has_root),
        bound,
        gib: members.iter().map(|it| u64::from(it.gib)).sum(),
        members: range,
    }
}

#[cfg(test)]
mod tests;
