//! Answers on the wire: the XML of EC2 and of the query services, JSON, and the errors of each.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use base::Chance;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::service::{Protocol, Service};
use crate::world::refusal::Refusal;

/// Returns an id for a request, spelled like the cloud's.
pub(super) fn request_id(chance: &dyn Chance) -> String {
    let token = chance.token();
    [
        &token[..8],
        &token[8..12],
        &token[12..16],
        &token[16..20],
        &token[20..],
    ]
    .join("-")
}

/// Answers with a refusal.
pub(super) fn refused(refusal: &Refusal, service: Service, request_id: &str) -> Response {
    let facts = service.facts();
    let Refusal {
        status,
        code,
        message,
        ..
    } = refusal;
    let (code_text, text) = (escaped(code), escaped(message));
    let body = match facts.protocol {
        Protocol::Ec2 => format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code_text}</Code><Message>{text}</Message></Error></Errors><RequestID>{request_id}</RequestID></Response>"
        ),
        Protocol::Query => {
            let at_fault = if *status < 500 { "Sender" } else { "Receiver" };
            format!(
                "<ErrorResponse xmlns=\"{}\">\n  <Error>\n    <Type>{at_fault}</Type>\n    <Code>{code_text}</Code>\n    <Message>{text}</Message>\n  </Error>\n  <RequestId>{request_id}</RequestId>\n</ErrorResponse>\n",
                facts.namespace
            )
        }
        // Some services write the field with a capital letter: clients have to read both.
        Protocol::Json if service == Service::Organizations => {
            json!({"__type": code, "Message": message}).to_string()
        }
        Protocol::Json => {
            json!({"__type": shape_of(service, code), "message": message}).to_string()
        }
        Protocol::Rest => json!({"message": message}).to_string(),
    };
    let mut response = written(*status, service, body, request_id);
    let headers = response.headers_mut();
    if matches!(facts.protocol, Protocol::Json | Protocol::Rest)
        && let Ok(shape) = HeaderValue::from_str(shape_of(service, code))
    {
        headers.insert(HeaderName::from_static("x-amzn-errortype"), shape);
    }
    // Who was a query service before it spoke JSON tells the code it had then.
    if service == Service::CloudWatchJson
        && let Some((_, code)) = SHAPES.iter().find(|it| it.0 == shape_of(service, code))
    {
        let value = HeaderValue::from_str(&format!("{code};Sender"));
        headers.extend(value.map(|it| (HeaderName::from_static("x-amzn-query-error"), it)));
    }
    if let Some(wait) = refusal.retry_after_ms {
        headers.insert(
            HeaderName::from_static("x-amz-retry-after"),
            HeaderValue::from(wait),
        );
    }
    response
}

/// The errors of CloudWatch: the shape that JSON names, and the code that forms name.
const SHAPES: &[(&str, &str)] = &[
    ("InvalidNextToken", "InvalidNextToken"),
    (
        "InvalidParameterCombinationException",
        "InvalidParameterCombination",
    ),
    ("InvalidParameterValueException", "InvalidParameterValue"),
    ("LimitExceededFault", "LimitExceeded"),
    ("MissingRequiredParameterException", "MissingParameter"),
    ("ResourceNotFound", "ResourceNotFound"),
    ("ValidationException", "ValidationError"),
];

/// Returns how JSON names an error.
fn shape_of(service: Service, code: &str) -> &str {
    let shape = SHAPES
        .iter()
        .find(|it| service == Service::CloudWatchJson && it.1 == code);
    shape.map_or(code, |it| it.0)
}

/// Answers `action` with what was asked for.
pub(super) fn served(answer: &Value, service: Service, action: &str, request_id: &str) -> Response {
    let facts = service.facts();
    let body = match facts.protocol {
        Protocol::Ec2 => {
            let mut body = format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{action}Response xmlns=\"{}\"><requestId>{request_id}</requestId>",
                facts.namespace
            );
            write_fields(&mut body, answer, ITEM);
            body + &format!("</{action}Response>")
        }
        Protocol::Query => {
            let mut body = format!(
                "<{action}Response xmlns=\"{}\"><{action}Result>",
                facts.namespace
            );
            let item = if service == Service::Rds {
                SINGULAR
            } else {
                MEMBER
            };
            write_fields(&mut body, answer, item);
            body + &format!(
                "</{action}Result><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>\n"
            )
        }
        Protocol::Json | Protocol::Rest => answer.to_string(),
    };
    written(200, service, body, request_id)
}

fn written(status: u16, service: Service, body: String, request_id: &str) -> Response {
    let kind = match service.facts().protocol {
        Protocol::Ec2 => "text/xml;charset=UTF-8",
        Protocol::Query => "text/xml",
        Protocol::Json if service == Service::CloudWatchJson => "application/x-amz-json-1.0",
        Protocol::Json => "application/x-amz-json-1.1",
        Protocol::Rest => "application/json",
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(HeaderName::from_static("x-amzn-requestid"), id);
    }
    response
}

/// Returns the name of an element of the list that is called as given.
type ItemName = fn(&str) -> &str;
const ITEM: ItemName = |_| "item";
// Of the services here, only IAM's summary is a map, whose entries have a name of their own.
const MEMBER: ItemName = |list| {
    if list == "SummaryMap" {
        "entry"
    } else {
        "member"
    }
};
const SINGULAR: ItemName = |list| list.strip_suffix('s').unwrap_or(list);

fn write_fields(out: &mut String, value: &Value, item: ItemName) {
    let fields = value.as_object().into_iter().flatten();
    fields.for_each(|(name, value)| write_element(out, name, value, item));
}

fn write_element(out: &mut String, name: &str, value: &Value, item: ItemName) {
    match value {
        Value::Null => return,
        Value::Array(items) if items.is_empty() => {
            out.extend(["<", name, "/>"]);
            return;
        }
        _ => out.extend(["<", name, ">"]),
    }
    match value {
        Value::Array(items) => items
            .iter()
            .for_each(|it| write_element(out, item(name), it, item)),
        Value::Object(_) => write_fields(out, value, item),
        Value::String(text) => escape(out, text),
        other => out.push_str(&other.to_string()),
    }
    out.extend(["</", name, ">"]);
}

/// Returns `text` as XML writes it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(&mut out, text);
    out
}

/// Adds `text` to `out` as XML writes it.
fn escape(out: &mut String, text: &str) {
    // Almost no text has anything in it to be written another way, and there are millions of them.
    if !text
        .bytes()
        .any(|it| matches!(it, b'&' | b'<' | b'>' | b'"'))
    {
        out.push_str(text);
        return;
    }
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(letter),
        }
    }
}

/// Answers with a page of HTML, as something between the client and the cloud does.
pub(super) fn page_of_html(status: u16) -> Response {
    let text = format!(
        "<html><head><title>{status}</title></head><body><center><h1>{status}</h1></center><hr>awselb/2.0</body></html>"
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

/// Returns an instant as XML answers write it: milliseconds, `Z`.
pub(super) fn iso(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_named_as_their_protocol_wants() {
        let answer =
            json!({"things": [{"a": 1, "b": [true]}, {"c": "<&>\""}], "none": [], "nil": null});
        let written = |item| {
            let mut out = String::new();
            write_fields(&mut out, &answer, item);
            out
        };
        assert_eq!(
            written(ITEM),
            "<none/><things><item><a>1</a><b><item>true</item></b></item><item><c>&lt;&amp;&gt;&quot;</c></item></things>"
        );
        assert!(written(SINGULAR).contains("<things><thing><a>1</a>"));
    }
}
