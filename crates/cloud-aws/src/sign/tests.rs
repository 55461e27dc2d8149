use serde_json::Value;

use super::*;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../tests/fixtures/sigv4-vectors.json")).unwrap()
}

/// The names of headers are known at compile time in the product.
fn known_type(text: &str) -> &'static str {
    match text {
        "application/x-www-form-urlencoded; charset=utf-8" => {
            "application/x-www-form-urlencoded; charset=utf-8"
        }
        "application/x-amz-json-1.0" => "application/x-amz-json-1.0",
        "application/x-amz-json-1.1" => "application/x-amz-json-1.1",
        other => panic!("the vectors have a new type {other}"),
    }
}

#[test]
fn every_vector_of_the_official_client_is_met() {
    let file = vectors();
    let secret = SecretString::from(file["secret_key"].as_str().unwrap());
    let token = SecretString::from(file["session_token"].as_str().unwrap());
    let now = "2026-11-21T04:00:00Z".parse().unwrap();
    let all = file["vectors"].as_array().unwrap();
    assert_eq!(all.len(), 12, "all vectors are tried");
    for vector in all {
        let text = |field: &str| vector[field].as_str().unwrap_or_default();
        let url: Url = text("url").parse().unwrap();
        let query: Vec<(String, String)> = url
            .query_pairs()
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect();
        let headers = &vector["headers"];
        let body = headers["content-type"]
            .as_str()
            .map(|it| (known_type(it), Bytes::from(text("body").to_owned())));
        let request = Unsigned {
            method: text("method").parse().unwrap(),
            origin: &url,
            path: url.path(),
            query: &query,
            target: headers["x-amz-target"].as_str().map(str::to_owned),
            body,
            scope: Scope {
                region: text("region"),
                service: text("service"),
            },
        };
        let with_token = vector["session_token"].as_bool().unwrap();
        let key = Key {
            id: file["access_key"].as_str().unwrap(),
            secret: &secret,
            token: with_token.then_some(&token),
        };
        let signed = signed(request, now, Some(key)).unwrap();
        let header = |name: &str| signed.headers[name].to_str().unwrap();
        assert_eq!(
            header("authorization"),
            text("authorization"),
            "{}",
            text("name")
        );
        assert_eq!(header("x-amz-date"), text("x-amz-date"));
        assert_eq!(signed.url, url, "{}", text("name"));
    }
}

fn plain<'a>(origin: &'a Url, path: &'a str) -> Unsigned<'a> {
    Unsigned {
        method: Method::GET,
        origin,
        path,
        query: &[],
        target: None,
        body: None,
        scope: Scope {
            region: "us-east-1",
            service: "eks",
        },
    }
}

fn now() -> Timestamp {
    "2026-11-21T04:00:00Z".parse().unwrap()
}

#[test]
fn the_host_is_signed_with_its_port_and_secrets_are_marked() {
    let origin: Url = "http://127.0.0.1:5600".parse().unwrap();
    let secret = SecretString::from("CANARY-secret");
    let token = SecretString::from("CANARY-token");
    let key = Key {
        id: "AKIDEXAMPLE",
        secret: &secret,
        token: Some(&token),
    };
    let request = signed(plain(&origin, "/clusters"), now(), Some(key)).unwrap();
    assert!(request.headers["authorization"].is_sensitive());
    assert!(request.headers["x-amz-security-token"].is_sensitive());
    assert!(!format!("{request:?}").contains("CANARY"));
    let elsewhere: Url = "http://127.0.0.1:5601".parse().unwrap();
    let other = signed(plain(&elsewhere, "/clusters"), now(), Some(key)).unwrap();
    assert_ne!(
        request.headers["authorization"],
        other.headers["authorization"]
    );
}

#[test]
fn a_path_in_chinese_is_sent_encoded_once_and_signed_encoded_twice() {
    let path = format!("/clusters/{}", encode("生产 c1"));
    assert_eq!(path, "/clusters/%E7%94%9F%E4%BA%A7%20c1");
    assert_eq!(
        canonical_path(&path),
        "/clusters/%25E7%2594%259F%25E4%25BA%25A7%2520c1"
    );
    let origin: Url = "https://eks.us-east-1.amazonaws.com".parse().unwrap();
    let request = signed(plain(&origin, &path), now(), None).unwrap();
    assert_eq!(request.url.path(), path);
    assert!(
        !request.headers.contains_key("authorization"),
        "nobody signs it"
    );
}

#[test]
fn a_token_with_a_line_break_is_refused_and_not_shown() {
    let origin: Url = "https://eks.us-east-1.amazonaws.com".parse().unwrap();
    let (secret, token) = (SecretString::from("s"), SecretString::from("CANARY\n"));
    let key = Key {
        id: "AKIDEXAMPLE",
        secret: &secret,
        token: Some(&token),
    };
    let refused = signed(plain(&origin, "/"), now(), Some(key)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the x-amz-security-token has characters that cannot stand in a request"
    );
}
