use serde_json::Value;

use super::*;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../../tests/fixtures/tc3-vectors.json")).unwrap()
}

fn text<'a>(vector: &'a Value, field: &str) -> &'a str {
    vector[field].as_str().unwrap_or_default()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

#[test]
fn every_vector_of_the_official_client_is_met() {
    let fixture = fixture();
    let secret = SecretString::from(text(&fixture, "secret_key"));
    let id = text(&fixture, "secret_id");
    let vectors = fixture["vectors"].as_array().unwrap();
    assert_eq!(vectors.len(), 9, "all vectors are tried");
    for vector in vectors {
        let name = text(vector, "name");
        let sent = &vector["headers"];
        let headers = [
            ("content-type", text(sent, "Content-Type")),
            ("host", text(sent, "Host")),
        ];
        let payload = match sent["X-TC-Content-SHA256"].as_str() {
            Some(unsigned) => sha256(unsigned.as_bytes()),
            None => sha256(text(vector, "body").as_bytes()),
        };
        assert_eq!(payload, text(vector, "hashed_payload"), "{name}");
        let (method, query) = (text(vector, "method"), text(vector, "query"));
        let canonical = canonical_request(method, query, &headers, &payload);
        assert_eq!(canonical, text(vector, "canonical_request"), "{name}");
        let now = at(vector["timestamp"].as_i64().unwrap());
        assert_eq!(date(now), text(vector, "date"), "{name}");
        let service = text(vector, "service");
        let scope = format!("{}/{service}/tc3_request", date(now));
        assert_eq!(
            string_to_sign(&canonical, &scope, now),
            text(vector, "string_to_sign"),
            "{name}"
        );
        let signing = base::hex::encode(&signing_key(&secret, &date(now), service));
        assert_eq!(signing, text(vector, "k_signing"), "{name}");
        let key = Key {
            id,
            secret: &secret,
            token: None,
        };
        let value = authorization(&canonical, &headers, service, now, key);
        assert_eq!(value, text(sent, "Authorization"), "{name}");
    }
}

const PUBLISHED_BODY: &str = concat!(
    r#"{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "#,
    r#""Name": "instance-name"}]}"#
);

#[test]
fn the_published_examples_are_met() {
    let now = at(1_551_113_065);
    let secret = SecretString::from("Gu5t9xGARNpq86cd98joQYCN3*******");
    let json = "application/json; charset=utf-8";
    let headers = [("content-type", json), ("host", "cvm.tencentcloudapi.com")];
    let payload = sha256(PUBLISHED_BODY.as_bytes());
    let canonical = canonical_request("POST", "", &headers, &payload);
    let key = Key {
        id: "AKID",
        secret: &secret,
        token: None,
    };
    let value = authorization(&canonical, &headers, "cvm", now, key);
    let signature = "2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c";
    assert!(value.ends_with(signature), "{value}");

    // Today's page signs the action too, hides its key and tells the key that is derived from it.
    let headers = [
        ("content-type", json),
        ("host", "cvm.tencentcloudapi.com"),
        ("x-tc-action", "describeinstances"),
    ];
    let canonical = canonical_request("POST", "", &headers, &payload);
    let to_sign = string_to_sign(&canonical, "2019-02-25/cvm/tc3_request", now);
    let derived = "b596b923aad85185e2d1f6659d2a062e0a86731226e021e61bfe06f7ed05f5af";
    let derived: Vec<u8> = (0..32)
        .map(|at| u8::from_str_radix(&derived[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    assert_eq!(
        base::hex::encode(&hmac_sha256(&derived, to_sign.as_bytes())),
        "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"
    );
}

fn request<'a>(origin: &'a Url, body: &'static str) -> Unsigned<'a> {
    Unsigned {
        origin,
        service: "cvm",
        action: "DescribeInstances",
        version: "2017-03-12",
        region: Some("ap-guangzhou"),
        body: Bytes::from_static(body.as_bytes()),
    }
}

#[test]
fn what_is_sent_is_what_was_signed() {
    let origin = Url::parse("http://127.0.0.1:18931/ignored?also=ignored").unwrap();
    let secret = SecretString::from("testsecret");
    let key = Key {
        id: "testid",
        secret: &secret,
        token: None,
    };
    let body = r#"{"Offset":0,"Limit":100,"Name":"未命名 🙂"}"#;
    let sent = signed(request(&origin, body), at(1_700_000_000), Some(key)).unwrap();
    assert_eq!(sent.url.as_str(), "http://127.0.0.1:18931/");
    assert_eq!(&sent.body[..], body.as_bytes());
    assert_eq!(sent.headers["content-type"], "application/json");
    assert_eq!(sent.headers["x-tc-timestamp"], "1700000000");
    assert_eq!(sent.headers["x-tc-region"], "ap-guangzhou");
    let headers = [
        ("content-type", "application/json"),
        ("host", "127.0.0.1:18931"),
    ];
    let canonical = canonical_request("POST", "", &headers, &sha256(body.as_bytes()));
    let expected = authorization(&canonical, &headers, "cvm", at(1_700_000_000), key);
    assert_eq!(sent.headers["authorization"], expected.as_str());
}

#[test]
fn a_session_sends_its_token_and_no_header_shows_a_credential() {
    let origin = Url::parse("https://cvm.tencentcloudapi.com").unwrap();
    let (secret, token) = (
        SecretString::from("CANARY-1"),
        SecretString::from("CANARY-2"),
    );
    let key = Key {
        id: "AKIDtestid",
        secret: &secret,
        token: Some(&token),
    };
    let sent = signed(request(&origin, "{}"), at(1), Some(key)).unwrap();
    assert_eq!(sent.headers["x-tc-token"], "CANARY-2");
    assert!(!format!("{sent:?} {key:?}").contains("CANARY"));
}

#[test]
fn without_a_key_the_request_says_that_it_is_not_signed() {
    let origin = Url::parse("https://sts.tencentcloudapi.com").unwrap();
    let sent = signed(request(&origin, "{}"), at(1), None).unwrap();
    assert_eq!(sent.headers["authorization"], "SKIP");
    assert!(!sent.headers.contains_key("x-tc-token"));
}

#[test]
fn a_token_with_a_line_break_is_refused_before_it_is_sent() {
    let origin = Url::parse("https://cvm.tencentcloudapi.com").unwrap();
    let (secret, token) = (SecretString::from("s"), SecretString::from("to\nken"));
    let key = Key {
        id: "id",
        secret: &secret,
        token: Some(&token),
    };
    let error = signed(request(&origin, "{}"), at(1), Some(key)).unwrap_err();
    assert!(error.to_string().contains("x-tc-token"), "{error}");
}

#[test]
fn a_role_cannot_leave_its_segment_of_a_path() {
    assert_eq!(
        encode("a/../b role?x=1#运维"),
        "a%2F..%2Fb%20role%3Fx%3D1%23%E8%BF%90%E7%BB%B4"
    );
}
