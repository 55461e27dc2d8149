//! A cloud that answers by a script and remembers what it was asked: requests as they are sent.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use base::{Clock, ManualClock, SeededChance};
use cloud::{Caller, Pacer, RetryPolicy, Share};
use cloud_aliyun::{Aliyun, Endpoints, Environment, Quotas, Settings};
use model::{AccountId, RegionId};
use net::{HeaderMap, HttpRequest, HttpResponse, NetError, StatusCode, Transport};

use crate::stand::{fixed, key, now};

pub(crate) fn region() -> RegionId {
    RegionId::new("cn-hangzhou")
}

/// What the cloud says next, whatever it is asked.
#[derive(Debug, Clone)]
pub(crate) enum Says {
    /// This, as a good answer.
    Good(&'static str),
    /// No, with this code.
    No(u16, &'static str),
    /// Nothing: the answer is lost.
    Nothing,
}

#[derive(Debug)]
pub(crate) struct Script {
    answers: Mutex<VecDeque<(&'static str, Says)>>,
    asked: Mutex<Vec<String>>,
}

impl Script {
    /// A cloud that expects these calls in this order, and an account that makes them.
    pub(crate) fn of(answers: &[(&'static str, Says)]) -> (Arc<Self>, Aliyun) {
        let script = Arc::new(Self {
            answers: Mutex::new(answers.iter().cloned().collect()),
            asked: Mutex::default(),
        });
        let aliyun = account(script.clone());
        (script, aliyun)
    }
    /// What was asked, a call a line; every call of the script has to have come.
    pub(crate) fn asked(&self) -> String {
        let left = self.answers.lock().unwrap();
        assert!(left.is_empty(), "never asked: {left:?}");
        self.asked.lock().unwrap().join("\n")
    }
}

/// An account whose calls go over `transport`.
pub(crate) fn account(transport: Arc<dyn Transport>) -> Aliyun {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::hurrying(now()));
    let chance = Arc::new(SeededChance::new(7));
    let pacer = Pacer::new(clock.clone(), Share::percent(100));
    let policy = RetryPolicy::default();
    let caller = Caller::new(transport, clock, chance, pacer, policy);
    let settings = Settings {
        account: AccountId::new("shop"),
        source: fixed(&key()),
        environment: Environment::default(),
        site: None,
        endpoints: Endpoints::default(),
        quotas: Quotas::default(),
    };
    Aliyun::new(settings, Arc::new(caller))
}

fn spelt(request: &HttpRequest) -> (String, String) {
    let action = request.headers["x-acs-action"].to_str().unwrap().to_owned();
    let mut said: BTreeMap<String, String> = request.url.query_pairs().into_owned().collect();
    for (name, value) in url_pairs(&request.body) {
        said.insert(format!("[body] {name}"), value);
    }
    let host = request.url.host_str().unwrap();
    let lines = said.iter().map(|it| format!("\n  {} = {}", it.0, it.1));
    let text = format!("{action} at {host}{}", lines.collect::<String>());
    (action, text)
}

fn url_pairs(body: &[u8]) -> Vec<(String, String)> {
    let mut url: url::Url = "http://body/".parse().unwrap();
    url.set_query(Some(std::str::from_utf8(body).unwrap()));
    url.query_pairs().into_owned().collect()
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NetError> {
        let (action, text) = spelt(&request);
        self.asked.lock().unwrap().push(text);
        let next = self.answers.lock().unwrap().pop_front();
        let (status, body) = match next {
            Some((expected, says)) if expected == action => match says {
                Says::Good(body) => (200, body.to_owned()),
                Says::No(status, code) => {
                    (status, format!(r#"{{"Code":"{code}","Message":"No."}}"#))
                }
                Says::Nothing => {
                    let host = request.url.host_str().unwrap().to_owned();
                    let source = std::io::Error::other("cut off").into();
                    return Err(NetError::Unanswered { host, source });
                }
            },
            other => panic!("{action} came instead of {other:?}"),
        };
        Ok(HttpResponse {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.into(),
        })
    }
}
