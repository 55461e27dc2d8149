//! The metadata service of the machine: the session of its role (IMDSv2).
//!
//! Invariant: it is asked with a token only; the version without one answers whoever can make a
//! machine fetch an address.
//! Invariant: it is asked directly, never through a proxy, and for a second at most a time.

use std::time::Duration;

use net::{HttpRequest, HttpResponse, Method, Reach, Transport};
use url::Url;

use super::{Credentials, NoCredentials, session};

const TOKEN: &str = "x-aws-ec2-metadata-token";
const TOKEN_SECONDS: &str = "x-aws-ec2-metadata-token-ttl-seconds";
const ROLES: &str = "/latest/meta-data/iam/security-credentials/";
const TIMEOUT: Duration = Duration::from_secs(1);
const LARGEST: usize = 64 << 10;

/// Returns the session of the role `role`, or of whichever role the machine has.
pub(super) async fn role_session(
    transport: &dyn Transport,
    base: &Url,
    role: Option<&str>,
) -> Result<Credentials, NoCredentials> {
    let service = Service { transport, base };
    let token = service.token().await?;
    let role = match role {
        Some(role) => role.to_owned(),
        None => service.first_role(&token).await?,
    };
    let path = format!("{ROLES}{}", crate::sign::encode(&role));
    let answer = service.send(Method::GET, &path, (TOKEN, &token)).await?;
    if !answer.status.is_success() {
        let status = answer.status.as_u16();
        return Err(NoCredentials::new(format!(
            "the metadata service of this machine has no session of the role {role:?} (HTTP {status})"
        )));
    }
    session::read(&answer.body, "the metadata service of this machine")
}

struct Service<'a> {
    transport: &'a dyn Transport,
    base: &'a Url,
}

impl Service<'_> {
    async fn token(&self) -> Result<String, NoCredentials> {
        let answer = self
            .send(Method::PUT, "/latest/api/token", (TOKEN_SECONDS, "21600"))
            .await?;
        if answer.status.is_success() {
            return Ok(answer.text().trim().to_owned());
        }
        Err(NoCredentials::new(format!(
            "the metadata service of this machine gives no token (HTTP {})",
            answer.status.as_u16()
        )))
    }

    async fn first_role(&self, token: &str) -> Result<String, NoCredentials> {
        let answer = self.send(Method::GET, ROLES, (TOKEN, token)).await?;
        let names = answer.text().into_owned();
        let first = names.lines().map(str::trim).find(|it| !it.is_empty());
        match (answer.status.as_u16(), first) {
            (200, Some(role)) => Ok(role.to_owned()),
            (404, _) | (200, None) => Err(NoCredentials::new("this machine has no role")),
            (status, _) => Err(NoCredentials::new(format!(
                "the metadata service of this machine does not tell its role (HTTP {status})"
            ))),
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        (name, value): (&'static str, &str),
    ) -> Result<HttpResponse, NoCredentials> {
        let mut url = self.base.clone();
        url.set_path(path);
        let mut request = HttpRequest::new(method, url, Reach::Metadata);
        request.timeout = TIMEOUT;
        request.body_limit = LARGEST;
        let mut value = net::HeaderValue::from_str(value)
            .map_err(|_| NoCredentials::new("the metadata service gave a token that is none"))?;
        value.set_sensitive(true);
        request
            .headers
            .insert(net::HeaderName::from_static(name), value);
        self.transport.send(request).await.map_err(|error| {
            NoCredentials::because(
                "the metadata service of this machine does not answer",
                error,
            )
        })
    }
}
