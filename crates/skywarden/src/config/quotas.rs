//! `[accounts.NAME.quotas]`: what an account may call, where it differs from what its cloud publishes.

use std::collections::BTreeMap;

use cloud::{Callable, Quotas};
#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::source::suggest;

/// What an account may call, where it differs from what its cloud publishes; the most special number
/// holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct QuotaSection {
    /// No operation goes faster than this; those that are published to be slower stay so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<CallRate>,
    /// What each operation of a service may be called, by the service's code, such as `ecs`, `ec2` or
    /// `tke`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<String, CallRate>,
    /// What one operation may be called, by its name as the cloud spells it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub operations: BTreeMap<String, CallRate>,
}

/// A name that nothing goes by.
pub(super) struct UnknownName {
    /// The key it stands under: `services` or `operations`.
    pub(super) key: &'static str,
    pub(super) name: String,
    pub(super) hint: String,
}

impl QuotaSection {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Returns what adapters go by.
    #[must_use]
    pub fn quotas(&self) -> Quotas {
        let quotas = self.at_most.iter().fold(Quotas::default(), |all, rate| {
            all.at_most(rate.per_second())
        });
        let services = self.services.iter();
        let quotas = services.fold(quotas, |all, (name, rate)| {
            all.with_service(name, rate.per_second())
        });
        let operations = self.operations.iter();
        operations.fold(quotas, |all, (name, rate)| {
            all.with(name, rate.per_second())
        })
    }

    /// Returns the names that mean nothing at a cloud that has these.
    pub(super) fn unknown(&self, callable: &Callable) -> Vec<UnknownName> {
        let lists = [
            ("services", &self.services, &callable.services),
            ("operations", &self.operations, &callable.operations),
        ];
        let unknown = lists.into_iter().flat_map(|(key, told, known)| {
            let names = told.keys().filter(|it| !known.contains(it.as_str()));
            let known: Vec<&str> = known.iter().copied().collect();
            names.map(move |name| UnknownName {
                key,
                name: name.clone(),
                hint: suggest(name, &known),
            })
        });
        unknown.collect()
    }
}

/// So many calls in a second, minute or hour: `10/s`, `600/m`.
///
/// Invariant: between one an hour and a thousand a second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct CallRate {
    text: String,
    #[serde(skip)]
    #[cfg_attr(test, schemars(skip))]
    per_second: f64,
}

/// More than any cloud gives one account, and less than a slip of the keyboard.
const MOST_PER_SECOND: f64 = 1_000.0;

impl CallRate {
    /// Returns how many calls a second these are.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        self.per_second
    }
}

impl TryFrom<String> for CallRate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let read = text.split_once('/').and_then(|(calls, unit)| {
            let calls: u32 = calls.trim().parse().ok()?;
            let seconds = match unit.trim() {
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3_600.0,
                _ => return None,
            };
            Some((calls, f64::from(calls) / seconds))
        });
        match read {
            Some((0, _)) => Err("a quota allows at least one call".to_owned()),
            Some((_, per_second)) if per_second > MOST_PER_SECOND => Err(format!(
                "no cloud allows more than {MOST_PER_SECOND} calls a second"
            )),
            Some((_, per_second)) => Ok(Self { text, per_second }),
            None => Err(format!(
                "{text:?} is not a number of calls such as \"10/s\", \"600/m\" or \"100/h\""
            )),
        }
    }
}

impl From<CallRate> for String {
    fn from(rate: CallRate) -> Self {
        rate.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_whole_calls_in_a_unit_of_time() {
        let read = |text: &str| CallRate::try_from(text.to_owned()).map(|it| it.per_second());
        assert_eq!(read("10/s"), Ok(10.0));
        assert_eq!(read("600 / m"), Ok(10.0));
        assert_eq!(read("1/h"), Ok(1.0 / 3_600.0));
        assert_eq!(read("1000/s"), Ok(1_000.0));
        for text in [
            "10",
            "0/s",
            "-1/s",
            "1.5/s",
            "10/d",
            "/s",
            "1001/s",
            "4294967296/h",
            "",
        ] {
            read(text).unwrap_err();
        }
    }
}
