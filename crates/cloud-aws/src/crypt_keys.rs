//! Tells what encryption keys can be used for (KMS).
//!
//! What a state lets be done is read from "Key states of AWS KMS keys": only `Enabled` and `Updating`
//! let anything be decrypted.

use async_trait::async_trait;
use cloud::{CloudError, CryptKeys, ErrorKind, Provider as _};
use jiff::Timestamp;
use model::{KeyState, Place, RegionId, ResourceId};
use serde::Deserialize;

use crate::Aws;
use crate::decode::{Loose, Misread};
use crate::operations::DESCRIBE_KEY;

#[async_trait]
impl CryptKeys for Aws {
    /// A key of another account is shown to those only whom its own policy names, and a key that its
    /// owner has taken away is refused in the same words.
    async fn key_state(&self, region: &RegionId, key: &ResourceId) -> Result<KeyState, CloudError> {
        let asked = self
            .call(&DESCRIBE_KEY, decode)
            .at(&Place::Region(region.clone()))
            .with_json("KeyId", key.as_str())
            .send()
            .await;
        match asked {
            Err(error) if error.kind == ErrorKind::NotFound => Ok(KeyState::Gone),
            Err(error) if is_denied(&error) && self.is_of_another(key).await? => {
                Ok(KeyState::Withheld)
            }
            other => other,
        }
    }
}

fn is_denied(error: &CloudError) -> bool {
    matches!(error.kind, ErrorKind::Denied { .. })
}

impl Aws {
    /// Returns whether a key is of another account; who we are is asked only when one was denied.
    async fn is_of_another(&self, key: &ResourceId) -> Result<bool, CloudError> {
        match owner(key.as_str()) {
            Some(owner) => Ok(self.identity().await?.account != owner),
            None => Ok(false),
        }
    }
}

/// Returns the account that an ARN names: `arn:aws:kms:us-east-1:111122223333:key/…`.
fn owner(arn: &str) -> Option<&str> {
    let rest = arn.strip_prefix("arn:")?;
    rest.split(':').nth(3).filter(|it| !it.is_empty())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(borrow)]
    key_metadata: Option<Metadata<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Metadata<'a> {
    #[serde(borrow)]
    key_state: Loose<'a>,
    #[serde(borrow)]
    deletion_date: Loose<'a>,
}

fn decode(body: &[u8]) -> Result<KeyState, Misread> {
    let answer: Answer<'_> = serde_json::from_slice(body)?;
    let key = answer.key_metadata.ok_or(Misread::Lacks("KeyMetadata"))?;
    let state = key.key_state.some_text();
    let state = state.ok_or(Misread::Lacks("KeyState"))?;
    Ok(match state.as_str() {
        "Enabled" | "Updating" => KeyState::Usable,
        "Disabled" => KeyState::Disabled,
        // The date of a primary key is known when its last replica is gone.
        "PendingDeletion" | "PendingReplicaDeletion" => KeyState::Leaving {
            at: seconds(&key.deletion_date.text()),
        },
        "PendingImport" | "Unavailable" => KeyState::Unusable(state),
        _ => KeyState::Other(state),
    })
}

/// Reads seconds since 1970, with a fraction or without.
fn seconds(text: &str) -> Option<Timestamp> {
    let whole = text.split('.').next().unwrap_or_default();
    Timestamp::from_second(whole.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(metadata: &str) -> Result<KeyState, Misread> {
        decode(format!(r#"{{"KeyMetadata":{metadata}}}"#).as_bytes())
    }

    #[test]
    fn every_state_says_whether_the_key_can_be_used() {
        for (word, expected) in [
            ("Enabled", KeyState::Usable),
            ("Updating", KeyState::Usable),
            ("Disabled", KeyState::Disabled),
            ("PendingDeletion", KeyState::Leaving { at: None }),
            ("PendingReplicaDeletion", KeyState::Leaving { at: None }),
            ("Unavailable", KeyState::Unusable("Unavailable".to_owned())),
            (
                "PendingImport",
                KeyState::Unusable("PendingImport".to_owned()),
            ),
            ("Creating", KeyState::Other("Creating".to_owned())),
            ("Hibernating", KeyState::Other("Hibernating".to_owned())),
        ] {
            let metadata = format!(r#"{{"KeyId":"k","KeyState":"{word}"}}"#);
            assert_eq!(state(&metadata).unwrap(), expected, "{word}");
        }
    }

    #[test]
    fn the_day_on_which_it_goes_is_read_with_a_fraction_or_without() {
        let at = Some("2026-11-28T04:00:00Z".parse().unwrap());
        for date in ["1795838400", "1795838400.123"] {
            let metadata = format!(r#"{{"KeyState":"PendingDeletion","DeletionDate":{date}}}"#);
            assert_eq!(
                state(&metadata).unwrap(),
                KeyState::Leaving { at },
                "{date}"
            );
        }
    }

    #[test]
    fn an_answer_without_a_state_is_no_answer() {
        for body in ["{}", r#"{"KeyMetadata":{}}"#, "[]", "<html>"] {
            assert!(decode(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn the_owner_of_a_key_stands_in_its_name() {
        let own = "arn:aws-cn:kms:cn-north-1:111122223333:key/1";
        assert_eq!(owner(own), Some("111122223333"));
        for bare in ["", "1234abcd", "alias/backup", "arn:aws:kms"] {
            assert_eq!(owner(bare), None, "{bare}");
        }
    }
}
