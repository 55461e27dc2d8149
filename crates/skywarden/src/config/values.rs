//! The single values of a configuration, checked where they are read, so that the error points at
//! them.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr as _;
use std::time::Duration;

use croner::Cron;
use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// The name of an account or a channel: letters, digits, `_` and `-`, at most 64 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
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
        if fits {
            Ok(Self(text))
        } else {
            Err("a name has letters, digits, `_` and `-` only, at most 64 of them".to_owned())
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
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Schedule {
    text: String,
    #[serde(skip)]
    #[schemars(skip)]
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

/// A time zone by its IANA name, such as `Asia/Shanghai`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Zone {
    name: String,
    #[serde(skip)]
    #[schemars(skip)]
    zone: TimeZone,
}

impl Zone {
    /// Returns China's time, also on a machine without zone data: it has had no summer time since
    /// 1991.
    pub(crate) fn china() -> Self {
        let name = "Asia/Shanghai";
        let zone = TimeZone::get(name).unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(8)));
        Self {
            name: name.to_owned(),
            zone,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Span {
    text: String,
    #[serde(skip)]
    #[schemars(skip)]
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

/// A code of three capital letters such as `CNY`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(String);

impl Currency {
    /// Returns the code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Currency {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.len() == 3 && text.bytes().all(|it| it.is_ascii_uppercase()) {
            Ok(Self(text))
        } else {
            Err("a currency is three capital letters such as CNY or USD".to_owned())
        }
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.0
    }
}

/// An amount of money: a number, or text such as `"1,000,000.50"` that keeps every digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount(pub Decimal);

impl Serialize for Amount {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match i64::try_from(self.0) {
            Ok(whole) if Decimal::from(whole) == self.0 => serializer.serialize_i64(whole),
            _ => serializer.collect_str(&self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AmountVisitor;

        impl Visitor<'_> for AmountVisitor {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an amount of money such as 10000 or \"10000.50\"")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Amount, E> {
                Ok(Amount(Decimal::from(value)))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Amount, E> {
                // The shortest text of a float is what was written.
                self.visit_str(&value.to_string())
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Amount, E> {
                Decimal::from_str(&value.replace(',', ""))
                    .map(Amount)
                    .map_err(|_| {
                        E::custom("this is not an amount of money such as 10000 or \"10000.50\"")
                    })
            }
        }

        deserializer.deserialize_any(AmountVisitor)
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "An amount of money: a number, or text that keeps every digit.",
            "type": ["number", "string"]
        })
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

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Day, A::Error> {
                let value = toml::value::Datetime::deserialize(MapAccessDeserializer::new(map))?;
                self.visit_str(&value.to_string())
            }
        }

        deserializer.deserialize_any(DayVisitor)
    }
}

impl JsonSchema for Day {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "description": "A calendar day.", "type": "string", "format": "date" })
    }
}

/// A share of an API quota in percent, from 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

/// A TLS endpoint to look at: a host name or address, with a port (443 when left out).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct TlsEndpoint {
    /// The host name, or an address (IPv6 without brackets).
    pub host: String,
    /// The port.
    pub port: u16,
}

impl TryFrom<String> for TlsEndpoint {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const WRONG: &str = "this is not a host such as \"example.com\" or \"example.com:8443\"";
        // The rules of URLs for hosts and ports, brackets of IPv6 included, are the ones wanted.
        let url = Url::parse(&format!("https://{text}")).map_err(|_| WRONG)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || text.ends_with('/') {
            return Err(WRONG);
        }
        let host = match url.host().ok_or(WRONG)? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        Ok(Self {
            host,
            port: url.port().unwrap_or(443),
        })
    }
}

impl From<TlsEndpoint> for String {
    fn from(endpoint: TlsEndpoint) -> Self {
        match endpoint.host.contains(':') {
            true => format!("[{}]:{}", endpoint.host, endpoint.port),
            false => format!("{}:{}", endpoint.host, endpoint.port),
        }
    }
}

/// The address of a service: a URL that is not repeated in errors, since people paste tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Address(Url);

impl Address {
    /// Returns the address as a URL.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }
}

impl TryFrom<String> for Address {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Url::parse(&text)
            .map(Self)
            .map_err(|_| "this is not an address such as https://example.com")
    }
}

impl From<Url> for Address {
    fn from(url: Url) -> Self {
        Self(url)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0.into()
    }
}

/// Checks that secrets and signatures may travel to `url`: https anywhere, http on this machine.
///
/// # Errors
///
/// Says what is wrong without showing the address, which may be a credential.
pub fn check_transport(url: &Url) -> Result<(), &'static str> {
    match url.scheme() {
        "https" if url.host().is_some() => Ok(()),
        "http" if is_loopback(url) => Ok(()),
        "http" => Err("plain http goes to this machine only; use https"),
        _ => Err("this is not an https address"),
    }
}

/// Tells whether `url` leads to this very machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}
