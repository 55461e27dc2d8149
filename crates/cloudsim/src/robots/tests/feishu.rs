use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use serde_json::{Value, json};

use super::client::send;
use super::{Desk, post, told, verdict};
use crate::robots::Security;

fn text(content: &str) -> Value {
    json!({"msg_type": "text", "content": {"text": content}})
}

fn card(elements: &Value) -> Value {
    json!({"msg_type": "interactive", "card": {
        "schema": "2.0",
        "config": {"update_multi": true, "width_mode": "fill", "summary": {"content": "3 个"}},
        "header": {
            "template": "red",
            "title": {"tag": "plain_text", "content": "云资源巡检"},
            "subtitle": {"tag": "plain_text", "content": "账号 prod"},
        },
        "body": {"direction": "vertical", "elements": elements},
    }})
}

fn markdown(content: &str) -> Value {
    json!({"tag": "markdown", "content": content})
}

fn table(rows: usize) -> Value {
    let row = json!({"id": "ins-1", "left": "<font color='red'>3 天</font>"});
    json!({
        "tag": "table", "page_size": 10, "row_height": "low",
        "columns": [
            {"name": "id", "display_name": "实例", "data_type": "text"},
            {"name": "left", "display_name": "剩余", "data_type": "lark_md"},
        ],
        "rows": vec![row; rows],
    })
}

fn button(behaviors: &Value) -> Value {
    json!({"tag": "button", "text": {"tag": "plain_text", "content": "续费"},
        "type": "primary", "behaviors": behaviors})
}

#[tokio::test]
async fn success_has_the_old_fields_as_well() {
    let desk = Desk::open().await;
    let url = desk.robots.feishu("ops", Security::none());
    let heard = post(&url, &text("巡检")).await;
    let expected = json!({"code": 0, "msg": "success", "data": {}, "StatusCode": 0,
        "StatusMessage": "success", "Extra": null});
    assert_eq!(
        serde_json::from_str::<Value>(&heard.body).unwrap(),
        expected
    );
}

#[tokio::test]
async fn a_body_has_twenty_kilobytes_at_most() {
    let desk = Desk::open().await;
    let url = desk.robots.feishu("ops", Security::none());
    let frame = text("").to_string().len();
    assert_eq!(
        told(&url, &text(&"x".repeat(20_000 - frame))).await,
        "0 success"
    );
    assert_eq!(
        told(&url, &text(&"x".repeat(20_001 - frame))).await,
        "9499 Bad Request"
    );
}

#[tokio::test]
async fn wrong_shapes_are_bad_requests() {
    let desk = Desk::open().await;
    let url = desk.robots.feishu("ops", Security::none());
    let cases = [
        (json!([]), "9499 Bad Request"),
        // The app API's way of writing the content.
        (
            json!({"msg_type": "text", "content": "{\"text\":\"a\"}"}),
            "9499 Bad Request",
        ),
        (
            json!({"content": {"text": "a"}}),
            "19002 params error, msg_type need",
        ),
        (
            json!({"msg_type": "interactive", "content": {"text": "a"}}),
            "19002 params error, unknown card value",
        ),
        (
            json!({"msg_type": "poem", "content": {}}),
            "19002 params error, unknown msg_type value",
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(told(&url, &body).await, expected, "{body}");
    }
    let form = [("content-type", "text/plain")];
    let heard = send("POST", &url, &form, text("a").to_string().as_bytes())
        .await
        .unwrap();
    assert_eq!(verdict(&heard), "9499 Bad Request");
    let elsewhere = desk
        .robots
        .url()
        .join("open-apis/bot/v2/hook/nope")
        .unwrap();
    let heard = told(&elsewhere, &text("a")).await;
    assert_eq!(
        heard,
        "19001 param invalid: incoming webhook access token invalid"
    );
}

#[tokio::test]
async fn security_is_checked() {
    let desk = Desk::open().await;
    let url = desk.robots.feishu("signed", Security::sign("demo"));
    let heard = told(&url, &text("a")).await;
    let why = "sign match fail or timestamp is not within one hour from current time";
    assert_eq!(heard, format!("19021 {why}"));

    let url = desk.robots.feishu("word", Security::keyword("巡检"));
    assert_eq!(told(&url, &text("其他")).await, "19024 Key Words Not Found");
    assert_eq!(
        told(&url, &card(&json!([markdown("a")]))).await,
        "0 success"
    );

    let elsewhere = [IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9))];
    let url = desk
        .robots
        .feishu("list", Security::none().and_from(&elsewhere));
    assert_eq!(told(&url, &text("a")).await, "19022 Ip Not Allowed");
}

#[tokio::test]
async fn a_signature_is_good_for_an_hour_around_now() {
    // A published signature of the secret `demo`.
    const SIGN: &str = "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=";
    const AT: i64 = 1_599_360_473;
    for (away, expected) in [(0, "0 "), (3600, "0 "), (-3600, "0 "), (3601, "19021 ")] {
        let desk = Desk::open_at(jiff::Timestamp::from_second(AT + away).unwrap()).await;
        let url = desk.robots.feishu("ops", Security::sign("demo"));
        let mut body = text("a");
        body["timestamp"] = json!(AT.to_string());
        body["sign"] = json!(SIGN);
        let heard = told(&url, &body).await;
        assert!(heard.starts_with(expected), "{away}: {heard}");
    }
}

#[tokio::test]
async fn five_a_second_and_a_hundred_a_minute() {
    let desk = Desk::open().await;
    let url = desk.robots.feishu("ops", Security::none());
    for _ in 0..5 {
        assert_eq!(told(&url, &text("a")).await, "0 success");
    }
    let limited = "11232 frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]";
    assert_eq!(told(&url, &text("a")).await, limited);
    desk.clock.advance(Duration::from_secs(1));
    for _ in 0..95 {
        desk.clock.advance(Duration::from_millis(500));
        assert_eq!(told(&url, &text("a")).await, "0 success");
    }
    desk.clock.advance(Duration::from_secs(1));
    assert_eq!(told(&url, &text("a")).await, limited);
    desk.clock.advance(Duration::from_secs(12));
    assert_eq!(told(&url, &text("a")).await, "0 success");
}

#[tokio::test]
async fn a_card_of_the_second_generation_is_read() {
    let desk = Desk::open().await;
    let url = desk.robots.feishu("ops", Security::none());
    let open = json!([{"type": "open_url", "default_url": "https://example.com/renew"}]);
    let body = card(&json!([
        markdown("**ecs** [看](https://example.com/a) &#42;"),
        {"tag": "hr"},
        table(2),
        {"tag": "column_set", "flex_mode": "none", "columns": [
            {"tag": "column", "width": "weighted", "weight": 1, "elements": [button(&open)]}]},
        {"tag": "collapsible_panel", "expanded": false,
            "header": {"title": {"tag": "plain_text", "content": "更多"}},
            "elements": [markdown("尾")]},
    ]));
    assert_eq!(told(&url, &body).await, "0 success");
    let message = desk.robots.messages("ops").pop().unwrap();
    assert_eq!(message.title.as_deref(), Some("云资源巡检"));
    for part in [
        "账号 prod",
        "**ecs** 看 *",
        "ins-1",
        "3 天",
        "实例",
        "续费",
        "更多",
        "尾",
    ] {
        assert!(
            message.text.lines().any(|it| it == part),
            "{part}: {}",
            message.text
        );
    }
    assert_eq!(
        message.links,
        ["https://example.com/a", "https://example.com/renew"]
    );
    assert!(message.mentions.is_nobody());
}

#[tokio::test]
async fn cards_have_limits() {
    let desk = Desk::open().await;
    let url = desk.robots.feishu("ops", Security::none());
    let failed = "230099 Failed to create card content, ext=ErrCode:";
    // Title and subtitle count: 198 elements are the most that fit under them.
    assert_eq!(
        told(&url, &card(&json!(vec![markdown("a"); 198]))).await,
        "0 success"
    );
    let heard = told(&url, &card(&json!(vec![markdown("a"); 199]))).await;
    assert_eq!(
        heard,
        format!("{failed} 300305; ErrMsg: element exceeds the limit; ")
    );
    assert_eq!(
        told(&url, &card(&json!(vec![table(1); 5]))).await,
        "0 success"
    );
    let heard = told(&url, &card(&json!(vec![table(1); 6]))).await;
    let over = "11310; ErrMsg: card table number over limit; ErrorValue: table; ";
    assert_eq!(heard, format!("{failed} {over}"));
    // A table in Markdown is a table, unless it is quoted code.
    let written = markdown("| a | b |\n|---|:-:|\n| 1 | 2 |");
    let fenced = markdown("```\n| a | b |\n|---|---|\n```");
    let mut five = vec![table(1); 4];
    five.push(written.clone());
    five.push(fenced);
    assert_eq!(told(&url, &card(&json!(five))).await, "0 success");
    five.push(written);
    assert_eq!(
        told(&url, &card(&json!(five))).await,
        format!("{failed} {over}")
    );
}

#[tokio::test]
async fn what_the_second_generation_does_not_know_refuses_the_card() {
    let desk = Desk::open().await;
    let url = desk.robots.feishu("ops", Security::none());
    let mut top_level = card(&json!([]));
    top_level["card"]["elements"] = json!([]);
    let mut alone = card(&json!([]));
    alone["card"]["config"]["update_multi"] = json!(false);
    let mut wide = card(&json!([]));
    wide["card"]["config"]["wide_screen_mode"] = json!(true);
    let mut crimson = card(&json!([]));
    crimson["card"]["header"]["template"] = json!("crimson");
    let long = json!({"tag": "table", "page_size": 11, "columns": [{"name": "a"}], "rows": []});
    let stray = json!({"tag": "table", "columns": [{"name": "a"}], "rows": [{"b": "x"}]});
    let nested = json!({"tag": "collapsible_panel", "elements": [table(1)]});
    let callback = button(&json!([{"type": "callback", "value": {}}]));
    let old_button = json!({"tag": "button", "url": "https://a.b"});
    let cases = [
        (
            top_level,
            "200621; ErrMsg: parse card json err, unknown property: elements, path: []",
        ),
        (wide, "unknown property: wide_screen_mode, path: [config]"),
        (
            alone,
            "invalid value: false, path: [config -> update_multi]",
        ),
        (
            crimson,
            "invalid value: \"crimson\", path: [header -> template]",
        ),
        (
            card(&json!([{"tag": "markdown", "content": "a", "color": "red"}])),
            "unknown property: color, path: [body -> elements -> [0](tag: markdown)]",
        ),
        (
            card(&json!([markdown("a"), {"tag": "note", "elements": []}])),
            "ErrPath: body -> elements -> [1](tag: note); ErrCode: 200861; \
             ErrMsg: cards of schema V2 no longer support this capability; \
             ErrorValue: unsupported tag note; ",
        ),
        (
            card(&json!([{"tag": "action", "actions": []}])),
            "unsupported tag action",
        ),
        (
            card(&json!([{"tag": "form", "elements": []}])),
            "unsupported tag form",
        ),
        (card(&json!([callback])), "invalid value: \"callback\""),
        (card(&json!([old_button])), "unknown property: url"),
        (card(&json!([long])), "invalid value: 11"),
        (card(&json!([stray])), "row has no column: b"),
        (
            card(&json!([nested])),
            "type of element is not supported tag: table",
        ),
        (card(&json!({"tag": "hr"})), "not a list"),
    ];
    for (body, expected) in cases {
        let heard = told(&url, &body).await;
        assert!(
            heard.starts_with("230099 Failed to create card content, "),
            "{heard}"
        );
        assert!(heard.contains(expected), "{heard}");
    }
    assert!(desk.robots.messages("ops").is_empty());
}

#[tokio::test]
async fn a_card_of_the_first_generation_ignores_what_it_does_not_know() {
    let desk = Desk::open().await;
    let url = desk.robots.feishu("ops", Security::none());
    let old = |elements: Value| {
        json!({"msg_type": "interactive", "card": {
            "config": {"wide_screen_mode": true}, "elements": elements,
            "header": {"title": {"tag": "plain_text", "content": "巡检"}}}})
    };
    let body = old(json!([
        {"tag": "markdown", "content": "**a** <at id=all></at>", "nonsense": 1},
        {"tag": "note", "elements": [{"tag": "plain_text", "content": "注"}]},
    ]));
    assert_eq!(told(&url, &body).await, "0 success");
    let message = desk.robots.messages("ops").pop().unwrap();
    assert_eq!(message.title.as_deref(), Some("巡检"));
    assert!(message.mentions.everyone);
    assert!(message.text.contains("注"), "{}", message.text);
    let heard = told(&url, &old(json!([{"tag": "poem"}]))).await;
    assert!(heard.contains("not support tag: poem"), "{heard}");
}

#[tokio::test]
async fn only_real_mentions_ring() {
    let desk = Desk::open().await;
    let url = desk.robots.feishu("ops", Security::none());
    let last = |body: Value| {
        let (desk, url) = (&desk, &url);
        async move {
            assert_eq!(told(url, &body).await, "0 success", "{body}");
            desk.clock.advance(Duration::from_secs(1));
            desk.robots.messages("ops").pop().unwrap().mentions
        }
    };
    assert!(
        last(text("i-1 @all @所有人 &lt;at user_id=\"all\"&gt;"))
            .await
            .is_nobody()
    );
    assert!(
        last(card(&json!([markdown("&#60;at id=all&#62; @all")])))
            .await
            .is_nobody()
    );
    // A plain text is never parsed.
    let plain =
        json!([{"tag": "div", "text": {"tag": "plain_text", "content": "<at id=all></at>"}}]);
    assert!(last(card(&plain)).await.is_nobody());
    for hostile in [
        text("x <at user_id=\"all\">所有人</at>"),
        text("x <at user_id='all'/>"),
        card(&json!([markdown("x <at id=all></at>")])),
        card(&json!([markdown("x <AT id = 'all'>")])),
        card(
            &json!([{"tag": "table", "columns": [{"name": "a", "data_type": "markdown"}],
            "rows": [{"a": "<at id=all></at>"}]}]),
        ),
    ] {
        assert!(last(hostile.clone()).await.everyone, "{hostile}");
    }
    let people = last(card(&json!([markdown(
        "<at ids=ou_1,ou_2></at><at id=ou_1></at>"
    )])))
    .await;
    assert_eq!(people.people, ["ou_1", "ou_2"]);
    let posted = json!({"msg_type": "post", "content": {"post": {"zh_cn": {
        "title": "巡检", "content": [[
            {"tag": "text", "text": "a "}, {"tag": "a", "text": "看", "href": "https://a.b"},
            {"tag": "at", "user_id": "ou_3"}]]}}}});
    assert_eq!(last(posted).await.people, ["ou_3"]);
    let message = desk.robots.messages("ops").pop().unwrap();
    assert_eq!(
        (message.text.as_str(), message.title.as_deref()),
        ("a 看", Some("巡检"))
    );
}
