//! The signature of requests: `TC3-HMAC-SHA256` over the bytes that came.
//!
//! Invariant: what is hashed is the body as it was received, never a body that was read and written again.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};

use super::received::Received;
use super::words::{Trouble, bad_authorization, missing};

const SCHEME: &str = "TC3-HMAC-SHA256";
/// The header that takes the body out of the signature, and its value.
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// What a request says of its sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// It is signed.
    Signed(Claim),
    /// It says that it is not signed (`Authorization: SKIP`).
    Skipped,
}

/// What a signed request claims, and what it would take to believe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The key it names.
    pub secret_id: String,
    /// The day it was signed for, in UTC.
    pub date: String,
    /// The service it was signed for: `cvm`, `as`.
    pub service: String,
    /// When it says it was signed.
    pub signed_at: Timestamp,
    /// The token it brings; no part of the signature.
    pub token: Option<String>,
    /// What has to be signed, as the server sees it.
    pub string_to_sign: String,
    /// The signature it brings.
    pub signature: String,
}

impl Claim {
    /// Returns whether the signature was made with `secret_key`.
    #[must_use]
    pub fn is_signed_with(&self, secret_key: &str) -> bool {
        let seed = format!("TC3{secret_key}");
        let mut key = seed.into_bytes();
        for part in [&self.date, &self.service, "tc3_request"] {
            key = hmac(&key, part);
        }
        base::hex::encode(&hmac(&key, &self.string_to_sign)) == self.signature
    }
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    // A key of HMAC may have any length, so there is always one.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|it| it.chain_update(text).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

/// Reads what `received` says of its sender.
///
/// # Errors
///
/// When it says nothing, or in a way the gateway does not accept.
pub fn read(received: &Received) -> Result<Proof, Trouble> {
    let authorization = received
        .header("authorization")
        .ok_or_else(|| missing("Authorization"))?;
    if authorization == "SKIP" {
        return Ok(Proof::Skipped);
    }
    let parts = authorization
        .strip_prefix(SCHEME)
        .and_then(|it| it.strip_prefix(' '))
        .ok_or_else(|| bad_authorization("it does not begin with TC3-HMAC-SHA256"))?;
    let part = |name: &str| {
        let found = parts
            .split(',')
            .find_map(|it| it.trim().strip_prefix(name)?.strip_prefix('='));
        found.ok_or_else(|| bad_authorization(&format!("it has no {name}")))
    };
    let (credential, signed, signature) = (
        part("Credential")?,
        part("SignedHeaders")?,
        part("Signature")?,
    );
    let [secret_id, date, service, "tc3_request"] = credential.split('/').collect::<Vec<_>>()[..]
    else {
        return Err(bad_authorization(
            "Credential is not SecretId/Date/service/tc3_request",
        ));
    };
    let timestamp = received
        .header("x-tc-timestamp")
        .ok_or_else(|| missing("X-TC-Timestamp"))?;
    let signed_at = timestamp
        .parse()
        .ok()
        .and_then(|it| Timestamp::from_second(it).ok())
        .ok_or_else(|| bad_authorization("X-TC-Timestamp is not a number of seconds"))?;
    if signed_at.to_zoned(TimeZone::UTC).date().to_string() != date {
        return Err(bad_authorization(
            "the date of Credential is not that of X-TC-Timestamp in UTC",
        ));
    }
    let canonical = canonical_request(received, signed)?;
    Ok(Proof::Signed(Claim {
        string_to_sign: format!(
            "{SCHEME}\n{timestamp}\n{date}/{service}/tc3_request\n{}",
            hash(canonical.as_bytes())
        ),
        secret_id: secret_id.to_owned(),
        date: date.to_owned(),
        service: service.to_owned(),
        signed_at,
        token: received.header("x-tc-token").map(str::to_owned),
        signature: signature.to_owned(),
    }))
}

fn canonical_request(received: &Received, signed: &str) -> Result<String, Trouble> {
    let names: Vec<&str> = signed.split(';').collect();
    if !names.is_sorted() || names.iter().any(|it| *it != it.to_lowercase()) {
        return Err(bad_authorization(
            "SignedHeaders is not sorted or not lower-case",
        ));
    }
    for needed in ["content-type", "host"] {
        if !names.contains(&needed) {
            return Err(bad_authorization(&format!("{needed} is not signed")));
        }
    }
    let mut headers = String::new();
    for name in &names {
        let value = received
            .header(name)
            .ok_or_else(|| bad_authorization(&format!("{name} is signed but not sent")))?;
        headers.extend([*name, ":", &value.trim().to_lowercase(), "\n"]);
    }
    let payload = match received.header("x-tc-content-sha256") {
        Some(UNSIGNED_PAYLOAD) => hash(UNSIGNED_PAYLOAD.as_bytes()),
        _ => hash(&received.body),
    };
    let Received {
        method,
        path,
        query,
        ..
    } = received;
    Ok(format!(
        "{method}\n{path}\n{query}\n{headers}\n{signed}\n{payload}"
    ))
}

fn hash(bytes: &[u8]) -> String {
    base::hex::encode(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests;
