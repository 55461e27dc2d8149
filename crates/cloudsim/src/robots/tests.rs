//! The robots, knocked at over real connections.

pub(crate) mod client;
mod dingtalk;
mod faults;
mod feishu;
mod slack;
mod vectors;
mod webhook;
mod wecom;

use std::sync::Arc;

use base::ManualClock;
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use self::client::{Heard, send};
use super::Robots;

/// A set of robots and the clock that they go by.
struct Desk {
    clock: ManualClock,
    robots: Robots,
}

impl Desk {
    async fn open() -> Self {
        Self::open_at("2026-11-21T02:00:00Z".parse().unwrap()).await
    }

    async fn open_at(now: Timestamp) -> Self {
        let clock = ManualClock::new(now);
        let robots = Robots::start(Arc::new(clock.clone())).await.unwrap();
        Self { clock, robots }
    }

    fn millis(&self) -> i64 {
        use base::Clock as _;
        self.clock.now().as_millisecond()
    }
}

async fn post(url: &Url, body: &Value) -> Heard {
    let headers = [("content-type", "application/json; charset=utf-8")];
    send("POST", url, &headers, body.to_string().as_bytes())
        .await
        .unwrap()
}

/// Posts and returns `CODE TEXT` of a vendor's JSON envelope.
async fn told(url: &Url, body: &Value) -> String {
    verdict(&post(url, body).await)
}

fn verdict(heard: &Heard) -> String {
    assert_eq!(heard.status, 200, "{heard:?}");
    let body: Value = serde_json::from_str(&heard.body).unwrap();
    let code = body.get("errcode").or_else(|| body.get("code")).unwrap();
    let text = body.get("errmsg").or_else(|| body.get("msg")).unwrap();
    format!("{code} {}", text.as_str().unwrap())
}
