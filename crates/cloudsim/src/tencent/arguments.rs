//! What may be said to an action, and what was said.
//!
//! Stricter than the cloud where that finds mistakes: a filter nobody knows is refused, never passed over.

use serde_json::{Map, Value};

use super::catalog::ActionSpec;
use super::received::{Received, Spelling};
use super::words::{Trouble, coded_value, missing, unknown, wrong_form, wrong_value};

/// The form of a parameter's value.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Any text.
    Text,
    /// A whole number within bounds.
    Whole(i64, i64),
    /// The same, also spelled as a text.
    WholeOrText(i64, i64),
    /// `true` or `false`.
    Flag,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// So many texts at most.
    Texts(usize),
    /// So many whole numbers at most.
    Wholes(usize),
    /// `[{"Name": …, "Values": […]}]`.
    Filters(Filters),
    /// Anything that is an object or a list; it changes nothing here.
    Tree,
    /// An object of these parts.
    Object(&'static [Parameter]),
    /// A list of objects of these parts.
    Objects(&'static [Parameter]),
}

/// Which filters an action knows.
#[derive(Debug, Clone, Copy)]
pub struct Filters {
    /// Their names; `tag:` stands for all that begin with it.
    pub names: &'static [&'static str],
    /// How many there may be.
    pub most: usize,
    /// How many values each may have.
    pub values: usize,
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

    pub(crate) const fn offset() -> Self {
        Self::new("Offset", Kind::Whole(0, i64::MAX))
    }

    pub(crate) const fn limit(most: i64) -> Self {
        Self::new("Limit", Kind::Whole(1, most))
    }

    pub(crate) const fn filters(
        names: &'static [&'static str],
        most: usize,
        values: usize,
    ) -> Self {
        Self::new(
            "Filters",
            Kind::Filters(Filters {
                names,
                most,
                values,
            }),
        )
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
    #[must_use]
    pub fn largest(&self) -> Option<i64> {
        match self.kind {
            Kind::Whole(_, most) | Kind::WholeOrText(_, most) => Some(most),
            _ => None,
        }
    }

    fn check(&self, value: &Value, spelling: Spelling) -> Result<(), Trouble> {
        let name = self.name;
        let texts = |most: usize| {
            let items = value.as_array().ok_or_else(|| wrong_form(name))?;
            match items.iter().all(Value::is_string) {
                true if items.len() <= most => Ok(()),
                true => Err(coded_value("InvalidParameterValue.LimitExceeded", name)),
                false => Err(wrong_form(name)),
            }
        };
        match self.kind {
            Kind::Text => as_text(value).map(drop).ok_or_else(|| wrong_form(name)),
            Kind::Whole(least, most) | Kind::WholeOrText(least, most) => {
                let spelled = match self.kind {
                    Kind::WholeOrText(..) => Spelling::Query,
                    _ => spelling,
                };
                let number = as_whole(value, spelled).ok_or_else(|| wrong_form(name))?;
                match (least..=most).contains(&number) {
                    true => Ok(()),
                    false => Err(wrong_value(name)),
                }
            }
            Kind::Flag => as_flag(value, spelling)
                .map(drop)
                .ok_or_else(|| wrong_form(name)),
            Kind::OneOf(words) => match as_text(value) {
                Some(word) if words.contains(&word) => Ok(()),
                Some(_) => Err(wrong_value(name)),
                None => Err(wrong_form(name)),
            },
            Kind::Texts(most) => texts(most),
            Kind::Wholes(most) => {
                let items = value.as_array().ok_or_else(|| wrong_form(name))?;
                let whole = |it| as_whole(it, spelling).is_some();
                match items.iter().all(whole) && items.len() <= most {
                    true => Ok(()),
                    false => Err(wrong_form(name)),
                }
            }
            Kind::Filters(known) => check_filters(value, known),
            Kind::Tree => match value.is_array() || value.is_object() {
                true => Ok(()),
                false => Err(wrong_form(name)),
            },
            Kind::Object(parts) => check_object(name, value, parts, spelling),
            Kind::Objects(parts) => {
                let items = value.as_array().ok_or_else(|| wrong_form(name))?;
                let mut items = items.iter().enumerate();
                items.try_for_each(|(at, it)| {
                    check_object(&format!("{name}.{at}"), it, parts, spelling)
                })
            }
        }
    }
}

/// Checks an object inside of what is said; `path` is where it stands.
fn check_object(
    path: &str,
    value: &Value,
    parts: &[Parameter],
    spelling: Spelling,
) -> Result<(), Trouble> {
    let said = value.as_object().ok_or_else(|| wrong_form(path))?;
    for (key, value) in said.iter().filter(|it| !it.1.is_null()) {
        let part = parts.iter().find(|it| it.name == key);
        let part = part.ok_or_else(|| unknown(&format!("{path}.{key}")))?;
        part.check(value, spelling)?;
    }
    let is_lacking = |it: &&Parameter| it.needed && said.get(it.name).is_none_or(Value::is_null);
    match parts.iter().find(is_lacking) {
        Some(part) => Err(missing(&format!("{path}.{}", part.name))),
        None => Ok(()),
    }
}

fn check_filters(value: &Value, known: Filters) -> Result<(), Trouble> {
    let filters = value.as_array().ok_or_else(|| wrong_form("Filters"))?;
    if filters.len() > known.most {
        return Err(coded_value("InvalidFilter", "Filters"));
    }
    for (at, filter) in filters.iter().enumerate() {
        let said = filter.as_object().ok_or_else(|| wrong_form("Filters"))?;
        if let Some(key) = said
            .keys()
            .find(|it| !["Name", "Values"].contains(&it.as_str()))
        {
            return Err(unknown(&format!("Filters.{at}.{key}")));
        }
        let part = |key: &str| {
            let part = said.get(key).filter(|it| !it.is_null());
            part.ok_or_else(|| missing(&format!("Filters.{at}.{key}")))
        };
        let name = part("Name")?
            .as_str()
            .ok_or_else(|| wrong_form("Filters"))?;
        let values = part("Values")?
            .as_array()
            .ok_or_else(|| wrong_form("Filters"))?;
        let is_known = known.names.iter().any(|it| match it.strip_suffix(':') {
            Some(_) => name.len() > it.len() && name.starts_with(it),
            None => name == *it,
        });
        if !is_known {
            return Err(coded_value("InvalidFilter", &format!("Filters.{at}.Name")));
        }
        if values.is_empty() || values.len() > known.values || !values.iter().all(Value::is_string)
        {
            let name = format!("Filters.{at}.Values");
            return Err(coded_value("InvalidFilterValue.LimitExceeded", &name));
        }
    }
    Ok(())
}

fn as_text(value: &Value) -> Option<&str> {
    value.as_str()
}

fn as_whole(value: &Value, spelling: Spelling) -> Option<i64> {
    match (value, spelling) {
        (Value::String(text), Spelling::Query) => text.parse().ok(),
        _ => value.as_i64(),
    }
}

fn as_flag(value: &Value, spelling: Spelling) -> Option<bool> {
    match (value.as_str(), spelling) {
        (Some(text), Spelling::Query) => text.to_lowercase().parse().ok(),
        _ => value.as_bool(),
    }
}

/// One filter: any of its values will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) name: String,
    pub(crate) values: Vec<String>,
}

impl Filter {
    /// Returns whether `has` is one of the values.
    pub(crate) fn keeps(&self, has: &str) -> bool {
        self.values.iter().any(|it| it == has)
    }

    /// Returns whether one of the values is a part of `has`.
    pub(crate) fn keeps_part(&self, has: &str) -> bool {
        self.values.iter().any(|it| has.contains(it.as_str()))
    }

    /// Returns what the filter says of `tags`, if it is about tags: `tag-key`, `tag-value` or `tag:key`.
    pub(crate) fn keeps_tags(&self, tags: &[(String, String)]) -> Option<bool> {
        match self.name.as_str() {
            "tag-key" => Some(tags.iter().any(|it| self.keeps(&it.0))),
            "tag-value" => Some(tags.iter().any(|it| self.keeps(&it.1))),
            name => {
                let key = name.strip_prefix("tag:")?;
                Some(tags.iter().any(|it| it.0 == key && self.keeps(&it.1)))
            }
        }
    }
}

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) offset: usize,
    pub(crate) limit: usize,
}

impl Part {
    /// Cuts this part out of `all`; the number of all rows comes beside it, wherever the part lies.
    pub(crate) fn cut<T>(self, all: impl Iterator<Item = T>) -> (Vec<T>, usize) {
        let (mut total, mut rows) = (0, Vec::new());
        for row in all {
            if total >= self.offset && rows.len() < self.limit {
                rows.push(row);
            }
            total += 1;
        }
        (rows, total)
    }
}

/// What was said, checked.
#[derive(Debug)]
pub struct Arguments {
    values: Map<String, Value>,
}

impl Arguments {
    /// Checks what `received` says to the action `spec`.
    pub(crate) fn check(spec: &ActionSpec, received: &Received) -> Result<Self, Trouble> {
        let (mut values, spelling) = received.parameters()?;
        // What is null was not said.
        values.retain(|_, value| !value.is_null());
        for (key, value) in &values {
            let parameter = spec.parameters.iter().find(|it| it.name == key);
            parameter
                .ok_or_else(|| unknown(key))?
                .check(value, spelling)?;
        }
        let is_lacking = |it: &&Parameter| it.needed && !values.contains_key(it.name);
        match spec.parameters.iter().find(is_lacking) {
            Some(parameter) => Err(missing(parameter.name)),
            None => Ok(Self { values }),
        }
    }

    /// Returns a text that was said and is not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        as_text(self.values.get(name)?).filter(|it| !it.is_empty())
    }

    /// Returns what was said as it was said: objects, and lists of them.
    pub(crate) fn value(&self, name: &str) -> &Value {
        self.values.get(name).unwrap_or(&Value::Null)
    }

    /// Returns everything that was said but `name`, in one order.
    pub(crate) fn all_but(&self, name: &str) -> String {
        let said = self.values.iter().filter(|it| it.0 != name);
        let said = said.map(|(key, value)| format!("{key}={value}"));
        said.collect::<Vec<_>>().join("\n")
    }

    /// Returns a number that was said.
    pub(crate) fn whole(&self, name: &str) -> Option<i64> {
        as_whole(self.values.get(name)?, Spelling::Query)
    }

    /// Returns whether a flag was set.
    pub(crate) fn flag(&self, name: &str) -> bool {
        let said = self.values.get(name);
        said.and_then(|it| as_flag(it, Spelling::Query))
            .unwrap_or(false)
    }

    /// Returns the texts of a list that was said and is not empty.
    pub(crate) fn texts(&self, name: &str) -> Option<Vec<String>> {
        let items = self.values.get(name)?.as_array()?;
        let texts = items.iter().filter_map(|it| it.as_str().map(str::to_owned));
        Some(texts.collect::<Vec<_>>()).filter(|it| !it.is_empty())
    }

    /// Returns the numbers of a list that was said and is not empty.
    pub(crate) fn wholes(&self, name: &str) -> Option<Vec<i64>> {
        let items = self.values.get(name)?.as_array()?;
        let numbers = items.iter().filter_map(|it| as_whole(it, Spelling::Query));
        Some(numbers.collect::<Vec<_>>()).filter(|it| !it.is_empty())
    }

    /// Returns the filters; all of them must let a row pass.
    pub(crate) fn filters(&self) -> Vec<Filter> {
        let said = self.values.get("Filters").and_then(Value::as_array);
        let filter = |it: &Value| {
            let values = it["Values"].as_array()?.iter();
            Some(Filter {
                name: it["Name"].as_str()?.to_owned(),
                values: values
                    .filter_map(|it| it.as_str().map(str::to_owned))
                    .collect(),
            })
        };
        said.into_iter().flatten().filter_map(filter).collect()
    }

    /// Returns the part that `Offset` and `Limit` ask for, the latter being `default` unless said.
    pub(crate) fn part(&self, default: usize) -> Part {
        let whole = |name| self.whole(name).and_then(|it| usize::try_from(it).ok());
        Part {
            offset: whole("Offset").unwrap_or(0),
            limit: whole("Limit").unwrap_or(default),
        }
    }
}

#[cfg(test)]
mod tests;
