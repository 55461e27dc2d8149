use super::*;

#[test]
fn nothing_that_holds_a_secret_shows_it() {
    let secret = || SecretString::from("CANARY-7f3a");
    let source = CredentialSource::AssumeRole {
        arn: "arn:aws:iam::111122223333:role/x".into(),
        external_id: None,
        session: None,
        duration: None,
        via: Box::new(CredentialSource::Static {
            id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret: secret(),
            token: Some(secret()),
        }),
    };
    let credentials = Credentials {
        id: "AKIAIOSFODNN7EXAMPLE".into(),
        secret: secret(),
        token: Some(secret()),
        expires: None,
    };
    let mut environment = Environment::default();
    Arc::make_mut(&mut environment.variables).insert("AWS_SECRET_ACCESS_KEY".into(), secret());
    let shown = format!(
        "{source:?} {credentials:?} {:?} {environment:?}",
        credentials.key()
    );
    assert!(!shown.contains("CANARY"), "{shown}");
    assert!(
        format!("{credentials:?}").contains("AKIAIO***PLE"),
        "{credentials:?}"
    );
    assert!(
        !format!("{credentials:?}").contains("SFODNN7EXAM"),
        "{credentials:?}"
    );
}

#[test]
fn credentials_are_the_same_when_key_and_token_are() {
    let with = |id: &str, secret: &str, token: Option<&str>| Credentials {
        id: id.into(),
        secret: secret.into(),
        token: token.map(SecretString::from),
        expires: None,
    };
    let one = with("a", "s", Some("t"));
    assert!(one.is_same_as(&with("a", "s", Some("t"))));
    for other in [
        with("b", "s", Some("t")),
        with("a", "x", Some("t")),
        with("a", "s", None),
    ] {
        assert!(!one.is_same_as(&other));
    }
}

#[test]
fn a_variable_that_is_empty_is_not_set() {
    let mut environment = Environment::default();
    let variables = Arc::make_mut(&mut environment.variables);
    variables.insert("A".into(), " ".into());
    variables.insert("B".into(), " TRUE\n".into());
    assert_eq!(environment.get("A"), None);
    assert_eq!(environment.get("B"), Some("TRUE"));
    assert!(environment.says_true("B") && !environment.says_true("A"));
}
