//! A far side in memory, for answers that the simulated cloud does not give.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use base::ManualClock;
use bytes::Bytes;
use cloud_tencent::Tencent;
use net::{HeaderMap, HttpRequest, HttpResponse, NetError, StatusCode, Transport};
use serde_json::{Value, json};

use crate::stand::{caller, fixed, key, now, settings};

/// What is asked: the operation with its version, and the parameters.
pub(crate) type Answers = fn(&str, &Value) -> Value;

/// Answers from a function, and remembers what was asked.
pub(crate) struct Far {
    answers: Answers,
    asked: Mutex<Vec<String>>,
}

impl std::fmt::Debug for Far {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Far")
    }
}

impl Far {
    pub(crate) fn new(answers: Answers) -> Arc<Self> {
        Arc::new(Self {
            answers,
            asked: Mutex::default(),
        })
    }

    pub(crate) fn tencent(self: &Arc<Self>) -> Tencent {
        let clock = ManualClock::hurrying(now());
        let caller = caller(self.clone(), &clock);
        let settings = settings(fixed(&key()), &[("default", "http://127.0.0.1:9")]);
        Tencent::new(settings, caller)
    }

    /// Returns what was asked since the last time.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

#[async_trait]
impl Transport for Far {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NetError> {
        let header = |name: &str| request.headers[name].to_str().unwrap().to_owned();
        let (action, version) = (header("x-tc-action"), header("x-tc-version"));
        let name = format!("{action} {}", &version[..4]);
        self.asked.lock().unwrap().push(name.clone());
        let said: Value = serde_json::from_slice(&request.body).unwrap();
        let answer = (self.answers)(&name, &said);
        Ok(HttpResponse {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::from(json!({ "Response": answer }).to_string()),
        })
    }
}

/// A refusal with `code`.
pub(crate) fn refused(code: &str) -> Value {
    json!({ "Error": { "Code": code, "Message": "no" }, "RequestId": "r-1" })
}
