//! The HTTP door of the metadata service.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use base::hex;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;

use super::{Access, Health, MAX_REQUESTS, MAX_TOKENS, Session, Shared, seconds};

const TOKEN: &str = "x-aliyun-ecs-metadata-token";
const TOKEN_TTL: &str = "x-aliyun-ecs-metadata-token-ttl-seconds";
/// The longest life of a token, in seconds: six hours.
const MAX_TTL: u64 = 21_600;
const ROLES: &str = "/latest/meta-data/ram/security-credentials/";
/// Where a machine of Tencent Cloud finds the same, in other words.
const CAM_ROLES: &str = "/latest/meta-data/cam/security-credentials/";

pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut closing = shared.closing.clone();
    let router = Router::new().fallback(answer).with_state(shared);
    let closed = async move {
        // An error means that the handle is gone, which closes the door as well.
        let _was_told = closing.wait_for(|it| *it).await;
    };
    if let Err(error) = axum::serve(listener, router)
        .with_graceful_shutdown(closed)
        .await
    {
        tracing::error!("the simulated metadata service stopped: {error}");
    }
}

type Answer = (StatusCode, &'static str, String);

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (status, content_type, body) = match look(&shared, &request) {
        Some(answer) => answer,
        None => {
            let mut closing = shared.closing.clone();
            let _was_told = closing.wait_for(|it| *it).await;
            not_found()
        }
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static(content_type);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    response
}

/// Returns the answer, or `None` when there shall be none.
fn look(shared: &Shared, request: &Request) -> Option<Answer> {
    let path = request.uri().path();
    let headers = request.headers();
    note(shared, request.method(), path, headers);
    let (health, access) = {
        let state = shared.lock();
        (state.health, state.access)
    };
    match health {
        Health::Hanging => return None,
        Health::Failing(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return Some(page(status));
        }
        Health::Well => {}
    }
    if path == "/credentials-uri" {
        // No part of the metadata service: the container's side of ALIBABA_CLOUD_CREDENTIALS_URI.
        return Some(session(shared).map_or_else(not_found, |it| credentials(shared, &it)));
    }
    if path == "/latest/api/token" {
        return Some(match (request.method() == Method::PUT, access) {
            (_, Access::TokenlessOnly) => not_found(),
            (true, _) => mint(shared, headers),
            (false, _) => page(StatusCode::METHOD_NOT_ALLOWED),
        });
    }
    if request.method() != Method::GET {
        return Some(page(StatusCode::METHOD_NOT_ALLOWED));
    }
    Some(match admit(shared, headers, access) {
        Ok(()) => find(shared, path),
        Err(status) => page(status),
    })
}

fn note(shared: &Shared, method: &Method, path: &str, headers: &HeaderMap) {
    let with = if headers.contains_key(TOKEN) {
        " with token"
    } else {
        ""
    };
    let mut state = shared.lock();
    if state.requests.len() == MAX_REQUESTS {
        state.requests.pop_front();
    }
    state.requests.push_back(format!("{method} {path}{with}"));
}

/// Mints a token for as long as the header says; proxies get none.
fn mint(shared: &Shared, headers: &HeaderMap) -> Answer {
    if headers.contains_key("x-forwarded-for") {
        return page(StatusCode::FORBIDDEN);
    }
    let ttl = headers
        .get(TOKEN_TTL)
        .and_then(|it| it.to_str().ok()?.trim().parse::<u64>().ok());
    let Some(ttl) = ttl.filter(|it| (1..=MAX_TTL).contains(it)) else {
        return page(StatusCode::BAD_REQUEST);
    };
    let until = shared.clock.monotonic() + Duration::from_secs(ttl);
    let mut state = shared.lock();
    state.minted += 1;
    let token = hex::encode(&Sha256::digest(format!("token {}", state.minted)));
    if state.tokens.len() == MAX_TOKENS {
        state.tokens.pop_front();
    }
    state.tokens.push_back((token.clone(), until));
    (StatusCode::OK, "text/plain", token)
}

fn admit(shared: &Shared, headers: &HeaderMap, access: Access) -> Result<(), StatusCode> {
    let Some(token) = headers
        .get(TOKEN)
        .filter(|_| access != Access::TokenlessOnly)
    else {
        let is_refused = access == Access::TokenOnly;
        return if is_refused {
            Err(StatusCode::FORBIDDEN)
        } else {
            Ok(())
        };
    };
    let now = shared.clock.monotonic();
    let state = shared.lock();
    let is_known = state
        .tokens
        .iter()
        .any(|(it, until)| token == it.as_str() && now < *until);
    if is_known {
        Ok(())
    } else {
        Err(StatusCode::UNAUTHORIZED)
    }
}

fn find(shared: &Shared, path: &str) -> Answer {
    if let Some(role) = path.strip_prefix(ROLES) {
        return role_of(shared, role, |it| credentials(shared, it));
    }
    if let Some(role) = path.strip_prefix(CAM_ROLES) {
        return role_of(shared, role, cam_credentials);
    }
    let value = shared
        .lock()
        .values
        .get(path.trim_end_matches('/'))
        .cloned();
    value.map_or_else(not_found, |it| (StatusCode::OK, "text/plain", it))
}

/// Returns the name of the role for an empty `asked`, and the session of the role called `asked`.
fn role_of(shared: &Shared, asked: &str, show: impl FnOnce(&Session) -> Answer) -> Answer {
    let name = shared.lock().role.as_ref().map(|it| it.0.clone());
    match name {
        Some(name) if asked.is_empty() => (StatusCode::OK, "text/plain", name),
        Some(name) if asked == name => session(shared).map_or_else(not_found, |it| show(&it)),
        _ => not_found(),
    }
}

/// Asks the source outside of the lock: it may look at a world that is being changed.
fn session(shared: &Shared) -> Option<Session> {
    let source = shared.lock().role.as_ref().map(|it| Arc::clone(&it.1))?;
    Some(source(shared.clock.now()))
}

fn credentials(shared: &Shared, session: &Session) -> Answer {
    let body = json!({
        "AccessKeyId": session.access_key_id,
        "AccessKeySecret": session.access_key_secret,
        "Expiration": seconds(session.expiration),
        "SecurityToken": session.security_token,
        "LastUpdated": seconds(shared.clock.now()),
        "Code": "Success",
    });
    (StatusCode::OK, "application/json", body.to_string())
}

fn cam_credentials(session: &Session) -> Answer {
    let body = json!({
        "TmpSecretId": session.access_key_id,
        "TmpSecretKey": session.access_key_secret,
        "ExpiredTime": session.expiration.as_second(),
        "Expiration": seconds(session.expiration),
        "Token": session.security_token,
        "Code": "Success",
    });
    (StatusCode::OK, "application/json", body.to_string())
}

fn not_found() -> Answer {
    page(StatusCode::NOT_FOUND)
}

fn page(status: StatusCode) -> Answer {
    let title = status.to_string();
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<html>\n <head>\n  <title>{title}</title>\n \
         </head>\n <body>\n  <h1>{title}</h1>\n </body>\n</html>\n"
    );
    (status, "text/html", body)
}
