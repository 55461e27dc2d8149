//! The files that the official clients keep credentials in: `~/.tencentcloud/credentials` of the
//! libraries (INI, a section a profile) and `~/.tccli/<profile>.credential` of the command line tool
//! (JSON, a file a profile).

mod ini;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use tokio::io::AsyncReadExt as _;

use super::{CredentialSource, Credentials, Environment, NoCredentials};
use crate::decode::Loose;
use crate::times;

/// The profile that is meant when nobody names one.
pub(super) const DEFAULT: &str = "default";
const LARGEST_FILE: u64 = 1 << 20;
/// More profiles than anybody keeps.
const MOST_PROFILES: usize = 500;
const TOOLS_SUFFIX: &str = ".credential";

/// A profile that was found on the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileOnDisk {
    /// Its name.
    pub name: String,
    /// How it proves who it is, in the tool's word (`oauth`, `sso`, `cvm-role`), or `key`.
    pub mode: String,
    /// Whether it is the one that is used when nobody says otherwise.
    pub current: bool,
}

/// Returns the profiles of the official clients; none where there are no files of theirs.
///
/// # Errors
///
/// When there is a file that cannot be read.
pub async fn profiles(environment: &Environment) -> Result<Vec<ProfileOnDisk>, NoCredentials> {
    let current = environment.get("TCCLI_PROFILE").unwrap_or(DEFAULT);
    let mut found: Vec<ProfileOnDisk> = Vec::new();
    let mut add = |name: &str, mode: &str| {
        // One name may stand in both files; the libraries' is taken first.
        if !found.iter().any(|it| it.name == name) {
            found.push(ProfileOnDisk {
                name: name.to_owned(),
                mode: mode.to_owned(),
                current: name == current,
            });
        }
    };
    if let Some((path, body)) = libraries_file(environment).await? {
        for section in ini::read(&body, &path)? {
            add(&section.name, "key");
        }
    }
    if let Some(folder) = tools_folder(environment) {
        for name in tools_profiles(&folder).await {
            let path = folder.join(format!("{name}{TOOLS_SUFFIX}"));
            if let Some(body) = read_if_there(&path).await? {
                add(&name, parse(&body, &path)?.mode());
            }
        }
    }
    Ok(found)
}

/// What a profile leads to.
#[derive(Debug)]
pub(super) enum Named {
    /// Another source.
    Source(CredentialSource),
    /// Keys that stand in the file, with their end.
    Keys(Credentials),
}

/// Returns what the profile `name` leads to, in the file `path` or in those of the official clients.
pub(super) async fn find(
    environment: &Environment,
    path: Option<&Path>,
    name: &str,
    now: Timestamp,
) -> Result<Named, NoCredentials> {
    let Some(path) = path else {
        let found = find_if_there(environment, name, now).await?;
        return found.ok_or_else(|| {
            NoCredentials::new(format!(
                "there is no profile {name:?}: neither a section of ~/.tencentcloud/credentials nor \
                 ~/.tccli/{name}{TOOLS_SUFFIX}"
            ))
        });
    };
    let missing = || format!("there is no file {} of profiles", path.display());
    let body = read_if_there(path).await?;
    let body = body.ok_or_else(|| NoCredentials::new(missing()))?;
    let is_tools = path.to_string_lossy().ends_with(TOOLS_SUFFIX);
    let found = if is_tools {
        Some(parse(&body, path)?.leads_to(path, now)?)
    } else {
        section(&body, path, name)?
    };
    found.ok_or_else(|| NoCredentials::new(format!("{} has no section {name:?}", path.display())))
}

/// Returns what the profile `name` of the official clients' files leads to, where it is there.
pub(super) async fn find_if_there(
    environment: &Environment,
    name: &str,
    now: Timestamp,
) -> Result<Option<Named>, NoCredentials> {
    if let Some((path, body)) = libraries_file(environment).await?
        && let Some(found) = section(&body, &path, name)?
    {
        return Ok(Some(found));
    }
    // A name becomes part of a path, and must not lead out of the tool's folder.
    if name.contains(['/', '\\', '\0']) || name.starts_with('.') {
        let what = format!("{name:?} is no name of a profile");
        return Err(NoCredentials::new(what));
    }
    let Some(folder) = tools_folder(environment) else {
        return Ok(None);
    };
    let path = folder.join(format!("{name}{TOOLS_SUFFIX}"));
    match read_if_there(&path).await? {
        Some(body) => parse(&body, &path)?.leads_to(&path, now).map(Some),
        None => Ok(None),
    }
}

fn section(body: &[u8], path: &Path, name: &str) -> Result<Option<Named>, NoCredentials> {
    let sections = ini::read(body, path)?;
    let Some(section) = sections.into_iter().find(|it| it.name == name) else {
        return Ok(None);
    };
    let need = |key: &str| {
        section.get(key).map(str::to_owned).ok_or_else(|| {
            let path = path.display();
            NoCredentials::new(format!("the section {name:?} of {path} has no {key}"))
        })
    };
    let token = section.get("token");
    Ok(Some(Named::Source(CredentialSource::Static {
        id: need("secret_id")?,
        secret: need("secret_key")?.into(),
        token: token.map(Into::into),
    })))
}

/// The user's own file, else the machine's.
async fn libraries_file(
    environment: &Environment,
) -> Result<Option<(PathBuf, Vec<u8>)>, NoCredentials> {
    // Who gave no home folder is not looked for in the machine's either: tests and sandboxes.
    let Some(home) = &environment.home else {
        return Ok(None);
    };
    for path in [
        home.join(".tencentcloud/credentials"),
        PathBuf::from("/etc/tencentcloud/credentials"),
    ] {
        if let Some(body) = read_if_there(&path).await? {
            return Ok(Some((path, body)));
        }
    }
    Ok(None)
}

fn tools_folder(environment: &Environment) -> Option<PathBuf> {
    Some(environment.home.as_ref()?.join(".tccli"))
}

/// Returns the names of the tool's profiles, sorted; a folder that cannot be read has none.
async fn tools_profiles(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let Ok(mut entries) = tokio::fs::read_dir(folder).await else {
        return names;
    };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let name = entry.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(TOOLS_SUFFIX).map(str::to_owned));
        if names.len() >= MOST_PROFILES {
            break;
        }
    }
    names.sort();
    names
}

/// Reads a file that may be missing.
async fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, NoCredentials> {
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

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Profile<'a> {
    #[serde(borrow, rename = "type")]
    sort: Loose<'a>,
    #[serde(borrow, rename = "secretId")]
    id: Loose<'a>,
    #[serde(borrow, rename = "secretKey")]
    secret: Loose<'a>,
    #[serde(borrow)]
    token: Loose<'a>,
    #[serde(borrow, rename = "role-arn")]
    role: Loose<'a>,
    #[serde(borrow, rename = "role-session-name")]
    session: Loose<'a>,
    #[serde(borrow, rename = "expiresAt")]
    expires: Loose<'a>,
}

fn parse<'a>(body: &'a [u8], path: &Path) -> Result<Profile<'a>, NoCredentials> {
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
        match &self.sort {
            Loose::Text(text) if !text.trim().is_empty() => text.trim(),
            // The tool writes no sort for a key.
            _ => "key",
        }
    }

    fn leads_to(&self, path: &Path, now: Timestamp) -> Result<Named, NoCredentials> {
        match self.mode() {
            "key" => self.key(path).map(Named::Source),
            "cvm-role" => Ok(Named::Source(CredentialSource::CvmRole { role: None })),
            "oauth" | "sso" => self.cached(path, now),
            _ => Err(self.unusable(path, "its type is not known here")),
        }
    }

    fn key(&self, path: &Path) -> Result<CredentialSource, NoCredentials> {
        let own = CredentialSource::Static {
            id: self.need(path, "secretId", &self.id)?,
            secret: self.need(path, "secretKey", &self.secret)?.into(),
            token: self.token.some_text().map(SecretString::from),
        };
        Ok(match self.role.some_text() {
            None => own,
            Some(arn) => CredentialSource::AssumeRole {
                arn,
                external_id: None,
                session: self.session.some_text(),
                duration: None,
                via: Box::new(own),
            },
        })
    }

    /// The browser's log-in left keys for a while, which only the tool can renew.
    fn cached(&self, path: &Path, now: Timestamp) -> Result<Named, NoCredentials> {
        let expires = times::instant_of(&self.expires);
        if self.id.is_empty() || expires.is_some_and(|end| end <= now) {
            let why =
                "its log-in has run out: log in again with `tccli auth login` or `tccli sso login`";
            return Err(self.unusable(path, why));
        }
        Ok(Named::Keys(Credentials {
            id: self.need(path, "secretId", &self.id)?,
            secret: self.need(path, "secretKey", &self.secret)?.into(),
            token: Some(self.need(path, "token", &self.token)?.into()),
            expires,
        }))
    }

    fn need(&self, path: &Path, key: &str, value: &Loose<'_>) -> Result<String, NoCredentials> {
        value
            .some_text()
            .ok_or_else(|| self.unusable(path, &format!("it has no {key}")))
    }

    fn unusable(&self, path: &Path, why: &str) -> NoCredentials {
        let (mode, path) = (self.mode(), path.display());
        NoCredentials::new(format!("the profile {path} ({mode}) cannot be used: {why}"))
    }
}

#[cfg(test)]
mod tests;
