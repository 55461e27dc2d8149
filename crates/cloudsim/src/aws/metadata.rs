//! The metadata service of an EC2 machine (IMDSv2), and the credentials endpoint of containers.
//!
//! Speaks what a machine finds at `http://169.254.169.254`: a token by `PUT`, then role and session with it. Beside
//! it, under `/v2/credentials/…`, what `AWS_CONTAINER_CREDENTIALS_FULL_URI` leads to.
//!
//! Invariant: without its token nothing is told, as on machines that are set to `HttpTokens=required`.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State as Shown};
use axum::response::Response;
use base::{Clock, Tasks};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::sync::watch;
use url::Url;

use crate::metadata::{Health, Session, SessionSource};

const TOKEN: &str = "x-aws-ec2-metadata-token";
const TOKEN_TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";
/// The longest life of a token, in seconds: six hours.
const MAX_TTL: u64 = 21_600;
const ROLES: &str = "/latest/meta-data/iam/security-credentials/";
const CONTAINER: &str = "/v2/credentials/3d1b6a2e";
/// What a container has to say in `Authorization`, where it says anything.
const CONTAINER_TOKEN: &str = "simulated-container-token";
/// How many requests are remembered, and how many tokens live at once.
const MOST: usize = 1024;

/// The running service; dropping it closes the door.
#[derive(Debug)]
pub struct MachineMetadata {
    shared: Arc<Shared>,
    base: Url,
    closing: watch::Sender<bool>,
    tasks: Tasks,
}

struct Shared {
    clock: Arc<dyn Clock>,
    closing: watch::Receiver<bool>,
    state: Mutex<State>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

struct State {
    role: Option<(String, SessionSource)>,
    health: Health,
    values: BTreeMap<String, String>,
    /// Tokens and when they end, on the clock's monotonic hand, oldest first.
    tokens: VecDeque<(String, Duration)>,
    minted: u64,
    requests: VecDeque<String>,
}

impl MachineMetadata {
    /// Starts the service on a free port of loopback, for a machine without a role.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(clock: Arc<dyn Clock>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let base = Url::parse(&format!("http://{address}/")).map_err(io::Error::other)?;
        let (closing, closed) = watch::channel(false);
        let values = [
            ("/latest/meta-data/instance-id", "i-0123456789abcdef0"),
            ("/latest/meta-data/placement/region", "us-east-1"),
            (
                "/latest/meta-data/placement/availability-zone",
                "us-east-1a",
            ),
        ];
        let state = State {
            role: None,
            health: Health::Well,
            values: values.map(|it| (it.0.to_owned(), it.1.to_owned())).into(),
            tokens: VecDeque::new(),
            minted: 0,
            requests: VecDeque::new(),
        };
        let shared = Arc::new(Shared {
            clock,
            closing: closed,
            state: Mutex::new(state),
        });
        let mut tasks = Tasks::new();
        tasks.start(serve(listener, Arc::clone(&shared)));
        Ok(Self {
            shared,
            base,
            closing,
            tasks,
        })
    }

    /// Returns the address that stands for `http://169.254.169.254/`.
    #[must_use]
    pub fn url(&self) -> Url {
        self.base.clone()
    }

    /// Returns an address for `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
    #[must_use]
    pub fn container_uri(&self) -> Url {
        let mut url = self.base.clone();
        url.set_path(CONTAINER);
        url
    }

    /// Returns what goes into `AWS_CONTAINER_AUTHORIZATION_TOKEN`.
    #[must_use]
    pub fn container_token(&self) -> &'static str {
        CONTAINER_TOKEN
    }

    /// Gives the machine a role, whose sessions come from `source`.
    pub fn give_role(&self, name: &str, source: SessionSource) {
        self.shared.lock().role = Some((name.to_owned(), source));
    }

    /// Takes the role away: listing the roles is a 404 then.
    pub fn take_role(&self) {
        self.shared.lock().role = None;
    }

    /// Sets how the service feels.
    pub fn set_health(&self, health: Health) {
        self.shared.lock().health = health;
    }

    /// Sets what is found under `path`, which starts with `/latest/`.
    pub fn set(&self, path: &str, value: &str) {
        self.shared
            .lock()
            .values
            .insert(path.to_owned(), value.to_owned());
    }

    /// Lets every token end now.
    pub fn forget_tokens(&self) {
        self.shared.lock().tokens.clear();
    }

    /// Returns the requests so far, oldest first: `PUT /latest/api/token`, `GET /… with token`.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.shared.lock().requests.iter().cloned().collect()
    }

    /// Closes the door and waits for the requests under way, hanging ones cut short.
    pub async fn stop(mut self) {
        self.closing.send_replace(true);
        while self.tasks.next().await.is_some() {}
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the source outside of the lock: it may look at a world that is being changed.
    fn session(&self) -> Option<Session> {
        let source = self.lock().role.as_ref().map(|it| Arc::clone(&it.1))?;
        Some(source(self.clock.now()))
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut closing = shared.closing.clone();
    let router = Router::new().fallback(answer).with_state(shared);
    let closed = async move {
        // An error means that the handle is gone, which closes the door as well.
        let _was_told = closing.wait_for(|it| *it).await;
    };
    let server = axum::serve(listener, router).with_graceful_shutdown(closed);
    if let Err(error) = server.await {
        tracing::error!("the simulated machine's metadata service stopped: {error}");
    }
}

type Answer = (StatusCode, &'static str, String);

async fn answer(Shown(shared): Shown<Arc<Shared>>, request: Request) -> Response {
    let (status, content_type, body) = match look(&shared, &request) {
        Some(answer) => answer,
        None => {
            let mut closing = shared.closing.clone();
            let _was_told = closing.wait_for(|it| *it).await;
            page(StatusCode::NOT_FOUND)
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
    let (path, headers) = (request.uri().path(), request.headers());
    let health = {
        let with = if headers.contains_key(TOKEN) {
            " with token"
        } else {
            ""
        };
        let mut state = shared.lock();
        if state.requests.len() == MOST {
            state.requests.pop_front();
        }
        state
            .requests
            .push_back(format!("{} {path}{with}", request.method()));
        state.health
    };
    match health {
        Health::Hanging => return None,
        Health::Failing(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return Some(page(status));
        }
        Health::Well => {}
    }
    Some(match (request.method(), path) {
        (&Method::PUT, "/latest/api/token") => mint(shared, headers),
        (&Method::GET, CONTAINER) => container(shared, headers),
        (&Method::GET, _) if !is_admitted(shared, headers) => page(StatusCode::UNAUTHORIZED),
        (&Method::GET, _) => find(shared, path),
        _ => page(StatusCode::METHOD_NOT_ALLOWED),
    })
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
    let token = base::hex::encode(&Sha256::digest(format!("machine {}", state.minted)));
    if state.tokens.len() == MOST {
        state.tokens.pop_front();
    }
    state.tokens.push_back((token.clone(), until));
    (StatusCode::OK, "text/plain", token)
}

fn is_admitted(shared: &Shared, headers: &HeaderMap) -> bool {
    let now = shared.clock.monotonic();
    let state = shared.lock();
    headers.get(TOKEN).is_some_and(|token| {
        let mut living = state.tokens.iter().filter(|(_, until)| now < *until);
        living.any(|(it, _)| token == it.as_str())
    })
}

fn find(shared: &Shared, path: &str) -> Answer {
    if let Some(role) = path.strip_prefix(ROLES) {
        let name = shared.lock().role.as_ref().map(|it| it.0.clone());
        return match (name, shared.session()) {
            (Some(name), _) if role.is_empty() => (StatusCode::OK, "text/plain", name),
            (Some(name), Some(session)) if role == name => machine(shared, &session),
            _ => page(StatusCode::NOT_FOUND),
        };
    }
    let value = shared
        .lock()
        .values
        .get(path.trim_end_matches('/'))
        .cloned();
    value.map_or_else(
        || page(StatusCode::NOT_FOUND),
        |it| (StatusCode::OK, "text/plain", it),
    )
}

fn instant(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn keys(session: &Session) -> Value {
    json!({
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.access_key_secret,
        "Token": session.security_token,
        "Expiration": instant(session.expiration),
    })
}

fn machine(shared: &Shared, session: &Session) -> Answer {
    let mut body = keys(session);
    body["Code"] = json!("Success");
    body["Type"] = json!("AWS-HMAC");
    body["LastUpdated"] = json!(instant(shared.clock.now()));
    (StatusCode::OK, "text/plain", body.to_string())
}

/// Returns the keys of a container; who brings another token than the container's own gets none.
fn container(shared: &Shared, headers: &HeaderMap) -> Answer {
    if headers
        .get(header::AUTHORIZATION)
        .is_none_or(|it| it != CONTAINER_TOKEN)
    {
        return (
            StatusCode::UNAUTHORIZED,
            "application/json",
            json!({"code": "AccessDenied", "message": "the token is not this container's"})
                .to_string(),
        );
    }
    match shared.session() {
        Some(session) => (
            StatusCode::OK,
            "application/json",
            keys(&session).to_string(),
        ),
        None => page(StatusCode::NOT_FOUND),
    }
}

fn page(status: StatusCode) -> Answer {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>\n"
    );
    (status, "text/html", body)
}

#[cfg(test)]
mod tests;
