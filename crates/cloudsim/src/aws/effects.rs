//! Planted faults, put into effect on the wire of AWS.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::caller::arn;
use super::catalog::{ActionSpec, Listing};
use super::reply::page_of_html;
use super::service::{Protocol, Service};
use super::words::Trouble;
use crate::fault::Effect;
use crate::world::caller::Caller;
use crate::world::refusal::Refusal;

/// Returns the answer that comes instead of the cloud's, for effects that stand before it.
pub(super) fn instead(effect: &Effect, service: Service) -> Option<Response> {
    let is_xml = matches!(service.facts().protocol, Protocol::Ec2 | Protocol::Query);
    let (kind, garbage): (_, &[u8]) = if is_xml {
        (
            "text/xml;charset=UTF-8",
            b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><itemSet><item><id>i-1</item>",
        )
    } else {
        ("application/x-amz-json-1.1", b"{\"Items\":[{]")
    };
    let with = |body: Vec<u8>| {
        let mut response = Response::new(Body::from(body));
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        response
    };
    match effect {
        Effect::Status { status } => Some(page_of_html(*status)),
        Effect::ProxyPage => Some(page_of_html(200)),
        Effect::GarbageJson => Some(with(garbage.to_vec())),
        Effect::TruncatedGzip => {
            // The header of a gzip stream and a stored block that promises more than there is.
            let mut body = vec![
                0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0, 0xff, 0x00, 0x00, 0xff,
            ];
            body.extend_from_slice(garbage);
            let mut response = with(body);
            response
                .headers_mut()
                .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            Some(response)
        }
        _ => None,
    }
}

/// Returns the refusal that `effect` stands for, told to whoever holds the key.
pub(super) fn refusal(
    effect: &Effect,
    spec: &ActionSpec,
    holder: Option<&Caller>,
) -> Option<Refusal> {
    let told = |trouble: Trouble| trouble.told_by(spec.service);
    match effect {
        Effect::ExpiredToken => Some(told(Trouble::TokenExpired)),
        Effect::Throttle {
            code,
            status,
            retry_after_ms,
        } => {
            let real = told(Trouble::Throttled);
            Some(Refusal {
                status: status.unwrap_or(real.status),
                code: code.clone().unwrap_or(real.code),
                message: real.message,
                denied: None,
                retry_after_ms: *retry_after_ms,
            })
        }
        Effect::Denied => Some(told(Trouble::Denied(
            holder.map(arn).unwrap_or_default(),
            spec.right(),
        ))),
        Effect::Refused {
            status,
            code,
            message,
        } => Some(Refusal::new(*status, code, message)),
        _ => None,
    }
}

/// Bends a good answer into what `effects` make of it.
pub(super) fn reshape(answer: &mut Value, effects: &[Effect], spec: &ActionSpec) {
    for effect in effects {
        bend(answer, effect, spec.listing);
    }
}

fn bend(answer: &mut Value, effect: &Effect, listing: Option<Listing>) {
    if let (Effect::ExtraFields, Some(fields)) = (effect, answer.as_object_mut()) {
        fields.insert(
            "fieldFromTheFuture".to_owned(),
            json!({"Nested": [1, "新"]}),
        );
    }
    let Some(listing) = listing else {
        // Without rows, the answer itself, or the one object in it, is the row.
        let only = answer
            .as_object_mut()
            .filter(|it| it.len() == 1)
            .and_then(|it| it.values_mut().next())
            .is_some_and(|it| it.is_object());
        let row = match answer.as_object_mut().and_then(|it| it.values_mut().next()) {
            Some(inner) if only => inner,
            _ => answer,
        };
        return bend_row(row, effect);
    };
    if matches!(effect, Effect::EmptyList)
        && let (Some(paging), Some(fields)) = (listing.paging, answer.as_object_mut())
    {
        fields.remove(paging.next);
        if paging.says_truncated {
            fields.insert("IsTruncated".to_owned(), Value::Bool(false));
        }
    }
    let [outer, inner @ ..] = listing.rows else {
        return;
    };
    let Some(rows) = answer.get_mut(*outer).and_then(Value::as_array_mut) else {
        return;
    };
    match (effect, inner.first()) {
        (Effect::EmptyList, _) => rows.clear(),
        (Effect::DuplicateRows, _) => rows.extend(rows.first().cloned()),
        (Effect::ShiftedRows, _) => {
            let first = rows.first().cloned();
            rows.pop();
            rows.extend(first);
        }
        (_, None) => rows.iter_mut().for_each(|it| bend_row(it, effect)),
        (_, Some(inner)) => rows
            .iter_mut()
            .filter_map(|it| it.get_mut(*inner)?.as_array_mut())
            .flatten()
            .for_each(|it| bend_row(it, effect)),
    }
}

fn bend_row(row: &mut Value, effect: &Effect) {
    let Some(fields) = row.as_object_mut() else {
        return;
    };
    match effect {
        Effect::ExtraFields => {
            fields.insert("fieldFromTheFuture".to_owned(), json!(["x", {"y": 1}]));
        }
        Effect::UnknownValue { field } => set(fields, field, json!("Unheard_Of")),
        Effect::MissingField { field } => {
            fields.remove(field);
        }
        Effect::Value { field, value } => set(fields, field, value.clone()),
        _ => {}
    }
}

/// Sets `field`; a plain value for `instanceState` and its like, which are a code with a name, sets the name.
fn set(fields: &mut serde_json::Map<String, Value>, field: &str, value: Value) {
    match fields.get_mut(field).and_then(Value::as_object_mut) {
        Some(inner) if inner.contains_key("name") && !value.is_object() => {
            inner.insert("name".to_owned(), value)
        }
        _ => fields.insert(field.to_owned(), value),
    };
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
