//! Signatures of the gateway: V3 (`ACS3-HMAC-SHA256`), V1 (RPC, HMAC-SHA1) and V2 (ROA, HMAC-SHA1).
//!
//! Invariant: whatever is signed is rebuilt from what was received, decoded and encoded again, so that no client
//! is refused for its spelling, and none is let through for ours.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::encoding::{canonical_path, canonical_query, encode};
use super::received::Received;
use crate::world::refusal::Refusal;

/// The three ways to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `Authorization: ACS3-HMAC-SHA256 …`.
    V3,
    /// Parameters `AccessKeyId`, `Signature` and so on.
    V1,
    /// `Authorization: acs key:signature`.
    V2,
}

/// What a request claims about its sender, and what it would take to believe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// How it is signed.
    pub scheme: Scheme,
    /// The key it names.
    pub access_key_id: String,
    /// The token it brings.
    pub security_token: Option<String>,
    /// When it says it was signed.
    pub date: Timestamp,
    /// What makes it unlike any other.
    pub nonce: String,
    /// What has to be signed, as the server sees it.
    pub string_to_sign: String,
    /// The signature it brings.
    pub signature: String,
}

impl Claim {
    /// Returns whether the signature was made with `secret`.
    #[must_use]
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let expected = match self.scheme {
            Scheme::V3 => {
                let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
                    .map(|it| it.chain_update(&self.string_to_sign));
                mac.map(|it| base::hex::encode(&it.finalize().into_bytes()))
            }
            Scheme::V1 => sha1_base64(&format!("{secret}&"), &self.string_to_sign),
            Scheme::V2 => sha1_base64(secret, &self.string_to_sign),
        };
        expected.is_ok_and(|it| it == self.signature)
    }
}

fn sha1_base64(secret: &str, text: &str) -> Result<String, hmac::digest::InvalidLength> {
    let mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes())?.chain_update(text);
    Ok(STANDARD.encode(mac.finalize().into_bytes()))
}

/// Reads what `received` claims about its sender; `None` when it is not signed at all.
///
/// # Errors
///
/// When it is signed in a way the gateway, or this stricter one, does not accept.
pub fn read(received: &Received) -> Result<Option<Claim>, Refusal> {
    match received.header("authorization") {
        Some(value) if value.starts_with("ACS3-") => read_v3(received, value).map(Some),
        Some(value) if value.starts_with("acs ") => read_v2(received, value).map(Some),
        Some(_) => Err(incomplete(
            "the Authorization header begins with neither ACS3-HMAC-SHA256 nor acs",
        )),
        None if received.parameter("Signature").is_some()
            || received.parameter("AccessKeyId").is_some() =>
        {
            read_v1(received).map(Some)
        }
        None => Ok(None),
    }
}

fn read_v3(received: &Received, authorization: &str) -> Result<Claim, Refusal> {
    let parts = authorization
        .strip_prefix("ACS3-HMAC-SHA256 ")
        .ok_or_else(|| {
            Refusal::new(
                400,
                "InvalidSignatureMethod",
                "Specified signature method is not valid.",
            )
        })?;
    let part = |name: &str| {
        let found = parts
            .split(',')
            .find_map(|it| it.trim().strip_prefix(name)?.strip_prefix('='));
        found.ok_or_else(|| incomplete(&format!("the Authorization header has no {name}")))
    };
    let (access_key_id, signed, signature) = (
        part("Credential")?,
        part("SignedHeaders")?,
        part("Signature")?,
    );
    let names: Vec<&str> = signed.split(';').collect();
    if !names.is_sorted()
        || names
            .iter()
            .any(|it| it.chars().any(|it| it.is_ascii_uppercase()))
    {
        return Err(incomplete("SignedHeaders is not sorted or not lower-case"));
    }
    for name in received.header_names() {
        if (name.starts_with("x-acs-") || name == "host" || name == "content-type")
            && !names.contains(&name)
        {
            return Err(incomplete(&format!(
                "the header {name} is sent but not signed"
            )));
        }
    }
    let mut canonical_headers = String::new();
    for name in &names {
        let value = received
            .header(name)
            .ok_or_else(|| incomplete(&format!("the header {name} is signed but not sent")))?;
        canonical_headers.extend([*name, ":", value.trim(), "\n"]);
    }
    let needed = |name: &'static str| {
        received
            .header(name)
            .ok_or_else(|| incomplete(&format!("the header {name} is missing")))
    };
    let hash = base::hex::encode(&Sha256::digest(&received.body));
    if needed("x-acs-content-sha256")? != hash {
        let text = format!(
            "Specified x-acs-content-sha256 does not match the body, whose hash is {hash}."
        );
        return Err(Refusal::new(400, "SignatureDoesNotMatch", text));
    }
    let date = instant(needed("x-acs-date")?)?;
    let nonce = needed("x-acs-signature-nonce")?.to_owned();
    let security_token = received.header("x-acs-security-token").map(str::to_owned);
    if received
        .header("x-acs-accesskey-id")
        .is_some_and(|it| it != access_key_id)
    {
        return Err(incomplete(
            "x-acs-accesskey-id is not the key of the Authorization header",
        ));
    }
    let canonical = format!(
        "{}\n{}\n{}\n{canonical_headers}\n{signed}\n{hash}",
        received.method,
        canonical_path(&received.path),
        canonical_query(&received.query),
    );
    let string_to_sign = format!(
        "ACS3-HMAC-SHA256\n{}",
        base::hex::encode(&Sha256::digest(canonical))
    );
    Ok(Claim {
        scheme: Scheme::V3,
        access_key_id: access_key_id.to_owned(),
        security_token,
        date,
        nonce,
        string_to_sign,
        signature: signature.to_owned(),
    })
}

fn read_v1(received: &Received) -> Result<Claim, Refusal> {
    let needed = |name: &'static str| {
        let missing = || {
            Refusal::new(
                400,
                format!("Missing{name}"),
                format!("{name} is mandatory for this action."),
            )
        };
        received
            .parameter(name)
            .map(str::to_owned)
            .ok_or_else(missing)
    };
    if needed("SignatureMethod")? != "HMAC-SHA1" || needed("SignatureVersion")? != "1.0" {
        return Err(Refusal::new(
            400,
            "InvalidSignatureMethod",
            "Specified signature method is not valid.",
        ));
    }
    // Query and form are one set to the gateway: old clients send RegionId in both.
    let pairs: BTreeSet<_> = received
        .parameters()
        .filter(|(key, _)| key != "Signature")
        .cloned()
        .collect();
    let pairs: Vec<_> = pairs.into_iter().collect();
    let string_to_sign = format!(
        "{}&%2F&{}",
        received.method,
        encode(&canonical_query(&pairs))
    );
    Ok(Claim {
        scheme: Scheme::V1,
        access_key_id: needed("AccessKeyId")?,
        security_token: received.parameter("SecurityToken").map(str::to_owned),
        date: instant(&needed("Timestamp")?)?,
        nonce: needed("SignatureNonce")?,
        string_to_sign,
        signature: needed("Signature")?,
    })
}

fn read_v2(received: &Received, authorization: &str) -> Result<Claim, Refusal> {
    let (access_key_id, signature) = authorization
        .strip_prefix("acs ")
        .and_then(|it| it.split_once(':'))
        .ok_or_else(|| incomplete("the Authorization header is not `acs key:signature`"))?;
    let header = |name: &str| received.header(name).unwrap_or_default();
    let mut names: Vec<&str> = received
        .header_names()
        .filter(|it| it.starts_with("x-acs-"))
        .collect();
    names.sort_unstable();
    // A header that came to us but was added on the way, after signing, cannot be told apart: all are signed.
    let canonical_headers: String = names
        .iter()
        .map(|it| format!("{it}:{}\n", header(it).trim()))
        .collect();
    let mut pairs = received.query.clone();
    pairs.sort();
    let joined: Vec<_> = pairs
        .iter()
        .map(|(key, value)| {
            if value.is_empty() {
                key.clone()
            } else {
                format!("{key}={value}")
            }
        })
        .collect();
    let question = if joined.is_empty() { "" } else { "?" };
    let string_to_sign = format!(
        "{}\n{}\n{}\n{}\n{}\n{canonical_headers}{}{question}{}",
        received.method,
        header("accept"),
        header("content-md5"),
        header("content-type"),
        header("date"),
        received.path,
        joined.join("&"),
    );
    let date = jiff::fmt::rfc2822::parse(header("date"))
        .map_err(|_| incomplete("the date header is missing or not RFC 1123"))?;
    Ok(Claim {
        scheme: Scheme::V2,
        access_key_id: access_key_id.to_owned(),
        security_token: received.header("x-acs-security-token").map(str::to_owned),
        date: date.timestamp(),
        // Old signers leave the nonce out: the signature then stands for it.
        nonce: received
            .header("x-acs-signature-nonce")
            .unwrap_or(signature)
            .to_owned(),
        string_to_sign,
        signature: signature.to_owned(),
    })
}

fn instant(text: &str) -> Result<Timestamp, Refusal> {
    let wrong = || {
        Refusal::new(
            400,
            "InvalidTimeStamp.Format",
            "Specified time stamp or date value is not well formatted.",
        )
    };
    if !(text.len() == 20 && text.ends_with('Z')) {
        return Err(wrong());
    }
    text.parse().map_err(|_| wrong())
}

fn incomplete(what: &str) -> Refusal {
    let text = format!("The request signature does not conform to Aliyun standards: {what}.");
    Refusal::new(400, "IncompleteSignature", text)
}

#[cfg(test)]
mod tests;
