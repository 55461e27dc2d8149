//! Turns a source into credentials, step by step.
//!
//! A source that is set up and broken is an error, also in the chain: going on to the next would
//! silently act as somebody else.

use url::Url;

use super::keys::Failure;
use super::profile::{self, Book};
use super::{
    CredentialSource, Credentials, Environment, NoCredentials, command, container, metadata, sts,
};
use crate::call::{Line, Signer};

/// Roles that are taken with roles end somewhere.
const DEEPEST: usize = 8;

/// Returns the credentials that `source` leads to.
pub(super) async fn resolve(
    line: &Line,
    environment: &Environment,
    source: &CredentialSource,
) -> Result<Credentials, Failure> {
    Resolver { line, environment }.resolve(source, 0).await
}

#[derive(Clone, Copy)]
struct Resolver<'a> {
    line: &'a Line,
    environment: &'a Environment,
}

impl Resolver<'_> {
    async fn resolve(
        self,
        source: &CredentialSource,
        depth: usize,
    ) -> Result<Credentials, Failure> {
        if depth > DEEPEST {
            return Err(NoCredentials::new("too many roles are taken one with another").into());
        }
        match source {
            CredentialSource::Chain => self.first_that_is_set_up(depth).await,
            CredentialSource::Env { prefix } => match self.env(prefix)? {
                Some(found) => Ok(found),
                None => Err(NoCredentials::new(format!(
                    "the environment variables {prefix}_ACCESS_KEY_ID and {prefix}_SECRET_ACCESS_KEY are not set"
                ))
                .into()),
            },
            CredentialSource::Profile { name, path } => {
                let book = Book::open(self.environment, path.as_deref()).await?;
                let book = book.ok_or_else(|| {
                    NoCredentials::new("there are no files of profiles: neither ~/.aws/config nor ~/.aws/credentials")
                })?;
                let name = name.clone();
                let name = name.unwrap_or_else(|| profile::named(self.environment));
                self.deeper(&book.source(&name)?, depth).await
            }
            CredentialSource::InstanceRole { role } => Ok(self.machine(role.as_deref()).await?),
            CredentialSource::Container => {
                let url = container::address(self.environment)?.ok_or_else(|| {
                    NoCredentials::new("the environment names no address of container credentials")
                })?;
                Ok(self.container(&url).await?)
            }
            CredentialSource::AssumeRole {
                arn,
                external_id,
                session,
                duration,
                via,
            } => {
                let signer = self.deeper(via, depth).await?;
                let role = sts::Role {
                    arn,
                    external_id: external_id.as_deref(),
                    session: session.as_deref().unwrap_or(sts::SESSION),
                    duration: duration.unwrap_or(sts::DURATION),
                };
                sts::assume_role(self.line, Signer::Given(&signer), &role).await
            }
            CredentialSource::WebIdentity {
                arn,
                token_file,
                session,
                duration,
            } => {
                let role = sts::Role {
                    arn,
                    external_id: None,
                    session: session.as_deref().unwrap_or(sts::SESSION),
                    duration: duration.unwrap_or(sts::DURATION),
                };
                sts::assume_role_with_web_identity(self.line, token_file, &role).await
            }
            CredentialSource::Uri(uri) => Ok(self.uri(uri).await?),
            CredentialSource::Command(words) => Ok(command::run(words).await?),
            CredentialSource::Static { id, secret, token } => Ok(Credentials {
                id: id.clone(),
                secret: secret.clone(),
                token: token.clone(),
                expires: None,
            }),
        }
    }

    async fn deeper(self, source: &CredentialSource, depth: usize) -> Result<Credentials, Failure> {
        Box::pin(self.resolve(source, depth + 1)).await
    }

    /// The order of the official clients: environment, profile, identity provider, container,
    /// machine. A profile that was named has to be there.
    async fn first_that_is_set_up(self, depth: usize) -> Result<Credentials, Failure> {
        if let Some(found) = self.env("AWS")? {
            return Ok(found);
        }
        let get = |name: &str| self.environment.get(name).map(str::to_owned);
        let name = profile::named(self.environment);
        let is_named = get("AWS_PROFILE").is_some();
        match Book::open(self.environment, None).await? {
            Some(book) if is_named || book.has_credentials_of(&name) => {
                return self.deeper(&book.source(&name)?, depth).await;
            }
            None if is_named => {
                let what = format!("AWS_PROFILE is {name:?}, and there are no files of profiles");
                return Err(NoCredentials::new(what).into());
            }
            _ => {}
        }
        if let (Some(arn), Some(token_file)) =
            (get("AWS_ROLE_ARN"), get("AWS_WEB_IDENTITY_TOKEN_FILE"))
        {
            let source = CredentialSource::WebIdentity {
                arn,
                token_file: token_file.into(),
                session: get("AWS_ROLE_SESSION_NAME"),
                duration: None,
            };
            return self.deeper(&source, depth).await;
        }
        if let Some(url) = container::address(self.environment)? {
            return Ok(self.container(&url).await?);
        }
        let machine = match self.environment.says_true("AWS_EC2_METADATA_DISABLED") {
            true => NoCredentials::new("AWS_EC2_METADATA_DISABLED is set"),
            false => match self.machine(None).await {
                Ok(found) => return Ok(found),
                Err(why) => why,
            },
        };
        let what = "no credentials were found: neither AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, \
                    nor a profile in ~/.aws, nor a role of this container or machine";
        Err(NoCredentials::because(what, machine).into())
    }

    fn env(self, prefix: &str) -> Result<Option<Credentials>, NoCredentials> {
        let (id, secret) = (
            format!("{prefix}_ACCESS_KEY_ID"),
            format!("{prefix}_SECRET_ACCESS_KEY"),
        );
        let get = |name: &str| self.environment.get(name);
        let (id, secret) = match (get(&id), get(&secret)) {
            (Some(id), Some(secret)) => (id, secret),
            (None, None) => return Ok(None),
            (Some(_), None) => return Err(half_set(&id, &secret)),
            (None, Some(_)) => return Err(half_set(&secret, &id)),
        };
        let token = get(&format!("{prefix}_SESSION_TOKEN"));
        Ok(Some(Credentials {
            id: id.to_owned(),
            secret: secret.into(),
            token: token.map(Into::into),
            expires: None,
        }))
    }

    async fn machine(self, role: Option<&str>) -> Result<Credentials, NoCredentials> {
        let base = self.line.endpoints.metadata().map_err(|error| {
            NoCredentials::because("the address of the metadata service is none", error)
        })?;
        let transport = self.line.caller.transport();
        metadata::role_session(transport.as_ref(), &base, role).await
    }

    /// Asks the address that the environment names; its token is for that address alone.
    async fn container(self, url: &Url) -> Result<Credentials, NoCredentials> {
        let token = container::token(self.environment).await?;
        let transport = self.line.caller.transport();
        container::ask(transport.as_ref(), url, token.as_ref()).await
    }

    async fn uri(self, url: &Url) -> Result<Credentials, NoCredentials> {
        container::ask(self.line.caller.transport().as_ref(), url, None).await
    }
}

fn half_set(set: &str, missing: &str) -> NoCredentials {
    NoCredentials::new(format!(
        "the environment variable {set} is set and {missing} is not"
    ))
}
