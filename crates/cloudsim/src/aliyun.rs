//! The wire door of the simulated Alibaba Cloud: the gateway that official clients talk to.
//!
//! One address serves every product; the version and the action tell which one is meant. A request goes
//! through: known action → signature, date, nonce, token → quota → parameters → the world → planted faults.
//!
//! Invariant: whatever a request says, the door answers as the cloud would, and never panics.

pub mod arguments;
mod bss;
mod cas;
pub mod catalog;
mod cms;
pub(crate) mod control;
mod cs;
mod domain;
mod ecs;
pub(crate) mod effects;
mod encoding;
mod ess;
pub(crate) mod nonces;
pub(crate) mod pages;
mod ram;
mod received;
mod reply;
mod resource_manager;
pub mod signature;
mod slb;
mod sts;
mod tokens;
mod vpc;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};

use self::arguments::Arguments;
use self::catalog::{ActionSpec, Asked, Style};
use self::received::Received;
use crate::fault::{Effect, Target};
use crate::sim::Shared;
use crate::sim::due::Due;
use crate::sim::line::Cut;
use crate::stats::{CallRecord, Verdict};
use crate::throttle::Full;
use crate::world::account::Site;
use crate::world::caller::Caller;
use crate::world::cloud::Cloud;
use crate::world::refusal::Refusal;
use crate::world::sessions::HeldKey;

/// How far a date may be off.
pub(crate) const DATE_TOLERANCE: SignedDuration = SignedDuration::from_mins(15);
/// More than any client of ours sends.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// One listening address of the simulated cloud.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    pub(crate) shared: Arc<Shared>,
    /// The commercial site whose hosts this address stands for; `None` stands for all of them.
    pub(crate) site: Option<Site>,
}

impl Door {
    pub(crate) fn router(self) -> Router {
        control::routes().fallback(answer).with_state(self)
    }

    /// Returns whose key the request names, before anything of it is believed.
    fn held_key(&self, received: &Received) -> Option<HeldKey> {
        let claim = signature::read(received).ok().flatten()?;
        self.holder(&claim.access_key_id)
    }

    /// Returns who holds the key, unless it is a key of another cloud, which nobody here knows.
    fn holder(&self, access_key_id: &str) -> Option<HeldKey> {
        let held = self.shared.world.holder(access_key_id)?;
        (held.caller.cloud == Cloud::Aliyun).then_some(held)
    }

    /// Returns the caller once signature, date, nonce and token are in order.
    fn authenticate(&self, received: &Received, wall: Timestamp) -> Result<Caller, Refusal> {
        let Some(claim) = signature::read(received)? else {
            return Err(Refusal::new(
                400,
                "MissingAccessKeyId",
                "AccessKeyId is mandatory for this action.",
            ));
        };
        let Some(held) = self.holder(&claim.access_key_id) else {
            return Err(Refusal::new(
                404,
                "InvalidAccessKeyId.NotFound",
                "Specified access key is not found.",
            ));
        };
        if held.key.disabled {
            return Err(Refusal::new(
                403,
                "InvalidAccessKeyId.Inactive",
                "Specified access key is disabled.",
            ));
        }
        if claim.date.duration_since(wall).abs() > DATE_TOLERANCE {
            return Err(Refusal::new(
                400,
                "InvalidTimeStamp.Expired",
                "Specified time stamp or date value is expired.",
            ));
        }
        if !claim.is_signed_with(&held.key.secret) {
            let text = "Specified signature is not matched with our calculation. server string to sign is:";
            return Err(Refusal::new(
                400,
                "SignatureDoesNotMatch",
                format!("{text}{}", claim.string_to_sign),
            ));
        }
        match (&held.session, &claim.security_token) {
            (None, None) => {}
            (Some((token, expires)), Some(brought)) if token == brought => {
                if *expires <= wall {
                    return Err(expired_token());
                }
            }
            (Some(_), None) => {
                return Err(Refusal::new(
                    400,
                    "MissingSecurityToken",
                    "SecurityToken is mandatory for this action.",
                ));
            }
            _ => {
                let text = "Specified SecurityToken is mismatch with the AccessKey.";
                return Err(Refusal::new(
                    400,
                    "InvalidSecurityToken.MismatchWithAccessKey",
                    text,
                ));
            }
        }
        if !self.shared.nonces.is_new(
            &claim.access_key_id,
            &claim.nonce,
            self.shared.clock.monotonic(),
        ) {
            return Err(Refusal::new(
                400,
                "SignatureNonceUsed",
                "Specified signature nonce was used already.",
            ));
        }
        Ok(held.caller)
    }

    /// Serves one request as the cloud would on a good day; `Ok` is the body of the answer.
    fn judge(&self, received: &Received, call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
        let spec = call.spec.clone()?;
        if !["GET", "POST"].contains(&received.method.as_str()) {
            let text = "This http method is not supported.";
            return Err(Refusal::new(405, "UnsupportedHTTPMethod", text));
        }
        let caller = match spec.style {
            Style::Signed => Some(self.authenticate(received, call.wall)?),
            Style::Unsigned => None,
        };
        if let Some(caller) = &caller {
            let at = self.shared.clock.monotonic();
            self.shared
                .throttle
                .take(caller.uid, &call.region, spec.name, at)
                .map_err(Refusal::from)?;
        }
        let arguments = Arguments::check(spec, received)?;
        (spec.serve)(&Asked {
            action: spec.name,
            world: &self.shared.world,
            pages: &self.shared.pages,
            chance: &*self.shared.chance,
            caller: caller.as_ref(),
            arguments: &arguments,
            request_id: &call.request_id,
            site: self.site,
            wall: call.wall,
        })
    }
}

/// One call under way.
struct Call<'a> {
    spec: Result<&'static ActionSpec, Refusal>,
    action: &'a str,
    region: String,
    page: Option<u64>,
    request_id: String,
    /// The server's clock, with a planted skew.
    wall: Timestamp,
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

    let held = door.held_key(&received);
    let spec = catalog::find(door.shared.offer.aliyun, &received);
    let region = received
        .parameter("RegionId")
        .or_else(|| received.parameter("region_id"))
        .map(str::to_owned)
        .or_else(|| {
            cs::region_of(
                &door.shared.world,
                held.as_ref()?.caller.uid,
                &received.path,
            )
        })
        .unwrap_or_default();
    let mut call = Call {
        page: spec.as_ref().ok().and_then(|spec| spec.page(&received)),
        action: spec.as_ref().map_or(received.action(), |it| it.name),
        spec,
        region,
        request_id: reply::request_id(&*door.shared.chance),
        wall: door.shared.clock.now(),
    };
    let uid = held.map(|it| it.caller.uid);
    let target = Target {
        uid,
        action: call.action,
        region: &call.region,
        page: call.page,
    };
    let effects = door.shared.faults.strike_saying(target, &received.said());
    for effect in &effects {
        if let Effect::ClockSkew { seconds } = effect {
            call.wall = call
                .wall
                .saturating_add(SignedDuration::from_secs(*seconds))
                .unwrap_or(call.wall);
        }
    }

    let (outcome, verdict, response) = respond(door, cut, &received, &call, &effects, due).await;
    let record = CallRecord {
        uid,
        region: call.region.clone(),
        action: call.action.to_owned(),
        page: call.page,
        outcome,
    };
    door.shared.counters.finish(record, verdict);
    let Some(response) = response else {
        return std::future::pending().await;
    };
    reply::dated(response, call.wall)
}

/// Returns what is written down about the call, and its answer; `None` never answers.
async fn respond(
    door: &Door,
    cut: &Cut,
    received: &Received,
    call: &Call<'_>,
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
    let held = (!effects.is_empty()).then(|| door.held_key(received));
    let holder = held.flatten().map(|it| it.caller);
    let planted = call.spec.as_ref().ok().and_then(|spec| {
        effects
            .iter()
            .find_map(|it| effects::refusal(it, (spec.product, spec.right), holder.as_ref()))
    });
    let outcome = match planted {
        Some(refusal) => Err(refusal),
        None => door.judge(received, call),
    };
    let (word, verdict, response) = match outcome {
        Err(refusal) => (
            refusal.code.clone(),
            verdict_of(&refusal),
            reply::refused(&refusal, received, call),
        ),
        Ok(body) => {
            let body = effects::reshape(body, effects, call.spec.as_ref().ok().copied());
            (
                "OK".to_owned(),
                Verdict::Served,
                reply::served(body, received, call),
            )
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
pub(crate) fn verdict_of(refusal: &Refusal) -> Verdict {
    const UNAUTHORIZED: &[&str] = &[
        "InvalidAccessKeyId",
        "MissingAccessKeyId",
        "Signature",
        "InvalidSignature",
        "IncompleteSignature",
        "InvalidTimeStamp",
        "InvalidSecurityToken",
        "MissingSecurityToken",
    ];
    match refusal.code.as_str() {
        code if code.starts_with("Throttling") => Verdict::Throttled,
        "Forbidden" | "Forbidden.RAM" | "NotAuthorized" | "NoPermission" => Verdict::Denied,
        code if UNAUTHORIZED.iter().any(|it| code.starts_with(it)) => Verdict::Unauthorized,
        _ => Verdict::Refused,
    }
}

/// Returns the refusal of a session that has ended.
pub(crate) fn expired_token() -> Refusal {
    Refusal::new(
        400,
        "InvalidSecurityToken.Expired",
        "Specified SecurityToken is expired.",
    )
}

impl From<Full> for Refusal {
    fn from(full: Full) -> Self {
        let wait_ms = u64::try_from(full.wait.as_micros().div_ceil(1000)).ok();
        Self {
            retry_after_ms: wait_ms.filter(|_| full.tells_wait),
            ..throttled(Some(full.code), Some(full.status))
        }
    }
}

fn throttled(code: Option<&str>, status: Option<u16>) -> Refusal {
    let code = code.unwrap_or("Throttling.User");
    let text = match code {
        "Throttling.User" => "Request was denied due to user flow control.",
        "Throttling.Api" => "Request was denied due to api flow control.",
        _ => "Request was denied due to request throttling.",
    };
    Refusal::new(status.unwrap_or(400), code, text)
}
