use secrecy::ExposeSecret as _;

use super::*;

const FILE: &str = r#"{"current":"sts","meta_path":"","profiles":[
 {"name":"default","mode":"AK","access_key_id":"LTAI5tDefault","access_key_secret":"CANARY-1","region_id":"cn-hangzhou","retry_count":0},
 {"name":"old","access_key_id":"LTAI5tOld","access_key_secret":"CANARY-1"},
 {"name":"sts","mode":"ststoken","access_key_id":"STS.a","access_key_secret":"CANARY-2","sts_token":"CANARY-3"},
 {"name":"role","mode":"RamRoleArn","access_key_id":"LTAI5tRole","access_key_secret":"CANARY-4","ram_role_arn":"acs:ram::123:role/ops","ram_session_name":"me","expired_seconds":1800,"external_id":"x"},
 {"name":"chain","mode":"ChainableRamRoleArn","source_profile":"default","ram_role_arn":"acs:ram::123:role/ops"},
 {"name":"ecs","mode":"EcsRamRole","ram_role_name":"ops-role"},
 {"name":"ext","mode":"External","process_command":"/opt/helper --json 'a b'"},
 {"name":"uri","mode":"CredentialsURI","credentials_uri":"http://127.0.0.1:6666/"},
 {"name":"pod","mode":"OIDC","oidc_provider_arn":"acs:ram::123:oidc-provider/ack","oidc_token_file":"/t","ram_role_arn":"acs:ram::123:role/pod","role_session_name":"pod"},
 {"name":"sso","mode":"CloudSSO","access_key_id":"STS.b","access_key_secret":"CANARY-5","sts_token":"CANARY-6","sts_expiration":1767344645},
 {"name":"rsa","mode":"RsaKeyPair"},
 {"name":"bearer","mode":"BearerToken"},
 {"name":"odd","mode":"Quantum"},
 {"name":"half","mode":"AK","access_key_id":"LTAI5tHalf","access_key_secret":""},
 {"name":"noarn","mode":"RamRoleArn","access_key_id":"a","access_key_secret":"CANARY-7"}]}"#;

fn environment() -> Environment {
    Environment::default()
}

fn find_in(
    environment: &Environment,
    name: Option<&str>,
    now: i64,
) -> Result<Named, NoCredentials> {
    let now = Timestamp::from_second(now).unwrap();
    find(
        FILE.as_bytes(),
        Path::new("/home/me/config.json"),
        name,
        environment,
        now,
    )
}

fn source(name: &str) -> CredentialSource {
    match find_in(&environment(), Some(name), 0).unwrap() {
        Named::Source(source) => source,
        Named::Keys(_) => panic!("{name} leads to keys"),
    }
}

fn refusal(name: &str) -> String {
    find_in(&environment(), Some(name), 1_800_000_000)
        .unwrap_err()
        .to_string()
}

#[test]
fn every_mode_that_works_leads_to_its_source() {
    expect_test::expect![[r#"
        default: Static(key LTAI5t***ult)
        old: Static(key ***)
        sts: Static(session ***)
        role: AssumeRole(acs:ram::123:role/ops, Some("me"), Some(1800s), via Static(key ***))
        chain: AssumeRole(acs:ram::123:role/ops, None, None, via Profile(Some("default"), Some("/home/me/config.json")))
        ecs: EcsRole(Some("ops-role"))
        ext: Command(Some("/opt/helper") and 2 arguments)
        pod: Oidc(acs:ram::123:oidc-provider/ack, acs:ram::123:role/pod, "/t", Some("pod"), None)
    "#]]
    .assert_eq(
        &[
            "default", "old", "sts", "role", "chain", "ecs", "ext", "pod",
        ]
        .map(|name| format!("{name}: {:?}\n", source(name)))
        .concat(),
    );
    let CredentialSource::Command(words) = source("ext") else {
        panic!("a program")
    };
    assert_eq!(words, ["/opt/helper", "--json", "a b"]);
    let agreed = |source| match source {
        CredentialSource::AssumeRole { external_id, .. } => external_id,
        _ => panic!("a role"),
    };
    assert_eq!(
        (agreed(source("role")).as_deref(), agreed(source("chain"))),
        (Some("x"), None)
    );
    assert!(matches!(source("uri"), CredentialSource::Uri(uri) if uri.port() == Some(6666)));
}

#[test]
fn the_current_profile_is_taken_when_nobody_names_one() {
    let Ok(Named::Source(CredentialSource::Static { id, .. })) = find_in(&environment(), None, 0)
    else {
        panic!("the current profile holds a session");
    };
    assert_eq!(id, "STS.a");
    let unknown = refusal("nobody");
    assert!(
        unknown.contains("no profile \"nobody\"; it has default, old, sts"),
        "{unknown}"
    );
}

#[test]
fn a_log_in_of_the_browser_is_used_while_it_lasts() {
    let Ok(Named::Keys(keys)) = find_in(&environment(), Some("sso"), 1_767_344_000) else {
        panic!("the log-in is still good");
    };
    assert_eq!(keys.token.unwrap().expose_secret(), "CANARY-6");
    assert_eq!(keys.expires.unwrap().as_second(), 1_767_344_645);
    assert!(
        refusal("sso").contains("its log-in has run out"),
        "{}",
        refusal("sso")
    );
}

#[test]
fn what_cannot_be_used_says_why_and_never_what_it_holds() {
    for (name, why) in [
        ("rsa", "no longer supported"),
        ("bearer", "cannot sign"),
        (
            "odd",
            "(Quantum) of /home/me/config.json cannot be used: its mode is not known here",
        ),
        ("half", "it has no access_key_secret"),
        ("noarn", "it has no ram_role_arn"),
    ] {
        let refusal = refusal(name);
        assert!(
            refusal.contains(why) && !refusal.contains("CANARY"),
            "{refusal}"
        );
    }
    let mut guarded = environment();
    std::sync::Arc::make_mut(&mut guarded.variables).insert(
        "ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS".into(),
        "true".into(),
    );
    let refusal = find_in(&guarded, Some("ext"), 0).unwrap_err().to_string();
    assert!(
        refusal.contains("ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS forbids"),
        "{refusal}"
    );
}

#[test]
fn a_broken_file_is_pointed_at_and_not_quoted() {
    let broken = b"{\"current\":\"x\",\n \"profiles\":[{\"access_key_secret\":\"CANARY\" oops}]}";
    let path = Path::new("/home/me/config.json");
    let now = Timestamp::UNIX_EPOCH;
    let error = find(broken, path, None, &environment(), now)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("line 2") && !error.contains("CANARY"),
        "{error}"
    );
}

#[tokio::test]
async fn the_profiles_of_a_machine_are_listed_by_name_and_mode() {
    let home = tempfile::tempdir().unwrap();
    let environment = Environment {
        home: Some(home.path().to_owned()),
        ..environment()
    };
    assert_eq!(profiles(&environment).await.unwrap(), []);
    std::fs::create_dir(home.path().join(".aliyun")).unwrap();
    std::fs::write(home.path().join(".aliyun/config.json"), FILE).unwrap();
    let found = profiles(&environment).await.unwrap();
    let listed: Vec<_> = found
        .iter()
        .map(|it| (it.name.as_str(), it.mode.as_str()))
        .collect();
    assert_eq!(
        listed[..3],
        [("default", "AK"), ("old", "AK"), ("sts", "ststoken")]
    );
    assert_eq!(found.iter().filter(|it| it.current).count(), 1);
    assert!(found[2].current);
}

#[tokio::test]
async fn a_file_of_any_size_does_not_fill_the_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large");
    std::fs::write(&path, [b'x'; 100]).unwrap();
    assert!(read_bounded(&path, 99).await.is_err());
    assert_eq!(read_bounded(&path, 100).await.unwrap().len(), 100);
}
