//! Robots of one chat, in memory: what they heard, and whether they are up.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use net::{HeaderMap, HttpRequest, HttpResponse, NetError, StatusCode, Transport};
use notify::{ChannelSettings, Kind};

#[derive(Debug, Default)]
pub(crate) struct Chats {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    heard: Vec<(String, String)>,
    down: BTreeSet<String>,
}

impl Chats {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Returns the messages a robot has taken since they were last asked for, oldest first.
    pub(crate) fn take(&self, name: &str) -> Vec<String> {
        let mut state = self.lock();
        let (mine, others) = std::mem::take(&mut state.heard)
            .into_iter()
            .partition(|(robot, _)| robot == name);
        state.heard = others;
        mine.into_iter().map(|(_, text)| text).collect()
    }

    /// Returns the one message a robot has taken since it was last asked.
    pub(crate) fn take_one(&self, name: &str) -> String {
        let [text] = <[String; 1]>::try_from(self.take(name)).unwrap();
        text
    }

    pub(crate) fn down(&self, name: &str) {
        self.lock().down.insert(name.to_owned());
    }

    pub(crate) fn up(&self, name: &str) {
        self.lock().down.remove(name);
    }
}

/// Returns a channel to the robot of the same name.
pub(crate) fn channel(name: &str) -> ChannelSettings {
    let address = format!("https://oapi.dingtalk.com/robot/send?access_token={name}");
    ChannelSettings::webhook(name, Kind::DingTalk, &address.into()).unwrap()
}

/// Returns what a person reads: without the robot's markup.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for (number, piece) in text
        .replace("**", "")
        .replace('\\', "")
        .split('<')
        .enumerate()
    {
        let shown = match piece.split_once('>') {
            Some((_tag, shown)) if number > 0 => shown,
            _ => piece,
        };
        plain.push_str(shown);
    }
    plain
}

#[async_trait]
impl Transport for Chats {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NetError> {
        let mut query = request.url.query_pairs();
        let (_, robot) = query.find(|(name, _)| name == "access_token").unwrap();
        let mut state = self.lock();
        if state.down.contains(&*robot) {
            return Err(NetError::Unsent {
                host: "oapi.dingtalk.com".to_owned(),
                source: "the robot is down".into(),
            });
        }
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        let form = &body[body["msgtype"].as_str().unwrap()];
        let words = |field: &str| form[field].as_str().unwrap().to_owned();
        let text = format!("{}\n{}", words("title"), words("text"));
        state.heard.push((robot.into_owned(), plain(&text)));
        Ok(HttpResponse {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: r#"{"errcode":0,"errmsg":"ok"}"#.into(),
        })
    }
}
