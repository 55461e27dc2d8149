use super::*;

const CONFIG: &str = "
[default]
region = us-east-1
[profile ops]
role_arn = arn:aws:iam::111122223333:role/ops
source_profile = default
external_id = agreed
role_session_name = me
duration_seconds = 1800
[profile deep]
role_arn = arn:aws:iam::111122223333:role/deep
source_profile = ops
[profile self]
role_arn = arn:aws:iam::111122223333:role/self
source_profile = self
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = CANARY-1
[profile a]
role_arn = arn:aws:iam::111122223333:role/a
source_profile = b
[profile b]
role_arn = arn:aws:iam::111122223333:role/b
source_profile = a
[profile machine]
role_arn = arn:aws:iam::111122223333:role/machine
credential_source = Ec2InstanceMetadata
[profile task]
role_arn = arn:aws:iam::111122223333:role/task
credential_source = EcsContainer
[profile env]
role_arn = arn:aws:iam::111122223333:role/env
credential_source = Environment
[profile odd]
role_arn = arn:aws:iam::111122223333:role/odd
credential_source = Moon
[profile both]
role_arn = arn:aws:iam::111122223333:role/both
source_profile = default
credential_source = Environment
[profile alone]
role_arn = arn:aws:iam::111122223333:role/alone
[profile pod]
role_arn = arn:aws:iam::111122223333:role/pod
web_identity_token_file = /var/run/token
[profile mfa]
role_arn = arn:aws:iam::111122223333:role/mfa
source_profile = default
mfa_serial = arn:aws:iam::111122223333:mfa/me
[profile program]
credential_process = /opt/helper --profile 'a b'
[profile sso]
sso_session = corp
[profile half]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
[profile bare]
region = us-east-1
[profile lost]
role_arn = arn:aws:iam::111122223333:role/lost
source_profile = nobody
";

const CREDENTIALS: &str = "
[default]
aws_access_key_id = AKIAI44QH8DHBEXAMPLE
aws_secret_access_key = CANARY-2
[session]
aws_access_key_id = ASIAIOSFODNN7EXAMPLE
aws_secret_access_key = CANARY-3
aws_session_token = CANARY-4
";

fn book() -> Book {
    let mut profiles = ini::parse(CONFIG, FileKind::Config, "config").unwrap();
    for (name, settings) in ini::parse(CREDENTIALS, FileKind::Credentials, "c").unwrap() {
        profiles.entry(name).or_default().absorb(settings);
    }
    let place = "the files".to_owned();
    Book { profiles, place }
}

#[test]
fn every_profile_that_works_leads_to_its_source() {
    let names = [
        "default", "session", "ops", "deep", "self", "machine", "task", "env", "pod", "program",
    ];
    let shown = names.map(|name| format!("{name}: {:?}\n", book().source(name).unwrap()));
    let shown = shown.concat();
    assert!(!shown.contains("CANARY"), "{shown}");
    expect_test::expect![[r#"
        default: Static(key AKIAI4***PLE)
        session: Static(session ASIAIO***PLE)
        ops: AssumeRole(arn:aws:iam::111122223333:role/ops, Some("me"), Some(1800s), via Static(key AKIAI4***PLE))
        deep: AssumeRole(arn:aws:iam::111122223333:role/deep, None, None, via AssumeRole(arn:aws:iam::111122223333:role/ops, Some("me"), Some(1800s), via Static(key AKIAI4***PLE)))
        self: AssumeRole(arn:aws:iam::111122223333:role/self, None, None, via Static(key AKIAIO***PLE))
        machine: AssumeRole(arn:aws:iam::111122223333:role/machine, None, None, via InstanceRole(None))
        task: AssumeRole(arn:aws:iam::111122223333:role/task, None, None, via Container)
        env: AssumeRole(arn:aws:iam::111122223333:role/env, None, None, via Env(AWS))
        pod: WebIdentity(arn:aws:iam::111122223333:role/pod, "/var/run/token", None, None)
        program: Command(Some("/opt/helper") and 2 arguments)
    "#]]
    .assert_eq(&shown);
    let CredentialSource::AssumeRole { external_id, .. } = book().source("ops").unwrap() else {
        panic!("a role");
    };
    assert_eq!(external_id.as_deref(), Some("agreed"));
}

#[test]
fn every_profile_that_does_not_work_says_why() {
    let names = [
        "a", "odd", "both", "alone", "mfa", "sso", "half", "bare", "lost",
    ];
    let shown = names.map(|name| format!("{}\n", book().source(name).unwrap_err()));
    let shown = shown.concat();
    assert!(!shown.contains("CANARY"), "{shown}");
    expect_test::expect![[r#"
        the profiles lead in circles: a → b → a
        the profile "odd" cannot be used: its credential_source is none of Environment, Ec2InstanceMetadata and EcsContainer
        the profile "both" cannot be used: it has both source_profile and credential_source; one has to go
        the profile "alone" cannot be used: it has a role_arn and neither source_profile nor credential_source
        the profile "mfa" cannot be used: it asks for a code from a device, and nobody is here to type one
        the profile "sso" cannot be used: it logs in through a browser; give its session on with credential_process = aws configure export-credentials --profile sso --format process
        the profile "half" cannot be used: it has no aws_secret_access_key
        the profile "bare" cannot be used: it has no credentials
        the files have no profile "nobody"; they have a, alone, b, bare, both, deep, default, env, half, lost, machine, mfa, odd, ops, pod, program, self, session, sso, task
    "#]]
    .assert_eq(&shown);
}

#[test]
fn the_environment_moves_the_files_and_names_the_profile() {
    let mut environment = Environment {
        home: Some("/home/me".into()),
        ..Environment::default()
    };
    let shown = |environment: &Environment| paths(environment, None).unwrap();
    assert_eq!(shown(&environment)[0], Path::new("/home/me/.aws/config"));
    assert_eq!(named(&environment), "default");
    for (name, value) in [
        ("AWS_CONFIG_FILE", "~/elsewhere"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/etc/keys"),
        ("AWS_PROFILE", "ops"),
    ] {
        let value = value.to_owned().into();
        std::sync::Arc::make_mut(&mut environment.variables).insert(name.to_owned(), value);
    }
    assert_eq!(shown(&environment)[0], Path::new("/home/me/elsewhere"));
    assert_eq!(shown(&environment)[1], Path::new("/etc/keys"));
    assert_eq!(named(&environment), "ops");
    let folder = paths(&environment, Some(Path::new("/x"))).unwrap();
    assert_eq!(
        folder,
        [PathBuf::from("/x/config"), "/x/credentials".into()]
    );
    assert!(paths(&Environment::default(), None).is_none());
}

#[tokio::test]
async fn profiles_on_disk_are_listed_with_how_they_prove_who_they_are() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".aws");
    std::fs::create_dir(&folder).unwrap();
    let environment = Environment {
        home: Some(home.path().to_owned()),
        ..Environment::default()
    };
    assert_eq!(profiles(&environment).await.unwrap(), []);
    std::fs::write(folder.join("config"), "[profile ops]\nrole_arn = r\n").unwrap();
    std::fs::write(folder.join("credentials"), CREDENTIALS).unwrap();
    let found = profiles(&environment).await.unwrap();
    let shown: Vec<_> = found
        .iter()
        .map(|it| format!("{} {} {}", it.name, it.mode, it.current))
        .collect();
    assert_eq!(
        shown,
        [
            "default key true",
            "ops role false",
            "session session false"
        ]
    );
}
