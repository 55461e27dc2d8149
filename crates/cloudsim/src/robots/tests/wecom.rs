use std::time::Duration;

use serde_json::{Value, json};

use super::{Desk, told};

fn message(form: &str, content: &str) -> Value {
    json!({"msgtype": form, form: {"content": content}})
}

#[tokio::test]
async fn contents_are_measured_in_bytes_of_the_decoded_string() {
    let desk = Desk::open().await;
    let url = desk.robots.wecom("ops");
    for (form, limit) in [("text", 2048), ("markdown", 4096), ("markdown_v2", 4096)] {
        assert_eq!(told(&url, &message(form, &"x".repeat(limit))).await, "0 ok");
        let expected = format!(
            "40058 {form}.content exceed max length {limit}. invalid Request Parameter, \
             hint: [1704540159128593240839785], from ip: 127.0.0.1, \
             more info at https://open.work.weixin.qq.com/devtool/query?e=40058"
        );
        assert_eq!(
            told(&url, &message(form, &"x".repeat(limit + 1))).await,
            expected
        );
        let han = "检".repeat(limit / 3 + 1);
        assert!(
            told(&url, &message(form, &han)).await.starts_with("40058 "),
            "{form}"
        );
        // Six bytes of JSON each, but one byte of content.
        let body = message(form, &"\u{1}".repeat(limit));
        assert!(body.to_string().len() > limit * 6);
        assert_eq!(told(&url, &body).await, "0 ok");
    }
}

#[tokio::test]
async fn the_twenty_first_message_of_a_minute_is_refused_until_the_minute_is_over() {
    let desk = Desk::open().await;
    let url = desk.robots.wecom("ops");
    for _ in 0..20 {
        assert_eq!(told(&url, &message("text", "a")).await, "0 ok");
    }
    desk.clock.advance(Duration::from_secs(59));
    let refused = told(&url, &message("text", "a")).await;
    assert!(
        refused.starts_with("45009 api freq out of limit, hint: ["),
        "{refused}"
    );
    desk.clock.advance(Duration::from_secs(1));
    assert_eq!(told(&url, &message("text", "a")).await, "0 ok");
    assert_eq!(desk.robots.messages("ops").len(), 21);
}

#[tokio::test]
async fn broken_payloads_are_refused_with_their_codes() {
    let desk = Desk::open().await;
    let url = desk.robots.wecom("ops");
    let cases = [
        (json!({}), "40008 invalid message type"),
        (
            json!({"msgtype": "file", "file": {"media_id": "x"}}),
            "40008 invalid message type",
        ),
        (message("text", ""), "44004 text content is empty"),
        (
            json!({"msgtype": "text", "text": {"content": "a", "mentioned_list": "@all"}}),
            "40058 ",
        ),
        (
            json!({"msgtype": "news", "news": {"articles": []}}),
            "40058 news.articles invalid",
        ),
        (json!("text"), "40008 invalid message type"),
    ];
    for (body, expected) in cases {
        let heard = told(&url, &body).await;
        assert!(heard.starts_with(expected), "{body}: {heard}");
    }
    let elsewhere = desk
        .robots
        .url()
        .join("cgi-bin/webhook/send?key=nope")
        .unwrap();
    let heard = told(&elsewhere, &message("text", "a")).await;
    assert!(
        heard.starts_with("93000 invalid webhook url, hint: ["),
        "{heard}"
    );
    assert!(heard.ends_with("devtool/query?e=93000"), "{heard}");
}

#[tokio::test]
async fn only_real_mentions_ring() {
    let desk = Desk::open().await;
    let url = desk.robots.wecom("ops");
    let last = |body: Value| {
        let (desk, url) = (&desk, &url);
        async move {
            assert_eq!(told(url, &body).await, "0 ok", "{body}");
            desk.robots.messages("ops").pop().unwrap().mentions
        }
    };
    assert!(last(message("text", "i-1 @all")).await.is_nobody());
    assert!(
        last(message("markdown", "i-1 @all &lt;@zhang&gt;"))
            .await
            .is_nobody()
    );
    assert!(last(message("markdown_v2", "<@zhang>")).await.is_nobody());
    assert_eq!(
        last(message("markdown", "<@zhang> 3 天")).await.people,
        ["zhang"]
    );
    let all = json!({"msgtype": "text", "text": {
        "content": "a", "mentioned_list": ["wang", "@all"],
        "mentioned_mobile_list": ["13800001111"]}});
    let mentions = last(all).await;
    assert!(mentions.everyone);
    assert_eq!(mentions.people, ["13800001111", "wang"]);
}
