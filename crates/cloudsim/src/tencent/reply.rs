//! Answers on the wire: JSON in one envelope, status 200, whatever became of the call.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use base::Chance;
use serde::Serialize;

use super::received::Language;
use super::words::Trouble;

/// Exactly this, without a charset: the official client reads errors out of nothing else.
pub(super) const JSON: &str = "application/json";

/// Returns an id for a request, spelled like the cloud's.
pub(super) fn request_id(chance: &dyn Chance) -> String {
    let token = chance.token();
    let part = |from: usize, to: usize| token.get(from..to).unwrap_or_default().to_owned();
    [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ]
    .join("-")
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failed<'a> {
    error: Error<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Error<'a> {
    code: &'a str,
    message: &'a str,
}

/// Returns the answer of a refused call.
pub(super) fn refused(trouble: &Trouble, language: Language, request_id: &str) -> Vec<u8> {
    let failed = Failed {
        error: Error {
            code: &trouble.code,
            message: trouble.message(language),
        },
    };
    let body = serde_json::to_vec(&failed).unwrap_or_else(|_| b"{}".to_vec());
    enveloped(&body, request_id)
}

/// Puts the object `body` and the id of the request into the envelope.
pub(super) fn enveloped(body: &[u8], request_id: &str) -> Vec<u8> {
    let fields = body.strip_suffix(b"}").unwrap_or(b"{");
    let comma: &[u8] = if fields == b"{" { b"" } else { b"," };
    let mut whole = Vec::with_capacity(body.len() + 80);
    whole.extend_from_slice(b"{\"Response\":");
    whole.extend_from_slice(fields);
    whole.extend_from_slice(comma);
    whole.extend_from_slice(format!("\"RequestId\":\"{request_id}\"}}}}").as_bytes());
    whole
}

/// Returns the answer `body` with status 200.
pub(super) fn written(body: Vec<u8>) -> Response {
    with_type(200, JSON, body)
}

pub(super) fn with_type(status: u16, kind: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// Answers with a page of HTML, as something between the client and the cloud does.
pub(super) fn page_of_html(status: u16) -> Response {
    let text = format!(
        "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n<hr><center>stgw</center>\r\n</body>\r\n</html>\r\n"
    );
    with_type(status, "text/html", text.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_is_one_object_with_the_id_of_its_request() {
        for (body, expected) in [
            ("{}", r#"{"Response":{"RequestId":"r-1"}}"#),
            (
                r#"{"A":[1]}"#,
                r#"{"Response":{"A":[1],"RequestId":"r-1"}}"#,
            ),
        ] {
            assert_eq!(
                String::from_utf8(enveloped(body.as_bytes(), "r-1")).unwrap(),
                expected
            );
        }
        let trouble = Trouble::new("MissingParameter", "缺", "no");
        let body = refused(&trouble, Language::Chinese, "r-2");
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"Response":{"Error":{"Code":"MissingParameter","Message":"缺"},"RequestId":"r-2"}}"#
        );
    }
}
