//! The profiles of the `aliyun` command line tool, in `~/.aliyun/config.json`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use tokio::io::AsyncReadExt as _;

use super::{CredentialSource, Credentials, Environment, NoCredentials, command, session};
use crate::decode::Loose;

const LARGEST_FILE: u64 = 1 << 20;

/// A profile that was found on the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileOnDisk {
    /// Its name.
    pub name: String,
    /// How it proves who it is, in the tool's word: `AK`, `StsToken`, `RamRoleArn`.
    pub mode: String,
    /// Whether it is the one that the tool uses when nobody says otherwise.
    pub current: bool,
}

/// Returns the profiles of the `aliyun` command line tool; none where the tool has no file.
///
/// # Errors
///
/// When there is a file that cannot be read.
pub async fn profiles(environment: &Environment) -> Result<Vec<ProfileOnDisk>, NoCredentials> {
    let Some(path) = default_path(environment) else {
        return Ok(Vec::new());
    };
    let Some(body) = read_if_there(&path).await? else {
        return Ok(Vec::new());
    };
    let file = parse(&body, &path)?;
    let current = file.current.text();
    let found = file.profiles.iter().map(|it| ProfileOnDisk {
        name: it.name.text().into_owned(),
        mode: it.mode().to_owned(),
        current: it.name.text() == current,
    });
    Ok(found.collect())
}

/// What a profile leads to.
#[derive(Debug)]
pub(super) enum Named {
    /// Another source.
    Source(CredentialSource),
    /// Keys that stand in the file, with their end.
    Keys(Credentials),
}

/// Returns where the tool keeps its profiles.
pub(super) fn default_path(environment: &Environment) -> Option<PathBuf> {
    Some(environment.home.as_ref()?.join(".aliyun/config.json"))
}

/// Reads a file that may be missing.
pub(super) async fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, NoCredentials> {
    match read_bounded(path, LARGEST_FILE).await {
        Ok(body) => Ok(Some(body)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(NoCredentials::because(
            format!("cannot read {}", path.display()),
            error,
        )),
    }
}

/// Reads a file that is not larger than `limit`.
pub(super) async fn read_bounded(path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    let file = tokio::fs::File::open(path).await?;
    file.take(limit + 1).read_to_end(&mut body).await?;
    if body.len() as u64 > limit {
        return Err(std::io::Error::other(format!(
            "it is larger than {limit} bytes"
        )));
    }
    Ok(body)
}

/// Returns what the profile `name` of the file `body` leads to; the current one when `None`.
pub(super) fn find(
    body: &[u8],
    path: &Path,
    name: Option<&str>,
    environment: &Environment,
    now: Timestamp,
) -> Result<Named, NoCredentials> {
    let file = parse(body, path)?;
    let current = file.current.text();
    let name = match name {
        Some(name) => name,
        None if current.is_empty() => "default",
        None => current.as_ref(),
    };
    let Some(profile) = file.profiles.iter().find(|it| it.name.text() == name) else {
        let known: Vec<_> = file.profiles.iter().map(|it| it.name.text()).collect();
        let known = if known.is_empty() {
            "none".into()
        } else {
            known.join(", ")
        };
        let path = path.display();
        return Err(NoCredentials::new(format!(
            "{path} has no profile {name:?}; it has {known}"
        )));
    };
    profile.leads_to(path, environment, now)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct File<'a> {
    #[serde(borrow)]
    current: Loose<'a>,
    #[serde(borrow)]
    profiles: Vec<Profile<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Profile<'a> {
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    mode: Loose<'a>,
    #[serde(borrow)]
    access_key_id: Loose<'a>,
    #[serde(borrow)]
    access_key_secret: Loose<'a>,
    #[serde(borrow)]
    sts_token: Loose<'a>,
    #[serde(borrow)]
    sts_expiration: Loose<'a>,
    #[serde(borrow)]
    ram_role_name: Loose<'a>,
    #[serde(borrow)]
    ram_role_arn: Loose<'a>,
    /// The tool writes this, and the official library reads the other for OIDC.
    #[serde(borrow)]
    ram_session_name: Loose<'a>,
    #[serde(borrow)]
    role_session_name: Loose<'a>,
    #[serde(borrow)]
    expired_seconds: Loose<'a>,
    #[serde(borrow)]
    external_id: Loose<'a>,
    #[serde(borrow)]
    source_profile: Loose<'a>,
    #[serde(borrow)]
    process_command: Loose<'a>,
    #[serde(borrow)]
    credentials_uri: Loose<'a>,
    #[serde(borrow)]
    oidc_provider_arn: Loose<'a>,
    #[serde(borrow)]
    oidc_token_file: Loose<'a>,
}

fn parse<'a>(body: &'a [u8], path: &Path) -> Result<File<'a>, NoCredentials> {
    // What serde says may quote the file, so only the place is told.
    serde_json::from_slice(body).map_err(|error| {
        let (path, line, column) = (path.display(), error.line(), error.column());
        NoCredentials::new(format!(
            "{path} is not the JSON it should be, line {line}, column {column}"
        ))
    })
}

impl Profile<'_> {
    fn mode(&self) -> &str {
        match &self.mode {
            Loose::Text(text) if !text.trim().is_empty() => text.trim(),
            // The oldest versions of the tool wrote no mode.
            _ => "AK",
        }
    }

    fn leads_to(
        &self,
        path: &Path,
        environment: &Environment,
        now: Timestamp,
    ) -> Result<Named, NoCredentials> {
        let source = match self.mode().to_ascii_lowercase().as_str() {
            "ak" => self.keys(path, None)?,
            "ststoken" => self.keys(path, Some(&self.sts_token))?,
            "ramrolearn" => self.role(path, self.keys(path, None)?)?,
            "chainableramrolearn" => {
                let name = Some(self.need(path, "source_profile", &self.source_profile)?);
                let via = CredentialSource::Profile {
                    name,
                    path: Some(path.to_owned()),
                };
                self.role(path, via)?
            }
            "ecsramrole" => CredentialSource::EcsRole {
                role: self.ram_role_name.some_text(),
            },
            "external" if environment.says_true("ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS") => {
                let why = "it runs a program, which ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS forbids";
                return Err(self.unusable(path, why));
            }
            "external" => {
                let line = self.need(path, "process_command", &self.process_command)?;
                CredentialSource::Command(command::words(&line)?)
            }
            "credentialsuri" => {
                let uri = self.need(path, "credentials_uri", &self.credentials_uri)?;
                let uri = uri
                    .parse()
                    .map_err(|_| self.unusable(path, "credentials_uri is no address"))?;
                CredentialSource::Uri(uri)
            }
            "oidc" => CredentialSource::Oidc {
                provider: self.need(path, "oidc_provider_arn", &self.oidc_provider_arn)?,
                arn: self.need(path, "ram_role_arn", &self.ram_role_arn)?,
                token_file: self
                    .need(path, "oidc_token_file", &self.oidc_token_file)?
                    .into(),
                session: self.session(),
                duration: self.duration(),
            },
            "cloudsso" | "oauth" => return self.cached(path, now),
            "rsakeypair" | "ramrolearnwithrolename" => {
                return Err(self.unusable(
                    path,
                    "its mode is no longer supported by the cloud's own tools",
                ));
            }
            "anonymous" | "bearertoken" => {
                return Err(self.unusable(path, "its mode cannot sign requests"));
            }
            _ => return Err(self.unusable(path, "its mode is not known here")),
        };
        Ok(Named::Source(source))
    }

    fn keys(
        &self,
        path: &Path,
        token: Option<&Loose<'_>>,
    ) -> Result<CredentialSource, NoCredentials> {
        let token = match token {
            Some(token) => Some(self.need(path, "sts_token", token)?),
            // Keys of a session may stand under a role, too.
            None => self.sts_token.some_text(),
        };
        Ok(CredentialSource::Static {
            id: self.need(path, "access_key_id", &self.access_key_id)?,
            secret: self
                .need(path, "access_key_secret", &self.access_key_secret)?
                .into(),
            token: token.map(SecretString::from),
        })
    }

    fn role(&self, path: &Path, via: CredentialSource) -> Result<CredentialSource, NoCredentials> {
        Ok(CredentialSource::AssumeRole {
            arn: self.need(path, "ram_role_arn", &self.ram_role_arn)?,
            external_id: self.external_id.some_text(),
            session: self.session(),
            duration: self.duration(),
            via: Box::new(via),
        })
    }

    /// The browser's log-in left keys for a while, which only the tool can renew.
    fn cached(&self, path: &Path, now: Timestamp) -> Result<Named, NoCredentials> {
        let expires = session::end(&self.sts_expiration);
        if self.access_key_id.is_empty() || expires.is_some_and(|end| end <= now) {
            let why = "its log-in has run out: log in again with `aliyun configure`";
            return Err(self.unusable(path, why));
        }
        Ok(Named::Keys(Credentials {
            id: self.need(path, "access_key_id", &self.access_key_id)?,
            secret: self
                .need(path, "access_key_secret", &self.access_key_secret)?
                .into(),
            token: Some(self.need(path, "sts_token", &self.sts_token)?.into()),
            expires,
        }))
    }

    fn session(&self) -> Option<String> {
        self.ram_session_name
            .some_text()
            .or_else(|| self.role_session_name.some_text())
    }

    fn duration(&self) -> Option<Duration> {
        self.expired_seconds
            .count()
            .filter(|it| *it > 0)
            .map(Duration::from_secs)
    }

    fn need(&self, path: &Path, key: &str, value: &Loose<'_>) -> Result<String, NoCredentials> {
        value
            .some_text()
            .ok_or_else(|| self.unusable(path, &format!("it has no {key}")))
    }

    fn unusable(&self, path: &Path, why: &str) -> NoCredentials {
        let (name, mode, path) = (self.name.text(), self.mode(), path.display());
        NoCredentials::new(format!(
            "the profile {name:?} ({mode}) of {path} cannot be used: {why}"
        ))
    }
}

#[cfg(test)]
mod tests;
