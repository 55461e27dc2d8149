use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Heard, send};
use super::{Desk, post};

fn section(text: &str) -> Value {
    json!({"type": "section", "text": {"type": "mrkdwn", "text": text}})
}

fn header(text: &str) -> Value {
    json!({"type": "header", "text": {"type": "plain_text", "text": text}})
}

fn word(heard: &Heard) -> String {
    format!("{} {}", heard.status, heard.body)
}

#[tokio::test]
async fn blocks_have_limits() {
    let desk = Desk::open().await;
    let url = desk.robots.slack("ops");
    let blocks = |blocks: Vec<Value>| json!({"text": "fallback", "blocks": blocks});
    let cases = [
        (blocks(vec![section("a"); 50]), "200 ok"),
        (blocks(vec![section("a"); 51]), "400 invalid_blocks"),
        (blocks(vec![section(&"检".repeat(3000))]), "200 ok"),
        (
            blocks(vec![section(&"检".repeat(3001))]),
            "400 invalid_blocks",
        ),
        (blocks(vec![header(&"a".repeat(150))]), "200 ok"),
        (blocks(vec![header(&"a".repeat(151))]), "400 invalid_blocks"),
        (blocks(vec![header("")]), "400 invalid_blocks"),
        (
            blocks(vec![
                json!({"type": "header", "text": {"type": "mrkdwn", "text": "a"}}),
            ]),
            "400 invalid_blocks",
        ),
        (blocks(vec![json!({"type": "table"})]), "400 invalid_blocks"),
        (json!({}), "400 no_text"),
        (json!([]), "400 invalid_payload"),
        (json!({"text": 3}), "400 invalid_payload"),
    ];
    for (body, expected) in cases {
        assert_eq!(word(&post(&url, &body).await), expected, "{body}");
        desk.clock.advance(Duration::from_secs(1));
    }
    let json = [("content-type", "application/json")];
    let heard = send("POST", &url, &json, b"not json").await.unwrap();
    assert_eq!(word(&heard), "400 invalid_payload");
    let elsewhere = desk.robots.url().join("services/T1/B1/nope").unwrap();
    assert_eq!(
        word(&post(&elsewhere, &json!({"text": "a"})).await),
        "404 no_service"
    );
}

#[tokio::test]
async fn more_than_one_a_second_is_told_to_wait() {
    let desk = Desk::open().await;
    let url = desk.robots.slack("ops");
    let body = json!({"text": "a"});
    for _ in 0..3 {
        assert_eq!(post(&url, &body).await.status, 200);
    }
    let heard = post(&url, &body).await;
    assert_eq!(heard.status, 429);
    assert_eq!(heard.header("retry-after"), Some("3"));
    desk.clock.advance(Duration::from_secs(3));
    for _ in 0..20 {
        assert_eq!(post(&url, &body).await.status, 200);
        desk.clock.advance(Duration::from_secs(1));
    }
}

#[tokio::test]
async fn only_real_mentions_ring_and_only_real_links_lead_away() {
    let desk = Desk::open().await;
    let url = desk.robots.slack("ops");
    let last = |body: Value| {
        let (desk, url) = (&desk, &url);
        async move {
            assert_eq!(word(&post(url, &body).await), "200 ok", "{body}");
            desk.clock.advance(Duration::from_secs(1));
            desk.robots.messages("ops").pop().unwrap()
        }
    };
    let quiet = last(json!({"text": "@channel &lt;!channel&gt; @all <#C1|ops>"})).await;
    assert!(quiet.mentions.is_nobody());
    assert_eq!(quiet.text, "@channel <!channel> @all ops");
    assert!(quiet.links.is_empty());
    assert!(
        last(json!({"text": "<!channel> a"}))
            .await
            .mentions
            .everyone
    );
    assert!(
        last(json!({"text": "a", "blocks": [section("<!here|here>")]}))
            .await
            .mentions
            .everyone
    );
    assert!(
        last(json!({"text": "@channel", "link_names": 1}))
            .await
            .mentions
            .everyone
    );
    assert_eq!(
        last(json!({"text": "<@U123> a"})).await.mentions.people,
        ["U123"]
    );
    let linked = last(json!({"text": "<https://example.com/a?b&amp;c|看>"})).await;
    assert_eq!(linked.links, ["https://example.com/a?b&c"]);
    assert_eq!(linked.text, "看");
}

#[tokio::test]
async fn attachments_are_read_and_counted() {
    let desk = Desk::open().await;
    let url = desk.robots.slack("ops");
    let one = json!({"title": "t", "text": "<!here> a", "blocks": [section("b")]});
    let body = json!({"attachments": [one]});
    assert_eq!(word(&post(&url, &body).await), "200 ok");
    let message = &desk.robots.messages("ops")[0];
    assert_eq!(message.text, "t\n!here a\nb");
    assert!(message.mentions.everyone);
    let many = json!({"attachments": vec![json!({"text": "a"}); 101]});
    assert_eq!(word(&post(&url, &many).await), "400 too_many_attachments");
    let long = json!({"attachments": [{"blocks": vec![section("a"); 51]}]});
    assert_eq!(word(&post(&url, &long).await), "400 invalid_attachments");
}

#[tokio::test]
async fn the_old_form_body_is_understood() {
    let desk = Desk::open().await;
    let url = desk.robots.slack("ops");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = b"payload=%7B%22text%22%3A%22a+b%22%7D";
    assert_eq!(
        word(&send("POST", &url, &form, body).await.unwrap()),
        "200 ok"
    );
    assert_eq!(desk.robots.messages("ops")[0].text, "a b");
}
