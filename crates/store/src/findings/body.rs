//! The facts of a finding as versioned JSON text.
//!
//! New facts are new optional fields, which an older program skips; version 2 is for the day when an
//! older program would read them wrongly.

use std::collections::BTreeMap;

use duty::Finding;
use model::{AccountId, Kind, Scope, Tags};
use serde::{Deserialize, Serialize};

use crate::looks::{place_from_text, place_text};

const VERSION: u32 = 1;

/// What the columns do not say.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Body {
    pub(super) scopes: Vec<Scope>,
    pub(super) name: String,
    pub(super) owner: String,
    pub(super) tags: Tags,
    pub(super) evidence: BTreeMap<String, String>,
}

/// What is stored, written of borrowed texts and read into owned ones.
#[derive(Serialize, Deserialize)]
#[serde(bound(
    serialize = "Text: Serialize + Ord, Facts: Serialize",
    deserialize = "Text: Default + Ord + Deserialize<'de>, Facts: Default + Deserialize<'de>"
))]
struct StoredBody<Text, Facts> {
    v: u32,
    #[serde(default)]
    scopes: Vec<StoredScope<Text>>,
    #[serde(default)]
    name: Text,
    #[serde(default)]
    owner: Text,
    #[serde(default)]
    tags: BTreeMap<Text, Text>,
    #[serde(default)]
    evidence: Facts,
}

#[derive(Serialize, Deserialize)]
struct StoredScope<Text> {
    account: Text,
    place: String,
    kind: Text,
}

/// Why the facts of a finding cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    #[error("the facts of a finding are not the JSON they should be")]
    Json(#[from] serde_json::Error),
    #[error("the facts of a finding are in version {0}, this program reads {VERSION}")]
    Newer(u32),
    #[error("{0:?} is not a place")]
    Place(String),
}

impl<'a> StoredScope<&'a str> {
    fn of(scope: &'a Scope) -> Self {
        Self {
            account: scope.account.as_str(),
            place: place_text(&scope.place),
            kind: scope.kind.as_str(),
        }
    }
}

pub(super) fn write(finding: &Finding) -> Result<String, BodyError> {
    Ok(serde_json::to_string(&StoredBody {
        v: VERSION,
        scopes: finding.scopes.iter().map(StoredScope::of).collect(),
        name: &*finding.name,
        owner: &*finding.owner,
        tags: finding
            .tags
            .iter()
            .map(|(key, value)| (&**key, &**value))
            .collect(),
        evidence: &finding.evidence,
    })?)
}

pub(super) fn read(text: &str) -> Result<Body, BodyError> {
    let stored: StoredBody<String, BTreeMap<_, _>> = serde_json::from_str(text)?;
    if stored.v > VERSION {
        return Err(BodyError::Newer(stored.v));
    }
    let mut scopes = Vec::with_capacity(stored.scopes.len());
    for scope in stored.scopes {
        scopes.push(Scope {
            account: AccountId::new(scope.account),
            place: place_from_text(&scope.place).ok_or(BodyError::Place(scope.place))?,
            kind: Kind::new(scope.kind),
        });
    }
    Ok(Body {
        scopes,
        name: stored.name,
        owner: stored.owner,
        tags: stored.tags.into_iter().collect(),
        evidence: stored.evidence,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_a_later_release_is_skipped_and_a_missing_one_is_empty() {
        let body = read(r#"{"v":1,"name":"web","mood":{"good":true}}"#).unwrap();
        assert_eq!(body.name, "web");
        assert!(body.tags.is_empty() && body.scopes.is_empty());
    }

    #[test]
    fn a_version_that_means_something_else_is_not_guessed_at() {
        assert!(matches!(read(r#"{"v":2}"#), Err(BodyError::Newer(2))));
        assert!(matches!(read("{}"), Err(BodyError::Json(_))));
        let lost = r#"{"v":1,"scopes":[{"account":"a","place":"moon","kind":"k"}]}"#;
        assert!(matches!(read(lost), Err(BodyError::Place(_))));
    }
}
