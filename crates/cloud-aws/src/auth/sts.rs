//! Takes roles at the token service.
//!
//! The service is asked in the account's home region: sessions of its one global address are not
//! taken in regions that an account has to open first.

use std::time::Duration;

use cloud::{CloudError, ErrorKind};
use secrecy::SecretString;
use serde::Deserialize;

use super::keys::Failure;
use super::{Credentials, files};
use crate::call::{AwsCall, Line, Signer};
use crate::decode::Misread;
use crate::operations::{ASSUME_ROLE, ASSUME_ROLE_WITH_WEB_IDENTITY};
use crate::query::{read_result, some};
use crate::times;

/// The name of a session that was given none.
pub(super) const SESSION: &str = "skywarden";
/// How long a session lives that was given no end: what every role allows, also one taken with
/// another role.
pub(super) const DURATION: Duration = Duration::from_secs(3600);
/// The shortest session there is.
const SHORTEST: u64 = 900;
/// A token of an identity provider has at most 20,000 characters.
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
struct Answer {
    #[serde(rename = "Credentials")]
    credentials: Option<Session>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Session {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expiration: String,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

fn credentials(answer: Answer) -> Result<Credentials, Misread> {
    let session = answer.credentials.ok_or(Misread::Lacks("Credentials"))?;
    let need = |text: &str, name| some(text).map(str::to_owned).ok_or(Misread::Lacks(name));
    Ok(Credentials {
        id: need(&session.access_key_id, "AccessKeyId")?,
        secret: need(&session.secret_access_key, "SecretAccessKey")?.into(),
        token: Some(need(&session.session_token, "SessionToken")?.into()),
        expires: times::instant(&session.expiration),
    })
}

fn decode_role(body: &[u8]) -> Result<Credentials, Misread> {
    credentials(read_result(body, "AssumeRoleResponse")?)
}

fn decode_web_identity(body: &[u8]) -> Result<Credentials, Misread> {
    credentials(read_result(body, "AssumeRoleWithWebIdentityResponse")?)
}

/// Takes a role with other credentials.
pub(super) async fn assume_role(
    line: &Line,
    signer: Signer<'_>,
    role: &Role<'_>,
) -> Result<Credentials, Failure> {
    let mut call = AwsCall::new(line, signer, &ASSUME_ROLE, decode_role)
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
pub(super) async fn assume_role_with_web_identity(
    line: &Line,
    token_file: &std::path::Path,
    role: &Role<'_>,
) -> Result<Credentials, Failure> {
    let token = SecretString::from(files::read_token(token_file, LONGEST_TOKEN).await?);
    let operation = &ASSUME_ROLE_WITH_WEB_IDENTITY;
    let call = AwsCall::new(line, Signer::Nobody, operation, decode_web_identity)
        .with("RoleArn", role.arn)
        .with("RoleSessionName", role.session)
        .with("DurationSeconds", seconds(role.duration))
        .with(
            "WebIdentityToken",
            secrecy::ExposeSecret::expose_secret(&token),
        );
    call.send()
        .await
        .map_err(|error| Failure::from(naming(error, role.arn)))
}

fn seconds(duration: Duration) -> String {
    duration.as_secs().max(SHORTEST).to_string()
}

/// Says which role it was: the cloud's words do not always.
fn naming(mut error: CloudError, arn: &str) -> CloudError {
    let is_of_net = matches!(error.kind, ErrorKind::Unsent | ErrorKind::Unanswered);
    if !is_of_net && !error.message.contains(arn) {
        error.message = format!("{} (role {arn})", error.message)
            .trim_start()
            .to_owned();
    }
    error
}
