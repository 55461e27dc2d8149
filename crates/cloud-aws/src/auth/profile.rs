//! The profiles of the command line tool, in `~/.aws/config` and `~/.aws/credentials`.
//!
//! Invariant: profiles that lead to each other in a circle are refused, not followed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::files::read_if_there;
use super::ini::{self, FileKind, Settings};
use super::{CredentialSource, Environment, NoCredentials, command};

/// A profile that was found on the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileOnDisk {
    /// Its name.
    pub name: String,
    /// How it proves who it is: `key`, `session`, `role`, `program`, `web identity`, `sso`.
    pub mode: String,
    /// Whether it is the one that the tool uses when nobody says otherwise.
    pub current: bool,
}

/// Returns the profiles of the command line tool; none where the tool has no file.
///
/// # Errors
///
/// When there is a file that cannot be read.
pub async fn profiles(environment: &Environment) -> Result<Vec<ProfileOnDisk>, NoCredentials> {
    let Some(book) = Book::open(environment, None).await? else {
        return Ok(Vec::new());
    };
    let current = named(environment);
    let found = book.profiles.iter().map(|(name, settings)| ProfileOnDisk {
        name: name.clone(),
        mode: mode(settings).to_owned(),
        current: *name == current,
    });
    Ok(found.collect())
}

/// Returns the profile that the tool uses when nobody says otherwise.
pub(super) fn named(environment: &Environment) -> String {
    environment
        .get("AWS_PROFILE")
        .or_else(|| environment.get("AWS_DEFAULT_PROFILE"))
        .unwrap_or("default")
        .to_owned()
}

/// All profiles of both files.
#[derive(Debug)]
pub(super) struct Book {
    profiles: BTreeMap<String, Settings>,
    /// Where they stand, for errors.
    place: String,
}

impl Book {
    /// Reads both files, in `folder` or where the environment says; `None` when neither is there.
    pub(super) async fn open(
        environment: &Environment,
        folder: Option<&Path>,
    ) -> Result<Option<Self>, NoCredentials> {
        let Some([config, credentials]) = paths(environment, folder) else {
            return Ok(None);
        };
        let texts = (
            read_if_there(&config).await?,
            read_if_there(&credentials).await?,
        );
        if texts.0.is_none() && texts.1.is_none() {
            return Ok(None);
        }
        let (config, credentials) = (config.display(), credentials.display());
        let mut profiles: BTreeMap<String, Settings> = BTreeMap::new();
        for (text, kind, path) in [
            (texts.0, FileKind::Config, config.to_string()),
            (texts.1, FileKind::Credentials, credentials.to_string()),
        ] {
            let found = ini::parse(&text.unwrap_or_default(), kind, &path)?;
            for (name, settings) in found {
                profiles.entry(name).or_default().absorb(settings);
            }
        }
        let place = format!("{config} and {credentials}");
        Ok(Some(Self { profiles, place }))
    }

    /// Returns whether there is such a profile and it says something about credentials.
    pub(super) fn has_credentials_of(&self, name: &str) -> bool {
        self.profiles.get(name).is_some_and(|it| mode(it) != NONE)
    }

    /// Returns the source that a profile leads to.
    ///
    /// # Errors
    ///
    /// When there is no such profile, it cannot be used, or profiles lead in circles.
    pub(super) fn source(&self, name: &str) -> Result<CredentialSource, NoCredentials> {
        self.follow(name, &mut Vec::new())
    }

    fn follow(
        &self,
        name: &str,
        seen: &mut Vec<String>,
    ) -> Result<CredentialSource, NoCredentials> {
        let Some(settings) = self.profiles.get(name) else {
            let known: Vec<_> = self.profiles.keys().map(String::as_str).collect();
            let known = match known.is_empty() {
                true => "none".to_owned(),
                false => known.join(", "),
            };
            let what = format!("{} have no profile {name:?}; they have {known}", self.place);
            return Err(NoCredentials::new(what));
        };
        let profile = Profile { name, settings };
        // A profile that names itself as its source means the keys that stand in it.
        let names_itself = seen.last().is_some_and(|it| it == name);
        if names_itself {
            return profile.keys();
        }
        if seen.iter().any(|it| it == name) {
            let circle = seen.join(" → ");
            let what = format!("the profiles lead in circles: {circle} → {name}");
            return Err(NoCredentials::new(what));
        }
        seen.push(name.to_owned());
        let get = |key: &str| settings.get(key).map(str::to_owned);
        let is_source = seen.len() > 1;
        match get("role_arn") {
            // The keys of a source are taken, whatever roles it could take itself.
            Some(_) if is_source && get("aws_access_key_id").is_some() => profile.keys(),
            Some(arn) => self.role(profile, arn, seen),
            None => profile.without_role(),
        }
    }

    fn role(
        &self,
        profile: Profile<'_>,
        arn: String,
        seen: &mut Vec<String>,
    ) -> Result<CredentialSource, NoCredentials> {
        let get = |key: &str| profile.settings.get(key).map(str::to_owned);
        let session = get("role_session_name");
        let duration = profile.duration()?;
        if let Some(token_file) = get("web_identity_token_file") {
            return Ok(CredentialSource::WebIdentity {
                arn,
                token_file: token_file.into(),
                session,
                duration,
            });
        }
        if get("mfa_serial").is_some() {
            return Err(profile
                .unusable("it asks for a code from a device, and nobody is here to type one"));
        }
        let via = match (get("source_profile"), get("credential_source")) {
            (Some(_), Some(_)) => {
                let why = "it has both source_profile and credential_source; one has to go";
                return Err(profile.unusable(why));
            }
            (Some(source), None) => self.follow(&source, seen)?,
            (None, Some(source)) => profile.named_source(&source)?,
            (None, None) => {
                let why = "it has a role_arn and neither source_profile nor credential_source";
                return Err(profile.unusable(why));
            }
        };
        Ok(CredentialSource::AssumeRole {
            arn,
            external_id: get("external_id"),
            session,
            duration,
            via: Box::new(via),
        })
    }
}

#[derive(Clone, Copy)]
struct Profile<'a> {
    name: &'a str,
    settings: &'a Settings,
}

impl Profile<'_> {
    fn without_role(self) -> Result<CredentialSource, NoCredentials> {
        let get = |key: &str| self.settings.get(key);
        if get("aws_access_key_id").is_some() || get("aws_secret_access_key").is_some() {
            return self.keys();
        }
        if let Some(line) = get("credential_process") {
            return Ok(CredentialSource::Command(command::words(line)?));
        }
        if mode(self.settings) == "sso" {
            let why = format!(
                "it logs in through a browser; give its session on with credential_process = \
                 aws configure export-credentials --profile {} --format process",
                self.name
            );
            return Err(self.unusable(&why));
        }
        Err(self.unusable("it has no credentials"))
    }

    fn keys(self) -> Result<CredentialSource, NoCredentials> {
        let need = |key: &str| {
            self.settings
                .get(key)
                .map(str::to_owned)
                .ok_or_else(|| self.unusable(&format!("it has no {key}")))
        };
        Ok(CredentialSource::Static {
            id: need("aws_access_key_id")?,
            secret: need("aws_secret_access_key")?.into(),
            token: self.settings.get("aws_session_token").map(Into::into),
        })
    }

    fn named_source(self, source: &str) -> Result<CredentialSource, NoCredentials> {
        match source {
            "Environment" => Ok(CredentialSource::Env {
                prefix: "AWS".to_owned(),
            }),
            "Ec2InstanceMetadata" => Ok(CredentialSource::InstanceRole { role: None }),
            "EcsContainer" => Ok(CredentialSource::Container),
            _ => Err(self.unusable(
                "its credential_source is none of Environment, Ec2InstanceMetadata and EcsContainer",
            )),
        }
    }

    fn duration(self) -> Result<Option<Duration>, NoCredentials> {
        let Some(text) = self.settings.get("duration_seconds") else {
            return Ok(None);
        };
        match text.parse() {
            Ok(seconds) => Ok(Some(Duration::from_secs(seconds))),
            Err(_) => Err(self.unusable("its duration_seconds is no number")),
        }
    }

    fn unusable(self, why: &str) -> NoCredentials {
        NoCredentials::new(format!("the profile {:?} cannot be used: {why}", self.name))
    }
}

const NONE: &str = "none";

fn mode(settings: &Settings) -> &'static str {
    let has = |key: &str| settings.get(key).is_some();
    match () {
        () if has("role_arn") && has("web_identity_token_file") => "web identity",
        () if has("role_arn") => "role",
        () if has("aws_session_token") => "session",
        () if has("aws_access_key_id") || has("aws_secret_access_key") => "key",
        () if has("credential_process") => "program",
        () if has("sso_session") || has("sso_start_url") => "sso",
        () => NONE,
    }
}

/// Returns where the two files are: config, then credentials.
fn paths(environment: &Environment, folder: Option<&Path>) -> Option<[PathBuf; 2]> {
    if let Some(folder) = folder {
        return Some([folder.join("config"), folder.join("credentials")]);
    }
    let home = environment.home.as_deref();
    let place = |variable: &str, name: &str| match environment.get(variable) {
        Some(path) => match (path.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => Some(home.join(rest)),
            _ => Some(PathBuf::from(path)),
        },
        None => Some(home?.join(".aws").join(name)),
    };
    Some([
        place("AWS_CONFIG_FILE", "config")?,
        place("AWS_SHARED_CREDENTIALS_FILE", "credentials")?,
    ])
}

#[cfg(test)]
mod tests;
