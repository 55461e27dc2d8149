//! The client itself, over reqwest with rustls and ring.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::BytesMut;
use futures_util::StreamExt as _;
use tokio::sync::OnceCell;
use url::Url;

use crate::guard::{GuardedResolver, refusal};
use crate::{Cause, HttpRequest, HttpResponse, NetError, Reach, Transport};

/// What a minimal container has to be told.
const NO_ROOTS: &str = "this machine has no certificate authorities: install ca-certificates, or \
                        name a PEM file in network.ca_file";

/// Room that is made for a body by the other side's word alone.
const LARGEST_AT_ONCE: usize = 1 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections to one host that are kept while nobody needs them: each holds on to the largest room
/// it ever read into, up to 400 KiB, and hundreds may have been under way at once. Hundreds of regions
/// that ask in step want one each; to open them anew for every call is a tenth of what the calls cost.
const IDLE_CONNECTIONS: usize = 256;

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
    /// What speaks plain http to loopback works on a machine without certificate authorities.
    plain: Clients,
    secure: Arc<Secure>,
}

impl Http {
    /// Builds the client. The machine's certificate authorities are read when the first request
    /// needs them: there may be none, and a command that needs none need not wait for them.
    ///
    /// # Errors
    ///
    /// When a certificate authority or the proxy of `settings` cannot be understood.
    pub fn new(settings: &NetworkSettings) -> Result<Self, Cause> {
        install_crypto();
        let mut extra_roots = Vec::new();
        for pem in &settings.extra_roots {
            extra_roots.extend(reqwest::Certificate::from_pem_bundle(pem.as_bytes())?);
        }
        Ok(Self {
            plain: Clients::new(settings, &[])?,
            secure: Arc::new(Secure {
                settings: settings.clone(),
                extra_roots,
                clients: OnceCell::new(),
            }),
        })
    }

    /// Returns the clients that a request to `url` needs.
    async fn clients(&self, url: &Url) -> Result<&Clients, Cause> {
        let proxy = self.secure.settings.proxy.as_ref();
        if url.scheme() == "https" || proxy.is_some_and(|it| it.scheme() == "https") {
            self.secure.clients().await
        } else {
            Ok(&self.plain)
        }
    }
}

/// One client for each way there is.
#[derive(Debug, Clone)]
struct Clients {
    service: reqwest::Client,
    stranger: reqwest::Client,
    direct: reqwest::Client,
}

impl Clients {
    fn new(settings: &NetworkSettings, roots: &[reqwest::Certificate]) -> Result<Self, Cause> {
        let guarded = Arc::new(GuardedResolver);
        Ok(Self {
            service: builder(settings, roots, Way::Proxied)?.build()?,
            stranger: builder(settings, roots, Way::Proxied)?
                .dns_resolver(guarded)
                .build()?,
            direct: builder(settings, roots, Way::Direct)?.build()?,
        })
    }
}

/// The clients that speak TLS, made when the first of them is needed.
#[derive(Debug)]
struct Secure {
    settings: NetworkSettings,
    extra_roots: Vec<reqwest::Certificate>,
    clients: OnceCell<Clients>,
}

impl Secure {
    async fn clients(&self) -> Result<&Clients, Cause> {
        let made = self.clients.get_or_try_init(|| async {
            let (settings, mut roots) = (self.settings.clone(), self.extra_roots.clone());
            let make = move || {
                roots.extend(native_roots());
                if roots.is_empty() {
                    return Err(NO_ROOTS.into());
                }
                Clients::new(&settings, &roots)
            };
            // Hundreds of files are read.
            tokio::task::spawn_blocking(make).await?
        });
        made.await
    }
}

/// Returns the machine's certificate authorities.
fn native_roots() -> impl Iterator<Item = reqwest::Certificate> {
    let native = rustls_native_certs::load_native_certs();
    // One that cannot be read is no reason to do without the others.
    let roots = native.certs.into_iter();
    roots.filter_map(|it| reqwest::Certificate::from_der(&it).ok())
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
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
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
        if request.reach == Reach::Stranger
            && let Some(why) = refusal(&request.url)
        {
            return Err(NetError::Refused { host, why });
        }
        let clients = match self.clients(&request.url).await {
            Ok(clients) => clients,
            Err(source) => return Err(NetError::Unsent { host, source }),
        };
        let client = match request.reach {
            Reach::Service => &clients.service,
            Reach::Metadata => &clients.direct,
            Reach::Stranger => &clients.stranger,
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
    use rustls::pki_types::PrivateKeyDer;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    fn another_authority() -> String {
        let other = rcgen::generate_simple_self_signed(["other".to_owned()]).unwrap();
        other.cert.pem()
    }

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
    async fn an_authority_of_the_settings_is_trusted_and_one_that_nobody_named_is_not() {
        install_crypto();
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let secret = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
        let config = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], secret)
            .unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = async {
            let (refusing, _) = listener.accept().await.unwrap();
            assert!(acceptor.accept(refusing).await.is_err());
            let (trusting, _) = listener.accept().await.unwrap();
            let mut stream = acceptor.accept(trusting).await.unwrap();
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
            stream.write_all(answer).await.unwrap();
            stream.flush().await.unwrap();
            stream.read_u8().await.unwrap()
        };
        let asked = async {
            let url = Url::parse(&format!("https://localhost:{port}/")).unwrap();
            let request = HttpRequest::new(Method::GET, url, Reach::Service);
            let settings = NetworkSettings {
                // Any authority will do: a machine may have none of its own.
                extra_roots: vec![another_authority()],
                ..NetworkSettings::default()
            };
            let other = Http::new(&settings).unwrap().send(request.clone()).await;
            let settings = NetworkSettings {
                extra_roots: vec![own.cert.pem()],
                ..NetworkSettings::default()
            };
            let named = Http::new(&settings).unwrap().send(request).await;
            (other.unwrap_err(), named.unwrap())
        };
        let ((other, named), first) = tokio::join!(asked, server);
        assert!(matches!(other, NetError::Unsent { .. }), "{other:?}");
        assert_eq!((&named.body[..], first), (&b"ok"[..], b'G'));
    }

    #[tokio::test]
    async fn a_stranger_does_not_lead_to_the_metadata_service() {
        let url = Url::parse("http://100.100.100.200/latest/").unwrap();
        let request = HttpRequest::new(Method::POST, url, Reach::Stranger);
        let error = client().send(request).await.unwrap_err();
        assert!(matches!(error, NetError::Refused { .. }), "{error:?}");
    }
}
