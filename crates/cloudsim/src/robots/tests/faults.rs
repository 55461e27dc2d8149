use std::io::ErrorKind;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use url::Url;

use super::client::{Heard, send, start};
use super::{Desk, post, told};
use crate::robots::{Answer, Fault, Security, Times};

fn text() -> Value {
    json!({"msgtype": "text", "text": {"content": "a"}})
}

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

async fn knock(url: &Url) -> std::io::Result<Heard> {
    send("POST", url, &JSON, text().to_string().as_bytes()).await
}

#[tokio::test]
async fn faults_strike_in_order_and_as_often_as_armed() {
    let desk = Desk::open().await;
    let url = desk.robots.dingtalk("ops", Security::none());
    let busy = Fault::Code {
        code: -1,
        message: "system busy".to_owned(),
    };
    desk.robots.arm_after("ops", 1, busy, Times::Next(2));
    desk.robots.arm("ops", Fault::Status(503), Times::Once);
    desk.robots.arm("ops", Fault::Status(202), Times::Once);
    desk.robots.arm("ops", Fault::Html, Times::Once);
    assert_eq!(told(&url, &text()).await, "0 ok");
    assert_eq!(told(&url, &text()).await, "-1 system busy");
    assert_eq!(told(&url, &text()).await, "-1 system busy");
    assert_eq!(post(&url, &text()).await.status, 503);
    assert_eq!(post(&url, &text()).await.status, 202);
    let page = post(&url, &text()).await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, Some("text/html"))
    );
    assert!(page.body.starts_with("<html>"), "{}", page.body);
    assert_eq!(told(&url, &text()).await, "0 ok");
    assert_eq!(desk.robots.messages("ops").len(), 2);
    assert_eq!(desk.robots.refusals("ops").len(), 5);
    assert_eq!(desk.robots.calls("ops"), 7);
}

#[tokio::test]
async fn down_for_good_is_down_until_healed() {
    let desk = Desk::open().await;
    let url = desk.robots.dingtalk("ops", Security::none());
    desk.robots.arm("ops", Fault::Status(500), Times::Forever);
    for _ in 0..30 {
        assert_eq!(post(&url, &text()).await.status, 500);
    }
    desk.robots.heal("ops");
    assert_eq!(told(&url, &text()).await, "0 ok");
}

#[tokio::test]
async fn a_redirect_says_where_to() {
    let desk = Desk::open().await;
    let url = desk.robots.dingtalk("ops", Security::none());
    let target = "http://100.100.100.200/latest/meta-data/";
    desk.robots
        .arm("ops", Fault::Redirect(target.to_owned()), Times::Once);
    let heard = post(&url, &text()).await;
    assert_eq!(
        (heard.status, heard.header("location")),
        (307, Some(target))
    );
    assert!(desk.robots.messages("ops").is_empty());
}

#[tokio::test]
async fn a_reset_after_delivery_delivers_and_answers_nothing() {
    let desk = Desk::open().await;
    let url = desk.robots.dingtalk("ops", Security::none());
    desk.robots
        .arm("ops", Fault::ResetAfterDelivery, Times::Once);
    desk.robots.arm("ops", Fault::Reset, Times::Once);
    for _ in 0..2 {
        assert_eq!(
            knock(&url).await.unwrap_err().kind(),
            ErrorKind::ConnectionReset
        );
    }
    assert_eq!(told(&url, &text()).await, "0 ok");
    let answers: Vec<Answer> = desk
        .robots
        .messages("ops")
        .into_iter()
        .map(|it| it.answer)
        .collect();
    assert_eq!(answers, [Answer::Lost, Answer::Given]);
    assert_eq!(desk.robots.calls("ops"), 3);
}

#[tokio::test]
async fn a_slow_answer_comes_when_the_clock_says_so() {
    let desk = Desk::open().await;
    let url = desk.robots.dingtalk("ops", Security::none());
    desk.robots
        .arm("ops", Fault::Slow(Duration::from_secs(30)), Times::Once);
    let asked = desk.millis();
    let body = text().to_string();
    let mut stream = start("POST", &url, &JSON, body.as_bytes()).await.unwrap();
    let mut first = [0_u8; 1];
    // The clock moves only while the answer is not there, so waiting alone cannot pass this.
    loop {
        tokio::select! {
            biased;
            read = stream.read(&mut first) => {
                assert_eq!(read.unwrap(), 1);
                break;
            }
            () = tokio::task::yield_now() => desk.clock.advance(Duration::from_secs(1)),
        }
    }
    assert!(desk.millis() >= asked + 30_000, "{}", desk.millis());
    assert_eq!(desk.robots.messages("ops").len(), 1);
}

#[tokio::test]
async fn silence_lasts_until_the_door_is_closed() {
    let desk = Desk::open().await;
    let url = desk.robots.dingtalk("ops", Security::none());
    desk.robots
        .arm("ops", Fault::SilentAfterDelivery, Times::Once);
    let body = text().to_string();
    let mut stream = start("POST", &url, &JSON, body.as_bytes()).await.unwrap();
    while desk.robots.messages("ops").is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(desk.robots.messages("ops")[0].answer, Answer::Lost);
    desk.robots.stop().await;
    let mut heard = Vec::new();
    // Reset or closed: an answer must not come.
    let _end = stream.read_to_end(&mut heard).await;
    assert!(heard.is_empty(), "{}", String::from_utf8_lossy(&heard));
}

#[tokio::test]
async fn the_rate_limit_of_each_vendor_can_strike_in_mid_batch() {
    let desk = Desk::open().await;
    let feishu = desk.robots.feishu("fei", Security::none());
    let wecom = desk.robots.wecom("we");
    let slack = desk.robots.slack("sl");
    for name in ["fei", "we", "sl"] {
        desk.robots
            .arm_after(name, 1, Fault::RateLimit, Times::Once);
    }
    let fei = json!({"msg_type": "text", "content": {"text": "a"}});
    assert_eq!(told(&feishu, &fei).await, "0 success");
    assert!(
        told(&feishu, &fei)
            .await
            .starts_with("11232 frequency limited psm[")
    );
    // The window is used up as well: an immediate retry fails for real.
    assert!(told(&feishu, &fei).await.starts_with("11232 "));
    assert_eq!(told(&wecom, &text()).await, "0 ok");
    assert!(told(&wecom, &text()).await.starts_with("45009 "));
    assert!(told(&wecom, &text()).await.starts_with("45009 "));
    assert_eq!(post(&slack, &json!({"text": "a"})).await.status, 200);
    assert_eq!(post(&slack, &json!({"text": "a"})).await.status, 429);
    assert_eq!(post(&slack, &json!({"text": "a"})).await.status, 429);
}

#[tokio::test]
async fn robots_and_faults_can_be_ruled_over_http() {
    let desk = Desk::open().await;
    let control = |path: &str| desk.robots.url().join(path).unwrap();
    let new = json!({"kind": "dingtalk", "name": "ops", "keywords": ["巡检"]});
    let made = post(&control("_sim/robots"), &new).await;
    let made: Value = serde_json::from_str(&made.body).unwrap();
    let url = Url::parse(made["url"].as_str().unwrap()).unwrap();
    assert!(
        told(&url, &text())
            .await
            .starts_with("310000 keywords not in content")
    );

    let fault = json!({"robot": "ops", "fault": {"kind": "status", "status": 502}, "times": 2});
    assert_eq!(
        post(&control("_sim/robots/faults"), &fault).await.status,
        200
    );
    assert_eq!(post(&url, &text()).await.status, 502);
    let heal = control("_sim/robots/faults?robot=ops");
    assert_eq!(send("DELETE", &heal, &[], b"").await.unwrap().status, 200);
    let good = json!({"msgtype": "text", "text": {"content": "巡检"}});
    assert_eq!(told(&url, &good).await, "0 ok");

    let look = send("GET", &control("_sim/robots/messages?robot=ops"), &[], b"")
        .await
        .unwrap();
    let look: Value = serde_json::from_str(&look.body).unwrap();
    assert_eq!(look["calls"], 3);
    assert_eq!(look["messages"][0]["text"], "巡检");
    assert_eq!(
        look["messages"][0]["mentions"],
        json!({"everyone": false, "people": []})
    );
    assert_eq!(look["refusals"][0]["code"], "310000");
    let list = send("GET", &control("_sim/robots"), &[], b"")
        .await
        .unwrap();
    assert!(list.body.contains("\"kind\":\"dingtalk\""), "{}", list.body);

    let unknown = json!({"robot": "nobody", "fault": {"kind": "html"}});
    assert_eq!(
        post(&control("_sim/robots/faults"), &unknown).await.status,
        404
    );
    let misspelled = json!({"robot": "ops", "fault": {"kind": "htlm"}});
    assert_eq!(
        post(&control("_sim/robots/faults"), &misspelled)
            .await
            .status,
        422
    );
}
