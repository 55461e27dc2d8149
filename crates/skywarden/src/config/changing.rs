//! The words that all duties share which may change something: whether they do, what they are for,
//! what they never touch.

use std::fmt;

use jiff::SignedDuration;
#[cfg(test)]
use schemars::JsonSchema;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

/// Whether a duty changes anything by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// It says what it would do; a person may apply a plan that was saved.
    Plan,
    /// `skywarden apply` does it.
    Apply,
}

impl Mode {
    /// Returns the word of the configuration.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Apply => "apply",
        }
    }
}

/// Which things a duty is for: an expression in CEL over one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Selection(String);

impl Selection {
    /// Returns the selection that is spelt `text`, a literal of this program.
    pub(crate) fn literal(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Returns the expression.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Selection {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match duty::Selection::compile(&text) {
            Ok(_) => Ok(Self(text)),
            Err(bad) => Err(format!("this selects nothing: {bad}")),
        }
    }
}

impl From<Selection> for String {
    fn from(selection: Selection) -> Self {
        selection.0
    }
}

/// How old something may get, in hours, days and weeks: `36h`, `7d`, `4w`, `1w2d`.
///
/// A day is 24 hours here, also where the clocks are set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Age {
    text: String,
    #[serde(skip)]
    #[cfg_attr(test, schemars(skip))]
    length: SignedDuration,
}

impl Age {
    /// Returns the age that is spelt `text`.
    ///
    /// # Panics
    ///
    /// When it is none; for literals of this program.
    pub(crate) fn literal(text: &str) -> Self {
        Self::try_from(text.to_owned()).expect("a literal of this program is an age")
    }

    /// Returns its length; more than zero.
    #[must_use]
    pub fn length(&self) -> SignedDuration {
        self.length
    }
}

impl TryFrom<String> for Age {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        hours(&text)
            .filter(|it| (1..=100 * 366 * 24).contains(it))
            .map(|hours| Self {
                length: SignedDuration::from_hours(hours),
                text: text.clone(),
            })
            .ok_or_else(|| format!("{text:?} is not an age such as \"36h\", \"7d\" or \"4w\""))
    }
}

impl From<Age> for String {
    fn from(age: Age) -> Self {
        age.text
    }
}

fn hours(text: &str) -> Option<i64> {
    let mut total: i64 = 0;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let digits = rest.find(|it: char| !it.is_ascii_digit())?;
        let number: i64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        let each = match unit {
            'h' => 1,
            'd' => 24,
            'w' => 7 * 24,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(each)?)?;
        rest = rest[digits + 1..].trim_start();
    }
    Some(total)
}

/// A tag that is looked for: `key` with any value, or `key=value`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(test, schemars(with = "String"))]
pub struct TagRule {
    /// Its key.
    pub key: String,
    /// Its value; any when `None`.
    pub value: Option<String>,
}

impl TagRule {
    /// Returns the tag that is spelt `text`, a literal of this program.
    pub(crate) fn literal(text: &str) -> Self {
        Self::try_from(text.to_owned()).expect("a literal of this program is a tag")
    }
}

impl TryFrom<String> for TagRule {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (key, Some(value.trim().to_owned())),
            None => (&*text, None),
        };
        match key.trim() {
            "" => Err("a tag is \"key\" or \"key=value\""),
            key => Ok(Self {
                key: key.to_owned(),
                value,
            }),
        }
    }
}

impl From<TagRule> for String {
    fn from(rule: TagRule) -> Self {
        match rule.value {
            Some(value) => format!("{}={value}", rule.key),
            None => rule.key,
        }
    }
}

/// A limit that is a number, or is lifted by its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit<const MOST: u64> {
    /// So many.
    Number(u64),
    /// Without a limit: someone wrote so.
    Lifted,
}

/// The word that lifts a limit; long, so that nobody writes it in passing.
const LIFTED: &str = "without-limit";

impl<const MOST: u64> Serialize for Limit<MOST> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Lifted => serializer.serialize_str(LIFTED),
        }
    }
}

impl<'de, const MOST: u64> Deserialize<'de> for Limit<MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LimitVisitor<const MOST: u64>;

        impl<const MOST: u64> Visitor<'_> for LimitVisitor<MOST> {
            type Value = Limit<MOST>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a whole number from 0 to {MOST}, or {LIFTED:?}")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Self::Value, E> {
                let number = u64::try_from(value).ok().filter(|it| *it <= MOST);
                number
                    .map(Limit::Number)
                    .ok_or_else(|| E::custom(format!("a limit is a whole number from 0 to {MOST}")))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Self::Value, E> {
                match value {
                    LIFTED => Ok(Limit::Lifted),
                    _ => Err(E::custom(format!(
                        "a limit is a whole number from 0 to {MOST}, or {LIFTED:?}"
                    ))),
                }
            }
        }

        deserializer.deserialize_any(LimitVisitor::<MOST>)
    }
}

#[cfg(test)]
impl<const MOST: u64> JsonSchema for Limit<MOST> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("LimitTo{MOST}").into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A whole number, or the word that lifts the limit.",
            "anyOf": [
                { "type": "integer", "minimum": 0, "maximum": MOST },
                { "const": LIFTED }
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_spelt_in_hours_days_and_weeks() {
        let length = |text: &str| Age::try_from(text.to_owned()).map(|it| it.length().as_hours());
        assert_eq!(length("36h"), Ok(36));
        assert_eq!(length("7d"), Ok(168));
        assert_eq!(length("1w2d"), Ok(216));
        for text in ["", "7", "d", "7m", "-7d", "0d", "7 days", "99999999w", "٧d"] {
            length(text).unwrap_err();
        }
    }

    #[test]
    fn a_tag_is_a_key_with_any_value_or_with_one() {
        let rule = |text: &str| TagRule::try_from(text.to_owned()).map(|it| (it.key, it.value));
        assert_eq!(rule("BaseAMI"), Ok(("BaseAMI".into(), None)));
        assert_eq!(
            rule("BaseAMI=true"),
            Ok(("BaseAMI".into(), Some("true".into())))
        );
        assert_eq!(rule("a="), Ok(("a".into(), Some(String::new()))));
        rule("=true").unwrap_err();
    }
}
