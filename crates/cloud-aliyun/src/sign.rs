//! Signs requests with ACS3-HMAC-SHA256, the cloud's signature version 3, for RPC and ROA products.
//!
//! Every header that is sent on purpose is signed, and so is the host. The URL is made from the
//! canonical query, so that the bytes that were signed are the bytes that are sent.
//!
//! Invariant: a secret goes into the HMAC and nowhere else; headers that carry a credential are
//! marked sensitive.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use net::{HeaderName, HeaderValue, HttpRequest, Method, Reach};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use url::Url;

const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// One request, before it has a date, a nonce and a signature.
#[derive(Debug)]
pub(crate) struct Unsigned<'a> {
    /// Its method.
    pub(crate) method: Method,
    /// Scheme and host it goes to; path and query of it do not count.
    pub(crate) origin: &'a Url,
    /// Its path, every segment percent-encoded; `/` for RPC products.
    pub(crate) path: &'a str,
    /// Its parameters, plain.
    pub(crate) query: &'a [(Cow<'static, str>, String)],
    /// What is asked for: `DescribeInstances`.
    pub(crate) action: &'a str,
    /// The version of the product's API.
    pub(crate) version: &'a str,
    /// The body with its type, where there is one.
    pub(crate) body: Option<(&'static str, Bytes)>,
}

/// What a request is signed with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key<'a> {
    /// The access key's id.
    pub(crate) id: &'a str,
    /// Its secret.
    pub(crate) secret: &'a SecretString,
    /// The token of its session, where it has one.
    pub(crate) token: Option<&'a SecretString>,
}

/// Why a request could not be put together.
#[derive(Debug, thiserror::Error)]
#[error("the {what} has characters that cannot stand in a request")]
pub(crate) struct Malformed {
    what: &'static str,
}

/// Dates and signs a request; without a key it goes out unsigned.
///
/// # Errors
///
/// When a value cannot stand in a URL or a header.
pub(crate) fn signed(
    request: Unsigned<'_>,
    now: Timestamp,
    nonce: &str,
    key: Option<Key<'_>>,
) -> Result<HttpRequest, Malformed> {
    let query = canonical_query(request.query);
    let url = address(request.origin, request.path, &query)?;
    let (content_type, body) = match request.body {
        Some((content_type, body)) => (Some(content_type), body),
        None => (None, Bytes::new()),
    };
    let mut headers = BTreeMap::from([
        ("accept", "application/json".to_owned()),
        ("host", host(&url)),
        ("x-acs-action", request.action.to_owned()),
        ("x-acs-content-sha256", sha256(&body)),
        ("x-acs-date", now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        ("x-acs-signature-nonce", nonce.to_owned()),
        ("x-acs-version", request.version.to_owned()),
    ]);
    if let Some(content_type) = content_type {
        headers.insert("content-type", content_type.to_owned());
    }
    if let Some(key) = key {
        if let Some(token) = key.token {
            headers.insert("x-acs-accesskey-id", key.id.to_owned());
            headers.insert("x-acs-security-token", token.expose_secret().to_owned());
        }
        let canonical = canonical_request(request.method.as_str(), request.path, &query, &headers);
        let value = authorization(&canonical, &headers, key.id, key.secret);
        headers.insert("authorization", value);
    }
    let mut signed = HttpRequest::new(request.method, url, Reach::Service);
    signed.body = body;
    for (name, text) in headers {
        // The client writes the host from the URL, which is where it was taken from.
        if name == "host" {
            continue;
        }
        let mut value = HeaderValue::from_str(&text).map_err(|_| Malformed { what: name })?;
        value.set_sensitive(matches!(name, "authorization" | "x-acs-security-token"));
        signed.headers.insert(HeaderName::from_static(name), value);
    }
    Ok(signed)
}

/// Returns the parameters sorted and percent-encoded, as they are signed and sent.
pub(crate) fn canonical_query<K: AsRef<str>, V: AsRef<str>>(pairs: &[(K, V)]) -> String {
    let mut encoded: Vec<(String, String)> = pairs
        .iter()
        .map(|(key, value)| (encode(key.as_ref()), encode(value.as_ref())))
        .collect();
    encoded.sort();
    let mut query = String::new();
    for (key, value) in encoded {
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(&key);
        query.push('=');
        query.push_str(&value);
    }
    query
}

/// Percent-encodes everything but `A-Z a-z 0-9 - _ . ~`, with upper-case digits.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _written = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn address(origin: &Url, path: &str, query: &str) -> Result<Url, Malformed> {
    let mut text = format!("{}://{}{path}", origin.scheme(), host(origin));
    if !query.is_empty() {
        text.push('?');
        text.push_str(query);
    }
    Url::parse(&text).map_err(|_| Malformed { what: "address" })
}

/// Returns the host as the `Host` header spells it: with the port where it is not the usual one.
fn host(url: &Url) -> String {
    match (url.host_str().unwrap_or_default(), url.port()) {
        (host, Some(port)) => format!("{host}:{port}"),
        (host, None) => host.to_owned(),
    }
}

/// Returns the text whose hash is signed; `headers` has lower-case names.
fn canonical_request(
    method: &str,
    path: &str,
    query: &str,
    headers: &BTreeMap<&str, String>,
) -> String {
    let mut text = format!("{method}\n{path}\n{query}\n");
    for (name, value) in headers {
        text.push_str(name);
        text.push(':');
        text.push_str(value.trim());
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&names(headers));
    text.push('\n');
    text.push_str(
        headers
            .get("x-acs-content-sha256")
            .map_or("", String::as_str),
    );
    text
}

fn authorization(
    canonical: &str,
    headers: &BTreeMap<&str, String>,
    id: &str,
    secret: &SecretString,
) -> String {
    let to_sign = format!("{ALGORITHM}\n{}", sha256(canonical.as_bytes()));
    let signature = hmac_sha256(secret.expose_secret().as_bytes(), to_sign.as_bytes());
    let names = names(headers);
    format!("{ALGORITHM} Credential={id},SignedHeaders={names},Signature={signature}")
}

fn names(headers: &BTreeMap<&str, String>) -> String {
    headers.keys().copied().collect::<Vec<_>>().join(";")
}

fn sha256(bytes: &[u8]) -> String {
    base::hex::encode(&Sha256::digest(bytes))
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> String {
    // HMAC takes keys of any length, so the error cannot happen; an empty signature is refused.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return String::new();
    };
    mac.update(message);
    base::hex::encode(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests;
