//! Turns a source into credentials, step by step.
//!
//! A source that is set up and broken is an error, also in the chain: going on to the next would
//! silently act as somebody else.

use std::time::Duration;

use net::{HttpRequest, Method, Reach, is_metadata_address};
use url::{Host, Url};

use super::keys::Failure;
use super::profile::{self, Named};
use super::{
    CredentialSource, Credentials, Environment, NoCredentials, command, metadata, session, sts,
};
use crate::endpoints::is_this_machine;
use crate::rpc::{Line, Signer};

/// Profiles that lead to profiles end somewhere.
const DEEPEST: usize = 8;
const URI_TIMEOUT: Duration = Duration::from_secs(10);
const URI_LARGEST: usize = 64 << 10;
/// What the names of the official clients' variables begin with.
const PREFIX: &str = "TENCENTCLOUD";

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
            CredentialSource::Env { prefix } => match self.env(prefix)? {
                Some(source) => Box::pin(self.resolve(&source, depth + 1)).await,
                None => {
                    let what = format!(
                        "the environment variables {prefix}_SECRET_ID and {prefix}_SECRET_KEY are not set"
                    );
                    Err(NoCredentials::new(what).into())
                }
            },
            CredentialSource::Profile { name, path } => {
                let name = name.as_deref().unwrap_or(profile::DEFAULT);
                let found = profile::find(self.environment, path.as_deref(), name, self.line.now());
                self.named(found.await?, depth).await
            }
            CredentialSource::CvmRole { role } => {
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
                sts::assume_role_with_token(self.line, provider, token_file, &role).await
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

    /// What a person set up comes before what the machine has by itself: environment, files, a pod's
    /// token, the machine's role.
    async fn first_that_is_set_up(self, depth: usize) -> Result<Credentials, Failure> {
        let get = |name: &str| self.environment.get(name).map(str::to_owned);
        if let Some(source) = self.env(PREFIX)? {
            return Box::pin(self.resolve(&source, depth + 1)).await;
        }
        let name = self.environment.get("TCCLI_PROFILE");
        let name = name.unwrap_or(profile::DEFAULT);
        let found = profile::find_if_there(self.environment, name, self.line.now());
        if let Some(found) = found.await? {
            return self.named(found, depth).await;
        }
        let pod = (
            get("TKE_PROVIDER_ID"),
            get("TKE_ROLE_ARN"),
            get("TKE_WEB_IDENTITY_TOKEN_FILE"),
        );
        if let (Some(provider), Some(arn), Some(token_file)) = pod {
            let source = CredentialSource::Oidc {
                provider,
                arn,
                token_file: token_file.into(),
                session: None,
                duration: None,
            };
            return Box::pin(self.resolve(&source, depth + 1)).await;
        }
        match self.machine(None).await {
            Ok(found) => Ok(found),
            Err(why) => {
                let what = "no credentials were found: neither TENCENTCLOUD_SECRET_ID and \
                            TENCENTCLOUD_SECRET_KEY, nor ~/.tencentcloud/credentials, nor a profile of \
                            tccli, nor a role of this machine";
                Err(NoCredentials::because(what, why).into())
            }
        }
    }

    /// Returns what the variables of `prefix` lead to, if any is set.
    fn env(self, prefix: &str) -> Result<Option<CredentialSource>, NoCredentials> {
        let (id, secret) = (
            format!("{prefix}_SECRET_ID"),
            format!("{prefix}_SECRET_KEY"),
        );
        let get = |suffix: &str| self.environment.get(&format!("{prefix}_{suffix}"));
        let (key, keys_secret) = match (self.environment.get(&id), self.environment.get(&secret)) {
            (Some(key), Some(secret)) => (key, secret),
            (None, None) => return Ok(None),
            (Some(_), None) => return Err(half_set(&id, &secret)),
            (None, Some(_)) => return Err(half_set(&secret, &id)),
        };
        // The tool writes the first, Terraform reads the second.
        let token = get("TOKEN").or_else(|| get("SECURITY_TOKEN"));
        let own = CredentialSource::Static {
            id: key.to_owned(),
            secret: keys_secret.into(),
            token: token.map(Into::into),
        };
        Ok(Some(match get("ROLE_ARN") {
            None => own,
            Some(arn) => CredentialSource::AssumeRole {
                arn: arn.to_owned(),
                external_id: get("EXTERNAL_ID").map(str::to_owned),
                session: get("ROLE_SESSION_NAME").map(str::to_owned),
                duration: None,
                via: Box::new(own),
            },
        }))
    }

    async fn named(self, found: Named, depth: usize) -> Result<Credentials, Failure> {
        match found {
            Named::Keys(credentials) => Ok(credentials),
            Named::Source(source) => Box::pin(self.resolve(&source, depth + 1)).await,
        }
    }

    async fn machine(self, role: Option<&str>) -> Result<Credentials, NoCredentials> {
        let base = self.line.endpoints.metadata().map_err(|error| {
            NoCredentials::because("the address of the metadata service is none", error)
        })?;
        let transport = self.line.caller.transport();
        metadata::role_session(transport.as_ref(), &base, role).await
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
            let what = format!("{whose} gives no credentials (HTTP {status})");
            return Err(NoCredentials::new(what));
        }
        session::read(&answer.body, &whose)
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
