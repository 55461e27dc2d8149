//! Signs requests with Signature Version 4 (AWS4-HMAC-SHA256).
//!
//! The host is signed as it is sent, with its port; the path is encoded a second time, as every
//! service but S3 wants it. The URL is made from the canonical query, so that the bytes that were
//! signed are the bytes that are sent.
//!
//! Invariant: a secret goes into the HMAC and nowhere else; headers that carry a credential are
//! marked sensitive.

mod presigned;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use net::{HeaderName, HeaderValue, HttpRequest, Method, Reach};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use url::Url;

pub(crate) use presigned::presigned;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// One request, before it has a date and a signature.
#[derive(Debug)]
pub(crate) struct Unsigned<'a> {
    /// Its method.
    pub(crate) method: Method,
    /// Scheme and host it goes to; path and query of it do not count.
    pub(crate) origin: &'a Url,
    /// Its path, every segment percent-encoded once.
    pub(crate) path: &'a str,
    /// Its query, plain.
    pub(crate) query: &'a [(String, String)],
    /// What is asked for, in the header of JSON services.
    pub(crate) target: Option<String>,
    /// The body with its type, where there is one.
    pub(crate) body: Option<(&'static str, Bytes)>,
    /// The region and the service that the signature is good for.
    pub(crate) scope: Scope<'a>,
}

/// Where a signature is good.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// The region.
    pub(crate) region: &'a str,
    /// The signing name of the service: `ec2`.
    pub(crate) service: &'a str,
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
    key: Option<Key<'_>>,
) -> Result<HttpRequest, Malformed> {
    let query = canonical_query(request.query);
    let url = address(request.origin, request.path, &query)?;
    let (content_type, body) = match request.body {
        Some((content_type, body)) => (Some(content_type), body),
        None => (None, Bytes::new()),
    };
    let mut headers = BTreeMap::from([("host", host(&url)), ("x-amz-date", basic(now))]);
    if let Some(content_type) = content_type {
        headers.insert("content-type", content_type.to_owned());
    }
    if let Some(target) = request.target {
        headers.insert("x-amz-target", target);
    }
    if let Some(key) = key {
        if let Some(token) = key.token {
            headers.insert("x-amz-security-token", token.expose_secret().to_owned());
        }
        let canonical = canonical_request(
            request.method.as_str(),
            &canonical_path(request.path),
            &query,
            &headers,
            &sha256(&body),
        );
        let value = authorization(&canonical, &headers, request.scope, key);
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
        value.set_sensitive(matches!(name, "authorization" | "x-amz-security-token"));
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
    let joined: Vec<String> = encoded
        .into_iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    joined.join("&")
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

/// Returns `yyyyMMddTHHmmssZ`.
fn basic(now: Timestamp) -> String {
    now.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Encodes each segment of a path that is encoded already once more.
fn canonical_path(path: &str) -> String {
    path.split('/').map(encode).collect::<Vec<_>>().join("/")
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
    body_hash: &str,
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
    text.push_str(body_hash);
    text
}

fn authorization(
    canonical: &str,
    headers: &BTreeMap<&str, String>,
    scope: Scope<'_>,
    key: Key<'_>,
) -> String {
    let date = headers.get("x-amz-date").map_or("", String::as_str);
    let signature = signature(canonical, date, scope, key);
    let (credential, names) = (credential(date, scope, key), names(headers));
    format!("{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}")
}

/// Returns what a signature is good for, beginning with the key's id.
fn credential(date: &str, scope: Scope<'_>, key: Key<'_>) -> String {
    let day = date.get(..8).unwrap_or_default();
    let Scope { region, service } = scope;
    format!("{}/{day}/{region}/{service}/aws4_request", key.id)
}

fn signature(canonical: &str, date: &str, scope: Scope<'_>, key: Key<'_>) -> String {
    let day = date.get(..8).unwrap_or_default();
    let Scope { region, service } = scope;
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let to_sign = format!(
        "{ALGORITHM}\n{date}\n{scope}\n{}",
        sha256(canonical.as_bytes())
    );
    let seed = format!("AWS4{}", key.secret.expose_secret());
    let signing_key = [day, region, service, "aws4_request"]
        .iter()
        .fold(seed.into_bytes(), |key, part| {
            hmac_sha256(&key, part.as_bytes())
        });
    base::hex::encode(&hmac_sha256(&signing_key, to_sign.as_bytes()))
}

fn names(headers: &BTreeMap<&str, String>) -> String {
    headers.keys().copied().collect::<Vec<_>>().join(";")
}

fn sha256(bytes: &[u8]) -> String {
    base::hex::encode(&Sha256::digest(bytes))
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length, so the error cannot happen; an empty signature is refused.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests;
