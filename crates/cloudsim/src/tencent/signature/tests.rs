//! Every vector made by the official client is accepted as it is, and refused when touched.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::*;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../fixtures/tc3-vectors.json")).unwrap()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

fn received(vector: &Value) -> Received {
    let mut headers = HeaderMap::new();
    for (name, value) in vector["headers"].as_object().unwrap() {
        let value = HeaderValue::from_str(value.as_str().unwrap()).unwrap();
        headers.insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), value);
    }
    let body = text(vector, "body").as_bytes().to_vec();
    Received::new(
        text(vector, "method"),
        text(vector, "uri"),
        text(vector, "query"),
        headers,
        body,
    )
}

fn claim(received: &Received) -> Claim {
    match read(received) {
        Ok(Proof::Signed(claim)) => claim,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_the_official_client_signed_is_accepted_and_touched_it_is_not() {
    let vectors = vectors();
    let key = text(&vectors, "secret_key");
    let all = vectors["vectors"].as_array().unwrap();
    assert_eq!(all.len(), 9);
    for vector in all {
        let name = text(vector, "name");
        let good = received(vector);
        let claim = claim(&good);
        assert_eq!(
            claim.string_to_sign,
            text(vector, "string_to_sign"),
            "{name}"
        );
        assert_eq!(claim.service, text(vector, "service"), "{name}");
        assert!(claim.is_signed_with(key), "{name}");
        assert!(!claim.is_signed_with(&format!("{key}x")), "{name}");

        let mut other_host = good.clone();
        other_host
            .headers
            .insert("host", HeaderValue::from_static("elsewhere"));
        assert!(!self::claim(&other_host).is_signed_with(key), "{name}");
        let mut other_body = good.clone();
        other_body.body.push(b' ');
        let unsigned = name == "post-unsigned-payload";
        assert_eq!(
            self::claim(&other_body).is_signed_with(key),
            unsigned,
            "{name}"
        );
    }
}

#[test]
fn the_published_vector_signs_a_type_with_a_charset_and_lower_case_values() {
    let vectors = vectors();
    let published = &vectors["published_vectors"][0];
    let body = text(&vectors["vectors"][0], "body").as_bytes().to_vec();
    let authorization = format!(
        "TC3-HMAC-SHA256 Credential=AKIDx/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host, Signature={}",
        text(published, "signature")
    );
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("content-type", "application/json; charset=utf-8"),
        ("host", "CVM.tencentcloudapi.com"),
        ("x-tc-timestamp", "1551113065"),
        ("authorization", &authorization),
    ] {
        headers.insert(name, HeaderValue::from_str(value).unwrap());
    }
    let claim = claim(&Received::new("POST", "/", "", headers, body));
    assert!(
        claim
            .string_to_sign
            .ends_with(text(published, "hashed_canonical_request"))
    );
    assert!(claim.is_signed_with(text(published, "secret_key")));
}

#[test]
fn a_signature_that_cannot_be_read_is_refused_before_any_key_is_looked_up() {
    let vectors = vectors();
    let good = received(&vectors["vectors"][0]);
    let authorization = good.header("authorization").unwrap().to_owned();
    let with = |name: &'static str, value: &str| {
        let mut bad = good.clone();
        bad.headers
            .insert(name, HeaderValue::from_str(value).unwrap());
        read(&bad).unwrap_err().code
    };
    for bad in [
        "TC2 x".to_owned(),
        authorization.replace("content-type;host", "host"),
        authorization.replace("content-type;host", "host;content-type"),
        authorization.replace("content-type;host", "Content-Type;host"),
        authorization.replace("content-type;host", "content-type;host;x-nobody"),
        authorization.replace("/tc3_request", "/other"),
        authorization.replace("2019-02-25", "2019-02-26"),
        authorization.replace("Signature", "Sig"),
    ] {
        assert_eq!(
            with("authorization", &bad),
            "AuthFailure.InvalidAuthorization",
            "{bad}"
        );
    }
    assert_eq!(
        with("x-tc-timestamp", "soon"),
        "AuthFailure.InvalidAuthorization"
    );
    let mut unsigned = good.clone();
    unsigned.headers.remove("authorization");
    assert_eq!(read(&unsigned).unwrap_err().code, "MissingParameter");
    unsigned
        .headers
        .insert("authorization", HeaderValue::from_static("SKIP"));
    assert_eq!(read(&unsigned).unwrap(), Proof::Skipped);
}
