//! The HTTP door: finds the robot, lets its fault strike, asks the vendor's rules, answers.

mod control;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use tokio::net::TcpListener;

use super::fault::Fault;
use super::line::{Line, Lines};
use super::record::{Answer, Reading, Refusal};
use super::state::{Kind, Moment, Robot, Shared};
use super::{dingtalk, feishu, slack, webhook, wecom};

/// Longer bodies are not even read; far above every vendor's limit.
const MAX_BODY: usize = 4 << 20;

/// Serves the robots until the handle is dropped or stopped.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut closing = shared.closing.clone();
    let router = Router::new()
        .route("/robot/send", post(knock))
        .route("/open-apis/bot/v2/hook/{token}", post(knock))
        // One popular client adds a slash, and is understood.
        .route("/open-apis/bot/v2/hook/{token}/", post(knock))
        .route("/cgi-bin/webhook/send", post(knock))
        .route("/services/{*token}", post(knock))
        .route("/hook/{name}", post(knock))
        .route("/_sim/robots", get(control::list).post(control::add))
        .route("/_sim/robots/messages", get(control::messages))
        .route(
            "/_sim/robots/faults",
            post(control::arm).delete(control::heal),
        )
        .with_state(shared);
    let closed = async move {
        // An error means that the handle is gone, which closes the door as well.
        let _was_told = closing.wait_for(|it| *it).await;
    };
    let service = router.into_make_service_with_connect_info::<Line>();
    if let Err(error) = axum::serve(Lines(listener), service)
        .with_graceful_shutdown(closed)
        .await
    {
        tracing::error!("the simulated robots stopped: {error}");
    }
}

/// A request to a robot, as its rules look at it.
pub(super) struct Letter<'a> {
    pub(super) uri: &'a Uri,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a Bytes,
    pub(super) line: &'a Line,
}

impl Letter<'_> {
    /// Returns the media type without parameters, in lower case.
    pub(super) fn media_type(&self) -> String {
        let value = self
            .headers
            .get(header::CONTENT_TYPE)
            .and_then(|it| it.to_str().ok());
        value
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase()
    }

    /// Returns a header as text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What the vendor's rules say of a request.
pub(super) enum Verdict {
    /// Record and say so.
    Accept(Box<Reading>),
    /// The same message again: say so, do not record.
    Known,
    /// Refuse.
    Refuse(Reply),
}

/// An answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) content_type: &'static str,
    pub(super) headers: Vec<(HeaderName, String)>,
    pub(super) body: String,
    /// The vendor's code, for the record.
    pub(super) code: String,
    /// The vendor's text, for the record.
    pub(super) reason: String,
}

impl Reply {
    /// Returns a JSON answer with HTTP 200, which is how the three Chinese vendors refuse.
    pub(super) fn envelope(code: i64, reason: &str, body: &serde_json::Value) -> Self {
        Self {
            status: StatusCode::OK,
            content_type: "application/json;charset=utf-8",
            headers: Vec::new(),
            body: body.to_string(),
            code: code.to_string(),
            reason: reason.to_owned(),
        }
    }

    /// Returns a plain-text answer.
    pub(super) fn plain(status: StatusCode, body: &str) -> Self {
        Self {
            status,
            content_type: "text/plain;charset=utf-8",
            headers: Vec::new(),
            body: body.to_owned(),
            code: status.as_u16().to_string(),
            reason: body.to_owned(),
        }
    }

    /// Returns a gateway's HTML page.
    pub(super) fn html(status: StatusCode, title: &str) -> Self {
        let page = format!(
            "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1>\
             </center>\r\n<hr><center>Tengine</center>\r\n</body>\r\n</html>\r\n"
        );
        let plain = Self::plain(status, &page);
        Self {
            content_type: "text/html",
            reason: title.to_owned(),
            ..plain
        }
    }

    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(self.content_type),
        );
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        response
    }
}

/// What the door does once the rules have spoken.
enum Course {
    Reply(Reply),
    Late(std::time::Duration, Reply),
    Silence,
    Cut,
}

async fn knock(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        let reply = Reply::html(
            StatusCode::PAYLOAD_TOO_LARGE,
            "413 Request Entity Too Large",
        );
        return reply.into_response();
    };
    let Some((kind, token)) = Kind::of(&parts.uri) else {
        return Reply::html(StatusCode::NOT_FOUND, "404 Not Found").into_response();
    };
    let letter = Letter {
        uri: &parts.uri,
        headers: &parts.headers,
        body: &body,
        line: &line,
    };
    let moment = shared.moment();
    let course = shared.with_token(kind, &token, |robot| receive(robot, &letter, moment));
    shared.taken.notify_waiters();
    match course.unwrap_or_else(|| Course::Reply(unknown(kind, &token, &letter))) {
        Course::Reply(reply) => reply.into_response(),
        Course::Late(by, reply) => {
            shared.clock.sleep(by).await;
            reply.into_response()
        }
        Course::Silence => {
            // Ends with the peer's patience (the server drops this) or when the door is closed.
            let mut closing = shared.closing.clone();
            let _was_told = closing.wait_for(|it| *it).await;
            line.cut();
            Response::new(Body::empty())
        }
        Course::Cut => {
            line.cut();
            Response::new(Body::empty())
        }
    }
}

/// Takes one request: faults first, then the rules, then the record.
fn receive(robot: &mut Robot, letter: &Letter<'_>, now: Moment) -> Course {
    robot.calls += 1;
    let fault = robot.faults.strike();
    if let Some(course) = fault
        .as_ref()
        .and_then(|it| refuse_by_fault(robot, it, now))
    {
        if let Course::Reply(reply) = &course {
            note(robot, reply, letter, now);
        }
        return course;
    }
    let answer = match fault {
        Some(Fault::ResetAfterDelivery | Fault::SilentAfterDelivery) => Answer::Lost,
        _ => Answer::Given,
    };
    let reply = match judge(robot, letter, now) {
        Verdict::Refuse(reply) => {
            note(robot, &reply, letter, now);
            reply
        }
        Verdict::Known => success(robot.kind),
        Verdict::Accept(reading) => {
            let body = String::from_utf8_lossy(letter.body).into_owned();
            robot.keep(reading.into_message(now.wall, body, answer));
            success(robot.kind)
        }
    };
    match fault {
        Some(Fault::ResetAfterDelivery) => Course::Cut,
        Some(Fault::SilentAfterDelivery) => Course::Silence,
        Some(Fault::Slow(by)) => Course::Late(by, reply),
        _ => Course::Reply(reply),
    }
}

/// Returns the course of a fault that keeps the message from being delivered.
fn refuse_by_fault(robot: &mut Robot, fault: &Fault, now: Moment) -> Option<Course> {
    let reply = match fault {
        Fault::Code { code, message } => coded(robot.kind, *code, message),
        Fault::Html => Reply::html(StatusCode::OK, "Service Temporarily Unavailable"),
        Fault::Status(status) => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
            Reply::plain(status, "")
        }
        Fault::RateLimit => limit(robot, now),
        Fault::Redirect(location) => {
            let headers = vec![(header::LOCATION, location.clone())];
            Reply {
                headers,
                ..Reply::plain(StatusCode::TEMPORARY_REDIRECT, "")
            }
        }
        Fault::Silent => return Some(Course::Silence),
        Fault::Reset => return Some(Course::Cut),
        Fault::Slow(_) | Fault::SilentAfterDelivery | Fault::ResetAfterDelivery => return None,
    };
    Some(Course::Reply(reply))
}

fn note(robot: &mut Robot, reply: &Reply, letter: &Letter<'_>, now: Moment) {
    robot.keep_refusal(Refusal {
        at: now.wall,
        code: reply.code.clone(),
        reason: reply.reason.clone(),
        body_bytes: letter.body.len(),
    });
}

fn judge(robot: &mut Robot, letter: &Letter<'_>, now: Moment) -> Verdict {
    match robot.kind {
        Kind::DingTalk => dingtalk::judge(robot, letter, now),
        Kind::Feishu => feishu::judge(robot, letter, now),
        Kind::WeCom => wecom::judge(robot, letter, now),
        Kind::Slack => slack::judge(robot, letter, now),
        Kind::Webhook => webhook::judge(robot, letter, now),
    }
}

fn success(kind: Kind) -> Reply {
    match kind {
        Kind::DingTalk => dingtalk::coded(0, "ok"),
        Kind::Feishu => feishu::success(),
        Kind::WeCom => wecom::coded(0, "ok"),
        Kind::Slack => Reply::plain(StatusCode::OK, "ok"),
        Kind::Webhook => webhook::answered(StatusCode::OK, "accepted"),
    }
}

fn coded(kind: Kind, code: i64, message: &str) -> Reply {
    match kind {
        Kind::DingTalk => dingtalk::coded(code, message),
        Kind::Feishu => feishu::coded(code, message),
        Kind::WeCom => wecom::coded(code, message),
        Kind::Slack => Reply::plain(StatusCode::OK, message),
        Kind::Webhook => webhook::answered(StatusCode::OK, message),
    }
}

fn limit(robot: &mut Robot, now: Moment) -> Reply {
    match robot.kind {
        Kind::DingTalk => dingtalk::mute(robot, now),
        Kind::Feishu => feishu::limit(robot, now),
        Kind::WeCom => wecom::limit(robot, now),
        Kind::Slack => slack::limit(robot, now),
        Kind::Webhook => webhook::limit(),
    }
}

fn unknown(kind: Kind, token: &str, letter: &Letter<'_>) -> Reply {
    match kind {
        Kind::DingTalk if token.is_empty() => dingtalk::coded(40035, "缺少参数 access_token"),
        Kind::DingTalk => dingtalk::coded(300_005, "token is not exist"),
        Kind::Feishu => feishu::coded(
            19001,
            "param invalid: incoming webhook access token invalid",
        ),
        Kind::WeCom => wecom::refused(93000, "invalid webhook url", letter.line.peer),
        Kind::Slack => Reply::plain(StatusCode::NOT_FOUND, "no_service"),
        Kind::Webhook => webhook::answered(StatusCode::NOT_FOUND, "no such webhook"),
    }
}
