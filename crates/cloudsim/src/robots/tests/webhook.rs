use base::hex;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use url::Url;

use super::Desk;
use super::client::{Heard, send};
use crate::robots::Security;

const SECRET: &str = "hook-secret";

fn event() -> Value {
    json!({
        "specversion": "1.0", "id": "run-7/1", "source": "skywarden/ops",
        "type": "dev.skywarden.report.v1", "time": "2026-11-21T02:00:00Z", "subject": "巡检",
        "datacontenttype": "application/json", "data": {"title": "3 个资源将到期", "n": 3},
    })
}

async fn knock(url: &Url, seconds: i64, key: &str, body: &[u8]) -> Heard {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    let signature = format!("v1={}", hex::encode(&mac.finalize().into_bytes()));
    let headers = [
        (
            "content-type",
            "application/cloudevents+json; charset=utf-8",
        ),
        ("x-skywarden-timestamp", &seconds.to_string()),
        ("x-skywarden-signature", &signature),
        ("idempotency-key", key),
    ];
    send("POST", url, &headers, body).await.unwrap()
}

#[tokio::test]
async fn a_signed_event_is_taken_once_however_often_it_comes() {
    let desk = Desk::open().await;
    let url = desk.robots.webhook("team/值班", Security::sign(SECRET));
    let now = desk.millis() / 1000;
    let body = event().to_string();
    for _ in 0..3 {
        assert_eq!(knock(&url, now, "k1", body.as_bytes()).await.status, 200);
    }
    let messages = desk.robots.messages("team/值班");
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].idempotency_key.as_deref(), Some("k1"));
    assert_eq!(messages[0].form, "dev.skywarden.report.v1");
    assert_eq!(messages[0].title.as_deref(), Some("巡检"));
    assert_eq!(messages[0].text, "3 个资源将到期");
    let mut other = event();
    other["id"] = json!("run-7/2");
    assert_eq!(
        knock(&url, now, "k1", other.to_string().as_bytes())
            .await
            .status,
        409
    );
    assert_eq!(
        knock(&url, now, "k2", other.to_string().as_bytes())
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn signatures_are_verified_and_grow_old() {
    let desk = Desk::open().await;
    let url = desk.robots.webhook("ops", Security::sign(SECRET));
    let now = desk.millis() / 1000;
    let body = event().to_string();
    assert_eq!(
        knock(&url, now - 300, "k", body.as_bytes()).await.status,
        200
    );
    assert_eq!(
        knock(&url, now - 301, "k", body.as_bytes()).await.status,
        401
    );
    assert_eq!(
        knock(&url, now + 301, "k", body.as_bytes()).await.status,
        401
    );
    let now = now.to_string();
    let plain = [
        ("content-type", "application/cloudevents+json"),
        ("idempotency-key", "k"),
    ];
    let forged = [plain[0], plain[1], ("x-skywarden-timestamp", &now)];
    for (headers, signature, why) in [
        (&plain[..], None, "X-Skywarden-Timestamp is missing"),
        (&forged[..], None, "X-Skywarden-Signature is missing"),
        (&forged[..], Some("v1=zz"), "is not v1=hex"),
        (&forged[..], Some("v1=00"), "does not match"),
    ] {
        let mut headers = headers.to_vec();
        headers.extend(signature.map(|it| ("x-skywarden-signature", it)));
        let heard = send("POST", &url, &headers, body.as_bytes()).await.unwrap();
        assert_eq!(heard.status, 401);
        assert!(heard.body.contains(why), "{}", heard.body);
    }
    assert_eq!(desk.robots.messages("ops").len(), 1);
}

#[tokio::test]
async fn what_is_no_cloud_event_is_refused() {
    let desk = Desk::open().await;
    let url = desk.robots.webhook("ops", Security::none());
    let headers = [
        ("content-type", "application/cloudevents+json"),
        ("idempotency-key", "k"),
    ];
    let with = |key: &str, value: Value| {
        let mut event = event();
        event[key] = value;
        event.to_string()
    };
    for (body, why) in [
        ("[]".to_owned(), "not a JSON object"),
        (with("specversion", json!("0.3")), "specversion"),
        (with("id", json!("")), "id must be"),
        (with("type", Value::Null), "type must be"),
        (with("time", json!("yesterday")), "time must be"),
        (with("traceParent", json!("x")), "attribute traceParent"),
        (with("extra", json!({})), "attribute extra"),
        (with("data_base64", json!("eA==")), "exclude each other"),
    ] {
        let heard = send("POST", &url, &headers, body.as_bytes()).await.unwrap();
        assert_eq!(heard.status, 400, "{body}");
        assert!(heard.body.contains(why), "{body}: {}", heard.body);
    }
    let body = event().to_string();
    let heard = send("POST", &url, &headers[..1], body.as_bytes())
        .await
        .unwrap();
    assert!(
        heard.body.contains("Idempotency-Key is missing"),
        "{}",
        heard.body
    );
    let plain = [("content-type", "application/json"), headers[1]];
    let heard = send("POST", &url, &plain, body.as_bytes()).await.unwrap();
    assert_eq!(heard.status, 415);
    let elsewhere = desk.robots.url().join("hook/nope").unwrap();
    let heard = send("POST", &elsewhere, &headers, body.as_bytes())
        .await
        .unwrap();
    assert_eq!(heard.status, 404);
    assert!(desk.robots.messages("ops").is_empty());
}
