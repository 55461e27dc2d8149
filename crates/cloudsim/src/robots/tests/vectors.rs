//! The published signatures are accepted, each at its own instant.

use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use super::{Desk, told};
use crate::robots::Security;

const VECTORS: &str = include_str!("../../../tests/fixtures/chat-robots-vectors.json");

fn vectors(vendor: &str) -> Vec<Value> {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let vectors = vectors[vendor].as_array().unwrap().clone();
    assert!(vectors.len() >= 3, "{vendor} has too few vectors");
    vectors
}

#[tokio::test]
async fn dingtalk_accepts_every_published_signature_and_no_neighbor() {
    for vector in vectors("dingtalk") {
        let at = vector["timestamp_ms"].as_i64().unwrap();
        let desk = Desk::open_at(Timestamp::from_millisecond(at).unwrap()).await;
        let security = Security::sign(vector["secret"].as_str().unwrap());
        let base = desk.robots.dingtalk("ops", security);
        let body = json!({"msgtype": "text", "text": {"content": "巡检"}});

        let suffix = vector["url_suffix"].as_str().unwrap();
        let signed = Url::parse(&format!("{base}{suffix}")).unwrap();
        assert_eq!(told(&signed, &body).await, "0 ok", "{suffix}");

        // The next millisecond has another signature.
        let late = suffix.replacen(&at.to_string(), &(at + 1).to_string(), 1);
        let forged = Url::parse(&format!("{base}{late}")).unwrap();
        assert!(
            told(&forged, &body)
                .await
                .starts_with("310000 sign not match"),
            "{late}"
        );

        // Encoded twice, as one popular client does.
        let twice = suffix.replace('%', "%25");
        let twice = Url::parse(&format!("{base}{twice}")).unwrap();
        assert!(
            told(&twice, &body)
                .await
                .starts_with("310000 sign not match")
        );
    }
}

#[tokio::test]
async fn an_unencoded_plus_arrives_as_a_space_and_is_refused() {
    let all = vectors("dingtalk");
    let with_plus = all
        .iter()
        .filter(|it| it["sign_base64"].as_str().unwrap().contains('+'));
    let mut seen = 0;
    for vector in with_plus {
        seen += 1;
        let at = vector["timestamp_ms"].as_i64().unwrap();
        let desk = Desk::open_at(Timestamp::from_millisecond(at).unwrap()).await;
        let security = Security::sign(vector["secret"].as_str().unwrap());
        let base = desk.robots.dingtalk("ops", security);
        let bare = vector["sign_base64"].as_str().unwrap();
        let url = Url::parse(&format!("{base}&timestamp={at}&sign={bare}")).unwrap();
        let body = json!({"msgtype": "text", "text": {"content": "巡检"}});
        assert!(
            told(&url, &body).await.starts_with("310000 sign not match"),
            "{bare}"
        );
    }
    assert!(seen > 0, "no vector has a plus");
}

#[tokio::test]
async fn feishu_accepts_every_published_signature_and_not_the_other_recipe() {
    for vector in vectors("feishu") {
        let at = vector["timestamp_s"].as_i64().unwrap();
        let desk = Desk::open_at(Timestamp::from_second(at).unwrap()).await;
        let security = Security::sign(vector["secret"].as_str().unwrap());
        let url = desk.robots.feishu("ops", security);
        let body = |sign: &Value| {
            json!({
                "timestamp": at.to_string(), "sign": sign,
                "msg_type": "text", "content": {"text": "巡检"},
            })
        };
        assert_eq!(told(&url, &body(&vector["sign"])).await, "0 success");
        let wrong = told(&url, &body(&vector["wrong_dingtalk_style"])).await;
        assert!(wrong.starts_with("19021 sign match fail"), "{wrong}");
    }
}
