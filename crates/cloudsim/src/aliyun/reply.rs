//! Answers on the wire: JSON, or XML for who did not ask for JSON, with the headers of the gateway.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use base::Chance;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::Call;
use super::catalog::RPC;
use super::encoding::encode;
use super::received::Received;
use crate::world::refusal::Refusal;

/// Returns an id for a request, spelled like the cloud's.
pub(super) fn request_id(chance: &dyn Chance) -> String {
    let token = chance.token().to_uppercase();
    [
        &token[..8],
        &token[8..12],
        &token[12..16],
        &token[16..20],
        &token[20..],
    ]
    .join("-")
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Problem<'a> {
    request_id: &'a str,
    host_id: &'a str,
    code: &'a str,
    message: &'a str,
    recommend: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_denied_detail: Option<AccessDenied<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccessDenied<'a> {
    auth_action: &'a str,
    auth_principal_display_name: &'a str,
    auth_principal_owner_id: &'a str,
    auth_principal_type: &'a str,
    no_permission_type: &'static str,
    policy_type: &'static str,
    encoded_diagnostic_message: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SoftProblem<'a> {
    code: &'a str,
    message: &'a str,
    request_id: &'a str,
    success: bool,
}

/// A refusal of the products that have paths.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LowerProblem<'a> {
    code: &'a str,
    message: &'a str,
    request_id: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_denied_detail: Option<AccessDenied<'a>>,
}

/// Answers with a refusal.
pub(super) fn refused(refusal: &Refusal, received: &Received, call: &Call<'_>) -> Response {
    let product = call
        .spec
        .as_ref()
        .map_or("", |it| it.product.code_and_version().0);
    let Refusal {
        status,
        code,
        message,
        denied,
        retry_after_ms,
    } = refusal;
    let detail = denied.as_deref().map(|it| AccessDenied {
        auth_action: &it.action,
        auth_principal_display_name: &it.principal,
        auth_principal_owner_id: &it.owner,
        auth_principal_type: it.principal_type,
        no_permission_type: "ImplicitDeny",
        policy_type: "AccountLevelIdentityBasedPolicy",
        encoded_diagnostic_message: "AQEAAAAA",
    });
    let body = if received.path != RPC {
        serde_json::to_vec(&LowerProblem {
            code,
            message,
            request_id: &call.request_id,
            status: *status,
            access_denied_detail: detail,
        })
    } else if *status == 200 {
        serde_json::to_vec(&SoftProblem {
            code,
            message,
            request_id: &call.request_id,
            success: false,
        })
    } else {
        serde_json::to_vec(&Problem {
            request_id: &call.request_id,
            host_id: received.header("host").unwrap_or_default(),
            code,
            message,
            recommend: format!(
                "https://api.aliyun.com/troubleshoot?q={}&product={product}&requestId={}",
                encode(code),
                call.request_id
            ),
            access_denied_detail: detail,
        })
    };
    let mut response = written(*status, body.unwrap_or_default(), received, call);
    if let Some(wait) = retry_after_ms {
        response.headers_mut().insert(
            HeaderName::from_static("x-acs-retry-after"),
            HeaderValue::from(*wait),
        );
    }
    response
}

/// Answers with what was asked for.
pub(super) fn served(body: Vec<u8>, received: &Received, call: &Call<'_>) -> Response {
    written(200, body, received, call)
}

fn written(status: u16, body: Vec<u8>, received: &Received, call: &Call<'_>) -> Response {
    // What has paths speaks JSON only.
    let value = if wants_json(received) || received.path != RPC {
        None
    } else {
        serde_json::from_slice::<Value>(&body).ok()
    };
    let (kind, body) = match value {
        Some(value) => {
            let root = if status < 400 {
                format!("{}Response", call.action)
            } else {
                "Error".to_owned()
            };
            (
                "text/xml;charset=utf-8",
                format!(
                    "<?xml version='1.0' encoding='UTF-8'?>{}",
                    xml(&root, &value)
                )
                .into_bytes(),
            )
        }
        None => ("application/json;charset=utf-8", body),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(id) = HeaderValue::from_str(&call.request_id) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-acs-request-id"), id);
    }
    response
}

/// Returns whether the client asked for JSON; the gateway answers XML to everybody else.
fn wants_json(received: &Received) -> bool {
    match received.parameter("Format") {
        Some(format) => format.eq_ignore_ascii_case("json"),
        None => received
            .header("accept")
            .is_some_and(|it| it.contains("json")),
    }
}

fn xml(name: &str, value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(|it| xml(name, it)).collect(),
        Value::Object(fields) => {
            let inner: String = fields
                .iter()
                .map(|(name, value)| xml(name, value))
                .collect();
            format!("<{name}>{inner}</{name}>")
        }
        Value::String(text) => {
            let text = text
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;");
            format!("<{name}>{text}</{name}>")
        }
        Value::Null => String::new(),
        other => format!("<{name}>{other}</{name}>"),
    }
}

/// Answers with a page of HTML, as something between the client and the cloud does.
pub(super) fn page_of_html(status: u16) -> Response {
    let text = format!(
        "<html><head><title>{status}</title></head><body><center><h1>{status}</h1></center><hr>Tengine</body></html>"
    );
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

/// Puts the server's clock on `response`.
pub(super) fn dated(mut response: Response, wall: Timestamp) -> Response {
    let text = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&wall);
    if let Some(value) = text.ok().and_then(|it| HeaderValue::from_str(&it).ok()) {
        response.headers_mut().insert(header::DATE, value);
    }
    response
}
