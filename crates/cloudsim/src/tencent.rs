//! The wire door of the simulated Tencent Cloud: the gateway that official clients talk to.
//!
//! One address serves every service; the credential scope of the signature, the version and the action tell which
//! one is meant. A request goes through: known action → signature, date, token → region → quota → right →
//! parameters → the world → planted faults.
//!
//! Invariant: whatever a request says, the door answers as the cloud would (status 200 and one envelope), and never
//! panics.

pub mod arguments;
mod billing;
mod cam;
pub mod catalog;
mod cbs;
mod changing;
mod clb;
mod cvm;
mod domain;
mod effects;
pub mod estate;
mod monitor;
mod organization;
mod products;
mod quotas;
pub mod received;
mod region;
mod reply;
mod scaling;
pub mod signature;
mod ssl;
mod sts;
mod tag;
#[cfg(test)]
mod tests;
mod times;
mod tke;
mod vpc;
pub mod words;

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use self::arguments::Arguments;
use self::catalog::{ActionSpec, Asked, Paging, Reach, Style};
use self::received::Received;
use self::signature::{Claim, Proof};
use self::words::Trouble;
use crate::fault::{Effect, Target};
use crate::sim::Shared;
use crate::sim::due::Due;
use crate::sim::line::Cut;
use crate::stats::{CallRecord, Verdict};
use crate::world::caller::Caller;
use crate::world::cloud::Cloud;
use crate::world::sessions::HeldKey;

pub(crate) use self::quotas::Quotas;

/// How far the time of a signature may be off.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
/// The most the cloud takes in one request.
const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// Returns the door of the simulation that `shared` belongs to.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/_sim/actions", get(actions))
        .fallback(answer)
        .with_state(Door { shared })
}

/// The listening address of the simulated cloud.
#[derive(Debug, Clone)]
struct Door {
    shared: Arc<Shared>,
}

/// One call under way.
struct Call {
    received: Received,
    proof: Result<Proof, Trouble>,
    spec: Result<&'static ActionSpec, Trouble>,
    /// Whose key the request names, before anything of it is believed.
    held: Option<HeldKey>,
    name: String,
    page: Option<u64>,
    request_id: String,
    /// The server's clock, with a planted skew.
    wall: Timestamp,
}

impl Door {
    fn call(&self, received: Received) -> Call {
        let offered = self.shared.offer.tencent;
        let proof = signature::read(&received);
        let spec = match &proof {
            Ok(Proof::Signed(claim)) => catalog::find(
                offered,
                &claim.service,
                received.version(),
                received.action(),
            ),
            Ok(Proof::Skipped) => {
                catalog::find_unsigned(offered, received.version(), received.action())
                    .ok_or_else(|| words::bad_authorization("this action has to be signed"))
            }
            Err(trouble) => Err(trouble.clone()),
        };
        let held = match &proof {
            Ok(Proof::Signed(claim)) => self.holder(claim),
            _ => None,
        };
        let known = spec.as_ref().ok();
        Call {
            name: known.map_or_else(|| received.action().to_owned(), |it| it.full_name()),
            page: known.and_then(|it| it.page(&received)),
            request_id: reply::request_id(&*self.shared.chance),
            wall: self.shared.clock.now(),
            received,
            proof,
            spec,
            held,
        }
    }

    /// Returns who holds the key of `claim`; the keys of other clouds are not known here.
    fn holder(&self, claim: &Claim) -> Option<HeldKey> {
        let held = self.shared.world.holder(&claim.secret_id)?;
        (held.caller.cloud == Cloud::Tencent).then_some(held)
    }

    /// Returns the caller once key, time, signature and token are in order.
    fn authenticate(call: &Call, claim: &Claim) -> Result<Caller, Trouble> {
        let held = call.held.as_ref().filter(|it| !it.key.disabled);
        let held = held.ok_or_else(words::unknown_key)?;
        if claim.signed_at.duration_since(call.wall).abs() > TOLERANCE {
            return Err(words::stale());
        }
        if !claim.is_signed_with(&held.key.secret) {
            return Err(words::wrong_signature());
        }
        match (&held.session, &claim.token) {
            (None, None) => Ok(held.caller.clone()),
            (Some((token, ends)), Some(brought)) if token == brought && *ends > call.wall => {
                Ok(held.caller.clone())
            }
            // Without its token, a key of a session is not known at all.
            (Some(_), None) => Err(words::unknown_key()),
            _ => Err(words::expired_token()),
        }
    }

    /// Serves one call as the cloud would on a good day; `Ok` is what comes into the envelope.
    fn judge(&self, call: &Call) -> Result<Vec<u8>, Trouble> {
        let received = &call.received;
        let spec = call.spec.clone()?;
        if !["GET", "POST"].contains(&received.method.as_str()) || received.path != "/" {
            return Err(Trouble::new(
                "UnsupportedProtocol",
                "http(s)请求协议错误，只支持 GET 和 POST 请求。",
                "HTTP(S) request protocol error; only GET and POST requests are supported.",
            ));
        }
        let proof = call.proof.clone()?;
        let caller = match (&proof, spec.style) {
            (Proof::Signed(claim), _) => Some(Self::authenticate(call, claim)?),
            (Proof::Skipped, Style::Unsigned) => None,
            (Proof::Skipped, _) => {
                return Err(words::bad_authorization("this action has to be signed"));
            }
        };
        let region = received.region();
        if spec.reach == Reach::Region {
            if region.is_empty() {
                return Err(words::missing("X-TC-Region"));
            }
            if !Cloud::Tencent.regions().iter().any(|it| it.0 == region) {
                return Err(words::unsupported_region(region));
            }
        }
        if let Some(caller) = &caller {
            let at = self.shared.clock.monotonic();
            self.shared
                .tencent_quotas
                .take(caller.uid, region, spec, at)?;
            if spec.style == Style::Signed && !caller.rights.allow(&spec.right()) {
                return Err(words::denied(&spec.right(), &call.request_id));
            }
        }
        (spec.serve)(&Asked {
            world: &self.shared.world,
            chance: &*self.shared.chance,
            caller: caller.as_ref(),
            arguments: &Arguments::check(spec, received)?,
            region,
            language: received.language(),
            wall: call.wall,
        })
    }
}

/// Answers one request, or gives up on it when the simulation ends.
async fn answer(
    State(door): State<Door>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> Response {
    let mut stop = door.shared.stop.clone();
    tokio::select! {
        response = serve(&door, &cut, request) => response,
        _ = stop.changed() => reply::page_of_html(503),
    }
}

async fn serve(door: &Door, cut: &Cut, request: Request) -> Response {
    let _under_way = door.shared.counters.begin();
    let due = door.shared.due();
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return reply::page_of_html(413);
    };
    let (path, query) = (head.uri.path(), head.uri.query().unwrap_or_default());
    let received = Received::new(
        head.method.as_str(),
        path,
        query,
        head.headers,
        body.to_vec(),
    );
    let mut call = door.call(received);
    let target = Target {
        uid: call.held.as_ref().map(|it| it.caller.uid),
        action: &call.name,
        region: call.received.region(),
        page: call.page,
    };
    let said = String::from_utf8_lossy(&call.received.body);
    let effects = door.shared.faults.strike_saying(target, &said);
    drop(said);
    for effect in &effects {
        if let Effect::ClockSkew { seconds } = effect {
            let skewed = call
                .wall
                .saturating_add(SignedDuration::from_secs(*seconds));
            call.wall = skewed.unwrap_or(call.wall);
        }
    }
    let (outcome, verdict, response) = respond(door, cut, &call, &effects, due).await;
    let record = CallRecord {
        uid: call.held.map(|it| it.caller.uid),
        region: call.received.region().to_owned(),
        action: call.name,
        page: call.page,
        outcome,
    };
    door.shared.counters.finish(record, verdict);
    let Some(response) = response else {
        return std::future::pending().await;
    };
    times::dated(response, call.wall)
}

/// Returns what is written down about the call, and its answer; `None` never answers.
async fn respond(
    door: &Door,
    cut: &Cut,
    call: &Call,
    effects: &[Effect],
    mut due: Due,
) -> (String, Verdict, Option<Response>) {
    let faulted =
        |effect: &Effect, response| (effect.name().to_owned(), Verdict::Faulted, response);
    for effect in effects {
        match effect {
            Effect::Timeout => return faulted(effect, None),
            Effect::Slow { milliseconds } => {
                let time = Duration::from_millis(*milliseconds);
                due.hold(time, &*door.shared.clock).await;
            }
            _ => {
                if let Some(response) = effects::instead(effect) {
                    due.wait(&*door.shared.clock).await;
                    return faulted(effect, Some(response));
                }
            }
        }
    }
    let planted = call.spec.as_ref().ok().and_then(|spec| {
        let mut refusals = effects.iter();
        refusals.find_map(|it| effects::refusal(it, spec, &call.request_id))
    });
    let outcome = match planted {
        Some(refusal) => Err(refusal),
        None => door.judge(call).map_err(|trouble| (200, trouble)),
    };
    let (word, verdict, response) = match outcome {
        Err((status, trouble)) => {
            let language = call.received.language();
            let body = reply::refused(&trouble, language, &call.request_id);
            let response = reply::with_type(status, reply::JSON, body);
            (trouble.code.clone(), verdict_of(&trouble), response)
        }
        Ok(body) => {
            let body = match &call.spec {
                Ok(spec) => effects::reshape(body, effects, spec),
                Err(_) => body,
            };
            let body = reply::enveloped(&body, &call.request_id);
            ("OK".to_owned(), Verdict::Served, reply::written(body))
        }
    };
    due.wait(&*door.shared.clock).await;
    for effect in effects {
        match effect {
            Effect::LostAnswer => {
                cut.now();
                return faulted(effect, Some(response));
            }
            Effect::HalfPage => return faulted(effect, Some(effects::halved(response).await)),
            _ => {}
        }
    }
    match effects.first() {
        Some(effect) if verdict == Verdict::Served => faulted(effect, Some(response)),
        _ => (word, verdict, Some(response)),
    }
}

/// Returns how a refused call is counted.
fn verdict_of(trouble: &Trouble) -> Verdict {
    match trouble.code.as_str() {
        code if code.starts_with("RequestLimitExceeded") => Verdict::Throttled,
        "LimitExceeded.ActionLimited" => Verdict::Throttled,
        "AuthFailure.UnauthorizedOperation" | "UnauthorizedOperation" => Verdict::Denied,
        code if code.starts_with("AuthFailure.") => Verdict::Unauthorized,
        _ => Verdict::Refused,
    }
}

/// Tells the operator what is served.
async fn actions(State(door): State<Door>) -> Json<Value> {
    let actions = door.shared.offer.tencent.actions().map(|it| {
        let needs = it.parameters.iter().filter(|it| it.is_needed());
        let limit = it
            .parameters
            .iter()
            .find(|it| ["Limit", "MaxResults", "PageSize"].contains(&it.name()));
        json!({
            "service": it.service, "version": it.version, "action": it.name, "right": it.right(),
            "signed": it.style != Style::Unsigned,
            "regional": it.reach == Reach::Region,
            "rows": it.listing.map(|it| it.rows), "total": it.listing.map(|it| it.total),
            "pages": it.listing.is_some_and(|it| it.paging != Paging::None),
            "largest": limit.and_then(|it| it.largest()),
            "needs": needs.map(|it| it.name()).collect::<Vec<_>>(),
        })
    });
    Json(Value::Array(actions.collect()))
}
