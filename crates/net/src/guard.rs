//! Addresses that a webhook must not reach: metadata services hand out the machine's keys.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Returns whether an address is a cloud's metadata service or link-local.
///
/// `100.100.100.200` is Alibaba Cloud's, `169.254.169.254` and `fd00:ec2::254` are AWS's,
/// `169.254.0.23` is Tencent Cloud's; the whole link-local block is left out. An IPv6 address that a
/// translator or a tunnel turns into one of these is one of these.
#[must_use]
pub fn is_metadata_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_metadata_v4(v4),
        IpAddr::V6(v6) => {
            v6.is_unicast_link_local()
                || v6 == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)
                || embedded(v6).into_iter().any(is_metadata_v4)
        }
    }
}

fn is_metadata_v4(address: Ipv4Addr) -> bool {
    address.is_link_local() || address == Ipv4Addr::new(100, 100, 100, 200)
}

/// Returns the IPv4 addresses that an IPv6 address may stand for.
fn embedded(address: Ipv6Addr) -> Vec<Ipv4Addr> {
    let bytes = address.octets();
    let at = |places: [usize; 4]| {
        let [a, b, c, d] = places.map(|it| bytes[it]);
        Ipv4Addr::new(a, b, c, d)
    };
    let last = at([12, 13, 14, 15]);
    match address.segments() {
        // Mapped (RFC 4291 §2.5.5.2) and, before those, compatible ones; NAT64's own (RFC 6052).
        [0, 0, 0, 0, 0, 0xffff | 0, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => vec![last],
        // A network's own NAT64 (RFC 8215): its prefix may have any length from 48 bits on, and
        // where the address stands goes by that (RFC 6052 §2.2; the ninth byte is left out).
        [0x64, 0xff9b, 1, ..] => vec![
            at([6, 7, 9, 10]),
            at([7, 9, 10, 11]),
            at([9, 10, 11, 12]),
            last,
        ],
        // 6to4 (RFC 3056).
        [0x2002, ..] => vec![at([2, 3, 4, 5])],
        _ => Vec::new(),
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
            "https://[::169.254.169.254]/",
            // NAT64, by its own prefix and by those that a network gives itself.
            "https://[64:ff9b::169.254.169.254]/",
            "https://[64:ff9b::6464:64c8]/",
            "https://[64:ff9b:1::169.254.0.23]/",
            "https://[64:ff9b:1:a9fe:a9:fe00::]/",
            "https://[64:ff9b:1:a9:fe:a9fe::]/",
            "https://[64:ff9b:1:0:a9:fea9:fe00::]/",
            "https://[64:ff9b:1:7::100.100.100.200]/",
            "https://[2002:a9fe:a9fe::1]/",
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
    fn a_translated_address_of_somebody_else_is_reached() {
        for url in [
            "https://[64:ff9b::8.8.8.8]/",
            "https://[64:ff9b:1::8.8.8.8]/",
            "https://[2002:808:808::1]/",
            "https://[2001:db8::a9fe:a9fe]/",
            "https://[::1]/",
        ] {
            assert_eq!(refusal(&Url::parse(url).unwrap()), None, "{url}");
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
