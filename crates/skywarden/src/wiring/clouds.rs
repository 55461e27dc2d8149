//! From the accounts of the configuration to accounts on their clouds.

use std::collections::BTreeMap;
use std::sync::Arc;

use cloud::{Callable, Caller, Provider};
use cloud_aliyun::Aliyun;
use cloud_aws::Aws;
use cloud_tencent::Tencent;
use model::{AccountId, RegionId};
use url::Url;
use warden::{Discover, Watched};

use crate::Host;
use crate::cli::CliError;
use crate::config::{AccountConfig, AssumeRole, Config, Credentials, Partition, Secrets, Site};
use crate::wiring::Gathered as _;

/// What each cloud calls its machines.
pub(crate) const MACHINE_WORDS: [(&str, &str); 3] = [
    (cloud_aliyun::CLOUD, "ECS"),
    (cloud_aws::CLOUD, "EC2"),
    (cloud_tencent::CLOUD, "CVM"),
];

/// How long the name of an image may be.
pub(crate) const LONGEST_IMAGE_NAMES: [(&str, usize); 3] = [
    (cloud_aliyun::CLOUD, 128),
    (cloud_aws::CLOUD, 128),
    (cloud_tencent::CLOUD, 60),
];

/// The clouds that make no disk of a copy of a disk that a machine starts from, but an image.
pub(crate) const NO_DISK_OF_ROOT: [&str; 1] = [cloud_tencent::CLOUD];

/// What each cloud counts as sent out by a machine.
pub(crate) const OUTBOUND_COUNTS: [(&str, &str); 3] = [
    (cloud_aliyun::CLOUD, "public"),
    (cloud_aws::CLOUD, "all_interfaces"),
    (cloud_tencent::CLOUD, "public"),
];

/// The clouds that count at the address of a machine that has one of its own.
pub(crate) const COUNTED_AT_THE_ADDRESS: [&str; 1] = [cloud_aliyun::CLOUD];

/// Returns what may be called at a cloud, by which its quotas can be told.
pub(crate) fn callable(cloud: &str) -> Option<Callable> {
    match cloud {
        cloud_aliyun::CLOUD => Some(cloud_aliyun::callable()),
        cloud_aws::CLOUD => Some(cloud_aws::callable()),
        cloud_tencent::CLOUD => Some(cloud_tencent::callable()),
        _ => None,
    }
}

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
        .map(|account| {
            let desk = Desk {
                account,
                secrets,
                host,
            };
            desk.watched(caller)
        })
        .collect()
}

/// One account of the configuration, and what its secrets and surroundings are read from.
struct Desk<'a> {
    account: &'a AccountConfig,
    secrets: &'a Secrets<'a>,
    host: &'a Host,
}

/// Declares how credentials of the configuration become those of one cloud's room; the rooms know
/// nothing of each other, so their types are alike and not the same.
macro_rules! credentials {
    ($name:ident, $room:ident, $machine_role:ident) => {
        fn $name(&self, credentials: &Credentials) -> Result<$room::CredentialSource, CliError> {
            use $room::CredentialSource as Source;
            Ok(match credentials {
                Credentials::Env(prefix) => Source::Env {
                    prefix: prefix.clone(),
                },
                Credentials::Profile(name) => Source::Profile {
                    name: Some(name.clone()),
                    path: None,
                },
                Credentials::MachineRole(role) => Source::$machine_role { role: role.clone() },
                Credentials::AssumeRole(assume) => {
                    let AssumeRole {
                        role,
                        via,
                        external_id,
                        session,
                    } = &**assume;
                    let via = match via {
                        Some(via) => self.$name(via)?,
                        None => Source::Chain,
                    };
                    Source::AssumeRole {
                        arn: role.clone(),
                        external_id: external_id.clone(),
                        session: session.clone(),
                        duration: None,
                        via: Box::new(via),
                    }
                }
                Credentials::Sealed(name) => {
                    use secrecy::ExposeSecret as _;
                    let (id, secret) = self.secrets.access_key(&self.place(), name)?;
                    Source::Static {
                        id: id.expose_secret().to_owned(),
                        secret,
                        token: None,
                    }
                }
                Credentials::Command(words) => Source::Command(words.clone()),
                Credentials::Uri(url) => Source::Uri(url.clone()),
            })
        }
    };
}

impl Desk<'_> {
    fn watched(&self, caller: &Arc<Caller>) -> Result<Watched, CliError> {
        let account = self.account;
        let provider: Arc<dyn Provider> = match account.cloud.as_str() {
            cloud_aliyun::CLOUD => Arc::new(Aliyun::new(self.aliyun()?, caller.clone())),
            cloud_aws::CLOUD => Arc::new(Aws::new(self.aws()?, caller.clone())),
            cloud_tencent::CLOUD => Arc::new(Tencent::new(self.tencent()?, caller.clone())),
            other => {
                let known = MACHINE_WORDS.map(|(cloud, _)| cloud).join(", ");
                let name = &account.name;
                return Err(CliError::usage(format!(
                    "accounts.{name}: there is no cloud {other:?}"
                ))
                .hint(format!("known clouds: {known}.")));
            }
        };
        Ok(Watched {
            provider,
            expect_identity: account.expect_identity.clone(),
            regions: self.regions(),
            discover: account.discover.as_ref().map(|it| Discover {
                role: it.role.clone(),
                exclude: it.exclude.clone(),
            }),
        })
    }

    fn aliyun(&self) -> Result<cloud_aliyun::Settings, CliError> {
        let endpoints = cloud_aliyun::Endpoints::new(self.addresses());
        Ok(cloud_aliyun::Settings {
            account: self.id(),
            source: self.aliyun_source(&self.account.credentials)?,
            environment: aliyun_environment(self.host),
            site: match self.account.site {
                Site::Auto => None,
                Site::Domestic => Some(cloud_aliyun::Site::Domestic),
                Site::International => Some(cloud_aliyun::Site::International),
            },
            endpoints: endpoints.map_err(|error| self.refused(&error))?,
            quotas: self.account.quotas.quotas(),
        })
    }

    fn aws(&self) -> Result<cloud_aws::Settings, CliError> {
        let endpoints = cloud_aws::Endpoints::new(self.addresses());
        Ok(cloud_aws::Settings {
            account: self.id(),
            source: self.aws_source(&self.account.credentials)?,
            environment: aws_environment(self.host),
            partition: self.account.partition.map(|it| match it {
                Partition::Aws => cloud_aws::Partition::Aws,
                Partition::China => cloud_aws::Partition::China,
            }),
            region: None,
            regions: self.regions(),
            endpoints: endpoints.map_err(|error| self.refused(&error))?,
            quotas: self.account.quotas.quotas(),
        })
    }

    fn tencent(&self) -> Result<cloud_tencent::Settings, CliError> {
        let endpoints = cloud_tencent::Endpoints::new(self.addresses());
        let bill = self.account.bill;
        Ok(cloud_tencent::Settings {
            account: self.id(),
            source: self.tencent_source(&self.account.credentials)?,
            environment: tencent_environment(self.host),
            site: match self.account.site {
                Site::Auto => None,
                Site::Domestic => Some(cloud_tencent::Site::Domestic),
                Site::International => Some(cloud_tencent::Site::International),
            },
            endpoints: endpoints.map_err(|error| self.refused(&error))?,
            quotas: self.account.quotas.quotas(),
            bill: cloud_tencent::Bill {
                counted: match bill.count_credit {
                    true => cloud_tencent::Counted::MoneyAndCredit,
                    false => cloud_tencent::Counted::Money,
                },
                renewal_page: match bill.renewal_page {
                    true => cloud_tencent::RenewalPage::Read,
                    false => cloud_tencent::RenewalPage::LeftAlone,
                },
            },
        })
    }

    credentials!(aliyun_source, cloud_aliyun, EcsRole);
    credentials!(aws_source, cloud_aws, InstanceRole);
    credentials!(tencent_source, cloud_tencent, CvmRole);

    fn id(&self) -> AccountId {
        AccountId::new(self.account.name.as_str())
    }

    /// Returns where in the configuration the credentials stand.
    fn place(&self) -> String {
        format!("accounts.{}.credentials", self.account.name)
    }

    fn regions(&self) -> Vec<RegionId> {
        let regions = self.account.regions.iter();
        regions.map(|it| RegionId::new(it.as_str())).collect()
    }

    fn addresses(&self) -> BTreeMap<String, Url> {
        let addresses = self.account.endpoints.iter();
        addresses
            .map(|(key, url)| (key.clone(), url.clone()))
            .gathered()
    }

    fn refused(&self, error: &dyn std::error::Error) -> CliError {
        CliError::usage(format!("accounts.{}: {error}", self.account.name))
    }
}

/// Declares what one cloud's room may know of the process: variables and the home folder.
macro_rules! environment {
    ($name:ident, $room:ident) => {
        fn $name(host: &Host) -> $room::Environment {
            $room::Environment {
                variables: host.surroundings.variables.clone(),
                home: host.surroundings.home.clone(),
            }
        }
    };
}

environment!(aliyun_environment, cloud_aliyun);
environment!(aws_environment, cloud_aws);
environment!(tencent_environment, cloud_tencent);

/// Returns the profiles of the cloud's own command line tool on this machine.
///
/// # Errors
///
/// When there is a file of profiles that cannot be read.
pub(crate) async fn profiles(
    host: &Host,
) -> Result<Vec<cloud_aliyun::ProfileOnDisk>, cloud_aliyun::NoCredentials> {
    cloud_aliyun::auth::profiles(&aliyun_environment(host)).await
}
