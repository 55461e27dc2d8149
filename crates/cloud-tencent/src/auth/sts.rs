//! Takes roles at the token service.

use std::time::Duration;

use cloud::{CloudError, ErrorKind};
use secrecy::SecretString;

use super::keys::Failure;
use super::{Credentials, NoCredentials};
use crate::decode::{self, Loose, Misread};
use crate::operations::{ASSUME_ROLE, ASSUME_ROLE_WITH_TOKEN};
use crate::rpc::{Line, Rpc, Signer};
use crate::times;

/// The name of a session that was given none.
pub(super) const SESSION: &str = "skywarden";
/// How long a session lives that was given no end: what every role allows.
pub(super) const DURATION: Duration = Duration::from_secs(3600);
/// The longest session there is.
const LONGEST: u64 = 43_200;
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

decode::wire! {
    struct Answer<'a> {
        credentials: Option<Session<'a>>,
        expired_time: Loose<'a>,
        expiration: Loose<'a>,
    }
    struct Session<'a> {
        tmp_secret_id: Loose<'a>,
        tmp_secret_key: Loose<'a>,
        token: Loose<'a>,
    }
}

fn decode(body: &str) -> Result<Credentials, Misread> {
    let answer: Answer<'_> = decode::object(body)?;
    let session = answer.credentials.ok_or(Misread::Lacks("Credentials"))?;
    let text = |field: &Loose<'_>, name| field.some_text().ok_or(Misread::Lacks(name));
    let expires = times::instant_of(&answer.expired_time);
    Ok(Credentials {
        id: text(&session.tmp_secret_id, "TmpSecretId")?,
        secret: SecretString::from(text(&session.tmp_secret_key, "TmpSecretKey")?),
        token: Some(SecretString::from(text(&session.token, "Token")?)),
        expires: expires.or_else(|| times::instant_of(&answer.expiration)),
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

/// Takes a role with the token of an identity provider, read anew from its file.
pub(super) async fn assume_role_with_token(
    line: &Line,
    provider: &str,
    token_file: &std::path::Path,
    role: &Role<'_>,
) -> Result<Credentials, Failure> {
    let token = super::profile::read_bounded(token_file, LONGEST_TOKEN)
        .await
        .map_err(|error| {
            let what = format!("cannot read the token {}", token_file.display());
            NoCredentials::because(what, error)
        })?;
    let token = String::from_utf8(token)
        .map_err(|_| NoCredentials::new(format!("{} holds no token", token_file.display())))?;
    let call = Rpc::new(line, Signer::Nobody, &ASSUME_ROLE_WITH_TOKEN, decode)
        .with("ProviderId", provider)
        .with("WebIdentityToken", token.trim())
        .with("RoleArn", role.arn)
        .with("RoleSessionName", role.session)
        .with("DurationSeconds", seconds(role.duration));
    call.send()
        .await
        .map_err(|error| Failure::from(naming(error, role.arn)))
}

fn seconds(duration: Duration) -> u64 {
    duration.as_secs().clamp(1, LONGEST)
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
