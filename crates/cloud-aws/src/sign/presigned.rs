//! An address that carries its own signature: what one region shows another as the account's leave.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::{
    ALGORITHM, Key, Malformed, Scope, address, basic, canonical_query, canonical_request,
    credential, host, sha256, signature,
};

/// Returns the address of a reading request that is good for `lifetime`. Who has it may make the
/// request, so it is a secret.
///
/// # Errors
///
/// When the origin is no address.
pub(crate) fn presigned(
    origin: &Url,
    query: &[(String, String)],
    scope: Scope<'_>,
    (now, lifetime): (Timestamp, Duration),
    key: Key<'_>,
) -> Result<SecretString, Malformed> {
    let date = basic(now);
    let mut all = query.to_vec();
    let mut add = |name: &str, value: String| all.push((name.to_owned(), value));
    add("X-Amz-Algorithm", ALGORITHM.to_owned());
    add("X-Amz-Credential", credential(&date, scope, key));
    add("X-Amz-Date", date.clone());
    add("X-Amz-Expires", lifetime.as_secs().to_string());
    add("X-Amz-SignedHeaders", "host".to_owned());
    if let Some(token) = key.token {
        add("X-Amz-Security-Token", token.expose_secret().to_owned());
    }
    let query = canonical_query(&all);
    let url = address(origin, "/", &query)?;
    let headers = BTreeMap::from([("host", host(&url))]);
    let canonical = canonical_request("GET", "/", &query, &headers, &sha256(b""));
    let signature = signature(&canonical, &date, scope, key);
    Ok(format!("{url}&X-Amz-Signature={signature}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by botocore 1.44.5 with a fixed clock: `generate_presigned_url` of CopySnapshot, as its
    /// client puts it into every copy between regions.
    #[test]
    fn the_address_of_the_official_client_is_met() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/fixtures/presigned-vectors.json"))
                .unwrap();
        let all = vectors.as_array().unwrap();
        assert_eq!(all.len(), 3, "all vectors are tried");
        for vector in all {
            let text = |field: &str| vector[field].as_str().unwrap();
            let expected = Url::parse(text("url")).unwrap();
            let mine = |name: &str| name.starts_with("X-Amz-");
            let query: Vec<(String, String)> = expected
                .query_pairs()
                .filter(|(name, _)| !mine(name))
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect();
            let (secret, token) = (
                SecretString::from(text("secret_key")),
                vector["session_token"].as_str().map(SecretString::from),
            );
            let key = Key {
                id: text("access_key"),
                secret: &secret,
                token: token.as_ref(),
            };
            let scope = Scope {
                region: text("region"),
                service: "ec2",
            };
            let when = (text("now").parse().unwrap(), Duration::from_secs(3_600));
            let made = presigned(&expected, &query, scope, when, key).unwrap();
            let made = Url::parse(made.expose_secret()).unwrap();
            let pairs = |url: &Url| url.query_pairs().into_owned().collect::<BTreeMap<_, _>>();
            assert_eq!(pairs(&made), pairs(&expected));
            assert_eq!(made.host_str(), expected.host_str());
        }
    }
}
