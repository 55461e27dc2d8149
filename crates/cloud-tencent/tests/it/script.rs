//! A cloud that answers by a script and remembers what it was asked: requests as they are sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use base::ManualClock;
use bytes::Bytes;
use cloud_tencent::Tencent;
use model::RegionId;
use net::{HeaderMap, HttpRequest, HttpResponse, NetError, StatusCode, Transport};
use serde_json::{Value, json};

use crate::far::refused;
use crate::stand::{REGION, caller, fixed, key, now, settings};

pub(crate) fn region() -> RegionId {
    RegionId::new(REGION)
}

/// What the cloud says next, whatever it is asked.
#[derive(Debug, Clone)]
pub(crate) enum Says {
    /// This, as a good answer.
    Good(Value),
    /// No, with this code.
    No(&'static str),
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
    pub(crate) fn of(answers: &[(&'static str, Says)]) -> (Arc<Self>, Tencent) {
        let script = Arc::new(Self {
            answers: Mutex::new(answers.iter().cloned().collect()),
            asked: Mutex::default(),
        });
        let caller = caller(script.clone(), &ManualClock::hurrying(now()));
        let settings = settings(fixed(&key()), &[]);
        (script, Tencent::new(settings, caller))
    }

    /// What was asked, a call a line; every call of the script has to have come.
    pub(crate) fn asked(&self) -> String {
        let left = self.answers.lock().unwrap();
        assert!(left.is_empty(), "never asked: {left:?}");
        self.asked.lock().unwrap().join("\n")
    }
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NetError> {
        let header = |name: &str| request.headers[name].to_str().unwrap().to_owned();
        let (action, region) = (header("x-tc-action"), header("x-tc-region"));
        let host = request.url.host_str().unwrap().to_owned();
        let said: Value = serde_json::from_slice(&request.body).unwrap();
        let text = format!("{action} at {host} in {region}\n  {said}");
        self.asked.lock().unwrap().push(text);
        let next = self.answers.lock().unwrap().pop_front();
        let answer = match next {
            Some((expected, says)) if expected == action => match says {
                Says::Good(answer) => answer,
                Says::No(code) => refused(code),
                Says::Nothing => {
                    let source = std::io::Error::other("cut off").into();
                    return Err(NetError::Unanswered { host, source });
                }
            },
            other => panic!("{action} came instead of {other:?}"),
        };
        Ok(HttpResponse {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::from(json!({ "Response": answer }).to_string()),
        })
    }
}
