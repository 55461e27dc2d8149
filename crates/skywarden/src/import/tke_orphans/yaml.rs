//! The old file as it is written: every key it may have, every value a text with its place.

use serde::Deserialize;
use serde_saphyr::{Error, Location, Spanned};

use super::error::TkeOrphansError;
use super::excerpt::Lines;

/// One value: numbers and switches too are read as the text they are written as.
pub(super) type Leaf = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OldFile {
    pub(super) tencentcloud: Option<OldCloud>,
    pub(super) webhook: Option<OldWebhook>,
    pub(super) logging: Option<OldLogging>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OldCloud {
    pub(super) secret_id: Option<Leaf>,
    pub(super) secret_key: Option<Leaf>,
    pub(super) region: Option<Leaf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OldWebhook {
    pub(super) enabled: Option<Leaf>,
    pub(super) timeout: Option<Leaf>,
    pub(super) platforms: Option<OldPlatforms>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OldPlatforms {
    pub(super) wecom: Option<OldRobot>,
    pub(super) dingtalk: Option<OldRobot>,
    pub(super) feishu: Option<OldRobot>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OldRobot {
    pub(super) enabled: Option<Leaf>,
    pub(super) url: Option<Leaf>,
    pub(super) secret: Option<Leaf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OldLogging {
    pub(super) level: Option<Leaf>,
}

/// Reads the file.
pub(super) fn read(text: &str, lines: &Lines<'_>) -> Result<OldFile, TkeOrphansError> {
    if text.trim().is_empty() {
        return Err(TkeOrphansError::Missing {
            key: "tencentcloud",
        });
    }
    let options = serde_saphyr::options! { with_snippet: false };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| refused(&error, lines))
}

/// Says what is wrong without the reader's own words, which may have a value in them.
fn refused(error: &Error, lines: &Lines<'_>) -> TkeOrphansError {
    let error = error.without_snippet();
    let place = error.location().unwrap_or(Location::UNKNOWN);
    let excerpt = lines.excerpt(place);
    match error {
        Error::SerdeUnknownField {
            field, expected, ..
        } => TkeOrphansError::UnknownKey {
            key: shortened(field),
            known: expected.clone(),
            excerpt: lines.of_key(place),
        },
        Error::DuplicateMappingKey { key, .. } => TkeOrphansError::Twice {
            key: key.as_deref().map(shortened).unwrap_or_default(),
            excerpt: lines.of_key(place),
        },
        Error::SerdeInvalidType { .. }
        | Error::Unexpected { .. }
        | Error::UnexpectedSequenceEnd { .. }
        | Error::UnexpectedMappingEnd { .. }
        | Error::NullIntoString { .. }
        | Error::SerdeInvalidLength { .. } => TkeOrphansError::Shape { excerpt },
        _ => TkeOrphansError::Syntax { excerpt },
    }
}

/// Returns a key as it may be shown: a key is no secret, unless somebody forgot the colon.
fn shortened(key: &str) -> String {
    let shown: String = key.chars().filter(|it| !it.is_control()).take(40).collect();
    match shown.len() < key.len() {
        true => format!("{shown}…"),
        false => shown,
    }
}
