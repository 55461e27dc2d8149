//! What the duties that change something need, and how it is found missing.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use base::ManualClock;
use bytes::Bytes;
use cloud::{Access as _, ErrorKind, Requirement};
use cloud_tencent::Tencent;
use model::Kind;
use net::{HeaderMap, HttpRequest, HttpResponse, NetError, StatusCode, Transport};
use serde_json::json;

use crate::far::refused;
use crate::stand::{caller, fixed, key, now, settings};

const CHANGES: [&str; 8] = [
    Kind::IMAGE_USE,
    Kind::PROTECTION,
    Kind::ALARM,
    Kind::ALARM_TARGET,
    Kind::TRAFFIC,
    Kind::BACKUPS_WRITE,
    Kind::ALARMS_WRITE,
    Kind::ORPHANS_WRITE,
];

/// Nothing tells before whether these may be: they would make something, or need something real.
const UNTRIED: [&str; 3] = [
    "cam:PassRole",
    "monitor:CreateAlarmPolicy",
    "monitor:BindingPolicyObject",
];

/// A gatekeeper that lets all pass but one action, and finds nothing.
#[derive(Debug, Default)]
struct Gate {
    denied: Option<String>,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Transport for Gate {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NetError> {
        let action = request.headers["x-tc-action"].to_str().unwrap().to_owned();
        let answer = if self.denied.as_ref() == Some(&action) {
            refused("UnauthorizedOperation")
        } else if action.starts_with("Describe") {
            json!({ "RequestId": "r" })
        } else {
            refused("ResourceNotFound")
        };
        self.asked.lock().unwrap().push(action);
        Ok(HttpResponse {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::from(json!({ "Response": answer }).to_string()),
        })
    }
}

fn gate(denied: Option<&str>) -> (Arc<Gate>, Tencent) {
    let gate = Arc::new(Gate {
        denied: denied.map(str::to_owned),
        ..Gate::default()
    });
    let caller = caller(gate.clone(), &ManualClock::hurrying(now()));
    (gate, Tencent::new(settings(fixed(&key()), &[]), caller))
}

fn requirements() -> Vec<Requirement> {
    let (_gate, tencent) = gate(None);
    let all = tencent.requirements().iter();
    let changes: Vec<Requirement> = all
        .filter(|it| CHANGES.contains(&it.kind))
        .cloned()
        .collect();
    assert_eq!(changes.len(), CHANGES.len());
    changes
}

#[tokio::test]
async fn every_check_finds_its_own_missing_right() {
    for requirement in requirements() {
        let (_gate, tencent) = gate(None);
        tencent.check(&requirement).await.unwrap();
        for permission in requirement.permissions {
            if UNTRIED.contains(permission) {
                continue;
            }
            let (_, action) = permission.split_once(':').unwrap();
            let (_gate, tencent) = gate(Some(action));
            let error = tencent.check(&requirement).await.unwrap_err();
            let named = Some((*permission).to_owned());
            assert_eq!(error.kind, ErrorKind::Denied { permission: named });
        }
    }
}

#[tokio::test]
async fn a_check_makes_nothing() {
    for requirement in requirements() {
        let (gate, tencent) = gate(None);
        tencent.check(&requirement).await.unwrap();
        let asked = gate.asked.lock().unwrap().clone();
        for untried in UNTRIED {
            let (_, action) = untried.split_once(':').unwrap();
            assert!(!asked.iter().any(|it| it == action), "{action}");
        }
    }
}
