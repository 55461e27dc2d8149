//! The credentials of the container this runs in: ECS tasks, EKS pods, and what stands in for them.
//!
//! Invariant: plain http goes to this machine and to the containers' own addresses only.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use net::{HttpRequest, Method, Reach, Transport};
use secrecy::{ExposeSecret as _, SecretString};
use url::{Host, Url};

use super::{Credentials, Environment, NoCredentials, files, session};
use crate::endpoints::is_this_machine;

/// Where the agent of ECS answers.
const TASK: &str = "http://169.254.170.2";
/// The agents of ECS and of EKS pod identity.
const AGENTS: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23)),
];
const TIMEOUT: Duration = Duration::from_secs(10);
const LARGEST: usize = 64 << 10;
/// A token of a pod is a few kilobytes.
const LONGEST_TOKEN: u64 = 64 << 10;

/// Returns the address that the environment names, if it names one.
///
/// # Errors
///
/// When what it names is no address.
pub(super) fn address(environment: &Environment) -> Result<Option<Url>, NoCredentials> {
    let relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
    let full = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
    let (name, text) = match (environment.get(relative), environment.get(full)) {
        (Some(path), _) if path.starts_with('/') => (relative, format!("{TASK}{path}")),
        (Some(_), _) => {
            return Err(NoCredentials::new(format!("{relative} is no path")));
        }
        (None, Some(text)) => (full, text.to_owned()),
        (None, None) => return Ok(None),
    };
    let url = Url::parse(&text);
    let url = url.map_err(|_| NoCredentials::new(format!("{name} is no address")))?;
    Ok(Some(url))
}

/// Returns the token that the environment tells to show, if any.
///
/// # Errors
///
/// When its file cannot be read.
pub(super) async fn token(
    environment: &Environment,
) -> Result<Option<SecretString>, NoCredentials> {
    if let Some(path) = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
        let token = files::read_token(path.as_ref(), LONGEST_TOKEN).await?;
        return Ok(Some(token.into()));
    }
    let token = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    Ok(token.map(Into::into))
}

/// Asks an address for credentials.
///
/// # Errors
///
/// When the address is not one to ask, or it gives none.
pub(super) async fn ask(
    transport: &dyn Transport,
    url: &Url,
    token: Option<&SecretString>,
) -> Result<Credentials, NoCredentials> {
    let whose = format!("the address {}", base::redact::url(url));
    let is_near = is_this_machine(url) || is_agent(url);
    if url.scheme() != "https" && !(url.scheme() == "http" && is_near) {
        let why = "is plain http to another machine, where everybody can listen";
        return Err(NoCredentials::new(format!("{whose} {why}")));
    }
    let reach = if is_near {
        Reach::Metadata
    } else {
        Reach::Service
    };
    let mut request = HttpRequest::new(Method::GET, url.clone(), reach);
    request.timeout = TIMEOUT;
    request.body_limit = LARGEST;
    if let Some(token) = token {
        let mut value = net::HeaderValue::from_str(token.expose_secret()).map_err(|_| {
            NoCredentials::new("the container's token has characters that cannot be sent")
        })?;
        value.set_sensitive(true);
        let name = net::HeaderName::from_static("authorization");
        request.headers.insert(name, value);
    }
    let answer = transport.send(request).await;
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

fn is_agent(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => AGENTS.contains(&address.into()),
        Some(Host::Ipv6(address)) => AGENTS.contains(&address.into()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), SecretString::from(*value)));
        Environment {
            variables: std::sync::Arc::new(pairs.collect()),
            home: None,
        }
    }

    #[test]
    fn the_environment_names_the_address_as_a_path_or_whole() {
        let relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
        let full = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
        let of = |pairs: &[(&str, &str)]| address(&environment(pairs));
        assert_eq!(of(&[]).unwrap(), None);
        let task = of(&[
            (relative, "/v2/credentials/1"),
            (full, "http://localhost/x"),
        ]);
        assert_eq!(
            task.unwrap().unwrap().as_str(),
            "http://169.254.170.2/v2/credentials/1"
        );
        let pod = of(&[(full, "http://169.254.170.23/v1/credentials")]);
        assert!(is_agent(&pod.unwrap().unwrap()));
        assert!(of(&[(relative, "@evil.example/")]).is_err());
        assert!(of(&[(full, "no address")]).is_err());
    }

    #[test]
    fn only_the_containers_own_addresses_are_asked_in_the_clear() {
        for (text, expected) in [
            ("http://169.254.170.2/x", true),
            ("http://[fd00:ec2::23]/v1/credentials", true),
            ("http://169.254.169.254/latest", false),
            ("http://10.0.0.1/", false),
        ] {
            let url: Url = text.parse().unwrap();
            assert_eq!(is_agent(&url) || is_this_machine(&url), expected, "{text}");
        }
    }
}
