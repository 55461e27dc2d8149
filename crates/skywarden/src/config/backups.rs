//! `[backups]`, and what an account may say differently.

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::changing::{Age, Mode, Selection, TagRule};
use super::file::{CloudName, Region};
use super::money::Price;
use super::overridable::overridable;
use super::patrol::IgnoreUnseen;
use super::values::{Hour, Name, Schedule, Zone};

overridable! {
    /// What the backup duty does.
    BackupSection,
    /// What one account wants otherwise than `[backups]`.
    BackupOverride;
    /// Whether `skywarden apply backups` does anything.
    mode: Mode;
    /// The machines that get backups.
    select: Selection;
    /// When a new period begins, in which each machine gets one set: cron with seconds first.
    every: Schedule;
    /// The zone of `every`, of days, weeks and times shown.
    timezone: Zone;
    /// Which sets are kept.
    keep: Keep;
    /// Whether each machine gets an image, and how often.
    image: ImageRhythm;
    /// What an image is made of.
    image_disks: ImageDisks;
    /// How long images are kept.
    image_keep: Age;
    /// How long sets of machines that are gone are kept; the last one goes by a person's word only.
    gone_keep: Age;
    /// The regions and accounts that whole sets are copied to.
    copy_to: Vec<CopySection>;
    /// How old the newest set of a machine may get before it is a finding; two hours more than a period
    /// when left out.
    max_age: Option<Age>;
    /// The machines that ought to have backups, ours or the cloud's own; those of `select` when empty.
    require: String;
    /// What a GiB of copies costs a month at each cloud, for plans and reports.
    prices: BTreeMap<CloudName, Price>;
    /// What carries one of these tags is never removed.
    protected_tags: Vec<TagRule>;
    /// How many things of one sort a message shows at most.
    max_list_length: u16;
    /// Sends a sign of life when nothing is to be reported.
    ping: bool;
    /// The channels that reports go to; those of `[patrol]` when empty.
    report_to: Vec<Name>;
    /// The hour from which on the daily digest goes out.
    digest_hour: Hour;
    /// The tags whose value names the owner of a resource, the first one there wins.
    owner_tags: Vec<String>;
    /// Known gaps that do not count as unseen until their day.
    ignore_unseen: Vec<IgnoreUnseen>;
}

impl Default for BackupSection {
    /// The defaults that the embedded default configuration documents.
    fn default() -> Self {
        let tags = |texts: &[&str]| texts.iter().map(|it| TagRule::literal(it)).collect();
        Self {
            mode: Mode::Plan,
            select: Selection::literal("tags.AutoSnapshot == \"true\" && state == \"running\""),
            every: Schedule::literal("0 0 4 * * *"),
            timezone: Zone::china(),
            keep: Keep::default(),
            image: ImageRhythm::Weekly,
            image_disks: ImageDisks::All,
            image_keep: Age::literal("4w"),
            gone_keep: Age::literal("30d"),
            copy_to: Vec::new(),
            max_age: None,
            require: String::new(),
            prices: BTreeMap::new(),
            // Older programs checked one spelling and wrote of another.
            protected_tags: tags(&[
                "BaseAMI=true",
                "Autoscalling=true",
                "AutoScallingAMI=true",
                "AutoScaling=true",
            ]),
            max_list_length: 20,
            ping: false,
            report_to: Vec::new(),
            digest_hour: Hour::new(9),
            owner_tags: vec!["owner".to_owned(), "Owner".to_owned(), "负责人".to_owned()],
            ignore_unseen: Vec::new(),
            accounts: Vec::new(),
        }
    }
}

/// Which sets of a machine are kept; what several words keep, each of them keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(try_from = "KeepTable", into = "KeepTable")]
#[cfg_attr(test, schemars(with = "KeepTable"))]
pub struct Keep {
    /// So many of the newest.
    pub last: u32,
    /// The newest of each hour that has one, for so many hours.
    pub hourly: u32,
    /// The newest of each day that has one, for so many days.
    pub daily: u32,
    /// The newest of each ISO week that has one, for so many weeks.
    pub weekly: u32,
    /// The newest of each month that has one, for so many months.
    pub monthly: u32,
    /// All that are not older than this, before the newest one.
    pub within: Option<Age>,
    /// So many whole ones are kept in any case.
    pub at_least: u32,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            last: 0,
            hourly: 0,
            daily: 7,
            weekly: 4,
            monthly: 0,
            within: None,
            at_least: AT_LEAST,
        }
    }
}

/// So many whole sets stay where nothing else is said.
const AT_LEAST: u32 = 3;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
struct KeepTable {
    /// So many of the newest.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<u32>,
    /// The newest of each hour, for so many hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    hourly: Option<u32>,
    /// The newest of each day, for so many days.
    #[serde(skip_serializing_if = "Option::is_none")]
    daily: Option<u32>,
    /// The newest of each ISO week, for so many weeks.
    #[serde(skip_serializing_if = "Option::is_none")]
    weekly: Option<u32>,
    /// The newest of each month, for so many months.
    #[serde(skip_serializing_if = "Option::is_none")]
    monthly: Option<u32>,
    /// All that are not older than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    within: Option<Age>,
    /// So many whole ones in any case; 3 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<u32>,
}

impl TryFrom<KeepTable> for Keep {
    type Error = &'static str;

    fn try_from(table: KeepTable) -> Result<Self, Self::Error> {
        let keep = Self {
            last: table.last.unwrap_or(0),
            hourly: table.hourly.unwrap_or(0),
            daily: table.daily.unwrap_or(0),
            weekly: table.weekly.unwrap_or(0),
            monthly: table.monthly.unwrap_or(0),
            within: table.within,
            at_least: table.at_least.unwrap_or(AT_LEAST),
        };
        let counted = [
            keep.last,
            keep.hourly,
            keep.daily,
            keep.weekly,
            keep.monthly,
        ];
        if counted.iter().all(|it| *it == 0) && keep.within.is_none() {
            return Err("say what is kept: last, hourly, daily, weekly, monthly or within");
        }
        if keep.at_least == 0 {
            return Err("at_least is 1 or more: the last backup goes by a person's word only");
        }
        Ok(keep)
    }
}

impl From<Keep> for KeepTable {
    fn from(keep: Keep) -> Self {
        let said = |count: u32| (count > 0).then_some(count);
        Self {
            last: said(keep.last),
            hourly: said(keep.hourly),
            daily: said(keep.daily),
            weekly: said(keep.weekly),
            monthly: said(keep.monthly),
            within: keep.within,
            at_least: Some(keep.at_least),
        }
    }
}

/// Whether machines get images, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ImageRhythm {
    /// One in each ISO week.
    Weekly,
    /// None; old ones of ours still go.
    Off,
}

/// What an image is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ImageDisks {
    /// All disks of the set.
    All,
    /// The disk the machine starts from alone.
    Root,
}

/// A region or an account that whole sets are copied to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CopySection {
    /// The region; that of the set when left out and an account is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Another configured account of the same cloud and partition; that of the set when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<Name>,
    /// The key that the copies are encrypted with there; the default one of that account and region
    /// when left out and the set is encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}
