//! `[orphans]`, and what an account may say differently.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::changing::{Age, Mode};
use super::patrol::IgnoreUnseen;
use super::values::{Day, Hour, Name, Schedule, Span, Zone};

/// Declares the global section and the override of an account from one list of keys, so that no
/// key can be forgotten in either.
macro_rules! orphan_sections {
    ($($(#[$about:meta])* $key:ident: $kind:ty;)*) => {
        /// What the orphan duty does.
        #[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
        #[serde(deny_unknown_fields, default)]
        pub struct OrphanSection {
            $($(#[$about])* pub $key: $kind,)*
            /// The accounts to look at; all of them when empty.
            pub accounts: Vec<Name>,
        }

        /// What one account wants otherwise than `[orphans]`.
        #[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
        #[serde(deny_unknown_fields, default)]
        pub struct OrphanOverride {
            $($(#[$about])*
            #[serde(skip_serializing_if = "Option::is_none")]
            pub $key: Option<$kind>,)*
        }

        impl OrphanSection {
            /// Returns these settings with those of `over` in place of the global ones.
            #[must_use]
            pub fn overridden_by(&self, over: &OrphanOverride) -> Self {
                let mut merged = self.clone();
                $(if let Some(value) = &over.$key {
                    merged.$key = value.clone();
                })*
                merged
            }
        }
    };
}

orphan_sections! {
    /// When it runs: cron with seconds first.
    every: Schedule;
    /// The zone in which `every` is meant and times are shown.
    timezone: Zone;
    /// How old a machine must be, and how far two looks must lie apart, before it is an orphan.
    grace: Span;
    /// How long a disk, address, copy or balancer must be unused before it is reported.
    waste_after: Span;
    /// What is looked at.
    look_at: Vec<LookAt>;
    /// Words of your own that tie machines to clusters; they make suspects, never orphans.
    hints: Vec<HintSection>;
    /// Whether a name that the cloud makes for a cluster's machines is a strong tie.
    cloud_names: bool;
    /// What is left alone, until a day.
    allow: Vec<AllowSection>;
    /// How soon to act on a proven orphan.
    severity: Urgency;
    /// How soon to act on what nobody uses.
    waste_severity: Urgency;
    /// Whether `skywarden apply orphans` does anything.
    mode: Mode;
    /// What is done about proven orphans and what nobody uses.
    act: Act;
    /// The machines among them that something is done about, in CEL; all of them when empty.
    act_select: String;
    /// Whether that goes for machines, too, that a tag alone ties to a cluster; it may have been copied.
    tag_alone: bool;
    /// How long after it was proven an orphan is stopped.
    stop_after: Age;
    /// How long after it was stopped, or for how long unused, it is deleted.
    delete_after: Age;
    /// The word that messages show as the level of the alarm; that of the worst finding when empty.
    level: String;
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

impl Default for OrphanSection {
    /// The defaults that the embedded default configuration documents.
    fn default() -> Self {
        Self {
            every: Schedule::literal("0 10 * * * *"),
            timezone: Zone::china(),
            grace: Span::literal("30m"),
            waste_after: Span::literal("24h"),
            look_at: LookAt::ALL.to_vec(),
            hints: Vec::new(),
            cloud_names: true,
            allow: Vec::new(),
            severity: Urgency::Warning,
            waste_severity: Urgency::Notice,
            mode: Mode::Plan,
            act: Act::Nothing,
            act_select: String::new(),
            tag_alone: false,
            stop_after: Age::literal("1d"),
            delete_after: Age::literal("14d"),
            level: String::new(),
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

/// Something that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LookAt {
    /// Machines that belonged to a cluster.
    Machine,
    /// Disks on no machine.
    Disk,
    /// Kept addresses at nothing.
    Address,
    /// Load balancers with nothing behind them.
    LoadBalancer,
    /// Snapshots whose disk is gone.
    Snapshot,
    /// Images whose machine is gone.
    Image,
}

impl LookAt {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Machine,
        Self::Disk,
        Self::Address,
        Self::LoadBalancer,
        Self::Snapshot,
        Self::Image,
    ];
}

/// What is done about orphans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Act {
    /// They are reported.
    Nothing,
    /// Machines are stopped and tagged.
    Stop,
    /// Machines are stopped and tagged, and deleted later; so is what nobody uses.
    Delete,
}

/// How soon to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Urgency {
    /// Worth knowing.
    Notice,
    /// In time.
    Warning,
    /// Now.
    Urgent,
}

/// A word by which a machine is held to belong to a cluster: exactly one of `word`, `tag_key` and
/// `name_prefix`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(try_from = "HintTable", into = "HintTable")]
#[cfg_attr(test, schemars(with = "HintTable"))]
pub enum HintSection {
    /// Stands anywhere in the name, a tag's key or a tag's value.
    Word(String),
    /// Is the key of a tag.
    TagKey(String),
    /// Begins the name.
    NamePrefix(String),
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
struct HintTable {
    /// A word that stands anywhere in the name, a tag's key or a tag's value.
    #[serde(skip_serializing_if = "Option::is_none")]
    word: Option<String>,
    /// The key of a tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    tag_key: Option<String>,
    /// What the name begins with.
    #[serde(skip_serializing_if = "Option::is_none")]
    name_prefix: Option<String>,
}

impl TryFrom<HintTable> for HintSection {
    type Error = &'static str;

    fn try_from(table: HintTable) -> Result<Self, Self::Error> {
        let hint = match (table.word, table.tag_key, table.name_prefix) {
            (Some(word), None, None) => Self::Word(word),
            (None, Some(key), None) => Self::TagKey(key),
            (None, None, Some(prefix)) => Self::NamePrefix(prefix),
            _ => return Err("name exactly one of `word`, `tag_key` and `name_prefix`"),
        };
        let (Self::Word(text) | Self::TagKey(text) | Self::NamePrefix(text)) = &hint;
        if text.trim().is_empty() {
            return Err("an empty word is in everything");
        }
        Ok(hint)
    }
}

impl From<HintSection> for HintTable {
    fn from(hint: HintSection) -> Self {
        let mut table = Self::default();
        match hint {
            HintSection::Word(text) => table.word = Some(text),
            HintSection::TagKey(text) => table.tag_key = Some(text),
            HintSection::NamePrefix(text) => table.name_prefix = Some(text),
        }
        table
    }
}

/// Something that is left alone until a day: exactly one of `id`, `tag` and `name`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(try_from = "AllowTable", into = "AllowTable")]
#[cfg_attr(test, schemars(with = "AllowTable"))]
pub struct AllowSection {
    /// What.
    pub what: Allow,
    /// The last day on which it is left alone.
    pub until: Day,
    /// Why.
    pub reason: String,
}

/// What is left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allow {
    /// The thing with this id.
    Id(String),
    /// Things with this tag, of any value when `None`.
    Tag(String, Option<String>),
    /// Things with this name, `*` standing for any characters.
    Name(String),
}

#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
struct AllowTable {
    /// The id of one thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// A tag, as `key` or `key=value`.
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<String>,
    /// A name; `*` stands for any characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The last day on which it is left alone.
    until: Day,
    /// Why.
    reason: String,
}

impl TryFrom<AllowTable> for AllowSection {
    type Error = &'static str;

    fn try_from(table: AllowTable) -> Result<Self, Self::Error> {
        let what = match (table.id, table.tag, table.name) {
            (Some(id), None, None) => Allow::Id(id),
            (None, Some(tag), None) => match tag.split_once('=') {
                Some((key, value)) => Allow::Tag(key.to_owned(), Some(value.to_owned())),
                None => Allow::Tag(tag, None),
            },
            (None, None, Some(name)) => Allow::Name(name),
            _ => return Err("name exactly one of `id`, `tag` and `name`"),
        };
        if table.reason.trim().is_empty() {
            return Err("say why it is left alone");
        }
        Ok(Self {
            what,
            until: table.until,
            reason: table.reason,
        })
    }
}

impl From<AllowSection> for AllowTable {
    fn from(allow: AllowSection) -> Self {
        let (mut id, mut tag, mut name) = (None, None, None);
        match allow.what {
            Allow::Id(text) => id = Some(text),
            Allow::Tag(key, None) => tag = Some(key),
            Allow::Tag(key, Some(value)) => tag = Some(format!("{key}={value}")),
            Allow::Name(text) => name = Some(text),
        }
        Self {
            id,
            tag,
            name,
            until: allow.until,
            reason: allow.reason,
        }
    }
}
