//! The metadata service of the machine: the session of its role.
//!
//! Invariant: it is asked directly, never through a proxy, and for a second at most a time.

use std::time::Duration;

use net::{HttpRequest, HttpResponse, Method, Reach, Transport};
use url::Url;

use super::{Credentials, NoCredentials, session};

const TOKEN: &str = "x-aliyun-ecs-metadata-token";
const TOKEN_SECONDS: &str = "x-aliyun-ecs-metadata-token-ttl-seconds";
const ROLES: &str = "/latest/meta-data/ram/security-credentials/";
const TIMEOUT: Duration = Duration::from_secs(1);
const LARGEST: usize = 64 << 10;

/// Whether the service may be asked without a token, as before its hardened mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tokenless {
    Allowed,
    Refused,
}

/// Returns the session of the role `role`, or of whichever role the machine has.
pub(super) async fn role_session(
    transport: &dyn Transport,
    base: &Url,
    role: Option<&str>,
    tokenless: Tokenless,
) -> Result<Credentials, NoCredentials> {
    let service = Service {
        transport,
        base,
        tokenless,
    };
    let token = service.token().await?;
    let token = token.as_deref();
    let role = match role {
        Some(role) => role.to_owned(),
        None => service.first_role(token).await?,
    };
    let path = format!("{ROLES}{}", crate::sign::encode(&role));
    let answer = service.get(&path, token).await?;
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
    tokenless: Tokenless,
}

impl Service<'_> {
    /// Returns the token of the hardened mode, or none where it may do without.
    async fn token(&self) -> Result<Option<String>, NoCredentials> {
        let answer = self
            .send(Method::PUT, "/latest/api/token", (TOKEN_SECONDS, "21600"))
            .await;
        let why = match answer {
            Ok(answer) if answer.status.is_success() => {
                return Ok(Some(answer.text().trim().to_owned()));
            }
            Ok(answer) => NoCredentials::new(format!(
                "the metadata service of this machine gives no token (HTTP {})",
                answer.status.as_u16()
            )),
            Err(why) => why,
        };
        match self.tokenless {
            Tokenless::Allowed => Ok(None),
            Tokenless::Refused => Err(why),
        }
    }

    async fn first_role(&self, token: Option<&str>) -> Result<String, NoCredentials> {
        let answer = self.get(ROLES, token).await?;
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

    /// Asks with the token and, where it is refused and that is allowed, once more without.
    async fn get(&self, path: &str, token: Option<&str>) -> Result<HttpResponse, NoCredentials> {
        if let Some(token) = token {
            let answer = self.send(Method::GET, path, (TOKEN, token)).await?;
            let refused = matches!(answer.status.as_u16(), 401 | 403);
            if !refused || self.tokenless == Tokenless::Refused {
                return Ok(answer);
            }
        }
        self.send(Method::GET, path, ("accept", "*/*")).await
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
