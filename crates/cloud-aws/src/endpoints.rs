//! Where each service is asked: partitions, regions, hosts, and addresses from the config.
//!
//! Source: `endpoints.json` of the official client.

use std::collections::BTreeMap;

use model::{Place, RegionId};
use url::{Host, Url};

/// A part of the cloud with accounts, credentials and hosts of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partition {
    /// The commercial regions.
    Aws,
    /// Beijing and Ningxia, run by Sinnet and NWCD.
    China,
}

impl Partition {
    /// Returns the partition by its name in ARNs, `aws` or `aws-cn`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "aws" => Some(Self::Aws),
            "aws-cn" => Some(Self::China),
            _ => None,
        }
    }

    /// Returns the partition that a region is of.
    #[must_use]
    pub fn of_region(region: &str) -> Self {
        if region.starts_with("cn-") {
            Self::China
        } else {
            Self::Aws
        }
    }

    /// Returns the name it has in ARNs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::China => "aws-cn",
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Aws => "amazonaws.com",
            Self::China => "amazonaws.com.cn",
        }
    }

    /// Returns the region that is asked for what is of no region, unless the config names another.
    pub(crate) fn home(self) -> RegionId {
        RegionId::new(match self {
            Self::Aws => "us-east-1",
            Self::China => "cn-north-1",
        })
    }
}

/// How a service is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Forms, answered by XML with lists of `item`.
    Ec2,
    /// Forms, answered by XML in an envelope, with lists of `member`.
    Query,
    /// JSON; the header names the operation.
    Json,
    /// The same, in the version before.
    OldJson,
    /// JSON; method and path name the operation.
    Rest,
}

/// A service with a host of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Ec2,
    Sts,
    Iam,
    AutoScaling,
    /// Application, network and gateway balancers.
    Elbv2,
    /// Classic balancers: the same host, an older version.
    Elb,
    Rds,
    Eks,
    Acm,
    Organizations,
    Route53Domains,
    SavingsPlans,
    /// Metrics and their alarms.
    CloudWatch,
    /// Topics that alarms tell.
    Sns,
    /// Snapshot policies.
    Dlm,
    /// Backup plans.
    Backup,
    /// Tags of resources of all services.
    Tagging,
    /// Encryption keys.
    Kms,
}

impl Service {
    /// Returns the name it has in signatures, and in the config.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ec2 => "ec2",
            Self::Sts => "sts",
            Self::Iam => "iam",
            Self::AutoScaling => "autoscaling",
            Self::Elbv2 | Self::Elb => "elasticloadbalancing",
            Self::Rds => "rds",
            Self::Eks => "eks",
            Self::Acm => "acm",
            Self::Organizations => "organizations",
            Self::Route53Domains => "route53domains",
            Self::SavingsPlans => "savingsplans",
            Self::CloudWatch => "monitoring",
            Self::Sns => "sns",
            Self::Dlm => "dlm",
            Self::Backup => "backup",
            Self::Tagging => "tagging",
            Self::Kms => "kms",
        }
    }

    pub(crate) fn protocol(self) -> Protocol {
        match self {
            Self::Ec2 => Protocol::Ec2,
            Self::Sts
            | Self::Iam
            | Self::AutoScaling
            | Self::Elbv2
            | Self::Elb
            | Self::Rds
            | Self::Sns => Protocol::Query,
            Self::Acm | Self::Organizations | Self::Route53Domains | Self::Tagging | Self::Kms => {
                Protocol::Json
            }
            Self::CloudWatch => Protocol::OldJson,
            Self::Eks | Self::SavingsPlans | Self::Dlm | Self::Backup => Protocol::Rest,
        }
    }

    /// Returns the version that forms name, or what the target header begins with.
    pub(crate) fn version(self) -> &'static str {
        match self {
            Self::Ec2 => "2016-11-15",
            Self::Sts => "2011-06-15",
            Self::Iam => "2010-05-08",
            Self::AutoScaling => "2011-01-01",
            Self::Elbv2 => "2015-12-01",
            Self::Elb => "2012-06-01",
            Self::Rds => "2014-10-31",
            Self::Acm => "CertificateManager",
            Self::Organizations => "AWSOrganizationsV20161128",
            Self::Route53Domains => "Route53Domains_v20140515",
            Self::CloudWatch => "GraniteServiceVersion20100801",
            Self::Sns => "2010-03-31",
            Self::Tagging => "ResourceGroupsTaggingAPI_20170126",
            Self::Kms => "TrentService",
            Self::Eks | Self::SavingsPlans | Self::Dlm | Self::Backup => "",
        }
    }

    /// Returns the one region of a service that has only one in a partition.
    fn only_region(self, partition: Partition) -> Option<&'static str> {
        match (self, partition) {
            (Self::Iam, Partition::Aws)
            | (Self::Organizations, Partition::Aws)
            | (Self::Route53Domains, _)
            | (Self::SavingsPlans, Partition::Aws) => Some("us-east-1"),
            (Self::Iam, Partition::China) => Some("cn-north-1"),
            (Self::Organizations, Partition::China) => Some("cn-northwest-1"),
            _ => None,
        }
    }

    fn host(self, partition: Partition, region: &str) -> String {
        let (name, suffix) = (self.name(), partition.suffix());
        match (self, partition) {
            (Self::Iam | Self::SavingsPlans, Partition::Aws) => format!("{name}.{suffix}"),
            _ => format!("{name}.{region}.{suffix}"),
        }
    }
}

/// Where one call goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// Scheme, host and port.
    pub(crate) origin: Url,
    /// The region that the signature names.
    pub(crate) region: String,
}

/// Addresses from the config, instead of the cloud's own; checked.
///
/// The environment's `AWS_ENDPOINT_URL` is not looked at: where signed requests go is said in the
/// config alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    overrides: BTreeMap<String, Url>,
}

/// Why an address of the config is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// No service has this key.
    #[error("no service is called {key:?}; there are {}", Endpoints::KEYS.join(", "))]
    UnknownKey {
        /// The key.
        key: String,
    },
    /// The address would send signed requests over the network in the clear.
    #[error("the address of {key} has to be https; plain http goes to this machine only")]
    InTheClear {
        /// Whose address.
        key: String,
    },
    /// The address is more, or less, than scheme, host and port.
    #[error("the address of {key} has to be a scheme and a host, such as https://gateway.example")]
    NotAnOrigin {
        /// Whose address.
        key: String,
    },
}

const METADATA: &str = "http://169.254.169.254/";

impl Endpoints {
    /// The keys that may be set: a service, `metadata`, or `default` for every service without a key
    /// of its own (but not the metadata).
    pub const KEYS: [&'static str; 19] = [
        "acm",
        "autoscaling",
        "backup",
        "default",
        "dlm",
        "ec2",
        "eks",
        "elasticloadbalancing",
        "iam",
        "kms",
        "metadata",
        "monitoring",
        "organizations",
        "rds",
        "route53domains",
        "savingsplans",
        "sns",
        "sts",
        "tagging",
    ];

    /// Checks addresses.
    ///
    /// # Errors
    ///
    /// When a key is unknown, or an address is not one to send signed requests to.
    pub fn new(overrides: BTreeMap<String, Url>) -> Result<Self, EndpointError> {
        for (key, url) in &overrides {
            let key = key.clone();
            if !Self::KEYS.contains(&key.as_str()) {
                return Err(EndpointError::UnknownKey { key });
            }
            let bare = matches!(url.path(), "" | "/") && url.query().is_none();
            let bare = bare && url.fragment().is_none() && url.username().is_empty();
            if !bare || url.password().is_some() || url.host().is_none() {
                return Err(EndpointError::NotAnOrigin { key });
            }
            // The metadata service has no certificate, and its address never leaves the machine.
            let near = is_this_machine(url) || key == "metadata";
            if url.scheme() != "https" && !(url.scheme() == "http" && near) {
                return Err(EndpointError::InTheClear { key });
            }
        }
        Ok(Self { overrides })
    }

    /// Returns where a service is asked; what is of no region is asked in `home`, unless the service
    /// has one region only.
    pub(crate) fn target(
        &self,
        service: Service,
        partition: Partition,
        place: &Place,
        home: &RegionId,
    ) -> Result<Target, url::ParseError> {
        let region = match (service.only_region(partition), place) {
            (Some(region), _) => region,
            (None, Place::Region(region)) => region.as_str(),
            (None, Place::Global) => home.as_str(),
        };
        // A region comes from an answer, and the request that goes there may carry a session's token.
        if !is_label(region) {
            return Err(url::ParseError::InvalidDomainCharacter);
        }
        let overridden = [service.name(), "default"]
            .iter()
            .find_map(|key| self.overrides.get(*key));
        let origin = match overridden {
            Some(url) => url.clone(),
            None => Url::parse(&format!("https://{}", service.host(partition, region)))?,
        };
        let region = region.to_owned();
        Ok(Target { origin, region })
    }

    /// Returns where the machine's metadata service is asked.
    pub(crate) fn metadata(&self) -> Result<Url, url::ParseError> {
        self.overrides
            .get("metadata")
            .cloned()
            .map_or_else(|| Url::parse(METADATA), Ok)
    }
}

/// Returns whether a text is one label of a host's name.
fn is_label(text: &str) -> bool {
    let plain = |it: u8| it.is_ascii_alphanumeric() || it == b'-';
    text.bytes().all(plain) && text.bytes().any(|it| it.is_ascii_alphanumeric())
}

/// Returns whether a URL leads to the machine it is used on.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoints(pairs: &[(&str, &str)]) -> Result<Endpoints, EndpointError> {
        let pairs = pairs
            .iter()
            .map(|(key, url)| ((*key).to_owned(), url.parse().unwrap()));
        Endpoints::new(pairs.collect())
    }

    fn asked(service: Service, partition: Partition, place: &Place) -> String {
        let own = Endpoints::default();
        let target = own
            .target(service, partition, place, &partition.home())
            .unwrap();
        format!("{} {}", target.origin.host_str().unwrap(), target.region)
    }

    #[test]
    fn every_service_has_its_host_and_its_region_in_either_partition() {
        let global = Place::Global;
        let (tokyo, ningxia) = (region("ap-northeast-1"), region("cn-northwest-1"));
        for (service, world, china) in [
            (
                Service::Ec2,
                "ec2.ap-northeast-1.amazonaws.com ap-northeast-1",
                "ec2.cn-northwest-1.amazonaws.com.cn cn-northwest-1",
            ),
            (
                Service::Iam,
                "iam.amazonaws.com us-east-1",
                "iam.cn-north-1.amazonaws.com.cn cn-north-1",
            ),
            (
                Service::Organizations,
                "organizations.us-east-1.amazonaws.com us-east-1",
                "organizations.cn-northwest-1.amazonaws.com.cn cn-northwest-1",
            ),
            (
                Service::SavingsPlans,
                "savingsplans.amazonaws.com us-east-1",
                "savingsplans.cn-northwest-1.amazonaws.com.cn cn-northwest-1",
            ),
            (
                Service::CloudWatch,
                "monitoring.ap-northeast-1.amazonaws.com ap-northeast-1",
                "monitoring.cn-northwest-1.amazonaws.com.cn cn-northwest-1",
            ),
            (
                Service::Sns,
                "sns.ap-northeast-1.amazonaws.com ap-northeast-1",
                "sns.cn-northwest-1.amazonaws.com.cn cn-northwest-1",
            ),
            (
                Service::Elb,
                "elasticloadbalancing.ap-northeast-1.amazonaws.com ap-northeast-1",
                "elasticloadbalancing.cn-northwest-1.amazonaws.com.cn cn-northwest-1",
            ),
        ] {
            assert_eq!(asked(service, Partition::Aws, &tokyo), world);
            assert_eq!(asked(service, Partition::China, &ningxia), china);
        }
        assert_eq!(
            asked(Service::Sts, Partition::China, &global),
            "sts.cn-north-1.amazonaws.com.cn cn-north-1"
        );
        assert_eq!(
            asked(Service::Route53Domains, Partition::Aws, &global),
            "route53domains.us-east-1.amazonaws.com us-east-1"
        );
    }

    fn region(id: &str) -> Place {
        Place::Region(RegionId::new(id))
    }

    #[test]
    fn the_most_special_override_is_taken_and_the_region_stays_what_it_was() {
        let overridden = endpoints(&[
            ("default", "http://127.0.0.1:1"),
            ("ec2", "http://127.0.0.1:2"),
        ])
        .unwrap();
        let of = |service| {
            let place = region("eu-west-1");
            let home = Partition::Aws.home();
            let target = overridden
                .target(service, Partition::Aws, &place, &home)
                .unwrap();
            format!("{} {}", target.origin, target.region)
        };
        assert_eq!(of(Service::Ec2), "http://127.0.0.1:2/ eu-west-1");
        assert_eq!(of(Service::Eks), "http://127.0.0.1:1/ eu-west-1");
        assert_eq!(of(Service::Iam), "http://127.0.0.1:1/ us-east-1");
        assert_eq!(overridden.metadata().unwrap().as_str(), METADATA);
    }

    #[test]
    fn signed_requests_leave_the_machine_over_tls_only() {
        let key = || "ec2".to_owned();
        let refused = |url| endpoints(&[("ec2", url)]).unwrap_err();
        for url in ["http://10.0.0.1", "ftp://127.0.0.1"] {
            assert_eq!(refused(url), EndpointError::InTheClear { key: key() });
        }
        for url in ["https://h/path", "https://h/?q", "https://me:pw@h/"] {
            assert_eq!(refused(url), EndpointError::NotAnOrigin { key: key() });
        }
        let unknown = endpoints(&[("s3", "https://h")]).unwrap_err();
        assert!(unknown.to_string().contains("route53domains"), "{unknown}");
        endpoints(&[("metadata", "http://169.254.169.254")]).unwrap();
    }

    #[test]
    fn a_region_cannot_lead_to_another_host() {
        let own = Endpoints::default();
        let home = Partition::Aws.home();
        for id in ["evil.example/", "a@b", "x:1", "a.b", "", "地域", "-"] {
            let target = own.target(Service::Ec2, Partition::Aws, &region(id), &home);
            assert!(target.is_err(), "{id:?} {target:?}");
        }
    }

    #[test]
    fn every_service_can_be_overridden_by_its_name() {
        for service in [
            Service::Ec2,
            Service::Sts,
            Service::Iam,
            Service::AutoScaling,
            Service::Elbv2,
            Service::Rds,
            Service::Eks,
            Service::Acm,
            Service::Organizations,
            Service::Route53Domains,
            Service::SavingsPlans,
            Service::CloudWatch,
            Service::Sns,
            Service::Dlm,
            Service::Backup,
            Service::Tagging,
            Service::Kms,
        ] {
            assert!(Endpoints::KEYS.contains(&service.name()), "{service:?}");
        }
        assert!(Endpoints::KEYS.is_sorted());
    }
}
