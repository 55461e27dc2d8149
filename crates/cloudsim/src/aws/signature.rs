//! Signature Version 4, verified: the server's side, from the document alone.
//!
//! Invariant: what is signed is rebuilt from the bytes that came. The path is encoded a second time (all
//! services but S3 want that), the query is decoded and encoded again, the body is hashed.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};

use super::encoding::{decode, encode, pairs};
use super::received::Received;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What a request claims about its sender, and what it would take to believe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The key it names.
    pub access_key_id: String,
    /// The region it is meant for.
    pub region: String,
    /// The signing name of the service it is meant for.
    pub service: String,
    /// The token it brings.
    pub security_token: Option<String>,
    /// When it says it was signed.
    pub date: Timestamp,
    /// The day of its scope, `yyyyMMdd`.
    day: String,
    /// What has to be signed, as the server sees it.
    pub string_to_sign: String,
    /// What the string to sign is the hash of.
    pub canonical_request: String,
    /// The signature it brings.
    pub signature: String,
}

/// Why a signature cannot even be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// There is none.
    Missing,
    /// It is not what the document asks for, in words.
    Incomplete(String),
    /// It is well formed but cannot match, in words.
    Mismatch(String),
}

impl Claim {
    /// Returns whether the signature was made with `secret`.
    #[must_use]
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let seed = format!("AWS4{secret}");
        let scope = [&self.day, &self.region, &self.service, "aws4_request"];
        let key = scope
            .iter()
            .try_fold(seed.into_bytes(), |key, part| mac(&key, part));
        key.and_then(|key| mac(&key, &self.string_to_sign))
            .is_some_and(|it| base::hex::encode(&it) == self.signature)
    }
}

fn mac(key: &[u8], text: &str) -> Option<Vec<u8>> {
    // HMAC takes keys of any length.
    let mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    Some(mac.chain_update(text).finalize().into_bytes().to_vec())
}

/// Returns the service and the region that the request's signature names, without believing any of it.
#[must_use]
pub fn scope(received: &Received) -> Option<(&str, &str, &str)> {
    let value = received.header("authorization")?.strip_prefix(ALGORITHM)?;
    let scope = part(value, "Credential")?;
    let mut parts = scope.rsplitn(5, '/');
    let (_request, service) = (parts.next()?, parts.next()?);
    let region = parts.next()?;
    let _day = parts.next()?;
    Some((parts.next()?, region, service))
}

/// Reads what `received` claims about its sender.
///
/// # Errors
///
/// When it is not signed, or not as the document says; this door is stricter than some of the real ones: every
/// `x-amz-` header that is sent has to be signed.
pub fn read(received: &Received) -> Result<Claim, Flaw> {
    let authorization = received.header("authorization").ok_or(Flaw::Missing)?;
    let rest = authorization.strip_prefix(ALGORITHM).ok_or_else(|| {
        incomplete("the Authorization header does not begin with AWS4-HMAC-SHA256")
    })?;
    let needed = |name: &str| {
        part(rest, name)
            .ok_or_else(|| incomplete(&format!("Authorization header requires '{name}' parameter")))
    };
    let (credential, signed) = (needed("Credential")?, needed("SignedHeaders")?);
    let signature = needed("Signature")?;
    let mut parts: Vec<&str> = credential.rsplitn(5, '/').collect();
    parts.reverse();
    let [access_key_id, day, region, service, "aws4_request"] = parts[..] else {
        let text = format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
        );
        return Err(incomplete(&text));
    };
    let names: Vec<&str> = signed.split(';').collect();
    if !names.is_sorted() || names.iter().any(|it| it.to_ascii_lowercase() != **it) {
        return Err(incomplete("SignedHeaders is not sorted or not lower-case"));
    }
    if !names.contains(&"host") {
        return Err(incomplete(
            "'Host' must be a 'SignedHeader' in the AWS Authorization",
        ));
    }
    if let Some(name) = received
        .header_names()
        .find(|it| it.starts_with("x-amz-") && !names.contains(it))
    {
        let text =
            format!("there were headers present in the request which were not signed: {name}");
        return Err(Flaw::Mismatch(text));
    }
    let written = received.header("x-amz-date").ok_or_else(|| {
        incomplete(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header",
        )
    })?;
    let date = instant(written).ok_or_else(|| {
        incomplete(&format!(
            "Date must be in ISO-8601 'basic format'. Got '{written}'"
        ))
    })?;
    if !written.starts_with(day) || day.len() != 8 {
        let text = format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date: '{day}' != '{written}'"
        );
        return Err(Flaw::Mismatch(text));
    }
    let hash = base::hex::encode(&Sha256::digest(&received.body));
    if received
        .header("x-amz-content-sha256")
        .is_some_and(|it| it != hash)
    {
        return Err(Flaw::Mismatch(
            "the provided 'x-amz-content-sha256' header does not match what was computed"
                .to_owned(),
        ));
    }
    let canonical_request = format!(
        "{}\n{}\n{}\n{}\n{signed}\n{hash}",
        received.method,
        canonical_path(&received.path),
        canonical_query(&received.query),
        canonical_headers(received, &names)?,
    );
    let string_to_sign = format!(
        "{ALGORITHM}\n{written}\n{day}/{region}/{service}/aws4_request\n{}",
        base::hex::encode(&Sha256::digest(&canonical_request))
    );
    Ok(Claim {
        access_key_id: access_key_id.to_owned(),
        region: region.to_owned(),
        service: service.to_owned(),
        security_token: received.header("x-amz-security-token").map(str::to_owned),
        date,
        day: day.to_owned(),
        string_to_sign,
        canonical_request,
        signature: signature.to_owned(),
    })
}

/// Returns the value of `name` among `Name=value` parts set apart by commas.
fn part<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.split(',')
        .find_map(|it| it.trim().strip_prefix(name)?.strip_prefix('='))
}

fn canonical_headers(received: &Received, names: &[&str]) -> Result<String, Flaw> {
    let mut canonical = String::new();
    for name in names {
        let values: Vec<String> = received.header_values(name).map(squeezed).collect();
        if values.is_empty() {
            return Err(incomplete(&format!(
                "the header {name} is signed but not sent"
            )));
        }
        canonical.extend([name, ":", &values.join(","), "\n"]);
    }
    Ok(canonical)
}

/// Returns `value` without spaces around it, and with one space where there were several.
fn squeezed(value: &str) -> String {
    value
        .split(' ')
        .filter(|it| !it.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns the path without dot segments and doubled slashes, each segment encoded once more.
fn canonical_path(path: &str) -> String {
    let mut kept: Vec<String> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            _ => kept.push(encode(segment.as_bytes())),
        }
    }
    let end = if path.ends_with('/') && !kept.is_empty() {
        "/"
    } else {
        ""
    };
    format!("/{}{end}", kept.join("/"))
}

fn canonical_query(query: &str) -> String {
    let mut encoded: Vec<(String, String)> = pairs(query)
        .map(|(key, value)| (encode(&decode(key)), encode(&decode(value))))
        .collect();
    encoded.sort();
    let joined: Vec<String> = encoded
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    joined.join("&")
}

/// Reads `yyyyMMddTHHmmssZ`.
fn instant(text: &str) -> Option<Timestamp> {
    let at = DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    at.to_zoned(TimeZone::UTC).ok().map(|it| it.timestamp())
}

fn incomplete(what: &str) -> Flaw {
    Flaw::Incomplete(what.to_owned())
}

#[cfg(test)]
mod tests;
