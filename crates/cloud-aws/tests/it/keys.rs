//! Credentials from every source, fetched once, renewed in time, mended when they end early.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base::Clock as _;
use cloud::{ErrorKind, Provider as _};
use cloud_aws::{Aws, CredentialSource, Environment};
use cloudsim::aws::metadata::MachineMetadata;
use cloudsim::metadata::{Health, Session};
use cloudsim::{Account, Effect, Fault, Rights, Role};

use crate::stand::{NUMBER, SECRET, Stand, UID, endpoints, fixed, key, shop};

const ISSUER: &str = "oidc.eks.us-east-1.amazonaws.com/id/SIMULATED";

fn with_role() -> Account {
    let mut role = Role::new("reader", UID, Rights::all());
    role.external_id = Some("agreed".to_owned());
    role.trusted_oidc = vec![format!("arn:aws:iam::{NUMBER}:oidc-provider/{ISSUER}")];
    shop().role(role)
}

fn arn() -> String {
    format!("arn:aws:iam::{NUMBER}:role/reader")
}

fn role(via: CredentialSource) -> CredentialSource {
    CredentialSource::AssumeRole {
        arn: arn(),
        external_id: Some("agreed".to_owned()),
        session: Some("patrol".to_owned()),
        duration: None,
        via: Box::new(via),
    }
}

fn assumed(stand: &Stand) -> Aws {
    stand.account(stand.settings(role(fixed(&key()))))
}

async fn principal(aws: &Aws) -> String {
    aws.identity()
        .await
        .map_or_else(|error| base::chain(&error), |it| it.principal)
}

fn session_of(name: &str) -> String {
    format!("arn:aws:sts::{NUMBER}:assumed-role/reader/{name}")
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_role_is_taken_once_for_all_calls_with_its_external_id_and_session_name() {
    let stand = Stand::of(with_role()).await;
    let aws = assumed(&stand);
    let all = (0..20).map(|_| aws.identity());
    for outcome in futures_util::future::join_all(all).await {
        outcome.unwrap();
    }
    assert_eq!(principal(&aws).await, session_of("patrol"));
    assert_eq!(stand.calls("AssumeRole"), 1);
}

#[tokio::test]
async fn a_session_is_renewed_when_less_than_a_quarter_of_an_hour_is_left() {
    let stand = Stand::of(with_role()).await;
    let aws = assumed(&stand);
    aws.identity().await.unwrap();
    stand.clock.advance(44 * MINUTE);
    aws.identity().await.unwrap();
    assert_eq!(stand.calls("AssumeRole"), 1);
    stand.clock.advance(2 * MINUTE);
    aws.identity().await.unwrap();
    assert_eq!(stand.calls("AssumeRole"), 2);
}

#[tokio::test]
async fn a_session_that_ends_in_the_middle_is_replaced_once_for_all() {
    let stand = Stand::of(with_role()).await;
    let aws = assumed(&stand);
    aws.identity().await.unwrap();
    stand.sim.world().expire_sessions(UID, stand.clock.now());
    let all = (0..10).map(|_| aws.identity());
    for outcome in futures_util::future::join_all(all).await {
        outcome.unwrap();
    }
    assert_eq!(stand.calls("AssumeRole"), 2);
}

#[tokio::test]
async fn a_fixed_session_that_has_ended_is_said_to_have_ended_and_not_asked_again() {
    let stand = Stand::of(shop()).await;
    stand.sim.faults().add(Fault::new(Effect::ExpiredToken));
    let error = stand.aws().identity().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::StaleCredentials);
    assert_eq!(stand.sim.stats().calls, 1);
}

#[tokio::test]
async fn a_role_that_does_not_trust_us_names_the_role_and_the_permission() {
    let stand = Stand::of(with_role()).await;
    let source = CredentialSource::AssumeRole {
        arn: arn(),
        external_id: None,
        session: None,
        duration: None,
        via: Box::new(fixed(&key())),
    };
    let aws = stand.account(stand.settings(source));
    let error = aws.identity().await.unwrap_err();
    let permission = Some("sts:AssumeRole".to_owned());
    assert_eq!(error.kind, ErrorKind::Denied { permission });
    assert!(base::chain(&error).contains("role/reader"), "{error}");
    assert!(!format!("{error:?} {aws:?}").contains("CANARY"));
}

fn environment(home: &Path, pairs: &[(&str, &str)]) -> Environment {
    let pairs = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned().into()));
    Environment {
        variables: Arc::new(pairs.collect()),
        home: Some(home.to_owned()),
    }
}

/// Returns who an account is that looks around itself.
async fn around(stand: &Stand, environment: Environment, metadata: &str) -> String {
    let mut settings = stand.settings(CredentialSource::Chain);
    settings.environment = environment;
    settings.endpoints = endpoints(&[
        ("default", &stand.sim.url_of(cloudsim::Host::Aws)),
        ("metadata", metadata),
    ]);
    principal(&stand.account(settings)).await
}

const NOWHERE: &str = "http://127.0.0.1:9/";

#[tokio::test]
async fn the_chain_takes_the_environment_before_profiles_and_the_machine_last() {
    let stand = Stand::of(with_role()).await;
    let user = format!("arn:aws:iam::{NUMBER}:user/skywarden");
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".aws");
    std::fs::create_dir(&folder).unwrap();
    let config = format!(
        "[profile ops]\nrole_arn = {}\nexternal_id = agreed\nsource_profile = default\nrole_session_name = file\n",
        arn()
    );
    std::fs::write(folder.join("config"), config).unwrap();
    let keys = format!(
        "[default]\naws_access_key_id = {}\naws_secret_access_key = {SECRET}\n",
        key().id
    );
    std::fs::write(folder.join("credentials"), keys).unwrap();
    let id = key().id;
    let env = [
        ("AWS_ACCESS_KEY_ID", id.as_str()),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_PROFILE", "ops"),
    ];
    assert_eq!(
        around(&stand, environment(home.path(), &env), NOWHERE).await,
        user
    );
    let named = environment(home.path(), &env[2..]);
    assert_eq!(around(&stand, named, NOWHERE).await, session_of("file"));
    let default = environment(home.path(), &[]);
    assert_eq!(around(&stand, default, NOWHERE).await, user);
    let half = around(&stand, environment(home.path(), &env[..1]), NOWHERE).await;
    assert!(half.contains("AWS_SECRET_ACCESS_KEY is not"), "{half}");
    let empty = tempfile::tempdir().unwrap();
    let nothing = around(&stand, environment(empty.path(), &[]), NOWHERE).await;
    assert!(nothing.contains("no credentials were found"), "{nothing}");
    let named = environment(empty.path(), &[("AWS_PROFILE", "ops")]);
    let missing = around(&stand, named, NOWHERE).await;
    assert!(
        missing.contains("there are no files of profiles"),
        "{missing}"
    );
}

/// Gives a machine or container the sessions of the role.
async fn metadata(stand: &Stand) -> MachineMetadata {
    let clock: Arc<dyn base::Clock> = Arc::new(stand.clock.clone());
    let metadata = MachineMetadata::start(clock).await.unwrap();
    let key = key();
    let session = Session {
        access_key_id: key.id,
        access_key_secret: key.secret,
        security_token: String::new(),
        expiration: stand.clock.now() + jiff::SignedDuration::from_hours(6),
    };
    metadata.give_role("reader", Arc::new(move |_| session.clone()));
    metadata
}

#[tokio::test]
async fn the_machines_role_is_asked_with_a_token_and_by_its_name() {
    let stand = Stand::of(shop()).await;
    let metadata = metadata(&stand).await;
    let home = tempfile::tempdir().unwrap();
    let user = format!("arn:aws:iam::{NUMBER}:user/skywarden");
    let url = metadata.url();
    let found = around(&stand, environment(home.path(), &[]), url.as_str()).await;
    assert_eq!(found, user);
    let asked = metadata.requests();
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert!(asked[0].starts_with("PUT"), "{asked:?}");
    metadata.set_health(Health::Failing(403));
    let refused = around(&stand, environment(home.path(), &[]), url.as_str()).await;
    assert!(refused.contains("gives no token (HTTP 403)"), "{refused}");
    let off = environment(home.path(), &[("AWS_EC2_METADATA_DISABLED", "true")]);
    let off = around(&stand, off, url.as_str()).await;
    assert!(off.contains("AWS_EC2_METADATA_DISABLED is set"), "{off}");
}

#[tokio::test]
async fn a_container_shows_its_token_to_the_address_that_the_environment_names() {
    let stand = Stand::of(shop()).await;
    let metadata = metadata(&stand).await;
    let home = tempfile::tempdir().unwrap();
    let token = home.path().join("token");
    std::fs::write(&token, format!("{}\n", metadata.container_token())).unwrap();
    let uri = metadata.container_uri();
    let pairs = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri.as_str()),
        (
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
            token.to_str().unwrap(),
        ),
    ];
    let user = format!("arn:aws:iam::{NUMBER}:user/skywarden");
    let found = around(&stand, environment(home.path(), &pairs), NOWHERE).await;
    assert_eq!(found, user);
    let refused = around(&stand, environment(home.path(), &pairs[..1]), NOWHERE).await;
    assert!(
        refused.contains("gives no credentials (HTTP 401)"),
        "{refused}"
    );
    let clear = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/")];
    let refused = around(&stand, environment(home.path(), &clear), NOWHERE).await;
    assert!(
        refused.contains("plain http to another machine"),
        "{refused}"
    );
}

/// A token of a pod that is good for an hour of the simulation.
fn pod_token(stand: &Stand) -> String {
    let end = stand.clock.now().as_second() + 3600;
    let claims = format!(
        r#"{{"iss":"https://{ISSUER}","sub":"pod","aud":["sts.amazonaws.com"],"exp":{end}}}"#
    );
    let encode = |text: &str| base64_url(text.as_bytes());
    format!("{}.{}.c2ln", encode(r#"{"alg":"RS256"}"#), encode(&claims))
}

/// Base64 in the alphabet of addresses, without padding, as tokens are written.
fn base64_url(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = (0..3).fold(0_u32, |group, at| {
            group << 8 | u32::from(chunk.get(at).copied().unwrap_or(0))
        });
        for at in 0..=chunk.len() {
            let letter = (group >> (18 - 6 * at)) & 63;
            text.push(char::from(LETTERS[letter as usize]));
        }
    }
    text
}

#[tokio::test]
async fn a_pod_takes_its_role_with_its_token_and_without_a_key() {
    let stand = Stand::of(with_role()).await;
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("token");
    std::fs::write(&file, pod_token(&stand)).unwrap();
    let arn = arn();
    let pairs = [
        ("AWS_ROLE_ARN", arn.as_str()),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", file.to_str().unwrap()),
        ("AWS_ROLE_SESSION_NAME", "pod"),
    ];
    let found = around(&stand, environment(home.path(), &pairs), NOWHERE).await;
    assert_eq!(found, session_of("pod"));
    std::fs::write(&file, "not.a.token").unwrap();
    let refused = around(&stand, environment(home.path(), &pairs), NOWHERE).await;
    assert!(refused.contains("InvalidIdentityToken"), "{refused}");
    std::fs::remove_file(&file).unwrap();
    let missing = around(&stand, environment(home.path(), &pairs), NOWHERE).await;
    assert!(missing.contains("cannot read the token"), "{missing}");
}

#[tokio::test]
async fn a_program_prints_a_key() {
    let stand = Stand::of(shop()).await;
    let json = format!(
        r#"{{"Version":1,"AccessKeyId":"{}","SecretAccessKey":"{SECRET}"}}"#,
        key().id
    );
    let words = ["/bin/sh", "-c", &format!("echo '{json}'")].map(str::to_owned);
    let source = CredentialSource::Command(words.to_vec());
    let aws = stand.account(stand.settings(source));
    let user = format!("arn:aws:iam::{NUMBER}:user/skywarden");
    assert_eq!(principal(&aws).await, user);
}
