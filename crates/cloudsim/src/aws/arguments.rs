//! What may be said to an action, and what was said: forms, JSON and paths as one tree.
//!
//! Stricter than the cloud, some of whose services ignore names they do not know: a misspelt filter there
//! lists everything.

use serde_json::{Map, Value};

use super::catalog::ActionSpec;
use super::encoding::{decode_text, form};
use super::received::Received;
use super::service::{Protocol, Service};
use super::words::Trouble;

/// The form of a parameter's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A whole number within bounds.
    Whole(u64, u64),
    /// A number, whole or not.
    Number,
    /// `true` or `false`.
    Flag,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Texts: `Name.1`, `Name.member.1`, or a JSON array.
    Texts,
    /// Names, each with its values.
    Filters,
    /// Anything; the action looks at it itself, or ignores it as the cloud does.
    Any,
}

/// One parameter of an action.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name on the wire.
    pub name: &'static str,
    /// The form of its value.
    pub kind: Kind,
    /// Whether the action cannot do without it.
    pub needed: bool,
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

    pub(crate) const fn texts(name: &'static str) -> Self {
        Self::new(name, Kind::Texts)
    }

    pub(crate) const fn flag(name: &'static str) -> Self {
        Self::new(name, Kind::Flag)
    }

    pub(crate) const fn needed(mut self) -> Self {
        self.needed = true;
        self
    }
}

/// Parameters that every action of a service takes.
const FORM: &[Parameter] = &[Parameter::text("Action"), Parameter::text("Version")];
const DRY_RUN: Parameter = Parameter::flag("DryRun");

/// The most entries of a filter's values, and of other lists, that EC2 takes.
const MOST_VALUES: usize = 1000;

/// The most parts of a parameter's name.
const DEEPEST: usize = 16;

/// A name with its values: one filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) name: String,
    pub(crate) values: Vec<String>,
}

/// What was said, checked.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    values: Map<String, Value>,
}

impl Arguments {
    /// Checks what `received` says to the action `spec`; `labels` are the parts of the path that have names.
    pub(crate) fn check(
        spec: &'static ActionSpec,
        received: &Received,
        labels: Vec<(&'static str, String)>,
    ) -> Result<Self, Trouble> {
        let mut said = match spec.service.facts().protocol {
            Protocol::Ec2 | Protocol::Query => tree(received.form()),
            Protocol::Json => body(received)?,
            Protocol::Rest => {
                let mut said = body(received)?;
                for (key, value) in form(&received.query) {
                    said.insert(key, Value::String(value));
                }
                said
            }
        };
        for (name, label) in labels {
            said.insert(name.to_owned(), Value::String(label));
        }
        let common = match spec.service.facts().protocol {
            Protocol::Ec2 | Protocol::Query => FORM,
            Protocol::Json | Protocol::Rest => &[],
        };
        let dry_run = (spec.service == Service::Ec2).then_some(&DRY_RUN);
        let mut values = Map::new();
        for (name, value) in said {
            let mut known = spec.parameters.iter().chain(common).chain(dry_run);
            let Some(parameter) = known.find(|it| it.name == name) else {
                return Err(Trouble::UnknownParameter(name));
            };
            if value.is_null() {
                continue;
            }
            let value =
                shaped(parameter, value).map_err(|why| Trouble::Invalid(parameter.name, why))?;
            values.insert(name, value);
        }
        let missing = |it: &&Parameter| it.needed && values.get(it.name).is_none_or(|it| it == "");
        if let Some(parameter) = spec.parameters.iter().find(missing) {
            return Err(Trouble::Missing(parameter.name));
        }
        Ok(Self { values })
    }

    /// Returns whether anything narrows the list that is asked for: a filter, ids, or a page size.
    pub(crate) fn is_narrowed(&self) -> bool {
        self.values
            .keys()
            .any(|it| !["Action", "Version", "DryRun"].contains(&it.as_str()))
    }

    /// Returns a text that was said and is not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.as_str().filter(|it| !it.is_empty())
    }

    /// Returns a number that was said.
    pub(crate) fn whole(&self, name: &str) -> Option<u64> {
        self.values.get(name)?.as_u64()
    }

    /// Returns a number that was said, whole or not.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.values.get(name)?.as_f64()
    }

    /// Returns whether a flag was set.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.values.get(name)?.as_bool()
    }

    /// Returns a list of texts that was said and is not empty.
    pub(crate) fn texts(&self, name: &str) -> Option<Vec<&str>> {
        let texts = self.values.get(name)?.as_array()?;
        let texts: Vec<&str> = texts.iter().filter_map(Value::as_str).collect();
        (!texts.is_empty()).then_some(texts)
    }

    /// Returns what was said to `name`, as it is.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// Returns the filters that were said.
    pub(crate) fn filters(&self) -> Vec<Filter> {
        let said = ["Filter", "Filters", "filters"]
            .iter()
            .find_map(|it| self.values.get(*it)?.as_array());
        said.into_iter().flatten().filter_map(filter).collect()
    }

    /// Returns a text that is the same for calls of one list, whatever page they ask for.
    pub(crate) fn subject(&self, besides: [&str; 2]) -> String {
        let kept: Map<String, Value> = self
            .values
            .iter()
            .filter(|(name, _)| !besides.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        Value::Object(kept).to_string()
    }
}

/// Reads a JSON body; none is an empty object.
fn body(received: &Received) -> Result<Map<String, Value>, Trouble> {
    if received.body.is_empty() {
        return Ok(Map::new());
    }
    serde_json::from_slice(&received.body)
        .map_err(|_| Trouble::Invalid("Body", "It is not a JSON object".to_owned()))
}

/// Returns the text that is said to `name`, wherever that is, before anything is checked.
pub(super) fn raw(received: &Received, name: &str) -> Option<String> {
    let in_form = received.form().into_iter().chain(form(&received.query));
    let said = in_form
        .into_iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value);
    let said = said.or_else(|| Some(body(received).ok()?.get(name)?.as_str()?.to_owned()));
    said.filter(|it| !it.is_empty())
}

/// Makes a tree of `A.1.B=x` pairs: numbers are the places of a list, `member` and the like are dropped.
fn tree(pairs: Vec<(String, String)>) -> Map<String, Value> {
    let mut root = Map::new();
    for (key, value) in pairs {
        let steps: Vec<&str> = key.split('.').take(DEEPEST).collect();
        put(&mut root, &steps, value);
    }
    root.into_iter()
        .map(|(key, value)| (key, listed(value)))
        .collect()
}

fn put(at: &mut Map<String, Value>, steps: &[&str], text: String) {
    match steps {
        [] => {}
        [last] => {
            at.insert((*last).to_owned(), Value::String(text));
        }
        [step, rest @ ..] => {
            let next = at.entry(*step).or_insert(Value::Null);
            if !next.is_object() {
                *next = Value::Object(Map::new());
            }
            if let Value::Object(inner) = next {
                put(inner, rest, text);
            }
        }
    }
}

/// Turns objects whose keys are numbers into lists, in the order of the numbers.
fn listed(value: Value) -> Value {
    let Value::Object(fields) = value else {
        return value;
    };
    if fields.len() == 1
        && let Some((_, inner)) = fields
            .iter()
            .find(|(key, _)| ["member", "Filter", "Value"].contains(&key.as_str()))
        && is_numbered(inner)
    {
        return listed(inner.clone());
    }
    if is_numbered(&Value::Object(fields.clone())) {
        let mut numbered: Vec<(u32, Value)> = fields
            .into_iter()
            .filter_map(|(key, value)| Some((key.parse().ok()?, listed(value))))
            .collect();
        numbered.sort_by_key(|(number, _)| *number);
        return numbered.into_iter().map(|(_, value)| value).collect();
    }
    fields
        .into_iter()
        .map(|(key, value)| (key, listed(value)))
        .collect::<Map<_, _>>()
        .into()
}

fn is_numbered(value: &Value) -> bool {
    value
        .as_object()
        .is_some_and(|it| !it.is_empty() && it.keys().all(|it| it.parse::<u32>().is_ok()))
}

/// Returns `value` in the shape of `parameter`; forms and queries say everything in texts.
fn shaped(parameter: &Parameter, value: Value) -> Result<Value, String> {
    let wrong = |what: &str| Err(format!("Expected {what}."));
    match (parameter.kind, value) {
        (Kind::Any, value) => Ok(value),
        (Kind::Text, Value::String(text)) => Ok(Value::String(text)),
        (Kind::OneOf(words), Value::String(text)) if words.contains(&text.as_str()) => {
            Ok(Value::String(text))
        }
        (Kind::OneOf(words), _) => wrong(&format!("one of {words:?}")),
        (Kind::Flag, Value::Bool(flag)) => Ok(Value::Bool(flag)),
        (Kind::Flag, Value::String(text)) => match text.as_str() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => wrong("true or false"),
        },
        (Kind::Whole(least, most), value) => {
            let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
            match number.filter(|it| (least..=most).contains(it)) {
                Some(number) => Ok(Value::from(number)),
                None => wrong(&format!("a value between {least} and {most}")),
            }
        }
        (Kind::Number, value) => {
            let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
            match number.filter(|it| it.is_finite()) {
                Some(number) => Ok(Value::from(number)),
                None => wrong("a number"),
            }
        }
        // The clients of query services say an empty list as an empty text.
        (Kind::Texts, Value::String(text)) if text.is_empty() => Ok(Value::Array(Vec::new())),
        // One value in a query of a REST service is a list of one.
        (Kind::Texts, Value::String(text)) => Ok(Value::Array(vec![Value::String(text)])),
        (Kind::Texts, Value::Array(texts))
            if texts.len() <= MOST_VALUES && texts.iter().all(Value::is_string) =>
        {
            Ok(Value::Array(texts))
        }
        (Kind::Filters, Value::Array(filters)) if filters.iter().all(|it| filter(it).is_some()) => {
            Ok(Value::Array(filters))
        }
        (Kind::Text, _) => wrong("a text"),
        (Kind::Flag, _) => wrong("true or false"),
        (Kind::Texts, _) => wrong("a list of texts"),
        (Kind::Filters, _) => wrong("filters with a name and values"),
    }
}

fn filter(value: &Value) -> Option<Filter> {
    let fields = value.as_object()?;
    let field = |names: [&str; 3]| names.iter().find_map(|it| fields.get(*it));
    let values = field(["Value", "Values", "values"])?.as_array()?;
    let values: Option<Vec<String>> = values
        .iter()
        .map(|it| it.as_str().map(str::to_owned))
        .collect();
    let filter = Filter {
        name: field(["Name", "name", ""])?.as_str()?.to_owned(),
        values: values.filter(|it| !it.is_empty() && it.len() <= MOST_VALUES)?,
    };
    Some(filter)
}

/// Returns the parts of `path` that the `{names}` of `template` stand for, if it has that form.
pub(super) fn labels(template: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    let mut labels = Vec::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(labels),
            (Some(wanted), Some(given)) => {
                match wanted.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
                    Some(name) if !given.is_empty() => labels.push((name, decode_text(given))),
                    None if wanted == given => {}
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(form: &str) -> Value {
        tree(super::form(form)).into()
    }

    #[test]
    fn every_dialect_of_lists_is_one_tree() {
        assert_eq!(
            said(
                "Filter.1.Name=tag%3AA&Filter.1.Value.1=x&Filter.1.Value.2=y&Filter.2.Name=b&Filter.2.Value.1=z"
            ),
            json!({"Filter": [{"Name": "tag:A", "Value": ["x", "y"]}, {"Name": "b", "Value": ["z"]}]})
        );
        assert_eq!(
            said("AutoScalingGroupNames.member.2=b&AutoScalingGroupNames.member.1=a"),
            json!({"AutoScalingGroupNames": ["a", "b"]})
        );
        assert_eq!(
            said("Filters.Filter.1.Name=a&Filters.Filter.1.Values.Value.1=x"),
            json!({"Filters": [{"Name": "a", "Values": ["x"]}]})
        );
        assert_eq!(said("A.1.Name=x&A=y"), json!({"A": "y"}));
    }

    #[test]
    fn values_must_have_their_form() {
        for (kind, value, expected) in [
            (Kind::Whole(5, 1000), json!("5"), true),
            (Kind::Whole(5, 1000), json!(1000), true),
            (Kind::Whole(5, 1000), json!("4"), false),
            (Kind::Whole(5, 1000), json!(-7), false),
            (Kind::Whole(5, 1000), json!("ten"), false),
            (Kind::Flag, json!("True"), false),
            (Kind::Flag, json!(true), true),
            (Kind::OneOf(&["a"]), json!("b"), false),
            (Kind::Number, json!("2e7"), true),
            (Kind::Number, json!(0.5), true),
            (Kind::Number, json!("NaN"), false),
            (Kind::Texts, json!("one"), true),
            (Kind::Texts, json!(""), true),
            (Kind::Texts, json!([1]), false),
            (Kind::Text, json!(1), false),
            (Kind::Filters, json!([{"Name": "a", "Value": ["x"]}]), true),
            (Kind::Filters, json!([{"Name": "a"}]), false),
            (Kind::Filters, json!([{"Value": ["x"]}]), false),
        ] {
            let parameter = Parameter::new("X", kind);
            assert_eq!(
                shaped(&parameter, value.clone()).is_ok(),
                expected,
                "{kind:?} {value}"
            );
        }
    }

    #[test]
    fn a_path_gives_its_labels_decoded() {
        const GROUP: &str = "/clusters/{name}/node-groups/{nodegroupName}";
        let expected = vec![
            ("name", "c1".to_owned()),
            ("nodegroupName", "ng one".to_owned()),
        ];
        assert_eq!(
            labels(GROUP, "/clusters/c1/node-groups/ng%20one"),
            Some(expected)
        );
        for other in [
            "/clusters/c1/node-groups",
            "/clusters//node-groups/x",
            "/clusters/c1/node-groups/x/y",
        ] {
            assert_eq!(labels(GROUP, other), None, "{other}");
        }
    }
}
