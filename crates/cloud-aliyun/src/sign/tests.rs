use serde_json::Value;

use super::*;

fn vectors() -> Vec<(String, Value)> {
    let text = include_str!("../../tests/fixtures/signing-vectors.json");
    let all: serde_json::Map<String, Value> = serde_json::from_str(text).unwrap();
    all.into_iter()
        .filter(|(_, it)| it["kind"] == "V3")
        .collect()
}

fn text<'a>(vector: &'a Value, field: &str) -> &'a str {
    vector[field].as_str().unwrap_or_default()
}

/// Returns method, path and decoded pairs, which vectors write in one of two ways.
fn line(vector: &Value) -> (String, String, Vec<(String, String)>) {
    if let Some(query) = vector["query"].as_object() {
        let pairs = query
            .iter()
            .map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned()));
        return (
            text(vector, "method").into(),
            text(vector, "path").into(),
            pairs.collect(),
        );
    }
    let mut words = text(vector, "request_line").split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let url = Url::parse(&format!("http://host{target}")).unwrap();
    let pairs = url
        .query_pairs()
        .map(|(k, v)| (k.into_owned(), v.into_owned()))
        .collect();
    (method.to_owned(), url.path().to_owned(), pairs)
}

#[test]
fn every_vector_of_the_official_clients_is_met() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 10, "all vectors of version 3 are tried");
    for (name, vector) in vectors {
        let (method, path, pairs) = line(&vector);
        let headers: BTreeMap<&str, String> = vector["headers"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| !["authorization", "content-length"].contains(&name.as_str()))
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap().to_owned()))
            .collect();
        assert_eq!(
            headers["x-acs-content-sha256"],
            sha256(text(&vector, "body").as_bytes())
        );
        let canonical = canonical_request(&method, &path, &canonical_query(&pairs), &headers);
        assert_eq!(canonical, text(&vector, "canonical_request"), "{name}");
        let secret = SecretString::from(text(&vector, "access_key_secret"));
        let value = authorization(
            &canonical,
            &headers,
            text(&vector, "access_key_id"),
            &secret,
        );
        let signature = value.rsplit_once("Signature=").unwrap().1;
        assert_eq!(signature, text(&vector, "signature"), "{name}");
        let whole = vector["authorization"].as_str();
        let whole = whole.or_else(|| vector["headers"]["authorization"].as_str());
        assert_eq!(Some(value.as_str()), whole, "{name}");
    }
}

fn request<'a>(origin: &'a Url, query: &'a [(Cow<'static, str>, String)]) -> Unsigned<'a> {
    Unsigned {
        method: Method::POST,
        origin,
        path: "/",
        query,
        action: "DescribeInstances",
        version: "2014-05-26",
        body: None,
    }
}

#[test]
fn the_bytes_that_are_sent_are_the_bytes_that_were_signed() {
    let origin = Url::parse("http://127.0.0.1:18080/ignored?also=ignored").unwrap();
    let awkward = "生产/a*~+b&c=d 'x' \"y\" <z> #f %41 \u{202e}🙂";
    let query = [
        (Cow::from("Tag.1.Value"), awkward.to_owned()),
        (Cow::from("DryRun"), String::new()),
    ];
    let secret = SecretString::from("testsecret");
    let key = Key {
        id: "testid",
        secret: &secret,
        token: None,
    };
    let sent = signed(
        request(&origin, &query),
        Timestamp::UNIX_EPOCH,
        "n",
        Some(key),
    )
    .unwrap();
    assert_eq!(sent.url.query(), Some(canonical_query(&query).as_str()));
    assert_eq!(sent.url.path(), "/");
    assert_eq!(host(&sent.url), "127.0.0.1:18080");
    let back = sent
        .url
        .query_pairs()
        .find(|(key, _)| key == "Tag.1.Value")
        .unwrap()
        .1;
    assert_eq!(back, awkward);
}

#[test]
fn a_session_signs_its_token_and_no_header_shows_a_credential() {
    let origin = Url::parse("https://ecs.aliyuncs.com").unwrap();
    let (secret, token) = (
        SecretString::from("CANARY-1"),
        SecretString::from("CANARY-2"),
    );
    let key = Key {
        id: "STS.testid",
        secret: &secret,
        token: Some(&token),
    };
    let sent = signed(request(&origin, &[]), Timestamp::UNIX_EPOCH, "n", Some(key)).unwrap();
    let authorization = sent.headers["authorization"].to_str().unwrap();
    assert!(
        authorization.contains("x-acs-accesskey-id;x-acs-action;"),
        "{authorization}"
    );
    assert!(
        authorization.contains(";x-acs-security-token;"),
        "{authorization}"
    );
    assert!(!format!("{sent:?} {key:?}").contains("CANARY"));
}

#[test]
fn without_a_key_nothing_is_signed() {
    let origin = Url::parse("https://sts.aliyuncs.com").unwrap();
    let mut unsigned = request(&origin, &[]);
    unsigned.body = Some((
        "application/x-www-form-urlencoded",
        Bytes::from_static(b"A=1"),
    ));
    let sent = signed(unsigned, Timestamp::UNIX_EPOCH, "n", None).unwrap();
    assert!(!sent.headers.contains_key("authorization"));
    assert_eq!(&sent.body[..], b"A=1");
    assert_eq!(
        sent.headers["content-type"],
        "application/x-www-form-urlencoded"
    );
}

#[test]
fn a_token_with_a_line_break_is_refused_before_it_is_sent() {
    let origin = Url::parse("https://ecs.aliyuncs.com").unwrap();
    let (secret, token) = (SecretString::from("s"), SecretString::from("to\nken"));
    let key = Key {
        id: "STS.testid",
        secret: &secret,
        token: Some(&token),
    };
    let error = signed(request(&origin, &[]), Timestamp::UNIX_EPOCH, "n", Some(key)).unwrap_err();
    assert!(
        error.to_string().contains("x-acs-security-token"),
        "{error}"
    );
}
