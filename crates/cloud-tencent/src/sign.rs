//! Signs requests with TC3-HMAC-SHA256, the cloud's signature of today.
//!
//! What is signed is the type of the body, the host as it is sent (with its port), and the hash of
//! the very bytes that are sent: a body is written once. The date of the scope is that of the
//! timestamp, in UTC.
//!
//! Invariant: a secret goes into the HMAC and nowhere else; headers that carry a credential are
//! marked sensitive.

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use net::{HeaderName, HeaderValue, HttpRequest, Method, Reach};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use url::Url;

const ALGORITHM: &str = "TC3-HMAC-SHA256";
/// Exactly this: the service reads another type as another way to write parameters.
const JSON: &str = "application/json";
/// What the cloud's audit log shows of us.
const CLIENT: &str = "skywarden";

/// One request, before it has a date and a signature.
#[derive(Debug)]
pub(crate) struct Unsigned<'a> {
    /// Scheme and host it goes to; path and query of it do not count.
    pub(crate) origin: &'a Url,
    /// The service's name in the scope of the signature: `cvm`.
    pub(crate) service: &'a str,
    /// What is asked for: `DescribeInstances`.
    pub(crate) action: &'a str,
    /// The version of the service's API.
    pub(crate) version: &'a str,
    /// The region, where the service has regions.
    pub(crate) region: Option<&'a str>,
    /// The parameters, written as JSON.
    pub(crate) body: Bytes,
}

/// What a request is signed with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key<'a> {
    /// The key's id.
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

/// Dates and signs a request; without a key it says that it is not signed, as the token service
/// wants it of those who come with another proof.
///
/// # Errors
///
/// When a value cannot stand in a header.
pub(crate) fn signed(
    request: Unsigned<'_>,
    now: Timestamp,
    key: Option<Key<'_>>,
) -> Result<HttpRequest, Malformed> {
    let url = bare(request.origin)?;
    let headers = [("content-type", JSON), ("host", &host(&url))];
    let authorization = match key {
        Some(key) => {
            let canonical = canonical_request("POST", "", &headers, &sha256(&request.body));
            authorization(&canonical, &headers, request.service, now, key)
        }
        None => "SKIP".to_owned(),
    };
    let timestamp = now.as_second().to_string();
    let token = key.and_then(|it| it.token).map(|it| it.expose_secret());
    let named = [
        ("accept", Some(JSON)),
        ("authorization", Some(authorization.as_str())),
        ("content-type", Some(JSON)),
        ("x-tc-action", Some(request.action)),
        ("x-tc-region", request.region),
        ("x-tc-requestclient", Some(CLIENT)),
        ("x-tc-timestamp", Some(timestamp.as_str())),
        ("x-tc-token", token),
        ("x-tc-version", Some(request.version)),
    ];
    let mut signed = HttpRequest::new(Method::POST, url, Reach::Service);
    signed.body = request.body;
    for (name, text) in named {
        let Some(text) = text else { continue };
        let mut value = HeaderValue::from_str(text).map_err(|_| Malformed { what: name })?;
        value.set_sensitive(matches!(name, "authorization" | "x-tc-token"));
        signed.headers.insert(HeaderName::from_static(name), value);
    }
    Ok(signed)
}

/// Percent-encodes everything but `A-Z a-z 0-9 - _ . ~`, for a segment of a path.
pub(crate) fn encode(text: &str) -> String {
    use std::fmt::Write as _;
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

fn bare(origin: &Url) -> Result<Url, Malformed> {
    let text = format!("{}://{}/", origin.scheme(), host(origin));
    Url::parse(&text).map_err(|_| Malformed { what: "address" })
}

/// Returns the host as the `Host` header spells it: with the port where it is not the usual one.
fn host(url: &Url) -> String {
    match (url.host_str().unwrap_or_default(), url.port()) {
        (host, Some(port)) => format!("{host}:{port}"),
        (host, None) => host.to_owned(),
    }
}

/// Returns the text whose hash is signed; `headers` are sorted and have lower-case names.
fn canonical_request(method: &str, query: &str, headers: &[(&str, &str)], payload: &str) -> String {
    let mut text = format!("{method}\n/\n{query}\n");
    for (name, value) in headers {
        text.push_str(name);
        text.push(':');
        text.push_str(value);
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&names(headers));
    text.push('\n');
    text.push_str(payload);
    text
}

fn authorization(
    canonical: &str,
    headers: &[(&str, &str)],
    service: &str,
    now: Timestamp,
    key: Key<'_>,
) -> String {
    let scope = format!("{}/{service}/tc3_request", date(now));
    let to_sign = string_to_sign(canonical, &scope, now);
    let signing = signing_key(key.secret, &date(now), service);
    let signature = base::hex::encode(&hmac_sha256(&signing, to_sign.as_bytes()));
    let (id, names) = (key.id, names(headers));
    format!("{ALGORITHM} Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}")
}

fn string_to_sign(canonical: &str, scope: &str, now: Timestamp) -> String {
    let hashed = sha256(canonical.as_bytes());
    format!("{ALGORITHM}\n{}\n{scope}\n{hashed}", now.as_second())
}

fn signing_key(secret: &SecretString, date: &str, service: &str) -> Vec<u8> {
    let first = format!("TC3{}", secret.expose_secret());
    let of_date = hmac_sha256(first.as_bytes(), date.as_bytes());
    let of_service = hmac_sha256(&of_date, service.as_bytes());
    hmac_sha256(&of_service, b"tc3_request")
}

fn date(now: Timestamp) -> String {
    now.strftime("%Y-%m-%d").to_string()
}

fn names(headers: &[(&str, &str)]) -> String {
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    names.join(";")
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
