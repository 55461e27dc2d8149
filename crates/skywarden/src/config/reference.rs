//! References: where a secret or a credential comes from, instead of the secret itself.
//!
//! Invariant: neither `Debug` nor serialisation ever shows a secret that stands in the file.

use std::fmt;
use std::path::PathBuf;

#[cfg(test)]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use url::Url;

use super::address::{Address, check_transport};

/// Where a secret comes from.
#[derive(Debug, Clone)]
pub enum SecretRef {
    /// It stands in the file itself, where everybody who reads the file sees it.
    Plain(SecretString),
    /// The sealed record of that name.
    Sealed(String),
    /// The environment variable of that name.
    Env(String),
    /// The first line of that file.
    File(PathBuf),
}

impl SecretRef {
    /// Tells whether the secret stands in the configuration itself.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        matches!(self, Self::Plain(_))
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(_) => f.write_str("text in the configuration"),
            Self::Sealed(name) => write!(f, "the sealed secret {name:?}"),
            Self::Env(name) => write!(f, "the environment variable {name}"),
            Self::File(path) => write!(f, "the file {}", path.display()),
        }
    }
}

/// `{ sealed = ".." }`, `{ env = ".." }` or `{ file = ".." }`: exactly one of them.
#[derive(Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
struct SecretTable {
    /// The name of a sealed record (`skywarden seal set NAME`).
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
    /// The name of an environment variable.
    #[serde(skip_serializing_if = "Option::is_none")]
    env: Option<String>,
    /// A file whose first line is the secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SecretVisitor;

        impl<'de> Visitor<'de> for SecretVisitor {
            type Value = SecretRef;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text, { sealed = \"..\" }, { env = \"..\" } or { file = \"..\" }")
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<SecretRef, E> {
                match value.trim() {
                    "" => Err(E::custom("a secret is not empty")),
                    text => Ok(SecretRef::Plain(SecretString::from(text))),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SecretRef, A::Error> {
                let table = SecretTable::deserialize(MapAccessDeserializer::new(map))?;
                match (table.sealed, table.env, table.file) {
                    (Some(name), None, None) => {
                        vault::check_name(&name).map_err(de::Error::custom)?;
                        Ok(SecretRef::Sealed(name))
                    }
                    (None, Some(name), None) => Ok(SecretRef::Env(name)),
                    (None, None, Some(path)) => Ok(SecretRef::File(path)),
                    _ => Err(de::Error::custom(
                        "name exactly one of `sealed`, `env` and `file`",
                    )),
                }
            }
        }

        deserializer.deserialize_any(SecretVisitor)
    }
}

impl Serialize for SecretRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut table = SecretTable::default();
        match self {
            Self::Plain(text) => {
                return match Url::parse(text.expose_secret()) {
                    Ok(url) => serializer.serialize_str(&base::redact::url(&url)),
                    Err(_) => serializer.serialize_str("***"),
                };
            }
            Self::Sealed(name) => table.sealed = Some(name.clone()),
            Self::Env(name) => table.env = Some(name.clone()),
            Self::File(path) => table.file = Some(path.clone()),
        }
        table.serialize(serializer)
    }
}

#[cfg(test)]
impl JsonSchema for SecretRef {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SecretRef".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<SecretTable>();
        json_schema!({
            "description": "Where a secret comes from; as text it stands in the file itself.",
            "anyOf": [table, { "type": "string" }]
        })
    }
}

/// How an account proves who it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "CredentialsTable", into = "CredentialsTable")]
pub enum Credentials {
    /// Environment variables that start with this prefix, such as `ALIBABA_CLOUD`.
    Env(String),
    /// A profile of the cloud's own command line tool.
    Profile(String),
    /// The role of the machine this runs on, by name or whichever there is.
    MachineRole(Option<String>),
    /// Another role, taken with other credentials.
    AssumeRole(Box<AssumeRole>),
    /// The sealed records `NAME.access_key_id` and `NAME.access_key_secret`.
    Sealed(String),
    /// A program that prints credentials, with its arguments; no shell is involved.
    Command(Vec<String>),
    /// An address that answers with credentials.
    Uri(Url),
}

/// A role and the credentials that may take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssumeRole {
    /// The ARN of the role.
    pub role: String,
    /// The credentials that take it; the cloud's default chain when left out.
    pub via: Option<Credentials>,
    /// What the role's owner asks for to keep strangers out.
    pub external_id: Option<String>,
    /// The name the session has in the cloud's audit log.
    pub session: Option<String>,
}

impl Credentials {
    /// Returns the program these credentials would run, also when only a role is taken with it.
    #[must_use]
    pub fn command(&self) -> Option<&[String]> {
        match self {
            Self::Command(command) => Some(command),
            Self::AssumeRole(assume) => assume.via.as_ref().and_then(Self::command),
            _ => None,
        }
    }

    /// Returns the names of the two sealed records that `sealed = "NAME"` stands for: the id and
    /// the secret of the access key.
    #[must_use]
    pub fn sealed_records(name: &str) -> [String; 2] {
        [
            format!("{name}.access_key_id"),
            format!("{name}.access_key_secret"),
        ]
    }
}

impl fmt::Debug for Credentials {
    /// Shows what the serialisation shows: references, and no query of an address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(prefix) => f.debug_tuple("Env").field(prefix).finish(),
            Self::Profile(name) => f.debug_tuple("Profile").field(name).finish(),
            Self::MachineRole(name) => f.debug_tuple("MachineRole").field(name).finish(),
            Self::AssumeRole(assume) => f.debug_tuple("AssumeRole").field(assume).finish(),
            Self::Sealed(name) => f.debug_tuple("Sealed").field(name).finish(),
            // Arguments may be secrets, although a credential helper should not need any.
            Self::Command(command) => f.debug_tuple("Command").field(&command.first()).finish(),
            Self::Uri(uri) => f.debug_tuple("Uri").field(&base::redact::url(uri)).finish(),
        }
    }
}

/// Exactly one of `env`, `profile`, `role`, `assume_role`, `sealed`, `command` and `uri`.
#[derive(Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
struct CredentialsTable {
    /// The prefix of environment variables: `ALIBABA_CLOUD` reads `ALIBABA_CLOUD_ACCESS_KEY_ID`,
    /// `ALIBABA_CLOUD_ACCESS_KEY_SECRET` and, when it is there, `ALIBABA_CLOUD_SECURITY_TOKEN`.
    #[serde(skip_serializing_if = "Option::is_none")]
    env: Option<String>,
    /// A profile of `~/.aliyun/config.json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    /// The role of the machine this runs on: its name, or `true` for whichever it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<RoleName>,
    /// The ARN of a role to take.
    #[serde(skip_serializing_if = "Option::is_none")]
    assume_role: Option<String>,
    /// The credentials that take the role of `assume_role`.
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<Box<Credentials>>,
    /// The external id that the role of `assume_role` asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    /// The session name for the cloud's audit log.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    /// The sealed access key `NAME`: the records `NAME.access_key_id` and
    /// `NAME.access_key_secret`.
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
    /// A program with its arguments that prints credentials as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<Vec<String>>,
    /// An address that answers with credentials as JSON; plain http to this machine only.
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<Address>,
}

impl TryFrom<CredentialsTable> for Credentials {
    type Error = String;

    fn try_from(table: CredentialsTable) -> Result<Self, Self::Error> {
        let with_role =
            table.via.is_some() || table.external_id.is_some() || table.session.is_some();
        if with_role && table.assume_role.is_none() {
            return Err("`via`, `external_id` and `session` belong to `assume_role`".to_owned());
        }
        let assume_role = table.assume_role.map(|role| {
            Self::AssumeRole(Box::new(AssumeRole {
                role,
                via: table.via.map(|it| *it),
                external_id: table.external_id,
                session: table.session,
            }))
        });
        let machine_role = table.role.map(|RoleName(name)| Self::MachineRole(name));
        let mut named = [
            table.env.map(Self::Env),
            table.profile.map(Self::Profile),
            machine_role,
            assume_role,
            table.sealed.map(Self::Sealed),
            table.command.map(Self::Command),
            table.uri.map(|it| Self::Uri(it.url().clone())),
        ]
        .into_iter()
        .flatten();
        let (Some(credentials), None) = (named.next(), named.next()) else {
            return Err(
                "name exactly one of `env`, `profile`, `role`, `assume_role`, `sealed`, \
                        `command` and `uri`"
                    .to_owned(),
            );
        };
        match &credentials {
            Self::Env(text) | Self::Profile(text) if text.trim().is_empty() => {
                Err("credentials need a name that is not empty".to_owned())
            }
            Self::Sealed(name) => Self::sealed_records(name)
                .iter()
                .try_for_each(|it| vault::check_name(it))
                .map_err(|_| format!("{name:?} cannot be the name of a sealed secret")),
            Self::Command(command) if command.first().is_none_or(String::is_empty) => Err(
                "`command` needs a program, such as [\"/opt/credentials\", \"--json\"]".to_owned(),
            ),
            Self::Uri(uri) => check_transport(uri).map_err(str::to_owned),
            Self::AssumeRole(assume) if !assume.role.contains(":role/") => Err(
                "`assume_role` is the ARN of a role, such as acs:ram::1234:role/skywarden"
                    .to_owned(),
            ),
            _ => Ok(()),
        }?;
        Ok(credentials)
    }
}

impl From<Credentials> for CredentialsTable {
    fn from(credentials: Credentials) -> Self {
        let mut table = Self::default();
        match credentials {
            Credentials::Env(prefix) => table.env = Some(prefix),
            Credentials::Profile(name) => table.profile = Some(name),
            Credentials::MachineRole(name) => table.role = Some(RoleName(name)),
            Credentials::AssumeRole(assume) => {
                table.assume_role = Some(assume.role);
                table.via = assume.via.map(Box::new);
                table.external_id = assume.external_id;
                table.session = assume.session;
            }
            Credentials::Sealed(name) => table.sealed = Some(name),
            Credentials::Command(command) => table.command = Some(command),
            // A query may carry a token of the local service.
            Credentials::Uri(mut uri) => {
                uri.set_query(None);
                table.uri = Some(uri.into());
            }
        }
        table
    }
}

#[cfg(test)]
impl JsonSchema for Credentials {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Credentials".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        <CredentialsTable as JsonSchema>::json_schema(generator)
    }
}

/// The name of a role, or `true` for whichever the machine has.
struct RoleName(Option<String>);

impl<'de> Deserialize<'de> for RoleName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RoleVisitor;

        impl Visitor<'_> for RoleVisitor {
            type Value = RoleName;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a role, or true")
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<RoleName, E> {
                match value {
                    true => Ok(RoleName(None)),
                    false => Err(E::custom("leave `role` out instead of false")),
                }
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<RoleName, E> {
                match value.trim() {
                    "" => Err(E::custom(
                        "a role has a name; `true` takes whichever there is",
                    )),
                    name => Ok(RoleName(Some(name.to_owned()))),
                }
            }
        }

        deserializer.deserialize_any(RoleVisitor)
    }
}

impl Serialize for RoleName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(name) => serializer.serialize_str(name),
            None => serializer.serialize_bool(true),
        }
    }
}

#[cfg(test)]
impl JsonSchema for RoleName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RoleName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "boolean"] })
    }
}
