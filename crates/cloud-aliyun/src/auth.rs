//! Where credentials come from, and how they stay fresh.
//!
//! The same sources as the official clients have, in the same order: the environment, an OIDC
//! token, the profiles of the `aliyun` command line tool, the role of the machine, an address.
//!
//! Invariant: this room reads no environment and no file but what it is handed in an
//! [`Environment`] and the paths that follow from it.
//! Invariant: secrets are `SecretString` from the first moment; `Debug` shows the ends of a key id.

mod chain;
mod command;
mod keys;
mod metadata;
mod profile;
mod session;
mod sts;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use net::Cause;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

pub(crate) use self::keys::{Keys, Member};
pub use self::profile::{ProfileOnDisk, profiles};
use crate::sign;

/// How an account proves who it is.
#[derive(Clone)]
pub enum CredentialSource {
    /// The first of the sources that is set up on this machine, in the order of the official
    /// clients.
    Chain,
    /// `PREFIX_ACCESS_KEY_ID`, `PREFIX_ACCESS_KEY_SECRET` and, for a session,
    /// `PREFIX_SECURITY_TOKEN`. For `ALIBABA_CLOUD` the older spellings count too.
    Env {
        /// What the names begin with, without the underscore.
        prefix: String,
    },
    /// A profile of the `aliyun` command line tool.
    Profile {
        /// Its name; the tool's current one when `None`.
        name: Option<String>,
        /// The tool's file; `~/.aliyun/config.json` when `None`.
        path: Option<PathBuf>,
    },
    /// The role of the machine this runs on.
    EcsRole {
        /// Its name; whichever there is when `None`.
        role: Option<String>,
    },
    /// Another role, taken with other credentials.
    AssumeRole {
        /// The role: `acs:ram::<account>:role/<name>`.
        arn: String,
        /// What the role's owner asks for to keep strangers out.
        external_id: Option<String>,
        /// The name the session has in the cloud's audit log; `skywarden` when `None`.
        session: Option<String>,
        /// How long a session lives: an hour when `None`, never less than 15 minutes.
        duration: Option<Duration>,
        /// The credentials that take it.
        via: Box<Self>,
    },
    /// A role, taken with the token of an identity provider: a pod's service account.
    Oidc {
        /// The provider: `acs:ram::<account>:oidc-provider/<name>`.
        provider: String,
        /// The role.
        arn: String,
        /// The file with the token, read anew each time.
        token_file: PathBuf,
        /// The name the session has in the cloud's audit log; `skywarden` when `None`.
        session: Option<String>,
        /// How long a session lives: an hour when `None`, never less than 15 minutes.
        duration: Option<Duration>,
    },
    /// An address that answers with credentials as the machine's metadata service does.
    Uri(Url),
    /// A program that prints credentials as JSON, with its arguments; no shell is involved.
    Command(Vec<String>),
    /// These.
    Static {
        /// The access key's id.
        id: String,
        /// Its secret.
        secret: SecretString,
        /// The token of its session, where it has one.
        token: Option<SecretString>,
    },
}

impl fmt::Debug for CredentialSource {
    /// Shows no secret, and neither what an address or a command line may hold of one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chain => f.write_str("Chain"),
            Self::Env { prefix } => write!(f, "Env({prefix})"),
            Self::Profile { name, path } => write!(f, "Profile({name:?}, {path:?})"),
            Self::EcsRole { role } => write!(f, "EcsRole({role:?})"),
            Self::AssumeRole {
                arn,
                session,
                duration,
                via,
                ..
            } => {
                write!(
                    f,
                    "AssumeRole({arn}, {session:?}, {duration:?}, via {via:?})"
                )
            }
            Self::Oidc {
                provider,
                arn,
                token_file,
                session,
                duration,
            } => {
                write!(
                    f,
                    "Oidc({provider}, {arn}, {token_file:?}, {session:?}, {duration:?})"
                )
            }
            Self::Uri(uri) => write!(f, "Uri({})", base::redact::url(uri)),
            Self::Command(words) => {
                let arguments = words.len().saturating_sub(1);
                write!(f, "Command({:?} and {arguments} arguments)", words.first())
            }
            Self::Static { id, token, .. } => {
                let sort = if token.is_some() { "session" } else { "key" };
                write!(f, "Static({sort} {})", base::redact::key_id(id))
            }
        }
    }
}

/// What the process found around itself; made by the binary.
#[derive(Clone, Default)]
pub struct Environment {
    /// The environment variables, which all accounts have in common.
    pub variables: Arc<BTreeMap<String, SecretString>>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
}

impl Environment {
    /// Returns a variable that is set and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let value = self.variables.get(name)?.expose_secret().trim();
        (!value.is_empty()).then_some(value)
    }

    /// Returns whether a variable says `true`.
    pub(crate) fn says_true(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|it| it.eq_ignore_ascii_case("true"))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys())
            .field("home", &self.home)
            .finish()
    }
}

/// An access key, for good or for a while.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) id: String,
    pub(crate) secret: SecretString,
    pub(crate) token: Option<SecretString>,
    /// When it ends; `None` where it does not, or nobody says.
    pub(crate) expires: Option<Timestamp>,
}

impl Credentials {
    pub(crate) fn key(&self) -> sign::Key<'_> {
        sign::Key {
            id: &self.id,
            secret: &self.secret,
            token: self.token.as_ref(),
        }
    }

    /// Returns whether both are one key and, for a session, one token.
    fn is_same_as(&self, other: &Self) -> bool {
        let token = |it: &Self| it.token.as_ref().map(|it| it.expose_secret().to_owned());
        self.id == other.id
            && self.secret.expose_secret() == other.secret.expose_secret()
            && token(self) == token(other)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("id", &base::redact::key_id(&self.id))
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// Why there are no credentials, in words for the person who set them up.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct NoCredentials {
    what: String,
    #[source]
    source: Option<Cause>,
}

impl NoCredentials {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            source: None,
        }
    }

    pub(crate) fn because(what: impl Into<String>, source: impl Into<Cause>) -> Self {
        Self {
            what: what.into(),
            source: Some(source.into()),
        }
    }
}

#[cfg(test)]
mod tests;
