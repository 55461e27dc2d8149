use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use url::Url;

use super::client::send;
use super::{Desk, post, told, verdict};
use crate::robots::{Answer, Mentions, Security, Wording};

fn text(content: &str) -> Value {
    json!({"msgtype": "text", "text": {"content": content}})
}

fn markdown(title: &str, text: &str) -> Value {
    json!({"msgtype": "markdown", "markdown": {"title": title, "text": text}})
}

fn signed(base: &Url, secret: &str, millis: i64) -> Url {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{millis}\n{secret}").as_bytes());
    let sign = STANDARD.encode(mac.finalize().into_bytes());
    let mut url = base.clone();
    url.query_pairs_mut()
        .append_pair("timestamp", &millis.to_string())
        .append_pair("sign", &sign);
    url
}

#[tokio::test]
async fn an_accepted_message_is_recorded_as_it_came() {
    let desk = Desk::open().await;
    let url = desk.robots.dingtalk("ops", Security::none());
    assert_eq!(url.path(), "/robot/send");
    let body = markdown("巡检：3 个", "### 巡检\n\n> [续费](https://example.com/a)");
    assert_eq!(told(&url, &body).await, "0 ok");

    let messages = desk.robots.messages("ops");
    assert_eq!(messages.len(), 1);
    let message = &messages[0];
    assert_eq!(message.body, body.to_string());
    assert_eq!(message.json, body);
    assert_eq!(message.form, "markdown");
    assert_eq!(message.title.as_deref(), Some("巡检：3 个"));
    assert_eq!(message.text, "### 巡检\n\n> 续费");
    assert_eq!(message.links, ["https://example.com/a"]);
    assert_eq!(message.answer, Answer::Given);
    assert!(message.mentions.is_nobody());
    assert_eq!(message.at.to_string(), "2026-11-21T02:00:00Z");
    assert!(desk.robots.refusals("ops").is_empty());
    assert_eq!(desk.robots.calls("ops"), 1);
}

#[tokio::test]
async fn a_body_may_have_twenty_thousand_bytes_and_not_one_more() {
    let desk = Desk::open().await;
    let url = desk.robots.dingtalk("ops", Security::none());
    let frame = text("").to_string().len();
    assert_eq!(told(&url, &text(&"x".repeat(20_000 - frame))).await, "0 ok");
    let over = told(&url, &text(&"x".repeat(20_001 - frame))).await;
    assert_eq!(over, "460101 message too long, exceed 20000 bytes");
    // Bytes count, not characters, and not what JSON escapes stand for.
    let han = told(&url, &text(&"检".repeat(6_700))).await;
    assert_eq!(han, "460101 message too long, exceed 20000 bytes");
    assert_eq!(desk.robots.messages("ops").len(), 1);
    assert_eq!(desk.robots.refusals("ops")[0].code, "460101");
}

#[tokio::test]
async fn the_keyword_must_be_in_the_visible_text() {
    let desk = Desk::open().await;
    let url = desk
        .robots
        .dingtalk("ops", Security::keyword("巡检").and_keyword("告警"));
    let refused = "310000 keywords not in content, \
                   more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]";
    assert_eq!(told(&url, &text("其他")).await, refused);
    assert_eq!(told(&url, &markdown("巡检", "只在标题里")).await, refused);
    assert_eq!(
        told(&url, &markdown("x", "[看](https://example.com/巡检)")).await,
        refused
    );
    assert_eq!(told(&url, &text("今日告警")).await, "0 ok");
    assert_eq!(told(&url, &markdown("x", "**巡检**")).await, "0 ok");
}

#[tokio::test]
async fn a_signature_is_good_for_an_hour_around_now() {
    let desk = Desk::open().await;
    let base = desk.robots.dingtalk("ops", Security::sign("SECdemo"));
    let now = desk.millis();
    let more = ", more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]";
    for good in [now, now - 3_600_000, now + 3_600_000] {
        assert_eq!(
            told(&signed(&base, "SECdemo", good), &text("a")).await,
            "0 ok"
        );
    }
    for bad in [now - 3_600_001, now + 3_600_001] {
        let heard = told(&signed(&base, "SECdemo", bad), &text("a")).await;
        assert_eq!(heard, format!("310000 invalid timestamp{more}"));
    }
    let unsigned = told(&base, &text("a")).await;
    assert_eq!(unsigned, format!("310000 sign not match{more}"));
    let other = told(&signed(&base, "SECother", now), &text("a")).await;
    assert_eq!(other, format!("310000 sign not match{more}"));
    let seconds = signed(&base, "SECdemo", now / 1000);
    assert_eq!(
        told(&seconds, &text("a")).await,
        format!("310000 invalid timestamp{more}")
    );
}

#[tokio::test]
async fn refusals_have_two_generations_of_texts() {
    let desk = Desk::open().await;
    let url = desk.robots.dingtalk("ops", Security::sign("SECdemo"));
    desk.robots.word("ops", Wording::Described);
    let heard = told(&url, &text("a")).await;
    assert!(
        heard.starts_with("310000 description:机器人发送签名不匹配;solution:"),
        "{heard}"
    );
    let url = desk.robots.dingtalk("word", Security::keyword("巡检"));
    desk.robots.word("word", Wording::Described);
    let heard = told(&url, &text("a")).await;
    assert!(
        heard.starts_with("310000 description:关键词不匹配;solution:"),
        "{heard}"
    );
}

#[tokio::test]
async fn senders_off_the_list_are_named() {
    let desk = Desk::open().await;
    let elsewhere = [IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9))];
    let url = desk
        .robots
        .dingtalk("ops", Security::none().and_from(&elsewhere));
    let heard = told(&url, &text("a")).await;
    assert!(
        heard.starts_with("310000 ip 127.0.0.1 not in whitelist, more:"),
        "{heard}"
    );
}

#[tokio::test]
async fn the_twenty_first_message_mutes_the_robot_for_ten_minutes() {
    let desk = Desk::open().await;
    let url = desk.robots.dingtalk("ops", Security::none());
    for _ in 0..20 {
        assert_eq!(told(&url, &text("a")).await, "0 ok");
        desk.clock.advance(Duration::from_secs(2));
    }
    let too_fast = "130101 send too fast, exceed 20 times per minute";
    assert_eq!(told(&url, &text("a")).await, too_fast);
    // The minute is over, the mute is not; its answers carry anti-abuse fields.
    desk.clock.advance(Duration::from_secs(599));
    let muted = post(&url, &text("a")).await;
    assert_eq!(verdict(&muted), too_fast);
    assert!(muted.body.contains("\"punish\":\"deny\""), "{}", muted.body);
    desk.clock.advance(Duration::from_secs(1));
    assert_eq!(told(&url, &text("a")).await, "0 ok");
    assert_eq!(desk.robots.messages("ops").len(), 21);
}

#[tokio::test]
async fn twenty_in_every_minute_are_never_too_fast() {
    let desk = Desk::open().await;
    let url = desk.robots.dingtalk("ops", Security::none());
    for _ in 0..50 {
        assert_eq!(told(&url, &text("a")).await, "0 ok");
        desk.clock.advance(Duration::from_secs(3));
    }
}

#[tokio::test]
async fn setting_the_wall_does_not_end_a_mute() {
    let desk = Desk::open().await;
    let url = desk.robots.dingtalk("ops", Security::none());
    desk.robots.arm(
        "ops",
        crate::robots::Fault::RateLimit,
        crate::robots::Times::Once,
    );
    assert!(told(&url, &text("a")).await.starts_with("130101 "));
    desk.clock.set_wall("2026-11-22T02:00:00Z".parse().unwrap());
    assert!(told(&url, &text("a")).await.starts_with("130101 "));
}

#[tokio::test]
async fn broken_payloads_are_refused_with_their_codes() {
    let desk = Desk::open().await;
    let url = desk.robots.dingtalk("ops", Security::none());
    let empty = "300001 message param title or text is null";
    let cases = [
        (markdown("", "text"), empty),
        (markdown("title", " "), empty),
        (text(""), "300001 message param content is null"),
        (
            json!({"msgtype": "markdown"}),
            "400401 miss param : markdown",
        ),
        (json!({"markdown": {}}), "400401 miss param : msgtype"),
        (
            json!({"msgtype": "actionCard", "actionCard": {"title": "a", "text": "b"}}),
            empty,
        ),
        (
            json!({"msgtype": "feedCard", "feedCard": {"links": []}}),
            "400401 miss param : links",
        ),
        (
            json!({"msgtype": "poem", "poem": {}}),
            "400401 unsupported msgtype : poem",
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(told(&url, &body).await, expected, "{body}");
    }
    let json = [("content-type", "application/json")];
    let heard = send("POST", &url, &json, b"{").await.unwrap();
    assert_eq!(verdict(&heard), "40035 缺少参数 json");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let heard = send("POST", &url, &form, text("a").to_string().as_bytes())
        .await
        .unwrap();
    assert_eq!(verdict(&heard), "43004 无效的HTTP HEADER Content-Type");
    assert!(desk.robots.messages("ops").is_empty());
    assert_eq!(desk.robots.refusals("ops").len(), 10);
}

#[tokio::test]
async fn every_format_is_read() {
    let desk = Desk::open().await;
    let url = desk.robots.dingtalk("ops", Security::keyword("巡检"));
    let bodies = [
        json!({"msgtype": "link", "link": {
            "title": "t", "text": "巡检", "messageUrl": "https://example.com/1"}}),
        json!({"msgtype": "actionCard", "actionCard": {
            "title": "t", "text": "巡检",
            "singleTitle": "看", "singleURL": "https://example.com/2"}}),
        json!({"msgtype": "actionCard", "actionCard": {
            "title": "t", "text": "巡检", "btnOrientation": "0",
            "btns": [{"title": "看", "actionURL": "https://example.com/3"}]}}),
        json!({"msgtype": "feedCard", "feedCard": {"links": [
            {"title": "巡检", "messageURL": "https://example.com/4", "picURL": ""}]}}),
    ];
    for body in &bodies {
        assert_eq!(told(&url, body).await, "0 ok", "{body}");
    }
    let links: Vec<String> = desk
        .robots
        .messages("ops")
        .into_iter()
        .flat_map(|it| it.links)
        .collect();
    assert_eq!(links.len(), 4);
    assert_eq!(links[3], "https://example.com/4");
}

#[tokio::test]
async fn only_real_mentions_ring() {
    let desk = Desk::open().await;
    let url = desk.robots.dingtalk("ops", Security::none());
    let mention =
        |text: &str, at: Value| json!({"msgtype": "text", "text": {"content": text}, "at": at});
    let cases = [
        // Written only: nobody rings.
        (
            mention("i-1 @all @所有人 @13800001111", json!({})),
            false,
            vec![],
        ),
        // Listed but not written: nobody either.
        (
            mention("i-1", json!({"atMobiles": ["13800001111"]})),
            false,
            vec![],
        ),
        (
            mention(
                "@13800001111 @zhang",
                json!({
                "atMobiles": ["13800001111"], "atUserIds": ["zhang", "li"], "isAtAll": false}),
            ),
            false,
            vec!["13800001111", "zhang"],
        ),
        (mention("i-1", json!({"isAtAll": true})), true, vec![]),
    ];
    for (body, everyone, people) in cases {
        assert_eq!(told(&url, &body).await, "0 ok", "{body}");
        let mentions = desk.robots.messages("ops").pop().unwrap().mentions;
        let people = people.into_iter().map(str::to_owned).collect();
        assert_eq!(mentions, Mentions { everyone, people }, "{body}");
    }
    let card = json!({
        "msgtype": "actionCard", "at": {"isAtAll": true},
        "actionCard": {"title": "t", "text": "b", "singleTitle": "s", "singleURL": "https://a.b"},
    });
    assert_eq!(told(&url, &card).await, "0 ok");
    assert!(
        desk.robots
            .messages("ops")
            .pop()
            .unwrap()
            .mentions
            .is_nobody()
    );
}

#[tokio::test]
async fn the_visible_text_is_what_the_chat_shows() {
    let desk = Desk::open().await;
    let url = desk.robots.dingtalk("ops", Security::none());
    let shown = async |source: &str| {
        assert_eq!(told(&url, &markdown("t", source)).await, "0 ok");
        let message = desk.robots.messages("ops").pop().unwrap();
        desk.clock.advance(Duration::from_secs(3));
        (message.text, message.links)
    };
    let plain = |text: &str| (text.to_owned(), Vec::<String>::new());
    // A single line break is swallowed, two spaces or a blank line keep it.
    assert_eq!(
        shown("a\nb  \nc\n\nd\n- e\n> f").await,
        plain("ab  \nc\n\nd\n- e\n> f")
    );
    assert_eq!(
        shown("<font color=#FF0000>3 天</font>").await,
        plain("3 天")
    );
    // A hostile name makes a link; escaped it does not.
    let hostile = shown("x](https://evil.example) [y](https://evil.example/)").await;
    assert_eq!(hostile.1, ["https://evil.example/"]);
    assert_eq!(
        shown("\\[y\\](https://evil.example)").await,
        plain("[y](https://evil.example)")
    );
    assert_eq!(shown("`[y](https://a)`").await, plain("[y](https://a)"));
    assert_eq!(
        shown("1 < 2 && 3 > 2 &lt;b&#42;").await,
        plain("1 < 2 && 3 > 2 <b*")
    );
}

#[tokio::test]
async fn unknown_and_missing_tokens_are_told_apart() {
    let desk = Desk::open().await;
    desk.robots.dingtalk("ops", Security::none());
    let at = |path: &str| desk.robots.url().join(path).unwrap();
    let unknown = told(&at("robot/send?access_token=nope"), &text("a")).await;
    assert_eq!(unknown, "300005 token is not exist");
    assert_eq!(
        told(&at("robot/send"), &text("a")).await,
        "40035 缺少参数 access_token"
    );
}

#[tokio::test]
async fn an_address_that_grew_is_refused_by_the_gateway() {
    let desk = Desk::open().await;
    let mut url = desk.robots.dingtalk("ops", Security::none());
    for _ in 0..200 {
        url.query_pairs_mut()
            .append_pair("timestamp", "1700000000000");
    }
    assert_eq!(post(&url, &text("a")).await.status, 414);
}
