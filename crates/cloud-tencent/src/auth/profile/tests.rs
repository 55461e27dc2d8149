use secrecy::ExposeSecret as _;

use super::*;

fn now() -> Timestamp {
    "2026-11-21T02:00:00Z".parse().unwrap()
}

/// A home folder with these files in it.
fn home(files: &[(&str, &str)]) -> (tempfile::TempDir, Environment) {
    let folder = tempfile::tempdir().unwrap();
    for (name, body) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, body).unwrap();
    }
    let environment = Environment {
        home: Some(folder.path().to_owned()),
        ..Environment::default()
    };
    (folder, environment)
}

async fn shown(environment: &Environment, name: &str) -> String {
    match find(environment, None, name, now()).await {
        Ok(Named::Source(source)) => format!("{source:?}"),
        Ok(Named::Keys(keys)) => format!("{keys:?}"),
        Err(error) => base::chain(&error),
    }
}

const INI: &str = "\u{feff}# mine\n[default]\nsecret_id = AKIDDefaultKeyId00\nsecret_key=CANARY-1\n\
                   role_arn = unused\n; other\n[ops]\nSECRET_ID=AKIDOpsKeyIdentity\nsecret_key = CANARY-2\n\
                   token = CANARY-3\n[half]\nsecret_id = AKIDHalf\n";

#[tokio::test]
async fn every_section_of_the_libraries_file_is_a_profile() {
    let (_folder, environment) = home(&[(".tencentcloud/credentials", INI)]);
    assert_eq!(
        shown(&environment, "default").await,
        "Static(key AKIDDe***d00)"
    );
    assert_eq!(
        shown(&environment, "ops").await,
        "Static(session AKIDOp***ity)"
    );
    let half = shown(&environment, "half").await;
    assert!(half.ends_with("has no secret_key"), "{half}");
    let none = shown(&environment, "none").await;
    assert!(none.contains("~/.tccli/none.credential"), "{none}");
}

#[tokio::test]
async fn every_sort_of_the_tools_profiles_leads_to_its_source() {
    let role = r#"{"secretId":"AKIDRoleKeyIdentity","secretKey":"CANARY","role-arn":"qcs::cam::uin/1:roleName/r",
        "role-session-name":"me"}"#;
    let fresh = r#"{"type":"oauth","secretId":"AKIDFreshKeyIdent","secretKey":"CANARY","token":"CANARY",
        "expiresAt":1795230000,"oauth":{"openId":"CANARY"}}"#;
    let stale = r#"{"type":"sso","secretId":"AKID","secretKey":"CANARY","token":"CANARY","expiresAt":1700000000}"#;
    let (_folder, environment) = home(&[
        (
            ".tccli/default.credential",
            r#"{"secretId":"AKIDPlainKeyIdent","secretKey":"CANARY"}"#,
        ),
        (".tccli/role.credential", role),
        (".tccli/vm.credential", r#"{"type":"cvm-role"}"#),
        (".tccli/fresh.credential", fresh),
        (".tccli/stale.credential", stale),
        (".tccli/odd.credential", r#"{"type":"quantum"}"#),
        (".tccli/broken.credential", "CANARY"),
    ]);
    assert_eq!(
        shown(&environment, "default").await,
        "Static(key AKIDPl***ent)"
    );
    assert_eq!(
        shown(&environment, "role").await,
        "AssumeRole(qcs::cam::uin/1:roleName/r, Some(\"me\"), None, via Static(key AKIDRo***ity))"
    );
    assert_eq!(shown(&environment, "vm").await, "CvmRole(None)");
    let fresh = shown(&environment, "fresh").await;
    assert!(fresh.contains("AKIDFr***ent"), "{fresh}");
    let stale = shown(&environment, "stale").await;
    assert!(stale.contains("log in again"), "{stale}");
    assert!(shown(&environment, "odd").await.contains("not known here"));
    let broken = shown(&environment, "broken").await;
    assert!(
        broken.contains("line 1") && !broken.contains("CANARY"),
        "{broken}"
    );
}

#[tokio::test]
async fn the_libraries_file_beats_the_tools_for_one_name() {
    let (_folder, environment) = home(&[
        (".tencentcloud/credentials", INI),
        (
            ".tccli/default.credential",
            r#"{"secretId":"AKIDOfTheTool0000","secretKey":"s"}"#,
        ),
    ]);
    assert_eq!(
        shown(&environment, "default").await,
        "Static(key AKIDDe***d00)"
    );
}

#[tokio::test]
async fn a_name_cannot_lead_out_of_the_folder() {
    let (folder, environment) =
        home(&[("stray.credential", r#"{"secretId":"A","secretKey":"s"}"#)]);
    for name in ["../stray", "..", ".hidden", "a/b", "a\\b"] {
        let error = shown(&environment, name).await;
        assert!(error.contains("is no name of a profile"), "{error}");
    }
    // A path of one's own may lead anywhere.
    let path = folder.path().join("stray.credential");
    let found = find(&environment, Some(&path), "x", now()).await.unwrap();
    assert!(matches!(
        found,
        Named::Source(CredentialSource::Static { .. })
    ));
}

#[tokio::test]
async fn the_profiles_of_both_are_listed_once() {
    let (_folder, environment) = home(&[
        (".tencentcloud/credentials", INI),
        (
            ".tccli/default.credential",
            r#"{"secretId":"A","secretKey":"s"}"#,
        ),
        (
            ".tccli/web.credential",
            r#"{"type":"oauth","secretId":"A"}"#,
        ),
        (".tccli/web.configure", "{}"),
    ]);
    let found = profiles(&environment).await.unwrap();
    let shown: Vec<_> = found
        .iter()
        .map(|it| (it.name.as_str(), it.mode.as_str(), it.current))
        .collect();
    let expected = [
        ("default", "key", true),
        ("ops", "key", false),
        ("half", "key", false),
        ("web", "oauth", false),
    ];
    assert_eq!(shown, expected);
    assert!(profiles(&Environment::default()).await.unwrap().is_empty());
}

#[test]
fn a_log_in_of_the_tool_ends_when_it_says() {
    let body =
        br#"{"type":"oauth","secretId":"A","secretKey":"s","token":"t","expiresAt":1795230000}"#;
    let path = Path::new("web.credential");
    let profile = parse(body, path).unwrap();
    let end: Timestamp = Timestamp::from_second(1_795_230_000).unwrap();
    let Ok(Named::Keys(keys)) = profile.leads_to(path, now()) else {
        panic!("no keys");
    };
    assert_eq!(
        (keys.expires, keys.token.unwrap().expose_secret()),
        (Some(end), "t")
    );
    let error = profile.leads_to(path, end).unwrap_err().to_string();
    assert!(error.contains("log in again"), "{error}");
}
