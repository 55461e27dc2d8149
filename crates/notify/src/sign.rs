//! The three signatures: DingTalk's, Feishu's and our own webhook's.
//!
//! Sources: the vendors' robot guides; vectors in `tests/fixtures/chat-robots-vectors.json`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use url::Url;

/// Returns `base` with DingTalk's `timestamp` (milliseconds) and `sign` appended, encoded once.
///
/// `base` is the address as configured: signing a signed one again would grow it without end.
pub(crate) fn dingtalk_url(base: &Url, secret: &str, timestamp_ms: i64) -> Url {
    let mut url = base.clone();
    let sign = dingtalk_sign(secret, timestamp_ms);
    // The form encoder percent-encodes `+`, `/` and `=`, all that base64 has of the kind.
    url.query_pairs_mut()
        .append_pair("timestamp", &timestamp_ms.to_string())
        .append_pair("sign", &sign);
    url
}

fn dingtalk_sign(secret: &str, timestamp_ms: i64) -> String {
    let message = format!("{timestamp_ms}\n{secret}");
    STANDARD.encode(hmac_sha256(secret.as_bytes(), message.as_bytes()))
}

/// Returns Feishu's `sign` for a timestamp in seconds: the HMAC of nothing under `ts\nsecret`.
pub(crate) fn feishu_sign(secret: &str, timestamp_s: i64) -> String {
    STANDARD.encode(hmac_sha256(
        format!("{timestamp_s}\n{secret}").as_bytes(),
        b"",
    ))
}

/// Returns the value of `X-Skywarden-Signature`: `v1=` and the hexadecimal HMAC of `ts.body`.
pub(crate) fn webhook_signature(secret: &str, timestamp_s: i64, body: &str) -> String {
    let message = format!("{timestamp_s}.{body}");
    format!(
        "v1={}",
        base::hex::encode(&hmac_sha256(secret.as_bytes(), message.as_bytes()))
    )
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
mod tests {
    use serde_json::Value;

    use super::*;

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../tests/fixtures/chat-robots-vectors.json")).unwrap()
    }

    #[test]
    fn dingtalk_vectors_are_met_and_encoded_once() {
        let base = Url::parse("https://oapi.dingtalk.com/robot/send?access_token=T").unwrap();
        let vectors = vectors();
        for vector in vectors["dingtalk"].as_array().unwrap() {
            let secret = vector["secret"].as_str().unwrap();
            let timestamp = vector["timestamp_ms"].as_i64().unwrap();
            assert_eq!(
                dingtalk_sign(secret, timestamp),
                vector["sign_base64"].as_str().unwrap()
            );
            let signed = dingtalk_url(&base, secret, timestamp);
            let expected = format!("{base}{}", vector["url_suffix"].as_str().unwrap());
            assert_eq!(signed.as_str(), expected);
        }
    }

    #[test]
    fn feishu_vectors_are_met_and_not_dingtalks_recipe() {
        let vectors = vectors();
        for vector in vectors["feishu"].as_array().unwrap() {
            let secret = vector["secret"].as_str().unwrap();
            let sign = feishu_sign(secret, vector["timestamp_s"].as_i64().unwrap());
            assert_eq!(sign, vector["sign"].as_str().unwrap());
            assert_ne!(sign, vector["wrong_dingtalk_style"].as_str().unwrap());
        }
    }

    #[test]
    fn a_webhook_signature_covers_time_and_body() {
        let sign = webhook_signature("s", 1, "{}");
        assert!(sign.starts_with("v1=") && sign.len() == 3 + 64, "{sign}");
        assert_ne!(sign, webhook_signature("s", 2, "{}"));
        assert_ne!(sign, webhook_signature("s", 1, "{ }"));
        assert_ne!(sign, webhook_signature("t", 1, "{}"));
    }
}
