//! The JSON that metadata services, credential addresses and credential programs answer with.

use secrecy::SecretString;
use serde::Deserialize;

use super::{Credentials, NoCredentials};
use crate::decode::Loose;
use crate::times;

/// In the spelling of the metadata service and the token service, or in that of the command line
/// tool's own file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Session<'a> {
    #[serde(borrow, rename = "Code")]
    code: Loose<'a>,
    #[serde(borrow, rename = "TmpSecretId")]
    id: Loose<'a>,
    #[serde(borrow, rename = "TmpSecretKey")]
    secret: Loose<'a>,
    #[serde(borrow, rename = "Token")]
    token: Loose<'a>,
    #[serde(borrow, rename = "ExpiredTime")]
    expires: Loose<'a>,
    #[serde(borrow, rename = "secretId")]
    tool_id: Loose<'a>,
    #[serde(borrow, rename = "secretKey")]
    tool_secret: Loose<'a>,
    #[serde(borrow, rename = "token")]
    tool_token: Loose<'a>,
    #[serde(borrow, rename = "expiresAt")]
    tool_expires: Loose<'a>,
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
        let what = format!("{whose} answered that it failed: {code}");
        return Err(NoCredentials::new(what));
    }
    let either = |one: &Loose<'_>, other: &Loose<'_>| one.some_text().or_else(|| other.some_text());
    let id = either(&session.id, &session.tool_id);
    let secret = either(&session.secret, &session.tool_secret);
    let (Some(id), Some(secret)) = (id, secret) else {
        let what = format!("{whose} answered without a key");
        return Err(NoCredentials::new(what));
    };
    let token = either(&session.token, &session.tool_token);
    if token.is_none() && !session.id.is_empty() {
        let what = format!("{whose} answered with a session without its token");
        return Err(NoCredentials::new(what));
    }
    let expires = times::instant_of(&session.expires);
    Ok(Credentials {
        id,
        secret: SecretString::from(secret),
        token: token.map(SecretString::from),
        expires: expires.or_else(|| times::instant_of(&session.tool_expires)),
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
    fn both_spellings_are_read() {
        let metadata = r#"{"TmpSecretId":"AKID.a","TmpSecretKey":"s","ExpiredTime":1767344645,
            "Expiration":"2026-01-02T09:04:05Z","Token":"t","Code":"Success"}"#;
        let tool = r#"{"secretId":"AKID.a","secretKey":"s","token":"t","expiresAt":1767344645}"#;
        for body in [metadata, tool] {
            let credentials = read(body.as_bytes(), "it").unwrap();
            assert_eq!(
                (credentials.id.as_str(), credentials.secret.expose_secret()),
                ("AKID.a", "s")
            );
            assert_eq!(credentials.token.unwrap().expose_secret(), "t");
            assert_eq!(
                credentials.expires.unwrap().to_string(),
                "2026-01-02T09:04:05Z"
            );
        }
        let for_good = read(br#"{"secretId":"a","secretKey":"s"}"#, "it").unwrap();
        assert!(for_good.expires.is_none() && for_good.token.is_none());
    }

    #[test]
    fn half_a_key_is_no_key_and_is_not_shown() {
        assert_eq!(
            what("CANARY"),
            "the helper answered with no JSON of credentials"
        );
        assert_eq!(
            what(r#"{"Code":"InternalError"}"#),
            "the helper answered that it failed: InternalError"
        );
        let half = what(r#"{"TmpSecretId":"CANARY"}"#);
        assert_eq!(half, "the helper answered without a key");
        let no_token = what(r#"{"TmpSecretId":"CANARY","TmpSecretKey":"CANARY"}"#);
        assert_eq!(
            no_token,
            "the helper answered with a session without its token"
        );
    }
}
