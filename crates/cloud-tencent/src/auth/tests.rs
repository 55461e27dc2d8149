use super::*;

#[test]
fn nothing_that_holds_a_secret_shows_it() {
    let secret = || SecretString::from("CANARY-7f3a");
    let source = CredentialSource::AssumeRole {
        arn: "qcs::cam::uin/1:roleName/x".into(),
        external_id: None,
        session: None,
        duration: None,
        via: Box::new(CredentialSource::Static {
            id: "AKIDz8ExampleKeyId99".into(),
            secret: secret(),
            token: Some(secret()),
        }),
    };
    let credentials = Credentials {
        id: "AKIDz8ExampleKeyId99".into(),
        secret: secret(),
        token: Some(secret()),
        expires: None,
    };
    let mut environment = Environment::default();
    Arc::make_mut(&mut environment.variables).insert("TENCENTCLOUD_SECRET_KEY".into(), secret());
    let shown = format!(
        "{source:?} {credentials:?} {:?} {environment:?}",
        credentials.key()
    );
    assert!(!shown.contains("CANARY"), "{shown}");
    assert!(
        format!("{credentials:?}").contains("AKIDz8***d99"),
        "{credentials:?}"
    );
    assert!(
        !format!("{credentials:?}").contains("ExampleKeyId"),
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
    assert_eq!(environment.get("A"), None);
}
