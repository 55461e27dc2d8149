//! What may be said to an action, and what was said.
//!
//! Stricter than the cloud, which ignores names it does not know: a misspelt filter there lists everything.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::catalog::{ActionSpec, Product};
use super::received::Received;
use crate::world::paging::PageAsked;
use crate::world::refusal::Refusal;

/// The form of a parameter's value.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Any text.
    Text,
    /// A whole number within bounds.
    Whole(i64, i64),
    /// `true` or `false`, in any case.
    Flag,
    /// `yyyy-MM-ddTHH:mm:ssZ`.
    Instant,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A JSON array of texts in one value.
    JsonTexts,
    /// `Name.1`, `Name.2` and so on.
    Repeated,
    /// `Name.1.Field` with one of these fields.
    Structs(&'static [&'static str]),
}

/// One parameter of an action.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    name: &'static str,
    kind: Kind,
    needed: bool,
}

impl Parameter {
    pub(crate) const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            needed: false,
        }
    }

    pub(crate) const fn text(name: &'static str) -> Self {
        Self::new(name, Kind::Text)
    }

    pub(crate) const fn needed(mut self) -> Self {
        self.needed = true;
        self
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns whether the action cannot do without it.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        self.needed
    }

    /// Returns the largest number it takes, where it takes numbers.
    #[cfg(test)]
    pub(crate) fn largest(&self) -> Option<i64> {
        match self.kind {
            Kind::Whole(_, largest) => Some(largest),
            _ => None,
        }
    }

    /// Returns whether `key` is the name of this parameter, or of one part of it.
    fn owns(&self, key: &str) -> bool {
        let number = |it: &str, most| it.parse::<u32>().is_ok_and(|it| (1..=most).contains(&it));
        let Some(rest) = key.strip_prefix(self.name) else {
            return false;
        };
        match (self.kind, rest.strip_prefix('.')) {
            (Kind::Repeated, Some(index)) => number(index, MOST_REPEATED),
            (Kind::Structs(fields), Some(rest)) => {
                rest.split_once('.').is_some_and(|(index, field)| {
                    number(index, MOST_NUMBERED) && fields.contains(&field)
                })
            }
            (Kind::Repeated | Kind::Structs(_), None) => false,
            _ => rest.is_empty(),
        }
    }

    /// Returns whether a struct in `values` lacks its first field: its other fields would be lost, and a filter
    /// with them.
    fn lacks_its_first_field(&self, values: &BTreeMap<String, String>) -> bool {
        let Kind::Structs([first, rest @ ..]) = self.kind else {
            return false;
        };
        let said = |number: u32, field: &str| {
            values.contains_key(&format!("{}.{number}.{field}", self.name))
        };
        (1..=MOST_NUMBERED).any(|it| !said(it, first) && rest.iter().any(|field| said(it, field)))
    }

    fn accepts(&self, value: &str) -> bool {
        match self.kind {
            Kind::Whole(least, most) => value.parse().is_ok_and(|it| (least..=most).contains(&it)),
            Kind::Flag => value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false"),
            Kind::Instant => value.ends_with('Z') && value.parse::<Timestamp>().is_ok(),
            Kind::OneOf(words) => words.contains(&value),
            Kind::JsonTexts => serde_json::from_str::<Vec<String>>(value).is_ok(),
            Kind::Text | Kind::Repeated | Kind::Structs(_) => true,
        }
    }
}

/// The highest number of a numbered parameter that is taken.
const MOST_NUMBERED: u32 = 20;
/// The same, for lists of plain texts.
const MOST_REPEATED: u32 = 100;

/// Parameters of the gateway itself, allowed with every action.
const COMMON: &[&str] = &[
    "Action",
    "Version",
    "Format",
    "AccessKeyId",
    "Signature",
    "SignatureMethod",
    "SignatureVersion",
    "SignatureNonce",
    "SignatureType",
    "Timestamp",
    "SecurityToken",
    "RegionId",
    "OwnerId",
    "OwnerAccount",
    "ResourceOwnerId",
    "ResourceOwnerAccount",
];

/// What was said, checked.
#[derive(Debug, Default)]
pub struct Arguments {
    values: BTreeMap<String, String>,
}

impl Arguments {
    /// Checks what `received` says to the action `spec`.
    pub(crate) fn check(spec: &ActionSpec, received: &Received) -> Result<Self, Refusal> {
        let Some(captured) = spec.captures(&received.path) else {
            let text = "Specified api is not found, please check your url and method.";
            return Err(Refusal::new(404, "InvalidAction.NotFound", text));
        };
        let mut values: BTreeMap<String, String> = captured.into_iter().collect();
        for (key, value) in received.parameters() {
            match spec.parameters.iter().find(|it| it.owns(key)) {
                Some(parameter) if !value.is_empty() && !parameter.accepts(value) => {
                    return Err(Refusal::invalid(parameter.name));
                }
                None if !COMMON.contains(&key.as_str()) => return Err(Refusal::invalid(key)),
                Some(_) | None => {}
            }
            // The same word twice, in the query and in the form, is one word.
            if values
                .insert(key.clone(), value.clone())
                .is_some_and(|it| it != *value)
            {
                return Err(Refusal::invalid(key));
            }
        }
        for parameter in spec.parameters.iter().filter(|it| it.needed) {
            let mut said = values.iter().filter(|(_, value)| !value.is_empty());
            if !said.any(|(key, _)| parameter.owns(key)) {
                return Err(missing(spec.product, parameter.name));
            }
        }
        if let Some(it) = spec
            .parameters
            .iter()
            .find(|it| it.lacks_its_first_field(&values))
        {
            return Err(Refusal::invalid(it.name));
        }
        Ok(Self { values })
    }

    /// Returns a text that was said and is not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)
            .map(String::as_str)
            .filter(|it| !it.is_empty())
    }

    /// Returns an owned text that was said and is not empty.
    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    /// Returns a number that was said.
    pub(crate) fn whole(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    /// Returns whether a flag was set.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.text(name)
            .is_some_and(|it| it.eq_ignore_ascii_case("true"))
    }

    /// Returns an instant that was said.
    pub(crate) fn instant(&self, name: &str) -> Option<Timestamp> {
        self.text(name)?.parse().ok()
    }

    /// Returns an instant that was said in milliseconds since 1970.
    pub(crate) fn milliseconds(&self, name: &str) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.whole(name)?).ok()
    }

    /// Returns the texts of a comma list.
    pub(crate) fn commas(&self, name: &str) -> Option<Vec<String>> {
        Some(
            self.text(name)?
                .split(',')
                .map(|it| it.trim().to_owned())
                .collect(),
        )
    }

    /// Returns the texts of a JSON array.
    pub(crate) fn json_texts(&self, name: &str) -> Option<Vec<String>> {
        serde_json::from_str(self.text(name)?).ok()
    }

    /// Returns the texts of a numbered list; `None` when none was said.
    pub(crate) fn repeated(&self, name: &str) -> Option<Vec<String>> {
        let texts = (1..=MOST_REPEATED).filter_map(|it| self.owned(&format!("{name}.{it}")));
        Some(texts.collect::<Vec<_>>()).filter(|it| !it.is_empty())
    }

    /// Returns the structs of `name` as pairs of two fields, in the order of their numbers.
    pub(crate) fn pairs(
        &self,
        name: &str,
        first: &str,
        second: &str,
    ) -> Vec<(String, Option<String>)> {
        let pair = |number: u32| {
            Some((
                self.owned(&format!("{name}.{number}.{first}"))?,
                self.owned(&format!("{name}.{number}.{second}")),
            ))
        };
        (1..=MOST_NUMBERED).filter_map(pair).collect()
    }

    /// Returns everything that was said about the matter itself, but for `name`, in one order.
    pub(crate) fn all_but(&self, name: &str) -> String {
        let own = |key: &str| key != name && !COMMON.contains(&key);
        let said = self.values.iter().filter(|(key, _)| own(key));
        let said = said.map(|(key, value)| format!("{key}={value}"));
        said.collect::<Vec<_>>().join("\n")
    }

    /// Returns the page that is asked for.
    pub(crate) fn page(&self, (number, size): (&str, &str), default_size: i64) -> PageAsked {
        let whole =
            |name, default| usize::try_from(self.whole(name).unwrap_or(default)).unwrap_or(1);
        PageAsked {
            number: whole(number, 1).max(1),
            size: whole(size, default_size).max(1),
        }
    }
}

/// Returns how `product` says that something is missing.
pub(crate) fn missing(product: Product, name: &str) -> Refusal {
    match product {
        Product::Ecs | Product::Bss => {
            let text = format!(
                "The input parameter \"{name}\" that is mandatory for processing this request is not supplied."
            );
            Refusal::new(400, "MissingParameter", text)
        }
        _ => Refusal::new(
            400,
            format!("Missing{name}"),
            format!("{name} is mandatory for this action."),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_owns_its_numbered_keys_and_no_others() {
        let tags = Parameter::new("Tag", Kind::Structs(&["Key", "Value"]));
        assert!(tags.owns("Tag.1.Key") && tags.owns("Tag.20.Value"));
        assert!(
            !tags.owns("Tag")
                && !tags.owns("Tag.0.Key")
                && !tags.owns("Tag.1.Colour")
                && !tags.owns("Tags.1.Key")
        );
        let list = Parameter::new("InstanceId", Kind::Repeated);
        assert!(
            list.owns("InstanceId.100") && !list.owns("InstanceId") && !list.owns("InstanceId.x")
        );
        assert!(Parameter::text("Name").owns("Name") && !Parameter::text("Name").owns("Name.1"));
    }

    #[test]
    fn a_value_without_its_key_is_not_lost() {
        let tags = Parameter::new("Tag", Kind::Structs(&["Key", "Value"]));
        let said = |keys: &[&str]| {
            keys.iter()
                .map(|it| ((*it).to_owned(), "x".to_owned()))
                .collect()
        };
        assert!(tags.lacks_its_first_field(&said(&["Tag.1.Key", "Tag.2.Value"])));
        assert!(!tags.lacks_its_first_field(&said(&["Tag.1.Key", "Tag.2.Key", "Tag.2.Value"])));
    }

    #[test]
    fn values_must_have_their_form() {
        for (kind, value, expected) in [
            (Kind::Whole(1, 300), "300", true),
            (Kind::Whole(1, 300), "301", false),
            (Kind::Whole(1, 300), "0", false),
            (Kind::Whole(1, 300), "ten", false),
            (Kind::Flag, "False", true),
            (Kind::Flag, "1", false),
            (Kind::Instant, "2026-01-02T03:04:05Z", true),
            (Kind::Instant, "2026-01-02", false),
            (Kind::OneOf(&["a"]), "b", false),
            (Kind::JsonTexts, "[\"i-1\"]", true),
            (Kind::JsonTexts, "i-1", false),
        ] {
            assert_eq!(
                Parameter::new("X", kind).accepts(value),
                expected,
                "{kind:?} {value}"
            );
        }
    }
}
