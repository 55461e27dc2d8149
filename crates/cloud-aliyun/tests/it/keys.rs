//! Credentials from every source, fetched once, renewed in time, mended when they end early.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base::Clock as _;
use cloud::{Billing as _, ErrorKind, Provider as _};
use cloud_aliyun::{Aliyun, CredentialSource, Environment};
use cloudsim::metadata::{Access, Health, Metadata, Session};
use cloudsim::{Account, Effect, Fault, Rights, Role};

use crate::stand::{SECRET, Stand, UID, endpoints, fixed, key, shop};

fn with_role() -> Account {
    let mut role = Role::new("reader", UID, Rights::all());
    role.external_id = Some("agreed".to_owned());
    role.trusted_oidc = vec![format!("acs:ram::{UID}:oidc-provider/ack")];
    shop().role(role)
}

fn role(via: CredentialSource) -> CredentialSource {
    CredentialSource::AssumeRole {
        arn: format!("acs:ram::{UID}:role/reader"),
        external_id: Some("agreed".to_owned()),
        session: Some("patrol".to_owned()),
        duration: None,
        via: Box::new(via),
    }
}

fn assumed(stand: &Stand) -> Aliyun {
    stand.account(stand.settings(role(fixed(&key()))))
}

async fn principal(aliyun: &Aliyun) -> String {
    aliyun
        .identity()
        .await
        .map_or_else(|error| base::chain(&error), |it| it.principal)
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_role_is_taken_once_for_all_calls() {
    let stand = Stand::of(with_role()).await;
    let aliyun = assumed(&stand);
    let all = (0..20).map(|_| aliyun.balance());
    for outcome in futures_util::future::join_all(all).await {
        outcome.unwrap();
    }
    assert_eq!(
        principal(&aliyun).await,
        format!("acs:ram::{UID}:assumed-role/reader/patrol")
    );
    assert_eq!(stand.calls("AssumeRole"), 1);
}

#[tokio::test]
async fn a_session_is_renewed_when_less_than_a_quarter_of_an_hour_is_left() {
    let stand = Stand::of(with_role()).await;
    let aliyun = assumed(&stand);
    aliyun.balance().await.unwrap();
    stand.clock.advance(44 * MINUTE);
    aliyun.balance().await.unwrap();
    assert_eq!(stand.calls("AssumeRole"), 1);
    stand.clock.advance(2 * MINUTE);
    aliyun.balance().await.unwrap();
    assert_eq!(stand.calls("AssumeRole"), 2);
}

#[tokio::test]
async fn a_session_that_cannot_be_renewed_is_used_to_its_end() {
    let stand = Stand::of(with_role()).await;
    let aliyun = assumed(&stand);
    aliyun.balance().await.unwrap();
    stand
        .sim
        .faults()
        .add(Fault::new(Effect::Denied).action("AssumeRole"));
    stand.clock.advance(50 * MINUTE);
    aliyun.balance().await.unwrap();
    aliyun.balance().await.unwrap();
    assert_eq!(
        stand.calls("AssumeRole"),
        2,
        "the refusal is not repeated at every call"
    );
    stand.clock.advance(11 * MINUTE);
    let error = aliyun.balance().await.unwrap_err();
    let permission = Some("sts:AssumeRole".to_owned());
    assert_eq!(error.kind, ErrorKind::Denied { permission });
}

#[tokio::test]
async fn a_session_that_ends_in_the_middle_is_replaced_once_for_all() {
    let stand = Stand::of(with_role()).await;
    let aliyun = assumed(&stand);
    aliyun.balance().await.unwrap();
    stand.sim.world().expire_sessions(UID, stand.clock.now());
    let all = (0..10).map(|_| aliyun.identity());
    for outcome in futures_util::future::join_all(all).await {
        outcome.unwrap();
    }
    assert_eq!(stand.calls("AssumeRole"), 2);
}

#[tokio::test]
async fn a_fixed_session_that_has_ended_is_said_to_have_ended_and_not_asked_again() {
    let stand = Stand::of(shop()).await;
    stand.sim.faults().add(Fault::new(Effect::ExpiredToken));
    let error = stand.aliyun().identity().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::StaleCredentials);
    assert_eq!(stand.sim.stats().calls, 1);
}

#[tokio::test]
async fn a_role_that_does_not_trust_us_is_a_matter_of_credentials_or_rights() {
    let stand = Stand::of(with_role()).await;
    let ask = |arn: &str, external_id: Option<&str>| {
        let source = CredentialSource::AssumeRole {
            arn: arn.to_owned(),
            external_id: external_id.map(str::to_owned),
            session: None,
            duration: None,
            via: Box::new(fixed(&key())),
        };
        let aliyun = stand.account(stand.settings(source));
        async move { aliyun.identity().await.unwrap_err().kind }
    };
    let reader = format!("acs:ram::{UID}:role/reader");
    let permission = Some("sts:AssumeRole".to_owned());
    assert_eq!(ask(&reader, None).await, ErrorKind::Denied { permission });
    let nobody = format!("acs:ram::{UID}:role/nobody");
    assert_eq!(ask(&nobody, None).await, ErrorKind::Credentials);
    assert_eq!(ask("reader", None).await, ErrorKind::Credentials);
}

#[tokio::test]
async fn the_token_of_an_identity_provider_opens_a_role_without_a_key() {
    let stand = Stand::of(with_role()).await;
    let folder = tempfile::tempdir().unwrap();
    let token_file = folder.path().join("token");
    std::fs::write(&token_file, "head.body.tail\n").unwrap();
    let source = CredentialSource::Oidc {
        provider: format!("acs:ram::{UID}:oidc-provider/ack"),
        arn: format!("acs:ram::{UID}:role/reader"),
        token_file: token_file.clone(),
        session: None,
        duration: None,
    };
    let aliyun = stand.account(stand.settings(source.clone()));
    assert_eq!(
        principal(&aliyun).await,
        format!("acs:ram::{UID}:assumed-role/reader/skywarden")
    );
    std::fs::remove_file(&token_file).unwrap();
    let error = principal(&stand.account(stand.settings(source))).await;
    assert!(error.contains("cannot read the token"), "{error}");
}

/// A machine with the role `ops`, whose sessions the simulated cloud knows.
async fn machine(stand: &Stand) -> Metadata {
    let metadata = Metadata::start(Arc::new(stand.clock.clone()))
        .await
        .unwrap();
    let world = stand.sim.world().clone();
    let mint = move |now| {
        let chance = base::SystemChance;
        let keys = world.machine_session(UID, "reader", now, &chance).unwrap();
        Session {
            access_key_id: keys.key.id,
            access_key_secret: keys.key.secret,
            security_token: keys.token,
            expiration: keys.expires,
        }
    };
    metadata.give_role("ops", Arc::new(mint));
    metadata
}

fn on_machine(
    stand: &Stand,
    metadata: &Metadata,
    source: CredentialSource,
    variables: &[(&str, &str)],
) -> Aliyun {
    let mut settings = stand.settings(source);
    settings.endpoints = endpoints(&[
        ("default", stand.sim.url()),
        ("metadata", metadata.url().as_str()),
    ]);
    settings.environment = environment(variables, None);
    stand.account(settings)
}

fn environment(variables: &[(&str, &str)], home: Option<&Path>) -> Environment {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).into()));
    Environment {
        variables: Arc::new(variables.collect()),
        home: home.map(Path::to_owned),
    }
}

const ANY_ROLE: CredentialSource = CredentialSource::EcsRole { role: None };

#[tokio::test]
async fn the_role_of_the_machine_is_asked_for_with_a_token() {
    let stand = Stand::of(with_role()).await;
    let metadata = machine(&stand).await;
    metadata.set_access(Access::TokenOnly);
    let aliyun = on_machine(&stand, &metadata, ANY_ROLE, &[]);
    assert_eq!(
        principal(&aliyun).await,
        format!("acs:ram::{UID}:assumed-role/reader/vm")
    );
    assert_eq!(
        metadata.requests(),
        [
            "PUT /latest/api/token",
            "GET /latest/meta-data/ram/security-credentials/ with token",
            "GET /latest/meta-data/ram/security-credentials/ops with token",
        ]
    );
}

#[tokio::test]
async fn an_old_metadata_service_is_asked_without_a_token_unless_that_is_forbidden() {
    let stand = Stand::of(with_role()).await;
    let metadata = machine(&stand).await;
    metadata.set_access(Access::TokenlessOnly);
    let source = CredentialSource::EcsRole {
        role: Some("ops".to_owned()),
    };
    let aliyun = on_machine(&stand, &metadata, source, &[]);
    assert!(principal(&aliyun).await.ends_with("/vm"));
    let strict = [("ALIBABA_CLOUD_IMDSV1_DISABLED", "true")];
    let error = principal(&on_machine(&stand, &metadata, ANY_ROLE, &strict)).await;
    assert!(error.ends_with("gives no token (HTTP 404)"), "{error}");
}

#[tokio::test]
async fn a_machine_without_a_role_or_in_trouble_is_said_so() {
    let stand = Stand::of(with_role()).await;
    let metadata = machine(&stand).await;
    metadata.take_role();
    let error = principal(&on_machine(&stand, &metadata, ANY_ROLE, &[])).await;
    assert!(error.ends_with("this machine has no role"), "{error}");
    metadata.set_health(Health::Failing(503));
    let error = principal(&on_machine(&stand, &metadata, ANY_ROLE, &[])).await;
    assert!(
        error.ends_with("does not tell its role (HTTP 503)"),
        "{error}"
    );
    assert!(
        error.starts_with("GetCredentials (account shop, global)"),
        "{error}"
    );
}

#[tokio::test]
async fn an_address_gives_credentials_and_plain_http_stays_on_the_machine() {
    let stand = Stand::of(with_role()).await;
    let metadata = machine(&stand).await;
    let uri = CredentialSource::Uri(metadata.credentials_uri());
    assert!(
        principal(&stand.account(stand.settings(uri)))
            .await
            .ends_with("/vm")
    );
    let far = CredentialSource::Uri("http://credentials.example/?token=CANARY".parse().unwrap());
    let error = principal(&stand.account(stand.settings(far))).await;
    assert!(error.contains("plain http to another machine"), "{error}");
    assert!(!error.contains("CANARY"), "{error}");
}

#[tokio::test]
async fn variables_are_read_in_their_newest_spelling_first() {
    let stand = Stand::of(shop()).await;
    let id = key().id;
    let ask = |source: CredentialSource, variables: &[(&str, &str)]| {
        let mut settings = stand.settings(source);
        settings.environment = environment(variables, None);
        let aliyun = stand.account(settings);
        async move { principal(&aliyun).await }
    };
    let env = |prefix: &str| CredentialSource::Env {
        prefix: prefix.to_owned(),
    };
    let good = format!("acs:ram::{UID}:user/skywarden");
    for (prefix, names) in [
        (
            "ALIBABA_CLOUD",
            [
                "ALIBABA_CLOUD_ACCESS_KEY_ID",
                "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
            ],
        ),
        (
            "ALIBABA_CLOUD",
            [
                "ALIBABACLOUD_ACCESS_KEY_ID",
                "ALIBABACLOUD_ACCESS_KEY_SECRET",
            ],
        ),
        (
            "ALIBABA_CLOUD",
            ["ALICLOUD_ACCESS_KEY", "ALICLOUD_SECRET_KEY"],
        ),
        ("ALIBABA_CLOUD", ["ACCESS_KEY_ID", "ACCESS_KEY_SECRET"]),
        ("SHOP", ["SHOP_ACCESS_KEY_ID", "SHOP_ACCESS_KEY_SECRET"]),
    ] {
        let variables = [(names[0], id.as_str()), (names[1], SECRET)];
        assert_eq!(ask(env(prefix), &variables).await, good, "{names:?}");
    }
    let half = ask(env("SHOP"), &[("SHOP_ACCESS_KEY_ID", &id)]).await;
    assert!(
        half.ends_with("SHOP_ACCESS_KEY_ID is set and SHOP_ACCESS_KEY_SECRET is not"),
        "{half}"
    );
    let other = [
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", id.as_str()),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET),
    ];
    let none = ask(env("SHOP"), &other).await;
    assert!(
        none.contains("SHOP_ACCESS_KEY_ID and SHOP_ACCESS_KEY_SECRET are not set"),
        "{none}"
    );
    // Half a pair without a prefix may be anybody's, and does not stop the chain.
    let stray = [
        ("ACCESS_KEY_ID", "someone-elses"),
        ("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true"),
    ];
    let none = ask(CredentialSource::Chain, &stray).await;
    assert!(none.contains("no credentials were found"), "{none}");
}

fn write_profiles(home: &Path) {
    std::fs::create_dir(home.join(".aliyun")).unwrap();
    let id = key().id;
    let file = format!(
        r#"{{"current":"keys","profiles":[
            {{"name":"keys","mode":"AK","access_key_id":"{id}","access_key_secret":"{SECRET}"}},
            {{"name":"role","mode":"RamRoleArn","access_key_id":"{id}","access_key_secret":"{SECRET}",
              "ram_role_arn":"acs:ram::{UID}:role/reader","ram_session_name":"cli","external_id":"agreed"}},
            {{"name":"chain","mode":"ChainableRamRoleArn","source_profile":"keys","external_id":"agreed",
              "ram_role_arn":"acs:ram::{UID}:role/reader","ram_session_name":"link"}},
            {{"name":"circle","mode":"ChainableRamRoleArn","source_profile":"circle",
              "ram_role_arn":"acs:ram::{UID}:role/reader"}}]}}"#
    );
    std::fs::write(home.join(".aliyun/config.json"), file).unwrap();
}

#[tokio::test]
async fn profiles_of_the_command_line_tool_work_as_they_are() {
    let stand = Stand::of(with_role()).await;
    let home = tempfile::tempdir().unwrap();
    write_profiles(home.path());
    let ask = |name: Option<&str>| {
        let name = name.map(str::to_owned);
        let mut settings = stand.settings(CredentialSource::Profile { name, path: None });
        settings.environment = environment(&[], Some(home.path()));
        let aliyun = stand.account(settings);
        async move { principal(&aliyun).await }
    };
    assert_eq!(ask(None).await, format!("acs:ram::{UID}:user/skywarden"));
    assert_eq!(
        ask(Some("role")).await,
        format!("acs:ram::{UID}:assumed-role/reader/cli")
    );
    assert_eq!(
        ask(Some("chain")).await,
        format!("acs:ram::{UID}:assumed-role/reader/link")
    );
    let circle = ask(Some("circle")).await;
    assert!(circle.ends_with("the profiles lead in circles"), "{circle}");
}

#[tokio::test]
async fn the_chain_goes_from_variables_over_profiles_to_the_machine() {
    let stand = Stand::of(with_role()).await;
    let metadata = machine(&stand).await;
    let home = tempfile::tempdir().unwrap();
    write_profiles(home.path());
    let id = key().id;
    let ask = |variables: &[(&str, &str)], home: Option<&Path>| {
        let mut settings = stand.settings(CredentialSource::Chain);
        settings.environment = environment(variables, home);
        settings.endpoints = endpoints(&[
            ("default", stand.sim.url()),
            ("metadata", metadata.url().as_str()),
        ]);
        let aliyun = stand.account(settings);
        async move { principal(&aliyun).await }
    };
    let user = format!("acs:ram::{UID}:user/skywarden");
    let keys = [
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", id.as_str()),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET),
    ];
    assert_eq!(ask(&keys, None).await, user);
    let named = [("ALIBABA_CLOUD_PROFILE", "role")];
    assert!(ask(&named, Some(home.path())).await.ends_with("/cli"));
    let off = [("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "true")];
    assert!(ask(&off, Some(home.path())).await.ends_with("/vm"));
    assert!(ask(&[], None).await.ends_with("/vm"));
    let uri = metadata.credentials_uri();
    let by_address = [
        ("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true"),
        ("ALIBABA_CLOUD_CREDENTIALS_URI", uri.as_str()),
    ];
    assert!(ask(&by_address, None).await.ends_with("/vm"));
    metadata.take_role();
    let nothing = ask(&[], None).await;
    assert!(nothing.contains("no credentials were found"), "{nothing}");
    assert!(nothing.ends_with("this machine has no role"), "{nothing}");
}
