//! An account whose copies are to be kept: the estate that retention is measured with.
//!
//! Of every ten machines eight are managed (tagged `AutoSnapshot=true`, and running), one is stopped and one is not
//! tagged. Each has one disk, six sets of our own, a snapshot that a person made, and two images. Under a rule that
//! keeps a week of both and never less than one, of a thousand machines
//!
//! - 800 are due a new set;
//! - 700 images are due: the older ones of the managed machines, without 50 that are tagged `BaseAMI` and 50 that
//!   are tagged `Autoscalling`;
//! - 1,500 snapshots are due: two of each managed machine, without the 100 that the kept images stand on. On 700 of
//!   them stand images that are due.
//!
//! Everything else is a trap: it is old and not ours, or ours and not old. In the buckets that EC2 gives every
//! account this takes 120 s of deregistering, 280 s of deleting and 140 s of creating, if nothing overlaps.

use jiff::civil::Time;
use jiff::tz::{self, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::keeper_rights;
use crate::world::World;
use crate::world::account::{AccessKey, Account, Uid};
use crate::world::cloud::{Cloud, Partition};
use crate::world::holdings::Holdings;
use crate::world::images::Image;
use crate::world::machines::{Machine, MachineState};
use crate::world::storage::{Disk, Snapshot};

/// The account.
pub const ACCOUNT: Uid = Uid(123_456_789_012);
/// The name that the account has in the world.
pub const NAME: &str = "backups";
/// Where everything stands.
pub const REGION: &str = "us-east-1";

/// How old the sets of a machine are, in periods of a day: the last two of a managed one are past a week.
const MANAGED: [i64; 6] = [1, 2, 3, 4, 8, 15];
const OTHER: [i64; 6] = [1, 2, 3, 4, 5, 6];
/// The size of every disk.
const GIB: u64 = 40;
/// Periods begin at 04:00 of the China time that everything is kept by.
const ZONE: i8 = 8;
const HOUR: i8 = 4;

/// What lets snapshots stay that are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldBy {
    /// A disabled image: lists show it to those only who ask for disabled ones.
    Disabled,
    /// An image in the recycle bin: no list of images shows it.
    Binned,
}

/// The estate, as large as it is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Backups {
    machines: u32,
    held: u32,
    held_by: HeldBy,
}

impl Backups {
    /// Returns the estate with so many machines; a multiple of 160 keeps all its shares.
    #[must_use]
    pub fn of(machines: u32) -> Self {
        Self {
            machines,
            held: 0,
            held_by: HeldBy::Disabled,
        }
    }

    /// Lets `many` of the snapshots that are due be held by images of a person's, which are not.
    #[must_use]
    pub fn held(mut self, many: u32, by: HeldBy) -> Self {
        (self.held, self.held_by) = (many, by);
        self
    }

    /// Returns a world with the account alone, as it stands at `now`; its user `skywarden` may change everything
    /// that is served.
    #[must_use]
    pub fn build(self, now: Timestamp) -> World {
        World::new(now).with(self.account(now))
    }

    /// Returns the account as it stands at `now`.
    #[must_use]
    pub fn account(self, now: Timestamp) -> Account {
        let key = AccessKey::new("AKIASIMBACKUPS", "simulated/backups/secret");
        Account::new(NAME, ACCOUNT)
            .on(Cloud::Aws(Partition::Aws))
            .user("skywarden", key, keeper_rights())
            .holding(REGION, |it| self.stock(it, now))
    }

    fn stock(self, holdings: &mut Holdings, now: Timestamp) {
        let calendar = Calendar::at(now);
        let mut managed = 0;
        for number in 0..self.machines {
            let sort = match number % 10 {
                8 => Sort::Stopped,
                9 => Sort::Untagged,
                _ => Sort::Managed(managed),
            };
            let one = One {
                number,
                sort,
                calendar: &calendar,
            };
            one.put(holdings);
            if let Sort::Managed(_) = sort {
                if managed < self.held {
                    one.hold(holdings, self.held_by);
                }
                managed += 1;
            }
        }
    }
}

/// When periods begin, counted back from the one that is under way.
struct Calendar {
    now: Timestamp,
    period: Timestamp,
    /// The ISO week that is under way: `2026-W47`.
    week: String,
}

impl Calendar {
    fn at(now: Timestamp) -> Self {
        let zone = TimeZone::fixed(tz::offset(ZONE));
        let local = zone.to_datetime(now);
        let day = match local.hour() < HOUR {
            true => local.date().yesterday().unwrap_or(local.date()),
            false => local.date(),
        };
        let begun = zone.to_timestamp(day.to_datetime(Time::constant(HOUR, 0, 0, 0)));
        let week = local.date().iso_week_date();
        Self {
            now,
            period: begun.unwrap_or(now),
            week: format!("{}-W{:02}", week.year(), week.week()),
        }
    }

    /// Returns when the period began that is so many before the one under way.
    fn begun(&self, periods_ago: i64) -> Timestamp {
        self.period - SignedDuration::from_hours(24 * periods_ago)
    }

    fn ago(&self, days: i64) -> Timestamp {
        self.now - SignedDuration::from_hours(24 * days)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// It has copies made of it; it is the so manieth one.
    Managed(u32),
    /// It is tagged, and off.
    Stopped,
    /// It is on, and not tagged.
    Untagged,
}

/// One machine with all its copies.
struct One<'a> {
    number: u32,
    sort: Sort,
    calendar: &'a Calendar,
}

impl One<'_> {
    fn machine(&self) -> String {
        format!("i-0b{:015x}", self.number)
    }

    fn disk(&self) -> String {
        format!("vol-0b{:015x}", self.number)
    }

    fn snapshot(&self, place: usize) -> String {
        format!("snap-0b{:013x}{place:02}", self.number)
    }

    fn name(&self) -> String {
        format!("srv-{:04}", self.number)
    }

    fn put(&self, holdings: &mut Holdings) {
        let (id, zone) = (self.machine(), format!("{REGION}a"));
        let machine = Machine::new(&id, self.name(), self.calendar.ago(400))
            .kind("m6i.large")
            .zone(&zone)
            .image("ami-0base000000000001");
        let machine = match self.sort {
            Sort::Untagged => machine,
            Sort::Managed(_) | Sort::Stopped => machine.tag("AutoSnapshot", "true"),
        };
        holdings.add_machine(match self.sort {
            Sort::Stopped => machine.state(MachineState::Stopped),
            Sort::Managed(_) | Sort::Untagged => machine,
        });
        holdings.add_disk(
            Disk::new(self.disk(), GIB, self.calendar.ago(400))
                .system_of(&id)
                .category("gp3")
                .zone(zone),
        );
        let ages = match self.sort {
            Sort::Managed(_) => MANAGED,
            Sort::Stopped | Sort::Untagged => OTHER,
        };
        for (place, periods_ago) in ages.into_iter().enumerate() {
            self.put_set(holdings, place, periods_ago);
        }
        // What a person made is nobody's to delete, however old it is.
        let by_hand = Snapshot {
            description: "before the upgrade".to_owned(),
            ..Snapshot::new(self.snapshot(6), self.disk(), GIB, self.calendar.ago(30))
        };
        holdings.add_snapshot(by_hand);
        self.put_images(holdings, ages);
    }

    fn put_set(&self, holdings: &mut Holdings, place: usize, periods_ago: i64) {
        let begun = self.calendar.begun(periods_ago);
        let made = begun + SignedDuration::from_secs(10);
        let snapshot = Snapshot {
            system: true,
            changed_gib: 2,
            ..Snapshot::new(self.snapshot(place), self.disk(), GIB, made)
        };
        holdings.add_snapshot(
            snapshot
                .tag("skywarden:set", self.set(begun))
                .tag("skywarden:disks", "1")
                .tag("AutoSnapshot", "true")
                .tag("RootDeviceSnapshot", "true")
                .tag("Name", self.name()),
        );
    }

    /// Returns how the set of a period is called: `i-…/20261121T200000Z`.
    fn set(&self, period: Timestamp) -> String {
        format!("{}/{}", self.machine(), period.strftime("%Y%m%dT%H%M%SZ"))
    }

    /// Makes the image of this week, of the newest set, and an older one, of the oldest.
    fn put_images(&self, holdings: &mut Holdings, ages: [i64; 6]) {
        let [newest, .., oldest] = ages;
        let recent = self.image("a", &self.calendar.week, (0, newest));
        holdings.add_image(recent.tag("skywarden:week", &self.calendar.week));
        let older = self.image("b", "before", (ages.len() - 1, oldest));
        holdings.add_image(match self.sort {
            Sort::Managed(place) if place % 16 == 0 => older.tag("BaseAMI", "true"),
            Sort::Managed(place) if place % 16 == 8 => older.tag("Autoscalling", "true"),
            _ => older.tag("skywarden:week", "2000-W01"),
        });
    }

    fn image(&self, letter: &str, week: &str, (place, periods_ago): (usize, i64)) -> Image {
        let begun = self.calendar.begun(periods_ago);
        let made = begun + SignedDuration::from_mins(30);
        let id = format!("ami-0b{letter}{:014x}", self.number);
        let name = format!("{}-{week}", self.name());
        Image::new(id, name, &[&self.snapshot(place)], made)
            .tag("AutoAMI", "true")
            .tag("skywarden:set", self.set(begun))
            .tag("Name", self.name())
    }

    /// Lets an image of a person's stand on the set that is due and on which none of ours stands.
    fn hold(&self, holdings: &mut Holdings, by: HeldBy) {
        let id = format!("ami-0c{:015x}", self.number);
        let name = format!("golden-{}", self.name());
        let image = Image {
            disabled: by == HeldBy::Disabled,
            ..Image::new(&id, name, &[&self.snapshot(4)], self.calendar.ago(7))
        };
        holdings.add_image(image);
        if by == HeldBy::Binned
            && let Some(image) = holdings.images.remove(&id)
        {
            holdings.binned_images.put(Image::clone(&image));
        }
    }
}

#[cfg(test)]
mod tests;
