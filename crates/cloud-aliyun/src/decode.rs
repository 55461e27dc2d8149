//! Reads the cloud's JSON leniently: numbers, flags and texts are mixed up, fields are missing, and
//! neither is fatal.
//!
//! Rows borrow from the answer's bytes and become `model` values at once, so that a page of a long
//! list costs its own size and no more.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Why an answer was not understood.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Misread {
    /// It is no JSON of the shape that was expected.
    #[error("the answer is not the JSON that was expected")]
    Json(#[from] serde_json::Error),
    /// It lacks something without which it means nothing.
    #[error("the answer has no {0}")]
    Lacks(&'static str),
    /// Its own word is that it failed.
    #[error("the answer says that it failed")]
    Failed,
}

/// A single value, however the cloud wrote it today.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Loose<'a> {
    /// Not there, `null`, or an object or array where a single value belongs.
    #[default]
    Absent,
    /// A text.
    Text(Cow<'a, str>),
    /// A whole number.
    Whole(i64),
    /// A truth.
    Flag(bool),
    /// A number with a fraction, or too large for the others.
    Fraction(f64),
}

impl<'a> Loose<'a> {
    /// Returns the value as text without white space around it; empty when absent.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Absent => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(trimmed(text)),
            Self::Whole(number) => Cow::Owned(number.to_string()),
            Self::Flag(flag) => Cow::Borrowed(if *flag { "true" } else { "false" }),
            Self::Fraction(number) => Cow::Owned(number.to_string()),
        }
    }

    /// Returns the value as owned text without white space around it; empty when absent.
    pub(crate) fn into_text(self) -> String {
        match self {
            Self::Text(Cow::Owned(text)) if trimmed(&text).len() == text.len() => text,
            other => other.text().into_owned(),
        }
    }

    /// Returns the value as owned text, unless it is absent or empty.
    pub(crate) fn some_text(&self) -> Option<String> {
        let text = self.text();
        if text.is_empty() {
            None
        } else {
            Some(text.into_owned())
        }
    }

    /// Returns whether nothing was said.
    pub(crate) fn is_empty(&self) -> bool {
        self.text().is_empty()
    }

    /// Returns the value as a whole number, also when it is written as text.
    pub(crate) fn whole(&self) -> Option<i64> {
        match self {
            Self::Whole(number) => Some(*number),
            Self::Text(text) => trimmed(text).parse().ok(),
            Self::Absent | Self::Flag(_) | Self::Fraction(_) => None,
        }
    }

    /// Returns the value as a count, also when it is written as text.
    pub(crate) fn count(&self) -> Option<u64> {
        self.whole().and_then(|it| u64::try_from(it).ok())
    }

    /// Returns the value as a truth, also when it is written as text or as 0 and 1.
    pub(crate) fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            Self::Whole(0) => Some(false),
            Self::Whole(1) => Some(true),
            Self::Text(text) if trimmed(text).eq_ignore_ascii_case("true") => Some(true),
            Self::Text(text) if trimmed(text).eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }
}

/// Takes white space off both ends. Almost nothing has any, and that is told by two bytes: taking a
/// text's ends apart letter by letter was a tenth of what reading a long list took (measured).
pub(crate) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor)
    }
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Loose::Flag(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Loose::Whole(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        // An id beyond 63 bits keeps its digits as text.
        Ok(match i64::try_from(value) {
            Ok(number) => Loose::Whole(number),
            Err(_) => Loose::Text(Cow::Owned(value.to_string())),
        })
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Loose::Fraction(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Loose::Absent)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose::Absent)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose::Absent)
    }
}

/// Reads of an answer only whether it is one, and whether it says that it failed.
pub(crate) fn succeeded(body: &str) -> Result<(), Misread> {
    #[derive(Default, serde::Deserialize)]
    #[serde(default, rename_all = "PascalCase")]
    struct Answer<'a> {
        #[serde(borrow)]
        success: Loose<'a>,
    }
    let answer: Answer<'_> = serde_json::from_str(body)?;
    if answer.success.flag() == Some(false) {
        Err(Misread::Failed)
    } else {
        Ok(())
    }
}

/// Returns the months of a period, whose unit is written as a letter or as a word; weeks and days
/// have none.
pub(crate) fn months(duration: u32, unit: &str) -> Option<u32> {
    match unit {
        "M" | "Month" => Some(duration),
        "Y" | "Year" => duration.checked_mul(12),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Row<'a> {
        #[serde(borrow)]
        a: Loose<'a>,
    }

    fn loose(json: &str) -> Loose<'static> {
        let json = format!("{{\"a\":{json},\"new\":[1]}}");
        let row: Row<'_> = serde_json::from_str(&json).unwrap();
        match row.a {
            Loose::Text(text) => Loose::Text(Cow::Owned(text.into_owned())),
            Loose::Whole(number) => Loose::Whole(number),
            Loose::Flag(flag) => Loose::Flag(flag),
            Loose::Fraction(number) => Loose::Fraction(number),
            Loose::Absent => Loose::Absent,
        }
    }

    #[test]
    fn a_value_is_read_however_it_is_written() {
        for (json, text, whole, flag) in [
            ("\"12\"", "12", Some(12), None),
            ("12", "12", Some(12), None),
            ("-1", "-1", Some(-1), None),
            ("1", "1", Some(1), Some(true)),
            ("true", "true", None, Some(true)),
            ("\"False\"", "False", None, Some(false)),
            ("null", "", None, None),
            ("[1,{\"b\":2}]", "", None, None),
            ("{\"b\":2}", "", None, None),
            ("1.5", "1.5", None, None),
            ("18446744073709551615", "18446744073709551615", None, None),
            ("\"0.00\\n\"", "0.00", None, None),
        ] {
            let value = loose(json);
            assert_eq!(
                (value.text().as_ref(), value.whole(), value.flag()),
                (text, whole, flag),
                "{json}"
            );
        }
    }

    #[test]
    fn plain_texts_are_borrowed_from_the_answer() {
        let row: Row<'_> = serde_json::from_str("{\"a\":\"i-bp1\"}").unwrap();
        assert!(matches!(row.a, Loose::Text(Cow::Borrowed("i-bp1"))));
        let row: Row<'_> = serde_json::from_str("{\"b\":1}").unwrap();
        assert_eq!(row.a, Loose::Absent);
    }
}
