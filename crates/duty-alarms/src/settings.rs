//! What the config asks of the alarm duty, as plain values: merged, checked and typed by whoever
//! reads the file.

use std::collections::{BTreeMap, BTreeSet};

use duty::{Finding, Limits, Selection, Severity};
use jiff::tz::{self, TimeZone};
use jiff::{SignedDuration, Timestamp};
use model::{AccountId, CloudId, Machine, Money, Scope, TrafficRule};

/// The place of the machine's id in the name of an alarm.
pub const ID_PLACE: &str = "{id}";
/// The place of the machine's name in it.
pub const NAME_PLACE: &str = "{name}";

/// What is asked of the alarm duty, account by account.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// What holds for each account that is looked at, with the global keys already merged in; when
    /// there is none, `defaults` hold for every account.
    pub accounts: BTreeMap<AccountId, AlarmSettings>,
    /// What holds for accounts that are not named, such as members of an organization.
    pub defaults: AlarmSettings,
    /// What reports call an account; its id where nothing is said.
    pub titles: BTreeMap<AccountId, String>,
    /// What the alarms of a cloud count; nothing is said of it where it is not known.
    pub counts: BTreeMap<CloudId, Counts>,
    /// Clouds that count at the address of a machine that has one of its own.
    pub counts_at_address: BTreeSet<CloudId>,
    /// What an alarm costs a month, where it costs something.
    pub prices: BTreeMap<CloudId, Money>,
    /// Scopes that are known to be unseen, as `account/place/kind` with `*` for any one part, and
    /// until when that is accepted.
    pub accepted_gaps: BTreeMap<String, Timestamp>,
}

/// What is counted as sent out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// Everything that leaves the machine, to its own network too.
    AllInterfaces,
    /// What leaves it to the outside.
    Public,
}

impl Counts {
    /// Returns its stable word, the one that a cloud's port says.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::AllInterfaces => "all_interfaces",
            Self::Public => "public",
        }
    }

    /// Returns what a word stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [Self::AllInterfaces, Self::Public];
        all.into_iter().find(|it| it.word() == word)
    }
}

/// What is asked of the alarm duty for one account.
#[derive(Debug, Clone, PartialEq)]
pub struct AlarmSettings {
    /// Which machines; all when `None`. Only running ones get an alarm in any case.
    pub select: Option<Selection>,
    /// Whether machines get one that a scaling group or a cluster makes and removes.
    pub managed: bool,
    /// When an alarm fires.
    pub outbound: TrafficRule,
    /// The tag of a machine whose value is a threshold of its own, or `off`; none when empty.
    pub threshold_tag: String,
    /// The name of the alarm of a machine: [`ID_PLACE`] stands in it, and [`NAME_PLACE`] may.
    pub name: String,
    /// The name of whom alarms tell.
    pub notify: String,
    /// Whether it is made where there is none.
    pub create_target: bool,
    /// Who is invited to hear it when it is made, or when nobody hears it.
    pub subscribe: Vec<String>,
    /// Groups of the monitoring service that hold none of these machines, so that an alarm on one of
    /// them leaves no doubt.
    pub other_groups: BTreeSet<String>,
    /// How long a machine must have been gone before our alarm of it goes.
    pub gone_after: SignedDuration,
    /// How much may be done at once.
    pub limits: Limits,
    /// How soon to act on an alarm that nobody hears, or that could not be made.
    pub severity: Severity,
    /// Where days begin and end, and in which times are shown.
    pub timezone: TimeZone,
    /// How many things of one sort a message lists at most.
    pub max_list_length: u16,
    /// Whether a sign of life goes out when there is nothing to report.
    pub ping: bool,
    /// From which hour of the day on the daily digest goes out.
    pub digest_hour: i8,
    /// The tags whose value names the owner of a thing; the first one that is there wins.
    pub owner_tags: Vec<String>,
}

impl Default for AlarmSettings {
    /// Returns what holds when the config says nothing: the old tool's threshold, periods and names.
    fn default() -> Self {
        Self {
            select: None,
            managed: false,
            outbound: TrafficRule {
                bytes: 20_000_000,
                period: SignedDuration::from_mins(5),
                periods: 4,
            },
            threshold_tag: "TrafficAlarm".to_owned(),
            name: format!("{ID_PLACE}-网络流出流量警报"),
            notify: "ec2-NetworkOut-Alarm".to_owned(),
            create_target: false,
            subscribe: Vec::new(),
            other_groups: BTreeSet::new(),
            gone_after: SignedDuration::from_hours(24),
            limits: Limits::default(),
            severity: Severity::Warning,
            timezone: TimeZone::fixed(tz::offset(8)),
            max_list_length: 20,
            ping: false,
            digest_hour: 9,
            owner_tags: ["owner", "Owner", "负责人"].map(str::to_owned).to_vec(),
        }
    }
}

impl AlarmSettings {
    /// Returns the name of the alarm of a machine.
    #[must_use]
    pub fn name_of(&self, machine: &Machine) -> String {
        let named = self.name.replace(ID_PLACE, machine.id.as_str());
        named.replace(NAME_PLACE, &machine.name)
    }

    /// Returns who owns a machine by its tags; empty when unknown.
    #[must_use]
    pub fn owner_of(&self, machine: &Machine) -> String {
        let mut owners = self.owner_tags.iter().filter_map(|it| machine.tags.get(it));
        owners.next().cloned().unwrap_or_default()
    }
}

impl Settings {
    /// Returns what holds for an account; a member of an organization goes with its administrator.
    #[must_use]
    pub fn of(&self, account: &AccountId) -> &AlarmSettings {
        account.find_in(&self.accounts).unwrap_or(&self.defaults)
    }

    /// Returns what reports call an account.
    #[must_use]
    pub fn title<'a>(&'a self, account: &'a AccountId) -> &'a str {
        let title = self.titles.get(account);
        title.map_or(account.as_str(), String::as_str)
    }

    /// Returns whether it is known and accepted now that a scope is not seen.
    #[must_use]
    pub fn accepts_gap(&self, scope: &Scope, now: Timestamp) -> bool {
        scope.is_accepted_gap(&self.accepted_gaps, now)
    }

    /// Returns whether the settings still ask for what was found. What is no longer looked at stays
    /// frozen for ever, and nobody wants to read of it.
    #[must_use]
    pub(crate) fn still_asks(&self, finding: &Finding) -> bool {
        let account = &finding.key.account;
        finding.key.duty == crate::DUTY
            && (self.accounts.is_empty() || account.find_in(&self.accounts).is_some())
    }
}
