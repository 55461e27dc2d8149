//! From the accounts of the configuration to accounts on their clouds.

use std::sync::Arc;

use cloud::Caller;
use cloud_aliyun::{Aliyun, CredentialSource, Endpoints, Environment, Settings};
use model::{AccountId, RegionId};
use warden::{Discover, Watched};

use crate::Host;
use crate::cli::CliError;
use crate::config::{AccountConfig, AssumeRole, Config, Credentials, Secrets, Site};

/// The clouds there are.
pub(crate) const CLOUDS: [&str; 1] = ["aliyun"];

/// Returns every account that is to be watched.
///
/// # Errors
///
/// When a sealed key cannot be opened or an address is no endpoint; all else that is wrong with
/// credentials shows when they are used, so that one bad account does not hide the others.
pub(crate) fn watched(
    config: &Config,
    secrets: &Secrets<'_>,
    host: &Host,
    caller: &Arc<Caller>,
) -> Result<Vec<Watched>, CliError> {
    config
        .accounts
        .iter()
        .map(|it| watched_account(it, secrets, host, caller))
        .collect()
}

fn watched_account(
    account: &AccountConfig,
    secrets: &Secrets<'_>,
    host: &Host,
    caller: &Arc<Caller>,
) -> Result<Watched, CliError> {
    let discover = account.discover.as_ref().filter(|it| it.resource_directory);
    let provider = match account.cloud.as_str() {
        "aliyun" => Arc::new(aliyun(account, secrets, host, caller)?),
        other => {
            let known = CLOUDS.join(", ");
            let name = &account.name;
            return Err(
                CliError::usage(format!("accounts.{name}: there is no cloud {other:?}"))
                    .hint(format!("known clouds: {known}.")),
            );
        }
    };
    Ok(Watched {
        provider,
        expect_identity: account.expect_identity.clone(),
        regions: account
            .regions
            .iter()
            .map(|it| RegionId::new(it.as_str()))
            .collect(),
        discover: discover.map(|it| Discover {
            role: it.role.clone(),
            exclude: it.exclude.clone(),
        }),
    })
}

fn aliyun(
    account: &AccountConfig,
    secrets: &Secrets<'_>,
    host: &Host,
    caller: &Arc<Caller>,
) -> Result<Aliyun, CliError> {
    let wanted_by = format!("accounts.{}.credentials", account.name);
    let addresses = account
        .endpoints
        .iter()
        .map(|(key, url)| (key.clone(), url.clone()));
    let endpoints = Endpoints::new(addresses.collect())
        .map_err(|error| CliError::usage(format!("accounts.{}: {error}", account.name)))?;
    let settings = Settings {
        account: AccountId::new(account.name.as_str()),
        source: source(&account.credentials, &wanted_by, secrets)?,
        environment: environment(host),
        site: match account.site {
            Site::Auto => None,
            Site::Domestic => Some(cloud_aliyun::Site::Domestic),
            Site::International => Some(cloud_aliyun::Site::International),
        },
        endpoints,
        quotas: cloud_aliyun::Quotas::default(),
    };
    Ok(Aliyun::new(settings, caller.clone()))
}

/// Returns what the Alibaba Cloud room may know of the process: variables and the home folder.
pub(crate) fn environment(host: &Host) -> Environment {
    Environment {
        variables: host.surroundings.variables.clone(),
        home: host.surroundings.home.clone(),
    }
}

/// Returns the profiles of the cloud's own command line tool on this machine.
///
/// # Errors
///
/// When there is a file of profiles that cannot be read.
pub(crate) async fn profiles(
    host: &Host,
) -> Result<Vec<cloud_aliyun::ProfileOnDisk>, cloud_aliyun::NoCredentials> {
    cloud_aliyun::auth::profiles(&environment(host)).await
}

fn source(
    credentials: &Credentials,
    wanted_by: &str,
    secrets: &Secrets<'_>,
) -> Result<CredentialSource, CliError> {
    Ok(match credentials {
        Credentials::Env(prefix) => CredentialSource::Env {
            prefix: prefix.clone(),
        },
        Credentials::Profile(name) => CredentialSource::Profile {
            name: Some(name.clone()),
            path: None,
        },
        Credentials::MachineRole(role) => CredentialSource::EcsRole { role: role.clone() },
        Credentials::AssumeRole(assume) => {
            let AssumeRole {
                role,
                via,
                external_id,
                session,
            } = &**assume;
            let via = match via {
                Some(via) => source(via, wanted_by, secrets)?,
                None => CredentialSource::Chain,
            };
            CredentialSource::AssumeRole {
                arn: role.clone(),
                external_id: external_id.clone(),
                session: session.clone(),
                duration: None,
                via: Box::new(via),
            }
        }
        Credentials::Sealed(name) => {
            use secrecy::ExposeSecret as _;
            let (id, secret) = secrets.access_key(wanted_by, name)?;
            CredentialSource::Static {
                id: id.expose_secret().to_owned(),
                secret,
                token: None,
            }
        }
        Credentials::Command(words) => CredentialSource::Command(words.clone()),
        Credentials::Uri(url) => CredentialSource::Uri(url.clone()),
    })
}
