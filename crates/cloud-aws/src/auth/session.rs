//! The JSON that the metadata service, containers and credential programs answer with.

use secrecy::SecretString;
use serde::Deserialize;

use super::{Credentials, NoCredentials};
use crate::decode::Loose;
use crate::times;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Session<'a> {
    #[serde(borrow)]
    code: Loose<'a>,
    #[serde(borrow)]
    access_key_id: Loose<'a>,
    #[serde(borrow)]
    secret_access_key: Loose<'a>,
    #[serde(borrow, alias = "SessionToken")]
    token: Loose<'a>,
    #[serde(borrow)]
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
    let (Some(id), Some(secret)) = (
        session.access_key_id.some_text(),
        session.secret_access_key.some_text(),
    ) else {
        return Err(NoCredentials::new(format!(
            "{whose} answered without an access key"
        )));
    };
    let token = session.token.some_text();
    // Ids of sessions begin so, by the cloud's own table of prefixes.
    if token.is_none() && id.starts_with("ASIA") {
        return Err(NoCredentials::new(format!(
            "{whose} answered with a session without its token"
        )));
    }
    let expires = times::instant_of(&session.expiration);
    if expires.is_none() && !session.expiration.is_empty() {
        return Err(NoCredentials::new(format!(
            "{whose} answered with an end that is no time"
        )));
    }
    Ok(Credentials {
        id,
        secret: SecretString::from(secret),
        token: token.map(SecretString::from),
        expires,
    })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn what(body: &str) -> String {
        read(body.as_bytes(), "the helper").unwrap_err().to_string()
    }

    #[test]
    fn machines_containers_and_programs_spell_a_session_in_their_own_way() {
        let machine = r#"{"Code":"Success","LastUpdated":"x","Type":"AWS-HMAC","AccessKeyId":"ASIAX",
            "SecretAccessKey":"s","Token":"t","Expiration":"2026-01-02T09:04:05Z"}"#;
        let container = r#"{"RoleArn":"arn:aws:iam::1:role/x","AccessKeyId":"ASIAX","SecretAccessKey":"s",
            "Token":"t","Expiration":"2026-01-02T09:04:05Z"}"#;
        let program = r#"{"Version":1,"AccessKeyId":"ASIAX","SecretAccessKey":"s","SessionToken":"t",
            "Expiration":"2026-01-02T17:04:05+08:00"}"#;
        for body in [machine, container, program] {
            let credentials = read(body.as_bytes(), "it").unwrap();
            assert_eq!(credentials.id, "ASIAX");
            assert_eq!(credentials.secret.expose_secret(), "s");
            assert_eq!(credentials.token.unwrap().expose_secret(), "t");
            let end = credentials.expires.unwrap().to_string();
            assert_eq!(end, "2026-01-02T09:04:05Z");
        }
        let for_good = br#"{"Version":1,"AccessKeyId":"AKIAX","SecretAccessKey":"s"}"#;
        assert!(read(for_good, "it").unwrap().expires.is_none());
    }

    #[test]
    fn half_a_key_is_no_key_and_is_not_shown() {
        for (body, expected) in [
            ("CANARY", "with no JSON of credentials"),
            (r#"{"Code":"Failed"}"#, "that it failed: Failed"),
            (r#"{"AccessKeyId":"CANARY"}"#, "without an access key"),
            (
                r#"{"AccessKeyId":"ASIACANARY","SecretAccessKey":"CANARY"}"#,
                "with a session without its token",
            ),
            (
                r#"{"AccessKeyId":"AKIA","SecretAccessKey":"CANARY","Expiration":"soon"}"#,
                "with an end that is no time",
            ),
        ] {
            assert_eq!(what(body), format!("the helper answered {expected}"));
        }
    }
}
