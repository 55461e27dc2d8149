//! The client itself, over reqwest with rustls and ring.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::BytesMut;
use futures_util::StreamExt as _;
use url::Url;

use crate::guard::{GuardedResolver, refusal};
use crate::{Cause, HttpRequest, HttpResponse, NetError, Reach, Transport};

/// What a minimal container has to be told.
const NO_ROOTS: &str = "this machine has no certificate authorities: install ca-certificates, or \
                        name a PEM file in network.ca_file";

/// Room that is made for a body by the other side's word alone.
const LARGEST_AT_ONCE: usize = 1 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How the network is reached; `[network]` in the config.
#[derive(Debug, Clone, Default)]
pub struct NetworkSettings {
    /// A proxy for everything but loopback and metadata.
    pub proxy: Option<Url>,
    /// More certificate authorities, as PEM text; for TLS inspection and private gateways.
    pub extra_roots: Vec<String>,
    /// What to call ourselves in `User-Agent`.
    pub user_agent: String,
}

/// The HTTP client of the product. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Http {
    service: reqwest::Client,
    stranger: reqwest::Client,
    direct: reqwest::Client,
    has_roots: bool,
}

impl Http {
    /// Builds the client. A machine without certificate authorities gets one all the same: what
    /// speaks plain http to loopback works, and what needs TLS is told what is missing.
    ///
    /// # Errors
    ///
    /// When a certificate authority or the proxy of `settings` cannot be understood.
    pub fn new(settings: &NetworkSettings) -> Result<Self, Cause> {
        install_crypto();
        let roots = roots(settings)?;
        let guarded = Arc::new(GuardedResolver);
        Ok(Self {
            service: builder(settings, &roots, Way::Proxied)?.build()?,
            stranger: builder(settings, &roots, Way::Proxied)?
                .dns_resolver(guarded)
                .build()?,
            direct: builder(settings, &roots, Way::Direct)?.build()?,
            has_roots: !roots.is_empty(),
        })
    }
}

/// Returns the machine's certificate authorities and those of the settings.
fn roots(settings: &NetworkSettings) -> Result<Vec<reqwest::Certificate>, Cause> {
    let native = rustls_native_certs::load_native_certs();
    // One that cannot be read is no reason to do without the others.
    let mut roots: Vec<_> = native
        .certs
        .iter()
        .filter_map(|it| reqwest::Certificate::from_der(it).ok())
        .collect();
    for pem in &settings.extra_roots {
        roots.extend(reqwest::Certificate::from_pem_bundle(pem.as_bytes())?);
    }
    Ok(roots)
}

enum Way {
    Proxied,
    Direct,
}

/// Chooses ring, once for the process; a second call finds it chosen, which is as good.
pub(crate) fn install_crypto() {
    drop(rustls::crypto::ring::default_provider().install_default());
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the client the ban points to"
)]
fn builder(
    settings: &NetworkSettings,
    roots: &[reqwest::Certificate],
    way: Way,
) -> Result<reqwest::ClientBuilder, Cause> {
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(Duration::from_secs(60))
        .tls_certs_only(roots.iter().cloned())
        .no_proxy();
    if !settings.user_agent.is_empty() {
        builder = builder.user_agent(&settings.user_agent);
    }
    if let (Way::Proxied, Some(proxy)) = (way, &settings.proxy) {
        let loopback = reqwest::NoProxy::from_string("localhost,127.0.0.0/8,::1");
        builder = builder.proxy(reqwest::Proxy::all(proxy.clone())?.no_proxy(loopback));
    }
    Ok(builder)
}

#[async_trait]
impl Transport for Http {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NetError> {
        let host = request.url.host_str().unwrap_or_default().to_owned();
        if request.url.scheme() == "https" && !self.has_roots {
            let source: Cause = NO_ROOTS.into();
            return Err(NetError::Unsent { host, source });
        }
        let client = match request.reach {
            Reach::Service => &self.service,
            Reach::Metadata => &self.direct,
            Reach::Stranger => {
                if let Some(why) = refusal(&request.url) {
                    return Err(NetError::Refused { host, why });
                }
                &self.stranger
            }
        };
        let answer = client
            .request(request.method, request.url)
            .headers(request.headers)
            .timeout(request.timeout)
            .body(request.body)
            .send()
            .await
            .map_err(|error| judge(&host, error))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        // At once, since a body that grows is copied again and again; but no more than is let in.
        let told = answer.content_length().unwrap_or(0);
        let told = usize::try_from(told).unwrap_or(usize::MAX);
        let mut body = BytesMut::with_capacity(told.min(request.body_limit).min(LARGEST_AT_ONCE));
        let mut chunks = answer.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| judge(&host, error))?;
            if body.len() + chunk.len() > request.body_limit {
                return Err(NetError::TooLarge {
                    host,
                    limit: request.body_limit,
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(HttpResponse {
            status,
            headers,
            body: body.freeze(),
        })
    }
}

/// Sorts reqwest's errors by whether the request can have had an effect, and takes the address out.
fn judge(host: &str, error: reqwest::Error) -> NetError {
    let host = host.to_owned();
    let unsent = error.is_connect() || error.is_builder();
    let source: Cause = error.without_url().into();
    if unsent {
        NetError::Unsent { host, source }
    } else {
        NetError::Unanswered { host, source }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use reqwest::Method;

    use super::*;

    /// Answers one connection with fixed bytes and returns its port.
    fn answering(bytes: &'static [u8]) -> (u16, std::thread::JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = vec![0; 4096];
            let length = stream.read(&mut request).unwrap();
            request.truncate(length);
            stream.write_all(bytes).unwrap();
            request
        });
        (port, server)
    }

    fn get(port: u16, path: &str) -> HttpRequest {
        let url = Url::parse(&format!("http://127.0.0.1:{port}{path}")).unwrap();
        HttpRequest::new(Method::GET, url, Reach::Service)
    }

    fn client() -> Http {
        Http::new(&NetworkSettings::default()).unwrap()
    }

    #[tokio::test]
    async fn the_query_is_sent_byte_for_byte_as_it_was_signed() {
        let (port, server) = answering(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        let path = "/?A=%5B%22i%22%5D&B=%E7%94%9F%20~%2A%2B&C=";
        let answer = client().send(get(port, path)).await.unwrap();
        assert_eq!(&answer.body[..], b"ok");
        let sent = String::from_utf8(server.join().unwrap()).unwrap();
        assert!(
            sent.starts_with(&format!("GET {path} HTTP/1.1\r\n")),
            "{sent}"
        );
    }

    #[tokio::test]
    async fn redirects_are_handed_back_and_not_followed() {
        let (port, _server) = answering(
            b"HTTP/1.1 302 Found\r\nlocation: http://100.100.100.200/\r\ncontent-length: 0\r\n\r\n",
        );
        let answer = client().send(get(port, "/")).await.unwrap();
        assert_eq!(answer.status, 302);
    }

    #[tokio::test]
    async fn a_cut_answer_is_unanswered_and_a_closed_port_is_unsent() {
        let (port, _server) = answering(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nhalf");
        let error = client().send(get(port, "/")).await.unwrap_err();
        assert!(matches!(error, NetError::Unanswered { .. }), "{error:?}");
        let closed = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let error = client()
            .send(get(closed, "/secret-token"))
            .await
            .unwrap_err();
        assert!(matches!(error, NetError::Unsent { .. }), "{error:?}");
        assert!(!base::chain(&error).contains("secret-token"));
    }

    #[tokio::test]
    async fn an_answer_over_the_limit_is_not_held() {
        let (port, _server) = answering(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123456789");
        let mut request = get(port, "/");
        request.body_limit = 9;
        let error = client().send(request).await.unwrap_err();
        assert!(
            matches!(error, NetError::TooLarge { limit: 9, .. }),
            "{error:?}"
        );
    }

    #[tokio::test]
    async fn a_stranger_does_not_lead_to_the_metadata_service() {
        let url = Url::parse("http://100.100.100.200/latest/").unwrap();
        let request = HttpRequest::new(Method::POST, url, Reach::Stranger);
        let error = client().send(request).await.unwrap_err();
        assert!(matches!(error, NetError::Refused { .. }), "{error:?}");
    }
}
