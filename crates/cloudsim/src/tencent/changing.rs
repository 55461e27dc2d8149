//! What all changes have in common: where they take place, their tags, names and client tokens.

use jiff::Timestamp;
use serde_json::Value;

use super::arguments::{Arguments, Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Reach, Style};
use super::words::{Trouble, coded_value, internal};
use crate::world::holdings::{Holdings, Token};
use crate::world::machines::Tags;

/// The form of tags: `[{"Key": …, "Value": …}]`.
pub(super) const TAGS: Kind = Kind::Objects(&[
    Parameter::text("Key").needed(),
    Parameter::text("Value").needed(),
]);
/// As many characters as most names may have.
pub(super) const LONGEST_NAME: usize = 60;
/// As many characters as a client token may have.
const LONGEST_TOKEN: usize = 64;
/// As many tags as a thing may have.
const MOST_TAGS: usize = 50;
/// How tag keys begin that only the cloud itself may make.
const RESERVED: &[&str] = &["qcloud", "tencent", "project"];

/// Returns an action that changes something in a region: it lists nothing.
pub(super) const fn change(
    service: &'static str,
    version: &'static str,
    name: &'static str,
    parameters: &'static [Parameter],
    serve: fn(&Asked<'_>) -> Result<Vec<u8>, Trouble>,
) -> ActionSpec {
    ActionSpec {
        service,
        version,
        name,
        style: Style::Signed,
        reach: Reach::Region,
        parameters,
        listing: None,
        serve,
    }
}

impl Asked<'_> {
    /// Changes what the caller's account holds in the region that is asked for.
    ///
    /// Invariant: `change` looks before it changes anything, so that what is refused was not done in part.
    pub(super) fn change<T>(
        &self,
        change: impl FnOnce(&mut Holdings, Timestamp) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let uid = self.caller()?.uid;
        let changed = self.world.change(uid, self.region, change);
        changed.ok_or_else(internal)?
    }

    /// Returns the client token that was said, if one was, and all else that was.
    ///
    /// # Errors
    ///
    /// `too_long` when it has more characters than a token may have.
    pub(super) fn token(&self, action: &str, too_long: &str) -> Result<Option<Token>, Trouble> {
        let Some(value) = self.arguments.text("ClientToken") else {
            return Ok(None);
        };
        if value.len() > LONGEST_TOKEN {
            return Err(coded_value(too_long, "ClientToken"));
        }
        Ok(Some(Token {
            action: action.to_owned(),
            value: value.to_owned(),
            says: self.arguments.all_but("ClientToken"),
        }))
    }
}

/// Returns the name that was said, or an empty one.
///
/// # Errors
///
/// `code` when it is too long.
pub(super) fn name(said: &Arguments, parameter: &str, code: &str) -> Result<String, Trouble> {
    let name = said.text(parameter).unwrap_or_default();
    match name.chars().count() <= LONGEST_NAME {
        true => Ok(name.to_owned()),
        false => Err(coded_value(code, parameter)),
    }
}

/// Returns the tags that were said.
///
/// # Errors
///
/// When a key is said twice, is empty or belongs to the cloud, or there are too many.
pub(super) fn tags(value: &Value, parameter: &str) -> Result<Tags, Trouble> {
    keyed_tags(value, "Key", "Value", parameter)
}

/// Returns the tags that were said by other names than `Key` and `Value`.
///
/// # Errors
///
/// As [`tags`].
pub(super) fn keyed_tags(
    value: &Value,
    key: &str,
    value_name: &str,
    parameter: &str,
) -> Result<Tags, Trouble> {
    let text = |it: &Value, name: &str| it[name].as_str().unwrap_or_default().to_owned();
    let said = value.as_array().into_iter().flatten();
    let tags: Tags = said
        .map(|it| (text(it, key), text(it, value_name)))
        .collect();
    if tags.len() > MOST_TAGS {
        return Err(coded_value(
            "InvalidParameterValue.LimitExceeded",
            parameter,
        ));
    }
    for (at, (key, _)) in tags.iter().enumerate() {
        let twice = tags[..at].iter().any(|it| it.0 == *key);
        let reserved = RESERVED.iter().any(|it| key.to_lowercase().starts_with(it));
        if key.is_empty() || twice || reserved {
            return Err(coded_value("InvalidParameterValue", parameter));
        }
    }
    Ok(tags)
}
