//! Generic webhooks: `POST /hook/NAME`, CloudEvents 1.0 in structured mode.
//!
//! The receiver that our documentation tells people to write: it verifies
//! `X-Skywarden-Signature: v1=hex(hmac_sha256(secret, timestamp + "." + body))`, refuses old
//! timestamps, and answers a repeated `Idempotency-Key` without acting twice.

use base::hex;
use http::{StatusCode, header};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::door::{Letter, Reply, Verdict};
use super::is_allowed;
use super::record::Reading;
use super::seal::hmac_sha256;
use super::state::{Moment, Robot};

/// How old or how far ahead a signature may be, in seconds.
const SKEW_SECONDS: i64 = 300;
/// How many idempotency keys are remembered.
const MAX_KEYS: usize = 4096;

/// Applies the rules in the order: address, signature, type, key, event.
pub(super) fn judge(robot: &mut Robot, letter: &Letter<'_>, now: Moment) -> Verdict {
    if !is_allowed(robot.security.allowed.as_deref(), letter.line.peer) {
        return refuse(StatusCode::FORBIDDEN, "sender is not on the allow-list");
    }
    if let Some(secret) = &robot.security.secret
        && let Err(why) = check_signature(secret, letter, now)
    {
        return refuse(StatusCode::UNAUTHORIZED, why);
    }
    if letter.media_type() != "application/cloudevents+json" {
        let why = "content type must be application/cloudevents+json";
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, why);
    }
    let key = letter
        .header("idempotency-key")
        .map(str::trim)
        .filter(|it| !it.is_empty());
    let Some(key) = key else {
        return refuse(StatusCode::BAD_REQUEST, "header Idempotency-Key is missing");
    };
    let event = match event(letter.body) {
        Ok(event) => event,
        Err(why) => return refuse(StatusCode::BAD_REQUEST, &why),
    };
    let text = event.get("data").map(texts).unwrap_or_default();
    if !robot.security.has_keyword(&text) {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, "no keyword in the data");
    }
    let digest = hex::encode(&Sha256::digest(letter.body));
    match robot.keys.get(key) {
        Some(known) if *known == digest => return Verdict::Known,
        Some(_) => {
            let why = "this Idempotency-Key was used for another body";
            return refuse(StatusCode::CONFLICT, why);
        }
        None if robot.keys.len() >= MAX_KEYS => robot.keys.clear(),
        None => {}
    }
    robot.keys.insert(key.to_owned(), digest);
    let form = event["type"].as_str().unwrap_or_default().to_owned();
    let title = event
        .get("subject")
        .and_then(Value::as_str)
        .map(str::to_owned);
    let mut reading = Reading {
        form,
        title,
        ..Reading::default()
    };
    reading.add_text(&text, &text);
    reading.idempotency_key = Some(key.to_owned());
    reading.json = Value::Object(event);
    Verdict::Accept(Box::new(reading))
}

/// Returns an answer with a small JSON body.
pub(super) fn answered(status: StatusCode, message: &str) -> Reply {
    let body = json!({ "ok": status.is_success(), "message": message });
    let code = status.as_u16();
    Reply {
        status,
        ..Reply::envelope(i64::from(code), message, &body)
    }
}

/// Returns the answer to a sender that is too fast.
pub(super) fn limit() -> Reply {
    let headers = vec![(header::RETRY_AFTER, "30".to_owned())];
    Reply {
        headers,
        ..answered(StatusCode::TOO_MANY_REQUESTS, "too many requests")
    }
}

fn refuse(status: StatusCode, why: &str) -> Verdict {
    Verdict::Refuse(answered(status, why))
}

fn check_signature(secret: &str, letter: &Letter<'_>, now: Moment) -> Result<(), &'static str> {
    let timestamp = letter.header("x-skywarden-timestamp");
    let timestamp = timestamp.ok_or("header X-Skywarden-Timestamp is missing")?;
    let sent: i64 = timestamp
        .parse()
        .map_err(|_| "X-Skywarden-Timestamp is not in seconds")?;
    if (i128::from(sent) - i128::from(now.wall.as_second())).abs() > i128::from(SKEW_SECONDS) {
        return Err("X-Skywarden-Timestamp is more than five minutes away");
    }
    let signature = letter.header("x-skywarden-signature");
    let signature = signature.ok_or("header X-Skywarden-Signature is missing")?;
    let given = signature.strip_prefix("v1=").and_then(hex::decode);
    let given = given.ok_or("X-Skywarden-Signature is not v1=hex")?;
    let mut signed = format!("{timestamp}.").into_bytes();
    signed.extend_from_slice(letter.body);
    if given != hmac_sha256(secret.as_bytes(), &signed) {
        return Err("X-Skywarden-Signature does not match");
    }
    Ok(())
}

/// Checks an event against CloudEvents 1.0, §3 (attributes) and its JSON format, §3 (envelope).
fn event(body: &[u8]) -> Result<Map<String, Value>, String> {
    let event: Map<String, Value> =
        serde_json::from_slice(body).map_err(|error| format!("not a JSON object: {error}"))?;
    if event.get("specversion").and_then(Value::as_str) != Some("1.0") {
        return Err("specversion must be \"1.0\"".to_owned());
    }
    for name in ["id", "source", "type"] {
        if event
            .get(name)
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
        {
            return Err(format!("{name} must be a text that is not empty"));
        }
    }
    if let Some(time) = event.get("time")
        && time
            .as_str()
            .and_then(|it| it.parse::<Timestamp>().ok())
            .is_none()
    {
        return Err("time must be RFC 3339".to_owned());
    }
    for name in ["subject", "datacontenttype", "dataschema"] {
        if event
            .get(name)
            .is_some_and(|it| it.as_str().is_none_or(str::is_empty))
        {
            return Err(format!("{name} must be a text that is not empty"));
        }
    }
    if event.contains_key("data") && event.contains_key("data_base64") {
        return Err("data and data_base64 exclude each other".to_owned());
    }
    for (name, value) in &event {
        let is_lower = name
            .bytes()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
        if name != "data_base64" && !is_lower {
            return Err(format!(
                "attribute {name} must be lower-case letters and digits"
            ));
        }
        if name != "data" && (value.is_object() || value.is_array()) {
            return Err(format!("attribute {name} must be a plain value"));
        }
    }
    Ok(event)
}

/// Returns all texts inside the data, in order, a line each.
fn texts(data: &Value) -> String {
    let mut lines = Vec::new();
    let mut open = vec![data];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => lines.push(text.as_str()),
            Value::Array(values) => open.extend(values.iter().rev()),
            Value::Object(members) => open.extend(members.values().rev()),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    lines.join("\n")
}
