//! Addresses that a webhook must not reach: metadata services hand out the machine's keys.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Returns whether an address is a cloud's metadata service or link-local.
///
/// `100.100.100.200` is Alibaba Cloud's, `169.254.169.254` and `fd00:ec2::254` are AWS's,
/// `169.254.0.23` is Tencent Cloud's; the whole link-local block is left out.
#[must_use]
pub fn is_metadata_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local() || v4 == Ipv4Addr::new(100, 100, 100, 200),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_metadata_address(IpAddr::V4(v4)),
            None => {
                v6.is_unicast_link_local()
                    || v6 == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)
            }
        },
    }
}

/// Returns why a stranger's URL is refused before any name is resolved, if it is.
pub(crate) fn refusal(url: &Url) -> Option<&'static str> {
    let host = url.host()?;
    let metadata = match &host {
        Host::Ipv4(v4) => is_metadata_address(IpAddr::V4(*v4)),
        Host::Ipv6(v6) => is_metadata_address(IpAddr::V6(*v6)),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            name == "metadata" || name.starts_with("metadata.") || name.starts_with("instance-data")
        }
    };
    if metadata {
        return Some("it is a metadata service or link-local");
    }
    let loopback = match host {
        Host::Ipv4(v4) => v4.is_loopback(),
        Host::Ipv6(v6) => v6.is_loopback(),
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
    };
    match url.scheme() {
        "https" => None,
        "http" if loopback => None,
        _ => Some("plain http goes to loopback only"),
    }
}

/// A resolver that leaves metadata and link-local addresses out, so that a name cannot lead there.
#[derive(Debug)]
pub(crate) struct GuardedResolver;

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> =
                found.filter(|it| !is_metadata_address(it.ip())).collect();
            if allowed.is_empty() {
                return Err("the name leads to no address that may be reached".into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_services_are_refused_in_every_spelling() {
        for url in [
            "http://100.100.100.200/latest/meta-data/",
            "https://169.254.169.254/",
            "https://[::ffff:169.254.169.254]/",
            "https://[fd00:ec2::254]/",
            "https://[fe80::1]/",
            "http://2852039166/",
            "https://metadata.google.internal/",
            "https://metadata.tencentyun.com./",
        ] {
            assert!(refusal(&Url::parse(url).unwrap()).is_some(), "{url}");
        }
    }

    #[test]
    fn robots_are_reached_by_https_and_loopback_by_http() {
        let allowed = |url: &str| refusal(&Url::parse(url).unwrap()).is_none();
        assert!(allowed(
            "https://oapi.dingtalk.com/robot/send?access_token=T"
        ));
        assert!(allowed("http://127.0.0.1:8080/hook"));
        assert!(allowed("http://localhost:8080/hook"));
        assert!(!allowed("http://oapi.dingtalk.com/robot/send"));
        assert!(!allowed("ftp://example.com/"));
    }
}
