use base::ManualClock;

use super::*;
use crate::robots::tests::client::{Heard, send, start};

const ROLE: &str = "latest/meta-data/iam/security-credentials/";

async fn service() -> (ManualClock, MachineMetadata) {
    let clock = ManualClock::new("2026-01-02T03:04:05Z".parse().unwrap());
    let metadata = MachineMetadata::start(Arc::new(clock.clone()))
        .await
        .unwrap();
    let session = Session {
        access_key_id: "ASIAONE".to_owned(),
        access_key_secret: "canary-secret".to_owned(),
        security_token: "canary-token".to_owned(),
        expiration: "2026-01-02T09:04:05Z".parse().unwrap(),
    };
    metadata.give_role("ops", Arc::new(move |_| session.clone()));
    (clock, metadata)
}

async fn ask(
    metadata: &MachineMetadata,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Heard {
    send(method, &metadata.url().join(path).unwrap(), headers, b"")
        .await
        .unwrap()
}

#[tokio::test]
async fn a_token_opens_the_role_and_its_session() {
    let (clock, metadata) = service().await;
    let token = ask(&metadata, "PUT", "latest/api/token", &[(TOKEN_TTL, "60")]).await;
    let with = [(TOKEN, token.body.as_str())];
    assert_eq!(ask(&metadata, "GET", ROLE, &with).await.body, "ops");
    let found = ask(&metadata, "GET", &format!("{ROLE}ops"), &with).await;
    assert_eq!(
        serde_json::from_str::<Value>(&found.body).unwrap(),
        json!({
            "Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-02T03:04:05Z",
            "AccessKeyId": "ASIAONE", "SecretAccessKey": "canary-secret", "Token": "canary-token",
            "Expiration": "2026-01-02T09:04:05Z",
        })
    );
    assert_eq!(
        ask(&metadata, "GET", &format!("{ROLE}other"), &with)
            .await
            .status,
        404
    );
    clock.advance(Duration::from_secs(60));
    assert_eq!(ask(&metadata, "GET", ROLE, &with).await.status, 401);
    metadata.stop().await;
}

#[tokio::test]
async fn without_a_token_nothing_is_told() {
    let (_, metadata) = service().await;
    for headers in [&[][..], &[(TOKEN, "made-up")]] {
        assert_eq!(ask(&metadata, "GET", ROLE, headers).await.status, 401);
    }
    for ttl in ["0", "21601", "soon"] {
        let token = ask(&metadata, "PUT", "latest/api/token", &[(TOKEN_TTL, ttl)]).await;
        assert_eq!(token.status, 400, "{ttl}");
    }
    let by_proxy = [(TOKEN_TTL, "60"), ("X-Forwarded-For", "10.0.0.1")];
    assert_eq!(
        ask(&metadata, "PUT", "latest/api/token", &by_proxy)
            .await
            .status,
        403
    );
    metadata.stop().await;
}

#[tokio::test]
async fn a_container_has_a_token_of_its_own() {
    let (_, metadata) = service().await;
    let uri = metadata.container_uri();
    let good = send(
        "GET",
        &uri,
        &[("Authorization", metadata.container_token())],
        b"",
    )
    .await
    .unwrap();
    let keys: Value = serde_json::from_str(&good.body).unwrap();
    assert_eq!(keys["Token"], "canary-token");
    assert_eq!(send("GET", &uri, &[], b"").await.unwrap().status, 401);
    metadata.take_role();
    let none = send(
        "GET",
        &uri,
        &[("Authorization", metadata.container_token())],
        b"",
    )
    .await
    .unwrap();
    assert_eq!(none.status, 404);
    metadata.stop().await;
}

#[tokio::test]
async fn a_service_that_hangs_lets_go_when_it_is_stopped() {
    let (_, metadata) = service().await;
    metadata.set_health(Health::Failing(503));
    assert_eq!(ask(&metadata, "GET", ROLE, &[]).await.status, 503);
    metadata.set_health(Health::Hanging);
    let url = metadata.url().join(ROLE).unwrap();
    let stream = start("GET", &url, &[], b"").await.unwrap();
    while metadata.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    let mut first = [0_u8; 1];
    assert!(stream.try_read(&mut first).is_err(), "it answered");
    metadata.stop().await;
}
