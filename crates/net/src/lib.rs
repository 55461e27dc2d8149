//! The only HTTP client: limits, TLS, proxy, and what may be reached at all.
//!
//! Invariant: no other room opens a connection of its own; this one knows no cloud and no chat.
//! Invariant: redirects are never followed: a signed request or a webhook belongs to one host.

mod guard;
mod http_client;
pub mod tls_probe;

use std::borrow::Cow;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
pub use guard::is_metadata_address;
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
pub use http_client::{Http, NetworkSettings};
use url::Url;

/// Whom a request is meant for; decides what addresses it may reach and by which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// A service that the config or a cloud's own answer names; goes through the proxy.
    Service,
    /// An address that came from a person or a document, such as a webhook: metadata services and
    /// link-local addresses are refused, also after name resolution.
    Stranger,
    /// The machine's own metadata service: never through a proxy.
    Metadata,
}

/// One request.
#[derive(Debug, Clone)]
pub struct HttpRequest {
    /// Its method.
    pub method: Method,
    /// Where to; query and path are sent byte for byte as they stand.
    pub url: Url,
    /// Its headers; `host` is made from the URL.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// How long it may take in all.
    pub timeout: Duration,
    /// How large the answer may be, decompressed, in bytes.
    pub body_limit: usize,
    /// Whom it is meant for.
    pub reach: Reach,
}

impl HttpRequest {
    /// Returns a request without headers or body, with 30 s and 16 MiB to answer.
    #[must_use]
    pub fn new(method: Method, url: Url, reach: Reach) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            timeout: Duration::from_secs(30),
            body_limit: 16 << 20,
            reach,
        }
    }
}

/// One answer, whole.
#[derive(Debug, Clone)]
pub struct HttpResponse {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, decompressed.
    pub body: Bytes,
}

impl HttpResponse {
    /// Returns its body as text; a name that was cut within a letter spoils that letter only.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        // Most answers are texts, and that is told much faster than it is mended.
        match std::str::from_utf8(&self.body) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(&self.body),
        }
    }
}

/// Why no answer came, sorted by what it means for the request.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// The request never left: sending it again is safe.
    #[error("cannot reach {host}")]
    Unsent {
        /// The host alone; the rest of the address may be secret.
        host: String,
        /// What the network said.
        #[source]
        source: Cause,
    },
    /// The request left, and no whole answer came back: it may have taken effect.
    #[error("{host} gave no complete answer")]
    Unanswered {
        /// The host alone.
        host: String,
        /// What the network said.
        #[source]
        source: Cause,
    },
    /// The answer is larger than we are ready to hold.
    #[error("the answer of {host} is larger than {limit} bytes")]
    TooLarge {
        /// The host alone.
        host: String,
        /// What we were ready to hold.
        limit: usize,
    },
    /// We do not go there.
    #[error("{host} is not a place to send to: {why}")]
    Refused {
        /// The host alone.
        host: String,
        /// Why not.
        why: &'static str,
    },
}

/// What lay under a network error, without the address.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Sends requests; [`Http`] in the product, a fake in tests.
#[async_trait]
pub trait Transport: Send + Sync + std::fmt::Debug {
    /// Sends one request and returns its answer, whatever its status.
    ///
    /// # Errors
    ///
    /// When no whole answer came; see [`NetError`] for what that means for the request.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NetError>;
}
