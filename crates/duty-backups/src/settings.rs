//! What the config asks of the backup duty, as plain values: merged, checked and typed by whoever
//! reads the file.

mod cadence;

use std::collections::{BTreeMap, BTreeSet};

use duty::{Limits, ProtectedTag, Selection};
use jiff::tz::{self, TimeZone};
use jiff::{SignedDuration, Timestamp};
use model::{AccountId, CloudId, Money, RegionId, Scope};

pub use cadence::{BadCadence, Cadence, Period};

/// Which machines get copies when the config says nothing.
const SELECT: &str = "tags.AutoSnapshot == \"true\" && state == \"running\"";
/// Which machines ought to have copies when the config says nothing.
const REQUIRE: &str = "tags.AutoSnapshot == \"true\"";
/// The keys of tags by which an image stays: the base of others, and what scales by itself, as it has
/// been spelt.
const STAYING: [&str; 5] = [
    "BaseAMI",
    "Autoscaling",
    "Autoscalling",
    "AutoScalingAMI",
    "AutoScallingAMI",
];
/// By how much more than a period the newest copy may be old when the config says nothing.
const GRACE: SignedDuration = SignedDuration::from_hours(2);

/// What is asked of the backup duty, account by account.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// What holds for each account that is looked at, with the global keys already merged in; when
    /// there is none, `defaults` hold for every account.
    pub accounts: BTreeMap<AccountId, BackupSettings>,
    /// What holds for accounts that are not named, such as members of an organization.
    pub defaults: BackupSettings,
    /// What reports call an account; its id where nothing is said.
    pub titles: BTreeMap<AccountId, String>,
    /// How long the name of an image may be at a cloud; 128 characters where nothing is said.
    pub longest_image_names: BTreeMap<CloudId, usize>,
    /// Clouds that make no disk of a copy of a disk that a machine starts from, but an image.
    pub no_disk_of_root: BTreeSet<CloudId>,
    /// What a GiB of copies costs a month at a cloud, where it is known.
    pub prices: BTreeMap<CloudId, Money>,
    /// Scopes that are known to be unseen, as `account/place/kind` with `*` for any one part, and
    /// until when that is accepted.
    pub accepted_gaps: BTreeMap<String, Timestamp>,
}

/// What is asked of the backup duty for one account.
#[derive(Debug, Clone, PartialEq)]
pub struct BackupSettings {
    /// Which machines get copies.
    pub select: Selection,
    /// Which machines ought to have copies, by whatever means.
    pub require: Selection,
    /// When a set is due.
    pub every: Cadence,
    /// Where days, weeks and months begin and end, and in which times are shown.
    pub timezone: TimeZone,
    /// Which sets stay.
    pub keep: Keep,
    /// By how much a set may be younger than its time and still go: no two runs begin at the same
    /// second.
    pub tolerance: SignedDuration,
    /// How often an image is made.
    pub image: ImageRhythm,
    /// What an image is made of.
    pub image_disks: ImageDisks,
    /// How long an image stays.
    pub image_keep: SignedDuration,
    /// How long the sets of a machine that is gone stay, from the last one on.
    pub gone_keep: SignedDuration,
    /// How old the newest copy of a machine may be; a little more than a period when `None`.
    pub max_age: Option<SignedDuration>,
    /// Where sets are copied to.
    pub copy_to: Vec<CopyTo>,
    /// How much of a disk changes from one set to the next, in percent, for estimates of cost.
    pub changes_percent: u32,
    /// How much of a plan may be done at once, and the tags by which copies and images stay.
    pub limits: Limits,
    /// The word messages show as the level of the alarm; empty for that of the worst finding.
    pub level: String,
    /// How many things of one sort a message lists at most.
    pub max_list_length: u16,
    /// Whether a sign of life goes out when there is nothing to report.
    pub ping: bool,
    /// From which hour of the day on the daily digest goes out.
    pub digest_hour: i8,
    /// The tags whose value names the owner of a thing; the first one that is there wins.
    pub owner_tags: Vec<String>,
}

/// Which sets of a machine stay, in restic's words: each keeps the newest set of so many of its
/// spans that have one. With no word at all, everything stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// The newest so many.
    pub last: u32,
    /// One of each of so many hours.
    pub hourly: u32,
    /// One of each of so many days.
    pub daily: u32,
    /// One of each of so many ISO weeks.
    pub weekly: u32,
    /// One of each of so many months.
    pub monthly: u32,
    /// Everything that is not older than this, counted back from the newest set.
    pub within: Option<SignedDuration>,
    /// So many whole sets stay, whatever the words say.
    pub at_least: u32,
}

/// How often an image is made of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageRhythm {
    /// Never.
    Off,
    /// Once in each ISO week.
    Weekly,
}

/// What an image is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageDisks {
    /// The disk the machine starts from alone.
    Root,
    /// All disks of the set.
    All,
}

/// Where sets are copied to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyTo {
    /// The region; that of the set when `None`.
    pub region: Option<RegionId>,
    /// The key that copies are encrypted with there.
    pub key: Option<String>,
    /// The account; that of the set when `None`.
    pub account: Option<CopyAccount>,
}

/// Another account that sets are copied to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyAccount {
    /// Which.
    pub account: AccountId,
    /// Whether something may be made there when something is lent here.
    pub entry: Entry,
}

/// Whether an account may be entered to make something in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// It may.
    Open,
    /// Nobody allowed it.
    Closed,
}

impl Default for Keep {
    /// Returns what holds when the config says nothing.
    fn default() -> Self {
        Self {
            daily: 7,
            weekly: 4,
            at_least: 3,
            ..Self::nothing()
        }
    }
}

impl Keep {
    /// Returns no word at all.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            last: 0,
            hourly: 0,
            daily: 0,
            weekly: 0,
            monthly: 0,
            within: None,
            at_least: 0,
        }
    }

    /// Returns a week and never less than one: what the old scripts kept.
    #[must_use]
    pub fn a_week() -> Self {
        Self {
            within: Some(SignedDuration::from_hours(7 * 24)),
            at_least: 1,
            ..Self::nothing()
        }
    }

    /// Returns how many words there are; each lets one set of a machine go at most when a new one
    /// comes.
    #[must_use]
    pub fn words(&self) -> u64 {
        let counts = [
            self.last,
            self.hourly,
            self.daily,
            self.weekly,
            self.monthly,
        ];
        let counted = counts.iter().filter(|it| **it > 0).count();
        counted as u64 + u64::from(self.within.is_some())
    }

    /// Returns the words as people write them: `daily 7, weekly 4, at_least 3`.
    #[must_use]
    pub fn text(&self) -> String {
        let counts = [
            ("last", self.last),
            ("hourly", self.hourly),
            ("daily", self.daily),
            ("weekly", self.weekly),
            ("monthly", self.monthly),
        ];
        let counts = counts.iter().filter(|(_, many)| *many > 0);
        let mut words: Vec<String> = counts
            .map(|(word, many)| format!("{word} {many}"))
            .collect();
        words.extend(self.within.map(|it| format!("within {}", span(it))));
        words.push(format!("at_least {}", self.at_least));
        words.join(", ")
    }
}

/// Writes a span in days, or in hours where it is not whole days.
pub(crate) fn span(span: SignedDuration) -> String {
    match span.as_hours() {
        hours if hours % 24 == 0 => format!("{}d", hours / 24),
        hours => format!("{hours}h"),
    }
}

impl Default for BackupSettings {
    /// Returns what holds when the config says nothing.
    fn default() -> Self {
        Self {
            select: selection(SELECT),
            require: selection(REQUIRE),
            every: Cadence::default(),
            timezone: TimeZone::fixed(tz::offset(8)),
            keep: Keep::default(),
            tolerance: SignedDuration::from_hours(1),
            image: ImageRhythm::Weekly,
            image_disks: ImageDisks::All,
            image_keep: SignedDuration::from_hours(28 * 24),
            gone_keep: SignedDuration::from_hours(30 * 24),
            max_age: None,
            copy_to: Vec::new(),
            changes_percent: 5,
            limits: Limits::default(),
            level: String::new(),
            max_list_length: 20,
            ping: true,
            digest_hour: 9,
            owner_tags: ["owner", "Owner", "负责人"].map(str::to_owned).to_vec(),
        }
    }
}

impl BackupSettings {
    /// Returns what the older scripts did: a week of sets and of images, and never less than one.
    #[must_use]
    pub fn of_older_scripts() -> Self {
        Self {
            keep: Keep::a_week(),
            image_keep: SignedDuration::from_hours(7 * 24),
            ..Self::default()
        }
    }

    /// Returns how old the newest copy of a machine may be.
    #[must_use]
    pub fn oldest_copy(&self, period: Option<Period>) -> SignedDuration {
        let day = SignedDuration::from_hours(24);
        let period = period.map_or(day, |it| it.end.duration_since(it.start));
        self.max_age.unwrap_or(period + GRACE)
    }

    /// Returns how much of a plan may be done at once, with all tags by which things stay.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let staying = STAYING.map(|key| ProtectedTag {
            key: key.to_owned(),
            value: Some("true".to_owned()),
        });
        let mut limits = self.limits.clone();
        limits.protected.extend(staying);
        limits
    }
}

/// Returns a selection of this program's own.
fn selection(text: &str) -> Selection {
    Selection::compile(text).expect("a literal is a selection")
}

impl Settings {
    /// Returns what holds for an account; a member of an organization goes with its administrator.
    #[must_use]
    pub fn of(&self, account: &AccountId) -> &BackupSettings {
        account.find_in(&self.accounts).unwrap_or(&self.defaults)
    }

    /// Returns what reports call an account.
    #[must_use]
    pub fn title<'a>(&'a self, account: &'a AccountId) -> &'a str {
        self.titles
            .get(account)
            .map_or(account.as_str(), String::as_str)
    }

    /// Returns whether it is known and accepted now that a scope is not seen.
    #[must_use]
    pub fn accepts_gap(&self, scope: &Scope, now: Timestamp) -> bool {
        scope.is_accepted_gap(&self.accepted_gaps, now)
    }

    /// Returns whether the settings still ask for what is known of an account. What is no longer
    /// looked at stays frozen for ever, and nobody wants to read of it.
    #[must_use]
    pub(crate) fn still_asks(&self, account: &AccountId) -> bool {
        self.accounts.is_empty() || account.find_in(&self.accounts).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_written_as_people_write_them() {
        assert_eq!(Keep::default().text(), "daily 7, weekly 4, at_least 3");
        assert_eq!(Keep::a_week().text(), "within 7d, at_least 1");
        let odd = Keep {
            last: 2,
            within: Some(SignedDuration::from_hours(36)),
            ..Keep::nothing()
        };
        assert_eq!(odd.text(), "last 2, within 36h, at_least 0");
        assert_eq!((Keep::default().words(), odd.words()), (2, 2));
    }
}
