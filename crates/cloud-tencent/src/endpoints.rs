//! Where each service is asked: at the site an account is of, in a finance zone, or where the
//! config says.
//!
//! One host of a service serves all regions, and the region is in a header. Finance zones are
//! isolated: there the host has to name the region, too. Accounts of the international site are
//! asked at hosts of their own.

use std::collections::BTreeMap;

use model::Place;
use url::{Host, Url};

use crate::operations::Operation;

/// A commercial site of the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// cloud.tencent.com.
    Domestic,
    /// tencentcloud.com.
    International,
}

impl Site {
    /// Returns the word that the config has for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Domestic => "domestic",
            Self::International => "international",
        }
    }
}

/// Addresses from the config, instead of the cloud's own; checked.
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

const METADATA: &str = "http://metadata.tencentyun.com/";

impl Endpoints {
    /// The keys that may be set: a service, `metadata`, or `default` for every service without a key
    /// of its own (but not the metadata).
    pub const KEYS: [&'static str; 27] = [
        "as",
        "billing",
        "cam",
        "cbs",
        "cdb",
        "ckafka",
        "clb",
        "cvm",
        "cynosdb",
        "dcdb",
        "default",
        "domain",
        "es",
        "lighthouse",
        "mariadb",
        "metadata",
        "mongodb",
        "monitor",
        "organization",
        "postgres",
        "redis",
        "sqlserver",
        "ssl",
        "sts",
        "tag",
        "tke",
        "vpc",
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

    /// Returns where an operation is asked.
    pub(crate) fn origin(
        &self,
        operation: &Operation,
        site: Site,
        place: &Place,
    ) -> Result<Url, url::ParseError> {
        let service = operation.service;
        // A region comes from an answer or the config, and may become part of a host's name.
        if let Place::Region(region) = place
            && !is_label(region.as_str())
        {
            return Err(url::ParseError::InvalidDomainCharacter);
        }
        let keys = [service, "default"];
        if let Some(url) = keys.iter().find_map(|key| self.overrides.get(*key)) {
            return Ok(url.clone());
        }
        let host = match (place, site) {
            (Place::Region(region), _) if is_finance_zone(region.as_str()) => {
                format!("{service}.{region}.tencentcloudapi.com")
            }
            (_, Site::Domestic) => format!("{service}.tencentcloudapi.com"),
            (_, Site::International) => format!("{service}.intl.tencentcloudapi.com"),
        };
        Url::parse(&format!("https://{host}"))
    }

    /// Returns where the machine's metadata service is asked.
    pub(crate) fn metadata(&self) -> Result<Url, url::ParseError> {
        self.overrides
            .get("metadata")
            .cloned()
            .map_or_else(|| Url::parse(METADATA), Ok)
    }
}

/// `ap-shanghai-fsi`, `ap-shenzhen-fsi`, `ap-beijing-fsi`.
fn is_finance_zone(region: &str) -> bool {
    region.ends_with("-fsi")
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
    use model::RegionId;

    use super::*;
    use crate::operations::{DESCRIBE_CLUSTERS, DESCRIBE_INSTANCES, DESCRIBE_SCALED};

    fn endpoints(pairs: &[(&str, &str)]) -> Result<Endpoints, EndpointError> {
        let pairs = pairs
            .iter()
            .map(|(key, url)| ((*key).to_owned(), url.parse().unwrap()));
        Endpoints::new(pairs.collect())
    }

    fn region(name: &str) -> Place {
        Place::Region(RegionId::new(name))
    }

    #[test]
    fn a_service_has_one_host_for_all_regions_but_the_finance_zones() {
        let own = Endpoints::default();
        let host = |operation, site, place: &Place| {
            let origin = own.origin(operation, site, place).unwrap();
            origin.host_str().unwrap().to_owned()
        };
        let home = region("ap-guangzhou");
        let bank = region("ap-shanghai-fsi");
        let (domestic, international) = (Site::Domestic, Site::International);
        assert_eq!(
            host(&DESCRIBE_INSTANCES, domestic, &home),
            "cvm.tencentcloudapi.com"
        );
        assert_eq!(
            host(&DESCRIBE_SCALED, domestic, &Place::Global),
            "as.tencentcloudapi.com"
        );
        assert_eq!(
            host(&DESCRIBE_CLUSTERS, international, &home),
            "tke.intl.tencentcloudapi.com"
        );
        assert_eq!(
            host(&DESCRIBE_INSTANCES, domestic, &bank),
            "cvm.ap-shanghai-fsi.tencentcloudapi.com"
        );
        assert_eq!(own.metadata().unwrap().as_str(), METADATA);
    }

    #[test]
    fn the_most_special_override_is_taken() {
        let overridden = endpoints(&[
            ("default", "http://127.0.0.1:1"),
            ("tke", "http://127.0.0.1:2"),
        ])
        .unwrap();
        let bank = region("ap-shanghai-fsi");
        let of = |operation| {
            overridden
                .origin(operation, Site::International, &bank)
                .unwrap()
        };
        assert_eq!(of(&DESCRIBE_CLUSTERS).as_str(), "http://127.0.0.1:2/");
        assert_eq!(of(&DESCRIBE_INSTANCES).as_str(), "http://127.0.0.1:1/");
        assert_eq!(overridden.metadata().unwrap().as_str(), METADATA);
    }

    #[test]
    fn signed_requests_leave_the_machine_over_tls_only() {
        let refused = |key, url| endpoints(&[(key, url)]).unwrap_err();
        let key = || "cvm".to_owned();
        for url in ["http://10.0.0.1", "ftp://127.0.0.1"] {
            assert_eq!(
                refused("cvm", url),
                EndpointError::InTheClear { key: key() }
            );
        }
        for url in [
            "https://h/path",
            "https://h/?q",
            "https://me@h/",
            "https://me:pw@h/",
        ] {
            assert_eq!(
                refused("cvm", url),
                EndpointError::NotAnOrigin { key: key() },
                "{url}"
            );
        }
        let unknown = refused("oss", "https://h");
        assert!(unknown.to_string().contains("lighthouse"), "{unknown}");
        endpoints(&[
            ("cvm", "http://localhost:8080"),
            ("metadata", "http://169.254.0.23"),
        ])
        .unwrap();
    }

    #[test]
    fn a_region_cannot_lead_to_another_host_or_header() {
        let own = Endpoints::default();
        for name in [
            "evil.example/",
            "a@b-fsi",
            "x:1",
            "a.b",
            "",
            "地域",
            "-",
            "a\nb",
        ] {
            let origin = own.origin(&DESCRIBE_INSTANCES, Site::Domestic, &region(name));
            assert!(origin.is_err(), "{name:?} {origin:?}");
        }
    }
}
