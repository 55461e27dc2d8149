//! Takes roles at the token service.

use std::time::Duration;

use cloud::{CloudError, ErrorKind};
use secrecy::SecretString;
use serde::Deserialize;

use super::keys::Failure;
use super::{Credentials, NoCredentials};
use crate::decode::{Loose, Misread};
use crate::operations::{ASSUME_ROLE, ASSUME_ROLE_WITH_OIDC};
use crate::rpc::{Line, Rpc, Signer};
use crate::times;

/// The name of a session that was given none.
pub(super) const SESSION: &str = "skywarden";
/// How long a session lives that was given no end: what every role allows.
pub(super) const DURATION: Duration = Duration::from_secs(3600);
/// The shortest session there is.
const SHORTEST: u64 = 900;
/// A token of an identity provider is a few kilobytes.
const LONGEST_TOKEN: u64 = 64 << 10;

/// Which role is taken, and how.
#[derive(Debug)]
pub(super) struct Role<'a> {
    pub(super) arn: &'a str,
    pub(super) external_id: Option<&'a str>,
    pub(super) session: &'a str,
    pub(super) duration: Duration,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer<'a> {
    #[serde(borrow, rename = "Credentials")]
    credentials: Option<Session<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Session<'a> {
    #[serde(borrow)]
    access_key_id: Loose<'a>,
    #[serde(borrow)]
    access_key_secret: Loose<'a>,
    #[serde(borrow)]
    security_token: Loose<'a>,
    #[serde(borrow)]
    expiration: Loose<'a>,
}

fn decode(body: &str) -> Result<Credentials, Misread> {
    let answer: Answer<'_> = serde_json::from_str(body)?;
    let session = answer.credentials.ok_or(Misread::Lacks("Credentials"))?;
    let secret = |field: &Loose<'_>, name| {
        field
            .some_text()
            .map(SecretString::from)
            .ok_or(Misread::Lacks(name))
    };
    Ok(Credentials {
        id: session
            .access_key_id
            .some_text()
            .ok_or(Misread::Lacks("AccessKeyId"))?,
        secret: secret(&session.access_key_secret, "AccessKeySecret")?,
        token: Some(secret(&session.security_token, "SecurityToken")?),
        expires: times::instant_of(&session.expiration),
    })
}

/// Takes a role with other credentials.
pub(super) async fn assume_role(
    line: &Line,
    signer: Signer<'_>,
    role: &Role<'_>,
) -> Result<Credentials, Failure> {
    let mut call = Rpc::new(line, signer, &ASSUME_ROLE, decode)
        .with("RoleArn", role.arn)
        .with("RoleSessionName", role.session)
        .with("DurationSeconds", seconds(role.duration));
    if let Some(external_id) = role.external_id {
        call = call.with("ExternalId", external_id);
    }
    call.send()
        .await
        .map_err(|error| Failure::from(naming(error, role.arn)))
}

/// Takes a role with the token of an identity provider.
pub(super) async fn assume_role_with_oidc(
    line: &Line,
    provider: &str,
    token_file: &std::path::Path,
    role: &Role<'_>,
) -> Result<Credentials, Failure> {
    let token = super::profile::read_bounded(token_file, LONGEST_TOKEN)
        .await
        .map_err(|error| {
            NoCredentials::because(
                format!("cannot read the token {}", token_file.display()),
                error,
            )
        })?;
    let token = String::from_utf8(token)
        .map_err(|_| NoCredentials::new(format!("{} holds no token", token_file.display())))?;
    let call = Rpc::new(line, Signer::Nobody, &ASSUME_ROLE_WITH_OIDC, decode)
        .with("OIDCProviderArn", provider)
        .with("RoleArn", role.arn)
        .with("RoleSessionName", role.session)
        .with("DurationSeconds", seconds(role.duration))
        .with_form("OIDCToken", token.trim());
    call.send()
        .await
        .map_err(|error| Failure::from(naming(error, role.arn)))
}

fn seconds(duration: Duration) -> String {
    duration.as_secs().max(SHORTEST).to_string()
}

/// Says which role it was: the cloud's words do not.
fn naming(mut error: CloudError, arn: &str) -> CloudError {
    if !matches!(error.kind, ErrorKind::Unsent | ErrorKind::Unanswered) {
        error.message = format!("{} (role {arn})", error.message)
            .trim_start()
            .to_owned();
    }
    error
}
