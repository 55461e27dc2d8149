//! The operator's side of the simulation, under `/_sim`: clock, faults, counts, keys.
//!
//! Nothing here is part of the simulated cloud, and nothing is signed: it listens on loopback only.

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

use super::{Door, catalog};
use crate::fault::{Effect, Fault};
use crate::throttle::Quota;
use crate::world::account::{Site, Uid};

pub(super) fn routes() -> Router<Door> {
    Router::new()
        .route("/_sim/clock", get(clock).post(move_clock))
        .route("/_sim/stats", get(stats).delete(reset_stats))
        .route("/_sim/deeds", get(deeds).delete(forget_deeds))
        .route("/_sim/rules", post(set_rules))
        .route("/_sim/faults", post(plant).delete(clear_faults))
        .route("/_sim/quota", post(set_quota))
        .route("/_sim/actions", get(actions))
        .route("/_sim/accounts", get(accounts))
        .route("/_sim/sessions/expire", post(expire_sessions))
}

async fn clock(State(door): State<Door>) -> Json<Value> {
    Json(json!({"world": door.shared.world.now(), "wall": door.shared.clock.now()}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockMove {
    advance_seconds: Option<i64>,
    now: Option<Timestamp>,
}

async fn move_clock(State(door): State<Door>, body: Bytes) -> Response {
    let asked = match read::<ClockMove>(&body) {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    match (asked.advance_seconds, asked.now) {
        (Some(seconds), None) => door
            .shared
            .world
            .advance(SignedDuration::from_secs(seconds)),
        (None, Some(now)) => door.shared.world.set_now(now),
        _ => return refused("give either advance_seconds or now"),
    }
    clock(State(door)).await.into_response()
}

async fn stats(State(door): State<Door>) -> Json<Value> {
    let stats = door.shared.counters.snapshot();
    let scopes = stats.by_scope.iter().map(|((uid, region, action), count)| {
        json!({
            "uid": uid.to_string(), "region": region, "action": action,
            "calls": count.calls, "throttled": count.throttled, "refused": count.refused,
        })
    });
    let recent = door.shared.counters.recent().into_iter().map(|it| {
        json!({
            "uid": it.uid.map(|uid| uid.to_string()), "region": it.region, "action": it.action,
            "page": it.page, "outcome": it.outcome,
        })
    });
    Json(json!({
        "calls": stats.calls,
        "throttled": stats.throttled,
        "unauthorized": stats.unauthorized,
        "denied": stats.denied,
        "faulted": stats.faulted,
        "concurrent_peak": stats.concurrent_peak,
        "connections": stats.connections,
        "scopes": scopes.collect::<Vec<_>>(),
        "recent": recent.collect::<Vec<_>>(),
    }))
}

async fn reset_stats(State(door): State<Door>) -> StatusCode {
    door.shared.counters.reset();
    StatusCode::NO_CONTENT
}

async fn deeds(State(door): State<Door>) -> Json<Value> {
    let deeds = door.shared.world.deeds().into_iter().map(|it| {
        json!({
            "uid": it.uid.to_string(), "region": it.region, "at": it.at, "act": it.act.as_str(),
            "sort": it.sort.as_str(), "id": it.id, "of": it.of,
            "tags": it.tags.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        })
    });
    Json(deeds.collect())
}

async fn forget_deeds(State(door): State<Door>) -> StatusCode {
    door.shared.world.forget_deeds();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesAsked {
    /// The name or the uid.
    account: String,
    copy_base_seconds: Option<i64>,
    copy_seconds_per_gib: Option<i64>,
    changed_percent: Option<u64>,
    shown_after_seconds: Option<i64>,
    most_snapshots: Option<usize>,
    most_images: Option<usize>,
    bin_keeps_hours: Option<i64>,
}

async fn set_rules(State(door): State<Door>, body: Bytes) -> Response {
    let asked = match read::<RulesAsked>(&body) {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    let Some(uid) = uid(&door, &asked.account) else {
        return refused(&format!("no account is called {}", asked.account));
    };
    let seconds = |it: i64| SignedDuration::from_secs(it);
    door.shared.world.set_rules(uid, |rules| {
        let base = asked.copy_base_seconds.map(seconds);
        rules.copy_base = base.unwrap_or(rules.copy_base);
        let per_gib = asked.copy_seconds_per_gib.map(seconds);
        rules.copy_per_gib = per_gib.unwrap_or(rules.copy_per_gib);
        rules.changed_percent = asked.changed_percent.unwrap_or(rules.changed_percent);
        let shown_after = asked.shown_after_seconds.map(seconds);
        rules.shown_after = shown_after.unwrap_or(rules.shown_after);
        rules.most_snapshots = asked.most_snapshots.or(rules.most_snapshots);
        rules.most_images = asked.most_images.or(rules.most_images);
        let keeps = asked.bin_keeps_hours.map(SignedDuration::from_hours);
        rules.bin_keeps = keeps.or(rules.bin_keeps);
    });
    StatusCode::NO_CONTENT.into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultAsked {
    effect: Effect,
    /// The name or the uid.
    account: Option<String>,
    action: Option<String>,
    region: Option<String>,
    page: Option<u64>,
    about: Option<String>,
    after: Option<u64>,
    times: Option<u64>,
    for_seconds: Option<u64>,
}

async fn plant(State(door): State<Door>, body: Bytes) -> Response {
    let asked = match read::<FaultAsked>(&body) {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    let mut fault = Fault::new(asked.effect);
    if let Some(name) = &asked.account {
        let Some(uid) = uid(&door, name) else {
            return refused(&format!("no account is called {name}"));
        };
        fault = fault.account(uid);
    }
    if let Some(action) = asked.action {
        if !door.shared.offer.serves(&action) {
            return refused(&format!("no action is called {action}"));
        }
        fault = fault.action(action);
    }
    fault = asked.region.into_iter().fold(fault, Fault::region);
    fault = asked.page.into_iter().fold(fault, Fault::page);
    fault = asked.about.into_iter().fold(fault, Fault::about);
    fault = asked.after.into_iter().fold(fault, Fault::after);
    fault = asked.times.into_iter().fold(fault, Fault::times);
    fault = asked
        .for_seconds
        .map(Duration::from_secs)
        .into_iter()
        .fold(fault, Fault::lasting);
    door.shared.faults.add(fault);
    StatusCode::NO_CONTENT.into_response()
}

async fn clear_faults(State(door): State<Door>) -> StatusCode {
    door.shared.faults.clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuotaAsked {
    per_second: Option<u32>,
    burst: Option<u32>,
}

async fn set_quota(State(door): State<Door>, body: Bytes) -> Response {
    let asked = match read::<QuotaAsked>(&body) {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    let quota = asked.per_second.map(|it| {
        let quota = Quota::per_second(it);
        asked.burst.map_or(quota, |burst| quota.burst(burst))
    });
    door.shared.set_quota(quota);
    StatusCode::NO_CONTENT.into_response()
}

async fn actions(State(door): State<Door>) -> Json<Value> {
    let actions = door.shared.offer.aliyun.actions().map(|it| {
        let (product, version) = it.product.code_and_version();
        json!({
            "product": product, "version": version, "action": it.name, "right": it.right,
            "signed": it.style == catalog::Style::Signed, "pages": it.listing.is_some_and(|it| it.page.is_some()),
            "needs": it.parameters.iter().filter(|it| it.is_needed()).map(|it| it.name()).collect::<Vec<_>>(),
        })
    });
    Json(Value::Array(actions.collect()))
}

async fn accounts(State(door): State<Door>) -> Json<Value> {
    Json(crate::sim::accounts_json(&door.shared.world))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpireAsked {
    account: String,
}

async fn expire_sessions(State(door): State<Door>, body: Bytes) -> Response {
    let asked = match read::<ExpireAsked>(&body) {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    let Some(uid) = uid(&door, &asked.account) else {
        return refused(&format!("no account is called {}", asked.account));
    };
    Json(json!({"expired": door.shared.world.expire_sessions(uid, door.shared.clock.now())}))
        .into_response()
}

fn uid(door: &Door, name: &str) -> Option<Uid> {
    let named = door.shared.world.account(name).map(|it| it.uid);
    named.or_else(|| name.parse().ok().map(Uid))
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Response> {
    serde_json::from_slice(body)
        .map_err(|error| refused(&format!("the body is not what is expected here: {error}")))
}

fn refused(text: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({"error": text}))).into_response()
}

/// Returns the word for a site.
pub(crate) fn site_word(site: Site) -> &'static str {
    match site {
        Site::Domestic => "domestic",
        Site::International => "international",
    }
}
