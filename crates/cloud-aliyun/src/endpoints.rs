//! Where each service is asked, at either commercial site, and which site an account is of.
//!
//! The account decides the site, not the region: the domestic site is aliyun.com, the
//! international one alibabacloud.com. Billing, certificates and domains have a host at each; a
//! host of the wrong site answers `NotApplicable`, and then the other is asked and remembered.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};

use model::Place;
use url::{Host, Url};

/// A commercial site of the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// aliyun.com.
    Domestic,
    /// alibabacloud.com.
    International,
}

impl Site {
    /// Returns the other site.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Domestic => Self::International,
            Self::International => Self::Domestic,
        }
    }

    /// Returns the word that the config has for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Domestic => "domestic",
            Self::International => "international",
        }
    }
}

/// A service with a host of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Ecs,
    Cms,
    Bss,
    Cas,
    Domain,
    Sts,
    ResourceManager,
    Vpc,
    Slb,
    Cs,
    Ess,
    Ram,
}

impl Service {
    /// Returns the code by which the config knows it.
    pub(crate) fn code(self) -> &'static str {
        self.keys(Site::Domestic)[0]
    }

    /// Returns the keys of the config that override its address, the most special first.
    fn keys(self, site: Site) -> &'static [&'static str] {
        match (self, site) {
            (Self::Ecs, _) => &["ecs", "default"],
            (Self::Cms, _) => &["cms", "default"],
            (Self::Bss, Site::Domestic) => &["bss", "default"],
            (Self::Bss, Site::International) => &["bss-intl", "bss", "default"],
            (Self::Cas, Site::Domestic) => &["cas", "default"],
            (Self::Cas, Site::International) => &["cas-intl", "cas", "default"],
            (Self::Domain, Site::Domestic) => &["domain", "default"],
            (Self::Domain, Site::International) => &["domain-intl", "domain", "default"],
            (Self::Sts, _) => &["sts", "default"],
            (Self::ResourceManager, _) => &["resourcemanager", "default"],
            (Self::Vpc, _) => &["vpc", "default"],
            (Self::Slb, _) => &["slb", "default"],
            (Self::Cs, _) => &["cs", "default"],
            (Self::Ess, _) => &["ess", "default"],
            (Self::Ram, _) => &["ram", "default"],
        }
    }

    fn host(self, site: Site, place: &Place) -> String {
        let host = match (self, site) {
            (Self::Ecs, _) => return regional("ecs", place),
            (Self::Cms, _) => return regional("metrics", place),
            (Self::Vpc, _) => return regional("vpc", place),
            (Self::Slb, _) => return regional("slb", place),
            (Self::Cs, _) => return regional("cs", place),
            (Self::Ess, _) => return regional("ess", place),
            (Self::Ram, _) => "ram.aliyuncs.com",
            (Self::Bss, Site::Domestic) => "business.aliyuncs.com",
            (Self::Bss, Site::International) => "business.ap-southeast-1.aliyuncs.com",
            (Self::Cas, Site::Domestic) => "cas.aliyuncs.com",
            (Self::Cas, Site::International) => "cas.ap-southeast-1.aliyuncs.com",
            (Self::Domain, Site::Domestic) => "domain.aliyuncs.com",
            (Self::Domain, Site::International) => "domain-intl.aliyuncs.com",
            (Self::Sts, _) => "sts.aliyuncs.com",
            (Self::ResourceManager, _) => "resourcemanager.aliyuncs.com",
        };
        host.to_owned()
    }
}

/// Returns the host of a service that has one in each region.
fn regional(service: &str, place: &Place) -> String {
    match place {
        Place::Region(region) => format!("{service}.{region}.aliyuncs.com"),
        Place::Global => format!("{service}.aliyuncs.com"),
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

const METADATA: &str = "http://100.100.100.200/";

impl Endpoints {
    /// The keys that may be set: a service, a service of the international site, `metadata`, or
    /// `default` for every service without a key of its own (but not the metadata).
    pub const KEYS: [&'static str; 17] = [
        "bss",
        "bss-intl",
        "cas",
        "cas-intl",
        "cms",
        "cs",
        "default",
        "domain",
        "domain-intl",
        "ecs",
        "ess",
        "metadata",
        "ram",
        "resourcemanager",
        "slb",
        "sts",
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

    /// Returns where a service is asked.
    pub(crate) fn origin(
        &self,
        service: Service,
        site: Site,
        place: &Place,
    ) -> Result<Url, url::ParseError> {
        if let Some(url) = service
            .keys(site)
            .iter()
            .find_map(|key| self.overrides.get(*key))
        {
            return Ok(url.clone());
        }
        // A region comes from an answer, and the request that goes there may carry a session's token.
        if let Place::Region(region) = place
            && !is_label(region.as_str())
        {
            return Err(url::ParseError::InvalidDomainCharacter);
        }
        Url::parse(&format!("https://{}", service.host(site, place)))
    }

    /// Returns where the machine's metadata service is asked.
    pub(crate) fn metadata(&self) -> Result<Url, url::ParseError> {
        self.overrides
            .get("metadata")
            .cloned()
            .map_or_else(|| Url::parse(METADATA), Ok)
    }

    /// Returns whether the two sites have different hosts for a service.
    pub(crate) fn sites_differ(&self, service: Service) -> bool {
        let of = |site| self.origin(service, site, &Place::Global);
        of(Site::Domestic) != of(Site::International)
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

/// Which site an account is of, as far as it is known.
#[derive(Debug, Default)]
pub(crate) struct KnownSite(AtomicU8);

impl KnownSite {
    pub(crate) fn new(site: Option<Site>) -> Self {
        Self(AtomicU8::new(site.map_or(0, number)))
    }

    pub(crate) fn get(&self) -> Option<Site> {
        match self.0.load(Ordering::Acquire) {
            1 => Some(Site::Domestic),
            2 => Some(Site::International),
            _ => None,
        }
    }

    /// Returns the site to ask: most accounts are domestic.
    pub(crate) fn to_ask(&self) -> Site {
        self.get().unwrap_or(Site::Domestic)
    }

    pub(crate) fn remember(&self, site: Site) {
        self.0.store(number(site), Ordering::Release);
    }
}

fn number(site: Site) -> u8 {
    match site {
        Site::Domestic => 1,
        Site::International => 2,
    }
}

#[cfg(test)]
mod tests {
    use model::RegionId;

    use super::*;

    fn endpoints(pairs: &[(&str, &str)]) -> Result<Endpoints, EndpointError> {
        let pairs = pairs
            .iter()
            .map(|(key, url)| ((*key).to_owned(), url.parse().unwrap()));
        Endpoints::new(pairs.collect())
    }

    fn origin(endpoints: &Endpoints, service: Service, site: Site, place: &Place) -> String {
        endpoints.origin(service, site, place).unwrap().to_string()
    }

    #[test]
    fn every_service_has_its_hosts() {
        let own = Endpoints::default();
        let beijing = Place::Region(RegionId::new("cn-beijing"));
        let global = Place::Global;
        for (service, place, domestic, international) in [
            (Service::Ecs, &beijing, "ecs.cn-beijing", "ecs.cn-beijing"),
            (Service::Ecs, &global, "ecs", "ecs"),
            (Service::Bss, &global, "business", "business.ap-southeast-1"),
            (Service::Cas, &global, "cas", "cas.ap-southeast-1"),
            (Service::Domain, &global, "domain", "domain-intl"),
            (Service::Vpc, &beijing, "vpc.cn-beijing", "vpc.cn-beijing"),
            (
                Service::Cms,
                &beijing,
                "metrics.cn-beijing",
                "metrics.cn-beijing",
            ),
            (Service::Cs, &beijing, "cs.cn-beijing", "cs.cn-beijing"),
            (Service::Ram, &global, "ram", "ram"),
            (Service::Sts, &global, "sts", "sts"),
            (
                Service::ResourceManager,
                &global,
                "resourcemanager",
                "resourcemanager",
            ),
        ] {
            let expected = |host| format!("https://{host}.aliyuncs.com/");
            assert_eq!(
                origin(&own, service, Site::Domestic, place),
                expected(domestic)
            );
            assert_eq!(
                origin(&own, service, Site::International, place),
                expected(international)
            );
        }
        assert_eq!(own.metadata().unwrap().as_str(), "http://100.100.100.200/");
    }

    #[test]
    fn the_most_special_override_is_taken() {
        let overridden = endpoints(&[
            ("default", "http://127.0.0.1:1"),
            ("bss", "http://127.0.0.1:2"),
            ("bss-intl", "http://127.0.0.1:3"),
            ("cas", "http://127.0.0.1:4"),
        ])
        .unwrap();
        let of = |service, site| origin(&overridden, service, site, &Place::Global);
        assert_eq!(of(Service::Bss, Site::Domestic), "http://127.0.0.1:2/");
        assert_eq!(of(Service::Bss, Site::International), "http://127.0.0.1:3/");
        assert_eq!(of(Service::Cas, Site::International), "http://127.0.0.1:4/");
        assert_eq!(of(Service::Sts, Site::Domestic), "http://127.0.0.1:1/");
        assert!(overridden.sites_differ(Service::Bss) && !overridden.sites_differ(Service::Cas));
        assert_eq!(
            overridden.metadata().unwrap().as_str(),
            "http://100.100.100.200/"
        );
    }

    #[test]
    fn signed_requests_leave_the_machine_over_tls_only() {
        let refused = |key, url| endpoints(&[(key, url)]).unwrap_err();
        let key = || "ecs".to_owned();
        assert_eq!(
            refused("ecs", "http://10.0.0.1"),
            EndpointError::InTheClear { key: key() }
        );
        assert_eq!(
            refused("ecs", "ftp://127.0.0.1"),
            EndpointError::InTheClear { key: key() }
        );
        for url in [
            "https://h/path",
            "https://h/?q",
            "https://me@h/",
            "https://me:pw@h/",
        ] {
            assert_eq!(
                refused("ecs", url),
                EndpointError::NotAnOrigin { key: key() },
                "{url}"
            );
        }
        let unknown = refused("oss", "https://h");
        assert!(unknown.to_string().contains("resourcemanager"), "{unknown}");
        endpoints(&[
            ("ecs", "http://localhost:8080"),
            ("metadata", "http://100.100.100.200"),
        ])
        .unwrap();
    }

    #[test]
    fn a_region_cannot_lead_to_another_host() {
        let own = Endpoints::default();
        for region in ["evil.example/", "a@b", "x:1", "a.b", "", "地域", "-"] {
            let place = Place::Region(RegionId::new(region));
            let origin = own.origin(Service::Ecs, Site::Domestic, &place);
            assert!(origin.is_err(), "{region:?} {origin:?}");
        }
    }

    #[test]
    fn an_unknown_site_is_asked_as_domestic_and_a_learnt_one_stays() {
        let site = KnownSite::default();
        assert_eq!((site.get(), site.to_ask()), (None, Site::Domestic));
        site.remember(Site::International);
        assert_eq!(
            (site.get(), site.to_ask()),
            (Some(Site::International), Site::International)
        );
    }
}
