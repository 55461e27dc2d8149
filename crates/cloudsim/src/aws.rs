//! The wire door of the simulated AWS: one address for every service, region and partition.
//!
//! The scope of the signature tells which service and region is meant. A request goes through: which action →
//! signature, date, token, region → quota → right → parameters → the world → planted faults. Every refusal is
//! worded as its service does ([`service`]).
//!
//! Invariant: whatever a request says, the door answers as the cloud would, and never panics.

mod acm;
pub(crate) mod arguments;
mod autoscaling;
pub mod buckets;
mod caller;
pub mod catalog;
mod cloudwatch;
mod domains;
mod ec2;
mod effects;
mod eks;
mod elb;
mod encoding;
pub mod estate;
mod filters;
mod iam;
mod keeping;
mod kms;
pub mod metadata;
mod organizations;
mod rds;
mod received;
mod regions;
mod reply;
mod savings;
pub mod service;
pub mod signature;
mod sns;
pub(crate) mod state;
mod sts;
mod tagging;
mod tokens;
mod words;

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use self::arguments::Arguments;
use self::buckets::Manner;
use self::caller::partition;
use self::catalog::{ActionSpec, Asked, Found, Meant, Style};
use self::received::Received;
use self::service::Service;
use self::signature::Flaw;
use self::words::Trouble;
use crate::fault::{Effect, Target};
use crate::sim::Shared;
use crate::sim::due::Due;
use crate::sim::line::Cut;
use crate::stats::{CallRecord, Verdict};
use crate::world::caller::Caller;
use crate::world::cloud::{Cloud, Partition};
use crate::world::refusal::Refusal;
use crate::world::sessions::HeldKey;

/// How far a signature's date may be off.
const DATE_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
/// More than any client of ours sends.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// Returns the door of the simulation that `shared` belongs to.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/_sim/actions", get(actions))
        .fallback(answer)
        .with_state(Door { shared })
}

/// The listening address of the simulated AWS.
#[derive(Debug, Clone)]
struct Door {
    shared: Arc<Shared>,
}

impl Door {
    /// Returns whose key the request names, before anything of it is believed.
    fn held_key(&self, received: &Received) -> Option<HeldKey> {
        let (key, _, _) = signature::scope(received)?;
        let held = self.shared.world.holder(key)?;
        matches!(held.caller.cloud, Cloud::Aws(_)).then_some(held)
    }

    /// Returns the caller once signature, date, token and region are in order.
    fn authenticate(&self, received: &Received, call: &Call) -> Result<Caller, Trouble> {
        let claim = signature::read(received).map_err(|flaw| match flaw {
            Flaw::Missing => Trouble::Unsigned,
            Flaw::Incomplete(text) => Trouble::IncompleteSignature(text),
            Flaw::Mismatch(text) => Trouble::WrongSignature(text),
        })?;
        let held = self.held_key(received).filter(|it| !it.key.disabled);
        let HeldKey {
            key,
            caller,
            session,
        } = held.ok_or(Trouble::UnknownKey)?;
        in_time(claim.date, call.wall)?;
        if !claim.is_signed_with(&key.secret) {
            let text = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
            return Err(Trouble::WrongSignature(format!(
                "{text}\n\nThe Canonical String for this request should have been\n'{}'\n\nThe String-to-Sign should have been\n'{}'",
                claim.canonical_request, claim.string_to_sign
            )));
        }
        match (session, &claim.security_token) {
            (None, None) => {}
            (Some((token, expires)), Some(brought)) if token == *brought => {
                if expires <= call.wall {
                    return Err(Trouble::TokenExpired);
                }
            }
            _ => return Err(Trouble::UnknownKey),
        }
        let service = call.service.facts().signs_as;
        if claim.service != service {
            let text = format!("Credential should be scoped to correct service: '{service}'.");
            return Err(Trouble::WrongSignature(text));
        }
        self.admit_to_region(received, &caller, call)?;
        Ok(caller)
    }

    /// Refuses keys where they are not known: in another partition, and in regions that were not switched on.
    fn admit_to_region(
        &self,
        received: &Received,
        caller: &Caller,
        call: &Call,
    ) -> Result<(), Trouble> {
        let partition = partition(caller);
        let host = received.header("host").unwrap_or_default();
        let of_host = [Partition::AwsCn, Partition::Aws]
            .into_iter()
            .find(|it| host.ends_with(regions::suffix(*it)));
        if of_host.is_some_and(|it| it != partition) {
            return Err(Trouble::UnknownKey);
        }
        let wrong =
            || Trouble::WrongSignature("Credential should be scoped to a valid region.".to_owned());
        match regions::only_region(partition, call.service) {
            Some(only) if only == call.region => Ok(()),
            Some(_) => Err(wrong()),
            // China has no registrar.
            None if call.service == Service::Route53Domains => Err(Trouble::UnknownKey),
            None if regions::knows(&self.shared.world, caller, &call.region) => Ok(()),
            None => Err(Trouble::UnknownKey),
        }
    }

    /// Refuses when there were too many calls: by the quota that was set, else by the cloud's own.
    fn charge(
        &self,
        spec: &ActionSpec,
        caller: &Caller,
        arguments: &Arguments,
        region: &str,
    ) -> Result<(), Refusal> {
        let at = self.shared.clock.monotonic();
        let throttled = || Trouble::Throttled.told_by(spec.service);
        if self.shared.throttle.is_set() {
            let taken = self.shared.throttle.take(caller.uid, region, spec.name, at);
            return taken.map_err(|full| Refusal {
                retry_after_ms: u64::try_from(full.wait.as_millis() + 1)
                    .ok()
                    .filter(|_| full.tells_wait),
                ..throttled()
            });
        }
        let manner = if arguments.is_narrowed() {
            Manner::Narrowed
        } else {
            Manner::Whole
        };
        let buckets = &self.shared.aws.buckets;
        if buckets.take(caller.uid, region, (spec.service, spec.name), manner, at) {
            return Ok(());
        }
        Err(throttled())
    }

    /// Serves one request as the cloud would on a good day.
    fn judge(
        &self,
        received: &Received,
        call: &Call,
        effects: &[Effect],
    ) -> Result<Value, Refusal> {
        let told = |trouble: Trouble| trouble.told_by(call.service);
        let is_unsigned = call
            .meant
            .as_ref()
            .is_ok_and(|it| it.spec.style == Style::Unsigned);
        let caller = match is_unsigned {
            true => None,
            false => Some(self.authenticate(received, call).map_err(told)?),
        };
        let Meant { spec, labels } = call.meant.clone().map_err(told)?;
        let arguments = Arguments::check(spec, received, labels);
        let said = arguments.as_ref();
        if let Some(caller) = &caller {
            let nothing = Arguments::default();
            self.charge(spec, caller, said.unwrap_or(&nothing), &call.region)?;
        }
        let mut asked = Asked {
            world: &self.shared.world,
            state: &self.shared.aws,
            chance: &*self.shared.chance,
            spec,
            caller: caller.as_ref(),
            arguments: &Arguments::default(),
            region: &call.region,
            wall: call.wall,
            at: self.shared.clock.monotonic(),
            lag: SignedDuration::ZERO,
            empty_page: effects.contains(&Effect::EmptyPage),
        };
        if spec.style == Style::Granted {
            asked.require()?;
        }
        let arguments = arguments.map_err(told)?;
        asked.arguments = &arguments;
        for effect in effects {
            if let Effect::HidesYoung { seconds } = effect {
                asked.lag = asked.lag.max(SignedDuration::from_secs(*seconds));
            }
        }
        if arguments.flag("DryRun") == Some(true) {
            let text = "Request would have succeeded, but DryRun flag is set.";
            return Err(Refusal::new(412, "DryRunOperation", text));
        }
        (spec.serve)(&asked)
    }
}

/// Tells the operator which actions there are.
async fn actions(State(door): State<Door>) -> Json<Value> {
    Json(
        door.shared
            .offer
            .aws
            .actions()
            .map(ActionSpec::told)
            .collect(),
    )
}

/// Refuses what was signed too long ago, or in the future.
fn in_time(date: Timestamp, wall: Timestamp) -> Result<(), Trouble> {
    let basic = |it: Timestamp| it.strftime("%Y%m%dT%H%M%SZ").to_string();
    let bound = |by| wall.saturating_add(by).unwrap_or(wall);
    let ahead = date.duration_since(wall);
    if ahead < -DATE_TOLERANCE {
        return Err(Trouble::Stale(format!(
            "Signature expired: {} is now earlier than {} ({} - 5 min.)",
            basic(date),
            basic(bound(-DATE_TOLERANCE)),
            basic(wall)
        )));
    }
    if ahead > DATE_TOLERANCE {
        return Err(Trouble::WrongSignature(format!(
            "Signature not yet current: {} is still later than {} ({} + 5 min.)",
            basic(date),
            basic(bound(DATE_TOLERANCE)),
            basic(wall)
        )));
    }
    Ok(())
}

/// One call under way.
struct Call {
    service: Service,
    action: String,
    meant: Result<Meant, Trouble>,
    region: String,
    page: Option<u64>,
    request_id: String,
    /// The server's clock, with a planted skew.
    wall: Timestamp,
}

impl Call {
    /// Returns service and action, with the version where a service has several.
    fn full_action(&self) -> String {
        let facts = self.service.facts();
        let parts = [facts.name, facts.version, &self.action];
        let parts: Vec<&str> = parts.into_iter().filter(|it| !it.is_empty()).collect();
        parts.join(":")
    }

    fn spec(&self) -> Option<&'static ActionSpec> {
        self.meant.as_ref().ok().map(|it| it.spec)
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

    let uid = door.held_key(&received).map(|it| it.caller.uid);
    let mut call = begin(door, &received);
    let target = Target {
        uid,
        action: &call.full_action(),
        region: &call.region,
        page: call.page,
    };
    let said = format!(
        "{path}?{query}\n{}",
        String::from_utf8_lossy(&received.body)
    );
    let effects = door.shared.faults.strike_saying(target, &said);
    for effect in &effects {
        if let Effect::ClockSkew { seconds } = effect {
            let skew = SignedDuration::from_secs(*seconds);
            call.wall = call.wall.saturating_add(skew).unwrap_or(call.wall);
        }
    }

    let (outcome, verdict, response) = respond(door, cut, &received, &call, &effects, due).await;
    let record = CallRecord {
        uid,
        region: call.region.clone(),
        action: call.full_action(),
        page: call.page,
        outcome,
    };
    door.shared.counters.finish(record, verdict);
    let Some(response) = response else {
        return std::future::pending().await;
    };
    reply::dated(response, call.wall)
}

fn begin(door: &Door, received: &Received) -> Call {
    let Found {
        service,
        action,
        meant,
    } = catalog::find(door.shared.offer.aws, received);
    let paging = meant.as_ref().ok().and_then(|it| it.spec.paging());
    let page = paging.map(|paging| {
        let said = arguments::raw(received, paging.token);
        said.map_or(Some(1), |token| door.shared.aws.tokens.page(&token))
    });
    let region = signature::scope(received).map_or_else(String::new, |it| it.1.to_owned());
    Call {
        service,
        action,
        meant,
        region,
        page: page.flatten(),
        request_id: reply::request_id(&*door.shared.chance),
        wall: door.shared.clock.now(),
    }
}

/// Returns what is written down about the call, and its answer; `None` never answers.
async fn respond(
    door: &Door,
    cut: &Cut,
    received: &Received,
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
                if let Some(response) = effects::instead(effect, call.service) {
                    due.wait(&*door.shared.clock).await;
                    return faulted(effect, Some(response));
                }
            }
        }
    }
    let holder = (!effects.is_empty())
        .then(|| door.held_key(received))
        .flatten();
    let planted = call.spec().and_then(|spec| {
        let holder = holder.as_ref().map(|it| &it.caller);
        effects
            .iter()
            .find_map(|it| effects::refusal(it, spec, holder))
    });
    let outcome = match planted {
        Some(refusal) => Err(refusal),
        None => door.judge(received, call, effects),
    };
    let (word, verdict, response) = match outcome {
        Err(refusal) => (
            refusal.code.clone(),
            verdict_of(&refusal),
            reply::refused(&refusal, call.service, &call.request_id),
        ),
        Ok(mut answer) => {
            if let Some(spec) = call.spec() {
                effects::reshape(&mut answer, effects, spec);
            }
            let response = reply::served(&answer, call.service, &call.action, &call.request_id);
            ("OK".to_owned(), Verdict::Served, response)
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
fn verdict_of(refusal: &Refusal) -> Verdict {
    const UNAUTHORIZED: &[&str] = &[
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    ];
    match refusal.code.as_str() {
        "RequestLimitExceeded"
        | "Throttling"
        | "ThrottlingException"
        | "TooManyRequestsException" => Verdict::Throttled,
        "UnauthorizedOperation"
        | "AccessDenied"
        | "AccessDeniedException"
        | "AuthorizationError" => Verdict::Denied,
        code if UNAUTHORIZED.contains(&code) => Verdict::Unauthorized,
        _ => Verdict::Refused,
    }
}

#[cfg(test)]
mod tests;
