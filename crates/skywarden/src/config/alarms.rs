//! `[alarms]`, and what an account may say differently.

use std::collections::BTreeMap;

use jiff::SignedDuration;
#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::changing::{Age, Mode, Selection};
use super::file::CloudName;
use super::money::Price;
use super::orphans::Urgency;
use super::overridable::overridable;
use super::patrol::IgnoreUnseen;
use super::values::{Hour, Name, Schedule, Span, Zone};

overridable! {
    /// What the duty of traffic alarms does.
    AlarmSection,
    /// What one account wants otherwise than `[alarms]`.
    AlarmOverride;
    /// Whether `skywarden apply alarms` does anything.
    mode: Mode;
    /// The machines that get an alarm.
    select: Selection;
    /// When it runs: cron with seconds first.
    every: Schedule;
    /// The zone of `every` and of times shown.
    timezone: Zone;
    /// How much may be sent out in one period before it counts.
    outbound: Rate;
    /// After how many such periods in a row the alarm fires.
    periods: u32;
    /// The name of a machine's alarm; `{id}` stands in it, and `{name}` may.
    name: AlarmName;
    /// Whom alarms tell: the name of an SNS topic, a contact group or a notice template.
    notify: String;
    /// The tag of a machine whose value stands for `outbound`.
    threshold_tag: String;
    /// Whether machines that something else starts and ends get alarms too: those of scaling groups and
    /// of clusters.
    managed: bool;
    /// Groups of the cloud's monitoring that hold none of these machines, so that an alarm on one of
    /// them leaves no doubt.
    other_groups: Vec<String>;
    /// How long a machine must have been gone before our alarm of it goes.
    gone_after: Age;
    /// What an alarm costs a month at each cloud.
    prices: BTreeMap<CloudName, Price>;
    /// How soon to act on an alarm that nobody hears, or that could not be made.
    severity: Urgency;
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

impl Default for AlarmSection {
    /// The defaults that the embedded default configuration documents.
    fn default() -> Self {
        Self {
            mode: Mode::Plan,
            select: Selection::literal("state == \"running\""),
            every: Schedule::literal("0 20 4 * * *"),
            timezone: Zone::china(),
            outbound: Rate::literal("20MB/5m"),
            periods: 4,
            notify: "ec2-NetworkOut-Alarm".to_owned(),
            threshold_tag: "TrafficAlarm".to_owned(),
            managed: false,
            name: AlarmName("{id}-网络流出流量警报".to_owned()),
            other_groups: Vec::new(),
            gone_after: Age::literal("24h"),
            prices: BTreeMap::new(),
            severity: Urgency::Warning,
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

/// The name of a machine's alarm, with `{id}` where the machine's id stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct AlarmName(String);

impl AlarmName {
    /// Returns the name with its places.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AlarmName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.contains("{id}") {
            true => Ok(Self(text)),
            false => {
                Err("the id stands in the name of an alarm, or two machines would share it: {id}")
            }
        }
    }
}

impl From<AlarmName> for String {
    fn from(name: AlarmName) -> Self {
        name.0
    }
}

/// So many bytes in a period: `20MB/5m`, `512KiB/60s`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Rate {
    text: String,
    #[serde(skip)]
    #[cfg_attr(test, schemars(skip))]
    bytes: u64,
    #[serde(skip)]
    #[cfg_attr(test, schemars(skip))]
    period: SignedDuration,
}

impl Rate {
    /// Returns the rate that is spelt `text`.
    ///
    /// # Panics
    ///
    /// When it is none; for literals of this program.
    pub(crate) fn literal(text: &str) -> Self {
        Self::try_from(text.to_owned()).expect("a literal of this program is a rate")
    }

    /// Returns the bytes of one period.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns how long a period is: whole minutes.
    #[must_use]
    pub fn period(&self) -> SignedDuration {
        self.period
    }
}

impl TryFrom<String> for Rate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let parts = text.split_once('/');
        let read = parts.and_then(|(bytes, period)| Some((size(bytes.trim())?, period.trim())));
        let Some((bytes, period)) = read.filter(|it| it.0 > 0) else {
            return Err(format!("{text:?} is not a rate such as \"20MB/5m\""));
        };
        let span = Span::try_from(period.to_owned())?;
        let seconds = i64::try_from(span.duration().as_secs()).unwrap_or(i64::MAX);
        // What all three clouds measure by; AWS keeps points of less than five minutes only for machines
        // that pay for them, and sums are right all the same.
        if span.duration().subsec_nanos() != 0 || ![60, 300, 900, 3600].contains(&seconds) {
            return Err(format!(
                "a period of {period} cannot be measured; there are 1m, 5m, 15m and 1h"
            ));
        }
        Ok(Self {
            text,
            bytes,
            period: SignedDuration::from_secs(seconds),
        })
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.text
    }
}

/// Returns how many bytes `20MB` are.
fn size(text: &str) -> Option<u64> {
    let digits = text.find(|it: char| !it.is_ascii_digit())?;
    let number: u64 = text[..digits].parse().ok()?;
    let each = match text[digits..].trim() {
        "B" => 1,
        "KB" | "kB" => 1000,
        "MB" => 1000_u64.pow(2),
        "GB" => 1000_u64.pow(3),
        "KiB" => 1024,
        "MiB" => 1024_u64.pow(2),
        "GiB" => 1024_u64.pow(3),
        _ => return None,
    };
    number.checked_mul(each)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_bytes_in_a_period_that_clouds_measure() {
        let read = |text: &str| {
            let rate = Rate::try_from(text.to_owned())?;
            Ok::<_, String>((rate.bytes(), rate.period().as_secs()))
        };
        assert_eq!(read("20MB/5m"), Ok((20_000_000, 300)));
        assert_eq!(read("512 KiB / 60s"), Ok((524_288, 60)));
        for text in [
            "20MB",
            "MB/5m",
            "0B/5m",
            "20Mb/5m",
            "20MB/7m",
            "20MB/5",
            "-1MB/5m",
            "99999999999GB/5m",
        ] {
            read(text).unwrap_err();
        }
    }
}
