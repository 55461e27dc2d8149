//! Planted faults, put into effect on the wire.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::catalog::{ActionSpec, Listing};
use super::reply::{JSON, page_of_html, with_type};
use super::words::{Trouble, denied, expired_token, throttled};
use crate::fault::Effect;

/// Returns the answer that comes instead of the cloud's, for effects that stand before it.
pub(super) fn instead(effect: &Effect) -> Option<Response> {
    match effect {
        Effect::Status { status } => Some(page_of_html(*status)),
        Effect::ProxyPage => Some(page_of_html(200)),
        Effect::GarbageJson => {
            let body = b"{\"Response\":{\"TotalCount\":1,\"InstanceSet\":[{]".to_vec();
            Some(with_type(200, JSON, body))
        }
        Effect::TruncatedGzip => {
            // The header of a gzip stream and a stored block that promises more than there is.
            let mut body = vec![
                0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0, 0xff, 0x00, 0x00, 0xff,
            ];
            body.extend_from_slice(b"{\"Response\":{\"TotalCount\":12,\"InstanceSet\":");
            let mut response = with_type(200, JSON, body);
            response
                .headers_mut()
                .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            Some(response)
        }
        _ => None,
    }
}

/// Returns the status and the refusal that `effect` stands for.
pub(super) fn refusal(
    effect: &Effect,
    spec: &ActionSpec,
    request_id: &str,
) -> Option<(u16, Trouble)> {
    let told = |trouble| Some((200, trouble));
    match effect {
        Effect::ExpiredToken => told(expired_token()),
        Effect::Throttle { code, .. } => told(throttled(code.as_deref(), 20.0)),
        Effect::Denied => told(denied(&spec.right(), request_id)),
        Effect::Refused {
            status,
            code,
            message,
        } => Some((*status, Trouble::new(code, message, message))),
        Effect::SoftRefusal { code, message } => told(Trouble::new(code, message, message)),
        _ => None,
    }
}

/// Bends a good answer, an object, into what `effects` make of it.
pub(super) fn reshape(body: Vec<u8>, effects: &[Effect], spec: &ActionSpec) -> Vec<u8> {
    if effects.is_empty() {
        return body;
    }
    let Ok(mut answer) = serde_json::from_slice::<Value>(&body) else {
        return body;
    };
    for effect in effects {
        bend(&mut answer, effect, spec.listing);
    }
    serde_json::to_vec(&answer).unwrap_or(body)
}

fn bend(answer: &mut Value, effect: &Effect, listing: Option<Listing>) {
    match (effect, answer.as_object_mut()) {
        (Effect::ExtraFields, Some(fields)) => {
            fields.insert(
                "FieldFromTheFuture".to_owned(),
                json!({"Nested": [1, null, "新"]}),
            );
        }
        (Effect::PartialList { error }, Some(fields)) => {
            fields.insert("Errors".to_owned(), json!([error]));
        }
        _ => {}
    }
    let Some(listing) = listing else {
        return bend_row(answer, effect);
    };
    if let Some(total) = total_of(answer, listing) {
        match effect {
            Effect::LyingTotal { by } => *total = json!(total.as_i64().unwrap_or(0) + by),
            Effect::EmptyList => *total = json!(0),
            _ => {}
        }
    }
    let Some(rows) = answer
        .pointer_mut(listing.rows)
        .and_then(Value::as_array_mut)
    else {
        return;
    };
    let lost = rows.len().div_ceil(2);
    match effect {
        Effect::EmptyList => rows.clear(),
        Effect::DuplicateRows => rows.extend(rows.first().cloned()),
        Effect::ShiftedRows => {
            let first = rows.first().cloned();
            rows.pop();
            rows.extend(first);
        }
        // Half of the rows are what the service could not get hold of; it counts only what it has.
        Effect::PartialList { .. } => {
            rows.truncate(rows.len() - lost);
            if let Some(total) = total_of(answer, listing) {
                *total = json!(total.as_u64().unwrap_or(0).saturating_sub(lost as u64));
            }
        }
        _ => rows.iter_mut().for_each(|it| bend_row(it, effect)),
    }
}

/// Returns the number of all rows; an empty pointer would be the whole answer.
fn total_of(answer: &mut Value, listing: Listing) -> Option<&mut Value> {
    Some(listing.total)
        .filter(|it| !it.is_empty())
        .and_then(|it| answer.pointer_mut(it))
}

fn bend_row(row: &mut Value, effect: &Effect) {
    let Some(fields) = row.as_object_mut() else {
        return;
    };
    match effect {
        Effect::ExtraFields => {
            fields.insert("FieldFromTheFuture".to_owned(), json!(["x", {"y": 1}]));
        }
        Effect::UnknownValue { field } => {
            fields.insert(field.clone(), json!("Unheard_Of"));
        }
        Effect::MissingField { field } => {
            fields.remove(field);
        }
        Effect::Value { field, value } => {
            fields.insert(field.clone(), value.clone());
        }
        _ => {}
    }
}

/// Lets `response` end in its middle, although its head promises all of it.
pub(super) async fn halved(response: Response) -> Response {
    let (head, body) = response.into_parts();
    let Ok(whole) = axum::body::to_bytes(body, usize::MAX).await else {
        return page_of_html(500);
    };
    let half = whole.slice(..whole.len() / 2);
    let rest = futures_util::stream::once(async {
        // Lets the half be written before the line breaks.
        tokio::task::yield_now().await;
        Err(std::io::Error::other("the simulation cut this answer"))
    });
    let pieces = futures_util::stream::once(std::future::ready(Ok(half))).chain(rest);
    let mut response = Response::from_parts(head, Body::from_stream(pieces));
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    response
}
