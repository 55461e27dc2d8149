//! The JSON that metadata services, credential addresses and credential programs answer with.

use secrecy::SecretString;
use serde::Deserialize;

use super::{Credentials, NoCredentials};
use crate::decode::Loose;
use crate::times;

/// In the spelling of the metadata service, or in that of the command line tool.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Session<'a> {
    #[serde(borrow, rename = "Code", alias = "code")]
    code: Loose<'a>,
    #[serde(borrow, rename = "mode", alias = "Mode")]
    mode: Loose<'a>,
    #[serde(borrow, rename = "AccessKeyId", alias = "access_key_id")]
    id: Loose<'a>,
    #[serde(borrow, rename = "AccessKeySecret", alias = "access_key_secret")]
    secret: Loose<'a>,
    #[serde(
        borrow,
        rename = "SecurityToken",
        alias = "sts_token",
        alias = "security_token"
    )]
    token: Loose<'a>,
    #[serde(
        borrow,
        rename = "Expiration",
        alias = "expiration",
        alias = "sts_expiration"
    )]
    expiration: Loose<'a>,
}

/// Reads credentials out of `body`; `whose` names where it came from, in errors.
///
/// # Errors
///
/// When it holds none. The body itself is never shown: it may hold half of a key.
pub(super) fn read(body: &[u8], whose: &str) -> Result<Credentials, NoCredentials> {
    let session: Session<'_> = serde_json::from_slice(body)
        .map_err(|_| NoCredentials::new(format!("{whose} answered with no JSON of credentials")))?;
    let code = session.code.text();
    if !code.is_empty() && !code.eq_ignore_ascii_case("success") {
        let code: String = code
            .chars()
            .filter(|it| !it.is_control())
            .take(60)
            .collect();
        return Err(NoCredentials::new(format!(
            "{whose} answered that it failed: {code}"
        )));
    }
    let (Some(id), Some(secret)) = (session.id.some_text(), session.secret.some_text()) else {
        return Err(NoCredentials::new(format!(
            "{whose} answered without an access key"
        )));
    };
    let token = session.token.some_text();
    let session_without_token = token.is_none()
        && (id.starts_with("STS.") || session.mode.text().eq_ignore_ascii_case("StsToken"));
    if session_without_token {
        return Err(NoCredentials::new(format!(
            "{whose} answered with a session without its token"
        )));
    }
    Ok(Credentials {
        id,
        secret: SecretString::from(secret),
        token: token.map(SecretString::from),
        expires: end(&session.expiration),
    })
}

/// Programs write the end as text, or in seconds since 1970.
pub(super) fn end(field: &Loose<'_>) -> Option<jiff::Timestamp> {
    match field.whole() {
        Some(seconds) if (1..100_000_000_000).contains(&seconds) => {
            jiff::Timestamp::from_second(seconds).ok()
        }
        _ => times::instant_of(field),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn what(body: &str) -> String {
        read(body.as_bytes(), "the helper").unwrap_err().to_string()
    }

    #[test]
    fn both_spellings_are_read() {
        let metadata = r#"{"Code":"Success","AccessKeyId":"STS.a","AccessKeySecret":"s",
            "SecurityToken":"t","Expiration":"2026-01-02T09:04:05Z","LastUpdated":"x"}"#;
        let tool = r#"{"mode":"StsToken","access_key_id":"STS.a","access_key_secret":"s",
            "sts_token":"t","expiration":1767344645}"#;
        for body in [metadata, tool] {
            let credentials = read(body.as_bytes(), "it").unwrap();
            assert_eq!(
                (credentials.id.as_str(), credentials.secret.expose_secret()),
                ("STS.a", "s")
            );
            assert_eq!(credentials.token.unwrap().expose_secret(), "t");
            assert_eq!(
                credentials.expires.unwrap().to_string(),
                "2026-01-02T09:04:05Z"
            );
        }
        let for_good = read(
            br#"{"mode":"AK","access_key_id":"a","access_key_secret":"s"}"#,
            "it",
        );
        assert!(for_good.unwrap().expires.is_none());
    }

    #[test]
    fn half_a_key_is_no_key_and_is_not_shown() {
        assert_eq!(
            what("CANARY"),
            "the helper answered with no JSON of credentials"
        );
        assert_eq!(
            what(r#"{"Code":"Failed"}"#),
            "the helper answered that it failed: Failed"
        );
        let half = what(r#"{"AccessKeyId":"CANARY"}"#);
        assert_eq!(half, "the helper answered without an access key");
        let no_token = what(r#"{"AccessKeyId":"STS.CANARY","AccessKeySecret":"CANARY"}"#);
        assert_eq!(
            no_token,
            "the helper answered with a session without its token"
        );
    }
}
