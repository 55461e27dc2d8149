//! Addresses in the configuration, and over which of them secrets may travel.
//!
//! Invariant: no error repeats an address, since people paste tokens.

use std::net::IpAddr;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// A TLS endpoint to look at: a host name or address, with a port (443 when left out).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct TlsEndpoint {
    /// The host name, or an address (IPv6 without brackets).
    pub host: String,
    /// The port.
    pub port: u16,
}

impl TryFrom<String> for TlsEndpoint {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const WRONG: &str = "this is not a host such as \"example.com\" or \"example.com:8443\"";
        // The rules of URLs for hosts and ports, brackets of IPv6 included, are the ones wanted.
        let url = Url::parse(&format!("https://{text}")).map_err(|_| WRONG)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || text.ends_with('/') {
            return Err(WRONG);
        }
        let host = match url.host().ok_or(WRONG)? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        Ok(Self {
            host,
            port: url.port().unwrap_or(443),
        })
    }
}

impl From<TlsEndpoint> for String {
    fn from(endpoint: TlsEndpoint) -> Self {
        match endpoint.host.contains(':') {
            true => format!("[{}]:{}", endpoint.host, endpoint.port),
            false => format!("{}:{}", endpoint.host, endpoint.port),
        }
    }
}

/// The address of a service: a URL that is not repeated in errors, since people paste tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Address(Url);

impl Address {
    /// Returns the address as a URL.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }
}

impl TryFrom<String> for Address {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Url::parse(&text)
            .map(Self)
            .map_err(|_| "this is not an address such as https://example.com")
    }
}

impl From<Url> for Address {
    fn from(url: Url) -> Self {
        Self(url)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0.into()
    }
}

/// Checks that secrets and signatures may travel to `url`: https anywhere, http on this machine.
///
/// # Errors
///
/// Says what is wrong without showing the address, which may be a credential.
pub fn check_transport(url: &Url) -> Result<(), &'static str> {
    match url.scheme() {
        "https" if url.host().is_some() => Ok(()),
        "http" if is_loopback(url) => Ok(()),
        "http" => Err("plain http goes to this machine only; use https"),
        _ => Err("this is not an https address"),
    }
}

/// Tells whether `url` leads to this very machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}
