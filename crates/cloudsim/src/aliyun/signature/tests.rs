//! Every vector made by the official clients and pages is accepted as it is, and refused when touched.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::*;

fn vectors() -> Vec<(String, Value)> {
    let text = include_str!("../fixtures/signing-vectors.json");
    let Value::Object(map) = serde_json::from_str(text).unwrap() else {
        panic!("not an object")
    };
    map.into_iter().collect()
}

fn text<'a>(vector: &'a Value, key: &str) -> &'a str {
    vector[key].as_str().unwrap_or_default()
}

fn query_of(pairs: &Value) -> String {
    let pairs = pairs.as_object().into_iter().flatten();
    pairs
        .map(|(key, value)| format!("{}={}", encode(key), encode(value.as_str().unwrap())))
        .collect::<Vec<_>>()
        .join("&")
}

fn received(vector: &Value) -> Received {
    let mut headers = HeaderMap::new();
    for (name, value) in vector["headers"].as_object().into_iter().flatten() {
        let value = HeaderValue::from_str(value.as_str().unwrap()).unwrap();
        headers.insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), value);
    }
    if let Some(value) = vector["authorization"].as_str() {
        headers.insert("authorization", HeaderValue::from_str(value).unwrap());
    }
    let body = text(vector, "body").as_bytes().to_vec();
    match vector["request_line"].as_str() {
        Some(line) => {
            let [method, target, _] = line.split(' ').collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            Received::new(method, path, query, headers, body)
        }
        None if vector["params"].is_object() => {
            let query = format!(
                "{}&Signature={}",
                query_of(&vector["params"]),
                encode(text(vector, "signature"))
            );
            Received::new(text(vector, "method"), "/", &query, headers, body)
        }
        None => Received::new(
            text(vector, "method"),
            text(vector, "path"),
            &query_of(&vector["query"]),
            headers,
            body,
        ),
    }
}

#[test]
fn every_vector_of_the_official_clients_is_accepted() {
    let mut schemes = [0, 0, 0];
    for (name, vector) in vectors() {
        let claim = read(&received(&vector))
            .unwrap_or_else(|error| panic!("{name}: {error}"))
            .unwrap();
        let expected = match text(&vector, "kind") {
            "V3" => Scheme::V3,
            "V1RPC" => Scheme::V1,
            "V2ROA" => Scheme::V2,
            other => panic!("{name}: {other}"),
        };
        assert_eq!(claim.scheme, expected, "{name}");
        schemes[expected as usize] += 1;
        assert_eq!(
            claim.access_key_id,
            text(&vector, "access_key_id"),
            "{name}"
        );
        assert_eq!(
            claim.security_token.as_deref(),
            vector["security_token"].as_str(),
            "{name}"
        );
        if let Some(string_to_sign) = vector["string_to_sign"].as_str() {
            assert_eq!(claim.string_to_sign, string_to_sign, "{name}");
        }
        assert!(
            claim.is_signed_with(text(&vector, "access_key_secret")),
            "{name}: {}",
            claim.string_to_sign
        );
        assert!(!claim.is_signed_with("another secret"), "{name}");
    }
    assert_eq!(schemes, [10, 5, 3], "vectors of V3, V1, V2");
}

#[test]
fn whatever_was_signed_cannot_be_touched() {
    for (name, vector) in vectors() {
        let secret = text(&vector, "access_key_secret");
        let believed =
            |it: &Received| read(it).is_ok_and(|it| it.is_some_and(|it| it.is_signed_with(secret)));
        let original = received(&vector);
        let mut method = original.clone();
        method.method = "PUT".to_owned();
        let mut query = original.clone();
        query.query.push(("Injected".to_owned(), "1".to_owned()));
        assert!(
            believed(&original) && !believed(&method) && !believed(&query),
            "{name}"
        );
        if text(&vector, "kind") == "V3" {
            let mut body = original.clone();
            body.body.push(b'x');
            let mut header = original.clone();
            header
                .headers
                .insert("x-acs-version", HeaderValue::from_static("2000-01-01"));
            let mut unsigned = original.clone();
            unsigned
                .headers
                .insert("x-acs-injected", HeaderValue::from_static("1"));
            assert!(
                !believed(&body) && !believed(&header) && !believed(&unsigned),
                "{name}"
            );
        }
    }
}

#[test]
fn what_a_v3_request_lacks_is_named() {
    let (_, vector) = vectors()
        .into_iter()
        .find(|(name, _)| name == "v3_rpc_minimal")
        .unwrap();
    for name in [
        "x-acs-date",
        "x-acs-signature-nonce",
        "x-acs-content-sha256",
        "host",
    ] {
        let mut request = received(&vector);
        request.headers.remove(name);
        let refusal = read(&request).unwrap_err();
        assert_eq!(refusal.code, "IncompleteSignature");
        assert!(refusal.message.contains(name), "{}", refusal.message);
    }
    let mut request = received(&vector);
    request
        .headers
        .insert("content-type", HeaderValue::from_static("application/json"));
    assert!(
        read(&request)
            .unwrap_err()
            .message
            .contains("content-type is sent but not signed")
    );
}
