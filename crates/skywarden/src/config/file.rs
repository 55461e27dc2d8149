//! The sections of `skywarden.toml`, key by key; the comments here are the JSON Schema's.

use std::collections::BTreeMap;
use std::path::PathBuf;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::address::Address;
use super::alarms::{AlarmOverride, AlarmSection};
use super::backups::{BackupOverride, BackupSection};
use super::channel::{ChannelSection, Language};
use super::guard::{GuardOverride, GuardSection};
use super::orphans::{OrphanOverride, OrphanSection};
use super::patrol::{PatrolOverride, PatrolSection};
use super::quotas::QuotaSection;
use super::reference::{Credentials, SecretRef};
use super::values::{Name, Percent};

/// The clouds that this version knows.
const CLOUDS: [&str; 3] = ["aliyun", "aws", "tencent"];

/// The whole file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, schemars(title = "skywarden.toml"))]
pub struct ConfigFile {
    /// The language of messages and of the command line; that of the locale when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// What the expiry and balance patrol does.
    pub patrol: PatrolSection,
    /// What the orphan duty does.
    pub orphans: OrphanSection,
    /// What the backup duty does.
    pub backups: BackupSection,
    /// What the duty of traffic alarms does.
    pub alarms: AlarmSection,
    /// How much of a plan may be done at once.
    pub guard: GuardSection,
    /// Where state is kept.
    pub store: StoreSection,
    /// Where the key of sealed secrets is.
    pub vault: VaultSection,
    /// What is logged, and where.
    pub log: LogSection,
    /// How the outside is reached.
    pub network: NetworkSection,
    /// How much of the clouds' API quotas is used.
    pub pace: PaceSection,
    /// The accounts, by a name of your own.
    pub accounts: BTreeMap<Name, AccountSection>,
    /// Where messages go, by a name of your own.
    pub channels: BTreeMap<Name, ChannelSection>,
    /// What goes to other channels than `report_to` says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<RouteSection>,
    /// People, by the value of the owner tag on their resources.
    pub people: BTreeMap<String, PersonSection>,
}

/// One cloud account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AccountSection {
    /// The cloud: `aliyun`, `aws` or `tencent`.
    pub cloud: CloudName,
    /// What reports call the account; its name when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How the account proves who it is; never the key itself.
    pub credentials: Credentials,
    /// The regions to look at; all that the account has when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<Region>,
    /// The commercial site that the account belongs to, at Alibaba Cloud and Tencent Cloud.
    #[serde(default)]
    pub site: Site,
    /// The partition that the account belongs to, at AWS; told by its regions or its role when left
    /// out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<Partition>,
    /// What of the bill is read, and how, at Tencent Cloud.
    #[serde(default, skip_serializing_if = "BillSection::is_default")]
    pub bill: BillSection,
    /// The account id that the cloud must answer with before anything is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect_identity: Option<String>,
    /// Other addresses for the cloud's services, by service, `sts`, `metadata` or `default`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub endpoints: BTreeMap<String, Address>,
    /// What the account may call, where it differs from what its cloud publishes.
    #[serde(default, skip_serializing_if = "QuotaSection::is_default")]
    pub quotas: QuotaSection,
    /// Finds the member accounts of an organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discover: Option<DiscoverSection>,
    /// What this account wants otherwise than `[patrol]`.
    #[serde(default)]
    pub patrol: PatrolOverride,
    /// What this account wants otherwise than `[orphans]`.
    #[serde(default)]
    pub orphans: OrphanOverride,
    /// What this account wants otherwise than `[backups]`.
    #[serde(default)]
    pub backups: BackupOverride,
    /// What this account wants otherwise than `[alarms]`.
    #[serde(default)]
    pub alarms: AlarmOverride,
    /// What this account wants otherwise than `[guard]`.
    #[serde(default)]
    pub guard: GuardOverride,
}

/// The name of a cloud.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct CloudName(String);

impl CloudName {
    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CloudName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if CLOUDS.contains(&text.as_str()) {
            return Ok(Self(text));
        }
        Err(format!(
            "{text:?} is not a cloud that this version knows; it knows {}",
            CLOUDS.join(", ")
        ))
    }
}

impl From<CloudName> for String {
    fn from(cloud: CloudName) -> Self {
        cloud.0
    }
}

/// The id of a region, such as `cn-hangzhou`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Region(String);

impl Region {
    /// Returns the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Region {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let plain = text
            .bytes()
            .all(|it| matches!(it, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        // The id becomes part of a host name.
        if plain && text.contains('-') && !text.starts_with('-') && !text.ends_with('-') {
            Ok(Self(text))
        } else {
            Err("a region is an id such as \"cn-hangzhou\"")
        }
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.0
    }
}

/// The commercial site of an account at Alibaba Cloud or Tencent Cloud.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Site {
    /// Found out with the first call; the domestic one at Tencent Cloud.
    #[default]
    Auto,
    /// aliyun.com, cloud.tencent.com.
    Domestic,
    /// alibabacloud.com, tencentcloud.com.
    International,
}

/// The partition of an AWS account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub enum Partition {
    /// The commercial regions.
    #[serde(rename = "aws")]
    Aws,
    /// Beijing and Ningxia.
    #[serde(rename = "aws-cn")]
    China,
}

/// What of the bill is read, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct BillSection {
    /// Counts the credit that is left as money that can be spent.
    pub count_credit: bool,
    /// Reads the list of the renewal page beside the products' own; needs a right that can also
    /// renew.
    pub renewal_page: bool,
}

impl BillSection {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How member accounts are found and entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DiscoverSection {
    /// Asks the Resource Directory for its member accounts, at Alibaba Cloud.
    #[serde(default)]
    pub resource_directory: bool,
    /// Asks the organization for its member accounts, at any cloud.
    #[serde(default)]
    pub organization: bool,
    /// The role that is taken in each member account; the one that the cloud makes in every member
    /// when left out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// Member accounts that are left out, by account id.
    #[serde(default)]
    pub exclude: Vec<String>,
}

/// Which findings go to which channels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RouteSection {
    /// Findings of these accounts; of all accounts when empty.
    #[serde(default)]
    pub accounts: Vec<Name>,
    /// Findings whose resource has all of these tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Where they go.
    pub channels: Vec<Name>,
}

/// How a person is mentioned.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct PersonSection {
    /// The mobile number, for DingTalk and WeCom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
    /// The DingTalk user id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dingtalk: Option<String>,
    /// The Feishu open id (`ou_…`) or user id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feishu: Option<String>,
    /// The WeCom user id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wecom: Option<String>,
    /// The Slack member id (`U…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slack: Option<String>,
    /// The mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
}

/// Where state is kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct StoreSection {
    /// The path of an SQLite file, or a `postgres://` address; a file in the state folder when
    /// left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<SecretRef>,
}

/// Where the key of sealed secrets is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct VaultSection {
    /// The key file (mode 0600) that is read when `SKYWARDEN_KEY` is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
}

/// What is logged, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct LogSection {
    /// The least important level that is logged.
    pub level: LogLevel,
    /// Lines for people, or JSON for machines.
    pub format: LogFormat,
    /// The file; standard error when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// When a new file is begun.
    pub rotation: LogRotation,
    /// How many old files are kept.
    pub keep: u16,
}

impl Default for LogSection {
    fn default() -> Self {
        Self {
            level: LogLevel::Info,
            format: LogFormat::Text,
            file: None,
            rotation: LogRotation::Daily,
            keep: 14,
        }
    }
}

/// How important a line of the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Someone must act.
    Error,
    /// Someone should look.
    Warn,
    /// What was done.
    Info,
    /// How it was done.
    Debug,
    /// Every step.
    Trace,
}

impl LogLevel {
    /// Returns the word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// The shape of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// When a new log file is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum LogRotation {
    /// Never; something else turns it.
    Never,
    /// Each hour.
    Hourly,
    /// Each day.
    Daily,
}

/// How the outside is reached.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct NetworkSection {
    /// The proxy for everything but metadata services; its address may hold a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<SecretRef>,
    /// A PEM file of certificate authorities to trust besides the system's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
}

/// How much of the clouds' API quotas is used, in percent of each quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct PaceSection {
    /// The share that scheduled runs use.
    pub scheduled: Percent,
    /// The share that a run uses while a person waits for it.
    pub interactive: Percent,
}

impl Default for PaceSection {
    fn default() -> Self {
        Self {
            scheduled: Percent::new(20),
            interactive: Percent::new(60),
        }
    }
}
