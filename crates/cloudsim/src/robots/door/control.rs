//! The control door `/_sim/robots`, for tests in other processes.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Reply;
use crate::robots::fault::{Fault, Times};
use crate::robots::state::{Kind, Security, Shared, Wording};

/// The body of `POST /_sim/robots`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRobot {
    kind: Kind,
    name: String,
    secret: Option<String>,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    wording: Wording,
}

/// The query of the routes that are about one robot.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    robot: String,
}

/// The body of `POST /_sim/robots/faults`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewFault {
    robot: String,
    fault: FaultBody,
    /// How many requests; once when left out.
    times: Option<u32>,
    /// Strike until the faults are taken back, whatever `times` says.
    #[serde(default)]
    forever: bool,
    /// How many requests pass before the first one is struck.
    #[serde(default)]
    after: u32,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum FaultBody {
    Code { code: i64, message: String },
    Html,
    Status { status: u16 },
    RateLimit,
    Redirect { location: String },
    Slow { milliseconds: u64 },
    Silent,
    SilentAfterDelivery,
    Reset,
    ResetAfterDelivery,
}

impl From<FaultBody> for Fault {
    fn from(body: FaultBody) -> Self {
        match body {
            FaultBody::Code { code, message } => Self::Code { code, message },
            FaultBody::Html => Self::Html,
            FaultBody::Status { status } => Self::Status(status),
            FaultBody::RateLimit => Self::RateLimit,
            FaultBody::Redirect { location } => Self::Redirect(location),
            FaultBody::Slow { milliseconds } => Self::Slow(Duration::from_millis(milliseconds)),
            FaultBody::Silent => Self::Silent,
            FaultBody::SilentAfterDelivery => Self::SilentAfterDelivery,
            FaultBody::Reset => Self::Reset,
            FaultBody::ResetAfterDelivery => Self::ResetAfterDelivery,
        }
    }
}

/// `GET /_sim/robots`: name, kind and address of every robot.
pub(super) async fn list(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let one = |(name, kind, url)| json!({ "name": name, "kind": kind, "url": url });
    Json(shared.roll().into_iter().map(one).collect())
}

/// `POST /_sim/robots`: adds or replaces a robot.
pub(super) async fn add(
    State(shared): State<Arc<Shared>>,
    Json(new): Json<NewRobot>,
) -> Json<Value> {
    let security = Security {
        secret: new.secret,
        keywords: new.keywords,
        allowed: None,
    };
    let url = shared.add(new.kind, &new.name, security);
    shared.with(&new.name, |robot| robot.wording = new.wording);
    Json(json!({ "name": new.name, "kind": new.kind, "url": url }))
}

/// `GET /_sim/robots/messages?robot=NAME`: what one robot accepted and refused.
pub(super) async fn messages(
    State(shared): State<Arc<Shared>>,
    Query(which): Query<Which>,
) -> Response {
    let found = shared.with(&which.robot, |robot| {
        json!({
            "calls": robot.calls,
            "messages": robot.messages,
            "refusals": robot.refusals,
        })
    });
    answer(&which.robot, found)
}

/// `POST /_sim/robots/faults`: arms a fault.
pub(super) async fn arm(State(shared): State<Arc<Shared>>, Json(new): Json<NewFault>) -> Response {
    let times = match (new.forever, new.times) {
        (true, _) => Times::Forever,
        (false, None) => Times::Once,
        (false, Some(times)) => Times::Next(times),
    };
    let fault = Fault::from(new.fault);
    let armed = shared.with(&new.robot, |robot| {
        robot.faults.arm(new.after, fault, times);
    });
    answer(&new.robot, armed.map(|()| json!({ "armed": true })))
}

/// `DELETE /_sim/robots/faults?robot=NAME`: takes all faults of one robot back.
pub(super) async fn heal(
    State(shared): State<Arc<Shared>>,
    Query(which): Query<Which>,
) -> Response {
    let healed = shared.with(&which.robot, |robot| robot.faults.clear());
    answer(&which.robot, healed.map(|()| json!({ "armed": false })))
}

fn answer(robot: &str, found: Option<Value>) -> Response {
    let reply = match found {
        Some(value) => Reply::envelope(0, "ok", &value),
        None => {
            let known = "; GET /_sim/robots lists the robots";
            let text = format!("there is no robot called {robot}{known}");
            Reply::plain(StatusCode::NOT_FOUND, &text)
        }
    };
    reply.into_response()
}
