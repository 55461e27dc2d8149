use std::sync::Arc;
use std::time::Duration;

use base::ManualClock;
use serde_json::{Value, json};

use super::{Access, Health, Metadata, Session};
use crate::robots::tests::client::{Heard, send, start};

const TTL: &str = "X-aliyun-ecs-metadata-token-ttl-seconds";
const TOKEN: &str = "X-aliyun-ecs-metadata-token";
const ROLES: &str = "latest/meta-data/ram/security-credentials/";

async fn service() -> (ManualClock, Metadata) {
    let clock = ManualClock::new("2026-01-02T03:04:05Z".parse().unwrap());
    let metadata = Metadata::start(Arc::new(clock.clone())).await.unwrap();
    (clock, metadata)
}

async fn ask(metadata: &Metadata, method: &str, path: &str, headers: &[(&str, &str)]) -> Heard {
    let url = metadata.url().join(path).unwrap();
    send(method, &url, headers, b"").await.unwrap()
}

async fn token(metadata: &Metadata, ttl: &str) -> Heard {
    ask(metadata, "PUT", "latest/api/token", &[(TTL, ttl)]).await
}

fn session(id: &str, expiration: &str) -> Session {
    Session {
        access_key_id: id.to_owned(),
        access_key_secret: "canary-secret".to_owned(),
        security_token: "canary-token".to_owned(),
        expiration: expiration.parse().unwrap(),
    }
}

#[tokio::test]
async fn a_token_opens_the_role_and_its_session() {
    let (_, metadata) = service().await;
    metadata.give_role_with("ops", vec![session("STS.one", "2026-01-02T09:04:05Z")]);
    metadata.set_access(Access::TokenOnly);
    let minted = token(&metadata, "21600").await;
    assert_eq!(minted.status, 200);
    let with = [(TOKEN, minted.body.as_str())];
    assert_eq!(ask(&metadata, "GET", ROLES, &with).await.body, "ops");
    let found = ask(&metadata, "GET", &format!("{ROLES}ops"), &with).await;
    let expected = json!({
        "Code": "Success", "AccessKeyId": "STS.one", "AccessKeySecret": "canary-secret",
        "SecurityToken": "canary-token", "Expiration": "2026-01-02T09:04:05Z",
        "LastUpdated": "2026-01-02T03:04:05Z",
    });
    assert_eq!(
        serde_json::from_str::<Value>(&found.body).unwrap(),
        expected
    );
    assert_eq!(
        ask(&metadata, "GET", &format!("{ROLES}other"), &with)
            .await
            .status,
        404
    );
    let region = ask(&metadata, "GET", "latest/meta-data/region-id", &with).await;
    assert_eq!(region.body, "cn-hangzhou");
    assert_eq!(
        metadata.requests()[..2],
        [
            "PUT /latest/api/token".to_owned(),
            "GET /latest/meta-data/ram/security-credentials/ with token".to_owned(),
        ]
    );
}

#[tokio::test]
async fn a_machine_of_tencent_cloud_finds_the_same_in_other_words() {
    const CAM: &str = "latest/meta-data/cam/security-credentials/";
    let (_, metadata) = service().await;
    assert_eq!(
        ask(&metadata, "GET", CAM, &[]).await.status,
        404,
        "no role is bound"
    );
    metadata.give_role_with("ops", vec![session("AKIDone", "2026-01-02T09:04:05Z")]);
    assert_eq!(ask(&metadata, "GET", CAM, &[]).await.body, "ops");
    let found = ask(&metadata, "GET", &format!("{CAM}ops"), &[]).await;
    let expected = json!({
        "Code": "Success", "TmpSecretId": "AKIDone", "TmpSecretKey": "canary-secret",
        "Token": "canary-token", "Expiration": "2026-01-02T09:04:05Z", "ExpiredTime": 1_767_344_645,
    });
    assert_eq!(
        serde_json::from_str::<Value>(&found.body).unwrap(),
        expected
    );
    assert_eq!(
        ask(&metadata, "GET", &format!("{CAM}other"), &[])
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn tokenless_requests_are_forbidden_in_hardened_only_mode() {
    let (_, metadata) = service().await;
    metadata.give_role_with("ops", vec![session("STS.one", "2026-01-02T09:04:05Z")]);
    assert_eq!(ask(&metadata, "GET", ROLES, &[]).await.body, "ops");
    metadata.set_access(Access::TokenOnly);
    assert_eq!(ask(&metadata, "GET", ROLES, &[]).await.status, 403);
    assert_eq!(
        ask(&metadata, "GET", ROLES, &[(TOKEN, "forged")])
            .await
            .status,
        401
    );
    metadata.set_access(Access::TokenlessOnly);
    assert_eq!(token(&metadata, "60").await.status, 404);
    assert_eq!(ask(&metadata, "GET", ROLES, &[]).await.body, "ops");
}

#[tokio::test]
async fn a_token_has_a_life_of_a_second_to_six_hours() {
    let (clock, metadata) = service().await;
    for wrong in ["0", "21601", "-1", "soon", ""] {
        assert_eq!(token(&metadata, wrong).await.status, 400, "{wrong}");
    }
    assert_eq!(
        ask(&metadata, "PUT", "latest/api/token", &[]).await.status,
        400
    );
    let proxied = [(TTL, "60"), ("X-Forwarded-For", "10.0.0.1")];
    assert_eq!(
        ask(&metadata, "PUT", "latest/api/token", &proxied)
            .await
            .status,
        403
    );
    let minted = token(&metadata, "60").await.body;
    let with = [(TOKEN, minted.as_str())];
    clock.advance(Duration::from_secs(59));
    assert_eq!(
        ask(&metadata, "GET", "latest/meta-data/instance-id", &with)
            .await
            .status,
        200
    );
    clock.advance(Duration::from_secs(1));
    assert_eq!(
        ask(&metadata, "GET", "latest/meta-data/instance-id", &with)
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn without_a_role_there_is_nothing_to_list() {
    let (_, metadata) = service().await;
    assert_eq!(ask(&metadata, "GET", ROLES, &[]).await.status, 404);
    let uri = metadata.credentials_uri();
    assert_eq!(send("GET", &uri, &[], b"").await.unwrap().status, 404);
    metadata.give_role_with("ops", Vec::new());
    assert_eq!(ask(&metadata, "GET", ROLES, &[]).await.status, 404);
}

#[tokio::test]
async fn sessions_follow_each_other_as_they_expire() {
    let (clock, metadata) = service().await;
    metadata.give_role_with(
        "ops",
        vec![
            session("STS.one", "2026-01-02T04:00:00Z"),
            session("STS.two", "2026-01-02T10:00:00Z"),
        ],
    );
    let id = async || {
        let heard = send("GET", &metadata.credentials_uri(), &[], b"")
            .await
            .unwrap();
        let body: Value = serde_json::from_str(&heard.body).unwrap();
        body["AccessKeyId"].as_str().unwrap().to_owned()
    };
    assert_eq!(id().await, "STS.one");
    clock.advance(Duration::from_secs(3600));
    assert_eq!(id().await, "STS.two");
    clock.advance(Duration::from_secs(36_000));
    assert_eq!(id().await, "STS.two");
}

#[tokio::test]
async fn the_notice_of_a_spot_machine_comes_and_goes() {
    let (_, metadata) = service().await;
    let path = "latest/meta-data/instance/spot/termination-time";
    assert_eq!(ask(&metadata, "GET", path, &[]).await.status, 404);
    metadata.announce_termination(Some("2026-01-02T03:09:05.5Z".parse().unwrap()));
    assert_eq!(
        ask(&metadata, "GET", path, &[]).await.body,
        "2026-01-02T03:09:05Z"
    );
    metadata.announce_termination(None);
    assert_eq!(ask(&metadata, "GET", path, &[]).await.status, 404);
}

#[tokio::test]
async fn a_service_that_hangs_answers_nothing_and_still_stops() {
    let (_, metadata) = service().await;
    metadata.set_health(Health::Failing(503));
    assert_eq!(token(&metadata, "60").await.status, 503);
    metadata.set_health(Health::Hanging);
    let url = metadata.url().join("latest/meta-data/instance-id").unwrap();
    let stream = start("GET", &url, &[], b"").await.unwrap();
    while metadata.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    let mut first = [0_u8; 1];
    assert!(stream.try_read(&mut first).is_err(), "it answered");
    metadata.stop().await;
}

#[test]
fn a_session_does_not_print_its_secrets() {
    let text = format!("{:?}", session("STS.NUabcdefghijk", "2026-01-02T04:00:00Z"));
    assert!(!text.contains("canary"), "{text}");
    assert!(text.contains("STS.NU***ijk"), "{text}");
}
