//! A request as it arrived: decoded, but nothing believed yet.

use axum::http::HeaderMap;
use serde_json::{Map, Value};

use super::words::{Trouble, not_json};
use crate::world::account::matches;

/// A request as it arrived.
#[derive(Debug, Clone, Default)]
pub struct Received {
    /// `GET` or `POST`.
    pub method: String,
    /// The path, encoded as it came.
    pub path: String,
    /// The query, encoded as it came.
    pub query: String,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    pub(super) headers: HeaderMap,
}

/// The language of messages and names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// What is answered to whoever asks for none.
    Chinese,
    /// `en-US`.
    English,
}

/// Parameters as they were said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// As JSON: every value has its own form.
    Json,
    /// As a query (`Filters.0.Values.1=x`): every value is a text.
    Query,
}

impl Received {
    /// Keeps a request.
    #[must_use]
    pub fn new(method: &str, path: &str, query: &str, headers: HeaderMap, body: Vec<u8>) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            body,
            headers,
        }
    }

    /// Returns a header, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the action asked for; empty if there is none.
    #[must_use]
    pub fn action(&self) -> &str {
        self.header("x-tc-action").unwrap_or_default()
    }

    /// Returns the version asked for; empty if there is none.
    #[must_use]
    pub fn version(&self) -> &str {
        self.header("x-tc-version").unwrap_or_default()
    }

    /// Returns the region asked for; empty if there is none.
    #[must_use]
    pub fn region(&self) -> &str {
        self.header("x-tc-region").unwrap_or_default()
    }

    /// Returns the language asked for.
    #[must_use]
    pub fn language(&self) -> Language {
        match self.header("x-tc-language") {
            Some(word) if matches("en-us", word) => Language::English,
            _ => Language::Chinese,
        }
    }

    /// Returns what is said, and how it is spelled.
    pub(super) fn parameters(&self) -> Result<(Map<String, Value>, Spelling), Trouble> {
        if self.method == "GET" {
            return Ok((unflattened(&self.query), Spelling::Query));
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(said)) => Ok((said, Spelling::Json)),
            _ => Err(not_json()),
        }
    }
}

/// Builds the tree that `A.0.B=x` stands for; what does not fit into it is left out, and so not known later.
fn unflattened(query: &str) -> Map<String, Value> {
    let mut root = Value::Object(Map::new());
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let mut at = &mut root;
        for part in key.split('.') {
            at = step(at, part);
        }
        *at = Value::String(value.into_owned());
    }
    match root {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Returns the place `part` of `at`, making `at` a list for a number and an object for a word.
fn step<'a>(at: &'a mut Value, part: &str) -> &'a mut Value {
    match part.parse::<usize>().ok().filter(|it| *it < MOST_NUMBERED) {
        Some(index) => {
            if !at.is_array() {
                *at = Value::Array(Vec::new());
            }
            let Value::Array(items) = at else {
                return at;
            };
            if items.len() <= index {
                items.resize(index + 1, Value::Null);
            }
            &mut items[index]
        }
        None => {
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            &mut at[part]
        }
    }
}

/// The highest number of a list's part that is taken.
const MOST_NUMBERED: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_stands_for_a_tree() {
        let said = unflattened(
            "Limit=1&Filters.0.Values.1=b+c&Filters.0.Values.0=%E6%9C%AA&Filters.0.Name=n&F=",
        );
        let text = Value::Object(said).to_string();
        assert_eq!(
            text,
            r#"{"F":"","Filters":[{"Name":"n","Values":["未","b c"]}],"Limit":"1"}"#
        );
        for strange in ["A.0=1&A.b=2", "A.99999999999=1", "...", "A=1&A.0=2"] {
            drop(unflattened(strange));
        }
    }
}
