//! Every vector of the official client is accepted as it is, and refused when touched.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use url::Url;

use super::*;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../fixtures/sigv4-vectors.json")).unwrap()
}

/// Returns the vector's request; `change` may spoil its parts (path, query, headers, body) first.
fn received(all: &Value, vector: &Value, change: impl FnOnce(&mut Parts)) -> Received {
    let text = |key: &str| vector[key].as_str().unwrap();
    let url = Url::parse(text("url")).unwrap();
    let mut parts = Parts {
        path: url.path().to_owned(),
        query: url.query().unwrap_or_default().to_owned(),
        headers: HeaderMap::new(),
        body: text("body").to_owned(),
    };
    parts.put("host", url.host_str().unwrap());
    for (name, value) in vector["headers"].as_object().unwrap() {
        parts.put(name, value.as_str().unwrap());
    }
    parts.put("x-amz-date", text("x-amz-date"));
    if vector["session_token"] == true {
        parts.put(
            "x-amz-security-token",
            all["session_token"].as_str().unwrap(),
        );
    }
    parts.put("authorization", text("authorization"));
    change(&mut parts);
    Received::new(
        text("method"),
        &parts.path,
        &parts.query,
        parts.headers,
        parts.body.into_bytes(),
    )
}

struct Parts {
    path: String,
    query: String,
    headers: HeaderMap,
    body: String,
}

impl Parts {
    fn put(&mut self, name: &str, value: &str) {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.headers
            .insert(name, HeaderValue::from_str(value).unwrap());
    }
}

#[test]
fn every_vector_of_the_official_client_is_believed() {
    let all = vectors();
    let secret = all["secret_key"].as_str().unwrap();
    let vectors = all["vectors"].as_array().unwrap();
    assert_eq!(vectors.len(), 12);
    for vector in vectors {
        let name = &vector["name"];
        let claim = read(&received(&all, vector, |_| {})).unwrap();
        assert!(
            claim.is_signed_with(secret),
            "{name}: {}",
            claim.canonical_request
        );
        assert!(!claim.is_signed_with("another"), "{name}");
        assert_eq!(claim.access_key_id, all["access_key"], "{name}");
        assert_eq!(
            (&*claim.service, &*claim.region),
            (
                vector["service"].as_str().unwrap(),
                vector["region"].as_str().unwrap()
            )
        );
        assert_eq!(
            claim.security_token.is_some(),
            vector["session_token"] == true,
            "{name}"
        );
        assert_eq!(claim.date.to_string(), "2026-11-21T04:00:00Z", "{name}");
    }
}

#[test]
fn a_vector_that_was_touched_is_not_believed() {
    let all = vectors();
    let secret = all["secret_key"].as_str().unwrap();
    type Touch = fn(&mut Parts);
    let touches: [Touch; 5] = [
        |it| it.path.push('x'),
        |it| it.query.push_str("&x=1"),
        |it| it.body.push(' '),
        |it| it.put("host", "elsewhere.amazonaws.com"),
        |it| it.put("x-amz-date", "20261121T040001Z"),
    ];
    for vector in all["vectors"].as_array().unwrap() {
        for (number, touch) in touches.iter().enumerate() {
            let claim = read(&received(&all, vector, touch)).unwrap();
            assert!(
                !claim.is_signed_with(secret),
                "{} touched by {number}",
                vector["name"]
            );
        }
    }
}

#[test]
fn what_the_document_forbids_is_said_in_words() {
    let all = vectors();
    let vector = &all["vectors"][0];
    let read = |change: fn(&mut Parts)| read(&received(&all, vector, change)).unwrap_err();
    let unsigned = read(|it| {
        it.headers.remove("authorization");
    });
    assert_eq!(unsigned, Flaw::Missing);
    assert!(matches!(
        read(|it| it.put("authorization", "Basic eA==")),
        Flaw::Incomplete(_)
    ));
    let no_date = read(|it| {
        it.headers.remove("x-amz-date");
    });
    assert!(matches!(no_date, Flaw::Incomplete(_)));
    let Flaw::Mismatch(text) = read(|it| it.put("x-amz-security-token", "smuggled")) else {
        panic!("a token that is not signed was taken")
    };
    assert!(text.contains("x-amz-security-token"), "{text}");
    assert!(matches!(
        read(|it| it.put("x-amz-content-sha256", "00")),
        Flaw::Mismatch(_)
    ));
    assert!(matches!(
        read(|it| it.put("x-amz-date", "20261122T040000Z")),
        Flaw::Mismatch(_)
    ));
    const FIVE: &str = "AWS4-HMAC-SHA256 Credential=AK/20261121/us-east-1/aws4_request, SignedHeaders=host, Signature=00";
    let five = read(|it| it.put("authorization", FIVE));
    assert!(matches!(five, Flaw::Incomplete(_)));
}

#[test]
fn paths_are_made_plain_and_encoded_twice() {
    for (path, expected) in [
        ("/", "/"),
        (
            "/clusters/c1/node-groups/ng%20one",
            "/clusters/c1/node-groups/ng%2520one",
        ),
        ("//clusters/./x/../c1/", "/clusters/c1/"),
    ] {
        assert_eq!(canonical_path(path), expected);
    }
    assert_eq!(
        canonical_query("b=2&a=%7E&a=+&nextToken=a%2Bb%2F%3D"),
        "a=%2B&a=~&b=2&nextToken=a%2Bb%2F%3D"
    );
}
