//! Turns a source into credentials, step by step.
//!
//! A source that is set up and broken is an error, also in the chain: going on to the next would
//! silently act as somebody else.

use std::time::Duration;

use net::{HttpRequest, Method, Reach, is_metadata_address};
use url::{Host, Url};

use super::keys::Failure;
use super::metadata::{self, Tokenless};
use super::profile::{self, Named};
use super::{CredentialSource, Credentials, Environment, NoCredentials, command, session, sts};
use crate::endpoints::is_this_machine;
use crate::rpc::{Line, Signer};

/// Profiles that lead to profiles end somewhere.
const DEEPEST: usize = 8;
const URI_TIMEOUT: Duration = Duration::from_secs(10);
const URI_LARGEST: usize = 64 << 10;

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
            return Err(NoCredentials::new("the profiles lead in circles").into());
        }
        match source {
            CredentialSource::Chain => self.first_that_is_set_up(depth).await,
            CredentialSource::Env { prefix } => self.env(prefix).map_err(Failure::from),
            CredentialSource::Profile { name, path } => {
                let default = || profile::default_path(self.environment);
                let path = path.clone().or_else(default).ok_or_else(|| {
                    NoCredentials::new("there is no home folder to look for profiles in")
                })?;
                let body = profile::read_if_there(&path).await?.ok_or_else(|| {
                    NoCredentials::new(format!("there is no file {} of profiles", path.display()))
                })?;
                self.profile(&body, &path, name.as_deref(), depth).await
            }
            CredentialSource::EcsRole { role } => {
                self.machine(role.as_deref()).await.map_err(Failure::from)
            }
            CredentialSource::AssumeRole {
                arn,
                external_id,
                session,
                duration,
                via,
            } => {
                let signer = Box::pin(self.resolve(via, depth + 1)).await?;
                let role = sts::Role {
                    arn,
                    external_id: external_id.as_deref(),
                    session: session.as_deref().unwrap_or(sts::SESSION),
                    duration: duration.unwrap_or(sts::DURATION),
                };
                sts::assume_role(self.line, Signer::Given(&signer), &role).await
            }
            CredentialSource::Oidc {
                provider,
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
                sts::assume_role_with_oidc(self.line, provider, token_file, &role).await
            }
            CredentialSource::Uri(uri) => self.uri(uri).await.map_err(Failure::from),
            CredentialSource::Command(words) => command::run(words).await.map_err(Failure::from),
            CredentialSource::Static { id, secret, token } => Ok(Credentials {
                id: id.clone(),
                secret: secret.clone(),
                token: token.clone(),
                expires: None,
            }),
        }
    }

    /// The order of the official clients: environment, OIDC, profile, machine, address.
    async fn first_that_is_set_up(self, depth: usize) -> Result<Credentials, Failure> {
        let get = |name: &str| self.environment.get(name).map(str::to_owned);
        if let Some(found) = self.env_if_set(&ENVIRONMENT)? {
            return Ok(found);
        }
        let oidc = (
            get("ALIBABA_CLOUD_OIDC_PROVIDER_ARN"),
            get("ALIBABA_CLOUD_ROLE_ARN"),
            get("ALIBABA_CLOUD_OIDC_TOKEN_FILE"),
        );
        if let (Some(provider), Some(arn), Some(token_file)) = oidc {
            let session = get("ALIBABA_CLOUD_ROLE_SESSION_NAME");
            let token_file = token_file.into();
            let source = CredentialSource::Oidc {
                provider,
                arn,
                token_file,
                session,
                duration: None,
            };
            return Box::pin(self.resolve(&source, depth + 1)).await;
        }
        let profiles_off = self
            .environment
            .says_true("ALIBABA_CLOUD_CLI_PROFILE_DISABLED")
            || self.environment.says_true("ALIBABA_CLOUD_IGNORE_PROFILE");
        if !profiles_off
            && let Some(path) = profile::default_path(self.environment)
            && let Some(body) = profile::read_if_there(&path).await?
        {
            let name = get("ALIBABA_CLOUD_PROFILE");
            return self.profile(&body, &path, name.as_deref(), depth).await;
        }
        let mut machine = NoCredentials::new("ALIBABA_CLOUD_ECS_METADATA_DISABLED is set");
        if !self
            .environment
            .says_true("ALIBABA_CLOUD_ECS_METADATA_DISABLED")
        {
            match self.machine(None).await {
                Ok(found) => return Ok(found),
                Err(why) => machine = why,
            }
        }
        if let Some(uri) = get("ALIBABA_CLOUD_CREDENTIALS_URI") {
            let uri = uri
                .parse()
                .map_err(|_| NoCredentials::new("ALIBABA_CLOUD_CREDENTIALS_URI is no address"))?;
            return self.uri(&uri).await.map_err(Failure::from);
        }
        let what = "no credentials were found: neither ALIBABA_CLOUD_ACCESS_KEY_ID and \
                    ALIBABA_CLOUD_ACCESS_KEY_SECRET, nor a profile in ~/.aliyun/config.json, nor a role of \
                    this machine";
        Err(NoCredentials::because(what, machine).into())
    }

    fn env(self, prefix: &str) -> Result<Credentials, NoCredentials> {
        let own = [
            Spelling::new(
                format!("{prefix}_ACCESS_KEY_ID"),
                format!("{prefix}_ACCESS_KEY_SECRET"),
                prefix,
            ),
            Spelling::new(
                format!("{prefix}_ACCESS_KEY"),
                format!("{prefix}_SECRET_KEY"),
                prefix,
            ),
        ];
        let found = match prefix {
            "ALIBABA_CLOUD" => self.env_if_set(&ENVIRONMENT)?,
            _ => self.env_if_set(&own.each_ref().map(Spelling::names))?,
        };
        found.ok_or_else(|| {
            NoCredentials::new(format!(
                "the environment variables {prefix}_ACCESS_KEY_ID and {prefix}_ACCESS_KEY_SECRET are not set"
            ))
        })
    }

    /// Returns the key of the first spelling of which anything is set.
    fn env_if_set(self, spellings: &[Names<'_>]) -> Result<Option<Credentials>, NoCredentials> {
        for (id, secret, token) in spellings {
            let get = |name: &str| self.environment.get(name);
            match (get(id), get(secret)) {
                (Some(id), Some(secret)) => {
                    return Ok(Some(Credentials {
                        id: id.to_owned(),
                        secret: secret.into(),
                        token: get(token).map(Into::into),
                        expires: None,
                    }));
                }
                (None, None) => {}
                // Names without a prefix may be anybody's.
                _ if *id == "ACCESS_KEY_ID" => {}
                (Some(_), None) => return Err(half_set(id, secret)),
                (None, Some(_)) => return Err(half_set(secret, id)),
            }
        }
        Ok(None)
    }

    async fn profile(
        self,
        body: &[u8],
        path: &std::path::Path,
        name: Option<&str>,
        depth: usize,
    ) -> Result<Credentials, Failure> {
        match profile::find(body, path, name, self.environment, self.line.now())? {
            Named::Keys(credentials) => Ok(credentials),
            Named::Source(source) => Box::pin(self.resolve(&source, depth + 1)).await,
        }
    }

    async fn machine(self, role: Option<&str>) -> Result<Credentials, NoCredentials> {
        let base = self.line.endpoints.metadata().map_err(|error| {
            NoCredentials::because("the address of the metadata service is none", error)
        })?;
        let tokenless = match self.environment.says_true("ALIBABA_CLOUD_IMDSV1_DISABLED") {
            true => Tokenless::Refused,
            false => Tokenless::Allowed,
        };
        let role = role.or_else(|| self.environment.get("ALIBABA_CLOUD_ECS_METADATA"));
        let transport = self.line.caller.transport();
        metadata::role_session(transport.as_ref(), &base, role, tokenless).await
    }

    async fn uri(self, uri: &Url) -> Result<Credentials, NoCredentials> {
        let whose = format!("the address {}", base::redact::url(uri));
        let near = is_this_machine(uri) || is_metadata(uri);
        if uri.scheme() != "https" && !(uri.scheme() == "http" && near) {
            let why = "is plain http to another machine, where everybody can listen";
            return Err(NoCredentials::new(format!("{whose} {why}")));
        }
        let reach = if near {
            Reach::Metadata
        } else {
            Reach::Service
        };
        let mut request = HttpRequest::new(Method::GET, uri.clone(), reach);
        request.timeout = URI_TIMEOUT;
        request.body_limit = URI_LARGEST;
        let answer = self.line.caller.transport().send(request).await;
        let answer = answer
            .map_err(|error| NoCredentials::because(format!("{whose} does not answer"), error))?;
        if !answer.status.is_success() {
            let status = answer.status.as_u16();
            return Err(NoCredentials::new(format!(
                "{whose} gives no credentials (HTTP {status})"
            )));
        }
        session::read(&answer.body, &whose)
    }
}

/// Names of the variables for id, secret and token.
type Names<'a> = (&'a str, &'a str, &'a str);

/// What official clients, the command line tool and Terraform read, the newest first.
const ENVIRONMENT: [Names<'static>; 5] = [
    (
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "ALIBABA_CLOUD_SECURITY_TOKEN",
    ),
    (
        "ALIBABACLOUD_ACCESS_KEY_ID",
        "ALIBABACLOUD_ACCESS_KEY_SECRET",
        "ALIBABACLOUD_SECURITY_TOKEN",
    ),
    (
        "ALICLOUD_ACCESS_KEY_ID",
        "ALICLOUD_ACCESS_KEY_SECRET",
        "ALICLOUD_SECURITY_TOKEN",
    ),
    (
        "ALICLOUD_ACCESS_KEY",
        "ALICLOUD_SECRET_KEY",
        "ALICLOUD_SECURITY_TOKEN",
    ),
    ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN"),
];

struct Spelling {
    id: String,
    secret: String,
    token: String,
}

impl Spelling {
    fn new(id: String, secret: String, prefix: &str) -> Self {
        Self {
            id,
            secret,
            token: format!("{prefix}_SECURITY_TOKEN"),
        }
    }

    fn names(&self) -> Names<'_> {
        (&self.id, &self.secret, &self.token)
    }
}

fn half_set(set: &str, missing: &str) -> NoCredentials {
    NoCredentials::new(format!(
        "the environment variable {set} is set and {missing} is not"
    ))
}

fn is_metadata(uri: &Url) -> bool {
    match uri.host() {
        Some(Host::Ipv4(address)) => is_metadata_address(address.into()),
        Some(Host::Ipv6(address)) => is_metadata_address(address.into()),
        _ => false,
    }
}
