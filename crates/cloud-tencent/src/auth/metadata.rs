//! The metadata service of the machine: the session of its role.
//!
//! Invariant: it is asked directly, never through a proxy, and for a second at most a time.

use std::time::Duration;

use net::{HttpRequest, HttpResponse, Method, Reach, Transport};
use url::Url;

use super::{Credentials, NoCredentials, session};

const ROLES: &str = "/latest/meta-data/cam/security-credentials/";
const TIMEOUT: Duration = Duration::from_secs(1);
const LARGEST: usize = 64 << 10;
const SERVICE: &str = "the metadata service of this machine";

/// Returns the session of the role `role`, or of whichever role the machine has.
pub(super) async fn role_session(
    transport: &dyn Transport,
    base: &Url,
    role: Option<&str>,
) -> Result<Credentials, NoCredentials> {
    let role = match role {
        Some(role) => role.to_owned(),
        None => first_role(transport, base).await?,
    };
    // A name is of the metadata's or the config's making, and must stay in its segment of the path.
    let path = format!("{ROLES}{}", crate::sign::encode(&role));
    let answer = get(transport, base, &path).await?;
    if !answer.status.is_success() {
        let status = answer.status.as_u16();
        let what = format!("{SERVICE} has no session of the role {role:?} (HTTP {status})");
        return Err(NoCredentials::new(what));
    }
    session::read(&answer.body, SERVICE)
}

async fn first_role(transport: &dyn Transport, base: &Url) -> Result<String, NoCredentials> {
    let answer = get(transport, base, ROLES).await?;
    let names = answer.text().into_owned();
    let first = names.lines().map(str::trim).find(|it| !it.is_empty());
    match (answer.status.as_u16(), first) {
        (200, Some(role)) => Ok(role.to_owned()),
        (404, _) | (200, None) => Err(NoCredentials::new("this machine has no role")),
        (status, _) => {
            let what = format!("{SERVICE} does not tell its role (HTTP {status})");
            Err(NoCredentials::new(what))
        }
    }
}

async fn get(
    transport: &dyn Transport,
    base: &Url,
    path: &str,
) -> Result<HttpResponse, NoCredentials> {
    let mut url = base.clone();
    url.set_path(path);
    let mut request = HttpRequest::new(Method::GET, url, Reach::Metadata);
    request.timeout = TIMEOUT;
    request.body_limit = LARGEST;
    let answer = transport.send(request).await;
    answer.map_err(|error| NoCredentials::because(format!("{SERVICE} does not answer"), error))
}
