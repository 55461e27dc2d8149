//! Planted faults, put into effect on the wire.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::catalog::{ActionSpec, Listing, Product};
use super::reply::page_of_html;
use super::{expired_token, throttled};
use crate::fault::Effect;
use crate::world::caller::Caller;
use crate::world::refusal::Refusal;

/// Returns the answer that comes instead of the cloud's, for effects that stand before it.
pub(super) fn instead(effect: &Effect) -> Option<Response> {
    let with = |kind: &'static str, body: Vec<u8>| {
        let mut response = Response::new(Body::from(body));
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        response
    };
    const JSON: &str = "application/json;charset=utf-8";
    match effect {
        Effect::Status { status } => Some(page_of_html(*status)),
        Effect::ProxyPage => Some(page_of_html(200)),
        Effect::GarbageJson => Some(with(
            JSON,
            b"{\"RequestId\":\"C7C15585\",\"Data\":{\"InstanceList\":[{]".to_vec(),
        )),
        Effect::TruncatedGzip => {
            // The header of a gzip stream and a stored block that promises more than there is.
            let mut body = vec![
                0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0, 0xff, 0x00, 0x00, 0xff,
            ];
            body.extend_from_slice(b"{\"RequestId\":\"C7C15585-8349\",\"Data\":");
            let mut response = with(JSON, body);
            response
                .headers_mut()
                .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            Some(response)
        }
        _ => None,
    }
}

/// Returns the refusal that `effect` stands for in the words of a product, told to whoever holds the key.
pub(crate) fn refusal(
    effect: &Effect,
    (product, right): (Product, &str),
    holder: Option<&Caller>,
) -> Option<Refusal> {
    match effect {
        Effect::ExpiredToken => Some(expired_token()),
        Effect::Throttle {
            code,
            status,
            retry_after_ms,
        } => Some(Refusal {
            retry_after_ms: *retry_after_ms,
            ..throttled(code.as_deref(), *status)
        }),
        Effect::Denied => {
            let mut refusal = match product {
                Product::Bss => Refusal::new(
                    403,
                    "NotAuthorized",
                    "This API is not authorized for caller.",
                ),
                Product::Cs => Refusal::new(
                    403,
                    "Forbidden",
                    format!("RAM policy Forbidden for action {right}"),
                ),
                Product::Ram => Refusal::new(
                    403,
                    "NoPermission",
                    "You are not authorized to do this action. You should be authorized by RAM.",
                ),
                _ => Refusal::new(
                    403,
                    "Forbidden.RAM",
                    "User not authorized to operate on the specified resource, or this API doesn't support RAM.",
                ),
            };
            refusal.denied = holder.map(|it| Box::new(it.denied_detail(right)));
            Some(refusal)
        }
        Effect::Refused {
            status,
            code,
            message,
        } => Some(Refusal::new(*status, code, message)),
        Effect::SoftRefusal { code, message } => Some(Refusal::new(200, code, message)),
        _ => None,
    }
}

/// Bends a good answer into what `effects` make of it.
pub(super) fn reshape(body: Vec<u8>, effects: &[Effect], spec: Option<&ActionSpec>) -> Vec<u8> {
    if effects.is_empty() {
        return body;
    }
    let Ok(mut answer) = serde_json::from_slice::<Value>(&body) else {
        return body;
    };
    let listing = spec.and_then(|it| it.listing);
    for effect in effects {
        bend(&mut answer, effect, listing);
    }
    serde_json::to_vec(&answer).unwrap_or(body)
}

fn bend(answer: &mut Value, effect: &Effect, listing: Option<Listing>) {
    if let (Effect::ExtraFields, Some(fields)) = (effect, answer.as_object_mut()) {
        fields.insert(
            "FieldFromTheFuture".to_owned(),
            json!({"Nested": [1, null, "新"]}),
        );
    }
    let Some(listing) = listing else {
        // Without rows, the answer itself, and the one object in it, is the row.
        let data = if answer.get("Data").is_some_and(Value::is_object) {
            &mut answer["Data"]
        } else {
            answer
        };
        return bend_row(data, effect);
    };
    // A pointer to nothing would be the answer itself.
    let total = (!listing.total.is_empty()).then_some(listing.total);
    if let (Effect::EmptyList | Effect::LyingTotal { .. }, Some(total)) =
        (effect, total.and_then(|it| answer.pointer_mut(it)))
    {
        *total = match effect {
            Effect::LyingTotal { by } => json!(total.as_i64().unwrap_or(0) + by),
            _ => json!(0),
        };
    }
    if matches!(effect, Effect::EmptyList) && answer.get("NextToken").is_some() {
        answer["NextToken"] = json!("");
    }
    if matches!(effect, Effect::EmptyList) && answer.get("IsTruncated").is_some() {
        answer["IsTruncated"] = json!(false);
    }
    let Some(rows) = answer
        .pointer_mut(listing.rows)
        .and_then(Value::as_array_mut)
    else {
        return;
    };
    match effect {
        Effect::EmptyList => rows.clear(),
        Effect::DuplicateRows => rows.extend(rows.first().cloned()),
        Effect::ShiftedRows => {
            let first = rows.first().cloned();
            rows.pop();
            rows.extend(first);
        }
        _ => rows.iter_mut().for_each(|it| bend_row(it, effect)),
    }
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
