//! The single values of a configuration, checked where they are read, so that the error points at
//! them.

use std::fmt;
use std::str::FromStr as _;
use std::time::Duration;

use croner::Cron;
use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;
#[cfg(test)]
use schemars::JsonSchema;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

/// The name of an account or a channel: letters, digits, `_` and `-`, at most 64 characters.
///
/// Invariant: one of them is a letter or a digit, since `-` stands for no account at all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

impl Name {
    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let fits = !text.is_empty()
            && text.chars().count() <= 64
            && text
                .chars()
                .all(|it| it.is_alphanumeric() || matches!(it, '_' | '-'));
        if !fits {
            Err("a name has letters, digits, `_` and `-` only, at most 64 of them".to_owned())
        } else if !text.contains(char::is_alphanumeric) {
            Err("a name has at least one letter or digit".to_owned())
        } else {
            Ok(Self(text))
        }
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// When something runs: a cron expression of five or six fields (seconds first).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Schedule {
    text: String,
    #[serde(skip)]
    #[cfg_attr(test, schemars(skip))]
    cron: Cron,
}

impl Schedule {
    /// Returns the schedule that `text` spells, a literal of this program.
    ///
    /// # Panics
    ///
    /// When it is not a schedule, which the test of the defaults would find.
    pub(crate) fn literal(text: &str) -> Self {
        Self::try_from(text.to_owned()).expect("a literal is a schedule")
    }

    /// Returns the expression as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the parsed expression.
    #[must_use]
    pub fn cron(&self) -> &Cron {
        &self.cron
    }
}

impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl TryFrom<String> for Schedule {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let cron = Cron::from_str(&text).map_err(|error| {
            format!("{text:?} is not a schedule like \"0 30 9 * * *\": {error}")
        })?;
        // Any start will do: a date such as 30 February never comes.
        let start: DateTime = date(2024, 1, 1).at(0, 0, 0, 0);
        cron.find_next_occurrence(&start, true)
            .map_err(|_| format!("the schedule {text:?} names a moment that never comes"))?;
        Ok(Self { text, cron })
    }
}

impl From<Schedule> for String {
    fn from(schedule: Schedule) -> Self {
        schedule.text
    }
}

/// The zone where none is named.
const CHINA: &str = "Asia/Shanghai";

/// A time zone by its IANA name, such as `Asia/Shanghai`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Zone {
    name: String,
    #[serde(skip)]
    #[cfg_attr(test, schemars(skip))]
    zone: TimeZone,
}

impl Zone {
    /// Returns China's time. It has had no summer time since 1991, so it needs no zone data, for which
    /// all of the machine's own are listed first.
    pub(crate) fn china() -> Self {
        Self {
            name: CHINA.to_owned(),
            zone: TimeZone::fixed(jiff::tz::offset(8)),
        }
    }

    /// Returns the name as it was written.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the zone itself.
    #[must_use]
    pub fn time_zone(&self) -> &TimeZone {
        &self.zone
    }
}

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        // One zone, whether it is written down or not.
        if name == CHINA {
            return Ok(Self::china());
        }
        let zone = TimeZone::get(&name)
            .map_err(|_| format!("{name:?} is not a time zone such as \"Asia/Shanghai\""))?;
        Ok(Self { name, zone })
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name
    }
}

/// A length of time with its unit, such as `10s`, `30m` or `2h`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Span {
    text: String,
    #[serde(skip)]
    #[cfg_attr(test, schemars(skip))]
    duration: Duration,
}

impl Span {
    /// Returns a whole number of seconds.
    pub(crate) fn seconds(seconds: u32) -> Self {
        Self {
            text: format!("{seconds}s"),
            duration: Duration::from_secs(u64::from(seconds)),
        }
    }

    /// Returns the length of time that is spelt `text`.
    ///
    /// # Panics
    ///
    /// When it is none; for literals of this program.
    pub(crate) fn literal(text: &str) -> Self {
        Self::try_from(text.to_owned()).expect("a literal of this program is a time")
    }

    /// Returns the length of time.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.duration
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse::<SignedDuration>()
            .ok()
            .filter(SignedDuration::is_positive)
            .and_then(|it| Duration::try_from(it).ok())
            .map(|duration| Self {
                text: text.clone(),
                duration,
            })
            .ok_or_else(|| format!("{text:?} is not a time such as \"10s\", \"30m\" or \"2h\""))
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.text
    }
}

/// A calendar day, written as `2026-12-31` with or without quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day(pub Date);

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DayVisitor;

        impl<'de> Visitor<'de> for DayVisitor {
            type Value = Day;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a day such as 2026-12-31")
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Day, E> {
                value
                    .parse::<Date>()
                    .map(Day)
                    .map_err(|_| E::custom("this is not a day such as 2026-12-31"))
            }
        }

        deserializer.deserialize_any(DayVisitor)
    }
}

#[cfg(test)]
impl JsonSchema for Day {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "description": "A calendar day.", "type": "string", "format": "date" })
    }
}

/// A share of an API quota in percent, from 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(try_from = "i64", into = "i64")]
pub struct Percent(u8);

impl Percent {
    /// Returns the share of `whole` percent.
    pub(crate) const fn new(percent: u8) -> Self {
        Self(percent)
    }

    /// Returns the number of percent.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<i64> for Percent {
    type Error = &'static str;

    fn try_from(value: i64) -> Result<Self, Self::Error> {
        match u8::try_from(value) {
            Ok(percent @ 1..=100) => Ok(Self(percent)),
            _ => Err("a share of the quota is a number from 1 to 100"),
        }
    }
}

impl From<Percent> for i64 {
    fn from(percent: Percent) -> Self {
        Self::from(percent.0)
    }
}

/// An hour of the day, from 0 to 23.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(try_from = "i64", into = "i64")]
pub struct Hour(i8);

impl Hour {
    /// Returns the hour `hour` of the day.
    pub(crate) const fn new(hour: i8) -> Self {
        Self(hour)
    }

    /// Returns the hour, from 0 to 23.
    #[must_use]
    pub fn get(self) -> i8 {
        self.0
    }
}

impl TryFrom<i64> for Hour {
    type Error = &'static str;

    fn try_from(value: i64) -> Result<Self, Self::Error> {
        match i8::try_from(value) {
            Ok(hour @ 0..=23) => Ok(Self(hour)),
            _ => Err("an hour of the day is a number from 0 to 23"),
        }
    }
}

impl From<Hour> for i64 {
    fn from(hour: Hour) -> Self {
        Self::from(hour.0)
    }
}
