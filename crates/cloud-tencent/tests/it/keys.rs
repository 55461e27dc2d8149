//! Credentials from every source, fetched once, renewed in time, mended when they end early.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base::Clock as _;
use cloud::{Billing as _, ErrorKind, Organization as _, Provider as _};
use cloud_tencent::{CredentialSource, Environment, Tencent};
use cloudsim::metadata::{Health, Metadata, Session};
use cloudsim::world::directory::Directory;
use cloudsim::{AccessKey, Account, Cloud, Effect, Fault, Host, Rights, Role, Uid, World};

use crate::stand::{SECRET, Stand, UID, endpoints, fixed, key, now, shop};

const MINUTE: Duration = Duration::from_secs(60);

fn reader(uid: Uid) -> String {
    Cloud::Tencent.role_arn(uid, "reader")
}

fn with_role() -> Account {
    let mut role = Role::new("reader", UID, Rights::all());
    role.external_id = Some("agreed".to_owned());
    role.trusted_oidc = vec!["cls-pod".to_owned()];
    shop().role(role)
}

fn role(via: CredentialSource) -> CredentialSource {
    CredentialSource::AssumeRole {
        arn: reader(UID),
        external_id: Some("agreed".to_owned()),
        session: Some("patrol".to_owned()),
        duration: None,
        via: Box::new(via),
    }
}

fn assumed(stand: &Stand) -> Tencent {
    stand.account(stand.settings(role(fixed(&key()))))
}

/// Returns the sort of caller, or what went wrong.
async fn who(tencent: &Tencent) -> String {
    match tencent.identity().await {
        Ok(identity) => format!("{} {}", identity.sort, identity.account),
        Err(error) => base::chain(&error),
    }
}

fn a_role() -> String {
    format!("CAMRole {}", UID.0)
}

fn a_user() -> String {
    format!("CAMUser {}", UID.0)
}

#[tokio::test]
async fn a_role_is_taken_once_for_all_calls() {
    let stand = Stand::of(with_role()).await;
    let tencent = assumed(&stand);
    let all = (0..20).map(|_| tencent.balance());
    for outcome in futures_util::future::join_all(all).await {
        outcome.unwrap();
    }
    assert_eq!(who(&tencent).await, a_role());
    assert_eq!(stand.calls("AssumeRole"), 1);
}

#[tokio::test]
async fn a_session_is_renewed_when_less_than_a_quarter_of_an_hour_is_left() {
    let stand = Stand::of(with_role()).await;
    let tencent = assumed(&stand);
    tencent.balance().await.unwrap();
    stand.clock.advance(44 * MINUTE);
    tencent.balance().await.unwrap();
    assert_eq!(stand.calls("AssumeRole"), 1);
    stand.clock.advance(2 * MINUTE);
    tencent.balance().await.unwrap();
    assert_eq!(stand.calls("AssumeRole"), 2);
}

#[tokio::test]
async fn a_session_that_cannot_be_renewed_is_used_to_its_end() {
    let stand = Stand::of(with_role()).await;
    let tencent = assumed(&stand);
    tencent.balance().await.unwrap();
    let denied = Fault::new(Effect::Denied).action("AssumeRole");
    stand.sim.faults().add(denied);
    stand.clock.advance(50 * MINUTE);
    tencent.balance().await.unwrap();
    tencent.balance().await.unwrap();
    assert_eq!(
        stand.calls("AssumeRole"),
        2,
        "a refusal is not repeated at every call"
    );
    stand.clock.advance(11 * MINUTE);
    let error = tencent.balance().await.unwrap_err();
    let permission = Some("sts:AssumeRole".to_owned());
    assert_eq!(error.kind, ErrorKind::Denied { permission });
}

#[tokio::test]
async fn a_session_that_ends_in_the_middle_is_replaced_once_for_all() {
    let stand = Stand::of(with_role()).await;
    let tencent = assumed(&stand);
    tencent.balance().await.unwrap();
    stand.sim.world().expire_sessions(UID, stand.clock.now());
    let all = (0..10).map(|_| tencent.identity());
    for outcome in futures_util::future::join_all(all).await {
        outcome.unwrap();
    }
    assert_eq!(stand.calls("AssumeRole"), 2);
}

#[tokio::test]
async fn a_fixed_session_that_has_ended_is_said_to_have_ended_and_not_asked_again() {
    let stand = Stand::of(shop()).await;
    stand.sim.faults().add(Fault::new(Effect::ExpiredToken));
    let error = stand.tencent().identity().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::StaleCredentials);
    assert_eq!(stand.sim.stats().calls, 1);
}

#[tokio::test]
async fn a_role_that_does_not_trust_us_is_a_matter_of_credentials_or_rights() {
    let stand = Stand::of(with_role()).await;
    let ask = |arn: String, external_id: Option<&str>| {
        let source = CredentialSource::AssumeRole {
            arn,
            external_id: external_id.map(str::to_owned),
            session: None,
            duration: None,
            via: Box::new(fixed(&key())),
        };
        let tencent = stand.account(stand.settings(source));
        async move { tencent.identity().await.unwrap_err() }
    };
    for error in [
        ask(reader(UID), None).await,
        ask(Cloud::Tencent.role_arn(UID, "nobody"), None).await,
        ask("reader".to_owned(), None).await,
    ] {
        let refused = matches!(
            error.kind,
            ErrorKind::Denied { .. } | ErrorKind::Credentials
        );
        assert!(refused, "{error:?}");
        assert!(error.message.contains("(role "), "{error}");
    }
}

#[tokio::test]
async fn the_token_of_an_identity_provider_opens_a_role_without_a_key() {
    let stand = Stand::of(with_role()).await;
    let folder = tempfile::tempdir().unwrap();
    let token_file = folder.path().join("token");
    std::fs::write(&token_file, "head.body.tail\n").unwrap();
    let pod = [
        ("TKE_PROVIDER_ID", "cls-pod".to_owned()),
        ("TKE_ROLE_ARN", reader(UID)),
        (
            "TKE_WEB_IDENTITY_TOKEN_FILE",
            token_file.display().to_string(),
        ),
    ];
    let pod = pod.each_ref().map(|(name, value)| (*name, value.as_str()));
    let mut settings = stand.settings(CredentialSource::Chain);
    settings.environment = environment(&pod, None);
    assert_eq!(who(&stand.account(settings.clone())).await, a_role());
    std::fs::remove_file(&token_file).unwrap();
    let error = who(&stand.account(settings)).await;
    assert!(error.contains("cannot read the token"), "{error}");
}

/// A machine with the role `ops`, whose sessions the simulated cloud knows.
async fn machine(stand: &Stand) -> Metadata {
    let clock = Arc::new(stand.clock.clone());
    let metadata = Metadata::start(clock).await.unwrap();
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

fn on_machine(stand: &Stand, metadata: &Metadata, source: CredentialSource) -> Tencent {
    let mut settings = stand.settings(source);
    let door = stand.sim.url_of(Host::Tencent);
    settings.endpoints = endpoints(&[("default", &door), ("metadata", metadata.url().as_str())]);
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

const ANY_ROLE: CredentialSource = CredentialSource::CvmRole { role: None };

#[tokio::test]
async fn the_role_of_the_machine_is_found_and_taken_also_at_the_end_of_the_chain() {
    let stand = Stand::of(with_role()).await;
    let metadata = machine(&stand).await;
    assert_eq!(
        who(&on_machine(&stand, &metadata, ANY_ROLE)).await,
        a_role()
    );
    assert_eq!(
        metadata.requests(),
        [
            "GET /latest/meta-data/cam/security-credentials/",
            "GET /latest/meta-data/cam/security-credentials/ops",
        ]
    );
    let chain = on_machine(&stand, &metadata, CredentialSource::Chain);
    assert_eq!(who(&chain).await, a_role());
}

#[tokio::test]
async fn a_machine_without_a_role_or_in_trouble_is_said_so() {
    let stand = Stand::of(with_role()).await;
    let metadata = machine(&stand).await;
    let named = CredentialSource::CvmRole {
        role: Some("../escape".to_owned()),
    };
    let error = who(&on_machine(&stand, &metadata, named)).await;
    assert!(error.contains("no session of the role"), "{error}");
    metadata.take_role();
    let error = who(&on_machine(&stand, &metadata, ANY_ROLE)).await;
    assert!(error.ends_with("this machine has no role"), "{error}");
    let error = who(&on_machine(&stand, &metadata, CredentialSource::Chain)).await;
    assert!(error.contains("TENCENTCLOUD_SECRET_ID"), "{error}");
    metadata.set_health(Health::Failing(503));
    let error = who(&on_machine(&stand, &metadata, ANY_ROLE)).await;
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
async fn variables_are_read_under_the_prefix_that_is_named() {
    let stand = Stand::of(with_role()).await;
    let id = key().id;
    let ask = |source: CredentialSource, variables: &[(&str, &str)]| {
        let mut settings = stand.settings(source);
        settings.environment = environment(variables, None);
        let tencent = stand.account(settings);
        async move { who(&tencent).await }
    };
    let env = |prefix: &str| CredentialSource::Env {
        prefix: prefix.to_owned(),
    };
    let good = [
        ("TENCENTCLOUD_SECRET_ID", id.as_str()),
        ("TENCENTCLOUD_SECRET_KEY", SECRET),
    ];
    assert_eq!(ask(CredentialSource::Chain, &good).await, a_user());
    assert_eq!(ask(env("TENCENTCLOUD"), &good).await, a_user());
    let own = [("SHOP_SECRET_ID", id.as_str()), ("SHOP_SECRET_KEY", SECRET)];
    assert_eq!(ask(env("SHOP"), &own).await, a_user());
    let missing = ask(env("SHOP"), &good).await;
    assert!(
        missing.contains("SHOP_SECRET_ID and SHOP_SECRET_KEY"),
        "{missing}"
    );
    // Half of a key is a mistake, and not a reason to act as somebody else.
    let half = ask(CredentialSource::Chain, &good[..1]).await;
    assert!(half.ends_with("TENCENTCLOUD_SECRET_KEY is not"), "{half}");
    let arn = reader(UID);
    let as_role = [
        good[0],
        good[1],
        ("TENCENTCLOUD_ROLE_ARN", &arn),
        ("TENCENTCLOUD_EXTERNAL_ID", "agreed"),
    ];
    assert_eq!(ask(env("TENCENTCLOUD"), &as_role).await, a_role());
    assert_eq!(stand.calls("AssumeRole"), 1);
}

#[tokio::test]
async fn the_token_of_a_session_in_the_environment_is_sent() {
    let stand = Stand::of(with_role()).await;
    let chance = base::SystemChance;
    let world = stand.sim.world();
    let keys = world
        .machine_session(UID, "reader", now(), &chance)
        .unwrap();
    let with = |token: &str| {
        let mut settings = stand.settings(CredentialSource::Chain);
        let variables = [
            ("TENCENTCLOUD_SECRET_ID", keys.key.id.as_str()),
            ("TENCENTCLOUD_SECRET_KEY", keys.key.secret.as_str()),
            (token, keys.token.as_str()),
        ];
        settings.environment = environment(&variables, None);
        stand.account(settings)
    };
    assert_eq!(who(&with("TENCENTCLOUD_TOKEN")).await, a_role());
    assert_eq!(who(&with("TENCENTCLOUD_SECURITY_TOKEN")).await, a_role());
    assert!(who(&with("OTHER_TOKEN")).await.contains("AuthFailure"));
}

#[tokio::test]
async fn profiles_of_both_official_clients_are_found() {
    let stand = Stand::of(shop()).await;
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, body: String| {
        let path = home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, body).unwrap();
    };
    let id = key().id;
    write(
        ".tencentcloud/credentials",
        format!(
            "[default]\nsecret_id = {id}\nsecret_key = wrong\n[ops]\nsecret_id={id}\nsecret_key={SECRET}\n"
        ),
    );
    let tool = serde_json::json!({ "secretId": id, "secretKey": SECRET }).to_string();
    write(".tccli/web.credential", tool);
    let ask = |source: CredentialSource| {
        let mut settings = stand.settings(source);
        settings.environment = environment(&[], Some(home.path()));
        let tencent = stand.account(settings);
        async move { who(&tencent).await }
    };
    let profile = |name: &str| CredentialSource::Profile {
        name: Some(name.to_owned()),
        path: None,
    };
    assert_eq!(ask(profile("ops")).await, a_user());
    assert_eq!(ask(profile("web")).await, a_user());
    let wrong = ask(CredentialSource::Chain).await;
    assert!(wrong.contains("AuthFailure.SignatureFailure"), "{wrong}");
    assert!(!wrong.contains("CANARY"), "{wrong}");
}

#[tokio::test]
async fn a_program_and_an_address_give_credentials_too() {
    let stand = Stand::of(shop()).await;
    let json = serde_json::json!({ "secretId": key().id, "secretKey": SECRET }).to_string();
    let words = ["/bin/echo", &json].map(str::to_owned).to_vec();
    let tencent = stand.account(stand.settings(CredentialSource::Command(words)));
    assert_eq!(who(&tencent).await, a_user());
    let far = CredentialSource::Uri("http://credentials.example/?token=CANARY".parse().unwrap());
    let error = who(&stand.account(stand.settings(far))).await;
    assert!(error.contains("plain http to another machine"), "{error}");
    assert!(!error.contains("CANARY"), "{error}");
}

#[tokio::test]
async fn a_member_is_entered_with_the_administrators_keys() {
    let member = Uid(200_000_000_001);
    let role = Role::new("OrganizationAccessControlRole", UID, Rights::all());
    let entered = Account::new("member", member).on(Cloud::Tencent).role(role);
    let directory = Directory::new("org-1", now())
        .member(member, "财务")
        .member(UID, "us");
    let world = World::new(now())
        .with(shop().directory(directory))
        .with(entered);
    let stand = Stand::with(world).await;
    let tencent = stand.tencent();
    let list = cloud::pager::collect(tencent.members().as_ref()).await;
    let members = list.seen().unwrap().get();
    let shown: Vec<_> = members
        .iter()
        .map(|it| (it.number.as_str(), it.active))
        .collect();
    let (own, other) = (UID.0.to_string(), member.0.to_string());
    // The administrator is in the list and is not entered.
    assert_eq!(shown, [(other.as_str(), true), (own.as_str(), false)]);
    let inside = tencent.enter(&members[0], "");
    assert_eq!(inside.account().as_str(), format!("shop/{}", member.0));
    assert_eq!(inside.identity().await.unwrap().account, other);
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_key_are_said_at_once_and_never_shown() {
    let stand = Stand::of(shop()).await;
    let wrong = AccessKey::new(key().id, "CANARY-wrong-secret");
    let unknown = AccessKey::new("AKIDNobodysKeyIdentity000000000000001", SECRET);
    for key in [wrong, unknown] {
        let tencent = stand.account(stand.settings(fixed(&key)));
        let error = tencent.identity().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Credentials);
        let shown = format!("{} {error:?} {tencent:?}", base::chain(&error));
        assert!(!shown.contains("CANARY"), "{shown}");
    }
    assert_eq!(stand.sim.stats().calls, 2);
}

#[tokio::test]
async fn a_key_that_is_exchanged_while_a_scan_is_under_way_is_read_anew_once_for_all() {
    let stand = Stand::of(shop()).await;
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("shop.credential");
    let write = |key: &AccessKey| {
        let body = serde_json::json!({ "secretId": key.id, "secretKey": key.secret });
        std::fs::write(&path, body.to_string()).unwrap();
    };
    write(&key());
    let source = CredentialSource::Profile {
        name: None,
        path: Some(path.clone()),
    };
    let tencent = stand.account(stand.settings(source));
    tencent.balance().await.unwrap();
    let next = AccessKey::new("AKIDnext0000000000000000000000000001", "CANARY-next");
    stand
        .sim
        .world()
        .edit(UID, |it| it.users[0].keys = vec![next.clone()]);
    // The old key is refused, and there is no other yet.
    let error = tencent.balance().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials);
    write(&next);
    let all = (0..10).map(|_| tencent.balance());
    for outcome in futures_util::future::join_all(all).await {
        outcome.unwrap();
    }
}
